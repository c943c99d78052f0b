//! A case and what it is made of.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clock::{CaseEvent, Status};
use super::fate::Fate;
use super::handoff::Handoff;
use super::reply::Reply;
use super::route::Decision;
use super::triage::{Assessment, Severity};
use crate::id::{AccountId, ConversationId, MessageId, PostId};
use crate::model::{Account, Metric, Post, PostRef, words};
use crate::shared::shingles::Sketch;

/// A case's name: the same for the same first message, whichever desk met it first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(String);

impl CaseId {
    /// Takes the name as a desk printed it.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for CaseId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<&CaseId> for CaseId {
    fn from(id: &CaseId) -> Self {
        id.clone()
    }
}

/// Where a case is spoken of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Channel {
    /// In a conversation of messages.
    Conversation(ConversationId),
    /// In public, below the post that began the thread.
    Thread(PostId),
    /// It was erased: the network's handles are not known any more.
    Erased,
}

impl Channel {
    /// Whether everybody can read it.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::Thread(_))
    }
}

words! {
    /// How a mention came to the desk.
    FoundBy {
        /// It names us.
        Mention = "mention",
        /// It answers a post of ours.
        Reply = "reply",
        /// It quotes a post of ours.
        Quote = "quote",
        /// It stands on our own wall, where others write too.
        Wall = "wall",
        /// It was sent to us as a message.
        Message = "message",
        /// A standing search found it; nobody addressed it to us.
        Search = "search",
    }
}

/// Who wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Person {
    /// A hash of the network and the id: it stays when the person is erased.
    pub print: String,
    /// The network's id. `None` where the author is not told, has vanished, or was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<AccountId>,
    /// The name within the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The name that is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many follow it, where that was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followers: Option<u64>,
}

impl Person {
    pub(super) fn of(network: &str, account: Option<&Account>) -> Self {
        let Some(account) = account else {
            return Self::default();
        };
        Self {
            print: Self::print(network, account.id.as_str()),
            id: Some(account.id.clone()),
            handle: account.handle.as_ref().map(String::from),
            name: account.name.as_ref().map(String::from),
            followers: account.metrics.count(Metric::Followers),
        }
    }

    pub(super) fn print(network: &str, id: &str) -> String {
        super::keys::print(&[network, id])
    }

    /// What to call the person: the handle, the name or the id. `None` where none of them is known.
    pub fn label(&self) -> Option<&str> {
        self.handle
            .as_deref()
            .or(self.name.as_deref())
            .or(self.id.as_ref().map(AccountId::as_str))
    }

    /// Takes away all but the hash, and how many follow.
    pub(super) fn erase(&mut self) {
        self.id = None;
        self.handle = None;
        self.name = None;
    }
}

/// One version of a text, as it was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Version {
    /// A hash of the text: it stays when the text is erased.
    pub hash: String,
    /// The text; `None` after an erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When it was seen first.
    pub seen_at: Timestamp,
    /// How it was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Assessment>,
}

/// What a mention is on its network.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Origin {
    /// A post or comment.
    Post(PostRef),
    /// A message of a conversation.
    #[non_exhaustive]
    Message {
        /// The conversation.
        conversation: ConversationId,
        /// The message.
        message: MessageId,
    },
    /// It was erased: the network's id is not known any more.
    Erased,
}

/// One post or message of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Mention {
    /// A hash of the network and the id, by which it is known again: it stays when the text is erased.
    pub print: String,
    /// What it is on its network.
    pub origin: Origin,
    /// Its page on the web.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How it came to the desk.
    pub found_by: FoundBy,
    /// The name of the search that found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Whether it names us or is sent to us: what only a search found does not.
    pub addressed: bool,
    /// When it was written; when it was found, where the network does not tell.
    pub posted_at: Timestamp,
    /// When the desk found it.
    pub found_at: Timestamp,
    /// What it said, the first version first. Never empty.
    pub versions: Vec<Version>,
    /// Whether it has files: what stands in a picture is not judged.
    #[serde(default)]
    pub has_media: bool,
    /// Whether moderators had yet to let it be seen when it was found: then its absence says nothing, and is not looked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_review: bool,
    /// What became of it.
    #[serde(default)]
    pub fate: Fate,
}

impl Mention {
    /// Its last text; empty after an erasure.
    pub fn text(&self) -> &str {
        let last = self.versions.last();
        last.and_then(|version| version.text.as_deref())
            .unwrap_or_default()
    }

    /// How its last text was judged.
    pub fn assessment(&self) -> Option<&Assessment> {
        self.versions.last()?.assessment.as_ref()
    }

    /// The post, where it is one.
    pub fn post(&self) -> Option<&PostRef> {
        match &self.origin {
            Origin::Post(post) => Some(post),
            _ => None,
        }
    }
}

/// A repost, or the same text once more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Copy {
    /// A hash of the network, the id and, for a repost, who reposted.
    pub print: String,
    /// The post, where it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<PostRef>,
    /// Who passed it on.
    pub person: Person,
    /// When the desk found it.
    pub found_at: Timestamp,
    /// How often it was shown, where that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub views: Option<u64>,
}

/// How far a case has spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Reach {
    /// How many copies were found, the first post not counted.
    pub copies: u64,
    /// How many reposts the network counts of the posts of the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reposts: Option<u64>,
    /// The sum of the followers of all who wrote or passed it on, as far as they are told; somebody who follows two of
    /// them counts twice. `None` where none is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followers: Option<u64>,
    /// The sum of the views, as far as they are told. `None` where none is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<u64>,
}

/// What made a case more or less severe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeverityReason {
    /// Where it comes from: `text`, `reach`, `history`, `insistence`.
    pub from: String,
    /// How much it adds, of 1.
    pub adds: f64,
    /// What was found, for a person.
    pub why: String,
}

/// Who works on a case, and until when nobody else may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Claim {
    /// Who.
    pub agent: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when it holds unless it is renewed.
    pub until: Timestamp,
}

/// A remark that only the desk sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Note {
    /// Who wrote it.
    pub agent: String,
    /// When.
    pub at: Timestamp,
    /// What it says; `None` after an erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What somebody wants of us, and all that was done about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Case {
    /// Its name.
    pub id: CaseId,
    /// Our account that it came to, by the name it has at the desk.
    pub account: String,
    /// That account's network.
    pub network: String,
    /// Where it is spoken of.
    pub channel: Channel,
    /// Who wrote.
    pub person: Person,
    /// When the desk opened it.
    pub opened_at: Timestamp,
    /// What was written, in the order in which it was found. Never empty.
    pub mentions: Vec<Mention>,
    /// Reposts, and the same text by others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<Copy>,
    /// How far it has spread.
    #[serde(default)]
    pub reach: Reach,
    /// How severe it is, from 0 to 1.
    #[serde(default)]
    pub severity: Severity,
    /// Why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity_reasons: Vec<SeverityReason>,
    /// All that happened to it, in order: what the clock goes by. Nothing is ever taken out.
    pub events: Vec<CaseEvent>,
    /// Where it stands.
    pub status: Status,
    /// To which services the rules sent it, and why; the last decision holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// What was asked of services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handoffs: Vec<Handoff>,
    /// What we answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Reply>,
    /// Remarks that only the desk sees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// The earlier case that it follows: the person wrote again in the same place after the reopen window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<CaseId>,
    /// How many cases the person had before.
    #[serde(default)]
    pub earlier: u64,
    /// When its person was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
    /// By what texts that are alike are found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sketch: Option<Sketch>,
    /// When the desk looks at it again by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) look_at: Option<Timestamp>,
}

impl Case {
    /// How the last text that was judged a complaint was judged; without a complaint, how the last text was.
    pub fn assessment(&self) -> Option<&Assessment> {
        let mut judged = self.mentions.iter().rev().filter_map(Mention::assessment);
        let last = judged.clone().next();
        judged.find(|judged| judged.is_complaint()).or(last)
    }

    /// Whether somebody complained in it, in any version of any text.
    pub fn is_complaint(&self) -> bool {
        let versions = self.mentions.iter().flat_map(|mention| &mention.versions);
        let mut judged = versions.filter_map(|version| version.assessment.as_ref());
        judged.any(Assessment::is_complaint)
    }

    /// The last text.
    pub fn text(&self) -> &str {
        self.mentions.last().map(Mention::text).unwrap_or_default()
    }

    /// The service that it was last sent to, by a hand-off or by a rule.
    pub fn service(&self) -> Option<&str> {
        let handed = self.handoffs.last().map(|handoff| handoff.service.as_str());
        handed.or(self
            .decisions
            .last()
            .map(|decision| decision.service.as_str()))
    }

    /// Who holds it at this moment.
    pub fn holder(&self, now: Timestamp) -> Option<&Claim> {
        self.claim.as_ref().filter(|claim| now < claim.until)
    }

    pub(super) fn mention_mut(&mut self, print: &str) -> Option<&mut Mention> {
        self.mentions
            .iter_mut()
            .find(|mention| mention.print == print)
    }

    /// Sums how far it has spread.
    pub(super) fn measure(&mut self, seen: Option<&Post>) {
        if let Some(post) = seen {
            let told = post.metrics.count(Metric::Reposts);
            self.reach.reposts = self.reach.reposts.max(told);
            let shown = post.metrics.count(Metric::Views);
            let shown = shown.or(post.metrics.count(Metric::Impressions));
            self.reach.views = self.reach.views.max(shown);
        }
        let copies = || self.copies.iter();
        let sum = |figures: &mut dyn Iterator<Item = u64>| figures.reduce(u64::saturating_add);
        let people = std::iter::once(&self.person).chain(copies().map(|copy| &copy.person));
        self.reach.followers = sum(&mut people.filter_map(|person| person.followers));
        self.reach.copies = self.copies.len() as u64;
    }
}
