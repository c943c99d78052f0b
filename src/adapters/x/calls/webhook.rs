//! What happens to an account, delivered by the network itself: webhooks of X Activity.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use jiff::Timestamp;

use super::super::rules::NETWORK;
use super::super::{X, convert_events, id, wire};
use super::events::Stand;
use crate::error::{Error, ErrorKind, Result, Rule, Violation};
use crate::id::AccountId;
use crate::model::EventKind;
use crate::operation::Operation;
use crate::secret::Secret;
use crate::shared::hmac::{hmac_sha256, is_hmac_sha256};
use crate::shared::texts::Texts;
use crate::webhook::{Delivery, Webhook, of_another, read_with, wrong_secret};

/// The header field that shows a delivery to be the network's (docs, webhooks).
const SIGNATURE: &str = "x-twitter-webhooks-signature";
/// What stands before a signature, there and in our answer.
const SCHEME: &str = "sha256=";
/// By what name the network asks whether an address is ours.
const QUESTION: &str = "crc_token";
/// How long such a question may be.
const QUESTION_UNITS: usize = 256;

/// How the deliveries of X Activity to one account are read.
///
/// Tell the network the address by [`call`](X::call) of `POST /2/webhooks`, and what to deliver by `POST
/// /2/activity/subscriptions`, once for each kind of event and account. The network asks at once, and then again and
/// again, whether the address is ours: that is answered here, so let the server hand over GET and POST. Each delivery is
/// signed with the application's secret, and without that none is taken.
///
/// Mentions, answers and messages have the ids that [`events`](crate::SocialNetwork::events) gives them, and their cursors
/// go on there. Followers, likes, quotes and reposts come this way alone. What is not known keeps the network's own name
/// as its kind, in the spelling with dots. Both spellings of names are read.
///
/// A delivery for another account is refused, as one for somebody else: give each account its own address. What is
/// delivered is billed (a post 0.005, a follower or message 0.01 US dollars) and not counted by this crate: it comes
/// whether or not there is money left.
#[derive(Clone, Debug)]
pub struct XWebhook {
    account: AccountId,
    secret: Secret,
}

impl XWebhook {
    /// For the account with this number, with the secret of the application's consumer key.
    ///
    /// # Errors
    /// `Config` where the number is none, or the secret is empty.
    pub fn new(account: impl Into<AccountId>, consumer_secret: impl Into<Secret>) -> Result<Self> {
        let (account, secret) = (account.into(), consumer_secret.into());
        let number = id::is_number(account.as_str());
        let told = !secret.expose().trim().is_empty();
        let message = if !number {
            "`account` is no number: take the one that me() tells"
        } else if !told {
            "`consumer_secret` is empty: set what the developer console shows with the consumer key"
        } else {
            let secret = Secret::new(secret.expose().trim());
            return Ok(Self { account, secret });
        };
        Err(Error::config(message).with_network(NETWORK))
    }

    /// The answer to the question whether an address is ours.
    ///
    /// Anybody may ask, and is answered with a signature of what they sent. So nothing is signed that could be taken
    /// for a delivery: that is an object, and begins with a brace.
    fn answered(&self, request: &Request<Bytes>) -> Result<Delivery> {
        let query = request.uri().query().unwrap_or_default();
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let token = pairs.find(|(name, _)| name == QUESTION);
        let plain = |token: &str| {
            (1..=QUESTION_UNITS).contains(&token.len())
                && token
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_=.+/~".contains(&b))
        };
        let Some((_, token)) = token.filter(|(_, token)| plain(token)) else {
            let message = "the question is none of the network's: it names no `crc_token`";
            let violation = Violation::error(Rule::Malformed, QUESTION, message);
            return Err(Error::invalid(vec![violation]).with_network(NETWORK));
        };
        let signed = STANDARD.encode(hmac_sha256(&self.secret, token.as_bytes()));
        let answer = format!(r#"{{"response_token":"{SCHEME}{signed}"}}"#);
        let mut response = Response::new(Bytes::from(answer));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        Ok(Delivery::new(Vec::new()).answer(response))
    }

    fn is_signed(&self, request: &Request<Bytes>) -> bool {
        let shown = request.headers().get(SIGNATURE);
        let shown = shown.and_then(|shown| shown.to_str().ok());
        let signature = shown
            .and_then(|shown| shown.trim().strip_prefix(SCHEME))
            .and_then(|signature| STANDARD.decode(signature).ok());
        signature.is_some_and(|signature| is_hmac_sha256(&self.secret, request.body(), &signature))
    }
}

impl X {
    /// Reads what X Activity delivers to this account. The account's number is asked once.
    ///
    /// # Errors
    /// `Config` where the application's consumer key is not set; what asking who this is answers.
    pub async fn webhook(&self) -> Result<XWebhook> {
        let Some(consumer) = &self.inner.tokens.consumer else {
            let message =
                "`consumer_secret` is missing: deliveries are signed with it; set the consumer key";
            return Err(Error::config(message).with_network(NETWORK));
        };
        let account = self.my_number(&Operation::ME).await?;
        XWebhook::new(account, consumer.secret.clone())
    }
}

/// What the network delivers by, and how it asks whether an address is ours.
const METHODS: &[Method] = &[Method::POST, Method::GET];

impl Webhook for XWebhook {
    fn methods(&self) -> &[Method] {
        METHODS
    }

    fn receive(&self, request: &Request<Bytes>, now: Timestamp) -> Result<Delivery> {
        if request.method() == Method::GET {
            return self.answered(request);
        }
        if !self.is_signed(request) {
            return Err(wrong_secret(NETWORK));
        }
        let texts = Texts::default();
        let line: wire::Line<'_> = read_with(NETWORK, request.body(), |text| {
            wire::read_text(text, &texts)
        })?;
        let unreadable = || {
            let message = "the delivery does not say what happened: nothing was taken from it";
            Error::new(ErrorKind::Decode, message).with_network(NETWORK)
        };
        let told = line.data.0.ok_or_else(unreadable)?;
        let me = self.account.as_str();
        let of = told.filter.get().and_then(|filter| filter.user_id.get());
        if of.is_some_and(|of| of != me) {
            return Err(of_another(NETWORK, "another account"));
        }
        let cursor = |at: Option<Timestamp>| Stand::pushed(at.unwrap_or(now)).cursor();
        let event = if told.kind.get().is_some() {
            convert_events::activity(told, me, cursor)
        } else {
            // Posts that a rule matched, where the plan delivers those.
            let includes = line.includes.0.map(wire::Beside::into_includes);
            let at = convert_events::written(&told.post);
            let usual = EventKind::Post;
            convert_events::post(&told.post, includes.as_ref(), me, &usual, cursor(at))
        };
        Ok(Delivery::new(vec![event.ok_or_else(unreadable)?]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: &str = "1111111111111111111";
    const BODY: &str = r#"{"data":{"event_uuid":"-5","filter":{"user_id":"1111111111111111111"},"event_type":"follow.follow",
        "payload":{"source":{"data":{"id":"22","username":"ann"}},"target":{"data":{"id":"1111111111111111111"}}}}}"#;

    fn webhook() -> XWebhook {
        XWebhook::new(ME, "s3cret").unwrap()
    }

    fn signature(body: &str, secret: &str) -> String {
        let signed = hmac_sha256(&Secret::new(secret), body.as_bytes());
        format!("{SCHEME}{}", STANDARD.encode(signed))
    }

    fn receive(body: &str, signature: Option<&str>) -> Result<Delivery> {
        let mut request = Request::post("https://desk.example/x");
        if let Some(signature) = signature {
            request = request.header(SIGNATURE, signature);
        }
        let request = request
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap();
        webhook().receive(&request, Timestamp::from_second(1_784_928_224).unwrap())
    }

    fn asks(query: &str) -> Result<Delivery> {
        let request = Request::get(format!("https://desk.example/x{query}"))
            .body(Bytes::new())
            .unwrap();
        webhook().receive(&request, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_question_is_answered_as_the_network_wants_it() {
        let delivery = asks("?crc_token=challenge_string_from_x").unwrap();
        let body = String::from_utf8(delivery.answer.body().to_vec()).unwrap();
        let signed = signature("challenge_string_from_x", "s3cret");
        assert_eq!(body, format!(r#"{{"response_token":"{signed}"}}"#));
        assert_eq!(
            delivery.answer.headers()[header::CONTENT_TYPE],
            "application/json"
        );
        assert!(delivery.events.is_empty());
    }

    #[test]
    fn nothing_is_signed_that_could_be_taken_for_a_delivery() {
        let forged = url::form_urlencoded::byte_serialize(BODY.as_bytes()).collect::<String>();
        let long = format!("?crc_token={}", "a".repeat(300));
        for query in [
            format!("?crc_token={forged}"),
            "?crc_token=%7B%7D".to_owned(),
            "?crc_token=".to_owned(),
            "?other=x".to_owned(),
            String::new(),
            long,
        ] {
            let error = asks(&query).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{query:.40}");
        }
    }

    #[test]
    fn a_delivery_that_is_signed_is_taken() {
        let signed = signature(BODY, "s3cret");
        let delivery = receive(BODY, Some(&signed)).unwrap();
        let event = &delivery.events[0];
        assert_eq!((event.id.as_str(), &event.kind), ("-5", &EventKind::Follow));
        assert_eq!(delivery.answer.status(), 200);
        assert!(Stand::parse(&event.cursor).is_ok());
    }

    #[test]
    fn what_is_not_the_networks_own_is_refused_and_nothing_of_it_is_quoted() {
        let other = BODY.replace(
            r#""filter":{"user_id":"1111111111111111111"}"#,
            r#""filter":{"user_id":"33"}"#,
        );
        let html = "<html>wrong</html>";
        let signed = |body: &str| Some(signature(body, "s3cret"));
        for (body, shown, kind) in [
            (BODY, None, ErrorKind::Unauthorized),
            (
                BODY,
                Some(signature(BODY, "wrong")),
                ErrorKind::Unauthorized,
            ),
            (BODY, signed(html), ErrorKind::Unauthorized),
            (BODY, Some("sha256=".to_owned()), ErrorKind::Unauthorized),
            (BODY, Some("sha256=!!".to_owned()), ErrorKind::Unauthorized),
            (
                BODY,
                signed(BODY).map(|shown| shown.replace(SCHEME, "sha1=")),
                ErrorKind::Unauthorized,
            ),
            // What is not signed is not even read.
            (html, None, ErrorKind::Unauthorized),
            (html, signed(html), ErrorKind::Decode),
            ("[]", signed("[]"), ErrorKind::Decode),
            ("{}", signed("{}"), ErrorKind::Decode),
            (
                r#"{"data":{"payload":{}}}"#,
                signed(r#"{"data":{"payload":{}}}"#),
                ErrorKind::Decode,
            ),
            (&other, signed(&other), ErrorKind::NotFound),
        ] {
            let error = receive(body, shown.as_deref()).unwrap_err();
            assert_eq!(error.kind(), &kind, "{body:.60}: {error}");
            let told = format!("{error} {error:?}");
            assert!(
                !told.contains("s3cret") && !told.contains("wrong"),
                "{told}"
            );
        }
        assert!(!format!("{:?}", webhook()).contains("s3cret"));
    }

    #[test]
    fn an_empty_secret_or_a_wrong_number_is_refused_beforehand() {
        for (account, secret) in [("", "a"), ("me", "a"), (ME, ""), (ME, "  ")] {
            let error = XWebhook::new(account, secret).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::Config);
        }
    }
}
