//! What happened, oldest first, from lists that the network gives newest first.

use std::collections::{HashSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::super::wire::Obj;
use super::super::{Bluesky, convert, id, wire};
use super::invalid;
use crate::error::{ErrorKind, Result, Rule};
use crate::id::EventCursor;
use crate::model::{Event, EventKind, EventQuery, Events, Since};
use crate::operation::Operation;
use crate::shared::order;

/// How many events come at once where the caller does not say.
const USUAL_LIMIT: usize = 500;
/// How many pages are walked back at most in one call: a hundred thousand notifications.
const MOST_PAGES: usize = 1000;
/// How far back is looked for what was listed late: a notification stands at the time its author's clock told.
const OVERLAP: SignedDuration = SignedDuration::from_mins(2);
/// How many notifications have to vanish at once, with all older ones, before the listing counts as cut: fewer can have
/// been taken back by those who made them.
const PROOF: u32 = 5;
/// How many of what is listed and dealt with are counted at most.
const COUNTED: u32 = 100;
/// How many of the newest events are known again. More than these within the overlap shorten it.
const KNOWN_AGAIN: usize = 64;

/// Where a reader of events stands.
///
/// Everything listed before `floor` is dealt with; of what is listed later, `seen` is. So nothing is missed that comes
/// late by less than the overlap, and nothing comes twice, however many happen in one moment.
#[derive(Clone, Debug, Default, PartialEq)]
struct Stand {
    floor: Option<Timestamp>,
    /// Fingerprints and moments of what was dealt with since, oldest first.
    seen: VecDeque<(i64, String)>,
    /// How far the log of conversations was read.
    chat: Option<String>,
    /// How many of those that are dealt with were listed when it was last looked, up to [`COUNTED`].
    listed: u32,
}

impl Stand {
    fn parse(cursor: &EventCursor) -> Result<Self> {
        let wrong = || {
            let message = "it is not one that events() gave: begin with `now` or `oldest`";
            invalid(Rule::Malformed, "cursor", message).with_operation(Operation::EVENTS)
        };
        let mut parts = cursor.as_str().split(';');
        if parts.next() != Some("1") {
            return Err(wrong());
        }
        let (floor, seen, chat) = (parts.next(), parts.next(), parts.next());
        let (Some(floor), Some(seen), Some(chat)) = (floor, seen, chat) else {
            return Err(wrong());
        };
        let listed = parts.next().and_then(|listed| listed.parse().ok());
        let (Some(listed), None) = (listed, parts.next()) else {
            return Err(wrong());
        };
        let floor = match floor {
            "" => None,
            micros => {
                let micros = micros.parse().map_err(|_| wrong())?;
                Some(Timestamp::from_microsecond(micros).map_err(|_| wrong())?)
            }
        };
        let base = floor.map_or(0, Timestamp::as_microsecond);
        let entry = |entry: &str| {
            let (at, print) = entry.split_once('-')?;
            let at = i64::from_str_radix(at, 36).ok()?;
            Some((base.checked_add(at)?, print.to_owned()))
        };
        let seen = seen
            .split(',')
            .filter(|entry| !entry.is_empty())
            .map(|text| entry(text).ok_or_else(wrong))
            .collect::<Result<_>>()?;
        Ok(Self {
            floor,
            seen,
            chat: Some(chat.to_owned()).filter(|c| !c.is_empty()),
            listed,
        })
    }

    fn cursor(&self) -> EventCursor {
        let base = self.floor.map_or(0, Timestamp::as_microsecond);
        let mut out = String::from("1;");
        if let Some(floor) = self.floor {
            out.push_str(&floor.as_microsecond().to_string());
        }
        out.push(';');
        for (i, (at, print)) in self.seen.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            out.push_str(&base36(at.saturating_sub(base)));
            out.push('-');
            out.push_str(print);
        }
        out.push(';');
        out.push_str(self.chat.as_deref().unwrap_or_default());
        out.push(';');
        out.push_str(&self.listed.to_string());
        EventCursor::new(out)
    }

    /// Whether something was dealt with already.
    fn knows(&self, at: Timestamp, print: &str) -> bool {
        self.floor.is_some_and(|floor| at < floor)
            || self.seen.iter().any(|(_, known)| known == print)
    }

    /// Notes that something is dealt with, and everything listed before it too.
    fn note(&mut self, at: Timestamp, print: String) {
        self.listed = self.listed.saturating_add(1).min(COUNTED);
        let micros = at.as_microsecond();
        let place = self.seen.partition_point(|(known, _)| *known <= micros);
        self.seen.insert(place, (micros, print));
        let newest = self.seen.back().map_or(micros, |(at, _)| *at);
        let mut floor = newest.saturating_sub(OVERLAP.as_secs().saturating_mul(1_000_000));
        if self.seen.len() > KNOWN_AGAIN {
            // The floor may only rise to a moment of which everything is known.
            let cut = self.seen.len() - KNOWN_AGAIN;
            if let Some((at, _)) = self.seen.get(cut) {
                floor = floor.max(*at);
            }
        }
        self.raise(floor);
    }

    /// The hole between what is dealt with and what a walk has met, where there is proof of one: from when to when.
    ///
    /// The listing is one row, newest first. A walk that meets something that was dealt with has met all that is newer, so
    /// that nothing is missing. One that meets nothing of it, although a handful was listed the last time, has come to
    /// where the listing was cut; and so has one that gave up before it came so far. An empty listing proves nothing: it
    /// is looked at again next time.
    ///
    /// What cannot be known: whether something is missing where fewer were listed, and what became of a conversation's
    /// log, which shows no edge. Where those whom all known notifications came from are blocked meanwhile, or taken
    /// down, a hole is told that is none.
    fn hole(&self, walk: &Walk) -> Option<(Timestamp, Timestamp)> {
        let floor = self.floor?;
        let oldest = walk.oldest?;
        let cut = walk.dealt_with == 0 && (walk.gave_up || self.listed >= PROOF);
        let newest = self.seen.back();
        let newest = newest.and_then(|(at, _)| Timestamp::from_microsecond(*at).ok());
        cut.then(|| {
            let since = newest.unwrap_or(floor);
            (since, oldest.max(since))
        })
    }

    /// Takes a hole for a fact: what was known before it is gone.
    fn cross(&mut self, walk: &Walk) {
        self.seen.clear();
        self.listed = 0;
        if let Some(oldest) = walk.oldest.filter(|_| walk.gave_up) {
            // What lies below was not reached, and will not be.
            self.raise(oldest.as_microsecond());
        }
    }

    fn raise(&mut self, floor: i64) {
        let current = self.floor.map_or(i64::MIN, Timestamp::as_microsecond);
        if floor > current {
            self.floor = Timestamp::from_microsecond(floor).ok().or(self.floor);
        }
        let floor = self.floor.map_or(i64::MIN, Timestamp::as_microsecond);
        while self.seen.front().is_some_and(|(at, _)| *at < floor) {
            self.seen.pop_front();
        }
    }
}

/// A number that is not negative, in digits and letters: cursors are kept, so they are short.
fn base36(number: i64) -> String {
    let mut number = number.max(0);
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(number % 36).unwrap_or_default();
        digits.extend(char::from_digit(digit, 36));
        number /= 36;
        if number == 0 {
            break;
        }
    }
    digits.into_iter().rev().collect()
}

/// Something that happened and is not dealt with yet.
struct Fresh {
    at: Timestamp,
    print: String,
    /// How far the log of conversations is read with it.
    chat: Option<String>,
    event: Event,
}

/// What a walk through a listing brought.
#[derive(Default)]
struct Walk {
    /// The oldest of what is new, newest first.
    fresh: VecDeque<Fresh>,
    /// What was not asked for, but is dealt with.
    passed: Vec<(Timestamp, String)>,
    /// Whether newer ones were left for the next call.
    more: bool,
    /// How many were met that are dealt with.
    dealt_with: u32,
    /// The oldest moment of what is not.
    oldest: Option<Timestamp>,
    /// Whether it ended before it came to what is dealt with, or to the end.
    gave_up: bool,
}

impl Bluesky {
    pub(in super::super) async fn happened(&self, query: &EventQuery) -> Result<Events> {
        let limit = query
            .limit
            .map_or(USUAL_LIMIT, |limit| limit.max(1) as usize);
        match &query.since {
            Since::Now => {
                let stand = self.stand_now(query).await?;
                Ok(Events::new(Vec::new(), stand.cursor()))
            }
            Since::Oldest => self.since(Stand::default(), query, limit).await,
            Since::Cursor(cursor) => self.since(Stand::parse(cursor)?, query, limit).await,
        }
    }

    /// Where a reader stands that wants only what comes.
    async fn stand_now(&self, query: &EventQuery) -> Result<Stand> {
        let mut stand = Stand::default();
        // All that is listed is dealt with; of the newest, each is known again, since others may share their moment.
        let mut listed: Vec<(Timestamp, String)> = Vec::new();
        let mut cursor: Option<String> = None;
        // Where none of the newest is shown, those behind them tell how far it is.
        for _ in 0..MOST_PAGES {
            let answer = self.notified(cursor.as_deref(), "100").await?;
            let page: wire::Notifications<'_> = wire::read(&answer)?;
            let shown = page.notifications.iter().filter_map(Obj::get);
            listed.extend(shown.filter_map(mark));
            let next = page.cursor.owned();
            if !listed.is_empty() || next.is_none() || next == cursor {
                break;
            }
            cursor = next;
        }
        order::sort(&mut listed);
        for (at, print) in listed {
            stand.note(at, print);
        }
        if stand.floor.is_none() {
            // Nothing has ever happened: whatever comes is new.
            stand.floor = Some(Timestamp::UNIX_EPOCH);
        }
        if self.reads_chat(query) {
            let params = [("limit", "1")];
            let answer = self
                .ask(&Operation::EVENTS, "chat.bsky.convo.listConvos", &params)
                .await;
            // Without knowing where the log stands, old messages would come as new ones.
            if let Some(answer) = self.if_chat(answer, false)? {
                let convos: wire::Convos<'_> = wire::read(&answer)?;
                let newest = convos
                    .convos
                    .iter()
                    .filter_map(Obj::get)
                    .find_map(|c| c.rev.owned());
                // Before all that can come, where there is no conversation yet.
                stand.chat = Some(newest.unwrap_or_else(|| "2222222222222".to_owned()));
            }
        }
        Ok(stand)
    }

    async fn since(&self, mut stand: Stand, query: &EventQuery, limit: usize) -> Result<Events> {
        let mut walk = self.walk(&stand, query, limit).await?;
        let mut more = walk.more;
        let mut fresh: Vec<Fresh> = std::mem::take(&mut walk.fresh).into_iter().rev().collect();
        let mut chat_end = None;
        if self.reads_chat(query) {
            let (messages, end, chat_more) = self.log_since(&stand, query).await?;
            more |= chat_more;
            chat_end = end;
            fresh.extend(messages);
        }
        order::sort_by(&mut fresh, |a, b| a.at.cmp(&b.at));
        let hole = stand.hole(&walk);
        // Messages may have come before what the listing has left.
        let before = hole.map_or(0, |(_, until)| {
            let earlier = |fresh: &&Fresh| fresh.chat.is_some() && fresh.at < until;
            fresh.iter().take_while(earlier).count()
        });
        let mut gap = hole.filter(|_| before < limit);
        let room = limit - usize::from(gap.is_some());
        more |= fresh.len() > room || hole.is_some() && gap.is_none();
        let whole = fresh.len() <= room;
        fresh.truncate(room);

        let mut items = Vec::with_capacity(fresh.len() + 1);
        if hole.is_none() && (walk.dealt_with > 0 || walk.oldest.is_some()) {
            stand.listed = walk.dealt_with.min(COUNTED);
        }
        let mut passed = std::mem::take(&mut walk.passed).into_iter().peekable();
        let mut cross = |stand: &mut Stand, items: &mut Vec<Event>| {
            if let Some((since, until)) = gap.take() {
                stand.cross(&walk);
                let id = format!("gap:{}", since.as_microsecond());
                items.push(Event::gap(id, stand.cursor(), since, until));
            }
        };
        for Fresh {
            at,
            print,
            chat,
            mut event,
        } in fresh
        {
            if items.len() == before {
                cross(&mut stand, &mut items);
            }
            while let Some((at, print)) = passed.next_if(|(before, _)| *before <= at) {
                stand.note(at, print);
            }
            match chat {
                Some(rev) => stand.chat = Some(rev),
                None => stand.note(at, print),
            }
            event.cursor = stand.cursor();
            items.push(event);
        }
        cross(&mut stand, &mut items);
        if !more {
            for (at, print) in passed {
                stand.note(at, print);
            }
        }
        if whole && chat_end.is_some() {
            stand.chat = chat_end;
        }
        Ok(Events::new(items, stand.cursor()).more(more))
    }

    /// Walks the notifications back to where the reader stands, and keeps the oldest `limit` that are new.
    async fn walk(&self, stand: &Stand, query: &EventQuery, limit: usize) -> Result<Walk> {
        let mut walk = Walk::default();
        let mut met: HashSet<String> = HashSet::new();
        let mut cursor: Option<String> = None;
        walk.gave_up = true;
        for _ in 0..MOST_PAGES {
            let answer = self.notified(cursor.as_deref(), "100").await?;
            let page: wire::Notifications<'_> = wire::read(&answer)?;
            let mut below = false;
            for view in page.notifications.iter().filter_map(Obj::get) {
                let Some((at, print)) = mark(view) else {
                    continue;
                };
                if stand.floor.is_some_and(|floor| at < floor) {
                    below = true;
                    walk.dealt_with = walk.dealt_with.saturating_add(1);
                    continue;
                }
                // Pages shift while they are read, so that one may be met twice.
                if !met.insert(print.clone()) {
                    continue;
                }
                if stand.knows(at, &print) {
                    walk.dealt_with = walk.dealt_with.saturating_add(1);
                    continue;
                }
                walk.oldest = Some(walk.oldest.map_or(at, |oldest| oldest.min(at)));
                let kind = convert::event_kind(view.reason.or_empty());
                let named = format!("{}:{}", view.reason.or_empty(), view.uri.or_empty());
                let event = Event::new(named, "", kind.clone());
                match convert::event(view, event).filter(|_| query.wants(&kind)) {
                    Some(event) => {
                        walk.fresh.push_back(Fresh {
                            at,
                            print,
                            chat: None,
                            event,
                        });
                    }
                    None => walk.passed.push((at, print)),
                }
                if walk.fresh.len() > limit {
                    walk.more = true;
                    walk.fresh.pop_front();
                }
            }
            let next = page.cursor.owned();
            // An empty page is no end: what is muted or blocked is taken out of a page after it was cut.
            if below || next.is_none() || next == cursor {
                walk.gave_up = false;
                break;
            }
            cursor = next;
        }
        order::sort(&mut walk.passed);
        Ok(walk)
    }

    async fn notified(&self, cursor: Option<&str>, limit: &str) -> Result<crate::client::Answer> {
        // An account may have asked to hear only of those whom it follows; who answers customers hears them all.
        let mut params = vec![("limit", limit), ("priority", "false")];
        params.extend(cursor.map(|cursor| ("cursor", cursor)));
        self.ask(
            &Operation::EVENTS,
            "app.bsky.notification.listNotifications",
            &params,
        )
        .await
    }

    fn reads_chat(&self, query: &EventQuery) -> bool {
        query.wants(&EventKind::Message) && self.inner.may_chat()
    }

    /// The answer, unless it shows that there is no chat for this login: then messages are left out from now on.
    fn if_chat(
        &self,
        answer: Result<crate::client::Answer>,
        passing: bool,
    ) -> Result<Option<crate::client::Answer>> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::Unsupported | ErrorKind::Forbidden(_) | ErrorKind::NotFound
                ) =>
            {
                self.inner.lacks_chat(error.kind());
                Ok(None)
            }
            // The notifications come all the same; messages come once the service is back.
            Err(error)
                if passing
                    && matches!(
                        error.kind(),
                        ErrorKind::Unavailable | ErrorKind::RateLimited | ErrorKind::Timeout
                    ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// What came into conversations since the reader's stand, oldest first; where the log ends, and whether it goes on.
    async fn log_since(
        &self,
        stand: &Stand,
        query: &EventQuery,
    ) -> Result<(Vec<Fresh>, Option<String>, bool)> {
        let nsid = "chat.bsky.convo.getLog";
        let params: Vec<_> = stand
            .chat
            .as_deref()
            .map(|rev| ("cursor", rev))
            .into_iter()
            .collect();
        let answer = self.ask(&Operation::EVENTS, nsid, &params).await;
        let Some(answer) = self.if_chat(answer, true)? else {
            return Ok((Vec::new(), None, false));
        };
        let me = self.session().await?.tokens.did().to_owned();
        let now = self.inner.client.clock().now();
        let log: wire::Log<'_> = wire::read(&answer)?;
        let mut fresh = Vec::new();
        for entry in log.logs.iter().filter_map(Obj::get) {
            let Some(rev) = entry.rev.get() else { continue };
            if stand.chat.as_deref().is_some_and(|read| rev <= read) {
                continue;
            }
            if entry.kind.get() != Some("chat.bsky.convo.defs#logCreateMessage")
                || !query.wants(&EventKind::Message)
            {
                continue;
            }
            let conversation = entry.convo_id.or_empty();
            let message = entry
                .message
                .get()
                .and_then(|view| convert::message(view, conversation, &me));
            let Some(mut message) = message.filter(|m| m.outgoing != Some(true)) else {
                continue;
            };
            convert::introduce(&mut message, &Self::named_in(entry));
            let at = message.created_at.unwrap_or(now);
            let mut event = Event::new(format!("message:{}", message.id), "", EventKind::Message);
            event.at = message.created_at;
            event.account = message.author.clone();
            event.message = Some(Box::new(message));
            fresh.push(Fresh {
                at,
                print: String::new(),
                chat: Some(rev.to_owned()),
                event,
            });
        }
        // Moments may lie out of order where clocks differ; the log's own order is what its cursor goes by.
        let mut latest = Timestamp::MIN;
        for fresh in &mut fresh {
            latest = latest.max(fresh.at);
            fresh.at = latest;
        }
        let end = log.cursor.owned().or_else(|| {
            let revs = log
                .logs
                .iter()
                .filter_map(Obj::get)
                .filter_map(|entry| entry.rev.owned());
            revs.max()
        });
        let more = !log.logs.is_empty()
            && end != stand.chat
            && log.cursor.get().is_some()
            && log.logs.len() >= 100;
        Ok((fresh, end, more))
    }
}

/// When a notification was listed, and how it is known again; `None` where it cannot be placed.
fn mark(view: &wire::Notification<'_>) -> Option<(Timestamp, String)> {
    let at = convert::time(&view.indexed_at)?;
    let print = id::fingerprint(&format!("{}:{}", view.reason.or_empty(), view.uri.get()?));
    Some((at, print))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + second).unwrap()
    }

    #[test]
    fn a_cursor_is_kept_as_text_and_read_back() {
        let mut stand = Stand {
            chat: Some("3nrev".to_owned()),
            listed: 7,
            ..Stand::default()
        };
        assert_eq!(Stand::parse(&stand.cursor()).unwrap(), stand);
        for n in 0..10 {
            stand.note(at(n), id::fingerprint(&n.to_string()));
            assert_eq!(Stand::parse(&stand.cursor()).unwrap(), stand);
        }
        for bad in [
            "",
            "1",
            "2;;;;0",
            "1;x;;;0",
            "1;5;abc;;0",
            "1;;;;",
            "1;;;",
            "1;;;;0;",
            "1;;;;x",
        ] {
            assert!(Stand::parse(&EventCursor::new(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_shares_a_moment_is_neither_missed_nor_doubled() {
        let mut stand = Stand::default();
        stand.note(at(5), "a".to_owned());
        stand.note(at(5), "b".to_owned());
        assert!(stand.knows(at(5), "a") && stand.knows(at(5), "b"));
        assert!(!stand.knows(at(5), "c"));
        // Listed late, at a time before the newest.
        assert!(!stand.knows(at(1), "d"));
        assert!(stand.knows(at(-1000), "long ago"));
    }

    #[test]
    fn a_hole_is_told_where_the_listing_proves_one_and_nowhere_else() {
        let mut stand = Stand::default();
        for n in 0..5 {
            stand.note(at(n), n.to_string());
        }
        let walk = |dealt_with, oldest, gave_up| Walk {
            dealt_with,
            oldest,
            gave_up,
            ..Walk::default()
        };
        let cut = walk(0, Some(at(60)), false);
        assert_eq!(stand.hole(&cut), Some((at(4), at(60))));
        assert_eq!(stand.hole(&walk(1, Some(at(60)), false)), None, "met");
        assert_eq!(stand.hole(&walk(0, None, false)), None, "an empty listing");
        let few = Stand {
            listed: 4,
            ..stand.clone()
        };
        assert_eq!(few.hole(&cut), None, "few enough to be taken back");
        let far = walk(0, Some(at(60)), true);
        assert_eq!(few.hole(&far), Some((at(4), at(60))), "not reached");
        assert_eq!(Stand::default().hole(&far), None, "all from the oldest");
        // Told once; what comes late above the floor comes still.
        stand.cross(&cut);
        assert_eq!(stand.hole(&cut), None);
        assert!(!stand.knows(at(1), "late"));
        let mut few = few;
        few.cross(&far);
        assert!(few.knows(at(59), "below") && !few.knows(at(60), "the oldest that was met"));
    }

    #[test]
    fn a_stand_stays_small_and_forgets_nothing_above_its_floor() {
        let mut stand = Stand::default();
        for n in 0..1000 {
            // A hundred in each moment.
            stand.note(at(n / 100), format!("{n}"));
        }
        assert!(
            stand.seen.len() <= KNOWN_AGAIN + 100,
            "{}",
            stand.seen.len()
        );
        for n in 0..1000 {
            assert!(stand.knows(at(n / 100), &n.to_string()), "{n}");
        }
        assert!(!stand.knows(at(10), "new"));
    }
}
