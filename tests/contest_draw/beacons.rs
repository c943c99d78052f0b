//! Where rounds come from: relays that fail, lie or are late, and beacons that fall silent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use sociable::bytes::Bytes;
use sociable::client::{Client, InProcess, RetryPolicy, Service, SetClock};
use sociable::contest::beacon::{Beacon, Chain, Drand, OwnChain, evidence};
use sociable::contest::draw::{Evidence, Proof, Sealed, Source, Trust};
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::{Error, ErrorKind, http};

use super::{RULES, START, at, own_chain, pool, sealed, sealed_by};

/// Relays by their hosts: what each answers, with its status.
#[derive(Default)]
struct Relays {
    answers: BTreeMap<&'static str, (u16, String)>,
    asked: Mutex<Vec<String>>,
}

impl Service for Relays {
    fn answer(&self, request: &http::Request<Bytes>, _: Timestamp) -> http::Response<Bytes> {
        let uri = request.uri();
        self.asked.lock().unwrap().push(uri.to_string());
        let (status, body) = &self.answers[uri.host().unwrap()];
        http::Response::builder()
            .status(*status)
            .body(body.clone().into())
            .unwrap()
    }
}

const GOOD: &str = r#"{"round":1000,"randomness":"fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd","signature":"b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"}"#;
const NOT_YET: (u16, &str) = (404, "Not Found");

/// Asks relays that answer so, one after the other, for round 1000 of quicknet, and tells who was asked.
async fn ask(answers: &[(u16, &str)]) -> (Result<Option<String>, Error>, Vec<String>) {
    const HOSTS: [&str; 3] = ["one.example", "two.example", "three.example"];
    let mut relays = Relays::default();
    for (host, (status, body)) in HOSTS.into_iter().zip(answers) {
        relays.answers.insert(host, (*status, (*body).to_owned()));
    }
    let relays = Arc::new(relays);
    let clock = Arc::new(SetClock::at(at(START)));
    let service: Arc<dyn Service> = Arc::clone(&relays) as _;
    let client = Client::builder()
        .transport(Arc::new(InProcess::new(service, Arc::clone(&clock) as _)))
        .clock(clock)
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let addresses = HOSTS[..answers.len()]
        .iter()
        .map(|host| format!("https://{host}/"));
    let drand = Drand::new(&client, Chain::quicknet(), addresses).unwrap();
    let round = drand.round(1000).await;
    let asked = relays.asked.lock().unwrap().clone();
    (
        round.map(|round| round.map(|round| round.randomness().to_string())),
        asked,
    )
}

fn found(answer: Result<Option<String>, Error>) {
    let found = answer.unwrap().unwrap();
    assert!(found.starts_with("fe290beca108"), "{found}");
}

#[tokio::test]
async fn a_relay_is_asked_for_the_round_of_the_chain() {
    let (round, asked) = ask(&[(200, GOOD)]).await;
    found(round);
    let hash = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971";
    assert_eq!(asked, [format!("https://one.example/{hash}/public/1000")]);
}

#[tokio::test]
async fn where_one_relay_fails_or_lies_the_next_one_is_asked() {
    let forged = GOOD.replace("b44679b9", "b44679b8");
    let other = GOOD.replace("\"round\":1000", "\"round\":1001");
    let huge = format!("{GOOD}{}", " ".repeat(20_000));
    let odd = GOOD.replace("b44679b9", "B44679B9");
    for bad in [
        (500, "out of order"),
        (200, "<html>"),
        (200, "{}"),
        (200, forged.as_str()),
        (200, other.as_str()),
        (200, huge.as_str()),
        (200, odd.as_str()),
        (429, "slower"),
        NOT_YET,
    ] {
        let (round, asked) = ask(&[bad, (200, GOOD)]).await;
        found(round);
        assert_eq!(asked.len(), 2, "{bad:?}");
    }
}

#[tokio::test]
async fn a_round_that_is_not_there_yet_is_no_error() {
    for answers in [
        &[NOT_YET][..],
        &[(425, "too early"), NOT_YET],
        &[(500, ""), NOT_YET],
    ] {
        let (round, asked) = ask(answers).await;
        assert_eq!(round.unwrap(), None);
        assert_eq!(asked.len(), answers.len());
    }
}

#[tokio::test]
async fn when_no_relay_is_of_use_the_error_tells_of_each_and_when_to_try_again() {
    let forged = GOOD.replace("b44679b9", "b44679b8");
    let (round, _) = ask(&[(500, "out of order"), (200, forged.as_str())]).await;
    let error = round.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable);
    for word in [
        "one.example: ",
        "two.example: ",
        "is not it",
        "name other relays",
    ] {
        assert!(error.message().contains(word), "{error}");
    }
    assert_eq!(
        error.retry_at(),
        Some(at(START) + SignedDuration::from_secs(30))
    );
}

#[test]
fn relays_are_addresses_of_servers() {
    let client = Client::new().unwrap();
    let drand = |relays: &[&str]| Drand::new(&client, Chain::quicknet(), relays);
    for bad in [
        &[][..],
        &["api.drand.sh"],
        &["http://api.drand.sh"],
        &["ftp://api.drand.sh"],
    ] {
        assert_eq!(
            *drand(bad).unwrap_err().kind(),
            ErrorKind::Config,
            "{bad:?}"
        );
    }
    assert!(drand(&["https://api.drand.sh", "http://127.0.0.1:8080/drand"]).is_ok());
}

// ---- What a commitment waits for ----

/// A draw by round 1000 of a chain of one's own that has just begun, and the clock.
fn waiting() -> (Sealed, OwnChain, Arc<SetClock>) {
    let clock = Arc::new(SetClock::at(at(START)));
    let chain = OwnChain::new("wait", at(START), 3, Arc::clone(&clock) as _).unwrap();
    let sealed = sealed_by(&pool(10), 1, 1, Source::beacon(chain.chain(), 1000));
    (sealed, chain, clock)
}

const DUE: &str = "2026-11-30T12:49:57Z";

async fn wait(sealed: &Sealed, beacons: &[&dyn Beacon], now: &str) -> Result<Evidence, Error> {
    evidence(sealed, beacons, at(now)).await
}

#[tokio::test]
async fn before_the_rounds_time_the_error_says_when_it_comes() {
    let (sealed, chain, clock) = waiting();
    let early = wait(&sealed, &[&chain], "2026-11-30T12:49:56.999Z")
        .await
        .unwrap_err();
    assert_eq!(*early.kind(), ErrorKind::Unavailable);
    assert_eq!(early.retry_at(), Some(at(DUE)));
    assert_eq!(chain.round(1000).await.unwrap(), None);
    clock.set(at(DUE));
    let there = wait(&sealed, &[&chain], DUE).await.unwrap();
    let proof = Proof::draw(&sealed, &pool(10), RULES, there).unwrap();
    assert_eq!(
        proof.verify(&Trust::default()).unwrap().drawn_at,
        Some(at(DUE))
    );
}

#[tokio::test]
async fn a_beacon_that_never_comes_is_waited_for_with_a_moment_to_try_again() {
    let (sealed, chain, clock) = waiting();
    clock.set(at("2026-11-30T13:00:00Z"));
    chain.stop_after(999);
    let silent = wait(&sealed, &[&chain], "2026-11-30T13:00:00Z")
        .await
        .unwrap_err();
    assert_eq!(*silent.kind(), ErrorKind::Unavailable);
    assert_eq!(silent.retry_at(), Some(at("2026-11-30T13:00:30Z")));
    assert!(silent.message().contains("nothing is lost"), "{silent}");
    chain.stop_after(u64::MAX);
    assert!(
        wait(&sealed, &[&chain], "2026-11-30T13:00:00Z")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn the_published_fallback_decides_after_the_published_patience_and_not_before() {
    let (sealed, chain, clock) = waiting();
    let other = OwnChain::new("other", at(START), 30, Arc::clone(&clock) as _).unwrap();
    let after = "2026-11-30T18:00:00Z";
    let number = other.chain().first_round_from(at(after));
    let sealed = sealed
        .fallback(at(after), Source::beacon(other.chain(), number))
        .unwrap();
    chain.stop_after(999);
    clock.set(at("2026-11-30T17:59:59Z"));
    let beacons: [&dyn Beacon; 2] = [&other, &chain];
    let early = wait(&sealed, &beacons, "2026-11-30T17:59:59Z")
        .await
        .unwrap_err();
    assert!(
        early
            .message()
            .contains("the published fallback holds from"),
        "{early}"
    );
    clock.set(at(after));
    let there = wait(&sealed, &beacons, after).await.unwrap();
    let proof = Proof::draw(&sealed, &pool(10), RULES, there).unwrap();
    let verified = proof
        .verify(&Trust::default().also(other.chain().hash()))
        .unwrap();
    assert!(verified.by_fallback && verified.pinned);
    // Where the first source is there, it decides, however late it is asked.
    chain.stop_after(u64::MAX);
    let there = wait(&sealed, &beacons, after).await.unwrap();
    let proof = Proof::draw(&sealed, &pool(10), RULES, there).unwrap();
    assert!(!proof.verify(&Trust::default()).unwrap().by_fallback);
}

#[tokio::test]
async fn a_draw_without_a_beacon_of_its_chain_says_which_one_is_missing() {
    let (sealed, chain, _) = waiting();
    let other = own_chain();
    let error = wait(&sealed, &[&other], DUE).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Config);
    assert!(
        error.message().contains(&chain.chain().hash().to_string()),
        "{error}"
    );
    let parties = sociable::contest::draw::Party::new(
        "a",
        sociable::contest::draw::Reveal::new([1; 32]).commitment(),
        sociable::contest::draw::Reveal::new([2; 32]),
    );
    let by_parties = sealed_by(&pool(10), 1, 1, Source::reveals(at(DUE), [parties]));
    let error = wait(&by_parties, &[&chain], DUE).await.unwrap_err();
    assert!(error.message().contains("gather it from them"), "{error}");
}

#[test]
fn a_chain_of_ones_own_is_told_apart_from_the_real_ones() {
    let chain = own_chain();
    assert_eq!(chain.sign(7).unwrap(), own_chain().sign(7).unwrap());
    assert_ne!(
        chain.sign(7).unwrap().randomness(),
        chain.sign(8).unwrap().randomness()
    );
    assert_ne!(chain.chain().hash(), Chain::quicknet().hash());
    assert!(chain.sign(0).is_err());
    for (name, period) in [("", 3), ("default", 3), ("x", 0), (&"x".repeat(65), 3)] {
        let made = OwnChain::new(name, at(START), period, super::clock());
        assert!(made.is_err(), "{name} {period}");
    }
    let sealed = sealed(&pool(10), 1, 1);
    let proof = Proof::draw(&sealed, &pool(10), RULES, super::evidence()).unwrap();
    let trusted = Trust::default().also(chain.chain().hash());
    assert!(!proof.verify(&Trust::default()).unwrap().pinned);
    assert!(proof.verify(&trusted).unwrap().pinned);
}
