//! What a user wants to know before relying on the crate, told at length.

pub mod limits {
    #![doc = include_str!("../docs/limits.md")]
    #![doc = include_str!("../docs/window.svg")]
}

#[cfg(feature = "contest")]
pub mod contest {
    #![doc = include_str!("../docs/contest.md")]
}

#[cfg(feature = "contest")]
pub mod contest_proof {
    #![doc = include_str!("../docs/contest_proof.md")]
}

#[cfg(feature = "desk")]
pub mod desk {
    #![doc = include_str!("../docs/desk.md")]
}

#[cfg(feature = "outbox")]
pub mod outbox {
    #![doc = include_str!("../docs/outbox.md")]
}

#[cfg(feature = "promo")]
pub mod promo {
    #![doc = include_str!("../docs/promo.md")]
}

#[cfg(feature = "trends")]
pub mod trends {
    #![doc = include_str!("../docs/trends.md")]
}
