//! Uploads: a picture in one call; a video or moving picture in pieces, after which the network works on it. Nobody sees
//! any of it before a post or message names the file.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::Method;

use super::super::fault;
use super::super::rules::endpoints::{
    MEDIA_METADATA, UPLOAD, UPLOAD_APPEND, UPLOAD_BEGIN, UPLOAD_END, UPLOAD_STATUS,
};
use super::super::rules::{CHUNK, NETWORK, PROCESSING_PATIENCE, PROCESSING_PAUSE};
use super::super::wire::{self, AltText, BeginUpload, Describe, Metadata};
use super::super::{X, id};
use super::{Call, invalid, told};
use crate::client::{Answer, Multipart, Request, WriteSafety, upload_time};
use crate::error::{Error, ErrorKind, Result, Rule, Violation};
use crate::model::{Media, MediaKind, MediaSource};
use crate::operation::Operation;

/// How small pieces get where the edge calls them too large.
const LEAST_CHUNK: u64 = CHUNK / 8;
/// How many pieces a file has at most (contract).
const SEGMENTS: u64 = 1000;
/// How long a piece may take.
const PIECE_TIME: Duration = Duration::from_secs(120);

/// A file that the network holds.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) kind: MediaKind,
    pub(super) id: String,
    pub(super) alt: Option<String>,
}

/// Where a file is going to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    Post,
    Message,
}

impl Goal {
    /// The network's word for a kind of file there. The wrong one fails when the file is used.
    const fn category(self, kind: &MediaKind) -> &'static str {
        match (self, kind) {
            (Self::Post, MediaKind::Gif) => "tweet_gif",
            (Self::Post, MediaKind::Video) => "tweet_video",
            (Self::Post, _) => "tweet_image",
            (Self::Message, MediaKind::Gif) => "dm_gif",
            (Self::Message, MediaKind::Video) => "dm_video",
            (Self::Message, _) => "dm_image",
        }
    }
}

impl X {
    /// Uploads files in their order, unless the network holds them already, and describes them.
    pub(super) async fn held(
        &self,
        operation: &Operation,
        media: &[Media],
        goal: Goal,
    ) -> Result<Vec<Held>> {
        let mut all = Vec::with_capacity(media.len());
        for (i, media) in media.iter().enumerate() {
            let field = format!("media[{i}]");
            let held = self.held_one(operation, media, &field, goal).await;
            all.push(held.map_err(|error| about(error, &field))?);
        }
        Ok(all)
    }

    async fn held_one(
        &self,
        operation: &Operation,
        media: &Media,
        field: &str,
        goal: Goal,
    ) -> Result<Held> {
        let kind = media.effective_kind().unwrap_or(MediaKind::Image);
        let number = if let MediaSource::Existing(held) = &media.source {
            let Some(number) = id::media(held) else {
                let message = format!(
                    "`{held}` is no file of this network: pass the id of an upload or of a post's attachment"
                );
                return Err(invalid(Rule::Malformed, field, message));
            };
            number.to_owned()
        } else if kind == MediaKind::Image {
            self.at_once(operation, media, goal.category(&kind)).await?
        } else {
            let mut chunk = CHUNK;
            loop {
                match self
                    .in_pieces(operation, media, goal.category(&kind), chunk)
                    .await
                {
                    Err(error) if error.http_status() == Some(413) && chunk > LEAST_CHUNK => {
                        chunk /= 2
                    }
                    outcome => break outcome?,
                }
            }
        };
        if let Some(alt) = &media.alt {
            let body = Describe {
                id: &number,
                metadata: Metadata {
                    alt_text: AltText { text: alt },
                },
            };
            let call = Call::of(MEDIA_METADATA, &[]);
            self.tell(operation, call, Some(&body), WriteSafety::Idempotent)
                .await?;
        }
        Ok(Held {
            kind,
            id: number,
            alt: media.alt.clone(),
        })
    }

    /// Uploads a picture in one call.
    async fn at_once(
        &self,
        operation: &Operation,
        media: &Media,
        category: &str,
    ) -> Result<String> {
        let form = Multipart::new(&**self.inner.client.random())
            .text("media_category", category)
            .file("media", media.clone(), "media");
        let time = upload_time(media.size);
        let answer = self
            .upload(operation, Call::of(UPLOAD, &[]), form, time)
            .await?;
        self.finished(operation, answer).await
    }

    /// Uploads a file piece by piece.
    async fn in_pieces(
        &self,
        operation: &Operation,
        media: &Media,
        category: &str,
        chunk: u64,
    ) -> Result<String> {
        let total = match media.size {
            Some(size) => size,
            None => self.measured(media).await?,
        };
        let chunk = chunk.max(total.div_ceil(SEGMENTS));
        let begin = BeginUpload {
            media_type: media.media_type.as_deref().unwrap_or("video/mp4"),
            total_bytes: total,
            media_category: category,
        };
        let call = Call::of(UPLOAD_BEGIN, &[]);
        let request = self
            .write(operation, &call, WriteSafety::Idempotent)
            .json(&begin)?;
        let answer = self
            .sent(operation, &call, request.changes_nothing())
            .await?;
        let number = number_in(&answer)?;
        let mut stream = self.inner.client.open(media).await?.stream;
        let (mut piece, mut index) = (BytesMut::new(), 0_u32);
        let chunk = usize::try_from(chunk).unwrap_or(usize::MAX);
        while let Some(read) = stream.next().await {
            let read = read.map_err(|error| {
                let message =
                    format!("the file cannot be read to its end ({error}): nothing was published");
                Error::new(ErrorKind::Transport, message).with_network(NETWORK)
            })?;
            piece.extend_from_slice(&read);
            while piece.len() >= chunk {
                let full = piece.split_to(chunk).freeze();
                self.append(operation, &number, index, full).await?;
                index += 1;
            }
        }
        if !piece.is_empty() {
            self.append(operation, &number, index, piece.freeze())
                .await?;
        }
        let call = Call::of(UPLOAD_END, &[&number]);
        let request = self.write(operation, &call, WriteSafety::Idempotent);
        let answer = self
            .sent(operation, &call, request.changes_nothing())
            .await?;
        self.finished(operation, answer).await
    }

    async fn append(
        &self,
        operation: &Operation,
        number: &str,
        index: u32,
        piece: Bytes,
    ) -> Result<()> {
        let form = Multipart::new(&**self.inner.client.random())
            .text("segment_index", &index.to_string())
            .file("media", Media::bytes(piece), "piece");
        let call = Call::of(UPLOAD_APPEND, &[number]);
        self.upload(operation, call, form, PIECE_TIME)
            .await
            .map(drop)
    }

    /// Sends a form with a file. Sending it again makes no second file that anybody sees.
    async fn upload(
        &self,
        operation: &Operation,
        call: Call,
        form: Multipart,
        time: Duration,
    ) -> Result<Answer> {
        let request = Request::new(
            operation.clone(),
            Method::POST,
            self.url(&call),
            WriteSafety::Idempotent,
        )
        .multipart(form)
        .attempt_timeout(time)
        .changes_nothing();
        self.sent(operation, &call, request).await
    }

    /// How long a file is that does not say so.
    async fn measured(&self, media: &Media) -> Result<u64> {
        let opened = self.inner.client.open(media).await?;
        if let Some(len) = opened.len {
            return Ok(len);
        }
        let mut stream = opened.stream;
        let mut total = 0;
        while let Some(read) = stream.next().await {
            let read = read.map_err(|error| {
                let message =
                    format!("the file cannot be read to its end ({error}): nothing was sent");
                Error::new(ErrorKind::Transport, message).with_network(NETWORK)
            })?;
            total += read.len() as u64;
        }
        Ok(total)
    }

    /// Waits until the network has worked on a file, and tells its number.
    async fn finished(&self, operation: &Operation, mut answer: Answer) -> Result<String> {
        let number = number_in(&answer)?;
        let clock = self.inner.client.clock();
        let began = clock.now();
        loop {
            let pause = {
                let file: wire::Uploaded<'_> = told(&answer)?;
                let Some(processing) = file.data.get().and_then(|file| file.processing.get())
                else {
                    return Ok(number);
                };
                match processing.state.or_empty() {
                    "succeeded" => return Ok(number),
                    "failed" => {
                        let why = processing.error.get();
                        let why = why.and_then(|why| why.message.get().or(why.name.get()));
                        let (kind, message) =
                            fault::rejected_file(why.unwrap_or("it tells no reason"));
                        return Err(Error::new(kind, message)
                            .with_network(NETWORK)
                            .with_operation(operation.clone()));
                    }
                    _ => processing
                        .check_after_secs
                        .0
                        .map_or(PROCESSING_PAUSE, Duration::from_secs),
                }
            };
            let now = clock.now();
            if now.duration_since(began).unsigned_abs() >= PROCESSING_PATIENCE {
                let message = "the network still works on the file: nothing was published; try again later, or with a smaller file";
                return Err(Error::new(ErrorKind::Timeout, message)
                    .with_network(NETWORK)
                    .with_operation(operation.clone()));
            }
            let pause = pause.clamp(Duration::from_secs(1), Duration::from_secs(60));
            clock
                .sleep_until(now.checked_add(pause).unwrap_or(now))
                .await;
            let call = Call::of(UPLOAD_STATUS, &[])
                .with("command", "STATUS")
                .with("media_id", &number);
            answer = self.ask(operation, call).await?;
        }
    }
}

fn number_in(answer: &Answer) -> Result<String> {
    let file: wire::Uploaded<'_> = told(answer)?;
    let number = file.data.get().and_then(|file| file.id.get());
    let number = number.filter(|number| id::is_number(number));
    number
        .map(str::to_owned)
        .ok_or_else(|| answer.unreadable("it does not tell the file's number"))
}

/// An error that names the file where it was found.
fn about(error: Error, field: &str) -> Error {
    let ErrorKind::Invalid(violations) = error.kind() else {
        return error;
    };
    let mut violations: Vec<Violation> = violations.clone();
    for violation in &mut violations {
        field.clone_into(&mut violation.field);
    }
    error.with_kind(ErrorKind::Invalid(violations))
}
