//! What paid promotion brought: a table, a verdict, a budget's pace, a file and a page with charts.
//!
//! `cargo run --example promo --features full -- folder`
//!
//! Four campaigns run for three weeks on the in-memory network, of two accounts that are billed in different currencies; the
//! shop's own file says what was sold. With accounts of VK or X the same lines hold: only the networks differ. Without a path
//! the files go to the folder for temporary files.

#[path = "manager/costs.rs"]
mod costs;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use sociable::adapters::memory::{PromotionYield, World};
use sociable::client::{Clock, SetClock};
use sociable::jiff::civil::date;
use sociable::jiff::tz::TimeZone;
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::promo::{
    Amount, Budget, Comparison, CsvReader, Dimension, Fact, Layout, Measure, Page, Promo,
};
use sociable::{Currency, Draft, Money, Period, SocialNetwork};

use costs::{spent, spent_on};

/// What the shop's own system says of its orders. Its names of the campaigns are not the network's.
const SHOP: &str = "\
source,campaign,from,until,orders,revenue,profit,currency
own,utm-opening,2026-11-02,2026-11-22,141,4230.50,1890.00,EUR
own,utm-gifts,2026-11-02,2026-11-22,96,3012.00,1410.25,EUR
own,utm-night,2026-11-02,2026-11-22,4,88.00,31.00,EUR
";

/// A campaign: whose, its name, from which hour on and for how many, its budget, and of how many that see it one follows the
/// link.
type Campaign = (&'static str, &'static str, i64, i64, Money, u32);

const CAMPAIGNS: [Campaign; 5] = [
    (
        "shop",
        "Opening week",
        0,
        14 * 24,
        Money::minor(42_000, Currency::EUR),
        61,
    ),
    (
        "shop",
        "Gifts for grandmothers",
        4 * 24,
        17 * 24,
        Money::minor(31_050, Currency::EUR),
        83,
    ),
    (
        "shop",
        "Night owls",
        9 * 24,
        3 * 24,
        Money::minor(2400, Currency::EUR),
        97,
    ),
    (
        "shop-us",
        "Launch in Boston",
        2 * 24,
        16 * 24,
        Money::minor(27_500, Currency::USD),
        74,
    ),
    (
        "shop-us",
        "Second cup",
        8 * 24,
        12 * 24,
        Money::minor(13_000, Currency::USD),
        70,
    ),
];

/// The network, three weeks later, and what it calls the campaigns.
async fn advertise(
    world: &World,
    clock: &SetClock,
    start: Timestamp,
) -> sociable::Result<Vec<String>> {
    let mut ids = Vec::new();
    for (account, name, from, hours, budget, link) in CAMPAIGNS {
        let shop = world.network(account)?;
        let post = shop
            .publish(&Draft::text(format!("{name}: fresh tea!")))
            .await?;
        let since = start + SignedDuration::from_hours(from);
        let period = Period::new(since, since + SignedDuration::from_hours(hours));
        let brings = PromotionYield::new().impressions_per_link_click(link);
        let id = world.promote_with(&post.id, name, period, budget, brings)?;
        ids.push(id.as_str().to_owned());
    }
    clock.advance(std::time::Duration::from_secs(17 * 24 * 3600 + 15 * 3600));
    Ok(ids)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let start: Timestamp = "2026-11-02T00:00:00Z".parse()?;
    let clock = SetClock::at(start);
    let world = World::with_clock(Arc::new(clock.clone()));
    world.add_account("shop");
    world.add_account("shop-us");
    let ids = advertise(&world, &clock, start).await?;

    let mut layout = Layout::by([Dimension::Campaign]);
    for (ours, theirs) in ["utm-opening", "utm-gifts", "utm-night"]
        .into_iter()
        .zip(&ids)
    {
        layout = layout.same(Dimension::Campaign, ours, theirs.as_str());
    }
    let orders = CsvReader::new("orders.csv").rows(SHOP.as_bytes())?;
    let promo = Promo::builder(layout)
        .account("shop", Arc::new(world.network("shop")?))
        .account("shop-us", Arc::new(world.network("shop-us")?))
        .rows(orders.collect::<sociable::Result<Vec<_>>>()?)
        .build()?;
    let period = Period::new(start, "2026-11-23T00:00:00Z".parse()?);
    let report = promo.report(&period).await?;
    println!("{}", report.table());
    for warning in &report.warnings {
        println!("Beware: {warning}");
    }

    // Euros and dollars stay apart: nobody has said what one is worth in the other.
    match spent(&report.total) {
        Ok(amounts) => amounts
            .iter()
            .for_each(|amount| println!("Spent: {amount}")),
        Err(why) => println!("Spent: not told, since {why}"),
    }
    assert!(report.total.value(Measure::Fact(Fact::Spend)).is_none());

    let comparisons = Comparison::usual(&report);
    for pair in comparisons.iter().flat_map(|comparison| &comparison.pairs) {
        println!("{}", pair.words());
    }

    let days = promo.daily(&period).await?;
    let budget = Amount::new(900, 0, Currency::EUR).ok_or("a whole number is an amount")?;
    let (from, to) = (date(2026, 11, 2), date(2026, 11, 22));
    let budget = Budget::new(budget, from, to, TimeZone::UTC)?;
    let pacing = budget.pacing(&spent_on(&days, Currency::EUR), clock.now())?;
    println!("The November budget: {}", pacing.words());

    let mut page = Page::new(&report)
        .days(&days)
        .pacing("November, euros", &pacing)
        .title("November: what promotion brought");
    for comparison in &comparisons {
        page = page.comparison(comparison);
    }
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    for (name, text) in [("promo.csv", report.csv()?), ("promo.html", page.html()?)] {
        let path = folder.join(name);
        std::fs::write(&path, text)?;
        println!("Written: {}", path.display());
    }
    Ok(())
}
