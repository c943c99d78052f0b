//! The contest: opened in a post, entered by likes, comments and reposts, closed, sealed in a post before the randomness
//! exists, drawn, checked again and announced.

use std::sync::Arc;

use sociable::adapters::memory::Memory;
use sociable::client::Clock;
use sociable::contest::beacon::{Beacon, OwnChain};
use sociable::contest::draw::{Proof, Trust};
use sociable::contest::{Award, AwardStatus, Contest, Contests, Entrant, Rules};
use sociable::jiff::Timestamp;
use sociable::store::KeyValue;
use sociable::{AccountRef, Draft, Engagement, Result, SocialNetwork, Target};

use crate::office::minutes;
use crate::summary::Summary;
use crate::{CLUB, Files, Times, line};

/// The rules; they lie beside this file.
const RULES: &str = include_str!("rules.toml");

const INVITATION: &str = "We give three winter boxes away! Follow us, like this post, pass it on and tell us below what \
                          tea you would drink. Until Tuesday noon; the draw can be checked by everybody.";

pub(crate) struct Prize {
    contests: Contests,
    beacon: Arc<OwnChain>,
    club: Arc<Memory>,
    times: Times,
    /// When the list was sealed in a post, and when the round came that decided.
    sealed: Option<(Timestamp, Timestamp)>,
}

impl Prize {
    pub(crate) fn new(store: Arc<dyn KeyValue>, club: Arc<Memory>, times: Times) -> Result<Self> {
        let clock = club.world().clock();
        // A town has a beacon of its own, with a round each 30 seconds.
        let beacon = OwnChain::new("town", times.listening, 30, Arc::clone(&clock))?;
        let beacon = Arc::new(beacon);
        let contests = Contests::builder(store)
            .account(CLUB, club.clone())
            .clock(clock)
            .beacon(beacon.clone())
            .every(minutes(60))
            .build()?;
        Ok(Self {
            contests,
            beacon,
            club,
            times,
            sealed: None,
        })
    }

    async fn contest(&self) -> Result<Contest> {
        self.contests.contest("winter_box").await
    }

    /// From the invitation to the names of the winners.
    pub(crate) async fn hold(&mut self, clock: &dyn Clock) -> Result<()> {
        let (open, close) = self.times.contest;
        clock.sleep_until(open).await;
        let post = self.club.publish(&Draft::text(INVITATION)).await?;
        let rules = Rules::from_toml(&RULES.replace("POST", post.id.as_str()))?;
        let contest = self.contests.open("winter_box", &rules).await?;
        while clock.now() < close {
            let step = contest.step().await?;
            clock
                .sleep_until(step.next.map_or(close, |next| next.min(close)))
                .await;
        }
        contest.freeze().await?;
        let committed = contest.commit().await?;
        self.sealed = Some((clock.now(), committed.round_at));
        clock.sleep_until(committed.round_at).await;
        let drawn = contest.draw().await?;
        // Half an hour later the first of them does not follow us any more.
        clock.sleep_until(clock.now() + minutes(30)).await;
        self.leaves(&contest, drawn.awards.first()).await?;
        contest.recheck().await?;
        contest.announce().await?;
        Ok(())
    }

    async fn leaves(&self, contest: &Contest, award: Option<&Award>) -> Result<()> {
        if let Some(handle) = self.handle(contest, award).await? {
            let person = self.club.world().network(&handle)?;
            let club = Target::from(AccountRef::handle(CLUB));
            person.engage(&club, &Engagement::follow().off()).await?;
        }
        Ok(())
    }

    /// Who stands at a place.
    async fn handle(&self, contest: &Contest, award: Option<&Award>) -> Result<Option<String>> {
        let Some(entry) = award.and_then(|award| award.entry.as_ref()) else {
            return Ok(None);
        };
        let accounts = contest.entry(entry).await?.accounts;
        let handle = accounts.first().and_then(|account| account.handle.as_ref());
        Ok(handle.map(|handle| handle.as_str().to_owned()))
    }

    pub(crate) async fn tell(&self, summary: &mut Summary, files: &mut Files) -> Result<()> {
        let contest = self.contest().await?;
        let report = contest.report().await?;
        summary.words("The contest");
        let stand = |word: &str| report.by_status.get(word).copied().unwrap_or_default();
        summary.count("contest.eligible", stand("eligible"), report.people);
        summary.count("contest.rejected", stand("rejected"), report.people);
        for (rule, count) in &report.rejected_by {
            summary.count(
                format!("contest.rejected.{rule}"),
                *count,
                stand("rejected"),
            );
        }
        let proof = contest.proof().await?.to_json();
        let trust = Trust::default().also(self.beacon.chain().hash());
        let verified = Proof::read(proof.as_bytes())?.verify(&trust)?;
        summary.fact("contest.proof", "verified");
        summary.fact("contest.tampered_proof", self.tampered(&proof, &trust));
        if let Some((sealed, round)) = self.sealed {
            let ahead = round.duration_since(sealed).try_into().unwrap_or_default();
            summary.time("contest.sealed_ahead_of_round", ahead, 1);
        }
        let mut winners = Vec::new();
        for award in contest.winners().await? {
            let Some(handle) = self.handle(&contest, Some(&award)).await? else {
                continue;
            };
            let person = Entrant::new("memory", format!("memory:account:{handle}"));
            let inclusion = contest.inclusion(&person).await?;
            files.add(format!("entry-{handle}.json"), line(&inclusion)?);
            winners.push(handle);
        }
        let fell = |award: &&Award| matches!(award.status, AwardStatus::Ineligible { .. });
        let skipped = report.awards.iter().filter(fell).count() as u64;
        let entries = u64::from(verified.entries);
        summary.count("contest.winners", winners.len() as u64, entries);
        summary.count("contest.skipped", skipped, entries);
        for (place, handle) in (1..).zip(&winners) {
            summary.fact(format!("contest.winner.{place}"), handle);
        }
        files.add("proof.json", proof);
        Ok(())
    }

    /// What becomes of a proof in which one digit was changed.
    fn tampered(&self, proof: &str, trust: &Trust) -> &'static str {
        let changed: String = proof
            .char_indices()
            .map(|(at, c)| match c {
                '0' if at > proof.len() / 2 => '1',
                c => c,
            })
            .collect();
        let read = Proof::read(changed.as_bytes());
        match read.and_then(|proof| proof.verify(trust)) {
            Ok(_) => "accepted",
            Err(_) => "refused",
        }
    }
}
