//! A network whose answers a test writes down beforehand.

// Each integration test is a crate of its own and uses only a part of this module.
#![allow(dead_code)]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sociable::client::{Clock, SetClock};
use sociable::jiff::Timestamp;
use sociable::*;

/// What a publication comes to.
#[derive(Clone, Debug)]
pub(crate) enum Comes {
    /// It is published.
    Published,
    /// It fails so, and is not published.
    Fails(Error),
    /// It is published, and the answer is lost.
    Lost,
    /// It is not published, and the answer is lost.
    LostBefore,
    /// It is published after so long.
    Late(Duration),
}

/// A network with a script.
#[derive(Debug)]
pub(crate) struct Scripted {
    pub(crate) profile: Arc<Profile>,
    pub(crate) clock: SetClock,
    pub(crate) script: Mutex<VecDeque<Comes>>,
    /// What was committed, in order.
    pub(crate) published: Mutex<Vec<Draft>>,
    pub(crate) reconciles: Mutex<VecDeque<Result<Reconciled>>>,
    pub(crate) events: Mutex<VecDeque<Result<Events>>>,
    pub(crate) asked: Mutex<Vec<(Timestamp, EventQuery)>>,
}

impl Scripted {
    pub(crate) fn new(name: &str) -> Self {
        let offers = [
            Operation::PUBLISH,
            Operation::PUBLISH_REPLY,
            Operation::PUBLISH_KEY,
            Operation::RECONCILE,
            Operation::EVENTS,
        ];
        Self {
            profile: Arc::new(Profile::new(name).offers(offers)),
            clock: SetClock::at("2026-03-14T09:00:00Z".parse().unwrap()),
            script: Mutex::default(),
            published: Mutex::default(),
            reconciles: Mutex::default(),
            events: Mutex::default(),
            asked: Mutex::default(),
        }
    }

    pub(crate) fn with_profile(mut self, change: impl FnOnce(Profile) -> Profile) -> Self {
        self.profile = Arc::new(change((*self.profile).clone()));
        self
    }

    pub(crate) fn on(mut self, clock: &SetClock) -> Self {
        self.clock = clock.clone();
        self
    }

    pub(crate) fn then(self, comes: Comes) -> Self {
        self.script.lock().unwrap().push_back(comes);
        self
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        let published = self.published.lock().unwrap();
        published
            .iter()
            .map(|d| d.text.as_str().to_owned())
            .collect()
    }

    fn post(&self, number: usize, draft: &Draft) -> Post {
        let mut post =
            Post::new(format!("{}-{number}", self.profile.network)).text(draft.text.clone());
        post.reply_to = draft.reply_to.as_ref().map(|r| r.id.clone());
        post
    }
}

#[async_trait]
impl SocialNetwork for Scripted {
    fn profile(&self) -> Arc<Profile> {
        Arc::clone(&self.profile)
    }
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock.clone())
    }
    async fn prepare(&self, draft: &Checked<Draft>) -> Result<Prepared> {
        let draft: &Draft = draft;
        let key = draft.key.clone().unwrap_or_else(|| "none".into());
        let payload = serde_json::to_value(draft).unwrap();
        Ok(Prepared::new(&self.profile.network, key, payload))
    }
    async fn commit(&self, prepared: &Prepared) -> Result<Post> {
        let draft: Draft = serde_json::from_value(prepared.payload.clone()).unwrap();
        let next = self.script.lock().unwrap().pop_front();
        let lost = || {
            let error = Error::new(ErrorKind::Unconfirmed, "look before you repeat it");
            Err(error.with_network(&self.profile.network))
        };
        match next.unwrap_or(Comes::Published) {
            Comes::Fails(error) => return Err(error),
            Comes::LostBefore => return lost(),
            Comes::Lost => {
                self.published.lock().unwrap().push(draft);
                return lost();
            }
            Comes::Late(by) => {
                let until = self.clock.now().checked_add(by).unwrap();
                self.clock.sleep_until(until).await;
            }
            Comes::Published => {}
        }
        let mut published = self.published.lock().unwrap();
        published.push(draft.clone());
        Ok(self.post(published.len(), &draft))
    }
    async fn reconcile(&self, prepared: &Prepared) -> Result<Reconciled> {
        if let Some(scripted) = self.reconciles.lock().unwrap().pop_front() {
            return scripted;
        }
        let draft: Draft = serde_json::from_value(prepared.payload.clone()).unwrap();
        let published = self.published.lock().unwrap();
        Ok(match published.iter().position(|d| *d == draft) {
            Some(i) => Reconciled::Published(Box::new(self.post(i + 1, &draft))),
            None => Reconciled::NotPublished,
        })
    }
    async fn events(&self, query: &EventQuery) -> Result<Events> {
        let mut asked = self.asked.lock().unwrap();
        asked.push((self.clock.now(), query.clone()));
        let next = self.events.lock().unwrap().pop_front();
        next.unwrap_or_else(|| {
            let cursor = match &query.since {
                Since::Cursor(cursor) => cursor.clone(),
                _ => EventCursor::new("start"),
            };
            Ok(Events::new(Vec::new(), cursor))
        })
    }
}
