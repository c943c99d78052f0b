//! Paid promotion: what was booked, and what it brought.

use std::sync::Arc;

use sociable::adapters::memory::{Memory, PromotionYield, World};
use sociable::client::{Clock, Random, SeededRandom};
use sociable::jiff::Timestamp;
use sociable::jiff::civil::date;
use sociable::jiff::tz::TimeZone;
use sociable::promo::{
    Amount, Budget, Comparing, Dimension, Fact, Layout, Measure, Page, Promo, Verdict,
};
use sociable::{Currency, Draft, Error, Money, Period, Result, SocialNetwork};

use crate::costs::{spent, spent_on};
use crate::summary::Summary;
use crate::{Files, Times};

/// A campaign: its account, its name, its currency, and for how many impressions there is a click on the link.
const CAMPAIGNS: [(&str, &str, Currency, u32); 4] = [
    ("daisy_shop", "Winter box, snow", Currency::EUR, 70),
    ("daisy_shop", "Winter box, fire", Currency::EUR, 45),
    ("daisy_shop", "Gift tins", Currency::EUR, 110),
    ("daisy_cafe", "Lunch table", Currency::USD, 60),
];

/// The posts that are promoted.
const TEXTS: [&str; 4] = [
    "A winter box for evenings with snow: six teas, one blanket of steam.",
    "A winter box for evenings by the fire: six teas, one warm cup.",
    "Tins that make a present of any tea.",
    "A table for lunch, ten minutes from the harbour.",
];

pub(crate) struct Adverts {
    world: World,
    accounts: Vec<(&'static str, Arc<Memory>)>,
    times: Times,
    random: SeededRandom,
    /// What was booked in euros, in cents.
    euros: i64,
}

impl Adverts {
    pub(crate) fn new(world: &World, times: Times, seed: u64) -> Result<Self> {
        let mut accounts = Vec::new();
        for name in ["daisy_shop", "daisy_cafe"] {
            accounts.push((name, Arc::new(world.network(name)?)));
        }
        Ok(Self {
            world: world.clone(),
            accounts,
            times,
            random: SeededRandom::new(seed),
            euros: 0,
        })
    }

    /// Publishes what is promoted, and books it.
    pub(crate) async fn book(&mut self, clock: &dyn Clock) -> Result<()> {
        let (from, until) = self.times.adverts;
        clock.sleep_until(from).await;
        for ((account, name, currency, per_click), text) in CAMPAIGNS.into_iter().zip(TEXTS) {
            let found = self.accounts.iter().find(|(known, _)| *known == account);
            let Some((_, network)) = found else {
                continue;
            };
            let post = network.publish(&Draft::text(text)).await?;
            // 60 to 120 a campaign, to the cent; a few clicks more or fewer.
            let amount = 60_00 + (self.random.next() % 60_00) as i64;
            let per_link_click = per_click + (self.random.next() % 10) as u32;
            let brings = PromotionYield::new()
                .impressions_per_click(per_link_click / 2)
                .impressions_per_link_click(per_link_click);
            let budget = Money::minor(amount, currency);
            if currency == Currency::EUR {
                self.euros += amount;
            }
            let period = Period::new(from, until);
            self.world
                .promote_with(&post.id, name, period, budget, brings)?;
        }
        Ok(())
    }

    /// The report of the days until now, as figures, a table, a page.
    pub(crate) async fn tell(&self, summary: &mut Summary, files: &mut Files) -> Result<()> {
        let now: Timestamp = self.times.evening;
        let (from, _) = self.times.adverts;
        let period = Period::new(from, now);
        let layout = Layout::by([Dimension::Campaign]).measures([
            Measure::Fact(Fact::Spend),
            Measure::Fact(Fact::Impressions),
            Measure::Fact(Fact::Clicks),
            Measure::Fact(Fact::LinkClicks),
            Measure::Fact(Fact::Conversions),
            Measure::CtrLinkClicks,
            Measure::CostPerLinkClick,
            Measure::Cpm,
        ]);
        let mut promo = Promo::builder(layout);
        for (name, network) in &self.accounts {
            promo = promo.account(*name, network.clone());
        }
        let promo = promo.build()?;
        let report = promo.report(&period).await?;
        let days = promo.daily(&period).await?;

        summary.words(format!("What the promotions brought\n\n{}", report.table()));
        match spent(&report.total) {
            Ok(amounts) => {
                for amount in amounts {
                    summary.fact(format!("spend.{}", amount.currency()), amount);
                }
            }
            Err(why) => summary.fact("spend", format!("not told, since {why}")),
        }
        for fact in [
            Fact::Impressions,
            Fact::Clicks,
            Fact::LinkClicks,
            Fact::Conversions,
        ] {
            if let Some(count) = report.total.count(fact) {
                summary.figure(fact.as_str(), count as f64);
            }
        }
        for line in &report.lines {
            for (name, measure) in [
                ("ctr", Measure::CtrLinkClicks),
                ("cpc", Measure::CostPerLinkClick),
                ("cpm", Measure::Cpm),
            ] {
                if let Some(value) = line.get(measure).and_then(|told| told.as_f64()) {
                    summary.figure(format!("{name}.{}", called(&line.label())), value);
                }
            }
        }
        let comparison = Comparing::new(Measure::CtrLinkClicks)?.report(&report)?;
        if let Some(best) = &comparison.best {
            summary.fact("best_campaign", called(best));
        }
        for pair in &comparison.pairs {
            let better = match &pair.verdict {
                Verdict::Better { winner, .. } => called(winner),
                _ => "undecided",
            };
            let names = (called(&pair.first), called(&pair.second));
            summary.fact(format!("better.{} or {}", names.0, names.1), better);
            summary.words(pair.words());
        }
        let total = Amount::new(i128::from(self.euros), 2, Currency::EUR);
        let total = total.ok_or_else(|| Error::config("the budget is too large to be told"))?;
        let budget = Budget::new(total, date(2026, 11, 29), date(2026, 12, 2), TimeZone::UTC)?;
        let pacing = budget.pacing(&spent_on(&days, Currency::EUR), now)?;
        summary.words(pacing.words());
        if let Some(ratio) = pacing.ratio.as_ref() {
            summary.figure("pacing.ratio", ratio.as_f64());
        }
        let page = Page::new(&report)
            .title("What Daisy's promotions brought")
            .days(&days)
            .comparison(&comparison)
            .pacing("All campaigns in euros", &pacing);
        files.add("report.html", page.html()?);
        files.add("report.csv", report.csv()?);
        Ok(())
    }
}

/// A campaign's name without the id that the report puts behind it.
fn called(label: &str) -> &str {
    label.split_once(" (").map_or(label, |(name, _)| name)
}
