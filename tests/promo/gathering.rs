//! Reports gathered from networks.

use std::sync::Arc;

use sociable::adapters::memory::{Memory, World};
use sociable::client::{Clock, SetClock};
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::promo::{Dimension, Fact, Layout, Measure, Promo, Row, Told};
use sociable::{
    AccountRef, Availability, Currency, Cursor, Draft, Engagement, Error, ErrorKind, Figure,
    Metric, Money, Omitted, Page, Period, PostId, Profile, Promotion, PromotionKind,
    PromotionQuery, Quantity, Result, SocialNetwork, Source, Target, Window,
};

use crate::kit::{day, eur, hours, warned};

/// A network that tells what it is given, page by page.
#[derive(Debug)]
struct Paper {
    profile: Arc<Profile>,
    pages: Vec<Result<Page<Promotion>>>,
}

impl Paper {
    fn network(template: &Memory, pages: Vec<Result<Page<Promotion>>>) -> Arc<dyn SocialNetwork> {
        let mut profile = Profile::clone(&template.profile());
        profile.network = "paper".into();
        Arc::new(Self {
            profile: Arc::new(profile),
            pages,
        })
    }
}

#[sociable::async_trait]
impl SocialNetwork for Paper {
    fn profile(&self) -> Arc<Profile> {
        Arc::clone(&self.profile)
    }

    async fn promotions(&self, query: &PromotionQuery) -> Result<Page<Promotion>> {
        let at = match &query.page.cursor {
            None => 0,
            Some(cursor) => cursor.as_str().parse().unwrap(),
        };
        self.pages[at].clone()
    }
}

fn promotion(id: &str, period: Period, cents: i64) -> Promotion {
    let figure =
        |metric, value| Figure::value(metric, value, Window::Period(period), Source::Promoted);
    let spend = Quantity::Money(Money::minor(cents, Currency::EUR));
    Promotion::new(id, period).metrics(
        sociable::Metrics::new()
            .with(figure(Metric::Spend, spend))
            .with(figure(Metric::Impressions, Quantity::Count(1000)))
            .with(figure(Metric::LinkClicks, Quantity::Count(20))),
    )
}

struct Town {
    world: World,
    clock: SetClock,
    shop: Memory,
    post: PostId,
}

async fn town() -> Town {
    let clock = SetClock::at(hours(0, 24).since);
    let world = World::with_clock(Arc::new(clock.clone()));
    world.add_account("shop");
    world.add_account("cafe");
    let shop = world.network("shop").unwrap();
    let post = shop.publish(&Draft::text("Tea!")).await.unwrap().id;
    let budget = |cents| Money::minor(cents, Currency::EUR);
    world
        .promote(&post, "tea", hours(0, 96), budget(96_00))
        .unwrap();
    clock.set(hours(0, 240).until);
    Town {
        world,
        clock,
        shop,
        post,
    }
}

fn campaigns() -> Layout {
    Layout::by([Dimension::Account, Dimension::Campaign])
}

#[tokio::test]
async fn a_network_that_fails_is_told_and_holds_back_no_other() {
    let town = town().await;
    let period = hours(0, 96);
    let first = Page::new(vec![promotion("a", period, 100)]).next(Some(Cursor::new("1")));
    let failing = Error::new(
        ErrorKind::Unavailable,
        "the cabinet is closed: come back later",
    );
    let paper = Paper::network(&town.shop, vec![Ok(first), Err(failing)]);
    let promo = Promo::builder(campaigns())
        .account("paper", paper)
        .account("shop", Arc::new(town.shop))
        .clock(Arc::new(town.clock.clone()))
        .build()
        .unwrap();
    let report = promo.report(&period).await.unwrap();
    assert_eq!(report.lines.len(), 2);
    // What came before it failed is kept.
    assert_eq!(report.total.amounts(Fact::Spend), [eur("97")]);
    let [trouble] = report.troubles.as_slice() else {
        panic!("{:?}", report.troubles);
    };
    assert_eq!(trouble.account, "paper");
    assert_eq!(trouble.kind, ErrorKind::Unavailable);
    assert!(trouble.message.contains("the cabinet is closed"));
    assert_eq!(report.made_at, Some(town.clock.now()));
    assert_eq!(report.period, Some(period));
    assert!(report.table().contains("! paper: "));
}

#[tokio::test]
async fn what_a_network_omits_and_does_not_offer_is_told() {
    let town = town().await;
    let gone = Omitted::new("b", ErrorKind::NotFound, "it was deleted");
    // What is neither a campaign nor a part of one could count twice.
    let group = promotion("g", day(1), 100).kind(PromotionKind::Other("ad_set".to_owned()));
    let page = Page::new(vec![promotion("a", day(1), 100), group]).omitted(vec![gone]);
    let paper = Paper::network(&town.shop, vec![Ok(page)]);
    let promo = Promo::builder(campaigns())
        .account("paper", paper)
        .build()
        .unwrap();
    let report = promo.report(&day(1)).await.unwrap();
    assert_eq!(report.left_out[0].id, "b");
    assert_eq!(report.left_out[0].account, "paper");
    assert!(report.left_out[1].message.contains("ad_set"));
    assert_eq!(report.total.amounts(Fact::Spend), [eur("1")]);
    // It says nothing of conversions, so that their cost is absent, not zero.
    let cost = report.total.get(Measure::CostPerConversion);
    assert!(cost.is_none_or(|figure| figure.value().is_none()));
}

#[tokio::test]
async fn a_list_that_does_not_move_on_ends() {
    let town = town().await;
    let page = |id| Page::new(vec![promotion(id, day(1), 100)]).next(Some(Cursor::new("1")));
    let paper = Paper::network(&town.shop, vec![Ok(page("a")), Ok(page("b"))]);
    let promo = Promo::builder(campaigns())
        .account("paper", paper)
        .build()
        .unwrap();
    let report = promo.report(&day(1)).await.unwrap();
    assert_eq!(report.total.amounts(Fact::Spend), [eur("2")]);
    assert_eq!(report.troubles.len(), 1);
}

#[tokio::test]
async fn a_page_that_comes_again_counts_once() {
    let town = town().await;
    let first = Page::new(vec![
        promotion("a", day(1), 100),
        promotion("b", day(1), 100),
    ])
    .next(Some(Cursor::new("1")));
    let second = Page::new(vec![
        promotion("b", day(1), 100),
        promotion("c", day(1), 100),
    ]);
    let paper = Paper::network(&town.shop, vec![Ok(first), Ok(second)]);
    let promo = Promo::builder(campaigns())
        .account("paper", paper)
        .build()
        .unwrap();
    let report = promo.report(&day(1)).await.unwrap();
    assert_eq!(report.total.amounts(Fact::Spend), [eur("3")]);
    assert_eq!(warned(&report, "repeated"), 1);
}

#[tokio::test]
async fn ads_stand_under_their_campaign_and_its_money_counts_once() {
    let town = town().await;
    let whole = promotion("c1", day(1), 300)
        .kind(PromotionKind::Campaign)
        .name("Tea");
    let ad = |id: &str, cents| {
        promotion(id, day(1), cents)
            .kind(PromotionKind::Creative)
            .campaign("c1")
            .name(id)
    };
    let page = Page::new(vec![whole, ad("ad1", 100), ad("ad2", 200)]);
    let paper = |layout: Layout| {
        let network = Paper::network(&town.shop, vec![Ok(page.clone())]);
        Promo::builder(layout)
            .account("paper", network)
            .build()
            .unwrap()
    };
    let report = paper(Layout::by([Dimension::Campaign]))
        .report(&day(1))
        .await
        .unwrap();
    let line = report.line(&["c1"]).unwrap();
    assert_eq!(line.amounts(Fact::Spend), [eur("3")]);
    assert_eq!(line.name.as_deref(), Some("Tea"));
    let fine = Layout::by([Dimension::Campaign, Dimension::Creative]);
    let report = paper(fine).report(&day(1)).await.unwrap();
    assert_eq!(
        report.line(&["c1", "ad2"]).unwrap().amounts(Fact::Spend),
        [eur("2")]
    );
    assert_eq!(report.total.amounts(Fact::Spend), [eur("3")]);
}

#[tokio::test]
async fn days_are_asked_for_one_by_one_and_add_up_to_the_whole() {
    let town = town().await;
    // Without a clock of its own it goes by that of its first account.
    let promo = Promo::builder(Layout::by([Dimension::Campaign]))
        .account("shop", Arc::new(town.shop))
        .build()
        .unwrap();
    let whole = promo.report(&hours(0, 96)).await.unwrap();
    let days = promo.daily(&hours(0, 96)).await.unwrap();
    assert_eq!(days.by, [Dimension::Day, Dimension::Campaign]);
    let keys: Vec<_> = days
        .lines
        .iter()
        .map(|line| line.key.0[0].clone().unwrap())
        .collect();
    assert_eq!(
        keys,
        ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"]
    );
    for fact in [
        Fact::Impressions,
        Fact::Clicks,
        Fact::LinkClicks,
        Fact::Conversions,
    ] {
        assert_eq!(whole.total.count(fact), days.total.count(fact), "{fact}");
    }
    assert_eq!(
        whole.total.amounts(Fact::Spend),
        days.total.amounts(Fact::Spend)
    );
    assert_eq!(warned(&days, "gap") + warned(&days, "overlaps"), 0);
    // While the days go on, a comparison says so.
    town.clock.set(hours(0, 36).until);
    let now = promo.daily(&hours(0, 96)).await.unwrap();
    assert_eq!(now.lines.len(), 2);
    let comparing = sociable::promo::Comparing::new(Measure::CtrLinkClicks).unwrap();
    let cautions = comparing.report(&now).unwrap().cautions;
    assert!(cautions.contains(&sociable::promo::Caution::StillRunning));
    town.clock.set(hours(0, 240).until);
    let long = Period::new(hours(-24 * 500, 0).since, hours(0, 24).until);
    assert!(
        promo
            .daily(&long)
            .await
            .unwrap_err()
            .message()
            .contains("400")
    );
    let turned = Period::new(hours(0, 24).until, hours(0, 24).since);
    assert!(promo.report(&turned).await.is_err());
}

#[tokio::test]
async fn own_rows_join_what_the_network_tells() {
    let town = town().await;
    let page = town
        .shop
        .promotions(&PromotionQuery::new(hours(0, 96)))
        .await
        .unwrap();
    let id = page.items[0].id.as_str().to_owned();
    let sold = Row::own("till")
        .campaign("summer")
        .account("shop")
        .period(hours(0, 96))
        .count(Fact::Orders, 12)
        .money(Fact::Revenue, eur("288"));
    let early = Row::own("till")
        .campaign("summer")
        .period(hours(-48, -24))
        .count(Fact::Orders, 5);
    let layout = campaigns().same(Dimension::Campaign, "summer", id.as_str());
    let promo = Promo::builder(layout)
        .account("shop", Arc::new(town.shop))
        .rows([sold, early])
        .build()
        .unwrap();
    let report = promo.report(&hours(0, 96)).await.unwrap();
    let line = report.line(&["shop", &id]).unwrap();
    assert_eq!(line.get(Measure::CostPerOrder).unwrap().shown(), "8.00 EUR");
    assert_eq!(line.get(Measure::RevenueBySpend).unwrap().shown(), "3.00");
    assert_eq!(report.total.count(Fact::Orders), Some(12));
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    assert!(!town.post.as_str().is_empty());
}

#[tokio::test]
async fn settings_that_contradict_themselves_are_refused() {
    let town = town().await;
    let shop: Arc<dyn SocialNetwork> = Arc::new(town.world.network("shop").unwrap());
    let twice = Promo::builder(campaigns())
        .account("shop", Arc::clone(&shop))
        .account("shop", shop)
        .build();
    assert!(twice.unwrap_err().message().contains("shop"));
    let bad = Promo::builder(Layout::by([Dimension::Day, Dimension::Day])).build();
    assert!(bad.is_err());
}

#[tokio::test]
async fn a_network_without_advertising_is_told_as_such() {
    let town = town().await;
    let profile = town.shop.profile();
    assert!(matches!(
        profile
            .supports(&sociable::Operation::PROMOTIONS)
            .availability,
        Availability::Yes
    ));
    #[derive(Debug)]
    struct Plain(Arc<Profile>);
    #[sociable::async_trait]
    impl SocialNetwork for Plain {
        fn profile(&self) -> Arc<Profile> {
            Arc::clone(&self.0)
        }
    }
    let promo = Promo::builder(campaigns())
        .account("plain", Arc::new(Plain(profile)))
        .build()
        .unwrap();
    let now: Timestamp = day(1).since;
    let report = promo.report(&Period::new(now, day(1).until)).await.unwrap();
    assert_eq!(report.troubles[0].kind, ErrorKind::Unsupported);
    assert!(report.lines.is_empty());
}

#[tokio::test]
async fn own_posts_are_measured_with_the_followers_of_their_account() {
    let town = town().await;
    let alice = {
        town.world.add_account("alice");
        town.world.network("alice").unwrap()
    };
    let liked = Target::from(sociable::PostRef::from(town.post.clone()));
    alice.engage(&liked, &Engagement::like()).await.unwrap();
    let shop = Target::Account(AccountRef::handle("shop"));
    alice.engage(&shop, &Engagement::follow()).await.unwrap();
    let later = town.shop.publish(&Draft::text("More tea!")).await.unwrap();
    let promo = Promo::builder(Layout::by([Dimension::Account, Dimension::Post]))
        .account("shop", Arc::new(town.shop))
        .clock(Arc::new(town.clock.clone()))
        .build()
        .unwrap();
    let report = promo.posts(&hours(0, 24)).await.unwrap();
    assert!(report.troubles.is_empty(), "{:?}", report.troubles);
    let [line] = report.lines.as_slice() else {
        panic!("{}", report.table());
    };
    assert_eq!(line.key.0[1].as_deref(), Some(town.post.as_str()));
    assert_eq!(line.count(Fact::Followers), Some(1));
    assert_eq!(line.count(Fact::Engagements), Some(1));
    // One engagement, one follower.
    let rate = line.get(Measure::EngagementsByFollowers).unwrap();
    assert_eq!(rate.shown(), "100.00 %");
    let both = Period::new(
        hours(0, 1).since,
        town.clock.now() + SignedDuration::from_secs(1),
    );
    let report = promo.posts(&both).await.unwrap();
    assert_eq!(report.lines.len(), 2);
    assert!(report.line(&["shop", later.id.as_str()]).is_some());
    // The mean of both posts, of which one has no engagement.
    let rate = report.total.get(Measure::EngagementsByFollowers).unwrap();
    assert_eq!(rate.shown(), "50.00 %");
}

#[test]
fn engagements_are_the_sum_of_what_is_named() {
    use sociable::Absent;
    let row = || {
        Row::new(Source::Owner)
            .count(Fact::Likes, 3)
            .count(Fact::Replies, 2)
    };
    let of = |row: Row| {
        let row = row.engagements_of(&[Fact::Likes, Fact::Replies, Fact::Reposts]);
        row.facts[&Fact::Engagements].clone()
    };
    assert_eq!(of(row()), Told::Count(5));
    assert_eq!(
        of(row().absent(Fact::Reposts, Absent::NotOffered)),
        Told::Count(5)
    );
    let hidden = Told::Absent(Absent::Hidden);
    assert_eq!(of(row().absent(Fact::Reposts, Absent::Hidden)), hidden);
    assert_eq!(
        of(Row::new(Source::Owner)),
        Told::Absent(Absent::NotOffered)
    );
}
