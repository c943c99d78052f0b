//! What a plan may hold, and what is said of it before anything is sent.
use std::collections::BTreeMap;
use std::sync::Arc;

use sociable::jiff::Timestamp;
use sociable::outbox::{Entry, Filter, Outcome, State, Variant, When};
use sociable::store::{Job, Queue};
use sociable::{Draft, ErrorKind, Media, MediaFactory, MediaSource, Rule, Violation};

use crate::stage::{HOUR, MINUTE, SECOND, Stage, entry, t0};

/// What is wrong with the one line of an entry.
async fn errors(stage: &Stage, entry: Entry) -> Vec<Violation> {
    let outbox = stage.outbox();
    let report = outbox.add(&[entry]).await.unwrap();
    assert!(!report.is_clean());
    assert!(outbox.list(&Filter::new()).await.unwrap().is_empty());
    let lines = report.lines.into_iter();
    lines.flat_map(|line| line.errors).collect()
}

fn says(found: &[Violation], field: &str, words: &str) {
    let said = found
        .iter()
        .any(|v| v.field == field && v.message.contains(words));
    assert!(said, "{field}, {words}: {found:#?}");
}

#[tokio::test]
async fn a_past_time_is_refused_and_says_what_time_it_is() {
    let stage = Stage::new(true);
    let found = errors(&stage, entry("a", "x").at(t0() - HOUR)).await;
    says(&found, "when", "is past");
    says(&found, "when", "2026-03-02T08:00:00Z");
    let outbox = stage.outbox();
    let report = outbox.add(&[entry("a", "x").at(t0() - 30 * SECOND)]).await;
    assert!(report.unwrap().is_clean(), "that is within the tolerance");
}

#[tokio::test]
async fn an_unknown_account_is_refused_and_the_known_ones_are_named() {
    let found = errors(&Stage::new(true), entry("a", "x").on("shpo")).await;
    says(&found, "accounts", "`shpo`");
    says(&found, "accounts", "other, shop");
}

#[tokio::test]
async fn an_entry_with_an_error_on_one_account_is_planned_on_none() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let long = Variant::text("x".repeat(501));
    let plan = [
        entry("a", "x").on("other").variant("other", long),
        entry("b", "y"),
    ];
    let report = outbox.add(&plan).await.unwrap();
    let outcomes: Vec<_> = report.lines.iter().map(|l| (&*l.id, l.outcome)).collect();
    assert_eq!(
        outcomes,
        [
            ("a@shop", Outcome::Refused),
            ("a@other", Outcome::Refused),
            ("b@shop", Outcome::Queued)
        ]
    );
    assert!(report.lines[0].errors.is_empty());
    assert_eq!(report.lines[1].errors[0].rule, Rule::TooLong);
    let planned = outbox.list(&Filter::new()).await.unwrap();
    assert_eq!(planned.len(), 1);
}

#[tokio::test]
async fn entries_alike_are_refused() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let report = outbox
        .add(&[entry("a", "x"), entry("a", "y")])
        .await
        .unwrap();
    assert_eq!(report.count(Outcome::Refused), 2);
    says(&report.lines[0].errors, "key", "2 entries have the key `a`");
    let at = t0() + HOUR;
    let rows = [entry("b", "x").at(at), entry("c", "x").at(at)];
    let report = outbox.add(&rows).await.unwrap();
    assert_eq!(report.lines[0].outcome, Outcome::Queued);
    says(&report.lines[1].errors, "when", "says the same");
    let found = errors(&Stage::new(true), entry("d", "z").on("shop")).await;
    says(&found, "accounts", "named twice");
}

#[tokio::test]
async fn keys_that_cannot_be_are_refused() {
    let stage = Stage::new(true);
    for (key, words) in [(" ", "needs a key"), ("a\nb", "control"), ("k", "")] {
        if words.is_empty() {
            let found = errors(&stage, entry(&key.repeat(201), "x")).await;
            says(&found, "key", "201 bytes");
        } else {
            says(&errors(&stage, entry(key, "x")).await, "key", words);
        }
    }
}

#[tokio::test]
async fn an_entry_of_nothing_nowhere_or_without_a_time_is_refused() {
    let stage = Stage::new(true);
    let nowhere = Entry::new("a", Draft::text("x"));
    says(&errors(&stage, nowhere).await, "accounts", "no account");
    says(&errors(&stage, entry("a", " ")).await, "text", "nothing");
    let empty = Entry::thread("a", []).on("shop");
    says(&errors(&stage, empty).await, "parts", "nothing");
    let times = BTreeMap::from([("other".to_owned(), t0() + HOUR)]);
    let without = entry("a", "x").when(When::Each(times));
    says(&errors(&stage, without).await, "when", "no time");
    let variant = entry("a", "x").variant("blusky", Variant::text("y"));
    says(&errors(&stage, variant).await, "variants.blusky", "neither");
}

#[tokio::test]
async fn each_part_of_a_thread_is_checked_where_it_stands() {
    let parts = ["one", "two", &"x".repeat(401)].map(Draft::text);
    let thread = Entry::thread("a", parts)
        .on("shop")
        .first_comment(Draft::text(""));
    let found = errors(&Stage::new(true), thread).await;
    says(&found, "part[2].text", "400");
    says(&found, "first_comment.text", "nothing");
    assert_eq!(found.len(), 2, "{found:#?}");
}

#[tokio::test]
async fn files_that_are_missing_or_cannot_be_kept_are_refused() {
    let stage = Stage::new(true);
    let with = |media: Media| Entry::new("a", Draft::text("x").media(media.alt("x"))).on("shop");
    let found = errors(&stage, with(Media::file("no/such.png"))).await;
    says(&found, "media[0]", "no/such.png");
    let factory = MediaFactory::new(None, || async {
        Ok(Box::pin(futures_util::stream::empty()) as _)
    });
    let found = errors(&stage, with(Media::new(MediaSource::Factory(factory)))).await;
    says(&found, "media[0]", "write it to disk");
    let found = errors(&stage, with(Media::bytes(vec![0; 2 * 1024 * 1024]))).await;
    says(&found, "media[0]", "write it to disk");
}

#[tokio::test]
async fn adding_a_plan_twice_adds_nothing_and_tells_what_differs() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let at = t0() + HOUR;
    let plan = [entry("a", "x").at(at), entry("b", "y").at(at + HOUR)];
    assert_eq!(outbox.add(&plan).await.unwrap().count(Outcome::Queued), 2);
    // Later, when both are past.
    stage.run_for(&outbox, 3 * HOUR).await;
    let other = [entry("a", "x").at(at), entry("b", "other").at(at + HOUR)];
    let again = outbox.add(&other).await.unwrap();
    assert_eq!(again.lines[0].outcome, Outcome::AlreadyThere);
    assert_eq!(again.lines[1].outcome, Outcome::Differs);
    let moved = outbox
        .add(&[entry("a", "x").at(at + MINUTE)])
        .await
        .unwrap();
    assert_eq!(moved.lines[0].outcome, Outcome::Differs);
    assert_eq!(stage.posts("shop").await.len(), 2);
}

#[tokio::test]
async fn names_with_an_at_sign_make_no_two_entries_one() {
    let stage = Stage::new(true);
    let network = stage.double.clone();
    let outbox = stage
        .builder()
        .network("b@shop", network.clone())
        .network("100%", network)
        .build()
        .unwrap();
    let plan = [
        Entry::new("a", Draft::text("one")).on("b@shop"),
        Entry::new("a@b", Draft::text("two")).on("shop"),
        Entry::new("c", Draft::text("three")).on("100%"),
    ];
    let report = outbox.add(&plan).await.unwrap();
    assert_eq!(report.count(Outcome::Queued), 3);
    assert_eq!(report.lines[0].id, "a@b%40shop");
    assert_eq!(report.lines[2].id, "c@100%25");
}

#[tokio::test]
async fn the_same_text_on_an_account_is_a_warning_while_it_is_planned_or_was_published_lately() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let warned = async |entry: Entry| {
        let report = outbox.check(&[entry]).await.unwrap();
        let line = &report.lines[0];
        assert_eq!(line.outcome, Outcome::Queued);
        let same = Rule::Other("same_text".to_owned());
        line.warnings.iter().any(|w| w.rule == same)
    };
    outbox
        .add(&[entry("a", "Big SALE https://a.example/1")])
        .await
        .unwrap();
    let later = || t0() + 24 * HOUR;
    let same = || entry("b", "big  sale\nhttps://b.example").at(later());
    assert!(warned(same()).await);
    assert!(!warned(entry("b", "big sales").at(later())).await);
    let elsewhere = Entry::new("b", Draft::text("big sale")).on("other");
    assert!(!warned(elsewhere).await);
    stage.run_for(&outbox, MINUTE).await;
    assert!(warned(same()).await);
    stage.clock.advance(31 * 24 * HOUR);
    let now: Timestamp = sociable::client::Clock::now(&stage.clock);
    assert!(!warned(same().at(now + HOUR)).await);

    outbox
        .add(&[entry("c", "tea").at(now + HOUR)])
        .await
        .unwrap();
    outbox.cancel("c@shop", "ann").await.unwrap();
    assert!(!warned(entry("d", "tea").at(now + 2 * HOUR)).await);
    // Two of one plan, which is not planned yet.
    let report = outbox
        .check(&[
            entry("e", "cake").at(now + 3 * HOUR),
            entry("f", "Cake").at(now + 9 * HOUR),
        ])
        .await
        .unwrap();
    assert!(report.lines[0].warnings.is_empty());
    assert_eq!(report.lines[1].warnings.len(), 1);
}

#[tokio::test]
async fn two_posts_of_an_account_close_together_are_a_warning() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let at = t0() + HOUR;
    outbox.add(&[entry("a", "one").at(at)]).await.unwrap();
    let close = async |minutes: i32, on: &str| {
        let at = if minutes < 0 {
            at - minutes.unsigned_abs() * MINUTE
        } else {
            at + minutes.unsigned_abs() * MINUTE
        };
        let other = Entry::new("b", Draft::text("two")).on(on).at(at);
        let report = outbox.check(&[other]).await.unwrap();
        let slot = Rule::Other("same_slot".to_owned());
        report.lines[0].warnings.iter().any(|w| w.rule == slot)
    };
    assert!(close(0, "shop").await);
    assert!(close(4, "shop").await);
    assert!(close(-4, "shop").await);
    assert!(!close(5, "shop").await);
    assert!(!close(-5, "shop").await);
    assert!(!close(0, "other").await);
    outbox.reschedule("a@shop", at + HOUR, "ann").await.unwrap();
    assert!(!close(0, "shop").await);
}

#[tokio::test]
async fn checking_a_plan_plans_nothing() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let plan = [entry("a", "x"), entry("b", "")];
    let report = outbox.check(&plan).await.unwrap();
    assert_eq!(report.lines[0].outcome, Outcome::Queued);
    assert_eq!(report.lines[1].outcome, Outcome::Refused);
    assert!(outbox.list(&Filter::new()).await.unwrap().is_empty());
    let values = stage.store.list("outbox/", None, 100).await.unwrap();
    assert!(values.is_empty(), "{values:?}");
    // Nor does it write anything of what is planned already.
    outbox.add(&[entry("a", "x")]).await.unwrap();
    let values = async || stage.store.list("outbox/", None, 100).await.unwrap();
    let before = values().await;
    outbox.check(&[entry("a", "y")]).await.unwrap();
    assert_eq!(values().await, before);
}

#[tokio::test]
async fn variants_replace_for_an_account_before_its_network() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let plan = entry("a", "for all")
        .on("other")
        .variant("memory", Variant::text("for the network"))
        .variant(
            "other",
            Variant::text("for other").first_comment(Draft::text("more")),
        );
    outbox.add(&[plan]).await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    let shop = stage.posts("shop").await;
    assert_eq!(shop, [("for the network".to_owned(), 1)].into());
    let other = stage.posts("other").await;
    assert_eq!(
        other,
        [("for other".to_owned(), 1), ("more".to_owned(), 1)].into()
    );
}

#[tokio::test]
async fn a_post_that_a_newer_version_wrote_is_named_and_holds_up_nobody() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let newer = Job::new("n@shop", "shop", r#"{"format":2,"what":"ever"}"#).due(t0());
    let broken = Job::new("t@shop", "shop", r#"{"format":1,"key":"#).due(t0());
    let store: &Arc<dyn sociable::outbox::OutboxStore> = &stage.store;
    Queue::add(store.as_ref(), &newer).await.unwrap();
    Queue::add(store.as_ref(), &broken).await.unwrap();
    outbox.add(&[entry("a", "x")]).await.unwrap();
    let report = stage.clock.drive(outbox.run_once()).await.unwrap();
    assert_eq!(report.published, 1);
    assert_eq!(report.errors.len(), 2);
    assert!(report.errors[0].contains("`n@shop`") && report.errors[0].contains("format 2"));
    assert!(report.errors[1].contains("`t@shop`"));
    let error = outbox.list(&Filter::new()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Config);
    assert!(error.message().contains("newer version"), "{error}");
    let error = outbox.cancel("n@shop", "ann").await.unwrap_err();
    assert!(error.message().contains("newer version"), "{error}");
    assert_eq!(outbox.item("a@shop").await.unwrap().state, State::Published);
}

#[tokio::test]
async fn entries_go_through_data_both_ways() {
    let full = entry("a", "x")
        .on("other")
        .variant("memory", Variant::text("y").place("wall"))
        .first_comment(Draft::text("z"))
        .approval(true)
        .too_late_after(HOUR)
        .to("channel")
        .label("spring")
        .at(t0());
    let data = serde_json::to_string(&full).unwrap();
    assert_eq!(serde_json::from_str::<Entry>(&data).unwrap(), full);
    let least = r#"{"key":"a","accounts":["shop"],"parts":[{"text":"x"}]}"#;
    assert_eq!(
        serde_json::from_str::<Entry>(least).unwrap(),
        entry("a", "x")
    );
    assert!(
        serde_json::from_str::<Entry>(r#"{"key":"a","accounts":[],"parts":[],"tme":1}"#).is_err()
    );
}
