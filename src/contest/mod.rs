//! Contests whose draw anyone can check.

pub mod beacon;
pub mod draw;
