//! Budgets as a synchronous value: who may call when, learned from constants and from what servers say.
//!
//! A call names its [`Charge`]s and [reserves](Limits::reserve) all of them or none. Right before its first byte it asks
//! whether it may still [leave](Limits::leave). Whatever becomes of it is [settled](Limits::settle), and the waiters that
//! may go now are [ready](Limits::ready).
//!
//! Where the truth lies between two bounds, the later moment and the smaller budget are taken: a server counts a request
//! somewhere between its departure and its answer, writes moments in whole seconds, and has a clock of its own.

mod bucket;
mod budget;
mod cap;
mod file;
mod freeze;
mod learn;
mod ledger;
mod meter;
mod midnight;
mod name;
mod observation;
mod outcome;
mod paced;
mod policy;
mod rolling;
mod server_clock;
mod snapshot;
mod span;
mod spending;
mod state;
mod store;
mod time;
mod window;

pub use bucket::{Bucket, BucketKey, Charge, Scope, Unit, subject};
pub use budget::Budget;
pub use cap::{SpendingBudget, SpendingCap};
pub use file::FileLimits;
pub use ledger::Limits;
pub use name::Name;
pub use observation::{Observation, Reset};
pub use outcome::{Held, OverCap, Permit, Refusal, Reservation, Sent, Settled, Ticket, Wait};
pub use policy::LimitPolicy;
pub(crate) use spending::Books;
pub use spending::{Bill, Spending, Spent, Total};
pub use store::{LimitStore, LimitStoreError, MemoryLimits};
pub use window::{Window, Windows};
