//! Social networks behind one trait.

pub mod adapters;
pub mod client;
pub mod text;

pub use jiff;
