//! Under which keys the desk keeps what. A key never holds a person's text, name or id: what it must find again it finds
//! by a hash.

use std::hash::Hasher;

use jiff::Timestamp;
use siphasher::sip128::{Hasher128, SipHasher13};

use super::case::CaseId;

/// Begins every key of a desk.
pub(super) const ROOT: &str = "desk/";
/// Begins the keys of cases.
pub(super) const CASES: &str = "desk/case/";
/// Begins the keys of what is to be looked at again, in the order of its time.
pub(super) const AGENDA: &str = "desk/agenda/";
/// Begins the keys of persons.
pub(super) const PERSONS: &str = "desk/person/";

/// Written and removed at the end of an erasure.
pub(super) const ERASING: &str = "desk/erasing";

/// A hash of parts that is the same in every process and version: 128 bits, as 32 hexadecimal digits.
pub(super) fn print(parts: &[&str]) -> String {
    let mut hasher = SipHasher13::new();
    for part in parts {
        // The length keeps parts apart, whatever they hold.
        hasher.write_u64(part.len() as u64);
        hasher.write(part.as_bytes());
    }
    format!("{:032x}", hasher.finish128().as_u128())
}

pub(super) fn case(id: &CaseId) -> String {
    format!("{CASES}{id}")
}

/// Where it is kept which case a post or message belongs to.
pub(super) fn mention(print: &str) -> String {
    format!("{ROOT}of/{print}")
}

/// Where the last case of a thread or conversation with a person is kept.
pub(super) fn thread(account: &str, thread: &str, person: &str) -> String {
    format!("{ROOT}thread/{}", print(&[account, thread, person]))
}

/// Where the last case of a conversation is kept, whoever of its members wrote.
pub(super) fn talk(account: &str, conversation: &str) -> String {
    format!("{ROOT}talk/{}", print(&[account, conversation]))
}

/// Where the last case of texts that are alike is kept.
pub(super) fn alike(band: &str) -> String {
    format!("{ROOT}alike/{band}")
}

pub(super) fn person(print: &str) -> String {
    format!("{PERSONS}{print}")
}

/// Where it is kept how far an account was read.
pub(super) fn account(name: &str) -> String {
    format!("{ROOT}account/{}", print(&[name]))
}

/// Where it is kept who an account is on its network.
pub(super) fn own(name: &str) -> String {
    format!("{ROOT}own/{}", print(&[name]))
}

/// Where it is kept what a standing search has spent, and how far it came.
pub(super) fn search(name: &str) -> String {
    format!("{ROOT}search/{}", print(&[name]))
}

/// Sorts by time, then by case. Moments before 1970 count as 1970.
pub(super) fn agenda(at: Timestamp, id: &CaseId) -> String {
    format!("{AGENDA}{}/{id}", moment(at))
}

/// The first key of the agenda that lies behind this moment.
pub(super) fn agenda_end(now: Timestamp) -> String {
    format!("{AGENDA}{}/~", moment(now))
}

/// The moment that a key of the agenda names.
pub(super) fn agenda_moment(key: &str) -> Option<Timestamp> {
    let (moment, _) = key.strip_prefix(AGENDA)?.split_once('/')?;
    Timestamp::from_millisecond(moment.parse().ok()?).ok()
}

fn moment(at: Timestamp) -> String {
    format!("{:020}", at.as_millisecond().max(0))
}
