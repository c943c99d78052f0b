//! The figures: printed as they come, judged at the end, and shown in README.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

const BEGIN: &str =
    "<!-- gates: SOCIABLE_ACCEPT=1 cargo bench --bench gates --features full writes it anew -->\n";
const END: &str = "<!-- /gates -->\n";

/// What a figure must keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
    /// Only printed.
    Free,
}

/// Gathers figures and says how it went.
pub(crate) struct Report {
    /// How the wanted names begin; empty: all.
    wanted: Vec<String>,
    /// Name, value and limit of each figure.
    rows: Vec<[String; 3]>,
    failed: Vec<String>,
    unmeasured: Vec<String>,
}

impl Report {
    pub(crate) fn new(wanted: Vec<String>) -> Self {
        Self {
            wanted,
            rows: Vec::new(),
            failed: Vec::new(),
            unmeasured: Vec::new(),
        }
    }

    /// Whether a group, whose names begin so, holds anything that is wanted.
    pub(crate) fn wants(&self, group: &str) -> bool {
        self.wanted.is_empty()
            || (self.wanted.iter()).any(|word| word.starts_with(group) || group.starts_with(word))
    }

    /// A figure. Names are dotted and without blanks.
    pub(crate) fn figure(&mut self, name: &str, value: f64, bound: Bound) {
        let (limit, good) = match bound {
            Bound::AtMost(most) => (format!("<={}", number(most)), value <= most),
            Bound::AtLeast(least) => (format!(">={}", number(least)), value >= least),
            Bound::Free => ("-".to_owned(), true),
        };
        // A figure that is no number keeps to no limit.
        let good = good && value.is_finite();
        let word = if good { "pass" } else { "FAIL" };
        let value = number(value);
        println!("{name} {value} {limit} {word}");
        let _ = std::io::stdout().flush();
        self.rows.push([name.to_owned(), value, limit]);
        if !good {
            self.failed.push(name.to_owned());
        }
    }

    /// A figure that cannot be measured here, and why.
    pub(crate) fn unmeasured(&mut self, name: &str, why: &str) {
        println!("{name} unmeasured: {why}");
        self.unmeasured.push(name.to_owned());
    }

    /// Whether a figure of this name was measured.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.rows.iter().any(|row| row[0] == name)
    }

    pub(crate) fn end(self) -> ExitCode {
        let strict = std::env::var_os("CI").is_some();
        if !self.unmeasured.is_empty() {
            println!("not measured here: {}", self.unmeasured.join(", "));
        }
        if !self.failed.is_empty() {
            println!("out of their limits: {}", self.failed.join(", "));
        }
        if std::env::var_os("SOCIABLE_ACCEPT").is_some() {
            if !self.wanted.is_empty() || !self.unmeasured.is_empty() {
                println!("README shows a whole run: nothing is written");
                return ExitCode::FAILURE;
            }
            // Out of their limits or not: README says what is.
            let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
            let text = std::fs::read_to_string(&readme).unwrap();
            std::fs::write(&readme, self.shown_in(&text)).unwrap();
        }
        if !self.failed.is_empty() || (strict && !self.unmeasured.is_empty()) {
            return ExitCode::FAILURE;
        }
        ExitCode::SUCCESS
    }

    /// README with the figures of this run.
    fn shown_in(&self, text: &str) -> String {
        let (before, rest) =
            (text.split_once(BEGIN)).expect("README.md lacks the mark before the gates");
        let (_, after) = (rest.split_once(END)).expect("README.md lacks the mark after the gates");
        let mut table = String::from("\n| name | value | limit |\n|---|---|---|\n");
        for [name, value, limit] in &self.rows {
            let limit = limit
                .replace("<=", "≤ ")
                .replace(">=", "≥ ")
                .replace('-', "–");
            let out = self.failed.contains(name);
            let word = if out { " (not kept)" } else { "" };
            let _ = writeln!(table, "| `{name}` | {value}{word} | {limit} |");
        }
        format!("{before}{BEGIN}{table}\n{END}{after}")
    }
}

/// Whole numbers as they are, others with three digits behind the point.
fn number(value: f64) -> String {
    if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.3}")
    }
}
