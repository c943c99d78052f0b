//! The AppView's side: gates, pins and blocks.

use serde_json::{Value, json};

use crate::story::{Person, Story, strong, text};

impl Story<'_> {
    pub(crate) async fn gates(&mut self, ann: &Person, ben: &Person) {
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

    pub(crate) async fn blocks(&mut self, ann: &Person, ben: &Person, root: &str) {
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
