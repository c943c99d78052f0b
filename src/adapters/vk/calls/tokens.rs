//! The tokens of an identity.

use http::{HeaderMap, HeaderValue, header};

#[cfg(feature = "oauth")]
use super::super::login::VkLogin;
use super::super::rules::{Has, NETWORK, TokenKind};
use crate::client::limits::subject;
use crate::client::{Login, bearer};
use crate::error::{Error, ErrorKind, Result};
use crate::network::LoginStatus;
#[cfg(feature = "oauth")]
use crate::oauth::Keeper;
use crate::secret::{Secret, tokens};

tokens! {
    /// A community's own token, made in its settings (Manage, API usage): messages, comments, texts on its wall, members.
    CommunityToken,
    /// A token of a person who administers the community: all that is done on its wall, files, likes, statistics. For
    /// writes it has to be one of a standalone application; those of VK ID, which begin with `vk2.`, only read profiles,
    /// and last an hour: a [`user_login`](crate::adapters::vk::VkBuilder::user_login) renews them.
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

struct Token {
    shown: Shown,
    subject: u64,
    /// Whether it is one of VK ID, which is taken for profiles alone.
    vk_id: bool,
}

/// How the tokens of VK ID begin (vk.md).
const OF_VK_ID: &str = "vk2.";

/// Where a call gets what it shows.
enum Shown {
    /// It is used as it was given.
    Given(HeaderValue),
    /// A login that is renewed.
    #[cfg(feature = "oauth")]
    Kept(VkLogin, Keeper),
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
        *self.place(kind) = Some(Token {
            shown: Shown::Given(bearer),
            subject: subject(text),
            vk_id: text.starts_with(OF_VK_ID),
        });
        Ok(())
    }

    /// Adds a person's login in place of a user token.
    #[cfg(feature = "oauth")]
    pub(in super::super) fn keep(&mut self, keeper: Keeper) {
        let provider = keeper.oauth().provider();
        // Its tokens come and go: what stays is the login.
        let subject = subject(&format!("{} {}", provider.client_id, keeper.key()));
        let login = VkLogin::of(provider);
        self.user = Some(Token {
            shown: Shown::Kept(login, keeper),
            subject,
            vk_id: matches!(login, VkLogin::VkId),
        });
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
        let vk_id = self.user.as_ref().is_some_and(|token| token.vk_id);
        Has {
            community: self.community.is_some(),
            user: self.user.is_some() && !vk_id,
            vk_id,
            service: self.service.is_some(),
        }
    }

    /// What is known of the login, for a person to read.
    pub(in super::super) fn status(&self) -> LoginStatus {
        let has = self.has();
        let kinds = [TokenKind::Community, TokenKind::User, TokenKind::Service];
        let there: Vec<&str> = kinds
            .into_iter()
            .filter(|kind| has.kind(*kind))
            .map(TokenKind::as_str)
            .collect();
        let kind = format!("{} token", there.join(" and "));
        #[cfg(feature = "oauth")]
        if let Some((login, keeper)) = self.kept() {
            let kind = format!("{kind}, the user's by {login}");
            return match keeper.peek() {
                Some(session) => LoginStatus::oauth(kind, &session),
                None => LoginStatus::new(kind),
            };
        }
        LoginStatus::new(kind)
    }

    /// The login that is kept, if there is one.
    #[cfg(feature = "oauth")]
    fn kept(&self) -> Option<(VkLogin, &Keeper)> {
        match &self.user.as_ref()?.shown {
            Shown::Kept(login, keeper) => Some((*login, keeper)),
            Shown::Given(_) => None,
        }
    }

    /// The rights that came with a login.
    pub(super) async fn granted(&self) -> Result<Vec<String>> {
        #[cfg(feature = "oauth")]
        if let Some((_, keeper)) = self.kept() {
            return Ok(keeper.fresh().await?.tokens.scopes.clone());
        }
        Ok(Vec::new())
    }

    /// Whose budgets a token spends: the same number for the same token, or for the account whose login renews it.
    pub(super) fn subject(&self, kind: TokenKind) -> u64 {
        self.token(kind).map_or(0, |token| token.subject)
    }

    /// Shows a token to the network, and answers which login it is of.
    pub(super) async fn authorise(
        &self,
        kind: TokenKind,
        headers: &mut HeaderMap,
    ) -> Result<Login> {
        match self.token(kind).map(|token| &token.shown) {
            Some(Shown::Given(bearer)) => {
                headers.insert(header::AUTHORIZATION, bearer.clone());
                Ok(Login(0))
            }
            #[cfg(feature = "oauth")]
            Some(Shown::Kept(_, keeper)) => keeper.authorise(headers).await,
            None => Err(Error::forbidden(self.has().need(&[kind]))),
        }
    }

    /// Whether another token may take the place of one that has expired.
    pub(in super::super) fn renews(&self, kind: TokenKind) -> bool {
        match self.token(kind).map(|token| &token.shown) {
            // One of the old flow cannot be renewed, and somebody may have logged in again meanwhile.
            #[cfg(feature = "oauth")]
            Some(Shown::Kept(..)) => true,
            Some(Shown::Given(_)) | None => false,
        }
    }

    /// Gets a new token in place of an expired one.
    pub(super) async fn renew(&self, kind: TokenKind, stale: Login) -> Result<()> {
        #[cfg(feature = "oauth")]
        if let (TokenKind::User, Some((_, keeper))) = (kind, self.kept()) {
            return keeper.renew(stale).await;
        }
        // A token that was given as it is has nothing to be renewed from.
        let _ = stale;
        let message = format!("the {kind} token is not accepted any more: get a new one");
        Err(Error::new(ErrorKind::Unauthorized, message))
    }
}
