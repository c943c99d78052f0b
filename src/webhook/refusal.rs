//! What is not a network's delivery, as typed errors and as statuses.

use http::StatusCode;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::error::{Error, ErrorKind, Result, Retry, Rule, Violation};
use crate::secret::Secret;

/// Whether what was sent is the secret, compared in a time that does not tell how much of it is right. A secret that is
/// empty is never right: it would be everybody's.
///
/// That the lengths differ may be measured, as with every such comparison.
pub fn same_secret(sent: impl AsRef<[u8]>, secret: &Secret) -> bool {
    let secret = secret.expose().as_bytes();
    !secret.is_empty() && bool::from(sent.as_ref().ct_eq(secret))
}

/// The error of a delivery whose secret or signature is missing or wrong.
pub fn wrong_secret(network: &str) -> Error {
    Error::new(
        ErrorKind::Unauthorized,
        "the delivery does not show the webhook's secret: where it is the network's own, set the same secret here and in \
         the network's settings",
    )
    .with_network(network)
}

/// The error of a delivery to another identity: `what` names the kind of it, such as "another community".
pub fn of_another(network: &str, what: &str) -> Error {
    let message = format!(
        "the delivery is for {what}, which is not received here: give each its own address and receiver"
    );
    Error::new(ErrorKind::NotFound, message).with_network(network)
}

/// Reads the JSON of a delivery. The error tells where it is wrong, and quotes nothing of it.
///
/// # Errors
/// `Decode`.
pub fn read_json<'a, T: Deserialize<'a>>(network: &str, body: &'a [u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|e| {
        let what = match e.classify() {
            serde_json::error::Category::Data => "is not what the network sends",
            serde_json::error::Category::Eof => "breaks off",
            _ => "is not JSON",
        };
        let message = format!(
            "the delivery {what} (line {}, column {}): nothing was taken from it",
            e.line(),
            e.column()
        );
        Error::new(ErrorKind::Decode, message).with_network(network)
    })
}

/// The body is over the limit.
pub(super) fn too_long(limit: usize) -> Error {
    let message = format!(
        "the delivery is longer than {limit} bytes: where it is the network's own, raise the receiver's body limit"
    );
    let violation = Violation::error(Rule::TooLarge, "body", message.as_str());
    Error::new(ErrorKind::Invalid(vec![violation]), message)
}

/// The body ended before its end.
pub(super) fn broken() -> Error {
    let message = "the delivery broke off: the network delivers it again";
    Error::new(ErrorKind::Transport, message)
}

/// The method is not one that the network delivers with.
pub(super) fn wrong_method(methods: &[http::Method]) -> Error {
    let names: Vec<&str> = methods.iter().map(http::Method::as_str).collect();
    let message = format!(
        "a delivery comes by {}: this is none of the network's",
        names.join(" or ")
    );
    let violation = Violation::error(Rule::Unsupported, "method", message.as_str());
    Error::new(ErrorKind::Invalid(vec![violation]), message)
}

/// What a refused delivery is answered with.
pub(super) fn status(error: &Error) -> StatusCode {
    match error.kind() {
        // 401 would have to offer a way to log in.
        ErrorKind::Unauthorized | ErrorKind::Forbidden(_) => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Invalid(found) => match found.first().map(|v| (&v.rule, v.field.as_str())) {
            Some((Rule::TooLarge, _)) => StatusCode::PAYLOAD_TOO_LARGE,
            Some((Rule::Unsupported, "method")) => StatusCode::METHOD_NOT_ALLOWED,
            _ => StatusCode::BAD_REQUEST,
        },
        ErrorKind::Decode | ErrorKind::Transport => StatusCode::BAD_REQUEST,
        _ if error.retry() == Retry::Never => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}
