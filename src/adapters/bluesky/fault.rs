//! What went wrong, from the network's words to ours.

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use super::wire::{ErrorBody, read_text};
use crate::client::{Fault, Reply};
use crate::error::{Challenge, ChallengeKind, ErrorKind, Need, Rule, Violation};
use crate::shared::search::{cut, has};
use crate::shared::texts::Texts;

/// Whom a call goes to: one word means different things from different services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The account's own server.
    Server,
    /// The AppView, through the account's server.
    AppView,
    /// The messages' service, through the account's server.
    Chat,
    /// The videos' service.
    Video,
    /// The account's server, for a login with a password.
    Login,
    /// The account's server, for new tokens in place of old ones.
    Refresh,
}

/// How much of a server's own words a message quotes, in characters.
const QUOTED: usize = 300;

/// A successful answer longer than this is no error in disguise, in bytes.
const LONGEST_DISGUISE: usize = 2048;

/// What an answer says went wrong, if anything.
pub(super) fn fault(reply: &Reply<'_>, asked: Asked) -> Option<Fault> {
    let status = reply.status;
    // With a success the video service tells of a job, or of what it allows: its errors are read with these.
    if status.is_success() && asked == Asked::Video {
        return None;
    }
    if status.is_success() && (reply.body.len() > LONGEST_DISGUISE || !names_error(reply.body)) {
        return None;
    }
    let (body, texts) = (std::str::from_utf8(reply.body).ok(), Texts::default());
    let body: ErrorBody<'_> = body
        .and_then(|body| read_text(body, &texts).ok())
        .unwrap_or_default();
    let body = match body.job_status.get() {
        Some(job) if asked == Asked::Video && body.error.get().is_none() => &**job,
        _ => &body,
    };
    let name = body.error.or_empty();
    if status.is_success() && name.is_empty() {
        return None;
    }
    let words = Words {
        name,
        said: body.message.or_empty(),
        status,
        write: reply.write,
    };
    let fault = if asked == Asked::Video && name == "already_exists" && reply.write {
        // The file that was there already stands in the same answer.
        return None;
    } else {
        words
            .named(asked)
            .unwrap_or_else(|| words.by_status(reply.headers, reply.now))
    };
    Some(if name.is_empty() {
        fault
    } else {
        fault.code(name)
    })
}

/// Whether an object has a member `error` near its beginning, without reading it whole.
fn names_error(body: &[u8]) -> bool {
    body.first() == Some(&b'{') && body.windows(8).any(|w| w == b"\"error\":")
}

struct Words<'a> {
    name: &'a str,
    said: &'a str,
    status: StatusCode,
    write: bool,
}

impl Words<'_> {
    /// The server's own words, bounded, or its name of the error, or the status.
    fn quote(&self) -> String {
        let words = if self.said.is_empty() {
            self.name
        } else {
            self.said
        };
        if words.is_empty() {
            return format!("status {}", self.status.as_u16());
        }
        words.chars().take(QUOTED).collect()
    }

    fn refused(&self, kind: ErrorKind, advice: &str) -> Fault {
        Fault::refused(kind, format!("{}: {advice}", self.quote()))
    }

    fn invalid(&self, rule: Rule, advice: &str) -> Fault {
        let field = json_path(self.said).unwrap_or("request");
        let message = format!("{}: {advice}", self.quote());
        let mut violation = Violation::error(rule, field, message.clone());
        if let Some((limit, actual, unit)) = measured(self.said) {
            violation = violation.measured(limit, actual, unit);
        }
        Fault::refused(ErrorKind::Invalid(vec![violation]), message)
    }

    fn permission(&self, advice: &str) -> Fault {
        let need = Need::Permission(advice.to_owned());
        self.refused(ErrorKind::Forbidden(need), advice)
    }

    /// What the error's name says.
    fn named(&self, asked: Asked) -> Option<Fault> {
        let server_error = self.status.is_server_error();
        Some(match self.name {
            "ExpiredToken" if asked == Asked::Refresh => self.refused(
                ErrorKind::Unauthorized,
                "the login has ended: log in again",
            ),
            "ExpiredToken" => self
                .refused(
                    ErrorKind::Unauthorized,
                    "the login has expired and could not be renewed: log in again",
                )
                .renew(),
            "InvalidToken"
                if has(self.said, "scope") || has(self.said, "token method") =>
            {
                self.permission(NO_RIGHT)
            }
            "ScopeMissingError" => self.permission(NO_RIGHT),
            "InvalidRequest" if has(self.said, "insufficient access") => {
                self.permission(NO_RIGHT)
            }
            "InvalidToken" => self
                .refused(
                    ErrorKind::Unauthorized,
                    "the token is not one that this server gave: log in again",
                )
                .renew(),
            "AuthMissing" => self.refused(ErrorKind::Unauthorized, "log in first"),
            "AuthFactorTokenRequired" => self.refused(
                ErrorKind::Challenge(Challenge::new(ChallengeKind::SecondFactor)),
                "a code was sent by mail; use an app password instead, which needs none",
            ),
            "AuthenticationRequired" | "AuthRequiredError" if asked == Asked::Login => self
                .refused(
                    ErrorKind::Unauthorized,
                    "check the identifier and the app password",
                ),
            "AuthenticationRequired" | "AuthRequiredError" => self.refused(
                ErrorKind::Unauthorized,
                "log in again, as the account that this belongs to",
            ),
            "AccountTakedown" | "AccountDeactivated" | "AccountSuspended" | "RepoTakendown"
            | "RepoDeactivated" | "RepoSuspended" => self.refused(ErrorKind::Suspended, INACTIVE),
            // A server that refuses to write for such an account names no more than that (PDS).
            "InvalidRequest" if has(self.said, "Account is deactivated") => {
                self.refused(ErrorKind::Suspended, INACTIVE)
            }
            "unconfirmed_email" => self.permission(UNVERIFIED),
            "BlobNotFound" => self.invalid(
                Rule::Missing,
                "an uploaded file is gone, since it is kept for hours only: prepare the post anew",
            ),
            "PayloadTooLarge" => self.too_large(),
            "VideoTooLong" => self.invalid(Rule::TooLong, "cut the video, and upload it again"),
            "VideoTooLarge" => self.too_large(),
            "UnsupportedContentType" => {
                self.invalid(Rule::WrongType, "upload the video as video/mp4")
            }
            "RecordNotFound" | "NotFound" | "HandleNotFound" | "ActorNotFound" | "InvalidConvo"
            | "RecipientNotFound" | "ReplyTargetNotFound" | "UploadNotFound" | "RepoNotFound" => {
                self.refused(ErrorKind::NotFound, "it is gone, or was never there: check the id")
            }
            "InvalidRequest" if is_missing(self.said) => {
                self.refused(ErrorKind::NotFound, "there is no such thing: check the id or name")
            }
            "InvalidRequest" if self.said.starts_with("No service configured") => self.refused(
                ErrorKind::Unsupported,
                "this server holds records but has no AppView to show them: use another server for this",
            ),
            "InvalidSwap" => self.refused(
                ErrorKind::Conflict,
                "it was changed in the meantime, or is there already: read it again",
            ),
            "BlockedActor" | "BlockedByActor" | "BlockedSubject" => {
                self.permission("one of the two accounts blocks the other")
            }
            "MessagesDisabled" => self.permission("the recipient takes no messages"),
            "NotFollowedBySender" => {
                self.permission("the recipient takes messages only from accounts that it follows")
            }
            "ConvoLocked" => self.permission("the conversation is locked"),
            "MethodNotImplemented" | "XRPCNotSupported" => {
                self.refused(ErrorKind::Unsupported, "this server does not offer the call")
            }
            "DuplicateCreate" => self.refused(ErrorKind::Conflict, "it is there already: read it"),
            // A fault within the server, whatever name it goes by.
            _ if server_error => return None,
            "InvalidRequest" | "InvalidRecord" | "SyntaxError" | "InvalidCursor"
            | "BadQueryString" | "BadExpiration" | "InvalidMimeType" | "InvalidBlob"
            | "InvalidHandle" | "UnsupportedDomain" | "HandleNotAvailable"
            | "UnsupportedCollection" => self.invalid(
                rule_of(self.said),
                "mend what the message names, and send it again",
            ),
            _ => return None,
        })
    }

    fn too_large(&self) -> Fault {
        self.invalid(
            Rule::TooLarge,
            "the file is larger than this server takes: make it smaller; files are never altered for you",
        )
    }

    /// What the status says, where the name says nothing.
    fn by_status(&self, headers: &HeaderMap, now: Timestamp) -> Fault {
        match self.status.as_u16() {
            429 => {
                let until = reset(headers).filter(|at| *at > now);
                self.refused(ErrorKind::RateLimited, "wait until the limit is reset")
                    .until(until)
            }
            413 => self.too_large(),
            401 => self.refused(ErrorKind::Unauthorized, "log in again"),
            403 => self.permission("the account may not do this"),
            404 if self.name.is_empty() => self.refused(
                ErrorKind::NotFound,
                "there is nothing at this address: is the base URL that of a Bluesky server?",
            ),
            404 => self.refused(ErrorKind::NotFound, "check the id"),
            501 => self.refused(
                ErrorKind::Unsupported,
                "this server does not offer the call",
            ),
            408 | 500..=599 => {
                let message = format!(
                    "the server is out of order ({}, status {}): try again later",
                    self.quote(),
                    self.status.as_u16()
                );
                if self.write {
                    Fault::unclear(ErrorKind::Unavailable, message)
                } else {
                    Fault::refused(ErrorKind::Unavailable, message)
                }
            }
            200..=399 => self.refused(
                ErrorKind::Rejected,
                "the server answered with an error in place of a result",
            ),
            _ => self.invalid(Rule::Malformed, "mend the request"),
        }
    }
}

const NO_RIGHT: &str =
    "this needs an app password with that right (for messages: one that allows direct messages)";

/// One word stands for the identity that speaks and for one that it names.
const INACTIVE: &str = "an account is taken down, deactivated or suspended: if it is this identity's own, sign in at the \
                        app to see what can be done; if it is another's, leave it out";

/// What the video service wants before it takes a file.
pub(super) const UNVERIFIED: &str =
    "a verified mail address: verify it in the app's settings, then publish the video again";

/// Whether a server's words say that something is not there, under a name that says less.
fn is_missing(said: &str) -> bool {
    [
        "Profile not found",
        "Unable to resolve handle",
        "Could not locate record",
        "Could not find repo",
        "Could not find user",
        "Actor not found",
        "Post not found",
        "Account not found",
        "Convo not found",
    ]
    .iter()
    .any(|known| has(said, known))
}

fn rule_of(said: &str) -> Rule {
    if has(said, "too big") || has(said, "too long") {
        Rule::TooLong
    } else if has(said, "Missing required") || has(said, "must have the property") {
        Rule::Missing
    } else {
        Rule::Malformed
    }
}

/// The path at the end of a record's refusal: `… at $.record.text`.
fn json_path(said: &str) -> Option<&str> {
    let (_, mut path) = cut(said, " at $.")?;
    while let Some((_, behind)) = cut(path, " at $.") {
        path = behind;
    }
    let path = path.strip_prefix("record.").unwrap_or(path);
    Some(path).filter(|path| !path.is_empty() && path.len() <= 100 && !path.contains(' '))
}

/// The bound and what was found, in `grapheme too big (maximum 300, got 301)`.
fn measured(said: &str) -> Option<(u64, u64, &'static str)> {
    let (before, rest) = cut(said, "(maximum ")?;
    let (limit, rest) = cut(rest, ", got ")?;
    let actual = rest.split_once(')')?.0;
    let unit = if has(before, "grapheme") {
        "graphemes"
    } else {
        "bytes"
    };
    Some((limit.parse().ok()?, actual.parse().ok()?, unit))
}

/// The moment at which the limit that an answer describes is reset.
fn reset(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get("ratelimit-reset")?.to_str().ok()?;
    Timestamp::from_second(text.trim().parse().ok()?).ok()
}

/// Whether a refusal comes from a service behind the account's server: then that server's own limit still has room.
pub(super) fn is_from_behind(headers: &HeaderMap, now: Timestamp) -> bool {
    let remaining = headers
        .get("ratelimit-remaining")
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.trim().parse::<u64>().ok());
    match (remaining, reset(headers)) {
        (Some(0), Some(at)) => at <= now,
        (Some(0), None) => false,
        (Some(_), _) | (None, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn told(status: u16, body: &str, write: bool, asked: Asked) -> Option<Fault> {
        let headers = HeaderMap::new();
        let body = Bytes::copy_from_slice(body.as_bytes());
        let now = Timestamp::from_second(1_795_000_000).unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        fault(&Reply::new(status, &headers, &body, write, now), asked)
    }

    fn kind(status: u16, body: &str) -> &'static str {
        let fault = told(status, body, true, Asked::Server).unwrap();
        assert!(fault.message.len() > 20, "{}", fault.message);
        fault.kind.name()
    }

    fn error(name: &str, message: &str) -> String {
        format!(r#"{{"error":"{name}","message":"{message}"}}"#)
    }

    #[test]
    fn every_refusal_that_was_seen_gets_its_kind() {
        let table = [
            (400, "ExpiredToken", "Token has expired", "Unauthorized"),
            (
                400,
                "InvalidToken",
                "Token could not be verified",
                "Unauthorized",
            ),
            (400, "InvalidToken", "Bad token scope", "Forbidden"),
            (400, "InvalidToken", "Bad token method", "Forbidden"),
            (
                400,
                "InvalidRequest",
                "insufficient access to request a service auth token for x",
                "Forbidden",
            ),
            (
                401,
                "AuthMissing",
                "Authentication Required",
                "Unauthorized",
            ),
            (
                401,
                "AuthenticationRequired",
                "Invalid identifier or password",
                "Unauthorized",
            ),
            (
                401,
                "AuthFactorTokenRequired",
                "A sign in code has been sent",
                "Challenge",
            ),
            (
                401,
                "AccountTakedown",
                "Account has been taken down",
                "Suspended",
            ),
            (
                400,
                "AccountDeactivated",
                "Account is deactivated",
                "Suspended",
            ),
            (400, "InvalidRequest", "Account is deactivated", "Suspended"),
            (
                400,
                "InvalidRequest",
                "Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301) at $.record.text",
                "Invalid",
            ),
            (400, "BlobNotFound", "Could not find blob: bafy", "Invalid"),
            (400, "SyntaxError", "Unexpected token", "Invalid"),
            (
                400,
                "RecordNotFound",
                "Could not locate record: at://x",
                "NotFound",
            ),
            (400, "InvalidRequest", "Profile not found", "NotFound"),
            (
                400,
                "InvalidRequest",
                "Unable to resolve handle",
                "NotFound",
            ),
            (400, "NotFound", "Post not found: at://x", "NotFound"),
            (400, "InvalidSwap", "Record was at bafy", "Conflict"),
            (400, "MessagesDisabled", "", "Forbidden"),
            (403, "Whatever", "", "Forbidden"),
            (
                413,
                "PayloadTooLarge",
                "request entity too large",
                "Invalid",
            ),
            (
                429,
                "RateLimitExceeded",
                "Rate Limit Exceeded",
                "RateLimited",
            ),
            (
                501,
                "MethodNotImplemented",
                "Method Not Implemented",
                "Unsupported",
            ),
            (404, "XRPCNotSupported", "XRPCNotSupported", "Unsupported"),
            (
                400,
                "InvalidRequest",
                "No service configured for app.bsky.feed.getTimeline",
                "Unsupported",
            ),
            (
                500,
                "InternalServerError",
                "Internal Server Error",
                "Unavailable",
            ),
            (
                500,
                "InvalidRequest",
                "Error: limit can not be greater than 100",
                "Unavailable",
            ),
            (502, "UpstreamFailure", "Upstream Failure", "Unavailable"),
            (503, "ServiceOverloaded", "", "Unavailable"),
            (418, "Teapot", "short and stout", "Invalid"),
        ];
        for (status, name, message, wanted) in table {
            assert_eq!(
                kind(status, &error(name, message)),
                wanted,
                "{status} {name} {message}"
            );
        }
        assert_eq!(
            kind(502, "<html><body>Bad Gateway</body></html>"),
            "Unavailable"
        );
        assert_eq!(kind(404, "<html></html>"), "NotFound");
        assert_eq!(kind(401, ""), "Unauthorized");
    }

    #[test]
    fn an_expired_token_is_renewed_but_an_ended_login_is_not() {
        let body = error("ExpiredToken", "Token has expired");
        assert!(told(400, &body, false, Asked::Server).unwrap().renew);
        let ended = told(400, &body, true, Asked::Refresh).unwrap();
        assert!(!ended.renew);
        assert!(ended.message.contains("log in again"), "{}", ended.message);
    }

    #[test]
    fn only_a_failure_within_the_server_leaves_a_write_in_doubt() {
        let failure = error("InternalServerError", "Internal Server Error");
        assert!(told(500, &failure, true, Asked::Server).unwrap().maybe_done);
        assert!(
            !told(500, &failure, false, Asked::Server)
                .unwrap()
                .maybe_done
        );
        let refusal = error("InvalidRequest", "no");
        assert!(!told(400, &refusal, true, Asked::Server).unwrap().maybe_done);
    }

    #[test]
    fn an_error_within_a_success_is_an_error_and_a_result_is_not() {
        assert!(told(200, &error("Oops", "no"), true, Asked::Server).is_some());
        assert!(told(200, r#"{"posts":[]}"#, false, Asked::AppView).is_none());
        assert!(
            told(
                200,
                r#"{"uri":"at://x","text":"\"error\":"}"#,
                true,
                Asked::Server
            )
            .is_none()
        );
        assert!(told(200, "<html></html>", false, Asked::AppView).is_none());
    }

    #[test]
    fn a_refused_video_tells_why_where_the_reason_stands_in_its_job() {
        let job = r#"{"jobStatus":{"did":"","error":"unconfirmed_email","jobId":"","state":""}}"#;
        for status in [400, 401, 403] {
            let fault = told(status, job, true, Asked::Video).unwrap();
            assert_eq!(fault.kind.name(), "Forbidden", "{status}");
            assert!(fault.message.contains("verify"), "{}", fault.message);
        }
        // With a success, what it says is read with the job.
        assert!(told(200, job, true, Asked::Video).is_none());
        let limits = r#"{"canUpload":false,"error":"Limit","message":"come back tomorrow"}"#;
        assert!(told(200, limits, false, Asked::Video).is_none());
        // The file is there already, and stands in the same answer.
        let known = r#"{"jobStatus":{"did":"d","error":"already_exists","jobId":"j","state":"JOB_STATE_COMPLETED"}}"#;
        assert!(told(409, known, true, Asked::Video).is_none());
        // Elsewhere that member means nothing.
        assert_eq!(
            told(400, job, true, Asked::Server).unwrap().kind.name(),
            "Invalid"
        );
    }

    #[test]
    fn a_refused_record_tells_where_and_by_how_much() {
        let body = error(
            "InvalidRequest",
            "Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301) at $.record.text",
        );
        let fault = told(400, &body, true, Asked::Server).unwrap();
        let ErrorKind::Invalid(violations) = fault.kind else {
            panic!("{:?}", fault.kind)
        };
        assert_eq!(violations[0].field, "text");
        assert_eq!(
            (violations[0].limit, violations[0].actual),
            (Some(300), Some(301))
        );
        assert_eq!(violations[0].unit.as_deref(), Some("graphemes"));
    }

    #[test]
    fn a_limit_is_waited_out_until_its_reset() {
        let now = Timestamp::from_second(1_795_000_000).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("ratelimit-remaining", "0".parse().unwrap());
        headers.insert("ratelimit-reset", "1795000100".parse().unwrap());
        let body = Bytes::from_static(br#"{"error":"RateLimitExceeded"}"#);
        let reply = Reply::new(StatusCode::TOO_MANY_REQUESTS, &headers, &body, true, now);
        let fault = fault(&reply, Asked::Server).unwrap();
        assert_eq!(fault.until, Timestamp::from_second(1_795_000_100).ok());
        assert!(!is_from_behind(&headers, now));
        headers.insert("ratelimit-remaining", "2990".parse().unwrap());
        assert!(is_from_behind(&headers, now));
    }
}
