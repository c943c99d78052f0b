//! A window being filled, as a picture: a network allows 60 posts in 10 seconds, and a program asks for 10 a second.
//!
//! `cargo run --example window --features full -- window.svg`
//!
//! The calls are real ones, the network is embedded, and the clock is set by hand, so that half a minute costs nothing.
//! `Client::budgets` tells what is used and who waits; a call that would wait longer than `max_wait` is refused at once.
//! Without a path the picture goes to the folder for temporary files.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join, join_all};
use plotters::prelude::*;
use sociable::adapters::memory::{Limit, Memory, World};
use sociable::client::{Clock, SetClock};
use sociable::jiff::Timestamp;
use sociable::{Client, Draft, ErrorKind, Operation, SocialNetwork};

/// What the network allows.
const LIMIT: u64 = 60;
const PERIOD: Duration = Duration::from_secs(10);
/// How long a call is willing to wait.
const MAX_WAIT: Duration = Duration::from_secs(8);
/// How often the program asks, and how often in all.
const EVERY: Duration = Duration::from_millis(100);
const CALLS: u32 = 220;
/// How often somebody looks at the budget, and how often in all.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: u32 = 320;

/// What is seen at one moment.
struct Seen {
    seconds: f64,
    used: u64,
    waiting: u64,
}

/// What happened.
#[derive(Default)]
struct Story {
    seen: Vec<Seen>,
    /// When calls were refused for want of patience: seconds.
    refused: Vec<f64>,
    published: usize,
}

/// Calls the network, and watches the budget meanwhile.
async fn live() -> sociable::Result<Story> {
    let start: Timestamp = "2026-12-01T09:00:00Z".parse().unwrap_or_default();
    let clock = SetClock::at(start);
    let world = World::with_clock(Arc::new(clock.clone()));
    world.add_account("shop");
    let limit = Limit::new("posts", LIMIT, PERIOD).on(Operation::PUBLISH.as_str());
    world.set_limit(limit.published());
    let client = Client::builder()
        .clock(Arc::new(clock.clone()))
        .max_wait(MAX_WAIT)
        .build()?;
    let shop = Memory::builder(&world)
        .account("shop")
        .client(&client)
        .build()?;
    let seconds = |at: Timestamp| at.duration_since(start).as_secs_f64();

    let calls = join_all((0..CALLS).map(|n| {
        let (shop, clock) = (&shop, &clock);
        async move {
            clock.sleep_until(start + EVERY * n).await;
            let outcome = shop.publish(&Draft::text(format!("Cup {n}"))).await;
            (clock.now(), outcome)
        }
    }));
    let watch = async {
        let mut seen = Vec::new();
        for n in 0..=LOOKS {
            clock.sleep_until(start + LOOK * n).await;
            // Those who wake at this very moment go first.
            tokio::task::yield_now().await;
            let budgets = client.budgets();
            let posts = budgets.iter().find(|budget| budget.bucket.name == "posts");
            let left = posts.and_then(|budget| budget.left).unwrap_or(LIMIT);
            seen.push(Seen {
                seconds: seconds(clock.now()),
                used: LIMIT.saturating_sub(left),
                waiting: posts.map_or(0, |budget| budget.waiting),
            });
        }
        seen
    };
    let (outcomes, seen) = clock.drive(join(calls, watch)).await;

    let mut story = Story {
        seen,
        ..Story::default()
    };
    for (at, outcome) in outcomes {
        match outcome {
            Ok(_) => story.published += 1,
            // Nothing was sent: `retry_at` tells when to come back.
            Err(error) if error.kind() == &ErrorKind::RateLimited => {
                story.refused.push(seconds(at));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(story)
}

/// The story as an SVG, with nothing in it that is loaded from elsewhere.
fn drawn(story: &Story) -> Result<String, Box<dyn Error>> {
    const USED: RGBColor = RGBColor(31, 111, 178);
    const WAITING: RGBColor = RGBColor(217, 130, 30);
    const REFUSED: RGBColor = RGBColor(190, 40, 50);
    let last = f64::from(LOOKS) * LOOK.as_secs_f64();
    let tallest = story.seen.iter().map(|seen| seen.used.max(seen.waiting));
    // Room for the legend above.
    let top = tallest.max().unwrap_or(0).max(LIMIT) as f64 * 1.5;

    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (760, 360)).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(44)
            .build_cartesian_2d(0.0..last, 0.0..top)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .max_light_lines(0)
            .bold_line_style(RGBColor(225, 225, 225))
            .x_desc("seconds")
            .y_desc("calls")
            .x_label_formatter(&|x| format!("{x:.0}"))
            .y_label_formatter(&|y| format!("{y:.0}"))
            .draw()?;
        // Corners only: a line that goes on as it was needs no point.
        let steps = |value: fn(&Seen) -> u64| {
            let mut line: Vec<(f64, f64)> = Vec::new();
            for seen in &story.seen {
                let value = value(seen) as f64;
                if let [.., (_, before), (at, now)] = line.as_mut_slice()
                    && *before == value
                    && *now == value
                {
                    *at = seen.seconds;
                } else {
                    line.push((seen.seconds, value));
                }
            }
            line
        };
        let used = steps(|seen| seen.used);
        let waiting = steps(|seen| seen.waiting);
        let mark = |color: RGBColor| {
            move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2))
        };
        chart
            .draw_series(LineSeries::new(
                [(0.0, LIMIT as f64), (last, LIMIT as f64)],
                BLACK,
            ))?
            .label(format!("the limit: {LIMIT} in {} s", PERIOD.as_secs()))
            .legend(mark(BLACK));
        chart
            .draw_series(LineSeries::new(used, USED.stroke_width(2)))?
            .label("used in the window: limit − left")
            .legend(mark(USED));
        chart
            .draw_series(LineSeries::new(waiting, WAITING.stroke_width(2)))?
            .label("waiting")
            .legend(mark(WAITING));
        chart
            .draw_series((story.refused.iter()).map(|at| {
                PathElement::new([(*at, 0.0), (*at, top * 0.05)], REFUSED.stroke_width(1))
            }))?
            .label(format!(
                "refused at once: more than max_wait ({} s) away",
                MAX_WAIT.as_secs()
            ))
            .legend(mark(REFUSED));
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE.mix(0.9))
            .border_style(RGBColor(200, 200, 200))
            .draw()?;
        area.present()?;
    }
    Ok(svg)
}

/// The picture, the same in each run.
pub(crate) async fn picture() -> Result<String, Box<dyn Error>> {
    let story = live().await?;
    println!(
        "{} of {CALLS} calls published, {} refused at once, none by the network",
        story.published,
        story.refused.len()
    );
    drawn(&story)
}

#[tokio::main(flavor = "current_thread")]
#[cfg_attr(test, allow(dead_code))] // A test draws the picture too.
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).map_or_else(
        || std::env::temp_dir().join("sociable-window.svg"),
        PathBuf::from,
    );
    std::fs::write(&path, picture().await?)?;
    println!("drawn: {}", path.display());
    Ok(())
}
