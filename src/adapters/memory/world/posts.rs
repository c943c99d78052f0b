//! Publishing, changing, taking away and bringing back.

use jiff::Timestamp;

use super::ids;
use super::journal::RecordKind;
use super::state::{Ask, KeyRow, No, PollRow, PostRow, State};
use crate::adapters::memory::rules;
use crate::adapters::memory::wire::{Card, Change, MediaUse, NewPost};
use crate::error::{Rule, Violation};
use crate::model::{AccountKind, EventKind, MediaKind, Visibility};
use crate::text::{Span, SpanKind, Text, TextLimit};

const NO_POST: No = No::NotFound("there is no such post");

impl State {
    /// A post that this account may see, scheduled ones of its own included.
    pub(super) fn visible(&self, me: &str, number: u64) -> Ask<&PostRow> {
        let post = self.posts.get(&number).ok_or(NO_POST)?;
        let mine = post.author == me;
        if post.deleted_at.is_some() || (!mine && post.live.is_none()) || !self.may_see(me, post) {
            return Err(NO_POST);
        }
        Ok(post)
    }

    /// Whether an account is among those for whom a post is meant.
    pub(super) fn may_see(&self, me: &str, post: &PostRow) -> bool {
        if post.author == me {
            return true;
        }
        if self.apart(me, &post.author) {
            return false;
        }
        let follows = || {
            self.accounts
                .get(&post.author)
                .is_some_and(|author| author.followers.has(me))
        };
        match post.visibility {
            Visibility::Followers => follows() || post.mentions().any(|m| m == me),
            Visibility::Direct => post.mentions().any(|m| m == me),
            _ => true,
        }
    }

    /// A post of this account's own, deleted or not.
    fn own(&self, me: &str, number: u64) -> Ask<&PostRow> {
        let post = self.posts.get(&number).ok_or(NO_POST)?;
        if post.author == me {
            return Ok(post);
        }
        self.visible(me, number)?;
        Err(No::Forbidden("to be the post's author"))
    }

    /// Publishes under a key: a repetition gives the same post.
    pub(super) fn publish(
        &mut self,
        me: &str,
        key: &str,
        new: &NewPost,
        now: Timestamp,
    ) -> Ask<u64> {
        let fingerprint = Self::post_fingerprint(new);
        let row = format!("post/{me}/{key}");
        if let Some(known) = self.keys.get(&row) {
            if known.fingerprint != fingerprint {
                return Err(No::Conflict(
                    "this key was used for another publication: give this one a key of its own",
                ));
            }
            let made = known.made;
            self.record_post(RecordKind::PostRepeated, made, now);
            return Ok(made);
        }
        let number = self.add_post(me, new, now)?;
        self.keys.insert(
            row,
            KeyRow {
                made: number,
                fingerprint,
            },
        );
        Ok(number)
    }

    /// What became of a key.
    pub(super) fn published_as(&self, me: &str, key: &str) -> Option<u64> {
        self.keys.get(&format!("post/{me}/{key}")).map(|k| k.made)
    }

    fn add_post(&mut self, me: &str, new: &NewPost, now: Timestamp) -> Ask<u64> {
        let reply_to = self.reference(me, new.reply_to.as_ref())?;
        let quote = self.reference(me, new.quote.as_ref())?;
        self.check_new(me, new, now)?;
        let mut thread = None;
        let mut place = new
            .place
            .as_ref()
            .map(|place| self.place_for(me, place.as_str()))
            .transpose()?;
        if let Some(parent) = reply_to {
            let parent = self.posts.get(&parent).ok_or(NO_POST)?;
            let root = self.posts.get(&parent.thread).unwrap_or(parent);
            if (parent.closed || root.closed) && root.author != me {
                return Err(No::Forbidden(
                    "open comments, which the post's author has closed",
                ));
            }
            thread = Some(parent.thread);
            place = place.or_else(|| parent.place.clone());
        }
        let text = self.resolved(&new.text);
        let at = new.publish_at.unwrap_or(now);
        let number = self.number();
        let row = PostRow {
            author: me.to_owned(),
            text,
            created_at: new.publish_at.or(new.created_at).unwrap_or(now),
            edited_at: None,
            live_at: at,
            live: None,
            deleted_at: None,
            reply_to,
            thread: thread.unwrap_or(number),
            quote,
            place,
            media: new.media.clone(),
            link: new.link.clone(),
            poll: new.poll.as_ref().map(|poll| PollRow {
                question: poll.question.clone(),
                options: poll.options.clone(),
                multiple: poll.multiple,
                closes_at: at
                    .checked_add(poll.open_for.unwrap_or(rules::POLL_OPEN))
                    .unwrap_or(Timestamp::MAX),
                votes: Default::default(),
            }),
            languages: new.languages.clone(),
            visibility: new.visibility.clone().unwrap_or(Visibility::Public),
            warnings: new.warnings.clone(),
            hidden: false,
            closed: false,
            replies: Vec::new(),
            quotes: Vec::new(),
            likes: Default::default(),
            reactions: Default::default(),
            reposts: Default::default(),
            bookmarks: Default::default(),
            audience: 0,
            boosts: Vec::new(),
        };
        self.posts.insert(number, row);
        self.account_mut(me)?.posts.push(number);
        if at <= now {
            self.appear(number, at);
        } else {
            self.waiting.push(number);
        }
        Ok(number)
    }

    /// Lets the time pass: what waited for its moment appears.
    pub(super) fn tick(&mut self, now: Timestamp) {
        let mut due: Vec<(Timestamp, u64)> = Vec::new();
        let posts = &self.posts;
        self.waiting.retain(|number| match posts.get(number) {
            Some(post) if post.deleted_at.is_some() => true,
            Some(post) if post.live_at <= now => {
                due.push((post.live_at, *number));
                false
            }
            Some(_) => true,
            None => false,
        });
        due.sort_unstable();
        for (at, number) in due {
            self.appear(number, at);
        }
    }

    /// Shows a post to its readers and tells those whom it concerns.
    fn appear(&mut self, number: u64, at: Timestamp) {
        let live = self.number();
        let Some(post) = self.posts.get(&number) else {
            return;
        };
        let author = post.author.clone();
        let (reply_to, quote) = (post.reply_to, post.quote);
        let audience = self.accounts.get(&author).map_or(0, |a| a.followers.len());
        let mut told: Vec<(String, EventKind, Option<u64>)> = Vec::new();
        for (other, kind) in [(reply_to, EventKind::Reply), (quote, EventKind::Quote)] {
            if let Some(other) = other
                && let Some(row) = self.posts.get(&other)
            {
                told.push((row.author.clone(), kind, Some(other)));
            }
        }
        for handle in post.mentions() {
            told.push((handle.to_owned(), EventKind::Mention, None));
        }
        if let Some(place) = &post.place {
            told.push((place.clone(), EventKind::Post, None));
        }
        let followers = self.accounts.get(&author).map(|a| &a.followers);
        let members = post
            .place
            .as_ref()
            .and_then(|place| self.accounts.get(place))
            .map(|p| &p.followers);
        for mark in followers.into_iter().chain(members).flat_map(|m| &m.0) {
            told.push((mark.who.clone(), EventKind::Post, None));
        }
        if let Some(post) = self.posts.get_mut(&number) {
            post.live = Some(live);
            post.live_at = at;
            post.audience = audience;
        }
        self.record_post(RecordKind::Post, number, at);
        for other in [reply_to, quote].into_iter().flatten() {
            if let Some(row) = self.posts.get_mut(&other) {
                row.boosts.push(at);
            }
        }
        if let Some(row) = reply_to.and_then(|n| self.posts.get_mut(&n)) {
            row.replies.push(number);
        }
        if let Some(row) = quote.and_then(|n| self.posts.get_mut(&n)) {
            row.quotes.push(number);
        }
        // Each is told once, of what concerns it most.
        let mut done: Vec<String> = Vec::new();
        for (to, kind, target) in told {
            if !done.contains(&to) {
                self.tell_of_post(&to, kind, &author, number, target, at);
                done.push(to);
            }
        }
    }

    /// Tells an account of a post that it may see.
    fn tell_of_post(
        &mut self,
        to: &str,
        kind: EventKind,
        by: &str,
        number: u64,
        target: Option<u64>,
        at: Timestamp,
    ) {
        let seen = self.posts.get(&number).is_some_and(|p| self.may_see(to, p));
        if seen {
            self.tell(to, kind, by, at, |event| {
                event.post = Some(number);
                event.target = target;
            });
        }
    }

    pub(super) fn edit(
        &mut self,
        me: &str,
        number: u64,
        change: Change,
        now: Timestamp,
    ) -> Ask<()> {
        if self.own(me, number)?.deleted_at.is_some() {
            return Err(NO_POST);
        }
        let post = self.posts.get(&number).ok_or(NO_POST)?;
        let mut found = Vec::new();
        let media = change.media.as_ref().unwrap_or(&post.media);
        let text = change.text.as_ref().unwrap_or(&post.text);
        let limit = self
            .settings
            .text
            .for_draft(!media.is_empty(), post.reply_to.is_some());
        check_length(text.as_str(), limit, "text", &mut found);
        self.check_media(me, media, &mut found);
        self.check_content(me, text, media, change.link.as_ref().or(post.link.as_ref()))?;
        let languages = change.languages.as_ref().unwrap_or(&post.languages);
        check_languages(languages, &mut found);
        let bare = post.quote.is_none() && post.link.is_none() && post.poll.is_none();
        if text.as_str().trim().is_empty() && media.is_empty() && change.link.is_none() && bare {
            found.push(empty());
        }
        if !found.is_empty() {
            return Err(No::Invalid(found));
        }
        let text = change.text.map(|text| self.resolved(&text));
        let Some(post) = self.posts.get_mut(&number) else {
            return Err(NO_POST);
        };
        let mut changed = false;
        macro_rules! take {
            ($($field:ident),*) => {$(
                if let Some(value) = $field && post.$field != value {
                    post.$field = value;
                    changed = true;
                }
            )*};
        }
        let Change {
            media,
            languages,
            warnings,
            link,
            ..
        } = change;
        let link = link.map(Some);
        take!(text, media, languages, warnings, link);
        if changed {
            post.edited_at = Some(now);
            self.record_post(RecordKind::PostEdited, number, now);
            self.tell_readers(number, EventKind::PostEdited, now);
        }
        Ok(())
    }

    /// Takes a post away; `false` where it was gone already.
    pub(super) fn delete(&mut self, me: &str, number: u64, now: Timestamp) -> Ask<bool> {
        if self.own(me, number)?.deleted_at.is_some() {
            return Ok(false);
        }
        self.tell_readers(number, EventKind::PostDeleted, now);
        if let Some(post) = self.posts.get_mut(&number) {
            post.deleted_at = Some(now);
        }
        self.record_post(RecordKind::PostDeleted, number, now);
        Ok(true)
    }

    /// Brings a post back.
    pub(super) fn restore(&mut self, me: &str, number: u64, now: Timestamp) -> Ask<bool> {
        let post = self.own(me, number)?;
        let Some(deleted) = post.deleted_at else {
            return Ok(false);
        };
        let last = deleted
            .checked_add(rules::RESTORE_FOR)
            .unwrap_or(Timestamp::MAX);
        if now > last {
            return Err(No::Closed(
                "a deleted post can be brought back for 30 days: publish it anew",
            ));
        }
        if let Some(post) = self.posts.get_mut(&number) {
            post.deleted_at = None;
        }
        self.record_post(RecordKind::PostRestored, number, now);
        self.tell_readers(number, EventKind::PostRestored, now);
        Ok(true)
    }

    /// Tells all who were told of a post what became of it.
    fn tell_readers(&mut self, number: u64, kind: EventKind, now: Timestamp) {
        let Some(post) = self.posts.get(&number).filter(|p| p.is_live()) else {
            return;
        };
        let author = post.author.clone();
        let parent = post.reply_to.and_then(|n| self.posts.get(&n));
        let mut to: Vec<String> = parent.map(|p| p.author.clone()).into_iter().collect();
        to.extend(post.mentions().map(str::to_owned));
        to.extend(post.place.clone());
        if let Some(row) = self.accounts.get(&author) {
            to.extend(row.followers.0.iter().map(|m| m.who.clone()));
        }
        to.sort_unstable();
        to.dedup();
        for to in to {
            // What is gone is named only; what is there is shown.
            let shown = (kind != EventKind::PostDeleted).then_some(number);
            self.tell(&to, kind.clone(), &author, now, |event| {
                event.post = shown;
                event.target = Some(number);
            });
        }
    }

    fn reference(&self, me: &str, id: Option<&crate::model::PostId>) -> Ask<Option<u64>> {
        let Some(id) = id else { return Ok(None) };
        let number = ids::post_number(id.as_str())?;
        let post = self.visible(me, number)?;
        if post.live.is_none() {
            return Err(NO_POST);
        }
        Ok(Some(number))
    }

    /// The community that a place is, if this account may post there.
    fn place_for(&self, me: &str, id: &str) -> Ask<String> {
        let handle = ids::account(id).unwrap_or(id);
        let row = self
            .accounts
            .get(handle)
            .ok_or(No::NotFound("there is no such place"))?;
        if handle == me || (row.kind == AccountKind::Community && row.followers.has(me)) {
            Ok(handle.to_owned())
        } else {
            Err(No::Forbidden(
                "to be a member of the place: follow it first",
            ))
        }
    }

    /// A text with what it names: mentions resolved to accounts, links and hashtags found.
    fn resolved(&self, text: &Text) -> Text {
        let found = text.clone().detect();
        let spans: Vec<Span> = found
            .spans()
            .iter()
            .map(|span| {
                let mut span = span.clone();
                if let SpanKind::Mention(mention) = &mut span.kind
                    && mention.id.as_deref().and_then(ids::account).is_none()
                {
                    let handle = mention.handle.to_lowercase();
                    mention.id = self
                        .accounts
                        .contains_key(&handle)
                        .then(|| ids::account_id(&handle));
                }
                span
            })
            .collect();
        Text::with_spans(found.as_str(), spans).unwrap_or(found)
    }

    fn check_new(&self, me: &str, new: &NewPost, now: Timestamp) -> Ask<()> {
        let mut found = Vec::new();
        let bare = new.quote.is_none() && new.link.is_none() && new.poll.is_none();
        if new.text.as_str().trim().is_empty() && new.media.is_empty() && bare {
            found.push(empty());
        }
        let limit = self
            .settings
            .text
            .for_draft(!new.media.is_empty(), new.reply_to.is_some());
        check_length(new.text.as_str(), limit, "text", &mut found);
        self.check_media(me, &new.media, &mut found);
        check_languages(&new.languages, &mut found);
        if let Some(poll) = &new.poll {
            let (min, max) = rules::POLL_OPTIONS;
            let count = poll.options.len() as u64;
            if !(u64::from(min)..=u64::from(max)).contains(&count) {
                let rule = if count < min.into() {
                    Rule::TooFew
                } else {
                    Rule::TooMany
                };
                let message = format!("a poll has {min} to {max} options");
                let limit = if count < min.into() { min } else { max };
                found.push(Violation::error(rule, "poll.options", message).measured(
                    limit.into(),
                    count,
                    "options",
                ));
            }
            for (i, option) in poll.options.iter().enumerate() {
                let limit = self.settings.text.poll_option.as_ref();
                check_length(option, limit, &format!("poll.options[{i}]"), &mut found);
            }
        }
        if let Some(at) = new.publish_at
            && at <= now
        {
            let message = "the time to publish it is past: leave it out, or name a later one";
            found.push(Violation::error(Rule::Time, "schedule", message));
        }
        if !found.is_empty() {
            return Err(No::Invalid(found));
        }
        self.check_content(me, &new.text, &new.media, new.link.as_ref())?;
        let repeated = self.settings.repeat_window.and_then(|window| {
            let since = now.checked_sub(window).unwrap_or(Timestamp::MIN);
            let mine = self.accounts.get(me).map(|a| &a.posts)?;
            mine.iter().rev().copied().find(|number| {
                self.posts.get(number).is_some_and(|p| {
                    p.is_live() && p.live_at >= since && p.text.as_str() == new.text.as_str()
                })
            })
        });
        match repeated {
            Some(earlier) => Err(No::Duplicate(earlier)),
            None => Ok(()),
        }
    }

    /// What the network wants in no post or message.
    pub(super) fn check_content(
        &self,
        me: &str,
        text: &Text,
        media: &[MediaUse],
        link: Option<&Card>,
    ) -> Ask<()> {
        let lower = text.as_str().to_lowercase();
        if let Some(word) = self.settings.unwanted.iter().find(|w| lower.contains(*w)) {
            return Err(No::Rejected(word.clone()));
        }
        let files = media.iter().map(|m| &m.id);
        let thumbnail = link.and_then(|l| l.thumbnail.as_ref());
        for id in files.chain(thumbnail) {
            let number = ids::media_number(id.as_str())?;
            if self.media.get(&number).is_none_or(|row| row.owner != me) {
                return Err(No::NotFound("there is no such file: upload it first"));
            }
        }
        Ok(())
    }

    pub(super) fn check_media(&self, me: &str, media: &[MediaUse], found: &mut Vec<Violation>) {
        let rules = &self.settings.media;
        let mut kinds: Vec<(&MediaKind, u32)> = Vec::new();
        for (i, file) in media.iter().enumerate() {
            if let Some(alt) = &file.alt {
                let limit = self.settings.text.alt.as_ref();
                check_length(alt, limit, &format!("media[{i}].alt"), found);
            }
            let row = ids::media_number(file.id.as_str())
                .ok()
                .and_then(|number| self.media.get(&number))
                .filter(|row| row.owner == me);
            let Some(row) = row else { continue };
            match kinds.iter_mut().find(|(kind, _)| *kind == &row.kind) {
                Some((_, count)) => *count += 1,
                None => kinds.push((&row.kind, 1)),
            }
        }
        if kinds.len() > 1 && !rules.mixed {
            let message = "files of several kinds cannot stand in one post";
            found.push(Violation::error(Rule::Together, "media", message));
        }
        for (kind, count) in kinds {
            let most = rules.kinds.get(kind).and_then(|l| l.max_count);
            if let Some(most) = most
                && count > most
            {
                let message = format!("there are {count} files of kind {kind}");
                found.push(Violation::error(Rule::TooMany, "media", message).measured(
                    most.into(),
                    count.into(),
                    "files",
                ));
            }
        }
    }
}

fn empty() -> Violation {
    Violation::error(Rule::Empty, "text", "there is nothing to publish")
}

pub(super) fn check_length(
    text: &str,
    limit: Option<&TextLimit>,
    field: &str,
    found: &mut Vec<Violation>,
) {
    if let Some(Err(long)) = limit.map(|l| l.check(text)) {
        found.push(
            Violation::error(Rule::TooLong, field, long.to_string()).measured(
                long.max as u64,
                long.length as u64,
                long.unit,
            ),
        );
    }
}

fn check_languages(languages: &[String], found: &mut Vec<Violation>) {
    let count = languages.len() as u64;
    if count > rules::MAX_LANGUAGES.into() {
        found.push(
            Violation::error(Rule::TooMany, "languages", "there are too many languages").measured(
                rules::MAX_LANGUAGES.into(),
                count,
                "languages",
            ),
        );
    }
}
