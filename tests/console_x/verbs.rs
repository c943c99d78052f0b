//! Every verb.

use super::*;

#[test]
fn an_account_is_known_and_a_draft_is_judged_before_anything_is_sent() {
    let desk = Desk::new("x-known", SHOP);
    let console = &desk.console;
    let networks = console.good(&["networks"]);
    let x = networks.iter().find(|line| line["network"] == "x").unwrap();
    let operations = x["operations"].as_array().unwrap();
    for operation in ["publish", "posts.search", "events", "send", "trending"] {
        assert!(operations.contains(&operation.into()), "{operation}");
    }
    assert!(x["text"]["post"].is_object() && x["media"]["kinds"].is_object());
    let doctor = console.good(&["doctor"]);
    for (line, name) in doctor.iter().zip(["shop", "bob"]) {
        assert_eq!((text(line, "account"), &line["ok"]), (name, &true.into()));
        assert!(line["needs"].is_array() && line["login"]["kind"].is_string());
    }
    // Bookmarks take a login of OAuth 2.0 alone: that is told before it is tried.
    let needs = doctor[0]["needs"].to_string();
    assert!(needs.contains("OAuth 2.0"), "{needs}");
    let me = console.one(&["me", "--from", "shop"]);
    assert_eq!(keys(&me), ACCOUNT);
    assert_eq!(
        (text(&me, "id"), text(&me, "handle")),
        (Fake::ANNA.to_string().as_str(), Fake::ANNA_NAME)
    );

    let asked = desk.fake.seen().len();
    let long = "x".repeat(281);
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
    let desk = Desk::new("x-life", SHOP);
    let console = &desk.console;
    std::fs::write(console.folder.0.join("cat.png"), PNG).unwrap();
    let words = "A kumquat for everybody #fruit";
    let publish = [
        "publish", "--to", "shop", "--text", words, "--media", "cat.png", "--alt", "A cat",
    ];
    let published = console.one(&publish);
    assert_eq!(
        (text(&published, "account"), &published["ok"]),
        ("shop", &true.into())
    );
    assert_eq!(keys(&published["post"]), POST);
    let post = text(&published["post"], "id").to_owned();
    // The same words a second time are refused, and stand there once.
    let twice = ["publish", "--to", "bob", "--text", "Never twice"];
    console.one(&twice);
    let again = console.run(&twice);
    assert_eq!(again.code, 1);
    assert_eq!(again.lines[0]["error"]["kind"], "Duplicate");
    assert_eq!(desk.fake.posts(), 2);

    let own = || console.good(&["posts", "--from", "shop", "--timeline", "own"]);
    let listed = own();
    assert_eq!(ids(&listed), [post.as_str()]);
    assert_eq!(keys(&listed[0]), POST);
    assert_eq!(keys(&listed[0]["author"]), ["handle", "id", "name"]);
    assert_eq!(listed[0]["text"], words);
    assert_eq!(listed[0]["media"][0]["kind"], "image");
    assert_eq!(listed[0]["metrics"]["likes"], 0);

    let changed = console.one(&[
        "edit",
        "--from",
        "shop",
        &post,
        "--text",
        "A kumquat for one",
    ]);
    let post = text(&changed["post"], "id").to_owned();
    assert_eq!(ids(&own()), [post.as_str()], "an edited post has a new id");
    let reply = [
        "publish",
        "--to",
        "bob",
        "--text",
        "Which one?",
        "--reply-to",
        &post,
    ];
    let question = text(&console.one(&reply)["post"], "id").to_owned();
    let named = format!("account:@{}", Fake::ANNA_NAME);
    let (thread, quotes) = (format!("thread:{post}"), format!("replies:{post}"));
    for timeline in ["search:kumquat", &thread, &named, "home"] {
        let found = console.good(&["posts", "--from", "shop", "--timeline", timeline]);
        assert!(
            ids(&found).contains(&post.as_str()),
            "{timeline}: {found:?}"
        );
    }
    let replies = console.good(&["posts", "--from", "shop", "--timeline", &quotes]);
    assert_eq!(ids(&replies), [question.as_str()]);
    assert_eq!(replies[0]["reply_to"], post.as_str());
    let mentions = console.good(&["posts", "--from", "shop", "--timeline", "mentions"]);
    assert_eq!(ids(&mentions), [question.as_str()]);

    for what in ["like", "repost"] {
        let on = console.one(&["engage", "--from", "bob", &post, what]);
        assert_eq!(
            (&on["ok"], &on["on"]),
            (&true.into(), &true.into()),
            "{what}"
        );
    }
    for list in ["liked", "reposted", "commented"] {
        let found = console.good(&["audience", "--from", "shop", &format!("{list}:{post}")]);
        assert_eq!(ids(&found), [Fake::BOB.to_string()], "{list}");
        assert_eq!(keys(&found[0]), ACCOUNT);
    }
    let measured = console.one(&["metrics", "--from", "shop", &post]);
    assert_eq!(
        (text(&measured, "id"), &measured["metrics"]["likes"]),
        (&*post, &1.into())
    );
    let off = console.one(&["engage", "--from", "bob", &post, "like", "--off"]);
    assert_eq!((&off["ok"], &off["on"]), (&true.into(), &false.into()));
    for off in [None, Some("--off")] {
        let hide = ["moderate", "--from", "shop", &question, "hide"];
        let hide: Vec<&str> = hide.into_iter().chain(off).collect();
        assert_eq!(console.one(&hide)["ok"], true, "{off:?}");
    }
    for id in [&post, &post] {
        // What is gone is no failure.
        let gone = console.one(&["delete", "--from", "shop", id]);
        assert_eq!((text(&gone, "id"), &gone["ok"]), (&**id, &true.into()));
    }
    assert!(own().is_empty());
}

#[test]
fn people_and_messages_go_by_the_ids_that_were_printed() {
    let desk = Desk::new("x-people", SHOP);
    let (console, fake) = (&desk.console, &desk.fake);
    let now = Timestamp::now();
    fake.follow_as(Fake::BOB, Fake::ANNA, now);
    fake.message_as(Fake::BOB, Fake::ANNA, "Are you open?", now);
    let followers = console.good(&["audience", "--from", "shop", "followers"]);
    assert_eq!(ids(&followers), [Fake::BOB.to_string()]);
    let talks = console.good(&["conversations", "--from", "shop"]);
    assert_eq!(talks.len(), 1);
    let talk = text(&talks[0], "id").to_owned();
    let sent = console.one(&["send", "--from", "shop", &talk, "--text", "Until six."]);
    assert_eq!(keys(&sent), MESSAGE);
    let messages = console.good(&["messages", "--from", "shop", &talk]);
    let said: Vec<&str> = messages.iter().map(|line| text(line, "text")).collect();
    assert_eq!(said, ["Until six.", "Are you open?"]);
    assert_eq!(keys(&messages[0]), MESSAGE);
    // Whom the messages are not for.
    fake.set_takes_messages(Fake::CAROL, false);
    let to = format!("@{}", Fake::CAROL_NAME);
    let done = console.run(&["send", "--from", "shop", &to, "--text", "Hello"]);
    assert_eq!(done.code, 1);

    let bob = format!("@{}", Fake::BOB_NAME);
    for off in [None, Some("--off")] {
        let mute = ["moderate", "--from", "shop", &bob, "mute"];
        let mute: Vec<&str> = mute.into_iter().chain(off).collect();
        assert_eq!(console.one(&mute)["ok"], true, "{off:?}");
    }
    let poll = [
        "publish",
        "--to",
        "shop",
        "--text",
        "Which?",
        "--poll",
        "Which?|A|B",
    ];
    let done = console.run(&poll);
    assert_eq!(done.code, 0, "{:?} {}", done.lines, done.stderr);
    let post = text(&done.lines[0]["post"], "id").to_owned();
    // What X does not offer, or not to this kind of token, is refused before anything is asked.
    let asked = fake.seen().len();
    let done = console.run(&["engage", "--from", "shop", &post, "vote:0"]);
    assert_eq!(done.lines[0]["error"]["kind"], "Unsupported");
    let done = console.run(&["engage", "--from", "shop", &post, "bookmark"]);
    assert_eq!(done.lines[0]["error"]["kind"], "Forbidden");
    let done = console.run(&["moderate", "--from", "shop", &bob, "block"]);
    assert_eq!(done.lines[0]["error"]["kind"], "Unsupported");
    assert_eq!(fake.seen().len(), asked);
}

#[test]
fn figures_happenings_trends_and_promotions_are_lines_of_their_own() {
    let desk = Desk::new("x-figures", SHOP);
    let (console, fake) = (&desk.console, &desk.fake);
    let figures = console.one(&["metrics", "--from", "shop"]);
    assert_eq!(keys(&figures), ["id", "metrics"]);
    assert_eq!(text(&figures, "id"), Fake::ANNA.to_string());
    fake.set_trends(1, &[("#cats", Some(12)), ("#dogs", None)]);
    let trends = console.good(&["trending", "--from", "bob"]);
    assert_eq!(trends.len(), 2);
    assert_eq!(trends[0]["name"], "#cats");

    // Without an account of X Ads nothing is asked.
    let today = Timestamp::now().strftime("%Y-%m-%d").to_string();
    let before = Timestamp::now() - SignedDuration::from_hours(72);
    let period = format!("{}..{today}", before.strftime("%Y-%m-%d"));
    let promotions = ["promotions", "--from", "shop", "--period", &period];
    let done = console.run(&promotions);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("ads_account"), "{}", done.stderr);
    let ads = fake.add_ads_account(Fake::ANNA, "Shop", "EUR");
    let campaign = fake.add_promotion(&ads, "Autumn", None);
    let mut brought = AdDay::default();
    brought.micros = 10_050_000;
    brought.impressions = 1000;
    let day = Timestamp::now() - SignedDuration::from_hours(48);
    fake.set_ad_day(&ads, &campaign, day, brought);
    let of_ads = format!(
        "access_token_secret = \"env:X_TEST_TOKEN_SECRET\"\nads_account = \"{ads}\"\nads_url = \"BASE\"\n"
    );
    let with = SHOP.replacen(
        "access_token_secret = \"env:X_TEST_TOKEN_SECRET\"\n",
        &of_ads,
        1,
    );
    desk.accounts("", &with);
    let rows = console.good(&promotions);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["name"], "Autumn");
    assert_eq!(rows[0]["metrics"]["impressions"], 1000);
    assert!(text(&rows[0]["metrics"]["spend"], "amount").starts_with("10.05"));

    let events = console.good(&["events", "--from", "shop", "--since", "now"]);
    assert!(events.is_empty());
    let now = Timestamp::now();
    let hello = format!("@{} is anybody here?", Fake::ANNA_NAME);
    fake.post_as(Fake::BOB, &hello, now);
    fake.message_as(Fake::BOB, Fake::ANNA, "Are you open?", now);
    let events = console.good(&["events", "--from", "shop"]);
    let mut kinds: Vec<&str> = events.iter().map(|line| text(line, "kind")).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["mention", "message"]);
    for event in &events {
        for key in ["id", "cursor", "kind"] {
            assert!(event[key].is_string(), "{key} in {event}");
        }
        match text(event, "kind") {
            "mention" => assert_eq!(keys(&event["post"]), POST),
            _ => assert_eq!(keys(&event["message"]), MESSAGE),
        }
    }
    let cursor = text(&events[0], "cursor").to_owned();
    let rest = console.good(&["events", "--from", "shop", "--since", &cursor]);
    assert_eq!(ids(&rest), ids(&events[1..]));
    console.one(&["publish", "--to", "shop", "--text", "Something to list"]);
    for verb in [
        &["networks"][..],
        &["doctor"],
        &["budgets"],
        &["me", "--from", "shop", "--budgets"],
        &["posts", "--from", "shop"],
        &["events", "--from", "shop"],
    ] {
        assert!(!desk.for_people(verb).is_empty(), "{verb:?}");
    }
}

#[test]
fn a_thread_that_broke_off_goes_on_where_it_broke_off() {
    let desk = Desk::new("x-thread", SHOP);
    let (console, fake) = (&desk.console, &desk.fake);
    let words: Vec<String> = (0..90).map(|n| format!("word{n:03}")).collect();
    let words = words.join(" ");
    let thread = [
        "publish", "--to", "shop", "--text", &words, "--thread", "--key", "t1",
    ];
    let checked = console.one(&["check", "--to", "shop", "--text", &words, "--thread"]);
    assert!(checked["violations"].is_array(), "{checked}");
    // The credits last for one part.
    fake.set_credits(Some(25));
    let broken = console.run(&thread);
    assert_eq!(broken.code, 1, "{:?}", broken.lines);
    let error = &broken.lines[0]["error"];
    assert_eq!(error["kind"], "QuotaExhausted", "{error}");
    assert_eq!(fake.posts(), 1);
    fake.set_credits(None);
    let whole = console.run(&thread);
    assert_eq!(whole.code, 0, "{:?} {}", whole.lines, whole.stderr);
    // Newest first, each after what it answers, and none of them twice.
    let listed = console.good(&["posts", "--from", "shop", "--timeline", "own"]);
    assert_eq!(listed.len(), fake.posts());
    assert!(listed.len() >= 3, "{listed:?}");
    for (part, before) in listed.iter().zip(&listed[1..]) {
        assert_eq!(part["reply_to"], before["id"]);
    }
    let said: Vec<&str> = listed.iter().rev().map(|part| text(part, "text")).collect();
    let said = said.join(" ");
    let all = said.split(' ').filter(|word| word.starts_with("word"));
    assert_eq!(all.collect::<Vec<&str>>().join(" "), words);
}
