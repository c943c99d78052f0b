//! Everything that is wrong with a file, told at once.

use crate::error::{Error, ErrorKind, Rule, Violation};

/// What is wrong with a plan, and where.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

#[derive(Debug)]
struct Fault {
    line: usize,
    violation: Violation,
}

impl Faults {
    /// Adds one thing that is wrong. A line of 0 is the file as a whole.
    pub(super) fn add(
        &mut self,
        line: usize,
        column: impl AsRef<str>,
        rule: Rule,
        message: impl Into<String>,
    ) {
        let column = column.as_ref();
        let field = match (line, column) {
            (0, "") => "the plan".to_owned(),
            (0, column) => format!("`{column}`"),
            (line, "") => format!("line {line}"),
            (line, column) => format!("line {line}, `{column}`"),
        };
        let violation = Violation::error(rule, field, message);
        self.0.push(Fault { line, violation });
    }

    /// Good, or the error that tells all of it in the order of the file.
    pub(super) fn into_result(mut self, file: Option<&str>) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort_by_key(|fault| fault.line);
        let violations: Vec<Violation> = self.0.into_iter().map(|f| f.violation).collect();
        let mut message = file.map(|f| format!("{f}: ")).unwrap_or_default();
        message.push_str("nothing of the plan was taken; mend");
        for violation in &violations {
            message.push_str(&format!("\n  {violation}"));
        }
        Err(Error::new(ErrorKind::Invalid(violations), message))
    }
}
