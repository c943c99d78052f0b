//! Which counts are unusual: statistics alone, without network, clock or text.

mod config;
mod signal;
mod tally;
mod volume;

pub use config::DetectorConfig;
pub use signal::{Forecast, Phase, Signal};
pub use tally::{Tally, TermCount, TermId};
pub use volume::{VolumeAlarm, VolumeConfig, VolumeWatch};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// Finds terms whose use rises above the usual. Its state is data: what is read back goes on as if nothing had been.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detector {
    config: DetectorConfig,
    last: Option<Timestamp>,
}

impl Detector {
    /// A detector that has seen nothing yet. An error says which setting is out of its range.
    pub fn new(config: DetectorConfig) -> Result<Self> {
        Ok(Self { config, last: None })
    }

    /// What it goes by.
    pub fn config(&self) -> &DetectorConfig {
        &self.config
    }

    /// Takes in a closed bucket, and tells what is unusual at its end, the most unusual first.
    pub fn step(&mut self, tally: &Tally) -> Vec<Signal> {
        self.last = Some(tally.start);
        Vec::new()
    }

    /// Whether the term is followed already: its counts should be named however small they are.
    pub fn follows(&self, _term: TermId) -> bool {
        false
    }
}
