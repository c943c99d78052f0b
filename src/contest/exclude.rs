//! What exclusions say of an entry.

use jiff::SignedDuration;

use super::entry::{Entry, EntryAccount};
use super::judge::{Bench, Verdict};
use super::rules::{ExclusionKind, Who};
use crate::model::AccountKind;

impl Bench<'_> {
    /// Passes where the person is none of those who are excluded.
    pub(super) fn exclusion(
        &self,
        entry: &Entry,
        kind: &ExclusionKind,
        won: Option<&str>,
    ) -> Verdict {
        match kind {
            ExclusionKind::Staff(accounts) | ExclusionKind::Listed(accounts) => {
                let name = kind.name();
                named(entry, accounts, name)
            }
            ExclusionKind::EarlierWinners(days) => match won {
                Some(contest) => Verdict::fail(format!(
                    "won the contest {contest} within the last {days} days"
                )),
                None => Verdict::Pass,
            },
            ExclusionKind::YoungerThan(days) => self.any_account(entry, |account| {
                let Some(made) = account.created_at else {
                    return Verdict::unknown("the network does not tell how old the account is");
                };
                let age = self.close.duration_since(made);
                if age < SignedDuration::from_hours(24 * i64::from(*days)) {
                    Verdict::fail(format!("the account is younger than {days} days"))
                } else {
                    Verdict::Pass
                }
            }),
            ExclusionKind::Empty {
                no_avatar,
                min_posts,
                min_followers,
            } => self.any_account(entry, |account| {
                empty(account, *no_avatar, *min_posts, *min_followers)
            }),
            ExclusionKind::Deactivated => self.any_account(entry, |account| {
                match account.looked_up.as_ref().map(|looked| looked.there) {
                    Some(Some(true)) => Verdict::Pass,
                    Some(Some(false)) => Verdict::fail("the account is deleted or suspended"),
                    _ => Verdict::unknown("the account was not looked up"),
                }
            }),
            ExclusionKind::NotPersons => self.any_account(entry, |account| match &account.kind {
                Some(AccountKind::Person) => Verdict::Pass,
                Some(AccountKind::Community | AccountKind::Channel | AccountKind::Bot) => {
                    Verdict::fail("the account is no person's")
                }
                _ => Verdict::unknown("the network does not tell whether a person is behind it"),
            }),
        }
    }

    /// Whoever has one account that passes, passes.
    fn any_account(&self, entry: &Entry, judge: impl Fn(&EntryAccount) -> Verdict) -> Verdict {
        let mut verdicts = entry.accounts.iter().map(judge);
        let first = verdicts.next().unwrap_or(Verdict::Pass);
        verdicts.fold(first, Verdict::or)
    }
}

/// Passes where a person is not named.
fn named(entry: &Entry, accounts: &[Who], list: &str) -> Verdict {
    let mut verdict = Verdict::Pass;
    for account in &entry.accounts {
        let known = account.as_account();
        if accounts.iter().any(|who| who.is(&account.network, &known)) {
            return Verdict::fail(format!("named in `{list}`"));
        }
        if account.handle.is_none() && accounts.iter().any(Who::by_handle) {
            verdict = Verdict::unknown(format!(
                "`{list}` names handles, and the network does not tell that of the account"
            ));
        }
    }
    verdict
}

fn empty(
    account: &EntryAccount,
    no_avatar: bool,
    min_posts: Option<u64>,
    min_followers: Option<u64>,
) -> Verdict {
    let mut unknown = None;
    if no_avatar {
        match account.avatar {
            Some(true) => {}
            Some(false) => return Verdict::fail("the account has no picture"),
            None => unknown = Some("the network does not tell whether the account has a picture"),
        }
    }
    for (least, told, what) in [
        (min_posts, account.posts, "posts"),
        (min_followers, account.followers, "followers"),
    ] {
        match (least, told) {
            (Some(least), Some(told)) if told < least => {
                return Verdict::fail(format!("the account has fewer than {least} {what}"));
            }
            (Some(_), None) => {
                unknown = unknown.or(Some("the network does not tell the account's figures"));
            }
            _ => {}
        }
    }
    unknown.map_or(Verdict::Pass, Verdict::unknown)
}
