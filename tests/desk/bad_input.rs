//! What is strange is taken in, and nothing is lost.

use std::sync::Arc;

use sociable::desk::{Desk, QueueQuery};
use sociable::{
    EventKind, EventQuery, Events, Page, Place, Post, PostQuery, PostState, Profile, Result,
    SocialNetwork,
};

use crate::town::{HOUR, MINUTE, Town, Words, all, only, queue, round, say, tell, town};

/// A network that tells of posts and says little about them.
#[derive(Debug)]
struct Terse {
    posts: Vec<Post>,
}

#[sociable::async_trait]
impl SocialNetwork for Terse {
    fn profile(&self) -> Arc<Profile> {
        let can = [sociable::Operation::EVENTS, sociable::Operation::POSTS_IDS];
        Arc::new(Profile::new("terse").offers(can).account("us"))
    }

    async fn events(&self, _: &EventQuery) -> Result<Events> {
        let event = |post: &Post| {
            let id = post.id.as_str().to_owned();
            let kind = match &post.place {
                Some(_) => EventKind::Post,
                None => EventKind::Mention,
            };
            sociable::Event::new(id.clone(), id, kind).post(post.clone())
        };
        Ok(Events::new(self.posts.iter().map(event).collect(), "end"))
    }

    async fn posts(&self, _: &PostQuery) -> Result<Page<Post>> {
        Ok(Page::new(Vec::new()))
    }
}

/// A desk on a network that lists these as mentions.
fn terse(town: &Town, posts: Vec<Post>) -> Desk {
    Desk::builder(Arc::clone(&town.store))
        .account("us", Arc::new(Terse { posts }))
        .clock(Arc::new(town.clock.clone()))
        .classifier(Arc::<Words>::default())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_case_whose_author_vanished_stays_and_each_such_post_stands_alone() {
    let town = town();
    let posts = vec![
        Post::new("1").text("it is awful"),
        Post::new("2").text("it is late").thread("root"),
        Post::new("3").text("").thread("root"),
    ];
    let desk = terse(&town, posts);
    round(&desk).await;
    let cases = all(&desk).await;
    assert_eq!(cases.len(), 3);
    for case in &cases {
        assert_eq!(case.person.label(), None);
        assert_eq!(
            case.mentions[0].posted_at,
            town.now(),
            "the find's time where none is told"
        );
        desk.claim(&case.id, "ann").await.unwrap();
        desk.resolve(&case.id, "ann").await.unwrap();
    }
}

#[tokio::test]
async fn a_post_that_waits_to_be_let_onto_our_wall_is_a_case_and_its_absence_says_nothing() {
    let town = town();
    let on = |id: &str, place: &str| Post::new(id).text("it is awful").place(Place::new(place));
    let posts = vec![on("1", "us").state(PostState::InReview), on("2", "another")];
    let desk = terse(&town, posts);
    for _ in 0..3 {
        round(&desk).await;
        town.clock.advance(6 * HOUR);
    }
    let case = only(&desk).await;
    assert!(case.is_complaint());
    assert!(!case.mentions[0].fate.is_gone());
}

#[tokio::test]
async fn an_author_who_is_suspended_or_whose_account_went_leaves_the_case() {
    let town = town();
    say(&town.alice, "@shop it is awful").await;
    let desk = town.desk();
    round(&desk).await;
    town.world.suspend("alice", true);
    town.clock.advance(HOUR);
    round(&desk).await;
    let case = only(&desk).await;
    assert_eq!(case.text(), "@shop it is awful");
    assert_eq!(case.person.handle.as_deref(), Some("alice"));
    assert_eq!(queue(&desk).await.len(), 1);
}

#[tokio::test]
async fn emoji_other_scripts_and_100_kb_are_cases_like_any_other() {
    let town = town();
    let mut rules = sociable::TextRules::new();
    rules.message = Some(sociable::text::TextLimit::new(
        sociable::text::Count::Scalars,
        200_000,
    ));
    town.world.set_text_rules(rules);
    let desk = town.desk();
    let long = "слово ".repeat(10_000);
    let strange = [
        "😡😡😡",
        "注文したお茶が届きません。",
        "شاي بارد جدا",
        "\u{202e}abc\u{0}\u{301}\u{301}",
        long.as_str(),
    ];
    for (n, text) in strange.iter().enumerate() {
        let who = town.person(&format!("guest{n}"));
        who.refresh_profile().await.unwrap();
        tell(&who, "shop", text).await;
    }
    let step = round(&desk).await;
    assert_eq!(step.opened.len(), strange.len());
    let cases = all(&desk).await;
    for text in strange {
        assert!(
            cases.iter().any(|case| case.text() == text),
            "{:.20} is kept whole",
            text
        );
    }
    assert_eq!(
        desk.queue(&QueueQuery::new()).await.unwrap().len(),
        strange.len()
    );
}

#[tokio::test]
async fn a_clock_that_goes_back_loses_nothing() {
    let town = town();
    let desk = town.desk();
    tell(&town.alice, "shop", "one?").await;
    round(&desk).await;
    town.clock.set(town.now() - 10 * HOUR);
    tell(&town.alice, "shop", "two?").await;
    tell(&town.bob, "shop", "three?").await;
    round(&desk).await;
    let cases = all(&desk).await;
    assert_eq!(cases.len(), 2);
    let id = &cases
        .iter()
        .find(|case| case.mentions.len() == 2)
        .unwrap()
        .id;
    desk.answer(id, "ann", "yes").await.unwrap();
    let standing = desk.standing(id).await.unwrap();
    assert!(standing.first_response().is_some());
    for entry in desk.queue(&QueueQuery::new()).await.unwrap() {
        assert!(
            entry.remaining.is_none_or(|left| left.as_secs() <= 600),
            "{entry:?}"
        );
    }
    town.clock.advance(11 * HOUR);
    tell(&town.bob, "shop", "four?").await;
    assert_eq!(round(&desk).await.added.len(), 1);
}

#[tokio::test]
async fn a_post_from_a_clock_ahead_of_ours_is_not_of_the_future() {
    let town = town();
    let posts = vec![
        Post::new("1")
            .text("it is awful")
            .created_at(town.now() + 2 * HOUR),
    ];
    let desk = terse(&town, posts);
    round(&desk).await;
    assert_eq!(only(&desk).await.mentions[0].posted_at, town.now());
    town.clock.advance(5 * MINUTE);
    let entries = desk.queue(&QueueQuery::new()).await.unwrap();
    assert_eq!(entries[0].remaining.map(|left| left.as_secs()), Some(300));
}
