//! Values under keys.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use sociable::ErrorKind;
use sociable::store::JobChange;
use tokio::task::JoinSet;

use crate::suite::{Pair, at, job, take};

pub(crate) async fn a_value_is_written_only_over_the_version_that_was_read(pair: Pair) {
    let Pair { one, other, .. } = pair;
    assert_eq!(one.get("key").await.unwrap(), None);
    assert_eq!(one.put("key", "no", Some(1)).await.unwrap(), None);
    let first = one.put("key", "first", None).await.unwrap().unwrap();
    assert_eq!(other.put("key", "no", None).await.unwrap(), None);
    let second = other.put("key", "second", Some(first)).await.unwrap();
    let second = second.unwrap();
    assert!(second > first);
    for stale in [None, Some(0), Some(first), Some(second + 1), Some(u64::MAX)] {
        assert_eq!(
            one.put("key", "no", stale).await.unwrap(),
            None,
            "{stale:?}"
        );
    }
    let found = one.get("key").await.unwrap().unwrap();
    assert_eq!((found.value.as_str(), found.version), ("second", second));
    assert_eq!(other.get("key").await.unwrap(), Some(found));
    assert_eq!(one.get("ke").await.unwrap(), None);
    assert_eq!(one.get("KEY").await.unwrap(), None);
}

/// Eight tasks add one to a number, 25 times each.
pub(crate) async fn writers_at_once_lose_no_write(pair: Pair) {
    let mut tasks = JoinSet::new();
    for task in 0..8 {
        let store = pair.turn(task);
        tasks.spawn(async move {
            let mut written = 0;
            while written < 25 {
                let found = store.get("sum").await.unwrap();
                let version = found.as_ref().map(|found| found.version);
                let sum: u32 = found.map_or(0, |found| found.value.parse().unwrap());
                let put = store.put("sum", &(sum + 1).to_string(), version).await;
                written += u32::from(put.unwrap().is_some());
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    assert_eq!(pair.one.get("sum").await.unwrap().unwrap().value, "200");
}

pub(crate) async fn no_version_comes_twice(pair: Pair) {
    let mut seen = Vec::new();
    for turn in 0..4 {
        let (store, other) = (pair.turn(turn), pair.turn(turn + 1));
        let put = store.put("key", "value", None).await.unwrap().unwrap();
        let over = other.put("key", "other", Some(put)).await.unwrap();
        store.remove("key").await.unwrap();
        assert!(other.add(&job("job", 0)).await.unwrap());
        let added = store.job("job").await.unwrap().unwrap();
        let leased = other.lease(&take("worker", 0, 1)).await.unwrap();
        let change = JobChange::new(&leased[0], "done", None);
        let changed = store.change(&change).await.unwrap();
        store.discard("job").await.unwrap();
        seen.extend([put, over.unwrap(), added.version]);
        seen.extend([leased[0].version, changed.unwrap()]);
    }
    assert!(seen[0] >= 1);
    assert!(
        seen.is_sorted_by(|before, after| before < after),
        "{seen:?}"
    );
}

pub(crate) async fn keys_are_listed_by_prefix_in_the_order_of_their_bytes(pair: Pair) {
    let keys = [
        "",
        "a",
        "a%",
        "a%b",
        "a_",
        "aXb",
        "a\\",
        "aa",
        "ab",
        "a~",
        "a\u{7f}",
        "aé",
        "aя",
        "a\u{d7ff}",
        "a\u{e000}",
        "a\u{ffff}",
        "a\u{10000}",
        "a\u{10ffff}",
        "a\u{10ffff}z",
        "b",
        "A",
        "Я",
        "case/1",
        "case/10",
        "case/2",
        "case0",
        "case",
        "it's",
        "\"q\"",
        "a b",
        "a\nb",
        "\u{10ffff}",
        "\u{10ffff}\u{10ffff}",
    ];
    for key in keys {
        pair.one.put(key, key, None).await.unwrap().unwrap();
    }
    let sorted: BTreeSet<&str> = keys.into_iter().collect();
    let prefixes = ["%", "_", "case/", "zz", "a\\\\", "aa", "'"];
    for prefix in keys.into_iter().chain(prefixes) {
        let listed = pair.other.list(prefix, None, 100).await.unwrap();
        let found: Vec<&str> = listed.iter().map(|(key, _)| key.as_str()).collect();
        let wanted = sorted.iter().filter(|key| key.starts_with(prefix));
        assert_eq!(found, wanted.copied().collect::<Vec<_>>(), "{prefix:?}");
        for (key, value) in &listed {
            assert_eq!(*key, value.value);
            assert_eq!(pair.one.get(key).await.unwrap().as_ref(), Some(value));
        }
    }
}

pub(crate) async fn keys_are_listed_page_by_page(pair: Pair) {
    for number in 0..25 {
        let key = format!("case/{number:02}");
        pair.one.put(&key, "value", None).await.unwrap().unwrap();
    }
    for key in ["case", "case0", "b", "d"] {
        pair.one.put(key, "value", None).await.unwrap().unwrap();
    }
    let mut found: Vec<String> = Vec::new();
    loop {
        let after = found.last().map(String::as_str);
        let page = pair.other.list("case/", after, 10).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 10);
        found.extend(page.into_iter().map(|(key, _)| key));
    }
    assert_eq!(found.len(), 25);
    assert!(found.is_sorted());
    let list = |after, limit| pair.one.list("case/", after, limit);
    assert!(list(None, 0).await.unwrap().is_empty());
    assert_eq!(list(None, u32::MAX).await.unwrap().len(), 25);
    // What is before, beside, in and behind the keys of the prefix.
    for (after, left) in [
        ("", 25),
        ("case", 25),
        ("case/", 25),
        ("case/10x", 14),
        ("case/24", 0),
        ("d", 0),
    ] {
        assert_eq!(list(Some(after), 99).await.unwrap().len(), left, "{after}");
    }
}

pub(crate) async fn first_lines_are_listed_without_the_rest(pair: Pair) {
    // More than fits on one page of any engine.
    let long = "строка\n".repeat(5_000);
    let values = [
        ("a", "", ""),
        ("b", "one", "one"),
        ("c", "one\ntwo\nthree", "one"),
        ("d", "\ntwo", ""),
        ("e", "one\n", "one"),
        ("f", "ends\r\ntwo", "ends\r"),
        ("g", long.as_str(), "строка"),
    ];
    for (key, value, _) in values {
        let key = format!("case/{key}");
        pair.one.put(&key, value, None).await.unwrap().unwrap();
    }
    let whole = pair.other.list("case/", None, 100).await.unwrap();
    let heads = pair.other.list_heads("case/", None, 100).await.unwrap();
    assert_eq!(heads.len(), values.len());
    for ((whole, head), (_, value, first)) in whole.iter().zip(&heads).zip(values) {
        assert_eq!(
            (whole.0.as_str(), whole.1.value.as_str()),
            (head.0.as_str(), value)
        );
        assert_eq!(
            (head.1.value.as_str(), head.1.version),
            (first, whole.1.version)
        );
    }
    let page = pair
        .one
        .list_heads("case/", Some("case/b"), 2)
        .await
        .unwrap();
    assert_eq!(page, heads[2..4]);
}

pub(crate) async fn what_is_removed_is_gone_and_can_be_written_anew(pair: Pair) {
    let Pair { one, other, .. } = pair;
    one.remove("key").await.unwrap();
    let old = one.put("key", "old", None).await.unwrap();
    other.remove("key").await.unwrap();
    other.remove("key").await.unwrap();
    assert_eq!(one.get("key").await.unwrap(), None);
    assert_eq!(one.put("key", "late", old).await.unwrap(), None);
    let new = other.put("key", "new", None).await.unwrap();
    assert!(new > old);
    assert_eq!(one.put("key", "late", old).await.unwrap(), None);
    assert_eq!(one.get("key").await.unwrap().unwrap().value, "new");
}

pub(crate) async fn texts_come_back_as_they_were(pair: Pair) {
    let Pair {
        one,
        other,
        keeps_nul,
        place: _place,
    } = pair;
    let large = "ß".repeat(512 * 1024); // 1 MB
    let mut texts = vec![
        "",
        " ",
        "it's",
        "\"",
        "'; DROP TABLE jobs; --",
        "$1 ?1 :a @b",
        "\\",
        "\\u0000",
        "%s %_",
        "a\r\n\tb",
        "Ω≈ç√ я \u{202e} 👩‍👩‍👧 \u{feff}\u{ffff}",
        "\u{10ffff}",
        "{\"a\":null}",
        &large,
    ];
    if keeps_nul {
        texts.extend(["\0", "a\0b", "a\0c", "a\0"]);
    }
    for text in &texts {
        let name = text.get(..1000).unwrap_or(text);
        let put = one.put(name, text, None).await.unwrap();
        assert!(put.is_some(), "{name:?}");
        let mut job = job(name, 0);
        job.lane = name.to_owned();
        job.value = (*text).to_owned();
        assert!(one.add(&job).await.unwrap(), "{name:?}");
    }
    for text in &texts {
        let name = text.get(..1000).unwrap_or(text);
        assert!(
            other.get(name).await.unwrap().unwrap().value == **text,
            "{name:?}"
        );
        let queued = other.job(name).await.unwrap().unwrap();
        assert!(
            queued.job.value == **text && queued.job.lane == name,
            "{name:?}"
        );
        assert_eq!(queued.job.due, Some(at(0)));
    }
    let most = u32::MAX;
    assert_eq!(other.list("", None, most).await.unwrap().len(), texts.len());
    // A lane is held as it is called.
    let request = take(&large, 0, most)
        .except("'; DROP TABLE jobs; --")
        .except("a\0b");
    let leased = other.lease(&request).await.unwrap();
    let held = if keeps_nul { 2 } else { 1 };
    assert_eq!(leased.len(), texts.len() - held);
    assert!(leased[0].lease.as_ref().unwrap().worker == large);
}

/// Whoever waits for one call and lets another one lie must not wait for ever.
pub(crate) async fn a_call_that_nobody_polls_holds_nobody_up(pair: Pair) {
    let store = pair.one;
    let mut lying = Vec::new();
    for number in 0..4 {
        let (store, key) = (Arc::clone(&store), format!("key {number}"));
        let mut call = Box::pin(async move { store.put(&key, "value", None).await });
        // Begun, and left alone.
        poll_fn(|cx| {
            let _ = call.as_mut().poll(cx);
            Poll::Ready(())
        })
        .await;
        lying.push(call);
    }
    let others = async {
        store.put("other", "value", None).await.unwrap().unwrap();
        store.get("other").await.unwrap().unwrap();
        store.next_due(&[]).await.unwrap();
    };
    let patience = std::time::Duration::from_secs(60);
    tokio::time::timeout(patience, others).await.unwrap();
    drop(lying);
    assert!(store.get("other").await.unwrap().is_some());
}

pub(crate) async fn what_an_engine_cannot_keep_is_refused(pair: Pair) {
    if pair.keeps_nul {
        return;
    }
    let store: Arc<_> = pair.one;
    let refused = |error: sociable::Error| {
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error:?}");
        assert!(error.message().contains("U+0000"), "{error}");
    };
    refused(store.put("a\0", "value", None).await.unwrap_err());
    refused(store.put("key", "a secret\0", None).await.unwrap_err());
    let job = job("job", 0);
    for part in 0..3 {
        let mut job = job.clone();
        [&mut job.id, &mut job.lane, &mut job.value][part].push('\0');
        refused(store.add(&job).await.unwrap_err());
    }
    refused(store.lease(&take("wor\0ker", 0, 1)).await.unwrap_err());
    assert!(store.add(&job).await.unwrap());
    let queued = store.job("job").await.unwrap().unwrap();
    let change = JobChange::new(&queued, "\0", None);
    refused(store.change(&change).await.unwrap_err());
    // What cannot be there is not there.
    assert_eq!(store.get("a\0").await.unwrap(), None);
    assert_eq!(store.job("a\0").await.unwrap(), None);
    store.remove("a\0").await.unwrap();
    store.discard("a\0").await.unwrap();
    assert!(store.list("a\0", None, 10).await.unwrap().is_empty());
    assert_eq!(
        store.next_due(&["\0".to_owned()]).await.unwrap(),
        Some(at(0))
    );
    assert_eq!(store.job("job").await.unwrap(), Some(queued));
}
