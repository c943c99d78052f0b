use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BucketKey, Name, Observation, Reset, Window};

/// A waiter's arrival number: the smaller goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ticket(pub(super) u64);

impl Ticket {
    /// The number, for keeping waiters in order.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// The right to send one request. It must be settled, whatever becomes of the call.
///
/// It can be handed over a wire, for stores that several processes share; it means something only to the value that
/// granted it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "a permit that is not settled stays spent for ever"]
pub struct Permit {
    pub(super) slot: u32,
    pub(super) serial: u64,
}

/// What a waiter waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wait {
    /// This moment, unless the ticket is named by [`Limits::ready`](super::Limits::ready) before. For those behind
    /// others in a queue it is an estimate.
    Until(Timestamp),
    /// Another call's answer, or an earlier waiter: no moment is known. [`Limits::ready`](super::Limits::ready) names
    /// the ticket.
    ForAnswer,
}

/// A call that may not leave yet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held {
    /// The place in the queue: hand it in with the next attempt, or give it back with
    /// [`Limits::forget`](super::Limits::forget).
    pub ticket: Ticket,
    /// The bucket that makes the call wait longest.
    pub bucket: BucketKey,
    /// What for.
    pub wait: Wait,
    /// Whether the bucket rests for as long as the network's custom is: the caller is sent away, however long it
    /// would wait.
    pub sends_away: bool,
}

/// The answer to a request for budget.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reservation {
    /// Everything is reserved.
    Granted(Permit),
    /// Nothing is reserved.
    NotBefore(Held),
    /// Nothing is reserved and waiting would not help: the cost is more than this bucket can ever hold.
    Never(BucketKey),
    /// Nothing is reserved, since the call could pass a cap on money. It is not waited for.
    OverCap(Box<OverCap>),
}

/// A cap on money that a call could pass. Amounts are in millionths of the currency.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OverCap {
    /// The budget of money.
    pub bucket: BucketKey,
    /// The currency, by its ISO 4217 code.
    pub currency: Name,
    /// The window that has no room, and the cap as its limit.
    pub window: Window,
    /// What is spent in it, what is not certain included.
    pub spent: u64,
    /// What calls without an answer could cost.
    pub reserved: u64,
    /// What this call could cost.
    pub cost: u64,
    /// When the window ends; `None` where it never does, where the call costs more than the cap, and where the answers
    /// of calls that are under way may make room before.
    pub again_at: Option<Timestamp>,
}

/// A "no" for going too fast or too far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The bucket that the server named; `None` means the narrowest of the call that has no room.
    pub bucket: Option<BucketKey>,
    /// When to come back; `None` where the server did not say.
    pub until: Option<Reset>,
    /// How long to rest where the server did not say: after the first refusal in a row, the second, and so on; the
    /// last holds for all that follow. `None` leaves it to the [policy](super::LimitPolicy).
    pub rests: Option<&'static [Duration]>,
}

impl Refusal {
    /// A refusal that says neither what for nor how long.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bucket: None,
            until: None,
            rests: None,
        }
    }

    /// Names the bucket.
    #[must_use]
    pub fn bucket(mut self, bucket: BucketKey) -> Self {
        self.bucket = Some(bucket);
        self
    }

    /// Says how long to rest after the first refusal in a row, the second, and so on. Callers are sent away meanwhile.
    #[must_use]
    pub const fn rests(mut self, rests: &'static [Duration]) -> Self {
        self.rests = Some(rests);
        self
    }

    /// Names the moment.
    #[must_use]
    pub const fn until(mut self, until: Reset) -> Self {
        self.until = Some(until);
        self
    }
}

/// What became of a request whose first byte was sent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sent {
    /// When the first byte left, on the client's clock.
    pub sent_at: Timestamp,
    /// Whether an answer came. A request without one stays spent.
    pub answered: bool,
    /// Whether the answer leaves open what was done, and billed: an error on the server's side. What such a call costs
    /// is booked as uncertain.
    pub unclear: bool,
    /// What the call really cost, where the answer tells; the rest costs what was reserved.
    pub costs: Vec<(BucketKey, u64)>,
    /// What the answer told about limits.
    pub seen: Vec<Observation>,
    /// Set when the server refused for going too fast or too far.
    pub refusal: Option<Refusal>,
    /// The answer's `Date`, written in whole seconds.
    pub server_date: Option<Timestamp>,
}

impl Sent {
    /// An answered call that told nothing.
    #[must_use]
    pub const fn answered(sent_at: Timestamp) -> Self {
        Self {
            sent_at,
            answered: true,
            unclear: false,
            costs: Vec::new(),
            seen: Vec::new(),
            refusal: None,
            server_date: None,
        }
    }

    /// A call whose answer never came.
    #[must_use]
    pub const fn lost(sent_at: Timestamp) -> Self {
        let mut sent = Self::answered(sent_at);
        sent.answered = false;
        sent
    }

    /// Adds a real cost.
    #[must_use]
    pub fn cost(mut self, bucket: BucketKey, cost: u64) -> Self {
        self.costs.push((bucket, cost));
        self
    }

    /// Adds what a header told.
    #[must_use]
    pub fn saw(mut self, observation: Observation) -> Self {
        self.seen.push(observation);
        self
    }

    /// Sets the refusal.
    #[must_use]
    pub fn refused(mut self, refusal: Refusal) -> Self {
        self.refusal = Some(refusal);
        self
    }

    /// Sets the answer's `Date`.
    #[must_use]
    pub const fn date(mut self, date: Timestamp) -> Self {
        self.server_date = Some(date);
        self
    }
}

/// The end of a permit.
// Nearly every permit is sent: a box would only add an allocation to each.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Settled {
    /// Dropped before the first byte was sent: everything is given back.
    NotSent,
    /// Sent.
    Sent(Sent),
}

impl From<Sent> for Settled {
    fn from(sent: Sent) -> Self {
        Self::Sent(sent)
    }
}
