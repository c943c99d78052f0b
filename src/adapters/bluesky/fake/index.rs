//! The AppView's index: records as they are seen by everybody, with what points to them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::faults::Rule;
use super::syntax::{at_uri_parts, datetime};

pub(super) const POST: &str = "app.bsky.feed.post";
pub(super) const LIKE: &str = "app.bsky.feed.like";
pub(super) const REPOST: &str = "app.bsky.feed.repost";
pub(super) const FOLLOW: &str = "app.bsky.graph.follow";
pub(super) const BLOCK: &str = "app.bsky.graph.block";
pub(super) const THREADGATE: &str = "app.bsky.feed.threadgate";
pub(super) const POSTGATE: &str = "app.bsky.feed.postgate";
pub(super) const PROFILE: &str = "app.bsky.actor.profile";

/// How many generations above a reply are told of it (AppView source).
const REPLY_NOTICE_HEIGHT: usize = 5;

/// A record as the index holds it.
#[derive(Clone, Debug)]
pub(super) struct Indexed {
    pub(super) uri: String,
    pub(super) cid: String,
    pub(super) did: String,
    pub(super) collection: String,
    pub(super) value: Value,
    /// The moment of the write.
    pub(super) at: Timestamp,
    /// The earlier of `createdAt` and the moment of the write: what listings sort by and show as `indexedAt`.
    pub(super) sort_at: Timestamp,
    /// A reply that the thread gate does not allow.
    pub(super) barred: bool,
    /// A reply whose root is not the root of its parent.
    pub(super) wrong_root: bool,
    /// A quote that the post gate does not allow.
    pub(super) quote_barred: bool,
}

impl Indexed {
    pub(super) fn new(uri: &str, cid: &str, value: Value, at: Timestamp) -> Option<Self> {
        let (did, collection, _) = at_uri_parts(uri)?;
        let created = value
            .get("createdAt")
            .and_then(Value::as_str)
            .and_then(datetime);
        Some(Self {
            uri: uri.to_owned(),
            cid: cid.to_owned(),
            did: did.to_owned(),
            collection: collection?.to_owned(),
            at,
            sort_at: created.map_or(at, |created| created.min(at)),
            value,
            barred: false,
            wrong_root: false,
            quote_barred: false,
        })
    }

    pub(super) fn text(&self) -> &str {
        self.value
            .get("text")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(super) fn parent(&self) -> Option<&str> {
        self.answers("parent")
    }

    pub(super) fn root(&self) -> Option<&str> {
        self.answers("root")
    }

    /// What it answers, directly or as the beginning of the thread.
    fn answers(&self, which: &str) -> Option<&str> {
        self.value.get("reply")?.get(which)?.get("uri")?.as_str()
    }

    /// The root of the thread it stands in: itself where it is no reply, or a wrong one.
    pub(super) fn thread(&self) -> &str {
        self.root()
            .filter(|_| !self.wrong_root)
            .unwrap_or(&self.uri)
    }

    /// The record that a post quotes.
    pub(super) fn quoted(&self) -> Option<&str> {
        let embed = self.value.get("embed")?;
        let pointer = match embed.get("$type").and_then(Value::as_str)? {
            "app.bsky.embed.record" => "/record/uri",
            "app.bsky.embed.recordWithMedia" => "/record/record/uri",
            _ => return None,
        };
        embed.pointer(pointer).and_then(Value::as_str)
    }

    /// The kind of a post's media: the `$type` of its embed, or of the media beside a quote.
    pub(super) fn media(&self) -> Option<&str> {
        let embed = self.value.get("embed")?;
        match embed.get("$type").and_then(Value::as_str)? {
            "app.bsky.embed.recordWithMedia" => {
                embed.pointer("/media/$type").and_then(Value::as_str)
            }
            kind => Some(kind),
        }
    }

    /// What a like, repost, follow or block is about.
    pub(super) fn subject(&self) -> Option<&str> {
        let subject = self.value.get("subject")?;
        subject
            .as_str()
            .or_else(|| subject.get("uri").and_then(Value::as_str))
    }

    /// The features of a post's facets.
    pub(super) fn features(&self) -> impl Iterator<Item = &Value> {
        self.value
            .get("facets")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|facet| facet.get("features").and_then(Value::as_array))
            .flatten()
    }

    pub(super) fn mentions(&self) -> impl Iterator<Item = &str> {
        self.features()
            .filter_map(|feature| feature.get("did").and_then(Value::as_str))
    }

    /// Hashtags, from facets and from the extra list, without `#`.
    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        let extra = self
            .value
            .get("tags")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        self.features()
            .filter_map(|feature| feature.get("tag").and_then(Value::as_str))
            .chain(extra)
    }
}

/// What a list of records is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Link {
    /// Posts and reposts of an account.
    FeedOf,
    /// Likes by an account.
    LikesBy,
    LikesOf,
    RepostsOf,
    RepliesTo,
    QuotesOf,
    FollowersOf,
    FollowsBy,
    BlocksBy,
}

/// Something that an account is told of.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    pub(super) uri: String,
    pub(super) from: String,
    pub(super) reason: &'static str,
    pub(super) subject: Option<String>,
    pub(super) at: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct Index {
    records: BTreeMap<String, Indexed>,
    links: BTreeMap<(Link, String), Vec<String>>,
    notices: BTreeMap<String, Vec<Notice>>,
    /// The revision of each account's repository that was last taken in.
    pub(super) revs: BTreeMap<String, String>,
}

impl Index {
    pub(super) fn get(&self, uri: &str) -> Option<&Indexed> {
        self.records.get(uri)
    }

    pub(super) fn post(&self, uri: &str) -> Option<&Indexed> {
        self.get(uri).filter(|record| record.collection == POST)
    }

    pub(super) fn posts(&self) -> impl Iterator<Item = &Indexed> {
        self.records
            .values()
            .filter(|record| record.collection == POST)
    }

    pub(super) fn linked(
        &self,
        link: Link,
        key: &str,
    ) -> impl DoubleEndedIterator<Item = &Indexed> {
        self.links
            .get(&(link, key.to_owned()))
            .into_iter()
            .flatten()
            .filter_map(|uri| self.records.get(uri))
    }

    pub(super) fn notices(&self, did: &str) -> &[Notice] {
        self.notices.get(did).map_or(&[], Vec::as_slice)
    }

    /// Lists nothing that an account was told of so far any more.
    pub(super) fn forget_notices(&mut self, did: &str) {
        self.notices.remove(did);
    }

    /// The record by which one account follows another.
    pub(super) fn follow(&self, from: &str, to: &str) -> Option<&str> {
        self.linked(Link::FollowsBy, from)
            .find(|record| record.subject() == Some(to))
            .map(|record| record.uri.as_str())
    }

    /// The record by which one account blocks another.
    pub(super) fn block(&self, from: &str, to: &str) -> Option<&str> {
        self.linked(Link::BlocksBy, from)
            .find(|record| record.subject() == Some(to))
            .map(|record| record.uri.as_str())
    }

    pub(super) fn blocked(&self, one: &str, other: &str) -> bool {
        self.block(one, other).is_some() || self.block(other, one).is_some()
    }

    pub(super) fn profile(&self, did: &str) -> Option<&Indexed> {
        self.get(&format!("at://{did}/{PROFILE}/self"))
    }

    /// A gate of a post; it has the record key of the post.
    pub(super) fn gate(&self, collection: &str, post: &str) -> Option<&Indexed> {
        let (did, _, key) = at_uri_parts(post)?;
        let gate = self.get(&format!("at://{did}/{collection}/{}", key?))?;
        (gate.value.get("post").and_then(Value::as_str) == Some(post)).then_some(gate)
    }

    /// Whether the thread gate of a root lets an account reply (app.bsky.feed.threadgate).
    pub(super) fn may_reply(&self, did: &str, root: &str) -> bool {
        let owner = at_uri_parts(root).map_or("", |(did, _, _)| did);
        let allow = self
            .gate(THREADGATE, root)
            .and_then(|gate| gate.value.get("allow"))
            .and_then(Value::as_array);
        let Some(allow) = allow.filter(|_| did != owner) else {
            return true;
        };
        allow
            .iter()
            .any(|rule| match rule.get("$type").and_then(Value::as_str) {
                Some("app.bsky.feed.threadgate#mentionRule") => self
                    .post(root)
                    .is_some_and(|root| root.mentions().any(|mentioned| mentioned == did)),
                Some("app.bsky.feed.threadgate#followerRule") => self.follow(did, owner).is_some(),
                Some("app.bsky.feed.threadgate#followingRule") => self.follow(owner, did).is_some(),
                _ => false,
            })
    }

    pub(super) fn hidden_reply(&self, root: &str, reply: &str) -> bool {
        self.gate(THREADGATE, root)
            .and_then(|gate| gate.value.get("hiddenReplies"))
            .and_then(Value::as_array)
            .is_some_and(|hidden| hidden.iter().any(|uri| uri.as_str() == Some(reply)))
    }

    pub(super) fn may_quote(&self, did: &str, post: &str) -> bool {
        let owner = at_uri_parts(post).map_or("", |(did, _, _)| did);
        let rules = self
            .gate(POSTGATE, post)
            .and_then(|gate| gate.value.get("embeddingRules"));
        did == owner
            || !rules.and_then(Value::as_array).is_some_and(|rules| {
                rules.iter().any(|rule| {
                    rule.get("$type").and_then(Value::as_str)
                        == Some("app.bsky.feed.postgate#disableRule")
                })
            })
    }

    /// Takes a written record in.
    pub(super) fn put(&mut self, mut record: Indexed, broken: &BTreeSet<Rule>) {
        let replaces = self.records.contains_key(&record.uri);
        match record.collection.as_str() {
            POST if replaces => {
                if broken.contains(&Rule::EditsStayHidden) {
                    self.records.insert(record.uri.clone(), record);
                }
            }
            POST => {
                if broken.contains(&Rule::ReplyNeedsParentAndRoot)
                    && let Some(fields) = record.value.as_object_mut()
                {
                    fields.remove("reply");
                }
                self.judge(&mut record, broken);
                for (link, key) in post_links(&record) {
                    self.link(link, key, &record.uri);
                }
                self.notify_of_post(&record, broken);
                self.records.insert(record.uri.clone(), record);
            }
            LIKE | REPOST | FOLLOW | BLOCK => {
                let Some(subject) = record.subject().map(str::to_owned) else {
                    return;
                };
                let twin = self.twin(&record, &subject);
                if (twin && !broken.contains(&Rule::LikeReplaces)) || replaces {
                    return;
                }
                for (link, key) in edge_links(&record, &subject) {
                    self.link(link, key, &record.uri);
                }
                self.notify_of_edge(&record, &subject, broken);
                self.records.insert(record.uri.clone(), record);
            }
            _ => {
                self.records.insert(record.uri.clone(), record);
            }
        }
    }

    /// Takes a deletion in.
    pub(super) fn remove(&mut self, uri: &str) {
        let Some(record) = self.records.remove(uri) else {
            return;
        };
        let links = match record.subject() {
            Some(subject) => edge_links(&record, subject),
            None => post_links(&record),
        };
        for (link, key) in links {
            if let Some(uris) = self.links.get_mut(&(link, key)) {
                uris.retain(|linked| linked != uri);
            }
        }
        for notices in self.notices.values_mut() {
            notices.retain(|notice| notice.uri != uri);
        }
    }

    fn link(&mut self, link: Link, key: String, uri: &str) {
        self.links
            .entry((link, key))
            .or_default()
            .push(uri.to_owned());
    }

    /// Whether the same account already has such a record about the same subject.
    fn twin(&self, record: &Indexed, subject: &str) -> bool {
        let (link, key) = match record.collection.as_str() {
            LIKE => (Link::LikesOf, subject),
            REPOST => (Link::RepostsOf, subject),
            FOLLOW => (Link::FollowersOf, subject),
            _ => (Link::BlocksBy, record.did.as_str()),
        };
        self.linked(link, key)
            .any(|other| other.did == record.did && other.subject() == Some(subject))
    }

    /// Judges a post by the gates that stand now, and its root by its parent.
    fn judge(&self, record: &mut Indexed, broken: &BTreeSet<Rule>) {
        if let (Some(root), Some(parent)) = (record.root(), record.parent()) {
            let wrong = match self.post(parent) {
                Some(parent) => parent.wrong_root || parent.thread() != root,
                None => false,
            };
            let barred =
                !self.may_reply(&record.did, root) && !broken.contains(&Rule::ThreadgateBars);
            (record.wrong_root, record.barred) = (wrong, barred);
        }
        if let Some(quoted) = record.quoted() {
            record.quote_barred =
                !self.may_quote(&record.did, quoted) && !broken.contains(&Rule::PostgateBars);
        }
    }

    fn tell(&mut self, to: &str, record: &Indexed, reason: &'static str, subject: Option<&str>) {
        let notice = Notice {
            uri: record.uri.clone(),
            from: record.did.clone(),
            reason,
            subject: subject.map(str::to_owned),
            at: record.sort_at,
        };
        self.notices.entry(to.to_owned()).or_default().push(notice);
    }

    /// Each account is told once of a post: first for a mention, then for a quote, then for a reply.
    fn notify_of_post(&mut self, record: &Indexed, broken: &BTreeSet<Rule>) {
        let mut told = BTreeSet::from([record.did.clone()]);
        let mentions: Vec<String> = record.mentions().map(str::to_owned).collect();
        for did in mentions {
            if !broken.contains(&Rule::NotificationsForMentions) && told.insert(did.clone()) {
                self.tell(&did, record, "mention", None);
            }
        }
        let quoted = record
            .quoted()
            .filter(|_| !record.quote_barred)
            .map(str::to_owned);
        if let Some(quoted) = quoted.filter(|_| !broken.contains(&Rule::NotificationsForQuotes))
            && let Some((did, Some(POST), _)) = at_uri_parts(&quoted)
            && told.insert(did.to_owned())
        {
            self.tell(did, record, "quote", Some(&quoted));
        }
        if record.barred || broken.contains(&Rule::NotificationsForReplies) {
            return;
        }
        let mut above = record.parent().map(str::to_owned);
        for _ in 0..REPLY_NOTICE_HEIGHT {
            let Some(uri) = above else {
                break;
            };
            let Some(ancestor) = self.post(&uri) else {
                break;
            };
            let (did, next) = (ancestor.did.clone(), ancestor.parent().map(str::to_owned));
            if told.insert(did.clone()) {
                self.tell(&did, record, "reply", Some(&uri));
            }
            if record
                .root()
                .is_some_and(|root| self.hidden_reply(root, &uri))
            {
                break;
            }
            above = next;
        }
    }

    fn notify_of_edge(&mut self, record: &Indexed, subject: &str, broken: &BTreeSet<Rule>) {
        let (reason, via_reason, rule) = match record.collection.as_str() {
            LIKE => ("like", "like-via-repost", Rule::NotificationsForLikes),
            REPOST => ("repost", "repost-via-repost", Rule::NotificationsForReposts),
            FOLLOW => ("follow", "follow", Rule::NotificationsForFollows),
            _ => return,
        };
        if broken.contains(&rule) {
            return;
        }
        if reason == "follow" {
            self.tell(subject, record, reason, None);
            return;
        }
        let owner = at_uri_parts(subject).map_or("", |(did, _, _)| did);
        if owner != record.did {
            self.tell(owner, record, reason, Some(subject));
        }
        let via = record.value.pointer("/via/uri").and_then(Value::as_str);
        if let Some((did, _, _)) = via.and_then(at_uri_parts)
            && did != record.did
        {
            self.tell(did, record, via_reason, via);
        }
    }
}

fn post_links(record: &Indexed) -> Vec<(Link, String)> {
    if record.collection != POST {
        return Vec::new();
    }
    let mut links = vec![(Link::FeedOf, record.did.clone())];
    links.extend(
        record
            .parent()
            .map(|parent| (Link::RepliesTo, parent.to_owned())),
    );
    links.extend(
        record
            .quoted()
            .map(|quoted| (Link::QuotesOf, quoted.to_owned())),
    );
    links
}

fn edge_links(record: &Indexed, subject: &str) -> Vec<(Link, String)> {
    let (did, subject) = (record.did.clone(), subject.to_owned());
    match record.collection.as_str() {
        LIKE => vec![(Link::LikesOf, subject), (Link::LikesBy, did)],
        REPOST => vec![(Link::RepostsOf, subject), (Link::FeedOf, did)],
        FOLLOW => vec![(Link::FollowersOf, subject), (Link::FollowsBy, did)],
        BLOCK => vec![(Link::BlocksBy, did)],
        _ => Vec::new(),
    }
}
