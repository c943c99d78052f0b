//! What X's fake bills, what the client books, and what a cap allows.
#![cfg(all(feature = "x", feature = "testing"))]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sociable::adapters::x::fake::{Fake, Plan, Rule};
use sociable::adapters::x::{Tier, X};
use sociable::client::{Client, InProcess, SetClock};
use sociable::{
    AccountId, AccountRef, AudienceQuery, Draft, Edit, Engagement, ErrorKind, Media, Moderation,
    PostQuery, PostRef, SocialNetwork, Target, Timeline,
};

struct Desk {
    fake: Fake,
    clock: SetClock,
    client: Client,
    x: X,
}

fn desk(cap: Option<&str>) -> Desk {
    let fake = Fake::new();
    fake.set_plan(Plan::Enterprise);
    let clock = SetClock::at("2026-12-01T10:00:00Z".parse().unwrap());
    let wire = InProcess::new(Arc::new(fake.clone()), Arc::new(clock.clone()));
    let client = Client::builder()
        .transport(Arc::new(wire))
        .clock(Arc::new(clock.clone()))
        .max_wait(Duration::from_secs(7200))
        .build()
        .unwrap();
    let mut builder = X::builder()
        .bearer(Fake::BEARER)
        .user_token(Fake::ANNA_TOKEN)
        .tier(Tier::Enterprise)
        .account_name("desk")
        .client(&client);
    if let Some(cap) = cap {
        builder = builder.spending_cap(cap.parse().unwrap());
    }
    let x = builder.build().unwrap();
    Desk {
        fake,
        clock,
        client,
        x,
    }
}

impl Desk {
    /// What was booked, in thousandths of a dollar.
    async fn booked(&self) -> (i64, i64) {
        let spending = self.client.spending().await.unwrap();
        let sum = |amount: fn(&sociable::client::limits::Spent) -> i64| {
            spending.of("x", "desk").map(amount).sum::<i64>()
        };
        (
            sum(|row| row.certain.amount) / 1000,
            sum(|row| row.uncertain.amount) / 1000,
        )
    }

    async fn by_operation(&self) -> BTreeMap<String, i64> {
        let spending = self.client.spending().await.unwrap();
        spending
            .of("x", "desk")
            .map(|row| (row.operation.to_string(), row.certain.amount / 1000))
            .collect()
    }

    /// A day's work at a desk.
    async fn work(&self) {
        let x = &self.x;
        let now = "2026-12-01T10:00:00Z".parse().unwrap();
        let asked = self
            .fake
            .post_as(
                Fake::BOB,
                &format!("How are you, @{}?", Fake::ANNA_NAME),
                now,
            )
            .to_string();
        self.fake.follow_as(Fake::CAROL, Fake::ANNA, now);
        let plain = x.publish(&Draft::text("no link")).await.unwrap();
        x.publish(&Draft::text("see https://example.com/a"))
            .await
            .unwrap();
        let picture = Media::bytes(
            &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\0\0\0\0\x3a\x7e\x9b\x55"[..],
        )
        .media_type("image/png")
        .alt("A dot");
        x.publish(&Draft::text("a dot").media(picture))
            .await
            .unwrap();
        x.posts(&PostQuery::own()).await.unwrap();
        x.posts(&PostQuery::mentions()).await.unwrap();
        x.posts(&PostQuery::search("how")).await.unwrap();
        x.posts(&PostQuery::ids([
            plain.id.clone(),
            asked.as_str().into(),
            "1".into(),
        ]))
        .await
        .unwrap();
        x.post(&plain.id).await.unwrap();
        let theirs = Target::from(PostRef::from(asked.as_str()));
        x.engage(&theirs, &Engagement::like()).await.unwrap();
        x.engage(&theirs, &Engagement::repost()).await.unwrap();
        x.engage(&theirs, &Engagement::bookmark()).await.unwrap();
        x.account(&AccountRef::handle(Fake::BOB_NAME))
            .await
            .unwrap();
        x.audience(&AudienceQuery::followers()).await.unwrap();
        x.audience(&AudienceQuery::reposted(asked.as_str()))
            .await
            .unwrap();
        x.moderate(&Moderation::mute(AccountRef::id(Fake::CAROL.to_string())))
            .await
            .unwrap();
        let _: Value = x
            .call("GET", "/2/tweets/counts/recent", &json!({"query": "how"}))
            .await
            .unwrap();
        let _: Value = x
            .call(
                "GET",
                &format!("/2/users/{}/muting", Fake::ANNA),
                &json!({}),
            )
            .await
            .unwrap();
        let number: u64 = plain.id.as_str().parse().unwrap();
        self.fake.like_as(Fake::BOB, number, now);
        self.fake.reply_as(Fake::BOB, number, "an answer", now);
        self.fake.quote_as(Fake::BOB, number, "a quote", now);
        x.audience(&AudienceQuery::liked(plain.id.clone()))
            .await
            .unwrap();
        x.audience(&AudienceQuery::following()).await.unwrap();
        x.posts(&PostQuery::thread(plain.id.clone())).await.unwrap();
        x.posts(&PostQuery::new(Timeline::Quotes(plain.id.clone())))
            .await
            .unwrap();
        x.posts(&PostQuery::home()).await.unwrap();
        x.membership(&[AccountId::new(Fake::CAROL.to_string())])
            .await
            .unwrap();
        x.edit(&plain.id, &Edit::text("no link, edited"))
            .await
            .unwrap();
        x.delete(&plain.id).await.unwrap();
        // What is refused costs nothing.
        x.publish(&Draft::text("see https://example.com/a"))
            .await
            .unwrap_err();
        x.post(&plain.id).await.unwrap_err();
    }
}

#[tokio::test]
async fn what_is_booked_is_what_is_billed_where_everything_costs_its_price() {
    let desk = desk(None);
    // What X leaves off a bill is not counted on: see the next test.
    desk.fake.break_rule(Rule::PaidOnceADay);
    desk.fake.break_rule(Rule::OwnedReadsCostLess);
    desk.clock.drive(desk.work()).await;
    let (certain, uncertain) = desk.booked().await;
    let mut bill: BTreeMap<String, i64> = BTreeMap::new();
    for line in desk.fake.billed() {
        *bill
            .entry(format!("{} ({})", line.operation, line.what))
            .or_default() += line.mills;
    }
    assert_eq!(
        (certain, uncertain),
        (desk.fake.spent(), 0),
        "{bill:#?}\n{:#?}",
        desk.by_operation().await
    );
}

#[tokio::test]
async fn a_bill_is_never_larger_than_what_is_booked() {
    let desk = desk(None);
    desk.clock
        .drive(async {
            desk.work().await;
            desk.x.posts(&PostQuery::own()).await.unwrap();
        })
        .await;
    let (certain, _) = desk.booked().await;
    assert!(
        desk.fake.spent() < certain,
        "{} of {certain}",
        desk.fake.spent()
    );
}

#[tokio::test]
async fn a_native_call_of_an_unknown_price_is_booked_at_the_most_that_it_may_cost() {
    let desk = desk(Some("0.5 USD"));
    let list = "/2/lists/12/tweets";
    let many = desk
        .x
        .call::<Value>("GET", list, &json!({"max_results": 100}))
        .await
        .unwrap_err();
    assert_eq!(*many.kind(), ErrorKind::QuotaExhausted, "{many}");
    let few = desk
        .x
        .call::<Value>("GET", list, &json!({"max_results": 50}))
        .await
        .unwrap_err();
    assert_ne!(*few.kind(), ErrorKind::QuotaExhausted, "{few}");
}

#[tokio::test]
async fn not_one_call_goes_beyond_a_cap() {
    let desk = desk(Some("1 USD"));
    desk.fake.break_rule(Rule::PaidOnceADay);
    desk.fake.break_rule(Rule::OwnedReadsCostLess);
    let now = "2026-12-01T10:00:00Z".parse().unwrap();
    for n in 0..120 {
        desk.fake.post_as(Fake::BOB, &format!("number {n}"), now);
    }
    desk.clock
        .drive(async {
            let bob = AccountRef::id(Fake::BOB.to_string());
            let mut read = 0;
            // What a page of fifty could bring with it is more than the cap: shorter ones come.
            let error = loop {
                let query = PostQuery::account(bob.clone()).limit(50);
                match desk.x.posts(&query).await {
                    Ok(page) => read += page.items.len(),
                    Err(error) => break error,
                }
            };
            assert_eq!(*error.kind(), ErrorKind::QuotaExhausted, "{error}");
            let spent = desk.fake.spent();
            // Five posts could cost 0.225.
            assert!((775..=1000).contains(&spent), "{spent}");
            assert!(read > 0);
        })
        .await;
    // What costs little goes until nothing is left for it.
    let mut said = 0;
    let error = loop {
        said += 1;
        if let Err(error) = desk.x.publish(&Draft::text(format!("hi {said}"))).await {
            break error;
        }
    };
    assert_eq!(*error.kind(), ErrorKind::QuotaExhausted, "{error}");
    let spent = desk.fake.spent();
    assert!((986..=1000).contains(&spent), "{spent}");
}
