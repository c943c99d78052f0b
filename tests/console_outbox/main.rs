//! The console's outbox, as a person or a script runs it: every verb in a process of its own, over the embedded network
//! and a file that they share.
#![cfg(all(
    feature = "memory",
    feature = "accounts",
    feature = "outbox",
    feature = "embedded"
))]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;
use sociable::adapters::memory::{Limit, World};
use sociable::store::{FileStore, KeyValue};

use run::{Console, keys, text, until};

mod decisions;
// Some of its helpers are for other tests.
#[allow(dead_code)]
#[path = "../console/run.rs"]
mod run;

/// A plan of three posts on two accounts, one of them for now, and one that wants approval.
const PLAN: &str = "\
accounts;time;zone;text;text.alice;thread.2;first comment;approval;labels
shop, alice;2100-12-01 09:00;Europe/Athens;Fresh tea is in! #tea;The shop has tea;;;;tea
shop;now;;We open;;and stay open;Find us in Plaza;;
shop;2100-12-02 09:00;UTC;A discount;;;;yes;
";

pub(crate) struct Desk {
    pub(crate) console: Console,
}

impl Desk {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            console: Console::embedded(&format!("outbox-{name}")),
        }
    }

    /// Writes a file that the console is told of.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.console.folder.0.join(name), text).unwrap();
        name.to_owned()
    }

    pub(crate) fn good(&self, arguments: &[&str]) -> Vec<Value> {
        self.console.good(&[&["outbox"], arguments].concat())
    }

    /// What a verb prints that fails, and its exit code.
    pub(crate) fn bad(&self, arguments: &[&str]) -> (i32, Vec<Value>, String) {
        let done = self.console.run(&[&["outbox"], arguments].concat());
        assert_ne!(done.code, 0, "{arguments:?}: {:?}", done.lines);
        (done.code, done.lines, done.stderr)
    }

    pub(crate) fn add(&self, plan: &str) -> Vec<Value> {
        let file = self.file("plan.csv", plan);
        self.good(&["add", &file])
    }

    /// The only planned post whose text begins so.
    #[track_caller]
    pub(crate) fn item(&self, begins: &str) -> Value {
        let mut items = self.good(&["list"]);
        items.retain(|item| text(item, "text").starts_with(begins));
        assert_eq!(items.len(), 1, "{begins}: {items:?}");
        items.remove(0)
    }

    /// How many posts of an account the network shows with this text.
    pub(crate) fn shown(&self, account: &str, words: &str) -> usize {
        let posts = ["posts", "--from", account, "--limit", "100"];
        let posts = self.console.good(&posts);
        posts
            .iter()
            .filter(|post| text(post, "text") == words)
            .count()
    }

    fn in_background(&self, arguments: &[&str]) -> Child {
        self.console
            .command(&[&["outbox"], arguments].concat())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }
}

#[test]
fn a_plan_is_added_once_and_each_line_has_the_form_that_scripts_stand_on() {
    let desk = Desk::new("form");
    let added = desk.add(PLAN);
    assert_eq!(added.len(), 4);
    for line in &added {
        assert_eq!(line["outcome"], "queued");
        for key in [
            "id", "account", "state", "at", "text", "post", "reason", "warnings",
        ] {
            assert!(keys(line).contains(&key), "{key} in {line}");
        }
        assert!(line["post"].is_null() && line["warnings"].is_array());
    }
    let again = desk.add(PLAN);
    assert!(again.iter().all(|line| line["outcome"] == "already_there"));
    let listed = desk.good(&["list"]);
    assert_eq!(listed.len(), 4);
    let times: Vec<&str> = listed.iter().map(|line| text(line, "at")).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(
        times[1..],
        [
            "2100-12-01T07:00:00Z",
            "2100-12-01T07:00:00Z",
            "2100-12-02T09:00:00Z"
        ]
    );
    let states: Vec<&str> = listed.iter().map(|line| text(line, "state")).collect();
    assert_eq!(
        states,
        ["waiting", "waiting", "waiting", "awaiting_approval"]
    );
    assert_eq!(desk.good(&["list", "--account", "alice"]).len(), 1);
    assert_eq!(desk.good(&["list", "--in", "awaiting_approval"]).len(), 1);
    assert_eq!(desk.good(&["list", "--label", "tea"]).len(), 2);
    assert_eq!(
        desk.good(&["list", "--from", "2100-12-02T00:00:00Z"]).len(),
        1
    );
    assert_eq!(desk.good(&["list", "--limit", "2"]).len(), 2);
}

#[tokio::test]
async fn a_run_tells_the_budgets_that_it_published_by() {
    let desk = Desk::new("budgets");
    let world = World::sample();
    // Ten years, so that no period ends while this runs.
    let limit = Limit::new("posts", 5, Duration::from_secs(3650 * 24 * 3600));
    world.set_limit(limit.on("publish").published());
    let state = FileStore::new(desk.console.folder.0.join("state"));
    let snapshot = world.snapshot().unwrap();
    state.put("world", &snapshot, None).await.unwrap();

    desk.add("accounts;time;text\nshop;now;We open\n");
    let lines = desk.good(&["run", "--budgets"]);
    assert_eq!(lines[0]["state"], "published", "{lines:?}");
    let budgets: Vec<_> = lines.iter().filter(|l| l["name"] == "posts").collect();
    assert_eq!(budgets.len(), 1, "{lines:?}");
    assert_eq!(budgets[0]["left"], 4, "{budgets:?}");
}

#[test]
fn what_is_due_is_published_once_with_its_thread_and_comment() {
    let desk = Desk::new("run");
    desk.add(PLAN);
    let lines = desk.good(&["run"]);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(line["state"], "published");
    let fixed = [
        "author",
        "created_at",
        "id",
        "media",
        "metrics",
        "reply_to",
        "text",
        "url",
    ];
    assert_eq!(keys(&line["post"]), fixed);
    assert_eq!(line["thread"].as_array().unwrap().len(), 3);
    assert_eq!(line["thread"][0], line["post"]);
    assert_eq!(line["post"]["text"], "We open");
    assert!(
        line["thread"][1]["text"].is_null(),
        "what is not known is null"
    );
    assert!(
        desk.good(&["run"]).is_empty(),
        "there is nothing left to do"
    );
    for words in ["We open", "and stay open", "Find us in Plaza"] {
        assert_eq!(desk.shown("shop", words), 1, "{words}");
    }
    let thread = format!("thread:{}", text(&line["post"], "id"));
    assert_eq!(
        desk.console.good(&["posts", "--timeline", &thread]).len(),
        3
    );
}

#[test]
fn others_list_and_add_while_one_process_publishes() {
    let desk = Desk::new("together");
    desk.add("accounts;time;text\nshop;now;One\n");
    let mut runs = desk.in_background(&["run", "--follow"]);
    until("the first is published", || {
        (desk.item("One")["state"] == "published").then_some(())
    });
    desk.good(&["add", "--text", "Two", "--to", "shop,alice"]);
    until("both are published", || {
        let listed = desk.good(&["list"]);
        let published = listed.iter().filter(|item| item["state"] == "published");
        (published.count() == 3).then_some(())
    });
    // It is killed; nothing of what it did is lost, and nothing is done again.
    runs.kill().unwrap();
    runs.wait().unwrap();
    assert!(desk.good(&["run"]).is_empty());
    assert_eq!(desk.shown("shop", "One"), 1);
    assert_eq!(desk.shown("shop", "Two"), 1);
    assert_eq!(desk.shown("alice", "Two"), 1);
}

#[test]
fn a_run_ends_at_its_moment_and_an_account_has_its_own_text() {
    let desk = Desk::new("until");
    desk.add("accounts;time;text;text.alice\nshop, alice;now;One;Her own\n");
    let lines = desk.good(&["run", "--until", "2020-01-01T00:00:00Z"]);
    assert_eq!(lines.len(), 2, "what is due is published before it ends");
    assert_eq!(desk.shown("shop", "One"), 1);
    assert_eq!(desk.shown("alice", "Her own"), 1);
}

/// Without a kept world the outbox itself goes on, and not round by round.
#[cfg(unix)]
#[test]
fn a_run_that_is_interrupted_ends_well() {
    let mut desk = Desk::new("interrupted");
    let accounts = desk.file(
        "accounts.toml",
        "[[account]]\nname = \"tea\"\nnetwork = \"memory\"\naccount = \"shop\"\n",
    );
    desk.console.common = vec!["--accounts".to_owned(), accounts];
    let kept = |verb: &str| ["--jobs".to_owned(), "plan.jobs".to_owned(), verb.to_owned()];
    let with = |verb: &str, more: &[&str]| -> Vec<String> {
        kept(verb)
            .into_iter()
            .chain(more.iter().map(|m| (*m).to_owned()))
            .collect()
    };
    let good = |verb: &str, more: &[&str]| {
        let arguments = with(verb, more);
        desk.good(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    good("add", &["--text", "One"]);
    let follow = with("run", &["--follow"]);
    let mut runs = desk.in_background(&follow.iter().map(String::as_str).collect::<Vec<_>>());
    let published = |count: usize| {
        until("it is published", || {
            let found = good("list", &["--in", "published"]);
            (found.len() == count).then_some(())
        });
    };
    published(1);
    good("add", &["--text", "Two"]);
    published(2);
    let interrupt = std::process::Command::new("kill")
        .args(["-INT", &runs.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    assert_eq!(runs.wait().unwrap().code(), Some(0));
}

#[test]
fn a_sheet_takes_its_slots_from_a_file_of_their_own() {
    let desk = Desk::new("sheet-slots");
    let sheet = desk.file("plan.csv", "accounts;slot;text\nshop;next;Tea\n");
    assert_eq!(desk.bad(&["add", &sheet]).0, 2);
    let slots = desk.file(
        "slots.toml",
        "[slots.shop]\nzone = \"UTC\"\ntimes = [\"daily 09:00\"]\n",
    );
    let added = desk.good(&["add", &sheet, "--slots", &slots]);
    assert!(text(&added[0], "at").ends_with("T09:00:00Z"), "{added:?}");
}

#[test]
fn listing_and_adding_need_no_lock_on_the_world() {
    let desk = Desk::new("lock");
    desk.console
        .good(&["publish", "--text", "so that there is a world"]);
    let busy = std::fs::File::create(desk.console.folder.0.join("state.busy")).unwrap();
    busy.lock().unwrap();
    assert_eq!(desk.add(PLAN).len(), 4);
    assert_eq!(desk.good(&["list"]).len(), 4);
    busy.unlock().unwrap();
}

#[test]
fn an_accounts_file_needs_a_place_for_the_plan() {
    let mut desk = Desk::new("accounts");
    let accounts = desk.file(
        "accounts.toml",
        "[[account]]\nname = \"tea\"\nnetwork = \"memory\"\naccount = \"shop\"\n",
    );
    desk.console.common = vec!["--accounts".to_owned(), accounts];
    let (code, lines, stderr) = desk.bad(&["list"]);
    assert_eq!((code, lines.len()), (2, 0));
    assert!(stderr.contains("--jobs FILE"), "{stderr}");
    let added = desk.good(&["add", "--jobs", "plan.jobs", "--text", "Tea"]);
    assert_eq!(text(&added[0], "account"), "tea");
    assert_eq!(desk.good(&["--jobs", "plan.jobs", "list"]).len(), 1);
    desk.console
        .common
        .extend(["--state".to_owned(), "other".to_owned()]);
    assert!(desk.good(&["list"]).is_empty());
    desk.good(&["add", "--text", "Cake"]);
    assert!(desk.console.folder.0.join("other.jobs").exists());
    assert_eq!(desk.good(&["run"]).len(), 1);
}

#[test]
fn a_bad_plan_adds_nothing_and_tells_every_line() {
    let desk = Desk::new("bad");
    let file = desk.file(
        "plan.csv",
        "accounts;time;zone;text\nshop;2100-01-01 09:00;UTC;Good\nshap;2100-01-01 09:00;UTC;Tea\nshop;2020-01-01 09:00;UTC;Tea\n",
    );
    let (code, lines, stderr) = desk.bad(&["add", &file]);
    assert_eq!((code, lines.len()), (2, 0));
    assert!(stderr.contains("plan.csv: "), "{stderr}");
    assert!(
        stderr.contains("line 3, `accounts`: there is no account `shap`"),
        "{stderr}"
    );
    assert!(
        stderr.contains("line 4, `time`: `2020-01-01 09:00` has passed"),
        "{stderr}"
    );
    assert!(desk.good(&["list"]).is_empty());
    let (code, ..) = desk.bad(&["add", "none.csv"]);
    assert_eq!(code, 2);
    let (code, ..) = desk.bad(&["add"]);
    assert_eq!(code, 2);
    let (code, ..) = desk.bad(&["add", &file, "--text", "Tea"]);
    assert_eq!(code, 2);
}

#[test]
fn what_a_network_would_refuse_is_told_and_the_rest_is_planned() {
    let desk = Desk::new("refused");
    let long = "tea ".repeat(5_000);
    let file = desk.file(
        "plan.csv",
        &format!("accounts;time;text\nshop;now;{long}\nshop;now;Good\n"),
    );
    let (code, lines, _) = desk.bad(&["add", &file]);
    assert_eq!(code, 1);
    assert_eq!(lines[0]["outcome"], "refused");
    assert!(
        text(&lines[0], "reason").contains("text"),
        "{}",
        lines[0]["reason"]
    );
    assert_eq!(lines[1]["outcome"], "queued");
    assert_eq!(desk.good(&["list"]).len(), 1);
}

#[test]
fn a_dry_run_tells_what_would_be_added_and_adds_nothing() {
    let desk = Desk::new("dry");
    let file = desk.file("plan.csv", PLAN);
    let lines = desk.good(&["add", &file, "--dry-run"]);
    assert_eq!(lines.len(), 4);
    assert!(
        lines
            .iter()
            .all(|line| line["outcome"] == "queued" && line["state"].is_null())
    );
    assert!(desk.good(&["list"]).is_empty());
}

#[test]
fn an_edited_row_is_told_and_takes_the_place_of_the_old_one_when_asked() {
    let desk = Desk::new("edited");
    let plan =
        "key;accounts;time;text\n;shop;2100-01-01 09:00Z;Tea\nb;shop;2100-01-02 09:00Z;Cake\n";
    desk.add(plan);
    let edited = plan
        .replace("Tea", "Fresh tea")
        .replace("01-02 09:00Z;Cake", "01-03 10:00Z;Fresh cake");
    let file = desk.file("edited.csv", &edited);
    let (code, lines, _) = desk.bad(&["add", &file]);
    assert_eq!(code, 1);
    assert_eq!(lines[0]["outcome"], "edited");
    assert_eq!(lines[0]["was"], desk.item("Tea")["id"]);
    assert_eq!(lines[1]["outcome"], "differs");
    assert_eq!(desk.good(&["list"]).len(), 2, "nothing is planned twice");

    desk.good(&["add", &file, "--replace"]);
    assert_eq!(desk.item("Tea")["state"], "cancelled");
    assert_eq!(desk.item("Fresh tea")["state"], "waiting");
    assert_eq!(desk.item("Fresh cake")["at"], "2100-01-03T10:00:00Z");
    assert!(
        desk.good(&["add", &file])
            .iter()
            .all(|line| line["outcome"] == "already_there")
    );
}

#[test]
fn a_text_that_is_too_long_becomes_a_thread_and_every_wish_of_a_draft_is_kept() {
    let desk = Desk::new("draft");
    let long = "tea and cake ".repeat(100);
    let added = desk.good(&[
        "add",
        "--text",
        &long,
        "--thread",
        "--first-comment",
        "Below",
        "--key",
        "own",
    ]);
    assert_eq!(text(&added[0], "id"), "own@shop");
    let run = desk.good(&["run"]);
    assert!(run[0]["thread"].as_array().unwrap().len() > 2, "{run:?}");
    assert_eq!(desk.shown("shop", "Below"), 1);
}

#[test]
fn the_same_text_on_an_account_is_a_warning() {
    let desk = Desk::new("same");
    desk.add("accounts;time;text\nshop;2100-01-01 09:00Z;Tea\n");
    let added =
        desk.add("accounts;time;text\nshop;2100-01-01 09:00Z;Tea\nshop;2100-02-01 09:00Z;Tea\n");
    let warnings = added[1]["warnings"].as_array().unwrap();
    assert_eq!(warnings[0]["rule"], "same_text", "{warnings:?}");
    assert!(added[0]["warnings"].as_array().unwrap().is_empty());
}

#[test]
fn the_calendar_and_the_report_are_printed() {
    let desk = Desk::new("calendar");
    desk.add(PLAN);
    desk.good(&["run"]);
    let calendar = desk.good(&["calendar"]).remove(0);
    let calendar = text(&calendar, "calendar");
    assert!(calendar.starts_with("BEGIN:VCALENDAR\r\n"));
    assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 4);
    assert_eq!(calendar.matches("STATUS:TENTATIVE").count(), 1);
    let plain = desk
        .console
        .command(&["outbox", "calendar", "--account", "alice"])
        .output()
        .unwrap();
    let plain = String::from_utf8(plain.stdout).unwrap();
    assert_eq!(plain.matches("BEGIN:VEVENT").count(), 1);
    assert!(
        plain.contains("\r\nDTSTART:21001201T070000Z\r\n"),
        "{plain}"
    );
    let report = desk.good(&["report", "--zone", "UTC"]).remove(0);
    assert_eq!(report["states"]["published"], 1);
}

#[test]
fn a_plan_in_toml_fills_the_slots_of_its_accounts() {
    let desk = Desk::new("slots");
    let plan = "[slots.shop]\nzone = \"UTC\"\ntimes = [\"daily 09:00\"]\n\n\
                [[post]]\naccounts = \"shop\"\nslot = \"next\"\ntext = \"First\"\n\n\
                [[post]]\naccounts = \"shop\"\nslot = \"next\"\ntext = \"Second\"\n";
    let file = desk.file("plan.toml", plan);
    let lines = desk.good(&["add", &file]);
    let times: Vec<&str> = lines.iter().map(|line| text(line, "at")).collect();
    assert!(
        times[0] < times[1] && times.iter().all(|at| at.ends_with("T09:00:00Z")),
        "{times:?}"
    );
    let again = desk.good(&["add", &file]);
    assert!(
        again.iter().all(|line| line["outcome"] == "already_there"),
        "{again:?}"
    );
}
