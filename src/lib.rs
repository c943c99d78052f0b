//! Social networks behind one trait: publish, read, answer, follow what happens and measure, at the pace that each
//! network allows.
//!
//! A program talks to every network through [`SocialNetwork`]. An adapter ([`adapters`]) is a thin translation. One
//! [`Client`] keeps every network's limits, repeats what may be repeated, renews logins, and says honestly what happened:
//! a write that may have happened is [`ErrorKind::Unconfirmed`], never a plain failure.
//!
//! ```
//! # #[cfg(feature = "memory")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> sociable::Result<()> {
//! use sociable::adapters::memory::World;
//! use sociable::{Draft, PostQuery, SocialNetwork};
//!
//! let world = World::new();
//! world.add_account("shop");
//! let network = world.network("shop")?;
//!
//! let post = network.publish(&Draft::text("We are open! #tea").key("opening")).await?;
//! let page = network.posts(&PostQuery::own().limit(10)).await?;
//! assert_eq!(page.items[0].id, post.id);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "memory"))]
//! # fn main() {}
//! ```
//!
//! # The rooms
//!
//! | room | what lives there |
//! |---|---|
//! | [`network`] | the trait, profiles, draft checks, publishing to many, threads, paging, the registry |
//! | [`model`], [`text`] | values: posts, messages, metrics, events; length rules, rich text, splitting |
//! | [`client`] | the one road to the network: budgets, retries, logins, large files, observers |
//! | [`store`] | what outlives a run: tokens, cursors, planned work |
//! | `outbox` | a plan becomes posts on many accounts at their times, each of them once (feature `outbox`) |
//! | `desk` | answering within minutes, complaints to their end (feature `desk`) |
//! | `contest` | draws that anyone can check: rules, entries, a published commitment, a proof file (feature `contest`) |
//! | `promo` | what paid promotion brought: reports, comparisons, a page with charts (feature `promo`) |
//! | `trends` | what begins to be spoken of, early enough to join (feature `trends`) |
//! | `oauth` | logging in by OAuth 2.0: PKCE, rotating refresh tokens (feature `oauth`) |
//! | [`guide`] | how [limits](guide::limits) are kept, what `max_wait` means, how to watch it; how a plan is written, how the desk works |
//! | [`adapters`] | the networks, each behind a feature of its name |
//! | `accounts` | accounts from a TOML file (feature `accounts`) |
//! | `webhook` | what networks deliver by themselves, received: HTTP in, events out (feature `webhook`) |
//! | `testing` | the behaviour suite, loopback servers and an authorization server to log in at (feature `testing`) |
#![forbid(unsafe_code)]

mod ended;
mod error;
mod id;
mod operation;
mod secret;
mod shared;

#[cfg(feature = "accounts")]
pub mod accounts;
pub mod adapters;
pub mod client;
#[cfg(feature = "contest")]
pub mod contest;
#[cfg(feature = "desk")]
pub mod desk;
pub mod guide;
pub mod model;
pub mod network;
#[cfg(feature = "oauth")]
pub mod oauth;
#[cfg(feature = "x")]
pub(crate) mod oauth1;
#[cfg(feature = "outbox")]
pub mod outbox;
#[cfg(feature = "promo")]
pub mod promo;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
#[cfg(feature = "trends")]
pub mod trends;
#[cfg(feature = "webhook")]
pub mod webhook;

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
pub use ended::Ended;
pub use error::{
    Challenge, ChallengeKind, EXCERPT_BYTES, Error, ErrorKind, Need, Result, Retry, Rule, Severity,
    Violation,
};
pub use model::*;
pub use network::{
    AccountConfig, Availability, LoginStatus, MediaLimit, MediaRules, Profile, Registry, Sent,
    SocialNetwork, Support, TextRules, ThreadProgress, deduplicated, pages, publish_all,
    publish_thread, thread_price,
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
