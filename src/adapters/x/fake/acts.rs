//! What others do on the network, and what X does: none of it asks the rules.

use jiff::Timestamp;

use super::Fake;
use super::posts::Wish;
use super::state::Figures;

impl Fake {
    /// A user publishes, whatever the rules say. The post's id is told.
    pub fn post_as(&self, user: u64, text: &str, now: Timestamp) -> u64 {
        self.wish(user, text, None, None, now)
    }

    /// A user replies, whatever the rules say.
    pub fn reply_as(&self, user: u64, to: u64, text: &str, now: Timestamp) -> u64 {
        self.wish(user, text, Some(to), None, now)
    }

    /// A user quotes, whatever the rules say.
    pub fn quote_as(&self, user: u64, post: u64, text: &str, now: Timestamp) -> u64 {
        self.wish(user, text, None, Some(post), now)
    }

    fn wish(
        &self,
        user: u64,
        text: &str,
        reply_to: Option<u64>,
        quote: Option<u64>,
        now: Timestamp,
    ) -> u64 {
        let wish = Wish {
            text: text.to_owned(),
            reply_to,
            quote,
            reply_settings: "everyone".to_owned(),
            ..Wish::default()
        };
        self.world().publish(user, wish, now)
    }

    /// A user reposts; the repost's id is told, or nothing where it was done already.
    pub fn repost_as(&self, user: u64, post: u64, now: Timestamp) -> Option<u64> {
        self.world().repost_post(user, post, now).ok()
    }

    /// A user likes a post.
    pub fn like_as(&self, user: u64, post: u64, now: Timestamp) {
        let mut world = self.world();
        let root = world
            .posts
            .get(&post)
            .map_or(post, super::state::Post::root);
        world.like_post(user, root, now);
    }

    /// A user follows another.
    pub fn follow_as(&self, user: u64, target: u64, now: Timestamp) {
        self.world().follow_user(user, target, now);
    }

    /// A user blocks another, or takes it back.
    pub fn block_as(&self, user: u64, target: u64, on: bool, now: Timestamp) {
        let mut world = self.world();
        let before = world.blocks.cut(user, target);
        if on {
            let tie = world.tie(user, target);
            world.blocks.0.push(tie);
        }
        if on != before {
            let kind = if on { "block.block" } else { "block.unblock" };
            world.happened_pair(kind, user, target, now);
        }
    }

    /// Somebody votes in a post's poll, for an option that is counted from 0.
    pub fn vote(&self, post: u64, option: usize) {
        let mut world = self.world();
        let poll = world.posts.get(&post).and_then(|post| post.poll);
        if let Some(poll) = poll.and_then(|poll| world.polls.get_mut(&poll))
            && let Some((_, votes)) = poll.options.get_mut(option)
        {
            *votes += 1;
        }
    }

    /// Sets what a post brought: by itself, and where it was promoted.
    pub fn set_figures(&self, post: u64, organic: Figures, promoted: Option<Figures>) {
        if let Some(post) = self.world().posts.get_mut(&post) {
            post.organic = organic;
            post.promoted = promoted;
        }
    }

    /// Takes a post away, as X or its author does.
    pub fn delete_as_moderator(&self, post: u64, now: Timestamp) {
        self.world().remove(post, now);
    }

    /// Whether a reply was hidden.
    #[must_use]
    pub fn is_hidden(&self, post: u64) -> bool {
        self.world()
            .posts
            .get(&post)
            .is_some_and(|post| post.hidden)
    }

    /// How many posts there are that were not deleted, reposts and old versions among them.
    #[must_use]
    pub fn posts(&self) -> usize {
        self.world()
            .posts
            .values()
            .filter(|post| !post.deleted)
            .count()
    }

    /// The texts of the posts that stand, as they were written, oldest first, without reposts.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let world = self.world();
        let stand = |post: &&super::state::Post| {
            !post.deleted && !post.superseded && post.repost_of.is_none()
        };
        let posts = world.posts.values().filter(stand);
        posts.map(|post| post.raw.clone()).collect()
    }

    /// A user writes to another. The event's id is told.
    pub fn message_as(&self, user: u64, to: u64, text: &str, now: Timestamp) -> u64 {
        let mut world = self.world();
        let conversation = world.two(user, to);
        world.deliver(user, &conversation, text, None, now)
    }

    /// A user writes to a conversation.
    pub fn message_in_as(&self, user: u64, conversation: &str, text: &str, now: Timestamp) -> u64 {
        self.world().deliver(user, conversation, text, None, now)
    }

    /// A user stops to follow another.
    pub fn unfollow_as(&self, user: u64, target: u64, now: Timestamp) {
        let mut world = self.world();
        if world.follows.cut(user, target) {
            world.happened_follow(user, target, false, now);
        }
    }

    /// A user says something else of the own account.
    pub fn describe_as(&self, user: u64, description: &str, now: Timestamp) {
        let mut world = self.world();
        let Some(known) = world.users.get_mut(&user) else {
            return;
        };
        let before = std::mem::replace(&mut known.description, description.to_owned());
        world.happened_profile("profile.update.bio", user, &before, description, now);
    }

    /// What people talk about at a place: names, with how many posts where X tells that.
    pub fn set_trends(&self, woeid: i64, trends: &[(&str, Option<i64>)]) {
        let trends = trends
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count));
        self.world().trends.insert(woeid, trends.collect());
    }
}
