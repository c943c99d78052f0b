//! Signatures of OAuth 1.0a, checked as a server does (RFC 5849).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, header};

use super::wire;

/// What the `Authorization` header says.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    /// Every parameter but the signature and the realm, decoded.
    params: Vec<(String, String)>,
    signature: Vec<u8>,
    pub(super) consumer_key: String,
    pub(super) token: String,
    pub(super) nonce: String,
    pub(super) timestamp: i64,
}

/// Only what is unreserved stays (RFC 3986).
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(out).ok()
}

impl Signed {
    /// Reads the header; nothing where a part of it is missing, twice there, or not of version 1.0.
    pub(super) fn read(request: &Request<Bytes>) -> Option<Self> {
        let shown = request
            .headers()
            .get(header::AUTHORIZATION)?
            .to_str()
            .ok()?;
        let mut params = Vec::new();
        for part in shown.get(6..)?.split(',') {
            let (name, value) = part.trim().split_once('=')?;
            let value = value.strip_prefix('"')?.strip_suffix('"')?;
            let (name, value) = (decode(name)?, decode(value)?);
            if params.iter().any(|(known, _)| *known == name) {
                return None;
            }
            params.push((name, value));
        }
        let take = |params: &[(String, String)], name: &str| {
            let found = params.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let signature = STANDARD.decode(take(&params, "oauth_signature")?).ok()?;
        params.retain(|(name, _)| name != "oauth_signature" && name != "realm");
        let version = take(&params, "oauth_version").unwrap_or_else(|| "1.0".to_owned());
        if version != "1.0" || take(&params, "oauth_signature_method")? != "HMAC-SHA1" {
            return None;
        }
        Some(Self {
            signature,
            consumer_key: take(&params, "oauth_consumer_key")?,
            token: take(&params, "oauth_token")?,
            nonce: take(&params, "oauth_nonce").filter(|nonce| !nonce.is_empty())?,
            timestamp: take(&params, "oauth_timestamp")?.parse().ok()?,
            params,
        })
    }

    /// What is signed: the method, the address without its query, and every parameter.
    fn base(&self, request: &Request<Bytes>) -> String {
        let mut pairs: Vec<(String, String)> = self
            .params
            .iter()
            .map(|(name, value)| (encode(name), encode(value)))
            .collect();
        let more = wire::query(request).into_iter().chain(form(request));
        pairs.extend(more.map(|(name, value)| (encode(&name), encode(&value))));
        pairs.sort();
        let joined: Vec<String> = pairs
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let address = format!(
            "{}{}",
            wire::base(request).to_ascii_lowercase(),
            request.uri().path()
        );
        format!(
            "{}&{}&{}",
            request.method().as_str().to_ascii_uppercase(),
            encode(&address),
            encode(&joined.join("&"))
        )
    }

    /// Whether these secrets made the signature.
    pub(super) fn holds(&self, request: &Request<Bytes>, consumer: &str, token: &str) -> bool {
        let key = format!("{}&{}", encode(consumer), encode(token));
        let wanted = hmac_sha1_compact::HMAC::mac(self.base(request).as_bytes(), key.as_bytes());
        wanted.as_slice() == self.signature.as_slice()
    }
}

/// The parameters of a form: bodies of every other kind are not signed.
fn form(request: &Request<Bytes>) -> Vec<(String, String)> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind
        .to_ascii_lowercase()
        .starts_with("application/x-www-form-urlencoded")
    {
        return Vec::new();
    }
    url::form_urlencoded::parse(request.body())
        .into_owned()
        .collect()
}
