//! What X charges (docs, pricing, 22 August 2026; prices of writes in force since 20 April 2026): in millionths of a US
//! dollar. They are "subject to change", and the Developer Console is the truth: an account may set its own.
//!
//! Left out: that owned reads cost less where the token's user owns the application, and that the same thing is billed
//! once a day. Both make a bill smaller than what is counted here.

use std::collections::BTreeMap;

use super::super::config;
use super::beside::Extras;
use crate::error::Result;
use crate::model::{Currency, Money};

/// What is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in super::super) enum Item {
    PostRead,
    UserRead,
    DmRead,
    FollowRead,
    LikeRead,
    MuteRead,
    BlockRead,
    PostCreate,
    PostCreateWithUrl,
    SummonedReply,
    DmCreate,
    Interaction,
    Delete,
    BookmarkCreate,
    MediaMetadata,
    CountsRecent,
    CountsAll,
    Trends,
}

/// Names in configuration, and prices.
const PRICES: &[(Item, &str, i64)] = &[
    (Item::PostRead, "post.read", 5_000),
    (Item::UserRead, "user.read", 10_000),
    (Item::DmRead, "dm.read", 10_000),
    (Item::FollowRead, "follow.read", 10_000),
    (Item::LikeRead, "like.read", 1_000),
    (Item::MuteRead, "mute.read", 1_000),
    (Item::BlockRead, "block.read", 1_000),
    (Item::PostCreate, "post.create", 15_000),
    (Item::PostCreateWithUrl, "post.create_with_url", 200_000),
    (Item::SummonedReply, "post.create_summoned_reply", 10_000),
    (Item::DmCreate, "dm.create", 15_000),
    (Item::Interaction, "user.interaction", 15_000),
    (Item::Delete, "content.delete", 10_000),
    (Item::BookmarkCreate, "bookmark.create", 5_000),
    (Item::MediaMetadata, "media.metadata", 5_000),
    (Item::CountsRecent, "counts.recent", 5_000),
    (Item::CountsAll, "counts.all", 10_000),
    (Item::Trends, "trends.read", 10_000),
];

/// What is billed, by the names that configurations use, with X's own price.
pub(in super::super) fn listed() -> impl Iterator<Item = (&'static str, Money)> {
    let money = |micros: i64| Money::micros(micros, Currency::USD);
    PRICES
        .iter()
        .map(move |(_, name, micros)| (*name, money(*micros)))
}

/// The prices that hold for an account.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in super::super) struct Prices {
    own: BTreeMap<Item, i64>,
}

impl Prices {
    /// What one of these costs, in millionths of a US dollar.
    pub(in super::super) fn micros(&self, item: Item) -> u64 {
        let usual = || {
            PRICES
                .iter()
                .find(|(known, ..)| *known == item)
                .map_or(0, |(.., price)| *price)
        };
        let micros = self.own.get(&item).copied().unwrap_or_else(usual);
        u64::try_from(micros).unwrap_or_default()
    }

    /// The same as money, with what is told beside it.
    pub(in super::super) fn money(&self, item: Item, beside: Extras) -> Money {
        let micros = self.micros(item).saturating_add(beside.micros(self));
        Money::micros(i64::try_from(micros).unwrap_or(i64::MAX), Currency::USD)
    }

    /// Sets the price of what goes by this name.
    ///
    /// # Errors
    /// `Config` where nothing does.
    pub(in super::super) fn set(&mut self, name: &str, micros: u64) -> Result<()> {
        let Some((item, ..)) = PRICES.iter().find(|(_, known, _)| *known == name) else {
            let known: Vec<&str> = PRICES.iter().map(|(_, known, _)| *known).collect();
            return Err(config(&format!(
                "`prices` names `{name}`, which nothing is billed by; there are: {}",
                known.join(", ")
            )));
        };
        self.own
            .insert(*item, i64::try_from(micros).unwrap_or(i64::MAX));
        Ok(())
    }
}

/// The millionths in an amount of dollars, as a configuration writes it: `0.015`.
pub(in super::super) fn dollars(text: &str) -> Option<u64> {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 6 {
        return None;
    }
    let part: u64 = format!("{part:0<6}").parse().ok()?;
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(1_000_000)?
        .checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_costs_thirteen_times_as_much_and_prices_can_be_set() {
        let mut prices = Prices::default();
        assert_eq!(prices.micros(Item::PostCreate), 15_000);
        assert_eq!(prices.micros(Item::PostCreateWithUrl), 200_000);
        let alone = prices.money(Item::PostRead, Extras::default());
        assert_eq!(alone.to_string(), "0.005000 USD");
        prices.set("post.create", 1).unwrap();
        assert_eq!(prices.micros(Item::PostCreate), 1);
        assert!(
            prices
                .set("coffee", 1)
                .unwrap_err()
                .message()
                .contains("post.read")
        );
    }

    #[test]
    fn dollars_are_read_exactly() {
        for (text, micros) in [
            ("0.015", 15_000),
            ("2", 2_000_000),
            ("1.5", 1_500_000),
            ("0.000001", 1),
        ] {
            assert_eq!(dollars(text), Some(micros), "{text}");
        }
        for text in [
            "",
            ".5",
            "-1",
            "1e3",
            "1.0000001",
            "1,5",
            "99999999999999999999",
        ] {
            assert_eq!(dollars(text), None, "{text}");
        }
    }
}
