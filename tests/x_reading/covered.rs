//! Each operation that the adapter calls is held to the contract in both directions: what it asks, and what it reads.

use std::collections::BTreeSet;

use crate::contract::tally::Tally;
use crate::net::{Net, x};
use crate::{asked, contract, made, sources};

/// How often everything is answered.
const ROUNDS: usize = 40;

/// What of these operations was not asked, or not read, in words.
fn uncovered<'m>(tally: &Tally, operations: impl IntoIterator<Item = &'m str>) -> Vec<String> {
    let operations: Vec<&str> = operations.into_iter().collect();
    let unasked = tally.unasked(operations.iter().copied());
    let mut wrong: Vec<String> = unasked
        .iter()
        .map(|name| format!("{name}: no request of it was validated"))
        .collect();
    let unread = tally.unread(operations);
    wrong.extend(
        unread
            .iter()
            .map(|name| format!("{name}: no generated answer of it was read")),
    );
    wrong
}

#[tokio::test]
async fn each_operation_that_the_adapter_calls_is_validated_and_its_answers_are_read() {
    let Some(contract) = x() else { return };
    let rows = sources::rows();
    let mut known = BTreeSet::new();
    let mut ads = BTreeSet::new();
    let mut own = BTreeSet::new();
    for row in &rows {
        let example = row.example();
        if row.is_of_ads() {
            assert!(row.own, "{example}");
            ads.insert(example);
            continue;
        }
        let name = contract.operation(&row.method, &example);
        let name = name.unwrap_or_else(|| panic!("{} {example} is no operation", row.method));
        assert!(known.insert(name), "{name} stands in the table twice");
        if row.own {
            own.insert(name);
        }
    }

    let net = Net::new();
    asked::everything(&net).await;
    // What the adapter itself calls is asked on the fake; what callers ask by native calls, of what is made up.
    let unasked = net.tally.unasked(own.iter().copied());
    assert!(unasked.is_empty(), "never asked on the fake: {unasked:#?}");
    let used = made::read(contract, ROUNDS, 11, &net.tally).await;

    println!("operation requests answers");
    let tally = net.tally.rows();
    for (name, requests, answers) in tally
        .iter()
        .filter(|(name, ..)| !name.starts_with("event "))
    {
        let whose = if own.contains(name.as_str()) {
            ""
        } else {
            " (native calls alone)"
        };
        println!("{name} {requests} {answers}{whose}");
    }
    println!("the freedom of the answers used: {used:?}");
    println!(
        "Ads API: {ads:?} are held to the Postman collection as far as it goes: it is of version 7, and tells of paths and of \
         parameters' names alone; answers are those of the documentation, on the fake"
    );

    // What went over the wire and stands in no row goes by no limit and no price.
    for (name, ..) in tally
        .iter()
        .filter(|(name, ..)| !name.starts_with("event "))
    {
        assert!(
            known.contains(name.as_str()),
            "{name} is in no row of the table"
        );
    }
    let wrong = uncovered(&net.tally, known);
    assert!(wrong.is_empty(), "{wrong:#?}");
    let used = [
        used.nulls,
        used.unknown,
        used.older,
        used.newer,
        used.sparse,
    ];
    assert!(used.iter().all(|times| *times > 300), "{used:?}");

    let Some(collection) = contract::x_ads().unwrap() else {
        return;
    };
    let seen = net.fake.seen();
    for path in ads {
        let form = |path: &str| path.split('/').count();
        let of_it = seen.iter().filter(|seen| {
            let parts: Vec<&str> = path.split('/').collect();
            form(&seen.path) == form(&path)
                && seen
                    .path
                    .split('/')
                    .zip(&parts)
                    .all(|(part, wanted)| *wanted == "1" || part == *wanted)
        });
        let mut checked = 0;
        for seen in of_it {
            let told = collection.check(seen.method.as_str(), &seen.path, &seen.query);
            assert_eq!(told, Ok(()), "{}", seen.path);
            checked += 1;
        }
        println!("{path}: {checked} requests fit the collection");
        assert!(checked > 0, "{path} was never asked");
    }
}

#[test]
fn the_table_says_which_tokens_and_scopes_the_contract_names() {
    let Some(contract) = x() else { return };
    let mut wrong = Vec::new();
    for row in sources::rows().iter().filter(|row| !row.is_of_ads()) {
        let name = contract.operation(&row.method, &row.example()).unwrap();
        let schemes = contract.schemes(name);
        let (mut kinds, mut scopes) = (BTreeSet::new(), BTreeSet::new());
        for (scheme, needs) in schemes {
            match scheme.as_str() {
                "BearerToken" => kinds.insert("AppOnly".to_owned()),
                "OAuth2UserToken" => {
                    scopes.extend(needs);
                    kinds.insert("OAuth2".to_owned())
                }
                "UserToken" => kinds.insert("OAuth1".to_owned()),
                other => panic!("{other} is no kind of token"),
            };
        }
        let spare: Vec<_> = row.kinds.difference(&kinds).collect();
        if !spare.is_empty() {
            wrong.push(format!("{name}: no {spare:?}, but {kinds:?}"));
        }
        if row.kinds.contains("OAuth2") && scopes != row.scopes {
            wrong.push(format!(
                "{name}: {:?}, and the contract {scopes:?}",
                row.scopes
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_operation_that_one_side_does_not_cover_is_named() {
    let tally = Tally::default();
    tally.request("GET /2/a");
    tally.request("GET /2/b");
    tally.generated("GET /2/a", 3);
    tally.generated("GET /2/c", 3);
    assert_eq!(
        uncovered(&tally, ["GET /2/a", "GET /2/b", "GET /2/c", "GET /2/d"]),
        [
            "GET /2/c: no request of it was validated",
            "GET /2/d: no request of it was validated",
            "GET /2/b: no generated answer of it was read",
            "GET /2/d: no generated answer of it was read",
        ]
    );
}
