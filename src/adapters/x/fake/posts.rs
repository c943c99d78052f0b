//! Posts as they are written: what a body says, and what becomes of it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::faults::Rule;
use super::setup::Plan;
use super::state::{Figures, Id, Poll, Post, World};
use super::text::{self, Entities};
use super::wire::{Answer, Call, Refusal, Reply, bad_body, number, only};

const SETTINGS: [&str; 4] = ["following", "mentionedUsers", "subscribers", "verified"];

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

    /// A short link to an address.
    fn shorten(&mut self, to: &str) -> String {
        let hash = hmac_sha256::Hash::hash(to.as_bytes());
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

    /// The names of those whom a reply answers, which X puts before its text.
    fn lead(&self, author: Id, wish: &Wish) -> String {
        let target = wish.reply_to.and_then(|target| self.posts.get(&target));
        let Some(target) = target.filter(|_| self.keeps(Rule::RepliesAreAddressed)) else {
            return String::new();
        };
        let mut lead = String::new();
        let mut named = vec![author];
        let others = target.entities.mentions.iter().filter_map(|m| m.user);
        for user in std::iter::once(target.author).chain(others) {
            let written = self.users.get(&user).filter(|user| {
                let name = format!("@{}", user.username.to_ascii_lowercase());
                !wish.text.to_ascii_lowercase().starts_with(&name)
            });
            if let Some(user) = written
                && !named.contains(&user.id)
                && !wish.excluded.contains(&user.id)
            {
                named.push(user.id);
                lead.push_str(&format!("@{} ", user.username));
            }
        }
        lead
    }

    /// The post whose address a text ends with.
    fn addressed(&self, text: &str) -> Option<Id> {
        let (start, end) = text::links(text).pop()?;
        if end != text.trim_end().len() || !self.keeps(Rule::AddressesQuote) {
            return None;
        }
        let address = url::Url::parse(text.get(start..end)?).ok()?;
        if !["x.com", "twitter.com"].contains(&address.host_str()?) {
            return None;
        }
        let mut parts = address.path_segments()?.skip(1);
        let id = parts
            .next()
            .filter(|part| *part == "status")
            .and(parts.next())?;
        number(id).filter(|id| self.visible(*id, None).is_some())
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
        // The address of a post at the end of a text is a quote of it, which stands there already.
        let quote = wish.quote.or_else(|| self.addressed(&wish.text));
        let target = wish.reply_to.and_then(|target| self.posts.get(&target));
        let conversation = target.map_or(id, |post| post.conversation);
        let lead = self.lead(author, &wish);
        let written = if self.settings.trims {
            wish.text.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            wish.text.clone()
        };
        let (text, entities) = self.tell(&format!("{lead}{written}"), &more);
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
            quote,
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
            lead: lead.chars().count(),
        };
        self.posts.insert(id, post);
        self.happened_post(id, now);
        id
    }
}
