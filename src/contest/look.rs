//! Reading a listing from its beginning to its end, so that one can go on where one was cut off, and several can read
//! at once.
//!
//! How far a look came is one value, written only if nobody else wrote in between. Each page is a value of its own, named
//! by a hash of what it holds and of the page before it: whoever writes it twice writes the same.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Contest;
use super::collect::Step;
use super::entry::{Deed, Evidence, EvidenceSource};
use super::found::Found;
use super::judge::{mark, seen_hash};
use super::keys;
use super::pages::Asked;
use super::rules::{ConditionKind, Subject};
use super::state::Head;
use crate::client::after;
use crate::error::{ErrorKind, Result};
use crate::id::Cursor;
use crate::model::{Account, Audience, AudienceQuery, Metric, Page, Post, PostQuery};
use crate::operation::Operation;

/// How many items a page holds where the network's profile does not say.
const PAGE: u32 = 100;

/// How often a look begins anew before it is given up.
const RESTARTS: u32 = 3;

/// A listing at which people are seen to take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listing {
    /// The subject of the rules, from 0.
    pub(super) subject: usize,
    pub(super) deed: Deed,
    pub(super) account: String,
}

/// How far a look through a listing came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Look {
    pub(super) began: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
    cursor: Option<Cursor>,
    /// The page that was read last.
    pub(super) page: Option<String>,
    pub(super) pages: u64,
    /// The network's own count, where it tells one.
    pub(super) total: Option<u64>,
    /// How many items could not be had.
    pub(super) omitted: u64,
    /// When a look that is repeated begins anew.
    next: Option<Timestamp>,
    /// How often it began anew, since its cursor was over.
    restarts: u32,
    /// Of the entries that are asked for one by one, the last that was.
    pub(super) after: Option<String>,
}

/// What a page of a listing brought.
struct Fetched {
    found: Vec<Found>,
    marks: Vec<u128>,
    next: Option<Cursor>,
    total: Option<u64>,
    omitted: u64,
}

impl Deed {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Liked => "liked",
            Self::Reposted => "reposted",
            Self::Commented => "commented",
            Self::Member => "member",
        }
    }

    /// The figure of a post that counts it.
    fn metric(self) -> Option<Metric> {
        match self {
            Self::Liked => Some(Metric::Likes),
            Self::Reposted => Some(Metric::Reposts),
            Self::Commented => Some(Metric::Replies),
            Self::Member => None,
        }
    }
}

impl Listing {
    pub(super) fn operation(&self, subject: &Subject) -> Operation {
        match (self.deed, subject) {
            (Deed::Liked, _) => Operation::AUDIENCE_LIKED,
            (Deed::Reposted, _) => Operation::AUDIENCE_REPOSTED,
            (Deed::Commented, Subject::Post { .. }) => Operation::POSTS_REPLIES,
            (Deed::Commented, Subject::Hashtag { .. }) => Operation::POSTS_HASHTAG,
            (Deed::Member, _) => Operation::MEMBERSHIP,
        }
    }

    /// The name of a look through it.
    pub(super) fn look(&self, round: &str) -> String {
        format!("{}-{}-{round}", self.subject, self.deed.word())
    }
}

/// A short name as it is written in a page.
pub(super) fn written(mark: u128) -> String {
    format!("{mark:032x}")
}

impl Contest {
    /// The listings by which the rules' conditions are seen, wherever the networks offer them.
    pub(super) fn listings(&self, head: &Head) -> Result<Vec<Listing>> {
        let mut all = Vec::new();
        for listing in wanted(head) {
            let Some(subject) = head.rules.about.get(listing.subject) else {
                continue;
            };
            let profile = self.network(&listing.account)?.profile();
            if listing.deed != Deed::Member && profile.can(&listing.operation(subject)) {
                all.push(listing);
            }
        }
        Ok(all)
    }

    /// Reads a part of a listing while the contest is open; when it has read it whole, it waits for the next time. Answers
    /// when to go on.
    pub(super) async fn read_round(
        &self,
        head: &Head,
        listing: &Listing,
        ours: &BTreeSet<(String, String)>,
        step: &mut Step,
    ) -> Result<Option<Timestamp>> {
        let key = keys::look(&self.id, &listing.look("open"));
        let now = self.now();
        let settings = &self.of.0.settings;
        let kept = self.keeper().value::<Look>(&key).await?;
        if let Some((look, _)) = &kept
            && look.ended.is_some()
        {
            if look.next.is_some_and(|next| now < next) {
                return Ok(look.next);
            }
            // Whoever begins anew first does; the other finds it begun.
            let anew = Look::default();
            let version = kept.as_ref().map(|(_, version)| *version);
            self.keeper().set(&key, &anew, version).await?;
        }
        for _ in 0..settings.pages {
            let done = self
                .read_page(head, listing, &key, ours, false, step)
                .await?;
            if done {
                let again = after(self.now(), settings.listings_every);
                self.keeper()
                    .update(&key, |look: &mut Look| {
                        look.next = Some(look.next.unwrap_or(again));
                        Ok(Some(()))
                    })
                    .await?;
                return Ok(Some(again));
            }
        }
        Ok(Some(self.now()))
    }

    /// Reads a listing to its end for a freeze, and keeps who stood in it.
    pub(super) async fn read_whole(
        &self,
        head: &Head,
        listing: &Listing,
        round: &str,
        ours: &BTreeSet<(String, String)>,
    ) -> Result<Look> {
        let key = keys::look(&self.id, &listing.look(round));
        let mut step = Step::default();
        loop {
            let done = self
                .read_page(head, listing, &key, ours, true, &mut step)
                .await?;
            if done {
                let look = self.keeper().value::<Look>(&key).await?;
                return Ok(look.map(|(look, _)| look).unwrap_or_default());
            }
        }
    }

    /// Reads the next page of a look; true where there is none.
    async fn read_page(
        &self,
        head: &Head,
        listing: &Listing,
        key: &str,
        ours: &BTreeSet<(String, String)>,
        keep: bool,
        step: &mut Step,
    ) -> Result<bool> {
        let (mut look, version) = match self.keeper().value::<Look>(key).await? {
            Some((look, version)) => (look, Some(version)),
            None => (Look::default(), None),
        };
        if look.ended.is_some() {
            return Ok(true);
        }
        let now = self.now();
        look.began = look.began.or(Some(now));
        let fetched = match self.fetch(head, listing, look.cursor.as_ref(), ours).await {
            Ok(fetched) => fetched,
            // Cursors are not made to be kept: one that is over means to begin at the beginning.
            Err(error)
                if look.cursor.is_some()
                    && look.restarts < RESTARTS
                    && matches!(error.kind(), ErrorKind::Invalid(_) | ErrorKind::NotFound) =>
            {
                let anew = Look {
                    began: look.began,
                    restarts: look.restarts + 1,
                    ..Look::default()
                };
                self.keeper().set(key, &anew, version).await?;
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        step.pages += 1;
        let taken = self.take(head, fetched.found).await?;
        step.new += taken.new;
        step.known += taken.known;
        if keep {
            let seen = fetched.marks.iter().copied().map(written).collect();
            let seen = Asked {
                seen,
                ..Asked::default()
            };
            look.page = Some(self.keep_page(look.page.take(), seen).await?);
        }
        look.pages += 1;
        look.total = fetched.total.or(look.total);
        look.omitted += fetched.omitted;
        // A cursor that does not move on ends a listing too: else it would be read for ever.
        let stands = fetched.next.is_some() && fetched.next == look.cursor;
        look.omitted += u64::from(stands);
        look.cursor = fetched.next.filter(|_| !stands);
        if look.cursor.is_none() {
            look.ended = Some(now);
            if keep && look.total.is_none() {
                look.total = self.counted(head, listing).await?;
            }
        }
        let ended = look.ended.is_some();
        // Who was slower reads on from where the faster one is.
        let written = self.keeper().set(key, &look, version).await?;
        Ok(ended && written)
    }

    async fn fetch(
        &self,
        head: &Head,
        listing: &Listing,
        cursor: Option<&Cursor>,
        ours: &BTreeSet<(String, String)>,
    ) -> Result<Fetched> {
        let network = self.network(&listing.account)?;
        let profile = network.profile();
        let name = profile.network.as_str();
        // What is billed is asked for in small pages, since each is put aside whole.
        let priced = head
            .rules
            .about
            .get(listing.subject)
            .is_some_and(|subject| {
                profile
                    .supports(&listing.operation(subject))
                    .price
                    .is_some()
            });
        let most = if priced { PAGE } else { u32::MAX };
        let limit = profile.max_page.unwrap_or(PAGE).min(most);
        let now = self.now();
        let Some(subject) = head.rules.about.get(listing.subject) else {
            return Ok(Fetched::nothing());
        };
        let leave = self
            .may_spend(&listing.account, &listing.operation(subject), limit)
            .await?;
        if listing.deed == Deed::Commented {
            let query = match subject {
                Subject::Post { post, .. } => PostQuery::replies(post),
                Subject::Hashtag { tag, .. } => PostQuery::hashtag(tag),
            };
            let mut query = query.limit(limit);
            if let Subject::Hashtag { .. } = subject {
                query.since = head.rules.window.opens_at();
            }
            if let Some(cursor) = cursor {
                query = query.after(cursor.clone());
            }
            let page = network.posts(&query).await?;
            self.spent(leave, page.items.len()).await?;
            let measure = head.rules.measure();
            let comment = |post: &Post| {
                let source = EvidenceSource::Listing;
                Found::comment(name, post, listing.subject, source, now, measure, ours)
            };
            return Ok(Fetched {
                found: page.items.iter().filter_map(comment).collect(),
                marks: (page.items.iter())
                    .map(|post| mark(name, post.id.as_str()))
                    .collect(),
                ..Fetched::rest(&page)
            });
        }
        let Some(post) = subject.id() else {
            return Ok(Fetched::nothing());
        };
        let audience = match listing.deed {
            Deed::Reposted => Audience::Reposted(post.clone()),
            _ => Audience::Liked(post.clone()),
        };
        let mut query = AudienceQuery::new(audience).limit(limit);
        if let Some(cursor) = cursor {
            query = query.after(cursor.clone());
        }
        let page = network.audience(&query).await?;
        self.spent(leave, page.items.len()).await?;
        let found = |account: &Account| {
            let evidence = Evidence {
                deed: listing.deed,
                subject: listing.subject,
                source: EvidenceSource::Listing,
                observed_at: now,
                at: None,
                object: None,
                hash: seen_hash(account),
            };
            Found::deed(name, account, evidence)
        };
        Ok(Fetched {
            found: page.items.iter().map(found).collect(),
            marks: (page.items.iter())
                .map(|account| mark(name, account.id.as_str()))
                .collect(),
            ..Fetched::rest(&page)
        })
    }

    /// The network's own count of what a listing holds, as the post tells it.
    async fn counted(&self, head: &Head, listing: &Listing) -> Result<Option<u64>> {
        let subject = head.rules.about.get(listing.subject);
        let post = subject.and_then(Subject::id);
        let (Some(post), Some(metric)) = (post, listing.deed.metric()) else {
            return Ok(None);
        };
        let network = self.network(&listing.account)?;
        if !network.profile().can(&Operation::POST) {
            return Ok(None);
        }
        // A count that cannot be paid for is one that is not known.
        let Ok(leave) = self.may_spend(&listing.account, &Operation::POST, 1).await else {
            return Ok(None);
        };
        let post = network.post(post).await?;
        self.spent(leave, 1).await?;
        Ok(post.metrics.count(metric))
    }
}

impl Fetched {
    fn nothing() -> Self {
        Self {
            found: Vec::new(),
            marks: Vec::new(),
            next: None,
            total: None,
            omitted: 0,
        }
    }

    fn rest<T>(page: &Page<T>) -> Self {
        Self {
            next: page.next.clone(),
            total: page.total,
            omitted: page.omitted.len() as u64,
            ..Self::nothing()
        }
    }
}

/// What the rules would have looked at, whether the networks offer it or not.
pub(super) fn wanted(head: &Head) -> Vec<Listing> {
    let rules = &head.rules;
    let mut all = Vec::new();
    for (at, subject) in rules.about.iter().enumerate() {
        let is_post = subject.id().is_some();
        let mut want = |deed, wanted: bool| {
            if wanted {
                all.push(Listing {
                    subject: at,
                    deed,
                    account: subject.account().to_owned(),
                });
            }
        };
        let liked = rules.asks(|kind| matches!(kind, ConditionKind::Liked { .. }));
        let reposted = rules.asks(|kind| matches!(kind, ConditionKind::Reposted { .. }));
        want(Deed::Liked, is_post && liked);
        want(Deed::Reposted, is_post && reposted);
        want(Deed::Commented, rules.asks(ConditionKind::reads_comments));
        want(
            Deed::Member,
            rules.asks(|kind| *kind == ConditionKind::Member),
        );
    }
    all
}
