//! Figures from the network's words: of posts, of a community, of advertising.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

use super::convert::time;
use super::wire;
use super::wire::{Int, Word};
use crate::model::{
    Absent, Currency, Figure, Metric, Metrics, Money, Period, Quantity, Source, Window,
};

/// How far Moscow, whose days the network counts by, is ahead of Greenwich, in hours: the whole year round.
const MOSCOW: i8 = 3;

/// What every post is asked for, so that what is missing gets a reason.
const COUNTED: &[Metric] = &[
    Metric::Likes,
    Metric::Reposts,
    Metric::Replies,
    Metric::Impressions,
];

/// What the network tells of the reach of a community's post.
const REACHED: &[Metric] = &[
    Metric::Reach,
    Metric::LinkClicks,
    Metric::ProfileVisits,
    Metric::Joins,
    Metric::Leaves,
];

/// A figure of an interval.
type OfInterval = fn(&wire::Interval) -> Option<u64>;
/// A figure of a day of advertising.
type OfDay = fn(&wire::AdDay<'_>) -> Option<u64>;

fn count(told: Int) -> Option<u64> {
    told.0.and_then(|count| u64::try_from(count).ok())
}

/// A reason for each of the counters that a post does not tell.
pub(super) fn with_reasons(mut metrics: Metrics, is_comment: bool) -> Metrics {
    for metric in COUNTED {
        if metrics.get(metric).is_some() {
            continue;
        }
        let uncounted = is_comment && matches!(metric, Metric::Reposts | Metric::Impressions);
        let reason = if uncounted {
            Absent::NotOffered
        } else {
            Absent::Hidden
        };
        metrics.insert(Figure::absent(metric.clone(), reason));
    }
    metrics.insert(Figure::absent(Metric::Bookmarks, Absent::NotOffered));
    metrics
}

/// Adds what is told of a post's reach.
pub(super) fn add_reach(metrics: &mut Metrics, reach: &wire::PostReach) {
    let owner = |metric: Metric, told: Int, source: Source| {
        count(told)
            .map(|count| Figure::value(metric, Quantity::Count(count), Window::Lifetime, source))
    };
    let other = |name: &str| Source::Other(name.to_owned());
    let figures = [
        owner(Metric::Reach, reach.reach_total, Source::Owner),
        owner(Metric::Reach, reach.reach_subscribers, other("subscribers")),
        owner(Metric::Reach, reach.reach_viral, other("viral")),
        owner(Metric::Reach, reach.reach_ads, Source::Promoted),
        owner(Metric::LinkClicks, reach.links, Source::Owner),
        owner(Metric::ProfileVisits, reach.to_group, Source::Owner),
        owner(Metric::Joins, reach.join_group, Source::Owner),
        owner(Metric::Leaves, reach.unsubscribe, Source::Owner),
        owner(Metric::from("hides"), reach.hide, Source::Owner),
        owner(Metric::from("reports"), reach.report, Source::Owner),
    ];
    for figure in figures.into_iter().flatten() {
        metrics.insert(figure);
    }
    for metric in REACHED {
        if metrics.get(metric).is_none() {
            metrics.insert(Figure::absent(metric.clone(), Absent::NotYet));
        }
    }
}

/// Says why nothing is told of a post's reach.
pub(super) fn no_reach(metrics: &mut Metrics, reason: &Absent) {
    for metric in REACHED {
        metrics.insert(Figure::absent(metric.clone(), reason.clone()));
    }
}

/// The figures of a community in a span, from those of its days.
///
/// What counts distinct accounts cannot be added up: it is told where the span is one day.
pub(super) fn account(days: &[&wire::Interval], asked: &Period, into: &mut Metrics) {
    let told = days
        .iter()
        .filter_map(|day| Some((time(day.from)?, time(day.to)?)));
    // An interval's end is its last moment.
    let span = told.fold(None, |span: Option<Period>, (since, until)| {
        let until = until.max(since);
        Some(match span {
            None => Period::new(since, until),
            Some(span) => Period::new(span.since.min(since), span.until.max(until)),
        })
    });
    let window = Window::Period(span.unwrap_or(*asked));
    let mut sum = |metric: Metric, part: &dyn Fn(&wire::Interval) -> Option<u64>| {
        let parts: Vec<u64> = days.iter().filter_map(|day| part(day)).collect();
        let figure = if parts.is_empty() {
            Figure::absent(metric, Absent::NotYet)
        } else {
            let whole = parts
                .iter()
                .fold(0_u64, |sum, part| sum.saturating_add(*part));
            Figure::value(metric, Quantity::Count(whole), window, Source::Owner)
        };
        into.insert(figure);
    };
    let done = |pick: fn(&wire::Activity) -> Int| {
        move |day: &wire::Interval| day.activity.get().and_then(|told| count(pick(told)))
    };
    sum(Metric::Likes, &done(|told| told.likes));
    sum(Metric::Replies, &done(|told| told.comments));
    sum(Metric::Reposts, &done(|told| told.copies));
    sum(Metric::Joins, &done(|told| told.subscribed));
    sum(Metric::Leaves, &done(|told| told.unsubscribed));
    sum(Metric::from("hides"), &done(|told| told.hidden));
    sum(Metric::ProfileVisits, &|day| {
        day.visitors.get().and_then(|told| count(told.views))
    });
    let distinct: [(Metric, Source, OfInterval); 3] = [
        (Metric::Reach, Source::Owner, |day| {
            day.reach.get().and_then(|told| count(told.reach))
        }),
        (
            Metric::Reach,
            Source::Other("subscribers".to_owned()),
            |day| {
                day.reach
                    .get()
                    .and_then(|told| count(told.reach_subscribers))
            },
        ),
        (Metric::from("visitors"), Source::Owner, |day| {
            day.visitors.get().and_then(|told| count(told.visitors))
        }),
    ];
    for (metric, source, part) in distinct {
        match days {
            [day] => match part(day) {
                Some(value) => {
                    into.insert(Figure::value(
                        metric,
                        Quantity::Count(value),
                        window,
                        source,
                    ));
                }
                None if into.get(&metric).is_none() => {
                    into.insert(Figure::absent(metric, Absent::NotYet));
                }
                None => {}
            },
            [] => into.insert(Figure::absent(metric, Absent::NotYet)),
            _ => into.insert(Figure::absent(metric, of_days())),
        }
    }
}

fn of_days() -> Absent {
    let why = "it counts distinct accounts, and is told for each day by itself: ask for one day";
    Absent::Other(why.to_owned())
}

/// The days of a span, as the network counts them: the first and the last, and the span that they are.
pub(super) fn days(period: &Period) -> Option<(Date, Date, Period)> {
    let zone = TimeZone::fixed(Offset::constant(MOSCOW));
    let last = period
        .until
        .checked_sub(jiff::SignedDuration::from_nanos(1))
        .ok()?
        .max(period.since);
    let first = period.since.to_zoned(zone.clone()).date();
    let last = last.to_zoned(zone.clone()).date();
    let begins = first.to_zoned(zone.clone()).ok()?.timestamp();
    let ends = last.tomorrow().ok()?.to_zoned(zone).ok()?.timestamp();
    Some((first, last, Period::new(begins, ends)))
}

/// An amount of money as it is written, exact: `12.5` are twelve roubles and fifty kopecks.
pub(super) fn money(text: &str) -> Option<Money> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (sign, whole) = match whole.strip_prefix('-') {
        Some(whole) => (-1, whole),
        None => (1, whole),
    };
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 9 {
        return None;
    }
    let scale = u8::try_from(part.len()).ok()?.max(2);
    let written = format!("{whole}{part:0<width$}", width = usize::from(scale));
    let mut money = Money::minor(
        written.parse::<i64>().ok()?.checked_mul(sign)?,
        Currency::RUB,
    );
    money.scale = scale;
    Some(money)
}

/// Adds amounts, exact.
fn added(one: Money, other: Money) -> Option<Money> {
    let scale = one.scale.max(other.scale);
    let scaled = |money: Money| {
        let factor = 10_i64.checked_pow(u32::from(scale - money.scale))?;
        money.amount.checked_mul(factor)
    };
    let mut sum = one;
    sum.amount = scaled(one)?.checked_add(scaled(other)?)?;
    sum.scale = scale;
    Some(sum)
}

/// What a campaign or an ad brought in its days.
pub(super) fn promotion(days: &[&wire::AdDay<'_>], period: Period) -> Metrics {
    let window = Window::Period(period);
    let paid =
        |metric: Metric, value: Quantity| Figure::value(metric, value, window, Source::Promoted);
    let mut metrics = Metrics::with_capacity(6);
    let spent = days
        .iter()
        .map(|day| money(day.spent.get().unwrap_or("0")))
        .try_fold(Money::minor(0, Currency::RUB), |sum, part| {
            added(sum, part?)
        });
    metrics.insert(match spent {
        Some(spent) => paid(Metric::Spend, Quantity::Money(spent)),
        None => Figure::absent(
            Metric::Spend,
            Absent::Other("it is no amount of money".to_owned()),
        ),
    });
    let summed: [(Metric, OfDay); 5] = [
        (Metric::Impressions, |day| read(&day.impressions)),
        (Metric::Clicks, |day| read(&day.clicks)),
        (Metric::LinkClicks, |day| read(&day.link_clicks)),
        (Metric::Joins, |day| read(&day.joins)),
        (Metric::Conversions, |day| read(&day.conversions)),
    ];
    for (metric, part) in summed {
        // A day on which nothing was shown is not told, and so adds nothing.
        let parts: Vec<u64> = days.iter().filter_map(|day| part(day)).collect();
        let always = matches!(metric, Metric::Impressions | Metric::Clicks | Metric::Joins);
        if parts.is_empty() && !always {
            metrics.insert(Figure::absent(metric, Absent::NotOffered));
            continue;
        }
        let whole = parts
            .iter()
            .fold(0_u64, |sum, part| sum.saturating_add(*part));
        metrics.insert(paid(metric, Quantity::Count(whole)));
    }
    metrics.insert(match days {
        [] => paid(Metric::Reach, Quantity::Count(0)),
        [day] => match read(&day.reach) {
            Some(reach) => paid(Metric::Reach, Quantity::Count(reach)),
            None => Figure::absent(Metric::Reach, Absent::NotOffered),
        },
        _ => Figure::absent(Metric::Reach, of_days()),
    });
    metrics
}

fn read(told: &Word<'_>) -> Option<u64> {
    told.get()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reading;

    fn at(text: &str) -> jiff::Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn money_is_exact() {
        for (text, amount, scale) in [
            ("0", 0, 2),
            ("12", 1200, 2),
            ("12.5", 1250, 2),
            ("0.1", 10, 2),
            ("1234567.89", 123_456_789, 2),
            ("1.2345", 12_345, 4),
            ("-3.10", -310, 2),
        ] {
            let money = money(text).unwrap();
            assert_eq!((money.amount, money.scale), (amount, scale), "{text}");
            assert_eq!(money.currency, Currency::RUB);
        }
        for bad in [
            "",
            ".",
            "-",
            "1,5",
            "1.2.3",
            "x",
            "1e5",
            "99999999999999999999",
            "0.1234567890",
        ] {
            assert_eq!(money(bad), None, "{bad}");
        }
        let sum = added(money("0.10").unwrap(), money("0.2005").unwrap()).unwrap();
        assert_eq!((sum.amount, sum.scale), (3005, 4));
    }

    #[test]
    fn days_are_those_of_moscow() {
        let period = Period::new(at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
        let (first, last, span) = days(&period).unwrap();
        assert_eq!(
            (first.to_string(), last.to_string()),
            ("2026-01-01".to_owned(), "2026-01-02".to_owned())
        );
        assert_eq!(span.since, at("2025-12-31T21:00:00Z"));
        assert_eq!(span.until, at("2026-01-02T21:00:00Z"));
        let period = Period::new(at("2025-12-31T21:00:00Z"), at("2026-01-01T21:00:00Z"));
        let (first, last, span) = days(&period).unwrap();
        assert_eq!(first, last);
        assert_eq!((span.since, span.until), (period.since, period.until));
    }

    #[test]
    fn what_counts_distinct_accounts_is_never_added_up() {
        let told: Vec<wire::Interval> = [
            r#"{"period_from":1700000000,"period_to":1700086399,"visitors":{"views":10,"visitors":4},"reach":{"reach":100,"reach_subscribers":40},"activity":{"likes":3,"subscribed":1}}"#,
            r#"{"period_from":1700086400,"period_to":1700172799,"visitors":{"views":5},"reach":{"reach":80},"activity":{"likes":2,"subscribed":0,"comments":7}}"#,
        ]
        .iter()
        .map(|json| crate::adapters::vk::wire::told(json))
        .collect();
        let asked = Period::new(at("2023-11-14T22:13:20Z"), at("2023-11-16T22:13:20Z"));
        let both: Vec<&wire::Interval> = told.iter().collect();
        let mut metrics = Metrics::new();
        account(&both, &asked, &mut metrics);
        assert_eq!(metrics.count(Metric::Likes), Some(5));
        assert_eq!(metrics.count(Metric::Replies), Some(7));
        assert_eq!(metrics.count(Metric::Joins), Some(1));
        assert_eq!(metrics.count(Metric::ProfileVisits), Some(15));
        assert!(matches!(
            metrics.get(&Metric::Reach).unwrap().reading,
            Reading::Absent(Absent::Other(_))
        ));
        assert_eq!(
            metrics.get(&Metric::Reposts).unwrap().reading,
            Reading::Absent(Absent::NotYet)
        );
        let mut metrics = Metrics::new();
        account(&both[..1], &asked, &mut metrics);
        assert_eq!(metrics.count(Metric::Reach), Some(100));
        let all: Vec<_> = metrics
            .iter()
            .filter(|f| f.metric == Metric::Reach)
            .collect();
        assert_eq!(all.len(), 2);
        let mut metrics = Metrics::new();
        account(&[], &asked, &mut metrics);
        assert_eq!(metrics.count(Metric::Likes), None);
    }

    #[test]
    fn a_promotion_adds_its_days_and_names_what_cannot_be_added() {
        let period = Period::new(at("2026-01-01T00:00:00Z"), at("2026-01-03T00:00:00Z"));
        let figures: wire::AdFigures<'_> = crate::adapters::vk::wire::told(
            r#"{"id":"5","type":"campaign","stats":[{"day":"2026-01-01","spent":"10.10","impressions":100,"clicks":"3","reach":90,"join_rate":1},
                {"day":"2026-01-02","spent":"0.05","impressions":50,"reach":40}]}"#,
        );
        let days: Vec<&wire::AdDay<'_>> = figures.stats.objects().collect();
        let metrics = promotion(&days, period);
        let spend = metrics.get(&Metric::Spend).unwrap();
        assert!(
            matches!(&spend.reading, Reading::Value { value: Quantity::Money(m), window: Window::Period(p), source: Source::Promoted } if m.amount == 1015 && *p == period)
        );
        assert_eq!(metrics.count(Metric::Impressions), Some(150));
        assert_eq!(metrics.count(Metric::Clicks), Some(3));
        assert_eq!(metrics.count(Metric::Joins), Some(1));
        assert_eq!(metrics.count(Metric::Reach), None);
        assert_eq!(promotion(&days[..1], period).count(Metric::Reach), Some(90));
        assert_eq!(promotion(&[], period).count(Metric::Impressions), Some(0));
    }

    #[test]
    fn every_figure_of_a_post_has_a_value_or_a_reason() {
        let metrics = with_reasons(Metrics::new().with(Figure::count(Metric::Likes, 0)), true);
        assert_eq!(metrics.count(Metric::Likes), Some(0));
        let reading = |metric: &Metric| metrics.get(metric).unwrap().reading.clone();
        assert_eq!(
            reading(&Metric::Reposts),
            Reading::Absent(Absent::NotOffered)
        );
        assert_eq!(reading(&Metric::Replies), Reading::Absent(Absent::Hidden));
        let reach: wire::PostReach = crate::adapters::vk::wire::told(
            r#"{"post_id":2,"reach_total":9,"reach_ads":4,"links":1,"hide":2}"#,
        );
        let mut metrics = Metrics::new();
        add_reach(&mut metrics, &reach);
        let sources: Vec<_> = metrics
            .iter()
            .filter(|f| f.metric == Metric::Reach)
            .collect();
        assert_eq!(sources.len(), 2);
        assert_eq!(metrics.count(Metric::Reach), Some(9));
        assert_eq!(metrics.count(Metric::from("hides")), Some(2));
        assert_eq!(
            metrics.get(&Metric::Joins).unwrap().reading,
            Reading::Absent(Absent::NotYet)
        );
        let mut metrics = Metrics::new();
        no_reach(&mut metrics, &Absent::NotPermitted);
        assert_eq!(
            metrics.get(&Metric::Reach).unwrap().reading,
            Reading::Absent(Absent::NotPermitted)
        );
    }
}
