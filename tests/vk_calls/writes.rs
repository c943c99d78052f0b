//! Posts, comments, messages and measures.

use super::*;

#[tokio::test]
async fn what_does_not_go_together_is_refused_before_anything_is_sent() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let comment = || Draft::text("x").reply_to("wall-1_7");
    let quote = || Draft::text("x").quote("wall-1_7");
    let past = clock.now().checked_sub(Duration::from_secs(1)).unwrap();
    let wrong = [
        ("poll", comment().poll(Poll::new(["a"]))),
        ("link", comment().link("https://example.com")),
        (
            "schedule",
            comment().at(clock.now().checked_add(Duration::from_secs(9)).unwrap()),
        ),
        ("place", comment().to("club2")),
        ("reply_to", Draft::text("x").reply_to("nonsense")),
        ("reply_to", Draft::text("x").reply_to("topic-1_2")),
        ("quote", quote().media(png())),
        ("link", quote().link("https://example.com")),
        ("quote", Draft::text("x").quote("wall-1_7_r8")),
        ("text", Draft::new().poll(Poll::new(["a"]))),
        ("schedule", Draft::text("x").at(past)),
        ("place", Draft::text("x").to("nowhere")),
        (
            "native.vk",
            Draft::text("x").native("vk", json!({"owner_id": -2})),
        ),
        (
            "native.vk",
            Draft::text("x").native("vk", json!({"attachments": ["photo1_2,photo1_3&v=1"]})),
        ),
        ("native.vk", Draft::text("x").native("vk", json!(1))),
        (
            "text",
            Draft::text(Text::plain("x".repeat(15_990)).link("a label", "https://example.com/")),
        ),
        (
            "media[0]",
            Draft::text("x").media(Media::existing("photo1_2,doc1_2").kind(MediaKind::Image)),
        ),
    ];
    for (field, draft) in wrong {
        let error = vk.publish(&draft).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Invalid(_)),
            "{field}: {error}"
        );
        assert_eq!(error.violations()[0].field, field, "{error}");
        assert_eq!(error.network(), Some("vk"), "{error}");
    }
    let error = vk
        .publish(&Draft::text("x").visibility(Visibility::Followers))
        .await
        .unwrap_err();
    assert!(error.is_unsupported(), "{error}");
    assert!(server.take().is_empty());
}

#[tokio::test]
async fn comments_are_written_as_the_community_and_name_what_they_answer() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    server.says(
        "wall.createComment",
        json!({"response": {"comment_id": 9, "parents_stack": []}}),
    );
    let comment = vk
        .publish(&Draft::text("Yes").reply_to("wall-1_7_r8"))
        .await
        .unwrap();
    assert_eq!(comment.id.as_str(), "wall-1_7_r9");
    assert_eq!(comment.reply_to.unwrap().as_str(), "wall-1_7_r8");
    assert_eq!(comment.thread.unwrap().as_str(), "wall-1_7");
    let [asked] = server.take().try_into().unwrap();
    assert_eq!(asked.token.as_deref(), Some(COMMUNITY));
    let fields = &asked.fields;
    assert_eq!(
        (fields["owner_id"].as_str(), fields["post_id"].as_str()),
        ("-1", "7")
    );
    assert_eq!(
        (
            fields["from_group"].as_str(),
            fields["reply_to_comment"].as_str()
        ),
        ("1", "8")
    );
    assert!(!fields["guid"].is_empty());
    // On another wall a community's token may not write.
    vk.publish(&Draft::text("Yes").reply_to("wall5_7"))
        .await
        .unwrap();
    assert_eq!(server.take()[0].token.as_deref(), Some(USER));
}

#[tokio::test]
async fn an_edit_says_again_all_that_a_post_shows() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let post = json!({"id": 7, "owner_id": -1, "from_id": -1, "date": 1_773_479_213, "text": "Before", "post_type": "postpone",
    "signer_id": 5, "marked_as_ads": 1, "copyright": {"link": "https://example.com/", "name": "x", "type": "y"},
    "geo": {"type": "point", "coordinates": "55.75 37.61"}, "donut": {"is_donut": true, "paid_duration": 604_800},
    "attachments": [
        {"type": "photo", "photo": {"id": 3, "owner_id": 5, "access_key": "k"}},
        {"type": "poll", "poll": {"id": 9, "owner_id": -1, "answers": []}},
        {"type": "link", "link": {"url": "https://example.com/a"}}
    ]});
    server.says("wall.getById", json!({"response": {"items": [post]}}));
    server.says("wall.edit", json!({"response": {"post_id": 7}}));
    let id = PostId::new("wall-1_7");
    let edited = vk.edit(&id, &Edit::text("After")).await.unwrap();
    assert_eq!(edited.text.as_str(), "After");
    assert_eq!(edited.media.len(), 1);
    assert_eq!(edited.link.unwrap().url, "https://example.com/a");
    let [read, change] = server.take().try_into().unwrap();
    assert_eq!(read.fields["posts"], "-1_7");
    let said: BTreeMap<&str, &str> = change
        .fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let wanted = BTreeMap::from([
        ("attachments", "photo5_3_k,poll-1_9,https://example.com/a"),
        ("copyright", "https://example.com/"),
        ("donut_paid_duration", "604800"),
        ("lat", "55.75"),
        ("long", "37.61"),
        ("mark_as_ads", "1"),
        ("message", "After"),
        ("owner_id", "-1"),
        ("post_id", "7"),
        ("publish_date", "1773479213"),
        ("signed", "1"),
        ("v", "5.199"),
    ]);
    assert_eq!(said, wanted);
    // New files take the place of the old ones, and of nothing else.
    takes_photos(&server);
    let mut edit = Edit::new().native("vk", json!({"attachments": ["market-1_2"]}));
    edit.media = Some(vec![png()]);
    vk.edit(&id, &edit).await.unwrap();
    let asked = server.take();
    assert_eq!(
        asked.last().unwrap().fields["attachments"],
        "photo5_3,poll-1_9,https://example.com/a,market-1_2"
    );
    assert_eq!(asked.last().unwrap().fields["message"], "Before");
}

#[tokio::test]
async fn an_edit_that_would_lose_something_is_refused() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let post = json!({"id": 7, "owner_id": -1, "text": "x", "attachments": [{"type": "textlive", "textlive": {}}]});
    server.says("wall.getById", json!({"response": {"items": [post]}}));
    server.says("wall.getById", json!({"response": {"items": []}}));
    let id = PostId::new("wall-1_7");
    let error = vk.edit(&id, &Edit::text("After")).await.unwrap_err();
    assert!(error.message().contains("textlive"), "{error}");
    let error = vk.edit(&id, &Edit::text("After")).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound);
    assert_eq!(server.methods(), ["wall.getById", "wall.getById"]);
}

#[tokio::test]
async fn a_post_that_was_prepared_long_ago_is_looked_for_before_it_is_published_again() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    server.says("wall.post", json!({"response": {"post_id": 7}}));
    let draft = Draft::text("Once, [club1|truly]")
        .key("k")
        .created_at(clock.now());
    let prepared = {
        let checked = draft
            .inspect()
            .await
            .unwrap()
            .checked(&vk.profile())
            .unwrap();
        vk.prepare(&checked).await.unwrap()
    };
    vk.commit(&prepared).await.unwrap();
    let guid = server.take()[0].fields["guid"].clone();
    clock.advance(Duration::from_secs(2 * 3600));
    let date = clock.now().as_second() - 2 * 3600 + 1;
    let there = |text: &str| json!({"response": {"count": 1, "items": [{"id": 7, "owner_id": -1, "from_id": -1, "date": date, "text": text}]}});
    server.says("wall.get", there("Once, &#91;club1|truly]"));
    let again = vk.commit(&prepared).await.unwrap();
    assert_eq!(again.id.as_str(), "wall-1_7");
    assert_eq!(server.methods(), ["wall.get"]);
    // So is one that is prepared anew under the key of then.
    let found = vk.publish(&draft).await.unwrap();
    assert_eq!(found.id.as_str(), "wall-1_7");
    assert_eq!(server.methods(), ["wall.get"]);
    assert!(matches!(
        vk.reconcile(&prepared).await.unwrap(),
        Reconciled::Published(_)
    ));
    // What is not there is published, under the same name.
    server.answers.lock().unwrap().remove("wall.get");
    server.says("wall.get", there("Another"));
    // It may be too young for the wall, which is told for a minute.
    assert_eq!(vk.reconcile(&prepared).await.unwrap(), Reconciled::Unknown);
    let error = vk.commit(&prepared).await.unwrap_err();
    assert!(error.is_unconfirmed(), "{error}");
    clock.advance(Duration::from_secs(60));
    assert_eq!(
        vk.reconcile(&prepared).await.unwrap(),
        Reconciled::NotPublished
    );
    server.take();
    vk.commit(&prepared).await.unwrap();
    let asked = server.take();
    assert_eq!(asked[1].fields["guid"], guid);
    // Without a token that reads walls nobody can tell.
    let blind = builder(&server, &clock)
        .community_token(COMMUNITY)
        .build()
        .unwrap();
    let error = blind.commit(&prepared).await.unwrap_err();
    assert!(error.is_unconfirmed(), "{error}");
    assert!(server.take().is_empty());
}

#[tokio::test]
async fn a_post_is_looked_for_behind_a_pinned_one_and_on_older_pages() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let began = clock.now().as_second();
    let draft = Draft::text("Long ago").key("k").created_at(clock.now());
    clock.advance(Duration::from_secs(30 * 24 * 3600));
    let other = |id: i64, date: i64| json!({"id": id, "owner_id": -1, "from_id": -1, "date": date, "text": "x"});
    let page = |first: i64| {
        // The pinned post stands first, older than all.
        let mut items = vec![other(1, began - 5000)];
        items.extend((0..99).map(|i| other(first - i, began + first - i)));
        items
    };
    let wall = |items: Vec<Value>| json!({"response": {"count": 300, "items": items}});
    let mut second = page(900);
    second[40] =
        json!({"id": 7, "owner_id": -1, "from_id": -1, "date": began + 5, "text": "Long ago"});
    server
        .says("wall.get", wall(page(1000)))
        .says("wall.get", wall(second));
    let found = vk.publish(&draft).await.unwrap();
    assert_eq!(found.id.as_str(), "wall-1_7");
    let asked = server.take();
    let offsets: Vec<&str> = asked.iter().map(|a| a.fields["offset"].as_str()).collect();
    assert_eq!(offsets, ["0", "100"]);
    // Where it never ends, nobody can tell, and nothing is sent.
    server.answers.lock().unwrap().remove("wall.get");
    server.says("wall.get", wall(page(1000)));
    let error = vk.publish(&draft).await.unwrap_err();
    assert!(error.is_unconfirmed(), "{error}");
    assert!(server.methods().iter().all(|method| method == "wall.get"));
}

#[tokio::test]
async fn a_message_goes_out_once_whatever_becomes_of_its_answer() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let sent =
        json!({"response": [{"peer_id": 5, "message_id": 100, "conversation_message_id": 12}]});
    server
        .says("messages.send", error(10, "Internal server error"))
        .says("messages.send", sent);
    let to = Recipient::Conversation(ConversationId::new("5"));
    let mut draft = MessageDraft::text("Hello & welcome");
    draft.key = Some("order-1".into());
    draft.share = Some("wall-1_7_r8".into());
    draft.reply_to = Some("5_11".into());
    let message = clock.drive(vk.send(&to, &draft)).await.unwrap();
    assert_eq!(
        (message.id.as_str(), message.conversation.as_str()),
        ("5_12", "5")
    );
    assert_eq!(message.author.unwrap().id.as_str(), "club1");
    let asked = server.take();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].fields, asked[1].fields);
    let fields = &asked[0].fields;
    assert_eq!(asked[0].token.as_deref(), Some(COMMUNITY));
    assert_eq!(
        (fields["peer_ids"].as_str(), fields["attachment"].as_str()),
        ("5", "wall-1_7")
    );
    let random_id: i32 = fields["random_id"].parse().unwrap();
    assert!(random_id > 0);
    let forward: Value = serde_json::from_str(&fields["forward"]).unwrap();
    assert_eq!(
        forward,
        json!({"peer_id": 5, "conversation_message_ids": [11], "is_reply": true})
    );
    // Another key, and another peer, have numbers of their own.
    draft.key = Some("order-2".into());
    vk.send(&to, &draft).await.unwrap();
    assert_ne!(server.take()[0].fields["random_id"], random_id.to_string());
    // A message of another conversation is not answered here.
    draft.reply_to = Some("6_11".into());
    let error = vk.send(&to, &draft).await.unwrap_err();
    assert_eq!(error.violations()[0].field, "reply_to", "{error}");
}

#[tokio::test]
async fn a_message_that_is_refused_within_a_success_is_refused() {
    for (code, kind) in [
        (901, "Forbidden"),
        (950, "WindowClosed"),
        (9, "RateLimited"),
        (914, "Invalid"),
    ] {
        let (server, clock) = (Server::default(), clock());
        let vk = whole(&server, &clock);
        let refused = json!({"response": [{"peer_id": 5, "message_id": 0, "error": {"code": code, "description": "No"}}]});
        server.says("messages.send", refused);
        let to = Recipient::Account(AccountRef::id(AccountId::new("id5")));
        let error = vk
            .send(&to, &MessageDraft::text("Hello"))
            .await
            .unwrap_err();
        assert_eq!(error.kind().name(), kind, "{error}");
        assert_eq!(error.code(), Some(code.to_string().as_str()));
    }
}

#[tokio::test]
async fn a_repost_stands_once_and_is_taken_back_by_its_own_number() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let wall = |items: Value| json!({"response": {"count": 1, "items": items}});
    let quoted = json!({"id": 8, "owner_id": -1, "text": "with words", "copy_history": [{"id": 7, "owner_id": 5}]});
    let repost =
        json!({"id": 9, "owner_id": -1, "text": "", "copy_history": [{"id": 7, "owner_id": 5}]});
    server.says("wall.get", wall(json!([quoted])));
    server.says("wall.get", wall(json!([repost, quoted])));
    server.says(
        "wall.repost",
        json!({"response": {"success": 1, "post_id": 9, "reposts_count": 1, "likes_count": 0}}),
    );
    server.says("wall.delete", json!({"response": 1}));
    let target = Target::from(&PostId::new("wall5_7"));
    let first = vk.engage(&target, &Engagement::repost()).await.unwrap();
    assert_eq!(
        (first.changed, first.id.as_deref()),
        (Some(true), Some("wall-1_9"))
    );
    let second = vk.engage(&target, &Engagement::repost()).await.unwrap();
    assert_eq!(second.changed, Some(false));
    let off = clock
        .drive(vk.engage(&target, &Engagement::repost().off()))
        .await
        .unwrap();
    assert_eq!((off.on, off.changed), (false, Some(true)));
    let asked = server.take();
    let methods: Vec<&str> = asked.iter().map(|a| a.method.as_str()).collect();
    assert_eq!(
        methods,
        [
            "wall.get",
            "wall.repost",
            "wall.get",
            "wall.get",
            "wall.delete"
        ]
    );
    assert_eq!(
        (
            asked[1].fields["object"].as_str(),
            asked[1].fields["group_id"].as_str()
        ),
        ("wall5_7", "1")
    );
    assert_eq!(asked[4].fields["post_id"], "9");
}

#[tokio::test]
async fn measures_of_an_administrator_are_no_error_when_they_stand_already() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    for method in [
        "wall.pin",
        "wall.unpin",
        "wall.closeComments",
        "wall.openComments",
        "wall.restore",
        "groups.ban",
    ] {
        server.says(method, json!({"response": 1}));
    }
    server.says(
        "wall.restoreComment",
        error(243, "Comment has not been deleted"),
    );
    server.says("groups.unban", error(104, "Not found"));
    server.says("wall.delete", error(104, "Not found"));
    server.says("wall.get", json!({"response": {"count": 0, "items": []}}));
    let post = || PostId::new("wall-1_7");
    let person = AccountRef::id("id5");
    let all = [
        Moderation::pin(post()),
        Moderation::pin(post()).off(),
        Moderation::close_comments(post()),
        Moderation::close_comments(post()).off(),
        Moderation::restore(post()),
        Moderation::restore(PostId::new("wall-1_7_r8")),
        Moderation::block(person.clone()),
        Moderation::block(person).off(),
        Moderation::restore(post()).off(),
    ];
    for moderation in all {
        let done = clock.drive(vk.moderate(&moderation)).await;
        assert!(done.is_ok(), "{moderation:?}: {done:?}");
    }
    vk.delete(&post()).await.unwrap();
    let asked = server.take();
    let close = asked
        .iter()
        .find(|a| a.method == "wall.closeComments")
        .unwrap();
    assert_eq!(close.token.as_deref(), Some(COMMUNITY));
    let ban = asked.iter().find(|a| a.method == "groups.ban").unwrap();
    assert_eq!(
        (
            ban.fields["group_id"].as_str(),
            ban.fields["owner_id"].as_str()
        ),
        ("1", "5")
    );
}

#[tokio::test]
async fn a_vote_names_its_answers_by_the_numbers_that_the_network_gave() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let poll = json!({"id": 9, "owner_id": -1, "answers": [{"id": 101, "text": "a"}, {"id": 102, "text": "b"}]});
    server.says("wall.getById", json!({"response": {"items": [{"id": 7, "owner_id": -1, "attachments": [{"type": "poll", "poll": poll}]}]}}));
    server.says("polls.addVote", json!({"response": 1}));
    server.says("polls.deleteVote", json!({"response": 0}));
    server.says("users.get", json!({"response": [{"id": 5}]}));
    let target = Target::from(&PostId::new("wall-1_7"));
    let voted = vk.engage(&target, &Engagement::vote([1])).await.unwrap();
    assert_eq!(voted.changed, Some(true));
    // A community has no vote of its own.
    assert_eq!(voted.by.unwrap().as_str(), "id5");
    let asked = server.take();
    assert_eq!(
        (
            asked[1].fields["poll_id"].as_str(),
            asked[1].fields["answer_ids"].as_str()
        ),
        ("9", "102")
    );
    let back = clock
        .drive(vk.engage(&target, &Engagement::vote([]).off()))
        .await
        .unwrap();
    assert_eq!(back.changed, Some(false));
    let error = clock
        .drive(vk.engage(&target, &Engagement::vote([2])))
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
}

#[tokio::test]
async fn a_scheduled_post_that_was_published_is_taken_away_by_its_first_number() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let post = |id: i64| json!({"id": id, "owner_id": -1, "from_id": -1, "text": "x"});
    let wall = |items: Vec<Value>| json!({"response": {"count": 500, "items": items}});
    let mut second: Vec<Value> = (80..180).rev().map(post).collect();
    second[30] = json!({"id": 53, "owner_id": -1, "text": "x", "postponed_id": 50});
    server
        .says("wall.get", wall((180..280).rev().map(post).collect()))
        .says("wall.get", wall(second))
        // Where it ends before the number that was asked for, nothing has come of it.
        .says("wall.get", wall((0..100).rev().map(post).collect()))
        .says("wall.get", error(15, "Access denied: wall is disabled"))
        .says("wall.get", error(29, "Rate limit reached"));
    server
        .says("wall.delete", error(104, "Not found"))
        .says("wall.delete", json!({"response": 1}))
        .says("wall.delete", error(104, "Not found"));
    let id = PostId::new("wall-1_50");
    vk.delete(&id).await.unwrap();
    let asked = server.take();
    let told = |at: usize, name: &str| asked[at].fields.get(name).map(String::as_str);
    let steps: Vec<_> = asked.iter().map(|asked| asked.method.as_str()).collect();
    assert_eq!(
        steps,
        ["wall.delete", "wall.get", "wall.get", "wall.delete"]
    );
    assert_eq!(
        (told(0, "post_id"), told(3, "post_id")),
        (Some("50"), Some("53"))
    );
    assert_eq!(told(2, "offset"), Some("100"));
    assert!(asked.iter().all(|a| a.token.as_deref() == Some(USER)));
    for _ in 0..2 {
        vk.delete(&id).await.unwrap();
        assert_eq!(server.methods(), ["wall.delete", "wall.get"]);
    }
    // Whether it stands there was not to be learned.
    let unknown = vk.delete(&id).await.unwrap_err();
    assert_eq!(unknown.kind(), &ErrorKind::RateLimited, "{unknown}");
}

#[tokio::test]
async fn a_comma_in_the_address_of_a_card_parts_no_attachments() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let url = "https://example.com/maps/?ll=37.61,55.75&z=12";
    let said = "https://example.com/maps/?ll=37.61%2C55.75&z=12";
    server.says("wall.post", json!({"response": {"post_id": 7}}));
    let draft = Draft::text("Here").link(LinkCard::new(url));
    let post = vk.publish(&draft).await.unwrap();
    assert_eq!(post.link.unwrap().url, url);
    assert_eq!(server.take()[0].fields["attachments"], said);
    let there = json!({"id": 7, "owner_id": -1, "text": "Here", "attachments": [{"type": "link", "link": {"url": url}}]});
    server.says("wall.getById", json!({"response": {"items": [there]}}));
    server.says("wall.edit", json!({"response": {"post_id": 7}}));
    let mut new = Edit::new();
    new.link = Some(LinkCard::new(url));
    for edit in [Edit::text("There"), new] {
        let edited = vk.edit(&post.id, &edit).await.unwrap();
        assert_eq!(edited.link.unwrap().url, url);
        assert_eq!(server.take()[1].fields["attachments"], said);
    }
}

#[tokio::test]
async fn a_scheduled_post_that_is_found_on_the_wall_is_live() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let at = clock.now().checked_add(Duration::from_secs(3600)).unwrap();
    let draft = Draft::text("Later").at(at).key("k").created_at(clock.now());
    let inspected = draft.inspect().await.unwrap();
    let checked = inspected.checked(&vk.profile()).unwrap();
    let prepared = vk.prepare(&checked).await.unwrap();
    let wall = |id: i64| {
        let date = at.as_second();
        json!({"response": {"count": 1, "items": [{"id": id, "owner_id": -1, "from_id": -1, "date": date, "text": "Later"}]}})
    };
    let nothing = json!({"response": {"count": 0, "items": []}});
    let looked = async || match vk.reconcile(&prepared).await.unwrap() {
        Reconciled::Published(post) => *post,
        other => panic!("{other:?}"),
    };
    server.says("wall.get", wall(50));
    let waits = looked().await;
    assert_eq!(waits.id.as_str(), "wall-1_50");
    assert_eq!(waits.state, PostState::Scheduled(at));
    assert_eq!(waits.created_at, None);
    clock.advance(Duration::from_secs(2 * 3600));
    server.answers.lock().unwrap().remove("wall.get");
    for answer in [&nothing, &wall(53), &nothing, &wall(53)] {
        server.says("wall.get", answer.clone());
    }
    server.take();
    for live in [looked().await, vk.commit(&prepared).await.unwrap()] {
        assert_eq!(live.id.as_str(), "wall-1_53");
        assert_eq!((live.state, live.created_at), (PostState::Live, Some(at)));
    }
    assert_eq!(server.methods(), ["wall.get"; 4]);
}
