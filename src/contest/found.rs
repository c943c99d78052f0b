//! How what was seen becomes entries: one for each person, whoever saw it and however often.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Contest;
use super::entry::{Comment, Deed, Entry, EntryAccount, EntryId, Evidence, EvidenceSource};
use super::judge::seen_hash;
use super::keys;
use super::state::Head;
use crate::error::Result;
use crate::model::{Account, Metric, Post};
use crate::text::{MentionShapes, SpanKind, find_mentions};

/// Where an account's entry is, if not under its own name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Alias {
    /// The entry that it was linked into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) entry: Option<EntryId>,
    /// Whether its person was erased: nothing more is taken in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) erased: bool,
}

/// Something that was seen of somebody.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) network: String,
    pub(super) account: Account,
    pub(super) evidence: Option<Evidence>,
    pub(super) comment: Option<Comment>,
    /// Whether it stands there now, rather than having happened some time.
    pub(super) there: bool,
}

/// What taking in brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// How many people were new.
    pub(super) new: u64,
    /// How many were known.
    pub(super) known: u64,
}

impl Found {
    /// Somebody did something to a subject.
    pub(super) fn deed(network: &str, account: &Account, evidence: Evidence) -> Self {
        Self {
            network: network.to_owned(),
            account: account.clone(),
            evidence: Some(evidence),
            comment: None,
            there: false,
        }
    }

    /// A comment that stands at a subject; `None` where its author is not told.
    pub(super) fn comment(
        network: &str,
        post: &Post,
        subject: usize,
        source: EvidenceSource,
        now: Timestamp,
        measure: Option<&Metric>,
        ours: &BTreeSet<(String, String)>,
    ) -> Option<Self> {
        let author = post.author.as_ref()?;
        let hash = seen_hash(post);
        let there = source == EvidenceSource::Listing;
        let evidence = Evidence {
            deed: Deed::Commented,
            subject,
            source,
            observed_at: now,
            at: post.created_at,
            object: Some(post.id.as_str().to_owned()),
            hash: hash.clone(),
        };
        let comment = Comment {
            id: post.id.clone(),
            subject,
            text: post.text.as_str().to_owned(),
            tags: tags(network, post, author, ours),
            at: post.created_at,
            edited_at: post.edited_at,
            observed_at: now,
            deleted_at: None,
            measure: measure.and_then(|by| post.metrics.count(by.clone())),
            hash,
        };
        Some(Self {
            network: network.to_owned(),
            account: Account::clone(author),
            evidence: Some(evidence),
            comment: Some(comment),
            there,
        })
    }
}

/// The accounts that a comment names, each once, without its author and our own.
fn tags(
    network: &str,
    post: &Post,
    author: &Account,
    ours: &BTreeSet<(String, String)>,
) -> Vec<String> {
    let mut named: Vec<(String, Option<String>)> = Vec::new();
    for span in post.text.spans() {
        if let SpanKind::Mention(mention) = &span.kind {
            named.push((mention.handle.to_lowercase(), mention.id.clone()));
        }
    }
    // Networks that mark no mention in what they tell leave it to the reader to find them.
    if named.is_empty() {
        for found in find_mentions(post.text.as_str(), MentionShapes::ALL) {
            named.push((found.value.to_lowercase(), None));
        }
    }
    let own = author.handle.as_deref().map(str::to_lowercase);
    let mut tags = BTreeSet::new();
    for (handle, id) in named {
        let id = id.as_deref();
        let is_author = id == Some(author.id.as_str()) || own.as_deref() == Some(&handle);
        let is_ours = ours.iter().any(|(at, our)| {
            at == network && (id == Some(our.as_str()) || handle == our.to_lowercase())
        });
        if !is_author && !is_ours {
            tags.insert(handle);
        }
    }
    tags.into_iter().filter(|tag| !tag.is_empty()).collect()
}

impl Contest {
    /// The entry that an account belongs to, and whether anything may be taken in.
    pub(super) async fn place(&self, network: &str, account: &str) -> Result<Option<EntryId>> {
        let mut own = keys::entry_of(&self.id, network, account);
        // Links are written so that they lead to their end at once; a chain of some is followed all the same.
        for _ in 0..8 {
            let key = keys::alias(&self.id, &own);
            match self.keeper().value::<Alias>(&key).await? {
                Some((alias, _)) if alias.erased => return Ok(None),
                Some((
                    Alias {
                        entry: Some(to), ..
                    },
                    _,
                )) if to != own => own = to,
                _ => break,
            }
        }
        Ok(Some(own))
    }

    /// Takes in what was seen, person by person.
    pub(super) async fn take(&self, head: &Head, found: Vec<Found>) -> Result<Taken> {
        let close = head.closes_at()?;
        let mut people: BTreeMap<(String, String), Vec<Found>> = BTreeMap::new();
        for one in found {
            let person = (one.network.clone(), one.account.id.as_str().to_owned());
            people.entry(person).or_default().push(one);
        }
        let mut taken = Taken::default();
        for ((network, account), found) in people {
            let Some(id) = self.place(&network, &account).await? else {
                continue;
            };
            if self.take_one(&id, &found, close).await? {
                taken.new += 1;
            } else {
                taken.known += 1;
            }
        }
        Ok(taken)
    }

    /// Takes in what was seen of one person; true where the person is new.
    async fn take_one(&self, id: &EntryId, found: &[Found], close: Timestamp) -> Result<bool> {
        let key = keys::entry(&self.id, id);
        let now = self.now();
        let mut new = false;
        self.keeper()
            .update(&key, |kept: &mut Option<Entry>| {
                let Some(first) = found.first() else {
                    return Ok(None);
                };
                new = kept.is_none();
                let account = EntryAccount::of(&first.network, &first.account);
                let entry = kept.get_or_insert_with(|| Entry::new(id.clone(), account, now));
                for one in found {
                    entry.meet(one, close);
                }
                Ok(Some(()))
            })
            .await?;
        Ok(new)
    }
}

impl Entry {
    fn meet(&mut self, found: &Found, close: Timestamp) {
        let known = self
            .accounts
            .iter_mut()
            .find(|own| own.network == found.network && own.id == found.account.id);
        match known {
            Some(known) => known.see(&found.account),
            None => {
                let account = EntryAccount::of(&found.network, &found.account);
                self.accounts.push(account);
            }
        }
        if let Some(evidence) = &found.evidence {
            self.add(evidence.clone());
        }
        if let Some(comment) = &found.comment {
            self.comment(comment.clone(), close);
            let known = self.comments.iter_mut().find(|own| own.id == comment.id);
            // What stands there again after it was deleted was brought back.
            if found.there
                && let Some(known) = known
                && known.deleted_at.is_some_and(|at| at < comment.observed_at)
            {
                known.deleted_at = None;
            }
        }
    }
}
