//! One story, told to any network: every step is a request, and what came back is kept under its name.

use serde_json::{Value, json};

use crate::net::{Ask, PNG, Seen};
use crate::servers::Server;

/// What each step was answered, in order.
pub(crate) type Told = Vec<(String, Seen)>;

/// A storyteller: names steps and keeps their answers.
pub(crate) struct Story<'a> {
    server: &'a Server,
    pub(crate) told: Told,
}

struct Person {
    did: String,
    handle: String,
    access: String,
    refresh: String,
}

fn strong(made: &Value) -> Value {
    json!({"uri": made["uri"], "cid": made["cid"]})
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl<'a> Story<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        Self {
            server,
            told: Vec::new(),
        }
    }

    async fn step(&mut self, name: &str, ask: Ask) -> Value {
        let seen = self.server.ask(&ask).await;
        let json = seen.json.clone();
        self.told.push((name.to_owned(), seen));
        json
    }

    async fn person(&mut self, name: &str) -> Person {
        let handle = self.server.fresh_handle(name);
        let body = json!({"handle": handle, "email": format!("{handle}@mail.test"), "password": "a-password"});
        let made = self
            .step(
                &format!("account {name}"),
                Ask::post("com.atproto.server.createAccount", &body),
            )
            .await;
        Person {
            did: text(&made["did"]).to_owned(),
            access: text(&made["accessJwt"]).to_owned(),
            refresh: text(&made["refreshJwt"]).to_owned(),
            handle,
        }
    }

    async fn record(&mut self, name: &str, who: &Person, collection: &str, record: Value) -> Value {
        let mut record = record;
        record["$type"] = json!(collection);
        if record.get("createdAt").is_none() {
            record["createdAt"] = json!(self.server.timestamp());
        }
        let body = json!({"repo": who.did, "collection": collection, "record": record});
        self.step(
            name,
            Ask::post("com.atproto.repo.createRecord", &body).token(&who.access),
        )
        .await
    }

    async fn get(
        &mut self,
        name: &str,
        who: &Person,
        nsid: &str,
        params: &[(&str, &str)],
    ) -> Value {
        self.step(name, Ask::get(nsid, params).token(&who.access))
            .await
    }

    async fn post(&mut self, name: &str, who: &Person, nsid: &str, body: Value) -> Value {
        self.step(name, Ask::post(nsid, &body).token(&who.access))
            .await
    }

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

    /// Records that are refused, and some that one might think would be.
    async fn refusals(&mut self, ann: &Person) {
        let zero = self
            .record(
                "subject",
                ann,
                "app.bsky.feed.post",
                json!({"text": "zero"}),
            )
            .await;
        let at = strong(&zero);
        let posts = [
            ("301 graphemes", json!({"text": "a".repeat(301)})),
            ("300 graphemes", json!({"text": "a".repeat(300)})),
            ("3250 bytes", json!({"text": "👨‍👩‍👧‍👦".repeat(130)})),
            ("no text", json!({})),
            ("number for a text", json!({"text": 5})),
            ("empty text", json!({"text": ""})),
            ("no time", json!({"text": "x", "createdAt": null})),
            ("bad time", json!({"text": "x", "createdAt": "yesterday"})),
            (
                "time without a zone",
                json!({"text": "x", "createdAt": "2026-11-22T10:00:00"}),
            ),
            (
                "four languages",
                json!({"text": "x", "langs": ["en", "de", "fr", "ru"]}),
            ),
            (
                "bad language",
                json!({"text": "x", "langs": ["not a lang"]}),
            ),
            (
                "nine tags",
                json!({"text": "x", "tags": ["a", "a", "a", "a", "a", "a", "a", "a", "a"]}),
            ),
            ("long tag", json!({"text": "x", "tags": ["x".repeat(65)]})),
            ("facets no list", json!({"text": "x", "facets": "x"})),
            (
                "facet below zero",
                json!({"text": "x", "facets": [{"index": {"byteStart": -1, "byteEnd": 1}, "features": []}]}),
            ),
            ("facet without a type", facet(json!({"tag": "t"}))),
            (
                "facet, bad did",
                facet(json!({"$type": "app.bsky.richtext.facet#mention", "did": "x.y"})),
            ),
            (
                "facet, bad uri",
                facet(json!({"$type": "app.bsky.richtext.facet#link", "uri": "not a uri"})),
            ),
            (
                "facet, unknown",
                facet(json!({"$type": "x.y.z#foo", "uri": "not a uri"})),
            ),
            (
                "reply without a parent",
                json!({"text": "x", "reply": {"root": at}}),
            ),
            (
                "reply without a cid",
                json!({"text": "x", "reply": {"root": {"uri": zero["uri"]}, "parent": at}}),
            ),
            (
                "reply, bad uri",
                json!({"text": "x", "reply": {"root": {"uri": "x", "cid": "y"}, "parent": at}}),
            ),
            (
                "reply, bad cid",
                json!({"text": "x", "reply": {"root": {"uri": zero["uri"], "cid": "y"}, "parent": at}}),
            ),
            (
                "embed, unknown",
                json!({"text": "x", "embed": {"$type": "app.bsky.embed.unknown"}}),
            ),
            ("embed without a type", json!({"text": "x", "embed": {}})),
            (
                "card without a description",
                json!({"text": "x", "embed": {"$type": "app.bsky.embed.external", "external": {"uri": "https://example.com", "title": "t"}}}),
            ),
            (
                "no images",
                json!({"text": "x", "embed": {"$type": "app.bsky.embed.images", "images": []}}),
            ),
        ];
        for (name, record) in posts {
            self.record(name, ann, "app.bsky.feed.post", record).await;
        }
        self.record("like", ann, "app.bsky.feed.like", json!({"subject": at}))
            .await;
        self.record(
            "like again",
            ann,
            "app.bsky.feed.like",
            json!({"subject": at}),
        )
        .await;
        let likes = [
            ("repo", ann.did.as_str()),
            ("collection", "app.bsky.feed.like"),
        ];
        let listed = self
            .step("likes", Ask::get("com.atproto.repo.listRecords", &likes))
            .await;
        assert_eq!(
            listed["records"].as_array().map(Vec::len),
            Some(1),
            "a second like replaces the first"
        );
        self.record(
            "follow nobody",
            ann,
            "app.bsky.graph.follow",
            json!({"subject": "x"}),
        )
        .await;
        const CREATE: &str = "com.atproto.repo.createRecord";
        for (name, kind, body) in [
            ("broken JSON", "application/json", "{bad"),
            ("half a JSON", "application/json", "{\"repo\": \""),
            ("a form", "application/x-www-form-urlencoded", "a=b"),
            ("a list", "application/json", "[]"),
            ("a number", "application/json", "5"),
            ("nothing", "application/json", ""),
        ] {
            self.step(name, Ask::raw(CREATE, kind, body).token(&ann.access))
                .await;
        }
        self.post("no fields", ann, CREATE, json!({})).await;
        self.post(
            "no repo",
            ann,
            CREATE,
            json!({"repo": "!!", "collection": "a.b.c", "record": {}}),
        )
        .await;
        self.step("wrong method", Ask::get(CREATE, &[]).token(&ann.access))
            .await;
    }

    async fn blobs(&mut self, ann: &Person) {
        const UPLOAD: &str = "com.atproto.repo.uploadBlob";
        const BLOB: &str = "com.atproto.sync.getBlob";
        let up = self
            .step(
                "upload",
                Ask::raw(UPLOAD, "image/jpeg", PNG).token(&ann.access),
            )
            .await;
        let blob = up["blob"].clone();
        assert_eq!(blob["mimeType"], "image/png", "the type is sniffed");
        assert_eq!(
            blob["ref"]["$link"],
            "bafkreigccu7xpyiqq76la6fohbjh7kb354uxshrxadrqzsd75rcaljtnb4"
        );
        let cid = text(&blob["ref"]["$link"]).to_owned();
        let place = [("did", ann.did.as_str()), ("cid", cid.as_str())];
        self.step("fetch before it is used", Ask::get(BLOB, &place))
            .await;
        let note = self
            .step(
                "upload text",
                Ask::raw(UPLOAD, "text/plain", "hello").token(&ann.access),
            )
            .await;
        self.step(
            "upload nothing",
            Ask::raw(UPLOAD, "image/png", "").token(&ann.access),
        )
        .await;
        self.step(
            "upload nonsense",
            Ask::raw(UPLOAD, "nonsense", "x").token(&ann.access),
        )
        .await;
        self.step("upload without a token", Ask::raw(UPLOAD, "image/png", "x"))
            .await;
        let image = |blob: &Value| json!({"alt": "", "image": blob});
        let images = |list: Vec<Value>| json!({"text": "x", "embed": {"$type": "app.bsky.embed.images", "images": list}});
        let with = |name: &str, value: Value| {
            let mut other = blob.clone();
            other[name] = value;
            other
        };
        let absent = with(
            "ref",
            json!({"$link": "bafkreiaj5s3oxsf457dth5xs5rcppenl53lkthw7btbrkgldpcmk5pks3a"}),
        );
        for (name, record) in [
            ("image", images(vec![image(&blob)])),
            ("five images", images(vec![image(&blob); 5])),
            ("image without alt", images(vec![json!({"image": blob})])),
            (
                "image without height",
                images(vec![
                    json!({"alt": "", "image": blob, "aspectRatio": {"width": 1}}),
                ]),
            ),
            (
                "image without width",
                images(vec![
                    json!({"alt": "", "image": blob, "aspectRatio": {"width": 0, "height": 1}}),
                ]),
            ),
            ("image that is text", images(vec![image(&note["blob"])])),
            (
                "image of another size",
                images(vec![image(&with("size", json!(71)))]),
            ),
            (
                "image of another type",
                images(vec![image(&with("mimeType", json!("image/jpeg")))]),
            ),
            (
                "image too large",
                images(vec![image(&with("size", json!(3_000_000)))]),
            ),
            ("image that is not there", images(vec![image(&absent)])),
            (
                "image for a video",
                json!({"text": "x", "embed": {"$type": "app.bsky.embed.video", "video": blob}}),
            ),
        ] {
            self.record(name, ann, "app.bsky.feed.post", record).await;
        }
        self.step("fetch", Ask::get(BLOB, &place)).await;
        let unknown = (
            "cid",
            "bafkreiaj5s3oxsf457dth5xs5rcppenl53lkthw7btbrkgldpcmk5pks3a",
        );
        self.step("fetch nothing", Ask::get(BLOB, &[place[0], unknown]))
            .await;
        let nobody = ("did", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa");
        self.step("fetch nobody's", Ask::get(BLOB, &[nobody, place[1]]))
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

    /// The AppView's side: views, listings, notifications, privacy.
    pub(crate) async fn network(&mut self) {
        let ann = self.person("ann").await;
        let ben = self.person("ben").await;
        const POST: &str = "app.bsky.feed.post";
        let up = self
            .step(
                "upload",
                Ask::raw("com.atproto.repo.uploadBlob", "image/png", PNG).token(&ann.access),
            )
            .await;
        let blob = up["blob"].clone();
        let profile = json!({
            "repo": ann.did, "collection": "app.bsky.actor.profile", "rkey": "self",
            "record": {"$type": "app.bsky.actor.profile", "displayName": "Ann", "description": "d", "avatar": blob, "banner": blob},
        });
        self.post("profile", &ann, "com.atproto.repo.putRecord", profile)
            .await;
        let words = format!("hello #tag https://example.com @{}", ben.handle);
        let end = words.len();
        let full = json!({
            "text": words, "langs": ["en"], "tags": ["extra"],
            "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "sexual"}]},
            "facets": [
                {"index": {"byteStart": 6, "byteEnd": 10}, "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "tag"}]},
                {"index": {"byteStart": 11, "byteEnd": 30}, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com"}]},
                {"index": {"byteStart": 31, "byteEnd": end}, "features": [{"$type": "app.bsky.richtext.facet#mention", "did": ben.did}]},
            ],
        });
        let first = strong(&self.record("post", &ann, POST, full).await);
        let image =
            json!({"alt": "an alt", "image": blob, "aspectRatio": {"width": 1, "height": 1}});
        let images = json!({"$type": "app.bsky.embed.images", "images": [image]});
        let card = json!({"$type": "app.bsky.embed.external", "external": {"uri": "https://example.com", "title": "t", "description": "d", "thumb": blob}});
        let quote = json!({"$type": "app.bsky.embed.record", "record": first});
        let both =
            json!({"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": images});
        let pictured = strong(
            &self
                .record(
                    "post images",
                    &ann,
                    POST,
                    json!({"text": "img", "embed": images}),
                )
                .await,
        );
        let carded = strong(
            &self
                .record(
                    "post card",
                    &ann,
                    POST,
                    json!({"text": "card", "embed": card}),
                )
                .await,
        );
        let mixed = strong(
            &self
                .record(
                    "post both",
                    &ann,
                    POST,
                    json!({"text": "both", "embed": both}),
                )
                .await,
        );
        // Repositories are indexed beside one another: what is answered has to be there first.
        self.server
            .settle(&ann.access, text(&mixed["uri"]), 0)
            .await;
        let reply = json!({"text": "reply", "reply": {"root": first, "parent": first}});
        let answer = strong(&self.record("reply", &ben, POST, reply).await);
        let quoting = strong(
            &self
                .record(
                    "quote",
                    &ben,
                    POST,
                    json!({"text": "quote", "embed": quote}),
                )
                .await,
        );
        self.server
            .settle(&ann.access, text(&answer["uri"]), 0)
            .await;
        let deeper = json!({"text": "deeper", "reply": {"root": first, "parent": answer}});
        let deep = strong(&self.record("reply below", &ann, POST, deeper).await);
        self.record(
            "like",
            &ben,
            "app.bsky.feed.like",
            json!({"subject": first}),
        )
        .await;
        self.record(
            "repost",
            &ben,
            "app.bsky.feed.repost",
            json!({"subject": first}),
        )
        .await;
        self.record(
            "follow",
            &ben,
            "app.bsky.graph.follow",
            json!({"subject": ann.did}),
        )
        .await;
        let root = text(&first["uri"]).to_owned();
        self.server.settle(&ann.access, &root, 1).await;

        let shown = [&first, &answer, &quoting, &pictured, &carded, &mixed, &deep];
        let nowhere = root.replace(root.rsplit('/').next().unwrap_or_default(), "3aaaaaaaaaaaa");
        for who in [&ann, &ben] {
            let mut many: Vec<(&str, &str)> = shown
                .iter()
                .map(|post| ("uris", text(&post["uri"])))
                .collect();
            many.push(("uris", &nowhere));
            self.get("posts", who, "app.bsky.feed.getPosts", &many)
                .await;
            self.get(
                "thread",
                who,
                "app.bsky.feed.getPostThread",
                &[("uri", &root)],
            )
            .await;
            self.get(
                "thread from below",
                who,
                "app.bsky.feed.getPostThread",
                &[("uri", text(&deep["uri"]))],
            )
            .await;
            self.get(
                "flat thread",
                who,
                "app.bsky.feed.getPostThread",
                &[("uri", &root), ("depth", "0")],
            )
            .await;
            self.get(
                "thread of nothing",
                who,
                "app.bsky.feed.getPostThread",
                &[("uri", &nowhere)],
            )
            .await;
            for about in ["getLikes", "getRepostedBy", "getQuotes"] {
                let nsid = format!("app.bsky.feed.{about}");
                self.get(about, who, &nsid, &[("uri", &root)]).await;
                self.get(
                    about,
                    who,
                    &nsid,
                    &[("uri", &root), ("cid", text(&first["cid"]))],
                )
                .await;
                self.get(
                    &format!("{about} of nothing"),
                    who,
                    &nsid,
                    &[("uri", &nowhere)],
                )
                .await;
            }
            for actor in [&ann.handle, &ben.did] {
                let page = self
                    .get(
                        "author feed",
                        who,
                        "app.bsky.feed.getAuthorFeed",
                        &[("actor", actor)],
                    )
                    .await;
                assert!(
                    page["cursor"].is_string(),
                    "the last full page has a cursor"
                );
                let cursor = text(&page["cursor"]).to_owned();
                let end = [("actor", actor.as_str()), ("cursor", &cursor)];
                let page = self
                    .get(
                        "author feed, the end",
                        who,
                        "app.bsky.feed.getAuthorFeed",
                        &end,
                    )
                    .await;
                assert!(
                    page["cursor"].is_null() && page["feed"].as_array().is_some_and(Vec::is_empty)
                );
                for filter in [
                    "posts_no_replies",
                    "posts_with_media",
                    "posts_and_author_threads",
                    "posts_with_video",
                ] {
                    let name = format!("author feed {filter}");
                    self.get(
                        &name,
                        who,
                        "app.bsky.feed.getAuthorFeed",
                        &[("actor", actor), ("filter", filter)],
                    )
                    .await;
                }
                self.get(
                    "profile",
                    who,
                    "app.bsky.actor.getProfile",
                    &[("actor", actor)],
                )
                .await;
                self.get(
                    "followers",
                    who,
                    "app.bsky.graph.getFollowers",
                    &[("actor", actor)],
                )
                .await;
                self.get(
                    "follows",
                    who,
                    "app.bsky.graph.getFollows",
                    &[("actor", actor)],
                )
                .await;
                self.get(
                    "their likes",
                    who,
                    "app.bsky.feed.getActorLikes",
                    &[("actor", actor)],
                )
                .await;
            }
            self.get(
                "timeline",
                who,
                "app.bsky.feed.getTimeline",
                &[("limit", "3")],
            )
            .await;
            let two = [
                ("actors", ann.handle.as_str()),
                ("actors", ben.did.as_str()),
                ("actors", "nobody-here.test"),
            ];
            self.get("profiles", who, "app.bsky.actor.getProfiles", &two)
                .await;
            let other = [
                ("actor", ann.did.as_str()),
                ("others", ben.did.as_str()),
                ("others", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"),
            ];
            self.get(
                "relationships",
                who,
                "app.bsky.graph.getRelationships",
                &other,
            )
            .await;
            self.get(
                "search people",
                who,
                "app.bsky.actor.searchActors",
                &[("q", &ann.handle)],
            )
            .await;
            self.get("search", who, "app.bsky.feed.searchPosts", &[("q", &words)])
                .await;
            self.server
                .settle_notices(&who.access, if who.did == ann.did { 5 } else { 2 })
                .await;
            self.get("unread", who, "app.bsky.notification.getUnreadCount", &[])
                .await;
            self.get(
                "notifications",
                who,
                "app.bsky.notification.listNotifications",
                &[],
            )
            .await;
            self.get(
                "mentions",
                who,
                "app.bsky.notification.listNotifications",
                &[("reasons", "mention"), ("reasons", "reply")],
            )
            .await;
            self.post(
                "seen",
                who,
                "app.bsky.notification.updateSeen",
                json!({"seenAt": self.server.timestamp()}),
            )
            .await;
            self.get(
                "unread after",
                who,
                "app.bsky.notification.getUnreadCount",
                &[],
            )
            .await;
            self.get("preferences", who, "app.bsky.actor.getPreferences", &[])
                .await;
        }
        self.private(&ann, &ben, &first).await;
        self.gates(&ann, &ben).await;
        self.blocks(&ann, &ben, &root).await;
    }

    async fn private(&mut self, ann: &Person, ben: &Person, first: &Value) {
        self.post(
            "mute",
            ann,
            "app.bsky.graph.muteActor",
            json!({"actor": ben.handle}),
        )
        .await;
        self.get("mutes", ann, "app.bsky.graph.getMutes", &[]).await;
        self.get(
            "profile of the muted",
            ann,
            "app.bsky.actor.getProfile",
            &[("actor", &ben.did)],
        )
        .await;
        self.post(
            "unmute",
            ann,
            "app.bsky.graph.unmuteActor",
            json!({"actor": ben.did}),
        )
        .await;
        self.post(
            "mute nobody",
            ann,
            "app.bsky.graph.muteActor",
            json!({"actor": "nobody-here.test"}),
        )
        .await;
        self.post("mute, no actor", ann, "app.bsky.graph.muteActor", json!({}))
            .await;
        self.post(
            "mute thread",
            ann,
            "app.bsky.graph.muteThread",
            json!({"root": first["uri"]}),
        )
        .await;
        self.post(
            "unmute thread",
            ann,
            "app.bsky.graph.unmuteThread",
            json!({"root": first["uri"]}),
        )
        .await;
        self.post(
            "bookmark",
            ann,
            "app.bsky.bookmark.createBookmark",
            first.clone(),
        )
        .await;
        self.get("bookmarks", ann, "app.bsky.bookmark.getBookmarks", &[])
            .await;
        let like = json!({"uri": text(&first["uri"]).replace("feed.post", "feed.like"), "cid": first["cid"]});
        self.post(
            "bookmark a like",
            ann,
            "app.bsky.bookmark.createBookmark",
            like,
        )
        .await;
        self.post(
            "unbookmark",
            ann,
            "app.bsky.bookmark.deleteBookmark",
            json!({"uri": first["uri"]}),
        )
        .await;
        self.get("no bookmarks", ann, "app.bsky.bookmark.getBookmarks", &[])
            .await;
        self.post(
            "seen, no time",
            ann,
            "app.bsky.notification.updateSeen",
            json!({}),
        )
        .await;
        self.post(
            "seen, bad time",
            ann,
            "app.bsky.notification.updateSeen",
            json!({"seenAt": "x"}),
        )
        .await;
        self.get("no such method", ann, "app.bsky.foo.bar", &[])
            .await;
        self.get(
            "messages without the header",
            ann,
            "chat.bsky.convo.listConvos",
            &[],
        )
        .await;
        self.get(
            "video without its token",
            ann,
            "app.bsky.video.getUploadLimits",
            &[],
        )
        .await;
        self.post("wrong method", ann, "app.bsky.feed.getTimeline", json!({}))
            .await;
        self.get(
            "wrong method for a mute",
            ann,
            "app.bsky.graph.muteActor",
            &[],
        )
        .await;
        self.step(
            "timeline, no token",
            Ask::get("app.bsky.feed.getTimeline", &[]),
        )
        .await;
        self.step(
            "timeline, garbled token",
            Ask::get("app.bsky.feed.getTimeline", &[]).token("x"),
        )
        .await;
        self.get(
            "profile of nobody",
            ann,
            "app.bsky.actor.getProfile",
            &[("actor", "nobody-here.test")],
        )
        .await;
        self.get(
            "followers of nobody",
            ann,
            "app.bsky.graph.getFollowers",
            &[("actor", "nobody-here.test")],
        )
        .await;
        let view = |nsid: &str, params: &[(&str, &str)]| Ask::get(nsid, params).at("api.bsky.app");
        for (name, ask) in [
            (
                "limit 101",
                view(
                    "app.bsky.feed.getAuthorFeed",
                    &[("actor", &ann.did), ("limit", "101")],
                ),
            ),
            (
                "limit 0",
                view(
                    "app.bsky.feed.getAuthorFeed",
                    &[("actor", &ann.did), ("limit", "0")],
                ),
            ),
            (
                "bad actor",
                view("app.bsky.feed.getAuthorFeed", &[("actor", "bad handle")]),
            ),
            ("no actor", view("app.bsky.feed.getAuthorFeed", &[])),
            (
                "unknown filter",
                view(
                    "app.bsky.feed.getAuthorFeed",
                    &[("actor", &ann.did), ("filter", "junk")],
                ),
            ),
            ("no uris", view("app.bsky.feed.getPosts", &[])),
            ("bad uri", view("app.bsky.feed.getPosts", &[("uris", "x")])),
            (
                "26 uris",
                view(
                    "app.bsky.feed.getPosts",
                    &[("uris", text(&first["uri"])); 26],
                ),
            ),
            (
                "deep thread",
                view(
                    "app.bsky.feed.getPostThread",
                    &[("uri", text(&first["uri"])), ("depth", "1001")],
                ),
            ),
            ("timeline of nobody", view("app.bsky.feed.getTimeline", &[])),
            (
                "notifications of nobody",
                view("app.bsky.notification.listNotifications", &[]),
            ),
            (
                "likes of a stranger",
                view("app.bsky.feed.getActorLikes", &[("actor", &ann.did)]),
            ),
            (
                "public profile",
                view("app.bsky.actor.getProfile", &[("actor", &ann.did)]),
            ),
            (
                "public thread",
                view(
                    "app.bsky.feed.getPostThread",
                    &[("uri", text(&first["uri"]))],
                ),
            ),
            ("no query", view("app.bsky.feed.searchPosts", &[("q", "")])),
            ("no such method, public", view("app.bsky.foo.bar", &[])),
        ] {
            self.step(name, ask).await;
        }
    }

    async fn gates(&mut self, ann: &Person, ben: &Person) {
        const POST: &str = "app.bsky.feed.post";
        let gated = strong(
            &self
                .record("gated post", ann, POST, json!({"text": "gated"}))
                .await,
        );
        let rkey = text(&gated["uri"])
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let gate = |collection: &str, more: Value| {
            let mut record = json!({"$type": collection, "post": gated["uri"], "createdAt": "2026-11-22T10:00:00.000Z"});
            for (name, value) in more.as_object().unwrap() {
                record[name] = value.clone();
            }
            json!({"repo": ann.did, "collection": collection, "rkey": rkey, "record": record})
        };
        let shut = gate("app.bsky.feed.threadgate", json!({"allow": []}));
        self.post("thread gate", ann, "com.atproto.repo.putRecord", shut)
            .await;
        let no_quotes =
            json!({"embeddingRules": [{"$type": "app.bsky.feed.postgate#disableRule"}]});
        self.post(
            "post gate",
            ann,
            "com.atproto.repo.putRecord",
            gate("app.bsky.feed.postgate", no_quotes),
        )
        .await;
        self.server
            .settle(&ann.access, text(&gated["uri"]), 0)
            .await;
        let reply = json!({"text": "no", "reply": {"root": gated, "parent": gated}});
        let barred = strong(&self.record("barred reply", ben, POST, reply).await);
        let quote =
            json!({"text": "no", "embed": {"$type": "app.bsky.embed.record", "record": gated}});
        let detached = strong(&self.record("barred quote", ben, POST, quote).await);
        self.server
            .settle(&ben.access, text(&detached["uri"]), 0)
            .await;
        for who in [ann, ben] {
            let thread = self
                .get(
                    "gated thread",
                    who,
                    "app.bsky.feed.getPostThread",
                    &[("uri", text(&gated["uri"]))],
                )
                .await;
            assert_eq!(thread["thread"]["replies"], json!([]));
            self.get(
                "thread of the barred",
                who,
                "app.bsky.feed.getPostThread",
                &[("uri", text(&barred["uri"]))],
            )
            .await;
            let both = [
                ("uris", text(&barred["uri"])),
                ("uris", text(&detached["uri"])),
            ];
            self.get("the barred", who, "app.bsky.feed.getPosts", &both)
                .await;
        }
        // A quote of what is gone.
        let short = strong(
            &self
                .record("short-lived", ann, POST, json!({"text": "short"}))
                .await,
        );
        let quote = json!({"text": "of the gone", "embed": {"$type": "app.bsky.embed.record", "record": short}});
        let quoting = strong(&self.record("quote of the gone", ben, POST, quote).await);
        self.server
            .settle(&ben.access, text(&quoting["uri"]), 0)
            .await;
        let rkey = text(&short["uri"])
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        self.post(
            "delete it",
            ann,
            "com.atproto.repo.deleteRecord",
            json!({"repo": ann.did, "collection": POST, "rkey": rkey}),
        )
        .await;
        self.server
            .settle_gone(&ben.access, text(&short["uri"]))
            .await;
        self.get(
            "the quote of the gone",
            ben,
            "app.bsky.feed.getPosts",
            &[("uris", text(&quoting["uri"]))],
        )
        .await;
        // Pins.
        let profile = json!({
            "repo": ann.did, "collection": "app.bsky.actor.profile", "rkey": "self",
            "record": {"$type": "app.bsky.actor.profile", "displayName": "Ann", "pinnedPost": gated},
        });
        self.post("pin", ann, "com.atproto.repo.putRecord", profile)
            .await;
        let marker = strong(
            &self
                .record("after the pin", ann, POST, json!({"text": "marker"}))
                .await,
        );
        self.server
            .settle(&ann.access, text(&marker["uri"]), 0)
            .await;
        let pins = [
            ("actor", ann.did.as_str()),
            ("includePins", "true"),
            ("limit", "2"),
        ];
        let feed = self
            .get("feed with pin", ann, "app.bsky.feed.getAuthorFeed", &pins)
            .await;
        assert_eq!(
            feed["feed"][0]["reason"]["$type"],
            "app.bsky.feed.defs#reasonPin"
        );
        self.get(
            "profile with pin",
            ben,
            "app.bsky.actor.getProfile",
            &[("actor", &ann.did)],
        )
        .await;
    }

    async fn blocks(&mut self, ann: &Person, ben: &Person, root: &str) {
        self.record(
            "block",
            ann,
            "app.bsky.graph.block",
            json!({"subject": ben.did}),
        )
        .await;
        let marker = strong(
            &self
                .record(
                    "after the block",
                    ann,
                    "app.bsky.feed.post",
                    json!({"text": "marker"}),
                )
                .await,
        );
        self.server
            .settle(&ann.access, text(&marker["uri"]), 0)
            .await;
        self.get("blocks", ann, "app.bsky.graph.getBlocks", &[])
            .await;
        for (who, other) in [(ann, ben), (ben, ann)] {
            self.get(
                "feed of the blocked",
                who,
                "app.bsky.feed.getAuthorFeed",
                &[("actor", &other.did)],
            )
            .await;
            self.get(
                "profile of the blocked",
                who,
                "app.bsky.actor.getProfile",
                &[("actor", &other.did)],
            )
            .await;
            self.get(
                "thread of the blocked",
                who,
                "app.bsky.feed.getPostThread",
                &[("uri", root)],
            )
            .await;
            self.get(
                "post of the blocked",
                who,
                "app.bsky.feed.getPosts",
                &[("uris", root)],
            )
            .await;
            self.get(
                "own feed",
                who,
                "app.bsky.feed.getAuthorFeed",
                &[("actor", &who.did), ("limit", "10")],
            )
            .await;
            self.get(
                "relationships",
                who,
                "app.bsky.graph.getRelationships",
                &[("actor", &who.did), ("others", &other.did)],
            )
            .await;
        }
    }
}

fn facet(feature: Value) -> Value {
    json!({"text": "x", "facets": [{"index": {"byteStart": 0, "byteEnd": 1}, "features": [feature]}]})
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
