//! A chart with the rows it shows: one mark in the picture for each row of the table below it.

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{DrawingArea, IntoDrawingArea, IntoFont, ShapeStyle, Text, TextStyle};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{Canvas, FINE, Ink, Look, Mark};
use super::plain::plain;
use super::words::Words;
use crate::error::{Error, Result};

/// How wide a picture is, in units of its own: about that of a telephone, so that words stay readable there.
pub(super) const WIDTH: u32 = 440;

/// The area that a chart is drawn on.
pub(super) type Area<'a> = DrawingArea<Canvas<'a>, Shift>;
/// What may go wrong on it.
pub(super) type Trouble = DrawingAreaErrorKind<std::fmt::Error>;

/// A chart, drawn, and the rows it shows.
#[derive(Debug)]
pub(super) struct Picture {
    /// Its name, unique on the page: lower case and hyphens.
    pub(super) name: String,
    pub(super) title: String,
    /// What is seen there, in a sentence.
    pub(super) says: String,
    /// What a reader has to know so as not to be misled.
    pub(super) remark: Option<String>,
    pub(super) legend: Vec<(Look, String)>,
    pub(super) columns: Vec<Column>,
    /// As many as there are marks.
    pub(super) rows: Vec<Vec<String>>,
    pub(super) drawing: Drawing,
}

/// A column of the table below a chart.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) title: String,
    pub(super) number: bool,
}

impl Column {
    pub(super) fn words(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            number: false,
        }
    }

    pub(super) fn number(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            number: true,
        }
    }
}

/// What was drawn.
#[derive(Debug)]
pub(super) struct Drawing {
    pub(super) size: (u32, u32),
    pub(super) shapes: String,
}

impl Drawing {
    /// Draws, on an area of this height.
    pub(super) fn new(
        height: u32,
        marks: &[Mark],
        draw: impl FnOnce(&Area<'_>) -> Result<(), Trouble>,
    ) -> Result<Self> {
        let size = (WIDTH, height);
        let mut shapes = String::new();
        let area = Canvas::new(&mut shapes, marks, size).into_drawing_area();
        let drawn = draw(&area).and_then(|()| area.present());
        drop(area);
        drawn.map_err(|e| {
            Error::config(format!(
                "a chart of the page cannot be drawn, leave the charts out: {e}"
            ))
        })?;
        Ok(Self { size, shapes })
    }
}

impl Picture {
    pub(super) fn render(&self, words: &Words) -> Markup {
        let (title, desc) = (
            format!("{}-title", self.name),
            format!("{}-desc", self.name),
        );
        let (width, height) = self.drawing.size;
        html! {
            figure.card.chart data-chart=(self.name) data-rows=(self.rows.len()) {
                figcaption {
                    h3 { (plain(&self.title)) }
                    p.says { (plain(&self.says)) }
                }
                svg role="img" aria-labelledby={ (title) " " (desc) } viewBox={ "0 0 " (width) " " (height) } {
                    title id=(title) { (plain(&self.title)) }
                    desc id=(desc) { (plain(&self.says)) }
                    (PreEscaped(&self.drawing.shapes))
                }
                @if !self.legend.is_empty() {
                    ul.legend {
                        @for (look, name) in &self.legend {
                            li { span class={ "swatch " (look.class()) } aria-hidden="true" {} bdi { (plain(name)) } }
                        }
                    }
                }
                @if let Some(remark) = &self.remark {
                    p.remark { (plain(remark)) }
                }
                details {
                    summary { (words.data) " (" (self.rows.len()) ")" }
                    div.scroll {
                        table {
                            caption { (plain(&self.title)) }
                            thead { tr {
                                @for column in &self.columns {
                                    th scope="col" class=[column.number.then_some("number")] { (plain(&column.title)) }
                                }
                            } }
                            tbody {
                                @for row in &self.rows {
                                    tr {
                                        @for (index, (cell, column)) in row.iter().zip(&self.columns).enumerate() {
                                            @if index == 0 {
                                                th scope="row" { bdi { (plain(cell)) } }
                                            } @else {
                                                td class=[column.number.then_some("number")] { bdi { (plain(cell)) } }
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// So many units of the picture, in the backend's points.
pub(super) fn fine(units: i32) -> i32 {
    units.saturating_mul(FINE)
}

/// A filled shape.
pub(super) fn filled(ink: Ink) -> ShapeStyle {
    ink.color().filled()
}

/// A line.
pub(super) fn stroke(ink: Ink) -> ShapeStyle {
    // The stylesheet tells how wide.
    ShapeStyle {
        color: ink.color().to_rgba(),
        filled: false,
        stroke_width: 1,
    }
}

/// Words, standing at their place like this.
pub(super) fn words(ink: Ink, across: HPos, down: VPos) -> TextStyle<'static> {
    let size = match ink {
        Ink::Tick => fine(10),
        _ => fine(12),
    };
    TextStyle {
        font: ("sans-serif", size).into_font(),
        color: ink.color().to_backend_color(),
        pos: Pos::new(across, down),
    }
}

/// Writes words at a place of the picture, in the backend's points.
pub(super) fn write(
    area: &Area<'_>,
    text: &str,
    at: (i32, i32),
    style: TextStyle<'static>,
) -> Result<(), Trouble> {
    area.draw(&Text::new(text.to_owned(), at, style))
}

/// Draws a dot of this radius at a place of the picture, in the backend's points.
pub(super) fn dot(area: &Area<'_>, at: (i32, i32), radius: i32, ink: Ink) -> Result<(), Trouble> {
    area.draw(&plotters::element::Circle::new(at, radius, filled(ink)))
}

/// The range of a scale that holds these values and zero, with a little room.
pub(super) fn from_zero(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|v| v.is_finite())
        .fold((0.0_f64, 0.0_f64), |(low, high), v| {
            (low.min(v), high.max(v))
        });
    if low == 0.0 && high == 0.0 {
        return (0.0, 1.0);
    }
    (low, high)
}
