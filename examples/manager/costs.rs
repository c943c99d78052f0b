//! What promotion cost, where that is told: what some rows tell is no sum while others keep silent.

use std::collections::BTreeSet;

use sociable::Currency;
use sociable::jiff::civil::Date;
use sociable::promo::{Amount, Fact, Line, Report, Why};

/// What was spent, each currency by itself; or why that is not told.
pub(crate) fn spent(line: &Line) -> Result<&[Amount], Why> {
    let amounts = line.amounts(Fact::Spend);
    match line.get(Fact::Spend).and_then(|figure| figure.why()) {
        Some(why @ Why::Lacking { .. }) => Err(why.clone()),
        _ if amounts.is_empty() => Err(Why::NotTold(Fact::Spend)),
        _ => Ok(amounts),
    }
}

/// What was spent on each day in a currency. A day of which a row is silent is left out, so that it counts as missing.
pub(crate) fn spent_on(days: &Report, currency: Currency) -> Vec<(Date, Amount)> {
    let mut all: Vec<(Date, Amount)> = Vec::new();
    let mut missing = BTreeSet::new();
    for line in &days.lines {
        let day = line.key.0.first().cloned().flatten();
        let Some(day) = day.and_then(|day| day.parse().ok()) else {
            continue;
        };
        match spent(line) {
            Ok(amounts) => {
                let own = amounts.iter().filter(|one| one.currency() == currency);
                all.extend(own.map(|amount| (day, *amount)));
            }
            Err(Why::Lacking { .. }) => {
                missing.insert(day);
            }
            // No row of that line is of a promotion that costs.
            Err(_) => {}
        }
    }
    all.retain(|(day, _)| !missing.contains(day));
    all
}
