//! What people decide: approve, reject, pause, cancel, another time; and what became of a post in doubt.

use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::memory::{Memory, World};
use sociable::client::SetClock;
use sociable::outbox::{Entry, Outbox, State};
use sociable::store::EmbeddedStore;
use sociable::{
    Checked, Draft, Error, ErrorKind, Post, Prepared, Profile, Reconciled, Repeatable, Result,
    SocialNetwork, async_trait,
};

use super::run::text;
use super::{Desk, PLAN};

#[test]
fn what_wants_approval_waits_for_it() {
    let desk = Desk::new("approve");
    desk.add("accounts;time;text;approval\nshop;now;Tea;yes\nshop;now;Cake;yes\n");
    assert!(desk.good(&["run"]).is_empty());
    let (tea, cake) = (desk.item("Tea"), desk.item("Cake"));
    let approved = desk.good(&["approve", text(&tea, "id"), "--by", "ann"]);
    assert_eq!(approved[0]["state"], "waiting");
    let refused = desk.good(&[
        "reject",
        text(&cake, "id"),
        "--by",
        "ann",
        "--why",
        "too sweet",
    ]);
    assert_eq!(refused[0]["state"], "refused");
    assert!(
        text(&refused[0], "reason").contains("too sweet"),
        "{refused:?}"
    );
    let published = desk.good(&["run"]);
    assert_eq!(published.len(), 1);
    assert_eq!(published[0]["id"], tea["id"]);
    assert_eq!(desk.shown("shop", "Cake"), 0);
    let (code, lines, _) = desk.bad(&["approve", text(&tea, "id")]);
    assert_eq!(code, 1);
    assert_eq!(lines[0]["error"]["kind"], "Conflict");
}

#[test]
fn what_is_paused_stands_still_until_it_goes_on() {
    let desk = Desk::new("pause");
    desk.add("accounts;time;text\nshop;now;Tea\nalice;now;Cake\n");
    let tea = desk.item("Tea");
    let paused = desk.good(&[
        "pause",
        text(&tea, "id"),
        "--account",
        "alice",
        "--why",
        "a holiday",
    ]);
    assert_eq!(paused[0]["state"], "paused");
    assert_eq!(paused[1]["account"], "alice");
    assert_eq!(paused[1]["paused"], true);
    let held = desk.item("Cake");
    assert_eq!(held["state"], "held");
    assert_eq!(held["reason"], "a holiday");
    assert!(desk.good(&["run"]).is_empty());
    desk.good(&["resume", text(&tea, "id"), "--account", "alice"]);
    assert_eq!(desk.good(&["run"]).len(), 2);

    desk.good(&["pause", "--all"]);
    desk.good(&["add", "--text", "Later"]);
    assert!(desk.good(&["run"]).is_empty());
    desk.good(&["resume", "--all"]);
    assert_eq!(desk.good(&["run"]).len(), 1);
    assert_eq!(desk.bad(&["pause"]).0, 2);
    assert_eq!(desk.bad(&["pause", "--account", "nobody"]).0, 1);
}

#[test]
fn what_is_cancelled_is_not_published_and_may_get_another_time() {
    let desk = Desk::new("cancel");
    desk.add(PLAN);
    let id = text(&desk.item("We open"), "id").to_owned();
    assert_eq!(desk.good(&["cancel", &id])[0]["state"], "cancelled");
    assert!(desk.good(&["run"]).is_empty());
    let moved = desk.good(&["reschedule", &id, "--at", "2100-12-24T09:00:00Z"]);
    assert_eq!(moved[0]["state"], "waiting");
    assert_eq!(moved[0]["at"], "2100-12-24T09:00:00Z");
    let (code, lines, _) = desk.bad(&["cancel", "nothing", &id]);
    assert_eq!(code, 1);
    assert_eq!(lines[0]["error"]["kind"], "NotFound");
    assert_eq!(
        lines[1]["state"], "cancelled",
        "one failure holds back no other"
    );
}

/// A network without keys that loses every answer, and does not tell what became of it.
#[derive(Debug)]
struct Silent(Memory);

#[async_trait]
impl SocialNetwork for Silent {
    fn profile(&self) -> Arc<Profile> {
        self.0.profile()
    }

    async fn prepare(&self, draft: &Checked<Draft>) -> Result<Prepared> {
        Ok(self.0.prepare(draft).await?.repeatable(Repeatable::Never))
    }

    async fn commit(&self, _: &Prepared) -> Result<Post> {
        Err(Error::new(ErrorKind::Unconfirmed, "the answer was lost"))
    }

    async fn reconcile(&self, _: &Prepared) -> Result<Reconciled> {
        Ok(Reconciled::Unknown)
    }
}

/// Leaves two posts of unknown outcome in the file that the console keeps its plan in.
async fn in_doubt(desk: &Desk) {
    let clock =
        SetClock::at(sociable::jiff::Timestamp::now()).with_grace(Duration::from_millis(20));
    let world = World::sample_with_clock(Arc::new(clock.clone()));
    let store = EmbeddedStore::open(desk.console.folder.0.join("state.jobs"))
        .await
        .unwrap();
    let outbox = Outbox::builder(Arc::new(store))
        .network("shop", Arc::new(Silent(world.network("shop").unwrap())))
        .clock(Arc::new(clock.clone()))
        .settle([Duration::from_secs(15)])
        .build()
        .unwrap();
    let entries = ["tea", "cake"].map(|key| Entry::new(key, Draft::text(key)).on("shop"));
    assert!(outbox.add(&entries).await.unwrap().is_clean());
    for _ in 0..3 {
        clock.drive(outbox.run_once()).await.unwrap();
        clock.advance(Duration::from_secs(15));
    }
    for key in ["tea@shop", "cake@shop"] {
        assert_eq!(outbox.item(key).await.unwrap().state, State::Unknown);
    }
}

#[tokio::test]
async fn a_post_in_doubt_is_settled_by_a_person() {
    let desk = Desk::new("resolve");
    in_doubt(&desk).await;
    let unknown = desk.good(&["list", "--in", "unknown"]);
    assert_eq!(unknown.len(), 2);
    assert!(unknown.iter().all(|item| !text(item, "reason").is_empty()));
    assert!(
        desk.good(&["run"]).is_empty(),
        "it is not sent again by itself"
    );

    assert_eq!(
        desk.bad(&["resolve", "tea@shop"]).0,
        2,
        "one has to say what was found"
    );
    let settled = desk.good(&["resolve", "tea@shop", "--published", "memory:post:7"]);
    assert_eq!(settled[0]["state"], "published");
    assert_eq!(settled[0]["post"]["id"], "memory:post:7");
    desk.good(&["resolve", "cake@shop", "--not-published", "--by", "ann"]);
    let run = desk.good(&["run"]);
    assert_eq!(run.len(), 1, "{run:?}");
    assert_eq!(run[0]["id"], "cake@shop");
    assert_eq!(desk.shown("shop", "cake"), 1);
    assert_eq!(desk.shown("shop", "tea"), 0);
    let (code, lines, _) = desk.bad(&["resolve", "cake@shop", "--not-published"]);
    assert_eq!(code, 1);
    assert_eq!(lines[0]["error"]["kind"], "Conflict");
}
