//! The kinds of token, and what each method takes of them.

use TokenKind::{Community, Service, User};

use crate::error::Need;

/// A kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// A community's own token.
    Community,
    /// A token of a person who administers the community, or whose own wall it is.
    User,
    /// An application's service token, which reads what is open to all.
    Service,
}

impl TokenKind {
    /// What people call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Community => "community",
            Self::User => "user",
            Self::Service => "service",
        }
    }

    /// How the setting is called that it comes from.
    pub(in super::super) const fn setting(self) -> &'static str {
        match self {
            Self::Community => "community_token",
            Self::User => "user_token",
            Self::Service => "service_token",
        }
    }

    /// How many calls a second it allows (official texts, quoted by clients).
    pub(in super::super) const fn a_second(self) -> u64 {
        match self {
            Self::Community => 20,
            Self::User | Self::Service => 3,
        }
    }
}

impl std::fmt::Display for TokenKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

const U: &[TokenKind] = &[User];
const C: &[TokenKind] = &[Community];
const UC: &[TokenKind] = &[User, Community];
const CU: &[TokenKind] = &[Community, User];
const US: &[TokenKind] = &[User, Service];
const CSU: &[TokenKind] = &[Community, Service, User];

/// The kinds of token that a method takes (schema, `access_token_type`), the one first that is taken where several are
/// there: what sees more, else what may ask more often.
///
/// One line differs from the schema: `wall.post` takes a community's token for texts, as is done in practice.
pub(in super::super) const METHODS: &[(&str, &[TokenKind])] = &[
    ("account.getAppPermissions", U),
    ("ads.getAccounts", U),
    ("ads.getAds", U),
    ("ads.getCampaigns", U),
    ("ads.getStatistics", U),
    ("board.addTopic", U),
    ("board.createComment", U),
    ("board.deleteComment", UC),
    ("board.getComments", US),
    ("board.getTopics", US),
    ("docs.getMessagesUploadServer", CU),
    ("docs.getWallUploadServer", UC),
    ("docs.save", UC),
    ("execute", CU),
    ("groups.ban", U),
    ("groups.getBanned", CU),
    ("groups.getById", CSU),
    ("groups.getCallbackConfirmationCode", CU),
    ("groups.getLongPollServer", CU),
    ("groups.getMembers", CSU),
    ("groups.getTokenPermissions", C),
    ("groups.isMember", CSU),
    ("groups.join", U),
    ("groups.leave", U),
    ("groups.setLongPollSettings", CU),
    ("groups.unban", U),
    ("likes.add", U),
    ("likes.delete", U),
    ("likes.getList", US),
    ("likes.isLiked", U),
    ("messages.delete", CU),
    ("messages.edit", CU),
    ("messages.getByConversationMessageId", CU),
    ("messages.getConversations", CU),
    ("messages.getConversationsById", CU),
    ("messages.getHistory", CU),
    ("messages.isMessagesFromGroupAllowed", CU),
    ("messages.markAsRead", CU),
    ("messages.send", CU),
    ("messages.setActivity", CU),
    ("newsfeed.getMentions", U),
    ("newsfeed.search", US),
    ("notifications.get", U),
    ("photos.getMessagesUploadServer", CU),
    ("photos.getWallUploadServer", U),
    ("photos.saveMessagesPhoto", CU),
    ("photos.saveWallPhoto", U),
    ("polls.addVote", U),
    ("polls.create", U),
    ("polls.deleteVote", U),
    ("polls.getById", U),
    ("polls.getVoters", U),
    ("stats.get", U),
    ("stats.getPostReach", U),
    ("users.get", CSU),
    ("utils.resolveScreenName", CSU),
    ("video.get", U),
    ("video.save", U),
    ("wall.closeComments", UC),
    ("wall.createComment", CU),
    ("wall.delete", U),
    ("wall.deleteComment", U),
    ("wall.edit", U),
    ("wall.editComment", U),
    ("wall.get", US),
    ("wall.getById", US),
    ("wall.getComment", U),
    ("wall.getComments", US),
    ("wall.getReposts", US),
    ("wall.openComments", UC),
    ("wall.parseAttachedLink", U),
    ("wall.pin", U),
    ("wall.post", UC),
    ("wall.repost", U),
    ("wall.restore", U),
    ("wall.restoreComment", U),
    ("wall.search", US),
    ("wall.unpin", U),
];

/// What is taken for a method that is not in the table: most take a user's token (schema).
const ANY: &[TokenKind] = &[User, Community, Service];

/// The kinds of token that a method takes, the best first.
pub(in super::super) fn kinds(method: &str) -> &'static [TokenKind] {
    METHODS
        .iter()
        .find(|(name, _)| *name == method)
        .map_or(ANY, |(_, kinds)| kinds)
}

fn is_known(method: &str) -> bool {
    METHODS.iter().any(|(name, _)| *name == method)
}

/// Whether a method changes nothing, by its name.
pub(in super::super) fn only_reads(method: &str) -> bool {
    let verb = method.rsplit('.').next().unwrap_or_default();
    // An address for an upload changes nothing; a code for a short link, or a state of being online, does.
    ["get", "search", "is", "resolve", "check", "lookup", "parse"]
        .iter()
        .any(|known| {
            verb.strip_prefix(known)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()))
        })
        && verb != "getShortLink"
}

/// What an error says that wants a user's token and has one of VK ID.
pub(in super::super) const STANDALONE: &str =
    "user, of the kind that a standalone application gets";

/// What a token of VK ID is taken for: profiles (vk.md; anything else is error 1051).
const VK_ID: &[&str] = &["groups.getById", "users.get", "utils.resolveScreenName"];

/// The tokens that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Has {
    pub(in super::super) community: bool,
    /// A user's token that may do whatever users may.
    pub(in super::super) user: bool,
    /// A user's token of VK ID in its place.
    pub(in super::super) vk_id: bool,
    pub(in super::super) service: bool,
}

impl Has {
    pub(in super::super) const fn all() -> Self {
        Self {
            community: true,
            user: true,
            vk_id: false,
            service: true,
        }
    }

    /// Whether there is a token of this kind, whatever it may do.
    pub(in super::super) const fn kind(self, kind: TokenKind) -> bool {
        match kind {
            Community => self.community,
            User => self.user || self.vk_id,
            Service => self.service,
        }
    }

    /// Whether there is a token of this kind that may call a method of those that the kind is taken for.
    pub(in super::super) fn may(self, kind: TokenKind, method: &str) -> bool {
        let only_profiles = kind == User && self.vk_id;
        // Of methods that are not in the table the network has the word.
        self.kind(kind) && (!only_profiles || VK_ID.contains(&method) || !is_known(method))
    }

    /// The token for a method, of those that are there.
    pub(in super::super) fn pick(self, method: &str) -> Option<TokenKind> {
        let mut kinds = kinds(method).iter().copied();
        kinds.find(|kind| self.may(*kind, method))
    }

    /// What is missing for these methods, if anything: the kinds of token that each of them takes.
    pub(in super::super) fn lacks(self, methods: &[&str]) -> Option<Need> {
        let mut missing = methods.iter().filter(|method| self.pick(method).is_none());
        let mut taken = kinds(missing.next()?).to_vec();
        for method in missing {
            let both = |kind: &TokenKind| kinds(method).contains(kind);
            if taken.iter().any(both) {
                taken.retain(both);
            }
        }
        Some(self.need(&taken))
    }

    /// One of these kinds of token, in words.
    pub(in super::super) fn need(self, kinds: &[TokenKind]) -> Need {
        let mut names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        if self.vk_id && kinds.contains(&User) {
            names.retain(|name| *name != User.as_str());
            names.push(STANDALONE);
        }
        Need::Token(names.join(" or "))
    }
}
