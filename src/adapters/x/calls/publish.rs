//! Publishing: one call, and the look at what became of it where its answer was lost.

use std::borrow::Cow;

use jiff::SignedDuration;
use serde::Deserialize;

use super::super::rules::endpoints::{CREATE_POST, USER_POSTS};
use super::super::rules::limits::post_limit;
use super::super::rules::prices::Item;
use super::super::rules::{NETWORK, PAGE};
use super::super::wire::{self, CreatePost};
use super::super::{X, compose, id};
use super::draft::{Ready, at};
use super::posts::LEAST;
use super::{Call, invalid, told};
use crate::client::{Answer, WriteSafety};
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::id::PostId;
use crate::model::{Post, Prepared, Reconciled};
use crate::operation::Operation;

/// How much earlier than by our clock a post may be dated.
const SKEW: SignedDuration = SignedDuration::from_secs(30);
/// After how long a post stands in listings at the latest. X does not say; reports speak of seconds.
const LISTED_WITHIN: SignedDuration = SignedDuration::from_secs(60);
/// Signs that end a word behind an address, and are no part of it.
const AFTER_ADDRESSES: [char; 9] = [')', ']', '.', ',', '!', '?', ';', ':', '"'];
/// How many pages of one's own posts are looked through.
const LOOK_PAGES: u32 = 3;

/// What a look at one's own posts found.
enum Look {
    Found(Box<Post>),
    Absent,
    /// There is too much to be seen.
    Unclear,
}

impl X {
    pub(in super::super) async fn committed(&self, prepared: &Prepared) -> Result<Post> {
        let operation = Operation::PUBLISH;
        let ready = self.ready(&operation, prepared).await?;
        let key = prepared.key.as_str();
        match self.create(&operation, &ready.body).await {
            Ok((number, answer)) => {
                let mut post = ready.post(&number);
                post.raw = answer.raw();
                Ok(post)
            }
            Err(error) if matches!(error.kind(), ErrorKind::Duplicate(_)) => {
                self.duplicate(&operation, &ready, key, error).await
            }
            Err(error) => {
                if error.is_unconfirmed() {
                    self.inner.doubts.renew(key, self.now());
                }
                Err(error)
            }
        }
    }

    /// Makes a post, and tells its number.
    pub(super) async fn create(
        &self,
        operation: &Operation,
        body: &CreatePost,
    ) -> Result<(String, Answer)> {
        let call = Call::of_new_post(&body.text, body.reply.is_some());
        let answer = self
            .tell(operation, call, Some(body), WriteSafety::Reconcilable)
            .await?;
        let done: wire::Done<'_> = told(&answer)?;
        let number = done
            .data
            .get()
            .and_then(|done| done.id.get())
            .map(str::to_owned);
        match number {
            Some(number) => Ok((number, answer)),
            None => Err(answer.unreadable("it does not tell the number of what was published")),
        }
    }

    /// X refuses the same words again, and does not say which post has them. Where it was in doubt whether this very
    /// publication happened, it did, even if it does not show yet.
    async fn duplicate(
        &self,
        operation: &Operation,
        ready: &Ready,
        key: &str,
        error: Error,
    ) -> Result<Post> {
        let doubted = self.inner.doubts.since(key).is_some();
        if (ready.keyed || doubted)
            && let Ok(Look::Found(post)) = self.look(operation, ready, ready.since).await
        {
            return Ok(*post);
        }
        if doubted {
            let message = "X has these words already, it was in doubt whether by this publication, and it does not show \
                           which post has them: look again in a minute";
            return Err(error
                .with_kind(ErrorKind::Unconfirmed)
                .with_message(message));
        }
        // As far back as a page reaches, so that the caller learns which one it is.
        let found = match self.look(operation, ready, 0).await {
            Ok(Look::Found(post)) => Some(post.id),
            _ => None,
        };
        Err(error.with_kind(ErrorKind::Duplicate(found)))
    }

    pub(in super::super) async fn reconciled(&self, prepared: &Prepared) -> Result<Reconciled> {
        let operation = Operation::RECONCILE;
        let ready = self.ready(&operation, prepared).await?;
        let (key, doubts) = (prepared.key.as_str(), &self.inner.doubts);
        // Asked before the look: what is listed by then is in it.
        let fresh = doubts.is_fresh(key, self.now(), LISTED_WITHIN);
        Ok(match self.look(&operation, &ready, ready.since).await? {
            Look::Found(post) => Reconciled::Published(post),
            Look::Absent if fresh => Reconciled::Unknown,
            // Should it appear all the same, X refuses the same words again.
            Look::Absent => Reconciled::NotPublished,
            Look::Unclear => Reconciled::Unknown,
        })
    }

    /// What was prepared, if it was prepared for this identity.
    async fn ready(&self, operation: &Operation, prepared: &Prepared) -> Result<Ready> {
        let wrong = |message: &str| {
            invalid(Rule::Malformed, "prepared", message).with_operation(operation.clone())
        };
        if prepared.network != NETWORK {
            return Err(wrong(
                "it was prepared for another network: pass it to that one",
            ));
        }
        let ready = Ready::deserialize(&prepared.payload)
            .map_err(|_| wrong("its payload is not what this version prepares: prepare it anew"))?;
        if self.my_number(operation).await?.as_str() != ready.me {
            return Err(wrong(
                "it was prepared for another account: pass it to that one",
            ));
        }
        Ok(ready)
    }

    /// Looks for a post among one's own, since a moment; since the epoch, among the newest alone.
    async fn look(&self, operation: &Operation, ready: &Ready, since: i64) -> Result<Look> {
        let start = at(since).checked_sub(SKEW).ok().filter(|_| since > 0);
        let mut token: Option<String> = None;
        for _ in 0..LOOK_PAGES {
            let call = Call::of(USER_POSTS, &[&ready.me])
                .listing(PAGE, LEAST)
                .maybe("start_time", start.map(|start| at(start.as_second())))
                .maybe("pagination_token", token.as_deref())
                .of_posts();
            let answer = self.ask(operation, call).await?;
            let found: wire::Posts<'_> = told(&answer)?;
            let listed = compose::posts(&found);
            if let Some(post) = listed
                .posts
                .into_iter()
                .find(|post| is_it(&ready.body, post))
            {
                return Ok(Look::Found(Box::new(post)));
            }
            token = found.meta.get().and_then(|meta| meta.next_token.owned());
            if token.is_none() {
                return Ok(Look::Absent);
            }
            if since == 0 {
                break;
            }
        }
        Ok(Look::Unclear)
    }
}

impl Call {
    /// Makes a post of these words, an answer or anything else: an address in it costs more.
    pub(super) fn of_new_post(text: &str, answers: bool) -> Self {
        let item = if post_limit(usize::MAX).holds_link(text) {
            Item::PostCreateWithUrl
        } else {
            Item::PostCreate
        };
        Self::of(CREATE_POST, &[]).billed(item).publishes(answers)
    }
}

/// Whether a post is what was sent: its words, and what it answers and quotes.
///
/// X makes a quote of a post whose address stands in a text, and shows the file whose address does; it tells such an
/// address as the quote or the file, and not in the text.
fn is_it(sent: &CreatePost, post: &Post) -> bool {
    let answers = sent
        .reply
        .as_ref()
        .map(|reply| reply.in_reply_to_tweet_id.as_str());
    let told = |id: &Option<PostId>| id.as_ref().map(|id| id.as_str().to_owned());
    let quote = told(&post.quote);
    let written = |found: &dyn Fn(&str, &str) -> bool| {
        let mut words = sent.text.split_whitespace();
        words.any(|word| addressed(word).is_some_and(|number| found(word, &number)))
    };
    let quotes = quote.as_deref() == sent.quote_tweet_id.as_deref()
        || (sent.quote_tweet_id.is_none()
            && written(&|_, number| quote.as_deref() == Some(number)));
    let files = sent.media.as_ref().map_or(0, |media| media.media_ids.len());
    let shows = post.media.len() > files && written(&|word, _| is_of_a_file(word));
    let added = |word: &str| {
        addressed(word)
            .is_some_and(|number| quote.as_ref() == Some(&number) || (shows && is_of_a_file(word)))
    };
    let bare = |text: &str| {
        let words = text.split_whitespace().filter(|word| !added(word));
        words.collect::<Vec<&str>>().join(" ")
    };
    let (words, read) = (sent.text.as_str(), post.text.as_str());
    post.reposted_by.is_none()
        && told(&post.reply_to).as_deref() == answers
        && quotes
        && (post.media.len() == files || shows)
        && (same_words(words, read, answers.is_some())
            || same_words(&bare(words), &bare(read), answers.is_some()))
}

/// The number of the post whose address a word is.
fn addressed(word: &str) -> Option<String> {
    let whole = if word.contains("://") {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("https://{word}"))
    };
    id::post_number(&whole).map(str::to_owned)
}

/// Whether a text holds the address of a post.
pub(super) fn addresses(text: &str, number: &str) -> bool {
    text.split_whitespace()
        .any(|word| addressed(word).as_deref() == Some(number))
}

/// Whether the address of a post is that of one of its files.
fn is_of_a_file(address: &str) -> bool {
    address.contains("/photo/") || address.contains("/video/")
}

/// Whether a text that was read is the one that was sent: X shortens addresses and writes out those without a scheme, and
/// before an answer it writes whom it answers.
pub(super) fn same_words(sent: &str, read: &str, answer: bool) -> bool {
    let words = |text: &str| -> Vec<String> {
        let word = |word: &str| {
            // The address of a post has several forms.
            if let Some(number) = addressed(word) {
                return ["status/", &number].concat();
            }
            // An address may stand within a word: in brackets, say.
            let bare = word.replace("https://", "").replace("http://", "");
            let end = bare.trim_end_matches(AFTER_ADDRESSES).len();
            let (front, after) = bare.split_at(end);
            [front.trim_end_matches('/'), after].concat()
        };
        text.split_whitespace().map(word).collect()
    };
    let (sent, mut read) = (words(sent), words(read));
    if answer {
        let mentions = read.iter().take_while(|word| word.starts_with('@')).count();
        let ours = sent.iter().take_while(|word| word.starts_with('@')).count();
        read.drain(..mentions.saturating_sub(ours));
    }
    sent == read
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_same_words_are_known_again() {
        for (sent, read, answer) in [
            ("a  b\nc", "a b c", false),
            ("see example.com/a", "see http://example.com/a", false),
            ("see https://example.com", "see https://example.com/", false),
            (
                "https://x.com/a/status/5?s=20 is so",
                "https://twitter.com/a/status/5 is so",
                false,
            ),
            ("Read (example.com)", "Read (http://example.com)", false),
            ("(https://example.com).", "(https://example.com/).", false),
            ("yes", "@ann @bob yes", true),
            ("@ann yes", "@ann yes", true),
        ] {
            assert!(same_words(sent, read, answer), "{sent}");
        }
        assert!(!same_words("yes", "@ann yes", false));
        assert!(!same_words("yes", "no", false));
        assert!(!same_words("@ann yes", "yes", true));
    }

    /// Whether a post that is told so is what was sent.
    fn is_told(sent: CreatePost, told: Value) -> bool {
        let told = serde_json::to_string(&told).unwrap().leak();
        let told: wire::OnePost<'_> = wire::told(told);
        let post = compose::one(told.data.get().unwrap(), told.includes.get()).unwrap();
        is_it(&sent, &post)
    }

    fn says(text: &str) -> CreatePost {
        CreatePost {
            text: text.to_owned(),
            ..CreatePost::default()
        }
    }

    /// A text of a word and one address, told short.
    fn with_address(to: &str, more: Value) -> Value {
        let mut told = json!({"id": "79", "text": "See https://t.co/q", "author_id": "1",
            "entities": {"urls": [{"start": 4, "end": 18, "url": "https://t.co/q", "expanded_url": to}]}});
        told.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({ "data": told })
    }

    #[test]
    fn a_post_that_an_address_made_a_quote_is_known_again() {
        let quoted = json!({"referenced_tweets": [{"type": "quoted", "id": "12"}]});
        for (sent, to) in [
            (
                "See https://x.com/bob/status/12",
                "https://x.com/bob/status/12",
            ),
            (
                "See https://x.com/bob/status/12?s=20",
                "https://twitter.com/bob/status/12?s=20",
            ),
            ("See x.com/bob/status/12", "http://x.com/bob/status/12"),
        ] {
            assert!(
                is_told(says(sent), with_address(to, quoted.clone())),
                "{sent}"
            );
            // The quoted post may be gone by then.
            assert!(
                sent.contains('?') || is_told(says(sent), with_address(to, json!({}))),
                "{sent}"
            );
        }
        let told = || with_address("https://x.com/bob/status/12", quoted.clone());
        for other in [
            "See https://x.com/bob/status/13",
            "Saw https://x.com/bob/status/12",
            "See",
        ] {
            assert!(!is_told(says(other), told()), "{other}");
        }
    }

    #[test]
    fn a_post_that_shows_the_file_of_an_address_is_known_again() {
        let file = "https://x.com/nasa/status/5/photo/1";
        let mut told = with_address(file, json!({"attachments": {"media_keys": ["3_9"]}}));
        told["data"]["entities"]["urls"][0]["media_key"] = json!("3_9");
        told["includes"] = json!({"media": [{"media_key": "3_9", "type": "photo"}]});
        assert!(is_told(says(&format!("See {file}")), told.clone()));
        // Without an address, a file that was not sent is another post's.
        assert!(!is_told(says("See"), told));
    }
}
