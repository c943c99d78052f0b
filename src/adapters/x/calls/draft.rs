//! From a draft to the one call that publishes it: files uploaded, the text written, all that can be wrong found before.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::rules::limits::{POLL_MINUTES, POLL_USUAL_MINUTES};
use super::super::rules::{NETWORK, PAGES, Tier, UPLOAD_KEPT};
use super::super::wire::{CreatePost, MediaIds, NewPoll, Reply};
use super::super::{X, convert, id};
use super::invalid;
use super::upload::{Goal, Held};
use crate::error::{Error, ErrorKind, Result, Rule, Violation};
use crate::model::{Attachment, Checked, Draft, MediaKind, Place, Poll, Post, PostRef, Prepared};
use crate::operation::Operation;
use crate::text::{SpanKind, Text, TextLimit};

/// What a prepared post is, for `commit` and `reconcile`, in this process or another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Ready {
    pub(super) body: CreatePost,
    /// The text as the caller wrote it, where it is sent so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<Text>,
    /// The account that publishes.
    pub(super) me: String,
    /// The files, in their order, with their descriptions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    files: Vec<(MediaKind, String, Option<String>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    poll: Option<Poll>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread: Option<String>,
    /// Since when it may stand there, in seconds.
    pub(super) since: i64,
    /// Whether the caller named it.
    #[serde(default)]
    pub(super) keyed: bool,
}

impl Ready {
    /// The post, from what was sent: all that is certain.
    pub(super) fn post(&self, number: &str) -> Post {
        let mut post = Post::new(number);
        post.url = Some(format!("{PAGES}/i/web/status/{number}").into());
        post.author = Some(convert::bare_account(&self.me).into());
        post.text = self
            .text
            .clone()
            .unwrap_or_else(|| Text::plain(self.body.text.as_str()));
        post.media = self
            .files
            .iter()
            .map(|(kind, file, alt)| {
                let mut attachment = Attachment::new(kind.clone()).id(file.as_str());
                attachment.alt = alt.as_deref().map(Into::into);
                attachment
            })
            .collect();
        post.poll = self.poll.clone().map(Box::new);
        post.reply_to = self
            .body
            .reply
            .as_ref()
            .map(|reply| reply.in_reply_to_tweet_id.as_str().into());
        post.thread = self.thread.as_deref().map(Into::into);
        post.quote = self.body.quote_tweet_id.as_deref().map(Into::into);
        post.place = self.body.community_id.as_deref().map(Place::from);
        post
    }
}

/// Members that the draft itself says.
const OURS: [&str; 9] = [
    "text",
    "media",
    "reply",
    "quote_tweet_id",
    "poll",
    "community_id",
    "edit_options",
    "in_reply_to_tweet_id",
    "media_ids",
];

impl X {
    pub(in super::super) async fn prepared(&self, draft: &Checked<Draft>) -> Result<Prepared> {
        let operation = Operation::PUBLISH;
        let now = self.now();
        let key = match &draft.key {
            Some(key) => key.clone(),
            None => format!("{:016x}", self.inner.client.random().next()).into(),
        };
        // All that can be wrong is found before anything is asked or uploaded.
        let mut body = self.written(draft)?;
        let native = native(draft.native.get(NETWORK))?;
        let thread = thread_of(draft.reply_to.as_ref());
        if let Some(parent) = &draft.reply_to {
            body.reply = Some(Reply {
                in_reply_to_tweet_id: id::post(&parent.id)
                    .map_err(|e| about(e, "reply_to"))?
                    .to_owned(),
                exclude_reply_user_ids: native.excluded,
            });
        }
        if let Some(quoted) = &draft.quote {
            let number = id::post(&quoted.id).map_err(|e| about(e, "quote"))?;
            body.quote_tweet_id = Some(number.to_owned());
        }
        if let Some(place) = &draft.place {
            body.community_id = Some(id::community(&place.id)?.to_owned());
        }
        body.native = native.members;
        let me = self.my_number(&operation).await?;
        let held = self.held(&operation, &draft.media, Goal::Post).await?;
        if !held.is_empty() {
            body.media = Some(MediaIds {
                media_ids: held.iter().map(|held| held.id.clone()).collect(),
                tagged_user_ids: native.tagged,
            });
        }
        let since = match (&draft.key, draft.created_at) {
            // It may have been published when the draft was written.
            (Some(_), Some(created)) => created.min(now),
            _ => now,
        };
        let as_written = body.text == draft.text.as_str();
        let ready = Ready {
            text: as_written.then(|| draft.text.clone()),
            me: me.as_str().to_owned(),
            files: held
                .into_iter()
                .map(|Held { kind, id, alt }| (kind, id, alt))
                .collect(),
            poll: draft.poll.clone(),
            thread,
            since: since.as_second(),
            keyed: draft.key.is_some(),
            body,
        };
        let payload = serde_json::to_value(&ready).map_err(|e| {
            Error::new(
                ErrorKind::Invalid(Vec::new()),
                format!("the post cannot be written as JSON: {e}"),
            )
            .with_network(NETWORK)
        })?;
        let mut prepared = Prepared::new(NETWORK, key, payload);
        prepared.account = Some(me);
        if !draft.media.is_empty() {
            prepared.expires_at = now.checked_add(UPLOAD_KEPT).ok();
        }
        Ok(prepared)
    }

    /// The text and the poll, and whether everything goes together.
    fn written(&self, draft: &Draft) -> Result<CreatePost> {
        let mut text = plain(&draft.text);
        let mut body = CreatePost::default();
        if let Some(poll) = &draft.poll {
            for (wished, field) in [
                (!draft.media.is_empty(), "media"),
                (draft.quote.is_some(), "quote"),
            ] {
                if wished {
                    let message = "a poll stands alone here: without files and without a quote";
                    return Err(invalid(Rule::Together, field, message));
                }
            }
            if let Some(question) = &poll.question
                && !text.contains(question.as_str())
            {
                // The text asks it.
                append(&mut text, question);
            }
            body.poll = Some(new_poll(poll)?);
        }
        let profile = self.inner.profile();
        let limit = profile
            .text
            .for_draft(!draft.media.is_empty(), draft.reply_to.is_some());
        self.check_text(&text, limit)?;
        body.text = text;
        Ok(body)
    }

    /// Finds what X refuses of a text.
    pub(super) fn check_text(&self, text: &str, limit: Option<&TextLimit>) -> Result<()> {
        if let Some(Err(long)) = limit.map(|limit| limit.check(text)) {
            let message = format!(
                "{} {} are {} too many: {} are allowed; shorten it or split it into a thread",
                long.length, long.unit, long.over_by, long.max
            );
            let violation = Violation::error(Rule::TooLong, "text", message);
            let measured = violation.measured(long.max as u64, long.length as u64, long.unit);
            return Err(Error::invalid(vec![measured]).with_network(NETWORK));
        }
        if text.contains(['\u{fffe}', '\u{feff}', '\u{ffff}']) {
            let message =
                "the text holds a sign that is none (U+FFFE, U+FEFF or U+FFFF): take it out";
            return Err(invalid(Rule::Malformed, "text", message));
        }
        let cashtags = cashtags(text);
        if cashtags > 1 && self.inner.knows(|facts| facts.tier) == Tier::SelfServe {
            let message = "on this plan a post holds one cashtag: take the others out";
            let violation = Violation::error(Rule::TooMany, "text", message);
            let measured = violation.measured(1, cashtags, "cashtags");
            return Err(Error::invalid(vec![measured]).with_network(NETWORK));
        }
        Ok(())
    }
}

/// The thread that an answer belongs to, as far as it is known.
fn thread_of(parent: Option<&PostRef>) -> Option<String> {
    parent?
        .thread
        .as_ref()
        .map(|thread| thread.as_str().to_owned())
}

/// What a draft or an edit says in the network's own words.
pub(super) struct Native {
    members: Map<String, Value>,
    tagged: Vec<String>,
    excluded: Vec<String>,
}

/// Reads what a draft says in the network's own words.
fn native(value: Option<&Value>) -> Result<Native> {
    let wrong = |message: &str| Err(invalid(Rule::Malformed, "native.x", message));
    let mut members = match value {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(members)) => members.clone(),
        Some(_) => {
            return wrong(
                "it is no object: pass members of the request, such as {\"made_with_ai\": true}",
            );
        }
    };
    if let Some(name) = OURS.iter().find(|name| members.contains_key(**name)) {
        let message =
            format!("`{name}` is said by the draft itself: take it out of the native part");
        return Err(invalid(Rule::Together, "native.x", message));
    }
    let mut numbers = |name: &str| -> Result<Vec<String>> {
        let items = match members.remove(name) {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => Vec::from([Value::Null]),
        };
        let read = items.iter().map(|item| {
            item.as_str()
                .filter(|text| id::is_number(text))
                .map(str::to_owned)
        });
        read.collect::<Option<Vec<String>>>().ok_or_else(|| {
            let message = format!("`{name}` is a list of accounts' numbers in quotes");
            invalid(Rule::Malformed, "native.x", message)
        })
    };
    Ok(Native {
        tagged: numbers("tagged_user_ids")?,
        excluded: numbers("exclude_reply_user_ids")?,
        members,
    })
}

/// Adds something behind a text, apart from it.
pub(super) fn append(text: &mut String, more: &str) {
    if !text.is_empty() && !text.ends_with(char::is_whitespace) {
        text.push(' ');
    }
    text.push_str(more);
}

/// A text without markup: a link's address stands behind its label, a mention by its handle.
pub(super) fn plain(text: &Text) -> String {
    let told = text.as_str();
    let mut out = String::with_capacity(told.len());
    let mut past = 0;
    for span in text.spans().iter().filter(|span| span.kind.is_entity()) {
        let label = told.get(span.range()).unwrap_or_default();
        out.push_str(told.get(past..span.start).unwrap_or_default());
        past = span.end;
        match &span.kind {
            SpanKind::Link(url) => {
                out.push_str(label);
                let bare = |url: &str| {
                    url.trim_start_matches("https://")
                        .trim_start_matches("http://")
                        .trim_end_matches('/')
                        .to_owned()
                };
                if bare(label) != bare(url) {
                    out.push(' ');
                    out.push_str(url);
                }
            }
            SpanKind::Mention(mention)
                if label.trim_start_matches(['@', '＠']) != mention.handle =>
            {
                out.push('@');
                out.push_str(&mention.handle);
            }
            SpanKind::Hashtag(tag) if !label.starts_with(['#', '＃']) => {
                out.push('#');
                out.push_str(tag);
            }
            _ => out.push_str(label),
        }
    }
    out.push_str(told.get(past..).unwrap_or_default());
    out
}

/// How many cashtags a text holds: a `$` and up to six letters.
fn cashtags(text: &str) -> u64 {
    let words = text.split(|c: char| c.is_whitespace());
    let is_one = |word: &str| {
        let Some(name) = word.strip_prefix('$') else {
            return false;
        };
        let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
        let after = name.get(letters..).and_then(|rest| rest.chars().next());
        (1..=6).contains(&letters) && after.is_none_or(|c| !c.is_alphanumeric())
    };
    words.filter(|word| is_one(word)).count() as u64
}

fn new_poll(poll: &Poll) -> Result<NewPoll> {
    if poll.multiple {
        let message = "in a poll of X one answer is chosen: leave `multiple` out";
        return Err(invalid(Rule::Unsupported, "poll.multiple", message));
    }
    let minutes = match poll.open_for {
        None => POLL_USUAL_MINUTES,
        Some(open) => open.as_secs().div_ceil(60),
    };
    if !(POLL_MINUTES.0..=POLL_MINUTES.1).contains(&minutes) {
        let message = format!(
            "a poll is open from {} minutes to {} days: set another time",
            POLL_MINUTES.0,
            POLL_MINUTES.1 / 1440
        );
        return Err(invalid(Rule::Time, "poll.open_for", message));
    }
    Ok(NewPoll {
        options: poll
            .options
            .iter()
            .map(|option| option.text.clone())
            .collect(),
        duration_minutes: minutes,
    })
}

/// An error that names another field than the one where it was found.
fn about(error: Error, field: &str) -> Error {
    let ErrorKind::Invalid(violations) = error.kind() else {
        return error;
    };
    let mut violations: Vec<Violation> = violations.clone();
    for violation in &mut violations {
        field.clone_into(&mut violation.field);
    }
    error.with_kind(ErrorKind::Invalid(violations))
}

/// The moment that a number of seconds is.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_markup_still_leads_where_it_led() {
        let text = Text::plain("Hello ")
            .mention_id("Bob", "bob", "7")
            .push(", see ")
            .link("the notes", "https://example.com/notes")
            .push(" and ")
            .link("example.com/a", "https://example.com/a")
            .push(" ")
            .hashtag("мир");
        assert_eq!(
            plain(&text),
            "Hello @bob, see the notes https://example.com/notes and example.com/a #мир"
        );
    }

    #[test]
    fn cashtags_are_counted_and_prices_are_not() {
        for (text, count) in [
            ("$TWTR and $AAPL.", 2),
            ("$5 and 5$", 0),
            ("$ABCDEFGH", 0),
            ("a$B", 0),
        ] {
            assert_eq!(cashtags(text), count, "{text}");
        }
    }

    #[test]
    fn what_the_draft_says_itself_is_not_said_again() {
        let native = |json: &str| super::native(Some(&serde_json::from_str(json).unwrap()));
        let read = native(r#"{"reply_settings":"following","tagged_user_ids":["12"]}"#).unwrap();
        assert_eq!(read.tagged, ["12"]);
        assert_eq!(read.members.len(), 1);
        for bad in [
            r#"{"text":"x"}"#,
            "[1]",
            r#"{"tagged_user_ids":[12]}"#,
            r#"{"exclude_reply_user_ids":"12"}"#,
        ] {
            assert!(native(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_poll_is_open_for_as_long_as_may_be() {
        let poll = Poll::new(["a", "b"]);
        assert_eq!(new_poll(&poll).unwrap().duration_minutes, 1440);
        let minutes = |minutes: u64| {
            new_poll(
                &poll
                    .clone()
                    .open_for(std::time::Duration::from_secs(minutes * 60)),
            )
        };
        assert!(minutes(5).is_ok() && minutes(10_080).is_ok());
        assert!(minutes(4).is_err() && minutes(10_081).is_err());
        assert!(new_poll(&poll.multiple(true)).is_err());
    }
}
