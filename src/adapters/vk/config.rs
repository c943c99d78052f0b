//! The adapter of an account in a configuration.

use super::Vk;
use crate::client::Client;
use crate::error::Result;
use crate::network::AccountConfig;

/// The keys of the tokens and of what is told to the network's deliveries.
const KEYS: [&str; 6] = [
    "community",
    "community_token",
    "user_token",
    "service_token",
    "confirmation",
    "secret",
];
/// The keys of a login (feature `oauth`).
const OF_LOGINS: [&str; 4] = ["client_id", "login", "redirect_uri", "scopes"];

impl Vk {
    /// The adapter of a configured account: keys `community`, `community_token`, `user_token`, `service_token`,
    /// `confirmation` and `secret`, and `base_url` for tests. No I/O to the network.
    ///
    /// With the feature `oauth` a login may stand in place of `user_token`: keys `client_id`, `login` (`vk_id`, which it is
    /// by default, or `legacy`), `redirect_uri` and `scopes`, and `token_store`, the file that keeps it.
    ///
    /// # Errors
    /// `Config` for an unknown or missing key, and for keys that do not go together, naming the line.
    pub fn from_config(config: &AccountConfig, client: &Client) -> Result<Self> {
        config.only(&[&KEYS[..], &OF_LOGINS[..]].concat())?;
        if config.place.is_some() {
            let message = "posts go to the wall of `community`: take `place` out, and name another wall on the draft";
            return Err(config.error("place", message));
        }
        let mut builder = Self::builder().client(client);
        if let Some(base) = &config.base_url {
            builder = builder.base_url(base);
        }
        if let Some(id) = config.whole_number("community")? {
            builder = builder.community(id);
        }
        if let Some(token) = config.secret("community_token")? {
            builder = builder.community_token(token);
        }
        if let Some(token) = config.secret("user_token")? {
            builder = builder.user_token(token);
        }
        if let Some(token) = config.secret("service_token")? {
            builder = builder.service_token(token);
        }
        if let Some(key) = OF_LOGINS.iter().find(|key| is_set(config, key)) {
            builder = logged_in(builder, key, config, client)?;
        }
        builder.build().map_err(|error| {
            let keys = [
                "community_token",
                "user_token",
                "service_token",
                "community",
            ];
            let named = keys
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

pub(super) fn is_set(config: &AccountConfig, key: &str) -> bool {
    config.options.0.contains_key(key)
}

#[cfg(feature = "oauth")]
fn logged_in(
    builder: super::VkBuilder,
    _: &str,
    config: &AccountConfig,
    client: &Client,
) -> Result<super::VkBuilder> {
    Ok(builder.user_login(Vk::login_from_config(config, client)?))
}

#[cfg(not(feature = "oauth"))]
fn logged_in(
    _: super::VkBuilder,
    key: &str,
    config: &AccountConfig,
    _: &Client,
) -> Result<super::VkBuilder> {
    let message = format!(
        "`{key}` is of a login: add the feature `oauth` to sociable in Cargo.toml, or set `user_token`"
    );
    Err(config.error(key, message))
}
