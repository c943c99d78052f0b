//! Social networks behind one trait.
#![forbid(unsafe_code)]

mod error;
mod id;
mod operation;
mod secret;

#[cfg(feature = "accounts")]
pub mod accounts;
pub mod adapters;
pub mod client;
pub mod model;
pub mod network;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;

// Parts of the public API, so that an adapter needs no other crate than this one.
pub use async_trait::async_trait;
pub use bytes;
pub use http;
pub use jiff;
pub use serde_json;
pub use url;

#[cfg(feature = "accounts")]
pub use accounts::Accounts;
pub use client::Client;
pub use error::{
    Challenge, ChallengeKind, EXCERPT_BYTES, Error, ErrorKind, Need, Result, Retry, Rule, Severity,
    Violation,
};
pub use model::*;
pub use network::{
    AccountConfig, Availability, MediaLimit, MediaRules, Profile, Registry, Sent, SocialNetwork,
    Support, TextRules, ThreadProgress, pages, publish_all, publish_thread,
};
pub use operation::Operation;
pub use secret::Secret;
pub use text::Text;

/// What the crate's macros stand on.
#[doc(hidden)]
pub mod __private {
    pub use futures_core::stream::BoxStream;

    /// What an `async_trait` method answers.
    pub type Answer<'a, T> = std::pin::Pin<Box<dyn Future<Output = crate::Result<T>> + Send + 'a>>;
}

/// README's code is compiled and run with the documentation tests.
#[cfg(all(doctest, feature = "memory", feature = "bluesky", feature = "accounts"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
