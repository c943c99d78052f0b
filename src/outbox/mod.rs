//! Filling accounts, groups and pages with content: a plan becomes posts on many accounts at their times, each of them once.
//!
//! An [`Entry`] says what is published, where and when; [`Outbox::add`] checks it at once and plans one post for each of
//! its accounts. [`Outbox::run`] publishes what is due. Everything stands in a store, so that several processes and
//! machines can work on one plan, and any of them may die at any moment.
//!
//! ```
//! # #[cfg(feature = "memory")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> sociable::Result<()> {
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use sociable::adapters::memory::World;
//! use sociable::client::{Clock, SetClock};
//! use sociable::outbox::{Entry, Filter, Outbox, State, Variant};
//! use sociable::store::MemoryStore;
//! use sociable::{Draft, SocialNetwork};
//!
//! let clock = SetClock::at("2026-03-02T08:00:00Z".parse().unwrap());
//! let world = World::with_clock(Arc::new(clock.clone()));
//! world.add_account("shop");
//! world.add_account("cafe");
//!
//! let outbox = Outbox::builder(Arc::new(MemoryStore::new()))
//!     .network("shop", Arc::new(world.network("shop")?))
//!     .network("cafe", Arc::new(world.network("cafe")?))
//!     .clock(Arc::new(clock.clone()))
//!     .build()?;
//!
//! let noon = clock.now() + Duration::from_secs(4 * 3600);
//! let opening = Entry::new("opening", Draft::text("We are open!"))
//!     .on("shop")
//!     .on("cafe")
//!     .variant("cafe", Variant::text("The café is open!"))
//!     .first_comment(Draft::text("Until 8 in the evening."))
//!     .at(noon);
//! let report = outbox.add(&[opening.clone()]).await?;
//! assert!(report.is_clean());
//! // Adding a plan again adds nothing.
//! outbox.add(&[opening]).await?;
//!
//! // A day passes.
//! let evening = noon + Duration::from_secs(8 * 3600);
//! let run = clock.drive(outbox.run_until(clock.sleep_until(evening))).await?;
//! assert_eq!(run.published, 4);
//!
//! for item in outbox.list(&Filter::new()).await? {
//!     assert_eq!(item.state, State::Published);
//!     assert_eq!(item.posted[0].at, noon);
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "memory"))]
//! # fn main() {}
//! ```
//!
//! # The promise
//!
//! Nothing is published twice, and nothing is missing without being told. What is planned comes to one of these ends
//! ([`State`]): published, rejected (with the reason), missed (too late, with the reason), cancelled, refused by a person,
//! or unknown.
//!
//! Each part of an entry goes through the same steps ([`Step`]), and each is written down before the next begins: planned;
//! *prepared* (files are uploaded, the key is fixed); *committing* (the one mutation begins); published. A worker that
//! dies before *committing* is written has sent nothing. After that the post may exist, and whoever goes on asks the
//! network first ([`reconcile`](crate::SocialNetwork::reconcile)). It is sent again, under the same key, only while the
//! network keeps a repetition from making a second post ([`Prepared::repeatable`](crate::Prepared::repeatable)). Where it
//! does not, the outbox looks for the post several times, since listings show a new post late, and then leaves it to a
//! person ([`State::Unknown`], [`Outbox::resolve`]).
//!
//! What is prepared, was not sent and has to wait (for a pause to end, for a network to come back) is prepared anew before
//! it goes out, under the same key: a network may show it under the time at which it was prepared. Its files are uploaded
//! again only when the network has dropped them, or when the post is given another time.
//!
//! So where a network has keys each post is there exactly once; where it has none, once, or listed as unknown.
//!
//! A job is leased by one worker at a time, and every change is made only if nobody else made one in between. A worker
//! that slept through its lease sends nothing any more; one that learns of a post writes it down, whoever has the lease.
//!
//! # What happens to errors
//!
//! | the network says | the outbox does |
//! |---|---|
//! | too many calls, no time, no connection; nothing was sent | tries again: at the moment that the network names, else later each time; until it is too late |
//! | the login is refused, something is missing, the account is suspended | holds the account ([`Outbox::holds`]) until a person lets it go on ([`Outbox::resume`]); other accounts go on |
//! | the content is refused | rejected, with the reason; [`Outbox::change`] mends it |
//! | nothing, or nothing readable, to the one mutation | asks what became of it, as above |
//!
//! # People
//!
//! They approve and reject, pause and resume (one post, one account, all), cancel, give another time, change the text, and
//! settle what is unknown. A worker that is at it obeys: what is cancelled is not sent, unless the one mutation has begun,
//! and then cancelling is the error that says so; of what is paused, by itself or with its account or with all, nothing
//! more is sent, the next part of a thread neither. What is late because nobody approved it, or because it was paused, is
//! missed like anything else ([`Entry::too_late_after`]).
//!
//! # Plans
//!
//! [`PlanReader`] reads a plan from a table or a TOML file; recurring [`Slots`] give entries their times; [`calendar`]
//! shows a plan to calendar programs.

mod add;
mod builder;
mod claim;
mod decide;
mod entry;
mod fault;
mod history;
mod hold;
mod list;
mod notes;
mod plan;
mod post;
mod report;
mod run;
mod settle;
mod step;
mod work;

pub use add::{AddReport, Added, Outcome};
pub use builder::{Outbox, OutboxBuilder, OutboxStore, StepObserver};
pub use decide::Resolution;
pub use entry::{Entry, Variant, When};
pub use history::{Happening, HappeningKind, History};
pub use hold::{Hold, Scope};
pub use list::{Doubt, Filter, Item};
pub use plan::{
    CalendarEvent, Closed, Edited, EventStatus, Plan, PlanReader, PlannedPost, PlannedTime, Repeat,
    Revision, SlotTime, Slots, Weekdays, calendar,
};
pub use post::{Approval, Attempt, Posted, State};
pub use report::{DayCount, Report, Share};
pub use run::RunReport;
pub use step::Step;

/// The moment `wait` before `time`, or the first one that there is.
fn before(time: jiff::Timestamp, wait: std::time::Duration) -> jiff::Timestamp {
    time.checked_sub(wait).unwrap_or(jiff::Timestamp::MIN)
}

/// The moment `wait` after `time`, or the last one that there is.
fn after(time: jiff::Timestamp, wait: std::time::Duration) -> jiff::Timestamp {
    time.checked_add(wait).unwrap_or(jiff::Timestamp::MAX)
}
