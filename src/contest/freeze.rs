//! Fixing the list of entries: everything is looked at once more, every entry is judged, and the list is hashed.
//!
//! Each part leaves what it found in the store, so that a freeze that is cut off, or that a network makes wait, goes on
//! where it was; and two processes that freeze at once come to one list, that of whoever writes it first.

use std::collections::BTreeSet;

use super::Contest;
use super::asking::refused;
use super::collect::{Reading, Step};
use super::draw::PersonKey;
use super::entry::{Deed, Entry, EntryId, EntryStatus, Evidence};
use super::judge::{Bench, Judged, View, mark};
use super::keys;
use super::list::person;
use super::look::{Listing, wanted};
use super::rules::ExclusionKind;
use super::state::{Frozen, Head, Stage};
use crate::error::{Error, ErrorKind, Result};
use crate::network::Availability;

/// What judging all entries came to.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) people: Vec<(PersonKey, EntryId)>,
    pub(super) rejected: u64,
    pub(super) undecided: Vec<EntryId>,
}

impl Contest {
    /// Fixes the list of entries, once the contest is closed: reads what happened and every listing to its end, a second
    /// time where somebody is missing who was there before, asks who is a member, looks accounts up where an exclusion
    /// needs it, judges every entry, and hashes the list of those that are eligible. It may take long and be called again:
    /// it goes on where it was, and once the list is fixed it answers that list.
    ///
    /// # Errors
    /// - `Conflict` before the close, with the moment; where entries wait for a decision ([`decide`](Self::decide)); and
    ///   where nobody is eligible.
    /// - What a network says: call again at [`retry_at`](Error::retry_at).
    pub async fn freeze(&self) -> Result<Frozen> {
        let head = self.head().await?;
        if let Some(frozen) = head.frozen {
            return Ok(frozen);
        }
        head.must_be(&[Stage::Open], "freeze its entries")?;
        let (now, close) = (self.now(), head.closes_at()?);
        if now < close && head.freezing.is_none() {
            let what = format!(
                "the contest {} is open until {close}: freeze its entries then",
                self.id
            );
            return Err(Error::new(ErrorKind::Conflict, what)
                .with_retry(crate::Retry::Later)
                .with_retry_at(close));
        }
        let (head, began) = self
            .change(|head| {
                let at = head.touch(now);
                Ok(*head.freezing.get_or_insert(at))
            })
            .await?;
        let ours = self.ours().await?;
        self.catch_up(&head, &ours).await?;
        let mut bench = self.bench(&head).await?;
        self.look_through(&head, &mut bench, &ours).await?;
        self.ask_members(&head, &mut bench).await?;
        self.look_up(&head, &bench, began).await?;
        let tally = self.judge_all(&head, &bench).await?;
        self.fix(&head, began, tally).await
    }

    /// Reads what happened up to now.
    async fn catch_up(&self, head: &Head, ours: &BTreeSet<(String, String)>) -> Result<()> {
        let mut step = Step::default();
        for account in Self::lookers(head) {
            loop {
                match self.read_events(head, account, ours, &mut step, 50).await {
                    Ok(Reading::More) => {}
                    Ok(Reading::Whole) => break,
                    Err(error) if refused(&error) => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Reads every listing that the rules need, and once more where somebody is missing who was there before.
    async fn look_through(
        &self,
        head: &Head,
        bench: &mut Bench<'_>,
        ours: &BTreeSet<(String, String)>,
    ) -> Result<()> {
        let offered = self.listings(head)?;
        let mut read: Vec<Listing> = Vec::new();
        for listing in wanted(head) {
            if listing.deed == Deed::Member {
                continue;
            }
            let at = (listing.subject, listing.deed);
            if !offered.contains(&listing) {
                let network = self.network(&listing.account)?.profile();
                let why = format!("{} does not list it to us", network.network);
                bench.unread.insert(at, why);
                continue;
            }
            match self.read_whole(head, &listing, "first", ours).await {
                Ok(look) => {
                    let mut view = self.view(&look).await?;
                    view.lacks = view.lacks.or(self.untrusted(head, &listing)?);
                    bench.views.insert(at, view);
                    read.push(listing);
                }
                Err(error) if refused(&error) => {
                    bench.unread.insert(at, error.message().to_owned());
                }
                Err(error) => return Err(error),
            }
        }
        let missing = self.missing_from(bench).await?;
        for listing in read {
            let at = (listing.subject, listing.deed);
            if !missing.contains(&at) {
                continue;
            }
            // Listings shift while they are read: who is in neither of two was not there.
            match self.read_whole(head, &listing, "second", ours).await {
                Ok(look) => {
                    let mut second = self.view(&look).await?;
                    second.lacks = second.lacks.or(self.untrusted(head, &listing)?);
                    let first = bench.views.remove(&at).unwrap_or_default();
                    bench.views.insert(at, first.with(second));
                }
                Err(error) if refused(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Why a listing proves nobody's absence, however much of it was read: the network itself does not promise it.
    fn untrusted(&self, head: &Head, listing: &Listing) -> Result<Option<String>> {
        let Some(subject) = head.rules.about.get(listing.subject) else {
            return Ok(None);
        };
        let profile = self.network(&listing.account)?.profile();
        let support = profile.supports(&listing.operation(subject));
        let open = support.availability == Availability::Unknown;
        let why = support
            .note
            .unwrap_or_else(|| format!("{} does not promise that it lists all", profile.network));
        Ok(open.then_some(why))
    }

    /// In which listings somebody is missing who was seen to do it.
    async fn missing_from(&self, bench: &Bench<'_>) -> Result<BTreeSet<(usize, Deed)>> {
        let mut missing = BTreeSet::new();
        self.each_entry(|entry, _| {
            for (at, view) in &bench.views {
                let Some(network) = bench.networks.get(at.0) else {
                    continue;
                };
                let gone = if at.1 == Deed::Commented {
                    entry.comments.iter().any(|comment| {
                        comment.subject == at.0
                            && comment.deleted_at.is_none()
                            && !view.seen.contains(&mark(network, comment.id.as_str()))
                    })
                } else {
                    let did = |one: &Evidence| (one.subject, one.deed) == *at;
                    let mut accounts = entry.accounts.iter();
                    entry.evidence.iter().any(did)
                        && !accounts.any(|account| {
                            view.seen
                                .contains(&mark(&account.network, account.id.as_str()))
                        })
                };
                if gone {
                    missing.insert(*at);
                }
            }
            Ok(())
        })
        .await?;
        Ok(missing)
    }

    /// Judges every entry, and writes down what it came to.
    async fn judge_all(&self, head: &Head, bench: &Bench<'_>) -> Result<Tally> {
        let days = head.rules.exclusions.iter().find_map(|one| match one.kind {
            ExclusionKind::EarlierWinners(days) => Some(days),
            _ => None,
        });
        let mut tally = Tally::default();
        let prefix = keys::entries(&self.id);
        let mut after = None;
        loop {
            let page = self.keeper().page::<Entry>(&prefix, after.as_deref());
            let (entries, last) = page.await?;
            for (entry, version) in entries.into_iter().filter(|(entry, _)| entry.is_own()) {
                let won = self.won(&entry, days, bench.close).await?;
                let judged = bench.judge(&entry, won.as_deref());
                match judged.status {
                    EntryStatus::Eligible => {
                        tally.people.push((person(&entry)?, entry.id.clone()));
                    }
                    EntryStatus::Undecided => tally.undecided.push(entry.id.clone()),
                    _ => tally.rejected += 1,
                }
                self.keep_judged(entry, version, judged).await?;
            }
            match last {
                Some(last) => after = Some(last),
                None => return Ok(tally),
            }
        }
    }

    /// Writes down what judging an entry came to.
    async fn keep_judged(&self, mut entry: Entry, version: u64, judged: Judged) -> Result<()> {
        let key = keys::entry(&self.id, &entry.id);
        let note = |entry: &mut Entry| {
            entry.status = judged.status;
            entry.checks.clone_from(&judged.checks);
            entry.completed_at = judged.completed_at;
            entry.measure = judged.measure;
        };
        let before = entry.clone();
        note(&mut entry);
        // It was read a moment ago; only where somebody changed it since is it read again.
        if entry == before || self.keeper().set(&key, &entry, Some(version)).await? {
            return Ok(());
        }
        let noted = |entry: &mut Entry| {
            note(entry);
            Ok(())
        };
        self.keeper().change::<Entry, ()>(&key, noted).await?;
        Ok(())
    }
}

impl View {
    /// What either of two looks showed.
    fn with(mut self, other: Self) -> Self {
        self.seen.extend(other.seen);
        self.untold.extend(other.untold);
        self.none.extend(other.none);
        self.lacks = self.lacks.and(other.lacks);
        self.began = other.began.or(self.began);
        self
    }
}
