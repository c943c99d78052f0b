//! Instructions, counted by callgrind in a process of its own that does the same work more and less often: what is
//! left when the two counts are subtracted is the work, without start and end.

use std::process::{Command, ExitCode};

/// Something to be counted: its name, and what does it so many times over, given further words.
pub(crate) type Work = (&'static str, fn(u64, &[String]));

const WORD: &str = "work";

/// In the counted process: does the work that its words name. Elsewhere: nothing.
pub(crate) fn run(works: &[Work], words: &[String]) -> Option<ExitCode> {
    let [first, name, turns, more @ ..] = words else {
        return None;
    };
    if first != WORD {
        return None;
    }
    let work = works.iter().find(|(known, _)| known == name);
    let (Some((_, work)), Ok(turns)) = (work, turns.parse()) else {
        eprintln!("no such work: {name} {turns}");
        return Some(ExitCode::FAILURE);
    };
    work(turns, more);
    Some(ExitCode::SUCCESS)
}

/// How many instructions one turn of a work takes.
///
/// # Errors
///
/// Why it could not be counted: without valgrind, or when the work failed.
pub(crate) fn instructions(name: &str, turns: u64, more: &[String]) -> Result<f64, String> {
    let few = total(name, turns, more)?;
    let many = total(name, turns * 3, more)?;
    Ok((many as f64 - few as f64) / (turns * 2) as f64)
}

fn total(name: &str, turns: u64, more: &[String]) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let turns = turns.to_string();
    let told = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([WORD, name, &turns])
        .args(more)
        .output()
        .map_err(|error| format!("valgrind does not start ({error})"))?;
    let said = String::from_utf8_lossy(&told.stderr);
    if !told.status.success() {
        return Err(format!("{name} under valgrind: {}: {said}", told.status));
    }
    // "==1234== Collected : 5678"
    said.lines()
        .find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())
        .ok_or_else(|| format!("valgrind told no count: {said}"))
}
