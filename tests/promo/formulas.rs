//! Every formula against a model of its own, written with other means: whole numbers from the definitions.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sociable::promo::{
    Amount, Dimension, Fact, Fraction, Layout, Line, Measure, Outcome, Report, Row, Tally, Why,
    shares,
};
use sociable::{Absent, Currency, Source};

use crate::kit::{day, everything, tallied};

const COUNTS: [Fact; 19] = [
    Fact::Impressions,
    Fact::Reach,
    Fact::Clicks,
    Fact::LinkClicks,
    Fact::Views,
    Fact::Engagements,
    Fact::Likes,
    Fact::Reactions,
    Fact::Replies,
    Fact::Reposts,
    Fact::Joins,
    Fact::Leaves,
    Fact::Conversions,
    Fact::Orders,
    Fact::Followers,
    Fact::FollowersBefore,
    Fact::Mentions,
    Fact::MentionsOfAll,
    Fact::ProfileVisits,
];
const MONEY: [Fact; 4] = [
    Fact::Spend,
    Fact::AttributedRevenue,
    Fact::Revenue,
    Fact::Profit,
];

/// A row as plain numbers: what is not there, is not told.
#[derive(Clone, Debug)]
struct Plain {
    campaign: u8,
    day: i64,
    counts: BTreeMap<Fact, u64>,
    /// In units of 10^-scale of euros.
    money: BTreeMap<Fact, (i64, u8)>,
    /// Facts that should be told, and are not.
    lacking: Vec<Fact>,
}

impl Plain {
    fn row(&self, at: usize) -> Row {
        let mut row = Row::new(Source::Promoted)
            .origin("file")
            .account("shop")
            .id(format!("row {at}"))
            .campaign(format!("c{}", self.campaign))
            .period(day(self.day));
        for (fact, count) in &self.counts {
            row = row.count(*fact, *count);
        }
        for (fact, (units, scale)) in &self.money {
            let amount = Amount::new(i128::from(*units), *scale, Currency::EUR).unwrap();
            row = row.money(*fact, amount);
        }
        for fact in &self.lacking {
            row = row.absent(*fact, Absent::NotOffered);
        }
        row
    }
}

fn plain() -> impl Strategy<Value = Plain> {
    let count = prop_oneof![Just(0_u64), 0..50_u64, 0..10_000_000_u64, Just(u64::MAX)];
    let money = prop_oneof![
        Just(0_i64),
        -500..100_000_i64,
        any::<i32>().prop_map(i64::from)
    ];
    let counts =
        proptest::collection::btree_map(proptest::sample::select(COUNTS.to_vec()), count, 0..12);
    let scales = proptest::sample::select(vec![0_u8, 2, 6]);
    let moneys = proptest::collection::btree_map(
        proptest::sample::select(MONEY.to_vec()),
        (money, scales),
        0..4,
    );
    let lacking = prop_oneof![
        4 => Just(Vec::new()),
        1 => proptest::collection::vec(proptest::sample::select(COUNTS.to_vec()), 1..2),
    ];
    (0..3_u8, 0..20_i64, counts, moneys, lacking).prop_map(
        |(campaign, day, mut counts, money, lacking)| {
            for fact in &lacking {
                counts.remove(fact);
            }
            Plain {
                campaign,
                day,
                counts,
                money,
                lacking,
            }
        },
    )
}

/// A quotient of wide whole numbers; `None` where it has no value.
type Model = Option<(i128, i128)>;

struct Group<'a>(Vec<&'a Plain>);

impl Group<'_> {
    fn lacks(&self, fact: Fact) -> bool {
        self.0.iter().any(|row| row.lacking.contains(&fact))
    }

    /// The sum, of money in millionths.
    fn sum(&self, fact: Fact) -> Option<i128> {
        if self.lacks(fact) && fact != Fact::Followers && fact != Fact::FollowersBefore {
            return None;
        }
        let told: Vec<i128> = if fact.is_money() {
            let micros = |row: &&Plain| {
                let (units, scale) = row.money.get(&fact)?;
                Some(i128::from(*units) * 10_i128.pow(6 - u32::from(*scale)))
            };
            self.0.iter().filter_map(micros).collect()
        } else {
            let counts = self.0.iter().filter_map(|row| row.counts.get(&fact));
            counts.map(|count| i128::from(*count)).collect()
        };
        match fact {
            _ if told.is_empty() => None,
            // Distinct accounts of several rows have no sum.
            Fact::Reach => (told.len() == 1).then(|| told[0]),
            Fact::Followers | Fact::FollowersBefore => {
                let mut standing: Vec<(i64, i128)> = (self.0.iter())
                    .filter_map(|row| Some((row.day, i128::from(*row.counts.get(&fact)?))))
                    .collect();
                standing.sort_unstable();
                let first = fact == Fact::FollowersBefore;
                let found = if first {
                    standing.first()
                } else {
                    standing.last()
                };
                found.map(|(_, count)| *count)
            }
            _ => Some(told.iter().sum()),
        }
    }

    fn over(&self, above: Fact, below: Fact, per: i128) -> Model {
        let (a, b) = (self.sum(above)?, self.sum(below)?);
        // Money by money, or count by count: the millionths fall out; money by count: they stand below.
        let units = if above.is_money() && !below.is_money() {
            1_000_000
        } else {
            1
        };
        (b != 0).then_some((a * per, b * units))
    }

    /// The mean over rows of a count by that row's followers, to twelve places.
    fn mean(&self, fact: Fact) -> Model {
        if self.lacks(fact) {
            return None;
        }
        let told: Vec<&&Plain> = (self.0.iter())
            .filter(|row| row.counts.contains_key(&fact))
            .collect();
        let mut sum = 0_i128;
        for row in &told {
            let followers = i128::from(*row.counts.get(&Fact::Followers)?);
            let above = i128::from(row.counts[&fact]) * 1_000_000_000_000;
            if followers == 0 {
                return None;
            }
            let (whole, rest) = (above / followers, above % followers);
            let up = match (2 * rest).cmp(&followers) {
                std::cmp::Ordering::Less => 0,
                std::cmp::Ordering::Equal => whole % 2,
                std::cmp::Ordering::Greater => 1,
            };
            sum += whole + up;
        }
        let rows = i128::try_from(told.len()).unwrap();
        (rows > 0).then_some((sum, rows * 1_000_000_000_000))
    }

    fn model(&self, measure: Measure) -> Model {
        use Fact as F;
        let over = |above, below| self.over(above, below, 1);
        let whole = |value: i128| Some((value, 1));
        match measure {
            Measure::Fact(fact) if fact.is_money() => Some((self.sum(fact)?, 1_000_000)),
            Measure::Fact(fact) => whole(self.sum(fact)?),
            Measure::Frequency => over(F::Impressions, F::Reach),
            Measure::CtrAllClicks => over(F::Clicks, F::Impressions),
            Measure::CtrLinkClicks => over(F::LinkClicks, F::Impressions),
            Measure::CostPerClick => over(F::Spend, F::Clicks),
            Measure::CostPerLinkClick => over(F::Spend, F::LinkClicks),
            Measure::Cpm => self.over(F::Spend, F::Impressions, 1000),
            Measure::CostPerThousandReached => self.over(F::Spend, F::Reach, 1000),
            Measure::CostPerEngagement => over(F::Spend, F::Engagements),
            Measure::CostPerJoin => over(F::Spend, F::Joins),
            Measure::ConversionsByLinkClicks => over(F::Conversions, F::LinkClicks),
            Measure::ConversionsByClicks => over(F::Conversions, F::Clicks),
            Measure::ConversionsByImpressions => over(F::Conversions, F::Impressions),
            Measure::CostPerConversion => over(F::Spend, F::Conversions),
            Measure::Roas => over(F::AttributedRevenue, F::Spend),
            Measure::OrdersByLinkClicks => over(F::Orders, F::LinkClicks),
            Measure::CostPerOrder => over(F::Spend, F::Orders),
            Measure::RevenueBySpend => over(F::Revenue, F::Spend),
            Measure::Romi => {
                let (profit, spend) = (self.sum(F::Profit)?, self.sum(F::Spend)?);
                (spend != 0).then_some((profit - spend, spend))
            }
            Measure::EngagementsByReach => over(F::Engagements, F::Reach),
            Measure::EngagementsByImpressions => over(F::Engagements, F::Impressions),
            Measure::EngagementsByViews => over(F::Engagements, F::Views),
            Measure::EngagementsByFollowers => self.mean(F::Engagements),
            Measure::LoveRate => self.mean(F::Likes),
            Measure::TalkRate => self.mean(F::Replies),
            Measure::AmplificationRate => self.mean(F::Reposts),
            Measure::ReachRate => self.mean(F::Reach),
            Measure::ViewRate => self.mean(F::Impressions),
            Measure::EngagementsByFollowersDaily => {
                let days: Vec<i64> = self.0.iter().map(|row| row.day).collect();
                let days = days.iter().max()? - days.iter().min()? + 1;
                let followers = self.sum(F::Followers)?;
                let below = followers * i128::from(days);
                (below != 0).then_some((self.sum(F::Engagements)?, below))
            }
            Measure::Virality => over(F::Reposts, F::Impressions),
            Measure::NetJoins => whole(self.sum(F::Joins)? - self.sum(F::Leaves)?),
            Measure::FollowerGrowth => {
                let (now, before) = (self.sum(F::Followers)?, self.sum(F::FollowersBefore)?);
                (before != 0).then_some((now - before, before))
            }
            Measure::ShareOfVoice => over(F::Mentions, F::MentionsOfAll),
            other => panic!("{other} has no model here"),
        }
    }
}

/// A line says of every measure what the model says, and never a number that is none.
fn same(line: &Line, group: &Group<'_>) -> Result<(), TestCaseError> {
    for figure in &line.figures {
        let measure = figure.measure;
        let wanted = group.model(measure);
        match (&figure.outcome, wanted) {
            (Outcome::Value { value, .. }, Some((above, below))) => {
                let wanted = Fraction::new(above, below).unwrap();
                prop_assert_eq!(*value, wanted, "{}", measure);
                prop_assert!(figure.as_f64().unwrap().is_finite());
                // What it was made of stands beside it.
                if let (Some(a), Some(b)) = (&figure.numerator, &figure.denominator) {
                    prop_assert!(b.value.numerator() != 0, "{}", measure);
                    let turned = Fraction::new(b.value.denominator(), b.value.numerator());
                    let again = a.value.times(turned.unwrap()).unwrap();
                    let per = Fraction::new(value.numerator(), value.denominator()).unwrap();
                    let thousand = again.times(Fraction::whole(1000)).unwrap();
                    prop_assert!(again == per || thousand == per, "{}", measure);
                }
            }
            (Outcome::Absent(why), None) => {
                prop_assert!(!why.to_string().is_empty());
                prop_assert_eq!(figure.as_f64(), None);
                prop_assert_eq!(figure.shown(), "–");
            }
            // Sums that the model's narrow products do not hold are not made here.
            (got, wanted) => prop_assert!(false, "{measure}: {got:?}, and not {wanted:?}"),
        }
    }
    Ok(())
}

fn without_order(mut report: Report) -> Report {
    report.lines.sort_by(|a, b| a.key.cmp(&b.key));
    report
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_measure_is_its_formula(rows in proptest::collection::vec(plain(), 1..12)) {
        let made: Vec<Row> = rows.iter().enumerate().map(|(at, row)| row.row(at)).collect();
        let report = tallied(everything(), &made).unwrap();
        let shown: Vec<Measure> = report.total.figures.iter().map(|f| f.measure).collect();
        prop_assert_eq!(shown.len(), Fact::ALL.len() + Measure::DERIVED.len());
        same(&report.total, &Group(rows.iter().collect()))?;
        for line in &report.lines {
            let name = line.key.0[0].clone().unwrap();
            let mine = rows.iter().filter(|row| format!("c{}", row.campaign) == name);
            same(line, &Group(mine.collect()))?;
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_two_tallies_merge_into_one(
        rows in proptest::collection::vec(plain(), 1..14),
        order in any::<u64>(),
        cut in 0..14_usize,
    ) {
        let made: Vec<Row> = rows.iter().enumerate().map(|(at, row)| row.row(at)).collect();
        let whole = tallied(everything(), &made).unwrap();
        let mut shuffled = made.clone();
        let mut random = order;
        for at in (1..shuffled.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(at, (random >> 33) as usize % (at + 1));
        }
        let again = tallied(everything(), &shuffled).unwrap();
        prop_assert_eq!(without_order(whole.clone()), without_order(again));
        let (left, right) = made.split_at(cut.min(made.len()));
        let mut one = Tally::new(everything()).unwrap();
        let mut two = Tally::new(everything()).unwrap();
        left.iter().for_each(|row| one.push(row).unwrap());
        right.iter().for_each(|row| two.push(row).unwrap());
        one.merge(two).unwrap();
        prop_assert_eq!(without_order(whole), without_order(one.finish().unwrap()));
    }

    #[test]
    fn a_report_goes_through_data_unchanged(rows in proptest::collection::vec(plain(), 1..6)) {
        let made: Vec<Row> = rows.iter().enumerate().map(|(at, row)| row.row(at)).collect();
        let report = tallied(everything(), &made).unwrap();
        let json = serde_json::to_string(&report).unwrap();
        prop_assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
        for row in made {
            let json = serde_json::to_string(&row).unwrap();
            prop_assert_eq!(serde_json::from_str::<Row>(&json).unwrap(), row);
        }
    }

    #[test]
    fn shares_add_up_to_exactly_the_whole(values in proptest::collection::vec(0..u128::from(u64::MAX), 0..40), units in 1..100_000_u32) {
        match shares(&values, units) {
            None => prop_assert!(values.iter().all(|value| *value == 0)),
            Some(parts) => {
                prop_assert_eq!(parts.iter().sum::<u32>(), units);
                let total: u128 = values.iter().sum();
                for (part, value) in parts.iter().zip(&values) {
                    // Less than one unit away from the exact part.
                    let exact = value * u128::from(units);
                    let given = u128::from(*part) * total;
                    prop_assert!(given.abs_diff(exact) < total);
                }
            }
        }
    }

    #[test]
    fn shares_of_spend_of_a_report_add_up(rows in proptest::collection::vec(plain(), 1..10)) {
        let made: Vec<Row> = rows.iter().enumerate().map(|(at, row)| row.row(at)).collect();
        let report = tallied(everything(), &made).unwrap();
        if let Some(parts) = report.shares(Fact::Spend) {
            prop_assert_eq!(parts.iter().sum::<u32>(), 10_000);
            prop_assert_eq!(parts.len(), report.lines.len());
        }
        prop_assert_eq!(report.shares(Fact::Reach), None);
    }

    #[test]
    fn rounding_is_half_to_even_and_exact(above in any::<i64>(), below in 1..1_000_000_i64, digits in 0..7_u32) {
        let value = Fraction::new(i128::from(above), i128::from(below)).unwrap();
        let got = value.rounded(digits).unwrap();
        let scaled = i128::from(above) * 10_i128.pow(digits);
        let below = i128::from(below);
        let apart = (scaled - got * below).abs() * 2;
        prop_assert!(apart < below || (apart == below && got % 2 == 0));
        let text = value.decimal(digits).unwrap();
        let places = text.split_once('.').map_or(0, |(_, part)| part.len());
        prop_assert_eq!(places, digits as usize);
    }

    #[test]
    fn fractions_are_ordered_as_their_values(a in any::<i64>(), b in 1..i64::MAX, c in any::<i64>(), d in 1..i64::MAX) {
        let one = Fraction::new(i128::from(a), i128::from(b)).unwrap();
        let two = Fraction::new(i128::from(c), i128::from(d)).unwrap();
        let wanted = (i128::from(a) * i128::from(d)).cmp(&(i128::from(c) * i128::from(b)));
        prop_assert_eq!(one.cmp(&two), wanted);
    }

    #[test]
    fn sums_of_money_are_exact(parts in proptest::collection::vec((any::<i64>(), 0..10_u8), 0..60)) {
        let mut sum = Amount::zero(Currency::EUR);
        // In billionths, wide enough for all of them.
        let mut model = 0_i128;
        for (units, scale) in &parts {
            sum = sum.plus(Amount::new(i128::from(*units), *scale, Currency::EUR).unwrap()).unwrap();
            model += i128::from(*units) * 10_i128.pow(9 - u32::from(*scale));
        }
        prop_assert_eq!(sum.fraction().unwrap(), Fraction::new(model, 1_000_000_000).unwrap());
        let json = serde_json::to_string(&sum).unwrap();
        prop_assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), sum);
    }
}

#[test]
fn every_name_is_there_once_and_reads_back() {
    let mut names = std::collections::BTreeSet::new();
    let facts = Fact::ALL.iter().copied().map(Measure::Fact);
    for measure in facts.chain(Measure::DERIVED.iter().copied()) {
        assert!(names.insert(measure.as_str()), "{measure} stands twice");
        assert_eq!(Measure::named(measure.as_str()), Some(measure));
        let bare = ["er", "err", "ctr", "cpc", "cr"];
        assert!(!bare.contains(&measure.as_str()), "{measure} is ambiguous");
        assert!(!measure.title().is_empty());
    }
    assert_eq!(Measure::Cpm.formula_text(), "spend / impressions * 1000");
    assert_eq!(Measure::Romi.formula_text(), "(profit - spend) / spend");
    assert_eq!(Measure::named("er"), None);
}

#[test]
fn a_quotient_by_zero_says_so_and_is_no_zero() {
    let row = crate::kit::paid("tea")
        .count(Fact::Clicks, 0)
        .count(Fact::Impressions, 0)
        .money(Fact::Spend, crate::kit::eur("3"));
    let report = tallied(Layout::by([Dimension::Campaign]), &[row]).unwrap();
    let line = report.line(&["tea"]).unwrap();
    for measure in [Measure::CtrAllClicks, Measure::CostPerClick, Measure::Cpm] {
        let figure = line.get(measure).unwrap();
        assert_eq!(figure.why(), Some(&Why::DividedByZero));
        assert_eq!(
            figure.denominator.as_ref().unwrap().value,
            Fraction::whole(0)
        );
    }
}
