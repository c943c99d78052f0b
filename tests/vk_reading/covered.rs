//! Each method that the adapter calls is held to the contract in both directions: what it asks, and what it reads.

use std::collections::BTreeSet;

use crate::contract::vk::Tally;
use crate::net::{Net, vk};
use crate::{asked, made, sources};

/// How often everything is answered.
const ROUNDS: usize = 40;

/// What of these methods was not asked, or not read, in words.
fn uncovered<'m>(tally: &Tally, methods: impl IntoIterator<Item = &'m str>) -> Vec<String> {
    let methods: Vec<&str> = methods.into_iter().collect();
    let unasked = tally.unasked(methods.iter().copied());
    let mut wrong: Vec<String> = unasked
        .iter()
        .map(|method| format!("{method}: no request of it was validated"))
        .collect();
    let unread = tally.unread(methods);
    wrong.extend(
        unread
            .iter()
            .map(|method| format!("{method}: no generated answer of it was read")),
    );
    wrong
}

#[tokio::test]
async fn each_method_that_the_adapter_calls_is_validated_and_its_answers_are_read() {
    let Some(contract) = vk() else { return };
    let methods: BTreeSet<&str> = contract.methods().collect();
    let named = sources::named(|name| methods.contains(name));
    let net = Net::new();
    asked::everything(&net).await;
    let tally = net.tally();
    let freedoms = made::read(contract, ROUNDS, 11, tally).await;

    println!("method requests answers");
    // Happenings are counted beside the methods.
    let rows = tally.rows().into_iter();
    for (method, requests, answers) in rows.filter(|(name, ..)| !name.contains(' ')) {
        println!("{method} {requests} {answers}");
    }
    let native = &named.native;
    println!("by native calls of the caller alone: {native:?}");
    println!("their answers used: {freedoms:?}");

    // What went over the wire and stands in no source is built from parts, or called by the caller.
    let seen = asked::seen(&net);
    let own = seen.iter().map(String::as_str);
    let own = own.filter(|name| !asked::NATIVE.contains(name));
    let all: BTreeSet<&str> = own.chain(named.called.iter().map(String::as_str)).collect();
    let wrong = uncovered(tally, all);
    assert!(wrong.is_empty(), "{wrong:#?}");
    let used = [freedoms.nulls, freedoms.missing, freedoms.unknown];
    assert!(used.iter().all(|times| *times > 1000), "{freedoms:?}");
}

#[test]
fn a_method_that_one_side_does_not_cover_is_named() {
    let tally = Tally::default();
    for method in ["wall.get", "wall.pin"] {
        tally.request(method);
    }
    for method in ["wall.get", "wall.new"] {
        tally.generated(method, 3);
    }
    assert_eq!(
        uncovered(&tally, ["wall.get", "wall.pin", "wall.new", "wall.newer"]),
        [
            "wall.new: no request of it was validated",
            "wall.newer: no request of it was validated",
            "wall.pin: no generated answer of it was read",
            "wall.newer: no generated answer of it was read",
        ]
    );
}
