//! Ids and tokens.

use super::*;

#[tokio::test]
async fn a_community_id_with_the_wrong_sign_is_told_how_it_is_written() {
    let desk = Desk::new("a_community_id_with_the_wrong_sign_is_told_how_it_is_written");
    let wrong = desk
        .builder()
        .community(WALL)
        .community_token(Fake::GROUP_TOKEN);
    let error = wrong.build().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    desk.says(&error, "write 7001");
    let mut config = AccountConfig::new("shop", "vk")
        .set("community", WALL)
        .set("community_token", Fake::GROUP_TOKEN);
    config.lines.insert("community".to_owned(), 7);
    let error = Registry::default().connect(&config, &desk.bench.client);
    let error = error.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    assert!(error.message().contains("line 7"), "{error}");
    desk.says(&error, "write 7001");
    // Among accounts a positive number is a person.
    let of = |id: &str| PostQuery::new(Timeline::Community(AccountId::new(id)));
    for (id, next) in [("id7001", "club7001"), ("7001", "club7001")] {
        let error = desk.refused(desk.vk.posts(&of(id))).await;
        assert!(
            matches!(error.kind(), ErrorKind::Invalid(_)),
            "{id}: {error}"
        );
        desk.says(&error, next);
    }
    assert!(desk.fake.seen().is_empty());
}

#[tokio::test]
async fn a_token_of_the_wrong_kind_names_the_kind_that_is_needed() {
    let desk = Desk::new("a_token_of_the_wrong_kind_names_the_kind_that_is_needed");
    let now = desk.bench.clock.now();
    let (vk_id, ..) = desk.fake.vk_id_login(Fake::ADMIN, now);
    let user = |token: &str| desk.builder().user_token(token).build().unwrap();
    let there = desk.fake.post_as(WALL, WALL, "There", now);
    let post = PostId::new(format!("wall{WALL}_{there}"));
    let picture = || Draft::text("Hello").media(png());
    for (token, kind, next) in [
        (Fake::GROUP_TOKEN, "user", "set a user token"),
        (Fake::SERVICE_TOKEN, "user", "set a user token"),
        (
            &vk_id,
            // It is known before anything is sent, where a text would go by a community's token, too.
            "community or user, of the kind that a standalone application gets",
            "needs a token of kind community or user, of the kind that a standalone application gets",
        ),
    ] {
        let vk = user(token);
        for draft in [picture(), picture().key("k")] {
            let error = desk.refused(vk.publish(&draft)).await;
            let need = Need::Token(kind.to_owned());
            assert_eq!(error.kind(), &ErrorKind::Forbidden(need), "{error}");
            assert_eq!(error.retry(), Retry::Never);
            desk.says(&error, next);
            assert!(!format!("{error:?}").contains(&vk_id));
        }
        let error = desk.refused(vk.edit(&post, &Edit::text("x"))).await;
        assert!(matches!(error.kind(), ErrorKind::Forbidden(_)), "{error}");
        assert_eq!(desk.posts(), 1);
    }
    // A service token writes nothing, under whatever name it was set.
    let vk = desk
        .builder()
        .community_token(Fake::SERVICE_TOKEN)
        .build()
        .unwrap();
    let error = desk.refused(vk.publish(&Draft::text("Hello"))).await;
    assert!(
        matches!(error.kind(), ErrorKind::Forbidden(Need::Token(_))),
        "{error}"
    );
    desk.says(&error, "set a user or community token");
    let hello = MessageDraft::text("Hello");
    let error = desk.refused(vk.send(&to_bob(), &hello)).await;
    assert!(
        matches!(error.kind(), ErrorKind::Forbidden(Need::Token(_))),
        "{error}"
    );
    desk.says(&error, "service token");
    // Walls are read by others than a community.
    let vk = desk
        .builder()
        .service_token(Fake::GROUP_TOKEN)
        .build()
        .unwrap();
    let error = desk.refused(vk.posts(&PostQuery::own())).await;
    assert!(
        matches!(error.kind(), ErrorKind::Forbidden(Need::Token(_))),
        "{error}"
    );
    desk.says(&error, "user token");
    assert_eq!((desk.posts(), desk.messages()), (1, 0));
    let form = format!("posts={WALL}_{there}");
    let told = desk.ask(Fake::SERVICE_TOKEN, "wall.getById", &form);
    assert_eq!(told["response"]["items"][0]["text"], "There");
}

#[tokio::test]
async fn a_persons_token_in_the_place_of_a_communitys_never_speaks_as_that_person() {
    let desk = Desk::new("a_persons_token_in_the_place_of_a_communitys");
    let hello = MessageDraft::text("Hello");
    // An administrator's speaks as the community, as it is meant; another's speaks not at all.
    let build = |token: &str| desk.builder().community_token(token).build().unwrap();
    let admin = build(Fake::USER_TOKEN);
    desk.run(admin.send(&to_bob(), &hello)).await.unwrap();
    assert_eq!(desk.messages(), 1);
    let now = desk.bench.clock.now();
    desk.fake.allow_as(Fake::CAROL, Fake::GROUP, true, now);
    let scopes = ["wall", "messages", "groups"];
    let carol = desk.fake.user_token(Fake::CAROL, &scopes);
    let vk = build(&carol);
    for error in [
        desk.refused(vk.send(&to_bob(), &hello)).await,
        desk.refused(vk.publish(&Draft::text("Hello"))).await,
    ] {
        assert!(matches!(error.kind(), ErrorKind::Forbidden(_)), "{error}");
        desk.says(&error, "check");
        assert!(!format!("{error:?}").contains(&carol));
    }
    assert_eq!((desk.posts(), desk.messages()), (0, 1));
    let told = desk.ask(Fake::BOB_TOKEN, "messages.getConversations", "count=20");
    let talks = told["response"]["items"].as_array().unwrap();
    let with: Vec<_> = talks
        .iter()
        .map(|talk| &talk["conversation"]["peer"]["id"])
        .collect();
    assert_eq!(with, [&json!(WALL)]);
}
