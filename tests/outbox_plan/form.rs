//! Forms of one plan: separators, headings, CSV and TOML; and the keys that rows get.

use std::time::Duration;

use proptest::prelude::*;
use sociable::jiff::Timestamp;
use sociable::outbox::{Plan, PlanReader, PlannedPost, PlannedTime};
use sociable::{Draft, Media, Poll, Visibility};

use super::{at, reader};

/// A plan with something in every column, as TOML.
const WHOLE: &str = r#"
zone = "Europe/Athens"

[slots.news]
times = ["weekdays 09:00", "sat 12:30:15"]
closed = ["2026-12-25", "2026-12-31..2027-01-02"]

[[post]]
key = "opening"
accounts = ["shop", "news"]
time = 2026-12-01T09:00:00
text = "We \"open\", at last;\nwith two lines | and a bar"
variants = { telegram = "We open!", shop = "Our shop opens" }
thread = ["Second part", "Third,\npart"]
first_comment = "Links: https://tea.example"
media = ["cups/a b.png", "https://tea.example/b.png", "c|d.png"]
alt = ["A cup", "", "A pot | and its lid"]
link = "https://tea.example/?a=1,2;3"
poll = ["Which tea?", "Black", "Green | white"]
poll_for = "36h"
languages = ["en", "pt-BR"]
visibility = "unlisted"
place = "board:7"
approval = true
labels = ["opening", "tea"]
too_late = "2h"

[[post]]
accounts = "news"
slot = "next"
text = "Whenever there is room"

[[post]]
accounts = "news"
time = "now"
text = "At once"

[[post]]
accounts = "shop, news"
time = "2026-12-07 09:00"
zone = "Asia/Tokyo"
repeat = "mon,thu"
until = "2026-12-31"
text = "Again"
"#;

/// Lines are where a post stands in its file, not what it says.
fn without_lines(mut plan: Plan) -> Plan {
    plan.posts.iter_mut().for_each(|post| post.line = 0);
    plan
}

#[test]
fn every_column_is_read_into_what_it_means() {
    let plan = reader().toml(WHOLE).unwrap();
    let post = &plan.posts[0];
    assert_eq!(post.line, 8);
    assert_eq!(post.key.as_deref(), Some("opening"));
    assert_eq!(post.accounts, ["shop", "news"]);
    assert_eq!(post.times(), [at("2026-12-01T07:00:00Z")]);
    assert_eq!(post.variants["telegram"], "We open!");
    assert_eq!(post.thread, ["Second part", "Third,\npart"]);
    assert_eq!(
        post.first_comment.as_deref(),
        Some("Links: https://tea.example")
    );
    assert!(post.approval);
    assert_eq!(post.labels, ["opening", "tea"]);
    assert_eq!(post.too_late, Some(Duration::from_secs(7200)));
    let draft = Draft::text("We \"open\", at last;\nwith two lines | and a bar")
        .media(Media::file("cups/a b.png").alt("A cup"))
        .media(Media::url("https://tea.example/b.png".parse().unwrap()))
        .media(Media::file("c|d.png").alt("A pot | and its lid"))
        .link("https://tea.example/?a=1,2;3")
        .poll(
            Poll::new(["Black", "Green | white"])
                .question("Which tea?")
                .open_for(Duration::from_secs(36 * 3600)),
        )
        .language("en")
        .language("pt-BR")
        .visibility(Visibility::Unlisted)
        .to("board:7");
    assert_eq!(post.draft, draft);
    assert_eq!(plan.posts[1].time, PlannedTime::NextSlot);
    assert_eq!(plan.posts[2].time, PlannedTime::Now);
    assert_eq!(plan.posts[3].times().len(), 8);
}

#[test]
fn one_plan_goes_through_csv_and_toml_and_stays_the_same() {
    let plan = reader().toml(WHOLE).unwrap();
    let sheet = plan.to_csv().unwrap();
    let reader = reader().slots("news", plan.slots["news"].clone());
    let from_sheet = reader.csv(&sheet).unwrap();
    assert_eq!(
        without_lines(from_sheet.clone()),
        without_lines(plan.clone())
    );
    let from_toml = super::reader()
        .toml(&from_sheet.to_toml().unwrap())
        .unwrap();
    assert_eq!(without_lines(from_toml.clone()), without_lines(plan));
    assert_eq!(from_toml.to_csv().unwrap(), sheet);
}

#[test]
fn a_plan_goes_through_serde() {
    let plan = reader().toml(WHOLE).unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

#[test]
fn what_no_column_can_hold_is_not_left_out_in_silence() {
    let held = |draft: Draft| {
        let post = PlannedPost::new("shop", PlannedTime::Now, draft);
        let plan = Plan::new().post(post);
        (plan.to_csv().is_err(), plan.to_toml().is_err())
    };
    assert_eq!(held(Draft::text("Tea")), (false, false));
    assert_eq!(held(Draft::text("Tea").quote("post-1")), (true, true));
    assert_eq!(
        held(Draft::text("Tea").media(Media::bytes("x"))),
        (true, true)
    );
    assert_eq!(held(Draft::new()), (true, true));
}

#[test]
fn separators_line_ends_marks_and_empty_rows_are_those_of_any_spreadsheet() {
    let plan = reader()
        .csv("account,time,text\nshop,2026-12-01 09:00,\"Tea; and\ncake\"\n")
        .unwrap();
    for sheet in [
        "\u{feff}account;time;text\r\nshop;2026-12-01 09:00;\"Tea; and\r\ncake\"\r\n",
        "account\ttime\ttext\nshop\t2026-12-01 09:00\t\"Tea; and\ncake\"",
        "Text;Account;TIME;\r\n\"Tea; and\r\ncake\";shop;2026-12-01 09:00;\r\n",
    ] {
        let read = reader().csv(sheet).unwrap();
        assert_eq!(read, plan, "{sheet:?}");
    }
    let sheet = "\n\nAccounts , Time,TEXT,first comment,Too-late\n\n,,\n\r\nshop,2026-12-01 09:00,Tea,,2h\n,,,,\n";
    let plan = reader().csv(sheet).unwrap();
    assert_eq!(plan.posts.len(), 1);
    assert_eq!(plan.posts[0].line, 7, "empty rows count as lines");
}

#[test]
fn rows_behind_a_text_of_several_lines_know_their_own() {
    let sheet = "account,time,text\nshop,2026-12-01 09:00,\"one\ntwo\n\nthree\"\n\nshop,2026-12-02 09:00,Tea\n";
    let lines: Vec<usize> = reader()
        .csv(sheet)
        .unwrap()
        .posts
        .iter()
        .map(|p| p.line)
        .collect();
    assert_eq!(lines, [2, 7]);
}

#[test]
fn a_row_without_a_key_is_known_by_its_content_and_time() {
    let key = |sheet: &str| {
        let plan = reader().csv(sheet).unwrap();
        plan.posts[0].keys().into_iter().next().unwrap()
    };
    let one = key("account,time,text\nshop,2026-12-01 09:00,Tea\n");
    // The key of today is that of every other day and version.
    assert_eq!(one, "878b6f01c7f42904@20261201T070000Z");
    let same = [
        "account,time,text\nnews,2026-12-01T07:00:00Z,Tea\n",
        "time;zone;account;labels;text;approval;too_late\n01.12.2026 16:00;Asia/Tokyo;shop;x;Tea;yes;1h\n",
    ];
    same.iter()
        .for_each(|sheet| assert_eq!(key(sheet), one, "{sheet}"));
    let others = [
        "account,time,text\nshop,2026-12-01 09:01,Tea\n",
        "account,time,text\nshop,2026-12-01 09:00,Tea!\n",
        "account,time,text,text.mastodon\nshop,2026-12-01 09:00,Tea,Cake\n",
        "account,time,text,thread.2\nshop,2026-12-01 09:00,Tea,Cake\n",
        "account,time,text,media\nshop,2026-12-01 09:00,Tea,a.png\n",
        "account,time,text\nshop,now,Tea\n",
    ];
    others
        .iter()
        .for_each(|sheet| assert_ne!(key(sheet), one, "{sheet}"));
}

/// Texts of what means something in a sheet: separators, quotes, line ends, bars and backslashes.
fn any_text() -> impl Strategy<Value = String> {
    prop::string::string_regex("[a-zа-я,;|\"'\\\\\n\t#.&= ]{0,12}")
        .unwrap()
        .prop_filter("an empty cell is none", |text| !text.trim().is_empty())
}

/// The same without spaces at its ends, as items of lists stand.
fn any_item() -> impl Strategy<Value = String> {
    any_text().prop_map(|text| text.trim().to_owned())
}

/// A name or a path is one line, and accounts are parted by commas too.
fn any_name() -> impl Strategy<Value = String> {
    prop::string::string_regex("[a-z][a-z0-9 _.@|\\\\]{0,8}[a-z]").unwrap()
}

fn any_post() -> impl Strategy<Value = PlannedPost> {
    let content = (
        any_text(),
        prop::collection::vec((any_name(), prop::option::of(any_item())), 0..3),
        prop::collection::vec(any_text(), 0..3),
        prop::option::of(any_text()),
        prop::option::of(prop::collection::vec(any_item(), 3..5)),
        prop::collection::btree_map(any_name(), any_text(), 0..3),
    );
    let planned = (
        prop::collection::btree_set(any_name(), 1..3),
        prop::collection::vec(any_name(), 0..3),
        prop::option::of(any_name()),
        prop::option::of(1..100_000_u64),
        any::<bool>(),
        prop::option::of(0..4_000_000_000_i64),
        prop::sample::select(vec!["UTC", "Europe/Athens", "Australia/Lord_Howe"]),
    );
    (content, planned).prop_map(|(content, planned)| {
        let (text, files, thread, comment, poll, variants) = content;
        let (accounts, labels, key, late, approval, at, zone) = planned;
        let mut draft = Draft::text(text);
        for (path, alt) in files {
            let mut file = Media::file(path);
            file.alt = alt;
            draft = draft.media(file);
        }
        if let Some(mut answers) = poll {
            let question = answers.remove(0);
            draft = draft.poll(Poll::new(answers).question(question));
        }
        let time = at.map_or(PlannedTime::Now, |at| {
            PlannedTime::At(Timestamp::from_second(at).unwrap())
        });
        let mut post = PlannedPost::new("", time, draft);
        post.accounts = accounts.into_iter().collect();
        post.thread = thread;
        post.first_comment = comment;
        post.variants = variants;
        post.labels = labels;
        post.key = key;
        post.too_late = late.map(Duration::from_secs);
        post.approval = approval;
        post.zone = Some(super::zone(zone));
        post
    })
}

proptest! {
    #[test]
    fn every_plan_comes_back_from_csv_and_from_toml_as_it_was(mut posts in prop::collection::vec(any_post(), 1..4)) {
        for (n, post) in posts.iter_mut().enumerate() {
            // Rows alike are an error of their own.
            post.draft.text = format!("{n}: {}", post.draft.text.as_str()).into();
            post.key = post.key.take().map(|key| format!("{n}{key}"));
        }
        let mut plan = Plan::new();
        plan.posts = posts;
        let reader = PlanReader::new(Timestamp::MIN);
        let sheet = plan.to_csv().unwrap();
        let from_sheet = reader.csv(&sheet);
        prop_assert_eq!(without_lines(from_sheet.unwrap()), plan.clone(), "{}", sheet);
        // As a spreadsheet of another country would save it.
        let mut rows = csv::Reader::from_reader(sheet.as_bytes());
        let mut semicolons = csv::WriterBuilder::new()
            .delimiter(b';')
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        semicolons.write_record(rows.headers().unwrap()).unwrap();
        rows.records().for_each(|row| semicolons.write_record(&row.unwrap()).unwrap());
        let other = String::from_utf8(semicolons.into_inner().unwrap()).unwrap();
        prop_assert_eq!(without_lines(reader.csv(&other).unwrap()), plan.clone(), "{}", other);
        let tables = plan.to_toml().unwrap();
        prop_assert_eq!(without_lines(reader.toml(&tables).unwrap()), plan, "{}", tables);
    }

    #[test]
    fn no_text_is_too_odd_to_be_told_what_is_wrong_with_it(
        text in "(?s).{0,200}",
        cells in prop::collection::vec("(account|time|text|thread\\.2|slot|poll|[,;\t\"\r\n|]|next|2026-12-01 09:00|é|shop|\\[\\[post\\]\\]|=|'){1,3}", 0..40),
    ) {
        for text in [text, cells.concat()] {
            for read in [reader().csv(&text), reader().toml(&text)] {
                if let Err(e) = read {
                    prop_assert!(matches!(e.kind(), sociable::ErrorKind::Invalid(found) if !found.is_empty()), "{}", e);
                }
            }
        }
    }
}
