//! Who is there, how the network is set, and what others do on it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Fake;
use super::access::{Kind, Token};
use super::money::Billed;
use super::operations::{self, SCOPES};
use super::state::{Id, User, World};

/// What an app or an account pays X for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Plan {
    /// By each call; the plan of who has no other.
    PayPerUse,
    /// The old plan Basic.
    Basic,
    /// The old plan Pro.
    Pro,
    /// A contract, which has what the others lost.
    Enterprise,
}

/// How renamed fields are spelled in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Spelling {
    /// `edit_history_tweet_ids`, `referenced_tweets`, `retweet_count`.
    Tweet,
    /// `edit_history_post_ids`, `referenced_posts`, `repost_count`.
    Post,
}

impl Spelling {
    /// How a field is called, by its newer name.
    pub(super) fn of(self, name: &str) -> &str {
        if self == Self::Post {
            return name;
        }
        match name {
            "edit_history_post_ids" => "edit_history_tweet_ids",
            "note_post" => "note_tweet",
            "referenced_posts" => "referenced_tweets",
            "repost_count" => "retweet_count",
            "post_count" => "tweet_count",
            "posts" => "tweets",
            "pinned_post_id" => "pinned_tweet_id",
            "most_recent_post_id" => "most_recent_tweet_id",
            other => other,
        }
    }
}

fn user(world: &mut World, id: Id, name: &str, username: &str) {
    let created = Timestamp::from_second(1_400_000_000).unwrap_or_default();
    world.users.insert(
        id,
        User {
            id,
            name: name.to_owned(),
            username: username.to_owned(),
            created,
            description: format!("{name} <tests> & more"),
            protected: false,
            verified: true,
            premium: true,
            suspended: false,
            takes_messages: true,
        },
    );
}

fn all() -> BTreeSet<String> {
    SCOPES.iter().map(|name| (*name).to_owned()).collect()
}

/// Whom a new fake knows.
pub(super) fn people(fake: &Fake) {
    let mut world = fake.world();
    user(&mut world, Fake::ANNA, "Anna", Fake::ANNA_NAME);
    user(&mut world, Fake::BOB, "Bob", Fake::BOB_NAME);
    user(&mut world, Fake::CAROL, "Carol", Fake::CAROL_NAME);
    let mut give = |text: &str, kind, scopes| {
        world.give(text.to_owned(), kind, scopes, None, 0);
    };
    give(Fake::BEARER, Kind::App, BTreeSet::new());
    give(Fake::ANNA_TOKEN, Kind::User2(Fake::ANNA), all());
    give(Fake::BOB_TOKEN, Kind::User2(Fake::BOB), all());
    give(Fake::CAROL_TOKEN, Kind::User2(Fake::CAROL), all());
    world.access.tokens.insert(
        Fake::ANNA_OAUTH1.0.to_owned(),
        Token {
            kind: Kind::User1(Fake::ANNA),
            scopes: BTreeSet::new(),
            ends: None,
            family: 0,
            secret: Fake::ANNA_OAUTH1.1.to_owned(),
        },
    );
}

/// A login with OAuth 2.0, as if a user had made it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Login {
    /// The access token.
    pub access: String,
    /// The refresh token, where `offline.access` is among the scopes.
    pub refresh: Option<String>,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

impl Fake {
    /// Adds a user, whose id is told.
    pub fn add_user(&self, name: &str, username: &str) -> u64 {
        let mut world = self.world();
        let id = 1_888_000_000_000_000_000 + world.next();
        user(&mut world, id, name, username);
        id
    }

    /// A login of a user with these scopes.
    pub fn login(&self, user: u64, scopes: &[&str], now: Timestamp) -> Login {
        let mut world = self.world();
        let family = world.next();
        let told = world.new_pair(user, &scopes.join(" "), family, now.as_second());
        let text = |name: &str| told.get(name).and_then(serde_json::Value::as_str);
        Login {
            access: text("access_token").unwrap_or_default().to_owned(),
            refresh: text("refresh_token").map(str::to_owned),
        }
    }

    /// A token of OAuth 1.0a of a user, and its secret.
    pub fn oauth1(&self, user: u64) -> (String, String) {
        let mut world = self.world();
        let text = world.secret("oauth1");
        world.give(text.clone(), Kind::User1(user), BTreeSet::new(), None, 0);
        let secret = world
            .access
            .tokens
            .get(&text)
            .map(|token| token.secret.clone());
        (text, secret.unwrap_or_default())
    }

    /// Ends a token: from now on it is refused with 401. Of a login, both its tokens end.
    pub fn revoke_token(&self, token: &str) {
        let mut world = self.world();
        let family = world
            .access
            .tokens
            .get(token)
            .map_or(0, |token| token.family);
        world.access.tokens.remove(token);
        if family != 0 {
            world.access.dead.insert(family);
        }
    }

    /// Ends the access tokens of every login with OAuth 2.0, which can be refreshed.
    pub fn expire_logins(&self) {
        for token in self.world().access.tokens.values_mut() {
            if token.family != 0 {
                token.ends = Some(i64::MIN);
            }
        }
    }

    /// How long an access token lives that is given out from now on (at first: two hours).
    pub fn set_token_life(&self, life: SignedDuration) {
        self.world().settings.token_life = life.as_secs();
    }

    /// Who says yes on the page that asks (at first: Anna).
    pub fn set_consenting(&self, user: u64) {
        self.world().access.who = user;
    }

    /// Adds an address that a login may come back to, beside [`REDIRECT`](Self::REDIRECT).
    pub fn allow_redirect(&self, to: &str) {
        self.world().access.redirects.push(to.to_owned());
    }

    /// Whether the app keeps a secret, which it then has to show (at first: no).
    pub fn set_confidential(&self, confidential: bool) {
        self.world().access.confidential = confidential;
    }

    /// The plan of the app (at first: pay per use).
    pub fn set_plan(&self, plan: Plan) {
        self.world().settings.plan = plan;
    }

    /// The plan of one account, in place of the app's.
    pub fn set_plan_of(&self, user: u64, plan: Plan) {
        self.world().settings.plans.insert(user, plan);
    }

    /// How renamed fields are spelled in answers (at first: as tweets).
    pub fn set_spelling(&self, spelling: Spelling) {
        self.world().settings.spelling = spelling;
    }

    /// Whether problems are named under `api.twitter.com`, as some still are (at first: no).
    pub fn set_old_problems(&self, old: bool) {
        self.world().settings.old_problems = old;
    }

    /// Whether the first page of each listing is empty and leads to the next, as X does now and then (at first: no).
    pub fn set_empty_pages(&self, empty: bool) {
        self.world().settings.empty_pages = empty;
    }

    /// How long listings and searches do not show a new post (at first: they do at once). A look-up by its number does.
    pub fn set_listing_delay(&self, delay: SignedDuration) {
        self.world().settings.listing_delay = delay;
    }

    /// Whether spaces at the ends of a new post's text, and all but one of several, are taken out (at first: no).
    pub fn set_trims(&self, trims: bool) {
        self.world().settings.trims = trims;
    }

    /// Who owns the app (at first: Anna).
    pub fn set_owner(&self, user: u64) {
        self.world().settings.owner = user;
    }

    /// For how long a text counts as said already (at first: 12 hours; X does not tell).
    pub fn set_duplicate_window(&self, window: SignedDuration) {
        self.world().settings.duplicate_window = window.as_secs();
    }

    /// How long a post can be edited (at first: an hour).
    pub fn set_edit_window(&self, window: SignedDuration) {
        self.world().settings.edit_window = window.as_secs();
    }

    /// How long a video is worked on (at first: 10 seconds).
    pub fn set_processing(&self, time: SignedDuration) {
        self.world().settings.processing = time.as_secs();
    }

    /// How long a file is kept that nobody uses (at first: a day).
    pub fn set_media_life(&self, life: SignedDuration) {
        self.world().settings.media_life = life.as_secs();
    }

    /// The work on a file fails.
    pub fn fail_processing(&self, media: u64) {
        self.world().fail_processing(media);
    }

    /// The work on every file that is there so far fails.
    pub fn fail_processing_of_all(&self) {
        self.world().fail_processing_of_all();
    }

    /// Whether X verified an account, and whether it pays for more (at first: both).
    pub fn set_verified(&self, user: u64, verified: bool, premium: bool) {
        if let Some(user) = self.world().users.get_mut(&user) {
            user.verified = verified;
            user.premium = premium;
        }
    }

    /// How many posts and replies an account has a day that is not verified (at first: 50 and 200).
    pub fn set_unverified_day(&self, posts: usize, replies: usize) {
        self.world().settings.unverified = (posts, replies);
    }

    /// Whether only followers see a user's posts.
    pub fn set_protected(&self, user: u64, protected: bool) {
        if let Some(user) = self.world().users.get_mut(&user) {
            user.protected = protected;
        }
    }

    /// Suspends a user, or takes it back.
    pub fn set_suspended(&self, user: u64, suspended: bool) {
        if let Some(user) = self.world().users.get_mut(&user) {
            user.suspended = suspended;
        }
    }

    /// Whether a user takes messages from everybody.
    pub fn set_takes_messages(&self, user: u64, takes: bool) {
        if let Some(user) = self.world().users.get_mut(&user) {
            user.takes_messages = takes;
        }
    }

    /// Switches all windows on or off.
    pub fn limits(&self, on: bool) {
        self.world().limits.on = on;
    }

    /// Sets the windows of an operation, like `GET /2/tweets`: calls of an app and of a user in 15 minutes, then of an
    /// app and of a user in 24 hours. 0 is no window.
    pub fn set_windows(&self, operation: &str, [app, user, app_day, user_day]: [u32; 4]) {
        let windows = operations::Windows {
            app,
            user,
            app_day,
            user_day,
        };
        self.world()
            .limits
            .own
            .insert(operation.to_owned(), windows);
    }

    /// Uses up calls of an operation: of a user, or of the app; of the 15 minutes, or of the 24 hours.
    pub fn use_up(
        &self,
        operation: &str,
        user: Option<u64>,
        day: bool,
        calls: u32,
        now: Timestamp,
    ) {
        let found = operations::OPERATIONS
            .iter()
            .find(|op| op.name() == operation);
        if let Some(op) = found {
            self.world().spend(op, user, day, calls, now);
        }
    }

    /// How much is left to pay with, in thousandths of a dollar; none (as at first): there is no end.
    pub fn set_credits(&self, mills: Option<i64>) {
        self.world().money.credits = mills;
    }

    /// How much is left to pay with, in thousandths of a dollar.
    #[must_use]
    pub fn credits(&self) -> Option<i64> {
        self.world().money.credits
    }

    /// How many posts may be read in a month; none (as at first): there is no end.
    pub fn set_monthly_cap(&self, posts: Option<u32>) {
        self.world().money.cap = posts.map(i64::from);
    }

    /// What was billed so far, oldest first.
    #[must_use]
    pub fn billed(&self) -> Vec<Billed> {
        self.world().money.bill.clone()
    }

    /// What everything cost so far, in thousandths of a dollar.
    #[must_use]
    pub fn spent(&self) -> i64 {
        self.world().money.bill.iter().map(|line| line.mills).sum()
    }
}
