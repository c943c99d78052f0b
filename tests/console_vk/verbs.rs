//! Every verb.

use super::*;

#[test]
fn a_community_is_known_and_a_draft_is_judged_before_anything_is_sent() {
    let desk = Desk::new("vk-known", SHOP);
    let console = &desk.console;
    let networks = console.good(&["networks"]);
    let vk = networks
        .iter()
        .find(|line| line["network"] == "vk")
        .unwrap();
    let operations = vk["operations"].as_array().unwrap();
    for operation in ["publish", "posts.search", "events", "send"] {
        assert!(operations.contains(&operation.into()), "{operation}");
    }
    assert!(vk["text"]["post"].is_object() && vk["media"]["kinds"].is_object());
    let doctor = console.good(&["doctor"]);
    assert_eq!(doctor.len(), 2);
    for (line, name) in doctor.iter().zip(["shop", "bob"]) {
        assert_eq!((text(line, "account"), &line["ok"]), (name, &true.into()));
        assert!(line["needs"].is_array() && line["login"]["kind"].is_string());
        assert!(!line["login"]["scopes"].as_array().unwrap().is_empty());
    }
    let me = console.one(&["me", "--from", "shop"]);
    assert_eq!(keys(&me), ACCOUNT);
    assert_eq!(
        (text(&me, "id"), text(&me, "handle")),
        ("club7001", "club.test")
    );
    assert_eq!(text(&console.one(&["me", "--from", "bob"]), "id"), "id102");

    let asked = desk.fake.seen().len();
    let good = console.one(&["check", "--to", "shop", "--text", "Hello"]);
    assert_eq!(good["violations"], Value::Array(Vec::new()));
    let long = "x".repeat(16_001);
    let done = console.run(&["check", "--to", "shop,bob", "--text", &long]);
    assert_eq!((done.code, done.lines.len()), (1, 2));
    assert_eq!(done.lines[0]["violations"][0]["rule"], "too_long");
    let done = console.run(&["publish", "--to", "shop", "--text", &long]);
    assert_eq!(done.code, 1);
    assert_eq!(done.lines[0]["error"]["kind"], "Invalid");
    assert_eq!(desk.fake.seen().len(), asked);
}

#[test]
fn a_post_with_a_picture_goes_through_its_whole_life() {
    let desk = Desk::new("vk-life", SHOP);
    let console = &desk.console;
    std::fs::write(console.folder.0.join("cat.png"), PNG).unwrap();
    let words = "A kumquat for [everybody] #fruit https://example.com/";
    let publish = [
        "publish", "--to", "shop", "--text", words, "--media", "cat.png", "--key", "once",
    ];
    let published = console.one(&publish);
    assert_eq!(
        (text(&published, "account"), &published["ok"]),
        ("shop", &true.into())
    );
    assert_eq!(keys(&published["post"]), POST);
    assert_eq!(published["post"]["media"][0]["kind"], "image");
    let post = text(&published["post"], "id").to_owned();
    assert!(post.starts_with("wall-7001_"), "{post}");
    // Another process, the same key: the same post.
    let again = console.one(&publish);
    assert_eq!(text(&again["post"], "id"), post);

    let own = || console.good(&["posts", "--from", "shop", "--timeline", "own"]);
    let listed = own();
    assert_eq!(ids(&listed), [post.as_str()]);
    assert_eq!(keys(&listed[0]), POST);
    assert_eq!(keys(&listed[0]["author"]), ["handle", "id", "name"]);
    assert_eq!(listed[0]["text"], words);
    assert!(text(&listed[0], "created_at").ends_with('Z'));
    assert!(listed[0]["reply_to"].is_null() && listed[0]["metrics"]["likes"] == 0);

    let changed = console.one(&[
        "edit",
        "--from",
        "shop",
        &post,
        "--text",
        "A kumquat for one",
    ]);
    assert_eq!(changed["post"]["text"], "A kumquat for one");
    let listed = own();
    assert_eq!(listed[0]["text"], "A kumquat for one");
    assert_eq!(listed[0]["media"][0]["kind"], "image");

    let reply = [
        "publish",
        "--to",
        "bob",
        "--text",
        "Which one?",
        "--reply-to",
        &post,
    ];
    let reply = console.one(&reply);
    let question = text(&reply["post"], "id").to_owned();
    for timeline in [
        "search:kumquat".to_owned(),
        format!("thread:{post}"),
        "account:@club.test".to_owned(),
        "community:club7001".to_owned(),
    ] {
        let found = console.good(&["posts", "--from", "shop", "--timeline", &timeline]);
        assert_eq!(ids(&found)[0], post, "{timeline}");
    }
    let replies = format!("replies:{post}");
    let replies = console.good(&["posts", "--from", "shop", "--timeline", &replies]);
    assert_eq!(ids(&replies), [question.as_str()]);
    assert_eq!(replies[0]["reply_to"], post.as_str());

    for (account, what) in [("bob", "like"), ("bob", "repost"), ("shop", "like")] {
        let on = console.one(&["engage", "--from", account, &post, what]);
        assert_eq!(
            (&on["ok"], &on["on"]),
            (&true.into(), &true.into()),
            "{what}"
        );
    }
    let liked = console.good(&["audience", "--from", "shop", &format!("liked:{post}")]);
    assert!(ids(&liked).contains(&"id102"), "{liked:?}");
    assert_eq!(keys(&liked[0]), ACCOUNT);
    let measured = console.one(&["metrics", "--from", "shop", &post]);
    assert_eq!(
        (text(&measured, "id"), &measured["metrics"]["likes"]),
        (&*post, &2.into())
    );
    let off = console.one(&["engage", "--from", "bob", &post, "like", "--off"]);
    assert_eq!((&off["ok"], &off["on"]), (&true.into(), &false.into()));

    for id in [&question, &post, &post] {
        // What is gone is no failure.
        let gone = console.one(&["delete", "--from", "shop", id]);
        assert_eq!((text(&gone, "id"), &gone["ok"]), (&**id, &true.into()));
    }
    assert!(own().is_empty());
}

#[test]
fn people_messages_and_measures_go_by_the_ids_that_were_printed() {
    let desk = Desk::new("vk-people", SHOP);
    let (console, fake) = (&desk.console, &desk.fake);
    let now = Timestamp::now();
    fake.join_as(Fake::CAROL, Fake::GROUP, true, now);
    fake.message_as(Fake::BOB, Fake::GROUP, "Are you open?", now);
    let members = console.good(&["audience", "--from", "shop", "members"]);
    assert_eq!(keys(&members[0]), ACCOUNT);
    assert!(ids(&members).contains(&"id103"), "{members:?}");

    let talks = console.good(&["conversations", "--from", "shop"]);
    assert_eq!((talks.len(), &talks[0]["unread"]), (1, &1.into()));
    let talk = text(&talks[0], "id").to_owned();
    let send = [
        "send",
        "--from",
        "shop",
        &talk,
        "--text",
        "Until six.",
        "--key",
        "m1",
    ];
    let sent = console.one(&send);
    assert_eq!(keys(&sent), MESSAGE);
    assert_eq!(text(&console.one(&send), "id"), text(&sent, "id"));
    let messages = console.good(&["messages", "--from", "shop", &talk]);
    let said: Vec<&str> = messages.iter().map(|line| text(line, "text")).collect();
    assert_eq!(said, ["Until six.", "Are you open?"]);
    assert_eq!(keys(&messages[0]), MESSAGE);
    let read = console.one(&["engage", "--from", "shop", &talk, "read"]);
    assert_eq!(read["ok"], true);
    // Who never wrote gets no message.
    let done = console.run(&["send", "--from", "shop", "@carol.test", "--text", "Hello"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("write first"), "{}", done.stderr);

    let post = console.one(&[
        "publish",
        "--to",
        "shop",
        "--text",
        "Which?",
        "--poll",
        "Which?|A|B",
    ]);
    let post = text(&post["post"], "id").to_owned();
    assert_eq!(
        console.one(&["engage", "--from", "bob", &post, "vote:1"])["ok"],
        true
    );
    let voted = console.good(&["audience", "--from", "shop", &format!("voted:{post}")]);
    assert_eq!(ids(&voted), ["id102"]);
    for (id, measure) in [(&*post, "pin"), (&*post, "close"), ("@bob.test", "block")] {
        for off in [None, Some("--off")] {
            let moderate = ["moderate", "--from", "shop", id, measure];
            let moderate: Vec<&str> = moderate.into_iter().chain(off).collect();
            assert_eq!(console.one(&moderate)["ok"], true, "{measure} {off:?}");
        }
    }
    let done = console.run(&["moderate", "--from", "shop", &post, "hide"]);
    assert_eq!(done.code, 1);
    assert_eq!(done.lines[0]["error"]["kind"], "Unsupported");
    console.one(&["delete", "--from", "shop", &post]);
    assert_eq!(
        console.one(&["moderate", "--from", "shop", &post, "restore"])["ok"],
        true
    );
    assert_eq!(
        ids(&console.good(&["posts", "--from", "shop"])),
        [post.as_str()]
    );
}

#[test]
fn figures_happenings_and_budgets_are_lines_of_their_own() {
    let desk = Desk::new("vk-figures", SHOP);
    let (console, fake) = (&desk.console, &desk.fake);
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let yesterday: Date = today.yesterday().unwrap();
    let brought = CommunityDay {
        views: 10,
        visitors: 4,
        ..CommunityDay::default()
    };
    fake.set_day(Fake::GROUP, yesterday, brought);
    let figures = console.one(&["metrics", "--from", "shop"]);
    assert_eq!(keys(&figures), ["id", "metrics"]);
    assert_eq!(text(&figures, "id"), "club7001");
    assert_eq!(figures["metrics"]["followers"], 1);

    let campaign = fake.add_campaign("Autumn");
    let ad = fake.add_ad(campaign, "Leaves");
    let brought = AdFigures {
        spent: 1005,
        impressions: 1000,
        ..AdFigures::default()
    };
    fake.set_ad_day(ad, yesterday, brought);
    let period = format!("{}..{today}", yesterday.yesterday().unwrap());
    let rows = console.good(&["promotions", "--from", "shop", "--period", &period]);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1]["name"], "Leaves");
    assert_eq!(rows[1]["metrics"]["impressions"], 1000);
    assert_eq!(rows[1]["metrics"]["spend"]["amount"], "10.05");

    assert!(
        console
            .good(&["events", "--from", "shop", "--since", "now"])
            .is_empty()
    );
    let now = Timestamp::now();
    fake.post_as(Fake::BOB, WALL, "Is anybody here?", now);
    fake.message_as(Fake::BOB, Fake::GROUP, "Are you open?", now);
    fake.join_as(Fake::CAROL, Fake::GROUP, true, now);
    let events = console.good(&["events", "--from", "shop"]);
    let kinds: Vec<&str> = events.iter().map(|line| text(line, "kind")).collect();
    assert_eq!(kinds[..3], ["post", "message", "follow"]);
    for event in &events {
        for key in ["id", "cursor", "kind"] {
            assert!(event[key].is_string(), "{key} in {event}");
        }
    }
    assert_eq!(keys(&events[0]["post"]), POST);
    assert_eq!(keys(&events[1]["message"]), MESSAGE);
    assert_eq!(keys(&events[2]["account"]), ACCOUNT);
    let cursor = text(&events[1], "cursor").to_owned();
    let rest = console.good(&["events", "--from", "shop", "--since", &cursor]);
    assert_eq!(ids(&rest), ids(&events[2..]));
    // One that listens is told what happens meanwhile.
    let cursor = text(events.last().unwrap(), "cursor");
    let follow = [
        "--json", "events", "--from", "shop", "--since", cursor, "--follow",
    ];
    let mut child = console
        .command(&follow)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    fake.post_as(Fake::BOB, WALL, "Hello?", Timestamp::now());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let event: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(event["post"]["text"], "Hello?");

    let lines = console.good(&["--budgets", "publish", "--to", "shop", "--text", "Counted"]);
    assert_eq!(lines[0]["ok"], true);
    let budgets = &lines[1..];
    assert!(!budgets.is_empty());
    for budget in budgets {
        assert_eq!(budget["network"], "vk");
        assert!(
            budget["name"].is_string() && budget["unit"].is_string(),
            "{budget}"
        );
    }
    for verb in [
        &["networks"][..],
        &["doctor"],
        &["budgets"],
        &["me", "--from", "shop", "--budgets"],
        &["posts", "--from", "shop"],
        &["events", "--from", "shop"],
        &["posts", "--from", "shop", "--timeline", "home"],
    ] {
        assert!(!desk.for_people(verb).is_empty(), "{verb:?}");
    }
}
