//! What stores on SQL engines have in common: how moments stand in them, and where the keys of a prefix begin and end.
//!
//! A moment is text of one form, `2026-12-01T09:00:00.000000000Z`: exact, in order as text, and readable for whoever
//! looks into the tables.

use jiff::Timestamp;

use crate::error::{Error, Result, Rule, Violation};

/// The year 0, in seconds since 1970: what is before has a longer form, which is not in order as text.
const FIRST_SECOND: i64 = -62_167_219_200;

/// A moment to compare with: nothing that is kept is before the year 0.
pub(super) fn moment(at: Timestamp) -> String {
    let first = Timestamp::from_second(FIRST_SECOND).unwrap_or(Timestamp::MIN);
    format!("{:.9}", at.max(first))
}

/// A moment to be kept.
///
/// # Errors
/// `Invalid` for one before the year 0.
pub(super) fn kept_moment(field: &str, at: Timestamp) -> Result<String> {
    if at.as_second() < FIRST_SECOND {
        let message = format!("{at} is before the year 0: give a time that can be waited for");
        return Err(Error::invalid(vec![Violation::error(
            Rule::Time,
            field,
            message,
        )]));
    }
    Ok(moment(at))
}

/// The first text behind all that begin with this, in the order of bytes; `None` where all texts do, or none is behind.
pub(super) fn end_of(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // Between the two blocks of characters there are none; the order of characters is that of their bytes.
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            _ => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// Where a listing of keys begins, and how: a comparison and what is compared with.
pub(super) fn beginning<'a>(prefix: &'a str, after: Option<&'a str>) -> (&'static str, &'a str) {
    match after {
        Some(after) if after >= prefix => (">", after),
        _ => (">=", prefix),
    }
}

/// A version as SQL keeps it.
pub(super) fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_exact_and_in_order_as_text() {
        let moments = [
            "0000-01-01T00:00:00Z",
            "0999-12-31T23:59:59.999999999Z",
            "2026-12-01T09:00:00Z",
            "2026-12-01T09:00:00.000000001Z",
            "2026-12-01T09:00:00.1Z",
            "9999-12-30T22:00:00.999999999Z",
        ];
        let moments = moments.map(|text| text.parse::<Timestamp>().unwrap());
        let texts = moments.map(moment);
        assert!(texts.is_sorted());
        assert_eq!(
            texts.clone().map(|text| text.parse::<Timestamp>().unwrap()),
            moments
        );
        assert_eq!(moment(Timestamp::MIN), texts[0]);
        assert_eq!(moment(Timestamp::MAX), texts[5]);
        assert!(kept_moment("due", Timestamp::MIN).is_err());
        assert_eq!(kept_moment("due", moments[0]).unwrap(), texts[0]);
    }

    #[test]
    fn a_prefix_ends_before_the_first_text_that_lacks_it() {
        for prefix in ["a", "a%", "a\u{7f}", "\u{d7ff}", "z\u{10ffff}", "\u{ffff}"] {
            let end = end_of(prefix).unwrap();
            assert!(!end.starts_with(prefix));
            for tail in ["", "\0", "a", "\u{10ffff}\u{10ffff}"] {
                assert!(format!("{prefix}{tail}") < end, "{prefix:?} {tail:?}");
            }
        }
        assert_eq!(end_of("a").as_deref(), Some("b"));
        assert_eq!(end_of("z\u{10ffff}").as_deref(), Some("{"));
        assert_eq!(end_of(""), None);
        assert_eq!(end_of("\u{10ffff}"), None);
    }
}
