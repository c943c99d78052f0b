use std::sync::Arc;

use jiff::Timestamp;

use super::Step;
use super::builder::Outbox;
use super::claim::Claim;
use super::fault::{Remedy, is_in_doubt, next_try, words};
use super::history::{Happening, HappeningKind};
use super::hold::{Hold, Scope};
use super::post::{Approval, Attempt, End, Planned, Posted, Progress};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Draft, Prepared, Repeatable};
use crate::network::SocialNetwork;
use crate::store::LeaseChange;

/// Whether there is more to do with a claim at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    GoOn,
    Done,
}

impl Outbox {
    /// Works on a planned post as far as it goes now. Each round looks at what stands in the store by then: a person may
    /// have decided something, or another worker may have the lease.
    pub(super) async fn work(&self, claim: &mut Claim) -> Result<()> {
        let Some(network) = self.inner.networks.get(&claim.planned.account).cloned() else {
            return Ok(());
        };
        while self.owns(claim) && self.round(claim, &network).await? == Flow::GoOn {}
        Ok(())
    }

    async fn round(&self, claim: &mut Claim, network: &Arc<dyn SocialNetwork>) -> Result<Flow> {
        let now = self.inner.clock.now();
        let planned = &claim.planned;
        if planned.job_due().is_none_or(|due| due > now) {
            let steps = [Step::BeforeGiveBack, Step::AfterGiveBack];
            return self.end(claim, steps).await;
        }
        let Some((at, part)) = planned.next_part() else {
            claim.planned.end = Some(End::Published);
            return self
                .end(claim, [Step::BeforePublished, Step::AfterPublished])
                .await;
        };
        if let Progress::Committing { .. } = part.progress {
            return self.settle(claim, network).await;
        }
        // The pause of an account, or of all, does not stand in the post: no write of ours is refused because of it.
        if self.stands_still(&planned.account).await? {
            let steps = [Step::BeforeGiveBack, Step::AfterGiveBack];
            return self.end(claim, steps).await;
        }
        let now = self.inner.clock.now();
        if now > planned.too_late_at() || planned.approval == Approval::Wanted {
            return self.miss(claim).await;
        }
        match &part.progress {
            Progress::Prepared(prepared) if is_stale(prepared, now) || part.is_old(now) => {
                // Nothing was committed with it, so that it can be made anew.
                set(&mut claim.planned, at, Progress::Waiting);
                Ok(Flow::GoOn)
            }
            Progress::Prepared(prepared) => {
                let prepared = prepared.clone();
                self.commit(claim, network, at, prepared, Attempt::first(now))
                    .await
            }
            _ => self.prepare(claim, network, at).await,
        }
    }

    /// Has the network do all but the one mutation.
    async fn prepare(
        &self,
        claim: &mut Claim,
        network: &Arc<dyn SocialNetwork>,
        at: usize,
    ) -> Result<Flow> {
        let draft = claim.planned.draft(claim.id(), at);
        let checked = match draft.inspect().await {
            Ok(inspected) => inspected.checked(&network.profile()),
            Err(error) => Err(error),
        };
        let checked = match checked {
            Ok(checked) => checked,
            Err(error) => return self.refuse(claim, at, &words(&error)).await,
        };
        self.inner.reached(Step::BeforePrepare, claim.id());
        let answer = self
            .with_lease(claim, network.prepare(&checked), true, Timestamp::MAX)
            .await?;
        self.inner.reached(Step::AfterPrepare, claim.id());
        let Some(answer) = answer else {
            return Ok(Flow::Done);
        };
        // Meanwhile a person may have changed it.
        let same = claim.planned.parts.get(at).is_some_and(|part| {
            part.progress == Progress::Waiting && claim.planned.draft(claim.id(), at) == draft
        });
        if !same || claim.planned.end.is_some() {
            return Ok(Flow::GoOn);
        }
        match answer {
            Ok(prepared) if is_stale(&prepared, self.inner.clock.now()) => {
                let message = "what was prepared is said to have ended already: compare this machine's clock with the network's";
                let error = Error::new(ErrorKind::Unavailable, message);
                self.failed(claim, at, &error).await
            }
            Ok(prepared) => {
                let now = self.inner.clock.now();
                set(
                    &mut claim.planned,
                    at,
                    Progress::Prepared(Box::new(prepared)),
                );
                if let Some(part) = claim.planned.parts.get_mut(at) {
                    part.prepared_at = Some(now);
                }
                claim.happened(Happening::new(now, HappeningKind::Prepared).part(at));
                let steps = [Step::BeforePrepared, Step::AfterPrepared];
                self.write(claim, steps, self.lease_from_now()).await?;
                Ok(Flow::GoOn)
            }
            Err(error) => self.failed(claim, at, &error).await,
        }
    }

    /// Has the network do the one mutation, once it is written that it begins.
    pub(super) async fn commit(
        &self,
        claim: &mut Claim,
        network: &Arc<dyn SocialNetwork>,
        at: usize,
        prepared: Box<Prepared>,
        attempt: Attempt,
    ) -> Result<Flow> {
        let before = claim.planned.parts.get(at).map(|p| p.progress.clone());
        let begun = Progress::Committing {
            prepared: prepared.clone(),
            attempt: attempt.clone(),
        };
        set(&mut claim.planned, at, begun.clone());
        claim.planned.next_at = None;
        let now = self.inner.clock.now();
        claim.happened(
            Happening::new(now, HappeningKind::Committing)
                .part(at)
                .by(&self.inner.worker)
                .note(format!(
                    "try {} under the key {}",
                    attempt.tries, prepared.key
                )),
        );
        let steps = [Step::BeforeCommitting, Step::AfterCommitting];
        if !self.write(claim, steps, self.lease_from_now()).await? {
            return Ok(Flow::GoOn);
        }
        // The store may have taken long. Then another worker may be about to look for what was never sent, and the key
        // may be forgotten: it is not sent, and that is written.
        let now = self.inner.clock.now();
        let in_time = self.lease_lasts(claim)
            && !is_stale(&prepared, now)
            && (attempt.tries == 1 || self.may_repeat(&prepared, &attempt));
        if !in_time {
            if let Some(before) = before {
                set(&mut claim.planned, at, before);
            }
            let steps = [Step::BeforeRetry, Step::AfterRetry];
            self.write(claim, steps, self.lease_from_now()).await?;
            return Ok(Flow::GoOn);
        }
        self.inner.reached(Step::BeforeCommit, claim.id());
        // It may wait for its turn on the way: a repetition does so only as long as the network knows the key.
        let no_later = match prepared.repeatable {
            Repeatable::Until(until) if attempt.tries > 1 => until,
            _ => Timestamp::MAX,
        };
        let answer = self
            .with_lease(claim, network.commit(&prepared), false, no_later)
            .await?;
        self.inner.reached(Step::AfterCommit, claim.id());
        let error = match answer {
            Some(Ok(post)) => {
                let posted = Posted::new(&post, self.inner.clock.now());
                self.record(claim, at, posted).await?;
                return Ok(Flow::GoOn);
            }
            Some(Err(error)) => error,
            None => return Ok(Flow::Done),
        };
        let still = claim.planned.parts.get(at).map(|p| &p.progress) == Some(&begun);
        if !still || !self.owns(claim) {
            // Somebody else goes on from here; what they find out counts.
            return Ok(Flow::GoOn);
        }
        claim.planned.reason = Some(format!("{}{}", claim.planned.part_name(at), words(&error)));
        if is_in_doubt(&error) {
            return Ok(Flow::GoOn);
        }
        let draft = claim.planned.draft(claim.id(), at);
        let remedy = Remedy::of(&error, &draft);
        // What repeats a post of which it was once unknown whether it exists is most likely that post.
        let repeats = matches!(error.kind(), ErrorKind::Duplicate(_))
            && claim.planned.parts.get(at).is_some_and(|p| p.doubted);
        if attempt.tries == 1 && !repeats {
            set(&mut claim.planned, at, Progress::Prepared(prepared));
            return self.failed(claim, at, &error).await;
        }
        // This try was not carried out, but an earlier one may have been.
        match remedy {
            Remedy::Again => self.look_later(claim, self.when_again(claim, &error)).await,
            Remedy::Hold => self.hold_account(claim, at, &error).await,
            Remedy::Reject => {
                let refused = Progress::Committing {
                    prepared,
                    attempt: Attempt {
                        refused: Some(words(&error)),
                        duplicate: matches!(error.kind(), ErrorKind::Duplicate(_)),
                        ..attempt
                    },
                };
                set(&mut claim.planned, at, refused);
                Ok(Flow::GoOn)
            }
        }
    }

    /// Does what an error asks for after which nothing was sent.
    pub(super) async fn failed(&self, claim: &mut Claim, at: usize, error: &Error) -> Result<Flow> {
        let draft = claim.planned.draft(claim.id(), at);
        match Remedy::of(error, &draft) {
            Remedy::Reject => self.refuse(claim, at, &words(error)).await,
            Remedy::Hold => self.hold_account(claim, at, error).await,
            Remedy::Again => {
                let reason = format!("{}{}", claim.planned.part_name(at), words(error));
                let next = self.when_again(claim, error);
                claim.planned.reason = Some(reason.clone());
                if next > claim.planned.too_late_at() {
                    return self.miss(claim).await;
                }
                claim.planned.failures = claim.planned.failures.saturating_add(1);
                claim.planned.next_at = Some(next);
                claim.happened(
                    Happening::new(self.inner.clock.now(), HappeningKind::Failed)
                        .part(at)
                        .note(reason),
                );
                claim.report.retried += 1;
                self.end(claim, [Step::BeforeRetry, Step::AfterRetry]).await
            }
        }
    }

    /// When to try again: at the moment that the network named, else later each time.
    pub(super) fn when_again(&self, claim: &Claim, error: &Error) -> Timestamp {
        let now = self.inner.clock.now();
        let failures = claim.planned.failures.saturating_add(1);
        error
            .retry_at()
            .filter(|at| *at > now)
            .unwrap_or_else(|| next_try(now, failures, self.inner.retry, claim.id()))
    }

    /// Has the account wait for a person. The post waits with it, as it stands.
    pub(super) async fn hold_account(
        &self,
        claim: &mut Claim,
        at: usize,
        error: &Error,
    ) -> Result<Flow> {
        let now = self.inner.clock.now();
        self.hold(&Hold {
            scope: Scope::Account(claim.planned.account.clone()),
            since: now,
            by: None,
            why: words(error),
            error: Some(error.kind().name().to_owned()),
        })
        .await?;
        claim.report.held += 1;
        claim.planned.reason = Some(format!("{}{}", claim.planned.part_name(at), words(error)));
        claim.planned.next_at = None;
        claim.happened(
            Happening::new(now, HappeningKind::Held)
                .part(at)
                .note(words(error)),
        );
        self.end(claim, [Step::BeforeRetry, Step::AfterRetry]).await
    }

    /// Writes that it was refused, in the words of the error.
    pub(super) async fn refuse(&self, claim: &mut Claim, at: usize, words: &str) -> Result<Flow> {
        let reason = format!(
            "{}{words}{}",
            claim.planned.part_name(at),
            claim.planned.so_far()
        );
        claim.planned.end = Some(End::Rejected);
        claim.planned.reason = Some(reason.clone());
        claim.happened(
            Happening::new(self.inner.clock.now(), HappeningKind::Rejected)
                .part(at)
                .note(reason),
        );
        let steps = [Step::BeforeRejected, Step::AfterRejected];
        let flow = self.end(claim, steps).await?;
        claim.report.rejected += u64::from(flow == Flow::Done);
        Ok(flow)
    }

    /// Writes that it is too late.
    pub(super) async fn miss(&self, claim: &mut Claim) -> Result<Flow> {
        let now = self.inner.clock.now();
        let planned = &mut claim.planned;
        let why = match (&planned.approval, planned.reason.take()) {
            (Approval::Wanted, _) => "; nobody approved it".to_owned(),
            (_, Some(reason)) => format!("; {reason}"),
            (_, None) => String::new(),
        };
        let reason = format!(
            "it was to be published at {}, by {} at the latest{}{why}: give it another time if it is still wanted",
            planned.due,
            planned.too_late_at(),
            planned.so_far(),
        );
        planned.end = Some(End::Missed);
        planned.reason = Some(reason.clone());
        claim.happened(Happening::new(now, HappeningKind::Missed).note(reason));
        let flow = self
            .end(claim, [Step::BeforeMissed, Step::AfterMissed])
            .await?;
        claim.report.missed += u64::from(flow == Flow::Done);
        Ok(flow)
    }

    /// Writes the claim's state and ends the lease. Where somebody else wrote in between, their word is looked at.
    pub(super) async fn end(&self, claim: &mut Claim, steps: [Step; 2]) -> Result<Flow> {
        let written = self.write(claim, steps, LeaseChange::Release).await?;
        Ok(if written { Flow::Done } else { Flow::GoOn })
    }
}

impl Planned {
    /// What a part tells the network: the draft with its key, and with the part before that it answers.
    pub(super) fn draft(&self, id: &str, at: usize) -> Draft {
        let Some(part) = self.parts.get(at) else {
            return Draft::new();
        };
        let mut draft = part.draft.clone();
        draft.key = Some(format!("{id}#{at}").into());
        let root = self.parts.first().and_then(|p| p.posted());
        let answered = if part.comment {
            root
        } else {
            at.checked_sub(1)
                .and_then(|before| self.parts.get(before))
                .and_then(|p| p.posted())
        };
        if let Some(answered) = answered {
            let mut parent = answered.post.clone();
            if parent.thread.is_none() {
                parent.thread = root.and_then(|root| root.post.thread.clone());
            }
            draft.reply_to = Some(parent);
        }
        draft
    }
}

/// Says how far a part has come.
pub(super) fn set(planned: &mut Planned, at: usize, progress: Progress) {
    if let Some(part) = planned.parts.get_mut(at) {
        part.progress = progress;
    }
}

/// Whether what was prepared is gone by now.
pub(super) fn is_stale(prepared: &Prepared, now: Timestamp) -> bool {
    prepared.expires_at.is_some_and(|at| at <= now)
}
