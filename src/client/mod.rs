//! The one road to the network.

mod clock;
pub mod headers;
pub mod limits;
mod random;
mod retry;
mod service;

pub use clock::{Clock, Hold, SetClock, SystemClock};
pub use random::{Random, SeededRandom, SystemRandom, fraction, jitter};
pub use retry::{Failure, RetryPolicy, Tried, Verdict, WriteSafety};
pub use service::Service;
