//! What X's fake tells of messages, happenings and figures, as the behaviour suite wants it.

// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sociable::adapters::x::Tier;
use sociable::adapters::x::fake::Fake;
use sociable::testing::stage::{Bench, Set};

/// Adds to a stage what is trending, what is delivered, and what a plan does not let be seen.
pub(crate) fn with_talk(mut stage: Set, fake: &Fake, bench: &Bench, tier: Tier) -> Set {
    fake.set_trends(
        1,
        &[("#rust", Some(1200)), ("crabs", None), ("ferris", Some(7))],
    );
    #[cfg(feature = "webhook")]
    {
        use sociable::client::Clock;
        stage = stage.pushes(deliveries::Deliveries::of(fake, bench.clock.now()));
    }
    #[cfg(not(feature = "webhook"))]
    let _ = bench;
    if tier == Tier::SelfServe {
        for case in [
            "send.comment_author: a comment's author is reached",
            "metrics.post: what others did is counted",
            "events: an answer is told once, with who and what",
            "events: from a stored cursor nothing is missed and nothing comes twice",
            "events: small portions lose nothing",
            "events: only the kinds that are wanted come",
            "events: all that the network has comes from the oldest on",
            "events: listening brings what happens",
            "events: read again from the same cursor, each has the same id",
            "events: after any of them, whatever its kind, a restart misses nothing",
            "events: what is pushed is what is polled, under the same ids",
            "events: a delivery that is repeated is taken once, also after a restart",
            "events: what the program could not keep is delivered again",
            "events: what is not the network's delivery is refused",
        ] {
            stage = stage.passing_over_case(
                case,
                "its posts mention nobody, and this plan's accounts answer no such post",
            );
        }
    }
    stage
}

#[cfg(feature = "webhook")]
mod deliveries {
    use std::sync::{Arc, Mutex};

    use sociable::adapters::x::XWebhook;
    use sociable::adapters::x::fake::Fake;
    use sociable::jiff::Timestamp;
    use sociable::testing::stage::Pushes;
    use sociable::webhook::Webhook;

    /// Where it delivers to.
    const ADDRESS: &str = "https://desk.example/x";
    /// What a program subscribes to that polls the same.
    const WANTED: &[&str] = &["post.mention.create", "post.reply.create", "dm.received"];

    /// What the fake delivers to Anna's own server.
    pub(super) struct Deliveries {
        fake: Fake,
        webhook: Arc<dyn Webhook>,
        sent: Mutex<Option<u64>>,
    }

    impl Deliveries {
        pub(super) fn of(fake: &Fake, now: Timestamp) -> Self {
            fake.subscribe_all(Fake::ANNA, ADDRESS, now);
            let webhook = XWebhook::new(Fake::ANNA.to_string(), Fake::CONSUMER_SECRET).unwrap();
            Self {
                fake: fake.clone(),
                webhook: Arc::new(webhook),
                sent: Mutex::default(),
            }
        }

        fn signed(body: &str, secret: &str) -> http::Request<bytes::Bytes> {
            use base64::Engine;
            let mac = hmac_sha256::HMAC::mac(body.as_bytes(), secret.as_bytes());
            let signed = base64::engine::general_purpose::STANDARD.encode(mac);
            http::Request::post(ADDRESS)
                .header("x-twitter-webhooks-signature", format!("sha256={signed}"))
                .body(bytes::Bytes::from(body.to_owned()))
                .unwrap()
        }
    }

    impl Pushes for Deliveries {
        fn webhook(&self) -> Arc<dyn Webhook> {
            self.webhook.clone()
        }

        fn delivery(&self) -> Option<http::Request<bytes::Bytes>> {
            for next in self.fake.deliveries() {
                let body: serde_json::Value = serde_json::from_slice(&next.body).unwrap();
                let kind = body["data"]["event_type"].as_str().unwrap();
                if !WANTED.contains(&kind) {
                    self.fake.answered(next.id, 200);
                    continue;
                }
                *self.sent.lock().unwrap() = Some(next.id);
                let mut request = http::Request::post(next.url).body(next.body).unwrap();
                *request.headers_mut() = next.headers;
                return Some(request);
            }
            None
        }

        fn answered(&self, response: &http::Response<bytes::Bytes>) {
            if let Some(id) = self.sent.lock().unwrap().take() {
                self.fake.answered(id, response.status().as_u16());
            }
        }

        fn forged(&self) -> Vec<(String, http::Request<bytes::Bytes>)> {
            let good = self.delivery().unwrap();
            let body = String::from_utf8(good.body().to_vec()).unwrap();
            let name = "x-twitter-webhooks-signature";
            let mut unsigned = good.clone();
            unsigned.headers_mut().remove(name);
            let mut changed = good.clone();
            *changed.body_mut() = bytes::Bytes::from(body.replace("\"text\"", "\"texts\""));
            let mut older = good.clone();
            let shown = older.headers()[name].to_str().unwrap().to_owned();
            let shown = shown.replace("sha256=", "sha1=");
            older.headers_mut().insert(name, shown.parse().unwrap());
            let mut signed = good.clone();
            *signed.method_mut() = http::Method::GET;
            let other = body.replace(&Fake::ANNA.to_string(), &Fake::CAROL.to_string());
            vec![
                ("no signature".to_owned(), unsigned),
                ("another body".to_owned(), changed),
                ("another kind of signature".to_owned(), older),
                ("a wrong secret".to_owned(), Self::signed(&body, "another")),
                ("an empty secret".to_owned(), Self::signed(&body, "")),
                (
                    "the beginning of the secret".to_owned(),
                    Self::signed(&body, &Fake::CONSUMER_SECRET[..10]),
                ),
                ("a question without a token".to_owned(), signed),
                (
                    "another account".to_owned(),
                    Self::signed(&other, Fake::CONSUMER_SECRET),
                ),
            ]
        }
    }
}
