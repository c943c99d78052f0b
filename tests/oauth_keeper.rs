//! Staying logged in: one renewal for all, stored before it is used, never burnt unseen.
#![cfg(all(feature = "oauth", feature = "testing"))]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use sociable::client::{Clock, Dialect, Disturbance, Fault, Login, Reply, Request, SetClock};
use sociable::http::HeaderMap;
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::oauth::{Keeper, Session};
use sociable::store::{FileStore, KeyValue, MemoryStore, Versioned};
use sociable::url::Url;
use sociable::{
    AccountConfig, Client, Error, ErrorKind, LoginStatus, Operation, Registry, Result, async_trait,
};

#[path = "support/oauth_bench.rs"]
mod oauth_bench;
use oauth_bench::{BACK, BASE, Bench, provider, server};

const KEY: &str = "demo:shop";
const HOUR: Duration = Duration::from_secs(3600);

fn memory() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new())
}

fn keeper(bench: &Bench, store: Arc<dyn KeyValue>) -> Keeper {
    Keeper::new(bench.oauth(provider()), store, KEY, None)
}

async fn log_in(bench: &Bench, keeper: &Keeper) {
    let begun = keeper.begin().await.unwrap();
    keeper.finish(&bench.consented(&begun)).await.unwrap();
}

/// An adapter's voice: what every network writes.
struct Voice(Keeper);

impl Dialect for Voice {
    fn network(&self) -> &str {
        "demo"
    }

    fn authorise<'a>(&'a self, headers: &'a mut HeaderMap) -> BoxFuture<'a, Result<Login>> {
        Box::pin(self.0.authorise(headers))
    }

    fn renew(&self, stale: Login) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.0.renew(stale))
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        match reply.status.as_u16() {
            200 => None,
            401 => Some(Fault::refused(ErrorKind::Unauthorized, "log in again").renew()),
            _ => Some(Fault::refused(ErrorKind::Unavailable, "try again later")),
        }
    }
}

async fn call(client: &Client, keeper: &Keeper) -> Result<()> {
    let url = Url::parse(&format!("{BASE}/me")).unwrap();
    let request = Request::get(Operation::named("me"), url);
    client.send(&Voice(keeper.clone()), request).await?;
    Ok(())
}

#[tokio::test]
async fn a_login_is_renewed_shortly_before_it_ends_and_not_sooner() {
    let bench = Bench::new(server());
    let keeper = keeper(&bench, memory());
    log_in(&bench, &keeper).await;
    for minute in 0..57 {
        call(&bench.client, &keeper).await.unwrap();
        assert_eq!(bench.server.counts().refreshed, 0, "minute {minute}");
        bench.clock.advance(Duration::from_secs(60));
    }
    bench.clock.advance(Duration::from_secs(60));
    for _ in 0..3 {
        call(&bench.client, &keeper).await.unwrap();
        assert_eq!(bench.server.counts().refreshed, 1);
    }
    for _ in 0..24 {
        bench.clock.advance(HOUR);
        call(&bench.client, &keeper).await.unwrap();
    }
    let counts = bench.server.counts();
    assert_eq!(
        (counts.refreshed, counts.reused, counts.refused),
        (25, 0, 0)
    );
}

#[tokio::test]
async fn twenty_tasks_with_an_ended_login_renew_it_once() {
    let bench = Bench::new(server());
    let keeper = keeper(&bench, memory());
    log_in(&bench, &keeper).await;
    bench.clock.advance(2 * HOUR);
    bench.transport.set_round_trip(Duration::from_millis(300));
    let tasks = (0..20).map(|_| {
        let (client, keeper) = (bench.client.clone(), keeper.clone());
        tokio::spawn(async move { call(&client, &keeper).await })
    });
    for done in bench.clock.drive(join_all(tasks)).await {
        done.unwrap().unwrap();
    }
    let counts = bench.server.counts();
    assert_eq!((counts.refreshed, counts.refused), (1, 0));
}

#[tokio::test]
async fn twenty_tasks_whose_token_the_network_calls_expired_renew_it_once() {
    let bench = Bench::new(server());
    // It does not know when its token ends.
    let session = bench.logged_in(&bench.oauth(provider())).await;
    let mut session = session;
    session.expires_at = None;
    let keeper = Keeper::new(bench.oauth(provider()), memory(), KEY, Some(session));
    bench.clock.advance(2 * HOUR);
    bench.transport.set_round_trip(Duration::from_millis(300));
    let calls = (0..20).map(|_| call(&bench.client, &keeper));
    for done in bench.clock.drive(join_all(calls)).await {
        done.unwrap();
    }
    let counts = bench.server.counts();
    assert_eq!((counts.refreshed, counts.refused), (1, 0));
}

/// Five processes of four tasks each, all of which find the login ended at once.
async fn processes(bench: &Bench, clock: &SetClock, store: &dyn Fn() -> Arc<dyn KeyValue>) {
    log_in(bench, &keeper(bench, store())).await;
    bench.transport.set_round_trip(Duration::from_millis(300));
    for round in 1..=3 {
        bench.clock.advance(2 * HOUR);
        let keepers: Vec<Keeper> = (0..5).map(|_| keeper(bench, store())).collect();
        let calls = keepers
            .iter()
            .flat_map(|keeper| (0..4).map(|_| call(&bench.client, keeper)));
        for done in clock.drive(join_all(calls)).await {
            done.unwrap();
        }
        let counts = bench.server.counts();
        assert_eq!((counts.refreshed, counts.refused), (round, 0));
    }
}

#[tokio::test]
async fn processes_that_share_a_store_renew_once_between_them() {
    let bench = Bench::new(server());
    let store = memory();
    processes(&bench, &bench.clock.clone(), &|| store.clone()).await;
}

#[tokio::test]
async fn processes_that_share_a_file_renew_once_between_them() {
    let folder = std::env::temp_dir().join(format!("sociable-oauth-{}", std::process::id()));
    let file = folder.join("shop.tokens");
    let bench = Bench::new(server());
    // Files are out of the clock's sight.
    let clock = bench.clock.clone().with_grace(Duration::from_millis(20));
    processes(&bench, &clock, &|| Arc::new(FileStore::new(&file))).await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_renewal_whose_request_was_lost_goes_well_the_second_time() {
    let bench = Bench::new(server());
    let keeper = keeper(&bench, memory());
    log_in(&bench, &keeper).await;
    bench.clock.advance(2 * HOUR);
    bench
        .transport
        .disturb_path("token", Disturbance::LoseRequest);
    bench
        .clock
        .drive(call(&bench.client, &keeper))
        .await
        .unwrap();
    assert_eq!(bench.server.counts().refreshed, 1);
}

#[tokio::test]
async fn a_renewal_whose_answer_was_lost_asks_for_a_new_login_and_does_not_ask_the_network_again() {
    let bench = Bench::new(server());
    let keeper = keeper(&bench, memory());
    log_in(&bench, &keeper).await;
    bench.clock.advance(2 * HOUR);
    bench
        .transport
        .disturb_path("token", Disturbance::LoseAnswer);
    for _ in 0..3 {
        let error = bench
            .clock
            .drive(call(&bench.client, &keeper))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unauthorized);
        assert!(error.message().contains("log in again"), "{error}");
        let counts = bench.server.counts();
        assert_eq!((counts.refreshed, counts.refused), (1, 1));
    }
    log_in(&bench, &keeper).await;
    call(&bench.client, &keeper).await.unwrap();
}

#[tokio::test]
async fn a_passing_trouble_costs_no_call_while_the_old_token_is_good() {
    let bench = Bench::new(server());
    let keeper = keeper(&bench, memory());
    log_in(&bench, &keeper).await;
    bench.clock.advance(HOUR - Duration::from_secs(100));
    for _ in 0..30 {
        bench
            .transport
            .disturb_path("token", Disturbance::StatusInstead(503));
    }
    bench
        .clock
        .drive(call(&bench.client, &keeper))
        .await
        .unwrap();
    let left = bench.transport.disturbances_left();
    bench
        .clock
        .drive(call(&bench.client, &keeper))
        .await
        .unwrap();
    assert_eq!(
        bench.transport.disturbances_left(),
        left,
        "it rests a while"
    );
    bench.clock.advance(Duration::from_secs(16));
    bench.transport.calm();
    call(&bench.client, &keeper).await.unwrap();
    assert_eq!(bench.server.counts().refreshed, 1);

    bench.clock.advance(2 * HOUR);
    for _ in 0..30 {
        bench
            .transport
            .disturb_path("token", Disturbance::StatusInstead(503));
    }
    let error = bench
        .clock
        .drive(call(&bench.client, &keeper))
        .await
        .unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::Unavailable,
        "it has ended: {error}"
    );
}

#[tokio::test]
async fn a_login_that_was_revoked_asks_for_a_new_one() {
    let bench = Bench::new(server());
    let keeper = keeper(&bench, memory());
    log_in(&bench, &keeper).await;
    bench.server.revoke();
    let error = call(&bench.client, &keeper).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert_eq!(error.code(), Some("invalid_grant"));
}

/// A store whose writes of tokens fail when it is told so.
#[derive(Debug)]
struct Fragile {
    inner: Arc<MemoryStore>,
    broken: AtomicBool,
}

#[async_trait]
impl KeyValue for Fragile {
    async fn get(&self, key: &str) -> Result<Option<Versioned>> {
        self.inner.get(key).await
    }

    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>> {
        if key == KEY && self.broken.load(Ordering::SeqCst) {
            return Err(Error::config("the disk is full: make room"));
        }
        self.inner.put(key, value, expected).await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.inner.remove(key).await
    }
}

/// A login that has ended, in a store that takes no tokens any more, and what lies beneath that store.
async fn soon_broken(bench: &Bench) -> (Arc<MemoryStore>, Arc<Fragile>, Keeper) {
    let store = memory();
    let fragile = Arc::new(Fragile {
        inner: store.clone(),
        broken: AtomicBool::new(false),
    });
    let first = keeper(bench, fragile.clone());
    log_in(bench, &first).await;
    bench.clock.advance(2 * HOUR);
    fragile.broken.store(true, Ordering::SeqCst);
    (store, fragile, first)
}

#[tokio::test]
async fn a_login_that_could_not_be_stored_is_stored_by_the_next_call() {
    let bench = Bench::new(server());
    let (_, fragile, keeper) = soon_broken(&bench).await;
    let begun = keeper.begin().await.unwrap();
    let error = keeper.finish(&bench.consented(&begun)).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    fragile.broken.store(false, Ordering::SeqCst);
    call(&bench.client, &keeper).await.unwrap();
    assert_eq!(bench.server.counts().refreshed, 0);
}

#[tokio::test]
async fn a_new_login_waits_for_a_process_that_renews_the_old_one() {
    let bench = Bench::new(server());
    let store = memory();
    let running = keeper(&bench, store.clone());
    log_in(&bench, &running).await;
    bench.clock.advance(2 * HOUR);
    bench
        .transport
        .disturb_path("token", Disturbance::Delay(Duration::from_secs(20)));
    let begun = keeper(&bench, store.clone()).begin().await.unwrap();
    let back = bench.consented(&begun);
    let other = keeper(&bench, store.clone());
    let both = futures_util::future::join(call(&bench.client, &running), other.finish(&back));
    let (called, finished) = bench.clock.drive(both).await;
    called.unwrap();
    let newest = finished.unwrap().tokens.access_token.clone();
    let stored = keeper(&bench, store).fresh().await.unwrap();
    assert_eq!(stored.tokens.access_token, newest);
}

#[tokio::test]
async fn a_crash_between_renewal_and_saving_ends_in_a_clear_word() {
    let bench = Bench::new(server());
    let (store, _, first) = soon_broken(&bench).await;
    let error = call(&bench.client, &first).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    assert_eq!(bench.server.counts().refreshed, 1);
    drop(first);

    // The next run waits until the first is certainly gone, then tries what there is.
    let crashed = bench.clock.now();
    let second = keeper(&bench, store.clone());
    let error = bench
        .clock
        .drive(call(&bench.client, &second))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert!(error.message().contains("log in again"), "{error}");
    assert!(bench.clock.now() >= crashed + SignedDuration::from_secs(60));
    log_in(&bench, &second).await;
    call(&bench.client, &second).await.unwrap();
}

#[tokio::test]
async fn tokens_that_could_not_be_stored_are_stored_by_the_next_call_and_no_other_process_burns_them()
 {
    let bench = Bench::new(server());
    let (store, fragile, first) = soon_broken(&bench).await;
    call(&bench.client, &first).await.unwrap_err();

    let second = keeper(&bench, store.clone());
    let (client, other) = (bench.client.clone(), second.clone());
    let waiting = tokio::spawn(async move { call(&client, &other).await });
    let mended = async {
        let soon = bench.clock.now() + SignedDuration::from_secs(5);
        bench.clock.sleep_until(soon).await;
        fragile.broken.store(false, Ordering::SeqCst);
        call(&bench.client, &first).await.unwrap();
        waiting.await.unwrap().unwrap();
    };
    bench.clock.drive(mended).await;
    let counts = bench.server.counts();
    assert_eq!((counts.refreshed, counts.refused), (1, 0));
}

#[tokio::test]
async fn a_process_that_died_while_renewing_is_waited_for_and_then_replaced() {
    let bench = Bench::new(server());
    let store = memory();
    let keeper = keeper(&bench, store.clone());
    log_in(&bench, &keeper).await;
    bench.clock.advance(2 * HOUR);
    let began = bench.clock.now();
    for (ahead, waited) in [(45, 45), (0, 0), (3600, 0)] {
        let lease = store.get("demo:shop lease").await.unwrap().unwrap();
        let until = bench.clock.now() + SignedDuration::from_secs(ahead);
        let text = format!(r#"{{"until":"{until}"}}"#);
        let put = store.put("demo:shop lease", &text, Some(lease.version));
        assert!(put.await.unwrap().is_some());
        let before = bench.clock.now();
        bench
            .clock
            .drive(call(&bench.client, &keeper))
            .await
            .unwrap();
        let passed = before.duration_until(bench.clock.now()).as_secs();
        assert_eq!(passed, waited, "of {ahead}");
        bench.clock.advance(2 * HOUR);
    }
    assert!(bench.clock.now() > began);
    assert_eq!(bench.server.counts().refreshed, 3);
}

#[tokio::test]
async fn nobody_waits_for_another_process_longer_than_the_client_may() {
    let bench = Bench::new(server());
    let hasty = Client::builder()
        .transport(bench.transport.clone())
        .clock(Arc::new(bench.clock.clone()))
        .max_wait(Duration::from_secs(2))
        .build()
        .unwrap();
    let store = memory();
    let oauth = sociable::oauth::OAuth::new(provider(), &hasty).unwrap();
    let keeper = Keeper::new(oauth, store.clone(), KEY, None);
    log_in(&bench, &keeper).await;
    bench.clock.advance(2 * HOUR);
    let until = bench.clock.now() + SignedDuration::from_secs(50);
    let lease = store.get("demo:shop lease").await.unwrap().unwrap();
    let text = format!(r#"{{"until":"{until}"}}"#);
    let put = store.put("demo:shop lease", &text, Some(lease.version));
    assert!(put.await.unwrap().is_some());
    let began = bench.clock.now();
    let error = bench.clock.drive(call(&hasty, &keeper)).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unavailable);
    assert_eq!(error.retry_at(), Some(until));
    assert_eq!(began.duration_until(bench.clock.now()).as_secs(), 2);
    bench.clock.set(until);
    call(&hasty, &keeper).await.unwrap();
}

#[tokio::test]
async fn a_renewal_that_takes_too_long_gives_its_place_back() {
    let bench = Bench::new(server());
    let keeper = keeper(&bench, memory());
    log_in(&bench, &keeper).await;
    bench.clock.advance(2 * HOUR);
    for _ in 0..20 {
        bench.transport.disturb_path("token", Disturbance::Hang);
    }
    let began = bench.clock.now();
    let error = bench
        .clock
        .drive(call(&bench.client, &keeper))
        .await
        .unwrap_err();
    assert!(began.duration_until(bench.clock.now()).as_secs() <= 50);
    assert!(error.message().contains("try again"), "{error}");
}

#[tokio::test]
async fn a_login_is_begun_in_one_run_and_finished_in_another() {
    let bench = Bench::new(server());
    let store = memory();
    let begun = keeper(&bench, store.clone()).begin().await.unwrap();
    let back = bench.consented(&begun);
    let second = keeper(&bench, store.clone());
    let forged = format!("{BACK}?code=c&state=forged");
    let error = second.finish(&forged).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)));
    let held = second.finish(&back).await.unwrap();
    assert_eq!(held.tokens.scopes, ["read", "write"]);
    let error = second.finish(&back).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert!(error.message().contains("begin one"), "{error}");
    call(&bench.client, &keeper(&bench, store)).await.unwrap();
}

#[tokio::test]
async fn a_refused_login_cannot_be_finished_and_leaves_the_old_one() {
    let bench = Bench::new(server());
    let keeper = keeper(&bench, memory());
    log_in(&bench, &keeper).await;
    let begun = keeper.begin().await.unwrap();
    bench.server.deny();
    let back = bench.consented(&begun);
    for _ in 0..2 {
        let error = keeper.finish(&back).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    }
    call(&bench.client, &keeper).await.unwrap();
}

#[tokio::test]
async fn a_new_login_reaches_processes_that_run_on_with_the_old_one() {
    let bench = Bench::new(server());
    let store = memory();
    let running = keeper(&bench, store.clone());
    log_in(&bench, &running).await;
    call(&bench.client, &running).await.unwrap();
    bench.server.revoke();
    call(&bench.client, &running).await.unwrap_err();
    log_in(&bench, &keeper(&bench, store)).await;
    call(&bench.client, &running).await.unwrap();
    assert_eq!(bench.server.counts().refreshed, 0);
}

#[tokio::test]
async fn what_the_store_holds_wins_over_what_was_given() {
    let bench = Bench::new(server());
    let store = memory();
    let given = bench.logged_in(&bench.oauth(provider())).await;
    let refresh = given.refresh_token.clone().unwrap();
    let make = || {
        let given = Session::renewable(refresh.clone());
        Keeper::new(bench.oauth(provider()), store.clone(), KEY, Some(given))
    };
    // A refresh token alone gets an access token with the first call, and is used up by that.
    call(&bench.client, &make()).await.unwrap();
    call(&bench.client, &make()).await.unwrap();
    let counts = bench.server.counts();
    assert_eq!((counts.refreshed, counts.refused), (1, 0));
}

#[tokio::test]
async fn without_a_login_nothing_is_sent() {
    let bench = Bench::new(server());
    let keeper = keeper(&bench, memory());
    let error = call(&bench.client, &keeper).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert!(error.message().contains("log in first"), "{error}");
    assert_eq!(keeper.peek(), None);
    log_in(&bench, &keeper).await;
    keeper.forget().await.unwrap();
    let said = bench.said.all();
    call(&bench.client, &keeper).await.unwrap_err();
    assert_eq!(bench.said.all(), said);
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_is_used_to_its_end() {
    let bench = Bench::new(server());
    let mut session = bench.logged_in(&bench.oauth(provider())).await;
    session.refresh_token = None;
    let keeper = Keeper::new(bench.oauth(provider()), memory(), KEY, Some(session));
    bench.clock.advance(HOUR - Duration::from_secs(1));
    call(&bench.client, &keeper).await.unwrap();
    bench.clock.advance(Duration::from_secs(1));
    let error = call(&bench.client, &keeper).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert!(error.message().contains("log in again"), "{error}");
}

#[tokio::test]
async fn no_token_stands_in_what_is_shown_of_a_keeper() {
    let bench = Bench::new(server());
    let keeper = keeper(&bench, memory());
    log_in(&bench, &keeper).await;
    bench.clock.advance(2 * HOUR);
    call(&bench.client, &keeper).await.unwrap();
    let held = keeper.fresh().await.unwrap();
    let shown = format!(
        "{keeper:?} {held:?} {:?} {}",
        keeper.peek(),
        bench.said.all()
    );
    for secret in bench.server.secrets() {
        assert!(!shown.contains(&secret), "{secret} in {shown}");
    }
}

#[test]
fn the_registry_tells_how_an_account_logs_in() {
    let bench = Bench::new(server());
    let mut registry = Registry::default();
    let unused = |config: &AccountConfig, _: &Client| Err(config.error("name", "not in this test"));
    registry.register("demo", unused).register("plain", unused);
    registry.offer_oauth("demo", |config, client| {
        let oauth = sociable::oauth::OAuth::new(
            provider().client_id(config.required("client_id")?),
            client,
        )?;
        let store = config.required_token_store()?;
        Ok(Keeper::new(
            oauth,
            store,
            format!("demo:{}", config.name),
            None,
        ))
    });
    let account = |network| AccountConfig::new("shop", network).set("client_id", "app-1");
    let stored = account("demo").token_store("shop.tokens");
    let keeper = registry.oauth(&stored, &bench.client).unwrap().unwrap();
    assert_eq!(keeper.oauth().provider().client_id, "app-1");
    let error = registry.oauth(&account("demo"), &bench.client).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    assert!(
        error.message().contains(r#"token_store = "shop.tokens""#),
        "{error}"
    );
    assert!(
        registry
            .oauth(&account("plain"), &bench.client)
            .unwrap()
            .is_none()
    );
    let error = registry
        .oauth(&account("nowhere"), &bench.client)
        .unwrap_err();
    assert!(error.message().contains("there is no network"), "{error}");
}

#[test]
fn a_profile_tells_what_a_session_tells() {
    let ends = Timestamp::from_second(1_800_000_000).unwrap();
    let session = Session::new("t").scopes(["wall"]).expires_at(ends);
    let status = LoginStatus::oauth("VK ID", &session);
    assert_eq!(
        (status.kind.as_str(), status.expires_at),
        ("VK ID", Some(ends))
    );
    assert_eq!(status.scopes, ["wall"]);
}
