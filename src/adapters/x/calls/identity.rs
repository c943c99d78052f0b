//! Who this is, who others are, and what the tokens allow.

use super::super::convert::{self, USER_FIELDS, USER_FIELDS_OF_USERS};
use super::super::id::{self, Who};
use super::super::rules::endpoints::{self, ME, USER, USER_BY_NAME};
use super::super::{X, wire};
use super::{Call, told};
use crate::client::Answer;
use crate::error::Result;
use crate::id::AccountId;
use crate::model::{Account, AccountRef};
use crate::operation::Operation;

impl X {
    /// The fields of an account: how it stands to somebody is told to a user alone.
    pub(super) fn user_fields(&self, endpoint: &endpoints::Endpoint) -> &'static str {
        match self.inner.tokens.has().pick(endpoint) {
            Some(kind) if kind.is_user() => USER_FIELDS_OF_USERS,
            _ => USER_FIELDS,
        }
    }

    /// The number of this account, which is asked once.
    pub(super) async fn my_number(&self, operation: &Operation) -> Result<AccountId> {
        match self.inner.me.get() {
            Some(me) => Ok(me.clone()),
            None => self.myself(operation).await.map(|account| account.id),
        }
    }

    pub(in super::super) async fn myself(&self, operation: &Operation) -> Result<Account> {
        let call = Call::of(ME, &[]).with("user.fields", USER_FIELDS);
        let answer = self.ask(operation, call).await?;
        let account = account_in(&answer)?;
        self.inner.is_me(&account.id);
        Ok(account)
    }

    pub(in super::super) async fn whole_account(&self, account: &AccountRef) -> Result<Account> {
        let operation = Operation::ACCOUNT;
        let call = match id::who(account)? {
            Who::Me => return self.myself(&operation).await,
            Who::Number(number) => Call::of(USER, &[number]),
            Who::Name(name) => Call::of(USER_BY_NAME, &[name]),
        };
        let call = call.with("user.fields", self.user_fields(USER));
        let answer = self.ask(&operation, call).await?;
        account_in(&answer)
    }

    /// The number of an account.
    pub(super) async fn number_of(
        &self,
        operation: &Operation,
        account: &AccountRef,
    ) -> Result<AccountId> {
        match id::who(account)? {
            Who::Me => self.my_number(operation).await,
            Who::Number(number) => Ok(AccountId::new(number)),
            Who::Name(name) => {
                let answer = self.ask(operation, Call::of(USER_BY_NAME, &[name])).await?;
                account_in(&answer).map(|account| account.id)
            }
        }
    }

    /// Asks who this is, and keeps what the login was granted for the profile.
    pub(in super::super) async fn asked_rights(&self) -> Result<()> {
        self.myself(&Operation::REFRESH_PROFILE).await?;
        let scopes = self.inner.tokens.scopes();
        self.inner.learn(|facts| facts.scopes = scopes);
        Ok(())
    }
}

fn account_in(answer: &Answer) -> Result<Account> {
    let found: wire::OneUser<'_> = told(answer)?;
    let account = found.data.get().and_then(convert::account);
    account.ok_or_else(|| answer.unreadable("it tells no account"))
}
