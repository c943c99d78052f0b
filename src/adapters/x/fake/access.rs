//! Tokens: whose they are, what they may do, and what X says to those that may not.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::{Request, header};
use jiff::Timestamp;

use super::faults::Rule;
use super::operations::{Operation, SCOPES};
use super::state::{Id, World};
use super::wire::{self, Refusal};
use super::{Fake, oauth1};

/// What a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The app alone.
    App,
    /// A user, by OAuth 2.0.
    User2(Id),
    /// A user, by OAuth 1.0a.
    User1(Id),
}

impl Kind {
    pub(super) fn letter(self) -> char {
        match self {
            Self::App => 'B',
            Self::User2(_) => 'U',
            Self::User1(_) => 'O',
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::App => "bearer",
            Self::User2(_) => "user",
            Self::User1(_) => "oauth1",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) scopes: BTreeSet<String>,
    /// The second at which it ends.
    pub(super) ends: Option<i64>,
    /// The login that it came from.
    pub(super) family: u64,
    /// The secret of a token of OAuth 1.0a.
    pub(super) secret: String,
}

impl Token {
    pub(super) fn user(&self) -> Option<Id> {
        match self.kind {
            Kind::App => None,
            Kind::User2(id) | Kind::User1(id) => Some(id),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) user: Id,
    pub(super) client: String,
    pub(super) redirect: String,
    pub(super) scope: String,
    pub(super) challenge: String,
    pub(super) plain: bool,
    pub(super) ends: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub(super) user: Id,
    pub(super) scope: String,
    pub(super) family: u64,
    pub(super) used: bool,
}

#[derive(Debug)]
pub(super) struct Accesses {
    pub(super) tokens: BTreeMap<String, Token>,
    pub(super) codes: BTreeMap<String, Code>,
    pub(super) refreshes: BTreeMap<String, Refresh>,
    /// Logins that were ended as a whole.
    pub(super) dead: BTreeSet<u64>,
    pub(super) nonces: BTreeSet<(i64, String)>,
    /// Who says yes on the page that asks.
    pub(super) who: Id,
    /// What the app may come back to.
    pub(super) redirects: Vec<String>,
    /// Whether the app keeps a secret, and has to show it.
    pub(super) confidential: bool,
}

impl Default for Accesses {
    fn default() -> Self {
        Self {
            tokens: BTreeMap::new(),
            codes: BTreeMap::new(),
            refreshes: BTreeMap::new(),
            dead: BTreeSet::new(),
            nonces: BTreeSet::new(),
            who: Fake::ANNA,
            redirects: vec![Fake::REDIRECT.to_owned()],
            confidential: false,
        }
    }
}

fn unauthorized() -> Refusal {
    Refusal::problem(401, "about:blank", "Unauthorized", "Unauthorized")
}

impl World {
    /// Gives out a token.
    pub(super) fn give(
        &mut self,
        text: String,
        kind: Kind,
        scopes: BTreeSet<String>,
        ends: Option<i64>,
        family: u64,
    ) -> String {
        let secret = match kind {
            Kind::User1(_) => self.secret("token secret"),
            _ => String::new(),
        };
        self.access.tokens.insert(
            text.clone(),
            Token {
                kind,
                scopes,
                ends,
                family,
                secret,
            },
        );
        text
    }

    /// Whose token a request shows.
    pub(super) fn who(
        &mut self,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> Result<Token, Refusal> {
        let checked = self.keeps(Rule::TokensAreChecked);
        let query = wire::query(request);
        if query.iter().any(|(name, _)| name == "access_token") {
            self.complain("a token stands in the URL");
        }
        let shown = request.headers().get(header::AUTHORIZATION);
        let shown = shown
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let found = if shown
            .get(..6)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("oauth "))
        {
            self.signed(request, now)
        } else {
            let token = wire::bearer(request.headers()).ok_or_else(unauthorized);
            token.and_then(|token| {
                let known = self.access.tokens.get(token).ok_or_else(unauthorized)?;
                // The token of one kind is good for nothing in the place of another.
                if matches!(known.kind, Kind::User1(_)) {
                    return Err(unauthorized());
                }
                Ok(known.clone())
            })
        };
        if !checked {
            return Ok(found.unwrap_or_else(|_| Token {
                kind: Kind::User2(Fake::ANNA),
                scopes: SCOPES.iter().map(|name| (*name).to_owned()).collect(),
                ends: None,
                family: 0,
                secret: String::new(),
            }));
        }
        let token = found?;
        let over = token.ends.is_some_and(|ends| ends <= now.as_second());
        if (over && self.keeps(Rule::TokensExpire)) || self.access.dead.contains(&token.family) {
            return Err(unauthorized());
        }
        let suspended = token
            .user()
            .and_then(|user| self.users.get(&user))
            .is_some_and(|user| user.suspended);
        if suspended {
            return Err(Refusal::legacy(
                403,
                64,
                "Your account is suspended and is not permitted to access this feature.",
            ));
        }
        Ok(token)
    }

    /// Whose signature a request shows, after RFC 5849.
    fn signed(&mut self, request: &Request<Bytes>, now: Timestamp) -> Result<Token, Refusal> {
        let failed = || Refusal::legacy(401, 32, "Could not authenticate you.");
        let signed = oauth1::Signed::read(request).ok_or_else(failed)?;
        let known = self
            .access
            .tokens
            .get(&signed.token)
            .filter(|token| matches!(token.kind, Kind::User1(_)))
            .cloned();
        if signed.consumer_key != Fake::CONSUMER_KEY {
            return Err(failed());
        }
        let Some(known) = known else {
            return Err(Refusal::legacy(401, 89, "Invalid or expired token."));
        };
        if !self.keeps(Rule::SignaturesAreChecked) {
            return Ok(known);
        }
        let apart = (now.as_second() - signed.timestamp).abs();
        if apart > 300 && self.keeps(Rule::ClocksAreClose) {
            return Err(Refusal::legacy(401, 135, "Timestamp out of bounds."));
        }
        if !signed.holds(request, Fake::CONSUMER_SECRET, &known.secret) {
            return Err(failed());
        }
        let seen = (signed.timestamp, signed.nonce);
        if !self.access.nonces.insert(seen) && self.keeps(Rule::NoncesAreSingleUse) {
            return Err(failed());
        }
        Ok(known)
    }

    /// Whether an operation takes this token.
    pub(super) fn may_call(&self, token: &Token, op: &Operation) -> Result<(), Refusal> {
        let kind = token.kind;
        if !op.kinds.contains(kind.letter()) && self.keeps(Rule::TokenKinds) {
            let name = |letter: char| match letter {
                'B' => "OAuth 2.0 Application-Only",
                'U' => "OAuth 2.0 User Context",
                _ => "OAuth 1.0a User Context",
            };
            let taken: Vec<&str> = op.kinds.chars().map(name).collect();
            return Err(Refusal::problem(
                403,
                "unsupported-authentication",
                "Unsupported Authentication",
                format!(
                    "Authenticating with {} is forbidden for this endpoint. Supported authentication types are [{}].",
                    name(kind.letter()),
                    taken.join(", ")
                ),
            ));
        }
        if matches!(kind, Kind::User2(_))
            && op.scopes.iter().any(|scope| !token.scopes.contains(*scope))
            && self.keeps(Rule::ScopesAreChecked)
        {
            return Err(Refusal::forbidden("Forbidden"));
        }
        Ok(())
    }
}
