//! The table of what X says went wrong: by words, by the older form's numbers, by the problem's type, by the status.

use http::StatusCode;
use jiff::Timestamp;

use super::fault::{QUOTED, UNLOCK, segment};
use super::rules::enterprise;
use super::wire::Problem;
use crate::client::Fault;
use crate::error::{Challenge, ChallengeKind, ErrorKind, Need, Rule, Violation};

/// What the network says, in either of its forms.
pub(super) struct Said<'a> {
    /// The problem's type, without what stands before it; of the server of tokens its word for it.
    pub(super) kind: &'a str,
    title: &'a str,
    detail: &'a str,
    /// The older form's number.
    pub(super) code: Option<i64>,
    /// The day on which a limit that is used up begins anew.
    reset: Option<Timestamp>,
}

impl<'a> Said<'a> {
    pub(super) fn of(problem: &'a Problem<'_>) -> Self {
        let inner = problem.errors.objects().next();
        let code = problem.code.0.or(inner.and_then(|inner| inner.code.0));
        let own = problem.detail.get().or(problem.error_description.get());
        // Of a request that is wrong the list says what is wrong with it.
        let listed = inner.and_then(|inner| inner.message.get().or(inner.detail.get()));
        let invalid = segment(problem.kind.or_empty()) == "invalid-request";
        let detail = if invalid {
            listed.or(own)
        } else {
            own.or(listed)
        };
        Self {
            kind: match problem.kind.get() {
                Some(kind) => segment(kind),
                None => problem.error.get().unwrap_or_else(|| {
                    inner.and_then(|inner| inner.kind.get()).map_or("", segment)
                }),
            },
            title: problem
                .title
                .get()
                .or(inner.and_then(|inner| inner.title.get()))
                .unwrap_or_default(),
            detail: detail.or(problem.message.get()).unwrap_or_default(),
            code,
            reset: problem.reset_date.get().and_then(day),
        }
    }

    /// The network's own name of it.
    pub(super) fn name(&self) -> Option<String> {
        match (self.code, self.kind) {
            (Some(code), _) => Some(code.to_string()),
            (None, "" | "about:blank") => None,
            (None, kind) => Some(kind.to_owned()),
        }
    }

    pub(super) fn says(&self, words: &str) -> bool {
        [self.detail, self.title]
            .iter()
            .any(|said| said.to_ascii_lowercase().contains(words))
    }

    /// The network's own words, bounded.
    pub(super) fn quote(&self, status: StatusCode) -> String {
        let words = if self.detail.is_empty() {
            self.title
        } else {
            self.detail
        };
        if words.is_empty() {
            return match self.code {
                Some(code) => format!("error {code}"),
                None => format!("status {}", status.as_u16()),
            };
        }
        words.chars().take(QUOTED).collect()
    }
}

/// The moment in which a day of UTC begins.
fn day(told: &str) -> Option<Timestamp> {
    let date: jiff::civil::Date = told.get(..10)?.parse().ok()?;
    let begins = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(begins.timestamp())
}

pub(super) struct Words<'a> {
    pub(super) said: &'a Said<'a>,
    /// 200 where it is about one thing of several.
    pub(super) status: StatusCode,
    pub(super) write: bool,
}

impl Words<'_> {
    fn refused(&self, kind: ErrorKind, advice: &str) -> Fault {
        Fault::refused(kind, format!("{}: {advice}", self.said.quote(self.status)))
    }

    fn invalid(&self, rule: Rule, field: &str, advice: &str) -> Fault {
        let message = format!("{}: {advice}", self.said.quote(self.status));
        let violation = Violation::error(rule, field, message.clone());
        Fault::refused(ErrorKind::Invalid(vec![violation]), message)
    }

    fn permission(&self, advice: &str) -> Fault {
        self.refused(
            ErrorKind::Forbidden(Need::Permission(advice.to_owned())),
            advice,
        )
    }

    fn challenge(&self, kind: ChallengeKind, advice: &str) -> Fault {
        self.refused(
            ErrorKind::Challenge(Challenge::new(kind).url(UNLOCK)),
            advice,
        )
    }

    fn gone(&self) -> Fault {
        self.refused(
            ErrorKind::NotFound,
            "it is gone, or not shown to this identity: check the id",
        )
    }

    fn expired(&self) -> Fault {
        self.refused(
            ErrorKind::Unauthorized,
            "the token is not accepted: it has ended, was revoked, or is of another application; log in again",
        )
        .renew()
    }

    fn limit(&self) -> Fault {
        self.refused(
            ErrorKind::RateLimited,
            "too many calls for now: wait until the window ends, others go on",
        )
    }

    fn temporary(&self) -> Fault {
        let message = format!(
            "the network is out of order ({}): try again later",
            self.said.quote(self.status)
        );
        if self.write {
            Fault::unclear(ErrorKind::Unavailable, message)
        } else {
            Fault::refused(ErrorKind::Unavailable, message)
        }
    }

    /// The whole table of x.md.
    pub(super) fn fault(&self) -> Fault {
        match self.status.as_u16() {
            401 => return self.unauthorised(),
            402 => return self.spent(),
            // The limit that the console sets is told as a refusal, and is none of what was asked.
            400..=499
                if self.said.kind.starts_with("credits")
                    || self.said.says("spendcapreached")
                    || self.said.says("spend cap") =>
            {
                return self.spent();
            }
            429 if self.said.kind == "usage-capped" || self.said.says("usagecapexceeded") => {
                return self.spent();
            }
            429 => return self.limit(),
            500..=599 => return self.temporary(),
            _ => {}
        }
        self.by_words()
            .or_else(|| self.said.code.and_then(|code| self.by_code(code)))
            .or_else(|| self.by_kind())
            .unwrap_or_else(|| self.by_status())
    }

    fn unauthorised(&self) -> Fault {
        if self.said.code == Some(135) || self.said.says("timestamp out of bounds") {
            // What the answer tells of the time is learned, and the call may be signed anew.
            return self
                .refused(ErrorKind::Config, "this machine's clock is off: set it")
                .renew();
        }
        self.expired()
    }

    fn spent(&self) -> Fault {
        self.refused(
            ErrorKind::QuotaExhausted,
            "the credits or the month's allowance are used up: top up or raise the limit in the developer console; waiting a \
             little does not help",
        )
        .until(self.said.reset)
    }

    /// What only the words tell: the type says nothing, and the same status stands for all of it.
    fn by_words(&self) -> Option<Fault> {
        let says = |words: &str| self.said.says(words);
        Some(
            if says("duplicate content") || says("status is a duplicate") {
                self.refused(
                ErrorKind::Duplicate(None),
                "the account published these words a short while ago: look at its posts, and change the text",
            )
            } else if says("only reply to or quote posts where you are mentioned") {
                self.refused(
                ErrorKind::Forbidden(enterprise()),
                "on this plan an account answers only posts that mention or quote it, and its own: do not repeat it",
            )
            } else if says("you have already") {
                // What stands already stands: whoever likes or reposts takes it for done.
                self.refused(ErrorKind::Conflict, "it stands already")
            } else if says("maximum of one cashtag") || says("one cashtag") {
                self.refused(
                    ErrorKind::Rejected,
                    "on this plan a post holds one cashtag: take the others out",
                )
            } else if says("deleted or not visible to you") {
                self.gone()
            } else if says("restricted who can reply") || says("not allowed to reply") {
                self.permission("the author of the post restricted who may answer it")
            } else if says("edit")
                && (says("no longer")
                    || says("window")
                    || says("expired")
                    || says("not eligible")
                    || says("cannot be edited"))
            {
                self.refused(
                    ErrorKind::WindowClosed,
                    "the post cannot be edited any more: its time or its edits are used up",
                )
            } else if says("permission to dm") || says("cannot send messages to") {
                self.permission("the account takes no messages from this one")
            } else if says("premium") {
                self.refused(
                    ErrorKind::Forbidden(Need::Permission("an account with Premium".to_owned())),
                    "the account needs Premium for this",
                )
            } else if says("account is suspended")
                || says("account has been suspended")
                || says("user is suspended")
            {
                self.refused(ErrorKind::Suspended, "the account is suspended")
            } else if says("temporarily locked") || says("account is locked") {
                self.challenge(
                    ChallengeKind::Validation,
                    "the account is locked: log in with a browser and unlock it",
                )
            } else if says("looks like it might be automated") {
                self.challenge(
                ChallengeKind::Other("automated".to_owned()),
                "X takes it for automated: do not repeat it, since accounts are suspended for that",
            )
            } else if says("daily limit") || says("over daily status update limit") {
                self.limit()
            } else if says("too long") {
                self.invalid(
                    Rule::TooLong,
                    "text",
                    "shorten the text, or publish it as a thread",
                )
            } else {
                return None;
            },
        )
    }

    /// The older form's numbers.
    fn by_code(&self, code: i64) -> Option<Fault> {
        Some(match code {
            187 => self.refused(
                ErrorKind::Duplicate(None),
                "the account published these words a short while ago: look at its posts, and change the text",
            ),
            186 | 354 => self.invalid(Rule::TooLong, "text", "shorten the text"),
            386 => self.invalid(Rule::TooMany, "media", "a post has up to 4 pictures, or one video, or one moving picture"),
            324 | 325 => self.invalid(
                Rule::Other("media".to_owned()),
                "media",
                "the file is not there any more, or cannot be used: upload it again",
            ),
            185 | 88 => self.limit(),
            226 => self.challenge(
                ChallengeKind::Other("automated".to_owned()),
                "X takes it for automated: do not repeat it, since accounts are suspended for that",
            ),
            326 => self.challenge(
                ChallengeKind::Validation,
                "the account is locked: log in with a browser and unlock it",
            ),
            64 => self.refused(ErrorKind::Suspended, "the account is suspended"),
            34 | 50 | 63 | 144 | 385 => self.gone(),
            // What stands already stands: whoever likes or reposts takes it for done.
            139 | 327 => self.refused(ErrorKind::Conflict, "it stands already"),
            179 => self.permission("the account is protected, and this identity does not follow it"),
            150 | 151 | 349 | 389 => self.permission("the account takes no messages from this one"),
            433 => self.permission("the author of the post restricted who may answer it"),
            453 => self.permission("the application's plan lacks this endpoint: see the developer console"),
            261 => self.permission("the application may only read: allow it to write, and log in again"),
            135 => self.refused(ErrorKind::Config, "this machine's clock is off: set it"),
            32 | 89 | 215 => self.expired(),
            130 | 131 => self.temporary(),
            _ => return None,
        })
    }

    fn by_kind(&self) -> Option<Fault> {
        Some(match self.said.kind {
            // A stream without a rule is in no state to be opened, which the status tells.
            "invalid-rules" if self.status == StatusCode::CONFLICT => return None,
            "invalid-request" | "invalid-rules" => {
                self.invalid(self.rule(), "request", "mend what the message names, and send it again")
            }
            "client-forbidden" => self.permission(
                "an application that is enrolled in a plan with this endpoint: see the developer console",
            ),
            "not-authorized-for-resource" => {
                self.permission("this identity may not see or do that: it is protected, blocked, or another's")
            }
            "field-unauthorized" | "not-authorized-for-field" => {
                self.permission("figures that only the author sees, of posts of the last 30 days")
            }
            "resource-not-found" => self.gone(),
            "rate-limit-exceeded" => self.limit(),
            "usage-capped" => self.spent(),
            kind if kind.starts_with("credits") => self.spent(),
            "internal-error" | "resource-unavailable" | "field-hydration-failure" => self.temporary(),
            "disallowed-resource" => {
                self.refused(ErrorKind::Rejected, "the network does not take this content: change it")
            }
            "streaming-connection" | "duplicate-rules" => {
                self.refused(ErrorKind::Conflict, "another stream or the same rule is there already")
            }
            "rule-cap" => self.refused(ErrorKind::QuotaExhausted, "there are as many rules as the plan allows: remove some"),
            "unsupported-authentication" => {
                self.permission("another kind of token: the profile tells which one")
            }
            _ => return None,
        })
    }

    fn rule(&self) -> Rule {
        if self.said.says("missing")
            || self.said.says("required")
            || self.said.says("can not be empty")
        {
            Rule::Missing
        } else if self.said.says("exceed") || self.said.says("at most") {
            Rule::TooMany
        } else {
            Rule::Malformed
        }
    }

    fn by_status(&self) -> Fault {
        let status = self.status.as_u16();
        match status {
            400 | 422 => self.invalid(
                self.rule(),
                "request",
                "mend what the message names, and send it again",
            ),
            // Whoever stands before the network gives no reason.
            403 if self.said.detail.is_empty() && self.said.title.is_empty() => Fault::refused(
                ErrorKind::Rejected,
                "status 403 without a reason: something before the network refuses the request; check the address that it \
                 goes out from",
            ),
            403 => self.permission("the account, the application or its plan does not allow it"),
            404 => self.gone(),
            408 => self.temporary(),
            409 => self.refused(
                ErrorKind::Conflict,
                "it is in no state for that: a stream needs a rule first",
            ),
            413 => self.invalid(Rule::TooLarge, "media", "what is sent at once is too large"),
            200..=299 => self.refused(ErrorKind::Rejected, "the network refuses it"),
            _ => Fault::refused(
                ErrorKind::Rejected,
                format!(
                    "status {status} without a reason: something before the network refuses the request"
                ),
            ),
        }
    }
}
