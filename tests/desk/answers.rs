//! Answers go out once, within what the network allows, and never where a person has to.

use std::collections::BTreeMap;

use sociable::client::Disturbance;
use sociable::desk::clock::{Status, TargetKind};
use sociable::desk::{Answer, ReplyState, Template, Way};
use sociable::{ErrorKind, Operation, PageRequest, PostQuery, SocialNetwork};

use crate::town::{HOUR, MINUTE, only, reply, round, say, tell, texts, town};

#[tokio::test]
async fn an_answer_goes_into_the_thread_that_it_answers() {
    let town = town();
    let post = say(&town.alice, "@shop hello?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    let answered = desk.answer(&id, "ann", "Good day!").await.unwrap();
    assert!(answered.sent_now);
    assert_eq!(answered.reply.way, Way::Public);
    let replies = town
        .alice
        .posts(&PostQuery::replies(&post.id))
        .await
        .unwrap()
        .items;
    assert_eq!(replies.len(), 1);
    assert_eq!(replies[0].text.as_str(), "Good day!");
    assert_eq!(Some(&replies[0].id), answered.reply.post.as_ref());
    let standing = desk.standing(&id).await.unwrap();
    assert_eq!(standing.replies, 1);
    assert_eq!(standing.status, Status::WaitingCustomer);
    assert!(standing.open(TargetKind::First).is_none());
}

#[tokio::test]
async fn an_answer_to_a_message_goes_into_the_conversation() {
    let town = town();
    let message = tell(&town.alice, "shop", "Hello?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    desk.answer(&id, "ann", Answer::text("Yes.").resolve(true))
        .await
        .unwrap();
    let page = town
        .alice
        .messages(&message.conversation, &PageRequest::first())
        .await
        .unwrap();
    assert_eq!(page.items[0].text.as_str(), "Yes.");
    assert_eq!(only(&desk).await.status, Status::Resolved);
}

#[tokio::test]
async fn the_same_answer_never_goes_out_twice_and_another_needs_a_name() {
    let town = town();
    let message = tell(&town.alice, "shop", "Hello?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    desk.answer(&id, "ann", "Yes.").await.unwrap();
    let again = town.desk().answer(&id, "ann", "Yes.").await.unwrap();
    assert!(!again.sent_now);
    let other = desk.answer(&id, "ben", "No.").await.unwrap_err();
    assert_eq!(other.kind(), &ErrorKind::Conflict);
    desk.answer(&id, "ben", Answer::text("And more.").name("2"))
        .await
        .unwrap();
    let page = town
        .alice
        .messages(&message.conversation, &PageRequest::first())
        .await
        .unwrap();
    assert_eq!(page.items.len(), 3);
    // What the person writes then is answered anew.
    town.clock.advance(MINUTE);
    tell(&town.alice, "shop", "Sure?").await;
    round(&desk).await;
    assert!(desk.answer(&id, "ann", "Yes.").await.unwrap().sent_now);
}

#[tokio::test]
async fn two_who_answer_at_once_send_one_answer() {
    let town = town();
    let post = say(&town.alice, "@shop hello?").await;
    let (one, two) = (town.desk(), town.desk());
    round(&one).await;
    let id = only(&one).await.id;
    let (first, second) = tokio::join!(
        one.answer(&id, "ann", "Hi!"),
        two.answer(&id, "ben", "Hello!")
    );
    assert_eq!(
        u8::from(first.is_ok()) + u8::from(second.is_ok()),
        1,
        "{first:?} {second:?}"
    );
    let replies = town
        .alice
        .posts(&PostQuery::replies(&post.id))
        .await
        .unwrap()
        .items;
    assert_eq!(replies.len(), 1);
}

#[tokio::test]
async fn an_answer_whose_confirmation_is_lost_is_looked_for_and_not_sent_again() {
    let town = town();
    let post = say(&town.alice, "@shop hello?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    for _ in 0..20 {
        town.world
            .disturb_call(&Operation::PUBLISH, Disturbance::LoseAnswer);
        town.world
            .disturb_call(&Operation::RECONCILE, Disturbance::StatusInstead(503));
    }
    let error = town
        .clock
        .drive(desk.answer(&id, "ann", "Good day!"))
        .await
        .unwrap_err();
    assert!(error.is_unconfirmed(), "{error:?}");
    let unknown = desk.unknown_answers().await.unwrap();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].1.state, ReplyState::Unknown);
    assert_eq!(
        only(&desk).await.status,
        Status::New,
        "nobody knows yet that it was answered"
    );
    let key = unknown[0].1.key.clone();
    let calm = town.world.network("shop").unwrap();
    let calm = sociable::desk::Desk::builder(std::sync::Arc::clone(&town.store))
        .account("shop", std::sync::Arc::new(calm))
        .classifier(std::sync::Arc::<crate::town::Words>::default())
        .build()
        .unwrap();
    let mut state = Err(error);
    for _ in 0..30 {
        state = town.clock.drive(calm.reconcile_answer(&id, &key)).await;
        if state.is_ok() {
            break;
        }
    }
    assert_eq!(state.unwrap(), ReplyState::Sent);
    assert!(!calm.answer(&id, "ann", "Good day!").await.unwrap().sent_now);
    let replies = town
        .alice
        .posts(&PostQuery::replies(&post.id))
        .await
        .unwrap()
        .items;
    assert_eq!(replies.len(), 1);
    assert_eq!(calm.standing(&id).await.unwrap().replies, 1);
}

#[tokio::test]
async fn a_person_settles_what_nobody_can_find() {
    let town = town();
    tell(&town.alice, "shop", "Hello?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    for _ in 0..20 {
        town.world
            .disturb_call(&Operation::SEND, Disturbance::LoseAnswer);
    }
    let error = town
        .clock
        .drive(desk.answer(&id, "ann", "Yes."))
        .await
        .unwrap_err();
    assert!(error.is_unconfirmed(), "{error:?}");
    let (_, reply) = desk.unknown_answers().await.unwrap().remove(0);
    let case = desk.settle(&id, "ann", &reply.key, true).await.unwrap();
    assert_eq!(case.replies[0].state, ReplyState::Sent);
    assert_eq!(desk.standing(&id).await.unwrap().replies, 1);
    assert!(
        desk.settle(&id, "ann", &reply.key, false).await.is_err(),
        "it is settled"
    );
}

#[tokio::test]
async fn what_the_network_refuses_is_certainly_not_out_and_may_be_mended() {
    let town = town();
    say(&town.alice, "@shop hello?").await;
    town.world.reject_word("cheap");
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    let error = desk.answer(&id, "ann", "Cheap!").await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Rejected);
    let case = only(&desk).await;
    assert_eq!(case.replies[0].state, ReplyState::Failed);
    assert!(case.replies[0].trouble.is_some());
    assert!(
        desk.answer(&id, "ann", "Inexpensive!")
            .await
            .unwrap()
            .sent_now
    );
    assert_eq!(only(&desk).await.replies.len(), 1);
    let long = "x".repeat(5_000);
    let error = desk
        .answer(&id, "ann", Answer::text(long).name("2"))
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error:?}");
    assert_eq!(only(&desk).await.replies.len(), 1, "nothing was sent");
}

#[tokio::test]
async fn a_closed_window_is_told_with_what_else_is_possible() {
    let town = town();
    town.world.set_reply_window(Some(24 * HOUR));
    let message = tell(&town.alice, "shop", "Hello?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    town.clock.advance(25 * HOUR);
    let error = desk.answer(&id, "ann", "Yes.").await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::WindowClosed);
    assert!(
        error
            .message()
            .contains("wait until the person writes again"),
        "{error}"
    );
    let page = town
        .alice
        .messages(&message.conversation, &PageRequest::first())
        .await
        .unwrap();
    assert_eq!(page.items.len(), 1);
    assert!(only(&desk).await.replies.is_empty());
}

#[tokio::test]
async fn a_comment_is_answered_in_private_and_its_author_comes_back_into_the_case() {
    let town = town();
    let post = say(&town.shop, "New leaves!").await;
    reply(&town.alice, &post, "mine is broken").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    let answered = desk
        .answer(
            &id,
            "ann",
            Answer::text("Your number, please.").in_private(),
        )
        .await
        .unwrap();
    assert_eq!(answered.reply.way, Way::Private);
    assert_eq!(
        desk.standing(&id).await.unwrap().replies,
        1,
        "a private answer counts"
    );
    town.clock.advance(MINUTE);
    tell(&town.alice, "shop", "It is 12345, is that right?").await;
    round(&desk).await;
    let case = only(&desk).await;
    assert_eq!(
        texts(&case),
        ["mine is broken", "It is 12345, is that right?"]
    );
    // As it came: privately now. In public: below the comment.
    let private = desk.answer(&id, "ann", "It is.").await.unwrap();
    assert_eq!(private.reply.way, Way::Same);
    assert!(private.reply.message.is_some());
    let public = desk
        .answer(&id, "ann", Answer::text("Solved.").in_public().name("2"))
        .await
        .unwrap();
    assert!(public.reply.post.is_some());
    // The window of the conversation closes; what is public stays open.
    town.world.set_reply_window(Some(HOUR));
    town.clock.advance(2 * HOUR);
    let error = desk
        .answer(&id, "ann", Answer::text("One more.").name("3"))
        .await
        .unwrap_err();
    assert!(error.message().contains("in_public"), "{error}");
}

#[tokio::test]
async fn personal_data_in_public_asks_to_move_to_private_messages() {
    let town = town();
    let post = say(&town.shop, "New leaves!").await;
    reply(&town.alice, &post, "where is it?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    for text in [
        "Your order number 482133 is on its way",
        "Call +7 916 123-45-67",
        "Write to help@shop.example",
    ] {
        let error = desk.answer(&id, "ann", text).await.unwrap_err();
        assert_eq!(error.violations().len(), 1, "{text}");
        assert!(
            error.message().contains("move to private messages"),
            "{error}"
        );
        assert_eq!(desk.check_answer(&id, &text.into()).await.unwrap().len(), 1);
        let private = Answer::text(text).in_private();
        assert!(desk.check_answer(&id, &private).await.unwrap().is_empty());
    }
    let agreed = Answer::text("Write to help@shop.example").personal_data(true);
    let answered = desk.answer(&id, "ann", agreed).await.unwrap();
    assert_eq!(answered.remarks.len(), 1, "it is remarked all the same");
}

#[tokio::test]
async fn a_program_never_answers_grief_or_threats() {
    let town = town();
    let desk = town.desk();
    for (text, grave) in [
        ("@shop my father died, and your letter is late", true),
        ("@shop после вашего чая умер кот, it is awful", true),
        ("@shop είναι awful, θα σας σκοτώσω", true),
        ("@shop awful, there was poison in it", true),
        ("@shop it is late", false),
    ] {
        let who = town.person(&format!("p{}", text.len()));
        say(&who, text).await;
        let step = round(&desk).await;
        let automatic = Answer::text("We look into it.").automatic(true);
        let answered = desk.answer(&step.opened[0], "bot", automatic).await;
        assert_eq!(answered.is_err(), grave, "{text}");
        if grave {
            assert!(
                desk.answer(&step.opened[0], "ann", "We are sorry.")
                    .await
                    .is_ok(),
                "a person may"
            );
        } else {
            let standing = desk.standing(&step.opened[0]).await.unwrap();
            assert_eq!((standing.replies, standing.bot_replies), (0, 1));
            assert!(
                standing.open(TargetKind::First).is_some(),
                "a program's answer stops no clock"
            );
        }
    }
}

#[tokio::test]
async fn an_answer_given_in_the_networks_own_app_counts_where_it_is_told() {
    let town = town();
    tell(&town.alice, "shop", "Hello?").await;
    let quiet = crate::rounds::without_events(&town, "shop");
    let desk = sociable::desk::Desk::builder(std::sync::Arc::clone(&town.store))
        .account("shop", quiet)
        .classifier(std::sync::Arc::<crate::town::Words>::default())
        .build()
        .unwrap();
    round(&desk).await;
    town.clock.advance(MINUTE);
    tell(&town.shop, "alice", "From my phone: yes.").await;
    town.clock.advance(MINUTE);
    round(&desk).await;
    round(&desk).await;
    let case = only(&desk).await;
    assert_eq!(case.replies.len(), 1);
    let standing = desk.standing(&case.id).await.unwrap();
    assert_eq!(standing.replies, 1);
    assert_eq!(standing.first_response(), Some(MINUTE));
}

#[test]
fn a_template_names_its_missing_fields() {
    let template = Template::new("Hello {name}, order {order} leaves today.").unwrap();
    let mut values = BTreeMap::from([("name".to_owned(), "Anna".to_owned())]);
    let error = template.fill(&values).unwrap_err();
    assert_eq!(error.violations()[0].field, "fields.order");
    values.insert("order".to_owned(), "7".to_owned());
    assert_eq!(
        template.fill(&values).unwrap(),
        "Hello Anna, order 7 leaves today."
    );
}
