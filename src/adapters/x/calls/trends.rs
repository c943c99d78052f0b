//! What is spoken of, by places.

use super::super::rules::PAGES;
use super::super::rules::endpoints::TRENDS;
use super::super::{X, wire};
use super::{Call, invalid, told};
use crate::error::{Result, Rule};
use crate::model::{Trend, TrendScope};
use crate::operation::Operation;

/// The whole world, by the numbers of places (docs).
const WORLD: &str = "1";
/// How many trends the network tells at most (contract).
const MOST: u32 = 50;

impl X {
    pub(in super::super) async fn trends(&self, scope: &TrendScope) -> Result<Vec<Trend>> {
        let operation = Operation::TRENDING;
        let place = scope.place.as_deref().map_or(WORLD, str::trim);
        let good = (1..=10).contains(&place.len()) && place.bytes().all(|b| b.is_ascii_digit());
        if !good {
            let shown: String = place.chars().take(100).collect();
            let message = format!(
                "`{shown}` is no place here: write its number (WOEID), such as 1 for the world or 23424977 for the United States"
            );
            return Err(invalid(Rule::Malformed, "place", message).with_operation(operation));
        }
        let limit = scope.limit.map(|limit| limit.clamp(1, MOST));
        let call = Call::of(TRENDS, &[place]).maybe("max_trends", limit);
        let answer = self.ask(&operation, call).await?;
        let found: wire::Trends<'_> = told(&answer)?;
        let limit = limit.map_or(usize::MAX, |limit| limit as usize);
        let named = found
            .data
            .objects()
            .filter_map(|view| Some((view.name.get()?, view.posts.0)));
        let trends = named.take(limit).zip(1_u32..).map(|((name, posts), rank)| {
            let words: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
            let mut trend = Trend::new(name)
                .rank(rank)
                .url(format!("{PAGES}/search?q={words}"));
            trend.posts = posts;
            trend
        });
        Ok(trends.collect())
    }
}
