//! On X's fake, which keeps X's own rules.

use std::time::Duration;

use futures_util::StreamExt;
use sociable::adapters::x::fake::{AdDay, Fake, Plan, Streaming};

use super::*;

/// The fake, and the way to it, on which streams come piece by piece.
fn fake(plan: Plan) -> (Fake, SetClock, Client) {
    let fake = Fake::new();
    fake.set_plan(plan);
    let clock = SetClock::at("2026-11-30T12:00:00Z".parse().unwrap());
    let (service, shared): (_, Arc<dyn Clock>) = (fake.clone(), Arc::new(clock.clone()));
    let rest = InProcess::new(Arc::new(service), Arc::clone(&shared));
    let wire = Streaming::new(fake.clone(), Arc::clone(&shared), Arc::new(rest));
    let client = Client::builder()
        .transport(Arc::new(wire))
        .clock(shared)
        .random(Arc::new(SeededRandom::new(3)))
        .build()
        .unwrap();
    (fake, clock, client)
}

fn anna(client: &Client, tier: Tier) -> X {
    X::builder()
        .client(client)
        .account_name("anna")
        .bearer(Fake::BEARER)
        .user_token(Fake::ANNA_TOKEN)
        .tier(tier)
        .build()
        .unwrap()
}

/// What a stream tells while connections are cut, fall silent and are ended, until the last of four posts.
async fn through_trouble(plan: Plan, tier: Tier) -> (Vec<String>, [u64; 4]) {
    let (fake, clock, client) = fake(plan);
    let x = anna(&client, tier);
    // Nobody has set a rule yet, and a stream says so.
    let mut none = x.stream(Since::Now);
    let error = clock.drive(none.next()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Conflict, "{error}");
    let rule = json!({"add": [{"value": "ferris", "tag": "crabs"}]});
    let rules = "/2/tweets/search/stream/rules";
    let told: Value = x.call("POST", rules, &rule).await.unwrap();
    assert_eq!(told["data"][0]["value"], "ferris");

    let began = clock.now();
    let at = async |seconds: u64| {
        clock
            .sleep_until(began + Duration::from_secs(seconds))
            .await;
        clock.now()
    };
    let says = |text: &str, now: Timestamp| fake.post_as(Fake::BOB, text, now);
    let script = async {
        let first = says("hello ferris", at(45).await);
        let now = at(61).await;
        fake.cut_next_line();
        let second = says("ferris in two halves", now);
        let third = says("ferris again", at(120).await);
        at(130).await;
        fake.silence_streams(true);
        at(170).await;
        fake.silence_streams(false);
        at(200).await;
        fake.disconnect_streams(Some("UpstreamOperationalDisconnect"));
        let now = at(210).await;
        says("of something else", now);
        [first, second, third, says("ferris at last", now)]
    };
    let mut stream = x.stream(Since::Now);
    let reader = async {
        let mut told = Vec::new();
        while let Some(event) = stream.next().await {
            let event = event.unwrap();
            told.push(match event.kind {
                EventKind::Gap => "gap".to_owned(),
                _ => event.id.as_str().to_owned(),
            });
            let text = event.post.map(|post| post.text.as_str().to_owned());
            if text.as_deref() == Some("ferris at last") {
                break;
            }
        }
        told
    };
    let (told, posts) = clock
        .drive(futures_util::future::join(reader, script))
        .await;
    assert_eq!(fake.open_streams(), 1);
    drop(stream);
    assert_eq!(fake.open_streams(), 0);
    assert!(fake.complaints().is_empty(), "{:?}", fake.complaints());
    (told, posts)
}

#[tokio::test]
async fn a_stream_goes_on_over_breaks_halves_and_silence() {
    let (told, [first, second, third, last]) =
        through_trouble(Plan::PayPerUse, Tier::SelfServe).await;
    let posts: Vec<&str> = told
        .iter()
        .map(String::as_str)
        .filter(|told| *told != "gap")
        .collect();
    let wanted = [first, third, last].map(|id| format!("post:{id}"));
    assert_eq!(posts, wanted);
    // What was cut is told to be lost, where it was.
    assert_eq!(told[1], "gap", "{told:?} without {second}");
    assert!(told.len() >= 6, "{told:?}");
}

#[tokio::test]
async fn where_the_plan_has_it_what_was_missed_is_sent_again_and_comes_once() {
    let (told, posts) = through_trouble(Plan::Enterprise, Tier::Enterprise).await;
    let wanted = posts.map(|id| format!("post:{id}"));
    assert_eq!(told, wanted);
}

#[tokio::test]
async fn promotions_are_those_of_the_account_and_money_is_exact() {
    let (fake, clock, client) = fake(Plan::PayPerUse);
    let account = fake.add_ads_account(Fake::ANNA, "Crabs", "EUR");
    let (token, secret) = fake.oauth1(Fake::ANNA);
    let build = |account: &str| {
        X::builder()
            .client(&client)
            .consumer(ConsumerKey::new(Fake::CONSUMER_KEY, Fake::CONSUMER_SECRET))
            .access_token(AccessToken::new(token.as_str(), secret.as_str()))
            .ads_account(account)
            .build()
            .unwrap()
    };
    let x = build(&account);
    let post = fake.post_as(Fake::ANNA, "buy crabs", clock.now());
    let campaign = fake.add_promotion(&account, "Winter", None);
    let promoted = fake.add_promotion(&account, "line", Some(post));
    let day = |text: &str| text.parse::<Timestamp>().unwrap();
    for (at, micros) in [
        ("2026-11-02T00:00:00Z", 1),
        ("2026-11-20T00:00:00Z", 2_500_000),
    ] {
        let mut figures = AdDay::default();
        figures.micros = micros;
        figures.impressions = 10;
        fake.set_ad_day(&account, &campaign, day(at), figures);
    }
    let period = Period::new(day("2026-11-01T00:00:00Z"), day("2026-11-30T00:00:00Z"));
    let page = x.promotions(&PromotionQuery::new(period)).await.unwrap();
    let spent =
        |promotion: &Promotion| match &promotion.metrics.get(&Metric::Spend).unwrap().reading {
            Reading::Value {
                value: Quantity::Money(money),
                ..
            } => money.to_string(),
            other => panic!("{other:?}"),
        };
    let told: Vec<(String, String)> = page
        .items
        .iter()
        .map(|one| (one.id.as_str().to_owned(), spent(one)))
        .collect();
    assert_eq!(
        told,
        [
            (format!("campaign:{campaign}"), "2.500001 EUR".to_owned()),
            (
                format!("promoted_post:{promoted}"),
                "0.000000 EUR".to_owned()
            ),
        ]
    );
    assert_eq!(page.items[0].metrics.count(Metric::Impressions), Some(20));
    assert_eq!(
        page.items[1].post.as_ref().unwrap().as_str(),
        post.to_string()
    );
    // A promoted post alone: the currency is that of the account's funding.
    let one = PromotionQuery::new(period).ids(format!("promoted_post:{promoted}"));
    let page = x.promotions(&one).await.unwrap();
    assert_eq!(spent(&page.items[0]), "0.000000 EUR");
    let error = build("18ce5other").promotions(&one).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized, "{error}");
    assert!(fake.complaints().is_empty(), "{:?}", fake.complaints());
}

#[tokio::test]
async fn who_takes_no_messages_gets_none() {
    let (fake, _, client) = fake(Plan::PayPerUse);
    let x = anna(&client, Tier::SelfServe);
    fake.set_takes_messages(Fake::BOB, false);
    let bob = Recipient::Account(AccountRef::id(Fake::BOB.to_string()));
    let error = x.send(&bob, &MessageDraft::text("Psst")).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Forbidden(_)), "{error:?}");
    assert!(error.message().contains("takes no messages"), "{error}");
    fake.set_takes_messages(Fake::BOB, true);
    x.send(&bob, &MessageDraft::text("Psst")).await.unwrap();
}

#[tokio::test]
async fn own_figures_of_the_fake_add_up() {
    use sociable::adapters::x::fake::Figures;

    let (fake, clock, client) = fake(Plan::PayPerUse);
    let x = anna(&client, Tier::SelfServe);
    let post = fake.post_as(Fake::ANNA, "look", clock.now());
    let mut organic = Figures::default();
    organic.impressions = 60;
    let mut promoted = Figures::default();
    promoted.impressions = 40;
    fake.set_figures(post, organic, Some(promoted));
    let id = PostId::new(post.to_string());
    let told = x.post_metrics(std::slice::from_ref(&id)).await.unwrap();
    let metrics = told[0].1.as_ref().unwrap();
    let of = |source: Source| {
        metrics.iter().find_map(|figure| match &figure.reading {
            Reading::Value { source: told, .. }
                if figure.metric == Metric::Impressions && *told == source =>
            {
                figure.as_count()
            }
            _ => None,
        })
    };
    assert_eq!(of(Source::Organic), Some(60));
    assert_eq!(of(Source::Promoted), Some(40));
    assert_eq!(of(Source::Public), Some(100));
}

#[cfg(feature = "webhook")]
#[tokio::test]
async fn followers_and_likes_are_delivered_once_the_address_is_confirmed() {
    use sociable::webhook::Webhook;

    let (fake, clock, client) = fake(Plan::PayPerUse);
    let x = X::builder()
        .client(&client)
        .consumer(ConsumerKey::new(Fake::CONSUMER_KEY, Fake::CONSUMER_SECRET))
        .bearer(Fake::BEARER)
        .user_token(Fake::ANNA_TOKEN)
        .build()
        .unwrap();
    let webhook = Arc::new(x.webhook().await.unwrap());
    let (answers, now) = (Arc::clone(&webhook), clock.now());
    fake.set_crc(move |request| answers.receive(request, now).unwrap().answer);
    let address = json!({"url": "https://desk.example/x"});
    let hook: Value = x.call("POST", "/2/webhooks", &address).await.unwrap();
    let (question, answer) = fake.crc("https://desk.example/x");
    let told = webhook.receive(&question, now).unwrap().answer;
    assert_eq!(told.body(), answer.as_bytes());
    for kind in ["follow.follow", "like.create"] {
        let subscription = json!({"event_type": kind, "filter": {"user_id": Fake::ANNA.to_string()},
                                  "webhook_id": hook["data"]["id"]});
        let path = "/2/activity/subscriptions";
        let _: Value = x.call("POST", path, &subscription).await.unwrap();
    }
    let post = fake.post_as(Fake::ANNA, "look", now);
    fake.like_as(Fake::BOB, post, now);
    fake.follow_as(Fake::BOB, Fake::ANNA, now);
    fake.follow_as(Fake::ANNA, Fake::CAROL, now);
    let mut told = Vec::new();
    for delivery in fake.deliveries() {
        let mut request = http::Request::post(delivery.url.as_str())
            .body(delivery.body.clone())
            .unwrap();
        *request.headers_mut() = delivery.headers.clone();
        let event = webhook.receive(&request, now).unwrap().events.remove(0);
        let who = event.account.map(|account| account.id.as_str().to_owned());
        told.push((event.kind, who, event.target));
    }
    let bob = Some(Fake::BOB.to_string());
    let anna = Some(Fake::ANNA.to_string());
    assert_eq!(
        told,
        [
            (
                EventKind::Like,
                bob.clone(),
                Some(PostId::new(post.to_string()))
            ),
            (EventKind::Follow, bob, None),
            // What the account does itself is not done to it.
            (EventKind::from("follow.follow"), anna, None),
        ]
    );
}

#[tokio::test]
async fn a_repost_shows_the_files_of_the_original() {
    let (fake, clock, client) = fake(Plan::Enterprise);
    let x = anna(&client, Tier::Enterprise);
    let shown = clock
        .drive(async {
            let draft = Draft::text("a dot").media(png().alt("A dot"));
            let post = x.publish(&draft).await.unwrap();
            let number = post.id.as_str().parse().unwrap();
            fake.repost_as(Fake::CAROL, number, clock.now());
            let carols = AccountRef::id(Fake::CAROL.to_string());
            x.posts(&PostQuery::account(carols)).await.unwrap()
        })
        .await;
    let repost = &shown.items[0];
    assert!(repost.reposted_by.is_some());
    assert_eq!(repost.text.as_str(), "a dot");
    assert_eq!(repost.media.len(), 1);
    assert_eq!(repost.media[0].alt.as_deref(), Some("A dot"));
}

#[tokio::test]
async fn a_message_with_a_file_whose_answer_was_lost_is_found_again() {
    let (fake, clock, wire, x) = disturbed();
    let to = Recipient::Account(AccountRef::id(Fake::BOB.to_string()));
    wire.disturb_path("/messages", Disturbance::LoseAnswer);
    let message = MessageDraft::text("A dot").media(png());
    let sent = clock.drive(x.send(&to, &message)).await.unwrap();
    assert_eq!((sent.text.as_str(), sent.media.len()), ("A dot", 1));
    let sends = fake.seen();
    let sends = sends.iter().filter(|seen| seen.path.ends_with("/messages"));
    assert_eq!(sends.count(), 1);
}

/// A user on X's fake, on whose way something can go wrong.
fn disturbed() -> (Fake, SetClock, Arc<InProcess>, X) {
    let (fake, clock) = (Fake::new(), clock());
    let wire = InProcess::new(Arc::new(fake.clone()), Arc::new(clock.clone()));
    let wire = Arc::new(wire);
    let client = Client::builder()
        .transport(wire.clone())
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    let x = X::builder()
        .client(&client)
        .user_token(Fake::ANNA_TOKEN)
        .build()
        .unwrap();
    (fake, clock, wire, x)
}
