//! One folder for each network, each behind a feature of its name.

#[cfg(feature = "bluesky")]
pub mod bluesky;
