//! What paid promotion brought.

mod page;

pub use page::Language;
