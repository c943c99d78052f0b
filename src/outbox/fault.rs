use std::hash::Hasher;
use std::time::Duration;

use jiff::Timestamp;
use siphasher::sip::SipHasher13;

use super::after;
use crate::error::{Error, ErrorKind, Need};
use crate::model::Draft;

/// What is done about an error after which nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// It is tried again later.
    Again,
    /// The account waits for a person.
    Hold,
    /// This post is refused.
    Reject,
}

impl Remedy {
    /// Only what a network says of the login itself holds an account; what it says of a post concerns the post.
    pub(super) fn of(error: &Error, draft: &Draft) -> Self {
        match error.kind() {
            ErrorKind::RateLimited
            | ErrorKind::QuotaExhausted
            | ErrorKind::Unavailable
            | ErrorKind::Timeout
            | ErrorKind::Transport
            | ErrorKind::Decode
            | ErrorKind::Unconfirmed
            | ErrorKind::Config => Self::Again,
            // A right that is lacking on somebody else's post, or in another place, is lacking there alone.
            ErrorKind::Forbidden(Need::Permission(_))
                if draft.place.is_some() || draft.reply_to.is_some() || draft.quote.is_some() =>
            {
                Self::Reject
            }
            ErrorKind::Unauthorized
            | ErrorKind::Forbidden(_)
            | ErrorKind::Challenge(_)
            | ErrorKind::Suspended => Self::Hold,
            ErrorKind::Unsupported
            | ErrorKind::Invalid(_)
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Duplicate(_)
            | ErrorKind::Rejected
            | ErrorKind::WindowClosed => Self::Reject,
        }
    }
}

/// Whether a commit that ended so may have made the post all the same.
pub(super) fn is_in_doubt(error: &Error) -> bool {
    // An adapter answers `Unconfirmed` to what may have happened. What it could not read was an answer to something.
    matches!(error.kind(), ErrorKind::Unconfirmed | ErrorKind::Decode)
}

/// What an error says, for a person who acts on it.
pub(super) fn words(error: &Error) -> String {
    let mut words = error.to_string();
    if let ErrorKind::Duplicate(Some(post)) = error.kind() {
        words.push_str(&format!(" (the earlier post is {post})"));
    }
    words
}

/// When the next try is made after so many that failed: twice as late each time, and up to a quarter later than that, so
/// that posts which failed together do not come back together.
pub(super) fn next_try(
    now: Timestamp,
    failures: u32,
    (first, most): (Duration, Duration),
    id: &str,
) -> Timestamp {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
    let wait = first.saturating_mul(doubled).min(most);
    let mut hasher = SipHasher13::new();
    hasher.write(id.as_bytes());
    hasher.write_u32(failures);
    let spread = wait / 4 * u32::from(hasher.finish().to_le_bytes()[0]) / 256;
    after(now, wait.saturating_add(spread))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_later_each_time_up_to_a_bound_and_not_together() {
        let now = Timestamp::UNIX_EPOCH;
        let bounds = (Duration::from_secs(30), Duration::from_secs(900));
        let wait = |failures, id: &str| next_try(now, failures, bounds, id).as_second();
        let waits: Vec<i64> = (1..8).map(|failures| wait(failures, "a")).collect();
        for (at, least) in [30, 60, 120, 240, 480, 900, 900].into_iter().enumerate() {
            assert!(
                waits[at] >= least && waits[at] <= least * 5 / 4,
                "{waits:?}"
            );
        }
        assert!((0..20).any(|i| wait(5, &i.to_string()) != wait(5, "a")));
        assert!(wait(u32::MAX, "a") <= 1125);
    }

    #[test]
    fn a_right_that_is_lacking_on_one_post_does_not_hold_the_account() {
        let lacks = Error::forbidden(Need::Permission("comments are closed".to_owned()));
        let answer = Draft::text("a").reply_to("post");
        assert_eq!(Remedy::of(&lacks, &answer), Remedy::Reject);
        assert_eq!(Remedy::of(&lacks, &Draft::text("a")), Remedy::Hold);
    }
}
