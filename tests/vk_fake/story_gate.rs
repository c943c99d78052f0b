//! What stands before every method: tokens, versions, limits, challenges, and the form of errors.

use bytes::Bytes;
use serde_json::json;
use sociable::adapters::vk::fake::{Fake, Fault};
use sociable::jiff::SignedDuration;

use crate::net::{CLUB, HOST, Net, Seen, WALL, text};

fn bare(net: &Net, token: Option<&str>, method: &str, form: &[(&str, &str)]) -> Seen {
    net.form(&format!("{HOST}/method/{method}"), token, form)
}

fn an_error_comes_inside_http_200_and_repeats_the_call(net: &Net) {
    let seen = net.admin("wall.get", &[("owner_id", "-999")]);
    seen.refused(15);
    let error = &seen.json["error"];
    let told = error["request_params"].as_array().unwrap();
    assert!(told.contains(&json!({ "key": "method", "value": "wall.get" })));
    assert!(told.contains(&json!({ "key": "owner_id", "value": "-999" })));
    assert!(seen.headers.contains_key("date"));
}

fn a_call_needs_a_version_a_known_method_and_a_token(net: &Net) {
    let user = Some(Fake::USER_TOKEN);
    bare(net, user, "users.get", &[]).refused(8);
    net.seconds(1);
    bare(net, None, "users.get", &[("v", "5.199")]).refused(5);
    bare(net, Some("nonsense"), "users.get", &[("v", "5.199")]).refused(5);
    net.admin("users.gte", &[]).refused(3);
    let form = [("v", "5.199"), ("access_token", Fake::USER_TOKEN)];
    bare(net, None, "users.get", &form).ok();
    net.fake.revoke_token(Fake::USER_TOKEN);
    let said = net.admin("users.get", &[]).refused(5);
    assert!(said.contains("revoke"), "{said}");
}

fn each_kind_of_token_does_what_it_may(net: &Net) {
    let post = [("owner_id", WALL), ("message", "x")];
    let wall = [("owner_id", WALL)];
    net.admin("wall.post", &post).ok();
    net.group("wall.post", &post).ok();
    net.service("wall.post", &post).refused(28);
    net.admin("wall.get", &wall).ok();
    net.service("wall.get", &wall).ok();
    net.group("wall.get", &wall).refused(27);
    net.group("photos.getWallUploadServer", &[("group_id", CLUB)])
        .refused(27);
    net.group("stats.get", &[("group_id", CLUB)]).refused(27);
    net.admin("groups.getTokenPermissions", &[]).refused(1051);
    let (vk_id, ..) = net.fake.vk_id_login(Fake::ADMIN, net.now());
    net.call(&vk_id, "users.get", &[]).ok();
    net.call(&vk_id, "groups.getById", &[("group_ids", CLUB)])
        .ok();
    net.call(&vk_id, "wall.post", &post).refused(1051);
    net.call(&vk_id, "likes.add", &[("type", "post"), ("item_id", "1")])
        .refused(1051);
}

fn a_token_without_the_scope_is_refused(net: &Net) {
    let poor = net.fake.user_token(Fake::ADMIN, &["photos"]);
    let seen = net.call(&poor, "wall.post", &[("owner_id", WALL), ("message", "x")]);
    seen.refused(15);
    assert_eq!(seen.json["error"]["error_subcode"], 1133);
    assert_eq!(net.call(&poor, "account.getAppPermissions", &[]).ok(), 4);
    let silent = net.fake.group_token(Fake::GROUP, &["wall"]);
    let send = [("peer_id", "102"), ("random_id", "1"), ("message", "x")];
    net.call(&silent, "messages.send", &send).refused(15);
    let told = net.call(&silent, "groups.getTokenPermissions", &[]).ok();
    assert_eq!(
        told["permissions"],
        json!([{ "name": "wall", "setting": 8192 }])
    );
}

fn owners_below_zero_are_communities_and_group_ids_are_positive(net: &Net) {
    net.admin("wall.post", &[("owner_id", CLUB), ("message", "x")])
        .refused(214);
    net.admin("wall.get", &[("owner_id", CLUB)]).refused(18);
    net.admin("wall.get", &[("owner_id", WALL)]).ok();
    net.admin("groups.getMembers", &[("group_id", WALL)])
        .refused(100);
    net.admin("groups.getMembers", &[("group_id", CLUB)]).ok();
    net.admin("groups.getById", &[("group_ids", WALL)])
        .refused(100);
    net.admin("photos.getWallUploadServer", &[("group_id", WALL)])
        .refused(100);
    net.admin("photos.getWallUploadServer", &[("group_id", CLUB)])
        .ok();
    net.admin(
        "groups.isMember",
        &[("group_id", "999"), ("user_id", "102")],
    )
    .refused(125);
}

fn only_those_who_manage_a_community_do_so(net: &Net) {
    for (method, form) in [
        ("groups.ban", &[("group_id", CLUB), ("owner_id", "103")][..]),
        ("groups.getLongPollServer", &[("group_id", CLUB)]),
        ("stats.get", &[("group_id", CLUB)]),
        ("photos.getWallUploadServer", &[("group_id", CLUB)]),
    ] {
        net.bob(method, form).refused(15);
        net.admin(method, form).ok();
    }
    let as_group = [("owner_id", WALL), ("from_group", "1"), ("message", "x")];
    net.bob("wall.post", &as_group).refused(214);
    net.fake.set_open_wall(Fake::GROUP, false);
    net.bob("wall.post", &[("owner_id", WALL), ("message", "x")])
        .refused(214);
    net.admin("wall.post", &as_group).ok();
}

fn a_second_holds_so_many_calls_of_a_token(net: &Net) {
    let call = |token, times: usize| {
        for _ in 0..times {
            bare(
                net,
                Some(token),
                "utils.resolveScreenName",
                &[("v", "5.199"), ("screen_name", "x")],
            )
            .ok();
        }
        bare(
            net,
            Some(token),
            "utils.resolveScreenName",
            &[("v", "5.199"), ("screen_name", "x")],
        )
    };
    call(Fake::USER_TOKEN, 3).refused(6);
    call(Fake::SERVICE_TOKEN, 3).refused(6);
    call(Fake::GROUP_TOKEN, 20).refused(6);
    net.wait(SignedDuration::from_millis(999));
    call(Fake::USER_TOKEN, 0).refused(6);
    net.wait(SignedDuration::from_millis(1));
    call(Fake::USER_TOKEN, 3).refused(6);
    net.fake.limits(false);
    call(Fake::USER_TOKEN, 9).ok();
}

fn a_second_slides(net: &Net) {
    let call = || bare(net, Some(Fake::USER_TOKEN), "users.get", &[("v", "5.199")]);
    call().ok();
    net.wait(SignedDuration::from_millis(900));
    call().ok();
    call().ok();
    net.wait(SignedDuration::from_millis(150));
    call().ok();
    call().refused(6);
}

fn a_day_holds_so_many_calls_of_a_method(net: &Net) {
    let get = || net.service("wall.get", &[("owner_id", WALL)]);
    for _ in 0..11 {
        get().ok();
    }
    net.fake.set_quota("wall.get", 12);
    get().ok();
    get().refused(29);
    net.admin("wall.get", &[("owner_id", WALL)]).ok();
    net.service("wall.getById", &[("posts", "-7001_1")]).ok();
    // Until midnight in Moscow, 21:00 in UTC.
    net.wait(SignedDuration::from_hours(9));
    get().ok();
}

fn a_flooded_method_waits_and_repeats_are_flood(net: &Net) {
    let until = net.now() + SignedDuration::from_mins(5);
    net.fake.flood("wall.post", until);
    let post = [("owner_id", WALL), ("message", "x")];
    net.admin("wall.post", &post).refused(9);
    net.admin("wall.get", &post[..1]).ok();
    net.seconds(300);
    net.admin("wall.post", &post).ok();
    net.fake
        .message_as(Fake::BOB, Fake::GROUP, "Hello?", net.now());
    for n in 1..=11 {
        let form = [
            ("peer_id", "102"),
            ("random_id", &n.to_string()),
            ("message", "Same"),
        ];
        let sent = net.group("messages.send", &form);
        if n <= 10 {
            sent.ok();
        } else {
            sent.refused(9);
        }
    }
}

fn a_captcha_is_solved_and_the_call_repeated(net: &Net) {
    let post = [("owner_id", WALL), ("message", "x")];
    net.fake.demand_captcha("wall.post", true);
    let seen = net.admin("wall.post", &post);
    seen.refused(14);
    let error = &seen.json["error"];
    assert!(text(&error["redirect_uri"]).contains("session_token="));
    assert!(error["remixstlid"].as_i64().unwrap() > 1 << 53);
    net.admin("wall.get", &post[..1]).ok();
    let mut again = post.to_vec();
    again.push(("success_token", "guessed"));
    net.admin("wall.post", &again).refused(14);
    let token = net.fake.solve_captcha();
    again[2] = ("success_token", &token);
    net.admin("wall.post", &again).ok();
    net.admin("wall.post", &post).ok();

    net.fake.demand_captcha("*", false);
    let seen = net.admin("wall.post", &post);
    let error = &seen.json["error"];
    assert!(error.get("redirect_uri").is_none());
    let sid = text(&error["captcha_sid"]);
    let mut old = post.to_vec();
    old.extend([("captcha_sid", sid), ("captcha_key", "wrong")]);
    let other = net.admin("wall.post", &old);
    other.refused(14);
    let sid = text(&other.json["error"]["captcha_sid"]);
    assert_ne!(sid, text(&error["captcha_sid"]), "a new picture");
    let solved = [
        post[0],
        post[1],
        ("captcha_sid", sid),
        ("captcha_key", Fake::CAPTCHA_KEY),
    ];
    net.admin("wall.post", &solved).ok();
}

fn a_validation_stands_until_a_person_went_there(net: &Net) {
    net.fake.demand_validation("wall.post");
    let post = [("owner_id", WALL), ("message", "x")];
    let seen = net.admin("wall.post", &post);
    seen.refused(17);
    assert!(text(&seen.json["error"]["redirect_uri"]).starts_with(HOST));
    net.fake.validated();
    net.admin("wall.post", &post).ok();
}

fn parameters_are_read_by_their_types(net: &Net) {
    for (method, form) in [
        ("wall.get", &[("owner_id", "me")][..]),
        ("wall.edit", &[("owner_id", WALL), ("message", "x")]),
        ("wall.edit", &[("post_id", "-1"), ("message", "x")]),
        ("wall.get", &[("owner_id", WALL), ("extended", "yes")]),
        (
            "stats.getPostReach",
            &[("owner_id", WALL), ("post_ids", "1,x")],
        ),
        ("wall.getById", &[("posts", "nonsense")]),
    ] {
        net.admin(method, form).refused(100);
    }
}

fn what_vk_passes_over_is_a_complaint(net: &Net) {
    assert!(net.fake.complaints().is_empty());
    let url = format!(
        "{HOST}/method/users.get?v=5.199&access_token={}",
        Fake::USER_TOKEN
    );
    net.form(&url, None, &[]).ok();
    net.admin("users.get", &[("usr_ids", "1")]).ok();
    let request = http::Request::post(format!("{HOST}/method/users.get"))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", Fake::USER_TOKEN))
        .body(Bytes::from(r#"{"v": "5.199"}"#))
        .unwrap();
    net.seconds(1);
    net.send(&request).refused(8);
    let told = net.fake.complaints().join("\n");
    assert!(
        told.contains("URL") && told.contains("usr_ids") && told.contains("JSON"),
        "{told}"
    );
}

fn the_log_holds_no_secret(net: &Net) {
    bare(
        net,
        None,
        "users.gte",
        &[("v", "5.199"), ("access_token", Fake::USER_TOKEN)],
    )
    .refused(3);
    net.admin("users.get", &[]).ok();
    let (_, refresh, device) = net.fake.vk_id_login(Fake::ADMIN, net.now());
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
        ("device_id", &device),
        ("client_id", "51234567"),
        ("state", "s"),
    ];
    let told = net.form("https://id.vk.test/oauth2/auth", None, &form);
    let access = text(&told.json["access_token"]).to_owned();
    assert!(!access.is_empty());
    let log = format!("{:?}", net.fake.seen());
    for secret in [Fake::USER_TOKEN, &refresh, &access] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    let first = &net.fake.seen()[0];
    assert_eq!(first.name(), "users.gte");
    assert_eq!(first.param("access_token"), Some("redacted"));
    assert!(!format!("{:?}", net.fake).contains(Fake::USER_TOKEN));
}

fn single_answers_go_wrong(net: &Net) {
    let post = [("owner_id", WALL), ("message", "x")];
    net.fake
        .fail_next("wall.post", Fault::refuse(10, "Internal server error"));
    net.admin("wall.post", &post).refused(10);
    assert!(net.wall(&[]).is_empty());
    let done = Fault::DoneThenRefuse {
        code: 1,
        message: "Unknown error occurred".to_owned(),
    };
    net.fake.fail_next("wall.*", done);
    net.admin("wall.post", &post).refused(1);
    assert_eq!(net.wall(&[]).len(), 1);
    net.fake.fail_next("*", Fault::Html { status: 502 });
    let request = |path: &str| {
        http::Request::get(format!("{HOST}{path}"))
            .body(Bytes::new())
            .unwrap()
    };
    assert_eq!(net.send(&request("/upload/x")).status, 502);
    assert_eq!(net.send(&request("/nothing")).status, 404);
}

stories![
    an_error_comes_inside_http_200_and_repeats_the_call,
    a_call_needs_a_version_a_known_method_and_a_token,
    each_kind_of_token_does_what_it_may,
    a_token_without_the_scope_is_refused,
    owners_below_zero_are_communities_and_group_ids_are_positive,
    only_those_who_manage_a_community_do_so,
    a_second_holds_so_many_calls_of_a_token,
    a_second_slides,
    a_day_holds_so_many_calls_of_a_method,
    a_flooded_method_waits_and_repeats_are_flood,
    a_captcha_is_solved_and_the_call_repeated,
    a_validation_stands_until_a_person_went_there,
    parameters_are_read_by_their_types,
    the_log_holds_no_secret,
    single_answers_go_wrong,
];

#[test]
fn what_vk_passes_over_is_told() {
    what_vk_passes_over_is_a_complaint(&Net::pestered());
}
