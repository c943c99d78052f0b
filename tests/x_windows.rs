//! Many calls of many tasks through the windows of X's fake: a quarter of an hour and a day at once, and no refusal.
#![cfg(all(feature = "x", feature = "testing"))]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use sociable::adapters::x::fake::{Fake, Plan, Rule};
use sociable::adapters::x::{Tier, X};
use sociable::client::{Client, Clock, InProcess, SetClock};
use sociable::{
    AccountRef, AudienceQuery, Engagement, ErrorKind, PostQuery, PostRef, SocialNetwork, Target,
};

fn desk(fake: &Fake, wait: Duration) -> (SetClock, X) {
    fake.set_plan(Plan::Enterprise);
    let clock = SetClock::at("2026-12-01T10:00:00Z".parse().unwrap());
    let wire = InProcess::new(Arc::new(fake.clone()), Arc::new(clock.clone()));
    let client = Client::builder()
        .transport(Arc::new(wire))
        .clock(Arc::new(clock.clone()))
        .max_wait(wait)
        .build()
        .unwrap();
    let x = X::builder()
        .bearer(Fake::BEARER)
        .user_token(Fake::ANNA_TOKEN)
        .tier(Tier::Enterprise)
        .client(&client);
    (clock, x.build().unwrap())
}

fn refused(fake: &Fake) -> usize {
    fake.seen().iter().filter(|seen| seen.status == 429).count()
}

#[tokio::test]
async fn two_thousand_mixed_calls_of_eight_tasks_are_never_refused() {
    let fake = Fake::new();
    let (clock, x) = desk(&fake, Duration::from_secs(3 * 86_400));
    let now = clock.now();
    let post = fake.post_as(Fake::BOB, "a post", now).to_string();
    let tasks = (0..8).map(|task| {
        let (x, post) = (x.clone(), post.clone());
        async move {
            for n in 0..250 {
                let target = Target::from(PostRef::from(post.as_str()));
                match (task + n) % 5 {
                    0 => drop(x.posts(&PostQuery::own()).await.unwrap()),
                    1 => drop(
                        x.posts(&PostQuery::account(AccountRef::id(Fake::BOB.to_string())))
                            .await
                            .unwrap(),
                    ),
                    2 => drop(
                        x.audience(&AudienceQuery::reposted(post.as_str()))
                            .await
                            .unwrap(),
                    ),
                    3 => drop(x.engage(&target, &Engagement::like()).await.unwrap()),
                    _ => {
                        let path = format!("/2/users/{}/muting", Fake::ANNA);
                        let _: Value = x.call("GET", &path, &json!({})).await.unwrap();
                    }
                }
            }
        }
    });
    clock.drive(join_all(tasks)).await;
    assert_eq!(refused(&fake), 0);
    // 400 looks at the muted, 15 in a quarter of an hour, are what takes longest: 26 whole quarters before the last.
    let took = clock.now().duration_since(now);
    let quarters = took.as_secs_f64() / 900.0;
    assert!((26.0..27.0).contains(&quarters), "{quarters}");
}

#[tokio::test]
async fn a_day_is_kept_beside_its_quarters_and_told_when_it_is_full() {
    let fake = Fake::new();
    let (clock, x) = desk(&fake, Duration::from_secs(3600));
    let post = fake.post_as(Fake::BOB, "a post", clock.now()).to_string();
    let target = Target::from(PostRef::from(post.as_str()));
    let error = clock
        .drive(async {
            for _ in 0..1000 {
                x.engage(&target, &Engagement::like()).await.unwrap();
            }
            x.engage(&target, &Engagement::like()).await.unwrap_err()
        })
        .await;
    assert_eq!(*error.kind(), ErrorKind::RateLimited, "{error}");
    let wait = error.retry_at().unwrap().duration_since(clock.now());
    // A thousand, fifty in a quarter of an hour, take 4 hours and 45 minutes.
    assert!((19..=20).contains(&wait.as_hours()), "{wait}");
    assert_eq!(refused(&fake), 0);
}

#[tokio::test]
async fn without_a_word_of_the_windows_the_calls_are_counted() {
    let fake = Fake::new();
    fake.break_rule(Rule::WindowsAreTold);
    let (clock, x) = desk(&fake, Duration::from_secs(3600));
    let post = fake.post_as(Fake::BOB, "a post", clock.now()).to_string();
    clock
        .drive(async {
            for _ in 0..200 {
                x.audience(&AudienceQuery::reposted(post.as_str()))
                    .await
                    .unwrap();
            }
        })
        .await;
    assert_eq!(refused(&fake), 0);
}

#[tokio::test]
async fn what_another_program_used_up_is_learned() {
    let fake = Fake::new();
    let (clock, x) = desk(&fake, Duration::from_secs(3600));
    let began = clock.now();
    let path = format!("/2/users/{}/muting", Fake::ANNA);
    let other = async |count: u32| {
        for _ in 0..count {
            let request = sociable::http::Request::get(format!("https://api.x.com{path}"))
                .header("authorization", format!("Bearer {}", Fake::ANNA_TOKEN))
                .body(sociable::bytes::Bytes::new())
                .unwrap();
            sociable::client::Service::answer(&fake, &request, clock.now());
        }
    };
    other(10).await;
    clock
        .drive(async {
            for _ in 0..8 {
                let _: Value = x.call("GET", &path, &json!({})).await.unwrap();
            }
        })
        .await;
    assert_eq!(refused(&fake), 0);
    // Five were left, and the others had to wait for the next window.
    assert!((900..=905).contains(&clock.now().duration_since(began).as_secs()));
}
