//! Answering within minutes, and following complaints to their end.
//!
//! A [`Desk`] makes cases of what people write to our accounts: mentions, comments, messages, and what standing searches
//! find that nobody addressed to us. A case is claimed, answered, handed over to a service, resolved; what becomes of the
//! complaint is followed afterwards. All of it is kept in a [`KeyValue`] store, which several desks may share.
//!
//! ```
//! # #[cfg(feature = "memory")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> sociable::Result<()> {
//! use std::sync::Arc;
//! use sociable::adapters::memory::World;
//! use sociable::desk::{Desk, QueueQuery};
//! use sociable::store::MemoryStore;
//! use sociable::{Draft, SocialNetwork};
//!
//! let world = World::new();
//! world.add_account("shop");
//! world.add_account("alice");
//! let alice = world.network("alice")?;
//! alice.publish(&Draft::text("@shop I ordered two weeks ago and still wait for my parcel!")).await?;
//!
//! let desk = Desk::builder(Arc::new(MemoryStore::new()))
//!     .account("shop", Arc::new(world.network("shop")?))
//!     .build()?;
//! desk.step().await?;
//! let queue = desk.queue(&QueueQuery::new()).await?;
//! let case = &queue[0].id;
//! desk.claim(case, "ann").await?;
//! desk.answer(case, "ann", "We are sorry! It leaves today.").await?;
//! assert_eq!(desk.case(case).await?.replies.len(), 1);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "memory"))]
//! # fn main() {}
//! ```
//!
//! # What happens to what comes in
//!
//! - Each post and message is taken in once, however often it is delivered, by whichever of our accounts.
//! - What one person writes in one conversation or below one post is one case. What comes within the policy's reopen window
//!   after it was resolved continues it; later a new case begins that names the old one.
//! - Reposts, and the same text by others, become copies of one case, which tells its reach.
//! - A case whose author vanished stays: nothing is taken out because the network no longer shows it.
//! - A text longer than 100 KB is kept whole; how much of it was judged stands in its
//!   [`Assessment`](triage::Assessment). A text of emoji or of another script is a case like any other.
//! - Where a clock goes back, what we do counts as done at the moment of what was done before; claims last until the clock
//!   shows their end.

mod answer;
mod answered;
mod builder;
mod case;
pub mod clock;
mod fate;
mod figures;
mod grave;
mod handoff;
mod inbox;
mod incoming;
mod inflect;
mod keep;
mod keys;
mod look;
mod paging;
mod people;
mod plan;
mod private;
mod queue;
mod reply;
mod route;
mod search;
mod severity;
mod step;
mod template;
pub mod triage;
mod work;

use std::fmt;
use std::sync::Arc;

pub use builder::DeskBuilder;
pub use case::{
    Case, CaseId, Channel, Claim, Copy, FoundBy, Mention, Note, Origin, Person, Reach,
    SeverityReason, Version,
};
pub use fate::{Evidence, Fate, FateKind, Missing, Turn};
pub use figures::{Reputation, ReputationQuery, Sentiment, reputation};
pub use handoff::{Handoff, HandoffState};
pub use people::{Erased, PersonRef};
pub use plan::{Phrase, SearchPlan};
pub use private::{Private, PrivateKind, private_data};
pub use queue::{QueueEntry, QueueQuery};
pub use reply::{Answer, Answered, Outgoing, Reply, ReplyState, Way};
pub use route::{Decision, Route};
pub use step::{Step, Trouble};
pub use template::Template;

use crate::client::Clock;
use crate::network::by_name::ByName;
use crate::store::KeyValue;
use builder::Settings;
use keep::Keeper;
use triage::Classifier;

/// A desk over our accounts. Cheap to clone; clones are the same desk.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    keeper: Keeper,
    accounts: ByName,
    clock: Arc<dyn Clock>,
    classifier: Arc<dyn Classifier>,
    settings: Settings,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("accounts", &self.0.accounts.keys().collect::<Vec<_>>())
            .field("store", &self.0.keeper)
            .finish_non_exhaustive()
    }
}

impl Desk {
    /// Settings for a desk that keeps its state in this store.
    pub fn builder(store: Arc<dyn KeyValue>) -> DeskBuilder {
        DeskBuilder::new(store)
    }
}
