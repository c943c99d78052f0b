use std::time::Duration;

use bytes::Bytes;
use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use super::Request;
use super::headers::{self, HeaderFamily};
use super::limits::{Bill, BucketKey, Observation};
use crate::error::{ErrorKind, Result};

/// What the client has to know of a network, said by its adapter: who asks, and what the answers mean.
///
/// The client itself knows no network's name.
pub trait Dialect: Send + Sync {
    /// The network's name, for errors.
    fn network(&self) -> &str;

    /// The header fields in which the network tells its limits.
    fn families(&self) -> &[HeaderFamily] {
        &[]
    }

    /// Adds the credentials to one attempt's header fields, and answers which login they are of (for
    /// [`renew`](Self::renew)). It may log in first.
    ///
    /// Where it is not there at once, the call that asks gives its budget back meanwhile, and asks again with new budget:
    /// a login may be charged to the same buckets, and would else wait for the call that waits for it.
    fn authorise<'a>(&'a self, headers: &'a mut HeaderMap) -> BoxFuture<'a, Result<Login>> {
        let _ = headers;
        std::future::ready(Ok(Login(0))).boxed()
    }

    /// Adds the credentials to one attempt at a request, where they are a signature of it; by default what
    /// [`authorise`](Self::authorise) adds to any. `headers` are those of the attempt.
    fn sign<'a>(
        &'a self,
        request: &'a Request,
        headers: &'a mut HeaderMap,
    ) -> BoxFuture<'a, Result<Login>> {
        let _ = request;
        self.authorise(headers)
    }

    /// Gets a new login in place of the one that the network called expired. It is asked at most once a call.
    fn renew(&self, stale: Login) -> BoxFuture<'_, Result<()>> {
        let _ = stale;
        std::future::ready(Ok(())).boxed()
    }

    /// What an answer says of the limits; by default what its header fields say.
    fn observe(&self, headers: &HeaderMap, now: Timestamp) -> Vec<Observation> {
        headers::observe(self.families(), headers, now)
    }

    /// What went wrong, if anything: asked for every answer, since some networks answer 200 with an error inside.
    fn fault(&self, reply: &Reply<'_>) -> Option<Fault>;

    /// What the answer really cost, where it tells; what is not named is spent as charged.
    fn spent(&self, reply: &Reply<'_>) -> Vec<(BucketKey, u64)> {
        let _ = reply;
        Vec::new()
    }

    /// What the network bills for an answer, in millionths of the charge's currency: asked for each charge of a
    /// [`SpendingBudget`](super::limits::SpendingBudget), and for refusals too, of which many are free. `worst` is what
    /// was reserved, and what is billed unless the adapter knows better. A call whose answer is lost, or a
    /// [fault](Self::fault) that leaves open what was done, is not asked about: it stays booked at its worst, as
    /// uncertain.
    fn billed(&self, reply: &Reply<'_>, bill: &Bill, worst: u64) -> u64 {
        let _ = (reply, bill);
        worst
    }
}

/// Which login an attempt went out under: counts up with every renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login(pub u64);

/// A whole answer.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Reply<'a> {
    /// The HTTP status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a Bytes,
    /// Whether the call was a write.
    pub write: bool,
    /// When the answer came.
    pub now: Timestamp,
}

impl<'a> Reply<'a> {
    /// A whole answer, as the client hands it to [`Dialect::fault`].
    pub fn new(
        status: StatusCode,
        headers: &'a HeaderMap,
        body: &'a Bytes,
        write: bool,
        now: Timestamp,
    ) -> Self {
        Self {
            status,
            headers,
            body,
            write,
            now,
        }
    }
}

/// What a network's answer says went wrong.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fault {
    /// What happened.
    pub kind: ErrorKind,
    /// The network's own code or name of it.
    pub code: Option<String>,
    /// What happened and what to do next.
    pub message: String,
    /// Whether a write may have happened all the same.
    pub maybe_done: bool,
    /// The moment before which the network refuses, where it tells.
    pub until: Option<Timestamp>,
    /// The bucket that is empty, where the network tells.
    pub bucket: Option<BucketKey>,
    /// Whether a new login mends it.
    pub renew: bool,
    /// How long to rest, where the network tells no moment but its custom is known: after the first refusal in a row,
    /// the second, and so on. Such a rest is told to the caller, and not waited for.
    pub rests: Option<&'static [Duration]>,
    /// What an error may quote of the answer, where its beginning must not be.
    pub excerpt: Option<String>,
}

impl Fault {
    /// The request was certainly not carried out.
    pub fn refused(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: None,
            message: message.into(),
            maybe_done: false,
            until: None,
            bucket: None,
            renew: false,
            rests: None,
            excerpt: None,
        }
    }

    /// The request may have been carried out: an error on the network's side.
    pub fn unclear(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            maybe_done: true,
            ..Self::refused(kind, message)
        }
    }

    /// Adds the network's own code or name of it.
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds the moment before which the network refuses.
    pub fn until(mut self, at: impl Into<Option<Timestamp>>) -> Self {
        self.until = at.into();
        self
    }

    /// Names the bucket that is empty.
    pub fn bucket(mut self, bucket: BucketKey) -> Self {
        self.bucket = Some(bucket);
        self
    }

    /// Says how long to rest after the first refusal in a row, the second, and so on; the last holds for all others.
    pub fn rests(mut self, rests: &'static [Duration]) -> Self {
        self.rests = Some(rests);
        self
    }

    /// Says what an error may quote of the answer, in place of its beginning.
    pub fn excerpt(mut self, excerpt: impl Into<String>) -> Self {
        self.excerpt = Some(excerpt.into());
        self
    }

    /// Says that a new login mends it.
    pub fn renew(mut self) -> Self {
        self.renew = true;
        self
    }
}
