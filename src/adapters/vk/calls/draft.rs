//! From a draft to the one call that publishes it: files uploaded, texts written, all that can be wrong found before.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::id::{self, Thing};
use super::super::rules::{self, NETWORK};
use super::super::{Vk, convert, markup};
use super::change::listed_address;
use super::publish::remembered_until;
use super::upload::{Held, json_list};
use super::{Params, about, invalid, plain};
use crate::error::{Error, ErrorKind, Result, Rule, Violation};
use crate::model::{
    Attachment, Checked, Draft, LinkCard, MediaKind, Place, PlaceKind, Poll, Post, PostState,
    Prepared, Repeatable, Visibility,
};
use crate::network::Profile;
use crate::operation::Operation;
use crate::text::TextLimit;

/// What a prepared post is, for `commit` and `reconcile`, in this process or another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Ready {
    pub(super) what: What,
    /// The wall that it goes to.
    pub(super) owner: i64,
    /// Who is going to be its author, where that is known.
    pub(super) author: Option<i64>,
    /// The parameters of the one call.
    pub(super) params: BTreeMap<String, String>,
    /// The text as it is written there.
    pub(super) text: String,
    /// The files, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) files: Vec<(MediaKind, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    poll: Option<Poll>,
    /// Since when it may stand there, in seconds.
    pub(super) since: i64,
    /// When its name was given out for the first time, in seconds: an hour later the network has forgotten it.
    pub(super) named: i64,
    /// Whether the caller named it.
    #[serde(default)]
    pub(super) keyed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) schedule: Option<i64>,
}

/// What is published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// A post on a wall.
    Post,
    /// A comment under a post, perhaps as an answer to another.
    Comment { post: i64, answers: Option<i64> },
    /// Another's post with words of one's own.
    Quote { object: String },
}

impl Ready {
    /// The method that publishes it.
    pub(super) const fn method(&self) -> &'static str {
        match self.what {
            What::Post => "wall.post",
            What::Comment { .. } => "wall.createComment",
            What::Quote { .. } => "wall.repost",
        }
    }

    pub(super) fn params(&self) -> Params {
        self.params
            .iter()
            .fold(Params::new(), |params, (name, value)| {
                params.with(name.clone(), value)
            })
    }

    /// What its handle names, once its number is known.
    pub(super) const fn thing(&self, number: i64) -> Thing {
        match self.what {
            What::Comment { post, .. } => Thing::Comment {
                owner: self.owner,
                post,
                id: number,
            },
            What::Post | What::Quote { .. } => Thing::Post {
                owner: self.owner,
                id: number,
            },
        }
    }

    /// The post, from what was sent: all that is certain.
    pub(super) fn post(&self, number: i64) -> Post {
        let thing = self.thing(number);
        let mut post = Post::new(thing.post_id());
        post.url = Some(thing.url().into());
        post.author = self
            .author
            .map(|author| convert::bare_account(author).into());
        post.text = markup::read(&self.text);
        post.media = self
            .files
            .iter()
            .map(|(kind, file)| Attachment::new(kind.clone()).id(file.as_str()))
            .collect();
        post.link = self.link.as_deref().map(|url| Box::new(LinkCard::new(url)));
        post.poll = self.poll.clone().map(Box::new);
        if let Some(at) = self.schedule.and_then(|at| Timestamp::from_second(at).ok()) {
            post.state = PostState::Scheduled(at);
        }
        if !matches!(self.what, What::Comment { .. }) {
            let wall = Place::new(id::place_id(self.owner)).kind(PlaceKind::Wall);
            post.place = Some(wall);
        }
        match &self.what {
            What::Post => {}
            What::Comment {
                post: under,
                answers,
            } => {
                let root = Thing::Post {
                    owner: self.owner,
                    id: *under,
                };
                let parent = answers.map_or(root, |id| Thing::Comment {
                    owner: self.owner,
                    post: *under,
                    id,
                });
                post.reply_to = Some(parent.post_id());
                post.thread = Some(root.post_id());
            }
            What::Quote { object } => post.quote = Some(object.as_str().into()),
        }
        post
    }
}

/// Parameters of `wall.post` that the draft itself says, and those that would take it elsewhere.
const OURS: [&str; 14] = [
    "access_token",
    "attachments",
    "friends_only",
    "from_group",
    "group_id",
    "guid",
    "message",
    "object",
    "owner_id",
    "post_id",
    "publish_date",
    "reply_to_comment",
    "services",
    "v",
];

impl Vk {
    pub(in super::super) async fn prepared(&self, draft: &Checked<Draft>) -> Result<Prepared> {
        let operation = Operation::PUBLISH;
        let now = self.now();
        let key = match &draft.key {
            Some(key) => key.clone(),
            None => format!("{:016x}", self.inner.client.random().next()).into(),
        };
        let native = native(draft.native.get(NETWORK), "native.vk")?;
        let profile = self.inner.profile();
        // All that can be wrong is found before anything is asked or uploaded.
        let target = self.target(draft, now)?;
        let limit = profile
            .text
            .for_draft(!draft.media.is_empty(), draft.reply_to.is_some());
        let text = written(&draft.text, limit, "text")?;
        let me = self.owner(&operation).await?;
        let owner = target.wall.unwrap_or(me);
        let named = match (&draft.key, draft.created_at) {
            // The name may have been given out when the draft was written.
            (Some(_), Some(created)) => created.min(now),
            _ => now,
        };
        let as_community = self.inner.community.is_some() && (target.is_comment() || owner == me);
        let mut ready = Ready {
            author: match self.inner.community {
                Some(_) if !as_community => None,
                _ => Some(me),
            },
            what: target.what,
            owner,
            params: BTreeMap::new(),
            text,
            files: Vec::new(),
            link: draft.link.as_ref().map(|link| link.url.clone()),
            poll: draft.poll.clone(),
            since: named.as_second(),
            named: named.as_second(),
            keyed: draft.key.is_some(),
            schedule: draft.schedule.map(Timestamp::as_second),
        };
        let mut attachments = Vec::new();
        for (name, value) in native {
            if name == ATTACH {
                attachments.push(value);
            } else {
                ready.params.insert(name, value);
            }
        }
        let goal = self.goal(me, owner, matches!(ready.what, What::Comment { .. }));
        let held = self.held(&operation, &draft.media, goal).await?;
        let mut shown: Vec<String> = held.iter().map(|held| held.attachment.clone()).collect();
        shown.append(&mut attachments);
        ready.files = held
            .into_iter()
            .map(|Held { kind, attachment }| (kind, attachment))
            .collect();
        if let Some(poll) = &draft.poll {
            let params = poll_params(poll, draft.text.as_str(), owner, now)?;
            shown.push(self.created_poll(&operation, &params).await?);
        }
        if let Some(link) = &draft.link {
            // A second address would be refused, and the last is the one.
            shown.push(listed_address(&link.url));
            if let Some(title) = &link.title {
                ready.params.insert("link_title".to_owned(), title.clone());
            }
            if let Some(picture) = &link.thumbnail {
                let photo = self.card_photo(&operation, picture, goal).await?;
                ready.params.insert("link_photo_id".to_owned(), photo);
            }
        }
        let mut say = |name: &str, value: String| {
            ready.params.insert(name.to_owned(), value);
        };
        say("message", ready.text.clone());
        if !shown.is_empty() {
            say("attachments", shown.join(","));
        }
        match &ready.what {
            What::Post => {
                say("owner_id", owner.to_string());
                say("guid", id::guid(owner, key.as_str()));
                if as_community {
                    say("from_group", "1".to_owned());
                }
                if draft.visibility == Some(Visibility::Followers) {
                    say("friends_only", "1".to_owned());
                }
                if let Some(at) = draft.schedule {
                    say("publish_date", at.as_second().to_string());
                }
            }
            What::Comment { post, answers } => {
                say("owner_id", owner.to_string());
                say("post_id", post.to_string());
                say("guid", id::guid(owner, key.as_str()));
                if let Some(answers) = answers {
                    say("reply_to_comment", answers.to_string());
                }
                if let Some(community) = self.inner.community {
                    say("from_group", community.to_string());
                }
            }
            What::Quote { object } => {
                say("object", object.clone());
                if owner < 0 {
                    say("group_id", owner.unsigned_abs().to_string());
                }
            }
        }
        let payload = serde_json::to_value(&ready).map_err(|e| {
            Error::new(
                ErrorKind::Invalid(Vec::new()),
                format!("the post cannot be written as JSON: {e}"),
            )
            .with_network(NETWORK)
        })?;
        let mut prepared = Prepared::new(NETWORK, key, payload);
        prepared.account = Some(id::account_id(me));
        let hour = SignedDuration::from_secs(rules::GUID_SECONDS);
        prepared.expires_at = now.checked_add(hour).ok();
        // A quote has no name that VK would know again.
        if !matches!(ready.what, What::Quote { .. }) {
            prepared.repeatable = Repeatable::Until(remembered_until(ready.named));
        }
        Ok(prepared)
    }

    /// What is published and where, without asking anything.
    fn target(&self, draft: &Draft, now: Timestamp) -> Result<Target> {
        let together = |field: &str, message: &str| Err(invalid(Rule::Together, field, message));
        if draft.schedule.is_some_and(|at| at <= now) {
            let message = "the time lies in the past: leave it out to publish at once";
            return Err(invalid(Rule::Time, "schedule", message));
        }
        match draft.visibility {
            None | Some(Visibility::Public) | Some(Visibility::Followers) => {}
            Some(_) => {
                let message =
                    "there are posts for everybody and posts for friends (`followers`) alone";
                return Err(invalid(Rule::Unsupported, "visibility", message));
            }
        }
        let wall = match &draft.place {
            Some(place) => Some(id::place(&place.id)?),
            None => None,
        };
        let poll_alone = draft.poll.is_some()
            && draft.text.as_str().trim().is_empty()
            && draft.media.is_empty()
            && draft.link.is_none();
        if poll_alone {
            let message = "a poll does not stand alone here: add a text, which asks its question";
            return Err(invalid(Rule::Missing, "text", message));
        }
        if let Some(parent) = &draft.reply_to {
            for (wished, field, message) in [
                (
                    draft.link.is_some(),
                    "link",
                    "a comment has no card: put the address into its text",
                ),
                (draft.poll.is_some(), "poll", "a comment has no poll"),
                (
                    draft.schedule.is_some(),
                    "schedule",
                    "a comment is published at once",
                ),
                (
                    draft.quote.is_some(),
                    "quote",
                    "a comment quotes no post: put its address into the text",
                ),
                (
                    draft.visibility.is_some(),
                    "visibility",
                    "a comment is seen by whoever sees its post",
                ),
                (
                    wall.is_some(),
                    "place",
                    "a comment stands where its post does",
                ),
            ] {
                if wished {
                    return together(field, message);
                }
            }
            return match Thing::parse(parent.id.as_str()).map_err(|e| about(e, "reply_to"))? {
                Thing::Post { owner, id } => Ok(Target::comment(owner, id, None)),
                Thing::Comment { owner, post, id } => Ok(Target::comment(owner, post, Some(id))),
                Thing::Topic { .. } | Thing::TopicComment { .. } => Err(invalid(
                    Rule::Unsupported,
                    "reply_to",
                    "answers in topics of a board go by the native call board.createComment",
                )),
            };
        }
        if let Some(quoted) = &draft.quote {
            for (wished, field) in [
                (!draft.media.is_empty(), "media"),
                (draft.link.is_some(), "link"),
                (draft.poll.is_some(), "poll"),
                (draft.schedule.is_some(), "schedule"),
                (draft.visibility.is_some(), "visibility"),
            ] {
                if wished {
                    return together(
                        field,
                        "a quote is a repost with words here: it goes out at once, and takes nothing besides a text",
                    );
                }
            }
            if wall.is_some_and(|wall| wall > 0) {
                return together(
                    "place",
                    "a quote goes to one's own wall, or to a community's",
                );
            }
            let object = Thing::parse(quoted.id.as_str()).map_err(|e| about(e, "quote"))?;
            if !matches!(object, Thing::Post { .. }) {
                let message = "only posts are quoted here: put the comment's address into the text";
                return Err(invalid(Rule::Unsupported, "quote", message));
            }
            let object = object.to_string();
            return Ok(Target {
                what: What::Quote { object },
                wall,
            });
        }
        Ok(Target {
            what: What::Post,
            wall,
        })
    }

    /// What was prepared, if it was prepared for this identity.
    pub(super) async fn ready(&self, operation: &Operation, prepared: &Prepared) -> Result<Ready> {
        let wrong = |message: &str| {
            invalid(Rule::Malformed, "prepared", message).with_operation(operation.clone())
        };
        if prepared.network != NETWORK {
            return Err(wrong(
                "it was prepared for another network: pass it to that one",
            ));
        }
        let me = id::account_id(self.owner(operation).await?);
        if prepared
            .account
            .as_ref()
            .is_some_and(|account| *account != me)
        {
            return Err(wrong(
                "it was prepared for another account: pass it to that one",
            ));
        }
        Ready::deserialize(&prepared.payload)
            .map_err(|_| wrong("its payload is not what this version prepares: prepare it anew"))
    }
}

struct Target {
    what: What,
    /// The wall, where it is not one's own.
    wall: Option<i64>,
}

impl Target {
    const fn comment(owner: i64, post: i64, answers: Option<i64>) -> Self {
        Self {
            what: What::Comment { post, answers },
            wall: Some(owner),
        }
    }

    const fn is_comment(&self) -> bool {
        matches!(self.what, What::Comment { .. })
    }
}

/// A text as the network takes it, which may be longer than what its readers see.
pub(super) fn written(
    text: &crate::text::Text,
    limit: Option<&TextLimit>,
    field: &str,
) -> Result<String> {
    let written = markup::written(text);
    if let Some(Err(long)) = limit.map(|limit| limit.check(&written)) {
        let message = format!("with its mentions and links written out, {long}");
        let violation = Violation::error(Rule::TooLong, field, message).measured(
            long.max as u64,
            long.length as u64,
            long.unit,
        );
        return Err(Error::invalid(vec![violation]).with_network(NETWORK));
    }
    Ok(written)
}

/// The name under which files of native members stand, one by one.
pub(super) const ATTACH: &str = "attachments";

/// What has no common name: parameters of the method, such as `signed`, `mark_as_ads` or `copyright`. Files that the
/// network holds stand under `attachments`.
pub(super) fn native(value: Option<&Value>, field: &str) -> Result<Vec<(String, String)>> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let Value::Object(members) = value else {
        let message = "pass an object with parameters of the method, such as {\"signed\": true}";
        return Err(invalid(Rule::Malformed, field, message));
    };
    let mut out = Vec::new();
    for (name, value) in members {
        if name == "attachments" {
            let texts = match value {
                Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
                Value::String(text) => text.split(',').collect::<Vec<_>>(),
                _ => Vec::new(),
            };
            for text in texts {
                let file = text.into();
                let Some(file) = id::media(&file) else {
                    let message = format!(
                        "`{text}` is no file of this network: write it as market-1_2; addresses belong into `link`"
                    );
                    return Err(invalid(Rule::Malformed, field, message));
                };
                out.push((ATTACH.to_owned(), file.to_owned()));
            }
            continue;
        }
        if OURS.contains(&name.as_str()) {
            let message = format!("`{name}` is what the draft itself says: set it there");
            return Err(invalid(Rule::Together, field, message));
        }
        if let Some(text) = plain(value) {
            out.push((name.clone(), text));
        }
    }
    Ok(out)
}

/// How long a poll's question may be, in characters, where a post's text stands in for it.
const QUESTION: usize = 80;

fn poll_params(poll: &Poll, text: &str, owner: i64, now: Timestamp) -> Result<Params> {
    let question = match &poll.question {
        Some(question) => question.clone(),
        // The network wants one, and the text asks it.
        None => text.trim().chars().take(QUESTION).collect(),
    };
    if question.trim().is_empty() {
        let message = "a poll needs a question: set one, or add a text that asks it";
        return Err(invalid(Rule::Missing, "poll.question", message));
    }
    let ends = poll.open_for.map(|open| {
        let open = SignedDuration::try_from(open).unwrap_or(SignedDuration::MAX);
        now.checked_add(open).unwrap_or(Timestamp::MAX).as_second()
    });
    Ok(Params::new()
        .with("question", question)
        .with(
            "add_answers",
            json_list(poll.options.iter().map(|option| option.text.as_str())),
        )
        .flag("is_multiple", poll.multiple)
        .maybe("end_date", ends)
        .with("owner_id", owner))
}

/// The limit of a text that is changed: a comment's or a post's.
pub(super) fn edit_limit(profile: &Profile, comment: bool) -> Option<&TextLimit> {
    profile.text.for_draft(false, comment)
}
