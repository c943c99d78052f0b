//! The tokens of an identity.

use http::HeaderValue;

use super::super::rules::{Has, NETWORK, TokenKind};
use crate::client::limits::subject;
use crate::client::{Login, bearer};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

macro_rules! tokens {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(Secret);

        impl $name {
            /// Takes the token as the network gave it.
            pub fn new(token: impl Into<Secret>) -> Self {
                Self(token.into())
            }

            pub(in super::super) fn secret(&self) -> &Secret {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(token: &str) -> Self {
                Self::new(token)
            }
        }

        impl From<String> for $name {
            fn from(token: String) -> Self {
                Self::new(token)
            }
        }

        impl From<Secret> for $name {
            fn from(token: Secret) -> Self {
                Self(token)
            }
        }
    )*};
}

tokens! {
    /// A community's own token, made in its settings (Manage, API usage): messages, comments, texts on its wall, members.
    CommunityToken,
    /// A token of a person who administers the community: all that is done on its wall, files, likes, statistics. For
    /// writes it has to be one of a standalone application; those of VK ID only read profiles.
    UserToken,
    /// An application's service token: what is open to all, read only.
    ServiceToken,
}

/// The tokens of an identity, at most one of each kind.
///
/// Whoever asks names the kind alone: how a token comes about, and whether it can be renewed, is known here.
#[derive(Default)]
pub(in super::super) struct Tokens {
    community: Option<Token>,
    user: Option<Token>,
    service: Option<Token>,
}

/// A token that is used as it was given.
struct Token {
    bearer: HeaderValue,
    subject: u64,
}

impl Tokens {
    /// Adds a token.
    pub(in super::super) fn set(&mut self, kind: TokenKind, token: &Secret) -> Result<()> {
        let text = token.expose().trim();
        let setting = kind.setting();
        let bearer = bearer(text)
            .ok()
            .filter(|_| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()));
        let Some(bearer) = bearer else {
            let message = format!(
                "`{setting}` is no token: it is empty or holds spaces or other signs; copy it anew"
            );
            return Err(Error::config(message).with_network(NETWORK));
        };
        let subject = subject(text);
        *self.place(kind) = Some(Token { bearer, subject });
        Ok(())
    }

    fn place(&mut self, kind: TokenKind) -> &mut Option<Token> {
        match kind {
            TokenKind::Community => &mut self.community,
            TokenKind::User => &mut self.user,
            TokenKind::Service => &mut self.service,
        }
    }

    fn token(&self, kind: TokenKind) -> Option<&Token> {
        match kind {
            TokenKind::Community => self.community.as_ref(),
            TokenKind::User => self.user.as_ref(),
            TokenKind::Service => self.service.as_ref(),
        }
    }

    /// Which kinds are there.
    pub(in super::super) fn has(&self) -> Has {
        Has {
            community: self.community.is_some(),
            user: self.user.is_some(),
            service: self.service.is_some(),
        }
    }

    /// Whose budgets a token spends: the same number for the same token, or for the account whose login renews it.
    pub(super) fn subject(&self, kind: TokenKind) -> u64 {
        self.token(kind).map_or(0, |token| token.subject)
    }

    /// What shows a token to the network, and which login it is of.
    pub(super) async fn bearer(&self, kind: TokenKind) -> Result<(HeaderValue, Login)> {
        match self.token(kind) {
            Some(token) => Ok((token.bearer.clone(), Login(0))),
            None => Err(Error::forbidden(super::super::rules::need(&[kind]))),
        }
    }

    /// Whether a token that has expired can be renewed.
    pub(super) fn renews(&self, kind: TokenKind) -> bool {
        // A token that was given as it is has nothing to be renewed from.
        let _ = kind;
        false
    }

    /// Gets a new token in place of an expired one.
    pub(super) async fn renew(&self, kind: TokenKind, stale: Login) -> Result<()> {
        let _ = stale;
        let message = format!("the {kind} token is not accepted any more: get a new one");
        Err(Error::new(ErrorKind::Unauthorized, message))
    }
}
