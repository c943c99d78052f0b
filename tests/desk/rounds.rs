//! The desk's rounds: everybody asked, nobody held back, nothing swallowed.

use std::sync::Arc;

use futures_util::StreamExt;
use sociable::adapters::memory::Memory;
use sociable::client::{Clock, Disturbance};
use sociable::desk::{Desk, FoundBy};
use sociable::{
    Account, Checked, Conversation, ConversationId, Draft, ErrorKind, EventKind, EventQuery,
    Events, Message, MessageDraft, Operation, Order, Page, PageRequest, Post, PostId, PostQuery,
    Prepared, Profile, Recipient, Reconciled, Result, SocialNetwork, Support, Timeline,
};

use crate::town::{HOUR, MINUTE, Town, Words, all, only, reply, round, say, tell, town};

/// An account of the embedded network of which some things are said to be otherwise.
#[derive(Debug)]
pub(crate) struct Otherwise {
    pub(crate) inner: Memory,
    pub(crate) profile: Arc<Profile>,
}

#[sociable::async_trait]
impl SocialNetwork for Otherwise {
    fn profile(&self) -> Arc<Profile> {
        Arc::clone(&self.profile)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.inner.clock()
    }

    async fn me(&self) -> Result<Account> {
        self.inner.me().await
    }

    async fn prepare(&self, draft: &Checked<Draft>) -> Result<Prepared> {
        self.inner.prepare(draft).await
    }

    async fn commit(&self, prepared: &Prepared) -> Result<Post> {
        self.inner.commit(prepared).await
    }

    async fn reconcile(&self, prepared: &Prepared) -> Result<Reconciled> {
        self.inner.reconcile(prepared).await
    }

    async fn post(&self, post: &PostId) -> Result<Post> {
        self.inner.post(post).await
    }

    async fn posts(&self, query: &PostQuery) -> Result<Page<Post>> {
        // Answers come the oldest first where nothing else is asked for, as VK lists them.
        let mut query = query.clone();
        if matches!(query.timeline, Timeline::Replies(_)) && query.order == Order::Default {
            query.order = Order::Oldest;
        }
        self.inner.posts(&query).await
    }

    async fn conversations(&self, page: &PageRequest) -> Result<Page<Conversation>> {
        self.inner.conversations(page).await
    }

    async fn messages(&self, of: &ConversationId, page: &PageRequest) -> Result<Page<Message>> {
        self.inner.messages(of, page).await
    }

    async fn send(&self, to: &Recipient, message: &MessageDraft) -> Result<Message> {
        self.inner.send(to, message).await
    }

    async fn events(&self, query: &EventQuery) -> Result<Events> {
        let mut events = self.inner.events(query).await?;
        let told = |kind: &EventKind| *kind == EventKind::Gap || self.profile.tells(kind);
        events.items.retain(|event| told(&event.kind));
        Ok(events)
    }
}

/// An account whose profile is changed.
pub(crate) fn otherwise(
    town: &Town,
    handle: &str,
    change: impl FnOnce(Profile) -> Profile,
) -> Arc<dyn SocialNetwork> {
    let inner = town.world.network(handle).unwrap();
    let profile = Arc::new(change(Profile::clone(&inner.profile())));
    Arc::new(Otherwise { inner, profile })
}

/// An account whose network tells no happenings.
pub(crate) fn without_events(town: &Town, handle: &str) -> Arc<dyn SocialNetwork> {
    otherwise(town, handle, |profile| {
        profile.with(Operation::EVENTS, Support::no())
    })
}

fn paging(town: &Town) -> Desk {
    Desk::builder(Arc::clone(&town.store))
        .account("shop", without_events(town, "shop"))
        .classifier(Arc::<Words>::default())
        .build()
        .unwrap()
}

#[tokio::test]
async fn where_a_network_tells_no_happenings_the_desk_pages() {
    let town = town();
    let post = say(&town.shop, "New leaves!").await;
    for n in 0..60 {
        let who = town.person(&format!("guest{n}"));
        say(&who, "@shop hello?").await;
    }
    reply(&town.bob, &post, "how much?").await;
    tell(&town.alice, "shop", "Do you deliver?").await;
    let desk = paging(&town);
    let step = round(&desk).await;
    assert_eq!(step.opened.len(), 62);
    let by = |kind: FoundBy| {
        let cases = all(&desk);
        async move {
            cases
                .await
                .iter()
                .filter(|case| case.mentions[0].found_by == kind)
                .count()
        }
    };
    assert_eq!(by(FoundBy::Mention).await, 60);
    assert_eq!(by(FoundBy::Reply).await, 1);
    assert_eq!(by(FoundBy::Message).await, 1);
    town.clock.advance(2 * HOUR);
    tell(&town.alice, "shop", "Well?").await;
    let step = round(&desk).await;
    assert_eq!((step.opened.len(), step.added.len()), (0, 1));
}

/// A desk for the shop, whose network tells all happenings but these.
fn without(town: &Town, kinds: &[EventKind]) -> Desk {
    let shop = otherwise(town, "shop", |mut profile| {
        profile.event_kinds.retain(|kind| !kinds.contains(kind));
        profile
    });
    Desk::builder(Arc::clone(&town.store))
        .account("shop", shop)
        .classifier(Arc::<Words>::default())
        .build()
        .unwrap()
}

#[tokio::test]
async fn what_a_network_lists_and_does_not_tell_is_paged_for_beside_what_it_tells() {
    let town = town();
    let untold = [EventKind::Mention, EventKind::Message];
    let desk = without(&town, &untold);
    round(&desk).await;
    let post = say(&town.shop, "New leaves!").await;
    say(&town.alice, "@shop hello?").await;
    tell(&town.bob, "shop", "Do you deliver?").await;
    reply(&town.bob, &post, "how much?").await;
    assert_eq!(round(&desk).await.opened.len(), 3);
    for _ in 0..3 {
        town.clock.advance(MINUTE);
        let step = round(&desk).await;
        assert_eq!((step.opened.len(), step.added.len(), step.known), (0, 0, 2));
    }
    // Another desk on the store, and one after a restart, go on where this one stood.
    town.clock.advance(2 * HOUR);
    round(&desk).await;
    say(&town.alice, "@shop well?").await;
    let step = round(&without(&town, &untold)).await;
    assert_eq!((step.opened.len(), step.known), (1, 0));
}

#[tokio::test]
async fn what_happenings_cover_is_not_paged_for() {
    let town = town();
    let asked = |desk: Desk| {
        let town = &town;
        async move {
            round(&desk).await;
            let before = town.world.requests();
            round(&desk).await;
            town.world.requests() - before
        }
    };
    assert_eq!(asked(town.desk()).await, 1, "a read may cost money");
    let listed = asked(without(&town, &[EventKind::Mention])).await;
    assert_eq!(listed, 2);
}

#[tokio::test]
async fn what_is_listed_late_is_found_all_the_same() {
    let town = town();
    town.world.set_listing_delay(5 * MINUTE);
    let desk = paging(&town);
    round(&desk).await;
    say(&town.alice, "@shop hello?").await;
    town.clock.advance(MINUTE);
    assert!(round(&desk).await.opened.is_empty());
    town.clock.advance(10 * MINUTE);
    assert_eq!(round(&desk).await.opened.len(), 1);
}

#[tokio::test]
async fn one_failing_network_holds_back_no_other_and_is_told() {
    let town = town();
    let branch = town.person("branch");
    town.world.lock_out("branch", true);
    let desk = town
        .builder()
        .account("branch", Arc::new(branch))
        .build()
        .unwrap();
    say(&town.alice, "@shop hello?").await;
    say(&town.bob, "@branch hello?").await;
    let step = desk.step().await.unwrap();
    assert_eq!(step.opened.len(), 1);
    assert_eq!(step.troubles.len(), 1);
    assert_eq!(step.troubles[0].account.as_deref(), Some("branch"));
    assert_eq!(step.troubles[0].error.kind(), &ErrorKind::Unauthorized);
    town.world.lock_out("branch", false);
    assert_eq!(round(&desk).await.opened.len(), 1, "nothing was lost");
}

#[tokio::test]
async fn what_was_lost_on_the_network_is_told_and_paged_for() {
    let town = town();
    let desk = town.desk();
    round(&desk).await;
    town.world.set_event_capacity(2);
    for n in 0..6 {
        let who = town.person(&format!("guest{n}"));
        say(&who, "@shop hello?").await;
        town.clock.advance(MINUTE);
    }
    let step = desk.step().await.unwrap();
    assert_eq!(step.troubles.len(), 1, "{:?}", step.troubles);
    assert!(step.troubles[0].error.message().contains("may be lost"));
    assert_eq!(all(&desk).await.len(), 6);
}

#[tokio::test]
async fn a_run_goes_on_by_its_clock_and_ends_with_its_stream() {
    let town = town();
    let desk = town.desk();
    let begun = town.now();
    let alice = town.world.network("alice").unwrap();
    let found = async {
        let mut run = Box::pin(desk.run());
        let mut opened = 0;
        for n in 0..5 {
            if n == 2 {
                say(&alice, "@shop hello?").await;
            }
            opened += run.next().await.unwrap().unwrap().opened.len();
        }
        opened
    };
    assert_eq!(town.clock.drive(found).await, 1);
    assert_eq!(town.now(), begun + 4 * MINUTE);
    assert_eq!(town.clock.next_deadline(), None, "nothing runs on");
}

#[tokio::test]
async fn a_network_that_asks_for_a_pause_is_not_asked_before() {
    let town = town();
    let slow = otherwise(&town, "shop", |profile| profile.poll_seconds(600));
    let desk = Desk::builder(Arc::clone(&town.store))
        .account("shop", slow)
        .classifier(Arc::<Words>::default())
        .build()
        .unwrap();
    assert_eq!(round(&desk).await.next, town.now() + 10 * MINUTE);
}

#[tokio::test]
async fn a_text_that_the_classifier_cannot_judge_is_kept_and_judged_later() {
    let town = town();
    town.words
        .broken
        .store(true, std::sync::atomic::Ordering::Relaxed);
    say(&town.alice, "@shop it is awful").await;
    let desk = town.desk();
    let step = desk.step().await.unwrap();
    assert_eq!(step.opened.len(), 1);
    assert_eq!(step.troubles.len(), 1);
    assert!(only(&desk).await.assessment().is_none());
    town.words
        .broken
        .store(false, std::sync::atomic::Ordering::Relaxed);
    town.clock.advance(2 * MINUTE);
    round(&desk).await;
    assert!(only(&desk).await.is_complaint());
}

#[tokio::test]
async fn a_broken_answer_of_a_network_loses_nothing() {
    let town = town();
    let desk = town.desk();
    say(&town.alice, "@shop hello?").await;
    town.world
        .disturb_call(&Operation::EVENTS, Disturbance::Garbage("{".into()));
    let step = town.clock.drive(desk.step()).await.unwrap();
    let later = round(&desk).await;
    assert_eq!(step.opened.len() + later.opened.len(), 1);
}

#[tokio::test]
async fn a_new_comment_behind_a_page_of_old_ones_is_found() {
    let town = town();
    let post = say(&town.shop, "New leaves!").await;
    for n in 0..60 {
        reply(&town.bob, &post, &format!("old {n}")).await;
    }
    town.clock.advance(2 * HOUR);
    let desk = paging(&town);
    round(&desk).await;
    town.clock.advance(2 * HOUR);
    reply(&town.alice, &post, "mine came broken").await;
    assert_eq!(round(&desk).await.opened.len(), 1);
}
