//! Committing to the list and to a round in public, before that round exists.

use jiff::{SignedDuration, Timestamp};

use super::Contest;
use super::beacon::Beacon;
use super::draw::{DrawId, Reveal, Sealed, SealedLine, Source};
use super::publication::{Publication, PublicationState, Slot, Whereabouts};
use super::rules::{Fallback, Mode, Randomness};
use super::state::{Commitment, Committed, DrawState, Head, Stage};
use crate::error::{Error, ErrorKind, Result};

/// How much longer than the rules ask for the round lies ahead: publishing takes its time.
const MARGIN: SignedDuration = SignedDuration::from_mins(2);

/// How long the reason may be that a commitment gives, in characters.
const REASON: usize = 300;

impl Contest {
    pub(super) fn randomness(head: &Head) -> Result<&Randomness> {
        match &head.rules.mode {
            Mode::Chance { randomness } => Ok(randomness),
            _ => Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "nothing is drawn by chance in the contest {}, so that there is nothing to commit to: call `draw`",
                    head.id
                ),
            )),
        }
    }

    pub(super) fn beacon(&self) -> Result<&dyn Beacon> {
        self.of
            .0
            .beacon
            .as_deref()
            .ok_or_else(|| Error::config("the contests have no beacon to draw by: give them one"))
    }

    /// Our account that publishes.
    pub(super) fn publisher<'a>(&'a self, head: &'a Head) -> &'a str {
        let first = head.rules.about.first().map(|subject| subject.account());
        let set = self.of.0.publisher.as_deref();
        set.or(first).unwrap_or_default()
    }

    /// Publishes, as a post, what binds us: the hash of the list, that of the rules, and a round of the beacon that lies
    /// ahead. It is published once, whatever is cut off and however many processes do it; whoever calls again is answered
    /// with the same.
    ///
    /// # Errors
    /// - `Conflict` in another stage; while another process publishes it; and where it came out so late that the round was
    ///   too near: then it is void, and the next call publishes another, which names it.
    /// - `Invalid` where the network would not take the post.
    /// - `Unconfirmed` where it may be out: call again, or say with [`settle_post`](Self::settle_post) what you saw.
    /// - What the network says. Then it is certainly not out.
    pub async fn commit(&self) -> Result<Committed> {
        let head = self.head().await?;
        let lead = i64::from(Self::randomness(&head)?.lead_minutes);
        let lead = SignedDuration::from_mins(lead);
        if head.stage >= Stage::Committed
            && let Some(commitment) = &head.draw()?.commitment
        {
            return Ok(Committed::from(commitment));
        }
        head.must_be(&[Stage::Frozen], "commit to its entries")?;
        let head = self.ensure_commitment(head, lead).await?;
        let published = match self.whereabouts(&head, Slot::Commitment).await? {
            Whereabouts::Out(publication) => *publication,
            Whereabouts::NotOut => {
                // It waited for too long: one that names a later round takes its place.
                self.renew_if_near(&head, lead).await?;
                self.publish_once(Slot::Commitment).await?
            }
        };
        self.accept(&published, lead).await
    }

    /// Takes what a party reveals, where parties decide: what it committed itself to in the rules, and nothing else. Publish
    /// each reveal too: no file can show when it was made.
    ///
    /// # Errors
    /// `Conflict` in another stage or where a beacon decides; `WindowClosed` after the deadline, when the published default
    /// counts; `Config` for a party that there is not, and for something else than it committed itself to.
    pub async fn reveal(&self, party: &str, reveal: Reveal) -> Result<()> {
        let now = self.now();
        self.change(|head| {
            head.must_be(&[Stage::Committed], "reveal")?;
            let at = head.touch(now);
            let parties = Self::randomness(head)?.parties.clone();
            if parties.is_empty() {
                let what = "a beacon decides this contest: nobody has anything to reveal";
                return Err(Error::new(ErrorKind::Conflict, what));
            }
            let known = parties.iter().find(|one| one.name == party);
            let known = known.ok_or_else(|| {
                let there: Vec<&str> = parties.iter().map(|one| one.name.as_str()).collect();
                Error::config(format!(
                    "the rules name no party `{party}`; they name: {}",
                    there.join(", ")
                ))
            })?;
            if reveal.commitment() != known.commitment {
                return Err(Error::config(format!(
                    "`{party}` committed itself to something else: look for the right file"
                )));
            }
            let draw = head.draw_mut()?;
            let deadline = draw.commitment.as_ref().map(|one| one.round_at);
            if let Some(deadline) = deadline.filter(|deadline| at >= *deadline) {
                let what = format!(
                    "`{party}` could reveal until {deadline}: its published default counts"
                );
                return Err(Error::new(ErrorKind::WindowClosed, what));
            }
            draw.reveals.insert(party.to_owned(), reveal);
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// Makes the commitment, unless there is one.
    async fn ensure_commitment(&self, head: Head, lead: SignedDuration) -> Result<Head> {
        if head.draw()?.commitment.is_some() {
            return Ok(head);
        }
        let commitment = self.commitment(&head, lead).await?;
        let number = head.draw()?.number;
        let attempt = head.draw()?.attempt;
        let (head, ()) = self
            .change(|head| {
                head.must_be(&[Stage::Frozen], "commit to its entries")?;
                let draw = head.draw_mut()?;
                if draw.commitment.is_none() && (draw.number, draw.attempt) == (number, attempt) {
                    draw.commitment = Some(commitment.clone());
                }
                Ok(())
            })
            .await?;
        Ok(head)
    }

    async fn commitment(&self, head: &Head, lead: SignedDuration) -> Result<Commitment> {
        let frozen = head.must_be_frozen()?;
        let (pool, _) = self.pool(frozen).await?;
        let draw = head.draw()?;
        let now = self.now().max(head.last);
        let randomness = Self::randomness(head)?;
        let ahead = lead.saturating_add(MARGIN);
        let (source, round, round_at) = if randomness.parties.is_empty() {
            let chain = self.beacon()?.chain();
            let round = chain.honest_round(now, ahead);
            let source = Source::beacon(chain, round);
            (source, Some(round), chain.time_of(round)?)
        } else {
            let begins = now.saturating_add(ahead).unwrap_or(Timestamp::MAX);
            let deadline = given_up_at(randomness, begins);
            let parties = randomness.parties.iter().cloned();
            (Source::reveals(deadline, parties), None, deadline)
        };
        let id = draw_id(head, draw)?;
        let (winners, reserves) = (draw.winners, head.rules.reserves);
        let mut sealed = Sealed::new(&id, &pool, head.rules_hash, winners, reserves, source)?;
        if randomness.fallback == Fallback::SecondBeacon {
            let second = self.of.0.second.as_deref().ok_or_else(|| {
                Error::config("the rules name a second beacon, and the contests have none")
            })?;
            let after = given_up_at(randomness, round_at);
            let round = second.chain().first_round_from(after);
            sealed = sealed.fallback(after, Source::beacon(second.chain(), round))?;
        }
        if let Some(void) = draw.void.last() {
            sealed = sealed.earlier(void.sealed.seal(), "it was published too late")?;
        } else if let Some(before) = head.draws.iter().rev().nth(1)
            && let Some(commitment) = &before.commitment
        {
            let reason = draw.reason.as_deref().unwrap_or("a second draw");
            let reason: String = reason.chars().take(REASON).collect();
            sealed = sealed.earlier(commitment.sealed.seal(), reason)?;
        }
        let line = SealedLine::of(&sealed).to_string();
        let account = self.publisher(head);
        let key = format!("contest-{}", id.as_str().replace('/', "-"));
        let decides = match round {
            Some(round) => format!("Round {round} of the beacon, at {round_at}, decides."),
            None => format!("What the parties reveal until {round_at} decides."),
        };
        let title = &head.rules.title;
        let words = format!("{title}: the list of entries is fixed. {decides}\n{line}");
        // Where the words do not fit, the line alone says all that binds.
        let publication = match self.prepare_post(account, &words, key.clone()).await {
            Err(error) if matches!(error.kind(), ErrorKind::Invalid(_)) => {
                self.prepare_post(account, &line, key).await?
            }
            other => other?,
        };
        Ok(Commitment {
            sealed,
            line,
            round,
            round_at,
            publication,
        })
    }

    /// Takes a commitment back that is certainly not out, where its round has come too near.
    async fn renew_if_near(&self, head: &Head, lead: SignedDuration) -> Result<()> {
        let Some(commitment) = &head.draw()?.commitment else {
            return Ok(());
        };
        if self
            .now()
            .max(head.last)
            .saturating_add(lead)
            .unwrap_or(Timestamp::MAX)
            <= commitment.round_at
        {
            return Ok(());
        }
        let key = commitment.publication.key.clone();
        let (head, ()) = self
            .change(|head| {
                let draw = head.draw_mut()?;
                let old = draw.commitment.as_ref().map(|one| &one.publication);
                if old.is_some_and(|old| old.key == key && old.state == PublicationState::Ready) {
                    draw.commitment = None;
                    draw.attempt += 1;
                }
                Ok(())
            })
            .await?;
        self.ensure_commitment(head, lead).await?;
        Ok(())
    }

    /// Takes a commitment that is out for binding, if it came out in time.
    async fn accept(&self, published: &Publication, lead: SignedDuration) -> Result<Committed> {
        let now = self.now();
        let (_, accepted) = self
            .change(|head| {
                let at = head.touch(now);
                let stage = head.stage;
                let draw = head.draw_mut()?;
                let current = draw.commitment.take();
                let Some(commitment) = current.filter(|one| one.publication.key == published.key)
                else {
                    let what = "the commitment was replaced meanwhile: look at the contest";
                    return Err(Error::new(ErrorKind::Conflict, what));
                };
                let out = commitment.publication.published_at.unwrap_or(at);
                let out = out.max(commitment.publication.begun_at);
                let late = out.saturating_add(lead).unwrap_or(Timestamp::MAX) > commitment.round_at;
                if late && stage == Stage::Frozen {
                    draw.void.push(commitment);
                    draw.attempt += 1;
                    return Ok(None);
                }
                let committed = Committed::from(&commitment);
                draw.commitment = Some(commitment);
                head.stage = head.stage.max(Stage::Committed);
                Ok(Some(committed))
            })
            .await?;
        accepted.ok_or_else(|| {
            let what = format!(
                "the commitment of the contest {} came out too late: less than {} minutes before its round. It is void; commit again: another one, which names it, takes its place",
                self.id,
                lead.as_mins()
            );
            Error::new(ErrorKind::Conflict, what).with_retry(crate::Retry::Later)
        })
    }
}

/// The name of a draw in its commitment.
fn draw_id(head: &Head, draw: &DrawState) -> Result<DrawId> {
    DrawId::new(match draw.attempt {
        0 | 1 => format!("{}/{}", head.id, draw.number),
        attempt => format!("{}/{}-{attempt}", head.id, draw.number),
    })
}

/// When a round is waited for no longer.
pub(super) fn given_up_at(randomness: &Randomness, round_at: Timestamp) -> Timestamp {
    let wait = SignedDuration::from_hours(i64::from(randomness.wait_hours));
    round_at.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
