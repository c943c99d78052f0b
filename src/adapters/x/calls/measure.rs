//! Figures of posts and of the account.

use std::collections::HashMap;

use futures_util::future::try_join_all;

use super::super::rules::endpoints::{ME, POSTS};
use super::super::rules::{IDS_AT_ONCE, NETWORK, POST_FIELDS_PARAM};
use super::super::{X, compose, convert_figures as figures, id, wire};
use super::posts::gone;
use super::{Call, told};
use crate::error::{Error, ErrorKind, Result};
use crate::id::PostId;
use crate::model::{Metrics, Omitted, Period};
use crate::operation::Operation;

/// What everybody is told of a post.
const PUBLIC_FIELDS: &str = "author_id,created_at,public_metrics";
/// The same, and what its author is told besides.
const OWN_FIELDS: &str =
    "author_id,created_at,non_public_metrics,organic_metrics,promoted_metrics,public_metrics";

/// What was learned of posts: the figures of each, or why there are none.
#[derive(Default)]
struct Found {
    metrics: HashMap<String, Metrics>,
    omitted: Vec<Omitted>,
}

impl Found {
    fn knows(&self, number: &str) -> bool {
        self.metrics.contains_key(number) || self.omitted.iter().any(|gone| gone.id == number)
    }
}

impl X {
    pub(in super::super) async fn measured_posts(
        &self,
        ids: &[PostId],
    ) -> Result<Vec<(PostId, Result<Metrics>)>> {
        let operation = Operation::METRICS_POST;
        let numbers: Vec<Result<&str>> = ids.iter().map(id::post).collect();
        let mut wanted: Vec<&str> = numbers.iter().flatten().copied().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let has = self.inner.tokens.has();
        let asks_as_user = has.pick(POSTS).is_some_and(|kind| kind.is_user());
        let me = if asks_as_user && !wanted.is_empty() {
            Some(self.my_number(&operation).await?)
        } else {
            None
        };
        let me = me.as_ref().map(|me| me.as_str());
        let batches = wanted.chunks(IDS_AT_ONCE);
        let measured =
            try_join_all(batches.map(|batch| self.measured_at_once(&operation, batch, me)));
        let mut found = Found::default();
        for part in measured.await? {
            found.metrics.extend(part.metrics);
            found.omitted.extend(part.omitted);
        }
        let result = |number: Result<&str>| {
            let number = number?;
            if let Some(metrics) = found.metrics.get(number) {
                return Ok(metrics.clone());
            }
            let omitted = found.omitted.iter().find(|gone| gone.id == number);
            Err(omitted.map_or_else(
                || gone(&operation),
                |omitted| {
                    Error::new(omitted.reason.clone(), omitted.message.clone())
                        .with_network(NETWORK)
                        .with_operation(operation.clone())
                },
            ))
        };
        let results = numbers.into_iter().map(result);
        Ok(ids.iter().cloned().zip(results).collect())
    }

    /// Up to a hundred posts, with what their author is told where that is who asks. What is refused of others' and of
    /// older posts is a part of the answer; a post that is missing for it is asked for again without.
    async fn measured_at_once(
        &self,
        operation: &Operation,
        batch: &[&str],
        me: Option<&str>,
    ) -> Result<Found> {
        let mut found = Found::default();
        if me.is_some() {
            match self.figures(operation, batch, OWN_FIELDS, me).await {
                Ok(part) => found = part,
                Err(error) if matches!(error.kind(), ErrorKind::Forbidden(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let missing: Vec<&str> = batch
            .iter()
            .copied()
            .filter(|number| !found.knows(number))
            .collect();
        if !missing.is_empty() {
            let rest = self.figures(operation, &missing, PUBLIC_FIELDS, me).await?;
            found.metrics.extend(rest.metrics);
            found.omitted.extend(rest.omitted);
        }
        Ok(found)
    }

    async fn figures(
        &self,
        operation: &Operation,
        batch: &[&str],
        fields: &str,
        me: Option<&str>,
    ) -> Result<Found> {
        let call = Call::of(POSTS, &[])
            .with("ids", batch.join(","))
            .most(batch.len() as u64)
            .with(POST_FIELDS_PARAM, fields);
        let answer = self.ask(operation, call).await?;
        let told: wire::MeasuredPosts<'_> = wire::read(&answer)?;
        let now = self.now();
        let metrics = told.data.objects().filter_map(|view| {
            let number = view.id.get()?.to_owned();
            Some((number, figures::post(view, me, now)))
        });
        Ok(Found {
            metrics: metrics.collect(),
            omitted: compose::omitted(&told.errors),
        })
    }

    /// How the account stands now: X tells nothing of spans.
    pub(in super::super) async fn measured_account(&self, _: &Period) -> Result<Metrics> {
        let operation = Operation::METRICS_ACCOUNT;
        let call = Call::of(ME, &[]).with("user.fields", "public_metrics");
        let answer = self.ask(&operation, call).await?;
        let told: wire::OneUser<'_> = told(&answer)?;
        let user = told.data.get();
        let user = user.ok_or_else(|| answer.unreadable("it tells no account"))?;
        Ok(figures::account(user.public_metrics.get(), self.now()))
    }
}
