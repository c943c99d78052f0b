//! Attachments: how a call names them, what VK takes of them, and what they look like.

use serde_json::{Value, json};

use super::access::Kind;
use super::faults::Rule;
use super::state::{Attachment, Key, World};
use super::wire::{Refusal, number};

/// The most photos, videos and other things that one post, comment or message holds.
const MOST: usize = 10;

/// `-1_2` or `-1_2_key` as an owner, a number and a key.
pub(super) fn key(text: &str) -> Option<(Key, Option<String>)> {
    let mut parts = text.splitn(3, '_');
    let owner = number(parts.next()?)?;
    let id = number(parts.next()?)?;
    Some(((owner, id), parts.next().map(str::to_owned)))
}

impl Attachment {
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.starts_with("http://") || text.starts_with("https://") {
            return Some(Self::Link(text.to_owned()));
        }
        let start = text.find(|c: char| c == '-' || c.is_ascii_digit())?;
        let (kind, rest) = text.split_at(start);
        let (key, access) = key(rest)?;
        (!kind.is_empty()).then(|| Self::Media {
            kind: kind.to_owned(),
            key,
            access,
        })
    }

    fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Media { kind, .. } if kind == wanted)
    }
}

impl World {
    /// The attachments of a call. What is not there is left out without a word, as VK does.
    pub(super) fn attachments(
        &self,
        list: &[&str],
        kind: Kind,
    ) -> Result<Vec<Attachment>, Refusal> {
        let mut taken = Vec::new();
        for text in list {
            let Some(attachment) = Attachment::read(text) else {
                return Err(Refusal::param("attachments is invalid"));
            };
            if self.has(&attachment, kind) && self.keeps(Rule::KnownAttachmentsStay) {
                taken.push(attachment);
            }
        }
        let count = |wanted: &str| taken.iter().filter(|item| item.is(wanted)).count();
        let links = taken
            .iter()
            .filter(|item| matches!(item, Attachment::Link(_)))
            .count();
        if links > 1 && self.keeps(Rule::OneLink) {
            return Err(Refusal::param("only one link can be attached"));
        }
        let most = if self.keeps(Rule::AttachmentCount) {
            MOST
        } else {
            1
        };
        if taken.len() - links > most || count("poll") > 1 || count("doc") > 1 {
            return Err(Refusal::param("too many attachments"));
        }
        Ok(taken)
    }

    fn has(&self, attachment: &Attachment, viewer: Kind) -> bool {
        let Attachment::Media { kind, key, access } = attachment else {
            return true;
        };
        match kind.as_str() {
            // A photo of another's messages is open to who has its key.
            "photo" => self.photos.get(key).is_some_and(|photo| {
                photo.owner == viewer.actor()
                    || photo.album != super::uploads::MESSAGES_ALBUM
                    || access.as_deref() == Some(&photo.access)
            }),
            "video" => self.videos.contains_key(key),
            "doc" => self.docs.contains_key(key),
            "poll" => self.polls.contains_key(key),
            "wall" => self.posts.get(key).is_some_and(|post| self.stands(post)),
            "story" => self.stories.contains_key(key),
            _ => false,
        }
    }

    /// Whether these attachments alone make a post.
    pub(super) fn carries(attachments: &[Attachment]) -> bool {
        attachments.iter().any(|attachment| !attachment.is("poll"))
    }

    fn attachment_view(&self, attachment: &Attachment) -> Option<Value> {
        let (kind, key) = match attachment {
            Attachment::Link(url) => {
                let host = url
                    .split_once("://")
                    .map_or(url.as_str(), |(_, rest)| rest)
                    .split('/')
                    .next()
                    .unwrap_or_default();
                return Some(json!({
                    "type": "link",
                    "link": { "url": url, "title": host, "caption": host, "description": "" },
                }));
            }
            Attachment::Media { kind, key, .. } => (kind.as_str(), key),
        };
        let now = self.now;
        let view = match kind {
            "photo" => self.photo_view(self.photos.get(key)?),
            "video" => self.video_view(self.videos.get(key)?, now),
            "doc" => self.doc_view(self.docs.get(key)?),
            "poll" => self.poll_view(self.polls.get(key)?, Kind::Service, now),
            "wall" => self.post_view(self.posts.get(key)?, Kind::Service),
            _ => return None,
        };
        Some(json!({ "type": kind, kind: view }))
    }

    pub(super) fn attachments_view(&self, attachments: &[Attachment]) -> Value {
        attachments
            .iter()
            .filter_map(|attachment| self.attachment_view(attachment))
            .collect()
    }
}
