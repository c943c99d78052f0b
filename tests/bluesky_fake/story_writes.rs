//! What a PDS does alone: sessions and writes.

use serde_json::{Value, json};

use crate::net::Ask;
use crate::story::{Person, Story, text};

impl Story<'_> {
    /// Sessions, writes and their refusals: what a PDS does alone.
    pub(crate) async fn pds(&mut self) {
        let ann = self.person("ann").await;
        let ben = self.person("ben").await;
        self.sessions(&ann).await;
        self.writes(&ann, &ben).await;
        self.refusals(&ann).await;
        self.blobs(&ann).await;
    }

    async fn sessions(&mut self, ann: &Person) {
        const CREATE: &str = "com.atproto.server.createSession";
        const REFRESH: &str = "com.atproto.server.refreshSession";
        const GET: &str = "com.atproto.server.getSession";
        let login = |password: Value| json!({"identifier": ann.handle, "password": password});
        let session = self
            .step("login", Ask::post(CREATE, &login(json!("a-password"))))
            .await;
        self.step(
            "login, wrong password",
            Ask::post(CREATE, &login(json!("wrong"))),
        )
        .await;
        self.step(
            "login, no password",
            Ask::post(CREATE, &json!({"identifier": ann.handle})),
        )
        .await;
        self.step(
            "login, number for a password",
            Ask::post(CREATE, &login(json!(5))),
        )
        .await;
        let refresh = text(&session["refreshJwt"]).to_owned();
        let first = self
            .step("refresh", Ask::raw(REFRESH, "", "").token(&refresh))
            .await;
        let again = self
            .step("refresh again", Ask::raw(REFRESH, "", "").token(&refresh))
            .await;
        let jti = |session: &Value| claim(text(&session["refreshJwt"]), "jti");
        assert_eq!(
            jti(&first),
            jti(&again),
            "the old token gives the same new one"
        );
        self.step(
            "refresh with access",
            Ask::raw(REFRESH, "", "").token(&ann.access),
        )
        .await;
        self.step("refresh with nothing", Ask::raw(REFRESH, "", ""))
            .await;
        self.step(
            "refresh with a body",
            Ask::post(REFRESH, &json!({})).token(&refresh),
        )
        .await;
        self.step("session", Ask::get(GET, &[]).token(&ann.access))
            .await;
        self.step("session, no token", Ask::get(GET, &[])).await;
        self.step(
            "session, garbled token",
            Ask::get(GET, &[]).token("garbled"),
        )
        .await;
        self.step(
            "session, refresh token",
            Ask::get(GET, &[]).token(&ann.refresh),
        )
        .await;
        self.step(
            "session, basic",
            Ask::get(GET, &[]).header("authorization", "Basic eA=="),
        )
        .await;
        self.step(
            "session, no word",
            Ask::get(GET, &[]).header("authorization", "Bearer"),
        )
        .await;
        const END: &str = "com.atproto.server.deleteSession";
        self.step(
            "logout with access",
            Ask::raw(END, "", "").token(&ann.access),
        )
        .await;
        self.step("logout", Ask::raw(END, "", "").token(&ann.refresh))
            .await;
        self.step("logout again", Ask::raw(END, "", "").token(&ann.refresh))
            .await;
        self.step(
            "refresh after logout",
            Ask::raw(REFRESH, "", "").token(&ann.refresh),
        )
        .await;
        self.step("server", Ask::get("com.atproto.server.describeServer", &[]))
            .await;
        const AUTH: &str = "com.atproto.server.getServiceAuth";
        let video = ("aud", "did:web:video.bsky.app");
        let lxm = ("lxm", "app.bsky.video.getUploadLimits");
        let far = self.server.epoch(4000);
        let near = self.server.epoch(1800);
        self.get("service token", ann, AUTH, &[video, lxm]).await;
        self.get(
            "service token, half an hour",
            ann,
            AUTH,
            &[video, lxm, ("exp", &near)],
        )
        .await;
        self.get(
            "service token, too long",
            ann,
            AUTH,
            &[video, lxm, ("exp", &far)],
        )
        .await;
        self.get(
            "service token, too long without a method",
            ann,
            AUTH,
            &[video, ("exp", &near)],
        )
        .await;
        const HANDLE: &str = "com.atproto.identity.resolveHandle";
        self.step("handle", Ask::get(HANDLE, &[("handle", &ann.handle)]))
            .await;
        self.step(
            "handle, unknown",
            Ask::get(HANDLE, &[("handle", "nobody-here.test")]),
        )
        .await;
        self.post(
            "app password",
            ann,
            "com.atproto.server.createAppPassword",
            json!({"name": "x"}),
        )
        .await;
        let made = self
            .post(
                "app password 2",
                ann,
                "com.atproto.server.createAppPassword",
                json!({"name": "y"}),
            )
            .await;
        let session = self
            .step(
                "login, app password",
                Ask::post(CREATE, &login(made["password"].clone())),
            )
            .await;
        let app = text(&session["accessJwt"]).to_owned();
        let ask = Ask::post(
            "com.atproto.server.createAppPassword",
            &json!({"name": "z"}),
        );
        self.step("app password by app password", ask.token(&app))
            .await;
        let chat = [
            ("aud", "did:web:api.bsky.chat"),
            ("lxm", "chat.bsky.convo.listConvos"),
        ];
        self.step(
            "service token for messages by app password",
            Ask::get(AUTH, &chat).token(&app),
        )
        .await;
    }

    async fn writes(&mut self, ann: &Person, ben: &Person) {
        const POST: &str = "app.bsky.feed.post";
        const PUT: &str = "com.atproto.repo.putRecord";
        const DELETE: &str = "com.atproto.repo.deleteRecord";
        const LIST: &str = "com.atproto.repo.listRecords";
        let made = self
            .record(
                "create",
                ann,
                POST,
                json!({"text": "one", "langs": ["en"], "tags": ["a"]}),
            )
            .await;
        let rkey = text(&made["uri"])
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let place = [("repo", ann.did.as_str()), ("collection", POST)];
        let read = |rkey: &'static str| [place[0], place[1], ("rkey", rkey)];
        self.step(
            "read",
            Ask::get(
                "com.atproto.repo.getRecord",
                &[place[0], place[1], ("rkey", &rkey)],
            ),
        )
        .await;
        self.step(
            "read, nothing there",
            Ask::get("com.atproto.repo.getRecord", &read("3aaaaaaaaaaaa")),
        )
        .await;
        let nobody = [
            ("repo", "nobody-here.test"),
            ("collection", POST),
            ("rkey", "3aaaaaaaaaaaa"),
        ];
        self.step(
            "read, no repo",
            Ask::get("com.atproto.repo.getRecord", &nobody),
        )
        .await;
        self.step("list", Ask::get(LIST, &place)).await;
        self.step("list, no repo", Ask::get(LIST, &nobody[..2]))
            .await;
        self.step(
            "describe",
            Ask::get("com.atproto.repo.describeRepo", &place[..1]),
        )
        .await;

        let record = json!({"$type": POST, "text": "put", "createdAt": "2026-11-22T10:00:00.000Z"});
        let put = |more: Value| {
            let mut body = json!({"repo": ann.did, "collection": POST, "rkey": "3n2wodo3wxc2d", "record": record});
            for (name, value) in more.as_object().unwrap() {
                body[name] = value.clone();
            }
            body
        };
        let none = json!({"swapRecord": null});
        let first = self.post("put", ann, PUT, put(none.clone())).await;
        let same = self.post("put the same", ann, PUT, put(none.clone())).await;
        assert_eq!(first["cid"], same["cid"]);
        assert_eq!(
            first["cid"], "bafyreiejd2k5r6kooqobaq3nhopjubnkweugq3fioptv4be5kidsaru3pa",
            "the cid of a record follows from it"
        );
        let other =
            json!({"$type": POST, "text": "other", "createdAt": "2026-11-22T10:00:00.000Z"});
        self.post(
            "put another",
            ann,
            PUT,
            put(json!({"swapRecord": null, "record": other})),
        )
        .await;
        self.post("put over", ann, PUT, put(json!({"record": other})))
            .await;
        self.post(
            "put, wrong swap",
            ann,
            PUT,
            put(json!({"swapRecord": first["cid"]})),
        )
        .await;
        self.post("put, bad swap", ann, PUT, put(json!({"swapRecord": "x"})))
            .await;
        self.post(
            "put, wrong commit",
            ann,
            PUT,
            put(json!({"swapCommit": first["cid"]})),
        )
        .await;
        self.post("put, bad key", ann, PUT, put(json!({"rkey": "bad key"})))
            .await;
        self.post("put, no tid", ann, PUT, put(json!({"rkey": "notatid"})))
            .await;
        self.post(
            "put, bad collection",
            ann,
            PUT,
            put(json!({"collection": "nonsid"})),
        )
        .await;
        self.post(
            "put, another's repo",
            ann,
            PUT,
            put(json!({"repo": ben.did})),
        )
        .await;
        self.post(
            "put, nobody's repo",
            ann,
            PUT,
            put(json!({"repo": "nobody-here.test"})),
        )
        .await;
        self.post(
            "put, wrong type",
            ann,
            PUT,
            put(json!({"record": {"$type": "a.b.c", "text": "x"}})),
        )
        .await;
        self.post("put, no record", ann, PUT, put(json!({"record": 5})))
            .await;
        self.post(
            "put, validate no bool",
            ann,
            PUT,
            put(json!({"validate": "yes"})),
        )
        .await;
        let thing = json!({"$type": "com.example.thing", "x": 1});
        let unknown = |validate: bool| {
            put(json!({"collection": "com.example.thing", "record": thing, "validate": validate}))
        };
        self.post("put unknown, to validate", ann, PUT, unknown(true))
            .await;
        self.post("put unknown, not to validate", ann, PUT, unknown(false))
            .await;
        let fraction = json!({"collection": "com.example.thing", "record": {"$type": "com.example.thing", "x": 1.5}});
        self.post("put a fraction", ann, PUT, put(fraction)).await;
        self.record("create unknown", ann, "com.example.foo", json!({}))
            .await;
        let body =
            json!({"repo": ann.did, "collection": POST, "rkey": "3n2wodo3wxc2d", "record": record});
        self.post("create over", ann, "com.atproto.repo.createRecord", body)
            .await;

        let gone = json!({"repo": ann.did, "collection": POST, "rkey": "3n2wodo3wxc2d"});
        self.post("delete", ann, DELETE, gone.clone()).await;
        self.post("delete again", ann, DELETE, gone.clone()).await;
        self.post(
            "delete, no key",
            ann,
            DELETE,
            json!({"repo": ann.did, "collection": POST}),
        )
        .await;
        let foreign = json!({"repo": ben.did, "collection": POST, "rkey": "3n2wodo3wxc2d"});
        self.post("delete another's", ann, DELETE, foreign).await;
        self.step("delete, no token", Ask::post(DELETE, &gone))
            .await;

        const APPLY: &str = "com.atproto.repo.applyWrites";
        let write = |kind: &str, rkey: &str| {
            json!({
                "$type": format!("{APPLY}#{kind}"), "collection": POST, "rkey": rkey,
                "value": {"$type": POST, "text": kind, "createdAt": "2026-11-22T10:00:00.000Z"},
            })
        };
        let apply = |writes: Value| json!({"repo": ann.did, "writes": writes});
        let rkey = "3n2wodo3wxd2d";
        let drop = json!({"$type": format!("{APPLY}#delete"), "collection": POST, "rkey": rkey});
        self.post(
            "apply",
            ann,
            APPLY,
            apply(json!([
                write("create", rkey),
                write("create", "3n2wodo3wxe2d")
            ])),
        )
        .await;
        self.post(
            "apply more",
            ann,
            APPLY,
            apply(json!([write("update", rkey), drop])),
        )
        .await;
        self.post(
            "apply to nothing",
            ann,
            APPLY,
            apply(json!([write("update", rkey)])),
        )
        .await;
        self.post("apply delete to nothing", ann, APPLY, apply(json!([drop])))
            .await;
        self.post(
            "apply unknown",
            ann,
            APPLY,
            apply(json!([write("foo", rkey)])),
        )
        .await;
        self.post("apply none", ann, APPLY, apply(json!([]))).await;
        let many: Vec<Value> = (0..201).map(|_| drop.clone()).collect();
        self.post("apply too many", ann, APPLY, apply(json!(many)))
            .await;
        for at in 0..2 {
            self.record(&format!("create {at}"), ann, POST, json!({"text": "more"}))
                .await;
        }
        let page = self
            .step(
                "list a page",
                Ask::get(LIST, &[place[0], place[1], ("limit", "3")]),
            )
            .await;
        let cursor = text(&page["cursor"]).to_owned();
        let page = self
            .step(
                "list the rest",
                Ask::get(
                    LIST,
                    &[place[0], place[1], ("limit", "3"), ("cursor", &cursor)],
                ),
            )
            .await;
        let cursor = text(&page["cursor"]).to_owned();
        self.step(
            "list the end",
            Ask::get(
                LIST,
                &[place[0], place[1], ("limit", "3"), ("cursor", &cursor)],
            ),
        )
        .await;
    }

    /// What a PDS without AppView says.
    pub(crate) async fn bare(&mut self) {
        let ann = self.person("ann").await;
        for nsid in [
            "app.bsky.feed.getTimeline",
            "app.bsky.foo.bar",
            "app.bsky.actor.getPreferences",
        ] {
            self.get(nsid, &ann, nsid, &[]).await;
            self.step(&format!("{nsid}, no token"), Ask::get(nsid, &[]))
                .await;
        }
        self.get(
            "messages without the header",
            &ann,
            "chat.bsky.convo.listConvos",
            &[],
        )
        .await;
        let ask = Ask::get("chat.bsky.convo.listConvos", &[]).token(&ann.access);
        self.step("messages", ask.clone().chat()).await;
        self.step(
            "messages, bad header",
            ask.header("atproto-proxy", "nonsense"),
        )
        .await;
    }
}

/// A claim of a JWT, unverified.
fn claim(token: &str, name: &str) -> Value {
    let part = token.split('.').nth(1).unwrap_or_default();
    let mut bits = String::new();
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for letter in part.chars() {
        bits.push_str(&format!("{:06b}", LETTERS.find(letter).unwrap_or(0)));
    }
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .filter_map(|byte| u8::from_str_radix(std::str::from_utf8(byte).ok()?, 2).ok())
        .collect();
    serde_json::from_slice::<Value>(&bytes).map_or(Value::Null, |claims| claims[name].clone())
}
