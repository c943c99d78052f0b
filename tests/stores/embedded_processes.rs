//! An embedded store and several processes: one that is killed while it writes, and two that work at once.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sociable::store::{EmbeddedStore, JobChange, JobQuery, KeyValue, LeaseChange, Queue};

use crate::embedded_files::Folder;
use crate::suite::{job, take};

const ROLE: &str = "SOCIABLE_TEST_STORE_ROLE";
const FILE: &str = "SOCIABLE_TEST_STORE_FILE";

/// Starts this test program once more, as a process that does nothing but what its role says.
fn start(role: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "embedded_processes::another_process",
            "--nocapture",
        ])
        .env(ROLE, role)
        .env(FILE, path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Not a test of its own: what the other process does. Without a role it has nothing to do.
#[tokio::test]
async fn another_process() {
    let (Ok(role), Some(path)) = (std::env::var(ROLE), std::env::var_os(FILE)) else {
        return;
    };
    let store = EmbeddedStore::open(path).await.unwrap();
    match role.as_str() {
        "write" => write(&store).await,
        worker => work(&store, worker).await,
    }
}

/// Writes without end, and says of each write that it was answered.
async fn write(store: &EmbeddedStore) {
    let mut version = store.get("count").await.unwrap().map(|value| value.version);
    let filling = "filling ".repeat(200);
    for number in 0_u64.. {
        let id = format!("{}-{number}", std::process::id());
        version = store.put("count", &id, version).await.unwrap();
        store.put(&id, &filling, None).await.unwrap().unwrap();
        assert!(store.add(&job(&id, 0)).await.unwrap());
        println!("wrote {id}");
    }
}

/// Takes and finishes what there is, and says so.
async fn work(store: &EmbeddedStore, worker: &str) {
    loop {
        let leased = store.lease(&take(worker, 0, 2)).await.unwrap();
        if leased.is_empty() {
            return;
        }
        for queued in leased {
            let change = JobChange::new(&queued, worker, None).lease(LeaseChange::Release);
            assert!(store.change(&change).await.unwrap().is_some());
            println!("did {}", queued.job.id);
        }
    }
}

/// What a process says behind this word.
fn said(child: &mut Child, word: &str) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let word = format!("{word} ");
    lines.filter_map(move |line| {
        line.unwrap()
            .split_once(&word)
            .map(|(_, said)| said.to_owned())
    })
}

#[tokio::test]
async fn what_was_answered_outlives_a_kill_at_any_moment() {
    let folder = Folder::new("killed");
    let path = folder.file("a.store");
    let mut written: Vec<String> = Vec::new();
    for round in 0..6 {
        let mut child = start("write", &path);
        let mut lines = said(&mut child, "wrote");
        // So many writes after it began, it is killed in the middle of whatever it does then.
        written.extend(lines.by_ref().take(1 + round * 37));
        child.kill().unwrap(); // SIGKILL
        written.extend(lines);
        child.wait().unwrap();
        let store = EmbeddedStore::open(&path).await.unwrap();
        for id in &written {
            assert!(store.get(id).await.unwrap().is_some(), "{id} is missing");
            assert!(store.job(id).await.unwrap().is_some(), "{id} is missing");
        }
        // At most the write of which the answer was not told is there beyond that, for each time that it was killed.
        let jobs = store.jobs(&JobQuery::new(u32::MAX)).await.unwrap();
        assert!(jobs.len() - written.len() <= round + 1);
        let tool = rusqlite::Connection::open(&path).unwrap();
        let sound = tool.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
        assert_eq!(sound.unwrap(), "ok");
    }
    assert!(written.len() >= 6);
}

#[tokio::test]
async fn two_processes_share_the_work_and_none_is_done_twice() {
    let folder = Folder::new("shared");
    let path = folder.file("a.store");
    let store = EmbeddedStore::open(&path).await.unwrap();
    for number in 0..150 {
        store.add(&job(&format!("job-{number}"), 0)).await.unwrap();
    }
    let mut children = ["anna", "boris"].map(|worker| start(worker, &path));
    // Meanwhile a third one lists and adds.
    for number in 0..50 {
        store.add(&job(&format!("late-{number}"), 0)).await.unwrap();
        store.jobs(&JobQuery::new(20)).await.unwrap();
    }
    let mut done: Vec<String> = Vec::new();
    for child in &mut children {
        done.extend(said(child, "did"));
        assert!(child.wait().unwrap().success());
    }
    let rest = store.lease(&take("rest", 0, 999)).await.unwrap();
    done.extend(rest.into_iter().map(|queued| queued.job.id));
    done.sort();
    let count = done.len();
    done.dedup();
    assert_eq!((count, done.len()), (200, 200));
}

/// Both come to a file that is not there yet.
#[tokio::test]
async fn a_store_that_many_open_first_is_one() {
    for round in 0..5 {
        let folder = Folder::new(&format!("first-{round}"));
        let path = folder.file("a.store");
        let mut children = [0; 3].map(|_| start("nobody", &path));
        let here = EmbeddedStore::open(&path).await.unwrap();
        here.put("key", "value", None).await.unwrap().unwrap();
        for child in &mut children {
            assert!(child.wait().unwrap().success());
        }
        let again = EmbeddedStore::open(&path).await.unwrap();
        assert!(again.get("key").await.unwrap().is_some());
    }
}
