//! Users: looked up, searched, followed, muted and blocked.

use serde_json::json;
use sociable::adapters::x::fake::{Fake, Plan};

use crate::net::{Net, ids, strings, text};

stories!(
    users_are_looked_up_by_id_and_by_name,
    followers_are_listed_page_by_page,
    a_follow_is_made_and_taken_back,
    mutes_are_kept_and_blocks_are_listed,
    a_look_up_tells_how_one_stands_to_a_user,
);

fn users_are_looked_up_by_id_and_by_name(net: &Net) {
    let fields = "user.fields=created_at,description,profile_image_url,protected,verified,verified_type,receives_your_dm,public_metrics";
    let told = net.get(&format!("/2/users/{}?{fields}", Fake::BOB)).data();
    assert_eq!(told["username"], "bob_test");
    assert_eq!(told["description"], "Bob &lt;tests&gt; &amp; more");
    assert_eq!(told["public_metrics"]["followers_count"], 0);
    let told = net.get("/2/users/by/username/BOB_test").data();
    assert_eq!(told["id"], Fake::BOB.to_string());
    let both = net
        .get(&format!("/2/users?ids={},{}", Fake::BOB, Fake::CAROL))
        .ok();
    assert_eq!(ids(&both), strings(&[Fake::BOB, Fake::CAROL]));
    let both = net.get("/2/users/by?usernames=bob_test,carol_test").ok();
    assert_eq!(ids(&both), strings(&[Fake::BOB, Fake::CAROL]));
    assert_eq!(net.ids("/2/users/search?query=bob"), strings(&[Fake::BOB]));
    net.get("/2/users/search?query=b%C3%B6b").refused(400);
    let post = net.fake.post_as(Fake::BOB, "Last", net.now());
    let told = net
        .get(&format!(
            "/2/users/{}?expansions=most_recent_tweet_id",
            Fake::BOB
        ))
        .ok();
    assert_eq!(told["includes"]["tweets"][0]["id"], post.to_string());
}

fn followers_are_listed_page_by_page(net: &Net) {
    let fans: Vec<u64> = (0..5)
        .map(|n| net.fake.add_user("Fan", &format!("fan_{n}")))
        .collect();
    for fan in &fans {
        net.fake.follow_as(*fan, Fake::ANNA, net.now());
    }
    let target = format!("/2/users/{}/followers", Fake::ANNA);
    let first = net.get(&format!("{target}?max_results=2")).ok();
    assert_eq!(ids(&first), strings(&[fans[4], fans[3]]));
    let next = text(&first["meta"]["next_token"]);
    let second = net.ids(&format!(
        "{target}?max_results=1000&pagination_token={next}"
    ));
    assert_eq!(second, strings(&[fans[2], fans[1], fans[0]]));
    assert_eq!(
        net.ids(&format!("/2/users/{}/following", fans[0])),
        strings(&[Fake::ANNA])
    );
    assert!(
        net.ids(&format!("/2/users/{}/followers", Fake::BOB))
            .is_empty()
    );
}

fn a_follow_is_made_and_taken_back(net: &Net) {
    net.fake.set_plan(Plan::Enterprise);
    let target = format!("/2/users/{}/following", Fake::ANNA);
    let bob = json!({ "target_user_id": Fake::BOB.to_string() });
    assert_eq!(
        net.post(&target, &bob).data(),
        json!({ "following": true, "pending_follow": false })
    );
    assert_eq!(net.ids(&target), strings(&[Fake::BOB]));
    net.fake.set_plan(Plan::PayPerUse);
    assert_eq!(
        net.delete(&format!("{target}/{}", Fake::BOB)).data(),
        json!({ "following": false })
    );
    assert!(net.ids(&target).is_empty());
    net.fake.set_plan(Plan::Enterprise);
    net.fake.set_protected(Fake::CAROL, true);
    let carol = json!({ "target_user_id": Fake::CAROL.to_string() });
    assert_eq!(
        net.post(&target, &carol).data(),
        json!({ "following": false, "pending_follow": true })
    );
    net.post(&target, &json!({ "target_user_id": "1" }))
        .refused(404);
    net.post(
        &target,
        &json!({ "target_user_id": Fake::ANNA.to_string() }),
    )
    .refused(400);
}

fn mutes_are_kept_and_blocks_are_listed(net: &Net) {
    let muting = format!("/2/users/{}/muting", Fake::ANNA);
    let bob = json!({ "target_user_id": Fake::BOB.to_string() });
    assert_eq!(net.post(&muting, &bob).data(), json!({ "muting": true }));
    assert_eq!(net.ids(&muting), strings(&[Fake::BOB]));
    assert_eq!(
        net.delete(&format!("{muting}/{}", Fake::BOB)).data(),
        json!({ "muting": false })
    );
    assert!(net.ids(&muting).is_empty());
    net.fake.block_as(Fake::ANNA, Fake::CAROL, true, net.now());
    let blocking = format!("/2/users/{}/blocking", Fake::ANNA);
    assert_eq!(net.ids(&blocking), strings(&[Fake::CAROL]));
    net.post(&blocking, &bob).refused(405);
}

fn a_look_up_tells_how_one_stands_to_a_user(net: &Net) {
    net.fake.follow_as(Fake::BOB, Fake::ANNA, net.now());
    let ask = |user: u64| {
        net.get(&format!("/2/users/{user}?user.fields=connection_status"))
            .data()
    };
    assert_eq!(ask(Fake::BOB)["connection_status"], json!(["followed_by"]));
    net.fake.follow_as(Fake::ANNA, Fake::BOB, net.now());
    net.fake.block_as(Fake::ANNA, Fake::CAROL, true, net.now());
    assert_eq!(
        ask(Fake::BOB)["connection_status"],
        json!(["following", "followed_by"])
    );
    assert_eq!(ask(Fake::CAROL)["connection_status"], json!(["blocking"]));
}
