//! X's contract: the OpenAPI document 2.167 (<https://github.com/xdevplatform/xdk>), and where real answers and the
//! platform's documentation go beyond it.

mod exceptions;
mod refusal;

use std::path::Path;

use super::openapi::Contract;

/// Reads `openapi.json` under a folder.
///
/// # Errors
/// As [`Contract::load`].
pub fn load(folder: &Path) -> Result<Contract, String> {
    Contract::load(&folder.join("openapi.json"), exceptions::ALL)
}

/// The security scheme of a kind of token, as X's fake names them.
#[must_use]
pub fn scheme(kind: &str) -> Option<&'static str> {
    match kind {
        "bearer" => Some("BearerToken"),
        "user" => Some("OAuth2UserToken"),
        "oauth1" => Some("UserToken"),
        _ => None,
    }
}
