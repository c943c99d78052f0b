//! The checks against VK's contract hold and refuse what they should.

#![cfg(feature = "vk")]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod contract;

use contract::dice::Freedom;
use contract::vk::{Contract, Generator, Tally};
use serde_json::{Value, json};

fn contract(test: &str) -> Option<Contract> {
    contract::vk(test).unwrap()
}

fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut form: Vec<(String, String)> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    form.push(("v".to_owned(), "5.199".to_owned()));
    form
}

/// What one of the checks said, joined; empty when all held.
fn said(result: Result<(), Vec<String>>) -> String {
    result.err().unwrap_or_default().join("\n")
}

#[test]
fn a_good_call_passes_and_each_mistake_in_it_is_told() {
    let Some(vk) = contract("calls against VK's contract") else {
        return;
    };
    let told = |method: &str, pairs: &[(&str, &str)], token: Option<&str>| {
        said(vk.check_request(method, &form(pairs), token))
    };
    let post = [
        ("owner_id", "-1"),
        ("from_group", "1"),
        ("message", "Hi"),
        ("guid", "a"),
    ];
    assert_eq!(told("wall.post", &post, Some("user")), "");
    assert_eq!(told("wall.post", &post, Some("group")), "", "an exception");
    assert_eq!(
        told(
            "wall.get",
            &[("owner_id", "-1"), ("count", "100")],
            Some("service")
        ),
        ""
    );
    let send = [("peer_id", "1"), ("random_id", "-5"), ("message", "Hi")];
    assert_eq!(told("messages.send", &send, Some("group")), "");
    let keyboard = [
        ("peer_id", "1"),
        ("random_id", "1"),
        ("keyboard", r#"{"one_time":true,"buttons":[]}"#),
    ];
    assert_eq!(told("messages.send", &keyboard, None), "");
    assert_eq!(told("execute", &[("code", "return 1;")], Some("group")), "");

    for (method, pairs, token, wanted) in [
        ("wall.pots", &[][..], None, "no method"),
        (
            "wall.post",
            &[("mesage", "x"), ("message", "x")],
            None,
            "no parameter",
        ),
        (
            "wall.post",
            &[("owner_id", "x"), ("message", "x")],
            None,
            "not of the type",
        ),
        (
            "wall.post",
            &[("from_group", "yes"), ("message", "x")],
            None,
            "not of the type",
        ),
        ("wall.post", &[("owner_id", "-1")], None, "is missing"),
        (
            "wall.edit",
            &[("owner_id", "-1")],
            None,
            "post_id is missing",
        ),
        ("wall.edit", &[("post_id", "-1")], None, "too small"),
        (
            "wall.search",
            &[("domain", "a"), ("count", "101")],
            None,
            "too large",
        ),
        (
            "wall.get",
            &[("owner_id", "1"), ("filter", "mine")],
            None,
            "not one of",
        ),
        ("wall.get", &[("count", "1")], None, "is missing"),
        (
            "wall.get",
            &[("owner_id", "1")],
            Some("group"),
            "not a token",
        ),
        (
            "likes.add",
            &[("type", "post"), ("item_id", "1")],
            Some("group"),
            "not a token",
        ),
        (
            "messages.send",
            &[("peer_id", "1"), ("message", "x")],
            None,
            "random_id",
        ),
        (
            "messages.send",
            &[("random_id", "1"), ("message", "x")],
            None,
            "peer_id",
        ),
        (
            "messages.send",
            &[
                ("peer_id", "1"),
                ("random_id", "1"),
                ("keyboard", r#"{"buttons":[]}"#),
            ],
            None,
            "one_time is missing",
        ),
        (
            "messages.send",
            &[("peer_id", "1"), ("random_id", "1"), ("keyboard", "{")],
            None,
            "not JSON",
        ),
        (
            "stats.getPostReach",
            &[("owner_id", "-1"), ("post_ids", "1,0")],
            None,
            "too small",
        ),
        (
            "stats.getPostReach",
            &[("owner_id", "-1"), ("post_ids", "1,x")],
            None,
            "not of the type",
        ),
        (
            "wall.get",
            &[("owner_id", "1"), ("owner_id", "2")],
            None,
            "given twice",
        ),
    ] {
        let told = told(method, pairs, token);
        assert!(told.contains(wanted), "{method} {pairs:?}: {told:?}");
    }
    let many = vec!["1"; 31].join(",");
    let told = told(
        "stats.getPostReach",
        &[("owner_id", "-1"), ("post_ids", &many)],
        None,
    );
    assert!(told.contains("too many"), "{told}");
    let without =
        said(vk.check_request("wall.post", &[("message".to_owned(), "x".to_owned())], None));
    assert!(without.contains("v is not"), "{without}");
}

#[test]
fn a_good_answer_passes_and_each_mistake_in_it_is_told() {
    let Some(vk) = contract("answers against VK's contract") else {
        return;
    };
    let told = |method: &str, pairs: &[(&str, &str)], answer: Value| {
        said(vk.check_response(method, &form(pairs), &answer))
    };
    let extended = [("extended", "1")];
    let post = json!({"inner_type": "wall_wallpost", "id": 1, "likes": {"count": 1, "can_like": 1, "user_likes": 0}});
    let page = json!({"response": {"count": 1, "items": [post]}});
    assert_eq!(told("wall.get", &[], page.clone()), "");
    assert_eq!(
        told("wall.getById", &[], json!({"response": {"items": [post]}})),
        ""
    );
    assert!(told("wall.get", &extended, page.clone()).contains("profiles is missing"));
    let mut whole = page.clone();
    whole["response"]["profiles"] = json!([{"id": 1, "first_name": "A", "is_closed": false}]);
    whole["response"]["groups"] = json!([{"id": 1, "name": "G", "members_count": 3}]);
    assert_eq!(told("wall.get", &extended, whole.clone()), "");
    assert!(told("wall.get", &[], whole).contains("profiles is in no schema"));

    for (at, value, wanted) in [
        ("/response/count", json!("1"), "not of the type"),
        ("/response/items/0/likes/count", json!(-1), "too small"),
        ("/response/count", Value::Null, "not of the type"),
        ("/response/items/0/id", json!(1.5), "not of the type"),
        ("/response/items/0/likes/user_likes", json!(2), "not one of"),
        ("/response/items/0/likes", json!({}), "is missing"),
        (
            "/response/items/0",
            json!({"inner_type": "wall_wallpost", "lieks": 1}),
            "in no schema",
        ),
    ] {
        let mut answer = page.clone();
        *answer.pointer_mut(at).unwrap() = value;
        let told = told("wall.get", &[], answer);
        assert!(told.contains(wanted), "{at}: {told:?}");
    }

    assert_eq!(told("messages.send", &[], json!({"response": 7})), "");
    let several =
        json!({"response": [{"peer_id": 1, "message_id": 2, "conversation_message_id": 3}]});
    assert_eq!(told("messages.send", &[], several), "");
    assert_eq!(
        told("utils.resolveScreenName", &[], json!({"response": []})),
        ""
    );
    let liker = json!({"response": {"count": 1, "items": [{"type": "profile", "id": 1}]}});
    assert_eq!(told("likes.getList", &extended, liker), "");
    let liker = json!({"response": {"count": 1, "items": [{"type": "robot", "id": 1}]}});
    assert!(told("likes.getList", &extended, liker).contains("chooses nothing"));

    let error = |code: i64| json!({"error": {"error_code": code, "error_msg": "x", "request_params": [{"key": "a", "value": "b"}]}});
    assert_eq!(told("wall.get", &[], error(15)), "");
    assert_eq!(told("wall.get", &[], error(1051)), "", "an exception");
    assert!(told("wall.get", &[], error(77_777)).contains("no code of VK"));
    assert!(told("wall.get", &[], json!({"error": {"error_code": 15}})).contains("error_msg"));
    let script = json!({"response": [false], "execute_errors": [{"method": "wall.get", "error_code": 15, "error_msg": "x"}]});
    assert_eq!(told("execute", &[], script), "");
    assert!(!told("execute", &[], json!({"execute_errors": [{}]})).is_empty());
}

#[test]
fn a_good_event_passes_and_each_mistake_in_it_is_told() {
    let Some(vk) = contract("events against VK's contract") else {
        return;
    };
    let event = |kind: &str, object: Value| json!({"type": kind, "event_id": "e", "v": "5.199", "group_id": 1, "object": object});
    let told = |event: Value| said(vk.check_event(&event));
    let like = json!({"liker_id": 1, "object_type": "post", "object_owner_id": -1, "object_id": 2, "post_id": 0});
    assert_eq!(told(event("like_add", like.clone())), "");
    assert!(told(event("like_added", like.clone())).contains("like_added"));
    assert!(told(event("like_add", json!({}))).contains("is missing"));
    let mut secret = event("like_add", like);
    secret["secret"] = json!("s");
    assert_eq!(told(secret.clone()), "");
    secret["scret"] = json!("s");
    assert!(told(secret).contains("in no schema"));
    assert_eq!(
        told(json!({"type": "confirmation", "event_id": "e", "v": "5.199", "group_id": 1})),
        ""
    );
    assert_eq!(
        told(event(
            "wall_schedule_post_new",
            json!({"id": 1, "schedule_time": 2})
        )),
        ""
    );
}

#[test]
fn generated_answers_and_events_hold_and_free_ones_use_what_is_left_open() {
    let Some(vk) = contract("generated answers of VK") else {
        return;
    };
    let tally = Tally::default();
    let mut wrong = Vec::new();
    let mut named = Generator::new(&vk, 7, Freedom::Named);
    let mut free = Generator::new(&vk, 7, Freedom::Any);
    let (mut nulls, mut future) = (0, 0);
    for method in vk.methods() {
        for variant in vk.variants(method) {
            let extended = variant.to_lowercase().contains("extended");
            let form = form(if extended { &[("extended", "1")] } else { &[] });
            for _ in 0..5 {
                let answer = named.answer(method, variant).unwrap();
                let told = said(vk.check_response(method, &form, &answer));
                if !told.is_empty() && method != "execute" {
                    wrong.push(format!("{method} {variant}: {told}"));
                }
                let text = free.answer(method, variant).unwrap().to_string();
                nulls += usize::from(text.contains("null"));
                future +=
                    usize::from(text.contains("future_value") || text.contains("futureProperty"));
            }
            tally.generated(method, 5);
        }
    }
    let events = vk.events();
    assert!(events.len() >= 50, "{events:?}");
    for kind in events {
        for _ in 0..20 {
            let event = named.event(kind).unwrap();
            let told = said(vk.check_event(&event));
            if !told.is_empty() {
                wrong.push(format!("{kind}: {told}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        nulls > 500 && future > 500,
        "{nulls} with nulls, {future} with the future"
    );
    assert!(
        tally
            .to_string()
            .contains("wall.get: 0 requests, 0 answers, 10 generated answers")
    );
    let (first, second) = (
        Generator::new(&vk, 3, Freedom::Any).answer("wall.get", "response"),
        Generator::new(&vk, 3, Freedom::Any).answer("wall.get", "response"),
    );
    assert_eq!(first, second, "the same seed gives the same answer");
}

#[test]
fn the_tally_names_what_was_not_read() {
    let tally = Tally::default();
    tally.request("wall.get");
    tally.answer("wall.get");
    tally.request("wall.post");
    tally.generated("wall.get", 3);
    assert_eq!(tally.unread(["wall.get", "wall.post"]), ["wall.post"]);
    assert_eq!(tally.unasked(["wall.get", "wall.pin"]), ["wall.pin"]);
    assert_eq!(
        tally.to_string(),
        "wall.get: 1 requests, 1 answers, 3 generated answers\n\
         wall.post: 1 requests, 0 answers, 0 generated answers\n"
    );
}
