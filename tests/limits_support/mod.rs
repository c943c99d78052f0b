//! A world to try limits in: servers that know the truth, tasks that call them, and a clock that is moved by hand.

// Each test file uses a part of it.
#![allow(dead_code, unreachable_pub)]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use sociable::client::limits::{
    Bucket, BucketKey, Charge, Limits, Observation, Permit, Refusal, Reservation, Reset, Scope,
    Sent, Settled, Ticket, Wait, Window,
};

pub type Us = i64;
pub const MS: Us = 1_000;
pub const SEC: Us = 1_000_000;
/// Some moment in 2026 that is no multiple of anything.
pub const START: Us = 1_790_000_123_456_789;

pub fn ts(at: Us) -> Timestamp {
    Timestamp::from_microsecond(at).unwrap()
}

pub fn us(of: Duration) -> Us {
    of.as_micros() as Us
}

pub fn secs(of: u64) -> Duration {
    Duration::from_secs(of)
}

pub fn key(name: &'static str) -> BucketKey {
    BucketKey::new("testnet", name, Scope::Token)
}

pub fn bucket(name: &'static str, windows: Vec<Window>) -> Bucket {
    Bucket::new(key(name), windows)
}

/// SplitMix64: the same numbers on every machine.
#[derive(Clone, Debug)]
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What a server really counts, on its own clock.
#[derive(Clone, Debug)]
pub struct Truth {
    pub window: Window,
    used: VecDeque<(Us, u64)>,
    sum: u64,
    ends: Us,
    mark: Us,
    /// Units admitted in each window that ended as a whole.
    pub windows: Vec<u64>,
    /// And those that were refused in it.
    pub refused: Vec<usize>,
    no: usize,
}

impl Truth {
    pub fn new(window: Window) -> Self {
        Self {
            window,
            used: VecDeque::new(),
            sum: 0,
            ends: Us::MIN,
            mark: Us::MIN / 2,
            windows: Vec::new(),
            refused: Vec::new(),
            no: 0,
        }
    }

    fn turn(&mut self, now: Us) {
        match &self.window.clone() {
            Window::Fixed { period, .. } if now >= self.ends => {
                self.close();
                self.ends = (now.div_euclid(us(*period)) + 1) * us(*period);
            }
            Window::Day { zone, .. } if now >= self.ends => {
                self.close();
                let day = ts(now).in_tz(zone.as_str()).unwrap();
                let next = day.tomorrow().unwrap().start_of_day().unwrap();
                self.ends = next.timestamp().as_microsecond();
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
            self.windows.push(self.sum);
            self.refused.push(self.no);
        }
        self.no = 0;
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

/// How the server tells its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Silent,
    EpochSeconds,
    IsoMillis,
    DeltaSeconds,
    UsedOnly,
    Percent,
    /// Nothing but `Retry-After` with a refusal.
    RetryAfter,
}

pub const DIALECTS: [Dialect; 4] = [
    Dialect::EpochSeconds,
    Dialect::IsoMillis,
    Dialect::DeltaSeconds,
    Dialect::UsedOnly,
];

#[derive(Clone, Debug)]
pub struct World {
    pub rng: Rng,
    /// One truth for each charge; several windows of one bucket are several truths of one index.
    pub truths: Vec<(usize, Truth)>,
    pub charges: Vec<Charge>,
    pub dialect: Dialect,
    pub date: bool,
    /// The server's clock is ahead by this.
    pub skew: Us,
    pub up: (Us, Us),
    pub down: (Us, Us),
    pub tasks: usize,
    pub calls: usize,
    pub lost_percent: u64,
    pub cancel_percent: u64,
    pub give_up_percent: u64,
    /// Another process takes a unit this often.
    pub foreign_every: Option<Us>,
    /// Each call really costs between 1 and what it reserved.
    pub real_costs: bool,
    pub pause: Us,
    pub relimit: Option<(Us, u64)>,
    pub round_trip_serde_every: usize,
    /// How coarsely `Retry-After` is held to be written.
    pub coarse: Duration,
    pub start: Us,
}

impl World {
    pub fn new(windows: Vec<Window>) -> Self {
        let truths = windows
            .iter()
            .filter(|window| !matches!(window, Window::InFlight(_)))
            .map(|window| (0, Truth::new(window.clone())))
            .collect();
        Self {
            rng: Rng(7),
            truths,
            charges: vec![bucket("calls", windows).charge(1)],
            dialect: Dialect::Silent,
            date: false,
            skew: 0,
            up: (25 * MS, 25 * MS),
            down: (25 * MS, 25 * MS),
            tasks: 16,
            calls: 1000,
            lost_percent: 0,
            cancel_percent: 0,
            give_up_percent: 0,
            foreign_every: None,
            real_costs: false,
            pause: 0,
            relimit: None,
            round_trip_serde_every: 0,
            coarse: Duration::from_secs(1),
            start: START,
        }
    }
}

#[derive(Debug, Default)]
pub struct Told {
    pub answers: usize,
    pub refusals: usize,
    pub refused_at: Vec<Us>,
    /// Calls that arrived before a moment that a refusal had named.
    pub early: usize,
    pub overtaken: usize,
    pub steps: usize,
    pub took: Us,
    pub never: usize,
    pub serde_mismatches: usize,
}

#[derive(Debug)]
enum Event {
    Poll(usize),
    Arrive(usize),
    Answer(usize),
    Foreign,
    Relimit(u64),
}

#[derive(Debug, Default)]
struct Task {
    ticket: Option<Ticket>,
    since: u64,
    permit: Option<Permit>,
    charges: Vec<Charge>,
    sent: Us,
    answer: Option<Sent>,
}

pub fn run(world: &mut World, limits: &mut Limits) -> Told {
    let mut told = Told::default();
    let mut heap: BinaryHeap<Reverse<(Us, u64, usize)>> = BinaryHeap::new();
    let mut events: Vec<Option<Event>> = Vec::new();
    let mut order = 0_u64;
    let mut tasks: Vec<Task> = (0..world.tasks).map(|_| Task::default()).collect();
    let mut by_ticket: BTreeMap<Ticket, usize> = BTreeMap::new();
    let mut started = 0_usize;
    let mut done = 0_usize;
    let mut named_until = Us::MIN;
    macro_rules! at {
        ($when:expr, $event:expr) => {{
            events.push(Some($event));
            order += 1;
            heap.push(Reverse(($when, order, events.len() - 1)));
        }};
    }
    for task in 0..world.tasks {
        at!(world.start, Event::Poll(task));
    }
    if let Some(every) = world.foreign_every {
        at!(world.start + every, Event::Foreign);
    }
    if let Some((when, limit)) = world.relimit {
        at!(world.start + when, Event::Relimit(limit));
    }
    while let Some(Reverse((now, _, index))) = heap.pop() {
        let event = events[index].take().unwrap();
        told.steps += 1;
        match event {
            Event::Foreign => {
                if done < world.calls {
                    let there = now + world.skew;
                    if world
                        .truths
                        .iter_mut()
                        .all(|(_, truth)| truth.has_room(there, 1))
                    {
                        for (_, truth) in &mut world.truths {
                            truth.count(there, 1);
                        }
                    }
                    at!(now + world.foreign_every.unwrap(), Event::Foreign);
                }
                continue;
            }
            Event::Relimit(limit) => {
                for (_, truth) in &mut world.truths {
                    truth.set_limit(limit);
                }
                continue;
            }
            Event::Arrive(task) => {
                let there = now + world.skew;
                let mut sent = Sent::answered(ts(tasks[task].sent));
                let real: Vec<u64> = tasks[task]
                    .charges
                    .iter()
                    .map(|charge| {
                        if world.real_costs {
                            1 + world.rng.below(charge.cost)
                        } else {
                            charge.cost
                        }
                    })
                    .collect();
                let room = world
                    .truths
                    .iter_mut()
                    .all(|(at, truth)| truth.has_room(there, real[*at]));
                if room {
                    for (at, truth) in &mut world.truths {
                        truth.count(there, real[*at]);
                    }
                }
                if world.real_costs {
                    for (charge, cost) in tasks[task].charges.iter().zip(&real) {
                        sent = sent.cost(charge.bucket.key.clone(), *cost);
                    }
                }
                let (limit, left, ends) = match world.truths.first_mut() {
                    Some((_, truth)) => truth.tell(there),
                    None => (0, 0, there),
                };
                let wait = ends.saturating_sub(there).max(0);
                let wait = Duration::from_secs(wait.div_ceil_(SEC) as u64);
                let resolution = Duration::from_secs(1);
                let mut seen = Observation {
                    limit: Some(limit),
                    remaining: Some(left),
                    ..Observation::default()
                };
                match world.dialect {
                    Dialect::Silent | Dialect::RetryAfter => {}
                    Dialect::EpochSeconds => {
                        seen.reset = Some(Reset::at(ts(ends.div_euclid(SEC) * SEC)));
                        sent = sent.saw(seen);
                    }
                    Dialect::IsoMillis => {
                        let time = ts(ends.div_euclid(MS) * MS);
                        seen.reset = Some(Reset::at(time).to_within(Duration::from_millis(1)));
                        sent = sent.saw(seen);
                    }
                    Dialect::DeltaSeconds => {
                        seen.reset = Some(Reset::After { wait, resolution });
                        sent = sent.saw(seen);
                    }
                    Dialect::UsedOnly => {
                        seen.remaining = None;
                        seen.used = Some(limit - left);
                        sent = sent.saw(seen);
                    }
                    Dialect::Percent => {
                        sent = sent.saw(Observation {
                            percent: Some(((limit - left) * 100 / limit) as f64),
                            ..Observation::default()
                        });
                    }
                }
                if world.date {
                    sent = sent.date(ts(there.div_euclid(SEC) * SEC));
                }
                if !room {
                    for (_, truth) in &mut world.truths {
                        truth.no += 1;
                    }
                    told.refusals += 1;
                    told.refused_at.push(now);
                    let mut refusal = Refusal::new();
                    if world.dialect != Dialect::Silent {
                        let resolution = world.coarse;
                        let until = Reset::After { wait, resolution };
                        refusal = refusal.until(until);
                    }
                    sent = sent.refused(refusal);
                }
                let lost = world.rng.chance(world.lost_percent);
                if lost {
                    sent = Sent::lost(ts(tasks[task].sent));
                }
                tasks[task].answer = Some(sent);
                let down = between(&mut world.rng, world.down);
                at!(now + down, Event::Answer(task));
            }
            Event::Answer(task) => {
                let state = &mut tasks[task];
                let sent = state.answer.take().unwrap();
                if let Some(Refusal {
                    until: Some(Reset::After { wait, .. }),
                    ..
                }) = &sent.refusal
                {
                    named_until = named_until.max(now + us(*wait));
                }
                let refused = sent.refusal.is_some();
                limits.settle(ts(now), state.permit.take().unwrap(), sent);
                if refused {
                    started -= 1;
                } else {
                    told.answers += 1;
                    done += 1;
                }
                let pause = if world.pause > 0 {
                    world.rng.below(world.pause as u64) as Us
                } else {
                    0
                };
                at!(now + pause, Event::Poll(task));
                told.took = now - world.start;
            }
            Event::Poll(task) => {
                if tasks[task].permit.is_some() {
                    continue;
                }
                if tasks[task].ticket.is_none() {
                    if started >= world.calls {
                        continue;
                    }
                    started += 1;
                    tasks[task].charges = world.charges.clone();
                    if world.real_costs {
                        for charge in &mut tasks[task].charges {
                            charge.cost = 1 + world.rng.below(charge.cost);
                        }
                    }
                } else if world.rng.chance(world.give_up_percent) {
                    let ticket = tasks[task].ticket.take().unwrap();
                    by_ticket.remove(&ticket);
                    limits.forget(ticket);
                    done += 1;
                    at!(now, Event::Poll(task));
                    for ticket in limits.ready(ts(now)) {
                        at!(now, Event::Poll(by_ticket[&ticket]));
                    }
                    continue;
                }
                let ticket = tasks[task].ticket;
                match limits.reserve(ts(now), &tasks[task].charges, ticket) {
                    Reservation::Granted(permit) => {
                        if let Some(ticket) = ticket {
                            by_ticket.remove(&ticket);
                        }
                        tasks[task].ticket = None;
                        let mine = ticket.map_or(u64::MAX, Ticket::number);
                        let same = world.charges.len() == 1;
                        if same && by_ticket.keys().any(|other| other.number() < mine) {
                            told.overtaken += 1;
                        }
                        if world.rng.chance(world.cancel_percent) {
                            limits.settle(ts(now), permit, Settled::NotSent);
                            done += 1;
                            at!(now, Event::Poll(task));
                        } else if limits.leave(ts(now), &permit) {
                            if now < named_until {
                                told.early += 1;
                            }
                            tasks[task].permit = Some(permit);
                            tasks[task].sent = now;
                            let up = between(&mut world.rng, world.up);
                            at!(now + up, Event::Arrive(task));
                        } else {
                            limits.settle(ts(now), permit, Settled::NotSent);
                            started -= 1;
                            at!(now + MS, Event::Poll(task));
                        }
                    }
                    Reservation::NotBefore(held) => {
                        if tasks[task].ticket.is_none() {
                            tasks[task].since = order;
                        }
                        tasks[task].ticket = Some(held.ticket);
                        by_ticket.insert(held.ticket, task);
                        if let Wait::Until(when) = held.wait {
                            let when = when.as_microsecond();
                            assert!(when > now, "a wait that is over: {held:?}");
                            at!(when, Event::Poll(task));
                        }
                    }
                    Reservation::Never(_) => {
                        if let Some(ticket) = tasks[task].ticket.take() {
                            by_ticket.remove(&ticket);
                        }
                        told.never += 1;
                        done += 1;
                        at!(now, Event::Poll(task));
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        for ticket in limits.ready(ts(now)) {
            let task = by_ticket[&ticket];
            at!(now, Event::Poll(task));
        }
        if world.round_trip_serde_every > 0 && told.steps % world.round_trip_serde_every == 0 {
            let saved = serde_json::to_string(&*limits).unwrap();
            let read: Limits = serde_json::from_str(&saved).unwrap();
            if read != *limits || serde_json::to_string(&read).unwrap() != saved {
                told.serde_mismatches += 1;
            }
        }
        assert!(told.steps < 20_000_000, "the world does not end");
    }
    assert_eq!(done, world.calls, "calls that nobody ever woke: {told:?}");
    assert_eq!(limits.waiting(), 0);
    told
}

trait DivCeil {
    fn div_ceil_(self, by: Self) -> Self;
}

impl DivCeil for Us {
    fn div_ceil_(self, by: Self) -> Self {
        -(-self).div_euclid(by)
    }
}

fn between(rng: &mut Rng, (lo, hi): (Us, Us)) -> Us {
    lo + rng.below((hi - lo) as u64 + 1) as Us
}
