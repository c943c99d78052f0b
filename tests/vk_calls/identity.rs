//! Tokens, settings, and who is who.

use super::*;

#[tokio::test]
async fn a_call_shows_its_token_in_the_header_alone_and_names_its_version() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    server.says("wall.post", json!({"response": {"post_id": 7}}));
    let text = Text::plain("Thanks, ")
        .mention_id("Anna", "anna", "id5")
        .push(" & all");
    let post = vk.publish(&Draft::text(text)).await.unwrap();
    assert_eq!(post.id.as_str(), "wall-1_7");
    assert_eq!(post.url.as_deref(), Some("https://vk.com/wall-1_7"));
    assert_eq!(post.author.unwrap().id.as_str(), "club1");
    assert_eq!(post.text.as_str(), "Thanks, Anna & all");
    let [asked] = server.take().try_into().unwrap();
    assert_eq!(asked.uri, "https://api.vk.ru/method/wall.post");
    assert_eq!(asked.token.as_deref(), Some(USER));
    assert_eq!(asked.content_type, "application/x-www-form-urlencoded");
    let fields: Vec<(&str, &str)> = asked
        .fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let guid = asked.fields["guid"].as_str();
    assert_eq!(
        fields,
        [
            ("from_group", "1"),
            ("guid", guid),
            ("message", "Thanks, [id5|Anna] & all"),
            ("owner_id", "-1"),
            ("v", "5.199"),
        ]
    );
    assert!(!String::from_utf8_lossy(&asked.body).contains("s3cret"));
    assert!(!format!("{vk:?}").contains("s3cret"));
}

#[tokio::test]
async fn what_a_token_is_missing_for_is_told_beforehand_and_refused_without_a_request() {
    let (server, clock) = (Server::default(), clock());
    let vk = builder(&server, &clock)
        .community_token(COMMUNITY)
        .build()
        .unwrap();
    let profile = vk.profile();
    assert!(profile.can(&Operation::PUBLISH) && profile.can(&Operation::SEND));
    let user = Need::Token("user".to_owned());
    let told = profile.supports(&Operation::PUBLISH_IMAGE).availability;
    assert_eq!(told, Availability::Needs(user.clone()));
    let post = PostId::new("wall-1_7");
    let refused = [
        vk.publish(&Draft::text("x").media(png()))
            .await
            .unwrap_err(),
        vk.edit(&post, &Edit::text("x")).await.unwrap_err(),
        vk.delete(&post).await.unwrap_err(),
        vk.engage(&Target::from(&post), &Engagement::like())
            .await
            .unwrap_err(),
        vk.call::<Value>("stats.get", &json!({"group_id": 1}))
            .await
            .unwrap_err(),
        vk.call_as::<Value>(TokenKind::User, "users.get", &json!({}))
            .await
            .unwrap_err(),
    ];
    for error in refused {
        assert_eq!(error.kind(), &ErrorKind::Forbidden(user.clone()), "{error}");
        assert_eq!(error.network(), Some("vk"));
    }
    assert!(server.take().is_empty());
    // A text goes by the community's own token.
    server.says("wall.post", json!({"response": {"post_id": 7}}));
    vk.publish(&Draft::text("x")).await.unwrap();
    assert_eq!(server.take()[0].token.as_deref(), Some(COMMUNITY));
}

#[test]
fn a_wrong_setting_is_a_config_error_that_says_what_to_write() {
    let build = |builder: VkBuilder| builder.client(&Client::new().unwrap()).build().unwrap_err();
    let wrong_sign = build(Vk::builder().community(-123).community_token("t0ken"));
    assert_eq!(wrong_sign.kind(), &ErrorKind::Config);
    assert!(wrong_sign.message().contains("write 123"), "{wrong_sign}");
    for (builder, word) in [
        (Vk::builder(), "there is no token"),
        (
            Vk::builder().community(0).user_token("t0ken"),
            "`community` is 0",
        ),
        (
            Vk::builder().community_token("t0ken"),
            "`community_token` needs `community`",
        ),
        (Vk::builder().user_token(" "), "`user_token` is no token"),
        (
            Vk::builder().user_token("t0ken t0ken"),
            "`user_token` is no token",
        ),
        (
            Vk::builder()
                .user_token("t0ken")
                .base_url("http://api.vk.ru"),
            "plain http",
        ),
        (
            Vk::builder().user_token("t0ken").base_url("not an address"),
            "https://api.vk.ru",
        ),
    ] {
        let error = build(builder);
        assert_eq!(error.kind(), &ErrorKind::Config, "{error}");
        assert!(error.message().contains(word), "{error}");
        assert!(
            !format!("{error} {error:?}").contains("t0ken t0ken"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_person_is_known_by_the_users_token_and_asked_once() {
    let (server, clock) = (Server::default(), clock());
    let vk = Vk::builder()
        .user_token(USER)
        .pace(TokenKind::User, 100)
        .client(&client(&server, &clock))
        .build()
        .unwrap();
    server.says("users.get", json!({"response": [{"id": 5, "first_name": "Anna", "last_name": "K", "screen_name": "anna"}]}));
    server.says("wall.post", json!({"response": {"post_id": 7}}));
    assert_eq!(vk.profile().account, None);
    let draft = Draft::text("Mine").visibility(Visibility::Followers);
    let post = vk.publish(&draft).await.unwrap();
    assert_eq!(post.id.as_str(), "wall5_7");
    vk.publish(&Draft::text("Mine")).await.unwrap();
    let asked = server.take();
    let methods: Vec<&str> = asked.iter().map(|a| a.method.as_str()).collect();
    assert_eq!(methods, ["users.get", "wall.post", "wall.post"]);
    assert_eq!(asked[1].fields["friends_only"], "1");
    assert!(!asked[1].fields.contains_key("from_group"));
    assert_eq!(vk.profile().account.as_ref().unwrap().as_str(), "id5");
    assert_eq!(vk.me().await.unwrap().name.as_deref(), Some("Anna K"));
}

#[tokio::test]
async fn rights_that_a_token_lacks_are_told_once_they_were_asked_for() {
    let (server, clock) = (Server::default(), clock());
    let vk = builder(&server, &clock).user_token(USER).build().unwrap();
    assert!(vk.profile().can(&Operation::PUBLISH_IMAGE));
    server.says(
        "account.getAppPermissions",
        json!({"response": 8192 + 262_144}),
    );
    let profile = vk.refresh_profile().await.unwrap();
    assert!(profile.can(&Operation::PUBLISH));
    let need = Availability::Needs(Need::Scope("photos".to_owned()));
    assert_eq!(
        profile.supports(&Operation::PUBLISH_IMAGE).availability,
        need
    );
    assert_eq!(profile.login.as_ref().unwrap().scopes, ["wall", "groups"]);
    server.take();
    let error = vk
        .publish(&Draft::text("x").media(png()))
        .await
        .unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::Forbidden(Need::Scope("photos".to_owned()))
    );
    assert!(server.take().is_empty());
}

#[tokio::test]
async fn a_name_is_resolved_and_nobodys_is_not_found() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    server.says(
        "utils.resolveScreenName",
        json!({"response": {"type": "group", "object_id": 3}}),
    );
    server.says("utils.resolveScreenName", json!({"response": []}));
    server.says(
        "groups.getById",
        json!({"response": {"groups": [{"id": 3, "name": "Shop", "screen_name": "shop"}]}}),
    );
    let shop = vk.account(&AccountRef::handle("@shop")).await.unwrap();
    assert_eq!(
        (shop.id.as_str(), shop.handle.as_deref()),
        ("club3", Some("shop"))
    );
    let error = vk.account(&AccountRef::handle("nobody")).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound);
    server.take();
    for bad in ["", "no name", "a", "x/y"] {
        let error = vk.account(&AccountRef::handle(bad)).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Invalid(_)),
            "{bad}: {error}"
        );
    }
    assert!(server.take().is_empty());
}

#[tokio::test]
async fn a_token_of_vk_id_takes_no_call_from_those_that_may_make_it() {
    const VK_ID: &str = "vk2.a.user-token-s3cret";
    let (server, clock) = (Server::default(), clock());
    let vk = builder(&server, &clock)
        .community_token(COMMUNITY)
        .user_token(VK_ID)
        .service_token(SERVICE)
        .build()
        .unwrap();
    let profile = vk.profile();
    assert!(profile.can(&Operation::PUBLISH) && profile.can(&Operation::POSTS_OWN));
    for operation in [Operation::PUBLISH_IMAGE, Operation::EDIT] {
        let told = profile.supports(&operation).availability;
        let Availability::Needs(Need::Token(token)) = told else {
            panic!("{operation}: {told:?}");
        };
        assert!(token.contains("standalone"), "{operation}: {token}");
    }
    server.says("wall.post", json!({"response": {"post_id": 7}}));
    server.says("wall.get", json!({"response": {"count": 0, "items": []}}));
    server.says("users.get", json!({"response": [{"id": 5}]}));
    vk.publish(&Draft::text("x")).await.unwrap();
    vk.posts(&PostQuery::own()).await.unwrap();
    let shown: Vec<_> = server.take().into_iter().map(|asked| asked.token).collect();
    assert_eq!(shown, [COMMUNITY, SERVICE].map(|t| Some(t.to_owned())));
    // Alone it reads profiles, and says what else it would take.
    let alone = Vk::builder()
        .user_token(VK_ID)
        .client(&client(&server, &clock))
        .build()
        .unwrap();
    assert_eq!(alone.me().await.unwrap().id.as_str(), "id5");
    assert_eq!(server.take()[0].token.as_deref(), Some(VK_ID));
    let error = alone.publish(&Draft::text("x")).await.unwrap_err();
    assert!(error.message().contains("standalone"), "{error}");
    assert!(server.take().is_empty());
}

#[tokio::test]
async fn who_deleted_the_account_has_no_name_and_no_picture() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let user = |gone: Option<&str>| {
        json!({"response": [{"id": 5, "first_name": "DELETED", "last_name": "", "deactivated": gone,
            "photo_200": "https://vk.test/images/deactivated_200.png"}]})
    };
    server
        .says("users.get", user(Some("deleted")))
        .says("users.get", user(Some("banned")));
    let gone = vk.account(&AccountRef::id("id5")).await.unwrap();
    assert_eq!(gone.id.as_str(), "id5");
    assert_eq!((gone.name, gone.avatar), (None, None));
    let banned = vk.account(&AccountRef::id("id5")).await.unwrap();
    assert!(banned.name.is_some() && banned.avatar.is_some());
}
