//! The token endpoint: codes and refresh tokens in, tokens out, over this crate's own client.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use futures_core::future::BoxFuture;
use http::StatusCode;
use jiff::Timestamp;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, StandardRevocableToken, TokenUrl,
};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::answer::Tokens;
use super::{ClientAuth, OAuth, Pending, Provider, Session};
use crate::client::{Dialect, Fault, Reply, Request, WriteSafety, hidden, without};
use crate::error::{Error, ErrorKind, Result};
use crate::operation::Operation;
use crate::secret::Secret;

/// How long one attempt at the token endpoint may take. Some codes live no longer.
const ATTEMPT: Duration = Duration::from_secs(25);
/// How large an answer with tokens may be, in bytes.
const LARGEST: usize = 256 * 1024;
/// How much of a server's words a message repeats, in characters.
const WORDS: usize = 200;

/// The crate's client, with what this room wants of an answer.
pub(super) type Wire = oauth2::Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// What is exchanged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Code,
    Refresh,
}

/// The crate's client for a provider. The implicit flow never asks at its token address.
pub(super) fn wire(provider: &Provider, authorize: &Url, token: &Url) -> Wire {
    let client = ClientId::new(provider.client_id.clone());
    let auth = match (&provider.client_secret, provider.client_auth) {
        (Some(_), ClientAuth::Basic) => AuthType::BasicAuth,
        _ => AuthType::RequestBody,
    };
    let wire = oauth2::Client::new(client)
        .set_auth_type(auth)
        .set_auth_uri(AuthUrl::from_url(authorize.clone()))
        .set_token_uri(TokenUrl::from_url(token.clone()));
    match &provider.client_secret {
        Some(secret) => wire.set_client_secret(ClientSecret::new(secret.expose().to_owned())),
        None => wire,
    }
}

/// Exchanges a code for tokens.
pub(super) async fn code(
    oauth: &OAuth,
    pending: &Pending,
    code: String,
    carried: BTreeMap<String, String>,
) -> Result<Session> {
    let (provider, wire) = (oauth.provider(), &oauth.inner.wire);
    let mut secrets = vec![code.clone(), pending.state.expose().to_owned()];
    secrets.extend(carried.values().cloned());
    secrets.extend(pending.verifier.iter().map(|v| v.expose().to_owned()));
    let redirect = RedirectUrl::new(pending.redirect_uri.clone()).map_err(|_| {
        Error::config("the address of this login's redirect is none: begin again")
            .with_network(&provider.network)
    })?;
    let mut request = wire
        .exchange_code(AuthorizationCode::new(code))
        .set_redirect_uri(Cow::Owned(redirect));
    if let Some(verifier) = &pending.verifier {
        request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()));
    }
    for (name, value) in carried.iter().chain(pairs(&provider.token_params)) {
        request = request.add_extra_param(name.clone(), value.clone());
    }
    if provider.sends_state {
        request = request.add_extra_param("state", pending.state.expose().to_owned());
    }
    let asked = oauth.client().clock().now();
    let counter = Counter::new(oauth, Asked::Code, secrets);
    let answer = request
        .request_async(&counter)
        .await
        .map_err(|error| counter.failed(error))?;
    let before = Session {
        scopes: provider.scopes.clone(),
        extras: (carried.into_iter())
            .map(|(name, value)| (name, Secret::new(value)))
            .collect(),
        ..Session::new("")
    };
    counter.session(answer, asked, before)
}

/// Exchanges a refresh token for new tokens.
pub(super) async fn refresh(oauth: &OAuth, session: &Session) -> Result<Session> {
    let (provider, wire) = (oauth.provider(), &oauth.inner.wire);
    let Some(token) = &session.refresh_token else {
        return Err(Error::new(
            ErrorKind::Unauthorized,
            "this login cannot be renewed, since it has no refresh token: log in again",
        )
        .with_network(&provider.network));
    };
    let mut secrets = vec![
        token.expose().to_owned(),
        session.access_token.expose().to_owned(),
    ];
    secrets.extend(session.extras.values().map(|v| v.expose().to_owned()));
    let token = RefreshToken::new(token.expose().to_owned());
    let mut request = wire.exchange_refresh_token(&token);
    for name in &provider.carried {
        let Some(value) = session.extras.get(name) else {
            return Err(Error::new(
                ErrorKind::Unauthorized,
                format!("this login has no `{name}`, which the network wants for its renewal: log in again"),
            )
            .with_network(&provider.network));
        };
        request = request.add_extra_param(name.clone(), value.expose().to_owned());
    }
    for (name, value) in pairs(&provider.token_params) {
        request = request.add_extra_param(name.clone(), value.clone());
    }
    if provider.sends_state {
        let state = new_state().into_secret();
        secrets.push(state.clone());
        request = request.add_extra_param("state", state);
    }
    let asked = oauth.client().clock().now();
    let counter = Counter::new(oauth, Asked::Refresh, secrets);
    let answer = request
        .request_async(&counter)
        .await
        .map_err(|error| counter.failed(error))?;
    counter.session(answer, asked, session.clone())
}

/// What the redirect has to bring back: 43 characters, of 32 random bytes.
pub(super) fn new_state() -> CsrfToken {
    CsrfToken::new_random_len(32)
}

fn pairs(params: &[(String, String)]) -> impl Iterator<Item = (&String, &String)> {
    params.iter().map(|(name, value)| (name, value))
}

/// Where tokens are given, for one exchange.
struct Counter {
    oauth: OAuth,
    asked: Asked,
    /// What is sent and must not come back in any words.
    secrets: Vec<String>,
}

impl Counter {
    fn new(oauth: &OAuth, asked: Asked, mut secrets: Vec<String>) -> Self {
        let provider = oauth.provider();
        secrets.extend((provider.client_secret.iter()).map(|secret| secret.expose().to_owned()));
        // As they stand in a form, too.
        let encoded: Vec<String> = (secrets.iter())
            .map(|secret| form_urlencoded::byte_serialize(secret.as_bytes()).collect())
            .collect();
        secrets.extend(encoded);
        Self {
            oauth: oauth.clone(),
            asked,
            secrets,
        }
    }

    fn secrets(&self) -> Vec<&str> {
        self.secrets.iter().map(String::as_str).collect()
    }

    fn provider(&self) -> &Provider {
        self.oauth.provider()
    }

    fn operation(&self) -> Operation {
        Operation::named(match self.asked {
            Asked::Code => "login",
            Asked::Refresh => "login.renew",
        })
    }

    /// Sends what the crate built through this crate's client, which paces, bounds and repeats it.
    async fn carry(&self, request: HttpRequest) -> Result<HttpResponse> {
        let (head, body) = request.into_parts();
        let url = Url::parse(&head.uri.to_string())
            .map_err(|_| Error::config("the token address is none"))?;
        // Sent again when its answer is lost. Where the first attempt was carried out, the second is refused, and
        // nothing more is lost by that: the tokens of the first will never be known.
        let mut request = Request::post(self.operation(), url)
            .safety(WriteSafety::Idempotent)
            .max_response(LARGEST)
            .attempt_timeout(ATTEMPT);
        request.headers = head.headers;
        request.body = crate::client::Body::Bytes(body.into());
        request.charges.clone_from(&self.provider().charges);
        let answer = self.oauth.client().send(self, request).await?;
        // Its media type is of no interest where its content is as it should be.
        Ok(HttpResponse::new(answer.body.to_vec()))
    }

    fn session(&self, answer: Tokens, asked: Timestamp, before: Session) -> Result<Session> {
        answer
            .session(self.provider(), asked, before)
            .map_err(|why| self.unreadable(why))
    }

    fn failed(&self, error: RequestTokenError<Error, BasicErrorResponse>) -> Error {
        let error = match error {
            RequestTokenError::Request(error) => error,
            // What stands in the answer may be secret, so that only its form is told.
            RequestTokenError::Parse(trouble, _) if trouble.inner().is_data() => {
                let path = trouble.path().to_string();
                let place = if path == "." {
                    String::new()
                } else {
                    format!(" at `{}`", short(&path))
                };
                self.unreadable(format!("it holds no tokens as OAuth gives them{place}"))
            }
            RequestTokenError::Parse(..) => self.unreadable("it is not JSON"),
            RequestTokenError::ServerResponse(_) => self.unreadable("it is an error"),
            RequestTokenError::Other(_) => self.unreadable("it is empty"),
        };
        let error = without(self.in_doubt(error), &self.secrets());
        match error.network() {
            Some(_) => error,
            None => error.with_network(&self.provider().network),
        }
    }

    /// Says what an answer that is lost means for a login.
    fn in_doubt(&self, error: Error) -> Error {
        if !error.is_unconfirmed() {
            return error;
        }
        // An earlier attempt may have been carried out, and the last one was refused: then that is the last word.
        if let (Some(code), Some(400..500)) = (error.code(), error.http_status()) {
            let fault = self.refused(code);
            let message = format!("{} ({})", fault.message, short(code));
            return error.with_kind(fault.kind).with_message(message);
        }
        let host = (self.provider().token_url.as_deref())
            .and_then(|url| Url::parse(url).ok())
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default();
        let message = match self.asked {
            Asked::Code => format!(
                "{host} gave no usable answer to the login, whose code may be used up by it: try again at once, and \
                 begin anew where that is refused"
            ),
            Asked::Refresh => format!(
                "{host} gave no usable answer to the renewal of the login, whose refresh token may be used up by it: \
                 try again, and log in again where that is refused"
            ),
        };
        error
            .with_kind(ErrorKind::Unavailable)
            .with_message(message)
    }

    fn unreadable(&self, why: impl std::fmt::Display) -> Error {
        let next = match self.asked {
            Asked::Code => {
                "the code is used up by it: log in again, and look at the token address if it happens again"
            }
            Asked::Refresh => {
                "the refresh token may be used up by it: try again, and log in again where that is refused"
            }
        };
        Error::new(
            ErrorKind::Decode,
            format!("the answer with the tokens cannot be read ({why}); {next}"),
        )
        .with_network(&self.provider().network)
        .with_operation(self.operation())
    }
}

impl<'c> AsyncHttpClient<'c> for Counter {
    type Error = Error;
    type Future = BoxFuture<'c, Result<HttpResponse>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.carry(request))
    }
}

impl Dialect for Counter {
    fn network(&self) -> &str {
        &self.provider().network
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        let told: Option<Refusal<'_>> = serde_json::from_slice(reply.body).ok();
        // Before anything is cut off: a part of a secret would not be recognised.
        let hide = |words: &str| hidden(words, &self.secrets());
        let code = told
            .as_ref()
            .and_then(Refusal::code)
            .map(|code| hide(&code));
        // Some networks refuse with a good status.
        if reply.status.is_success() && code.is_none() {
            return None;
        }
        let words = told
            .as_ref()
            .and_then(|told| told.error_description.as_deref())
            .map(hide);
        let fault = match (&code, reply.status) {
            (_, StatusCode::TOO_MANY_REQUESTS) => Fault::refused(
                ErrorKind::RateLimited,
                "the network gives out no tokens for now: try again later",
            ),
            (Some(code), _) => self.refused(code),
            (None, status) if status.is_server_error() => Fault::unclear(
                ErrorKind::Unavailable,
                "the network's token address is out of order: try again later",
            ),
            // Not OAuth's words, so that they say nothing of the tokens: a page of whatever stands before the server.
            (None, status) => Fault::refused(
                ErrorKind::Decode,
                format!(
                    "the token address answered {} without saying why, as OAuth would: look whether it is right, and \
                     try again later",
                    status.as_u16()
                ),
            ),
        };
        Some(match code {
            Some(code) => {
                let message = format!("{} ({})", fault.message, said(&code, words.as_deref()));
                Fault { message, ..fault }.code(short(&code))
            }
            None => fault,
        })
    }
}

impl Counter {
    /// What a refusal means (RFC 6749, 5.2).
    fn refused(&self, code: &str) -> Fault {
        match code {
            "invalid_client"
            | "unauthorized_client"
            | "unsupported_grant_type"
            | "invalid_scope" => Fault::refused(
                ErrorKind::Config,
                "the network does not accept this application: look at its client id, its secret and its kind \
                 (public or confidential)",
            ),
            "temporarily_unavailable" | "slow_down" => Fault::refused(
                ErrorKind::Unavailable,
                "the network cannot give out tokens at the moment: try again later",
            ),
            "server_error" => Fault::unclear(
                ErrorKind::Unavailable,
                "the network could not give out tokens: try again later",
            ),
            // Besides `invalid_grant` networks have words of their own for it.
            _ => match self.asked {
                Asked::Code => Fault::refused(
                    ErrorKind::Unauthorized,
                    "the code was not accepted, which is good once and for a short time: log in again; if it happens \
                     again, look at the client id and the redirect address",
                ),
                Asked::Refresh => Fault::refused(
                    ErrorKind::Unauthorized,
                    "the login was not renewed: its refresh token is used up (perhaps by a renewal whose outcome was \
                     lost), revoked or too old: log in again",
                ),
            },
        }
    }
}

/// A refusal, in OAuth's form.
#[derive(Deserialize)]
struct Refusal<'a> {
    #[serde(default, borrow)]
    error: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    error_description: Option<Cow<'a, str>>,
}

impl Refusal<'_> {
    fn code(&self) -> Option<String> {
        let code = self.error.as_deref()?.trim();
        (!code.is_empty()).then(|| code.to_owned())
    }
}

/// A server's code and its words for it.
pub(super) fn said(code: &str, words: Option<&str>) -> String {
    match words.map(str::trim).filter(|words| !words.is_empty()) {
        Some(words) => format!("{}: {}", short(code), short(words)),
        None => short(code),
    }
}

/// As much of a server's words as a message repeats, on one line.
pub(super) fn short(words: &str) -> String {
    let plain = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(WORDS).collect()
}
