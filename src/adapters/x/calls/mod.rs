//! The endpoints, and how they are asked.

mod change;
mod chat;
mod connect;
mod draft;
mod engage;
mod events;
mod identity;
mod lines;
mod measure;
mod people;
mod place;
mod posts;
mod promotions;
mod publish;
mod search;
mod send;
mod stream;
mod tokens;
mod trends;
mod upload;
#[cfg(feature = "webhook")]
mod webhook;

use std::borrow::Cow;

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use http::{HeaderMap, Method, header};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

pub(super) use tokens::Tokens;
pub use tokens::{AccessToken, AppToken, ConsumerKey, UserToken};
#[cfg(feature = "webhook")]
pub use webhook::XWebhook;

use super::X;
use super::budgets::{self, Spender};
use super::fault::{self, Asked};
pub(super) use super::id::invalid;
use super::rules::beside::Extras;
use super::rules::endpoints::{self, CREATE_POST, Endpoint};
use super::rules::prices::Item;
use super::rules::{self, COUNT_PARAM, Has, NETWORK, TokenKind};
use super::wire::{self, Data, Told};
use crate::client::limits::{Bill, Observation};
use crate::client::{Answer, Dialect, Fault, Login, Reply, Request, WriteSafety};
use crate::error::{Error, ErrorKind, Need, Result, Rule};
use crate::operation::Operation;

/// Who asks, for the client.
struct Voice<'a> {
    x: &'a X,
    asked: Asked,
}

impl<'a> Voice<'a> {
    /// Whoever asks for the application's bearer token.
    fn of_bearer(x: &'a X) -> Self {
        Self {
            x,
            asked: Asked::Bearer,
        }
    }
}

impl Dialect for Voice<'_> {
    fn network(&self) -> &str {
        NETWORK
    }

    fn observe(&self, headers: &HeaderMap, now: Timestamp) -> Vec<Observation> {
        match self.asked {
            Asked::Endpoint(endpoint, _) => budgets::observe(endpoint, headers, now),
            Asked::Bearer => Vec::new(),
        }
    }

    fn sign<'a>(
        &'a self,
        request: &'a Request,
        headers: &'a mut HeaderMap,
    ) -> BoxFuture<'a, Result<Login>> {
        async move {
            match (&self.asked, &self.x.inner.tokens.consumer) {
                (Asked::Endpoint(_, spender), _) => {
                    let login = self.x.show(spender.kind, request, headers).await?;
                    self.x.inner.speaks_under(spender.kind, login);
                    Ok(login)
                }
                (Asked::Bearer, Some(consumer)) => {
                    headers.insert(header::AUTHORIZATION, tokens::basic(consumer)?);
                    Ok(Login(0))
                }
                (Asked::Bearer, None) => Ok(Login(0)),
            }
        }
        .boxed()
    }

    fn renew(&self, stale: Login) -> BoxFuture<'_, Result<()>> {
        async move {
            match &self.asked {
                Asked::Endpoint(_, spender) => self.x.renewed(spender.kind, stale).await,
                Asked::Bearer => Ok(()),
            }
        }
        .boxed()
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        let mut fault = fault::fault(reply, &self.asked)?;
        if let Asked::Endpoint(_, spender) = &self.asked {
            fault.renew &= self.x.inner.tokens.renews(spender.kind);
        }
        Some(fault)
    }

    fn billed(&self, reply: &Reply<'_>, bill: &Bill, worst: u64) -> u64 {
        match self.asked {
            _ if !reply.status.is_success() => 0,
            Asked::Endpoint(endpoint, _) if endpoint.bills_things() => {
                let things = wire::things_in(reply.body);
                let asked = bill.tariff.saturating_mul(things.asked);
                asked.saturating_add(
                    self.x
                        .inner
                        .knows(|facts| things.beside.micros(&facts.prices)),
                )
            }
            _ => worst,
        }
    }
}

/// A call of an endpoint.
#[derive(Debug)]
pub(super) struct Call {
    endpoint: &'static Endpoint,
    path: String,
    query: Vec<(Cow<'static, str>, String)>,
    /// The most things that it can answer, each of which is billed.
    most: u64,
    /// The fewest that it can be asked for, where it is a page of a listing that goes on behind it.
    least: u64,
    /// The most posts and accounts that each of them can bring with it, which are billed as well.
    beside: Extras,
    /// What is billed, where it is not what the endpoint says.
    billed: Option<Item>,
    /// By a token of this kind, whichever else is there.
    kind: Option<TokenKind>,
    /// What it publishes, which an account that is not verified may do so often a day: an answer, or anything else.
    publishes: Option<bool>,
}

impl Call {
    /// A call of an endpoint whose path is filled in with these parts.
    pub(super) fn of(endpoint: &'static Endpoint, parts: &[&str]) -> Self {
        Self {
            endpoint,
            path: endpoint.path(parts),
            query: Vec::with_capacity(10),
            most: 1,
            least: u64::MAX,
            beside: Extras::default(),
            billed: None,
            kind: None,
            publishes: None,
        }
    }

    /// Says that it publishes an answer, or anything else.
    pub(super) fn publishes(mut self, answer: bool) -> Self {
        self.publishes = Some(answer);
        self
    }

    /// Adds a parameter.
    pub(super) fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Adds a parameter that may be absent.
    pub(super) fn maybe(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Says how many things it can answer at most.
    pub(super) fn most(mut self, things: impl TryInto<u64>) -> Self {
        self.most = things.try_into().unwrap_or(u64::MAX);
        self
    }

    /// Asks for a page of so many things, of a listing that gives no fewer than its least at once.
    pub(super) fn listing(self, count: u32, least: u32) -> Self {
        let mut call = self.with(COUNT_PARAM, count).most(count);
        call.least = least.into();
        call
    }

    /// Asks for fewer things on the same page, if it can have fewer.
    fn shorten(&mut self) -> bool {
        let most = (self.most / 5).max(self.least);
        let count = self.query.iter_mut().find(|(name, _)| name == COUNT_PARAM);
        match count.filter(|_| most < self.most) {
            Some((_, count)) => {
                *count = most.to_string();
                self.most = most;
                true
            }
            None => false,
        }
    }

    /// Asks for what stands beside each thing, too.
    pub(super) fn expanding(self, expansions: &str) -> Self {
        let mut call = self.with("expansions", expansions);
        call.beside = Extras::most(expansions);
        call
    }

    /// Says what is billed.
    pub(super) fn billed(mut self, item: Item) -> Self {
        self.billed = Some(item);
        self
    }

    /// Says by which kind of token it is made.
    pub(super) fn by(mut self, kind: TokenKind) -> Self {
        self.kind = Some(kind);
        self
    }
}

/// Whether a call was not made since it could cost more than may be spent: the network answered nothing.
fn is_of_the_cap(error: &Error) -> bool {
    *error.kind() == ErrorKind::QuotaExhausted && error.http_status().is_none()
}

/// Reads an answer. Where nothing of it is good, the error is that of the first thing that is wrong.
pub(super) fn told<'a, D: Data<'a>>(answer: &'a Answer) -> Result<Told<'a, D>> {
    let told: Told<'a, D> = wire::read(answer)?;
    let nothing = !told.data.is_there() && told.meta.get().is_none();
    let first = told.errors.objects().next().filter(|_| nothing);
    match first.map(fault::partial) {
        Some((kind, message)) => Err(Error::new(kind, message).with_network(NETWORK)),
        None => Ok(told),
    }
}

impl X {
    /// Asks a question.
    pub(super) fn ask<'a>(
        &'a self,
        operation: &'a Operation,
        call: Call,
    ) -> BoxFuture<'a, Result<Answer>> {
        // Boxed in one place, since the compiler makes a copy of a future's code wherever it is awaited.
        Box::pin(async move {
            let mut call = call;
            loop {
                let request = Request::get(operation.clone(), self.url(&call));
                match self.sent(operation, &call, request).await {
                    // Where a page could pass a cap, a shorter one may fit.
                    Err(error) if is_of_the_cap(&error) && call.shorten() => {}
                    answer => return answer,
                }
            }
        })
    }

    /// Has something done.
    pub(super) fn tell<'a, T: Serialize + ?Sized>(
        &'a self,
        operation: &'a Operation,
        call: Call,
        body: Option<&T>,
        safety: WriteSafety,
    ) -> BoxFuture<'a, Result<Answer>> {
        let request = self.write(operation, &call, safety);
        let request = match body {
            Some(body) => request.json(body),
            None => Ok(request),
        };
        Box::pin(async move { self.sent(operation, &call, request?).await })
    }

    /// A request that changes something.
    fn write(&self, operation: &Operation, call: &Call, safety: WriteSafety) -> Request {
        let method = Method::from_bytes(call.endpoint.method.as_bytes()).unwrap_or(Method::POST);
        Request::new(operation.clone(), method, self.url(call), safety)
    }

    /// Sends a request to an endpoint: every call goes through here.
    async fn sent(
        &self,
        operation: &Operation,
        call: &Call,
        mut request: Request,
    ) -> Result<Answer> {
        let endpoint = call.endpoint;
        let has = self.inner.tokens.has();
        let kind = match call.kind {
            Some(kind) if has.kind(kind) => kind,
            Some(kind) => {
                return Err(self.lacking(operation, Need::Token(kind.as_str().to_owned())));
            }
            None => has
                .pick(endpoint)
                .ok_or_else(|| self.lacking(operation, Has::need(endpoint)))?,
        };
        let spender = self.spender(kind);
        request.charges = spender.charges(endpoint);
        if let Some(answer) = call.publishes.filter(|_| !self.inner.verified) {
            request.charges.push(spender.allowance(answer));
        }
        if let Some(item) = call.billed.or(endpoint.price) {
            let (each, beside) = self
                .inner
                .knows(|facts| (facts.prices.micros(item), call.beside.micros(&facts.prices)));
            let worst = each.saturating_add(beside).saturating_mul(call.most);
            request
                .charges
                .push(self.inner.money.charge_by(operation, worst, each));
        }
        let voice = Voice {
            x: self,
            asked: Asked::Endpoint(endpoint, spender),
        };
        let answer = self.inner.client.send(&voice, request).await;
        if let Err(error) = &answer
            && matches!(error.kind(), ErrorKind::Forbidden(Need::Tier(_)))
        {
            self.inner.lacks(operation);
        }
        answer
    }

    fn lacking(&self, operation: &Operation, need: Need) -> Error {
        Error::forbidden(need)
            .with_network(NETWORK)
            .with_operation(operation.clone())
    }

    fn spender(&self, kind: TokenKind) -> Spender {
        let (subject, app) = self.inner.tokens.subjects(kind);
        Spender { kind, subject, app }
    }

    fn url(&self, call: &Call) -> Url {
        let base = if call.endpoint.is_of_ads() {
            &self.inner.ads.base
        } else {
            &self.inner.base
        };
        let mut url = base.clone();
        let path = [url.path().trim_end_matches('/'), call.path.as_str()].concat();
        url.set_path(&path);
        if !call.query.is_empty() {
            let pairs = call
                .query
                .iter()
                .map(|(name, value)| (name.as_ref(), value));
            url.query_pairs_mut().extend_pairs(pairs);
        }
        url
    }

    /// Calls an endpoint of the network by its method and path, such as `GET` and `/2/lists/12/tweets`, paced by the same
    /// budgets.
    ///
    /// `params` is an object: of a question its members go into the address (lists with commas between their items), of
    /// anything else they are the body. The token is the one that the endpoint takes; of endpoints that this crate does not
    /// know, the user's, else the application's. The answer is the whole body.
    ///
    /// Questions may be repeated; anything else is sent once, and an answer that is lost is `Unconfirmed`.
    ///
    /// # Errors
    /// `Invalid` where the method, the path or the parameters are none; `Forbidden` where the token is missing that it takes;
    /// else what the network answers.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<T> {
        let (operation, endpoint) = native(method, path)?;
        let params = serde_json::to_value(params).unwrap_or(Value::Bool(false));
        let mut call = if endpoint.name == CREATE_POST.name {
            let text = params.get("text").and_then(Value::as_str);
            let answers = params.get("reply").is_some_and(|reply| !reply.is_null());
            Call::of_new_post(text.unwrap_or_default(), answers)
        } else {
            Call::of(endpoint, &[])
        };
        path.clone_into(&mut call.path);
        if endpoint.bills_things() {
            call.most = params
                .get("max_results")
                .and_then(Value::as_u64)
                .unwrap_or(u64::from(rules::PAGE));
        }
        let answer = if endpoint.reads() {
            call.query = flat(&params)?;
            let expansions = call.query.iter().find(|(name, _)| name == "expansions");
            if let Some((_, expansions)) = expansions {
                call.beside = Extras::most(expansions);
            }
            self.ask(&operation, call).await?
        } else {
            let body = match params {
                Value::Null => None,
                Value::Object(_) => Some(params),
                _ => return Err(no_object()),
            };
            call.most = 1;
            self.tell(&operation, call, body.as_ref(), WriteSafety::Unsafe)
                .await?
        };
        answer.json()
    }
}

/// What is asked where no endpoint of the table is. What it costs is not known: it is booked at the most that one of its
/// like costs, so that no cap is passed unseen.
const UNKNOWN: [&Endpoint; 4] = {
    const fn unknown(method: &'static str, name: &'static str, price: Item) -> Endpoint {
        Endpoint {
            method,
            path: "",
            name,
            user_day_name: "",
            app_day_name: "",
            kinds: &[TokenKind::OAuth2, TokenKind::OAuth1, TokenKind::AppOnly],
            scopes: &[],
            app: &[],
            user: &[],
            user_day: &[],
            app_day: &[],
            price: Some(price),
        }
    }
    [
        &unknown("GET", "GET, anything else", Item::UserRead),
        &unknown("POST", "POST, anything else", Item::Interaction),
        &unknown("PUT", "PUT, anything else", Item::Interaction),
        &unknown("DELETE", "DELETE, anything else", Item::Interaction),
    ]
};

/// The operation that a native call is, in errors and prices, and its endpoint.
fn native(method: &str, path: &str) -> Result<(Operation, &'static Endpoint)> {
    let good = path.starts_with("/2/")
        && path.split('/').skip(1).all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"_-.:".contains(&b))
                && part != ".."
        });
    if !good {
        let shown: String = path.chars().take(100).collect();
        let message = format!(
            "`{shown}` is no path: write it as /2/lists/12/tweets, and parameters apart from it"
        );
        return Err(invalid(Rule::Malformed, "path", message));
    }
    let method = method.to_ascii_uppercase();
    let unknown = UNKNOWN.iter().copied().find(|known| known.method == method);
    let Some(unknown) = unknown else {
        let message = "the method is GET, POST, PUT or DELETE";
        return Err(invalid(Rule::Malformed, "method", message));
    };
    let endpoint = endpoints::of_path(&method, path).unwrap_or(unknown);
    Ok((Operation::named(format!("{method} {path}")), endpoint))
}

fn no_object() -> Error {
    let message = "the parameters are no object: pass one, such as {\"max_results\": 10}";
    invalid(Rule::Malformed, "params", message)
}

/// An object's members as parameters of an address.
fn flat(params: &Value) -> Result<Vec<(Cow<'static, str>, String)>> {
    let members = match params {
        Value::Object(members) => members,
        Value::Null => return Ok(Vec::new()),
        _ => return Err(no_object()),
    };
    let mut out = Vec::with_capacity(members.len());
    for (name, value) in members {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                let items: Vec<String> = items
                    .iter()
                    .map(|item| {
                        item.as_str()
                            .map_or_else(|| item.to_string(), str::to_owned)
                    })
                    .collect();
                items.join(",")
            }
            Value::Object(_) => {
                let message = format!("`{name}` is an object, which no address holds");
                return Err(invalid(Rule::Malformed, "params", message));
            }
            other => other.to_string(),
        };
        out.push((Cow::Owned(name.clone()), text));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_of_native_calls_are_written_as_the_network_reads_them() {
        let params =
            json!({"ids": ["1", 2], "max_results": 5, "exclude": null, "x": true, "q": "a b"});
        let mut told = flat(&params).unwrap();
        told.sort();
        let told: Vec<(&str, &str)> = told
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("ids", "1,2"),
                ("max_results", "5"),
                ("q", "a b"),
                ("x", "true")
            ]
        );
        assert!(flat(&json!([1])).is_err() && flat(&json!({"a": {}})).is_err());
    }

    #[test]
    fn a_path_is_known_by_its_form() {
        let name = |method, path| native(method, path).map(|(_, endpoint)| endpoint.name).ok();
        assert_eq!(name("get", "/2/tweets/12"), Some("GET /2/tweets/:id"));
        assert_eq!(
            name("GET", "/2/lists/12/tweets"),
            Some("GET, anything else")
        );
        for path in [
            "",
            "/1.1/statuses",
            "/2/",
            "/2/../x",
            "/2/a?b=c",
            "/2/a b",
            "https://x.com/2/a",
        ] {
            assert_eq!(name("GET", path), None, "{path}");
        }
        assert_eq!(name("PATCH", "/2/tweets"), None);
    }
}
