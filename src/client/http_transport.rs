use std::error::Error as StdError;
use std::time::Duration;

use futures_core::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, TryStreamExt};

use super::transport::{Incoming, Outgoing, OutgoingBody, Transport, TransportError};
use crate::error::{Error, Result};

/// The transport over the network.
#[derive(Clone)]
pub(super) struct HttpTransport(reqwest::Client);

/// A client's own `Debug` shows its proxies and default header fields, which may hold passwords.
impl std::fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpTransport").finish_non_exhaustive()
    }
}

/// What the transport is built with, where the caller brings no `reqwest::Client` of their own.
#[derive(Clone, Default)]
pub(super) struct HttpSettings {
    pub(super) connect_timeout: Option<Duration>,
    pub(super) proxy: Option<url::Url>,
    pub(super) no_proxy: bool,
}

impl HttpTransport {
    pub(super) fn with(client: reqwest::Client) -> Self {
        Self(client)
    }

    pub(super) fn build(settings: &HttpSettings) -> Result<Self> {
        // Redirects are followed one floor up, where credentials are known.
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .use_rustls_if_there()?;
        if let Some(timeout) = settings.connect_timeout {
            builder = builder.connect_timeout(timeout);
        }
        if settings.no_proxy {
            builder = builder.no_proxy();
        }
        if let Some(proxy) = &settings.proxy {
            let proxy = reqwest::Proxy::all(proxy.clone()).map_err(|_| {
                Error::config("the proxy's address is not usable: write it as http://host:port")
            })?;
            builder = builder.proxy(proxy);
        }
        let client = builder.build().map_err(|e| {
            Error::config(
                "the HTTP client cannot be built: check the system's certificates and the proxy",
            )
            .with_source(e.without_url())
        })?;
        Ok(Self(client))
    }
}

/// Picks the provider of cryptography without touching what the whole process has set.
trait UseRustls: Sized {
    fn use_rustls_if_there(self) -> Result<Self>;
}

impl UseRustls for reqwest::ClientBuilder {
    #[cfg(feature = "rustls-ring")]
    fn use_rustls_if_there(self) -> Result<Self> {
        // reqwest takes the process's default provider; without one it would panic.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Another thread may have been faster, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        Ok(self)
    }

    #[cfg(not(feature = "rustls-ring"))]
    fn use_rustls_if_there(self) -> Result<Self> {
        Ok(self)
    }
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, request: Outgoing) -> BoxFuture<'a, Result<Incoming, TransportError>> {
        let mut out = reqwest::Request::new(request.method, request.url);
        *out.headers_mut() = request.headers;
        *out.body_mut() = match request.body {
            OutgoingBody::Empty => None,
            OutgoingBody::Bytes(bytes) => Some(bytes.into()),
            OutgoingBody::Stream { stream, len } => {
                if let Some(len) = len {
                    out.headers_mut()
                        .insert(http::header::CONTENT_LENGTH, len.into());
                }
                Some(reqwest::Body::wrap_stream(stream))
            }
        };
        async move {
            let mut response = self.0.execute(out).await.map_err(failure)?;
            let status = response.status();
            let headers = std::mem::take(response.headers_mut());
            let body = response.bytes_stream().map_err(failure).boxed();
            Ok(Incoming::new(status, headers, body))
        }
        .boxed()
    }
}

/// Says what happened without the address, which may hold a token.
fn failure(error: reqwest::Error) -> TransportError {
    let what = if error.is_connect() {
        "no connection"
    } else if error.is_timeout() {
        "time ran out"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the connection broke"
    };
    let mut message = what.to_owned();
    // The innermost cause says most ("connection refused", "invalid peer certificate").
    let mut cause: Option<&dyn StdError> = error.source();
    while let Some(inner) = cause {
        if inner.source().is_none() {
            message = format!("{what}: {inner}");
        }
        cause = inner.source();
    }
    let failure = if error.is_connect() || error.is_builder() {
        TransportError::not_sent(message)
    } else {
        TransportError::maybe_sent(message)
    };
    if error.is_timeout() {
        failure.timed_out()
    } else {
        failure
    }
}
