//! The AppView's side: views, listings, notifications.

use serde_json::{Value, json};

use crate::net::{Ask, PNG};
use crate::story::{Person, Story, strong, text};

impl Story<'_> {
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
        self.server.settle_follower(&ann.access, &ben.did).await;

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
}
