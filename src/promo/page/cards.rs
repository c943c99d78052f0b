//! The figures that matter most, each with what it speaks of.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::words::Language;
use crate::model::Currency;
use crate::promo::rank::currencies;
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
    let amounts = report.total.whole_amounts(Fact::Spend);
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
    let each = apart(figure, report, language);
    html! {
        li.card {
            p.name { (language.title(figure.measure)) }
            @match (figure.why(), each) {
                (None, _) => {
                    p.amount { (language.figure(figure)) }
                    @if let Some(quotient) = language.quotient(figure) { p.under { (quotient) } }
                },
                (Some(_), Some(each)) => {
                    @for one in each {
                        @match one.told {
                            Some((shown, of)) => {
                                p.amount { (shown) }
                                p.under { (of) }
                            },
                            None => p.under { (one.currency.as_str()) ": " (language.words().no_value) },
                        }
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

/// What a figure needs besides the spend.
#[derive(Clone, Copy)]
enum Needs {
    /// The spend is divided by this count.
    Count(Fact),
    /// This money is divided by the spend.
    Money(Fact),
    /// This money, less the spend, is divided by the spend.
    Gain(Fact),
}

fn needs(measure: Measure) -> Option<Needs> {
    Some(match measure {
        Measure::CostPerClick => Needs::Count(Fact::Clicks),
        Measure::CostPerLinkClick => Needs::Count(Fact::LinkClicks),
        Measure::CostPerConversion => Needs::Count(Fact::Conversions),
        Measure::CostPerJoin => Needs::Count(Fact::Joins),
        Measure::CostPerOrder => Needs::Count(Fact::Orders),
        Measure::Roas => Needs::Money(Fact::AttributedRevenue),
        Measure::RevenueBySpend => Needs::Money(Fact::Revenue),
        Measure::Romi => Needs::Gain(Fact::Profit),
        _ => return None,
    })
}

/// A figure in one currency.
struct InOne {
    currency: Currency,
    /// The value and what was divided, where the lines of that currency tell it.
    told: Option<(String, String)>,
}

/// A figure that has no value over all currencies, in each of them: of the lines that are billed in it. Each with what was
/// divided. `None` where no currency gives one.
fn apart(figure: &Measured, report: &Report, language: Language) -> Option<Vec<InOne>> {
    if figure.why() != Some(&Why::SeveralCurrencies) {
        return None;
    }
    let needs = needs(figure.measure)?;
    let each = currencies(report).into_iter().map(|currency| InOne {
        currency,
        told: in_one(figure.measure, needs, report, currency, language),
    });
    let each: Vec<InOne> = each.collect();
    each.iter().any(|one| one.told.is_some()).then_some(each)
}

fn in_one(
    measure: Measure,
    needs: Needs,
    report: &Report,
    currency: Currency,
    language: Language,
) -> Option<(String, String)> {
    let (mut paid, mut brought) = (Amount::zero(currency), Amount::zero(currency));
    let mut count = 0_u64;
    for line in report.lines.iter().chain(&report.others) {
        let [spend] = line.amounts(Fact::Spend) else {
            // One that is billed in several is in none of them alone.
            let several = line.amounts(Fact::Spend).iter();
            if several.clone().any(|amount| amount.currency() == currency) {
                return None;
            }
            continue;
        };
        if spend.currency() != currency {
            continue;
        }
        paid = paid.plus(*spend).ok()?;
        match needs {
            Needs::Count(fact) => count = count.checked_add(line.count(fact)?)?,
            Needs::Money(fact) | Needs::Gain(fact) => {
                line.value(fact)?;
                let [money] = line.amounts(fact) else {
                    return None;
                };
                brought = brought.plus(*money).ok()?;
            }
        }
    }
    let said = |above: String, below: String| format!("{above} ÷ {below}");
    let spent = language.amount(&paid);
    let title = |fact: Fact| language.title(fact.into());
    let below = Fraction::new(paid.fraction()?.denominator(), paid.fraction()?.numerator());
    match needs {
        Needs::Count(fact) => {
            let value = paid
                .fraction()?
                .times(Fraction::new(1, i128::from(count))?)?;
            let shown = language.value(value, Some(currency), measure);
            let count = language.number(&count.to_string());
            Some((shown, said(spent, format!("{count} ({})", title(fact)))))
        }
        Needs::Money(fact) => {
            let shown = language.value(brought.fraction()?.times(below?)?, None, measure);
            let above = format!("{} ({})", language.amount(&brought), title(fact));
            Some((shown, said(above, spent)))
        }
        Needs::Gain(fact) => {
            let gain = brought.minus(paid).ok()?;
            let shown = language.value(gain.fraction()?.times(below?)?, None, measure);
            let above = format!(
                "({} ({}) − {spent})",
                language.amount(&brought),
                title(fact)
            );
            Some((shown, said(above, spent)))
        }
    }
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
