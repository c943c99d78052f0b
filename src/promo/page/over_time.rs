//! Spend over time: columns of what each campaign spent, for each currency.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::canvas::Look;
use super::charts::{color, float, in_currency};
use super::columns::{Part, columns};
use super::picture::{Column, Picture};
use super::words::Language;
use crate::error::Result;
use crate::model::Currency;
use crate::promo::rank::{currencies, ranked, spend};
use crate::promo::{Amount, Fact, Line, Report, Why};

/// How many series have a colour of their own.
const SERIES: usize = 6;
/// How many columns have room.
const COLUMNS: usize = 62;
/// How many days are drawn in their places, also those of which nothing is told: ten years.
const DAYS: usize = 3660;

/// A report by time: the places of its time and of what it tells apart, within the keys.
fn axes(report: &Report) -> Option<(usize, Option<usize>)> {
    let time = report.by.iter().position(|dimension| dimension.is_time())?;
    let apart = report.by.iter().position(|dimension| !dimension.is_time());
    Some((time, apart))
}

/// Spend over time, for each currency. `names` are the report's own lines, for the same colours in the same order.
pub(super) fn spend_over_time(
    report: &Report,
    named: Option<&Report>,
    language: Language,
) -> Result<Vec<Picture>> {
    let Some((time, apart)) = axes(report) else {
        return Ok(Vec::new());
    };
    let mut pictures = Vec::new();
    for currency in currencies(report) {
        if let Some(picture) = over_time(report, named, (time, apart), currency, language)? {
            pictures.push(picture);
        }
    }
    Ok(pictures)
}

/// What one series spent in one stretch of time.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    sum: Option<Amount>,
    /// Somewhere it is not told.
    unknown: bool,
}

fn over_time(
    report: &Report,
    named: Option<&Report>,
    (time, apart): (usize, Option<usize>),
    currency: Currency,
    language: Language,
) -> Result<Option<Picture>> {
    let words = language.words();
    let of = |line: &Line, place: Option<usize>| line.key.0.get(place?).cloned().flatten();
    // What is not told of a series that is billed in this currency is shown as not told; in which it was is not known.
    let billed: BTreeSet<Option<String>> = report
        .lines
        .iter()
        .filter(|line| spend(line, currency).is_some())
        .map(|line| of(line, apart))
        .collect();
    // A line that says nothing of spend, as one of your shop's own file, has no place here.
    let lacking = |line: &Line| {
        let why = line.get(Fact::Spend).and_then(|figure| figure.why());
        line.amounts(Fact::Spend).is_empty() && matches!(why, Some(Why::Lacking { .. }))
    };
    let drawn = |line: &&Line| {
        spend(line, currency).is_some() || (lacking(line) && billed.contains(&of(line, apart)))
    };
    let lines: Vec<&Line> = report.lines.iter().filter(drawn).collect();
    let times: BTreeSet<String> = lines
        .iter()
        .filter_map(|line| of(line, Some(time)))
        .collect();
    if times.len() < 2 {
        return Ok(None);
    }
    let stretches = Stretches::new(times);
    let series = Series::new(&lines, &|line: &Line| of(line, apart), named, currency);
    let mut cells: BTreeMap<(usize, usize), Cell> = BTreeMap::new();
    for line in &lines {
        let Some(column) = of(line, Some(time)).and_then(|word| stretches.column(&word)) else {
            continue;
        };
        let cell = cells
            .entry((column, series.place(&of(line, apart))))
            .or_default();
        match spend(line, currency) {
            Some(amount) if !line.lacks(Fact::Spend) => {
                cell.sum = Some(cell.sum.map_or(Ok(amount), |sum| sum.plus(amount))?);
            }
            _ => cell.unknown = true,
        }
    }
    let mut parts = Vec::with_capacity(cells.len());
    let mut rows = Vec::with_capacity(cells.len());
    for ((column, place), cell) in &cells {
        let known = cell.sum.filter(|_| !cell.unknown);
        let value = known.map_or_else(|| words.no_value.to_owned(), |sum| language.amount(&sum));
        let (when, who) = (
            stretches.name(*column, language),
            series.name(*place, language),
        );
        parts.push(Part {
            column: *column,
            length: known.map(float),
            series: series.color(*place),
            title: format!("{when}, {who}: {value}"),
        });
        rows.push(vec![when, who, value]);
    }
    let absent = parts.iter().any(|part| part.length.is_none());
    let below: Vec<String> = (0..stretches.len())
        .map(|column| stretches.name(column, language))
        .collect();
    let mut legend = series.legend(language);
    let mut remarks = Vec::new();
    if absent {
        legend.push((Look::Absent, words.no_value.to_owned()));
        remarks.push(words.absent_mark.to_owned());
    }
    // The report's bound of lines fell within the days: what it put together has no day.
    let beyond = report
        .others
        .as_ref()
        .and_then(|line| spend(line, currency));
    if let Some(beyond) = beyond {
        remarks.push(words.not_drawn.replace("{}", &language.amount(&beyond)));
    }
    if series.has_others() {
        remarks.push(words.summed_others.replace("{}", &SERIES.to_string()));
    }
    let what = apart
        .and_then(|place| report.by.get(place))
        .map_or(words.what, |d| language.dimension(*d));
    let when = report
        .by
        .get(time)
        .map_or(words.when, |dimension| language.dimension(*dimension));
    Ok(Some(Picture {
        name: format!("spend-by-time-{}", currency.as_str().to_lowercase()),
        title: in_currency(words.spend_by_time, report, currency),
        says: words.spend_by_time_says.replace("{}", currency.as_str()),
        remark: (!remarks.is_empty()).then(|| remarks.join(" ")),
        legend,
        columns: vec![
            Column::words(when),
            Column::words(what),
            Column::number(language.title(Fact::Spend.into())),
        ],
        rows,
        drawing: columns(&below, &parts, |value| language.tick(value))?,
    }))
}

/// The stretches of time along a chart; many of them are drawn several to a column.
struct Stretches {
    words: Vec<String>,
    each: usize,
}

impl Stretches {
    /// These stretches in their order, and the days between them where they are days: of a gap nothing is drawn, but it
    /// takes its place.
    fn new(words: BTreeSet<String>) -> Self {
        let words: Vec<String> = words.into_iter().collect();
        let words = days(&words).unwrap_or(words);
        let each = words.len().div_ceil(COLUMNS).max(1);
        Self { words, each }
    }

    fn len(&self) -> usize {
        self.words.len().div_ceil(self.each)
    }

    fn column(&self, word: &str) -> Option<usize> {
        let at = self
            .words
            .binary_search_by(|known| known.as_str().cmp(word))
            .ok()?;
        Some(at / self.each)
    }

    fn name(&self, column: usize, language: Language) -> String {
        let mut within = self.words.iter().skip(column * self.each).take(self.each);
        let first = within
            .next()
            .map(|word| language.stretch(word))
            .unwrap_or_default();
        match within.next_back() {
            Some(last) => format!("{first} – {}", language.stretch(last)),
            None => first,
        }
    }
}

/// All days from the first to the last, where these are days and not too far from each other.
fn days(words: &[String]) -> Option<Vec<String>> {
    let read: Option<Vec<Date>> = words.iter().map(|word| word.parse().ok()).collect();
    let read = read?;
    let (first, last) = (*read.first()?, *read.last()?);
    let all = first.series(1.day()).take_while(|day| *day <= last);
    let all: Vec<String> = all.take(DAYS + 1).map(|day| day.to_string()).collect();
    (all.len() <= DAYS).then_some(all)
}

/// What a chart over time tells apart: the largest by name, the rest as others.
struct Series {
    /// The key and the name.
    named: Vec<(Option<String>, String)>,
    others: usize,
}

impl Series {
    fn new(
        lines: &[&Line],
        of: &dyn Fn(&Line) -> Option<String>,
        named: Option<&Report>,
        currency: Currency,
    ) -> Self {
        let mut sums: BTreeMap<Option<String>, f64> = BTreeMap::new();
        let mut names: BTreeMap<Option<String>, String> = BTreeMap::new();
        for line in lines {
            let key = of(line);
            if let (Some(name), true) = (&line.name, key.is_some()) {
                names.entry(key.clone()).or_insert_with(|| name.clone());
            }
            *sums.entry(key).or_default() += spend(line, currency).map_or(0.0, float);
        }
        let mut keys: Vec<(Option<String>, f64)> = sums.into_iter().collect();
        keys.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| a.cmp(b)));
        // In the order of the other charts, where they are by the same, so that colours agree.
        if let Some(report) = named {
            let order = ranked(report, currency);
            let place = |key: &Option<String>| {
                let mut lines = order.iter().map(|(line, _)| line);
                lines
                    .position(|line| line.key.0.last() == Some(key))
                    .unwrap_or(usize::MAX)
            };
            keys.sort_by_key(|(key, _)| place(key));
        }
        let others = keys.len().saturating_sub(SERIES);
        let shown = keys.into_iter().take(SERIES).map(|(key, _)| {
            let name = names
                .get(&key)
                .cloned()
                .or_else(|| key.clone())
                .unwrap_or_default();
            (key, name)
        });
        Self {
            named: shown.collect(),
            others,
        }
    }

    fn place(&self, key: &Option<String>) -> usize {
        let mut named = self.named.iter();
        named.position(|(known, _)| known == key).unwrap_or(SERIES)
    }

    fn color(&self, place: usize) -> u8 {
        color(place)
    }

    fn name(&self, place: usize, language: Language) -> String {
        let words = language.words();
        match self.named.get(place) {
            Some((_, name)) if name.is_empty() => words.unnamed.to_owned(),
            Some((_, name)) => name.clone(),
            None => words.others.replace("{}", &self.others.to_string()),
        }
    }

    fn has_others(&self) -> bool {
        self.others > 0
    }

    fn legend(&self, language: Language) -> Vec<(Look, String)> {
        let shown = self.named.len() + usize::from(self.has_others());
        if shown < 2 {
            return Vec::new();
        }
        let look = |place: usize| {
            Look::Series(color(if place < self.named.len() {
                place
            } else {
                SERIES
            }))
        };
        (0..shown)
            .map(|place| (look(place), self.name(place, language)))
            .collect()
    }
}
