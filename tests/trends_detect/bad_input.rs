//! What is wrong is told, or passed over by a stated rule.

use std::time::Duration;

use sociable::trends::detect::{Detector, DetectorConfig, Tally, TermCount, TermId};

use super::{HOUR, Stream, WEEK, hundred, term};

#[test]
fn settings_out_of_their_range_are_told_with_what_to_do() {
    for (config, word) in [
        (
            DetectorConfig::new().false_alarms_a_week(0.0),
            "false_alarms_a_week",
        ),
        (
            DetectorConfig::new().false_alarms_a_week(f64::NAN),
            "false_alarms_a_week",
        ),
        (DetectorConfig::new().min_ratio(1.0), "min_ratio"),
        (DetectorConfig::new().min_authors(-1.0), "min_authors"),
        (DetectorConfig::new().capacity(0usize), "capacity"),
        (DetectorConfig::new().zone("Mars/Olympus"), "Mars/Olympus"),
    ] {
        let why = Detector::new(config).unwrap_err().to_string();
        assert!(why.contains(word), "{why}");
    }
}

#[test]
fn counts_that_are_no_numbers_are_passed_over() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..2 * WEEK);
    let clean = stream.hour(2 * WEEK, |_| 1.0, 1.0);
    let mut dirty = clean.clone();
    for (id, wrong) in [
        (900, f64::NAN),
        (901, f64::INFINITY),
        (902, -3.0),
        (903, 0.0),
    ] {
        dirty.terms.push(TermCount::new(TermId(id), wrong, 100));
    }
    let mut other = stream.detector.clone();
    assert_eq!(stream.step(&dirty), other.step(&clean));
    assert_eq!(stream.detector, other);
}

#[test]
fn a_term_that_is_named_twice_has_its_larger_count() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..2 * WEEK);
    let clean = stream.hour(2 * WEEK, |_| 1.0, 1.0);
    let mut twice = clean.clone();
    twice.terms.insert(0, term(99, 1));
    twice.terms.push(term(99, 1));
    let mut other = stream.detector.clone();
    assert_eq!(stream.step(&twice), other.step(&clean));
    assert_eq!(stream.detector, other);
}

#[test]
fn a_bucket_without_length_is_passed_over() {
    let mut stream = Stream::new(&hundred());
    let tally = Tally::new(stream.time(0), Duration::ZERO).authors(5u64);
    assert_eq!(stream.step(&tally), []);
    assert_eq!(stream.detector.passed_over(), 1);
}

#[test]
fn fewer_authors_in_all_than_of_a_term_do_no_harm() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..2 * WEEK);
    let mut tally = stream.hour(2 * WEEK, |_| 1.0, 1.0);
    tally.authors = 1;
    let signals = stream.step(&tally);
    assert!(
        signals
            .iter()
            .all(|s| s.ratio.is_finite() && (0.0..=1.0).contains(&s.p))
    );
}

#[test]
fn times_at_the_edge_of_what_can_be_told_do_no_harm() {
    for start in [jiff::Timestamp::MIN, jiff::Timestamp::MAX] {
        let mut detector = Detector::new(DetectorConfig::new()).unwrap();
        let tally = Tally::new(start, Duration::MAX)
            .authors(9u64)
            .terms(term(1, 9));
        assert_eq!(detector.step(&tally), []);
    }
}

#[test]
fn no_more_terms_are_followed_than_there_is_room_for_and_the_rarest_go_first() {
    let config = DetectorConfig::new().capacity(120usize);
    let mut stream = Stream::with(&[20.0; 60], config);
    stream.calm(0..WEEK);
    let mut new = 1_000;
    for hour in WEEK..WEEK + 48 {
        let mut tally = stream.hour(hour, |_| 1.0, 1.0);
        for _ in 0..30 {
            tally.terms.push(term(new, 3));
            new += 1;
        }
        stream.step(&tally);
        assert!(stream.detector.followed() <= 120);
    }
    assert!(
        (0..60).all(|id| stream.detector.follows(TermId(id))),
        "what is frequent stays"
    );
}

#[test]
fn a_term_in_a_burst_is_not_dropped_for_room() {
    let config = DetectorConfig::new().capacity(80usize);
    let mut stream = Stream::with(&[20.0; 60], config);
    stream.calm(0..WEEK);
    for hour in WEEK..WEEK + 20 {
        let mut tally = stream.hour(hour, |_| 1.0, 1.0);
        tally.terms.push(term(500, 40));
        tally
            .terms
            .extend((0..100).map(|id| term(1_000 + id + 100 * hour as u64, 2)));
        stream.step(&tally);
        assert!(stream.detector.follows(TermId(500)));
    }
    assert_eq!(stream.alarms(500), [WEEK]);
}

#[test]
fn a_state_that_was_meddled_with_is_refused_or_clean() {
    let mut stream = Stream::new(&hundred());
    stream.calm(0..WEEK);
    let text = serde_json::to_string(&stream.detector).unwrap();
    for (from, to) in [
        ("\"UTC\"", "\"Nowhere\""),
        ("\"capacity\":16384", "\"capacity\":0"),
    ] {
        assert!(text.contains(from), "{from}");
        assert!(serde_json::from_str::<Detector>(&text.replace(from, to)).is_err());
    }
    // Factors cut short.
    let place = text.find("\"week\":{\"day\":\"").unwrap() + 15;
    let mut short = text.clone();
    short.replace_range(place..place + 8, "");
    assert!(serde_json::from_str::<Detector>(&short).is_err());
    let _ = HOUR;
}
