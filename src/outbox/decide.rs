use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Step;
use super::builder::Outbox;
use super::history::{Happening, HappeningKind};
use super::list::Item;
use super::post::{Approval, End, Part, Planned, Posted, Progress, State};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Draft, Post};
use crate::store::{JobChange, Queued};

/// How often a decision is tried anew when a worker wrote in between: each time it wrote something else.
const TRIES: usize = 100;

/// What a person found out about a post whose outcome was not known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resolution {
    /// It is published: this is it. A post of which only the handle is known is enough ([`Post::new`]).
    Published(Box<Post>),
    /// It is not published. It is sent again, under the same key.
    NotPublished,
}

impl Resolution {
    /// It is published, under this handle or as this post.
    pub fn published(post: impl Into<Post>) -> Self {
        Self::Published(Box::new(post.into()))
    }
}

impl Outbox {
    /// Approves a post.
    ///
    /// # Errors
    /// `NotFound`, and `Conflict` for one that waits for no approval.
    pub async fn approve(&self, id: &str, by: &str) -> Result<Item> {
        self.decide(id, |planned, now| {
            if planned.approval != Approval::Wanted || planned.end.is_some() {
                return Err(conflict(id, planned, "it waits for no approval"));
            }
            planned.approval = Approval::Given {
                by: by.to_owned(),
                at: now,
            };
            Ok(Happening::new(now, HappeningKind::Approved).by(by))
        })
        .await
    }

    /// Refuses to approve a post: it is not published.
    ///
    /// # Errors
    /// `NotFound`, and `Conflict` for one that waits for no approval.
    pub async fn reject(&self, id: &str, by: &str, why: &str) -> Result<Item> {
        self.decide(id, |planned, now| {
            if planned.approval != Approval::Wanted || planned.end.is_some() {
                return Err(conflict(id, planned, "it waits for no approval"));
            }
            planned.approval = Approval::Refused {
                by: by.to_owned(),
                why: why.to_owned(),
                at: now,
            };
            planned.end = Some(End::Refused);
            planned.reason = Some(format!("{by} refused it: {why}"));
            Ok(Happening::new(now, HappeningKind::Refused).by(by).note(why))
        })
        .await
    }

    /// Cancels a post that is not published yet. Parts of a thread that are published stay.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for one that is done, and for one whose mutation has begun: it may exist already.
    pub async fn cancel(&self, id: &str, by: &str) -> Result<Item> {
        self.decide(id, |planned, now| {
            open(id, planned)?;
            planned.end = Some(End::Cancelled);
            planned.reason = Some(format!("{by} cancelled it{}", planned.so_far()));
            Ok(Happening::new(now, HappeningKind::Cancelled).by(by))
        })
        .await
    }

    /// Gives a post another time. One that was missed, cancelled or refused by the network is planned again.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a time that is past; `Conflict` for one that is published, and for one whose mutation
    /// has begun.
    pub async fn reschedule(&self, id: &str, at: Timestamp, by: &str) -> Result<Item> {
        let earliest = super::before(self.inner.clock.now(), self.inner.tolerance);
        if at < earliest {
            return Err(super::add::past(at, self.inner.clock.now()));
        }
        self.decide(id, |planned, now| {
            match planned.end {
                Some(End::Missed | End::Cancelled | End::Rejected) => planned.end = None,
                _ => open(id, planned)?,
            }
            planned.due = at;
            planned.late_from = at;
            planned.prepare_anew();
            planned.fresh_start();
            Ok(Happening::new(now, HappeningKind::Rescheduled)
                .by(by)
                .note(at.to_string()))
        })
        .await
    }

    /// Changes what a post says, before any of it is sent. It is checked like a new one; one that the network refused is
    /// planned again, and one that was approved needs approval anew.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` with everything that is wrong with it; `Conflict` for one of which a part is published, or
    /// whose mutation has begun.
    pub async fn change(
        &self,
        id: &str,
        parts: &[Draft],
        first_comment: Option<&Draft>,
        by: &str,
    ) -> Result<Item> {
        let (_, planned) = self.read(id).await?;
        let content = super::add::Content::new(parts.to_vec(), first_comment.cloned());
        let content = self.checked_content(&planned.account, content).await?;
        let item = self
            .decide(id, |planned, now| {
                match planned.end {
                    Some(End::Rejected | End::Refused) => planned.end = None,
                    _ => open(id, planned)?,
                }
                if planned.sent() > 0 {
                    let why = "a part of it is published already: edit that on the network";
                    return Err(conflict(id, planned, why));
                }
                if !matches!(planned.approval, Approval::NotNeeded) {
                    planned.approval = Approval::Wanted;
                }
                planned.content = content.fingerprint();
                planned.parts = content.parts();
                planned.late_from = planned.late_from.max(now);
                planned.fresh_start();
                Ok(Happening::new(now, HappeningKind::Changed).by(by))
            })
            .await?;
        self.note(&item.id, &item.account, &content, item.due)
            .await?;
        Ok(item)
    }

    /// Settles a post of which it is not known whether it is published.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for one whose outcome is known, and for one that a worker is sending or looking for at this
    /// moment: it may come to be while you look.
    pub async fn resolve(&self, id: &str, resolution: &Resolution, by: &str) -> Result<Item> {
        self.decide_on(id, |planned, queued, now| {
            if !queued.is_free(now) {
                return Err(conflict(
                    id,
                    planned,
                    "a worker is at it: wait for what it finds",
                ));
            }
            let Some((at, prepared)) = planned
                .in_doubt()
                .map(|(at, prepared, _)| (at, prepared.clone()))
            else {
                return Err(conflict(id, planned, "what became of it is known"));
            };
            let (progress, note) = match resolution {
                Resolution::Published(post) => {
                    let posted = Posted::new(post, now);
                    let note = format!("it is published: {}", posted.post.id);
                    (Progress::Published(Box::new(posted)), note)
                }
                Resolution::NotPublished => {
                    let note = "it is not published, and is sent again".to_owned();
                    (Progress::Prepared(Box::new(prepared)), note)
                }
            };
            if let Some(part) = planned.parts.get_mut(at) {
                part.progress = progress;
                part.doubted = true;
            }
            planned.end = planned.next_part().is_none().then_some(End::Published);
            // What a person decided goes out, however long they needed for it.
            planned.late_from = planned.late_from.max(now);
            planned.fresh_start();
            Ok(Happening::new(now, HappeningKind::Resolved)
                .part(at)
                .by(by)
                .note(note))
        })
        .await
    }

    /// Forgets what is done: posts in a final state whose time was before this, those of unknown outcome aside. Their
    /// keys are forgotten with them, so that an entry that is added again is planned again. Answers how many.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn forget(&self, before: Timestamp) -> Result<usize> {
        let filter = super::Filter::new().until(before);
        let mut forgotten = 0;
        for item in self.list(&filter).await? {
            forgotten += usize::from(self.forget_one(&item.id, before).await?);
        }
        Ok(forgotten)
    }

    /// Forgets one that is done. Somebody may give it another time at the same moment: whoever writes first counts.
    async fn forget_one(&self, id: &str, before: Timestamp) -> Result<bool> {
        let Some(queued) = self.inner.store.job(id).await? else {
            return Ok(false);
        };
        let mut planned = Planned::read(&queued)?;
        let state = planned.state();
        if !state.is_final() || state == State::Unknown || planned.due >= before {
            return Ok(false);
        }
        planned.forgotten = true;
        self.inner.reached(Step::BeforeDecision, id);
        let write = JobChange::new(&queued, planned.to_value()?, None);
        if self.inner.store.change(&write).await?.is_none() {
            return Ok(false);
        }
        self.inner.reached(Step::AfterDecision, id);
        self.drop_slot(id, &planned.account, planned.due).await?;
        self.inner.reached(Step::BeforeDecision, id);
        self.inner.store.discard(id).await?;
        self.inner.reached(Step::AfterDecision, id);
        Ok(true)
    }

    pub(crate) async fn pause_post(&self, id: &str, by: &str, why: &str) -> Result<()> {
        self.decide(id, |planned, now| {
            if planned.end.is_some() {
                return Err(conflict(id, planned, "nothing more is done about it"));
            }
            planned.paused = true;
            planned.reason = Some(format!("{by} paused it: {why}"));
            Ok(Happening::new(now, HappeningKind::Paused).by(by).note(why))
        })
        .await
        .map(drop)
    }

    pub(crate) async fn resume_post(&self, id: &str, by: &str) -> Result<()> {
        self.decide(id, |planned, now| {
            if planned.paused {
                planned.reason = None;
            }
            planned.paused = false;
            Ok(Happening::new(now, HappeningKind::Resumed).by(by))
        })
        .await
        .map(drop)
    }

    async fn decide(
        &self,
        id: &str,
        change: impl Fn(&mut Planned, Timestamp) -> Result<Happening>,
    ) -> Result<Item> {
        self.decide_on(id, |planned, _, now| change(planned, now))
            .await
    }

    /// Writes what a person decided. A worker's lease stays: at its next write it is told that something changed, and
    /// goes by it.
    async fn decide_on(
        &self,
        id: &str,
        change: impl Fn(&mut Planned, &Queued, Timestamp) -> Result<Happening>,
    ) -> Result<Item> {
        for _ in 0..TRIES {
            let (queued, mut planned) = self.read(id).await?;
            if planned.forgotten {
                return Err(conflict(id, &planned, "it is being forgotten"));
            }
            let happening = change(&mut planned, &queued, self.inner.clock.now())?;
            planned.history.push(happening);
            self.inner.reached(Step::BeforeDecision, id);
            let write = JobChange::new(&queued, planned.to_value()?, planned.job_due());
            let written = self.inner.store.change(&write).await?;
            if written.is_some() {
                self.inner.reached(Step::AfterDecision, id);
                self.inner.changed.notify_waiters();
                return self.item(id).await;
            }
        }
        let message = format!("`{id}` is being worked on without a pause: try again");
        Err(Error::new(ErrorKind::Conflict, message))
    }
}

impl Planned {
    /// Forgets what is prepared and is known not to be sent: it may name the time at which it was prepared, and belongs to
    /// the time that it was given before. Its key stays the same.
    fn prepare_anew(&mut self) {
        for part in &mut self.parts {
            if matches!(part.progress, Progress::Prepared(_)) && !part.doubted {
                part.progress = Progress::Waiting;
            }
        }
    }

    /// Forgets what earlier tries left behind, but what may exist on the network.
    fn fresh_start(&mut self) {
        self.next_at = None;
        self.failures = 0;
        self.reason = None;
    }
}

impl super::add::Content {
    /// Its parts, of which nothing is done yet.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let thread = self
            .parts
            .iter()
            .map(|draft| Part::new(draft.clone(), false));
        let comment = self
            .comment
            .iter()
            .map(|draft| Part::new(draft.clone(), true));
        thread.chain(comment).collect()
    }
}

/// Passes a post of which nothing is in doubt and that is not done.
fn open(id: &str, planned: &Planned) -> Result<()> {
    if planned.in_doubt().is_some() {
        let why =
            "its publication has begun and may have happened: wait for the outcome, or settle it";
        return Err(conflict(id, planned, why));
    }
    if planned.end.is_some() {
        return Err(conflict(id, planned, "nothing more is done about it"));
    }
    Ok(())
}

fn conflict(id: &str, planned: &Planned, why: &str) -> Error {
    let message = format!("`{id}` is {}: {why}", planned.state());
    Error::new(ErrorKind::Conflict, message)
}
