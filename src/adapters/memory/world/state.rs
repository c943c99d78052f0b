//! All that the network holds.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::limits::Limit;
use super::promotion::PromotionYield;
use crate::adapters::memory::rules;
use crate::adapters::memory::wire::{Card, MediaUse, NewPost};
use crate::error::{Rule, Violation};
use crate::model::{AccountKind, ContentWarning, EventKind, MediaKind, Money, Trend, Visibility};
use crate::network::{MediaRules, TextRules};
use crate::text::Text;

/// Why the network does not do what it is asked.
#[derive(Debug)]
pub(super) enum No {
    /// Who asks is not known, or the login is over.
    Unauthorized(&'static str),
    /// The account is suspended.
    Suspended,
    /// Something else stands against it; the words say what.
    Forbidden(&'static str),
    /// There is none, or it is not to be seen.
    NotFound(&'static str),
    /// The key names something else.
    Conflict(&'static str),
    /// What was asked breaks rules.
    Invalid(Vec<Violation>),
    /// The same text stands there already, as this post.
    Duplicate(u64),
    /// The time for it is over.
    Closed(&'static str),
    /// The content is not wanted.
    Rejected(String),
    /// No more for now.
    Limited,
    /// No more at all until the window ends.
    Spent,
}

/// What a question is answered with.
pub(super) type Ask<T> = Result<T, No>;

impl No {
    /// One rule broken at one place.
    pub(super) fn invalid(rule: Rule, field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::error(rule, field, message)])
    }
}

/// Somebody did something to something, once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) who: String,
    pub(super) number: u64,
    pub(super) at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sign: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) choices: Vec<u32>,
}

/// Who did it, in the order of doing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Marks(pub(super) Vec<Mark>);

impl Marks {
    pub(super) fn of(&self, who: &str) -> Option<&Mark> {
        self.0.iter().find(|m| m.who == who)
    }

    pub(super) fn has(&self, who: &str) -> bool {
        self.of(who).is_some()
    }

    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    pub(super) fn remove(&mut self, who: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|m| m.who != who);
        before != self.0.len()
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AccountRow {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) about: Option<String>,
    pub(super) kind: AccountKind,
    pub(super) created_at: Timestamp,
    pub(super) number: u64,
    #[serde(default)]
    pub(super) suspended: bool,
    #[serde(default)]
    pub(super) locked_out: bool,
    #[serde(default)]
    pub(super) followers: Marks,
    #[serde(default)]
    pub(super) following: Marks,
    #[serde(default)]
    pub(super) blocked: Marks,
    #[serde(default)]
    pub(super) muted: Marks,
    /// Who came to follow and who left, and when.
    #[serde(default)]
    pub(super) moves: Vec<(Timestamp, bool)>,
    #[serde(default)]
    pub(super) pinned: Vec<u64>,
    #[serde(default)]
    pub(super) posts: Vec<u64>,
    /// Happenings up to this number are seen.
    #[serde(default)]
    pub(super) seen: u64,
    /// The last happening of this account's that is forgotten, and when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) forgotten: Option<(u64, Timestamp)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PollRow {
    pub(super) question: Option<String>,
    pub(super) options: Vec<String>,
    pub(super) multiple: bool,
    pub(super) closes_at: Timestamp,
    #[serde(default)]
    pub(super) votes: Marks,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PostRow {
    pub(super) author: String,
    pub(super) text: Text,
    pub(super) created_at: Timestamp,
    #[serde(default)]
    pub(super) edited_at: Option<Timestamp>,
    /// When it is to appear, or appeared.
    pub(super) live_at: Timestamp,
    /// Its place in the order of appearance; `None` while it waits for its time.
    #[serde(default)]
    pub(super) live: Option<u64>,
    #[serde(default)]
    pub(super) deleted_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) reply_to: Option<u64>,
    pub(super) thread: u64,
    #[serde(default)]
    pub(super) quote: Option<u64>,
    #[serde(default)]
    pub(super) place: Option<String>,
    #[serde(default)]
    pub(super) media: Vec<MediaUse>,
    #[serde(default)]
    pub(super) link: Option<Card>,
    #[serde(default)]
    pub(super) poll: Option<PollRow>,
    #[serde(default)]
    pub(super) languages: Vec<String>,
    pub(super) visibility: Visibility,
    #[serde(default)]
    pub(super) warnings: Vec<ContentWarning>,
    #[serde(default)]
    pub(super) hidden: bool,
    #[serde(default)]
    pub(super) closed: bool,
    #[serde(default)]
    pub(super) replies: Vec<u64>,
    #[serde(default)]
    pub(super) quotes: Vec<u64>,
    #[serde(default)]
    pub(super) likes: Marks,
    #[serde(default)]
    pub(super) reactions: Marks,
    #[serde(default)]
    pub(super) reposts: Marks,
    #[serde(default)]
    pub(super) bookmarks: Marks,
    /// How many followers its author had when it appeared.
    #[serde(default)]
    pub(super) audience: u64,
    /// When somebody engaged with it: each time brings it before more eyes.
    #[serde(default)]
    pub(super) boosts: Vec<Timestamp>,
}

impl PostRow {
    /// Whether it appeared and is not taken away.
    pub(super) fn is_live(&self) -> bool {
        self.live.is_some() && self.deleted_at.is_none()
    }

    /// Whether listings that show the network as it was at a moment hold it.
    pub(super) fn listed_at(&self, moment: Timestamp) -> bool {
        self.live.is_some()
            && self.live_at <= moment
            && self.deleted_at.is_none_or(|at| at > moment)
    }

    /// The accounts that its text mentions.
    pub(super) fn mentions(&self) -> impl Iterator<Item = &str> {
        self.text
            .spans()
            .iter()
            .filter_map(|span| match &span.kind {
                crate::text::SpanKind::Mention(mention) => {
                    mention.id.as_deref().and_then(super::ids::account)
                }
                _ => None,
            })
    }

    /// Whether it stands under a hashtag, whatever its capitals.
    pub(super) fn has_tag(&self, tag: &str) -> bool {
        self.tags().any(|t| t.to_lowercase() == tag)
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        self.text
            .spans()
            .iter()
            .filter_map(|span| match &span.kind {
                crate::text::SpanKind::Hashtag(tag) => Some(tag.as_str()),
                _ => None,
            })
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct MediaRow {
    pub(super) owner: String,
    pub(super) kind: MediaKind,
    pub(super) media_type: String,
    pub(super) bytes: u64,
    /// The file itself. A snapshot does not hold it.
    #[serde(skip)]
    pub(super) body: bytes::Bytes,
    /// What tells the same file from another: an upload that is repeated is one file.
    pub(super) fingerprint: u64,
    #[serde(default)]
    pub(super) dimensions: Option<(u32, u32)>,
    #[serde(default)]
    pub(super) duration: Option<Duration>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ConversationRow {
    pub(super) members: Vec<String>,
    pub(super) messages: Vec<u64>,
    /// Up to which message each member has read.
    #[serde(default)]
    pub(super) read: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct MessageRow {
    pub(super) conversation: u64,
    pub(super) author: String,
    pub(super) text: Text,
    pub(super) at: Timestamp,
    #[serde(default)]
    pub(super) edited_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) reply_to: Option<u64>,
    #[serde(default)]
    pub(super) media: Vec<MediaUse>,
    #[serde(default)]
    pub(super) share: Option<u64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EventRow {
    pub(super) number: u64,
    pub(super) to: String,
    pub(super) kind: EventKind,
    pub(super) at: Timestamp,
    pub(super) by: String,
    #[serde(default)]
    pub(super) post: Option<u64>,
    #[serde(default)]
    pub(super) message: Option<u64>,
    #[serde(default)]
    pub(super) target: Option<u64>,
    #[serde(default)]
    pub(super) sign: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PromotionRow {
    pub(super) owner: String,
    pub(super) post: u64,
    pub(super) name: String,
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
    pub(super) budget: Money,
    #[serde(default)]
    pub(super) brings: PromotionYield,
}

/// What a key was used for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeyRow {
    pub(super) made: u64,
    /// What tells the same request from another.
    pub(super) fingerprint: u64,
}

/// What a test sets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) text: TextRules,
    pub(super) media: MediaRules,
    pub(super) listing_delay: Duration,
    #[serde(default)]
    pub(super) rewrites: bool,
    pub(super) login_life: Duration,
    pub(super) reply_window: Option<Duration>,
    pub(super) repeat_window: Option<Duration>,
    pub(super) event_capacity: usize,
    pub(super) unwanted: Vec<String>,
    pub(super) limits: Vec<Limit>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            text: rules::text(),
            media: rules::media(),
            listing_delay: Duration::ZERO,
            rewrites: false,
            login_life: rules::LOGIN_LIFE,
            reply_window: None,
            repeat_window: None,
            event_capacity: rules::EVENT_CAPACITY,
            unwanted: Vec::new(),
            limits: Vec::new(),
        }
    }
}

/// All that the network holds, and nothing else: it reads no clock and knows no chance.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The last number given: posts, messages, marks and happenings are numbered in one row.
    pub(super) last: u64,
    pub(super) accounts: BTreeMap<String, AccountRow>,
    pub(super) posts: BTreeMap<u64, PostRow>,
    /// Posts that wait for their time.
    pub(super) waiting: Vec<u64>,
    pub(super) media: BTreeMap<u64, MediaRow>,
    pub(super) conversations: BTreeMap<u64, ConversationRow>,
    pub(super) messages: BTreeMap<u64, MessageRow>,
    pub(super) events: VecDeque<EventRow>,
    pub(super) promotions: BTreeMap<u64, PromotionRow>,
    pub(super) trends: Vec<Trend>,
    pub(super) keys: BTreeMap<String, KeyRow>,
    pub(super) settings: Settings,
    /// What happened, where that is recorded.
    #[serde(skip)]
    pub(super) records: Option<Vec<super::journal::Record>>,
    /// Who is logged in. Never part of a snapshot.
    #[serde(skip)]
    pub(super) logins: super::sessions::Logins,
    #[serde(skip)]
    pub(super) spent: super::limits::Spent,
    /// Where deliveries go. Never part of a snapshot, since secrets belong to it.
    #[cfg(feature = "webhook")]
    #[serde(skip)]
    pub(super) subscriptions: BTreeMap<String, super::push::Subscription>,
}

impl State {
    /// The next number.
    pub(super) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// What listings show at `now`: the network as it was this long ago.
    pub(super) fn shown_at(&self, now: Timestamp) -> Timestamp {
        now.checked_sub(self.settings.listing_delay)
            .unwrap_or(Timestamp::MIN)
    }

    pub(super) fn account(&self, handle: &str) -> Ask<&AccountRow> {
        self.accounts
            .get(handle)
            .ok_or(No::NotFound("there is no such account"))
    }

    pub(super) fn account_mut(&mut self, handle: &str) -> Ask<&mut AccountRow> {
        self.accounts
            .get_mut(handle)
            .ok_or(No::NotFound("there is no such account"))
    }

    /// Whether one of two accounts blocks the other.
    pub(super) fn apart(&self, one: &str, other: &str) -> bool {
        let blocks = |a: &str, b: &str| self.accounts.get(a).is_some_and(|row| row.blocked.has(b));
        blocks(one, other) || blocks(other, one)
    }

    /// A request's fingerprint, for its key.
    pub(super) fn fingerprint(what: &impl Serialize) -> u64 {
        use std::hash::Hasher;
        let mut hasher = siphasher::sip::SipHasher13::new();
        // What has been read from JSON can be written as JSON.
        hasher.write(&serde_json::to_vec(what).unwrap_or_default());
        hasher.finish()
    }

    /// A publication's fingerprint: the time when it was written does not make it another one.
    pub(super) fn post_fingerprint(post: &NewPost) -> u64 {
        let mut post = post.clone();
        post.created_at = None;
        Self::fingerprint(&post)
    }
}
