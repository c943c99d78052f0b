//! Every order is as likely: 100,000 draws with fixed seeds, and draws that are not fair, to see that they would fail.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sociable::contest::draw::{Digest, Order, Pool, Randomness, Sealed, Seed};

use super::{pool, proof_of, sealed};

const DRAWS: u64 = 100_000;
const ENTRIES: usize = 10;

fn randomness(number: u64) -> Randomness {
    Randomness::new(*Digest::of(&number.to_be_bytes()).bytes())
}

/// What a chi-square sum of so many kinds exceeds once in a thousand times (Wilson and Hilferty's approximation, good to a
/// tenth of a percent here).
fn critical(kinds: usize) -> f64 {
    let degrees = (kinds - 1) as f64;
    let ninth = 2.0 / (9.0 * degrees);
    degrees * (1.0 - ninth + 3.0902 * ninth.sqrt()).powi(3)
}

/// How far first places, second places and pairs lie from even, each as a part of what is allowed.
fn unfairness(draw: impl Fn(u64) -> (u32, u32)) -> [f64; 3] {
    let (mut first, mut second, mut pairs) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for number in 0..DRAWS {
        let (one, two) = draw(number);
        *first.entry(u64::from(one)).or_default() += 1;
        *second.entry(u64::from(two)).or_default() += 1;
        *pairs
            .entry(u64::from(one) << 32 | u64::from(two))
            .or_default() += 1;
    }
    let far = |counts: &BTreeMap<u64, u64>, kinds: usize| {
        let expected = DRAWS as f64 / kinds as f64;
        let far = |count: f64| (count - expected).powi(2) / expected;
        let sum: f64 = counts.values().map(|count| far(*count as f64)).sum();
        (sum + far(0.0) * (kinds - counts.len()) as f64) / critical(kinds)
    };
    [
        far(&first, ENTRIES),
        far(&second, ENTRIES),
        far(&pairs, ENTRIES * (ENTRIES - 1)),
    ]
}

fn base() -> (Pool, Sealed) {
    let pool = pool(ENTRIES);
    let sealed = sealed(&pool, 2, 0);
    (pool, sealed)
}

fn fair(number: u64, (pool, sealed): &(Pool, Sealed)) -> Vec<u32> {
    let seed = Seed::new(sealed, &randomness(number));
    Order::new(&seed, pool.commitments()).first(2)
}

#[test]
fn first_places_second_places_and_pairs_are_even_over_100_000_draws() {
    let base = base();
    let parts = unfairness(|number| {
        let first = fair(number, &base);
        (first[0], first[1])
    });
    assert!(parts.iter().all(|part| *part < 1.0), "{parts:?}");
}

#[test]
fn draws_that_favour_somebody_would_not_pass() {
    let n = ENTRIES as u32;
    // A hash of one byte, reduced to the number of entries.
    let reduced = unfairness(|number| {
        let random = randomness(number);
        let [one, two] = [0, 1].map(|at| u32::from(random.bytes()[at]));
        let one = one % n;
        let two = (one + 1 + two % (n - 1)) % n;
        (one, two)
    });
    assert!(reduced[0] > 1.0, "{reduced:?}");
    // The order compares one key of each entry, and an entry early in the list wins what is even.
    let early = unfairness(|number| {
        let random = randomness(number);
        let mut order: Vec<u32> = (0..n).collect();
        order.sort_by_key(|entry| random.bytes()[*entry as usize] >> 4);
        (order[0], order[1])
    });
    assert!(early.iter().all(|part| *part > 1.0), "{early:?}");
    // The second is always the neighbour of the first: each place for itself is even, and pairs are not.
    let neighbour = unfairness(|number| {
        let one = u64::from_be_bytes(randomness(number).bytes()[..8].try_into().unwrap());
        let one = ((u128::from(one) * u128::from(n)) >> 64) as u32;
        (one, (one + 1) % n)
    });
    assert!(
        neighbour[0] < 1.0 && neighbour[1] < 1.0 && neighbour[2] > 1.0,
        "{neighbour:?}"
    );
}

#[test]
fn an_entry_keeps_its_place_and_the_next_one_steps_in() {
    let proof = proof_of(300, 3, 2);
    let mut order = proof.order().unwrap();
    let verified = proof.verify(&Default::default()).unwrap();
    // More and more of it, as winners are skipped.
    assert_eq!(order.first(3), proof.winners());
    assert_eq!(order.first(5), [proof.winners(), proof.reserves()].concat());
    let twenty = order.first(20);
    let all = order.first(usize::MAX);
    assert_eq!(all[..20], twenty);
    assert_eq!(all[..3], *proof.winners());
    assert_eq!(order.first(1), all[..1]);
    let mut sorted = all.clone();
    sorted.sort_unstable();
    assert!(sorted.into_iter().eq(0..300));
    for (place, index) in (1..).zip(&all) {
        assert_eq!(order.place_of(*index), Some(place));
        assert_eq!(verified.place_of(*index), Some(place));
    }
    assert_eq!(order.place_of(300), None);
    let places: Vec<u32> = verified.reserves.iter().map(|place| place.place).collect();
    assert_eq!(places, [4, 5]);
}

#[test]
fn with_fewer_entries_than_places_everybody_has_one() {
    let proof = proof_of(2, 3, 2);
    assert_eq!((proof.winners().len(), proof.reserves().len()), (2, 0));
    let proof = proof_of(4, 3, 2);
    assert_eq!((proof.winners().len(), proof.reserves().len()), (3, 1));
    assert!(proof.verify(&Default::default()).is_ok());
}

proptest! {
    #[test]
    fn an_order_asked_for_in_pieces_is_the_order(entries in 1_usize..200, number: u64, pieces in proptest::collection::vec(0_usize..210, 0..6)) {
        let pool = pool(entries);
        let sealed = sealed(&pool, 1, 0);
        let draw = || Order::new(&Seed::new(&sealed, &randomness(number)), pool.commitments());
        let whole = draw().first(entries);
        let mut order = draw();
        for piece in pieces {
            prop_assert_eq!(&order.first(piece), &whole[..piece.min(entries)]);
        }
        prop_assert_eq!(order.first(entries), whole);
    }
}
