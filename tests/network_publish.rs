//! Publishing, to one network, to many, and as a thread.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/scripted.rs"]
mod scripted;

use std::sync::Arc;
use std::time::Duration;

use scripted::{Comes, Scripted};
use sociable::client::{Clock, SetClock};
use sociable::text::{Count, Numbering, TextLimit};
use sociable::*;

fn unavailable() -> Error {
    Error::new(ErrorKind::Unavailable, "out of order for now")
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_answers_the_post() {
    let network = Scripted::new("one").then(Comes::Lost);
    let post = network.publish(&Draft::text("Hello")).await.unwrap();
    assert_eq!(post.text.as_str(), "Hello");
    assert_eq!(network.texts(), ["Hello"]);
}

#[tokio::test]
async fn what_certainly_did_not_happen_is_committed_once_more() {
    let network = Scripted::new("one").then(Comes::LostBefore);
    let post = network.publish(&Draft::text("Hello")).await.unwrap();
    assert_eq!(post.text.as_str(), "Hello");
    assert_eq!(network.texts(), ["Hello"]);
}

#[tokio::test]
async fn what_cannot_be_told_is_unconfirmed_and_can_be_reconciled_later() {
    for told in [Ok(Reconciled::Unknown), Err(unavailable())] {
        let network = Scripted::new("one").then(Comes::Lost);
        network.reconciles.lock().unwrap().push_back(told);
        let error = network.publish(&Draft::text("Hello")).await.unwrap_err();
        assert!(error.is_unconfirmed(), "{error:?}");
        assert_eq!(network.texts(), ["Hello"], "nothing is sent again unseen");
        let pending: Prepared = serde_json::from_str(error.pending().unwrap()).unwrap();
        let found = network.reconcile(&pending).await.unwrap();
        assert!(matches!(found, Reconciled::Published(post) if post.text.as_str() == "Hello"));
    }
}

#[tokio::test]
async fn a_second_doubt_is_not_answered_by_a_third_try() {
    let network = Scripted::new("one")
        .then(Comes::LostBefore)
        .then(Comes::LostBefore);
    let error = network.publish(&Draft::text("Hello")).await.unwrap_err();
    assert!(error.is_unconfirmed() && error.pending().is_some());
    assert!(network.texts().is_empty());
}

#[tokio::test]
async fn a_plain_failure_is_not_looked_up() {
    let network = Scripted::new("one").then(Comes::Fails(unavailable()));
    let error = network.publish(&Draft::text("Hello")).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable);
    assert!(error.pending().is_none());
}

#[tokio::test]
async fn one_network_that_fails_or_waits_holds_back_no_other() {
    let clock = SetClock::at("2026-03-14T09:00:00Z".parse().unwrap());
    let slow = Scripted::new("slow")
        .on(&clock)
        .then(Comes::Late(Duration::from_secs(3600)));
    let networks: Vec<Arc<dyn SocialNetwork>> =
        vec![
            Arc::new(slow),
            Arc::new(
                Scripted::new("broken")
                    .on(&clock)
                    .then(Comes::Fails(unavailable())),
            ),
            Arc::new(Scripted::new("small").on(&clock).with_profile(|p| {
                p.text(TextRules::new().post(TextLimit::new(Count::Scalars, 3)))
            })),
            Arc::new(Scripted::new("good").on(&clock)),
        ];
    let began = clock.now();
    let draft = Draft::text("Hello");
    let all = publish_all(&networks, &draft);
    let all = clock.drive(all).await;
    assert_eq!(clock.now().duration_since(began).as_secs(), 3600);
    let names: Vec<String> = all
        .iter()
        .map(|answer| match answer {
            Ok(post) => post.id.to_string(),
            Err(error) => error.kind().name().to_owned(),
        })
        .collect();
    assert_eq!(names, ["slow-1", "Unavailable", "Invalid", "good-1"]);
}

#[tokio::test]
async fn the_others_are_published_before_a_slow_one_ends() {
    let clock = SetClock::at("2026-03-14T09:00:00Z".parse().unwrap());
    let slow = Arc::new(
        Scripted::new("slow")
            .on(&clock)
            .then(Comes::Late(Duration::from_secs(3600))),
    );
    let quick = Arc::new(Scripted::new("quick").on(&clock));
    let networks = [Arc::clone(&slow), Arc::clone(&quick)];
    let draft = Draft::text("Hello");
    let mut all = Box::pin(publish_all(networks, &draft));
    assert!(futures_util::poll!(&mut all).is_pending());
    assert_eq!(quick.texts(), ["Hello"]);
    assert!(slow.texts().is_empty());
}

fn three() -> Vec<Draft> {
    vec![
        Draft::text("one").key("thread"),
        Draft::text("two"),
        Draft::text("three").key("own"),
    ]
}

#[tokio::test]
async fn a_thread_answers_itself_part_by_part_under_keys_of_its_own() {
    let network = Scripted::new("one");
    let sent = publish_thread(&network, &three(), None).await;
    let posts = sent.into_result().unwrap();
    let parents: Vec<Option<String>> = posts
        .iter()
        .map(|p| p.reply_to.as_ref().map(ToString::to_string))
        .collect();
    assert_eq!(
        parents,
        [None, Some("one-1".to_owned()), Some("one-2".to_owned())]
    );
    let published = network.published.lock().unwrap();
    let keys: Vec<&str> = published
        .iter()
        .map(|d| d.key.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(keys, ["thread", "thread#1", "own"]);
    let roots = published
        .iter()
        .skip(1)
        .map(|d| d.reply_to.as_ref().unwrap());
    for root in roots {
        assert_eq!(root.thread.as_ref().unwrap().as_str(), "one-1");
    }
}

#[tokio::test]
async fn a_thread_that_stopped_goes_on_where_it_stopped() {
    let network = Scripted::new("one")
        .then(Comes::Published)
        .then(Comes::Fails(unavailable()));
    let sent = publish_thread(&network, &three(), None).await;
    assert_eq!(*sent.stopped.unwrap().kind(), ErrorKind::Unavailable);
    assert_eq!(sent.progress.published.len(), 1);
    // A program may be ended in between.
    let stored = serde_json::to_string(&sent.progress).unwrap();
    let restored: ThreadProgress = serde_json::from_str(&stored).unwrap();
    let sent = publish_thread(&network, &three(), Some(restored)).await;
    let posts = sent.into_result().unwrap();
    assert_eq!(posts.len(), 3);
    assert_eq!(network.texts(), ["one", "two", "three"]);
    assert_eq!(posts[1].reply_to.as_ref().unwrap().as_str(), "one-1");
}

#[tokio::test]
async fn a_thread_is_checked_whole_before_its_first_part_is_sent() {
    let network = Scripted::new("one")
        .with_profile(|p| p.text(TextRules::new().post(TextLimit::new(Count::Scalars, 4))));
    let sent = publish_thread(&network, &three(), None).await;
    let error = sent.stopped.unwrap();
    assert_eq!(error.violations()[0].field, "part[2].text");
    assert!(sent.progress.published.is_empty() && network.texts().is_empty());
    let missing = [
        Draft::text("one"),
        Draft::text("two").media(Media::file("no/such/file.png")),
    ];
    let sent = publish_thread(&network, &missing, None).await;
    assert!(matches!(
        sent.stopped.unwrap().kind(),
        ErrorKind::Invalid(_)
    ));
    assert!(network.texts().is_empty());
}

#[tokio::test]
async fn later_parts_of_a_thread_are_checked_as_the_answers_that_they_become() {
    let short = TextRules::new()
        .post(TextLimit::new(Count::Scalars, 100))
        .reply(TextLimit::new(Count::Scalars, 4));
    let network = Scripted::new("one").with_profile(|p| p.text(short));
    let sent = publish_thread(&network, &three(), None).await;
    assert_eq!(sent.stopped.unwrap().violations()[0].field, "part[2].text");
    assert!(network.texts().is_empty());

    let alone = Profile::new("one").offers([Operation::PUBLISH]);
    let network = Scripted::new("one").with_profile(|_| alone);
    let sent = publish_thread(&network, &three(), None).await;
    let error = sent.stopped.unwrap();
    let wrong = error.violations().iter().find(|v| v.is_error());
    assert_eq!(wrong.unwrap().field, "part[1].reply_to");
    assert!(network.texts().is_empty());
}

#[tokio::test]
async fn a_thread_without_parts_is_told() {
    let network = Scripted::new("one");
    let sent = publish_thread(&network, &[], None).await;
    assert!(matches!(
        sent.stopped.unwrap().kind(),
        ErrorKind::Invalid(_)
    ));
}

#[tokio::test]
async fn what_is_too_long_is_split_and_published_as_a_thread() {
    let network = Scripted::new("one")
        .with_profile(|p| p.text(TextRules::new().post(TextLimit::new(Count::Scalars, 20))));
    let words = "one two three four five six seven eight nine ten";
    let long = Draft::text(words).key("k").language("en");
    let profile = network.profile();
    for numbering in [Numbering::None, Numbering::Slash] {
        let parts = long.split(&profile, numbering).unwrap();
        assert!(parts.len() > 2);
        for part in &parts {
            assert!(part.check(&profile).iter().all(|v| !v.is_error()));
            assert_eq!(part.languages, ["en"]);
        }
    }
    let parts = long.split(&profile, Numbering::None).unwrap();
    let posts = publish_thread(&network, &parts, None)
        .await
        .into_result()
        .unwrap();
    let joined: Vec<&str> = posts.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(joined.join(" "), words);
}
