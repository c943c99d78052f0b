//! What the network holds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

use super::access::{Kind, Token};
use super::events::Feed;
use super::faults::{Fault, Rule};
use super::limits::Limits;
use super::oauth::Logins;
use super::uploads::Upload;

/// An owner and a number: what addresses everything in VK.
pub(super) type Key = (i64, i64);

#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: i64,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) screen_name: String,
    pub(super) closed: bool,
    /// `deleted` or `banned`.
    pub(super) deactivated: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Ban {
    pub(super) admin: i64,
    pub(super) at: i64,
    /// When it ends; 0: never.
    pub(super) until: i64,
    pub(super) reason: i64,
    pub(super) comment: String,
    pub(super) visible: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) screen_name: String,
    pub(super) admins: BTreeSet<i64>,
    /// Members with the time at which they joined.
    pub(super) members: BTreeMap<i64, i64>,
    pub(super) banned: BTreeMap<i64, Ban>,
    pub(super) confirmation: String,
    pub(super) secret: Option<String>,
    /// Whether anybody may write on the wall.
    pub(super) open_wall: bool,
    pub(super) pinned: Option<i64>,
    pub(super) feed: Feed,
}

/// Something attached, as it was named: `photo101_456_key`, or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attachment {
    Media {
        kind: String,
        key: Key,
        access: Option<String>,
    },
    Link(String),
}

#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) owner: i64,
    pub(super) id: i64,
    pub(super) from: i64,
    pub(super) created_by: i64,
    pub(super) signer: Option<i64>,
    /// When it was published, or will be.
    pub(super) date: i64,
    pub(super) edited: Option<i64>,
    pub(super) text: String,
    pub(super) attachments: Vec<Attachment>,
    pub(super) ads: bool,
    pub(super) comments_closed: bool,
    pub(super) copyright: Option<String>,
    /// What the link's card shows in place of what its page tells: a title and a photo.
    pub(super) card: (Option<String>, Option<Key>),
    pub(super) place: Option<(f64, f64)>,
    pub(super) copy_of: Option<Key>,
    /// Waits for its time.
    pub(super) postponed: bool,
    pub(super) was_postponed: Option<i64>,
    pub(super) deleted: Option<i64>,
    pub(super) views: i64,
}

impl Post {
    pub(super) fn key(&self) -> Key {
        (self.owner, self.id)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Comment {
    pub(super) owner: i64,
    pub(super) id: i64,
    pub(super) post: i64,
    pub(super) from: i64,
    pub(super) date: i64,
    pub(super) text: String,
    pub(super) attachments: Vec<Attachment>,
    pub(super) reply_to: Option<i64>,
    /// The comment that its thread hangs under.
    pub(super) parent: Option<i64>,
    pub(super) deleted: Option<i64>,
}

#[derive(Clone, Debug)]
pub(super) struct PollAnswer {
    pub(super) id: i64,
    pub(super) text: String,
    pub(super) voters: Vec<i64>,
}

#[derive(Clone, Debug)]
pub(super) struct Poll {
    pub(super) owner: i64,
    pub(super) id: i64,
    pub(super) author: i64,
    pub(super) question: String,
    pub(super) anonymous: bool,
    pub(super) multiple: bool,
    pub(super) disable_unvote: bool,
    pub(super) created: i64,
    /// 0: never.
    pub(super) ends: i64,
    pub(super) answers: Vec<PollAnswer>,
}

#[derive(Clone, Debug)]
pub(super) struct Photo {
    pub(super) owner: i64,
    pub(super) id: i64,
    pub(super) access: String,
    pub(super) size: (i64, i64),
    pub(super) text: String,
    pub(super) date: i64,
    /// −14 for walls, −64 for messages.
    pub(super) album: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Video {
    pub(super) owner: i64,
    pub(super) id: i64,
    pub(super) access: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) private: bool,
    pub(super) date: i64,
    /// Nothing was uploaded yet.
    pub(super) empty: bool,
    pub(super) ready_at: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Doc {
    pub(super) owner: i64,
    pub(super) id: i64,
    pub(super) access: String,
    pub(super) title: String,
    pub(super) ext: String,
    pub(super) size: i64,
    pub(super) date: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) owner: i64,
    pub(super) id: i64,
    pub(super) access: String,
    pub(super) video: bool,
    pub(super) date: i64,
    pub(super) link: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct TopicComment {
    pub(super) id: i64,
    pub(super) from: i64,
    pub(super) date: i64,
    pub(super) text: String,
    pub(super) attachments: Vec<Attachment>,
    pub(super) deleted: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Topic {
    pub(super) group: i64,
    pub(super) id: i64,
    pub(super) title: String,
    pub(super) created: i64,
    pub(super) author: i64,
    pub(super) closed: bool,
    pub(super) comments: Vec<TopicComment>,
}

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: i64,
    /// Its number in the conversation.
    pub(super) cmid: i64,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) date: i64,
    pub(super) text: String,
    pub(super) attachments: Vec<Attachment>,
    pub(super) payload: Option<String>,
    pub(super) reply_to: Option<i64>,
    pub(super) random: i64,
    pub(super) edited: Option<i64>,
    /// Who no longer sees it.
    pub(super) deleted_for: BTreeSet<i64>,
    /// Which administrator wrote in the community's name.
    pub(super) admin: Option<i64>,
}

impl Message {
    pub(super) fn between(&self, one: i64, other: i64) -> bool {
        (self.from, self.to) == (one, other) || (self.from, self.to) == (other, one)
    }
}

/// What a campaign or an ad brought on one day.
#[derive(Clone, Debug, Default)]
pub(super) struct AdDay {
    pub(super) day: String,
    /// In kopecks.
    pub(super) spent: i64,
    pub(super) impressions: i64,
    pub(super) reach: i64,
    pub(super) clicks: i64,
    pub(super) joins: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Promotion {
    pub(super) id: i64,
    /// The campaign of an ad; none for a campaign.
    pub(super) campaign: Option<i64>,
    pub(super) name: String,
    pub(super) days: Vec<AdDay>,
}

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) vk_id_life: i64,
    pub(super) reply_window: Option<i64>,
    pub(super) posts_a_day: usize,
    pub(super) scheduled_a_day: usize,
    pub(super) scheduled_in_all: usize,
    pub(super) text_limit: usize,
    pub(super) message_limit: usize,
    pub(super) edit_window: i64,
    pub(super) ts_as_number: bool,
    pub(super) video_time: i64,
    pub(super) history: usize,
    /// How long listings and searches do not show what is new, in seconds.
    pub(super) listing_delay: i64,
    /// Whether texts are told trimmed and escaped.
    pub(super) rewrites: bool,
    /// The status of a refused login.
    pub(super) login_refusal: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            vk_id_life: 3600,
            reply_window: None,
            posts_a_day: 500,
            scheduled_a_day: 250,
            scheduled_in_all: 1500,
            text_limit: 16_384,
            message_limit: 4096,
            edit_window: 24 * 3600,
            ts_as_number: false,
            video_time: 10,
            history: 1000,
            listing_delay: 0,
            rewrites: false,
            login_refusal: 400,
        }
    }
}

/// A challenge that stands before a method.
#[derive(Clone, Debug)]
pub(super) struct Challenge {
    pub(super) method: String,
    /// 14 or 17.
    pub(super) code: i64,
    pub(super) modern: bool,
    /// Which token it was asked of; the next one that calls.
    pub(super) sid: String,
}

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) users: BTreeMap<i64, User>,
    pub(super) groups: BTreeMap<i64, Group>,
    pub(super) tokens: BTreeMap<String, Token>,
    pub(super) posts: BTreeMap<Key, Post>,
    pub(super) comments: BTreeMap<Key, Comment>,
    /// The comments of each post, oldest first.
    pub(super) under: BTreeMap<Key, Vec<i64>>,
    /// Who liked what, oldest first.
    pub(super) likes: BTreeMap<(String, i64, i64), Vec<i64>>,
    pub(super) polls: BTreeMap<Key, Poll>,
    pub(super) photos: BTreeMap<Key, Photo>,
    pub(super) videos: BTreeMap<Key, Video>,
    pub(super) docs: BTreeMap<Key, Doc>,
    pub(super) stories: BTreeMap<Key, Story>,
    pub(super) topics: BTreeMap<Key, Topic>,
    /// In the order of their numbers.
    pub(super) messages: Vec<Message>,
    /// The last number within a conversation: the smaller side first.
    pub(super) cmids: BTreeMap<Key, i64>,
    /// When the first last wrote to the second.
    pub(super) wrote: BTreeMap<Key, i64>,
    /// The last message that the first has read of the second.
    pub(super) reads: BTreeMap<Key, i64>,
    /// Communities that may write to users, and those that may not although the user wrote first.
    pub(super) allowed: BTreeMap<Key, bool>,
    pub(super) guids: BTreeMap<(i64, i64, String), (i64, Timestamp)>,
    pub(super) randoms: BTreeMap<(i64, i64), Vec<(i64, i64)>>,
    pub(super) uploads: BTreeMap<String, Upload>,
    pub(super) challenges: Vec<Challenge>,
    pub(super) solutions: BTreeSet<String>,
    pub(super) logins: Logins,
    pub(super) days: BTreeMap<(i64, jiff::civil::Date), super::measure::CommunityDay>,
    pub(super) campaigns: BTreeMap<i64, Promotion>,
    pub(super) ads: BTreeMap<i64, Promotion>,
    pub(super) limits: Limits,
    pub(super) faults: Vec<(String, Fault)>,
    pub(super) broken: BTreeSet<Rule>,
    pub(super) settings: Settings,
    pub(super) complaints: Vec<String>,
    pub(super) log: VecDeque<super::log::SeenRequest>,
    /// What the script that runs has called.
    pub(super) inner: Vec<super::log::InnerCall>,
    /// The last number that each wall gave out.
    numbers: BTreeMap<i64, i64>,
    pub(super) serial: i64,
    /// The scheme and host of the request that is answered.
    pub(super) base: String,
    /// The second at which it came.
    pub(super) now: i64,
}

impl World {
    pub(super) fn keeps(&self, rule: Rule) -> bool {
        !self.broken.contains(&rule)
    }

    /// The next number of posts and comments on a wall.
    pub(super) fn number(&mut self, owner: i64) -> i64 {
        let number = self.numbers.entry(owner).or_insert(0);
        *number += 1;
        *number
    }

    /// A number that nothing else has.
    pub(super) fn next(&mut self) -> i64 {
        self.serial += 1;
        self.serial
    }

    /// A word that nobody guesses, of the same length each time.
    pub(super) fn secret(&mut self, what: &str) -> String {
        let serial = self.next();
        let hash = hmac_sha256::Hash::hash(format!("{what} {serial}").as_bytes());
        hash.iter()
            .take(9)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    pub(super) fn group(&self, id: i64) -> Option<&Group> {
        self.groups.get(&id)
    }

    pub(super) fn is_admin(&self, user: i64, group: i64) -> bool {
        self.group(group)
            .is_some_and(|group| group.admins.contains(&user))
    }

    /// Whether an owner of this number is there: a user above zero, a community below.
    pub(super) fn exists(&self, owner: i64) -> bool {
        if owner < 0 {
            self.groups.contains_key(&-owner)
        } else {
            self.users
                .get(&owner)
                .is_some_and(|user| user.deactivated.is_none())
        }
    }

    pub(super) fn like_list(&self, kind: &str, key: Key) -> &[i64] {
        self.likes
            .get(&(kind.to_owned(), key.0, key.1))
            .map_or(&[], Vec::as_slice)
    }

    /// The posts that copy this one.
    pub(super) fn copies(&self, key: Key) -> impl Iterator<Item = &Post> {
        self.posts
            .values()
            .filter(move |post| post.copy_of == Some(key) && self.stands(post) && !post.postponed)
    }

    /// Whether a token sees what waits for its time on a wall.
    pub(super) fn sees_postponed(&self, viewer: &Kind, owner: i64) -> bool {
        match viewer {
            Kind::User { id, .. } => *id == owner || self.is_admin(*id, -owner),
            Kind::Community(group) => *group == -owner,
            Kind::Service => false,
        }
    }
}
