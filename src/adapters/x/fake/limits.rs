//! How many calls X takes: in fifteen minutes, and in twenty-four hours.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

use super::access::{Kind, Token};
use super::faults::Rule;
use super::operations::{Operation, Windows};
use super::state::{Id, World};
use super::wire::{Refusal, set};

const QUARTER: i64 = 900;
const DAY: i64 = 24 * 3600;

/// Whom a window counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    App,
    User(Id),
}

#[derive(Clone, Copy, Debug)]
struct Window {
    began: i64,
    used: u32,
}

/// What one window says of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// The start of its headers' names, by place in [`NAMES`].
    name: usize,
    most: u32,
    left: u32,
    reset: i64,
}

const NAMES: [[&str; 3]; 3] = [
    [
        "x-rate-limit-limit",
        "x-rate-limit-remaining",
        "x-rate-limit-reset",
    ],
    [
        "x-app-limit-24hour-limit",
        "x-app-limit-24hour-remaining",
        "x-app-limit-24hour-reset",
    ],
    [
        "x-user-limit-24hour-limit",
        "x-user-limit-24hour-remaining",
        "x-user-limit-24hour-reset",
    ],
];

/// The kind of window that no header tells of.
const SILENT: usize = 3;

#[derive(Debug)]
pub(super) struct Limits {
    pub(super) on: bool,
    /// Windows that a test made smaller, by the operation's name.
    pub(super) own: BTreeMap<String, Windows>,
    windows: BTreeMap<(Who, String, usize), Window>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            on: true,
            own: BTreeMap::new(),
            windows: BTreeMap::new(),
        }
    }
}

/// The Ads API counts by account, and says so beside the usual.
const ADS: [&str; 3] = [
    "x-account-rate-limit-limit",
    "x-account-rate-limit-remaining",
    "x-account-rate-limit-reset",
];

/// Writes what the windows say into an answer.
pub(super) fn tell(response: &mut Response<Bytes>, told: &[Told], ads: bool) {
    for window in told {
        let mut all = vec![NAMES[window.name.min(2)]];
        if ads {
            all.push(ADS);
        }
        for [limit, remaining, reset] in all {
            set(response, limit, window.most);
            set(response, remaining, window.left);
            set(response, reset, window.reset);
        }
    }
}

impl World {
    /// Counts a call in every window that it falls into. The second answer tells whether it is one too many.
    pub(super) fn count_call(
        &mut self,
        op: &Operation,
        token: &Token,
        now: Timestamp,
    ) -> (Vec<Told>, bool) {
        if !self.limits.on {
            return (Vec::new(), false);
        }
        let now = now.as_second();
        let name = op.name();
        let most = self.limits.own.get(&name).copied().unwrap_or(op.windows);
        let small = |n: u32, rule: Rule| if self.keeps(rule) { n } else { n.min(3) };
        let mut windows = Vec::new();
        match token.kind {
            Kind::App if most.app > 0 => {
                windows.push((Who::App, 0, QUARTER, small(most.app, Rule::AppWindows)));
            }
            Kind::User1(user) | Kind::User2(user) if most.user > 0 => {
                windows.push((
                    Who::User(user),
                    0,
                    QUARTER,
                    small(most.user, Rule::UserWindows),
                ));
            }
            _ => {}
        }
        if most.app_day > 0 && self.keeps(Rule::DayWindows) {
            windows.push((Who::App, 1, DAY, most.app_day));
        }
        if let Some(user) = token.user()
            && most.user_day > 0
            && self.keeps(Rule::DayWindows)
        {
            windows.push((Who::User(user), 2, DAY, most.user_day));
        }
        if op.path.ends_with("/search/all") && self.keeps(Rule::FullSearchIsSlow) {
            let who = token.user().map_or(Who::App, Who::User);
            windows.push((who, SILENT, 1, 1));
        }
        let refuses = self.keeps(Rule::WindowsRefuse);
        let ends = self.keeps(Rule::WindowsEnd);
        let mut held = Vec::new();
        for (who, kind, length, most) in windows {
            let window = self
                .limits
                .windows
                .entry((who, name.clone(), kind))
                .or_insert(Window {
                    began: now,
                    used: 0,
                });
            if now >= window.began + length && ends {
                *window = Window {
                    began: now,
                    used: 0,
                };
            }
            held.push((who, kind, length, most, *window));
        }
        let over = refuses && held.iter().any(|(.., most, window)| window.used >= *most);
        let mut told = Vec::new();
        for (who, kind, length, most, window) in held {
            let mut used = window.used;
            if !over {
                used = used.saturating_add(1);
                if let Some(window) = self.limits.windows.get_mut(&(who, name.clone(), kind)) {
                    window.used = used;
                }
            }
            if kind == SILENT {
                continue;
            }
            told.push(Told {
                name: kind,
                most,
                left: most.saturating_sub(used),
                reset: window.began + length,
            });
        }
        if !self.keeps(Rule::WindowsAreTold) {
            told.clear();
        }
        (told, over)
    }

    /// Uses calls up without making them.
    pub(super) fn spend(
        &mut self,
        op: &Operation,
        user: Option<Id>,
        day: bool,
        calls: u32,
        now: Timestamp,
    ) {
        let who = user.map_or(Who::App, Who::User);
        let kind = match (day, user) {
            (false, _) => 0,
            (true, None) => 1,
            (true, Some(_)) => 2,
        };
        let window = self
            .limits
            .windows
            .entry((who, op.name(), kind))
            .or_insert(Window {
                began: now.as_second(),
                used: 0,
            });
        window.used = window.used.saturating_add(calls);
    }
}

pub(super) fn too_many() -> Refusal {
    Refusal::problem(429, "about:blank", "Too Many Requests", "Too Many Requests")
}
