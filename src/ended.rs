//! Why a stream of happenings ended.

use serde::{Deserialize, Serialize};

use crate::error::ErrorKind;

/// Why a stream of happenings ended.
///
/// A stream from [`listen`](crate::SocialNetwork::listen), or from a webhook, does not end in silence: its last item is
/// an error whose [`ended`](crate::Error::ended) tells this. Whatever the reason, the cursor of the last event that was
/// dealt with is still the place to go on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ended {
    /// The login is missing, revoked or expired beyond renewal: log in again.
    Unauthorized,
    /// The login is good, but may not hear this (any more): the error's kind names what is missing.
    Forbidden,
    /// The account is suspended, deactivated or taken down.
    Suspended,
    /// A person has to prove something first: the error's kind says what.
    Challenged,
    /// What was asked for is not taken, most often a cursor that the network did not give: begin with
    /// [`Since::Oldest`](crate::Since::Oldest) or [`Since::Now`](crate::Since::Now).
    Invalid,
    /// The network tells nothing of the kind.
    Unsupported,
    /// Somebody else listens in this identity's place, where the network lets only one.
    Replaced,
    /// The program itself ended it: who delivered is gone.
    Closed,
    /// Something else that waiting does not mend: the error says what.
    Failed,
}

impl Ended {
    /// The reason that an error of this kind is.
    pub fn of(kind: &ErrorKind) -> Self {
        match kind {
            ErrorKind::Unauthorized => Self::Unauthorized,
            ErrorKind::Forbidden(_) => Self::Forbidden,
            ErrorKind::Suspended => Self::Suspended,
            ErrorKind::Challenge(_) => Self::Challenged,
            ErrorKind::Invalid(_) | ErrorKind::NotFound => Self::Invalid,
            ErrorKind::Unsupported => Self::Unsupported,
            ErrorKind::Conflict => Self::Replaced,
            _ => Self::Failed,
        }
    }
}
