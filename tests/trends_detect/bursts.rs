//! A burst from its alarm to its end.

use sociable::trends::detect::{DetectorConfig, Phase, Signal, TermId};

use super::{DAY, Stream, WEEK, hundred, term};

const WEEKS: i64 = 3 * WEEK;

fn of(signals: &[Signal], which: u64) -> Vec<&Signal> {
    signals
        .iter()
        .filter(|signal| signal.term.0 == which)
        .collect()
}

#[test]
fn a_burst_is_one_alarm_with_updates_and_one_end() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..WEEKS);
    stream.burst(WEEKS..WEEKS + 12, 80, 5.0);
    stream.calm(WEEKS + 12..WEEKS + 36);
    let signals = of(&stream.signals, 80);
    assert_eq!(signals.first().unwrap().phase, Phase::Start);
    assert_eq!(signals.last().unwrap().phase, Phase::End);
    let within = &signals[1..signals.len() - 1];
    assert!(within.len() >= 11 && within.iter().all(|s| s.phase == Phase::Update));
    assert_eq!(stream.starts().len(), 1, "{:?}", stream.starts());
}

#[test]
fn a_strong_burst_is_found_at_the_end_of_its_first_bucket_with_its_beginning_and_size() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..WEEKS);
    stream.burst(WEEKS..WEEKS + 1, 80, 8.0);
    let alarm = of(&stream.signals, 80)[0].clone();
    assert_eq!(alarm.started, stream.time(WEEKS));
    assert_eq!(alarm.at, stream.time(WEEKS + 1));
    assert!((6.0..10.0).contains(&alarm.ratio), "{alarm:?}");
    assert!(alarm.level == 2 || alarm.level == 3);
    assert!(alarm.p < 1e-6 && alarm.q < 0.01 && alarm.z > 5.0);
    assert!(alarm.observed > 100.0 && alarm.expected > 10.0 && alarm.posts > 200);
}

#[test]
fn a_doubling_is_found_within_a_few_buckets_though_one_alone_would_not_show_it() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..WEEKS);
    stream.burst(WEEKS..WEEKS + 8, 85, 2.2);
    let alarms = stream.alarms(85);
    assert_eq!(alarms.len(), 1);
    assert!(alarms[0] < WEEKS + 4, "{alarms:?}");
}

#[test]
fn what_rises_again_within_hours_is_the_same_burst() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..WEEKS);
    stream.burst(WEEKS..WEEKS + 6, 80, 6.0);
    stream.calm(WEEKS + 6..WEEKS + 9);
    stream.burst(WEEKS + 9..WEEKS + 14, 80, 6.0);
    stream.calm(WEEKS + 14..WEEKS + 24);
    assert_eq!(stream.alarms(80).len(), 1);
}

#[test]
fn a_new_term_of_many_authors_is_an_alarm_and_one_of_few_is_none() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..WEEKS);
    let mut tally = stream.hour(WEEKS, |_| 1.0, 1.0);
    tally.terms.push(term(1_000, 40));
    tally.terms.push(term(1_001, 4));
    let signals = stream.step(&tally);
    let found: Vec<u64> = signals.iter().map(|signal| signal.term.0).collect();
    assert_eq!(found, [1_000]);
    assert!(stream.detector.follows(TermId(1_000)));
}

#[test]
fn one_author_who_writes_ten_thousand_posts_is_no_trend() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..WEEKS);
    let mut tally = stream.hour(WEEKS, |_| 1.0, 1.0);
    tally.posts += 10_000;
    tally.authors += 1;
    tally.terms[50].authors += 1.0;
    tally.terms[50].posts += 10_000;
    let mut new = term(1_000, 1);
    new.posts = 10_000;
    tally.terms.push(new);
    assert_eq!(stream.step(&tally), []);
    assert!(!stream.detector.follows(TermId(1_000)));
}

#[test]
fn fewer_authors_or_posts_than_the_least_are_no_alarm() {
    for (config, found) in [
        (DetectorConfig::new(), true),
        (DetectorConfig::new().min_authors(31.0), false),
        (DetectorConfig::new().min_posts(61u64), false),
        (DetectorConfig::new().min_ratio(1_000.0), false),
    ] {
        let mut stream = Stream::with(&[0.5; 10], config);
        stream.calm(0..WEEKS);
        let mut tally = stream.hour(WEEKS, |_| 1.0, 1.0);
        tally.terms[3] = term(3, 30);
        assert_eq!(!stream.step(&tally).is_empty(), found);
    }
}

#[test]
fn the_forecast_of_a_fading_burst_is_silent_first_and_then_holds_its_end() {
    let (mut right, mut told) = (0, 0);
    for half in [4.0, 6.0, 9.0, 14.0, 20.0] {
        let mut stream = Stream::new(&hundred());
        stream.calm(0..WEEKS);
        // The excess of 7 is down to a half after so many hours.
        let end = WEEKS + (half * 14f64.log2()).ceil() as i64;
        for hour in WEEKS..end {
            let excess = 7.0 * 0.5f64.powf((hour - WEEKS) as f64 / half);
            stream.burst(hour..hour + 1, 90, 1.0 + excess);
        }
        let signals = of(&stream.signals, 90);
        assert!(signals[..3].iter().all(|signal| signal.ends.is_none()));
        for ends in signals.iter().filter_map(|signal| signal.ends) {
            told += 1;
            let end = stream.time(end);
            assert!(ends.earliest <= ends.likely);
            assert!(ends.latest.is_none_or(|latest| ends.likely <= latest));
            right += u32::from(ends.earliest <= end && ends.latest.is_none_or(|l| end <= l));
        }
    }
    assert!(
        told > 60 && f64::from(right) / f64::from(told) > 0.7,
        "{right} of {told}"
    );
}

#[test]
fn a_burst_that_only_rises_has_no_forecast() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..WEEKS);
    for hour in WEEKS..WEEKS + 10 {
        stream.burst(hour..hour + 1, 90, 2.0 + (hour - WEEKS) as f64);
    }
    let signals = of(&stream.signals, 90);
    assert!(signals.len() > 5 && signals.iter().all(|signal| signal.ends.is_none()));
}

#[test]
fn a_level_that_lasts_becomes_the_usual_one() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..WEEKS);
    stream.burst(WEEKS..WEEKS + 14 * DAY, 80, 4.0);
    assert_eq!(stream.alarms(80).len(), 1, "{:?}", stream.starts());
    let end = of(&stream.signals, 80)
        .into_iter()
        .find(|s| s.phase == Phase::End)
        .unwrap();
    let lasted = end.at.duration_since(stream.time(WEEKS)).as_hours();
    assert!((3 * DAY..4 * DAY).contains(&lasted), "{lasted}");
    // And from there on a new rise is a burst again.
    stream.burst(WEEKS + 14 * DAY..WEEKS + 14 * DAY + 4, 80, 20.0);
    assert_eq!(stream.alarms(80).len(), 2);
}

#[test]
fn a_burst_is_not_learnt_so_the_next_one_is_found_too() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..WEEKS);
    stream.burst(WEEKS..WEEKS + 10, 80, 5.0);
    stream.calm(WEEKS + 10..WEEKS + 5 * DAY);
    stream.burst(WEEKS + 5 * DAY..WEEKS + 5 * DAY + 10, 80, 5.0);
    assert_eq!(stream.alarms(80).len(), 2);
}

#[test]
fn a_word_of_every_monday_evening_is_news_twice_at_most_three_times() {
    let mut stream = Stream::new(&hundred());
    for hour in 0..10 * WEEK {
        let mut tally = stream.hour(hour, |_| 1.0, 1.0);
        if (20..22).contains(&(hour % WEEK)) {
            tally.terms.push(term(500, 40));
        }
        stream.step(&tally);
    }
    let alarms = stream.alarms(500);
    assert!((1..=3).contains(&alarms.len()), "{alarms:?}");
    assert!(alarms.iter().all(|hour| hour / WEEK < 4), "{alarms:?}");
}

#[test]
fn a_word_of_every_morning_is_learnt_within_days() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..WEEK);
    for hour in WEEK..6 * WEEK {
        let mut tally = stream.hour(hour, |_| 1.0, 1.0);
        if hour % DAY == 8 {
            tally.terms.push(term(500, 40));
        }
        stream.step(&tally);
    }
    let alarms = stream.alarms(500);
    assert!(
        !alarms.is_empty() && alarms.iter().all(|hour| hour / WEEK <= 2),
        "{alarms:?}"
    );
}
