//! What paid reach brought, and what is trending.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ids;
use super::journal::RecordKind;
use super::listings;
use super::state::{Ask, No, PromotionRow, State};
use crate::adapters::memory::rules;
use crate::adapters::memory::wire::PageSays;
use crate::model::{
    Figure, Metric, Metrics, Money, Period, Promotion, PromotionQuery, Quantity, Source, Trend,
    TrendScope, Visibility, Window, setters,
};

/// How far back hashtags count for a trend.
const TREND_SPAN: Duration = Duration::from_secs(24 * 60 * 60);

/// What a promotion's money brings in a [`World`](super::World).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PromotionYield {
    /// How often the post is shown for each whole unit of the currency.
    pub impressions_per_unit: u32,
    /// Of so many impressions one brings a click of any kind; 0: none does.
    pub impressions_per_click: u32,
    /// Of so many impressions one brings a click on the link; 0: none does.
    pub impressions_per_link_click: u32,
    /// Of so many impressions one brings a conversion; 0: none does.
    pub impressions_per_conversion: u32,
}

impl PromotionYield {
    /// 500 impressions for a unit, 1 click for 50 of them, 1 click on the link for 80, 1 conversion for 1000.
    pub const fn new() -> Self {
        Self {
            impressions_per_unit: 500,
            impressions_per_click: 50,
            impressions_per_link_click: 80,
            impressions_per_conversion: 1000,
        }
    }
}

impl Default for PromotionYield {
    fn default() -> Self {
        Self::new()
    }
}

setters!(PromotionYield {
    set impressions_per_unit: u32, "Sets how often the post is shown for each whole unit of the currency.";
    set impressions_per_click: u32, "Sets for how many impressions there is a click of any kind.";
    set impressions_per_link_click: u32, "Sets for how many impressions there is a click on the link.";
    set impressions_per_conversion: u32, "Sets for how many impressions there is a conversion.";
});

impl PromotionRow {
    /// What is spent until a moment: evenly over the promotion's time, so that spans add up.
    fn spent(&self, at: Timestamp) -> i64 {
        let whole = self.until.duration_since(self.since).as_millis().max(1);
        let past = at
            .clamp(self.since, self.until)
            .duration_since(self.since)
            .as_millis();
        let spent = i128::from(self.budget.amount) * past / whole;
        i64::try_from(spent).unwrap_or(i64::MAX)
    }

    /// How often it was shown for what is spent.
    fn shown(&self, spent: i64) -> u64 {
        let unit = 10_i128.pow(u32::from(self.budget.scale.min(18)));
        let shown = i128::from(spent) * i128::from(self.brings.impressions_per_unit) / unit;
        u64::try_from(shown).unwrap_or(0)
    }

    fn figures(&self, query: &PromotionQuery, now: Timestamp) -> Metrics {
        let (since, until) = (query.period.since.min(now), query.period.until.min(now));
        let (before, after) = (self.spent(since), self.spent(until));
        let spend = Money {
            amount: after.saturating_sub(before),
            ..self.budget
        };
        let (shown_before, shown_after) = (self.shown(before), self.shown(after));
        // Rounded down at both ends, so that the figures of adjoining spans add up.
        let whole = |shown: u64, per: u32| shown.checked_div(u64::from(per)).unwrap_or(0);
        let each = |per: u32| whole(shown_after, per).saturating_sub(whole(shown_before, per));
        let brings = self.brings;
        let figures = [
            (Metric::Spend, Quantity::Money(spend)),
            (Metric::Impressions, Quantity::Count(each(1))),
            (
                Metric::Clicks,
                Quantity::Count(each(brings.impressions_per_click)),
            ),
            (
                Metric::LinkClicks,
                Quantity::Count(each(brings.impressions_per_link_click)),
            ),
            (
                Metric::Conversions,
                Quantity::Count(each(brings.impressions_per_conversion)),
            ),
        ];
        let window = Window::Period(query.period);
        let metrics: Metrics = figures
            .into_iter()
            .map(|(metric, value)| Figure::value(metric, value, window, Source::Promoted))
            .collect();
        metrics.taken_at(now)
    }
}

impl State {
    /// Takes a promotion of a post in, and answers its number; `None` where there is no such post.
    pub(super) fn promote(
        &mut self,
        post: u64,
        name: &str,
        period: Period,
        budget: Money,
        brings: PromotionYield,
        now: Timestamp,
    ) -> Option<u64> {
        let owner = self.posts.get(&post)?.author.clone();
        let number = self.number();
        let row = PromotionRow {
            owner,
            post,
            name: name.to_owned(),
            since: period.since,
            until: period.until,
            budget,
            brings,
        };
        if self.records.is_some() {
            let terms = json!({"name": name, "period": period, "budget": budget, "yield": brings});
            let (id, within) = (ids::promotion(number), Some(ids::post(post)));
            let by = row.owner.clone();
            self.record(
                RecordKind::Promoted,
                &by,
                now,
                id,
                within,
                terms.to_string(),
            );
        }
        self.promotions.insert(number, row);
        Some(number)
    }

    pub(super) fn promotions_for(
        &self,
        me: &str,
        query: &PromotionQuery,
        now: Timestamp,
    ) -> Ask<PageSays<'static, Promotion>> {
        let named = |number: u64| {
            let id = ids::promotion(number);
            query.ids.is_empty() || query.ids.iter().any(|wanted| wanted.as_str() == id)
        };
        let within =
            |row: &PromotionRow| row.since < query.period.until && query.period.since < row.until;
        let mine: Vec<(u64, &PromotionRow)> = self
            .promotions
            .iter()
            .filter(|(number, row)| row.owner == me && named(**number) && within(row))
            .map(|(number, row)| (*number, row))
            .collect();
        let total = mine.len() as u64;
        let (mine, next) = listings::cut(mine, &query.page, false, |(number, _)| *number)?;
        Ok(PageSays {
            items: mine
                .into_iter()
                .map(|(number, row)| {
                    Promotion::new(ids::promotion(number), query.period)
                        .name(row.name.as_str())
                        .post(ids::post(row.post))
                        .metrics(row.figures(query, now))
                })
                .collect(),
            next: next.map(|n| n.to_string().into()),
            total: Some(total),
            omitted: Vec::new(),
        })
    }

    /// What was set as a trend, then the hashtags that most accounts used within a day.
    pub(super) fn trends_for(&self, scope: &TrendScope, now: Timestamp) -> Ask<Vec<Trend>> {
        let place = match &scope.place {
            None => None,
            Some(place) => {
                let handle = ids::account(place).unwrap_or(place);
                if !self.accounts.contains_key(handle) {
                    return Err(No::NotFound("there is no such place"));
                }
                Some(handle)
            }
        };
        let since = now.checked_sub(TREND_SPAN).unwrap_or(Timestamp::MIN);
        let shown = self.shown_at(now);
        let mut tags: BTreeMap<String, (u64, Timestamp)> = BTreeMap::new();
        for post in self.posts.values() {
            let recent = post.listed_at(shown)
                && post.live_at >= since
                && post.visibility == Visibility::Public
                && place.is_none_or(|place| post.place.as_deref() == Some(place));
            if recent {
                let mut own: Vec<String> = post.tags().map(str::to_lowercase).collect();
                own.sort_unstable();
                own.dedup();
                for tag in own {
                    let entry = tags.entry(tag).or_insert((0, post.live_at));
                    entry.0 += 1;
                    entry.1 = entry.1.min(post.live_at);
                }
            }
        }
        let mut trends: Vec<Trend> = Vec::new();
        if place.is_none() {
            trends.extend(self.trends.iter().cloned());
        }
        let mut tags: Vec<(String, (u64, Timestamp))> = tags.into_iter().collect();
        tags.sort_by(|(a, (m, _)), (b, (n, _))| n.cmp(m).then_with(|| a.cmp(b)));
        for (tag, (count, first)) in tags {
            let name = format!("#{tag}");
            if trends.iter().all(|t| t.name.to_lowercase() != name) {
                let url = format!("{}/tags/{tag}", rules::BASE);
                trends.push(Trend::new(name).posts(count).since(first).url(url));
            }
        }
        let most = scope.limit.unwrap_or(rules::DEFAULT_PAGE);
        trends.truncate(most.min(rules::MAX_PAGE) as usize);
        Ok(trends
            .into_iter()
            .zip(1_u32..)
            .map(|(trend, rank)| trend.rank(rank))
            .collect())
    }
}
