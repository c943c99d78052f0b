//! Likes, reposts, bookmarks and follows; hiding answers and muting accounts.

use super::super::rules::NETWORK;
use super::super::rules::endpoints::{
    BOOKMARK_POST, Endpoint, FOLLOW_USER, HIDE_REPLY, LIKE_POST, MUTE_USER, REPOST,
    UNBOOKMARK_POST, UNFOLLOW_USER, UNLIKE_POST, UNMUTE_USER, UNREPOST,
};
use super::super::wire::{self, Hide, OfPost, OfUser};
use super::super::{X, id};
use super::{Call, invalid, told};
use crate::client::{Answer, WriteSafety};
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::model::{
    AccountRef, Action, Engaged, Engagement, Moderation, ModerationAction, PostRef, Target,
};
use crate::operation::Operation;

impl X {
    pub(in super::super) async fn engaged(
        &self,
        target: &Target,
        engagement: &Engagement,
    ) -> Result<Engaged> {
        let operation = engagement.operation();
        let on = engagement.on;
        match (&engagement.action, target) {
            (Action::Like, Target::Post(post)) => {
                self.on_post(&operation, (LIKE_POST, UNLIKE_POST), post, on)
                    .await?;
                Ok(Engaged::new(on))
            }
            (Action::Repost, Target::Post(post)) => {
                let answer = self
                    .on_post(&operation, (REPOST, UNREPOST), post, on)
                    .await?;
                let mut engaged = Engaged::new(on);
                if let Some(answer) = answer.filter(|_| on) {
                    let done: wire::Done<'_> = told(&answer)?;
                    engaged.id = done
                        .data
                        .get()
                        .and_then(|done| done.repost.get())
                        .map(str::to_owned);
                }
                Ok(engaged)
            }
            (Action::Bookmark, Target::Post(post)) => {
                self.on_post(&operation, (BOOKMARK_POST, UNBOOKMARK_POST), post, on)
                    .await?;
                Ok(Engaged::new(on))
            }
            (Action::Follow, Target::Account(account)) => {
                let answer = self
                    .on_account(&operation, (FOLLOW_USER, UNFOLLOW_USER), account, on)
                    .await?;
                let Some(answer) = answer.filter(|_| on) else {
                    return Ok(Engaged::new(on));
                };
                // A protected account is asked whether it may be followed.
                let done: wire::Done<'_> = told(&answer)?;
                let follows = done.data.get().and_then(|done| done.following.0);
                Ok(Engaged::new(follows != Some(false)))
            }
            (Action::React(_) | Action::Vote(_) | Action::MarkRead, _) => {
                Err(Error::unsupported(NETWORK, operation))
            }
            _ => Err(mismatch(&operation)),
        }
    }

    /// Does something to a post, or takes it back; nothing where it stood already.
    async fn on_post(
        &self,
        operation: &Operation,
        (on, off): (&'static Endpoint, &'static Endpoint),
        post: &PostRef,
        wanted: bool,
    ) -> Result<Option<Answer>> {
        let number = id::post(&post.id)?;
        let me = self.my_number(operation).await?;
        let safety = WriteSafety::Idempotent;
        let outcome = if wanted {
            let body = OfPost { tweet_id: number };
            self.tell(operation, Call::of(on, &[me.as_str()]), Some(&body), safety)
                .await
        } else {
            let call = Call::of(off, &[me.as_str(), number]);
            self.tell(operation, call, None::<&()>, safety).await
        };
        settled(outcome, wanted)
    }

    /// Does something to an account, or takes it back.
    async fn on_account(
        &self,
        operation: &Operation,
        (on, off): (&'static Endpoint, &'static Endpoint),
        account: &AccountRef,
        wanted: bool,
    ) -> Result<Option<Answer>> {
        let target = self.number_of(operation, account).await?;
        let me = self.my_number(operation).await?;
        if target == me {
            let message = "the account is this identity itself: name another";
            return Err(
                invalid(Rule::Together, "target", message).with_operation(operation.clone())
            );
        }
        let safety = WriteSafety::Idempotent;
        let outcome = if wanted {
            let body = OfUser {
                target_user_id: target.as_str(),
            };
            self.tell(operation, Call::of(on, &[me.as_str()]), Some(&body), safety)
                .await
        } else {
            let call = Call::of(off, &[me.as_str(), target.as_str()]);
            self.tell(operation, call, None::<&()>, safety).await
        };
        settled(outcome, wanted)
    }

    pub(in super::super) async fn moderated(&self, moderation: &Moderation) -> Result<()> {
        let operation = moderation.operation();
        match (&moderation.action, &moderation.target) {
            (ModerationAction::Hide, Target::Post(post)) => {
                let call = Call::of(HIDE_REPLY, &[id::post(&post.id)?]);
                let body = Hide {
                    hidden: moderation.on,
                };
                let answer = self
                    .tell(&operation, call, Some(&body), WriteSafety::Idempotent)
                    .await?;
                told::<wire::Obj<wire::Outcome<'_>>>(&answer).map(drop)
            }
            (ModerationAction::Mute, Target::Account(account)) => self
                .on_account(&operation, (MUTE_USER, UNMUTE_USER), account, moderation.on)
                .await
                .map(drop),
            (ModerationAction::Hide | ModerationAction::Mute, _) => Err(mismatch(&operation)),
            _ => Err(Error::unsupported(NETWORK, operation)),
        }
    }
}

/// What a call came to, where it is no error that it stands, or stood, as wanted already.
fn settled(outcome: Result<Answer>, on: bool) -> Result<Option<Answer>> {
    match outcome {
        Ok(answer) => {
            told::<wire::Obj<wire::Outcome<'_>>>(&answer)?;
            Ok(Some(answer))
        }
        Err(error) if on && *error.kind() == ErrorKind::Conflict => Ok(None),
        Err(error) if !on && *error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn mismatch(operation: &Operation) -> Error {
    invalid(
        Rule::Together,
        "target",
        "this cannot be done to that: likes, reposts, bookmarks and hiding are of posts, following and muting of accounts",
    )
    .with_operation(operation.clone())
}
