//! What is printed.

use serde::Serialize;

/// Something measured, over so many decisions.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    /// The file and what was measured in it, with dots between.
    pub(crate) name: String,
    /// A share between 0 and 1, or a count.
    pub(crate) value: f64,
    /// How many there were to decide.
    pub(crate) n: usize,
}
