//! How well bursts are found in simulated years.

use std::error::Error;

use sociable::trends::detect::{Detector, DetectorConfig};

use super::figure::Figure;
use crate::weeks::{Form, Score, Year, score};

fn lived(seed: u64, form: Form) -> Result<Score, Box<dyn Error>> {
    let mut detector = Detector::new(DetectorConfig::new())?;
    Ok(score(Year::new(seed, form), &mut detector))
}

/// The median; of nothing it is infinite.
fn middle(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values
        .get(values.len() / 2)
        .copied()
        .unwrap_or(f64::INFINITY)
}

/// The figures of a form, over its years together; for recall and false alarms the worst year too.
fn told(name: &str, years: &[Score]) -> Vec<Figure> {
    let sum = |of: fn(&Score) -> usize| years.iter().map(of).sum::<usize>();
    let bursts = sum(|year| year.bursts);
    let weeks = sum(|year| year.weeks);
    let mut delays: Vec<f64> = years.iter().flat_map(|year| year.delays.clone()).collect();
    let mut starts: Vec<f64> = years.iter().flat_map(|year| year.starts.clone()).collect();
    let part = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    let worst = |of: fn(&Score) -> f64| years.iter().map(of);
    let figure = |what: &str, value, n| Figure {
        name: format!("weeks.{name}{what}"),
        value,
        n,
    };
    let mut figures = vec![
        figure("recall", part(sum(|y| y.hits), bursts), bursts),
        figure(
            "recall_worst_year",
            worst(Score::recall).fold(1.0, f64::min),
            years.len(),
        ),
        figure("delay_buckets", middle(&mut delays), delays.len()),
        figure(
            "delay_buckets_worst_year",
            worst(Score::delay).fold(0.0, f64::max),
            years.len(),
        ),
        figure(
            "false_alarms_week",
            part(sum(|y| y.false_alarms), weeks),
            weeks,
        ),
        figure(
            "false_alarms_week_worst_year",
            worst(Score::false_alarms_a_week).fold(0.0, f64::max),
            years.len(),
        ),
        figure(
            "repeated_alarms_week",
            part(sum(|y| y.repeated), weeks),
            weeks,
        ),
        figure("start_error_hours", middle(&mut starts), starts.len()),
        figure(
            "forecast_held",
            part(sum(|y| y.forecasts.1), sum(|y| y.forecasts.0)),
            sum(|y| y.forecasts.0),
        ),
    ];
    for (class, factors) in ["2to3", "3to5", "5to10"].into_iter().enumerate() {
        let of = |pick: fn(&(usize, usize)) -> usize| {
            years.iter().map(|y| pick(&y.classes[class])).sum()
        };
        let (all, hits): (usize, usize) = (of(|c| c.0), of(|c| c.1));
        figures.push(figure(&format!("recall_x{factors}"), part(hits, all), all));
    }
    figures
}

/// Lives through the years of these seeds, such as `11-20`.
pub(crate) fn figures(seeds: &str) -> Result<Vec<Figure>, Box<dyn Error>> {
    let wrong = || format!("--weeks {seeds:?}: name seeds as FROM-TO, such as 11-20");
    let (from, to) = seeds.split_once('-').unwrap_or((seeds, seeds));
    let (from, to): (u64, u64) = (
        from.parse().map_err(|_| wrong())?,
        to.parse().map_err(|_| wrong())?,
    );
    let forms = [
        ("", Form::default()),
        (
            "spam.",
            Form {
                spam: true,
                ..Form::default()
            },
        ),
        (
            "harder.",
            Form {
                harder: true,
                ..Form::default()
            },
        ),
    ];
    let mut all = Vec::new();
    for (name, form) in forms {
        let years: Vec<Score> = (from..=to)
            .map(|seed| lived(seed, form))
            .collect::<Result<_, _>>()?;
        all.extend(told(name, &years));
    }
    Ok(all)
}
