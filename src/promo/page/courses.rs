//! Lines over time: what was planned, what has been, and what is to be expected.

use plotters::prelude::PathElement;
use plotters::style::text_anchor::HPos;

use super::canvas::{Ink, Look, Mark};
use super::picture::{Drawing, dot, fine, from_zero, stroke};
use super::upright::{HEIGHT, upright, write_below};
use crate::error::Result;

/// A line through its points in their order.
#[derive(Clone, Debug)]
pub(super) struct Course {
    pub(super) ink: Ink,
    /// The look of its points.
    pub(super) series: u8,
    /// Where it comes from, without a mark there.
    pub(super) from: Option<(f64, f64)>,
    pub(super) points: Vec<Point>,
}

#[derive(Clone, Debug)]
pub(super) struct Point {
    /// When: a part of the whole time, from 0 to 1.
    pub(super) when: f64,
    pub(super) value: f64,
    /// What it says when it is pointed at.
    pub(super) title: String,
}

/// Draws the courses; `below` are words along the time.
pub(super) fn courses(
    courses: &[Course],
    below: &[(f64, String)],
    tick: impl Fn(f64) -> String,
) -> Result<Drawing> {
    let marks: Vec<Mark> = courses
        .iter()
        .flat_map(|course| {
            course.points.iter().map(|point| Mark {
                look: Look::Series(course.series),
                title: point.title.clone(),
            })
        })
        .collect();
    let points = courses.iter().flat_map(|course| &course.points);
    let (low, high) = from_zero(points.map(|point| point.value));
    Drawing::new(HEIGHT, &marks, |area| {
        let values = (low * 1.05)..(high * 1.05);
        let chart = upright(area, (10, 14), 0.0..1.0, values, &tick)?;
        let at = |when: f64, value: f64| chart.backend_coord(&(when.clamp(0.0, 1.0), value));
        area.draw(&PathElement::new(
            vec![at(0.0, 0.0), at(1.0, 0.0)],
            stroke(Ink::Base),
        ))?;
        for course in courses {
            let points = course.points.iter().map(|point| (point.when, point.value));
            let line = course
                .from
                .into_iter()
                .chain(points)
                .map(|(when, value)| at(when, value));
            area.draw(&PathElement::new(
                line.collect::<Vec<_>>(),
                stroke(course.ink),
            ))?;
        }
        let mut nth = 0_u16;
        for course in courses {
            for point in &course.points {
                let radius = if course.ink == Ink::Plan { 15 } else { fine(3) };
                dot(area, at(point.when, point.value), radius, Ink::Mark(nth))?;
                nth = nth.saturating_add(1);
            }
        }
        for (when, name) in below {
            let across = match when {
                when if *when <= 0.02 => HPos::Left,
                when if *when >= 0.98 => HPos::Right,
                _ => HPos::Center,
            };
            let (x, _) = at(*when, 0.0);
            write_below(area, name, x, across)?;
        }
        Ok(())
    })
}
