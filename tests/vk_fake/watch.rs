//! Holds every exchange to the contract while it happens.

use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock};

use bytes::Bytes;
use serde_json::Value;
use sociable::adapters::vk::fake::{Fake, InnerCall};

use crate::contract;
use crate::contract::vk::{Contract, Tally};
use crate::net::Seen;

/// The contract, read once; says so and answers nothing where this machine has none.
pub(crate) fn vk() -> Option<&'static Contract> {
    static READ: OnceLock<Option<Contract>> = OnceLock::new();
    READ.get_or_init(|| contract::vk("the fake's answers against VK's contract").unwrap())
        .as_ref()
}

/// What all stories of this program had checked.
pub(crate) fn tally() -> &'static Tally {
    static TALLY: OnceLock<Tally> = OnceLock::new();
    TALLY.get_or_init(Tally::default)
}

/// Gathers what is wrong with the exchanges of one network, and fails when the network is dropped.
pub(crate) struct Watch {
    contract: Option<&'static Contract>,
    /// Whether what was taken in is held to the contract too.
    requests: bool,
    wrong: Mutex<BTreeSet<String>>,
}

impl Watch {
    pub(crate) fn strict() -> Self {
        Self::with(vk())
    }

    /// For a fake that is made to go wrong.
    pub(crate) fn off() -> Self {
        Self::with(None)
    }

    /// For a fake that is sent what VK passes over.
    pub(crate) fn answers() -> Self {
        let mut watch = Self::strict();
        watch.requests = false;
        watch
    }

    fn with(contract: Option<&'static Contract>) -> Self {
        Self {
            contract,
            requests: true,
            wrong: Mutex::default(),
        }
    }

    pub(crate) fn see(&self, request: &http::Request<Bytes>, seen: &Seen) {
        let Some(contract) = self.contract else {
            return;
        };
        let path = request.uri().path();
        let Some(method) = path.strip_prefix("/method/") else {
            if path.starts_with("/whp/") {
                self.events(contract, &seen.json);
            }
            return;
        };
        let params = params(request);
        if self.requests {
            let token = token(request);
            self.tell(contract.check_exchange(tally(), method, &params, token, &seen.json));
            return;
        }
        let known = if seen.code() == 0 { method } else { "wall.get" };
        self.tell(contract.check_response(known, &params, &seen.json));
    }

    /// Holds what scripts called to the contract as well.
    pub(crate) fn inner(&self, calls: &[InnerCall]) {
        for call in calls {
            let Some(contract) = self.contract.filter(|_| self.requests) else {
                return;
            };
            self.tell(contract.check_exchange(
                tally(),
                &call.name,
                &call.params,
                None,
                &call.answer,
            ));
        }
    }

    fn events(&self, contract: &Contract, answer: &Value) {
        for event in answer["updates"].as_array().into_iter().flatten() {
            self.event(contract, event);
        }
    }

    pub(crate) fn event(&self, contract: &Contract, event: &Value) {
        let kind = event["type"].as_str().unwrap_or_default();
        tally().answer(&format!("event {kind}"));
        let told = contract.check_event(event).map_err(|faults| {
            faults
                .into_iter()
                .map(|fault| format!("{kind}: {fault}"))
                .collect()
        });
        self.tell(told);
    }

    fn tell(&self, told: Result<(), Vec<String>>) {
        if let Err(faults) = told {
            self.wrong.lock().unwrap().extend(faults);
        }
    }
}

fn params(request: &http::Request<Bytes>) -> Vec<(String, String)> {
    let query = request.uri().query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .chain(url::form_urlencoded::parse(request.body()))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// The kind of the token of a request, where it is one of the standard ones.
fn token(request: &http::Request<Bytes>) -> Option<&'static str> {
    let value = request.headers().get("authorization")?.to_str().ok()?;
    match value.strip_prefix("Bearer ")? {
        Fake::USER_TOKEN | Fake::BOB_TOKEN => Some("user"),
        Fake::GROUP_TOKEN => Some("group"),
        Fake::SERVICE_TOKEN => Some("service"),
        _ => None,
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // What failed already is told first.
        if !std::thread::panicking() {
            let wrong = self.wrong.lock().unwrap();
            assert!(wrong.is_empty(), "against the contract: {wrong:#?}");
        }
    }
}

#[test]
fn what_the_fake_knows_is_what_the_contract_says() {
    let Some(contract) = vk() else {
        return;
    };
    let mut wrong = Vec::new();
    for method in Fake::methods() {
        let mut known = Fake::params(method);
        let mut listed = contract.params(method);
        known.sort();
        listed.sort();
        if known != listed {
            wrong.push(format!(
                "{method}: the fake has {known:?}, the contract {listed:?}"
            ));
        }
        let mut kinds = Fake::token_kinds(method);
        let mut taken = contract.tokens(method);
        kinds.sort_unstable();
        taken.sort_unstable();
        if kinds != taken {
            wrong.push(format!(
                "{method}: the fake takes {kinds:?}, the contract {taken:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_method_of_the_fake_is_asked_by_a_story() {
    if vk().is_none() {
        return;
    }
    crate::switches::tell_all();
    let unasked = tally().unasked(Fake::methods());
    println!("{}", tally());
    assert!(unasked.is_empty(), "{unasked:?}");
}
