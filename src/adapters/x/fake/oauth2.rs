//! Logins with OAuth 2.0: the page that asks, the exchange of its code, and refresh tokens that are good once.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Method, Request, Response, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Fake;
use super::access::{Code, Kind, Refresh};
use super::faults::Rule;
use super::operations::SCOPES;
use super::state::{Id, World};
use super::wire::{self, json_answer, page};

/// How long a code is good for, in seconds.
const CODE_LIFE: i64 = 30;

/// The fields of a form.
struct Form(Vec<(String, String)>);

impl Form {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

fn refused(name: &str, why: &str) -> Response<Bytes> {
    json_answer(400, &json!({ "error": name, "error_description": why }))
}

fn bad_token() -> Response<Bytes> {
    refused("invalid_request", "Value passed for the token was invalid.")
}

/// The name and password of `Authorization: Basic`.
fn basic(request: &Request<Bytes>) -> Option<(String, String)> {
    let shown = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (kind, told) = shown.split_once(' ')?;
    if !kind.eq_ignore_ascii_case("basic") {
        return None;
    }
    let told = String::from_utf8(STANDARD.decode(told.trim()).ok()?).ok()?;
    let (name, password) = told.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

fn scopes(text: &str) -> BTreeSet<String> {
    text.split(' ')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

impl World {
    /// What stands under the addresses of logins; nothing where it is none of them.
    pub(super) fn login(
        &mut self,
        path: &str,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> Option<Response<Bytes>> {
        let now = now.as_second();
        match path {
            "/i/oauth2/authorize" | "/2/oauth2/authorize" => {
                Some(self.authorize(&Form(wire::query(request)), now))
            }
            "/2/oauth2/token" | "/2/oauth2/revoke" | "/oauth2/token"
                if request.method() != Method::POST =>
            {
                Some(page(405))
            }
            "/2/oauth2/token" | "/2/oauth2/revoke" => {
                if request.uri().query().is_some_and(|query| !query.is_empty()) {
                    self.complain(format!("{path}: parameters stand in the URL"));
                }
                let form = self.form(request);
                if let Some(refused) = self.client_of(request, &form) {
                    return Some(refused);
                }
                Some(if path.ends_with("revoke") {
                    self.revoked(&form)
                } else {
                    match form.get("grant_type") {
                        Some("authorization_code") => self.exchange(&form, now),
                        Some("refresh_token") => self.refresh(&form, now),
                        _ => refused("unsupported_grant_type", "Unsupported grant_type"),
                    }
                })
            }
            "/oauth2/token" => Some(self.app_token(request)),
            _ => None,
        }
    }

    fn form(&self, request: &Request<Bytes>) -> Form {
        Form(
            wire::parts(request.headers(), request.body())
                .into_iter()
                .map(|part| (part.name, String::from_utf8_lossy(&part.bytes).into_owned()))
                .collect(),
        )
    }

    /// Refuses who is not the app.
    fn client_of(&self, request: &Request<Bytes>, form: &Form) -> Option<Response<Bytes>> {
        let shown = basic(request);
        let good = match (&shown, self.access.confidential) {
            (Some((id, secret)), _) => id == Fake::CLIENT_ID && secret == Fake::CLIENT_SECRET,
            (None, false) => form.get("client_id") == Some(Fake::CLIENT_ID),
            (None, true) => false,
        };
        (!good).then(|| {
            let body = json!({ "error": "unauthorized_client", "error_description": "Missing valid authorization header" });
            json_answer(401, &body)
        })
    }

    /// The page that a person sees and says yes to.
    fn authorize(&mut self, form: &Form, now: i64) -> Response<Bytes> {
        let redirect = form.get("redirect_uri").unwrap_or_default().to_owned();
        if form.get("client_id") != Some(Fake::CLIENT_ID)
            || !self.access.redirects.contains(&redirect)
            || form.get("response_type") != Some("code")
        {
            return page(400);
        }
        let Ok(mut to) = url::Url::parse(&redirect) else {
            return page(400);
        };
        let state = form.get("state").unwrap_or_default().to_owned();
        let scope = form.get("scope").unwrap_or_default().to_owned();
        let challenge = form.get("code_challenge").unwrap_or_default().to_owned();
        let method = form.get("code_challenge_method").unwrap_or("plain");
        let unknown = scopes(&scope)
            .iter()
            .any(|name| !SCOPES.contains(&name.as_str()));
        if unknown
            || scope.is_empty()
            || challenge.is_empty()
            || state.is_empty()
            || state.len() > 500
        {
            return page(400);
        }
        let plain = match method {
            "plain" => true,
            "S256" | "s256" => false,
            _ => return page(400),
        };
        let code = self.secret("code");
        self.access.codes.insert(
            code.clone(),
            Code {
                user: self.access.who,
                client: Fake::CLIENT_ID.to_owned(),
                redirect,
                scope,
                challenge,
                plain,
                ends: now + CODE_LIFE,
            },
        );
        to.query_pairs_mut()
            .append_pair("state", &state)
            .append_pair("code", &code);
        let mut response = page(302);
        wire::set(&mut response, "location", to);
        response
    }

    fn exchange(&mut self, form: &Form, now: i64) -> Response<Bytes> {
        let invalid = || {
            refused(
                "invalid_request",
                "Value passed for the authorization code was invalid.",
            )
        };
        let text = form.get("code").unwrap_or_default();
        let Some(code) = self.access.codes.get(text).cloned() else {
            return invalid();
        };
        if self.keeps(Rule::CodesAreSingleUse) {
            self.access.codes.remove(text);
        }
        if code.ends <= now && self.keeps(Rule::CodesDieSoon) {
            return invalid();
        }
        if form.get("redirect_uri") != Some(code.redirect.as_str())
            || code.client != Fake::CLIENT_ID
        {
            return refused(
                "invalid_request",
                "Value passed for the redirect uri did not match the uri of the authorization code.",
            );
        }
        let verifier = form.get("code_verifier").unwrap_or_default();
        let made = if code.plain {
            verifier.to_owned()
        } else {
            URL_SAFE_NO_PAD.encode(hmac_sha256::Hash::hash(verifier.as_bytes()))
        };
        if made != code.challenge && self.keeps(Rule::PkceIsChecked) {
            return refused(
                "invalid_request",
                "Value passed for the code verifier did not match the code challenge.",
            );
        }
        let family = self.next();
        self.pair(code.user, &code.scope, family, now)
    }

    /// A new pair of tokens.
    fn pair(&mut self, user: Id, scope: &str, family: u64, now: i64) -> Response<Bytes> {
        json_answer(200, &self.new_pair(user, scope, family, now))
    }

    pub(super) fn new_pair(&mut self, user: Id, scope: &str, family: u64, now: i64) -> Value {
        let life = self.settings.token_life;
        let text = self.secret("access");
        let access = self.give(
            text,
            Kind::User2(user),
            scopes(scope),
            Some(now + life),
            family,
        );
        let mut told = json!({
            "token_type": "bearer",
            "expires_in": life,
            "access_token": access,
            "scope": scope,
        });
        if scopes(scope).contains("offline.access") {
            let refresh = self.secret("refresh");
            let known = Refresh {
                user,
                scope: scope.to_owned(),
                family,
                used: false,
            };
            self.access.refreshes.insert(refresh.clone(), known);
            told["refresh_token"] = json!(refresh);
        }
        told
    }

    fn refresh(&mut self, form: &Form, now: i64) -> Response<Bytes> {
        let text = form.get("refresh_token").unwrap_or_default().to_owned();
        let Some(known) = self.access.refreshes.get(&text).cloned() else {
            return bad_token();
        };
        if self.access.dead.contains(&known.family) {
            return bad_token();
        }
        if known.used && self.keeps(Rule::RefreshIsSingleUse) {
            if self.keeps(Rule::ReuseRevokesAll) {
                self.access.dead.insert(known.family);
            }
            return bad_token();
        }
        if let Some(known) = self.access.refreshes.get_mut(&text) {
            known.used = true;
        }
        // What was given out with the old one ends with it.
        let family = known.family;
        self.access
            .tokens
            .retain(|_, token| token.family != family || family == 0);
        self.pair(known.user, &known.scope, family, now)
    }

    fn revoked(&mut self, form: &Form) -> Response<Bytes> {
        let text = form.get("token").unwrap_or_default();
        let family = self
            .access
            .tokens
            .get(text)
            .map(|token| token.family)
            .or_else(|| self.access.refreshes.get(text).map(|known| known.family));
        if let Some(family) = family {
            if family == 0 {
                self.access.tokens.remove(text);
            } else {
                self.access.dead.insert(family);
            }
        }
        json_answer(200, &json!({ "revoked": true }))
    }

    /// The app's own token, for its key and secret.
    fn app_token(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let form = self.form(request);
        let good = basic(request).is_some_and(|(key, secret)| {
            key == Fake::CONSUMER_KEY && secret == Fake::CONSUMER_SECRET
        });
        if !good {
            let body = json!({ "errors": [{ "code": 99, "message": "Unable to verify your credentials", "label": "authenticity_token_error" }] });
            return json_answer(403, &body);
        }
        if form.get("grant_type") != Some("client_credentials") {
            let body = json!({ "errors": [{ "code": 170, "message": "Missing required parameter: grant_type", "label": "forbidden_missing_parameter" }] });
            return json_answer(403, &body);
        }
        json_answer(
            200,
            &json!({ "token_type": "bearer", "access_token": Fake::BEARER }),
        )
    }
}
