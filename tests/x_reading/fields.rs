//! Each field and each expansion that is asked for is read, and nothing is read that was not asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::contract::dice::Freedom;
use crate::contract::openapi::{Contract, Generator};
use crate::net::{clock, x};
use crate::world::{Tells, World, template, told_of};

/// Everything that the contract knows of a kind of thing.
fn whole(contract: &Contract, schema: &str) -> Map<String, Value> {
    let mut generator = Generator::new(contract, 5, Freedom::Named);
    let mut whole = Map::new();
    for _ in 0..400 {
        let made = generator.schema(schema).unwrap();
        for (name, value) in made.as_object().unwrap() {
            if !value.is_null() {
                whole.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    whole
}

#[tokio::test]
async fn every_field_that_is_asked_for_is_read() {
    let world = Arc::new(World::default());
    told_of(&world, &clock(), None).await;
    let asked = world.asked.lock().unwrap().clone();
    assert!(asked.len() > 200, "{}", asked.len());
    let mut usual: BTreeMap<BTreeSet<&str>, Vec<String>> = BTreeMap::new();
    let mut in_vain = Vec::new();
    for ((path, param, value), steps) in asked {
        let world = |tells| {
            Arc::new(World {
                tells,
                ..World::default()
            })
        };
        if !usual.contains_key(&steps) {
            let told = told_of(&world(Tells::Asked), &clock(), Some(&steps)).await;
            usual.insert(steps.clone(), told);
        }
        let without = Tells::AllBut(path.clone(), param.clone(), value.clone());
        let told = told_of(&world(without), &clock(), Some(&steps)).await;
        if told == usual[&steps] {
            in_vain.push(format!("{path} ?{param}={value}"));
        }
    }
    assert!(
        in_vain.is_empty(),
        "asked for, and never read: {in_vain:#?}"
    );
}

#[tokio::test]
async fn nothing_is_read_that_is_never_asked_for_by_either_spelling() {
    let world = Arc::new(World::default());
    let usual = told_of(&world, &clock(), None).await;
    let asked = world.asked.lock().unwrap().clone();
    let known: BTreeSet<(String, String)> = asked
        .into_keys()
        .map(|(_, param, value)| (param, value))
        .collect();
    let mut more = BTreeMap::new();
    if let Some(contract) = x() {
        let kinds = [
            ("tweet.fields", "Post"),
            ("user.fields", "User"),
            ("media.fields", "Media"),
            ("poll.fields", "Poll"),
            ("dm_event.fields", "DmEvent"),
        ];
        more = BTreeMap::from(kinds.map(|(param, schema)| (param, whole(contract, schema))));
    }
    for (tells, newer) in [
        (Tells::All, false),
        (Tells::Asked, true),
        (Tells::All, true),
    ] {
        let world = Arc::new(World {
            tells: tells.clone(),
            newer,
            known: known.clone(),
            more: more.clone(),
            ..World::default()
        });
        let all = told_of(&world, &clock(), None).await;
        assert_eq!(all.len(), usual.len());
        for (all, usual) in all.iter().zip(&usual) {
            let differs = all
                .lines()
                .zip(usual.lines())
                .find(|(all, usual)| all != usual);
            assert_eq!(differs, None, "{tells:?}, newer: {newer}: {usual}");
            assert_eq!(all.len(), usual.len());
        }
    }
}

#[test]
fn a_path_is_known_by_its_form() {
    for (path, form) in [
        ("/2/users/12/tweets", "/2/users/*/tweets"),
        (
            "/2/dm_conversations/1-2/dm_events",
            "/2/dm_conversations/*/dm_events",
        ),
        ("/2/users/by/username/ann", "/2/users/by/username/*"),
    ] {
        assert_eq!(template(path), form);
    }
}
