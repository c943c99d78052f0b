//! From a plan to the outbox: entries, slots that are taken, and rows that were edited.

use std::sync::Arc;

use sociable::adapters::memory::World;
use sociable::jiff::Timestamp;
use sociable::jiff::civil::time;
use sociable::outbox::{Edited, Filter, Item, Outbox, Outcome, Plan, Slots, State, Weekdays, When};
use sociable::store::MemoryStore;
use sociable::{Media, MediaSource, client::SetClock};

use super::{at, reader};

pub(crate) const NOW: &str = "2026-11-30T08:00:00Z";

/// An outbox for the two accounts, on the morning of the last of November.
pub(crate) fn outbox() -> Outbox {
    let world = World::new();
    let mut outbox =
        Outbox::builder(Arc::new(MemoryStore::new())).clock(Arc::new(SetClock::at(at(NOW))));
    for account in ["shop", "news"] {
        world.add_account(account);
        outbox = outbox.network(account, Arc::new(world.network(account).unwrap()));
    }
    outbox.build().unwrap()
}

pub(crate) async fn items(outbox: &Outbox) -> Vec<Item> {
    outbox.list(&Filter::new()).await.unwrap()
}

/// Adds a plan, and counts what is new, there already, and different.
async fn add(outbox: &Outbox, plan: &Plan) -> [usize; 3] {
    let entries = plan.entries(at(NOW), &items(outbox).await).unwrap();
    let report = outbox.add(&entries).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    [Outcome::Queued, Outcome::AlreadyThere, Outcome::Differs].map(|o| report.count(o))
}

fn plan(sheet: &str) -> Plan {
    let daily = Slots::new("UTC")
        .unwrap()
        .at(Weekdays::DAILY, time(9, 0, 0, 0));
    reader()
        .slots("shop", daily.clone())
        .slots("news", daily)
        .csv(sheet)
        .unwrap()
}

#[test]
fn a_row_becomes_an_entry_with_all_that_it_says() {
    let mut plan = plan(
        "key,account,time,text,text.telegram,thread.2,first comment,media,place,approval,labels,too late,languages\n\
         tea,\"shop,news\",2026-12-01 09:00,One,Uno,Two,Below,a.png,board,yes,\"x,y\",2h,el\n",
    );
    plan.folder = Some("plans".into());
    let entries = plan.entries(at(NOW), &[]).unwrap();
    let [entry] = entries.as_slice() else {
        panic!("{entries:?}");
    };
    assert_eq!(entry.key, "tea");
    assert_eq!(entry.when, When::At(at("2026-12-01T07:00:00Z")));
    assert!(entry.approval);
    assert_eq!(entry.labels, ["x", "y"]);
    assert_eq!(
        entry.too_late_after,
        Some(std::time::Duration::from_secs(7200))
    );
    let (parts, comment) = entry.content_for("news", "telegram");
    let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
    assert_eq!(texts, ["Uno", "Two"]);
    assert_eq!(parts[0].place.as_ref().unwrap().id.as_str(), "board");
    assert!(
        matches!(&parts[0].media[..], [Media { source: MediaSource::File(path), .. }] if path.ends_with("plans/a.png"))
    );
    assert!(
        parts
            .iter()
            .chain(&comment)
            .all(|draft| draft.languages == ["el"])
    );
    assert_eq!(comment.unwrap().text.as_str(), "Below");
    assert_eq!(
        entry.content_for("shop", "mastodon").0[0].text.as_str(),
        "One"
    );
}

#[test]
fn posts_without_a_time_take_the_free_slots_of_each_account_in_order() {
    let sheet = "account,time,slot,text\n\
                 \"shop,news\",,next,First\n\
                 shop,2026-12-01 09:00Z,,Between\n\
                 \"shop,news\",,next,Second\n";
    let entries = plan(sheet).entries(at(NOW), &[]).unwrap();
    let times = |n: usize| match &entries[n].when {
        When::Each(times) => (times["shop"], times["news"]),
        other => panic!("{other:?}"),
    };
    let day = |day: u8| at(&format!("2026-12-{day:02}T09:00:00Z"));
    let today = at("2026-11-30T09:00:00Z");
    assert_eq!(times(0), (today, today));
    assert_eq!(times(2), (day(2), day(1)));
}

#[tokio::test]
async fn a_plan_that_is_read_again_adds_nothing_and_keeps_its_slots() {
    let outbox = outbox();
    let sheet =
        "account,time,slot,text\nshop,,next,First\nshop,2026-12-01 18:00,,Evening\nshop,now,,Now\n";
    assert_eq!(add(&outbox, &plan(sheet)).await, [3, 0, 0]);
    let before = items(&outbox).await;
    assert_eq!(add(&outbox, &plan(sheet)).await, [0, 3, 0]);
    // Rows may be moved, and new ones come in between.
    let sheet = "slot,account,time,text\nnext,shop,,Second\n,shop,now,Now\n,shop,2026-12-01 18:00,Evening\nnext,shop,,First\n";
    let plan = plan(sheet);
    assert!(plan.revisions(&before).is_empty());
    assert_eq!(add(&outbox, &plan).await, [1, 3, 0]);
    let after = items(&outbox).await;
    assert!(before.iter().all(|item| after.contains(item)));
    let second = after.iter().find(|item| item.text == "Second").unwrap();
    assert_eq!(second.due, at("2026-12-01T09:00:00Z"));
}

#[tokio::test]
async fn the_slot_of_what_is_cancelled_is_free_again() {
    let outbox = outbox();
    add(
        &outbox,
        &plan("account,slot,text\nshop,next,First\nshop,next,Second\n"),
    )
    .await;
    let first = items(&outbox)
        .await
        .into_iter()
        .find(|i| i.text == "First")
        .unwrap();
    outbox.cancel(&first.id, "ann").await.unwrap();
    add(&outbox, &plan("account,slot,text\nshop,next,Third\n")).await;
    let third = items(&outbox)
        .await
        .into_iter()
        .find(|i| i.text == "Third")
        .unwrap();
    assert_eq!(third.due, first.due);
    let cancelled = outbox.item(&first.id).await.unwrap();
    assert_eq!(cancelled.state, State::Cancelled);
}

#[tokio::test]
async fn an_edited_row_with_a_key_differs_from_what_is_planned() {
    let outbox = outbox();
    add(
        &outbox,
        &plan("key,account,time,text\ntea,shop,2026-12-01 18:00,Tea\n"),
    )
    .await;
    let edited = plan("key,account,time,text\ntea,shop,2026-12-01 18:00,Fresh tea\n");
    assert!(edited.revisions(&items(&outbox).await).is_empty());
    assert_eq!(add(&outbox, &edited).await, [0, 0, 1]);
}

#[tokio::test]
async fn an_edited_row_without_a_key_is_told_as_what_it_is() {
    let outbox = outbox();
    let sheet = "account,time,text\nshop,2026-12-01 18:00,Tea\nshop,2026-12-02 18:00,Cake\nnews,2026-12-01 18:00,Tea\n";
    add(&outbox, &plan(sheet)).await;
    let planned = items(&outbox).await;
    let was = |account: &str, text: &str| {
        let found = planned
            .iter()
            .find(|i| i.account == account && i.text == text);
        found.unwrap().id.clone()
    };
    let revised = |sheet: &str| -> Vec<(String, String, Edited)> {
        let revisions = plan(sheet).revisions(&planned);
        revisions
            .into_iter()
            .map(|r| (r.account, r.was, r.edited))
            .collect()
    };
    // Another text at the same time; another time for the same text.
    let sheet =
        "account,time,text\n\"shop,news\",2026-12-01 18:00,Tea!\nshop,2026-12-02 19:00,Cake\n";
    let expected = [
        ("shop".to_owned(), was("shop", "Tea"), Edited::Content),
        ("news".to_owned(), was("news", "Tea"), Edited::Content),
        ("shop".to_owned(), was("shop", "Cake"), Edited::Time),
    ];
    assert_eq!(revised(sheet), expected);
    // Where the plan still has the old row, the other is a new one.
    let both = "account,time,text\nshop,2026-12-01 18:00,Tea\nshop,2026-12-01 18:00,And cake\n";
    assert!(revised(both).is_empty());
    // What is cancelled stands in nobody's way.
    for item in &planned {
        outbox.cancel(&item.id, "ann").await.unwrap();
    }
    assert!(plan(sheet).revisions(&items(&outbox).await).is_empty());
}

#[test]
fn each_time_of_a_repeated_post_is_an_entry() {
    let sheet = "account,time,text,repeat,until\nshop,2026-12-01 09:00,Tea,tue,2026-12-20\n";
    let entries = plan(sheet).entries(at(NOW), &[]).unwrap();
    let times: Vec<Option<Timestamp>> = entries.iter().map(|e| e.due_on("shop", at(NOW))).collect();
    let expected = ["01", "08", "15"].map(|day| Some(at(&format!("2026-12-{day}T07:00:00Z"))));
    assert_eq!(times, expected);
    let mut keys: Vec<&str> = entries.iter().map(|e| e.key.as_str()).collect();
    keys.dedup();
    assert_eq!(keys.len(), 3);
}
