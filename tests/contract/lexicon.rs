//! Checks requests, answers and records against the AT Protocol's lexicons
//! (<https://atproto.com/specs/lexicon>, <https://atproto.com/specs/data-model>).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::check::Checker;
use super::schema::{self, Def, Method};

/// How much beyond the lexicons' own rules is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// For what we write (requests, a fake's answers): properties and union members that no lexicon names are
    /// mistakes of ours, and the data model's finer rules hold.
    Strict,
    /// For what real servers write: they may know newer lexicons than we do.
    Lenient,
}

/// Every lexicon of a folder. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Lexicons {
    defs: Arc<BTreeMap<String, Def>>,
    strictness: Strictness,
}

impl Lexicons {
    /// Reads every lexicon under `folder`; the result is [`Strictness::Strict`].
    ///
    /// # Errors
    /// A file that cannot be read, a keyword that is not understood, a reference that leads nowhere.
    pub fn load(folder: &Path) -> Result<Self, String> {
        Ok(Self {
            defs: Arc::new(schema::read(folder)?),
            strictness: Strictness::Strict,
        })
    }

    #[must_use]
    pub fn with(&self, strictness: Strictness) -> Self {
        Self {
            defs: Arc::clone(&self.defs),
            strictness,
        }
    }

    #[must_use]
    pub fn lenient(&self) -> Self {
        self.with(Strictness::Lenient)
    }

    #[must_use]
    pub fn strictness(&self) -> Strictness {
        self.strictness
    }

    pub(super) fn def(&self, name: &str) -> Option<&Def> {
        self.defs.get(name)
    }

    /// Every method that answers JSON, by its NSID.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        self.main(|def| match def {
            Def::Query(m) | Def::Procedure(m) => {
                m.output.as_ref().is_some_and(|b| b.schema.is_some())
            }
            _ => false,
        })
    }

    /// Every record type, by its NSID.
    pub fn records(&self) -> impl Iterator<Item = &str> {
        self.main(|def| matches!(def, Def::Record { .. }))
    }

    fn main(&self, keep: impl Fn(&Def) -> bool) -> impl Iterator<Item = &str> {
        self.defs
            .iter()
            .filter(move |(_, def)| keep(def))
            .filter_map(|(name, _)| name.strip_suffix("#main"))
    }

    pub(super) fn method(&self, nsid: &str) -> Result<&Method, String> {
        match self.def(&format!("{nsid}#main")) {
            Some(Def::Query(m) | Def::Procedure(m)) => Ok(m),
            _ => Err(format!("{nsid} is no method of the lexicons")),
        }
    }

    /// Checks a request. `path_and_query` begins with `/xrpc/`.
    ///
    /// # Errors
    /// Everything that is wrong, each with the place where it stands.
    pub fn check_request(
        &self,
        method: &str,
        path_and_query: &str,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<(), Vec<String>> {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let Some(nsid) = path.strip_prefix("/xrpc/") else {
            return Err(vec![format!("{path} does not begin with /xrpc/")]);
        };
        let mut checker = Checker::new(self);
        let found = match self.def(&format!("{nsid}#main")) {
            Some(Def::Query(m)) => {
                if method != "GET" {
                    checker.say("", format!("{nsid} is a query: GET, not {method}"));
                }
                m
            }
            Some(Def::Procedure(m)) => {
                if method != "POST" {
                    checker.say("", format!("{nsid} is a procedure: POST, not {method}"));
                }
                m
            }
            _ => return Err(vec![format!("{nsid} is no method of the lexicons")]),
        };
        checker.query(&found.params, query);
        if let Some(value) = checker.body(found.input.as_ref(), content_type, body) {
            checker.write_into_repo(nsid, &value);
        }
        checker.done()
    }

    /// Checks an answer to the method `nsid`: with a 2xx status by its output, with 4xx and 5xx as an error.
    ///
    /// # Errors
    /// Everything that is wrong, each with the place where it stands.
    pub fn check_response(
        &self,
        nsid: &str,
        status: u16,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<(), Vec<String>> {
        let method = self.method(nsid).map_err(|e| vec![e])?;
        let mut checker = Checker::new(self);
        match status {
            200..=299 => {
                if self.strictness == Strictness::Strict && status != 200 {
                    checker.say(
                        "",
                        format!("the status is {status}; the protocol answers 200"),
                    );
                }
                checker.body(method.output.as_ref(), content_type, body);
            }
            400..=599 => checker.error(content_type, body),
            _ => checker.say(
                "",
                format!("the status is {status}; the protocol knows 200, 4xx and 5xx"),
            ),
        }
        checker.done()
    }

    /// Checks a record of the type `nsid`, its `$type` included.
    ///
    /// # Errors
    /// Everything that is wrong, each with the place where it stands.
    pub fn check_record(&self, nsid: &str, record: &Value) -> Result<(), Vec<String>> {
        let Some(def @ Def::Record { .. }) = self.def(&format!("{nsid}#main")) else {
            return Err(vec![format!("{nsid} is no record of the lexicons")]);
        };
        let mut checker = Checker::new(self);
        checker.def(&format!("{nsid}#main"), def, record, "$");
        checker.done()
    }
}
