//! Handles of posts, and the keys that records are filed under.

use std::fmt::Write as _;
use std::hash::Hasher as _;

use jiff::Timestamp;
use siphasher::sip128::{Hasher128 as _, SipHasher24};

use super::rules::{NETWORK, POST};
use crate::error::{Error, Result, Rule, Violation};
use crate::id::PostId;

/// A post's address, and its content hash where it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PostUri {
    /// The author: a DID, or a handle that is yet to be resolved.
    pub(super) repo: String,
    /// The record key.
    pub(super) rkey: String,
    /// The content hash.
    pub(super) cid: Option<String>,
}

impl PostUri {
    /// Reads a handle of a post: as this adapter prints it, a bare `at://` address, or the address of its page.
    ///
    /// # Errors
    /// `Invalid` where it is none of these.
    pub(super) fn parse(id: &str) -> Result<Self> {
        let id = id.trim();
        let parsed = if let Some(rest) = id.strip_prefix("at://") {
            let (address, cid) = match rest.split_once('#') {
                Some((address, cid)) => (address, Some(cid)),
                None => (rest, None),
            };
            let mut parts = address.split('/');
            match (parts.next(), parts.next(), parts.next(), parts.next()) {
                (Some(repo), Some(collection), Some(rkey), None) if collection == POST => {
                    Some((repo, rkey, cid))
                }
                _ => None,
            }
        } else {
            page_parts(id).map(|(repo, rkey)| (repo, rkey, None))
        };
        parsed
            .filter(|(repo, rkey, cid)| {
                is_actor(repo) && is_rkey(rkey) && cid.is_none_or(is_cid)
            })
            .map(|(repo, rkey, cid)| Self {
                repo: repo.to_owned(),
                rkey: rkey.to_owned(),
                cid: cid.map(str::to_owned),
            })
            .ok_or_else(|| {
                let message = format!(
                    "`{id}` is no handle of a Bluesky post: pass the id that a post was read or published with, its \
                     at:// address, or the address of its page, https://bsky.app/profile/…/post/…"
                );
                Error::invalid(vec![Violation::error(Rule::Malformed, "id", message)])
                    .with_network(NETWORK)
            })
    }

    /// The `at://` address.
    pub(super) fn uri(&self) -> String {
        record_uri(&self.repo, POST, &self.rkey)
    }
}

/// The author and record key in the address of a post's page.
fn page_parts(id: &str) -> Option<(&str, &str)> {
    let rest = id
        .strip_prefix("https://")
        .or_else(|| id.strip_prefix("http://"))
        .unwrap_or(id);
    let rest = rest.split(['?', '#']).next()?;
    let mut parts = rest.trim_end_matches('/').split('/');
    match (
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next(),
    ) {
        (_, "profile", repo, "post", rkey, None) => Some((repo, rkey)),
        _ => None,
    }
}

/// The handle of a post for the models.
pub(super) fn post_id(uri: &str, cid: Option<&str>) -> PostId {
    match cid {
        Some(cid) => {
            let mut id = String::with_capacity(uri.len() + 1 + cid.len());
            id.push_str(uri);
            id.push('#');
            id.push_str(cid);
            PostId::new(id)
        }
        None => PostId::new(uri),
    }
}

/// A record's address.
pub(super) fn record_uri(repo: &str, collection: &str, rkey: &str) -> String {
    format!("at://{repo}/{collection}/{rkey}")
}

/// The parts of a record's address: repository, collection and key.
pub(super) fn uri_parts(uri: &str) -> Option<(&str, &str, &str)> {
    let (repo, rest) = uri.strip_prefix("at://")?.split_once('/')?;
    let (collection, rkey) = rest.split_once('/')?;
    (!rkey.is_empty() && !rkey.contains('/')).then_some((repo, collection, rkey))
}

/// What stands before an account's DID in the address of its page on the web.
pub(super) const ACCOUNT_PAGE: &str = "https://bsky.app/profile/";

/// An account's page on the web.
pub(super) fn account_url(did: &str) -> String {
    [ACCOUNT_PAGE, did].concat()
}

/// Whether it is a DID or a handle.
pub(super) fn is_actor(text: &str) -> bool {
    is_did(text) || is_handle(text)
}

/// Whether it has the form of a DID: `did:method:id`, at most 2048 bytes (AT Protocol, DID).
pub(super) fn is_did(text: &str) -> bool {
    let Some((method, id)) = text
        .strip_prefix("did:")
        .and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    text.len() <= 2048
        && !method.is_empty()
        && method.bytes().all(|b| b.is_ascii_lowercase())
        && !id.is_empty()
        && !id.ends_with([':', '%'])
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._:%-".contains(&b))
}

/// Whether it has the form of a handle: a domain name of at least two labels (AT Protocol, Handle).
pub(super) fn is_handle(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253
        && text.split('.').count() >= 2
        && text.split('.').all(label)
        && text
            .rsplit('.')
            .next()
            .is_some_and(|top| top.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Whether it has the form of a record key (AT Protocol, Record Key).
fn is_rkey(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text != "."
        && text != ".."
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._:~-".contains(&b))
}

/// Whether it may be a content hash in its text form.
fn is_cid(text: &str) -> bool {
    (8..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The alphabet of record keys that are times: its order is that of ASCII.
const ALPHABET: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";

/// How many of a key's bits tell apart what falls on one microsecond.
const CLOCK_BITS: u32 = 10;

/// The span that record keys without a time of their own are spread over: from 2010 until 2020, before the network
/// began, so that they meet no key that was made from a clock.
const PAST_SECONDS: (i64, i64) = (1_262_304_000, 1_577_836_800);

/// A record key that is a time: microseconds since 1970 and a clock's number, as 13 letters (AT Protocol, TID).
fn tid(micros: u64, clock: u64) -> String {
    let micros = micros & ((1 << 53) - 1);
    let bits = (micros << CLOCK_BITS) | (clock & ((1 << CLOCK_BITS) - 1));
    let letters = (0..13).rev().filter_map(|i| {
        let letter = (bits >> (5 * i)) & 31;
        ALPHABET.get(usize::try_from(letter).ok()?)
    });
    letters.map(|letter| char::from(*letter)).collect()
}

/// 128 bits that follow from a text alone, in every process and version.
fn spread(domain: &str, text: &str, at: Option<i64>) -> (u64, u64) {
    // The keys are part of what is promised: other ones would make other record keys.
    let mut hasher = SipHasher24::new_with_keys(0x736f_6369_6162_6c65, 0x626c_7565_736b_7931);
    hasher.write(domain.as_bytes());
    hasher.write_u8(0);
    hasher.write_i64(at.unwrap_or(i64::MIN));
    hasher.write(text.as_bytes());
    let hash = hasher.finish128();
    (hash.h1, hash.h2)
}

/// The record key that belongs to an idempotency key and the draft's time, the same in every process.
///
/// With a time, the key stands within that second; without one, somewhere within the span before the network began.
pub(super) fn keyed_rkey(key: &str, created_at: Option<Timestamp>) -> String {
    let at = created_at.map(Timestamp::as_second);
    let (high, low) = spread("post", key, at);
    match at.and_then(|at| u64::try_from(at).ok()) {
        Some(second) => tid(second.saturating_mul(1_000_000) + high % 1_000_000, low),
        None => past_rkey(high, low),
    }
}

/// The record key under which this identity likes, reposts, follows or blocks a subject: one for each, so that a
/// repetition finds the first.
pub(super) fn subject_rkey(collection: &str, subject: &str) -> String {
    let (high, low) = spread(collection, subject, None);
    past_rkey(high, low)
}

fn past_rkey(high: u64, low: u64) -> String {
    let (from, until) = PAST_SECONDS;
    let span = u64::try_from(until - from).unwrap_or(1) * 1_000_000;
    tid(
        u64::try_from(from).unwrap_or_default() * 1_000_000 + high % span,
        low,
    )
}

/// A record key of this millisecond, with chance below it: twenty bits, so that what several calls or processes make in
/// one moment does not meet.
pub(super) fn fresh_rkey(now: Timestamp, chance: u64) -> String {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    tid(millis.saturating_mul(1000) + chance % 1000, chance / 1000)
}

/// 48 bits of a text, as eight letters: enough to know again what was seen, short enough to be kept in a cursor.
pub(super) fn fingerprint(text: &str) -> String {
    let (high, _) = spread("seen", text, None);
    let mut out = String::with_capacity(12);
    // Writing into a string does not fail.
    let _ = write!(out, "{:012x}", high & ((1 << 48) - 1));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_named_by_its_id_its_address_or_its_page() {
        let did = "did:plc:axxsektsbpovwoctxh7yj4rl";
        let uri = format!("at://{did}/app.bsky.feed.post/3n2wodo3wxc2d");
        let full = PostUri::parse(&format!("{uri}#bafyreidpmqxyxkpc2ogp2pxuah26")).unwrap();
        assert_eq!(full.cid.as_deref(), Some("bafyreidpmqxyxkpc2ogp2pxuah26"));
        assert_eq!(full.uri(), uri);
        assert_eq!(PostUri::parse(&uri).unwrap().cid, None);
        for page in [
            "https://bsky.app/profile/alice.test/post/3n2wodo3wxc2d",
            "https://bsky.app/profile/alice.test/post/3n2wodo3wxc2d/?ref=x",
        ] {
            let page = PostUri::parse(page).unwrap();
            assert_eq!(page.repo, "alice.test");
            assert_eq!(page.rkey, "3n2wodo3wxc2d");
        }
        let again = post_id(&uri, full.cid.as_deref());
        assert_eq!(PostUri::parse(again.as_str()).unwrap(), full);
    }

    #[test]
    fn what_names_no_post_is_invalid_and_says_what_would() {
        for bad in [
            "",
            "42",
            "at://",
            "at://alice.test/app.bsky.feed.like/3n2w",
            "at://alice.test/app.bsky.feed.post",
            "at://alice.test/app.bsky.feed.post/a b",
            "at://alice.test/app.bsky.feed.post/..",
            "at://alice/app.bsky.feed.post/3n2w",
            "at://did:plc:x/app.bsky.feed.post/3n2w#",
            "at://did:plc:x/app.bsky.feed.post/3n2w#a b c d e f",
            "https://bsky.app/profile/alice.test",
            "https://bsky.app/profile/alice.test/post/3n2w/liked-by",
        ] {
            let error = PostUri::parse(bad).unwrap_err();
            assert_eq!(error.violations().len(), 1, "{bad}");
            assert!(error.to_string().contains("https://bsky.app"), "{error}");
        }
    }

    #[test]
    fn a_key_and_a_time_give_the_same_record_key_in_every_process() {
        let at: Timestamp = "2026-11-22T23:00:00.123456Z".parse().unwrap();
        // Written down: another version that gives other keys would publish twice.
        assert_eq!(keyed_rkey("plan-7", Some(at)), KEYED);
        assert_eq!(keyed_rkey("plan-7", None), ALONE);
        let second: Timestamp = "2026-11-22T23:00:00Z".parse().unwrap();
        assert_eq!(keyed_rkey("plan-7", Some(second)), KEYED);
        assert_ne!(keyed_rkey("plan-8", Some(second)), KEYED);
        let later: Timestamp = "2026-11-22T23:00:01Z".parse().unwrap();
        assert_ne!(keyed_rkey("plan-7", Some(later)), KEYED);
    }

    const KEYED: &str = "3n2wprxai2yyi";
    const ALONE: &str = "37r3yjykdj4md";

    #[test]
    fn a_record_key_is_a_time_in_order() {
        let at = |text: &str| fresh_rkey(text.parse().unwrap(), 0);
        assert_eq!(at("1970-01-01T00:00:00Z"), "2222222222222");
        assert!(at("2026-11-22T23:00:00.001Z") > at("2026-11-22T23:00:00Z"));
        assert_eq!(fresh_rkey(Timestamp::MAX, u64::MAX).len(), 13);
        let within: Timestamp = "2026-11-22T23:00:00Z".parse().unwrap();
        let key = keyed_rkey("x", Some(within));
        assert!(key >= at("2026-11-22T23:00:00Z") && key < at("2026-11-22T23:00:01Z"));
        for n in 0..200 {
            let key = keyed_rkey(&n.to_string(), None);
            assert!(key >= at("2010-01-01T00:00:00Z") && key < at("2020-01-01T00:00:00Z"));
        }
    }

    #[test]
    fn handles_and_dids_are_told_from_everything_else() {
        assert!(is_handle("alice.test") && is_handle("a-b.c.example"));
        for bad in [
            "alice", "a..b", ".a.b", "-a.b", "a.b-", "a b.c", "a.1", "@a.test", "a.test.",
        ] {
            assert!(!is_handle(bad), "{bad}");
        }
        assert!(is_did("did:plc:abc") && is_did("did:web:example.com"));
        for bad in [
            "did:plc:",
            "did::x",
            "plc:x",
            "did:plc:a b",
            "did:Plc:x",
            "did:web:x%",
        ] {
            assert!(!is_did(bad), "{bad}");
        }
    }
}
