//! The endpoints, and how they are asked.

mod chat;
mod events;
mod measure;
mod people;
mod place;
mod posts;
mod publish;
mod records;
mod session;
mod video;

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use futures_util::future::try_join_all;
use http::{HeaderMap, HeaderName, header};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

pub use session::Session;
pub(super) use session::session_key;

use super::fault::{self, Asked};
use super::rules::{self, NETWORK};
use super::{Bluesky, id, wire};
use crate::client::headers::{HeaderFamily, ResetFormat};
use crate::client::{Answer, Dialect, Fault, Login, Reply, Request, WriteSafety, bearer};
use crate::error::{Error, ErrorKind, Need, Result, Rule, Violation};
use crate::model::AccountRef;
use crate::operation::Operation;

/// The header field that names the service which a call is passed on to.
const PROXY: HeaderName = HeaderName::from_static("atproto-proxy");

/// The header fields in which servers tell one of the limits that apply (PDS).
const FAMILIES: &[HeaderFamily] = &[HeaderFamily::new()
    .limit("ratelimit-limit")
    .remaining("ratelimit-remaining")
    .reset("ratelimit-reset", ResetFormat::EpochSeconds)
    .policy("ratelimit-policy")];

/// Who asks, for the client.
struct Voice<'a> {
    bluesky: &'a Bluesky,
    asked: Asked,
    /// The token to show, where it is not the session's.
    token: Option<&'a str>,
}

impl Dialect for Voice<'_> {
    fn network(&self) -> &str {
        NETWORK
    }

    fn families(&self) -> &[HeaderFamily] {
        FAMILIES
    }

    fn authorise<'a>(&'a self, headers: &'a mut HeaderMap) -> BoxFuture<'a, Result<Login>> {
        async move {
            match (self.token, self.asked) {
                (Some(token), _) => {
                    headers.insert(header::AUTHORIZATION, bearer(token)?);
                    Ok(Login(0))
                }
                // The session's token is never shown to another host.
                (None, Asked::Login | Asked::Video) => Ok(Login(0)),
                (None, _) => {
                    let held = self.bluesky.fresh_session().await?;
                    headers.insert(header::AUTHORIZATION, held.tokens.bearer());
                    Ok(held.login)
                }
            }
        }
        .boxed()
    }

    fn renew(&self, stale: Login) -> BoxFuture<'_, Result<()>> {
        async move {
            // A login cannot be mended by another, which would wait for it.
            if self.token.is_some() || matches!(self.asked, Asked::Login | Asked::Video) {
                return Err(Error::new(
                    ErrorKind::Unauthorized,
                    "the login is not accepted: log in again, with other tokens or an app password",
                ));
            }
            self.bluesky.renew(stale).await.map(|_| ())
        }
        .boxed()
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        let fault = fault::fault(reply, self.asked)?;
        if fault.kind != ErrorKind::RateLimited || !fault::is_from_behind(reply.headers, reply.now)
        {
            return Some(fault);
        }
        // The limit is that of a service behind the server: it rests, longer each time, as the client's policy says.
        let held = self.bluesky.inner.keeper.peek();
        let who = held.as_ref().map_or("", |held| held.tokens.did());
        Some(match self.bluesky.spender(who).behind(self.asked) {
            Some(bucket) => fault.bucket(bucket),
            None => fault,
        })
    }
}

/// Which service answers a method, by its name.
pub(super) fn asked_by(nsid: &str) -> Asked {
    if nsid.starts_with("chat.") {
        Asked::Chat
    } else if nsid.starts_with("com.atproto.") {
        Asked::Server
    } else {
        Asked::AppView
    }
}

/// The address of a method on a server.
fn xrpc(base: &Url, nsid: &str) -> Url {
    let mut url = base.clone();
    let path = [base.path().trim_end_matches('/'), "/xrpc/", nsid].concat();
    url.set_path(&path);
    url
}

/// A query's parameters; a list's name stands once for each item.
type Params<'a> = [(&'a str, &'a str)];

impl Bluesky {
    /// Asks a question, as this identity.
    fn ask<'a>(
        &'a self,
        operation: &'a Operation,
        nsid: &'a str,
        params: &'a Params<'a>,
    ) -> BoxFuture<'a, Result<Answer>> {
        // Boxed in one place, since the compiler makes a copy of a future's code wherever it is awaited.
        Box::pin(self.asked(operation, nsid, params))
    }

    async fn asked(
        &self,
        operation: &Operation,
        nsid: &str,
        params: &Params<'_>,
    ) -> Result<Answer> {
        let session = self.session().await?;
        let url = self.question(&session.tokens, nsid, params.iter().copied());
        self.ask_at(operation, nsid, &session.tokens, url).await
    }

    /// Asks a question of as many things as are named, so many at once; answers come in the order of the things, each
    /// with the moment at which it came.
    fn ask_each<'a>(
        &'a self,
        operation: &'a Operation,
        nsid: &'a str,
        always: &'a Params<'a>,
        (name, things, at_once): (&'a str, &'a [&'a str], usize),
    ) -> BoxFuture<'a, Result<Vec<(Answer, Timestamp)>>> {
        let asked = things.chunks(at_once).map(move |batch| {
            let params = always.iter().copied();
            let params: Vec<_> = params
                .chain(batch.iter().map(|thing| (name, *thing)))
                .collect();
            let answer = async move {
                let answer = self.ask(operation, nsid, &params).await?;
                Ok((answer, self.inner.client.clock().now()))
            };
            answer.boxed()
        });
        Box::pin(try_join_all(asked))
    }

    /// The address of a question; a parameter that is a list stands once for each item.
    fn question<'p>(
        &self,
        session: &Session,
        nsid: &str,
        params: impl Iterator<Item = (&'p str, &'p str)>,
    ) -> Url {
        let mut url = xrpc(&self.inner.server(session), nsid);
        let mut params = params.peekable();
        if params.peek().is_some() {
            url.query_pairs_mut().extend_pairs(params);
        }
        url
    }

    async fn ask_at(
        &self,
        operation: &Operation,
        nsid: &str,
        session: &Session,
        url: Url,
    ) -> Result<Answer> {
        let asked = asked_by(nsid);
        let mut request = Request::get(operation.clone(), url);
        request.charges = self.spender(session.did()).charges(nsid, 0);
        self.speak(asked, self.proxied(request, asked)?).await
    }

    /// Has something done, as this identity.
    async fn tell<T: Serialize + ?Sized>(
        &self,
        operation: &Operation,
        nsid: &str,
        body: &T,
        safety: WriteSafety,
    ) -> Result<Answer> {
        self.tell_many(operation, nsid, body, safety, 1).await
    }

    /// As `tell`, for a method that does several things at once.
    async fn tell_many<T: Serialize + ?Sized>(
        &self,
        operation: &Operation,
        nsid: &str,
        body: &T,
        safety: WriteSafety,
        writes: u64,
    ) -> Result<Answer> {
        // The address is known once there is a login.
        let request = Request::post(operation.clone(), self.inner.base.clone())
            .safety(safety)
            .json(body)?;
        self.told(request, nsid, writes).await
    }

    fn told<'a>(
        &'a self,
        mut request: Request,
        nsid: &'a str,
        writes: u64,
    ) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(async move {
            let session = self.session().await?;
            request.url = xrpc(&self.inner.server(&session.tokens), nsid);
            let asked = asked_by(nsid);
            request.charges = self.spender(session.tokens.did()).charges(nsid, writes);
            self.speak(asked, self.proxied(request, asked)?).await
        })
    }

    /// Sends a request, and remembers when it shows that there is no AppView.
    async fn speak(&self, asked: Asked, request: Request) -> Result<Answer> {
        let voice = Voice {
            bluesky: self,
            asked,
            token: None,
        };
        let answer = self.inner.client.send(&voice, request).await;
        if let Err(error) = &answer
            && asked == Asked::AppView
            && error.is_unsupported()
            && error.message().starts_with("No service configured")
        {
            self.inner.lacks_appview();
        }
        answer
    }

    fn proxied(&self, request: Request, asked: Asked) -> Result<Request> {
        if asked != Asked::Chat {
            return Ok(request);
        }
        match &self.inner.chat {
            Some(service) => Ok(request.header(PROXY, service.clone())),
            None => Err(Error::unsupported(NETWORK, request.operation.clone())),
        }
    }

    fn spender<'a>(&'a self, who: &'a str) -> rules::Spender<'a> {
        rules::Spender {
            host: self.inner.base.host_str().unwrap_or_default(),
            who,
            messages: self.inner.messages,
        }
    }

    /// Whether the server shows feeds, as far as is known.
    fn has_appview(&self) -> bool {
        self.inner.knows(|facts| facts.appview != rules::Reach::No)
    }

    /// Asks a query of the network by its name, such as `app.bsky.feed.getFeed`, paced by the same budgets.
    ///
    /// `params` is an object of texts, numbers, booleans, or lists of these.
    ///
    /// # Errors
    /// `Invalid` where the name or the parameters are none; else what the network answers.
    pub async fn query<T: DeserializeOwned>(
        &self,
        nsid: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<T> {
        let operation = native(nsid)?;
        let params = flat(params)?;
        let params: Vec<(&str, &str)> = params
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.ask(&operation, nsid, &params).await?.json()
    }

    /// Calls a procedure of the network by its name, such as `app.bsky.graph.muteThread`, paced by the same budgets.
    ///
    /// It is sent once: an answer that is lost is `Unconfirmed`.
    ///
    /// # Errors
    /// `Invalid` where the name is none; else what the network answers.
    pub async fn procedure<T: DeserializeOwned>(
        &self,
        nsid: &str,
        body: &(impl Serialize + Sync + ?Sized),
    ) -> Result<T> {
        let operation = native(nsid)?;
        let writes = match nsid {
            "com.atproto.repo.applyWrites" => parts(body, "writes"),
            "chat.bsky.convo.sendMessageBatch" => parts(body, "items"),
            _ => 1,
        };
        let answer = self
            .tell_many(&operation, nsid, body, WriteSafety::Unsafe, writes)
            .await?;
        if answer.body.is_empty() {
            // Procedures without a result answer with nothing at all.
            return serde_json::from_value(Value::Null).map_err(|e| answer.unreadable(e));
        }
        answer.json()
    }

    /// The DID of an account.
    async fn did(&self, operation: &Operation, account: &AccountRef) -> Result<String> {
        let name = match account {
            AccountRef::Me => return Ok(self.session().await?.tokens.did().to_owned()),
            AccountRef::Id(account) => account.as_str(),
            AccountRef::Handle(handle) => handle,
        };
        let name = actor(name)?;
        if id::is_did(name) {
            return Ok(name.to_owned());
        }
        self.resolve(operation, name).await
    }

    /// The DID that a handle stands for.
    fn resolve<'a>(
        &'a self,
        operation: &'a Operation,
        handle: &'a str,
    ) -> BoxFuture<'a, Result<String>> {
        Box::pin(async move {
            let handle = handle.to_ascii_lowercase();
            {
                let session = self.session().await?;
                if session.tokens.handle() == Some(&handle) {
                    return Ok(session.tokens.did().to_owned());
                }
            }
            let nsid = "com.atproto.identity.resolveHandle";
            let answer = self.ask(operation, nsid, &[("handle", &handle)]).await?;
            let found: wire::Identity<'_> = wire::read(&answer)?;
            match found.did.get().filter(|did| id::is_did(did)) {
                Some(did) => Ok(did.to_owned()),
                None => Err(answer.unreadable("it names no DID")),
            }
        })
    }

    /// A post's address with the author's DID in place of a handle.
    async fn settled(&self, operation: &Operation, id: &str) -> Result<id::PostUri> {
        let mut uri = id::PostUri::parse(id)?;
        if !id::is_did(&uri.repo) {
            uri.repo = self.resolve(operation, &uri.repo).await?;
        }
        Ok(uri)
    }

    /// A post's address, where the author has to be this identity.
    async fn own(&self, operation: &Operation, id: &str) -> Result<id::PostUri> {
        let uri = self.settled(operation, id).await?;
        if uri.repo == self.session().await?.tokens.did() {
            return Ok(uri);
        }
        let need = Need::Permission("being the post's author".to_owned());
        Err(Error::forbidden(need)
            .with_network(NETWORK)
            .with_operation(operation.clone()))
    }
}

/// A name of an account that may be asked for: a DID or a handle, without a leading `@`.
fn actor(name: &str) -> Result<&str> {
    let name = name.trim().trim_start_matches('@');
    if id::is_actor(name) {
        return Ok(name);
    }
    let message = format!(
        "`{name}` is neither a handle nor a DID: write it as alice.bsky.social or did:plc:…"
    );
    Err(invalid(Rule::Malformed, "account", message))
}

fn invalid(rule: Rule, field: &str, message: impl Into<String>) -> Error {
    Error::invalid(vec![Violation::error(rule, field, message)]).with_network(NETWORK)
}

/// The operation that a native call is, in errors and prices.
fn native(nsid: &str) -> Result<Operation> {
    let good = nsid.split('.').count() >= 3
        && nsid.split('.').all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
    if good {
        return Ok(Operation::named(nsid.to_owned()));
    }
    let message = format!("`{nsid}` is no method: write it as app.bsky.feed.getFeed");
    Err(invalid(Rule::Malformed, "method", message))
}

/// How many things a body asks for at once.
fn parts(body: &(impl Serialize + ?Sized), list: &str) -> u64 {
    let body = serde_json::to_value(body).unwrap_or_default();
    let items = body.get(list).and_then(Value::as_array).map_or(1, Vec::len);
    u64::try_from(items).unwrap_or(u64::MAX)
}

/// An object's members as parameters.
fn flat(params: &(impl Serialize + ?Sized)) -> Result<Vec<(String, String)>> {
    let wrong = |what: &str| {
        let message =
            format!("{what}: pass an object of texts, numbers, booleans or lists of these");
        invalid(Rule::Malformed, "params", message)
    };
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    let members = match serde_json::to_value(params) {
        Ok(Value::Object(members)) => members,
        Ok(Value::Null) => return Ok(Vec::new()),
        _ => return Err(wrong("the parameters are no object")),
    };
    let mut out = Vec::new();
    for (name, value) in members {
        match &value {
            Value::Null => {}
            Value::Array(items) => {
                for item in items {
                    let item = one(item).ok_or_else(|| {
                        wrong(&format!("`{name}` holds a list of lists or objects"))
                    })?;
                    out.push((name.clone(), item));
                }
            }
            value => {
                let value = one(value).ok_or_else(|| wrong(&format!("`{name}` is an object")))?;
                out.push((name, value));
            }
        }
    }
    Ok(out)
}

/// An error of a call whose loss does no harm, since nobody sees what it did: a login, an upload.
fn harmless(error: Error) -> Error {
    if !error.is_unconfirmed() {
        return error;
    }
    let message = error.message();
    let message = message
        .strip_suffix(" (the write may have happened: look before you repeat it)")
        .unwrap_or(message)
        .to_owned();
    error
        .with_kind(ErrorKind::Unavailable)
        .with_message(format!("{message}; nothing was published: try again"))
}
