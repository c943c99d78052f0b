//! Streams piece by piece, through a transport under a set clock.

use std::sync::Arc;

use futures_util::StreamExt;
use http::{HeaderValue, Method};
use sociable::adapters::x::fake::{Fake, Streaming};
use sociable::client::{Clock, InProcess, Outgoing, SetClock, Transport};

fn asked(target: &str) -> Outgoing {
    let mut request = Outgoing::new(
        Method::GET,
        format!("https://api.x.test{target}").parse().unwrap(),
    );
    let shown = format!("Bearer {}", Fake::BEARER);
    request
        .headers
        .insert("authorization", HeaderValue::from_str(&shown).unwrap());
    request
}

#[tokio::test]
async fn a_stream_comes_piece_by_piece_under_a_set_clock() {
    let fake = Fake::new();
    let clock = SetClock::at("2026-11-23T12:00:00Z".parse().unwrap());
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let rest = Arc::new(InProcess::new(Arc::new(fake.clone()), Arc::clone(&shared)));
    let wire = Streaming::new(fake.clone(), shared, rest);
    clock
        .drive(async {
            let refused = wire.send(asked("/2/tweets/search/stream")).await.unwrap();
            assert_eq!(refused.status, 409);
            let body = r#"{"add":[{"value":"cats"}]}"#;
            let add = http::Request::post("https://api.x.test/2/tweets/search/stream/rules")
                .header("authorization", format!("Bearer {}", Fake::BEARER))
                .header("content-type", "application/json")
                .body(bytes::Bytes::from(body))
                .unwrap();
            sociable::client::Service::answer(&fake, &add, clock.now());
            let mut open = wire.send(asked("/2/tweets/search/stream")).await.unwrap();
            assert_eq!(open.status, 200);
            let begun = clock.now();
            let beat = open.body.next().await.unwrap().unwrap();
            assert_eq!(beat, "\r\n");
            assert_eq!(clock.now().duration_since(begun).as_secs(), 20);
            fake.post_as(Fake::BOB, "cats", clock.now());
            let line = open.body.next().await.unwrap().unwrap();
            assert!(line.starts_with(b"{\"data\""));
            fake.disconnect_streams(None);
            assert!(open.body.next().await.is_none());
            let open = wire.send(asked("/2/tweets/search/stream")).await.unwrap();
            assert_eq!(fake.open_streams(), 1);
            drop(open);
            assert_eq!(fake.open_streams(), 0, "who hangs up is gone");
            let me = wire.send(asked("/2/users/me")).await.unwrap();
            assert_eq!(me.status, 403, "everything else goes the other way");
        })
        .await;
}
