//! The one road to the network.

pub mod limits;
mod service;

pub use service::Service;
