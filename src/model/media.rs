use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use crate::error::Result;
use crate::id::MediaId;
use crate::shared::SharedStr;

words! {
    /// What a file is for a reader.
    MediaKind {
        /// A still picture.
        Image = "image",
        /// A video.
        Video = "video",
        /// An animated picture that plays by itself.
        Gif = "gif",
        /// Sound.
        Audio = "audio",
        /// Any other file.
        Document = "document",
    }
}

impl MediaKind {
    /// What a media type such as `image/png` is for a reader.
    pub fn of_type(media_type: &str) -> Self {
        let media_type = media_type.trim();
        let is = |prefix: &str| {
            media_type
                .get(..prefix.len())
                .is_some_and(|p| p.eq_ignore_ascii_case(prefix))
        };
        if is("image/gif") {
            Self::Gif
        } else if is("image/") {
            Self::Image
        } else if is("video/") {
            Self::Video
        } else if is("audio/") {
            Self::Audio
        } else {
            Self::Document
        }
    }
}

/// The bytes of a file, piece by piece.
pub type MediaStream = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send + Sync>>;

/// Opens a file anew each time it is needed, since an attempt that failed must be repeatable.
#[derive(Clone)]
pub struct MediaFactory {
    len: Option<u64>,
    open: Arc<dyn Fn() -> OpenFuture + Send + Sync>,
}

type OpenFuture = Pin<Box<dyn Future<Output = Result<MediaStream>> + Send>>;

impl MediaFactory {
    /// Takes a function that opens the file from its beginning, and its length in bytes where it is known.
    pub fn new<F, Fut>(len: impl Into<Option<u64>>, open: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<MediaStream>> + Send + 'static,
    {
        Self {
            len: len.into(),
            open: Arc::new(move || Box::pin(open())),
        }
    }

    /// The length in bytes, where it is known.
    pub fn len(&self) -> Option<u64> {
        self.len
    }

    /// Whether the file is known to hold nothing.
    pub fn is_empty(&self) -> bool {
        self.len == Some(0)
    }

    /// Opens the file from its beginning.
    ///
    /// # Errors
    /// Whatever the function answers.
    pub async fn open(&self) -> Result<MediaStream> {
        (self.open)().await
    }
}

impl fmt::Debug for MediaFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaFactory")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

impl PartialEq for MediaFactory {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.open, &other.open)
    }
}

/// Where a file's bytes come from. Each can be opened again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MediaSource {
    /// Held in memory; in data they are written in base 64.
    #[serde(with = "base64_bytes")]
    Bytes(Bytes),
    /// A file on this machine.
    File(PathBuf),
    /// A file on the web: fetched by the network where it can, else passed through by us.
    Url(Url),
    /// A file that the network holds already.
    Existing(MediaId),
    /// Opened by a function of the caller's. It cannot be stored.
    #[serde(serialize_with = "no_factory", deserialize_with = "never")]
    Factory(MediaFactory),
}

fn no_factory<S: Serializer>(_: &MediaFactory, _: S) -> Result<S::Ok, S::Error> {
    Err(serde::ser::Error::custom(
        "media from a factory cannot be stored: write the file and name its path",
    ))
}

fn never<'de, D: Deserializer<'de>>(_: D) -> Result<MediaFactory, D::Error> {
    Err(serde::de::Error::custom(
        "media from a factory cannot be read from data: name a file's path",
    ))
}

/// A file to publish, with what its readers need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Media {
    /// Where the bytes come from.
    pub source: MediaSource,
    /// What it is for a reader; by default what its type says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<MediaKind>,
    /// Its media type, such as `image/png`; `inspect` finds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What it shows, for those who do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Its file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its size in bytes; `inspect` finds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Its width and height in pixels; `inspect` finds them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<(u32, u32)>,
    /// How long it plays; `inspect` finds it for MP4 and QuickTime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,
}

impl Media {
    /// A file from any source.
    pub fn new(source: MediaSource) -> Self {
        Self {
            source,
            kind: None,
            media_type: None,
            alt: None,
            name: None,
            size: None,
            dimensions: None,
            duration: None,
        }
    }

    /// A file on this machine.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
        Self {
            name,
            ..Self::new(MediaSource::File(path))
        }
    }

    /// Bytes held in memory.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::new(MediaSource::Bytes(bytes.into()))
    }

    /// A file on the web.
    pub fn url(url: Url) -> Self {
        Self::new(MediaSource::Url(url))
    }

    /// A file that the network holds already.
    pub fn existing(id: impl Into<MediaId>) -> Self {
        Self::new(MediaSource::Existing(id.into()))
    }

    /// A file that a function opens.
    pub fn factory(factory: MediaFactory) -> Self {
        Self {
            size: factory.len(),
            ..Self::new(MediaSource::Factory(factory))
        }
    }

    /// What it is for a reader: as told, else as its type says, else `None`.
    pub fn effective_kind(&self) -> Option<MediaKind> {
        self.kind
            .clone()
            .or_else(|| self.media_type.as_deref().map(MediaKind::of_type))
    }
}

setters!(Media {
    some kind: MediaKind, "Says what it is for a reader.";
    some media_type: String, "Sets its media type, such as `image/png`.";
    some alt: String, "Describes it for those who do not see it.";
    some name: String, "Sets its file name.";
    some size: u64, "Sets its size in bytes.";
    some dimensions: (u32, u32), "Sets its width and height in pixels.";
    some duration: Duration, "Sets how long it plays.";
});

/// A file as a post or message shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attachment {
    /// What it is.
    pub kind: MediaKind,
    /// The network's handle of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MediaId>,
    /// Where it can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<SharedStr>,
    /// Where a smaller picture of it can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<SharedStr>,
    /// What it shows, for those who do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<SharedStr>,
    /// Its media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<SharedStr>,
    /// Its width and height in pixels, or in any unit of the same proportion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<(u32, u32)>,
    /// How long it plays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,
}

impl Attachment {
    /// A file of this kind.
    pub fn new(kind: MediaKind) -> Self {
        Self {
            kind,
            id: None,
            url: None,
            preview: None,
            alt: None,
            media_type: None,
            dimensions: None,
            duration: None,
        }
    }
}

setters!(Attachment {
    some id: MediaId, "Sets the network's handle of it.";
    some url: SharedStr, "Sets where it can be fetched.";
    some preview: SharedStr, "Sets where a smaller picture can be fetched.";
    some alt: SharedStr, "Sets what it shows.";
    some media_type: SharedStr, "Sets its media type.";
    some dimensions: (u32, u32), "Sets its width and height.";
    some duration: Duration, "Sets how long it plays.";
});

/// Bytes in data, written in base 64 so that a draft stays readable JSON.
mod base64_bytes {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        bytes: &Bytes,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Bytes, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        STANDARD
            .decode(text.as_bytes())
            .map(Bytes::from)
            .map_err(serde::de::Error::custom)
    }
}
