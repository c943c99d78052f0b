//! The checks against the AT Protocol's lexicons hold and refuse what they should.

#![cfg(feature = "bluesky")]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod contract;

use contract::format;
use contract::generate::{Freedom, Generator};
use contract::lexicon::Lexicons;
use serde_json::{Value, json};

const CID: &str = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a";

fn samples(file: &str) -> Option<Vec<String>> {
    let folder = contract::specs().unwrap()?;
    let path = folder.join("bluesky/interop-test-files/syntax").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let lines: Vec<_> = text
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .map(str::to_owned)
        .collect();
    assert!(lines.len() > 2, "{file} holds too few samples");
    Some(lines)
}

#[test]
fn every_format_accepts_and_refuses_the_published_samples() {
    let formats = [
        ("at-identifier", "atidentifier"),
        ("at-uri", "aturi"),
        ("datetime", "datetime"),
        ("did", "did"),
        ("handle", "handle"),
        ("language", "language"),
        ("nsid", "nsid"),
        ("record-key", "recordkey"),
        ("tid", "tid"),
    ];
    let mut wrong = Vec::new();
    for (name, file) in formats {
        let Some(valid) = samples(&format!("{file}_syntax_valid.txt")) else {
            println!(
                "passed over: the published samples (SOCIABLE_SPECS names no folder of contracts)"
            );
            return;
        };
        let mut invalid = samples(&format!("{file}_syntax_invalid.txt")).unwrap();
        if name == "datetime" {
            invalid.extend(samples("datetime_parse_invalid.txt").unwrap());
        }
        for (texts, expected) in [(valid, true), (invalid, false)] {
            let failed = texts
                .into_iter()
                .filter(|text| format::is(name, text) != Some(expected));
            wrong.extend(failed.map(|text| format!("{name} {text:?}: should be {expected}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn cids_and_uris_are_told_from_what_only_looks_like_them() {
    for good in [
        CID,
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    ] {
        assert!(format::cid(good), "{good}");
    }
    let upper = CID.to_uppercase();
    for bad in [
        "",
        "b",
        "bafy",
        &CID[..58],
        &format!("{CID}a"),
        &upper,
        "QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR",
    ] {
        assert!(!format::cid(bad), "{bad}");
    }
    for good in [
        "https://example.com/a?b#c",
        "at://did:plc:abc/x",
        "mailto:a@example.com",
        "dns:example",
    ] {
        assert!(format::uri(good), "{good}");
    }
    for bad in [
        "",
        "example.com",
        "https:",
        "https://a b",
        "1a:b",
        "https://a\u{a0}b",
    ] {
        assert!(!format::uri(bad), "{bad}");
    }
}

/// What one of the checks said, joined; empty when all held.
fn said(result: Result<(), Vec<String>>) -> String {
    result.err().unwrap_or_default().join("\n")
}

fn lexicons(test: &str) -> Option<Lexicons> {
    contract::lexicons(test).unwrap()
}

fn post(change: impl FnOnce(&mut Value)) -> Value {
    let mut post = json!({
        "$type": "app.bsky.feed.post",
        "text": "Hello",
        "createdAt": "2026-11-22T10:00:00.000Z",
        "langs": ["en"],
        "facets": [{
            "index": {"byteStart": 0, "byteEnd": 5},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com"}],
        }],
        "embed": {"$type": "app.bsky.embed.images", "images": [{
            "alt": "",
            "image": {"$type": "blob", "ref": {"$link": CID}, "mimeType": "image/png", "size": 12},
        }]},
    });
    change(&mut post);
    post
}

#[test]
fn records_are_held_to_their_schema() {
    let Some(strict) = lexicons("records") else {
        return;
    };
    assert_eq!(
        said(strict.check_record("app.bsky.feed.post", &post(|_| {}))),
        ""
    );
    // Each change, what is said about it, and whether real servers may do it.
    type Case = (&'static str, bool, fn(&mut Value));
    let cases: &[Case] = &[
        ("$.text: required, but missing", false, |p| {
            drop(p.as_object_mut().unwrap().remove("text"))
        }),
        ("$.createdAt: \"yesterday\" is no datetime", false, |p| {
            p["createdAt"] = json!("yesterday")
        }),
        ("$.text: 301 graphemes, at most 300", false, |p| {
            p["text"] = json!("é".repeat(301))
        }),
        ("$.text: 3025 bytes, at most 3000", false, |p| {
            p["text"] = json!("👩‍👩‍👧‍👦".repeat(121))
        }),
        ("$.text: null where a string should stand", false, |p| {
            p["text"] = Value::Null
        }),
        ("$.$type: not app.bsky.feed.post", false, |p| {
            p["$type"] = json!("app.bsky.feed.like")
        }),
        ("$.langs: 4 items, at most 3", false, |p| {
            p["langs"] = json!(["en", "de", "fr", "it"])
        }),
        ("$.langs[0]: \"english-\" is no language", false, |p| {
            p["langs"] = json!(["english-"])
        }),
        (
            "$.facets[0].index.byteStart: -1 is not within",
            false,
            |p| p["facets"][0]["index"]["byteStart"] = json!(-1),
        ),
        (
            "$.facets[0].index.byteEnd: 1.5 is no 64-bit integer",
            false,
            |p| {
                p["facets"][0]["index"]["byteEnd"] = json!(1.5);
            },
        ),
        (
            "$.facets[0].features[0].$type: a member of a union must name its type",
            false,
            |p| {
                drop(
                    p["facets"][0]["features"][0]
                        .as_object_mut()
                        .unwrap()
                        .remove("$type"),
                );
            },
        ),
        (
            "$.facets[0].features[0].uri: required, but missing",
            false,
            |p| {
                drop(
                    p["facets"][0]["features"][0]
                        .as_object_mut()
                        .unwrap()
                        .remove("uri"),
                );
            },
        ),
        (
            "$.embed.images[0].image.mimeType: text/plain, but accepted are image/*",
            false,
            |p| {
                p["embed"]["images"][0]["image"]["mimeType"] = json!("text/plain");
            },
        ),
        (
            "$.embed.images[0].image.size: 2000001 bytes, at most 2000000",
            false,
            |p| {
                p["embed"]["images"][0]["image"]["size"] = json!(2_000_001);
            },
        ),
        (
            "$.embed.images[0].image.ref: not {\"$link\": CID}",
            false,
            |p| {
                p["embed"]["images"][0]["image"]["ref"] = json!({"$link": "bafy"});
            },
        ),
        (
            "$.facets[0].features[0].$type: app.bsky.richtext.facet#bold is not one of",
            true,
            |p| {
                p["facets"][0]["features"][0]["$type"] = json!("app.bsky.richtext.facet#bold");
            },
        ),
        ("$.embed.$type: #main is left out", true, |p| {
            p["embed"]["$type"] = json!("app.bsky.embed.images#main")
        }),
        ("$.textt: unknown property", true, |p| {
            p["textt"] = json!("typo")
        }),
        (
            "$.facets[0].index.$type: \"x.y.z\" is not the object's type",
            true,
            |p| {
                p["facets"][0]["index"]["$type"] = json!("x.y.z");
            },
        ),
    ];
    for (expected, lenient_accepts, change) in cases {
        let record = post(change);
        let found = said(strict.check_record("app.bsky.feed.post", &record));
        assert!(
            found.contains(expected),
            "expected {expected}, was told: {found}"
        );
        let found = said(strict.lenient().check_record("app.bsky.feed.post", &record));
        assert_eq!(
            found.is_empty(),
            *lenient_accepts,
            "lenient, {expected}: {found}"
        );
    }
}

#[test]
fn requests_are_held_to_method_parameters_and_input() {
    let Some(lexicons) = lexicons("requests") else {
        return;
    };
    let get = |path: &str| said(lexicons.check_request("GET", path, None, b""));
    let feed = "/xrpc/app.bsky.feed.getAuthorFeed";
    for good in [
        "/xrpc/app.bsky.feed.getAuthorFeed?actor=alice.test&limit=100&includePins=true&filter=posts_no_replies",
        "/xrpc/app.bsky.feed.getPosts?uris=at%3A%2F%2Fdid:plc:abc%2Fapp.bsky.feed.post%2F3k&uris=at://alice.test",
        "/xrpc/app.bsky.notification.listNotifications?reasons=mention&reasons=reply",
        "/xrpc/com.atproto.server.getSession",
    ] {
        assert_eq!(get(good), "", "{good}");
    }
    for (path, expected) in [
        (
            "?actor=alice.test&limit=101",
            "?limit: 101 is not within Some(1) and Some(100)",
        ),
        ("?actor=alice.test&limit=0", "?limit: 0 is not within"),
        (
            "?actor=alice.test&limit=+5",
            "?limit: \" 5\" is not of the parameter's type",
        ),
        (
            "?actor=alice.test&includePins=1",
            "?includePins: \"1\" is not of the parameter's type",
        ),
        ("?actor=alice", "?actor: \"alice\" is no at-identifier"),
        (
            "?actor=alice.test&actor=bob.test",
            "?actor: given more than once, but it is no array",
        ),
        ("?actor=alice.test&count=5", "?count: unknown parameter"),
        ("", "?actor: required, but missing"),
    ] {
        let found = get(&format!("{feed}{path}"));
        assert!(found.contains(expected), "{path}: {found}");
    }
    assert!(get("/xrpc/app.bsky.feed.getPostz").contains("is no method"));
    assert!(get("/app.bsky.feed.getPosts").contains("does not begin with /xrpc/"));
    assert!(get("/xrpc/com.atproto.repo.createRecord").contains("is a procedure: POST, not GET"));
    let many = format!(
        "/xrpc/app.bsky.feed.getPosts?{}",
        "uris=at://alice.test&".repeat(26)
    );
    assert!(
        get(&many).contains("?uris: 26 items, at most 25"),
        "{}",
        get(&many)
    );
    let body = lexicons.check_request(
        "GET",
        "/xrpc/com.atproto.server.getSession",
        Some("application/json"),
        b"{}",
    );
    assert!(said(body).contains("a body, but the method declares none"));
}

#[test]
fn writes_into_a_repository_are_held_to_their_collection() {
    let Some(lexicons) = lexicons("writes") else {
        return;
    };
    let put = |change: fn(&mut Value)| {
        let mut body = json!({
            "repo": "did:plc:abc", "collection": "app.bsky.feed.post", "rkey": "3jzfcijpj2z2a",
            "record": post(|_| {}), "swapRecord": null,
        });
        change(&mut body);
        let body = serde_json::to_vec(&body).unwrap();
        said(lexicons.check_request(
            "POST",
            "/xrpc/com.atproto.repo.putRecord",
            Some("application/json; charset=utf-8"),
            &body,
        ))
    };
    assert_eq!(put(|_| {}), "");
    type Case = (&'static str, fn(&mut Value));
    let cases: &[Case] = &[
        (
            "$.record.$type: not app.bsky.feed.like, the collection",
            |b| b["collection"] = json!("app.bsky.feed.like"),
        ),
        ("$.rkey: \"my-post\" is no key of the kind tid", |b| {
            b["rkey"] = json!("my-post")
        }),
        ("$.record.text: required, but missing", |b| {
            drop(b["record"].as_object_mut().unwrap().remove("text"))
        }),
        ("$.swapCommit: null where a string should stand", |b| {
            b["swapCommit"] = Value::Null
        }),
        ("$.repo: required, but missing", |b| {
            drop(b.as_object_mut().unwrap().remove("repo"))
        }),
        ("$.record: a string where an object should stand", |b| {
            b["record"] = json!("text")
        }),
        ("$.extra: unknown property", |b| b["extra"] = json!(1)),
    ];
    for (expected, change) in cases {
        let found = put(*change);
        assert!(
            found.contains(expected),
            "expected {expected}, was told: {found}"
        );
    }
    let upload = |kind| {
        said(lexicons.check_request(
            "POST",
            "/xrpc/com.atproto.repo.uploadBlob",
            kind,
            b"\x89PNG",
        ))
    };
    assert_eq!(upload(Some("image/png")), "");
    assert!(upload(None).contains("no content type"));
    let form = lexicons.check_request(
        "POST",
        "/xrpc/com.atproto.repo.putRecord",
        Some("text/plain"),
        b"repo=a",
    );
    let found = said(form);
    assert!(
        found.contains("content type text/plain") && found.contains("$: not JSON"),
        "{found}"
    );
}

#[test]
fn answers_are_held_to_the_output_or_to_the_shape_of_errors() {
    let Some(strict) = lexicons("answers") else {
        return;
    };
    let json = Some("application/json; charset=utf-8");
    let answer = |lexicons: &Lexicons, status, body: Value| {
        said(lexicons.check_response(
            "com.atproto.repo.getRecord",
            status,
            json,
            body.to_string().as_bytes(),
        ))
    };
    let good = json!({"uri": "at://did:plc:abc/app.bsky.feed.post/3jzfcijpj2z2a", "cid": CID, "value": post(|_| {})});
    assert_eq!(answer(&strict, 200, good.clone()), "");
    // A record inside of open data is held to its own type, one of an unknown type is not.
    let mut bad = good.clone();
    bad["value"]["langs"] = json!("en");
    assert!(
        answer(&strict.lenient(), 200, bad)
            .contains("$.value.langs: a string where an array should stand")
    );
    let mut foreign = good.clone();
    foreign["value"] = json!({"$type": "com.example.thing", "n": 1});
    assert_eq!(answer(&strict, 200, foreign.clone()), "");
    foreign["value"]["n"] = json!(0.5);
    assert!(
        answer(&strict, 200, foreign.clone()).contains("$.value.n: 0.5 is no integer of 53 bits")
    );
    assert_eq!(answer(&strict.lenient(), 200, foreign), "");
    let mut newer = good.clone();
    newer["indexedBy"] = json!("someone");
    assert!(answer(&strict, 200, newer.clone()).contains("$.indexedBy: unknown property"));
    assert_eq!(answer(&strict.lenient(), 200, newer), "");

    assert_eq!(
        answer(
            &strict,
            400,
            json!({"error": "RecordNotFound", "message": "no"})
        ),
        ""
    );
    assert_eq!(
        answer(&strict, 502, json!({"error": "UpstreamFailure"})),
        ""
    );
    assert!(
        answer(&strict, 400, json!({"message": "no"})).contains("$.error: None is no error name")
    );
    assert!(
        answer(&strict, 400, json!({"error": "A", "message": 1}))
            .contains("$.message: not a string")
    );
    assert!(answer(&strict, 400, good.clone()).contains("$.error"));
    assert!(answer(&strict, 302, good.clone()).contains("the status is 302"));
    assert!(answer(&strict, 201, good).contains("the status is 201"));
    let html = strict.check_response(
        "com.atproto.repo.getRecord",
        502,
        Some("text/html"),
        b"<html>",
    );
    assert!(said(html).contains("content type"));
    // Without a declared output the answer is empty.
    let no_output = "com.atproto.server.deleteSession";
    assert_eq!(said(strict.check_response(no_output, 200, None, b"")), "");
    assert!(
        said(strict.check_response(no_output, 200, json, b"{}"))
            .contains("the method declares none")
    );
    assert_eq!(
        said(strict.lenient().check_response(no_output, 200, json, b"{}")),
        ""
    );
}

#[test]
fn a_closed_union_refuses_what_it_does_not_name_even_from_servers() {
    let Some(strict) = lexicons("closed unions") else {
        return;
    };
    let body = |kind: &str| json!({"repo": "alice.test", "writes": [{"$type": kind, "collection": "com.example.thing", "value": {"$type": "com.example.thing"}}]});
    let check = |lexicons: &Lexicons, kind| {
        let body = body(kind).to_string();
        said(lexicons.check_request(
            "POST",
            "/xrpc/com.atproto.repo.applyWrites",
            Some("application/json"),
            body.as_bytes(),
        ))
    };
    assert_eq!(check(&strict, "com.atproto.repo.applyWrites#create"), "");
    let found = check(&strict.lenient(), "com.atproto.repo.applyWrites#upsert");
    assert!(
        found.contains("$.writes[0].$type: com.atproto.repo.applyWrites#upsert is not one of"),
        "{found}"
    );
}

#[test]
fn lexicons_with_a_rule_that_is_not_understood_are_refused() {
    let folder = std::env::temp_dir().join(format!("sociable-lexicons-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let load = |property: Value| {
        let lexicon = json!({"lexicon": 1, "id": "com.example.thing", "defs": {"main": {
            "type": "object", "properties": {"a": property},
        }}});
        std::fs::write(folder.join("thing.json"), lexicon.to_string()).unwrap();
        Lexicons::load(&folder).err().unwrap_or_default()
    };
    let told = [
        load(json!({"type": "string", "maxLength": 5})),
        load(json!({"type": "string", "pattern": "a+"})),
        load(json!({"type": "string", "format": "phone"})),
        load(json!({"type": "ref", "ref": "#nothing"})),
        load(json!({"type": "float"})),
    ];
    std::fs::remove_dir_all(&folder).unwrap();
    let expected = [
        "",
        "cannot use pattern",
        "cannot use phone",
        "com.example.thing#nothing leads nowhere",
        "cannot use float",
    ];
    for (told, expected) in told.iter().zip(expected) {
        assert!(
            told.contains(expected) && told.is_empty() == expected.is_empty(),
            "{expected}: {told}"
        );
    }
}

/// Whether `value` holds, anywhere, a property of which `wanted` says yes.
fn holds(value: &Value, wanted: &dyn Fn(&str, &Value) -> bool) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(k, v)| wanted(k, v) || holds(v, wanted)),
        Value::Array(list) => list.iter().any(|v| holds(v, wanted)),
        _ => false,
    }
}

#[test]
fn every_generated_answer_and_record_satisfies_its_lexicon() {
    let Some(strict) = lexicons("generated answers") else {
        return;
    };
    let lenient = strict.lenient();
    let mut made = 0;
    for (lexicons, freedom) in [(&lenient, Freedom::Any), (&strict, Freedom::Named)] {
        for seed in 0..3 {
            let mut generator = Generator::new(lexicons, seed, freedom);
            for nsid in lexicons.methods() {
                let answer = generator.answer(nsid).unwrap();
                let found = said(lexicons.check_response(
                    nsid,
                    200,
                    Some("application/json"),
                    answer.to_string().as_bytes(),
                ));
                assert_eq!(found, "", "{freedom:?}, seed {seed}, {nsid}: {answer:#}");
                made += 1;
            }
            for nsid in lexicons.records() {
                let record = generator.record(nsid).unwrap();
                assert_eq!(
                    said(lexicons.check_record(nsid, &record)),
                    "",
                    "{freedom:?}, seed {seed}, {nsid}: {record:#}"
                );
                made += 1;
            }
        }
    }
    assert!(made > 1_000, "only {made} were made");
}

#[test]
fn generated_answers_use_every_freedom_of_the_lexicons() {
    let Some(lexicons) = lexicons("freedoms").map(|l| l.lenient()) else {
        return;
    };
    let answers: Vec<Value> = (0..150)
        .map(|seed| {
            Generator::new(&lexicons, seed, Freedom::Any)
                .answer("app.bsky.feed.getAuthorFeed")
                .unwrap()
        })
        .collect();
    type Freedoms = (&'static str, fn(&str, &Value) -> bool);
    let freedoms: &[Freedoms] = &[
        ("an unknown property", |k, _| k == "futureProperty"),
        ("an unknown member of a union", |k, v| {
            k == "embed" && v["$type"] == "com.example.future#thing"
        }),
        ("a known member of a union", |k, v| {
            k == "embed" && v["$type"] == "app.bsky.embed.images#view"
        }),
        ("an unknown value", |_, v| v == "com.example.future#value"),
        ("an empty array", |_, v| v == &json!([])),
        ("a full array", |k, v| {
            k == "langs" && v.as_array().is_some_and(|l| l.len() == 3)
        }),
        ("a post of full length", |k, v| {
            use unicode_segmentation::UnicodeSegmentation;
            k == "text" && v.as_str().is_some_and(|t| t.graphemes(true).count() == 300)
        }),
        ("a record that is no post", |k, v| {
            k == "record" && v["$type"] != "app.bsky.feed.post"
        }),
        ("the smallest integer", |_, v| {
            v == &json!(-9_007_199_254_740_991_i64)
        }),
        ("the largest integer", |_, v| {
            v == &json!(9_007_199_254_740_991_i64)
        }),
        ("a time of more than nine digits", |k, v| {
            k == "createdAt" && v.as_str().is_some_and(|t| t.len() > 32)
        }),
        ("a time with an offset", |k, v| {
            k == "createdAt" && v.as_str().is_some_and(|t| t.ends_with("+14:00"))
        }),
    ];
    for (name, wanted) in freedoms {
        assert!(
            answers.iter().any(|a| holds(a, wanted)),
            "no answer holds {name}"
        );
    }
    let with_cursor = answers.iter().filter(|a| a.get("cursor").is_some()).count();
    assert!(
        (20..130).contains(&with_cursor),
        "{with_cursor} of 150 answers hold a cursor"
    );
    let feed = |a: &Value| a["feed"].as_array().map_or(0, Vec::len);
    assert!(answers.iter().any(|a| feed(a) == 0) && answers.iter().any(|a| feed(a) > 2));
    let again = Generator::new(&lexicons, 3, Freedom::Any)
        .answer("app.bsky.feed.getAuthorFeed")
        .unwrap();
    assert_eq!(again, answers[3], "a seed gives the same answer again");
}
