//! Every error that the schema lists is read as what it is.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::vk::Vk;
use sociable::client::{Service, SetClock};
use sociable::jiff::Timestamp;
use sociable::{AccountRef, Draft, Error, ErrorKind, SocialNetwork};

use crate::contract::dice::Dice;
use crate::net::{client, fast, vk};

/// Refuses every call.
struct Refuses(Value);

impl Service for Refuses {
    fn answer(&self, _: &http::Request<Bytes>, _: Timestamp) -> http::Response<Bytes> {
        http::Response::new(Bytes::from(self.0.to_string()))
    }
}

#[tokio::test]
async fn every_error_of_the_schema_is_a_typed_error_with_its_code_and_none_of_the_parameters() {
    let Some(contract) = vk() else { return };
    let codes = contract.codes();
    assert!(codes.len() > 150, "{}", codes.len());
    let mut dice = Dice::new(8);
    for code in codes {
        let mut answer = json!({"error": {
            "error_code": code,
            "error_msg": "What the network says",
            "request_params": [{"key": "message", "value": "private words"}],
        }});
        if dice.percent(50) {
            answer["error"]["futureProperty"] = dice.anything(0);
            answer["error"]["error_subcode"] = Value::Null;
        }
        let clock = SetClock::at("2026-11-23T12:00:00Z".parse().unwrap());
        let client = client(Arc::new(Refuses(answer)), &clock);
        let vk = fast(Vk::builder().client(&client))
            .community(1)
            .community_token("c0mmunity-t0ken")
            .user_token("us3r-t0ken")
            .build()
            .unwrap();
        let read = clock.drive(vk.account(&AccountRef::id("id7"))).await;
        let written = clock.drive(vk.publish(&Draft::text("Hello"))).await;
        let errors: [Error; 2] = [read.unwrap_err(), written.unwrap_err()];
        for error in errors {
            assert_ne!(error.kind(), &ErrorKind::Decode, "{code}: {error}");
            assert_eq!(error.code(), Some(code.to_string().as_str()), "{error}");
            assert!(
                error.message().len() > "What the network says".len(),
                "{error}"
            );
            let shown = format!("{error} {error:?}");
            for hidden in ["private words", "c0mmunity-t0ken", "us3r-t0ken"] {
                assert!(!shown.contains(hidden), "{code}: {shown}");
            }
        }
    }
}
