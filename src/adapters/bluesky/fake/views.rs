//! Records made ready to show, as the AppView does (app.bsky.*.defs).

use serde_json::{Map, Value, json};

use super::faults::Rule;
use super::index::{Indexed, Link, POST, POSTGATE, THREADGATE};
use super::state::{Account, Standing, World};
use super::syntax::{at_uri_parts, iso};
use super::xrpc::Refusal;

/// Where the pictures of the fake would be, if they were served.
const IMAGES: &str = "https://cdn.bsky.test/img";
const VIDEOS: &str = "https://video.bsky.test/watch";

/// What an item of a listing is sorted by: milliseconds, then a word that makes it unique.
pub(super) type Key = (i64, String);

pub(super) fn key(record: &Indexed) -> Key {
    (record.sort_at.as_millisecond(), record.cid.clone())
}

/// Puts fields that are there into an object.
fn put(object: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let (Some(fields), Some(value)) = (object.as_object_mut(), value) {
        fields.insert(name.to_owned(), value.into());
    }
}

fn blob_url(size: &str, did: &str, blob: Option<&Value>) -> Option<String> {
    let cid = blob?.get("ref")?.get("$link")?.as_str()?;
    Some(format!("{IMAGES}/{size}/plain/{did}/{cid}"))
}

/// Adds a cursor to a body, if there is one.
pub(super) fn with_cursor(mut body: Value, cursor: Option<String>) -> Value {
    put(&mut body, "cursor", cursor);
    body
}

/// What an embedded post shows of its view, beside the record.
pub(super) const EMBEDDED: [&str; 9] = [
    "uri",
    "cid",
    "author",
    "labels",
    "likeCount",
    "replyCount",
    "repostCount",
    "quoteCount",
    "indexedAt",
];

impl World {
    /// One page of a listing and the cursor to the next. The last full page has a cursor too; an empty page has none.
    pub(super) fn page<T>(
        &self,
        mut items: Vec<(Key, T)>,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<(Vec<T>, Option<String>), Refusal> {
        let after = match cursor {
            Some(cursor) => {
                let parts = cursor
                    .split_once("__")
                    .and_then(|(ms, id)| Some((ms.parse::<i64>().ok()?, id.to_owned())));
                Some(parts.ok_or_else(|| Refusal::invalid("Malformed cursor"))?)
            }
            None => None,
        };
        let limit = if self.keeps(Rule::LimitIsKept) {
            limit
        } else {
            1
        };
        if self.keeps(Rule::NewestFirst) {
            items.sort_by(|(a, _), (b, _)| b.cmp(a));
            items.retain(|(key, _)| after.as_ref().is_none_or(|after| key < after));
        } else {
            items.sort_by(|(a, _), (b, _)| a.cmp(b));
            items.retain(|(key, _)| after.as_ref().is_none_or(|after| key > after));
        }
        items.truncate(limit);
        let last = items
            .last()
            .filter(|_| self.keeps(Rule::CursorEndsWithoutCursor));
        let next = last.map(|((ms, id), _)| format!("{ms}__{id}"));
        Ok((items.into_iter().map(|(_, item)| item).collect(), next))
    }

    pub(super) fn mutes(&self, viewer: Option<&str>, did: &str) -> bool {
        viewer
            .and_then(|viewer| self.accounts.get(viewer))
            .is_some_and(|account| account.mutes.iter().any(|(_, muted)| muted == did))
    }

    /// Whether the viewer is to see nothing of a muted account.
    pub(super) fn hidden_by_mute(&self, viewer: Option<&str>, did: &str) -> bool {
        self.keeps(Rule::MutesHide) && self.mutes(viewer, did)
    }

    /// Whether a block stands between the viewer and an account.
    pub(super) fn hidden_by_block(&self, viewer: Option<&str>, did: &str) -> bool {
        self.keeps(Rule::BlocksHide) && viewer.is_some_and(|viewer| self.index.blocked(viewer, did))
    }

    /// Whether a block stands between two others.
    pub(super) fn third_block(&self, one: &str, other: &str) -> bool {
        self.keeps(Rule::BlocksHide) && self.index.blocked(one, other)
    }

    fn viewer_of(&self, viewer: &str, did: &str) -> Value {
        let mut state = json!({ "muted": self.mutes(Some(viewer), did) });
        if !self.keeps(Rule::ViewerState) {
            return json!({});
        }
        put(
            &mut state,
            "blockedBy",
            Some(self.index.block(did, viewer).is_some()),
        );
        put(&mut state, "blocking", self.index.block(viewer, did));
        // A block hides who follows whom.
        if self.hidden_by_block(Some(viewer), did) {
            return state;
        }
        put(&mut state, "following", self.index.follow(viewer, did));
        put(&mut state, "followedBy", self.index.follow(did, viewer));
        state
    }

    /// app.bsky.actor.defs#profileViewBasic
    pub(super) fn profile_basic(&self, did: &str, viewer: Option<&str>) -> Option<Value> {
        let account = self.accounts.get(did)?;
        if account.standing != Standing::Active {
            return None;
        }
        let profile = self.index.profile(did);
        let field = |name: &str| {
            profile
                .and_then(|profile| profile.value.get(name))
                .filter(|value| value.is_string())
        };
        let mut view = json!({
            "did": did,
            "handle": account.handle,
            "associated": self.associated(account),
            "labels": profile.map_or_else(|| json!([]), |profile| self.labels(profile)),
            "createdAt": iso(account.created),
        });
        put(&mut view, "displayName", field("displayName").cloned());
        put(&mut view, "pronouns", field("pronouns").cloned());
        let avatar = profile.and_then(|profile| profile.value.get("avatar"));
        put(&mut view, "avatar", blob_url("avatar", did, avatar));
        put(
            &mut view,
            "viewer",
            viewer.map(|viewer| self.viewer_of(viewer, did)),
        );
        Some(view)
    }

    fn associated(&self, account: &Account) -> Value {
        let mut associated =
            json!({ "activitySubscription": { "allowSubscriptions": "followers" } });
        let declared = account.record("chat.bsky.actor.declaration", "self");
        let allow = declared.and_then(|declared| declared.value.get("allowIncoming"));
        put(
            &mut associated,
            "chat",
            allow.map(|allow| json!({ "allowIncoming": allow })),
        );
        associated
    }

    /// app.bsky.actor.defs#profileView
    pub(super) fn profile_view(&self, did: &str, viewer: Option<&str>) -> Option<Value> {
        let mut view = self.profile_basic(did, viewer)?;
        if let Some(profile) = self.index.profile(did) {
            put(
                &mut view,
                "description",
                profile.value.get("description").cloned(),
            );
            put(&mut view, "indexedAt", Some(iso(profile.sort_at)));
        }
        Some(view)
    }

    /// app.bsky.actor.defs#profileViewDetailed
    pub(super) fn profile_detailed(&self, did: &str, viewer: Option<&str>) -> Option<Value> {
        let mut view = self.profile_view(did, viewer)?;
        let count = |link| {
            if self.keeps(Rule::CountsAreKept) {
                self.index.linked(link, did).count()
            } else {
                0
            }
        };
        let posts = self
            .index
            .linked(Link::FeedOf, did)
            .filter(|record| record.collection == POST)
            .count();
        put(&mut view, "followersCount", Some(count(Link::FollowersOf)));
        put(&mut view, "followsCount", Some(count(Link::FollowsBy)));
        put(
            &mut view,
            "postsCount",
            Some(if self.keeps(Rule::CountsAreKept) {
                posts
            } else {
                0
            }),
        );
        if let Some(associated) = view.get_mut("associated") {
            for (name, value) in [
                ("lists", json!(0)),
                ("feedgens", json!(0)),
                ("starterPacks", json!(0)),
                ("labeler", json!(false)),
            ] {
                put(associated, name, Some(value));
            }
        }
        if let Some(profile) = self.index.profile(did) {
            put(
                &mut view,
                "banner",
                blob_url("banner", did, profile.value.get("banner")),
            );
            put(&mut view, "website", profile.value.get("website").cloned());
            put(
                &mut view,
                "pinnedPost",
                profile.value.get("pinnedPost").cloned(),
            );
        }
        Some(view)
    }

    /// The self-labels of a record (com.atproto.label.defs#label).
    pub(super) fn labels(&self, record: &Indexed) -> Value {
        let values = record
            .value
            .pointer("/labels/values")
            .and_then(Value::as_array);
        if !self.keeps(Rule::LabelsAreShown) {
            return json!([]);
        }
        let labels: Vec<Value> = values
            .into_iter()
            .flatten()
            .filter_map(|label| label.get("val"))
            .map(|val| {
                json!({ "src": record.did, "uri": record.uri, "cid": record.cid, "val": val, "cts": iso(record.sort_at) })
            })
            .collect();
        Value::Array(labels)
    }

    fn count(&self, link: Link, uri: &str) -> usize {
        if !self.keeps(Rule::CountsAreKept) {
            return 0;
        }
        self.index
            .linked(link, uri)
            .filter(|record| !record.barred)
            .count()
    }

    /// app.bsky.feed.defs#postView
    pub(super) fn post_view(&self, uri: &str, viewer: Option<&str>) -> Option<Value> {
        self.post_at_depth(uri, viewer, 0)
    }

    fn post_at_depth(&self, uri: &str, viewer: Option<&str>, depth: u8) -> Option<Value> {
        let post = self.index.post(uri)?;
        let bookmarked =
            |account: &Account| account.bookmarks.iter().any(|bookmark| bookmark.uri == uri);
        let mut view = json!({
            "uri": uri,
            "cid": post.cid,
            "author": self.profile_basic(&post.did, viewer)?,
            "record": post.value,
            "bookmarkCount": self.accounts.values().filter(|account| bookmarked(account)).count(),
            "replyCount": self.count(Link::RepliesTo, uri),
            "repostCount": self.count(Link::RepostsOf, uri),
            "likeCount": self.count(Link::LikesOf, uri),
            "quoteCount": self.count(Link::QuotesOf, uri),
            "indexedAt": iso(post.sort_at),
            "labels": self.labels(post),
        });
        if depth < 2 && self.keeps(Rule::EmbedsAreShown) {
            put(&mut view, "embed", self.embed_view(post, viewer, depth + 1));
        }
        if let Some(account) = viewer.and_then(|viewer| self.accounts.get(viewer)) {
            put(
                &mut view,
                "viewer",
                Some(self.viewer_of_post(account, post)),
            );
        }
        if post.root().is_none() {
            put(&mut view, "threadgate", self.threadgate_view(uri));
        }
        Some(view)
    }

    fn viewer_of_post(&self, account: &Account, post: &Indexed) -> Value {
        if !self.keeps(Rule::ViewerState) {
            return json!({});
        }
        let own = |link| {
            let record: Option<&Indexed> = self
                .index
                .linked(link, &post.uri)
                .find(|record| record.did == account.did);
            record.map(|record| record.uri.clone())
        };
        let mut state = json!({
            "bookmarked": account.bookmarks.iter().any(|bookmark| bookmark.uri == post.uri),
            "threadMuted": account.muted_threads.contains(post.thread()),
            "embeddingDisabled": !self.index.may_quote(&account.did, &post.uri),
        });
        put(&mut state, "like", own(Link::LikesOf));
        put(&mut state, "repost", own(Link::RepostsOf));
        if post.barred {
            put(&mut state, "replyDisabled", Some(true));
        } else if self.index.gate(THREADGATE, post.thread()).is_some() {
            put(
                &mut state,
                "replyDisabled",
                Some(!self.index.may_reply(&account.did, post.thread())),
            );
        }
        if post.did == account.did {
            let pinned = self.pinned(&account.did).map(|pinned| pinned == post.uri);
            put(&mut state, "pinned", pinned);
        }
        state
    }

    /// The post that an account pinned.
    pub(super) fn pinned(&self, did: &str) -> Option<&str> {
        let profile = self.index.profile(did)?;
        let uri = profile
            .value
            .pointer("/pinnedPost/uri")
            .and_then(Value::as_str)?;
        at_uri_parts(uri)
            .is_some_and(|(owner, _, _)| owner == did)
            .then_some(uri)
    }

    /// app.bsky.feed.defs#threadgateView
    pub(super) fn threadgate_view(&self, root: &str) -> Option<Value> {
        let gate = self.index.gate(THREADGATE, root)?;
        Some(json!({ "uri": gate.uri, "cid": gate.cid, "record": gate.value, "lists": [] }))
    }

    fn embed_view(&self, post: &Indexed, viewer: Option<&str>, depth: u8) -> Option<Value> {
        let embed = post.value.get("embed")?;
        match embed.get("$type").and_then(Value::as_str)? {
            "app.bsky.embed.record" => {
                let record = self.quoted_view(post, viewer, depth)?;
                Some(json!({ "$type": "app.bsky.embed.record#view", "record": record }))
            }
            "app.bsky.embed.recordWithMedia" => {
                let record = self.quoted_view(post, viewer, depth)?;
                let media = media_view(&post.did, embed.get("media")?)?;
                Some(json!({
                    "$type": "app.bsky.embed.recordWithMedia#view", "record": { "record": record }, "media": media,
                }))
            }
            _ => media_view(&post.did, embed),
        }
    }

    /// The quoted record of a post: shown, blocked, detached or gone.
    fn quoted_view(&self, post: &Indexed, viewer: Option<&str>, depth: u8) -> Option<Value> {
        let uri = post.quoted()?;
        let (owner, collection, _) = at_uri_parts(uri)?;
        if self.hidden_by_block(viewer, owner) || self.third_block(&post.did, owner) {
            let mut view = self.blocked_post(uri, owner, viewer);
            put(
                &mut view,
                "$type",
                Some("app.bsky.embed.record#viewBlocked"),
            );
            return Some(view);
        }
        if post.quote_barred || self.detached(uri, &post.uri) {
            return Some(
                json!({ "$type": "app.bsky.embed.record#viewDetached", "uri": uri, "detached": true }),
            );
        }
        let shown = if collection == Some(POST) {
            self.post_at_depth(uri, viewer, depth)
        } else {
            None
        };
        let Some(mut shown) = shown else {
            return Some(
                json!({ "$type": "app.bsky.embed.record#viewNotFound", "uri": uri, "notFound": true }),
            );
        };
        let mut view = Map::new();
        if let Some(fields) = shown.as_object_mut() {
            for name in EMBEDDED {
                view.extend(fields.remove(name).map(|value| (name.to_owned(), value)));
            }
            view.extend(
                fields
                    .remove("record")
                    .map(|value| ("value".to_owned(), value)),
            );
            if depth <= 1 {
                let embeds: Vec<Value> = fields.remove("embed").into_iter().collect();
                view.insert("embeds".to_owned(), Value::Array(embeds));
            }
        }
        view.insert(
            "$type".to_owned(),
            json!("app.bsky.embed.record#viewRecord"),
        );
        Some(Value::Object(view))
    }

    fn detached(&self, quoted: &str, by: &str) -> bool {
        self.keeps(Rule::PostgateBars)
            && self
                .index
                .gate(POSTGATE, quoted)
                .and_then(|gate| gate.value.get("detachedEmbeddingUris"))
                .and_then(Value::as_array)
                .is_some_and(|uris| uris.iter().any(|uri| uri.as_str() == Some(by)))
    }

    /// app.bsky.feed.defs#blockedPost
    pub(super) fn blocked_post(&self, uri: &str, owner: &str, viewer: Option<&str>) -> Value {
        let mut author = json!({ "did": owner });
        if let Some(viewer) = viewer {
            let mut state = json!({ "blockedBy": self.index.block(owner, viewer).is_some() });
            put(&mut state, "blocking", self.index.block(viewer, owner));
            put(&mut author, "viewer", Some(state));
        }
        json!({ "$type": "app.bsky.feed.defs#blockedPost", "uri": uri, "blocked": true, "author": author })
    }

    /// A post inside another view: itself, blocked or not found.
    pub(super) fn maybe_post(&self, uri: &str, viewer: Option<&str>) -> Value {
        let owner = at_uri_parts(uri).map_or("", |(did, _, _)| did);
        if self.index.post(uri).is_some() && self.hidden_by_block(viewer, owner) {
            return self.blocked_post(uri, owner, viewer);
        }
        match self.post_view(uri, viewer) {
            Some(mut view) => {
                put(&mut view, "$type", Some("app.bsky.feed.defs#postView"));
                view
            }
            None => not_found_post(uri),
        }
    }

    /// A post as the PDS shows it before the index has it: without what only the index knows.
    pub(super) fn local_view(&self, post: &Indexed, viewer: &str) -> Option<Value> {
        let account = self.accounts.get(&post.did)?;
        let mut author = json!({ "did": post.did, "handle": account.handle });
        if let Some(profile) = account.record(super::index::PROFILE, "self") {
            put(
                &mut author,
                "displayName",
                profile.value.get("displayName").cloned(),
            );
            put(
                &mut author,
                "avatar",
                blob_url("avatar", &post.did, profile.value.get("avatar")),
            );
        }
        let mut view = json!({
            "uri": post.uri, "cid": post.cid, "author": author, "record": post.value, "indexedAt": iso(post.at),
            "likeCount": 0, "replyCount": 0, "repostCount": 0, "quoteCount": 0,
        });
        if self.keeps(Rule::EmbedsAreShown) {
            put(&mut view, "embed", self.embed_view(post, Some(viewer), 1));
        }
        Some(view)
    }
}

pub(super) fn not_found_post(uri: &str) -> Value {
    json!({ "$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": true })
}

/// Images, videos and cards.
fn media_view(did: &str, embed: &Value) -> Option<Value> {
    let kind = embed.get("$type").and_then(Value::as_str)?;
    let items = |name: &str| {
        embed
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let url = |size: &str, blob: Option<&Value>| blob_url(size, did, blob);
    let mut view = match kind {
        "app.bsky.embed.images" => {
            let images: Vec<Value> = items("images")
                .iter()
                .map(|image| {
                    let mut view = json!({
                        "thumb": url("feed_thumbnail", image.get("image")),
                        "fullsize": url("feed_fullsize", image.get("image")),
                        "alt": image.get("alt"),
                    });
                    put(&mut view, "aspectRatio", image.get("aspectRatio").cloned());
                    view
                })
                .collect();
            json!({ "images": images })
        }
        "app.bsky.embed.gallery" => {
            let images: Vec<Value> = items("items")
                .iter()
                .filter(|item| {
                    item.get("$type").and_then(Value::as_str)
                        == Some("app.bsky.embed.gallery#image")
                })
                .map(|image| {
                    json!({
                        "$type": "app.bsky.embed.gallery#viewImage",
                        "thumbnail": url("feed_thumbnail", image.get("image")),
                        "fullsize": url("feed_fullsize", image.get("image")),
                        "alt": image.get("alt"),
                        "aspectRatio": image.get("aspectRatio"),
                    })
                })
                .collect();
            json!({ "items": images })
        }
        "app.bsky.embed.video" => {
            let cid = embed.pointer("/video/ref/$link").and_then(Value::as_str)?;
            let mut view = json!({
                "cid": cid,
                "playlist": format!("{VIDEOS}/{did}/{cid}/playlist.m3u8"),
                "thumbnail": format!("{VIDEOS}/{did}/{cid}/thumbnail.jpg"),
            });
            for name in ["alt", "aspectRatio", "presentation"] {
                put(&mut view, name, embed.get(name).cloned());
            }
            view
        }
        "app.bsky.embed.external" => {
            let card = embed.get("external")?;
            let mut view = json!({
                "uri": card.get("uri"), "title": card.get("title"), "description": card.get("description"),
            });
            put(&mut view, "thumb", url("feed_thumbnail", card.get("thumb")));
            json!({ "external": view })
        }
        _ => return None,
    };
    put(&mut view, "$type", Some(format!("{kind}#view")));
    Some(view)
}
