//! What stands on the community's wall.

use sociable::adapters::vk::TokenKind;
use sociable::adapters::vk::fake::Fake;
use sociable::desk::FoundBy;
use sociable::serde_json::{Value, json};
use sociable::{Engagement, SocialNetwork, Target};

use crate::net::{WALL, wall};
use crate::office::office;

#[tokio::test]
async fn a_visitors_post_on_our_wall_becomes_a_case_of_its_author() {
    let office = office().await;
    let post = office.net.post(Fake::BOB, "Mine came broken");
    assert_eq!(office.round().await.opened.len(), 1);
    let case = office.only().await;
    assert_eq!(case.mentions[0].found_by, FoundBy::Wall);
    assert!(case.mentions[0].addressed && case.is_complaint());
    assert_eq!(case.mentions[0].post().unwrap().id, wall(post));
    assert_eq!(case.person.id.as_ref().unwrap().as_str(), "id102");
    // What the author adds below it belongs to the same case, and it is answered there.
    office.net.comment(Fake::BOB, post, "Nobody there?", None);
    let step = office.round().await;
    assert_eq!((step.opened.len(), step.added.len()), (0, 1));
    let answered = office.desk.answer(&case.id, "ann", "We are sorry.").await;
    let answer = office.post(&answered.unwrap().reply.post.unwrap()).await;
    assert_eq!(answer.thread, Some(wall(post)));
}

#[tokio::test]
async fn the_same_text_of_two_visitors_on_our_wall_is_a_case_for_each() {
    let office = office().await;
    let text = "My parcel was to come two weeks ago, and nobody answers my calls";
    office.net.post(Fake::BOB, text);
    office.net.post(Fake::CAROL, text);
    assert_eq!(office.round().await.opened.len(), 2);
}

#[tokio::test]
async fn what_we_write_or_repost_on_our_wall_is_no_case() {
    let office = office().await;
    office.net.post(WALL, "Is the green one back? Yes!");
    let (bob, now) = (Fake::BOB, office.net.now());
    let first = office
        .net
        .fake
        .post_as(bob, bob, "Lovely tea, is it not?", now);
    for words in ["", "Is it not?"] {
        let repost = json!({
            "object": format!("wall{bob}_{first}"),
            "group_id": Fake::GROUP,
            "message": words,
        });
        let told: sociable::Result<Value> = office
            .vk
            .call_as(TokenKind::User, "wall.repost", &repost)
            .await;
        told.unwrap();
    }
    let step = office.round().await;
    assert!(step.opened.is_empty() && office.all().await.is_empty());
}

#[tokio::test]
async fn likes_and_bare_reposts_by_others_are_no_cases() {
    let office = office().await;
    let post = office.net.post(WALL, "New leaves!");
    let fake = &office.net.fake;
    fake.repost_as(Fake::BOB, WALL, post, "", office.net.now());
    let liked = Target::from(&office.post(&wall(post)).await);
    office.vk.engage(&liked, &Engagement::like()).await.unwrap();
    office.round().await;
    assert!(office.all().await.is_empty());
}

#[tokio::test]
async fn what_was_lost_of_the_wall_is_told_and_paged_for() {
    let office = office().await;
    office.net.fake.set_history(1);
    let post = office.net.post(Fake::BOB, "Mine came broken");
    office.net.comment(Fake::CAROL, post, "And mine?", None);
    office.net.post(WALL, "New leaves!");
    office.message(Fake::CAROL, "Do you deliver?");
    office.message(Fake::BOB, "Hello?");
    let step = office.step().await;
    assert_eq!(step.troubles.len(), 1, "{:?}", step.troubles);
    let message = step.troubles[0].error.message();
    assert!(message.contains("may be lost"), "{message}");
    let mut found: Vec<FoundBy> = office
        .all()
        .await
        .iter()
        .map(|case| case.mentions[0].found_by.clone())
        .collect();
    found.sort();
    let wanted = [
        FoundBy::Reply,
        FoundBy::Wall,
        FoundBy::Message,
        FoundBy::Message,
    ];
    assert_eq!(found, wanted);
}
