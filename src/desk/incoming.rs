//! A post or message on its way into the desk, as it is known before its case is.

use jiff::Timestamp;

use super::case::{Channel, FoundBy, Mention, Origin, Person, Version};
use super::fate::Fate;
use super::keys;
use super::triage::Assessment;
use crate::model::{Message, Metric, Post, PostRef, PostState};

/// A post or message on its way into the desk.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    pub(super) network: String,
    pub(super) print: String,
    pub(super) origin: Origin,
    pub(super) channel: Channel,
    pub(super) person: Person,
    pub(super) found_by: FoundBy,
    pub(super) search: Option<String>,
    pub(super) posted_at: Option<Timestamp>,
    pub(super) text: String,
    pub(super) url: Option<String>,
    pub(super) has_media: bool,
    /// The post as it was seen, for its figures.
    pub(super) post: Option<Box<Post>>,
    /// Who passed the post on, where it came as a repost.
    pub(super) reposted_by: Option<Person>,
}

impl Incoming {
    /// A post of somebody else's.
    pub(super) fn post(network: &str, post: &Post, found_by: FoundBy) -> Self {
        let root = post.thread.as_ref().unwrap_or(&post.id);
        Self {
            network: network.to_owned(),
            print: keys::print(&[network, post.id.as_str()]),
            origin: Origin::Post(PostRef::from(post)),
            channel: Channel::Thread(root.clone()),
            person: Person::of(network, post.author.as_deref()),
            found_by,
            search: None,
            posted_at: post.created_at,
            text: post.text.as_str().to_owned(),
            url: post.url.as_ref().map(String::from),
            has_media: !post.media.is_empty(),
            post: Some(Box::new(post.clone())),
            reposted_by: post
                .reposted_by
                .as_deref()
                .map(|account| Person::of(network, Some(account))),
        }
    }

    /// A message to us.
    pub(super) fn message(network: &str, message: &Message) -> Self {
        Self {
            network: network.to_owned(),
            print: keys::print(&[network, message.conversation.as_str(), message.id.as_str()]),
            origin: Origin::Message {
                conversation: message.conversation.clone(),
                message: message.id.clone(),
            },
            channel: Channel::Conversation(message.conversation.clone()),
            person: Person::of(network, message.author.as_deref()),
            found_by: FoundBy::Message,
            search: None,
            posted_at: message.created_at,
            text: message.text.as_str().to_owned(),
            url: None,
            has_media: !message.media.is_empty(),
            post: None,
            reposted_by: None,
        }
    }

    pub(super) fn addressed(&self) -> bool {
        self.found_by != FoundBy::Search
    }

    /// What tells one thread from another. Where nobody is named as the author, each post stands alone.
    pub(super) fn thread(&self, account: &str) -> String {
        let handle = match &self.channel {
            Channel::Conversation(id) => id.as_str(),
            Channel::Thread(id) => id.as_str(),
            Channel::Erased => "",
        };
        let person = if self.person.print.is_empty() {
            &self.print
        } else {
            &self.person.print
        };
        keys::thread(account, handle, person)
    }

    pub(super) fn version(&self, now: Timestamp, assessment: Option<Assessment>) -> Version {
        Version {
            hash: keys::print(&[&self.text]),
            text: Some(self.text.clone()),
            seen_at: now,
            assessment,
        }
    }

    pub(super) fn mention(&self, now: Timestamp, assessment: Option<Assessment>) -> Mention {
        Mention {
            print: self.print.clone(),
            origin: self.origin.clone(),
            url: self.url.clone(),
            found_by: self.found_by.clone(),
            search: self.search.clone(),
            addressed: self.addressed(),
            // A network whose clock is ahead of ours tells no later time than that of the find.
            posted_at: self.posted_at.unwrap_or(now).min(now),
            found_at: now,
            versions: vec![self.version(now, assessment)],
            has_media: self.has_media,
            in_review: self
                .post
                .as_ref()
                .is_some_and(|post| post.state == PostState::InReview),
            fate: Fate::default(),
        }
    }

    pub(super) fn views(&self) -> Option<u64> {
        let metrics = &self.post.as_ref()?.metrics;
        metrics
            .count(Metric::Views)
            .or(metrics.count(Metric::Impressions))
    }
}
