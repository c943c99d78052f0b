use std::time::Duration;

use jiff::Timestamp;

use super::limits::{BucketKey, Observation};
use crate::operation::Operation;

/// Watches the client: every attempt, every wait, every limit that is learned. It must not block.
pub trait Observer: std::fmt::Debug + Send + Sync {
    /// Something happened in the client.
    fn notice(&self, notice: &Notice<'_>);
}

/// Something that happened in the client. It never holds a secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// An attempt goes out.
    #[non_exhaustive]
    Attempt {
        /// The network.
        network: &'a str,
        /// What it is for.
        operation: &'a Operation,
        /// Which attempt of the call it is, from 1.
        attempt: u32,
    },
    /// An attempt came back with an answer.
    #[non_exhaustive]
    Answered {
        /// The network.
        network: &'a str,
        /// What it was for.
        operation: &'a Operation,
        /// Which attempt of the call it was, from 1.
        attempt: u32,
        /// The HTTP status.
        status: u16,
        /// How long it took, from sending to the whole answer.
        took: Duration,
    },
    /// An attempt brought no whole answer.
    #[non_exhaustive]
    Failed {
        /// The network.
        network: &'a str,
        /// What it was for.
        operation: &'a Operation,
        /// Which attempt of the call it was, from 1.
        attempt: u32,
        /// What happened.
        message: &'a str,
    },
    /// A call waits for its budget.
    #[non_exhaustive]
    Waiting {
        /// The network.
        network: &'a str,
        /// What it is for.
        operation: &'a Operation,
        /// The budget that it waits for.
        bucket: &'a BucketKey,
        /// Until when, where that is known.
        until: Option<Timestamp>,
    },
    /// A call is sent again after a pause.
    #[non_exhaustive]
    Retrying {
        /// The network.
        network: &'a str,
        /// What it is for.
        operation: &'a Operation,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// How long the pause is.
        wait: Duration,
    },
    /// An answer told a limit.
    #[non_exhaustive]
    Learned {
        /// The network.
        network: &'a str,
        /// What the answer told.
        seen: &'a Observation,
    },
    /// A login was renewed.
    #[non_exhaustive]
    Renewed {
        /// The network.
        network: &'a str,
    },
}

/// Tells `tracing` what an observer is told.
#[cfg(feature = "tracing")]
pub(super) fn trace(notice: &Notice<'_>) {
    match notice {
        Notice::Attempt {
            network,
            operation,
            attempt,
        } => {
            tracing::debug!(network, %operation, attempt, "attempt");
        }
        Notice::Answered {
            network,
            operation,
            attempt,
            status,
            took,
        } => {
            tracing::debug!(network, %operation, attempt, status, ?took, "answered");
        }
        Notice::Failed {
            network,
            operation,
            attempt,
            message,
        } => {
            tracing::warn!(network, %operation, attempt, message, "failed");
        }
        Notice::Waiting {
            network,
            operation,
            bucket,
            until,
        } => {
            tracing::info!(network, %operation, ?bucket, ?until, "waiting");
        }
        Notice::Retrying {
            network,
            operation,
            attempt,
            wait,
        } => {
            tracing::info!(network, %operation, attempt, ?wait, "retrying");
        }
        Notice::Learned { network, seen } => tracing::trace!(network, ?seen, "learned"),
        Notice::Renewed { network } => tracing::info!(network, "login renewed"),
    }
}
