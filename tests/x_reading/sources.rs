//! What the adapter's own source says that it calls: an endpoint that is added there and covered by no test is found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A row of the adapter's table of endpoints.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) kinds: BTreeSet<String>,
    pub(crate) scopes: BTreeSet<String>,
    /// Whether the adapter calls it itself, and does not only know the limits of it for native calls.
    pub(crate) own: bool,
}

impl Row {
    /// A path that it could be of: every part that is filled in is a number.
    pub(crate) fn example(&self) -> String {
        let parts = self.path.split('/').map(|part| match part {
            ":username" => "name",
            ":version" => "12",
            part if part.starts_with(':') => "1",
            part => part,
        });
        parts.collect::<Vec<&str>>().join("/")
    }

    /// Whether it is of the Ads API, of which no contract tells.
    pub(crate) fn is_of_ads(&self) -> bool {
        self.path.starts_with("/:version/")
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/adapters/x")
}

/// A file without its unit tests, which stand at its end.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    text[..end].to_owned()
}

/// Whether a word stands in a text by itself.
fn names(text: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// The lists of the table, such as `const READ: &[&str] = &["tweet.read", "users.read"];`.
fn lists(code: &str) -> BTreeMap<&str, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for line in code.lines() {
        let Some(rest) = line.strip_prefix("const ") else {
            continue;
        };
        let Some((name, value)) = rest.split_once(": &[") else {
            continue;
        };
        let Some((_, items)) = value.split_once("= &[") else {
            continue;
        };
        let items = items.trim_end_matches("];").split(',');
        let items = items.map(|item| item.trim().trim_matches('"').to_owned());
        found.insert(name, items.filter(|item| !item.is_empty()).collect());
    }
    found
}

/// Reads the table, and who names its rows.
pub(crate) fn rows() -> Vec<Row> {
    let table = code(&folder().join("rules/endpoints.rs"));
    let lists = lists(&table);
    let mut callers = String::new();
    for file in std::fs::read_dir(folder().join("calls")).unwrap() {
        callers.push_str(&code(&file.unwrap().path()));
    }
    let (_, inner) = table.split_once("\nendpoints! {\n").unwrap();
    let (inner, _) = inner.split_once("\n}\n").unwrap();
    let mut rows = Vec::new();
    for line in inner.lines().map(str::trim) {
        let Some((constant, rest)) = line.split_once(": \"") else {
            continue;
        };
        let mut quoted = rest.split('"');
        let method = quoted.next().unwrap().to_owned();
        let path = quoted.nth(1).unwrap().to_owned();
        let behind = quoted.next().unwrap().trim_start_matches(',');
        let behind = behind.split([';', ',']).next().unwrap();
        let mut lists = behind.split_whitespace().map(|name| {
            let list = lists.get(name);
            list.unwrap_or_else(|| panic!("`{name}` of {constant} is no list"))
                .clone()
        });
        rows.push(Row {
            method,
            path,
            kinds: lists.next().unwrap(),
            scopes: lists.next().unwrap(),
            own: names(&callers, constant),
        });
    }
    assert!(rows.len() > 70, "{rows:?}");
    rows
}

#[test]
fn words_are_found_that_stand_by_themselves() {
    assert!(names("use X::{POST, ME};", "POST"));
    assert!(!names("use X::{POSTS, A_POST};", "POST"));
    let lists = lists("const A: &[&str] = &[\"x.read\", \"y\"];\nconst N: &[&str] = &[];\n");
    assert_eq!(lists["A"].len(), 2);
    assert!(lists["N"].is_empty());
}
