//! Workers that are killed one after the other at one step, each time that they reach it with something new, until one
//! comes to the end; and what then stands on the network.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use sociable::outbox::{Item, State, Step};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::worker::{Fate, ORDER, Order, fates, kind, texts};

/// How long a worker may take at the most, by the machine's clock.
pub(crate) const LONGEST: Duration = Duration::from_secs(120);
/// How many workers are killed one after the other at the most.
pub(crate) const MOST: usize = 60;

/// A folder of its own, taken away in the end.
#[derive(Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("sociable-outbox-kill-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A word that no other run has.
pub(crate) fn unique() -> String {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed();
    format!("{:x}", since.unwrap().as_nanos())
}

/// Starts this test again as a worker.
pub(crate) fn start(order: &Order) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "worker", "--nocapture", "--test-threads=1"])
        .env(ORDER, serde_json::to_string(order).unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// The last steps, for a message.
pub(crate) fn last(seen: &[Step]) -> &[Step] {
    &seen[seen.len().saturating_sub(20)..]
}

/// How a worker ended.
pub(crate) enum Ended {
    /// It was killed where it was told to stop.
    Killed,
    /// It did all there was to do, and this is how everything stands.
    Done(Vec<Item>),
}

/// Lets a worker work until it stops or ends, and learns from it.
pub(crate) async fn watch(mut child: Child, order: &mut Order, seen: &mut Vec<Step>) -> Ended {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut items = Vec::new();
    let mut ended = false;
    while let Some(line) = lines.next_line().await.unwrap() {
        if line == "end" {
            ended = true;
        }
        if let Some(item) = line.strip_prefix("item ") {
            items.push(serde_json::from_str(item).unwrap());
        }
        let Some(step) = line.strip_prefix("step ") else {
            continue;
        };
        let mut words = step.splitn(4, ' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (name, parts, stop, id) = (word(), word(), word(), word());
        let step = Step::ALL.iter().find(|step| step.name() == name).unwrap();
        let parts: u32 = parts.parse().unwrap();
        seen.push(*step);
        // Whoever looks for work has planned it all.
        order.planned |= *step == Step::BeforeLease;
        if *step == Step::AfterPublished {
            order.published.insert(id.clone(), parts + 1);
        }
        if stop == "1" {
            order.killed.insert((kind(&id).to_owned(), parts));
            child.kill().await.unwrap();
            return Ended::Killed;
        }
    }
    let output = child.wait_with_output().await.unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && ended, "{told}");
    Ended::Done(items)
}

/// Kills workers at one step, as many as reach it or as there may be, and lets the next one come to the end. Tells how many
/// were killed, and how everything stands.
pub(crate) async fn killed_at(order: &mut Order, step: Step, most: usize) -> (usize, Vec<Item>) {
    order.stop_at = Some(step);
    let mut seen = Vec::new();
    let mut killed = 0;
    loop {
        order.worker = format!("worker-{killed}");
        if killed == most {
            order.stop_at = None;
        }
        let child = start(order);
        let ended = tokio::time::timeout(LONGEST, watch(child, order, &mut seen)).await;
        let ended =
            ended.unwrap_or_else(|_| panic!("{step}, worker {killed}: no end; {:?}", last(&seen)));
        match ended {
            Ended::Killed => killed += 1,
            Ended::Done(items) => return (killed, items),
        }
    }
}

/// What is wrong with what stands on the network, and with what the outbox says of it.
pub(crate) fn wrong(order: &Order, keys: bool, items: &[Item], standing: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for text in standing {
        *counts.entry(text).or_default() += 1;
    }
    for (key, parts, fate) in fates(order.plan) {
        let planned = format!("{}{key}", order.tag);
        let item = items.iter().find(|item| item.key == planned);
        let state = item.map(|item| item.state);
        for text in texts(&order.tag, &key, parts) {
            let count = counts.remove(text.as_str()).unwrap_or_default();
            let fine = match (fate, state) {
                (Fate::Published, Some(State::Published)) => count == 1,
                // Where the network knows no keys a person may have to look.
                (Fate::Published, Some(State::Unknown)) => !keys && count <= 1,
                (Fate::Unknown, Some(State::Unknown)) => count <= 1,
                (Fate::Rejected, Some(State::Rejected))
                | (Fate::Missed, Some(State::Missed))
                | (Fate::Refused, None)
                | (Fate::Waits, Some(State::Waiting)) => count == 0,
                _ => false,
            };
            if !fine {
                let why = item.and_then(|item| item.reason.as_deref());
                wrong.push(format!(
                    "{text:?} stands {count} times, and is {state:?}: {}",
                    why.unwrap_or_default()
                ));
            }
        }
        if let Some(item) = item
            && !item.surplus.is_empty()
        {
            wrong.push(format!("{key} has a surplus: {:?}", item.surplus));
        }
    }
    for (text, count) in counts {
        wrong.push(format!(
            "{text:?}, which nobody planned, stands {count} times"
        ));
    }
    wrong
}
