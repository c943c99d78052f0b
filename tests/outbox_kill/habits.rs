//! What a publication came to is found out although the network lists it late and gives its text back changed.

use std::sync::Arc;
use std::time::Duration;

use sociable::client::{Client, Clock, InProcess, SeededRandom, SetClock};
use sociable::{Draft, Reconciled};

use crate::nets::{Fake, NETS, identity};

/// Spaces that networks take out, signs that they escape and an address that they shorten.
const TEXT: &str =
    "  Tea & <cake>, \"fresh\":  see https://example.com/a/rather/long/path/to/the/menu?of=today  ";

fn clock() -> SetClock {
    SetClock::at("2026-03-14T09:26:53Z".parse().unwrap())
}

fn client(fake: &Fake, clock: &SetClock) -> Client {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    Client::builder()
        .transport(Arc::new(InProcess::new(fake.service(), clock.clone())))
        .clock(clock)
        .random(Arc::new(SeededRandom::new(7)))
        .build()
        .unwrap()
}

/// Where the fakes are reached in the same process: any host will do.
const URL: &str = "http://127.0.0.1:1";

#[tokio::test]
async fn what_was_published_is_never_said_to_be_missing_and_is_found_in_the_end() {
    for net in NETS {
        let clock = clock();
        let fake = Fake::new(net, Arc::new(clock.clone()));
        let work = async {
            let me = identity(net, URL, &client(&fake, &clock), None);
            let draft = Draft::text(TEXT).key("menu").created_at(clock.now());
            let checked = draft.checked(&me.profile()).unwrap();
            let prepared = me.prepare(&checked).await.unwrap();
            let post = me.commit(&prepared).await.unwrap();
            // As another process asks, which knows only what was kept.
            let kept = serde_json::to_string(&prepared).unwrap();
            let prepared = serde_json::from_str(&kept).unwrap();
            let other = identity(net, URL, &client(&fake, &clock), None);
            match other.reconcile(&prepared).await.unwrap() {
                Reconciled::Published(found) => assert_eq!(found.id, post.id, "{net}"),
                Reconciled::Unknown => {}
                told => panic!("{net}: {told:?}"),
            }
            clock.advance(Duration::from_secs(120));
            let found = other.reconcile(&prepared).await.unwrap();
            let Reconciled::Published(found) = found else {
                panic!("{net}: {found:?}");
            };
            assert_eq!(found.id, post.id, "{net}");
        };
        clock.drive(work).await;
        assert_eq!(fake.texts().len(), 1, "{net}");
    }
}

#[tokio::test]
async fn what_was_not_published_is_said_to_be_missing_in_the_end() {
    for net in NETS {
        let clock = clock();
        let fake = Fake::new(net, Arc::new(clock.clone()));
        let work = async {
            let me = identity(net, URL, &client(&fake, &clock), None);
            let checked = Draft::text(TEXT).checked(&me.profile()).unwrap();
            let prepared = me.prepare(&checked).await.unwrap();
            let told = me.reconcile(&prepared).await.unwrap();
            assert!(!matches!(told, Reconciled::Published(_)), "{net}");
            clock.advance(Duration::from_secs(120));
            let told = me.reconcile(&prepared).await.unwrap();
            assert_eq!(told, Reconciled::NotPublished, "{net}");
        };
        clock.drive(work).await;
        assert_eq!(fake.texts().len(), 0, "{net}");
    }
}
