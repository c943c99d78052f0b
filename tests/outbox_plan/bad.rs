//! Bad input, each by name. Each is told with its line and column and with what to write instead.

use super::{faults, one_fault, reader, told};

/// A sheet with one row of an account, a time and a text, and one more column.
fn with(column: &str, cell: &str) -> String {
    format!("account,time,text,{column}\nshop,2026-12-01 09:00,Tea,\"{cell}\"\n")
}

#[test]
fn an_unknown_column_is_named_and_those_that_there_are() {
    let sheet = "account,time,text,colour\nshop,2026-12-01 09:00,Tea,red\n";
    one_fault(sheet, "line 1, `colour`", "there are: key, accounts, time");
    one_fault(
        "account,time,text,thread.1\nshop,2026-12-01 09:00,Tea,x\n",
        "line 1, `thread.1`",
        "no such column",
    );
}

#[test]
fn a_missing_column_is_told_once_and_not_for_each_row() {
    let found = faults("zone,labels\nUTC,a\nUTC,b\n");
    let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
    let missing = ["line 1, `accounts`", "line 1, `time`", "line 1, `text`"];
    assert_eq!(places, missing);
}

#[test]
fn a_column_that_comes_twice_is_named_with_both_places() {
    one_fault(
        "account,time,text,Accounts\nshop,2026-12-01 09:00,Tea,shop\n",
        "line 1, `accounts`",
        "columns 1 and 4",
    );
}

#[test]
fn an_empty_file_says_what_it_should_begin_with() {
    one_fault("", "the plan", "its first row names the columns");
    one_fault("\u{feff}\r\n;;\r\n", "the plan", "the file is empty");
}

#[test]
fn a_quote_that_is_never_closed_is_told_where_it_opens() {
    let sheet =
        "account,time,text\nshop,2026-12-01 09:00,Tea\nnews,2026-12-01 10:00,\"Tea\nand more\n";
    one_fault(sheet, "line 3", "never closed");
}

#[test]
fn a_quote_within_a_text_is_told_and_so_is_what_stands_before_it() {
    let sheet = "account,time,text\nshap,2026-12-01 09:00,Tea\nshop,2026-12-01 09:00,say \"tea\"\nshop,never,x\n";
    let found = faults(sheet);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].0, "line 2, `accounts`");
    assert_eq!(found[1].0, "line 3");
    assert!(found[1].1.contains("each quote in it twice"), "{found:?}");
    one_fault(
        "account,time,text\nshop,2026-12-01 09:00,\"tea\" and more\n",
        "line 2",
        "the text goes on",
    );
}

#[test]
fn a_cell_behind_the_last_column_is_not_lost() {
    one_fault(
        "account,time,text\nshop,2026-12-01 09:00,Tea, and cake\n",
        "line 2",
        "` and cake` stands in no column",
    );
    one_fault(
        "account,time,text,\nshop,2026-12-01 09:00,Tea,note\n",
        "line 2",
        "`note` stands in no column",
    );
}

#[test]
fn everything_that_is_wrong_with_a_file_is_told_at_once_in_its_order() {
    let sheet = "\
account;time;text;visibility;link;approval
shap;2026-12-01 09:00;Tea;public;;
shop;;Tea;;;
shop;2026-12-01 09:00;;;;
shop;2026-12-02 09:00;Tea;everybody;example;maybe
shop;2020-01-01 09:00;Tea;;;
";
    let found = faults(sheet);
    let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
    let all = [
        "line 2, `accounts`",
        "line 3, `time`",
        "line 4, `text`",
        "line 5, `link`",
        "line 5, `visibility`",
        "line 5, `approval`",
        "line 6, `time`",
    ];
    assert_eq!(places, all, "{found:#?}");
}

#[test]
fn an_unknown_account_is_told_with_those_that_there_are() {
    one_fault(
        "account,time,text\n\"shop, shap\",2026-12-01 09:00,Tea\n",
        "line 2, `accounts`",
        "there is no account `shap`; there are: news, shop",
    );
    one_fault(
        "account,time,text\n,2026-12-01 09:00,Tea\n",
        "line 2, `accounts`",
        "no account is named",
    );
    one_fault(
        "account,time,text\nshop;shop,2026-12-01 09:00,Tea\n",
        "line 2, `accounts`",
        "named twice",
    );
}

#[test]
fn a_text_for_no_network_and_no_account_is_told() {
    one_fault(
        &with("text.telegarm", "Tea"),
        "line 2, `text.telegarm`",
        "neither an account of this row nor the network of one",
    );
    // The row is not for the account on that network.
    one_fault(
        &with("text.telegram", "Tea"),
        "line 2, `text.telegram`",
        "text.shop or text.mastodon",
    );
    reader().csv(&with("text.mastodon", "Tea")).unwrap();
    reader().csv(&with("text.shop", "Tea")).unwrap();
}

#[test]
fn two_tables_alike_on_one_line_are_told_as_well() {
    let post = "{ account = 'shop', time = 'now', text = 'Tea' }";
    let found = told(reader().toml(&format!("post = [{post}, {post}]\n")));
    assert!(found[0].1.contains("this is line 1 again"), "{found:?}");
}

#[test]
fn two_rows_alike_name_both_lines() {
    let sheet = "\
account,time,text
shop,2026-12-01 09:00,Tea
news,2026-12-01 09:00,Tea
\"news,shop\",2026-12-01 07:00Z,Tea
";
    one_fault(sheet, "line 4", "this is line 3 again, for `news`");
    // Their own names do not make them two.
    let sheet = "key,account,time,text\na,shop,2026-12-01 09:00,Tea\nb,shop,2026-12-01 09:00,Tea\n";
    one_fault(sheet, "line 3", "this is line 2 again");
    // For slots they do: the same text may come round again.
    let slots = "[slots.shop]\ntimes = [\"daily 09:00\"]\n";
    let twice = |keys: [&str; 2]| {
        let post = |key| {
            format!("[[post]]\n{key}\naccounts = \"shop\"\nslot = \"next\"\ntext = \"Tea\"\n")
        };
        reader().toml(&format!("{slots}{}{}", post(keys[0]), post(keys[1])))
    };
    let alike = told(twice(["", ""]));
    assert!(alike[0].1.contains("this is line 3 again"), "{alike:?}");
    twice(["key = 'a'", "key = 'b'"]).unwrap();
}

#[test]
fn two_rows_of_one_key_name_both_lines() {
    let sheet =
        "key,account,time,text\na,shop,2026-12-01 09:00,Tea\na,news,2026-12-02 09:00,Cake\n";
    one_fault(sheet, "line 3, `key`", "line 2 has this key already");
}

#[test]
fn rows_that_say_the_same_for_two_accounts_are_one_entry_and_must_be_planned_alike() {
    let sheet =
        "account,time,text,approval\nshop,2026-12-01 09:00,Tea,\nnews,2026-12-01 09:00,Tea,";
    one_fault(
        &format!("{sheet}yes\n"),
        "line 3",
        "line 2 publishes the same at the same time",
    );
    let plan = reader().csv(&format!("{sheet}no\n")).unwrap();
    let entries = plan
        .entries(super::at("2026-11-30T08:00:00Z"), &[])
        .unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].accounts, ["shop", "news"]);
}

#[test]
fn a_time_that_has_passed_is_told_unless_it_is_planned_already() {
    let sheet = "account,time,text\nshop,2026-11-30 09:59,Tea\n";
    one_fault(
        sheet,
        "line 2, `time`",
        "write a time after 2026-11-30 10:00+02:00",
    );
    let plan = sociable::outbox::PlanReader::new(super::at("2026-11-29T08:00:00Z"))
        .zone(super::zone("Europe/Athens"))
        .csv(sheet)
        .unwrap();
    let known: Vec<(&str, String)> = plan.posts[0]
        .keys()
        .into_iter()
        .map(|k| ("shop", k))
        .collect();
    let again = reader().known(known).csv(sheet).unwrap();
    assert_eq!(again, plan);
}

#[test]
fn a_row_with_nothing_to_publish_or_without_a_time_is_told() {
    one_fault(
        "account,time,text\nshop,2026-12-01 09:00, \n",
        "line 2, `text`",
        "nothing to publish",
    );
    one_fault(
        "account,time,text\nshop,,Tea\n",
        "line 2, `time`",
        "there is no time",
    );
}

#[test]
fn a_slot_on_an_account_without_slots_is_told() {
    one_fault(
        "account,slot,text\nshop,next,Tea\n",
        "line 2, `slot`",
        "`shop` has no slots",
    );
    one_fault(
        "account,slot,text,time\nshop,next,Tea,2026-12-01 09:00\n",
        "line 2, `slot`",
        "leave one of both empty",
    );
    one_fault(&with("slot", "third"), "line 2, `slot`", "write `next`");
}

#[test]
fn a_zone_that_there_is_not_is_told() {
    one_fault(
        &with("zone", "Athens"),
        "line 2, `zone`",
        "such as Europe/Athens",
    );
}

#[test]
fn words_that_a_column_does_not_know_are_told() {
    one_fault(
        &with("visibility", "friends"),
        "line 2, `visibility`",
        "public, unlisted",
    );
    one_fault(
        &with("approval", "ja"),
        "line 2, `approval`",
        "neither yes nor no",
    );
    one_fault(
        &with("languages", "el, fançais"),
        "line 2, `languages`",
        "BCP 47",
    );
    one_fault(&with("link", "tea.example"), "line 2, `link`", "https://");
    one_fault(
        &with("media", "http://"),
        "line 2, `media`",
        "is no address",
    );
    one_fault(
        &with("too_late", "soon"),
        "line 2, `too_late`",
        "30m, 2h or 1d",
    );
    one_fault(
        &with("too_late", "-2h"),
        "line 2, `too_late`",
        "no length of time",
    );
    one_fault(
        &with("too_late", "1 month"),
        "line 2, `too_late`",
        "no length of time",
    );
}

#[test]
fn more_descriptions_than_files_are_told() {
    one_fault(
        "account,time,text,media,alt\nshop,2026-12-01 09:00,Tea,a.png,A cup | A pot\n",
        "line 2, `alt`",
        "2 descriptions for 1 files",
    );
}

#[test]
fn a_poll_without_answers_is_told() {
    one_fault(
        &with("poll", "Which tea?"),
        "line 2, `poll`",
        "at least two answers",
    );
    one_fault(
        &with("poll", "Which tea? | Black |"),
        "line 2, `poll`",
        "at least two answers",
    );
    one_fault(&with("poll_for", "1d"), "line 2, `poll`", "there is none");
}

#[test]
fn a_gap_in_a_thread_is_told() {
    one_fault(
        "account,time,text,thread.2,thread.3\nshop,2026-12-01 09:00,One,,Three\n",
        "line 2, `thread.2`",
        "thread.3 is not",
    );
}

#[test]
fn a_repetition_that_cannot_be_is_told() {
    let with = |repeat: &str, until: &str| {
        format!("account,time,text,repeat,until\nshop,2026-12-01 09:00,Tea,\"{repeat}\",{until}\n")
    };
    one_fault(&with("weekly", ""), "line 2, `until`", "needs its last day");
    one_fault(&with("", "2026-12-31"), "line 2, `repeat`", "there is none");
    one_fault(
        &with("mon,thursdays", "2026-12-31"),
        "line 2, `repeat`",
        "`thursdays` is no day",
    );
    one_fault(
        &with("mon,wed", "2026-12-31"),
        "line 2, `repeat`",
        "the first time is a Tuesday",
    );
    one_fault(
        &with("tue", "2026-11-30"),
        "line 2, `until`",
        "before the first time",
    );
    one_fault(
        &with("daily", "3026-11-30"),
        "line 2, `until`",
        "more than 1000 times",
    );
    one_fault(
        "account,time,text,repeat,until\nshop,now,Tea,daily,2026-12-31\n",
        "line 2, `repeat`",
        "only a post with a time",
    );
}

#[test]
fn what_is_wrong_with_toml_is_told_with_its_line() {
    let one = |text: &str, field: &str, says: &str| {
        let found = told(reader().toml(text));
        let [(place, message)] = found.as_slice() else {
            panic!("not one thing is wrong: {found:#?}");
        };
        assert_eq!(place, field, "{message}");
        assert!(message.contains(says), "{message}");
    };
    let post = "[[post]]\naccounts = [\"shop\"]\ntime = 2026-12-01T09:00:00\ntext = \"Tea\"\n";
    reader().toml(post).unwrap();
    one("[[post]]\naccounts = shop\n", "line 2", "this is not TOML");
    one("[[posts]]\n", "line 1, `posts`", "not known here");
    one("[post]\ntext = \"Tea\"\n", "line 1, `post`", "two brackets");
    one("zone = \"Athens\"\n", "line 1, `zone`", "no time zone");
    one(
        &format!("{post}colour = \"red\"\n"),
        "line 5, `colour`",
        "variants (a table)",
    );
    one(
        &format!("{post}account = \"shop\"\n"),
        "line 2, `accounts`",
        "here twice",
    );
    one(
        &format!("{post}link = {{ url = \"x\" }}\n"),
        "line 5, `link`",
        "write a text in quotes",
    );
    one(
        &format!("{post}place = [\"a\", \"b\"]\n"),
        "line 5, `place`",
        "one text belongs",
    );
    one(
        &format!("{post}variants = \"Tea\"\n"),
        "line 5, `variants`",
        "write a table",
    );
    one(
        &format!("{post}thread = \"Tea\"\n"),
        "line 5, `thread`",
        "write a list",
    );
    one(
        "slots = [\"mon 09:00\"]\n",
        "line 1, `slots`",
        "[slots.ACCOUNT]",
    );
    let slots = |rest: &str| format!("[slots.shop]\nzone = \"UTC\"\n{rest}\n");
    one(
        &slots("times = []"),
        "line 1, `slots.shop`",
        "there is no slot",
    );
    one(
        &slots("times = [\"mon\"]"),
        "line 3, `slots.shop.times`",
        "such as `mon,thu 09:00`",
    );
    one(
        &slots("times = [\"mon 25:00\"]"),
        "line 3, `slots.shop.times`",
        "no slot",
    );
    one(
        &slots("times = [\"mon 09:00\"]\nclosed = [\"24/12/2026\"]"),
        "line 4, `slots.shop.closed`",
        "write 2026-12-24",
    );
    one(
        &slots("times = [\"mon 09:00\"]\nclosed = [\"2026-12-26..2026-12-24\"]"),
        "line 4, `slots.shop.closed`",
        "ends before it begins",
    );
    one(
        &slots("time = [\"mon 09:00\"]\ntimes = [\"mon 09:00\"]"),
        "line 3, `slots.shop.time`",
        "zone, times, closed",
    );
    one(
        "[slots.shap]\nzone = \"UTC\"\ntimes = [\"mon 09:00\"]\n",
        "`slots.shap`",
        "there is no account `shap`",
    );
}

#[test]
fn a_file_that_is_not_utf_8_names_its_line_and_says_how_to_save_it() {
    let folder = std::env::temp_dir().join(format!("sociable-plan-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("plan.csv");
    std::fs::write(&file, b"account;time;text\nshop;2026-12-01 09:00;caf\xe9\n").unwrap();
    let error = reader().file(&file).unwrap_err();
    assert!(
        error
            .message()
            .contains("plan.csv: line 2: this is not UTF-8"),
        "{error}"
    );
    let error = reader().file(folder.join("none.csv")).unwrap_err();
    assert!(
        error
            .message()
            .contains("none.csv: the plan cannot be read"),
        "{error}"
    );
    std::fs::remove_dir_all(&folder).unwrap();
}
