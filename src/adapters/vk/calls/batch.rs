//! Many reads in one request (`execute`).

use futures_util::future::join_all;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::Vk;
use super::super::fault;
use super::super::rules::{self, NETWORK, TokenKind};
use super::super::wire::{self, CallError, Executed, Members};
use super::{Params, Sent, flat, invalid, native, native_response, response};
use crate::client::{Answer, Fault};
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::operation::Operation;
use crate::shared::texts::Texts;

/// The answers to several calls, in their order.
pub(in super::super) struct Batch<'a> {
    vk: &'a Vk,
    method: &'a str,
    parts: Vec<Part>,
}

enum Part {
    /// Calls that went out in one request, and by which token.
    Many {
        answer: Answer,
        calls: usize,
        kind: TokenKind,
    },
    /// A call by itself.
    One(Result<Answer>),
}

/// How results are read: alone in an answer, and among others in one.
struct Reader<'s, T> {
    alone: fn(&'s Answer) -> Result<T>,
    among: fn(&'s str, &'s Texts) -> serde_json::Result<T>,
}

impl Batch<'_> {
    /// What each call answered, or its own error.
    ///
    /// # Errors
    /// Where an answer as a whole cannot be read.
    pub(in super::super) fn read<'s, T: Members<'s> + Default>(&'s self) -> Result<Vec<Result<T>>> {
        self.read_by(Reader {
            alone: response,
            among: wire::read_text,
        })
    }

    fn read_native<T: DeserializeOwned>(&self) -> Result<Vec<Result<T>>> {
        self.read_by(Reader {
            alone: native_response,
            among: |text, _| serde_json::from_str(text),
        })
    }

    fn read_by<'s, T>(&'s self, reader: Reader<'s, T>) -> Result<Vec<Result<T>>> {
        let mut results = Vec::new();
        for part in &self.parts {
            match part {
                Part::One(Ok(answer)) => results.push((reader.alone)(answer)),
                Part::One(Err(error)) => results.push(Err(error.clone())),
                Part::Many {
                    answer,
                    calls,
                    kind,
                } => self.apart(answer, (*calls, *kind), &reader, &mut results)?,
            }
        }
        Ok(results)
    }

    /// The results of calls that went out together: what failed stands there as `false`, and its error in a list beside.
    fn apart<'s, T>(
        &'s self,
        answer: &'s Answer,
        (calls, kind): (usize, TokenKind),
        reader: &Reader<'s, T>,
        results: &mut Vec<Result<T>>,
    ) -> Result<()> {
        let told: Executed<'s> = answer.json()?;
        let asked = self.vk.asked(self.method, kind);
        let now = self.vk.now();
        let mut errors = told
            .execute_errors
            .iter()
            .filter_map(|error| wire::read_text::<CallError<'_>>(error.get(), &answer.texts).ok())
            .filter(|error| {
                let named = error.method.get();
                named.is_none_or(|named| named == self.method)
            });
        let mut answered = told.response.into_iter();
        for _ in 0..calls {
            let result = match answered.next() {
                Some(place) if place.get() == "false" => Err(match errors.next() {
                    Some(error) => of_one(fault::within(&error, &asked, now)),
                    None => answer.unreadable("a call within it failed, and it does not tell why"),
                }),
                Some(place) => (reader.among)(place.get(), &answer.texts).map_err(|_| {
                    answer.unreadable("the result of a call within it is not what was expected")
                }),
                None => Err(answer.unreadable("it holds fewer results than there were calls")),
            };
            results.push(result);
        }
        Ok(())
    }
}

fn of_one(fault: Fault) -> Error {
    let error = Error::new(fault.kind, fault.message).with_network(NETWORK);
    match fault.code {
        Some(code) => error.with_code(code),
        None => error,
    }
}

/// The program of an `execute`: values stand in it as JSON texts, which cannot end early.
fn program(method: &str, calls: &[Params]) -> String {
    let mut code = String::from("return [");
    for (i, call) in calls.iter().enumerate() {
        if i > 0 {
            code.push(',');
        }
        code.push_str("API.");
        code.push_str(method);
        code.push('(');
        code.push_str(&call.json().to_string());
        code.push(')');
    }
    code.push_str("];");
    code
}

impl Vk {
    /// Calls a method that only reads once for each set of parameters, up to 25 at a time in one request (`execute`): one
    /// result for each, in order.
    ///
    /// Parameters and tokens are as for [`call`](Self::call). The network runs such requests for a community's and a
    /// user's token; with a service token alone each call goes by itself.
    ///
    /// # Errors
    /// `Invalid` where the method changes something by its name, or the parameters are none; `Forbidden` where the token is
    /// missing; else what concerns all calls. What concerns one of them stands in its place.
    pub async fn call_many<T: DeserializeOwned>(
        &self,
        method: &str,
        calls: &[impl Serialize + Sync],
    ) -> Result<Vec<Result<T>>> {
        let operation = native(method)?;
        if !rules::only_reads(method) {
            let message = format!("{method} changes something: make its calls one by one");
            return Err(invalid(Rule::Unsupported, "method", message));
        }
        let calls: Vec<Params> = calls.iter().map(flat).collect::<Result<_>>()?;
        self.token_for(&operation, method)?;
        self.batch(&operation, method, &calls).await?.read_native()
    }

    /// Makes several calls of one method that only reads: one result for each, in order, and as few requests as the tokens
    /// allow.
    pub(in super::super) async fn batch<'a>(
        &'a self,
        operation: &Operation,
        method: &'a str,
        calls: &[Params],
    ) -> Result<Batch<'a>> {
        let has = self.inner.tokens.has();
        let together = rules::kinds(method)
            .iter()
            .copied()
            .find(|kind| has.may(*kind, "execute") && rules::kinds("execute").contains(kind));
        let mut parts = Vec::new();
        for chunk in calls.chunks(rules::BATCH) {
            let whole = match together {
                Some(kind) if chunk.len() > 1 => {
                    self.executed(operation, method, kind, chunk).await?
                }
                _ => None,
            };
            match whole {
                Some(part) => parts.push(part),
                None => parts.extend(self.singly(operation, method, chunk).await?),
            }
        }
        Ok(Batch {
            vk: self,
            method,
            parts,
        })
    }

    /// One request for all; `None` where the program did not run, which happens when a call within it fails badly.
    async fn executed(
        &self,
        operation: &Operation,
        method: &str,
        kind: TokenKind,
        calls: &[Params],
    ) -> Result<Option<Part>> {
        let count = calls.len();
        let charges = self
            .spender(kind)
            .batch_charges(method, u64::try_from(count).unwrap_or(u64::MAX));
        let params = Params::new().with("code", program(method, calls));
        let sent = Sent {
            operation,
            method: "execute",
            kind,
            safety: None,
            charges,
        };
        match self.send_method(sent, &params).await {
            Ok(answer) => Ok(Some(Part::Many {
                answer,
                calls: count,
                kind,
            })),
            Err(error) if matches!(error.code(), Some("12" | "13")) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn singly(
        &self,
        operation: &Operation,
        method: &str,
        calls: &[Params],
    ) -> Result<Vec<Part>> {
        let answers = calls.iter().map(|call| self.ask(operation, method, call));
        let answers = join_all(answers).await;
        // What concerns all of them is told once.
        let hopeless = |error: &Error| {
            matches!(
                error.kind(),
                ErrorKind::Unauthorized | ErrorKind::Challenge(_) | ErrorKind::RateLimited
            )
        };
        if let Some(Err(error)) = answers
            .iter()
            .find(|answer| answer.as_ref().is_err_and(hopeless))
        {
            return Err(error.clone());
        }
        Ok(answers.into_iter().map(Part::One).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_ends_its_text_within_a_program() {
        let wild = "\"}); API.wall.delete({\"a\":\"\\\n\u{2028}</script>";
        let calls = [
            Params::new().with("owner_id", -1).with("query", wild),
            Params::new(),
        ];
        let code = program("wall.search", &calls);
        let inner = code
            .strip_prefix("return [API.wall.search(")
            .and_then(|rest| rest.strip_suffix("),API.wall.search({})];"))
            .unwrap();
        let read: serde_json::Value = serde_json::from_str(inner).unwrap();
        assert_eq!(read["query"], wild);
        assert_eq!(read["owner_id"], "-1");
    }
}
