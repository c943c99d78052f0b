//! Publishing, editing, deleting, hiding.

use serde_json::json;
use sociable::adapters::x::fake::{Fake, Plan};
use sociable::jiff::SignedDuration;

use crate::net::{Net, id, ids, text};

stories!(
    a_post_is_published_and_told,
    the_same_text_again_is_a_duplicate,
    a_text_weighs_up_to_280,
    what_makes_no_post_is_refused,
    a_poll_keeps_its_rules_and_is_counted,
    one_replies_to_who_asked_and_to_oneself,
    quotes_likes_and_follows_need_a_contract,
    a_post_holds_one_cashtag,
    who_may_reply_is_kept,
    an_unverified_account_has_a_day_of_fifty_posts,
    an_edit_has_a_new_id_and_a_window,
    only_what_is_eligible_is_edited,
    what_is_deleted_is_gone,
    replies_are_hidden_in_own_conversations,
    texts_are_escaped_and_links_shortened,
    the_address_of_a_post_quotes_it,
    a_reply_begins_with_whom_it_answers,
);

fn a_post_is_published_and_told(net: &Net) {
    let seen = net.post(
        "/2/tweets",
        &json!({ "text": "Hello", "made_with_ai": false }),
    );
    assert_eq!(seen.status, 201);
    let made = seen.data();
    assert_eq!(made["text"], "Hello");
    let id = id(&made);
    assert_eq!(made["edit_history_tweet_ids"], json!([id]));
    assert!(id.len() == 19 && id.parse::<f64>().unwrap() as u64 != id.parse::<u64>().unwrap());
    let told = net
        .get(&format!("/2/tweets/{id}?tweet.fields=created_at,author_id,conversation_id,lang,reply_settings,source,possibly_sensitive,paid_partnership"))
        .data();
    assert_eq!(told["created_at"], "2026-11-23T12:00:00.000Z");
    assert_eq!(told["author_id"], Fake::ANNA.to_string());
    assert_eq!(told["conversation_id"], json!(id));
    assert_eq!(told["reply_settings"], "everyone");
    net.fake
        .set_spelling(sociable::adapters::x::fake::Spelling::Post);
    let told = net
        .get(&format!("/2/tweets/{id}?post.fields=public_metrics"))
        .data();
    assert_eq!(told["edit_history_post_ids"], json!([id]));
    assert_eq!(told["public_metrics"]["repost_count"], 0);
}

fn the_same_text_again_is_a_duplicate(net: &Net) {
    let first = net.publish("Once");
    let said = net
        .post("/2/tweets", &json!({ "text": "Once " }))
        .refused(403);
    assert_eq!(
        said,
        "You are not allowed to create a Tweet with duplicate content."
    );
    net.call(
        Fake::BOB_TOKEN,
        "POST",
        "/2/tweets",
        Some(&json!({ "text": "Once" })),
    )
    .ok();
    let reply = json!({ "text": "Once", "reply": { "in_reply_to_tweet_id": first } });
    net.post("/2/tweets", &reply).ok();
    net.wait(SignedDuration::from_hours(12));
    net.publish("Once");
}

fn a_text_weighs_up_to_280(net: &Net) {
    net.fake.set_verified(Fake::ANNA, true, false);
    net.publish(&"a".repeat(280));
    net.post("/2/tweets", &json!({ "text": "b".repeat(281) }))
        .refused(403);
    net.publish(&"é".repeat(280));
    net.publish(&"字".repeat(140));
    net.post("/2/tweets", &json!({ "text": "漢".repeat(141) }))
        .refused(403);
    // An emoji is two, whatever it is made of; a link is 23, whatever its length.
    net.publish(&"👩‍👩‍👧‍👦".repeat(140));
    net.post("/2/tweets", &json!({ "text": "👍🏽".repeat(141) }))
        .refused(403);
    let long = format!("https://example.com/{}", "x".repeat(300));
    net.publish(&format!("{} {long}", "c".repeat(256)));
    net.post(
        "/2/tweets",
        &json!({ "text": format!("{} {long}", "d".repeat(257)) }),
    )
    .refused(403);
    net.publish(&format!("{} a.com", "e".repeat(256)));
    net.post(
        "/2/tweets",
        &json!({ "text": format!("{} b.com", "f".repeat(257)) }),
    )
    .refused(403);
    net.post("/2/tweets", &json!({ "text": "\u{feff}x" }))
        .refused(403);
    let mine = net.fake.post_as(Fake::ANNA, "Start", net.now()).to_string();
    let reply = json!({ "text": format!("@bob_test {}", "g".repeat(280)), "reply": { "in_reply_to_tweet_id": mine } });
    net.post("/2/tweets", &reply).ok();
    net.fake.set_verified(Fake::ANNA, true, true);
    let long = "h".repeat(5000);
    let post = net.publish(&long);
    let told = net
        .get(&format!("/2/tweets/{post}?tweet.fields=note_tweet"))
        .data();
    assert_eq!(told["note_tweet"]["text"], json!(long));
    assert!(text(&told["text"]).ends_with('…'));
}

fn what_makes_no_post_is_refused(net: &Net) {
    net.post("/2/tweets", &json!({})).refused(400);
    net.post("/2/tweets", &json!({ "text": " " })).refused(400);
    net.post("/2/tweets", &json!({ "text": 5 })).refused(400);
    net.post(
        "/2/tweets",
        &json!({ "text": "x", "reply_settings": "everyone" }),
    )
    .refused(400);
    net.post("/2/tweets", &json!({ "text": "x", "reply": {} }))
        .refused(400);
    net.fake.set_plan(Plan::Enterprise);
    let other = net.fake.post_as(Fake::BOB, "Hi", net.now()).to_string();
    let both = json!({ "text": "x", "quote_tweet_id": other, "poll": { "options": ["a", "b"], "duration_minutes": 5 } });
    net.post("/2/tweets", &both).refused(400);
    net.post("/2/tweets", &json!({ "text": "x", "quote_tweet_id": "1" }))
        .refused(400);
}

fn a_poll_keeps_its_rules_and_is_counted(net: &Net) {
    let poll = |options: &[&str], minutes: i64| {
        net.post(
            "/2/tweets",
            &json!({ "text": "?", "poll": { "options": options, "duration_minutes": minutes } }),
        )
    };
    poll(&["a"], 60).refused(400);
    poll(&["a", "b", "c", "d", "e"], 60).refused(400);
    poll(&["a", ""], 60).refused(400);
    poll(&["a", &"b".repeat(26)], 60).refused(400);
    poll(&["a", "b"], 4).refused(400);
    poll(&["a", "b"], 10_081).refused(400);
    let post = id(&poll(&["a", "b"], 5).data());
    net.fake.vote(post.parse().unwrap(), 1);
    let ask = || {
        let target = format!(
            "/2/tweets/{post}?expansions=attachments.poll_ids&poll.fields=voting_status,end_datetime,duration_minutes"
        );
        net.get(&target).ok()
    };
    let told = ask();
    let poll = &told["includes"]["polls"][0];
    assert_eq!(told["data"]["attachments"]["poll_ids"][0], poll["id"]);
    assert_eq!(
        poll["options"][1],
        json!({ "position": 2, "label": "b", "votes": 1 })
    );
    assert_eq!(
        (&poll["voting_status"], &poll["duration_minutes"]),
        (&json!("open"), &json!(5))
    );
    assert_eq!(poll["end_datetime"], "2026-11-23T12:05:00.000Z");
    net.seconds(300);
    assert_eq!(ask()["includes"]["polls"][0]["voting_status"], "closed");
}

fn reply(net: &Net, to: u64, words: &str) -> crate::net::Seen {
    net.post(
        "/2/tweets",
        &json!({ "text": words, "reply": { "in_reply_to_tweet_id": to.to_string() } }),
    )
}

fn one_replies_to_who_asked_and_to_oneself(net: &Net) {
    let strange = net.fake.post_as(Fake::BOB, "Nice day", net.now());
    let said = reply(net, strange, "Yes").refused(403);
    assert_eq!(
        said,
        "You can only reply to or quote posts where you are mentioned or are the author."
    );
    let asked = net
        .fake
        .post_as(Fake::BOB, "@anna_test nice day?", net.now());
    let answer = id(&reply(net, asked, "Yes").data());
    let told = net
        .get(&format!(
            "/2/tweets/{answer}?tweet.fields=conversation_id,in_reply_to_user_id,referenced_tweets"
        ))
        .data();
    assert_eq!(told["conversation_id"], asked.to_string());
    assert_eq!(told["in_reply_to_user_id"], Fake::BOB.to_string());
    assert_eq!(
        told["referenced_tweets"],
        json!([{ "type": "replied_to", "id": asked.to_string() }])
    );
    reply(net, answer.parse().unwrap(), "And one more").ok();
    let quoting = net
        .fake
        .quote_as(Fake::BOB, answer.parse().unwrap(), "She says", net.now());
    reply(net, quoting, "I do").ok();
    net.fake.set_plan_of(Fake::ANNA, Plan::Enterprise);
    reply(net, strange, "Yes").ok();
    let said = reply(net, 1, "Yes").refused(403);
    assert!(said.contains("deleted or not visible"), "{said}");
}

fn quotes_likes_and_follows_need_a_contract(net: &Net) {
    let bobs = net
        .fake
        .post_as(Fake::BOB, "@anna_test hi", net.now())
        .to_string();
    let quote = json!({ "text": "See", "quote_tweet_id": bobs });
    let like = json!({ "tweet_id": bobs });
    let follow = json!({ "target_user_id": Fake::BOB.to_string() });
    let (likes, follows) = (
        format!("/2/users/{}/likes", Fake::ANNA),
        format!("/2/users/{}/following", Fake::ANNA),
    );
    net.post("/2/tweets", &quote).refused(403);
    let seen = net.post(&likes, &like);
    seen.refused(403);
    assert!(text(&seen.json["type"]).ends_with("/client-forbidden"));
    net.post(&follows, &follow).refused(403);
    for plan in [Plan::Basic, Plan::Pro] {
        net.fake.set_plan(plan);
        net.post(&likes, &like).refused(403);
    }
    net.fake.set_plan(Plan::Enterprise);
    let quoting = id(&net.post("/2/tweets", &quote).data());
    net.post(&likes, &like).ok();
    net.post(&follows, &follow).ok();
    let told = net
        .get(&format!("/2/tweets/{quoting}?tweet.fields=referenced_tweets,entities&expansions=referenced_tweets.id"))
        .ok();
    assert_eq!(told["data"]["referenced_tweets"][0]["type"], "quoted");
    assert_eq!(told["includes"]["tweets"][0]["id"], json!(bobs));
    // The quoted post stands behind the text as a link.
    assert!(text(&told["data"]["text"]).starts_with("See https://t.co/"));
    let listed = ids(&net.get(&format!("/2/tweets/{bobs}/quote_tweets")).ok());
    assert_eq!(listed, [quoting]);
}

fn a_post_holds_one_cashtag(net: &Net) {
    net.publish("Buy $AAPL");
    let said = net
        .post("/2/tweets", &json!({ "text": "Buy $AAPL and $MSFT" }))
        .refused(403);
    assert!(said.contains("one cashtag"), "{said}");
    net.publish("It costs $5 and $10");
    net.fake.set_plan(Plan::Enterprise);
    let post = net.publish("Buy $AAPL and $MSFT");
    let told = net
        .get(&format!("/2/tweets/{post}?tweet.fields=entities"))
        .data();
    assert_eq!(told["entities"]["cashtags"][1]["tag"], "MSFT");
}

fn who_may_reply_is_kept(net: &Net) {
    net.fake.set_plan(Plan::Enterprise);
    let made = net
        .post(
            "/2/tweets",
            &json!({ "text": "Friends only", "reply_settings": "following" }),
        )
        .data();
    let target = json!({ "text": "Hi", "reply": { "in_reply_to_tweet_id": id(&made) } });
    let bob = |body| net.call(Fake::BOB_TOKEN, "POST", "/2/tweets", Some(body));
    bob(&target).refused(403);
    net.fake.follow_as(Fake::ANNA, Fake::BOB, net.now());
    bob(&target).ok();
    let told = net
        .get(&format!(
            "/2/tweets/{}?tweet.fields=reply_settings",
            id(&made)
        ))
        .data();
    assert_eq!(told["reply_settings"], "following");
    let named = net
        .post(
            "/2/tweets",
            &json!({ "text": "@bob_test alone", "reply_settings": "mentionedUsers" }),
        )
        .data();
    let target = json!({ "text": "Me?", "reply": { "in_reply_to_tweet_id": id(&named) } });
    bob(&target).ok();
    net.call(Fake::CAROL_TOKEN, "POST", "/2/tweets", Some(&target))
        .refused(403);
}

fn an_unverified_account_has_a_day_of_fifty_posts(net: &Net) {
    net.fake.set_verified(Fake::ANNA, false, false);
    net.fake.set_unverified_day(3, 1);
    let first = net.publish("0");
    net.publish("1");
    net.publish("2");
    let over = net.post("/2/tweets", &json!({ "text": "3" }));
    over.refused(403);
    assert_eq!(over.json["errors"][0]["code"], 185);
    let reply = |words: &str| {
        net.post(
            "/2/tweets",
            &json!({ "text": words, "reply": { "in_reply_to_tweet_id": first } }),
        )
    };
    reply("a").ok();
    reply("b").refused(403);
    net.wait(SignedDuration::from_hours(24));
    net.publish("3");
}

fn an_edit_has_a_new_id_and_a_window(net: &Net) {
    let first = net.publish("Helo");
    let edit = |of: &str, words: &str| {
        net.post(
            "/2/tweets",
            &json!({ "text": words, "edit_options": { "previous_post_id": of } }),
        )
    };
    let ask = |id: &str| {
        net.get(&format!(
            "/2/tweets/{id}?tweet.fields=edit_controls,conversation_id"
        ))
        .data()
    };
    assert_eq!(
        ask(&first)["edit_controls"],
        json!({ "is_edit_eligible": true, "editable_until": "2026-11-23T13:00:00.000Z", "edits_remaining": 5 })
    );
    net.seconds(60);
    let made = edit(&first, "Hello").data();
    let second = id(&made);
    assert_ne!(first, second);
    assert_eq!(made["edit_history_tweet_ids"], json!([first, second]));
    assert_eq!(ask(&second)["edit_controls"]["edits_remaining"], 4);
    assert_eq!(ask(&second)["conversation_id"], json!(first));
    assert_eq!(
        net.ids(&format!("/2/users/{}/tweets", Fake::ANNA)),
        [second.as_str()]
    );
    assert_eq!(ask(&first)["text"], "Helo");
    edit(&first, "Hullo").refused(403);
    net.seconds(3540);
    edit(&second, "Hallo").refused(403);
    assert_eq!(ask(&second)["edit_controls"]["is_edit_eligible"], false);
}

fn only_what_is_eligible_is_edited(net: &Net) {
    let edit = |of: &str, words: &str| {
        net.post(
            "/2/tweets",
            &json!({ "text": words, "edit_options": { "previous_post_id": of } }),
        )
    };
    let poll = net
        .post(
            "/2/tweets",
            &json!({ "text": "?", "poll": { "options": ["a", "b"], "duration_minutes": 5 } }),
        )
        .data();
    edit(&id(&poll), "??").refused(403);
    let asked = net.fake.post_as(Fake::BOB, "@anna_test ?", net.now());
    let answer = id(&reply(net, asked, "Yes").data());
    edit(&answer, "No").refused(403);
    let mut last = net.publish("0");
    for n in 1..=5 {
        last = id(&edit(&last, &n.to_string()).data());
    }
    edit(&last, "6").refused(403);
    net.fake.set_verified(Fake::ANNA, true, false);
    let plain = net.publish("Plain");
    edit(&plain, "Plainer").refused(403);
    edit(&asked.to_string(), "Mine").refused(403);
}

fn what_is_deleted_is_gone(net: &Net) {
    let post = net.publish("Gone soon");
    let bobs = net.fake.post_as(Fake::BOB, "Stays", net.now());
    net.delete(&format!("/2/tweets/{bobs}")).refused(403);
    assert_eq!(
        net.delete(&format!("/2/tweets/{post}")).data(),
        json!({ "deleted": true })
    );
    let told = net.get(&format!("/2/tweets/{post}")).ok();
    assert!(told["data"].is_null());
    assert_eq!(told["errors"][0]["resource_id"], json!(post));
    assert!(
        net.ids(&format!("/2/users/{}/tweets", Fake::ANNA))
            .is_empty()
    );
    net.publish("Gone soon");
}

fn replies_are_hidden_in_own_conversations(net: &Net) {
    let mine: u64 = net.publish("What do you think?").parse().unwrap();
    let answer = net.fake.reply_as(Fake::BOB, mine, "Rude", net.now());
    let hide = |id: u64, hidden: bool| {
        net.put(
            &format!("/2/tweets/{id}/hidden"),
            &json!({ "hidden": hidden }),
        )
    };
    assert_eq!(hide(answer, true).data(), json!({ "hidden": true }));
    assert!(net.fake.is_hidden(answer));
    hide(answer, false).ok();
    assert!(!net.fake.is_hidden(answer));
    let bobs = net.fake.post_as(Fake::BOB, "Mine", net.now());
    let strange = net.fake.reply_as(Fake::CAROL, bobs, "Ours", net.now());
    hide(strange, true).refused(403);
    hide(mine, true).refused(403);
    hide(1, true).refused(404);
}

fn texts_are_escaped_and_links_shortened(net: &Net) {
    let made = net.post("/2/tweets", &json!({ "text": "1 < 2 & 3 > 2 🙂 @bob_test #rüst https://example.com/a?b=c&d=e, ok example.org" })).data();
    let told = net
        .get(&format!(
            "/2/tweets/{}?tweet.fields=entities&expansions=entities.mentions.username",
            id(&made)
        ))
        .ok();
    let said = text(&told["data"]["text"]).to_owned();
    assert_eq!(made["text"], json!(said));
    assert!(
        said.starts_with("1 &lt; 2 &amp; 3 &gt; 2 🙂 @bob_test #rüst https://t.co/"),
        "{said}"
    );
    assert!(said.contains(", ok https://t.co/"), "{said}");
    let letters: Vec<char> = said.chars().collect();
    let entities = &told["data"]["entities"];
    let part = |node: &serde_json::Value| -> String {
        let (start, end) = (
            node["start"].as_u64().unwrap() as usize,
            node["end"].as_u64().unwrap() as usize,
        );
        letters[start..end].iter().collect()
    };
    assert_eq!(part(&entities["mentions"][0]), "@bob_test");
    assert_eq!(entities["mentions"][0]["id"], Fake::BOB.to_string());
    assert_eq!(part(&entities["hashtags"][0]), "#rüst");
    assert_eq!(
        part(&entities["urls"][0]),
        text(&entities["urls"][0]["url"])
    );
    assert_eq!(
        entities["urls"][0]["expanded_url"],
        "https://example.com/a?b=c&d=e"
    );
    assert_eq!(entities["urls"][1]["expanded_url"], "http://example.org");
    assert_eq!(told["includes"]["users"][0]["username"], "bob_test");
}

fn the_address_of_a_post_quotes_it(net: &Net) {
    let bobs = net.fake.post_as(Fake::BOB, "Wise words", net.now());
    let post = net.publish(&format!("See https://x.com/bob_test/status/{bobs}"));
    let told = net
        .get(&format!("/2/tweets/{post}?tweet.fields=referenced_tweets"))
        .data();
    assert_eq!(
        told["referenced_tweets"],
        json!([{ "type": "quoted", "id": bobs.to_string() }])
    );
    assert_eq!(text(&told["text"]).matches("https://t.co/").count(), 1);
    assert!(net.fake.billed().iter().any(|line| line.mills == 200));
    let plain = net.publish(&format!("https://x.com/bob_test/status/{bobs} is wise"));
    let told = net
        .get(&format!("/2/tweets/{plain}?tweet.fields=referenced_tweets"))
        .data();
    assert!(told["referenced_tweets"].is_null());
}

fn a_reply_begins_with_whom_it_answers(net: &Net) {
    let asked = net
        .fake
        .post_as(Fake::BOB, "@anna_test and @carol_test, well?", net.now());
    let answer = |more: serde_json::Value| {
        let mut to = json!({ "in_reply_to_tweet_id": asked.to_string() });
        for (name, value) in more.as_object().unwrap() {
            to[name] = value.clone();
        }
        let said = format!("Yes & no {more}");
        net.post("/2/tweets", &json!({ "text": said, "reply": to }))
            .data()
    };
    let all = answer(json!({}));
    assert!(text(&all["text"]).starts_with("@bob_test @carol_test Yes &amp; no"));
    let target = format!(
        "/2/tweets/{}?tweet.fields=display_text_range,entities",
        id(&all)
    );
    let told = net.get(&target).data();
    assert_eq!(told["display_text_range"][0], 22);
    assert_eq!(told["entities"]["mentions"][1]["username"], "carol_test");
    let one = answer(json!({ "exclude_reply_user_ids": [Fake::CAROL.to_string()] }));
    assert!(text(&one["text"]).starts_with("@bob_test Yes"));
    // What one answers oneself is not addressed, and a name that is there is not put there again.
    let own = reply(net, id(&one).parse().unwrap(), "@bob_test More").data();
    assert_eq!(own["text"], "@bob_test More");
    // Who answers a post names its author, so that the author may answer back.
    let mine: u64 = net.publish("What do you think?").parse().unwrap();
    let bobs = net.fake.reply_as(Fake::BOB, mine, "Nice", net.now());
    reply(net, bobs, "Thanks").ok();
}
