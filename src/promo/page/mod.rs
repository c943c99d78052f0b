//! The report as a page that a person wants to look at: one file, without scripts, that loads nothing.

mod bars;
mod canvas;
mod cards;
mod charts;
mod columns;
mod compared;
mod courses;
mod heed;
mod notes;
mod numbers;
mod over_time;
mod pace;
mod picture;
mod plain;
mod show;
mod table;
mod time;
mod titles;
mod upright;
mod words;

use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::compared::{Called, Said, Standing};
use self::picture::Picture;
use self::plain::plain;
pub use self::words::Language;
use super::compare::Comparison;
use super::pacing::Pacing;
use super::report::Report;
use crate::error::{Error, Result};

/// How many lines the table of a page shows, unless said otherwise.
const LINES: usize = 200;
/// How many lines a page shows at most: more than that nobody reads, and browsers become slow.
const MOST_LINES: usize = 2000;

const STYLE: &str = include_str!("style.css");

/// A report as a page: what it comes to, what may be concluded, charts, all lines, and what to know.
///
/// The page is one text in HTML. It holds no script and no address, so that it works offline and tells nobody that it is read;
/// a browser is told to let it load nothing. Each chart is drawn as SVG, with the rows it shows in a table below it. The same
/// report gives the same page, byte by byte. However many rows a report is made of, the page is bounded: charts show ten lines
/// or six series by name and the rest as others, the table so many [`lines`](Self::lines); each says what it leaves out.
///
/// ```
/// use sociable::promo::{Comparison, CsvReader, Dimension, Layout, Page, Tally};
///
/// let file = "\
/// campaign,day,spend,currency,impressions,link_clicks
/// tea,2026-11-01,24.00,EUR,12000,150
/// cups,2026-11-01,12.50,EUR,11800,95
/// ";
/// let mut tally = Tally::new(Layout::by([Dimension::Campaign]))?;
/// tally.extend(CsvReader::new("ads.csv").rows(file.as_bytes())?)?;
/// let report = tally.finish()?;
/// let mut page = Page::new(&report).title("Tea or cups?");
/// let compared = Comparison::usual(&report);
/// for comparison in &compared {
///     page = page.comparison(comparison);
/// }
/// let html = page.html()?;
/// assert!(html.contains("By CTR (link clicks), tea is better than cups."));
/// # Ok::<(), sociable::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Page<'a> {
    report: &'a Report,
    days: Option<&'a Report>,
    comparisons: Vec<&'a Comparison>,
    pacing: Vec<(String, &'a Pacing)>,
    title: Option<String>,
    language: Language,
    zone: TimeZone,
    lines: usize,
}

impl<'a> Page<'a> {
    /// A page of a report.
    pub fn new(report: &'a Report) -> Self {
        Self {
            report,
            days: None,
            comparisons: Vec::new(),
            pacing: Vec::new(),
            title: None,
            language: Language::default(),
            zone: TimeZone::UTC,
            lines: LINES,
        }
    }

    /// Adds the same by time, for the chart of spend over time: a report by days, or by days and campaigns.
    pub fn days(mut self, report: &'a Report) -> Self {
        self.days = Some(report);
        self
    }

    /// Adds a comparison: its verdicts, and a chart of how sure each figure is.
    pub fn comparison(mut self, comparison: &'a Comparison) -> Self {
        self.comparisons.push(comparison);
        self
    }

    /// Adds how a budget of this name stands.
    pub fn pacing(mut self, name: impl Into<String>, pacing: &'a Pacing) -> Self {
        self.pacing.push((name.into(), pacing));
        self
    }

    /// Sets the title.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the language of the page's own words, numbers and dates.
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Sets the zone in which times are told; UTC by default. The report's own zone is the right one.
    pub fn zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// Sets how many lines the table shows: 200 by default, 2000 at most. The page says where it does not show all.
    pub fn lines(mut self, lines: usize) -> Self {
        self.lines = lines;
        self
    }

    /// The page.
    ///
    /// # Errors
    /// `Config` where what was added as days is not by time, or a sum is too large to be told exactly.
    pub fn html(&self) -> Result<String> {
        let words = self.language.words();
        let pictures = self.pictures()?;
        let (said, cautions) = self.says();
        let title = self.title.as_deref().unwrap_or(words.title);
        let page = html! {
            (DOCTYPE)
            html lang=(words.lang) {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content="sociable";
                    title { (plain(title)) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    (self.head(title))
                    main {
                        (cards::cards(self.report, self.language, &self.zone))
                        @if !said.is_empty() {
                            h2 { (words.verdicts) }
                            ul.verdicts { @for one in &said { (self.verdict(one)) } }
                        }
                        h2 { (words.charts) }
                        @if pictures.is_empty() { p.soft { (words.no_chart) } }
                        div.grid { @for picture in &pictures { (picture.render(words)) } }
                        h2 { (words.all_figures) }
                        (table::table(self.report, self.lines.min(MOST_LINES), self.language))
                        h2 { (words.notes) }
                        (notes::notes(self.report, &cautions, self.language, &self.zone))
                    }
                    footer { p { (words.foot) } }
                }
            }
        };
        Ok(page.into_string())
    }

    fn head(&self, title: &str) -> Markup {
        let (words, language) = (self.language.words(), self.language);
        let period = match self.report.period.or(self.report.total.period) {
            Some(period) => language.period(&period, &self.zone),
            None => words.no_period.to_owned(),
        };
        let zone = self.zone.iana_name().unwrap_or("UTC");
        let rows = match self.report.total.rows {
            1 => words.one_row.to_owned(),
            rows => words
                .many_rows
                .replace("{}", &language.number(&rows.to_string())),
        };
        let made = self
            .report
            .made_at
            .map(|at| words.made.replace("{}", &language.moment(at, &self.zone)));
        html! {
            header {
                p.kind { (words.kind) }
                h1 { (plain(title)) }
                p.period { (period) " (" (zone) ")" }
                p.soft { @if let Some(made) = made { (made) ", " } (rows) }
            }
        }
    }

    /// The charts, each with a name of its own.
    fn pictures(&self) -> Result<Vec<Picture>> {
        let (report, language) = (self.report, self.language);
        let by_time = report.by.iter().any(|dimension| dimension.is_time());
        let days = match self.days {
            Some(days) if !days.by.iter().any(|dimension| dimension.is_time()) => {
                return Err(Error::config(
                    "what was added as days is not by time: report it by Dimension::Day",
                ));
            }
            Some(days) => Some(days),
            None => by_time.then_some(report),
        };
        let mut pictures = Vec::new();
        if let Some(days) = days {
            let named = (!by_time).then_some(report);
            pictures.extend(over_time::spend_over_time(days, named, language)?);
        }
        for (place, (name, pacing)) in self.pacing.iter().enumerate() {
            pictures.extend(pace::picture(place + 1, name, pacing, language)?);
        }
        if !by_time {
            pictures.extend(charts::spend_shares(report, language)?);
        }
        pictures.extend(charts::funnel(report, language)?);
        let mut compared = Vec::new();
        for (place, comparison) in self.comparisons.iter().enumerate() {
            let called = Called::new(comparison, report, language);
            let picture = called.picture(place + 1, report, language)?;
            if picture.is_some() {
                compared.push(comparison.comparing.measure);
            }
            pictures.extend(picture);
        }
        if !by_time {
            pictures.extend(charts::costs(report, &compared, language)?);
        }
        Ok(pictures)
    }

    /// What may be concluded, and what must be known beside it.
    fn says(&self) -> (Vec<Said>, Vec<String>) {
        let (mut said, mut cautions) = (Vec::new(), Vec::new());
        for (name, pacing) in &self.pacing {
            said.push(pace::says(name, pacing, self.language));
        }
        for comparison in &self.comparisons {
            let called = Called::new(comparison, self.report, self.language);
            let (told, more) = called.says(self.language);
            said.extend(told);
            cautions.extend(called.cautions(self.language));
            if more > 0 {
                cautions.push(
                    self.language
                        .words()
                        .more_pairs
                        .replace("{}", &more.to_string()),
                );
            }
        }
        (said, cautions)
    }

    fn verdict(&self, said: &Said) -> Markup {
        let words = self.language.words();
        let (class, tag) = match said.standing {
            Standing::Decided => ("sure", words.decided),
            Standing::OnPlan => ("sure", words.as_planned),
            Standing::Same => ("same", words.same),
            Standing::Waiting => ("wait", words.waiting),
            Standing::Off => ("bad", words.off),
        };
        html! {
            li class={ "card " (class) } {
                p.tag { (tag) }
                p { (plain(&said.text)) }
                @if !said.why.is_empty() { p.why { (plain(&said.why)) } }
            }
        }
    }
}
