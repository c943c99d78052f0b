//! Users, communities, members, bans, and the figures of a community and of its advertising.

use serde_json::json;
use sociable::adapters::vk::fake::{AdFigures, CommunityDay, Fake};
use sociable::jiff::civil::date;

use crate::net::{CLUB, Net, WALL};

fn people_are_found_by_number_and_name(net: &Net) {
    let told = net
        .group(
            "users.get",
            &[
                ("user_ids", "102,carol.test,id101,999"),
                ("fields", "screen_name,photo_100"),
            ],
        )
        .ok();
    let ids: Vec<i64> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids, [Fake::BOB, Fake::CAROL, Fake::ADMIN]);
    assert_eq!(told[0]["screen_name"], "bob.test");
    assert_eq!(net.admin("users.get", &[]).ok()[0]["id"], Fake::ADMIN);
    assert_eq!(
        net.admin("users.get", &[("user_ids", "999")]).ok(),
        json!([])
    );
    let resolve = |name: &str| {
        net.service("utils.resolveScreenName", &[("screen_name", name)])
            .ok()
    };
    assert_eq!(
        resolve("bob.test"),
        json!({ "object_id": Fake::BOB, "type": "user" })
    );
    assert_eq!(resolve("club.test")["type"], "group");
    assert_eq!(resolve("nobody"), json!([]));
    let club = net
        .service(
            "groups.getById",
            &[("group_ids", "club.test"), ("fields", "members_count")],
        )
        .ok();
    assert_eq!(club["groups"][0]["id"], Fake::GROUP);
    assert_eq!(club["groups"][0]["members_count"], 1);
    assert_eq!(
        net.group("groups.getById", &[]).ok()["groups"][0]["id"],
        Fake::GROUP
    );
    let own = net
        .admin("groups.get", &[("filter", "admin"), ("extended", "1")])
        .ok();
    assert_eq!(own["items"][0]["is_admin"], 1);
    let link = net
        .group("utils.getShortLink", &[("url", "https://a.test")])
        .ok();
    assert_eq!(link["url"], "https://a.test");
}

fn a_closed_profile_and_a_deleted_user_are_told(net: &Net) {
    net.fake.set_closed(Fake::BOB, true);
    net.admin("wall.get", &[("owner_id", "102")]).refused(30);
    net.bob("wall.get", &[("owner_id", "102")]).ok();
    net.fake.deactivate(Fake::CAROL, "deleted");
    net.admin("wall.get", &[("owner_id", "103")]).refused(18);
    let told = net.admin("users.get", &[("user_ids", "103")]).ok();
    assert_eq!(told[0]["deactivated"], "deleted");
}

fn members_come_and_go(net: &Net) {
    net.bob("groups.join", &[("group_id", CLUB)]).ok();
    net.fake.join_as(Fake::CAROL, Fake::GROUP, true, net.now());
    let members = |more: &[(&str, &str)]| {
        let mut form = vec![("group_id", CLUB)];
        form.extend_from_slice(more);
        net.service("groups.getMembers", &form)
    };
    let all = json!({ "count": 3, "items": [Fake::ADMIN, Fake::BOB, Fake::CAROL] });
    assert_eq!(members(&[]).ok(), all);
    let page = members(&[("offset", "1"), ("count", "1")]).ok();
    assert_eq!(page, json!({ "count": 3, "items": [Fake::BOB] }));
    let newest = members(&[("sort", "time_desc"), ("count", "1"), ("fields", "sex")]).ok();
    assert_eq!(newest["items"][0]["id"], Fake::CAROL);
    members(&[("filter", "managers")]).refused(15);
    let managers = net
        .group(
            "groups.getMembers",
            &[("group_id", CLUB), ("filter", "managers")],
        )
        .ok();
    assert_eq!(managers["items"][0]["role"], "creator");

    let is = |more: &[(&str, &str)]| {
        let mut form = vec![("group_id", CLUB)];
        form.extend_from_slice(more);
        net.group("groups.isMember", &form).ok()
    };
    assert_eq!(is(&[("user_id", "102")]), 1);
    assert_eq!(
        is(&[("user_ids", "102,999")]),
        json!([{ "user_id": 102, "member": 1 }, { "user_id": 999, "member": 0 }])
    );
    assert_eq!(is(&[("user_id", "102"), ("extended", "1")])["member"], 1);
    let many = vec!["1"; 501].join(",");
    net.group(
        "groups.isMember",
        &[("group_id", CLUB), ("user_ids", &many)],
    )
    .refused(100);
    net.bob("groups.leave", &[("group_id", CLUB)]).ok();
    assert_eq!(is(&[("user_id", "102")]), 0);
}

fn a_ban_stands_until_it_ends_or_is_lifted(net: &Net) {
    let until = (net.now().as_second() + 3600).to_string();
    let ban = |user: &str, more: &[(&str, &str)]| {
        let mut form = vec![("group_id", CLUB), ("owner_id", user)];
        form.extend_from_slice(more);
        net.admin("groups.ban", &form)
    };
    ban(
        "102",
        &[("end_date", &until), ("reason", "1"), ("comment", "Spam")],
    )
    .ok();
    ban("103", &[]).ok();
    ban("101", &[]).refused(15);
    ban("999", &[]).refused(100);
    let list = || net.group("groups.getBanned", &[("group_id", CLUB)]).ok();
    let told = list();
    assert_eq!(told["count"], 2);
    assert_eq!(told["items"][0]["profile"]["id"], Fake::CAROL);
    assert_eq!(told["items"][1]["ban_info"]["comment"], "Spam");
    net.seconds(3600);
    assert_eq!(list()["count"], 1);
    let unban = [("group_id", CLUB), ("owner_id", "103")];
    net.admin("groups.unban", &unban).ok();
    net.admin("groups.unban", &unban).refused(104);
    net.group("groups.getBanned", &unban).refused(104);
    assert_eq!(list()["count"], 0);
}

fn a_community_counts_its_days_in_moscow(net: &Net) {
    let day = CommunityDay {
        views: 10,
        visitors: 4,
        reach: 7,
        reach_subscribers: 5,
        likes: 3,
        subscribed: 2,
        ..CommunityDay::default()
    };
    net.fake
        .set_day(Fake::GROUP, date(2026, 11, 22), day.clone());
    net.fake.set_day(Fake::GROUP, date(2026, 11, 23), day);
    let stats = |more: &[(&str, &str)]| {
        let mut form = vec![("group_id", CLUB)];
        form.extend_from_slice(more);
        net.admin("stats.get", &form)
    };
    let told = stats(&[("intervals_count", "3")]).ok();
    assert_eq!(told.as_array().unwrap().len(), 3);
    assert_eq!(told[0]["visitors"]["views"], 10, "the newest first");
    assert_eq!(told[0]["activity"], json!({ "likes": 3, "subscribed": 2 }));
    assert!(told[2].get("activity").is_none(), "there was nothing");
    let begin = told[0]["period_from"].as_i64().unwrap();
    assert_eq!(begin % 86_400, 21 * 3600, "midnight in Moscow");
    assert_eq!(told[0]["period_to"], begin + 86_399);
    let from = begin - 86_400;
    let month = stats(&[
        ("timestamp_from", &from.to_string()),
        ("interval", "month"),
        ("stats_groups", "reach"),
    ]);
    let month = month.ok();
    assert_eq!(month[0]["reach"]["reach"], 14);
    assert!(month[0].get("visitors").is_none());
    let all = stats(&[("timestamp_from", &from.to_string()), ("interval", "all")]).ok();
    assert_eq!(all[0]["activity"]["likes"], 6);
    stats(&[("timestamp_from", "2000000000")]).refused(150);
}

fn the_reach_of_posts_is_told_to_who_manages_them(net: &Net) {
    let id = net.publish(&[("message", "Reach")]);
    net.fake.set_views(-Fake::GROUP, id, 9);
    let form = [("owner_id", WALL), ("post_ids", &id.to_string())];
    let told = net.admin("stats.getPostReach", &form).ok();
    assert_eq!(told[0]["reach_total"], 9);
    assert_eq!(told[0]["reach_subscribers"], 4);
    net.bob("stats.getPostReach", &form).refused(15);
    let many = vec!["1"; 31].join(",");
    net.admin(
        "stats.getPostReach",
        &[("owner_id", WALL), ("post_ids", &many)],
    )
    .refused(100);
    let none = [("owner_id", WALL), ("post_ids", "999")];
    assert_eq!(net.admin("stats.getPostReach", &none).ok(), json!([]));
}

fn advertising_tells_what_it_cost(net: &Net) {
    let campaign = net.fake.add_campaign("Autumn");
    let ad = net.fake.add_ad(campaign, "Leaf");
    for (day, spent) in [(date(2026, 10, 31), 1005), (date(2026, 11, 1), 250)] {
        let figures = AdFigures {
            spent,
            impressions: 100,
            reach: 80,
            clicks: 5,
            joins: 2,
        };
        net.fake.set_ad_day(ad, day, figures);
    }
    let account = net.admin("ads.getAccounts", &[]).ok()[0]["account_id"].to_string();
    let with = |more: &[(&str, &str)]| {
        let mut form = vec![("account_id", account.as_str())];
        form.extend(more.iter().map(|(name, value)| (*name, *value)));
        form.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<Vec<_>>()
    };
    let call = |method: &str, more: &[(&str, &str)]| {
        let form = with(more);
        let form: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        net.admin(method, &form)
    };
    assert_eq!(call("ads.getCampaigns", &[]).ok()[0]["id"], campaign);
    let ads = call("ads.getAds", &[("campaign_ids", &format!("[{campaign}]"))]).ok();
    assert_eq!(ads[0]["campaign_id"], campaign);
    let stats = |kind: &str, id: i64, period: &str, from: &str, to: &str| {
        call(
            "ads.getStatistics",
            &[
                ("ids_type", kind),
                ("ids", &id.to_string()),
                ("period", period),
                ("date_from", from),
                ("date_to", to),
            ],
        )
        .ok()[0]["stats"]
            .clone()
    };
    let days = stats("ad", ad, "day", "2026-10-01", "2026-11-30");
    assert_eq!(days[0]["day"], "2026-10-31");
    assert_eq!(days[0]["spent"], "10.05");
    assert_eq!(days[0]["join_rate"], 2);
    assert_eq!(
        stats("campaign", campaign, "month", "2026-11", "2026-11")[0]["spent"],
        "2.50"
    );
    let overall = stats("campaign", campaign, "overall", "0", "0");
    assert_eq!(overall[0]["overall"], 1);
    assert_eq!(overall[0]["spent"], "12.55");
    assert_eq!(overall[0]["impressions"], 200);
    net.admin("ads.getCampaigns", &[("account_id", "1")])
        .refused(600);
    let poor = net.fake.user_token(Fake::ADMIN, &["wall"]);
    net.call(&poor, "ads.getAccounts", &[]).refused(15);
}

stories![
    people_are_found_by_number_and_name,
    a_closed_profile_and_a_deleted_user_are_told,
    members_come_and_go,
    a_ban_stands_until_it_ends_or_is_lifted,
    a_community_counts_its_days_in_moscow,
    the_reach_of_posts_is_told_to_who_manages_them,
    advertising_tells_what_it_cost,
];
