//! Checks requests, answers and events against VK's JSON schema 5.199
//! (<https://github.com/VKCOM/vk-api-schema>).
//!
//! The schema is not plain JSON Schema: `required` stands at the property, parameters are described like properties,
//! and what a method may be called with is in `access_token_type`. Every keyword is understood or refused.

mod check;
mod exceptions;
mod generate;
mod request;
mod schema;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use check::Checker;
// Not every test that holds calls to the contract reads generated answers.
pub use super::tally::Tally;
#[allow(unused_imports)]
pub use generate::{Freedoms, Generator};
use schema::Schemas;

/// The contract. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Contract {
    schemas: Arc<Schemas>,
}

impl Contract {
    /// Reads every file under `folder`.
    ///
    /// # Errors
    /// A file that cannot be read, a keyword that is not understood, a reference that leads nowhere, an exception to
    /// what is not there.
    pub fn load(folder: &Path) -> Result<Self, String> {
        let schemas = schema::read(folder)?;
        exceptions::still_needed(&schemas)?;
        Ok(Self {
            schemas: Arc::new(schemas),
        })
    }

    /// Every method, by its name.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        self.schemas.methods.keys().map(String::as_str)
    }

    /// Every event that has an object which is described.
    pub fn events(&self) -> Vec<&str> {
        self.schemas
            .event_types()
            .into_iter()
            .filter(|kind| schema::event_object(kind).is_some())
            .collect()
    }

    /// Every type of event, with those whose objects nothing describes.
    pub fn event_types(&self) -> Vec<&str> {
        self.schemas.event_types().into_iter().collect()
    }

    /// Every code of an error.
    pub fn codes(&self) -> Vec<i64> {
        let listed = self.schemas.errors.keys().copied();
        let others = exceptions::ERRORS.iter().map(|(code, _)| *code);
        listed.chain(others).collect()
    }

    /// The parameters of a method, with those that the exceptions add: its name and whether it must be there.
    pub fn params(&self, method: &str) -> Vec<(String, bool)> {
        request::known(&self.schemas, method)
    }

    /// The kinds of token that a method takes: `user`, `group`, `service`.
    pub fn tokens(&self, method: &str) -> Vec<&str> {
        request::tokens(&self.schemas, method)
    }

    /// The names of the answers that a method may give, like `response` and `extendedResponse`.
    pub fn variants(&self, method: &str) -> Vec<&str> {
        self.schemas
            .methods
            .get(method)
            .and_then(|method| method.get("responses")?.as_object())
            .into_iter()
            .flat_map(|responses| responses.keys().map(String::as_str))
            .collect()
    }

    /// Checks a call: its method, its parameters, and the kind of its token where that is told.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn check_request(
        &self,
        method: &str,
        params: &[(String, String)],
        token: Option<&str>,
    ) -> Result<(), Vec<String>> {
        done(request::check(&self.schemas, method, params, token))
    }

    /// Checks an answer to a call with these parameters: a response, an error, or what a script answers.
    ///
    /// # Errors
    /// Everything that is wrong, each with the place where it stands.
    pub fn check_response(
        &self,
        method: &str,
        params: &[(String, String)],
        answer: &Value,
    ) -> Result<(), Vec<String>> {
        if answer.get("error").is_some() {
            return done(check::error(&self.schemas, answer));
        }
        if method == "execute" {
            return done(check::script(answer));
        }
        let extended = params
            .iter()
            .any(|(name, value)| name == "extended" && matches!(value.as_str(), "1" | "true"));
        let variants = self.variants(method);
        let is_extended = |name: &&str| name.to_lowercase().contains("extended");
        let both = variants.iter().any(is_extended) && !variants.iter().all(is_extended);
        if exceptions::answers(method, answer) {
            return Ok(());
        }
        let mut best: Option<Vec<String>> = None;
        for name in variants
            .iter()
            .filter(|name| !both || is_extended(name) == extended)
        {
            let Some(node) = self.schemas.response(method, name) else {
                continue;
            };
            let mut checker = Checker::new(&self.schemas);
            checker.value(answer, node, "$");
            match checker.done() {
                wrong if wrong.is_empty() => return Ok(()),
                wrong if best.as_ref().is_none_or(|best| wrong.len() < best.len()) => {
                    best = Some(wrong);
                }
                _ => {}
            }
        }
        Err(best.unwrap_or_else(|| vec![format!("{method} is no method of the contract")]))
    }

    /// Checks a call and its answer, and counts both. A call that was refused need not be what the contract says.
    ///
    /// # Errors
    /// Everything that is wrong, each with the method.
    pub fn check_exchange(
        &self,
        tally: &Tally,
        method: &str,
        params: &[(String, String)],
        token: Option<&str>,
        answer: &Value,
    ) -> Result<(), Vec<String>> {
        let failed = answer.get("error").is_some();
        // An error is alike for every method, those that nobody knows included.
        let known = if failed { "wall.get" } else { method };
        let mut wrong = self
            .check_response(known, params, answer)
            .err()
            .unwrap_or_default();
        tally.answer(method);
        if !failed {
            let asked = self.check_request(method, params, token).err();
            tally.request(method);
            wrong.extend(
                asked
                    .into_iter()
                    .flatten()
                    .map(|fault| format!("accepted, but {fault}")),
            );
        }
        let wrong = wrong.into_iter().map(|fault| format!("{method}: {fault}"));
        done(wrong.collect())
    }

    /// Checks an event of the long poll or of a delivery.
    ///
    /// # Errors
    /// Everything that is wrong, each with the place where it stands.
    pub fn check_event(&self, event: &Value) -> Result<(), Vec<String>> {
        done(check::event(&self.schemas, event))
    }
}

fn done(wrong: Vec<String>) -> Result<(), Vec<String>> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
