//! Ids as they are printed: `memory:post:17`, `memory:account:alice`.

use crate::model::AccountRef;

use super::state::{Ask, No, State};

pub(super) fn post(number: u64) -> String {
    format!("memory:post:{number}")
}

pub(super) fn message(number: u64) -> String {
    format!("memory:message:{number}")
}

pub(super) fn conversation(number: u64) -> String {
    format!("memory:conversation:{number}")
}

pub(super) fn media(number: u64) -> String {
    format!("memory:media:{number}")
}

pub(super) fn promotion(number: u64) -> String {
    format!("memory:promotion:{number}")
}

pub(super) fn account_id(handle: &str) -> String {
    format!("memory:account:{handle}")
}

/// The handle within an account's id.
pub(super) fn account(id: &str) -> Option<&str> {
    id.strip_prefix("memory:account:")
}

fn number(id: &str, kind: &str, none: &'static str) -> Ask<u64> {
    id.strip_prefix("memory:")
        .and_then(|rest| rest.strip_prefix(kind))
        .and_then(|rest| rest.strip_prefix(':'))
        .and_then(|digits| digits.parse().ok())
        .ok_or(No::NotFound(none))
}

pub(super) fn post_number(id: &str) -> Ask<u64> {
    number(id, "post", "there is no such post")
}

pub(super) fn message_number(id: &str) -> Ask<u64> {
    number(id, "message", "there is no such message")
}

pub(super) fn conversation_number(id: &str) -> Ask<u64> {
    number(id, "conversation", "there is no such conversation")
}

pub(super) fn media_number(id: &str) -> Ask<u64> {
    number(id, "media", "there is no such file: upload it first")
}

impl State {
    /// The handle that a reference means; the account is there.
    pub(super) fn handle_of(&self, me: &str, account: &AccountRef) -> Ask<String> {
        let handle = match account {
            AccountRef::Me => me,
            AccountRef::Id(id) => self::account(id.as_str()).unwrap_or_default(),
            AccountRef::Handle(handle) => handle.trim_start_matches('@'),
        };
        let handle = handle.to_lowercase();
        self.account(&handle)?;
        Ok(handle)
    }
}
