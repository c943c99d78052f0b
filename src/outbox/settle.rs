use std::sync::Arc;
use std::time::Duration;

use super::builder::Outbox;
use super::claim::Claim;
use super::fault::{Remedy, next_try, words};
use super::history::{Happening, HappeningKind};
use super::post::{Attempt, End, Posted, Progress};
use super::work::{Flow, is_stale, set};
use super::{Step, after};
use crate::error::Result;
use crate::model::{Prepared, Reconciled};
use crate::network::SocialNetwork;
use jiff::Timestamp;

/// How long a network that cannot be asked is asked again, before a person has to look.
const ASKED_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a post that is paused, or held with its account, and whose key still holds waits between two looks.
const PAUSED_FOR: Duration = Duration::from_secs(60);

impl Outbox {
    /// Finds out what became of a part whose mutation has begun.
    ///
    /// It is sent again only where the network keeps it from being made twice, and only while it does.
    pub(super) async fn settle(
        &self,
        claim: &mut Claim,
        network: &Arc<dyn SocialNetwork>,
    ) -> Result<Flow> {
        let Some((at, prepared, attempt)) = claim
            .planned
            .in_doubt()
            .map(|(at, prepared, attempt)| (at, prepared.clone(), attempt.clone()))
        else {
            return Ok(Flow::GoOn);
        };
        self.inner.reached(Step::BeforeReconcile, claim.id());
        let answer = self
            .with_lease(claim, network.reconcile(&prepared), true, Timestamp::MAX)
            .await?;
        self.inner.reached(Step::AfterReconcile, claim.id());
        let Some(answer) = answer else {
            return Ok(Flow::Done);
        };
        if let Ok(Reconciled::Published(post)) = &answer {
            let posted = Posted::new(post, self.inner.clock.now());
            self.record(claim, at, posted).await?;
            return Ok(Flow::GoOn);
        }
        // Meanwhile a person may have settled it.
        let same = claim
            .planned
            .in_doubt()
            .is_some_and(|(_, _, now)| *now == attempt);
        if !same || claim.planned.end.is_some() {
            return Ok(Flow::GoOn);
        }
        let certainly_not = matches!(answer, Ok(Reconciled::NotPublished));
        if let Err(error) = &answer
            && !error.is_unsupported()
        {
            let draft = claim.planned.draft(claim.id(), at);
            claim.planned.reason = Some(words(error));
            let now = self.inner.clock.now();
            match Remedy::of(error, &draft) {
                Remedy::Hold => return self.hold_account(claim, at, error).await,
                Remedy::Again if now < after(attempt.last, ASKED_FOR) => {
                    claim.planned.failures = claim.planned.failures.saturating_add(1);
                    let next = self.when_again(claim, error);
                    return self.look_later(claim, next).await;
                }
                _ => {}
            }
        } else if let (true, Some(refused)) = (
            certainly_not && self.key_holds(&prepared) && !attempt.duplicate,
            &attempt.refused,
        ) {
            // No try made the post, and the last one was refused.
            let refused = refused.clone();
            set(
                &mut claim.planned,
                at,
                Progress::Prepared(Box::new(prepared)),
            );
            return self.refuse(claim, at, &refused).await;
        } else if self.may_repeat(&prepared, &attempt) {
            return self
                .repeat(claim, network, at, prepared, attempt, certainly_not)
                .await;
        }
        self.look_on(claim, at, prepared, attempt).await
    }

    /// Whether a further try is harmless: the network knows the key, and did not refuse it.
    pub(super) fn may_repeat(&self, prepared: &Prepared, attempt: &Attempt) -> bool {
        attempt.refused.is_none()
            && !is_stale(prepared, self.inner.clock.now())
            && self.key_holds(prepared)
    }

    /// Whether the network knows the key, and goes on knowing it for a while.
    fn key_holds(&self, prepared: &Prepared) -> bool {
        let now = self.inner.clock.now();
        prepared
            .repeatable
            .holds_at(after(now, self.inner.key_margin))
    }

    /// Sends it again under the same key, at once the first time.
    async fn repeat(
        &self,
        claim: &mut Claim,
        network: &Arc<dyn SocialNetwork>,
        at: usize,
        prepared: Prepared,
        attempt: Attempt,
        certainly_not: bool,
    ) -> Result<Flow> {
        let now = self.inner.clock.now();
        if now > claim.planned.too_late_at() {
            if !certainly_not {
                return self.look_on(claim, at, prepared, attempt).await;
            }
            set(
                &mut claim.planned,
                at,
                Progress::Prepared(Box::new(prepared)),
            );
            return self.miss(claim).await;
        }
        if claim.planned.paused || self.stands_still(&claim.planned.account).await? {
            return self.look_later(claim, after(now, PAUSED_FOR)).await;
        }
        if attempt.tries > 1 {
            let next = next_try(
                attempt.last,
                attempt.tries - 1,
                self.inner.retry,
                claim.id(),
            );
            if next > now {
                return self.look_later(claim, next).await;
            }
        }
        let attempt = Attempt {
            last: now,
            tries: attempt.tries.saturating_add(1),
            ..attempt
        };
        self.commit(claim, network, at, Box::new(prepared), attempt)
            .await
    }

    /// Looks for it again later; after the last time a person has to settle it.
    async fn look_on(
        &self,
        claim: &mut Claim,
        at: usize,
        prepared: Prepared,
        attempt: Attempt,
    ) -> Result<Flow> {
        let now = self.inner.clock.now();
        let attempt = Attempt {
            looks: attempt.looks.saturating_add(1),
            ..attempt
        };
        let wait = usize::try_from(attempt.looks - 1)
            .ok()
            .and_then(|done| self.inner.settle.get(done));
        let (looks, began) = (attempt.looks, attempt.began);
        let refused = attempt.refused.clone();
        set(
            &mut claim.planned,
            at,
            Progress::Committing {
                prepared: Box::new(prepared),
                attempt,
            },
        );
        if let Some(wait) = wait {
            claim.happened(
                Happening::new(now, HappeningKind::LookedFor)
                    .part(at)
                    .note(format!("not found in look {looks}")),
            );
            return self.look_later(claim, after(now, *wait)).await;
        }
        let planned = &mut claim.planned;
        let said = match (refused, planned.reason.take()) {
            (Some(refused), _) => format!("; a repetition was refused: {refused}"),
            (None, Some(reason)) => format!("; {reason}"),
            (None, None) => String::new(),
        };
        let reason = format!(
            "{}it is not known whether it was published: the answer to the publication of {began} was lost, and {looks} \
             looks did not find it{}{said}. Look on the account, and say what there is: `resolve`",
            planned.part_name(at),
            planned.so_far(),
        );
        planned.end = Some(End::Unknown);
        planned.next_at = None;
        planned.reason = Some(reason.clone());
        claim.happened(
            Happening::new(now, HappeningKind::Unknown)
                .part(at)
                .note(reason),
        );
        let steps = [Step::BeforeUnknown, Step::AfterUnknown];
        let flow = self.end(claim, steps).await?;
        claim.report.unknown += u64::from(flow == Flow::Done);
        Ok(flow)
    }

    /// Writes when it is looked for again.
    pub(super) async fn look_later(&self, claim: &mut Claim, at: Timestamp) -> Result<Flow> {
        claim.planned.next_at = Some(at);
        self.end(claim, [Step::BeforeSettling, Step::AfterSettling])
            .await
    }
}
