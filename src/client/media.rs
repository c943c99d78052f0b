use std::fs::File;
use std::io::{Read, Take};

use bytes::Bytes;
use futures_core::future::BoxFuture;
use futures_util::StreamExt;
use http::Method;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::transport::{Incoming, Outgoing, OutgoingBody};
use super::{Body, Client};
use crate::error::{Error, ErrorKind, Result, Rule, Violation};
use crate::model::{Media, MediaSource, MediaStream};
use crate::shared::disk::on_disk;

/// How much of a file is held at once, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// How many redirects of a download are followed.
const MOST_REDIRECTS: usize = 5;

/// A file, opened from its beginning.
#[non_exhaustive]
pub struct Opened {
    /// Its bytes, piece by piece.
    pub stream: MediaStream,
    /// Its length in bytes, where it is known.
    pub len: Option<u64>,
    /// Its media type, where it is known.
    pub media_type: Option<String>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("len", &self.len)
            .field("media_type", &self.media_type)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Opens a file from its beginning, wherever it lies. At most a small piece of it is held at once.
    ///
    /// # Errors
    /// `Invalid` where it is not there or cannot be read.
    pub async fn open(&self, media: &Media) -> Result<Opened> {
        let unreadable =
            |what: String| Error::invalid(vec![Violation::error(Rule::Missing, "media", what)]);
        let media_type = media.media_type.clone();
        match &media.source {
            MediaSource::Bytes(bytes) => {
                let len = Some(bytes.len() as u64);
                let stream = Box::pin(futures_util::stream::iter([Ok(bytes.clone())]));
                Ok(Opened {
                    stream,
                    len,
                    media_type,
                })
            }
            MediaSource::File(path) => {
                let cannot = |e| {
                    unreadable(format!(
                        "{} cannot be read ({e}): check the path",
                        path.display()
                    ))
                };
                let path = path.clone();
                let opened = on_disk(move || {
                    let file = File::open(path)?;
                    let len = file.metadata()?.len();
                    Ok((file, len))
                });
                let (file, len) = opened.await.map_err(cannot)?;
                Ok(Opened {
                    stream: pieces(file.take(len)),
                    len: Some(len),
                    media_type,
                })
            }
            MediaSource::Factory(factory) => {
                let stream = factory.open().await?;
                Ok(Opened {
                    stream,
                    len: factory.len(),
                    media_type,
                })
            }
            MediaSource::Url(url) => {
                let incoming = self.fetch(url.clone()).await?;
                let header = |name| {
                    incoming
                        .headers
                        .get(name)
                        .and_then(|v: &http::HeaderValue| v.to_str().ok())
                };
                let len = header(http::header::CONTENT_LENGTH).and_then(|v| v.parse().ok());
                let media_type =
                    media_type.or_else(|| header(http::header::CONTENT_TYPE).map(str::to_owned));
                Ok(Opened {
                    stream: shared(incoming),
                    len,
                    media_type,
                })
            }
            _ => Err(unreadable(
                "the network holds this file already: there is nothing to upload".to_owned(),
            )),
        }
    }

    /// Fetches a file into a writer, piece by piece, and answers its length in bytes. No credentials go with it.
    ///
    /// # Errors
    /// `Invalid` where it is longer than `max` bytes; `Transport` or `Unavailable` where it cannot be had whole;
    /// whatever writing answers.
    pub async fn download(
        &self,
        url: url::Url,
        into: &mut (dyn AsyncWrite + Unpin + Send),
        max: u64,
    ) -> Result<u64> {
        let mut incoming = self.fetch(url).await?;
        let mut len = 0_u64;
        loop {
            let piece = async { incoming.body.next().await.transpose() };
            // A large file takes its time; a server that says nothing any more does not get it.
            let now = self.shared.clock.now();
            let piece = self.in_time(now, self.shared.attempt_timeout, piece).await;
            let piece = piece.map_err(|e| {
                Error::new(
                    ErrorKind::Transport,
                    format!("the file broke off after {len} bytes ({e}): fetch it again"),
                )
            })?;
            let Some(piece) = piece else { break };
            len += piece.len() as u64;
            if len > max {
                let what =
                    format!("the file is longer than the {max} bytes that were allowed for it");
                let violation =
                    Violation::error(Rule::TooLarge, "url", what).measured(max, len, "bytes");
                return Err(Error::invalid(vec![violation]));
            }
            into.write_all(&piece).await.map_err(|e| {
                Error::new(
                    ErrorKind::Config,
                    format!("the file cannot be written here: {e}"),
                )
                .with_source(e)
            })?;
        }
        into.flush().await.map_err(|e| {
            Error::new(
                ErrorKind::Config,
                format!("the file cannot be written here: {e}"),
            )
            .with_source(e)
        })?;
        Ok(len)
    }

    /// The head of a file on the web. Redirects are followed, since nothing secret goes along.
    async fn fetch(&self, mut url: url::Url) -> Result<Incoming> {
        for _ in 0..=MOST_REDIRECTS {
            super::call::only_secure(&url)?;
            let mut request = Outgoing::new(Method::GET, url.clone());
            request
                .headers
                .insert(http::header::USER_AGENT, self.shared.user_agent.clone());
            let host = url.host_str().unwrap_or_default().to_owned();
            let now = self.shared.clock.now();
            let sent = self.transport.send(request);
            let send = self.in_time(now, self.shared.attempt_timeout, sent);
            let incoming = send.await.map_err(|e| {
                Error::new(
                    ErrorKind::Transport,
                    format!("{host} cannot be reached for a file ({e}): try again"),
                )
            })?;
            let status = incoming.status;
            if status.is_redirection() {
                let location = incoming
                    .headers
                    .get(http::header::LOCATION)
                    .and_then(|l| l.to_str().ok());
                let target = location.and_then(|l| url.join(l).ok()).ok_or_else(|| {
                    Error::new(
                        ErrorKind::Transport,
                        format!("{host} redirects to nowhere: check the file's address"),
                    )
                })?;
                // A server elsewhere has no say over what is fetched from this machine.
                if super::call::is_loopback(&target) && !super::call::is_loopback(&url) {
                    return Err(Error::new(
                        ErrorKind::Transport,
                        format!(
                            "{host} redirects to this machine, where files of other servers are never fetched: check the \
                             file's address"
                        ),
                    ));
                }
                url = target;
                continue;
            }
            if status.is_success() {
                return Ok(incoming);
            }
            let kind = if status.is_server_error() {
                ErrorKind::Unavailable
            } else {
                ErrorKind::NotFound
            };
            let message = format!(
                "{host} answers {} for a file: check its address",
                status.as_u16()
            );
            return Err(Error::new(kind, message).with_http_status(status.as_u16()));
        }
        Err(Error::new(
            ErrorKind::Transport,
            "the file's address redirects in a circle: check it",
        ))
    }

    /// The body of one attempt.
    pub(super) async fn outgoing(&self, body: &Body) -> Result<OutgoingBody> {
        Ok(match body {
            Body::Empty => OutgoingBody::Empty,
            Body::Bytes(bytes) => OutgoingBody::Bytes(bytes.clone()),
            Body::Media(upload) => (upload.open)(self, &upload.media).await?,
        })
    }
}

/// A file as the body of one attempt.
pub(super) fn to_send<'a>(
    client: &'a Client,
    media: &'a Media,
) -> BoxFuture<'a, Result<OutgoingBody>> {
    Box::pin(async move {
        if let MediaSource::Bytes(bytes) = &media.source {
            return Ok(OutgoingBody::Bytes(bytes.clone()));
        }
        let opened = client.open(media).await?;
        Ok(OutgoingBody::Stream {
            stream: opened.stream,
            len: opened.len,
        })
    })
}

/// A file in pieces of a bounded size.
fn pieces(file: Take<File>) -> MediaStream {
    Box::pin(futures_util::stream::try_unfold(file, |mut file| {
        on_disk(move || {
            let mut piece = Vec::with_capacity(PIECE_BYTES);
            (&mut file)
                .take(PIECE_BYTES as u64)
                .read_to_end(&mut piece)?;
            Ok((!piece.is_empty()).then(|| (Bytes::from(piece), file)))
        })
    }))
}

/// The body of a download as a stream that may be shared between threads, as an upload's has to be.
fn shared(incoming: Incoming) -> MediaStream {
    struct Locked(std::sync::Mutex<super::transport::BodyStream>);

    impl futures_core::Stream for Locked {
        type Item = std::io::Result<Bytes>;

        fn poll_next(
            self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            let this = self.get_mut();
            let body = this
                .0
                .get_mut()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            body.poll_next_unpin(cx).map_err(std::io::Error::other)
        }
    }

    Box::pin(Locked(std::sync::Mutex::new(incoming.body)))
}
