//! Tokens: one refresh at a time, stored before they are used, never lost.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sociable::client::{Held, Login, TokenKeeper};
use sociable::store::{FileStore, KeyValue, MemoryStore, Versioned};
use sociable::{Error, ErrorKind, Result, async_trait};
use tokio::sync::Notify;

type Keeper = Arc<TokenKeeper<String>>;

async fn logged_in(keeper: &Keeper) -> Arc<Held<String>> {
    keeper
        .current(|| async { Ok("first".to_owned()) })
        .await
        .unwrap()
}

#[tokio::test]
async fn many_callers_with_one_stale_token_refresh_it_once() {
    let keeper: Keeper = TokenKeeper::new(Arc::new(MemoryStore::new()), "shop");
    let stale = logged_in(&keeper).await.login;
    let refreshes = Arc::new(AtomicUsize::new(0));
    let calls = (0..16).map(|_| {
        let (keeper, refreshes) = (Arc::clone(&keeper), Arc::clone(&refreshes));
        tokio::spawn(async move {
            keeper
                .renew(stale, move |old| async move {
                    refreshes.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    Ok(format!("{old}, renewed"))
                })
                .await
        })
    });
    for held in futures_util::future::join_all(calls).await {
        assert_eq!(held.unwrap().unwrap().tokens, "first, renewed");
    }
    assert_eq!(refreshes.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_refresh_whose_caller_goes_away_is_kept() {
    let store = Arc::new(MemoryStore::new());
    let keeper: Keeper = TokenKeeper::new(store.clone(), "shop");
    let stale = logged_in(&keeper).await.login;
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let caller = {
        let (keeper, begun, go) = (Arc::clone(&keeper), Arc::clone(&begun), Arc::clone(&go));
        tokio::spawn(async move {
            keeper
                .renew(stale, move |_| async move {
                    begun.notify_one();
                    go.notified().await;
                    Ok("second".to_owned())
                })
                .await
        })
    };
    begun.notified().await;
    caller.abort();
    go.notify_one();
    let held = keeper
        .renew(stale, |_| async { Ok("burnt".to_owned()) })
        .await
        .unwrap();
    assert_eq!(held.tokens, "second");
    assert!(
        store
            .get("shop")
            .await
            .unwrap()
            .unwrap()
            .value
            .contains("second")
    );
}

/// A store that fails when it is told to.
#[derive(Debug, Default)]
struct Fragile {
    inner: MemoryStore,
    broken: AtomicBool,
    /// How many writes somebody else is faster at.
    outrun: AtomicUsize,
    /// Whether reading fails once somebody else was faster.
    unreadable: AtomicBool,
}

#[async_trait]
impl KeyValue for Fragile {
    async fn get(&self, key: &str) -> Result<Option<Versioned>> {
        if self.outrun.load(Ordering::SeqCst) == 0 && self.unreadable.swap(false, Ordering::SeqCst)
        {
            return Err(Error::config("the disk does not answer: look after it"));
        }
        self.inner.get(key).await
    }

    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(Error::config("the disk is full: make room"));
        }
        let outrun = |n: usize| n.checked_sub(1);
        if self
            .outrun
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, outrun)
            .is_ok()
        {
            return Ok(None);
        }
        self.inner.put(key, value, expected).await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.inner.remove(key).await
    }
}

#[tokio::test]
async fn tokens_that_cannot_be_stored_are_not_used_and_not_lost() {
    let store = Arc::new(Fragile::default());
    let keeper: Keeper = TokenKeeper::new(store.clone(), "shop");
    let stale = logged_in(&keeper).await.login;
    store.broken.store(true, Ordering::SeqCst);
    let error = keeper
        .renew(stale, |_| async { Ok("second".to_owned()) })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    assert_eq!(keeper.peek().unwrap().tokens, "first");
    store.broken.store(false, Ordering::SeqCst);
    let held = keeper
        .renew(stale, |_| async {
            Err(Error::config("the first token is burnt"))
        })
        .await
        .unwrap();
    assert_eq!(held.tokens, "second");
}

#[tokio::test]
async fn tokens_are_not_lost_when_somebody_else_writes_in_between() {
    for (outrun, unreadable) in [(1, true), (2, false), (100, false)] {
        let store = Arc::new(Fragile::default());
        let keeper: Keeper = TokenKeeper::new(store.clone(), "shop");
        let stale = logged_in(&keeper).await.login;
        store.outrun.store(outrun, Ordering::SeqCst);
        store.unreadable.store(unreadable, Ordering::SeqCst);
        // The refresh token that was used is burnt: what this one answers is all there is.
        let first = keeper
            .renew(stale, |_| async { Ok("second".to_owned()) })
            .await;
        store.outrun.store(0, Ordering::SeqCst);
        let held = match first {
            Ok(held) => held,
            Err(_) => keeper
                .renew(stale, |_| async {
                    Err(Error::config("the first token is burnt"))
                })
                .await
                .unwrap(),
        };
        assert_eq!(held.tokens, "second", "{outrun}");
        let stored = store.get("shop").await.unwrap().unwrap();
        assert!(stored.value.contains("second"), "{outrun}");
    }
}

#[tokio::test]
async fn a_refresh_on_its_way_does_not_bring_forgotten_tokens_back() {
    let store = Arc::new(MemoryStore::new());
    let keeper: Keeper = TokenKeeper::new(store.clone(), "shop");
    let stale = logged_in(&keeper).await.login;
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let caller = {
        let (keeper, begun, go) = (Arc::clone(&keeper), Arc::clone(&begun), Arc::clone(&go));
        tokio::spawn(async move {
            keeper
                .renew(stale, move |_| async move {
                    begun.notify_one();
                    go.notified().await;
                    Ok("second".to_owned())
                })
                .await
        })
    };
    begun.notified().await;
    caller.abort();
    assert!(caller.await.is_err());
    go.notify_one();
    keeper.forget().await.unwrap();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert!(store.get("shop").await.unwrap().is_none());
    assert!(keeper.peek().is_none());
}

#[tokio::test]
async fn another_process_that_was_faster_is_believed() {
    let store: Arc<dyn KeyValue> = Arc::new(MemoryStore::new());
    let here: Keeper = TokenKeeper::new(Arc::clone(&store), "shop");
    let stale = logged_in(&here).await.login;
    let there: Keeper = TokenKeeper::new(Arc::clone(&store), "shop");
    let old = there
        .current(|| async { Err(Error::config("the store has tokens already")) })
        .await
        .unwrap();
    there
        .renew(old.login, |_| async { Ok("second".to_owned()) })
        .await
        .unwrap();
    let held = here
        .renew(stale, |_| async { Ok("burnt".to_owned()) })
        .await
        .unwrap();
    assert_eq!(held.tokens, "second");
}

#[tokio::test]
async fn a_refused_refresh_asks_for_a_new_login() {
    let keeper: Keeper = TokenKeeper::new(Arc::new(MemoryStore::new()), "shop");
    let none = keeper
        .renew(Login(7), |_| async { Ok("x".to_owned()) })
        .await
        .unwrap_err();
    assert_eq!(none.kind(), &ErrorKind::Unauthorized);
    let stale = logged_in(&keeper).await.login;
    let refused = |_| async { Err(Error::new(ErrorKind::Unauthorized, "revoked: log in again")) };
    assert_eq!(
        keeper.renew(stale, refused).await.unwrap_err().kind(),
        &ErrorKind::Unauthorized
    );
    assert_eq!(keeper.peek().unwrap().tokens, "first");
}

#[tokio::test]
async fn a_file_of_tokens_is_its_owners_alone_and_outlives_the_program() {
    let folder = std::env::temp_dir().join(format!("sociable-tokens-{}", std::process::id()));
    let path = folder.join("shop.tokens");
    let keeper: Keeper = TokenKeeper::new(Arc::new(FileStore::new(&path)), "shop");
    logged_in(&keeper).await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let again: Keeper = TokenKeeper::new(Arc::new(FileStore::new(&path)), "shop");
    let held = again
        .current(|| async { Err(Error::config("a login for each run")) })
        .await
        .unwrap();
    assert_eq!(held.tokens, "first");
    assert!(!format!("{keeper:?} {held:?}").contains("first"));
    std::fs::write(&path, "{ broken").unwrap();
    let broken: Keeper = TokenKeeper::new(Arc::new(FileStore::new(&path)), "shop");
    let error = broken
        .current(|| async { Ok("overwritten".to_owned()) })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "{ broken");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_value_that_was_removed_and_written_anew_is_not_taken_for_the_old_one() {
    let path = std::env::temp_dir().join(format!("sociable-anew-{}.json", std::process::id()));
    // What a crash left behind is no hindrance, and its rights are not inherited.
    let left = format!("{}.new", path.display());
    std::fs::write(&left, "left behind").unwrap();
    let stores: [Box<dyn KeyValue>; 2] = [
        Box::new(MemoryStore::new()),
        Box::new(FileStore::new(&path)),
    ];
    for store in stores {
        let old = store.put("key", "old", None).await.unwrap();
        store.remove("key").await.unwrap();
        store.put("key", "new", None).await.unwrap().unwrap();
        assert_eq!(store.put("key", "late", old).await.unwrap(), None);
        assert_eq!(store.get("key").await.unwrap().unwrap().value, "new");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for suffix in ["", ".lock"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
}

#[tokio::test]
async fn writers_of_one_file_never_overwrite_one_another() {
    let path = std::env::temp_dir().join(format!("sociable-race-{}.json", std::process::id()));
    let writers = (0..8).map(|i| {
        let store = FileStore::new(&path);
        tokio::spawn(async move {
            loop {
                let old = store.get("count").await.unwrap();
                let count: u32 = old.as_ref().map_or(0, |v| v.value.parse().unwrap());
                let next = (count + 1).to_string();
                if store
                    .put("count", &next, old.map(|v| v.version))
                    .await
                    .unwrap()
                    .is_some()
                {
                    return i;
                }
            }
        })
    });
    futures_util::future::join_all(writers).await;
    assert_eq!(
        FileStore::new(&path)
            .get("count")
            .await
            .unwrap()
            .unwrap()
            .value,
        "8"
    );
    for suffix in ["", ".lock"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
}
