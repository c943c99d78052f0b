//! The adapter of an account in a configuration.

use serde_json::Value;

use super::{AccessToken, ConsumerKey, Tier, X, XBuilder};
use crate::client::Client;
use crate::client::limits::SpendingCap;
use crate::error::Result;
use crate::network::AccountConfig;

/// The keys of the tokens, and what is set besides.
const KEYS: [&str; 13] = [
    "bearer",
    "consumer_key",
    "consumer_secret",
    "access_token",
    "access_token_secret",
    "tier",
    "text_limit",
    "video_limit",
    "prices",
    "spending_cap",
    "ads_account",
    "ads_url",
    "ads_version",
];
/// The keys of a login of OAuth 2.0 (feature `oauth`).
const OF_LOGINS: [&str; 5] = [
    "client_id",
    "client_secret",
    "refresh_token",
    "redirect_uri",
    "scopes",
];

impl X {
    /// The adapter of a configured account: keys `bearer`, `consumer_key`, `consumer_secret`, `access_token` and
    /// `access_token_secret` (OAuth 1.0a), `tier` (`self_serve` or `enterprise`), `text_limit`, `video_limit`, `prices` (a
    /// table from names such as `post.create` to dollars), `spending_cap` (such as `25 USD a month`), `ads_account`, `ads_url` and
    /// `ads_version` (of X Ads), and `base_url` for tests. No I/O to the network.
    ///
    /// With the feature `oauth` a login of OAuth 2.0 may stand beside them: keys `client_id`, `client_secret` of a
    /// confidential application, `redirect_uri`, `scopes`, `refresh_token` of a login that was made elsewhere, and
    /// `token_store`, the file that keeps it.
    ///
    /// # Errors
    /// `Config` for an unknown or missing key, and for keys that do not go together, naming the line.
    pub fn from_config(config: &AccountConfig, client: &Client) -> Result<Self> {
        config.only(&[&KEYS[..], &OF_LOGINS[..]].concat())?;
        if config.place.is_some() {
            let message = "posts go to the account's own timeline: take `place` out, and name a community on the draft";
            return Err(config.error("place", message));
        }
        let mut builder = Self::builder().client(client).account_name(&config.name);
        if let Some(base) = &config.base_url {
            builder = builder.base_url(base);
        }
        if let Some(token) = config.secret("bearer")? {
            builder = builder.bearer(token);
        }
        if is_set(config, "consumer_key") || is_set(config, "consumer_secret") {
            let key = config.required_secret("consumer_key")?;
            let secret = config.required_secret("consumer_secret")?;
            builder = builder.consumer(ConsumerKey::new(key.expose(), secret));
        }
        if is_set(config, "access_token") || is_set(config, "access_token_secret") {
            let token = config.required_secret("access_token")?;
            let secret = config.required_secret("access_token_secret")?;
            builder = builder.access_token(AccessToken::new(token, secret));
        }
        if let Some(name) = config.text("tier")? {
            let Some(tier) = Tier::named(&name) else {
                let message = "`tier` is none that X has: write \"self_serve\" or \"enterprise\"";
                return Err(config.error("tier", message));
            };
            builder = builder.tier(tier);
        }
        if let Some(units) = config.whole_number("text_limit")? {
            builder = builder.post_limit(usize::try_from(units).unwrap_or_default());
        }
        if let Some(seconds) = config.whole_number("video_limit")? {
            builder = builder.video_limit(u64::try_from(seconds).unwrap_or_default());
        }
        builder = priced(builder, config)?;
        if let Some(account) = config.text("ads_account")? {
            builder = builder.ads_account(account);
        }
        if let Some(url) = config.text("ads_url")? {
            builder = builder.ads_url(url);
        }
        if let Some(version) = config.text("ads_version")? {
            builder = builder.ads_version(version);
        }
        if let Some(text) = config.text("spending_cap")? {
            let cap = text.parse::<SpendingCap>();
            let cap = cap.map_err(|error| config.error("spending_cap", error.message()))?;
            builder = builder.spending_cap(cap);
        }
        if let Some(key) = OF_LOGINS.iter().find(|key| is_set(config, key)) {
            builder = logged_in(builder, key, config, client)?;
        }
        builder.build().map_err(|error| {
            let named = KEYS
                .iter()
                .find(|key| error.message().starts_with(&format!("`{key}`")));
            let key = match named {
                Some(key) => *key,
                None if error.message().contains("server") => "base_url",
                None => "network",
            };
            config.error(key, error.message())
        })
    }
}

/// Sets the prices that a table names.
fn priced(mut builder: XBuilder, config: &AccountConfig) -> Result<XBuilder> {
    let prices = match config.options.0.get("prices") {
        None => return Ok(builder),
        Some(Value::Object(prices)) => prices,
        Some(_) => {
            let message = "`prices` must be a table, such as { \"post.create\" = \"0.015\" }";
            return Err(config.error("prices", message));
        }
    };
    for (name, amount) in prices {
        let text = match amount {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => {
                let message =
                    format!("`prices` sets `{name}` to what is no amount: write it as \"0.015\"");
                return Err(config.error("prices", message));
            }
        };
        builder = builder.price(name, text);
    }
    Ok(builder)
}

pub(super) fn is_set(config: &AccountConfig, key: &str) -> bool {
    config.options.0.contains_key(key)
}

#[cfg(feature = "oauth")]
fn logged_in(
    builder: XBuilder,
    _: &str,
    config: &AccountConfig,
    client: &Client,
) -> Result<XBuilder> {
    Ok(builder.user_login(X::login_from_config(config, client)?))
}

#[cfg(not(feature = "oauth"))]
fn logged_in(_: XBuilder, key: &str, config: &AccountConfig, _: &Client) -> Result<XBuilder> {
    let message = format!(
        "`{key}` is of a login: add the feature `oauth` to sociable in Cargo.toml, or set `access_token` with `consumer_key`"
    );
    Err(config.error(key, message))
}
