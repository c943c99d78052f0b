//! What refusals do to a bucket.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::LimitPolicy;
use super::time::{Flight, Gate, Micros, Need, length, set_back};

/// Nothing leaves before `until`; then one call goes alone, and its answer opens the bucket again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Freeze {
    pub(super) until: Micros,
    /// When the last refusal came: later refusals of calls sent before it are the same refusal.
    since: Micros,
    /// How often in a row the server refused without naming a moment.
    rests: u32,
    /// Whether the rest is long by the network's custom: callers are sent away, not kept waiting.
    #[serde(default)]
    sends_away: bool,
    /// The permit of the call that goes alone. It does not outlive the process.
    #[serde(skip)]
    pub(super) probe: Option<u64>,
}

impl Freeze {
    pub(super) const fn new(now: Micros) -> Self {
        Self {
            until: Micros::MIN,
            since: now,
            rests: 0,
            sends_away: false,
            probe: None,
        }
    }

    /// Whether the refusal of a call that was sent then is not the same as the last one.
    pub(super) const fn is_new(&self, sent: Micros) -> bool {
        self.until == Micros::MIN || sent >= self.since
    }

    pub(super) fn refuse(
        &mut self,
        sent: Micros,
        now: Micros,
        until: Option<Micros>,
        rests: Option<&[Duration]>,
        policy: &LimitPolicy,
    ) {
        let again = self.is_new(sent);
        self.sends_away = until.is_none() && rests.is_some();
        let until = until.unwrap_or_else(|| {
            if again {
                self.rests = self.rests.saturating_add(1);
            }
            let before = self.rests.saturating_sub(1);
            let custom = rests.and_then(|rests| rests.get(before as usize).or(rests.last()));
            let rest = match custom {
                Some(rest) => length(*rest),
                None => length(policy.first_rest)
                    .saturating_mul(1 << before.min(31))
                    .min(length(policy.longest_rest)),
            };
            if again {
                now.saturating_add(rest)
            } else {
                self.until
            }
        });
        if again {
            self.since = now;
        }
        self.until = self.until.max(until);
    }

    /// Our clock was set back.
    pub(super) const fn set_back(&mut self, by: Micros) {
        set_back(&mut self.until, by);
        set_back(&mut self.since, by);
    }

    /// Whether whoever comes now is sent away until the rest is over.
    pub(super) const fn sends_away(&self, now: Micros) -> bool {
        self.sends_away && now < self.until
    }

    pub(super) fn gate(&self, now: Micros, need: Need) -> Gate {
        if now < self.until {
            Gate::At(self.until)
        } else if self.probe.is_some() || need.ahead.calls > 0 {
            Gate::Answer
        } else {
            Gate::Open
        }
    }
}

/// A limit that only refusals tell: what passed before the last one.
///
/// What is known is used at full speed; beyond it one call at a time feels whether there is more, so that a window costs
/// at most one refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Guess {
    /// `None` until the first refusal.
    limit: Option<u64>,
    /// Cost that passed in this window.
    passed: u64,
    /// How much more may go at once after single calls beyond the limit passed.
    more: u64,
    /// The moment that the last refusal named.
    ended: Option<Micros>,
    /// When the present window is over, by our reckoning.
    ends: Option<Micros>,
    /// The shortest time between two moments that refusals named: about the length of a window.
    period: Option<Micros>,
}

impl Guess {
    pub(super) fn turn(&mut self, now: Micros) {
        if let (Some(ends), Some(period)) = (self.ends, self.period)
            && ends <= now
        {
            self.passed = 0;
            self.more = 0;
            self.ends = Some(now.saturating_add(period));
        }
    }

    /// Our clock was set back.
    pub(super) fn set_back(&mut self, by: Micros) {
        for at in [&mut self.ended, &mut self.ends].into_iter().flatten() {
            set_back(at, by);
        }
    }

    /// A window begins: the moment that the refusal named is there.
    pub(super) fn reopen(&mut self) {
        self.passed = 0;
        self.more = 0;
        self.ends = self
            .ended
            .zip(self.period)
            .map(|(ended, period)| ended.saturating_add(period));
    }

    pub(super) fn gate(&self, need: Need, flight: Flight) -> Gate {
        let Some(limit) = self.limit else {
            return Gate::Open;
        };
        let used = self.passed.saturating_add(flight.cost);
        let alone = flight.calls == 0 && need.ahead.calls == 0;
        if alone || used.saturating_add(need.units()) <= limit.saturating_add(self.more) {
            Gate::Open
        } else {
            Gate::Answer
        }
    }

    pub(super) fn passed(&mut self, cost: u64) {
        self.passed = self.passed.saturating_add(cost);
        if let Some(limit) = self.limit
            && self.passed > limit.saturating_add(self.more)
        {
            self.more = self
                .more
                .saturating_mul(2)
                .saturating_add(1)
                .max(self.passed - limit);
        }
    }

    /// `again` tells a refusal of a new window from the others of one that is known to be full.
    pub(super) fn refused(&mut self, until: Option<Micros>, again: bool) {
        let apart = self
            .ended
            .zip(until)
            .map(|(ended, until)| until.saturating_sub(ended))
            .filter(|apart| *apart > 0 && again);
        // Where a window was not used up before it ended, what passed belongs to two of them.
        let whole = match (apart, self.period) {
            (Some(apart), Some(period)) => apart <= period.saturating_add(period / 2),
            _ => true,
        };
        if let Some(apart) = apart {
            self.period = Some(self.period.map_or(apart, |period| period.min(apart)));
        }
        self.limit = Some(match self.limit {
            Some(limit) if !whole => limit.min(self.passed.max(1)),
            _ => self.passed.max(1),
        });
        self.more = 0;
        self.ended = until.or(self.ended);
    }

    pub(super) const fn limit(&self) -> Option<u64> {
        self.limit
    }

    pub(super) fn left(&self, flight: Flight) -> Option<u64> {
        let used = self.passed.saturating_add(flight.cost);
        self.limit.map(|limit| limit.saturating_sub(used))
    }
}

/// Calls spread out, as the server told that most of the budget is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Brake {
    /// Between two calls; `None` stops them.
    gap: Option<Micros>,
    next: Micros,
    pub(super) until: Micros,
    sent: Micros,
}

impl Brake {
    /// The brake for a used share, `None` where it is small enough.
    pub(super) fn at(
        percent: f64,
        sent: Micros,
        now: Micros,
        until: Micros,
        period: Micros,
        policy: &LimitPolicy,
    ) -> Option<Self> {
        if percent < policy.slow_above && percent < 100.0 {
            return None;
        }
        let gap = (percent < 100.0).then(|| {
            // From nothing at the threshold to without bound at 100 %: a share that is half used up beyond the threshold
            // makes calls a hundredth of the period apart.
            let beyond = (percent - policy.slow_above) / (100.0 - policy.slow_above);
            let gap = beyond / (1.0 - beyond) * period as f64 / 100.0;
            gap.min(period as f64) as Micros
        });
        Some(Self {
            gap,
            next: gap.map_or(until, |gap| now.saturating_add(gap)),
            until,
            sent,
        })
    }

    /// Our clock was set back.
    pub(super) const fn set_back(&mut self, by: Micros) {
        set_back(&mut self.next, by);
        set_back(&mut self.until, by);
        set_back(&mut self.sent, by);
    }

    pub(super) fn gate(&self, now: Micros, need: Need) -> Gate {
        if now >= self.until {
            return Gate::Open;
        }
        let Some(gap) = self.gap else {
            return Gate::At(self.until);
        };
        let ahead = Micros::try_from(need.ahead.calls).unwrap_or(Micros::MAX);
        let at = self.next.saturating_add(gap.saturating_mul(ahead));
        if at <= now {
            Gate::Open
        } else {
            Gate::At(at.min(self.until))
        }
    }

    pub(super) fn take(&mut self, now: Micros) {
        if let Some(gap) = self.gap {
            self.next = self.next.max(now).saturating_add(gap);
        }
    }

    pub(super) fn give_back(&mut self) {
        if let Some(gap) = self.gap {
            self.next = self.next.saturating_sub(gap);
        }
    }

    pub(super) const fn older_than(&self, sent: Micros) -> bool {
        self.sent <= sent
    }
}
