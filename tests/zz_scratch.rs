//! Scratch.
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::trends::detect::*;
use std::time::Duration;
#[test]
fn scratch() {
    for (base, series) in [
        (10.0f64, vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0]),
        (10.0, vec![0.0, 0.0, 0.0, 8.0, 16.0, 32.0]),
        (10.0, vec![0.0, 0.0, 0.0, 24.0, 24.0, 32.0]),
        (40.0, vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0]),
        (200.0, vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0]),
        (200.0, vec![0.0, 0.0, 0.0, 8.0, 16.0, 32.0]),
    ] {
        for hist in [30, 200] {
            let mut d = Detector::new(DetectorConfig::new()).unwrap();
            let mut at: Timestamp = "2026-11-02T00:00:00Z".parse().unwrap();
            let mut out = vec![];
            for h in 0..hist + series.len() {
                let w = if h >= hist { series[h - hist] } else { 0.0 };
                let mut t = Tally::new(at, Duration::from_secs(3600))
                    .posts((base + 2.0 * w) as u64)
                    .authors((base + w) as u64);
                for k in 0..12u64 {
                    t.terms.push(TermCount::new(
                        TermId(k + 1),
                        1.0 + ((h as u64 * 7 + k * 3) % 3) as f64,
                        2,
                    ));
                }
                if w > 0.0 {
                    t.terms.push(TermCount::new(TermId(99), w, 2 * w as u64));
                }
                for s in d.step(&t) {
                    out.push(format!(
                        "h{} t{} {:?} obs{:.0} exp{:.2} p{:.1e} q{:.1e}",
                        h as i64 - hist as i64,
                        s.term.0,
                        s.phase,
                        s.observed,
                        s.expected,
                        s.p,
                        s.q
                    ));
                }
                at += SignedDuration::from_hours(1);
            }
            println!("base {base} hist {hist} {series:?}: {out:#?}");
        }
    }
}
