//! What is asked of each entrant by itself: membership, what the account looks like, earlier prizes.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Contest;
use super::entry::{Check, Deed, Entry, EntryAccount, EntryStatus, LookedUp};
use super::judge::{Bench, Verdict, View, mark};
use super::keys;
use super::look::{Listing, wanted, written};
use super::pages::Asked;
use super::rules::{ConditionKind, ExclusionKind};
use super::state::Head;
use crate::error::{Error, ErrorKind, Result};
use crate::id::AccountId;
use crate::model::{AccountRef, Membership};
use crate::operation::Operation;

/// How many memberships are asked for at once.
const ASKED: usize = 100;

/// What somebody won before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Won {
    pub(super) contest: String,
    pub(super) at: Timestamp,
}

/// Whether an error says that something will not be told, now or later.
pub(super) fn refused(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Unsupported | ErrorKind::Forbidden(_) => true,
        ErrorKind::QuotaExhausted => error.retry() == crate::Retry::Never,
        _ => false,
    }
}

impl Contest {
    /// Asks of every entry whether its accounts are members, where the rules want it.
    pub(super) async fn ask_members(&self, head: &Head, bench: &mut Bench<'_>) -> Result<()> {
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
    pub(super) async fn look_up(
        &self,
        head: &Head,
        bench: &Bench<'_>,
        began: Timestamp,
    ) -> Result<()> {
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
                    ErrorKind::NotFound => there = Some(false),
                    ErrorKind::Suspended => there = self.not_our_own(looker).await?,
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

    /// What a `Suspended` says of whom our account asked about: gone, if our account itself is heard; nothing, where the
    /// network does not tell our account who it is. The error names no account, and ours is no fault of an entrant's.
    async fn not_our_own(&self, looker: &str) -> Result<Option<bool>> {
        let asked = async {
            let leave = self.may_spend(looker, &Operation::ME, 1).await?;
            self.network(looker)?.me().await?;
            self.spent(leave, 1).await
        };
        match asked.await {
            Ok(()) => Ok(Some(false)),
            Err(error) if refused(&error) => Ok(None),
            Err(error) => Err(error),
        }
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
}

/// The accounts of entries on a network; entries that were linked into others left out.
fn accounts_on<'a>(network: &str, entries: impl IntoIterator<Item = &'a Entry>) -> Vec<AccountId> {
    let own = entries.into_iter().filter(|entry| entry.is_own());
    let accounts = own.flat_map(|entry| &entry.accounts);
    let there = accounts.filter(|account| account.network == network);
    there.map(|account| account.id.clone()).collect()
}

/// Whether something that is unknown might be known once the account is looked up, and nothing else speaks against it.
fn rests_on_account(bench: &Bench<'_>, checks: &[Check]) -> bool {
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
        let unknown = matches!(check.verdict, Verdict::Unknown(_));
        if reads(&check.rule) && unknown {
            doubted = true;
        } else if check.counts == Some(false) {
            return false;
        }
    }
    doubted
}

/// Whether the rules ask for membership.
pub(super) fn asks_members(head: &Head) -> bool {
    head.rules.asks(|kind| *kind == ConditionKind::Member)
}
