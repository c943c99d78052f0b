//! From the draw to the end: winners looked at again, the announcement, disputes, the close.

use jiff::{SignedDuration, Timestamp};

use super::Contest;
use super::asking::{Won, asks_members};
use super::award::{self, Award, AwardStatus};
use super::entry::{Entry, EntryId};
use super::judge::Verdict;
use super::keys;
use super::publication::{Publication, PublicationState, Slot, Whereabouts};
use super::rules::{ExclusionKind, Mode};
use super::state::{Dispute, DrawState, Head, Settled, Stage};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Membership;
use crate::operation::Operation;

/// How many prizes an announcement names the winners of; more would fit into no post.
const NAMED: usize = 20;

impl Contest {
    /// Looks at the winners again: whether their accounts are there, are members where the rules want it, and are none of
    /// those who are excluded. Who is not eligible any more is skipped, and the next in order comes up and is looked at in
    /// turn; the list and the order stay as they are. What is unknown takes nobody's prize away.
    ///
    /// All are looked at who have a prize ([`winners`](Self::winners)), also by a draw before one for missing prizes. A
    /// prize that nobody of such a draw can have any more is missing: [`redraw`](Self::redraw) it. The answer is the
    /// places of these draws, the earlier draw first.
    ///
    /// # Errors
    /// `Conflict` in another stage; what a network says, `Suspended` among it where our own account is.
    pub async fn recheck(&self) -> Result<Vec<Award>> {
        let mut looked: Vec<EntryId> = Vec::new();
        loop {
            let head = self.head().await?;
            let stages = [Stage::Drawn, Stage::Announced, Stage::Disputed];
            head.must_be(&stages, "look at its winners")?;
            head.draw()?;
            let next = standing(&head).into_iter().find_map(|award| {
                let entry = award.entry.as_ref()?;
                (!looked.contains(entry)).then(|| entry.clone())
            });
            let Some(id) = next else {
                let mut draws: Vec<&DrawState> = that_count(&head).collect();
                draws.reverse();
                let awards = draws.into_iter().flat_map(|draw| &draw.awards);
                return Ok(awards.cloned().collect());
            };
            if let Some(reason) = self.no_longer_eligible(&head, &id).await? {
                let status = AwardStatus::Ineligible { reason };
                self.set_award(&id, &status).await?;
            }
            looked.push(id);
        }
    }

    /// Why a winner is not eligible any more.
    async fn no_longer_eligible(&self, head: &Head, id: &EntryId) -> Result<Option<String>> {
        let mut entry = self.entry(id).await?;
        let reads = |kind: &ExclusionKind| kind.reads_account();
        if head.rules.exclusions.iter().any(|one| reads(&one.kind)) {
            for account in entry.accounts.clone() {
                entry = self.look_one_up(head, &entry, &account).await?;
            }
        }
        let days = head.rules.exclusions.iter().find_map(|one| match one.kind {
            ExclusionKind::EarlierWinners(days) => Some(days),
            _ => None,
        });
        let bench = self.bench(head).await?;
        let won = self.won(&entry, days, bench.close).await?;
        let judged = bench.judge(&entry, won.as_deref());
        let excluded = judged.checks.into_iter().find_map(|check| {
            let exclusion = check.name == "own" || check.rule.starts_with("exclusions");
            match check.verdict {
                Verdict::Fail(why) if exclusion => Some(format!("{}: {why}", check.name)),
                _ => None,
            }
        });
        if excluded.is_some() || !asks_members(head) {
            return Ok(excluded);
        }
        // By hand once, by hand again: what a person vouched for no network takes back.
        let vouched = entry
            .evidence
            .iter()
            .any(|one| one.deed == super::entry::Deed::Member);
        let mut left = None;
        for looker in Self::lookers(head) {
            let profile = self.network(looker)?.profile();
            if vouched || !profile.can(&Operation::MEMBERSHIP) {
                return Ok(None);
            }
            for account in &entry.accounts {
                if account.network != profile.network {
                    continue;
                }
                let asked = std::slice::from_ref(&account.id);
                match self.memberships(looker, asked).await?.first() {
                    Some(Membership::No) => {
                        left = Some("member: not a member or follower any more".to_owned());
                    }
                    _ => return Ok(None),
                }
            }
        }
        Ok(left)
    }

    async fn set_award(&self, entry: &EntryId, status: &AwardStatus) -> Result<()> {
        let now = self.now();
        let changed = self.change(|head| {
            let at = head.touch(now);
            let id = head.id.clone();
            let last = head.draw()?.number;
            let (draw, own) = own_place(head, entry).ok_or_else(|| {
                let what = format!("the entry {entry} has no place in the draws of the contest {id}");
                Error::new(ErrorKind::NotFound, what)
            })?;
            if own.status == *status {
                return Ok(());
            }
            let fell = !own.stands();
            own.status = status.clone();
            if fell && own.stands() && draw < last {
                let what = format!(
                    "the entry {entry} fell out of the draw {draw} of the contest {id}, and its prize was drawn again: `redraw` all prizes where that was wrong"
                );
                return Err(Error::new(ErrorKind::Conflict, what));
            }
            own.at = at;
            Ok(())
        });
        let (head, ()) = changed.await?;
        let stands = standing(&head)
            .iter()
            .any(|one| one.entry.as_ref() == Some(entry));
        // Before the announcement nobody has won yet, save by an earlier draw that was announced; after it, who comes up
        // has, and who falls out has not.
        let announced = head.stage >= Stage::Announced;
        if announced || !stands {
            self.remember(entry, stands).await?;
        }
        if !announced {
            return Ok(());
        }
        self.remember_winners(&head).await
    }

    async fn must_have_awards(&self) -> Result<()> {
        let stages = [Stage::Drawn, Stage::Announced, Stage::Disputed];
        self.head().await?.must_be(&stages, "decide on a prize")
    }

    /// Notes that a winner gets the prize, and who says so.
    ///
    /// # Errors
    /// `Conflict` in another stage, and for who fell out of a draw before the last one; `NotFound` for who has no place.
    pub async fn confirm(&self, entry: &EntryId, by: impl Into<String>) -> Result<()> {
        self.must_have_awards().await?;
        let status = AwardStatus::Confirmed { by: by.into() };
        self.set_award(entry, &status).await
    }

    /// Notes that a winner does not want the prize, or did not answer: the next in order comes up.
    ///
    /// # Errors
    /// As [`confirm`](Self::confirm).
    pub async fn decline(&self, entry: &EntryId, reason: impl Into<String>) -> Result<()> {
        self.must_have_awards().await?;
        let reason = reason.into();
        self.set_award(entry, &AwardStatus::Declined { reason })
            .await
    }

    /// The winners as they stand: of the last draw, and of those before it that it only adds to.
    ///
    /// # Errors
    /// `Conflict` before the draw.
    pub async fn winners(&self) -> Result<Vec<Award>> {
        let head = self.head().await?;
        head.draw()?;
        Ok(standing(&head).into_iter().cloned().collect())
    }

    /// Looks at the winners again ([`recheck`](Self::recheck)), and publishes who they are. It is published once. What could
    /// not be published is written anew when it is tried again: it names who wins then.
    ///
    /// # Errors
    /// As [`commit`](Self::commit); `Conflict` in another stage.
    pub async fn announce(&self) -> Result<Publication> {
        let head = self.head().await?;
        if let (Stage::Announced | Stage::Disputed | Stage::Closed, Some(out)) =
            (head.stage, &head.announcement)
        {
            return Ok(out.clone());
        }
        head.must_be(&[Stage::Drawn], "announce its winners")?;
        self.recheck().await?;
        let head = self.head().await?;
        if standing(&head).is_empty() {
            let what = format!(
                "nobody has won the contest {}: all who were drawn fell out; `redraw`, or add what was missed to the next one",
                self.id
            );
            return Err(Error::new(ErrorKind::Conflict, what));
        }
        // What was prepared before, and is not out, may name somebody who fell out since.
        if let Whereabouts::NotOut = self.whereabouts(&head, Slot::Announcement).await? {
            let prepared = self.announcement(&head).await?;
            self.change(|kept| {
                kept.must_be(&[Stage::Drawn], "announce its winners")?;
                if standing(kept) != standing(&head) {
                    let what = "who wins was changed meanwhile: announce it again";
                    return Err(
                        Error::new(ErrorKind::Conflict, what).with_retry(crate::Retry::Later)
                    );
                }
                let old = kept.announcement.as_ref();
                if old.is_none_or(|old| {
                    old.state == PublicationState::Ready && old.text != prepared.text
                }) {
                    kept.announcement = Some(prepared.clone());
                }
                Ok(())
            })
            .await?;
        }
        let published = self.publish_once(Slot::Announcement).await?;
        self.remember_winners(&head).await?;
        let now = self.now();
        self.change(|head| {
            head.touch(now);
            if head.stage == Stage::Drawn {
                head.stage = Stage::Announced;
            }
            Ok(())
        })
        .await?;
        Ok(published)
    }

    async fn announcement(&self, head: &Head) -> Result<Publication> {
        let mut names = Vec::new();
        let winners = standing(head);
        for award in winners.iter().take(NAMED) {
            let Some(id) = &award.entry else { continue };
            let mut name = self.entry(id).await?.display();
            if let Some(points) = award.points {
                name = format!("{name} ({points})");
            }
            if !award.given.is_empty() {
                let given: Vec<String> = award
                    .given
                    .iter()
                    .map(|(juror, points)| format!("{juror} {points}"))
                    .collect();
                name = format!("{name}: {}", given.join(", "));
            }
            names.push(name);
        }
        let draw = head.draw()?;
        let how = match (&head.rules.mode, &draw.commitment) {
            (Mode::Chance { .. }, Some(commitment)) => {
                let url = commitment.publication.url.as_deref().unwrap_or_default();
                match commitment.round {
                    Some(round) => {
                        format!("Drawn by round {round}, as committed to before. {url}")
                    }
                    None => format!("Drawn by what the parties revealed. {url}"),
                }
            }
            (Mode::Merit { measure, ties }, _) => {
                format!("By {measure}; of those who are equal, {}.", ties.told())
            }
            (Mode::First, _) => "Who was first.".to_owned(),
            (Mode::Jury { ties, .. }, _) => {
                format!("By a jury; of those who are equal, {}.", ties.told())
            }
            _ => String::new(),
        };
        let title = &head.rules.title;
        let more = winners.len().saturating_sub(names.len());
        let list = match more {
            0 => names.join("; "),
            more => format!("{}; and {more} more", names.join("; ")),
        };
        let account = self.publisher(head);
        let key = format!("contest-{}-{}-announcement", head.id, draw.number);
        let full = format!("{title}. Winners: {list}. {how}");
        let short = format!("{title}: {} winners are found. {how}", winners.len());
        match self.prepare_post(account, full.trim(), key.clone()).await {
            Err(error) if matches!(error.kind(), ErrorKind::Invalid(_)) => {
                self.prepare_post(account, short.trim(), key).await
            }
            other => other,
        }
    }

    /// Keeps who won, for contests that exclude earlier winners.
    async fn remember_winners(&self, head: &Head) -> Result<()> {
        for award in standing(head) {
            if let Some(id) = &award.entry {
                self.remember(id, true).await?;
            }
        }
        Ok(())
    }

    /// Forgets who won, where a draw is void.
    pub(super) async fn forget_winners(&self, head: &Head) -> Result<()> {
        for award in standing(head) {
            if let Some(id) = &award.entry {
                self.remember(id, false).await?;
            }
        }
        Ok(())
    }

    /// Keeps, or forgets, that somebody won this contest.
    async fn remember(&self, id: &EntryId, won: bool) -> Result<()> {
        let at = self.now();
        for account in self.entry(id).await?.accounts {
            let key = keys::winner(&account.network, account.id.as_str());
            self.keeper()
                .update(&key, |wins: &mut Vec<Won>| {
                    let here = |one: &Won| one.contest == self.id.as_str();
                    match (won, wins.iter().any(here)) {
                        (true, false) => wins.push(Won {
                            contest: self.id.to_string(),
                            at,
                        }),
                        (false, true) => wins.retain(|one| !here(one)),
                        _ => return Ok(None),
                    }
                    Ok(Some(()))
                })
                .await?;
        }
        Ok(())
    }

    /// Notes that somebody disputes the result, and answers the dispute's number. Nothing is closed before it is settled.
    ///
    /// # Errors
    /// `Conflict` before the announcement, `WindowClosed` after the time for it.
    pub async fn dispute(&self, by: impl Into<String>, what: impl Into<String>) -> Result<u32> {
        let (by, what, now) = (by.into(), what.into(), self.now());
        let (_, number) = self
            .change(|head| {
                head.must_be(&[Stage::Announced, Stage::Disputed], "dispute it")?;
                let until = disputed_until(head);
                let at = head.touch(now);
                if at >= until {
                    let what = format!("the result could be disputed until {until}");
                    return Err(Error::new(ErrorKind::WindowClosed, what));
                }
                let number = u32::try_from(head.disputes.len() + 1).unwrap_or(u32::MAX);
                head.disputes.push(Dispute {
                    number,
                    by: by.clone(),
                    what: what.clone(),
                    at,
                    settled: None,
                });
                head.stage = Stage::Disputed;
                Ok(number)
            })
            .await?;
        Ok(number)
    }

    /// Settles a dispute: who decided, and how. Where it asks for another draw, make one with
    /// [`redraw`](Self::redraw) afterwards.
    ///
    /// # Errors
    /// `NotFound` for a dispute that there is not, `Conflict` for one that is settled.
    pub async fn settle(
        &self,
        number: u32,
        by: impl Into<String>,
        how: impl Into<String>,
    ) -> Result<()> {
        let (by, how, now) = (by.into(), how.into(), self.now());
        self.change(|head| {
            let at = head.touch(now);
            let id = head.id.clone();
            let dispute = head.disputes.iter_mut().find(|one| one.number == number);
            let dispute = dispute.ok_or_else(|| {
                let what = format!("the contest {id} has no dispute {number}");
                Error::new(ErrorKind::NotFound, what)
            })?;
            if dispute.settled.is_some() {
                let what = format!("the dispute {number} is settled already");
                return Err(Error::new(ErrorKind::Conflict, what));
            }
            dispute.settled = Some(Settled {
                by: by.clone(),
                how: how.clone(),
                at,
            });
            let open = head.disputes.iter().any(|one| one.settled.is_none());
            if head.stage == Stage::Disputed && !open {
                head.stage = Stage::Announced;
            }
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// Closes the contest, once nobody can dispute it any more.
    ///
    /// # Errors
    /// `Conflict` in another stage, while a dispute is open, and before the time for disputes is over, with the moment.
    pub async fn close(&self) -> Result<()> {
        let now = self.now();
        self.change(|head| {
            if head.stage == Stage::Closed {
                return Ok(());
            }
            head.must_be(&[Stage::Announced], "close it")?;
            let until = disputed_until(head);
            let at = head.touch(now);
            if at < until {
                let what = format!("the result can be disputed until {until}: close it then");
                return Err(Error::new(ErrorKind::Conflict, what)
                    .with_retry(crate::Retry::Later)
                    .with_retry_at(until));
            }
            head.stage = Stage::Closed;
            head.closed_at = Some(at);
            Ok(())
        })
        .await?;
        // What listings showed is needed no longer; the evidence of each entry stays.
        self.keeper().clear(&keys::pages(&self.id)).await
    }

    /// Ends a contest without winners, for a reason that is kept.
    ///
    /// # Errors
    /// `Conflict` once winners are found.
    pub async fn cancel(&self, by: impl Into<String>, reason: impl Into<String>) -> Result<()> {
        let (by, how, now) = (by.into(), reason.into(), self.now());
        self.change(|head| {
            let stages = [Stage::Open, Stage::Frozen, Stage::Committed];
            head.must_be(&stages, "cancel it")?;
            let at = head.touch(now);
            head.stage = Stage::Closed;
            head.closed_at = Some(at);
            head.cancelled = Some(Settled {
                by: by.clone(),
                how: how.clone(),
                at,
            });
            Ok(())
        })
        .await?;
        self.keeper().clear(&keys::pages(&self.id)).await
    }
}

/// Who has a prize now: in the last draw, and in those before it that it only adds to.
pub(super) fn standing(head: &Head) -> Vec<&Award> {
    let draws = that_count(head).map(|draw| award::winners(&draw.awards, draw.winners));
    let mut all: Vec<_> = draws.collect();
    all.reverse();
    all.into_iter().flatten().collect()
}

/// The last draw and those before it that it only adds to, the last one first.
fn that_count(head: &Head) -> impl Iterator<Item = &DrawState> {
    let mut void = false;
    head.draws
        .iter()
        .rev()
        .take_while(move |draw| !std::mem::replace(&mut void, draw.all))
}

/// The place of somebody's own in the last draw, or in those before it that it only adds to, and the draw's number.
fn own_place<'h>(head: &'h mut Head, entry: &EntryId) -> Option<(u32, &'h mut Award)> {
    for draw in head.draws.iter_mut().rev() {
        let (number, all) = (draw.number, draw.all);
        let own = draw
            .awards
            .iter_mut()
            .find(|award| award.entry.as_ref() == Some(entry) && award.is_own());
        if let Some(own) = own {
            return Some((number, own));
        }
        if all {
            break;
        }
    }
    None
}

/// Until when the announcement may be disputed.
fn disputed_until(head: &Head) -> Timestamp {
    let announced = head.announcement.as_ref().and_then(|one| one.published_at);
    let hours = SignedDuration::from_hours(i64::from(head.rules.dispute_hours));
    let from = announced.unwrap_or(head.last);
    from.saturating_add(hours).unwrap_or(Timestamp::MAX)
}

impl Entry {
    /// The names under which its person won or took part, of which nothing is left after an erasure.
    pub(super) fn names(&self) -> Vec<String> {
        let handles = self.accounts.iter().filter_map(|one| one.handle.clone());
        let names = self.accounts.iter().filter_map(|one| one.name.clone());
        let ids = self.accounts.iter().map(|one| one.id.to_string());
        handles.chain(names).chain(ids).collect()
    }
}
