//! What must be known beside the figures: what is missing and why, what to beware of, and how figures are defined.

use maud::{Markup, html};

use super::plain::plain;
use super::words::Language;
use crate::promo::{Measure, Report, Why};

/// How many notes of a kind are told.
const MOST: usize = 30;

/// A figure that not every line has.
struct Missing<'a> {
    measure: Measure,
    lines: usize,
    why: &'a Why,
}

fn missing(report: &Report) -> Vec<Missing<'_>> {
    let of = |measure: &Measure| {
        let lines = || report.lines.iter().chain(&report.others);
        let whys = || lines().filter_map(|line| line.get(*measure)?.why());
        let why = whys()
            .next()
            .or_else(|| report.total.get(*measure)?.why())?;
        Some(Missing {
            measure: *measure,
            lines: whys().count(),
            why,
        })
    };
    report.measures.iter().filter_map(of).collect()
}

pub(super) fn notes(report: &Report, cautions: &[String], language: Language) -> Markup {
    let words = language.words();
    let missing = missing(report);
    let of = report.lines.len() + usize::from(report.others.is_some());
    let nothing = missing.is_empty() && report.troubles.is_empty() && report.left_out.is_empty();
    let attention = !report.warnings.is_empty() || !cautions.is_empty();
    html! {
        div.notes {
            div.card {
                h3 { (words.missing) }
                @if nothing { p.soft { (words.missing_none) } }
                ul {
                    @for trouble in report.troubles.iter().take(MOST) {
                        li { (put(words.failed, &trouble.account)) ": " (plain(&trouble.message)) }
                    }
                    (beyond(report.troubles.len(), language))
                    @for one in report.left_out.iter().take(MOST) {
                        li { (put(words.left_out, &one.account)) ": " bdi { (plain(&one.id)) } " – " (plain(&one.message)) }
                    }
                    (beyond(report.left_out.len(), language))
                    @for one in &missing {
                        li {
                            strong { (language.title(one.measure)) } ": " (language.why(one.why))
                            " ("
                            @if one.lines == 0 { (words.in_total) }
                            @else { (words.in_lines.replace("{lines}", &one.lines.to_string()).replace("{of}", &of.to_string())) }
                            ")"
                        }
                    }
                }
            }
            @if attention || !report.rates.is_empty() {
                div.card {
                    @if attention {
                        h3 { (words.attention) }
                        ul {
                            @for warning in report.warnings.iter().take(MOST) { li { (plain(&warning.to_string())) } }
                            (beyond(report.warnings.len(), language))
                            @for caution in cautions.iter().take(MOST) { li { (plain(caution)) } }
                            (beyond(cautions.len(), language))
                        }
                    }
                    @if !report.rates.is_empty() {
                        h3 { (words.rates) }
                        ul { @for rate in &report.rates { li { (plain(&told(rate, language))) } } }
                    }
                }
            }
            div.card.wide {
                h3 { (words.definitions) }
                dl {
                    @for measure in &report.measures {
                        div {
                            dt { (language.title(*measure)) }
                            dd {
                                @match measure {
                                    Measure::Fact(_) => (words.counted),
                                    _ => code { (measure.formula_text()) },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn put(text: &str, name: &str) -> Markup {
    let (before, after) = text.split_once("{}").unwrap_or((text, ""));
    html! { (before) bdi { (plain(name)) } (after) }
}

/// Says that there are more than are told.
fn beyond(all: usize, language: Language) -> Markup {
    let more = all.saturating_sub(MOST);
    html! { @if more > 0 { li { (language.words().more.replace("{}", &more.to_string())) } } }
}

fn told(rate: &crate::promo::Rate, language: Language) -> String {
    let worth = rate
        .worth
        .decimal(6)
        .unwrap_or_else(|| rate.worth.as_f64().to_string());
    let worth = worth.trim_end_matches('0').trim_end_matches('.');
    let text = language.words().rate.replace("{from}", rate.from.as_str());
    let text = text
        .replace("{to}", rate.to.as_str())
        .replace("{worth}", &language.number(worth));
    text.replace("{date}", &rate.date.to_string())
        .replace("{source}", &rate.source)
}
