//! The frozen list.

use proptest::prelude::*;
use sociable::ErrorKind;
use sociable::contest::draw::{DrawId, MasterKey, PersonKey, Pool};

use super::{draw_id, master, person, pool};

#[test]
fn the_list_depends_on_neither_the_order_nor_the_number_of_mentions() {
    let forward = pool(50);
    let people = (0..50).rev().chain(10..20).map(person);
    let backward = Pool::freeze(&master(7), &draw_id("autumn/1"), people).unwrap();
    assert_eq!(forward.commitments(), backward.commitments());
    assert_eq!(forward.root(), backward.root());
    assert_eq!(forward.list_hash(), backward.list_hash());
    assert_eq!((forward.repeated(), backward.repeated()), (0, 10));
    assert_eq!((forward.len(), backward.len()), (50, 50));
    assert!(forward.commitments().is_sorted());
    for number in 0..50 {
        let index = backward.index_of(&master(7), &person(number)).unwrap();
        assert_eq!(backward.person(index), Some(&person(number)));
    }
    assert_eq!(forward.index_of(&master(7), &person(50)), None);
}

#[test]
fn another_key_or_another_draw_hides_the_same_people_otherwise() {
    let freeze = |key: &MasterKey, draw: &str| {
        Pool::freeze(key, &draw_id(draw), (0..50).map(person)).unwrap()
    };
    let pools = [
        freeze(&master(7), "autumn/1"),
        freeze(&master(8), "autumn/1"),
        freeze(&master(7), "autumn/2"),
    ];
    for (i, one) in pools.iter().enumerate() {
        for other in &pools[..i] {
            assert!(
                !one.commitments()
                    .iter()
                    .any(|c| other.commitments().contains(c))
            );
            assert_ne!(one.root(), other.root());
        }
    }
}

#[test]
fn a_salt_told_to_one_entrant_says_nothing_of_others() {
    // What an entrant has: his own key and salt. With neither can he recompute another's commitment.
    let pool = pool(200);
    let told = pool.inclusion(&master(7), &person(3)).unwrap();
    for number in (0..200).filter(|number| *number != 3) {
        let guess = told.salt.commitment(&person(number));
        assert!(!pool.commitments().contains(&guess));
        let other = pool.inclusion(&master(7), &person(number)).unwrap();
        assert_ne!(other.salt.bytes(), told.salt.bytes());
    }
}

#[test]
fn a_list_without_its_people_is_the_same_list() {
    let whole = pool(40);
    let mut kept = whole.commitments().to_vec();
    kept.reverse();
    let restored = Pool::restore(whole.draw(), kept).unwrap();
    assert_eq!(restored.root(), whole.root());
    assert_eq!(restored.list_hash(), whole.list_hash());
    assert_eq!(restored.commitments(), whole.commitments());
    assert_eq!(restored.person(0), None);
    let (key, who) = (master(7), person(5));
    assert_eq!(restored.inclusion(&key, &who), whole.inclusion(&key, &who));

    let mut twice = whole.commitments().to_vec();
    twice.push(twice[4]);
    let error = Pool::restore(whole.draw(), twice).unwrap_err();
    assert!(error.message().contains("stands twice"), "{error}");
}

#[test]
fn a_list_of_nobody_is_an_error_that_says_what_to_do() {
    let error = Pool::freeze(&master(7), &draw_id("autumn/1"), []).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Config);
    assert!(error.message().contains("exclude everyone"), "{error}");
    assert!(Pool::restore(&draw_id("autumn/1"), vec![]).is_err());
}

#[test]
fn keys_and_ids_that_could_be_mistaken_are_refused() {
    for key in ["", "vk:1\n", "vk:\u{0}", &"x".repeat(513)] {
        assert!(PersonKey::new(key).is_err(), "{key:?}");
    }
    assert!(PersonKey::new("x".repeat(512)).is_ok());
    for id in [
        "",
        "Summer",
        "a b",
        "a=b",
        "a:b",
        "a.b",
        "ä",
        &"x".repeat(33),
    ] {
        assert!(DrawId::new(id).is_err(), "{id:?}");
        assert!(
            serde_json::from_value::<DrawId>(id.into()).is_err(),
            "{id:?}"
        );
    }
    for key in [
        "",
        "5a",
        &"5A".repeat(32),
        &"5g".repeat(32),
        &"5a".repeat(33),
    ] {
        assert!(MasterKey::from_secret(&key.into()).is_err(), "{key:?}");
    }
    let key = MasterKey::generate().unwrap();
    assert_eq!(MasterKey::from_secret(&key.to_secret()).unwrap(), key);
    assert_ne!(MasterKey::generate().unwrap(), key);
}

#[test]
fn what_is_secret_does_not_show_itself() {
    let (key, pool) = (master(0xab), pool(3));
    let inclusion = pool.inclusion(&master(7), &person(1)).unwrap();
    let shown = format!("{key:?} {pool:?} {:?} {inclusion:?}", inclusion.salt);
    let salt: String = inclusion.salt.into();
    assert!(!shown.contains("abab") && !shown.contains(&salt), "{shown}");
    assert!(!format!("{pool:?}").contains("testnet:"));
}

proptest! {
    #[test]
    fn people_of_any_names_have_commitments_of_their_own(names in proptest::collection::hash_set("[a-z:0-9é]{1,80}", 1..60)) {
        let people: Vec<PersonKey> = names.iter().map(|name| PersonKey::new(name.as_str()).unwrap()).collect();
        let pool = Pool::freeze(&master(1), &draw_id("p/1"), people.clone()).unwrap();
        prop_assert_eq!(pool.len(), people.len());
        prop_assert_eq!(pool.repeated(), 0);
        for person in &people {
            let index = pool.index_of(&master(1), person).unwrap();
            prop_assert_eq!(pool.person(index), Some(person));
        }
    }
}
