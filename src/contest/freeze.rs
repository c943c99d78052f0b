//! Fixing the list of entries: everything is looked at once more, every entry is judged, and the list is hashed.
//!
//! Each part leaves what it found in the store, so that a freeze that is cut off, or that a network makes wait, goes on
//! where it was; and two processes that freeze at once come to one list, that of whoever writes it first.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Contest;
use super::collect::{Reading, Step};
use super::draw::{Commitment as Hidden, DrawId, MasterKey, PersonKey, Pool};
use super::entry::{Deed, Entry, EntryAccount, EntryId, EntryStatus, LookedUp};
use super::judge::{Bench, Judged, View, mark};
use super::keys;
use super::look::{Asked, Listing, wanted, written};
use super::rules::{ConditionKind, ExclusionKind};
use super::state::{DrawState, Frozen, Head, Stage};
use crate::error::{Error, ErrorKind, Result};
use crate::id::AccountId;
use crate::model::{AccountRef, Membership};
use crate::network::Availability;
use crate::operation::Operation;
use crate::secret::Secret;

/// How many memberships are asked for at once.
const ASKED: usize = 100;
/// How many entries of the list stand in one value.
pub(super) const SEATS: usize = 1000;
/// How many entries that wait for a decision an error names.
const NAMED: usize = 5;

/// An entry's place on the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Seat {
    pub(super) commitment: Hidden,
    /// Whose it is; `None` once the person was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) entry: Option<EntryId>,
}

/// What somebody won before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Won {
    pub(super) contest: String,
    pub(super) at: Timestamp,
}

/// What judging all entries came to.
#[derive(Default)]
struct Tally {
    people: Vec<(PersonKey, EntryId)>,
    rejected: u64,
    undecided: Vec<EntryId>,
}

/// Whether an error says that something will not be told, now or later.
fn refused(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Unsupported | ErrorKind::Forbidden(_) => true,
        ErrorKind::QuotaExhausted => error.retry() == crate::Retry::Never,
        _ => false,
    }
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
                    let did = |one: &super::entry::Evidence| (one.subject, one.deed) == *at;
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

    /// Asks of every entry whether its accounts are members, where the rules want it.
    async fn ask_members(&self, head: &Head, bench: &mut Bench<'_>) -> Result<()> {
        let mut known: HashMap<String, Result<View, String>> = HashMap::new();
        for listing in wanted(head) {
            if listing.deed != Deed::Member {
                continue;
            }
            let at = (listing.subject, Deed::Member);
            if !known.contains_key(&listing.account) {
                let asked = match self.members(&listing).await {
                    Ok(view) => Ok(view),
                    Err(error) if refused(&error) => Err(error.message().to_owned()),
                    Err(error) => return Err(error),
                };
                known.insert(listing.account.clone(), asked);
            }
            match known.get(&listing.account) {
                Some(Ok(view)) => {
                    bench.views.insert(at, view.clone());
                }
                Some(Err(why)) => {
                    bench.unread.insert(at, why.clone());
                }
                None => {}
            }
        }
        Ok(())
    }

    async fn members(&self, listing: &Listing) -> Result<View> {
        let network = self.network(&listing.account)?;
        let profile = network.profile();
        profile.require(&Operation::MEMBERSHIP)?;
        let key = keys::look(&self.id, &listing.look("first"));
        let prefix = keys::entries(&self.id);
        loop {
            let (look, version) = self.asked(&key).await?;
            let whole = look.ended.is_some();
            let (accounts, last) = if whole {
                // Who came after everybody was asked, by hand or late, is asked now.
                let view = self.view(&look).await?;
                let late = self.unasked(&profile.network, &view).await?;
                if late.is_empty() {
                    return Ok(view);
                }
                (late, None)
            } else {
                let page = self.keeper().page::<Entry>(&prefix, look.after.as_deref());
                let (entries, last) = page.await?;
                let entries = entries.iter().map(|(entry, _)| entry);
                (accounts_on(&profile.network, entries), last)
            };
            let mut asked = Asked::default();
            for batch in accounts.chunks(ASKED) {
                let told = self.memberships(&listing.account, batch).await?;
                for (account, membership) in batch.iter().zip(told) {
                    let mark = written(mark(&profile.network, account.as_str()));
                    match membership {
                        Membership::Yes => asked.seen.push(mark),
                        Membership::No => asked.none.push(mark),
                        Membership::Unknown => asked.untold.push(mark),
                    }
                }
            }
            // Where somebody was faster, what he wrote is what counts.
            self.note_asked(&key, (look, version), asked, last).await?;
        }
    }

    /// The accounts on a network that nobody asked about yet.
    async fn unasked(&self, network: &str, view: &View) -> Result<Vec<AccountId>> {
        let mut late = Vec::new();
        self.each_entry(|entry, _| {
            let accounts = accounts_on(network, [&entry]);
            late.extend(accounts.into_iter().filter(|account| {
                let mark = mark(network, account.as_str());
                ![&view.seen, &view.untold, &view.none]
                    .iter()
                    .any(|known| known.contains(&mark))
            }));
            Ok(())
        })
        .await?;
        Ok(late)
    }

    pub(super) async fn memberships(
        &self,
        account: &str,
        of: &[AccountId],
    ) -> Result<Vec<Membership>> {
        let most = u32::try_from(of.len()).unwrap_or(u32::MAX);
        let leave = self
            .may_spend(account, &Operation::MEMBERSHIP, most)
            .await?;
        let told = self.network(account)?.membership(of).await?;
        self.spent(leave, of.len()).await?;
        Ok(told)
    }

    /// Looks accounts up by themselves, where an exclusion cannot be judged by what listings told of them.
    async fn look_up(&self, head: &Head, bench: &Bench<'_>, began: Timestamp) -> Result<()> {
        let exclusions = &head.rules.exclusions;
        if !exclusions.iter().any(|one| one.kind.reads_account()) {
            return Ok(());
        }
        let always = exclusions
            .iter()
            .any(|one| one.kind == ExclusionKind::Deactivated);
        let prefix = keys::entries(&self.id);
        let mut after = None;
        loop {
            let page = self.keeper().page::<Entry>(&prefix, after.as_deref());
            let (entries, last) = page.await?;
            for (entry, _) in entries.iter().filter(|(entry, _)| entry.is_own()) {
                let judged = bench.judge(entry, None);
                if judged.status == EntryStatus::Rejected
                    && !rests_on_account(bench, &judged.checks)
                {
                    continue;
                }
                let doubted = rests_on_account(bench, &judged.checks);
                for account in &entry.accounts {
                    let fresh = account
                        .looked_up
                        .as_ref()
                        .is_some_and(|one| one.at >= began);
                    if !fresh && (always || doubted) {
                        self.look_one_up(head, entry, account).await?;
                    }
                }
            }
            match last {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }

    /// Looks one account up, and keeps what it is told.
    pub(super) async fn look_one_up(
        &self,
        head: &Head,
        entry: &Entry,
        account: &EntryAccount,
    ) -> Result<Entry> {
        let mut told = None;
        let mut there = None;
        for looker in Self::lookers(head) {
            let network = self.network(looker)?;
            let profile = network.profile();
            if profile.network != account.network || !profile.can(&Operation::ACCOUNT) {
                continue;
            }
            let leave = match self.may_spend(looker, &Operation::ACCOUNT, 1).await {
                Ok(leave) => leave,
                Err(error) if refused(&error) => break,
                Err(error) => return Err(error),
            };
            match network.account(&AccountRef::Id(account.id.clone())).await {
                Ok(found) => {
                    there = Some(true);
                    told = Some(found);
                }
                Err(error) => match error.kind() {
                    ErrorKind::NotFound | ErrorKind::Suspended => there = Some(false),
                    _ if refused(&error) => {}
                    _ => return Err(error),
                },
            }
            self.spent(leave, 1).await?;
            break;
        }
        let at = self.now();
        let key = keys::entry(&self.id, &entry.id);
        let changed = self
            .keeper()
            .change::<Entry, ()>(&key, |entry| {
                let own = entry
                    .accounts
                    .iter_mut()
                    .find(|own| own.network == account.network && own.id == account.id);
                if let Some(own) = own {
                    if let Some(told) = &told {
                        own.see(told);
                    }
                    own.looked_up = Some(LookedUp { at, there });
                }
                Ok(())
            })
            .await?;
        Ok(changed.map_or_else(|| entry.clone(), |(entry, ())| entry))
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

    /// Which contest a person won within so many days before the close.
    pub(super) async fn won(
        &self,
        entry: &Entry,
        days: Option<u32>,
        close: Timestamp,
    ) -> Result<Option<String>> {
        let Some(days) = days else { return Ok(None) };
        let span = SignedDuration::from_hours(24 * i64::from(days));
        for account in &entry.accounts {
            let key = keys::winner(&account.network, account.id.as_str());
            let kept = self.keeper().value::<Vec<Won>>(&key).await?;
            let wins = kept.map(|(wins, _)| wins).unwrap_or_default();
            let lately = wins.into_iter().find(|won| {
                won.contest != self.id.as_str() && close.duration_since(won.at) <= span
            });
            if let Some(won) = lately {
                return Ok(Some(won.contest));
            }
        }
        Ok(None)
    }

    /// Hashes the list, and fixes it.
    async fn fix(&self, head: &Head, began: Timestamp, tally: Tally) -> Result<Frozen> {
        if !tally.undecided.is_empty() {
            let named = tally.undecided.iter().take(NAMED);
            let named: Vec<&str> = named.map(EntryId::as_str).collect();
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "{} entries of the contest {} wait for a person's decision: look at them, `decide`, and freeze again; the first are {}",
                    tally.undecided.len(),
                    self.id,
                    named.join(", ")
                ),
            ));
        }
        if tally.people.is_empty() {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "nobody is eligible in the contest {}, and {} entries were rejected: `report` tells why; cancel it, or link, add and decide what was missed",
                    self.id, tally.rejected
                ),
            ));
        }
        let pool = {
            let master = MasterKey::from_secret(&Secret::new(head.master.as_str()))?;
            let people = tally.people.iter().map(|(person, _)| person.clone());
            Pool::freeze(&master, &self.list_id()?, people)?
        };
        let by_person: HashMap<&PersonKey, &EntryId> = tally
            .people
            .iter()
            .map(|(person, id)| (person, id))
            .collect();
        let list = pool.list_hash().to_string();
        for (number, chunk) in pool.commitments().chunks(SEATS).enumerate() {
            let first = number * SEATS;
            let seats: Vec<Seat> = chunk
                .iter()
                .enumerate()
                .map(|(at, commitment)| {
                    let index = u32::try_from(first + at).unwrap_or(u32::MAX);
                    let person = pool.person(index);
                    Seat {
                        commitment: *commitment,
                        entry: person.and_then(|one| by_person.get(one).map(|id| (*id).clone())),
                    }
                })
                .collect();
            self.keeper()
                .put(&keys::seats(&self.id, &list, number), &seats)
                .await?;
        }
        let now = self.now();
        let (_, frozen) = self
            .change(|head| {
                if let Some(frozen) = &head.frozen {
                    return Ok(frozen.clone());
                }
                head.must_be(&[Stage::Open], "freeze its entries")?;
                let frozen = Frozen {
                    began_at: began,
                    ended_at: head.touch(now),
                    entries: pool.len() as u64,
                    rejected: tally.rejected,
                    list_hash: pool.list_hash(),
                    root: pool.root(),
                };
                head.frozen = Some(frozen.clone());
                head.stage = Stage::Frozen;
                head.draws = vec![DrawState::new(1, head.rules.winners, None)];
                Ok(frozen)
            })
            .await?;
        Ok(frozen)
    }

    /// Under which name entries are committed to: every draw over the list shares it.
    pub(super) fn list_id(&self) -> Result<DrawId> {
        DrawId::new(self.id.as_str())
    }

    /// The list as it was fixed, with who is left of it.
    ///
    /// # Errors
    /// `Decode` where the store no longer holds the list whose hash was fixed.
    pub(super) async fn seats(&self, frozen: &Frozen) -> Result<Vec<Seat>> {
        let list = frozen.list_hash.to_string();
        let mut seats: Vec<Seat> = Vec::new();
        for number in 0.. {
            let key = keys::seats(&self.id, &list, number);
            match self.keeper().value::<Vec<Seat>>(&key).await? {
                Some((chunk, _)) => seats.extend(chunk),
                None => break,
            }
            if seats.len() as u64 >= frozen.entries {
                break;
            }
        }
        Ok(seats)
    }

    /// The public list, checked against the hash that was fixed.
    ///
    /// # Errors
    /// `Decode` where the store no longer holds the list whose hash was fixed.
    pub(super) async fn pool(&self, frozen: &Frozen) -> Result<(Pool, Vec<Seat>)> {
        let seats = self.seats(frozen).await?;
        let changed = |why: &str| {
            Error::new(
                ErrorKind::Decode,
                format!(
                    "the list of the contest {} in the store is not the one that was frozen ({why}): restore it from a copy of the store; nothing is drawn from another list",
                    self.id
                ),
            )
        };
        let commitments = seats.iter().map(|seat| seat.commitment).collect();
        let pool = Pool::restore(&self.list_id()?, commitments)
            .map_err(|error| changed(error.message()))?;
        if pool.list_hash() != frozen.list_hash || pool.root() != frozen.root {
            return Err(changed("its hash differs"));
        }
        let in_order = pool
            .commitments()
            .iter()
            .zip(&seats)
            .all(|(commitment, seat)| *commitment == seat.commitment);
        if !in_order {
            return Err(changed("its order differs"));
        }
        Ok((pool, seats))
    }
}

/// The accounts of entries on a network; entries that were linked into others left out.
fn accounts_on<'a>(network: &str, entries: impl IntoIterator<Item = &'a Entry>) -> Vec<AccountId> {
    let own = entries.into_iter().filter(|entry| entry.is_own());
    let accounts = own.flat_map(|entry| &entry.accounts);
    let there = accounts.filter(|account| account.network == network);
    there.map(|account| account.id.clone()).collect()
}

/// Who an entry's person is on the list: by the first of the accounts, which does not change once the list is fixed.
pub(super) fn person(entry: &Entry) -> Result<PersonKey> {
    let first = entry
        .accounts
        .iter()
        .map(|account| (account.network.as_str(), account.id.as_str()))
        .min()
        .unwrap_or_default();
    PersonKey::new(format!("{}:{}", first.0, first.1))
}

/// Whether something that is unknown might be known once the account is looked up, and nothing else speaks against it.
fn rests_on_account(bench: &Bench<'_>, checks: &[super::entry::Check]) -> bool {
    let reads = |rule: &str| {
        bench
            .rules
            .exclusions
            .iter()
            .enumerate()
            .any(|(at, one)| one.kind.reads_account() && rule == format!("exclusions[{at}]"))
    };
    let mut doubted = false;
    for check in checks {
        let unknown = matches!(check.verdict, super::judge::Verdict::Unknown(_));
        if reads(&check.rule) && unknown {
            doubted = true;
        } else if check.counts == Some(false) {
            return false;
        }
    }
    doubted
}

impl View {
    /// What either of two looks showed.
    fn with(mut self, other: Self) -> Self {
        self.seen.extend(other.seen);
        self.untold.extend(other.untold);
        self.none.extend(other.none);
        self.lacks = self.lacks.and(other.lacks);
        self
    }
}

/// Whether the rules ask for membership.
pub(super) fn asks_members(head: &Head) -> bool {
    head.rules.asks(|kind| *kind == ConditionKind::Member)
}
