//! Tasks that call a server through `Limits`, under simulated time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use http::StatusCode;
use sociable::client::limits::{
    BucketKey, Charge, Limits, Permit, Reservation, Sent, Settled, Ticket, Wait, Window,
};

use super::measure::{Journey, Share, shares};
use super::server::{Dialect, Server};
use super::truth::Truth;
use super::{MS, Rng, SEC, START, Us, bucket, ts};

/// Tasks, the way to the server and back, and what happens on it.
#[derive(Clone, Debug)]
pub struct World {
    pub rng: Rng,
    pub server: Server,
    pub charges: Vec<Charge>,
    /// A call takes so many of the charges, and of the rest one at random.
    pub always: usize,
    /// The way there and the way back take between so and so long.
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
    pub start: Us,
}

impl World {
    pub fn new(windows: Vec<Window>) -> Self {
        Self {
            rng: Rng(7),
            server: Server::new(&windows),
            charges: vec![bucket("calls", windows).charge(1)],
            always: 1,
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
            start: START,
        }
    }

    /// Sixteen tasks make 1,000 calls on such a window, whose server tells it so.
    pub fn told(window: Window, dialect: Dialect, trip: Us) -> Self {
        let mut world = Self::new(vec![window]);
        world.server.dialect = dialect;
        world.up = (trip / 2, trip / 2);
        world.down = world.up;
        if dialect == Dialect::TwoFamilies {
            let day = Window::day(100_000, "UTC");
            world.server.truths.push((1, Truth::new(day.clone())));
            world.charges.push(bucket("day", vec![day]).charge(1));
            world.always = 2;
        }
        world
    }

    /// The client has no constants: what it knows it learns.
    #[must_use]
    pub fn unknown(mut self) -> Self {
        for charge in &mut self.charges {
            charge.bucket.windows = sociable::client::limits::Windows::NONE;
        }
        self
    }

    /// One call's time on the way, where it is always the same.
    pub fn trip(&self) -> Us {
        self.up.1 + self.down.1
    }

    /// The first window's shares.
    pub fn shares(&self, told: &Told) -> Vec<Share> {
        let truth = &self.server.truths[0].1;
        let counts = self.server.dialect.counts();
        let pace = (self.tasks, self.trip());
        let limit = truth.window.limit();
        let skew = self.server.skew;
        shares(&truth.closed, limit, &told.journeys, pace, skew, counts)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Told {
    pub answers: usize,
    pub refusals: usize,
    pub refused_at: Vec<Us>,
    /// Calls that arrived before a moment that a refusal had named.
    pub early: usize,
    /// Calls that went although an earlier one waited for a bucket of theirs.
    pub overtaken: usize,
    pub steps: usize,
    pub took: Us,
    pub never: usize,
    pub serde_mismatches: usize,
    pub journeys: Vec<Journey>,
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
    permit: Option<Permit>,
    /// Which charges, of those of the world.
    kinds: Vec<usize>,
    charges: Vec<Charge>,
    sent: Us,
    arrived: Us,
    admitted: u64,
    answer: Option<Returned>,
}

/// An answer on its way back.
#[derive(Debug)]
struct Returned {
    answer: http::Response<bytes::Bytes>,
    /// What the call really cost.
    costs: Vec<(BucketKey, u64)>,
    lost: bool,
}

type Waiting = BTreeMap<Ticket, (usize, BucketKey)>;

pub fn run(world: &mut World, limits: &mut Limits) -> Told {
    let mut told = Told::default();
    let mut heap: BinaryHeap<Reverse<(Us, u64, usize)>> = BinaryHeap::new();
    let mut events: Vec<Option<Event>> = Vec::new();
    let mut order = 0_u64;
    let mut tasks: Vec<Task> = (0..world.tasks).map(|_| Task::default()).collect();
    let mut waiting = Waiting::new();
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
                    world.server.foreign(now);
                    at!(now + world.foreign_every.unwrap(), Event::Foreign);
                }
                continue;
            }
            Event::Relimit(limit) => {
                for (_, truth) in &mut world.server.truths {
                    truth.set_limit(limit);
                }
                continue;
            }
            Event::Arrive(task) => {
                let state = &mut tasks[task];
                let real: Vec<(usize, u64)> = (state.kinds.iter().zip(&state.charges))
                    .map(|(kind, charge)| {
                        let cost = if world.real_costs {
                            1 + world.rng.below(charge.cost)
                        } else {
                            charge.cost
                        };
                        (*kind, cost)
                    })
                    .collect();
                let answer = world.server.answer(now, &real);
                let refused = answer.status() == StatusCode::TOO_MANY_REQUESTS;
                if refused {
                    told.refusals += 1;
                    told.refused_at.push(now);
                }
                state.arrived = now;
                state.admitted = if refused { 0 } else { real[0].1 };
                let mut costs = Vec::new();
                if world.real_costs {
                    costs.extend(
                        (state.charges.iter().zip(&real))
                            .map(|(charge, (_, cost))| (charge.bucket.key.clone(), *cost)),
                    );
                }
                let lost = world.rng.chance(world.lost_percent);
                state.answer = Some(Returned {
                    answer,
                    costs,
                    lost,
                });
                let down = between(&mut world.rng, world.down);
                at!(now + down, Event::Answer(task));
            }
            Event::Answer(task) => {
                let state = &mut tasks[task];
                let Returned {
                    answer,
                    costs,
                    lost,
                } = state.answer.take().unwrap();
                let mut sent = world.server.read(&answer, state.sent, now);
                sent.costs = costs;
                if lost {
                    sent = Sent::lost(ts(state.sent));
                }
                let refused = sent.refusal.is_some();
                if let Some(sociable::client::limits::Reset::After { wait, .. }) =
                    sent.refusal.as_ref().and_then(|refusal| refusal.until)
                {
                    named_until = named_until.max(now + super::us(wait));
                }
                if state.admitted > 0 {
                    told.journeys.push(Journey {
                        sent: state.sent,
                        arrived: state.arrived,
                        answered: now,
                        cost: state.admitted,
                    });
                }
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
                    let more = (world.charges.len() - world.always) as u64;
                    let mut kinds: Vec<usize> = (0..world.always).collect();
                    if more > 0 {
                        kinds.push(world.always + world.rng.below(more) as usize);
                    }
                    let mut charges: Vec<Charge> =
                        kinds.iter().map(|at| world.charges[*at].clone()).collect();
                    if world.real_costs {
                        for charge in &mut charges {
                            charge.cost = 1 + world.rng.below(charge.cost);
                        }
                    }
                    (tasks[task].kinds, tasks[task].charges) = (kinds, charges);
                } else if world.rng.chance(world.give_up_percent) {
                    let ticket = tasks[task].ticket.take().unwrap();
                    waiting.remove(&ticket);
                    limits.forget(ticket);
                    done += 1;
                    at!(now, Event::Poll(task));
                    for ticket in limits.ready(ts(now)) {
                        at!(now, Event::Poll(waiting[&ticket].0));
                    }
                    continue;
                }
                let ticket = tasks[task].ticket;
                match limits.reserve(ts(now), &tasks[task].charges, ticket) {
                    Reservation::Granted(permit) => {
                        if let Some(ticket) = ticket {
                            waiting.remove(&ticket);
                        }
                        tasks[task].ticket = None;
                        told.overtaken += overtaken(&waiting, ticket, &tasks[task].charges);
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
                        tasks[task].ticket = Some(held.ticket);
                        if let Wait::Until(when) = held.wait {
                            let when = when.as_microsecond();
                            assert!(when > now, "a wait that is over: {held:?}");
                            at!(when, Event::Poll(task));
                        }
                        waiting.insert(held.ticket, (task, held.bucket));
                    }
                    Reservation::Never(_) => {
                        if let Some(ticket) = tasks[task].ticket.take() {
                            waiting.remove(&ticket);
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
            at!(now, Event::Poll(waiting[&ticket].0));
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

/// Earlier waiters of a queue that this call stood in, or would have.
fn overtaken(waiting: &Waiting, ticket: Option<Ticket>, charges: &[Charge]) -> usize {
    let mine = ticket.map_or(u64::MAX, Ticket::number);
    waiting
        .iter()
        .take_while(|(other, _)| other.number() < mine)
        .filter(|(_, (_, queue))| charges.iter().any(|charge| charge.bucket.key == *queue))
        .count()
}

fn between(rng: &mut Rng, (lo, hi): (Us, Us)) -> Us {
    lo + rng.below((hi - lo) as u64 + 1) as Us
}

/// Any windows, any way, anything that may happen on it.
pub fn random_world(rng: &mut Rng, calls: usize) -> World {
    let millis = |n: u64| Duration::from_millis(n);
    let window = |rng: &mut Rng| {
        let limit = 1 + rng.below(60);
        let period = millis(50 + rng.below(20_000));
        match rng.below(6) {
            0 => Window::fixed(limit, period),
            1 => Window::from_first_call(limit, period),
            2 => Window::rolling(limit, period),
            3 => Window::in_flight(1 + rng.below(20)),
            4 => Window::paced(millis(1 + rng.below(400)), 5 + rng.below(20)),
            _ => {
                let zone = rng.below(3) as usize;
                let zones = ["UTC", "America/New_York", "Asia/Kathmandu"];
                Window::day(limit * 20, zones[zone])
            }
        }
    };
    let windows: Vec<Window> = (0..1 + rng.below(3)).map(|_| window(rng)).collect();
    let several = windows.len() > 1;
    let mut world = World::new(windows);
    // Header fields speak of one window only.
    let telling = Dialect::KNOWN[rng.below(Dialect::KNOWN.len() as u64) as usize];
    let countable = world
        .server
        .truths
        .first()
        .is_some_and(|(_, it)| it.period() > 0);
    if !several && countable && telling != Dialect::TwoFamilies {
        world.server.dialect = telling;
    }
    let chats = rng.below(4) as usize;
    if world.server.dialect == Dialect::Silent && chats > 0 {
        let names = ["a", "b", "c"];
        for (at, name) in names.iter().enumerate().take(chats) {
            let narrow = window(rng);
            if !matches!(narrow, Window::InFlight(_)) {
                let truth = Truth::new(narrow.clone());
                world.server.truths.push((at + 1, truth));
            }
            world.charges.push(bucket(name, vec![narrow]).charge(1));
        }
    }
    world.rng = Rng(rng.next());
    world.tasks = 1 + rng.below(40) as usize;
    world.calls = calls;
    world.up = (0, rng.below(500) as Us * MS);
    world.down = (0, rng.below(500) as Us * MS);
    let paced = |charge: &Charge| {
        let mut windows = charge.bucket.windows().iter();
        windows.any(|window| matches!(window, Window::Paced { .. }))
    };
    if world.charges.iter().any(paced) {
        // A pace is kept when calls leave: what comes closer together on the way nobody can know.
        world.up.0 = world.up.1;
    }
    world.lost_percent = rng.below(20);
    world.cancel_percent = rng.below(20);
    world.give_up_percent = rng.below(10);
    let cost = 1 + rng.below(3);
    world.real_costs = cost > 1;
    for charge in &mut world.charges {
        charge.cost = cost;
    }
    world.pause = rng.below(2_000) as Us * MS;
    world.round_trip_serde_every = 211;
    if rng.chance(50) && world.server.dialect != Dialect::Silent {
        // Until the first answer nobody can know that the clocks differ, so that one must not be lost.
        world.lost_percent = 0;
        world.server.dated = true;
        world.server.skew = (rng.below(601) as Us - 300) * SEC;
    }
    world
}
