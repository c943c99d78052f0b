//! The second verifier, in another language and of another hand, agrees.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use sociable::contest::beacon::{Beacon, Chain, OwnChain, Round};
use sociable::contest::draw::{Evidence, Party, Proof, Reveal, Source};

use super::tampering::{good, tampered};
use super::{RULES, at, clock, hex, own_chain, pool, proof_of, sealed, sealed_by};

/// A Python with the library that the script names, or `None` after a line that says that it was passed over.
fn python() -> Option<PathBuf> {
    const VARIABLE: &str = "SOCIABLE_CONTEST_PYTHON";
    let in_ci = std::env::var_os("CI").is_some_and(|v| !v.is_empty() && v != "false");
    let python = std::env::var_os(VARIABLE).map(PathBuf::from);
    if python.is_none() {
        assert!(
            !in_ci,
            "CI is set, but {VARIABLE} names no Python with py_ecc"
        );
        println!("passed over: the second verifier ({VARIABLE} names no Python with py_ecc)");
    }
    python
}

/// Whether the second verifier calls all files valid, and what it says of each.
fn verdicts(python: &Path, files: &[&[u8]], trusted: &[String]) -> (bool, Vec<String>) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = format!("sociable-second-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contest_verify.py");
    let mut command = Command::new(python);
    command.arg(script);
    for (file, number) in files.iter().zip(0..) {
        let path = folder.join(format!("{number}.json"));
        std::fs::write(&path, file).unwrap();
        command.arg(path);
    }
    for chain in trusted {
        command.args(["--trust", chain]);
    }
    let told = command.output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let trouble = String::from_utf8_lossy(&told.stderr);
    assert!(trouble.is_empty(), "{trouble}");
    assert!(matches!(told.status.code(), Some(0 | 1)), "{}", told.status);
    let said: Vec<String> = (String::from_utf8(told.stdout).unwrap().lines())
        .map(str::to_owned)
        .collect();
    assert_eq!(said.len(), files.len(), "{said:?}");
    (told.status.success(), said)
}

/// The same of one file.
fn verdict(python: &Path, file: &[u8], trusted: &[String]) -> (bool, String) {
    let (valid, mut said) = verdicts(python, &[file], trusted);
    (valid, said.remove(0))
}

fn valid(python: &Path, proof: &Proof) -> String {
    let (valid, said) = verdict(python, proof.to_json().as_bytes(), &[]);
    assert!(valid && said.starts_with("valid "), "{said}");
    assert!(said.contains(&proof.seal().to_string()), "{said}");
    said
}

#[test]
fn the_second_verifier_accepts_what_is_drawn_here() {
    let Some(python) = python() else { return };
    for entries in [1, 2, 16, 17, 300] {
        let said = valid(&python, &proof_of(entries, 3, 2));
        assert!(said.contains("of no trusted chain"), "{said}");
    }
    let trusted = [own_chain().chain().hash().to_string()];
    let (_, said) = verdict(&python, good().to_json().as_bytes(), &trusted);
    assert!(!said.contains("trusted"), "{said}");
}

#[test]
fn the_second_verifier_knows_the_real_chains() {
    let Some(python) = python() else { return };
    let pool = pool(30);
    let quicknet = Chain::quicknet();
    let signature = hex(
        "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
    );
    let round = Round::verified(&quicknet, 1000, &signature, None).unwrap();
    let sealed = sealed_by(&pool, 3, 2, Source::beacon(&quicknet, 1000));
    let proof = Proof::draw(&sealed, &pool, RULES, Evidence::beacon(&round)).unwrap();
    assert!(!valid(&python, &proof).contains("trusted"));

    let first = Chain::drand_default();
    let signature = hex(
        "8d61d9100567de44682506aea1a7a6fa6e5491cd27a0a0ed349ef6910ac5ac20ff7bc3e09d7c046566c9f7f3c6f3b10104990e7cb424998203d8f7de586fb7fa5f60045417a432684f85093b06ca91c769f0e7ca19268375e659c2a2352b4655",
    );
    let before = hex("176f93498eac9ca337150b46d21dd58673ea4e3581185f869672e59fa4cb390a");
    let round = Round::verified(&first, 1, &signature, Some(&before)).unwrap();
    let sealed = sealed_by(&pool, 3, 2, Source::beacon(&first, 1));
    let proof = Proof::draw(&sealed, &pool, RULES, Evidence::beacon(&round)).unwrap();
    assert!(!valid(&python, &proof).contains("trusted"));
    let wrong = proof.to_json().replace("176f93498eac", "176f93498ead");
    let (valid, _) = verdict(&python, wrong.as_bytes(), &[]);
    assert!(!valid);
}

#[test]
fn the_second_verifier_knows_fallbacks_reveals_and_linked_draws() {
    let Some(python) = python() else { return };
    let pool = pool(30);
    let other = OwnChain::new("other", at("2026-01-01T00:00:00Z"), 30, clock()).unwrap();
    let first = sealed(&pool, 3, 2);
    let by_fallback = (first.clone())
        .fallback(
            at("2026-12-02T00:00:00Z"),
            Source::beacon(other.chain(), 77),
        )
        .unwrap()
        .earlier(first.seal(), "the winner \"declined\" → again")
        .unwrap();
    let round = Evidence::beacon(&other.sign(77).unwrap());
    let proof = Proof::draw(&by_fallback, &pool, RULES, round).unwrap();
    assert!(valid(&python, &proof).contains("by the fallback"));

    let reveals = [Reveal::new([1; 32]), Reveal::new([2; 32])];
    let parties = reveals.map(|reveal| {
        let name = format!("party {}", reveal.bytes()[0]);
        Party::new(name, reveal.commitment(), Reveal::new([9; 32]))
    });
    let deadline = at("2026-12-02T00:00:00Z");
    let source = Source::reveals(deadline, parties);
    let evidence = Evidence::reveals(&source, vec![Some(reveals[0]), None], deadline).unwrap();
    let proof = Proof::draw(&sealed_by(&pool, 3, 2, source), &pool, RULES, evidence).unwrap();
    valid(&python, &proof);
    let wrong = proof
        .to_json()
        .replacen(&"01".repeat(32), &"03".repeat(32), 1);
    let (good, said) = verdict(&python, wrong.as_bytes(), &[]);
    assert!(!good && said.starts_with("reveals"), "{said}");
}

#[test]
fn the_second_verifier_refuses_each_tampered_proof_for_the_same_reason() {
    let Some(python) = python() else { return };
    let cases = tampered();
    let files: Vec<&[u8]> = cases.iter().map(|case| &*case.file).collect();
    let (valid, said) = verdicts(&python, &files, &[]);
    assert!(!valid);
    for (case, said) in cases.iter().zip(said) {
        assert!(said.starts_with(case.theirs), "{}: {said}", case.what);
    }
    let (valid, _) = verdict(&python, files[0], &[]);
    assert!(!valid, "one alone is refused too");
}
