//! Files on their way to a post.

use super::*;

#[tokio::test]
async fn a_photo_goes_through_its_steps_and_only_the_api_sees_a_token() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    takes_photos(&server);
    let post = vk
        .publish(&Draft::text("A cat").media(png()))
        .await
        .unwrap();
    assert_eq!(post.media.len(), 1);
    assert_eq!(post.media[0].kind, MediaKind::Image);
    let [place, file, save, publish] = server.take().try_into().unwrap();
    assert_eq!(
        (place.method.as_str(), place.fields["group_id"].as_str()),
        ("photos.getWallUploadServer", "1")
    );
    assert_eq!(file.uri, "https://pu.vk.test/photo");
    assert_eq!(file.token, None);
    assert!(
        file.content_type
            .starts_with("multipart/form-data; boundary=")
    );
    let body = String::from_utf8_lossy(&file.body).into_owned();
    assert!(
        body.contains("name=\"photo\"; filename=\"a.png\"\r\nContent-Type: image/png"),
        "{body}"
    );
    assert_eq!(save.fields["photo"], "[{\"photo\":\"a\"}]");
    assert_eq!(
        (save.fields["server"].as_str(), save.fields["hash"].as_str()),
        ("77", "h")
    );
    assert_eq!(save.fields["group_id"], "1");
    assert_eq!(publish.fields["attachments"], "photo5_3");
    for asked in [&place, &save, &publish] {
        assert_eq!(asked.token.as_deref(), Some(USER), "{}", asked.method);
    }
}

#[tokio::test]
async fn an_upload_that_goes_wrong_publishes_nothing() {
    let wrong: [(&str, Value, &str); 7] = [
        (
            "/photo",
            json!({"server": 77, "photo": "[]", "hash": "h"}),
            "Invalid",
        ),
        (
            "/photo",
            json!({"server": 77, "photo": "", "hash": "h"}),
            "Invalid",
        ),
        (
            "/photo",
            json!({"error": "ERR_UPLOAD_BAD_IMAGE_SIZE"}),
            "Invalid",
        ),
        (
            "photos.saveWallPhoto",
            error(5, "User authorization failed: access_token was revoked"),
            "Unauthorized",
        ),
        (
            "photos.saveWallPhoto",
            error(14, "Captcha needed"),
            "Challenge",
        ),
        (
            "photos.saveWallPhoto",
            error(129, "Invalid photo"),
            "Invalid",
        ),
        (
            "photos.getWallUploadServer",
            json!({"response": {"upload_url": "http://127.0.0.1:9/photo"}}),
            "Decode",
        ),
    ];
    for (method, answer, kind) in wrong {
        let (server, clock) = (Server::default(), clock());
        let vk = whole(&server, &clock);
        takes_photos(&server);
        server.answers.lock().unwrap().remove(method);
        server.says(method, answer.clone());
        let error = clock
            .drive(vk.publish(&Draft::text("A cat").media(png())))
            .await
            .unwrap_err();
        assert_eq!(error.kind().name(), kind, "{answer}: {error}");
        assert!(
            !server.methods().contains(&"wall.post".to_owned()),
            "{answer}"
        );
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("s3cret") && !shown.contains("private words"),
            "{shown}"
        );
        if kind == "Invalid" {
            assert_eq!(error.violations()[0].field, "media[0]", "{error}");
        }
    }
}

#[tokio::test]
async fn an_upload_that_the_network_spoils_is_made_once_more_from_the_beginning() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    takes_photos(&server);
    let good = json!({"response": [{"id": 3, "owner_id": 5}]});
    server
        .answers
        .lock()
        .unwrap()
        .remove("photos.saveWallPhoto");
    server
        .says("photos.saveWallPhoto", error(22, "Upload error"))
        .says("photos.saveWallPhoto", good);
    vk.publish(&Draft::text("A cat").media(png()))
        .await
        .unwrap();
    let steps = [
        "photos.getWallUploadServer",
        "/photo",
        "photos.saveWallPhoto",
    ];
    let methods = server.methods();
    assert_eq!(methods[..3], steps);
    assert_eq!(methods[3..6], steps);
    assert_eq!(methods[6..], ["wall.post"]);
    // Twice is the file's fault.
    server
        .answers
        .lock()
        .unwrap()
        .remove("photos.saveWallPhoto");
    server.says("photos.saveWallPhoto", error(22, "Upload error"));
    let error = clock
        .drive(vk.publish(&Draft::text("A cat").media(png())))
        .await
        .unwrap_err();
    assert_eq!(error.kind().name(), "Invalid", "{error}");
}

#[tokio::test]
async fn videos_documents_polls_and_links_stand_behind_one_another() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    takes_photos(&server);
    server.says("video.save", json!({"response": {"upload_url": "https://vu.vk.test/video", "video_id": 4, "owner_id": -1, "access_key": "k"}}));
    server.says("/video", json!({"size": 3, "video_id": 4}));
    server.says(
        "docs.getWallUploadServer",
        json!({"response": {"upload_url": "https://du.vk.test/doc"}}),
    );
    server.says("/doc", json!({"file": "f|1"}));
    server.says(
        "docs.save",
        json!({"response": {"type": "doc", "doc": {"id": 6, "owner_id": 5}}}),
    );
    server.says(
        "polls.create",
        json!({"response": {"id": 9, "owner_id": -1, "answers": []}}),
    );
    let draft = Draft::text("Which?")
        .media(png())
        .media(
            Media::bytes(&b"mp4"[..])
                .media_type("video/mp4")
                .name("v.mp4"),
        )
        .media(
            Media::bytes(&b"%PDF"[..])
                .media_type("application/pdf")
                .name("price list.pdf"),
        )
        .poll(Poll::new(["Now, \"or\"", "Later"]).open_for(Duration::from_secs(60)))
        .link(
            LinkCard::new("https://example.com/a?b=1")
                .title("Notes")
                .thumbnail(png()),
        )
        .native(
            "vk",
            json!({"signed": true, "mark_as_ads": true, "attachments": ["market-1_2"]}),
        )
        .at(clock.now().checked_add(Duration::from_secs(3600)).unwrap());
    let post = clock.drive(vk.publish(&draft)).await.unwrap();
    let in_an_hour = clock.now().as_second() / 3600;
    assert!(
        matches!(post.state, PostState::Scheduled(at) if at.as_second() / 3600 == in_an_hour + 1)
    );
    let asked = server.take();
    let of = |method: &str| asked.iter().find(|a| a.method == method).unwrap();
    let fields = &of("wall.post").fields;
    assert_eq!(
        fields["attachments"],
        "photo5_3,video-1_4,doc5_6,market-1_2,poll-1_9,https://example.com/a?b=1"
    );
    assert_eq!(
        (fields["signed"].as_str(), fields["mark_as_ads"].as_str()),
        ("1", "1")
    );
    assert_eq!(
        (
            fields["link_title"].as_str(),
            fields["link_photo_id"].as_str()
        ),
        ("Notes", "5_3")
    );
    assert!(fields.contains_key("publish_date"));
    assert_eq!(of("docs.save").fields["title"], "price list.pdf");
    let poll = &of("polls.create").fields;
    assert_eq!(poll["add_answers"], r#"["Now, \"or\"","Later"]"#);
    assert_eq!(poll["question"], "Which?");
    assert_eq!(of("video.save").fields["group_id"], "1");
}

#[tokio::test]
async fn files_are_uploaded_to_whom_they_go_with_and_not_to_the_wall_that_shows_them() {
    let (server, clock) = (Server::default(), clock());
    takes_photos(&server);
    server.says("video.save", json!({"response": {"upload_url": "https://vu.vk.test/video", "video_id": 4, "owner_id": 5}}));
    server.says("/video", json!({"size": 3, "video_id": 4}));
    let place = json!({"response": {"upload_url": "https://du.vk.test/doc"}});
    server.says("docs.getWallUploadServer", place);
    server.says("/doc", json!({"file": "f|1"}));
    let saved = json!({"response": {"type": "doc", "doc": {"id": 6, "owner_id": 5}}});
    server.says("docs.save", saved);
    server.says(
        "wall.createComment",
        json!({"response": {"comment_id": 9, "parents_stack": []}}),
    );
    server.says(
        "users.get",
        json!({"response": [{"id": 5, "first_name": "Anna", "last_name": "K"}]}),
    );
    let comment = json!({"id": 9, "owner_id": -999, "from_id": 5, "text": "See"});
    server.says("wall.getComment", json!({"response": {"items": [comment]}}));
    server.says("wall.editComment", json!({"response": 1}));
    let community = whole(&server, &clock);
    let person = Vk::builder()
        .user_token(USER)
        .pace(TokenKind::User, 1000)
        .client(&client(&server, &clock))
        .build()
        .unwrap();
    let files = || {
        let film = Media::bytes(&b"mp4"[..])
            .media_type("video/mp4")
            .name("v.mp4");
        let list = Media::bytes(&b"%PDF"[..])
            .media_type("application/pdf")
            .name("l.pdf");
        [png(), film, list]
    };
    let see = || files().into_iter().fold(Draft::text("See"), Draft::media);
    // Whose the files are, as they are uploaded: a community's, a person's who is named, or a person's.
    let told = |of: &str| {
        let asked = server.take();
        let uploads = [
            "photos.getWallUploadServer",
            "photos.saveWallPhoto",
            "video.save",
            "docs.getWallUploadServer",
        ];
        uploads.map(|method| {
            let call = asked.iter().find(|asked| asked.method == method);
            let fields = &call.unwrap_or_else(|| panic!("{of}: {method}")).fields;
            let whose = fields.get("group_id").map(|id| format!("club{id}"));
            whose.or_else(|| fields.get("user_id").map(|id| format!("id{id}")))
        })
    };
    let own = || [None, Some("id5".to_owned()), None, None];
    let club = || [(); 4].map(|()| Some("club1".to_owned()));
    let mut edit = Edit::new();
    edit.media = Some(files().into());
    let theirs = PostId::new("wall-999_7_r9");
    clock
        .drive(community.publish(&see().reply_to("wall-999_7")))
        .await
        .unwrap();
    assert_eq!(told("its comment elsewhere"), club());
    clock.drive(community.edit(&theirs, &edit)).await.unwrap();
    assert_eq!(told("its comment, changed"), club());
    clock
        .drive(community.publish(&see().to("club999")))
        .await
        .unwrap();
    assert_eq!(told("a post elsewhere"), [None, None, None, None]);
    clock
        .drive(person.publish(&see().reply_to("wall-999_7")))
        .await
        .unwrap();
    assert_eq!(told("a person's comment"), own());
    clock.drive(person.edit(&theirs, &edit)).await.unwrap();
    assert_eq!(told("a person's comment, changed"), own());
    clock
        .drive(person.publish(&see().to("club999")))
        .await
        .unwrap();
    assert_eq!(told("a person's post elsewhere"), own());
}
