//! What the adapter's own source says that it calls: a method that is added there and covered by no test is found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The methods that the adapter itself calls, and those that it only knows the tokens of, for the caller's native calls.
pub(crate) struct Named {
    pub(crate) called: BTreeSet<String>,
    pub(crate) native: BTreeSet<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/adapters/vk")
}

/// A file without its unit tests, which stand at its end.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    text[..end].to_owned()
}

/// The texts between quotation marks that look like a method's name.
fn names(code: &str) -> BTreeSet<String> {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let is_method = |text: &&str| {
        *text == "execute"
            || text
                .split_once('.')
                .is_some_and(|(section, name)| word(section) && word(name))
    };
    code.split('"')
        .filter(is_method)
        .map(str::to_owned)
        .collect()
}

/// Reads the sources. `known` tells whether a name is a method of the contract; others are names of files and the like.
pub(crate) fn named(known: impl Fn(&str) -> bool) -> Named {
    let mut called = BTreeSet::new();
    let mut files = vec![folder().join("calls")];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            let within = std::fs::read_dir(&path).unwrap();
            files.extend(within.map(|entry| entry.unwrap().path()));
            continue;
        }
        called.extend(names(&code(&path)).into_iter().filter(|name| known(name)));
    }
    assert!(called.len() > 50, "{called:?}");
    let rules = code(&folder().join("rules/tokens.rs"));
    let (_, table) = rules.split_once("const METHODS").unwrap();
    let (table, _) = table.split_once("\n];").unwrap();
    let table = names(table);
    let unknown: Vec<_> = called.difference(&table).collect();
    assert!(
        unknown.is_empty(),
        "called, and in no row of METHODS: {unknown:?}"
    );
    Named {
        native: table.difference(&called).cloned().collect(),
        called,
    }
}

#[test]
fn methods_are_found_in_a_source_and_nothing_else_is() {
    let found = names(r#"let a = "wall.get"; b("photo.jpg", "execute"); c("Wall.get", "a b.c")"#);
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, ["execute", "photo.jpg", "wall.get"]);
}
