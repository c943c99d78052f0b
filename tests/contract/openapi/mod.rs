//! Checks requests and answers against an OpenAPI document (3.0 or 3.1).
//!
//! The check is stricter than the document: what it does not name is refused, in queries and in bodies. Where real
//! servers are known to go beyond the document, [`Exceptions`] say so, each with its source; one that the document no
//! longer needs is an error. Every keyword is understood or refused.

mod check;
mod document;
mod generate;
mod pattern;
mod request;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use check::Checker;
use document::Document;
// Not every test that holds calls to a contract reads generated answers.
#[allow(unused_imports)]
pub use generate::Generator;
pub use request::Asked;

use super::tally::Tally;

/// Where a document contradicts what is documented elsewhere, or what real answers hold.
#[derive(Debug, Clone, Copy)]
pub struct Exceptions {
    /// Another name of a parameter: the document's, the other, the source.
    pub params: &'static [(&'static str, &'static str, &'static str)],
    /// A value that a parameter takes beside those that the document lists: the parameter, the value, the source.
    pub values: &'static [(&'static str, &'static str, &'static str)],
    /// Another name of a property, wherever it stands: the document's, the other, the source.
    pub spellings: &'static [(&'static str, &'static str, &'static str)],
    /// A property that the document leaves out: the schema, its name, what it is, the source.
    pub properties: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// A value that a property takes beside those that the document lists: the schema, the property, the value, the
    /// source.
    pub words: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// A property that may be missing although the document requires it: the schema, its name, the source.
    pub optional: &'static [(&'static str, &'static str, &'static str)],
    /// What the document does not require of a body, and the server does: the operation, one of these, the source.
    pub needs: &'static [(&'static str, &'static [&'static str], &'static str)],
    /// What is made of a body before it is checked.
    pub normal: fn(Value) -> Value,
    /// What is wrong with an answer that is refused; nothing where the document itself is to say.
    pub refusal: fn(u16, &Value) -> Option<Vec<String>>,
}

impl Exceptions {
    /// None.
    pub const NONE: Self = Self {
        params: &[],
        values: &[],
        spellings: &[],
        properties: &[],
        words: &[],
        optional: &[],
        needs: &[],
        normal: |value| value,
        refusal: |_, _| None,
    };
}

/// A contract. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Contract {
    document: Arc<Document>,
}

impl Contract {
    /// Reads the document in a file.
    ///
    /// # Errors
    /// A file that cannot be read, a keyword that is not understood, a reference that leads nowhere, an exception that
    /// the document does not need.
    pub fn load(file: &Path, exceptions: Exceptions) -> Result<Self, String> {
        let bytes = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
        let value =
            serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", file.display()))?;
        Self::of(value, exceptions)
    }

    /// As [`load`](Self::load), of a document that was read.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn of(value: Value, exceptions: Exceptions) -> Result<Self, String> {
        Document::read(value, exceptions).map(|document| Self {
            document: Arc::new(document),
        })
    }

    /// The name of every operation: its method and its path, like `GET /2/tweets/{id}`.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.document.operations.keys().map(String::as_str)
    }

    /// The name of the operation that a method and a path name.
    pub fn operation(&self, method: &str, path: &str) -> Option<&str> {
        self.document.find(method, path).map(|(name, ..)| name)
    }

    /// The parameters of an operation's query, each with whether it must be there.
    pub fn params(&self, operation: &str) -> Vec<(String, bool)> {
        let found = self.document.operations.get(operation);
        found.map_or_else(Vec::new, |found| {
            let query = found.params.iter().filter(|param| param.place == "query");
            query
                .map(|param| (param.name.clone(), param.required))
                .collect()
        })
    }

    /// The values that a parameter lists.
    pub fn values(&self, operation: &str, param: &str) -> Vec<String> {
        let found = self.document.operations.get(operation);
        let param = found.and_then(|found| found.params.iter().find(|known| known.name == param));
        let Some(param) = param else {
            return Vec::new();
        };
        let node = self.document.resolve(&param.node);
        let node = node.get("items").unwrap_or(node);
        let listed = self.document.resolve(node).get("enum");
        let listed = listed.and_then(Value::as_array).into_iter().flatten();
        listed
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    /// The security schemes that an operation takes, each with the scopes that it needs.
    pub fn schemes(&self, operation: &str) -> Vec<(String, Vec<String>)> {
        let found = self.document.operations.get(operation);
        found.map_or_else(Vec::new, |found| found.security.clone())
    }

    /// The statuses of an operation's answers that are good.
    pub fn statuses(&self, operation: &str) -> Vec<u16> {
        let found = self.document.operations.get(operation);
        let names = found.into_iter().flat_map(|found| found.answers.keys());
        names.filter_map(|name| name.parse().ok()).collect()
    }

    /// Checks a request, and tells the operation.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn check_request(&self, asked: &Asked<'_>) -> Result<&str, Vec<String>> {
        let Some((name, operation, parts)) = self.document.find(asked.method, asked.path) else {
            return Err(vec![format!(
                "{} {} is no operation of the contract",
                asked.method, asked.path
            )]);
        };
        let wrong = request::check(&self.document, name, operation, &parts, asked);
        if wrong.is_empty() {
            Ok(name)
        } else {
            Err(wrong)
        }
    }

    /// Checks an answer of an operation: its status and its body.
    ///
    /// # Errors
    /// Everything that is wrong, each with the place where it stands.
    pub fn check_answer(
        &self,
        operation: &str,
        status: u16,
        body: &Value,
    ) -> Result<(), Vec<String>> {
        let Some(found) = self.document.operations.get(operation) else {
            return Err(vec![format!("{operation} is no operation of the contract")]);
        };
        let body = (self.document.exceptions.normal)(body.clone());
        if status >= 400
            && let Some(wrong) = (self.document.exceptions.refusal)(status, &body)
        {
            return done(wrong);
        }
        let listed = found.answers.get(&status.to_string());
        let listed = listed.or_else(|| found.answers.get("default").filter(|_| status >= 400));
        let Some(nodes) = listed else {
            return Err(vec![format!("{status} is no status of {operation}")]);
        };
        let mut best: Option<Vec<String>> = None;
        for node in nodes {
            let mut checker = Checker::new(&self.document);
            checker.value(&body, node, "$");
            let wrong = checker.done();
            if wrong.is_empty() {
                return Ok(());
            }
            if best.as_ref().is_none_or(|best| wrong.len() < best.len()) {
                best = Some(wrong);
            }
        }
        // A status that is listed without a body has none.
        best.map_or(Ok(()), Err)
    }

    /// Checks a value by the name of its schema.
    ///
    /// # Errors
    /// Everything that is wrong, each with the place where it stands.
    pub fn check_schema(&self, schema: &str, value: &Value) -> Result<(), Vec<String>> {
        let Some(node) = self.document.schemas.get(schema) else {
            return Err(vec![format!("{schema} is no schema of the contract")]);
        };
        let mut checker = Checker::new(&self.document);
        checker.value(&(self.document.exceptions.normal)(value.clone()), node, "$");
        done(checker.done())
    }

    /// Checks a call and its answer, and counts both. A call that was refused need not be what the contract says.
    ///
    /// # Errors
    /// Everything that is wrong, each with the operation.
    pub fn check_exchange(
        &self,
        tally: &Tally,
        asked: &Asked<'_>,
        status: u16,
        answer: &Value,
    ) -> Result<(), Vec<String>> {
        let known = self.operation(asked.method, asked.path);
        if status >= 400 {
            // A refusal is alike for every operation, those that nobody knows included.
            let name = known
                .or_else(|| self.operations().next())
                .unwrap_or_default();
            if let Some(known) = known {
                tally.answer(known);
            }
            return self
                .check_answer(name, status, answer)
                .map_err(|wrong| named(name, wrong));
        }
        let Some(name) = known else {
            return self.check_request(asked).map(|_| ());
        };
        tally.request(name);
        tally.answer(name);
        let mut wrong = self
            .check_answer(name, status, answer)
            .err()
            .unwrap_or_default();
        let told = self.check_request(asked).err().into_iter().flatten();
        wrong.extend(told.map(|fault| format!("accepted, but {fault}")));
        done(named(name, wrong))
    }
}

fn named(operation: &str, wrong: Vec<String>) -> Vec<String> {
    wrong
        .into_iter()
        .map(|fault| format!("{operation}: {fault}"))
        .collect()
}

fn done(wrong: Vec<String>) -> Result<(), Vec<String>> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
