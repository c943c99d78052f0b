//! Whatever rows tell, the page holds.

use proptest::prelude::*;
use sociable::Absent;
use sociable::promo::{Comparison, Fact, Page, Row};

use crate::read::charts;
use crate::{by_campaign, by_day, nth, row};

#[derive(Clone, Debug)]
struct Told {
    campaign: u8,
    day: i64,
    cents: Option<i64>,
    dollars: bool,
    counts: [u64; 3],
}

fn told() -> impl Strategy<Value = Told> {
    let cents = prop_oneof![1 => Just(None), 8 => (-500_i64..100_000).prop_map(Some)];
    let counts = (0..100_000_u64, 0..3000_u64, 0..200_u64);
    (0_u8..16, 0_i64..90, cents, any::<bool>(), counts).prop_map(
        |(campaign, day, cents, dollars, counts)| Told {
            campaign,
            day,
            cents,
            dollars,
            counts: counts.into(),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever rows tell: credits, two currencies in one campaign, days without a figure.
    #[test]
    fn whatever_a_report_tells_each_chart_is_whole(told in prop::collection::vec(told(), 0..60)) {
        let rows: Vec<Row> = told.iter().map(|one| {
            let name = format!("campaign {}", one.campaign);
            let currency = if one.dollars { "USD" } else { "EUR" };
            let cents = one.cents.unwrap_or(0);
            let sign = if cents < 0 { "-" } else { "" };
            let spend = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
            let row = row(&name, nth(one.day), &spend, currency, one.counts);
            if one.cents.is_none() { row.absent(Fact::Spend, Absent::NotYet) } else { row }
        }).collect();
        let (lines, days) = (by_campaign(&rows), by_day(&rows));
        let compared = Comparison::usual(&lines);
        let mut page = Page::new(&lines).days(&days);
        for one in &compared {
            page = page.comparison(one);
        }
        let html = page.html().unwrap();
        for chart in charts(&html) {
            prop_assert_eq!(chart.marks, chart.rows.len(), "{}", chart.name);
            prop_assert_eq!(chart.told, chart.rows.len());
            prop_assert!(chart.marks > 0);
            prop_assert!(!chart.html.contains("NaN"));
        }
    }
}
