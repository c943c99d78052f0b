//! Publications of which it is not known whether they happened.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// How many publications in doubt are remembered.
const ROOM: usize = 64;

/// The keys of publications in doubt, each with the moment since when it is: no earlier try can be younger.
#[derive(Debug, Default)]
pub(crate) struct Doubts(Mutex<VecDeque<(String, Timestamp)>>);

impl Doubts {
    /// Remembers that a publication may have happened, and tells since when that is in doubt.
    pub(crate) fn note(&self, key: &str, now: Timestamp) -> Timestamp {
        if let Some(since) = self.since(key) {
            return since;
        }
        self.renew(key, now);
        now
    }

    /// A try was made just now: what it made may be younger than the doubt so far.
    pub(crate) fn renew(&self, key: &str, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(known, _)| known != key);
        known.push_back((key.to_owned(), now));
        if known.len() > ROOM {
            known.pop_front();
        }
    }

    /// Since when a publication is in doubt.
    pub(crate) fn since(&self, key: &str) -> Option<Timestamp> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|(known, _)| known == key);
        found.map(|(_, since)| *since)
    }

    /// Whether a publication is in doubt since so short a time that listings may not show it yet.
    pub(crate) fn is_fresh(&self, key: &str, now: Timestamp, delay: SignedDuration) -> bool {
        let since = self.note(key, now);
        now.duration_since(since) < delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_doubt_is_fresh_from_its_last_try_on() {
        let (doubts, delay) = (Doubts::default(), SignedDuration::from_secs(60));
        assert!(doubts.is_fresh("a", at(0), delay));
        assert!(doubts.is_fresh("a", at(59), delay));
        assert!(!doubts.is_fresh("a", at(60), delay));
        doubts.renew("a", at(100));
        assert!(doubts.is_fresh("a", at(159), delay));
        assert!(!doubts.is_fresh("a", at(160), delay));
    }

    #[test]
    fn old_doubts_are_forgotten() {
        let doubts = Doubts::default();
        for number in 0..=ROOM {
            doubts.note(&number.to_string(), at(0));
        }
        assert_eq!(doubts.since("0"), None);
        assert_eq!(doubts.since("1"), Some(at(0)));
    }
}
