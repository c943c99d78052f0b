//! Signatures of OAuth 1.0a, made in another way than the fake checks them.

use base64::Engine as _;
use hmac_sha1_compact::HMAC;

pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            out.push(*byte as char);
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}

/// The secrets and names that a signature is made with.
#[derive(Clone, Copy)]
pub(crate) struct Signer<'a> {
    pub(crate) key: &'a str,
    pub(crate) secret: &'a str,
    pub(crate) token: &'a str,
    pub(crate) token_secret: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) timestamp: i64,
}

impl Signer<'_> {
    fn own(&self) -> Vec<(String, String)> {
        [
            ("oauth_consumer_key", self.key.to_owned()),
            ("oauth_nonce", self.nonce.to_owned()),
            ("oauth_signature_method", "HMAC-SHA1".to_owned()),
            ("oauth_timestamp", self.timestamp.to_string()),
            ("oauth_token", self.token.to_owned()),
            ("oauth_version", "1.0".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// The signature of a method, an address without its query, and the parameters of its query and form.
    pub(crate) fn signature(&self, method: &str, url: &str, params: &[(&str, &str)]) -> String {
        let given = params
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        let mut all: Vec<String> = self
            .own()
            .into_iter()
            .chain(given)
            .map(|(name, value)| format!("{}={}", encoded(&name), encoded(&value)))
            .collect();
        all.sort();
        let base = format!("{method}&{}&{}", encoded(url), encoded(&all.join("&")));
        let key = format!("{}&{}", encoded(self.secret), encoded(self.token_secret));
        base64::engine::general_purpose::STANDARD.encode(HMAC::mac(base.as_bytes(), key.as_bytes()))
    }

    /// The header of a signed request.
    pub(crate) fn header(&self, method: &str, url: &str, params: &[(&str, &str)]) -> String {
        let mut own = self.own();
        own.push((
            "oauth_signature".to_owned(),
            self.signature(method, url, params),
        ));
        let parts: Vec<String> = own
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", encoded(value)))
            .collect();
        format!("OAuth {}", parts.join(", "))
    }
}

#[test]
fn the_signature_of_the_documentation_is_made() {
    let signer = Signer {
        key: "xvz1evFS4wEEPTGEFPHBog",
        secret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
        token: "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
        token_secret: "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
        nonce: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        timestamp: 1_318_622_958,
    };
    let params = [
        (
            "status",
            "Hello Ladies + Gentlemen, a signed OAuth request!",
        ),
        ("include_entities", "true"),
    ];
    let made = signer.signature(
        "POST",
        "https://api.x.com/1.1/statuses/update.json",
        &params,
    );
    assert_eq!(made, "Ls93hJiZbQ3akF3HF3x1Bz8/zU4=");
}
