//! A community on VK, its desk, and people who write.

use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::vk::fake::Fake;
use sociable::adapters::vk::{TokenKind, Vk};
use sociable::desk::triage::{Assessment, Classifier, Input, Intent, Polarity};
use sociable::desk::{Case, Desk, Step};
use sociable::serde_json::{Value, json};
use sociable::store::{KeyValue, MemoryStore};
use sociable::{Post, PostId, Result, SocialNetwork};

use crate::net::Net;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// Whoever writes that something came broken complains, and whatever else is written is a question.
#[derive(Debug)]
struct Words;

#[sociable::async_trait]
impl Classifier for Words {
    async fn classify(&self, input: &Input<'_>) -> Result<Assessment> {
        Ok(if input.text.contains("broken") {
            Assessment::new(Intent::Complaint)
                .polarity(Polarity::Negative)
                .needs_answer(true)
        } else {
            Assessment::new(Intent::Question).needs_answer(true)
        })
    }
}

pub(crate) struct Office {
    pub(crate) net: Net,
    pub(crate) desk: Desk,
    pub(crate) vk: Vk,
}

/// A community with all tokens, whose desk has looked once.
pub(crate) async fn office() -> Office {
    let net = Net::new();
    let vk = net.community();
    let desk = Desk::builder(Arc::new(MemoryStore::new()) as Arc<dyn KeyValue>)
        .account("shop", Arc::new(net.community()))
        .classifier(Arc::new(Words))
        .build()
        .unwrap();
    let office = Office { net, desk, vk };
    office.round().await;
    office
}

impl Office {
    /// A round a minute later, in which nothing may go wrong.
    pub(crate) async fn round(&self) -> Step {
        let step = self.step().await;
        assert!(step.troubles.is_empty(), "{:?}", step.troubles);
        step
    }

    pub(crate) async fn step(&self) -> Step {
        self.net.clock.advance(MINUTE);
        // What fails is asked for again after pauses.
        self.net.clock.drive(self.desk.step()).await.unwrap()
    }

    /// All cases, in the order in which they were opened.
    pub(crate) async fn all(&self) -> Vec<Case> {
        let cases = self.desk.cases().await.unwrap();
        let mut cases: Vec<Case> = cases.into_iter().map(|(case, _)| case).collect();
        cases.sort_by(|a, b| (a.opened_at, &a.id).cmp(&(b.opened_at, &b.id)));
        cases
    }

    /// The only case that there is.
    pub(crate) async fn only(&self) -> Case {
        let mut cases = self.all().await;
        assert_eq!(cases.len(), 1, "{cases:#?}");
        cases.remove(0)
    }

    /// A person writes to the community.
    pub(crate) fn message(&self, from: i64, text: &str) {
        let now = self.net.now();
        self.net.fake.message_as(from, Fake::GROUP, text, now);
    }

    /// The community writes to a person, as whoever has a token of this kind: a colleague, or a program.
    pub(crate) async fn write_as(&self, kind: TokenKind, to: i64, text: &str) {
        let letter = json!({
            "group_id": Fake::GROUP,
            "peer_ids": to,
            "random_id": 7 + text.len(),
            "message": text,
        });
        let told: Result<Value> = self.vk.call_as(kind, "messages.send", &letter).await;
        told.unwrap();
    }

    pub(crate) async fn post(&self, id: &PostId) -> Post {
        self.vk.post(id).await.unwrap()
    }
}
