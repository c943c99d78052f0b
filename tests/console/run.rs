//! Runs the console's verbs, each in a process of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

#[path = "../support/example.rs"]
mod example;

/// The built example. Whoever runs this test alone gets it built first.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let sources = ["console.rs", "console"];
        example::built("console", &features(), &sources)
    })
}

/// Those that this test was built with: all tests of the console share one program.
fn features() -> String {
    let all = [
        ("full", cfg!(feature = "full")),
        ("memory", cfg!(feature = "memory")),
        ("accounts", cfg!(feature = "accounts")),
        ("bluesky", cfg!(feature = "bluesky")),
        ("vk", cfg!(feature = "vk")),
        ("x", cfg!(feature = "x")),
        ("oauth", cfg!(feature = "oauth")),
        ("outbox", cfg!(feature = "outbox")),
        ("desk", cfg!(feature = "desk")),
        ("contest", cfg!(feature = "contest")),
        ("promo", cfg!(feature = "promo")),
        ("trends", cfg!(feature = "trends")),
        ("embedded", cfg!(feature = "embedded")),
    ];
    let on: Vec<&str> = all
        .into_iter()
        .filter_map(|(name, on)| on.then_some(name))
        .collect();
    on.join(",")
}

/// A folder of its own, removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("sociable-console-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs verbs with the same accounts and state.
pub(crate) struct Console {
    pub(crate) folder: Folder,
    pub(crate) common: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
}

pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) lines: Vec<Value>,
    pub(crate) stderr: String,
}

impl Console {
    /// Over the embedded network, whose world is kept between the runs.
    pub(crate) fn embedded(name: &str) -> Self {
        let folder = Folder::new(name);
        let state = folder.0.join("state").display().to_string();
        Self {
            folder,
            common: vec!["--state".to_owned(), state],
            environment: BTreeMap::new(),
        }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .args(&self.common)
            .args(arguments)
            .envs(&self.environment)
            .current_dir(&self.folder.0)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        let arguments: Vec<&str> = ["--json"]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        let done = self.command(&arguments).output().unwrap();
        let stdout = String::from_utf8(done.stdout).unwrap();
        let stderr = String::from_utf8(done.stderr).unwrap();
        for secret in self.environment.values() {
            assert!(
                !stdout.contains(secret) && !stderr.contains(secret),
                "{arguments:?} shows a secret"
            );
        }
        let lines = stdout
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {line}"))
            })
            .collect();
        Done {
            code: done.status.code().unwrap(),
            lines,
            stderr,
        }
    }

    /// What a verb prints that succeeds.
    #[track_caller]
    pub(crate) fn good(&self, arguments: &[&str]) -> Vec<Value> {
        let done = self.run(arguments);
        assert_eq!(
            done.code, 0,
            "{arguments:?}: {:?} {}",
            done.lines, done.stderr
        );
        done.lines
    }

    #[track_caller]
    pub(crate) fn one(&self, arguments: &[&str]) -> Value {
        let mut lines = self.good(arguments);
        assert_eq!(lines.len(), 1, "{arguments:?}: {lines:?}");
        lines.remove(0)
    }
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("`{key}` is no text in {value}"))
}

pub(crate) fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// Servers show what was written a moment later.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "after a minute still not: {what}");
        std::thread::sleep(Duration::from_millis(300));
    }
}
