//! What a comment must be like: a regular expression in which the entrant's own handle may stand.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

/// How large an expression may grow when it is compiled, in bytes; those of rules are far below.
const ROOM: usize = 1 << 20;

/// A pattern, ready to be matched.
#[derive(Debug)]
pub(in crate::contest) enum Pattern {
    /// The same for everybody.
    Fixed(Regex),
    /// Another one for each entrant.
    Own(String),
}

impl Pattern {
    /// Reads a pattern, or says what is wrong with it.
    pub(in crate::contest) fn read(pattern: &str) -> Result<Self, String> {
        let mut own = false;
        let tried = filled(pattern, "tester", &mut own)?;
        let fixed = compile(&tried)?;
        Ok(if own {
            Self::Own(pattern.to_owned())
        } else {
            Self::Fixed(fixed)
        })
    }

    /// Whether a text matches; `None` where the entrant's handle is needed and not known.
    pub(in crate::contest) fn matches(&self, text: &str, handle: Option<&str>) -> Option<bool> {
        match self {
            Self::Fixed(fixed) => Some(fixed.is_match(text)),
            Self::Own(pattern) => {
                let filled = filled(pattern, handle?, &mut false).ok()?;
                Some(compile(&filled).ok()?.is_match(text))
            }
        }
    }
}

fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(ROOM)
        .build()
        .map_err(|e| e.to_string())
}

/// Puts a handle where a pattern asks for it.
fn filled(pattern: &str, handle: &str, own: &mut bool) -> Result<String, String> {
    const MARK: &str = "{handle";
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once(MARK) {
        let (inside, behind) = after
            .split_once('}')
            .ok_or("`{handle` has no end: write `{handle}`, `{handle:3}` or `{handle:-3}`")?;
        let part = match inside.strip_prefix(':') {
            None if inside.is_empty() => handle,
            None => return Err(format!("`{MARK}{inside}}}` is not known")),
            Some(count) => {
                let count: i32 =
                    count
                        .parse()
                        .ok()
                        .filter(|count| *count != 0)
                        .ok_or_else(|| {
                            format!("`{count}` in `{MARK}{inside}}}` is no number of characters")
                        })?;
                handle.get(part(handle, count)).unwrap_or(handle)
            }
        };
        *own = true;
        out.push_str(before);
        out.push_str("(?i:");
        out.push_str(&regex::escape(part));
        out.push(')');
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

/// Where the first, or with a negative count the last, characters of a text stand.
fn part(text: &str, count: i32) -> Range<usize> {
    let wanted = count.unsigned_abs() as usize;
    let at = |index: usize| {
        text.char_indices()
            .nth(index)
            .map_or(text.len(), |(at, _)| at)
    };
    if count > 0 {
        return 0..at(wanted);
    }
    let all = text.chars().count();
    at(all.saturating_sub(wanted))..text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str, handle: Option<&str>) -> Option<bool> {
        Pattern::read(pattern).unwrap().matches(text, handle)
    }

    #[test]
    fn the_entrants_own_handle_can_be_asked_for() {
        let last = r"\b{handle:-3}\b";
        assert_eq!(matches(last, "mine is ICE", Some("alice")), Some(true));
        assert_eq!(matches(last, "mine is alice", Some("alice")), Some(false));
        assert_eq!(matches(last, "mine is ice", None), None);
        assert_eq!(matches("^{handle:2}$", "Ал", Some("алиса")), Some(true));
        assert_eq!(matches("^{handle:-9}$", "bob", Some("bob")), Some(true));
        // A handle is no expression.
        assert_eq!(matches("^{handle}$", "a.b", Some("a.b")), Some(true));
        assert_eq!(matches("^{handle}$", "axb", Some("a.b")), Some(false));
        assert_eq!(matches("(?i)te{1,2}a", "TEEA please", None), Some(true));
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for wrong in [
            "(",
            "{handle",
            "{handle:0}",
            "{handle:x}",
            "{handle3}",
            "(a{1000}){1000}",
        ] {
            assert!(Pattern::read(wrong).is_err(), "{wrong}");
        }
    }
}
