//! What an answer's headers say about limits: every dialect as data.
//!
//! An adapter lists its network's [`HeaderFamily`]s; [`observe`] reads them. Nothing here fails: what makes no sense is
//! left out or bounded, as each function says.

mod family;
mod observe;
mod parse;
mod retry_after;
mod usage;

pub use family::{HeaderFamily, ResetFormat, UsageJson};
pub use observe::observe;
pub use retry_after::{RetryAfter, date, request_id, retry_after, server_now, wait_in_words};

use std::time::Duration;

/// The furthest away that a reset or a window's length is believed, and the longest that a told wait is obeyed: 31 days.
pub const FURTHEST: Duration = Duration::from_secs(31 * 86_400);

/// The largest count that is believed: beyond it a limit is as good as none.
pub const MOST: u64 = 1_000_000_000_000;
