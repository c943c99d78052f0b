//! Which charts a report gives.

use super::bars::{Bar, bars};
use super::picture::{Column, Picture};
use super::words::Language;
use crate::error::Result;
use crate::model::Currency;
use crate::promo::rank::{currencies, ranked, spend};
use crate::promo::{Amount, Fact, Fraction, Line, Measure, Report, shares};

/// How many rows a chart shows by name.
pub(super) const ROWS: usize = 10;
/// How many series have a colour of their own, and the colour of all others.
const SERIES: usize = 6;
const OTHERS: u8 = 6;

/// A line's name: what it is called, else its keys without what is not told.
pub(super) fn name(line: &Line, language: Language) -> String {
    if let Some(name) = &line.name {
        return name.clone();
    }
    let told: Vec<&str> = line.key.0.iter().flatten().map(String::as_str).collect();
    if told.is_empty() {
        language.words().unnamed.to_owned()
    } else {
        told.join(" / ")
    }
}

pub(super) fn float(amount: Amount) -> f64 {
    amount.fraction().map_or(0.0, Fraction::as_f64)
}

/// The colour of the row at this place.
pub(super) fn color(place: usize) -> u8 {
    u8::try_from(place)
        .ok()
        .filter(|place| usize::from(*place) < SERIES)
        .unwrap_or(OTHERS)
}

/// Where the money went: a picture for each currency.
pub(super) fn spend_shares(report: &Report, language: Language) -> Result<Vec<Picture>> {
    let mut pictures = Vec::new();
    for currency in currencies(report) {
        let found = ranked(report, currency);
        // What a part of a line's rows tell is not what it spent.
        let known = |line: &Line, amount: Amount| (!line.lacks(Fact::Spend)).then_some(amount);
        let mut rows: Vec<(String, Option<Amount>)> = found
            .iter()
            .take(ROWS)
            .map(|(line, amount)| (name(line, language), known(line, *amount)))
            .collect();
        let beyond = report
            .others
            .iter()
            .filter_map(|line| Some((line, spend(line, currency)?)));
        let rest: Vec<(&Line, Amount)> = found.iter().skip(ROWS).copied().chain(beyond).collect();
        if !rest.is_empty() {
            let lines = found.len().saturating_sub(ROWS);
            let sum = rest
                .iter()
                .try_fold(Amount::zero(currency), |sum, (_, amount)| sum.plus(*amount))?;
            let called = others(report, lines, language);
            let unknown = rest.iter().any(|(line, _)| line.lacks(Fact::Spend));
            rows.push((called, (!unknown).then_some(sum)));
        }
        if let Some(picture) = shares_of(&rows, report, currency, language)? {
            pictures.push(picture);
        }
    }
    Ok(pictures)
}

/// What stands behind the named ones: so many lines, and what the report itself put together.
fn others(report: &Report, lines: usize, language: Language) -> String {
    let words = language.words();
    match (&report.others, lines) {
        (None, lines) => words.others.replace("{}", &lines.to_string()),
        (Some(_), 0) => words.rest.to_owned(),
        (Some(_), lines) => words.others_and_rest.replace("{}", &lines.to_string()),
    }
}

fn shares_of(
    rows: &[(String, Option<Amount>)],
    report: &Report,
    currency: Currency,
    language: Language,
) -> Result<Option<Picture>> {
    let words = language.words();
    if rows.iter().all(|(_, amount)| amount.is_none()) {
        return Ok(None);
    }
    // Shares are told where they make a whole: not beside a credit, nor where any spend is not told.
    let units = rows
        .iter()
        .map(|(_, amount)| u128::try_from((*amount)?.at(9)?).ok());
    let parts = units
        .collect::<Option<Vec<u128>>>()
        .filter(|_| !report.total.lacks(Fact::Spend))
        .and_then(|units| shares(&units, 10_000));
    let share = |place: usize| {
        let part = parts.as_ref()?.get(place)?;
        Some(language.percent(&format!("{}.{:02}", part / 100, part % 100)))
    };
    let exact = |amount: &Option<Amount>| match amount {
        Some(amount) => language.amount(amount),
        None => words.no_value.to_owned(),
    };
    let bar = |(place, (name, amount)): (usize, &(String, Option<Amount>))| {
        let exact = exact(amount);
        Bar {
            name: name.clone(),
            length: amount.map(float),
            value: share(place).map_or_else(|| exact.clone(), |share| format!("{exact} · {share}")),
            series: if place < ROWS { color(place) } else { OTHERS },
        }
    };
    let drawn: Vec<Bar> = rows.iter().enumerate().map(bar).collect();
    let mut columns = vec![
        Column::words(words.what),
        Column::number(language.title(Fact::Spend.into())),
    ];
    if parts.is_some() {
        columns.push(Column::number(words.share));
    }
    let cells = |(place, (name, amount)): (usize, &(String, Option<Amount>))| {
        let cells = [Some(name.clone()), Some(exact(amount)), share(place)];
        cells.into_iter().flatten().collect()
    };
    Ok(Some(Picture {
        name: format!("spend-shares-{}", currency.as_str().to_lowercase()),
        title: in_currency(words.spend_shares, report, currency),
        says: words.spend_shares_says.replace("{}", currency.as_str()),
        remark: None,
        legend: Vec::new(),
        columns,
        rows: rows.iter().enumerate().map(cells).collect(),
        drawing: bars(&drawn)?,
    }))
}

/// What each line pays for one of what it brings, for each currency: lines that do not tell it say so. What is compared has its
/// chart already.
pub(super) fn costs(
    report: &Report,
    compared: &[Measure],
    language: Language,
) -> Result<Vec<Picture>> {
    let words = language.words();
    let told = |measure: &Measure| {
        report.measures.contains(measure)
            && report
                .lines
                .iter()
                .filter(|line| line.value(*measure).is_some())
                .count()
                > 0
    };
    let by_worth = [
        Measure::CostPerOrder,
        Measure::CostPerConversion,
        Measure::CostPerJoin,
        Measure::CostPerLinkClick,
        Measure::CostPerClick,
        Measure::Cpm,
    ];
    let Some(measure) = by_worth.into_iter().find(told) else {
        return Ok(Vec::new());
    };
    if compared.contains(&measure) {
        return Ok(Vec::new());
    }
    let title = language.title(measure);
    let mut pictures = Vec::new();
    for currency in currencies(report) {
        let found = ranked(report, currency);
        if found.len() < 2 {
            continue;
        }
        // One that is billed in several currencies has no price in either, and one converted by a rate has another's.
        let own = |line: &Line| {
            let figure = line.get(measure)?;
            Some((
                figure.as_f64()?,
                language.figure(figure),
                figure.currency()? == currency,
            ))
        };
        let prices: Vec<(f64, String, bool)> =
            found.iter().filter_map(|(line, _)| own(line)).collect();
        if prices.is_empty() || prices.iter().any(|(.., same)| !same) {
            continue;
        }
        let rows: Vec<Bar> = (found.iter().take(ROWS))
            .map(|(line, _)| {
                let price = own(line);
                Bar {
                    name: name(line, language),
                    length: price.as_ref().map(|(length, ..)| *length),
                    value: price.map_or_else(|| words.no_value.to_owned(), |(_, value, _)| value),
                    series: 0,
                }
            })
            .collect();
        pictures.push(Picture {
            name: format!("cost-{}", currency.as_str().to_lowercase()),
            title: in_currency(&words.cost.replace("{}", title), report, currency),
            says: words.cost_says.replace("{}", currency.as_str()),
            remark: cut(found.len(), language),
            legend: Vec::new(),
            columns: vec![Column::words(words.what), Column::number(title)],
            rows: rows
                .iter()
                .map(|row| vec![row.name.clone(), row.value.clone()])
                .collect(),
            drawing: bars(&rows)?,
        });
    }
    Ok(pictures)
}

/// A chart's title, with its currency where others have charts of their own.
pub(super) fn in_currency(title: &str, report: &Report, currency: Currency) -> String {
    if currencies(report).len() > 1 {
        format!("{title} ({currency})")
    } else {
        title.to_owned()
    }
}

/// Says where a chart does not show all.
pub(super) fn cut(all: usize, language: Language) -> Option<String> {
    let text = language.words().cut_chart;
    (all > ROWS).then(|| {
        text.replace("{shown}", &ROWS.to_string())
            .replace("{all}", &all.to_string())
    })
}

/// How many were left at each step, as the networks count them. What your own shop counts is another thing, and no step of it.
pub(super) fn funnel(report: &Report, language: Language) -> Result<Option<Picture>> {
    let words = language.words();
    let total = &report.total;
    let click = if total.count(Fact::LinkClicks).is_some() {
        Fact::LinkClicks
    } else {
        Fact::Clicks
    };
    let steps: Vec<(Fact, u64)> = [Fact::Impressions, click, Fact::Conversions]
        .into_iter()
        .filter_map(|fact| Some((fact, total.count(fact)?)))
        .collect();
    if steps.len() < 2 {
        return Ok(None);
    }
    let mut rows = Vec::with_capacity(steps.len());
    let mut cells = Vec::with_capacity(steps.len());
    let mut before: Option<(Fact, u64)> = None;
    for (fact, count) in &steps {
        let called = language.title((*fact).into());
        let exact = language.number(&count.to_string());
        let of = before.and_then(|(step, of)| {
            let share = Fraction::new(i128::from(*count) * 100, i128::from(of))?.decimal(2)?;
            let text = words.of_step.replace("{share}", &language.percent(&share));
            Some(text.replace("{step}", &language.title(step.into()).to_lowercase()))
        });
        rows.push(Bar {
            name: called.to_owned(),
            length: Some(*count as f64),
            value: of
                .as_ref()
                .map_or_else(|| exact.clone(), |of| format!("{exact} · {of}")),
            series: 0,
        });
        cells.push(vec![called.to_owned(), exact, of.unwrap_or_default()]);
        before = Some((*fact, *count));
    }
    Ok(Some(Picture {
        name: "funnel".to_owned(),
        title: words.funnel.to_owned(),
        says: words.funnel_says.to_owned(),
        remark: None,
        legend: Vec::new(),
        columns: vec![
            Column::words(words.step),
            Column::number(words.count),
            Column::number(words.share),
        ],
        rows: cells,
        drawing: bars(&rows)?,
    }))
}
