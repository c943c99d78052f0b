//! What a browser brings back: an address with parameters, or the code alone.

use std::collections::BTreeMap;

use url::form_urlencoded;

use super::{Flow, Pending, Provider};
use crate::error::{Error, ErrorKind, Result, Rule, Violation};

/// How long a redirected address may be, in bytes.
const LONGEST: usize = 16 * 1024;

/// What a redirect is known by.
const KNOWN: [&str; 4] = ["code", "state", "error", "access_token"];

/// What a redirect brought, after it was found to be of this login.
pub(super) enum Told {
    /// A code, and what has to go with it.
    Code {
        code: String,
        carried: BTreeMap<String, String>,
    },
    /// The tokens themselves.
    Tokens(BTreeMap<String, String>),
}

/// Reads the address to which the browser was sent, or the code that a person copied from it.
pub(super) fn read(provider: &Provider, pending: &Pending, answer: &str) -> Result<Told> {
    read_nameless(provider, pending, answer).map_err(|error| error.with_network(&provider.network))
}

fn read_nameless(provider: &Provider, pending: &Pending, answer: &str) -> Result<Told> {
    if pending.network != provider.network {
        return Err(Error::config(format!(
            "this login was begun for {}: finish it there, or begin one here",
            pending.network
        )));
    }
    let answer = answer.trim();
    if answer.is_empty() || answer.len() > LONGEST {
        return Err(invalid(
            Rule::Malformed,
            "redirect",
            "this is no address that a login leads to: copy the whole address from the browser",
        ));
    }
    let Some(mut told) = parameters(answer)? else {
        return bare(provider, answer);
    };
    // Before all else, a refusal included: what is of another login changes nothing here.
    let Some(state) = told.remove("state") else {
        return Err(invalid(
            Rule::Missing,
            "state",
            "the address carries no `state`, so that it may be of another login: copy the whole address, or begin again",
        ));
    };
    if state != pending.state.expose() {
        return Err(invalid(
            Rule::Malformed,
            "state",
            "the address is of another login than the one that was begun last: open the newest address, and finish that",
        ));
    }
    if let Some(code) = told.remove("error") {
        return Err(refusal(&code, told.get("error_description")));
    }
    if provider.flow == Flow::Implicit {
        return Ok(Told::Tokens(told));
    }
    let Some(code) = told.remove("code").filter(|code| !code.is_empty()) else {
        return Err(invalid(
            Rule::Missing,
            "code",
            "the address carries no `code`: copy the whole address to which the browser was sent",
        ));
    };
    let mut carried = BTreeMap::new();
    for name in &provider.carried {
        let Some(value) = told.remove(name).filter(|value| !value.is_empty()) else {
            return Err(invalid(
                Rule::Missing,
                name,
                format!(
                    "the address carries no `{name}`, which the network wants back: copy the whole address"
                ),
            ));
        };
        carried.insert(name.clone(), value);
    }
    Ok(Told::Code { code, carried })
}

/// A code without its address: it carries no state, so that PKCE alone shows that it is of this login.
fn bare(provider: &Provider, code: &str) -> Result<Told> {
    let whole = provider.flow == Flow::Implicit
        || provider.challenge_method.is_none()
        || !provider.carried.is_empty();
    if whole || code.chars().any(char::is_whitespace) {
        return Err(invalid(
            Rule::Malformed,
            "redirect",
            format!(
                "a code alone is not enough for {}: copy the whole address to which the browser was sent",
                provider.network
            ),
        ));
    }
    Ok(Told::Code {
        code: code.to_owned(),
        carried: BTreeMap::new(),
    })
}

/// The parameters of an address, of its query and its fragment, or of a part of it; `None` for what is neither.
fn parameters(answer: &str) -> Result<Option<BTreeMap<String, String>>> {
    let (before, fragment) = match answer.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (answer, None),
    };
    let query = match before.split_once('?') {
        Some((_, query)) => Some(query),
        // Copied without what stands before it.
        None => (!before.contains("://")).then_some(before),
    };
    let mut found = BTreeMap::new();
    let parts = query.into_iter().chain(fragment);
    for (name, value) in parts.flat_map(|part| form_urlencoded::parse(part.as_bytes())) {
        if found.insert(name.to_string(), value.into_owned()).is_some() && KNOWN.contains(&&*name) {
            return Err(invalid(
                Rule::Malformed,
                &name,
                format!(
                    "the address carries `{name}` more than once, as no network sends it: begin again"
                ),
            ));
        }
    }
    let address = answer.contains("://") || KNOWN.iter().any(|name| found.contains_key(*name));
    Ok(address.then_some(found))
}

/// What a network says in the redirect (RFC 6749, 4.1.2.1).
fn refusal(code: &str, words: Option<&String>) -> Error {
    let (kind, advice) = match code {
        "access_denied" => (
            ErrorKind::Unauthorized,
            "the person did not consent: log in again, and allow what is asked for",
        ),
        "server_error" | "temporarily_unavailable" => (
            ErrorKind::Unavailable,
            "the network cannot log anybody in at the moment: try again later",
        ),
        "login_required" | "interaction_required" | "consent_required" => (
            ErrorKind::Unauthorized,
            "the network wants the person to do something first: log in again and follow its pages",
        ),
        _ => (
            ErrorKind::Config,
            "the network does not accept how this application asks: look at its client id, redirect address and scopes",
        ),
    };
    let said = super::exchange::said(code, words.map(String::as_str));
    Error::new(kind, format!("{advice} ({said})")).with_code(super::exchange::short(code))
}

pub(super) fn invalid(rule: Rule, field: &str, message: impl Into<String>) -> Error {
    let message = message.into();
    let violation = Violation::error(rule, field, &message);
    Error::new(ErrorKind::Invalid(vec![violation]), message)
}
