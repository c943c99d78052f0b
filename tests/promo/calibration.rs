//! Whether intervals hold what they promise, and verdicts are seldom wrong: simulated, with fixed seeds.

use sociable::promo::{Arm, Comparing, Measure, Verdict};

use crate::kit::eur;

/// SplitMix64, so that every run draws the same.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// How many of so many, by the gaps between hits.
    fn binomial(&mut self, tries: u64, rate: f64) -> u64 {
        let (mut at, mut hits) = (0_u64, 0);
        let log = (1.0 - rate).ln();
        loop {
            let gap = ((1.0 - self.next()).ln() / log).floor() as u64;
            at = at.saturating_add(gap).saturating_add(1);
            if at > tries {
                return hits;
            }
            hits += 1;
        }
    }

    /// How many in a time in which so many are expected.
    fn poisson(&mut self, mean: f64) -> u64 {
        let (mut at, mut hits) = (0.0, 0);
        loop {
            at -= (1.0 - self.next()).ln();
            if at > mean {
                return hits;
            }
            hits += 1;
        }
    }
}

const ROUNDS: u32 = 2500;

fn part(count: u32) -> f64 {
    f64::from(count) / f64::from(ROUNDS)
}

#[test]
fn intervals_of_rates_and_of_their_differences_cover_what_they_promise() {
    let comparing = Comparing::new(Measure::CtrLinkClicks).unwrap();
    let mut random = Random(1);
    for (p, q, n, m) in [
        (0.02, 0.02, 1_000, 1_000),
        (0.01, 0.015, 3_000, 1_500),
        (0.10, 0.13, 500, 500),
        (0.003, 0.003, 5_000, 5_000),
        (0.5, 0.4, 100, 200),
    ] {
        let (mut single, mut both) = (0, 0);
        for _ in 0..ROUNDS {
            let arms = [
                Arm::rate("a", random.binomial(n, p), n),
                Arm::rate("b", random.binomial(m, q), m),
            ];
            let compared = comparing.arms(&arms).unwrap();
            let arm = &compared.arms[0];
            single += u32::from(arm.low <= p && p <= arm.high.unwrap());
            let pair = &compared.pairs[0];
            both += u32::from(pair.low.unwrap() <= p - q && p - q <= pair.high.unwrap());
        }
        println!("rates {p} {q}: {:.3} {:.3}", part(single), part(both));
        assert!(part(single) >= 0.93 && part(both) >= 0.93, "{p} {q}");
    }
}

#[test]
fn intervals_of_costs_and_of_their_ratios_cover_what_they_promise() {
    let comparing = Comparing::new(Measure::CostPerConversion).unwrap();
    let mut random = Random(2);
    // Results expected of the first and the second, and the spends in euros.
    for (x, y, s, t) in [
        (20.0, 20.0, 100, 100),
        (8.0, 12.0, 100, 100),
        (60.0, 30.0, 300, 100),
        (200.0, 220.0, 1000, 1000),
    ] {
        let (mut single, mut both) = (0, 0);
        let cost = f64::from(s) / x;
        let ratio = cost / (f64::from(t) / y);
        for _ in 0..ROUNDS {
            let arms = [
                Arm::cost("a", random.poisson(x), eur(&s.to_string())),
                Arm::cost("b", random.poisson(y), eur(&t.to_string())),
            ];
            let compared = comparing.arms(&arms).unwrap();
            let arm = &compared.arms[0];
            single += u32::from(arm.low <= cost && arm.high.is_none_or(|high| cost <= high));
            let pair = &compared.pairs[0];
            let above = pair.low.is_none_or(|low| low <= ratio);
            both += u32::from(above && pair.high.is_none_or(|high| ratio <= high));
        }
        println!("costs {x} {y}: {:.3} {:.3}", part(single), part(both));
        assert!(part(single) >= 0.93 && part(both) >= 0.93, "{x} {y}");
    }
}

#[test]
fn better_is_seldom_said_of_equals() {
    let rates = Comparing::new(Measure::CtrLinkClicks).unwrap();
    let costs = Comparing::new(Measure::CostPerConversion).unwrap();
    let mut random = Random(3);
    for arms in [2_usize, 3, 6] {
        for (rate, tries) in [(0.02, 2_000), (0.005, 3_000), (0.2, 200)] {
            let (mut wrong_rate, mut wrong_cost) = (0, 0);
            for _ in 0..ROUNDS {
                let drawn: Vec<Arm> = (0..arms)
                    .map(|at| Arm::rate(at.to_string(), random.binomial(tries, rate), tries))
                    .collect();
                let said = |pairs: &[sociable::promo::Pair]| {
                    let better = |pair: &sociable::promo::Pair| {
                        matches!(pair.verdict, Verdict::Better { .. })
                    };
                    u32::from(pairs.iter().any(better))
                };
                wrong_rate += said(&rates.arms(&drawn).unwrap().pairs);
                let mean = rate * tries as f64;
                let drawn: Vec<Arm> = (0..arms)
                    .map(|at| Arm::cost(at.to_string(), random.poisson(mean), eur("100")))
                    .collect();
                wrong_cost += said(&costs.arms(&drawn).unwrap().pairs);
            }
            println!(
                "{arms} equals, {rate} of {tries}: {:.3} {:.3}",
                part(wrong_rate),
                part(wrong_cost)
            );
            assert!(part(wrong_rate) <= 0.06 && part(wrong_cost) <= 0.06);
        }
    }
}

/// How often the difference is seen once the data that was asked for has come.
fn seen_after(rounds: u32, mut round: impl FnMut() -> Option<bool>) -> f64 {
    let (mut asked, mut seen) = (0, 0);
    for _ in 0..rounds {
        if let Some(better) = round() {
            asked += 1;
            seen += u32::from(better);
        }
    }
    assert!(
        asked > rounds / 2,
        "it was asked for more {asked} times alone"
    );
    f64::from(seen) / f64::from(asked)
}

#[test]
fn after_as_many_more_as_were_told_the_least_effect_is_seen() {
    let mut random = Random(4);
    let comparing = Comparing::new(Measure::CtrLinkClicks).unwrap();
    for (rate, tries, effect) in [(0.02, 3_000, 0.3), (0.05, 2_000, 0.25), (0.2, 500, 0.2)] {
        let comparing = comparing.clone().least_effect(effect);
        let power = seen_after(1500, || {
            let high = rate * (1.0 + effect);
            let (x, y) = (random.binomial(tries, rate), random.binomial(tries, high));
            let first = comparing.arms(&[Arm::rate("a", x, tries), Arm::rate("b", y, tries)]);
            let Verdict::NotEnoughData {
                more: Some(more), ..
            } = first.unwrap().pairs[0].verdict
            else {
                return None;
            };
            // The data is judged anew when it has come: drawn whole, it is not bent by what was seen before.
            let all = tries + more;
            let (x, y) = (random.binomial(all, rate), random.binomial(all, high));
            let later = comparing.arms(&[Arm::rate("a", x, all), Arm::rate("b", y, all)]);
            Some(
                matches!(&later.unwrap().pairs[0].verdict, Verdict::Better { winner, .. } if winner == "b"),
            )
        });
        println!("rates {rate} {effect}: power {power:.3}");
        assert!((0.75..=0.92).contains(&power), "{power}");
    }
    let comparing = Comparing::new(Measure::CostPerConversion).unwrap();
    for (mean, effect) in [(30.0, 0.3), (60.0, 0.25)] {
        let comparing = comparing.clone().least_effect(effect);
        let power = seen_after(1500, || {
            let high = mean * (1.0 + effect);
            let cost = |name, hits| Arm::cost(name, hits, eur("100"));
            let (x, y) = (random.poisson(mean), random.poisson(high));
            let first = comparing.arms(&[cost("a", x), cost("b", y)]).unwrap();
            let Verdict::NotEnoughData {
                more: Some(more), ..
            } = first.pairs[0].verdict
            else {
                return None;
            };
            // As much more spend as brings so many more results.
            let times = 1.0 + more as f64 / (x + y) as f64;
            let (x, y) = (random.poisson(mean * times), random.poisson(high * times));
            let later = comparing.arms(&[cost("a", x), cost("b", y)]).unwrap();
            Some(matches!(&later.pairs[0].verdict, Verdict::Better { winner, .. } if winner == "b"))
        });
        println!("costs {mean} {effect}: power {power:.3}");
        assert!((0.75..=0.92).contains(&power), "{power}");
    }
}
