//! What adds up, what does not, and what is told of it.

use sociable::jiff::civil::date;
use sociable::jiff::tz::TimeZone;
use sociable::promo::{
    Amount, Dimension, Fact, Layout, Level, Measure, Rate, Reported, Row, Tally, Warning, Why,
};
use sociable::{Absent, Currency, Source};

use crate::kit::{day, eur, hours, paid, tallied, usd, warned};

fn campaigns() -> Layout {
    Layout::by([Dimension::Campaign])
}

#[test]
fn reach_of_several_rows_is_no_sum_but_two_bounds() {
    let rows = [
        paid("tea")
            .id("a")
            .count(Fact::Reach, 700)
            .count(Fact::Impressions, 1000),
        paid("tea")
            .id("b")
            .count(Fact::Reach, 300)
            .count(Fact::Impressions, 500),
        paid("cups")
            .id("c")
            .count(Fact::Reach, 90)
            .count(Fact::Impressions, 180),
    ];
    let report = tallied(campaigns(), &rows).unwrap();
    let tea = report.line(&["tea"]).unwrap();
    assert_eq!(
        tea.get(Fact::Reach).unwrap().why(),
        Some(&Why::DoesNotAddUp(Fact::Reach))
    );
    assert_eq!(tea.get(Measure::Frequency).unwrap().value(), None);
    assert_eq!(
        (tea.reach_at_least, tea.reach_at_most),
        (Some(700), Some(1000))
    );
    let cups = report.line(&["cups"]).unwrap();
    assert_eq!(cups.count(Fact::Reach), Some(90));
    assert_eq!(cups.get(Measure::Frequency).unwrap().shown(), "2.00");
}

#[test]
fn two_currencies_are_never_added_up_silently() {
    let rows = [
        paid("tea")
            .id("a")
            .money(Fact::Spend, eur("10.10"))
            .count(Fact::LinkClicks, 10),
        paid("tea")
            .id("b")
            .money(Fact::Spend, usd("20"))
            .count(Fact::LinkClicks, 20),
        paid("cups")
            .id("c")
            .money(Fact::Spend, usd("5"))
            .count(Fact::LinkClicks, 10),
    ];
    let report = tallied(campaigns(), &rows).unwrap();
    let tea = report.line(&["tea"]).unwrap();
    assert_eq!(
        tea.get(Fact::Spend).unwrap().why(),
        Some(&Why::SeveralCurrencies)
    );
    assert_eq!(tea.get(Measure::CostPerLinkClick).unwrap().value(), None);
    assert_eq!(tea.amounts(Fact::Spend), [eur("10.10"), usd("20")]);
    assert_eq!(report.total.amounts(Fact::Spend), [eur("10.10"), usd("25")]);
    assert_eq!(
        report
            .line(&["cups"])
            .unwrap()
            .get(Measure::CostPerLinkClick)
            .unwrap()
            .shown(),
        "0.50 USD"
    );
    assert!(report.table().contains("10.10 EUR + 25.00 USD"));
}

#[test]
fn money_is_converted_by_given_rates_alone() {
    let rows = [
        paid("tea")
            .id("a")
            .money(Fact::Spend, eur("10"))
            .count(Fact::LinkClicks, 3),
        paid("tea").id("b").money(Fact::Spend, usd("10")),
        paid("cups")
            .id("c")
            .money(Fact::Spend, Amount::parse("900", "RUB").unwrap()),
    ];
    let rate = Rate::new("USD", "EUR", "0.9173", date(2026, 11, 1), "ECB").unwrap();
    let layout = campaigns().convert_to(Currency::EUR).rate(rate.clone());
    let report = tallied(layout, &rows).unwrap();
    let tea = report.line(&["tea"]).unwrap();
    assert_eq!(tea.get(Fact::Spend).unwrap().shown(), "19.173 EUR");
    // 19.173 / 3, rounded once.
    assert_eq!(
        tea.get(Measure::CostPerLinkClick).unwrap().shown(),
        "6.391 EUR"
    );
    assert_eq!(tea.amounts(Fact::Spend), [eur("10"), usd("10")]);
    assert_eq!(report.rates, [rate]);
    let cups = report.line(&["cups"]).unwrap();
    assert_eq!(
        cups.get(Fact::Spend).unwrap().why(),
        Some(&Why::SeveralCurrencies)
    );
    let rub = Currency::RUB;
    assert!(
        report.warnings.contains(&Warning::NoRate(rub)),
        "{:?}",
        report.warnings
    );
}

#[test]
fn clicks_of_two_kinds_are_never_mixed() {
    let row = paid("tea")
        .count(Fact::Clicks, 50)
        .count(Fact::LinkClicks, 20)
        .count(Fact::Impressions, 1000)
        .money(Fact::Spend, eur("10"));
    let report = tallied(campaigns(), &[row]).unwrap();
    let line = report.line(&["tea"]).unwrap();
    assert_eq!(line.get(Measure::CtrAllClicks).unwrap().shown(), "5.00 %");
    assert_eq!(line.get(Measure::CtrLinkClicks).unwrap().shown(), "2.00 %");
    assert_eq!(line.get(Measure::CostPerClick).unwrap().shown(), "0.20 EUR");
    assert_eq!(
        line.get(Measure::CostPerLinkClick).unwrap().shown(),
        "0.50 EUR"
    );
    let part = |measure: Measure| line.get(measure).unwrap().numerator.clone().unwrap().what;
    assert_eq!(part(Measure::CtrAllClicks), "clicks");
    assert_eq!(part(Measure::CtrLinkClicks), "link_clicks");
}

#[test]
fn a_figure_that_a_row_lacks_makes_the_sum_absent_not_smaller() {
    let rows = [
        paid("tea")
            .id("a")
            .count(Fact::LinkClicks, 10)
            .count(Fact::Impressions, 100),
        paid("tea")
            .id("b")
            .absent(Fact::LinkClicks, Absent::NotYet)
            .count(Fact::Impressions, 900),
    ];
    let report = tallied(campaigns(), &rows).unwrap();
    let line = report.line(&["tea"]).unwrap();
    let why = line.get(Measure::CtrLinkClicks).unwrap().why().unwrap();
    assert_eq!(why.to_string(), "a row does not tell link_clicks");
    assert!(matches!(
        why,
        Why::Lacking {
            rows: 1,
            reason: Absent::NotYet,
            ..
        }
    ));
}

#[test]
fn orders_of_a_shop_join_the_spend_of_a_network_by_stated_keys() {
    let rows = [
        paid("campaign1_2")
            .period(day(1))
            .money(Fact::Spend, eur("100")),
        paid("campaign1_3")
            .period(day(1))
            .money(Fact::Spend, eur("50")),
        Row::own("shop.csv")
            .campaign("utm-summer")
            .period(day(1))
            .count(Fact::Orders, 8)
            .money(Fact::Revenue, eur("400"))
            .money(Fact::Profit, eur("150")),
        Row::own("shop.csv")
            .campaign("utm-other")
            .period(day(1))
            .count(Fact::Orders, 1),
    ];
    let layout = campaigns().same(Dimension::Campaign, "utm-summer", "campaign1_2");
    let report = tallied(layout, &rows).unwrap();
    let line = report.line(&["campaign1_2"]).unwrap();
    assert_eq!(
        line.get(Measure::CostPerOrder).unwrap().shown(),
        "12.50 EUR"
    );
    assert_eq!(line.get(Measure::RevenueBySpend).unwrap().shown(), "4.00");
    assert_eq!(line.get(Measure::Romi).unwrap().shown(), "50.00 %");
    let lost = Warning::kind;
    let told: Vec<&Warning> = report
        .warnings
        .iter()
        .filter(|w| lost(w) == "not_joined")
        .collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].to_string().contains("utm-other"));
}

#[test]
fn a_network_that_tells_campaigns_and_their_ads_is_counted_once() {
    let rows = [
        paid("c1")
            .id("c1")
            .level(Level::Campaign)
            .money(Fact::Spend, eur("10")),
        paid("c1")
            .id("ad1")
            .level(Level::Creative)
            .creative("ad1")
            .money(Fact::Spend, eur("6")),
        paid("c1")
            .id("ad2")
            .level(Level::Creative)
            .creative("ad2")
            .money(Fact::Spend, eur("4")),
    ];
    let whole = tallied(campaigns(), &rows).unwrap();
    assert_eq!(whole.total.amounts(Fact::Spend), [eur("10")]);
    assert_eq!(warned(&whole, "counted_once"), 1);
    let parts = tallied(Layout::by([Dimension::Creative]), &rows).unwrap();
    assert_eq!(parts.total.amounts(Fact::Spend), [eur("10")]);
    assert_eq!(parts.lines.len(), 2);
    // Where only parts are told, they make the campaign.
    let alone = tallied(campaigns(), &rows[1..]).unwrap();
    assert_eq!(
        alone.line(&["c1"]).unwrap().amounts(Fact::Spend),
        [eur("10")]
    );
    assert_eq!(warned(&alone, "counted_once"), 0);
}

#[test]
fn the_same_row_is_counted_once_and_overlaps_and_gaps_are_told() {
    let row = |from, until, spend: &str| {
        paid("tea")
            .id("a")
            .period(hours(from, until))
            .money(Fact::Spend, eur(spend))
    };
    let rows = [
        row(0, 24, "1"),
        row(24, 48, "2"),
        row(24, 48, "2"),
        row(36, 60, "4"),
        row(96, 120, "8"),
    ];
    let report = tallied(campaigns(), &rows).unwrap();
    assert_eq!(report.total.amounts(Fact::Spend), [eur("15")]);
    for (kind, count) in [("repeated", 1), ("overlaps", 1), ("gap", 1)] {
        assert_eq!(
            warned(&report, kind),
            count,
            "{kind}: {:?}",
            report.warnings
        );
    }
    // Two files may tell of the same campaign and day.
    let two = [row(0, 24, "1"), row(0, 24, "2").origin("other")];
    let report = tallied(campaigns(), &two).unwrap();
    assert_eq!(report.total.amounts(Fact::Spend), [eur("3")]);
}

#[test]
fn rows_without_an_id_are_the_same_where_all_that_they_say_is() {
    let row = |clicks| paid("tea").period(day(1)).count(Fact::Clicks, clicks);
    // Two parts of a campaign on one day, of which the file does not name the parts; and one of them twice.
    let report = tallied(campaigns(), &[row(3), row(4), row(4)]).unwrap();
    assert_eq!(report.total.count(Fact::Clicks), Some(7));
    assert_eq!(warned(&report, "repeated"), 1);
    // Days between them are no gap: nothing says that they are of one thing.
    let later = paid("tea").period(day(9)).count(Fact::Clicks, 3);
    let report = tallied(campaigns(), &[row(3), later]).unwrap();
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
}

#[test]
fn a_merge_tells_what_both_counted() {
    let row = paid("tea")
        .id("a")
        .period(day(1))
        .money(Fact::Spend, eur("1"));
    let mut one = Tally::new(campaigns()).unwrap();
    let mut two = Tally::new(campaigns()).unwrap();
    one.push(&row).unwrap();
    two.push(&row).unwrap();
    one.merge(two).unwrap();
    let report = one.finish().unwrap();
    assert_eq!(warned(&report, "overlaps"), 1);
    let error = Tally::new(campaigns())
        .unwrap()
        .merge(Tally::new(Layout::by([Dimension::Post])).unwrap());
    assert!(error.unwrap_err().message().contains("same"));
}

#[test]
fn what_the_network_reports_stands_beside_what_its_figures_give() {
    let row = |percent: &str| {
        paid("tea")
            .count(Fact::LinkClicks, 1234)
            .count(Fact::Impressions, 100_000)
            .reports(Measure::CtrLinkClicks, Reported::percent(percent).unwrap())
    };
    let report = tallied(campaigns(), &[row("1.23 %")]).unwrap();
    let figure = report
        .line(&["tea"])
        .unwrap()
        .get(Measure::CtrLinkClicks)
        .unwrap();
    assert_eq!(figure.shown(), "1.23 %");
    assert_eq!(figure.reported.unwrap().decimal(4).unwrap(), "0.0123");
    assert_eq!(warned(&report, "disagrees"), 0);
    let report = tallied(campaigns(), &[row("2.47 %")]).unwrap();
    let figure = report
        .line(&["tea"])
        .unwrap()
        .get(Measure::CtrLinkClicks)
        .unwrap();
    assert_eq!(figure.reported.unwrap().decimal(4).unwrap(), "0.0247");
    assert_eq!(figure.shown(), "1.23 %");
    assert_eq!(warned(&report, "disagrees"), 1);
}

#[test]
fn attribution_is_told_and_never_mixed_in_silence() {
    let row = |id: &str, attribution: &str| {
        paid("tea")
            .id(id)
            .attribution(attribution)
            .count(Fact::Conversions, 2)
            .money(Fact::Spend, eur("5"))
    };
    let report = tallied(campaigns(), &[row("a", "7d click"), row("b", "7d click")]).unwrap();
    let line = report.line(&["tea"]).unwrap();
    assert_eq!(
        line.get(Measure::CostPerConversion).unwrap().attribution,
        ["7d click"]
    );
    assert_eq!(warned(&report, "mixed_attribution"), 0);
    let report = tallied(campaigns(), &[row("a", "7d click"), row("b", "1d view")]).unwrap();
    assert_eq!(warned(&report, "mixed_attribution"), 1);
}

#[test]
fn paid_and_all_impressions_in_one_line_are_told() {
    let row = |id: &str, source| {
        Row::new(source)
            .id(id)
            .campaign("tea")
            .count(Fact::Impressions, 10)
    };
    let both = [row("a", Source::Promoted), row("b", Source::Public)];
    assert_eq!(
        warned(&tallied(campaigns(), &both).unwrap(), "mixed_sources"),
        1
    );
    let apart = [row("a", Source::Promoted), row("b", Source::Organic)];
    assert_eq!(
        warned(&tallied(campaigns(), &apart).unwrap(), "mixed_sources"),
        0
    );
}

#[test]
fn beyond_the_bound_of_lines_all_is_summed_as_others() {
    let mut tally = Tally::new(campaigns().most_lines(3)).unwrap();
    for at in 0..10 {
        let row = paid(&format!("c{at}")).money(Fact::Spend, eur("1.5"));
        tally.push(&row).unwrap();
    }
    let report = tally.finish().unwrap();
    assert_eq!(report.lines.len(), 3);
    let others = report.others.as_ref().unwrap();
    assert_eq!(
        (others.rows, others.amounts(Fact::Spend)),
        (7, &[eur("10.5")][..])
    );
    assert_eq!(report.total.amounts(Fact::Spend), [eur("15")]);
    assert!(report.warnings.contains(&Warning::Others(7)));
    assert_eq!(
        report.shares(Fact::Spend).unwrap(),
        [1000, 1000, 1000, 7000]
    );
}

#[test]
fn days_weeks_and_months_are_those_of_the_zone() {
    let athens = TimeZone::get("Europe/Athens").unwrap();
    // From 22:00 UTC: the next day there.
    let row = |from, until| {
        paid("tea")
            .id("a")
            .period(hours(from, until))
            .count(Fact::Clicks, 1)
    };
    let keys = |dimension, row: Row| {
        let layout = Layout::by([dimension]).zone(athens.clone());
        let report = tallied(layout, &[row]).unwrap();
        report.lines[0].key.0[0].clone().unwrap()
    };
    assert_eq!(keys(Dimension::Day, row(22, 46)), "2026-11-02");
    assert_eq!(keys(Dimension::Day, row(0, 24)), "2026-11-01..2026-11-02");
    assert_eq!(keys(Dimension::Week, row(22, 46)), "2026-11-02");
    assert_eq!(keys(Dimension::Month, row(22, 46)), "2026-11");
    assert_eq!(
        keys(Dimension::Month, row(-10, 24)),
        "2026-10-31..2026-11-02"
    );
}

#[test]
fn followers_do_not_add_up_and_tell_when_they_were_counted() {
    let row = |id: &str, account: &str, number, followers, engaged| {
        Row::new(Source::Owner)
            .id(id)
            .account(account)
            .campaign("posts")
            .period(day(number))
            .count(Fact::Followers, followers)
            .count(Fact::Engagements, engaged)
    };
    let rows = [row("a", "shop", 1, 100, 10), row("b", "shop", 2, 200, 10)];
    let report = tallied(campaigns(), &rows).unwrap();
    let line = report.line(&["posts"]).unwrap();
    assert_eq!(line.count(Fact::Followers), Some(200));
    assert_eq!(line.followers_at, Some(day(2).until));
    // The mean of 10 % and 5 %, not 20 of 300.
    assert_eq!(
        line.get(Measure::EngagementsByFollowers).unwrap().shown(),
        "7.50 %"
    );
    // Ten a day, of 200.
    assert_eq!(
        line.get(Measure::EngagementsByFollowersDaily)
            .unwrap()
            .shown(),
        "5.00 %"
    );
    let two = [row("a", "shop", 1, 100, 10), row("b", "cafe", 2, 200, 10)];
    let report = tallied(campaigns(), &two).unwrap();
    let followers = report
        .line(&["posts"])
        .unwrap()
        .get(Fact::Followers)
        .unwrap();
    assert_eq!(followers.why(), Some(&Why::DoesNotAddUp(Fact::Followers)));
}
