//! Comparisons: verdicts in plain words, and what is told beside them.

use proptest::prelude::*;
use sociable::Absent;
use sociable::promo::{Arm, Caution, Comparing, Dimension, Fact, Layout, Measure, Row, Verdict};

use crate::kit::{day, eur, paid, tallied, usd};

fn ctr() -> Comparing {
    Comparing::new(Measure::CtrLinkClicks).unwrap()
}

fn cpa() -> Comparing {
    Comparing::new(Measure::CostPerConversion).unwrap()
}

#[test]
fn verdicts_are_plain_words() {
    let compared = ctr()
        .arms(&[
            Arm::rate("red", 200, 10_000),
            Arm::rate("blue", 300, 10_000),
        ])
        .unwrap();
    assert_eq!(compared.pairs[0].words(), "blue is better than red.");
    assert_eq!(compared.best.as_deref(), Some("blue"));

    let compared = ctr()
        .arms(&[Arm::rate("red", 20, 1000), Arm::rate("blue", 22, 1000)])
        .unwrap();
    let words = compared.pairs[0].words();
    assert!(
        words.starts_with("Not enough data yet between red and blue: about "),
        "{words}"
    );
    assert!(words.ends_with(" more impressions."), "{words}");
    assert_eq!(compared.best, None);

    let compared = ctr()
        .arms(&[
            Arm::rate("red", 20_000, 1_000_000),
            Arm::rate("blue", 20_100, 1_000_000),
        ])
        .unwrap();
    let Verdict::NoDifferenceSeen {
        would_have_seen, ..
    } = compared.pairs[0].verdict
    else {
        panic!("{:?}", compared.pairs[0]);
    };
    assert!(would_have_seen < 0.05, "{would_have_seen}");
}

#[test]
fn a_lower_cost_is_better() {
    let compared = cpa()
        .arms(&[
            Arm::cost("red", 50, eur("500")),
            Arm::cost("blue", 120, eur("500")),
        ])
        .unwrap();
    assert_eq!(compared.best.as_deref(), Some("blue"));
    let pair = &compared.pairs[0];
    // Red costs 2.4 times as much.
    assert!((pair.effect.unwrap() - 2.4).abs() < 1e-9);
    assert!(pair.low.unwrap() > 1.0 && pair.high.unwrap() > 2.4);
    let blue = &compared.arms[1];
    assert!(blue.low < 500.0 / 120.0 && blue.high.unwrap() > 500.0 / 120.0);
}

#[test]
fn nothing_counted_yet_is_not_enough_and_no_zero() {
    let compared = ctr()
        .arms(&[Arm::rate("red", 0, 500), Arm::rate("blue", 0, 500)])
        .unwrap();
    assert!(matches!(
        compared.pairs[0].verdict,
        Verdict::NotEnoughData { more: None, .. }
    ));
    let compared = cpa()
        .arms(&[
            Arm::cost("red", 0, eur("100")),
            Arm::cost("blue", 3, eur("100")),
        ])
        .unwrap();
    let pair = &compared.pairs[0];
    assert_eq!(pair.effect, None);
    assert!(matches!(
        pair.verdict,
        Verdict::NotEnoughData {
            more: Some(_),
            of: Fact::Conversions,
            ..
        }
    ));
    assert_eq!(
        (compared.arms[0].value, compared.arms[0].high),
        (None, None)
    );
}

#[test]
fn what_cannot_be_compared_is_left_out_and_told() {
    let compared = ctr()
        .arms(&[
            Arm::rate("none", 0, 0),
            Arm::rate("wrong", 20, 10),
            Arm::cost("cost", 5, eur("1")),
            Arm::rate("fine", 1, 100),
        ])
        .unwrap();
    assert_eq!(compared.arms.len(), 1);
    let left = |c: &&Caution| matches!(c, Caution::LeftOut { .. });
    assert_eq!(compared.cautions.iter().filter(left).count(), 3);
    let refund = cpa().arms(&[Arm::cost("a", 5, eur("-1")), Arm::cost("b", 5, eur("0"))]);
    assert!(refund.unwrap().arms.is_empty());
    let two = cpa().arms(&[Arm::cost("a", 5, eur("1")), Arm::cost("b", 5, usd("1"))]);
    assert!(two.unwrap_err().message().contains("several currencies"));
    let same = ctr().arms(&[Arm::rate("a", 1, 2), Arm::rate("a", 1, 2)]);
    assert!(same.unwrap_err().message().contains("`a`"));
    let many: Vec<Arm> = (0..51).map(|at| Arm::rate(at.to_string(), 1, 2)).collect();
    assert!(ctr().arms(&many).is_err());
}

#[test]
fn different_times_and_attributions_and_peeking_are_told() {
    let arm = |name: &str, number, attribution: &str| {
        Arm::rate(name, 10, 1000)
            .period(day(number))
            .attribution(attribution)
    };
    let compared = ctr()
        .looks(5_u32)
        .arms(&[arm("a", 1, "7d"), arm("b", 2, "1d")])
        .unwrap();
    assert_eq!(
        compared.cautions,
        [
            Caution::Looks(5),
            Caution::DifferentWindows,
            Caution::DifferentAttribution
        ]
    );
    let compared = ctr().arms(&[arm("a", 1, "7d"), arm("b", 1, "7d")]).unwrap();
    assert!(compared.cautions.is_empty());
}

#[test]
fn looks_and_pairs_ask_for_more() {
    let arms = [
        Arm::rate("red", 200, 10_000),
        Arm::rate("blue", 245, 10_000),
    ];
    let once = ctr().arms(&arms).unwrap();
    assert!(
        matches!(once.pairs[0].verdict, Verdict::Better { .. }),
        "{once:?}"
    );
    let often = ctr().looks(10_u32).arms(&arms).unwrap();
    assert!(matches!(
        often.pairs[0].verdict,
        Verdict::NotEnoughData { .. }
    ));
    let mut many = arms.to_vec();
    many.extend((0..8).map(|at| Arm::rate(at.to_string(), 222, 10_000)));
    let corrected = ctr().arms(&many).unwrap();
    assert!(!matches!(
        corrected.pairs[0].verdict,
        Verdict::Better { .. }
    ));
    assert!(corrected.pairs.iter().all(|pair| pair.adjusted >= pair.p));
}

#[test]
fn lines_of_a_report_are_compared() {
    let row = |campaign: &str, clicks| {
        paid(campaign)
            .period(day(1))
            .money(Fact::Spend, eur("100"))
            .count(Fact::LinkClicks, clicks)
            .count(Fact::Impressions, 20_000)
            .count(Fact::Conversions, clicks / 10)
    };
    let lacking = paid("torn")
        .absent(Fact::LinkClicks, Absent::NotYet)
        .count(Fact::Impressions, 5);
    let rows: Vec<Row> = vec![row("red", 200), row("blue", 400), lacking];
    let report = tallied(Layout::by([Dimension::Campaign]), &rows).unwrap();
    let compared = ctr().report(&report).unwrap();
    assert_eq!(compared.best.as_deref(), Some("blue"));
    assert!(
        compared
            .cautions
            .iter()
            .any(|c| c.to_string().starts_with("torn is left out"))
    );
    let costs = cpa().report(&report).unwrap();
    assert_eq!(costs.arms.len(), 2);
    assert_eq!(costs.arms[0].spend, Some(eur("100")));
    let json = serde_json::to_string(&costs).unwrap();
    let back: sociable::promo::Comparison = serde_json::from_str(&json).unwrap();
    // JSON may lose the last bit of a floating-point number.
    assert_eq!(back.pairs[0].verdict, costs.pairs[0].verdict);
    assert_eq!(back.arms[0].spend, costs.arms[0].spend);
    assert_eq!((back.best, back.cautions), (costs.best, costs.cautions));
}

proptest! {
    #[test]
    fn whatever_is_counted_gives_numbers_within_their_range(
        counts in proptest::collection::vec((any::<u64>(), any::<u64>(), 0..i64::MAX), 0..6),
        small in any::<bool>(),
    ) {
        let cut = |count: u64| if small { count % 30 } else { count };
        let named = || counts.iter().enumerate();
        let rates: Vec<Arm> = named().map(|(at, (hits, tries, _))| Arm::rate(at.to_string(), cut(*hits), cut(*tries))).collect();
        let costs: Vec<Arm> = named().map(|(at, (hits, _, units))| {
            let spend = sociable::promo::Amount::new(i128::from(*units), 2, sociable::Currency::EUR);
            Arm::cost(at.to_string(), cut(*hits), spend.unwrap())
        }).collect();
        for compared in [ctr().arms(&rates).unwrap(), cpa().arms(&costs).unwrap()] {
            for arm in &compared.arms {
                prop_assert!(arm.low.is_finite() && arm.low >= 0.0);
                if let (Some(value), Some(high)) = (arm.value, arm.high) {
                    prop_assert!(arm.low <= value && value <= high, "{arm:?}");
                }
            }
            for pair in &compared.pairs {
                prop_assert!((0.0..=1.0).contains(&pair.p) && (0.0..=1.0).contains(&pair.adjusted));
                prop_assert!(pair.adjusted >= pair.p);
                for number in [pair.effect, pair.low, pair.high].into_iter().flatten() {
                    prop_assert!(number.is_finite(), "{pair:?}");
                }
                prop_assert!(!pair.words().is_empty());
            }
            let json = serde_json::to_string(&compared).unwrap();
            prop_assert_eq!(serde_json::from_str::<sociable::promo::Comparison>(&json).unwrap().pairs.len(), compared.pairs.len());
        }
    }
}
