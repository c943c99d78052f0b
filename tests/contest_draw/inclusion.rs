//! Proofs of inclusion.

use proptest::prelude::*;
use sociable::contest::draw::{Inclusion, InclusionFault, Pool};

use super::{master, person, pool};

/// Around every number at which the tree grows.
const SIZES: [usize; 12] = [1, 2, 15, 16, 17, 31, 32, 33, 255, 256, 257, 300];

fn inclusion(pool: &Pool, number: usize) -> Inclusion {
    pool.inclusion(&master(7), &person(number)).unwrap()
}

#[test]
fn every_entrant_of_lists_of_any_size_can_show_that_he_is_in_it() {
    for size in SIZES {
        let pool = pool(size);
        for number in 0..size {
            let proof = inclusion(&pool, number);
            let json = serde_json::to_string(&proof).unwrap();
            let read: Inclusion = serde_json::from_str(&json).unwrap();
            assert_eq!(read, proof);
            let commitment = read.verify(&pool.root()).unwrap();
            assert_eq!(pool.commitments()[proof.index as usize], commitment);
        }
    }
}

#[test]
fn who_is_not_in_it_has_no_proof_and_cannot_use_anothers() {
    let pool = pool(100);
    assert_eq!(pool.inclusion(&master(7), &person(100)), None);
    assert_eq!(pool.inclusion(&master(8), &person(1)), None);
    let mut stolen = inclusion(&pool, 1);
    stolen.person = person(2);
    assert_eq!(stolen.verify(&pool.root()), Err(InclusionFault::Root));
}

#[test]
fn roots_of_lists_that_differ_in_one_entry_differ() {
    let roots: Vec<_> = (1..=300).map(|size| pool(size).root()).collect();
    for (i, root) in roots.iter().enumerate() {
        assert!(!roots[..i].contains(root));
    }
    let proof = inclusion(&pool(20), 3);
    assert_eq!(proof.verify(&pool(21).root()), Err(InclusionFault::Root));
}

#[test]
fn a_node_of_the_tree_cannot_pass_for_an_entry() {
    // Leaving the lowest level out would make a node the entry; nobody knows a person and salt that hash to it.
    let pool = pool(256);
    let mut higher = inclusion(&pool, 3);
    higher.path.remove(0);
    higher.index /= 16;
    higher.entries = 16;
    assert_eq!(higher.verify(&pool.root()), Err(InclusionFault::Root));
    // Other sizes of which the path has the same form are not the published one.
    let mut other = inclusion(&pool, 3);
    other.entries = 255;
    assert!(other.verify(&pool.root()).is_err());
}

#[test]
fn proofs_that_do_not_hold_together_are_refused_without_harm() {
    let pool = pool(40);
    let good = inclusion(&pool, 3);
    let changes: [&dyn Fn(&mut Inclusion); 8] = [
        &|proof| proof.index = 40,
        &|proof| proof.index = u32::MAX,
        &|proof| proof.entries = 0,
        &|proof| proof.entries = u64::MAX,
        &|proof| proof.path.clear(),
        &|proof| proof.path.push(vec![]),
        &|proof| proof.path[0].truncate(6),
        &|proof| {
            let again = proof.path[0][0];
            proof.path[0].push(again);
        },
    ];
    for (i, change) in changes.iter().enumerate() {
        let mut bad = good.clone();
        change(&mut bad);
        let fault = bad.verify(&pool.root()).unwrap_err();
        assert_eq!(fault, InclusionFault::Shape, "{i}");
        assert!(fault.to_string().contains("damaged"));
    }
    let extra = serde_json::to_string(&good)
        .unwrap()
        .replacen('{', r#"{"more":1,"#, 1);
    assert!(serde_json::from_str::<Inclusion>(&extra).is_err());
}

proptest! {
    #[test]
    fn any_change_of_a_hash_or_of_the_place_is_noticed(size in 2_usize..400, number in 0_usize..400, place in 0_usize..100, bit in 0_u8..8) {
        let pool = pool(size);
        let good = inclusion(&pool, number % size);
        let mut json: serde_json::Value = serde_json::to_value(&good).unwrap();
        let level = place % good.path.len();
        let beside = good.path[level].len();
        if beside > 0 {
            let hash = &mut json["path"][level][place % beside];
            let mut digits = hash.as_str().unwrap().to_owned().into_bytes();
            let at = usize::from(bit) * 8;
            digits[at] = if digits[at] == b'0' { b'1' } else { b'0' };
            *hash = String::from_utf8(digits).unwrap().into();
            let bad: Inclusion = serde_json::from_value(json).unwrap();
            prop_assert_eq!(bad.verify(&pool.root()), Err(InclusionFault::Root));
        }
        let mut moved = good.clone();
        moved.index = (good.index + 1) % size as u32;
        prop_assert!(moved.verify(&pool.root()).is_err());
    }
}
