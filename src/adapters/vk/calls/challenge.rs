//! What a person has to pass before a call is answered: remembered, so that the answer goes out with the next call.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::super::Vk;
use super::super::rules::{self, NETWORK, TokenKind};
use crate::client::Clock;
use crate::error::{Challenge, ChallengeKind, Error, ErrorKind, Result};

/// The challenges that wait, each for one method of one token.
#[derive(Default)]
pub(in super::super) struct Challenges(Mutex<Vec<Waiting>>);

struct Waiting {
    method: String,
    kind: TokenKind,
    challenge: Challenge,
    /// Whether it is passed on a page, which gives a token.
    on_page: bool,
    since: Timestamp,
    answer: Option<String>,
}

impl Waiting {
    fn is(&self, method: &str, kind: TokenKind) -> bool {
        self.method == method && self.kind == kind
    }

    fn is_over(&self, now: Timestamp) -> bool {
        let ends = self.since.checked_add(rules::CHALLENGE_REST);
        ends.is_ok_and(|ends| ends <= now)
    }

    /// What the next call says besides.
    fn said(&self) -> Vec<(&'static str, String)> {
        let Some(answer) = self.answer.clone() else {
            return Vec::new();
        };
        let id = self.challenge.id.clone();
        match &self.challenge.kind {
            ChallengeKind::Captcha if self.on_page => {
                let mut said = vec![("success_token", answer)];
                said.extend(id.map(|id| ("remixstlid", id)));
                said
            }
            ChallengeKind::Captcha => {
                let mut said = vec![("captcha_key", answer)];
                said.extend(id.map(|id| ("captcha_sid", id)));
                said
            }
            ChallengeKind::Other(_) => vec![("confirm", "1".to_owned())],
            // What was confirmed on a page is known to the network.
            _ => Vec::new(),
        }
    }
}

/// What a call says besides, and whether that answers a challenge.
#[derive(Default)]
pub(super) struct Answering {
    pub(super) said: Vec<(&'static str, String)>,
    pub(super) answers: bool,
}

impl Challenges {
    fn all(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes unless a challenge to this method waits for its answer.
    pub(super) fn pass(&self, method: &str, kind: TokenKind, now: Timestamp) -> Result<Answering> {
        let mut all = self.all();
        all.retain(|waiting| !waiting.is_over(now));
        match all.iter().find(|waiting| waiting.is(method, kind)) {
            None => Ok(Answering::default()),
            Some(waiting) if waiting.answer.is_some() => Ok(Answering {
                said: waiting.said(),
                answers: true,
            }),
            Some(waiting) => {
                let message = format!(
                    "a challenge to {method} waits for its answer: nothing was sent; hand the answer to \
                     answer_challenge, or wait ten minutes"
                );
                Err(
                    Error::new(ErrorKind::Challenge(waiting.challenge.clone()), message)
                        .with_network(NETWORK),
                )
            }
        }
    }

    /// A challenge came: one that was answered before was not passed.
    pub(super) fn came(
        &self,
        method: &str,
        kind: TokenKind,
        (challenge, on_page): (Challenge, bool),
        now: Timestamp,
    ) {
        let mut all = self.all();
        all.retain(|waiting| !waiting.is(method, kind));
        all.push(Waiting {
            method: method.to_owned(),
            kind,
            challenge,
            on_page,
            since: now,
            answer: None,
        });
    }

    /// The call was answered, so that the challenge is over.
    pub(super) fn passed(&self, method: &str, kind: TokenKind) {
        self.all().retain(|waiting| !waiting.is(method, kind));
    }

    fn answer(&self, challenge: &Challenge, answer: &str) -> bool {
        let mut found = false;
        for waiting in self.all().iter_mut().filter(|w| w.challenge == *challenge) {
            waiting.answer = Some(answer.to_owned());
            found = true;
        }
        found
    }
}

impl Vk {
    /// Hands over what a person answered to a [`Challenge`]: the next call of the method that was refused carries it, so
    /// make the same call again. A publication with the same key stays one.
    ///
    /// For a captcha with a picture the answer is the text on it; for one that is passed on a page it is the
    /// `success_token` that the page gives. What is confirmed on a page (validation) has no answer: pass an empty text
    /// once the person is done.
    ///
    /// # Errors
    /// `NotFound` where no call of this object waits for that challenge, or no longer; `Invalid` for an empty answer to a
    /// captcha.
    pub fn answer_challenge(&self, challenge: &Challenge, answer: &str) -> Result<()> {
        let answer = answer.trim();
        if answer.is_empty() && challenge.kind == ChallengeKind::Captcha {
            return Err(super::invalid(
                crate::error::Rule::Empty,
                "answer",
                "a captcha needs its answer: the picture's text, or the success_token that the page gave",
            ));
        }
        if self.inner.challenges.answer(challenge, answer) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::NotFound,
            "no call waits for this challenge, or no longer: make the call again, and answer the challenge that it brings",
        )
        .with_network(NETWORK))
    }

    pub(super) fn now(&self) -> Timestamp {
        Clock::now(&**self.inner.client.clock())
    }
}
