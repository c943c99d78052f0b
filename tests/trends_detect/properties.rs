//! What holds for every input.

use jiff::SignedDuration;
use proptest::prelude::*;
use sociable::trends::detect::{Detector, DetectorConfig, Phase, Signal, Tally, TermCount, TermId};

use super::{HOUR, Stream, WEEK, hundred};

/// Buckets of some terms, with any counts, gaps and lies.
fn tallies() -> impl Strategy<Value = Vec<Tally>> {
    let count = (
        0u64..12,
        prop_oneof![0.0..5.0f64, 0.0..3_000.0f64, Just(0.0)],
        0u64..5_000,
    );
    let hour = (
        prop_oneof![9 => Just(1i64), 1 => 0i64..400],
        0u64..4_000,
        proptest::collection::vec(count, 0..12),
        proptest::bool::weighted(0.9),
    );
    proptest::collection::vec(hour, 30..120).prop_map(|hours| {
        let mut start = "2026-01-05T00:00:00Z".parse().unwrap();
        hours
            .into_iter()
            .map(|(gap, authors, terms, complete)| {
                start += SignedDuration::from_hours(gap);
                let mut tally = Tally::new(start, HOUR)
                    .posts(authors * 2)
                    .authors(authors)
                    .complete(complete);
                for (id, authors, posts) in terms {
                    if tally.terms.iter().all(|term| term.term.0 != id) {
                        tally.terms.push(TermCount::new(TermId(id), authors, posts));
                    }
                }
                tally
            })
            .collect()
    })
}

fn sound(signal: &Signal) -> bool {
    let part = |value: f64| (0.0..=1.0).contains(&value);
    let forecast = signal.ends.is_none_or(|ends| {
        signal.at <= ends.earliest
            && ends.earliest <= ends.likely
            && ends.latest.is_none_or(|latest| ends.likely <= latest)
    });
    part(signal.p)
        && part(signal.q)
        && signal.p <= signal.q
        && signal.z.is_finite()
        && signal.ratio.is_finite()
        && signal.peak.is_finite()
        && signal.observed >= 0.0
        && signal.expected > 0.0
        && signal.started < signal.at
        && signal.buckets >= 1
        && forecast
}

/// By the book: the smallest over all that are not smaller of p × tests / rank.
fn corrected(p: &[f64], tests: usize, which: usize) -> f64 {
    let rank = |value: f64| p.iter().filter(|other| **other <= value).count() as f64;
    let larger = p.iter().filter(|other| **other >= p[which]);
    larger
        .map(|other| other * tests as f64 / rank(*other))
        .fold(1.0, f64::min)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_what_is_told_is_sound(tallies in tallies()) {
        let config = DetectorConfig::new().false_alarms_a_week(50.0).capacity(8usize);
        let mut detector = Detector::new(config).unwrap();
        for tally in &tallies {
            for signal in detector.step(tally) {
                prop_assert!(sound(&signal), "{signal:?}");
            }
            prop_assert!(detector.followed() <= 8);
        }
    }

    #[test]
    fn the_order_of_terms_in_a_bucket_does_not_matter(tallies in tallies()) {
        let mut one = Detector::new(DetectorConfig::new()).unwrap();
        let mut other = one.clone();
        for tally in &tallies {
            let mut turned = tally.clone();
            turned.terms.reverse();
            prop_assert_eq!(one.step(tally), other.step(&turned));
        }
        prop_assert_eq!(one, other);
    }

    #[test]
    fn what_was_written_down_and_read_goes_on_as_before(tallies in tallies(), cut in 0usize..100) {
        let mut one = Detector::new(DetectorConfig::new().false_alarms_a_week(50.0)).unwrap();
        let (before, after) = tallies.split_at(cut.min(tallies.len()));
        for tally in before {
            one.step(tally);
        }
        let text = serde_json::to_string(&one).unwrap();
        let mut other: Detector = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&other, &one);
        for tally in after {
            let signals = one.step(tally);
            let text = serde_json::to_string(&signals).unwrap();
            prop_assert_eq!(serde_json::from_str::<Vec<Signal>>(&text).unwrap().len(), signals.len());
            prop_assert_eq!(other.step(tally), signals);
        }
        prop_assert_eq!(other, one);
    }

    #[test]
    fn a_constant_stream_gives_no_alarm(authors in 1u32..5_000, terms in 1u64..40, others in 0u64..50_000) {
        let mut detector = Detector::new(DetectorConfig::new()).unwrap();
        for hour in 0..3 * WEEK {
            let start = "2026-01-05T00:00:00Z".parse::<jiff::Timestamp>().unwrap() + SignedDuration::from_hours(hour);
            let mut tally = Tally::new(start, HOUR).authors(others + u64::from(authors));
            tally.terms = (0..terms).map(|id| TermCount::new(TermId(id), authors, 3 * u64::from(authors))).collect();
            prop_assert_eq!(detector.step(&tally), []);
        }
    }

    #[test]
    fn several_bursts_at_once_are_corrected_by_the_book(factors in proptest::collection::vec(1.5..6.0f64, 2..8)) {
        let mut stream = Stream::new(&hundred());
        stream.calm(0..2 * WEEK);
        let bursts = factors.len();
        let tally = stream.hour(2 * WEEK, |index| if index >= 100 - bursts { factors[99 - index] } else { 1.0 }, 1.0);
        let signals = stream.step(&tally);
        let starts: Vec<&Signal> = signals.iter().filter(|s| s.phase == Phase::Start).collect();
        let p: Vec<f64> = starts.iter().map(|s| s.p).collect();
        // Those that were not believed have larger values, which change nothing for the smaller ones.
        for (which, signal) in starts.iter().enumerate() {
            let right = corrected(&p, stream.detector.followed(), which);
            prop_assert!((signal.q - right).abs() <= 1e-9 * right, "{} {right}", signal.q);
            prop_assert!(signal.q <= 0.7 / 168.0);
        }
    }
}

#[test]
fn a_stream_ten_times_as_large_shows_the_same_bursts_and_never_fewer() {
    // Beside chance, which is smaller in larger counts, the ratio decides.
    let mut found = Vec::new();
    for scale in [1.0, 10.0, 100.0] {
        let mut stream = Stream::new(&[30.0 * scale; 60]);
        stream.others = 1_000.0 * scale;
        stream.calm(0..3 * WEEK);
        stream.burst(3 * WEEK..3 * WEEK + 8, 7, 4.0);
        stream.burst(3 * WEEK + 8..3 * WEEK + 16, 9, 3.0);
        let ratio = stream.signals.iter().map(|s| s.ratio).fold(0.0, f64::max);
        assert!((3.5..5.0).contains(&ratio), "{ratio}");
        found.push(stream.starts());
    }
    assert!(
        found
            .iter()
            .all(|starts| *starts == found[0] && starts.len() == 2),
        "{found:?}"
    );
}
