//! The tokens of an identity, and of its application.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, header};

use super::super::rules::{Has, NETWORK, TokenKind};
use super::super::{X, config, wire};
use super::Voice;
use crate::client::limits::subject;
use crate::client::{Held, Login, Request, TokenKeeper, bearer};
use crate::error::{Error, ErrorKind, Result};
use crate::network::LoginStatus;
#[cfg(feature = "oauth")]
use crate::oauth::Keeper;
use crate::oauth1::Signer;
use crate::operation::Operation;
use crate::secret::{Secret, tokens};

tokens! {
    /// An application's own bearer token, made in the developer console: what is open to all, the full archive, streams.
    AppToken,
    /// A user's access token of OAuth 2.0. It ends after two hours: a
    /// [`user_login`](crate::adapters::x::XBuilder::user_login) renews it.
    UserToken,
}

/// An application's key and secret, made in the developer console: they sign what a user's token of OAuth 1.0a asks, and
/// get the application's own bearer token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerKey {
    pub(in super::super) key: String,
    pub(in super::super) secret: Secret,
}

impl ConsumerKey {
    /// Takes both as the developer console shows them.
    pub fn new(key: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self {
            key: key.into(),
            secret: secret.into(),
        }
    }
}

/// A user's token of OAuth 1.0a and its secret. It lasts until it is revoked, and needs the [`ConsumerKey`] of its
/// application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    pub(in super::super) token: Secret,
    pub(in super::super) secret: Secret,
}

impl AccessToken {
    /// Takes both as the network gave them.
    pub fn new(token: impl Into<Secret>, secret: impl Into<Secret>) -> Self {
        Self {
            token: token.into(),
            secret: secret.into(),
        }
    }
}

/// The tokens of an identity, at most one of each kind.
///
/// Whoever asks names the kind alone: how a token comes about, and whether it can be renewed, is known here.
#[derive(Default)]
pub(in super::super) struct Tokens {
    app_only: Option<AppOnly>,
    oauth2: Option<OAuth2>,
    oauth1: Option<Signer>,
    pub(in super::super) consumer: Option<ConsumerKey>,
    /// The hash of a user's token, or of the account whose login renews it.
    user: [u64; 2],
    app: u64,
}

enum AppOnly {
    /// It is used as it was given.
    Given(HeaderValue),
    /// It is got by the application's key and secret.
    Fetched(Arc<TokenKeeper<Secret>>),
}

enum OAuth2 {
    Given(HeaderValue),
    #[cfg(feature = "oauth")]
    Kept(Keeper),
}

/// The header field of a token as it was given.
fn shown(token: &Secret, setting: &str) -> Result<HeaderValue> {
    let text = clean(token, setting)?;
    bearer(text).map_err(|_| no_token(setting))
}

fn clean<'t>(token: &'t Secret, setting: &str) -> Result<&'t str> {
    let text = token.expose().trim();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(no_token(setting));
    }
    Ok(text)
}

fn no_token(setting: &str) -> Error {
    config(&format!(
        "`{setting}` is no token: it is empty or holds spaces or other signs; copy it anew"
    ))
}

impl Tokens {
    /// Adds an application's bearer token.
    pub(in super::super) fn app_only(&mut self, token: &Secret) -> Result<()> {
        self.app_only = Some(AppOnly::Given(shown(token, "bearer")?));
        if self.app == 0 {
            self.app = subject(token.expose().trim());
        }
        Ok(())
    }

    /// Adds an application's key and secret, which also get its bearer token where none is given.
    pub(in super::super) fn consumer(
        &mut self,
        consumer: ConsumerKey,
        keeper: impl FnOnce(&str) -> Arc<TokenKeeper<Secret>>,
    ) -> Result<()> {
        clean(&Secret::new(consumer.key.as_str()), "consumer_key")?;
        clean(&consumer.secret, "consumer_secret")?;
        self.app = subject(&consumer.key);
        if self.app_only.is_none() {
            self.app_only = Some(AppOnly::Fetched(keeper(&consumer.key)));
        }
        self.consumer = Some(consumer);
        Ok(())
    }

    /// Adds a user's token of OAuth 1.0a.
    pub(in super::super) fn access(&mut self, access: AccessToken) -> Result<()> {
        let Some(consumer) = &self.consumer else {
            return Err(config(
                "`access_token` is signed with the application's key: set `consumer_key` and `consumer_secret`",
            ));
        };
        let token = clean(&access.token, "access_token")?;
        clean(&access.secret, "access_token_secret")?;
        self.user[1] = subject(token);
        let key = Secret::new(consumer.key.trim());
        let signer = Signer::new(key, consumer.secret.clone());
        self.oauth1 = Some(signer.token(access.token, access.secret));
        Ok(())
    }

    /// Adds a user's token of OAuth 2.0 that is not renewed.
    pub(in super::super) fn user(&mut self, token: &Secret) -> Result<()> {
        self.oauth2 = Some(OAuth2::Given(shown(token, "user_token")?));
        self.user[0] = subject(token.expose().trim());
        Ok(())
    }

    /// Adds a user's login of OAuth 2.0.
    #[cfg(feature = "oauth")]
    pub(in super::super) fn keep(&mut self, keeper: Keeper) {
        let client_id = &keeper.oauth().provider().client_id;
        // Its tokens come and go: what stays is the login.
        self.user[0] = subject(&format!("{client_id} {}", keeper.key()));
        if self.app == 0 {
            self.app = subject(client_id);
        }
        self.oauth2 = Some(OAuth2::Kept(keeper));
    }

    /// Which kinds are there.
    pub(in super::super) fn has(&self) -> Has {
        Has {
            app_only: self.app_only.is_some(),
            oauth2: self.oauth2.is_some(),
            oauth1: self.oauth1.is_some(),
        }
    }

    /// What the account is called in the books where nobody names it: a hash of its token.
    pub(in super::super) fn booked_as(&self) -> String {
        let known = [self.user[0], self.user[1], self.app];
        format!(
            "{:016x}",
            known
                .into_iter()
                .find(|hash| *hash != 0)
                .unwrap_or_default()
        )
    }

    /// Whose budgets a token spends, and of which application.
    pub(super) fn subjects(&self, kind: TokenKind) -> (u64, u64) {
        let user = match kind {
            TokenKind::OAuth2 => self.user[0],
            TokenKind::OAuth1 => self.user[1],
            TokenKind::AppOnly => self.app,
        };
        // A token of which the application is not known stands for one of its own.
        let app = if self.app == 0 { user } else { self.app };
        (user, app)
    }

    /// What is known of the login, for a person to read.
    pub(in super::super) fn status(&self) -> LoginStatus {
        let has = self.has();
        let kinds = [TokenKind::OAuth2, TokenKind::OAuth1, TokenKind::AppOnly];
        let there: Vec<&str> = kinds
            .into_iter()
            .filter(|kind| has.kind(*kind))
            .map(TokenKind::as_str)
            .collect();
        let kind = format!("{} token", there.join(" and "));
        #[cfg(feature = "oauth")]
        if let Some(OAuth2::Kept(keeper)) = &self.oauth2
            && let Some(session) = keeper.peek()
        {
            return LoginStatus::oauth(kind, &session);
        }
        LoginStatus::new(kind)
    }

    /// The scopes that a login was granted, where it tells.
    pub(in super::super) fn scopes(&self) -> Option<Vec<String>> {
        #[cfg(feature = "oauth")]
        if let Some(OAuth2::Kept(keeper)) = &self.oauth2 {
            return keeper
                .peek()
                .map(|session| session.scopes)
                .filter(|scopes| !scopes.is_empty());
        }
        None
    }

    /// The application's secret of OAuth 2.0, where a login has it.
    #[cfg(feature = "webhook")]
    pub(super) fn client_secret(&self) -> Option<&Secret> {
        #[cfg(feature = "oauth")]
        if let Some(OAuth2::Kept(keeper)) = &self.oauth2 {
            return keeper.oauth().provider().client_secret.as_ref();
        }
        None
    }

    /// Whether another token may take the place of one that has expired.
    pub(in super::super) fn renews(&self, kind: TokenKind) -> bool {
        match kind {
            TokenKind::AppOnly => matches!(self.app_only, Some(AppOnly::Fetched(_))),
            #[cfg(feature = "oauth")]
            TokenKind::OAuth2 => matches!(self.oauth2, Some(OAuth2::Kept(_))),
            #[cfg(not(feature = "oauth"))]
            TokenKind::OAuth2 => false,
            // The same token signs anew, at the time that the answer told.
            TokenKind::OAuth1 => true,
        }
    }
}

/// What a server of tokens is shown: the application's key and secret.
pub(super) fn basic(consumer: &ConsumerKey) -> Result<HeaderValue> {
    let text = format!(
        "{}:{}",
        consumer.key.trim(),
        consumer.secret.expose().trim()
    );
    let value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(text)));
    let mut value = value.map_err(|_| no_token("consumer_secret"))?;
    value.set_sensitive(true);
    Ok(value)
}

impl X {
    /// Shows a token to the network, and answers which login it is of.
    pub(super) async fn show(
        &self,
        kind: TokenKind,
        request: &Request,
        headers: &mut HeaderMap,
    ) -> Result<Login> {
        let tokens = &self.inner.tokens;
        match kind {
            TokenKind::AppOnly => match &tokens.app_only {
                Some(AppOnly::Given(shown)) => {
                    headers.insert(header::AUTHORIZATION, shown.clone());
                    Ok(Login(0))
                }
                Some(AppOnly::Fetched(keeper)) => {
                    let this = self.clone();
                    let held = keeper
                        .current(move || async move { this.fetched().await })
                        .await?;
                    headers.insert(header::AUTHORIZATION, bearer(held.tokens.expose())?);
                    Ok(held.login)
                }
                None => Err(self.nobody(kind)),
            },
            TokenKind::OAuth2 => match &tokens.oauth2 {
                Some(OAuth2::Given(shown)) => {
                    headers.insert(header::AUTHORIZATION, shown.clone());
                    Ok(Login(0))
                }
                #[cfg(feature = "oauth")]
                Some(OAuth2::Kept(keeper)) => keeper.authorise(headers).await,
                None => Err(self.nobody(kind)),
            },
            TokenKind::OAuth1 => match &tokens.oauth1 {
                Some(signer) => {
                    let at = self.inner.client.server_clock(NETWORK);
                    let random = &**self.inner.client.random();
                    let field = signer.authorization(request, at, random, &[])?;
                    headers.insert(header::AUTHORIZATION, field);
                    Ok(Login(0))
                }
                None => Err(self.nobody(kind)),
            },
        }
    }

    fn nobody(&self, kind: TokenKind) -> Error {
        let message = format!("there is no token of the kind {kind}");
        Error::new(ErrorKind::Unauthorized, message).with_network(NETWORK)
    }

    /// Gets a new token in place of an expired one.
    pub(super) async fn renewed(&self, kind: TokenKind, stale: Login) -> Result<()> {
        match (kind, &self.inner.tokens.app_only, &self.inner.tokens.oauth2) {
            (TokenKind::AppOnly, Some(AppOnly::Fetched(keeper)), _) => {
                let this = self.clone();
                let renew = move |_: Secret| async move { this.fetched().await };
                let renewed: Result<Arc<Held<Secret>>> = keeper.renew(stale, renew).await;
                renewed.map(drop)
            }
            #[cfg(feature = "oauth")]
            (TokenKind::OAuth2, _, Some(OAuth2::Kept(keeper))) => keeper.renew(stale).await,
            // A wrong clock is what can be mended.
            (TokenKind::OAuth1, ..) => Ok(()),
            _ => {
                // A token that was given as it is has nothing to be renewed from.
                let message =
                    format!("the token of the kind {kind} is not accepted any more: get a new one");
                Err(Error::new(ErrorKind::Unauthorized, message))
            }
        }
    }

    /// Gets the application's bearer token, by its key and secret.
    async fn fetched(&self) -> Result<Secret> {
        let mut url = self.inner.base.clone();
        url.set_path(&[url.path().trim_end_matches('/'), "/oauth2/token"].concat());
        let request = Request::post(Operation::named("oauth2.token"), url)
            .form([("grant_type", "client_credentials")])
            .changes_nothing();
        let voice = Voice::of_bearer(self);
        let answer = self.inner.client.send(&voice, request).await?;
        let told: wire::Bearer<'_> = wire::read(&answer)?;
        match told.access_token.get() {
            Some(token) => Ok(Secret::new(token)),
            None => Err(answer.unreadable("it holds no token")),
        }
    }
}
