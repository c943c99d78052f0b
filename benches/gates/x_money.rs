//! A cap on what X may cost, over a day's end and over a process that dies in the middle, in simulated time: the fake bills
//! what it answers, and knows what that came to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::{join_all, select};
use sociable::adapters::x::Tier;
use sociable::adapters::x::X;
use sociable::adapters::x::fake::{Billed, Fake, Rule};
use sociable::client::Clock;
use sociable::client::limits::{Limits, SpendingCap};
use sociable::{ErrorKind, PostId};
use tokio::sync::Notify;

use crate::figures::{Bound, Report};
use crate::limits::limits_support::{MS, Us};
use crate::x_limits::{CALLS, Desk, Shop, TASKS, TRIPS, mixed};

/// What may be spent on a day of UTC.
const CAP: &str = "25 USD a day";
/// The same in thousandths of a dollar, as the fake bills.
const CAP_MILLS: i64 = 25_000;
/// After how many calls the process dies: on the second day, with calls under way.
const DIES_AFTER: usize = 900;
/// In per cent of the cap, of days that were used up: all but what the dearest call could have cost, since searches give no
/// fewer than ten posts.
const USED: Bound = Bound::AtLeast(100.0 - DEAREST as f64 * 100.0 / CAP_MILLS as f64);
/// The most that one of these calls costs: a page of ten posts, each of which could bring two more and three accounts, in
/// thousandths of a dollar.
const DEAREST: i64 = 450;

pub(crate) fn gates(report: &mut Report) {
    let (mut beyond, mut least, mut after) = (0, f64::INFINITY, f64::INFINITY);
    for trip in TRIPS {
        let told = storm(trip * MS);
        let mut days: BTreeMap<String, i64> = BTreeMap::new();
        for line in &told.bill {
            let spent = days.entry(day(line)).or_default();
            *spent += line.mills;
            beyond += usize::from(*spent > CAP_MILLS);
        }
        let billed: i64 = days.values().sum();
        let over = told.counted - billed;
        println!(
            "x.money.{trip}ms: {billed} thousandths of a dollar on {} days, {over} more are counted for calls whose answers \
             died with the process",
            days.len()
        );
        assert!((0..=DEAREST * TASKS as i64).contains(&over), "{over}");
        assert!(
            days.len() >= 3 && days.keys().nth(1) == Some(&told.died),
            "{days:?}"
        );
        // The last day ends with the work.
        for (day, spent) in days.iter().take(days.len() - 1) {
            let share = *spent as f64 * 100.0 / CAP_MILLS as f64;
            let worst = if *day == told.died {
                &mut after
            } else {
                &mut least
            };
            *worst = worst.min(share);
        }
    }
    report.figure("x.money.calls_beyond", beyond as f64, Bound::AtMost(0.0));
    report.figure("x.money.used_share_min", least, USED);
    // What was under way when the process died is held to have cost the most that it can.
    report.figure("x.money.restarted.used_share_min", after, Bound::Free);
}

/// The day of UTC on which something was billed.
fn day(line: &Billed) -> String {
    line.at.to_string()[..10].to_owned()
}

/// What came of it.
struct Told {
    bill: Vec<Billed>,
    /// What the client counts, in thousandths of a dollar.
    counted: i64,
    /// The day on which the process died.
    died: String,
}

fn storm(trip: Us) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let shop = Shop::new(trip);
        let fake = &shop.fake;
        // Billed is then what was returned, each time.
        fake.break_rule(Rule::PaidOnceADay);
        fake.break_rule(Rule::OwnedReadsCostLess);
        let post = fake.post_as(Fake::BOB, "Which kiln is it?", shop.clock.now());
        let post = PostId::new(post.to_string());
        let left = Left {
            calls: Mutex::new(mixed().into_iter().enumerate().collect()),
            enough: Notify::new(),
        };

        let clock = &shop.clock;
        let (desk, client) = start(&shop, Limits::new(), &post);
        let dies = async {
            left.enough.notified().await;
            // In the middle of what is under way.
            clock
                .sleep_until(clock.now() + Duration::from_millis(70))
                .await;
        };
        let work = join_all((0..TASKS).map(|_| task(&desk, &shop, &left)));
        let dead = clock.drive(select(Box::pin(work), Box::pin(dies))).await;
        let died = clock.now().to_string()[..10].to_owned();
        // Another process goes on with what was kept of this one, whose calls under way end here.
        let kept = serde_json::to_string(&client.limits()).unwrap();
        drop(dead);
        drop((desk, client));

        let kept = serde_json::from_str(&kept).unwrap();
        let (desk, client) = start(&shop, kept, &post);
        let work = join_all((0..TASKS).map(|_| task(&desk, &shop, &left)));
        clock.drive(work).await;
        let spending = client.spending().await.unwrap();
        let totals = spending.totals();
        assert_eq!(totals.len(), 1, "{totals:?}");
        let total = &totals[0];
        assert_eq!(total.reserved.amount, 0, "{total:?}");
        Told {
            bill: fake.billed(),
            counted: (total.certain.amount + total.uncertain.amount) / 1_000,
            died,
        }
    })
}

/// The calls that are left, by their place among all and their kind.
struct Left {
    calls: Mutex<VecDeque<(usize, usize)>>,
    /// Told once as many are taken as the process lives for.
    enough: Notify,
}

impl Left {
    fn next(&self) -> Option<(usize, usize)> {
        let mut calls = self.calls.lock().unwrap();
        let next = calls.pop_front();
        if calls.len() == CALLS - DIES_AFTER {
            self.enough.notify_one();
        }
        next
    }
}

/// A desk of a process that has just begun.
fn start(shop: &Shop, kept: Limits, post: &PostId) -> (Desk, sociable::Client) {
    let client = shop.client().limits(kept).build().unwrap();
    let cap: SpendingCap = CAP.parse().unwrap();
    let user = X::builder()
        .user_token(Fake::ANNA_TOKEN)
        .tier(Tier::Enterprise)
        .account_name("desk")
        .spending_cap(cap)
        .client(&client);
    // The same purse.
    let app = X::builder()
        .bearer(Fake::BEARER)
        .account_name("desk")
        .spending_cap(cap)
        .client(&client);
    let desk = Desk {
        x: user.build().unwrap(),
        app: app.build().unwrap(),
        post: post.clone(),
    };
    (desk, client)
}

/// Takes one call after the other; what the cap refuses is tried again when it says.
async fn task(desk: &Desk, shop: &Shop, left: &Left) {
    while let Some((n, kind)) = left.next() {
        while let Err(error) = desk.call(kind, n).await {
            assert_eq!(error.kind(), &ErrorKind::QuotaExhausted, "{error}");
            // Without a moment only calls that are under way fill the cap.
            let soon = shop.clock.now() + Duration::from_secs(1);
            let at = error.retry_at().unwrap_or(soon);
            shop.clock.sleep_until(at.max(soon)).await;
        }
    }
}
