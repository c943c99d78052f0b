//! What X supports, bounds and charges. Every constant names its source: "contract" is the OpenAPI document 2.167 of
//! xdevplatform/docs (August 2026), "docs" the pages beside it, "clients" what several independent clients use where
//! nothing official is published.

pub(super) mod beside;
pub(super) mod endpoints;
pub(super) mod limits;
pub(super) mod prices;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::Need;
use crate::model::EventKind;
use crate::network::{Profile, Support};
use crate::operation::Operation;
use beside::Extras;
use endpoints::Endpoint;
use prices::{Item, Prices};

/// The network's name in configuration and errors.
pub(super) const NETWORK: &str = "x";

/// Where everything but advertising is asked (docs; `https://api.twitter.com` is an old alias).
pub(super) const API: &str = "https://api.x.com";
/// Where advertising is asked about (docs, Ads API), and in which version.
pub(super) const ADS_API: &str = "https://ads-api.x.com";
pub(super) const ADS_VERSION: &str = "12";
/// Where people's pages are.
pub(super) const PAGES: &str = "https://x.com";

/// What the fields of a post are asked by. The contract calls it `post.fields`, the guides and all clients so.
pub(super) const POST_FIELDS_PARAM: &str = "tweet.fields";
/// Of a listing: how many things to give at once.
pub(super) const COUNT_PARAM: &str = "max_results";

/// How long to wait between two questions of what happened: messages may be asked for 15 times in a quarter of an hour,
/// and others ask for them, too.
const POLL_SECONDS: u32 = 120;
/// How many posts or accounts are asked for at once by their ids (contract).
pub(super) const IDS_AT_ONCE: usize = 100;
/// How many posts a page holds (contract), of most listings.
pub(super) const PAGE: u32 = 100;
/// How many accounts a page of followers holds (contract).
pub(super) const ACCOUNTS_PAGE: u32 = 1000;
/// How far back the recent search reaches (docs): seven days.
pub(super) const RECENT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a search's words may be (docs): in the recent search, and in that of the whole archive.
pub(super) const QUERY_UNITS: (usize, usize) = (512, 1024);
/// How many pages of a conversation are read for one thread.
pub(super) const THREAD_PAGES: u32 = 10;
/// How long an uploaded file is kept without a post (docs: about a day), a little less.
pub(super) const UPLOAD_KEPT: Duration = Duration::from_secs(23 * 3600);
/// How large a piece of a file is that is sent at once (docs, both samples; the older 5 MB are refused at the edge).
pub(super) const CHUNK: u64 = 1024 * 1024;
/// How long to wait between two looks at a file that is worked on, where the network does not say.
pub(super) const PROCESSING_PAUSE: Duration = Duration::from_secs(5);
/// How long a file may be worked on before we give up.
pub(super) const PROCESSING_PATIENCE: Duration = Duration::from_secs(600);
/// For how long a post may be edited where it does not say (docs, guides).
pub(super) const EDIT_WINDOW: Duration = Duration::from_secs(30 * 60);

/// How many posts of its own, and how many answers, an account publishes in a day that X has not verified (help page, as
/// the press of May 2026 quotes it). No header tells of it.
pub(super) const UNVERIFIED_DAY: (u64, u64) = (50, 200);

/// How long an endpoint rests where it refuses and its windows have room: once, twice, and more often.
pub(super) const UNTOLD_RESTS: &[Duration] = &[
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(15 * 60),
];
/// How long posting rests where the account's own allowance is used up, which no header tells (docs, press of May 2026).
pub(super) const POSTING_RESTS: &[Duration] = &[
    Duration::from_secs(30 * 60),
    Duration::from_secs(3600),
    Duration::from_secs(3 * 3600),
];

/// A kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// The application's own bearer token: what is open to all, the full archive, streams and webhooks.
    AppOnly,
    /// A user's, of OAuth 2.0: it ends after two hours, is renewed, and carries scopes.
    OAuth2,
    /// A user's, of OAuth 1.0a: four secrets that sign each call, until they are revoked.
    OAuth1,
}

use TokenKind::{AppOnly, OAuth1, OAuth2};

impl TokenKind {
    /// What people call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AppOnly => "app-only",
            Self::OAuth2 => "user (OAuth 2.0)",
            Self::OAuth1 => "user (OAuth 1.0a)",
        }
    }

    /// Whether a person stands behind it.
    pub(super) const fn is_user(self) -> bool {
        matches!(self, Self::OAuth2 | Self::OAuth1)
    }
}

impl std::fmt::Display for TokenKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A plan of access. Which one it is, the network does not tell: it is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tier {
    /// Pay-per-use, and the older Basic and Pro: answers only to posts that mention the account or are its own; no
    /// likes, follows and quotes.
    #[default]
    SelfServe,
    /// Without these bounds; also the apps of public services.
    Enterprise,
}

impl Tier {
    /// How it is written in a configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SelfServe => "self_serve",
            Self::Enterprise => "enterprise",
        }
    }

    /// Reads it, by any of its names.
    pub(super) fn named(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().replace('-', "_").as_str() {
            "self_serve" | "pay_per_use" | "basic" | "pro" => Some(Self::SelfServe),
            "enterprise" | "public_utility" => Some(Self::Enterprise),
            _ => None,
        }
    }
}

impl std::fmt::Display for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The tokens that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Has {
    pub(super) app_only: bool,
    pub(super) oauth2: bool,
    pub(super) oauth1: bool,
}

impl Has {
    pub(super) const fn all() -> Self {
        Self {
            app_only: true,
            oauth2: true,
            oauth1: true,
        }
    }

    /// Whether there is a token of this kind.
    pub(super) const fn kind(self, kind: TokenKind) -> bool {
        match kind {
            AppOnly => self.app_only,
            OAuth2 => self.oauth2,
            OAuth1 => self.oauth1,
        }
    }

    /// The token for an endpoint, of those that are there.
    pub(super) fn pick(self, endpoint: &Endpoint) -> Option<TokenKind> {
        endpoint.kinds.iter().copied().find(|kind| self.kind(*kind))
    }

    /// One of the kinds of token that an endpoint takes, in words.
    pub(super) fn need(endpoint: &Endpoint) -> Need {
        let names: Vec<&str> = endpoint.kinds.iter().map(|kind| kind.as_str()).collect();
        Need::Token(names.join(" or "))
    }
}

/// What is known of an identity and its rights.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facts {
    pub(super) has: Has,
    pub(super) tier: Tier,
    /// Whether there is an account of X Ads.
    pub(super) ads: bool,
    /// The scopes that a login of OAuth 2.0 was granted, where it tells.
    pub(super) scopes: Option<Vec<String>>,
    /// What a refusal showed to be missing from the plan.
    pub(super) lost: Vec<Operation>,
    pub(super) post_units: usize,
    pub(super) video_seconds: u64,
    pub(super) prices: Prices,
}

/// What the network offers, and what it takes: the identity needs a token for each.
const OPERATIONS: &[(Operation, &[&Endpoint])] = {
    use endpoints::*;
    &[
        (Operation::ME, &[ME]),
        (Operation::ACCOUNT, &[USER]),
        (Operation::REFRESH_PROFILE, &[ME]),
        (Operation::PUBLISH, &[CREATE_POST]),
        (Operation::PUBLISH_REPLY, &[CREATE_POST]),
        (Operation::PUBLISH_QUOTE, &[CREATE_POST]),
        (Operation::PUBLISH_IMAGE, &[UPLOAD_BEGIN, CREATE_POST]),
        (Operation::PUBLISH_VIDEO, &[UPLOAD_BEGIN, CREATE_POST]),
        (Operation::PUBLISH_GIF, &[UPLOAD_BEGIN, CREATE_POST]),
        (Operation::PUBLISH_ALT_TEXT, &[MEDIA_METADATA, CREATE_POST]),
        (Operation::PUBLISH_POLL, &[CREATE_POST]),
        (Operation::PUBLISH_PLACE, &[CREATE_POST]),
        (Operation::RECONCILE, &[ME, USER_POSTS]),
        (Operation::EDIT, &[CREATE_POST]),
        (Operation::DELETE, &[DELETE_POST]),
        (Operation::POST, &[POST]),
        (Operation::POSTS_HOME, &[ME, HOME]),
        (Operation::POSTS_OWN, &[ME, USER_POSTS]),
        (Operation::POSTS_ACCOUNT, &[USER_POSTS]),
        (Operation::POSTS_MENTIONS, &[ME, MENTIONS]),
        (Operation::POSTS_REPLIES, &[POST, SEARCH_RECENT]),
        (Operation::POSTS_THREAD, &[POST, SEARCH_RECENT]),
        (Operation::POSTS_QUOTES, &[QUOTES]),
        (Operation::POSTS_HASHTAG, &[SEARCH_RECENT]),
        (Operation::POSTS_SEARCH, &[SEARCH_RECENT]),
        (Operation::POSTS_IDS, &[POSTS]),
        (Operation::ENGAGE_LIKE, &[ME, LIKE_POST]),
        (Operation::ENGAGE_REPOST, &[ME, REPOST]),
        (Operation::ENGAGE_BOOKMARK, &[ME, BOOKMARK_POST]),
        (Operation::ENGAGE_FOLLOW, &[ME, FOLLOW_USER]),
        (Operation::AUDIENCE_FOLLOWERS, &[FOLLOWERS]),
        (Operation::AUDIENCE_FOLLOWING, &[FOLLOWING]),
        (Operation::AUDIENCE_LIKED, &[LIKERS]),
        (Operation::AUDIENCE_REPOSTED, &[REPOSTERS]),
        (Operation::AUDIENCE_COMMENTED, &[POST, SEARCH_RECENT]),
        (Operation::MEMBERSHIP, &[ME, USERS_BY_ID]),
        (Operation::MODERATE_HIDE, &[HIDE_REPLY]),
        (Operation::MODERATE_MUTE, &[ME, MUTE_USER]),
        (Operation::CONVERSATIONS, &[ME, DM_EVENTS]),
        (Operation::MESSAGES, &[ME, DM_OF]),
        (Operation::SEND, &[SEND_TO_CONVERSATION]),
        (Operation::SEND_ACCOUNT, &[SEND_TO_USER]),
        (Operation::SEND_COMMENT_AUTHOR, &[POST, SEND_TO_USER]),
        (Operation::SEND_MEDIA, &[UPLOAD_BEGIN, SEND_TO_CONVERSATION]),
        (Operation::METRICS_POST, &[POSTS]),
        (Operation::METRICS_ACCOUNT, &[ME]),
        (
            Operation::PROMOTIONS,
            &[ADS_CAMPAIGNS, ADS_POSTS, ADS_STATS],
        ),
        (Operation::TRENDING, &[TRENDS]),
        (Operation::EVENTS, &[ME, MENTIONS]),
    ]
};

/// What plans that anybody can buy have lost (docs, changelog: answers and quotes February, likes and follows April 2026).
const ENTERPRISE: &[Operation] = &[
    Operation::PUBLISH_QUOTE,
    Operation::ENGAGE_LIKE,
    Operation::ENGAGE_FOLLOW,
];

/// Why there is no card of one's own.
const LINK_NOTE: &str = "X makes cards itself, of the page that an address in the text leads to; the price is that of a post \
     with an address";

/// What publishing costs besides the post itself, or in its place.
const PUBLISHING: &[(Operation, Option<Item>)] = &[
    (Operation::PUBLISH_REPLY, Some(Item::PostCreate)),
    (Operation::PUBLISH_ALT_TEXT, Some(Item::MediaMetadata)),
    (Operation::PUBLISH_IMAGE, None),
    (Operation::PUBLISH_VIDEO, None),
    (Operation::PUBLISH_GIF, None),
    (Operation::PUBLISH_POLL, None),
    (Operation::PUBLISH_PLACE, None),
];

/// Whether X may refuse an answer, and when.
pub(super) const REPLY_NOTE: &str = "X may refuse it: on this plan an account answers only posts that mention or quote it, and its own; the \
     answer must go to that very post";

/// What asking what happened tells, and what it costs.
const EVENTS_NOTE: &str = "the last 800 mentions and answers, and messages of the last 30 days; each that is read is billed, and \
     each question reads the newest message at least; likes, reposts, quotes and followers are left out, and delivered by X \
     Activity alone";
/// The same, without messages.
const NO_MESSAGES: &str = "; messages are left out: the token or its scopes are not for them";

const NOTES: &[(Operation, &str)] = &[
    (
        Operation::EDIT,
        "for accounts with Premium, within the time that the post itself tells; the edited post has a new id",
    ),
    (
        Operation::POSTS_REPLIES,
        "found by a search: of the last seven days, or of the whole archive with an app-only token",
    ),
    (
        Operation::POSTS_THREAD,
        "found by a search: of the last seven days, or of the whole archive with an app-only token",
    ),
    (
        Operation::AUDIENCE_COMMENTED,
        "found by a search: of the last seven days, or of the whole archive with an app-only token",
    ),
    (
        Operation::POSTS_SEARCH,
        "the last seven days; the whole archive where `since` is older and there is an app-only token",
    ),
    (
        Operation::AUDIENCE_LIKED,
        "at most a hundred for all time, and likes are private: who is missing may like it all the same",
    ),
    (
        Operation::MODERATE_HIDE,
        "answers in conversations that this account began",
    ),
    (
        Operation::PUBLISH_PLACE,
        "a community, by its id, that the account belongs to",
    ),
    (
        Operation::CONVERSATIONS,
        "gathered from the messages of the last 30 days, each of which is billed; of a group only those are known who wrote; \
         encrypted chats are not among them",
    ),
    (
        Operation::MESSAGES,
        "of the last 30 days, without encrypted chats; each message is billed",
    ),
    (
        Operation::SEND_COMMENT_AUTHOR,
        "an ordinary message to whoever wrote the post, where they take messages from this account",
    ),
    (Operation::SEND_MEDIA, "one file a message"),
    (
        Operation::METRICS_POST,
        "clicks and the parts of what was seen by itself and by advertising: of own posts of the last 30 days alone",
    ),
    (
        Operation::METRICS_ACCOUNT,
        "how it stands now; of a span nothing is told",
    ),
    (
        Operation::PROMOTIONS,
        "by the Ads API, which was not tried against an account; figures are final after a day, what was spent after three, \
         what is billed after up to 14",
    ),
    (
        Operation::TRENDING,
        "of the world, or of a place by its number (WOEID)",
    ),
    (Operation::EVENTS, EVENTS_NOTE),
];

/// The plan that would bring an operation back.
pub(super) fn enterprise() -> Need {
    Need::Tier(Tier::Enterprise.as_str().to_owned())
}

/// What promotions are told with.
pub(super) fn ads_access() -> Need {
    let what = "Ads access: an account of X Ads (`ads_account`), and an application that is approved for it";
    Need::Permission(what.to_owned())
}

fn support(facts: &Facts, operation: &Operation, needed: &[&Endpoint]) -> Support {
    if *operation == Operation::PROMOTIONS && !facts.ads {
        return Support::needs(ads_access());
    }
    let missing = needed
        .iter()
        .find(|endpoint| facts.has.pick(endpoint).is_none());
    if let Some(endpoint) = missing {
        return Support::needs(Has::need(endpoint));
    }
    let lacks = |scope: &&&str| {
        let granted = facts.scopes.as_ref();
        granted.is_some_and(|granted| !granted.iter().any(|known| known == **scope))
    };
    let by_login = needed
        .iter()
        .filter(|endpoint| facts.has.pick(endpoint) == Some(OAuth2));
    if let Some(scope) = by_login.flat_map(|endpoint| endpoint.scopes).find(lacks) {
        return Support::needs(Need::Scope((*scope).to_owned()));
    }
    let self_serve = facts.tier == Tier::SelfServe;
    if self_serve && ENTERPRISE.contains(operation) || facts.lost.contains(operation) {
        return Support::needs(enterprise());
    }
    if self_serve && *operation == Operation::PUBLISH_REPLY {
        return Support::unknown().note(REPLY_NOTE);
    }
    // Likes are private: whose post it is is told, and whether anybody else is, nobody says.
    if *operation == Operation::AUDIENCE_LIKED {
        return Support::unknown();
    }
    Support::yes()
}

/// Whether the token may read messages.
fn reads_messages(facts: &Facts) -> bool {
    let needed = &[endpoints::ME, endpoints::DM_EVENTS];
    support(facts, &Operation::CONVERSATIONS, needed).is_available()
}

/// The most that is told beside a thing that an operation reads.
fn beside(operation: &Operation, item: Item) -> Extras {
    match item {
        // Figures are asked for bare.
        Item::PostRead if *operation != Operation::METRICS_POST => Extras::most(beside::EXPANSIONS),
        Item::DmRead => Extras::most(beside::MESSAGE_EXPANSIONS),
        _ => Extras::default(),
    }
}

/// What an identity may do, by its tokens and its plan.
pub(super) fn profile(facts: &Facts) -> Profile {
    let mut operations = BTreeMap::new();
    for (operation, needed) in OPERATIONS {
        let mut support = support(facts, operation, needed);
        if let Some((_, note)) = NOTES.iter().find(|(known, _)| known == operation) {
            support.note.get_or_insert_with(|| (*note).to_owned());
        }
        let billed = match PUBLISHING.iter().find(|(known, _)| known == operation) {
            Some((_, item)) => *item,
            None => needed.last().and_then(|endpoint| endpoint.price),
        };
        if *operation == Operation::EVENTS && !reads_messages(facts) {
            support.note = Some([EVENTS_NOTE, NO_MESSAGES].concat());
        }
        support.price = billed.map(|item| facts.prices.money(item, beside(operation, item)));
        operations.insert(operation.clone(), support);
    }
    let linked = facts
        .prices
        .money(Item::PostCreateWithUrl, Extras::default());
    let link = Support::no().note(LINK_NOTE).price(linked);
    operations.insert(Operation::PUBLISH_LINK, link);
    let mut profile = Profile::new(NETWORK)
        .text(limits::text_rules(facts))
        .media(limits::media_rules(facts))
        .poll_options(limits::POLL_OPTIONS)
        .max_page(PAGE)
        .poll_seconds(POLL_SECONDS)
        // What the list of mentions holds (docs); of quotes and reposts it holds only some.
        .event_kinds([EventKind::Mention, EventKind::Reply]);
    if reads_messages(facts) {
        profile.event_kinds.push(EventKind::Message);
    }
    profile.operations = operations.into();
    profile
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Availability;

    fn facts(has: Has, tier: Tier) -> Facts {
        Facts {
            has,
            tier,
            ads: false,
            scopes: None,
            lost: Vec::new(),
            post_units: limits::POST_UNITS,
            video_seconds: limits::VIDEO_SECONDS,
            prices: Prices::default(),
        }
    }

    fn only(kind: TokenKind) -> Has {
        Has {
            app_only: kind == AppOnly,
            oauth2: kind == OAuth2,
            oauth1: kind == OAuth1,
        }
    }

    #[test]
    fn an_application_alone_reads_what_is_open_to_all_and_names_what_else_needs() {
        let profile = profile(&facts(only(AppOnly), Tier::Enterprise));
        for operation in [
            Operation::POST,
            Operation::POSTS_SEARCH,
            Operation::AUDIENCE_REPOSTED,
        ] {
            assert!(profile.can(&operation), "{operation}");
        }
        let users = Need::Token("user (OAuth 2.0) or user (OAuth 1.0a)".to_owned());
        for operation in [
            Operation::PUBLISH,
            Operation::ME,
            Operation::POSTS_OWN,
            Operation::MEMBERSHIP,
        ] {
            let told = profile.supports(&operation).availability;
            assert_eq!(told, Availability::Needs(users.clone()), "{operation}");
        }
        let old = super::profile(&facts(only(OAuth1), Tier::Enterprise));
        let told = old.supports(&Operation::ENGAGE_BOOKMARK).availability;
        assert_eq!(
            told,
            Availability::Needs(Need::Token("user (OAuth 2.0)".to_owned()))
        );
    }

    #[test]
    fn the_plan_decides_what_needs_another() {
        let own = profile(&facts(Has::all(), Tier::SelfServe));
        let large = profile(&facts(Has::all(), Tier::Enterprise));
        for operation in ENTERPRISE {
            assert_eq!(
                own.supports(operation).availability,
                Availability::Needs(enterprise())
            );
            assert!(large.can(operation));
        }
        let reply = own.supports(&Operation::PUBLISH_REPLY);
        assert_eq!(
            (reply.availability, reply.note.as_deref()),
            (Availability::Unknown, Some(REPLY_NOTE))
        );
        let mut learned = facts(Has::all(), Tier::Enterprise);
        learned.lost.push(Operation::ENGAGE_LIKE);
        assert!(!profile(&learned).can(&Operation::ENGAGE_LIKE));
    }

    #[test]
    fn a_scope_that_was_not_granted_is_named() {
        let mut facts = facts(only(OAuth2), Tier::Enterprise);
        facts.scopes = Some(vec!["tweet.read".to_owned(), "users.read".to_owned()]);
        let told = |operation| profile(&facts).supports(&operation).availability;
        assert_eq!(told(Operation::POSTS_OWN), Availability::Yes);
        assert_eq!(
            told(Operation::PUBLISH),
            Availability::Needs(Need::Scope("tweet.write".to_owned()))
        );
        assert_eq!(
            told(Operation::PUBLISH_IMAGE),
            Availability::Needs(Need::Scope("media.write".to_owned()))
        );
    }

    #[test]
    fn every_operation_that_is_billed_tells_its_price() {
        let profile = profile(&facts(Has::all(), Tier::Enterprise));
        let price = |operation| profile.supports(&operation).price.unwrap().amount;
        assert_eq!(price(Operation::PUBLISH), 15_000);
        assert_eq!(price(Operation::PUBLISH_LINK), 200_000);
        // A post, its author, what it answers and what it quotes, and their authors.
        assert_eq!(price(Operation::POSTS_SEARCH), 45_000);
        assert_eq!(price(Operation::METRICS_POST), 5_000);
        assert_eq!(price(Operation::MESSAGES), 20_000);
        for (operation, support) in profile.operations.iter() {
            let free = PUBLISHING
                .iter()
                .any(|(known, item)| known == operation && item.is_none());
            // What advertising brought is told for nothing.
            let free = free || *operation == Operation::PROMOTIONS;
            assert_eq!(support.price.is_none(), free, "{operation}");
        }
    }

    #[test]
    fn plans_are_read_by_their_names() {
        assert_eq!(Tier::named("pay-per-use"), Some(Tier::SelfServe));
        assert_eq!(Tier::named(" Enterprise "), Some(Tier::Enterprise));
        assert_eq!(Tier::named("free"), None);
    }
}
