//! Budgets as a synchronous value.

mod observation;

pub use observation::{Observation, Reset};
