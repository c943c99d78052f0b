use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::http_transport::{HttpSettings, HttpTransport};
use super::limits::{FileLimits, LimitStore, Limits};
use super::pace::{self, Pace};
use super::{Client, Clock, Observer, Random, RetryPolicy, SystemClock, SystemRandom, Transport};
use crate::error::{Error, Result};
use crate::store::{KeyValue, TokensInMemory};

/// How long a connection may take to stand, by default.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one attempt may take, by default.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a whole call may take, by default, with its repetitions; waits are not counted.
const CALL_TIMEOUT: Duration = Duration::from_secs(300);
/// How long a call waits for its budget, by default.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// How large an answer may be, by default, in bytes.
const MAX_RESPONSE: usize = 16 * 1024 * 1024;

/// What all clones of a client share.
pub(super) struct Shared {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) observer: Option<Arc<dyn Observer>>,
    pub(super) tokens: Arc<dyn KeyValue>,
    pub(super) pace: Pace,
    pub(super) retry: RetryPolicy,
    pub(super) max_wait: Duration,
    pub(super) attempt_timeout: Duration,
    pub(super) call_timeout: Duration,
    pub(super) max_response: usize,
    pub(super) user_agent: http::HeaderValue,
    pub(super) keep_raw: bool,
}

/// Settings for a [`Client`]. What is wrong with them shows on [`build`](Self::build).
#[derive(Clone, Default)]
#[must_use]
pub struct ClientBuilder {
    config: ClientConfig,
    reqwest: Option<reqwest::Client>,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    random: Option<Arc<dyn Random>>,
    observer: Option<Arc<dyn Observer>>,
    limit_store: Option<pace::Shared>,
    limits: Option<Limits>,
    /// Behind a pointer, and set by what is inline, so that reading and writing files of limits is in the programs that
    /// keep one, and in no other.
    open_limits: Option<OpenLimits>,
}

type OpenLimits = fn(PathBuf) -> Result<pace::Shared>;

#[inline]
fn open_limits(path: PathBuf) -> Result<pace::Shared> {
    Ok(pace::Shared::new(Arc::new(FileLimits::open(path)?)))
}

/// The settings of a client that a configuration file may hold. Spans are written as `"30s"`, `"5m"`, `"1h 30m"`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ClientConfig {
    /// How long a call waits in all, for its budget and between repetitions, before it is refused with the moment to
    /// come back. By default a minute.
    #[serde(with = "span", skip_serializing_if = "Option::is_none")]
    pub max_wait: Option<Duration>,
    /// How long a connection may take to stand. By default 10 seconds.
    #[serde(with = "span", skip_serializing_if = "Option::is_none")]
    pub connect_timeout: Option<Duration>,
    /// How long one attempt may take, its upload and download included. By default a minute.
    #[serde(with = "span", skip_serializing_if = "Option::is_none")]
    pub attempt_timeout: Option<Duration>,
    /// How long a whole call may take, with its repetitions. Waits are not counted: `max_wait` bounds them. By default
    /// 5 minutes.
    #[serde(with = "span", skip_serializing_if = "Option::is_none")]
    pub call_timeout: Option<Duration>,
    /// How large an answer may be, in bytes. By default 16 MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_response: Option<usize>,
    /// How the program calls itself before every server; the library's name stands behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// A proxy for all requests. Without it the system's is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Uses no proxy, not even the system's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_proxy: bool,
    /// When and how often calls are repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
    /// Keeps every answer as it came, beside what is read from it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub keep_raw: bool,
    /// The file in which limits and spending are kept, over restarts and for all processes that name it: see
    /// [`FileLimits`](super::FileLimits). Without it they last as long as the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits_file: Option<PathBuf>,
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConfig")
            .field("max_wait", &self.max_wait)
            .field("connect_timeout", &self.connect_timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("call_timeout", &self.call_timeout)
            .field("max_response", &self.max_response)
            .field("user_agent", &self.user_agent)
            // A proxy's address may hold a password.
            .field("proxy", &self.proxy.as_ref().map(|_| "…"))
            .field("no_proxy", &self.no_proxy)
            .field("retry", &self.retry)
            .field("keep_raw", &self.keep_raw)
            .field("limits_file", &self.limits_file)
            .finish()
    }
}

impl ClientBuilder {
    /// Takes over what a configuration file holds.
    #[inline]
    pub fn config(mut self, config: ClientConfig) -> Self {
        self.config = config;
        self.open_limits = Some(open_limits);
        self
    }

    /// Sends through this client. Its own timeouts, proxies and redirects then hold: build it without redirects
    /// (`redirect::Policy::none()`), for only then is it this crate that decides where credentials go.
    pub fn reqwest(mut self, client: reqwest::Client) -> Self {
        self.reqwest = Some(client);
        self
    }

    /// Sends through something else than the network, in tests.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Goes by another clock than the system's, in tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Takes chance from elsewhere, in tests.
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = Some(random);
        self
    }

    /// Is told of every attempt, every wait and every limit that is learned.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Keeps limits and spending in a file, over restarts and for all processes that name it: see
    /// [`FileLimits`](super::FileLimits). A [store](Self::limit_store) that is set goes before it.
    pub fn limits_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.config.limits_file = Some(path.into());
        self.open_limits = Some(open_limits);
        self
    }

    /// Shares budgets with other processes.
    pub fn limit_store(mut self, store: Arc<dyn LimitStore>) -> Self {
        self.limit_store = Some(pace::Shared::new(store));
        self
    }

    /// Goes on with budgets that an earlier run kept.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Bounds how long a call waits in all, for its budget and between repetitions. What is further away is refused at
    /// once, with the moment to come back. Zero never waits.
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.config.max_wait = Some(wait);
        self
    }

    /// Bounds how long a connection may take to stand.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.config.connect_timeout = Some(timeout);
        self
    }

    /// Bounds one attempt, its upload and download included.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.config.attempt_timeout = Some(timeout);
        self
    }

    /// Bounds a whole call, with its repetitions. Waits are not counted: `max_wait` bounds them.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.config.call_timeout = Some(timeout);
        self
    }

    /// Bounds an answer, in bytes.
    pub fn max_response(mut self, bytes: usize) -> Self {
        self.config.max_response = Some(bytes);
        self
    }

    /// Sets how the program calls itself before every server.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.config.user_agent = Some(name.into());
        self
    }

    /// Sends through a proxy, such as `http://host:3128` or `socks5://host:1080`.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.config.proxy = Some(url.into());
        self
    }

    /// Uses no proxy, not even the system's.
    pub fn no_proxy(mut self) -> Self {
        self.config.no_proxy = true;
        self
    }

    /// Sets when and how often calls are repeated.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.config.retry = Some(policy);
        self
    }

    /// Keeps every answer as it came, beside what is read from it.
    pub fn keep_raw(mut self) -> Self {
        self.config.keep_raw = true;
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// `Config` where a setting cannot be used, or the system's certificates or the file of limits cannot be read.
    pub fn build(self) -> Result<Client> {
        let config = self.config;
        let library = concat!("sociable/", env!("CARGO_PKG_VERSION"));
        let user_agent = match config
            .user_agent
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            Some(name) => format!("{name} {library}"),
            None => library.to_owned(),
        };
        let user_agent = http::HeaderValue::from_str(&user_agent).map_err(|_| {
            Error::config("the user agent holds what no header field can carry: use plain ASCII")
        })?;
        let transport: Arc<dyn Transport> = match (self.transport, self.reqwest) {
            (Some(transport), _) => transport,
            (None, Some(client)) => Arc::new(HttpTransport::with(client)),
            (None, None) => {
                let proxy = config
                    .proxy
                    .as_deref()
                    .map(url::Url::parse)
                    .transpose()
                    .map_err(|_| {
                        Error::config(
                            "the proxy's address is not usable: write it as http://host:port",
                        )
                    })?;
                Arc::new(HttpTransport::build(&HttpSettings {
                    connect_timeout: Some(config.connect_timeout.unwrap_or(CONNECT_TIMEOUT)),
                    proxy,
                    no_proxy: config.no_proxy,
                })?)
            }
        };
        let limit_store = match (self.limit_store, config.limits_file, self.open_limits) {
            (None, Some(path), Some(open)) => Some(open(path)?),
            (store, ..) => store,
        };
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        Ok(Client {
            transport,
            shared: Arc::new(Shared {
                pace: Pace::new(limit_store, self.limits),
                clock,
                random: self.random.unwrap_or_else(|| Arc::new(SystemRandom::new())),
                observer: self.observer,
                tokens: Arc::new(TokensInMemory::default()),
                retry: config.retry.unwrap_or_default(),
                max_wait: config.max_wait.unwrap_or(MAX_WAIT),
                attempt_timeout: config.attempt_timeout.unwrap_or(ATTEMPT_TIMEOUT),
                call_timeout: config.call_timeout.unwrap_or(CALL_TIMEOUT),
                max_response: config.max_response.unwrap_or(MAX_RESPONSE),
                user_agent,
                keep_raw: config.keep_raw,
            }),
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's address may hold a password.
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}

/// Spans of time as people write them.
mod span {
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        span: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match span.and_then(|s| SignedDuration::try_from(s).ok()) {
            Some(span) => serializer.serialize_str(&format!("{span:#}")),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else {
            return Ok(None);
        };
        text.parse::<SignedDuration>()
            .ok()
            .and_then(|span| Duration::try_from(span).ok())
            .map(Some)
            .ok_or_else(|| {
                serde::de::Error::custom(format!(
                    "`{text}` is not a span of time: write it as \"30s\" or \"5m\""
                ))
            })
    }
}
