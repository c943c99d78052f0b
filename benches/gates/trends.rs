//! How well bursts are found in simulated years, and what the statistics cost.
//!
//! The years and the rules of counting hits, delays and false alarms stand in `examples/evaluate/weeks`. The seeds here are
//! none that anything was tuned on.

use std::hint::black_box;
use std::path::Path;

use jiff::SignedDuration;
use sociable::trends::detect::{Detector, DetectorConfig, Tally};

use crate::counted::{Work, instructions};
use crate::figures::{Bound, Report};

#[path = "../../examples/evaluate/figure.rs"]
mod figure;
#[path = "../../examples/evaluate/volumes.rs"]
mod volumes;
#[path = "../../examples/evaluate/weeks/mod.rs"]
mod weeks;

use weeks::{Form, Score, Year};

pub(crate) const STEP: Work = ("trends.step", step);

const RECALL: f64 = 0.9;
/// From the beginning of the burst's first hour to the end of the hour that gave the alarm, in hours.
const DELAY: f64 = 2.0;
const FALSE_ALARMS: f64 = 1.0;
/// For a term and a bucket.
const TERM: f64 = 5_000.0;

fn lived(seed: u64, form: Form) -> Score {
    let mut detector = Detector::new(DetectorConfig::new()).unwrap();
    weeks::score(Year::new(seed, form), &mut detector)
}

/// Takes in buckets of 500 terms, again and again as time goes on; a turn is one term of one bucket.
fn step(turns: u64, _: &[String]) {
    let form = Form {
        weeks: 4,
        ..Form::default()
    };
    let hours: Vec<Tally> = Year::new(1, form).take(100).collect();
    let mut detector = Detector::new(DetectorConfig::new()).unwrap();
    let count = turns / form.terms as u64;
    for (number, hour) in (0i64..).zip(hours.iter().cycle()).take(count as usize) {
        let mut hour = hour.clone();
        hour.start = weeks::time(0) + SignedDuration::from_hours(number);
        black_box(detector.step(black_box(&hour)));
    }
}

/// Bursts that people labelled in series of counts, beside a z-score with as many alarms: in the folder `volumes` of what
/// `SOCIABLE_DATA` names, which is not ours to pass on.
fn counted_series(report: &mut Report) {
    const NAME: &str = "trends.volumes.f1";
    let measured = match std::env::var_os("SOCIABLE_DATA") {
        Some(folder) => volumes::figures(&Path::new(&folder).join("volumes")),
        None => Err("SOCIABLE_DATA names no folder with series of counts".into()),
    };
    let figures = match measured {
        Ok(figures) => figures,
        Err(why) => return report.unmeasured(NAME, &why.to_string()),
    };
    let value = |name: &str| {
        let found = figures.iter().find(|figure| figure.name == name);
        found.map_or(f64::NAN, |figure| figure.value)
    };
    let theirs = value("volumes.z_score.f1");
    report.figure(NAME, value("volumes.f1"), Bound::AtLeast(theirs));
    report.figure("trends.volumes.f1_z_score", theirs, Bound::Free);
    report.figure(
        "trends.volumes.alarms",
        value("volumes.alarms"),
        Bound::Free,
    );
}

pub(crate) fn gates(report: &mut Report) {
    counted_series(report);
    let years = [
        ("", 2_026, Form::default()),
        (".second", 60_221, Form::default()),
        (
            ".spam",
            7_919,
            Form {
                spam: true,
                ..Form::default()
            },
        ),
    ];
    for (name, seed, form) in years {
        let score = lived(seed, form);
        let mut figure = |what: &str, value, bound| {
            report.figure(&format!("trends.{what}{name}"), value, bound);
        };
        figure("recall", score.recall(), Bound::AtLeast(RECALL));
        figure("delay_buckets", score.delay(), Bound::AtMost(DELAY));
        let alarms = score.false_alarms_a_week();
        figure("false_alarms_week", alarms, Bound::AtMost(FALSE_ALARMS));
        if name.is_empty() {
            for (class, factors) in score.classes.iter().zip(["2to3", "3to5", "5to10"]) {
                let recall = class.1 as f64 / class.0 as f64;
                figure(&format!("recall.{factors}"), recall, Bound::Free);
            }
            let held = score.forecasts.1 as f64 / score.forecasts.0 as f64;
            figure("forecast.held", held, Bound::Free);
        }
    }
    // Of bursts with 20 authors in all in their strongest hour, the smallest doublings cannot be told from chance.
    let harder = lived(
        31_337,
        Form {
            harder: true,
            ..Form::default()
        },
    );
    report.figure("trends.recall.harder", harder.recall(), Bound::Free);
    let name = "trends.step.instructions";
    match instructions(STEP.0, 60_000, &[]) {
        Ok(count) => report.figure(name, count, Bound::AtMost(TERM)),
        Err(why) => report.unmeasured(name, &why),
    }
}
