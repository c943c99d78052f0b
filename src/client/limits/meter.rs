//! One window of one bucket.

use serde::{Deserialize, Serialize};

use super::midnight::is_known;
use super::paced::Paced;
use super::rolling::{Nature, Rolling};
use super::span::{Kind, Span};
use super::time::{DAY, Flight, Gate, Micros, Need, Seen, Skew, Trip, duration, length, period};
use super::{Name, Window};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Meter {
    Span(Span),
    Rolling(Rolling),
    /// What only the server told: it rolls until an answer shows that its windows end as a whole.
    Learned(Rolling),
    Paced(Paced),
    Total(Total),
    InFlight(u64),
}

/// What nothing gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Total {
    limit: u64,
    used: u64,
}

impl Total {
    const fn left(self, flight: Flight) -> u64 {
        self.limit
            .saturating_sub(self.used)
            .saturating_sub(flight.cost)
    }

    const fn gate(self, need: Need, flight: Flight) -> Gate {
        if need.cost > self.limit.saturating_sub(self.used) {
            Gate::Never
        } else if need.units() <= self.left(flight) {
            Gate::Open
        } else {
            // What is under way may cost less than it could.
            Gate::Answer
        }
    }
}

/// The day on which a clock is set back by an hour.
const LONGEST_DAY: Micros = DAY / 24 * 25;

const LONGEST_MONTH: Micros = 31 * DAY;

impl From<&Window> for Meter {
    fn from(window: &Window) -> Self {
        match window {
            Window::Fixed { limit, period: p } => {
                Self::Span(Span::new(Kind::Fixed, *limit, period(*p)))
            }
            Window::FromFirstCall { limit, period: p } => {
                Self::Span(Span::new(Kind::FromFirstCall, *limit, period(*p)))
            }
            Window::Day { limit, zone } if is_known(zone) => {
                Self::Span(Span::new(Kind::Day(zone.clone()), *limit, DAY))
            }
            // Midnight is nobody knows when: then no stretch as long as the longest day may hold more.
            Window::Day { limit, .. } => Self::Rolling(Rolling::new(*limit, LONGEST_DAY)),
            Window::Rolling { limit, period: p } => Self::Rolling(Rolling::new(*limit, period(*p))),
            Window::Paced { per, burst } => Self::Paced(Paced::new(length(*per).max(1), *burst)),
            Window::Month { limit } => Self::Span(Span::new(Kind::Month, *limit, LONGEST_MONTH)),
            Window::Total { limit } => Self::Total(Total {
                limit: *limit,
                used: 0,
            }),
            Window::InFlight(calls) => Self::InFlight(*calls),
        }
    }
}

impl Meter {
    /// The window as it is known now.
    pub(super) fn window(&self) -> Window {
        match self {
            Self::Span(span) => match &span.kind {
                Kind::Fixed => Window::fixed(span.limit, duration(span.period)),
                Kind::FromFirstCall => Window::from_first_call(span.limit, duration(span.period)),
                Kind::Day(zone) => Window::Day {
                    limit: span.limit,
                    zone: Name::clone(zone),
                },
                Kind::Month => Window::month(span.limit),
            },
            Self::Rolling(rolling) | Self::Learned(rolling) => {
                Window::rolling(rolling.limit, duration(rolling.period))
            }
            Self::Paced(paced) => Window::paced(duration(paced.per), paced.burst),
            Self::Total(total) => Window::total(total.limit),
            Self::InFlight(calls) => Window::in_flight(*calls),
        }
    }

    /// Takes another limit over what is used already, where both count alike; `false` where they do not.
    pub(super) fn resize(&mut self, window: &Window) -> bool {
        match (self, window) {
            (Self::Span(span), Window::Day { limit, zone }) if matches!(&span.kind, Kind::Day(known) if known == zone) =>
            {
                span.limit = *limit;
            }
            (Self::Span(span), Window::Month { limit }) if span.kind == Kind::Month => {
                span.limit = *limit;
            }
            (Self::Total(total), Window::Total { limit }) => total.limit = *limit,
            _ => return false,
        }
        true
    }

    /// Limit and period, where an answer can speak of them.
    pub(super) fn size(&self) -> Option<(u64, Micros)> {
        match self {
            Self::Span(span) => Some((span.limit, span.period)),
            Self::Rolling(rolling) | Self::Learned(rolling) => {
                Some((rolling.limit, rolling.period))
            }
            Self::Paced(_) | Self::Total(_) | Self::InFlight(_) => None,
        }
    }

    /// How long the window remembers.
    pub(super) fn period(&self) -> Micros {
        match self {
            Self::Paced(paced) => paced.per,
            other => other.size().map_or(0, |(_, period)| period),
        }
    }

    pub(super) fn turn(&mut self, now: Micros, skew: &Skew) {
        match self {
            Self::Span(span) => span.turn(now, skew),
            Self::Rolling(rolling) | Self::Learned(rolling) => rolling.turn(now),
            Self::Paced(_) | Self::Total(_) | Self::InFlight(_) => {}
        }
    }

    /// Our clock was set back.
    pub(super) fn set_back(&mut self, by: Micros) {
        match self {
            Self::Span(span) => span.set_back(by),
            Self::Rolling(rolling) | Self::Learned(rolling) => rolling.set_back(by),
            Self::Paced(paced) => paced.set_back(by),
            Self::Total(_) | Self::InFlight(_) => {}
        }
    }

    /// After [`Meter::turn`].
    pub(super) fn gate(&self, now: Micros, need: Need, flight: Flight, skew: &Skew) -> Gate {
        match self {
            Self::Span(span) => span.gate(now, need, flight, skew),
            Self::Rolling(rolling) | Self::Learned(rolling) => rolling.gate(now, need, flight),
            Self::Paced(paced) => paced.gate(now, need),
            Self::Total(total) => total.gate(need, flight),
            Self::InFlight(0) => Gate::Never,
            Self::InFlight(calls) => {
                if flight.calls.saturating_add(need.ahead.calls) < *calls {
                    Gate::Open
                } else {
                    Gate::Answer
                }
            }
        }
    }

    /// After [`Meter::turn`].
    pub(super) fn left(&self, now: Micros, flight: Flight) -> u64 {
        match self {
            Self::Span(span) => span.left(flight),
            Self::Rolling(rolling) | Self::Learned(rolling) => rolling.left(flight),
            Self::Paced(paced) => paced.units_left(now),
            Self::Total(total) => total.left(flight),
            Self::InFlight(calls) => calls.saturating_sub(flight.calls),
        }
    }

    pub(super) fn resets_at(&self, skew: &Skew) -> Option<Micros> {
        match self {
            Self::Span(span) => span.resets_at(skew),
            Self::Rolling(rolling) | Self::Learned(rolling) => rolling.resets_at(),
            Self::Paced(paced) => Some(paced.fresh_at()).filter(|at| *at > 0),
            Self::Total(_) | Self::InFlight(_) => None,
        }
    }

    /// From when on the window is as if it had never been used.
    pub(super) fn fresh_at(&self, skew: &Skew) -> Micros {
        match self {
            Self::Span(span) => span.fresh_at(skew),
            Self::Rolling(rolling) | Self::Learned(rolling) => rolling.fresh_at(),
            Self::Paced(paced) => paced.fresh_at(),
            Self::Total(_) => Micros::MAX,
            Self::InFlight(_) => Micros::MIN,
        }
    }

    pub(super) fn take(&mut self, now: Micros, cost: u64) {
        if let Self::Paced(paced) = self {
            paced.take(now, cost);
        }
    }

    pub(super) fn give_back(&mut self, cost: u64) {
        if let Self::Paced(paced) = self {
            paced.give_back(cost);
        }
    }

    pub(super) fn may_leave(&self, now: Micros, cost: u64) -> bool {
        match self {
            Self::Paced(paced) => paced.may_leave(now, cost),
            _ => true,
        }
    }

    pub(super) fn leave(&mut self, now: Micros, cost: u64) {
        if let Self::Paced(paced) = self {
            paced.leave(now, cost);
        }
    }

    pub(super) fn settle(&mut self, trip: Trip, cost: u64, seen: Option<&Seen>, skew: &Skew) {
        match self {
            Self::Span(span) => span.settle(trip, cost, seen, skew),
            Self::Rolling(rolling) => {
                rolling.settle(trip, cost, seen, skew);
            }
            Self::Learned(rolling) => {
                if rolling.settle(trip, cost, seen, skew) == Nature::Ends {
                    let mut span = Span::new(Kind::FromFirstCall, rolling.limit, rolling.period);
                    span.guessed = rolling.is_guessed();
                    span.settle(trip, cost, seen, skew);
                    *self = Self::Span(span);
                }
            }
            Self::Total(total) => total.used = total.used.saturating_add(cost),
            Self::Paced(_) | Self::InFlight(_) => {}
        }
    }
}
