//! Lines of a text, for messages.

/// Where in the text a byte stands.
pub(crate) struct Lines<'a>(pub(crate) &'a str);

impl Lines<'_> {
    /// The line, from 1, that a byte stands in.
    pub(crate) fn of(&self, byte: usize) -> usize {
        let before = self.0.as_bytes().iter().take(byte);
        1 + before.filter(|b| **b == b'\n').count()
    }
}
