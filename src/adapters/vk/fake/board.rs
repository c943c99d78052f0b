//! Discussions of a community: topics and what is written in them.

use serde_json::{Value, json};

use super::routes::Call;
use super::state::{Attachment, Key, Topic, TopicComment, World};
use super::wire::{Answer, Refusal};

fn no_topic() -> Refusal {
    Refusal::param("topic_id is invalid")
}

impl World {
    fn topic_key(&self, call: &Call<'_>) -> Result<Key, Refusal> {
        let group = self.community(call.p.int("group_id"))?;
        let key = (group, call.p.id("topic_id")?);
        if self.topics.contains_key(&key) {
            Ok(key)
        } else {
            Err(no_topic())
        }
    }

    /// In whose name a call writes.
    fn writer(&self, call: &Call<'_>, group: i64) -> Result<i64, Refusal> {
        if call.p.flag("from_group") {
            return Ok(-self.managed(Some(group), call.kind())?);
        }
        Ok(call.kind().actor())
    }

    fn tell_topic(&mut self, kind: &str, key: Key, id: i64, now: i64) {
        let view = self
            .topics
            .get(&key)
            .and_then(|topic| topic.comments.iter().find(|comment| comment.id == id))
            .map(|comment| self.topic_comment_view(comment));
        if let Some(mut view) = view {
            if let Some(fields) = view.as_object_mut() {
                fields.insert("topic_id".to_owned(), json!(key.1));
                fields.insert("topic_owner_id".to_owned(), json!(-key.0));
            }
            self.tell(key.0, kind, view, now);
        }
    }

    fn comment_in(
        &mut self,
        key: Key,
        from: i64,
        text: String,
        attachments: Vec<Attachment>,
        now: i64,
    ) -> i64 {
        let id = self.next();
        if let Some(topic) = self.topics.get_mut(&key) {
            topic.comments.push(TopicComment {
                id,
                from,
                date: now,
                text,
                attachments,
                deleted: false,
            });
        }
        self.tell_topic("board_post_new", key, id, now);
        id
    }

    pub(super) fn add_topic(&mut self, call: &Call<'_>) -> Answer {
        let group = self.community(call.p.int("group_id"))?;
        let from = self.writer(call, group)?;
        let text = call.p.text("text").unwrap_or_default().to_owned();
        let attachments = self.attachments(&call.p.list("attachments"), call.kind())?;
        if text.is_empty() && attachments.is_empty() {
            return Err(Refusal::param("text or attachments is undefined"));
        }
        let id = self.next();
        let now = call.second();
        self.topics.insert(
            (group, id),
            Topic {
                group,
                id,
                title: call.p.text("title").unwrap_or_default().to_owned(),
                created: now,
                author: from,
                closed: false,
                comments: Vec::new(),
            },
        );
        self.comment_in((group, id), from, text, attachments, now);
        Ok(json!(id))
    }

    pub(super) fn close_topic(&mut self, call: &Call<'_>, closed: bool) -> Answer {
        let key = self.topic_key(call)?;
        self.managed(Some(key.0), call.kind())?;
        if let Some(topic) = self.topics.get_mut(&key) {
            topic.closed = closed;
        }
        Ok(json!(1))
    }

    pub(super) fn delete_topic(&mut self, call: &Call<'_>) -> Answer {
        let key = self.topic_key(call)?;
        self.managed(Some(key.0), call.kind())?;
        self.topics.remove(&key);
        Ok(json!(1))
    }

    pub(super) fn topic_comment(&mut self, call: &Call<'_>) -> Answer {
        let key = self.topic_key(call)?;
        let from = self.writer(call, key.0)?;
        let closed = self.topics.get(&key).is_some_and(|topic| topic.closed);
        if closed {
            return Err(Refusal::denied("topic is closed"));
        }
        let text = call.p.text("message").unwrap_or_default().to_owned();
        let attachments = self.attachments(&call.p.list("attachments"), call.kind())?;
        if text.is_empty() && attachments.is_empty() {
            return Err(Refusal::param("message or attachments is undefined"));
        }
        let guid = call.p.text("guid").map(|guid| format!("topic {guid}"));
        let actor = call.kind().actor();
        if let Some(first) = guid
            .as_ref()
            .and_then(|guid| self.first_of(actor, -key.0, guid, call.now))
        {
            return Ok(json!(first));
        }
        let id = self.comment_in(key, from, text, attachments, call.second());
        if let Some(guid) = guid {
            self.guids.insert((actor, -key.0, guid), (id, call.now));
        }
        Ok(json!(id))
    }

    /// A comment in a topic that the caller may change.
    fn own_topic_comment(&mut self, call: &Call<'_>) -> Result<(Key, i64), Refusal> {
        let key = self.topic_key(call)?;
        let id = call.p.id("comment_id")?;
        let from = self
            .topics
            .get(&key)
            .and_then(|topic| topic.comments.iter().find(|comment| comment.id == id))
            .map(|comment| comment.from)
            .ok_or_else(|| Refusal::param("comment_id is invalid"))?;
        if from != call.kind().actor() {
            self.managed(Some(key.0), call.kind())?;
        }
        Ok((key, id))
    }

    fn change_topic_comment(&mut self, key: Key, id: i64, change: impl FnOnce(&mut TopicComment)) {
        let comments = self.topics.get_mut(&key).map(|topic| &mut topic.comments);
        let found = comments.and_then(|list| list.iter_mut().find(|comment| comment.id == id));
        if let Some(comment) = found {
            change(comment);
        }
    }

    pub(super) fn edit_topic_comment(&mut self, call: &Call<'_>) -> Answer {
        let (key, id) = self.own_topic_comment(call)?;
        let text = call.p.text("message").unwrap_or_default().to_owned();
        let attachments = self.attachments(&call.p.list("attachments"), call.kind())?;
        self.change_topic_comment(key, id, |comment| {
            comment.text = text;
            comment.attachments = attachments;
        });
        self.tell_topic("board_post_edit", key, id, call.second());
        Ok(json!(1))
    }

    pub(super) fn delete_topic_comment(&mut self, call: &Call<'_>, deleted: bool) -> Answer {
        let (key, id) = self.own_topic_comment(call)?;
        self.change_topic_comment(key, id, |comment| comment.deleted = deleted);
        if deleted {
            let object = json!({ "topic_owner_id": -key.0, "topic_id": key.1, "id": id });
            self.tell(key.0, "board_post_delete", object, call.second());
        } else {
            self.tell_topic("board_post_restore", key, id, call.second());
        }
        Ok(json!(1))
    }

    fn topic_comment_view(&self, comment: &TopicComment) -> Value {
        json!({
            "id": comment.id,
            "from_id": comment.from,
            "date": comment.date,
            "text": comment.text,
            "attachments": self.attachments_view(&comment.attachments),
        })
    }

    fn topic_view(topic: &Topic) -> Value {
        let last = topic.comments.iter().rfind(|comment| !comment.deleted);
        json!({
            "id": topic.id,
            "title": topic.title,
            "created": topic.created,
            "created_by": topic.author,
            "updated": last.map_or(topic.created, |comment| comment.date),
            "updated_by": last.map_or(topic.author, |comment| comment.from),
            "is_closed": i64::from(topic.closed),
            "is_fixed": 0,
            "comments": topic.comments.iter().filter(|comment| !comment.deleted).count(),
        })
    }

    pub(super) fn topics(&self, call: &Call<'_>) -> Answer {
        let group = self.community(call.p.int("group_id"))?;
        let only = call.p.ints("topic_ids")?;
        let (offset, count) = call.p.page(40, 100);
        let mut topics: Vec<&Topic> = self
            .topics
            .values()
            .filter(|topic| topic.group == group)
            .filter(|topic| only.is_empty() || only.contains(&topic.id))
            .collect();
        topics.reverse();
        let (total, page) = self.cut(topics, offset, count);
        let items: Vec<Value> = page.iter().map(|topic| Self::topic_view(topic)).collect();
        let manages = self.managed(Some(group), call.kind()).is_ok();
        let mut answer = json!({
            "count": total,
            "items": items,
            "default_order": 1,
            "can_add_topics": i64::from(manages),
        });
        if call.p.flag("extended") {
            let ids = page.iter().map(|topic| topic.author).chain([-group]);
            self.extend(&mut answer, ids, call.kind());
        }
        Ok(answer)
    }

    pub(super) fn topic_comments(&self, call: &Call<'_>) -> Answer {
        let key = self.topic_key(call)?;
        let (offset, count) = call.p.page(20, 100);
        let topic = self.topics.get(&key).ok_or_else(no_topic)?;
        let mut comments: Vec<&TopicComment> = topic
            .comments
            .iter()
            .filter(|comment| !comment.deleted)
            .collect();
        if call.p.text("sort") == Some("desc") {
            comments.reverse();
        }
        let (total, page) = self.cut(comments, offset, count);
        let items: Vec<Value> = page
            .iter()
            .map(|comment| self.topic_comment_view(comment))
            .collect();
        let mut answer = json!({ "count": total, "items": items });
        if call.p.flag("extended") {
            let ids = page.iter().map(|comment| comment.from).chain([-key.0]);
            self.extend(&mut answer, ids, call.kind());
        }
        Ok(answer)
    }
}
