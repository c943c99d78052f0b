//! Limits kept in simulated time, against servers that know the truth.

#[path = "../../tests/limits_support/mod.rs"]
pub(crate) mod limits_support;

use std::time::Duration;

use limits_support::{
    Dialect, Journey, MS, Rng, SEC, START, Share, Told, Truth, Us, World, bucket,
    cancelling_differs, narrow_delay, pace_share, random_world, reading_differs, run, secs, storm,
};
use sociable::client::limits::{Limits, Window};

use crate::figures::{Bound, Report};

const TRIPS: [Us; 3] = [0, 50, 200];
const NONE: Bound = Bound::AtMost(0.0);
/// In per cent of what a window allows and the round trip lets through.
const USED: Bound = Bound::AtLeast(98.0);

fn kinds() -> [(&'static str, Window); 3] {
    [
        ("fixed", Window::fixed(300, secs(3))),
        ("from_first_call", Window::from_first_call(300, secs(3))),
        ("rolling", Window::rolling(300, secs(3))),
    ]
}

pub(crate) fn gates(report: &mut Report) {
    let mut sum = Sum::default();
    dialects(report, &mut sum);
    through_client(report, &mut sum);
    learned(report, &mut sum);
    windows(report, &mut sum);
    disturbed(report, &mut sum);
    retry_after(report);
    narrow(report);
    random(report, &mut sum);
    report.figure("limits.missing_answers", sum.missing as f64, NONE);
    report.figure("limits.early", sum.early as f64, NONE);
    report.figure("limits.overtaken", sum.overtaken as f64, NONE);
}

/// What all runs came to, other than refusals.
#[derive(Default)]
struct Sum {
    missing: usize,
    /// Calls before a moment that the server named.
    early: usize,
    /// Calls before an earlier one that waited for the same bucket.
    overtaken: usize,
}

impl Sum {
    /// Adds what was told, and gives the refusals, which are counted where they are.
    fn add(&mut self, world: &World, told: &Told) -> usize {
        // Calls that are cancelled or given up are not answered.
        if world.cancel_percent + world.give_up_percent == 0 {
            self.missing += world.calls - told.answers;
        }
        self.early += told.early;
        self.overtaken += told.overtaken;
        told.refusals
    }
}

/// The least used windows.
struct Least {
    percent: f64,
    bound: f64,
}

impl Least {
    const fn new() -> Self {
        Self {
            percent: f64::INFINITY,
            bound: f64::INFINITY,
        }
    }

    fn add(&mut self, shares: &[Share]) {
        for share in shares {
            self.percent = self.percent.min(share.percent());
            self.bound = self.bound.min(share.bound as f64);
        }
    }

    fn print(&self, report: &mut Report, name: &str, bound: Bound) {
        println!(
            "{name}: compared with {:.0} units a window or more",
            self.bound
        );
        report.figure(&format!("{name}.used_share_min"), self.percent, bound);
    }
}

/// What was used of the windows that could be used; of rolling ones, how fast they were.
fn use_of(least: &mut Least, world: &World, journeys: &[Journey], shares: &[Share]) {
    least.add(shares);
    if matches!(world.server.truths[0].1.window, Window::Rolling { .. }) {
        let trip = world.trip();
        let pace = pace_share(journeys, 300, 3 * SEC, (world.tasks, trip));
        least.percent = least.percent.min(pace);
        // A call goes in another's place one period after that one's answer.
        let trip = trip as f64 / MS as f64;
        let safe = 300.0 * 3_000.0 / (3_000.0 + trip);
        let tasks = world.tasks as f64 * 3_000.0 / trip.max(1.0);
        least.bound = least.bound.min(safe.min(tasks));
    }
}

/// 1,000 calls of 16 tasks, 300 in 3 seconds, in each dialect, at each round trip.
fn dialects(report: &mut Report, sum: &mut Sum) {
    let mut refusals = 0;
    for (kind, window) in kinds() {
        for trip in TRIPS {
            let mut least = Least::new();
            for dialect in Dialect::KNOWN {
                let mut world = World::told(window.clone(), dialect, trip * MS);
                let told = run(&mut world, &mut Limits::new());
                refusals += sum.add(&world, &told);
                use_of(&mut least, &world, &told.journeys, &world.shares(&told));
            }
            least.print(report, &format!("limits.{kind}.{trip}ms"), USED);
        }
    }
    report.figure("limits.refusals", refusals as f64, NONE);
}

/// The same through a whole client.
fn through_client(report: &mut Report, sum: &mut Sum) {
    let mut refusals = 0;
    for (kind, window) in kinds() {
        let mut least = Least::new();
        for trip in TRIPS {
            for dialect in Dialect::KNOWN {
                let world = World::told(window.clone(), dialect, trip * MS);
                let told = storm(&world);
                refusals += told.refusals;
                sum.early += told.early;
                sum.missing += world.calls - told.answers;
                use_of(&mut least, &world, &told.journeys, &told.shares);
            }
        }
        least.print(report, &format!("limits.client.{kind}"), USED);
    }
    report.figure("limits.client.refusals", refusals as f64, NONE);
}

/// The same where nothing is known before the first answer.
fn learned(report: &mut Report, sum: &mut Sum) {
    let mut refusals = 0;
    for (kind, window) in kinds() {
        let mut least = Least::new();
        for trip in TRIPS {
            for dialect in Dialect::TELLING {
                let mut world = World::told(window.clone(), dialect, trip * MS).unknown();
                let told = run(&mut world, &mut Limits::new());
                refusals += sum.add(&world, &told);
                // In the first window one call goes alone to ask.
                let shares = world.shares(&told);
                let shares = shares.get(1..).unwrap_or_default();
                use_of(&mut least, &world, &told.journeys, shares);
            }
        }
        // That a window rolls nobody tells: it is held to end as a whole where that is the more careful.
        let bound = if kind == "rolling" { Bound::Free } else { USED };
        least.print(report, &format!("limits.learned.{kind}"), bound);
    }
    report.figure("limits.learned.refusals", refusals as f64, NONE);
}

/// Other windows, alone and together.
fn windows(report: &mut Report, sum: &mut Sum) {
    let millis = Duration::from_millis;
    let mut paced = (0, f64::INFINITY);
    for (per, burst) in [(333, 1), (333, 3), (50, 20)] {
        let mut world = World::new(vec![Window::paced(millis(per), burst)]);
        world.calls = 300;
        let told = run(&mut world, &mut Limits::new());
        let least = per as Us * MS * (300 - burst as Us);
        paced.0 += sum.add(&world, &told);
        paced.1 = f64::min(paced.1, least as f64 * 100.0 / told.took as f64);
    }
    report.figure("limits.paced.refusals", paced.0 as f64, NONE);
    report.figure("limits.paced.used_share_min", paced.1, USED);

    let mut least = Least::new();
    let mut refusals = 0;
    for (zone, change) in [
        ("America/Los_Angeles", "2026-11-01T00:00:00Z"),
        ("Europe/Berlin", "2026-10-25T00:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-04T00:00:00Z"),
    ] {
        let mut world = World::new(vec![Window::day(200, zone)]);
        let change: jiff::Timestamp = change.parse().unwrap();
        world.start = change.as_microsecond() - 3 * 86_400 * SEC;
        world.calls = 2000;
        world.pause = 3600 * SEC;
        world.tasks = 40;
        world.up = (SEC, SEC);
        world.down = (0, 0);
        let told = run(&mut world, &mut Limits::new());
        refusals += sum.add(&world, &told);
        // Pauses, not round trips, bound what tasks can do: 40 tasks make 80 calls an hour.
        least.add(&world.shares(&told));
    }
    report.figure("limits.day.refusals", refusals as f64, NONE);
    least.print(report, "limits.day", USED);

    let mut world = World::new(vec![
        Window::rolling(20, secs(1)),
        Window::fixed(100, secs(10)),
        Window::from_first_call(150, secs(20)),
        Window::in_flight(7),
    ]);
    world.tasks = 7;
    let told = run(&mut world, &mut Limits::new());
    let refusals = sum.add(&world, &told);
    let narrowest = world.server.truths[2].1.clone();
    world.server.truths[0].1 = narrowest;
    let mut least = Least::new();
    least.add(&world.shares(&told));
    report.figure("limits.several.refusals", refusals as f64, NONE);
    least.print(report, "limits.several", USED);

    let (mut refusals, mut used) = (0, f64::INFINITY);
    for (_, window) in kinds() {
        let mut world = World::new(vec![window]);
        world.charges[0].cost = 9;
        world.real_costs = true;
        world.up = (0, 60 * MS);
        world.down = (0, 60 * MS);
        let told = run(&mut world, &mut Limits::new());
        refusals += sum.add(&world, &told);
        for share in world.shares(&told) {
            used = used.min(share.used as f64 / 3.0);
        }
    }
    report.figure("limits.points.refusals", refusals as f64, NONE);
    // What is left at the end is less than the next call might cost.
    report.figure("limits.points.used_share_min", used, Bound::AtLeast(95.0));

    // A messenger: 30 a second in all, 20 a minute in each chat.
    let mut world = World::new(vec![Window::rolling(30, secs(1))]);
    for (at, name) in ["a", "b", "c", "d", "e", "f", "g", "h"]
        .into_iter()
        .enumerate()
    {
        let chat = Window::rolling(20, secs(60));
        world
            .charges
            .push(bucket(name, vec![chat.clone()]).charge(1));
        world.server.truths.push((at + 1, Truth::new(chat)));
    }
    world.tasks = 200;
    let told = run(&mut world, &mut Limits::new());
    let refusals = sum.add(&world, &told);
    report.figure("limits.chats.refusals", refusals as f64, NONE);
}

/// What goes wrong on the way, and what changes there.
fn disturbed(report: &mut Report, sum: &mut Sum) {
    let mut skewed = 0;
    let (mut least, mut blind, mut both) = (Least::new(), Least::new(), f64::INFINITY);
    let mut disorder = 0;
    let (mut foreign, mut raised, mut lowered) = (0_usize, 0, 0);
    for (_, window) in kinds() {
        for dialect in Dialect::KNOWN {
            for skew in [-300, 300, -1, 1] {
                for trip in TRIPS {
                    let mut world = World::told(window.clone(), dialect, trip * MS);
                    world.server.skew = skew * SEC + 300 * MS;
                    world.server.dated = true;
                    let told = run(&mut world, &mut Limits::new());
                    skewed += sum.add(&world, &told);
                    if Dialect::TELLING.contains(&dialect) {
                        least.add(&world.shares(&told));
                    } else {
                        blind.add(&world.shares(&told));
                    }
                }
            }
            for seed in 0..6 {
                let mut world = World::told(window.clone(), dialect, 0);
                world.rng = Rng(seed);
                world.up = (0, 300 * MS);
                world.down = (0, 300 * MS);
                world.tasks = 60;
                world.calls = 2000;
                world.lost_percent = 5;
                world.cancel_percent = 5;
                world.give_up_percent = 2;
                world.server.dated = seed % 2 == 0;
                world.pause = if seed % 3 == 0 { 400 * MS } else { 0 };
                let told = run(&mut world, &mut Limits::new());
                disorder += sum.add(&world, &told);
            }
            if Dialect::TELLING.contains(&dialect) {
                let mut world = World::told(window.clone(), dialect, 50 * MS);
                world.calls = 2000;
                world.server.dated = true;
                world.foreign_every = Some(20 * MS);
                let told = run(&mut world, &mut Limits::new());
                foreign = foreign.max(per_window(&told, 3 * SEC));
                for share in world.shares(&told) {
                    both = both.min(share.percent());
                }
                for (to, worst) in [(600, &mut raised), (100, &mut lowered)] {
                    let mut world = World::told(window.clone(), dialect, 50 * MS);
                    world.calls = 2000;
                    world.server.dated = true;
                    world.server.truths.truncate(1);
                    world.relimit = Some((4 * SEC, to));
                    let told = run(&mut world, &mut Limits::new());
                    *worst = (*worst).max(told.refusals);
                }
            }
        }
    }
    report.figure("limits.skewed.refusals", skewed as f64, NONE);
    least.print(report, "limits.skewed", USED);
    // Only `Date` tells those where windows end, in whole seconds: what is answered meanwhile counts in both.
    blind.print(report, "limits.skewed.blind", Bound::Free);
    report.figure("limits.disorder.refusals", disorder as f64, NONE);
    // What others take while our 16 calls are under way nobody can know.
    let most = Bound::AtMost(16.0);
    report.figure(
        "limits.foreign.refusals_per_window_max",
        foreign as f64,
        most,
    );
    report.figure("limits.foreign.used_share_min", both, Bound::Free);
    report.figure("limits.raised.refusals_max", raised as f64, NONE);
    // Those that were under way when it was lowered.
    report.figure("limits.lowered.refusals_max", lowered as f64, most);
}

/// The most refusals within any period.
fn per_window(told: &Told, period: Us) -> usize {
    let times = &told.refused_at;
    (0..times.len())
        .map(|at| {
            let later = times[at..].iter();
            later.take_while(|time| **time < times[at] + period).count()
        })
        .max()
        .unwrap_or(0)
}

/// 429 with `Retry-After` is the only word.
fn retry_after(report: &mut Report) {
    let (mut most, mut share, mut early) = (0, f64::INFINITY, 0);
    for window in [
        Window::fixed(300, secs(3)),
        Window::from_first_call(300, secs(3)),
    ] {
        for trip in TRIPS {
            for offset in [0, 300, 1000, 1700, 2500] {
                let mut world = World::told(window.clone(), Dialect::RetryAfter, trip * MS);
                world = world.unknown();
                world.calls = 3000;
                world.start = START.div_euclid(3 * SEC) * 3 * SEC + offset * MS;
                let told = run(&mut world, &mut Limits::new());
                early += told.early;
                let bound = if trip == 200 { 240 } else { 300 };
                let closed = &world.server.truths[0].1.closed;
                // The first window that is used up tells how much fits in.
                let first = usize::from(closed[0].used < 300 && bound == 300);
                for window in closed.iter().skip(2 + first) {
                    most = most.max(window.refused);
                    share = share.min(window.used as f64 * 100.0 / bound as f64);
                }
            }
        }
    }
    report.figure(
        "limits.retry_after.refusals_per_window_max",
        most as f64,
        Bound::AtMost(1.0),
    );
    report.figure(
        "limits.retry_after.used_share_min",
        share,
        Bound::AtLeast(90.0),
    );
    report.figure("limits.retry_after.early", early as f64, NONE);
}

/// 20 calls on 15 in 15 minutes, and 300 that only share a wider bucket with them.
fn narrow(report: &mut Report) {
    let mut most = 0;
    for trip in TRIPS {
        most = most.max(narrow_delay(trip * MS));
    }
    report.figure("limits.narrow.delay_ms", most as f64 / MS as f64, NONE);
}

/// Random traces, a million steps of them.
fn random(report: &mut Report, sum: &mut Sum) {
    let mut rng = Rng(1);
    let (mut steps, mut worlds, mut overspent, mut unequal) = (0, 0, 0, 0);
    while steps < 1_000_000 {
        let mut world = random_world(&mut rng, 500);
        let told = run(&mut world, &mut Limits::new());
        worlds += 1;
        steps += told.steps;
        overspent += sum.add(&world, &told);
        unequal += told.serde_mismatches;
    }
    println!("limits.random: {steps} steps in {worlds} worlds");
    report.figure("limits.random.steps", steps as f64, Bound::AtLeast(1e6));
    report.figure("limits.random.overspent", overspent as f64, NONE);
    report.figure("limits.random.unequal_after_saving", unequal as f64, NONE);
    let (mut cancelled, mut read) = (0, 0);
    for seed in 0..250 {
        cancelled += cancelling_differs(seed, 1_000).len();
        read += reading_differs(seed, 1_000).len();
    }
    report.figure(
        "limits.random.budget_changed_by_cancelling",
        cancelled as f64,
        NONE,
    );
    report.figure("limits.random.diverged_after_saving", read as f64, NONE);
}
