//! A desk on X that answers mentions and messages, and spends no more than it may: what could go beyond is refused before it
//! is made, and the desk goes on when it says.
//!
//! `cargo run --example x_desk --features full`
//!
//! It speaks to an X of its own in this process, without an account, and by a clock that jumps over the waiting.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::x::X;
use sociable::adapters::x::fake::Fake;
use sociable::client::{Client, Clock, InProcess, SetClock};
use sociable::{
    Draft, ErrorKind, Event, EventKind, EventQuery, MessageDraft, Money, Recipient, Result, Since,
    SocialNetwork,
};

type Done<T> = std::result::Result<T, Box<dyn Error>>;

/// What the desk may spend on a day of UTC.
const CAP: &str = "1 USD a day";
/// How often it looks what happened: each look is billed by what it finds, and has to fit under the cap with all that it
/// could find.
const PAUSE: Duration = Duration::from_secs(600);

/// The words of the answer, which repeat the question: X refuses the same words twice. With an address in them a public
/// answer costs thirteen times as much as without.
fn words(question: &str) -> String {
    let question = question.trim_start_matches('@');
    let question = question.trim_start_matches(Fake::ANNA_NAME).trim();
    if question.contains("Where") {
        format!("{question} You find all here: https://example.com/map")
    } else {
        format!("{question} From ten to six, on Sundays too.")
    }
}

/// Makes a call; where it could pass the cap, waits until it may be made.
async fn within_cap<T, F>(x: &X, call: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    loop {
        let error = match call().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        match error.retry_at() {
            Some(at) if *error.kind() == ErrorKind::QuotaExhausted => {
                println!("{error}");
                println!("the desk goes on at {at}");
                x.clock().sleep_until(at).await;
            }
            _ => return Err(error),
        }
    }
}

/// Answers what happened, if it can be answered.
async fn answer(x: &X, event: &Event) -> Result<bool> {
    let profile = x.profile();
    let told = |price: Option<Money>| price.map_or("nothing".to_owned(), |price| price.to_string());
    if let Some(message) = &event.message {
        let answer = MessageDraft::text(words(message.text.as_str()));
        let to = Recipient::from(&message.conversation);
        within_cap(x, || x.send(&to, &answer)).await?;
        let price = told(answer.price(&profile));
        println!(
            "message \"{}\": answered for {price}",
            message.text.as_str()
        );
    } else if let Some(post) = &event.post {
        // X takes a public answer only where the post mentions the account, as these do.
        let answer = Draft::text(words(post.text.as_str()))
            .reply_to(post.as_ref())
            .key(format!("answer to {}", event.id));
        within_cap(x, || x.publish(&answer)).await?;
        let price = told(answer.price(&profile));
        println!("mention \"{}\": answered for {price}", post.text.as_str());
    } else {
        println!("{}: nothing that could be answered", event.kind);
        return Ok(false);
    }
    Ok(true)
}

/// Looks what happened, and answers, until so many are answered. A desk that is restarted keeps the cursor in a store, as
/// `watch_and_answer` does, and its spending in a `limits_file`.
async fn serve(x: &X, since: Since, mut left: usize) -> Result<Since> {
    let mut query = EventQuery::now()
        .since(since)
        .kinds(EventKind::Mention)
        .kinds(EventKind::Message);
    while left > 0 {
        let events = within_cap(x, || x.events(&query)).await?;
        for event in &events.items {
            left -= usize::from(answer(x, event).await?);
        }
        query = query.since(Since::Cursor(events.cursor));
        if !events.more {
            x.clock().sleep_until(x.clock().now() + PAUSE).await;
        }
    }
    Ok(query.since)
}

async fn spent(client: &Client) -> Result<()> {
    let spending = client.spending().await?;
    for row in &spending.rows {
        println!("  {}: {} calls, {}", row.operation, row.calls, row.certain);
    }
    for total in spending.totals() {
        println!("  in all {}", total.certain);
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Done<()> {
    let fake = Fake::new();
    let clock = SetClock::at("2026-11-30T18:00:00Z".parse()?);
    let wire = InProcess::new(Arc::new(fake.clone()), Arc::new(clock.clone()));
    // A real desk needs neither: a client goes to the network by the machine's clock.
    let client = Client::builder()
        .transport(Arc::new(wire))
        .clock(Arc::new(clock.clone()))
        .build()?;
    let desk = X::builder()
        .user_token(Fake::ANNA_TOKEN)
        .account_name("desk")
        .spending_cap(CAP.parse()?)
        .client(&client)
        .build()?;
    println!("the desk may spend {CAP}");

    let asks = |user, text: &str| {
        fake.post_as(user, &format!("@{} {text}", Fake::ANNA_NAME), clock.now());
    };
    asks(Fake::BOB, "When do you open?");
    asks(Fake::CAROL, "Where are you?");
    fake.message_as(Fake::BOB, Fake::ANNA, "Is it open on Sundays?", clock.now());
    asks(Fake::BOB, "Where can I park?");
    let since = clock.drive(serve(&desk, Since::Oldest, 4)).await?;
    println!("so far:");
    spent(&client).await?;

    println!("more people ask, and the day is not over");
    asks(Fake::CAROL, "Where is the entrance?");
    asks(Fake::BOB, "Where is the lift?");
    asks(Fake::CAROL, "Where do I pay?");
    fake.message_as(Fake::CAROL, Fake::ANNA, "Where do I ring?", clock.now());
    asks(Fake::BOB, "When do you close?");
    clock.drive(serve(&desk, since, 5)).await?;
    println!("in the end:");
    spent(&client).await?;

    let mut days = std::collections::BTreeMap::<String, i64>::new();
    for line in fake.billed() {
        *days.entry(line.at.strftime("%F").to_string()).or_default() += line.mills;
    }
    println!("X billed, in thousandths of a dollar: {days:?}");
    assert_eq!(
        days.len(),
        2,
        "the second half had to wait for the next day"
    );
    assert!(days.values().all(|mills| *mills <= 1_000), "a cap is a cap");
    Ok(())
}
