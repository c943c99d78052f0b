//! Likes, reactions, reposts, bookmarks, votes, follows, reading; and moderation.

use jiff::Timestamp;

use super::ids;
use super::journal::RecordKind;
use super::state::{Ask, Mark, Marks, No, State};
use crate::adapters::memory::wire::EngagedSays;
use crate::error::Rule;
use crate::model::{Action, Engagement, EventKind, Moderation, ModerationAction, Target};

const NO_POST: No = No::NotFound("there is no such post");

fn wrong_target(what: &str) -> No {
    No::invalid(Rule::Malformed, "target", format!("this is done to {what}"))
}

impl State {
    /// The post that a target names, live and visible.
    fn target_post(&self, me: &str, target: &Target) -> Ask<u64> {
        let Target::Post(post) = target else {
            return Err(wrong_target("a post"));
        };
        let number = ids::post_number(post.id.as_str())?;
        if self.visible(me, number)?.live.is_none() {
            return Err(NO_POST);
        }
        Ok(number)
    }

    fn target_account(&self, me: &str, target: &Target) -> Ask<String> {
        let Target::Account(account) = target else {
            return Err(wrong_target("an account"));
        };
        let handle = self.handle_of(me, account)?;
        if handle == me {
            return Err(wrong_target("another account, not to one's own"));
        }
        Ok(handle)
    }

    fn mark(&mut self, who: &str, now: Timestamp) -> Mark {
        Mark {
            who: who.to_owned(),
            number: self.number(),
            at: now,
            sign: None,
            choices: Vec::new(),
        }
    }

    pub(super) fn engage(
        &mut self,
        me: &str,
        target: &Target,
        engagement: &Engagement,
        now: Timestamp,
    ) -> Ask<EngagedSays<'static>> {
        let on = engagement.on;
        let mut id = None;
        let changed = match &engagement.action {
            Action::Like => {
                let post = self.target_post(me, target)?;
                self.engage_post(me, post, on, now, EventKind::Like, |p| &mut p.likes)?
            }
            Action::Repost => {
                let post = self.target_post(me, target)?;
                let changed =
                    self.engage_post(me, post, on, now, EventKind::Repost, |p| &mut p.reposts)?;
                let mark = self.posts.get(&post).and_then(|p| p.reposts.of(me));
                id = mark.map(|m| format!("memory:repost:{}", m.number));
                changed
            }
            Action::Bookmark => {
                let post = self.target_post(me, target)?;
                let mark = self.mark(me, now);
                let row = self.posts.get_mut(&post).ok_or(NO_POST)?;
                set(&mut row.bookmarks, mark, on)
            }
            Action::React(sign) => self.react(me, self.target_post(me, target)?, sign, on, now)?,
            Action::Vote(choices) => {
                self.vote(me, self.target_post(me, target)?, choices, on, now)?
            }
            Action::Follow => {
                let whom = self.target_account(me, target)?;
                self.follow(me, &whom, on, now)?
            }
            Action::MarkRead => self.mark_read(me, target, on)?,
        };
        if changed {
            self.record_engagement(me, target, engagement, now);
        }
        Ok(EngagedSays {
            on,
            changed,
            id: id.map(Into::into),
        })
    }

    /// Records an engagement with a post or an account.
    fn record_engagement(
        &mut self,
        me: &str,
        target: &Target,
        engagement: &Engagement,
        now: Timestamp,
    ) {
        let id = match target {
            Target::Post(post) => post.id.as_str().to_owned(),
            Target::Account(account) => match self.handle_of(me, account) {
                Ok(handle) => ids::account_id(&handle),
                Err(_) => return,
            },
            _ => return,
        };
        let kind = if engagement.on {
            RecordKind::Engaged
        } else {
            RecordKind::Disengaged
        };
        let what = engagement.operation().as_str().to_owned();
        self.record(kind, me, now, id, None, what);
    }

    fn engage_post(
        &mut self,
        me: &str,
        number: u64,
        on: bool,
        now: Timestamp,
        kind: EventKind,
        marks: impl Fn(&mut super::state::PostRow) -> &mut Marks,
    ) -> Ask<bool> {
        let mark = self.mark(me, now);
        let post = self.posts.get_mut(&number).ok_or(NO_POST)?;
        let changed = set(marks(post), mark, on);
        if changed && on {
            self.after_engagement(me, number, kind, None, now);
        }
        Ok(changed)
    }

    /// More eyes see the post, and its author hears of it.
    fn after_engagement(
        &mut self,
        me: &str,
        number: u64,
        kind: EventKind,
        sign: Option<String>,
        now: Timestamp,
    ) {
        let Some(post) = self.posts.get_mut(&number) else {
            return;
        };
        post.boosts.push(now);
        let author = post.author.clone();
        self.tell(&author, kind, me, now, |event| {
            event.target = Some(number);
            event.sign = sign;
        });
    }

    fn react(&mut self, me: &str, number: u64, sign: &str, on: bool, now: Timestamp) -> Ask<bool> {
        if sign.trim().is_empty() {
            return Err(No::invalid(
                Rule::Empty,
                "sign",
                "a reaction needs a sign, such as an emoji",
            ));
        }
        let mut mark = self.mark(me, now);
        mark.sign = Some(sign.to_owned());
        let post = self.posts.get_mut(&number).ok_or(NO_POST)?;
        let same = |m: &Mark| m.who == me && m.sign.as_deref() == Some(sign);
        let there = post.reactions.0.iter().any(same);
        if there == on {
            return Ok(false);
        }
        if on {
            post.reactions.0.push(mark);
            let sign = Some(sign.to_owned());
            self.after_engagement(me, number, EventKind::Reaction, sign, now);
        } else {
            post.reactions.0.retain(|m| !same(m));
        }
        Ok(true)
    }

    fn vote(
        &mut self,
        me: &str,
        number: u64,
        choices: &[u32],
        on: bool,
        now: Timestamp,
    ) -> Ask<bool> {
        let mut mark = self.mark(me, now);
        let post = self.posts.get_mut(&number).ok_or(NO_POST)?;
        let poll = post
            .poll
            .as_mut()
            .ok_or(No::NotFound("the post has no poll"))?;
        let there = poll.votes.of(me).map(|m| m.choices.clone());
        let mut choices = choices.to_vec();
        choices.sort_unstable();
        choices.dedup();
        if on {
            let count = poll.options.len() as u32;
            if choices.is_empty() || choices.iter().any(|c| *c >= count) {
                return Err(No::invalid(
                    Rule::Malformed,
                    "choices",
                    format!("choose options by their positions, from 0 to {}", count - 1),
                ));
            }
            if choices.len() > 1 && !poll.multiple {
                return Err(No::invalid(
                    Rule::TooMany,
                    "choices",
                    "this poll takes one choice",
                ));
            }
            if there.as_ref() == Some(&choices) {
                return Ok(false);
            }
        } else if there.is_none() {
            return Ok(false);
        }
        if now >= poll.closes_at {
            return Err(No::Closed("the poll is closed: no vote can be changed"));
        }
        poll.votes.remove(me);
        if on {
            mark.choices = choices;
            poll.votes.0.push(mark);
            if there.is_none() {
                self.after_engagement(me, number, EventKind::Vote, None, now);
            }
        }
        Ok(true)
    }

    pub(super) fn follow(&mut self, me: &str, whom: &str, on: bool, now: Timestamp) -> Ask<bool> {
        if on && self.apart(me, whom) {
            return Err(No::Forbidden("both sides not to block each other"));
        }
        let mark = self.mark(me, now);
        let mut mirror = mark.clone();
        mirror.who = whom.to_owned();
        let theirs = self.account_mut(whom)?;
        let changed = set(&mut theirs.followers, mark, on);
        if changed {
            theirs.moves.push((now, on));
            set(&mut self.account_mut(me)?.following, mirror, on);
            let kind = if on {
                EventKind::Follow
            } else {
                EventKind::Unfollow
            };
            self.tell(whom, kind, me, now, |_| {});
        }
        Ok(changed)
    }

    fn mark_read(&mut self, me: &str, target: &Target, on: bool) -> Ask<bool> {
        let last = if on { self.last } else { 0 };
        let unread = |before: u64, newest: u64| before < newest;
        match target {
            Target::Notifications => {
                let newest = self.events.iter().rev().find(|e| e.to == me);
                let newest = newest.map_or(0, |e| e.number);
                let row = self.account_mut(me)?;
                let before = std::mem::replace(&mut row.seen, last);
                Ok(unread(before, newest) != unread(last, newest))
            }
            Target::Conversation(id) => {
                let number = ids::conversation_number(id.as_str())?;
                self.my_conversation(me, number)?;
                let row = self
                    .conversations
                    .get_mut(&number)
                    .ok_or(No::NotFound("there is no such conversation"))?;
                let newest = row.messages.last().copied().unwrap_or_default();
                let before = row.read.insert(me.to_owned(), last).unwrap_or_default();
                Ok(unread(before, newest) != unread(last, newest))
            }
            _ => Err(wrong_target("a conversation or the notifications")),
        }
    }

    pub(super) fn moderate(
        &mut self,
        me: &str,
        moderation: &Moderation,
        now: Timestamp,
    ) -> Ask<()> {
        let on = moderation.on;
        let target = &moderation.target;
        match moderation.action {
            ModerationAction::Hide => {
                let number = self.target_post(me, target)?;
                let post = self.posts.get(&number).ok_or(NO_POST)?;
                let parents = [post.reply_to, Some(post.thread)];
                let mut owners = parents.into_iter().flatten().filter(|n| *n != number);
                if !owners.any(|n| self.posts.get(&n).is_some_and(|p| p.author == me)) {
                    return Err(No::Forbidden(
                        "to be the author of the post that it answers",
                    ));
                }
                if let Some(post) = self.posts.get_mut(&number) {
                    post.hidden = on;
                }
            }
            ModerationAction::Restore => {
                let Target::Post(post) = target else {
                    return Err(wrong_target("a post"));
                };
                let number = ids::post_number(post.id.as_str())?;
                if on {
                    self.restore(me, number, now)?;
                } else {
                    self.delete(me, number, now)?;
                }
            }
            ModerationAction::Pin | ModerationAction::CloseComments => {
                let number = self.target_post(me, target)?;
                let post = self.posts.get_mut(&number).ok_or(NO_POST)?;
                if post.author != me {
                    return Err(No::Forbidden("to be the post's author"));
                }
                if moderation.action == ModerationAction::CloseComments {
                    post.closed = on;
                } else {
                    let pinned = &mut self.account_mut(me)?.pinned;
                    pinned.retain(|n| *n != number);
                    if on {
                        pinned.insert(0, number);
                    }
                }
            }
            ModerationAction::Block => {
                let whom = self.target_account(me, target)?;
                let mark = self.mark(&whom, now);
                if on {
                    self.follow(me, &whom, false, now)?;
                    self.follow(&whom, me, false, now)?;
                }
                set(&mut self.account_mut(me)?.blocked, mark, on);
            }
            ModerationAction::Mute => {
                let whom = self.target_account(me, target)?;
                let mark = self.mark(&whom, now);
                set(&mut self.account_mut(me)?.muted, mark, on);
            }
        }
        Ok(())
    }
}

/// Sets or takes a mark, and tells whether that changed anything.
fn set(marks: &mut Marks, mark: Mark, on: bool) -> bool {
    match (marks.has(&mark.who), on) {
        (false, true) => {
            marks.0.push(mark);
            true
        }
        (true, false) => marks.remove(&mark.who),
        _ => false,
    }
}
