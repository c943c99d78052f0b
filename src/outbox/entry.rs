use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Draft, LinkCard, Media, Place};
use crate::text::Text;

/// When an entry is to be published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum When {
    /// As soon as a worker gets to it.
    #[default]
    Now,
    /// At this moment, on all accounts.
    At(Timestamp),
    /// At a moment of its own on each account, by the account's name: the slots of recurring queues, resolved.
    Each(BTreeMap<String, Timestamp>),
}

/// What one account or network is told instead. What is not named stays as the entry says it.
///
/// `text`, `media`, `link` and `languages` replace those of the first part; `parts` replaces the whole content, before the
/// others are looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Variant {
    /// All drafts, in place of the entry's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Draft>,
    /// The text of the first part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// The files of the first part, in place of all that it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<Vec<Media>>,
    /// The link card of the first part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkCard>,
    /// The languages of the first part, as BCP 47 tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// The first comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_comment: Option<Draft>,
    /// Where to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

impl Variant {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another text.
    pub fn text(text: impl Into<Text>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::default()
        }
    }

    /// Sets all drafts, in place of the entry's.
    pub fn parts(mut self, parts: impl IntoIterator<Item = Draft>) -> Self {
        self.parts = parts.into_iter().collect();
        self
    }

    /// Sets the files of the first part.
    pub fn media(mut self, media: impl IntoIterator<Item = Media>) -> Self {
        self.media = Some(media.into_iter().collect());
        self
    }

    /// Sets the link card of the first part.
    pub fn link(mut self, link: impl Into<LinkCard>) -> Self {
        self.link = Some(link.into());
        self
    }

    /// Sets the languages of the first part, as BCP 47 tags.
    pub fn languages<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.languages = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the first comment.
    pub fn first_comment(mut self, comment: Draft) -> Self {
        self.first_comment = Some(comment);
        self
    }

    /// Sets where to.
    pub fn place(mut self, place: impl Into<Place>) -> Self {
        self.place = Some(place.into());
        self
    }
}

/// One row of a content plan: what is published, where and when.
///
/// On each of its accounts it becomes one planned post, whose id and idempotency keys follow from `key` and the
/// account's name. So adding the same plan twice adds nothing, and a key must not be used again for something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Entry {
    /// Its name, which no other entry of the plan has: any text of up to 200 bytes without control characters.
    pub key: String,
    /// The names of the accounts that publish it.
    pub accounts: Vec<String>,
    /// What is published: one draft, or several as a thread, each an answer to the one before. A key of their own is not
    /// looked at: keys follow from the entry's.
    pub parts: Vec<Draft>,
    /// An answer to the first part, sent last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_comment: Option<Draft>,
    /// What is different on some accounts, by the account's name or its network's. What the account's says goes before
    /// what the network's says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variants: BTreeMap<String, Variant>,
    /// When.
    #[serde(default)]
    pub when: When,
    /// Whether somebody has to approve it first.
    #[serde(default)]
    pub approval: bool,
    /// How late it may still go out; what comes later than that is missed. `None` is the outbox's own length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_late_after: Option<Duration>,
    /// Where to, if not to the account's configured place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

impl Entry {
    /// An entry of one draft, on no account yet, to be published as soon as possible.
    pub fn new(key: impl Into<String>, draft: Draft) -> Self {
        Self::thread(key, [draft])
    }

    /// An entry of several drafts, which are published as a thread.
    pub fn thread(key: impl Into<String>, parts: impl IntoIterator<Item = Draft>) -> Self {
        Self {
            key: key.into(),
            accounts: Vec::new(),
            parts: parts.into_iter().collect(),
            first_comment: None,
            variants: BTreeMap::new(),
            when: When::Now,
            approval: false,
            too_late_after: None,
            place: None,
            labels: Vec::new(),
        }
    }

    /// Adds an account, by its name.
    pub fn on(mut self, account: impl Into<String>) -> Self {
        self.accounts.push(account.into());
        self
    }

    /// Publishes it at this moment.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.when = When::At(time);
        self
    }

    /// Sets when.
    pub fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    /// Adds what an account, or all accounts of a network, are told instead.
    pub fn variant(mut self, account_or_network: impl Into<String>, variant: Variant) -> Self {
        self.variants.insert(account_or_network.into(), variant);
        self
    }

    /// Adds an answer to the first part, sent last.
    pub fn first_comment(mut self, comment: Draft) -> Self {
        self.first_comment = Some(comment);
        self
    }

    /// Has it wait until somebody approves it.
    pub fn approval(mut self, wanted: bool) -> Self {
        self.approval = wanted;
        self
    }

    /// Sets how late it may still go out.
    pub fn too_late_after(mut self, late: Duration) -> Self {
        self.too_late_after = Some(late);
        self
    }

    /// Names another place than the account's configured one.
    pub fn to(mut self, place: impl Into<Place>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Adds a word to find it by.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.labels.push(label.into());
        self
    }

    /// What one account of a network is to publish, its variants applied: the drafts of the thread in order, and the
    /// first comment.
    pub fn content_for(&self, account: &str, network: &str) -> (Vec<Draft>, Option<Draft>) {
        let mut parts = self.parts.clone();
        let mut comment = self.first_comment.clone();
        let mut place = self.place.clone();
        // An account may be called like its network: what it says is not applied twice.
        let mut names = vec![network];
        if account != network {
            names.push(account);
        }
        for variant in names.iter().filter_map(|name| self.variants.get(*name)) {
            if !variant.parts.is_empty() {
                parts.clone_from(&variant.parts);
            }
            if let Some(first) = parts.first_mut() {
                if let Some(text) = &variant.text {
                    first.text = text.clone();
                }
                if let Some(media) = &variant.media {
                    first.media.clone_from(media);
                }
                if let Some(link) = &variant.link {
                    first.link = Some(link.clone());
                }
                if let Some(languages) = &variant.languages {
                    first.languages.clone_from(languages);
                }
            }
            if variant.first_comment.is_some() {
                comment.clone_from(&variant.first_comment);
            }
            if variant.place.is_some() {
                place.clone_from(&variant.place);
            }
        }
        // Answers stand where the post stands that they answer.
        if let (Some(first), Some(place)) = (parts.first_mut(), place) {
            first.place = Some(place);
        }
        (parts, comment)
    }

    /// When it is published on this account; `None` where it has no time there. `now` is what [`When::Now`] means.
    pub fn due_on(&self, account: &str, now: Timestamp) -> Option<Timestamp> {
        match &self.when {
            When::Now => Some(now),
            When::At(time) => Some(*time),
            When::Each(times) => times.get(account).copied(),
        }
    }
}
