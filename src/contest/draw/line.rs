//! The commitment as one short line, to be published as a post.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::hash::Digest;
use super::person::DrawId;
use super::sealed::{FORMAT, Sealed};
use super::source::Source;
use crate::error::{Error, Result};

/// How many digits of a chain's hash a line tells; the seal is over all of them.
const CHAIN_DIGITS: usize = 12;

/// What a [`Sealed`] says in one line of at most 300 characters: what a reader wants to know, the root for proofs of
/// inclusion, and the seal, which is over all the rest.
///
/// ```text
/// sociable-draw/1 summer/1 entries=1024 winners=3 reserves=5 beacon=52db9ba70e0c:12345678 root=… seal=…
/// ```
///
/// Hashes are base64 as RFC 4648, section 5, has it, without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SealedLine {
    /// Which draw it is.
    pub draw: DrawId,
    /// How many entries the list has.
    pub entries: u32,
    /// How many win.
    pub winners: u32,
    /// How many come after them.
    pub reserves: u32,
    /// What decides.
    pub waits_for: WaitsFor,
    /// The seal of the draw that this one follows.
    pub after: Option<Digest>,
    /// The root of the list's tree.
    pub root: Digest,
    /// The hash over all of the commitment.
    pub seal: Digest,
}

/// What a line says of the randomness that is to come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitsFor {
    /// A chain, by the first digits of its hash, and its round.
    Beacon(String, u64),
    /// So many parties, until a moment.
    Reveals(usize, Timestamp),
}

impl SealedLine {
    /// What a commitment says in one line.
    pub fn of(sealed: &Sealed) -> Self {
        let waits_for = match &sealed.source {
            Source::Beacon { chain, round } => {
                let digits = chain.to_string().chars().take(CHAIN_DIGITS).collect();
                WaitsFor::Beacon(digits, *round)
            }
            Source::Reveals { deadline, parties } => WaitsFor::Reveals(parties.len(), *deadline),
        };
        Self {
            draw: sealed.draw.clone(),
            entries: sealed.entries,
            winners: sealed.winners,
            reserves: sealed.reserves,
            waits_for,
            after: sealed.earlier.as_ref().map(|earlier| earlier.seal),
            root: sealed.root,
            seal: sealed.seal(),
        }
    }

    /// Finds a commitment's line in a post, which may say other things before and after it.
    pub fn find_in(post: &str) -> Option<Self> {
        let lines = post.lines().map(str::trim);
        lines
            .filter(|line| line.starts_with(FORMAT))
            .find_map(|line| line.parse().ok())
    }

    /// Whether it is the line of this commitment.
    pub fn is_of(&self, sealed: &Sealed) -> bool {
        *self == Self::of(sealed)
    }
}

impl fmt::Display for SealedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{FORMAT} {} entries={} winners={} reserves={} ",
            self.draw, self.entries, self.winners, self.reserves
        )?;
        match &self.waits_for {
            WaitsFor::Beacon(chain, round) => write!(f, "beacon={chain}:{round}")?,
            WaitsFor::Reveals(parties, deadline) => write!(f, "reveals={parties}:{deadline}")?,
        }
        if let Some(after) = &self.after {
            write!(f, " after={}", short(after))?;
        }
        write!(f, " root={} seal={}", short(&self.root), short(&self.seal))
    }
}

impl FromStr for SealedLine {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self> {
        let read = read(line).filter(|read| read.to_string() == line);
        read.ok_or_else(|| {
            Error::config(format!(
                "this is not the line of a commitment, which begins with `{FORMAT}` and ends with its seal: copy it whole"
            ))
        })
    }
}

fn read(line: &str) -> Option<SealedLine> {
    let mut words = line.strip_prefix(FORMAT)?.strip_prefix(' ')?.split(' ');
    let draw = DrawId::new(words.next()?).ok()?;
    let mut words = words.peekable();
    let mut value = |name: &str| {
        let word = words.next_if(|word| word.split_once('=').is_some_and(|(n, _)| n == name));
        word.and_then(|word| Some(word.split_once('=')?.1))
    };
    let entries = value("entries")?.parse().ok()?;
    let winners = value("winners")?.parse().ok()?;
    let reserves = value("reserves")?.parse().ok()?;
    let waits_for = match value("beacon") {
        Some(beacon) => {
            let (chain, round) = beacon.split_once(':')?;
            WaitsFor::Beacon(chain.to_owned(), round.parse().ok()?)
        }
        None => {
            let (parties, deadline) = value("reveals")?.split_once(':')?;
            WaitsFor::Reveals(parties.parse().ok()?, deadline.parse().ok()?)
        }
    };
    let after = match value("after") {
        Some(after) => Some(long(after)?),
        None => None,
    };
    let (root, seal) = (long(value("root")?)?, long(value("seal")?)?);
    Some(SealedLine {
        draw,
        entries,
        winners,
        reserves,
        waits_for,
        after,
        root,
        seal,
    })
}

fn short(hash: &Digest) -> String {
    URL_SAFE_NO_PAD.encode(hash.bytes())
}

fn long(text: &str) -> Option<Digest> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    bytes.try_into().ok().map(Digest::new)
}
