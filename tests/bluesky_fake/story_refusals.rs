//! Records and blobs that a PDS refuses, and some that one might think it would.

use serde_json::{Value, json};

use crate::net::{Ask, PNG};
use crate::story::{Person, Story, strong, text};

impl Story<'_> {
    /// Records that are refused, and some that one might think would be.
    pub(crate) async fn refusals(&mut self, ann: &Person) {
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

    pub(crate) async fn blobs(&mut self, ann: &Person) {
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
}

fn facet(feature: Value) -> Value {
    json!({"text": "x", "facets": [{"index": {"byteStart": 0, "byteEnd": 1}, "features": [feature]}]})
}
