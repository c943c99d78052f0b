//! Walls: what is written, listed, changed and taken away.

use serde_json::json;
use sociable::adapters::vk::fake::Fake;

use crate::net::{Net, WALL, attached, numbers, text};

fn a_post_of_the_community_stands_on_its_wall_and_is_counted(net: &Net) {
    let first = net.publish(&[("message", "One"), ("signed", "1"), ("mark_as_ads", "1")]);
    let second = net.publish(&[("message", "Two"), ("close_comments", "1")]);
    assert_eq!(net.wall(&[]), [second, first], "the newest comes first");

    let told = net
        .service("wall.get", &[("owner_id", WALL), ("extended", "1")])
        .ok();
    assert_eq!(told["count"], 2);
    let post = &told["items"][1];
    assert_eq!(post["from_id"], -Fake::GROUP);
    assert_eq!(post["signer_id"], Fake::ADMIN);
    assert_eq!(post["marked_as_ads"], 1);
    assert_eq!(post["post_type"], "post");
    assert_eq!(told["items"][0]["comments"]["can_post"], 0);
    assert_eq!(told["groups"][0]["id"], Fake::GROUP);
    assert_eq!(told["profiles"][0]["id"], Fake::ADMIN, "the signer is told");

    net.fake.set_views(-Fake::GROUP, first, 7);
    net.bob(
        "likes.add",
        &[
            ("type", "post"),
            ("owner_id", WALL),
            ("item_id", &first.to_string()),
        ],
    )
    .ok();
    net.fake
        .comment_as(Fake::CAROL, (-Fake::GROUP, first), "Hi", None, net.now());
    let post = &net.posts(&[first])[0];
    assert_eq!(post["views"]["count"], 7);
    assert_eq!(post["likes"]["count"], 1);
    assert_eq!(
        post["likes"]["user_likes"], 0,
        "the administrator did not like it"
    );
    assert_eq!(post["comments"]["count"], 1);
}

fn a_wall_is_read_by_pages_and_filters(net: &Net) {
    let own = net.publish(&[("message", "Own")]);
    let others = net
        .fake
        .post_as(Fake::BOB, -Fake::GROUP, "Bob's", net.now());
    assert_eq!(net.wall(&[("filter", "owner")]), [own]);
    assert_eq!(net.wall(&[("filter", "others")]), [others]);
    assert_eq!(net.wall(&[("count", "1")]), [others]);
    assert_eq!(net.wall(&[("count", "1"), ("offset", "1")]), [own]);
    assert!(net.wall(&[("count", "0")]).is_empty());
    let by_name = net.service("wall.get", &[("domain", "club.test")]).ok();
    assert_eq!(numbers(&by_name), [others, own]);
}

fn an_edit_without_attachments_removes_them(net: &Net) {
    let photo = net.photo("A dot");
    assert_eq!(photo["text"], "A dot");
    let id = net.publish(&[
        ("message", "Look"),
        ("attachments", &attached("photo", &photo)),
    ]);
    let shown = net.posts(&[id])[0]["attachments"][0].clone();
    assert_eq!(shown["type"], "photo");
    assert_eq!(shown["photo"]["id"], photo["id"]);

    let edit = [
        ("owner_id", WALL),
        ("post_id", &id.to_string()),
        ("message", "Gone"),
    ];
    assert_eq!(net.admin("wall.edit", &edit).ok(), json!({ "post_id": id }));
    let post = &net.posts(&[id])[0];
    assert_eq!(post["text"], "Gone");
    assert_eq!(post["attachments"], json!([]));
    assert!(post["edited"].is_i64());
    net.seconds(24 * 3600 + 1);
    let said = net.admin("wall.edit", &edit).refused(214);
    assert!(said.ends_with("edit time expired"), "{said}");
}

fn what_is_deleted_is_gone_until_it_is_restored(net: &Net) {
    let id = net.publish(&[("message", "Soon gone")]);
    let about = [("owner_id", WALL), ("post_id", &id.to_string())];
    net.bob("wall.delete", &about).refused(210);
    assert_eq!(net.admin("wall.delete", &about).ok(), 1);
    net.admin("wall.delete", &about).refused(104);
    let edit = [about[0], about[1], ("message", "x")];
    let said = net.admin("wall.edit", &edit).refused(15);
    assert!(said.contains("deleted"), "{said}");
    assert!(net.wall(&[]).is_empty());
    assert!(net.posts(&[id]).is_empty());
    assert_eq!(net.admin("wall.restore", &about).ok(), 1);
    assert_eq!(net.wall(&[]), [id]);
    net.admin("wall.restore", &about).refused(210);
}

fn a_pinned_post_comes_first(net: &Net) {
    let old = net.publish(&[("message", "Old")]);
    let new = net.publish(&[("message", "New")]);
    let about = [("owner_id", WALL), ("post_id", &old.to_string())];
    net.bob("wall.pin", &about).refused(210);
    net.admin("wall.pin", &about).ok();
    assert_eq!(net.wall(&[]), [old, new]);
    assert_eq!(net.posts(&[old])[0]["is_pinned"], 1);
    net.admin("wall.unpin", &about).ok();
    assert_eq!(net.wall(&[]), [new, old]);
    assert!(net.posts(&[old])[0].get("is_pinned").is_none());
}

fn a_repost_carries_the_first_post_and_is_counted(net: &Net) {
    let id = net.publish(&[("message", "Pass it on")]);
    let object = format!("wall{WALL}_{id}");
    let told = net
        .bob("wall.repost", &[("object", &object), ("message", "See")])
        .ok();
    assert_eq!(told["success"], 1);
    assert_eq!(told["reposts_count"], 1);
    let copy = net.bob("wall.get", &[("owner_id", "102")]).ok();
    assert_eq!(copy["items"][0]["text"], "See");
    assert_eq!(copy["items"][0]["copy_history"][0]["id"], id);
    assert_eq!(net.posts(&[id])[0]["reposts"]["count"], 1);
    let listed = net
        .service(
            "wall.getReposts",
            &[("owner_id", WALL), ("post_id", &id.to_string())],
        )
        .ok();
    assert_eq!(listed["items"][0]["from_id"], Fake::BOB);
    net.bob("wall.repost", &[("object", "wall-7001_999")])
        .refused(100);
}

fn a_scheduled_post_waits_for_its_time_and_then_has_another_number(net: &Net) {
    let when = net.now().as_second() + 3600;
    let at = [("message", "Later"), ("publish_date", &when.to_string())];
    let id = net.publish(&at);
    assert!(net.wall(&[]).is_empty());
    assert_eq!(net.wall(&[("filter", "postponed")]), [id]);
    assert_eq!(net.posts(&[id])[0]["post_type"], "postpone");
    net.service("wall.get", &[("owner_id", WALL), ("filter", "postponed")])
        .refused(15);
    let unseen = format!("{WALL}_{id}");
    let unseen = net.service("wall.getById", &[("posts", &unseen)]).ok();
    assert_eq!(unseen["items"], json!([]));

    let mut again = vec![("owner_id", WALL), ("from_group", "1")];
    again.extend_from_slice(&at);
    let said = net.admin("wall.post", &again).refused(214);
    assert!(text(&json!(said)).contains("already scheduled"), "{said}");
    net.admin(
        "wall.post",
        &[
            ("owner_id", WALL),
            ("message", "Late"),
            ("publish_date", "1000"),
        ],
    )
    .refused(100);

    net.seconds(3600);
    let shown = net.wall(&[]);
    assert_eq!(shown.len(), 1);
    assert_ne!(shown[0], id);
    let post = &net.posts(&shown)[0];
    assert_eq!(post["postponed_id"], id);
    assert_eq!(post["date"], when);
    assert!(net.wall(&[("filter", "postponed")]).is_empty());
}

fn a_scheduled_post_is_published_by_hand_or_by_an_edit_without_a_date(net: &Net) {
    let day = (net.now().as_second() + 86_400).to_string();
    let id = net
        .publish(&[("message", "Tomorrow"), ("publish_date", &day)])
        .to_string();
    let now = net
        .admin("wall.post", &[("owner_id", WALL), ("post_id", &id)])
        .ok();
    assert_eq!(net.wall(&[]), [now["post_id"].as_i64().unwrap()]);

    let id = net
        .publish(&[("message", "Tomorrow"), ("publish_date", &day)])
        .to_string();
    let edit = [("owner_id", WALL), ("post_id", &id), ("message", "Changed")];
    let mut dated = edit.to_vec();
    dated.push(("publish_date", &day));
    net.admin("wall.edit", &dated).ok();
    assert_eq!(net.wall(&[]).len(), 1, "it keeps waiting");
    net.admin("wall.edit", &edit).ok();
    assert_eq!(net.wall(&[]).len(), 2);
}

fn a_guid_publishes_once_an_hour(net: &Net) {
    let form = [("message", "Once"), ("guid", "abc")];
    let id = net.publish(&form);
    assert_eq!(net.publish(&form), id);
    net.seconds(3500);
    assert_eq!(net.publish(&form), id);
    assert_eq!(net.wall(&[]), [id]);
    net.seconds(100);
    assert_ne!(net.publish(&form), id, "after an hour it publishes again");
}

fn what_makes_no_post_is_refused(net: &Net) {
    let refused = |form: &[(&str, &str)]| {
        let mut whole = vec![("owner_id", WALL)];
        whole.extend_from_slice(form);
        net.admin("wall.post", &whole).refused(100)
    };
    refused(&[]);
    refused(&[("message", " ")]);
    refused(&[("message", &"я".repeat(16_385))]);
    refused(&[
        ("message", "Two"),
        ("attachments", "https://a.test/,https://b.test/"),
    ]);
    refused(&[("message", "What"), ("attachments", "nonsense")]);
    refused(&[("attachments", "photo1_999")]);
    let poll = net
        .admin(
            "polls.create",
            &[("question", "Tea?"), ("add_answers", r#"["Yes","No"]"#)],
        )
        .ok();
    refused(&[("attachments", &attached("poll", &poll))]);
    let gone = net.publish(&[("message", "No photo"), ("attachments", "photo1_999")]);
    assert_eq!(
        net.posts(&[gone])[0]["attachments"],
        json!([]),
        "it vanishes silently"
    );
    net.publish(&[("message", &"я".repeat(16_384))]);
}

fn a_day_holds_so_many_posts(net: &Net) {
    net.fake.set_posts_a_day(2);
    net.publish(&[("message", "1")]);
    net.publish(&[("message", "2")]);
    let form = [("owner_id", WALL), ("from_group", "1"), ("message", "3")];
    let said = net.admin("wall.post", &form).refused(214);
    assert!(said.ends_with("you can only add 2 posts a day"), "{said}");
    net.seconds(86_400);
    net.admin("wall.post", &form).ok();
    for ads in 0..6 {
        net.fake.set_posts_a_day(100);
        let text = format!("Buy {ads}");
        let told = net.admin(
            "wall.post",
            &[("owner_id", WALL), ("message", &text), ("mark_as_ads", "1")],
        );
        if ads < 5 {
            told.ok();
        } else {
            told.refused(224);
        }
    }
}

fn search_and_mentions_find_what_was_said(net: &Net) {
    let tea = net.publish(&[("message", "Green tea")]);
    net.publish(&[("message", "Coffee")]);
    let found = net
        .service("wall.search", &[("owner_id", WALL), ("query", "TEA")])
        .ok();
    assert_eq!(numbers(&found), [tea]);
    for n in 0..3 {
        net.fake
            .post_as(Fake::BOB, Fake::BOB, &format!("tea {n}"), net.now());
        net.seconds(1);
    }
    let page = net
        .service("newsfeed.search", &[("q", "tea"), ("count", "2")])
        .ok();
    assert_eq!(page["total_count"], 4);
    let next = text(&page["next_from"]).to_owned();
    let rest = net
        .service(
            "newsfeed.search",
            &[("q", "tea"), ("count", "2"), ("start_from", &next)],
        )
        .ok();
    assert_eq!(rest["items"].as_array().unwrap().len(), 2);
    assert!(rest.get("next_from").is_none());

    let span = (net.now().as_second() - 3).to_string();
    let late = net
        .service("newsfeed.search", &[("q", "tea"), ("start_time", &span)])
        .ok();
    assert_eq!(late["total_count"], 1);

    let post = net.fake.post_as(
        Fake::CAROL,
        Fake::CAROL,
        "Look at @club.test (it)",
        net.now(),
    );
    let comment = net.fake.comment_as(
        Fake::BOB,
        (-Fake::GROUP, tea),
        "[club7001|Club], hello",
        None,
        net.now(),
    );
    let told = net
        .admin("newsfeed.getMentions", &[("owner_id", WALL)])
        .ok();
    assert_eq!(told["count"], 2);
    let mut ids = numbers(&told);
    ids.sort_unstable();
    let mut wanted = [post, comment];
    wanted.sort_unstable();
    assert_eq!(ids, wanted);

    // Who names no beginning is told of one day alone.
    net.seconds(86_400);
    for (first, found) in [(None, 0), (Some(("start_time", "1")), 2)] {
        let mut ask = vec![("owner_id", WALL)];
        ask.extend(first);
        let told = net.admin("newsfeed.getMentions", &ask).ok();
        assert_eq!(told["count"], found, "{first:?}");
    }
    for (first, found) in [(None, 0), (Some(("start_time", "1")), 4)] {
        let mut ask = vec![("q", "tea")];
        ask.extend(first);
        let told = net.service("newsfeed.search", &ask).ok();
        assert_eq!(told["total_count"], found, "{first:?}");
    }
}

stories![
    a_post_of_the_community_stands_on_its_wall_and_is_counted,
    a_wall_is_read_by_pages_and_filters,
    an_edit_without_attachments_removes_them,
    what_is_deleted_is_gone_until_it_is_restored,
    a_pinned_post_comes_first,
    a_repost_carries_the_first_post_and_is_counted,
    a_scheduled_post_waits_for_its_time_and_then_has_another_number,
    a_scheduled_post_is_published_by_hand_or_by_an_edit_without_a_date,
    a_guid_publishes_once_an_hour,
    what_makes_no_post_is_refused,
    a_day_holds_so_many_posts,
    search_and_mentions_find_what_was_said,
];
