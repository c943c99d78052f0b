//! From counts to verdicts.

use super::intervals::{
    garwood, holm, newcombe, normal_quantile, ratio, results_for_costs, score_of_costs,
    score_of_rates, tries_for_rates, two_sided, wilson,
};
use super::{Arm, ArmFigures, Caution, Comparing, Comparison, Pair, Verdict};
use crate::error::{Error, Result};
use crate::promo::fact::Fact;

/// Below so many results of both together no difference is believed: the tests are made for more.
const FEWEST: u64 = 10;

/// The spend as a number, which statistics may round.
fn money(arm: &Arm) -> f64 {
    let spend = arm.spend.and_then(|spend| spend.fraction());
    spend.map_or(0.0, |spend| spend.as_f64())
}

pub(super) fn compared(comparing: &Comparing, hits: Fact, given: &[Arm]) -> Result<Comparison> {
    let mut cautions = Vec::new();
    if comparing.looks > 1 {
        cautions.push(Caution::Looks(comparing.looks));
    }
    let mut arms: Vec<&Arm> = Vec::with_capacity(given.len());
    for arm in given {
        match unfit(comparing, arm) {
            None => arms.push(arm),
            Some(why) => cautions.push(Caution::LeftOut {
                name: arm.name.clone(),
                why: why.to_owned(),
            }),
        }
    }
    let first = arms.first();
    let currency = |arm: &Arm| arm.spend.map(|spend| spend.currency());
    if comparing.is_cost()
        && arms
            .iter()
            .any(|arm| Some(currency(arm)) != first.map(|a| currency(a)))
    {
        return Err(Error::config(
            "costs in several currencies are not compared: report them with rates to one currency",
        ));
    }
    if arms
        .iter()
        .any(|arm| Some(arm.period) != first.map(|first| first.period))
    {
        cautions.push(Caution::DifferentWindows);
    }
    let counted = |arm: &&&Arm| !arm.attribution.is_empty();
    let attribution = arms.iter().find(counted).map(|arm| &arm.attribution);
    let same = |arm: &&Arm| Some(&arm.attribution) == attribution && arm.attribution.len() < 2;
    if attribution.is_some() && !arms.iter().all(same) {
        cautions.push(Caution::DifferentAttribution);
    }
    let figures = arms.iter().map(|arm| figures(comparing, arm)).collect();
    let mut pairs = Vec::new();
    for (at, first) in arms.iter().enumerate() {
        for second in arms.iter().skip(at + 1) {
            pairs.push((*first, *second));
        }
    }
    let p: Vec<f64> = pairs
        .iter()
        .map(|(a, b)| two_sided(score(comparing, a, b)))
        .collect();
    let looks = f64::from(comparing.looks);
    let adjusted: Vec<f64> = holm(&p).iter().map(|p| (p * looks).min(1.0)).collect();
    // What the strictest step of Holm's method asks for: by it, more is told than may be needed, never less.
    let alpha = (1.0 - comparing.confidence) / looks / pairs.len().max(1) as f64;
    let each = pairs.iter().zip(p.iter().zip(&adjusted));
    let pairs: Vec<Pair> = each
        .map(|((a, b), (p, adjusted))| pair(comparing, hits, (a, b), (*p, *adjusted), alpha))
        .collect();
    let best = arms.iter().find(|arm| {
        let wins = |pair: &&Pair| matches!(&pair.verdict, Verdict::Better { winner } if *winner == arm.name);
        arms.len() > 1 && pairs.iter().filter(wins).count() == arms.len() - 1
    });
    Ok(Comparison {
        comparing: comparing.clone(),
        arms: figures,
        best: best.map(|arm| arm.name.clone()),
        pairs,
        cautions,
    })
}

/// Why one cannot be compared.
fn unfit(comparing: &Comparing, arm: &Arm) -> Option<&'static str> {
    if comparing.is_cost() {
        return match arm.spend {
            None => Some("its spend is not told"),
            Some(spend) if spend.is_negative() || spend.is_zero() => {
                Some("its spend is not above zero")
            }
            Some(_) => None,
        };
    }
    match arm.tries {
        None => Some("it is not told of how many"),
        Some(0) => Some("it is of none"),
        Some(tries) if arm.hits > tries => {
            Some("it has more results than it is of, so that it is no rate")
        }
        Some(_) => None,
    }
}

fn figures(comparing: &Comparing, arm: &Arm) -> ArmFigures {
    let z = normal_quantile(0.5 + comparing.confidence / 2.0);
    let (value, low, high) = match arm.tries {
        Some(tries) if !comparing.is_cost() => {
            let (low, high) = wilson(arm.hits, tries, z);
            let value = (tries > 0).then(|| arm.hits as f64 / tries as f64);
            (value, low, Some(high))
        }
        _ => {
            let (few, many) = garwood(arm.hits, comparing.confidence);
            let per = |results: f64| (results > 0.0).then(|| money(arm) / results);
            (per(arm.hits as f64), per(many).unwrap_or(0.0), per(few))
        }
    };
    ArmFigures {
        name: arm.name.clone(),
        hits: arm.hits,
        tries: arm.tries,
        spend: arm.spend,
        value,
        low,
        high,
    }
}

fn of(arm: &Arm) -> (u64, u64) {
    (arm.hits, arm.tries.unwrap_or(0))
}

fn score(comparing: &Comparing, a: &Arm, b: &Arm) -> f64 {
    if comparing.is_cost() {
        score_of_costs((a.hits, money(a)), (b.hits, money(b)))
    } else {
        score_of_rates(of(a), of(b))
    }
}

fn pair(
    comparing: &Comparing,
    hits: Fact,
    (a, b): (&Arm, &Arm),
    (p, adjusted): (f64, f64),
    alpha: f64,
) -> Pair {
    let z = normal_quantile(0.5 + comparing.confidence / 2.0);
    let rate = |(hits, tries): (u64, u64)| hits as f64 / tries.max(1) as f64;
    let (effect, low, high) = if comparing.is_cost() {
        let (few, many) = ratio((a.hits, money(a)), (b.hits, money(b)), z);
        // More results for the money are a lower cost.
        let turned = |ratio: Option<f64>| ratio.filter(|r| *r > 0.0).map(|ratio| 1.0 / ratio);
        let cost = |arm: &Arm| (arm.hits > 0).then(|| money(arm) / arm.hits as f64);
        let effect = cost(a).zip(cost(b)).map(|(a, b)| a / b);
        let low = if many.is_none() {
            Some(0.0)
        } else {
            turned(many)
        };
        (effect, low, turned(few))
    } else {
        let (low, high) = newcombe(of(a), of(b), z);
        (Some(rate(of(a)) - rate(of(b))), Some(low), Some(high))
    };
    let need = need(comparing, a, b, alpha);
    let enough = a.hits.saturating_add(b.hits) >= FEWEST;
    let verdict = if enough && adjusted < 1.0 - comparing.confidence {
        let first = score(comparing, a, b) > 0.0;
        Verdict::Better {
            winner: if first { &a.name } else { &b.name }.clone(),
        }
    } else if enough && need.more == Some(0) {
        Verdict::NoDifferenceSeen {
            would_have_seen: would_have_seen(comparing, a, b, alpha),
        }
    } else {
        Verdict::NotEnoughData {
            more: need.more.map(|more| more.max(1)),
            of: if comparing.is_cost() { hits } else { need.of },
        }
    };
    Pair {
        first: a.name.clone(),
        second: b.name.clone(),
        effect,
        low,
        high,
        p,
        adjusted,
        verdict,
    }
}

struct Need {
    /// How many more; `None` where nothing was counted.
    more: Option<u64>,
    of: Fact,
}

/// How many more are needed, to see the least effect.
fn need(comparing: &Comparing, a: &Arm, b: &Arm, alpha: f64) -> Need {
    let of = comparing.sides().map_or(Fact::Impressions, |(_, of)| of);
    let wanted = wanted(comparing, a, b, alpha, comparing.least_effect);
    let there = there(comparing, a, b);
    let more = wanted.map(|wanted| {
        // Rounded up to two figures: it is an estimate, and should look like one.
        let more = (wanted - there as f64).ceil().max(0.0);
        two_figures(more)
    });
    Need { more, of }
}

fn two_figures(count: f64) -> u64 {
    let mut step = 1.0;
    while count / step >= 100.0 {
        step *= 10.0;
    }
    ((count / step).ceil() * step).min(u64::MAX as f64) as u64
}

/// What there is of what is needed: of rates the fewer tries, of costs all results.
fn there(comparing: &Comparing, a: &Arm, b: &Arm) -> u64 {
    if comparing.is_cost() {
        a.hits.saturating_add(b.hits)
    } else {
        of(a).1.min(of(b).1)
    }
}

/// How many are wanted to see an effect; `None` where nothing was counted that it could be judged by.
fn wanted(comparing: &Comparing, a: &Arm, b: &Arm, alpha: f64, effect: f64) -> Option<f64> {
    if comparing.is_cost() {
        let share = money(a) / (money(a) + money(b));
        let wanted = results_for_costs(share, 1.0 + effect, alpha, comparing.power);
        return wanted.is_finite().then_some(wanted.max(FEWEST as f64));
    }
    let ((x, n), (y, m)) = (of(a), of(b));
    let (hits, tries) = (x.saturating_add(y), n.saturating_add(m));
    if hits == 0 {
        return None;
    }
    let high = (hits as f64 / tries as f64).min(0.999);
    let wanted = tries_for_rates(high / (1.0 + effect), high, alpha, comparing.power);
    wanted.is_finite().then_some(wanted)
}

/// The least effect that would have been seen with what there is.
fn would_have_seen(comparing: &Comparing, a: &Arm, b: &Arm, alpha: f64) -> f64 {
    let there = there(comparing, a, b) as f64;
    let (mut low, mut high) = (0.0, comparing.least_effect);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        let seen = wanted(comparing, a, b, alpha, middle).is_some_and(|wanted| wanted <= there);
        if seen { high = middle } else { low = middle }
    }
    high
}
