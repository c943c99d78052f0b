//! What the desk holds of one person: all of it at once, and none of it any more.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Desk;
use super::case::{Case, CaseId, Channel, Origin, Person};
use super::keys;
use super::reply::Outgoing;
use crate::error::{Error, ErrorKind, Result};
use crate::id::AccountId;

/// Names a person: by the network and its id there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PersonRef {
    /// The network's name.
    pub network: String,
    /// The network's id of the person.
    pub id: AccountId,
}

impl PersonRef {
    /// The person of this id.
    pub fn new(network: impl Into<String>, id: impl Into<AccountId>) -> Self {
        Self {
            network: network.into(),
            id: id.into(),
        }
    }

    fn print(&self) -> String {
        Person::print(&self.network, self.id.as_str())
    }
}

/// With which cases a person has to do. Its id stands in none of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Contacts {
    #[serde(default)]
    cases: Vec<CaseId>,
}

impl Contacts {
    /// Adds a case; false where it is known.
    pub(super) fn note(&mut self, id: &CaseId) -> bool {
        let new = !self.cases.contains(id);
        if new {
            self.cases.push(id.clone());
        }
        new
    }

    /// The cases, the oldest first.
    pub(super) fn cases(&self) -> &[CaseId] {
        &self.cases
    }

    /// How many cases there were before this one.
    pub(super) fn earlier(&self, id: &CaseId) -> u64 {
        let before = self.cases.iter().take_while(|case| *case != id);
        before.count() as u64
    }
}

/// What an erasure took away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Erased {
    /// The cases in which something of the person stood.
    pub cases: Vec<CaseId>,
    /// How many texts of posts and messages are gone, every version counted.
    pub texts: u64,
}

impl Desk {
    async fn contacts(&self, person: &PersonRef) -> Result<Contacts> {
        let found = self
            .0
            .keeper
            .value::<Contacts>(&keys::person(&person.print()))
            .await?;
        found.map(|(contacts, _)| contacts).ok_or_else(|| {
            let what = format!(
                "the desk knows no person {} on {}: give the id that a case's `person` shows",
                person.id, person.network
            );
            Error::new(ErrorKind::NotFound, what)
        })
    }

    /// Everything that the desk holds of a person, as JSON: the cases that the person wrote, and the copies that the person
    /// made in those of others.
    ///
    /// # Errors
    /// `NotFound` where the desk knows no such person.
    pub async fn export(&self, person: &PersonRef) -> Result<Value> {
        let print = person.print();
        let (mut own, mut copies) = (Vec::new(), Vec::new());
        for id in self.contacts(person).await?.cases {
            let Some(kept) = self.0.keeper.find(&id).await? else {
                continue;
            };
            if kept.case.person.print == print {
                own.push(value(&kept.case)?);
                continue;
            }
            for copy in kept
                .case
                .copies
                .iter()
                .filter(|copy| copy.person.print == print)
            {
                copies.push(json!({ "case": id, "copy": value(copy)? }));
            }
        }
        Ok(json!({
            "network": person.network,
            "id": person.id,
            "exported_at": self.0.clock.now(),
            "cases": own,
            "copies": copies,
        }))
    }

    /// Erases a person: texts in all versions, names, ids, what was answered and noted, and the words by which texts were
    /// judged are gone. The cases' shape stays: hashes, times, states, what was decided; so every figure stays the same.
    /// An [`EmbeddedStore`](crate::store) leaves nothing of it in its files, unless another process is reading just then.
    ///
    /// What the person writes later is taken in anew, in new cases.
    ///
    /// # Errors
    /// `NotFound` where the desk knows no such person. After any other error it may be called again.
    pub async fn erase(&self, person: &PersonRef) -> Result<Erased> {
        let print = person.print();
        let now = self.0.clock.now();
        let mut erased = Erased::default();
        for id in self.contacts(person).await?.cases {
            if self.0.keeper.find(&id).await?.is_none() {
                continue;
            }
            let (_, texts) = self
                .0
                .keeper
                .change(&id, now, |case| Ok(case.erase(&print, now)))
                .await?;
            erased.texts += texts;
            erased.cases.push(id);
        }
        // A value that was written over may stand in a store's log until something is removed.
        self.0
            .keeper
            .set(keys::ERASING, &Contacts::default(), None)
            .await?;
        self.0.keeper.remove(keys::ERASING).await?;
        Ok(erased)
    }
}

fn value<T: Serialize>(of: &T) -> Result<Value> {
    serde_json::to_value(of)
        .map_err(|e| Error::config(format!("the case cannot be written as JSON: {e}")))
}

impl Case {
    /// Takes away what is a person's, and tells how many texts went.
    fn erase(&mut self, print: &str, now: Timestamp) -> u64 {
        for copy in self
            .copies
            .iter_mut()
            .filter(|copy| copy.person.print == print)
        {
            copy.person.erase();
            copy.post = None;
        }
        if self.person.print != print {
            return 0;
        }
        let mut texts = 0;
        self.person.erase();
        self.channel = Channel::Erased;
        self.sketch = None;
        self.erased_at = self.erased_at.or(Some(now));
        for mention in &mut self.mentions {
            mention.origin = Origin::Erased;
            mention.url = None;
            mention.fate.missing = None;
            for version in &mut mention.versions {
                texts += u64::from(version.text.take().is_some());
                if let Some(judged) = &mut version.assessment {
                    // A rule's name may be the word that it found.
                    judged.reasons.clear();
                }
            }
        }
        for reply in &mut self.replies {
            reply.text = None;
            reply.post = None;
            reply.message = None;
            reply.trouble = None;
            if reply.outgoing.is_some() {
                reply.outgoing = Some(Outgoing::Erased);
            }
        }
        for note in &mut self.notes {
            note.text = None;
        }
        for handoff in &mut self.handoffs {
            handoff.note = None;
            handoff.answer = None;
        }
        self.look_at = None;
        texts
    }
}
