//! Many texts in one allocation.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use super::SharedStr;

/// Puts texts together that share one allocation. It can be used again for the next ones.
#[derive(Debug, Default)]
pub(crate) struct Sheet(String);

/// Where a text stands on its sheet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    start: u32,
    end: u32,
}

#[cfg(any(feature = "vk", feature = "x"))]
impl Place {
    /// From the beginning of this text to the end of another that was written right after it.
    pub(crate) const fn through(self, last: Self) -> Self {
        Self {
            start: self.start,
            end: last.end,
        }
    }
}

/// A finished sheet, from which texts are cut.
#[derive(Clone, Debug)]
pub(crate) struct Written(Arc<str>);

impl Sheet {
    /// An empty sheet.
    #[cfg(feature = "vk")]
    pub(crate) const fn new() -> Self {
        Self(String::new())
    }

    /// A sheet with room for what is usual, so that it does not grow step by step.
    pub(crate) fn roomy() -> Self {
        Self(String::with_capacity(2048))
    }

    /// Writes a text, in pieces where it is made of several.
    // Not inlined: an adapter adds a dozen texts, each of which would bring its own growing of the sheet.
    #[inline(never)]
    pub(crate) fn add(&mut self, pieces: &[&str]) -> Place {
        let start = self.0.len();
        for piece in pieces {
            self.0.push_str(piece);
        }
        self.place(start)
    }

    /// Writes what is formatted.
    pub(crate) fn format(&mut self, text: fmt::Arguments<'_>) -> Place {
        let start = self.0.len();
        // Writing into a string does not fail.
        let _ = self.0.write_fmt(text);
        self.place(start)
    }

    /// A sheet holds what one item of an answer says; what lay beyond 4 GiB would read as empty.
    fn place(&self, start: usize) -> Place {
        Place {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(self.0.len()).unwrap_or(u32::MAX),
        }
    }

    /// Ends the sheet, and begins an empty one.
    pub(crate) fn finish(&mut self) -> Written {
        let written = Written(Arc::from(self.0.as_str()));
        self.0.clear();
        written
    }
}

impl Written {
    /// The text at a place of this sheet.
    pub(crate) fn cut(&self, place: Place) -> SharedStr {
        SharedStr {
            whole: Arc::clone(&self.0),
            start: place.start,
            end: place.end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_one_sheet_share_its_allocation_and_read_as_written() {
        let mut sheet = Sheet::default();
        let (one, two, none) = (
            sheet.add(&["при", "вет"]),
            sheet.add(&["ё"]),
            sheet.add(&[]),
        );
        let written = sheet.finish();
        assert_eq!(written.cut(one), "привет");
        assert_eq!(written.cut(two), "ё");
        assert_eq!(written.cut(none), "");
        assert_eq!(Arc::strong_count(&written.0), 1);
        let kept = written.cut(two);
        assert_eq!(Arc::strong_count(&written.0), 2);
        // The next sheet begins empty.
        let again = sheet.add(&["x"]);
        assert_eq!(sheet.finish().cut(again), "x");
        assert_eq!(kept, "ё");
    }
}
