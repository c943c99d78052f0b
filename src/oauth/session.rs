use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use http::HeaderValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::client::{after, between};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// A login's tokens and what came with them. `Debug` shows no secret; the serde form holds them all, for a
/// [store](crate::store).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Session {
    /// What calls show.
    pub access_token: Secret,
    /// What gets the next access token. Where it rotates it is good once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// When the access token was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<Timestamp>,
    /// When the access token ends; `None` where it does not, or where that was not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The rights that it carries, as far as the network told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Whose it is, where the network told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// What came with the redirect and goes with every refresh, such as a device's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extras: BTreeMap<String, Secret>,
}

impl Session {
    /// The session of an access token of which nothing else is known.
    pub fn new(access_token: impl Into<Secret>) -> Self {
        Self {
            access_token: access_token.into(),
            refresh_token: None,
            issued_at: None,
            expires_at: None,
            scopes: Vec::new(),
            user_id: None,
            extras: BTreeMap::new(),
        }
    }

    /// The session of a refresh token alone: its first use gets an access token.
    pub fn renewable(refresh_token: impl Into<Secret>) -> Self {
        let session = Self::new("").refresh_token(refresh_token);
        session.expires_at(Timestamp::UNIX_EPOCH)
    }

    /// Sets what gets the next access token.
    pub fn refresh_token(mut self, token: impl Into<Secret>) -> Self {
        self.refresh_token = Some(token.into());
        self
    }

    /// Sets when the access token ends.
    pub fn expires_at(mut self, at: Timestamp) -> Self {
        self.expires_at = Some(at);
        self
    }

    /// Sets the rights that it carries.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whose it is.
    pub fn user_id(mut self, id: impl Into<String>) -> Self {
        self.user_id = Some(id.into());
        self
    }

    /// Adds what has to go with every refresh.
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.extras.insert(name.into(), value.into());
        self
    }

    /// The value of `Authorization: Bearer …`, marked as a secret.
    ///
    /// # Errors
    /// `Config` where the token holds what no header field can carry.
    pub fn bearer(&self) -> Result<HeaderValue> {
        let text = format!("Bearer {}", self.access_token.expose());
        let mut value = HeaderValue::from_maybe_shared(bytes::Bytes::from(text)).map_err(|_| {
            Error::config(
                "the access token holds what no header field can carry: copy it again, or log in again",
            )
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Whether the access token has ended.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|ends| ends <= now)
    }

    /// Whether the access token ends so soon that it is to be renewed: within `early`, and never before three quarters
    /// of its life are over.
    pub fn is_due(&self, now: Timestamp, early: Duration) -> bool {
        let Some(ends) = self.expires_at else {
            return false;
        };
        let early = match self.issued_at {
            Some(issued) => early.min(between(issued, ends) / 4),
            None => early,
        };
        ends <= after(now, early)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("renewable", &self.refresh_token.is_some())
            .field("expires_at", &self.expires_at)
            .field("scopes", &self.scopes)
            .field("user_id", &self.user_id)
            .field("extras", &self.extras.keys())
            .finish_non_exhaustive()
    }
}

/// What a login that was begun needs for its end. Keep it where nobody else reads it, such as a token store or the
/// visitor's session of a web application. `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pending {
    /// The network.
    pub network: String,
    /// What the redirect has to bring back, so that nobody slips in a login of their own.
    pub state: Secret,
    /// What shows at the exchange that the code is of this login (PKCE).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verifier: Option<Secret>,
    /// Where the browser is sent.
    pub redirect_uri: String,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("network", &self.network)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

/// A login that was begun.
#[derive(Clone)]
#[non_exhaustive]
pub struct Begun {
    /// The address at which a person consents, in a browser.
    pub url: Url,
    /// What the end of the login needs.
    pub pending: Pending,
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun")
            .field("host", &self.url.host_str())
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}
