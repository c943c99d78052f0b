//! Answers that did not go out through the desk.

use sociable::adapters::vk::TokenKind;
use sociable::adapters::vk::fake::Fake;
use sociable::desk::clock::TargetKind;
use sociable::desk::{Answer, ReplyState};
use sociable::{Draft, SocialNetwork};

use crate::net::{WALL, reply, wall};
use crate::office::{MINUTE, office};

#[tokio::test]
async fn a_message_that_a_colleague_wrote_in_vks_own_app_counts_as_an_answer() {
    let office = office().await;
    office.message(Fake::BOB, "Do you deliver?");
    office.round().await;
    let told = office.net.now() - MINUTE;
    office
        .write_as(TokenKind::User, Fake::BOB, "From my phone: yes.")
        .await;
    office.round().await;
    office.round().await;
    let case = office.only().await;
    assert_eq!(case.replies.len(), 1);
    assert_eq!(case.replies[0].state, ReplyState::Sent);
    assert_eq!(case.replies[0].text.as_deref(), Some("From my phone: yes."));
    let standing = office.desk.standing(&case.id).await.unwrap();
    assert_eq!((standing.replies, standing.bot_replies), (1, 0));
    assert_eq!(case.mentions[0].posted_at, told);
    assert_eq!(standing.first_response(), Some(MINUTE));
}

#[tokio::test]
async fn a_message_of_another_program_stops_no_clock() {
    let office = office().await;
    office.message(Fake::BOB, "Do you deliver?");
    office.round().await;
    office
        .write_as(TokenKind::Community, Fake::BOB, "We will answer soon.")
        .await;
    office.round().await;
    let case = office.only().await;
    let standing = office.desk.standing(&case.id).await.unwrap();
    assert_eq!((standing.replies, standing.bot_replies), (0, 1));
    assert!(standing.open(TargetKind::First).is_some());
}

#[tokio::test]
async fn a_comment_of_the_community_counts_as_an_answer_to_what_it_answers_and_to_nothing_else() {
    let office = office().await;
    let ours = office.net.post(WALL, "New leaves!");
    let asked = office.net.comment(Fake::BOB, ours, "How much?", None);
    let theirs = office.net.post(Fake::CAROL, "Mine came broken");
    office.round().await;
    assert_eq!(office.all().await.len(), 2);
    let on_comment = office.net.comment(WALL, ours, "Ten.", Some(asked));
    let on_post = office.net.comment(WALL, theirs, "We are sorry.", None);
    office.net.comment(WALL, ours, "More soon!", None);
    office.round().await;
    office.round().await;
    for case in office.all().await {
        let replies: Vec<_> = case.replies.iter().map(|one| one.post.clone()).collect();
        let wanted = if case.mentions[0].post().unwrap().id == wall(theirs) {
            reply(theirs, on_post)
        } else {
            reply(ours, on_comment)
        };
        assert_eq!(replies, [Some(wanted)]);
        let standing = office.desk.standing(&case.id).await.unwrap();
        assert_eq!(standing.replies, 1);
        assert!(standing.open(TargetKind::First).is_none());
    }
}

#[tokio::test]
async fn what_the_desk_answers_itself_is_counted_once() {
    let office = office().await;
    let post = office.net.post(WALL, "New leaves!");
    office.net.comment(Fake::CAROL, post, "How much?", None);
    office.message(Fake::BOB, "Do you deliver?");
    office.round().await;
    for case in office.all().await {
        office
            .desk
            .answer(&case.id, "ann", "Yes & \"no\" [club7001|we]")
            .await
            .unwrap();
    }
    office.round().await;
    office.round().await;
    for case in office.all().await {
        assert_eq!(case.replies.len(), 1, "{:#?}", case.replies);
        assert_eq!(case.replies[0].agent, "ann");
        let standing = office.desk.standing(&case.id).await.unwrap();
        assert_eq!((standing.replies, standing.bot_replies), (1, 0));
    }
}

#[tokio::test]
async fn a_private_answer_to_a_comment_is_none_to_what_the_person_wrote_in_messages() {
    let office = office().await;
    let post = office.net.post(WALL, "New leaves!");
    office.message(Fake::BOB, "Do you deliver?");
    office.net.comment(Fake::BOB, post, "How much?", None);
    office.round().await;
    let cases = office.all().await;
    let of = |public: bool| {
        let of = cases.iter().find(|case| case.channel.is_public() == public);
        of.unwrap().id.clone()
    };
    let answer = Answer::text("Ten, for you.").in_private();
    office.desk.answer(&of(true), "ann", answer).await.unwrap();
    office.round().await;
    let comment = office.desk.case(&of(true)).await.unwrap();
    let message = office.desk.case(&of(false)).await.unwrap();
    assert_eq!((comment.replies.len(), message.replies.len()), (1, 0));
}

#[tokio::test]
async fn what_is_published_elsewhere_and_answers_nobody_is_no_answer() {
    let office = office().await;
    office.net.post(Fake::BOB, "Mine came broken");
    office.round().await;
    let news = Draft::text("Mine came broken? Not any more!");
    office.vk.publish(&news).await.unwrap();
    office.round().await;
    assert!(office.only().await.replies.is_empty());
}
