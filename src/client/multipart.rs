//! Forms that have a file among their fields (RFC 7578).

use bytes::Bytes;
use futures_core::future::BoxFuture;
use futures_util::StreamExt;
use futures_util::stream;
use http::HeaderValue;

use super::Client;
use super::random::Random;
use super::request::Opens;
use super::transport::OutgoingBody;
use crate::error::Result;
use crate::model::{Media, MediaSource};

/// A form with texts and a file, which is read anew for each attempt and never held as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Multipart {
    boundary: String,
    /// The parts before the file, as they are sent.
    fields: String,
    file: Option<(String, Media)>,
}

// Inline here and below, so that what compiles it are the programs and adapters that send forms.
impl Multipart {
    /// A form without fields. What separates its parts is made of chance, so that no file holds it.
    pub fn new(random: &dyn Random) -> Self {
        Self {
            boundary: format!("{:016x}{:016x}", random.next(), random.next()),
            fields: String::new(),
            file: None,
        }
    }

    /// Adds a text.
    #[must_use]
    #[inline]
    pub fn text(mut self, name: &str, value: &str) -> Self {
        let head = format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{value}\r\n",
            self.boundary,
            quoted(name)
        );
        self.fields.push_str(&head);
        self
    }

    /// Sets the file, under the name that its media tells, or else under the other one that is given here.
    #[must_use]
    #[inline]
    pub fn file(mut self, name: &str, media: Media, or_called: &str) -> Self {
        let file_name = media.name.as_deref().filter(|name| !name.is_empty());
        let kind = media
            .media_type
            .as_deref()
            .filter(|kind| HeaderValue::from_str(kind).is_ok())
            .unwrap_or("application/octet-stream");
        let head = format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {kind}\r\n\r\n",
            self.boundary,
            quoted(name),
            quoted(file_name.unwrap_or(or_called))
        );
        self.file = Some((head, media));
        self
    }

    /// The media type of the body, with what separates its parts.
    #[inline]
    pub(super) fn content_type(&self) -> HeaderValue {
        // Hexadecimal digits alone.
        HeaderValue::try_from(format!("multipart/form-data; boundary={}", self.boundary))
            .unwrap_or(HeaderValue::from_static("multipart/form-data"))
    }
}

/// A name as it stands between quotes: browsers write these three otherwise, and leave all others as they are.
#[inline]
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

impl Opens for Multipart {
    #[inline]
    fn open<'a>(&'a self, client: &'a Client) -> BoxFuture<'a, Result<OutgoingBody>> {
        Box::pin(async move {
            let mut before = self.fields.clone();
            let Some((head, media)) = &self.file else {
                before.push_str(&format!("--{}--\r\n", self.boundary));
                return Ok(OutgoingBody::Bytes(before.into()));
            };
            before.push_str(head);
            let after = format!("\r\n--{}--\r\n", self.boundary);
            if let MediaSource::Bytes(bytes) = &media.source {
                let body = [before.as_bytes(), bytes, after.as_bytes()].concat();
                return Ok(OutgoingBody::Bytes(body.into()));
            }
            let opened = client.open(media).await?;
            let around = (before.len() + after.len()) as u64;
            let text = |text: String| stream::iter([Ok(Bytes::from(text))]);
            Ok(OutgoingBody::Stream {
                stream: Box::pin(text(before).chain(opened.stream).chain(text(after))),
                len: opened.len.map(|len| len + around),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;

    use super::*;
    use crate::client::SeededRandom;
    use crate::model::{MediaFactory, MediaStream};

    async fn sent(body: OutgoingBody) -> (Vec<u8>, Option<u64>) {
        match body {
            OutgoingBody::Empty => (Vec::new(), None),
            OutgoingBody::Bytes(bytes) => (bytes.to_vec(), None),
            OutgoingBody::Stream { stream, len } => {
                let pieces: Vec<Bytes> = stream.try_collect().await.unwrap();
                (pieces.concat(), len)
            }
        }
    }

    #[tokio::test]
    async fn a_file_is_the_same_form_whether_it_is_held_or_streamed() {
        let client = Client::new().unwrap();
        let form = Multipart::new(&SeededRandom::new(1)).text("a", "б\r\n");
        let name = "new\"\r\nline.png";
        let held = Media::bytes(&b"\x89PNG"[..])
            .name(name)
            .media_type("image/png");
        let factory = MediaFactory::new(4, || async {
            let pieces = [
                Ok(Bytes::from_static(b"\x89P")),
                Ok(Bytes::from_static(b"NG")),
            ];
            Ok(Box::pin(stream::iter(pieces)) as MediaStream)
        });
        let streamed = Media::factory(factory).name(name).media_type("image/png");
        let held = form.clone().file("photo", held, "x");
        let (expected, _) = sent(held.open(&client).await.unwrap()).await;
        let streamed = form.file("photo", streamed, "x");
        let (body, len) = sent(streamed.open(&client).await.unwrap()).await;
        assert_eq!(body, expected);
        assert_eq!(len, Some(expected.len() as u64));
        let b = &held.boundary;
        let wanted = [
            format!("--{b}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nб\r\n\r\n").as_bytes(),
            format!("--{b}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"new%22%0D%0Aline.png\"\r\n").as_bytes(),
            b"Content-Type: image/png\r\n\r\n\x89PNG\r\n",
            format!("--{b}--\r\n").as_bytes(),
        ]
        .concat();
        assert_eq!(body, wanted);
    }
}
