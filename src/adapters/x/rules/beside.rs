//! What is told beside the things that were asked for, and billed as well.
//!
//! X bills what an answer returns, and its docs do not say whether that is what was asked for alone. A guide to X's MCP
//! server (cursor/plugins, August 2026) counts the authors that expansions bring; so does this, so that no cap is passed
//! unseen.

use super::prices::{Item, Prices};

/// What is told beside posts.
pub(in super::super) const EXPANSIONS: &str = "attachments.media_keys,attachments.poll_ids,author_id,referenced_tweets.id,referenced_tweets.id.attachments.media_keys,referenced_tweets.id.author_id";
/// What is told beside messages.
pub(in super::super) const MESSAGE_EXPANSIONS: &str = "attachments.media_keys,sender_id";

/// How many posts and accounts stand beside others. Files, polls and places have no price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Extras {
    pub(in super::super) posts: u64,
    pub(in super::super) users: u64,
}

impl Extras {
    /// The most that expansions add to one thing.
    pub(in super::super) fn most(expansions: &str) -> Self {
        let all = expansions.split(',').map(most_of);
        all.fold(Self::default(), |sum, (posts, users)| Self {
            posts: sum.posts + posts,
            users: sum.users + users,
        })
    }

    /// What it costs, in millionths of a US dollar.
    pub(in super::super) fn micros(self, prices: &Prices) -> u64 {
        let posts = prices.micros(Item::PostRead).saturating_mul(self.posts);
        let users = prices.micros(Item::UserRead).saturating_mul(self.users);
        posts.saturating_add(users)
    }
}

/// How many posts and how many accounts an expansion adds to a thing at most: a post may answer one and quote another.
fn most_of(expansion: &str) -> (u64, u64) {
    match expansion {
        "author_id" | "in_reply_to_user_id" | "sender_id" => (0, 1),
        "referenced_tweets.id" | "referenced_posts" => (2, 0),
        "referenced_tweets.id.author_id" => (0, 2),
        // As many as a text of the usual length can name, or a group has.
        "entities.mentions.username" | "entities.note.mentions.username" | "participant_ids" => {
            (0, 50)
        }
        "edit_history_tweet_ids" | "edit_history_post_ids" => (6, 0),
        "pinned_tweet_id" | "pinned_post_id" | "most_recent_tweet_id" | "most_recent_post_id" => {
            (1, 0)
        }
        other if other.contains("attachments.") || other == "geo.place_id" => (0, 0),
        _ => (1, 1),
    }
}
