//! What the stories have in common: the contract, what was checked of it, and what the fake knows beside it.

use std::sync::{Arc, OnceLock};

use sociable::adapters::vk::fake::Fake;

use crate::contract;
use crate::contract::vk::{Contract, Tally};
use crate::vk_watch::Watched;

/// The contract, read once; says so and answers nothing where this machine has none.
pub(crate) fn vk() -> Option<&'static Contract> {
    static READ: OnceLock<Option<Contract>> = OnceLock::new();
    READ.get_or_init(|| contract::vk("the fake's answers against VK's contract").unwrap())
        .as_ref()
}

/// What all stories of this program had checked.
pub(crate) fn tally() -> &'static Arc<Tally> {
    static TALLY: OnceLock<Arc<Tally>> = OnceLock::new();
    TALLY.get_or_init(Arc::default)
}

pub(crate) fn strict(fake: &Fake) -> Watched {
    Watched::new(fake.clone(), vk().cloned(), Arc::clone(tally()))
}

/// For a fake that is sent what VK passes over.
pub(crate) fn answers(fake: &Fake) -> Watched {
    strict(fake).answers_alone()
}

/// For a fake that is made to go wrong.
pub(crate) fn off(fake: &Fake) -> Watched {
    Watched::new(fake.clone(), None, Arc::clone(tally()))
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
