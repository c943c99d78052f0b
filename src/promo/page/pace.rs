//! The chart of a budget: what was planned, what was spent, and what is to be expected.

use jiff::civil::Date;

use super::canvas::{Ink, Look};
use super::charts::float;
use super::compared::{Said, Standing};
use super::courses::{Course, Point, courses};
use super::picture::{Column, Picture};
use super::words::Language;
use crate::error::Result;
use crate::promo::{Amount, Pacing, PacingDay};

/// How many points of a line are drawn.
const POINTS: usize = 62;
/// How far from its plan a spending is still as planned.
const NEAR: f64 = 0.1;

/// The sums of what was spent until the end of each day that is told, in the plan's order.
fn sums(pacing: &Pacing) -> Result<Vec<(usize, Date, Amount)>> {
    let mut sum = Amount::zero(pacing.total.currency());
    let mut sums = Vec::new();
    for (place, day) in pacing.days.iter().enumerate() {
        if let Some(spent) = day.spent {
            sum = sum.plus(spent)?;
            sums.push((place, day.date, sum));
        }
    }
    Ok(sums)
}

/// Every so manieth of a line's points, the last one always.
fn thinned<T: Copy>(points: &[T]) -> Vec<T> {
    let every = points.len().div_ceil(POINTS).max(1);
    let last = points.len().saturating_sub(1);
    let kept = points
        .iter()
        .enumerate()
        .filter(|(at, _)| (last - at).is_multiple_of(every));
    kept.map(|(_, point)| *point).collect()
}

/// The chart of a plan; `None` for one of a single day, which is no line.
pub(super) fn picture(
    nth: usize,
    called: &str,
    pacing: &Pacing,
    language: Language,
) -> Result<Option<Picture>> {
    let words = language.words();
    let count = pacing.days.len();
    let Some(last) = pacing.days.last().filter(|_| count > 1) else {
        return Ok(None);
    };
    // Days are told by their ends.
    let when = |place: usize| (place + 1) as f64 / count as f64;
    let mut rows = Vec::new();
    let mut point = |what: &str, date: Date, when: f64, amount: Amount| {
        let (day, exact) = (language.day(date), language.amount(&amount));
        let title = format!("{what}, {day}: {exact}");
        rows.push(vec![what.to_owned(), day, exact]);
        Point {
            when,
            value: float(amount),
            title,
        }
    };
    let days: Vec<(usize, &PacingDay)> = pacing.days.iter().enumerate().collect();
    let plan = thinned(&days).into_iter();
    let plan: Vec<Point> = plan
        .map(|(place, day)| point(words.planned, day.date, when(place), day.planned))
        .collect();
    let sums = sums(pacing)?;
    let mut spent = Vec::new();
    for (place, date, sum) in thinned(&sums) {
        spent.push(point(words.spent, date, when(place), sum));
    }
    let reached = spent.last().map(|point| (point.when, point.value));
    let mut legend = vec![(Look::Plan, words.planned.to_owned())];
    let mut lines = vec![Course {
        ink: Ink::Plan,
        series: 6,
        from: Some((0.0, 0.0)),
        points: plan,
    }];
    if !spent.is_empty() {
        legend.push((Look::Series(0), words.spent.to_owned()));
        lines.push(Course {
            ink: Ink::Line(0),
            series: 0,
            // A line from nothing would tell of days that are not told.
            from: pacing
                .days
                .first()
                .and_then(|day| day.spent)
                .map(|_| (0.0, 0.0)),
            points: spent,
        });
    }
    if let (Some(forecast), Some(reached)) =
        (pacing.forecast, reached.filter(|(when, _)| *when < 1.0))
    {
        legend.push((Look::Ahead(1), words.expected.to_owned()));
        lines.push(Course {
            ink: Ink::Ahead(1),
            series: 1,
            from: Some(reached),
            points: vec![point(words.expected, last.date, 1.0, forecast)],
        });
    }
    let first = pacing.days.first().map_or(last.date, |day| day.date);
    let middle = pacing
        .days
        .get(count / 2)
        .map(|day| (when(count / 2), language.day(day.date)));
    let below = [
        Some((0.0, language.day(first))),
        middle.filter(|_| count > 4),
        Some((1.0, language.day(last.date))),
    ];
    let below: Vec<(f64, String)> = below.into_iter().flatten().collect();
    let currency = pacing.total.currency();
    Ok(Some(Picture {
        name: format!("pacing-{nth}"),
        title: titled(called, language),
        says: words.pacing_says.replace("{}", currency.as_str()),
        remark: (count > POINTS).then(|| words.thinned.to_owned()),
        legend,
        columns: vec![
            Column::words(words.what),
            Column::words(words.when),
            Column::number(words.amount),
        ],
        rows,
        drawing: courses(&lines, &below, |value| language.tick(value))?,
    }))
}

fn titled(called: &str, language: Language) -> String {
    let (before, after) = language.words().pacing.split_once("{}").unwrap_or_default();
    format!("{before}{called}{after}")
}

/// How a plan stands, in a sentence.
pub(super) fn says(called: &str, pacing: &Pacing, language: Language) -> Said {
    let words = language.words();
    let amount = |amount: &Amount| language.amount(amount);
    let mut text = words.pace_spent.replace("{spent}", &amount(&pacing.spent));
    text = text.replace("{total}", &amount(&pacing.total));
    text = text.replace("{expected}", &amount(&pacing.expected));
    let mut why = Vec::new();
    if let Some(forecast) = &pacing.forecast {
        why.push(words.pace_forecast.replace("{}", &amount(forecast)));
    }
    if let Some(date) = pacing.ends_on {
        why.push(words.pace_ends.replace("{}", &language.day(date)));
    }
    if let Some(per_day) = &pacing.per_day {
        why.push(words.pace_per_day.replace("{}", &amount(per_day)));
    }
    if !pacing.missing.is_empty() {
        why.push(
            words
                .pace_missing
                .replace("{}", &pacing.missing.len().to_string()),
        );
    }
    if !pacing.outside.is_empty() {
        why.push(
            words
                .pace_outside
                .replace("{}", &pacing.outside.len().to_string()),
        );
    }
    let ratio = pacing.ratio.map(|ratio| ratio.as_f64());
    let standing = match ratio {
        None => Standing::Waiting,
        Some(ratio) if (1.0 - NEAR..=1.0 + NEAR).contains(&ratio) => Standing::OnPlan,
        Some(_) => Standing::Off,
    };
    Said {
        standing,
        text: format!("{called}: {text}"),
        why: why.join(" "),
    }
}
