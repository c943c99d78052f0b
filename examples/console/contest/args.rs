//! What the contest's verbs are asked, as clap reads it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use sociable::Money;
use sociable::contest::EntryStatus;
use sociable::jiff::Timestamp;

use super::{open, paper};
use crate::console::jobs::By;

#[derive(Debug, Args)]
pub(crate) struct ContestArgs {
    /// Where contests are kept; by default beside the file of --state, as FILE.jobs
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) jobs: Option<PathBuf>,
    /// A relay of the beacon whose randomness decides, such as https://api.drand.sh; may be repeated. It is asked when the
    /// draw is made, not before. On the embedded network there is a beacon of its own
    #[arg(long, global = true, value_name = "URL")]
    pub(super) beacon: Vec<String>,
    /// The beacon's chain, as `contest chain` or a drand relay's /info tells it; by default drand's quicknet
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) chain: Option<PathBuf>,
    /// What looking who takes part may cost in all, where a network bills its calls: "5.00 USD"
    #[arg(long, global = true, value_name = "MONEY", value_parser = money)]
    pub(super) max_cost: Option<Money>,
    /// On the embedded network alone: does it as if it were this time, so that a contest can be tried without waiting
    #[arg(long, global = true, value_name = "TIME")]
    pub(super) at: Option<Timestamp>,
    #[command(subcommand)]
    pub(super) verb: ContestVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum ContestVerb {
    /// Opens a contest by its rules. They are checked first, and do not change afterwards
    Open(open::OpenArgs),
    /// Lists all contests
    List,
    /// Shows how a contest stands
    Show {
        #[command(flatten)]
        which: Which,
    },
    /// Asks the accounts who takes part. Does no harm however often it is done
    Collect {
        #[command(flatten)]
        which: Which,
    },
    /// Lists the entries, each with why it takes part or not
    Entries {
        #[command(flatten)]
        which: Which,
        /// Only those that stand so: collected, eligible, rejected or undecided
        #[arg(long = "in", value_name = "STATE", value_parser = status)]
        status: Option<EntryStatus>,
    },
    /// Tells what was collected, what is missing, and why entries were rejected. It names nobody
    Report {
        #[command(flatten)]
        which: Which,
    },
    /// Decides for a person of whom a condition could not be told
    Decide {
        /// The entry, as `contest entries` names it
        entry: String,
        /// Which condition or exclusion: conditions[0], exclusions[1]
        rule: String,
        /// The entry takes part
        #[arg(long, required_unless_present = "falls")]
        stays: bool,
        /// The entry does not take part
        #[arg(long, conflicts_with = "stays")]
        falls: bool,
        /// Why
        #[arg(long, value_name = "WORDS", allow_hyphen_values = true)]
        note: String,
        #[command(flatten)]
        which: Named,
        #[command(flatten)]
        by: By,
    },
    /// After the close: looks at everything once more, and fixes the list of those who take part
    Freeze {
        #[command(flatten)]
        which: Which,
    },
    /// Publishes what the list is, and which future round of the beacon will decide
    Commit {
        #[command(flatten)]
        which: Which,
        /// The account that publishes it; by default the one that the rules name first
        #[arg(long, value_name = "ACCOUNT")]
        to: Option<String>,
    },
    /// When the round is there: draws the winners by it
    Draw {
        #[command(flatten)]
        which: Which,
        /// Writes the proof, which anyone can check, to this file
        #[arg(long, value_name = "FILE")]
        proof: Option<PathBuf>,
    },
    /// Looks whether the winners may still win: who may not is skipped, and the next in order comes up
    Recheck {
        #[command(flatten)]
        which: Which,
    },
    /// Notes that a winner has confirmed
    Confirm {
        /// The entry
        entry: String,
        #[command(flatten)]
        which: Named,
        #[command(flatten)]
        by: By,
    },
    /// Notes that a winner does not want the prize, or did not answer; the next in order comes up
    Decline {
        /// The entry
        entry: String,
        /// Why
        #[arg(long, value_name = "WORDS", allow_hyphen_values = true)]
        why: String,
        #[command(flatten)]
        which: Named,
    },
    /// Publishes who won
    Announce {
        #[command(flatten)]
        which: Which,
        /// The account that publishes it; by default the one that the rules name first
        #[arg(long, value_name = "ACCOUNT")]
        to: Option<String>,
    },
    /// Takes a juror's points for an entry, in a contest that a jury decides
    Score {
        /// The entry
        entry: String,
        /// The points
        #[arg(allow_hyphen_values = true)]
        points: i32,
        /// The juror
        #[arg(long, value_name = "NAME")]
        juror: String,
        #[command(flatten)]
        which: Named,
    },
    /// Notes that somebody disputes the result, or how a dispute was settled
    Dispute {
        /// What is disputed; with --settle how it was settled
        #[arg(allow_hyphen_values = true)]
        words: String,
        /// Settles the dispute of this number
        #[arg(long, value_name = "NUMBER")]
        settle: Option<u32>,
        #[command(flatten)]
        which: Named,
        #[command(flatten)]
        by: By,
    },
    /// Says of a post of the contest's own that may be out or not, after a look at the network, which it is
    Settle {
        /// The post that is out
        #[arg(
            long,
            value_name = "ID",
            required_unless_present = "not_out",
            allow_hyphen_values = true
        )]
        post: Option<String>,
        /// It is not out
        #[arg(long, conflicts_with = "post")]
        not_out: bool,
        #[command(flatten)]
        which: Named,
    },
    /// Closes a contest, once nobody can dispute it any more
    Close {
        #[command(flatten)]
        which: Which,
    },
    /// Ends a contest without winners
    Cancel {
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long, value_name = "WORDS", allow_hyphen_values = true)]
        why: String,
        #[command(flatten)]
        by: By,
    },
    /// Erases a person: names and texts go. What stands on a published list hides who it was
    Erase {
        /// The person, as for `contest prove`
        #[arg(allow_hyphen_values = true)]
        person: String,
        #[command(flatten)]
        which: Named,
    },
    /// Draws once more over the same list: a new draw that names the one before it. It has to be committed to as well
    Redraw {
        #[command(flatten)]
        which: Which,
        /// Why; it is published
        #[arg(long, value_name = "WORDS", allow_hyphen_values = true)]
        reason: String,
        /// All prizes, in place of those alone that nobody has
        #[arg(long)]
        all: bool,
    },
    /// Writes the proof of the draw again
    Proof {
        #[command(flatten)]
        which: Which,
        /// The file; by default standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Writes for one person what shows that he is in the list. It holds his salt: give it to nobody else
    Prove {
        /// The person: @HANDLE, an id, or either behind a network's name (bluesky/@ann.example)
        #[arg(allow_hyphen_values = true)]
        person: String,
        #[command(flatten)]
        which: Named,
        /// The file; by default standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Checks a proof: that the winners follow from the list that was committed to and from the round. Needs nothing but
    /// the file. Exit 0: it holds; 1: it does not, and why
    Verify(paper::VerifyArgs),
    /// Prints the chain of the embedded network's beacon, for --chain
    Chain,
}

/// A contest that may be left out where there is one alone.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The contest; may be left out where there is one alone
    pub(super) contest: Option<String>,
}

/// The same as an option, for verbs that are about something else first.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// The contest; may be left out where there is one alone
    #[arg(long, value_name = "NAME")]
    pub(super) contest: Option<String>,
}

fn money(text: &str) -> Result<Money, String> {
    let parts = text.split_once(' ');
    let money = parts.and_then(|(amount, currency)| Money::parse(amount, currency));
    money.ok_or_else(|| "write an amount and a currency, such as \"5.00 USD\"".to_owned())
}

fn status(word: &str) -> Result<EntryStatus, String> {
    serde_json::from_value(json!(word))
        .map_err(|_| "write collected, eligible, rejected or undecided".to_owned())
}
