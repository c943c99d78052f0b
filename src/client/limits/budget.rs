use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BucketKey, Unit, Window};

/// One window of one bucket, as it stands: for people and dashboards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Budget {
    /// Which budget.
    pub bucket: BucketKey,
    /// What its numbers count.
    pub unit: Unit,
    /// The window, with the limit that the server told last; `None` where no window is known.
    pub window: Option<Window>,
    /// Units in the window; `None` where nothing is known.
    pub limit: Option<u64>,
    /// Units that are left, without what is reserved.
    pub left: Option<u64>,
    /// When more will be left, where that is known.
    pub resets_at: Option<Timestamp>,
    /// Nothing leaves before this, as the server refused; in the past where only a probe is still missing.
    pub frozen_until: Option<Timestamp>,
    /// Until then calls are spread out or stopped, as the server told that most is used.
    pub slowed_until: Option<Timestamp>,
    /// Calls without an answer.
    pub in_flight: u64,
    /// Calls that wait for this bucket.
    pub waiting: u64,
}
