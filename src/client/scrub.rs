//! Keeps secrets out of what errors quote.

use crate::error::EXCERPT_BYTES;
#[cfg(any(feature = "bluesky", feature = "oauth", test))]
use crate::error::{Error, ErrorKind};
use crate::shared::search;

/// What stands in a secret's place.
const HIDDEN: &str = "[hidden]";

/// Names of fields whose values are never quoted.
const SECRET_FIELDS: [&str; 10] = [
    "jwt",
    "token",
    "password",
    "secret",
    "authorization",
    "passwd",
    "session",
    "cookie",
    "apikey",
    "api_key",
];

/// The beginning of a body, without the secrets that went out with the request and without values of fields that are
/// named like secrets.
pub(super) fn excerpt(body: &[u8], secrets: &[&str]) -> String {
    // Cut late, hide first: a secret across the cut would not be recognised.
    let head = body
        .get(..body.len().min(4 * EXCERPT_BYTES))
        .unwrap_or_default();
    let text = hidden(&String::from_utf8_lossy(head), secrets);
    let text = hide_tokens(&hide_fields(&text));
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A server's words, without the secrets that went out with the request and without what looks like a token.
pub(super) fn words(text: &str, secrets: &[&str]) -> String {
    hide_tokens(&hidden(text, secrets))
}

/// An error whose words repeat none of these secrets, should the server have done so: for what goes out in a body,
/// where the client does not know it from the rest.
// A small build has no login that sends secrets in a body.
#[cfg(any(feature = "bluesky", feature = "oauth", test))]
pub(crate) fn without(error: Error, secrets: &[&str]) -> Error {
    let excerpt = error.excerpt().map(|text| {
        let mut text = hidden(text, secrets);
        // It is cut somewhere, perhaps within a secret.
        text.truncate(text.len() - part_at_end(&text, secrets));
        text
    });
    let message = hidden(error.message(), secrets);
    let code = error.code().map(|code| hidden(code, secrets));
    let retry = error.retry();
    let kind = match error.kind().clone() {
        ErrorKind::Invalid(mut violations) => {
            for violation in &mut violations {
                violation.message = hidden(&violation.message, secrets);
            }
            ErrorKind::Invalid(violations)
        }
        kind => kind,
    };
    let mut error = error
        .with_kind(kind)
        .with_retry(retry)
        .with_message(message);
    if let Some(code) = code {
        error = error.with_code(code);
    }
    match excerpt {
        Some(excerpt) => error.with_excerpt(&excerpt),
        None => error,
    }
}

/// What is shorter stands in many words by chance.
const SHORTEST: usize = 4;

/// A text with something else in the place of these secrets.
pub(crate) fn hidden(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST) {
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(at) = search::find(rest, secret) {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            out.push_str(HIDDEN);
            rest = from.get(secret.len()..).unwrap_or_default();
        }
        if !out.is_empty() {
            out.push_str(rest);
            text = out;
        }
    }
    text
}

/// How many bytes at the end of a text are the beginning of a secret.
#[cfg(any(feature = "bluesky", feature = "oauth", test))]
fn part_at_end(text: &str, secrets: &[&str]) -> usize {
    let begins = |secret: &&str| {
        (SHORTEST..secret.len())
            .rev()
            .find(|len| secret.get(..*len).is_some_and(|part| text.ends_with(part)))
    };
    secrets.iter().filter_map(begins).max().unwrap_or_default()
}

/// Hides the string values of JSON fields, and of form fields, that are named like secrets.
fn hide_fields(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let mut from = 0;
    while let Some((at, name)) = SECRET_FIELDS
        .iter()
        .filter_map(|name| search::find(lower.get(from..)?, name).map(|i| (from + i, *name)))
        .min()
    {
        let after = at + name.len();
        from = after;
        let Some(rest) = text.get(after..) else { break };
        let value = if let Some(value) = rest.strip_prefix('=') {
            Some((value, '&'))
        } else {
            let trimmed = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
            trimmed
                .strip_prefix('"')
                .and_then(|r| r.trim_start().strip_prefix(':'))
                .and_then(|r| r.trim_start().strip_prefix('"'))
                .map(|r| (r, '"'))
        };
        let Some((value, end)) = value else { continue };
        let start = text.len() - value.len();
        if start < copied {
            continue;
        }
        let len = end_of(value, end);
        out.push_str(text.get(copied..start).unwrap_or_default());
        out.push_str(HIDDEN);
        copied = start + len;
        from = copied;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

/// Where a value ends: at the first such character that no backslash escapes.
fn end_of(value: &str, end: char) -> usize {
    let mut escaped = false;
    for (at, c) in value.char_indices() {
        if c == end && !escaped {
            return at;
        }
        escaped = c == '\\' && !escaped;
    }
    value.len()
}

/// Hides JSON web tokens, wherever they stand.
fn hide_tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = search::find(rest, "eyJ") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')))
            .unwrap_or(from.len());
        let (token, after) = from.split_at(end);
        out.push_str(if token.len() >= 20 { HIDDEN } else { token });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_shows_no_secret_in_whatever_form_it_comes_back() {
        let body = br#"{"error":"Bad","accessJwt": "abc.def", "you":"sent Bearer s3cr3t-value","t":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.x","password":"hun\"ter2"}access_token=xyz&a=1"#;
        let text = excerpt(body, &["s3cr3t-value"]);
        for secret in ["abc.def", "s3cr3t-value", "eyJhbGci", "xyz", "ter2"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.contains("Bad") && text.contains("a=1"), "{text}");
    }

    #[test]
    fn an_error_repeats_no_secret_and_no_part_of_one_at_its_cut() {
        let secret = "a-refresh-token-of-somebody";
        let error = Error::new(ErrorKind::Unauthorized, format!("no {secret}"))
            .with_code(format!("bad {secret}"))
            .with_excerpt(&format!("{secret} and a-refresh-tok"));
        let error = without(error, &[secret, "of"]);
        assert_eq!(error.message(), "no [hidden]");
        assert_eq!(error.code(), Some("bad [hidden]"));
        assert_eq!(error.excerpt(), Some("[hidden] and "));
    }

    #[test]
    fn an_excerpt_of_any_bytes_is_text() {
        for body in [
            &b"\xff\xfe"[..],
            b"token",
            b"token=",
            b"\"token\":\"",
            "пароль token: ё".as_bytes(),
        ] {
            let _ = excerpt(body, &["x", "пароль"]);
        }
    }
}
