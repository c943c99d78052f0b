//! Requests signed by OAuth 1.0a (RFC 5849) with HMAC-SHA1.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, header};
use jiff::Timestamp;
use url::{Url, form_urlencoded};

use crate::client::{Body, Random, Request};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::shared::hmac::hmac_sha1;

/// What requests are signed with: an application's keys, and those of the account that it acts for.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    consumer_key: Secret,
    consumer_secret: Secret,
    /// Token and its secret; `None` while one is asked for.
    token: Option<(Secret, Secret)>,
}

impl Signer {
    /// Signs as an application, for no account yet.
    pub(crate) fn new(consumer_key: Secret, consumer_secret: Secret) -> Self {
        Self {
            consumer_key,
            consumer_secret,
            token: None,
        }
    }

    /// Signs for an account.
    pub(crate) fn token(mut self, token: Secret, secret: Secret) -> Self {
        self.token = Some((token, secret));
        self
    }

    /// The `Authorization` field of one attempt at a request, marked as sensitive. `at` is the time on the server's
    /// clock, which turns away what is minutes off; a nonce is drawn for each.
    ///
    /// `extra` are further parameters of the protocol, such as `oauth_callback`.
    ///
    /// # Errors
    /// `Config` where the keys hold what no header field can carry.
    pub(crate) fn authorization(
        &self,
        request: &Request,
        at: Timestamp,
        random: &dyn Random,
        extra: &[(&str, &str)],
    ) -> Result<HeaderValue> {
        let nonce = format!("{:016x}{:016x}", random.next(), random.next());
        let seconds = at.as_second().to_string();
        let mut own: Vec<(&str, &str)> = vec![
            ("oauth_consumer_key", self.consumer_key.expose()),
            ("oauth_nonce", &nonce),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", &seconds),
            ("oauth_version", "1.0"),
        ];
        if let Some((token, _)) = &self.token {
            own.push(("oauth_token", token.expose()));
        }
        own.extend_from_slice(extra);
        let form = form_of(request);
        let form = form.map(|form| form_urlencoded::parse(form));
        let form = form.into_iter().flatten();
        let mut all: Vec<(String, String)> = request
            .url
            .query_pairs()
            .chain(form)
            .map(|(name, value)| (encoded(&name), encoded(&value)))
            .collect();
        all.extend(
            own.iter()
                .map(|(name, value)| (encoded(name), encoded(value))),
        );
        let base = base_string(request.method.as_str(), &request.url, all);
        let secret = self.token.as_ref().map(|(_, secret)| secret);
        let signature = signature(&base, &self.consumer_secret, secret);
        own.push(("oauth_signature", &signature));
        let mut field = String::from("OAuth ");
        for (at, (name, value)) in own.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            let _ = write!(field, "{comma}{}=\"{}\"", encoded(name), encoded(value));
        }
        let mut field = HeaderValue::try_from(field).map_err(|_| {
            Error::new(
                ErrorKind::Config,
                "the keys hold what no header field can carry: copy them again",
            )
        })?;
        field.set_sensitive(true);
        Ok(field)
    }
}

/// The form that a request has as its body; bodies of other types are not signed.
fn form_of(request: &Request) -> Option<&[u8]> {
    let kind = request.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let kind = kind.split(';').next()?.trim();
    match &request.body {
        Body::Bytes(bytes) if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") => {
            Some(bytes)
        }
        _ => None,
    }
}

/// What is signed (RFC 5849, 3.4.1), from parameters whose names and values are [`encoded`].
pub(crate) fn base_string(
    method: &str,
    url: &Url,
    mut parameters: Vec<(String, String)>,
) -> String {
    parameters.sort_unstable();
    let mut joined = String::new();
    for (name, value) in &parameters {
        let and = if joined.is_empty() { "" } else { "&" };
        joined.extend([and, name, "=", value]);
    }
    let mut address = url.clone();
    address.set_query(None);
    address.set_fragment(None);
    let address = encoded(address.as_str());
    [
        &method.to_ascii_uppercase(),
        "&",
        &address,
        "&",
        &encoded(&joined),
    ]
    .concat()
}

/// The signature of a base string. Without a token its secret is empty.
pub(crate) fn signature(base: &str, consumer: &Secret, token: Option<&Secret>) -> String {
    let token = token.map_or("", Secret::expose);
    let key = [&encoded(consumer.expose()), "&", &encoded(token)].concat();
    STANDARD.encode(hmac_sha1(&key, base))
}

/// Percent-encoded as RFC 5849, 3.6 has it: all but letters, digits and `-._~`.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(byte.into());
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::SeededRandom;
    use crate::operation::Operation;

    fn signer() -> Signer {
        Signer::new(
            "xvz1evFS4wEEPTGEFPHBog".into(),
            "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw".into(),
        )
        .token(
            "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb".into(),
            "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE".into(),
        )
    }

    fn update() -> Request {
        let url = "https://api.x.com/1.1/statuses/update.json?include_entities=true";
        let text = "Hello Ladies + Gentlemen, a signed OAuth request!";
        Request::post(Operation::PUBLISH, Url::parse(url).unwrap()).form([("status", text)])
    }

    /// The parameters of a header field.
    fn told(field: &HeaderValue) -> Vec<(String, String)> {
        let text = field.to_str().unwrap().strip_prefix("OAuth ").unwrap();
        let read =
            |text: &str| percent_read(text.strip_prefix('"').unwrap().strip_suffix('"').unwrap());
        text.split(", ")
            .map(|part| part.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), read(value)))
            .collect()
    }

    fn percent_read(text: &str) -> String {
        let query = format!("v={}", text.replace('+', "%2B"));
        form_urlencoded::parse(query.as_bytes())
            .next()
            .unwrap()
            .1
            .into_owned()
    }

    #[test]
    fn the_example_of_the_documentation_has_its_signature() {
        let parameters = [
            (
                "status",
                "Hello Ladies + Gentlemen, a signed OAuth request!",
            ),
            ("include_entities", "true"),
            ("oauth_consumer_key", "xvz1evFS4wEEPTGEFPHBog"),
            ("oauth_nonce", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "1318622958"),
            (
                "oauth_token",
                "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
            ),
            ("oauth_version", "1.0"),
        ];
        let parameters = parameters.map(|(name, value)| (encoded(name), encoded(value)));
        let base = base_string("post", &update().url, parameters.to_vec());
        let signer = signer();
        let secret = signer.token.as_ref().map(|(_, secret)| secret);
        assert_eq!(
            signature(&base, &signer.consumer_secret, secret),
            "Ls93hJiZbQ3akF3HF3x1Bz8/zU4="
        );
    }

    #[test]
    fn the_example_of_the_standard_has_its_base_string() {
        // RFC 5849, 3.4.1.1: names that come twice, empty values, and what is encoded already.
        let url =
            Url::parse("http://EXAMPLE.COM:80/r%20v/X?b5=%3D%253D&a3=a&c%40=&a2=r%20b").unwrap();
        let own = [
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
            ("c2", ""),
            ("a3", "2 q"),
        ];
        let own = own.map(|(name, value)| (encoded(name), encoded(value)));
        let query = url
            .query_pairs()
            .map(|(name, value)| (encoded(&name), encoded(&value)));
        let all = query.chain(own).collect();
        assert_eq!(
            base_string("POST", &url, all),
            "POST&http%3A%2F%2Fexample.com%2Fr%2520v%2FX&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540\
             %3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3D\
             HMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
        );
    }

    #[test]
    fn a_field_holds_what_its_signature_covers_and_shows_no_secret() {
        let at = Timestamp::from_second(1_318_622_958).unwrap();
        let (signer, request) = (signer(), update());
        let field = signer
            .authorization(
                &request,
                at,
                &SeededRandom::new(7),
                &[("oauth_callback", "https://a.example/?b=c")],
            )
            .unwrap();
        assert!(field.is_sensitive());
        let mut told = told(&field);
        let place = told
            .iter()
            .position(|(name, _)| name == "oauth_signature")
            .unwrap();
        let (_, signed) = told.remove(place);
        assert!(told.contains(&("oauth_timestamp".into(), "1318622958".into())));
        assert!(told.contains(&("oauth_callback".into(), "https://a.example/?b=c".into())));
        let status = "Hello Ladies + Gentlemen, a signed OAuth request!";
        told.push(("status".into(), status.into()));
        told.push(("include_entities".into(), "true".into()));
        let all = told
            .iter()
            .map(|(name, value)| (encoded(name), encoded(value)));
        let base = base_string("POST", &request.url, all.collect());
        let secret = signer.token.as_ref().map(|(_, secret)| secret);
        assert_eq!(signed, signature(&base, &signer.consumer_secret, secret));
        let shown = format!("{signer:?} {field:?}");
        for secret in ["kAcSOq", "Lswwdo", "370773112", "xvz1ev"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn bodies_that_are_no_forms_are_not_signed_and_no_nonce_comes_twice() {
        let url = Url::parse("https://api.x.com/2/tweets").unwrap();
        let request = Request::post(Operation::PUBLISH, url)
            .json(&[("status", "a")])
            .unwrap();
        assert_eq!(form_of(&request), None);
        let random = SeededRandom::new(1);
        let nonce = || {
            let field = signer().authorization(&request, Timestamp::UNIX_EPOCH, &random, &[]);
            let told = told(&field.unwrap());
            told.into_iter()
                .find(|(name, _)| name == "oauth_nonce")
                .unwrap()
                .1
        };
        assert_ne!(nonce(), nonce());
    }
}
