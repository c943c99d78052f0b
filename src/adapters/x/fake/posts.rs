//! Posts: written, edited, deleted and hidden, and what X refuses.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::faults::Rule;
use super::setup::Plan;
use super::state::{Figures, Id, Poll, Post, World};
use super::text::{self, Entities};
use super::wire::{Answer, Call, Refusal, Reply, bad_body, number, only};

const SETTINGS: [&str; 4] = ["following", "mentionedUsers", "subscribers", "verified"];
const NO_REPLY: &str =
    "You can only reply to or quote posts where you are mentioned or are the author.";

/// What somebody wants to publish.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    pub(super) text: String,
    pub(super) reply_to: Option<Id>,
    pub(super) quote: Option<Id>,
    pub(super) media: Vec<Id>,
    pub(super) poll: Option<(Vec<String>, i64)>,
    pub(super) reply_settings: String,
    pub(super) community: Option<String>,
    pub(super) nullcast: bool,
    pub(super) paid: bool,
    pub(super) excluded: Vec<Id>,
}

fn ids(at: &str, value: Option<&Value>) -> Result<Vec<Id>, Refusal> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let list = value.as_array().ok_or_else(|| bad_body(at))?;
    list.iter()
        .map(|id| id.as_str().and_then(number).ok_or_else(|| bad_body(at)))
        .collect()
}

fn id(at: &str, value: Option<&Value>) -> Result<Option<Id>, Refusal> {
    value
        .map(|id| id.as_str().and_then(number).ok_or_else(|| bad_body(at)))
        .transpose()
}

fn flag(body: &Value, name: &str) -> Result<bool, Refusal> {
    match body.get(name) {
        None => Ok(false),
        Some(Value::Bool(yes)) => Ok(*yes),
        Some(_) => Err(bad_body(name)),
    }
}

impl World {
    pub(super) fn create_post(&mut self, call: &Call<'_>) -> Answer {
        let body = &call.body;
        only(
            "",
            body,
            &[
                "card_uri",
                "community_id",
                "direct_message_deep_link",
                "edit_options",
                "for_super_followers_only",
                "geo",
                "made_with_ai",
                "media",
                "nullcast",
                "paid_partnership",
                "poll",
                "quote_tweet_id",
                "reply",
                "reply_settings",
                "share_with_followers",
                "text",
            ],
        )?;
        let author = call.me().ok_or_else(|| Refusal::forbidden("Forbidden"))?;
        let wish = self.wish(body)?;
        let previous = match body.get("edit_options") {
            None => None,
            Some(options) => {
                only(".edit_options", options, &["previous_post_id"])?;
                let previous = id(
                    "edit_options.previous_post_id",
                    options.get("previous_post_id"),
                )?;
                Some(previous.ok_or_else(|| bad_body("edit_options.previous_post_id"))?)
            }
        };
        self.may_write(author, &wish, call.now)?;
        let summoned = wish
            .reply_to
            .and_then(|target| self.posts.get(&target))
            .is_some_and(|target| target.author != author);
        let linked = !text::links(&wish.text).is_empty();
        let post = match previous {
            Some(previous) => self.edit(author, previous, wish, call.now)?,
            None => self.publish(author, wish, call.now),
        };
        let history = self
            .posts
            .get(&post)
            .map(|post| post.history.clone())
            .unwrap_or_default();
        let history: Vec<String> = history.iter().map(Id::to_string).collect();
        let told = self.posts.get(&post).map(|post| post.text.clone());
        let name = self.settings.spelling.of("edit_history_post_ids");
        let mut reply = Reply::created(json!({
            "id": post.to_string(),
            "text": told.unwrap_or_default(),
            name: history,
        }));
        if linked && self.keeps(Rule::LinksCostMore) {
            reply.price = Some((200, "post with a link"));
        } else if summoned && self.plan_of(Some(author)) != Plan::Enterprise {
            reply.price = Some((10, "summoned reply"));
        }
        Ok(reply)
    }

    fn wish(&self, body: &Value) -> Result<Wish, Refusal> {
        let text = match body.get("text") {
            None => String::new(),
            Some(text) => text.as_str().ok_or_else(|| bad_body("text"))?.to_owned(),
        };
        let mut wish = Wish {
            text,
            quote: id("quote_tweet_id", body.get("quote_tweet_id"))?,
            nullcast: flag(body, "nullcast")?,
            paid: flag(body, "paid_partnership")?,
            reply_settings: "everyone".to_owned(),
            ..Wish::default()
        };
        flag(body, "made_with_ai")?;
        flag(body, "share_with_followers")?;
        if let Some(settings) = body.get("reply_settings") {
            let settings = settings.as_str().filter(|name| SETTINGS.contains(name));
            wish.reply_settings = settings
                .ok_or_else(|| bad_body("reply_settings"))?
                .to_owned();
        }
        if let Some(community) = id("community_id", body.get("community_id"))? {
            wish.community = Some(community.to_string());
        }
        if let Some(reply) = body.get("reply") {
            only(
                ".reply",
                reply,
                &[
                    "in_reply_to_tweet_id",
                    "exclude_reply_user_ids",
                    "auto_populate_reply_metadata",
                ],
            )?;
            wish.reply_to = id(
                "reply.in_reply_to_tweet_id",
                reply.get("in_reply_to_tweet_id"),
            )?;
            if wish.reply_to.is_none() {
                return Err(bad_body("reply.in_reply_to_tweet_id"));
            }
            wish.excluded = ids(
                "reply.exclude_reply_user_ids",
                reply.get("exclude_reply_user_ids"),
            )?;
        }
        if let Some(media) = body.get("media") {
            only(
                ".media",
                media,
                &[
                    "media_ids",
                    "tagged_user_ids",
                    "call_to_actions",
                    "description",
                    "embeddable",
                    "preview_media_id",
                    "title",
                ],
            )?;
            wish.media = ids("media.media_ids", media.get("media_ids"))?;
            let (least, most) = (1, 4);
            if !(least..=most).contains(&wish.media.len()) && self.keeps(Rule::MediaCount) {
                return Err(bad_body("media.media_ids"));
            }
            if ids("media.tagged_user_ids", media.get("tagged_user_ids"))?.len() > 10 {
                return Err(bad_body("media.tagged_user_ids"));
            }
        }
        if let Some(poll) = body.get("poll") {
            only(
                ".poll",
                poll,
                &["options", "duration_minutes", "reply_settings"],
            )?;
            let options = poll.get("options").and_then(Value::as_array);
            let options: Option<Vec<String>> = options.and_then(|options| {
                options
                    .iter()
                    .map(|option| option.as_str().map(str::to_owned))
                    .collect()
            });
            let options = options.ok_or_else(|| bad_body("poll.options"))?;
            let minutes = poll.get("duration_minutes").and_then(Value::as_i64);
            let minutes = minutes.ok_or_else(|| bad_body("poll.duration_minutes"))?;
            if self.keeps(Rule::PollRules) {
                let sizes = options
                    .iter()
                    .all(|o| (1..=25).contains(&o.chars().count()));
                if !(2..=4).contains(&options.len()) || !sizes {
                    return Err(bad_body("poll.options"));
                }
                if !(5..=10_080).contains(&minutes) {
                    return Err(bad_body("poll.duration_minutes"));
                }
            }
            wish.poll = Some((options, minutes));
        }
        Ok(wish)
    }

    /// Refuses what the account, its plan or the text does not allow.
    fn may_write(&self, author: Id, wish: &Wish, now: Timestamp) -> Result<(), Refusal> {
        let user = self.users.get(&author);
        let premium = user.is_some_and(|user| user.premium);
        let carried = [
            !wish.media.is_empty(),
            wish.poll.is_some(),
            wish.quote.is_some(),
        ];
        if carried.iter().filter(|yes| **yes).count() > 1 && self.keeps(Rule::AttachmentsExclude) {
            return Err(Refusal::problem(
                400,
                "invalid-request",
                "Invalid Request",
                "media, poll, quote_tweet_id and card_uri are mutually exclusive.",
            ));
        }
        if wish.text.trim().is_empty()
            && !carried.contains(&true)
            && self.keeps(Rule::EmptyPostIsRefused)
        {
            return Err(Refusal::problem(
                400,
                "invalid-request",
                "Invalid Request",
                "One or more parameters to your request was invalid.",
            ));
        }
        if wish.text.contains(['\u{fffe}', '\u{feff}', '\u{ffff}']) {
            return Err(Refusal::forbidden(
                "Your Tweet text contains invalid characters.",
            ));
        }
        // Names that a reply begins with do not count.
        let counted = if wish.reply_to.is_some() {
            without_leading_names(&wish.text)
        } else {
            &wish.text
        };
        let most = if premium { 25_000 } else { 280 };
        if text::weight(counted) > most && self.keeps(Rule::TextWeight) {
            return Err(Refusal::forbidden("Your Tweet text is too long."));
        }
        let enterprise = self.plan_of(Some(author)) == Plan::Enterprise;
        if !enterprise && text::marks(&wish.text, '$').len() > 1 && self.keeps(Rule::OneCashtag) {
            return Err(Refusal::forbidden(
                "Posts are limited to a maximum of one cashtag. Please remove additional cashtags and try again.",
            ));
        }
        if let Some(target) = wish.reply_to {
            self.may_reply(author, target, enterprise)?;
        }
        if let Some(quoted) = wish.quote {
            if self.visible(quoted, Some(author)).is_none() {
                return Err(Refusal::problem(
                    400,
                    "invalid-request",
                    "Invalid Request",
                    "You attempted to quote a Tweet that is deleted or not visible to you.",
                ));
            }
            if !enterprise && self.keeps(Rule::QuotesAreEnterprise) {
                return Err(Refusal::problem(
                    403,
                    "not-authorized-for-resource",
                    "Forbidden",
                    NO_REPLY,
                ));
            }
        }
        self.media_fits(author, &wish.media, "tweet", now)?;
        self.day_of(author, wish, now)?;
        let since = now.as_second() - self.settings.duplicate_window;
        let window = self.keeps(Rule::DuplicatesAreForgotten);
        let said = self.posts.values().rev().any(|post| {
            post.author == author
                && !post.deleted
                && post.repost_of.is_none()
                && (!window || post.at.as_second() > since)
                && post.raw.trim() == wish.text.trim()
                && post.reply_to == wish.reply_to
                && post.quote == wish.quote
                && post.media == wish.media
                && post.poll.is_some() == wish.poll.is_some()
        });
        if said && self.keeps(Rule::DuplicatesAreRefused) {
            return Err(Refusal::forbidden(
                "You are not allowed to create a Tweet with duplicate content.",
            ));
        }
        Ok(())
    }

    fn may_reply(&self, author: Id, target: Id, enterprise: bool) -> Result<(), Refusal> {
        let Some(post) = self.visible(target, Some(author)) else {
            return Err(Refusal::forbidden(
                "You attempted to reply to a Tweet that is deleted or not visible to you.",
            ));
        };
        let own = post.author == author;
        let named = post.mentions(author);
        let quotes = post
            .quote
            .and_then(|quoted| self.posts.get(&quoted))
            .is_some_and(|quoted| quoted.author == author);
        if !enterprise && !own && !named && !quotes && self.keeps(Rule::RepliesNeedASummons) {
            return Err(Refusal::problem(
                403,
                "not-authorized-for-resource",
                "Forbidden",
                NO_REPLY,
            ));
        }
        let root = self.posts.get(&post.conversation).unwrap_or(post);
        let open = match root.reply_settings.as_str() {
            "following" => self.follows.has(root.author, author),
            "mentionedUsers" => root.mentions(author),
            "verified" => self.users.get(&author).is_some_and(|user| user.verified),
            "subscribers" => false,
            _ => true,
        };
        let blocked = self.blocks.has(post.author, author);
        if (!open && root.author != author && !root.mentions(author)) || blocked {
            if !self.keeps(Rule::ReplySettingsAreKept) {
                return Ok(());
            }
            return Err(Refusal::forbidden(
                "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to.",
            ));
        }
        Ok(())
    }

    /// An account that X did not verify publishes only so much a day.
    fn day_of(&self, author: Id, wish: &Wish, now: Timestamp) -> Result<(), Refusal> {
        let verified = self.users.get(&author).is_some_and(|user| user.verified);
        if verified || !self.keeps(Rule::UnverifiedDays) {
            return Ok(());
        }
        let since = now.as_second() - 24 * 3600;
        let replies = wish.reply_to.is_some();
        let today = self
            .posts
            .values()
            .filter(|post| {
                post.author == author
                    && post.repost_of.is_none()
                    && post.is_reply() == replies
                    && post.at.as_second() > since
            })
            .count();
        let (posts, answers) = self.settings.unverified;
        if today >= if replies { answers } else { posts } {
            return Err(Refusal::legacy(
                403,
                185,
                "User is over daily status update limit.",
            ));
        }
        Ok(())
    }

    /// A short link to an address.
    fn shorten(&mut self, to: &str) -> String {
        let hash = crate::shared::sha256::sha256(to.as_bytes());
        let letters = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let name: String = hash
            .iter()
            .take(10)
            .filter_map(|byte| letters.get(usize::from(*byte) % letters.len()))
            .map(|letter| char::from(*letter))
            .collect();
        let short = format!("https://t.co/{name}");
        self.links.insert(short.clone(), to.to_owned());
        short
    }

    /// A text as answers tell it, with links to what is shown below it.
    pub(super) fn tell(
        &mut self,
        raw: &str,
        more: &[(String, String, Option<String>)],
    ) -> (String, Entities) {
        let users = self
            .users
            .values()
            .map(|user| (user.username.to_ascii_lowercase(), user.id))
            .collect();
        let (escaped, shortened) = (
            self.keeps(Rule::TextIsEscaped),
            self.keeps(Rule::LinksAreShortened),
        );
        let shorten = |to: &str| {
            if shortened {
                self.shorten(to)
            } else {
                to.to_owned()
            }
        };
        text::told(raw, more, escaped, shorten, &users)
    }

    /// Publishes, whatever the rules say.
    pub(super) fn publish(&mut self, author: Id, wish: Wish, now: Timestamp) -> Id {
        let id = self.new_id(now);
        let username = self
            .users
            .get(&author)
            .map(|user| user.username.clone())
            .unwrap_or_default();
        let mut more = Vec::new();
        for (place, medium) in wish.media.iter().enumerate() {
            let Some(medium) = self.media.get_mut(medium) else {
                continue;
            };
            medium.used = true;
            let kind = medium.word();
            let to = format!("https://x.com/{username}/status/{id}/{kind}/{}", place + 1);
            // All files of a post share one link.
            if place == 0 {
                more.push((
                    to,
                    format!("pic.x.com/{}", id % 1_000_000),
                    Some(medium.key()),
                ));
            }
        }
        if let Some(quoted) = wish.quote.and_then(|quoted| self.posts.get(&quoted)) {
            let of = self.users.get(&quoted.author);
            let of = of.map_or("i", |user| user.username.as_str());
            let to = format!("https://x.com/{of}/status/{}", quoted.id);
            let shown = format!("x.com/{of}/status/{}…", quoted.id / 1_000_000_000);
            more.push((to, shown, None));
        }
        let target = wish.reply_to.and_then(|target| self.posts.get(&target));
        let conversation = target.map_or(id, |post| post.conversation);
        let (text, entities) = self.tell(&wish.text, &more);
        let poll = wish.poll.map(|(options, minutes)| {
            let poll = self.new_id(now);
            let ends = now.checked_add(SignedDuration::from_mins(minutes));
            self.polls.insert(
                poll,
                Poll {
                    id: poll,
                    options: options.into_iter().map(|label| (label, 0)).collect(),
                    minutes,
                    ends: ends.unwrap_or(Timestamp::MAX),
                },
            );
            poll
        });
        let post = Post {
            id,
            author,
            at: now,
            raw: wish.text,
            text,
            entities,
            reply_to: wish.reply_to,
            conversation,
            quote: wish.quote,
            repost_of: None,
            media: wish.media,
            poll,
            reply_settings: wish.reply_settings,
            community: wish.community,
            history: vec![id],
            superseded: false,
            nullcast: wish.nullcast,
            paid_partnership: wish.paid,
            hidden: false,
            deleted: false,
            organic: Figures::default(),
            promoted: None,
            excluded: wish.excluded,
        };
        self.posts.insert(id, post);
        self.happened_post(id, now);
        id
    }

    /// Whether a post can be edited, until when, and how often.
    pub(super) fn editable(&self, post: &Post, now: Timestamp) -> (bool, Timestamp, usize) {
        let first = self.posts.get(&post.root()).unwrap_or(post);
        let window = SignedDuration::from_secs(self.settings.edit_window);
        let until = first.at.checked_add(window).unwrap_or(Timestamp::MAX);
        let left = 6_usize.saturating_sub(post.history.len());
        let own_thread = post
            .reply_to
            .and_then(|target| self.posts.get(&target))
            .is_none_or(|target| target.author == post.author);
        let premium = self
            .users
            .get(&post.author)
            .is_some_and(|user| user.premium);
        let eligible = premium
            && own_thread
            && post.poll.is_none()
            && post.repost_of.is_none()
            && post.community.is_none()
            && post.promoted.is_none();
        (eligible && now < until && left > 0, until, left)
    }

    fn edit(
        &mut self,
        author: Id,
        previous: Id,
        wish: Wish,
        now: Timestamp,
    ) -> Result<Id, Refusal> {
        let old = self
            .posts
            .get(&previous)
            .filter(|post| post.author == author && !post.deleted && !post.superseded)
            .cloned()
            .ok_or_else(|| Refusal::forbidden("You are not permitted to edit this Tweet."))?;
        let (eligible, until, left) = self.editable(&old, now);
        let late = now >= until || left == 0;
        if (late && self.keeps(Rule::EditWindow))
            || (!eligible && !late && self.keeps(Rule::EditNeedsEligibility))
        {
            return Err(Refusal::forbidden(
                "This Tweet is no longer eligible to be edited.",
            ));
        }
        let id = self.publish(author, wish, now);
        let new_id = self.keeps(Rule::EditMakesANewId);
        if let Some(post) = self.posts.get_mut(&id) {
            post.history = old.history.clone();
            post.history.push(id);
            post.conversation = if old.conversation == old.id {
                old.id
            } else {
                old.conversation
            };
            post.reply_to = old.reply_to;
            post.quote = old.quote.or(post.quote);
            post.organic = old.organic;
        }
        if new_id {
            if let Some(old) = self.posts.get_mut(&previous) {
                old.superseded = true;
            }
            return Ok(id);
        }
        if let Some(mut post) = self.posts.remove(&id) {
            post.id = previous;
            post.history = old.history;
            self.posts.insert(previous, post);
        }
        Ok(previous)
    }

    pub(super) fn delete_post(&mut self, call: &Call<'_>) -> Answer {
        let id = call.id("id")?;
        let found = self
            .posts
            .get(&id)
            .filter(|post| !post.deleted && post.repost_of.is_none());
        if let Some(post) = found {
            if Some(post.author) != call.me() && self.keeps(Rule::OwnPostsOnly) {
                return Err(Refusal::forbidden(
                    "You are not authorized to delete this Tweet.",
                ));
            }
            if self.keeps(Rule::DeleteRemoves) {
                self.remove(id, call.now);
            }
        }
        Ok(Reply::data(json!({ "deleted": true })))
    }

    /// Takes a post away, with every version of it and its reposts.
    pub(super) fn remove(&mut self, id: Id, now: Timestamp) {
        let Some(root) = self.posts.get(&id).map(Post::root) else {
            return;
        };
        for post in self.posts.values_mut() {
            if post.root() == root || post.repost_of == Some(id) {
                post.deleted = true;
            }
        }
        self.happened_delete(id, now);
    }

    pub(super) fn hide_reply(&mut self, call: &Call<'_>) -> Answer {
        only("", &call.body, &["hidden"])?;
        let id = call.id("tweet_id")?;
        let hidden = call.body.get("hidden").and_then(Value::as_bool);
        let hidden = hidden.ok_or_else(|| bad_body("hidden"))?;
        let post = self
            .visible(id, call.me())
            .ok_or_else(|| missing("tweet", "tweet_id", id))?;
        let root = self.posts.get(&post.conversation);
        let own = root.is_some_and(|root| Some(root.author) == call.me());
        let reply = post.is_reply() && Some(post.author) != call.me();
        if (!own || !reply) && self.keeps(Rule::HideInOwnConversations) {
            return Err(Refusal::forbidden(
                "You can only hide replies to conversations that you started.",
            ));
        }
        if let Some(post) = self.posts.get_mut(&id) {
            post.hidden = hidden;
        }
        Ok(Reply::data(json!({ "hidden": hidden })))
    }
}

/// A single resource that is not there.
pub(super) fn missing(kind: &str, parameter: &str, id: Id) -> Refusal {
    Refusal::problem(
        404,
        "resource-not-found",
        "Not Found Error",
        format!("Could not find {kind} with {parameter}: [{id}]."),
    )
    .with("resource_type", kind)
    .with("resource_id", id.to_string())
    .with("parameter", parameter)
    .with("value", id.to_string())
}

/// A text without the names that it begins with.
fn without_leading_names(text: &str) -> &str {
    let mut rest = text;
    while let Some(after) = rest.strip_prefix('@') {
        let length = after
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
            .count();
        let Some(next) = after.get(length..).and_then(|rest| rest.strip_prefix(' ')) else {
            break;
        };
        if length == 0 {
            break;
        }
        rest = next;
    }
    rest
}
