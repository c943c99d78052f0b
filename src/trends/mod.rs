//! What begins to be spoken of, early enough to join.
//!
//! [`Trends`] reads what our accounts can see (feeds, searches, happenings), counts the distinct authors of each hashtag,
//! word, pair and chain of nominations, and tells which of them rise above what is usual at that hour of the week. Terms
//! that rise together are one [`Topic`]. What our brand could make of it is proposed, with a draft for a person to write
//! to its end; nothing here publishes.
//!
//! ```
//! # #[cfg(feature = "memory")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> sociable::Result<()> {
//! use std::sync::Arc;
//! use sociable::adapters::memory::World;
//! use sociable::store::MemoryStore;
//! use sociable::trends::{Feed, Trends};
//!
//! let world = World::sample();
//! let trends = Trends::builder(Arc::new(MemoryStore::new()))
//!     .account("shop", Arc::new(world.network("shop")?))
//!     .feed(Feed::search("tea"))
//!     .feed(Feed::lists())
//!     .topics(["tea", "market"])
//!     .build()?;
//! let step = trends.step().await?;
//! assert!(step.read.counted > 0 && step.new.is_empty());
//! // Nothing rises in a village of four, and it says why.
//! assert!(trends.standing().await?.why_none[0].contains("needs 5 authors"));
//! assert_eq!(trends.lists().await?[0].name, "First flush");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "memory"))]
//! # fn main() {}
//! ```
//!
//! A program that has a stream of its own shows it to a [`Watch`], which asks no network and reads no clock:
//!
//! ```
//! use sociable::trends::{Pushed, Watch, WatchConfig};
//! use sociable::{Account, Post, text::Text};
//!
//! let mut watch = Watch::new(WatchConfig::new())?;
//! let at: sociable::jiff::Timestamp = "2026-11-30T12:00:00Z".parse().expect("a time");
//! let post = Post::new("1")
//!     .author(Account::new("alice"))
//!     .text(Text::plain("A fine cup #tea"))
//!     .created_at(at);
//! assert_eq!(watch.push("memory", &post), Pushed::Counted);
//! let closed = watch.close("2026-11-30T13:10:00Z".parse().expect("a time"));
//! assert_eq!((closed[0].posts, closed[0].authors), (1, 1));
//! # Ok::<(), sociable::Error>(())
//! ```

mod bucket;
mod builder;
mod count;
pub mod detect;
mod feed;
mod hashes;
mod judge;
mod keep;
mod letters;
mod lexicon;
mod lists;
mod overlap;
mod pack;
mod proposal;
mod propose;
mod read;
mod recent;
mod safety;
mod settings;
mod step;
mod tally;
mod terms;
mod topic;
mod topics;
mod watch;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use bucket::{Closed, Pushed};
pub use builder::TrendsBuilder;
pub use feed::{Feed, FeedKind};
pub use lists::{NetworkTrend, Sighting};
pub use proposal::{DraftCheck, Effort, Fit, Proposal, Safety};
pub use settings::WatchConfig;
pub use step::{Read, Standing, Step, Trouble};
pub use topic::{
    Chain, Example, Flag, Listed, Storm, Strength, Term, TermKind, Topic, TopicId, TopicState,
    Trigger, TriggerKind,
};
pub use watch::Watch;

use crate::client::Clock;
use crate::network::by_name::ByName;
use crate::store::KeyValue;
use keep::Keeper;
use propose::Ours;
use step::Loaded;

/// Watches what our accounts can see for what begins to be spoken of. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Trends(Arc<Inner>);

struct Inner {
    keeper: Keeper,
    accounts: ByName,
    clock: Arc<dyn Clock>,
    feeds: Vec<Feed>,
    ours: Ours,
    config: WatchConfig,
    look_back: Duration,
    /// The state as this process has it: one round at a time.
    loaded: tokio::sync::Mutex<Option<Loaded>>,
}

impl fmt::Debug for Trends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trends")
            .field("accounts", &self.0.accounts.keys().collect::<Vec<_>>())
            .field("store", &self.0.keeper)
            .finish_non_exhaustive()
    }
}

impl Trends {
    /// Settings for a watch that keeps its state in this store.
    pub fn builder(store: Arc<dyn KeyValue>) -> TrendsBuilder {
        TrendsBuilder::new(store)
    }
}
