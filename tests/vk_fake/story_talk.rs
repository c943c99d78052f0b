//! What people say to each other: comments, likes, polls, messages, and the discussions of a community.

use serde_json::{Value, json};
use sociable::adapters::vk::fake::Fake;
use sociable::jiff::SignedDuration;

use crate::net::{CLUB, Net, WALL, attached, numbers, text};

fn post_and(net: &Net) -> (i64, String) {
    let id = net.publish(&[("message", "Talk")]);
    (id, id.to_string())
}

fn comments_stand_in_threads_of_one_level(net: &Net) {
    let (id, post) = post_and(net);
    let say = |token: &str, more: &[(&str, &str)]| {
        let mut form = vec![("owner_id", WALL), ("post_id", &post)];
        form.extend_from_slice(more);
        net.call(token, "wall.createComment", &form).ok()["comment_id"]
            .as_i64()
            .unwrap()
    };
    let first = say(Fake::BOB_TOKEN, &[("message", "First")]).to_string();
    let answer = say(
        Fake::GROUP_TOKEN,
        &[
            ("message", "Answer"),
            ("from_group", CLUB),
            ("reply_to_comment", &first),
        ],
    )
    .to_string();
    let deeper = say(
        Fake::BOB_TOKEN,
        &[("message", "Deeper"), ("reply_to_comment", &answer)],
    );
    let other = say(Fake::USER_TOKEN, &[("message", "Other")]);

    let ask = [
        ("owner_id", WALL),
        ("post_id", &post),
        ("thread_items_count", "10"),
        ("need_likes", "1"),
        ("extended", "1"),
    ];
    let told = net.service("wall.getComments", &ask).ok();
    assert_eq!(told["count"], 4, "all that was said");
    assert_eq!(told["current_level_count"], 2);
    assert_eq!(numbers(&told), [first.parse::<i64>().unwrap(), other]);
    let thread = &told["items"][0]["thread"];
    assert_eq!(thread["count"], 2);
    assert_eq!(thread["items"][0]["from_id"], -Fake::GROUP);
    assert_eq!(thread["items"][1]["id"], deeper);
    assert_eq!(
        thread["items"][1]["parents_stack"],
        json!([first.parse::<i64>().unwrap()])
    );
    assert_eq!(thread["items"][1]["reply_to_user"], -Fake::GROUP);
    assert_eq!(net.posts(&[id])[0]["comments"]["count"], 4);
    let inner = net
        .service(
            "wall.getComments",
            &[
                ("owner_id", WALL),
                ("post_id", &post),
                ("comment_id", &first),
                ("sort", "desc"),
            ],
        )
        .ok();
    assert_eq!(numbers(&inner), [deeper, answer.parse().unwrap()]);
    net.service(
        "wall.getComments",
        &[("owner_id", WALL), ("post_id", "999")],
    )
    .refused(15);
}

fn a_comment_is_changed_by_its_author_and_taken_away_by_the_wall_too(net: &Net) {
    let (_, post) = post_and(net);
    let said = net
        .bob(
            "wall.createComment",
            &[("owner_id", WALL), ("post_id", &post), ("message", "Hm")],
        )
        .ok();
    let comment = said["comment_id"].to_string();
    let about = [("owner_id", WALL), ("comment_id", &comment)];
    let edit = [
        ("owner_id", WALL),
        ("comment_id", &comment),
        ("message", "Well"),
    ];
    net.admin("wall.editComment", &edit).refused(211);
    net.bob("wall.editComment", &edit).ok();
    let seen = net.admin("wall.getComment", &about).ok();
    assert_eq!(seen["items"][0]["text"], "Well");
    net.admin("wall.restoreComment", &about).refused(243);
    net.admin("wall.deleteComment", &about).ok();
    net.admin("wall.deleteComment", &about).refused(104);
    net.admin("wall.getComment", &about).refused(104);
    net.admin("wall.restoreComment", &about).ok();
    net.admin("wall.getComment", &about).ok();
}

fn closed_comments_and_banned_users_say_nothing_and_a_guid_says_it_once(net: &Net) {
    let (_, post) = post_and(net);
    let form = [
        ("owner_id", WALL),
        ("post_id", &post),
        ("message", "Hi"),
        ("guid", "one"),
    ];
    let first = net.bob("wall.createComment", &form).ok();
    assert_eq!(net.bob("wall.createComment", &form).ok(), first);
    net.group("wall.closeComments", &form[..2]).ok();
    net.bob("wall.createComment", &form).refused(213);
    net.group("wall.openComments", &form[..2]).ok();
    net.admin("groups.ban", &[("group_id", CLUB), ("owner_id", "102")])
        .ok();
    net.bob("wall.createComment", &form).refused(213);
    net.admin("wall.createComment", &form).ok();
    net.bob(
        "wall.createComment",
        &[("owner_id", WALL), ("post_id", &post)],
    )
    .refused(213);
}

fn a_like_counts_once_and_likers_are_listed(net: &Net) {
    let (id, post) = post_and(net);
    let like = [
        ("type", "post"),
        ("owner_id", WALL),
        ("item_id", post.as_str()),
    ];
    assert_eq!(net.bob("likes.add", &like).ok(), json!({ "likes": 1 }));
    assert_eq!(net.bob("likes.add", &like).ok(), json!({ "likes": 1 }));
    net.fake
        .like_as(Fake::CAROL, "post", -Fake::GROUP, id, true, net.now());
    net.fake
        .repost_as(Fake::CAROL, -Fake::GROUP, id, "", net.now());
    let mut list = like.to_vec();
    let told = net.service("likes.getList", &list).ok();
    assert_eq!(
        told,
        json!({ "count": 2, "items": [Fake::CAROL, Fake::BOB] })
    );
    list.push(("extended", "1"));
    let told = net.service("likes.getList", &list).ok();
    assert_eq!(told["items"][0]["type"], "profile");
    list[3] = ("filter", "copies");
    let told = net.service("likes.getList", &list).ok();
    assert_eq!(told["items"], json!([Fake::CAROL]));
    assert_eq!(net.bob("likes.isLiked", &like).ok()["liked"], 1);
    assert_eq!(net.bob("likes.delete", &like).ok(), json!({ "likes": 1 }));
    assert_eq!(net.bob("likes.delete", &like).ok(), json!({ "likes": 1 }));
    net.bob(
        "likes.add",
        &[("type", "post"), ("owner_id", WALL), ("item_id", "999")],
    )
    .refused(100);
}

fn a_poll_counts_votes_and_shows_voters_to_who_voted(net: &Net) {
    let ends = (net.now().as_second() + 3600).to_string();
    let poll = net
        .admin(
            "polls.create",
            &[
                ("owner_id", WALL),
                ("question", "Tea?"),
                ("add_answers", r#"["Yes","No"]"#),
                ("end_date", &ends),
            ],
        )
        .ok();
    let id = net.publish(&[
        ("message", "Vote"),
        ("attachments", &attached("poll", &poll)),
    ]);
    assert_eq!(
        net.posts(&[id])[0]["attachments"][0]["poll"]["question"],
        "Tea?"
    );
    let (yes, no) = (
        poll["answers"][0]["id"].clone(),
        poll["answers"][1]["id"].clone(),
    );
    let number = poll["id"].to_string();
    let about = [("owner_id", WALL), ("poll_id", number.as_str())];
    let vote = |answer: &str| {
        let mut form = about.to_vec();
        form.push(("answer_ids", answer));
        net.bob("polls.addVote", &form)
    };
    let mut voters = about.to_vec();
    let both = format!("{yes},{no}");
    voters.push(("answer_ids", &both));
    net.bob("polls.getVoters", &voters).refused(253);
    vote("77777").refused(252);
    vote(&both).refused(252);
    assert_eq!(vote(&yes.to_string()).ok(), 1);
    assert_eq!(vote(&no.to_string()).ok(), 0, "one vote each");
    assert!(net.fake.vote_as(
        Fake::CAROL,
        -Fake::GROUP,
        poll["id"].as_i64().unwrap(),
        &[no.as_i64().unwrap()],
        net.now()
    ));
    let told = net.bob("polls.getVoters", &voters).ok();
    assert_eq!(
        told[0]["users"],
        json!({ "count": 1, "items": [Fake::BOB] })
    );
    voters.push(("fields", "screen_name"));
    let told = net.bob("polls.getVoters", &voters).ok();
    assert_eq!(told[1]["users"]["items"][0]["screen_name"], "carol.test");
    let told = net.admin("polls.getById", &about).ok();
    assert_eq!(told["votes"], 2);
    assert_eq!(told["answers"][0]["rate"], 50.0);
    assert_eq!(net.bob("polls.deleteVote", &about).ok(), 1);
    net.seconds(3600);
    vote(&yes.to_string()).refused(250);
    assert_eq!(net.admin("polls.getById", &about).ok()["closed"], true);
    for answers in [
        "[]",
        "nonsense",
        r#"[""]"#,
        &format!("[{:?}]", "x".repeat(101)),
    ] {
        net.admin(
            "polls.create",
            &[("question", "?"), ("add_answers", answers)],
        )
        .refused(100);
    }
}

fn send(net: &Net, random: &str, more: &[(&str, &str)]) -> crate::net::Seen {
    let mut form = vec![("random_id", random)];
    form.extend_from_slice(more);
    net.group("messages.send", &form)
}

fn a_community_writes_to_who_wrote_first_or_allowed_it(net: &Net) {
    let hi = [("peer_id", "102"), ("message", "Hi")];
    send(net, "1", &hi).refused(901);
    let allowed = [("group_id", CLUB), ("user_id", "102")];
    let is_allowed = || {
        net.group("messages.isMessagesFromGroupAllowed", &allowed)
            .ok()["is_allowed"]
            .clone()
    };
    assert_eq!(is_allowed(), 0);
    net.fake
        .message_as(Fake::BOB, Fake::GROUP, "Hello?", net.now());
    assert_eq!(is_allowed(), 1);
    let id = send(net, "1", &hi).ok();
    assert_eq!(
        send(net, "1", &hi).ok(),
        id,
        "the same random_id sends once"
    );
    let other = send(net, "1", &[("peer_id", "102"), ("message", "Other")]).ok();
    assert_eq!(other, id, "whatever it says");
    let history = net.group("messages.getHistory", &[("peer_id", "102")]).ok();
    assert_eq!(history["count"], 2);
    assert_eq!(history["items"][0]["text"], "Hi");
    assert_eq!(history["items"][1]["from_id"], Fake::BOB);
    let up = net
        .group(
            "messages.getHistory",
            &[("peer_id", "102"), ("rev", "1"), ("extended", "1")],
        )
        .ok();
    assert_eq!(up["items"][0]["text"], "Hello?");
    assert_eq!(up["profiles"][0]["id"], Fake::BOB);

    net.fake.allow_as(Fake::CAROL, Fake::GROUP, true, net.now());
    send(net, "2", &[("peer_id", "103"), ("message", "Hi")]).ok();
    net.fake.allow_as(Fake::BOB, Fake::GROUP, false, net.now());
    send(net, "3", &hi).refused(901);
    send(net, "4", &[("peer_id", "999"), ("message", "Hi")]).refused(936);
    send(net, "5", &[("peer_id", "2000000001"), ("message", "Hi")]).refused(917);
    net.admin("groups.ban", &[("group_id", CLUB), ("owner_id", "103")])
        .ok();
    send(net, "6", &[("peer_id", "103"), ("message", "Hi")]).refused(900);
    let several = send(net, "7", &[("peer_ids", "102,103"), ("message", "Hi")]).ok();
    assert_eq!(several[0]["error"]["code"], 901);
    assert_eq!(several[1]["error"]["code"], 900);
}

fn a_message_that_cannot_be_is_refused(net: &Net) {
    net.fake
        .message_as(Fake::BOB, Fake::GROUP, "Hello?", net.now());
    let to = |more: &[(&'static str, &str)], code: i64| {
        let mut form = vec![("peer_id", "102"), ("random_id", "9")];
        form.extend_from_slice(more);
        net.group("messages.send", &form).refused(code);
    };
    to(&[], 100);
    to(&[("message", &"я".repeat(4097))], 914);
    to(&[("message", "x"), ("keyboard", "{")], 911);
    to(
        &[
            ("message", "x"),
            (
                "format_data",
                r#"{"version":1,"items":[{"type":"bold","offset":0,"length":2}]}"#,
            ),
        ],
        100,
    );
    to(&[("message", "x"), ("reply_to", "999")], 100);
    net.group("messages.send", &[("peer_id", "102"), ("message", "x")])
        .refused(100);
    net.group("messages.send", &[("random_id", "1"), ("message", "x")])
        .refused(100);
    let good = [
        ("peer_id", "102"),
        ("random_id", "9"),
        ("message", "xя"),
        (
            "format_data",
            r#"{"version":1,"items":[{"type":"url","offset":0,"length":2,"url":"https://a.test"}]}"#,
        ),
    ];
    net.group("messages.send", &good).ok();
    let long = "я".repeat(4096);
    let whole = [("peer_id", "102"), ("random_id", "10"), ("message", &long)];
    net.group("messages.send", &whole).ok();
}

fn when_the_window_has_closed_nobody_answers(net: &Net) {
    net.fake
        .set_reply_window(Some(SignedDuration::from_hours(24)));
    let asked = net.now().as_second();
    net.fake
        .message_as(Fake::BOB, Fake::GROUP, "Hello?", net.now());
    let about = [("peer_ids", "102")];
    let can = |net: &Net| {
        net.group("messages.getConversationsById", &about).ok()["items"][0]["can_write"].clone()
    };
    assert_eq!(
        can(net),
        json!({ "allowed": true, "until": asked + 86_400 })
    );
    send(net, "1", &[("peer_id", "102"), ("message", "Hi")]).ok();
    net.seconds(86_400);
    assert_eq!(can(net), json!({ "allowed": false, "reason": 950 }));
    send(net, "2", &[("peer_id", "102"), ("message", "Still?")]).refused(950);
    net.fake
        .message_as(Fake::BOB, Fake::GROUP, "There?", net.now());
    send(net, "3", &[("peer_id", "102"), ("message", "Yes")]).ok();
}

fn conversations_count_what_is_unread_until_it_is_marked(net: &Net) {
    let first = net
        .fake
        .message_as(Fake::BOB, Fake::GROUP, "One", net.now());
    let last = net
        .fake
        .message_as(Fake::BOB, Fake::GROUP, "Two", net.now());
    net.fake
        .message_as(Fake::CAROL, Fake::GROUP, "Me too", net.now());
    let list = |more: &[(&str, &str)]| net.group("messages.getConversations", more).ok();
    let told = list(&[("extended", "1")]);
    assert_eq!(told["count"], 2);
    assert_eq!(told["unread_count"], 2);
    assert_eq!(told["items"][0]["conversation"]["peer"]["id"], Fake::CAROL);
    assert_eq!(told["items"][1]["conversation"]["unread_count"], 2);
    assert_eq!(told["items"][1]["last_message"]["id"], last);
    let after = list(&[("start_message_id", &last.to_string())]);
    assert_eq!(after["items"].as_array().unwrap().len(), 1);
    let mark = [("peer_id", "102"), ("start_message_id", &first.to_string())];
    net.group("messages.markAsRead", &mark).ok();
    assert_eq!(
        list(&[("filter", "unread")])["items"][1]["conversation"]["unread_count"],
        1
    );
    net.group(
        "messages.markAsRead",
        &[("peer_id", "102"), ("mark_conversation_as_read", "1")],
    )
    .ok();
    assert_eq!(list(&[("filter", "unread")])["count"], 1);
    let sent = send(net, "1", &[("peer_id", "102"), ("message", "Hi")]).ok();
    net.fake
        .read_as(Fake::BOB, Fake::GROUP, sent.as_i64().unwrap(), net.now());
    let told = net
        .group(
            "messages.getConversationsById",
            &[("peer_ids", "102"), ("extended", "1")],
        )
        .ok();
    assert_eq!(told["items"][0]["out_read"], sent);
    net.group(
        "messages.setActivity",
        &[("peer_id", "102"), ("type", "typing")],
    )
    .ok();
    let as_admin = net
        .admin("messages.getConversations", &[("group_id", CLUB)])
        .ok();
    assert_eq!(as_admin["count"], 2, "an administrator reads them too");
}

fn messages_are_edited_and_deleted_for_a_day(net: &Net) {
    net.fake
        .message_as(Fake::BOB, Fake::GROUP, "Hello?", net.now());
    let id = send(net, "1", &[("peer_id", "102"), ("message", "Hi")])
        .ok()
        .to_string();
    let edit = [("peer_id", "102"), ("message_id", &id), ("message", "Hi!")];
    net.group("messages.edit", &edit).ok();
    let told = net.group("messages.getById", &[("message_ids", &id)]).ok();
    assert_eq!(told["items"][0]["text"], "Hi!");
    let by_cmid = net
        .group(
            "messages.getByConversationMessageId",
            &[("peer_id", "102"), ("conversation_message_ids", "1,2")],
        )
        .ok();
    assert_eq!(by_cmid["count"], 2);
    let gone = [("message_ids", id.as_str()), ("delete_for_all", "1")];
    net.seconds(86_400);
    net.group("messages.edit", &edit).refused(909);
    let told = net.group("messages.delete", &gone).ok();
    assert_eq!(told[0]["error"]["code"], 924);
    let again = send(net, "2", &[("peer_id", "102"), ("message", "Bye")])
        .ok()
        .to_string();
    let told = net
        .group(
            "messages.delete",
            &[("message_ids", &again), ("delete_for_all", "1")],
        )
        .ok();
    assert_eq!(told[0]["response"], 1);
    let history = net.group("messages.getHistory", &[("peer_id", "102")]).ok();
    assert_eq!(history["count"], 2);
    let bobs = net.bob("messages.getHistory", &[("peer_id", WALL)]).ok();
    assert_eq!(bobs["count"], 2, "and for the other side");
    net.group("messages.restore", &[("message_id", &again)])
        .ok();
}

fn a_community_has_discussions(net: &Net) {
    let topic = net
        .admin(
            "board.addTopic",
            &[
                ("group_id", CLUB),
                ("title", "Rules"),
                ("text", "Be kind"),
                ("from_group", "1"),
            ],
        )
        .ok()
        .to_string();
    let about = [("group_id", CLUB), ("topic_id", topic.as_str())];
    let say = |message: &str| {
        let mut form = about.to_vec();
        form.extend_from_slice(&[("message", message), ("guid", message)]);
        net.bob("board.createComment", &form)
    };
    let said = say("Yes").ok();
    assert_eq!(say("Yes").ok(), said);
    let told = net.service("board.getComments", &about).ok();
    assert_eq!(told["count"], 2);
    assert_eq!(told["items"][0]["from_id"], -Fake::GROUP);
    let said = said.to_string();
    let mut comment = about.to_vec();
    comment.push(("comment_id", &said));
    let mut edit = comment.clone();
    edit.push(("message", "Yes!"));
    net.bob("board.editComment", &edit).ok();
    net.group("board.deleteComment", &comment).ok();
    let topics = net
        .service("board.getTopics", &[("group_id", CLUB), ("extended", "1")])
        .ok();
    assert_eq!(topics["items"][0]["comments"], 1);
    net.group("board.restoreComment", &comment).ok();
    net.admin("board.closeTopic", &about).ok();
    say("Late").refused(15);
    net.admin("board.openTopic", &about).ok();
    net.bob("board.deleteTopic", &about).refused(15);
    net.admin("board.deleteTopic", &about).ok();
    let topics = net.service("board.getTopics", &[("group_id", CLUB)]).ok();
    assert_eq!(topics["items"], Value::Array(Vec::new()));
    assert_eq!(text(&topics["count"]), "");
}

stories![
    comments_stand_in_threads_of_one_level,
    a_comment_is_changed_by_its_author_and_taken_away_by_the_wall_too,
    closed_comments_and_banned_users_say_nothing_and_a_guid_says_it_once,
    a_like_counts_once_and_likers_are_listed,
    a_poll_counts_votes_and_shows_voters_to_who_voted,
    a_community_writes_to_who_wrote_first_or_allowed_it,
    a_message_that_cannot_be_is_refused,
    when_the_window_has_closed_nobody_answers,
    conversations_count_what_is_unread_until_it_is_marked,
    messages_are_edited_and_deleted_for_a_day,
    a_community_has_discussions,
];
