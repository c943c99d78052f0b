//! What an operation is, and which one a request names.

use super::params::Param;
use super::state::World;
pub(super) use super::table::OPERATIONS;
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
}

/// What stands in a path, by the names of its template.
pub(super) type Parts = Vec<(&'static str, String)>;

/// The operation that a method and a path name, with what stands in the path.
pub(super) fn find(method: &str, path: &str) -> Result<(&'static Operation, Parts), u16> {
    let mut best: Option<(&'static Operation, Parts)> = None;
    let mut known = false;
    for op in OPERATIONS {
        let Some(found) = matches(op.path, path) else {
            continue;
        };
        known = true;
        // What is named in full goes before what stands for anything.
        if op.method == method
            && best
                .as_ref()
                .is_none_or(|(_, held)| found.len() < held.len())
        {
            best = Some((op, found));
        }
    }
    match best {
        Some(found) => Ok(found),
        None if known => Err(405),
        None => Err(404),
    }
}

fn matches(template: &'static str, path: &str) -> Option<Parts> {
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
