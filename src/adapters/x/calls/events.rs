//! What happened, oldest first, from two lists that the network gives newest first: who mentions or answers this account,
//! and its messages.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::super::compose::{POST_FIELDS, POST_USER_FIELDS};
use super::super::compose_files::{MEDIA_FIELDS, POLL_FIELDS};
use super::super::convert_events::{self, moment_of, number_at, written};
use super::super::rules::beside::EXPANSIONS;
use super::super::rules::endpoints::{DM_EVENTS, MENTIONS};
use super::super::rules::{PAGE, POST_FIELDS_PARAM};
use super::super::{X, convert_chat, wire};
use super::{Call, invalid, told};
use crate::error::{ErrorKind, Result, Rule};
use crate::id::EventCursor;
use crate::model::{Event, EventKind, EventQuery, Events, Since};
use crate::operation::Operation;

/// How many mentions the network lists (docs): older ones are not to be had.
const LISTED_MENTIONS: usize = 800;
/// From how many on the list counts as cut: what is deleted or protected is missing from it, and was counted.
const CUT_MENTIONS: usize = 760;
/// How many pages of them are read at most: as many as there are of the shortest, which a cap may leave room for alone.
const MENTION_PAGES: usize = LISTED_MENTIONS / FEWEST as usize;
/// For how long messages are listed (docs).
const LISTED_MESSAGES: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How many pages of messages are walked back at most in one call: there are 15 in a quarter of an hour.
const MESSAGE_PAGES: usize = 10;
/// How few mentions the network gives at once (contract).
const FEWEST: u32 = 5;
/// How many messages are asked for first, where nothing new is likely: each is billed, new or not.
const PEEK: u32 = 1;
/// How far before a delivery the other list is read again.
const OVERLAP: SignedDuration = SignedDuration::from_mins(2);

/// How far one of the lists is dealt with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mark {
    /// The greatest number that is; `None` where the list was not looked at yet, 0 where there was nothing.
    number: Option<u64>,
    /// When all of it was.
    at: Option<i64>,
}

impl Mark {
    fn parse(number: &str, at: &str) -> Option<Self> {
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let number = match number {
            "" => None,
            number => Some(number.parse().ok().filter(|_| plain(number))?),
        };
        let at = match at {
            "" => None,
            at => Some(at.parse().ok().filter(|_| plain(at))?),
        };
        Some(Self { number, at })
    }

    fn write(self, out: &mut String) {
        let text = |number: Option<String>| number.unwrap_or_default();
        out.push(';');
        out.push_str(&text(self.number.map(|number| number.to_string())));
        out.push(';');
        out.push_str(&text(self.at.map(|at| at.to_string())));
    }

    /// Since when what is not dealt with may be lost.
    fn since(self) -> Option<Timestamp> {
        let told = self.at.and_then(|at| Timestamp::from_second(at).ok());
        told.or_else(|| moment_of(self.number.filter(|number| *number > 0)?))
    }

    fn deal(&mut self, number: u64, at: Option<Timestamp>) {
        self.number = self.number.max(Some(number));
        self.at = self.at.max(at.map(Timestamp::as_second));
    }
}

/// Where a reader of events stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stand {
    mentions: Mark,
    messages: Mark,
}

impl Stand {
    fn oldest() -> Self {
        let mark = Mark {
            number: Some(0),
            at: None,
        };
        Self {
            mentions: mark,
            messages: mark,
        }
    }

    /// After something that was delivered: what happened a little before it may not have been.
    pub(super) fn pushed(at: Timestamp) -> Self {
        let before = at.saturating_sub(OVERLAP).unwrap_or(at);
        let mark = Mark {
            number: Some(number_at(before)),
            at: Some(before.as_second().max(0)),
        };
        Self {
            mentions: mark,
            messages: mark,
        }
    }

    pub(super) fn parse(cursor: &EventCursor) -> Result<Self> {
        let parts: Vec<&str> = cursor.as_str().split(';').collect();
        let read = match parts.as_slice() {
            ["1", mention, mentioned, message, written] => Mark::parse(mention, mentioned)
                .zip(Mark::parse(message, written))
                .map(|(mentions, messages)| Self { mentions, messages }),
            _ => None,
        };
        read.ok_or_else(|| {
            let message = "it is not one that events() gave: begin with `now` or `oldest`";
            invalid(Rule::Malformed, "cursor", message).with_operation(Operation::EVENTS)
        })
    }

    pub(super) fn cursor(&self) -> EventCursor {
        let mut out = String::from("1");
        self.mentions.write(&mut out);
        self.messages.write(&mut out);
        EventCursor::new(out)
    }

    /// When a stream of deliveries was last heard.
    pub(super) fn heard(&self) -> Option<Timestamp> {
        self.mentions.since().max(self.messages.since())
    }
}

/// Which of the lists something stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Mentions,
    Messages,
}

/// Something that happened and is not dealt with yet.
struct Fresh {
    number: u64,
    at: Option<Timestamp>,
    /// `None` where it is nothing to this account: its own post or message.
    event: Option<Event>,
}

/// What a walk through a list brought: the oldest first.
#[derive(Default)]
struct Walk {
    fresh: VecDeque<Fresh>,
    /// From when to when something is missing.
    hole: Option<(Timestamp, Timestamp)>,
}

impl X {
    pub(in super::super) async fn happened(&self, query: &EventQuery) -> Result<Events> {
        match &query.since {
            Since::Now => {
                let mut stand = Stand::default();
                self.begin(&mut stand, query).await?;
                Ok(Events::new(Vec::new(), stand.cursor()))
            }
            Since::Oldest => self.since(Stand::oldest(), query).await,
            Since::Cursor(cursor) => self.since(Stand::parse(cursor)?, query).await,
        }
    }

    /// Whether one of the lists is read for what is wanted.
    fn reads(&self, list: List, query: &EventQuery) -> bool {
        let kinds: &[EventKind] = match list {
            List::Mentions => &[
                EventKind::Mention,
                EventKind::Reply,
                EventKind::Quote,
                EventKind::Repost,
            ],
            List::Messages => &[EventKind::Message],
        };
        let wanted = kinds.iter().any(|kind| query.wants(kind));
        // Where the token is not for messages, the profile says that they are left out.
        let can = || self.inner.profile().can(&Operation::CONVERSATIONS);
        wanted && (list == List::Mentions || can())
    }

    /// Looks where the lists stand that were not looked at yet: what comes later is new.
    async fn begin(&self, stand: &mut Stand, query: &EventQuery) -> Result<()> {
        let now = self.now().as_second().max(0);
        if stand.mentions.number.is_none() && self.reads(List::Mentions, query) {
            let newest = self.mentions_page(None, FEWEST, None).await?.0;
            let newest = newest.first().map_or(0, |fresh| fresh.number);
            stand.mentions = Mark {
                number: Some(newest),
                at: Some(now),
            };
        }
        if stand.messages.number.is_none() && self.reads(List::Messages, query) {
            let newest = self.messages_page(PEEK, None).await?.0;
            let newest = newest.first().map_or(0, |fresh| fresh.number);
            stand.messages = Mark {
                number: Some(newest),
                at: Some(now),
            };
        }
        Ok(())
    }

    async fn since(&self, mut stand: Stand, query: &EventQuery) -> Result<Events> {
        self.begin(&mut stand, query).await?;
        let now = self.now().as_second().max(0);
        let (mut mentions, mut messages) = (Walk::default(), Walk::default());
        let reads_mentions = self.reads(List::Mentions, query);
        let reads_messages = self.reads(List::Messages, query);
        if reads_mentions {
            mentions = self.mentions_since(stand.mentions).await?;
        }
        if reads_messages {
            messages = self.messages_since(stand.messages).await?;
        }
        let limit = query
            .limit
            .map_or(usize::MAX, |limit| limit.max(1) as usize);
        let mut items = Vec::new();
        for (list, walk) in [
            (List::Mentions, &mut mentions),
            (List::Messages, &mut messages),
        ] {
            let Some((since, until)) = walk.hole.filter(|_| items.len() < limit) else {
                continue;
            };
            let (mark, name) = match list {
                List::Mentions => (&mut stand.mentions, "mentions"),
                List::Messages => (&mut stand.messages, "messages"),
            };
            let id = format!("gap:{name}:{}", mark.number.unwrap_or_default());
            // What lies below is not asked for again.
            let below = walk
                .fresh
                .front()
                .map_or_else(|| number_at(until), |fresh| fresh.number.saturating_sub(1));
            mark.number = mark.number.max(Some(below));
            mark.at = mark.at.max(Some(until.as_second()));
            walk.hole = None;
            items.push(Event::gap(id, stand.cursor(), since, until));
        }
        while items.len() < limit {
            // Moments are whole seconds; numbers tell more.
            let sooner =
                |one: &Fresh, other: &Fresh| (one.at, one.number) <= (other.at, other.number);
            let list = match (mentions.fresh.front(), messages.fresh.front()) {
                (None, None) => break,
                (Some(one), Some(other)) if !sooner(one, other) => List::Messages,
                (Some(_), _) => List::Mentions,
                (None, Some(_)) => List::Messages,
            };
            let (walk, mark) = match list {
                List::Mentions => (&mut mentions, &mut stand.mentions),
                List::Messages => (&mut messages, &mut stand.messages),
            };
            let Some(fresh) = walk.fresh.pop_front() else {
                break;
            };
            mark.deal(fresh.number, fresh.at);
            if let Some(mut event) = fresh.event.filter(|event| query.wants(&event.kind)) {
                event.cursor = stand.cursor();
                items.push(event);
            }
        }
        let left = |walk: &Walk| walk.hole.is_some() || !walk.fresh.is_empty();
        let more = left(&mentions) || left(&messages);
        if !more {
            for (reads, mark) in [
                (reads_mentions, &mut stand.mentions),
                (reads_messages, &mut stand.messages),
            ] {
                if reads {
                    mark.at = mark.at.max(Some(now));
                }
            }
        }
        Ok(Events::new(items, stand.cursor()).more(more))
    }

    /// Who mentioned or answered this account since then.
    async fn mentions_since(&self, mark: Mark) -> Result<Walk> {
        let floor = mark.number.unwrap_or_default();
        let mut walk = Walk::default();
        let (mut token, mut listed) = (None, 0);
        for _ in 0..MENTION_PAGES {
            let (fresh, next) = self
                .mentions_page(Some(floor), PAGE, token.as_deref())
                .await?;
            listed += fresh.len();
            for fresh in fresh.into_iter().filter(|fresh| fresh.number > floor) {
                walk.fresh.push_front(fresh);
            }
            token = next;
            if token.is_none() || listed >= LISTED_MENTIONS {
                break;
            }
        }
        // From the oldest on there is nothing to be missed.
        if floor > 0 && (listed >= CUT_MENTIONS || token.is_some()) {
            let until = walk.fresh.front().and_then(|fresh| fresh.at);
            let until = until.unwrap_or_else(|| self.now());
            walk.hole = mark.since().map(|since| (since.min(until), until));
        }
        Ok(walk)
    }

    /// A page of mentions after one of them, the newest first, and where the next one begins.
    async fn mentions_page(
        &self,
        since: Option<u64>,
        count: u32,
        token: Option<&str>,
    ) -> Result<(Vec<Fresh>, Option<String>)> {
        let operation = Operation::EVENTS;
        let me = self.my_number(&operation).await?;
        let me = me.as_str();
        let call = Call::of(MENTIONS, &[me])
            .listing(count, FEWEST)
            .maybe("since_id", since.filter(|since| *since > 0))
            .maybe("pagination_token", token)
            .of_happenings();
        let answer = self.ask(&operation, call).await?;
        let told: wire::Posts<'_> = told(&answer)?;
        let includes = told.includes.get();
        let usual = EventKind::Mention;
        let fresh = told.data.objects().filter_map(|view| {
            let own = view.author_id.get() == Some(me);
            let event = || convert_events::post(view, includes, me, &usual, EventCursor::new(""));
            Some(Fresh {
                number: view.id.get()?.parse().ok()?,
                at: written(view),
                event: if own { None } else { event() },
            })
        });
        let fresh = fresh.collect();
        let next = told.meta.get().and_then(|meta| meta.next_token.owned());
        Ok((fresh, next))
    }

    /// The messages since then. The network begins with the newest and takes no other beginning: one is looked at, and
    /// the rest only where that one is new.
    async fn messages_since(&self, mark: Mark) -> Result<Walk> {
        let floor = mark.number.unwrap_or_default();
        let mut walk = Walk::default();
        let (mut token, mut count, mut met) = (None, PEEK, false);
        for _ in 0..MESSAGE_PAGES {
            let (fresh, next) = self.messages_page(count, token.as_deref()).await?;
            for fresh in fresh {
                met |= fresh.number <= floor;
                if fresh.number > floor {
                    walk.fresh.push_front(fresh);
                }
            }
            token = next;
            if met || token.is_none() {
                break;
            }
            count = (count * 10).min(PAGE);
        }
        let now = self.now();
        let kept = now.saturating_sub(LISTED_MESSAGES).unwrap_or(now);
        let oldest = walk.fresh.front().and_then(|fresh| fresh.at);
        let gave_up = !met && token.is_some();
        // From the oldest on there is nothing to be missed, unless there are more than can be walked through.
        let from_oldest = floor == 0 && mark.at.is_none();
        if from_oldest && !gave_up {
            return Ok(walk);
        }
        let since = mark.since().unwrap_or(kept);
        if gave_up {
            let until = oldest.unwrap_or(now);
            walk.hole = Some((since.min(until), until));
        } else if !met && since < kept {
            walk.hole = Some((since, kept));
        }
        Ok(walk)
    }

    /// A page of messages, the newest first, and where the next one begins.
    async fn messages_page(
        &self,
        count: u32,
        token: Option<&str>,
    ) -> Result<(Vec<Fresh>, Option<String>)> {
        let operation = Operation::EVENTS;
        let me = self.my_number(&operation).await?;
        let call = Call::of(DM_EVENTS, &[])
            .listing(count, PEEK)
            .maybe("pagination_token", token)
            .of_messages();
        let answer = self
            .ask(&operation, call)
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::Forbidden(_) => {
                    let message = format!(
                        "{} (messages: name the kinds mention and reply alone to do without them)",
                        error.message()
                    );
                    error.with_message(message)
                }
                _ => error,
            })?;
        let told: wire::DmEvents<'_> = told(&answer)?;
        let includes = told.includes.get();
        let fresh = told.data.objects().filter_map(|view| {
            let number: u64 = view.id.get()?.parse().ok()?;
            let message = convert_chat::message(view, includes, me.as_str());
            let at = message.as_ref().and_then(|message| message.created_at);
            let came = message.filter(|message| message.outgoing != Some(true));
            Some(Fresh {
                number,
                at: at.or_else(|| moment_of(number)),
                event: came.map(|came| convert_events::message(came, EventCursor::new(""))),
            })
        });
        let fresh = fresh.collect();
        let next = told.meta.get().and_then(|meta| meta.next_token.owned());
        Ok((fresh, next))
    }
}

impl Call {
    /// Asks for what a post's event is made of: whom it answers, too.
    pub(super) fn of_happenings(self) -> Self {
        self.with(
            POST_FIELDS_PARAM,
            format!("{POST_FIELDS},in_reply_to_user_id"),
        )
        .expanding(EXPANSIONS)
        .with("media.fields", MEDIA_FIELDS)
        .with("poll.fields", POLL_FIELDS)
        .with("user.fields", POST_USER_FIELDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_as_they_are_written_and_nothing_else_is_taken_for_one() {
        let at = Timestamp::from_second(1_784_928_224).unwrap();
        let mut half = Stand::default();
        half.mentions.deal(7, Some(at));
        for stand in [Stand::default(), Stand::oldest(), Stand::pushed(at), half] {
            assert_eq!(Stand::parse(&stand.cursor()).unwrap(), stand);
        }
        assert_eq!(Stand::default().cursor().as_str(), "1;;;;");
        assert_eq!(half.cursor().as_str(), "1;7;1784928224;;");
        for bad in [
            "",
            "1",
            "2;;;;",
            "1;;;",
            "1;;;;;",
            "1;x;;;",
            "1;+7;;;",
            "1;-7;;;",
            "1;7;-1;;",
            "1;99999999999999999999999;;;",
            "\u{1}no cursor of any network",
        ] {
            assert!(Stand::parse(&EventCursor::new(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn after_a_delivery_a_little_is_read_again() {
        let at = Timestamp::from_second(1_784_928_224).unwrap();
        let stand = Stand::pushed(at);
        assert!(stand.mentions.number.unwrap() < number_at(at));
        assert_eq!(
            stand.heard(),
            Some(Timestamp::from_second(1_784_928_104).unwrap())
        );
    }
}
