//! Limits in a file: what was reserved outlives any crash, and several processes never spend more than there is.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use sociable::client::limits::{
    Bucket, BucketKey, Charge, FileLimits, Permit, Reservation, Scope, Sent, Settled, Spending,
    SpendingBudget, Wait, Window,
};
use sociable::client::{Client, ClientConfig, LimitStore};
use sociable::{Currency, ErrorKind, Operation};

/// A folder that goes with its test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Memory where there is some: these tests bring a great deal to the disk.
        let shm = Path::new("/dev/shm");
        let root = if shm.is_dir() {
            shm.to_owned()
        } else {
            std::env::temp_dir()
        };
        let next = NEXT.fetch_add(1, Ordering::SeqCst);
        let folder = root.join(format!("sociable-limits-{}-{next}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn noon() -> Timestamp {
    at("2026-11-30T12:00:00Z")
}

fn money(cap: &str) -> SpendingBudget {
    SpendingBudget::new("shop", "main", Currency::USD)
        .cap(cap.parse().unwrap())
        .unwrap()
}

fn charge(cap: &str, worst: u64) -> Charge {
    money(cap).charge(&Operation::PUBLISH, worst)
}

async fn granted(store: &FileLimits, now: Timestamp, charge: &Charge) -> Option<Permit> {
    match store
        .reserve(now, std::slice::from_ref(charge), None)
        .await
        .unwrap()
    {
        Reservation::Granted(permit) => Some(permit),
        Reservation::OverCap(_) => None,
        other => panic!("{other:?}"),
    }
}

/// What a crash at this moment would leave: the file as it is, which nobody uses.
fn crashed(from: &Path, to: &Path) {
    match std::fs::copy(from, to) {
        Ok(_) => {}
        Err(_) => drop(std::fs::remove_file(to)),
    }
}

/// Calls, certain, uncertain and reserved millionths.
fn sums(spending: &Spending) -> (u64, i64, i64, i64) {
    spending.rows.iter().fold((0, 0, 0, 0), |sum, row| {
        (
            sum.0 + row.calls,
            sum.1 + row.certain.amount,
            sum.2 + row.uncertain.amount,
            sum.3 + row.reserved.amount,
        )
    })
}

#[tokio::test]
async fn a_crash_at_any_step_counts_what_was_reserved_as_spent() {
    let (folder, cap, now) = (Folder::new(), "1 USD a day", noon());
    let (file, after) = (folder.file("limits"), folder.file("after"));
    let store = FileLimits::open(&file).unwrap();
    let left = async || {
        crashed(&file, &after);
        let next = FileLimits::open(&after).unwrap();
        let spent = sums(&next.spending(now).await.unwrap());
        let whole = granted(&next, now, &charge(cap, 1_000_000)).await.is_some();
        (spent, whole)
    };
    // Nothing was reserved.
    assert_eq!(left().await, ((0, 0, 0, 0), true));
    let permit = granted(&store, now, &charge(cap, 600_000)).await.unwrap();
    assert_eq!(left().await, ((1, 0, 600_000, 0), false));
    assert!(store.leave(now, &permit).await.unwrap());
    assert_eq!(left().await, ((1, 0, 600_000, 0), false));
    let sent = Sent::answered(now).cost(money(cap).key().clone(), 250_000);
    store.settle(now, permit, sent.into()).await.unwrap();
    assert_eq!(left().await, ((1, 250_000, 0, 0), false));
    let lost = granted(&store, now, &charge(cap, 50_000)).await.unwrap();
    store
        .settle(now, lost, Sent::lost(now).into())
        .await
        .unwrap();
    assert_eq!(left().await, ((2, 250_000, 50_000, 0), false));
    let unsent = granted(&store, now, &charge(cap, 700_000)).await.unwrap();
    assert_eq!(left().await, ((3, 250_000, 750_000, 0), false));
    store.settle(now, unsent, Settled::NotSent).await.unwrap();
    assert_eq!(left().await, ((2, 250_000, 50_000, 0), false));
    assert!(granted(&store, now, &charge(cap, 700_001)).await.is_none());
    assert!(granted(&store, now, &charge(cap, 700_000)).await.is_some());
}

/// Set in a process that the test below starts, and ends in the middle.
const CHILD: &str = "SOCIABLE_LIMITS_CHILD";

/// Runs one test of this file again in a process of its own.
fn child(test: &str, file: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn a_process_that_dies_between_reserving_and_settling_loses_no_money() {
    let test = "a_process_that_dies_between_reserving_and_settling_loses_no_money";
    let (cap, now) = ("1 USD", noon());
    if let Some(file) = std::env::var_os(CHILD) {
        let store = FileLimits::open(file).unwrap();
        let permit = granted(&store, now, &charge(cap, 400_000)).await.unwrap();
        assert!(store.leave(now, &permit).await.unwrap());
        std::process::abort();
    }
    let folder = Folder::new();
    let file = folder.file("limits");
    for died in 1..=2 {
        assert!(!child(test, &file).wait().unwrap().success());
        let store = FileLimits::open(&file).unwrap();
        let spent = sums(&store.spending(now).await.unwrap());
        assert_eq!(spent, (died, 0, died as i64 * 400_000, 0));
    }
    let store = FileLimits::open(&file).unwrap();
    assert!(granted(&store, now, &charge(cap, 200_001)).await.is_none());
    assert!(granted(&store, now, &charge(cap, 200_000)).await.is_some());
}

#[tokio::test]
async fn processes_together_never_reserve_more_than_the_cap() {
    let test = "processes_together_never_reserve_more_than_the_cap";
    let (cap, now) = ("1 USD a month", noon());
    if let Some(file) = std::env::var_os(CHILD) {
        let store = FileLimits::open(file).unwrap();
        while let Some(permit) = granted(&store, now, &charge(cap, 50_000)).await {
            let sent = Sent::answered(now).cost(money(cap).key().clone(), 30_000);
            store.settle(now, permit, sent.into()).await.unwrap();
        }
        return;
    }
    let folder = Folder::new();
    let file = folder.file("limits");
    let children: Vec<_> = (0..3).map(|_| child(test, &file)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let store = FileLimits::open(&file).unwrap();
    let (calls, certain, uncertain, reserved) = sums(&store.spending(now).await.unwrap());
    assert_eq!((uncertain, reserved), (0, 0));
    assert_eq!(certain, calls as i64 * 30_000);
    // They stopped where one more could have passed it.
    assert!((900_000..=1_000_000).contains(&certain), "{certain}");
}

#[tokio::test]
async fn who_uses_the_file_sees_what_the_others_reserved_and_settled() {
    let (folder, cap, now) = (Folder::new(), "1 USD", noon());
    let file = folder.file("limits");
    let (one, two) = (
        FileLimits::open(&file).unwrap(),
        FileLimits::open(&file).unwrap(),
    );
    let permit = granted(&one, now, &charge(cap, 800_000)).await.unwrap();
    assert!(granted(&two, now, &charge(cap, 300_000)).await.is_none());
    // A third that comes later does not take it for lost: the first still lives.
    let three = FileLimits::open(&file).unwrap();
    assert_eq!(
        sums(&three.spending(now).await.unwrap()),
        (0, 0, 0, 800_000)
    );
    let sent = Sent::answered(now).cost(money(cap).key().clone(), 100_000);
    one.settle(now, permit, sent.into()).await.unwrap();
    let second = granted(&two, now, &charge(cap, 300_000)).await.unwrap();
    drop(one);
    // Two permits of two processes are two.
    let third = granted(&three, now, &charge(cap, 300_000)).await.unwrap();
    two.settle(now, second, Sent::answered(now).into())
        .await
        .unwrap();
    three.settle(now, third, Settled::NotSent).await.unwrap();
    assert_eq!(sums(&two.spending(now).await.unwrap()), (2, 400_000, 0, 0));
}

#[tokio::test]
async fn what_a_living_process_does_not_settle_is_spent_after_an_hour() {
    let (folder, cap, now) = (Folder::new(), "1 USD a day", noon());
    let store = FileLimits::open(folder.file("limits")).unwrap();
    let permit = granted(&store, now, &charge(cap, 600_000)).await.unwrap();
    let later = now + SignedDuration::from_mins(61);
    assert_eq!(
        sums(&store.spending(later).await.unwrap()),
        (1, 0, 600_000, 0)
    );
    // An answer that comes after all changes nothing any more.
    store
        .settle(later, permit, Sent::answered(now).into())
        .await
        .unwrap();
    assert_eq!(
        sums(&store.spending(later).await.unwrap()),
        (1, 0, 600_000, 0)
    );
}

#[tokio::test]
async fn whoever_goes_away_while_reserving_leaves_nothing_reserved() {
    let (folder, cap, now) = (Folder::new(), "1 USD", noon());
    let store = FileLimits::open(folder.file("limits")).unwrap();
    let whole = charge(cap, 1_000_000);
    for turns in 0..20 {
        let mut reserve = store.reserve(now, std::slice::from_ref(&whole), None);
        let mut done = false;
        for _ in 0..turns {
            done |= (&mut reserve).now_or_never().is_some();
            if done {
                break;
            }
            tokio::task::yield_now().await;
        }
        if done {
            break;
        }
        drop(reserve);
        // What was on its way may still end; then it is given back.
        let mut again = None;
        for _ in 0..100 {
            again = granted(&store, now, &whole).await;
            if again.is_some() {
                break;
            }
        }
        let permit = again.expect("somebody kept what nobody asks for any more");
        store.settle(now, permit, Settled::NotSent).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_goes_away_while_being_told_to_wait_leaves_no_place_in_the_queue() {
    let now = noon();
    let calls = Bucket::new(
        BucketKey::new("shop", "calls", Scope::Token),
        [Window::rolling(1, Duration::from_secs(900))],
    );
    let one = calls.charge(1);
    for turns in 0..20 {
        for patient in [false, true] {
            let folder = Folder::new();
            let store = FileLimits::open(folder.file("limits")).unwrap();
            let first = granted(&store, now, &one).await.unwrap();
            // Whoever was told to wait before may go away while asking again as well.
            let mut ticket = None;
            if patient {
                let held = store.reserve(now, std::slice::from_ref(&one), None).await;
                let Reservation::NotBefore(held) = held.unwrap() else {
                    panic!("there is one call, and it is taken");
                };
                ticket = Some(held.ticket);
            }
            let mut reserve = store.reserve(now, std::slice::from_ref(&one), ticket);
            for _ in 0..turns {
                if let Some(told) = (&mut reserve).now_or_never() {
                    if let Reservation::NotBefore(held) = told.unwrap() {
                        ticket = Some(held.ticket);
                    }
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(reserve);
            // What was on its way ends while there is still nothing to have.
            for _ in 0..5 {
                store.budgets(now).await.unwrap();
            }
            if let Some(ticket) = ticket {
                store.forget(now, ticket).await.unwrap();
            }
            store.settle(now, first, Settled::NotSent).await.unwrap();
            let last = store.reserve(now, std::slice::from_ref(&one), None).await;
            assert!(
                matches!(last, Ok(Reservation::Granted(_))),
                "all stand behind somebody who went away ({turns} turns, patient: {patient})"
            );
        }
    }
}

#[tokio::test]
async fn day_windows_and_refusals_survive_too() {
    let (folder, now) = (Folder::new(), noon());
    let file = folder.file("limits");
    let posts = Bucket::new(
        BucketKey::new("shop", "posts", Scope::Account),
        [Window::day(50, "UTC")],
    );
    let store = FileLimits::open(&file).unwrap();
    for _ in 0..2 {
        let permit = granted(&store, now, &posts.charge(25)).await.unwrap();
        store
            .settle(now, permit, Sent::answered(now).into())
            .await
            .unwrap();
    }
    drop(store);
    let store = FileLimits::open(&file).unwrap();
    let Reservation::NotBefore(held) = store.reserve(now, &[posts.charge(1)], None).await.unwrap()
    else {
        panic!("the day's posts were forgotten");
    };
    assert_eq!(held.wait, Wait::Until(at("2026-12-01T00:00:00Z")));
}

#[tokio::test]
async fn settles_that_nobody_waited_for_are_written_when_the_last_one_goes() {
    let (folder, cap, now) = (Folder::new(), "1 USD", noon());
    let file = folder.file("limits");
    let store = FileLimits::open(&file).unwrap();
    let permit = granted(&store, now, &charge(cap, 600_000)).await.unwrap();
    let sent = Sent::answered(now).cost(money(cap).key().clone(), 10_000);
    // Begun and left alone.
    let _ = store.settle(now, permit, sent.into()).now_or_never();
    drop(store);
    let text = loop {
        // The work that was begun holds the store for a moment longer.
        let text = std::fs::read_to_string(&file).unwrap();
        if text.contains("\"certain\":10000") {
            break text;
        }
        tokio::task::yield_now().await;
    };
    assert!(!text.contains("\"open\""), "{text}");
}

#[tokio::test]
async fn a_damaged_file_is_an_error_that_says_what_to_do_and_is_left_as_it_is() {
    let folder = Folder::new();
    let file = folder.file("limits");
    let store = FileLimits::open(&file).unwrap();
    let _kept = granted(&store, noon(), &charge("1 USD", 1)).await.unwrap();
    drop(store);
    let good = std::fs::read_to_string(&file).unwrap();
    let other = good.replacen("\"sociable_limits\":1", "\"sociable_limits\":9", 1);
    let half = good[..good.len() / 2].to_owned();
    for text in ["nonsense", "{}\n{}", &half, &other, ""] {
        std::fs::write(&file, text).unwrap();
        let error = FileLimits::open(&file).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Config, "{text}");
        assert!(error.message().contains("put aside"), "{error}");
        let error = Client::builder().limits_file(&file).build().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Config, "{text}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
    // While it is in use, nothing is sent and nothing is lost.
    std::fs::write(&file, &good).unwrap();
    let store = FileLimits::open(&file).unwrap();
    std::fs::write(&file, "nonsense").unwrap();
    assert!(
        store
            .reserve(noon(), &[charge("1 USD", 1)], None)
            .await
            .is_err()
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "nonsense");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone_and_shows_no_token() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let file = folder.file("deep/limits");
    let config = format!(r#"{{"limits_file": {:?}}}"#, file.display().to_string());
    let config: ClientConfig = serde_json::from_str(&config).unwrap();
    let client = Client::builder().config(config).build().unwrap();
    let key = BucketKey::new("shop", "token", Scope::Token)
        .of(sociable::client::limits::subject("very-secret-token"));
    let bucket = Bucket::new(key, [Window::total(5)]);
    let permit = client.permit("shop", &[bucket.charge(1)]).await.unwrap();
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(
        !std::fs::read_to_string(&file)
            .unwrap()
            .contains("very-secret")
    );
    drop(permit);
    let budgets = client.shared_budgets().await.unwrap();
    assert_eq!(budgets[0].left, Some(5));
}

/// SplitMix64: the same numbers on every machine.
struct Rng(u64);

impl Rng {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    /// What is billed of what it could cost: often all.
    fn real(&mut self, worst: u64) -> u64 {
        match self.below(3) {
            0 => self.below(worst + 1),
            _ => worst,
        }
    }
}

/// What a server bills, by day, month and in all.
#[derive(Default)]
struct Bills(std::collections::HashMap<String, u64>);

impl Bills {
    fn bill(&mut self, now: Timestamp, micros: u64) {
        let day = now.to_string();
        for key in [&day[..10], &day[..7], "all"] {
            *self.0.entry(key.to_owned()).or_default() += micros;
        }
    }
}

struct Call {
    permit: Permit,
    worst: u64,
    sent: Timestamp,
    billed: Option<u64>,
}

#[tokio::test]
async fn never_is_more_billed_than_the_cap_whatever_is_lost_and_restarted() {
    const CAPS: [&str; 5] = [
        "1 USD a day",
        "3 USD a month",
        "5 USD",
        "1 USD a day, 2.50 USD a month",
        "0.70 USD a day, 9 USD a month, 30 USD",
    ];
    let folder = Folder::new();
    let (mut refused, mut billed, mut crashes) = (0, 0, 0);
    for seed in 0..40 {
        let mut rng = Rng(seed);
        let cap = CAPS[(seed % 5) as usize];
        let budget = money(cap);
        let mut file = folder.file(&format!("limits-{seed}-0"));
        let mut store = FileLimits::open(&file).unwrap();
        let (mut now, mut bills) = (at("2026-11-29T22:00:00Z"), Bills::default());
        let mut calls: Vec<Call> = Vec::new();
        for step in 0..160 {
            now += SignedDuration::from_secs(match rng.below(12) {
                0 => 6 * 3600,
                1..4 => 1200,
                _ => 1,
            } as i64);
            match rng.below(20) {
                0 => {
                    // The process dies; what has left was taken by the server, or never will be.
                    for call in calls.drain(..) {
                        if rng.below(2) == 0 && call.billed.is_none() {
                            bills.bill(now, rng.real(call.worst));
                        }
                    }
                    let next = folder.file(&format!("limits-{seed}-{}", step + 1));
                    crashed(&file, &next);
                    (file, store) = (next.clone(), FileLimits::open(next).unwrap());
                    crashes += 1;
                }
                1..9 => {
                    let most = [400_000, 20_000][rng.below(2) as usize];
                    let worst = 1 + rng.below(most);
                    let charge = budget.charge(&Operation::PUBLISH, worst);
                    match granted(&store, now, &charge).await {
                        Some(permit) => {
                            assert!(store.leave(now, &permit).await.unwrap());
                            calls.push(Call {
                                permit,
                                worst,
                                sent: now,
                                billed: None,
                            });
                        }
                        None => refused += 1,
                    }
                }
                9..13 => {
                    if let Some(call) = calls.iter_mut().find(|call| call.billed.is_none()) {
                        let micros = rng.real(call.worst);
                        call.billed = Some(micros);
                        bills.bill(now, micros);
                    }
                }
                _ if !calls.is_empty() => {
                    let at = rng.below(calls.len() as u64) as usize;
                    let call = calls.swap_remove(at);
                    let settled: Settled = match (call.billed, rng.below(4)) {
                        (None, 0) => Settled::NotSent,
                        (Some(micros), 1..) => Sent::answered(call.sent)
                            .cost(budget.key().clone(), micros)
                            .into(),
                        _ => Sent::lost(call.sent).into(),
                    };
                    store.settle(now, call.permit, settled).await.unwrap();
                }
                _ => {}
            }
            check(&bills, cap, seed);
        }
        let spent = sums(&store.spending(now).await.unwrap());
        let all = bills.0.get("all").copied().unwrap_or_default();
        assert!(
            spent.1 + spent.2 + spent.3 >= all as i64,
            "{seed}: {spent:?} {all}"
        );
        billed += all;
    }
    assert!(
        refused > 500 && crashes > 100 && billed > 40_000_000,
        "{refused} {crashes} {billed}"
    );
}

/// No day, no month and no total is above its cap.
fn check(bills: &Bills, cap: &str, seed: u64) {
    for part in cap.split(", ") {
        let amount: f64 = part.split(' ').next().unwrap().parse().unwrap();
        let length = match part {
            _ if part.ends_with("day") => 10,
            _ if part.ends_with("month") => 7,
            _ => 3,
        };
        for (when, sum) in &bills.0 {
            if when.len() == length {
                let most = (amount * 1e6).round() as u64;
                assert!(*sum <= most, "{seed}: {sum} in {when} are above {part}");
            }
        }
    }
}

#[tokio::test]
async fn many_at_once_share_one_file_without_harm() {
    let (folder, cap, now) = (Folder::new(), "1 USD", noon());
    let store = Arc::new(FileLimits::open(folder.file("limits")).unwrap());
    let calls = (0..40).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let permit = granted(&store, now, &charge(cap, 50_000)).await?;
            assert!(store.leave(now, &permit).await.unwrap());
            let sent = Sent::answered(now).cost(money(cap).key().clone(), 50_000);
            store.settle(now, permit, sent.into()).await.unwrap();
            Some(())
        })
    });
    let done = join_all(calls).await;
    let sent = done
        .into_iter()
        .filter(|call| matches!(call, Ok(Some(()))))
        .count();
    assert_eq!(sent, 20);
    assert_eq!(
        sums(&store.spending(now).await.unwrap()),
        (20, 1_000_000, 0, 0)
    );
}
