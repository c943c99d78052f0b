//! Which counts are unusual: statistics alone, without network, clock or text.

mod burst;
mod config;
mod decay;
mod detector;
mod discoveries;
mod habit;
mod null;
mod own_week;
mod pace;
mod pool;
mod profile;
mod signal;
mod slots;
mod spread;
mod tail;
mod tally;
mod term;
mod total;
mod volume;

pub use config::DetectorConfig;
pub use detector::Detector;
pub use signal::{Forecast, Phase, Signal};
pub use tally::{Tally, TermCount, TermId};
pub use volume::{VolumeAlarm, VolumeConfig, VolumeWatch};
