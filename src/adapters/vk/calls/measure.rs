//! Figures of posts and of the account.

use std::collections::HashMap;

use futures_util::future::try_join_all;

use super::super::Vk;
use super::super::compose::metrics_of;
use super::super::convert_figures as figures;
use super::super::id::Thing;
use super::super::wire::{self, List, Obj};
use super::posts::{gone, is_about_the_post};
use super::{Params, listed};
use crate::error::{ErrorKind, Result};
use crate::id::PostId;
use crate::model::{Absent, AccountRef, Metrics, Period};
use crate::operation::Operation;

/// How many posts are asked about in one call (schema, `stats.getPostReach`).
const REACH_AT_ONCE: usize = 30;

/// What is known of the reach of posts: the network's words of each, or why there are none.
enum Reach {
    Told(HashMap<i64, wire::PostReach>),
    Untold(Absent),
}

impl Vk {
    pub(in super::super) async fn measured_posts(
        &self,
        ids: &[PostId],
    ) -> Result<Vec<(PostId, Result<Metrics>)>> {
        let operation = Operation::METRICS_POST;
        let things: Vec<Result<Thing>> = ids.iter().map(|id| Thing::parse(id.as_str())).collect();
        let wanted = things.iter().flatten().copied();
        let found = self
            .each_thing(&operation, wanted, |view, _, under| {
                Some(figures::with_reasons(metrics_of(view), under.is_some()))
            })
            .await?;
        let mine: Vec<i64> = found
            .iter()
            .filter(|(thing, metrics)| metrics.is_ok() && self.is_own_post(**thing))
            .map(|(thing, _)| thing.number())
            .collect();
        let reach = self.reach(&operation, mine).await?;
        let now = self.now();
        let measured = |thing: Thing| -> Result<Metrics> {
            let metrics = found.get(&thing).cloned();
            let mut metrics = metrics.unwrap_or_else(|| Err(gone(&operation)))?;
            match (&reach, self.is_own_post(thing)) {
                (Reach::Told(told), true) => match told.get(&thing.number()) {
                    Some(reach) => figures::add_reach(&mut metrics, reach),
                    None => figures::no_reach(&mut metrics, &newest_only()),
                },
                (Reach::Untold(why), true) => figures::no_reach(&mut metrics, why),
                // Of others' posts, and of comments, only the counters are told.
                (_, false) if matches!(thing, Thing::Post { .. }) => {
                    figures::no_reach(&mut metrics, &Absent::NotPermitted);
                }
                (_, false) => figures::no_reach(&mut metrics, &Absent::NotOffered),
            }
            Ok(metrics.taken_at(now))
        };
        let results = things.into_iter().map(|thing| thing.and_then(measured));
        Ok(ids.iter().cloned().zip(results).collect())
    }

    /// Whether a post stands on the wall of the community that this is.
    fn is_own_post(&self, thing: Thing) -> bool {
        let own = self.inner.community.is_some() && self.inner.owner() == Some(thing.owner());
        own && matches!(thing, Thing::Post { .. })
    }

    async fn reach(&self, operation: &Operation, posts: Vec<i64>) -> Result<Reach> {
        let own = self.inner.owner();
        let Some(owner) = own.filter(|_| self.inner.tokens.has().user && !posts.is_empty()) else {
            return Ok(Reach::Untold(Absent::NotPermitted));
        };
        let batches = posts.chunks(REACH_AT_ONCE).map(|batch| async move {
            let ids: Vec<String> = batch.iter().map(i64::to_string).collect();
            let params = Params::new()
                .with("owner_id", owner)
                .with("post_ids", ids.join(","));
            self.ask(operation, "stats.getPostReach", &params).await
        });
        let answers = match try_join_all(batches).await {
            Ok(answers) => answers,
            // Communities that are too small, or not one's own, and tokens without the right are told nothing.
            Err(error) if is_about_the_post(&error) || *error.kind() == ErrorKind::Unsupported => {
                return Ok(Reach::Untold(Absent::NotPermitted));
            }
            Err(error) => return Err(error),
        };
        let mut told = HashMap::new();
        for answer in answers {
            let reach: List<Obj<wire::PostReach>> = listed(&answer)?;
            let objects = reach.0.into_iter().filter_map(|reach| reach.0);
            told.extend(objects.filter_map(|reach| Some((reach.post_id.0?, reach))));
        }
        Ok(Reach::Told(told))
    }

    /// The figures of a community in a span, and how many follow the identity now.
    pub(in super::super) async fn measured_account(&self, period: &Period) -> Result<Metrics> {
        let operation = Operation::METRICS_ACCOUNT;
        let account = self.whole_account(&operation, &AccountRef::Me).await?;
        let mut metrics = account.metrics;
        if let Some(community) = self.inner.community {
            let params = Params::new()
                .with("group_id", community)
                .with("timestamp_from", period.since.as_second().max(0))
                .with("timestamp_to", last_second(period))
                .with("interval", "day")
                .with("stats_groups", "visitors,reach,activity")
                .with("extended", 0);
            let answer = self.ask(&operation, "stats.get", &params).await?;
            let told: List<Obj<wire::Interval>> = listed(&answer)?;
            let days: Vec<&wire::Interval> = told.objects().collect();
            figures::account(&days, period, &mut metrics);
        }
        Ok(metrics.taken_at(self.now()))
    }
}

/// The last whole second of a span, whose end is not part of it.
fn last_second(period: &Period) -> i64 {
    let end = period.until.as_second();
    let whole = period.until.subsec_nanosecond() == 0;
    end.saturating_sub(i64::from(whole))
        .max(period.since.as_second())
        .max(0)
}

fn newest_only() -> Absent {
    let why = "the network tells the reach of a community's 300 newest posts alone";
    Absent::Other(why.to_owned())
}
