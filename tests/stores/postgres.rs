//! The suite on PostgreSQL, over two connections, and what only a server can do wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sociable::store::tokio_postgres::{self, Client, NoTls};
use sociable::store::{JobChange, JobQuery, KeyValue, LeaseChange, PostgresStore, Queue};
use sociable::{ErrorKind, Retry};

use crate::postgres_proxy::{Cut, Proxy};
use crate::suite::{Pair, at, ids, job, take};

/// The server's address, or `None` after a line that says that it was passed over.
fn server() -> Option<String> {
    const VARIABLE: &str = "SOCIABLE_POSTGRES_URL";
    let url = std::env::var(VARIABLE).ok();
    if url.is_none() {
        let in_ci = std::env::var_os("CI").is_some_and(|v| !v.is_empty() && v != "false");
        assert!(!in_ci, "CI is set, but {VARIABLE} names no server");
        println!("passed over: stores on PostgreSQL ({VARIABLE} names no server)");
    }
    url
}

/// A schema of a test, dropped at its end.
struct Schema {
    url: String,
    name: String,
}

impl Schema {
    fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let url = server()?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{count}", std::process::id());
        Some(Self { url, name })
    }

    async fn store(&self) -> PostgresStore {
        self.store_at(&self.url).await
    }

    async fn store_at(&self, url: &str) -> PostgresStore {
        let builder = PostgresStore::builder(url).schema(&self.name);
        builder.connect().await.unwrap()
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let sql = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name);
        let url = self.url.clone();
        let drop = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async { client(&url).await.batch_execute(&sql).await.unwrap() });
        });
        // A panic in a drop would hide the test's own.
        let _ = drop.join();
    }
}

/// A connection beside the store's.
async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn fresh(_: &str) -> Option<Pair> {
    let schema = Schema::new()?;
    Some(Pair {
        one: Arc::new(schema.store().await),
        other: Arc::new(schema.store().await),
        keeps_nul: false,
        place: Box::new(schema),
    })
}

prove! { fresh }

/// The answer is lost, or the request; the server sees it at once, or believes that the session lives on.
#[tokio::test]
async fn a_lost_connection_changes_no_answer() {
    let Some(schema) = Schema::new() else { return };
    for cut in [Cut::BeforeTheServer, Cut::AfterTheServer, Cut::HalfOpen] {
        let proxy = Proxy::new(&schema.url).await;
        let store = schema.store_at(&proxy.url).await;
        let calm = schema.store().await;
        let name = format!("{cut:?}");

        proxy.cut(cut);
        let first = store.put(&name, "first", None).await.unwrap().unwrap();
        assert_eq!(
            calm.get(&name).await.unwrap().unwrap().version,
            first,
            "{cut:?}"
        );
        proxy.cut(cut);
        let second = store.put(&name, "second", Some(first)).await.unwrap();
        assert!(second > Some(first), "{cut:?}");
        proxy.cut(cut);
        assert_eq!(store.put(&name, "no", Some(first)).await.unwrap(), None);
        proxy.cut(cut);
        let found = store.get(&name).await.unwrap().unwrap();
        assert_eq!(
            (found.value.as_str(), Some(found.version)),
            ("second", second)
        );
        proxy.cut(cut);
        assert_eq!(store.list(&name, None, 9).await.unwrap().len(), 1);
        proxy.cut(cut);
        store.remove(&name).await.unwrap();
        assert_eq!(calm.get(&name).await.unwrap(), None);

        proxy.cut(cut);
        assert!(store.add(&job("a", 0)).await.unwrap(), "{cut:?}");
        assert!(store.add(&job("b", 0)).await.unwrap());
        assert!(store.add(&job("c", 1)).await.unwrap());
        proxy.cut(cut);
        assert!(!store.add(&job("a", 9)).await.unwrap(), "{cut:?}");
        proxy.cut(cut);
        let leased = store.lease(&take("w", 0, 5)).await.unwrap();
        assert_eq!(ids(&leased), ["a", "b"], "{cut:?}");
        assert_eq!(calm.jobs(&JobQuery::new(2)).await.unwrap(), leased);
        proxy.cut(cut);
        assert!(store.lease(&take("w", 0, 5)).await.unwrap().is_empty());
        proxy.cut(cut);
        let change = JobChange::new(&leased[0], "done", None).lease(LeaseChange::Release);
        let changed = store.change(&change).await.unwrap();
        assert_eq!(calm.job("a").await.unwrap().map(|job| job.version), changed);
        proxy.cut(cut);
        assert_eq!(store.next_due(&[]).await.unwrap(), Some(at(1)));
        for id in ["a", "b", "c"] {
            proxy.cut(cut);
            store.discard(id).await.unwrap();
        }
        assert!(calm.jobs(&JobQuery::new(9)).await.unwrap().is_empty());
    }
}

/// A job whose addition was not answered is not added a second time after another did and discarded it.
#[tokio::test]
async fn a_write_that_was_made_is_not_made_again() {
    let Some(schema) = Schema::new() else { return };
    let proxy = Proxy::new(&schema.url).await;
    let (store, worker) = (schema.store_at(&proxy.url).await, schema.store().await);
    proxy.cut(Cut::AfterTheServer);
    proxy.hold();
    let (added, ()) = tokio::join!(async { store.add(&job("a", 0)).await }, async {
        // Meanwhile the worker does it, and clears it away.
        while worker.lease(&take("w", 0, 1)).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        worker.discard("a").await.unwrap();
        proxy.go_on();
    });
    assert!(added.unwrap());
    assert_eq!(worker.job("a").await.unwrap(), None);
}

#[tokio::test]
async fn a_server_that_stays_away_leaves_reads_failed_and_writes_unconfirmed() {
    let Some(schema) = Schema::new() else { return };
    let proxy = Proxy::new(&schema.url).await;
    let store = schema.store_at(&proxy.url).await;
    proxy.cut(Cut::AfterTheServer);
    proxy.refuse();
    let error = store.put("key", "value", None).await.unwrap_err();
    assert!(error.is_unconfirmed(), "{error:?}");
    assert!(
        error.message().contains("read before you write again"),
        "{error}"
    );
    // Now nothing is sent any more.
    for error in [
        store.put("other", "value", None).await.unwrap_err(),
        store.get("key").await.unwrap_err(),
    ] {
        assert_eq!(*error.kind(), ErrorKind::Transport, "{error}");
        assert_eq!(error.retry(), Retry::Later);
    }
    proxy.accept();
    assert_eq!(store.get("key").await.unwrap().unwrap().value, "value");
    assert_eq!(store.get("other").await.unwrap(), None);
    assert!(store.put("other", "value", None).await.unwrap().is_some());
}

#[tokio::test]
async fn a_session_that_the_server_ended_is_made_anew() {
    let Some(schema) = Schema::new() else { return };
    let url = format!("{}?application_name={}", schema.url, schema.name);
    let store = schema.store_at(&url).await;
    let admin = client(&schema.url).await;
    let ended =
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1";
    for number in 0..3 {
        assert_eq!(admin.query(ended, &[&schema.name]).await.unwrap().len(), 1);
        let key = number.to_string();
        assert!(store.put(&key, "value", None).await.unwrap().is_some());
        assert_eq!(admin.query(ended, &[&schema.name]).await.unwrap().len(), 1);
        assert!(store.get(&key).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_dropped_store_leaves_no_session_behind() {
    let Some(schema) = Schema::new() else { return };
    let url = format!("{}?application_name={}", schema.url, schema.name);
    let store = schema.store_at(&url).await;
    let clone = store.clone();
    let admin = client(&schema.url).await;
    let count = async || {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1";
        admin
            .query_one(sql, &[&schema.name])
            .await
            .unwrap()
            .get::<_, i64>(0)
    };
    drop(store);
    clone.put("key", "value", None).await.unwrap();
    assert_eq!(count().await, 1);
    drop(clone);
    // The server ends it when it sees that it is gone.
    for _ in 0..10_000 {
        if count().await == 0 {
            return;
        }
    }
    panic!("the session is still there");
}

/// A job that somebody has locked is passed over, and nobody waits for it.
#[tokio::test]
async fn a_locked_job_makes_nobody_wait() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.store().await;
    store.add(&job("a", 0)).await.unwrap();
    store.add(&job("b", 1)).await.unwrap();
    let mut admin = client(&schema.url).await;
    let lock = admin.transaction().await.unwrap();
    let sql = format!(
        "SELECT FROM {}.sociable_jobs WHERE id = 'a' FOR UPDATE",
        schema.name
    );
    lock.batch_execute(&sql).await.unwrap();
    assert_eq!(ids(&store.lease(&take("w", 5, 1)).await.unwrap()), ["b"]);
    lock.rollback().await.unwrap();
    assert_eq!(ids(&store.lease(&take("w", 5, 1)).await.unwrap()), ["a"]);
}

#[tokio::test]
async fn no_password_is_shown() {
    let Some(url) = server() else { return };
    let secret = "hunter2-secret";
    let mut wrong = url::Url::parse(&url).unwrap();
    wrong.set_password(Some(secret)).unwrap();
    let mut addresses = vec![wrong.to_string()];
    wrong.set_port(Some(1)).unwrap();
    addresses.push(wrong.to_string());
    addresses.push(format!("postgres://me:{secret}@[::/db"));
    addresses.push(secret.to_owned());
    addresses.push(format!("host=localhost pasword={secret}"));
    addresses.push(format!(
        "postgres://me:{secret}@127.0.0.1:1/db?sslmode=require"
    ));
    for address in addresses {
        let builder = PostgresStore::builder(&address);
        assert!(!format!("{builder:?}").contains(secret));
        let error = builder.connect().await.unwrap_err();
        let kinds = [ErrorKind::Config, ErrorKind::Transport];
        assert!(kinds.contains(error.kind()), "{error:?}");
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }
    wrong = url::Url::parse(&url).unwrap();
    wrong.set_password(Some(secret)).unwrap();
    let error = PostgresStore::connect(wrong.as_str()).await.unwrap_err();
    assert!(error.message().contains("check user, password"), "{error}");
    let schema = Schema::new().unwrap();
    let shown = format!("{:?}", schema.store().await);
    let password = url::Url::parse(&url)
        .unwrap()
        .password()
        .unwrap()
        .to_owned();
    assert!(
        shown.contains("127.0.0.1") && !shown.contains(&password),
        "{shown}"
    );
}

#[tokio::test]
async fn stores_of_several_names_are_several_stores() {
    let Some(schema) = Schema::new() else { return };
    let one = schema.store().await;
    let builder = PostgresStore::builder(&schema.url).schema(&schema.name);
    let other = builder.clone().prefix("plan_2_").connect().await.unwrap();
    one.put("key", "value", None).await.unwrap().unwrap();
    assert_eq!(other.get("key").await.unwrap(), None);
    assert!(other.put("key", "value", None).await.unwrap().is_some());
    for name in [
        "",
        "Plan",
        "a-b",
        "a\"b",
        "1a",
        "я",
        "a'; DROP TABLE x; --",
        &"a".repeat(41),
    ] {
        for builder in [builder.clone().prefix(name), builder.clone().schema(name)] {
            let error = builder.connect().await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Config, "{name:?}: {error}");
        }
    }
}

#[tokio::test]
async fn tables_of_a_newer_version_or_of_others_are_left_alone() {
    let Some(schema) = Schema::new() else { return };
    schema
        .store()
        .await
        .put("key", "value", None)
        .await
        .unwrap();
    let admin = client(&schema.url).await;
    let name = &schema.name;
    let cases = [
        (
            format!("UPDATE {name}.sociable_form SET form = 2"),
            "newer version",
        ),
        (
            format!("DELETE FROM {name}.sociable_form"),
            "another program",
        ),
        (
            format!("ALTER TABLE {name}.sociable_form RENAME form TO other"),
            "",
        ),
    ];
    for (sql, wanted) in cases {
        admin.batch_execute(&sql).await.unwrap();
        let builder = PostgresStore::builder(&schema.url).schema(name);
        let error = builder.connect().await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Config, "{error}");
        assert!(error.message().contains(wanted), "{error}");
    }
    let sql = format!("SELECT value FROM {name}.sociable_kept");
    let kept: String = admin.query_one(&sql, &[]).await.unwrap().get(0);
    assert_eq!(kept, "value");
}

#[tokio::test]
async fn many_who_connect_first_make_one_store() {
    let Some(schema) = Schema::new() else { return };
    let stores = futures_util::future::join_all((0..6).map(|_| schema.store())).await;
    for (number, store) in stores.iter().enumerate() {
        store
            .put(&number.to_string(), "value", None)
            .await
            .unwrap()
            .unwrap();
    }
    assert_eq!(stores[0].list("", None, 9).await.unwrap().len(), 6);
}

#[tokio::test]
async fn a_name_that_is_too_long_for_an_index_is_refused() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.store().await;
    // What compresses well fits all the same.
    let mut state = 1_u64;
    let long: String = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'!' + ((state >> 33) % 90) as u8)
    })
    .take(9000)
    .collect();
    let error = store.put(&long, "value", None).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error:?}");
    let error = store.add(&job(&long, 0)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error:?}");
    assert!(store.put("key", &long, None).await.unwrap().is_some());
}
