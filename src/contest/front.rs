//! Opening a contest, finding it again, and what everything else stands on.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::draw::MasterKey;
use super::entry::{Entry, EntryId};
use super::judge::Bench;
use super::keep::Keeper;
use super::rules::{Fallback, Mode, Rules};
use super::state::{Head, Stage, State};
use super::{Contest, ContestId, Contests, keys};
use crate::error::{Error, ErrorKind, Result, Violation};
use crate::network::{Profile, SocialNetwork};

/// A contest in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// Its name.
    pub id: ContestId,
    /// What it is called.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// When it closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<Timestamp>,
}

/// Who an account of ours is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct OwnId {
    id: String,
}

impl Contests {
    /// Finds everything that is wrong with rules, by themselves and on the networks of our accounts.
    pub fn check(&self, rules: &Rules) -> Vec<Violation> {
        let profiles: Vec<(&str, Arc<Profile>)> = self
            .0
            .accounts
            .iter()
            .map(|(name, network)| (name.as_str(), network.profile()))
            .collect();
        rules.check_on(profiles.iter().map(|(name, profile)| (*name, &**profile)))
    }

    /// Opens a contest. The same rules under the same name are the same contest, so that it may be done again.
    ///
    /// # Errors
    /// `Invalid` with everything that is wrong with the rules, which may be over already; `Conflict` where the name has
    /// other rules: those of an open contest do not change.
    pub async fn open(&self, id: impl Into<String>, rules: &Rules) -> Result<Contest> {
        let id = ContestId::new(id)?;
        let contest = Contest {
            of: self.clone(),
            id: id.clone(),
        };
        let text = rules.canonical()?;
        let known = self.0.keeper.value::<Head>(&keys::head(&id)).await?;
        if let Some((head, _)) = known {
            return same(&head, rules).map(|()| contest);
        }
        let mut found = self.check(rules);
        let now = self.0.clock.now();
        if rules.window.closes_at().is_some_and(|close| close <= now) {
            let what = format!(
                "the contest closed at {}, before it was opened",
                rules.window.close
            );
            found.push(Violation::error(crate::Rule::Time, "window.close", what));
        }
        if let Mode::Chance { randomness } = &rules.mode {
            let mut missing = |what: &str| {
                found.push(Violation::error(crate::Rule::Missing, "mode", what));
            };
            if self.0.beacon.is_none() && randomness.parties.is_empty() {
                missing(
                    "winners are drawn, and there is no beacon to draw by: give the contests one",
                );
            }
            if randomness.fallback == Fallback::SecondBeacon && self.0.second.is_none() {
                missing(
                    "a second beacon is to decide where the first stays away, and there is none: give the contests one",
                );
            }
        }
        if found.iter().any(Violation::is_error) {
            return Err(Error::invalid(found));
        }
        let head = Head {
            id: id.clone(),
            rules: rules.clone(),
            rules_hash: rules.hash()?,
            rules_text: text,
            stage: Stage::Open,
            opened_at: now,
            master: MasterKey::generate()?.to_secret().expose().to_owned(),
            last: now,
            gaps: Vec::new(),
            freezing: None,
            frozen: None,
            draws: Vec::new(),
            announcement: None,
            announced: Vec::new(),
            disputes: Vec::new(),
            cancelled: None,
            closed_at: None,
            spent: None,
            erased: 0,
        };
        if !self.0.keeper.set(&keys::head(&id), &head, None).await? {
            // Somebody else was faster: with the same rules, or with others.
            return same(&contest.head().await?, rules).map(|()| contest);
        }
        Ok(contest)
    }

    /// The contest of this name.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub async fn contest(&self, id: impl Into<String>) -> Result<Contest> {
        let contest = Contest {
            of: self.clone(),
            id: ContestId::new(id)?,
        };
        contest.head().await?;
        Ok(contest)
    }

    /// All contests, in the order of their names.
    pub async fn list(&self) -> Result<Vec<Summary>> {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page = self.0.keeper.page::<Head>(keys::HEADS, after.as_deref());
            let (heads, last) = page.await?;
            all.extend(heads.into_iter().map(|(head, _)| Summary {
                closes_at: head.rules.window.closes_at(),
                title: head.rules.title,
                stage: head.stage,
                id: head.id,
            }));
            match last {
                Some(last) => after = Some(last),
                None => return Ok(all),
            }
        }
    }
}

fn same(head: &Head, rules: &Rules) -> Result<()> {
    if head.rules == *rules {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Conflict,
        format!(
            "the contest {} was opened with other rules: rules do not change once people take part; give the new one another name",
            head.id
        ),
    ))
}

impl Contest {
    /// Its name.
    pub fn id(&self) -> &ContestId {
        &self.id
    }

    pub(super) fn keeper(&self) -> &Keeper {
        &self.of.0.keeper
    }

    pub(super) fn now(&self) -> Timestamp {
        self.of.0.clock.now()
    }

    pub(super) async fn head(&self) -> Result<Head> {
        let key = keys::head(&self.id);
        let found = self.keeper().value::<Head>(&key).await?;
        let (head, _) = found.ok_or_else(|| self.missing())?;
        // What was changed by hand would be proved by nobody's signature.
        if head.rules.canonical()? != head.rules_text || head.rules.hash()? != head.rules_hash {
            return Err(Error::new(
                ErrorKind::Decode,
                format!(
                    "the rules of the contest {} in the store are not those that were opened: restore them from a copy",
                    self.id
                ),
            ));
        }
        Ok(head)
    }

    fn missing(&self) -> Error {
        let what = format!(
            "there is no contest {}: `list` tells those that there are",
            self.id
        );
        Error::new(ErrorKind::NotFound, what)
    }

    /// Changes the contest until nobody else is faster.
    pub(super) async fn change<R>(
        &self,
        work: impl FnMut(&mut Head) -> Result<R>,
    ) -> Result<(Head, R)> {
        let key = keys::head(&self.id);
        let changed = self.keeper().change::<Head, R>(&key, work).await?;
        changed.ok_or_else(|| self.missing())
    }

    /// How it stands.
    ///
    /// # Errors
    /// `NotFound` where it is gone; `Decode` where the store was changed by hand.
    pub async fn state(&self) -> Result<State> {
        Ok(State::from(&self.head().await?))
    }

    pub(super) fn network(&self, account: &str) -> Result<&Arc<dyn SocialNetwork>> {
        self.of.0.accounts.get(account).ok_or_else(|| {
            let there: Vec<&str> = self.of.0.accounts.keys().map(String::as_str).collect();
            Error::config(format!(
                "the contest {} looks by the account `{account}`, which is not there now; there are: {}",
                self.id,
                there.join(", ")
            ))
        })
    }

    /// Our accounts that the subjects name, each once.
    pub(super) fn lookers(head: &Head) -> BTreeSet<&str> {
        head.rules.about.iter().map(|one| one.account()).collect()
    }

    /// What entries are judged by, without what listings showed.
    pub(super) async fn bench<'a>(&self, head: &'a Head) -> Result<Bench<'a>> {
        let mut networks = Vec::with_capacity(head.rules.about.len());
        for subject in &head.rules.about {
            let network = self.network(subject.account())?;
            networks.push(network.profile().network.clone());
        }
        let mut bench = Bench::new(&head.rules, networks)?;
        bench.ours = self.ours().await?;
        Ok(bench)
    }

    /// Who our accounts are, by network and id. One whose network tells no account who it is, is taken for nobody.
    pub(super) async fn ours(&self) -> Result<BTreeSet<(String, String)>> {
        let mut ours = BTreeSet::new();
        for (name, network) in &self.of.0.accounts {
            let profile = network.profile();
            if let Some(id) = self.own_id(name, &**network, &profile).await? {
                ours.insert((profile.network.clone(), id));
            }
        }
        Ok(ours)
    }

    async fn own_id(
        &self,
        name: &str,
        network: &dyn SocialNetwork,
        profile: &Profile,
    ) -> Result<Option<String>> {
        if let Some(id) = &profile.account {
            return Ok(Some(id.as_str().to_owned()));
        }
        let key = keys::own(name);
        if let Some((own, _)) = self.keeper().value::<OwnId>(&key).await? {
            return Ok(Some(own.id));
        }
        let me = match network.me().await {
            Ok(me) => me,
            Err(error) if error.is_unsupported() => return Ok(None),
            Err(error) => return Err(error),
        };
        let id = me.id.as_str().to_owned();
        self.keeper().put(&key, &OwnId { id: id.clone() }).await?;
        Ok(Some(id))
    }

    /// The entry of this name, with everything that is known of it.
    ///
    /// # Errors
    /// `NotFound` where there is none, or its person was erased.
    pub async fn entry(&self, id: &EntryId) -> Result<Entry> {
        let key = keys::entry(&self.id, id);
        let found = self.keeper().value::<Entry>(&key).await?;
        let (entry, _) = found.ok_or_else(|| {
            let what = format!("the contest {} has no entry {id}", self.id);
            Error::new(ErrorKind::NotFound, what)
        })?;
        Ok(entry)
    }

    /// Lets `each` look at all entries, in the order of their names; those that were linked into others left out.
    pub(super) async fn each_entry(
        &self,
        mut each: impl FnMut(Entry, u64) -> Result<()>,
    ) -> Result<()> {
        let prefix = keys::entries(&self.id);
        let mut after = None;
        loop {
            let page = self.keeper().page::<Entry>(&prefix, after.as_deref());
            let (entries, last) = page.await?;
            for (entry, version) in entries.into_iter().filter(|(entry, _)| entry.is_own()) {
                each(entry, version)?;
            }
            match last {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }
}
