//! Draws that several parties decide together.

use sociable::ErrorKind;
use sociable::contest::draw::{Evidence, Party, Proof, ProofFault, Reveal, Source, Trust};

use super::{RULES, at, evidence, pool, sealed_by};

const DEADLINE: &str = "2026-12-02T00:00:00Z";

fn reveal(number: u8) -> Reveal {
    Reveal::new([number; 32])
}

fn source() -> Source {
    let party = |number: u8| {
        let name = format!("party {number}");
        Party::new(name, reveal(number).commitment(), reveal(number + 100))
    };
    Source::reveals(at(DEADLINE), [party(1), party(2), party(3)])
}

fn revealed(values: [Option<u8>; 3]) -> Evidence {
    let values = values.map(|value| value.map(reveal)).to_vec();
    Evidence::reveals(&source(), values, at(DEADLINE)).unwrap()
}

#[test]
fn all_reveals_decide_together_and_each_changes_the_outcome() {
    let pool = pool(500);
    let sealed = sealed_by(&pool, 5, 5, source());
    let outcomes = [
        [Some(1), Some(2), Some(3)],
        [None, Some(2), Some(3)],
        [Some(1), None, Some(3)],
        [Some(1), Some(2), None],
        [None, None, None],
    ];
    let mut seen: Vec<Vec<u32>> = Vec::new();
    for values in outcomes {
        let proof = Proof::draw(&sealed, &pool, RULES, revealed(values)).unwrap();
        let read = Proof::read(proof.to_json().as_bytes()).unwrap();
        let verified = read.verify(&Trust::default()).unwrap();
        assert!(!verified.pinned && verified.chain.is_none());
        assert_eq!(
            verified.by_default,
            values.iter().filter(|v| v.is_none()).count()
        );
        assert_eq!(verified.drawn_at, Some(at(DEADLINE)));
        let winners: Vec<u32> = verified.winners.iter().map(|place| place.index).collect();
        assert!(!seen.contains(&winners));
        seen.push(winners);
    }
}

#[test]
fn before_the_deadline_only_all_reveals_are_enough() {
    let some = || vec![Some(reveal(1)), None, Some(reveal(3))];
    let early = at("2026-12-01T23:59:59Z");
    let error = Evidence::reveals(&source(), some(), early).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.retry_at(), Some(at(DEADLINE)));
    assert!(Evidence::reveals(&source(), some(), at(DEADLINE)).is_ok());
    let all = vec![Some(reveal(1)), Some(reveal(2)), Some(reveal(3))];
    assert!(Evidence::reveals(&source(), all, early).is_ok());
}

#[test]
fn a_reveal_of_something_else_is_refused_with_its_partys_name() {
    let wrong = vec![Some(reveal(1)), Some(reveal(3)), None];
    let error = Evidence::reveals(&source(), wrong, at(DEADLINE)).unwrap_err();
    assert!(error.message().contains("`party 2`"), "{error}");
    let few = vec![Some(reveal(1))];
    assert!(Evidence::reveals(&source(), few, at(DEADLINE)).is_err());
    let beacon = Source::beacon(&sociable::contest::beacon::Chain::quicknet(), 5);
    assert!(Evidence::reveals(&beacon, vec![], at(DEADLINE)).is_err());
}

#[test]
fn a_proof_with_another_reveal_is_none() {
    let pool = pool(50);
    let sealed = sealed_by(&pool, 5, 5, source());
    let proof = Proof::draw(&sealed, &pool, RULES, revealed([Some(1), Some(2), None])).unwrap();
    let json = proof.to_json();
    let fault = |json: String| {
        Proof::read(json.as_bytes())
            .unwrap()
            .verify(&Trust::default())
            .unwrap_err()
    };
    let other = json.replacen(&"01".repeat(32), &"09".repeat(32), 1);
    assert!(matches!(fault(other), ProofFault::Reveal(why) if why.contains("party 1")));
    let withheld = json.replacen(&format!("\"{}\"", "02".repeat(32)), "null", 1);
    assert!(matches!(fault(withheld), ProofFault::Winners(_)));
    let fewer = json.replacen(&format!("\"{}\",", "02".repeat(32)), "", 1);
    assert!(matches!(fault(fewer), ProofFault::Reveal(_)));
    assert!(Proof::draw(&sealed, &pool, RULES, evidence()).is_err());
}

#[test]
fn new_reveals_are_unlike_and_do_not_show_themselves() {
    let (one, other) = (Reveal::generate().unwrap(), Reveal::generate().unwrap());
    assert_ne!(one, other);
    assert_ne!(one.commitment().bytes(), one.bytes());
    assert_eq!(format!("{one:?}"), "Reveal(…)");
}
