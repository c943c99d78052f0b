//! VK's fake with a watch on it: every exchange is held to the contract, and counted.
//!
//! A test that takes this in has `mod contract;` at its root.

// Each integration test is a crate of its own and uses only a part of this module.
#![allow(dead_code)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::Value;
use sociable::adapters::vk::fake::{Fake, SeenRequest};
use sociable::client::Service;
use sociable::jiff::Timestamp;

use crate::contract::vk::{Contract, Tally};

/// A service that passes everything on to a fake, and gathers what is wrong with the exchanges.
pub(crate) struct Watched {
    fake: Fake,
    contract: Option<Contract>,
    /// Whether what was taken in is held to the contract too.
    requests: bool,
    tally: Arc<Tally>,
    wrong: Mutex<BTreeSet<String>>,
    /// The log is read after each request: they go one by one.
    turn: Mutex<()>,
    /// How many requests are taken yet.
    left: AtomicUsize,
}

impl Watched {
    /// Without a contract nothing is checked.
    pub(crate) fn new(fake: Fake, contract: Option<Contract>, tally: Arc<Tally>) -> Self {
        Self {
            fake,
            contract,
            requests: true,
            tally,
            wrong: Mutex::default(),
            turn: Mutex::default(),
            left: AtomicUsize::new(usize::MAX),
        }
    }

    /// Holds the answers alone to the contract: for tests that send what VK passes over.
    pub(crate) fn answers_alone(mut self) -> Self {
        self.requests = false;
        self
    }

    /// Panics after so many requests more: for callers whom a broken rule may keep asking for ever.
    pub(crate) fn ends_after(&self, requests: usize) {
        self.left.store(requests, Ordering::Relaxed);
    }

    /// What was wrong, each with the method.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.iter().cloned().collect()
    }

    /// What was wrong so far, on purpose: it is forgotten.
    pub(crate) fn forgive(&self) -> Vec<String> {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *wrong).into_iter().collect()
    }

    /// Holds an event to the contract.
    pub(crate) fn event(&self, event: &Value) {
        let Some(contract) = &self.contract else {
            return;
        };
        let kind = event["type"].as_str().unwrap_or_default();
        self.tally.answer(&format!("event {kind}"));
        let faults = contract.check_event(event).err().unwrap_or_default();
        self.tell(faults.into_iter().map(|fault| format!("{kind}: {fault}")));
    }

    fn tell(&self, faults: impl IntoIterator<Item = String>) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.extend(faults);
    }

    fn see(&self, contract: &Contract, seen: &SeenRequest, token: Option<&str>) {
        // Pages of a fault are no answers of VK.
        let Ok(answer) = serde_json::from_slice::<Value>(&seen.answer) else {
            return;
        };
        if seen.path.starts_with("/whp/") {
            for event in answer["updates"].as_array().into_iter().flatten() {
                self.event(event);
            }
        }
        if seen.name().is_empty() {
            return;
        }
        self.call(contract, seen.name(), &seen.params, token, &answer);
        for call in &seen.inner {
            self.call(contract, &call.name, &call.params, token, &call.answer);
        }
    }

    fn call(
        &self,
        contract: &Contract,
        method: &str,
        params: &[(String, String)],
        token: Option<&str>,
        answer: &Value,
    ) {
        let told = if self.requests {
            contract.check_exchange(&self.tally, method, params, token, answer)
        } else {
            let failed = answer.get("error").is_some();
            contract.check_response(if failed { "wall.get" } else { method }, params, answer)
        };
        self.tell(told.err().into_iter().flatten());
    }

    /// The kind of the token that a request bears.
    fn token(&self, request: &http::Request<Bytes>) -> Option<&'static str> {
        let bearer = request.headers().get("authorization")?.to_str().ok()?;
        self.fake.token_kind(bearer.strip_prefix("Bearer ")?)
    }
}

impl Service for Watched {
    fn answer(&self, request: &http::Request<Bytes>, now: Timestamp) -> http::Response<Bytes> {
        let one_less = |left: usize| left.checked_sub(1);
        let left = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
        assert!(left.is_ok(), "it asks again and again");
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = self.fake.answer(request, now);
        if let (Some(contract), Some(seen)) = (&self.contract, self.fake.last_seen()) {
            self.see(contract, &seen, self.token(request));
        }
        answer
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // What failed already is told first.
        if !std::thread::panicking() {
            let wrong = self.wrong();
            assert!(wrong.is_empty(), "against the contract: {wrong:#?}");
        }
    }
}
