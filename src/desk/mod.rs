//! Answering within minutes, and following complaints to their end.

pub mod triage;
