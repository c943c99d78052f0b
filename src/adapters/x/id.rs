//! Handles: of posts, accounts, communities and files. All of them are the network's decimal numbers, kept as text: they
//! do not fit into a float.

use crate::error::{Error, Result, Rule, Violation};
use crate::id::{AccountId, MediaId, PlaceId, PostId};
use crate::model::AccountRef;

use super::rules::NETWORK;

/// An error in what the caller passed, found before anything is sent.
pub(super) fn invalid(rule: Rule, field: &str, message: impl Into<String>) -> Error {
    Error::invalid(vec![Violation::error(rule, field, message)]).with_network(NETWORK)
}

/// Whether a text is a number of the network's: up to 19 digits (contract).
pub(super) fn is_number(text: &str) -> bool {
    (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text can be an account's name: up to 15 letters, digits and `_` (contract).
pub(super) fn is_name(text: &str) -> bool {
    (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

/// The number of a post: its handle, or the address of its page.
pub(super) fn post(id: &PostId) -> Result<&str> {
    post_number(id.as_str()).ok_or_else(|| {
        let message = format!(
            "`{}` is no post: write its number, or take the address of its page",
            shown(id.as_str())
        );
        invalid(Rule::Malformed, "post", message)
    })
}

pub(super) fn post_number(text: &str) -> Option<&str> {
    let text = text.trim();
    if is_number(text) {
        return Some(text);
    }
    let (_, rest) = text.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    let host = host
        .strip_prefix("www.")
        .or(host.strip_prefix("mobile."))
        .unwrap_or(host);
    if !["x.com", "twitter.com"].contains(&host) {
        return None;
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut parts = path
        .split('/')
        .skip_while(|part| !["status", "statuses"].contains(part));
    parts.next()?;
    parts.next().filter(|number| is_number(number))
}

/// The number of an account.
pub(super) fn account(id: &AccountId) -> Result<&str> {
    let text = id.as_str().trim();
    if is_number(text) {
        return Ok(text);
    }
    let message = format!(
        "`{}` is no account: write its number, or name it by its handle",
        shown(text)
    );
    Err(invalid(Rule::Malformed, "account", message))
}

/// How an account is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who<'a> {
    Me,
    Number(&'a str),
    Name(&'a str),
}

/// Reads whom a reference names.
pub(super) fn who(account: &AccountRef) -> Result<Who<'_>> {
    match account {
        AccountRef::Me => Ok(Who::Me),
        AccountRef::Id(id) => self::account(id).map(Who::Number),
        AccountRef::Handle(handle) => {
            let name = handle.trim().trim_start_matches('@');
            if is_name(name) {
                return Ok(Who::Name(name));
            }
            let message = format!(
                "`{}` is no name here: letters, digits and _ alone, without the @",
                shown(name)
            );
            Err(invalid(Rule::Malformed, "account", message))
        }
    }
}

/// The number of a community, or of the file that a post holds.
pub(super) fn community(id: &PlaceId) -> Result<&str> {
    let text = id.as_str().trim();
    if is_number(text) {
        return Ok(text);
    }
    let message = format!(
        "`{}` is no community: write its number, which is the end of its page's address",
        shown(text)
    );
    Err(invalid(Rule::Malformed, "place", message))
}

/// The number of an uploaded file: its handle, or that of a post's attachment, which stands behind its kind.
pub(super) fn media(id: &MediaId) -> Option<&str> {
    media_number(id.as_str())
}

pub(super) fn media_number(text: &str) -> Option<&str> {
    let number = match text.split_once('_') {
        Some((kind, number)) if is_number(kind) => number,
        Some(_) => return None,
        None => text,
    };
    is_number(number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_known_by_its_number_and_by_its_page() {
        for (text, number) in [
            ("1346889436626259968", "1346889436626259968"),
            (" 12 ", "12"),
            (
                "https://x.com/XDevelopers/status/1346889436626259968?s=20",
                "1346889436626259968",
            ),
            ("https://mobile.twitter.com/a/status/7/photo/1", "7"),
            ("https://x.com/i/web/status/9", "9"),
        ] {
            assert_eq!(post(&PostId::new(text)).unwrap(), number);
        }
        for text in [
            "",
            "abc",
            "-1",
            "12345678901234567890",
            "https://example.com/a/status/7",
            "https://x.com/a",
            "1.5",
        ] {
            assert!(post(&PostId::new(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn accounts_are_known_by_number_or_by_name() {
        let handle = AccountRef::handle("@XDevelopers");
        assert_eq!(who(&handle).unwrap(), Who::Name("XDevelopers"));
        assert_eq!(who(&AccountRef::id("12")).unwrap(), Who::Number("12"));
        assert!(who(&AccountRef::handle("not a name")).is_err());
        assert!(who(&AccountRef::id("XDevelopers")).is_err());
    }

    #[test]
    fn a_file_of_a_post_is_the_same_file() {
        for (id, number) in [
            ("3_1146654567674912769", Some("1146654567674912769")),
            ("114", Some("114")),
            ("x_1", None),
            ("3_", None),
        ] {
            assert_eq!(media(&MediaId::new(id)), number, "{id}");
        }
    }
}
