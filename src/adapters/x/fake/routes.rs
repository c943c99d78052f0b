//! From a request to an answer: the edge, logins, tokens, windows, money, parameters, and then the operation.

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::access::Token;
use super::faults::{Fault, Rule};
use super::limits::{self, Told};
use super::operations::{self, Operation, Parts};
use super::state::World;
use super::wire::{self, Call, Refusal, Reply, answer, page, set};

/// What a form needs beside the piece of a file that it carries.
const FRAME: usize = 4096;

/// The kind of a token, and whose it is.
pub(super) type Shown = Option<(&'static str, Option<u64>)>;

impl World {
    pub(super) fn answer(
        &mut self,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> (Response<Bytes>, Shown) {
        let path = request.uri().path().to_owned();
        let found = operations::find(request.method().as_str(), &path);
        let name = match &found {
            Ok((op, _)) => op.name(),
            Err(_) => path.clone(),
        };
        let fault = self.due(&name, &path);
        if let Some(instead) = fault.as_ref().and_then(instead) {
            return (instead, None);
        }
        let too_large = request.body().len() > self.settings.segment + FRAME;
        if too_large && path.starts_with("/2/media/upload/") && self.keeps(Rule::SegmentsAreSmall) {
            return (answer(413, "text/plain", Bytes::new()), None);
        }
        if let Some(response) = self.login(&path, request, now) {
            return (after(fault.as_ref(), response), None);
        }
        let (op, parts) = match found {
            Ok(found) => found,
            Err(status) => return (nowhere(status), None),
        };
        let (response, shown, _) = self.operate(op, parts, request, now, false);
        (after(fault.as_ref(), response), shown)
    }

    /// Opens a stream: its head, and the connection where it is 200.
    pub(super) fn open(
        &mut self,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> (Response<Bytes>, Shown, Option<u64>) {
        let path = request.uri().path().to_owned();
        let (op, parts) = match operations::find(request.method().as_str(), &path) {
            Ok(found) => found,
            Err(status) => return (nowhere(status), None, None),
        };
        let fault = self.due(&op.name(), &path);
        if let Some(instead) = fault.as_ref().and_then(instead) {
            return (instead, None, None);
        }
        self.operate(op, parts, request, now, true)
    }

    /// The fault that waits for this request.
    fn due(&mut self, name: &str, path: &str) -> Option<Fault> {
        let hit = self.faults.iter().position(|(wanted, _)| {
            let starts = |text: &str| {
                wanted
                    .strip_suffix('*')
                    .is_some_and(|start| text.starts_with(start))
            };
            wanted == name || wanted == path || starts(name) || starts(path)
        })?;
        Some(self.faults.remove(hit).1)
    }

    fn operate(
        &mut self,
        op: &'static Operation,
        parts: Parts,
        request: &Request<Bytes>,
        now: Timestamp,
        open: bool,
    ) -> (Response<Bytes>, Shown, Option<u64>) {
        self.now = now;
        let token = match self.who(request, now) {
            Ok(token) => token,
            Err(refusal) => return (refusal.response(), None, None),
        };
        let shown = Some((token.kind.name(), token.user()));
        let (told, over) = self.count_call(op, &token, now);
        let (mut response, connection) = if over {
            (limits::too_many().response(), None)
        } else {
            self.run(op, parts, request, token, now, open)
        };
        if self.settings.old_problems {
            let body = String::from_utf8_lossy(response.body());
            let body = body.replace(wire::PROBLEMS, "https://api.twitter.com/2/problems/");
            *response.body_mut() = Bytes::from(body);
        }
        tell(&mut response, &told, op.path.starts_with("/12/"));
        (response, shown, connection)
    }

    fn run(
        &mut self,
        op: &'static Operation,
        parts: Parts,
        request: &Request<Bytes>,
        token: Token,
        now: Timestamp,
        open: bool,
    ) -> (Response<Bytes>, Option<u64>) {
        let body = serde_json::from_slice(request.body()).unwrap_or_else(|_| json!({}));
        let call = Call {
            op,
            path: parts.into_iter().collect(),
            query: wire::query(request),
            headers: request.headers(),
            bytes: request.body(),
            body,
            token,
            now,
        };
        let refused = self
            .may_call(&call.token, op)
            .and_then(|()| self.afford(&call))
            .and_then(|()| self.check_query(&call))
            .and_then(|()| well_formed(&call))
            .err();
        if let Some(refusal) = refused {
            return (refusal.response(), None);
        }
        if open {
            return match self.connect(&call) {
                Ok(id) => (Reply::ok(Value::String(String::new())).response(), Some(id)),
                Err(refusal) => (refusal.response(), None),
            };
        }
        let response = match (op.run)(self, &call) {
            Ok(reply) => {
                self.charge(&call, &reply);
                reply.response()
            }
            Err(refusal) => refusal.response(),
        };
        (response, None)
    }
}

/// What is answered where there is no operation.
fn nowhere(status: u16) -> Response<Bytes> {
    let refusal = if status == 405 {
        Refusal::problem(
            405,
            "about:blank",
            "Method Not Allowed",
            "Method Not Allowed",
        )
    } else {
        Refusal::not_found()
    };
    refusal.response()
}

/// Refuses a body that is not what its type says.
fn well_formed(call: &Call<'_>) -> Result<(), Refusal> {
    let kind = call.headers.get(http::header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if call.bytes.is_empty() || kind.starts_with("multipart/form-data") {
        return Ok(());
    }
    let json = kind.split(';').next().unwrap_or_default().trim() == "application/json";
    let parsed: Result<Value, _> = serde_json::from_slice(call.bytes);
    if json && parsed.is_ok_and(|body| body.is_object()) {
        return Ok(());
    }
    Err(Refusal::problem(
        400,
        "invalid-request",
        "Invalid Request",
        "The request body is not a JSON object.",
    ))
}

fn tell(response: &mut Response<Bytes>, told: &[Told], ads: bool) {
    limits::tell(response, told, ads);
    if ads {
        set(response, "x-current-api-version", "12");
    } else {
        set(response, "api-version", "2.167");
    }
}

/// What is answered in place of what was asked.
fn instead(fault: &Fault) -> Option<Response<Bytes>> {
    Some(match fault {
        Fault::Problem {
            status,
            kind,
            title,
            detail,
        } => Refusal::problem(*status, kind, title, detail.as_str()).response(),
        Fault::Legacy {
            status,
            code,
            message,
        } => Refusal::legacy(*status, *code, message).response(),
        Fault::BareTooMany => limits::too_many().response(),
        Fault::Html { status } => page(*status),
        Fault::Empty { status } => answer(*status, "text/plain", Bytes::new()),
        Fault::Answer {
            status,
            headers,
            body,
        } => {
            let mut response = answer(*status, "application/json", body.clone());
            response.headers_mut().extend(headers.clone());
            response
        }
        Fault::DoneThenHtml { .. } | Fault::DoneThenTruncated => return None,
    })
}

/// What becomes of an answer on its way.
fn after(fault: Option<&Fault>, mut response: Response<Bytes>) -> Response<Bytes> {
    match fault {
        Some(Fault::DoneThenHtml { status }) => page(*status),
        Some(Fault::DoneThenTruncated) => {
            let half = response.body().len() / 2;
            let body = response.body().slice(..half);
            *response.body_mut() = body;
            response
        }
        _ => response,
    }
}
