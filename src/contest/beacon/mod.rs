//! Randomness that nobody knows beforehand, and that everybody can check afterwards.
//!
//! A [`Beacon`] publishes a signed [`Round`] at known times. [`Drand`] fetches those of the League of Entropy, whose keys
//! are pinned ([`Chain::quicknet`], [`Chain::drand_default`]); `OwnChain` (feature `memory`) has a key of its own, for tests and
//! examples.

mod chain;
mod drand;
mod fetch;
#[cfg(feature = "memory")]
mod own;
mod round;

use std::fmt::Debug;

use async_trait::async_trait;

pub use chain::{Chain, LEAD, Scheme};
pub use drand::Drand;
pub use fetch::evidence;
#[cfg(feature = "memory")]
pub use own::OwnChain;
pub use round::{Round, RoundFault};

use crate::error::{Error, ErrorKind, Result};

/// Where rounds come from.
#[async_trait]
pub trait Beacon: Debug + Send + Sync {
    /// The chain whose rounds it gives.
    fn chain(&self) -> &Chain;

    /// A round, or `None` while it is not there yet.
    ///
    /// # Errors
    /// Why it cannot be told: `Unavailable` and `Transport` where the same call may succeed later.
    async fn round(&self, number: u64) -> Result<Option<Round>>;
}

/// What a beacon says is not believed.
fn refused(chain: &Chain, number: u64, fault: &RoundFault) -> Error {
    let message = format!(
        "what came as round {number} of the chain `{}` is not it: {fault}",
        chain.id
    );
    Error::new(ErrorKind::Decode, message)
}
