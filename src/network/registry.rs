use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SocialNetwork;
use super::profile::Profile;
use crate::client::Client;
use crate::error::{Error, Result};
#[cfg(feature = "oauth")]
use crate::oauth::Keeper;
use crate::secret::Secret;
use crate::shared::table::Table;
use crate::store::{FileStore, KeyValue};

/// How one account is reached: the part of a configuration that every network has, and what is its network's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountConfig {
    /// How the program and its logs call the account.
    pub name: String,
    /// The network's name, as [`Registry::networks`] lists it.
    pub network: String,
    /// The server, where it is not the network's own. Plain http goes to loopback only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The file that keeps rotated tokens. It wins over the tokens of this configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_store: Option<PathBuf>,
    /// Where posts go by default: a wall, channel, chat or board.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What is the network's own: `identifier`, `password`, `token` and so on.
    #[serde(flatten)]
    pub options: Options,
    /// Where each key stands in the file that it was read from, for messages.
    #[serde(skip)]
    pub lines: BTreeMap<String, usize>,
}

impl AccountConfig {
    /// An account of this name on this network.
    pub fn new(name: impl Into<String>, network: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            network: network.into(),
            base_url: None,
            token_store: None,
            place: None,
            options: Options::default(),
            lines: BTreeMap::new(),
        }
    }

    /// Sets one of the network's own keys.
    pub fn set(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.options.0.insert(key.into(), value.into());
        self
    }

    /// Sets the server.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the file that keeps rotated tokens.
    pub fn token_store(mut self, path: impl Into<PathBuf>) -> Self {
        self.token_store = Some(path.into());
        self
    }

    /// A text among the network's own keys.
    ///
    /// # Errors
    /// `Config` where it is there but not a text.
    pub fn text(&self, key: &str) -> Result<Option<String>> {
        match self.options.0.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.error(key, format!("`{key}` must be a text in quotes"))),
        }
    }

    /// A whole number among the network's own keys, with or without quotes.
    ///
    /// # Errors
    /// `Config` where it is there but no whole number.
    pub fn whole_number(&self, key: &str) -> Result<Option<i64>> {
        let number = match self.options.0.get(key) {
            None => return Ok(None),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(value) => value.as_i64(),
        };
        match number {
            Some(number) => Ok(Some(number)),
            None => Err(self.error(key, format!("`{key}` must be a whole number"))),
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// `Config` where it is missing.
    pub fn required(&self, key: &str) -> Result<String> {
        self.text(key)?
            .ok_or_else(|| self.error(key, format!("`{key}` is missing: add `{key} = \"…\"`")))
    }

    /// A secret: `env:NAME` is read from the environment, `file:PATH` from a file, anything else is the secret itself.
    ///
    /// # Errors
    /// `Config` where the variable or the file is not there. The message never shows the secret.
    pub fn secret(&self, key: &str) -> Result<Option<Secret>> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        if let Some(variable) = text.strip_prefix("env:") {
            return match std::env::var(variable) {
                Ok(value) if !value.is_empty() => Ok(Some(Secret::new(value))),
                _ => Err(self.error(
                    key,
                    format!("`{key}` wants the environment variable {variable}: set it"),
                )),
            };
        }
        if let Some(path) = text.strip_prefix("file:") {
            return match std::fs::read_to_string(path) {
                Ok(value) => Ok(Some(Secret::new(value.trim_end_matches(['\r', '\n'])))),
                Err(e) => Err(self.error(
                    key,
                    format!("`{key}` wants the file {path}, which cannot be read: {e}"),
                )),
            };
        }
        Ok(Some(Secret::new(text)))
    }

    /// A secret that must be there.
    ///
    /// # Errors
    /// As [`secret`](Self::secret), and `Config` where it is missing.
    pub fn required_secret(&self, key: &str) -> Result<Secret> {
        self.secret(key)?.ok_or_else(|| {
            self.error(key, format!("`{key}` is missing: add `{key} = \"env:NAME\"`, with the secret in the environment"))
        })
    }

    /// The store of the account's tokens, for a network whose tokens rotate: without one they would be lost with the
    /// program.
    ///
    /// # Errors
    /// `Config` where the account names no `token_store`.
    pub fn required_token_store(&self) -> Result<Arc<dyn KeyValue>> {
        match &self.token_store {
            Some(path) => Ok(Arc::new(FileStore::new(path))),
            None => {
                let message = format!(
                    "its tokens rotate and have to be kept: add `token_store = \"{}.tokens\"`",
                    self.name
                );
                Err(self.error("token_store", message))
            }
        }
    }

    /// Passes when only these keys are set among the network's own.
    ///
    /// # Errors
    /// `Config`, naming the first key that is not known and those that are.
    pub fn only(&self, known: &[&str]) -> Result<()> {
        for key in self.options.0.keys() {
            if !known.contains(&key.as_str()) {
                let list = if known.is_empty() {
                    "none of its own".to_owned()
                } else {
                    known.join(", ")
                };
                let message = format!(
                    "`{key}` is not a key of {}; its keys are: {list}; and for every network: name, network, base_url, \
                     token_store, place",
                    self.network
                );
                return Err(self.error(key, message));
            }
        }
        Ok(())
    }

    /// A `Config` error about one key, naming the account and the line it was read from.
    pub fn error(&self, key: &str, message: impl AsRef<str>) -> Error {
        let line = self.lines.get(key).or_else(|| self.lines.get("name"));
        let place = line
            .map(|line| format!("line {line}, "))
            .unwrap_or_default();
        Error::config(format!(
            "{place}account `{}`: {}",
            self.name,
            message.as_ref()
        ))
        .with_network(&self.network)
    }
}

/// What is a network's own in a configuration. `Debug` shows the keys alone, since values may be secrets.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Options(pub BTreeMap<String, Value>);

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Builds a network's object from configuration, without I/O to the network.
pub type Factory =
    Arc<dyn Fn(&AccountConfig, &Client) -> Result<Arc<dyn SocialNetwork>> + Send + Sync>;

/// Makes the keeper of an account's login from configuration, without I/O to the network.
#[cfg(feature = "oauth")]
pub type LoginFactory = Arc<dyn Fn(&AccountConfig, &Client) -> Result<Keeper> + Send + Sync>;

/// The networks that a program can be configured for.
///
/// [`Registry::default`] knows every network that is compiled in; outside adapters are added with
/// [`register`](Self::register).
#[derive(Clone)]
pub struct Registry {
    factories: Table<String, Factory>,
    profiles: Table<String, Arc<Profile>>,
    #[cfg(feature = "oauth")]
    logins: Table<String, LoginFactory>,
    /// Networks of this crate whose feature is not compiled in.
    absent: Vec<&'static str>,
}

impl Registry {
    /// Knows no network yet.
    pub fn empty() -> Self {
        Self {
            factories: Table::default(),
            profiles: Table::default(),
            #[cfg(feature = "oauth")]
            logins: Table::default(),
            absent: Vec::new(),
        }
    }

    /// Adds a network, or replaces the one of this name.
    pub fn register<F>(&mut self, name: impl Into<String>, factory: F) -> &mut Self
    where
        F: Fn(&AccountConfig, &Client) -> Result<Arc<dyn SocialNetwork>> + Send + Sync + 'static,
    {
        self.factories.insert(name.into(), Arc::new(factory));
        self
    }

    /// Says what a network offers to an identity that lacks nothing, so that it can be listed before anybody connects.
    pub fn describe(&mut self, name: impl Into<String>, profile: Profile) -> &mut Self {
        self.profiles.insert(name.into(), Arc::new(profile));
        self
    }

    /// What a network offers to an identity that lacks nothing, where its adapter says so.
    pub fn profile(&self, name: &str) -> Option<Arc<Profile>> {
        self.profiles.get(name).cloned()
    }

    /// Says how a person logs in to a network by OAuth (feature `oauth`): the keeper that the factory makes has to be the
    /// one that the account's object uses, with the same store and key.
    #[cfg(feature = "oauth")]
    pub fn offer_oauth<F>(&mut self, name: impl Into<String>, factory: F) -> &mut Self
    where
        F: Fn(&AccountConfig, &Client) -> Result<Keeper> + Send + Sync + 'static,
    {
        self.logins.insert(name.into(), Arc::new(factory));
        self
    }

    /// The keeper of an account's login, for a program that logs a person in; `None` where the network has no OAuth
    /// here. Without I/O to the network.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), and `Config` where the account has no `token_store` to keep the login in.
    #[cfg(feature = "oauth")]
    pub fn oauth(&self, config: &AccountConfig, client: &Client) -> Result<Option<Keeper>> {
        if self.factories.get(&config.network).is_none() {
            return Err(self.unknown(config));
        }
        let Some(factory) = self.logins.get(&config.network) else {
            return Ok(None);
        };
        // What the network wants first is told first.
        let keeper = factory(config, client)?;
        config.required_token_store()?;
        Ok(Some(keeper))
    }

    /// Names a network of this crate that is not compiled in, so that a message can name its feature.
    pub(crate) fn absent(&mut self, feature: &'static str) -> &mut Self {
        self.absent.push(feature);
        self
    }

    /// The networks that can be connected, by name.
    pub fn networks(&self) -> impl Iterator<Item = &str> {
        self.factories.keys().map(String::as_str)
    }

    /// Builds an account's object without I/O to its network.
    ///
    /// # Errors
    /// `Config` for an unknown network (naming those that there are, or the feature to compile in), an unknown or
    /// missing key, a secret that is not there.
    pub fn connect(
        &self,
        config: &AccountConfig,
        client: &Client,
    ) -> Result<Arc<dyn SocialNetwork>> {
        if let Some(factory) = self.factories.get(&config.network) {
            return factory(config, client);
        }
        Err(self.unknown(config))
    }

    fn unknown(&self, config: &AccountConfig) -> Error {
        let there: Vec<&str> = self.networks().collect();
        let there = there.join(", ");
        let message = if self.absent.contains(&config.network.as_str()) {
            format!(
                "the network `{0}` is not compiled in: add the feature `{0}` to sociable in Cargo.toml; compiled in are: \
                 {there}",
                config.network
            )
        } else {
            format!(
                "there is no network `{}`; there are: {there}",
                config.network
            )
        };
        config.error("network", message)
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("networks", &self.networks().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
