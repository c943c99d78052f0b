//! How a person logs in: OAuth 2.0 with PKCE.

use std::time::Duration;

use super::config::is_set;
use super::rules::{API, NETWORK, PAGES};
use super::{X, config};
use crate::client::{Client, is_loopback, server_url};
use crate::error::Result;
use crate::network::AccountConfig;
use crate::oauth::{ClientAuth, Keeper, OAuth, Provider, Session};
use crate::secret::Secret;

/// What is asked for by default: what this crate reads and writes, and a token to renew it by.
const EVERYTHING: [&str; 16] = [
    "tweet.read",
    "tweet.write",
    "tweet.moderate.write",
    "users.read",
    "follows.read",
    "follows.write",
    "like.read",
    "like.write",
    "mute.read",
    "mute.write",
    "bookmark.read",
    "bookmark.write",
    "dm.read",
    "dm.write",
    "media.write",
    "offline.access",
];
/// How long before its end a token is renewed: each renewal uses the refresh token up, so not earlier than needed.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// How a person logs in to X (feature `oauth`): what an [`OAuth`] is made of.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use sociable::Client;
/// use sociable::adapters::x::{X, XLogin};
/// use sociable::oauth::{Keeper, OAuth};
/// use sociable::store::FileStore;
///
/// # async fn example() -> sociable::Result<()> {
/// let client = Client::new()?;
/// let provider = XLogin::provider("my-client-id").redirect_uri("https://app.example/back");
/// let store = Arc::new(FileStore::new("ann.tokens"));
/// let keeper = Keeper::new(OAuth::new(provider, &client)?, store, "x:ann", None);
/// let x = X::builder().user_login(keeper.clone()).client(&client).build()?;
/// // Once, with a browser: send it to `begun.url`, and hand in the address that it ends at, within 30 seconds.
/// let begun = keeper.begin().await?;
/// # let address = "";
/// keeper.finish(address).await?;
/// # Ok(())
/// # }
/// ```
///
/// A token lasts two hours. Its refresh token is good once: the new pair is stored before it is used, one renewal at a time
/// for all tasks and processes that share the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct XLogin;

impl XLogin {
    /// The network's side of it, for an application of this id: a public one, unless a client secret is set
    /// ([`confidential`](Self::confidential)). It needs a `redirect_uri`.
    pub fn provider(client_id: impl Into<String>) -> Provider {
        Self::at(client_id.into(), PAGES, API)
    }

    /// As [`provider`](Self::provider), for a confidential application ("Web App" or "Automated App"), which shows its
    /// secret.
    pub fn confidential(client_id: impl Into<String>, secret: impl Into<Secret>) -> Provider {
        Self::provider(client_id).client_secret(secret, ClientAuth::Basic)
    }

    /// As [`provider`](Self::provider), beside an API at another address: where that is on this machine, such as a fake,
    /// so is the login.
    ///
    /// # Errors
    /// `Config` where the address is none, or is plain http to another machine.
    pub fn provider_beside(client_id: impl Into<String>, base_url: &str) -> Result<Provider> {
        let base = server_url(base_url, API).map_err(|e| e.with_network(NETWORK))?;
        let host = base.as_str().trim_end_matches('/');
        let people = if is_loopback(&base) { host } else { PAGES };
        Ok(Self::at(client_id.into(), people, host))
    }

    fn at(client_id: String, people: &str, api: &str) -> Provider {
        Provider::new(
            NETWORK,
            format!("{people}/i/oauth2/authorize"),
            format!("{api}/2/oauth2/token"),
        )
        .client_id(client_id)
        .scopes(EVERYTHING)
        .early(EARLY)
    }
}

/// Passes a login that an identity can have.
pub(super) fn check(keeper: &Keeper, beside_a_token: bool) -> Result<()> {
    if beside_a_token {
        return Err(config(
            "`user_token` and a login are two ways to the same token: leave one of them out",
        ));
    }
    let network = &keeper.oauth().provider().network;
    if network != NETWORK {
        let message =
            format!("the login is to {network}, not to X: make its provider with `XLogin`");
        return Err(config(&message));
    }
    Ok(())
}

impl X {
    /// The login of a configured account, as [`from_config`](Self::from_config) uses it: for a program that logs a person
    /// in (feature `oauth`). No I/O to the network.
    ///
    /// # Errors
    /// `Config` for a missing or wrong key, and for keys that do not go together, naming the line.
    pub fn login_from_config(config: &AccountConfig, client: &Client) -> Result<Keeper> {
        if !is_set(config, "client_id") && is_set(config, "access_token") {
            let message =
                "`access_token` is used as it is: to log in by a browser, set `client_id`";
            return Err(config.error("access_token", message));
        }
        let id = config.required("client_id")?;
        let base = config.base_url.as_deref().unwrap_or(API);
        let mut provider = XLogin::provider_beside(id, base)
            .map_err(|error| config.error("base_url", error.message()))?;
        if let Some(secret) = config.secret("client_secret")? {
            provider = provider.client_secret(secret, ClientAuth::Basic);
        }
        if let Some(redirect) = config.text("redirect_uri")? {
            provider = provider.redirect_uri(redirect);
        }
        if let Some(scopes) = config.text("scopes")? {
            let named = scopes.split([',', ' ']).filter(|name| !name.is_empty());
            provider = provider.scopes(named);
        }
        let given = config.secret("refresh_token")?.map(Session::renewable);
        let store = config.required_token_store()?;
        // Of what is left only the redirect address can be wrong.
        let oauth = OAuth::new(provider, client)
            .map_err(|error| config.error("redirect_uri", error.message()))?;
        let key = format!("{NETWORK}:{}", config.name);
        Ok(Keeper::new(oauth, store, key, given))
    }
}
