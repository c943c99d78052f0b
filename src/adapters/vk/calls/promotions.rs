//! What advertising brought: campaigns and ads of the cabinets that the token opens.

use super::super::Vk;
use super::super::convert_figures as figures;
use super::super::wire::{self, List, Obj};
use super::place::Place;
use super::{Params, invalid, listed};
use crate::error::{ErrorKind, Result, Rule};
use crate::id::PromotionId;
use crate::model::{Omitted, Page, Promotion, PromotionKind, PromotionQuery};
use crate::operation::Operation;

/// How many campaigns or ads are measured in one call (docs, `ads.getStatistics`).
const MEASURED_AT_ONCE: usize = 2000;
/// How many promotions a page holds at most.
const PAGE: u32 = 1000;

/// What is promoted by: a campaign, or one ad of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Campaign,
    Ad,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Ad => "ad",
        }
    }
}

/// A campaign or an ad of a cabinet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    kind: Kind,
    account: u64,
    id: u64,
    name: Option<String>,
    /// Of an ad, the campaign that it is a part of.
    campaign: Option<u64>,
}

impl Row {
    /// Its handle: `campaign1_2` or `ad1_2`, with the cabinet and its own number.
    fn handle(&self) -> PromotionId {
        PromotionId::new(format!(
            "{}{}_{}",
            self.kind.as_str(),
            self.account,
            self.id
        ))
    }

    /// The campaign that an ad is a part of.
    fn whole(&self) -> Option<Self> {
        Some(Self {
            kind: Kind::Campaign,
            account: self.account,
            id: self.campaign?,
            name: None,
            campaign: None,
        })
    }

    fn parse(id: &PromotionId) -> Result<Self> {
        let text = id.as_str();
        let kinds = [Kind::Campaign, Kind::Ad].into_iter();
        let found = kinds.filter_map(|kind| Some((kind, text.strip_prefix(kind.as_str())?)));
        let number = |digits: &str| {
            let plain = digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse::<u64>().ok().filter(|id| plain && *id > 0)
        };
        let mut read = found.filter_map(|(kind, numbers)| {
            let (account, id) = numbers.split_once('_')?;
            Some(Self {
                kind,
                account: number(account)?,
                id: number(id)?,
                name: None,
                campaign: None,
            })
        });
        read.next().ok_or_else(|| {
            let shown: String = text.chars().take(100).collect();
            let message = format!(
                "`{shown}` is no promotion: take the id that promotions() tells, such as campaign1_2 or ad1_2"
            );
            invalid(Rule::Malformed, "ids", message).with_operation(Operation::PROMOTIONS)
        })
    }
}

impl Vk {
    pub(in super::super) async fn promoted(
        &self,
        query: &PromotionQuery,
    ) -> Result<Page<Promotion>> {
        let operation = Operation::PROMOTIONS;
        let place = Place::of(&query.page, PAGE)?;
        let Some((first, last, span)) = figures::days(&query.period) else {
            let message = "the span lies outside the calendar: name another";
            return Err(invalid(Rule::Malformed, "period", message).with_operation(operation));
        };
        let mut omitted = Vec::new();
        let rows = if query.ids.is_empty() {
            self.all_rows(&operation, &mut omitted).await?
        } else {
            query
                .ids
                .iter()
                .map(Row::parse)
                .collect::<Result<Vec<_>>>()?
        };
        let (mine, next) = place.cut(&rows);
        let mut mine = mine.to_vec();
        if !query.ids.is_empty() {
            self.name(&operation, &mut mine, &mut omitted).await?;
        }
        let dates = (first.to_string(), last.to_string());
        let mut promotions: Vec<Promotion> = mine
            .iter()
            .map(|row| {
                let mut promotion = Promotion::new(row.handle(), span);
                promotion.name.clone_from(&row.name);
                promotion.kind = Some(match row.kind {
                    Kind::Campaign => PromotionKind::Campaign,
                    Kind::Ad => PromotionKind::Creative,
                });
                promotion.campaign = row.whole().map(|row| row.handle());
                promotion.metrics = figures::promotion(&[], span);
                promotion
            })
            .collect();
        for (kind, account) in groups(&mine) {
            let ids: Vec<u64> = mine
                .iter()
                .filter(|row| row.kind == kind && row.account == account)
                .map(|row| row.id)
                .collect();
            for batch in ids.chunks(MEASURED_AT_ONCE) {
                let params = asked(kind, account, batch, &dates);
                let answer = self.ask(&operation, "ads.getStatistics", &params).await?;
                let told: List<Obj<wire::AdFigures<'_>>> = listed(&answer)?;
                for told in told.objects() {
                    let row = number(&told.id).map(|id| Row {
                        kind,
                        account,
                        id,
                        name: None,
                        campaign: None,
                    });
                    let handle = row.map(|row| row.handle());
                    let days: Vec<&wire::AdDay<'_>> = told.stats.objects().collect();
                    // It may have been asked for twice.
                    let of = promotions.iter_mut();
                    for promotion in of.filter(|known| Some(&known.id) == handle.as_ref()) {
                        promotion.metrics = figures::promotion(&days, span);
                    }
                }
            }
        }
        let total = u64::try_from(rows.len()).ok();
        Ok(Page::new(promotions)
            .omitted(omitted)
            .total(total)
            .next(next))
    }

    /// All campaigns and ads of all cabinets.
    async fn all_rows(
        &self,
        operation: &Operation,
        omitted: &mut Vec<Omitted>,
    ) -> Result<Vec<Row>> {
        let accounts: Vec<(u64, bool)> = {
            let answer = self
                .ask(operation, "ads.getAccounts", &Params::new())
                .await?;
            let told: List<Obj<wire::AdAccount<'_>>> = listed(&answer)?;
            let is_agency = |account: &wire::AdAccount<'_>| account.kind.get() == Some("agency");
            told.objects()
                .filter_map(|account| Some((number(&account.id)?, is_agency(account))))
                .collect()
        };
        let mut rows = Vec::new();
        for (account, agency) in accounts {
            if agency {
                let message =
                    "an agency's clients are measured by native calls, which name the client";
                let id = format!("account{account}");
                omitted.push(Omitted::new(id, ErrorKind::Unsupported, message));
                continue;
            }
            for kind in [Kind::Campaign, Kind::Ad] {
                rows.extend(self.named(operation, kind, account, None).await?);
            }
        }
        Ok(rows)
    }

    /// Campaigns or ads of a cabinet with their names: these, or all.
    async fn named(
        &self,
        operation: &Operation,
        kind: Kind,
        account: u64,
        ids: Option<&[u64]>,
    ) -> Result<Vec<Row>> {
        let (method, list) = match kind {
            Kind::Campaign => ("ads.getCampaigns", "campaign_ids"),
            Kind::Ad => ("ads.getAds", "ad_ids"),
        };
        let ids = ids.map(|ids| {
            let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
            format!("[{}]", ids.join(","))
        });
        let params = Params::new()
            .with("account_id", account)
            // What is over and put away was shown all the same.
            .flag("include_deleted", true)
            .maybe(list, ids);
        let answer = self.ask(operation, method, &params).await?;
        let told: List<Obj<wire::AdObject<'_>>> = listed(&answer)?;
        let rows = told.objects().filter_map(|object| {
            Some(Row {
                kind,
                account,
                id: number(&object.id)?,
                name: object.name.owned(),
                campaign: number(&object.campaign).filter(|_| kind == Kind::Ad),
            })
        });
        Ok(rows.collect())
    }

    /// Adds the names of those that were asked for by their ids; takes out those that are not there.
    async fn name(
        &self,
        operation: &Operation,
        rows: &mut Vec<Row>,
        omitted: &mut Vec<Omitted>,
    ) -> Result<()> {
        let mut known = Vec::new();
        for (kind, account) in groups(rows) {
            let of = |row: &&Row| row.kind == kind && row.account == account;
            let ids: Vec<u64> = rows.iter().filter(of).map(|row| row.id).collect();
            known.extend(self.named(operation, kind, account, Some(&ids)).await?);
        }
        let mut there = Vec::with_capacity(rows.len());
        for row in rows.drain(..) {
            let handle = row.handle();
            match known.iter().find(|known| known.handle() == handle) {
                Some(known) => there.push(known.clone()),
                None => {
                    let message = "there is no such campaign or ad in the cabinet: check the id";
                    let omission = Omitted::new(handle.into_string(), ErrorKind::NotFound, message);
                    omitted.push(omission);
                }
            }
        }
        *rows = there;
        Ok(())
    }
}

/// How figures are asked for, day by day.
fn asked(kind: Kind, account: u64, ids: &[u64], dates: &(String, String)) -> Params {
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    Params::new()
        .with("account_id", account)
        .with("ids_type", kind.as_str())
        .with("ids", ids.join(","))
        .with("period", "day")
        .with("date_from", &dates.0)
        .with("date_to", &dates.1)
}

/// The cabinets in which rows stand, and what they are there.
fn groups(rows: &[Row]) -> Vec<(Kind, u64)> {
    let mut groups: Vec<(Kind, u64)> = Vec::new();
    for row in rows {
        let group = (row.kind, row.account);
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

fn number(told: &wire::Word<'_>) -> Option<u64> {
    told.get()?.parse().ok().filter(|id| *id > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_of_promotions_are_read_as_they_are_written() {
        for text in ["campaign1_2", "ad10_20"] {
            let row = Row::parse(&PromotionId::new(text)).unwrap();
            assert_eq!(row.handle().as_str(), text);
        }
        for bad in [
            "",
            "1_2",
            "campaign",
            "campaign1",
            "campaign1_",
            "ad_2",
            "ad0_2",
            "ad1_+2",
            "ads1_2",
            "ad1_2_3",
        ] {
            let error = Row::parse(&PromotionId::new(bad)).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{bad}");
        }
    }
}
