//! What went wrong, from the network's words to ours. The status has the last word; two forms of bodies are in use, and
//! the edge before the network answers with pages or with nothing.

use http::StatusCode;

use super::budgets::{Empty, Spender, empty};
use super::fault_words::{Said, Words};
use super::rules::endpoints::{Endpoint, FOLLOW_USER, LIKE_POST, UNFOLLOW_USER, UNLIKE_POST};
use super::rules::{self, Tier, enterprise};
use super::wire::{Problem, read_text};
use crate::client::limits::BucketKey;
use crate::client::{Fault, Reply};
use crate::error::{ErrorKind, Rule, Violation};
use crate::shared::texts::Texts;

/// How much of the network's own words a message quotes, in characters.
pub(super) const QUOTED: usize = 300;
/// Where a locked account is unlocked.
pub(super) const UNLOCK: &str = "https://x.com/account/access";

/// What plans that anybody can buy have lost (docs, changelog).
const OF_PLANS: [&Endpoint; 4] = [LIKE_POST, UNLIKE_POST, FOLLOW_USER, UNFOLLOW_USER];

/// What was asked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    /// An endpoint, by a token.
    Endpoint(&'static Endpoint, Spender),
    /// The server that gives an application its bearer token.
    Bearer,
}

/// What an answer says went wrong, if anything. What is wrong with a part of an answer that is good otherwise is told by
/// [`partial`].
pub(super) fn fault(reply: &Reply<'_>, asked: &Asked) -> Option<Fault> {
    if reply.status.is_success() {
        return None;
    }
    let texts = Texts::default();
    let body = std::str::from_utf8(reply.body).ok();
    let problem: Option<Problem<'_>> = body.and_then(|body| read_text(body, &texts).ok());
    let problem = problem.unwrap_or_default();
    let said = Said::of(&problem);
    let mut fault = Words {
        said: &said,
        status: reply.status,
        write: reply.write,
    }
    .fault();
    if fault.kind == ErrorKind::RateLimited {
        fault = limited(fault, reply, asked, &said);
    }
    if let Asked::Endpoint(endpoint, _) = asked
        && said.kind == "client-forbidden"
        && OF_PLANS.iter().any(|known| known.name == endpoint.name)
    {
        let message = format!(
            "{}: the application's plan has lost this; the plan {} has it",
            said.quote(reply.status),
            Tier::Enterprise
        );
        fault = Fault::refused(ErrorKind::Forbidden(enterprise()), message);
    }
    if let Asked::Bearer = asked {
        fault.renew = false;
        if matches!(reply.status.as_u16(), 400 | 401 | 403) {
            let message = format!(
                "{}: the application's key and secret are not accepted: check both in the developer console",
                said.quote(reply.status)
            );
            fault = Fault::refused(ErrorKind::Unauthorized, message);
        }
    }
    Some(match said.name() {
        Some(name) => fault.code(name),
        None => fault,
    })
}

/// Which window a refusal is of, and until when it lasts.
fn limited(fault: Fault, reply: &Reply<'_>, asked: &Asked, said: &Said<'_>) -> Fault {
    let Asked::Endpoint(endpoint, spender) = asked else {
        return fault;
    };
    // An allowance that no header tells of, of the account and not of the token.
    if said.code == Some(185) || said.says("daily") {
        return fault
            .bucket(spender.quarter(endpoint))
            .rests(rules::POSTING_RESTS);
    }
    match empty(reply.headers, reply.now) {
        Some((which, until)) => fault.bucket(bucket(which, endpoint, spender)).until(until),
        // The window of a quarter of an hour has room, so that it is a day's that has none.
        None => {
            let user = spender.kind.is_user();
            let which = if user && !endpoint.user_day.is_empty() {
                Empty::UserDay
            } else if !endpoint.app_day.is_empty() {
                Empty::AppDay
            } else {
                Empty::Quarter
            };
            fault
                .bucket(bucket(which, endpoint, spender))
                .rests(rules::UNTOLD_RESTS)
        }
    }
}

/// The bucket of an empty window, or the endpoint's own where it is charged to no such day.
fn bucket(which: Empty, endpoint: &Endpoint, spender: &Spender) -> BucketKey {
    match which {
        Empty::UserDay if spender.kind.is_user() && !endpoint.user_day.is_empty() => {
            spender.user_day(endpoint)
        }
        Empty::AppDay if !endpoint.app_day.is_empty() => spender.app_day(endpoint),
        _ => spender.quarter(endpoint),
    }
}

/// What is wrong with one thing of several.
pub(super) fn partial(problem: &Problem<'_>) -> (ErrorKind, String) {
    let said = Said::of(problem);
    let words = Words {
        said: &said,
        status: StatusCode::OK,
        write: false,
    };
    let fault = words.fault();
    (fault.kind, fault.message)
}

/// Whether a problem is that a field of a thing is not shown, and not the thing.
pub(super) fn is_of_a_field(problem: &Problem<'_>) -> bool {
    let kind = segment(problem.kind.or_empty());
    matches!(
        kind,
        "field-unauthorized" | "not-authorized-for-field" | "field-hydration-failure"
    )
}

/// The last part of a problem's type: the prefix is written in two ways.
pub(super) fn segment(kind: &str) -> &str {
    kind.rsplit('/').next().unwrap_or_default()
}

/// A file that the network does not take.
pub(super) fn rejected_file(why: &str) -> (ErrorKind, String) {
    let message = format!(
        "the network cannot use the file ({why}): check its type, size, length and codec; nothing was published"
    );
    let violation = Violation::error(
        Rule::Other("processing".to_owned()),
        "media",
        message.clone(),
    );
    (ErrorKind::Invalid(vec![violation]), message)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use jiff::Timestamp;

    use super::super::rules::TokenKind;
    use super::super::rules::endpoints::CREATE_POST;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn asked(endpoint: &'static Endpoint) -> Asked {
        let spender = Spender {
            kind: TokenKind::OAuth2,
            subject: 7,
            app: 9,
        };
        Asked::Endpoint(endpoint, spender)
    }

    fn answered(status: u16, fields: &[(&'static str, &str)], body: &str, asked: &Asked) -> Fault {
        let headers: HeaderMap = fields
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let body = Bytes::copy_from_slice(body.as_bytes());
        let status = StatusCode::from_u16(status).unwrap();
        fault(
            &Reply::new(status, &headers, &body, true, at(1_795_000_000)),
            asked,
        )
        .unwrap()
    }

    fn of(status: u16, body: &str) -> Fault {
        answered(status, &[], body, &asked(CREATE_POST))
    }

    #[test]
    fn every_signal_of_the_page_gets_its_kind() {
        let problem = |kind: &str, detail: &str| {
            format!(
                r#"{{"type":"https://api.twitter.com/2/problems/{kind}","title":"T","detail":"{detail}","status":403}}"#
            )
        };
        let blank = |detail: &str| {
            format!(
                r#"{{"type":"about:blank","title":"Forbidden","detail":"{detail}","status":403}}"#
            )
        };
        for (status, body, kind) in [
            (400, problem("invalid-request", "One or more parameters"), "Invalid"),
            (401, r#"{"title":"Unauthorized","type":"about:blank","status":401}"#.to_owned(), "Unauthorized"),
            (402, r#"{"title":"CreditsDepleted","detail":"no credits"}"#.to_owned(), "QuotaExhausted"),
            (403, problem("client-forbidden", "When authenticating requests to the X API v2 endpoints, you must use keys"), "Forbidden"),
            (403, blank("You are not allowed to create a Tweet with duplicate content."), "Duplicate"),
            (403, problem("not-authorized-for-resource", "You can only reply to or quote posts where you are mentioned or are the author."), "Forbidden"),
            (403, blank("Posts are limited to a maximum of one cashtag on this plan"), "Rejected"),
            (400, blank("You attempted to reply to a Tweet that is deleted or not visible to you."), "NotFound"),
            (403, blank("Your account is suspended and is not permitted"), "Suspended"),
            (403, blank("You are not permitted to perform this action."), "Forbidden"),
            (403, blank("This Post is no longer eligible: the edit window has passed"), "WindowClosed"),
            (404, problem("resource-not-found", "Could not find tweet"), "NotFound"),
            (404, String::new(), "NotFound"),
            (409, problem("nothing", "x"), "Conflict"),
            (429, problem("usage-capped", "Usage cap exceeded: Monthly product cap"), "QuotaExhausted"),
            (429, r#"{"title":"Too Many Requests","detail":"Too Many Requests","type":"about:blank","status":429}"#.to_owned(), "RateLimited"),
            (503, String::new(), "Unavailable"),
            (403, problem("disallowed-resource", "x"), "Rejected"),
            (403, "<html>Attention Required</html>".to_owned(), "Rejected"),
            (502, "<html>".to_owned(), "Unavailable"),
        ] {
            let fault = of(status, &body);
            assert_eq!(fault.kind.name(), kind, "{status} {body}");
            assert!(fault.message.len() > 25, "{}", fault.message);
        }
    }

    #[test]
    fn a_spending_limit_that_is_reached_is_no_missing_permission_and_tells_until_when() {
        let body = |kind: &str, title: &str, detail: &str| {
            format!(
                r#"{{"title":"{title}","detail":"{detail}","reset_date":"2026-12-13","type":"https://api.twitter.com/2/problems/{kind}"}}"#
            )
        };
        let detail = "Your enrolled account [1] has reached its billing cycle spend cap. API requests will be blocked until the next cycle begins on 2026-12-13.";
        for body in [
            body("credits", "SpendCapReached", detail),
            body("about:blank", "SpendCapReached", ""),
            body("about:blank", "Forbidden", detail),
            body("credits-depleted", "CreditsDepleted", "no credits"),
        ] {
            let fault = of(403, &body);
            assert_eq!(fault.kind, ErrorKind::QuotaExhausted, "{body}");
            assert_eq!(fault.until, "2026-12-13T00:00:00Z".parse().ok(), "{body}");
        }
        let plain = of(403, r#"{"title":"SpendCapReached","reset_date":"soon"}"#);
        assert_eq!((plain.kind, plain.until), (ErrorKind::QuotaExhausted, None));
        let problem: Problem<'_> = super::super::wire::told(
            r#"{"title":"SpendCapReached","type":"https://api.x.com/2/problems/credits"}"#,
        );
        assert_eq!(partial(&problem).0, ErrorKind::QuotaExhausted);
    }

    #[test]
    fn the_older_numbers_get_their_kinds() {
        let table: &[(&[i64], &str)] = &[
            (&[187], "Duplicate"),
            (&[186, 354, 386, 324, 325], "Invalid"),
            (&[185], "RateLimited"),
            (&[226, 326], "Challenge"),
            (&[64], "Suspended"),
            (&[34, 50, 63, 144, 385], "NotFound"),
            (&[139, 327], "Conflict"),
            (&[150, 151, 179, 261, 349, 389, 433, 453], "Forbidden"),
            (&[135], "Config"),
            (&[32, 89, 215], "Unauthorized"),
            (&[130, 131], "Unavailable"),
        ];
        for (codes, kind) in table {
            for code in *codes {
                let fault = of(
                    403,
                    &format!(r#"{{"errors":[{{"code":{code},"message":"Words"}}]}}"#),
                );
                assert_eq!(fault.kind.name(), *kind, "{code}");
                assert_eq!(fault.code.as_deref(), Some(code.to_string().as_str()));
            }
        }
    }

    #[test]
    fn a_429_whose_quarter_has_room_rests_the_day() {
        let quarter = [
            ("x-rate-limit-limit", "50"),
            ("x-rate-limit-remaining", "49"),
            ("x-rate-limit-reset", "1795000900"),
        ];
        let day = [
            ("x-user-limit-24hour-remaining", "0"),
            ("x-user-limit-24hour-reset", "1795050000"),
        ];
        let told = answered(
            429,
            &[&quarter[..], &day[..]].concat(),
            "",
            &asked(LIKE_POST),
        );
        assert_eq!(told.bucket.as_ref().unwrap().name, LIKE_POST.user_day_name);
        assert_eq!(told.until, Some(at(1_795_050_001)));
        // Without a word of the day it rests all the same, and longer each time.
        let untold = answered(429, &quarter, "", &asked(LIKE_POST));
        assert_eq!(
            untold.bucket.as_ref().unwrap().name,
            LIKE_POST.user_day_name
        );
        assert_eq!(
            (untold.until, untold.rests),
            (None, Some(rules::UNTOLD_RESTS))
        );
        let full = answered(
            429,
            &[
                ("x-rate-limit-remaining", "0"),
                ("x-rate-limit-reset", "1795000900"),
            ],
            "",
            &asked(LIKE_POST),
        );
        assert_eq!(full.bucket.as_ref().unwrap().name, LIKE_POST.name);
        assert_eq!((full.until, full.rests), (Some(at(1_795_000_901)), None));
    }

    #[test]
    fn an_accounts_own_allowance_rests_posting_for_longer() {
        let fault = of(
            403,
            r#"{"errors":[{"code":185,"message":"User is over daily status update limit."}]}"#,
        );
        assert_eq!(
            (fault.kind.name(), fault.rests),
            ("RateLimited", Some(rules::POSTING_RESTS))
        );
    }

    #[test]
    fn only_a_failure_on_the_networks_side_leaves_a_write_in_doubt() {
        assert!(of(503, "").maybe_done && of(500, "<html>").maybe_done);
        assert!(!of(403, "").maybe_done && !of(429, "").maybe_done && !of(402, "").maybe_done);
    }

    #[test]
    fn a_login_is_renewed_and_a_wrong_application_is_not() {
        assert!(of(401, "").renew);
        let fault = answered(
            403,
            &[],
            r#"{"errors":[{"code":99,"message":"Unable to verify your credentials"}]}"#,
            &Asked::Bearer,
        );
        assert_eq!((fault.kind, fault.renew), (ErrorKind::Unauthorized, false));
        let fault = of(
            401,
            r#"{"errors":[{"code":135,"message":"Timestamp out of bounds."}]}"#,
        );
        assert_eq!((fault.kind.name(), fault.renew), ("Config", true));
    }

    #[test]
    fn what_is_wrong_with_one_thing_of_several_is_told_by_its_own() {
        let problem: Problem<'_> = super::super::wire::told(
            r#"{"value":"7","detail":"Could not find tweet with ids: [7].","title":"Not Found Error","resource_type":"tweet","parameter":"ids",
                "resource_id":"7","type":"https://api.x.com/2/problems/resource-not-found"}"#,
        );
        assert_eq!(partial(&problem).0, ErrorKind::NotFound);
        assert!(!is_of_a_field(&problem));
        let problem: Problem<'_> = super::super::wire::told(
            r#"{"type":"https://api.x.com/2/problems/not-authorized-for-resource","detail":"Sorry, you are not authorized to see the Tweet"}"#,
        );
        assert_eq!(partial(&problem).0.name(), "Forbidden");
    }
}
