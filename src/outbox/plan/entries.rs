//! From a plan to the outbox's entries, and what a plan that is read again has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::post::{PlannedPost, PlannedTime};
use super::{Plan, Slots};
use crate::error::{Error, Result};
use crate::model::{Draft, Media, MediaSource};
use crate::outbox::{Entry, Item, State, Variant, When};

/// How a row without a key differs from what is planned in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Edited {
    /// Something else at the same time.
    Content,
    /// The same at another time.
    Time,
}

/// A row without a key that looks like an edited one: what is planned in its place is no longer in the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Revision {
    /// The key of the row as it is now.
    pub key: String,
    /// The account.
    pub account: String,
    /// The id of what is planned in its place.
    pub was: String,
    /// What is different.
    pub edited: Edited,
}

impl Plan {
    /// What the outbox is to be told of this plan: an entry for each post, and for each time of a repeated one.
    ///
    /// `planned` is what the outbox has already ([`Outbox::list`](crate::outbox::Outbox::list)). Posts that wait for a slot
    /// take the next one after `now` that is free on each of their accounts, in the order of the plan; one that is planned
    /// already keeps the slot that it has. A slot is taken by whatever is planned or published at its moment, and free
    /// again when that is cancelled, refused, rejected or missed.
    ///
    /// # Errors
    /// `Config` for a post that waits for a slot on an account without any.
    pub fn entries(&self, now: Timestamp, planned: &[Item]) -> Result<Vec<Entry>> {
        let mut queues = Queues::new(self, now, planned);
        let mut entries = Entries::default();
        for post in &self.posts {
            match post.time {
                PlannedTime::Now => entries.add(self.entry(post, None, When::Now)),
                PlannedTime::At(_) => post
                    .each_time()
                    .for_each(|at| entries.add(self.entry(post, Some(at), When::At(at)))),
                PlannedTime::NextSlot => {
                    let when = queues.take(post, &self.slots)?;
                    entries.add(self.entry(post, None, when));
                }
            }
        }
        Ok(entries.all)
    }

    fn entry(&self, post: &PlannedPost, at: Option<Timestamp>, when: When) -> Entry {
        let mut first = post.draft.clone();
        if let Some(folder) = &self.folder {
            first
                .media
                .iter_mut()
                .for_each(|file| start_from(file, folder));
        }
        let place = first.place.take();
        let mut more = Draft::new();
        more.languages.clone_from(&first.languages);
        more.visibility.clone_from(&first.visibility);
        let further = |text: &String| {
            let mut part = more.clone();
            part.text = text.as_str().into();
            part
        };
        let parts = std::iter::once(first).chain(post.thread.iter().map(further));
        let mut entry = Entry::thread(post.key_at(at), parts);
        entry.accounts.clone_from(&post.accounts);
        entry.first_comment = post.first_comment.as_ref().map(further);
        let variants = post.variants.iter();
        entry.variants = variants
            .map(|(name, text)| (name.clone(), Variant::text(text.as_str())))
            .collect();
        entry.when = when;
        entry.approval = post.approval;
        entry.too_late_after = post.too_late;
        entry.place = place;
        entry.labels.clone_from(&post.labels);
        entry
    }

    /// The rows without a key that look like edited ones: on the same account something else is planned at the same time,
    /// or the same at another time, which was made of a row without a key that the plan no longer has.
    ///
    /// Adding such a row leaves the old one planned: cancel that first, or give rows keys, by which the outbox knows them
    /// whatever is edited.
    pub fn revisions(&self, planned: &[Item]) -> Vec<Revision> {
        let keys: BTreeSet<String> = self.posts.iter().flat_map(PlannedPost::keys).collect();
        let left: Vec<(&Item, (&str, &str))> = planned
            .iter()
            .filter(|item| !item.state.is_final() && !keys.contains(&item.key))
            .filter_map(|item| Some((item, made_of_content(&item.key)?)))
            .collect();
        let known: BTreeSet<(&str, &str)> = planned
            .iter()
            .map(|item| (item.key.as_str(), item.account.as_str()))
            .collect();
        let mut revisions = Vec::new();
        for post in self.posts.iter().filter(|post| post.key.is_none()) {
            for key in post.keys() {
                let Some((content, time)) = made_of_content(&key) else {
                    continue;
                };
                let new = |a: &&String| !known.contains(&(key.as_str(), a.as_str()));
                for account in post.accounts.iter().filter(new) {
                    let of_account = || left.iter().filter(|(item, _)| item.account == *account);
                    // What waits for a slot has no time by which it is known again.
                    let same_time = of_account().find(|(_, (_, t))| *t == time && time != "slot");
                    let same_content = || of_account().find(|(_, (c, _))| *c == content);
                    let found = match same_time {
                        Some((item, _)) => Some((item, Edited::Content)),
                        None => same_content().map(|(item, _)| (item, Edited::Time)),
                    };
                    if let Some((item, edited)) = found {
                        revisions.push(Revision {
                            key: key.clone(),
                            account: account.clone(),
                            was: item.id.clone(),
                            edited,
                        });
                    }
                }
            }
        }
        revisions
    }
}

/// Entries in the order of the plan. Rows without a key that say the same for different accounts are one.
#[derive(Default)]
struct Entries {
    all: Vec<Entry>,
    places: BTreeMap<String, usize>,
}

impl Entries {
    fn add(&mut self, entry: Entry) {
        let place = *self
            .places
            .entry(entry.key.clone())
            .or_insert(self.all.len());
        match self.all.get_mut(place) {
            Some(first) if made_of_content(&entry.key).is_some() => {
                first.accounts.extend(entry.accounts);
                if let (When::Each(times), When::Each(more)) = (&mut first.when, entry.when) {
                    times.extend(more);
                }
            }
            _ => self.all.push(entry),
        }
    }
}

/// The content and the time of a key that was made of both.
fn made_of_content(key: &str) -> Option<(&str, &str)> {
    let (content, time) = key.split_once('@')?;
    let made = content.len() == 16 && content.bytes().all(|b| b.is_ascii_hexdigit());
    made.then_some((content, time))
}

/// A path that is not absolute starts from the plan's folder.
fn start_from(file: &mut Media, folder: &Path) {
    if let MediaSource::File(path) = &mut file.source {
        *path = folder.join(&path);
    }
}

/// What is taken of each account's slots.
struct Queues {
    now: Timestamp,
    taken: BTreeMap<String, BTreeSet<Timestamp>>,
    /// When what is planned already comes, by key and account.
    known: BTreeMap<(String, String), Timestamp>,
}

impl Queues {
    fn new(plan: &Plan, now: Timestamp, planned: &[Item]) -> Self {
        let mut queues = Self {
            now,
            taken: BTreeMap::new(),
            known: BTreeMap::new(),
        };
        for item in planned {
            let given_up = [
                State::Cancelled,
                State::Refused,
                State::Missed,
                State::Rejected,
            ];
            if !given_up.contains(&item.state) {
                queues.occupy(&item.account, item.due);
            }
            let name = (item.key.clone(), item.account.clone());
            queues.known.insert(name, item.due);
        }
        for post in &plan.posts {
            for at in post.each_time() {
                post.accounts.iter().for_each(|a| queues.occupy(a, at));
            }
        }
        queues
    }

    fn occupy(&mut self, account: &str, at: Timestamp) {
        self.taken.entry(account.to_owned()).or_default().insert(at);
    }

    fn take(&mut self, post: &PlannedPost, slots: &BTreeMap<String, Slots>) -> Result<When> {
        let key = post.key_at(None);
        let mut times = BTreeMap::new();
        for account in &post.accounts {
            let known = self.known.get(&(key.clone(), account.clone()));
            let at = match known {
                Some(at) => *at,
                None => {
                    let taken = self.taken.entry(account.clone()).or_default();
                    let free = slots
                        .get(account)
                        .and_then(|s| s.next_free(self.now, taken));
                    free.ok_or_else(|| {
                        Error::config(format!(
                            "`{account}` has no free slot: give it slots, or the post a time of its own"
                        ))
                    })?
                }
            };
            self.occupy(account, at);
            times.insert(account.clone(), at);
        }
        Ok(When::Each(times))
    }
}
