//! An adapter for a network that sociable never heard of, in a crate of its own.
#![forbid(unsafe_code)]

pub mod adapter;
pub mod server;
