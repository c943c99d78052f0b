//! What the network's codes and words mean: every error of its own, by its code.

use jiff::{SignedDuration, Timestamp};

use super::fault::{Asked, QUOTED, challenge_of, temporary};
use super::rules::{self, TokenKind};
use super::wire::CallError;
use crate::client::Fault;
use crate::error::{ErrorKind, Need, Rule, Violation};

/// Between Moscow, where the network's day ends, and Greenwich, in hours.
const MOSCOW: i64 = 3;

/// An error of the network's own, and what was asked.
pub(super) struct Words<'a> {
    error: &'a CallError<'a>,
    asked: &'a Asked<'a>,
    code: i64,
    said: &'a str,
    write: bool,
    now: Timestamp,
}

impl<'a> Words<'a> {
    pub(super) fn of(
        error: &'a CallError<'a>,
        asked: &'a Asked<'a>,
        write: bool,
        now: Timestamp,
    ) -> Self {
        Self {
            error,
            asked,
            code: error.code.0.unwrap_or_default(),
            said: error.said.get().or(error.text.get()).unwrap_or_default(),
            write,
            now,
        }
    }

    /// The network's own words, bounded.
    fn quote(&self) -> String {
        if self.said.is_empty() {
            return format!("error {}", self.code);
        }
        self.said.chars().take(QUOTED).collect()
    }

    fn says(&self, words: &str) -> bool {
        self.said
            .to_ascii_lowercase()
            .contains(&words.to_ascii_lowercase())
    }

    fn refused(&self, kind: ErrorKind, advice: &str) -> Fault {
        Fault::refused(kind, format!("{}: {advice}", self.quote()))
    }

    fn invalid(&self, rule: Rule, advice: &str) -> Fault {
        let message = format!("{}: {advice}", self.quote());
        let violation = Violation::error(rule, self.parameter(), message.clone());
        Fault::refused(ErrorKind::Invalid(vec![violation]), message)
    }

    /// The parameter that an error 100 names after its colon: `… missing or invalid: owner_id is undefined`.
    fn parameter(&self) -> &str {
        let named = self.said.rsplit_once(": ").map(|(_, rest)| rest);
        let word = named.and_then(|rest| rest.split_whitespace().next());
        word.filter(|word| {
            self.code == 100
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        })
        .unwrap_or("request")
    }

    fn permission(&self, advice: &str) -> Fault {
        let need = Need::Permission(advice.to_owned());
        self.refused(ErrorKind::Forbidden(need), advice)
    }

    fn token(&self, kind: &str, advice: &str) -> Fault {
        self.refused(ErrorKind::Forbidden(Need::Token(kind.to_owned())), advice)
    }

    /// An application's token was shown where a person's or a community's is needed.
    fn no_service(&self) -> Fault {
        let takes = match self.asked {
            Asked::Method { name, .. } => rules::kinds(name),
            Asked::Upload => &[],
        };
        let others = takes.iter().filter(|kind| **kind != TokenKind::Service);
        let others: Vec<&str> = others.map(|kind| kind.as_str()).collect();
        let need = match &others[..] {
            // Of a method that is not in the table only this is known.
            [] => "user or community".to_owned(),
            others => others.join(" or "),
        };
        self.token(
            &need,
            &format!("a service token may not do this: set a {need} token"),
        )
    }

    fn challenge(&self, advice: &str) -> Fault {
        self.refused(ErrorKind::Challenge(challenge_of(self.error)), advice)
    }

    /// A limit of this method alone: others go on.
    fn method_limit(&self, advice: &str) -> Fault {
        let fault = self.refused(ErrorKind::RateLimited, advice);
        match self.asked {
            Asked::Method { method, .. } => fault.bucket(method.clone()),
            Asked::Upload => fault,
        }
    }

    fn kind(&self) -> Option<TokenKind> {
        match self.asked {
            Asked::Method { kind, .. } => Some(*kind),
            Asked::Upload => None,
        }
    }

    pub(super) fn fault(&self) -> Fault {
        // The parameters of the call stand in the answer, texts of messages among them: they are never kept.
        let excerpt = format!("error {}: {}", self.code, self.quote());
        self.by_code().code(self.code.to_string()).excerpt(excerpt)
    }

    /// The whole table of vk.md, and what the schema names besides.
    fn by_code(&self) -> Fault {
        match self.code {
            1 | 10 | 36 => temporary(self.quote(), self.write),
            43 => self.refused(
                ErrorKind::Unavailable,
                "this section is switched off for now: try again later",
            ),
            28 if self.says("service token") => self.no_service(),
            2 | 28 | 38 | 101 => self.refused(
                ErrorKind::Config,
                "check the application that the token was made for: it is switched off or not known",
            ),
            4 => self.refused(ErrorKind::Config, "the call is signed wrongly: check the token"),
            11 => self.refused(
                ErrorKind::Config,
                "the application is in test mode: switch it on in its settings",
            ),
            12 | 13 => self.refused(ErrorKind::Config, "the code of an execute cannot be run: mend it"),
            16 => self.refused(ErrorKind::Config, "the network asks for https: set a base URL with it"),
            3 | 23 | 33 | 34 | 35 => self.refused(
                ErrorKind::Unsupported,
                "the network does not offer this method in this version",
            ),
            // Old answers say so where the kind of the token is wrong, and not its login.
            5 if self.says("group auth") => self.token("user", "set a user token"),
            5 | 1114 | 1116 | 1117 | 1118 | 3610 => self.expired(),
            6 => {
                let until = self.now.checked_add(rules::BREATH).ok();
                let fault = self
                    .refused(ErrorKind::RateLimited, "too many requests in one second: wait a moment")
                    .until(until);
                match self.asked {
                    Asked::Method { second, .. } => fault.bucket(second.clone()),
                    Asked::Upload => fault,
                }
            }
            9 | 1105 => self
                .method_limit(
                    "this method is asked too often or with the same words: it rests for minutes, others go on",
                )
                .rests(rules::FLOOD_RESTS),
            32 | 219 | 223 => self
                .method_limit("wait a few minutes before the next one")
                .rests(rules::FLOOD_RESTS),
            29 => self
                .method_limit("the quota of this method is used up: it rests for hours, others go on")
                .rests(rules::QUOTA_RESTS),
            601 => self
                .method_limit("too many actions today: go on tomorrow")
                .until(next_day(self.now)),
            7 | 20 | 21 | 42 | 200 | 201 | 203 | 204 | 205 | 260 | 600 => self.permission(
                "the token lacks the right, or the account its role in the community: check both",
            ),
            // What stood below a post that was taken away.
            15 if self.says("was not found") => {
                self.refused(ErrorKind::NotFound, "it is gone, or was never there: check the id")
            }
            15 if self.error.subcode.0 == Some(1133) => self.permission(
                "the token's application may not use this method: take a token with that scope",
            ),
            15 if self.error.subcode.0 == Some(1134) => self.token(
                "user, of a standalone application",
                "this kind of application may not do this: take a token of a standalone one",
            ),
            15 => self.permission(
                "the token lacks the scope, or the other side does not allow it: check both",
            ),
            27 => self.token("user", "a community's token may not do this: set a user token"),
            30 => self.permission("the profile is private"),
            1051 => self.token(
                rules::STANDALONE,
                "a token of VK ID may not do this: set one that a standalone application gets",
            ),
            // Whose limit it is, only a subcode tells.
            103 if self.error.subcode.0.is_some() => self.refused(
                ErrorKind::QuotaExhausted,
                "a limit of the account is reached: leave or remove something first",
            ),
            103 => self.invalid(Rule::TooMany, "ask for less"),
            100 if self.says("not found") => {
                self.refused(ErrorKind::NotFound, "it is gone, or was never there: check the id")
            }
            8 | 100 | 113 | 114 | 118 | 119 | 121 | 122 | 125 | 129 | 150 | 252 | 9999 => {
                self.invalid(self.rule(), "mend what the message names, and send it again")
            }
            22 | 105 => self.invalid(
                Rule::Other("upload".to_owned()),
                "the file was not taken over: check its type and size, and upload it again",
            ),
            232 => self.invalid(Rule::Other("target".to_owned()), "this cannot be liked"),
            18 | 39 | 40 | 104 | 140 | 177 | 251 => {
                self.refused(ErrorKind::NotFound, "it is gone, or was never there: check the id")
            }
            37 => self.refused(ErrorKind::Suspended, "the account is banned"),
            14 | 3300 => self.challenge(
                "a person has to pass it: open the challenge's url, hand the result to answer_challenge, and repeat the call",
            ),
            17 | 24 | 25 | 3301..=3304 | 3609 | 11500 => self.challenge(
                "a person has to confirm it: open the challenge's url, tell answer_challenge, and repeat the call",
            ),
            19 | 220 | 222 | 224 | 225 => {
                self.refused(ErrorKind::Rejected, "the network does not take this content: change it")
            }
            210..=213 => self.permission(
                "the wall, the post or its comments are closed to this account, or not its own",
            ),
            214 => self.posting(),
            243 => self.refused(ErrorKind::Unavailable, "try again later"),
            250 | 253 => self.permission("the poll shows that only to those who voted"),
            703 | 704 => self.permission(
                "an administrator of the community has to switch on two-factor login first",
            ),
            901 => self.permission(
                "the person has to write first, or to allow the community's messages",
            ),
            950 => self.refused(
                ErrorKind::WindowClosed,
                "the time to answer is over: the person has to write again",
            ),
            900 | 902 | 917 | 919 | 922 | 925 | 927 | 932 | 935 | 936 | 939 | 945 | 946 | 962
            | 983..=988 | 1012 => self.permission("this conversation takes no message from here"),
            909 | 924 => self.refused(
                ErrorKind::WindowClosed,
                "the message is too old to be changed or taken back",
            ),
            920 | 949 => self.refused(ErrorKind::Unsupported, "a message of this kind cannot be changed"),
            910 | 914 => self.invalid(Rule::TooLong, "shorten the message, or send it in parts"),
            911 | 913 | 921 | 940 | 969 => self.invalid(
                Rule::Malformed,
                "mend the keyboard, the forwarded messages or the attached posts",
            ),
            907 | 908 => self.refused(
                ErrorKind::Conflict,
                "the cursor does not hold any more: begin again from now",
            ),
            _ => self.refused(ErrorKind::Rejected, "the network refused the call"),
        }
    }

    fn expired(&self) -> Fault {
        let kind = self.kind().map_or("", TokenKind::as_str);
        let message = format!(
            "{}: the {kind} token is revoked or has expired: get a new one",
            self.quote()
        );
        Fault::refused(ErrorKind::Unauthorized, message).renew()
    }

    fn rule(&self) -> Rule {
        if self.says("undefined") || self.says("is required") || self.says("is empty") {
            Rule::Missing
        } else if self.says("too long") {
            Rule::TooLong
        } else if self.says("too many") {
            Rule::TooMany
        } else {
            Rule::Malformed
        }
    }

    /// One code for whatever keeps a post off a wall: only the words tell what.
    fn posting(&self) -> Fault {
        if self.says("scheduled for this time") || self.says("already scheduled") {
            self.refused(
                ErrorKind::Duplicate(None),
                "a post is scheduled for that time already: choose another",
            )
        } else if self.says("edit time") {
            self.refused(ErrorKind::WindowClosed, "the post is too old to be changed")
        } else if self.says("a day") || self.says("per day") || self.says("posts limit") {
            self.method_limit("the wall takes no more posts today: go on tomorrow")
                .rests(rules::QUOTA_RESTS)
        } else {
            self.permission(
                "the account may not write on this wall: check its role and the token's scope",
            )
        }
    }
}

/// The first moment of the network's next day.
fn next_day(now: Timestamp) -> Option<Timestamp> {
    let offset = MOSCOW * 3600;
    let there = now.as_second().checked_add(offset)?;
    let day = 24 * 3600;
    let next = there - there.rem_euclid(day) + day - offset;
    Timestamp::from_second(next)
        .ok()
        .and_then(|at| at.checked_add(SignedDuration::from_secs(1)).ok())
}
