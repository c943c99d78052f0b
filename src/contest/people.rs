//! What people of ours say of entrants, and what becomes of those who want to be forgotten.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Contest;
use super::award::AwardStatus;
use super::entry::{
    Decision, Deed, Entrant, Entry, EntryAccount, EntryId, EntryStatus, Evidence, EvidenceSource,
};
use super::found::Alias;
use super::judge::seen_hash;
use super::keys;
use super::list::Seat;
use super::publication::{Publication, PublicationState};
use super::rules::Mode;
use super::state::{Head, Stage};
use crate::error::{Error, ErrorKind, Result};
use crate::id::PostId;
use crate::model::{Account, setters};

/// Which entries are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct EntryQuery {
    /// Only those that stand so.
    pub status: Option<EntryStatus>,
    /// How many at most; 100 where nothing is said.
    pub limit: Option<usize>,
}

impl EntryQuery {
    /// All entries.
    pub fn new() -> Self {
        Self::default()
    }
}

setters!(EntryQuery {
    some status: EntryStatus, "Only those that stand so.";
    some limit: usize, "Bounds how many.";
});

/// What an erasure took away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Erased {
    /// How many comments' texts are gone.
    pub texts: u64,
    /// Whether an entry of the person stood on the fixed list: its commitment is still there, and nobody can tell any more
    /// whose it was.
    pub on_list: bool,
    /// Our posts on the network that name the person: they have to be changed or deleted there.
    pub posts: Vec<PostId>,
}

impl Contest {
    /// An entrant's entry.
    ///
    /// # Errors
    /// `NotFound` where nothing is known of the person in this contest.
    pub async fn entry_of(&self, entrant: &Entrant) -> Result<Entry> {
        let place = self.place(&entrant.network, entrant.id.as_str()).await?;
        match place {
            Some(id) => self.entry(&id).await.map_err(|_| self.unknown(entrant)),
            None => Err(self.unknown(entrant)),
        }
    }

    fn unknown(&self, entrant: &Entrant) -> Error {
        let what = format!(
            "the contest {} knows no {} on {}: give the id that the network gave the account",
            self.id, entrant.id, entrant.network
        );
        Error::new(ErrorKind::NotFound, what)
    }

    /// Entries, in the order of their names.
    pub async fn entries(&self, query: &EntryQuery) -> Result<Vec<Entry>> {
        let limit = query.limit.unwrap_or(100);
        let mut found = Vec::new();
        self.each_entry(|entry, _| {
            let wanted = query.status.is_none_or(|status| entry.status == status);
            if wanted && found.len() < limit {
                found.push(entry);
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }

    async fn must_be_open(&self, to: &str) -> Result<Head> {
        let head = self.head().await?;
        head.must_be(&[Stage::Open], to)?;
        Ok(head)
    }

    /// Adds evidence that a person of ours saw: what networks do not tell, and people can look up.
    ///
    /// # Errors
    /// `Conflict` once the entries are frozen; `Config` for a subject that there is not, or where nobody says so.
    pub async fn add_by_hand(
        &self,
        entrant: &Entrant,
        deed: Deed,
        subject: usize,
        by: impl Into<String>,
        note: impl Into<String>,
    ) -> Result<EntryId> {
        let head = self.must_be_open("add evidence").await?;
        let (by, note) = (by.into(), note.into());
        if by.trim().is_empty() || note.trim().is_empty() {
            return Err(Error::config(
                "evidence by hand says who saw it, and what and where: name both",
            ));
        }
        if subject >= head.rules.about.len() {
            return Err(Error::config(format!(
                "the rules have no subject {subject}: they count from 0"
            )));
        }
        let place = self.place(&entrant.network, entrant.id.as_str()).await?;
        let id = place.ok_or_else(|| self.unknown(entrant))?;
        let now = self.now();
        let evidence = Evidence {
            deed,
            subject,
            hash: seen_hash(&(entrant, deed, subject, &by, &note)),
            source: EvidenceSource::Hand { by, note },
            observed_at: now,
            at: None,
            object: None,
        };
        self.keeper()
            .update(&keys::entry(&self.id, &id), |kept: &mut Option<Entry>| {
                let account = EntryAccount::of(&entrant.network, &Account::new(entrant.id.clone()));
                let entry = kept.get_or_insert_with(|| Entry::new(id.clone(), account, now));
                entry.add(evidence.clone());
                Ok(Some(()))
            })
            .await?;
        Ok(id)
    }

    /// Says that two accounts are one person's: they have one entry from now on, that of the first.
    ///
    /// # Errors
    /// `Conflict` once the entries are frozen, or where one of them was erased.
    pub async fn link(
        &self,
        first: &Entrant,
        second: &Entrant,
        by: impl Into<String>,
    ) -> Result<EntryId> {
        let head = self.must_be_open("link accounts").await?;
        let close = head.closes_at()?;
        let into = self.place(&first.network, first.id.as_str()).await?;
        let into = into.ok_or_else(|| self.unknown(first))?;
        let from = self.place(&second.network, second.id.as_str()).await?;
        let from = from.ok_or_else(|| self.unknown(second))?;
        let own = keys::entry_of(&self.id, &second.network, second.id.as_str());
        let by = by.into();
        let now = self.now();
        // First where what comes later is put, then what is there already: whoever is cut off in between does it again.
        for old in [&from, &own] {
            if *old != into {
                let alias = Alias {
                    entry: Some(into.clone()),
                    erased: false,
                };
                self.keeper()
                    .update(&keys::alias(&self.id, old), |kept: &mut Alias| {
                        kept.clone_from(&alias);
                        Ok(Some(()))
                    })
                    .await?;
            }
        }
        for old in [from, own] {
            if old != into {
                self.merge(&old, &into, close).await?;
            }
        }
        let note = Decision {
            rule: "link".to_owned(),
            stays: true,
            by,
            note: format!("{} on {} is the same person", second.id, second.network),
            at: now,
        };
        let account = EntryAccount::of(&second.network, &Account::new(second.id.clone()));
        let own = EntryAccount::of(&first.network, &Account::new(first.id.clone()));
        self.keeper()
            .update(&keys::entry(&self.id, &into), |kept: &mut Option<Entry>| {
                let entry = kept.get_or_insert_with(|| Entry::new(into.clone(), own.clone(), now));
                let of = |one: &EntryAccount| (one.network.clone(), one.id.clone());
                if !entry.accounts.iter().any(|one| of(one) == of(&account)) {
                    entry.accounts.push(account.clone());
                }
                let same = |one: &Decision| (&one.rule, &one.note) == (&note.rule, &note.note);
                if !entry.decisions.iter().any(same) {
                    entry.decisions.push(note.clone());
                }
                Ok(Some(()))
            })
            .await?;
        Ok(into)
    }

    /// Moves everything of an entry into another.
    async fn merge(&self, from: &EntryId, into: &EntryId, close: Timestamp) -> Result<()> {
        let key = keys::entry(&self.id, from);
        let Some((old, _)) = self.keeper().value::<Entry>(&key).await? else {
            return Ok(());
        };
        if !old.is_own() {
            return Ok(());
        }
        self.keeper()
            .update(&keys::entry(&self.id, into), |kept: &mut Option<Entry>| {
                match kept {
                    Some(entry) => entry.absorb(&old, close),
                    None => {
                        *kept = Some(Entry {
                            id: into.clone(),
                            ..old.clone()
                        });
                    }
                }
                Ok(Some(()))
            })
            .await?;
        self.keeper()
            .change::<Entry, ()>(&key, |entry| {
                entry.linked_into = Some(into.clone());
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// Decides, by a person, what could not be told: whether the entry may stay for all that one of the rules' conditions or
    /// exclusions leaves open. It counts only where that is unknown: what is known stays as it is.
    ///
    /// # Errors
    /// `Conflict` once the entries are frozen; `NotFound` for an entry that there is not; `Config` for a rule that there is
    /// not, or where nobody decides.
    pub async fn decide(
        &self,
        entry: &EntryId,
        rule: &str,
        stays: bool,
        by: impl Into<String>,
        note: impl Into<String>,
    ) -> Result<()> {
        let head = self.must_be_open("decide on entries").await?;
        let conditions = (0..head.rules.conditions.len()).map(|at| format!("conditions[{at}]"));
        let exclusions = (0..head.rules.exclusions.len()).map(|at| format!("exclusions[{at}]"));
        let known: Vec<String> = conditions
            .chain(exclusions)
            .chain(["measure".to_owned()])
            .collect();
        if !known.iter().any(|one| one == rule) {
            return Err(Error::config(format!(
                "the rules have no `{rule}`; they have: {}",
                known.join(", ")
            )));
        }
        let (by, note) = (by.into(), note.into());
        if by.trim().is_empty() {
            return Err(Error::config("a decision says who decides: name them"));
        }
        let decision = Decision {
            rule: rule.to_owned(),
            stays,
            by,
            note,
            at: self.now(),
        };
        let key = keys::entry(&self.id, entry);
        let changed = self
            .keeper()
            .change::<Entry, ()>(&key, |entry| {
                entry.decisions.push(decision.clone());
                Ok(())
            })
            .await?;
        changed.map(|_| ()).ok_or_else(|| self.no_entry(entry))
    }

    fn no_entry(&self, entry: &EntryId) -> Error {
        let what = format!("the contest {} has no entry {entry}", self.id);
        Error::new(ErrorKind::NotFound, what)
    }

    /// Notes what a juror gives an entry; the last counts, until the winners are found.
    ///
    /// # Errors
    /// `Conflict` where no jury decides, or before the entries are frozen or after the winners are found; `Config` for a
    /// juror that there is not and points that cannot be given; `NotFound` for an entry that is not eligible.
    pub async fn score(&self, entry: &EntryId, juror: &str, points: i32) -> Result<()> {
        let head = self.head().await?;
        let Mode::Jury {
            jurors,
            lowest,
            highest,
            ..
        } = &head.rules.mode
        else {
            let what = format!("no jury decides the contest {}", self.id);
            return Err(Error::new(ErrorKind::Conflict, what));
        };
        head.must_be(&[Stage::Frozen], "score its entries")?;
        if !jurors.iter().any(|known| known == juror) {
            return Err(Error::config(format!(
                "the rules name no juror `{juror}`; they name: {}",
                jurors.join(", ")
            )));
        }
        if points < *lowest || points > *highest {
            return Err(Error::config(format!(
                "a juror gives from {lowest} to {highest} points, not {points}"
            )));
        }
        let key = keys::entry(&self.id, entry);
        let changed = self
            .keeper()
            .change::<Entry, ()>(&key, |kept| {
                if kept.status != EntryStatus::Eligible {
                    return Err(self.no_entry(entry));
                }
                kept.scores.insert(juror.to_owned(), points);
                Ok(())
            })
            .await?;
        changed.map(|_| ()).ok_or_else(|| self.no_entry(entry))
    }

    /// Everything that the contest holds of a person, as JSON.
    ///
    /// # Errors
    /// `NotFound` where nothing is known of the person in this contest.
    pub async fn export(&self, entrant: &Entrant) -> Result<Value> {
        let entry = self.entry_of(entrant).await?;
        Ok(json!({
            "contest": self.id,
            "exported_at": self.now(),
            "entry": entry,
        }))
    }

    /// Erases a person: names, texts, evidence and everything that leads to the person are gone. The commitment on the list
    /// stays, since the draw is checked by it, and nobody can tell any more whose it was. While the contest is open the
    /// person does not take part any more, which a hash of the account's id is kept for.
    ///
    /// # Errors
    /// `NotFound` where nothing is known of the person. After any other error it may be called again.
    pub async fn erase(&self, entrant: &Entrant) -> Result<Erased> {
        let head = self.head().await?;
        let entry = self.entry_of(entrant).await?;
        let mut erased = Erased {
            texts: entry.comments.len() as u64,
            ..Erased::default()
        };
        let names = entry.names();
        let names_it = |publication: &Publication| {
            names
                .iter()
                .any(|name| publication.text.contains(name.as_str()))
        };
        erased.posts = head
            .announcement
            .iter()
            .chain(&head.announced)
            .filter(|publication| names_it(publication))
            .filter_map(|publication| publication.post.clone())
            .collect();
        erased.on_list = self.unseat(&head, &entry.id).await?;
        let now = self.now();
        self.change(|head| {
            let at = head.touch(now);
            let told = head.stage >= Stage::Announced;
            for award in head.draws.iter_mut().flat_map(|draw| &mut draw.awards) {
                if award.entry.as_ref() == Some(&entry.id) {
                    award.entry = None;
                    if award.stands() && !told {
                        let reason = "the person was erased".to_owned();
                        award.status = AwardStatus::Ineligible { reason };
                        award.at = at;
                    }
                }
            }
            // One that is not out is written anew, by who wins then.
            head.announcement.take_if(|publication| {
                publication.state == PublicationState::Ready && names_it(publication)
            });
            let posts = head.announcement.iter_mut().chain(&mut head.announced);
            for publication in posts.filter(|publication| names_it(publication)) {
                publication.text = "erased, since a person who was named wanted it".to_owned();
                publication.prepared.payload = Value::Null;
            }
            head.erased += 1;
            Ok(())
        })
        .await?;
        for account in &entry.accounts {
            let (network, id) = (account.network.as_str(), account.id.as_str());
            self.keeper().remove(&keys::winner(network, id)).await?;
            let own = keys::entry_of(&self.id, network, id);
            let alias = keys::alias(&self.id, &own);
            if head.stage == Stage::Open {
                self.keeper()
                    .update(&alias, |kept: &mut Alias| {
                        *kept = Alias {
                            entry: None,
                            erased: true,
                        };
                        Ok(Some(()))
                    })
                    .await?;
            } else {
                self.keeper().remove(&alias).await?;
            }
            if own != entry.id {
                self.keeper().remove(&keys::entry(&self.id, &own)).await?;
            }
        }
        if head.frozen.is_some() {
            self.keeper().clear(&keys::pages(&self.id)).await?;
        }
        // Last, since by it the rest is found.
        let key = keys::entry(&self.id, &entry.id);
        self.keeper().remove(&key).await?;
        Ok(erased)
    }

    /// Takes a person's name off the list, and leaves the commitment; true where it stood there.
    async fn unseat(&self, head: &Head, entry: &EntryId) -> Result<bool> {
        let Some(frozen) = &head.frozen else {
            return Ok(false);
        };
        let list = frozen.list_hash.to_string();
        let mut found = false;
        for number in 0.. {
            let key = keys::seats(&self.id, &list, number);
            let changed = self
                .keeper()
                .change::<Vec<Seat>, bool>(&key, |seats| {
                    let own = seats
                        .iter_mut()
                        .find(|seat| seat.entry.as_ref() == Some(entry));
                    Ok(own.is_some_and(|own| own.entry.take().is_some()))
                })
                .await?;
            match changed {
                Some((_, here)) => found |= here,
                None => break,
            }
            if found {
                break;
            }
        }
        Ok(found)
    }
}
