//! Collecting: what networks tell as it happens, and what they list.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Contest;
use super::entry::{Deed, Entry, EntryId, Evidence, EvidenceSource};
use super::found::Found;
use super::judge::seen_hash;
use super::keys;
use super::state::{Head, Lost, Stage};
use crate::client::after;
use crate::error::{Error, Result};
use crate::id::{EventCursor, PostId};
use crate::model::{Event, EventKind, EventQuery, Since};
use crate::network::SocialNetwork;
use crate::operation::Operation;

/// How many pages of happenings are read of one account in one round.
const ROUNDS: u32 = 50;
/// How many happenings are asked for at once.
const EVENTS: u32 = 100;
/// How many holes in what was told are kept.
const GAPS: usize = 100;

/// The kinds of happenings that are evidence, or change it.
const KINDS: [EventKind; 7] = [
    EventKind::Like,
    EventKind::Repost,
    EventKind::Reply,
    EventKind::PostEdited,
    EventKind::PostDeleted,
    EventKind::PostRestored,
    EventKind::Post,
];

/// Something that went wrong. It held nothing else back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Trouble {
    /// Our account that it concerns.
    pub account: String,
    /// What went wrong. What was not read is read in a later round.
    pub error: Error,
}

/// What a round of collecting brought.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Step {
    /// How many people were seen for the first time.
    pub new: u64,
    /// How often somebody was seen again.
    pub known: u64,
    /// How many happenings were read.
    pub events: u64,
    /// How many pages of listings were read.
    pub pages: u64,
    /// What went wrong.
    pub troubles: Vec<Trouble>,
    /// When the next round has something to do; `None` where nothing is collected any more.
    pub next: Option<Timestamp>,
}

/// How far an account's happenings were read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct ReadState {
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<EventCursor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Timestamp>,
}

/// Whether happenings were read to their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// There are no more now.
    Whole,
    /// There are more.
    More,
}

impl Contest {
    /// Collects once: what happened since the last time, and a part of the listings whose time has come. It may be called
    /// as often as one likes, by several processes, and after a crash. Once the entries are frozen it does nothing.
    ///
    /// # Errors
    /// Those of the store, and what `NotFound` says of the contest; what a network refuses is told in [`Step::troubles`].
    pub async fn step(&self) -> Result<Step> {
        let head = self.head().await?;
        let mut step = Step::default();
        if head.stage != Stage::Open || head.freezing.is_some() {
            return Ok(step);
        }
        let now = self.now();
        let settings = &self.of.0.settings;
        let mut next = Vec::new();
        let ours = match self.ours().await {
            Ok(ours) => ours,
            Err(error) => {
                let account = error.network().unwrap_or_default().to_owned();
                step.troubles.push(Trouble { account, error });
                step.next = Some(after(now, settings.every));
                return Ok(step);
            }
        };
        for account in Self::lookers(&head) {
            let network = self.network(account)?;
            let pause = network.profile().poll_seconds.unwrap_or_default();
            let pause = Duration::from_secs(u64::from(pause)).max(settings.every);
            let mut again = after(now, pause);
            if let Err(error) = self
                .read_events(&head, account, &ours, &mut step, ROUNDS)
                .await
            {
                again = again.max(error.retry_at().unwrap_or(again));
                self.trouble(account, error, &mut step)?;
            }
            next.push(again);
        }
        for listing in self.listings(&head)? {
            match self.read_round(&head, &listing, &ours, &mut step).await {
                Ok(again) => next.extend(again),
                Err(error) => {
                    next.push(error.retry_at().unwrap_or(after(now, settings.every)));
                    let account = listing.account.clone();
                    self.trouble(&account, error, &mut step)?;
                }
            }
        }
        let close = head.closes_at()?;
        let soon = after(self.now(), Duration::from_secs(1));
        let next = next.into_iter().min().unwrap_or(after(now, settings.every));
        // The close is a moment to come back in any case.
        let next = if close > now { next.min(close) } else { next };
        step.next = Some(next.max(soon));
        Ok(step)
    }

    /// Keeps an error of a network; one of the store goes on.
    fn trouble(&self, account: &str, error: Error, step: &mut Step) -> Result<()> {
        if error.network().is_none() && error.operation().is_none() {
            return Err(error);
        }
        step.troubles.push(Trouble {
            account: account.to_owned(),
            error,
        });
        Ok(())
    }

    /// Reads what happened to an account, so many pages of it.
    pub(super) async fn read_events(
        &self,
        head: &Head,
        account: &str,
        ours: &BTreeSet<(String, String)>,
        step: &mut Step,
        rounds: u32,
    ) -> Result<Reading> {
        let network = self.network(account)?;
        let profile = network.profile();
        if !profile.can(&Operation::EVENTS) {
            return Ok(Reading::Whole);
        }
        let key = keys::read(&self.id, account);
        for _ in 0..rounds {
            let (mut state, version) = match self.keeper().value::<ReadState>(&key).await? {
                Some((state, version)) => (state, Some(version)),
                None => (ReadState::default(), None),
            };
            let opens = head.rules.window.opens_at();
            let since = match &state.cursor {
                Some(cursor) => Since::Cursor(cursor.clone()),
                // What happened before anybody could take part costs calls, and on some networks money.
                None if opens.is_some_and(|opens| self.now() < opens) => Since::Now,
                None => Since::Oldest,
            };
            let leave = self.may_spend(account, &Operation::EVENTS, EVENTS).await?;
            let query = KINDS
                .into_iter()
                .fold(EventQuery::now().since(since), EventQuery::kinds)
                .limit(EVENTS);
            let events = network.events(&query).await?;
            self.spent(leave, events.items.len()).await?;
            step.events += events.items.len() as u64;
            self.take_events(head, account, &**network, &events.items, ours, step)
                .await?;
            let stands = state.cursor.as_ref() == Some(&events.cursor);
            state.cursor = Some(events.cursor.clone());
            // Whoever was faster has read at least this page: what both took in is the same.
            self.keeper().set(&key, &state, version).await?;
            if !events.more || stands {
                return Ok(Reading::Whole);
            }
        }
        Ok(Reading::More)
    }

    async fn take_events(
        &self,
        head: &Head,
        account: &str,
        network: &dyn SocialNetwork,
        events: &[Event],
        ours: &BTreeSet<(String, String)>,
        step: &mut Step,
    ) -> Result<()> {
        let name = network.profile().network.clone();
        let now = self.now();
        let mut found = Vec::new();
        for event in events {
            match event.kind {
                EventKind::Gap => self.note_gap(account, event).await?,
                EventKind::PostDeleted => {
                    let gone = event.target.as_ref().or(event.post.as_ref().map(|p| &p.id));
                    if let Some(post) = gone {
                        // In order: it may have been written a moment before.
                        let taken = self.take(head, std::mem::take(&mut found)).await?;
                        step.new += taken.new;
                        step.known += taken.known;
                        self.note_deleted(event, &name, post, now).await?;
                    }
                }
                _ => found.extend(found_in(head, account, &name, event, now, ours)),
            }
        }
        let taken = self.take(head, found).await?;
        step.new += taken.new;
        step.known += taken.known;
        Ok(())
    }

    async fn note_gap(&self, account: &str, event: &Event) -> Result<()> {
        let until = event.at.unwrap_or(self.now());
        let lost = Lost {
            account: account.to_owned(),
            since: event.lost_since.unwrap_or(until),
            until,
        };
        self.change(|head| {
            if !head.gaps.contains(&lost) && head.gaps.len() < GAPS {
                head.gaps.push(lost.clone());
            }
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// Notes that a comment was deleted, where it is one that we know.
    async fn note_deleted(
        &self,
        event: &Event,
        network: &str,
        post: &PostId,
        now: Timestamp,
    ) -> Result<()> {
        let at = event.at.unwrap_or(now);
        for id in self.owners(event, network, post).await? {
            let key = keys::entry(&self.id, &id);
            self.keeper()
                .change::<Entry, ()>(&key, |entry| {
                    let comments = entry.comments.iter_mut();
                    for comment in comments.filter(|comment| comment.id == *post) {
                        comment.deleted_at = Some(comment.deleted_at.map_or(at, |old| old.min(at)));
                    }
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }

    /// Whose comment a deleted post was: its author's, where the network tells, else whoever we saw write it.
    async fn owners(&self, event: &Event, network: &str, post: &PostId) -> Result<Vec<EntryId>> {
        let holds = |entry: &Entry| entry.comments.iter().any(|comment| comment.id == *post);
        let told = event.post.as_ref().and_then(|post| post.author.as_deref());
        if let Some(author) = told {
            let place = self.place(network, author.id.as_str()).await?;
            return Ok(place.into_iter().collect());
        }
        // Who deleted it wrote it as a rule. A moderator did not: then it is looked for.
        if let Some(deleter) = event.account.as_deref()
            && let Some(id) = self.place(network, deleter.id.as_str()).await?
        {
            let kept = self
                .keeper()
                .value::<Entry>(&keys::entry(&self.id, &id))
                .await?;
            if kept.is_some_and(|(entry, _)| holds(&entry)) {
                return Ok(vec![id]);
            }
        }
        let mut owners = Vec::new();
        self.each_entry(|entry, _| {
            if holds(&entry) {
                owners.push(entry.id);
            }
            Ok(())
        })
        .await?;
        Ok(owners)
    }
}

/// What a happening is evidence of.
fn found_in(
    head: &Head,
    account: &str,
    network: &str,
    event: &Event,
    now: Timestamp,
    ours: &BTreeSet<(String, String)>,
) -> Option<Found> {
    let subjects = || {
        let all = head.rules.about.iter().enumerate();
        all.filter(|(_, subject)| subject.account() == account)
    };
    let about = |post: Option<&PostId>| {
        let post = post?;
        subjects().find(|(_, subject)| subject.id() == Some(post))
    };
    let deed = match event.kind {
        EventKind::Like => Deed::Liked,
        EventKind::Repost => Deed::Reposted,
        EventKind::Reply | EventKind::PostEdited | EventKind::PostRestored | EventKind::Post => {
            let post = event.post.as_deref()?;
            let (at, _) = about(post.reply_to.as_ref().or(event.target.as_ref()))?;
            let source = EvidenceSource::Event;
            let restored = event.kind == EventKind::PostRestored;
            let measure = head.rules.measure();
            let mut found = Found::comment(network, post, at, source, now, measure, ours)?;
            // Some networks tell that a comment was changed, and not on the comment when.
            if event.kind == EventKind::PostEdited
                && let Some(comment) = &mut found.comment
            {
                comment.edited_at = comment.edited_at.or(event.at).or(Some(now));
            }
            found.there = restored;
            return Some(found);
        }
        _ => return None,
    };
    let (at, _) = about(event.target.as_ref())?;
    let who = event.account.as_deref()?;
    let evidence = Evidence {
        deed,
        subject: at,
        source: EvidenceSource::Event,
        observed_at: now,
        at: event.at,
        object: Some(event.id.as_str().to_owned()),
        hash: seen_hash(event),
    };
    Some(Found::deed(network, who, evidence))
}
