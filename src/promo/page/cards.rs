//! The figures that matter most, each with what it speaks of.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::words::Language;
use crate::model::Currency;
use crate::promo::{Amount, Fact, Fraction, Measure, Measured, Report, Why};

/// What is shown; of several the first that has a value, else the first that the report has.
const CARDS: &[&[Measure]] = &[
    &[Measure::Fact(Fact::Impressions)],
    &[Measure::Fact(Fact::LinkClicks), Measure::Fact(Fact::Clicks)],
    &[Measure::CtrLinkClicks, Measure::CtrAllClicks],
    &[Measure::CostPerLinkClick, Measure::CostPerClick],
    &[Measure::Fact(Fact::Conversions)],
    &[Measure::CostPerConversion],
    &[Measure::Roas, Measure::RevenueBySpend],
    &[Measure::Fact(Fact::Joins)],
    &[Measure::CostPerJoin],
    &[Measure::Fact(Fact::Orders)],
    &[Measure::CostPerOrder],
    &[Measure::Romi],
];

pub(super) fn cards(report: &Report, language: Language, zone: &TimeZone) -> Markup {
    let shown = CARDS.iter().filter_map(|any| {
        let told = || any.iter().filter_map(|measure| report.total.get(*measure));
        told()
            .find(|figure| figure.value().is_some())
            .or_else(|| told().next())
    });
    html! {
        ul.cards aria-label=(language.words().in_short) {
            (spend(report, language, zone))
            @for figure in shown { (card(figure, report, language, zone)) }
        }
    }
}

/// What was spent: a card for each currency, since they do not add up.
fn spend(report: &Report, language: Language, zone: &TimeZone) -> Markup {
    let measure = Measure::Fact(Fact::Spend);
    let figure = report.total.get(measure);
    let amounts = report.total.amounts(Fact::Spend);
    let title = language.title(measure);
    html! {
        @if amounts.is_empty() {
            @if let Some(figure) = figure { (card(figure, report, language, zone)) }
        } @else {
            @for amount in amounts {
                li.card {
                    p.name { (title) }
                    p.amount { (language.amount(amount)) }
                    @if let Some(figure) = figure { p.under { (under(figure, report, language, zone)) } }
                }
            }
            // With rates there is one sum besides.
            @if let Some(figure) = figure.filter(|figure| figure.value().is_some() && amounts.len() > 1) {
                (card(figure, report, language, zone))
            }
        }
    }
}

fn card(figure: &Measured, report: &Report, language: Language, zone: &TimeZone) -> Markup {
    let prices = prices(figure, report, language);
    html! {
        li.card {
            p.name { (language.title(figure.measure)) }
            @match (figure.why(), prices) {
                (None, _) => {
                    p.amount { (language.figure(figure)) }
                    @if let Some(quotient) = language.quotient(figure) { p.under { (quotient) } }
                },
                (Some(_), Some(prices)) => {
                    @for (price, of) in prices {
                        p.amount { (price) }
                        p.under { (of) }
                    }
                },
                (Some(why), None) => {
                    p.amount.none { "–" }
                    p.under { (language.words().no_value) ": " (language.why(why)) }
                },
            }
            p.under { (under(figure, report, language, zone)) }
        }
    }
}

/// What one of is priced by a measure.
fn priced(measure: Measure) -> Option<Fact> {
    match measure {
        Measure::CostPerClick => Some(Fact::Clicks),
        Measure::CostPerLinkClick => Some(Fact::LinkClicks),
        Measure::CostPerConversion => Some(Fact::Conversions),
        Measure::CostPerJoin => Some(Fact::Joins),
        Measure::CostPerOrder => Some(Fact::Orders),
        _ => None,
    }
}

/// A price in each currency, with what was divided: of the lines that are billed in that currency alone. `None` where one is
/// billed in several, or does not tell how many it brought.
fn prices(figure: &Measured, report: &Report, language: Language) -> Option<Vec<(String, String)>> {
    if figure.why() != Some(&Why::SeveralCurrencies) {
        return None;
    }
    let fact = priced(figure.measure)?;
    let mut sums: BTreeMap<Currency, (Amount, u64)> = BTreeMap::new();
    for line in report.lines.iter().chain(&report.others) {
        let [amount] = line.amounts(Fact::Spend) else {
            return None;
        };
        let sum = sums
            .entry(amount.currency())
            .or_insert((Amount::zero(amount.currency()), 0));
        *sum = (
            sum.0.plus(*amount).ok()?,
            sum.1.checked_add(line.count(fact)?)?,
        );
    }
    let price = |(currency, (spend, count)): (Currency, (Amount, u64))| {
        let value = spend
            .fraction()?
            .times(Fraction::new(1, i128::from(count))?)?;
        let price = language.value(value, Some(currency), figure.measure);
        let count = language.number(&count.to_string());
        let (paid, what) = (language.amount(&spend), language.title(fact.into()));
        Some((price, format!("{paid} ÷ {count} ({what})")))
    };
    sums.into_iter().map(price).collect()
}

/// Which time a figure speaks of, who counted, and by which attribution.
fn under(figure: &Measured, report: &Report, language: Language, zone: &TimeZone) -> String {
    let window = figure.window.or(report.period);
    let mut parts = Vec::new();
    if let Some(window) = window {
        parts.push(language.period(&window, zone));
    }
    parts.push(language.source(&figure.source).into_owned());
    parts.extend(figure.attribution.iter().take(3).cloned());
    parts.join(" · ")
}
