//! How much of each window was used, and how much could have been.

use super::Us;
use super::truth::Closed;

/// A call that was admitted, on the client's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Journey {
    pub sent: Us,
    pub arrived: Us,
    pub answered: Us,
    pub cost: u64,
}

/// What was used of one window, and the most that could have been.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    pub used: u64,
    /// The window's limit, where the tasks are fast enough for it, less the calls of which nobody on this side could
    /// know whether they came before or after it began.
    pub bound: u64,
}

impl Share {
    pub fn percent(self) -> f64 {
        self.used as f64 * 100.0 / self.bound.max(1) as f64
    }
}

/// The windows that lay as a whole between the first call and the last, on a server whose clock is ahead by `skew`.
///
/// `told` says whether answers tell what is left, so that no doubt remains about calls that were under way.
pub fn shares(
    closed: &[Closed],
    limit: u64,
    journeys: &[Journey],
    (tasks, trip): (usize, Us),
    skew: Us,
    told: bool,
) -> Vec<Share> {
    let first = journeys.iter().map(|it| it.sent).min().unwrap_or(0) + skew;
    let last = journeys.iter().map(|it| it.arrived).max().unwrap_or(0) + skew;
    closed
        .iter()
        .filter(|window| window.began >= first && window.ended <= last)
        .map(|window| {
            let mut bound = limit;
            if trip > 0 {
                // A task that was answered calls again at once.
                let rounds = (window.ended - window.began).div_euclid(trip);
                bound = bound.min(tasks as u64 * rounds as u64);
            }
            if !told {
                let doubtful = |it: &&Journey| {
                    it.arrived + skew < window.began && it.answered + skew > window.began
                };
                let doubt: u64 = journeys.iter().filter(doubtful).map(|it| it.cost).sum();
                bound = bound.min(limit - doubt.min(limit));
            }
            Share {
                used: window.used,
                bound,
            }
        })
        .collect()
}

/// How fast a rolling window was used, in per cent of the fastest that is safe.
///
/// Safe is to send a call in another's place one period after its answer: the server may have counted it that late.
pub fn pace_share(
    journeys: &[Journey],
    limit: usize,
    period: Us,
    (tasks, trip): (usize, Us),
) -> f64 {
    let mut sent: Vec<Us> = journeys.iter().map(|it| it.sent).collect();
    sent.sort_unstable();
    let mut best: Vec<Us> = Vec::with_capacity(sent.len());
    for at in 0..sent.len() {
        let task = at.checked_sub(tasks).map_or(0, |at| best[at] + trip);
        let room = at
            .checked_sub(limit)
            .map_or(0, |at| best[at] + trip + period);
        best.push(task.max(room));
    }
    let (Some(first), Some(last), Some(best)) = (sent.first(), sent.last(), best.last()) else {
        return f64::NAN;
    };
    // Without waits there is nothing to compare.
    (*best).max(1) as f64 * 100.0 / (last - first).max(1) as f64
}
