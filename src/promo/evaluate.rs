//! From sums to figures.

use std::collections::BTreeMap;

use super::fact::{Fact, Kind};
use super::fraction::Fraction;
use super::measure::{Measure, Term};
use super::rates::Rate;
use super::report::{Line, LineKey, Measured, Outcome, Part, Why};
use super::sum::{FactSum, MEAN_UNITS, Sum};
use crate::model::{Absent, Currency, Source, Unit};

/// Into what money is converted, and by which rates.
#[derive(Clone, Debug, Default)]
pub(super) struct Conversion {
    pub(super) to: Option<Currency>,
    pub(super) rates: Vec<Rate>,
}

impl Conversion {
    pub(super) fn rate(&self, from: Currency) -> Option<&Rate> {
        let to = self.to?;
        self.rates
            .iter()
            .find(|rate| rate.from == from && rate.to == to)
    }
}

type Value = (Fraction, Option<Currency>);

const SECONDS_OF_DAY: i128 = 86_400;

fn plus(a: Fraction, b: Fraction) -> Option<Fraction> {
    let above = a.numerator().checked_mul(b.denominator())?;
    let other = b.numerator().checked_mul(a.denominator())?;
    let below = a.denominator().checked_mul(b.denominator())?;
    Fraction::new(above.checked_add(other)?, below)
}

/// Money of one currency, converted where that is wanted.
fn money(fact: Fact, sum: &FactSum, conversion: &Conversion) -> Result<Value, Why> {
    let amounts = sum.purse.amounts();
    let exact = |value: Option<Fraction>| value.ok_or(Why::TooLarge);
    let Some(to) = conversion.to else {
        return match amounts.as_slice() {
            [] => Err(Why::NotTold(fact)),
            [one] => Ok((exact(one.fraction())?, Some(one.currency()))),
            _ => Err(Why::SeveralCurrencies),
        };
    };
    let mut total = Fraction::whole(0);
    for amount in amounts {
        let value = if amount.currency() == to {
            exact(amount.fraction())?
        } else {
            let rate = conversion.rate(amount.currency());
            let rate = rate.ok_or(Why::SeveralCurrencies)?;
            rate.convert(amount).map_err(|_| Why::TooLarge)?
        };
        total = exact(plus(total, value))?;
    }
    Ok((total, Some(to)))
}

fn lacking(fact: Fact, sum: &FactSum) -> Why {
    Why::Lacking {
        fact,
        rows: sum.lacking,
        reason: sum.reason.clone().unwrap_or(Absent::NotOffered),
    }
}

fn fact(fact: Fact, sum: &Sum, conversion: &Conversion) -> Result<Value, Why> {
    let told = sum.facts.get(&fact).ok_or(Why::NotTold(fact))?;
    if fact.kind() == Kind::Standing {
        return match (told.whose.one(), told.standing) {
            (Some(_), Some((_, count))) => Ok((Fraction::whole(i128::from(count)), None)),
            (None, Some(_)) => Err(Why::DoesNotAddUp(fact)),
            _ => Err(lacking(fact, told)),
        };
    }
    if told.lacking > 0 {
        return Err(lacking(fact, told));
    }
    match fact.kind() {
        Kind::Money => money(fact, told, conversion),
        Kind::Distinct if told.rows > 1 => Err(Why::DoesNotAddUp(fact)),
        _ => Ok((Fraction::whole(told.sum), None)),
    }
}

fn term(term: Term, sum: &Sum, conversion: &Conversion) -> Result<Value, Why> {
    let of = |name: Fact| fact(name, sum, conversion);
    match term {
        Term::Of(name) => of(name),
        Term::One => Ok((Fraction::whole(1), None)),
        Term::Less(one, other) => {
            let ((a, currency), (b, second)) = (of(one)?, of(other)?);
            if currency != second {
                return Err(Why::SeveralCurrencies);
            }
            let minus = b.times(Fraction::whole(-1));
            let value = minus.and_then(|b| plus(a, b)).ok_or(Why::TooLarge)?;
            Ok((value, currency))
        }
        Term::FollowerDays => {
            let (followers, _) = of(Fact::Followers)?;
            let period = sum.period.ok_or(Why::DividedByZero)?;
            let seconds =
                i128::from(period.until.as_second()) - i128::from(period.since.as_second());
            let days = Fraction::new(seconds, SECONDS_OF_DAY);
            let value = days.and_then(|days| followers.times(days));
            Ok((value.ok_or(Why::TooLarge)?, None))
        }
        Term::PerFollower(name) | Term::Rows(name) => {
            let told = sum.facts.get(&name).ok_or(Why::NotTold(name))?;
            let followers = sum.facts.get(&Fact::Followers);
            let followers = followers.ok_or(Why::NotTold(Fact::Followers))?;
            if told.lacking > 0 {
                return Err(lacking(name, told));
            }
            let mean = sum.means.get(&name).copied().unwrap_or_default();
            if mean.without > 0 {
                return Err(lacking(Fact::Followers, followers));
            }
            if told.rows > mean.rows + mean.zero {
                return Err(Why::Lacking {
                    fact: Fact::Followers,
                    rows: told.rows - mean.rows - mean.zero,
                    reason: Absent::NotOffered,
                });
            }
            if mean.zero > 0 {
                return Err(Why::DividedByZero);
            }
            let value = if matches!(term, Term::Rows(_)) {
                Some(Fraction::whole(i128::from(mean.rows)))
            } else {
                Fraction::new(mean.sum, MEAN_UNITS)
            };
            Ok((value.ok_or(Why::TooLarge)?, None))
        }
    }
}

/// A measure of a group of rows.
pub(super) fn measured(measure: Measure, sum: &Sum, conversion: &Conversion) -> Measured {
    let formula = measure.formula();
    let above = term(formula.above, sum, conversion);
    let below = term(formula.below, sum, conversion);
    let is_quotient = formula.below != Term::One;
    let part = |term: Term, value: &Result<Value, Why>| {
        let (value, currency) = value.as_ref().ok().filter(|_| is_quotient)?;
        Some(Part::new(term.to_string(), *value, *currency))
    };
    let (numerator, denominator) = (part(formula.above, &above), part(formula.below, &below));
    let outcome = quotient(above, below, formula.per, is_quotient);
    let outcome = match outcome {
        Ok((value, currency)) => Outcome::Value {
            value,
            currency: currency.filter(|_| measure.unit() == Unit::Money),
        },
        Err(why) => Outcome::Absent(why),
    };
    let source = match measure {
        Measure::Fact(name) => {
            let told = sum.facts.get(&name).map(|told| &told.source);
            let one = told.and_then(|source| source.one().cloned());
            one.unwrap_or_else(|| Source::Other("several".to_owned()))
        }
        _ => Source::Derived,
    };
    let attributed =
        |term: Term| matches!(term, Term::Of(Fact::Conversions | Fact::AttributedRevenue));
    let attribution = if attributed(formula.above) || attributed(formula.below) {
        sum.attribution.iter().cloned().collect()
    } else {
        Vec::new()
    };
    Measured {
        measure,
        outcome,
        numerator,
        denominator,
        unit: measure.unit(),
        window: window(formula.above, formula.below, sum),
        source,
        attribution,
        reported: sum.reported.get(&measure).map(|reported| reported.value),
    }
}

fn quotient(
    above: Result<Value, Why>,
    below: Result<Value, Why>,
    per: u32,
    is_quotient: bool,
) -> Result<Value, Why> {
    let ((a, currency), (b, second)) = (above?, below?);
    if !is_quotient {
        return Ok((a, currency));
    }
    if second.is_some() && currency != second {
        return Err(Why::SeveralCurrencies);
    }
    if b.numerator() == 0 {
        return Err(Why::DividedByZero);
    }
    let turned = Fraction::new(b.denominator(), b.numerator());
    let value = turned.and_then(|turned| a.times(turned)?.times(Fraction::whole(i128::from(per))));
    // Money by money is a ratio.
    let currency = if second.is_some() { None } else { currency };
    Ok((value.ok_or(Why::TooLarge)?, currency))
}

/// The time that the facts of a formula speak of.
fn window(above: Term, below: Term, sum: &Sum) -> Option<crate::model::Period> {
    let of = |name: Fact| sum.facts.get(&name).and_then(|told| told.period);
    let span = |term: Term| match term {
        Term::Of(name) | Term::PerFollower(name) | Term::Rows(name) => of(name),
        Term::Less(one, other) => super::sum::joined(of(one), of(other)),
        Term::FollowerDays => sum.period,
        Term::One => None,
    };
    super::sum::joined(span(above), span(below))
}

/// The measures of which any row tells all facts, so that a table is not full of dashes.
pub(super) fn usual(sum: &Sum) -> Vec<Measure> {
    let told = |name: Fact| sum.facts.get(&name).is_some_and(|told| told.rows > 0);
    let has = |term: Term| match term {
        Term::Of(name) => told(name),
        Term::Less(one, other) => told(one) && told(other),
        Term::FollowerDays => told(Fact::Followers),
        Term::PerFollower(name) | Term::Rows(name) => told(name) && told(Fact::Followers),
        Term::One => true,
    };
    let facts = Fact::ALL.iter().copied().map(Measure::Fact);
    let derived = Measure::DERIVED.iter().copied();
    let shown = |measure: &Measure| {
        let formula = measure.formula();
        has(formula.above) && has(formula.below)
    };
    facts.chain(derived).filter(shown).collect()
}

/// A line of a group.
pub(super) fn line(key: LineKey, sum: &Sum, measures: &[Measure], conversion: &Conversion) -> Line {
    let figures = measures
        .iter()
        .map(|measure| measured(*measure, sum, conversion));
    let amounts: BTreeMap<Fact, _> = sum
        .facts
        .iter()
        .filter(|(_, told)| told.rows > 0)
        .filter(|(fact, _)| fact.is_money())
        .map(|(fact, told)| (*fact, told.purse.amounts()))
        .collect();
    let reach = sum.facts.get(&Fact::Reach).filter(|told| told.rows > 0);
    let most = reach.filter(|told| told.lacking == 0);
    let followers = sum.facts.get(&Fact::Followers);
    let at = followers.and_then(|told| told.standing);
    Line {
        key,
        name: sum.name.one().cloned(),
        rows: sum.rows,
        period: sum.period,
        figures: figures.collect(),
        amounts,
        reach_at_least: reach.map(|told| told.largest),
        reach_at_most: most.and_then(|told| u64::try_from(told.sum).ok()),
        followers_at: at
            .map(|(at, _)| at)
            .filter(|at| *at != jiff::Timestamp::MIN),
        attribution: sum.attribution.iter().cloned().collect(),
    }
}
