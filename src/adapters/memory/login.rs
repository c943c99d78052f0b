//! Logging in, and staying so: the token is kept, renewed when it expires, and never asked for twice at once.

use std::sync::Arc;

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, header};
use url::Url;

use super::fault;
use super::rules;
use super::wire::{LoginArgs, RefreshArgs, Tokens};
use super::world::password_of;
use crate::client::headers::HeaderFamily;
use crate::client::{Client, Dialect, Fault, Login, Reply, Request, TokenKeeper, WriteSafety};
use crate::error::{Error, ErrorKind, Result};
use crate::network::LoginStatus;
use crate::operation::Operation;
use crate::store::KeyValue;

/// One account's login.
pub(super) struct Session {
    account: Arc<Account>,
    tokens: Arc<TokenKeeper<Tokens>>,
    /// The number under which the account's budgets are kept.
    subject: u64,
}

struct Account {
    client: Client,
    base: Url,
    handle: String,
}

impl Session {
    pub(super) fn new(
        client: Client,
        base: Url,
        handle: String,
        subject: u64,
        store: Arc<dyn KeyValue>,
    ) -> Self {
        let tokens = TokenKeeper::new(store, format!("{}/{handle}", rules::NETWORK));
        Self {
            account: Arc::new(Account {
                client,
                base,
                handle,
            }),
            tokens,
            subject,
        }
    }
}

impl Session {
    /// What is known of the login, once there is one.
    pub(super) fn status(&self) -> Option<LoginStatus> {
        let held = self.tokens.peek()?;
        let mut status = LoginStatus::new("password").scopes(["everything"]);
        status.expires_at = held.tokens.until;
        Some(status)
    }
}

impl Account {
    async fn log_in(&self) -> Result<Tokens> {
        let password = password_of(&self.handle);
        let args = LoginArgs {
            handle: self.handle.as_str().into(),
            password: password.as_str().into(),
        };
        self.ask("/session", &args).await
    }

    /// Renews a login, or logs in again where it is lost for good.
    async fn renew(&self, old: Tokens) -> Result<Tokens> {
        let args = RefreshArgs {
            refresh: old.refresh.expose().into(),
        };
        match self.ask("/session/refresh", &args).await {
            Err(error) if *error.kind() == ErrorKind::Unauthorized => self.log_in().await,
            answer => answer,
        }
    }

    async fn ask<A: serde::Serialize>(&self, path: &str, args: &A) -> Result<Tokens> {
        let mut url = self.base.clone();
        url.set_path(path);
        // A login that is made twice does no harm: the one that nobody knows of expires.
        let request = Request::post(Operation::named("login"), url)
            .safety(WriteSafety::Idempotent)
            .json(args)?;
        let answer = self.client.send(&Anonymous, request).await?;
        answer.json()
    }
}

/// Who asks for a login has none yet.
struct Anonymous;

impl Dialect for Anonymous {
    fn network(&self) -> &str {
        rules::NETWORK
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        fault::of(reply).map(|mut fault| {
            fault.renew = false;
            fault
        })
    }
}

impl Dialect for Session {
    fn network(&self) -> &str {
        rules::NETWORK
    }

    fn families(&self) -> &[HeaderFamily] {
        rules::FAMILIES
    }

    fn authorise<'a>(&'a self, headers: &'a mut HeaderMap) -> BoxFuture<'a, Result<Login>> {
        async move {
            let account = Arc::clone(&self.account);
            let login = move || async move { account.log_in().await };
            let held = self.tokens.current(login).await?;
            let value = format!("Bearer {}", held.tokens.access.expose());
            let mut value = HeaderValue::from_str(&value).map_err(|_| {
                Error::config("the stored token is not one: remove it and log in again")
            })?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
            Ok(held.login)
        }
        .boxed()
    }

    fn renew(&self, stale: Login) -> BoxFuture<'_, Result<()>> {
        async move {
            let account = Arc::clone(&self.account);
            let renew = move |old| async move { account.renew(old).await };
            self.tokens.renew(stale, renew).await.map(|_| ())
        }
        .boxed()
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        let fault = fault::of(reply)?;
        let limit = reply.headers.get("ratelimit-bucket");
        match limit.and_then(|name| name.to_str().ok()) {
            Some(name) if fault.kind == ErrorKind::RateLimited => {
                Some(fault.bucket(rules::bucket_key(name, self.subject)))
            }
            _ => Some(fault),
        }
    }
}
