//! Draws that anyone can check: frozen, committed to, drawn, proved.
#![cfg(all(feature = "contest", feature = "memory"))]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod beacons;
mod fairness;
mod freezing;
mod inclusion;
mod reveals;
mod rounds;
mod sealing;
mod second;
mod tampering;

use std::sync::Arc;

use sociable::client::SetClock;
use sociable::contest::beacon::{Beacon, OwnChain};
use sociable::contest::draw::{
    Digest, DrawId, Evidence, MasterKey, PersonKey, Pool, Proof, Sealed, Source,
};
use sociable::jiff::Timestamp;

const START: &str = "2026-11-30T12:00:00Z";
const ROUND: u64 = 1000;
const RULES: &str = "title = \"Autumn tea\"\n# who likes \"it\" \\ takes part: ✓\n";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn master(byte: u8) -> MasterKey {
    MasterKey::from_secret(&format!("{byte:02x}").repeat(32).into()).unwrap()
}

fn draw_id(id: &str) -> DrawId {
    DrawId::new(id).unwrap()
}

fn person(number: usize) -> PersonKey {
    PersonKey::new(format!("testnet:{number}")).unwrap()
}

fn pool(entries: usize) -> Pool {
    Pool::freeze(&master(7), &draw_id("autumn/1"), (0..entries).map(person)).unwrap()
}

fn clock() -> Arc<SetClock> {
    Arc::new(SetClock::at(at(START)))
}

fn own_chain() -> OwnChain {
    OwnChain::new("tests", at("2026-01-01T00:00:00Z"), 3, clock()).unwrap()
}

fn rules_hash() -> Digest {
    Digest::of(RULES.as_bytes())
}

fn sealed_by(pool: &Pool, winners: u32, reserves: u32, source: Source) -> Sealed {
    Sealed::new(
        &draw_id("autumn/1"),
        pool,
        rules_hash(),
        winners,
        reserves,
        source,
    )
    .unwrap()
}

fn sealed(pool: &Pool, winners: u32, reserves: u32) -> Sealed {
    sealed_by(
        pool,
        winners,
        reserves,
        Source::beacon(own_chain().chain(), ROUND),
    )
}

fn evidence() -> Evidence {
    Evidence::beacon(&own_chain().sign(ROUND).unwrap())
}

fn proof_of(entries: usize, winners: u32, reserves: u32) -> Proof {
    let pool = pool(entries);
    Proof::draw(&sealed(&pool, winners, reserves), &pool, RULES, evidence()).unwrap()
}

fn hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn own_chain_key() -> Vec<u8> {
    own_chain().chain().key.clone()
}
