//! VK's seconds, kept in simulated time: calls of three tokens against the fake, which refuses what is too many in any
//! second.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::{Request, Response};
use serde_json::Value;
use sociable::adapters::vk::Vk;
use sociable::adapters::vk::fake::Fake;
use sociable::client::{Clock, Service};
use sociable::jiff::Timestamp;
use sociable::testing::stage::Bench;
use sociable::{
    AccountRef, Engagement, MessageDraft, PageRequest, PostId, PostQuery, Recipient, SocialNetwork,
    Target, Timeline,
};

use crate::figures::{Bound, Report};
use crate::limits::limits_support::{MS, Rng, SEC, Us};

const TASKS: usize = 8;
const CALLS: usize = 2_000;
const TRIPS: [Us; 3] = [0, 50, 200];
/// In per cent of what the seconds and the round trip allow.
const USED: Bound = Bound::AtLeast(95.0);
/// Too many requests per second.
const TOO_MANY: i64 = 6;

/// How many calls a second the tokens have (docs): of a community, of a user, of an application.
const A_SECOND: [usize; 3] = [20, 3, 3];

/// The fake, and when calls reached it.
struct Counted {
    fake: Fake,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    at: Vec<Timestamp>,
    /// Calls by kind of token.
    by: [usize; 3],
    refused: usize,
}

impl Service for Counted {
    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let answer = self.fake.answer(request, now);
        let told: Value = serde_json::from_slice(answer.body()).unwrap();
        let bearer = request.headers()["authorization"].to_str().unwrap();
        let kind = self
            .fake
            .token_kind(bearer.strip_prefix("Bearer ").unwrap());
        let kind = match kind.unwrap() {
            "group" => 0,
            "user" => 1,
            _ => 2,
        };
        let mut seen = self.seen.lock().unwrap();
        seen.at.push(now);
        seen.by[kind] += 1;
        seen.refused += usize::from(told["error"]["error_code"] == TOO_MANY);
        answer
    }
}

/// Which token each call takes, in the proportion of what the tokens may.
fn mixed() -> Vec<usize> {
    let mut rng = Rng(4);
    let all: usize = A_SECOND.iter().sum();
    (0..CALLS)
        .map(|_| match rng.below(all as u64) as usize {
            at if at < A_SECOND[0] => 0,
            at if at < A_SECOND[0] + A_SECOND[1] => 1,
            _ => 2,
        })
        .collect()
}

/// From the first call to the last when nobody waits longer than must be: a task takes the next call as soon as it is
/// free, and a call goes in another's place one second after that one's answer, since the network may have counted it
/// that late.
fn fastest(calls: &[usize], trip: Us) -> Us {
    let mut free = [0; TASKS];
    let mut sent: [VecDeque<Us>; 3] = Default::default();
    let (mut first, mut last) = (Us::MAX, 0);
    for kind in calls {
        let task = free.iter_mut().min().unwrap();
        let sent = &mut sent[*kind];
        let mut at = (*task).max(sent.back().copied().unwrap_or(0));
        if sent.len() == A_SECOND[*kind] {
            at = at.max(sent.pop_front().unwrap() + trip + SEC);
        }
        sent.push_back(at);
        *task = at + trip;
        (first, last) = (first.min(at), last.max(at));
    }
    last - first
}

/// What a call is, by its token and its place among all.
async fn call(desk: &Desk, kind: usize, n: usize) -> sociable::Result<()> {
    let peer = Fake::BOB.to_string();
    let wall = AccountRef::id(format!("club{}", Fake::GROUP));
    match (kind, n % 4) {
        (0, 0) => desk.vk.account(&wall).await.map(drop),
        (0, 1) => {
            let page = PageRequest::first().limit(20);
            let conversation = peer.as_str().into();
            desk.vk.messages(&conversation, &page).await.map(drop)
        }
        (0, 2) => {
            let page = PageRequest::first().limit(20);
            desk.vk.conversations(&page).await.map(drop)
        }
        (0, _) => {
            let to = Recipient::Conversation(peer.as_str().into());
            let message = MessageDraft::text(format!("Order {n} is ready"));
            desk.vk.send(&to, &message).await.map(drop)
        }
        (1, 0 | 1) => {
            let like = Engagement::like();
            desk.vk
                .engage(&Target::from(&desk.post), &like)
                .await
                .map(drop)
        }
        (1, _) => desk.vk.post(&desk.post).await.map(drop),
        (_, 0 | 1) => {
            let community = format!("club{}", Fake::GROUP);
            let wall = Timeline::Community(community.as_str().into());
            desk.app.posts(&PostQuery::new(wall)).await.map(drop)
        }
        _ => desk.app.post(&desk.post).await.map(drop),
    }
}

/// A community with its own token and its administrator's, an application, and a post to speak of.
struct Desk {
    vk: Vk,
    app: Vk,
    post: PostId,
}

pub(crate) fn gates(report: &mut Report) {
    let calls = mixed();
    let mut refused = 0;
    for trip in TRIPS {
        let (seen, took) = storm(&calls, trip * MS);
        let wanted = [0, 1, 2].map(|kind| calls.iter().filter(|of| **of == kind).count());
        assert_eq!(seen.by, wanted, "each call is one request, by its token");
        refused += seen.refused;
        let best = fastest(&calls, trip * MS);
        let name = format!("vk.limits.{trip}ms");
        println!(
            "{name}: compared with {:.3} calls a second",
            CALLS as f64 * SEC as f64 / best as f64
        );
        let share = best as f64 * 100.0 / took as f64;
        report.figure(&format!("{name}.used_share"), share, USED);
    }
    report.figure("vk.limits.refusals", refused as f64, Bound::AtMost(0.0));
}

/// All calls, and how long they took from the first to the last.
fn storm(calls: &[usize], trip: Us) -> (Seen, Us) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let fake = Fake::new();
        let counted = Arc::new(Counted {
            fake: fake.clone(),
            seen: Mutex::default(),
        });
        let bench = Bench::new(counted.clone()).unwrap();
        bench
            .wire
            .set_round_trip(Duration::from_micros(trip as u64));
        let now = bench.clock.now();
        fake.allow_as(Fake::BOB, Fake::GROUP, true, now);
        fake.message_as(Fake::BOB, Fake::GROUP, "Is it ready?", now);
        let post = fake.post_as(-Fake::GROUP, -Fake::GROUP, "Busy", now);
        let desk = Desk {
            vk: Vk::builder()
                .community(Fake::GROUP)
                .community_token(Fake::GROUP_TOKEN)
                .user_token(Fake::USER_TOKEN)
                .client(&bench.client)
                .build()
                .unwrap(),
            app: Vk::builder()
                .service_token(Fake::SERVICE_TOKEN)
                .client(&bench.client)
                .build()
                .unwrap(),
            post: PostId::new(format!("wall-{}_{post}", Fake::GROUP)),
        };
        let next = Mutex::new(calls.iter().copied().enumerate());
        let task = || async {
            loop {
                let Some((n, kind)) = next.lock().unwrap().next() else {
                    return;
                };
                call(&desk, kind, n).await.unwrap();
            }
        };
        bench
            .clock
            .drive(join_all((0..TASKS).map(|_| task())))
            .await;
        let seen = std::mem::take(&mut *counted.seen.lock().unwrap());
        let (first, last) = (seen.at.iter().min().unwrap(), seen.at.iter().max().unwrap());
        let took = last.as_microsecond() - first.as_microsecond();
        (seen, took)
    })
}
