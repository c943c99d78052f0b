//! Networks on which something happens without end: they make it as they are asked, and keep none of it.

// Each program that includes this uses only a part of it.
#![allow(dead_code)]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use sociable::client::SetClock;
use sociable::jiff::Timestamp;
use sociable::webhook::{Delivery, Receiver, Webhook, read_json};
use sociable::{
    Account, Event, EventKind, EventQuery, Events, Message, Profile, Result, Since, SocialNetwork,
    deduplicated,
};

/// How many happenings come at once.
const PAGE: u64 = 200;
/// Each of so many comes twice.
const DOUBLE: u64 = 10;

/// The message with this number, in one of a thousand conversations.
fn event(number: u64) -> Event {
    let at = Timestamp::from_second(1_795_000_000).unwrap();
    let by = Account::new(format!("account:{}", number % 1000));
    let text = format!("This is message {number}, which is as long as messages usually are.");
    let message = Message::new(
        format!("message:{number}"),
        format!("conversation:{}", number % 1000),
    );
    let message = message.author(by.clone()).text(text).created_at(at);
    let id = format!("event:{number}");
    Event::new(id, number.to_string(), EventKind::Message)
        .at(at)
        .account(by)
        .message(message)
}

/// A network that is polled.
#[derive(Debug)]
struct Endless(Arc<Profile>);

#[async_trait]
impl SocialNetwork for Endless {
    fn profile(&self) -> Arc<Profile> {
        Arc::clone(&self.0)
    }

    async fn events(&self, query: &EventQuery) -> Result<Events> {
        let Since::Cursor(cursor) = &query.since else {
            panic!("it is followed from a cursor");
        };
        let from: u64 = cursor.as_str().parse().unwrap();
        let mut items = Vec::new();
        for number in from + 1..=from + PAGE {
            items.push(event(number));
            if number.is_multiple_of(DOUBLE) {
                items.push(event(number));
            }
        }
        Ok(Events::new(items, (from + PAGE).to_string()).more(true))
    }
}

/// Listens to so many happenings, each once, and looks after each.
pub(crate) async fn listen(events: u64, mut look: impl FnMut()) {
    let network = Endless(Arc::new(Profile::new("endless")));
    let mut stream = deduplicated(network.listen(EventQuery::after("0")), 1000);
    for number in 1..=events {
        let event = stream.next().await.unwrap().unwrap();
        assert_eq!(event.cursor.as_str(), number.to_string());
        look();
    }
}

/// Deliveries that are numbers.
#[derive(Debug)]
struct Numbers;

impl Webhook for Numbers {
    fn receive(&self, request: &http::Request<Bytes>, _: Timestamp) -> Result<Delivery> {
        let numbers: Vec<u64> = read_json("endless", request.body())?;
        Ok(Delivery::new(numbers.into_iter().map(event).collect()))
    }
}

/// Receives so many happenings as a stream, each once, and looks after each.
pub(crate) async fn receive(events: u64, mut look: impl FnMut()) {
    let clock = SetClock::at(Timestamp::from_second(1_795_000_000).unwrap());
    let (receiver, mut stream) = Receiver::builder(Numbers)
        .clock(Arc::new(clock.clone()))
        .stream();
    let network = async move {
        for number in 1..=events {
            clock.advance(Duration::from_secs(1));
            let times = 1 + u64::from(number.is_multiple_of(DOUBLE));
            for _ in 0..times {
                let request = http::Request::post("/hook");
                let request = request.body(Bytes::from(format!("[{number}]"))).unwrap();
                let received = receiver.receive(&request).await;
                assert!(received.response.status().is_success(), "{received:?}");
            }
        }
    };
    let program = async move {
        for number in 1..=events {
            let event = stream.next().await.unwrap().unwrap();
            assert_eq!(event.cursor.as_str(), number.to_string());
            look();
        }
        // The last is dealt with by asking for one more.
        assert!(stream.next().await.unwrap().is_err());
    };
    futures_util::future::join(network, program).await;
}
