//! Bars and dots by name: one row below another, its name above it, so that long names have room on a telephone.

use plotters::chart::ChartBuilder;
use plotters::prelude::{PathElement, Polygon, Rectangle};
use plotters::style::TRANSPARENT;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Ink, Look, Mark};
use super::picture::{
    Area, Drawing, Trouble, WIDTH, dot, filled, fine, from_zero, stroke, words, write,
};
use super::plain::short;
use crate::error::Result;

/// How high a row is, and where in it what stands: units of the picture.
const ROW: i32 = 40;
const BAR_FROM: i32 = 19;
const BAR_TO: i32 = 33;
const MIDDLE: i32 = 26;
/// What is left free at the sides.
const SIDE: i32 = 6;
/// How many letters a name has room for, and a name beside a long value.
const NAME: usize = 34;
const SHORT_NAME: usize = 26;

/// A row with one length.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub(super) name: String,
    /// `None` where it is not known.
    pub(super) length: Option<f64>,
    /// The value in words.
    pub(super) value: String,
    pub(super) series: u8,
}

/// A row with a value that is not known for sure.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) name: String,
    /// What was measured, where there is anything.
    pub(super) found: Option<f64>,
    /// Between which the true value lies; nothing bounds it where there is no end.
    pub(super) low: f64,
    pub(super) high: Option<f64>,
    pub(super) value: String,
    pub(super) series: u8,
}

fn height(rows: usize, below: i32) -> u32 {
    let rows = i32::try_from(rows).unwrap_or(i32::MAX / ROW);
    (rows.saturating_mul(ROW).saturating_add(below)).unsigned_abs()
}

/// The top of a row, in units of the picture.
fn top(row: usize) -> i32 {
    i32::try_from(row)
        .unwrap_or(i32::MAX / ROW)
        .saturating_mul(ROW)
}

fn head(area: &Area<'_>, row: usize, name: &str, value: &str) -> Result<(), Trouble> {
    let room = if value.chars().count() > 18 {
        SHORT_NAME
    } else {
        NAME
    };
    let baseline = fine(top(row) + 14);
    let name_at = (fine(SIDE), baseline);
    write(
        area,
        &short(name, room),
        name_at,
        words(Ink::Name, HPos::Left, VPos::Bottom),
    )?;
    let right = fine(i32::try_from(WIDTH).unwrap_or(0) - SIDE);
    write(
        area,
        value,
        (right, baseline),
        words(Ink::Value, HPos::Right, VPos::Bottom),
    )
}

/// The marks of rows that have none of their own words.
fn marks<'a>(rows: impl Iterator<Item = (&'a str, &'a str, bool, u8)>) -> Vec<Mark> {
    let mark = |(name, value, known, series)| Mark {
        look: if known {
            Look::Series(series)
        } else {
            Look::Absent
        },
        title: format!("{name}: {value}"),
    };
    rows.map(mark).collect()
}

fn index(row: usize) -> Ink {
    Ink::Mark(u16::try_from(row).unwrap_or(u16::MAX))
}

/// Bars from zero.
pub(super) fn bars(rows: &[Bar]) -> Result<Drawing> {
    let all = rows.iter().map(|r| {
        (
            r.name.as_str(),
            r.value.as_str(),
            r.length.is_some(),
            r.series,
        )
    });
    let marks = marks(all);
    let (low, high) = from_zero(rows.iter().filter_map(|r| r.length));
    let left = fine(SIDE);
    let room = f64::from(fine(i32::try_from(WIDTH).unwrap_or(0) - 2 * SIDE));
    let at = |value: f64| left + ((value - low) / (high - low) * room).round() as i32;
    Drawing::new(height(rows.len(), 4), &marks, |area| {
        for (row, bar) in rows.iter().enumerate() {
            head(area, row, &bar.name, &bar.value)?;
            let (from, to) = (fine(top(row) + BAR_FROM), fine(top(row) + BAR_TO));
            let base = vec![(at(0.0), from - fine(2)), (at(0.0), to + fine(2))];
            area.draw(&PathElement::new(base, stroke(Ink::Base)))?;
            match bar.length {
                // What is small is still there.
                Some(value) => {
                    let (start, end) = (at(0.0), at(value));
                    let end = if value > 0.0 {
                        end.max(start + fine(2))
                    } else {
                        end
                    };
                    area.draw(&Rectangle::new(
                        [(start, from), (end, to)],
                        filled(index(row)),
                    ))?;
                }
                None => dot(
                    area,
                    (at(0.0) + fine(5), fine(top(row) + MIDDLE)),
                    fine(4),
                    index(row),
                )?,
            }
        }
        Ok(())
    })
}

/// Dots with the span in which the true value lies, on one scale from zero.
pub(super) fn spans(rows: &[Span], tick: impl Fn(f64) -> String) -> Result<Drawing> {
    let all = rows.iter().map(|r| {
        (
            r.name.as_str(),
            r.value.as_str(),
            r.found.is_some(),
            r.series,
        )
    });
    let marks = marks(all);
    let most = rows.iter().filter_map(|r| r.found).fold(0.0, f64::max);
    let ends = rows.iter().map(|r| r.high.unwrap_or(r.low));
    let widest = ends.fold(most, f64::max);
    // One row of which hardly anything is known must not press the others together.
    let high = if most > 0.0 {
        widest.min(most * 2.5)
    } else {
        widest
    };
    let (low, high) = from_zero([high * 1.05].into_iter());
    Drawing::new(height(rows.len(), 22), &marks, |area| {
        let bottom = fine(20);
        let mut chart = ChartBuilder::on(area)
            .margin_left(fine(SIDE))
            .margin_right(fine(SIDE + 8))
            .x_label_area_size(bottom)
            .build_cartesian_2d(low..high, 0.0..1.0)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .x_labels(6)
            .x_label_formatter(&|value| tick(*value))
            .bold_line_style(stroke(Ink::Grid))
            .light_line_style(TRANSPARENT)
            .axis_style(stroke(Ink::Base))
            .label_style(words(Ink::Tick, HPos::Center, VPos::Top))
            .set_all_tick_mark_size(0)
            .draw()?;
        let at = |value: f64| chart.backend_coord(&(value.clamp(low, high), 0.0)).0;
        for (row, span) in rows.iter().enumerate() {
            head(area, row, &span.name, &span.value)?;
            let middle = fine(top(row) + MIDDLE);
            let (start, end) = (at(span.low), at(span.high.unwrap_or(high)));
            let ink = Ink::Range(span.series);
            area.draw(&PathElement::new(
                vec![(start, middle), (end, middle)],
                stroke(ink),
            ))?;
            let tip = |x: i32| vec![(x, middle - fine(4)), (x, middle + fine(4))];
            area.draw(&PathElement::new(tip(start), stroke(ink)))?;
            if span.high.is_some_and(|to| to <= high) {
                area.draw(&PathElement::new(tip(end), stroke(ink)))?;
            } else {
                // It goes on beyond the scale.
                let beyond = vec![
                    (end, middle - fine(5)),
                    (end + fine(7), middle),
                    (end, middle + fine(5)),
                ];
                area.draw(&Polygon::new(beyond, filled(ink)))?;
            }
            match span.found {
                Some(value) => dot(area, (at(value), middle), fine(5), index(row))?,
                None => dot(area, (start, middle), fine(4), index(row))?,
            }
        }
        Ok(())
    })
}
