//! What the network's refusals mean.

use super::wire::Failed;
use crate::client::{Fault, Reply};
use crate::error::{ErrorKind, Need};

/// What went wrong, if anything.
pub(super) fn of(reply: &Reply<'_>) -> Option<Fault> {
    if reply.status.is_success() {
        return None;
    }
    let status = reply.status.as_u16();
    let problem = serde_json::from_slice::<Failed>(reply.body)
        .map(|failed| failed.error)
        .unwrap_or_default();
    let said = if problem.message.is_empty() {
        format!("the network answers {status}")
    } else {
        problem.message
    };
    let fault = match (problem.code.as_str(), status) {
        (_, 500..) => Fault::unclear(ErrorKind::Unavailable, format!("{said}: try again later")),
        ("unauthorized", _) | ("", 401) => Fault::refused(ErrorKind::Unauthorized, said).renew(),
        ("suspended", _) => Fault::refused(
            ErrorKind::Suspended,
            "the account is suspended: ask whoever runs the network",
        ),
        ("forbidden", _) => Fault::refused(
            ErrorKind::Forbidden(Need::Permission(said.clone())),
            format!("this needs {said}"),
        ),
        ("", 403) => Fault::refused(ErrorKind::Forbidden(Need::Other(said.clone())), said),
        ("not_found", _) | ("", 404) => Fault::refused(
            ErrorKind::NotFound,
            format!("{said}, or it is not to be seen by this account"),
        ),
        ("duplicate", _) => Fault::refused(
            ErrorKind::Duplicate(problem.post),
            format!("{said}: change the text, or wait"),
        ),
        ("conflict", _) | ("", 409) => Fault::refused(ErrorKind::Conflict, said),
        ("closed", _) => Fault::refused(ErrorKind::WindowClosed, said),
        ("rejected", _) => Fault::refused(ErrorKind::Rejected, said),
        ("limited", _) | ("", 429) => Fault::refused(
            ErrorKind::RateLimited,
            format!("{said}: wait until the time that is named"),
        ),
        ("quota", _) => Fault::refused(
            ErrorKind::QuotaExhausted,
            format!("{said}: wait for the next period, or ask for more"),
        ),
        _ => {
            let mut message = said;
            for (i, violation) in problem.violations.iter().enumerate() {
                message.push_str(if i == 0 { ": " } else { "; " });
                message.push_str(&violation.to_string());
            }
            Fault::refused(ErrorKind::Invalid(problem.violations), message)
        }
    };
    Some(if problem.code.is_empty() {
        fault
    } else {
        fault.code(problem.code)
    })
}
