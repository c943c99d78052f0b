//! Figures from the network's words: of posts, of the account, of advertising.

use jiff::{SignedDuration, Timestamp};

use super::convert::time;
use super::convert_events::moment_of;
use super::wire::{self, Num};
use crate::model::{
    Absent, Currency, Figure, Metric, Metrics, Money, Period, Quantity, Source, Window,
};

/// For how long the author of a post is told more than everybody is (docs, metrics).
const PRIVATE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What everybody is told of a post.
const PUBLIC: &[Metric] = &[
    Metric::Likes,
    Metric::Reposts,
    Metric::Replies,
    Metric::Quotes,
    Metric::Bookmarks,
    Metric::Impressions,
];
/// What its author alone is told.
const OWN: &[Metric] = &[
    Metric::LinkClicks,
    Metric::ProfileVisits,
    Metric::Engagements,
];
/// What a network could tell of an account's span, and X does not.
const OF_SPANS: &[Metric] = &[
    Metric::Impressions,
    Metric::Engagements,
    Metric::ProfileVisits,
    Metric::Joins,
    Metric::Leaves,
];

fn figure(metric: Metric, told: Num, source: &Source) -> Option<Figure> {
    let value = Quantity::Count(told.0?);
    Some(Figure::value(
        metric,
        value,
        Window::Lifetime,
        source.clone(),
    ))
}

/// The figures of a post. Those of everybody, of the author, and of its readers by themselves and by advertising stand
/// apart: what everybody sees is the sum of the last two. What is missing has a reason.
///
/// `me` is who asked, where it is not the application alone.
pub(super) fn post(view: &wire::Measured<'_>, me: Option<&str>, now: Timestamp) -> Metrics {
    let mut metrics = Metrics::with_capacity(16);
    if let Some(told) = view.public.get() {
        let figures = [
            (Metric::Likes, told.likes),
            (Metric::Reposts, told.reposts),
            (Metric::Replies, told.replies),
            (Metric::Quotes, told.quotes),
            (Metric::Bookmarks, told.bookmarks),
            (Metric::Impressions, told.impressions),
        ];
        for (metric, told) in figures {
            if let Some(figure) = figure(metric, told, &Source::Public) {
                metrics.insert(figure);
            }
        }
    }
    for metric in PUBLIC {
        if metrics.get(metric).is_none() {
            metrics.insert(Figure::absent(metric.clone(), Absent::Hidden));
        }
    }
    let parts = [
        (view.private.get(), Source::Owner),
        (view.organic.get(), Source::Organic),
        (view.promoted.get(), Source::Promoted),
    ];
    for (told, source) in parts {
        let Some(told) = told else { continue };
        let figures = [
            (Metric::Impressions, told.impressions),
            (Metric::Likes, told.likes),
            (Metric::Reposts, told.reposts),
            (Metric::Replies, told.replies),
            (Metric::LinkClicks, told.link_clicks),
            (Metric::ProfileVisits, told.profile_visits),
            (Metric::Engagements, told.engagements),
        ];
        for (metric, told) in figures {
            if let Some(figure) = figure(metric, told, &source) {
                metrics.insert(figure);
            }
        }
    }
    for metric in OWN {
        if metrics.get(metric).is_none() {
            metrics.insert(Figure::absent(metric.clone(), why_not(view, me, now)));
        }
    }
    metrics.taken_at(now)
}

/// Why the author's figures of a post are not told.
fn why_not(view: &wire::Measured<'_>, me: Option<&str>, now: Timestamp) -> Absent {
    if me.is_none() || view.author_id.get() != me {
        return Absent::NotPermitted;
    }
    let made = time(&view.created_at).or_else(|| moment_of(view.id.get()?.parse().ok()?));
    if made.is_some_and(|made| now.duration_since(made) > PRIVATE) {
        let why = "the network tells them of posts of the last 30 days alone";
        return Absent::Other(why.to_owned());
    }
    Absent::NotYet
}

/// The figures of an account as they stand now, and why there are none of a span.
pub(super) fn account(told: Option<&wire::UserMetrics>, now: Timestamp) -> Metrics {
    let mut metrics = Metrics::with_capacity(10);
    let told = told.map(|told| {
        [
            (Metric::Followers, told.followers),
            (Metric::Following, told.following),
            (Metric::Posts, told.posts),
            (Metric::from("listed"), told.listed),
        ]
    });
    for (metric, told) in told.into_iter().flatten() {
        metrics.insert(match told.0 {
            Some(count) => Figure::count(metric, count),
            None => Figure::absent(metric, Absent::Hidden),
        });
    }
    for metric in OF_SPANS {
        metrics.insert(Figure::absent(metric.clone(), Absent::NotOffered));
    }
    metrics.taken_at(now)
}

/// What a promotion brought, span by span.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Brought {
    counts: [u64; 8],
    /// In millionths of the account's currency.
    charged: u64,
}

/// What is counted of a promotion, in this order.
const COUNTED: [Metric; 8] = [
    Metric::Impressions,
    Metric::Clicks,
    Metric::LinkClicks,
    Metric::Engagements,
    Metric::Likes,
    Metric::Reposts,
    Metric::Replies,
    Metric::Joins,
];

impl Brought {
    /// Adds what another span brought. Null is nothing, and is told so.
    pub(super) fn add(&mut self, told: &wire::AdsFigures) {
        let lists = [
            &told.impressions,
            &told.clicks,
            &told.link_clicks,
            &told.engagements,
            &told.likes,
            &told.reposts,
            &told.replies,
            &told.follows,
        ];
        let sum = |list: &[Num]| {
            let told = list.iter().filter_map(|told| told.0);
            told.fold(0_u64, u64::saturating_add)
        };
        for (count, list) in self.counts.iter_mut().zip(lists) {
            *count = count.saturating_add(sum(list));
        }
        self.charged = self.charged.saturating_add(sum(&told.charged));
    }

    /// Adds what the same promotion brought in another span.
    pub(super) fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count = count.saturating_add(more);
        }
        self.charged = self.charged.saturating_add(other.charged);
    }

    /// The figures, in the account's currency where that is known.
    pub(super) fn metrics(&self, currency: Option<Currency>, period: Period) -> Metrics {
        let window = Window::Period(period);
        let paid = |metric: Metric, value: Quantity| {
            Figure::value(metric, value, window, Source::Promoted)
        };
        let mut metrics = Metrics::with_capacity(9);
        let amount = i64::try_from(self.charged).ok();
        metrics.insert(match amount.zip(currency) {
            Some((amount, currency)) => paid(
                Metric::Spend,
                Quantity::Money(Money::micros(amount, currency)),
            ),
            None => {
                let why = "the network does not tell in which currency the account is billed";
                Figure::absent(Metric::Spend, Absent::Other(why.to_owned()))
            }
        });
        for (metric, count) in COUNTED.into_iter().zip(self.counts) {
            metrics.insert(paid(metric, Quantity::Count(count)));
        }
        metrics
    }
}

/// The whole hours that a span lies in, cut into parts that are asked for at once; `None` where it has no room.
pub(super) fn parts(period: &Period, most: SignedDuration) -> Option<(Period, Vec<Period>)> {
    const HOUR: i64 = 3600;
    let first = period.since.as_second().div_euclid(HOUR) * HOUR;
    let nanos = i64::from(period.until.subsec_nanosecond() > 0);
    let last = (period.until.as_second() + nanos + HOUR - 1).div_euclid(HOUR) * HOUR;
    let whole = |second: i64| Timestamp::from_second(second).ok();
    let span = Period::new(whole(first)?, whole(last)?);
    if span.since >= span.until {
        return None;
    }
    let mut all = Vec::new();
    let mut since = span.since;
    while since < span.until {
        let until = since.checked_add(most).ok()?.min(span.until);
        all.push(Period::new(since, until));
        since = until;
    }
    Some((span, all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reading;

    fn now() -> Timestamp {
        "2026-08-01T00:00:00Z".parse().unwrap()
    }

    fn of(metrics: &Metrics, metric: &Metric, source: &Source) -> Option<u64> {
        metrics
            .iter()
            .find(|figure| {
                figure.metric == *metric
                    && matches!(&figure.reading, Reading::Value { source: told, .. } if told == source)
            })
            .and_then(Figure::as_count)
    }

    const POST: &str = r#"{"id":"7","author_id":"12","created_at":"2026-07-20T10:00:00.000Z",
        "public_metrics":{"repost_count":5,"reply_count":0,"like_count":30,"quote_count":1,"bookmark_count":2,"impression_count":900},
        "non_public_metrics":{"impression_count":900,"url_link_clicks":4,"user_profile_clicks":6,"engagements":44},
        "organic_metrics":{"impression_count":600,"retweet_count":3,"reply_count":0,"like_count":20,"url_link_clicks":3,"user_profile_clicks":5},
        "promoted_metrics":{"impression_count":300,"retweet_count":2,"reply_count":0,"like_count":10,"url_link_clicks":1,"user_profile_clicks":1}}"#;

    #[test]
    fn what_everybody_sees_and_its_parts_stand_apart() {
        let view: wire::Measured<'_> = wire::told(POST);
        let metrics = post(&view, Some("12"), now());
        // What everybody sees is what a metric tells first.
        assert_eq!(metrics.count(Metric::Likes), Some(30));
        for metric in [Metric::Likes, Metric::Reposts, Metric::Impressions] {
            let part = |source| of(&metrics, &metric, &source).unwrap();
            assert_eq!(
                part(Source::Public),
                part(Source::Organic) + part(Source::Promoted),
                "{metric}"
            );
        }
        assert_eq!(
            of(&metrics, &Metric::Impressions, &Source::Owner),
            Some(900)
        );
        assert_eq!(
            of(&metrics, &Metric::LinkClicks, &Source::Promoted),
            Some(1)
        );
        assert_eq!(metrics.count(Metric::Engagements), Some(44));
        assert_eq!(metrics.when(), Some(now()));
    }

    #[test]
    fn what_is_not_told_has_a_reason() {
        let bare = |json: &'static str, me: Option<&str>| {
            let view: wire::Measured<'_> = wire::told(json);
            post(&view, me, now())
                .get(&Metric::LinkClicks)
                .unwrap()
                .reading
                .clone()
        };
        let absent = |reason| Reading::Absent(reason);
        let young = r#"{"id":"7","author_id":"12","created_at":"2026-07-20T10:00:00.000Z"}"#;
        let old = r#"{"id":"7","author_id":"12","created_at":"2026-06-01T10:00:00.000Z"}"#;
        assert_eq!(bare(young, Some("12")), absent(Absent::NotYet));
        assert_eq!(bare(young, Some("13")), absent(Absent::NotPermitted));
        assert_eq!(bare(young, None), absent(Absent::NotPermitted));
        assert!(matches!(
            bare(old, Some("12")),
            Reading::Absent(Absent::Other(_))
        ));
        let view: wire::Measured<'_> = wire::told(young);
        let metrics = post(&view, None, now());
        assert_eq!(
            metrics.get(&Metric::Likes).unwrap().reading,
            absent(Absent::Hidden)
        );
        let metrics = account(None, now());
        assert_eq!(
            metrics.get(&Metric::Joins).unwrap().reading,
            absent(Absent::NotOffered)
        );
    }

    #[test]
    fn millionths_are_exact_and_null_is_nothing() {
        let told: wire::AdsFigures = wire::told(
            r#"{"impressions":[1233],"clicks":null,"url_clicks":[null],"engagements":[58],"billed_charge_local_micro":[9007199254740993]}"#,
        );
        let mut brought = Brought::default();
        brought.add(&told);
        brought.add(&wire::AdsFigures::default());
        let period = Period::new(now(), now());
        let metrics = brought.metrics(Some(Currency::EUR), period);
        assert_eq!(metrics.count(Metric::Impressions), Some(1233));
        assert_eq!(metrics.count(Metric::Clicks), Some(0));
        assert_eq!(metrics.count(Metric::LinkClicks), Some(0));
        let spend = &metrics.get(&Metric::Spend).unwrap().reading;
        let exact = Money::micros(9_007_199_254_740_993, Currency::EUR);
        assert!(
            matches!(spend, Reading::Value { value: Quantity::Money(told), .. } if *told == exact)
        );
        let unknown = brought.metrics(None, period);
        assert!(matches!(
            unknown.get(&Metric::Spend).unwrap().reading,
            Reading::Absent(Absent::Other(_))
        ));
    }

    #[test]
    fn a_span_is_asked_for_in_whole_hours_and_weeks() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let week = SignedDuration::from_hours(7 * 24);
        let asked = Period::new(at("2026-01-01T00:10:00Z"), at("2026-01-16T00:00:00.5Z"));
        let (span, all) = parts(&asked, week).unwrap();
        assert_eq!(span.since, at("2026-01-01T00:00:00Z"));
        assert_eq!(span.until, at("2026-01-16T01:00:00Z"));
        let begins: Vec<String> = all.iter().map(|part| part.since.to_string()).collect();
        assert_eq!(
            begins,
            [
                "2026-01-01T00:00:00Z",
                "2026-01-08T00:00:00Z",
                "2026-01-15T00:00:00Z"
            ]
        );
        assert_eq!(all.last().unwrap().until, span.until);
        let day = Period::new(at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
        assert_eq!(parts(&day, week).unwrap().1, [day]);
        assert_eq!(parts(&Period::new(day.until, day.since), week), None);
    }
}
