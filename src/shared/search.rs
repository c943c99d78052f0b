//! Searching a text for a text. The search of the standard library is compiled anew wherever it is used, some 3 kB every
//! time; here once.

/// Where `part` begins.
#[inline(never)]
pub(crate) fn find(text: &str, part: &str) -> Option<usize> {
    text.find(part)
}

/// Whether `part` stands in a text.
#[cfg(feature = "bluesky")]
pub(crate) fn has(text: &str, part: &str) -> bool {
    find(text, part).is_some()
}

/// What stands before `part`, and what behind it.
#[cfg(feature = "bluesky")]
pub(crate) fn cut<'a>(text: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    let at = find(text, part)?;
    Some((text.get(..at)?, text.get(at + part.len()..)?))
}
