//! Bluesky, on its own servers and on self-hosted ones.

#[cfg(feature = "testing")]
pub mod fake;
