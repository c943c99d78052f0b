//! Finding the winners: by the round that was committed to, or by a figure, the time, or a jury.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Contest;
use super::award::{Award, AwardStatus, PASSED_OVER};
use super::beacon::{self, Beacon};
use super::commit::given_up_at;
use super::draw::{
    Commitment as Hidden, Evidence as Outcome, Inclusion, MasterKey, Proof, SealedLine, Source,
};
use super::entry::{Entrant, Entry, EntryId};
use super::list::{Seat, person};
use super::rules::{Fallback, Mode, Ties};
use super::state::{DrawTold, Head, Stage};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// Which prizes a second draw is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Redraw {
    /// All: the draw before it is void.
    All,
    /// Those that nobody of the draws before it can have. Who won in them, or fell out, is passed over.
    Missing,
}

/// An entry in the order in which it wins, in modes without chance.
struct Ranked {
    commitment: Hidden,
    entry: EntryId,
    points: Option<i64>,
    given: Vec<(String, i32)>,
    completed_at: Timestamp,
}

impl Contest {
    /// Finds the winners and those who come next: by the round that was committed to, and no other, once it is there; in
    /// modes without chance by their figure, right after the freeze. Whoever calls again is answered with the same.
    ///
    /// # Errors
    /// - `Unavailable` before the round's time, and while the beacon is silent, with the moment to come back. Where it stays
    ///   away longer than the rules wait, what they say holds; for a new draw that is `Conflict`:
    ///   [`redraw`](Self::redraw).
    /// - `Conflict` in another stage; where a juror has not scored every entry.
    /// - `Decode` where the list in the store is not the one that was frozen.
    pub async fn draw(&self) -> Result<DrawTold> {
        let head = self.head().await?;
        if head.stage >= Stage::Drawn {
            return Ok(DrawTold::from(head.draw()?));
        }
        match &head.rules.mode {
            Mode::Chance { .. } => self.draw_by_chance(&head).await,
            _ => self.rank(&head).await,
        }
    }

    async fn draw_by_chance(&self, head: &Head) -> Result<DrawTold> {
        head.must_be(&[Stage::Committed], "draw")?;
        let frozen = head.must_be_frozen()?;
        let (pool, seats) = self.pool(frozen).await?;
        let draw = head.draw()?;
        let Some(commitment) = &draw.commitment else {
            let what = format!("the contest {} has no commitment: commit first", self.id);
            return Err(Error::new(ErrorKind::Conflict, what));
        };
        let sealed = &commitment.sealed;
        let told = SealedLine::find_in(&commitment.publication.text);
        let published = told.is_some_and(|line| line.is_of(sealed));
        if !published || sealed.list != frozen.list_hash || sealed.rules != head.rules_hash {
            return Err(Error::new(
                ErrorKind::Decode,
                format!(
                    "the commitment of the contest {} in the store is not the one that was published: restore it from a copy of the store",
                    self.id
                ),
            ));
        }
        let now = self.now();
        let outcome = match &sealed.source {
            Source::Reveals { parties, .. } => {
                let values = parties
                    .iter()
                    .map(|one| draw.reveals.get(&one.name).copied());
                Outcome::reveals(&sealed.source, values.collect(), now)?
            }
            _ => {
                let beacons: Vec<&dyn Beacon> = [&self.of.0.beacon, &self.of.0.second]
                    .into_iter()
                    .filter_map(Option::as_deref)
                    .collect();
                match beacon::evidence(sealed, &beacons, now).await {
                    Ok(outcome) => outcome,
                    Err(error) => return Err(self.no_round(head, commitment.round_at, error)),
                }
            }
        };
        let proof = Proof::draw(sealed, &pool, head.rules_text.as_str(), outcome.clone())?;
        proof.verify(&self.of.0.trust)?;
        let passed_over = passed_over(head);
        let wanted = draw.winners.saturating_add(head.rules.reserves) as usize;
        let mut order = proof.order()?;
        let mut count = wanted;
        // Who is passed over keeps the place, and the order goes on behind it.
        let awards = loop {
            let first = order.first(count);
            let places = first.iter().zip(1_u32..);
            let awards: Vec<Award> = places
                .filter_map(|(index, place)| {
                    let seat = seats.get(*index as usize)?;
                    Some(award(seat, place, &passed_over, now))
                })
                .collect();
            let standing = awards.iter().filter(|award| award.stands()).count();
            if standing >= wanted || first.len() >= seats.len() {
                break awards;
            }
            count += wanted - standing;
        };
        self.keep_draw(head, awards, Some(outcome), None).await
    }

    /// Why a round is not there, and what is to be done.
    fn no_round(&self, head: &Head, round_at: Timestamp, error: Error) -> Error {
        let Ok(randomness) = Self::randomness(head) else {
            return error;
        };
        let late = self.now() >= given_up_at(randomness, round_at);
        let silent =
            error.retry() == crate::Retry::Later || *error.kind() == ErrorKind::Unavailable;
        if late && silent && randomness.fallback == Fallback::NewDraw {
            let what = format!(
                "the round of {round_at} did not come within {} hours: by its rules this draw is void; `redraw` makes another one that names it",
                randomness.wait_hours
            );
            return Error::new(ErrorKind::Conflict, what).with_source(error);
        }
        error
    }

    /// Orders all eligible entries without chance.
    async fn rank(&self, head: &Head) -> Result<DrawTold> {
        head.must_be(&[Stage::Frozen], "find its winners")?;
        let frozen = head.must_be_frozen()?;
        let (_, seats) = self.pool(frozen).await?;
        let mut ranked = Vec::with_capacity(seats.len());
        let mut unscored: BTreeMap<&str, u64> = BTreeMap::new();
        for seat in &seats {
            let Some(id) = &seat.entry else { continue };
            let entry = self.entry(id).await?;
            let (points, given) = match &head.rules.mode {
                Mode::Merit { .. } => (
                    entry
                        .measure
                        .map(|it| i64::try_from(it).unwrap_or(i64::MAX)),
                    Vec::new(),
                ),
                Mode::Jury { jurors, .. } => {
                    let mut given = Vec::with_capacity(jurors.len());
                    for juror in jurors {
                        match entry.scores.get(juror) {
                            Some(points) => given.push((juror.clone(), *points)),
                            None => *unscored.entry(juror).or_default() += 1,
                        }
                    }
                    let sum = given.iter().map(|(_, points)| i64::from(*points)).sum();
                    (Some(sum), given)
                }
                _ => (None, Vec::new()),
            };
            ranked.push(Ranked {
                commitment: seat.commitment,
                entry: id.clone(),
                points,
                given,
                // Whose moment is not known comes behind those whose is.
                completed_at: entry.completed_at.unwrap_or(Timestamp::MAX),
            });
        }
        if !unscored.is_empty() {
            let missing: Vec<String> = unscored
                .iter()
                .map(|(juror, count)| format!("{juror} ({count})"))
                .collect();
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "not every juror has scored every entry of the contest {}; missing: {}",
                    self.id,
                    missing.join(", ")
                ),
            ));
        }
        ranked.sort_by_key(|one| (Reverse(one.points), one.completed_at, one.commitment));
        let shared = matches!(
            head.rules.mode,
            Mode::Merit {
                ties: Ties::Shared,
                ..
            } | Mode::Jury {
                ties: Ties::Shared,
                ..
            }
        );
        let by_points = !matches!(head.rules.mode, Mode::First);
        let equal = |a: &Ranked, b: &Ranked| by_points && a.points == b.points;
        let passed_over = passed_over(head);
        let stays: Vec<&Ranked> = ranked
            .iter()
            .filter(|one| !passed_over.contains(&one.entry))
            .collect();
        let mut prizes = head.draw()?.winners as usize;
        if shared && let Some(last) = stays.get(prizes.saturating_sub(1)) {
            while stays.get(prizes).is_some_and(|next| equal(last, next)) {
                prizes += 1;
            }
        }
        let places = prizes.saturating_add(head.rules.reserves as usize);
        let now = self.now();
        let awards = stays
            .iter()
            .enumerate()
            .take(places)
            .map(|(at, one)| {
                let before = at.checked_sub(1).and_then(|before| stays.get(before));
                let tie = [before, stays.get(at + 1)]
                    .into_iter()
                    .flatten()
                    .any(|other| equal(one, other));
                Award {
                    place: u32::try_from(at + 1).unwrap_or(u32::MAX),
                    entry: Some(one.entry.clone()),
                    commitment: one.commitment.to_string(),
                    status: AwardStatus::Pending,
                    at: now,
                    points: one.points,
                    given: one.given.clone(),
                    tie,
                    passed_over: false,
                }
            })
            .collect();
        let prizes = u32::try_from(prizes).unwrap_or(u32::MAX);
        self.keep_draw(head, awards, None, Some(prizes)).await
    }

    async fn keep_draw(
        &self,
        drawn: &Head,
        awards: Vec<Award>,
        outcome: Option<Outcome>,
        prizes: Option<u32>,
    ) -> Result<DrawTold> {
        let now = self.now();
        let number = drawn.draw()?.number;
        let stages = [Stage::Frozen, Stage::Committed];
        let (_, told) = self
            .change(|head| {
                let at = head.touch(now);
                if head.stage >= Stage::Drawn {
                    return Ok(DrawTold::from(head.draw()?));
                }
                head.must_be(&stages, "draw")?;
                let draw = head.draw_mut()?;
                if draw.number != number {
                    let what = "another draw was begun meanwhile: look at the contest";
                    return Err(Error::new(ErrorKind::Conflict, what));
                }
                draw.awards.clone_from(&awards);
                draw.outcome.clone_from(&outcome);
                draw.drawn_at = Some(at);
                draw.winners = prizes.unwrap_or(draw.winners);
                let told = DrawTold::from(&*draw);
                head.stage = Stage::Drawn;
                Ok(told)
            })
            .await?;
        Ok(told)
    }

    /// The proof of the last draw: the file by which anybody can check it. It names nobody.
    ///
    /// # Errors
    /// `Conflict` where nothing is drawn, or not by chance; `Decode` where the list in the store is not the one that was
    /// frozen.
    pub async fn proof(&self) -> Result<Proof> {
        let head = self.head().await?;
        self.proof_of(head.draw()?.number).await
    }

    /// The proof of one of the draws, by its number from 1.
    ///
    /// # Errors
    /// As [`proof`](Self::proof).
    pub async fn proof_of(&self, draw: u32) -> Result<Proof> {
        let head = self.head().await?;
        let frozen = head.must_be_frozen()?;
        let none = || {
            let what = format!("the contest {} has no draw {draw} by chance", self.id);
            Error::new(ErrorKind::Conflict, what)
        };
        let draw = head.draws.iter().find(|one| one.number == draw);
        let draw = draw.ok_or_else(none)?;
        let (Some(commitment), Some(outcome)) = (&draw.commitment, &draw.outcome) else {
            return Err(none());
        };
        let (pool, _) = self.pool(frozen).await?;
        Proof::draw(
            &commitment.sealed,
            &pool,
            head.rules_text.as_str(),
            outcome.clone(),
        )
    }

    /// What shows an entrant that an entry of theirs is on the list: the salt and the path to the published root. It is for
    /// the entrant alone.
    ///
    /// # Errors
    /// `Conflict` before the entries are frozen; `NotFound` for who is not on the list, with the reasons where the entry was
    /// rejected.
    pub async fn inclusion(&self, entrant: &Entrant) -> Result<Inclusion> {
        let head = self.head().await?;
        let frozen = head.must_be_frozen()?;
        let entry = self.entry_of(entrant).await?;
        let (pool, _) = self.pool(frozen).await?;
        let master = MasterKey::from_secret(&Secret::new(head.master.as_str()))?;
        pool.inclusion(&master, &person(&entry)?).ok_or_else(|| {
            let why = entry.objections().join("; ");
            let what = format!(
                "the entry is not on the list of the contest {}{}{why}",
                self.id,
                if why.is_empty() { "" } else { ": " }
            );
            Error::new(ErrorKind::NotFound, what)
        })
    }

    /// Begins another draw over the same list, which names the one before it and says why. It has a commitment and a round
    /// of its own.
    ///
    /// # Errors
    /// `Conflict` where nothing is drawn yet, unless the round that was committed to never came and the rules want a new
    /// draw then; where no prize is missing; `Config` for a reason of several lines or none.
    pub async fn redraw(&self, reason: &str, which: Redraw) -> Result<()> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().any(char::is_control) {
            return Err(Error::config(
                "a second draw has a reason, in one line: it is published",
            ));
        }
        let head = self.head().await?;
        let stages = [Stage::Drawn, Stage::Announced, Stage::Disputed];
        if head.stage == Stage::Committed {
            self.must_be_void(&head).await?;
        } else {
            head.must_be(&stages, "draw it again")?;
        }
        if let Mode::Chance { randomness } = &head.rules.mode
            && !randomness.parties.is_empty()
        {
            let what = "what the parties reveal is known now, so that nobody may draw by it again: make another contest";
            return Err(Error::new(ErrorKind::Conflict, what));
        }
        let last = head.draw()?;
        let winners = match which {
            Redraw::All => head.rules.winners,
            Redraw::Missing => {
                // A prize is missing too where a winner of a draw before the last fell out after it.
                let standing = super::ends::standing(&head).len();
                let standing = u32::try_from(standing).unwrap_or(u32::MAX);
                let first = head.draws.iter().rev().find(|draw| draw.all);
                let first = first.or(head.draws.first()).unwrap_or(last);
                let missing = first.winners.saturating_sub(standing);
                if missing == 0 {
                    let what = format!("no prize of the contest {} is missing", self.id);
                    return Err(Error::new(ErrorKind::Conflict, what));
                }
                missing
            }
        };
        let (number, now) = (last.number, self.now());
        if which == Redraw::All {
            self.forget_winners(&head).await?;
        }
        self.change(|head| {
            head.touch(now);
            let last = head.draw()?;
            if last.number != number {
                let what = "another draw was begun meanwhile: look at the contest";
                return Err(Error::new(ErrorKind::Conflict, what));
            }
            head.draws.push(super::state::DrawState {
                all: which == Redraw::All,
                ..super::state::DrawState::new(number + 1, winners, Some(reason.to_owned()))
            });
            head.stage = Stage::Frozen;
            head.announced.extend(head.announcement.take());
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// Passes where a draw is void since its round never came.
    async fn must_be_void(&self, head: &Head) -> Result<()> {
        match self.draw_by_chance(head).await {
            Err(error) if *error.kind() == ErrorKind::Conflict => Ok(()),
            Err(error) => Err(error),
            Ok(_) => {
                let what = "the round has come, and the draw is made: look at it first";
                Err(Error::new(ErrorKind::Conflict, what))
            }
        }
    }
}

fn award(seat: &Seat, place: u32, passed_over: &BTreeSet<EntryId>, now: Timestamp) -> Award {
    let passed = seat
        .entry
        .as_ref()
        .is_some_and(|entry| passed_over.contains(entry));
    let status = match &seat.entry {
        None => AwardStatus::Ineligible {
            reason: "the person was erased".to_owned(),
        },
        Some(_) if passed => AwardStatus::Ineligible {
            reason: PASSED_OVER.to_owned(),
        },
        Some(_) => AwardStatus::Pending,
    };
    Award {
        place,
        entry: seat.entry.clone(),
        commitment: seat.commitment.to_string(),
        status,
        at: now,
        points: None,
        given: Vec::new(),
        tie: false,
        passed_over: passed,
    }
}

/// Who won, or fell out, in the draws that this one adds to.
fn passed_over(head: &Head) -> BTreeSet<EntryId> {
    let mut passed = BTreeSet::new();
    let mut draws = head.draws.iter().rev();
    let mut adds = draws
        .next()
        .is_some_and(|draw| draw.number > 1 && !draw.all);
    for draw in draws {
        if !adds {
            break;
        }
        let winners = super::award::winners(&draw.awards, draw.winners);
        let fell = draw.awards.iter().filter(|award| !award.stands());
        passed.extend(
            winners
                .into_iter()
                .chain(fell)
                .filter_map(|one| one.entry.clone()),
        );
        adds = !draw.all;
    }
    passed
}

impl Entry {
    /// What speaks against it, for its person to read.
    pub fn objections(&self) -> Vec<String> {
        use super::judge::Verdict;
        let against = self
            .checks
            .iter()
            .filter(|check| check.counts != Some(true));
        against
            .filter_map(|check| match &check.verdict {
                Verdict::Pass => None,
                Verdict::Fail(why) => Some(format!("{}: {why}", check.name)),
                Verdict::Unknown(why) => Some(format!("{}: not known ({why})", check.name)),
            })
            .collect()
    }
}
