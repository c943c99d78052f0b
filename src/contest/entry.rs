use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::judge::Verdict;
use crate::id::{AccountId, PostId};
use crate::model::{Account, AccountKind, Metric};

/// How much evidence of one kind is kept of a person: what was seen first.
const COMMENTS: usize = 50;

/// The name of an entry: a hash in which nobody can be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(String);

impl EntryId {
    /// The entry that is called so.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for EntryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for EntryId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

/// Names a person: by the network and its id there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entrant {
    /// The network's name.
    pub network: String,
    /// The network's id of the person.
    pub id: AccountId,
}

impl Entrant {
    /// The person of this id.
    pub fn new(network: impl Into<String>, id: impl Into<AccountId>) -> Self {
        Self {
            network: network.into(),
            id: id.into(),
        }
    }
}

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Deed {
    /// Liked the post.
    Liked,
    /// Reposted the post.
    Reposted,
    /// Commented on the post, or wrote under the hashtag.
    Commented,
    /// Follows, or belongs to, our account.
    Member,
}

/// How it came to be known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EvidenceSource {
    /// The network told of it as it happened.
    Event,
    /// It stood in a listing.
    Listing,
    /// A person of ours looked, and says so.
    Hand {
        /// Who.
        by: String,
        /// What was seen, and where it can be looked up.
        note: String,
    },
}

/// What was seen of a deed, when, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evidence {
    /// What was done.
    pub deed: Deed,
    /// To which subject of the rules, from 0.
    pub subject: usize,
    /// How it came to be known.
    pub source: EvidenceSource,
    /// When we saw it.
    pub observed_at: Timestamp,
    /// When it was done, where the network tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The network's id of what was seen: a comment, a happening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The SHA-256 of what was seen, as this crate wrote it in JSON, in hexadecimal digits.
    pub hash: String,
}

/// A comment, or a post under a hashtag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comment {
    /// The network's id of it.
    pub id: PostId,
    /// The subject of the rules that it stands at, from 0.
    pub subject: usize,
    /// What it said when it was seen last before the close, or first.
    pub text: String,
    /// The accounts that it names, by id or handle, each once, without its author and our own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// When it was written, where the network tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// When it was changed last, where the network tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When we saw it first.
    pub observed_at: Timestamp,
    /// When the network told that it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// The figure that merit is measured by, as it was seen last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<u64>,
    /// The SHA-256 of it as it was seen first, in hexadecimal digits.
    pub hash: String,
}

/// An account of an entrant, as it was seen last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EntryAccount {
    /// The network's name.
    pub network: String,
    /// The network's id of it.
    pub id: AccountId,
    /// Its name within the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The name it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What stands behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AccountKind>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Whether it has a picture; `None` is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<bool>,
    /// How many posts it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posts: Option<u64>,
    /// How many followers it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followers: Option<u64>,
    /// When it was looked up by itself, and whether it was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_up: Option<LookedUp>,
}

/// What looking an account up by itself brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LookedUp {
    /// When.
    pub at: Timestamp,
    /// Whether it was there; `None` where the network would not tell.
    pub there: Option<bool>,
}

impl EntryAccount {
    pub(super) fn of(network: &str, account: &Account) -> Self {
        let mut known = Self {
            network: network.to_owned(),
            id: account.id.clone(),
            handle: None,
            name: None,
            kind: None,
            created_at: None,
            avatar: None,
            posts: None,
            followers: None,
            looked_up: None,
        };
        known.see(account);
        known
    }

    /// Takes over what is told of the account; what is not told stays as it was.
    pub(super) fn see(&mut self, account: &Account) {
        fn keep<T>(own: &mut Option<T>, told: Option<T>) {
            if told.is_some() {
                *own = told;
            }
        }
        keep(
            &mut self.handle,
            account.handle.as_deref().map(str::to_owned),
        );
        keep(&mut self.name, account.name.as_deref().map(str::to_owned));
        keep(&mut self.kind, account.kind.clone());
        keep(&mut self.created_at, account.created_at);
        keep(&mut self.avatar, account.avatar.as_ref().map(|_| true));
        keep(&mut self.posts, account.metrics.count(Metric::Posts));
        keep(
            &mut self.followers,
            account.metrics.count(Metric::Followers),
        );
    }

    pub(super) fn as_account(&self) -> Account {
        let account = Account::new(self.id.clone());
        match &self.handle {
            Some(handle) => account.handle(handle.as_str()),
            None => account,
        }
    }

    /// How people call it: by its handle, else by its id.
    pub fn display(&self) -> String {
        match &self.handle {
            Some(handle) => format!("@{handle}"),
            None => self.id.to_string(),
        }
    }
}

/// What a condition or exclusion says of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// Which one: `conditions[0]`, `exclusions[2]`, `own` for our own accounts, `measure` for the figure of merit.
    pub rule: String,
    /// The word for it: `liked`, `staff`.
    pub name: String,
    /// What it says.
    pub verdict: Verdict,
    /// Whether a person decided it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decided: bool,
    /// Whether the entry may stay: what is unknown counts as the rules say, and is open where a person has to decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<bool>,
}

/// What a person decided of something that could not be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// Which condition or exclusion, as in [`Check::rule`].
    pub rule: String,
    /// Whether the entry may stay.
    pub stays: bool,
    /// Who decided.
    pub by: String,
    /// Why.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EntryStatus {
    /// Not judged yet.
    #[default]
    Collected,
    /// It takes part.
    Eligible,
    /// It does not; its checks say why.
    Rejected,
    /// A person has to decide.
    Undecided,
}

/// One person's entry, with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// The person's accounts: one, or several that were linked by hand.
    pub accounts: Vec<EntryAccount>,
    /// When the person was seen first.
    pub first_seen: Timestamp,
    /// What was seen of what the person did: of each deed at each subject, what each source told first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// The first 50 comments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// What people decided of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// What each juror gave.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<String, i32>,
    /// Where it stands.
    #[serde(default)]
    pub status: EntryStatus,
    /// What each condition and exclusion said when it was judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// When the last of the conditions was met, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// The figure that merit is measured by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<u64>,
    /// The entry that it was linked into, which holds everything now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked_into: Option<EntryId>,
}

impl Entry {
    pub(super) fn new(id: EntryId, account: EntryAccount, now: Timestamp) -> Self {
        Self {
            id,
            accounts: vec![account],
            first_seen: now,
            evidence: Vec::new(),
            comments: Vec::new(),
            decisions: Vec::new(),
            scores: BTreeMap::new(),
            status: EntryStatus::Collected,
            checks: Vec::new(),
            completed_at: None,
            measure: None,
            linked_into: None,
        }
    }

    /// How people call the person.
    pub fn display(&self) -> String {
        let names: Vec<String> = self.accounts.iter().map(EntryAccount::display).collect();
        names.join(" / ")
    }

    /// Whether it is a person's only entry: none that was linked into another.
    pub(super) fn is_own(&self) -> bool {
        self.linked_into.is_none()
    }

    /// Adds evidence; what is known from the same source stays, with when it was seen first.
    pub(super) fn add(&mut self, evidence: Evidence) {
        let known = self.evidence.iter_mut().find(|known| {
            known.deed == evidence.deed
                && known.subject == evidence.subject
                && known.source == evidence.source
        });
        match known {
            // Happenings may come out of order, and from two processes at once: the earliest stays.
            Some(known)
                if evidence
                    .at
                    .is_some_and(|at| known.at.is_none_or(|old| at < old)) =>
            {
                *known = Evidence {
                    observed_at: known.observed_at.min(evidence.observed_at),
                    ..evidence
                };
            }
            Some(_) => {}
            None => self.evidence.push(evidence),
        }
    }

    /// Adds a comment, or what is new of one: its words as long as the contest runs, its figure always.
    pub(super) fn comment(&mut self, comment: Comment, close: Timestamp) {
        let Some(known) = self
            .comments
            .iter_mut()
            .find(|known| known.id == comment.id)
        else {
            if self.comments.len() < COMMENTS {
                self.comments.push(comment);
            }
            return;
        };
        if comment.measure.is_some() {
            known.measure = comment.measure;
        }
        let edited = comment
            .edited_at
            .filter(|at| known.edited_at.is_none_or(|old| *at > old));
        let in_time = edited.map_or(comment.observed_at < close, |at| at < close);
        if in_time && comment.observed_at >= known.observed_at {
            known.text = comment.text;
            known.tags = comment.tags;
        }
        if edited.is_some() {
            known.edited_at = edited;
        }
    }

    /// Takes everything over from another entry of the same person.
    pub(super) fn absorb(&mut self, other: &Entry, close: Timestamp) {
        for account in &other.accounts {
            let known = |own: &EntryAccount| own.network == account.network && own.id == account.id;
            if !self.accounts.iter().any(known) {
                self.accounts.push(account.clone());
            }
        }
        self.first_seen = self.first_seen.min(other.first_seen);
        for evidence in &other.evidence {
            self.add(evidence.clone());
        }
        for comment in &other.comments {
            self.comment(comment.clone(), close);
        }
        for decision in &other.decisions {
            if !self.decisions.contains(decision) {
                self.decisions.push(decision.clone());
            }
        }
        for (juror, points) in &other.scores {
            self.scores.entry(juror.clone()).or_insert(*points);
        }
    }
}
