//! X's fake with a watch on it: every exchange is held to the contract, and counted.
//!
//! A test that takes this in has `mod contract;` at its root.

// Each integration test is a crate of its own and uses only a part of this module.
#![allow(dead_code)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::Value;
use sociable::adapters::x::fake::{Fake, SeenRequest};
use sociable::client::Service;
use sociable::jiff::Timestamp;

use crate::contract::openapi::{Asked, Contract};
use crate::contract::tally::Tally;
use crate::contract::x::{check_event, scheme};

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
        }
    }

    /// Holds the answers alone to the contract: for tests that send what X passes over.
    pub(crate) fn answers_alone(mut self) -> Self {
        self.requests = false;
        self
    }

    /// What was wrong, each with the operation.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.iter().cloned().collect()
    }

    fn tell(&self, faults: impl IntoIterator<Item = String>) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.extend(faults);
    }

    fn see(&self, contract: &Contract, seen: &SeenRequest, body: &Bytes, answer: &Bytes) {
        if seen.operation.is_none() {
            return;
        }
        let status = seen.status.as_u16();
        if seen.path.starts_with("/12/") {
            if status == 200
                && let Ok(Some(ads)) = crate::contract::x_ads()
            {
                let told = ads.check(seen.method.as_str(), &seen.path, &seen.query);
                self.tell(told.err().into_iter().flatten());
            }
            return;
        }
        if seen.name().ends_with("/stream") && status == 200 {
            self.lines(contract, seen);
            return;
        }
        // Pages of a fault, and what the edge says, are no answers of X.
        let Ok(answer) = serde_json::from_slice::<Value>(answer) else {
            return;
        };
        let kind = seen.headers.get("content-type");
        let asked = Asked {
            method: seen.method.as_str(),
            path: &seen.path,
            query: &seen.query,
            content_type: kind.and_then(|kind| kind.to_str().ok()),
            body,
            scheme: seen.token.and_then(scheme),
        };
        let told = if self.requests {
            contract.check_exchange(&self.tally, &asked, status, &answer)
        } else {
            contract.check_answer(seen.name(), status, &answer)
        };
        self.tell(told.err().into_iter().flatten());
    }

    /// Holds what is delivered to the contract.
    pub(crate) fn event(&self, event: &Value) {
        let Some(contract) = &self.contract else {
            return;
        };
        let kind = event["data"]["event_type"].as_str().unwrap_or_default();
        self.tally.answer(&format!("event {kind}"));
        self.tell(check_event(contract, event).err().into_iter().flatten());
    }

    /// Holds each line of a stream to the contract.
    fn lines(&self, contract: &Contract, seen: &SeenRequest) {
        let name = seen.name();
        self.tally.request(name);
        for line in seen.answer.split(|byte| *byte == b'\n') {
            if let Ok(line) = serde_json::from_slice::<Value>(line)
                && line.get("data").is_some()
            {
                if name.contains("/activity/") {
                    self.event(&line);
                    continue;
                }
                self.tally.answer(name);
                let told = contract.check_answer(name, 200, &line).err();
                let told = told.into_iter().flatten();
                self.tell(told.map(|fault| format!("{name}: {fault}")));
            }
        }
    }
}

impl Service for Watched {
    fn answer(&self, request: &http::Request<Bytes>, now: Timestamp) -> http::Response<Bytes> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = self.fake.answer(request, now);
        if let (Some(contract), Some(seen)) = (&self.contract, self.fake.last_seen()) {
            self.see(contract, &seen, request.body(), answer.body());
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
