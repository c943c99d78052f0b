//! Files that do not arrive.

use super::*;

#[tokio::test]
async fn a_token_that_is_revoked_in_the_middle_of_an_upload_publishes_nothing() {
    for (what, media) in [("photo", png()), ("video", mp4()), ("document", pdf())] {
        let desk = Desk::new("a_token_that_is_revoked_in_the_middle_of_an_upload");
        let fake = desk.fake.clone();
        desk.before(move |request| {
            if request.uri().path().starts_with("/upload/") {
                fake.revoke_token(Fake::USER_TOKEN);
            }
        });
        let draft = Draft::text("With a file").media(media).key("k");
        let error = desk.refused(desk.vk.publish(&draft)).await;
        assert_eq!(error.kind(), &ErrorKind::Unauthorized, "{what}: {error}");
        assert_eq!(error.retry(), Retry::Never);
        desk.says(&error, "get a new one");
        assert_eq!(desk.posts(), 0, "{what}");
        // Of the next attempt nothing comes either, and with a new token the same draft stands once.
        assert!(desk.run(desk.vk.publish(&draft)).await.is_err());
        *desk.line.before.lock().unwrap() = None;
        let scopes = ["wall", "photos", "video", "docs"];
        let token = desk.fake.user_token(Fake::ADMIN, &scopes);
        let vk = desk.builder().user_token(token.as_str()).build().unwrap();
        for _ in 0..2 {
            desk.run(vk.publish(&draft)).await.unwrap();
        }
        assert_eq!(desk.posts(), 1, "{what}");
    }
    // A message's picture likewise.
    let desk = Desk::new("a_token_that_is_revoked_in_the_middle_of_an_upload");
    let fake = desk.fake.clone();
    desk.before(move |request| {
        if request.uri().path().starts_with("/upload/") {
            fake.revoke_token(Fake::GROUP_TOKEN);
        }
    });
    let message = MessageDraft::text("Look").media(png());
    let error = desk.refused(desk.vk.send(&to_bob(), &message)).await;
    assert_eq!(error.kind(), &ErrorKind::Unauthorized, "{error}");
    desk.says(&error, "get a new one");
    assert_eq!(desk.messages(), 0);
}

#[tokio::test]
async fn a_captcha_in_the_middle_of_an_upload_is_answered_and_the_post_stands_once() {
    for step in [
        "photos.getWallUploadServer",
        "photos.saveWallPhoto",
        "video.save",
        "docs.getWallUploadServer",
        "docs.save",
        "polls.create",
        "wall.post",
    ] {
        for modern in [false, true] {
            let desk = Desk::new("a_captcha_in_the_middle_of_an_upload");
            let draft = Draft::text("Much")
                .media(png())
                .media(mp4())
                .media(pdf())
                .poll(Poll::new(["Now", "Later"]))
                .link(LinkCard::new("https://example.com/"))
                .key("k");
            desk.fake.demand_captcha(step, modern);
            let error = desk.refused(desk.vk.publish(&draft)).await;
            let ErrorKind::Challenge(challenge) = error.kind() else {
                panic!("{step}: {error}")
            };
            assert!(challenge.url.is_some(), "{step}: {challenge:?}");
            desk.says(&error, "answer_challenge");
            assert_eq!(desk.posts(), 0, "{step}");
            // While it waits nothing more of it is asked.
            let asked = desk.asked().iter().filter(|name| *name == step).count();
            let waiting = desk.refused(desk.vk.publish(&draft)).await;
            assert_eq!(waiting.kind(), error.kind(), "{step}");
            let again = desk.asked().iter().filter(|name| *name == step).count();
            assert_eq!((asked, again, desk.posts()), (1, 1, 0), "{step}");
            let answer = match modern {
                true => desk.fake.solve_captcha(),
                false => Fake::CAPTCHA_KEY.to_owned(),
            };
            desk.vk.answer_challenge(challenge, &answer).unwrap();
            let post = desk.run(desk.vk.publish(&draft)).await.unwrap();
            let found = desk.run(desk.vk.publish(&draft)).await.unwrap();
            assert_eq!((post.id, desk.posts()), (found.id, 1), "{step}");
        }
    }
}

#[tokio::test]
async fn a_photo_of_which_nothing_is_kept_is_the_files_fault_and_nothing_is_published() {
    let desk = Desk::new("a_photo_of_which_nothing_is_kept");
    let draft = || Draft::text("With a picture").media(pdf()).media(png());
    let rejected = async |desk: &Desk, draft: &Draft, field: &str| {
        let error = desk.refused(desk.vk.publish(draft)).await;
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
        assert_eq!(error.violations()[0].field, field);
        desk.hides(&error);
        assert!(error.message().contains("check its type, size"), "{error}");
        assert_eq!(desk.posts(), 0);
        assert!(!desk.asked().contains(&"wall.post".to_owned()));
    };
    // The server takes the file, and answers with a list of nothing.
    let words = Media::bytes(&b"only words"[..])
        .media_type("image/png")
        .name("a.png");
    rejected(&desk, &Draft::text("x").media(words), "media[0]").await;
    assert!(!desk.asked().contains(&"photos.saveWallPhoto".to_owned()));
    // The network says that it saved it, and names no photo.
    desk.after(|path, answer| {
        if path.contains("photos.save") {
            *answer = json!({"response": []});
        }
    });
    rejected(&desk, &draft(), "media[1]").await;
    let linked = LinkCard::new("https://example.com/").thumbnail(png());
    rejected(&desk, &Draft::text("x").link(linked), "link.thumbnail").await;
    let message = MessageDraft::text("Look").media(png());
    let error = desk.refused(desk.vk.send(&to_bob(), &message)).await;
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
    desk.hides(&error);
    assert_eq!(desk.messages(), 0);
}
