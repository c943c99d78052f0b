//! What must be known beside the figures: what is missing and why, what to beware of, and how figures are defined.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::plain::plain;
use super::words::Language;
use crate::promo::{Fact, Measure, Report};

/// How many notes of a kind are told.
const MOST: usize = 30;

/// Figures that not every line has, for the same reason.
struct Missing {
    measures: Vec<Measure>,
    lines: usize,
    why: String,
}

fn missing(report: &Report, language: Language) -> Vec<Missing> {
    let mut found: Vec<Missing> = Vec::new();
    for measure in &report.measures {
        let lines = report.lines.iter().chain(&report.others);
        let whys = lines.filter_map(|line| line.get(*measure)?.why());
        let (count, first) = whys.fold((0, None), |(count, first), why| {
            (count + 1, first.or(Some(why)))
        });
        let Some(why) = first.or_else(|| report.total.get(*measure)?.why()) else {
            continue;
        };
        let why = language.why(why);
        match found
            .iter_mut()
            .find(|other| other.lines == count && other.why == why)
        {
            Some(other) => other.measures.push(*measure),
            None => found.push(Missing {
                measures: vec![*measure],
                lines: count,
                why,
            }),
        }
    }
    found
}

impl Missing {
    /// What is missing, and where and why.
    fn told(&self, of: usize, language: Language) -> (String, String) {
        let words = language.words();
        let titles: Vec<&str> = self
            .measures
            .iter()
            .map(|one| language.title(*one))
            .collect();
        let text = match self.lines {
            0 => words.in_total.to_owned(),
            lines => words
                .in_lines
                .replace("{lines}", &lines.to_string())
                .replace("{of}", &of.to_string()),
        };
        (titles.join(", "), text.replace("{}", &self.why))
    }
}

pub(super) fn notes(
    report: &Report,
    cautions: &[String],
    language: Language,
    zone: &TimeZone,
) -> Markup {
    let words = language.words();
    let missing = missing(report, language);
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
                    @for (titles, why) in missing.iter().map(|one| one.told(of, language)) {
                        li { strong { (titles) } ": " (why) }
                    }
                }
            }
            @if attention || !report.rates.is_empty() {
                div.card {
                    @if attention {
                        h3 { (words.attention) }
                        ul {
                            @for warning in report.warnings.iter().take(MOST) { li { (plain(&language.warning(warning, zone))) } }
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
                                    Measure::Fact(Fact::Orders | Fact::Revenue | Fact::Profit) => (words.own_count),
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
