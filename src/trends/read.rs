//! Reading the feeds: what is due, within what a day allows.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Trends;
use super::feed::{Feed, FeedKind};
use super::step::{State, Step, Trouble};
use crate::client::after;
use crate::error::{Error, ErrorKind, Result};
use crate::id::EventCursor;
use crate::model::{EventKind, EventQuery, Post, PostId, PostQuery, Since, Trend, TrendScope};
use crate::network::SocialNetwork;
use crate::shared::budget::{Bounds, DayBudget, tomorrow};

/// How much of what was read already is read again: networks list late.
const OVERLAP: SignedDuration = SignedDuration::from_mins(15);

/// The kinds of happenings that show posts, or what became of them.
const KINDS: [EventKind; 5] = [
    EventKind::Post,
    EventKind::Mention,
    EventKind::Reply,
    EventKind::Quote,
    EventKind::PostDeleted,
];

/// How far a feed was read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct FeedState {
    #[serde(flatten)]
    budget: DayBudget,
    next: Option<Timestamp>,
    /// By account.
    marks: BTreeMap<String, Mark>,
}

/// How far a feed was read by an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Mark {
    cursor: Option<EventCursor>,
    /// Up to when all was read.
    until: Option<Timestamp>,
}

/// What was read.
pub(super) enum Found {
    Post(String, Box<Post>),
    Deleted(String, PostId),
    /// What lies between is lost.
    Gap(Timestamp, Timestamp),
    List(String, String, Vec<Trend>),
}

/// A reading of a feed by an account.
struct Reading {
    found: Vec<Found>,
    mark: Mark,
    notes: Vec<String>,
    error: Option<Error>,
    /// The calls that were made, each with how many items it found; `None` where it failed.
    budget: DayBudget,
}

impl Feed {
    fn bounds(&self) -> Bounds {
        Bounds {
            calls: self.max_calls_a_day,
            cost: self.max_cost_a_day,
            // A page of a list or of happenings is no page of posts, and is billed as one call or by item all the same.
            page: self.page,
        }
    }
}

impl Trends {
    /// The accounts that can read a feed.
    fn readers(&self, feed: &Feed) -> impl Iterator<Item = (&str, &dyn SocialNetwork)> {
        let operation = feed.operation();
        let names = feed.accounts.clone();
        self.0.accounts.iter().filter_map(move |(name, network)| {
            let named = names.is_empty() || names.contains(name);
            let can = operation
                .as_ref()
                .is_some_and(|operation| network.profile().can(operation));
            (named && can).then_some((name.as_str(), &**network))
        })
    }

    /// Reads the feeds that are due. What goes wrong is noted in the step.
    pub(super) async fn read_due(
        &self,
        state: &mut State,
        now: Timestamp,
        step: &mut Step,
    ) -> Vec<Found> {
        let mut found = Vec::new();
        for feed in &self.0.feeds {
            let name = feed.name();
            self.tell_unable(feed, &name, state, step);
            let mut kept = state.feeds.get(&name).cloned().unwrap_or_default();
            // After a clock went back the moment may lie far ahead.
            let due = kept
                .next
                .is_none_or(|next| next <= now || next > after(now, feed.every.saturating_mul(2)));
            if !due {
                continue;
            }
            // One after the other, since they share the day's bounds; the networks' own limits hold back each alone.
            let mut next = after(now, feed.every);
            for (account, network) in self.readers(feed) {
                let mark = kept.marks.get(account).cloned().unwrap_or_default();
                let budget = std::mem::take(&mut kept.budget);
                let reading = self
                    .read_one(feed, account, network, mark, budget, now)
                    .await;
                kept.budget = reading.budget;
                kept.marks.insert(account.to_owned(), reading.mark);
                found.extend(reading.found);
                for note in reading.notes {
                    if !step.notes.contains(&note) {
                        step.notes.push(note);
                    }
                }
                if let Some(error) = reading.error {
                    let wait = error.retry_at().filter(|at| *at > now);
                    next = next.max(wait.unwrap_or(next));
                    step.troubles.push(Trouble {
                        account: account.to_owned(),
                        feed: name.clone(),
                        error,
                    });
                }
            }
            kept.next = Some(next);
            state.feeds.insert(name, kept);
        }
        found
    }

    /// Says once which networks cannot be read by a feed.
    fn tell_unable(&self, feed: &Feed, name: &str, state: &mut State, step: &mut Step) {
        let able: Vec<&str> = self.readers(feed).map(|(account, _)| account).collect();
        for (account, network) in &self.0.accounts {
            let meant = feed.accounts.is_empty() || feed.accounts.contains(account);
            if !meant || able.contains(&account.as_str()) {
                continue;
            }
            let network = network.profile().network.clone();
            let note = match feed.kind {
                FeedKind::Lists => format!("{network} tells no list of trends to `{account}`"),
                _ => format!("{network} gives `{account}` no {name} to read"),
            };
            if !state.told.contains(&note) {
                state.told.push(note.clone());
                step.notes.push(note);
            }
        }
    }

    async fn read_one(
        &self,
        feed: &Feed,
        account: &str,
        network: &dyn SocialNetwork,
        mark: Mark,
        budget: DayBudget,
        now: Timestamp,
    ) -> Reading {
        let mut reading = Reading {
            found: Vec::new(),
            mark,
            notes: Vec::new(),
            error: None,
            budget,
        };
        let first = now.checked_sub(self.0.look_back).unwrap_or(Timestamp::MIN);
        let done = match feed.kind {
            FeedKind::Lists => reading.list(feed, account, network, now).await,
            FeedKind::Events => reading.events(feed, network, first, now).await,
            _ => reading.posts(feed, network, first, now).await,
        };
        if let Err(error) = done {
            reading.error = Some(error);
        }
        reading
    }

    /// Up to when all feeds were read that can be. What was never read holds nothing back, since nobody knows when it will.
    pub(super) fn covered(&self, state: &State, now: Timestamp) -> Timestamp {
        let feeds = self.0.feeds.iter();
        let feeds = feeds.filter(|feed| feed.kind != FeedKind::Lists);
        let marks = feeds.flat_map(|feed| {
            let kept = state.feeds.get(&feed.name());
            self.readers(feed)
                .filter_map(move |(account, _)| kept?.marks.get(account)?.until)
        });
        marks.fold(now, Timestamp::min)
    }

    pub(super) fn next_due(&self, state: &State) -> Option<Timestamp> {
        let feeds = self.0.feeds.iter();
        let readable = feeds.filter(|feed| self.readers(feed).next().is_some());
        readable
            .filter_map(|feed| state.feeds.get(&feed.name())?.next)
            .min()
    }
}

impl Reading {
    /// Takes a call from what the day allows.
    fn allow(&mut self, feed: &Feed, network: &dyn SocialNetwork, now: Timestamp) -> Result<()> {
        let profile = network.profile();
        let operation = feed.operation();
        let price = operation.and_then(|operation| profile.supports(&operation).price);
        self.budget
            .reserve(feed.bounds(), price, now)
            .map_err(|why| {
                let what = format!("the feed {} waits until tomorrow: {why}", feed.name());
                Error::new(ErrorKind::QuotaExhausted, what)
                    .with_network(profile.network.clone())
                    .with_retry_at(tomorrow(now))
            })
    }

    /// Gives back what a call did not cost. What failed may have been billed all the same.
    fn settle(&mut self, feed: &Feed, network: &dyn SocialNetwork, found: usize, now: Timestamp) {
        let operation = feed.operation();
        let price = operation.and_then(|operation| network.profile().supports(&operation).price);
        self.budget.settle(feed.bounds(), price, found, now);
    }

    async fn list(
        &mut self,
        feed: &Feed,
        account: &str,
        network: &dyn SocialNetwork,
        now: Timestamp,
    ) -> Result<()> {
        self.allow(feed, network, now)?;
        let list = network.trending(&TrendScope::anywhere()).await?;
        self.settle(feed, network, list.len(), now);
        let of = network.profile().network.clone();
        self.found.push(Found::List(of, account.to_owned(), list));
        self.mark.until = Some(now);
        Ok(())
    }

    async fn events(
        &mut self,
        feed: &Feed,
        network: &dyn SocialNetwork,
        first: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let name = network.profile().network.clone();
        // The oldest mention may be years old: weeks with nothing but a few mentions would be learnt as the usual.
        let first = self.mark.until.map_or(first, |until| {
            first.min(until.checked_sub(OVERLAP).unwrap_or(Timestamp::MIN))
        });
        for _ in 0..feed.pages {
            let since = match &self.mark.cursor {
                Some(cursor) => Since::Cursor(cursor.clone()),
                None => Since::Oldest,
            };
            let query = KINDS
                .into_iter()
                .fold(EventQuery::now().since(since), EventQuery::kinds);
            self.allow(feed, network, now)?;
            let events = network.events(&query).await?;
            self.settle(feed, network, events.items.len(), now);
            self.mark.cursor = Some(events.cursor);
            for event in events.items {
                match event.kind {
                    EventKind::Gap => {
                        let from = event.lost_since.unwrap_or(now);
                        let until = event.at.unwrap_or(now);
                        self.notes
                            .push(format!("{name} lost what happened since {from}"));
                        self.found.push(Found::Gap(from, until));
                    }
                    EventKind::PostDeleted => {
                        let post = event.target.or(event.post.map(|post| post.id));
                        self.found
                            .extend(post.map(|post| Found::Deleted(name.clone(), post)));
                    }
                    _ => {
                        let young = |at| at >= first;
                        let post = event.post.filter(|post| post.created_at.is_none_or(young));
                        self.found
                            .extend(post.map(|post| Found::Post(name.clone(), post)));
                    }
                }
            }
            if !events.more {
                self.mark.until = Some(now);
                break;
            }
        }
        Ok(())
    }

    /// Follows a listing, the newest first, down to what was read before.
    async fn posts(
        &mut self,
        feed: &Feed,
        network: &dyn SocialNetwork,
        first: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let profile = network.profile();
        let Some(query) = feed.query() else {
            return Ok(());
        };
        let page = profile
            .max_page
            .map_or(feed.page, |most| most.min(feed.page));
        let since = match self.mark.until {
            Some(until) => until.checked_sub(OVERLAP).unwrap_or(Timestamp::MIN),
            None => first,
        };
        let mut query: PostQuery = query.limit(page.max(1)).since(since);
        let mut oldest = now;
        let mut whole = false;
        for _ in 0..feed.pages {
            self.allow(feed, network, now)?;
            let found = network.posts(&query).await?;
            self.settle(feed, network, found.items.len(), now);
            let mut old = 0;
            let count = found.items.len();
            for post in found.items {
                let at = post.created_at;
                if at.is_some_and(|at| at < since) {
                    old += 1;
                    continue;
                }
                oldest = at.map_or(oldest, |at| oldest.min(at));
                self.found
                    .push(Found::Post(profile.network.clone(), Box::new(post)));
            }
            match found.next {
                // A page of nothing but old posts ends it; a pinned one among others does not.
                Some(next) if count == 0 || old < count => query = query.after(next),
                _ => {
                    whole = true;
                    break;
                }
            }
        }
        if !whole && since < oldest {
            self.found.push(Found::Gap(since, oldest));
            self.notes.push(format!(
                "{} on {}: its pages reach back to {oldest} only; what was written since {since} is a gap",
                feed.name(),
                profile.network
            ));
        }
        self.mark.until = Some(now.max(self.mark.until.unwrap_or(now)));
        Ok(())
    }
}
