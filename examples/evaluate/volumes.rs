//! How well bursts are found in series of counts: a folder with `NAME.csv` for each series (`timestamp,value`, in order)
//! and `windows.json`, which names the stretches of time in which a person saw a burst.
//!
//! - At most **one alarm a series and day** (by UTC), by the first count that gives one. All series are watched by the same
//!   parameters, those of `VolumeConfig::new()`.
//! - **Precision**: alarms within a labelled window, by alarms. **Recall**: windows with an alarm, by windows. F1 is their
//!   harmonic mean, over all series together.
//! - It is compared with the **z-score** of each count against the day before it (its mean and standard deviation), at the
//!   threshold, one for all series, at which that gives as many alarms. `f1_lead_least` is the smallest lead of our F1 over
//!   a wide range of thresholds, so of numbers of alarms.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use sociable::trends::detect::{VolumeConfig, VolumeWatch};

use super::figure::Figure;

/// What names the windows.
pub(crate) const WINDOWS: &str = "windows.json";

/// The range of thresholds, beside the default.
const THRESHOLDS: [f64; 7] = [4.0, 6.0, 8.0, 10.0, 14.0, 16.0, 20.0];

struct Series {
    counts: Vec<(Timestamp, f64)>,
    windows: Vec<(Timestamp, Timestamp)>,
    /// Between two counts, mostly.
    len: Duration,
}

/// Precision, recall, F1, and the number of alarms.
#[derive(Clone, Copy, Debug)]
struct Quality {
    precision: f64,
    recall: f64,
    f1: f64,
    alarms: usize,
}

fn moment(text: &str) -> Result<Timestamp, Box<dyn Error>> {
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    let civil: DateTime = text
        .parse()
        .map_err(|why| format!("{text:?} is no time: {why}"))?;
    Ok(civil.to_zoned(TimeZone::UTC)?.timestamp())
}

fn day(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

fn read(folder: &Path) -> Result<Vec<Series>, Box<dyn Error>> {
    let text = fs::read_to_string(folder.join(WINDOWS))?;
    let labels: BTreeMap<String, Vec<(String, String)>> = serde_json::from_str(&text)?;
    let mut all = Vec::new();
    for (name, labels) in labels {
        // A label may name the file with its folder and its ending.
        let stem = Path::new(&name)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let stem = stem.strip_suffix(".csv").unwrap_or(&stem);
        let Ok(text) = fs::read_to_string(folder.join(format!("{stem}.csv"))) else {
            eprintln!("{name}: labelled, but there is no {stem}.csv");
            continue;
        };
        let mut windows = Vec::new();
        for (from, until) in &labels {
            windows.push((moment(from)?, moment(until)?));
        }
        let mut counts = Vec::new();
        for line in text.lines() {
            let row = line.split_once(',').and_then(|(at, count)| {
                Some((moment(at).ok()?, count.trim().parse::<f64>().ok()?))
            });
            counts.extend(row);
        }
        let mut steps: Vec<Duration> = counts
            .windows(2)
            .filter_map(|pair| Duration::try_from(pair[1].0.duration_since(pair[0].0)).ok())
            .filter(|step| !step.is_zero())
            .collect();
        steps.sort();
        let len = steps.get(steps.len() / 2).copied();
        let len = len.ok_or_else(|| format!("{stem}.csv: fewer than two counts in order"))?;
        all.push(Series {
            counts,
            windows,
            len,
        });
    }
    Ok(all)
}

fn ours(series: &Series, threshold: Option<f64>) -> Result<Vec<Timestamp>, Box<dyn Error>> {
    let mut config = VolumeConfig::new().len(series.len);
    if let Some(threshold) = threshold {
        config = config.threshold(threshold);
    }
    let mut watch = VolumeWatch::new(config)?;
    let steps = series
        .counts
        .iter()
        .filter_map(|(at, count)| watch.step(*at, *count));
    Ok(steps.map(|alarm| alarm.at).collect())
}

/// The z-score of each count against the day before it.
fn z_scores(series: &Series) -> Vec<(Timestamp, f64)> {
    let day = (86_400.0 / series.len.as_secs_f64()).round() as usize;
    let counts: Vec<f64> = series.counts.iter().map(|(_, count)| *count).collect();
    let later = series.counts.iter().skip(day);
    later
        .zip(counts.windows(day))
        .filter_map(|((at, count), window)| {
            let mean = window.iter().sum::<f64>() / day as f64;
            let variance = window.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / day as f64;
            (variance > 0.0).then(|| (*at, (count - mean) / variance.sqrt()))
        })
        .collect()
}

/// The first of each day that reach the threshold.
fn first_of_day(scores: &[(Timestamp, f64)], threshold: f64) -> Vec<Timestamp> {
    let mut alarms: Vec<Timestamp> = Vec::new();
    for (at, _) in scores.iter().filter(|(_, score)| *score >= threshold) {
        if alarms.last().is_none_or(|last| day(*last) != day(*at)) {
            alarms.push(*at);
        }
    }
    alarms
}

/// The threshold at which so many alarms are given.
fn threshold(scores: &[Vec<(Timestamp, f64)>], alarms: usize) -> f64 {
    let mut best = Vec::new();
    for scores in scores {
        let mut days: BTreeMap<Date, f64> = BTreeMap::new();
        for (at, score) in scores {
            let most = days.entry(day(*at)).or_insert(*score);
            *most = most.max(*score);
        }
        best.extend(days.into_values());
    }
    best.sort_by(|a, b| b.total_cmp(a));
    let last = alarms
        .checked_sub(1)
        .and_then(|last| best.get(last.min(best.len() - 1)));
    last.copied().unwrap_or(f64::INFINITY)
}

fn quality(all: &[Series], alarms: &[Vec<Timestamp>]) -> Quality {
    let (mut given, mut right, mut windows, mut hit) = (0, 0, 0, 0);
    for (series, alarms) in all.iter().zip(alarms) {
        let within =
            |at: &Timestamp, window: &(Timestamp, Timestamp)| window.0 <= *at && *at <= window.1;
        given += alarms.len();
        right += alarms
            .iter()
            .filter(|at| series.windows.iter().any(|w| within(at, w)))
            .count();
        windows += series.windows.len();
        hit += series
            .windows
            .iter()
            .filter(|w| alarms.iter().any(|at| within(at, w)))
            .count();
    }
    let part = |part: usize, whole: usize| {
        if whole == 0 {
            0.0
        } else {
            part as f64 / whole as f64
        }
    };
    let (precision, recall) = (part(right, given), part(hit, windows));
    let both = precision + recall;
    let f1 = if both > 0.0 {
        2.0 * precision * recall / both
    } else {
        0.0
    };
    Quality {
        precision,
        recall,
        f1,
        alarms: given,
    }
}

/// Ours, and the z-score's with as many alarms.
fn compared(
    all: &[Series],
    scores: &[Vec<(Timestamp, f64)>],
    at: Option<f64>,
) -> Result<(Quality, Quality), Box<dyn Error>> {
    let alarms: Vec<_> = all
        .iter()
        .map(|series| ours(series, at))
        .collect::<Result<_, _>>()?;
    let ours = quality(all, &alarms);
    let threshold = threshold(scores, ours.alarms);
    let alarms: Vec<_> = scores
        .iter()
        .map(|scores| first_of_day(scores, threshold))
        .collect();
    Ok((ours, quality(all, &alarms)))
}

/// What there is to say of a folder of series.
pub(crate) fn figures(folder: &Path) -> Result<Vec<Figure>, Box<dyn Error>> {
    let all = read(folder)?;
    let scores: Vec<_> = all.iter().map(z_scores).collect();
    let (ours, theirs) = compared(&all, &scores, None)?;
    let mut least = ours.f1 - theirs.f1;
    for threshold in THRESHOLDS {
        let (ours, theirs) = compared(&all, &scores, Some(threshold))?;
        least = least.min(ours.f1 - theirs.f1);
    }
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let windows = all.iter().map(|series| series.windows.len()).sum();
    let figure = |what: &str, value, n| Figure {
        name: format!("{name}.{what}"),
        value,
        n,
    };
    Ok(vec![
        figure("f1", ours.f1, windows),
        figure("precision", ours.precision, ours.alarms),
        figure("recall", ours.recall, windows),
        figure("alarms", ours.alarms as f64, all.len()),
        figure("z_score.f1", theirs.f1, windows),
        figure("z_score.precision", theirs.precision, theirs.alarms),
        figure("z_score.recall", theirs.recall, windows),
        figure("z_score.alarms", theirs.alarms as f64, all.len()),
        figure("f1_lead", ours.f1 - theirs.f1, windows),
        figure("f1_lead_least", least, THRESHOLDS.len() + 1),
    ])
}
