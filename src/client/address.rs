//! Which addresses may be asked.

use url::{Host, Url};

use crate::error::{Error, Result};

/// Whether an address is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Passes https, and plain http to this machine alone.
pub(crate) fn only_secure(url: &Url) -> Result<()> {
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => Err(Error::config(format!(
            "plain http is only for servers on this machine: write https://{}",
            url.host_str().unwrap_or_default()
        ))),
        other => Err(Error::config(format!(
            "`{other}` is not a scheme for a server: write https://…"
        ))),
    }
}

/// The address of a server that a caller configured, which is written as the example.
///
/// # Errors
/// `Config` for what is no address, holds a name or password, or is plain http to another machine.
#[cfg(any(
    feature = "bluesky",
    feature = "contest",
    feature = "vk",
    feature = "x"
))]
pub(crate) fn server_url(text: &str, example: &str) -> Result<Url> {
    let wrong = |why: String| Error::config(format!("`{text}` is no address of a server: {why}"));
    let url = Url::parse(text.trim()).map_err(|_| wrong(format!("write it as {example}")))?;
    match url.scheme() {
        _ if !url.has_host() || url.cannot_be_a_base() => {
            Err(wrong(format!("write it as {example}")))
        }
        _ if !url.username().is_empty() || url.password().is_some() => Err(Error::config(
            "the server's address holds a name or password: set them as credentials of the account",
        )),
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(wrong(
            "plain http is only for servers on this machine, write https://…".to_owned(),
        )),
        _ => Err(wrong("write it as https://…".to_owned())),
    }
}
