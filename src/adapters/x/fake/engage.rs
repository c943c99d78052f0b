//! Likes, reposts and bookmarks.

use serde_json::json;

use super::faults::Rule;
use super::setup::Plan;
use super::state::{Figures, Id, Post, Tie, World};
use super::text::Entities;
use super::wire::{Answer, Call, Read, Refusal, Reply, only};

impl World {
    /// Refuses what only an Enterprise plan may do.
    pub(super) fn enterprise(&self, call: &Call<'_>, rule: Rule) -> Result<(), Refusal> {
        if self.plan_of(call.me()) != Plan::Enterprise && self.keeps(rule) {
            return Err(Refusal::problem(
                403,
                "client-forbidden",
                "Client Forbidden",
                "When authenticating requests to the X API v2 endpoints, you must use keys and tokens from an App whose plan includes this endpoint.",
            )
            .with("reason", "client-not-enrolled")
            .with("required_enrollment", "Enterprise"));
        }
        Ok(())
    }

    pub(super) fn like(&mut self, call: &Call<'_>) -> Answer {
        only("", &call.body, &["tweet_id"])?;
        let me = call.own_id("id")?;
        self.enterprise(call, Rule::LikesAreEnterprise)?;
        let named = call.body_id("tweet_id")?;
        let post = self.target(call, named)?;
        self.like_post(me, post, call.now);
        Ok(Reply::data(json!({ "liked": true })))
    }

    pub(super) fn like_post(&mut self, me: Id, post: Id, now: jiff::Timestamp) {
        if !self.likes.has(me, post) || !self.keeps(Rule::LikesOnce) {
            let tie = self.tie(me, post);
            self.likes.0.push(tie);
            self.happened_like(me, post, now);
        }
    }

    pub(super) fn unlike(&mut self, call: &Call<'_>) -> Answer {
        let me = call.own_id("id")?;
        let id = call.id("tweet_id")?;
        let root = self.posts.get(&id).map_or(id, Post::root);
        self.likes.cut(me, root);
        Ok(Reply::data(json!({ "liked": false })))
    }

    pub(super) fn repost(&mut self, call: &Call<'_>) -> Answer {
        only("", &call.body, &["tweet_id"])?;
        let me = call.own_id("id")?;
        let named = call.body_id("tweet_id")?;
        let post = self.target(call, named)?;
        let id = self.repost_post(me, post, call.now)?;
        Ok(Reply::data(
            json!({ "retweeted": true, "rest_id": id.to_string() }),
        ))
    }

    /// Reposts: the new post begins with `RT @name: `.
    pub(super) fn repost_post(
        &mut self,
        me: Id,
        post: Id,
        now: jiff::Timestamp,
    ) -> Result<Id, Refusal> {
        let known = self
            .posts
            .values()
            .find(|other| other.author == me && other.repost_of == Some(post) && !other.deleted);
        if known.is_some() && self.keeps(Rule::RepostsOnce) {
            return Err(Refusal::forbidden("You have already retweeted this Tweet."));
        }
        let Some(first) = self.posts.get(&post) else {
            return Err(super::change::missing("tweet", "tweet_id", post));
        };
        let name = self
            .users
            .get(&first.author)
            .map_or("i", |user| user.username.as_str());
        let raw = format!("RT @{name}: {}", first.raw);
        let text = format!("RT @{name}: {}", first.text);
        let text: String = if text.chars().count() > 140 {
            text.chars().take(139).chain(['…']).collect()
        } else {
            text
        };
        let mention = super::text::Mark {
            start: 3,
            end: 4 + name.len(),
            what: name.to_owned(),
            user: Some(first.author),
        };
        let id = self.new_id(now);
        let new = Post {
            id,
            author: me,
            at: now,
            raw,
            text,
            entities: Entities {
                mentions: vec![mention],
                ..Entities::default()
            },
            reply_to: None,
            conversation: id,
            quote: None,
            repost_of: Some(post),
            media: Vec::new(),
            poll: None,
            reply_settings: "everyone".to_owned(),
            community: None,
            history: vec![id],
            superseded: false,
            nullcast: false,
            paid_partnership: false,
            hidden: false,
            deleted: false,
            organic: Figures::default(),
            promoted: None,
            excluded: Vec::new(),
            lead: 0,
        };
        self.posts.insert(id, new);
        self.happened_post(id, now);
        Ok(id)
    }

    pub(super) fn unrepost(&mut self, call: &Call<'_>) -> Answer {
        let me = call.own_id("id")?;
        let id = call.id("source_tweet_id")?;
        let root = self.posts.get(&id).map_or(id, Post::root);
        for post in self.posts.values_mut() {
            if post.author == me && post.repost_of == Some(root) {
                post.deleted = true;
            }
        }
        Ok(Reply::data(json!({ "retweeted": false })))
    }

    pub(super) fn bookmark(&mut self, call: &Call<'_>) -> Answer {
        only("", &call.body, &["tweet_id", "folder_id"])?;
        let me = call.own_id("id")?;
        let named = call.body_id("tweet_id")?;
        let post = self.target(call, named)?;
        if !self.bookmarks.has(me, post) {
            let tie = self.tie(me, post);
            self.bookmarks.0.push(tie);
        }
        Ok(Reply::data(json!({ "bookmarked": true })))
    }

    pub(super) fn unbookmark(&mut self, call: &Call<'_>) -> Answer {
        let me = call.own_id("id")?;
        let id = call.id("tweet_id")?;
        let root = self.posts.get(&id).map_or(id, Post::root);
        self.bookmarks.cut(me, root);
        Ok(Reply::data(json!({ "bookmarked": false })))
    }

    /// A page of posts that somebody is tied to, the last tie first.
    fn tied_posts(&self, call: &Call<'_>, usual: u64, ties: &[Tie], kind: Read) -> Answer {
        let items = ties
            .iter()
            .rev()
            .filter_map(|tie| {
                let last = self
                    .posts
                    .values()
                    .rev()
                    .find(|post| post.root() == tie.to && !post.superseded)?;
                self.may_see(last, call.me()).then_some((tie.seq, last))
            })
            .collect();
        let (page, next) = self.page(call, usual, items)?;
        let mut meta = json!({ "result_count": page.len() });
        if let Some(next) = next {
            meta["next_token"] = json!(next);
        }
        let mut reply = self.posts_told(call, &page, Vec::new(), meta);
        for (read, _) in &mut reply.read {
            *read = kind;
        }
        Ok(reply)
    }

    pub(super) fn bookmarks(&mut self, call: &Call<'_>) -> Answer {
        let me = call.own_id("id")?;
        let mut ties = self.bookmarks.0.clone();
        ties.retain(|tie| tie.from == me);
        self.tied_posts(call, 100, &ties, Read::Post)
    }

    pub(super) fn liked_posts(&mut self, call: &Call<'_>) -> Answer {
        let id = call.id("id")?;
        let mut ties = self.likes.0.clone();
        // What others like is seen by nobody but them.
        let seen = Some(id) == call.me() || !self.keeps(Rule::LikesArePrivate);
        ties.retain(|tie| tie.from == id && seen);
        self.tied_posts(call, 100, &ties, Read::Post)
    }

    pub(super) fn liking_users(&mut self, call: &Call<'_>) -> Answer {
        let (root, author) = match self.listed_post(call)? {
            Ok(post) => (post.root(), post.author),
            Err(error) => return self.lacks(error),
        };
        let seen = Some(author) == call.me() || !self.keeps(Rule::LikesArePrivate);
        let items = self
            .likes
            .0
            .iter()
            .rev()
            .filter(|tie| tie.to == root && seen)
            .take(100)
            .map(|tie| (tie.seq, tie.from))
            .collect();
        self.users_told(call, 100, items, Read::Small)
    }

    pub(super) fn reposted_by(&mut self, call: &Call<'_>) -> Answer {
        let root = match self.listed_post(call)? {
            Ok(post) => post.root(),
            Err(error) => return self.lacks(error),
        };
        let items = self
            .listed(call.me())
            .into_iter()
            .filter(|post| post.repost_of == Some(root))
            .map(|post| (post.id, post.author))
            .collect();
        self.users_told(call, 100, items, Read::User)
    }
}
