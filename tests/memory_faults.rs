//! What the embedded network does when a test makes it misbehave, and what the adapter makes of it.
#![cfg(feature = "memory")]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use sociable::adapters::memory::{self, Limit, Memory, World};
use sociable::client::{Client, Clock, Disturbance, SetClock};
use sociable::jiff::Timestamp;
use sociable::text::{Count, TextLimit};
use sociable::{
    AccountConfig, AccountRef, Draft, Engagement, Error, ErrorKind, EventQuery, IdempotencyKey,
    Media, MessageDraft, Operation, Post, PostQuery, Prepared, Recipient, Reconciled, Registry,
    Result, SocialNetwork, Target,
};

const MINUTE: Duration = Duration::from_secs(60);
const HALF: Duration = Duration::from_secs(30);

fn town() -> (SetClock, World, Memory) {
    let clock = SetClock::at("2026-11-20T10:00:00Z".parse().unwrap());
    let world = World::with_clock(Arc::new(clock.clone()));
    world.add_account("shop");
    world.add_account("alice");
    let shop = world.network("shop").unwrap();
    (clock, world, shop)
}

/// An account over a client that never waits for a budget.
fn impatient(world: &World, handle: &str) -> Memory {
    let client = Client::builder()
        .clock(world.clock())
        .transport(world.transport())
        .max_wait(Duration::ZERO)
        .build()
        .unwrap();
    Memory::builder(world)
        .account(handle)
        .client(&client)
        .build()
        .unwrap()
}

fn kind<T: std::fmt::Debug>(result: Result<T>) -> ErrorKind {
    result.unwrap_err().kind().clone()
}

#[tokio::test]
async fn whatever_is_lost_on_the_way_there_is_one_post() {
    let ways = [
        Disturbance::Refuse,
        Disturbance::LoseRequest,
        Disturbance::LoseAnswer,
        Disturbance::Hang,
        Disturbance::StatusAfter(500),
        Disturbance::StatusInstead(503),
        Disturbance::Garbage("<html>".into()),
        Disturbance::Truncate,
        Disturbance::Endless,
        Disturbance::Delay(5 * MINUTE),
    ];
    for way in ways {
        let (clock, world, shop) = town();
        world.disturb_call(&Operation::PUBLISH, way.clone());
        let post = clock.drive(shop.publish(&Draft::text("once"))).await;
        let posts = world.published("shop");
        assert_eq!(
            posts,
            [post.unwrap_or_else(|e| panic!("{way:?}: {e}")).id],
            "{way:?}"
        );
        assert_eq!(world.transport().disturbances_left(), 0, "{way:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_unconfirmed_and_can_be_reconciled_in_another_process() {
    let (clock, world, shop) = town();
    for _ in 0..20 {
        world.disturb_call(&Operation::PUBLISH, Disturbance::LoseAnswer);
        world.disturb_call(&Operation::RECONCILE, Disturbance::LoseAnswer);
    }
    let error = clock
        .drive(shop.publish(&Draft::text("once")))
        .await
        .unwrap_err();
    assert!(error.is_unconfirmed(), "{error}");
    let pending: Prepared = serde_json::from_str(error.pending().unwrap()).unwrap();
    let left: Vec<_> = (0..world.transport().disturbances_left()).collect();
    let other = world.network("shop").unwrap();
    for _ in left {
        // The rest of the disturbances meets calls that are repeated until none is left.
        let _ = clock.drive(other.reconcile(&pending)).await;
        let _ = clock.drive(other.commit(&pending)).await;
        if world.transport().disturbances_left() == 0 {
            break;
        }
    }
    let found = clock.drive(other.reconcile(&pending)).await.unwrap();
    let Reconciled::Published(post) = found else {
        panic!("{found:?}");
    };
    assert_eq!(world.published("shop"), [post.id]);
}

#[tokio::test]
async fn what_was_never_committed_is_certainly_not_published() {
    let (_, world, shop) = town();
    let checked = Draft::text("later")
        .key("k")
        .checked(&shop.profile())
        .unwrap();
    let prepared = shop.prepare(&checked).await.unwrap();
    assert_eq!(prepared.key, IdempotencyKey::from("k"));
    assert_eq!(
        shop.reconcile(&prepared).await.unwrap(),
        Reconciled::NotPublished
    );
    let stored = serde_json::to_string(&prepared).unwrap();
    let again: Prepared = serde_json::from_str(&stored).unwrap();
    let post = world.network("shop").unwrap().commit(&again).await.unwrap();
    let Reconciled::Published(found) = shop.reconcile(&prepared).await.unwrap() else {
        panic!("it was published");
    };
    assert_eq!(*found, post);
    let foreign = world.network("alice").unwrap().commit(&again).await;
    assert!(matches!(kind(foreign), ErrorKind::Invalid(_)));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_decode() {
    let (clock, world, shop) = town();
    world.disturb(Disturbance::Garbage("<html>".into()));
    assert_eq!(kind(shop.me().await), ErrorKind::Decode);
    world.disturb(Disturbance::Garbage("{\"items\":[{\"id\":".into()));
    assert_eq!(kind(shop.posts(&PostQuery::own()).await), ErrorKind::Decode);
    world.disturb(Disturbance::Endless);
    assert_eq!(kind(clock.drive(shop.me()).await), ErrorKind::Decode);
    assert!(shop.me().await.is_ok());
}

#[tokio::test]
async fn a_login_is_made_once_and_renewed_when_it_is_lost() {
    let (clock, world, shop) = town();
    assert_eq!(world.requests(), 0);
    for _ in 0..3 {
        shop.me().await.unwrap();
    }
    // One login and three calls.
    assert_eq!(world.requests(), 4);
    world.expire_sessions("shop");
    shop.me().await.unwrap();
    // The refused call, the renewal, and the call again.
    assert_eq!(world.requests(), 7);
    world.lose_sessions("shop");
    shop.me().await.unwrap();
    // The refused call, the refused renewal, the login, and the call again.
    assert_eq!(world.requests(), 11);
    clock.advance(3 * 60 * MINUTE);
    shop.me().await.unwrap();
    assert_eq!(world.requests(), 14);
    world.set_login_life(MINUTE);
    world.lock_out("shop", true);
    let error = shop.me().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unauthorized);
    world.lock_out("shop", false);
    shop.me().await.unwrap();
    world.suspend("shop", true);
    assert_eq!(kind(shop.me().await), ErrorKind::Suspended);
    assert!(!format!("{shop:?} {world:?} {error:?} {error}").contains("access-"));
}

#[tokio::test]
async fn many_calls_at_once_share_one_login_and_one_renewal() {
    let (_, world, shop) = town();
    let all = || futures_util::future::join_all((0..10).map(|_| shop.me()));
    assert!(all().await.iter().all(Result::is_ok));
    assert_eq!(world.requests(), 11);
    world.expire_sessions("shop");
    assert!(all().await.iter().all(Result::is_ok));
    assert!(world.requests() <= 11 + 10 + 1 + 10, "{}", world.requests());
}

#[tokio::test]
async fn a_listing_shows_later_what_a_look_shows_at_once() {
    let (clock, world, shop) = town();
    world.set_listing_delay(MINUTE);
    let cursor = world
        .network("alice")
        .unwrap()
        .events(&EventQuery::now())
        .await
        .unwrap()
        .cursor;
    let post = shop.publish(&Draft::text("@alice hi")).await.unwrap();
    let alice = world.network("alice").unwrap();
    alice
        .engage(&Target::from(&post), &Engagement::like())
        .await
        .unwrap();
    assert!(
        shop.posts(&PostQuery::own())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(shop.post(&post.id).await.is_ok());
    let events = alice.events(&EventQuery::after(cursor)).await.unwrap();
    assert!(events.items.is_empty());
    clock.advance(MINUTE);
    assert_eq!(shop.posts(&PostQuery::own()).await.unwrap().items.len(), 1);
    let events = alice
        .events(&EventQuery::after(events.cursor))
        .await
        .unwrap();
    assert_eq!(events.items.len(), 1);
    shop.delete(&post.id).await.unwrap();
    assert_eq!(shop.posts(&PostQuery::own()).await.unwrap().items.len(), 1);
    clock.advance(MINUTE);
    assert!(
        shop.posts(&PostQuery::own())
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test]
async fn a_limit_that_is_published_is_never_run_into() {
    let (clock, world, shop) = town();
    world.set_limit(Limit::new("posts", 2, HALF).on("publish").published());
    let start = clock.now();
    let posts: Vec<Post> = clock
        .drive(async {
            let mut posts = Vec::new();
            for i in 0..5 {
                posts.push(shop.publish(&Draft::text(format!("{i}"))).await.unwrap());
            }
            posts
        })
        .await;
    // One login, five posts, no refusal.
    assert_eq!(world.requests(), 6);
    assert!(clock.now().duration_since(start) >= (2 * HALF).try_into().unwrap());
    let period = |p: &Post| p.created_at.unwrap().as_second().div_euclid(30);
    for three in posts.windows(3) {
        assert_ne!(period(&three[0]), period(&three[2]));
    }
}

#[tokio::test]
async fn a_limit_that_nobody_named_is_learned_and_kept() {
    let (clock, world, shop) = town();
    world.set_limit(Limit::new("posts", 2, HALF).on("publish"));
    clock
        .drive(async {
            for i in 0..5 {
                shop.publish(&Draft::text(format!("{i}"))).await.unwrap();
            }
        })
        .await;
    assert_eq!(world.published("shop").len(), 5);
    assert_eq!(world.requests(), 6);
}

#[tokio::test]
async fn a_limit_is_kept_by_the_server_and_names_when_to_come_back() {
    let (clock, world, _) = town();
    world.set_limit(Limit::new("calls", 2, MINUTE));
    clock.advance(Duration::from_secs(20));
    // Two objects with budgets of their own, so that only the server knows of both.
    let (one, two) = (impatient(&world, "shop"), impatient(&world, "shop"));
    one.me().await.unwrap();
    two.me().await.unwrap();
    let refused = one.me().await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::RateLimited);
    let until: Timestamp = "2026-11-20T10:01:00Z".parse().unwrap();
    assert_eq!(refused.retry_at(), Some(until));
    let alice = impatient(&world, "alice");
    alice.me().await.unwrap();
    // The fields tell whole seconds, so that the client waits out the one that is begun.
    clock.set(until + Duration::from_secs(1));
    one.me().await.unwrap();
    world.set_limit(Limit::new("calls", 0, MINUTE).quota());
    assert_eq!(
        kind(impatient(&world, "alice").me().await),
        ErrorKind::QuotaExhausted
    );
    world.remove_limit("calls");
    impatient(&world, "alice").me().await.unwrap();
}

#[tokio::test]
async fn each_place_has_a_length_of_its_own() {
    let (_, world, shop) = town();
    let root = shop.publish(&Draft::text("x".repeat(500))).await.unwrap();
    let png = Media::bytes(&b"\x89PNG\r\n\x1a\n"[..]);
    let drafts = [
        Draft::text("x".repeat(501)),
        Draft::text("x".repeat(301)).media(png),
        Draft::text("x".repeat(401)).reply_to(&root),
    ];
    let before = world.requests();
    for draft in drafts {
        assert!(matches!(
            kind(shop.publish(&draft).await),
            ErrorKind::Invalid(_)
        ));
    }
    let to = Recipient::Account(AccountRef::handle("alice"));
    let long = shop.send(&to, &MessageDraft::text("x".repeat(2001))).await;
    assert!(matches!(kind(long), ErrorKind::Invalid(_)));
    assert_eq!(world.requests(), before);
    // What the server alone knows, it refuses; after a refresh nothing is sent any more.
    let mut rules = shop.profile().text.clone();
    rules.post = Some(TextLimit::new(Count::Graphemes, 5));
    world.set_text_rules(rules);
    let refused = shop.publish(&Draft::text("too long")).await.unwrap_err();
    assert_eq!(refused.violations()[0].limit, Some(5));
    shop.refresh_profile().await.unwrap();
    let before = world.requests();
    assert!(shop.publish(&Draft::text("too long")).await.is_err());
    assert_eq!(world.requests(), before);
}

#[tokio::test]
async fn what_the_network_does_not_want_is_refused_as_such() {
    let (_, world, shop) = town();
    world.reject_word("Casino");
    assert_eq!(
        kind(shop.publish(&Draft::text("best casino")).await),
        ErrorKind::Rejected
    );
    world.set_repeat_window(Some(MINUTE));
    let post = shop.publish(&Draft::text("same")).await.unwrap();
    let again = shop.publish(&Draft::text("same")).await;
    assert_eq!(kind(again), ErrorKind::Duplicate(Some(post.id)));
    assert_eq!(
        kind(shop.account(&AccountRef::handle("nobody")).await),
        ErrorKind::NotFound
    );
    let existing = Draft::text("x").media(Media::existing("memory:media:999"));
    assert_eq!(kind(shop.publish(&existing).await), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_file_is_one_file_however_often_it_comes() {
    let (clock, world, shop) = town();
    world.disturb_call(&Operation::named("upload"), Disturbance::LoseAnswer);
    let png = Media::bytes(&b"\x89PNG\r\n\x1a\n"[..]).alt("one");
    let one = clock
        .drive(shop.publish(&Draft::text("a").media(png.clone())))
        .await
        .unwrap();
    let two = shop.publish(&Draft::text("b").media(png)).await.unwrap();
    assert_eq!(one.media[0].id, two.media[0].id);
    let road = Client::builder()
        .transport(world.transport())
        .build()
        .unwrap();
    let mut bytes = Vec::new();
    let url = one.media[0].url.as_deref().unwrap().parse().unwrap();
    road.download(url, &mut bytes, 100).await.unwrap();
    assert_eq!(bytes, b"\x89PNG\r\n\x1a\n");
    let existing = Media::existing(one.media[0].id.clone().unwrap()).alt("two");
    let three = shop
        .publish(&Draft::text("c").media(existing))
        .await
        .unwrap();
    assert_eq!(three.media[0].alt.as_deref(), Some("two"));
}

#[tokio::test]
async fn listening_hears_what_happens_through_troubles() {
    let (clock, world, shop) = town();
    let alice = world.network("alice").unwrap();
    let start = shop.events(&EventQuery::now()).await.unwrap().cursor;
    let mut heard = shop.listen(EventQuery::after(start));
    for i in 0..3 {
        alice
            .publish(&Draft::text(format!("@shop {i}")))
            .await
            .unwrap();
    }
    world.disturb_call(&Operation::EVENTS, Disturbance::StatusInstead(503));
    world.lose_sessions("shop");
    let events: Vec<_> = clock.drive((&mut heard).take(3).collect()).await;
    assert!(events.iter().all(Result::is_ok));
}

#[tokio::test]
async fn worlds_that_share_a_client_share_nothing_else() {
    let clock = SetClock::at("2026-11-20T10:00:00Z".parse().unwrap());
    let worlds = [0, 1].map(|_| World::with_clock(Arc::new(clock.clone())));
    let client = Client::builder()
        .clock(Arc::new(clock.clone()))
        .transport(worlds[0].transport())
        .max_wait(Duration::ZERO)
        .build()
        .unwrap();
    for world in &worlds {
        world.add_account("shop");
        world.set_limit(Limit::new("calls", 1, MINUTE).published());
        let shop = Memory::builder(world)
            .account("shop")
            .client(&client)
            .build()
            .unwrap();
        shop.publish(&Draft::text("x").key("k")).await.unwrap();
        assert_eq!(kind(shop.me().await), ErrorKind::RateLimited);
        assert_eq!(world.published("shop").len(), 1);
    }
}

#[tokio::test]
async fn accounts_of_a_configuration_see_each_other() {
    let client = Client::builder()
        .transport(World::new().transport())
        .build()
        .unwrap();
    let config = |name: &str| AccountConfig::new(name, "memory").set("account", name);
    let shared = Registry::default();
    let shop = shared.connect(&config("shop"), &client).unwrap();
    let alice = shared.connect(&config("alice"), &client).unwrap();
    let post = shop.publish(&Draft::text("from a file")).await.unwrap();
    assert_eq!(alice.post(&post.id).await.unwrap().id, post.id);
    let mut own = Registry::default();
    let world = World::new();
    world.add_account("carol");
    memory::register(&mut own, world.clone());
    let carol = own.connect(&config("carol"), &client).unwrap();
    carol.publish(&Draft::text("elsewhere")).await.unwrap();
    assert_eq!(world.published("carol").len(), 1);

    let refused =
        |config: AccountConfig| -> Error { shared.connect(&config, &client).unwrap_err() };
    for (config, word) in [
        (config("nobody"), "alice, bob"),
        (AccountConfig::new("x", "memory"), "`account` is missing"),
        (
            config("shop").set("acount", "shop"),
            "`acount` is not a key",
        ),
        (config("shop").base_url("https://example.com"), "base_url"),
    ] {
        let error = refused(config);
        assert_eq!(*error.kind(), ErrorKind::Config);
        assert!(error.message().contains(word), "{error}");
    }
}
