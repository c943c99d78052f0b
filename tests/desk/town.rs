//! A town with a shop, its desk, and people who write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sociable::adapters::memory::{Memory, World};
use sociable::client::{Clock, SetClock};
use sociable::desk::triage::{
    Aspect, Assessment, Classifier, Input, Intent, Language, Polarity, Reason, Severity, Topic,
    TopicScore,
};

use sociable::desk::{Case, CaseId, Desk, DeskBuilder, QueueQuery, Step};
use sociable::store::{KeyValue, MemoryStore};
use sociable::{Draft, Error, ErrorKind, MessageDraft, Post, Recipient, Result, SocialNetwork};

pub(crate) const START: &str = "2026-11-20T10:00:00Z";
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// Judges by a few words, so that the tests do not hang on a lexicon's weights.
#[derive(Debug, Default)]
pub(crate) struct Words {
    pub(crate) broken: AtomicBool,
}

#[sociable::async_trait]
impl Classifier for Words {
    async fn classify(&self, input: &Input<'_>) -> Result<Assessment> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "the model does not answer",
            ));
        }
        let text = input.text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let word = |word: &str| {
            let at = text.find(word).unwrap_or_default();
            at..at + word.len()
        };
        Ok(if has(&["broken", "late", "awful"]) {
            let severity = if has(&["poison"]) { 0.9 } else { 0.5 };
            let judged = Assessment::new(Intent::Complaint)
                .polarity(Polarity::Negative)
                .severity(Severity::new(severity))
                .needs_answer(true)
                .language(Language::English);
            let found = ["broken", "late", "awful"]
                .into_iter()
                .find(|one| has(&[one]))
                .unwrap();
            let judged = judged.reasons(Reason::new(
                format!("test.{found}"),
                Aspect::Complaint,
                1.0,
                word(found),
            ));
            if has(&["broken"]) {
                judged.topics(TopicScore::new(Topic::Damage, 1.0))
            } else {
                judged
            }
        } else if has(&["?"]) {
            Assessment::new(Intent::Question).needs_answer(true)
        } else if has(&["thanks", "lovely", "solved"]) {
            Assessment::new(Intent::Praise).polarity(Polarity::Positive)
        } else if has(&["casino"]) {
            Assessment::new(Intent::Spam)
        } else {
            Assessment::new(Intent::Remark)
        })
    }
}

pub(crate) struct Town {
    pub(crate) clock: SetClock,
    pub(crate) world: World,
    pub(crate) shop: Memory,
    pub(crate) alice: Memory,
    pub(crate) bob: Memory,
    pub(crate) store: Arc<dyn KeyValue>,
    pub(crate) words: Arc<Words>,
}

pub(crate) fn town() -> Town {
    let clock = SetClock::at(START.parse().unwrap());
    let world = World::with_clock(Arc::new(clock.clone()));
    for handle in ["shop", "alice", "bob"] {
        world.add_account(handle);
    }
    let as_ = |handle: &str| world.network(handle).unwrap();
    Town {
        shop: as_("shop"),
        alice: as_("alice"),
        bob: as_("bob"),
        clock,
        world,
        store: Arc::new(MemoryStore::new()),
        words: Arc::default(),
    }
}

impl Town {
    /// Settings of a desk for the shop.
    pub(crate) fn builder(&self) -> DeskBuilder {
        let shop = self.world.network("shop").unwrap();
        Desk::builder(Arc::clone(&self.store))
            .account("shop", Arc::new(shop))
            .classifier(Arc::clone(&self.words) as Arc<dyn Classifier>)
    }

    pub(crate) fn desk(&self) -> Desk {
        self.builder().build().unwrap()
    }

    pub(crate) fn now(&self) -> sociable::jiff::Timestamp {
        self.clock.now()
    }

    pub(crate) fn person(&self, handle: &str) -> Memory {
        self.world.add_account(handle);
        self.world.network(handle).unwrap()
    }
}

pub(crate) async fn say(who: &Memory, text: &str) -> Post {
    who.publish(&Draft::text(text)).await.unwrap()
}

pub(crate) async fn reply(who: &Memory, to: &Post, text: &str) -> Post {
    who.publish(&Draft::text(text).reply_to(to)).await.unwrap()
}

pub(crate) async fn tell(who: &Memory, whom: &str, text: &str) -> sociable::Message {
    let to = Recipient::Account(sociable::AccountRef::handle(whom));
    who.send(&to, &MessageDraft::text(text)).await.unwrap()
}

/// A round in which nothing may go wrong.
pub(crate) async fn round(desk: &Desk) -> Step {
    let step = desk.step().await.unwrap();
    assert!(step.troubles.is_empty(), "{:?}", step.troubles);
    step
}

/// All cases, whatever their state, in the order in which they were opened.
pub(crate) async fn all(desk: &Desk) -> Vec<Case> {
    let cases = desk.cases().await.unwrap();
    let mut cases: Vec<Case> = cases.into_iter().map(|(case, _)| case).collect();
    cases.sort_by(|a, b| (a.opened_at, &a.id).cmp(&(b.opened_at, &b.id)));
    cases
}

/// The only case that there is.
pub(crate) async fn only(desk: &Desk) -> Case {
    let mut cases = all(desk).await;
    assert_eq!(cases.len(), 1, "{cases:#?}");
    cases.remove(0)
}

pub(crate) async fn queue(desk: &Desk) -> Vec<CaseId> {
    let queue = desk.queue(&QueueQuery::new()).await.unwrap();
    queue.into_iter().map(|entry| entry.id).collect()
}

pub(crate) fn texts(case: &Case) -> Vec<&str> {
    case.mentions.iter().map(|mention| mention.text()).collect()
}
