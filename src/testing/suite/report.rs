use std::fmt;

use super::case::Case;
use crate::operation::Operation;

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The promise is kept.
    Passed,
    /// It is not; what happened instead.
    Failed(String),
    /// It was not played; why.
    PassedOver(String),
}

/// One case and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaseReport {
    /// The promise.
    pub name: String,
    /// The operation that it is about, where it is about one.
    pub operation: Option<Operation>,
    /// How it ended.
    pub outcome: Outcome,
}

impl CaseReport {
    pub(super) fn new(case: &Case, outcome: Outcome) -> Self {
        Self {
            name: case.name().to_owned(),
            operation: case.operation().cloned(),
            outcome,
        }
    }
}

/// What the suite found. `Display` tells the counts, what was passed over and why, and what failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The stage it was played on.
    pub stage: String,
    /// The network's name.
    pub network: String,
    /// Every case, in the order in which they were played.
    pub cases: Vec<CaseReport>,
}

impl Report {
    pub(super) fn new(stage: String, network: String, cases: Vec<CaseReport>) -> Self {
        Self {
            stage,
            network,
            cases,
        }
    }

    /// Whether no case failed.
    pub fn passed(&self) -> bool {
        self.failed().next().is_none()
    }

    /// The cases that failed, each with what happened instead.
    pub fn failed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cases.iter().filter_map(|c| match &c.outcome {
            Outcome::Failed(why) => Some((c.name.as_str(), why.as_str())),
            _ => None,
        })
    }

    /// The cases that were passed over, each with the reason.
    pub fn passed_over(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cases.iter().filter_map(|c| match &c.outcome {
            Outcome::PassedOver(why) => Some((c.name.as_str(), why.as_str())),
            _ => None,
        })
    }

    /// How many cases were played to an end, whatever it was.
    pub fn run_count(&self) -> usize {
        self.cases.len() - self.passed_over().count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} cases run, {} failed, {} passed over",
            self.stage,
            self.run_count(),
            self.failed().count(),
            self.passed_over().count()
        )?;
        for (name, why) in self.passed_over() {
            writeln!(f, "  passed over: {name} ({why})")?;
        }
        for (name, why) in self.failed() {
            writeln!(f, "  FAILED: {name}: {why}")?;
        }
        Ok(())
    }
}
