use std::hash::Hasher;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher13};

use super::add::{Added, Batch, Content};
use super::builder::{Outbox, escaped};
use super::post::{End, Planned};
use super::{Step, after, before};
use crate::error::{Error, Result, Rule, Violation};
use crate::text::find_links;

/// How many posts of one text are remembered.
const SAME_TEXT: usize = 8;
/// How many posts near one moment are looked at: the first that is really there makes the warning.
const NEAR: u32 = 16;
const CAUGHT: &str = "outbox/caught/";

/// Where it is noted who says what on an account.
fn text_key(account: &str, text: &str) -> String {
    format!("outbox/text/{}/{text}", escaped(account, '/'))
}

/// Under what the times of an account are noted.
fn slots(account: &str) -> String {
    format!("outbox/slot/{}/", escaped(account, '/'))
}

fn slot_key(id: &str, account: &str, due: Timestamp) -> String {
    format!("{}{}/{id}", slots(account), sortable(due))
}

/// A moment as text whose order is that of time, from the year -9999 on.
fn sortable(at: Timestamp) -> String {
    format!("{:012}", at.as_second() + 400_000_000_000)
}

/// An entry that was refused before anything was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Caught {
    pub(crate) at: Timestamp,
    pub(crate) account: String,
    pub(crate) network: String,
}

impl Content {
    /// Tells whether two contents are the same.
    pub(crate) fn fingerprint(&self) -> String {
        // What cannot be written as JSON is refused before it is compared with anything.
        digest(&serde_json::to_string(self).unwrap_or_default())
    }

    /// Tells whether two contents say the same to a reader: white space, case and links aside. `None` where there is no
    /// text.
    fn saying(&self) -> Option<String> {
        saying(self.all().map(|draft| draft.text.as_str()))
    }
}

impl Planned {
    fn saying(&self) -> Option<String> {
        saying(self.parts.iter().map(|part| part.draft.text.as_str()))
    }

    /// Whether it is going to be published, or was, not long before this moment.
    fn is_there(&self, since: Timestamp) -> bool {
        match self.end {
            None | Some(End::Unknown) => true,
            Some(End::Published) => self.due >= since,
            Some(End::Rejected | End::Missed | End::Cancelled | End::Refused) => self.sent() > 0,
        }
    }
}

fn saying<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut said = String::new();
    for text in texts {
        let mut at = 0;
        let mut bare = String::new();
        for link in find_links(text) {
            bare.push_str(text.get(at..link.range.start).unwrap_or_default());
            at = link.range.end;
        }
        bare.push_str(text.get(at..).unwrap_or_default());
        for word in bare.split_whitespace() {
            said.push_str(&word.to_lowercase());
            said.push(' ');
        }
        said.push('\n');
    }
    (!said.trim().is_empty()).then(|| digest(&said))
}

/// A text's digest; the same in every process and version.
fn digest(text: &str) -> String {
    let mut hasher = SipHasher13::new_with_keys(0, 0);
    hasher.write(text.as_bytes());
    format!("{:032x}", hasher.finish128().as_u128())
}

impl Outbox {
    /// Notes a planned post's text and time, for the warnings of later ones. What is noted already is not written again.
    pub(crate) async fn note(
        &self,
        id: &str,
        account: &str,
        content: &Content,
        due: Timestamp,
    ) -> Result<()> {
        let store = &self.inner.store;
        let slot = slot_key(id, account, due);
        if store.get(&slot).await?.is_none() {
            self.inner.reached(Step::BeforeNote, id);
            store.put(&slot, id, None).await?;
            self.inner.reached(Step::AfterNote, id);
        }
        let Some(said) = content.saying() else {
            return Ok(());
        };
        let key = text_key(account, &said);
        // Another process may note the same text at the same time: each is read again until both stand there.
        loop {
            let there = store.get(&key).await?;
            let version = there.as_ref().map(|value| value.version);
            let mut ids = there.map(|value| ids(&value.value)).unwrap_or_default();
            if ids.iter().any(|known| known == id) {
                return Ok(());
            }
            ids.push(id.to_owned());
            let forgotten = ids.len().saturating_sub(SAME_TEXT);
            ids.drain(..forgotten);
            let value = serde_json::to_string(&ids)
                .map_err(|e| Error::config(format!("a planned post cannot be noted: {e}")))?;
            self.inner.reached(Step::BeforeNote, id);
            if store.put(&key, &value, version).await?.is_some() {
                self.inner.reached(Step::AfterNote, id);
                return Ok(());
            }
        }
    }

    /// Forgets a planned post's time.
    pub(super) async fn drop_slot(&self, id: &str, account: &str, due: Timestamp) -> Result<()> {
        self.inner.reached(Step::BeforeNote, id);
        let slot = slot_key(id, account, due);
        self.inner.store.remove(&slot).await?;
        self.inner.reached(Step::AfterNote, id);
        Ok(())
    }

    /// Remarks what is planned, or was published lately, on the same account: the same text, and a time close by.
    pub(super) async fn compare(
        &self,
        id: &str,
        account: &str,
        due: Timestamp,
        content: &Content,
        batch: &mut Batch,
    ) -> Result<Vec<Violation>> {
        let mut found = Vec::new();
        if let Some(said) = content.saying() {
            let there = match batch.texts.get(&(account.to_owned(), said.clone())) {
                Some(other) => Some((other.clone(), None)),
                None => self.same_text(id, account, &said).await?,
            };
            if let Some((other, at)) = there {
                let when = at.map(|at| format!(", at {at}")).unwrap_or_default();
                let message = format!(
                    "`{other}` says the same on this account{when}: networks and readers take a repetition for spam"
                );
                found.push(Violation::note(same_text(), "text", message));
            }
            batch
                .texts
                .insert((account.to_owned(), said), id.to_owned());
        }
        let gap = self.inner.gap;
        if !gap.is_zero() {
            let from = (account.to_owned(), before(due, gap));
            let near = batch
                .slots
                .range(from..)
                .take_while(|((of, at), _)| of == account && *at < after(due, gap))
                .find(|((_, at), _)| near(*at, due, gap))
                .map(|((_, at), other)| (other.clone(), *at));
            let near = match near {
                Some(near) => Some(near),
                None => self.near(id, account, due).await?,
            };
            if let Some((other, at)) = near {
                let message = format!(
                    "`{other}` is planned on this account at {at}, less than {} seconds away",
                    gap.as_secs()
                );
                found.push(Violation::note(same_slot(), "when", message));
            }
            batch.slots.insert((account.to_owned(), due), id.to_owned());
        }
        Ok(found)
    }

    /// A post that says the same on the account, and when.
    async fn same_text(
        &self,
        id: &str,
        account: &str,
        said: &str,
    ) -> Result<Option<(String, Option<Timestamp>)>> {
        let Some(value) = self.inner.store.get(&text_key(account, said)).await? else {
            return Ok(None);
        };
        let since = before(self.inner.clock.now(), self.inner.lately);
        for other in ids(&value.value).into_iter().rev().filter(|o| o != id) {
            let Some(queued) = self.inner.store.job(&other).await? else {
                continue;
            };
            let planned = Planned::read(&queued)?;
            // It may have been changed since it was noted.
            if planned.is_there(since) && planned.saying().as_deref() == Some(said) {
                return Ok(Some((other, Some(planned.due))));
            }
        }
        Ok(None)
    }

    /// A post whose time on the account is close by, and when it is.
    async fn near(
        &self,
        id: &str,
        account: &str,
        due: Timestamp,
    ) -> Result<Option<(String, Timestamp)>> {
        let gap = self.inner.gap;
        let slots = slots(account);
        let from = format!("{slots}{}", sortable(before(due, gap)));
        let last = format!("{slots}{}", sortable(after(due, gap)));
        let noted = self.inner.store.list(&slots, Some(&from), NEAR).await?;
        for (key, value) in noted {
            if key.get(..last.len()).is_none_or(|at| at > last.as_str()) {
                break;
            }
            let other = value.value;
            if other == id {
                continue;
            }
            let Some(queued) = self.inner.store.job(&other).await? else {
                continue;
            };
            let planned = Planned::read(&queued)?;
            // It may have another time by now, or none.
            if planned.is_there(before(due, gap)) && near(planned.due, due, gap) {
                return Ok(Some((other, planned.due)));
            }
        }
        Ok(None)
    }

    /// Counts what was refused before anything was sent; the same line counts once, however often it is added.
    pub(super) async fn count_caught(&self, added: &Added) -> Result<()> {
        let Some(network) = self.inner.networks.get(&added.account) else {
            return Ok(());
        };
        let caught = Caught {
            at: self.inner.clock.now(),
            account: added.account.clone(),
            network: network.profile().network.clone(),
        };
        let value = serde_json::to_string(&caught)
            .map_err(|e| Error::config(format!("a refusal cannot be counted: {e}")))?;
        let key = format!("{CAUGHT}{}", added.id);
        if self.inner.store.get(&key).await?.is_none() {
            self.inner.reached(Step::BeforeCaught, &added.id);
            self.inner.store.put(&key, &value, None).await?;
            self.inner.reached(Step::AfterCaught, &added.id);
        }
        Ok(())
    }

    /// What was refused before anything was sent.
    pub(super) async fn caught(&self) -> Result<Vec<Caught>> {
        const PAGE: u32 = 500;
        let mut all = Vec::new();
        let mut last: Option<String> = None;
        loop {
            let page = self.inner.store.list(CAUGHT, last.as_deref(), PAGE).await?;
            let full = page.len() >= PAGE as usize;
            last = page.last().map(|(key, _)| key.clone());
            // What a newer version counts otherwise is not counted here.
            all.extend(
                page.iter()
                    .filter_map(|(_, value)| serde_json::from_str(&value.value).ok()),
            );
            if !full {
                return Ok(all);
            }
        }
    }
}

fn near(one: Timestamp, other: Timestamp, gap: Duration) -> bool {
    one < after(other, gap) && other < after(one, gap)
}

fn ids(value: &str) -> Vec<String> {
    serde_json::from_str(value).unwrap_or_default()
}

/// The rule that one text is not said twice on an account.
fn same_text() -> Rule {
    Rule::Other("same_text".to_owned())
}

/// The rule that two posts of an account are not close together.
fn same_slot() -> Rule {
    Rule::Other("same_slot".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_case_and_links_make_no_other_text() {
        let said = |text: &str| saying([text].into_iter());
        let one = said("Новая  акция!\nhttps://a.example/1");
        assert_eq!(one, said("новая АКЦИЯ! https://b.example/2?x=y"));
        assert_ne!(one, said("новая акция"));
        assert_eq!(said(" https://a.example "), None);
    }

    #[test]
    fn moments_as_text_are_in_the_order_of_time() {
        let times = [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX];
        assert!(times.map(sortable).is_sorted());
        assert!(times.map(|t| sortable(t).len()) == [12; 3]);
    }
}
