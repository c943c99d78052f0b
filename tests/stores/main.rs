//! Stores: one suite for all engines, and what only one of them can promise.

// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[macro_use]
mod suite;
mod dice;
#[cfg(feature = "embedded")]
mod embedded;
#[cfg(feature = "embedded")]
mod embedded_files;
#[cfg(all(feature = "embedded", unix))]
mod embedded_processes;
mod leases;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres_proxy;
mod values;
