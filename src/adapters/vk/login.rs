//! How a person logs in: VK ID, and the flow of before it.

use url::Url;

use super::config::is_set;
use super::rules::{API, NETWORK, VERSION};
use super::{Vk, config};
use crate::client::{Client, is_loopback, server_url};
use crate::error::Result;
use crate::network::AccountConfig;
use crate::oauth::{Flow, Keeper, OAuth, Provider};

/// Where VK ID is (vk.md; docs of VK ID).
const ID: &str = "https://id.vk.com";
/// Where the older flow is, and where its browsers end: on an empty page, whose address is copied (vk.md).
const LEGACY: &str = "https://oauth.vk.com";
/// Where browsers end that the older flow has no other address for.
const BLANK: &str = "/blank.html";
/// What VK ID grants of itself: the name, the picture and the like.
const PROFILE: [&str; 1] = ["vkid.personal_info"];
/// What is asked for in the older flow, by name (vk.md): what this crate writes and reads, and a token without an end.
const EVERYTHING: [&str; 7] = [
    "wall", "photos", "video", "docs", "groups", "stats", "offline",
];

/// How a person logs in to VK (feature `oauth`): what an [`OAuth`] is made of, and what a
/// [`user_login`](super::VkBuilder::user_login) may do.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use sociable::Client;
/// use sociable::adapters::vk::{Vk, VkLogin};
/// use sociable::oauth::{Keeper, OAuth};
/// use sociable::store::FileStore;
///
/// # async fn example() -> sociable::Result<()> {
/// let client = Client::new()?;
/// let provider = VkLogin::VkId
///     .provider(51_234_567)
///     .redirect_uri("https://app.example/back");
/// let store = Arc::new(FileStore::new("ann.tokens"));
/// let keeper = Keeper::new(OAuth::new(provider, &client)?, store, "vk:ann", None);
/// let vk = Vk::builder().user_login(keeper.clone()).client(&client).build()?;
/// // Once, with a browser: send it to `begun.url`, and hand in the address that it ends at.
/// let begun = keeper.begin().await?;
/// # let address = "";
/// keeper.finish(address).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VkLogin {
    /// VK ID: OAuth 2.1 with PKCE and a device's id. Its tokens last an hour and rotate; they read profiles, and
    /// everything else is `Forbidden` before any request.
    VkId,
    /// The flow of standalone applications before VK ID (`oauth.vk.com`, implicit): the token stands in the fragment of
    /// the address that the browser ends at. It does all that a user may and its scopes allow, lasts until it is revoked
    /// where the scope `offline` was granted, and cannot be renewed. New applications get the scope `wall` from the
    /// network's support alone.
    Legacy,
}

impl VkLogin {
    /// The network's side of it, for an application of this id. VK ID needs a `redirect_uri`, too; the older flow has its
    /// own.
    pub fn provider(self, client_id: u64) -> Provider {
        self.at(client_id, None)
    }

    /// As [`provider`](Self::provider), beside an API at another address: where that is on this machine, such as a fake,
    /// so is the login.
    ///
    /// # Errors
    /// `Config` where the address is none, or is plain http to another machine.
    pub fn provider_beside(self, client_id: u64, base_url: &str) -> Result<Provider> {
        let base = server_url(base_url, API).map_err(|e| e.with_network(NETWORK))?;
        Ok(self.at(client_id, Some(&base).filter(|base| is_loopback(base))))
    }

    fn at(self, client_id: u64, base: Option<&Url>) -> Provider {
        let usual = match self {
            Self::VkId => ID,
            Self::Legacy => LEGACY,
        };
        let host = base.map_or(usual, Url::as_str).trim_end_matches('/');
        let authorize = format!("{host}/authorize");
        let provider = match self {
            Self::VkId => Provider::new(NETWORK, authorize, format!("{host}/oauth2/auth"))
                .challenge_method("s256")
                .carries("device_id")
                .sends_state()
                .scopes(PROFILE),
            Self::Legacy => Provider::implicit(NETWORK, authorize)
                .redirect_uri(format!("{host}{BLANK}"))
                .authorize_param("display", "page")
                .authorize_param("v", VERSION)
                .scope_separator(",")
                .scopes(EVERYTHING),
        };
        provider.client_id(client_id.to_string())
    }

    /// Which of them a provider is.
    pub(super) fn of(provider: &Provider) -> Self {
        match provider.flow {
            Flow::Code => Self::VkId,
            Flow::Implicit => Self::Legacy,
        }
    }

    fn of_config(config: &AccountConfig) -> Result<Self> {
        match config.text("login")?.as_deref() {
            None | Some("vk_id") => Ok(Self::VkId),
            Some("legacy") => Ok(Self::Legacy),
            Some(_) => {
                let message = "`login` is none that VK has: write \"vk_id\" or \"legacy\"";
                Err(config.error("login", message))
            }
        }
    }
}

impl std::fmt::Display for VkLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::VkId => "VK ID",
            Self::Legacy => "the legacy flow",
        })
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
            format!("the login is to {network}, not to VK: make its provider with `VkLogin`");
        return Err(config(&message));
    }
    Ok(())
}

impl Vk {
    /// The login of a configured account, as [`from_config`](Self::from_config) uses it: for a program that logs a person
    /// in (feature `oauth`). No I/O to the network.
    ///
    /// # Errors
    /// `Config` for a missing or wrong key, and for keys that do not go together, naming the line.
    pub fn login_from_config(config: &AccountConfig, client: &Client) -> Result<Keeper> {
        if is_set(config, "user_token") {
            let message = if is_set(config, "client_id") {
                "`user_token` and a login are two ways to the same token: take it out, or the keys of the login"
            } else {
                "`user_token` is used as it is: to log in by a browser, put `client_id` in its place"
            };
            return Err(config.error("user_token", message));
        }
        let login = VkLogin::of_config(config)?;
        let id = match config.whole_number("client_id")? {
            Some(id) => u64::try_from(id).ok().filter(|id| *id > 0),
            None => {
                let message = "`client_id` is missing, without which nobody can log in: add the application's number";
                return Err(config.error("client_id", message));
            }
        };
        let Some(id) = id else {
            let message = "`client_id` must be the application's number, which is above 0";
            return Err(config.error("client_id", message));
        };
        let base = config.base_url.as_deref().unwrap_or(API);
        let mut provider = login
            .provider_beside(id, base)
            .map_err(|error| config.error("base_url", error.message()))?;
        if let Some(redirect) = config.text("redirect_uri")? {
            provider = provider.redirect_uri(redirect);
        }
        if let Some(scopes) = config.text("scopes")? {
            let named = scopes.split([',', ' ']).filter(|name| !name.is_empty());
            provider = provider.scopes(named);
        }
        let store = config.required_token_store()?;
        // Of what is left only the redirect address can be wrong.
        let oauth = OAuth::new(provider, client)
            .map_err(|error| config.error("redirect_uri", error.message()))?;
        let key = format!("{NETWORK}:{}", config.name);
        Ok(Keeper::new(oauth, store, key, None))
    }
}
