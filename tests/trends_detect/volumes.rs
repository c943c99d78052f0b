//! One series of counts, where nothing else is known.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sociable::trends::detect::{VolumeAlarm, VolumeConfig, VolumeWatch};

use super::weeks::Chance;

const FIVE: SignedDuration = SignedDuration::from_mins(5);
const DAY: i64 = 288;

fn start() -> Timestamp {
    "2026-01-05T00:00:00Z".parse().unwrap()
}

struct Series {
    chance: Chance,
    watch: VolumeWatch,
    number: i64,
    alarms: Vec<(i64, VolumeAlarm)>,
}

impl Series {
    fn new() -> Self {
        Self {
            chance: Chance::new(5),
            watch: VolumeWatch::new(VolumeConfig::new()).unwrap(),
            number: 0,
            alarms: Vec::new(),
        }
    }

    /// Counts around a mean that is higher by day than by night.
    fn counts(&mut self, count: i64, factor: f64) {
        for _ in 0..count {
            let hour = (self.number % DAY) as f64 / 12.0;
            let day = 1.0 + 0.8 * ((hour - 15.0) * std::f64::consts::PI / 12.0).cos();
            let noise = self.chance.gamma(10.0);
            let seen = self.chance.poisson(30.0 * day * factor * noise);
            self.count(seen as f64);
        }
    }

    fn count(&mut self, count: f64) -> Option<VolumeAlarm> {
        let alarm = self
            .watch
            .step(start() + FIVE * i32::try_from(self.number).unwrap(), count);
        self.alarms.extend(alarm.map(|alarm| (self.number, alarm)));
        self.number += 1;
        alarm
    }
}

#[test]
fn days_and_nights_and_noise_give_no_alarm_and_a_burst_gives_one() {
    let mut series = Series::new();
    series.counts(20 * DAY, 1.0);
    assert_eq!(series.alarms, []);
    series.counts(12, 15.0);
    series.counts(DAY, 1.0);
    let (number, alarm) = series.alarms[0];
    assert_eq!(series.alarms.len(), 1);
    assert!((20 * DAY..20 * DAY + 4).contains(&number));
    assert!(alarm.ratio.unwrap() > 5.0 && alarm.score > 12.0 && alarm.observed > alarm.expected);
}

#[test]
fn there_is_one_alarm_a_day_at_most() {
    let mut series = Series::new();
    series.counts(20 * DAY, 1.0);
    for factor in [20.0, 60.0, 200.0] {
        series.counts(3, factor);
        series.counts(60, 1.0);
    }
    assert_eq!(series.alarms.len(), 1);
    series.counts(DAY, 1.0);
    series.counts(3, 2_000.0);
    assert_eq!(series.alarms.len(), 2);
}

#[test]
fn what_bursts_all_the_time_is_an_alarm_only_where_it_exceeds_itself() {
    let mut series = Series::new();
    for _ in 0..40 * 8 {
        series.counts(33, 1.0);
        series.counts(3, 20.0);
    }
    let later = series
        .alarms
        .iter()
        .filter(|(number, _)| *number > 7 * DAY)
        .count();
    // Of more than three hundred bursts, those few that exceed the others by far.
    assert!(later <= 2, "{:?}", series.alarms);
    series.counts(3, 400.0);
    assert!(series.alarms.last().unwrap().0 >= 40 * DAY);
}

#[test]
fn the_first_day_gives_no_alarm() {
    let mut series = Series::new();
    series.counts(100, 1.0);
    series.counts(10, 1_000.0);
    assert_eq!(series.alarms, []);
}

#[test]
fn a_constant_series_and_an_empty_one_give_no_alarm() {
    for constant in [0.0, 1.0, 50.0, 1e9] {
        let mut series = Series::new();
        for _ in 0..4_000 {
            assert_eq!(series.count(constant), None);
        }
    }
}

#[test]
fn a_time_that_goes_back_and_what_is_no_count_are_passed_over() {
    let mut series = Series::new();
    series.counts(3 * DAY, 1.0);
    let before = series.watch.clone();
    assert_eq!(series.watch.step(start(), 1e9), None);
    for wrong in [f64::NAN, f64::INFINITY, -5.0] {
        let later = start() + FIVE * 2_000;
        assert_eq!(series.watch.step(later, wrong), None);
    }
    assert_eq!(series.watch, before);
}

#[test]
fn after_a_gap_nothing_is_summed_across_it() {
    let mut series = Series::new();
    series.counts(20 * DAY, 1.0);
    series.number += 2 * DAY;
    let alarm = series.count(3_000.0).unwrap();
    assert_eq!(alarm.counts, 1);
}

#[test]
fn what_was_written_down_goes_on_as_if_nothing_had_been() {
    let mut series = Series::new();
    series.counts(10 * DAY, 1.0);
    let text = serde_json::to_string(&series.watch).unwrap();
    let mut read: VolumeWatch = serde_json::from_str(&text).unwrap();
    assert_eq!(read, series.watch);
    for _ in 0..200 {
        let at = start() + FIVE * i32::try_from(series.number).unwrap();
        let count = series.chance.poisson(60.0) as f64;
        assert_eq!(read.step(at, count), series.count(count));
    }
    assert_eq!(read, series.watch);
}

#[test]
fn settings_out_of_their_range_are_told() {
    for (config, word) in [
        (VolumeConfig::new().threshold(0.0), "threshold"),
        (VolumeConfig::new().threshold(f64::NAN), "threshold"),
        (VolumeConfig::new().len(Duration::ZERO), "len"),
        (VolumeConfig::new().zone("Nowhere/Land"), "Nowhere/Land"),
    ] {
        let why = VolumeWatch::new(config).unwrap_err().to_string();
        assert!(why.contains(word), "{why}");
    }
}
