//! What the stories have in common: the contract, what was checked of it, and what the fake knows beside it.

use std::sync::{Arc, OnceLock};

use sociable::adapters::x::fake::Fake;

use crate::contract;
use crate::contract::openapi::Contract;
use crate::contract::tally::Tally;
use crate::contract::x::scheme;
use crate::x_watch::Watched;

/// The contract, read once; says so and answers nothing where this machine has none.
pub(crate) fn x() -> Option<&'static Contract> {
    static READ: OnceLock<Option<Contract>> = OnceLock::new();
    READ.get_or_init(|| contract::x("the fake's answers against X's contract").unwrap())
        .as_ref()
}

/// What all stories of this program had checked.
pub(crate) fn tally() -> &'static Arc<Tally> {
    static TALLY: OnceLock<Arc<Tally>> = OnceLock::new();
    TALLY.get_or_init(Arc::default)
}

pub(crate) fn strict(fake: &Fake) -> Watched {
    Watched::new(fake.clone(), x().cloned(), Arc::clone(tally()))
}

/// For a fake that is made to go wrong.
pub(crate) fn off(fake: &Fake) -> Watched {
    Watched::new(fake.clone(), None, Arc::clone(tally()))
}

#[test]
fn what_the_fake_knows_is_what_the_contract_says() {
    let Some(contract) = x() else {
        return;
    };
    let mut wrong = Vec::new();
    for operation in Fake::operations()
        .iter()
        .filter(|name| name.contains(" /2/"))
    {
        let schemes = contract.schemes(operation);
        if schemes.is_empty() {
            wrong.push(format!("{operation} is no operation of the contract"));
            continue;
        }
        let mut known = Fake::params(operation);
        known.retain(|(name, _)| *name != "tweet.fields");
        let mut listed = contract.params(operation);
        listed.retain(|(name, _)| name != "tweet.fields");
        let streams = operation.ends_with("/stream");
        if streams {
            known.retain(|(name, _)| *name != "post.fields");
        }
        known.sort_unstable();
        listed.sort_unstable();
        let same = known.len() == listed.len()
            && known
                .iter()
                .zip(&listed)
                .all(|(a, b)| (a.0, a.1) == (b.0.as_str(), b.1));
        if !same {
            wrong.push(format!(
                "{operation}: the fake reads {known:?}, the contract {listed:?}"
            ));
        }
        let (kinds, mut scopes) = Fake::access(operation);
        let mut kinds: Vec<&str> = kinds.into_iter().filter_map(scheme).collect();
        let mut taken: Vec<&str> = schemes.iter().map(|(name, _)| name.as_str()).collect();
        kinds.sort_unstable();
        taken.sort_unstable();
        if kinds != taken {
            wrong.push(format!(
                "{operation}: the fake takes {kinds:?}, the contract {taken:?}"
            ));
        }
        let wanted = schemes.iter().find(|(name, _)| name == "OAuth2UserToken");
        let mut wanted: Vec<&str> = wanted
            .iter()
            .flat_map(|(_, scopes)| scopes.iter().map(String::as_str))
            .collect();
        wanted.sort_unstable();
        scopes.sort_unstable();
        if scopes != wanted && kinds.contains(&"OAuth2UserToken") {
            wrong.push(format!(
                "{operation}: the fake needs {scopes:?}, the contract {wanted:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_operation_of_the_fake_is_asked_by_a_story() {
    if x().is_none() {
        return;
    }
    crate::switches::tell_all();
    let operations = Fake::operations();
    let listed = operations.iter().filter(|name| name.contains(" /2/"));
    let unasked = tally().unasked(listed.map(String::as_str));
    println!("{}", tally());
    assert!(unasked.is_empty(), "{unasked:?}");
}
