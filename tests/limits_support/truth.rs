//! What a server really counts.

use std::collections::VecDeque;

use sociable::client::limits::Window;

use super::{Us, ts, us};

/// A window of the server's that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// On the server's clock.
    pub began: Us,
    pub ended: Us,
    /// Units that were admitted.
    pub used: u64,
    /// Calls that were refused.
    pub refused: usize,
}

/// One window as a server counts it, on its own clock.
#[derive(Clone, Debug)]
pub struct Truth {
    pub window: Window,
    used: VecDeque<(Us, u64)>,
    sum: u64,
    began: Us,
    ends: Us,
    mark: Us,
    /// The windows that ended as a whole.
    pub closed: Vec<Closed>,
    pub refused: usize,
}

impl Truth {
    pub fn new(window: Window) -> Self {
        Self {
            window,
            used: VecDeque::new(),
            sum: 0,
            began: Us::MIN,
            ends: Us::MIN,
            mark: Us::MIN / 2,
            closed: Vec::new(),
            refused: 0,
        }
    }

    fn turn(&mut self, now: Us) {
        match &self.window.clone() {
            Window::Fixed { period, .. } if now >= self.ends => {
                self.close();
                self.ends = (now.div_euclid(us(*period)) + 1) * us(*period);
                self.began = self.ends - us(*period);
            }
            Window::Day { zone, .. } if now >= self.ends => {
                self.close();
                let day = ts(now).in_tz(zone.as_str()).unwrap();
                let next = day.tomorrow().unwrap().start_of_day().unwrap();
                self.ends = next.timestamp().as_microsecond();
                self.began = day.start_of_day().unwrap().timestamp().as_microsecond();
            }
            Window::FromFirstCall { .. } if now >= self.ends && self.ends != Us::MIN => {
                self.close();
                self.ends = Us::MIN;
            }
            Window::Rolling { period, .. } => {
                let period = us(*period);
                while self.used.front().is_some_and(|(at, _)| at + period <= now) {
                    let (_, cost) = self.used.pop_front().unwrap();
                    self.sum -= cost;
                }
            }
            _ => {}
        }
    }

    fn close(&mut self) {
        if self.ends != Us::MIN {
            self.closed.push(Closed {
                began: self.began,
                ended: self.ends,
                used: self.sum,
                refused: self.refused,
            });
        }
        self.refused = 0;
        self.sum = 0;
    }

    pub fn has_room(&mut self, now: Us, cost: u64) -> bool {
        self.turn(now);
        match &self.window {
            Window::Paced { per, burst } => {
                self.mark + us(*per) * cost as Us - us(*per) * *burst as Us <= now
            }
            other => self.sum + cost <= other.limit(),
        }
    }

    pub fn count(&mut self, now: Us, cost: u64) {
        self.turn(now);
        match &self.window {
            Window::Paced { per, .. } => {
                self.mark = self.mark.max(now) + us(*per) * cost as Us;
            }
            Window::FromFirstCall { period, .. } => {
                if self.ends == Us::MIN {
                    self.began = now;
                    self.ends = now + us(*period);
                }
                self.sum += cost;
            }
            Window::Rolling { .. } => {
                self.used.push_back((now, cost));
                self.sum += cost;
            }
            _ => self.sum += cost,
        }
    }

    /// Limit, what is left, when it ends.
    pub fn tell(&mut self, now: Us) -> (u64, u64, Us) {
        self.turn(now);
        let limit = self.window.limit();
        let ends = match &self.window {
            Window::Rolling { period, .. } => self
                .used
                .front()
                .map_or(now + us(*period), |(at, _)| at + us(*period)),
            Window::FromFirstCall { period, .. } if self.ends == Us::MIN => now + us(*period),
            _ => self.ends,
        };
        (limit, limit.saturating_sub(self.sum), ends)
    }

    /// Length of a window, 0 where it has none.
    pub fn period(&self) -> Us {
        match &self.window {
            Window::Fixed { period, .. }
            | Window::FromFirstCall { period, .. }
            | Window::Rolling { period, .. } => us(*period),
            Window::Day { .. } => 86_400 * super::SEC,
            _ => 0,
        }
    }

    pub fn set_limit(&mut self, to: u64) {
        match &mut self.window {
            Window::Fixed { limit, .. }
            | Window::FromFirstCall { limit, .. }
            | Window::Rolling { limit, .. }
            | Window::Day { limit, .. } => *limit = to,
            _ => {}
        }
    }
}
