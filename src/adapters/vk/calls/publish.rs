//! Publishing: one call under a name that the network remembers for an hour, and the look at what became of it.

use jiff::{SignedDuration, Timestamp};

use super::super::rules::{self, NETWORK, TokenKind};
use super::super::wire::{self, KeptPost, Obj};
use super::super::{Vk, convert, markup};
use super::comments::WHOLE;
use super::draft::{Ready, What};
use super::{Params, response};
use crate::client::WriteSafety;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Post, PostState, Prepared, Reconciled};
use crate::operation::Operation;

/// How much earlier than by our clock a post may be dated, in seconds.
const SKEW: i64 = 30;
/// How long before the hour is over a name is not relied on any more, in seconds.
const MARGIN: i64 = 60;

/// After how long a wall shows what was published at the latest. VK does not say.
const LISTED_WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// What a look at the wall found.
enum Look {
    Found(Found),
    Absent,
    /// There is too much, or too little to be seen.
    Unclear,
}

/// What stands there.
struct Found {
    number: i64,
    /// When it was published, in seconds, as far as that is told.
    date: wire::Int,
    /// Whether it waits for its time.
    waits: bool,
}

impl Found {
    /// The post as it was prepared, and as it stands there by now.
    fn post(&self, ready: &Ready) -> Post {
        let mut post = ready.post(self.number);
        if !self.waits {
            post.state = PostState::Live;
            post.created_at = convert::time(self.date);
        }
        post
    }
}

/// Until when the network knows a name again that was given at this second.
pub(super) fn remembered_until(named: i64) -> Timestamp {
    let named = Timestamp::from_second(named).unwrap_or(Timestamp::MIN);
    later(named, rules::GUID_SECONDS - MARGIN)
}

impl Vk {
    pub(in super::super) async fn committed(&self, prepared: &Prepared) -> Result<Post> {
        let operation = Operation::PUBLISH;
        let ready = self.ready(&operation, prepared).await?;
        let mut until = remembered_until(ready.named);
        let now = self.now();
        // A quote has no name at all; any other name is forgotten in the end.
        let quote = matches!(ready.what, What::Quote { .. });
        let (key, doubts) = (prepared.key.as_str(), &self.inner.doubts);
        let fresh = doubts.since(key).is_some() && doubts.is_fresh(key, now, LISTED_WITHIN);
        if quote && ready.keyed || now >= until {
            match self.look(&operation, &ready).await {
                Ok(Look::Found(found)) => return Ok(found.post(&ready)),
                Ok(Look::Absent) if fresh => return Err(self.too_new(&operation)),
                Ok(Look::Absent) => {}
                Ok(Look::Unclear) => return Err(self.too_old(&operation)),
                Err(error) if matches!(error.kind(), ErrorKind::Forbidden(_)) => {
                    return Err(self.too_old(&operation));
                }
                Err(error) => return Err(error),
            }
            until = later(now, rules::GUID_SECONDS - MARGIN);
        }
        let safety = if quote {
            WriteSafety::Reconcilable
        } else {
            WriteSafety::Keyed { until: Some(until) }
        };
        let kind = self.writer(&operation, &ready)?;
        let answer = self
            .tell_as(kind, &operation, ready.method(), &ready.params(), safety)
            .await;
        if answer.as_ref().is_err_and(Error::is_unconfirmed) {
            doubts.renew(key, self.now());
        }
        let answer = answer?;
        let number = match ready.what {
            What::Comment { .. } => response::<wire::Commented>(&answer)?.comment_id,
            What::Post | What::Quote { .. } => response::<wire::Posted>(&answer)?.post_id,
        };
        let Some(number) = number.0.filter(|number| *number > 0) else {
            return Err(answer.unreadable("it does not tell the number of what was published"));
        };
        let mut post = ready.post(number);
        post.raw = answer.raw();
        Ok(post)
    }

    pub(in super::super) async fn reconciled(&self, prepared: &Prepared) -> Result<Reconciled> {
        let operation = Operation::RECONCILE;
        let ready = self.ready(&operation, prepared).await?;
        let (key, doubts) = (prepared.key.as_str(), &self.inner.doubts);
        let fresh = doubts.is_fresh(key, self.now(), LISTED_WITHIN);
        Ok(match self.look(&operation, &ready).await? {
            Look::Found(found) => Reconciled::Published(Box::new(found.post(&ready))),
            Look::Absent if fresh => Reconciled::Unknown,
            Look::Absent => Reconciled::NotPublished,
            Look::Unclear => Reconciled::Unknown,
        })
    }

    fn too_new(&self, operation: &Operation) -> Error {
        Error::new(
            ErrorKind::Unconfirmed,
            "it may have been published within the last minute, in which walls need not show it: nothing was sent; look \
             again in a minute",
        )
        .with_network(NETWORK)
        .with_operation(operation.clone())
    }

    fn too_old(&self, operation: &Operation) -> Error {
        Error::new(
            ErrorKind::Unconfirmed,
            "it was prepared an hour ago or more, since when the network may have published and forgotten it, and it \
             cannot be looked for: nothing was sent; look at the wall, and prepare it anew under another key if it is not \
             there",
        )
        .with_network(NETWORK)
        .with_operation(operation.clone())
    }

    /// By whose token a post is published: a community's only for what is the community's own, and without files.
    fn writer(&self, operation: &Operation, ready: &Ready) -> Result<TokenKind> {
        let own = self.inner.owner() == Some(ready.owner);
        let plain = ready.files.is_empty() && !ready.params.contains_key("attachments");
        if self.inner.tokens.has().user && !(own && plain) {
            return Ok(TokenKind::User);
        }
        self.token_for(operation, ready.method())
    }

    /// Looks whether a post stands where it should.
    async fn look(&self, operation: &Operation, ready: &Ready) -> Result<Look> {
        if let What::Comment { post, answers } = ready.what {
            return self.look_below(operation, ready, post, answers).await;
        }
        let mut scheduled = Look::Absent;
        if ready.schedule.is_some() {
            scheduled = self.look_at(operation, ready, Some("postponed")).await?;
        }
        match scheduled {
            // Its time may have come.
            Look::Absent => self.look_at(operation, ready, None).await,
            found => Ok(found),
        }
    }

    async fn look_at(
        &self,
        operation: &Operation,
        ready: &Ready,
        filter: Option<&str>,
    ) -> Result<Look> {
        let kind = match filter {
            // Only who may publish sees what is going to be published.
            Some(_) if !self.inner.tokens.has().user => return Ok(Look::Unclear),
            Some(_) => TokenKind::User,
            None => self.token_for(operation, "wall.get")?,
        };
        for page in 0..rules::LOOK_PAGES {
            let params = Params::new()
                .with("owner_id", ready.owner)
                .with("count", rules::LOOK_BACK)
                .with("offset", page * rules::LOOK_BACK)
                .maybe("filter", filter);
            let answer = self.ask_as(kind, operation, "wall.get", &params).await?;
            let wall: wire::Kept<'_> = response(&answer)?;
            match seen(ready, &wall.items.0, filter.is_some()) {
                Look::Unclear => {}
                look => return Ok(look),
            }
        }
        Ok(Look::Unclear)
    }

    async fn look_below(
        &self,
        operation: &Operation,
        ready: &Ready,
        post: i64,
        answers: Option<i64>,
    ) -> Result<Look> {
        for page in 0..rules::LOOK_PAGES {
            let params = Params::new()
                .with("owner_id", ready.owner)
                .with("post_id", post)
                .with("count", rules::LOOK_BACK)
                .with("offset", page * rules::LOOK_BACK)
                .with("sort", "desc")
                .with("thread_items_count", 10)
                .with("preview_length", WHOLE)
                .maybe("comment_id", answers);
            let answer = self.ask(operation, "wall.getComments", &params).await;
            let answer = match answer {
                // Neither is there anything below what is gone.
                Err(error) if *error.kind() == ErrorKind::NotFound => return Ok(Look::Absent),
                answer => answer?,
            };
            let listed: wire::Kept<'_> = response(&answer)?;
            let first = page == 0 && listed.items.0.is_empty();
            match seen(ready, &listed.items.0, false) {
                // Answers to an answer stand in the thread of the first one, which is not known here.
                Look::Absent if answers.is_some() && first => return Ok(Look::Unclear),
                Look::Unclear => {}
                look => return Ok(look),
            }
        }
        Ok(Look::Unclear)
    }
}

/// Looks for a post among those of a wall, or among comments.
fn seen(ready: &Ready, listed: &[Obj<KeptPost<'_>>], all_ahead: bool) -> Look {
    let posts = || listed.iter().filter_map(Obj::get);
    let below = posts().filter_map(|post| post.thread.get());
    let below = below.flat_map(|thread| thread.items.0.iter().filter_map(Obj::get));
    if let Some(found) = posts().chain(below).find(|post| is_it(ready, post))
        && let Some(number) = found.id.0
    {
        return Look::Found(Found {
            number,
            date: found.date,
            waits: all_ahead,
        });
    }
    let whole = u32::try_from(listed.len()).unwrap_or(u32::MAX) < rules::LOOK_BACK;
    // Beyond the last one stand only older ones; a pinned post stands first, out of its order.
    let reaches = posts()
        .next_back()
        .and_then(|post| post.date.0)
        .is_some_and(|oldest| oldest < ready.since - SKEW);
    if whole || reaches && !all_ahead {
        Look::Absent
    } else {
        Look::Unclear
    }
}

/// Whether a post is what was prepared: its text, author, files and time.
fn is_it(ready: &Ready, post: &KeptPost<'_>) -> bool {
    if post.deleted.0 == Some(true) || post.is_deleted.0 == Some(true) {
        return false;
    }
    let author = match (ready.author, post.from_id.0) {
        (Some(ours), Some(theirs)) => ours == theirs,
        _ => true,
    };
    let date = post.date.0.unwrap_or_default();
    let in_time = match ready.schedule {
        Some(at) => (date - at).abs() <= SKEW || date >= at,
        None => date >= ready.since - SKEW,
    };
    let answers = match ready.what {
        What::Comment { answers, .. } => {
            post.reply_to_comment.0.is_none_or(|id| Some(id) == answers)
        }
        _ => true,
    };
    let quotes = match &ready.what {
        What::Quote { object } => post.copy_history.objects().next().is_some_and(|copied| {
            let (Some(owner), Some(id)) = (copied.owner_id.0, copied.id.0) else {
                return false;
            };
            *object == format!("wall{owner}_{id}")
        }),
        _ => post.copy_history.0.is_empty(),
    };
    let files: Vec<String> = post
        .attachments
        .objects()
        .filter_map(super::change::attached)
        .collect();
    let has_files = ready.files.iter().all(|(_, file)| {
        // A key may stand behind the number, or not.
        let bare: Vec<&str> = file.splitn(3, '_').take(2).collect();
        files.iter().any(|there| there.starts_with(&bare.join("_")))
    });
    author
        && in_time
        && answers
        && quotes
        && has_files
        && same_words(&ready.text, post.text.or_empty())
}

/// Whether a text that was read is the one that was sent: VK takes out spaces at its ends, and older versions escape signs.
fn same_words(sent: &str, read: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let mut text = markup::read(text).into_string();
        for (written, sign) in [
            ("<br>", " "),
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&amp;", "&"),
        ] {
            text = text.replace(written, sign);
        }
        text.split_whitespace().map(str::to_owned).collect()
    };
    words(sent) == words(read)
}

fn later(time: Timestamp, seconds: i64) -> Timestamp {
    time.checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}
