//! Figures of posts, of the community, of advertising.

use sociable::adapters::vk::fake::{AdFigures, CommunityDay, Fake};
use sociable::jiff::civil::date;
use sociable::{
    Absent, ErrorKind, Metric, PageRequest, Period, PromotionKind, PromotionQuery, Quantity,
    Reading, SocialNetwork, Source,
};

use crate::net::{Net, WALL, reply, wall};

#[tokio::test]
async fn each_post_has_counters_and_reach_or_the_reason_why_not() {
    let net = Net::new();
    let vk = net.community();
    let mut posts = Vec::new();
    for n in 0..65 {
        let post = net.post(WALL, &format!("Post {n}"));
        net.fake.set_views(WALL, post, 10 + n);
        posts.push(wall(post));
    }
    let first = net.post(WALL, "Comments");
    let comment = net.comment(Fake::BOB, first, "Hi", None);
    let theirs = net.fake.post_as(Fake::BOB, Fake::BOB, "Mine", net.now());
    posts.push(reply(first, comment));
    posts.push(format!("wall{}_{theirs}", Fake::BOB).as_str().into());
    posts.push(wall(999_999));
    posts.push("nothing".into());
    net.fake.clear_log();
    let told = vk.post_metrics(&posts).await.unwrap();
    let named: Vec<_> = told.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(named, posts);
    for (n, (_, metrics)) in told.iter().take(65).enumerate() {
        let metrics = metrics.as_ref().unwrap();
        assert_eq!(metrics.count(Metric::Impressions), Some(10 + n as u64));
        assert_eq!(metrics.count(Metric::Reach), Some(10 + n as u64));
        assert_eq!(metrics.count(Metric::Likes), Some(0));
        assert_eq!(
            metrics.get(&Metric::Bookmarks).unwrap().reading,
            Reading::Absent(Absent::NotOffered)
        );
    }
    let of = |at: usize| {
        told[at]
            .1
            .as_ref()
            .unwrap()
            .get(&Metric::Reach)
            .unwrap()
            .reading
            .clone()
    };
    assert_eq!(of(65), Reading::Absent(Absent::NotOffered));
    assert_eq!(of(66), Reading::Absent(Absent::NotPermitted));
    assert_eq!(
        told[67].1.as_ref().unwrap_err().kind(),
        &ErrorKind::NotFound
    );
    assert!(matches!(
        told[68].1.as_ref().unwrap_err().kind(),
        ErrorKind::Invalid(_)
    ));
    // One page of posts, one comment, and the reach by thirties.
    let calls: Vec<String> = net
        .fake
        .seen()
        .iter()
        .map(|seen| format!("{seen:?}"))
        .collect();
    assert_eq!(calls.len(), 5, "{calls:#?}");
    assert!(vk.post_metrics(&[]).await.unwrap().is_empty());

    let service = net
        .builder()
        .community(Fake::GROUP)
        .service_token(Fake::SERVICE_TOKEN)
        .build()
        .unwrap();
    let told = service.post_metrics(&posts[..1]).await.unwrap();
    let metrics = told[0].1.as_ref().unwrap();
    assert_eq!(metrics.count(Metric::Impressions), Some(10));
    assert_eq!(
        metrics.get(&Metric::Reach).unwrap().reading,
        Reading::Absent(Absent::NotPermitted)
    );
}

#[tokio::test]
async fn a_community_is_measured_over_a_span() {
    let net = Net::new();
    let vk = net.community();
    for (day, reach) in [(20, 100), (21, 50)] {
        let brought = CommunityDay {
            views: 10,
            visitors: 4,
            reach,
            likes: 3,
            subscribed: 2,
            unsubscribed: 1,
            ..CommunityDay::default()
        };
        net.fake.set_day(Fake::GROUP, date(2026, 11, day), brought);
    }
    let days = |first: &str, last: &str| Period::new(first.parse().unwrap(), last.parse().unwrap());
    let both = vk
        .account_metrics(&days("2026-11-19T21:00:00Z", "2026-11-21T21:00:00Z"))
        .await
        .unwrap();
    assert_eq!(both.count(Metric::Likes), Some(6));
    assert_eq!(both.count(Metric::Joins), Some(4));
    assert_eq!(both.count(Metric::Leaves), Some(2));
    assert_eq!(both.count(Metric::ProfileVisits), Some(20));
    assert_eq!(both.count(Metric::Followers), Some(1));
    assert_eq!(
        both.count(Metric::Reach),
        None,
        "distinct accounts are not added up"
    );
    let one = vk
        .account_metrics(&days("2026-11-19T21:00:00Z", "2026-11-20T21:00:00Z"))
        .await
        .unwrap();
    assert_eq!(one.count(Metric::Reach), Some(100));
    let community = net
        .builder()
        .community(Fake::GROUP)
        .community_token(Fake::GROUP_TOKEN)
        .build()
        .unwrap();
    let error = community
        .account_metrics(&days("2026-11-19T21:00:00Z", "2026-11-20T21:00:00Z"))
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Forbidden(_)));
}

#[tokio::test]
async fn promotions_are_told_with_exact_money_and_by_their_ids() {
    let net = Net::new();
    let vk = net.community();
    let campaign = net.fake.add_campaign("Autumn");
    let ad = net.fake.add_ad(campaign, "Leaves");
    for (day, spent) in [(20, 1005), (21, 2010)] {
        let figures = AdFigures {
            spent,
            impressions: 1000,
            reach: 700,
            clicks: 7,
            joins: 2,
        };
        net.fake.set_ad_day(ad, date(2026, 11, day), figures);
    }
    let span = Period::new(
        "2026-11-19T21:00:00Z".parse().unwrap(),
        "2026-11-21T21:00:00Z".parse().unwrap(),
    );
    let page = vk.promotions(&PromotionQuery::new(span)).await.unwrap();
    let names: Vec<_> = page.items.iter().map(|p| p.name.as_deref()).collect();
    assert_eq!(names, [Some("Autumn"), Some("Leaves")]);
    assert_eq!(page.total, Some(2));
    // The ad is a part of the campaign: its money is the campaign's.
    let kinds: Vec<_> = page.items.iter().map(|p| p.kind.clone()).collect();
    assert_eq!(
        kinds,
        [Some(PromotionKind::Campaign), Some(PromotionKind::Creative)]
    );
    assert_eq!(page.items[0].campaign, None);
    assert_eq!(page.items[1].campaign.as_ref(), Some(&page.items[0].id));
    for promotion in &page.items {
        assert_eq!(promotion.period, span);
        let metrics = &promotion.metrics;
        assert_eq!(metrics.count(Metric::Impressions), Some(2000));
        assert_eq!(metrics.count(Metric::Clicks), Some(14));
        assert_eq!(metrics.count(Metric::Joins), Some(4));
        assert_eq!(metrics.count(Metric::Reach), None);
        let Reading::Value {
            value: Quantity::Money(money),
            source: Source::Promoted,
            ..
        } = &metrics.get(&Metric::Spend).unwrap().reading
        else {
            panic!("{metrics:?}")
        };
        assert_eq!(money.to_string(), "30.15 RUB");
        let one = vk
            .promotions(&PromotionQuery::new(span).ids(promotion.id.clone()))
            .await
            .unwrap();
        assert_eq!(one.items.as_slice(), std::slice::from_ref(promotion));
    }
    let first = vk
        .promotions(&PromotionQuery::new(span).page(PageRequest::first().limit(1)))
        .await
        .unwrap();
    assert_eq!((first.items.len(), first.next.is_some()), (1, true));
    let day = Period::new(
        "2026-11-19T21:00:00Z".parse().unwrap(),
        "2026-11-20T21:00:00Z".parse().unwrap(),
    );
    let one = vk.promotions(&PromotionQuery::new(day)).await.unwrap();
    assert_eq!(one.items[0].metrics.count(Metric::Reach), Some(700));
    let id = page.items[0].id.as_str().replace("campaign", "ad");
    let none = vk
        .promotions(&PromotionQuery::new(span).ids(sociable::PromotionId::new(id)))
        .await
        .unwrap();
    assert_eq!((none.items.len(), none.omitted.len()), (0, 1));
}
