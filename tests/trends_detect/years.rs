//! Simulated years, of which the gates live more.

use sociable::trends::detect::{Detector, DetectorConfig};

use super::weeks::{self, Form, Score, Year};

fn lived(seed: u64, form: Form) -> Score {
    let mut detector = Detector::new(DetectorConfig::new()).unwrap();
    weeks::score(Year::new(seed, form), &mut detector)
}

/// Ten weeks of a hundred terms: what a test has time for.
fn short() -> Form {
    Form {
        weeks: 10,
        terms: 100,
        ..Form::default()
    }
}

fn holds(form: Form) {
    let years: Vec<Score> = (300..302).map(|seed| lived(seed, form)).collect();
    let bursts: usize = years.iter().map(|year| year.bursts).sum();
    let hits: usize = years.iter().map(|year| year.hits).sum();
    let recall = hits as f64 / bursts as f64;
    // The first weeks of a stream are the hardest, and this is nearly nothing else.
    assert!(recall >= 0.8, "{recall}");
    for year in years {
        assert!(year.delay() <= 2.0, "{year:?}");
        assert!(year.false_alarms_a_week() < 1.0, "{year:?}");
        assert!(year.repeated < 3);
    }
}

#[test]
fn bursts_are_found_soon_and_false_alarms_are_few() {
    holds(short());
}

#[test]
fn an_author_who_writes_ten_thousand_posts_changes_nothing() {
    holds(Form {
        spam: true,
        ..short()
    });
}

#[test]
fn where_nobody_counted_all_authors_the_terms_stand_for_them() {
    holds(Form {
        volume: false,
        ..short()
    });
}

#[test]
fn the_same_seed_gives_the_same_year() {
    let form = Form {
        weeks: 6,
        terms: 20,
        ..Form::default()
    };
    let one: Vec<_> = Year::new(9, form).collect();
    let other: Vec<_> = Year::new(9, form).collect();
    assert!(one == other && one.len() >= 6 * 168 - 24);
}
