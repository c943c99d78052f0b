//! Who is there, and how the network is set.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::Fake;
use super::access::{BITS, Kind, Token};
use super::events::Feed;
use super::state::{Group, User, World};

/// The rights of a community's token.
const RIGHTS: [&str; 7] = [
    "manage", "messages", "photos", "docs", "wall", "stories", "market",
];

fn user(world: &mut World, id: i64, first: &str, screen_name: &str) {
    world.users.insert(
        id,
        User {
            id,
            first: first.to_owned(),
            last: "Test".to_owned(),
            screen_name: screen_name.to_owned(),
            closed: false,
            deactivated: None,
        },
    );
}

fn group(world: &mut World, id: i64, name: &str, screen_name: &str, admin: i64) {
    let (key, confirmation) = (world.secret("poll"), world.secret("confirmation"));
    world.groups.insert(
        id,
        Group {
            id,
            name: name.to_owned(),
            screen_name: screen_name.to_owned(),
            admins: BTreeSet::from([admin]),
            members: BTreeMap::from([(admin, 0)]),
            banned: BTreeMap::new(),
            confirmation: confirmation.chars().take(8).collect(),
            secret: None,
            open_wall: true,
            pinned: None,
            feed: Feed::new(key),
        },
    );
}

fn token(world: &mut World, text: &str, kind: Kind) {
    let scopes: BTreeSet<String> = match kind {
        Kind::User { .. } => BITS.iter().map(|(name, _)| (*name).to_owned()).collect(),
        Kind::Community(_) => RIGHTS.iter().map(|name| (*name).to_owned()).collect(),
        Kind::Service => BTreeSet::new(),
    };
    world.tokens.insert(
        text.to_owned(),
        Token {
            kind,
            scopes,
            ends: None,
            revoked: false,
        },
    );
}

/// Whom a new fake knows.
pub(super) fn people(fake: &Fake) {
    let mut world = fake.world();
    user(&mut world, Fake::ADMIN, "Anna", "admin.test");
    user(&mut world, Fake::BOB, "Bob", "bob.test");
    user(&mut world, Fake::CAROL, "Carol", "carol.test");
    group(
        &mut world,
        Fake::GROUP,
        "Test community",
        "club.test",
        Fake::ADMIN,
    );
    let of = |id| Kind::User { id, vk_id: false };
    token(&mut world, Fake::USER_TOKEN, of(Fake::ADMIN));
    token(&mut world, Fake::BOB_TOKEN, of(Fake::BOB));
    token(&mut world, Fake::GROUP_TOKEN, Kind::Community(Fake::GROUP));
    token(&mut world, Fake::SERVICE_TOKEN, Kind::Service);
}

impl Fake {
    /// Adds a user, whose number is told.
    pub fn add_user(&self, first_name: &str, screen_name: &str) -> i64 {
        let mut world = self.world();
        let id = 1000 + world.next();
        user(&mut world, id, first_name, screen_name);
        id
    }

    /// Adds a community of an administrator, whose number is told: positive.
    pub fn add_group(&self, name: &str, screen_name: &str, admin: i64) -> i64 {
        let mut world = self.world();
        let id = 8000 + world.next();
        group(&mut world, id, name, screen_name, admin);
        id
    }

    /// A user's token from the old login, with these scopes.
    pub fn user_token(&self, user: i64, scopes: &[&str]) -> String {
        let kind = Kind::User {
            id: user,
            vk_id: false,
        };
        let scopes = scopes.iter().map(|name| (*name).to_owned()).collect();
        self.world().give(kind, scopes, None)
    }

    /// A community's token with these rights: `manage`, `messages`, `photos`, `docs`, `wall`, `stories`, `market`.
    pub fn group_token(&self, group: i64, rights: &[&str]) -> String {
        let rights = rights.iter().map(|name| (*name).to_owned()).collect();
        self.world().give(Kind::Community(group), rights, None)
    }

    /// A login with VK ID as if a user had made it: the access token, the refresh token and the device.
    pub fn vk_id_login(&self, user: i64, now: Timestamp) -> (String, String, String) {
        self.world().logged_in(user, now.as_second())
    }

    /// Ends a token: from now on it is error 5.
    pub fn revoke_token(&self, token: &str) {
        self.world().revoke(token);
    }

    /// How long a token of VK ID lives that is given out from now on (at first: an hour).
    pub fn set_vk_id_life(&self, life: SignedDuration) {
        self.world().settings.vk_id_life = life.as_secs();
    }

    /// The HTTP status of a login that is refused (at first: 400): which one VK ID takes is not documented.
    pub fn set_login_refusal(&self, status: u16) {
        self.world().settings.login_refusal = status;
    }

    /// Hides a user's profile from everybody else (error 30), or shows it again.
    pub fn set_closed(&self, user: i64, closed: bool) {
        if let Some(user) = self.world().users.get_mut(&user) {
            user.closed = closed;
        }
    }

    /// Deletes a user, or bans one: `deleted` or `banned`.
    pub fn deactivate(&self, user: i64, why: &str) {
        if let Some(user) = self.world().users.get_mut(&user) {
            user.deactivated = Some(why.to_owned());
        }
    }

    /// Whether anybody may write on a community's wall (at first: yes).
    pub fn set_open_wall(&self, group: i64, open: bool) {
        if let Some(group) = self.world().groups.get_mut(&group) {
            group.open_wall = open;
        }
    }

    /// Switches all limits on or off.
    pub fn limits(&self, on: bool) {
        self.world().limits.on = on;
    }

    /// How many calls a second a user's, a community's and a service token have (at first: 3, 20 and 3).
    pub fn set_per_second(&self, user: usize, community: usize, service: usize) {
        self.world().limits.per_second = (user, community, service);
    }

    /// How many calls of a method a token has a day, in Moscow's time.
    pub fn set_quota(&self, method: &str, calls: usize) {
        self.world().limits.quotas.insert(method.to_owned(), calls);
    }

    /// How many posts one may publish on a wall a day (at first: 500).
    pub fn set_posts_a_day(&self, posts: usize) {
        self.world().settings.posts_a_day = posts;
    }

    /// Refuses a method with error 9 until a moment; `*` means all.
    pub fn flood(&self, method: &str, until: Timestamp) {
        self.world().limits.flood(method, until);
    }

    /// Until when a community may answer, after a user's last message; none (as at first): for ever.
    pub fn set_reply_window(&self, window: Option<SignedDuration>) {
        self.world().settings.reply_window = window.map(|window| window.as_secs());
    }

    /// How long posts and messages can be edited (at first: 24 hours).
    pub fn set_edit_window(&self, window: SignedDuration) {
        self.world().settings.edit_window = window.as_secs();
    }

    /// How long a video is encoded (at first: 10 seconds).
    pub fn set_video_time(&self, time: SignedDuration) {
        self.world().settings.video_time = time.as_secs();
    }

    /// Whether `ts` is a number in answers of the long poll, not a text.
    pub fn set_ts_as_number(&self, number: bool) {
        self.world().settings.ts_as_number = number;
    }

    /// How long listings and searches do not show a new post or comment (at first: they do at once). A look-up by its
    /// number does.
    pub fn set_listing_delay(&self, delay: SignedDuration) {
        self.world().settings.listing_delay = delay.as_secs();
    }

    /// Whether texts of posts and comments are told without spaces that say nothing, and with `&`, `<`, `>` and `\"`
    /// escaped, as older versions did (at first: no).
    pub fn set_rewrites(&self, rewrites: bool) {
        self.world().settings.rewrites = rewrites;
    }

    /// How many events the long poll keeps (at first: 1000).
    pub fn set_history(&self, events: usize) {
        self.world().settings.history = events;
    }
}
