//! What things look like in answers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::access::Kind;
use super::faults::Rule;
use super::state::{Comment, Doc, Group, Key, Message, Photo, Poll, Post, User, Video, World};

pub(super) const POST: &str = "post";
pub(super) const COMMENT: &str = "comment";

fn flag(value: bool) -> i64 {
    i64::from(value)
}

impl World {
    fn count(&self, number: usize) -> usize {
        if self.keeps(Rule::CountsAreKept) {
            number
        } else {
            0
        }
    }

    pub(super) fn likes_view(&self, kind: &str, key: Key, viewer: Kind) -> Value {
        let likes = self.like_list(kind, key);
        let mine = viewer.user().is_some_and(|user| likes.contains(&user));
        json!({
            "can_like": flag(viewer.user().is_some() && !mine),
            "can_publish": flag(viewer.user().is_some()),
            "count": self.count(likes.len()),
            "user_likes": flag(mine),
            "repost_disabled": false,
        })
    }

    /// The comments of a post that stand, threads included.
    pub(super) fn comments_of(&self, key: Key) -> impl Iterator<Item = &Comment> {
        self.all_comments_of(key)
            .filter(|comment| self.comment_stands(comment))
    }

    /// The comments of a post, those that were deleted included.
    pub(super) fn all_comments_of(&self, key: Key) -> impl Iterator<Item = &Comment> {
        self.under
            .get(&key)
            .into_iter()
            .flatten()
            .filter_map(move |id| self.comments.get(&(key.0, *id)))
    }

    /// Whether a post that may be deleted is still there.
    pub(super) fn stands(&self, post: &Post) -> bool {
        post.deleted.is_none() || !self.keeps(Rule::DeleteRemoves)
    }

    /// Whether listings show what is of this second.
    pub(super) fn shows(&self, date: i64) -> bool {
        let delay = self.settings.listing_delay;
        delay == 0 || self.now - date >= delay
    }

    /// A text as answers tell it.
    fn told<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.settings.rewrites {
            return Cow::Borrowed(text);
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let escaped = words.join(" ").replace('&', "&amp;").replace('<', "&lt;");
        Cow::Owned(escaped.replace('>', "&gt;").replace('"', "&quot;"))
    }

    /// Whether a comment that may be deleted is still there.
    pub(super) fn comment_stands(&self, comment: &Comment) -> bool {
        comment.deleted.is_none() || !self.keeps(Rule::CommentDeletes)
    }

    /// A post without counters, as it stands in the history of a copy and in events.
    fn post_core(&self, post: &Post) -> Map<String, Value> {
        let mut view = Map::new();
        let mut put = |name: &str, value: Value| {
            view.insert(name.to_owned(), value);
        };
        put("inner_type", json!("wall_wallpost"));
        put("id", json!(post.id));
        put("owner_id", json!(post.owner));
        put("from_id", json!(post.from));
        put("date", json!(post.date));
        put("text", json!(self.told(&post.text)));
        let kind = if post.postponed { "postpone" } else { "post" };
        put("post_type", json!(kind));
        put("post_source", json!({ "platform": "fake", "type": "api" }));
        let attachments = if self.keeps(Rule::AttachmentsAreShown) {
            let mut attachments = self.attachments_view(&post.attachments);
            self.card(&mut attachments, post);
            attachments
        } else {
            json!([])
        };
        put("attachments", attachments);
        if let Some(edited) = post.edited
            && self.keeps(Rule::EditIsTold)
        {
            put("edited", json!(edited));
        }
        if let Some(signer) = post.signer {
            put("signer_id", json!(signer));
        }
        if let Some(id) = post.was_postponed {
            put("postponed_id", json!(id));
        }
        if let Some((lat, long)) = post.place {
            put(
                "geo",
                json!({ "type": "point", "coordinates": format!("{lat} {long}") }),
            );
        }
        if let Some(link) = &post.copyright {
            put(
                "copyright",
                json!({ "link": link, "name": link, "type": "external_link" }),
            );
        }
        view
    }

    pub(super) fn post_view(&self, post: &Post, viewer: Kind) -> Value {
        let key = post.key();
        let mut view = self.post_core(post);
        let mut put = |name: &str, value: Value| {
            view.insert(name.to_owned(), value);
        };
        let manages = self.sees_postponed(&viewer, post.owner);
        if manages {
            put("can_edit", json!(1));
            put("can_delete", json!(1));
            put("can_pin", json!(flag(!post.postponed)));
            put("created_by", json!(post.created_by));
        }
        put("marked_as_ads", json!(flag(post.ads)));
        put("is_favorite", json!(false));
        put("donut", json!({ "is_donut": false }));
        if self.is_pinned(post) {
            put("is_pinned", json!(1));
        }
        let open = !post.comments_closed;
        put(
            "comments",
            json!({
                "can_post": flag(open && viewer.actor() != 0),
                "can_view": 1,
                "can_close": flag(open && manages),
                "can_open": flag(!open && manages),
                "groups_can_post": open,
                "count": self.count(self.comments_of(key).count()),
            }),
        );
        put("likes", self.likes_view(POST, key, viewer));
        let copies = if self.keeps(Rule::RepostsAreCounted) {
            self.copies(key).count()
        } else {
            0
        };
        let mine = self.copies(key).any(|copy| copy.from == viewer.actor());
        put(
            "reposts",
            json!({
                "count": self.count(copies),
                "wall_count": self.count(copies),
                "mail_count": 0,
                "user_reposted": flag(mine),
            }),
        );
        if !post.postponed {
            put(
                "views",
                json!({ "count": if self.keeps(Rule::CountsAreKept) { post.views } else { 0 } }),
            );
        }
        if let Some(first) = post.copy_of.and_then(|key| self.posts.get(&key))
            && self.keeps(Rule::RepostCarries)
            && self.stands(first)
        {
            put("copy_history", json!([self.post_core(first)]));
        }
        Value::Object(view)
    }

    fn is_pinned(&self, post: &Post) -> bool {
        self.keeps(Rule::PinsComeFirst)
            && self
                .group(-post.owner)
                .is_some_and(|group| group.pinned == Some(post.id))
    }

    pub(super) fn comment_view(&self, comment: &Comment, viewer: Kind, likes: bool) -> Value {
        let mut view = Map::new();
        let mut put = |name: &str, value: Value| {
            view.insert(name.to_owned(), value);
        };
        put("id", json!(comment.id));
        put("from_id", json!(comment.from));
        put("date", json!(comment.date));
        put("text", json!(self.told(&comment.text)));
        put("post_id", json!(comment.post));
        put("owner_id", json!(comment.owner));
        let stack: Vec<i64> = comment.parent.into_iter().collect();
        put("parents_stack", json!(stack));
        if !comment.attachments.is_empty() && self.keeps(Rule::AttachmentsAreShown) {
            put("attachments", self.attachments_view(&comment.attachments));
        }
        if let Some(to) = comment.reply_to {
            put("reply_to_comment", json!(to));
            if let Some(first) = self.comments.get(&(comment.owner, to)) {
                put("reply_to_user", json!(first.from));
            }
        }
        if likes {
            put(
                "likes",
                self.likes_view(COMMENT, (comment.owner, comment.id), viewer),
            );
        }
        let author = self
            .posts
            .get(&(comment.owner, comment.post))
            .map(|post| post.from);
        if author == Some(comment.from) {
            put("is_from_post_author", json!(true));
        }
        Value::Object(view)
    }

    /// Shows on a link's card what the post says of it.
    fn card(&self, attachments: &mut Value, post: &Post) {
        let (title, photo) = &post.card;
        let links = attachments.as_array_mut().into_iter().flatten();
        for link in links.filter_map(|item| item.get_mut("link")?.as_object_mut()) {
            if let Some(title) = title {
                link.insert("title".to_owned(), json!(title));
            }
            if let Some(photo) = photo.and_then(|key| self.photos.get(&key)) {
                link.insert("photo".to_owned(), self.photo_view(photo));
            }
        }
    }

    pub(super) fn photo_view(&self, photo: &Photo) -> Value {
        let (width, height) = photo.size;
        let size = |kind: &str, most: i64| {
            let longest = width.max(height).max(1);
            let most = most.min(longest);
            json!({
                "type": kind,
                "width": (width * most / longest).max(1),
                "height": (height * most / longest).max(1),
                "url": format!("{}/file/photo{}_{}_{kind}.jpg", self.base, photo.owner, photo.id),
            })
        };
        let mut view = json!({
            "album_id": photo.album,
            "date": photo.date,
            "id": photo.id,
            "owner_id": photo.owner,
            "access_key": photo.access,
            "sizes": [size("s", 75), size("x", 604), size("w", 2560)],
            "text": photo.text,
            "has_tags": false,
            "width": width,
            "height": height,
        });
        if photo.owner < 0
            && let Some(view) = view.as_object_mut()
        {
            view.insert("user_id".to_owned(), json!(100));
        }
        view
    }

    pub(super) fn video_view(&self, video: &Video, now: i64) -> Value {
        let mut view = json!({
            "response_type": "full",
            "id": video.id,
            "owner_id": video.owner,
            "title": video.title,
            "description": video.description,
            "duration": 12,
            "date": video.date,
            "views": 0,
            "comments": 0,
            "access_key": video.access,
            "type": "video",
            "image": [{ "url": format!("{}/file/video{}_{}.jpg", self.base, video.owner, video.id),
                        "width": 320, "height": 240, "with_padding": 1 }],
            "is_private": flag(video.private),
        });
        let ready = !video.empty && video.ready_at <= now && self.keeps(Rule::VideosGetReady);
        if let Some(view) = view.as_object_mut()
            && !ready
        {
            view.insert("processing".to_owned(), json!(1));
            view.insert("converting".to_owned(), json!(1));
        }
        view
    }

    pub(super) fn doc_view(&self, doc: &Doc) -> Value {
        let kind = match doc.ext.as_str() {
            "txt" | "pdf" | "doc" | "docx" => 1,
            "zip" | "gz" => 2,
            "gif" => 3,
            "jpg" | "png" => 4,
            "mp4" => 6,
            _ => 8,
        };
        json!({
            "id": doc.id,
            "owner_id": doc.owner,
            "title": doc.title,
            "size": doc.size,
            "ext": doc.ext,
            "date": doc.date,
            "type": kind,
            "url": format!("{}/file/doc{}_{}", self.base, doc.owner, doc.id),
            "access_key": doc.access,
        })
    }

    pub(super) fn poll_view(&self, poll: &Poll, viewer: Kind, now: i64) -> Value {
        let votes: usize = poll.answers.iter().map(|answer| answer.voters.len()).sum();
        let mine: Vec<i64> = poll
            .answers
            .iter()
            .filter(|answer| answer.voters.contains(&viewer.actor()))
            .map(|answer| answer.id)
            .collect();
        let answers: Vec<Value> = poll
            .answers
            .iter()
            .map(|answer| {
                let share = if votes == 0 {
                    0.0
                } else {
                    (answer.voters.len() as f64 * 10_000.0 / votes as f64).round() / 100.0
                };
                json!({ "id": answer.id, "text": answer.text, "votes": answer.voters.len(), "rate": share })
            })
            .collect();
        let closed = poll.ends != 0 && poll.ends <= now;
        json!({
            "id": poll.id,
            "owner_id": poll.owner,
            "author_id": poll.author,
            "created": poll.created,
            "question": poll.question,
            "votes": votes,
            "answers": answers,
            "anonymous": poll.anonymous,
            "multiple": poll.multiple,
            "answer_ids": mine,
            "end_date": poll.ends,
            "closed": closed,
            "is_board": false,
            "can_edit": viewer.actor() == poll.author && votes == 0,
            "can_vote": viewer.user().is_some() && mine.is_empty() && !closed,
            "can_report": false,
            "can_share": true,
            "disable_unvote": poll.disable_unvote,
        })
    }

    /// A message as one side sees it.
    pub(super) fn message_view(&self, message: &Message, viewer: i64) -> Value {
        let out = message.from == viewer;
        let peer = if out { message.to } else { message.from };
        let mut view = json!({
            "id": message.id,
            "conversation_message_id": message.cmid,
            "date": message.date,
            "from_id": message.from,
            "peer_id": peer,
            "out": flag(out),
            "text": message.text,
            "attachments": self.attachments_view(&message.attachments),
            "fwd_messages": [],
            "important": false,
            "is_hidden": false,
            "random_id": if out { message.random } else { 0 },
            "version": 10_000 + message.id,
        });
        let Some(fields) = view.as_object_mut() else {
            return view;
        };
        if let Some(payload) = &message.payload {
            fields.insert("payload".to_owned(), json!(payload));
        }
        if let Some(edited) = message.edited {
            fields.insert("update_time".to_owned(), json!(edited));
        }
        if let Some(admin) = message.admin
            && out
        {
            fields.insert("admin_author_id".to_owned(), json!(admin));
        }
        let first = message
            .reply_to
            .and_then(|id| self.messages.iter().find(|other| other.id == id));
        if let Some(first) = first {
            fields.insert(
                "reply_message".to_owned(),
                json!({
                    "id": first.id,
                    "conversation_message_id": first.cmid,
                    "date": first.date,
                    "from_id": first.from,
                    "peer_id": peer,
                    "text": first.text,
                    "attachments": self.attachments_view(&first.attachments),
                }),
            );
        }
        view
    }

    pub(super) fn user_view(&self, user: &User, fields: &[&str]) -> Value {
        let mut view = json!({
            "id": user.id,
            "first_name": user.first,
            "last_name": user.last,
        });
        let Some(map) = view.as_object_mut() else {
            return view;
        };
        match &user.deactivated {
            Some(why) => {
                map.insert("deactivated".to_owned(), json!(why));
            }
            None => {
                map.insert("can_access_closed".to_owned(), json!(!user.closed));
                map.insert("is_closed".to_owned(), json!(user.closed));
            }
        }
        for field in fields {
            let photo = || json!(format!("{}/file/user{}.jpg", self.base, user.id));
            let value = match *field {
                "screen_name" | "domain" => json!(user.screen_name),
                "photo_50" | "photo_100" | "photo_200" | "photo_max" => photo(),
                "sex" => json!(0),
                "online" | "verified" => json!(0),
                "has_photo" => json!(1),
                _ => continue,
            };
            map.insert((*field).to_owned(), value);
        }
        view
    }

    pub(super) fn group_view(&self, group: &Group, fields: &[&str], viewer: Kind) -> Value {
        let photo = || json!(format!("{}/file/club{}.jpg", self.base, group.id));
        let mut view = json!({
            "id": group.id,
            "name": group.name,
            "screen_name": group.screen_name,
            "is_closed": 0,
            "type": "group",
            "photo_50": photo(),
            "photo_100": photo(),
            "photo_200": photo(),
        });
        let Some(map) = view.as_object_mut() else {
            return view;
        };
        if let Some(user) = viewer.user() {
            let admin = group.admins.contains(&user);
            map.insert("is_admin".to_owned(), json!(flag(admin)));
            if admin {
                map.insert("admin_level".to_owned(), json!(3));
            }
            let member = group.members.contains_key(&user);
            map.insert("is_member".to_owned(), json!(flag(member)));
            map.insert("is_advertiser".to_owned(), json!(flag(admin)));
        }
        for field in fields {
            let value = match *field {
                "members_count" => json!(group.members.len()),
                "description" => json!(""),
                "can_post" => json!(flag(group.open_wall)),
                "can_message" => json!(1),
                "verified" => json!(0),
                "wall" => json!(if group.open_wall { 1 } else { 2 }),
                _ => continue,
            };
            map.insert((*field).to_owned(), value);
        }
        view
    }

    /// Adds the profiles and communities of these numbers to an answer.
    pub(super) fn extend(
        &self,
        answer: &mut Value,
        ids: impl IntoIterator<Item = i64>,
        viewer: Kind,
    ) {
        let ids: BTreeSet<i64> = ids.into_iter().collect();
        let told = self.keeps(Rule::ExtendedTells);
        let fields = ["screen_name", "photo_50", "photo_100", "sex", "online"];
        let profiles: Vec<Value> = ids
            .iter()
            .filter_map(|id| self.users.get(id).filter(|_| told))
            .map(|user| self.user_view(user, &fields))
            .collect();
        let groups: Vec<Value> = ids
            .iter()
            .filter_map(|id| self.groups.get(&-id).filter(|_| told))
            .map(|group| self.group_view(group, &[], viewer))
            .collect();
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("profiles".to_owned(), json!(profiles));
            answer.insert("groups".to_owned(), json!(groups));
        }
    }

    /// Everybody that a post names: its owner, its authors, and those of what it copies.
    pub(super) fn people_of(&self, post: &Post) -> Vec<i64> {
        let mut ids = vec![post.owner, post.from];
        ids.extend(post.signer);
        if let Some(first) = post.copy_of.and_then(|key| self.posts.get(&key)) {
            ids.extend([first.owner, first.from]);
        }
        ids
    }

    /// One page of a listing that goes from new to old, with how many there are.
    pub(super) fn cut<T>(&self, mut items: Vec<T>, offset: usize, count: usize) -> (usize, Vec<T>) {
        let total = items.len();
        if !self.keeps(Rule::NewestFirst) {
            items.reverse();
        }
        let offset = if self.keeps(Rule::Offsets) { offset } else { 0 };
        let count = if self.keeps(Rule::CountIsKept) {
            count
        } else {
            count.min(1)
        };
        let page: Vec<T> = items.into_iter().skip(offset).take(count).collect();
        let total = if self.keeps(Rule::TotalsAreTold) {
            total
        } else {
            page.len()
        };
        (total, page)
    }
}
