//! What people write becomes cases, each of it once.

use std::sync::Arc;

use sociable::desk::clock::Status;
use sociable::desk::triage::Classifier;
use sociable::desk::{Channel, Desk, FoundBy};
use sociable::store::MemoryStore;
use sociable::{AccountId, AccountRef, Draft, Engagement, Place, SocialNetwork, Target};

use crate::town::{DAY, HOUR, MINUTE, all, only, queue, reply, round, say, tell, texts, town};

#[tokio::test]
async fn mentions_comments_quotes_and_messages_become_cases() {
    let town = town();
    let post = say(&town.shop, "New leaves!").await;
    say(&town.alice, "@shop is the green one back?").await;
    reply(&town.bob, &post, "mine came broken").await;
    town.person("carol")
        .publish(&Draft::text("is it so?").quote(&post))
        .await
        .unwrap();
    tell(&town.alice, "shop", "Do you deliver?").await;
    let desk = town.desk();
    let step = round(&desk).await;
    assert_eq!(step.opened.len(), 4);
    let mut found: Vec<FoundBy> = all(&desk)
        .await
        .iter()
        .map(|case| case.mentions[0].found_by.clone())
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            FoundBy::Mention,
            FoundBy::Reply,
            FoundBy::Quote,
            FoundBy::Message
        ]
    );
    assert!(
        all(&desk)
            .await
            .iter()
            .all(|case| case.mentions[0].addressed)
    );
}

#[tokio::test]
async fn what_is_delivered_again_is_taken_in_once() {
    let town = town();
    say(&town.alice, "@shop is it back?").await;
    tell(&town.alice, "shop", "Do you deliver?").await;
    round(&town.desk()).await;
    // A desk that lost its cursor reads everything anew.
    let key = "desk/account/";
    for (name, _) in town.store.list(key, None, 10).await.unwrap() {
        town.store.remove(&name).await.unwrap();
    }
    let again = round(&town.desk()).await;
    assert_eq!(
        (again.opened.len(), again.added.len(), again.known),
        (0, 0, 2)
    );
    assert_eq!(all(&town.desk()).await.len(), 2);
    for case in all(&town.desk()).await {
        assert_eq!(case.mentions.len(), 1);
        assert_eq!(case.events.len(), 3, "{:?}", case.events);
    }
}

#[tokio::test]
async fn a_post_that_names_two_of_our_accounts_is_one_case() {
    let town = town();
    let second = town.person("branch");
    let desk = town
        .builder()
        .account("branch", std::sync::Arc::new(second))
        .build()
        .unwrap();
    say(&town.alice, "@shop @branch where are you?").await;
    round(&desk).await;
    assert_eq!(only(&desk).await.mentions.len(), 1);
}

#[tokio::test]
async fn a_second_post_that_names_two_of_our_accounts_is_in_one_case_too() {
    let town = town();
    let second = town.person("branch");
    let post = say(&town.alice, "@shop where are you?").await;
    let desk = town
        .builder()
        .account("branch", std::sync::Arc::new(second))
        .build()
        .unwrap();
    round(&desk).await;
    reply(&town.alice, &post, "@shop @branch well?").await;
    round(&desk).await;
    let texts: Vec<String> = all(&desk)
        .await
        .iter()
        .flat_map(|case| case.mentions.iter().map(|m| m.text().to_owned()))
        .filter(|text| text.ends_with("well?"))
        .collect();
    assert_eq!(texts.len(), 1);
}

#[tokio::test]
async fn one_persons_conversation_is_one_case_and_anothers_is_another() {
    let town = town();
    let desk = town.desk();
    tell(&town.alice, "shop", "Hello?").await;
    tell(&town.bob, "shop", "Are you there?").await;
    round(&desk).await;
    town.clock.advance(MINUTE);
    tell(&town.alice, "shop", "Is anybody there?").await;
    let step = round(&desk).await;
    assert_eq!((step.opened.len(), step.added.len()), (0, 1));
    let cases = all(&desk).await;
    assert_eq!(cases.len(), 2);
    let alices = cases
        .iter()
        .find(|case| case.person.handle.as_deref() == Some("alice"))
        .unwrap();
    assert_eq!(texts(alices), ["Hello?", "Is anybody there?"]);
    assert!(matches!(alices.channel, Channel::Conversation(_)));
}

#[tokio::test]
async fn comments_of_two_persons_below_one_post_are_two_cases() {
    let town = town();
    let post = say(&town.shop, "New leaves!").await;
    reply(&town.alice, &post, "how much?").await;
    reply(&town.bob, &post, "how long?").await;
    town.clock.advance(MINUTE);
    reply(&town.alice, &post, "and the black one?").await;
    let desk = town.desk();
    round(&desk).await;
    let cases = all(&desk).await;
    assert_eq!(cases.len(), 2);
    assert!(
        cases
            .iter()
            .any(|case| texts(case) == ["how much?", "and the black one?"])
    );
}

#[tokio::test]
async fn a_message_within_the_reopen_window_continues_the_case_and_a_later_one_begins_another() {
    let town = town();
    let desk = town.desk();
    tell(&town.alice, "shop", "Where is it?").await;
    round(&desk).await;
    let first = only(&desk).await;
    desk.resolve(&first.id, "ann").await.unwrap();
    town.clock.advance(71 * HOUR);
    tell(&town.alice, "shop", "Still where?").await;
    round(&desk).await;
    let again = only(&desk).await;
    assert_eq!(texts(&again), ["Where is it?", "Still where?"]);
    assert_eq!(again.status, Status::Open, "a message takes it up again");
    assert_eq!(desk.standing(&first.id).await.unwrap().reopenings.len(), 1);
    desk.resolve(&first.id, "ann").await.unwrap();
    town.clock.advance(4 * DAY);
    tell(&town.alice, "shop", "And now?").await;
    round(&desk).await;
    let cases = all(&desk).await;
    assert_eq!(cases.len(), 2);
    assert_eq!(cases[1].previous, Some(first.id.clone()));
    assert_eq!(cases[1].earlier, 1);
    assert_eq!(texts(&cases[1]), ["And now?"]);
}

#[tokio::test]
async fn thanks_and_spam_wait_for_nobody_and_close_nothing() {
    let town = town();
    let desk = town.desk();
    say(&town.alice, "@shop lovely tea").await;
    say(&town.bob, "@shop casino!").await;
    round(&desk).await;
    let cases = all(&desk).await;
    let status = |handle: &str| {
        let of = cases
            .iter()
            .find(|case| case.person.handle.as_deref() == Some(handle));
        of.unwrap().status.clone()
    };
    assert_eq!(status("alice"), Status::NoAnswerNeeded);
    assert_eq!(status("bob"), Status::Spam);
    // In a case that is worked on, thanks change nothing.
    tell(&town.alice, "shop", "Where is it?").await;
    round(&desk).await;
    let case = desk.queue(&Default::default()).await.unwrap()[0].id.clone();
    desk.claim(&case, "ann").await.unwrap();
    tell(&town.alice, "shop", "thanks").await;
    round(&desk).await;
    assert_eq!(desk.case(&case).await.unwrap().status, Status::New);
    // Who was taken for spam and complains is heard.
    let spam = cases
        .iter()
        .find(|case| case.status == Status::Spam)
        .unwrap();
    let post = spam.mentions[0].post().unwrap().clone();
    town.bob
        .publish(&Draft::text("my parcel is late").reply_to(post))
        .await
        .unwrap();
    // The answer to one's own post reaches nobody by itself; that it names us brings it.
    let mention = spam.mentions[0].post().unwrap().clone();
    town.bob
        .publish(&Draft::text("@shop my parcel is late").reply_to(mention))
        .await
        .unwrap();
    round(&desk).await;
    assert_eq!(desk.case(&spam.id).await.unwrap().status, Status::Open);
}

#[tokio::test]
async fn own_posts_are_no_cases() {
    let town = town();
    let branch = town.person("branch");
    say(&branch, "@shop greetings from the branch?").await;
    let desk = town
        .builder()
        .account("branch", std::sync::Arc::new(branch))
        .build()
        .unwrap();
    round(&desk).await;
    assert!(all(&desk).await.is_empty());
}

#[tokio::test]
async fn the_queue_has_the_least_business_time_left_first() {
    let town = town();
    let desk = town.desk();
    say(&town.alice, "@shop one?").await;
    town.clock.advance(3 * MINUTE);
    say(&town.bob, "@shop two?").await;
    round(&desk).await;
    let order = queue(&desk).await;
    let entries = desk.queue(&Default::default()).await.unwrap();
    assert_eq!(
        entries[0].remaining.map(|left| left.as_secs()),
        Some(7 * 60)
    );
    assert_eq!(
        entries[1].remaining.map(|left| left.as_secs()),
        Some(10 * 60)
    );
    assert_eq!(
        desk.case(&order[0]).await.unwrap().person.handle.as_deref(),
        Some("alice")
    );
    desk.answer(&order[0], "ann", "yes").await.unwrap();
    let entries = desk.queue(&Default::default()).await.unwrap();
    assert_eq!(
        entries[0].id, order[1],
        "what is answered waits behind what is not"
    );
}

#[tokio::test]
async fn a_changed_text_is_a_new_version_and_the_old_one_stays() {
    let town = town();
    let post = say(&town.alice, "@shop it is awful").await;
    let desk = town.desk();
    round(&desk).await;
    town.clock.advance(MINUTE);
    town.alice
        .edit(&post.id, &sociable::Edit::text("@shop solved, thanks"))
        .await
        .unwrap();
    round(&desk).await;
    let case = only(&desk).await;
    let versions: Vec<_> = case.mentions[0]
        .versions
        .iter()
        .map(|one| one.text.as_deref().unwrap())
        .collect();
    assert_eq!(versions, ["@shop it is awful", "@shop solved, thanks"]);
    assert!(case.is_complaint(), "it was one");
}

#[tokio::test]
async fn every_mention_tells_how_and_when_it_was_found() {
    let town = town();
    say(&town.alice, "@shop hello?").await;
    let posted = town.now();
    town.clock.advance(5 * MINUTE);
    let desk = town.desk();
    round(&desk).await;
    let mention = only(&desk).await.mentions.remove(0);
    assert_eq!(mention.found_by, FoundBy::Mention);
    assert_eq!(mention.posted_at, posted);
    assert_eq!(mention.found_at, town.now());
}

#[tokio::test]
async fn a_members_post_in_our_community_is_a_case_and_what_we_follow_ourselves_is_none() {
    let town = town();
    let club = town.world.add_community("club");
    let network = town.world.network("club").unwrap();
    let follow = |whom: &AccountId| Target::Account(AccountRef::from(whom.clone()));
    let member = Engagement::follow();
    town.alice.engage(&follow(&club), &member).await.unwrap();
    let bob = town.bob.me().await.unwrap().id;
    network.engage(&follow(&bob), &member).await.unwrap();
    for told in [true, false] {
        let desk = Desk::builder(Arc::new(MemoryStore::new()))
            .account(
                "club",
                match told {
                    true => Arc::new(town.world.network("club").unwrap()),
                    false => crate::rounds::without_events(&town, "club"),
                },
            )
            .classifier(Arc::clone(&town.words) as Arc<dyn Classifier>)
            .build()
            .unwrap();
        let place = Place::new(club.as_str());
        let post = Draft::text("mine came broken").to(place);
        town.alice.publish(&post).await.unwrap();
        say(&town.bob, "is it so?").await;
        say(&network, "We are back!").await;
        round(&desk).await;
        let case = only(&desk).await;
        assert_eq!(case.mentions[0].found_by, FoundBy::Wall, "told: {told}");
        town.alice
            .delete(&case.mentions[0].post().unwrap().id)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn likes_and_follows_make_no_case() {
    let town = town();
    let post = say(&town.shop, "New leaves!").await;
    town.alice
        .engage(&Target::from(&post), &Engagement::like())
        .await
        .unwrap();
    town.alice
        .engage(&Target::from(&post), &Engagement::repost())
        .await
        .unwrap();
    let desk = town.desk();
    round(&desk).await;
    assert!(all(&desk).await.is_empty());
}

#[tokio::test]
async fn thanks_after_the_answer_or_the_solution_reopen_nothing_and_start_no_clock() {
    let town = town();
    let desk = town.desk();
    tell(&town.alice, "shop", "Where is it?").await;
    round(&desk).await;
    let id = only(&desk).await.id;
    desk.answer(&id, "ann", "On its way.").await.unwrap();
    town.clock.advance(MINUTE);
    tell(&town.alice, "shop", "thanks").await;
    round(&desk).await;
    let standing = desk.standing(&id).await.unwrap();
    assert_eq!(standing.status, Status::NoAnswerNeeded);
    assert!(standing.waiting.is_none(), "nobody waits");
    desk.resolve(&id, "ann").await.unwrap();
    town.clock.advance(MINUTE);
    tell(&town.alice, "shop", "solved, thanks").await;
    round(&desk).await;
    let standing = desk.standing(&id).await.unwrap();
    assert_eq!(standing.status, Status::Resolved);
    assert!(standing.reopenings.is_empty(), "{:?}", standing.reopenings);
    assert_eq!(only(&desk).await.mentions.len(), 3, "and all of it is kept");
}

#[tokio::test]
async fn a_second_thanks_starts_no_clock_and_a_question_after_it_does() {
    let town = town();
    let desk = town.desk();
    tell(&town.alice, "shop", "Where is it?").await;
    round(&desk).await;
    let id = only(&desk).await.id;
    desk.answer(&id, "ann", "On its way.").await.unwrap();
    for text in ["thanks", "have a nice day"] {
        town.clock.advance(MINUTE);
        tell(&town.alice, "shop", text).await;
        round(&desk).await;
        let standing = desk.standing(&id).await.unwrap();
        assert_eq!(standing.status, Status::NoAnswerNeeded, "{text}");
        assert!(standing.waiting.is_none(), "nobody waits: {text}");
    }
    town.clock.advance(MINUTE);
    tell(&town.alice, "shop", "And the other one?").await;
    round(&desk).await;
    let standing = desk.standing(&id).await.unwrap();
    assert_eq!(standing.status, Status::Open);
    assert!(standing.waiting.is_some());
}

#[tokio::test]
async fn kind_words_that_are_edited_into_a_complaint_are_taken_up_and_followed() {
    let town = town();
    let post = say(&town.alice, "@shop lovely tea").await;
    let desk = town.desk();
    round(&desk).await;
    assert_eq!(only(&desk).await.status, Status::NoAnswerNeeded);
    town.clock.advance(MINUTE);
    town.alice
        .edit(
            &post.id,
            &sociable::Edit::text("@shop lovely tea, and it came broken"),
        )
        .await
        .unwrap();
    round(&desk).await;
    assert_eq!(only(&desk).await.status, Status::Open);
    town.clock.advance(HOUR);
    assert_eq!(
        round(&desk).await.looked,
        1,
        "what becomes of it is looked at"
    );
}

#[tokio::test]
async fn an_edit_that_could_not_be_judged_is_judged_later() {
    let town = town();
    let post = say(&town.alice, "@shop lovely tea").await;
    let desk = town.desk();
    round(&desk).await;
    let broken = |is: bool| {
        let flag = &town.words.broken;
        flag.store(is, std::sync::atomic::Ordering::Relaxed);
    };
    broken(true);
    town.alice
        .edit(&post.id, &sociable::Edit::text("@shop it came broken"))
        .await
        .unwrap();
    desk.step().await.unwrap();
    broken(false);
    town.clock.advance(2 * MINUTE);
    round(&desk).await;
    assert_eq!(only(&desk).await.status, Status::Open);
}
