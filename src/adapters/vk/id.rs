//! Handles: of posts, accounts, conversations, messages and files.
//!
//! A post is `wall-1_2` (owner and number; the owner of a community's wall is negative), its comment `wall-1_2_r3`, a
//! topic of a board `topic-1_2`, a comment there `topic-1_2_r3`. An account is `id1` or `club1`, as mentions and pages
//! name it; a conversation is the network's peer id; a message is `peer_number`, with its number in the conversation.

use crate::client::limits::subject;
use crate::error::{Error, Result, Rule, Violation};
use crate::id::{AccountId, ConversationId, MediaId, MessageId, PlaceId, PostId};

use super::rules::NETWORK;

/// From here on a peer is a chat of several (vk.md, base).
const CHATS: i64 = 2_000_000_000;

/// What the handle of a post names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Thing {
    /// A post on a wall.
    Post { owner: i64, id: i64 },
    /// A comment under a post.
    Comment { owner: i64, post: i64, id: i64 },
    /// A topic of a community's board.
    Topic { owner: i64, id: i64 },
    /// A comment in a topic.
    TopicComment { owner: i64, topic: i64, id: i64 },
}

impl Thing {
    /// Reads a handle, or the address of a post's page.
    pub(super) fn parse(text: &str) -> Result<Self> {
        Self::read(text.trim()).ok_or_else(|| {
            invalid(
                Rule::Malformed,
                "post",
                format!(
                    "`{}` is no post: write it as wall-1_2 (owner, number) or wall-1_2_r3 (a comment), or take the \
                     address of its page",
                    shown(text)
                ),
            )
        })
    }

    fn read(text: &str) -> Option<Self> {
        let (path, query) = match text.split_once('?') {
            Some((path, query)) if text.contains("://") => (path, query),
            _ => (text, ""),
        };
        let word = if text.contains("://") {
            let shown = query.split('&').find_map(|pair| pair.strip_prefix("w="));
            shown.unwrap_or(path.rsplit('/').next()?)
        } else {
            path
        };
        let (topic, rest) = match (word.strip_prefix("wall"), word.strip_prefix("topic")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return None,
        };
        let mut numbers = rest.split('_');
        let owner: i64 = number(numbers.next()?)?;
        let id: i64 = number(numbers.next()?).filter(|id| *id > 0)?;
        let comment = match numbers.next() {
            Some(part) => Some(number(part.strip_prefix('r')?).filter(|id| *id > 0)?),
            None => query
                .split('&')
                .find_map(|pair| pair.strip_prefix("reply=").or(pair.strip_prefix("post=")))
                .and_then(number),
        };
        if numbers.next().is_some() || owner == 0 {
            return None;
        }
        Some(match (topic, comment) {
            (false, None) => Self::Post { owner, id },
            (false, Some(comment)) => Self::Comment {
                owner,
                post: id,
                id: comment,
            },
            (true, None) => Self::Topic { owner, id },
            (true, Some(comment)) => Self::TopicComment {
                owner,
                topic: id,
                id: comment,
            },
        })
    }

    /// Whose wall or board it stands on.
    pub(super) const fn owner(self) -> i64 {
        match self {
            Self::Post { owner, .. }
            | Self::Comment { owner, .. }
            | Self::Topic { owner, .. }
            | Self::TopicComment { owner, .. } => owner,
        }
    }

    /// Its own number.
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Post { id, .. }
            | Self::Comment { id, .. }
            | Self::Topic { id, .. }
            | Self::TopicComment { id, .. } => id,
        }
    }

    /// The post or topic that it stands under, or that it is.
    pub(super) const fn root(self) -> Self {
        match self {
            Self::Comment { owner, post, .. } => Self::Post { owner, id: post },
            Self::TopicComment { owner, topic, .. } => Self::Topic { owner, id: topic },
            root => root,
        }
    }

    /// What the network calls it among what can be liked (schema, `likes_type`).
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Post { .. } => "post",
            Self::Comment { .. } => "comment",
            // A topic itself cannot be liked; its comments can.
            Self::Topic { .. } | Self::TopicComment { .. } => "topic_comment",
        }
    }

    /// The handle.
    pub(super) fn post_id(self) -> PostId {
        PostId::new(self.to_string())
    }

    /// Its page on the web.
    pub(super) fn url(self) -> String {
        match self {
            Self::Comment { owner, post, id } => {
                format!("https://vk.com/wall{owner}_{post}?reply={id}")
            }
            Self::TopicComment { owner, topic, id } => {
                format!("https://vk.com/topic{owner}_{topic}?post={id}")
            }
            root => format!("https://vk.com/{root}"),
        }
    }
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Post { owner, id } => write!(f, "wall{owner}_{id}"),
            Self::Comment { owner, post, id } => write!(f, "wall{owner}_{post}_r{id}"),
            Self::Topic { owner, id } => write!(f, "topic{owner}_{id}"),
            Self::TopicComment { owner, topic, id } => write!(f, "topic{owner}_{topic}_r{id}"),
        }
    }
}

/// A whole number, without the signs and spaces that Rust would take besides.
fn number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// The account with this owner id: `id1`, or `club1` for -1.
pub(super) fn account_id(owner: i64) -> AccountId {
    AccountId::new(screen_name(owner))
}

/// Where the pages of accounts, walls and posts are on the web.
pub(super) const PAGES: &str = "https://vk.com/";

/// The name that every account has: `id1` or `club1`.
pub(super) fn screen_name(owner: i64) -> String {
    use std::fmt::Write as _;

    // As long as the longest, so that it does not grow.
    let mut name = String::with_capacity("club".len() + 19);
    // Writing into a string does not fail.
    let _ = write!(name, "{}{}", name_begins(owner), owner.unsigned_abs());
    name
}

/// What stands before the number in an account's name.
pub(super) const fn name_begins(owner: i64) -> &'static str {
    if owner < 0 { "club" } else { "id" }
}

/// The owner id that a name such as `id1`, `club1`, `public1`, `event1`, `1` or `-1` stands for.
pub(super) fn owner_of(name: &str) -> Option<i64> {
    let name = name.trim();
    let positive = |digits: &str| {
        let id = number(digits).filter(|id| *id > 0)?;
        (!digits.starts_with('0')).then_some(id)
    };
    if let Some(digits) = name.strip_prefix("id") {
        return positive(digits);
    }
    for prefix in ["club", "public", "event", "-"] {
        if let Some(digits) = name.strip_prefix(prefix) {
            return positive(digits).map(|id| -id);
        }
    }
    positive(name)
}

/// The owner id of an account's handle.
pub(super) fn account(id: &AccountId) -> Result<i64> {
    owner_of(id.as_str()).ok_or_else(|| {
        let message = format!(
            "`{}` is no account: write it as id1 (a person) or club1 (a community)",
            shown(id.as_str())
        );
        invalid(Rule::Malformed, "account", message)
    })
}

/// The owner id of the wall that a place names.
pub(super) fn place(id: &PlaceId) -> Result<i64> {
    owner_of(id.as_str().strip_prefix("wall").unwrap_or(id.as_str())).ok_or_else(|| {
        let message = format!(
            "`{}` is no wall: write whose it is, as id1 (a person) or club1 (a community)",
            shown(id.as_str())
        );
        invalid(Rule::Malformed, "place", message)
    })
}

/// The wall of an owner as a place.
pub(super) fn place_id(owner: i64) -> PlaceId {
    PlaceId::new(screen_name(owner))
}

/// The conversation with a peer.
pub(super) fn conversation_id(peer: i64) -> ConversationId {
    ConversationId::new(peer.to_string())
}

/// The peer of a conversation.
pub(super) fn peer(id: &ConversationId) -> Result<i64> {
    number(id.as_str())
        .filter(|peer| *peer != 0)
        .ok_or_else(|| {
            let message = format!(
                "`{}` is no conversation: take the id that conversations() tells, such as 1 (with a person), -1 (with a \
                 community) or {} (a chat)",
                shown(id.as_str()),
                CHATS + 1
            );
            invalid(Rule::Malformed, "conversation", message)
        })
}

/// A message by its peer and its number in that conversation.
pub(super) fn message_id(peer: i64, number: i64) -> MessageId {
    MessageId::new(format!("{peer}_{number}"))
}

/// The peer and the number of a message.
pub(super) fn message(id: &MessageId) -> Result<(i64, i64)> {
    let parts = id.as_str().split_once('_');
    let parts = parts.and_then(|(peer, within)| Some((number(peer)?, number(within)?)));
    parts
        .filter(|(peer, within)| *peer != 0 && *within > 0)
        .ok_or_else(|| {
            let message = format!(
                "`{}` is no message: take the id that messages() tells, such as 1_15",
                shown(id.as_str())
            );
            invalid(Rule::Malformed, "message", message)
        })
}

/// A file that the network holds, as posts and messages attach it: `photo1_2`, with the key that a private one needs.
pub(super) fn attachment(kind: &str, owner: i64, id: i64, key: Option<&str>) -> String {
    match key.filter(|key| !key.is_empty()) {
        Some(key) => format!("{kind}{owner}_{id}_{key}"),
        None => format!("{kind}{owner}_{id}"),
    }
}

/// A file's handle, which has to be one that can be attached: it stands in a list that commas part.
pub(super) fn media(id: &MediaId) -> Option<&str> {
    let text = id.as_str();
    let at = text.find(|c: char| c == '-' || c.is_ascii_digit())?;
    let (kind, rest) = text.split_at(at);
    let mut parts = rest.split('_');
    let known = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let owner = parts.next().and_then(number);
    let id = parts.next().and_then(number);
    let key = parts.all(|part| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    (known && owner.is_some() && id.is_some() && key).then_some(text)
}

/// The name under which a post or comment is published at most once within an hour (`guid`).
pub(super) fn guid(owner: i64, key: &str) -> String {
    let (one, other) = (format!("{owner}:{key}"), format!("guid:{owner}:{key}"));
    format!("{:016x}{:016x}", subject(&one), subject(&other))
}

/// The number under which a message is sent at most once (`random_id`): positive, and another one for each part of a
/// message that goes out in parts.
pub(super) fn random_id(peer: i64, key: &str, part: u32) -> i32 {
    spread(subject(&format!("{peer}:{part}:{key}")))
}

/// A positive number of 31 bits from any of 64.
pub(super) fn spread(number: u64) -> i32 {
    let most = u64::from(i32::MAX.unsigned_abs());
    i32::try_from(number % most + 1).unwrap_or(i32::MAX)
}

/// What a caller wrote, short enough for a message.
fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

/// A request that is wrong before anything is sent.
pub(super) fn invalid(rule: Rule, field: &str, message: impl Into<String>) -> Error {
    Error::invalid(vec![Violation::error(rule, field, message)]).with_network(NETWORK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn handles_of_posts_are_read_as_they_are_written() {
        for text in [
            "wall-1_2",
            "wall1_2",
            "wall-1_2_r3",
            "topic-1_2",
            "topic-1_2_r3",
        ] {
            assert_eq!(Thing::parse(text).unwrap().to_string(), text);
        }
        let comment = Thing::Comment {
            owner: -1,
            post: 2,
            id: 3,
        };
        for address in [
            "https://vk.com/wall-1_2?reply=3",
            "https://vk.com/wall-1_2?reply=3&thread=2",
            "https://vk.ru/feed?w=wall-1_2_r3",
            "https://m.vk.com/wall-1_2_r3",
        ] {
            assert_eq!(Thing::parse(address).unwrap(), comment, "{address}");
        }
        assert_eq!(Thing::parse(&comment.url()).unwrap(), comment);
        assert_eq!(comment.root().to_string(), "wall-1_2");
        assert_eq!(comment.root().url(), "https://vk.com/wall-1_2");
    }

    #[test]
    fn what_is_no_post_is_refused_with_the_form_that_is_wanted() {
        for bad in [
            "",
            "wall",
            "wall-1",
            "wall-1_",
            "wall-1_0",
            "wall-1_-2",
            "wall--1_2",
            "wall-1_2_3",
            "wall-1_2_r",
            "wall-1_2_r3_4",
            "wall0_1",
            "wall+1_2",
            "photo-1_2",
            "wall-1_99999999999999999999",
            "-1_2",
            "привет",
        ] {
            let error = Thing::parse(bad).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{bad}");
            assert!(error.message().contains("wall-1_2"), "{error}");
        }
    }

    #[test]
    fn accounts_go_by_their_names_and_by_owner_ids() {
        for (name, owner) in [
            ("id1", 1),
            ("club1", -1),
            ("public1", -1),
            ("event1", -1),
            ("1", 1),
            ("-1", -1),
        ] {
            assert_eq!(owner_of(name), Some(owner), "{name}");
        }
        for bad in [
            "", "id", "club", "id-1", "club-1", "id0", "id01", "-0", "durov", "--1", "1.0",
        ] {
            assert_eq!(owner_of(bad), None, "{bad}");
        }
        assert_eq!(account_id(-5).as_str(), "club5");
        assert_eq!(account(&account_id(7)).unwrap(), 7);
    }

    #[test]
    fn only_what_can_be_attached_is_a_file() {
        for good in [
            "photo1_2",
            "photo-1_2_abc",
            "doc-1_2",
            "market_album-1_2",
            "poll-1_2",
            "video1_2_a-b",
        ] {
            assert!(media(&MediaId::new(good)).is_some(), "{good}");
        }
        for bad in [
            "",
            "photo",
            "photo1",
            "photo1_2,doc1_2",
            "photo1_2_a&b",
            "1_2",
            "https://vk.com/photo1_2",
        ] {
            assert!(media(&MediaId::new(bad)).is_none(), "{bad}");
        }
    }

    #[test]
    fn keys_give_the_same_numbers_everywhere_and_others_to_others() {
        assert_eq!(guid(-1, "a"), guid(-1, "a"));
        assert_ne!(guid(-1, "a"), guid(-2, "a"));
        assert_ne!(guid(-1, "a"), guid(-1, "b"));
        assert_eq!(guid(-1, "a").len(), 32);
        let of = |part| random_id(1, "a", part);
        assert_eq!(of(0), of(0));
        assert_ne!(of(0), of(1));
        assert_ne!(of(0), random_id(2, "a", 0));
        for number in [0, 1, u64::MAX, u64::from(u32::MAX)] {
            assert!(spread(number) > 0);
        }
    }

    #[test]
    fn messages_are_known_by_peer_and_number() {
        let id = message_id(2_000_000_001, 15);
        assert_eq!(message(&id).unwrap(), (2_000_000_001, 15));
        assert_eq!(message(&message_id(-3, 1)).unwrap(), (-3, 1));
        for bad in ["", "1", "1_", "_1", "0_1", "1_0", "1_-1", "a_b"] {
            assert!(message(&MessageId::new(bad)).is_err(), "{bad}");
        }
        assert_eq!(peer(&conversation_id(-3)).unwrap(), -3);
        assert!(peer(&ConversationId::new("0")).is_err());
    }
}
