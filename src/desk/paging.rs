//! Reading an account: by its happenings where the network tells them, else by paging through what came.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Desk;
use super::case::{CaseId, FoundBy, Person};
use super::clock::CaseEventKind;
use super::fate::{FateKind, Look};
use super::inbox::Belongs;
use super::incoming::Incoming;
use super::keys;
use super::step::Report;
use crate::client::after;
use crate::error::{Error, ErrorKind, Result};
use crate::id::EventCursor;
use crate::model::{
    Event, EventKind, EventQuery, Message, Order, Page, PageRequest, Post, PostId, PostQuery,
    Since, Timeline,
};
use crate::network::{Profile, SocialNetwork};
use crate::operation::Operation;

/// How many pages of happenings are read in one round, so that one account does not hold up the rest for long.
const ROUNDS: u32 = 50;
/// How many pages of one listing are followed.
const PAGES: u32 = 20;
/// Of how many of the last posts of ours, and of those on our wall, the answers are read where they are paged for.
const LAST_POSTS: u32 = 20;
/// How much of what was read already is read again where there is no cursor: networks list late.
const OVERLAP: Duration = Duration::from_secs(3600);

/// The kinds of happenings that make or change cases.
const KINDS: [EventKind; 11] = [
    EventKind::Mention,
    EventKind::Reply,
    EventKind::Quote,
    EventKind::Post,
    EventKind::Message,
    EventKind::MessageSent,
    EventKind::MessageEdited,
    EventKind::MessageDeleted,
    EventKind::PostEdited,
    EventKind::PostDeleted,
    EventKind::PostRestored,
];

/// How far an account was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct ReadState {
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<EventCursor>,
    /// Up to when everything was paged through.
    #[serde(skip_serializing_if = "Option::is_none")]
    paged: Option<Timestamp>,
    /// Up to when that was paged through which is listed, and not told as it happens.
    #[serde(skip_serializing_if = "Option::is_none")]
    untold: Option<Timestamp>,
    /// Since when happenings were lost that have not been made up for by paging.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<Timestamp>,
}

/// The mark up to which something was read.
type Marked = fn(&mut ReadState) -> &mut Option<Timestamp>;

/// What networks list of what comes to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listing {
    Mentions,
    /// What stands on our own wall, where others write too.
    Wall,
    /// The answers to the last posts.
    Replies,
    Conversations,
}

impl Listing {
    /// A post comes before what stands below it.
    const ALL: [Self; 4] = [
        Self::Mentions,
        Self::Wall,
        Self::Replies,
        Self::Conversations,
    ];

    /// All that this network lists.
    fn of(profile: &Profile) -> Vec<Self> {
        let can = |listing: &Self| listing.needs().iter().all(|needed| profile.can(needed));
        Self::ALL.into_iter().filter(can).collect()
    }

    /// What this network lists, and does not tell as it happens.
    fn untold(profile: &Profile) -> Vec<Self> {
        let mut listings = Self::of(profile);
        listings.retain(|listing| !profile.tells(&listing.kind()));
        listings
    }

    fn needs(self) -> &'static [Operation] {
        match self {
            Self::Mentions => &[Operation::POSTS_MENTIONS],
            Self::Replies => &[Operation::POSTS_OWN, Operation::POSTS_REPLIES],
            Self::Wall => &[Operation::POSTS_COMMUNITY],
            Self::Conversations => &[Operation::CONVERSATIONS, Operation::MESSAGES],
        }
    }

    /// As what it is told where the network tells it as it happens.
    fn kind(self) -> EventKind {
        match self {
            Self::Mentions => EventKind::Mention,
            Self::Replies => EventKind::Reply,
            Self::Wall => EventKind::Post,
            Self::Conversations => EventKind::Message,
        }
    }
}

impl Desk {
    /// Reads what came to an account. The answer is an error only where the store fails.
    pub(super) async fn read(
        &self,
        name: &str,
        network: &Arc<dyn SocialNetwork>,
    ) -> Result<Report> {
        let mut report = Report::default();
        let profile = network.profile();
        let pause = profile.poll_seconds.unwrap_or_default();
        let pause = Duration::from_secs(u64::from(pause)).max(self.0.settings.every);
        let mut next = after(self.0.clock.now(), pause);
        let (told, listings, mark): (_, _, Marked) = if profile.can(&Operation::EVENTS) {
            let told = self
                .read_events(name, &**network, &profile, &mut report)
                .await;
            (told, Listing::untold(&profile), |state| &mut state.untold)
        } else {
            (Ok(()), Listing::of(&profile), |state| &mut state.paged)
        };
        // What cannot be had in one way holds back nothing of the other.
        let paged = self
            .page_on(name, &**network, &listings, mark, &mut report)
            .await;
        let read = [told, paged];
        for failed in read.into_iter().filter_map(Result::err) {
            match failed {
                Failed::Network(error) => {
                    // A network that says when to come back is not asked before.
                    next = next.max(error.retry_at().unwrap_or(next));
                    report.trouble(name, error);
                }
                Failed::Store(error) => return Err(error),
            }
        }
        report.next.push(next);
        Ok(report)
    }

    async fn read_events(
        &self,
        name: &str,
        network: &dyn SocialNetwork,
        profile: &Profile,
        report: &mut Report,
    ) -> Result<(), Failed> {
        let key = keys::account(name);
        for _ in 0..ROUNDS {
            let (mut state, version) = match self.0.keeper.value::<ReadState>(&key).await.store()? {
                Some((state, version)) => (state, Some(version)),
                None => (ReadState::default(), None),
            };
            let since = match &state.cursor {
                Some(cursor) => Since::Cursor(cursor.clone()),
                None => self.0.settings.begin.clone(),
            };
            let query = KINDS
                .into_iter()
                .fold(EventQuery::now().since(since), EventQuery::kinds);
            let events = network.events(&query).await.network()?;
            for event in &events.items {
                if event.kind == EventKind::Gap {
                    let since = event.lost_since.unwrap_or(Timestamp::MIN);
                    state.lost = Some(state.lost.map_or(since, |lost| lost.min(since)));
                    report.trouble(name, Error::new(ErrorKind::Unavailable, format!(
                        "happenings since {since} may be lost: the desk pages through what came since"
                    )).with_network(profile.network.clone()));
                    continue;
                }
                self.happened(name, network, profile, event, report).await?;
            }
            state.cursor = Some(events.cursor);
            if state.lost.is_some() {
                // The gap is kept until it was paged through.
                let lost = state.lost.take();
                let since = lost.unwrap_or(Timestamp::MIN);
                let all = Listing::of(profile);
                if let Err(failed) = self.page_since(name, network, &all, since, report).await {
                    state.lost = lost;
                    self.0.keeper.set(&key, &state, version).await.store()?;
                    return Err(failed);
                }
            }
            // Whoever was faster has read the same: what both took in stands once.
            self.0.keeper.set(&key, &state, version).await.store()?;
            if !events.more {
                break;
            }
        }
        Ok(())
    }

    /// Deals with one happening.
    async fn happened(
        &self,
        name: &str,
        network: &dyn SocialNetwork,
        profile: &Profile,
        event: &Event,
        report: &mut Report,
    ) -> Result<(), Failed> {
        let post = event.post.as_deref();
        let message = event.message.as_deref();
        let by = |kind: &EventKind| match kind {
            EventKind::Reply => FoundBy::Reply,
            EventKind::Quote => FoundBy::Quote,
            _ => FoundBy::Mention,
        };
        match (&event.kind, post, message) {
            (EventKind::Mention | EventKind::Reply | EventKind::Quote, Some(post), _) => {
                self.take_post(name, network, post, by(&event.kind), report)
                    .await
            }
            (EventKind::Post, Some(post), _) => {
                let own = self.own_id(name, network).await.store()?;
                let place = post.place.as_ref().map(|place| place.id.as_str());
                let author = post.author.as_ref().map(|author| author.id.as_str());
                let here = place.is_some() && place == own.as_deref();
                // What others write where we only read is not addressed to us.
                if here || self.is_ours(&profile.network, author).await.store()? {
                    self.take_post(name, network, post, FoundBy::Wall, report)
                        .await?;
                }
                Ok(())
            }
            (EventKind::Message | EventKind::MessageEdited, _, Some(message)) => {
                self.take_message(name, network, message, report).await
            }
            (EventKind::MessageSent, _, Some(message)) => self
                .answered_elsewhere(name, &profile.network, message)
                .await
                .store(),
            (EventKind::PostEdited, Some(post), _) => {
                let incoming = Incoming::post(&profile.network, post, FoundBy::Search);
                if let Some(id) = self.case_of(&incoming.print).await.store()? {
                    self.seen_again(&id, &incoming, &mut report.classifier)
                        .await
                        .store()?;
                }
                Ok(())
            }
            (EventKind::MessageDeleted, _, Some(message)) => {
                let incoming = Incoming::message(&profile.network, message);
                self.withdrawn(&incoming.print).await.store()
            }
            (EventKind::PostDeleted | EventKind::PostRestored, _, _) => {
                let Some(target) = event.target.as_ref().or(post.map(|post| &post.id)) else {
                    return Ok(());
                };
                self.post_ended(&profile.network, target, event)
                    .await
                    .store()
            }
            _ => Ok(()),
        }
    }

    /// Notes that the network told of a post's end, or that it is back.
    async fn post_ended(&self, network: &str, post: &PostId, event: &Event) -> Result<()> {
        let print = keys::print(&[network, post.as_str()]);
        let Some(id) = self.case_of(&print).await? else {
            return Ok(());
        };
        let look = if event.kind == EventKind::PostRestored {
            Look::There
        } else {
            let case = self.0.keeper.case(&id).await?.case;
            let by = Person::of(network, event.account.as_deref()).print;
            let who = event.account.as_ref().map(|account| account.id.as_str());
            if self.is_ours(network, who).await? {
                return self.removed_by_us(&id, &print).await;
            }
            // Only the author's own name says that the author did it.
            Look::Gone(if !by.is_empty() && by == case.person.print {
                FateKind::RemovedByAuthor
            } else {
                FateKind::Removed
            })
        };
        self.told(&id, post, &look).await
    }

    /// Notes that one of our accounts removed a post, as the network tells.
    async fn removed_by_us(&self, id: &CaseId, print: &str) -> Result<()> {
        let now = self.0.clock.now();
        self.0
            .keeper
            .change(id, now, |case| {
                if let Some(mention) = case.mention_mut(print) {
                    mention.fate.ours(true, "the network's word", now);
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// Notes that a person took a message back. What it said stays, as its versions do.
    async fn withdrawn(&self, print: &str) -> Result<()> {
        let Some(id) = self.case_of(print).await? else {
            return Ok(());
        };
        let now = self.0.clock.now();
        self.0
            .keeper
            .change(&id, now, |case| {
                let Some(mention) = case.mention_mut(print) else {
                    return Ok(());
                };
                if mention.fate.is_gone() {
                    return Ok(());
                }
                // Only who wrote a message can take it away for the other side.
                let turn = super::fate::Turn::new(
                    FateKind::RemovedByAuthor,
                    now,
                    super::fate::Evidence::Event,
                );
                mention.fate.turn(turn);
                case.log(now, None, CaseEventKind::deleted(print));
                Ok(())
            })
            .await?;
        Ok(())
    }

    pub(super) async fn case_of(&self, print: &str) -> Result<Option<CaseId>> {
        let belongs = self
            .0
            .keeper
            .value::<Belongs>(&keys::mention(print))
            .await?;
        Ok(belongs.and_then(|(belongs, _)| belongs.case))
    }

    /// Takes in a post. One that our accounts wrote is no case: it may be an answer to one.
    pub(super) async fn take_post(
        &self,
        name: &str,
        network: &dyn SocialNetwork,
        post: &Post,
        found_by: FoundBy,
        report: &mut Report,
    ) -> Result<(), Failed> {
        let profile = network.profile();
        let author = post.author.as_ref().map(|author| author.id.as_str());
        if self.is_ours(&profile.network, author).await.store()? {
            return self
                .commented_elsewhere(&profile.network, post)
                .await
                .store();
        }
        // Whoever reposts something onto our wall has written nothing to us.
        if found_by == FoundBy::Wall && post.reposted_by.is_some() {
            return Ok(());
        }
        let incoming = Incoming::post(&profile.network, post, found_by);
        let taken = self
            .take(name, &incoming, &mut report.classifier)
            .await
            .store()?;
        report.taken(taken);
        Ok(())
    }

    async fn take_message(
        &self,
        name: &str,
        network: &dyn SocialNetwork,
        message: &Message,
        report: &mut Report,
    ) -> Result<(), Failed> {
        let profile = network.profile();
        let author = message.author.as_ref().map(|author| author.id.as_str());
        let ours = self.is_ours(&profile.network, author).await.store()?;
        if message.outgoing.unwrap_or(ours) {
            return self
                .answered_elsewhere(name, &profile.network, message)
                .await
                .store();
        }
        let incoming = Incoming::message(&profile.network, message);
        let taken = self
            .take(name, &incoming, &mut report.classifier)
            .await
            .store()?;
        report.taken(taken);
        Ok(())
    }

    /// Pages through what came to listings since the last time: from their mark on, which it moves.
    async fn page_on(
        &self,
        name: &str,
        network: &dyn SocialNetwork,
        listings: &[Listing],
        mark: Marked,
        report: &mut Report,
    ) -> Result<(), Failed> {
        if listings.is_empty() {
            return Ok(());
        }
        let key = keys::account(name);
        let begun = self.0.clock.now();
        let kept = self.0.keeper.value::<ReadState>(&key).await.store()?;
        let mut state = kept.map(|(state, _)| state).unwrap_or_default();
        let first = match self.0.settings.begin {
            Since::Oldest => Timestamp::MIN,
            _ => begun,
        };
        let since = mark(&mut state).map_or(first, |at| at.saturating_sub(OVERLAP).unwrap_or(at));
        self.page_since(name, network, listings, since, report)
            .await?;
        let moved = |state: &mut ReadState| {
            let mark = mark(state);
            *mark = (*mark).max(Some(begun));
            Some(())
        };
        self.0.keeper.update(&key, moved).await.store()?;
        Ok(())
    }

    /// Pages through listings. One that cannot be had holds back no other.
    async fn page_since(
        &self,
        name: &str,
        network: &dyn SocialNetwork,
        listings: &[Listing],
        since: Timestamp,
        report: &mut Report,
    ) -> Result<(), Failed> {
        let mut failed = None;
        for listing in listings {
            let paged = match listing {
                Listing::Mentions => {
                    let query = PostQuery::mentions();
                    self.page_posts(name, network, query, FoundBy::Mention, since, report)
                        .await
                }
                Listing::Replies => self.page_replies(name, network, since, report).await,
                Listing::Wall => self.page_wall(name, network, since, report).await,
                Listing::Conversations => {
                    self.page_conversations(name, network, since, report).await
                }
            };
            match paged {
                Err(Failed::Network(error)) => failed = failed.or(Some(error)),
                other => other?,
            }
        }
        failed.map_or(Ok(()), |error| Err(Failed::Network(error)))
    }

    /// Reads what stands below our last posts, and below the last ones of others on our wall.
    async fn page_replies(
        &self,
        name: &str,
        network: &dyn SocialNetwork,
        since: Timestamp,
        report: &mut Report,
    ) -> Result<(), Failed> {
        let own = PostQuery::own().limit(LAST_POSTS);
        let mut below = network.posts(&own).await.network()?.items;
        if let Some(wall) = self.wall(name, network).await? {
            let page = network.posts(&wall.limit(LAST_POSTS)).await;
            let page = passing_persons(page.network(), Page::new(Vec::new()))?;
            let new = |post: &Post| below.iter().all(|known| known.id != post.id);
            let others: Vec<Post> = page.items.into_iter().filter(new).collect();
            below.extend(others);
        }
        for post in &below {
            // Some networks list answers the oldest first, unless they are asked.
            let query = PostQuery::replies(&post.id).order(Order::Newest);
            self.page_posts(name, network, query, FoundBy::Reply, since, report)
                .await?;
        }
        Ok(())
    }

    /// Reads what others wrote on our wall.
    async fn page_wall(
        &self,
        name: &str,
        network: &dyn SocialNetwork,
        since: Timestamp,
        report: &mut Report,
    ) -> Result<(), Failed> {
        let Some(wall) = self.wall(name, network).await? else {
            return Ok(());
        };
        let paged = self
            .page_posts(name, network, wall, FoundBy::Wall, since, report)
            .await;
        passing_persons(paged, ())
    }

    /// What stands on our own wall, where the network lists what stands on walls.
    async fn wall(
        &self,
        name: &str,
        network: &dyn SocialNetwork,
    ) -> Result<Option<PostQuery>, Failed> {
        if !network.profile().can(&Operation::POSTS_COMMUNITY) {
            return Ok(None);
        }
        let own = self.own_id(name, network).await.store()?;
        Ok(own.map(|own| PostQuery::new(Timeline::Community(own.into()))))
    }

    /// Follows a listing of posts, the newest first, until it comes to what was written before `since`.
    async fn page_posts(
        &self,
        name: &str,
        network: &dyn SocialNetwork,
        mut query: PostQuery,
        found_by: FoundBy,
        since: Timestamp,
        report: &mut Report,
    ) -> Result<(), Failed> {
        for _ in 0..PAGES {
            let page = network.posts(&query).await.network()?;
            let mut old = 0;
            for post in &page.items {
                if post.created_at.is_some_and(|at| at < since) {
                    old += 1;
                    continue;
                }
                self.take_post(name, network, post, found_by.clone(), report)
                    .await?;
            }
            match page.next {
                // A page of nothing but old posts ends it; a pinned one among others does not.
                Some(next) if old < page.items.len() || page.items.is_empty() => {
                    query = query.after(next)
                }
                _ => break,
            }
        }
        Ok(())
    }

    async fn page_conversations(
        &self,
        name: &str,
        network: &dyn SocialNetwork,
        since: Timestamp,
        report: &mut Report,
    ) -> Result<(), Failed> {
        let mut request = PageRequest::first();
        for _ in 0..PAGES {
            let page = network.conversations(&request).await.network()?;
            let mut old = false;
            for conversation in &page.items {
                let last = conversation.last.as_ref().and_then(|last| last.created_at);
                if last.is_some_and(|at| at < since) {
                    old = true;
                    break;
                }
                let mut messages = Vec::new();
                let mut part = PageRequest::first();
                for _ in 0..PAGES {
                    let page = network.messages(&conversation.id, &part).await.network()?;
                    let before = messages.len();
                    let new = |message: &Message| message.created_at.is_none_or(|at| at >= since);
                    messages.extend(page.items.into_iter().filter(new));
                    match page.next {
                        Some(next) if messages.len() > before => {
                            part = PageRequest::first().after(next)
                        }
                        _ => break,
                    }
                }
                // Listings come the newest first; a case is told in the order in which it was written.
                for message in messages.iter().rev() {
                    self.take_message(name, network, message, report).await?;
                }
            }
            match page.next {
                Some(next) if !old => request = PageRequest::first().after(next),
                _ => break,
            }
        }
        Ok(())
    }
}

/// What stopped the reading of an account: its network, which holds back nobody else, or the store, which does.
#[derive(Debug)]
pub(super) enum Failed {
    Network(Error),
    Store(Error),
}

/// The same, without what a network answers of the wall of an account that is no community: that there is none.
fn passing_persons<T>(paged: Result<T, Failed>, none: T) -> Result<T, Failed> {
    match paged {
        Err(Failed::Network(error)) if matches!(error.kind(), ErrorKind::Invalid(_)) => Ok(none),
        other => other,
    }
}

/// Says whose an error is.
pub(super) trait Whose<T> {
    fn network(self) -> Result<T, Failed>;
    fn store(self) -> Result<T, Failed>;
}

impl<T> Whose<T> for Result<T> {
    fn network(self) -> Result<T, Failed> {
        self.map_err(Failed::Network)
    }

    fn store(self) -> Result<T, Failed> {
        self.map_err(Failed::Store)
    }
}
