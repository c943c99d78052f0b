//! The figures: printed as they come, judged at the end.

use std::io::Write;
use std::process::ExitCode;

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
    failed: Vec<String>,
    unmeasured: Vec<String>,
}

impl Report {
    pub(crate) fn new(wanted: Vec<String>) -> Self {
        Self {
            wanted,
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
        println!("{name} {} {limit} {word}", number(value));
        let _ = std::io::stdout().flush();
        if !good {
            self.failed.push(name.to_owned());
        }
    }

    /// A figure that cannot be measured here, and why.
    pub(crate) fn unmeasured(&mut self, name: &str, why: &str) {
        println!("{name} unmeasured: {why}");
        self.unmeasured.push(name.to_owned());
    }

    pub(crate) fn end(self) -> ExitCode {
        let strict = std::env::var_os("CI").is_some();
        if !self.unmeasured.is_empty() {
            println!("not measured here: {}", self.unmeasured.join(", "));
        }
        if !self.failed.is_empty() {
            println!("out of their limits: {}", self.failed.join(", "));
        }
        if !self.failed.is_empty() || (strict && !self.unmeasured.is_empty()) {
            return ExitCode::FAILURE;
        }
        ExitCode::SUCCESS
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
