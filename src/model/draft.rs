use std::collections::BTreeMap;
use std::ops::Deref;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account::Place;
use super::media::Media;
use super::post::PostRef;
use crate::error::Violation;
use crate::id::IdempotencyKey;
use crate::text::Text;

words! {
    /// Who may see a post.
    Visibility {
        /// Everybody, and it is shown around.
        Public = "public",
        /// Everybody who has the link or looks at the profile.
        Unlisted = "unlisted",
        /// Followers, friends or members alone.
        Followers = "followers",
        /// The mentioned accounts alone.
        Direct = "direct",
    }
}

words! {
    /// Of what a reader is warned before seeing a post.
    ContentWarning {
        /// Sexual content.
        Sexual = "sexual",
        /// Nakedness without a sexual meaning.
        Nudity = "nudity",
        /// Pornography.
        Porn = "porn",
        /// Violence, blood.
        Graphic = "graphic",
    }
}

/// A link that is shown as a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkCard {
    /// Where it leads.
    pub url: String,
    /// Its title. Networks without look-up of their own show the address in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A sentence on what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A picture to publish with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Media>,
    /// The address of the picture on a card that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
}

impl LinkCard {
    /// A card that leads there.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            title: None,
            description: None,
            thumbnail: None,
            preview: None,
        }
    }
}

setters!(LinkCard {
    some title: String, "Sets its title.";
    some description: String, "Sets a sentence on what it is.";
    some thumbnail: Media, "Sets a picture to publish with it.";
    some preview: String, "Sets the address of its picture.";
});

impl From<&str> for LinkCard {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for LinkCard {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

/// A poll, to publish or as read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Poll {
    /// What is asked; `None` where the post's text asks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The answers to choose from.
    pub options: Vec<PollOption>,
    /// Whether several may be chosen.
    #[serde(default)]
    pub multiple: bool,
    /// How long it stays open, when it is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_for: Option<Duration>,
    /// When it closes, as read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<Timestamp>,
    /// How many have voted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voters: Option<u64>,
    /// What this identity has chosen, as positions from 0; `None` where it is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mine: Option<Vec<u32>>,
}

impl Poll {
    /// A poll with these answers.
    pub fn new<T: Into<PollOption>>(options: impl IntoIterator<Item = T>) -> Self {
        Self {
            question: None,
            options: options.into_iter().map(Into::into).collect(),
            multiple: false,
            open_for: None,
            closes_at: None,
            voters: None,
            mine: None,
        }
    }
}

setters!(Poll {
    some question: String, "Sets what is asked.";
    set multiple: bool, "Says whether several may be chosen.";
    some open_for: Duration, "Sets how long it stays open.";
    some closes_at: Timestamp, "Sets when it closes.";
    some voters: u64, "Sets how many have voted.";
    some mine: Vec<u32>, "Sets what this identity has chosen.";
});

/// One answer of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PollOption {
    /// The answer.
    pub text: String,
    /// How many chose it; `None` while the network hides it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<u64>,
}

impl PollOption {
    /// An answer to choose.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            votes: None,
        }
    }

    /// Says how many chose it.
    pub fn votes(mut self, votes: u64) -> Self {
        self.votes = Some(votes);
        self
    }
}

impl From<&str> for PollOption {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for PollOption {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// What is to be published.
///
/// One draft serves every network; [`check`](Draft::check) tells for each what it would refuse.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Draft {
    /// The text, with its links, mentions and emphasis.
    pub text: Text,
    /// Files to show with it, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// The post that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<PostRef>,
    /// The post that it quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<PostRef>,
    /// A link to show as a card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkCard>,
    /// A poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<Poll>,
    /// Its languages as BCP 47 tags (`ru`, `pt-BR`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Who may see it; `None` is the network's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// Of what a reader is warned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<ContentWarning>,
    /// When the network is to publish it; `None` is at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Timestamp>,
    /// Where to, if not to the configured place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The caller's own name for this publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<IdempotencyKey>,
    /// When it was written. With the key it fixes what the network is told, so that a repetition in another process is
    /// the same publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// What has no common name, by network.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub native: BTreeMap<String, serde_json::Value>,
}

impl Draft {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A draft of this text.
    pub fn text(text: impl Into<Text>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Names another place than the configured one.
    pub fn to(mut self, place: impl Into<Place>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Leaves it to the network to publish at this time.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.schedule = Some(time);
        self
    }

    /// Adds a language as a BCP 47 tag.
    pub fn language(mut self, tag: impl Into<String>) -> Self {
        self.languages.push(tag.into());
        self
    }

    /// Adds a warning.
    pub fn warning(mut self, warning: impl Into<ContentWarning>) -> Self {
        self.warnings.push(warning.into());
        self
    }

    /// Passes one network what has no common name; its adapter's docs tell what it takes.
    pub fn native(mut self, network: impl Into<String>, value: serde_json::Value) -> Self {
        self.native.insert(network.into(), value);
        self
    }

    /// Whether there is nothing at all to publish.
    pub fn is_empty(&self) -> bool {
        self.text.as_str().trim().is_empty()
            && self.media.is_empty()
            && self.quote.is_none()
            && self.link.is_none()
            && self.poll.is_none()
    }
}

setters!(Draft {
    push media: Media, "Adds a file.";
    some reply_to: PostRef, "Makes it an answer to a post.";
    some quote: PostRef, "Quotes a post.";
    some link: LinkCard, "Shows a link as a card.";
    some poll: Poll, "Adds a poll.";
    some visibility: Visibility, "Says who may see it.";
    some key: IdempotencyKey, "Names this publication, so that it is never made twice where the network has keys.";
    some created_at: Timestamp, "Says when it was written.";
});

/// A change to a post: what is not named stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Edit {
    /// The new text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// The new files, in place of all that there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<Vec<Media>>,
    /// The new link card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkCard>,
    /// The new languages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// The new warnings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<ContentWarning>>,
    /// What has no common name, by network.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub native: BTreeMap<String, serde_json::Value>,
}

impl Edit {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the text.
    pub fn text(text: impl Into<Text>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::default()
        }
    }

    /// Passes one network what has no common name.
    pub fn native(mut self, network: impl Into<String>, value: serde_json::Value) -> Self {
        self.native.insert(network.into(), value);
        self
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

setters!(Edit {
    some media: Vec<Media>, "Replaces all files.";
    some link: LinkCard, "Replaces the link card.";
    some languages: Vec<String>, "Replaces the languages.";
    some warnings: Vec<ContentWarning>, "Replaces the warnings.";
});

/// A value that a profile's check has passed. Only [`Draft::checked`] makes one of a draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked<T> {
    value: T,
    notes: Vec<Violation>,
}

impl<T> Checked<T> {
    /// Kept within the crate, so that nothing unchecked is ever prepared.
    pub(crate) fn passed(value: T, notes: Vec<Violation>) -> Self {
        Self { value, notes }
    }

    /// What the check remarked without stopping.
    pub fn notes(&self) -> &[Violation] {
        &self.notes
    }

    /// The value itself.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> Deref for Checked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
