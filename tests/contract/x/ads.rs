//! The Ads API as its collection of sample requests has it
//! (<https://github.com/xdevplatform/postman-twitter-ads-api>): of version 7, so that only paths and the names of
//! parameters are of use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

/// Parameters by method and path, like `GET accounts/*/campaigns`, each with whether it is required.
#[derive(Debug, Default, Clone)]
pub struct Ads {
    requests: BTreeMap<String, BTreeMap<String, bool>>,
}

fn name(method: &str, parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<String> = parts.collect();
    format!("{method} {}", parts.join("/"))
}

impl Ads {
    /// Reads the collection.
    ///
    /// # Errors
    /// A file that cannot be read, or that holds no requests.
    pub fn load(file: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
        let whole: Value =
            serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", file.display()))?;
        let mut ads = Self::default();
        ads.take(&whole);
        if ads.requests.is_empty() {
            return Err(format!("{} holds no requests", file.display()));
        }
        Ok(ads)
    }

    fn take(&mut self, node: &Value) {
        for item in node["item"].as_array().into_iter().flatten() {
            self.take(item);
            let request = &item["request"];
            let (Some(method), Some(path)) = (
                request["method"].as_str(),
                request["url"]["path"].as_array(),
            ) else {
                continue;
            };
            // The first part is the version; what is in braces or behind a colon stands for anything.
            let parts = path.iter().skip(1).filter_map(Value::as_str).map(|part| {
                if part.starts_with("{{") || part.starts_with(':') {
                    "*".to_owned()
                } else {
                    part.to_owned()
                }
            });
            let known = self.requests.entry(name(method, parts)).or_default();
            for param in request["url"]["query"].as_array().into_iter().flatten() {
                if let Some(key) = param["key"].as_str() {
                    let told = param["description"].as_str().unwrap_or_default();
                    known.insert(key.to_owned(), told.starts_with("required"));
                }
            }
        }
    }

    /// Checks a request below `/12/`: whether there is one like it, and the names of its parameters.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn check(
        &self,
        method: &str,
        path: &str,
        query: &[(String, String)],
    ) -> Result<(), Vec<String>> {
        let parts: Vec<&str> = path.trim_start_matches("/12/").split('/').collect();
        let fits = |known: &str| {
            let Some((verb, rest)) = known.split_once(' ') else {
                return false;
            };
            let wanted: Vec<&str> = rest.split('/').collect();
            verb == method
                && wanted.len() == parts.len()
                && wanted
                    .iter()
                    .zip(&parts)
                    .all(|(want, part)| *want == "*" || want == part)
        };
        let Some((name, known)) = self.requests.iter().find(|(name, _)| fits(name)) else {
            return Err(vec![format!(
                "{method} {path} is no request of the collection"
            )]);
        };
        let given: BTreeSet<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
        let mut wrong: Vec<String> = given
            .iter()
            .filter(|given| !known.contains_key(**given))
            .map(|given| format!("{name}: ?{given} is no parameter"))
            .collect();
        let missing = known
            .iter()
            .filter(|(key, must)| **must && !given.contains(key.as_str()));
        wrong.extend(missing.map(|(key, _)| format!("{name}: ?{key} is missing")));
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}
