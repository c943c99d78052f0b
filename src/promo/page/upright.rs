//! What charts with a scale of values on their left have in common: their size, the scale, and words below.

use std::ops::Range;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::Cartesian2d;
use plotters::style::TRANSPARENT;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Canvas, Ink};
use super::picture::{Area, Trouble, fine, stroke, words, write};

pub(super) const HEIGHT: u32 = 250;
const LEFT: i32 = 52;
const BELOW: i32 = 22;

/// A chart whose values go from bottom to top.
pub(super) type Upright<'a, 'b> =
    ChartContext<'a, Canvas<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Draws the scale; so much room is left above and to the right.
pub(super) fn upright<'a, 'b>(
    area: &'a Area<'b>,
    (above, right): (i32, i32),
    across: Range<f64>,
    values: Range<f64>,
    tick: &impl Fn(f64) -> String,
) -> Result<Upright<'a, 'b>, Trouble> {
    let mut chart = ChartBuilder::on(area)
        .margin_top(fine(above))
        .margin_right(fine(right))
        .x_label_area_size(fine(BELOW))
        .y_label_area_size(fine(LEFT))
        .build_cartesian_2d(across, values)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .axis_style(TRANSPARENT)
        .set_all_tick_mark_size(fine(4))
        .y_labels(6)
        .y_label_formatter(&|value| tick(*value))
        .bold_line_style(stroke(Ink::Grid))
        .light_line_style(TRANSPARENT)
        .label_style(words(Ink::Tick, HPos::Right, VPos::Center))
        .draw()?;
    Ok(chart)
}

/// Writes a word below the chart, at this distance from the left.
pub(super) fn write_below(
    area: &Area<'_>,
    text: &str,
    x: i32,
    across: HPos,
) -> Result<(), Trouble> {
    let bottom = fine(i32::try_from(HEIGHT).unwrap_or(0) - BELOW + 6);
    write(area, text, (x, bottom), words(Ink::Tick, across, VPos::Top))
}
