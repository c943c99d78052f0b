//! Comments under posts, and their threads.

use serde_json::{Value, json};

use super::faults::Rule;
use super::routes::Call;
use super::state::{Attachment, Comment, Key, World};
use super::wire::{Answer, Refusal};

/// The longest comment, in UTF-16 units.
const LONGEST: usize = 16_384;

/// How much of a comment is shown unless the call says otherwise, in characters (schema, `preview_length`).
const PREVIEW: i64 = 90;

fn no_comment() -> Refusal {
    Refusal::new(211, "Access to wall's comment denied")
}

impl World {
    /// The post that a call names, if it can be read.
    fn post_of(&self, call: &Call<'_>) -> Result<Key, Refusal> {
        let owner = self.owner(call.p.int("owner_id"), call.kind())?;
        let key = (owner, call.p.id("post_id")?);
        let there = self
            .posts
            .get(&key)
            .is_some_and(|post| self.stands(post) && !post.postponed);
        if there {
            Ok(key)
        } else {
            Err(Refusal::denied("post was not found check post_id param"))
        }
    }

    fn comment_text(&self, call: &Call<'_>) -> Result<(String, Vec<Attachment>), Refusal> {
        let text = call.p.text("message").unwrap_or_default();
        if text.encode_utf16().count() > LONGEST {
            return Err(Refusal::param("message is too long"));
        }
        let attachments = self.attachments(&call.p.list("attachments"), call.kind())?;
        let sticker = call.p.int("sticker_id").is_some();
        if text.trim().is_empty() && attachments.is_empty() && !sticker {
            return Err(Refusal::param("message or attachments is undefined"));
        }
        Ok((text.to_owned(), attachments))
    }

    /// Writes a comment. One that answers a comment within a thread stands in the same thread.
    pub(super) fn add_comment(
        &mut self,
        post: Key,
        from: i64,
        text: String,
        reply_to: Option<i64>,
        now: i64,
    ) -> &mut Comment {
        let id = self.number(post.0);
        let threads = self.keeps(Rule::CommentThreads);
        let parent = reply_to
            .and_then(|to| self.comments.get(&(post.0, to)))
            .map(|first| first.parent.unwrap_or(first.id))
            .filter(|_| threads);
        self.under.entry(post).or_default().push(id);
        let comment = Comment {
            owner: post.0,
            id,
            post: post.1,
            from,
            date: now,
            text,
            attachments: Vec::new(),
            reply_to: reply_to.filter(|_| threads),
            parent,
            deleted: None,
        };
        self.comments.entry((post.0, id)).or_insert(comment)
    }

    pub(super) fn create_comment(&mut self, call: &Call<'_>) -> Answer {
        let post = self.post_of(call)?;
        let kind = call.kind();
        let closed = self
            .posts
            .get(&post)
            .is_some_and(|post| post.comments_closed);
        let barred = self.keeps(Rule::BansBar)
            && self.group(-post.0).is_some_and(|group| {
                group
                    .banned
                    .get(&kind.actor())
                    .is_some_and(|ban| ban.until == 0 || ban.until > call.second())
            });
        if (closed && self.keeps(Rule::ClosedComments)) || barred {
            return Err(Refusal::new(213, "Access to status replies denied"));
        }
        let from = match call.p.int("from_group").filter(|id| *id != 0) {
            Some(id) => -self.managed(Some(id), kind)?,
            None => kind.actor(),
        };
        let from = if self.keeps(Rule::CommentFromGroup) {
            from
        } else {
            kind.user().unwrap_or(super::Fake::ADMIN)
        };
        let (text, attachments) = self.comment_text(call)?;
        let reply_to = call.p.int("reply_to_comment").filter(|id| *id != 0);
        let answered = reply_to.and_then(|to| self.comments.get(&(post.0, to)));
        if reply_to.is_some()
            && !answered.is_some_and(|first| first.post == post.1 && self.comment_stands(first))
        {
            return Err(Refusal::param("reply_to_comment is invalid"));
        }
        // A comment's guid is not a post's, even on the same wall.
        let guid = call.p.text("guid").map(|guid| format!("comment {guid}"));
        if let Some(first) = guid
            .as_ref()
            .filter(|_| self.keeps(Rule::CommentGuid))
            .and_then(|guid| self.first_of(kind.actor(), post.0, guid, call.now))
        {
            return Ok(self.written(post.0, first));
        }
        let comment = self.add_comment(post, from, text, reply_to, call.second());
        comment.attachments = attachments;
        let id = comment.id;
        if let Some(guid) = guid {
            self.guids
                .insert((kind.actor(), post.0, guid), (id, call.now));
        }
        self.tell_comment("wall_reply_new", (post.0, id), call.second());
        Ok(self.written(post.0, id))
    }

    fn written(&self, owner: i64, id: i64) -> Value {
        let stack: Vec<i64> = self
            .comments
            .get(&(owner, id))
            .and_then(|comment| comment.parent)
            .into_iter()
            .collect();
        json!({ "comment_id": id, "parents_stack": stack })
    }

    /// A comment that a call names and that its caller may change; `moderates` lets those who manage the wall do it.
    fn own_comment(&self, call: &Call<'_>, moderates: bool) -> Result<Key, Refusal> {
        let kind = call.kind();
        let owner = self.owner(call.p.int("owner_id"), kind)?;
        let key = (owner, call.p.id("comment_id")?);
        let comment = self
            .comments
            .get(&key)
            .ok_or_else(|| Refusal::new(104, "Not found"))?;
        let in_name_of_group = comment.from < 0
            && kind
                .user()
                .is_some_and(|user| self.is_admin(user, -comment.from));
        let manages = moderates
            && (owner == kind.actor()
                || kind.user().is_some_and(|user| self.is_admin(user, -owner)));
        if comment.from == kind.actor() || in_name_of_group || manages {
            Ok(key)
        } else {
            Err(no_comment())
        }
    }

    pub(super) fn edit_comment(&mut self, call: &Call<'_>) -> Answer {
        let key = self.own_comment(call, false)?;
        let (text, attachments) = self.comment_text(call)?;
        let shown = self.keeps(Rule::CommentEdits);
        let comment = self
            .comments
            .get_mut(&key)
            .filter(|comment| comment.deleted.is_none())
            .ok_or_else(no_comment)?;
        if shown {
            comment.text = text;
            comment.attachments = attachments;
        }
        self.tell_comment("wall_reply_edit", key, call.second());
        Ok(json!(1))
    }

    pub(super) fn delete_comment(&mut self, call: &Call<'_>) -> Answer {
        let key = self.own_comment(call, true)?;
        let now = call.second();
        let Some(comment) = self
            .comments
            .get_mut(&key)
            .filter(|comment| comment.deleted.is_none())
        else {
            return Err(Refusal::new(104, "Not found"));
        };
        comment.deleted = Some(now);
        let object = json!({
            "owner_id": key.0,
            "id": key.1,
            "user_id": comment.from,
            "deleter_id": call.kind().actor(),
            "post_id": comment.post,
        });
        self.tell(-key.0, "wall_reply_delete", object, now);
        Ok(json!(1))
    }

    pub(super) fn restore_comment(&mut self, call: &Call<'_>) -> Answer {
        let key = self.own_comment(call, true)?;
        let back = self.keeps(Rule::RestoreBringsBack);
        let comment = self.comments.get_mut(&key).ok_or_else(no_comment)?;
        if comment.deleted.is_none() {
            return Err(Refusal::new(243, "Comment has not been deleted"));
        }
        if back {
            comment.deleted = None;
        }
        self.tell_comment("wall_reply_restore", key, call.second());
        Ok(json!(1))
    }

    pub(super) fn open_comments(&mut self, call: &Call<'_>, open: bool) -> Answer {
        let kind = call.kind();
        let owner = self.owner(call.p.int("owner_id"), kind)?;
        if owner < 0 {
            self.managed(Some(-owner), kind)?;
        }
        let key = self.post_of(call)?;
        if let Some(post) = self.posts.get_mut(&key) {
            post.comments_closed = !open;
        }
        Ok(json!(1))
    }

    fn thread(&self, parent: &Comment, count: usize, call: &Call<'_>) -> Value {
        let likes = call.p.flag("need_likes");
        let all: Vec<&Comment> = self
            .comments_of((parent.owner, parent.post))
            .filter(|comment| comment.parent == Some(parent.id) && self.shows(comment.date))
            .collect();
        let open = self
            .posts
            .get(&(parent.owner, parent.post))
            .is_some_and(|post| !post.comments_closed);
        let items: Vec<Value> = all
            .iter()
            .take(count)
            .map(|comment| self.comment_view(comment, call.kind(), likes))
            .collect();
        json!({
            "count": all.len(),
            "items": items,
            "can_post": open,
            "show_reply_button": open,
            "groups_can_post": open,
        })
    }

    fn comment_with_thread(&self, comment: &Comment, threads: usize, call: &Call<'_>) -> Value {
        let mut view = self.comment_view(comment, call.kind(), call.p.flag("need_likes"));
        let Some(fields) = view.as_object_mut() else {
            return view;
        };
        if comment.parent.is_none() {
            fields.insert("thread".to_owned(), self.thread(comment, threads, call));
        }
        if comment.deleted.is_some() {
            fields.insert("deleted".to_owned(), json!(true));
            fields.insert("text".to_owned(), json!(""));
            fields.insert("from_id".to_owned(), json!(0));
        }
        let shown = match call.method.name {
            "wall.getComments" => call.p.int("preview_length").unwrap_or(PREVIEW).max(0),
            _ => 0,
        };
        let shown = usize::try_from(shown).unwrap_or(usize::MAX);
        if shown > 0 && comment.text.chars().count() > shown {
            let text: String = comment.text.chars().take(shown).collect();
            fields.insert("text".to_owned(), json!(format!("{text}...")));
        }
        view
    }

    pub(super) fn get_comments(&self, call: &Call<'_>) -> Answer {
        let key = self.post_of(call)?;
        let (offset, count) = call.p.page(10, 100);
        let within = call.p.int("comment_id").filter(|id| *id != 0);
        if let Some(id) = within
            && self
                .comments
                .get(&(key.0, id))
                .is_none_or(|comment| comment.post != key.1)
        {
            return Err(Refusal::param("comment_id is invalid"));
        }
        let threads = call.p.int("thread_items_count").unwrap_or(0);
        if !(0..=10).contains(&threads) {
            return Err(Refusal::param(
                "thread_items_count should be less or equal to 10",
            ));
        }
        let has_answers = |comment: &Comment| {
            self.comments_of(key)
                .any(|other| other.parent == Some(comment.id))
        };
        let mut level: Vec<&Comment> = self
            .all_comments_of(key)
            .filter(|comment| comment.parent == within && self.shows(comment.date))
            // What was deleted stays as an empty place while answers hang under it.
            .filter(|comment| self.comment_stands(comment) || has_answers(comment))
            .collect();
        level.sort_by_key(|comment| (comment.date, comment.id));
        let level_count = level.len();
        if matches!(call.p.text("sort"), Some("desc")) {
            level.reverse();
        }
        if let Some(start) = call.p.int("start_comment_id").filter(|id| *id != 0) {
            let at = level
                .iter()
                .position(|comment| comment.id == start)
                .unwrap_or(0);
            level.drain(..at);
        }
        if !self.keeps(Rule::NewestFirst) {
            // The order that the caller asked for is turned by `cut`, for this rule and for that of posts.
            level.reverse();
        }
        let (_, page) = self.cut(level, offset, count);
        let total = self.comments_of(key).count();
        let items: Vec<Value> = page
            .iter()
            .map(|comment| {
                let threads = usize::try_from(threads).unwrap_or(0);
                self.comment_with_thread(comment, threads, call)
            })
            .collect();
        let open = self
            .posts
            .get(&key)
            .is_some_and(|post| !post.comments_closed);
        let mut answer = json!({
            "count": if within.is_some() { level_count } else { total },
            "items": items,
            "current_level_count": level_count,
            "can_post": open,
            "show_reply_button": open,
            "groups_can_post": open,
        });
        if call.p.flag("extended") {
            let ids: Vec<i64> = self
                .comments_of(key)
                .map(|comment| comment.from)
                .chain([key.0])
                .collect();
            self.extend(&mut answer, ids, call.kind());
        }
        Ok(answer)
    }

    pub(super) fn get_comment(&self, call: &Call<'_>) -> Answer {
        let owner = self.owner(call.p.int("owner_id"), call.kind())?;
        let key = (owner, call.p.id("comment_id")?);
        let comment = self
            .comments
            .get(&key)
            .filter(|comment| self.comment_stands(comment))
            .ok_or_else(|| Refusal::new(104, "Not found"))?;
        let mut answer = json!({
            "items": [self.comment_with_thread(comment, 0, call)],
            "can_post": true,
            "show_reply_button": true,
            "groups_can_post": true,
        });
        if call.p.flag("extended") {
            self.extend(&mut answer, [comment.from, owner], call.kind());
        }
        Ok(answer)
    }
}
