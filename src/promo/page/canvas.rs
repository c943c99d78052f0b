//! Where charts are drawn: a drawing backend that writes SVG whose colours are class names, so that one drawing suits
//! light and dark screens and paper.

use std::fmt::{self, Write};

use maud::Escaper;
use plotters::prelude::{DrawingBackend, RGBColor};
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind,
};

use super::plain::plain;

/// How many points of the backend one unit of the picture has: whole points alone would make lines uneven.
pub(super) const FINE: i32 = 10;

/// What something in a chart is. The stylesheet knows what that looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// Lines that help the eye.
    Grid,
    /// Where a scale begins.
    Base,
    /// The words along a scale.
    Tick,
    /// What a row is called.
    Name,
    /// What a row comes to.
    Value,
    /// How sure a value is, in the colour of this series.
    Range(u8),
    /// What was planned.
    Plan,
    /// What is to be expected.
    Ahead(u8),
    /// What has been, in the colour of this series.
    Line(u8),
    /// This mark of the chart, of which there is one for each row.
    Mark(u16),
}

impl Ink {
    /// The backend is told a colour and nothing else, so the colour is where this is written.
    pub(super) const fn color(self) -> RGBColor {
        match self {
            Self::Grid => RGBColor(1, 0, 0),
            Self::Base => RGBColor(2, 0, 0),
            Self::Tick => RGBColor(3, 0, 0),
            Self::Name => RGBColor(4, 0, 0),
            Self::Value => RGBColor(5, 0, 0),
            Self::Range(series) => RGBColor(6, series, 0),
            Self::Plan => RGBColor(7, 0, 0),
            Self::Ahead(series) => RGBColor(8, series, 0),
            Self::Line(series) => RGBColor(9, series, 0),
            Self::Mark(index) => {
                let [high, low] = index.to_be_bytes();
                RGBColor(10, high, low)
            }
        }
    }

    const fn read((kind, high, low): (u8, u8, u8)) -> Option<Self> {
        Some(match kind {
            1 => Self::Grid,
            2 => Self::Base,
            3 => Self::Tick,
            4 => Self::Name,
            5 => Self::Value,
            6 => Self::Range(high),
            7 => Self::Plan,
            8 => Self::Ahead(high),
            9 => Self::Line(high),
            10 => Self::Mark(u16::from_be_bytes([high, low])),
            _ => return None,
        })
    }
}

/// A row's mark: what it looks like, and what it says when it is pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) look: Look,
    pub(super) title: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// The colour of this series.
    Series(u8),
    /// There is no value.
    Absent,
    /// A line of what was planned.
    Plan,
    /// A line of what is to be expected, in the colour of this series.
    Ahead(u8),
}

impl Look {
    /// The class that the stylesheet knows it by.
    pub(super) fn class(self) -> String {
        match self {
            Self::Series(series) => format!("s{series}"),
            Self::Absent => "absent".to_owned(),
            Self::Plan => "plan".to_owned(),
            Self::Ahead(series) => format!("ahead s{series}"),
        }
    }
}

/// Writes shapes as they come.
pub(super) struct Canvas<'a> {
    out: &'a mut String,
    marks: &'a [Mark],
    size: (u32, u32),
}

impl<'a> Canvas<'a> {
    /// A canvas of this size in units of the picture.
    pub(super) fn new(out: &'a mut String, marks: &'a [Mark], (width, height): (u32, u32)) -> Self {
        let fine = FINE.unsigned_abs();
        Self {
            out,
            marks,
            size: (width.saturating_mul(fine), height.saturating_mul(fine)),
        }
    }

    /// A shape with its attributes; a mark has its title within.
    fn shape(
        &mut self,
        name: &str,
        color: BackendColor,
        attributes: impl FnOnce(&mut String) -> fmt::Result,
    ) -> Result<(), DrawingErrorKind<fmt::Error>> {
        let ink = if color.alpha == 0.0 {
            None
        } else {
            Ink::read(color.rgb)
        };
        match ink {
            Some(ink) => self
                .write(name, ink, attributes)
                .map_err(DrawingErrorKind::DrawingError),
            None => Ok(()),
        }
    }

    fn write(
        &mut self,
        name: &str,
        ink: Ink,
        attributes: impl FnOnce(&mut String) -> fmt::Result,
    ) -> fmt::Result {
        let out = &mut *self.out;
        write!(out, "<{name} class=\"")?;
        let mut title = None;
        match ink {
            Ink::Grid => out.write_str("grid")?,
            Ink::Base => out.write_str("base")?,
            Ink::Tick => out.write_str("tick")?,
            Ink::Name => out.write_str("name")?,
            Ink::Value => out.write_str("value")?,
            Ink::Range(series) => write!(out, "range s{series}")?,
            Ink::Plan => out.write_str("plan")?,
            Ink::Ahead(series) => write!(out, "ahead s{series}")?,
            Ink::Line(series) => write!(out, "line s{series}")?,
            Ink::Mark(index) => {
                let mark = self.marks.get(usize::from(index)).ok_or(fmt::Error)?;
                write!(out, "mark {}", mark.look.class())?;
                title = Some(&mark.title);
            }
        }
        out.write_char('"')?;
        attributes(out)?;
        match title {
            Some(title) => {
                out.write_str("><title>")?;
                Escaper::new(out).write_str(&plain(title))?;
                write!(out, "</title></{name}>")
            }
            None => out.write_str("/>"),
        }
    }
}

/// A length in units of the picture.
struct Units(i32);

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, tenths) = (self.0.abs() / FINE, self.0.abs() % FINE);
        let sign = if self.0 < 0 { "-" } else { "" };
        if tenths == 0 {
            write!(f, "{sign}{whole}")
        } else {
            write!(f, "{sign}{whole}.{tenths}")
        }
    }
}

fn points(out: &mut String, path: impl IntoIterator<Item = BackendCoord>) -> fmt::Result {
    out.write_str(" points=\"")?;
    for (index, (x, y)) in path.into_iter().enumerate() {
        let gap = if index == 0 { "" } else { " " };
        write!(out, "{gap}{},{}", Units(x), Units(y))?;
    }
    out.write_char('"')
}

impl DrawingBackend for Canvas<'_> {
    type ErrorType = fmt::Error;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Result<(), DrawingErrorKind<fmt::Error>> {
        Ok(())
    }

    fn present(&mut self) -> Result<(), DrawingErrorKind<fmt::Error>> {
        Ok(())
    }

    fn draw_pixel(
        &mut self,
        at: BackendCoord,
        color: BackendColor,
    ) -> Result<(), DrawingErrorKind<fmt::Error>> {
        self.draw_rect(at, (at.0 + 1, at.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Result<(), DrawingErrorKind<fmt::Error>> {
        self.shape("line", style.color(), |out| {
            write!(out, " x1=\"{}\" y1=\"{}\"", Units(from.0), Units(from.1))?;
            write!(out, " x2=\"{}\" y2=\"{}\"", Units(to.0), Units(to.1))
        })
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        _fill: bool,
    ) -> Result<(), DrawingErrorKind<fmt::Error>> {
        // What is negative grows to the other side.
        let (left, right) = (from.0.min(to.0), from.0.max(to.0));
        let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
        self.shape("rect", style.color(), |out| {
            write!(out, " x=\"{}\" y=\"{}\"", Units(left), Units(top))?;
            let (width, height) = (Units(right - left), Units(bottom - top));
            write!(out, " width=\"{width}\" height=\"{height}\"")
        })
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), DrawingErrorKind<fmt::Error>> {
        self.shape("polyline", style.color(), |out| points(out, path))
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Result<(), DrawingErrorKind<fmt::Error>> {
        let radius = i32::try_from(radius).unwrap_or(FINE);
        self.shape("circle", style.color(), |out| {
            write!(
                out,
                " cx=\"{}\" cy=\"{}\"",
                Units(center.0),
                Units(center.1)
            )?;
            write!(out, " r=\"{}\"", Units(radius))
        })
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), DrawingErrorKind<fmt::Error>> {
        self.shape("polygon", style.color(), |out| points(out, path))
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Result<(), DrawingErrorKind<fmt::Error>> {
        let Some(ink @ (Ink::Tick | Ink::Name | Ink::Value)) = Ink::read(style.color().rgb) else {
            return Ok(());
        };
        let class = match ink {
            Ink::Name => "name",
            Ink::Value => "value",
            _ => "tick",
        };
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        let down = match style.anchor().v_pos {
            VPos::Top => "0.75em",
            VPos::Center => "0.35em",
            VPos::Bottom => "-0.2em",
        };
        let turned = matches!(style.transform(), FontTransform::Rotate270);
        let out = &mut *self.out;
        let written = (|| {
            write!(
                out,
                "<text class=\"{class}\" x=\"{}\" y=\"{}\"",
                Units(x),
                Units(y)
            )?;
            if turned {
                write!(out, " transform=\"rotate(270 {} {})\"", Units(x), Units(y))?;
            }
            write!(out, " dy=\"{down}\" text-anchor=\"{anchor}\">")?;
            Escaper::new(out).write_str(&plain(text))?;
            out.write_str("</text>")
        })();
        written.map_err(DrawingErrorKind::DrawingError)
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<fmt::Error>> {
        // Whose screen it is drawn on is not known: letters of a usual font are a little wider than half their height.
        let letters = f64::from(u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
        let size = style.size();
        Ok(((letters * size * 0.55) as u32, size as u32))
    }
}
