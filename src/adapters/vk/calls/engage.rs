//! Likes, reposts, votes, and what an administrator does.

use super::super::id::{self, Thing};
use super::super::rules::{self, NETWORK, TokenKind};
use super::super::{Vk, wire};
use super::change::by_native_call;
use super::{Params, invalid, response, value};
use crate::client::WriteSafety;
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::model::{
    AccountId, AccountRef, Action, Engaged, Engagement, Moderation, ModerationAction, PostRef,
    Target,
};
use crate::operation::Operation;

impl Vk {
    pub(in super::super) async fn engaged(
        &self,
        target: &Target,
        engagement: &Engagement,
    ) -> Result<Engaged> {
        let operation = engagement.operation();
        match (&engagement.action, target) {
            (Action::Like, Target::Post(post)) => self.like(&operation, post, engagement.on).await,
            (Action::Repost, Target::Post(post)) => {
                self.repost(&operation, post, engagement.on).await
            }
            (Action::Vote(choices), Target::Post(post)) => {
                self.vote(&operation, post, choices, engagement.on).await
            }
            (Action::Follow, Target::Account(account)) => {
                self.follow(&operation, account, engagement.on).await
            }
            (Action::MarkRead, Target::Conversation(conversation)) => {
                let peer = id::peer(conversation)?;
                self.mark_read(&operation, peer, engagement.on).await
            }
            (Action::MarkRead, Target::Notifications) => {
                Err(Error::unsupported(NETWORK, operation).with_message(
                    "there are no notifications to be marked here: mark a conversation as read",
                ))
            }
            _ => Err(mismatch()),
        }
    }

    async fn like(&self, operation: &Operation, post: &PostRef, on: bool) -> Result<Engaged> {
        let thing = Thing::parse(post.id.as_str())?;
        if matches!(thing, Thing::Topic { .. }) {
            return Err(invalid(
                Rule::Unsupported,
                "target",
                "a topic cannot be liked: like one of its comments",
            ));
        }
        let method = if on { "likes.add" } else { "likes.delete" };
        // A community likes as itself on its own wall, and elsewhere as the person whose token it is.
        let own = self.inner.owner() == Some(thing.owner());
        let as_community = own && self.inner.community.is_some();
        let params = Params::new()
            .with("type", thing.kind())
            .with("owner_id", thing.owner())
            .with("item_id", thing.number())
            .flag("from_group", as_community);
        let outcome = self
            .tell(operation, method, &params, WriteSafety::Idempotent)
            .await;
        match outcome {
            // What is not liked, or gone, is not liked any more.
            Err(error) if !on && *error.kind() == ErrorKind::NotFound => {}
            outcome => drop(outcome?),
        }
        let mut engaged = Engaged::new(on);
        if !as_community {
            engaged.by = self.as_whom(operation).await;
        }
        Ok(engaged)
    }

    /// Reposts a post without words, once; or takes that repost back.
    async fn repost(&self, operation: &Operation, post: &PostRef, on: bool) -> Result<Engaged> {
        let thing = Thing::parse(post.id.as_str())?;
        if !matches!(thing, Thing::Post { .. }) {
            return Err(invalid(
                Rule::Unsupported,
                "target",
                "only posts are reposted here",
            ));
        }
        let owner = self.owner(operation).await?;
        let there = self.repost_of(operation, owner, thing).await?;
        if !on {
            if let Some(number) = there {
                let repost = Thing::Post { owner, id: number };
                self.deleted(&repost.post_id()).await?;
            }
            return Ok(Engaged::new(false).changed(there.is_some()));
        }
        let number = match there {
            Some(number) => number,
            None => {
                let mut params = Params::new().with("object", thing);
                if owner < 0 {
                    params = params.with("group_id", owner.unsigned_abs());
                }
                let answer = self
                    .tell(operation, "wall.repost", &params, WriteSafety::Reconcilable)
                    .await?;
                let told: wire::Posted = response(&answer)?;
                match told.post_id.0 {
                    Some(number) => number,
                    None => return Err(answer.unreadable("it does not tell the repost's number")),
                }
            }
        };
        let repost = Thing::Post { owner, id: number };
        Ok(Engaged::new(true)
            .changed(there.is_none())
            .id(repost.to_string()))
    }

    /// The number of a repost without words of one's own, among the newest posts of a wall.
    async fn repost_of(&self, operation: &Operation, owner: i64, of: Thing) -> Result<Option<i64>> {
        let params = Params::new()
            .with("owner_id", owner)
            .with("count", rules::LOOK_BACK);
        let answer = self.ask(operation, "wall.get", &params).await?;
        let wall: wire::Kept<'_> = response(&answer)?;
        let found = wall.items.objects().find(|post| {
            let copied = post.copy_history.objects().next();
            let same = copied.is_some_and(|copied| {
                copied.owner_id.0 == Some(of.owner()) && copied.id.0 == Some(of.number())
            });
            same && post.text.or_empty().trim().is_empty()
        });
        Ok(found.and_then(|post| post.id.0))
    }

    async fn vote(
        &self,
        operation: &Operation,
        post: &PostRef,
        choices: &[u32],
        on: bool,
    ) -> Result<Engaged> {
        let thing = Thing::parse(post.id.as_str())?;
        if !matches!(thing, Thing::Post { .. }) {
            return Err(invalid(
                Rule::Unsupported,
                "target",
                "only posts have polls here",
            ));
        }
        if on && choices.is_empty() {
            let message = "name at least one answer by its position, from 0";
            return Err(invalid(Rule::TooFew, "vote", message));
        }
        let number = format!("{}_{}", thing.owner(), thing.number());
        let params = Params::new().with("posts", number);
        let answer = self
            .ask_as(TokenKind::User, operation, "wall.getById", &params)
            .await?;
        let told: wire::Kept<'_> = response(&answer)?;
        let post = told.items.objects().next().ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "the post is gone: check the id").with_network(NETWORK)
        })?;
        let poll = post.attachments.objects().find_map(|file| file.poll.get());
        let Some(poll) = poll else {
            return Err(invalid(
                Rule::Missing,
                "target",
                "the post has no poll to vote in",
            ));
        };
        let (Some(owner), Some(poll_id)) = (poll.owner_id.0, poll.id.0) else {
            return Err(answer.unreadable("it does not tell the poll's number"));
        };
        let params = Params::new()
            .with("owner_id", owner)
            .with("poll_id", poll_id);
        let (method, params) = if on {
            let mut ids = Vec::with_capacity(choices.len());
            for choice in choices {
                let answers = &poll.answers.0;
                let chosen = answers
                    .get(*choice as usize)
                    .and_then(|answer| answer.get()?.id.0);
                let Some(chosen) = chosen else {
                    let message = format!(
                        "there is no answer {choice}: the poll has {}, counted from 0",
                        answers.len()
                    );
                    return Err(invalid(Rule::Malformed, "vote", message));
                };
                ids.push(chosen.to_string());
            }
            ("polls.addVote", params.with("answer_ids", ids.join(",")))
        } else {
            ("polls.deleteVote", params)
        };
        let answer = self
            .tell(operation, method, &params, WriteSafety::Idempotent)
            .await?;
        let done: wire::Flag = value(&answer)?;
        let mut engaged = Engaged::new(on);
        engaged.changed = done.0;
        engaged.by = self.as_whom(operation).await;
        Ok(engaged)
    }

    /// The person behind a community, as whom it does what a community cannot; `None` where that cannot be learned, since
    /// it is done by now.
    async fn as_whom(&self, operation: &Operation) -> Option<AccountId> {
        self.inner.community?;
        self.person(operation).await.ok().map(id::account_id)
    }

    async fn follow(
        &self,
        operation: &Operation,
        account: &AccountRef,
        on: bool,
    ) -> Result<Engaged> {
        let owner = self.owner_of(operation, account).await?;
        if owner > 0 {
            return Err(invalid(
                Rule::Unsupported,
                "target",
                "only communities are followed here: a person is befriended by the native call friends.add",
            ));
        }
        let method = if on { "groups.join" } else { "groups.leave" };
        let params = Params::new().with("group_id", owner.unsigned_abs());
        self.tell(operation, method, &params, WriteSafety::Idempotent)
            .await?;
        Ok(Engaged::new(on))
    }

    async fn mark_read(&self, operation: &Operation, peer: i64, on: bool) -> Result<Engaged> {
        if !on {
            return Err(invalid(
                Rule::Unsupported,
                "engagement",
                "what was read cannot be made unread here",
            ));
        }
        let method = "messages.markAsRead";
        let kind = self.token_for(operation, method)?;
        let params = self
            .of_my_messages(Params::new().with("peer_id", peer))
            .flag("mark_conversation_as_read", true);
        self.tell_as(kind, operation, method, &params, WriteSafety::Idempotent)
            .await?;
        Ok(Engaged::new(true))
    }

    pub(in super::super) async fn moderated(&self, moderation: &Moderation) -> Result<()> {
        let operation = moderation.operation();
        let on = moderation.on;
        match (&moderation.action, &moderation.target) {
            (ModerationAction::Restore, Target::Post(post)) if on => {
                self.restore(&operation, Thing::parse(post.id.as_str())?)
                    .await
            }
            // Taking back a restoration is taking away.
            (ModerationAction::Restore, Target::Post(post)) => self.deleted(&post.id).await,
            (ModerationAction::Pin, Target::Post(post)) => {
                let method = if on { "wall.pin" } else { "wall.unpin" };
                self.on_post(&operation, method, post).await
            }
            (ModerationAction::CloseComments, Target::Post(post)) => {
                let method = if on {
                    "wall.closeComments"
                } else {
                    "wall.openComments"
                };
                self.on_post(&operation, method, post).await
            }
            (ModerationAction::Block, Target::Account(account)) => {
                self.ban(&operation, account, on).await
            }
            _ => Err(mismatch()),
        }
    }

    async fn restore(&self, operation: &Operation, thing: Thing) -> Result<()> {
        let params = Params::new().with("owner_id", thing.owner());
        let (method, params) = match thing {
            Thing::Post { id, .. } => ("wall.restore", params.with("post_id", id)),
            Thing::Comment { id, .. } => ("wall.restoreComment", params.with("comment_id", id)),
            Thing::Topic { .. } | Thing::TopicComment { .. } => {
                return Err(by_native_call(operation));
            }
        };
        let outcome = self
            .tell(operation, method, &params, WriteSafety::Idempotent)
            .await;
        match outcome {
            // It has not been deleted.
            Err(error) if error.code() == Some("243") => Ok(()),
            // The same is said of what is not deleted and of what is not one's own.
            Err(error) if error.code() == Some("210") => {
                match self.stands(operation, thing).await {
                    Ok(true) => Ok(()),
                    _ => Err(error),
                }
            }
            outcome => outcome.map(drop),
        }
    }

    async fn on_post(&self, operation: &Operation, method: &str, post: &PostRef) -> Result<()> {
        let thing = Thing::parse(post.id.as_str())?;
        let Thing::Post { owner, id } = thing else {
            let message =
                "this is done to posts alone: take the post that the comment stands under";
            return Err(invalid(Rule::Unsupported, "target", message));
        };
        let params = Params::new().with("owner_id", owner).with("post_id", id);
        let safety = WriteSafety::Idempotent;
        // A community's token acts on its own wall.
        let own = self.inner.owner() == Some(owner);
        let has = self.inner.tokens.has();
        let kind = if own && has.community && rules::kinds(method).contains(&TokenKind::Community) {
            TokenKind::Community
        } else {
            self.token_for(operation, method)?
        };
        self.tell_as(kind, operation, method, &params, safety)
            .await
            .map(drop)
    }

    async fn ban(&self, operation: &Operation, account: &AccountRef, on: bool) -> Result<()> {
        let Some(community) = self.inner.community else {
            return Err(Error::unsupported(NETWORK, operation.clone()));
        };
        let owner = self.owner_of(operation, account).await?;
        let method = if on { "groups.ban" } else { "groups.unban" };
        let params = Params::new()
            .with("group_id", community)
            .with("owner_id", owner);
        let outcome = self
            .tell(operation, method, &params, WriteSafety::Idempotent)
            .await;
        match outcome {
            // Who is not banned stays so.
            Err(error) if !on && *error.kind() == ErrorKind::NotFound => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}

fn mismatch() -> Error {
    invalid(
        Rule::Together,
        "target",
        "this cannot be done to that: likes, reposts and votes are of posts, following and blocking of accounts, reading of \
         conversations",
    )
}
