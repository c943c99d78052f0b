//! What cannot be published.

use super::*;

#[tokio::test]
async fn a_duplicate_is_told_as_one_and_stands_once() {
    let desk = Desk::new("a_duplicate_is_told_as_one");
    let draft = Draft::text("The same words");
    desk.run(desk.x.publish(&draft)).await.unwrap();
    let error = desk.refused(desk.x.publish(&draft)).await;
    assert!(matches!(error.kind(), ErrorKind::Duplicate(_)), "{error}");
    assert_eq!(
        (error.retry(), error.http_status()),
        (Retry::Never, Some(403))
    );
    desk.says(&error, "text");
    assert_eq!((desk.fake.posts(), desk.asked(PUBLISHES)), (1, 2));
}

#[tokio::test]
async fn an_answer_that_the_plan_does_not_allow_names_the_plan_that_does_and_is_sent_once() {
    let desk = Desk::new("an_answer_that_the_plan_does_not_allow");
    let theirs = desk.fake.post_as(Fake::BOB, "To nobody", desk.clock.now());
    let answer = Draft::text("All the same").reply_to(PostId::new(theirs.to_string()));
    let inspected = answer.inspect().await.unwrap();
    let noted = inspected.check(&desk.x.profile());
    let noted = format!("{noted:?}");
    assert!(noted.contains("may refuse"), "{noted}");
    let error = desk.refused(desk.x.publish(&answer)).await;
    let tier = Need::Tier("enterprise".to_owned());
    assert_eq!(*error.kind(), ErrorKind::Forbidden(tier), "{error}");
    assert_eq!(error.retry(), Retry::Never);
    desk.says(&error, "mention");
    assert_eq!((desk.fake.posts(), desk.asked(PUBLISHES)), (1, 1));
    // Other answers go still.
    let asks = format!("And you, @{}?", Fake::ANNA_NAME);
    let asks = desk.fake.post_as(Fake::BOB, &asks, desk.clock.now());
    let answer = Draft::text("Me, too").reply_to(PostId::new(asks.to_string()));
    desk.run(desk.x.publish(&answer)).await.unwrap();
}

#[tokio::test]
async fn a_link_over_the_money_cap_is_refused_before_anything_is_sent() {
    let desk = Desk::new("a_link_over_the_money_cap");
    let cap = "0.10 USD a day".parse().unwrap();
    let x = desk
        .builder()
        .user_token(Fake::ANNA_TOKEN)
        .spending_cap(cap);
    let x = x.build().unwrap();
    let linked = Draft::text("Look: https://example.com/a");
    let error = desk.refused(x.publish(&linked)).await;
    assert_eq!(*error.kind(), ErrorKind::QuotaExhausted, "{error}");
    desk.says(&error, "cap");
    assert_eq!((desk.fake.posts(), desk.asked(PUBLISHES)), (0, 0));
    desk.run(x.publish(&Draft::text("Without one")))
        .await
        .unwrap();
    assert_eq!(desk.fake.posts(), 1);
}

#[tokio::test]
async fn a_poll_with_one_answer_and_five_pictures_are_refused_before_anything_is_sent() {
    let desk = Desk::new("a_poll_with_one_answer");
    let poll = Draft::text("Which?").poll(Poll::new(["This"]));
    let mut pictures = Draft::text("Five");
    for _ in 0..5 {
        pictures = pictures.media(png());
    }
    for (draft, field, words) in [(poll, "poll", "2"), (pictures, "media", "4")] {
        let error = desk.refused(desk.x.publish(&draft)).await;
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
        let violations = error.violations();
        let found = violations.iter().find(|one| one.is_error());
        let found = found.unwrap_or_else(|| panic!("{error:?}"));
        assert!(found.field.starts_with(field), "{found:?}");
        desk.says(&error, words);
    }
    assert!(desk.fake.seen().is_empty());
}

#[tokio::test]
async fn a_video_whose_processing_fails_is_invalid_and_nothing_is_published() {
    let desk = Desk::new("a_video_whose_processing_fails");
    let fake = desk.fake.clone();
    desk.before(move |request| {
        if request.method() == http::Method::GET && request.uri().path() == "/2/media/upload" {
            fake.fail_processing_of_all();
        }
    });
    let draft = Draft::text("A film").media(mp4());
    let error = desk.refused(desk.x.publish(&draft)).await;
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
    desk.says(&error, "nothing was published");
    let violations = error.violations();
    assert_eq!(violations[0].field, "media[0]");
    assert_eq!((desk.fake.posts(), desk.asked(PUBLISHES)), (0, 0));
}
