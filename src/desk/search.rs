//! Running the standing searches, within what a day allows.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::Desk;
use super::case::FoundBy;
use super::inbox::Taken;
use super::incoming::Incoming;
use super::keys;
use super::paging::{Failed, Whose};
use super::plan::SearchPlan;
use super::step::Report;
use crate::client::after;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Money, Post, PostQuery};
use crate::network::SocialNetwork;
use crate::operation::Operation;

/// How much of what was searched already is searched again: networks index late.
const OVERLAP: Duration = Duration::from_secs(3600);

/// What a search has spent, and how far it came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct SearchState {
    /// The day of UTC that the counts are of.
    day: String,
    calls: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    spent: Option<Money>,
    /// When the next round may begin. Who moves it on runs the round.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Timestamp>,
    /// Since when posts are asked for, which the last whole round went up to.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// Which of the asked forms comes first: where a day's bounds stopped the round, the next one goes on.
    turn: usize,
}

/// What a day's bounds say of one more call.
enum Leave {
    Granted,
    Refused(&'static str),
}

fn day(now: Timestamp) -> String {
    TimeZone::UTC.to_datetime(now).date().to_string()
}

/// The first moment of the next day of UTC.
fn tomorrow(now: Timestamp) -> Timestamp {
    let left = 86_400 - now.as_second().rem_euclid(86_400);
    after(
        now,
        Duration::from_secs(u64::try_from(left).unwrap_or(86_400)),
    )
}

fn times(price: Money, count: u32) -> Option<Money> {
    let mut sum = price;
    sum.amount = sum.amount.checked_mul(i64::from(count))?;
    Some(sum)
}

impl SearchState {
    fn today(&mut self, now: Timestamp) {
        let today = day(now);
        // A clock that goes back does not give a day's budget twice.
        if self.day < today {
            self.day = today;
            self.calls = 0;
            self.spent = None;
        }
    }

    /// Counts one more call with what it costs at most, if the bounds let it.
    fn reserve(&mut self, plan: &SearchPlan, price: Option<Money>, now: Timestamp) -> Leave {
        self.today(now);
        if self.calls >= plan.max_calls_a_day {
            return Leave::Refused("its calls of the day are used up");
        }
        if let Some(price) = price {
            let Some(cap) = plan.max_cost_a_day else {
                return Leave::Refused(
                    "the network bills its searches, and the search has no `max_cost_a_day`",
                );
            };
            let most = times(price, plan.page.max(1));
            let sum = match (self.spent, most) {
                (Some(spent), Some(most)) => spent.plus(most),
                (None, most) => most,
                (_, None) => None,
            };
            let fits = sum.is_some_and(|sum| at_most(sum, cap));
            if !fits {
                return Leave::Refused("one more call could pass its `max_cost_a_day`");
            }
            self.spent = sum;
        }
        self.calls += 1;
        Leave::Granted
    }

    /// Gives back what a call was counted for and did not cost: networks bill each post that they return, or the call.
    fn settle(&mut self, plan: &SearchPlan, price: Option<Money>, found: usize, now: Timestamp) {
        if self.day != day(now) {
            return;
        }
        let billed = u32::try_from(found).unwrap_or(u32::MAX).max(1);
        let back = plan.page.max(1).saturating_sub(billed);
        if let (Some(spent), Some(mut back)) =
            (self.spent, price.and_then(|price| times(price, back)))
        {
            back.amount = -back.amount;
            self.spent = spent.plus(back);
        }
    }
}

/// Whether a sum is at most a cap; sums of two currencies are not.
fn at_most(sum: Money, cap: Money) -> bool {
    let mut back = cap;
    back.amount = -back.amount;
    sum.plus(back).is_some_and(|over| over.amount <= 0)
}

impl Desk {
    /// Runs a round of a search, if its time has come. The answer is an error only where the store fails.
    pub(super) async fn search(&self, plan: &SearchPlan) -> Result<Report> {
        let mut report = Report::default();
        let now = self.0.clock.now();
        let key = keys::search(&plan.name);
        let taken = self
            .0
            .keeper
            .update(&key, |state: &mut SearchState| {
                if state.next.is_some_and(|next| now < next) {
                    return None;
                }
                state.next = Some(after(now, plan.every));
                Some(state.since)
            })
            .await?;
        let Some(since) = taken else {
            let state = self.0.keeper.value::<SearchState>(&key).await?;
            report.next.extend(state.and_then(|(state, _)| state.next));
            return Ok(report);
        };
        report.next.push(after(now, plan.every));
        let mut whole = true;
        for (name, network) in &self.0.accounts {
            if !plan.accounts.is_empty() && !plan.accounts.contains(name) {
                continue;
            }
            if !network.profile().can(&Operation::POSTS_SEARCH) {
                continue;
            }
            match self
                .search_on(plan, name, &**network, since, &mut report)
                .await
            {
                Ok(()) => {}
                Err(Failed::Store(error)) => return Err(error),
                Err(Failed::Network(error)) => {
                    whole = false;
                    report.trouble(name, error);
                }
            }
        }
        if whole {
            self.0
                .keeper
                .update(&key, |state: &mut SearchState| {
                    state.since = Some(state.since.map_or(now, |since| since.max(now)));
                    Some(())
                })
                .await?;
        }
        Ok(report)
    }

    async fn search_on(
        &self,
        plan: &SearchPlan,
        name: &str,
        network: &dyn SocialNetwork,
        since: Option<Timestamp>,
        report: &mut Report,
    ) -> Result<(), Failed> {
        let profile = network.profile();
        let price = profile.supports(&Operation::POSTS_SEARCH).price;
        let key = keys::search(&plan.name);
        let page = profile
            .max_page
            .map_or(plan.page, |most| most.min(plan.page));
        let queries = plan.queries();
        let kept = self.0.keeper.value::<SearchState>(&key).await.store()?;
        let turn = kept.map_or(0, |(state, _)| state.turn);
        let in_turn = queries
            .iter()
            .enumerate()
            .cycle()
            .skip(turn % queries.len().max(1));
        for (at, words) in in_turn.take(queries.len()) {
            let mut query = PostQuery::search(words.as_str()).limit(page);
            query.since = since.map(|at| at.saturating_sub(OVERLAP).unwrap_or(at));
            for _ in 0..plan.pages {
                let now = self.0.clock.now();
                let leave = self.0.keeper.update(&key, |state: &mut SearchState| {
                    let leave = state.reserve(plan, price, now);
                    if matches!(leave, Leave::Refused(_)) {
                        state.turn = at;
                    }
                    Some(leave)
                });
                if let Some(Leave::Refused(why)) = leave.await.store()? {
                    let what = format!("the search `{}` waits until tomorrow: {why}", plan.name);
                    let error = Error::new(ErrorKind::QuotaExhausted, what);
                    return Err(Failed::Network(
                        error
                            .with_network(profile.network.clone())
                            .with_retry_at(tomorrow(now)),
                    ));
                }
                let found = network.posts(&query).await;
                let count = found.as_ref().map_or(0, |page| page.items.len());
                // What failed may have been billed all the same.
                if found.is_ok() {
                    let settled = self.0.keeper.update(&key, |state: &mut SearchState| {
                        state.settle(plan, price, count, now);
                        Some(())
                    });
                    settled.await.store()?;
                }
                let found = found.network()?;
                let mut new = false;
                for post in &found.items {
                    new |= self.take_found(plan, name, network, post, report).await?;
                }
                match found.next {
                    Some(next) if new => query = query.after(next),
                    _ => break,
                }
            }
        }
        Ok(())
    }

    /// Takes in what a search found, if it is what was looked for; true where it is new.
    async fn take_found(
        &self,
        plan: &SearchPlan,
        name: &str,
        network: &dyn SocialNetwork,
        post: &Post,
        report: &mut Report,
    ) -> Result<bool, Failed> {
        let profile = network.profile();
        let author = post.author.as_ref().map(|author| author.id.as_str());
        if self.is_ours(&profile.network, author).await.store()?
            || !plan.matches(post.text.as_str())
        {
            report.passed_over += 1;
            return Ok(false);
        }
        let mut incoming = Incoming::post(&profile.network, post, FoundBy::Search);
        incoming.search = Some(plan.name.clone());
        let taken = self
            .take(name, &incoming, &mut report.classifier)
            .await
            .store()?;
        let new = !matches!(taken, Taken::Known(_));
        report.taken(taken);
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Currency;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    #[test]
    fn a_days_calls_and_money_are_bounded_and_come_back_with_the_next_day() {
        let price = Some(Money::micros(5_000, Currency::USD));
        let plan = SearchPlan::new("brand")
            .terms("acme")
            .page(10_u32)
            .max_calls_a_day(3_u32)
            .max_cost_a_day(Money::minor(12, Currency::USD));
        let mut state = SearchState::default();
        let noon = at("2026-11-30T12:00:00Z");
        // 0.05 each at most; what was not billed is given back.
        assert!(matches!(state.reserve(&plan, price, noon), Leave::Granted));
        assert!(matches!(state.reserve(&plan, price, noon), Leave::Granted));
        assert!(matches!(
            state.reserve(&plan, price, noon),
            Leave::Refused(_)
        ));
        state.settle(&plan, price, 0, noon);
        assert_eq!(state.spent, Some(Money::micros(55_000, Currency::USD)));
        assert!(matches!(state.reserve(&plan, price, noon), Leave::Granted));
        assert!(matches!(
            state.reserve(&plan, price, noon),
            Leave::Refused(_)
        ));
        assert!(matches!(
            state.reserve(&plan, price, tomorrow(noon)),
            Leave::Granted
        ));
        // A clock that goes back finds the later day's counts.
        assert_eq!(state.calls, 1);
        assert!(matches!(state.reserve(&plan, price, noon), Leave::Granted));
        assert_eq!(state.calls, 2);
    }

    #[test]
    fn a_billed_search_without_a_cap_or_in_another_currency_is_not_run() {
        let price = Some(Money::micros(5_000, Currency::USD));
        let plan = SearchPlan::new("brand").terms("acme");
        let mut state = SearchState::default();
        let noon = at("2026-11-30T12:00:00Z");
        assert!(matches!(
            state.reserve(&plan, price, noon),
            Leave::Refused(_)
        ));
        assert!(matches!(state.reserve(&plan, None, noon), Leave::Granted));
        let euros = plan.max_cost_a_day(Money::minor(100, Currency::EUR));
        assert!(matches!(
            state.reserve(&euros, price, noon),
            Leave::Refused(_)
        ));
    }
}
