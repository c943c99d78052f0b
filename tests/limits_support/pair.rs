//! Two limits that must behave alike.

use sociable::client::limits::{Charge, Held, Limits, Permit, Reservation, Sent, Settled, Window};

use super::server::{Dialect, Server};
use super::truth::Truth;
use super::world::random_world;
use super::{MS, Rng, START, Us, bucket, secs, ts};

/// Two limits that are asked the same.
pub struct Pair {
    pub rng: Rng,
    now: Us,
    pub both: [Limits; 2],
    charges: Vec<Charge>,
    server: Server,
    under_way: Vec<([Permit; 2], Vec<Charge>, Us)>,
    /// Answers in which they differed.
    pub differences: Vec<String>,
}

pub fn random_pair(seed: u64) -> Pair {
    let mut rng = Rng(seed);
    let world = random_world(&mut rng, 0);
    let mut server = world.server;
    if server.dialect == Dialect::Silent && rng.chance(50) {
        // Several windows, of which the answers tell one.
        server.dialect = Dialect::EpochSeconds;
        server.truths.truncate(1);
    }
    let mut charges = world.charges;
    if charges.len() == 1 {
        let more = Window::rolling(1 + rng.below(40), secs(7));
        server.truths.push((1, Truth::new(more.clone())));
        charges.push(bucket("more", vec![more]).charge(1 + rng.below(2)));
    }
    Pair {
        rng,
        now: START,
        both: [Limits::new(), Limits::new()],
        charges,
        server,
        under_way: Vec::new(),
        differences: Vec::new(),
    }
}

fn costs(charges: &[Charge]) -> Vec<(usize, u64)> {
    let cost = |(at, charge): (usize, &Charge)| (at, charge.cost);
    charges.iter().enumerate().map(cost).collect()
}

impl Pair {
    fn some_charges(&mut self) -> Vec<Charge> {
        let mut charges = self.charges.clone();
        charges.truncate(1 + self.rng.below(charges.len() as u64) as usize);
        charges
    }

    fn ask(&mut self, charges: &[Charge]) -> [Reservation; 2] {
        let now = ts(self.now);
        let [a, b] = &mut self.both;
        [a.reserve(now, charges, None), b.reserve(now, charges, None)]
    }

    /// A call that both are asked for; both must say the same.
    fn call(&mut self) {
        let charges = self.some_charges();
        let now = ts(self.now);
        match self.ask(&charges) {
            [Reservation::Granted(a), Reservation::Granted(b)] => {
                let leave = [self.both[0].leave(now, &a), self.both[1].leave(now, &b)];
                self.same("leave", leave[0] == leave[1]);
                if leave[0] {
                    self.under_way.push(([a, b], charges, self.now));
                } else {
                    self.both[0].settle(now, a, Settled::NotSent);
                    self.both[1].settle(now, b, Settled::NotSent);
                }
            }
            [Reservation::NotBefore(a), Reservation::NotBefore(b)] => {
                self.same("wait", (&a.bucket, &a.wait) == (&b.bucket, &b.wait));
                self.both[0].forget(a.ticket);
                self.both[1].forget(b.ticket);
            }
            [a, b] => {
                self.same("reservation", a == b);
                for (limits, reservation) in self.both.iter_mut().zip([a, b]) {
                    match reservation {
                        Reservation::Granted(permit) => {
                            limits.settle(now, permit, Settled::NotSent);
                        }
                        Reservation::NotBefore(held) => limits.forget(held.ticket),
                        _ => {}
                    }
                }
            }
        }
    }

    /// One of the calls under way comes back, or is lost.
    fn answer(&mut self) {
        if self.under_way.is_empty() {
            return;
        }
        let at = self.rng.below(self.under_way.len() as u64) as usize;
        let ([a, b], charges, sent_at) = self.under_way.swap_remove(at);
        let answer = self.server.answer(self.now, &costs(&charges));
        let mut sent = self.server.read(&answer, sent_at, self.now);
        if self.rng.chance(10) {
            sent = Sent::lost(ts(sent_at));
        }
        self.both[0].settle(ts(self.now), a, sent.clone());
        self.both[1].settle(ts(self.now), b, sent);
    }

    fn step(&mut self) {
        match self.rng.below(10) {
            0..=4 => self.call(),
            5..=7 => self.answer(),
            _ => self.now += self.rng.below(1 + self.rng.clone().below(4_000)) as Us * MS,
        }
    }

    /// Compares what is left.
    fn compare(&mut self) {
        let now = ts(self.now);
        let left = |limits: &Limits| {
            let budgets = limits.budgets(now).into_iter();
            let seen = budgets.map(|it| (it.bucket, it.window, it.left, it.frozen_until));
            // What is forgotten when it is over is as good as new.
            seen.filter(|it| (it.1.as_ref()).is_none_or(|window| it.2 != Some(window.limit())))
                .collect::<Vec<_>>()
        };
        self.same("left", left(&self.both[0]) == left(&self.both[1]));
    }

    fn same(&mut self, what: &str, same: bool) {
        if !same {
            let difference = format!("{what} at {}: {:?}", self.now, self.charges);
            self.differences.push(difference);
        }
    }

    /// The first is bothered with calls that come to nothing.
    fn bother(&mut self) {
        let now = ts(self.now);
        let mut cancelled = Vec::new();
        for _ in 0..self.rng.below(4) {
            let charges = self.some_charges();
            match self.both[0].reserve(now, &charges, None) {
                Reservation::Granted(permit) => cancelled.push(permit),
                Reservation::NotBefore(Held { ticket, .. }) => self.both[0].forget(ticket),
                _ => {}
            }
        }
        while !cancelled.is_empty() {
            let at = self.rng.below(cancelled.len() as u64) as usize;
            let permit = cancelled.swap_remove(at);
            self.both[0].settle(now, permit, Settled::NotSent);
        }
    }

    /// The second becomes what the first is when it is saved and read, once everything under way has come back: what is
    /// under way when it is saved is spent.
    fn save_and_read(&mut self) {
        while !self.under_way.is_empty() {
            self.answer();
        }
        let saved = serde_json::to_string(&self.both[0]).unwrap();
        let read: Limits = serde_json::from_str(&saved).unwrap();
        let again = serde_json::to_string(&read).unwrap();
        self.same("read", read == self.both[0] && again == saved);
        self.both[1] = read;
        self.compare();
    }
}

/// Where a trace with cancelled calls and one without them differ.
pub fn cancelling_differs(seed: u64, steps: usize) -> Vec<String> {
    let mut pair = random_pair(seed);
    for _ in 0..steps {
        pair.step();
        pair.bother();
        pair.compare();
    }
    pair.differences
}

/// Where limits and what is read of them, saved three times in a trace, differ.
pub fn reading_differs(seed: u64, steps: usize) -> Vec<String> {
    let mut pair = random_pair(seed);
    for _ in 0..3 {
        for _ in 0..steps / 3 {
            pair.step();
        }
        pair.save_and_read();
    }
    pair.differences
}
