//! Scripts of many calls, and logins.

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::vk::fake::{Fake, Fault};

use crate::net::{HOST, Net, Seen, WALL, text};

fn execute(net: &Net, code: &str) -> Seen {
    net.admin("execute", &[("code", code)])
}

fn a_script_answers_each_of_its_calls(net: &Net) {
    let one = net.publish(&[("message", "One \"quoted\"")]);
    let two = net.publish(&[("message", "Two")]);
    let code = format!(
        r#"return [API.wall.getById({{"posts": "{WALL}_{one}"}}), API.wall.getById({{posts: ["{WALL}_{two}"]}})];"#
    );
    let seen = execute(net, &code);
    assert!(seen.json.get("execute_errors").is_none());
    let told = seen.ok();
    assert_eq!(told[0]["items"][0]["text"], "One \"quoted\"");
    assert_eq!(told[1]["items"][0]["id"], two);
    let code = format!(
        "var wall = API.wall.get({{'owner_id': {WALL}, 'count': 1}}); return {{\"id\": wall.items[0].id, \"all\": wall.count}};"
    );
    assert_eq!(execute(net, &code).ok(), json!({ "id": two, "all": 2 }));
    let post =
        format!(r#"return API.wall.post({{"owner_id": {WALL}, "message": "я \"x\" \\ \n"}});"#);
    let made = execute(net, &post).ok()["post_id"].as_i64().unwrap();
    assert_eq!(net.posts(&[made])[0]["text"], "я \"x\" \\ \n");
}

fn a_call_that_fails_is_false_and_the_rest_stands(net: &Net) {
    let one = net.publish(&[("message", "One")]);
    let code = format!(
        r#"return [API.wall.getById({{"posts": "{WALL}_{one}"}}), API.wall.delete({{"owner_id": {WALL}, "post_id": 999}}), API.users.gte(), API.users.get()];"#
    );
    let seen = execute(net, &code);
    let errors = &seen.json["execute_errors"];
    assert_eq!(errors[0]["method"], "wall.delete");
    assert_eq!(errors[0]["error_code"], 104);
    assert_eq!(errors[1]["error_code"], 3);
    let told = seen.ok();
    assert_eq!(told[0]["items"][0]["id"], one);
    assert_eq!(told[1], false);
    assert_eq!(told[3][0]["id"], Fake::ADMIN);
    net.fake
        .fail_next("users.get", Fault::refuse(10, "Internal server error"));
    let seen = execute(net, "return [API.users.get(), API.users.get()];");
    assert_eq!(seen.json["response"][0], false);
    assert!(seen.json["response"][1].is_array());
}

fn a_script_has_limits_of_its_own(net: &Net) {
    let calls = |n: usize| format!("return [{}];", vec!["API.users.get()"; n].join(", "));
    assert_eq!(execute(net, &calls(25)).ok().as_array().unwrap().len(), 25);
    execute(net, &calls(26)).refused(13);
    for bad in [
        "return API.users.get(",
        "retrun 1;",
        "return x;",
        "return \"a",
        "return 1",
    ] {
        execute(net, bad).refused(12);
    }
    assert_eq!(execute(net, "return null;").ok(), Value::Null);
    net.service("execute", &[("code", "return 1;")]).refused(28);
    let both = format!(r#"return [API.wall.get({{"owner_id": {WALL}}})];"#);
    let seen = net.group("execute", &[("code", &both)]);
    assert_eq!(seen.json["execute_errors"][0]["error_code"], 27);
}

fn each_call_of_a_script_counts_for_its_quota(net: &Net) {
    net.fake.set_quota("wall.get", 3);
    let one = format!(r#"API.wall.get({{"owner_id": {WALL}}})"#);
    let code = format!("return [{}];", [one.as_str(); 5].join(", "));
    let seen = execute(net, &code);
    let errors = seen.json["execute_errors"].as_array().map_or(0, Vec::len);
    assert_eq!(errors, 2);
    assert_eq!(seen.json["execute_errors"][0]["error_code"], 29);
}

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Of this verifier, from RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const STATE: &str = "0123456789abcdef0123456789abcdef";

fn authorize(net: &Net, more: &[(&str, &str)]) -> Seen {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &Fake::APP.to_string())
        .append_pair("redirect_uri", "https://app.test/back")
        .append_pair("state", STATE)
        .extend_pairs(more)
        .finish();
    let request = http::Request::get(format!("{HOST}/authorize?{query}"))
        .body(Bytes::new())
        .unwrap();
    net.send(&request)
}

fn went_to(seen: &Seen) -> String {
    assert_eq!(seen.status, 302, "{:?}", seen.json);
    seen.headers["location"].to_str().unwrap().to_owned()
}

fn pairs(address: &str, mark: char) -> Vec<(String, String)> {
    let (_, rest) = address.split_once(mark).unwrap();
    url::form_urlencoded::parse(rest.as_bytes())
        .into_owned()
        .collect()
}

fn of<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs
        .iter()
        .find(|(known, _)| known == name)
        .map_or("", |(_, value)| value)
}

fn auth(net: &Net, form: &[(&str, &str)]) -> Seen {
    let app = Fake::APP.to_string();
    let mut whole = vec![("client_id", app.as_str()), ("state", STATE)];
    whole.extend_from_slice(form);
    net.form("https://id.vk.test/oauth2/auth", None, &whole)
}

fn a_login_with_vk_id_proves_itself_and_is_refreshed(net: &Net) {
    let asked = [
        ("response_type", "code"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "s256"),
        ("scope", "vkid.personal_info"),
    ];
    assert_eq!(authorize(net, &asked[..1]).json["error"], "invalid_request");
    let back = pairs(&went_to(&authorize(net, &asked)), '?');
    assert_eq!(of(&back, "state"), STATE);
    let (code, device) = (of(&back, "code"), of(&back, "device_id"));
    let good = [
        ("grant_type", "authorization_code"),
        ("redirect_uri", "https://app.test/back"),
        ("code", code),
        ("device_id", device),
        ("code_verifier", VERIFIER),
    ];
    for (at, wrong) in [
        (4, "x".repeat(43)),
        (3, "other".to_owned()),
        (1, "https://other.test/".to_owned()),
    ] {
        let mut form = good;
        form[at].1 = &wrong;
        assert_eq!(auth(net, &form).status, 400, "{form:?}");
    }
    let told = auth(net, &good).json;
    assert_eq!(told["expires_in"], 3600);
    assert_eq!(told["user_id"], Fake::ADMIN);
    assert_eq!(
        auth(net, &good).json["error"],
        "invalid_grant",
        "a code is good once"
    );
    let first = text(&told["access_token"]).to_owned();
    assert_eq!(
        net.call(&first, "users.get", &[]).ok()[0]["id"],
        Fake::ADMIN
    );

    let refresh = |token: &str, device: &str| {
        auth(
            net,
            &[
                ("grant_type", "refresh_token"),
                ("refresh_token", token),
                ("device_id", device),
            ],
        )
    };
    let old = text(&told["refresh_token"]).to_owned();
    assert_eq!(refresh(&old, "other").json["error"], "invalid_grant");
    let told = refresh(&old, device).json;
    net.call(&first, "users.get", &[]).refused(5);
    let second = text(&told["access_token"]).to_owned();
    net.call(&second, "users.get", &[]).ok();
    assert_eq!(refresh(&old, device).json["error"], "invalid_grant");
    net.seconds(3600);
    let said = net.call(&second, "users.get", &[]).refused(5);
    assert!(said.contains("expired"), "{said}");
    let told = refresh(text(&told["refresh_token"]), device).json;
    let third = text(&told["access_token"]).to_owned();
    net.call(&third, "users.get", &[]).ok();
    let form = [("access_token", third.as_str()), ("client_id", "51234567")];
    let info = net.form(&format!("{HOST}/oauth2/user_info"), None, &form);
    assert_eq!(info.json["user"]["user_id"], "101");
    net.form(&format!("{HOST}/oauth2/revoke"), None, &form);
    net.call(&third, "users.get", &[]).refused(5);
    assert_eq!(refresh(text(&told["refresh_token"]), device).status, 400);
}

fn the_old_login_hands_out_a_token_behind_the_hash(net: &Net) {
    let asked = [("response_type", "token"), ("scope", "wall,offline")];
    let back = pairs(&went_to(&authorize(net, &asked)), '#');
    assert_eq!(of(&back, "expires_in"), "0");
    assert_eq!(of(&back, "user_id"), "101");
    let token = of(&back, "access_token");
    net.call(token, "wall.post", &[("owner_id", WALL), ("message", "x")])
        .ok();
    net.call(
        token,
        "groups.ban",
        &[("group_id", "7001"), ("owner_id", "102")],
    )
    .refused(15);
    let short = pairs(
        &went_to(&authorize(
            net,
            &[("response_type", "token"), ("scope", "8192")],
        )),
        '#',
    );
    assert_eq!(of(&short, "expires_in"), "86400");
    net.seconds(86_400);
    net.call(of(&short, "access_token"), "users.get", &[])
        .refused(5);
}

stories![
    a_script_answers_each_of_its_calls,
    a_call_that_fails_is_false_and_the_rest_stands,
    a_script_has_limits_of_its_own,
    each_call_of_a_script_counts_for_its_quota,
    a_login_with_vk_id_proves_itself_and_is_refreshed,
    the_old_login_hands_out_a_token_behind_the_hash,
];
