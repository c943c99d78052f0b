//! Links as X counts them.
//!
//! The grammar is twitter-text's (version 3), so that 23 is counted where X counts 23: with a scheme or without, only under a
//! real top-level domain, the path of the characters that X takes. Where it differs: a top-level domain in another script is
//! seen only when its label ends with it.

use std::ops::Range;

use super::chars::{char_at, char_before, is_direction_mark};
use super::domain::{Letters, labels};
use super::find::scheme;

/// The links of a text, in order.
#[derive(Clone, Debug)]
pub(super) struct XLinks<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> XLinks<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }
}

impl Iterator for XLinks<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        while let Some(c) = char_at(self.text, self.at) {
            let start = self.at;
            if Letters::Latin.holds(c)
                && let Some(end) = link(self.text, start)
            {
                self.at = end;
                return Some(start..end);
            }
            self.at += c.len_utf8();
        }
        None
    }
}

fn link(text: &str, at: usize) -> Option<usize> {
    let before = char_before(text, at);
    if before.is_some_and(|c| {
        c.is_ascii_alphanumeric()
            || matches!(c, '@' | '＠' | '$' | '#' | '＃')
            || is_direction_mark(c)
    }) {
        return None;
    }
    let domain = match scheme(text, at) {
        Some(scheme) => labels(text, at + scheme, Letters::Any).domain?,
        None if before
            .is_some_and(|c| matches!(c, '-' | '_' | '.' | '/') || Letters::Latin.holds(c)) =>
        {
            return None;
        }
        None => labels(text, at, Letters::Latin).domain?,
    };
    let port = port(text, domain);
    let path = path(text, port);
    Some(query(text, path))
}

fn port(text: &str, at: usize) -> usize {
    let Some(rest) = text.get(at..).and_then(|rest| rest.strip_prefix(':')) else {
        return at;
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 { at } else { at + 1 + digits }
}

/// Letters of a path besides ASCII: Cyrillic and accented Latin.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '\u{400}'..='\u{4ff}' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}')
        || matches!(
            c,
            '\u{253}'
                | '\u{254}'
                | '\u{256}'
                | '\u{257}'
                | '\u{259}'
                | '\u{25b}'
                | '\u{263}'
                | '\u{268}'
                | '\u{26f}'
                | '\u{272}'
                | '\u{289}'
                | '\u{28b}'
                | '\u{2bb}'
        )
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{1e00}'..='\u{1eff}')
}

fn path(text: &str, at: usize) -> usize {
    if char_at(text, at) != Some('/') {
        return at;
    }
    let mut end = at + 1;
    let mut here = at;
    while let Some(c) = char_at(text, here) {
        match c {
            '(' => match parenthesis(text, here) {
                Some(close) => {
                    end = close;
                    here = close;
                    continue;
                }
                None => break,
            },
            '+' | '-' | '=' | '_' | '#' | '/' => end = here + 1,
            '!' | '*' | '\'' | ';' | ':' | ',' | '.' | '$' | '%' | '[' | ']' | '\u{2013}' | '~'
            | '@' | '|' | '&' => {}
            _ if is_letter(c) => end = here + c.len_utf8(),
            _ => break,
        }
        here += c.len_utf8();
    }
    end
}

/// Where a parenthesis of at most two levels that opens at `open` ends.
fn parenthesis(text: &str, open: usize) -> Option<usize> {
    let rest = text.get(open..)?;
    let mut depth = 0;
    for (offset, c) in rest.char_indices() {
        match c {
            '(' if depth < 2 => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return (offset > 1).then_some(open + offset + 1);
                }
            }
            '!' | '*' | '\'' | ';' | ':' | '=' | '+' | ',' | '.' | '$' | '/' | '%' | '#' | '['
            | ']' | '-' | '\u{2013}' | '_' | '~' | '@' | '|' | '&' => {}
            _ if is_letter(c) => {}
            _ => return None,
        }
    }
    None
}

fn query(text: &str, at: usize) -> usize {
    if char_at(text, at) != Some('?') {
        return at;
    }
    let mut end = at;
    for (offset, byte) in text
        .as_bytes()
        .get(at..)
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        match byte {
            b'-' | b'_' | b'&' | b'=' | b'#' | b'/' => end = at + offset + 1,
            b'!' | b'?' | b'*' | b'\'' | b'@' | b'(' | b')' | b';' | b':' | b'+' | b'$' | b'%'
            | b'[' | b']' | b'.' | b',' | b'~' | b'|' => {}
            _ if byte.is_ascii_alphanumeric() => end = at + offset + 1,
            _ => break,
        }
    }
    end
}
