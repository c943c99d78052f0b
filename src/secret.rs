//! A secret that never shows itself.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A secret that never shows itself in `Debug`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself: for a request, never for a message.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self::new(secret)
    }
}

/// Declares the kinds of token of a network, each a type of its own, so that none is given in place of another.
#[cfg(any(feature = "vk", feature = "x"))]
macro_rules! tokens {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(Secret);

        impl $name {
            /// Takes the token as the network gave it.
            pub fn new(token: impl Into<Secret>) -> Self {
                Self(token.into())
            }

            pub(in super::super) fn secret(&self) -> &Secret {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(token: &str) -> Self {
                Self::new(token)
            }
        }

        impl From<String> for $name {
            fn from(token: String) -> Self {
                Self::new(token)
            }
        }

        impl From<Secret> for $name {
            fn from(token: Secret) -> Self {
                Self(token)
            }
        }
    )*};
}

#[cfg(any(feature = "vk", feature = "x"))]
pub(crate) use tokens;
