//! X's windows, kept in simulated time: a quarter of an hour and a day long, of a user and of the application, each by
//! endpoint, against the fake, which refuses what is too many in any of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use sociable::adapters::x::fake::{Fake, Plan, SeenRequest};
use sociable::adapters::x::{Tier, X};
use sociable::client::{Client, Clock, InProcess, SeededRandom, SetClock};
use sociable::jiff::Timestamp;
use sociable::{
    AccountRef, Draft, Engagement, MessageDraft, PostId, PostQuery, Recipient, Result,
    SocialNetwork, Target,
};

use crate::figures::{Bound, Report};
use crate::limits::limits_support::{MS, Rng, SEC, Us};

pub(crate) const TASKS: usize = 8;
pub(crate) const CALLS: usize = 2_000;
pub(crate) const TRIPS: [Us; 3] = [0, 50, 200];
/// In per cent of what the windows allow that somebody waited for.
const USED: Bound = Bound::AtLeast(98.0);

const QUARTER: Us = 15 * 60 * SEC;
const DAY: Us = 24 * 3_600 * SEC;

/// 2026-11-30T09:26:53.589Z, in microseconds.
const START: Us = 1_796_030_813_589_000;

/// A kind of call: its operation, whose token makes it, how many there may be in a quarter of an hour (docs), and how many
/// another program has left of the day's, with how long that day still is.
struct Kind {
    operation: &'static str,
    token: &'static str,
    quarter: usize,
    day: Option<(usize, Us)>,
}

const MESSAGE: usize = 0;
const LIKE: usize = 1;
const PUBLISH: usize = 2;
const SEARCH: usize = 3;

const KINDS: [Kind; 5] = [
    Kind {
        operation: "POST /2/dm_conversations/with/{participant_id}/messages",
        token: "user",
        quarter: 15,
        day: None,
    },
    // Of the user's 1,000.
    Kind {
        operation: "POST /2/users/{id}/likes",
        token: "user",
        quarter: 50,
        day: Some((100, DAY)),
    },
    // Of the application's 10,000, whose day began earlier.
    Kind {
        operation: "POST /2/tweets",
        token: "user",
        quarter: 100,
        day: Some((100, DAY / 2)),
    },
    Kind {
        operation: "GET /2/tweets/search/recent",
        token: "user",
        quarter: 300,
        day: None,
    },
    Kind {
        operation: "GET /2/tweets/search/recent",
        token: "bearer",
        quarter: 450,
        day: None,
    },
];

impl Kind {
    /// How many of all calls are of this kind, beside the others: what a quarter of an hour allows, and of searches less.
    const fn share(&self) -> usize {
        if self.quarter > 100 {
            self.quarter / 3
        } else {
            self.quarter
        }
    }
}

/// The kinds of all calls.
pub(crate) fn mixed() -> Vec<usize> {
    let mut rng = Rng(5);
    let all: usize = KINDS.iter().map(Kind::share).sum();
    (0..CALLS)
        .map(|_| {
            let mut at = rng.below(all as u64) as usize;
            let here = |kind: &Kind| match at.checked_sub(kind.share()) {
                Some(rest) => {
                    at = rest;
                    false
                }
                None => true,
            };
            KINDS.iter().position(here).unwrap()
        })
        .collect()
}

/// The fake under a set clock, and the way to it.
pub(crate) struct Shop {
    pub(crate) fake: Fake,
    pub(crate) clock: SetClock,
    pub(crate) wire: Arc<InProcess>,
}

impl Shop {
    pub(crate) fn new(trip: Us) -> Self {
        let fake = Fake::new();
        fake.set_plan(Plan::Enterprise);
        let clock = SetClock::at(Timestamp::from_microsecond(START).unwrap());
        let wire = InProcess::new(Arc::new(fake.clone()), Arc::new(clock.clone()));
        wire.set_round_trip(Duration::from_micros(trip as u64));
        Self {
            fake,
            clock,
            wire: Arc::new(wire),
        }
    }

    /// Settings of a client of the shop's, which waits as long as it takes.
    pub(crate) fn client(&self) -> sociable::client::ClientBuilder {
        Client::builder()
            .transport(self.wire.clone())
            .clock(Arc::new(self.clock.clone()))
            .random(Arc::new(SeededRandom::new(7)))
            .max_wait(Duration::from_secs(3 * 24 * 3_600))
    }
}

/// An account, the application by itself, and a post to speak of.
pub(crate) struct Desk {
    pub(crate) x: X,
    pub(crate) app: X,
    pub(crate) post: PostId,
}

impl Desk {
    /// Makes the call of a kind; `n` is its place among all.
    pub(crate) async fn call(&self, kind: usize, n: usize) -> Result<()> {
        match kind {
            MESSAGE => {
                let to = Recipient::Account(AccountRef::id(Fake::BOB.to_string()));
                let message = MessageDraft::text(format!("Order {n} is ready"));
                self.x.send(&to, &message).await.map(drop)
            }
            LIKE => {
                let like = Engagement::like();
                let post = Target::from(&self.post);
                self.x.engage(&post, &like).await.map(drop)
            }
            PUBLISH => {
                let draft = Draft::text(format!("Cup {n} left the kiln"));
                self.x.publish(&draft).await.map(drop)
            }
            SEARCH => self.x.posts(&search()).await.map(drop),
            _ => self.app.posts(&search()).await.map(drop),
        }
    }
}

fn search() -> PostQuery {
    PostQuery::search("kiln").limit(10)
}

/// A call that was made: its kind, when its task began to wait for it, and when the answer was there.
struct Made {
    kind: usize,
    began: Us,
    ended: Us,
}

pub(crate) fn gates(report: &mut Report) {
    let calls = mixed();
    let mut refused = 0;
    for trip in TRIPS {
        let (seen, made) = storm(&calls, trip * MS);
        assert_eq!((seen.len(), made.len()), (CALLS, CALLS), "a request a call");
        refused += seen.iter().filter(|one| one.status == 429).count();
        let others = seen.iter().filter(|one| !one.status.is_success());
        assert_eq!(others.count(), refused, "nothing else goes wrong");
        let mut least = f64::INFINITY;
        let (mut quarters, mut days) = (0, 0);
        for at in 0..KINDS.len() {
            let used = shares(at, &seen, &made, trip * MS);
            quarters += used.quarters.len();
            days += used.days.len();
            let all = used.quarters.into_iter().chain(used.days);
            least = all.fold(least, f64::min);
        }
        assert!(quarters >= 4 && days == 2, "{quarters} {days}");
        let name = format!("x.limits.{trip}ms");
        println!("{name}: of {quarters} quarters of an hour and {days} days that calls waited for");
        report.figure(&format!("{name}.used_share_min"), least, USED);
    }
    report.figure("x.limits.refusals", refused as f64, Bound::AtMost(0.0));
}

/// What was used of the windows behind which somebody waited, in per cent of what they allow; the time counts, too, that
/// went by between a window's end and the next call.
#[derive(Default)]
struct Used {
    quarters: Vec<f64>,
    days: Vec<f64>,
}

fn shares(kind: usize, seen: &[SeenRequest], made: &[Made], trip: Us) -> Used {
    let of = &KINDS[kind];
    let came: Vec<Us> = seen
        .iter()
        .filter(|one| one.name() == of.operation && one.token == Some(of.token))
        .map(|one| one.at.as_microsecond())
        .collect();
    let is_waited_for = |end: Us| {
        made.iter().any(|one| {
            one.kind == kind && one.began + trip <= end && one.ended - (trip - trip / 2) >= end
        })
    };
    // X counts whole seconds.
    let floor = |at: Us| at.div_euclid(SEC) * SEC;
    let share = |used: usize, allowed: usize, length: Us, late: Us| {
        used as f64 * 100.0 / allowed as f64 * length as f64 / (length + late) as f64
    };
    let mut used = Used::default();
    let mut left = of.day.map(|(left, _)| left);
    if let Some((allowed, lasts)) = of.day {
        let day_ends = floor(START) + lasts;
        let today = came.iter().filter(|at| **at < day_ends).count();
        if is_waited_for(day_ends) {
            let next = came.get(today).copied().unwrap_or(day_ends + DAY);
            let day = share(today, allowed, DAY, next - day_ends);
            used.days.push(day);
        }
    }
    let mut rest = came.as_slice();
    while let Some(first) = rest.first() {
        let end = floor(*first) + QUARTER;
        let within = rest.iter().take_while(|at| **at < end).count();
        let allowed = left.map_or(of.quarter, |left| left.min(of.quarter));
        left = left.map(|left| left.saturating_sub(within));
        rest = &rest[within..];
        let next = rest.first().copied().unwrap_or(end + QUARTER);
        // Where the day is used up, it is what is waited for.
        if left == Some(0) {
            left = None;
            used.quarters.push(share(within, allowed, QUARTER, 0));
        } else if is_waited_for(end) {
            used.quarters
                .push(share(within, allowed, QUARTER, next - end));
        }
    }
    used
}

/// All calls: what the fake saw of them, and when they were made.
fn storm(calls: &[usize], trip: Us) -> (Vec<SeenRequest>, Vec<Made>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let shop = Shop::new(trip);
        let (fake, clock) = (&shop.fake, &shop.clock);
        let now = clock.now();
        let earlier = Timestamp::from_microsecond(START - DAY / 2).unwrap();
        fake.use_up(KINDS[LIKE].operation, Some(Fake::ANNA), true, 900, now);
        fake.use_up(KINDS[PUBLISH].operation, None, true, 9_900, earlier);
        let client = shop.client().build().unwrap();
        let desk = desk(fake, &client, now);
        // Who this is is asked once.
        clock.drive(desk.x.me()).await.unwrap();
        fake.clear_log();
        let next = Mutex::new(calls.iter().copied().enumerate());
        let made = Mutex::new(Vec::with_capacity(CALLS));
        let task = || async {
            loop {
                let Some((n, kind)) = next.lock().unwrap().next() else {
                    return;
                };
                let began = clock.now().as_microsecond();
                desk.call(kind, n).await.unwrap();
                let ended = clock.now().as_microsecond();
                made.lock().unwrap().push(Made { kind, began, ended });
            }
        };
        clock.drive(join_all((0..TASKS).map(|_| task()))).await;
        (fake.seen(), made.into_inner().unwrap())
    })
}

/// A desk that goes through a client, under no cap.
fn desk(fake: &Fake, client: &Client, now: Timestamp) -> Desk {
    let post = fake.post_as(Fake::BOB, "Which kiln is it?", now);
    let user = X::builder()
        .user_token(Fake::ANNA_TOKEN)
        .tier(Tier::Enterprise)
        .client(client);
    let app = X::builder().bearer(Fake::BEARER).client(client);
    Desk {
        x: user.build().unwrap(),
        app: app.build().unwrap(),
        post: PostId::new(post.to_string()),
    }
}
