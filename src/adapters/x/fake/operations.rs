//! The operations that the fake answers: tokens, scopes, parameters, windows and prices of each.

use super::params::{EXCLUDE, PAGE, POSTS, Param, ParamKind, SPAN, TIMES, USERS};
use super::state::World;
use super::wire::{Answer, Call};

/// Every scope.
pub(super) const SCOPES: [&str; 24] = [
    "block.read",
    "block.write",
    "bookmark.read",
    "bookmark.write",
    "dm.read",
    "dm.write",
    "follows.read",
    "follows.write",
    "like.read",
    "like.write",
    "list.read",
    "list.write",
    "media.write",
    "mute.read",
    "mute.write",
    "offline.access",
    "space.read",
    "timeline.read",
    "tweet.moderate.write",
    "tweet.read",
    "tweet.write",
    "users.email",
    "users.read",
    "broadcast.read",
];

/// How many calls: of an app and of a user in 15 minutes, then of both in 24 hours. 0 is no window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    pub(super) app: u32,
    pub(super) user: u32,
    pub(super) app_day: u32,
    pub(super) user_day: u32,
}

const fn quarter(app: u32, user: u32) -> Windows {
    days(app, user, 0, 0)
}

const fn days(app: u32, user: u32, app_day: u32, user_day: u32) -> Windows {
    Windows {
        app,
        user,
        app_day,
        user_day,
    }
}

pub(super) type Run = fn(&mut World, &Call<'_>) -> Answer;

/// An operation of the API.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// The kinds of token: `B` an app's, `U` a user's by OAuth 2.0, `O` a user's by OAuth 1.0a.
    pub(super) kinds: &'static str,
    pub(super) scopes: &'static [&'static str],
    pub(super) takes: &'static [&'static [Param]],
    pub(super) windows: Windows,
    /// The price of a call that succeeds, in thousandths of a dollar; reads cost by what they return.
    pub(super) price: i64,
    /// Whether what is read of the app's owner costs less.
    pub(super) owned: bool,
    pub(super) run: Run,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.name())
    }
}

impl Operation {
    /// Its name, like `GET /2/tweets/{id}`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(super) fn params(&self) -> impl Iterator<Item = &'static Param> + use<> {
        self.takes.iter().flat_map(|group| group.iter())
    }

    const fn takes(mut self, takes: &'static [&'static [Param]]) -> Self {
        self.takes = takes;
        self
    }

    const fn costs(mut self, mills: i64) -> Self {
        self.price = mills;
        self
    }

    const fn owned(mut self) -> Self {
        self.owned = true;
        self
    }
}

const fn op(
    method: &'static str,
    path: &'static str,
    kinds: &'static str,
    scopes: &'static [&'static str],
    windows: Windows,
    run: Run,
) -> Operation {
    Operation {
        method,
        path,
        kinds,
        scopes,
        takes: &[],
        windows,
        price: 0,
        owned: false,
        run,
    }
}

const READ: &[&str] = &["tweet.read", "users.read"];
const IDS: &[Param] = &[Param::must("ids", ParamKind::Ids(100))];
const NAMES: &[Param] = &[Param::must("usernames", ParamKind::Names(100))];
const QUERY: &[Param] = &[
    Param::must("query", ParamKind::Text(1, 4096)),
    Param::may("next_token", ParamKind::Text(1, 4096)),
    Param::may("pagination_token", ParamKind::Text(1, 4096)),
    Param::may("sort_order", ParamKind::One(&["recency", "relevancy"])),
];
const SEARCH_USERS: &[Param] = &[
    Param::must("query", ParamKind::Words),
    Param::may("next_token", ParamKind::Text(1, 4096)),
    Param::may("max_results", ParamKind::Int(1, 1000)),
];
const UPTO_100: &[Param] = &[Param::may("max_results", ParamKind::Int(1, 100))];
const UPTO_1000: &[Param] = &[Param::may("max_results", ParamKind::Int(1, 1000))];
const FROM_5: &[Param] = &[Param::may("max_results", ParamKind::Int(5, 100))];
const FROM_10: &[Param] = &[Param::may("max_results", ParamKind::Int(10, 100))];
const ALL: &[Param] = &[Param::may("max_results", ParamKind::Int(10, 500))];
const STATUS: &[Param] = &[
    Param::must("media_id", ParamKind::Id),
    Param::may("command", ParamKind::One(&["STATUS"])),
];
const COUNTS: &[Param] = &[
    Param::must("query", ParamKind::Text(1, 4096)),
    Param::may("next_token", ParamKind::Text(1, 4096)),
    Param::may("pagination_token", ParamKind::Text(1, 4096)),
    Param::may("granularity", ParamKind::One(&["minute", "hour", "day"])),
    Param::may("search_count.fields", ParamKind::Text(1, 4096)),
];

/// What the fake answers, and nothing else.
pub(super) static OPERATIONS: &[Operation] = &[
    op(
        "POST",
        "/2/tweets",
        "UO",
        &["tweet.read", "tweet.write", "users.read"],
        days(0, 100, 10_000, 0),
        World::create_post,
    )
    .costs(15),
    op(
        "DELETE",
        "/2/tweets/{id}",
        "UO",
        &["tweet.read", "tweet.write", "users.read"],
        quarter(0, 50),
        World::delete_post,
    )
    .costs(10),
    op(
        "GET",
        "/2/tweets",
        "BUO",
        READ,
        quarter(3500, 5000),
        World::posts_by_ids,
    )
    .takes(&[IDS, POSTS]),
    op(
        "GET",
        "/2/tweets/{id}",
        "BUO",
        READ,
        quarter(450, 900),
        World::post_by_id,
    )
    .takes(&[POSTS]),
    op(
        "GET",
        "/2/tweets/search/recent",
        "BUO",
        READ,
        quarter(450, 300),
        World::search_recent,
    )
    .takes(&[QUERY, FROM_10, TIMES, SPAN, POSTS]),
    op(
        "GET",
        "/2/tweets/search/all",
        "B",
        READ,
        quarter(300, 300),
        World::search_all,
    )
    .takes(&[QUERY, ALL, TIMES, SPAN, POSTS]),
    op(
        "GET",
        "/2/tweets/counts/recent",
        "BU",
        &[],
        quarter(300, 0),
        World::counts_recent,
    )
    .takes(&[COUNTS, TIMES, SPAN])
    .costs(5),
    op(
        "GET",
        "/2/users/{id}/tweets",
        "BUO",
        READ,
        quarter(10_000, 900),
        World::user_posts,
    )
    .takes(&[FROM_5, PAGE, TIMES, SPAN, EXCLUDE, POSTS])
    .owned(),
    op(
        "GET",
        "/2/users/{id}/mentions",
        "BUO",
        READ,
        quarter(450, 300),
        World::mentions,
    )
    .takes(&[FROM_5, PAGE, TIMES, SPAN, POSTS])
    .owned(),
    op(
        "GET",
        "/2/users/{id}/timelines/reverse_chronological",
        "UO",
        READ,
        quarter(0, 180),
        World::home,
    )
    .takes(&[UPTO_100, PAGE, TIMES, SPAN, EXCLUDE, POSTS]),
    op(
        "GET",
        "/2/users/reposts_of_me",
        "UO",
        &["timeline.read", "tweet.read"],
        quarter(0, 75),
        World::reposts_of_me,
    )
    .takes(&[UPTO_100, PAGE, POSTS]),
    op(
        "GET",
        "/2/tweets/{id}/liking_users",
        "UO",
        &["tweet.read", "users.read", "like.read"],
        quarter(75, 75),
        World::liking_users,
    )
    .takes(&[UPTO_100, PAGE, USERS]),
    op(
        "GET",
        "/2/users/{id}/liked_tweets",
        "UO",
        &["tweet.read", "users.read", "like.read"],
        quarter(75, 75),
        World::liked_posts,
    )
    .takes(&[FROM_5, PAGE, POSTS])
    .owned(),
    op(
        "GET",
        "/2/tweets/{id}/retweeted_by",
        "BUO",
        READ,
        quarter(75, 75),
        World::reposted_by,
    )
    .takes(&[UPTO_100, PAGE, USERS]),
    op(
        "GET",
        "/2/tweets/{id}/retweets",
        "BUO",
        READ,
        quarter(75, 75),
        World::reposts_of,
    )
    .takes(&[UPTO_100, PAGE, POSTS]),
    op(
        "GET",
        "/2/tweets/{id}/quote_tweets",
        "BUO",
        READ,
        quarter(75, 75),
        World::quotes_of,
    )
    .takes(&[FROM_10, PAGE, EXCLUDE, POSTS]),
    op(
        "POST",
        "/2/users/{id}/likes",
        "UO",
        &["tweet.read", "users.read", "like.write"],
        days(0, 50, 0, 1000),
        World::like,
    )
    .costs(15),
    op(
        "DELETE",
        "/2/users/{id}/likes/{tweet_id}",
        "UO",
        &["tweet.read", "users.read", "like.write"],
        days(0, 50, 0, 1000),
        World::unlike,
    )
    .costs(10),
    op(
        "POST",
        "/2/users/{id}/retweets",
        "UO",
        &["tweet.read", "tweet.write", "users.read"],
        quarter(0, 50),
        World::repost,
    )
    .costs(15),
    op(
        "DELETE",
        "/2/users/{id}/retweets/{source_tweet_id}",
        "UO",
        &["tweet.read", "tweet.write", "users.read"],
        quarter(0, 50),
        World::unrepost,
    )
    .costs(10),
    op(
        "PUT",
        "/2/tweets/{tweet_id}/hidden",
        "UO",
        &["tweet.read", "users.read", "tweet.moderate.write"],
        quarter(0, 50),
        World::hide_reply,
    )
    .costs(15),
    op(
        "GET",
        "/2/users/{id}/bookmarks",
        "UO",
        &["bookmark.read", "tweet.read", "users.read"],
        quarter(0, 180),
        World::bookmarks,
    )
    .takes(&[UPTO_100, PAGE, POSTS])
    .owned(),
    op(
        "POST",
        "/2/users/{id}/bookmarks",
        "U",
        &["bookmark.write", "tweet.read", "users.read"],
        quarter(0, 50),
        World::bookmark,
    )
    .costs(5),
    op(
        "DELETE",
        "/2/users/{id}/bookmarks/{tweet_id}",
        "U",
        &["bookmark.write", "tweet.read", "users.read"],
        quarter(0, 50),
        World::unbookmark,
    )
    .costs(5),
    op(
        "GET",
        "/2/users",
        "BUO",
        READ,
        quarter(300, 900),
        World::users_by_ids,
    )
    .takes(&[IDS, USERS]),
    op(
        "GET",
        "/2/users/by",
        "BUO",
        READ,
        quarter(300, 900),
        World::users_by_names,
    )
    .takes(&[NAMES, USERS]),
    op(
        "GET",
        "/2/users/by/username/{username}",
        "BUO",
        READ,
        quarter(300, 900),
        World::user_by_name,
    )
    .takes(&[USERS]),
    op(
        "GET",
        "/2/users/me",
        "UO",
        READ,
        quarter(0, 75),
        World::users_me,
    )
    .takes(&[USERS]),
    op(
        "GET",
        "/2/users/search",
        "UO",
        READ,
        quarter(300, 900),
        World::search_users,
    )
    .takes(&[SEARCH_USERS, USERS]),
    op(
        "GET",
        "/2/users/{id}",
        "BUO",
        READ,
        quarter(300, 900),
        World::user_by_id,
    )
    .takes(&[USERS]),
    op(
        "GET",
        "/2/users/{id}/followers",
        "BUO",
        &["follows.read", "tweet.read", "users.read"],
        quarter(300, 300),
        World::followers,
    )
    .takes(&[UPTO_1000, PAGE, USERS])
    .owned(),
    op(
        "GET",
        "/2/users/{id}/following",
        "BUO",
        &["follows.read", "tweet.read", "users.read"],
        quarter(300, 300),
        World::following,
    )
    .takes(&[UPTO_1000, PAGE, USERS])
    .owned(),
    op(
        "POST",
        "/2/users/{id}/following",
        "UO",
        &["follows.write", "tweet.read", "users.read"],
        quarter(0, 50),
        World::follow,
    )
    .costs(15),
    op(
        "DELETE",
        "/2/users/{source_user_id}/following/{target_user_id}",
        "UO",
        &["follows.write", "tweet.read", "users.read"],
        quarter(0, 50),
        World::unfollow,
    )
    .costs(10),
    op(
        "GET",
        "/2/users/{id}/muting",
        "UO",
        &["mute.read", "tweet.read", "users.read"],
        quarter(0, 15),
        World::muting,
    )
    .takes(&[UPTO_1000, PAGE, USERS])
    .owned(),
    op(
        "POST",
        "/2/users/{id}/muting",
        "UO",
        &["mute.write", "tweet.read", "users.read"],
        quarter(0, 50),
        World::mute,
    )
    .costs(15),
    op(
        "DELETE",
        "/2/users/{source_user_id}/muting/{target_user_id}",
        "UO",
        &["mute.write", "tweet.read", "users.read"],
        quarter(0, 50),
        World::unmute,
    )
    .costs(10),
    op(
        "GET",
        "/2/users/{id}/blocking",
        "UO",
        &["block.read", "tweet.read", "users.read"],
        quarter(0, 15),
        World::blocking,
    )
    .takes(&[UPTO_1000, PAGE, USERS])
    .owned(),
    op(
        "POST",
        "/2/media/upload",
        "UO",
        &["media.write"],
        days(0, 500, 50_000, 0),
        World::upload,
    ),
    op(
        "GET",
        "/2/media/upload",
        "UO",
        &["media.write"],
        days(0, 1000, 100_000, 0),
        World::upload_status,
    )
    .takes(&[STATUS]),
    op(
        "POST",
        "/2/media/upload/initialize",
        "UO",
        &["media.write"],
        days(0, 1875, 180_000, 0),
        World::upload_begin,
    ),
    op(
        "POST",
        "/2/media/upload/{id}/append",
        "UO",
        &["media.write"],
        days(0, 1875, 180_000, 0),
        World::upload_append,
    ),
    op(
        "POST",
        "/2/media/upload/{id}/finalize",
        "UO",
        &["media.write"],
        days(0, 1875, 180_000, 0),
        World::upload_end,
    ),
    op(
        "POST",
        "/2/media/metadata",
        "UO",
        &["media.write"],
        days(0, 500, 50_000, 0),
        World::media_metadata,
    )
    .costs(5),
];

/// The operation that a method and a path name, with what stands in the path.
pub(super) fn find(
    method: &str,
    path: &str,
) -> Result<(&'static Operation, Vec<(&'static str, String)>), u16> {
    let mut best: Option<(usize, &'static Operation, Vec<(&'static str, String)>)> = None;
    let mut known = false;
    for op in OPERATIONS {
        let Some(found) = matches(op.path, path) else {
            continue;
        };
        known = true;
        // What is named in full goes before what stands for anything.
        if op.method == method && best.as_ref().is_none_or(|(held, ..)| found.len() < *held) {
            best = Some((found.len(), op, found));
        }
    }
    match best {
        Some((_, op, found)) => Ok((op, found)),
        None if known => Err(405),
        None => Err(404),
    }
}

fn matches(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut found = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(found),
            (Some(want), Some(part)) => {
                let name = want
                    .strip_prefix('{')
                    .and_then(|want| want.strip_suffix('}'));
                match name {
                    Some(_) if part.is_empty() => return None,
                    Some(name) => found.push((name, part.to_owned())),
                    None if want != part => return None,
                    None => {}
                }
            }
            _ => return None,
        }
    }
}
