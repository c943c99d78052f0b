//! What can go wrong, in one type: what happened, what an outer layer may do about it, and what to do next.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ended::Ended;
use crate::id::PostId;
use crate::operation::Operation;

/// What every fallible call of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How much of a network's answer an error quotes, in bytes.
pub const EXCERPT_BYTES: usize = 512;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// This network, or this adapter, does not do that. Nothing was sent.
    Unsupported,
    /// The request was wrong; each violation says where and how.
    Invalid(Vec<Violation>),
    /// The login is missing, revoked or expired beyond renewal: log in again.
    Unauthorized,
    /// The login is good, but something is missing for this.
    Forbidden(Need),
    /// There is no such thing, or it is not visible to this identity.
    NotFound,
    /// The thing has changed or exists already in another form.
    Conflict,
    /// The network refused it as a repetition; the earlier post where it is known.
    Duplicate(Option<PostId>),
    /// Too many calls for now.
    RateLimited,
    /// What was granted or paid for is used up: waiting a little does not help.
    QuotaExhausted,
    /// A person has to prove something first.
    Challenge(Challenge),
    /// The network refused the content.
    Rejected,
    /// The time in which this was allowed is over (a conversation that may no longer be answered).
    WindowClosed,
    /// The account is suspended, deactivated or taken down.
    Suspended,
    /// A write may have happened: look before you repeat it.
    Unconfirmed,
    /// The network is out of order for now.
    Unavailable,
    /// No answer came in time.
    Timeout,
    /// The network could not be reached.
    Transport,
    /// The answer could not be read.
    Decode,
    /// The configuration is wrong.
    Config,
}

impl ErrorKind {
    /// The kind's name alone, as logs and the console print it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unsupported => "Unsupported",
            Self::Invalid(_) => "Invalid",
            Self::Unauthorized => "Unauthorized",
            Self::Forbidden(_) => "Forbidden",
            Self::NotFound => "NotFound",
            Self::Conflict => "Conflict",
            Self::Duplicate(_) => "Duplicate",
            Self::RateLimited => "RateLimited",
            Self::QuotaExhausted => "QuotaExhausted",
            Self::Challenge(_) => "Challenge",
            Self::Rejected => "Rejected",
            Self::WindowClosed => "WindowClosed",
            Self::Suspended => "Suspended",
            Self::Unconfirmed => "Unconfirmed",
            Self::Unavailable => "Unavailable",
            Self::Timeout => "Timeout",
            Self::Transport => "Transport",
            Self::Decode => "Decode",
            Self::Config => "Config",
        }
    }

    /// What an outer layer may do about an error of this kind, when nothing more is known.
    fn default_retry(&self) -> Retry {
        match self {
            Self::RateLimited
            | Self::QuotaExhausted
            | Self::Unavailable
            | Self::Timeout
            | Self::Transport => Retry::Later,
            _ => Retry::Never,
        }
    }
}

/// What an outer layer may do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Retry {
    /// The same call fails again, or must not be repeated unseen.
    Never,
    /// The same call may succeed later: see [`Error::retry_at`].
    Later,
    /// Our own repetitions are used up; repeating at once does more harm than good.
    Spent,
}

/// What is missing for an operation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "need", content = "value", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Need {
    /// A login at all.
    Login,
    /// A scope of the token.
    Scope(String),
    /// Another kind of token.
    Token(String),
    /// A paid or granted tier of access.
    Tier(String),
    /// A right within the community, or a setting of the other side.
    Permission(String),
    /// A configured value.
    Setting(String),
    /// What the network says in its own words.
    Other(String),
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Login => f.write_str("a login"),
            Self::Scope(v) => write!(f, "the scope {v}"),
            Self::Token(v) => write!(f, "a token of kind {v}"),
            Self::Tier(v) => write!(f, "the access tier {v}"),
            Self::Permission(v) => write!(f, "the permission: {v}"),
            Self::Setting(v) => write!(f, "the setting {v}"),
            Self::Other(v) => f.write_str(v),
        }
    }
}

/// What a person has to prove before the call may be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Challenge {
    /// What is asked for.
    pub kind: ChallengeKind,
    /// A picture or page to show to the person.
    pub url: Option<String>,
    /// The network's handle of the challenge, to be sent back with the answer.
    pub id: Option<String>,
}

impl Challenge {
    /// A challenge of this kind.
    pub fn new(kind: ChallengeKind) -> Self {
        Self {
            kind,
            url: None,
            id: None,
        }
    }

    /// Adds the picture or page to show.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Adds the network's handle of the challenge.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

/// What a challenge asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChallengeKind {
    /// Reading a picture.
    Captcha,
    /// Confirming on a page of the network.
    Validation,
    /// A second factor, such as a code sent by mail.
    SecondFactor,
    /// Something else, in the network's words.
    #[serde(untagged)]
    Other(String),
}

/// How grave a violation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; the draft can be published.
    Note,
    /// Must be mended before anything is sent.
    Error,
}

/// Which rule a draft breaks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// There is nothing to publish.
    Empty,
    /// Longer than allowed.
    TooLong,
    /// More items than allowed.
    TooMany,
    /// Fewer items than needed.
    TooFew,
    /// A file larger than allowed.
    TooLarge,
    /// A type of file that is not taken.
    WrongType,
    /// Something that must be there is missing.
    Missing,
    /// Things that do not go together.
    Together,
    /// The network cannot do this.
    Unsupported,
    /// The identity lacks something for this.
    Needs,
    /// Not in the form that is asked for.
    Malformed,
    /// A time that cannot be.
    Time,
    /// A wish that will not be kept, without a change of meaning.
    Dropped,
    /// What it costs, in money.
    Price,
    /// A rule of the network's own.
    #[serde(untagged)]
    Other(String),
}

/// One thing that is wrong with what was to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Violation {
    /// Whether it stops the publication.
    pub severity: Severity,
    /// Which rule is broken.
    pub rule: Rule,
    /// Where: `text`, `media[1].alt`, `reply_to`.
    pub field: String,
    /// What is wrong and what to do, for a person.
    pub message: String,
    /// The bound, where the rule has one.
    pub limit: Option<u64>,
    /// What was found instead.
    pub actual: Option<u64>,
    /// What `limit` and `actual` count: `graphemes`, `bytes`, `files`.
    pub unit: Option<String>,
    /// The operation that the network does not do, or for which something is lacking.
    pub operation: Option<Operation>,
}

impl Violation {
    /// A violation that stops the publication.
    pub fn error(rule: Rule, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            rule,
            field: field.into(),
            message: message.into(),
            limit: None,
            actual: None,
            unit: None,
            operation: None,
        }
    }

    /// A remark that stops nothing.
    pub fn note(rule: Rule, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Note,
            ..Self::error(rule, field, message)
        }
    }

    /// Adds the bound, what was found, and what both count.
    pub fn measured(mut self, limit: u64, actual: u64, unit: impl Into<String>) -> Self {
        self.limit = Some(limit);
        self.actual = Some(actual);
        self.unit = Some(unit.into());
        self
    }

    /// Names the operation that the network does not do, or for which something is lacking.
    pub fn operation(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Whether it stops the publication.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// The error of every call.
///
/// It is cheap to clone and to pass around. Nothing in it, its `Debug` included, shows a secret.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    retry: Retry,
    retry_at: Option<Timestamp>,
    message: String,
    network: Option<String>,
    operation: Option<Operation>,
    http_status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    excerpt: Option<String>,
    pending: Option<String>,
    ended: Option<Ended>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of this kind, with the message that says what to do next.
    // Not inlined: errors are made at some fifty places of a small program, each of which would copy its text itself.
    #[inline(never)]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::of(kind, message.into())
    }

    fn of(kind: ErrorKind, message: String) -> Self {
        let retry = kind.default_retry();
        Self(Arc::new(Inner {
            kind,
            retry,
            retry_at: None,
            message,
            network: None,
            operation: None,
            http_status: None,
            code: None,
            request_id: None,
            excerpt: None,
            pending: None,
            ended: None,
            source: None,
        }))
    }

    /// The answer of a network that does not do this. Nothing was sent.
    pub fn unsupported(network: impl Into<String>, operation: Operation) -> Self {
        Self::not_offered(network.into(), operation)
    }

    fn not_offered(network: String, operation: Operation) -> Self {
        let message = format!(
            "{network} does not offer {operation} here; profile().supports() tells beforehand what it offers"
        );
        Self::of(ErrorKind::Unsupported, message)
            .with_network(network)
            .with_operation(operation)
    }

    /// The answer to a request that breaks rules.
    pub fn invalid(violations: Vec<Violation>) -> Self {
        let mut message = String::from("nothing was sent: ");
        for (i, violation) in violations.iter().filter(|v| v.is_error()).enumerate() {
            if i > 0 {
                message.push_str("; ");
            }
            message.push_str(&violation.to_string());
        }
        Self::new(ErrorKind::Invalid(violations), message)
    }

    /// The answer to a call for which something is missing. Nothing was sent.
    pub fn forbidden(need: Need) -> Self {
        let message = format!("this needs {need}, which this identity lacks");
        Self::new(ErrorKind::Forbidden(need), message)
    }

    /// A configuration that cannot work.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// What happened.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// What an outer layer may do.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// The moment before which another try is refused, where it is known.
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.0.retry_at
    }

    /// The message: what happened and what to do next.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The network that was asked.
    pub fn network(&self) -> Option<&str> {
        self.0.network.as_deref()
    }

    /// What it was asked for.
    pub fn operation(&self) -> Option<&Operation> {
        self.0.operation.as_ref()
    }

    /// The HTTP status of the answer, where there was one.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The network's own code or name of the error.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The network's id of the request, for its support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The beginning of the answer, at most [`EXCERPT_BYTES`] long and without secrets.
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// The publication that is unconfirmed, as the JSON of a [`Prepared`](crate::Prepared): read it back and pass it to
    /// [`reconcile`](crate::SocialNetwork::reconcile).
    pub fn pending(&self) -> Option<&str> {
        self.0.pending.as_deref()
    }

    /// Why the stream ended whose last item this is; `None` for an error of anything else.
    pub fn ended(&self) -> Option<Ended> {
        self.0.ended
    }

    /// What it says, to be changed: shared with no other.
    // Not inlined, for the copy of a shared one that it may make.
    #[inline(never)]
    fn inner(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }

    /// Sets the kind and what it allows an outer layer to do.
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        let inner = self.inner();
        inner.retry = kind.default_retry();
        inner.kind = kind;
        self
    }

    /// Replaces the message.
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.inner().message = message.into();
        self
    }

    /// Sets what an outer layer may do.
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.inner().retry = retry;
        self
    }

    /// Sets the moment before which another try is refused.
    pub fn with_retry_at(mut self, at: impl Into<Option<Timestamp>>) -> Self {
        self.inner().retry_at = at.into();
        self
    }

    /// Names the network.
    pub fn with_network(mut self, network: impl Into<String>) -> Self {
        self.inner().network = Some(network.into());
        self
    }

    /// Names the operation.
    pub fn with_operation(mut self, operation: Operation) -> Self {
        self.inner().operation = Some(operation);
        self
    }

    /// Adds the HTTP status.
    pub fn with_http_status(mut self, status: u16) -> Self {
        self.inner().http_status = Some(status);
        self
    }

    /// Adds the network's own code or name of the error.
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.inner().code = Some(code.into());
        self
    }

    /// Adds the network's id of the request.
    pub fn with_request_id(mut self, id: impl Into<Option<String>>) -> Self {
        self.inner().request_id = id.into();
        self
    }

    /// Adds the beginning of the answer; it is cut to [`EXCERPT_BYTES`].
    pub fn with_excerpt(mut self, text: &str) -> Self {
        let mut end = text.len().min(EXCERPT_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.inner().excerpt = text.get(..end).filter(|t| !t.is_empty()).map(str::to_owned);
        self
    }

    /// Adds the unconfirmed publication as JSON.
    pub fn with_pending(mut self, prepared: impl Into<String>) -> Self {
        self.inner().pending = Some(prepared.into());
        self
    }

    /// Says that a stream of happenings ended with it, and why.
    pub fn with_ended(mut self, why: Ended) -> Self {
        self.inner().ended = Some(why);
        self
    }

    /// Adds the cause. It must not show secrets.
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.inner().source = Some(Arc::new(source));
        self
    }

    /// Whether a write may have happened.
    pub fn is_unconfirmed(&self) -> bool {
        self.0.kind == ErrorKind::Unconfirmed
    }

    /// Whether the network, or this adapter, does not do that.
    pub fn is_unsupported(&self) -> bool {
        self.0.kind == ErrorKind::Unsupported
    }

    /// The violations of an [`ErrorKind::Invalid`], else none.
    pub fn violations(&self) -> &[Violation] {
        match &self.0.kind {
            ErrorKind::Invalid(violations) => violations,
            _ => &[],
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let e = &self.0;
        if let Some(network) = &e.network {
            write!(f, "{network}: ")?;
        }
        if let Some(operation) = &e.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&e.message)?;
        if let Some(at) = e.retry_at {
            write!(f, " (not before {at})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let e = &self.0;
        let mut out = f.debug_struct("Error");
        out.field("kind", &e.kind)
            .field("retry", &e.retry)
            .field("message", &e.message);
        macro_rules! present {
            ($($name:ident),*) => {$(
                if let Some(value) = &e.$name {
                    out.field(stringify!($name), value);
                }
            )*};
        }
        present!(
            retry_at,
            network,
            operation,
            http_status,
            code,
            request_id,
            excerpt,
            ended,
            source
        );
        out.finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|s| s as _)
    }
}
