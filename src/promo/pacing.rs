//! Whether a budget is spent as it was planned.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::amount::{Amount, coin, too_large};
use super::fraction::Fraction;
use crate::error::{Error, Result};

/// The longest plan, in days: ten years.
const LONGEST: usize = 3660;

/// A budget over days, evenly unless weights say otherwise.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Budget {
    total: Amount,
    from: Date,
    to: Date,
    zone: TimeZone,
    /// From Monday.
    weekdays: [u32; 7],
    hours: [u32; 24],
    days: BTreeMap<Date, u32>,
}

/// How the spending stands against its plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pacing {
    /// The moment that it speaks of.
    pub at: Timestamp,
    /// The whole budget.
    pub total: Amount,
    /// What was spent, of the days that are told.
    pub spent: Amount,
    /// What should have been spent by now.
    pub expected: Amount,
    /// Spent by expected: 1 is as planned. Absent before anything should have been spent. With days missing it is too
    /// low.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Fraction>,
    /// What will be spent at the end at this pace; nothing is assumed for days that are missing. Absent where no day
    /// is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Amount>,
    /// The day on which the budget is spent at this pace, where that is before the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Date>,
    /// What is left; negative where more was spent than there was.
    pub left: Amount,
    /// What to spend on each day that is left, so that the budget lasts exactly: rounded down to the smallest coin.
    /// Absent when no time or no money is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<Amount>,
    /// Each day of the plan: what was planned and what was spent until its end.
    pub days: Vec<PacingDay>,
    /// Days that are over and of which no spend is told. They are not taken as zero.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Date>,
    /// Days with spend that lie outside of the plan, and are not counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<Date>,
}

/// A day of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PacingDay {
    /// The day.
    pub date: Date,
    /// What should have been spent until its end. The last day's is the whole budget.
    pub planned: Amount,
    /// What was spent on it, where that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Amount>,
}

impl Budget {
    /// So much from a day until the end of another, by the days of a zone.
    ///
    /// # Errors
    /// `Config` where the plan ends before it begins, is longer than ten years, or its total is not above zero.
    pub fn new(total: Amount, from: Date, to: Date, zone: TimeZone) -> Result<Self> {
        if to < from {
            return Err(Error::config(format!(
                "the plan ends on {to}, before it begins on {from}: set its days the other way round"
            )));
        }
        if total.is_negative() || total.is_zero() {
            return Err(Error::config(format!(
                "a budget of {total} cannot be spent: it must be above zero"
            )));
        }
        let budget = Self {
            total,
            from,
            to,
            zone,
            weekdays: [1; 7],
            hours: [1; 24],
            days: BTreeMap::new(),
        };
        if budget.dates().nth(LONGEST).is_some() {
            return Err(Error::config("a plan is ten years long at most: split it"));
        }
        Ok(budget)
    }

    /// Gives the weekdays from Monday weights: `[1, 1, 1, 1, 2, 3, 3]` plans three times as much for a Sunday as for
    /// a Monday.
    pub fn weekdays(mut self, weights: [u32; 7]) -> Self {
        self.weekdays = weights;
        self
    }

    /// Gives the hours of a day weights, from midnight: only how much of a day's part should be spent by an hour
    /// changes.
    pub fn hours(mut self, weights: [u32; 24]) -> Self {
        self.hours = weights;
        self
    }

    /// Gives one day a weight of its own, such as 0 for a holiday.
    pub fn day(mut self, date: Date, weight: u32) -> Self {
        self.days.insert(date, weight);
        self
    }

    fn dates(&self) -> impl Iterator<Item = Date> + '_ {
        self.from
            .series(1.day())
            .take_while(|date| *date <= self.to)
    }

    fn weight(&self, date: Date) -> i128 {
        let usual = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
        let usual = self.weekdays.get(usual).copied().unwrap_or(1);
        i128::from(self.days.get(&date).copied().unwrap_or(usual))
    }

    /// How much of a day's part should be spent by a moment. An hour that clocks skip counts for nothing, one that
    /// comes twice counts twice.
    fn passed(&self, date: Date, now: Timestamp) -> Result<Fraction> {
        let outside = |_| Error::config(format!("{date} lies outside of the calendar"));
        let start = date.to_zoned(self.zone.clone()).map_err(outside)?;
        let next = date.tomorrow().map_err(outside)?;
        let end = next
            .to_zoned(self.zone.clone())
            .map_err(outside)?
            .timestamp();
        let mut at = start.timestamp();
        let (mut all, mut passed) = (0_i128, 0_i128);
        let mut plain = (0_i128, 0_i128);
        while at < end {
            let here = at.to_zoned(self.zone.clone());
            let rest = 3600 - i64::from(here.minute()) * 60 - i64::from(here.second());
            let next = (at + rest.seconds()).min(end);
            let hour = usize::try_from(here.hour()).unwrap_or(0);
            let weight = i128::from(self.hours.get(hour).copied().unwrap_or(1));
            let length = i128::from(next.as_second() - at.as_second());
            let gone = i128::from((now.min(next).as_second() - at.as_second()).max(0));
            all += weight * length;
            passed += weight * gone;
            plain.0 += length;
            plain.1 += gone;
            at = next;
        }
        // A day whose hours all weigh nothing passes evenly.
        let part = Fraction::new(passed, all).or_else(|| Fraction::new(plain.1, plain.0));
        Ok(part.unwrap_or(Fraction::whole(0)))
    }

    /// How the spending stands at a moment. `spent` is what was spent on each day, by the zone's days; amounts of one
    /// day are added up. That of today counts until the moment.
    ///
    /// # Errors
    /// `Config` where an amount is of another currency, all weights are zero, or a sum is too large to be told.
    pub fn pacing(&self, spent: &[(Date, Amount)], now: Timestamp) -> Result<Pacing> {
        let currency = self.total.currency();
        let mut told: BTreeMap<Date, Amount> = BTreeMap::new();
        let mut outside = Vec::new();
        let today = now.to_zoned(self.zone.clone()).date();
        for (date, amount) in spent {
            if *date < self.from || *date > self.to || *date > today {
                outside.push(*date);
                continue;
            }
            let sum = told.entry(*date).or_insert(Amount::zero(currency));
            *sum = sum.plus(*amount)?;
        }
        outside.sort_unstable();
        outside.dedup();
        let large = || too_large(currency);
        let digits = self.total.scale().max(coin(currency));
        let total = self.total.fraction().ok_or_else(large)?;
        let whole: i128 = self.dates().map(|date| self.weight(date)).sum();
        if whole == 0 {
            return Err(Error::config(
                "every day of the plan weighs nothing: give one of them a weight",
            ));
        }
        // Weights in units of which parts of a day are whole: a day's part is a fraction of its weight.
        let part_of_today = if today < self.from {
            Fraction::whole(0)
        } else {
            self.passed(today.min(self.to), now)?
        };
        let weigh = |date: Date| Fraction::whole(self.weight(date));
        let add = |a: Fraction, b: Fraction| {
            let above = a.numerator().checked_mul(b.denominator())?;
            let other = b.numerator().checked_mul(a.denominator())?;
            Fraction::new(
                above.checked_add(other)?,
                a.denominator().checked_mul(b.denominator())?,
            )
        };
        let (mut elapsed, mut known) = (Fraction::whole(0), Fraction::whole(0));
        let mut sum = Amount::zero(currency);
        let (mut days, mut missing) = (Vec::new(), Vec::new());
        let mut until = 0_i128;
        for date in self.dates() {
            until += self.weight(date);
            let planned = Fraction::new(until, whole).and_then(|part| part.times(total));
            let planned = planned
                .and_then(|planned| Amount::from_fraction(planned, digits, currency))
                .ok_or_else(large)?;
            let spent = told.get(&date).copied();
            days.push(PacingDay {
                date,
                planned,
                spent,
            });
            let part = match date.cmp(&today) {
                std::cmp::Ordering::Less => weigh(date),
                std::cmp::Ordering::Equal => weigh(date).times(part_of_today).ok_or_else(large)?,
                std::cmp::Ordering::Greater => continue,
            };
            elapsed = add(elapsed, part).ok_or_else(large)?;
            match spent {
                Some(amount) => {
                    sum = sum.plus(amount)?;
                    known = add(known, part).ok_or_else(large)?;
                }
                None if date < today => missing.push(date),
                None => {}
            }
        }
        let of_weight = |weight: Fraction| total.times(weight)?.times(Fraction::new(1, whole)?);
        let expected = of_weight(elapsed).ok_or_else(large)?;
        let spent_exact = sum.fraction().ok_or_else(large)?;
        let divided =
            |a: Fraction, b: Fraction| a.times(Fraction::new(b.denominator(), b.numerator())?);
        let left = self.total.minus(sum)?;
        // Spend by weight, of the days that are told.
        let pace = divided(spent_exact, known);
        // Today's own spend, where it is told, covers the part of today that has passed.
        let before = if told.contains_key(&today) {
            part_of_today
        } else {
            Fraction::whole(0)
        };
        let mut forecast = None;
        let mut ends_on = None;
        if let Some(pace) = pace {
            let mut reached = spent_exact;
            if reached >= total {
                ends_on = Some(today.min(self.to));
            }
            for date in self.dates().filter(|date| *date >= today) {
                let rest = if date == today {
                    Fraction::new(
                        before.denominator() - before.numerator(),
                        before.denominator(),
                    )
                } else {
                    Some(Fraction::whole(1))
                };
                let more = rest.and_then(|rest| weigh(date).times(rest)?.times(pace));
                reached = more.and_then(|more| add(reached, more)).ok_or_else(large)?;
                if ends_on.is_none() && reached >= total {
                    ends_on = Some(date);
                }
            }
            // Reached on the last day's end is as planned.
            if ends_on == Some(self.to) && reached == total {
                ends_on = None;
            }
            forecast = Amount::from_fraction(reached, digits, currency);
        }
        let rest_of_today = Fraction::new(
            part_of_today.denominator() - part_of_today.numerator(),
            part_of_today.denominator(),
        );
        let full = self.dates().filter(|date| *date > today).count();
        let mut days_left = Fraction::whole(i128::try_from(full).unwrap_or(0));
        if today >= self.from && today <= self.to {
            let rest = rest_of_today.and_then(|rest| add(days_left, rest));
            days_left = rest.ok_or_else(large)?;
        }
        let per_day = left
            .fraction()
            .filter(|left| *left > Fraction::whole(0))
            .and_then(|left| divided(left, days_left))
            .and_then(|exact| down(exact, coin(currency)))
            .and_then(|units| Amount::new(units, coin(currency), currency));
        Ok(Pacing {
            at: now,
            total: self.total,
            spent: sum,
            expected: Amount::from_fraction(expected, digits, currency).ok_or_else(large)?,
            ratio: divided(spent_exact, expected),
            forecast,
            ends_on,
            left,
            per_day,
            days,
            missing,
            outside,
        })
    }
}

/// Whole units of `10^-digits`, rounded down, so that a budget lasts.
fn down(exact: Fraction, digits: u8) -> Option<i128> {
    let up = 10_i128.checked_pow(u32::from(digits))?;
    Some(
        exact
            .numerator()
            .checked_mul(up)?
            .div_euclid(exact.denominator()),
    )
}

impl Pacing {
    /// How it stands, in a sentence.
    pub fn words(&self) -> String {
        let mut text = format!(
            "{} of {} spent, {} expected by now",
            self.spent, self.total, self.expected
        );
        if let Some(ratio) = self.ratio.and_then(|ratio| ratio.decimal(2)) {
            text.push_str(&format!(" ({ratio} of it)"));
        }
        if let Some(forecast) = self.forecast {
            text.push_str(&format!("; at this pace {forecast} at the end"));
        }
        if let Some(date) = self.ends_on {
            text.push_str(&format!("; the budget ends on {date}"));
        }
        if let Some(per_day) = self.per_day {
            text.push_str(&format!("; from now {per_day} a day"));
        }
        if !self.missing.is_empty() {
            text.push_str(&format!(
                "; no spend is told of {} days, which are not taken as zero",
                self.missing.len()
            ));
        }
        text.push('.');
        text
    }
}
