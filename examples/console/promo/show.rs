//! How a report is printed.

use serde_json::{Map, Value, json};
use sociable::promo::{Line, Measured, Outcome, Report};

use super::Found;
use crate::console::out::Out;

/// The lines as JSON, or the table; what may be concluded; what to beware of.
pub(super) fn report(found: &Found, out: &Out) {
    let report = &found.report;
    let mut table = Some(report.table());
    for (kind, line) in lines(report) {
        // For people it is one table.
        match table.take() {
            Some(table) => out.line(self::line(kind, line, report), || {
                table.trim_end().to_owned()
            }),
            None => out.for_scripts(self::line(kind, line, report)),
        }
    }
    for comparison in &found.comparisons {
        let measure = comparison.comparing.measure;
        for pair in &comparison.pairs {
            let said = json!({
                "line": "verdict",
                "measure": measure,
                "first": pair.first,
                "second": pair.second,
                "verdict": pair.verdict,
                "words": pair.words(),
            });
            out.line(said, || format!("{}: {}", measure.title(), pair.words()));
        }
        for caution in &comparison.cautions {
            out.remark(format!("{}: {caution}", measure.title()));
        }
    }
    for pacing in &found.pacing {
        let said = json!({
            "line": "pacing",
            "total": pacing.total,
            "spent": pacing.spent,
            "expected": pacing.expected,
            "forecast": pacing.forecast,
            "words": pacing.words(),
        });
        out.line(said, || format!("budget: {}", pacing.words()));
    }
    for warning in &report.warnings {
        out.remark(format!("beware: {warning}"));
    }
    for one in &report.left_out {
        out.remark(format!(
            "{} left out {}: {}",
            one.account, one.id, one.message
        ));
    }
}

fn lines(report: &Report) -> impl Iterator<Item = (&'static str, &Line)> {
    let own = report.lines.iter().map(|line| ("line", line));
    let others = report.others.iter().map(|line| ("others", line));
    own.chain(others).chain([("total", &report.total)])
}

/// A line: what has no value is `null`, and why stands beside it.
fn line(kind: &str, line: &Line, report: &Report) -> Value {
    let by = report
        .by
        .iter()
        .map(|dimension| dimension.as_str().to_owned());
    let key: Map<String, Value> = by.zip(line.key.0.iter().map(|part| json!(part))).collect();
    let mut figures = Map::new();
    let mut why = Map::new();
    for figure in &line.figures {
        let name = figure.measure.as_str();
        figures.insert(name.to_owned(), value(figure));
        if let Some(reason) = figure.why() {
            why.insert(name.to_owned(), json!(reason.to_string()));
        }
    }
    json!({
        "line": kind,
        "by": key,
        "name": line.name,
        "rows": line.rows,
        "since": line.period.map(|period| period.since),
        "until": line.period.map(|period| period.until),
        "figures": figures,
        "why": why,
    })
}

/// Sums of money are exact, prices rounded; a ratio is a part of one.
fn value(figure: &Measured) -> Value {
    let Outcome::Value {
        value, currency, ..
    } = &figure.outcome
    else {
        return Value::Null;
    };
    match currency {
        Some(currency) => {
            let text = figure.shown();
            let amount = text
                .split_once(' ')
                .map_or(text.as_str(), |(amount, _)| amount);
            json!({"amount": amount, "currency": currency})
        }
        None if value.denominator() == 1 => {
            i64::try_from(value.numerator()).map_or(Value::Null, |whole| json!(whole))
        }
        None => json!(value.as_f64()),
    }
}
