use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a [`VolumeWatch`] goes by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct VolumeConfig {
    /// The zone whose days and weeks people live by, as IANA names it; UTC by default.
    pub zone: String,
    /// How unusual it must be: the score at which an alarm is raised.
    pub threshold: f64,
}

impl Default for VolumeConfig {
    fn default() -> Self {
        Self {
            zone: "UTC".to_owned(),
            threshold: 6.0,
        }
    }
}

impl VolumeConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }
}

/// A count that is far above the usual.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VolumeAlarm {
    /// The time of the count.
    pub at: Timestamp,
    /// The count.
    pub observed: f64,
    /// What was usual.
    pub expected: f64,
    /// `observed / expected`.
    pub ratio: f64,
    /// How unusual.
    pub score: f64,
}

/// Watches one series of counts, where nothing is known but how many there were.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumeWatch {
    config: VolumeConfig,
    last: Option<Timestamp>,
}

impl VolumeWatch {
    /// A watch that has seen nothing yet.
    pub fn new(config: VolumeConfig) -> Self {
        Self { config, last: None }
    }

    /// Takes in the next count. A time that is not after the last one is passed over.
    pub fn step(&mut self, at: Timestamp, _count: f64) -> Option<VolumeAlarm> {
        if self.last.is_some_and(|last| at <= last) {
            return None;
        }
        self.last = Some(at);
        None
    }
}
