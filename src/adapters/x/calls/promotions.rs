//! What advertising brought: campaigns and promoted posts of one advertising account, by the Ads API. Written after its
//! documentation; it was not tried against an account.

use jiff::SignedDuration;

use super::super::convert_figures::{self as figures, Brought};
use super::super::rules::ads_access;
use super::super::rules::endpoints::{ADS_CAMPAIGNS, ADS_FUNDING, ADS_POSTS, ADS_STATS, Endpoint};
use super::super::{X, wire};
use super::place::Place;
use super::{Call, invalid};
use crate::error::{ErrorKind, Result, Rule};
use crate::id::PromotionId;
use crate::model::{Currency, Omitted, Page, Period, Promotion, PromotionKind, PromotionQuery};
use crate::operation::Operation;

/// How many promotions are measured in one call (docs, synchronous analytics).
const MEASURED_AT_ONCE: usize = 20;
/// How long a span is measured in one call (docs).
const SPAN_AT_ONCE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a span may be: each week of it is a call for each twenty promotions.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);
/// How many promotions are listed in one call (docs).
const LISTED_AT_ONCE: u32 = 1000;
/// How many are asked for by their ids in one call (docs).
const NAMED_AT_ONCE: usize = 200;
/// How many pages of promotions are read.
const MOST_PAGES: usize = 20;

/// What is promoted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Campaign,
    Post,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Post => "promoted_post",
        }
    }

    /// The network's word for it in statistics.
    const fn entity(self) -> &'static str {
        match self {
            Self::Campaign => "CAMPAIGN",
            Self::Post => "PROMOTED_TWEET",
        }
    }

    const fn endpoint(self) -> &'static Endpoint {
        match self {
            Self::Campaign => ADS_CAMPAIGNS,
            Self::Post => ADS_POSTS,
        }
    }

    /// By which parameter some of them are named.
    const fn ids(self) -> &'static str {
        match self {
            Self::Campaign => "campaign_ids",
            Self::Post => "promoted_tweet_ids",
        }
    }
}

/// A campaign, or a post that is promoted.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    kind: Kind,
    id: String,
    name: Option<String>,
    post: Option<String>,
    currency: Option<Currency>,
}

impl Row {
    fn bare(kind: Kind, id: &str) -> Self {
        Self {
            kind,
            id: id.to_owned(),
            name: None,
            post: None,
            currency: None,
        }
    }

    /// Its handle: `campaign:8u94t` or `promoted_post:1efwlo`.
    fn handle(&self) -> PromotionId {
        PromotionId::new(format!("{}:{}", self.kind.as_str(), self.id))
    }

    fn parse(id: &PromotionId) -> Result<Self> {
        let text = id.as_str();
        let plain = |id: &str| {
            (1..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let read = text.split_once(':').and_then(|(kind, id)| {
            let mut kinds = [Kind::Campaign, Kind::Post].into_iter();
            let kind = kinds.find(|known| known.as_str() == kind)?;
            plain(id).then(|| Self::bare(kind, id))
        });
        read.ok_or_else(|| {
            let shown: String = text.chars().take(100).collect();
            let message = format!(
                "`{shown}` is no promotion: take the id that promotions() tells, such as campaign:8u94t"
            );
            invalid(Rule::Malformed, "ids", message).with_operation(Operation::PROMOTIONS)
        })
    }
}

impl X {
    pub(in super::super) async fn promoted(
        &self,
        query: &PromotionQuery,
    ) -> Result<Page<Promotion>> {
        let operation = Operation::PROMOTIONS;
        let wrong = |message: &str| {
            invalid(Rule::Malformed, "period", message).with_operation(operation.clone())
        };
        let period = &query.period;
        if period.until.duration_since(period.since) > LONGEST {
            return Err(wrong("the span is longer than a year: ask for it in parts"));
        }
        let Some((span, parts)) = figures::parts(period, SPAN_AT_ONCE) else {
            return Err(wrong(
                "the span has no room, or lies outside the calendar: name another",
            ));
        };
        let account = self.inner.ads.account.as_deref();
        let account = account.ok_or_else(|| self.lacking(&operation, ads_access()))?;
        let mut omitted = Vec::new();
        let rows = if query.ids.is_empty() {
            let mut rows = Vec::new();
            for kind in [Kind::Campaign, Kind::Post] {
                rows.extend(self.ads_rows(&operation, account, kind, &[]).await?);
            }
            rows
        } else {
            let wanted = query
                .ids
                .iter()
                .map(Row::parse)
                .collect::<Result<Vec<_>>>()?;
            self.named_rows(&operation, account, wanted, &mut omitted)
                .await?
        };
        let currency = self.currency(&operation, account, &rows).await?;
        let (mine, next) = Place::part(&query.page, &rows)?;
        let mut brought: Vec<Brought> = vec![Brought::default(); mine.len()];
        for kind in [Kind::Campaign, Kind::Post] {
            let of_kind = mine.iter().filter(|row| row.kind == kind);
            let mut ids: Vec<&str> = of_kind.map(|row| row.id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            for batch in ids.chunks(MEASURED_AT_ONCE) {
                for part in &parts {
                    let told = self.stats(&operation, account, kind, batch, part).await?;
                    for (id, figures) in told {
                        // It may have been asked for twice.
                        for (row, brought) in mine.iter().zip(&mut brought) {
                            if row.kind == kind && row.id == id {
                                brought.merge(&figures);
                            }
                        }
                    }
                }
            }
        }
        let promotions = mine.iter().zip(&brought).map(|(row, brought)| {
            let mut promotion = Promotion::new(row.handle(), span);
            promotion.name.clone_from(&row.name);
            promotion.kind = Some(match row.kind {
                Kind::Campaign => PromotionKind::Campaign,
                Kind::Post => PromotionKind::Creative,
            });
            promotion.post = row.post.as_deref().map(Into::into);
            promotion.metrics = brought.metrics(row.currency.or(currency), span);
            promotion
        });
        let total = u64::try_from(rows.len()).ok();
        Ok(Page::new(promotions.collect())
            .omitted(omitted)
            .total(total)
            .next(next))
    }

    /// Campaigns or promoted posts of the account: these, or all.
    async fn ads_rows(
        &self,
        operation: &Operation,
        account: &str,
        kind: Kind,
        ids: &[&str],
    ) -> Result<Vec<Row>> {
        let version = self.inner.ads.version.as_str();
        let mut rows = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut call = Call::of(kind.endpoint(), &[version, account])
                // What is over and put away was shown all the same.
                .with("with_deleted", true)
                .with("count", LISTED_AT_ONCE)
                .maybe("cursor", cursor.as_deref());
            if !ids.is_empty() {
                call = call.with(kind.ids(), ids.join(","));
            }
            let answer = self.ask(operation, call).await?;
            let told: wire::AdsPage<'_> = wire::read(&answer)?;
            let named = told.list.data.objects().filter_map(|object| {
                Some(Row {
                    name: object.name.owned(),
                    post: object.post.get().map(str::to_owned),
                    currency: object.currency.get().and_then(Currency::new),
                    ..Row::bare(kind, object.id.get()?)
                })
            });
            rows.extend(named);
            cursor = told.next_cursor.owned();
            if cursor.is_none() {
                break;
            }
        }
        Ok(rows)
    }

    /// Those that were asked for, as the network names them; what is not there is left out, and told.
    async fn named_rows(
        &self,
        operation: &Operation,
        account: &str,
        wanted: Vec<Row>,
        omitted: &mut Vec<Omitted>,
    ) -> Result<Vec<Row>> {
        let mut known = Vec::new();
        for kind in [Kind::Campaign, Kind::Post] {
            let of_kind = wanted.iter().filter(|row| row.kind == kind);
            let ids: Vec<&str> = of_kind.map(|row| row.id.as_str()).collect();
            for batch in ids.chunks(NAMED_AT_ONCE) {
                known.extend(self.ads_rows(operation, account, kind, batch).await?);
            }
        }
        let mut there = Vec::with_capacity(wanted.len());
        for row in wanted {
            let named = known
                .iter()
                .find(|known| known.kind == row.kind && known.id == row.id);
            match named {
                Some(named) => there.push(named.clone()),
                None => {
                    let message = "there is no such promotion in the account: check the id";
                    let id = row.handle().into_string();
                    omitted.push(Omitted::new(id, ErrorKind::NotFound, message));
                }
            }
        }
        Ok(there)
    }

    /// In what the account is billed: campaigns tell it, promoted posts do not.
    async fn currency(
        &self,
        operation: &Operation,
        account: &str,
        rows: &[Row],
    ) -> Result<Option<Currency>> {
        let known = rows.iter().find_map(|row| row.currency);
        if known.is_some() || rows.is_empty() {
            return Ok(known);
        }
        let version = self.inner.ads.version.as_str();
        let call = Call::of(ADS_FUNDING, &[version, account]);
        let answer = self.ask(operation, call).await?;
        let told: wire::AdsPage<'_> = wire::read(&answer)?;
        let mut currencies = told.list.data.objects();
        Ok(currencies.find_map(|one| one.currency.get().and_then(Currency::new)))
    }

    /// What promotions brought in a span.
    async fn stats(
        &self,
        operation: &Operation,
        account: &str,
        kind: Kind,
        ids: &[&str],
        part: &Period,
    ) -> Result<Vec<(String, Brought)>> {
        let version = self.inner.ads.version.as_str();
        let call = Call::of(ADS_STATS, &[version, account])
            .with("entity", kind.entity())
            .with("entity_ids", ids.join(","))
            .with("start_time", part.since)
            .with("end_time", part.until)
            .with("granularity", "TOTAL")
            .with("placement", "ALL_ON_TWITTER")
            .with("metric_groups", "ENGAGEMENT,BILLING");
        let answer = self.ask(operation, call).await?;
        let told: wire::AdsList<wire::AdsStats<'_>> = wire::read(&answer)?;
        let each = told.data.objects().filter_map(|stats| {
            let mut brought = Brought::default();
            for part in stats.parts.objects() {
                if let Some(figures) = part.metrics.get() {
                    brought.add(figures);
                }
            }
            Some((stats.id.get()?.to_owned(), brought))
        });
        Ok(each.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_of_promotions_are_read_as_they_are_written() {
        for text in ["campaign:8u94t", "promoted_post:1efwlo"] {
            let row = Row::parse(&PromotionId::new(text)).unwrap();
            assert_eq!(row.handle().as_str(), text);
        }
        for bad in [
            "",
            "8u94t",
            "campaign",
            "campaign:",
            "ad:1",
            "campaign:a,b",
            "campaign:../x",
        ] {
            let error = Row::parse(&PromotionId::new(bad)).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{bad}");
        }
    }
}
