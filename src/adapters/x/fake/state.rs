//! What the network holds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::access::Accesses;
use super::faults::{Fault, Rule};
use super::limits::Limits;
use super::log::SeenRequest;
use super::money::Money;
use super::setup::{Plan, Spelling};
use super::text::Entities;

pub(super) type Id = u64;

#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) username: String,
    pub(super) created: Timestamp,
    pub(super) description: String,
    pub(super) protected: bool,
    /// Whether X verified the account: without it, a day holds 50 posts and 200 replies.
    pub(super) verified: bool,
    /// Whether posts can be edited and may be longer.
    pub(super) premium: bool,
    /// Suspended, and seen by nobody.
    pub(super) suspended: bool,
    pub(super) takes_messages: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Poll {
    pub(super) id: Id,
    /// Labels with their votes.
    pub(super) options: Vec<(String, i64)>,
    pub(super) minutes: i64,
    pub(super) ends: Timestamp,
}

/// What a post or a video brought: what is paid for stands apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Figures {
    /// Views.
    pub impressions: i64,
    /// Clicks on the links of the text.
    pub url_clicks: i64,
    /// Clicks on the author.
    pub profile_clicks: i64,
    /// Everything that somebody did with it.
    pub engagements: i64,
    /// Likes that nobody of this network gave.
    pub likes: i64,
    /// Reposts that nobody of this network made.
    pub reposts: i64,
    /// Replies that nobody of this network wrote.
    pub replies: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) id: Id,
    pub(super) author: Id,
    pub(super) at: Timestamp,
    /// As it was written.
    pub(super) raw: String,
    /// As answers tell it: escaped, with short links.
    pub(super) text: String,
    pub(super) entities: Entities,
    pub(super) reply_to: Option<Id>,
    pub(super) conversation: Id,
    pub(super) quote: Option<Id>,
    pub(super) repost_of: Option<Id>,
    pub(super) media: Vec<Id>,
    pub(super) poll: Option<Id>,
    pub(super) reply_settings: String,
    pub(super) community: Option<String>,
    /// Every version up to this one, the first of them first.
    pub(super) history: Vec<Id>,
    pub(super) superseded: bool,
    pub(super) nullcast: bool,
    pub(super) paid_partnership: bool,
    pub(super) hidden: bool,
    pub(super) deleted: bool,
    pub(super) organic: Figures,
    pub(super) promoted: Option<Figures>,
    /// Who is not addressed although the post answers them.
    pub(super) excluded: Vec<Id>,
    /// How many code points of the text name whom the post answers: the author did not write them.
    pub(super) lead: usize,
}

impl Post {
    pub(super) fn root(&self) -> Id {
        self.history.first().copied().unwrap_or(self.id)
    }

    pub(super) fn is_reply(&self) -> bool {
        self.reply_to.is_some()
    }

    /// Whom the author named in the text.
    pub(super) fn named(&self) -> impl Iterator<Item = Id> + '_ {
        let own = self
            .entities
            .mentions
            .iter()
            .filter(|m| m.start >= self.lead);
        own.filter_map(|m| m.user)
    }

    pub(super) fn mentions(&self, user: Id) -> bool {
        self.entities.mentions.iter().any(|m| m.user == Some(user))
    }
}

/// Somebody did something to a user or a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tie {
    /// Its number, which only grows.
    pub(super) seq: u64,
    pub(super) from: Id,
    pub(super) to: Id,
}

/// Ties of one kind, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Ties(pub(super) Vec<Tie>);

impl Ties {
    pub(super) fn has(&self, from: Id, to: Id) -> bool {
        self.0.iter().any(|tie| tie.from == from && tie.to == to)
    }

    pub(super) fn cut(&mut self, from: Id, to: Id) -> bool {
        let before = self.0.len();
        self.0.retain(|tie| tie.from != from || tie.to != to);
        self.0.len() != before
    }

    pub(super) fn count_to(&self, to: Id) -> usize {
        self.0.iter().filter(|tie| tie.to == to).count()
    }

    pub(super) fn count_from(&self, from: Id) -> usize {
        self.0.iter().filter(|tie| tie.from == from).count()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) spelling: Spelling,
    /// The plan of the app.
    pub(super) plan: Plan,
    /// Plans of single accounts.
    pub(super) plans: BTreeMap<Id, Plan>,
    /// Who owns the app: what is read of that account costs less.
    pub(super) owner: Id,
    /// For how long a text counts as said already, in seconds.
    pub(super) duplicate_window: i64,
    /// How long a post can be edited, in seconds.
    pub(super) edit_window: i64,
    /// How long a video is worked on, in seconds.
    pub(super) processing: i64,
    /// How long media that nobody used is kept, in seconds.
    pub(super) media_life: i64,
    /// How long an access token of OAuth 2.0 lives, in seconds.
    pub(super) token_life: i64,
    /// Posts and replies a day of an account that is not verified.
    pub(super) unverified: (usize, usize),
    /// Beyond this many bytes the edge refuses a body.
    pub(super) segment: usize,
    /// Whether problems are named under the old host.
    pub(super) old_problems: bool,
    /// Whether the first page of a listing is empty, and leads to the next.
    pub(super) empty_pages: bool,
    /// How long listings and searches do not show a new post.
    pub(super) listing_delay: SignedDuration,
    /// Whether spaces that say nothing are taken out of texts.
    pub(super) trims: bool,
    /// Which secrets sign deliveries.
    pub(super) signing: super::webhooks::Signing,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            spelling: Spelling::Tweet,
            plan: Plan::PayPerUse,
            plans: BTreeMap::new(),
            owner: super::Fake::ANNA,
            duplicate_window: 12 * 3600,
            edit_window: 3600,
            processing: 10,
            media_life: 24 * 3600,
            token_life: 7200,
            unverified: (50, 200),
            segment: 1024 * 1024,
            old_problems: false,
            empty_pages: false,
            listing_delay: SignedDuration::ZERO,
            trims: false,
            signing: super::webhooks::Signing::Both,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) users: BTreeMap<Id, User>,
    pub(super) posts: BTreeMap<Id, Post>,
    pub(super) polls: BTreeMap<Id, Poll>,
    pub(super) media: BTreeMap<Id, super::media::Medium>,
    pub(super) likes: Ties,
    pub(super) bookmarks: Ties,
    pub(super) follows: Ties,
    pub(super) mutes: Ties,
    pub(super) blocks: Ties,
    pub(super) dm: super::dm::Messages,
    pub(super) activity: super::activity::Activity,
    pub(super) stream: super::stream::Streams,
    pub(super) trends: BTreeMap<i64, Vec<(String, Option<i64>)>>,
    pub(super) ads: super::ads::Ads,
    /// What short links lead to.
    pub(super) links: BTreeMap<String, String>,
    pub(super) access: Accesses,
    pub(super) limits: Limits,
    pub(super) money: Money,
    pub(super) settings: Settings,
    pub(super) broken: BTreeSet<Rule>,
    pub(super) faults: Vec<(String, Fault)>,
    pub(super) log: VecDeque<SeenRequest>,
    pub(super) complaints: Vec<String>,
    /// When the request came that is answered.
    pub(super) now: Timestamp,
    last_id: Id,
    counter: u64,
}

/// The moment from which X counts its ids, in milliseconds.
const EPOCH: i64 = 1_288_834_974_657;

impl World {
    pub(super) fn keeps(&self, rule: Rule) -> bool {
        !self.broken.contains(&rule)
    }

    pub(super) fn complain(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.complaints.contains(&what) {
            self.complaints.push(what);
        }
    }

    /// A number that only grows.
    pub(super) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// An id that tells its time, as X makes them: later ones are greater.
    pub(super) fn new_id(&mut self, now: Timestamp) -> Id {
        // The last bits name a machine: no double holds such a number.
        let id = (first_id(now) + 4097).max(self.last_id + 1);
        self.last_id = id;
        id
    }

    /// Something that cannot be guessed from the outside, and is the same in each run.
    pub(super) fn secret(&mut self, what: &str) -> String {
        use base64::Engine as _;
        let seed = format!("{what} {}", self.next());
        let hash = hmac_sha256::Hash::hash(seed.as_bytes());
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash)
    }

    pub(super) fn tie(&mut self, from: Id, to: Id) -> Tie {
        Tie {
            seq: self.next(),
            from,
            to,
        }
    }

    pub(super) fn plan_of(&self, user: Option<Id>) -> Plan {
        let own = user.and_then(|user| self.settings.plans.get(&user));
        own.copied().unwrap_or(self.settings.plan)
    }

    pub(super) fn user_named(&self, username: &str) -> Option<&User> {
        self.users
            .values()
            .find(|user| user.username.eq_ignore_ascii_case(username))
    }

    /// A post that somebody may see.
    pub(super) fn visible(&self, id: Id, viewer: Option<Id>) -> Option<&Post> {
        let post = self.posts.get(&id)?;
        self.may_see(post, viewer).then_some(post)
    }

    pub(super) fn may_see(&self, post: &Post, viewer: Option<Id>) -> bool {
        let Some(author) = self.users.get(&post.author) else {
            return false;
        };
        let own = viewer == Some(author.id);
        let open = !author.protected
            || own
            || viewer.is_some_and(|viewer| self.follows.has(viewer, author.id));
        !post.deleted && !author.suspended && open
    }

    /// What listings hold: the last version of each post, newest first, but for what is too new to be shown.
    pub(super) fn listed(&self, viewer: Option<Id>) -> Vec<&Post> {
        let delay = self.settings.listing_delay;
        let shown = |post: &Post| {
            let first = self.posts.get(&post.root()).unwrap_or(post);
            delay.is_zero() || self.now.duration_since(first.at) >= delay
        };
        let mut posts: Vec<&Post> = self
            .posts
            .values()
            .filter(|post| !post.superseded && !post.nullcast && self.may_see(post, viewer))
            .filter(|post| shown(post))
            .collect();
        posts.reverse();
        posts
    }
}

/// The first id of a moment.
pub(super) fn first_id(at: Timestamp) -> Id {
    let since = at.as_millisecond().saturating_sub(EPOCH).max(0);
    (since as u64) << 22
}
