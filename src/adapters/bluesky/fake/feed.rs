//! Feeds, threads and who engaged (app.bsky.feed).

use serde_json::{Value, json};

use super::faults::Rule;
use super::index::{Indexed, LIKE, Link, POST, REPOST};
use super::state::{Standing, World};
use super::syntax::{Format, at_uri_parts, iso};
use super::views::{Key, key, not_found_post, with_cursor};
use super::xrpc::{Answer, Call, Refusal, Reply};

/// A post in a feed, and the repost that brought it there.
#[derive(Clone, Debug)]
struct Item {
    post: String,
    repost: Option<String>,
    pinned: bool,
}

impl World {
    /// The DID of an actor that a query names, if the account is known.
    pub(super) fn actor(&self, call: &Call<'_>, name: &str) -> Result<String, Refusal> {
        let actor = call.need_format(name, Format::AtIdentifier)?;
        let account = self
            .find(actor)
            .ok_or_else(|| Refusal::invalid("Profile not found"))?;
        match account.standing {
            Standing::Active => Ok(account.did.clone()),
            Standing::Deactivated => Err(Refusal::named(
                "AccountDeactivated",
                "Account is deactivated",
            )),
            Standing::TakenDown => Err(Refusal::named(
                "AccountTakedown",
                "Account has been suspended",
            )),
        }
    }

    /// An at-uri of a query, its handle replaced by a DID.
    fn uri(&self, call: &Call<'_>, name: &str) -> Result<String, Refusal> {
        let uri = call.need_format(name, Format::AtUri)?;
        Ok(self.with_did(uri))
    }

    fn with_did(&self, uri: &str) -> String {
        match at_uri_parts(uri) {
            Some((authority, Some(collection), Some(key))) => {
                let did = self
                    .find(authority)
                    .map_or(authority, |account| account.did.as_str());
                format!("at://{did}/{collection}/{key}")
            }
            _ => uri.to_owned(),
        }
    }

    fn feed_items(&self, did: &str) -> Vec<(Key, Item)> {
        self.index
            .linked(Link::FeedOf, did)
            .filter_map(|record| {
                let item = if record.collection == REPOST {
                    let subject = record.subject()?;
                    self.index.post(subject)?;
                    Item {
                        post: subject.to_owned(),
                        repost: Some(record.uri.clone()),
                        pinned: false,
                    }
                } else {
                    Item {
                        post: record.uri.clone(),
                        repost: None,
                        pinned: false,
                    }
                };
                Some((key(record), item))
            })
            .collect()
    }

    /// app.bsky.feed.defs#feedViewPost
    fn feed_view(&self, item: &Item, viewer: Option<&str>) -> Option<Value> {
        let post = self.index.post(&item.post)?;
        let mut view = json!({ "post": self.post_view(&item.post, viewer)? });
        let fields = view.as_object_mut()?;
        if item.pinned {
            fields.insert(
                "reason".to_owned(),
                json!({ "$type": "app.bsky.feed.defs#reasonPin" }),
            );
        } else if let Some(repost) = item.repost.as_ref().and_then(|uri| self.index.get(uri)) {
            let reason = json!({
                "$type": "app.bsky.feed.defs#reasonRepost",
                "by": self.profile_basic(&repost.did, viewer)?,
                "uri": repost.uri, "cid": repost.cid, "indexedAt": iso(repost.sort_at),
            });
            fields.insert("reason".to_owned(), reason);
        }
        if let (Some(root), Some(parent), false) = (post.root(), post.parent(), post.barred) {
            fields.insert(
                "reply".to_owned(),
                self.reply_ref(post, root, parent, viewer),
            );
        }
        Some(view)
    }

    /// app.bsky.feed.defs#replyRef. A block between the authors of the three posts hides those above.
    fn reply_ref(&self, post: &Indexed, root: &str, parent: &str, viewer: Option<&str>) -> Value {
        let owner = |uri: &'_ str| at_uri_parts(uri).map_or("", |(did, _, _)| did).to_owned();
        let (root_owner, parent_owner) = (owner(root), owner(parent));
        let show = |uri: &str, did: &str, blocked: bool| {
            if blocked && self.index.post(uri).is_some() {
                self.blocked_post(uri, did, viewer)
            } else {
                self.maybe_post(uri, viewer)
            }
        };
        let parent_view = show(
            parent,
            &parent_owner,
            self.third_block(&post.did, &parent_owner),
        );
        let root_blocked = self.third_block(&post.did, &root_owner)
            || self.third_block(&parent_owner, &root_owner);
        let mut reply =
            json!({ "root": show(root, &root_owner, root_blocked), "parent": parent_view });
        let above = self.index.post(parent).and_then(Indexed::parent).map(owner);
        let shown = reply.pointer("/parent/record").is_some();
        let grandparent = above
            .filter(|_| shown)
            .and_then(|did| self.profile_basic(&did, viewer));
        if let (Some(fields), Some(grandparent)) = (reply.as_object_mut(), grandparent) {
            fields.insert("grandparentAuthor".to_owned(), grandparent);
        }
        reply
    }

    /// The posts that a caller wrote and the index lacks.
    fn local_posts(&self, did: &str) -> Vec<&Indexed> {
        self.unseen(did)
            .into_iter()
            .filter(|record| record.collection == POST)
            .collect()
    }

    /// Puts the caller's own unindexed posts into a feed: those that are newer than its last item.
    fn with_local_posts(&self, mut feed: Vec<Value>, viewer: &str) -> Vec<Value> {
        let time = |item: &Value| {
            item.pointer("/post/indexedAt")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let last = feed.last().map(time).unwrap_or_default();
        let local: Vec<&Indexed> = self
            .local_posts(viewer)
            .into_iter()
            .filter(|post| iso(post.at) > last)
            .collect();
        for post in local.into_iter().rev() {
            let Some(view) = self.local_view(post, viewer) else {
                continue;
            };
            let at = feed
                .iter()
                .position(|item| time(item) < iso(post.at))
                .unwrap_or(feed.len());
            feed.insert(at, json!({ "post": view }));
        }
        feed
    }

    /// A feed for its reader: patched by the PDS where the reader wrote what the index lacks.
    fn feed_reply(&self, feed: Vec<Value>, cursor: Option<String>, call: &Call<'_>) -> Reply {
        let viewer = call.viewer.as_deref().unwrap_or_default();
        if self.unseen(viewer).is_empty() {
            return self.with_rev(
                Reply::json(with_cursor(json!({ "feed": feed }), cursor)),
                viewer,
            );
        }
        let feed = self.with_local_posts(feed, viewer);
        Reply::json(with_cursor(json!({ "feed": feed }), cursor)).with(
            "atproto-upstream-lag",
            self.lag(viewer, call.now).to_string(),
        )
    }

    /// Tells how far the index has read the caller's repository.
    pub(super) fn with_rev(&self, reply: Reply, viewer: &str) -> Reply {
        match self.index.revs.get(viewer) {
            Some(rev) => reply.with("atproto-repo-rev", rev.clone()),
            None => reply,
        }
    }

    fn fits_filter(&self, did: &str, item: &Item, filter: &str) -> bool {
        let Some(post) = self.index.post(&item.post) else {
            return false;
        };
        let own = item.repost.is_none();
        match filter {
            "posts_with_media" => {
                own && matches!(
                    post.media(),
                    Some("app.bsky.embed.images" | "app.bsky.embed.gallery")
                )
            }
            "posts_with_video" => own && post.media() == Some("app.bsky.embed.video"),
            "posts_no_replies" => !own || post.parent().is_none(),
            "posts_and_author_threads" => !own || self.own_thread(did, post),
            _ => true,
        }
    }

    /// Whether a post and all above it are by one account.
    fn own_thread(&self, did: &str, post: &Indexed) -> bool {
        let mut here = post;
        for _ in 0..1000 {
            if here.did != did {
                return false;
            }
            match here.parent().map(|parent| self.index.post(parent)) {
                None => return true,
                Some(None) => return false,
                Some(Some(parent)) => here = parent,
            }
        }
        false
    }
}

pub(super) fn get_author_feed(world: &mut World, call: &Call<'_>) -> Answer {
    let did = world.actor(call, "actor")?;
    let limit = call.limit(50)?;
    let filter = call.param("filter").unwrap_or("posts_with_replies");
    let viewer = call.viewer.as_deref();
    if let Some(viewer) = viewer.filter(|_| world.keeps(Rule::BlocksHide)) {
        if world.index.block(viewer, &did).is_some() {
            return Err(Refusal::named(
                "BlockedActor",
                format!("Requester has blocked actor: {did}"),
            ));
        }
        if world.index.block(&did, viewer).is_some() {
            return Err(Refusal::named(
                "BlockedByActor",
                format!("Requester is blocked by actor: {did}"),
            ));
        }
    }
    let mut items = world.feed_items(&did);
    if world.keeps(Rule::AuthorFeedFilters) {
        items.retain(|(_, item)| world.fits_filter(&did, item, filter));
    }
    let (mut page, cursor) = world.page(items, limit, call.param("cursor"))?;
    let pins = call.flag("includePins")?.unwrap_or(false) && call.param("cursor").is_none();
    let pinned = world
        .pinned(&did)
        .filter(|_| pins && world.keeps(Rule::PinsComeFirst))
        .map(str::to_owned);
    if let Some(post) = pinned.filter(|uri| world.index.post(uri).is_some()) {
        page.retain(|item| item.post != post);
        page.insert(
            0,
            Item {
                post,
                repost: None,
                pinned: true,
            },
        );
    }
    page.retain(|item| {
        let author = at_uri_parts(&item.post).map_or("", |(did, _, _)| did);
        !world.hidden_by_block(viewer, author)
            && (!world.hidden_by_mute(viewer, author) || author == did)
    });
    let feed = page
        .iter()
        .filter_map(|item| world.feed_view(item, viewer))
        .collect();
    if viewer == Some(did.as_str()) {
        return Ok(world.feed_reply(feed, cursor, call));
    }
    let reply = Reply::json(with_cursor(json!({ "feed": feed }), cursor));
    Ok(world.with_rev(reply, viewer.unwrap_or_default()))
}

pub(super) fn get_timeline(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?.to_owned();
    let viewer = Some(me.as_str());
    let limit = call.limit(50)?;
    let mut items = world.feed_items(&me);
    if world.keeps(Rule::TimelineFollows) {
        let follows: Vec<String> = world
            .index
            .linked(Link::FollowsBy, &me)
            .filter_map(|record| record.subject().map(str::to_owned))
            .collect();
        items.extend(follows.iter().flat_map(|did| world.feed_items(did)));
    }
    let (mut page, cursor) = world.page(items, limit, call.param("cursor"))?;
    page.retain(|item| {
        let author = at_uri_parts(&item.post).map_or("", |(did, _, _)| did);
        let reposter = item
            .repost
            .as_deref()
            .and_then(at_uri_parts)
            .map_or(author, |(did, _, _)| did);
        let post = world.index.post(&item.post);
        let above = post
            .and_then(Indexed::parent)
            .and_then(at_uri_parts)
            .map_or(author, |(did, _, _)| did);
        let hidden =
            |did: &str| world.hidden_by_block(viewer, did) || world.hidden_by_mute(viewer, did);
        !hidden(author) && !hidden(reposter) && !world.hidden_by_block(viewer, above)
    });
    let feed = page
        .iter()
        .filter_map(|item| world.feed_view(item, viewer))
        .collect();
    Ok(world.feed_reply(feed, cursor, call))
}

pub(super) fn get_actor_likes(world: &mut World, call: &Call<'_>) -> Answer {
    let actor = call.need_format("actor", Format::AtIdentifier)?;
    let limit = call.limit(50)?;
    let did = world.find(actor).map(|account| account.did.clone());
    let did = did.filter(|did| call.viewer.as_ref() == Some(did));
    let did = did.ok_or_else(|| Refusal::invalid("Profile not found"))?;
    let items: Vec<(Key, String)> = world
        .index
        .linked(Link::LikesBy, &did)
        .filter_map(|like| Some((key(like), like.subject()?.to_owned())))
        .collect();
    let (page, cursor) = world.page(items, limit, call.param("cursor"))?;
    let feed = page
        .into_iter()
        .map(|post| Item {
            post,
            repost: None,
            pinned: false,
        })
        .filter(|item| {
            let author = at_uri_parts(&item.post).map_or("", |(did, _, _)| did);
            !world.hidden_by_block(Some(&did), author)
        })
        .filter_map(|item| world.feed_view(&item, Some(&did)))
        .collect();
    Ok(world.feed_reply_unpatched(feed, cursor, &did))
}

impl World {
    fn feed_reply_unpatched(
        &self,
        feed: Vec<Value>,
        cursor: Option<String>,
        viewer: &str,
    ) -> Reply {
        self.with_rev(
            Reply::json(with_cursor(json!({ "feed": feed }), cursor)),
            viewer,
        )
    }
}

pub(super) fn get_posts(world: &mut World, call: &Call<'_>) -> Answer {
    let uris = call.need_many("uris", 25, Format::AtUri)?;
    let viewer = call.viewer.as_deref();
    let posts: Vec<Value> = uris
        .into_iter()
        .map(|uri| world.with_did(uri))
        .filter(|uri| {
            !at_uri_parts(uri).is_some_and(|(did, _, _)| world.hidden_by_block(viewer, did))
        })
        .filter_map(|uri| world.post_view(&uri, viewer))
        .collect();
    Ok(Reply::json(json!({ "posts": posts })))
}

/// The listing of one kind of record about a post, with the `uri` and `cid` that were asked for.
fn about_post(
    call: &Call<'_>,
    uri: &str,
    mut body: Value,
    cursor: Option<String>,
) -> Result<Reply, Refusal> {
    let cid = call.param_format("cid", Format::Cid)?;
    if let Some(fields) = body.as_object_mut() {
        fields.insert("uri".to_owned(), json!(uri));
        fields.extend(cid.map(|cid| ("cid".to_owned(), json!(cid))));
    }
    Ok(Reply::json(with_cursor(body, cursor)))
}

impl World {
    fn engagers(&self, link: Link, uri: &str, call: &Call<'_>) -> Vec<(Key, &Indexed)> {
        let cid = call.param("cid");
        let subject_cid = |record: &Indexed| {
            record
                .value
                .pointer("/subject/cid")
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        self.index
            .linked(link, uri)
            .filter(|_| self.keeps(Rule::EngagersAreListed))
            .filter(|record| cid.is_none_or(|cid| subject_cid(record).as_deref() == Some(cid)))
            .map(|record| (key(record), record))
            .collect()
    }
}

pub(super) fn get_likes(world: &mut World, call: &Call<'_>) -> Answer {
    let uri = world.uri(call, "uri")?;
    let viewer = call.viewer.as_deref();
    let items = world.engagers(Link::LikesOf, &uri, call);
    let (page, cursor) = world.page(items, call.limit(50)?, call.param("cursor"))?;
    let likes: Vec<Value> = page
        .into_iter()
        .filter(|like| !world.hidden_by_block(viewer, &like.did) && like.collection == LIKE)
        .filter_map(|like| {
            Some(json!({
                "actor": world.profile_view(&like.did, viewer)?,
                "createdAt": like.value.get("createdAt")?,
                "indexedAt": iso(like.sort_at),
            }))
        })
        .collect();
    about_post(call, &uri, json!({ "likes": likes }), cursor)
}

pub(super) fn get_reposted_by(world: &mut World, call: &Call<'_>) -> Answer {
    let uri = world.uri(call, "uri")?;
    let viewer = call.viewer.as_deref();
    let items = world.engagers(Link::RepostsOf, &uri, call);
    let (page, cursor) = world.page(items, call.limit(50)?, call.param("cursor"))?;
    let reposters: Vec<Value> = page
        .into_iter()
        .filter(|repost| !world.hidden_by_block(viewer, &repost.did))
        .filter_map(|repost| world.profile_view(&repost.did, viewer))
        .collect();
    about_post(call, &uri, json!({ "repostedBy": reposters }), cursor)
}

pub(super) fn get_quotes(world: &mut World, call: &Call<'_>) -> Answer {
    let uri = world.uri(call, "uri")?;
    let viewer = call.viewer.as_deref();
    let listed = world.keeps(Rule::QuotesAreListed);
    let quotes = world
        .index
        .linked(Link::QuotesOf, &uri)
        .filter(|quote| listed && !quote.quote_barred);
    let items: Vec<(Key, &Indexed)> = quotes.map(|quote| (key(quote), quote)).collect();
    let (page, cursor) = world.page(items, call.limit(50)?, call.param("cursor"))?;
    let posts: Vec<Value> = page
        .into_iter()
        .filter(|quote| !world.hidden_by_block(viewer, &quote.did))
        .filter_map(|quote| world.post_view(&quote.uri, viewer))
        .collect();
    about_post(call, &uri, json!({ "posts": posts }), cursor)
}

impl World {
    /// The posts above an anchor, nearest first inside.
    fn above(
        &self,
        child: &Indexed,
        thread: &str,
        viewer: Option<&str>,
        height: i64,
    ) -> Option<Value> {
        let parent_uri = child.parent().filter(|_| height > 0)?;
        let owner = at_uri_parts(parent_uri).map_or("", |(did, _, _)| did);
        let Some(parent) = self.index.post(parent_uri) else {
            return Some(not_found_post(parent_uri));
        };
        if self.hidden_by_block(viewer, owner) || self.third_block(&child.did, owner) {
            return Some(self.blocked_post(parent_uri, owner, viewer));
        }
        if parent.thread() != thread {
            return None;
        }
        let mut view = json!({
            "$type": "app.bsky.feed.defs#threadViewPost", "post": self.post_view(parent_uri, viewer)?,
            "threadContext": self.thread_context(parent),
        });
        if let (Some(fields), Some(above)) = (
            view.as_object_mut(),
            self.above(parent, thread, viewer, height - 1),
        ) {
            fields.insert("parent".to_owned(), above);
        }
        Some(view)
    }

    /// The replies below a post, newest first; nothing where the depth ends.
    fn below(&self, parent: &str, thread: &str, viewer: Option<&str>, depth: i64) -> Option<Value> {
        if depth < 1 || !self.keeps(Rule::ThreadsNest) {
            return None;
        }
        let owner = at_uri_parts(parent).map_or("", |(did, _, _)| did);
        let mut replies: Vec<&Indexed> = self
            .index
            .linked(Link::RepliesTo, parent)
            .filter(|reply| {
                !reply.barred && reply.thread() == thread && !self.third_block(&reply.did, owner)
            })
            .collect();
        replies.sort_by_key(|reply| std::cmp::Reverse(key(reply)));
        let views = replies.into_iter().filter_map(|reply| {
            if self.hidden_by_block(viewer, &reply.did) {
                return Some(self.blocked_post(&reply.uri, &reply.did, viewer));
            }
            let mut view = json!({
                "$type": "app.bsky.feed.defs#threadViewPost", "post": self.post_view(&reply.uri, viewer)?,
                "threadContext": self.thread_context(reply),
            });
            if let (Some(fields), Some(below)) =
                (view.as_object_mut(), self.below(&reply.uri, thread, viewer, depth - 1))
            {
                fields.insert("replies".to_owned(), below);
            }
            Some(view)
        });
        Some(Value::Array(views.collect()))
    }

    /// app.bsky.feed.defs#threadContext: whether the author of the root likes this post.
    fn thread_context(&self, post: &Indexed) -> Value {
        let owner = at_uri_parts(post.thread()).map_or("", |(did, _, _)| did);
        let like: Option<&Indexed> = self
            .index
            .linked(Link::LikesOf, &post.uri)
            .find(|like| like.did == owner);
        match like.filter(|_| post.did != owner) {
            Some(like) => json!({ "rootAuthorLike": like.uri }),
            None => json!({}),
        }
    }

    /// Puts unindexed replies of the caller into a thread.
    fn graft(&self, view: &mut Value, reply: &Indexed, viewer: &str) -> bool {
        let here = view.pointer("/post/uri").and_then(Value::as_str);
        let Some(fields) = (if here.is_some() {
            view.as_object_mut()
        } else {
            None
        }) else {
            return false;
        };
        let uri = fields
            .get("post")
            .and_then(|post| post.get("uri"))
            .and_then(Value::as_str);
        if reply.parent() == uri {
            let Some(post) = self.local_view(reply, viewer) else {
                return false;
            };
            let new = json!({ "$type": "app.bsky.feed.defs#threadViewPost", "post": post });
            match fields.get_mut("replies") {
                Some(Value::Array(replies)) => replies.insert(0, new),
                _ => drop(fields.insert("replies".to_owned(), json!([new]))),
            }
            return true;
        }
        match fields.get_mut("replies") {
            Some(Value::Array(replies)) => replies
                .iter_mut()
                .any(|below| self.graft(below, reply, viewer)),
            _ => false,
        }
    }
}

/// How deep and how high a thread is written out at most. The AppView has a cap of its own; this one keeps an answer
/// within the 128 levels that usual JSON readers go down.
const DEEPEST: i64 = 50;
const HIGHEST: i64 = 80;

pub(super) fn get_post_thread(world: &mut World, call: &Call<'_>) -> Answer {
    let uri = world.uri(call, "uri")?;
    let depth = call.number("depth", 6, 0, 1000)?.min(DEEPEST);
    let height = call.number("parentHeight", 80, 0, 1000)?.min(HIGHEST);
    let viewer = call.viewer.as_deref();
    let me = viewer.unwrap_or_default();
    let local = world.local_posts(me);
    let anchor = world.index.post(&uri).zip(world.post_view(&uri, viewer));
    let Some((anchor, view)) = anchor else {
        if let Some(post) = local.iter().find(|post| post.uri == uri) {
            return Ok(local_thread(world, post, &local, call));
        }
        if !world.keeps(Rule::GoneThreadIsNotFound) {
            return Ok(Reply::json(json!({ "thread": not_found_post(&uri) })));
        }
        return Err(Refusal::named("NotFound", format!("Post not found: {uri}")));
    };
    let mut body = if world.hidden_by_block(viewer, &anchor.did) {
        json!({ "thread": world.blocked_post(&uri, &anchor.did, viewer) })
    } else {
        let mut thread = json!({
            "$type": "app.bsky.feed.defs#threadViewPost", "post": view,
            "threadContext": world.thread_context(anchor),
        });
        if let Some(fields) = thread.as_object_mut().filter(|_| !anchor.barred) {
            let above = world.above(anchor, anchor.thread(), viewer, height);
            fields.extend(above.map(|above| ("parent".to_owned(), above)));
            let below = world.below(&uri, anchor.thread(), viewer, depth);
            fields.extend(below.map(|below| ("replies".to_owned(), below)));
        }
        json!({ "thread": thread })
    };
    if let (Some(fields), Some(gate)) =
        (body.as_object_mut(), world.threadgate_view(anchor.thread()))
    {
        fields.insert("threadgate".to_owned(), gate);
    }
    if local.is_empty() {
        return Ok(world.with_rev(Reply::json(body), me));
    }
    if let Some(thread) = body.get_mut("thread") {
        for reply in &local {
            world.graft(thread, reply, me);
        }
    }
    Ok(Reply::json(body).with("atproto-upstream-lag", world.lag(me, call.now).to_string()))
}

/// The thread of a post that only the caller's PDS knows.
fn local_thread(world: &World, post: &Indexed, local: &[&Indexed], call: &Call<'_>) -> Reply {
    let me = call.viewer.as_deref().unwrap_or_default();
    let mut thread = json!({
        "$type": "app.bsky.feed.defs#threadViewPost", "post": world.local_view(post, me),
    });
    for reply in local.iter().filter(|reply| reply.uri != post.uri) {
        world.graft(&mut thread, reply, me);
    }
    let root = post.root().unwrap_or_default();
    let above = world.above(post, root, Some(me), HIGHEST);
    if let Some(fields) = thread.as_object_mut() {
        fields.extend(above.map(|above| ("parent".to_owned(), above)));
    }
    Reply::json(json!({ "thread": thread }))
        .with("atproto-upstream-lag", world.lag(me, call.now).to_string())
}
