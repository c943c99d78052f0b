//! What happened, for each account that it concerns.

use jiff::Timestamp;

use super::ids;
use super::show;
use super::state::{Ask, EventRow, No, State};
use crate::adapters::memory::rules;
use crate::adapters::memory::wire::{EventSays, EventsSay};
use crate::error::Rule;
use crate::model::{EventKind, EventQuery, Since};

/// Where a reader stands: everything up to this number is dealt with, and this was its moment.
fn mark(number: u64, at: Timestamp) -> String {
    format!("{number}-{}", at.as_microsecond())
}

fn read_mark(cursor: &str) -> Option<(u64, Timestamp)> {
    let (number, micros) = cursor.split_once('-')?;
    let at = Timestamp::from_microsecond(micros.parse().ok()?).ok()?;
    Some((number.parse().ok()?, at))
}

impl State {
    /// Tells an account what another did, unless it is not to hear of it.
    pub(super) fn tell(
        &mut self,
        to: &str,
        kind: EventKind,
        by: &str,
        at: Timestamp,
        more: impl FnOnce(&mut EventRow),
    ) {
        let mutes = self.accounts.get(to).is_none_or(|row| row.muted.has(by));
        if to == by || mutes || self.apart(to, by) {
            return;
        }
        let number = self.number();
        let mut event = EventRow {
            number,
            to: to.to_owned(),
            kind,
            at,
            by: by.to_owned(),
            post: None,
            message: None,
            target: None,
            sign: None,
        };
        more(&mut event);
        self.events.push_back(event);
        self.forget_events();
    }

    /// Keeps no more happenings than there is room for.
    pub(super) fn forget_events(&mut self) {
        while self.events.len() > self.settings.event_capacity {
            let Some(old) = self.events.pop_front() else {
                break;
            };
            if let Some(row) = self.accounts.get_mut(&old.to) {
                row.forgotten = Some((old.number, old.at));
            }
        }
    }

    pub(super) fn events_for<'a>(
        &'a self,
        me: &str,
        query: &EventQuery,
        now: Timestamp,
    ) -> Ask<EventsSay<'a>> {
        let shown = self.shown_at(now);
        let (from, moment) = match &query.since {
            Since::Now => {
                return Ok(EventsSay {
                    items: Vec::new(),
                    cursor: mark(self.last, now).into(),
                    more: false,
                });
            }
            Since::Oldest => (0, None),
            Since::Cursor(cursor) => {
                let read = read_mark(cursor.as_str()).filter(|(number, _)| *number <= self.last);
                let (number, moment) = read.ok_or_else(|| {
                    No::invalid(
                        Rule::Malformed,
                        "since",
                        "the cursor is none that this network gave: begin at the oldest",
                    )
                })?;
                (number, Some(moment))
            }
        };
        let limit = query.limit.unwrap_or(rules::MAX_PAGE).min(rules::MAX_PAGE) as usize;
        let limit = limit.max(1);
        let mut items = Vec::new();
        let forgotten = self.accounts.get(me).and_then(|row| row.forgotten);
        // Who asks for the oldest takes what there is.
        let mut stand = match moment {
            Some(moment) => (from, moment),
            None => forgotten.unwrap_or((from, shown)),
        };
        if let (Some((number, at)), Some(moment)) = (forgotten, moment)
            && number > from
        {
            stand = (number, at);
            items.push(EventSays {
                id: format!("memory:event:gap-{number}").into(),
                cursor: mark(number, at).into(),
                kind: EventKind::Gap,
                at,
                account: None,
                post: None,
                message: None,
                target: None,
                sign: None,
                seen: false,
                lost_since: Some(moment.min(at)),
            });
        }
        let first = self.events.partition_point(|event| event.number <= from);
        let mut more = false;
        for event in self.events.range(first..) {
            // What happened later than listings show stays for the next question.
            if event.at > shown {
                break;
            }
            if event.to == me && query.wants(&event.kind) {
                if items.len() >= limit {
                    more = true;
                    break;
                }
                items.push(self.event_says(me, event));
            }
            stand = (event.number, event.at);
        }
        let (number, at) = stand;
        // Nothing else has happened until now.
        let at = if more { at } else { at.max(shown) };
        Ok(EventsSay {
            items,
            cursor: mark(number, at).into(),
            more,
        })
    }

    fn event_says<'a>(&'a self, me: &str, event: &'a EventRow) -> EventSays<'a> {
        // A post that was taken away since is named, but not shown.
        let post = event
            .post
            .filter(|number| self.visible(me, *number).is_ok());
        EventSays {
            id: format!("memory:event:{}", event.number).into(),
            cursor: mark(event.number, event.at).into(),
            kind: event.kind.clone(),
            at: event.at,
            account: show::account(self, me, &event.by),
            post: post.and_then(|number| show::post(self, me, number)),
            message: event
                .message
                .and_then(|number| show::message(self, me, number)),
            target: event.target.or(event.post).map(|n| ids::post(n).into()),
            sign: event.sign.as_deref().map(Into::into),
            seen: self
                .accounts
                .get(me)
                .is_some_and(|row| row.seen >= event.number),
            lost_since: None,
        }
    }
}
