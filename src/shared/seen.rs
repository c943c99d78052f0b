//! Which ids were met of late, in bounded memory.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use jiff::Timestamp;
use siphasher::sip128::{Hasher128, SipHasher13};

/// The last ids that were met: at least `room` of them, at most twice as many, 40 bytes each at the most.
///
/// Two generations take turns. When the younger is full, or old enough, it becomes the elder, and what was the elder is
/// forgotten. So nothing is sorted, nothing is counted down, and the memory is that of two sets which never grow again.
///
/// An id is kept as 128 bits under a key that no other process has: that two ids are taken for one does not happen.
pub(crate) struct Seen {
    keys: (u64, u64),
    room: usize,
    keep: Duration,
    /// When the younger generation began.
    since: Option<Timestamp>,
    young: HashSet<Print>,
    old: HashSet<Print>,
}

/// What an id is known by.
type Print = u128;

impl Seen {
    /// Remembers at least this many, however old they are.
    pub(crate) fn new(room: usize) -> Self {
        let random = || RandomState::new().build_hasher().finish();
        Self {
            keys: (random(), random()),
            room: room.max(1),
            keep: Duration::MAX,
            since: None,
            young: HashSet::new(),
            old: HashSet::new(),
        }
    }

    /// Forgets what is older than twice this; what is younger than it stays, as long as there is room.
    #[cfg(feature = "webhook")]
    pub(crate) fn keeping(mut self, time: Duration) -> Self {
        self.keep = time;
        self
    }

    fn print(&self, id: &str) -> Print {
        let mut hasher = SipHasher13::new_with_keys(self.keys.0, self.keys.1);
        hasher.write(id.as_bytes());
        hasher.finish128().as_u128()
    }

    /// Whether an id was met.
    #[cfg(feature = "webhook")]
    pub(crate) fn knows(&self, id: &str) -> bool {
        let print = self.print(id);
        self.young.contains(&print) || self.old.contains(&print)
    }

    /// Notes an id, at this moment where age counts; false where it was met before.
    pub(crate) fn note(&mut self, id: &str, now: Option<Timestamp>) -> bool {
        if let (Some(since), Some(now)) = (self.since, now)
            && now.duration_since(since).unsigned_abs() >= self.keep
        {
            self.turn();
        }
        self.since = self.since.or(now);
        let print = self.print(id);
        if self.young.contains(&print) || self.old.contains(&print) {
            return false;
        }
        if self.young.len() >= self.room {
            self.turn();
            self.since = now;
        }
        self.young.insert(print);
        true
    }

    fn turn(&mut self) {
        std::mem::swap(&mut self.young, &mut self.old);
        // The room that it took is used again; the first time it is made at once, so that nothing grows later.
        self.young.clear();
        self.young.reserve(self.old.len());
        self.since = None;
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen")
            .field("known", &(self.young.len() + self.old.len()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ids_are_known_and_memory_does_not_grow() {
        let mut seen = Seen::new(100);
        for n in 0..10_000 {
            assert!(seen.note(&n.to_string(), None), "{n} is new");
            for back in 0..100.min(n) {
                assert!(!seen.note(&(n - back).to_string(), None), "{n} - {back}");
            }
            assert!(seen.young.len() + seen.old.len() <= 200);
        }
        assert!(seen.young.capacity() + seen.old.capacity() <= 600);
        assert!(seen.note("0", None), "what was forgotten is new again");
    }

    #[cfg(feature = "webhook")]
    #[test]
    fn what_is_younger_than_its_time_is_known_and_what_is_much_older_is_not() {
        let at = |hour: i64| Some(Timestamp::from_second(hour * 3600).unwrap());
        let mut seen = Seen::new(1000).keeping(Duration::from_secs(24 * 3600));
        seen.note("first", at(0));
        seen.note("second", at(23));
        for hour in 24..47 {
            seen.note(&hour.to_string(), at(hour));
            assert!(seen.knows("second"), "after {hour} hours");
        }
        seen.note("third", at(60));
        seen.note("fourth", at(84));
        assert!(!seen.knows("first") && !seen.knows("second"));
        assert!(seen.knows("third"));
    }
}
