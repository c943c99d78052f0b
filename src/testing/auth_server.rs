//! An authorization server to log in at: OAuth 2.0 with PKCE, codes that are good once, refresh tokens that rotate.
//!
//! It keeps the rules of the RFCs (6749, 7636, 9700) as a state machine under the caller's clock, and is strict: a
//! parameter that it does not know, or that comes twice, is refused. A fake of a network sets what its network does
//! otherwise, hands it the requests to its [paths](AuthServer::paths), and asks it [whose](AuthServer::whose) a token
//! is.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use jiff::Timestamp;
use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::client::{Service, after};
use crate::oauth::ClientAuth;

/// An authorization server with one application and one person, who consents unless [told](AuthServer::deny) not to.
///
/// Beside its two addresses it answers `GET /me` with `{"id": …}` to who shows a good token, and 401 to everybody else.
pub struct AuthServer {
    client_id: String,
    redirect_uri: String,
    secret: Option<(String, ClientAuth)>,
    device: Option<(String, String)>,
    challenge_method: Option<String>,
    state_length: usize,
    wants_state: bool,
    any_port: bool,
    user_id: Value,
    code_life: Duration,
    token_life: Duration,
    rotates: bool,
    paths: (String, String),
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Counts whatever is given out, so that nothing comes twice.
    given: u64,
    denies: bool,
    logins: Vec<Login>,
    codes: HashMap<String, Code>,
    tokens: HashMap<String, Token>,
    secrets: Vec<String>,
    counts: Counts,
}

/// What one consent led to: all of it ends at once.
#[derive(Default)]
struct Login {
    scope: String,
    revoked: bool,
}

struct Code {
    login: usize,
    ends: Timestamp,
    redirect_uri: String,
    challenge: Option<String>,
    used: bool,
}

struct Token {
    login: usize,
    /// `None` for a refresh token.
    ends: Option<Timestamp>,
    used: bool,
}

/// How often what was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Codes that were exchanged for tokens.
    pub exchanged: u64,
    /// Refresh tokens that were exchanged for tokens.
    pub refreshed: u64,
    /// Refresh tokens and codes that were shown again after their use; each ended its login.
    pub reused: u64,
    /// Requests for tokens that were refused, those included.
    pub refused: u64,
}

/// Why a request for tokens is refused.
type Refused = (StatusCode, &'static str, &'static str);

fn no<T>(code: &'static str, why: &'static str) -> Result<T, Refused> {
    Err((StatusCode::BAD_REQUEST, code, why))
}

impl AuthServer {
    /// A server that knows one public application and the address that its people are sent back to.
    ///
    /// Codes live for 30 seconds and access tokens for an hour; refresh tokens rotate; PKCE with `S256` is a must.
    pub fn new(client_id: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            redirect_uri: redirect_uri.into(),
            secret: None,
            device: None,
            challenge_method: Some("S256".to_owned()),
            state_length: 1,
            wants_state: false,
            any_port: false,
            user_id: json!("1"),
            code_life: Duration::from_secs(30),
            token_life: Duration::from_secs(3600),
            rotates: true,
            paths: ("/authorize".to_owned(), "/token".to_owned()),
            state: Mutex::default(),
        }
    }

    /// Makes the application a confidential one, which has to show its secret in this way.
    pub fn client_secret(mut self, secret: impl Into<String>, auth: ClientAuth) -> Self {
        let secret = secret.into();
        self.state().secrets.push(secret.clone());
        self.secret = Some((secret, auth));
        self
    }

    /// Adds a parameter to every redirect, and wants it back with the exchange and every refresh.
    pub fn device(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let value = value.into();
        self.state().secrets.push(value.clone());
        self.device = Some((name.into(), value));
        self
    }

    /// Sets how the PKCE challenge with SHA-256 is called; `None` wants none.
    pub fn challenge_method(mut self, name: Option<&str>) -> Self {
        self.challenge_method = name.map(str::to_owned);
        self
    }

    /// Refuses a `state` of fewer characters.
    pub fn state_length(mut self, least: usize) -> Self {
        self.state_length = least;
        self
    }

    /// Wants a `state` with the exchange and every refresh too.
    pub fn wants_state(mut self) -> Self {
        self.wants_state = true;
        self
    }

    /// Takes any port of a redirect address on loopback (RFC 8252, 7.3).
    pub fn any_port(mut self) -> Self {
        self.any_port = true;
        self
    }

    /// Sets whose the tokens are.
    pub fn user_id(mut self, id: impl Into<Value>) -> Self {
        self.user_id = id.into();
        self
    }

    /// Sets how long a code lives.
    pub fn code_life(mut self, life: Duration) -> Self {
        self.code_life = life;
        self
    }

    /// Sets how long an access token lives, in whole seconds; zero is without end.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.token_life = life;
        self
    }

    /// Leaves refresh tokens good for any number of uses.
    pub fn without_rotation(mut self) -> Self {
        self.rotates = false;
        self
    }

    /// Sets where people consent and where tokens are given, by default `/authorize` and `/token`.
    pub fn paths(mut self, authorize: impl Into<String>, token: impl Into<String>) -> Self {
        self.paths = (authorize.into(), token.into());
        self
    }

    /// Lets the person refuse the next time.
    pub fn deny(&self) {
        self.state().denies = true;
    }

    /// Ends every login: all tokens are void.
    pub fn revoke(&self) {
        for login in &mut self.state().logins {
            login.revoked = true;
        }
    }

    /// How often what was asked.
    pub fn counts(&self) -> Counts {
        self.state().counts
    }

    /// Everything so far that nobody but the application may see: its secret, codes, verifiers, states, tokens.
    pub fn secrets(&self) -> Vec<String> {
        self.state().secrets.clone()
    }

    /// Whose an access token is, as text; `None` where it is void at this moment.
    pub fn whose(&self, access_token: &str, now: Timestamp) -> Option<String> {
        let state = self.state();
        let token = state.tokens.get(access_token)?;
        let login = state.logins.get(token.login)?;
        let good = !login.revoked && token.ends.is_some_and(|ends| now < ends);
        good.then(|| match &self.user_id {
            Value::String(id) => id.clone(),
            id => id.to_string(),
        })
    }

    /// Where a browser is sent whose person opens this address and decides: what the redirect address is called with.
    /// Where the application cannot be told apart from a forged one, the browser stays where it is, and the answer is an
    /// empty text.
    pub fn consent(&self, url: &Url, now: Timestamp) -> String {
        let params: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        self.decided(&params, now).unwrap_or_default()
    }

    fn decided(&self, params: &BTreeMap<String, String>, now: Timestamp) -> Option<String> {
        let param = |name: &str| params.get(name).map_or("", String::as_str);
        if param("client_id") != self.client_id || !self.may_redirect_to(param("redirect_uri")) {
            return None;
        }
        let mut back = Url::parse(param("redirect_uri")).ok()?;
        let mut state = self.state();
        let (implicit, challenge) = match (param("response_type"), &self.challenge_method) {
            ("token", _) => (true, None),
            ("code", Some(method)) => {
                let challenge = param("code_challenge");
                if param("code_challenge_method") != method || challenge.len() != 43 {
                    return Some(sent_back(back, &[("error", "invalid_request")], params));
                }
                (false, Some(challenge.to_owned()))
            }
            ("code", None) => (false, None),
            _ => {
                return Some(sent_back(
                    back,
                    &[("error", "unsupported_response_type")],
                    params,
                ));
            }
        };
        if param("state").len() < self.state_length {
            return Some(sent_back(back, &[("error", "invalid_request")], params));
        }
        state.secrets.push(param("state").to_owned());
        if std::mem::take(&mut state.denies) {
            let said = [
                ("error", "access_denied"),
                ("error_description", "The person said no"),
            ];
            return Some(sent_back(back, &said, params));
        }
        state.logins.push(Login {
            scope: param("scope").to_owned(),
            revoked: false,
        });
        let login = state.logins.len() - 1;
        if implicit {
            let token = state.give("access", login, Some(self.ends(now)));
            let mut fragment = form_urlencoded::Serializer::new(String::new());
            fragment
                .append_pair("access_token", &token)
                .append_pair("token_type", "bearer")
                .append_pair("expires_in", &self.token_life.as_secs().to_string())
                .append_pair("user_id", self.user_id.to_string().trim_matches('"'))
                .append_pair("state", param("state"));
            back.set_fragment(Some(&fragment.finish()));
            return Some(back.into());
        }
        let code = state.name("code");
        state.codes.insert(
            code.clone(),
            Code {
                login,
                ends: after(now, self.code_life),
                redirect_uri: param("redirect_uri").to_owned(),
                challenge,
                used: false,
            },
        );
        let mut told = vec![("code", code.as_str())];
        if let Some((name, value)) = &self.device {
            told.push((name, value));
        }
        Some(sent_back(back, &told, params))
    }

    fn may_redirect_to(&self, uri: &str) -> bool {
        if uri == self.redirect_uri {
            return true;
        }
        let portless = |uri: &str| {
            let mut url = Url::parse(uri).ok()?;
            let local = url.scheme() == "http" && url.host_str() == Some("127.0.0.1");
            url.set_port(None).ok()?;
            local.then_some(url)
        };
        self.any_port
            && portless(uri)
                .zip(portless(&self.redirect_uri))
                .is_some_and(|(a, b)| a == b)
    }

    fn ends(&self, now: Timestamp) -> Timestamp {
        if self.token_life.is_zero() {
            Timestamp::MAX
        } else {
            after(now, self.token_life)
        }
    }

    fn tokens(&self, request: &Request<Bytes>, now: Timestamp) -> Result<Value, Refused> {
        let form = self.form(request)?;
        let param = |name: &str| form.get(name).map_or("", String::as_str);
        self.recognise(request, &form)?;
        if let Some((name, value)) = &self.device
            && param(name) != value
        {
            return no("invalid_request", "this device did not log in");
        }
        if self.wants_state && param("state").len() < self.state_length {
            return no("invalid_request", "the state is missing or too short");
        }
        let mut state = self.state();
        let login = match param("grant_type") {
            "authorization_code" => state.exchanged(&form, now)?,
            "refresh_token" => state.refreshed(param("refresh_token"), self.rotates)?,
            _ => {
                return no(
                    "unsupported_grant_type",
                    "neither a code nor a refresh token",
                );
            }
        };
        let access = state.give("access", login, Some(self.ends(now)));
        let mut answer = json!({
            "access_token": access,
            "token_type": "bearer",
            "expires_in": self.token_life.as_secs(),
            "scope": state.logins.get(login).map(|login| login.scope.clone()),
            "user_id": self.user_id,
        });
        if self.rotates || param("grant_type") == "authorization_code" {
            answer["refresh_token"] = json!(state.give("refresh", login, None));
        }
        if self.wants_state {
            answer["state"] = json!(param("state"));
        }
        Ok(answer)
    }

    fn form(&self, request: &Request<Bytes>) -> Result<HashMap<String, String>, Refused> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if kind.is_none_or(|kind| kind != "application/x-www-form-urlencoded") {
            return no("invalid_request", "the body is no form");
        }
        if request.uri().query().is_some() {
            return no(
                "invalid_request",
                "a secret in the address is seen by everybody",
            );
        }
        let mut form = HashMap::new();
        for (name, value) in form_urlencoded::parse(request.body()).into_owned() {
            let known = [
                "grant_type",
                "code",
                "code_verifier",
                "client_id",
                "client_secret",
                "redirect_uri",
                "refresh_token",
            ];
            let device = self
                .device
                .as_ref()
                .is_some_and(|(device, _)| *device == name);
            let state = self.wants_state && name == "state";
            if !(known.contains(&name.as_str()) || device || state) {
                return no("invalid_request", "there is an unknown parameter");
            }
            if ["code_verifier", "refresh_token", "state"].contains(&name.as_str()) {
                self.state().secrets.push(value.clone());
            }
            if form.insert(name, value).is_some() {
                return no("invalid_request", "a parameter comes twice");
            }
        }
        Ok(form)
    }

    /// Whether it is the application that asks.
    fn recognise(
        &self,
        request: &Request<Bytes>,
        form: &HashMap<String, String>,
    ) -> Result<(), Refused> {
        let basic = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
            .and_then(|text| String::from_utf8(STANDARD.decode(text).ok()?).ok());
        let in_form = |name: &str| form.get(name).map(String::as_str);
        let known = match &self.secret {
            None => {
                basic.is_none()
                    && in_form("client_secret").is_none()
                    && in_form("client_id") == Some(&self.client_id)
            }
            Some((secret, ClientAuth::Body)) => {
                in_form("client_id") == Some(&self.client_id)
                    && in_form("client_secret") == Some(secret)
            }
            Some((secret, _)) => {
                let encoded = |text: &str| -> String {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect()
                };
                let wanted = format!("{}:{}", encoded(&self.client_id), encoded(secret));
                basic.as_deref() == Some(&*wanted) && in_form("client_secret").is_none()
            }
        };
        if known {
            Ok(())
        } else {
            Err((
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "the application is not known",
            ))
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn name(&mut self, kind: &str) -> String {
        self.given += 1;
        // Long enough that it stands nowhere by chance.
        let name = format!("{kind}-{:04}-of-the-authorization-server", self.given);
        self.secrets.push(name.clone());
        name
    }

    fn give(&mut self, kind: &str, login: usize, ends: Option<Timestamp>) -> String {
        let name = self.name(kind);
        let token = Token {
            login,
            ends,
            used: false,
        };
        self.tokens.insert(name.clone(), token);
        name
    }

    fn exchanged(
        &mut self,
        form: &HashMap<String, String>,
        now: Timestamp,
    ) -> Result<usize, Refused> {
        let param = |name: &str| form.get(name).map_or("", String::as_str);
        let Some(code) = self.codes.get_mut(param("code")) else {
            return no("invalid_grant", "there is no such code");
        };
        let login = code.login;
        if std::mem::replace(&mut code.used, true) {
            // RFC 6749, 4.1.2: what came of its first use ends with it.
            self.end(login);
            return no("invalid_grant", "the code was used before");
        }
        if code.ends <= now {
            return no("invalid_grant", "the code is too old");
        }
        if code.redirect_uri != param("redirect_uri") {
            return no("invalid_grant", "the redirect address is another one");
        }
        if let Some(challenge) = &code.challenge {
            let verifier = param("code_verifier");
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
            if !(43..=128).contains(&verifier.len()) || !verifier.chars().all(plain) {
                return no("invalid_request", "the code verifier is none");
            }
            let verifier = PkceCodeVerifier::new(verifier.to_owned());
            if PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str() != challenge {
                return no("invalid_grant", "the code verifier does not fit");
            }
        }
        self.counts.exchanged += 1;
        Ok(login)
    }

    fn refreshed(&mut self, token: &str, rotates: bool) -> Result<usize, Refused> {
        let Some(found) = self.tokens.get_mut(token).filter(|t| t.ends.is_none()) else {
            return no("invalid_grant", "there is no such refresh token");
        };
        let login = found.login;
        if std::mem::replace(&mut found.used, rotates) {
            self.end(login);
            return no("invalid_grant", "the refresh token was used before");
        }
        if self.logins.get(login).is_none_or(|login| login.revoked) {
            return no("invalid_grant", "the login has ended");
        }
        self.counts.refreshed += 1;
        Ok(login)
    }

    /// Ends a login of which something was shown twice: one of the two who showed it is a thief.
    fn end(&mut self, login: usize) {
        self.counts.reused += 1;
        if let Some(login) = self.logins.get_mut(login) {
            login.revoked = true;
        }
    }
}

fn sent_back(mut back: Url, told: &[(&str, &str)], params: &BTreeMap<String, String>) -> String {
    back.query_pairs_mut().extend_pairs(told);
    if let Some(state) = params.get("state") {
        back.query_pairs_mut().append_pair("state", state);
    }
    back.into()
}

impl Service for AuthServer {
    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let path = request.uri().path();
        let (status, body) = if path == self.paths.0 && request.method() == Method::GET {
            let query = request.uri().query().unwrap_or_default();
            let params = form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect();
            let target = self.decided(&params, now);
            if let Some(target) = target.and_then(|t| HeaderValue::from_str(&t).ok()) {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::FOUND;
                response.headers_mut().insert(header::LOCATION, target);
                return response;
            }
            let error = json!({"error": "invalid_request", "error_description": "who asks?"});
            (StatusCode::BAD_REQUEST, error)
        } else if path == self.paths.1 && request.method() == Method::POST {
            match self.tokens(request, now) {
                Ok(tokens) => (StatusCode::OK, tokens),
                Err((status, code, why)) => {
                    self.state().counts.refused += 1;
                    (status, json!({"error": code, "error_description": why}))
                }
            }
        } else if path == "/me" {
            let bearer = request.headers().get(header::AUTHORIZATION);
            let bearer = bearer.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
            match bearer.and_then(|token| self.whose(token, now)) {
                Some(id) => (StatusCode::OK, json!({"id": id})),
                None => (StatusCode::UNAUTHORIZED, json!({"error": "invalid_token"})),
            }
        } else {
            (StatusCode::NOT_FOUND, json!({"error": "not_found"}))
        };
        let mut response = Response::new(body.to_string().into());
        *response.status_mut() = status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

impl fmt::Debug for AuthServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthServer")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
