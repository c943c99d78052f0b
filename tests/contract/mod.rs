//! Checks against the networks' machine-readable contracts, for integration tests (`mod contract;`).
//!
//! The contracts are data that stand outside the crate. `SOCIABLE_SPECS` names their folder; without it
//! the folder `shared/specs` beside the project is taken when it is there.

// Each integration test is a crate of its own, uses only a part of this module, and exports nothing.
#![allow(dead_code, unreachable_pub)]

mod check;
pub mod dice;
pub mod format;
pub mod generate;
pub mod lexicon;
pub mod openapi;
mod schema;
pub mod tally;
pub mod vk;
pub mod x;

use std::path::{Path, PathBuf};

/// The folder of contracts, or `None` when this machine has none.
///
/// # Errors
/// A message when `SOCIABLE_SPECS` names no folder, or when there is no folder although `CI` is set: a check that
/// silently did not run would count as passed.
pub fn specs() -> Result<Option<PathBuf>, String> {
    if let Some(named) = std::env::var_os("SOCIABLE_SPECS") {
        // A relative path is meant from the project, where `cargo test` runs.
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(named);
        return if path.is_dir() {
            Ok(Some(path))
        } else {
            Err(format!(
                "SOCIABLE_SPECS names {}, which is no folder: name the folder of contracts",
                path.display()
            ))
        };
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/specs");
    if beside.is_dir() {
        return Ok(Some(beside));
    }
    if in_ci() {
        return Err(
            "CI is set, but there are no contracts: set SOCIABLE_SPECS to their folder".to_owned(),
        );
    }
    Ok(None)
}

/// Whether a check that cannot run is a failure.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|v| !v.is_empty() && v != "false")
}

/// The AT Protocol's lexicons (strict), or `None` after a line that says that `test` was passed over.
///
/// # Errors
/// As [`specs`], and what is wrong with the lexicons themselves.
pub fn lexicons(test: &str) -> Result<Option<lexicon::Lexicons>, String> {
    match specs()? {
        Some(folder) => lexicon::Lexicons::load(&folder.join("bluesky/lexicons")).map(Some),
        None => {
            println!("passed over: {test} (SOCIABLE_SPECS names no folder of contracts)");
            Ok(None)
        }
    }
}

/// VK's contract, or `None` after a line that says that `test` was passed over.
///
/// # Errors
/// As [`specs`], and what is wrong with the contract itself.
pub fn vk(test: &str) -> Result<Option<vk::Contract>, String> {
    match specs()? {
        Some(folder) => vk::Contract::load(&folder.join("vk")).map(Some),
        None => {
            println!("passed over: {test} (SOCIABLE_SPECS names no folder of contracts)");
            Ok(None)
        }
    }
}

/// X's contract, or `None` after a line that says that `test` was passed over.
///
/// # Errors
/// As [`specs`], and what is wrong with the contract itself.
pub fn x(test: &str) -> Result<Option<openapi::Contract>, String> {
    match specs()? {
        Some(folder) => x::load(&folder.join("x")).map(Some),
        None => {
            println!("passed over: {test} (SOCIABLE_SPECS names no folder of contracts)");
            Ok(None)
        }
    }
}

/// The sample requests of X's Ads API, or `None` where this machine has none.
///
/// # Errors
/// As [`specs`], and what is wrong with the collection itself.
pub fn x_ads() -> Result<Option<x::ads::Ads>, String> {
    match specs()? {
        Some(folder) => x::ads::Ads::load(&folder.join("x/ads/postman_collection.json")).map(Some),
        None => Ok(None),
    }
}
