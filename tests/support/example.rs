//! Examples as programs, for tests that run them in processes of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The built example. Whoever runs a test alone gets it built first, with these features; `sources` are what it is made
/// of besides the library, under `examples`.
pub(crate) fn built(name: &str, features: &str, sources: &[&str]) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(Path::parent).unwrap();
    let program = target
        .join("examples")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    // Tests that run without the examples may find what an older build left.
    if is_older_than_sources(&program, sources) {
        let done = Command::new(env!("CARGO"))
            .args(["build", "-q", "--example", name, "--features", features])
            .args([
                "--target-dir".as_ref(),
                target.parent().unwrap().as_os_str(),
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(done.success(), "the example is not built");
    }
    program
}

fn is_older_than_sources(program: &Path, sources: &[&str]) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|told| told.modified()).ok();
    let Some(built) = changed(program) else {
        return true;
    };
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = vec![home.join("src")];
    paths.extend(sources.iter().map(|path| home.join("examples").join(path)));
    while let Some(path) = paths.pop() {
        if changed(&path).is_some_and(|at| at > built) {
            return true;
        }
        if path.is_dir() {
            let within = std::fs::read_dir(path).unwrap();
            paths.extend(within.map(|entry| entry.unwrap().path()));
        }
    }
    false
}
