//! Tokens as networks write them.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use oauth2::{AccessToken, RefreshToken, Scope, TokenResponse, TokenType};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Provider, Session};
use crate::client::after;
use crate::secret::Secret;

/// Tokens as a network gives them, read leniently: some write numbers as text, or leave out the type.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Tokens {
    access_token: AccessToken,
    #[serde(default)]
    token_type: Kind,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    refresh_token: Option<RefreshToken>,
    #[serde(default)]
    scope: Value,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// How a token is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Kind(Option<String>);

impl TokenType for Kind {}

impl TokenResponse for Tokens {
    type TokenType = Kind;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &Kind {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        let seconds = match &self.expires_in {
            Value::Number(seconds) => seconds.as_f64().filter(|s| s.is_finite() && *s > 0.0),
            Value::String(text) => text.trim().parse().ok().map(|seconds: u64| seconds as f64),
            _ => None,
        };
        // Zero is how some networks say that a token does not end.
        seconds
            .filter(|seconds| *seconds > 0.0)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token
            .as_ref()
            .filter(|token| !token.secret().is_empty())
    }

    /// Told by [`session`](Tokens::session), which reads what networks write in place of OAuth's form.
    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

impl Tokens {
    /// The tokens that stand in a redirect's fragment.
    pub(super) fn of_fragment(mut told: BTreeMap<String, String>) -> Option<Self> {
        let access_token = told.remove("access_token")?;
        let mut take = |name: &str| told.remove(name).map_or(Value::Null, Value::String);
        Some(Self {
            access_token: AccessToken::new(access_token),
            expires_in: take("expires_in"),
            scope: take("scope"),
            token_type: Kind(told.remove("token_type")),
            refresh_token: None,
            rest: (told.into_iter())
                .map(|(name, value)| (name, Value::String(value)))
                .collect(),
        })
    }

    /// The session that they make, over what is known from before; or why they make none.
    pub(super) fn session(
        self,
        provider: &Provider,
        asked: Timestamp,
        before: Session,
    ) -> Result<Session, &'static str> {
        if self.access_token.secret().is_empty() {
            return Err("its access token is empty");
        }
        let bearer = |kind: &String| kind.eq_ignore_ascii_case("bearer");
        if !self.token_type.0.as_ref().is_none_or(bearer) {
            return Err("its token is not of the type `bearer`");
        }
        let scopes: Vec<String> = match &self.scope {
            Value::String(scopes) => (scopes.split([' ', ',']))
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect(),
            Value::Array(scopes) => (scopes.iter())
                .filter_map(|scope| scope.as_str().map(str::to_owned))
                .collect(),
            _ => Vec::new(),
        };
        let user_id = match self.rest.get(&provider.user_id_field) {
            Some(Value::String(id)) if !id.is_empty() => Some(id.clone()),
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => None,
        };
        let expires_at = self
            .expires_in()
            .map(|life| after(asked, life))
            .filter(|ends| *ends < Timestamp::MAX);
        let session = Session {
            // A network that does not rotate leaves the old one good.
            refresh_token: (self.refresh_token())
                .map(|token| Secret::new(token.secret().clone()))
                .or(before.refresh_token),
            access_token: Secret::new(self.access_token.into_secret()),
            issued_at: Some(asked),
            expires_at,
            // Left out where they are the ones that were asked for (RFC 6749, 5.1).
            scopes: if scopes.is_empty() {
                before.scopes
            } else {
                scopes
            },
            user_id: user_id.or(before.user_id),
            extras: before.extras,
        };
        session
            .bearer()
            .map_err(|_| "its access token holds what no header field can carry")?;
        Ok(session)
    }
}
