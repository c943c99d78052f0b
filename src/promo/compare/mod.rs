//! Comparing campaigns and creatives, with a verdict in plain words.

mod intervals;
mod verdict;

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::fact::Fact;
use super::measure::{Measure, Term};
use super::report::{Line, Report};
use crate::error::{Error, Result};
use crate::model::{Period, setters};

/// How many are compared at once at most: each with each other.
const MOST: usize = 50;

/// How campaigns or creatives are compared.
///
/// ```
/// use sociable::promo::{Arm, Comparing, Measure, Verdict};
///
/// let comparing = Comparing::new(Measure::CtrLinkClicks)?;
/// let compared = comparing.arms(&[Arm::rate("red", 60, 10_000), Arm::rate("blue", 110, 10_000)])?;
/// assert!(matches!(&compared.pairs[0].verdict, Verdict::Better { winner, .. } if winner == "blue"));
///
/// let compared = comparing.arms(&[Arm::rate("red", 6, 1_000), Arm::rate("blue", 8, 1_000)])?;
/// assert!(matches!(compared.pairs[0].verdict, Verdict::NotEnoughData { more: Some(_), .. }));
/// # Ok::<(), sociable::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparing {
    /// By what: a rate of counts, or a cost per result.
    pub measure: Measure,
    /// How sure a verdict must be; 0.95 by default.
    pub confidence: f64,
    /// How likely a difference of [`least_effect`](Self::least_effect) must be to be seen, before "no difference" is
    /// said; 0.8 by default.
    pub power: f64,
    /// The least difference that matters, as a part of the lower value: 0.2, the default, is a fifth more.
    pub least_effect: f64,
    /// How often the figures are looked at before a decision, this time among them. Each look could be fooled by
    /// chance, so that the doubt that is allowed is divided by it; 1 by default.
    pub looks: u32,
}

/// One of those that are compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Arm {
    /// What it is called.
    pub name: String,
    /// How many results: clicks, conversions, joins.
    pub hits: u64,
    /// Out of how many: impressions, clicks. For rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries: Option<u64>,
    /// For how much money. For costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spend: Option<Amount>,
    /// The time that it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// By which attribution its results were counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attribution: Vec<String>,
}

impl Arm {
    /// So many of so many.
    pub fn rate(name: impl Into<String>, hits: u64, tries: u64) -> Self {
        Self {
            name: name.into(),
            hits,
            tries: Some(tries),
            spend: None,
            period: None,
            attribution: Vec::new(),
        }
    }

    /// So many for so much.
    pub fn cost(name: impl Into<String>, hits: u64, spend: Amount) -> Self {
        Self {
            tries: None,
            spend: Some(spend),
            ..Self::rate(name, hits, 0)
        }
    }
}

setters!(Arm {
    some period: Period, "Sets the time that it speaks of.";
    push attribution: String, "Adds an attribution by which its results were counted.";
});

/// One of those that were compared, with its interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ArmFigures {
    /// What it is called.
    pub name: String,
    /// How many results.
    pub hits: u64,
    /// Out of how many, of a rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries: Option<u64>,
    /// For how much, of a cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spend: Option<Amount>,
    /// The rate as a part of one, or the cost per result in whole units of the currency; absent for a cost without
    /// results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Where the true value may begin (Wilson's interval for rates, Garwood's for costs).
    pub low: f64,
    /// Where it may end; absent where nothing bounds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// Two that were compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pair {
    /// The first one's name.
    pub first: String,
    /// The second one's name.
    pub second: String,
    /// Of rates the first less the second; of costs how many times the second's cost per result the first's is.
    /// Absent where one of them has no result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<f64>,
    /// Where the true effect may begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Where it may end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// How likely so large a difference is by chance.
    pub p: f64,
    /// The same, corrected for all pairs by Holm's method and for the looks.
    pub adjusted: f64,
    /// What may be said.
    pub verdict: Verdict,
}

/// What may be said of two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// One is better: chance alone would seldom show such a difference.
    #[non_exhaustive]
    Better {
        /// Which.
        winner: String,
    },
    /// There is data enough to see a difference that matters, and none is seen.
    #[non_exhaustive]
    NoDifferenceSeen {
        /// The least difference that would have been seen, as a part of the lower value.
        would_have_seen: f64,
    },
    /// Not enough data yet.
    #[non_exhaustive]
    NotEnoughData {
        /// About how many more the one that lacks most needs, to see the least effect; absent where nothing was
        /// counted yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<u64>,
        /// More of what.
        of: Fact,
    },
}

/// What must be known beside a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Caution {
    /// They speak of different times: what else happened then is in the difference.
    DifferentWindows,
    /// Their results were counted by different attributions.
    DifferentAttribution,
    /// The period is not over: what is ahead now may not be at its end.
    StillRunning,
    /// The figures are looked at more than once; the doubt that is allowed is divided by so many looks.
    Looks(u32),
    /// One that cannot be compared, and why.
    #[non_exhaustive]
    LeftOut {
        /// What it is called.
        name: String,
        /// Why.
        why: String,
    },
}

/// All pairs of what was compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// How.
    pub comparing: Comparing,
    /// Each with its interval, in the order given.
    pub arms: Vec<ArmFigures>,
    /// Each with each other.
    pub pairs: Vec<Pair>,
    /// The one that is better than every other, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<String>,
    /// What must be known beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cautions: Vec<Caution>,
}

impl Comparing {
    /// Compares by a measure: one that divides a count by a count that holds it (CTR, conversion rate), or spend by a
    /// count (CPA, cost per join).
    ///
    /// # Errors
    /// `Config` for any other measure.
    pub fn new(measure: Measure) -> Result<Self> {
        let comparing = Self {
            measure,
            confidence: 0.95,
            power: 0.8,
            least_effect: 0.2,
            looks: 1,
        };
        comparing.sides()?;
        Ok(comparing)
    }

    /// The results, and what they are divided by or bought with.
    fn sides(&self) -> Result<(Fact, Fact)> {
        let formula = self.measure.formula();
        match (self.measure, formula.above, formula.below) {
            (
                Measure::CtrAllClicks
                | Measure::CtrLinkClicks
                | Measure::ConversionsByLinkClicks
                | Measure::ConversionsByClicks
                | Measure::ConversionsByImpressions
                | Measure::OrdersByLinkClicks
                | Measure::Virality
                | Measure::EngagementsByImpressions,
                Term::Of(hits),
                Term::Of(tries),
            ) => Ok((hits, tries)),
            (_, Term::Of(Fact::Spend), Term::Of(hits)) if formula.per == 1 => {
                Ok((hits, Fact::Spend))
            }
            _ => Err(Error::config(format!(
                "{} is not compared: compare by a rate of clicks, conversions, orders or engagements, or by a cost per click, join, conversion or order",
                self.measure
            ))),
        }
    }

    fn is_cost(&self) -> bool {
        matches!(self.measure.formula().above, Term::Of(Fact::Spend))
    }

    fn check(&self) -> Result<()> {
        let within = |value: f64, low: f64, high: f64| value > low && value < high;
        if !within(self.confidence, 0.5, 1.0) || !within(self.power, 0.5, 1.0) {
            return Err(Error::config(
                "confidence and power lie between 0.5 and 1, such as 0.95 and 0.8",
            ));
        }
        if !(self.least_effect >= 0.001 && self.least_effect <= 100.0) {
            return Err(Error::config(
                "the least effect is a part of the lower value, from 0.001 to 100, such as 0.2",
            ));
        }
        if self.looks == 0 {
            return Err(Error::config("this look is one: looks begin at 1"));
        }
        Ok(())
    }

    /// Compares the lines of a report.
    ///
    /// # Errors
    /// As [`arms`](Self::arms).
    pub fn report(&self, report: &Report) -> Result<Comparison> {
        let mut arms = Vec::new();
        let mut cautions = Vec::new();
        for line in &report.lines {
            match self.arm(line) {
                Ok(arm) => arms.push(arm),
                Err(why) => cautions.push(Caution::LeftOut {
                    name: line.label(),
                    why,
                }),
            }
        }
        if let (Some(made), Some(period)) = (report.made_at, report.period)
            && made < period.until
        {
            cautions.push(Caution::StillRunning);
        }
        let mut compared = self.arms(&arms)?;
        cautions.append(&mut compared.cautions);
        compared.cautions = cautions;
        Ok(compared)
    }

    fn arm(&self, line: &Line) -> std::result::Result<Arm, String> {
        let (hits, other) = self.sides().map_err(|error| error.to_string())?;
        let lacks = |fact: Fact| {
            let figure = line.get(fact);
            match figure.and_then(|figure| figure.why()) {
                Some(why) => why.to_string(),
                None => format!("the report does not show {fact}"),
            }
        };
        let counted = line.count(hits).ok_or_else(|| lacks(hits))?;
        let mut arm = Arm::rate(line.label(), counted, 0);
        if self.is_cost() {
            let figure = line.get(Fact::Spend);
            let spend = figure.and_then(|figure| {
                let digits = super::amount::FINEST;
                Amount::from_fraction(figure.value()?, digits, figure.currency()?)
            });
            arm.tries = None;
            arm.spend = Some(spend.ok_or_else(|| lacks(Fact::Spend))?);
        } else {
            arm.tries = Some(line.count(other).ok_or_else(|| lacks(other))?);
        }
        arm.period = line.period;
        if hits == Fact::Conversions {
            arm.attribution.clone_from(&line.attribution);
        }
        Ok(arm)
    }

    /// Compares these. One that has no tries, more hits than tries, or no spend above zero is left out, and told.
    ///
    /// # Errors
    /// `Config` where the settings are out of their range, two have one name, there are more than 50, or the spends
    /// are of several currencies.
    pub fn arms(&self, arms: &[Arm]) -> Result<Comparison> {
        self.check()?;
        let (hits, _) = self.sides()?;
        if arms.len() > MOST {
            return Err(Error::config(format!(
                "{} are too many to compare each with each other: choose at most {MOST}",
                arms.len()
            )));
        }
        for (at, arm) in arms.iter().enumerate() {
            if arms.iter().take(at).any(|other| other.name == arm.name) {
                return Err(Error::config(format!(
                    "two are called `{}`: give each a name of its own",
                    arm.name
                )));
            }
        }
        verdict::compared(self, hits, arms)
    }
}

setters!(Comparing {
    set confidence: f64, "Sets how sure a verdict must be, between 0.5 and 1.";
    set power: f64, "Sets how likely the least effect must be to be seen, between 0.5 and 1.";
    set least_effect: f64, "Sets the least difference that matters, as a part of the lower value.";
    set looks: u32, "Sets how often the figures are looked at before a decision.";
});

impl Pair {
    /// The verdict in a sentence.
    pub fn words(&self) -> String {
        let (first, second) = (&self.first, &self.second);
        match &self.verdict {
            Verdict::Better { winner } => {
                let loser = if winner == first { second } else { first };
                format!("{winner} is better than {loser}.")
            }
            Verdict::NoDifferenceSeen { would_have_seen } => format!(
                "No difference is seen between {first} and {second}; one of {:.0} % would have been.",
                (would_have_seen * 100.0).ceil()
            ),
            Verdict::NotEnoughData {
                more: Some(more),
                of,
            } => format!(
                "Not enough data yet between {first} and {second}: about {more} more {}.",
                of.title().to_lowercase()
            ),
            Verdict::NotEnoughData { more: None, of } => format!(
                "Not enough data yet between {first} and {second}: no {} yet.",
                of.title().to_lowercase()
            ),
        }
    }
}

impl std::fmt::Display for Caution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::DifferentWindows => write!(
                f,
                "they speak of different times: what else happened then is in the difference"
            ),
            Self::StillRunning => write!(
                f,
                "the period is not over: what is ahead now may not be at its end"
            ),
            Self::DifferentAttribution => {
                write!(f, "their results were counted by different attributions")
            }
            Self::Looks(looks) => write!(
                f,
                "the figures are looked at {looks} times: a verdict needs {looks} times less doubt"
            ),
            Self::LeftOut { name, why } => write!(f, "{name} is left out: {why}"),
        }
    }
}
