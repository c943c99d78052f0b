//! Running the standing searches, within what a day allows.

use std::time::Duration;

use jiff::Timestamp;
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
use crate::model::{Post, PostQuery};
use crate::network::SocialNetwork;
use crate::operation::Operation;
use crate::shared::budget::{Bounds, DayBudget, tomorrow};

/// How much of what was searched already is searched again: networks index late.
const OVERLAP: Duration = Duration::from_secs(3600);

/// What a search has spent, and how far it came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct SearchState {
    #[serde(flatten)]
    budget: DayBudget,
    /// When the next round may begin. Who moves it on runs the round.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Timestamp>,
    /// Since when posts are asked for, which the last whole round went up to.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// Which of the asked forms comes first: where a day's bounds stopped the round, the next one goes on.
    turn: usize,
}

impl SearchPlan {
    fn bounds(&self) -> Bounds {
        Bounds {
            calls: self.max_calls_a_day,
            cost: self.max_cost_a_day,
            page: self.page,
        }
    }
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
                    let leave = state.budget.reserve(plan.bounds(), price, now);
                    if leave.is_err() {
                        state.turn = at;
                    }
                    Some(leave)
                });
                if let Some(Err(why)) = leave.await.store()? {
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
                        state.budget.settle(plan.bounds(), price, count, now);
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

    /// Takes in what a search found, if it is what was looked for; false where the desk has it already. What is passed over
    /// counts as new: behind a page of noise stands what was not seen yet.
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
            return Ok(true);
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
