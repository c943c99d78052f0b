//! Who is logged in: an access token that expires, and a refresh token that is good once.

use std::collections::HashMap;

use jiff::Timestamp;

use super::state::{Ask, No, State};
use crate::Secret;
use crate::adapters::memory::wire::Tokens;
use crate::client::{Random, SystemRandom};

/// The logins that there are, by their tokens.
#[derive(Clone, Default)]
pub(super) struct Logins {
    access: HashMap<String, (String, Timestamp)>,
    refresh: HashMap<String, String>,
}

/// Tokens are shown to nobody.
impl std::fmt::Debug for Logins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logins").finish_non_exhaustive()
    }
}

impl State {
    pub(super) fn log_in(&mut self, handle: &str, password: &str, now: Timestamp) -> Ask<Tokens> {
        let row = self.accounts.get(handle);
        let row = row.ok_or(No::Unauthorized("there is no such account"))?;
        if row.locked_out || password != password_of(handle) {
            return Err(No::Unauthorized("the password is not the right one"));
        }
        if row.suspended {
            return Err(No::Suspended);
        }
        Ok(self.new_login(handle, now))
    }

    pub(super) fn refresh(&mut self, token: &str, now: Timestamp) -> Ask<Tokens> {
        let handle = self
            .logins
            .refresh
            .remove(token)
            .ok_or(No::Unauthorized("the login is over: log in again"))?;
        Ok(self.new_login(&handle, now))
    }

    fn new_login(&mut self, handle: &str, now: Timestamp) -> Tokens {
        let random = SystemRandom::new();
        let token = |kind: &str| format!("{kind}-{:016x}{:016x}", random.next(), random.next());
        let (access, refresh) = (token("access"), token("refresh"));
        let until = now
            .checked_add(self.settings.login_life)
            .unwrap_or(Timestamp::MAX);
        self.logins.access.retain(|_, (_, until)| *until > now);
        self.logins
            .access
            .insert(access.clone(), (handle.to_owned(), until));
        self.logins
            .refresh
            .insert(refresh.clone(), handle.to_owned());
        Tokens {
            access: Secret::new(access),
            refresh: Secret::new(refresh),
            until: Some(until),
        }
    }

    /// Whose token it is.
    pub(super) fn who(&self, token: &str, now: Timestamp) -> Ask<String> {
        let (handle, until) = self
            .logins
            .access
            .get(token)
            .ok_or(No::Unauthorized("the login is not known: log in again"))?;
        if now >= *until {
            return Err(No::Unauthorized("the login has expired: renew it"));
        }
        if self.account(handle)?.suspended {
            return Err(No::Suspended);
        }
        Ok(handle.clone())
    }

    /// Ends an account's logins; without `all` they can still be renewed.
    pub(super) fn end_logins(&mut self, handle: &str, all: bool) {
        self.logins.access.retain(|_, (who, _)| who != handle);
        if all {
            self.logins.refresh.retain(|_, who| who != handle);
        }
    }
}

/// The password of an account. It protects nothing: the world lies within the program.
pub(in crate::adapters::memory) fn password_of(handle: &str) -> String {
    format!("the password of {handle}")
}
