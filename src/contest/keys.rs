//! Under which keys contests keep what. A key never holds a person's name, text or id: what must be found again is found
//! by a hash.

use super::ContestId;
use super::draw::Digest;
use super::entry::EntryId;

/// Begins the keys of contests.
pub(super) const HEADS: &str = "contest/head/";
/// How many hexadecimal digits of a hash name something: 128 bits.
const DIGITS: usize = 32;

/// The SHA-256 of parts, each with its length before it, so that no two lists of parts have one hash.
fn digest(parts: &[&str]) -> Digest {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    Digest::of(&bytes)
}

/// A short name of parts: 128 bits of their hash.
pub(super) fn print(parts: &[&str]) -> String {
    let mut all = digest(parts).to_string();
    all.truncate(DIGITS);
    all
}

pub(super) fn head(id: &ContestId) -> String {
    format!("{HEADS}{id}")
}

/// Begins the keys of a contest's entries.
pub(super) fn entries(id: &ContestId) -> String {
    format!("contest/entry/{id}/")
}

pub(super) fn entry(id: &ContestId, entry: &EntryId) -> String {
    format!("contest/entry/{id}/{entry}")
}

/// The name of an account's entry in a contest, unless the account is linked to another.
pub(super) fn entry_of(id: &ContestId, network: &str, account: &str) -> EntryId {
    EntryId::new(print(&["contest entry", id.as_str(), network, account]))
}

/// Where it is kept that an account belongs to another entry, or that its person was erased.
pub(super) fn alias(id: &ContestId, own: &EntryId) -> String {
    format!("contest/alias/{id}/{own}")
}

/// Where it is kept how far an account's happenings were read.
pub(super) fn read(id: &ContestId, account: &str) -> String {
    format!("contest/read/{id}/{}", print(&[account]))
}

/// Where it is kept how far a look through a listing came.
pub(super) fn look(id: &ContestId, name: &str) -> String {
    format!("contest/look/{id}/{name}")
}

/// Begins the keys of the pages of a contest's looks.
pub(super) fn pages(id: &ContestId) -> String {
    format!("contest/page/{id}/")
}

pub(super) fn page(id: &ContestId, hash: &str) -> String {
    format!("contest/page/{id}/{hash}")
}

/// Which entry a commitment is of: so many commitments a value.
pub(super) fn seats(id: &ContestId, pool: &str, number: usize) -> String {
    format!(
        "contest/seat/{id}/{}/{number:08}",
        pool.get(..16).unwrap_or(pool)
    )
}

/// Where it is kept what somebody won.
pub(super) fn winner(network: &str, account: &str) -> String {
    format!(
        "contest/winner/{}",
        print(&["contest winner", network, account])
    )
}

/// Where it is kept who one of our accounts is.
pub(super) fn own(account: &str) -> String {
    format!("contest/own/{}", print(&[account]))
}
