//! X, formerly Twitter.

#[cfg(feature = "testing")]
pub mod fake;
