//! The suite on a store in memory; and listing in a file of tokens, which keeps no work.

use std::sync::Arc;

use sociable::store::{FileStore, KeyValue, MemoryStore};
use sociable::{ErrorKind, Retry};

use crate::suite::{Pair, Store};

async fn fresh(_: &str) -> Option<Pair> {
    let one: Store = Arc::new(MemoryStore::new());
    let other = Arc::clone(&one);
    Some(Pair {
        one,
        other,
        keeps_nul: true,
        place: Box::new(()),
    })
}

prove! { fresh }

#[tokio::test]
async fn a_file_of_tokens_is_listed_too() {
    let folder = std::env::temp_dir().join(format!("sociable-tokens-{}", std::process::id()));
    let store = FileStore::new(folder.join("tokens"));
    assert!(store.list("", None, 9).await.unwrap().is_empty());
    for key in ["b", "a/2", "a/1", "a/10", "a"] {
        store.put(key, key, None).await.unwrap().unwrap();
    }
    let list = async |prefix, after, limit| {
        let listed = store.list(prefix, after, limit).await.unwrap();
        let keys = listed.into_iter().map(|(key, value)| {
            assert_eq!(key, value.value);
            key
        });
        keys.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(list("", None, 9).await, "a a/1 a/10 a/2 b");
    assert_eq!(list("a/", None, 2).await, "a/1 a/10");
    assert_eq!(list("a/", Some("a/1"), 9).await, "a/10 a/2");
    assert_eq!(list("a/", Some("b"), 9).await, "");
    std::fs::remove_dir_all(folder).unwrap();
}

/// The memory of a process stands where a file may be, and its beginning cannot be read: as on a disk that fails.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_of_tokens_that_cannot_be_read_now_is_tried_again_and_a_wrong_path_is_not() {
    let failing = FileStore::new("/proc/self/mem");
    let error = failing.get("key").await.unwrap_err();
    let told = (error.kind(), error.retry());
    assert_eq!(told, (&ErrorKind::Unavailable, Retry::Later), "{error}");
    assert!(error.message().contains("try again"), "{error}");
    for path in [
        std::env::temp_dir(),
        "/proc/self/mem/tokens".into(),
        "/proc/tokens".into(),
    ] {
        let wrong = FileStore::new(&path);
        let error = wrong.put("key", "value", None).await.unwrap_err();
        let told = (error.kind(), error.retry());
        assert_eq!(told, (&ErrorKind::Config, Retry::Never), "{error}");
        assert!(error.message().contains("check the path"), "{error}");
    }
}
