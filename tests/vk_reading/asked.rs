//! Everything that the adapter asks of the network, once, on the fake: each request is held to the contract, and counted.

use std::time::Duration;

use serde_json::json;
use sociable::adapters::vk::Vk;
use sociable::adapters::vk::fake::Fake;
use sociable::{
    AccountId, AccountRef, Audience, AudienceQuery, ConversationId, Draft, Edit, Engagement,
    EventQuery, LinkCard, Media, Membership, MessageDraft, Moderation, PageRequest, Period, Poll,
    Post, PostId, PostQuery, PromotionQuery, Recipient, Reconciled, SocialNetwork, Target,
    Timeline,
};

use crate::net::{Net, WALL, ids, reply, wall};

/// What callers ask for themselves: of it nothing is promised.
pub(crate) const NATIVE: [&str; 2] = ["board.addTopic", "board.createComment"];

fn png() -> Media {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xaeB`\x82";
    Media::bytes(PNG).media_type("image/png").name("cat.png")
}

fn mp4() -> Media {
    Media::bytes(&b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"[..])
        .media_type("video/mp4")
        .name("v.mp4")
}

fn pdf() -> Media {
    Media::bytes(&b"%PDF-1.4 a price list"[..])
        .media_type("application/pdf")
        .name("price list.pdf")
}

pub(crate) async fn everything(net: &Net) {
    let vk = net.community();
    let bob = net.builder().user_token(Fake::BOB_TOKEN).build().unwrap();
    identity(net, &vk, &bob).await;
    let post = published(net, &vk).await;
    changed(&vk, &post).await;
    measures(net, &vk, &bob, &post).await;
    lists(net, &vk).await;
    people(net, &vk, &bob).await;
    messages(net, &vk).await;
    figures(net, &vk, &post).await;
    happenings(net, &vk).await;
}

async fn identity(net: &Net, vk: &Vk, bob: &Vk) {
    vk.refresh_profile().await.unwrap();
    assert_eq!(vk.me().await.unwrap().id.as_str(), "club7001");
    assert_eq!(bob.me().await.unwrap().id.as_str(), "id102");
    let carol = vk.account(&AccountRef::handle("carol.test")).await.unwrap();
    assert_eq!(carol.id.as_str(), format!("id{}", Fake::CAROL));
    // What is open is asked with a service token, too.
    let service = net.builder().service_token(Fake::SERVICE_TOKEN).build();
    let club = AccountRef::id("club7001");
    service.unwrap().account(&club).await.unwrap();
}

async fn published(net: &Net, vk: &Vk) -> Post {
    let draft = Draft::text("All at once, [id102|Bob]!")
        .media(png())
        .media(mp4())
        .media(pdf())
        .poll(Poll::new(["Now", "Later"]).open_for(Duration::from_secs(3600)))
        .link(
            LinkCard::new("https://example.com/notes")
                .title("Notes")
                .thumbnail(png()),
        )
        .native("vk", json!({"signed": true, "mark_as_ads": true}));
    let post = vk.publish(&draft).await.unwrap();
    let later = net.now() + Duration::from_secs(86_400);
    vk.publish(&Draft::text("Later").at(later)).await.unwrap();
    let person = net.builder().user_token(Fake::USER_TOKEN).build().unwrap();
    for visibility in [
        sociable::Visibility::Public,
        sociable::Visibility::Followers,
    ] {
        let own = Draft::text("Mine").media(png()).visibility(visibility);
        person.publish(&own).await.unwrap();
    }
    let alone = net.builder().community(Fake::GROUP);
    let alone = alone.community_token(Fake::GROUP_TOKEN).build().unwrap();
    alone.publish(&Draft::text("By itself")).await.unwrap();
    let draft = Draft::text("Looked for").key("k").created_at(net.now());
    let inspected = draft.inspect().await.unwrap();
    let checked = inspected.checked(&vk.profile()).unwrap();
    let prepared = vk.prepare(&checked).await.unwrap();
    let before = vk.reconcile(&prepared).await.unwrap();
    assert_eq!(before, Reconciled::Unknown);
    vk.commit(&prepared).await.unwrap();
    let after = vk.reconcile(&prepared).await.unwrap();
    assert!(matches!(after, Reconciled::Published(_)), "{after:?}");
    post
}

async fn changed(vk: &Vk, post: &Post) {
    vk.edit(&post.id, &Edit::text("Changed")).await.unwrap();
    let mut edit = Edit::new();
    edit.media = Some(vec![png()]);
    vk.edit(&post.id, &edit).await.unwrap();
    let comment = Draft::text("A comment").reply_to(post).media(png());
    let comment = vk.publish(&comment).await.unwrap();
    let below = Draft::text("Below").reply_to(&comment).key("below");
    vk.publish(&below).await.unwrap();
    vk.edit(&comment.id, &Edit::text("Look here"))
        .await
        .unwrap();
    vk.delete(&comment.id).await.unwrap();
    vk.moderate(&Moderation::restore(&comment)).await.unwrap();
    let gone = vk.publish(&Draft::text("Not for long")).await.unwrap();
    vk.delete(&gone.id).await.unwrap();
    vk.moderate(&Moderation::restore(&gone)).await.unwrap();
    vk.moderate(&Moderation::restore(&gone)).await.unwrap();
}

async fn measures(net: &Net, vk: &Vk, bob: &Vk, post: &Post) {
    let theirs = net
        .fake
        .post_as(Fake::BOB, Fake::BOB, "Bob's own", net.now());
    let theirs = PostId::new(format!("wall{}_{theirs}", Fake::BOB));
    let quote = Draft::text("Look").quote(theirs.as_str());
    vk.publish(&quote).await.unwrap();
    let target = Target::from(&theirs);
    for engagement in [Engagement::repost(), Engagement::repost().off()] {
        vk.engage(&target, &engagement).await.unwrap();
    }
    let target = Target::from(post);
    for engagement in [
        Engagement::like(),
        Engagement::like().off(),
        Engagement::vote([0]),
        Engagement::vote([]).off(),
    ] {
        vk.engage(&target, &engagement).await.unwrap();
        bob.engage(&target, &engagement).await.unwrap();
    }
    bob.engage(&target, &Engagement::vote([1])).await.unwrap();
    let club = Target::Account(AccountRef::id("club7001"));
    for engagement in [Engagement::follow(), Engagement::follow().off()] {
        bob.engage(&club, &engagement).await.unwrap();
    }
    let carol = AccountRef::handle("carol.test");
    for moderation in [
        Moderation::pin(post),
        Moderation::close_comments(post),
        Moderation::block(carol),
    ] {
        vk.moderate(&moderation).await.unwrap();
        vk.moderate(&moderation.off()).await.unwrap();
    }
}

async fn lists(net: &Net, vk: &Vk) {
    let first = net.post(WALL, "Kumquats #fruit");
    let mut answered = Vec::new();
    // More below each than comes with it, so that the rest is read in one script.
    for n in 0..2 {
        let top = net.comment(Fake::BOB, first, &format!("Top {n}"), None);
        for m in 0..12 {
            answered.push(net.comment(Fake::CAROL, first, &format!("{n} {m}"), Some(top)));
        }
    }
    let now = net.now();
    net.fake
        .repost_as(Fake::BOB, WALL, first, "Look at this", now);
    let named = format!("Thanks to [club{}|the club]", Fake::GROUP);
    net.fake.post_as(Fake::BOB, Fake::BOB, &named, now);
    let topic: i64 = vk
        .call(
            NATIVE[0],
            &json!({"group_id": Fake::GROUP, "title": "Rules", "text": "Be kind", "from_group": true}),
        )
        .await
        .unwrap();
    let said = json!({"group_id": Fake::GROUP, "topic_id": topic, "message": "Yes", "guid": "g"});
    let said: i64 = vk.call(NATIVE[1], &said).await.unwrap();
    let topic = PostId::new(format!("topic{WALL}_{topic}"));
    let said = PostId::new(format!("{topic}_r{said}"));
    let there = [
        PostQuery::own(),
        PostQuery::new(Timeline::Community(AccountId::new("club7001"))),
        PostQuery::account(AccountRef::handle("club.test")),
        PostQuery::new(Timeline::Scheduled),
        PostQuery::search("kumquats"),
        PostQuery::hashtag("fruit"),
        PostQuery::mentions(),
        PostQuery::replies(wall(first)),
        PostQuery::replies(topic.clone()),
        PostQuery::new(Timeline::Quotes(wall(first))),
        PostQuery::ids([wall(first), reply(first, answered[0]), said]),
    ];
    for query in there {
        let page = vk.posts(&query).await.unwrap();
        assert!(!page.items.is_empty(), "{:?}", query.timeline);
    }
    let thread = vk.posts(&PostQuery::thread(wall(first))).await.unwrap();
    assert_eq!(ids(&thread.items).len(), 1 + 2 + 24);
    vk.posts(&PostQuery::replies(reply(first, answered[0])))
        .await
        .unwrap();
    vk.post(&wall(first)).await.unwrap();
    vk.post(&reply(first, answered[3])).await.unwrap();
    let found = vk
        .search_wall(&AccountRef::Me, "kumquats", &PageRequest::first())
        .await;
    assert_eq!(found.unwrap().items.len(), 1);
}

async fn people(net: &Net, vk: &Vk, bob: &Vk) {
    let first = net.post(WALL, "For people");
    net.comment(Fake::BOB, first, "Here", None);
    for who in [Fake::BOB, Fake::CAROL] {
        net.fake.like_as(who, "post", WALL, first, true, net.now());
    }
    net.fake.repost_as(Fake::BOB, WALL, first, "", net.now());
    net.fake.join_as(Fake::CAROL, Fake::GROUP, true, net.now());
    let poll = Draft::text("Vote").poll(Poll::new(["This", "That"]));
    let poll = vk.publish(&poll).await.unwrap();
    bob.engage(&Target::from(&poll), &Engagement::vote([0]))
        .await
        .unwrap();
    for audience in [
        Audience::Members(AccountRef::Me),
        Audience::Followers(AccountRef::Me),
        Audience::Liked(wall(first)),
        Audience::Reposted(wall(first)),
        Audience::Commented(wall(first)),
        Audience::Voted(poll.id.clone(), None),
    ] {
        let query = AudienceQuery::new(audience);
        let page = vk.audience(&query).await.unwrap();
        assert!(!page.items.is_empty(), "{:?}", query.audience);
    }
    let asked = [Fake::CAROL, Fake::BOB].map(|id| AccountId::new(format!("id{id}")));
    let told = vk.membership(&asked).await.unwrap();
    assert_eq!(told, [Membership::Yes, Membership::No]);
}

async fn messages(net: &Net, vk: &Vk) {
    net.fake
        .message_as(Fake::BOB, Fake::GROUP, "Hello", net.now());
    let page = vk.conversations(&PageRequest::first()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let bob = ConversationId::new(Fake::BOB.to_string());
    let draft = MessageDraft::text("Here you are").media(png()).media(pdf());
    let to = Recipient::Conversation(bob.clone());
    vk.send(&to, &draft).await.unwrap();
    let read = Target::Conversation(bob.clone());
    vk.engage(&read, &Engagement::mark_read()).await.unwrap();
    let page = vk.messages(&bob, &PageRequest::first()).await.unwrap();
    assert_eq!(page.items.len(), 2);
}

async fn figures(net: &Net, vk: &Vk, post: &Post) {
    let measured = vk.post_metrics(std::slice::from_ref(&post.id)).await;
    assert!(measured.unwrap()[0].1.is_ok());
    let days = Period::new(
        "2026-11-19T21:00:00Z".parse().unwrap(),
        "2026-11-21T21:00:00Z".parse().unwrap(),
    );
    vk.account_metrics(&days).await.unwrap();
    let campaign = net.fake.add_campaign("Autumn");
    net.fake.add_ad(campaign, "Leaves");
    let query = PromotionQuery::new(days);
    let page = vk.promotions(&query).await.unwrap();
    assert_eq!(page.items.len(), 2);
    let named = query.ids(page.items[0].id.clone());
    assert_eq!(vk.promotions(&named).await.unwrap().items.len(), 1);
}

async fn happenings(net: &Net, vk: &Vk) {
    let from = vk.events(&EventQuery::now()).await.unwrap().cursor;
    net.post(Fake::BOB, "Something happens");
    let told = vk.events(&EventQuery::after(from)).await.unwrap();
    assert_eq!(told.items.len(), 1);
}

/// Which method a request of the network's own is; the rest are its servers for files and happenings.
pub(crate) fn seen(net: &Net) -> Vec<String> {
    let seen = net.fake.seen();
    let inner = seen.iter().flat_map(|seen| &seen.inner);
    let mut names: Vec<String> = inner.map(|call| call.name.clone()).collect();
    names.extend(seen.iter().map(|seen| seen.name().to_owned()));
    names.sort();
    names.dedup();
    names.retain(|name| !name.is_empty());
    names
}
