//! What a user wants to know before relying on the crate, told at length.

pub mod limits {
    #![doc = include_str!("../docs/limits.md")]
    #![doc = include_str!("../docs/window.svg")]
}

#[cfg(feature = "desk")]
pub mod desk {
    #![doc = include_str!("../docs/desk.md")]
}

#[cfg(feature = "outbox")]
pub mod outbox {
    #![doc = include_str!("../docs/outbox.md")]
}
