//! A report as a table for a terminal.

use unicode_segmentation::UnicodeSegmentation;

use super::measure::Measure;
use super::report::{Line, Report};
use crate::model::Unit;

/// How wide a name may be, in columns of a terminal.
const WIDEST: usize = 40;

/// How many columns of a terminal a text takes: what people see as one letter takes one, letters of East Asia and
/// pictures take two (Unicode Standard Annex 11, classes W and F).
fn width(text: &str) -> usize {
    text.graphemes(true).map(wide).sum()
}

fn wide(letter: &str) -> usize {
    let picture = letter.contains('\u{fe0f}');
    let Some(first) = letter.chars().next() else {
        return 0;
    };
    match u32::from(first) {
        0x200b..=0x200f | 0x2060 | 0xfeff => 0,
        0x1100..=0x115f
        | 0x231a..=0x231b
        | 0x23e9..=0x23ec
        | 0x2614..=0x2615
        | 0x2648..=0x2653
        | 0x26a1
        | 0x2705
        | 0x2728
        | 0x274c
        | 0x2753..=0x2757
        | 0x2795..=0x2797
        | 0x2b1b..=0x2b1c
        | 0x2b50
        | 0x2e80..=0x303e
        | 0x3041..=0x33ff
        | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff
        | 0xa000..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f680..=0x1f6ff
        | 0x1f900..=0x1f9ff
        | 0x1fa70..=0x1faff
        | 0x1f1e6..=0x1f1ff
        | 0x20000..=0x3fffd => 2,
        _ if picture => 2,
        _ => 1,
    }
}

/// A text in one line: without what moves the cursor, and cut where it is too wide.
fn flat(text: &str) -> String {
    // A mark that turns the direction would turn the rest of the table too.
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let clean: String = text
        .chars()
        .filter(|c| !turns(*c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if width(&clean) <= WIDEST {
        return clean;
    }
    let mut short = String::new();
    let mut used = 0;
    for letter in clean.graphemes(true) {
        used += wide(letter);
        if used >= WIDEST {
            break;
        }
        short.push_str(letter);
    }
    short.push('…');
    short
}

impl Report {
    /// The report as plain text, aligned for a terminal: a line for each group, the others and the total, and below
    /// them what must be known beside the figures.
    pub fn table(&self) -> String {
        let measures: Vec<Measure> = self.measures.clone();
        let mut head: Vec<String> = self.by.iter().map(|by| by.as_str().to_owned()).collect();
        if head.is_empty() {
            head.push(String::new());
        }
        let names = head.len();
        let has_names = self.lines.iter().any(|line| line.name.is_some());
        if has_names {
            head.push("name".to_owned());
        }
        let texts = head.len();
        head.extend(measures.iter().map(|measure| measure.title().to_owned()));
        let mut rows = vec![head];
        let row = |line: &Line, label: Option<&str>| {
            let mut cells: Vec<String> = match label {
                Some(label) => vec![label.to_owned()],
                None => (line.key.0.iter())
                    .map(|part| flat(part.as_deref().unwrap_or("?")))
                    .collect(),
            };
            cells.resize(names, String::new());
            if has_names {
                cells.push(flat(line.name.as_deref().unwrap_or_default()));
            }
            cells.extend(measures.iter().map(|measure| cell(line, *measure)));
            cells
        };
        rows.extend(self.lines.iter().map(|line| row(line, None)));
        if let Some(others) = &self.others {
            rows.push(row(others, Some("others")));
        }
        rows.push(row(&self.total, Some("total")));
        let mut text = aligned(&rows, texts);
        for rate in &self.rates {
            let worth = rate.worth.decimal(6).unwrap_or_default();
            text.push_str(&format!(
                "\n1 {} = {worth} {} on {} ({})",
                rate.from, rate.to, rate.date, rate.source
            ));
        }
        for trouble in &self.troubles {
            text.push_str(&format!("\n! {}: {}", trouble.account, trouble.message));
        }
        for one in &self.left_out {
            text.push_str(&format!(
                "\n! {} left out {}: {}",
                one.account, one.id, one.message
            ));
        }
        for warning in &self.warnings {
            text.push_str(&format!("\n! {warning}"));
        }
        text.push('\n');
        text
    }
}

/// A figure; of money in several currencies each sum.
fn cell(line: &Line, measure: Measure) -> String {
    let figure = line.get(measure);
    if let (Measure::Fact(fact), Some(None)) = (measure, figure.map(|f| f.value()))
        && measure.unit() == Unit::Money
    {
        let amounts = line.whole_amounts(fact);
        if amounts.len() > 1 {
            let each: Vec<String> = amounts.iter().map(ToString::to_string).collect();
            return each.join(" + ");
        }
    }
    figure.map_or_else(|| "–".to_owned(), |figure| figure.shown())
}

fn aligned(rows: &[Vec<String>], texts: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells.map(|cell| width(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for (column, (cell, widest)) in row.iter().zip(&widths).enumerate() {
            let pad = " ".repeat(widest - width(cell));
            if column > 0 {
                line.push_str("  ");
            }
            if column < texts {
                line.push_str(cell);
                line.push_str(&pad);
            } else {
                line.push_str(&pad);
                line.push_str(cell);
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
        if at == 0 {
            let rule: usize = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
            text.push_str(&"─".repeat(rule));
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_a_terminal() {
        for (text, columns) in [
            ("чай", 3),
            ("お茶", 4),
            ("🍵", 2),
            ("❤️", 2),
            ("e\u{301}", 1),
            ("👩‍👩‍👧", 2),
        ] {
            assert_eq!(width(text), columns, "{text}");
        }
        assert!(width(&flat(&"茶".repeat(100))) <= WIDEST);
        assert_eq!(flat("a\nb\u{202e}c"), "a bc");
    }
}
