use std::borrow::Cow;
use std::future::Future;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_core::future::BoxFuture;
use futures_util::future::{Either, select};
use futures_util::{FutureExt, StreamExt};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;
use url::Url;

use super::address::only_secure;
use super::clock::{after, between};
use super::dialect::{Dialect, Fault, Login, Reply};
use super::limits::{Bill, Books, Refusal, Reset, Sent};
use super::pace::Permit;
use super::retry::{Failure, Tried, Verdict};
use super::transport::{Outgoing, OutgoingBody, TransportError};
use super::{Answer, Client, Notice, Request, headers};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::shared::texts::Texts;

/// How many redirects within one server are followed.
const MOST_REDIRECTS: u32 = 5;

/// What one attempt came to.
enum Attempt {
    Answered(Answer),
    Fault(Fault, Facts),
    Broken(TransportError),
}

/// What an answer with a fault says beside it.
struct Facts {
    status: StatusCode,
    request_id: Option<String>,
    excerpt: String,
    login: Login,
    /// The moment before which the network refuses, from wherever it told it.
    until: Option<Timestamp>,
}

impl Client {
    /// Makes one call: waits for its budgets, adds credentials, sends, learns what the answer says of limits, and
    /// repeats what may be repeated.
    ///
    /// # Errors
    /// What the dialect makes of the answer; `RateLimited` where the budget is further away than `max_wait`;
    /// `Unconfirmed` for a write that may have happened, whatever the cause.
    pub async fn send(&self, dialect: &dyn Dialect, request: Request) -> Result<Answer> {
        self.sent(dialect, request).await
    }

    /// Boxed here, since the compiler makes a copy of a future's code wherever it is awaited.
    fn sent<'a>(
        &'a self,
        dialect: &'a dyn Dialect,
        request: Request,
    ) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(self.all_attempts(dialect, request))
    }

    async fn all_attempts(&self, dialect: &dyn Dialect, request: Request) -> Result<Answer> {
        only_secure(&request.url).map_err(|e| about(e, dialect, &request))?;
        let began = self.shared.clock.now();
        // Waits are bounded by `max_wait`, and what is not waited by the time for a whole call.
        let mut waited = Duration::ZERO;
        let mut attempt = 0;
        let mut renewed = false;
        // Whether any attempt so far may have done what was asked: then the last word is not a plain failure.
        let mut maybe_done = false;
        loop {
            attempt += 1;
            let outcome = match self
                .attempt(dialect, &request, attempt, began, &mut waited)
                .await
            {
                Ok(outcome) => outcome,
                Err(error) => {
                    let error = about(error, dialect, &request);
                    return Err(honest(error, maybe_done, &request));
                }
            };
            let (error, failure, told) = match outcome {
                Attempt::Answered(answer) => return Ok(answer),
                Attempt::Fault(fault, facts) => {
                    if fault.renew && !renewed && !fault.maybe_done {
                        renewed = true;
                        match dialect.renew(facts.login).await {
                            Ok(()) => {
                                self.notice(&Notice::Renewed {
                                    network: dialect.network(),
                                });
                                // The refused attempt did nothing, so it does not count.
                                attempt -= 1;
                                continue;
                            }
                            Err(error) => {
                                let error = about(error, dialect, &request);
                                return Err(honest(error, maybe_done, &request));
                            }
                        }
                    }
                    let failure = match &fault.kind {
                        // A long rest is the caller's to know of.
                        ErrorKind::RateLimited if fault.rests.is_some() => Failure::Final,
                        ErrorKind::RateLimited => Failure::Refused,
                        ErrorKind::Unavailable | ErrorKind::Timeout if fault.maybe_done => {
                            Failure::Ambiguous
                        }
                        ErrorKind::Unavailable | ErrorKind::Timeout => Failure::Refused,
                        _ => Failure::Final,
                    };
                    maybe_done |= fault.maybe_done;
                    (fault_error(&fault, &facts), failure, facts.until)
                }
                Attempt::Broken(broken) => {
                    maybe_done |= broken.maybe_sent;
                    let failure = if broken.maybe_sent {
                        Failure::Ambiguous
                    } else {
                        Failure::NotSent
                    };
                    (broken_error(&broken, &request), failure, None)
                }
            };
            let now = self.shared.clock.now();
            let tried = Tried::new(attempt, now, request.safety, failure)
                .elapsed(between(began, now))
                .in_doubt(maybe_done)
                .told(told)
                .max_wait(self.shared.max_wait.saturating_sub(waited));
            let verdict = self.shared.retry.verdict(&tried, &*self.shared.random);
            match verdict {
                Verdict::Wait(wait) => {
                    self.notice(&Notice::Retrying {
                        network: dialect.network(),
                        operation: &request.operation,
                        attempt,
                        wait,
                    });
                    self.shared.clock.sleep_until(after(now, wait)).await;
                    waited += wait;
                }
                stop => {
                    let mut error = about(error, dialect, &request);
                    if let Verdict::Defer(until) = stop {
                        error = error.with_retry_at(until);
                    } else if attempt > 1 && error.retry() == Retry::Later {
                        error = error.with_retry(Retry::Spent);
                    }
                    return Err(honest(error, maybe_done, &request));
                }
            }
        }
    }

    /// One attempt, from its budget to its whole answer.
    async fn attempt(
        &self,
        dialect: &dyn Dialect,
        request: &Request,
        attempt: u32,
        began: Timestamp,
        waited: &mut Duration,
    ) -> Result<Attempt> {
        let network = dialect.network();
        let operation = &request.operation;
        let mut gave_way = false;
        let (mut permit, fields, login) = loop {
            let asked = self.shared.clock.now();
            let patience = after(asked, self.shared.max_wait.saturating_sub(*waited));
            let permit = self
                .acquire(network, operation, &request.charges, patience)
                .await?;
            *waited += between(asked, self.shared.clock.now());
            let mut fields = self.own_fields(request);
            let login = {
                let mut signing = dialect.sign(request, &mut fields);
                let signed = (&mut signing).now_or_never();
                match signed {
                    Some(login) => login?,
                    // A login may need of the same budgets what this call holds, and would wait for it.
                    None if !gave_way => {
                        gave_way = true;
                        drop(permit);
                        signing.await?;
                        continue;
                    }
                    None => signing.await?,
                }
            };
            mark_credentials(&mut fields, &request.headers);
            // A login takes its time, in which a refusal of another call may have come.
            if permit.may_leave().await? {
                break (permit, fields, login);
            }
        };
        let now = self.shared.clock.now();
        // What is large asks for its own time, which a whole call may take then.
        let whole = (request.attempt_timeout.unwrap_or_default())
            .max(self.shared.call_timeout)
            .saturating_add(*waited);
        let left = between(now, after(began, whole));
        if left.is_zero() {
            return Err(Error::new(
                ErrorKind::Timeout,
                "the time for this call ran out before it could be sent: nothing was sent, try again later",
            ));
        }
        // Waiting and logging in take time, and a key that is forgotten makes a second post.
        if !request.safety.allows_sending_at(now) {
            return Err(Error::new(
                ErrorKind::Timeout,
                "the time of the call's key ran out before it could be sent: nothing was sent, try again with a new key",
            ));
        }
        let timeout = request
            .attempt_timeout
            .unwrap_or(self.shared.attempt_timeout)
            .min(left);
        self.notice(&Notice::Attempt {
            network,
            operation,
            attempt,
        });
        // An observer that was told of an attempt is told of its end.
        let failed = |message: &str| {
            self.notice(&Notice::Failed {
                network,
                operation,
                attempt,
                message,
            });
        };
        let credentials = Credentials::of(&fields);
        let exchange = self.exchange(request, fields, &credentials, &mut permit);
        let outcome = match self.in_time(now, timeout, exchange).await {
            Ok(exchanged) => exchanged,
            Err(error) => {
                failed(&error.message);
                // When our own time ran out, nobody but the permit knows how far it came.
                if error.maybe_sent || error.timeout && permit.sent_at().is_some() {
                    return Ok(Attempt::Broken(TransportError {
                        maybe_sent: true,
                        ..error
                    }));
                }
                return Ok(Attempt::Broken(error));
            }
        };
        let Whole {
            status,
            headers,
            body,
            maybe_done,
        } = match outcome {
            Exchanged::Whole(answer) => answer,
            Exchanged::Refused(error) => {
                failed(&error.to_string());
                return Err(error);
            }
            Exchanged::TooLarge(max) => {
                let message = format!("its answer is longer than the {max} bytes that are allowed");
                failed(&message);
                let kind = if request.writes {
                    ErrorKind::Unconfirmed
                } else {
                    ErrorKind::Decode
                };
                return Err(Error::new(kind, message));
            }
        };
        let now = self.shared.clock.now();
        let sent_at = permit.sent_at().unwrap_or(now);
        self.notice(&Notice::Answered {
            network,
            operation,
            attempt,
            status: status.as_u16(),
            took: between(sent_at, now),
        });
        let reply = Reply::new(status, &headers, &body, request.writes, now);
        let seen = dialect.observe(&headers, now);
        for seen in &seen {
            self.notice(&Notice::Learned { network, seen });
        }
        let mut fault = dialect.fault(&reply);
        if let Some(fault) = &mut fault {
            // The refusal is of the look at the outcome.
            fault.maybe_done |= maybe_done && request.writes;
        }
        // What lies beyond belief is nonsense, and changes nothing: the bucket rests as after any refusal.
        let believable = |until: &Timestamp| between(now, *until) < headers::FURTHEST;
        let retry_after = fault
            .as_ref()
            .and_then(|_| headers::retry_after(&headers, now))
            .map(|told| told.until)
            .filter(believable);
        let until = fault
            .as_ref()
            .and_then(|f| f.until)
            .filter(believable)
            .max(retry_after);
        let refusal = fault
            .as_ref()
            .filter(|f| f.kind == ErrorKind::RateLimited)
            .map(|f| {
                let mut refusal = Refusal::new();
                refusal.bucket.clone_from(&f.bucket);
                refusal.until = until.map(|until| Reset::after(between(now, until)));
                refusal.rests = f.rests;
                refusal
            });
        let mut sent = Sent::answered(sent_at);
        sent.costs = dialect.spent(&reply);
        sent.unclear = fault.as_ref().is_some_and(|fault| fault.maybe_done);
        if !sent.unclear
            && let Some(books) = Books::of(&request.charges)
        {
            let billed = |bill: &Bill, worst| dialect.billed(&reply, bill, worst);
            books.bill(&request.charges, &billed, &mut sent);
        }
        sent.seen = seen;
        sent.refusal = refusal;
        sent.server_date = headers::date(&headers);
        if let Some(shared) = self.shared.pace.shared() {
            (shared.learn_clock)(self, network, &sent, now);
        }
        permit.settle(sent);
        let Some(fault) = fault else {
            return Ok(Attempt::Answered(Answer {
                status,
                headers,
                body,
                credentials,
                network: network.into(),
                operation: operation.clone(),
                write: request.writes,
                keep_raw: self.shared.keep_raw,
                texts: Texts::default(),
            }));
        };
        let until = until.or_else(|| self.rest_of(&fault, now));
        let secrets = secrets_of(&credentials);
        let fault = without_secrets(fault, &secrets);
        let quoted = fault.excerpt.as_deref().map_or(&*body, str::as_bytes);
        let facts = Facts {
            status,
            request_id: headers::request_id(&headers).map(str::to_owned),
            excerpt: super::scrub::excerpt(quoted, &secrets),
            login,
            until,
        };
        Ok(Attempt::Fault(fault, facts))
    }

    /// Sends and reads the whole answer. Redirects are followed within one server, and only there: credentials never
    /// leave it.
    async fn exchange(
        &self,
        request: &Request,
        fields: HeaderMap,
        credentials: &Credentials,
        permit: &mut Permit,
    ) -> Result<Exchanged, TransportError> {
        let max = request.max_response.unwrap_or(self.shared.max_response);
        let mut fields = Some(fields);
        let mut url = Cow::Borrowed(&request.url);
        let mut method = request.method.clone();
        // Whether a server before this one may have done what was asked, and sends us to look at the outcome.
        let mut maybe_done = false;
        for hop in 0..=MOST_REDIRECTS {
            let body = if method == request.method {
                match self.outgoing(&request.body).await {
                    Ok(body) => body,
                    Err(error) => return Ok(Exchanged::Refused(error)),
                }
            } else {
                OutgoingBody::Empty
            };
            let mut out = Outgoing::new(method.clone(), Url::clone(&url));
            out.headers = fields
                .take()
                .unwrap_or_else(|| self.fields_again(request, credentials));
            out.body = body;
            permit.sent();
            let mut incoming = self.transport.send(out).await.map_err(|e| {
                if !e.maybe_sent && hop == 0 {
                    permit.unsent();
                }
                TransportError {
                    maybe_sent: e.maybe_sent || maybe_done,
                    ..e
                }
            })?;
            if let Some(target) = redirect_target(&incoming.status, &incoming.headers, &url) {
                // Only 307 and 308 say that nothing was done here; after the others servers often have done it.
                let keeps_method = matches!(incoming.status.as_u16(), 307 | 308);
                maybe_done |= !keeps_method;
                if !same_server(&url, &target) {
                    let host = target.host_str().unwrap_or("nowhere");
                    let error = Error::new(
                        ErrorKind::Transport,
                        format!(
                            "the server redirects to {host}, where credentials are never sent: if that is right, make \
                             it the base URL"
                        ),
                    );
                    return Ok(Exchanged::Refused(honest(error, maybe_done, request)));
                }
                // As browsers do.
                if !keeps_method && method != Method::HEAD {
                    method = Method::GET;
                }
                url = Cow::Owned(target);
                continue;
            }
            let mut body = Gathered::expecting(told_length(&incoming.headers).min(max));
            while let Some(piece) = incoming.body.next().await {
                let piece = piece.map_err(|e| TransportError {
                    maybe_sent: true,
                    ..e
                })?;
                if body.len() + piece.len() > max {
                    return Ok(Exchanged::TooLarge(max));
                }
                body.push(piece);
            }
            return Ok(Exchanged::Whole(Whole {
                status: incoming.status,
                headers: incoming.headers,
                body: body.into_bytes(),
                maybe_done,
            }));
        }
        Err(TransportError::maybe_sent(
            "the server redirects in a circle",
        ))
    }

    /// A request's header fields without credentials.
    #[inline(never)]
    fn own_fields(&self, request: &Request) -> HeaderMap {
        let mut fields = request.headers.clone();
        fields.insert(header::USER_AGENT, self.shared.user_agent.clone());
        fields
    }

    /// The header fields that went out before, for the server to which a redirect leads.
    fn fields_again(&self, request: &Request, credentials: &Credentials) -> HeaderMap {
        let mut fields = self.own_fields(request);
        // Values of one name stand together, and take the place of what was there.
        let mut last = None;
        for (name, value) in credentials.iter() {
            if last == Some(name) {
                fields.append(name.clone(), value.clone());
            } else {
                fields.insert(name.clone(), value.clone());
            }
            last = Some(name);
        }
        fields
    }

    /// Waits for what has a bound in time, counted from a moment.
    pub(super) async fn in_time<T>(
        &self,
        from: Timestamp,
        timeout: Duration,
        work: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        let until = after(from, timeout);
        let sleep = self.shared.clock.sleep_until(until);
        match select(std::pin::pin!(work), sleep).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(((), _)) => {
                let message = format!("no whole answer within {} s", timeout.as_secs_f64());
                Err(TransportError {
                    maybe_sent: false,
                    ..TransportError::not_sent(message).timed_out()
                })
            }
        }
    }
}

struct Whole {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// Whether what was asked may have been done before this answer was looked up.
    maybe_done: bool,
}

enum Exchanged {
    Whole(Whole),
    Refused(Error),
    TooLarge(usize),
}

/// A body in pieces; many come in one, which is not copied.
#[derive(Default)]
struct Gathered {
    first: Bytes,
    rest: Option<BytesMut>,
    expected: usize,
}

impl Gathered {
    fn expecting(bytes: usize) -> Self {
        Self {
            expected: bytes,
            ..Self::default()
        }
    }

    fn len(&self) -> usize {
        self.rest.as_ref().map_or(self.first.len(), BytesMut::len)
    }

    fn push(&mut self, piece: Bytes) {
        match &mut self.rest {
            Some(rest) => rest.extend_from_slice(&piece),
            None if self.first.is_empty() => self.first = piece,
            None => {
                let here = self.first.len() + piece.len();
                // A length is only what a server says: believed as far as a usual page, the rest has to come first.
                let room = self.expected.min(BELIEVED).max(here.saturating_mul(2));
                let mut rest = BytesMut::with_capacity(room);
                rest.extend_from_slice(&self.first);
                rest.extend_from_slice(&piece);
                self.rest = Some(rest);
            }
        }
    }

    fn into_bytes(self) -> Bytes {
        self.rest.map_or(self.first, BytesMut::freeze)
    }
}

/// Up to which size room is made for a body before it is there, in bytes.
const BELIEVED: usize = 1024 * 1024;

/// How long a body is going to be, by its head; 0 where that is not told.
fn told_length(headers: &HeaderMap) -> usize {
    let told = headers.get(header::CONTENT_LENGTH);
    told.and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or_default()
}

fn same_server(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host() == b.host()
        && a.port_or_known_default() == b.port_or_known_default()
}

fn redirect_target(status: &StatusCode, headers: &HeaderMap, from: &Url) -> Option<Url> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(headers.get(header::LOCATION)?.to_str().ok()?)
        .ok()
}

/// Marks as sensitive what a dialect added to the call's own header fields, and whatever is a credential by its name.
/// What is marked is neither shown by `Debug` nor quoted from an answer.
fn mark_credentials(fields: &mut HeaderMap, own: &HeaderMap) {
    for (name, value) in fields.iter_mut() {
        let by_name = [
            header::AUTHORIZATION,
            header::PROXY_AUTHORIZATION,
            header::COOKIE,
        ]
        .contains(name);
        if by_name || *name != header::USER_AGENT && own.get(name) != Some(value) {
            value.set_sensitive(true);
        }
    }
}

/// A header field that is a credential.
type Credential = (HeaderName, HeaderValue);

/// The credentials that went out with a call; mostly there is one.
#[derive(Clone, Default)]
pub(super) struct Credentials {
    first: Option<Credential>,
    more: Vec<Credential>,
}

impl Credentials {
    /// The credentials among header fields.
    fn of(fields: &HeaderMap) -> Self {
        let mut credentials = Self::default();
        for (name, value) in fields.iter().filter(|(_, value)| value.is_sensitive()) {
            let credential = (name.clone(), value.clone());
            match &credentials.first {
                None => credentials.first = Some(credential),
                Some(_) => credentials.more.push(credential),
            }
        }
        credentials
    }

    fn iter(&self) -> impl Iterator<Item = &Credential> {
        self.first.iter().chain(&self.more)
    }
}

/// The texts of credentials, to be hidden wherever an answer repeats them.
pub(super) fn secrets_of(credentials: &Credentials) -> Vec<&str> {
    credentials
        .iter()
        .filter_map(|(name, value)| {
            let text = value.to_str().ok()?;
            // A scheme such as `Bearer` is no secret, and an answer may repeat the token without it.
            let scheme = text
                .split_once(' ')
                .filter(|_| *name == header::AUTHORIZATION);
            Some(scheme.map_or(text, |(_, token)| token))
        })
        .collect()
}

fn about(error: Error, dialect: &dyn Dialect, request: &Request) -> Error {
    let error = if error.network().is_none() {
        error.with_network(dialect.network())
    } else {
        error
    };
    if error.operation().is_none() {
        error.with_operation(request.operation.clone())
    } else {
        error
    }
}

/// A server's own words may repeat what was sent to it.
fn without_secrets(mut fault: Fault, secrets: &[&str]) -> Fault {
    fault.message = super::scrub::words(&fault.message, secrets);
    if let ErrorKind::Invalid(violations) = &mut fault.kind {
        for violation in violations {
            violation.message = super::scrub::words(&violation.message, secrets);
        }
    }
    fault
}

fn fault_error(fault: &Fault, facts: &Facts) -> Error {
    let mut error = Error::new(fault.kind.clone(), &fault.message)
        .with_http_status(facts.status.as_u16())
        .with_request_id(facts.request_id.clone())
        .with_retry_at(facts.until)
        .with_excerpt(&facts.excerpt);
    if let Some(code) = &fault.code {
        error = error.with_code(code);
    }
    error
}

fn broken_error(broken: &TransportError, request: &Request) -> Error {
    let kind = if broken.timeout {
        ErrorKind::Timeout
    } else {
        ErrorKind::Transport
    };
    let host = request.url.host_str().unwrap_or("the server");
    let advice = if broken.maybe_sent {
        "the answer is lost"
    } else {
        "nothing was sent"
    };
    Error::new(
        kind,
        format!("{host}: {broken}; {advice}: check the connection and try again"),
    )
}

/// The last word on a call: a write that may have happened is `Unconfirmed`, whatever the cause.
fn honest(error: Error, maybe_done: bool, request: &Request) -> Error {
    if !maybe_done || !request.writes {
        return error;
    }
    let message = format!(
        "{} (the write may have happened: look before you repeat it)",
        error.message()
    );
    error
        .with_kind(ErrorKind::Unconfirmed)
        .with_message(message)
        .with_retry_at(None)
}
