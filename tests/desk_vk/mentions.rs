//! Mentions are listed beside what is told.

use sociable::adapters::vk::fake::{Fake, Fault};
use sociable::desk::FoundBy;
use sociable::jiff::SignedDuration;

use crate::net::WALL;
use crate::office::{HOUR, office};

#[tokio::test]
async fn a_mention_elsewhere_becomes_a_case_exactly_once() {
    let office = office().await;
    let fake = &office.net.fake;
    let text = "[club7001|club], mine came broken";
    fake.post_as(Fake::BOB, Fake::BOB, text, office.net.now());
    assert_eq!(office.round().await.opened.len(), 1);
    let case = office.only().await;
    assert_eq!(case.mentions[0].found_by, FoundBy::Mention);
    assert_eq!(case.person.id.as_ref().unwrap().as_str(), "id102");
    assert!(case.is_complaint() && case.mentions[0].addressed);
    // It is listed again for an hour, and never taken in again.
    for _ in 0..3 {
        let step = office.round().await;
        assert_eq!((step.opened.len(), step.added.len(), step.known), (0, 0, 1));
    }
    office.net.clock.advance(2 * HOUR);
    office.round().await;
    assert_eq!(
        office.round().await.known,
        0,
        "what is old is not read anew"
    );
    fake.post_as(
        Fake::CAROL,
        Fake::CAROL,
        "@club7001 when?",
        office.net.now(),
    );
    assert_eq!(office.round().await.opened.len(), 1);
    assert_eq!(office.all().await.len(), 2);
}

#[tokio::test]
async fn a_mention_that_is_listed_late_is_found_all_the_same() {
    let office = office().await;
    let fake = &office.net.fake;
    fake.set_listing_delay(SignedDuration::from_mins(10));
    fake.post_as(Fake::BOB, Fake::BOB, "@club7001 when?", office.net.now());
    for _ in 0..8 {
        assert!(office.round().await.opened.is_empty());
    }
    office.net.seconds(300);
    assert_eq!(office.round().await.opened.len(), 1);
}

#[tokio::test]
async fn a_comment_that_is_told_and_listed_stands_in_one_case_once() {
    let office = office().await;
    let post = office.net.post(WALL, "New leaves!");
    office
        .net
        .comment(Fake::BOB, post, "[club7001|club], how much?", None);
    office.round().await;
    office.round().await;
    let case = office.only().await;
    assert_eq!(case.mentions.len(), 1);
    assert_eq!(case.mentions[0].found_by, FoundBy::Reply);
    assert_eq!(case.mentions[0].versions.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_listed_holds_back_nothing_that_is_told_and_the_other_way_round() {
    let office = office().await;
    let fake = &office.net.fake;
    let now = office.net.now();
    fake.post_as(Fake::BOB, Fake::BOB, "@club7001 when?", now);
    office.message(Fake::CAROL, "Do you deliver?");
    fake.fail_next("newsfeed.getMentions", Fault::refuse(15, "Access denied"));
    let step = office.step().await;
    assert_eq!(step.troubles.len(), 1, "{:?}", step.troubles);
    assert_eq!(step.opened.len(), 1);
    assert_eq!(office.all().await[0].mentions[0].found_by, FoundBy::Message);
    assert_eq!(office.round().await.opened.len(), 1, "nothing was lost");

    fake.post_as(
        Fake::CAROL,
        Fake::CAROL,
        "@club7001 hello?",
        office.net.now(),
    );
    office.message(Fake::BOB, "Hello?");
    fake.fail_next("/whp/*", Fault::Answer("{".into()));
    let step = office.step().await;
    assert_eq!(step.troubles.len(), 1, "{:?}", step.troubles);
    assert_eq!(step.opened.len(), 1);
    assert_eq!(office.round().await.opened.len(), 1, "nothing was lost");
    assert_eq!(office.all().await.len(), 4);
}
