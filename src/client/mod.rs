//! The one road to the network: request, reserve, authorise, send, learn, retry, decode.
//!
//! One [`Client`] serves a whole program: it is cheap to clone and shared by all adapters and accounts, so that the
//! limits which they have in common are kept in common.

mod address;
mod answer;
mod builder;
mod call;
mod clock;
mod dialect;
pub mod headers;
mod http_transport;
mod in_process;
mod lease;
pub mod limits;
mod media;
mod multipart;
mod observe;
mod pace;
mod random;
mod request;
mod retry;
mod scrub;
mod service;
mod tokens;
mod transport;

use std::fmt;
use std::sync::Arc;

#[cfg(any(
    feature = "contest",
    feature = "desk",
    feature = "oauth",
    feature = "trends"
))]
pub(crate) use self::clock::after;
#[cfg(any(feature = "contest", feature = "desk", feature = "oauth"))]
pub(crate) use self::clock::between;
#[cfg(feature = "oauth")]
pub(crate) use self::{address::only_secure, scrub::hidden};
#[cfg(any(
    feature = "bluesky",
    feature = "vk",
    all(feature = "x", feature = "oauth")
))]
pub(crate) use address::is_loopback;
#[cfg(any(
    feature = "bluesky",
    feature = "contest",
    feature = "vk",
    feature = "x"
))]
pub(crate) use address::server_url;
#[cfg(any(feature = "bluesky", feature = "oauth"))]
pub(crate) use scrub::without;

pub use answer::Answer;
pub use builder::{ClientBuilder, ClientConfig};
pub use clock::{Clock, Hold, SetClock, SystemClock};
pub use dialect::{Dialect, Fault, Login, Reply};
pub use in_process::{Disturbance, InProcess};
pub use limits::{Budget, FileLimits, LimitStore, Limits, MemoryLimits};
pub use media::Opened;
pub use multipart::Multipart;
pub use observe::{Notice, Observer};
pub use pace::Permit;
pub use random::{Random, SeededRandom, SystemRandom, fraction, jitter};
#[cfg(feature = "bluesky")]
pub(crate) use request::BEARER;
pub use request::{Body, Request, Upload};
#[cfg(any(feature = "bluesky", feature = "vk", feature = "x"))]
pub(crate) use request::{bearer, upload_time};
pub use retry::{Failure, RetryPolicy, Tried, Verdict, WriteSafety};
pub use service::Service;
pub use tokens::{Held, TokenKeeper};
pub use transport::{BodyStream, Incoming, Outgoing, OutgoingBody, Transport, TransportError};

use crate::error::Result;
use crate::store::KeyValue;

/// The road to every network: it keeps their limits, repeats what may be repeated, and says honestly what happened.
#[derive(Clone)]
pub struct Client {
    shared: Arc<builder::Shared>,
    transport: Arc<dyn Transport>,
}

impl Client {
    /// A client with the settings that [`ClientBuilder`] documents.
    ///
    /// # Errors
    /// `Config` where the system's certificates or proxies cannot be used.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// Settings for a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The same client, its limits included, over another transport.
    pub fn over(&self, transport: Arc<dyn Transport>) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            transport,
        }
    }

    /// What carries the requests.
    #[cfg(feature = "x")]
    pub(crate) fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// The clock that everything here goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// Where chance comes from.
    pub fn random(&self) -> &Arc<dyn Random> {
        &self.shared.random
    }

    /// How long a caller waits at most.
    #[cfg(feature = "oauth")]
    pub(crate) fn max_wait(&self) -> std::time::Duration {
        self.shared.max_wait
    }

    /// Where tokens are kept for accounts that name no store of their own: in memory. It lists nothing.
    pub fn token_store(&self) -> Arc<dyn KeyValue> {
        Arc::clone(&self.shared.tokens)
    }

    /// Tells the observer, and `tracing` where it is compiled in.
    fn notice(&self, notice: &Notice<'_>) {
        #[cfg(feature = "tracing")]
        observe::trace(notice);
        if let Some(observer) = &self.shared.observer {
            observer.notice(notice);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}
