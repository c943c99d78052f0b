//! Cases are kept: by several desks on one store, by restarts, by later versions.

use std::sync::Arc;

use sociable::ErrorKind;
use sociable::desk::QueueQuery;
use sociable::desk::clock::{Policy, Target, Targets};
use sociable::store::KeyValue;

use crate::town::{MINUTE, all, only, queue, round, say, tell, texts, town};

#[tokio::test]
async fn two_desks_on_one_store_lose_no_message_and_double_none() {
    let town = town();
    let (one, two) = (town.desk(), town.desk());
    for n in 0..10 {
        tell(&town.alice, "shop", &format!("{n}?")).await;
        let who = town.person(&format!("guest{n}"));
        say(&who, "@shop hello?").await;
        let (first, second) = tokio::join!(one.step(), two.step());
        assert!(first.unwrap().troubles.is_empty() && second.unwrap().troubles.is_empty());
        town.clock.advance(MINUTE);
    }
    let cases = all(&one).await;
    assert_eq!(cases.len(), 11);
    let alices = cases
        .iter()
        .find(|case| case.person.handle.as_deref() == Some("alice"))
        .unwrap();
    let expected: Vec<String> = (0..10).map(|n| format!("{n}?")).collect();
    assert_eq!(texts(alices), expected);
    let seqs: Vec<u64> = alices.events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_desk_that_is_opened_again_goes_on_where_it_was() {
    let town = town();
    say(&town.alice, "@shop hello?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    desk.claim(&id, "ann").await.unwrap();
    drop(desk);
    let desk = town.desk();
    let step = round(&desk).await;
    assert_eq!(
        (step.opened.len(), step.known),
        (0, 0),
        "the cursor is kept"
    );
    let entries = desk.queue(&QueueQuery::new()).await.unwrap();
    assert_eq!(entries[0].agent.as_deref(), Some("ann"));
    assert_eq!(entries[0].remaining.map(|left| left.as_secs()), Some(600));
}

#[tokio::test]
async fn what_was_cut_off_between_two_writes_is_taken_up_again() {
    let town = town();
    tell(&town.alice, "shop", "Hello?").await;
    round(&town.desk()).await;
    let whole: Vec<_> = town.store.list("desk/", None, 100).await.unwrap();
    // As if the desk had died after each of its writes: what is missing is added when the message comes again.
    for (lost, _) in &whole {
        let store = Arc::new(sociable::store::MemoryStore::new());
        for (key, value) in whole
            .iter()
            .filter(|(key, _)| key != lost && !key.starts_with("desk/account/"))
        {
            store.put(key, &value.value, None).await.unwrap();
        }
        let desk = sociable::desk::Desk::builder(store)
            .account("shop", Arc::new(town.world.network("shop").unwrap()))
            .classifier(Arc::<crate::town::Words>::default())
            .build()
            .unwrap();
        round(&desk).await;
        let case = only(&desk).await;
        assert_eq!(texts(&case), ["Hello?"], "without {lost}");
        assert_eq!(case.events.len(), 3);
    }
}

#[tokio::test]
async fn a_value_of_a_newer_version_is_refused_and_left_alone() {
    let town = town();
    say(&town.alice, "@shop hello?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    let all = town.store.list("desk/", None, 100).await.unwrap();
    for (key, value) in all {
        let newer = value.value.replacen("\"v\":1", "\"v\":2,\"strange\":[]", 1);
        assert_ne!(newer, value.value, "{key} carries its version");
        town.store
            .put(&key, &newer, Some(value.version))
            .await
            .unwrap();
    }
    let refused = [
        desk.case(&id).await.map(|_| ()).unwrap_err(),
        desk.claim(&id, "ann").await.map(|_| ()).unwrap_err(),
        desk.queue(&QueueQuery::new())
            .await
            .map(|_| ())
            .unwrap_err(),
        desk.step().await.map(|_| ()).unwrap_err(),
    ];
    for error in refused {
        assert_eq!(error.kind(), &ErrorKind::Config);
        assert!(error.message().contains("update this program"), "{error}");
    }
}

#[tokio::test]
async fn a_torn_value_is_a_clear_error() {
    let town = town();
    say(&town.alice, "@shop hello?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    let key = format!("desk/case/{id}");
    let kept = town.store.get(&key).await.unwrap().unwrap();
    for torn in [
        "",
        "{",
        &kept.value[..kept.value.len() / 2],
        kept.value.lines().next().unwrap(),
    ] {
        let version = town.store.get(&key).await.unwrap().unwrap().version;
        town.store.put(&key, torn, Some(version)).await.unwrap();
        let error = desk.case(&id).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Decode, "{torn}");
        assert!(error.message().contains(&key), "{error}");
    }
}

#[tokio::test]
async fn a_case_keeps_the_policy_under_which_it_was_opened() {
    let town = town();
    say(&town.alice, "@shop hello?").await;
    round(&town.desk()).await;
    let hour = || {
        let mut policy = Policy::ten_minutes();
        policy.id = "hour".into();
        policy.targets = Targets::default();
        policy.targets.first = Some(Target::minutes(60));
        policy
    };
    let desk = town.builder().policy(hour()).build().unwrap();
    say(&town.bob, "@shop hello?").await;
    round(&desk).await;
    let entries = desk.queue(&QueueQuery::new()).await.unwrap();
    let left: Vec<_> = entries
        .iter()
        .map(|entry| entry.remaining.unwrap().as_secs())
        .collect();
    assert_eq!(left, [600, 3600]);
    // Who does not know the policy any more says so.
    let error = town.desk().queue(&QueueQuery::new()).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    let knows = town.builder().known_policy(hour()).build().unwrap();
    assert_eq!(queue(&knows).await.len(), 2);
}

#[tokio::test]
async fn the_queue_says_of_every_case_what_the_case_itself_says_at_every_moment() {
    let town = town();
    let desk = town.desk();
    for n in 0..8 {
        let who = town.person(&format!("guest{n}"));
        say(&who, "@shop hello?").await;
        town.clock.advance(7 * MINUTE / 4);
        round(&desk).await;
    }
    let ids = queue(&desk).await;
    desk.claim(&ids[0], "ann").await.unwrap();
    desk.handoff(&ids[1], "ann", "warehouse", "Is it there?")
        .await
        .unwrap();
    desk.answer(&ids[2], "ann", "Yes").await.unwrap();
    desk.snooze(
        &ids[3],
        "ann",
        town.now() + sociable::jiff::SignedDuration::from_mins(5),
    )
    .await
    .unwrap();
    // Its time is over when it is written.
    desk.snooze(&ids[4], "ann", town.now()).await.unwrap();
    desk.resolve(&ids[5], "ann").await.unwrap();
    // What an earlier version wrote has no clock in its first line.
    let key = format!("desk/case/{}", ids[6]);
    let kept = town.store.get(&key).await.unwrap().unwrap();
    let (first, rest) = kept.value.split_once('\n').unwrap();
    let mut row: serde_json::Value = serde_json::from_str(first).unwrap();
    assert!(row.as_object_mut().unwrap().remove("clock").is_some());
    let value = format!("{row}\n{rest}");
    town.store
        .put(&key, &value, Some(kept.version))
        .await
        .unwrap();

    let start = town.now();
    for minutes in [-3, 0, 1, 4, 5, 9, 60, 100_000] {
        town.clock
            .set(start + sociable::jiff::SignedDuration::from_mins(minutes));
        let again = town.desk();
        let entries = again.queue(&QueueQuery::new()).await.unwrap();
        assert_eq!(entries.len(), 7);
        for entry in &entries {
            assert_eq!(*entry, again.entry(&entry.id).await.unwrap().1, "{minutes}");
        }
        let left =
            |entry: &sociable::desk::QueueEntry| (entry.remaining.is_none(), entry.remaining);
        assert!(entries.is_sorted_by_key(left), "{minutes}");
        let asleep = QueueQuery::new().statuses(sociable::desk::clock::Status::Snoozed);
        let asleep = again.queue(&asleep).await.unwrap();
        let ids_asleep: Vec<_> = asleep.iter().map(|entry| &entry.id).collect();
        let mut wanted = Vec::new();
        wanted.extend((minutes < 5).then_some(&ids[3]));
        wanted.extend((minutes < 0).then_some(&ids[4]));
        assert!(wanted.iter().all(|id| ids_asleep.contains(id)), "{minutes}");
        assert_eq!(ids_asleep.len(), wanted.len(), "{minutes}");
    }
}

#[tokio::test]
async fn a_desk_that_cannot_work_is_refused_when_it_is_built() {
    let town = town();
    let shop = || Arc::new(town.world.network("shop").unwrap());
    let mut lost = Policy::ten_minutes();
    lost.calendar = sociable::desk::clock::CalendarRef::new("nowhere", 1);
    lost.id = "lost".into();
    for (why, built) in [
        (
            "no account",
            sociable::desk::Desk::builder(Arc::clone(&town.store)).build(),
        ),
        (
            "two of one name",
            town.builder().account("shop", shop()).build(),
        ),
        (
            "a calendar that is not there",
            town.builder().policy(lost).build(),
        ),
        (
            "a policy for nobody",
            town.builder()
                .account_policy("moon", Policy::ten_minutes())
                .build(),
        ),
        (
            "a search for nothing",
            town.builder()
                .search(sociable::desk::SearchPlan::new("x"))
                .build(),
        ),
    ] {
        assert_eq!(built.unwrap_err().kind(), &ErrorKind::Config, "{why}");
    }
}

#[cfg(feature = "embedded")]
#[tokio::test]
async fn an_embedded_store_keeps_cases_over_restarts() {
    let folder = std::env::temp_dir().join(format!("sociable-kept-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("desk");
    let mut town = town();
    town.store = Arc::new(sociable::store::EmbeddedStore::open(&path).await.unwrap());
    say(&town.alice, "@shop hello?").await;
    round(&town.desk()).await;
    town.store = Arc::new(sociable::store::MemoryStore::new());
    town.store = Arc::new(sociable::store::EmbeddedStore::open(&path).await.unwrap());
    assert_eq!(only(&town.desk()).await.text(), "@shop hello?");
    std::fs::remove_dir_all(&folder).unwrap();
}
