//! What must be known before figures are believed.

use serde::{Deserialize, Serialize};

use super::fact::Fact;
use super::fraction::Fraction;
use super::measure::Measure;
use crate::model::Period;

/// Something that a reader of a report must know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// A row came again, by its id and period; it is counted once.
    #[non_exhaustive]
    Repeated {
        /// The row's id.
        row: String,
        /// The period of both.
        period: Period,
    },
    /// A row speaks in part of a time that another row of the same id speaks of: what happened then is counted twice.
    #[non_exhaustive]
    Overlaps {
        /// The rows' id.
        row: String,
        /// The period of the later one.
        period: Period,
    },
    /// No row of this id speaks of this time.
    #[non_exhaustive]
    Gap {
        /// The rows' id.
        row: String,
        /// The time that is not told.
        period: Period,
    },
    /// Repeats, overlaps and gaps were looked for among the first ids alone: so many rows were of others.
    NotWatched(u64),
    /// A negative amount, taken as a correction of what was told before.
    #[non_exhaustive]
    Correction {
        /// The row's id.
        row: String,
        /// What was corrected.
        fact: Fact,
    },
    /// A row tells more of one thing than it can be: more clicks than impressions, more reach than impressions.
    #[non_exhaustive]
    Impossible {
        /// The row's id.
        row: String,
        /// What is larger.
        larger: Fact,
        /// Than what it should not be.
        smaller: Fact,
    },
    /// The network reports another value than its own figures give.
    #[non_exhaustive]
    Disagrees {
        /// The row's id.
        row: String,
        /// Of what.
        measure: Measure,
        /// What is reported.
        reported: Fraction,
        /// What its figures give.
        derived: Fraction,
    },
    /// Conversions that were counted by different attributions stand in one line.
    #[non_exhaustive]
    MixedAttribution {
        /// The line's label.
        line: String,
        /// The attributions.
        attribution: Vec<String>,
    },
    /// Impressions of paid and unpaid posts stand in one line, and may count the same ones twice.
    #[non_exhaustive]
    MixedSources {
        /// The line's label.
        line: String,
    },
    /// An account reports both campaigns and their parts; one of them was left out, so that nothing counts twice.
    #[non_exhaustive]
    CountedOnce {
        /// The account's name.
        account: String,
        /// What was left out: `campaign` or `creative`.
        left_out: String,
        /// How many rows.
        rows: u64,
    },
    /// What your own rows tell of a line has no spend beside it: check the keys by which they are joined.
    #[non_exhaustive]
    NotJoined {
        /// The line's label.
        line: String,
    },
    /// Your own rows speak of another time than the spend beside them.
    #[non_exhaustive]
    DifferentWindows {
        /// The line's label.
        line: String,
    },
    /// More groups than lines may be: so many rows went into the others.
    Others(u64),
    /// Lines are in several currencies, and there is no rate for this one.
    NoRate(crate::model::Currency),
    /// More warnings of one kind than are told: so many more of this kind.
    #[non_exhaustive]
    More {
        /// The kind's word.
        kind: String,
        /// How many more.
        count: u64,
    },
}

impl Warning {
    /// The kind's word, as in data.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Repeated { .. } => "repeated",
            Self::Overlaps { .. } => "overlaps",
            Self::Gap { .. } => "gap",
            Self::NotWatched(_) => "not_watched",
            Self::Correction { .. } => "correction",
            Self::Impossible { .. } => "impossible",
            Self::Disagrees { .. } => "disagrees",
            Self::MixedAttribution { .. } => "mixed_attribution",
            Self::MixedSources { .. } => "mixed_sources",
            Self::CountedOnce { .. } => "counted_once",
            Self::NotJoined { .. } => "not_joined",
            Self::DifferentWindows { .. } => "different_windows",
            Self::Others(_) => "others",
            Self::NoRate(_) => "no_rate",
            Self::More { .. } => "more",
        }
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let span = |period: &Period| format!("{} to {}", period.since, period.until);
        match self {
            Self::Repeated { row, period } => {
                write!(
                    f,
                    "{row} of {} came twice and is counted once",
                    span(period)
                )
            }
            Self::Overlaps { row, period } => write!(
                f,
                "{row} of {} overlaps with another row of it: that time is counted twice",
                span(period)
            ),
            Self::Gap { row, period } => write!(f, "{row} tells nothing of {}", span(period)),
            Self::NotWatched(rows) => write!(
                f,
                "{rows} rows are of more ids than are remembered: repeats among them would not be seen"
            ),
            Self::Correction { row, fact } => {
                write!(f, "{row} tells a negative {fact}, taken as a correction")
            }
            Self::Impossible {
                row,
                larger,
                smaller,
            } => write!(
                f,
                "{row} tells more {larger} than {smaller}: check its source"
            ),
            Self::Disagrees {
                row,
                measure,
                reported,
                derived,
            } => {
                let text = |value: &Fraction| {
                    let six = value.decimal(6);
                    six.unwrap_or_else(|| value.as_f64().to_string())
                };
                write!(
                    f,
                    "{row} reports {measure} as {}, its figures give {}",
                    text(reported),
                    text(derived)
                )
            }
            Self::MixedAttribution { line, attribution } => write!(
                f,
                "{line}: conversions are counted by different attributions ({})",
                attribution.join(", ")
            ),
            Self::MixedSources { line } => write!(
                f,
                "{line}: paid and all impressions stand in one line, and some may count twice"
            ),
            Self::CountedOnce {
                account,
                left_out,
                rows,
            } => write!(
                f,
                "{account} reports campaigns and their parts: {rows} rows of kind {left_out} are left out, so that nothing counts twice"
            ),
            Self::NotJoined { line } => write!(
                f,
                "{line}: your own figures have no spend beside them; check the keys that join them"
            ),
            Self::DifferentWindows { line } => write!(
                f,
                "{line}: your own figures speak of another time than the spend beside them"
            ),
            Self::Others(rows) => write!(
                f,
                "there are more groups than lines: {rows} rows are summed as others"
            ),
            Self::NoRate(currency) => write!(
                f,
                "there is no rate for {currency}: money in it stands by itself"
            ),
            Self::More { kind, count } => write!(f, "{count} more of the kind {kind}"),
        }
    }
}
