//! The checks against X's contract hold and refuse what they should.

#![cfg(feature = "x")]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod contract;

use contract::dice::Freedom;
use contract::openapi::{Asked, Contract, Exceptions, Generator};
use contract::tally::Tally;
use serde_json::{Value, json};

fn contract(test: &str) -> Option<Contract> {
    contract::x(test).unwrap()
}

/// What one of the checks said, joined; empty when all held.
fn said<T>(result: Result<T, Vec<String>>) -> String {
    result.err().unwrap_or_default().join("\n")
}

struct Sent {
    method: &'static str,
    path: &'static str,
    query: Vec<(String, String)>,
    kind: Option<&'static str>,
    body: Vec<u8>,
    scheme: Option<&'static str>,
}

impl Sent {
    fn get(path: &'static str, query: &[(&str, &str)]) -> Self {
        let query = query
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Self {
            method: "GET",
            path,
            query: query.collect(),
            kind: None,
            body: Vec::new(),
            scheme: None,
        }
    }

    fn post(path: &'static str, body: &Value) -> Self {
        Self {
            method: "POST",
            kind: Some("application/json"),
            body: body.to_string().into_bytes(),
            ..Self::get(path, &[])
        }
    }

    fn told(&self, contract: &Contract) -> String {
        said(contract.check_request(&Asked {
            method: self.method,
            path: self.path,
            query: &self.query,
            content_type: self.kind,
            body: &self.body,
            scheme: self.scheme,
        }))
    }
}

#[test]
fn a_good_question_passes_and_each_mistake_in_it_is_told() {
    let Some(x) = contract("questions against X's contract") else {
        return;
    };
    let tweets = "/2/users/12/tweets";
    for (path, query) in [
        (
            tweets,
            &[("max_results", "100"), ("exclude", "replies,retweets")][..],
        ),
        (
            tweets,
            &[(
                "tweet.fields",
                "created_at,author_id,note_tweet,referenced_tweets",
            )],
        ),
        (
            tweets,
            &[("post.fields", "created_at,note_post,referenced_posts")],
        ),
        (
            tweets,
            &[(
                "expansions",
                "author_id,referenced_tweets.id,attachments.poll_ids",
            )],
        ),
        (
            tweets,
            &[("start_time", "2026-11-23T12:00:00Z"), ("since_id", "12")],
        ),
        ("/2/tweets", &[("ids", "1,2,1777000000000000101")]),
        ("/2/users/by/username/XDevelopers", &[]),
        (
            "/2/users/me",
            &[("user.fields", "public_metrics,connection_status")],
        ),
        (
            "/2/tweets/search/recent",
            &[("query", "cats -is:retweet"), ("sort_order", "recency")],
        ),
        (
            "/2/tweets/search/stream",
            &[("tweet.fields", "author_id,edit_history_tweet_ids")],
        ),
    ] {
        assert_eq!(Sent::get(path, query).told(&x), "", "{path} {query:?}");
    }
    let many = vec!["1"; 101].join(",");
    for (path, query, wanted) in [
        ("/2/twets", &[][..], "no operation"),
        (tweets, &[("max_result", "5")], "no parameter"),
        (tweets, &[("max_results", "4")], "too small"),
        (tweets, &[("max_results", "101")], "too large"),
        (tweets, &[("max_results", "ten")], "not of the type"),
        (
            tweets,
            &[("max_results", "5"), ("max_results", "5")],
            "given twice",
        ),
        (
            tweets,
            &[("tweet.fields", "created_at,autor_id")],
            "not one of",
        ),
        (tweets, &[("post.fields", "id,id")], "there twice"),
        (tweets, &[("expansions", "author")], "not one of"),
        (tweets, &[("exclude", "quotes")], "not one of"),
        (tweets, &[("since_id", "x")], "does not match"),
        (tweets, &[("start_time", "yesterday")], "date-time"),
        ("/2/users/x1/tweets", &[], "does not match"),
        ("/2/tweets", &[], "?ids is missing"),
        ("/2/tweets", &[("ids", &many)], "outside of its limits"),
        (
            "/2/users/by/username/sixteen_letters_x",
            &[],
            "does not match",
        ),
        ("/2/users/me", &[("max_results", "5")], "no parameter"),
    ] {
        let told = Sent::get(path, query).told(&x);
        assert!(told.contains(wanted), "{path} {query:?}: {told:?}");
    }
    let mut shown = Sent::get("/2/users/me", &[]);
    shown.scheme = contract::x::scheme("user");
    assert_eq!(shown.told(&x), "");
    shown.scheme = contract::x::scheme("bearer");
    assert!(shown.told(&x).contains("not BearerToken"));
    shown.body = b"{}".to_vec();
    assert!(shown.told(&x).contains("takes none"));
}

#[test]
fn a_good_body_passes_and_each_mistake_in_it_is_told() {
    let Some(x) = contract("bodies against X's contract") else {
        return;
    };
    let told = |body: Value| Sent::post("/2/tweets", &body).told(&x);
    for body in [
        json!({ "text": "Hi" }),
        json!({ "media": { "media_ids": ["1"] } }),
        json!({ "text": "?", "poll": { "options": ["a", "b"], "duration_minutes": 5 } }),
        json!({ "text": "Hi", "reply": { "in_reply_to_tweet_id": "1" }, "reply_settings": "following" }),
    ] {
        assert_eq!(told(body.clone()), "", "{body}");
    }
    for (body, wanted) in [
        (json!({}), "is missing"),
        (json!({ "text": 1 }), "not of the type"),
        (json!({ "text": "x", "txet": "x" }), "in no schema"),
        (
            json!({ "text": "x", "quote_tweet_id": 12 }),
            "not of the type",
        ),
        (
            json!({ "text": "x", "media": { "media_ids": [] } }),
            "outside of its limits",
        ),
        (
            json!({ "text": "x", "media": { "media_ids": ["1", "2", "3", "4", "5"] } }),
            "outside of its limits",
        ),
        (
            json!({ "text": "x", "poll": { "options": ["a"], "duration_minutes": 5 } }),
            "outside of its limits",
        ),
        (
            json!({ "text": "x", "poll": { "options": ["a", "b"], "duration_minutes": 4 } }),
            "too small",
        ),
        (json!({ "text": "x", "reply": {} }), "is missing"),
        (
            json!({ "text": "x", "reply_settings": "everyone" }),
            "not one of",
        ),
        (
            json!({ "text": "x", "edit_options": { "previous_post_id": "a" } }),
            "does not match",
        ),
    ] {
        let told = told(body.clone());
        assert!(told.contains(wanted), "{body}: {told:?}");
    }
    let mut form = Sent::post("/2/tweets", &json!({}));
    form.kind = Some("application/x-www-form-urlencoded");
    assert!(form.told(&x).contains("not one of"));
    form.kind = Some("application/json");
    form.body = b"{".to_vec();
    assert!(form.told(&x).contains("not JSON"));
    form.body.clear();
    assert!(form.told(&x).contains("the body is missing"));

    let with = "/2/dm_conversations/with/12/messages";
    let told = |body: Value| Sent::post(with, &body).told(&x);
    assert_eq!(told(json!({ "text": "Hi" })), "");
    assert_eq!(told(json!({ "attachments": [{ "media_id": "1" }] })), "");
    assert!(told(json!({})).contains("is missing"));
    assert!(told(json!({ "text": "Hi", "to": "x" })).contains("in no schema"));

    let mut file = Sent::post("/2/media/upload/7/append", &json!({}));
    file.kind = Some("multipart/form-data; boundary=m");
    let part = |name: &str, value: &str| {
        format!("--m\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    file.body = format!(
        "{}{}--m--\r\n",
        part("segment_index", "0"),
        part("media", "abc")
    )
    .into_bytes();
    assert_eq!(file.told(&x), "");
    file.body = format!(
        "{}{}--m--\r\n",
        part("segment_index", "1000"),
        part("media", "abc")
    )
    .into_bytes();
    assert!(file.told(&x).contains("too large"));
    file.body = format!("{}--m--\r\n", part("media", "abc")).into_bytes();
    assert!(file.told(&x).contains("segment_index is missing"));
}

#[test]
fn a_good_answer_passes_and_each_mistake_in_it_is_told() {
    let Some(x) = contract("answers against X's contract") else {
        return;
    };
    let told = |status: u16, body: Value| said(x.check_answer("GET /2/tweets", status, &body));
    let post = json!({
        "id": "1", "text": "Hi", "edit_history_tweet_ids": ["1"], "created_at": "2026-11-23T12:00:00.000Z",
        "public_metrics": { "retweet_count": 0, "reply_count": 0, "like_count": 0, "quote_count": 0, "bookmark_count": 0, "impression_count": 0 },
        "attachments": { "media_keys": null },
        "referenced_tweets": [{ "type": "quoted", "id": "2" }],
    });
    let page = json!({ "data": [post], "includes": { "tweets": [{ "id": "2", "text": "Ho" }] } });
    assert_eq!(told(200, page.clone()), "");
    let newer = page
        .to_string()
        .replace("tweet_ids", "post_ids")
        .replace("referenced_tweets", "referenced_posts")
        .replace("retweet_count", "repost_count")
        .replace("\"tweets\"", "\"posts\"");
    assert_eq!(told(200, serde_json::from_str(&newer).unwrap()), "");
    for (at, value, wanted) in [
        ("/data/0/id", json!(1), "not of the type"),
        ("/data/0/id", Value::Null, "not of the type"),
        ("/data/0/created_at", json!("now"), "date-time"),
        (
            "/data/0/public_metrics",
            json!({ "retweet_count": 1 }),
            "is missing",
        ),
        (
            "/data/0/referenced_tweets",
            json!([{ "type": "liked", "id": "1" }]),
            "not one of",
        ),
        (
            "/data/0",
            json!({ "id": "1", "autor_id": "1" }),
            "in no schema",
        ),
        (
            "/data/0",
            json!({ "edit_history_tweet_ids": [], "edit_history_post_ids": [] }),
            "two spellings",
        ),
        ("/data", json!({}), "not of the type"),
    ] {
        let mut answer = page.clone();
        *answer.pointer_mut(at).unwrap() = value;
        let told = told(200, answer);
        assert!(told.contains(wanted), "{at}: {told:?}");
    }
    assert!(told(204, json!({})).contains("no status"));

    let problem = |kind: &str| json!({ "errors": [{ "type": kind, "title": "t", "detail": "d", "resource_type": "tweet", "resource_id": "1", "parameter": "ids", "value": "1" }] });
    assert_eq!(
        told(
            200,
            problem("https://api.x.com/2/problems/resource-not-found")
        ),
        ""
    );
    assert_eq!(
        told(
            200,
            problem("https://api.twitter.com/2/problems/resource-not-found")
        ),
        ""
    );
    assert!(told(200, problem("https://api.x.com/2/problems/lost")).contains("chooses nothing"));

    let refused = |kind: &str| json!({ "type": kind, "title": "t", "detail": "d", "status": 403 });
    assert_eq!(told(403, refused("about:blank")), "");
    assert_eq!(
        told(
            403,
            refused("https://api.twitter.com/2/problems/client-forbidden")
        ),
        ""
    );
    assert!(told(403, refused("https://api.x.com/2/problems/x")).contains("no type of a problem"));
    assert!(told(429, refused("about:blank")).contains("under 429"));
    assert_eq!(
        told(403, json!({ "errors": [{ "code": 64, "message": "m" }] })),
        ""
    );
    assert!(told(403, json!({ "errors": [{ "message": "m" }] })).contains("no code"));
    assert!(told(403, json!({})).contains("neither"));
}

#[test]
fn a_document_with_what_is_not_understood_is_refused() {
    let with = |schema: Value| json!({ "openapi": "3.0.0", "paths": {}, "components": { "schemas": { "A": schema } } });
    let told = |document: Value| {
        Contract::of(document, Exceptions::NONE)
            .err()
            .unwrap_or_default()
    };
    assert_eq!(told(with(json!({ "type": "string" }))), "");
    assert!(told(with(json!({ "typ": "string" }))).contains("typ"));
    assert!(told(with(json!({ "$ref": "#/components/schemas/B" }))).contains("leads nowhere"));
    assert!(told(json!({ "openapi": "2.0" })).contains("2.0"));
    let spare = Exceptions {
        properties: &[("A", "b", "{}", "nowhere")],
        ..Exceptions::NONE
    };
    let known = with(json!({ "type": "object", "properties": { "b": {} } }));
    let told = Contract::of(known, spare).err().unwrap_or_default();
    assert!(told.contains("no longer needed"), "{told}");
}

#[test]
fn generated_answers_hold_and_free_ones_use_what_is_left_open() {
    let Some(x) = contract("generated answers of X") else {
        return;
    };
    let tally = Tally::default();
    let mut wrong = Vec::new();
    let mut named = Generator::new(&x, 7, Freedom::Named);
    let mut free = Generator::new(&x, 7, Freedom::Any);
    let (mut nulls, mut future, mut older, mut newer) = (0, 0, 0, 0);
    let operations: Vec<String> = x.operations().map(str::to_owned).collect();
    assert!(operations.len() >= 170, "{}", operations.len());
    for operation in &operations {
        for status in x.statuses(operation) {
            for _ in 0..20 {
                let answer = named.answer(operation, status).unwrap();
                let told = said(x.check_answer(operation, status, &answer));
                if !told.is_empty() {
                    wrong.push(format!("{operation} {status}: {told}"));
                }
                let text = answer.to_string();
                older += usize::from(text.contains("edit_history_tweet_ids"));
                newer += usize::from(text.contains("edit_history_post_ids"));
                let text = free.answer(operation, status).unwrap().to_string();
                nulls += usize::from(text.contains("null"));
                future += usize::from(text.contains("future_"));
            }
            tally.generated(operation, 20);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        nulls > 300 && future > 500,
        "{nulls} with nulls, {future} with the future"
    );
    assert!(
        older > 50 && newer > 50,
        "{older} old spellings, {newer} new ones"
    );
    assert!(
        tally
            .to_string()
            .contains("GET /2/tweets: 0 requests, 0 answers, 20 generated answers")
    );
    let one = || Generator::new(&x, 3, Freedom::Any).answer("GET /2/tweets", 200);
    assert_eq!(one(), one(), "the same seed gives the same answer");
}

#[test]
fn a_good_event_passes_and_each_mistake_in_it_is_told() {
    let Some(x) = contract("events against X's contract") else {
        return;
    };
    let told = |event: &Value| said(contract::x::check_event(&x, event));
    let user = json!({ "data": { "id": "1", "username": "a", "name": "A", "public_metrics": {
        "followers_count": 1, "followers_count_str": "1", "following_count": 1, "tweet_count": 1, "listed_count": 0,
    } } });
    let follow = json!({ "data": {
        "event_uuid": "-7953119945885597316", "filter": { "user_id": "1" }, "event_type": "follow.follow",
        "tag": "t", "payload": { "source": user, "target": user },
    } });
    assert_eq!(told(&follow), "");
    let mut wrong = follow.clone();
    wrong["data"]["payload"]["sauce"] = json!({});
    assert!(told(&wrong).contains("in no schema"));
    let mut wrong = follow.clone();
    wrong["data"].as_object_mut().unwrap().remove("filter");
    assert!(told(&wrong).contains("filter is missing"));
    let mut wrong = follow;
    wrong["data"]["event_uuid"] = json!(5);
    assert!(told(&wrong).contains("not of the type"));
}

#[test]
fn a_good_request_for_advertising_passes_and_each_mistake_in_it_is_told() {
    let Some(ads) = contract::x_ads().unwrap() else {
        println!("passed over: requests against the Ads API's collection (no folder of contracts)");
        return;
    };
    let told = |path: &str, query: &[(&str, &str)]| {
        let query: Vec<(String, String)> = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        said(ads.check("GET", path, &query))
    };
    assert_eq!(told("/12/accounts", &[("count", "5")]), "");
    assert_eq!(told("/12/accounts/18ce54/campaigns", &[]), "");
    assert!(told("/12/accounts", &[("cuont", "5")]).contains("no parameter"));
    assert!(told("/12/acounts", &[]).contains("no request"));
    assert!(told("/12/stats/accounts/18ce54", &[]).contains("is missing"));
}
