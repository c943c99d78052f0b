//! Days, weeks, and times when nothing is as usual.

use std::time::Duration;

use jiff::SignedDuration;
use sociable::trends::detect::{DetectorConfig, Tally};

use super::{DAY, HOUR, Stream, WEEK, hundred, term};

/// Hours of the evening, in which some terms are used ten times as much.
fn evening(hour: i64) -> bool {
    (18..23).contains(&hour.rem_euclid(DAY))
}

#[test]
fn what_comes_every_evening_is_usual_in_the_evening_and_a_burst_in_the_morning() {
    let mut stream = Stream::new(&[10.0; 60]);
    let live = |stream: &mut Stream, hour: i64, moved: i64| {
        let high = evening(hour + moved);
        let tally = stream.hour(
            hour,
            |index| if index < 10 && high { 8.0 } else { 1.0 },
            1.0,
        );
        stream.step(&tally);
    };
    for hour in 0..5 * WEEK {
        live(&mut stream, hour, 0);
    }
    let late: Vec<_> = stream
        .starts()
        .into_iter()
        .filter(|(_, hour)| *hour > WEEK)
        .collect();
    assert_eq!(late, []);
    let morning = 5 * WEEK + 6;
    for hour in 5 * WEEK..morning {
        live(&mut stream, hour, 0);
    }
    stream.burst(morning..morning + 1, 3, 8.0);
    assert_eq!(stream.alarms(3).last(), Some(&morning));
}

#[test]
fn the_week_follows_the_clocks_of_its_zone_when_they_change() {
    // Athens puts its clocks forward on 29 March 2026, and back on 25 October.
    for (start, name) in [
        ("2026-03-02T00:00:00Z", "spring"),
        ("2026-09-28T00:00:00Z", "autumn"),
    ] {
        let counted = |zone: &str| {
            let mut stream = Stream::with(&[20.0; 60], DetectorConfig::new().zone(zone));
            stream.start = start.parse().unwrap();
            let athens = jiff::tz::TimeZone::get("Europe/Athens").unwrap();
            for hour in 0..5 * WEEK {
                let local = athens.to_datetime(stream.time(hour)).hour();
                // One hour of the day is ten times as busy for two of the terms.
                let tally =
                    stream.hour(hour, |i| if i < 2 && local == 9 { 10.0 } else { 1.0 }, 1.0);
                stream.step(&tally);
            }
            stream
                .starts()
                .iter()
                .filter(|(_, hour)| *hour > 3 * WEEK)
                .count()
        };
        assert_eq!(counted("Europe/Athens"), 0, "{name}");
        assert!(
            counted("UTC") > 0,
            "{name}: without the zone it must show, or this proves nothing"
        );
    }
}

#[test]
fn a_holiday_that_was_told_is_like_a_sunday() {
    // Twelve terms are written of on Sundays only; the first Wednesday of the fifth week is a holiday.
    let holiday = 4 * WEEK + 2 * DAY;
    let lived = |told: bool, terms: usize| {
        let mut config = DetectorConfig::new();
        if told {
            config = config.holidays(jiff::civil::date(2026, 2, 4));
        }
        let mut stream = Stream::with(&vec![10.0; terms], config);
        for hour in 0..5 * WEEK {
            let sunday = hour % WEEK >= 6 * DAY || (holiday..holiday + DAY).contains(&hour);
            let tally = stream.hour(hour, |i| if i < 12 && sunday { 6.0 } else { 1.0 }, 1.0);
            stream.step(&tally);
        }
        let that_day = stream
            .starts()
            .into_iter()
            .filter(|(_, hour)| (holiday..holiday + DAY).contains(hour));
        that_day.count()
    };
    assert_eq!(lived(true, 300), 0);
    // Where it was not told, twelve of three hundred are alarms; twelve of sixty are seen to be the day itself.
    assert!(lived(false, 300) > 0);
    assert_eq!(lived(false, 60), 0);
}

#[test]
fn a_day_twice_as_busy_in_everything_is_no_trend() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..3 * WEEK);
    for hour in 3 * WEEK..3 * WEEK + DAY {
        let tally = stream.hour(hour, |_| 1.0, 2.5);
        stream.step(&tally);
    }
    assert_eq!(stream.starts(), []);
}

#[test]
fn an_outage_and_the_rush_after_it_are_no_trend_and_teach_nothing() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..3 * WEEK);
    for (hour, all) in [(0, 0.02), (1, 0.0), (2, 0.02), (3, 5.0), (4, 3.0)] {
        let tally = stream.hour(3 * WEEK + hour, |_| 1.0, all);
        stream.step(&tally);
    }
    stream.calm(3 * WEEK + 5..4 * WEEK);
    assert_eq!(stream.starts(), []);
    stream.burst(4 * WEEK..4 * WEEK + 2, 80, 5.0);
    assert_eq!(stream.alarms(80), [4 * WEEK]);
}

#[test]
fn a_burst_is_found_on_a_day_of_twice_the_volume() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..3 * WEEK);
    for hour in 3 * WEEK..3 * WEEK + 3 {
        let tally = stream.hour(hour, |index| if index == 80 { 5.0 } else { 1.0 }, 2.0);
        stream.step(&tally);
    }
    assert_eq!(stream.starts(), [(80, 3 * WEEK)]);
}

#[test]
fn a_day_without_buckets_is_unknown_and_not_zero() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..3 * WEEK);
    // The day is missing; what follows is as before.
    stream.calm(3 * WEEK + DAY..4 * WEEK);
    assert_eq!(stream.starts(), []);
    stream.burst(4 * WEEK..4 * WEEK + 2, 80, 5.0);
    assert_eq!(stream.alarms(80), [4 * WEEK]);
}

#[test]
fn nothing_is_summed_across_a_gap() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..3 * WEEK);
    stream.burst(3 * WEEK + DAY..3 * WEEK + DAY + 1, 80, 8.0);
    let alarm = stream.signals.iter().find(|s| s.term.0 == 80).unwrap();
    assert_eq!(alarm.buckets, 1);
    assert_eq!(alarm.started, stream.time(3 * WEEK + DAY));
}

#[test]
fn after_two_months_of_silence_a_change_is_not_taken_for_a_burst_that_it_may_not_be() {
    let mut stream = Stream::new(&[10.0; 60]);
    stream.calm(0..3 * WEEK);
    let later = 12 * WEEK;
    let tally = stream.hour(later, |index| if index == 7 { 2.5 } else { 1.0 }, 1.0);
    assert_eq!(stream.step(&tally), []);
}

#[test]
fn a_clock_that_goes_back_changes_nothing() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..3 * WEEK);
    let before = stream.detector.clone();
    let mut tally = stream.hour(3 * WEEK - 5, |_| 20.0, 1.0);
    assert_eq!(stream.step(&tally), []);
    tally.start = stream.time(3 * WEEK - 1);
    assert_eq!(stream.step(&tally), []);
    assert_eq!(stream.detector.passed_over(), 2);
    assert_eq!(stream.detector.followed(), before.followed());
    stream.calm(3 * WEEK..4 * WEEK);
    assert_eq!(stream.starts(), []);
}

#[test]
fn what_was_seen_in_part_can_be_an_alarm_but_is_not_learnt() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..3 * WEEK);
    // A stream of which a tenth is seen, for a week: nothing of it is learnt.
    for hour in 3 * WEEK..4 * WEEK {
        let tally = stream.hour(hour, |_| 1.0, 0.1).complete(false);
        stream.step(&tally);
    }
    stream.calm(4 * WEEK..4 * WEEK + DAY);
    assert_eq!(stream.starts(), []);
    let tally = stream.hour(4 * WEEK + DAY, |i| if i == 90 { 9.0 } else { 1.0 }, 1.0);
    stream.step(&tally.complete(false));
    assert_eq!(stream.alarms(90).len(), 1);
}

#[test]
fn nothing_is_an_alarm_while_it_warms_up() {
    let mut stream = Stream::with(
        &hundred(),
        DetectorConfig::new().warm_up(Duration::from_secs(48 * 3600)),
    );
    stream.calm(0..20);
    stream.burst(20..40, 80, 10.0);
    assert_eq!(stream.signals, []);
}

#[test]
fn what_was_not_seen_whole_does_not_count_as_warming_up() {
    let mut stream = Stream::new(&hundred());
    for hour in 0..6 * DAY {
        let tally = stream.hour(hour, |_| 1.0, 0.01).complete(false);
        stream.step(&tally);
    }
    stream.calm(6 * DAY..6 * DAY + 10);
    stream.burst(6 * DAY + 10..6 * DAY + 20, 80, 10.0);
    assert_eq!(stream.signals, []);
}

#[test]
fn buckets_of_five_minutes_and_of_a_day_work_as_well() {
    for (len, count) in [
        (Duration::from_secs(300), 288 * 9),
        (Duration::from_secs(86_400), 60),
    ] {
        let mut stream = Stream::with(&[30.0; 50], DetectorConfig::new().false_alarms_a_week(0.05));
        let step = SignedDuration::try_from(len).unwrap();
        for number in 0..count + 2 {
            let burst = number >= count;
            let mut tally =
                stream.hour(0, |index| if index == 20 && burst { 8.0 } else { 1.0 }, 1.0);
            tally.start = stream.start + step * number;
            tally.len = len;
            stream.step(&tally);
        }
        let starts: Vec<u64> = stream.starts().into_iter().map(|(term, _)| term).collect();
        assert_eq!(starts, [20], "{len:?}");
    }
}

#[test]
fn a_silent_stream_gives_nothing_and_takes_up_again() {
    let mut stream = Stream::new(&hundred());
    for hour in 0..2 * WEEK {
        let tally = Tally::new(stream.time(hour), HOUR);
        assert_eq!(stream.step(&tally), []);
    }
    let mut tally = Tally::new(stream.time(2 * WEEK), HOUR)
        .posts(80u64)
        .authors(40u64);
    tally.terms.push(term(5, 40));
    let signals = stream.step(&tally);
    assert!(
        signals
            .iter()
            .all(|s| s.p.is_finite() && s.ratio.is_finite() && s.z.is_finite())
    );
}
