//! Reading walls and the news.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::attach;
use super::faults::Rule;
use super::routes::Call;
use super::state::{Comment, Key, Post, World};
use super::views::POST;
use super::wire::{Answer, Refusal};

/// How far back a search goes that names no beginning, in seconds (schema, `start_time`).
const SEARCHED: i64 = 24 * 3600;

impl World {
    /// The owner of a wall that is read, by number or by name.
    fn wall_owner(&self, call: &Call<'_>) -> Result<i64, Refusal> {
        if let Some(name) = call.p.text("domain")
            && call.p.int("owner_id").is_none()
        {
            return self
                .resolve(name)
                .ok_or_else(|| Refusal::denied("wall is disabled"));
        }
        let owner = self.owner(call.p.int("owner_id"), call.kind())?;
        if owner < 0 {
            return if self.groups.contains_key(&-owner) {
                Ok(owner)
            } else {
                Err(Refusal::denied("wall is disabled"))
            };
        }
        match self.users.get(&owner) {
            Some(user) if user.deactivated.is_some() => {
                Err(Refusal::new(18, "User was deleted or banned"))
            }
            Some(user) if user.closed && call.kind().actor() != owner => {
                Err(Refusal::new(30, "This profile is private"))
            }
            Some(_) => Ok(owner),
            None => Err(Refusal::new(18, "User was deleted or banned")),
        }
    }

    /// The owner that a short name means.
    pub(super) fn resolve(&self, name: &str) -> Option<i64> {
        let user = self.users.values().find(|user| {
            user.screen_name == name || name.strip_prefix("id") == Some(&user.id.to_string())
        });
        let group = self.groups.values().find(|group| {
            let number = group.id.to_string();
            group.screen_name == name
                || name.strip_prefix("club") == Some(&number)
                || name.strip_prefix("public") == Some(&number)
        });
        user.map(|user| user.id)
            .or_else(|| group.map(|group| -group.id))
            .filter(|_| self.keeps(Rule::NamesResolve))
    }

    /// What stands on a wall, from new to old.
    fn wall(&self, owner: i64) -> Vec<&Post> {
        let mut posts: Vec<&Post> = self
            .posts
            .values()
            .filter(|post| post.owner == owner && self.stands(post) && self.shows(post.date))
            .filter(|post| !post.postponed || !self.keeps(Rule::PostponedOnlyToOwners))
            .collect();
        posts.sort_by_key(|post| std::cmp::Reverse((post.date, post.id)));
        posts
    }

    fn posts_answer(&self, call: &Call<'_>, posts: &[&Post]) -> Value {
        let viewer = call.kind();
        let items: Vec<Value> = posts
            .iter()
            .map(|post| self.post_view(post, viewer))
            .collect();
        let mut answer = json!({ "items": items });
        if call.p.flag("extended") {
            let ids = posts.iter().flat_map(|post| self.people_of(post));
            self.extend(&mut answer, ids, viewer);
        }
        answer
    }

    fn counted(mut answer: Value, total: usize) -> Value {
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("count".to_owned(), json!(total));
        }
        answer
    }

    pub(super) fn wall_get(&self, call: &Call<'_>) -> Answer {
        let owner = self.wall_owner(call)?;
        let (offset, count) = call.p.page(20, 100);
        let filter = call.p.text("filter").unwrap_or("all");
        if filter == "postponed" {
            if !self.sees_postponed(&call.kind(), owner) && self.keeps(Rule::PostponedOnlyToOwners)
            {
                return Err(Refusal::denied("you should be group moderator"));
            }
            let mut waiting: Vec<&Post> = self
                .posts
                .values()
                .filter(|post| post.owner == owner && post.postponed && post.deleted.is_none())
                .collect();
            waiting.sort_by_key(|post| (post.date, post.id));
            let (total, page) = self.cut(waiting, offset, count);
            return Ok(Self::counted(self.posts_answer(call, &page), total));
        }
        let all = !self.keeps(Rule::WallFilters);
        let mut posts = self.wall(owner);
        posts.retain(|post| match filter {
            _ if all => true,
            "owner" => post.from == owner,
            "others" => post.from != owner,
            "all" => true,
            _ => false,
        });
        let pinned = self
            .group(-owner)
            .and_then(|group| group.pinned)
            .filter(|_| self.keeps(Rule::PinsComeFirst))
            .and_then(|id| posts.iter().position(|post| post.id == id));
        if let Some(at) = pinned {
            let post = posts.remove(at);
            posts.insert(0, post);
        }
        let (total, page) = self.cut(posts, offset, count);
        Ok(Self::counted(self.posts_answer(call, &page), total))
    }

    pub(super) fn wall_get_by_id(&self, call: &Call<'_>) -> Answer {
        let mut found = Vec::new();
        for text in call.p.list("posts").into_iter().take(100) {
            let (key, _) = attach::key(text).ok_or_else(|| Refusal::param("posts is invalid"))?;
            let key = if key.0 > 0 || self.keeps(Rule::OwnerSigns) {
                key
            } else {
                (0, 0)
            };
            let post = self.posts.get(&key).filter(|post| self.stands(post));
            match post {
                Some(post)
                    if !post.postponed
                        || self.sees_postponed(&call.kind(), post.owner)
                        || !self.keeps(Rule::PostponedOnlyToOwners) =>
                {
                    found.push(post);
                }
                _ if !self.keeps(Rule::MissingIsLeftOut) => {
                    return Err(Refusal::param("posts is invalid"));
                }
                _ => {}
            }
        }
        Ok(self.posts_answer(call, &found))
    }

    pub(super) fn wall_search(&self, call: &Call<'_>) -> Answer {
        let owner = self.wall_owner(call)?;
        let (offset, count) = call.p.page(20, 100);
        let own = call.p.flag("owners_only");
        let query = call.p.text("query").unwrap_or_default();
        let mut posts = self.wall(owner);
        posts.retain(|post| (!own || post.from == owner) && self.matches(&post.text, query));
        let (total, page) = self.cut(posts, offset, count);
        Ok(Self::counted(self.posts_answer(call, &page), total))
    }

    /// Whether a text holds every word of a query.
    fn matches(&self, text: &str, query: &str) -> bool {
        let text = text.to_lowercase();
        !self.keeps(Rule::SearchMatches)
            || query
                .split_whitespace()
                .all(|word| text.contains(&word.to_lowercase()))
    }

    pub(super) fn wall_reposts(&self, call: &Call<'_>) -> Answer {
        let owner = self.owner(call.p.int("owner_id"), call.kind())?;
        let key = (owner, call.p.id("post_id")?);
        let (offset, count) = call.p.page(20, 1000);
        let told = self.keeps(Rule::RepostsAreListed);
        let mut copies: Vec<&Post> = self.copies(key).filter(|_| told).collect();
        copies.sort_by_key(|post| std::cmp::Reverse((post.date, post.id)));
        let (_, page) = self.cut(copies, offset, count);
        let viewer = call.kind();
        let items: Vec<Value> = page
            .iter()
            .map(|post| self.post_view(post, viewer))
            .collect();
        let mut answer = json!({ "items": items });
        let ids = page.iter().flat_map(|post| self.people_of(post));
        self.extend(&mut answer, ids, viewer);
        Ok(answer)
    }

    /// Since when a call searches, in seconds.
    fn beginning(&self, call: &Call<'_>) -> i64 {
        let named = call.p.int("start_time").filter(|from| *from != 0);
        let unnamed = if self.keeps(Rule::SearchBeginsADayAgo) {
            call.second() - SEARCHED
        } else {
            0
        };
        named.unwrap_or(unnamed)
    }

    pub(super) fn newsfeed_search(&self, call: &Call<'_>) -> Answer {
        let query = call.p.text("q").unwrap_or_default();
        let (_, count) = call.p.page(30, 200);
        let offset = match call.p.text("start_from") {
            Some(from) => from
                .split('/')
                .next()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| Refusal::param("start_from is invalid"))?,
            None => 0,
        };
        let (from, to) = (self.beginning(call), call.p.int("end_time"));
        let span = self.keeps(Rule::SearchSpan);
        let mut posts: Vec<&Post> = self
            .posts
            .values()
            .filter(|post| self.stands(post) && !post.postponed && post.copy_of.is_none())
            .filter(|post| self.shows(post.date))
            .filter(|post| self.matches(&post.text, query))
            .filter(|post| !span || post.date >= from)
            .filter(|post| !span || to.is_none_or(|to| post.date <= to))
            .collect();
        posts.sort_by_key(|post| std::cmp::Reverse((post.date, post.owner, post.id)));
        let all = posts.len();
        let (total, page) = self.cut(posts, offset, count);
        let mut answer = Self::counted(self.posts_answer(call, &page), total);
        if let Some(map) = answer.as_object_mut() {
            map.insert("total_count".to_owned(), json!(total));
            let next = offset + page.len();
            if next < all
                && let Some(last) = page.last()
            {
                let from = format!("{next}/{}_{}", last.owner, last.id);
                map.insert("next_from".to_owned(), json!(from));
            }
        }
        Ok(answer)
    }

    /// The spellings that mention an owner.
    fn spellings(&self, owner: i64) -> Vec<String> {
        let (number, name) = if owner < 0 {
            let name = self.group(-owner).map(|group| group.screen_name.clone());
            (format!("club{}", -owner), name)
        } else {
            let name = self.users.get(&owner).map(|user| user.screen_name.clone());
            (format!("id{owner}"), name)
        };
        let mut spellings = vec![format!("[{number}|"), format!("@{number}")];
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            spellings.push(format!("[{name}|"));
            spellings.push(format!("@{name}"));
        }
        spellings
    }

    pub(super) fn newsfeed_mentions(&self, call: &Call<'_>) -> Answer {
        let owner = self.owner(call.p.int("owner_id"), call.kind())?;
        let spellings = self.spellings(owner);
        let (offset, count) = call.p.page(20, 50);
        let (from, to) = (self.beginning(call), call.p.int("end_time"));
        let told = self.keeps(Rule::MentionsAreListed);
        let fits = |text: &str, author: i64, date: i64| {
            told && author != owner
                && spellings.iter().any(|spelling| text.contains(spelling))
                && date >= from
                && to.is_none_or(|to| date <= to)
        };
        let viewer = call.kind();
        let mut found: Vec<(i64, i64, Value)> = Vec::new();
        for post in self.posts.values() {
            let there = self.stands(post) && self.shows(post.date) && !post.postponed;
            if there && fits(&post.text, post.from, post.date) {
                found.push((post.date, post.id, self.post_view(post, viewer)));
            }
        }
        for comment in self.comments.values() {
            let there = self.comment_stands(comment) && self.shows(comment.date);
            if there && fits(&comment.text, comment.from, comment.date) {
                found.push((comment.date, comment.id, Self::reply_view(comment)));
            }
        }
        found.sort_by_key(|(date, id, _)| std::cmp::Reverse((*date, *id)));
        let (total, page) = self.cut(found, offset, count);
        let items: Vec<Value> = page.into_iter().map(|(_, _, view)| view).collect();
        Ok(json!({ "count": total, "items": items }))
    }

    /// A comment as it stands among posts.
    fn reply_view(comment: &Comment) -> Value {
        let stack: Vec<i64> = comment.parent.into_iter().collect();
        json!({
            "inner_type": "wall_wallpost",
            "id": comment.id,
            "owner_id": comment.owner,
            "from_id": comment.from,
            "date": comment.date,
            "text": comment.text,
            "post_type": "reply",
            "post_id": comment.post,
            "parents_stack": stack,
        })
    }

    /// The posts of these keys that are there, as far as a community's own ones.
    pub(super) fn known_posts(&self, owner: i64, ids: &[i64]) -> Vec<Key> {
        let ids: BTreeSet<i64> = ids.iter().copied().collect();
        ids.into_iter()
            .map(|id| (owner, id))
            .filter(|key| self.posts.get(key).is_some_and(|post| self.stands(post)))
            .collect()
    }

    /// What can be liked: a post or a comment that stands, a photo, a video.
    pub(super) fn likeable(&self, kind: &str, key: Key) -> bool {
        match kind {
            POST => self
                .posts
                .get(&key)
                .is_some_and(|post| self.stands(post) && !post.postponed),
            super::views::COMMENT => self
                .comments
                .get(&key)
                .is_some_and(|comment| self.comment_stands(comment)),
            "photo" => self.photos.contains_key(&key),
            "video" => self.videos.contains_key(&key),
            _ => false,
        }
    }
}
