//! What was collected, what is missing, and why entries were rejected.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::award::Award;
use super::entry::{Deed, EntryStatus, EvidenceSource};
use super::judge::Verdict;
use super::keys;
use super::look::{Look, wanted};
use super::state::{Frozen, Lost, Stage};
use super::{Contest, ContestId};
use crate::error::Result;
use crate::model::Money;

/// How many different reasons are told.
const REASONS: usize = 200;

/// A listing, and whether it was had whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListingReport {
    /// The subject of the rules, from 0.
    pub subject: usize,
    /// What it lists.
    pub deed: Deed,
    /// Our account that read it.
    pub account: String,
    /// Whether the network offers it to us.
    pub offered: bool,
    /// When the last look at it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_at: Option<Timestamp>,
    /// When that look ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The network's own count, where it tells one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// How many we saw in the looks for the freeze; `None` before it, and once it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<u64>,
    /// How many items could not be had.
    pub omitted: u64,
    /// Why it may not be the whole of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacks: Option<String>,
}

/// What a contest collected and came to. It names nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The contest.
    pub id: ContestId,
    /// Where it stands.
    pub stage: Stage,
    /// How many people were seen.
    pub people: u64,
    /// How many entries stand how.
    pub by_status: BTreeMap<String, u64>,
    /// How many people did what.
    pub by_deed: BTreeMap<String, u64>,
    /// How much evidence came how: `event`, `listing`, `hand`.
    pub by_source: BTreeMap<String, u64>,
    /// How often each condition and exclusion spoke against an entry: `liked`, `younger_than (unknown)`. One entry may be
    /// counted several times.
    pub rejected_by: BTreeMap<String, u64>,
    /// The same by the reason in words, the most frequent 200.
    pub reasons: Vec<(String, u64)>,
    /// How many decisions people took.
    pub decisions: u64,
    /// The listings that the rules need.
    pub listings: Vec<ListingReport>,
    /// Times of which happenings may be lost.
    pub gaps: Vec<Lost>,
    /// The list, once it is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<Frozen>,
    /// The places of the last draw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub awards: Vec<Award>,
    /// How many people were erased.
    pub erased: u64,
    /// What looking has cost, where a network bills it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Money>,
}

impl Contest {
    /// What was collected and what is missing; how many entries were rejected, and why.
    pub async fn report(&self) -> Result<Report> {
        let head = self.head().await?;
        let mut report = Report {
            id: self.id.clone(),
            stage: head.stage,
            people: 0,
            by_status: BTreeMap::new(),
            by_deed: BTreeMap::new(),
            by_source: BTreeMap::new(),
            rejected_by: BTreeMap::new(),
            reasons: Vec::new(),
            decisions: 0,
            listings: Vec::new(),
            gaps: head.gaps.clone(),
            frozen: head.frozen.clone(),
            awards: head
                .draws
                .last()
                .map(|one| one.awards.clone())
                .unwrap_or_default(),
            erased: head.erased,
            spent: head.spent,
        };
        let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
        self.each_entry(|entry, _| {
            report.people += 1;
            let status = match entry.status {
                EntryStatus::Collected => "collected",
                EntryStatus::Eligible => "eligible",
                EntryStatus::Rejected => "rejected",
                EntryStatus::Undecided => "undecided",
            };
            *report.by_status.entry(status.to_owned()).or_default() += 1;
            let mut deeds: Vec<Deed> = entry.evidence.iter().map(|one| one.deed).collect();
            deeds.sort_unstable();
            deeds.dedup();
            for deed in deeds {
                *report.by_deed.entry(deed.word().to_owned()).or_default() += 1;
            }
            for evidence in &entry.evidence {
                let source = match evidence.source {
                    EvidenceSource::Event => "event",
                    EvidenceSource::Listing => "listing",
                    EvidenceSource::Hand { .. } => "hand",
                };
                *report.by_source.entry(source.to_owned()).or_default() += 1;
            }
            report.decisions += entry.decisions.len() as u64;
            let against = entry
                .checks
                .iter()
                .filter(|check| check.counts != Some(true));
            for check in against {
                let (name, reason) = match &check.verdict {
                    Verdict::Pass => continue,
                    Verdict::Fail(why) => (check.name.clone(), why),
                    Verdict::Unknown(why) => (format!("{} (unknown)", check.name), why),
                };
                *reasons.entry(format!("{name}: {reason}")).or_default() += 1;
                *report.rejected_by.entry(name).or_default() += 1;
            }
            Ok(())
        })
        .await?;
        report.reasons = reasons.into_iter().collect();
        report.reasons.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
        report.reasons.truncate(REASONS);
        let offered = self.listings(&head)?;
        for listing in wanted(&head) {
            if listing.deed == Deed::Member {
                continue;
            }
            let mut last = None;
            for round in ["second", "first", "open"] {
                let key = keys::look(&self.id, &listing.look(round));
                if let Some((look, _)) = self.keeper().value::<Look>(&key).await? {
                    last = Some((look, round != "open"));
                    break;
                }
            }
            let mut told = ListingReport {
                offered: offered.contains(&listing),
                subject: listing.subject,
                deed: listing.deed,
                account: listing.account,
                began_at: None,
                ended_at: None,
                total: None,
                collected: None,
                omitted: 0,
                lacks: None,
            };
            if let Some((look, kept)) = last {
                told.began_at = look.began;
                told.ended_at = look.ended;
                told.total = look.total;
                told.omitted = look.omitted;
                if kept && head.stage < Stage::Closed {
                    let view = self.view(&look).await?;
                    told.collected = Some(view.seen.len() as u64);
                    told.lacks = view.lacks;
                }
            }
            report.listings.push(told);
        }
        Ok(report)
    }
}
