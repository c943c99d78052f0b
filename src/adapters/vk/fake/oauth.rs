//! Logins: VK ID with PKCE, and the old one that hands out a token at once.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hmac_sha256::Hash;
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Fake;
use super::access::{BITS, Kind, Token};
use super::faults::Rule;
use super::routes::{json_answer, page, redirect};
use super::state::World;
use super::wire::{self, Params};

/// How long a code is good for, in seconds.
const CODE_LIFE: i64 = 600;

#[derive(Debug, Default)]
pub(super) struct Logins {
    codes: BTreeMap<String, Code>,
    refreshes: BTreeMap<String, Refresh>,
}

#[derive(Clone, Debug)]
struct Code {
    challenge: String,
    device: String,
    client: String,
    redirect: String,
    scope: String,
    user: i64,
    ends: i64,
}

#[derive(Clone, Debug)]
struct Refresh {
    device: String,
    client: String,
    scope: String,
    user: i64,
    access: String,
}

fn scopes(text: &str) -> BTreeSet<String> {
    text.split([',', ' '])
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
        let params = wire::params(request);
        let now = now.as_second();
        match path {
            "/authorize" => Some(self.authorize(&params, now)),
            "/oauth2/auth" => {
                if request.method() != http::Method::POST {
                    return Some(page(405));
                }
                for name in ["code", "code_verifier", "refresh_token"] {
                    let query = request.uri().query().unwrap_or_default();
                    let in_url = url::form_urlencoded::parse(query.as_bytes())
                        .any(|(known, _)| known == name);
                    if in_url {
                        self.complain(format!("/oauth2/auth: {name} stands in the URL"));
                    }
                }
                Some(match params.text("grant_type") {
                    Some("authorization_code") => self.exchange(&params, now),
                    Some("refresh_token") => self.refresh(&params, now),
                    _ => self.refused("unsupported_grant_type", "grant_type is not supported"),
                })
            }
            "/oauth2/revoke" | "/oauth2/logout" => {
                if let Some(token) = params.text("access_token") {
                    self.revoke(token);
                }
                Some(json_answer(200, &json!({ "response": 1 })))
            }
            "/oauth2/user_info" => Some(self.user_info(&params, now)),
            _ => None,
        }
    }

    fn refused(&self, name: &str, why: &str) -> Response<Bytes> {
        json_answer(
            self.settings.login_refusal,
            &json!({ "error": name, "error_description": why }),
        )
    }

    /// The page that a person sees and says yes to.
    fn authorize(&mut self, params: &Params, now: i64) -> Response<Bytes> {
        let to = params.text("redirect_uri").unwrap_or_default().to_owned();
        let client = params.text("client_id").unwrap_or_default().to_owned();
        if to.is_empty() || client != Fake::APP.to_string() {
            return self.refused("invalid_request", "client_id or redirect_uri is invalid");
        }
        let scope = params.text("scope").unwrap_or_default().to_owned();
        let state = params.text("state").unwrap_or_default().to_owned();
        if params.text("response_type") == Some("token") {
            return self.implicit(&to, &scope, &state, now);
        }
        let challenge = params.text("code_challenge").unwrap_or_default().to_owned();
        let method = params.text("code_challenge_method").unwrap_or_default();
        if challenge.is_empty() || !method.eq_ignore_ascii_case("s256") {
            return self.refused("invalid_request", "code_challenge is invalid");
        }
        if state.len() < 32 {
            return self.refused("invalid_request", "state is too short");
        }
        let code = format!("vk2.a.code-{}", self.secret("code"));
        let device = self.secret("device");
        self.logins.codes.insert(
            code.clone(),
            Code {
                challenge,
                device: device.clone(),
                client,
                redirect: to.clone(),
                scope,
                user: Fake::ADMIN,
                ends: now + CODE_LIFE,
            },
        );
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("expires_in", "600")
            .append_pair("device_id", &device)
            .append_pair("state", &state)
            .append_pair("ext_id", "fake")
            .append_pair("type", "code_v2")
            .finish();
        let mark = if to.contains('?') { '&' } else { '?' };
        redirect(&format!("{to}{mark}{query}"))
    }

    /// The old login: the token stands behind the `#`.
    fn implicit(&mut self, to: &str, scope: &str, state: &str, now: i64) -> Response<Bytes> {
        let scopes = match scope.parse::<i64>() {
            Ok(mask) => BITS
                .iter()
                .filter(|(_, bit)| mask & bit != 0)
                .map(|(name, _)| (*name).to_owned())
                .collect(),
            Err(_) => scopes(scope),
        };
        let life = if scopes.contains("offline") {
            0
        } else {
            86_400
        };
        let kind = Kind::User {
            id: Fake::ADMIN,
            vk_id: false,
        };
        let token = self.give(kind, scopes, (life > 0).then_some(now + life));
        let fragment = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("access_token", &token)
            .append_pair("expires_in", &life.to_string())
            .append_pair("user_id", &Fake::ADMIN.to_string())
            .append_pair("state", state)
            .finish();
        redirect(&format!("{to}#{fragment}"))
    }

    /// A token that nobody had before.
    pub(super) fn give(
        &mut self,
        kind: Kind,
        scopes: BTreeSet<String>,
        ends: Option<i64>,
    ) -> String {
        let start = match kind {
            Kind::User { vk_id: true, .. } => "vk2.a.",
            _ => "vk1.a.",
        };
        let token = format!("{start}fake-{}", self.secret("token"));
        self.tokens.insert(
            token.clone(),
            Token {
                kind,
                scopes,
                ends,
                revoked: false,
            },
        );
        token
    }

    fn exchange(&mut self, params: &Params, now: i64) -> Response<Bytes> {
        let given = |name: &str| params.text(name).unwrap_or_default();
        let Some(code) = self.logins.codes.get(given("code")).cloned() else {
            return self.refused("invalid_grant", "code is invalid or expired");
        };
        let verifier = given("code_verifier");
        let legal = (43..=128).contains(&verifier.len())
            && verifier
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let proves =
            legal && URL_SAFE_NO_PAD.encode(Hash::hash(verifier.as_bytes())) == code.challenge;
        if !proves && self.keeps(Rule::PkceIsChecked) {
            return self.refused("invalid_grant", "code_verifier is invalid");
        }
        if given("device_id") != code.device && self.keeps(Rule::DeviceIdIsChecked) {
            return self.refused("invalid_grant", "device_id is invalid");
        }
        if given("client_id") != code.client || given("redirect_uri") != code.redirect {
            return self.refused("invalid_client", "client_id or redirect_uri is invalid");
        }
        if self.keeps(Rule::CodesAreSingleUse) {
            self.logins.codes.remove(given("code"));
        }
        if code.ends <= now {
            return self.refused("invalid_grant", "code is invalid or expired");
        }
        let refresh = Refresh {
            device: code.device,
            client: code.client,
            scope: code.scope,
            user: code.user,
            access: String::new(),
        };
        let told = self.pair(refresh, params, now);
        json_answer(200, &told)
    }

    /// A new pair of tokens.
    fn pair(&mut self, mut login: Refresh, params: &Params, now: i64) -> Value {
        let kind = Kind::User {
            id: login.user,
            vk_id: true,
        };
        let life = self.settings.vk_id_life;
        login.access = self.give(kind, scopes(&login.scope), Some(now + life));
        let refresh = format!("vk2.a.refresh-{}", self.secret("refresh"));
        let told = json!({
            "access_token": login.access,
            "refresh_token": refresh,
            "id_token": "fake.id.token",
            "token_type": "Bearer",
            "expires_in": life,
            "user_id": login.user,
            "state": params.text("state").unwrap_or_default(),
            "scope": login.scope,
        });
        self.logins.refreshes.insert(refresh, login);
        told
    }

    fn refresh(&mut self, params: &Params, now: i64) -> Response<Bytes> {
        let given = |name: &str| params.text(name).unwrap_or_default();
        let old = given("refresh_token").to_owned();
        let Some(login) = self.logins.refreshes.get(&old).cloned() else {
            return self.refused("invalid_grant", "refresh_token is invalid or expired");
        };
        if given("device_id") != login.device && self.keeps(Rule::DeviceIdIsChecked) {
            return self.refused("invalid_grant", "device_id is invalid");
        }
        if given("client_id") != login.client {
            return self.refused("invalid_client", "client_id is invalid");
        }
        self.logins.refreshes.remove(&old);
        if let Some(token) = self.tokens.get_mut(&login.access) {
            token.revoked = true;
        }
        let told = self.pair(login, params, now);
        if !self.keeps(Rule::RefreshRotates)
            && let Some(new) = told.get("refresh_token").and_then(Value::as_str)
        {
            self.logins.refreshes.remove(new);
        }
        json_answer(200, &told)
    }

    /// Ends a token and the login that it came from.
    pub(super) fn revoke(&mut self, token: &str) {
        if let Some(token) = self.tokens.get_mut(token) {
            token.revoked = true;
        }
        self.logins
            .refreshes
            .retain(|_, login| login.access != token);
    }

    fn user_info(&self, params: &Params, now: i64) -> Response<Bytes> {
        let user = self
            .who(params.text("access_token"), now)
            .ok()
            .and_then(|token| token.kind.user())
            .and_then(|id| self.users.get(&id));
        let Some(user) = user else {
            return self.refused("invalid_token", "access_token is invalid");
        };
        let told = json!({
            "user": {
                "user_id": user.id.to_string(),
                "first_name": user.first,
                "last_name": user.last,
                "avatar": format!("{}/file/user{}.jpg", self.base, user.id),
            }
        });
        json_answer(200, &told)
    }

    /// A login with VK ID as if it had been made: the access token, the refresh token and the device.
    pub(super) fn logged_in(&mut self, user: i64, now: i64) -> (String, String, String) {
        let device = self.secret("device");
        let login = Refresh {
            device: device.clone(),
            client: Fake::APP.to_string(),
            scope: "vkid.personal_info".to_owned(),
            user,
            access: String::new(),
        };
        let told = self.pair(login, &Params::default(), now);
        let text = |name: &str| {
            told.get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        (text("access_token"), text("refresh_token"), device)
    }
}
