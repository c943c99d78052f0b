//! Happenings that are made from the schema by chance: all of them are read.

use bytes::Bytes;
use serde_json::json;
use sociable::client::{Clock, SetClock};
use sociable::webhook::Webhook;

use crate::contract::dice::{Dice, Freedom};
use crate::contract::vk::Generator;
use crate::net::vk;

#[test]
fn every_event_of_the_schema_is_read() {
    let Some(contract) = vk() else { return };
    let now = SetClock::at("2026-11-23T12:00:00Z".parse().unwrap()).now();
    let webhook = sociable::adapters::vk::VkWebhook::new(1, "s3cret", "code").unwrap();
    let (mut kinds, mut read) = (0, 0);
    let mut dice = Dice::new(4);
    for (seed, freedom) in [(1, Freedom::Named), (2, Freedom::Any), (3, Freedom::Any)] {
        let mut generator = Generator::new(contract, seed, freedom);
        for kind in contract.event_types() {
            if kind == "confirmation" {
                // That is the question whether the address is right.
                continue;
            }
            for number in 0..15 {
                let mut event = match generator.event(kind) {
                    Ok(event) => event,
                    // The schema names some without describing their objects: those may be anything.
                    Err(_) => {
                        json!({"type": kind, "event_id": format!("e{number}"), "object": dice.anything(0)})
                    }
                };
                event["group_id"] = json!(1);
                event["secret"] = json!("s3cret");
                let request = http::Request::post("/")
                    .body(Bytes::from(event.to_string()))
                    .unwrap();
                let delivery = webhook.receive(&request, now).unwrap();
                let [told] = delivery.events.as_slice() else {
                    panic!("{kind}: {:?}", delivery.events)
                };
                assert_eq!(Some(told.id.as_str()), event["event_id"].as_str(), "{kind}");
                assert!(!told.kind.as_str().is_empty());
                read += 1;
            }
            kinds += 1;
        }
    }
    println!("{} kinds of events, {read} of them read", kinds / 3);
    assert!(kinds >= 3 * 55, "{kinds}");
}
