//! Tokens: whose they are, what they may do, and what VK says to those that may not.

use std::collections::BTreeSet;

use super::Fake;
use super::faults::Rule;
use super::methods::Method;
use super::state::World;
use super::wire::Refusal;

/// What a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    User {
        id: i64,
        /// It came from a login with VK ID.
        vk_id: bool,
    },
    Community(i64),
    Service,
}

impl Kind {
    fn letter(self) -> char {
        match self {
            Self::User { .. } => 'U',
            Self::Community(_) => 'G',
            Self::Service => 'S',
        }
    }

    /// In whose name a call speaks: a user above zero, a community below, 0 for an application.
    pub(super) fn actor(self) -> i64 {
        match self {
            Self::User { id, .. } => id,
            Self::Community(id) => -id,
            Self::Service => 0,
        }
    }

    pub(super) fn user(self) -> Option<i64> {
        match self {
            Self::User { id, .. } => Some(id),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The scopes of a user's token, or the rights of a community's.
    pub(super) scopes: BTreeSet<String>,
    /// The second at which it ends.
    pub(super) ends: Option<i64>,
    pub(super) revoked: bool,
}

/// Bits of scopes, as `account.getAppPermissions` and `groups.getTokenPermissions` tell them.
pub(super) const BITS: [(&str, i64); 19] = [
    ("notify", 1),
    ("friends", 2),
    ("photos", 4),
    ("audio", 8),
    ("video", 16),
    ("stories", 64),
    ("pages", 128),
    ("status", 1024),
    ("notes", 2048),
    ("messages", 4096),
    ("wall", 8192),
    ("ads", 32768),
    ("offline", 65536),
    ("docs", 131_072),
    ("groups", 262_144),
    ("notifications", 524_288),
    ("stats", 1_048_576),
    ("email", 4_194_304),
    ("market", 134_217_728),
];

/// The bit of a right of a community's token: `manage` has that of `groups`.
pub(super) fn bit(name: &str) -> i64 {
    let name = if name == "manage" { "groups" } else { name };
    BITS.iter()
        .find(|(known, _)| *known == name)
        .map_or(0, |(_, bit)| *bit)
}

impl World {
    /// Whose token this is.
    pub(super) fn who(&self, token: Option<&str>, now: i64) -> Result<Token, Refusal> {
        if !self.keeps(Rule::TokensAreChecked) {
            let user = Kind::User {
                id: Fake::ADMIN,
                vk_id: false,
            };
            let known = token.and_then(|token| self.tokens.get(token)).cloned();
            return Ok(known.unwrap_or(Token {
                kind: user,
                scopes: BITS.iter().map(|(name, _)| (*name).to_owned()).collect(),
                ends: None,
                revoked: false,
            }));
        }
        let failed = |why: &str| Refusal::new(5, format!("User authorization failed: {why}."));
        let token = token.ok_or_else(|| failed("no access_token passed"))?;
        let known = self
            .tokens
            .get(token)
            .ok_or_else(|| failed("invalid access_token (4)"))?;
        if known.revoked {
            return Err(failed("user revoke access for this token"));
        }
        if known.ends.is_some_and(|ends| ends <= now) && self.keeps(Rule::TokensExpire) {
            return Err(failed("access_token has expired"));
        }
        Ok(known.clone())
    }

    /// Whether a method takes this token.
    pub(super) fn may_call(&self, token: &Token, method: &Method) -> Result<(), Refusal> {
        let kind = token.kind;
        let mut taken = method.takes(kind.letter());
        let over = match kind {
            Kind::User { vk_id: false, .. } if method.name.starts_with("wall.post") => {
                Some(Rule::UserTokenPosts)
            }
            Kind::Community(_) if method.name == "wall.post" => Some(Rule::CommunityTokenPosts),
            Kind::Service if method.name.starts_with("wall.get") => Some(Rule::ServiceTokenReads),
            _ => None,
        };
        if over.is_some_and(|rule| !self.keeps(rule)) {
            taken = false;
        } else if !self.keeps(Rule::TokenKinds) {
            return Ok(());
        }
        match kind {
            Kind::Community(_) if !taken => {
                return Err(Refusal::new(
                    27,
                    "Group authorization failed: method is unavailable with group auth.",
                ));
            }
            Kind::Service if !taken => {
                return Err(Refusal::new(
                    28,
                    "Application authorization failed: method is unavailable with service token.",
                ));
            }
            Kind::User { .. } if !taken => {
                return Err(Refusal::new(
                    1051,
                    "This method is unavailable with current profile type",
                ));
            }
            // A login with VK ID reads what is open to all, and who it is.
            Kind::User { vk_id: true, .. }
                if !method.takes('S') && method.name != "account.getAppPermissions" =>
            {
                return Err(Refusal::new(
                    1051,
                    "This method is unavailable with current profile type",
                ));
            }
            _ => {}
        }
        let needed = match kind {
            Kind::User { .. } => method.scope,
            Kind::Community(_) => method.right,
            Kind::Service => "",
        };
        if !needed.is_empty()
            && !token.scopes.contains(needed)
            && self.keeps(Rule::ScopesAreChecked)
        {
            return Err(Refusal::denied(
                "no access to call this method. It cannot be called with current scopes.",
            )
            .sub(1133));
        }
        Ok(())
    }

    /// The owner that a call names, or the caller.
    pub(super) fn owner(&self, named: Option<i64>, kind: Kind) -> Result<i64, Refusal> {
        let owner = named.unwrap_or_else(|| kind.actor());
        if owner == 0 {
            return Err(Refusal::param("owner_id is undefined"));
        }
        // Broken: communities are asked for without the minus.
        if !self.keeps(Rule::OwnerSigns) && self.groups.contains_key(&owner.abs()) {
            return if owner < 0 {
                Err(Refusal::denied("wall is disabled"))
            } else {
                Ok(-owner)
            };
        }
        Ok(owner)
    }

    /// The community that a call names, as a positive number.
    pub(super) fn community(&self, named: Option<i64>) -> Result<i64, Refusal> {
        let id = named.ok_or_else(|| Refusal::param("group_id is undefined"))?;
        let id = if self.keeps(Rule::GroupIdsArePositive) {
            id
        } else {
            -id
        };
        if id <= 0 {
            return Err(Refusal::param("group_id should be positive"));
        }
        if self.groups.contains_key(&id) {
            Ok(id)
        } else {
            Err(Refusal::new(125, "Invalid group id"))
        }
    }

    /// A community that the caller manages.
    pub(super) fn managed(&self, named: Option<i64>, kind: Kind) -> Result<i64, Refusal> {
        let id = self.community(named)?;
        let may = match kind {
            Kind::User { id: user, .. } => self.is_admin(user, id),
            Kind::Community(own) => own == id,
            Kind::Service => false,
        };
        if may || !self.keeps(Rule::ManagersOnly) {
            Ok(id)
        } else {
            Err(Refusal::denied("you should be group moderator"))
        }
    }
}
