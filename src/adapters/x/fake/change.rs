//! What becomes of posts: edited, deleted, hidden.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::faults::Rule;
use super::posts::Wish;
use super::state::{Id, Post, World};
use super::wire::{Answer, Call, Refusal, Reply, bad_body, only};

impl World {
    /// Whether a post can be edited, until when, and how often.
    pub(super) fn editable(&self, post: &Post, now: Timestamp) -> (bool, Timestamp, usize) {
        let first = self.posts.get(&post.root()).unwrap_or(post);
        let window = SignedDuration::from_secs(self.settings.edit_window);
        let until = first.at.checked_add(window).unwrap_or(Timestamp::MAX);
        let left = 6_usize.saturating_sub(post.history.len());
        let own_thread = post
            .reply_to
            .and_then(|target| self.posts.get(&target))
            .is_none_or(|target| target.author == post.author);
        let premium = self
            .users
            .get(&post.author)
            .is_some_and(|user| user.premium);
        let eligible = premium
            && own_thread
            && post.poll.is_none()
            && post.repost_of.is_none()
            && post.community.is_none()
            && post.promoted.is_none();
        (eligible && now < until && left > 0, until, left)
    }

    pub(super) fn edit(
        &mut self,
        author: Id,
        previous: Id,
        wish: Wish,
        now: Timestamp,
    ) -> Result<Id, Refusal> {
        let old = self
            .posts
            .get(&previous)
            .filter(|post| post.author == author && !post.deleted && !post.superseded)
            .cloned()
            .ok_or_else(|| Refusal::forbidden("You are not permitted to edit this Tweet."))?;
        let (eligible, until, left) = self.editable(&old, now);
        let late = now >= until || left == 0;
        if (late && self.keeps(Rule::EditWindow))
            || (!eligible && !late && self.keeps(Rule::EditNeedsEligibility))
        {
            return Err(Refusal::forbidden(
                "This Tweet is no longer eligible to be edited.",
            ));
        }
        let wish = Wish {
            reply_to: old.reply_to,
            ..wish
        };
        let id = self.publish(author, wish, now);
        let new_id = self.keeps(Rule::EditMakesANewId);
        if let Some(post) = self.posts.get_mut(&id) {
            post.history = old.history.clone();
            post.history.push(id);
            post.conversation = if old.conversation == old.id {
                old.id
            } else {
                old.conversation
            };
            post.reply_to = old.reply_to;
            post.quote = old.quote.or(post.quote);
            post.organic = old.organic;
        }
        if new_id {
            if let Some(old) = self.posts.get_mut(&previous) {
                old.superseded = true;
            }
            return Ok(id);
        }
        if let Some(mut post) = self.posts.remove(&id) {
            post.id = previous;
            post.history = old.history;
            self.posts.insert(previous, post);
        }
        Ok(previous)
    }

    pub(super) fn delete_post(&mut self, call: &Call<'_>) -> Answer {
        let id = call.id("id")?;
        let found = self
            .posts
            .get(&id)
            .filter(|post| !post.deleted && post.repost_of.is_none());
        if let Some(post) = found {
            if Some(post.author) != call.me() && self.keeps(Rule::OwnPostsOnly) {
                return Err(Refusal::forbidden(
                    "You are not authorized to delete this Tweet.",
                ));
            }
            if self.keeps(Rule::DeleteRemoves) {
                self.remove(id, call.now);
            }
        }
        Ok(Reply::data(json!({ "deleted": true })))
    }

    /// Takes a post away, with every version of it and its reposts.
    pub(super) fn remove(&mut self, id: Id, now: Timestamp) {
        let Some(root) = self.posts.get(&id).map(Post::root) else {
            return;
        };
        for post in self.posts.values_mut() {
            if post.root() == root || post.repost_of == Some(id) {
                post.deleted = true;
            }
        }
        self.happened_delete(id, now);
    }

    pub(super) fn hide_reply(&mut self, call: &Call<'_>) -> Answer {
        only("", &call.body, &["hidden"])?;
        let id = call.id("tweet_id")?;
        let hidden = call.body.get("hidden").and_then(Value::as_bool);
        let hidden = hidden.ok_or_else(|| bad_body("hidden"))?;
        let post = self
            .visible(id, call.me())
            .ok_or_else(|| missing("tweet", "tweet_id", id))?;
        let root = self.posts.get(&post.conversation);
        let own = root.is_some_and(|root| Some(root.author) == call.me());
        let reply = post.is_reply() && Some(post.author) != call.me();
        if (!own || !reply) && self.keeps(Rule::HideInOwnConversations) {
            return Err(Refusal::forbidden(
                "You can only hide replies to conversations that you started.",
            ));
        }
        if let Some(post) = self.posts.get_mut(&id) {
            post.hidden = hidden;
        }
        Ok(Reply::data(json!({ "hidden": hidden })))
    }
}

/// A single resource that is not there.
pub(super) fn missing(kind: &str, parameter: &str, id: Id) -> Refusal {
    Refusal::problem(
        404,
        "resource-not-found",
        "Not Found Error",
        format!("Could not find {kind} with {parameter}: [{id}]."),
    )
    .with("resource_type", kind)
    .with("resource_id", id.to_string())
    .with("parameter", parameter)
    .with("value", id.to_string())
}
