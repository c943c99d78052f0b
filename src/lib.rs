//! Social networks behind one trait.
#![forbid(unsafe_code)]

mod error;
mod id;
mod operation;
mod secret;

pub mod adapters;
pub mod client;
pub mod model;
pub mod text;

pub use error::*;
pub use model::*;
pub use operation::Operation;
pub use secret::Secret;
pub use jiff;
