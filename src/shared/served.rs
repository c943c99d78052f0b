//! How the fakes of networks read what they are sent.

use bytes::Bytes;
use http::{HeaderMap, Request, header};

/// A file of a form.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file: Option<String>,
    pub(crate) bytes: Bytes,
}

/// What a form's body says; empty where it is no form.
pub(crate) fn parts(headers: &HeaderMap, body: &Bytes) -> Vec<Part> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let lower = kind.to_ascii_lowercase();
    if lower.starts_with("application/x-www-form-urlencoded") {
        return url::form_urlencoded::parse(body)
            .map(|(name, value)| Part {
                name: name.into_owned(),
                file: None,
                bytes: Bytes::from(value.into_owned()),
            })
            .collect();
    }
    if !lower.starts_with("multipart/form-data") {
        return Vec::new();
    }
    let boundary = kind
        .split(';')
        .filter_map(|part| part.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("boundary"))
        .map(|(_, value)| value.trim_matches('"'));
    boundary.map_or_else(Vec::new, |boundary| multipart(body, boundary))
}

fn multipart(body: &Bytes, boundary: &str) -> Vec<Part> {
    let mark = format!("--{boundary}");
    let mut starts = Vec::new();
    let mut from = 0;
    while let Some(at) = find(body, mark.as_bytes(), from) {
        starts.push(at);
        from = at + mark.len();
    }
    starts
        .windows(2)
        .filter_map(|pair| {
            let (start, end) = (pair.first()? + mark.len() + 2, pair.get(1)?.checked_sub(2)?);
            let part = body.get(start..end)?;
            let split = find(part, b"\r\n\r\n", 0)?;
            let head = std::str::from_utf8(part.get(..split)?).ok()?;
            let told = head
                .lines()
                .find(|line| line.to_ascii_lowercase().starts_with("content-disposition"))?;
            Some(Part {
                name: quoted(told, "name")?,
                file: quoted(told, "filename"),
                bytes: body.slice(start + split + 4..end),
            })
        })
        .collect()
}

fn quoted(told: &str, name: &str) -> Option<String> {
    told.split(';')
        .filter_map(|part| part.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.trim_matches('"').to_owned())
}

fn find(body: &[u8], what: &[u8], from: usize) -> Option<usize> {
    body.get(from..)?
        .windows(what.len())
        .position(|window| window == what)
        .map(|at| at + from)
}

/// The scheme and host that a request was sent to, for the addresses that answers hand out.
pub(crate) fn base(request: &Request<Bytes>) -> String {
    let scheme = request.uri().scheme_str().unwrap_or("http");
    format!("{scheme}://{}", host(request))
}

pub(crate) fn host(request: &Request<Bytes>) -> String {
    let named = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    request
        .uri()
        .authority()
        .map(http::uri::Authority::as_str)
        .or(named)
        .unwrap_or("localhost")
        .to_owned()
}

/// The token of the `Authorization` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (kind, token) = value.split_once(' ')?;
    kind.eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}
