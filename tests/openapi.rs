//! The check against OpenAPI documents reads those of several networks, in 3.0 and in 3.1.

// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod contract;

use contract::dice::Freedom;
use contract::openapi::{Contract, Exceptions, Generator};

/// What generated answers of a document are told to be.
fn tried(name: &str) -> Option<(usize, Vec<String>)> {
    let Some(folder) = contract::specs().unwrap() else {
        println!("passed over: {name} (SOCIABLE_SPECS names no folder of contracts)");
        return None;
    };
    let contract = Contract::load(&folder.join(name), Exceptions::NONE).unwrap();
    let mut generator = Generator::new(&contract, 3, Freedom::Named);
    let operations: Vec<String> = contract.operations().map(str::to_owned).collect();
    let mut wrong = Vec::new();
    for operation in &operations {
        for status in contract.statuses(operation) {
            // Some statuses come without a body.
            let Ok(answer) = generator.answer(operation, status) else {
                continue;
            };
            let told = contract.check_answer(operation, status, &answer).err();
            wrong.extend(
                told.into_iter()
                    .flatten()
                    .map(|fault| format!("{operation} {status}: {fault}")),
            );
        }
    }
    Some((operations.len(), wrong))
}

#[test]
fn documents_of_other_networks_are_read_and_their_answers_hold() {
    for (name, least) in [
        ("mastodon/openapi.json", 200),
        ("discord/openapi.json", 200),
        ("pinterest/openapi.json", 150),
    ] {
        let Some((operations, wrong)) = tried(name) else {
            return;
        };
        assert!(operations >= least, "{name}: {operations}");
        assert!(
            wrong.is_empty(),
            "{name}: {} wrong: {:#?}",
            wrong.len(),
            wrong.iter().take(10).collect::<Vec<_>>()
        );
    }
}
