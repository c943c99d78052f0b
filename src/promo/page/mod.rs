//! The report as a page.
mod bars;
mod canvas;
mod columns;
mod courses;
mod numbers;
mod picture;
mod plain;
mod words;

pub use words::Language;
