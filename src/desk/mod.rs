//! Answering within minutes, and following complaints to their end.

pub mod clock;
pub mod triage;
