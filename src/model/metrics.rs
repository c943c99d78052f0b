use std::time::Duration;

use jiff::Timestamp;
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::money::Money;
use super::query::Period;

words! {
    /// What a figure counts.
    Metric {
        /// Likes.
        Likes = "likes",
        /// Reactions of every sign together.
        Reactions = "reactions",
        /// Reposts without a comment of one's own.
        Reposts = "reposts",
        /// Quotes: reposts with a comment.
        Quotes = "quotes",
        /// Answers or comments.
        Replies = "replies",
        /// Bookmarks or saves.
        Bookmarks = "bookmarks",
        /// Votes in a poll.
        Votes = "votes",
        /// How often it was shown; one account may count more than once.
        Impressions = "impressions",
        /// To how many distinct accounts it was shown.
        Reach = "reach",
        /// How often a video was watched, by the network's own rule.
        Views = "views",
        /// Clicks of every sort.
        Clicks = "clicks",
        /// Clicks on links alone.
        LinkClicks = "link_clicks",
        /// Visits to the profile.
        ProfileVisits = "profile_visits",
        /// Engagements as the network sums them.
        Engagements = "engagements",
        /// Followers, subscribers or members.
        Followers = "followers",
        /// Accounts that are followed.
        Following = "following",
        /// Posts.
        Posts = "posts",
        /// Accounts that came to follow.
        Joins = "joins",
        /// Accounts that left.
        Leaves = "leaves",
        /// Conversions as the network attributes them.
        Conversions = "conversions",
        /// Money spent.
        Spend = "spend",
    }
}

/// What a value is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unit {
    /// Whole things.
    Count,
    /// A part of one: 0.05 is five percent.
    Ratio,
    /// Money.
    Money,
    /// Time, in seconds.
    Seconds,
}

/// A value with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Quantity {
    /// Whole things.
    Count(u64),
    /// A part of one: 0.05 is five percent.
    Ratio(#[serde(deserialize_with = "ratio")] f64),
    /// Money, exact.
    Money(Money),
    /// A span of time.
    Span(Duration),
}

/// JSON has no word for what is no number, such as nothing divided by nothing, and writes null.
fn ratio<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
}

impl Quantity {
    /// What the value is measured in.
    pub fn unit(&self) -> Unit {
        match self {
            Self::Count(_) => Unit::Count,
            Self::Ratio(_) => Unit::Ratio,
            Self::Money(_) => Unit::Money,
            Self::Span(_) => Unit::Seconds,
        }
    }
}

/// Which time a value speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Window {
    /// All time until the figure was taken.
    Lifetime,
    /// A span.
    Period(Period),
}

/// Who counted, and what.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Source {
    /// What everybody sees.
    Public,
    /// What only the owner sees.
    Owner,
    /// The unpaid part.
    Organic,
    /// The paid part.
    Promoted,
    /// Computed by this crate from other figures.
    Derived,
    /// Another source, in the network's words.
    #[serde(untagged)]
    Other(String),
}

/// Why there is no value. Never the same as zero.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Absent {
    /// The network does not count it.
    NotOffered,
    /// This identity may not see it.
    NotPermitted,
    /// The network has not collected it yet.
    NotYet,
    /// The author hides it.
    Hidden,
    /// Another reason, in the network's words.
    #[serde(untagged)]
    Other(String),
}

/// A value with its window and source, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reading {
    /// There is a value.
    #[non_exhaustive]
    Value {
        /// The value with its unit.
        value: Quantity,
        /// Which time it speaks of.
        window: Window,
        /// Who counted.
        source: Source,
    },
    /// There is none.
    Absent(Absent),
}

/// One figure of a post, an account or a promotion.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Figure {
    /// What is counted.
    pub metric: Metric,
    /// What was found.
    pub reading: Reading,
}

impl Figure {
    /// A public count over all time.
    pub fn count(metric: Metric, value: u64) -> Self {
        Self::value(
            metric,
            Quantity::Count(value),
            Window::Lifetime,
            Source::Public,
        )
    }

    /// A value with its window and source.
    pub fn value(metric: Metric, value: Quantity, window: Window, source: Source) -> Self {
        Self {
            metric,
            reading: Reading::Value {
                value,
                window,
                source,
            },
        }
    }

    /// The reason why there is no value.
    pub fn absent(metric: Metric, reason: Absent) -> Self {
        Self {
            metric,
            reading: Reading::Absent(reason),
        }
    }

    /// The value as a whole count, where it is one.
    pub fn as_count(&self) -> Option<u64> {
        match self.reading {
            Reading::Value {
                value: Quantity::Count(count),
                ..
            } => Some(count),
            _ => None,
        }
    }

    /// The value's unit, where there is a value.
    pub fn unit(&self) -> Option<Unit> {
        match &self.reading {
            Reading::Value { value, .. } => Some(value.unit()),
            Reading::Absent(_) => None,
        }
    }
}

/// The figures of one thing, one for each metric and source. In data it is a map from the metric's name.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    figures: Vec<Figure>,
    taken_at: Option<Timestamp>,
}

impl Metrics {
    /// No figures yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Room for this many figures, made in one allocation.
    pub fn with_capacity(figures: usize) -> Self {
        Self {
            figures: Vec::with_capacity(figures),
            taken_at: None,
        }
    }

    /// Adds a figure; one of the same metric and source is replaced.
    pub fn with(mut self, figure: Figure) -> Self {
        self.insert(figure);
        self
    }

    /// Adds a figure; one of the same metric and source is replaced.
    pub fn insert(&mut self, figure: Figure) {
        let source = |f: &Figure| match &f.reading {
            Reading::Value { source, .. } => Some(source.clone()),
            Reading::Absent(_) => None,
        };
        match self
            .figures
            .iter_mut()
            .find(|f| f.metric == figure.metric && source(f) == source(&figure))
        {
            Some(old) => *old = figure,
            None => self.figures.push(figure),
        }
    }

    /// Says when the figures were taken.
    pub fn taken_at(mut self, at: Timestamp) -> Self {
        self.taken_at = Some(at);
        self
    }

    /// When the figures were taken, where it is known.
    pub fn when(&self) -> Option<Timestamp> {
        self.taken_at
    }

    /// The first figure of a metric: the public one where networks tell several.
    pub fn get(&self, metric: &Metric) -> Option<&Figure> {
        self.figures.iter().find(|f| f.metric == *metric)
    }

    /// A metric as a whole count; `None` when it is not known, which is not the same as zero.
    pub fn count(&self, metric: Metric) -> Option<u64> {
        self.get(&metric).and_then(Figure::as_count)
    }

    /// All figures.
    pub fn iter(&self) -> std::slice::Iter<'_, Figure> {
        self.figures.iter()
    }

    /// Whether there is no figure at all.
    pub fn is_empty(&self) -> bool {
        self.figures.is_empty()
    }

    /// Whether there is nothing to be written to data.
    pub(super) fn says_nothing(&self) -> bool {
        self.figures.is_empty() && self.taken_at.is_none()
    }

    /// How many figures there are.
    pub fn len(&self) -> usize {
        self.figures.len()
    }
}

/// The order of the metrics says nothing, and a store may change it; that of one metric's figures says which is first.
impl PartialEq for Metrics {
    fn eq(&self, other: &Self) -> bool {
        self.taken_at == other.taken_at
            && self.len() == other.len()
            && self.figures.iter().all(|f| {
                let same = |g: &&Figure| g.metric == f.metric;
                self.iter().filter(same).eq(other.iter().filter(same))
            })
    }
}

impl FromIterator<Figure> for Metrics {
    fn from_iter<I: IntoIterator<Item = Figure>>(figures: I) -> Self {
        let mut metrics = Self::default();
        for figure in figures {
            metrics.insert(figure);
        }
        metrics
    }
}

impl<'a> IntoIterator for &'a Metrics {
    type Item = &'a Figure;
    type IntoIter = std::slice::Iter<'a, Figure>;

    fn into_iter(self) -> Self::IntoIter {
        self.figures.iter()
    }
}

/// The name under which the moment of measuring stands among the figures.
const TAKEN_AT: &str = "taken_at";

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(at) = &self.taken_at {
            map.serialize_entry(TAKEN_AT, at)?;
        }
        for (i, figure) in self.figures.iter().enumerate() {
            // Several figures of one metric differ in their source and stand together in a list.
            if self
                .figures
                .iter()
                .take(i)
                .any(|f| f.metric == figure.metric)
            {
                continue;
            }
            let all: Vec<&Reading> = self
                .figures
                .iter()
                .filter(|f| f.metric == figure.metric)
                .map(|f| &f.reading)
                .collect();
            match all.as_slice() {
                [one] => map.serialize_entry(figure.metric.as_str(), one)?,
                many => map.serialize_entry(figure.metric.as_str(), many)?,
            }
        }
        map.end()
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Reading),
    Many(Vec<Reading>),
}

impl<'de> Deserialize<'de> for Metrics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;

        impl<'de> Visitor<'de> for Map {
            type Value = Metrics;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map from metrics to their readings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metrics, A::Error> {
                let mut metrics = Metrics::default();
                while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
                    if key == TAKEN_AT {
                        metrics.taken_at = Some(map.next_value()?);
                        continue;
                    }
                    let metric = Metric::from(key.as_ref());
                    let readings = match map.next_value()? {
                        OneOrMany::One(reading) => vec![reading],
                        OneOrMany::Many(readings) => readings,
                    };
                    for reading in readings {
                        metrics.figures.push(Figure {
                            metric: metric.clone(),
                            reading,
                        });
                    }
                }
                Ok(metrics)
            }
        }

        deserializer.deserialize_map(Map)
    }
}
