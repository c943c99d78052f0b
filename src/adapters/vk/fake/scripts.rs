//! What others do, past the wire: no token, no limit, no check.

use bytes::Bytes;
use jiff::{Timestamp, civil};
use serde_json::json;

use super::Fake;
use super::events::{Delivery, VERSION};
use super::measure::CommunityDay;
use super::messages::Letter;
use super::state::{AdDay, Attachment, Challenge, Promotion};
use super::wall::Making;

/// What a campaign or an ad brought on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AdFigures {
    /// What it cost, in kopecks.
    pub spent: i64,
    /// How often it was shown.
    pub impressions: i64,
    /// To how many people.
    pub reach: i64,
    /// How often it was clicked.
    pub clicks: i64,
    /// How many joined the community.
    pub joins: i64,
}

impl Fake {
    /// A user (or, below zero, a community) writes on a wall. The number of the post is told.
    pub fn post_as(&self, from: i64, wall: i64, text: &str, now: Timestamp) -> i64 {
        let mut world = self.world();
        let now = now.as_second();
        world.catch_up(now);
        let making = Making {
            owner: wall,
            from,
            by: from,
            text: text.to_owned(),
            attachments: Vec::new(),
            date: now,
        };
        let key = world.add_post(making, now).key();
        world.tell_post("wall_post_new", key, now);
        key.1
    }

    /// The author edits a post.
    pub fn edit_post_as(&self, wall: i64, post: i64, text: &str, now: Timestamp) {
        if let Some(post) = self.world().posts.get_mut(&(wall, post)) {
            text.clone_into(&mut post.text);
            post.edited = Some(now.as_second());
        }
    }

    /// Somebody restores a post.
    pub fn restore_post_as(&self, wall: i64, post: i64) {
        if let Some(post) = self.world().posts.get_mut(&(wall, post)) {
            post.deleted = None;
        }
    }

    /// A user deletes a post.
    pub fn delete_post_as(&self, wall: i64, post: i64, now: Timestamp) {
        if let Some(post) = self.world().posts.get_mut(&(wall, post)) {
            post.deleted = Some(now.as_second());
        }
    }

    /// The texts of the posts and comments that stand or wait, as they were written, wall by wall in the order of their
    /// numbers.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let world = self.world();
        let posts = world.posts.values().filter(|post| post.deleted.is_none());
        let comments = world.comments.values().filter(|it| it.deleted.is_none());
        let mut texts: Vec<((i64, i64), String)> = posts
            .map(|post| (post.key(), post.text.clone()))
            .chain(comments.map(|it| ((it.owner, it.id), it.text.clone())))
            .collect();
        texts.sort();
        texts.into_iter().map(|(_, text)| text).collect()
    }

    /// How often a post was seen.
    pub fn set_views(&self, wall: i64, post: i64, views: i64) {
        if let Some(post) = self.world().posts.get_mut(&(wall, post)) {
            post.views = views;
        }
    }

    /// A user comments on a post, or answers a comment under it. The number of the comment is told.
    pub fn comment_as(
        &self,
        from: i64,
        (wall, post): (i64, i64),
        text: &str,
        reply_to: Option<i64>,
        now: Timestamp,
    ) -> i64 {
        let mut world = self.world();
        let now = now.as_second();
        let comment = world.add_comment((wall, post), from, text.to_owned(), reply_to, now);
        let id = comment.id;
        world.tell_comment("wall_reply_new", (wall, id), now);
        id
    }

    /// The author edits a comment.
    pub fn edit_comment_as(&self, wall: i64, comment: i64, text: &str, now: Timestamp) {
        let mut world = self.world();
        if let Some(comment) = world.comments.get_mut(&(wall, comment)) {
            text.clone_into(&mut comment.text);
        }
        world.tell_comment("wall_reply_edit", (wall, comment), now.as_second());
    }

    /// Somebody deletes a comment.
    pub fn delete_comment_as(&self, deleter: i64, wall: i64, comment: i64, now: Timestamp) {
        let mut world = self.world();
        let now = now.as_second();
        let Some(found) = world.comments.get_mut(&(wall, comment)) else {
            return;
        };
        found.deleted = Some(now);
        let object = json!({
            "owner_id": wall,
            "id": comment,
            "user_id": found.from,
            "deleter_id": deleter,
            "post_id": found.post,
        });
        world.tell(-wall, "wall_reply_delete", object, now);
    }

    /// Somebody restores a comment.
    pub fn restore_comment_as(&self, wall: i64, comment: i64, now: Timestamp) {
        let mut world = self.world();
        if let Some(comment) = world.comments.get_mut(&(wall, comment)) {
            comment.deleted = None;
        }
        world.tell_comment("wall_reply_restore", (wall, comment), now.as_second());
    }

    /// A user likes or no longer likes something: a `post`, `comment`, `photo` or `video`.
    pub fn like_as(
        &self,
        who: i64,
        kind: &str,
        owner: i64,
        item: i64,
        liked: bool,
        now: Timestamp,
    ) {
        self.world()
            .set_like(kind, (owner, item), who, liked, now.as_second());
    }

    /// A user reposts to the own wall. The number of the copy is told.
    pub fn repost_as(&self, who: i64, wall: i64, post: i64, text: &str, now: Timestamp) -> i64 {
        self.world()
            .copy((wall, post), who, who, text.to_owned(), now.as_second())
    }

    /// A user writes to a community. The number of the message is told.
    pub fn message_as(&self, from: i64, group: i64, text: &str, now: Timestamp) -> i64 {
        self.write(from, group, text, Vec::new(), now)
    }

    /// A user writes to a community with something attached, like `photo102_1` or an address.
    pub fn message_with_as(
        &self,
        from: i64,
        group: i64,
        text: &str,
        attachment: &str,
        now: Timestamp,
    ) -> i64 {
        let attachments: Vec<Attachment> = Attachment::read(attachment).into_iter().collect();
        self.write(from, group, text, attachments, now)
    }

    fn write(
        &self,
        from: i64,
        group: i64,
        text: &str,
        attachments: Vec<Attachment>,
        now: Timestamp,
    ) -> i64 {
        let letter = Letter {
            from,
            to: -group,
            text: text.to_owned(),
            attachments,
            reply_to: None,
            payload: None,
            random: 0,
            admin: None,
        };
        self.world().deliver(letter, now.as_second()).0
    }

    /// The author edits a message.
    pub fn edit_message_as(&self, message: i64, text: &str, now: Timestamp) {
        let mut world = self.world();
        let found = world.messages.iter_mut().find(|other| other.id == message);
        if let Some(found) = found {
            text.clone_into(&mut found.text);
            found.edited = Some(now.as_second());
        }
        world.tell_edit(message, now.as_second());
    }

    /// A user reads what a community wrote, up to a message.
    pub fn read_as(&self, reader: i64, group: i64, message: i64, now: Timestamp) {
        self.world()
            .set_read(reader, -group, message, now.as_second());
    }

    /// A user allows a community to write, or forbids it.
    pub fn allow_as(&self, user: i64, group: i64, allowed: bool, now: Timestamp) {
        let mut world = self.world();
        world.allowed.insert((group, user), allowed);
        let (kind, object) = if allowed {
            ("message_allow", json!({ "user_id": user, "key": "" }))
        } else {
            ("message_deny", json!({ "user_id": user }))
        };
        world.tell(group, kind, object, now.as_second());
    }

    /// A user joins a community, or leaves it.
    pub fn join_as(&self, user: i64, group: i64, member: bool, now: Timestamp) {
        self.world()
            .set_member(group, user, member, now.as_second());
    }

    /// A user votes in a poll. Whether the vote counted is told.
    pub fn vote_as(
        &self,
        user: i64,
        owner: i64,
        poll: i64,
        answers: &[i64],
        now: Timestamp,
    ) -> bool {
        self.world()
            .set_vote((owner, poll), user, answers, now.as_second())
            .unwrap_or(false)
    }

    /// Tells an event of any kind in a community, as it is.
    pub fn tell(&self, group: i64, kind: &str, object: serde_json::Value, now: Timestamp) {
        self.world().tell(group, kind, object, now.as_second());
    }

    /// The next call of a method (`*`: of any) meets a captcha, until one is solved: `modern` ones have a
    /// `redirect_uri`, the others a picture alone.
    pub fn demand_captcha(&self, method: &str, modern: bool) {
        self.demand(method, 14, modern);
    }

    /// Calls of a method (`*`: of any) meet a validation (17) until [`validated`](Self::validated).
    pub fn demand_validation(&self, method: &str) {
        self.demand(method, 17, true);
    }

    fn demand(&self, method: &str, code: i64, modern: bool) {
        let mut world = self.world();
        let sid = world.secret("captcha");
        world.challenges.push(Challenge {
            method: method.to_owned(),
            code,
            modern,
            sid,
        });
    }

    /// A person solves the captcha behind a `redirect_uri`: the `success_token` to repeat the call with.
    #[must_use]
    pub fn solve_captcha(&self) -> String {
        let mut world = self.world();
        let token = format!("success-{}", world.secret("success"));
        world.solutions.insert(token.clone());
        token
    }

    /// A person confirms on the page of the `redirect_uri`.
    pub fn validated(&self) {
        self.world()
            .challenges
            .retain(|challenge| challenge.code != 17);
    }

    /// Ends the key of a community's long poll (failed 2): the next `groups.getLongPollServer` tells a new one.
    pub fn renew_long_poll_key(&self, group: i64) {
        let mut world = self.world();
        let key = world.secret("poll");
        if let Some(group) = world.groups.get_mut(&group) {
            group.feed.key = key;
        }
    }

    /// Lets a long poll forget all but the last events: an older `ts` fails with 1.
    pub fn forget_events(&self, group: i64, keep: usize) {
        if let Some(group) = self.world().groups.get_mut(&group) {
            group.feed.forget(keep);
        }
    }

    /// Loses what the long poll knew (failed 3), until a new server is asked for.
    pub fn lose_long_poll(&self, group: i64) {
        if let Some(group) = self.world().groups.get_mut(&group) {
            group.feed.lost = true;
        }
    }

    /// Delivers the events of a community to its own server from now on, with a secret.
    pub fn call_back(&self, group: i64, secret: Option<&str>) {
        if let Some(group) = self.world().groups.get_mut(&group) {
            group.secret = secret.map(str::to_owned);
            group.feed.calls_back = true;
        }
    }

    /// What is to be delivered, oldest first. What is not confirmed comes again each time.
    #[must_use]
    pub fn deliveries(&self, group: i64) -> Vec<Delivery> {
        self.world().deliveries(group)
    }

    /// Ends a delivery: it was answered with `ok`.
    pub fn confirm(&self, group: i64, event_id: &str) {
        self.world().confirm(group, event_id);
    }

    /// The delivery with which VK asks a server for the confirmation code.
    #[must_use]
    pub fn confirmation(&self, group: i64) -> Bytes {
        let mut world = self.world();
        let id = world.secret("event");
        let secret = world.group(group).and_then(|group| group.secret.clone());
        let mut body =
            json!({ "type": "confirmation", "group_id": group, "event_id": id, "v": VERSION });
        if let (Some(secret), Some(fields)) = (secret, body.as_object_mut()) {
            fields.insert("secret".to_owned(), json!(secret));
        }
        Bytes::from(body.to_string())
    }

    /// The code that a community's server answers to a confirmation.
    #[must_use]
    pub fn confirmation_code(&self, group: i64) -> String {
        let world = self.world();
        world
            .group(group)
            .map(|group| group.confirmation.clone())
            .unwrap_or_default()
    }

    /// What a community's day brought, in Moscow's time.
    pub fn set_day(&self, group: i64, day: civil::Date, brought: CommunityDay) {
        self.world().days.insert((group, day), brought);
    }

    /// Adds an advertising campaign, whose number is told.
    pub fn add_campaign(&self, name: &str) -> i64 {
        let mut world = self.world();
        let id = 1_000_000 + world.next();
        world.campaigns.insert(
            id,
            Promotion {
                id,
                campaign: None,
                name: name.to_owned(),
                days: Vec::new(),
            },
        );
        id
    }

    /// Adds an ad to a campaign, whose number is told.
    pub fn add_ad(&self, campaign: i64, name: &str) -> i64 {
        let mut world = self.world();
        let id = 2_000_000 + world.next();
        world.ads.insert(
            id,
            Promotion {
                id,
                campaign: Some(campaign),
                name: name.to_owned(),
                days: Vec::new(),
            },
        );
        id
    }

    /// What an ad brought on a day. Its campaign gets the same on top.
    pub fn set_ad_day(&self, ad: i64, day: civil::Date, figures: AdFigures) {
        let mut world = self.world();
        let brought = AdDay {
            day: day.to_string(),
            spent: figures.spent,
            impressions: figures.impressions,
            reach: figures.reach,
            clicks: figures.clicks,
            joins: figures.joins,
        };
        let campaign = world.ads.get_mut(&ad).and_then(|found| {
            found.days.push(brought.clone());
            found.campaign
        });
        if let Some(found) = campaign.and_then(|id| world.campaigns.get_mut(&id)) {
            found.days.push(brought);
        }
    }
}
