//! By what rows are put together.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};

use super::row::Row;
use crate::model::Period;

/// By what rows are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Dimension {
    /// The network.
    Network,
    /// Our account.
    Account,
    /// The campaign.
    Campaign,
    /// The creative: the ad, the promoted post as the network handles it.
    Creative,
    /// The post that is promoted.
    Post,
    /// The day in the report's zone. A row that spans several days stands under its span.
    Day,
    /// The week from Monday, in the report's zone. A row that spans several stands under its span.
    Week,
    /// The month in the report's zone. A row that spans several stands under its span.
    Month,
    /// The row's own period.
    Period,
}

impl Dimension {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Network,
        Self::Account,
        Self::Campaign,
        Self::Creative,
        Self::Post,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Period,
    ];

    /// Its word in data and in headings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Account => "account",
            Self::Campaign => "campaign",
            Self::Creative => "creative",
            Self::Post => "post",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Period => "period",
        }
    }

    /// The dimension of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.as_str() == word)
    }

    /// Whether it speaks of time.
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month | Self::Period)
    }

    /// Whether it tells the parts of a campaign apart.
    pub(super) const fn is_fine(self) -> bool {
        matches!(self, Self::Creative | Self::Post)
    }

    /// A row's value of it.
    pub(super) fn of(self, row: &Row, zone: &TimeZone) -> Option<String> {
        match self {
            Self::Network => row.network.clone(),
            Self::Account => row.account.clone(),
            Self::Campaign => row.campaign.clone(),
            Self::Creative => row.creative.clone(),
            Self::Post => row.post.clone(),
            Self::Day | Self::Week | Self::Month | Self::Period => {
                Some(self.stretch(row.period.as_ref()?, zone))
            }
        }
    }

    fn stretch(self, period: &Period, zone: &TimeZone) -> String {
        let last = period
            .until
            .checked_sub(SignedDuration::from_nanos(1))
            .unwrap_or(period.until)
            .max(period.since);
        let first = period.since.to_zoned(zone.clone()).date();
        let last = last.to_zoned(zone.clone()).date();
        match self {
            Self::Day if first == last => first.to_string(),
            Self::Month if (first.year(), first.month()) == (last.year(), last.month()) => {
                format!("{:04}-{:02}", first.year(), first.month())
            }
            Self::Week => {
                let monday = |date: jiff::civil::Date| {
                    let back = i64::from(date.weekday().to_monday_zero_offset());
                    date.checked_sub(back.days()).unwrap_or(date)
                };
                if monday(first) == monday(last) {
                    monday(first).to_string()
                } else {
                    format!("{first}..{last}")
                }
            }
            Self::Period => format!("{}..{}", period.since, period.until),
            _ => format!("{first}..{last}"),
        }
    }
}

impl std::fmt::Display for Dimension {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
