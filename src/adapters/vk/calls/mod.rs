//! The methods, and how they are asked.

mod batch;
#[cfg(feature = "webhook")]
mod callback;
mod challenge;
mod change;
mod chat;
mod comments;
mod draft;
mod engage;
mod events;
mod identity;
mod measure;
mod people;
mod place;
mod posts;
mod promotions;
mod publish;
mod send;
mod tokens;
mod upload;

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use http::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::Url;

#[cfg(feature = "webhook")]
pub use callback::VkWebhook;
pub(super) use challenge::Challenges;
pub(super) use events::Poll;
pub(super) use tokens::Tokens;
pub use tokens::{CommunityToken, ServiceToken, UserToken};

use super::Vk;
use super::budgets::Spender;
use super::fault::{self, Asked};
pub(super) use super::id::invalid;
use super::rules::{self, NETWORK, TokenKind};
use super::wire::{Answers, List, Members, Native, Needed, Obj, Response, read_slashed};
use crate::client::limits::Charge;
use crate::client::{Answer, Dialect, Fault, Login, Reply, Request, WriteSafety, is_loopback};
use crate::error::{Challenge, Error, ErrorKind, Result, Rule, Violation};
use crate::operation::Operation;

/// Who asks, for the client.
struct Voice<'a> {
    vk: &'a Vk,
    asked: Asked<'a>,
    /// Whether the call carries the answer to a challenge.
    answers: bool,
    /// The challenge that came instead of an answer.
    challenged: Mutex<Option<(Challenge, bool)>>,
}

impl Dialect for Voice<'_> {
    fn network(&self) -> &str {
        NETWORK
    }

    fn authorise<'a>(&'a self, headers: &'a mut HeaderMap) -> BoxFuture<'a, Result<Login>> {
        async move {
            let Asked::Method { name, kind, .. } = &self.asked else {
                // Only the API itself ever sees a token.
                return Ok(Login(0));
            };
            // A challenge may have come while this call waited for its budget.
            if !self.answers {
                let now = self.vk.now();
                self.vk.inner.challenges.pass(name, *kind, now)?;
            }
            let login = self.vk.inner.tokens.authorise(*kind, headers).await?;
            self.vk.inner.speaks_under(*kind, login);
            Ok(login)
        }
        .boxed()
    }

    fn renew(&self, stale: Login) -> BoxFuture<'_, Result<()>> {
        async move {
            match &self.asked {
                Asked::Method { kind, .. } => self.vk.inner.tokens.renew(*kind, stale).await,
                Asked::Upload => Ok(()),
            }
        }
        .boxed()
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        let mut fault = fault::fault(reply, &self.asked)?;
        if let Asked::Method { kind, .. } = &self.asked {
            fault.renew &= self.vk.inner.tokens.renews(*kind);
        }
        if matches!(fault.kind, ErrorKind::Challenge(_)) {
            let mut challenged = self
                .challenged
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *challenged = fault::challenge(reply);
        }
        Some(fault)
    }
}

/// The parameters of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Params(Vec<(Cow<'static, str>, String)>);

impl Params {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(8))
    }

    /// Adds a value.
    pub(super) fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl ToString) -> Self {
        self.0.push((name.into(), value.to_string()));
        self
    }

    /// Adds a value that may be absent.
    pub(super) fn maybe(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a yes; a no is left out, as it is what holds without a word.
    pub(super) fn flag(self, name: &'static str, yes: bool) -> Self {
        if yes { self.with(name, 1) } else { self }
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_str()))
    }

    fn holds(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// As an object of texts.
    fn json(&self) -> Value {
        let members = self
            .0
            .iter()
            .map(|(name, value)| (name.to_string(), Value::from(value.as_str())));
        Value::Object(members.collect::<Map<String, Value>>())
    }
}

/// A call that is ready to be sent.
struct Sent<'a> {
    operation: &'a Operation,
    method: &'a str,
    kind: TokenKind,
    /// `None` for a question.
    safety: Option<WriteSafety>,
    charges: Vec<Charge>,
}

/// Reads the object that stands under `response`.
pub(super) fn response<'a, T: Members<'a> + Default>(answer: &'a Answer) -> Result<T> {
    value::<Needed<T>>(answer).map(Needed::into_value)
}

/// Reads the list that stands under `response`.
pub(super) fn listed<'a, T: Members<'a> + Default>(answer: &'a Answer) -> Result<List<Obj<T>>> {
    value::<Needed<List<Obj<T>>>>(answer).map(Needed::into_value)
}

/// Reads a value of the caller's own that stands under `response`.
pub(super) fn native_response<T: DeserializeOwned>(answer: &Answer) -> Result<T> {
    answer.json::<Native<T>>().map(|told| told.response)
}

/// Reads whatever stands under `response`.
pub(super) fn value<'a, T: Answers<'a>>(answer: &'a Answer) -> Result<T> {
    read_slashed::<Response<T>>(answer).map(|response| response.0)
}

impl Vk {
    /// Asks a question.
    pub(super) fn ask<'a>(
        &'a self,
        operation: &'a Operation,
        method: &'a str,
        params: &'a Params,
    ) -> BoxFuture<'a, Result<Answer>> {
        // Boxed in one place, since the compiler makes a copy of a future's code wherever it is awaited.
        Box::pin(self.call_by(operation, method, None, params, None))
    }

    /// As `ask`, by a token of one kind.
    pub(super) fn ask_as<'a>(
        &'a self,
        kind: TokenKind,
        operation: &'a Operation,
        method: &'a str,
        params: &'a Params,
    ) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(self.call_by(operation, method, Some(kind), params, None))
    }

    /// Has something done.
    pub(super) fn tell<'a>(
        &'a self,
        operation: &'a Operation,
        method: &'a str,
        params: &'a Params,
        safety: WriteSafety,
    ) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(self.call_by(operation, method, None, params, Some(safety)))
    }

    /// As `tell`, by a token of one kind.
    pub(super) fn tell_as<'a>(
        &'a self,
        kind: TokenKind,
        operation: &'a Operation,
        method: &'a str,
        params: &'a Params,
        safety: WriteSafety,
    ) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(self.call_by(operation, method, Some(kind), params, Some(safety)))
    }

    async fn call_by(
        &self,
        operation: &Operation,
        method: &str,
        kind: Option<TokenKind>,
        params: &Params,
        safety: Option<WriteSafety>,
    ) -> Result<Answer> {
        let kind = match kind {
            Some(kind) if self.inner.tokens.has().may(kind, method) => kind,
            Some(kind) => return Err(self.lacking(operation, &[kind])),
            None => self.token_for(operation, method)?,
        };
        let sent = Sent {
            operation,
            method,
            kind,
            safety,
            charges: self.spender(kind).charges(method),
        };
        self.send_method(sent, params).await
    }

    /// The kind of token that a method is asked by.
    ///
    /// # Errors
    /// `Forbidden`, naming the kinds that it takes, where there is none of them.
    pub(super) fn token_for(&self, operation: &Operation, method: &str) -> Result<TokenKind> {
        let picked = self.inner.tokens.has().pick(method);
        picked.ok_or_else(|| self.lacking(operation, rules::kinds(method)))
    }

    fn lacking(&self, operation: &Operation, kinds: &[TokenKind]) -> Error {
        Error::forbidden(self.inner.tokens.has().need(kinds))
            .with_network(NETWORK)
            .with_operation(operation.clone())
    }

    fn spender(&self, kind: TokenKind) -> Spender {
        Spender {
            kind,
            subject: self.inner.tokens.subject(kind),
            paces: self.inner.paces,
        }
    }

    fn asked<'a>(&self, method: &'a str, kind: TokenKind) -> Asked<'a> {
        let spender = self.spender(kind);
        Asked::Method {
            name: method,
            kind,
            second: spender.second(),
            method: spender.method(method),
        }
    }

    /// The address of a method.
    fn method_url(&self, method: &str) -> Url {
        let mut url = self.inner.base.clone();
        let path = [url.path().trim_end_matches('/'), "/method/", method].concat();
        url.set_path(&path);
        url
    }

    async fn send_method(&self, sent: Sent<'_>, params: &Params) -> Result<Answer> {
        let Sent {
            operation,
            method,
            kind,
            safety,
            charges,
        } = sent;
        let challenges = &self.inner.challenges;
        let answering = challenges
            .pass(method, kind, self.now())
            .map_err(|error| error.with_operation(operation.clone()))?;
        let version = (!params.holds("v")).then_some(("v", rules::VERSION));
        let said = answering.said.iter();
        let fields = params
            .iter()
            .chain(version)
            .chain(said.map(|(name, value)| (*name, value.as_str())));
        let mut request = Request::post(operation.clone(), self.method_url(method)).form(fields);
        request = match safety {
            Some(safety) => request.safety(safety),
            None => request.changes_nothing(),
        };
        request.charges = charges;
        let voice = Voice {
            vk: self,
            asked: self.asked(method, kind),
            answers: answering.answers,
            challenged: Mutex::new(None),
        };
        let answer = self.inner.client.send(&voice, request).await;
        let came = voice
            .challenged
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match (&answer, came) {
            (Err(error), Some(came)) if matches!(error.kind(), ErrorKind::Challenge(_)) => {
                challenges.came(method, kind, came, self.now());
            }
            (Err(error), None) if matches!(error.kind(), ErrorKind::Challenge(_)) => {}
            _ if answering.answers => challenges.passed(method, kind),
            _ => {}
        }
        answer
    }

    /// Sends a request that is none of a method: an upload.
    async fn speak(&self, asked: Asked<'_>, request: Request) -> Result<Answer> {
        let voice = Voice {
            vk: self,
            asked,
            answers: false,
            challenged: Mutex::new(None),
        };
        self.inner.client.send(&voice, request).await
    }

    /// An address that an answer named, for an upload or a long poll. It may be plain http only where the API itself is on
    /// this machine.
    pub(super) fn answered_url(&self, answer: &Answer, text: Option<&str>) -> Result<Url> {
        let url = text.and_then(|text| Url::parse(text).ok()).filter(|url| {
            let here = is_loopback(url) && is_loopback(&self.inner.base);
            url.has_host() && (url.scheme() == "https" || url.scheme() == "http" && here)
        });
        url.ok_or_else(|| {
            answer.unreadable(
                "the address that it names is none, or not one that is asked over https",
            )
        })
    }

    /// Calls a method of the network by its name, such as `board.addTopic`, paced by the same budgets.
    ///
    /// `params` is an object: texts and numbers go as they are, `true` as 1 and `false` as 0, lists with commas between
    /// their items, objects as JSON. The token is the one that the method takes; of methods that this crate does not use,
    /// the user's, else the community's, else the service's: [`call_as`](Self::call_as) names another. The answer is what
    /// stands under `response`.
    ///
    /// What reads by its name (`get…`, `search…`, `is…`) may be repeated; anything else is sent once, and an answer that is
    /// lost is `Unconfirmed`.
    ///
    /// # Errors
    /// `Invalid` where the name or the parameters are none; `Forbidden` where the token is missing that it takes; else what
    /// the network answers.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<T> {
        let operation = native(method)?;
        let kind = self.token_for(&operation, method)?;
        self.native_call(&operation, kind, method, flat(params)?)
            .await
    }

    /// As [`call`](Self::call), by a token of this kind.
    ///
    /// # Errors
    /// As [`call`](Self::call); `Forbidden` where there is no token of this kind, or one of VK ID for what is no profile.
    pub async fn call_as<T: DeserializeOwned>(
        &self,
        kind: TokenKind,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<T> {
        let operation = native(method)?;
        self.native_call(&operation, kind, method, flat(params)?)
            .await
    }

    async fn native_call<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        kind: TokenKind,
        method: &str,
        params: Params,
    ) -> Result<T> {
        let safety = (!rules::only_reads(method)).then_some(WriteSafety::Unsafe);
        let answer = Box::pin(self.call_by(operation, method, Some(kind), &params, safety)).await?;
        native_response(&answer)
    }
}

/// The operation that a native call is, in errors and prices.
fn native(method: &str) -> Result<Operation> {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric());
    let good = match method.split_once('.') {
        Some((section, name)) => word(section) && word(name),
        None => method == "execute",
    };
    if good {
        return Ok(Operation::named(method.to_owned()));
    }
    let shown: String = method.chars().take(100).collect();
    let message = format!("`{shown}` is no method: write it as wall.get");
    Err(invalid(Rule::Malformed, "method", message))
}

/// An object's members as parameters.
fn flat(params: &(impl Serialize + ?Sized)) -> Result<Params> {
    let wrong = |what: &str| invalid(Rule::Malformed, "params", what);
    let members = match serde_json::to_value(params) {
        Ok(Value::Object(members)) => members,
        Ok(Value::Null) => return Ok(Params::new()),
        _ => {
            return Err(wrong(
                "the parameters are no object: pass one, such as {\"owner_id\": -1}",
            ));
        }
    };
    let mut out = Params::new();
    for (name, value) in members {
        if name == "access_token" {
            return Err(wrong(
                "a token does not stand among the parameters: set it on the builder, and name its kind with call_as",
            ));
        }
        if let Some(text) = plain(&value) {
            out = out.with(name, text);
        }
    }
    Ok(out)
}

/// An error that names another field than the one where it was found.
pub(super) fn about(error: Error, field: &str) -> Error {
    let ErrorKind::Invalid(violations) = error.kind() else {
        return error;
    };
    let mut violations: Vec<Violation> = violations.clone();
    for violation in &mut violations {
        field.clone_into(&mut violation.field);
    }
    error.with_kind(ErrorKind::Invalid(violations))
}

/// A value as a parameter says it; nothing for `null`.
pub(super) fn plain(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(yes) => u8::from(*yes).to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) if !items.iter().any(|item| item.is_object() || item.is_array()) => {
            let items: Vec<String> = items.iter().filter_map(plain).collect();
            items.join(",")
        }
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_of_native_calls_are_written_as_the_network_reads_them() {
        let params = json!({
            "owner_id": -1, "message": "a&b", "from_group": true, "signed": false, "none": null,
            "attachments": ["photo1_2", "https://example.com/?a=1"], "add_answers": [["a"]], "keyboard": {"one_time": true},
        });
        let params = flat(&params).unwrap();
        let mut told: Vec<(&str, &str)> = params.iter().collect();
        told.sort_unstable();
        assert_eq!(
            told,
            [
                ("add_answers", r#"[["a"]]"#),
                ("attachments", "photo1_2,https://example.com/?a=1"),
                ("from_group", "1"),
                ("keyboard", r#"{"one_time":true}"#),
                ("message", "a&b"),
                ("owner_id", "-1"),
                ("signed", "0"),
            ]
        );
        assert!(flat(&json!([1])).is_err());
        let error = flat(&json!({"access_token": "s3cret"})).unwrap_err();
        assert!(!error.to_string().contains("s3cret"));
    }

    #[test]
    fn a_method_is_known_by_its_form() {
        for good in ["wall.get", "execute", "account.getAppPermissions"] {
            assert!(native(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "wall",
            "wall.",
            ".get",
            "wall.get.x",
            "wall/get",
            "wall.get?x=1",
            "../x.y",
        ] {
            assert!(native(bad).is_err(), "{bad}");
        }
    }
}
