//! Paid promotion once more: from what was booked, and what the network says that money brings.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sociable::jiff::Timestamp;
use sociable::serde_json;

use super::{Day, EVENING, Told, at};

/// A campaign until the evening.
struct Campaign {
    name: String,
    currency: String,
    /// What is spent, and what is booked, in cents.
    spent: i128,
    booked: i128,
    impressions: i128,
    clicks: i128,
    link_clicks: i128,
    conversions: i128,
}

impl Campaign {
    fn of(terms: &Value) -> Self {
        let moment = |key: &str| -> Timestamp { at(terms["period"][key].as_str().unwrap()) };
        let (since, until) = (moment("since"), moment("until"));
        let whole = until.duration_since(since).as_millis();
        let past = at(EVENING).duration_since(since).as_millis();
        let booked = i128::from(terms["budget"]["amount"].as_i64().unwrap());
        assert_eq!(terms["budget"]["scale"], 2);
        let brings = |key: &str| i128::from(terms["yield"][key].as_i64().unwrap());
        let spent = booked * past / whole;
        let impressions = spent * brings("impressions_per_unit") / 100;
        Self {
            name: terms["name"].as_str().unwrap().to_owned(),
            currency: terms["budget"]["currency"].as_str().unwrap().to_owned(),
            spent,
            booked,
            impressions,
            clicks: impressions / brings("impressions_per_click"),
            link_clicks: impressions / brings("impressions_per_link_click"),
            conversions: impressions / brings("impressions_per_conversion"),
        }
    }
}

/// How likely so large a difference of two rates is by chance: the two-proportion z-test with a pooled variance.
fn p_value((x, n): (f64, f64), (y, m): (f64, f64)) -> f64 {
    let pooled = (x + y) / (n + m);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    let z = ((x / n - y / m) / deviation).abs();
    // The two tails of the normal distribution: Abramowitz and Stegun, 7.1.26.
    let t = 1.0 / (1.0 + 0.327_591_1 * z / std::f64::consts::SQRT_2);
    let series = [
        1.061_405_429,
        -1.453_152_027,
        1.421_413_741,
        -0.284_496_736,
        0.254_829_592,
    ];
    let sum = series.iter().fold(0.0, |sum, part| sum * t + part);
    sum * t * (-z * z / 2.0).exp()
}

/// Which of each pair is better, where chance would seldom show such a difference: by Holm's method over all pairs.
fn better(campaigns: &[Campaign]) -> BTreeMap<(usize, usize), Option<usize>> {
    let rate = |one: &Campaign| (one.link_clicks as f64, one.impressions as f64);
    let mut pairs = Vec::new();
    for (i, one) in campaigns.iter().enumerate() {
        for (j, other) in campaigns.iter().enumerate().skip(i + 1) {
            let (a, b) = (rate(one), rate(other));
            let leader = if a.0 / a.1 > b.0 / b.1 { i } else { j };
            pairs.push((p_value(a, b), (i, j), leader));
        }
    }
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut still = true;
    let all = pairs.len();
    let judged = pairs
        .into_iter()
        .enumerate()
        .map(|(rank, (p, pair, leader))| {
            still &= p * (all - rank) as f64 <= 0.05;
            (pair, still.then_some(leader))
        });
    judged.collect()
}

pub(super) fn recompute(day: &Day, told: &mut Told) {
    let booked = day
        .records
        .iter()
        .filter(|record| record.kind == "promoted");
    let terms = booked.map(|record| serde_json::from_str::<Value>(&record.text).unwrap());
    let campaigns: Vec<Campaign> = terms.map(|terms| Campaign::of(&terms)).collect();
    let mut fact = |name: String, value: Value| {
        told.insert(name, (value, None));
    };
    let mut spent: BTreeMap<&str, i128> = BTreeMap::new();
    for one in &campaigns {
        *spent.entry(&one.currency).or_default() += one.spent;
    }
    assert_eq!(spent.len(), 2, "two currencies are not added up");
    for (currency, cents) in &spent {
        let amount = format!("{}.{:02} {currency}", cents / 100, cents % 100);
        fact(format!("spend.{currency}"), json!(amount));
    }
    let sum = |of: fn(&Campaign) -> i128| campaigns.iter().map(of).sum::<i128>() as f64;
    fact("impressions".to_owned(), json!(sum(|one| one.impressions)));
    fact("clicks".to_owned(), json!(sum(|one| one.clicks)));
    fact("link_clicks".to_owned(), json!(sum(|one| one.link_clicks)));
    fact("conversions".to_owned(), json!(sum(|one| one.conversions)));
    for one in &campaigns {
        let (spent, shown) = (one.spent as f64 / 100.0, one.impressions as f64);
        let clicks = one.link_clicks as f64;
        fact(format!("ctr.{}", one.name), json!(clicks / shown));
        fact(format!("cpc.{}", one.name), json!(spent / clicks));
        fact(format!("cpm.{}", one.name), json!(spent / shown * 1000.0));
    }
    let pairs = better(&campaigns);
    for ((i, j), leader) in &pairs {
        let (one, other) = (&campaigns[*i].name, &campaigns[*j].name);
        let word = leader.map_or("undecided", |leader| &campaigns[leader].name);
        fact(format!("better.{one} or {other}"), json!(word));
    }
    let best = (0..campaigns.len()).find(|one| {
        let mut own = pairs.iter().filter(|((i, j), _)| i == one || j == one);
        own.all(|(_, leader)| leader == &Some(*one))
    });
    if let Some(best) = best {
        fact("best_campaign".to_owned(), json!(campaigns[best].name));
    }
    // 2 days and 20 hours of 4 days are over, and as much of the euros should be spent.
    let euros = |of: fn(&Campaign) -> i128| {
        let euros = campaigns.iter().filter(|one| one.currency == "EUR");
        euros.map(of).sum::<i128>() as f64
    };
    let expected = euros(|one| one.booked) * (2.0 + 20.0 / 24.0) / 4.0;
    fact(
        "pacing.ratio".to_owned(),
        json!(euros(|one| one.spent) / expected),
    );
    let page = day.read("report.html");
    assert!(page.contains("<svg") && !page.contains("<script"));
    let csv = day.read("report.csv");
    for one in &campaigns {
        assert!(
            page.contains(&one.name) && csv.contains(&one.name),
            "{}",
            one.name
        );
    }
}
