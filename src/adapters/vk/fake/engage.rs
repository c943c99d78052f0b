//! Likes and polls.

use serde_json::{Value, json};

use super::access::Kind;
use super::faults::Rule;
use super::routes::Call;
use super::state::{Key, Poll, PollAnswer, World};
use super::views::{COMMENT, POST};
use super::wire::{Answer, Refusal};

/// The longest answer of a poll, in characters.
const LONGEST_ANSWER: usize = 100;
/// The most answers of a poll.
const MOST_ANSWERS: usize = 10;

fn no_object() -> Refusal {
    Refusal::param("object not found")
}

fn no_poll() -> Refusal {
    Refusal::new(251, "Invalid poll id")
}

impl World {
    fn liked(&self, call: &Call<'_>) -> Result<(String, Key), Refusal> {
        let kind = call.p.text("type").unwrap_or_default().to_owned();
        let owner = self.owner(call.p.int("owner_id"), call.kind())?;
        let key = (owner, call.p.id("item_id")?);
        if self.likeable(&kind, key) {
            Ok((kind, key))
        } else {
            Err(no_object())
        }
    }

    /// Adds or takes away a like; tells how many there are.
    pub(super) fn set_like(
        &mut self,
        kind: &str,
        key: Key,
        who: i64,
        liked: bool,
        now: i64,
    ) -> usize {
        let once = self.keeps(Rule::LikesOnce);
        let likes = self
            .likes
            .entry((kind.to_owned(), key.0, key.1))
            .or_default();
        let had = likes.contains(&who);
        if liked && (!had || !once) {
            likes.push(who);
        } else if !liked {
            likes.retain(|other| *other != who);
        }
        let count = likes.len();
        if had != liked && key.0 < 0 {
            let post = match kind {
                COMMENT => self.comments.get(&key).map_or(0, |comment| comment.post),
                // Of a post the number stands in `object_id` alone.
                _ => 0,
            };
            let event = if liked { "like_add" } else { "like_remove" };
            let object = json!({
                "liker_id": who,
                "object_type": kind,
                "object_owner_id": key.0,
                "object_id": key.1,
                "post_id": post,
                "thread_reply_id": 0,
            });
            self.tell(-key.0, event, object, now);
        }
        count
    }

    pub(super) fn like(&mut self, call: &Call<'_>, liked: bool) -> Answer {
        let (kind, key) = self.liked(call)?;
        let who = call.kind().actor();
        let count = self.set_like(&kind, key, who, liked, call.second());
        Ok(json!({ "likes": count }))
    }

    pub(super) fn is_liked(&self, call: &Call<'_>) -> Answer {
        let (kind, key) = self.liked(call)?;
        let who = call.p.int("user_id").unwrap_or_else(|| call.kind().actor());
        let liked = self.like_list(&kind, key).contains(&who);
        let copied = kind == POST && self.copies(key).any(|copy| copy.from == who);
        Ok(json!({ "liked": i64::from(liked), "copied": i64::from(copied) }))
    }

    pub(super) fn like_list_of(&self, call: &Call<'_>) -> Answer {
        let (kind, key) = self.liked(call)?;
        let (offset, count) = call.p.page(100, 1000);
        let copies = call.p.text("filter") == Some("copies");
        let mut who: Vec<i64> = if copies {
            self.copies(key).map(|copy| copy.from).collect()
        } else {
            self.like_list(&kind, key).to_vec()
        };
        who.reverse();
        if !self.keeps(Rule::LikersAreListed) {
            who.clear();
        }
        if call.p.flag("skip_own") {
            who.retain(|id| *id != call.kind().actor());
        }
        let (total, page) = self.cut(who, offset, count);
        if !call.p.flag("extended") {
            return Ok(json!({ "count": total, "items": page }));
        }
        let items: Vec<Value> = page
            .iter()
            .filter_map(|id| self.profile(*id, call.kind()))
            .collect();
        Ok(json!({ "count": total, "items": items }))
    }

    /// A user or a community in a list that holds both.
    fn profile(&self, id: i64, viewer: Kind) -> Option<Value> {
        let (mut view, kind) = if id < 0 {
            (self.group_view(self.group(-id)?, &[], viewer), "group")
        } else {
            (self.user_view(self.users.get(&id)?, &[]), "profile")
        };
        view.as_object_mut()?.insert("type".to_owned(), json!(kind));
        Some(view)
    }

    pub(super) fn create_poll(&mut self, call: &Call<'_>) -> Answer {
        let question = call.p.text("question").unwrap_or_default().to_owned();
        let answers: Vec<String> =
            serde_json::from_str(call.p.text("add_answers").unwrap_or_default())
                .map_err(|_| Refusal::param("add_answers should be a JSON array of strings"))?;
        if question.is_empty() {
            return Err(Refusal::param("question is undefined"));
        }
        let long = |answer: &String| answer.chars().count() > LONGEST_ANSWER || answer.is_empty();
        if answers.is_empty() || answers.len() > MOST_ANSWERS || answers.iter().any(long) {
            return Err(Refusal::param("add_answers is invalid"));
        }
        let ends = call.p.int("end_date").unwrap_or(0);
        if ends != 0 && ends <= call.second() {
            return Err(Refusal::param("end_date is invalid"));
        }
        let kind = call.kind();
        let owner = self.owner(call.p.int("owner_id"), kind)?;
        if owner != kind.actor() {
            self.managed(Some(-owner), kind)?;
        }
        let id = self.next();
        let answers = answers
            .into_iter()
            .map(|text| PollAnswer {
                id: self.next(),
                text,
                voters: Vec::new(),
            })
            .collect();
        let poll = Poll {
            owner,
            id,
            author: kind.actor(),
            question,
            anonymous: call.p.flag("is_anonymous"),
            multiple: call.p.flag("is_multiple"),
            disable_unvote: call.p.flag("disable_unvote"),
            created: call.second(),
            ends,
            answers,
        };
        let view = self.poll_view(&poll, kind, call.second());
        self.polls.insert((owner, id), poll);
        Ok(view)
    }

    fn poll_of(&self, call: &Call<'_>) -> Result<&Poll, Refusal> {
        let owner = self.owner(call.p.int("owner_id"), call.kind())?;
        let id = call.p.id("poll_id")?;
        self.polls.get(&(owner, id)).ok_or_else(no_poll)
    }

    pub(super) fn get_poll(&self, call: &Call<'_>) -> Answer {
        let poll = self.poll_of(call)?;
        let mut view = self.poll_view(poll, call.kind(), call.second());
        if call.p.flag("extended")
            && let Some(fields) = view.as_object_mut()
        {
            let profiles: Vec<Value> = self
                .users
                .get(&poll.author)
                .map(|user| self.user_view(user, &[]))
                .into_iter()
                .collect();
            fields.insert("profiles".to_owned(), json!(profiles));
        }
        Ok(view)
    }

    /// Votes for somebody.
    pub(super) fn set_vote(
        &mut self,
        key: Key,
        who: i64,
        answers: &[i64],
        now: i64,
    ) -> Result<bool, Refusal> {
        let (counts, ends_count) = (self.keeps(Rule::VotesCount), self.keeps(Rule::PollEnds));
        let poll = self.polls.get_mut(&key).ok_or_else(no_poll)?;
        if poll.ends != 0 && poll.ends <= now && ends_count {
            return Err(Refusal::new(250, "Access to poll denied"));
        }
        let known = answers
            .iter()
            .all(|id| poll.answers.iter().any(|answer| answer.id == *id));
        if answers.is_empty() || !known || (answers.len() > 1 && !poll.multiple) {
            return Err(Refusal::new(252, "Invalid answer id"));
        }
        if poll
            .answers
            .iter()
            .any(|answer| answer.voters.contains(&who))
        {
            return Ok(false);
        }
        if !counts {
            return Ok(true);
        }
        for answer in &mut poll.answers {
            if answers.contains(&answer.id) {
                answer.voters.push(who);
            }
        }
        if key.0 < 0 && !poll.anonymous {
            for option in answers {
                let object = json!({
                    "owner_id": key.0,
                    "poll_id": key.1,
                    "option_id": option,
                    "user_id": who,
                });
                self.tell(-key.0, "poll_vote_new", object, now);
            }
        }
        Ok(true)
    }

    pub(super) fn vote(&mut self, call: &Call<'_>) -> Answer {
        let poll = self.poll_of(call)?;
        let key = (poll.owner, poll.id);
        let answers = call.p.ints("answer_ids")?;
        let who = call.kind().actor();
        let voted = self.set_vote(key, who, &answers, call.second())?;
        Ok(json!(i64::from(voted)))
    }

    pub(super) fn unvote(&mut self, call: &Call<'_>) -> Answer {
        let poll = self.poll_of(call)?;
        let key = (poll.owner, poll.id);
        if poll.disable_unvote {
            return Err(Refusal::new(250, "Access to poll denied"));
        }
        let who = call.kind().actor();
        let mut had = false;
        if let Some(poll) = self.polls.get_mut(&key) {
            for answer in &mut poll.answers {
                had |= answer.voters.contains(&who);
                answer.voters.retain(|voter| *voter != who);
            }
        }
        Ok(json!(i64::from(had)))
    }

    pub(super) fn voters(&self, call: &Call<'_>) -> Answer {
        let poll = self.poll_of(call)?;
        let who = call.kind().actor();
        if poll.anonymous {
            return Err(Refusal::new(250, "Access to poll denied"));
        }
        let voted = poll
            .answers
            .iter()
            .any(|answer| answer.voters.contains(&who));
        let owns = poll.author == who || poll.owner == who || self.is_admin(who, -poll.owner);
        if !voted && !owns && self.keeps(Rule::VoteFirst) {
            return Err(Refusal::new(253, "Access denied, please vote first"));
        }
        let (offset, count) = call.p.page(100, 1000);
        let fields = call.p.list("fields");
        let mut told = Vec::new();
        for id in call.p.ints("answer_ids")? {
            let answer = poll
                .answers
                .iter()
                .find(|answer| answer.id == id)
                .ok_or_else(|| Refusal::new(252, "Invalid answer id"))?;
            let mut who = answer.voters.clone();
            who.reverse();
            let (total, page) = self.cut(who, offset, count);
            let items: Vec<Value> = page
                .iter()
                .filter_map(|id| {
                    if fields.is_empty() {
                        Some(json!(id))
                    } else {
                        Some(self.user_view(self.users.get(id)?, &fields))
                    }
                })
                .collect();
            told.push(json!({ "answer_id": id, "users": { "count": total, "items": items } }));
        }
        Ok(json!(told))
    }
}
