//! What paid promotion brought, as one report: a table, CSV, and a page with charts.

mod settings;
mod show;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;
use sociable::jiff::civil::Date;
use sociable::jiff::tz::TimeZone;
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::promo::{
    Amount, Budget, Comparison, Dimension, Fact, Language, Layout, Pacing, Page, Promo, Report, Why,
};
use sociable::{Currency, Error, Period, Result};

use super::args::{Common, period};
use super::jobs::zone;
use super::out::Out;
use super::reach::Reach;

/// How far back a report goes where no period is named.
const USUAL: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How many days are asked for one by one, for the page's chart alone.
const DAYS_OF_A_PAGE: SignedDuration = SignedDuration::from_hours(93 * 24);

#[derive(Debug, Args)]
pub(crate) struct PromoArgs {
    #[command(subcommand)]
    verb: PromoVerb,
}

#[derive(Debug, Subcommand)]
enum PromoVerb {
    /// Tells what paid promotion brought: a line for each campaign, what may be concluded, what to beware of
    Report(Box<ReportArgs>),
}

#[derive(Debug, Args)]
struct ReportArgs {
    /// Names in the accounts file, with commas between them; may be left out where there is one alone
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',')]
    from: Vec<String>,
    /// DAY..DAY with both days in it (2026-11-01..2026-11-30), or two moments; by default the last 30 days
    #[arg(long, value_name = "D..D", value_parser = period)]
    period: Option<Period>,
    /// What has a line of its own: campaign, creative, post, network, account or day; several with commas between them
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "campaign", value_parser = dimension)]
    by: Vec<Dimension>,
    /// The zone of the days
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    zone: TimeZone,
    /// Writes all figures, with what was divided by what, as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Writes a page with charts; it asks the networks for each day
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The page's language: en or ru
    #[arg(long, value_name = "LANGUAGE", default_value = "en", value_parser = language)]
    language: Language,
    /// The page's title
    #[arg(long, value_name = "T")]
    title: Option<String>,
    /// Rates by which money is converted (TOML): to = "EUR", and [[rate]] with from, worth, date and source
    #[arg(long, value_name = "FILE")]
    rates: Option<PathBuf>,
    /// A budget for the days of the period, such as 1100EUR; it asks the networks for each day. May be repeated
    #[arg(long, value_name = "AMOUNT", value_parser = budget)]
    budget: Vec<Amount>,
    /// What your shop sold (CSV): campaign, from, until, orders, revenue, profit, currency
    #[arg(long, value_name = "FILE")]
    revenue: Option<PathBuf>,
}

fn dimension(word: &str) -> Result<Dimension, String> {
    let all: Vec<&str> = Dimension::ALL.iter().map(|one| one.as_str()).collect();
    Dimension::named(word).ok_or_else(|| format!("name one of {}", all.join(", ")))
}

fn language(word: &str) -> Result<Language, String> {
    match word {
        "en" => Ok(Language::English),
        "ru" => Ok(Language::Russian),
        _ => Err("name en or ru".to_owned()),
    }
}

fn budget(text: &str) -> Result<Amount, String> {
    let at = text
        .trim_end_matches(|c: char| c.is_ascii_alphabetic())
        .len();
    let (amount, currency) = text.split_at(at);
    Amount::parse(amount.trim(), currency)
        .ok_or_else(|| "write an amount and its currency, such as 1100EUR".to_owned())
}

pub(crate) async fn run(
    args: &PromoArgs,
    _common: &Common,
    reach: &Reach,
    out: &Out,
) -> Result<bool> {
    match &args.verb {
        PromoVerb::Report(args) => report(args, reach, out).await,
    }
}

/// What there is to show.
struct Found {
    report: Report,
    /// The same by days, where it was asked for.
    days: Option<Report>,
    comparisons: Vec<Comparison>,
    pacing: Vec<Pacing>,
}

async fn report(args: &ReportArgs, reach: &Reach, out: &Out) -> Result<bool> {
    let now = Timestamp::now();
    let period = args.period.unwrap_or_else(|| Period::new(now - USUAL, now));
    let found = gather(args, period, reach, out).await?;
    show::report(&found, out);
    if let Some(path) = &args.csv {
        write(path, &found.report.csv()?, out)?;
    }
    if let Some(path) = &args.html {
        write(path, &page(args, &found)?, out)?;
    }
    for trouble in &found.report.troubles {
        let error = json!({"kind": trouble.kind.name(), "message": trouble.message});
        let line = json!({"account": trouble.account, "ok": false, "error": error});
        out.line(line, || format!("{}: {}", trouble.account, trouble.message));
    }
    Ok(found.report.troubles.is_empty())
}

async fn gather(args: &ReportArgs, period: Period, reach: &Reach, out: &Out) -> Result<Found> {
    let mut layout = Layout::by(args.by.iter().copied()).zone(args.zone.clone());
    if let Some(path) = &args.rates {
        layout = settings::rates(path, layout)?;
    }
    let mut promo = Promo::builder(layout);
    for (name, network) in reach.some(&args.from)? {
        promo = promo.account(name, network);
    }
    if let Some(path) = &args.revenue {
        promo = promo.rows(settings::revenue(path, &args.zone)?);
    }
    let promo = promo.build()?;
    let by_day = args.by.iter().any(|dimension| dimension.is_time());
    let mut days = None;
    let charted =
        args.html.is_some() && period.until.duration_since(period.since) <= DAYS_OF_A_PAGE;
    if by_day || charted || !args.budget.is_empty() {
        let _progress = out.progress("asking for each day", None);
        days = Some(promo.daily(&period).await?);
    } else if args.html.is_some() {
        out.remark("the period is longer than 93 days: the page has no chart by days");
    }
    let report = match &days {
        Some(days) if by_day => days.clone(),
        _ => promo.report(&period).await?,
    };
    let pacing = pacing(args, period, days.as_ref())?;
    Ok(Found {
        comparisons: Comparison::usual(&report),
        report,
        days,
        pacing,
    })
}

/// What was spent on each day in a currency. A day of which something is not told counts as missing.
fn spent(days: Option<&Report>, currency: Currency) -> Vec<(Date, Amount)> {
    let mut spent: Vec<(Date, Amount)> = Vec::new();
    let mut missing = BTreeSet::new();
    for line in days.iter().flat_map(|days| &days.lines) {
        let day = line.key.0.first().cloned().flatten();
        let Some(day) = day.and_then(|day| day.parse().ok()) else {
            continue;
        };
        let why = line.get(Fact::Spend).and_then(|figure| figure.why());
        if matches!(why, Some(Why::Lacking { .. })) {
            missing.insert(day);
        }
        let own = line.amounts(Fact::Spend).iter();
        let own = own.filter(|amount| amount.currency() == currency);
        spent.extend(own.map(|amount| (day, *amount)));
    }
    spent.retain(|(day, _)| !missing.contains(day));
    spent
}

/// How the budgets stand: each is for all accounts that are billed in its currency.
fn pacing(args: &ReportArgs, period: Period, days: Option<&Report>) -> Result<Vec<Pacing>> {
    let date = |at: Timestamp| at.to_zoned(args.zone.clone()).date();
    let last = period.until - SignedDuration::from_nanos(1);
    let now = Timestamp::now();
    if days.is_some_and(|days| days.others.is_some()) && !args.budget.is_empty() {
        return Err(Error::config(
            "so many campaigns have no room by days, and a budget would lack some of them: ask for fewer accounts or a shorter period",
        ));
    }
    let pace = |total: &Amount| {
        let spent = spent(days, total.currency());
        Budget::new(*total, date(period.since), date(last), args.zone.clone())?.pacing(&spent, now)
    };
    args.budget.iter().map(pace).collect()
}

fn page(args: &ReportArgs, found: &Found) -> Result<String> {
    let mut page = Page::new(&found.report)
        .language(args.language)
        .zone(args.zone.clone());
    if let Some(title) = &args.title {
        page = page.title(title);
    }
    if let Some(days) = &found.days {
        page = page.days(days);
    }
    for comparison in &found.comparisons {
        page = page.comparison(comparison);
    }
    for pacing in &found.pacing {
        page = page.pacing(pacing.total.to_string(), pacing);
    }
    page.html()
}

fn write(path: &Path, text: &str, out: &Out) -> Result<()> {
    std::fs::write(path, text)
        .map_err(|e| Error::config(format!("{} cannot be written: {e}", path.display())))?;
    out.remark(format!("written: {}", path.display()));
    Ok(())
}
