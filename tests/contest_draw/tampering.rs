//! Proofs that somebody changed: each kind of change has its own answer, and none is let pass.

use proptest::prelude::*;
use sociable::contest::beacon::{Beacon, OwnChain, RoundFault};
use sociable::contest::draw::{
    Commitment, Evidence, Pool, Proof, ProofFault, SealedLine, Source, Trust,
};

use super::{
    ROUND, RULES, at, clock, draw_id, master, own_chain, person, pool, proof_of, sealed, sealed_by,
};

/// A proof with a change, how it is refused here, and how the second verifier's answer begins.
pub(super) struct Tampered {
    pub(super) what: &'static str,
    pub(super) file: Vec<u8>,
    ours: fn(&ProofFault) -> bool,
    pub(super) theirs: &'static str,
}

const ENTRIES: usize = 40;

pub(super) fn good() -> Proof {
    proof_of(ENTRIES, 3, 2)
}

fn quoted(entry: &Commitment) -> String {
    format!("\"{entry}\"")
}

/// A change of `from` to `to` at its last place.
fn last(json: &str, from: &str, to: &str) -> String {
    let at = json
        .rfind(from)
        .unwrap_or_else(|| panic!("{from} is nowhere"));
    format!("{}{to}{}", &json[..at], &json[at + from.len()..])
}

fn once(json: &str, from: &str, to: &str) -> String {
    assert!(json.contains(from), "{from} is nowhere");
    json.replacen(from, to, 1)
}

/// The list of entries, changed.
fn relisted(json: &str, change: impl FnOnce(&mut Vec<String>)) -> String {
    let (before, list) = json.split_once("\"entries\":[").unwrap();
    let list = list.strip_suffix("]}\n").unwrap();
    let mut entries = list.split(',').map(str::to_owned).collect();
    change(&mut entries);
    format!("{before}\"entries\":[{}]}}\n", entries.join(","))
}

pub(super) fn tampered() -> Vec<Tampered> {
    let proof = good();
    let json = proof.to_json();
    let entries = proof.entries();
    let chain = own_chain();
    let other = OwnChain::new("other", at("2026-01-01T00:00:00Z"), 3, clock()).unwrap();
    let chain_of = |chain: &OwnChain| serde_json::to_string(chain.chain()).unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let signature = hex(chain.sign(ROUND).unwrap().signature());
    let key = |chain: &OwnChain| hex(&chain.chain().key);
    let winners = serde_json::to_string(proof.winners()).unwrap();
    let reserves = serde_json::to_string(proof.reserves()).unwrap();
    let mut swapped = proof.winners().to_vec();
    swapped.swap(0, 1);
    let mut stepped_in = proof.winners().to_vec();
    stepped_in[2] = proof.reserves()[0];
    let list = |indexes: &[u32]| serde_json::to_string(indexes).unwrap();
    let mut altered = *entries[5].bytes();
    altered[31] ^= 1;
    let altered = Commitment::new(altered);
    let seal = proof.seal().to_string();
    let mut other_seal = *proof.seal().bytes();
    other_seal[0] ^= 0x80;
    let other_seal = Commitment::new(other_seal).to_string();
    let rules = serde_json::to_string(RULES).unwrap();
    let text = |what, json: String, ours: fn(&ProofFault) -> bool, theirs| Tampered {
        what,
        file: json.into_bytes(),
        ours,
        theirs,
    };
    use ProofFault as F;
    let mut all = vec![
        text(
            "one digit of an entry",
            last(&json, &quoted(&entries[5]), &quoted(&altered)),
            |f| *f == F::List,
            "list",
        ),
        text(
            "two entries swapped",
            relisted(&json, |list| list.swap(5, 6)),
            |f| *f == F::Unsorted(6),
            "unsorted",
        ),
        text(
            "an entry twice",
            relisted(&json, |list| list[6] = list[5].clone()),
            |f| *f == F::Unsorted(6),
            "unsorted",
        ),
        text(
            "an entry removed",
            relisted(&json, |list| drop(list.remove(5))),
            |f| {
                *f == F::Entries {
                    sealed: 40,
                    found: 39,
                }
            },
            "entries",
        ),
        text(
            "an entry added",
            relisted(&json, |list| list.push(format!("\"{}\"", "ff".repeat(32)))),
            |f| {
                *f == F::Entries {
                    sealed: 40,
                    found: 41,
                }
            },
            "entries",
        ),
        text(
            "an entry removed and not counted",
            once(
                &relisted(&json, |list| drop(list.remove(5))),
                "\"entries\":40",
                "\"entries\":39",
            ),
            |f| *f == F::Seal,
            "seal",
        ),
        text(
            "another round",
            last(&json, "\"round\":1000", "\"round\":1001"),
            |f| {
                *f == F::Round {
                    sealed: 1000,
                    found: 1001,
                }
            },
            "round",
        ),
        text(
            "another round, sealed",
            json.replace("\"round\":1000", "\"round\":1001"),
            |f| *f == F::Seal,
            "seal",
        ),
        text(
            "the signature of another round",
            once(
                &json,
                &signature,
                &hex(chain.sign(ROUND + 1).unwrap().signature()),
            ),
            |f| *f == F::Beacon(RoundFault::Signature),
            "beacon",
        ),
        text(
            "no signature",
            once(&json, &signature, ""),
            |f| *f == F::Beacon(RoundFault::Encoding),
            "beacon",
        ),
        text(
            "a signature at infinity",
            once(&json, &signature, &format!("c0{}", "00".repeat(47))),
            |f| *f == F::Beacon(RoundFault::Encoding),
            "beacon",
        ),
        text(
            "a signature outside of the group",
            once(&json, &signature, &format!("80{}04", "00".repeat(46))),
            |f| *f == F::Beacon(RoundFault::Encoding),
            "beacon",
        ),
        text(
            "a signature before it that does not belong",
            once(&json, "\"previous\":null", "\"previous\":\"00\""),
            |f| *f == F::Beacon(RoundFault::Previous),
            "beacon",
        ),
        text(
            "another key",
            once(&json, &key(&chain), &key(&other)),
            |f| *f == F::Chain,
            "chain",
        ),
        text(
            "another chain with its own signature",
            once(
                &once(&json, &chain_of(&chain), &chain_of(&other)),
                &signature,
                &hex(other.sign(ROUND).unwrap().signature()),
            ),
            |f| *f == F::Chain,
            "chain",
        ),
        text(
            "another period",
            once(&json, "\"period\":3", "\"period\":4"),
            |f| *f == F::Chain,
            "chain",
        ),
        text(
            "randomness of another kind",
            once(
                &json,
                &format!(
                    "\"randomness\":{{\"beacon\":{{\"chain\":{},\"round\":1000,\"signature\":\"{signature}\",\"previous\":null}}}}",
                    chain_of(&chain)
                ),
                "\"randomness\":{\"reveals\":{\"values\":[]}}",
            ),
            |f| *f == F::Source,
            "source",
        ),
        text(
            "other rules",
            once(&json, "takes part", "wins"),
            |f| *f == F::Rules,
            "rules",
        ),
        text(
            "winners in another order",
            once(&json, &winners, &list(&swapped)),
            |f| *f == F::Winners(1),
            "winners",
        ),
        text(
            "a reserve for a winner",
            once(&json, &winners, &list(&stepped_in)),
            |f| *f == F::Winners(3),
            "winners",
        ),
        text(
            "a winner less",
            once(&json, &winners, &list(&proof.winners()[..2])),
            |f| matches!(f, F::Winners(_)),
            "winners",
        ),
        text(
            "no reserves",
            once(&json, &reserves, "[]"),
            |f| matches!(f, F::Winners(_)),
            "winners",
        ),
        text(
            "more winners",
            once(&json, "\"winners\":3", "\"winners\":4"),
            |f| *f == F::Seal,
            "seal",
        ),
        text(
            "another draw",
            once(&json, "autumn/1", "autumn/2"),
            |f| *f == F::Seal,
            "seal",
        ),
        text(
            "another seal",
            once(&json, &seal, &other_seal),
            |f| *f == F::Seal,
            "seal",
        ),
        text(
            "no winners",
            once(&json, "\"winners\":3", "\"winners\":0"),
            |f| matches!(f, F::Sealed(_)),
            "unreadable",
        ),
        text(
            "another version",
            once(&json, "sociable-draw-proof/1", "sociable-draw-proof/2"),
            |f| *f == F::Format("sociable-draw-proof/2".to_owned()),
            "format",
        ),
        text(
            "another algorithm",
            once(&json, "hkdf-hmac-sha256-order", "hash-mod-n"),
            |f| *f == F::Format("hash-mod-n".to_owned()),
            "format",
        ),
        text(
            "a blank",
            once(&json, ":", ": "),
            |f| *f == F::NotCanonical(10),
            "not canonical",
        ),
        text(
            "two newlines",
            format!("{json}\n"),
            |f| matches!(f, F::NotCanonical(_)),
            "not canonical",
        ),
        text(
            "a character written otherwise",
            once(&json, "takes part", "takes \\u0070art"),
            |f| matches!(f, F::NotCanonical(_)),
            "not canonical",
        ),
        text(
            "a number written otherwise",
            once(&json, "\"entries\":40", "\"entries\":40.0"),
            |f| matches!(f, F::Unreadable(_)),
            "unreadable",
        ),
        text(
            "capital digits",
            last(
                &json,
                &quoted(&entries[5]),
                &quoted(&entries[5]).to_uppercase(),
            ),
            |f| matches!(f, F::Unreadable(_)),
            "unreadable",
        ),
        text(
            "a name twice",
            once(&json, "{", &format!("{{\"rules\":{rules},")),
            |f| matches!(f, F::Unreadable(_)),
            "unreadable",
        ),
        text(
            "a name more",
            once(&json, "{", "{\"more\":1,"),
            |f| matches!(f, F::Unreadable(_)),
            "unreadable",
        ),
        text(
            "a name within more",
            once(&json, "\"period\":3", "\"period\":3,\"more\":1"),
            |f| matches!(f, F::Unreadable(_)),
            "unreadable",
        ),
        text(
            "a name less",
            once(&json, ",\"fallback\":null", ""),
            |f| matches!(f, F::NotCanonical(_)),
            "unreadable",
        ),
        text(
            "names in another order",
            once(
                &json,
                ",\"fallback\":null,\"earlier\":null",
                ",\"earlier\":null,\"fallback\":null",
            ),
            |f| matches!(f, F::NotCanonical(_)),
            "unreadable",
        ),
        text(
            "a huge number",
            once(
                &json,
                "\"winners\":3",
                "\"winners\":99999999999999999999999999",
            ),
            |f| matches!(f, F::Unreadable(_)),
            "unreadable",
        ),
        text(
            "a negative number",
            once(&json, "\"reserves\":2", "\"reserves\":-2"),
            |f| matches!(f, F::Unreadable(_)),
            "unreadable",
        ),
        text(
            "deep nesting",
            format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)),
            |f| matches!(f, F::Unreadable(_)),
            "unreadable",
        ),
        text(
            "more after it",
            format!("{json}{{}}"),
            |f| matches!(f, F::Unreadable(_)),
            "unreadable",
        ),
        text(
            "half of it",
            json[..json.len() / 2].to_owned(),
            |f| matches!(f, F::Unreadable(_)),
            "unreadable",
        ),
        text(
            "nothing",
            String::new(),
            |f| matches!(f, F::Unreadable(_)),
            "unreadable",
        ),
        text(
            "something else",
            "[1]\n".to_owned(),
            |f| matches!(f, F::Unreadable(_)),
            "unreadable",
        ),
    ];
    let mut broken = json.into_bytes();
    let at = broken.iter().position(|byte| *byte >= 0x80).unwrap();
    broken[at] = 0xff;
    all.push(Tampered {
        what: "bytes that are no text",
        file: broken,
        ours: |fault| matches!(fault, F::Unreadable(_)),
        theirs: "unreadable",
    });
    all
}

fn verdict(file: &[u8]) -> Result<Proof, ProofFault> {
    let proof = Proof::read(file)?;
    proof.verify(&Trust::default())?;
    Ok(proof)
}

#[test]
fn each_kind_of_change_is_refused_with_a_reason_of_its_own() {
    let good = good();
    assert_eq!(verdict(good.to_json().as_bytes()).unwrap(), good);
    for case in tampered() {
        let fault = verdict(&case.file).unwrap_err();
        assert!((case.ours)(&fault), "{}: {fault:?}", case.what);
        let error = sociable::Error::from(fault.clone());
        assert_eq!(error.message(), fault.to_string());
    }
}

#[test]
fn no_byte_of_a_small_proof_can_be_changed_removed_or_doubled() {
    let good = proof_of(5, 2, 1);
    let file = good.to_json().into_bytes();
    let refused = |file: &[u8], at: usize| {
        if let Ok(proof) = verdict(file) {
            panic!("byte {at}: {}", proof.to_json());
        }
    };
    // The newline at the end may be missing, and is all that may.
    assert_eq!(verdict(&file[..file.len() - 1]).unwrap(), good);
    for at in 0..file.len() - 1 {
        for change in [1, 2, 0x10, 0x20, 0x80, 0xff] {
            let mut changed = file.clone();
            changed[at] ^= change;
            refused(&changed, at);
        }
        let mut removed = file.clone();
        removed.remove(at);
        if removed != file {
            refused(&removed, at);
        }
        let mut doubled = file.clone();
        doubled.insert(at, file[at]);
        refused(&doubled, at);
    }
}

proptest! {
    #[test]
    fn no_bytes_can_be_changed_in_proofs_of_any_size(entries in 1_usize..60, places in proptest::collection::vec((0_usize..100_000, 0_u8..=255), 1..4)) {
        let good = proof_of(entries, 2, 1);
        let file = good.to_json().into_bytes();
        let mut changed = file.clone();
        for (place, byte) in places {
            let end = changed.len() - 1;
            changed[place % end] = byte;
        }
        if changed != file {
            prop_assert!(verdict(&changed).is_err());
        }
    }

    #[test]
    fn what_is_written_is_what_is_read(entries in 1_usize..200, winners in 1_u32..5, reserves in 0_u32..5, rules in ".{0,200}") {
        let pool = pool(entries);
        let hash = sociable::contest::draw::Digest::of(rules.as_bytes());
        let source = Source::beacon(own_chain().chain(), ROUND);
        let sealed = sociable::contest::draw::Sealed::new(&draw_id("p/1"), &pool, hash, winners, reserves, source).unwrap();
        let proof = Proof::draw(&sealed, &pool, rules, super::evidence()).unwrap();
        let mut written = Vec::new();
        proof.write(&mut written).unwrap();
        prop_assert_eq!(&written, &proof.to_json().into_bytes());
        prop_assert_eq!(verdict(&written).unwrap(), proof);
    }
}

#[test]
fn a_proof_made_anew_for_another_list_is_not_the_one_that_was_published() {
    let published = SealedLine::of(&sealed(&pool(ENTRIES), 3, 2));
    // Somebody leaves the first winner out, and makes everything else fit.
    let out = good().winners()[0];
    let whole = pool(ENTRIES);
    let left = (0..ENTRIES).map(person);
    let left = left.filter(|person| whole.index_of(&master(7), person) != Some(out));
    let fewer = Pool::freeze(&master(7), &draw_id("autumn/1"), left).unwrap();
    let source = Source::beacon(own_chain().chain(), ROUND);
    let forged = Proof::draw(
        &sealed_by(&fewer, 3, 2, source),
        &fewer,
        RULES,
        super::evidence(),
    );
    let forged = forged.unwrap();
    assert!(verdict(forged.to_json().as_bytes()).is_ok());
    assert!(published.is_of(good().sealed()));
    assert!(!published.is_of(forged.sealed()));
    assert_ne!(forged.seal(), published.seal);
    // And who was left out can show that he was in the published list.
    let who = whole.person(out).unwrap();
    let inclusion = whole.inclusion(&master(7), who).unwrap();
    assert!(inclusion.verify(&published.root).is_ok());
    assert!(inclusion.verify(&forged.sealed().root).is_err());
}

#[test]
fn a_proof_names_nobody_and_holds_no_salt() {
    let json = good().to_json();
    assert!(!json.contains("testnet"));
    for number in 0..ENTRIES {
        let inclusion = pool(ENTRIES)
            .inclusion(&master(7), &person(number))
            .unwrap();
        assert!(!json.contains(&String::from(inclusion.salt)));
    }
}

/// Proofs are kept for years: what is written today must be read, and drawn, for ever.
#[test]
fn the_format_is_the_one_that_was_published() {
    let proof = good();
    let round = Evidence::beacon(&own_chain().sign(ROUND).unwrap());
    assert_eq!(*proof.randomness(), round);
    println!(
        "{} {:?} {:?}",
        proof.seal(),
        proof.winners(),
        proof.reserves()
    );
    assert_eq!(proof.seal().to_string(), SEAL);
    assert_eq!(proof.winners(), WINNERS);
    assert_eq!(proof.reserves(), RESERVES);
}

const SEAL: &str = "dd5eefd3a03f9239efe547813c7e7c160a15c04b06ee798c6a41c2d212020329";
const WINNERS: [u32; 3] = [22, 0, 39];
const RESERVES: [u32; 2] = [38, 20];
