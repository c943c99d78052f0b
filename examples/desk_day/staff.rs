//! Those who answer: two agents at the desk, a machine that confirms messages, and the warehouse.

use std::time::Duration;

use sociable::Result;
use sociable::client::{Clock, SeededRandom, jitter};
use sociable::desk::clock::{Standing, Status};
use sociable::desk::triage::{Intent, Polarity};
use sociable::desk::{Answer, Case, CaseId, Channel, Desk, HandoffState, QueueQuery};

use crate::office::{SOLVED, minutes};
use crate::town::sleep;

/// The service that finds parcels.
pub(crate) const WAREHOUSE: &str = "warehouse";

/// One round of the desk after the other; messages are confirmed at once, by a machine.
pub(crate) async fn watch(desk: &Desk, clock: &dyn Clock) -> Result<()> {
    loop {
        let step = desk.step().await?;
        for trouble in &step.troubles {
            eprintln!("{:?}: {}", trouble.account, trouble.error);
        }
        for id in &step.opened {
            let case = desk.case(id).await?;
            if matches!(case.channel, Channel::Conversation(_)) {
                let text =
                    "Thank you, your message has arrived. Somebody answers in a few minutes.";
                let confirmed = Answer::text(text).automatic(true).name("confirmed");
                desk.answer(id, "machine", confirmed).await?;
            }
        }
        clock.sleep_until(step.next).await;
    }
}

/// An agent takes what is most urgent, thinks, and deals with it.
pub(crate) async fn agent(desk: &Desk, clock: &dyn Clock, name: &str, seed: u64) -> Result<()> {
    let random = SeededRandom::new(seed);
    let some = |most: u64| jitter(&random, Duration::from_secs(most));
    loop {
        sleep(clock, Duration::from_secs(20) + some(100)).await;
        let Some(id) = next(desk).await? else {
            continue;
        };
        // Somebody else may have been quicker.
        if desk.claim(&id, name).await.is_err() {
            continue;
        }
        sleep(clock, Duration::from_secs(30) + some(240)).await;
        deal_with(desk, &id, name).await?;
        desk.release(&id, name).await?;
    }
}

/// The first case of the queue in which somebody waits for us.
async fn next(desk: &Desk) -> Result<Option<CaseId>> {
    for entry in desk.queue(&QueueQuery::new().free(true)).await? {
        let (case, standing) = (desk.case(&entry.id).await?, desk.standing(&entry.id).await?);
        if waits(&standing) || answer_of_service(&case).is_some() {
            return Ok(Some(entry.id));
        }
    }
    Ok(None)
}

/// Whether the customer waits, or a service that was asked is to come first.
fn waits(standing: &Standing) -> bool {
    standing.status != Status::WaitingThird && standing.waiting.is_some()
}

/// What a service said that was not passed on yet.
fn answer_of_service(case: &Case) -> Option<&str> {
    let last = case.handoffs.last()?;
    let passed_on = case.replies.iter().any(|reply| reply.resolve);
    let answered = last.state == HandoffState::Answered && !passed_on;
    last.answer.as_deref().filter(|_| answered)
}

async fn deal_with(desk: &Desk, id: &CaseId, name: &str) -> Result<()> {
    let case = desk.case(id).await?;
    let again = case.replies.iter().any(|reply| reply.resolve);
    let last = case
        .mentions
        .last()
        .and_then(|mention| mention.assessment());
    let thanks = last.is_some_and(|last| {
        last.intent == Intent::Praise || (again && last.polarity == Polarity::Positive)
    });
    if let Some(answer) = answer_of_service(&case) {
        let text = format!("Your matter is {SOLVED}: {answer} We are sorry!");
        let solved = Answer::text(text).resolve(true).name("solved");
        desk.answer(id, name, solved).await?;
    } else if thanks {
        desk.set_status(id, name, Status::NoAnswerNeeded).await?;
    } else if again {
        let text = format!("We looked again, and now it is {SOLVED}: it comes tomorrow.");
        desk.answer(id, name, Answer::text(text).resolve(true))
            .await?;
    } else if case.is_complaint() {
        desk.answer(
            id,
            name,
            "We are very sorry! We ask our warehouse and come back to you today.",
        )
        .await?;
        desk.handoff(id, name, WAREHOUSE, case.text()).await?;
        desk.set_status(id, name, Status::WaitingThird).await?;
    } else {
        let text =
            "Thank you for asking! All of it stands on our page, and we are here until eight.";
        desk.answer(id, name, Answer::text(text).resolve(true))
            .await?;
    }
    Ok(())
}

/// The warehouse looks into what it was asked every now and then.
pub(crate) async fn warehouse(desk: &Desk, clock: &dyn Clock, seed: u64) -> Result<()> {
    let random = SeededRandom::new(seed);
    loop {
        sleep(clock, minutes(10) + jitter(&random, minutes(40))).await;
        for entry in desk.queue(&QueueQuery::new().service(WAREHOUSE)).await? {
            let case = desk.case(&entry.id).await?;
            let asked = case.handoffs.last();
            if asked.is_some_and(|asked| asked.state == HandoffState::Waiting) {
                desk.handoff_answered(&entry.id, WAREHOUSE, "a new parcel leaves today.")
                    .await?;
            }
        }
    }
}
