//! What the console is asked, as clap reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use sociable::jiff::tz::TimeZone;
use sociable::jiff::{Timestamp, ToSpan, civil::Date};
use sociable::{
    AccountRef, Action, Audience, Engagement, Moderation, ModerationAction, Period, Recipient,
    Since, Target, Timeline,
};

/// Social networks from a terminal: publish, read, answer and measure.
///
/// Without --accounts it works on an embedded network in memory, which begins each run as the same small world; --state
/// keeps that world between runs.
#[derive(Debug, Parser)]
#[command(name = "console", version, max_term_width = 120)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The accounts file (TOML). Without it: the embedded network
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) accounts: Option<PathBuf>,
    /// Keeps the embedded world between runs, and beside it, as FILE.jobs, what is planned and who is answered
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Prints JSON lines in place of text for people
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Prints afterwards what is left of every limit that the run met
    #[arg(long, global = true)]
    pub(crate) budgets: bool,
}

/// The one account that a verb works as.
#[derive(Debug, Args)]
pub(crate) struct From {
    /// The account's name in the accounts file; may be left out where there is one alone
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) from: Option<String>,
}

/// The accounts that a draft goes to.
#[derive(Debug, Args)]
pub(crate) struct To {
    /// Names in the accounts file, with commas between them; may be left out where there is one alone
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',')]
    pub(crate) to: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Limit {
    /// How many at most; pages are followed until then
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Lists every network compiled in: what it supports, and its rules for texts and files
    Networks,
    /// Looks at each account: who it is, what it cannot do and why. Exit 0 only if all can publish
    Doctor,
    /// Logs in by OAuth into the token store: prints the address to consent at, and waits for the browser to come back
    Login {
        /// The account's name in the accounts file
        #[arg(long = "as", value_name = "ACCOUNT")]
        account: String,
        #[cfg(feature = "oauth")]
        #[command(flatten)]
        how: super::login::LoginArgs,
    },
    /// Tells who the account is
    Me {
        #[command(flatten)]
        from: From,
    },
    /// Tells everything that would be wrong with a draft, before anything is sent. Exit 0 when there are no errors
    Check {
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        draft: DraftArgs,
    },
    /// Publishes a draft to all accounts at once; one failing network never holds back another
    Publish {
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        draft: DraftArgs,
    },
    /// Changes a post in place; what is not named stays
    Edit {
        #[command(flatten)]
        from: From,
        /// The post
        #[arg(allow_hyphen_values = true)]
        id: String,
        #[command(flatten)]
        draft: DraftArgs,
    },
    /// Takes a post away
    Delete {
        #[command(flatten)]
        from: From,
        /// The post
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Lists posts: one's own, other timelines, a search, a thread
    Posts {
        #[command(flatten)]
        from: From,
        /// own, home, mentions, scheduled, account:ID (or account:@NAME), community:ID, hashtag:TAG, search:WORDS,
        /// replies:ID, thread:ID or quotes:ID
        #[arg(long, default_value = "own", value_parser = timeline)]
        timeline: Timeline,
        #[command(flatten)]
        limit: Limit,
    },
    /// Likes, reposts, bookmarks, reacts, votes, follows or marks as read
    Engage {
        #[command(flatten)]
        from: From,
        /// The post; for `follow` the account (an id or @NAME), for `read` the conversation
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// like, repost, bookmark, react:EMOJI, vote:N (answers count from 0; several: vote:0,2), follow or read
        #[arg(value_parser = action)]
        action: Action,
        /// Takes it back
        #[arg(long)]
        off: bool,
    },
    /// Lists accounts: followers, members, who liked, reposted or commented
    Audience {
        #[command(flatten)]
        from: From,
        /// followers, following, members, liked:ID, reposted:ID, commented:ID or voted:ID
        #[arg(value_parser = audience)]
        of: Audience,
        #[command(flatten)]
        limit: Limit,
    },
    /// Hides, restores or pins a post, closes its comments, blocks or mutes an account
    Moderate {
        #[command(flatten)]
        from: From,
        /// The post; for `block` and `mute` the account (an id or @NAME)
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// hide, restore, pin, close, block or mute
        #[arg(value_parser = measure)]
        action: ModerationAction,
        /// Takes it back
        #[arg(long)]
        off: bool,
    },
    /// Lists conversations, the one with the newest message first
    Conversations {
        #[command(flatten)]
        from: From,
        #[command(flatten)]
        limit: Limit,
    },
    /// Lists a conversation's messages, the newest first
    Messages {
        #[command(flatten)]
        from: From,
        /// The conversation
        #[arg(allow_hyphen_values = true)]
        id: String,
        #[command(flatten)]
        limit: Limit,
    },
    /// Sends a message to a conversation or an account
    Send {
        #[command(flatten)]
        from: From,
        /// A conversation, an account (@NAME or account:ID), or comment:ID for a comment's author in private
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// The text; `-` reads standard input
        #[arg(long, value_name = "T", allow_hyphen_values = true)]
        text: String,
        /// Sends it once at most under this key, where the network has keys
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
    /// Measures posts, or the account where no post is named
    Metrics {
        #[command(flatten)]
        from: From,
        /// The posts
        ids: Vec<String>,
        /// The span for an account's figures, as DAY..DAY with both days in it; by default the last 30 days
        #[arg(long, value_name = "D..D", value_parser = period)]
        period: Option<Period>,
    },
    /// Tells what paid reach brought
    Promotions {
        #[command(flatten)]
        from: From,
        /// DAY..DAY with both days in it (2026-11-01..2026-11-30), or two moments
        #[arg(long, value_name = "D..D", value_parser = period)]
        period: Period,
        #[command(flatten)]
        limit: Limit,
    },
    /// Tells what is trending, the strongest first
    Trending {
        #[command(flatten)]
        from: From,
    },
    /// Tells what happened, oldest first; the cursor to go on from comes on standard error
    Events {
        #[command(flatten)]
        from: From,
        /// A cursor, `now` or `oldest`; by default `oldest`
        #[arg(long, value_name = "CURSOR", default_value = "oldest", value_parser = since, allow_hyphen_values = true)]
        since: Since,
        /// Keeps listening
        #[arg(long)]
        follow: bool,
    },
    /// Calls each account once and prints what is left of every limit. With any other verb: --budgets
    Budgets,
    /// Plans posts and publishes them at their times, each once
    #[cfg(all(feature = "outbox", feature = "embedded"))]
    Outbox(super::outbox::OutboxArgs),
    /// Answers what people write: mentions, comments, messages and what searches find, as cases
    #[cfg(all(feature = "desk", feature = "embedded"))]
    Desk(super::desk::DeskArgs),
    /// Contests whose draw anyone can check: opened, frozen, committed to, drawn, verified
    #[cfg(all(feature = "contest", feature = "embedded"))]
    Contest(super::contest::ContestArgs),
    /// What paid promotion brought, as one report
    #[cfg(all(feature = "promo", feature = "embedded"))]
    Promo(super::promo::PromoArgs),
    /// What begins to be spoken of, and what to make of it
    #[cfg(all(feature = "trends", feature = "embedded"))]
    Trends(super::trends::TrendsArgs),
}

/// What is to be published.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Draft")]
pub(crate) struct DraftArgs {
    /// The text; `-` reads standard input
    #[arg(
        long,
        value_name = "T",
        allow_hyphen_values = true,
        conflicts_with = "text_file"
    )]
    pub(crate) text: Option<String>,
    /// Reads the text from a file; `-` reads standard input
    #[arg(long, value_name = "F", allow_hyphen_values = true)]
    pub(crate) text_file: Option<PathBuf>,
    /// Adds a file; may be repeated
    #[arg(long, value_name = "PATH")]
    pub(crate) media: Vec<PathBuf>,
    /// Describes the file named by the --media before it
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub(crate) alt: Vec<String>,
    /// Answers a post
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub(crate) reply_to: Option<String>,
    /// Quotes a post
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub(crate) quote: Option<String>,
    /// Shows a link as a card
    #[arg(long, value_name = "URL")]
    pub(crate) link: Option<String>,
    /// Adds a poll: the question and its answers, "Q|A|B"
    #[arg(long, value_name = "Q|A|B")]
    pub(crate) poll: Option<String>,
    /// Says in which language it is (ru, pt-BR); may be repeated
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Vec<String>,
    /// Who may see it: public, unlisted, followers or direct
    #[arg(long, value_name = "WHO")]
    pub(crate) visibility: Option<String>,
    /// When the network is to publish it (2026-12-01T09:00:00Z)
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
    /// Publishes it once at most under this key
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Splits what is too long into a thread
    #[arg(long)]
    pub(crate) thread: bool,
    /// Takes the draft from a JSON file; `-` reads standard input. The other options add to it
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub(crate) draft: Option<PathBuf>,
    /// Where each --media and --alt stood among the arguments.
    #[arg(skip)]
    pub(crate) order: Order,
}

/// Positions among the arguments, by which descriptions find their files.
#[derive(Debug, Default)]
pub(crate) struct Order {
    pub(crate) media: Vec<usize>,
    pub(crate) alt: Vec<usize>,
}

impl Verb {
    /// Whether it asks the embedded world only who there is: who fills the outbox does, and what publishes takes the world
    /// for itself when it does so.
    pub(crate) fn only_looks(&self) -> bool {
        match self {
            #[cfg(all(feature = "outbox", feature = "embedded"))]
            Self::Outbox(_) => true,
            _ => false,
        }
    }
}

impl Cli {
    /// Reads the arguments; what is wrong with them ends the program with 2 and the reason.
    pub(crate) fn read() -> Self {
        use clap::{CommandFactory, FromArgMatches};

        let matches = Self::command().get_matches();
        let mut cli = Self::from_arg_matches(&matches).unwrap_or_else(|e| e.exit());
        let found = match (&mut cli.verb, matches.subcommand()) {
            (
                Verb::Check { draft, .. } | Verb::Publish { draft, .. } | Verb::Edit { draft, .. },
                Some((_, verb)),
            ) => Some((draft, verb)),
            #[cfg(all(feature = "outbox", feature = "embedded"))]
            (Verb::Outbox(outbox), Some((_, verb))) => {
                let inner = verb.subcommand().map(|(_, verb)| verb);
                outbox.draft().zip(inner)
            }
            _ => None,
        };
        if let Some((draft, verb)) = found {
            let positions = |name| {
                verb.indices_of(name)
                    .map(Iterator::collect)
                    .unwrap_or_default()
            };
            draft.order = Order {
                media: positions("media"),
                alt: positions("alt"),
            };
        }
        cli
    }
}

/// An account by its id, or by its name where that begins with `@`.
pub(crate) fn account(text: &str) -> AccountRef {
    if text.starts_with('@') {
        AccountRef::handle(text)
    } else {
        AccountRef::id(text)
    }
}

fn timeline(text: &str) -> Result<Timeline, String> {
    Ok(match text.split_once(':') {
        None => match text {
            "own" => Timeline::Own,
            "home" => Timeline::Home,
            "mentions" => Timeline::Mentions,
            "scheduled" => Timeline::Scheduled,
            _ => return Err("name one of those that --help lists".to_owned()),
        },
        Some((_, "")) => return Err("something is missing behind the colon".to_owned()),
        Some(("account", id)) => Timeline::Account(account(id)),
        Some(("community", id)) => Timeline::Community(id.into()),
        Some(("hashtag", tag)) => Timeline::Hashtag(tag.trim_start_matches('#').to_owned()),
        Some(("search", words)) => Timeline::Search(words.to_owned()),
        Some(("replies", id)) => Timeline::Replies(id.into()),
        Some(("thread", id)) => Timeline::Thread(id.into()),
        Some(("quotes", id)) => Timeline::Quotes(id.into()),
        Some(_) => return Err("name one of those that --help lists".to_owned()),
    })
}

fn action(text: &str) -> Result<Action, String> {
    Ok(match text.split_once(':') {
        None => match text {
            "like" => Action::Like,
            "repost" => Action::Repost,
            "bookmark" => Action::Bookmark,
            "follow" => Action::Follow,
            "read" => Action::MarkRead,
            _ => return Err("name one of those that --help lists".to_owned()),
        },
        Some(("react", sign)) if !sign.is_empty() => Action::React(sign.to_owned()),
        Some(("vote", answers)) => Action::Vote(
            answers
                .split(',')
                .map(|n| {
                    n.trim()
                        .parse()
                        .map_err(|_| format!("`{n}` is not an answer's number"))
                })
                .collect::<Result<_, _>>()?,
        ),
        Some(_) => return Err("name one of those that --help lists".to_owned()),
    })
}

fn audience(text: &str) -> Result<Audience, String> {
    Ok(match text.split_once(':') {
        None => match text {
            "followers" => Audience::Followers(AccountRef::Me),
            "following" => Audience::Following(AccountRef::Me),
            "members" => Audience::Members(AccountRef::Me),
            _ => return Err("name one of those that --help lists".to_owned()),
        },
        Some((_, "")) => return Err("something is missing behind the colon".to_owned()),
        Some(("followers", id)) => Audience::Followers(account(id)),
        Some(("following", id)) => Audience::Following(account(id)),
        Some(("members", id)) => Audience::Members(account(id)),
        Some(("liked", id)) => Audience::Liked(id.into()),
        Some(("reposted", id)) => Audience::Reposted(id.into()),
        Some(("commented", id)) => Audience::Commented(id.into()),
        Some(("voted", id)) => Audience::Voted(id.into(), None),
        Some(_) => return Err("name one of those that --help lists".to_owned()),
    })
}

fn measure(text: &str) -> Result<ModerationAction, String> {
    Ok(match text {
        "hide" => ModerationAction::Hide,
        "restore" => ModerationAction::Restore,
        "pin" => ModerationAction::Pin,
        "close" => ModerationAction::CloseComments,
        "block" => ModerationAction::Block,
        "mute" => ModerationAction::Mute,
        _ => return Err("name one of those that --help lists".to_owned()),
    })
}

fn since(text: &str) -> Result<Since, String> {
    Ok(match text {
        "now" => Since::Now,
        "oldest" => Since::Oldest,
        cursor => Since::Cursor(cursor.into()),
    })
}

/// Days are taken in UTC, and the last one is within; moments are taken as they are.
pub(crate) fn period(text: &str) -> Result<Period, String> {
    let wrong = |part: &str| {
        format!("`{part}` is neither a day (2026-11-01) nor a moment (2026-11-01T09:00:00Z)")
    };
    let read = |part: &str, last: bool| -> Result<Timestamp, String> {
        if let Ok(moment) = part.parse::<Timestamp>() {
            return Ok(moment);
        }
        let day: Date = part.parse().map_err(|_| wrong(part))?;
        let day = if last {
            day.checked_add(1.day()).map_err(|_| wrong(part))?
        } else {
            day
        };
        let zoned = day.to_zoned(TimeZone::UTC).map_err(|_| wrong(part))?;
        Ok(zoned.timestamp())
    };
    let (from, to) = text
        .split_once("..")
        .ok_or("write it as DAY..DAY, such as 2026-11-01..2026-11-30")?;
    let period = Period::new(read(from, false)?, read(to, true)?);
    if period.since < period.until {
        Ok(period)
    } else {
        Err("it ends before it begins".to_owned())
    }
}

/// What an engagement is about.
pub(crate) fn engagement(id: &str, action: Action, off: bool) -> (Target, Engagement) {
    let target = match action {
        Action::Follow => Target::Account(account(id)),
        Action::MarkRead if id == "notifications" => Target::Notifications,
        Action::MarkRead => Target::Conversation(id.into()),
        _ => Target::Post(id.into()),
    };
    let engagement = Engagement::new(action);
    (target, if off { engagement.off() } else { engagement })
}

/// What a measure of moderation is about.
pub(crate) fn moderation(id: &str, action: ModerationAction, off: bool) -> Moderation {
    let target = match action {
        ModerationAction::Block | ModerationAction::Mute => Target::Account(account(id)),
        _ => Target::Post(id.into()),
    };
    let moderation = Moderation::new(action, target);
    if off { moderation.off() } else { moderation }
}

/// To whom a message goes.
pub(crate) fn recipient(id: &str) -> Recipient {
    if id.starts_with('@') {
        return Recipient::Account(account(id));
    }
    match id.split_once(':') {
        Some(("account", id)) => Recipient::Account(account(id)),
        Some(("comment", id)) => Recipient::CommentAuthor(id.into()),
        _ => Recipient::Conversation(id.into()),
    }
}
