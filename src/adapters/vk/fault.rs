//! What went wrong, from the network's words to ours. It answers 200 with an error inside.

use http::StatusCode;
use jiff::Timestamp;

use super::fault_words::Words;
use super::rules::TokenKind;
use super::wire::{
    self, CallError, Delivered, List, Members, Needed, Obj, Response, Uploaded, read_text,
};
use crate::client::limits::BucketKey;
use crate::client::{Fault, Reply};
use crate::error::{Challenge, ChallengeKind, ErrorKind, Rule, Violation};
use crate::shared::texts::Texts;

/// How much of the network's own words a message quotes, in characters.
pub(super) const QUOTED: usize = 300;

/// What was asked.
#[derive(Clone, Debug)]
pub(super) enum Asked<'a> {
    /// A method, by a token; with the budgets that a refusal may name.
    Method {
        name: &'a str,
        kind: TokenKind,
        second: BucketKey,
        method: BucketKey,
    },
    /// The server that takes a file.
    Upload,
}

/// What an answer says went wrong, if anything.
pub(super) fn fault(reply: &Reply<'_>, asked: &Asked<'_>) -> Option<Fault> {
    match asked {
        Asked::Upload => upload_fault(reply),
        Asked::Method { name, .. } => {
            if reply.status.is_success() && !begins_with_error(reply.body) {
                return delivery_fault(reply, asked, name);
            }
            let texts = Texts::default();
            let body: wire::ErrorBody<'_> = body(reply, &texts).unwrap_or_default();
            match body.error.get().filter(|error| error.code.0.is_some()) {
                Some(error) => Some(told(reply, asked, error)),
                // Whatever it is, it is no answer of the network's.
                None if reply.status.is_success() => None,
                None => Some(by_status(reply)),
            }
        }
    }
}

/// What a body holds, where it can be read; `texts` keeps what stands there with escapes.
fn body<'a, T: Members<'a> + Default>(reply: &Reply<'a>, texts: &'a Texts) -> Option<T> {
    read_text(std::str::from_utf8(reply.body).ok()?, texts).ok()
}

/// What went wrong with one call within an `execute`.
pub(super) fn within(error: &CallError<'_>, asked: &Asked<'_>, now: Timestamp) -> Fault {
    Words::of(error, asked, false, now).fault()
}

/// Whether a body is an error, without reading it whole: the envelope of one has `error` first or alone.
fn begins_with_error(body: &[u8]) -> bool {
    let mut rest = body.trim_ascii_start();
    for token in [&b"{"[..], b"\"error\"", b":"] {
        match rest.strip_prefix(token) {
            Some(after) => rest = after.trim_ascii_start(),
            None => return false,
        }
    }
    true
}

fn told(reply: &Reply<'_>, asked: &Asked<'_>, error: &CallError<'_>) -> Fault {
    Words::of(error, asked, reply.write, reply.now).fault()
}

/// A message to a list of peers is answered with success although it was refused: the refusal stands beside its peer.
fn delivery_fault(reply: &Reply<'_>, asked: &Asked<'_>, method: &str) -> Option<Fault> {
    if method != "messages.send" {
        return None;
    }
    let texts = Texts::default();
    let told: Response<Needed<List<Obj<Delivered<'_>>>>> = body(reply, &texts)?;
    let [only] = &**told.0 else {
        return None;
    };
    let refused = only.get()?.error.get()?;
    let error = CallError {
        code: refused.code,
        said: refused.description,
        ..CallError::default()
    };
    Some(Words::of(&error, asked, reply.write, reply.now).fault())
}

/// What the server of an upload says went wrong.
fn upload_fault(reply: &Reply<'_>) -> Option<Fault> {
    if !reply.status.is_success() {
        return Some(match reply.status.as_u16() {
            413 => rejected_file("the server says that it is too large", Rule::TooLarge),
            400 | 415 => rejected_file("the server does not take it", Rule::WrongType),
            _ => by_status(reply),
        });
    }
    if !begins_with_error(reply.body) {
        return None;
    }
    let texts = Texts::default();
    let told: Uploaded<'_> = body(reply, &texts).unwrap_or_default();
    let why = told.error_descr.get().or(told.error.get());
    let why: String = why
        .unwrap_or("it tells no reason")
        .chars()
        .take(QUOTED)
        .collect();
    Some(rejected_file(&why, Rule::Other("upload".to_owned())))
}

/// A file that the network does not take.
pub(super) fn rejected_file(why: &str, rule: Rule) -> Fault {
    let message = format!(
        "the network does not take the file ({why}): check its type, size and proportions; nothing was published"
    );
    let violation = Violation::error(rule, "media", message.clone());
    Fault::refused(ErrorKind::Invalid(vec![violation]), message)
}

/// What a status says where there is no error of the network's own, as from a proxy before it.
fn by_status(reply: &Reply<'_>) -> Fault {
    let status = reply.status.as_u16();
    match reply.status {
        StatusCode::TOO_MANY_REQUESTS => Fault::refused(
            ErrorKind::RateLimited,
            "status 429: too many requests, wait a little",
        ),
        StatusCode::NOT_FOUND => Fault::refused(
            ErrorKind::NotFound,
            "status 404: there is nothing at this address; is the base URL that of the network's API?",
        ),
        StatusCode::URI_TOO_LONG | StatusCode::PAYLOAD_TOO_LARGE => {
            let message = "the request is larger than the network takes: send less at once";
            let violation = Violation::error(Rule::TooLarge, "request", message);
            Fault::refused(ErrorKind::Invalid(vec![violation]), message)
        }
        _ if reply.status.is_client_error() && status != 408 => Fault::refused(
            ErrorKind::Rejected,
            format!(
                "status {status} without a reason: something before the network refuses the request"
            ),
        ),
        _ => temporary(format!("it answers with status {status}"), reply.write),
    }
}

pub(super) fn temporary(what: String, write: bool) -> Fault {
    let message = format!("the network is out of order ({what}): try again later");
    if write {
        Fault::unclear(ErrorKind::Unavailable, message)
    } else {
        Fault::refused(ErrorKind::Unavailable, message)
    }
}

/// The challenge that an error describes, and whether it is passed on a page, which gives a token in place of a text.
pub(super) fn challenge(reply: &Reply<'_>) -> Option<(Challenge, bool)> {
    let texts = Texts::default();
    let body: wire::ErrorBody<'_> = body(reply, &texts)?;
    let error = body.error.get()?;
    let on_page = error.redirect_uri.get().is_some();
    Some((challenge_of(error), on_page))
}

pub(super) fn challenge_of(error: &CallError<'_>) -> Challenge {
    let code = error.code.0.unwrap_or_default();
    let kind = match code {
        14 | 3300 => ChallengeKind::Captcha,
        3303 => ChallengeKind::SecondFactor,
        24 => ChallengeKind::Other("confirmation".to_owned()),
        _ => ChallengeKind::Validation,
    };
    let mut challenge = Challenge::new(kind);
    // With a page, whatever picture stands beside it is only there to say that it is not used any more.
    if let Some(page) = error.redirect_uri.get() {
        challenge.url = Some(page.to_owned());
        challenge.id = error.remixstlid.get().map(str::to_owned);
    } else {
        challenge.url = error.captcha_img.get().map(str::to_owned);
        challenge.id = error.captcha_sid.get().map(str::to_owned);
    }
    challenge
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::super::rules;
    use super::*;
    use crate::client::limits::Scope;
    use crate::error::Need;

    fn asked(name: &str) -> Asked<'_> {
        Asked::Method {
            name,
            kind: TokenKind::User,
            second: BucketKey::new("vk", "user token", Scope::Token),
            method: BucketKey::new("vk", name.to_owned(), Scope::Endpoint),
        }
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_000_000).unwrap()
    }

    fn answered(status: u16, body: &str, write: bool, asked: &Asked<'_>) -> Option<Fault> {
        let headers = HeaderMap::new();
        let body = Bytes::copy_from_slice(body.as_bytes());
        let status = StatusCode::from_u16(status).unwrap();
        fault(&Reply::new(status, &headers, &body, write, now()), asked)
    }

    fn of(code: i64, said: &str) -> Fault {
        let body = format!(
            r#"{{"error":{{"error_code":{code},"error_msg":"{said}","request_params":[{{"key":"message","value":"private words"}}]}}}}"#
        );
        answered(200, &body, true, &asked("wall.post")).unwrap()
    }

    #[test]
    fn a_service_token_that_may_not_do_it_names_what_may() {
        let said = "Application authorization failed: method is unavailable with service token.";
        let kind = of(28, said).kind;
        assert_eq!(
            kind,
            ErrorKind::Forbidden(Need::Token("user or community".to_owned()))
        );
    }

    #[test]
    fn every_code_of_the_page_gets_its_kind() {
        let table: &[(&[i64], &str)] = &[
            (&[1, 10, 36, 43, 243], "Unavailable"),
            (&[2, 28, 38, 101, 4, 12, 13, 16], "Config"),
            (&[3, 23, 33, 34, 35, 920, 949], "Unsupported"),
            (&[5, 1114, 1116, 1117, 3610], "Unauthorized"),
            (&[6, 9, 601, 29, 32, 219, 223], "RateLimited"),
            (
                &[
                    7, 15, 20, 21, 27, 30, 42, 1051, 200, 201, 203, 204, 205, 260, 600,
                ],
                "Forbidden",
            ),
            (
                &[
                    8, 100, 103, 113, 114, 118, 119, 121, 122, 125, 129, 150, 9999, 22, 105, 232,
                ],
                "Invalid",
            ),
            (&[104, 18, 39, 40, 140, 177, 251], "NotFound"),
            (
                &[14, 3300, 17, 24, 25, 3301, 3302, 3303, 3304, 3609, 11500],
                "Challenge",
            ),
            (&[19, 222, 220, 224, 225], "Rejected"),
            (&[210, 211, 212, 213, 214, 250, 253, 703, 704], "Forbidden"),
            (
                &[
                    900, 901, 902, 917, 922, 925, 927, 935, 945, 936, 962, 983, 985, 988,
                ],
                "Forbidden",
            ),
            (&[950, 909, 924], "WindowClosed"),
            (&[910, 914, 911, 913, 940], "Invalid"),
            (&[907, 908], "Conflict"),
            (&[123_456, 0, -1], "Rejected"),
        ];
        for (codes, kind) in table {
            for code in *codes {
                let fault = of(*code, "Words of the network");
                assert_eq!(fault.kind.name(), *kind, "{code}");
                assert_eq!(fault.code.as_deref(), Some(code.to_string().as_str()));
                assert!(fault.message.len() > 30, "{code}: {}", fault.message);
            }
        }
    }

    #[test]
    fn one_code_for_posts_that_are_kept_off_a_wall_is_told_apart_by_its_words() {
        let say = |said: &str| of(214, &format!("Access to adding post denied: {said}"));
        let full = say("you can only add 50 posts a day");
        assert_eq!(full.kind, ErrorKind::RateLimited);
        assert_eq!(full.bucket.unwrap().name, *"wall.post");
        assert_eq!(
            say("a post is already scheduled for this time").kind,
            ErrorKind::Duplicate(None)
        );
        assert_eq!(say("edit time expired").kind, ErrorKind::WindowClosed);
        assert_eq!(say("access denied").kind.name(), "Forbidden");
    }

    #[test]
    fn the_parameters_of_a_call_are_never_kept() {
        for code in [1, 6, 9, 14, 100, 214, 777] {
            let fault = of(code, "Words");
            assert!(!format!("{fault:?}").contains("private words"), "{fault:?}");
            assert_eq!(fault.excerpt, Some(format!("error {code}: Words")));
        }
    }

    #[test]
    fn only_a_failure_on_the_networks_side_leaves_a_write_in_doubt() {
        let body = r#"{"error":{"error_code":10,"error_msg":"Internal server error"}}"#;
        assert!(
            answered(200, body, true, &asked("wall.post"))
                .unwrap()
                .maybe_done
        );
        assert!(
            !answered(200, body, false, &asked("wall.get"))
                .unwrap()
                .maybe_done
        );
        assert!(
            answered(502, "<html>", true, &asked("wall.post"))
                .unwrap()
                .maybe_done
        );
        assert!(!of(214, "no").maybe_done && !of(6, "no").maybe_done);
    }

    #[test]
    fn too_many_in_a_second_rests_the_token_and_flood_control_the_method() {
        let second = of(6, "Too many requests per second");
        assert_eq!(second.bucket.unwrap().name, *"user token");
        assert!(second.until.unwrap() > now() && second.rests.is_none());
        let flood = of(9, "Flood control");
        assert_eq!(flood.bucket.unwrap().name, *"wall.post");
        assert_eq!(flood.rests, Some(rules::FLOOD_RESTS));
        assert_eq!(of(29, "Rate limit reached").rests, Some(rules::QUOTA_RESTS));
        let tomorrow = of(
            601,
            "Permission denied. You have requested too many actions this day",
        )
        .until
        .unwrap();
        let left = tomorrow.duration_since(now()).as_secs();
        assert!((1..=24 * 3600 + 1).contains(&left), "{left}");
    }

    #[test]
    fn a_challenge_carries_what_is_needed_to_pass_it() {
        let page = r#"{"error":{"error_code":14,"error_msg":"Captcha needed","captcha_sid":"7","captcha_img":"https://x/not_supported",
            "redirect_uri":"https://id.vk.com/not_robot_captcha?session_token=t","remixstlid":9055041122137112123}}"#;
        let fault = answered(200, page, true, &asked("wall.post")).unwrap();
        let ErrorKind::Challenge(challenge) = fault.kind else {
            panic!("{:?}", fault.kind)
        };
        assert_eq!(
            challenge.url.as_deref(),
            Some("https://id.vk.com/not_robot_captcha?session_token=t")
        );
        assert_eq!(challenge.id.as_deref(), Some("9055041122137112123"));
        let picture = r#"{"error":{"error_code":14,"captcha_sid":123,"captcha_img":"https://x/captcha.php?sid=123"}}"#;
        let fault = answered(200, picture, true, &asked("wall.post")).unwrap();
        let ErrorKind::Challenge(challenge) = fault.kind else {
            panic!("{:?}", fault.kind)
        };
        assert_eq!(
            challenge.url.as_deref(),
            Some("https://x/captcha.php?sid=123")
        );
        assert_eq!(challenge.id.as_deref(), Some("123"));
        assert_eq!(challenge.kind, ChallengeKind::Captcha);
        let bare = answered(
            200,
            r#"{"error":{"error_code":17}}"#,
            true,
            &asked("wall.post"),
        )
        .unwrap();
        assert_eq!(
            bare.kind,
            ErrorKind::Challenge(Challenge::new(ChallengeKind::Validation))
        );
    }

    #[test]
    fn a_success_is_no_error_and_a_refused_message_within_one_is() {
        for body in [
            r#"{"response":{"error":{"error_code":5}}}"#,
            r#"{"response":1}"#,
            "",
            "<html>",
            "[]",
        ] {
            assert!(
                answered(200, body, true, &asked("wall.post")).is_none(),
                "{body}"
            );
        }
        let body = r#" { "error" : {"error_code":5,"error_msg":"User authorization failed"}}"#;
        assert!(
            answered(200, body, true, &asked("wall.post"))
                .unwrap()
                .renew
        );
        let refused = r#"{"response":[{"peer_id":1,"message_id":0,"error":{"code":901,"description":"Can't send messages"}}]}"#;
        let fault = answered(200, refused, true, &asked("messages.send")).unwrap();
        assert_eq!(fault.kind.name(), "Forbidden");
        let sent = r#"{"response":[{"peer_id":1,"message_id":5,"conversation_message_id":2}]}"#;
        assert!(answered(200, sent, true, &asked("messages.send")).is_none());
    }

    #[test]
    fn the_wrong_kind_of_token_is_named() {
        for (code, said) in [
            (27, "Group authorization failed"),
            (
                5,
                "User authorization failed: method is unavailable with group auth.",
            ),
        ] {
            let fault = of(code, said);
            assert_eq!(
                fault.kind,
                ErrorKind::Forbidden(Need::Token("user".to_owned())),
                "{code}"
            );
            assert!(!fault.renew);
        }
        assert_eq!(
            of(
                100,
                "One of the parameters specified was missing or invalid: object not found"
            )
            .kind,
            ErrorKind::NotFound
        );
        let error = of(
            100,
            "One of the parameters specified was missing or invalid: post_id is undefined",
        );
        let ErrorKind::Invalid(violations) = error.kind else {
            panic!("{:?}", error.kind)
        };
        assert_eq!(
            (violations[0].field.as_str(), &violations[0].rule),
            ("post_id", &Rule::Missing)
        );
    }

    #[test]
    fn what_an_uploads_server_refuses_is_invalid() {
        let body = r#"{"error":"ERR_UPLOAD_BAD_IMAGE_SIZE: market photo min size 400x400","error_descr":"bad size"}"#;
        let fault = answered(200, body, false, &Asked::Upload).unwrap();
        assert_eq!(fault.kind.name(), "Invalid");
        assert!(fault.message.contains("bad size"), "{}", fault.message);
        assert_eq!(
            answered(413, "", false, &Asked::Upload)
                .unwrap()
                .kind
                .name(),
            "Invalid"
        );
        assert_eq!(
            answered(504, "", false, &Asked::Upload)
                .unwrap()
                .kind
                .name(),
            "Unavailable"
        );
        let good = r#"{"server":1,"photo":"[]","hash":"x"}"#;
        assert!(answered(200, good, false, &Asked::Upload).is_none());
    }
}
