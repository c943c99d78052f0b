//! What holds for limits on any trace: random ones, from fixed seeds.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

mod limits_support;

use limits_support::{Dialect, MS, Rng, START, Server, Truth, Us, bucket, random_world, run, ts};
use sociable::client::limits::{
    Charge, Held, Limits, Permit, Reservation, Sent, Settled, Wait, Window,
};

#[test]
fn random_traces_never_overspend_and_nobody_is_overtaken_or_forgotten() {
    let mut rng = Rng(20_261_123);
    let mut steps = 0;
    for case in 0..250 {
        let mut world = random_world(&mut rng, 250);
        let plan = format!("{case}: {world:?}");
        let told = run(&mut world, &mut Limits::new());
        assert_eq!(told.refusals, 0, "{plan}");
        assert_eq!(told.early, 0, "{plan}");
        assert_eq!(told.overtaken, 0, "{plan}");
        assert_eq!(told.serde_mismatches, 0, "{plan}");
        steps += told.steps;
    }
    assert!(steps > 50_000, "{steps}");
}

/// Two limits that are asked the same.
struct Pair {
    rng: Rng,
    now: Us,
    both: [Limits; 2],
    charges: Vec<Charge>,
    server: Server,
    under_way: Vec<([Permit; 2], Vec<Charge>, Us)>,
}

fn random_pair(seed: u64) -> Pair {
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
        let more = Window::rolling(1 + rng.below(40), std::time::Duration::from_secs(7));
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
                assert_eq!(leave[0], leave[1]);
                if leave[0] {
                    self.under_way.push(([a, b], charges, self.now));
                } else {
                    self.both[0].settle(now, a, Settled::NotSent);
                    self.both[1].settle(now, b, Settled::NotSent);
                }
            }
            [Reservation::NotBefore(a), Reservation::NotBefore(b)] => {
                assert_eq!((&a.bucket, &a.wait), (&b.bucket, &b.wait));
                self.both[0].forget(a.ticket);
                self.both[1].forget(b.ticket);
            }
            [a, b] => assert_eq!(
                a,
                b,
                "{:?} {:?}\n{:#?}\n{:#?}",
                self.server.dialect,
                self.charges,
                self.both[0].budgets(now),
                self.both[1].budgets(now)
            ),
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

    fn assert_equal(&self) {
        let now = ts(self.now);
        let left = |limits: &Limits| {
            let budgets = limits.budgets(now).into_iter();
            let seen = budgets.map(|it| (it.bucket, it.window, it.left, it.frozen_until));
            // What is forgotten when it is over is as good as new.
            seen.filter(|it| {
                it.1.as_ref()
                    .is_none_or(|window| it.2 != Some(window.limit()))
            })
            .collect::<Vec<_>>()
        };
        assert_eq!(left(&self.both[0]), left(&self.both[1]));
    }
}

#[test]
fn cancellation_neither_loses_nor_makes_budget() {
    for seed in 0..60 {
        let mut pair = random_pair(seed);
        for _ in 0..600 {
            pair.step();
            // The first is bothered with calls that come to nothing.
            let mut cancelled = Vec::new();
            for _ in 0..pair.rng.below(4) {
                let charges = pair.some_charges();
                match pair.both[0].reserve(ts(pair.now), &charges, None) {
                    Reservation::Granted(permit) => cancelled.push(permit),
                    Reservation::NotBefore(Held { ticket, .. }) => pair.both[0].forget(ticket),
                    _ => {}
                }
            }
            while !cancelled.is_empty() {
                let at = pair.rng.below(cancelled.len() as u64) as usize;
                let permit = cancelled.swap_remove(at);
                pair.both[0].settle(ts(pair.now), permit, Settled::NotSent);
            }
            pair.assert_equal();
        }
    }
}

#[test]
fn limits_that_are_saved_and_read_are_equal_and_go_on_identically() {
    for seed in 0..120 {
        let mut pair = random_pair(seed);
        for _ in 0..3 {
            for _ in 0..150 {
                pair.step();
            }
            // What is under way when it is saved is spent: here everything has come back.
            while !pair.under_way.is_empty() {
                pair.answer();
            }
            let saved = serde_json::to_string(&pair.both[0]).unwrap();
            let read: Limits = serde_json::from_str(&saved).unwrap();
            assert_eq!(read, pair.both[0]);
            assert_eq!(serde_json::to_string(&read).unwrap(), saved);
            pair.both[1] = read;
            pair.assert_equal();
        }
    }
}

#[test]
fn what_is_under_way_when_limits_are_saved_is_spent() {
    let full = bucket(
        "full",
        vec![Window::rolling(3, std::time::Duration::from_secs(60))],
    );
    let mut limits = Limits::new();
    let now = ts(START);
    for _ in 0..3 {
        let Reservation::Granted(_permit) = limits.reserve(now, &[full.charge(1)], None) else {
            panic!("there is room for three");
        };
    }
    let saved = serde_json::to_string(&limits).unwrap();
    let mut read: Limits = serde_json::from_str(&saved).unwrap();
    let Reservation::NotBefore(held) = read.reserve(now, &[full.charge(1)], None) else {
        panic!("saving made budget");
    };
    assert_eq!(held.wait, Wait::Until(ts(START + 60_000_000)));
}
