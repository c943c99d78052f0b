//! Columns over time, one part upon another.

use plotters::prelude::Rectangle;
use plotters::style::text_anchor::HPos;

use super::canvas::{Ink, Look, Mark};
use super::picture::{Drawing, dot, filled, fine, from_zero, stroke};
use super::upright::{HEIGHT, upright, write_below};
use crate::error::Result;

/// How many words stand below the columns at most.
const WORDS: usize = 7;

/// A part of a column: what one series came to in one stretch of time.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Which column, from 0.
    pub(super) column: usize,
    /// `None` where it is not known.
    pub(super) length: Option<f64>,
    pub(super) series: u8,
    /// What it says when it is pointed at.
    pub(super) title: String,
}

/// Columns with these words below them. Parts of one column stand upon one another in their order.
pub(super) fn columns(
    names: &[String],
    parts: &[Part],
    tick: impl Fn(f64) -> String,
) -> Result<Drawing> {
    let marks: Vec<Mark> = parts
        .iter()
        .map(|part| Mark {
            look: part
                .length
                .map_or(Look::Absent, |_| Look::Series(part.series)),
            title: part.title.clone(),
        })
        .collect();
    let mut heights = vec![(0.0_f64, 0.0_f64, 0_i32); names.len()];
    let mut stacked = Vec::with_capacity(parts.len());
    for part in parts {
        stacked.push(match (part.length, heights.get_mut(part.column)) {
            (Some(length), Some((below, above, _))) => {
                let side = if length < 0.0 { below } else { above };
                let from = *side;
                *side += length;
                Place::Known(from, *side)
            }
            (_, Some((.., unknown))) => {
                *unknown += 1;
                Place::Unknown(*unknown)
            }
            (_, None) => Place::Unknown(1),
        });
    }
    let ends = heights
        .iter()
        .flat_map(|(below, above, _)| [*below, *above]);
    let (low, high) = from_zero(ends);
    let count = names.len().max(1) as f64;
    Drawing::new(HEIGHT, &marks, |area| {
        let values = (low * 1.04)..(high * 1.04);
        let chart = upright(area, (18, 6), 0.0..count, values, &tick)?;
        let at = |x: f64, y: f64| chart.backend_coord(&(x, y));
        for (row, (part, place)) in parts.iter().zip(&stacked).enumerate() {
            let mark = Ink::Mark(u16::try_from(row).unwrap_or(u16::MAX));
            let column = part.column as f64;
            match place {
                Place::Known(from, to) => {
                    let corners = [at(column + 0.14, *from), at(column + 0.86, *to)];
                    area.draw(&Rectangle::new(corners, filled(mark)))?;
                }
                Place::Unknown(nth) => {
                    let top = heights.get(part.column).map_or(0.0, |(_, above, _)| *above);
                    let (x, y) = at(column + 0.5, top);
                    dot(area, (x, y - fine(9 * nth - 3)), fine(3), mark)?;
                }
            }
        }
        let ((from, zero), (to, _)) = (at(0.0, 0.0), at(count, 0.0));
        let line = vec![(from, zero), (to, zero)];
        area.draw(&plotters::element::PathElement::new(
            line,
            stroke(Ink::Base),
        ))?;
        let every = names.len().div_ceil(WORDS).max(1);
        for (column, name) in names.iter().enumerate().step_by(every) {
            let (x, _) = at(column as f64 + 0.5, 0.0);
            write_below(area, name, x, HPos::Center)?;
        }
        Ok(())
    })
}

/// Where a part stands.
enum Place {
    Known(f64, f64),
    /// Above the known parts, this one from below.
    Unknown(i32),
}
