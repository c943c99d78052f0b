//! Logging in by OAuth 2.0: once for every network that speaks it (feature `oauth`).
//!
//! A network is described as data, a [`Provider`]; the rest is done here: the address where a person consents, PKCE,
//! the exchange of the code, the renewal of the tokens. Requests go through the crate's own [`Client`], so that limits,
//! timeouts, bounds and a test's clock hold for them too. Building and reading them is the work of the crate `oauth2`.
//!
//! # Logging in
//!
//! ```
//! # #[cfg(feature = "testing")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # sociable::testing::block_on(example())??;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "testing"))]
//! # fn main() {}
//! # #[cfg(feature = "testing")]
//! # async fn example() -> sociable::Result<()> {
//! use sociable::Client;
//! use sociable::oauth::{OAuth, Provider};
//! # use sociable::client::{Clock, InProcess, SystemClock};
//! # use sociable::testing::auth_server::AuthServer;
//! # use std::sync::Arc;
//! # let server = Arc::new(AuthServer::new("my-app", "https://app.example/back"));
//! # let transport = InProcess::new(server.clone(), Arc::new(SystemClock::new()));
//! # let client = Client::builder().transport(Arc::new(transport)).build()?;
//! # let people = "https://id.example/authorize";
//! # let tokens = "https://id.example/token";
//! # /*
//! let client = Client::new()?;
//! # */
//!
//! let provider = Provider::new("example", people, tokens)
//!     .client_id("my-app")
//!     .redirect_uri("https://app.example/back")
//!     .scopes(["read", "write"]);
//! let oauth = OAuth::new(provider, &client)?;
//!
//! // 1. Send a person's browser to `begun.url`, and keep `begun.pending` (serde) where only this program reads it.
//! let begun = oauth.begin()?;
//! # let back = server.consent(&begun.url, client.clock().now());
//! // 2. The browser comes back to the redirect address: hand in that address as it is, or what a person pasted.
//! let session = oauth.finish(&begun.pending, &back).await?;
//! // 3. Later, for as long as the network likes:
//! let session = oauth.refresh(&session).await?;
//! # assert!(session.refresh_token.is_some());
//! # Ok(())
//! # }
//! ```
//!
//! What goes wrong is a typed error whose message says what to do: an address of another login (`Invalid`), a person
//! who did not consent, a code or a refresh token that is not accepted (`Unauthorized`: log in again), an application
//! that the network does not know (`Config`), an answer that is none (`Decode`). No secret stands in it.
//!
//! # Staying logged in
//!
//! A refresh token that rotates is good once, and a second use of it may end the whole login. So an adapter does not
//! call [`refresh`](OAuth::refresh) itself: a [`Keeper`] renews shortly before a token ends or when the network calls it
//! expired, once for all tasks and all processes that share the [store](crate::store), and stores the new tokens before
//! anybody uses them. An adapter's [`Dialect`](crate::client::Dialect) hands its two questions on:
//!
//! ```
//! # use futures_core::future::BoxFuture;
//! # use http::HeaderMap;
//! use sociable::client::{Dialect, Fault, Login, Reply};
//! use sociable::oauth::Keeper;
//!
//! struct Voice {
//!     keeper: Keeper,
//! }
//!
//! impl Dialect for Voice {
//!     fn network(&self) -> &str {
//!         "example"
//!     }
//!     fn authorise<'a>(&'a self, headers: &'a mut HeaderMap) -> BoxFuture<'a, sociable::Result<Login>> {
//!         Box::pin(self.keeper.authorise(headers))
//!     }
//!     fn renew(&self, stale: Login) -> BoxFuture<'_, sociable::Result<()>> {
//!         Box::pin(self.keeper.renew(stale))
//!     }
//!     fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
//!         // What the network's answers mean; `Fault::renew` where a new token mends it.
//! #       let _ = reply;
//!         None
//!     }
//! }
//! ```
//!
//! [`Registry::offer_oauth`](crate::Registry::offer_oauth) tells the console's `login` and other programs how an
//! account's keeper is made; they call [`Keeper::begin`] and [`Keeper::finish`].
//!
//! # When an answer is lost
//!
//! A refresh whose answer does not come is sent again with the same token: if the network carried out the first, its
//! tokens are lost already, and nothing more can be. Where it then refuses, the error is `Unauthorized` and only a
//! person can log in again; until the old access token ends, calls go on with it where the trouble was only passing.
//! Tokens that were received and could not be stored are kept in memory, unused, and storing them is tried again first.

mod answer;
mod exchange;
mod keeper;
mod provider;
mod redirect;
mod session;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use oauth2::{PkceCodeChallenge, RedirectUrl, Scope};
use url::Url;

pub use keeper::Keeper;
pub use provider::{ClientAuth, Flow, Provider};
pub use session::{Begun, Pending, Session};

use crate::client::{Client, only_secure};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// One application at one network: begins logins, finishes them, and renews their tokens. Cheap to clone.
#[derive(Clone)]
pub struct OAuth {
    inner: Arc<Inner>,
}

struct Inner {
    provider: Provider,
    wire: exchange::Wire,
    client: Client,
}

impl OAuth {
    /// The application that a description tells of, over this client. No I/O.
    ///
    /// # Errors
    /// `Config` where an address is none or is plain http to another machine, or where there is no client id.
    pub fn new(provider: Provider, client: &Client) -> Result<Self> {
        let address = |text: &str, what: &str| {
            let url = Url::parse(text)
                .map_err(|_| Error::config(format!("the {what} is no address: write https://…")))?;
            only_secure(&url)?;
            Ok::<_, Error>(url)
        };
        let checked = || {
            let authorize = address(&provider.authorize_url, "authorize address")?;
            let token = match (&provider.token_url, provider.flow) {
                (Some(token), _) => address(token, "token address")?,
                (None, Flow::Implicit) => authorize.clone(),
                (None, Flow::Code) => {
                    return Err(Error::config(
                        "there is no token address: the flow with a code needs one",
                    ));
                }
            };
            if provider.client_id.trim().is_empty() {
                return Err(Error::config(
                    "there is no client id: register an application with the network and set its id",
                ));
            }
            if let Some(redirect) = &provider.redirect_uri {
                redirect_url(redirect)?;
            }
            Ok((authorize, token))
        };
        let (authorize, token) =
            checked().map_err(|error| error.with_network(&provider.network))?;
        let wire = exchange::wire(&provider, &authorize, &token);
        Ok(Self {
            inner: Arc::new(Inner {
                provider,
                wire,
                client: client.clone(),
            }),
        })
    }

    /// The description it was made of.
    pub fn provider(&self) -> &Provider {
        &self.inner.provider
    }

    /// The client that its requests go through.
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// Begins a login. No I/O. Its browser is sent to the provider's redirect address.
    ///
    /// # Errors
    /// `Config` where the provider names none.
    pub fn begin(&self) -> Result<Begun> {
        match &self.provider().redirect_uri {
            Some(redirect) => self.begin_at(redirect),
            None => Err(Error::config(
                "there is no redirect address: set the one that is registered with the network",
            )
            .with_network(&self.provider().network)),
        }
    }

    /// Begins a login whose browser is sent to this address, letter by letter as it is registered with the network. No
    /// I/O.
    ///
    /// # Errors
    /// `Config` where it is no address.
    pub fn begin_at(&self, redirect_uri: &str) -> Result<Begun> {
        let Inner { provider, wire, .. } = &*self.inner;
        let redirect = redirect_url(redirect_uri).map_err(|e| e.with_network(&provider.network))?;
        let mut request = wire
            .authorize_url(exchange::new_state)
            .set_redirect_uri(Cow::Owned(redirect));
        if !provider.scopes.is_empty() {
            // One for the crate, which knows of no other separator than a space.
            request =
                request.add_scope(Scope::new(provider.scopes.join(&provider.scope_separator)));
        }
        if provider.flow == Flow::Implicit {
            request = request.use_implicit_flow();
        }
        let mut verifier = None;
        if let (Flow::Code, Some(method)) = (provider.flow, &provider.challenge_method) {
            let (challenge, secret) = PkceCodeChallenge::new_random_sha256();
            // Not the crate's own setter, since it knows of no other spelling of the method.
            request = request
                .add_extra_param("code_challenge", challenge.as_str().to_owned())
                .add_extra_param("code_challenge_method", method.clone());
            verifier = Some(Secret::new(secret.into_secret()));
        }
        for (name, value) in &provider.authorize_params {
            request = request.add_extra_param(name.clone(), value.clone());
        }
        let (url, state) = request.url();
        Ok(Begun {
            url,
            pending: Pending {
                network: provider.network.clone(),
                state: Secret::new(state.into_secret()),
                verifier,
                redirect_uri: redirect_uri.to_owned(),
            },
        })
    }

    /// Finishes a login: takes the whole address to which the browser was sent, or its parameters, or the code alone
    /// where the network needs nothing else, and exchanges the code. A code is good once.
    ///
    /// # Errors
    /// `Invalid` where the address is of another login (`state`) or lacks something; nothing was sent then, and the
    /// login can still be finished. `Unauthorized` where the person did not consent, or the code is used up or too old:
    /// begin anew. `Config` where the network does not know the application. `Decode` where the answer holds no tokens.
    pub async fn finish(&self, pending: &Pending, answer: &str) -> Result<Session> {
        let Inner {
            provider, client, ..
        } = &*self.inner;
        match redirect::read(provider, pending, answer)? {
            redirect::Told::Code { code, carried } => {
                exchange::code(self, pending, code, carried).await
            }
            redirect::Told::Tokens(told) => {
                let before = Session::new("").scopes(provider.scopes.clone());
                let lacks = |why: &str| {
                    let message = format!(
                        "the address holds no token that can be used ({why}): copy the whole address, with what stands \
                         behind the `#`"
                    );
                    redirect::invalid(crate::error::Rule::Missing, "access_token", message)
                        .with_network(&provider.network)
                };
                let tokens =
                    answer::Tokens::of_fragment(told).ok_or_else(|| lacks("there is none"))?;
                tokens
                    .session(provider, client.clock().now(), before)
                    .map_err(lacks)
            }
        }
    }

    /// Gets new tokens for a session's refresh token. Where that rotates it is used up by this, so that the answer has
    /// to be stored before it is used: a [`Keeper`] does.
    ///
    /// # Errors
    /// `Unauthorized` where the network refuses, or where there is no refresh token: log in again. `Unavailable`,
    /// `Timeout`, `Transport`, `Decode` where no usable answer came: the refresh token may be used up.
    pub async fn refresh(&self, session: &Session) -> Result<Session> {
        exchange::refresh(self, session).await
    }
}

fn redirect_url(text: &str) -> Result<RedirectUrl> {
    RedirectUrl::new(text.to_owned()).map_err(|_| {
        Error::config(
            "the redirect address is none: write it as it is registered with the network, such as https://…",
        )
    })
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth")
            .field("network", &self.inner.provider.network)
            .field("client_id", &self.inner.provider.client_id)
            .finish_non_exhaustive()
    }
}
