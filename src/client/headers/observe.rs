//! From header families to observations.

use std::{borrow::Cow, time::Duration};

use http::HeaderMap;
use jiff::Timestamp;

use super::{
    FURTHEST, HeaderFamily, ResetFormat,
    parse::{Decimal, Lines, count, http_date, iso_date, lines, since_epoch, split, unquoted},
    server_now,
};
use crate::client::{
    clock::after,
    limits::{Observation, Reset},
};

/// What `headers` say about the buckets of `families`, in the order of the families.
///
/// Allocates nothing when they say nothing. Moments are the server's own (compare them with [`server_now`]), whiles
/// count from `now`. What makes no sense is left out:
///
/// - numbers with a sign, an exponent or text around them, counts beyond 10^12, a limit of 0;
/// - resets and lengths of windows beyond 31 days, windows of no length;
/// - of a window that is over by its own reset, what is left and what is used.
///
/// What is left is never more than the limit. Where lines of one header contradict each other the careful reading holds:
/// the lowest limit, the least left, the most used, the latest reset. At most 16 lines of a header and 16 items of a
/// line are read.
pub fn observe(families: &[HeaderFamily], headers: &HeaderMap, now: Timestamp) -> Vec<Observation> {
    let mut seen = Vec::new();
    for family in families {
        let applies = family.when.is_none_or(|(name, value)| {
            lines(headers, name).any(|line| line.eq_ignore_ascii_case(value))
        });
        if applies {
            Reader {
                family,
                headers,
                now,
            }
            .read(&mut seen);
        }
    }
    seen
}

struct Reader<'a> {
    family: &'a HeaderFamily,
    headers: &'a HeaderMap,
    now: Timestamp,
}

/// A window as the server describes it.
struct Policy<'a> {
    name: Option<&'a str>,
    quota: Option<u64>,
    window: Option<Duration>,
    /// Whether figures about this window were found.
    met: bool,
}

enum Told {
    Nothing,
    Over,
    Until(Reset),
}

impl<'a> Reader<'a> {
    fn read(&self, seen: &mut Vec<Observation>) {
        let start = seen.len();
        let mut policies = Vec::new();
        for line in self.lines(self.family.policy) {
            policies.extend(split(line, b',').filter_map(Policy::parse));
        }
        self.read_combined(&mut policies, start, seen);
        self.read_separate(&mut policies, start, seen);
        // Windows about which there are no figures.
        for policy in policies.iter().filter(|policy| !policy.met) {
            let mut one = self.observation(policy.name);
            one.limit = policy.quota;
            one.period = policy.window.or(one.period);
            self.push(one, start, seen);
        }
        if let Some(usage) = &self.family.usage
            && let Some((percent, wait)) =
                (usage.read.0)(usage, &mut lines(self.headers, usage.header))
        {
            let mut one = self.observation(None);
            one.percent = percent;
            one.reset = wait.map(|(wait, resolution)| Reset::After { wait, resolution });
            self.push(one, start, seen);
        }
    }

    /// One header a figure.
    fn read_separate(
        &self,
        policies: &mut Vec<Policy<'a>>,
        start: usize,
        seen: &mut Vec<Observation>,
    ) {
        let mut one = self.observation(None);
        for line in self.lines(self.family.limit) {
            for (index, item) in split(line, b',').enumerate() {
                if index == 0 {
                    let head = split(item, b';').next().and_then(count);
                    one.limit = least(one.limit, head.filter(|limit| *limit > 0));
                }
                if item.contains(';') {
                    policies.extend(Policy::parse(item));
                }
            }
        }
        self.numbers(self.family.remaining, &mut |number| {
            one.remaining = least(one.remaining, number.floor());
        });
        self.numbers(self.family.used, &mut |number| {
            one.used = one.used.max(number.ceil());
        });
        match self.read_reset() {
            Told::Nothing => {}
            Told::Over => (one.remaining, one.used) = (None, None),
            Told::Until(reset) => one.reset = Some(reset),
        }
        let spoken = one.limit.is_some()
            || one.remaining.is_some()
            || one.used.is_some()
            || one.reset.is_some();
        if !spoken {
            return;
        }
        complete(&mut one, policies, None);
        self.push(one, start, seen);
    }

    /// Looks at each number of a header.
    fn numbers(&self, name: Option<&'static str>, look: &mut dyn FnMut(Decimal)) {
        for line in self.lines(name) {
            split(line, b',')
                .filter_map(Decimal::parse)
                .for_each(&mut *look);
        }
    }

    /// All figures in one header: a dictionary, or a list of named items.
    fn read_combined(
        &self,
        policies: &mut [Policy<'a>],
        start: usize,
        seen: &mut Vec<Observation>,
    ) {
        for line in self.lines(self.family.combined) {
            let mut whole = None;
            for item in split(line, b',') {
                let mut parts = split(item, b';');
                let head = parts.next().unwrap_or_default();
                let parameters = parts.filter_map(|part| part.split_once('='));
                match head.split_once('=').filter(|_| !head.starts_with('"')) {
                    Some(member) => {
                        let one = whole.get_or_insert_with(|| self.observation(None));
                        let window = parameters.filter(|(key, _)| key.trim() == "w");
                        std::iter::once(member)
                            .chain(window)
                            .for_each(|figure| self.figure(one, figure));
                    }
                    None => {
                        let name = unquoted(head);
                        let mut one = self.observation(Some(name));
                        parameters.for_each(|figure| self.figure(&mut one, figure));
                        complete(&mut one, policies, Some(name));
                        self.push(one, start, seen);
                    }
                }
            }
            if let Some(mut one) = whole {
                complete(&mut one, policies, None);
                self.push(one, start, seen);
            }
        }
    }

    /// Sets the figure that a member of a combined header names; the careful reading holds.
    fn figure(&self, one: &mut Observation, (key, value): (&str, &str)) {
        match key.trim() {
            "limit" | "q" => one.limit = least(one.limit, count(value).filter(|limit| *limit > 0)),
            "remaining" | "r" => one.remaining = least(one.remaining, count(value)),
            "reset" | "t" => {
                if let Some(reset) = delta(value, Duration::from_secs(1)) {
                    one.reset = self.later(one.reset, Some(reset));
                }
            }
            "w" => one.period = window((key, value)).or(one.period),
            _ => {}
        }
    }

    fn read_reset(&self) -> Told {
        let mut latest = None;
        let mut over = false;
        for line in self.lines(self.family.reset) {
            let dated = matches!(
                self.family.reset_format,
                ResetFormat::HttpDate | ResetFormat::Any
            ) && line.bytes().any(|byte| byte.is_ascii_alphabetic());
            // The comma of a date separates nothing.
            let items = split(line, if dated { b'\n' } else { b',' });
            for reset in items.filter_map(|item| self.reset(item)) {
                match reset {
                    Reset::At { time, resolution } => {
                        let server_now = server_now(self.headers, self.now);
                        if after(time, resolution) <= server_now {
                            over = true;
                        } else if time <= after(server_now, FURTHEST) {
                            latest = self.later(latest, Some(reset));
                        }
                    }
                    Reset::After { .. } => latest = self.later(latest, Some(reset)),
                }
            }
        }
        match latest {
            Some(reset) => Told::Until(reset),
            None if over => Told::Over,
            None => Told::Nothing,
        }
    }

    fn reset(&self, text: &str) -> Option<Reset> {
        const SECOND: Duration = Duration::from_secs(1);
        const MILLISECOND: Duration = Duration::from_millis(1);
        let date = |text| {
            let time = http_date(text)?;
            Some(Reset::At {
                time,
                resolution: SECOND,
            })
        };
        let iso = |text| {
            let (time, resolution) = iso_date(text)?;
            Some(Reset::At { time, resolution })
        };
        match self.family.reset_format {
            ResetFormat::EpochSeconds => epoch(text, SECOND),
            ResetFormat::EpochMillis => epoch(text, MILLISECOND),
            ResetFormat::DeltaSeconds => delta(text, SECOND),
            ResetFormat::DeltaMillis => delta(text, MILLISECOND),
            ResetFormat::Iso8601 => epoch(text, SECOND).or_else(|| iso(text)),
            ResetFormat::HttpDate => date(text),
            ResetFormat::Any => match Decimal::parse(text).map(Decimal::seconds) {
                Some(number) if number <= FURTHEST => delta(text, SECOND),
                Some(number) if number <= Duration::from_secs(100_000_000_000) => {
                    epoch(text, SECOND)
                }
                Some(_) => epoch(text, MILLISECOND),
                None => iso(text).or_else(|| date(text)),
            },
        }
    }

    fn later(&self, one: Option<Reset>, other: Option<Reset>) -> Option<Reset> {
        let moment = |reset: &Reset| match *reset {
            Reset::At { time, .. } => time,
            Reset::After { wait, .. } => after(self.now, wait),
        };
        match (one, other) {
            (Some(one), Some(other)) if moment(&one) > moment(&other) => Some(one),
            (one, other) => other.or(one),
        }
    }

    fn lines(&self, name: Option<&'static str>) -> Lines<'a> {
        name.map(|name| lines(self.headers, name))
            .unwrap_or_default()
    }

    /// An observation that knows only which bucket and window it is about; `name` is what the answer calls it.
    fn observation(&self, name: Option<&str>) -> Observation {
        let told = self
            .lines(self.family.bucket_header)
            .find(|name| is_name(name));
        let owned = |name: &str| Cow::Owned(name.to_owned());
        Observation {
            bucket: told
                .map(owned)
                .or(self.family.bucket.map(Cow::Borrowed))
                .or_else(|| name.filter(|name| is_name(name)).map(owned)),
            period: self.family.period,
            ..Observation::default()
        }
    }

    /// Adds what says something; two words about one window of one family become the more careful one.
    fn push(&self, mut one: Observation, start: usize, seen: &mut Vec<Observation>) {
        if let (Some(limit), Some(remaining)) = (one.limit, &mut one.remaining) {
            *remaining = limit.min(*remaining);
        }
        let silent = one.limit.is_none()
            && one.remaining.is_none()
            && one.used.is_none()
            && one.reset.is_none()
            && one.percent.is_none();
        if silent {
            return;
        }
        let known = seen.iter_mut().skip(start).find(|known| {
            known.bucket == one.bucket && known.period == one.period && known.percent.is_none()
        });
        match known {
            Some(known) if one.percent.is_none() => {
                known.limit = least(known.limit, one.limit);
                // One line may tell what is left, and another the limit that it is never more than.
                known.remaining = least(known.remaining, one.remaining)
                    .map(|left| known.limit.map_or(left, |limit| limit.min(left)));
                known.used = known.used.max(one.used);
                known.reset = self.later(known.reset, one.reset);
            }
            _ => seen.push(one),
        }
    }
}

impl<'a> Policy<'a> {
    /// Reads `3000;w=300` or `"default";q=100;w=60`.
    fn parse(item: &'a str) -> Option<Self> {
        let mut parts = split(item, b';');
        let head = parts.next()?;
        let mut policy = Self {
            name: None,
            quota: count(head),
            window: None,
            met: false,
        };
        if policy.quota.is_none() {
            policy.name = Some(unquoted(head));
        }
        for (key, value) in parts.filter_map(|part| part.split_once('=')) {
            if key.trim() == "q" {
                policy.quota = count(value);
            }
            policy.window = window((key, value)).or(policy.window);
        }
        policy.quota = policy.quota.filter(|quota| *quota > 0);
        (policy.quota.is_some() || policy.window.is_some()).then_some(policy)
    }
}

/// Fills in the limit and length of the window that `one` is about: the one of that name, else the one of that limit,
/// else the only one.
fn complete(one: &mut Observation, policies: &mut [Policy<'_>], name: Option<&str>) {
    let only = (policies.len() == 1 && name.is_none()).then_some(0);
    let found = policies.iter().position(|policy| match name {
        Some(_) => policy.name == name,
        None => policy.quota == one.limit,
    });
    if let Some(policy) = found.or(only).and_then(|index| policies.get_mut(index)) {
        policy.met = true;
        one.limit = one.limit.or(policy.quota);
        one.period = policy.window.or(one.period);
    }
}

/// A window's length, from the parameter `w`.
fn window((key, value): (&str, &str)) -> Option<Duration> {
    let length = Decimal::parse(value)
        .filter(|_| key.trim() == "w")?
        .seconds();
    (!length.is_zero() && length <= FURTHEST).then_some(length)
}

fn epoch(text: &str, unit: Duration) -> Option<Reset> {
    let number = Decimal::parse(text)?;
    let time = since_epoch(in_unit(number, unit))?;
    let resolution = number.resolution(unit);
    Some(Reset::At { time, resolution })
}

fn delta(text: &str, unit: Duration) -> Option<Reset> {
    let number = Decimal::parse(text)?;
    let wait = in_unit(number, unit);
    let resolution = number.resolution(unit);
    (wait <= FURTHEST).then_some(Reset::After { wait, resolution })
}

fn in_unit(number: Decimal, unit: Duration) -> Duration {
    if unit == Duration::from_secs(1) {
        number.seconds()
    } else {
        number.millis()
    }
}

/// The smaller of what there is.
fn least(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn is_name(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
