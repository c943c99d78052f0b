//! Contests whose draw anyone can check.
//!
//! A contest has [`Rules`], written down and hashed before anybody takes part. Entries are collected with their evidence,
//! from what networks tell as it happens and from what they list ([`Contest::step`]). At the close the list is fixed
//! ([`freeze`](Contest::freeze)), its hash is published together with a round of a public beacon that does not exist yet
//! ([`commit`](Contest::commit)), and that round decides ([`draw`](Contest::draw)). The [proof](Contest::proof) holds
//! everything by which others can check it, and names nobody; an entrant is shown by an
//! [inclusion](Contest::inclusion) that the list holds the own entry. Where chance is not allowed, merit, a jury or who was
//! first decide instead.
//!
//! Everything is kept in a [`KeyValue`] store, which several processes may share; each call may be repeated, and goes on
//! where another was cut off.
//!
//! ```
//! # #[cfg(feature = "memory")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> sociable::Result<()> {
//! use std::sync::Arc;
//! use sociable::adapters::memory::World;
//! use sociable::client::{Clock, SetClock};
//! use sociable::contest::beacon::OwnChain;
//! use sociable::contest::draw::Trust;
//! use sociable::contest::{Condition, Contests, EntryWindow, Mode, OnUnknown, Rules, Subject};
//! use sociable::store::MemoryStore;
//! use sociable::{Draft, Engagement, SocialNetwork};
//!
//! let clock = SetClock::at("2026-11-30T10:00:00Z".parse().unwrap());
//! let world = World::with_clock(Arc::new(clock.clone()));
//! for handle in ["shop", "alice", "bob"] {
//!     world.add_account(handle);
//! }
//! let shop = world.network("shop")?;
//! let post = shop.publish(&Draft::text("Like this post to win a tea pot!")).await?;
//!
//! let genesis = "2026-01-01T00:00:00Z".parse().unwrap();
//! let beacon = OwnChain::new("example", genesis, 3, Arc::new(clock.clone()))?;
//! let contests = Contests::builder(Arc::new(MemoryStore::new()))
//!     .account("shop", Arc::new(shop))
//!     .beacon(Arc::new(beacon))
//!     .build()?;
//! let window = EntryWindow::utc("2026-11-30T10:00:00Z".parse().unwrap(), "2026-11-30T12:00:00Z".parse().unwrap());
//! let rules = Rules::new("A tea pot", window, Mode::chance())
//!     .about(Subject::post("shop", &post.id))
//!     .conditions(Condition::liked())
//!     .unknown(OnUnknown::Reject);
//! let contest = contests.open("tea-pot", &rules).await?;
//!
//! for handle in ["alice", "bob"] {
//!     world.network(handle)?.engage(&(&post).into(), &Engagement::like()).await?;
//! }
//! contest.step().await?;
//! clock.set("2026-11-30T12:00:00Z".parse().unwrap());
//! assert_eq!(contest.freeze().await?.entries, 2);
//! let committed = contest.commit().await?;
//! clock.set(committed.round_at);
//! contest.draw().await?;
//! contest.announce().await?;
//!
//! let proof = contest.proof().await?;
//! assert_eq!(proof.verify(&Trust::default())?.winners.len(), 1);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "memory"))]
//! # fn main() {}
//! ```
//!
//! # What is decided where networks and clocks do not help
//!
//! - A listing of which the network counts more than it shows proves nobody's absence: who is not in it is unknown, and the
//!   rules say what that means.
//! - A like or repost that was seen and is gone at the close is looked for a second time, and then no longer holds, unless
//!   the rules let once be enough. A comment that is gone without a word falls or stands as the rules say
//!   (`vanished` of [`Rules`]); what is changed or deleted after the close is decided by their `changed`.
//! - Where a clock goes back, what we do counts as done at the moment of what was done before. A freeze that was begun goes
//!   on.
//! - A value of the store that was changed by hand is refused, where a hash can tell: rules, list, commitment.

mod asking;
mod award;
pub mod beacon;
mod builder;
mod collect;
mod commented;
mod commit;
pub mod draw;
mod drawing;
mod ends;
mod entry;
mod exclude;
mod found;
mod freeze;
mod front;
mod judge;
mod keep;
mod keys;
mod list;
mod look;
mod money;
mod pages;
mod people;
mod publication;
mod report;
mod rules;
mod state;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use award::{Award, AwardStatus, winners};
pub use builder::ContestsBuilder;
pub use collect::{Step, Trouble};
pub use drawing::Redraw;
pub use entry::{
    Check, Comment, Decision, Deed, Entrant, Entry, EntryAccount, EntryId, EntryStatus, Evidence,
    EvidenceSource, LookedUp,
};
pub use front::Summary;
pub use judge::Verdict;
pub use people::{EntryQuery, Erased};
pub use publication::{Publication, PublicationState};
pub use report::{ListingReport, Report};
pub use rules::{
    Condition, ConditionKind, EntryWindow, Exclusion, ExclusionKind, Fallback, Mode, OnChange,
    OnUnknown, Randomness, Rules, Subject, Ties, Who,
};
pub use state::{Committed, Dispute, DrawTold, Frozen, Lost, Settled, Stage, State};

use crate::client::Clock;
use crate::error::{Error, Result};
use crate::network::by_name::ByName;
use crate::store::KeyValue;
use beacon::Beacon;
use builder::Settings;
use keep::Keeper;

/// How long a contest's name may be: it stands in each commitment.
const LONGEST_ID: usize = 24;

/// The name of a contest: 1 to 24 characters from `a`–`z`, `0`–`9`, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContestId(String);

impl ContestId {
    /// Takes a name.
    ///
    /// # Errors
    /// `Config` for one with other characters, none, or too many.
    pub fn new(id: impl Into<String>) -> Result<Self> {
        let id = id.into();
        let good = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_".contains(&c);
        if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(good) {
            return Err(Error::config(format!(
                "a contest's name has 1 to {LONGEST_ID} characters from a-z, 0-9, `-` and `_`, such as `tea-2026`"
            )));
        }
        Ok(Self(id))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ContestId {
    type Error = Error;

    fn try_from(id: String) -> Result<Self> {
        Self::new(id)
    }
}

impl From<ContestId> for String {
    fn from(id: ContestId) -> Self {
        id.0
    }
}

/// Contests over our accounts. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Contests(Arc<Inner>);

struct Inner {
    keeper: Keeper,
    accounts: ByName,
    clock: Arc<dyn Clock>,
    beacon: Option<Arc<dyn Beacon>>,
    second: Option<Arc<dyn Beacon>>,
    trust: draw::Trust,
    publisher: Option<String>,
    settings: Settings,
}

impl fmt::Debug for Contests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contests")
            .field("accounts", &self.0.accounts.keys().collect::<Vec<_>>())
            .field("store", &self.0.keeper)
            .finish_non_exhaustive()
    }
}

impl Contests {
    /// Settings for contests that keep their state in this store.
    pub fn builder(store: Arc<dyn KeyValue>) -> ContestsBuilder {
        ContestsBuilder::new(store)
    }
}

/// One contest. Cheap to clone; clones are the same.
#[derive(Clone, Debug)]
pub struct Contest {
    of: Contests,
    id: ContestId,
}
