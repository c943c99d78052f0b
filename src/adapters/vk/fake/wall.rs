//! Writing on walls.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::access::Kind;
use super::attach;
use super::faults::Rule;
use super::limits::day;
use super::routes::Call;
use super::state::{Attachment, Key, Post, World};
use super::wire::{Answer, Refusal};

/// How long a deleted post can be restored, in seconds.
const RESTORE_WINDOW: i64 = 5 * 3600;
/// Posts that are marked as advertising, a day.
const ADS_A_DAY: usize = 5;

fn cannot_add(why: &str) -> Refusal {
    let colon = if why.is_empty() { "" } else { ": " };
    Refusal::new(214, format!("Access to adding post denied{colon}{why}"))
}

pub(super) fn no_post() -> Refusal {
    Refusal::new(210, "Access to wall's post denied")
}

/// What a post is made of.
pub(super) struct Making {
    pub(super) owner: i64,
    pub(super) from: i64,
    pub(super) by: i64,
    pub(super) text: String,
    pub(super) attachments: Vec<Attachment>,
    pub(super) date: i64,
}

impl World {
    /// Puts a post on a wall. It is published unless its date lies ahead.
    pub(super) fn add_post(&mut self, making: Making, now: i64) -> &mut Post {
        let id = self.number(making.owner);
        let ahead = making.date > now;
        let post = Post {
            owner: making.owner,
            id,
            from: making.from,
            created_by: making.by,
            signer: None,
            date: making.date,
            edited: None,
            text: making.text,
            attachments: making.attachments,
            ads: false,
            comments_closed: false,
            copyright: None,
            card: (None, None),
            place: None,
            copy_of: None,
            postponed: ahead && self.keeps(Rule::ScheduledWait),
            was_postponed: None,
            deleted: None,
            views: 0,
        };
        self.posts.entry(post.key()).or_insert(post)
    }

    /// Publishes what waited and whose time has come.
    pub(super) fn catch_up(&mut self, now: i64) {
        self.now = now;
        if !self.keeps(Rule::ScheduledAppear) {
            return;
        }
        let mut due: Vec<(i64, Key)> = self
            .posts
            .values()
            .filter(|post| post.postponed && post.deleted.is_none() && post.date <= now)
            .map(|post| (post.date, post.key()))
            .collect();
        due.sort_unstable();
        for (date, key) in due {
            self.publish(key, date);
        }
    }

    /// Publishes a post that waits, and tells the number under which it stands from now on.
    fn publish(&mut self, key: Key, date: i64) -> i64 {
        let Some(mut post) = self.posts.remove(&key) else {
            return key.1;
        };
        if self.keeps(Rule::ScheduledGetNewNumbers) {
            post.was_postponed = Some(post.id);
            post.id = self.number(post.owner);
        }
        post.postponed = false;
        post.date = date;
        let key = post.key();
        self.posts.insert(key, post);
        self.tell_post("wall_post_new", key, date);
        key.1
    }

    /// Whether the caller may change a post.
    fn may_change(&self, post: &Post, kind: Kind) -> bool {
        let actor = kind.actor();
        post.from == actor
            || post.created_by == actor
            || post.owner == actor
            || kind
                .user()
                .is_some_and(|user| self.is_admin(user, -post.owner))
            || !self.keeps(Rule::ManagersOnly)
    }

    fn post_text(&self, call: &Call<'_>) -> Result<(String, Vec<Attachment>), Refusal> {
        let text = call.p.text("message").unwrap_or_default().to_owned();
        let most = if self.keeps(Rule::TextLimit) {
            self.settings.text_limit
        } else {
            100
        };
        if text.encode_utf16().count() > most {
            return Err(Refusal::param("message is too long"));
        }
        let attachments = self.attachments(&call.p.list("attachments"), call.kind())?;
        if text.trim().is_empty()
            && !Self::carries(&attachments)
            && self.keeps(Rule::EmptyPostIsRefused)
        {
            return Err(Refusal::param("message or attachments is undefined"));
        }
        Ok((text, attachments))
    }

    /// The first answer to this `guid`, while it is good.
    pub(super) fn first_of(
        &self,
        actor: i64,
        wall: i64,
        guid: &str,
        now: Timestamp,
    ) -> Option<i64> {
        let life = if self.keeps(Rule::GuidHour) {
            SignedDuration::from_hours(1)
        } else {
            SignedDuration::from_mins(1)
        };
        let (id, at) = self.guids.get(&(actor, wall, guid.to_owned()))?;
        (now.duration_since(*at) < life).then_some(*id)
    }

    pub(super) fn wall_post(&mut self, call: &Call<'_>) -> Answer {
        let (kind, now) = (call.kind(), call.second());
        let owner = self.owner(call.p.int("owner_id"), kind)?;
        if let Some(id) = call.p.int("post_id") {
            let waits = self.posts.get(&(owner, id)).filter(|post| post.postponed);
            if waits.is_none() || !self.sees_postponed(&kind, owner) {
                return Err(no_post());
            }
            let id = self.publish((owner, id), now);
            return Ok(json!({ "post_id": id }));
        }
        if !self.exists(owner) {
            return Err(cannot_add(""));
        }
        let for_group = owner < 0 && (call.p.flag("from_group") || kind.user().is_none());
        let manages = match kind {
            Kind::User { id, .. } => owner == id || self.is_admin(id, -owner),
            Kind::Community(id) => owner == -id,
            Kind::Service => false,
        };
        let open = self.group(-owner).is_some_and(|group| group.open_wall);
        let may = manages
            || (!for_group && open)
            || (for_group && !self.keeps(Rule::FromGroupNeedsAdmin));
        if !may {
            return Err(cannot_add(""));
        }
        let from = if for_group && self.keeps(Rule::FromGroup) {
            owner
        } else {
            kind.actor()
        };
        let (text, attachments) = self.post_text(call)?;
        let guid = call.p.text("guid").filter(|_| self.keeps(Rule::Guid));
        if let Some(first) =
            guid.and_then(|guid| self.first_of(kind.actor(), owner, guid, call.now))
        {
            return Ok(json!({ "post_id": first }));
        }
        let date = self.schedule(call, owner, None)?;
        self.daily(call, owner, kind.actor(), date.is_some())?;
        let making = Making {
            owner,
            from,
            by: kind.actor(),
            text,
            attachments,
            date: date.unwrap_or(now),
        };
        let signed = call.p.flag("signed") && for_group && self.keeps(Rule::Signature);
        let ads = call.p.flag("mark_as_ads") && self.keeps(Rule::AdsMark);
        let post = self.add_post(making, now);
        post.signer = kind.user().filter(|_| signed);
        post.ads = ads;
        post.comments_closed = call.p.flag("close_comments");
        post.copyright = call.p.text("copyright").map(str::to_owned);
        post.card = (
            call.p.text("link_title").map(str::to_owned),
            call.p
                .text("link_photo_id")
                .and_then(attach::key)
                .map(|(key, _)| key),
        );
        post.place = call.place();
        if date.is_some() && !post.postponed {
            post.date = now;
        }
        let (key, waits) = (post.key(), post.postponed);
        if let Some(guid) = call.p.text("guid") {
            self.guids
                .insert((kind.actor(), owner, guid.to_owned()), (key.1, call.now));
        }
        if waits {
            self.tell_schedule("wall_schedule_post_new", key, now);
        } else {
            self.tell_post("wall_post_new", key, now);
        }
        Ok(json!({ "post_id": key.1 }))
    }

    /// The time that a call asks for; none where it is now.
    fn schedule(
        &self,
        call: &Call<'_>,
        owner: i64,
        but: Option<i64>,
    ) -> Result<Option<i64>, Refusal> {
        let Some(date) = call.p.int("publish_date").filter(|date| *date != 0) else {
            return Ok(None);
        };
        if date <= call.second() {
            return if self.keeps(Rule::ScheduleInFuture) {
                Err(Refusal::param("publish_date is invalid"))
            } else {
                Ok(None)
            };
        }
        let taken = self.posts.values().any(|post| {
            post.owner == owner
                && post.postponed
                && post.deleted.is_none()
                && post.date == date
                && Some(post.id) != but
        });
        if taken && self.keeps(Rule::ScheduleConflict) {
            return Err(cannot_add("a post is already scheduled for this time"));
        }
        Ok(Some(date))
    }

    /// The limits of a day: posts, scheduled posts, advertising.
    fn daily(
        &self,
        call: &Call<'_>,
        owner: i64,
        actor: i64,
        scheduled: bool,
    ) -> Result<(), Refusal> {
        if !self.limits.on {
            return Ok(());
        }
        let today = day(call.now);
        let on_day =
            |post: &&Post| Timestamp::from_second(post.date).is_ok_and(|date| day(date) == today);
        let own = || {
            self.posts
                .values()
                .filter(|post| post.owner == owner && post.created_by == actor)
        };
        let most = if self.keeps(Rule::PostsADay) {
            self.settings.posts_a_day
        } else {
            2
        };
        let waiting = own().filter(|post| post.postponed).count();
        if scheduled && waiting >= self.settings.scheduled_in_all {
            return Err(cannot_add("too many scheduled posts"));
        }
        if scheduled && waiting >= self.settings.scheduled_a_day {
            return Err(cannot_add(&format!(
                "you can only schedule {} posts a day",
                self.settings.scheduled_a_day
            )));
        }
        if !scheduled && own().filter(|post| !post.postponed).filter(on_day).count() >= most {
            return Err(cannot_add(&format!("you can only add {most} posts a day")));
        }
        let ads = own().filter(|post| post.ads).filter(on_day).count();
        if call.p.flag("mark_as_ads") && ads >= ADS_A_DAY {
            return Err(Refusal::new(224, "Too many ads posts"));
        }
        Ok(())
    }

    /// A post that a call names and that its caller may change.
    fn changeable(&self, call: &Call<'_>) -> Result<Key, Refusal> {
        let owner = self.owner(call.p.int("owner_id"), call.kind())?;
        let id = call.p.id("post_id")?;
        let post = self
            .posts
            .get(&(owner, id))
            .filter(|post| post.deleted.is_none())
            .ok_or_else(|| Refusal::denied("post or comment deleted"))?;
        if self.may_change(post, call.kind()) {
            Ok(post.key())
        } else {
            Err(no_post())
        }
    }

    pub(super) fn wall_edit(&mut self, call: &Call<'_>) -> Answer {
        let key = self.changeable(call)?;
        let now = call.second();
        let (text, attachments) = self.post_text(call)?;
        let date = self.schedule(call, key.0, Some(key.1))?;
        let window = self.settings.edit_window;
        let drops = self.keeps(Rule::EditDropsAttachments);
        let limited = self.keeps(Rule::EditWindow);
        let ads = call.p.raw("mark_as_ads").is_some() && self.keeps(Rule::AdsMark);
        let post = self.posts.get_mut(&key).ok_or_else(no_post)?;
        if !post.postponed && limited && now - post.date > window {
            return Err(cannot_add("edit time expired"));
        }
        post.text = text;
        if drops || !attachments.is_empty() {
            post.attachments = attachments;
        }
        if ads {
            post.ads = call.p.flag("mark_as_ads");
        }
        if call.p.raw("close_comments").is_some() {
            post.comments_closed = call.p.flag("close_comments");
        }
        if let Some(copyright) = call.p.raw("copyright") {
            post.copyright = Some(copyright.to_owned()).filter(|text| !text.is_empty());
        }
        if let Some(place) = call.place() {
            post.place = Some(place);
        }
        if !post.postponed {
            post.edited = Some(now);
            return Ok(json!({ "post_id": key.1 }));
        }
        post.date = date.unwrap_or(post.date);
        self.tell_schedule("wall_schedule_post_delete", key, now);
        if date.is_none() && self.keeps(Rule::EditWithoutDatePublishes) {
            let id = self.publish(key, now);
            return Ok(json!({ "post_id": id }));
        }
        self.tell_schedule("wall_schedule_post_new", key, now);
        Ok(json!({ "post_id": key.1 }))
    }

    pub(super) fn wall_delete(&mut self, call: &Call<'_>) -> Answer {
        let owner = self.owner(call.p.int("owner_id"), call.kind())?;
        let key = (owner, call.p.id("post_id")?);
        let found = self
            .posts
            .get(&key)
            .filter(|post| post.deleted.is_none())
            .cloned();
        let Some(post) = found else {
            return if self.keeps(Rule::MissingIsTold) {
                Err(Refusal::new(104, "Not found"))
            } else {
                Ok(json!(1))
            };
        };
        if !self.may_change(&post, call.kind()) {
            return Err(no_post());
        }
        let now = call.second();
        if let Some(post) = self.posts.get_mut(&key) {
            post.deleted = Some(now);
        }
        if post.postponed {
            self.tell_schedule("wall_schedule_post_delete", key, now);
        }
        Ok(json!(1))
    }

    pub(super) fn wall_restore(&mut self, call: &Call<'_>) -> Answer {
        let owner = self.owner(call.p.int("owner_id"), call.kind())?;
        let key = (owner, call.p.id("post_id")?);
        let post = self.posts.get(&key).cloned().ok_or_else(no_post)?;
        let since = post.deleted.ok_or_else(no_post)?;
        if !self.may_change(&post, call.kind()) || call.second() - since > RESTORE_WINDOW {
            return Err(no_post());
        }
        if self.keeps(Rule::RestoreBringsBack)
            && let Some(post) = self.posts.get_mut(&key)
        {
            post.deleted = None;
        }
        Ok(json!(1))
    }

    pub(super) fn wall_pin(&mut self, call: &Call<'_>, pinned: bool) -> Answer {
        let key = self.changeable(call)?;
        let managed = call
            .kind()
            .user()
            .is_some_and(|user| user == key.0 || self.is_admin(user, -key.0));
        if !managed && self.keeps(Rule::ManagersOnly) {
            return Err(Refusal::denied("you should be group moderator"));
        }
        if self.posts.get(&key).is_none_or(|post| post.postponed) {
            return Err(no_post());
        }
        if let Some(group) = self.groups.get_mut(&-key.0) {
            if pinned {
                group.pinned = Some(key.1);
            } else if group.pinned == Some(key.1) {
                group.pinned = None;
            }
        }
        Ok(json!(1))
    }

    pub(super) fn wall_repost(&mut self, call: &Call<'_>) -> Answer {
        let object = call.p.text("object").unwrap_or_default();
        let first = object
            .strip_prefix("wall")
            .and_then(attach::key)
            .and_then(|(key, _)| self.posts.get(&key))
            .filter(|post| self.stands(post) && !post.postponed)
            .ok_or_else(|| Refusal::param("object is invalid"))?
            .key();
        let kind = call.kind();
        let owner = match call.p.int("group_id").filter(|id| *id != 0) {
            Some(id) => -self.managed(Some(id), kind)?,
            None => kind.actor(),
        };
        let now = call.second();
        self.daily(call, owner, kind.actor(), false)?;
        let text = call.p.text("message").unwrap_or_default().to_owned();
        let id = self.copy(first, owner, kind.actor(), text, now);
        Ok(json!({
            "success": 1,
            "post_id": id,
            "reposts_count": self.copies(first).count(),
            "wall_repost_count": self.copies(first).count(),
            "mail_repost_count": 0,
            "likes_count": self.like_list(super::views::POST, first).len(),
        }))
    }

    /// Copies a post to a wall.
    pub(super) fn copy(&mut self, first: Key, owner: i64, by: i64, text: String, now: i64) -> i64 {
        let making = Making {
            owner,
            from: owner,
            by,
            text,
            attachments: Vec::new(),
            date: now,
        };
        let post = self.add_post(making, now);
        post.copy_of = Some(first);
        let key = post.key();
        if owner < 0 {
            self.tell_post("wall_post_new", key, now);
        }
        if first.0 < 0 {
            let view = self
                .posts
                .get(&key)
                .map_or(Value::Null, |post| self.event_post(post));
            self.tell(-first.0, "wall_repost", view, now);
        }
        key.1
    }
}
