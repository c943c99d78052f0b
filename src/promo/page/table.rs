//! All lines with all figures.

use maud::{Markup, html};

use super::charts::name;
use super::plain::plain;
use super::words::Language;
use crate::promo::rank::in_order;
use crate::promo::{Line, Measure, Measured, Report};

/// The figures that any line has a value of: a column of dashes tells nothing that the notes do not tell.
fn columns(report: &Report) -> Vec<Measure> {
    let lines = || {
        report
            .lines
            .iter()
            .chain(&report.others)
            .chain([&report.total])
    };
    let told = |measure: &&Measure| {
        lines().any(|line| {
            line.value(**measure).is_some()
                || amounts(line, **measure).is_some_and(|all| !all.is_empty())
        })
    };
    report.measures.iter().filter(told).copied().collect()
}

fn amounts(line: &Line, measure: Measure) -> Option<&[crate::promo::Amount]> {
    match measure {
        Measure::Fact(fact) if fact.is_money() => Some(line.whole_amounts(fact)),
        _ => None,
    }
}

/// The table, of so many lines at most.
pub(super) fn table(report: &Report, most: usize, language: Language) -> Markup {
    let words = language.words();
    let columns = columns(report);
    let shown = report.lines.len().min(most);
    let by: Vec<&str> = report
        .by
        .iter()
        .map(|one| language.dimension(*one))
        .collect();
    html! {
        div.card.table {
            div.scroll {
                table {
                    caption {
                        (words.all_figures)
                        @if shown < report.lines.len() {
                            ". " (words.cut_rows.replace("{shown}", &shown.to_string()).replace("{all}", &report.lines.len().to_string()))
                        }
                    }
                    thead { tr {
                        th scope="col" { (by.join(" / ")) }
                        @for measure in &columns { th.number scope="col" { (language.title(*measure)) } }
                    } }
                    tbody {
                        @for line in in_order(report).into_iter().take(most) {
                            tr { (cells(line, &name(line, language), &columns, language)) }
                        }
                        @if let Some(line) = &report.others {
                            tr { (cells(line, words.rest, &columns, language)) }
                        }
                        tr.sum { (cells(&report.total, words.total, &columns, language)) }
                    }
                }
            }
        }
    }
}

fn cells(line: &Line, called: &str, columns: &[Measure], language: Language) -> Markup {
    html! {
        th scope="row" { bdi { (plain(called)) } }
        @for measure in columns { (cell(line, line.get(*measure), *measure, language)) }
    }
}

fn cell(line: &Line, figure: Option<&Measured>, measure: Measure, language: Language) -> Markup {
    let why = figure.and_then(|figure| figure.why());
    let several = amounts(line, measure).filter(|amounts| amounts.len() > 1);
    html! {
        @match (figure, why, several) {
            // Several currencies stand beside each other; they are not added up.
            (_, Some(_), Some(amounts)) => td.number {
                @for amount in amounts { div { (language.amount(amount)) } }
            },
            (_, Some(why), None) => td.number.none title=(language.why(why)) { "–" },
            (Some(figure), None, _) => td.number { (language.figure(figure)) },
            (None, ..) => td.number.none { "–" },
        }
    }
}
