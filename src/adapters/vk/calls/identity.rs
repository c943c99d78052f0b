//! Who this is, who others are, and what the tokens allow.

use super::super::id;
use super::super::rules::{self, NETWORK, TokenKind};
use super::super::{Vk, compose, convert, wire};
use super::{Params, invalid, listed, response, value};
use crate::client::Answer;
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::model::{Account, AccountRef};
use crate::operation::Operation;

/// What is asked of a person besides the name.
pub(super) const USER_FIELDS: &str = "screen_name,photo_100,photo_200,about,followers_count";
/// What is asked of a community besides the name.
pub(super) const GROUP_FIELDS: &str = "description,members_count,photo_100,photo_200";

impl Vk {
    /// The owner id of this identity. Of a person it is asked once.
    pub(super) async fn owner(&self, operation: &Operation) -> Result<i64> {
        match self.inner.owner() {
            Some(owner) => Ok(owner),
            None => self.person(operation).await,
        }
    }

    /// The person whose the user's token is. It is asked once.
    pub(super) async fn person(&self, operation: &Operation) -> Result<i64> {
        if let Some(person) = self.inner.person.get() {
            return Ok(*person);
        }
        let person = self.myself_as_person(operation).await?;
        let owner = id::account(&person.id)?;
        self.inner.is_person(owner);
        Ok(owner)
    }

    async fn myself_as_person(&self, operation: &Operation) -> Result<Account> {
        let params = Params::new().with("fields", USER_FIELDS);
        let answer = self
            .ask_as(TokenKind::User, operation, "users.get", &params)
            .await?;
        first_person(&answer)?
            .ok_or_else(|| answer.unreadable("it does not tell whose the token is"))
    }

    pub(in super::super) async fn myself(&self) -> Result<Account> {
        let operation = Operation::ME;
        match self.inner.owner() {
            Some(owner) => self.account_of(&operation, owner).await,
            None => {
                let person = self.myself_as_person(&operation).await?;
                self.inner.is_person(id::account(&person.id)?);
                Ok(person)
            }
        }
    }

    /// The owner id of an account.
    pub(super) async fn owner_of(
        &self,
        operation: &Operation,
        account: &AccountRef,
    ) -> Result<i64> {
        match account {
            AccountRef::Me => self.owner(operation).await,
            AccountRef::Id(account) => id::account(account),
            AccountRef::Handle(handle) => {
                let name = handle.trim().trim_start_matches('@');
                match id::owner_of(name) {
                    // A bare number is no name.
                    Some(owner) if name.starts_with(|c: char| c.is_ascii_alphabetic()) => Ok(owner),
                    _ => self.resolve(operation, name).await,
                }
            }
        }
    }

    /// Whose a name is.
    async fn resolve(&self, operation: &Operation, name: &str) -> Result<i64> {
        let good = (2..=64).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
        if !good {
            let shown: String = name.chars().take(100).collect();
            let message = format!(
                "`{shown}` is no name here: write it as in the page's address, or as id1 or club1"
            );
            return Err(invalid(Rule::Malformed, "account", message));
        }
        let params = Params::new().with("screen_name", name);
        let answer = self
            .ask(operation, "utils.resolveScreenName", &params)
            .await?;
        // What is nobody's is answered with an empty list.
        let told: wire::Obj<wire::Resolved<'_>> = value(&answer)?;
        let found = told.get().and_then(|told| {
            let number = told.object_id.0.filter(|id| *id > 0)?;
            match told.kind.get()? {
                "user" => Some(number),
                "group" | "page" | "event" => Some(-number),
                _ => None,
            }
        });
        found.ok_or_else(|| nobody(operation, name))
    }

    pub(in super::super) async fn whole_account(
        &self,
        operation: &Operation,
        account: &AccountRef,
    ) -> Result<Account> {
        if *account == AccountRef::Me {
            return self.myself().await;
        }
        let owner = self.owner_of(operation, account).await?;
        self.account_of(operation, owner).await
    }

    async fn account_of(&self, operation: &Operation, owner: i64) -> Result<Account> {
        let found = if owner < 0 {
            let params = Params::new()
                .with("group_id", owner.unsigned_abs())
                .with("fields", GROUP_FIELDS);
            let answer = self.ask(operation, "groups.getById", &params).await?;
            let told: wire::Groups<'_> = response(&answer)?;
            told.groups.objects().next().and_then(convert::community)
        } else {
            let params = Params::new()
                .with("user_ids", owner)
                .with("fields", USER_FIELDS);
            let answer = self.ask(operation, "users.get", &params).await?;
            first_person(&answer)?
        };
        found
            .filter(|account| account.id == id::account_id(owner))
            .ok_or_else(|| nobody(operation, &id::screen_name(owner)))
    }

    /// Asks what the tokens allow, and keeps it for the profile.
    pub(in super::super) async fn asked_rights(&self) -> Result<()> {
        let operation = Operation::REFRESH_PROFILE;
        let has = self.inner.tokens.has();
        let mut scopes = Vec::new();
        let mut lacking = Vec::new();
        if has.vk_id {
            // What was granted to it came with it, and it is taken for profiles alone.
            scopes.extend(self.inner.tokens.granted().await?);
        }
        if has.user {
            let answer = self
                .ask(&operation, "account.getAppPermissions", &Params::new())
                .await?;
            let mask: wire::Int = value(&answer)?;
            let Some(mask) = mask.0.and_then(|mask| u64::try_from(mask).ok()) else {
                return Err(answer.unreadable("it tells no permissions"));
            };
            for (scope, bit) in rules::SCOPE_BITS {
                if mask & bit == 0 {
                    lacking.push(*scope);
                } else {
                    scopes.push((*scope).to_owned());
                }
            }
        }
        if has.community {
            let answer = self
                .ask(&operation, "groups.getTokenPermissions", &Params::new())
                .await?;
            let told: wire::TokenPermissions<'_> = response(&answer)?;
            let names = told
                .permissions
                .objects()
                .filter_map(|right| right.name.owned());
            scopes.extend(names.map(|name| format!("community: {name}")));
        }
        self.inner.learn(|known| {
            known.facts.lacking = lacking;
            known.scopes = scopes;
        });
        Ok(())
    }
}

fn first_person(answer: &Answer) -> Result<Option<Account>> {
    let told: wire::List<wire::Obj<wire::User<'_>>> = listed(answer)?;
    Ok(told.objects().next().and_then(compose::known_person))
}

fn nobody(operation: &Operation, name: &str) -> Error {
    let message = format!("there is no account `{name}`: check the name");
    Error::new(ErrorKind::NotFound, message)
        .with_network(NETWORK)
        .with_operation(operation.clone())
}
