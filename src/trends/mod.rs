//! What begins to be spoken of, early enough to join.

pub mod detect;
