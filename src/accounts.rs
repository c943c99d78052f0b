//! Accounts from a file, so that a program is pointed at other accounts, networks and servers without being built anew.
//!
//! ```toml
//! [client]
//! max_wait = "30s"
//!
//! [[account]]
//! name = "shop"
//! network = "bluesky"
//! identifier = "shop.example"
//! password = "env:SHOP_PASSWORD"
//! token_store = "shop.tokens"
//! ```
//!
//! `[client]` takes what [`ClientConfig`] names. Each `[[account]]` takes `name`, `network`, `base_url`, `token_store`
//! and `place`, and the keys of its network, which the adapter's documentation lists. A secret is written as `env:NAME`
//! (an environment variable), `file:PATH` (a file) or as it is.
//!
//! Every error is of the kind [`Config`](crate::ErrorKind::Config) and names the line and what to do. None shows a value
//! of the file, since values may be secrets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::client::{Client, ClientConfig};
use crate::error::{Error, Result};
use crate::network::{AccountConfig, Options, Registry, SocialNetwork};
use crate::shared::lines::Lines;

/// What an accounts file holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Accounts {
    /// Settings of the one client that all accounts share.
    pub client: ClientConfig,
    /// The accounts, in the order of the file.
    pub account: Vec<AccountConfig>,
}

impl Accounts {
    /// Reads the text of an accounts file. Nothing else is read: secrets are fetched on [`connect`](Self::connect).
    ///
    /// # Errors
    /// `Config`, naming the line: what is not TOML, a key that is not known at the top or in `[client]`, an account
    /// without a name or network, two accounts of one name.
    pub fn parse(text: &str) -> Result<Self> {
        let lines = Lines(text);
        let document = DeTable::parse(text).map_err(|e| {
            let at = lines.of(e.span().map_or(text.len(), |span| span.start));
            // The parser's own message names what it expected and quotes keys alone, never a value.
            Error::config(format!(
                "line {at}: this is not TOML: {}; mend the line, a value is written as key = \"value\"",
                e.message()
            ))
        })?;
        let mut accounts = Self::default();
        for (key, value) in document.get_ref() {
            let line = lines.of(key.span().start);
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("client", DeValue::Table(table)) => {
                    accounts.client = client_config(table, &lines)?;
                }
                ("client", _) => {
                    return Err(wrong(line, "`client` must be a table: write [client]"));
                }
                ("account", DeValue::Array(items)) => {
                    for item in items.iter() {
                        let account = account(item, line, &lines)?;
                        accounts.add(account)?;
                    }
                }
                ("account", _) => {
                    return Err(wrong(
                        line,
                        "`account` must be a list of tables: write [[account]], with two brackets, before each account",
                    ));
                }
                (other, _) => {
                    return Err(wrong(
                        line,
                        format!(
                            "`{other}` is not known here: a file holds [client] and, for each account, [[account]]"
                        ),
                    ));
                }
            }
        }
        Ok(accounts)
    }

    /// Reads an accounts file. Relative paths in it (`token_store`, `limits_file`, `file:PATH`) start from the file's own folder.
    ///
    /// # Errors
    /// `Config` where the file cannot be read, and as [`parse`](Self::parse); the message names the file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::config(format!(
                "{}: the accounts file cannot be read: {e}",
                path.display()
            ))
        })?;
        let mut accounts = Self::parse(&text).map_err(|e| {
            let message = format!("{}: {}", path.display(), e.message());
            e.with_message(message)
        })?;
        if let Some(folder) = path.parent() {
            if let Some(limits) = &mut accounts.client.limits_file {
                *limits = folder.join(&limits);
            }
            accounts
                .account
                .iter_mut()
                .for_each(|a| start_paths_from(a, folder));
        }
        Ok(accounts)
    }

    /// The account of this name.
    ///
    /// # Errors
    /// `Config`, naming the accounts that there are.
    pub fn get(&self, name: &str) -> Result<&AccountConfig> {
        self.account.iter().find(|a| a.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.account.iter().map(|a| a.name.as_str()).collect();
            Error::config(format!(
                "there is no account `{name}`; there are: {}",
                names.join(", ")
            ))
        })
    }

    /// Builds every account's object, with its name, without I/O to its network. They share the client.
    ///
    /// # Errors
    /// As [`Registry::connect`]; the first error is returned, and names the line where the accounts come from a file.
    pub fn connect(
        &self,
        registry: &Registry,
        client: &Client,
    ) -> Result<Vec<(String, Arc<dyn SocialNetwork>)>> {
        self.account
            .iter()
            .map(|account| Ok((account.name.clone(), registry.connect(account, client)?)))
            .collect()
    }

    fn add(&mut self, account: AccountConfig) -> Result<()> {
        if let Some(earlier) = self.account.iter().find(|a| a.name == account.name) {
            let line = earlier.lines.get("name").copied().unwrap_or_default();
            let message =
                format!("line {line} has an account of this name already: give each its own name");
            return Err(account.error("name", message));
        }
        self.account.push(account);
        Ok(())
    }
}

fn wrong(line: usize, message: impl std::fmt::Display) -> Error {
    Error::config(format!("line {line}: {message}"))
}

/// The keys that every network's account takes, each a text.
const COMMON: [&str; 5] = ["name", "network", "base_url", "token_store", "place"];

fn account(
    item: &Spanned<DeValue<'_>>,
    list_line: usize,
    lines: &Lines<'_>,
) -> Result<AccountConfig> {
    let DeValue::Table(table) = item.get_ref() else {
        return Err(wrong(
            list_line,
            "`account` must be a list of tables: write [[account]] before each account",
        ));
    };
    let mut numbers = BTreeMap::new();
    let mut common = BTreeMap::new();
    let mut options = BTreeMap::new();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let line = lines.of(key.span().start);
        numbers.insert(name.to_owned(), line);
        if !COMMON.contains(&name) {
            options.insert(name.to_owned(), plain(value.get_ref()));
            continue;
        }
        match value.get_ref() {
            DeValue::String(text) => common.insert(name, text.as_ref().to_owned()),
            _ => {
                return Err(wrong(
                    line,
                    format!("`{name}` must be a text in quotes: write `{name} = \"…\"`"),
                ));
            }
        };
    }
    let begin = lines.of(item.span().start);
    let mut required = |key: &str| {
        common
            .remove(key)
            .filter(|text| !text.trim().is_empty())
            .ok_or_else(|| {
                let line = numbers.get(key).copied().unwrap_or(begin);
                wrong(
                    line,
                    format!("this account has no `{key}`: add `{key} = \"…\"`"),
                )
            })
    };
    let (name, network) = (required("name")?, required("network")?);
    let mut account = AccountConfig::new(name, network);
    account.base_url = common.remove("base_url");
    account.token_store = common.remove("token_store").map(PathBuf::from);
    account.place = common.remove("place");
    account.options = Options(options);
    account.lines = numbers;
    Ok(account)
}

/// Reads `[client]` key by key, so that an error names its line.
fn client_config(table: &DeTable<'_>, lines: &Lines<'_>) -> Result<ClientConfig> {
    let mut whole = serde_json::Map::new();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let value = value.get_ref();
        let read = |value: Value| {
            let one = serde_json::Map::from_iter([(name.to_owned(), value)]);
            serde_json::from_value::<ClientConfig>(Value::Object(one)).map_err(|e| e.to_string())
        };
        if let Err(trouble) = read(plain(value)) {
            // Within a table of settings it is one of them that is wrong.
            if let DeValue::Table(inner) = value {
                for (sub, value) in inner {
                    let one = serde_json::Map::from_iter([(
                        sub.get_ref().as_ref().to_owned(),
                        plain(value.get_ref()),
                    )]);
                    match read(Value::Object(one)) {
                        Err(trouble) if !trouble.starts_with("missing field") => {
                            let table = format!("[client.{name}]");
                            return Err(setting(sub, &table, &trouble, lines));
                        }
                        _ => {}
                    }
                }
            }
            return Err(setting(key, "[client]", &trouble, lines));
        }
        whole.insert(name.to_owned(), plain(value));
    }
    serde_json::from_value(Value::Object(whole))
        .map_err(|_| Error::config("[client] holds settings that do not go together"))
}

/// Says what is wrong with one setting, without its value: a proxy's address may hold a password.
fn setting(
    key: &Spanned<std::borrow::Cow<'_, str>>,
    table: &str,
    trouble: &str,
    lines: &Lines<'_>,
) -> Error {
    let name = key.get_ref();
    let expected = trouble
        .rsplit_once("expected ")
        .map(|(_, expected)| expected)
        .unwrap_or_default();
    let message = if trouble.starts_with("unknown field") {
        let known = expected.trim_start_matches("one of ");
        format!("`{name}` is not a setting of {table}; its settings are: {known}")
    } else if let Some((_, advice)) = trouble.rsplit_once("write it as ") {
        format!("`{name}` cannot be read: write it as {advice}")
    } else if expected.is_empty() {
        format!("`{name}` has a value that it cannot take")
    } else {
        format!("`{name}` has a value that it cannot take: expected {expected}")
    };
    wrong(lines.of(key.span().start), message)
}

/// A value of the file as plain data.
fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.as_ref().to_owned()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(number) => {
            let (digits, radix) = (number.as_str(), number.radix());
            i64::from_str_radix(digits, radix)
                .map(Value::from)
                .or_else(|_| u64::from_str_radix(digits, radix).map(Value::from))
                .unwrap_or_else(|_| Value::String(digits.to_owned()))
        }
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map_or(Value::Null, Value::Number),
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Array(items) => items.iter().map(|item| plain(item.get_ref())).collect(),
        DeValue::Table(table) => table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref().to_owned(), plain(value.get_ref())))
            .collect(),
    }
}

/// What a secret begins with that is read from a file.
const IN_FILE: &str = "file:";

fn start_paths_from(account: &mut AccountConfig, folder: &Path) {
    if let Some(path) = &mut account.token_store {
        *path = folder.join(&path);
    }
    for value in account.options.0.values_mut() {
        if let Value::String(text) = value
            && let Some(path) = text.strip_prefix(IN_FILE)
        {
            *text = format!("{IN_FILE}{}", folder.join(path).display());
        }
    }
}
