//! VK (VKontakte).

#[cfg(feature = "testing")]
pub mod fake;
