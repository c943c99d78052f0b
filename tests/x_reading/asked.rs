//! Everything that the adapter asks of the network, once, on the fake: each request is held to the contract, and counted.

use futures_util::StreamExt;
use serde_json::json;
use sociable::adapters::x::X;
use sociable::adapters::x::fake::Fake;
use sociable::{
    AccountId, AccountRef, Audience, AudienceQuery, ConversationId, Draft, Edit, Engagement,
    EventQuery, Media, MessageDraft, Moderation, PageRequest, Period, Poll, PostId, PostQuery,
    PostRef, PromotionQuery, Recipient, Reconciled, Since, SocialNetwork, Target, Timeline,
    TrendScope,
};

use crate::net::Net;

pub(crate) fn png() -> Media {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xaeB`\x82";
    Media::bytes(PNG).media_type("image/png").name("cat.png")
}

pub(crate) fn mp4() -> Media {
    Media::bytes(&b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"[..])
        .media_type("video/mp4")
        .name("v.mp4")
}

pub(crate) async fn everything(net: &Net) {
    let ads = net.fake.add_ads_account(Fake::ANNA, "Shop", "EUR");
    let x = net.builder().ads_account(ads.as_str()).build().unwrap();
    let bob = net.as_user(Fake::BOB_TOKEN);
    let clock = net.clock.clone();
    clock
        .drive(async {
            people(net, &x, &bob).await;
            let post = published(net, &x).await;
            engaged(net, &x, &bob, &post).await;
            lists(net, &x, &bob, &post).await;
            messages(net, &x).await;
            figures(net, &x, &post, &ads).await;
            happenings(net, &x).await;
        })
        .await;
}

async fn people(net: &Net, x: &X, bob: &X) {
    x.refresh_profile().await.unwrap();
    assert_eq!(x.me().await.unwrap().id.as_str(), Fake::ANNA.to_string());
    let id = AccountRef::id(Fake::CAROL.to_string());
    let name = AccountRef::handle(Fake::CAROL_NAME);
    for who in [id, name] {
        let carol = x.account(&who).await.unwrap();
        assert_eq!(carol.id.as_str(), Fake::CAROL.to_string());
    }
    net.fake.follow_as(Fake::CAROL, Fake::ANNA, net.now());
    net.fake.follow_as(Fake::ANNA, Fake::CAROL, net.now());
    for query in [AudienceQuery::followers(), AudienceQuery::following()] {
        let page = x.audience(&query).await.unwrap();
        assert!(!page.items.is_empty(), "{:?}", query.audience);
    }
    let ids = [Fake::CAROL, Fake::BOB].map(|id| AccountId::new(id.to_string()));
    assert_eq!(x.membership(&ids).await.unwrap().len(), 2);
    let bobs = Target::Account(AccountRef::handle(Fake::BOB_NAME));
    for engagement in [Engagement::follow(), Engagement::follow().off()] {
        x.engage(&bobs, &engagement).await.unwrap();
    }
    let mute = Moderation::mute(AccountRef::handle(Fake::BOB_NAME));
    x.moderate(&mute).await.unwrap();
    x.moderate(&mute.off()).await.unwrap();
    bob.me().await.unwrap();
}

async fn published(net: &Net, x: &X) -> PostRef {
    let draft = Draft::text("A cat https://example.com/").media(png().alt("A cat"));
    let post = x.publish(&draft).await.unwrap();
    x.publish(&Draft::text("A video").media(mp4()))
        .await
        .unwrap();
    let poll = Draft::text("Which?").poll(Poll::new(["This", "That"]));
    x.publish(&poll).await.unwrap();
    let quoted = net.fake.post_as(Fake::BOB, "Bob's own", net.now());
    let quote = Draft::text("Look").quote(PostId::new(quoted.to_string()));
    x.publish(&quote).await.unwrap();
    let draft = Draft::text("Looked for").key("k").created_at(net.now());
    let inspected = draft.inspect().await.unwrap();
    let checked = inspected.checked(&x.profile()).unwrap();
    let prepared = x.prepare(&checked).await.unwrap();
    x.commit(&prepared).await.unwrap();
    let after = x.reconcile(&prepared).await.unwrap();
    assert!(matches!(after, Reconciled::Published(_)), "{after:?}");
    let gone = x.publish(&Draft::text("Not for long")).await.unwrap();
    let edited = x.edit(&gone.id, &Edit::text("For a moment")).await.unwrap();
    x.delete(&edited.id).await.unwrap();
    PostRef::from(&post)
}

async fn engaged(net: &Net, x: &X, bob: &X, post: &PostRef) {
    let theirs = net.fake.post_as(Fake::BOB, "Something of Bob's", net.now());
    let theirs = Target::Post(PostRef::from(PostId::new(theirs.to_string())));
    for engagement in [
        Engagement::like(),
        Engagement::repost(),
        Engagement::bookmark(),
    ] {
        x.engage(&theirs, &engagement).await.unwrap();
        x.engage(&theirs, &engagement.off()).await.unwrap();
    }
    let answer = Draft::text("Which cat?").reply_to(post.clone());
    let answer = bob.publish(&answer).await.unwrap();
    let hide = Moderation::hide(PostRef::from(&answer));
    x.moderate(&hide).await.unwrap();
    x.moderate(&hide.off()).await.unwrap();
}

async fn lists(net: &Net, x: &X, bob: &X, post: &PostRef) {
    let now = net.now();
    let id: u64 = post.id.as_str().parse().unwrap();
    net.fake.like_as(Fake::CAROL, id, now);
    net.fake.repost_as(Fake::CAROL, id, now);
    net.fake.quote_as(Fake::CAROL, id, "Look at this", now);
    let said = format!("Thanks @{} #fruit", Fake::ANNA_NAME);
    bob.publish(&Draft::text(said)).await.unwrap();
    let mut archive = PostQuery::search("cat");
    archive.since = Some("2026-01-01T00:00:00Z".parse().unwrap());
    for query in [
        PostQuery::own(),
        PostQuery::home(),
        PostQuery::mentions(),
        PostQuery::account(AccountRef::handle(Fake::BOB_NAME)),
        PostQuery::search("cat"),
        archive,
        PostQuery::hashtag("fruit"),
        PostQuery::replies(post.id.clone()),
        PostQuery::thread(post.id.clone()),
        PostQuery::new(Timeline::Quotes(post.id.clone())),
        PostQuery::ids([post.id.clone()]),
    ] {
        let page = x.posts(&query).await.unwrap();
        assert!(!page.items.is_empty(), "{:?}", query.timeline);
    }
    x.post(&post.id).await.unwrap();
    for audience in [
        Audience::Liked(post.id.clone()),
        Audience::Reposted(post.id.clone()),
        Audience::Commented(post.id.clone()),
    ] {
        let query = AudienceQuery::new(audience);
        let page = x.audience(&query).await.unwrap();
        assert!(!page.items.is_empty(), "{:?}", query.audience);
    }
}

async fn messages(net: &Net, x: &X) {
    net.fake
        .message_as(Fake::BOB, Fake::ANNA, "Hello", net.now());
    let page = x.conversations(&PageRequest::first()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let talk: ConversationId = page.items[0].id.clone();
    let draft = MessageDraft::text("Here you are").media(png());
    let to = Recipient::Conversation(talk.clone());
    x.send(&to, &draft).await.unwrap();
    let to = Recipient::Account(AccountRef::handle(Fake::BOB_NAME));
    x.send(&to, &MessageDraft::text("And this")).await.unwrap();
    let page = x.messages(&talk, &PageRequest::first()).await.unwrap();
    assert_eq!(page.items.len(), 3);
    let bob = AccountRef::id(Fake::BOB.to_string());
    let page = x.messages_with(&bob, &PageRequest::first()).await.unwrap();
    assert_eq!(page.items.len(), 3);
}

async fn figures(net: &Net, x: &X, post: &PostRef, ads: &str) {
    let measured = x.post_metrics(std::slice::from_ref(&post.id)).await;
    assert!(measured.unwrap()[0].1.is_ok());
    let days = Period::new(
        "2026-11-16T00:00:00Z".parse().unwrap(),
        "2026-11-23T00:00:00Z".parse().unwrap(),
    );
    x.account_metrics(&days).await.unwrap();
    net.fake.set_trends(1, &[("#cats", Some(12))]);
    assert_eq!(x.trending(&TrendScope::anywhere()).await.unwrap().len(), 1);
    net.fake.add_promotion(ads, "Autumn", None);
    let id: u64 = post.id.as_str().parse().unwrap();
    net.fake.add_promotion(ads, "Cats", Some(id));
    let query = PromotionQuery::new(days);
    let page = x.promotions(&query).await.unwrap();
    assert_eq!(page.items.len(), 2);
    for promotion in &page.items {
        let named = PromotionQuery::new(days).ids(promotion.id.clone());
        assert_eq!(x.promotions(&named).await.unwrap().items.len(), 1);
    }
}

async fn happenings(net: &Net, x: &X) {
    let from = x.events(&EventQuery::now()).await.unwrap().cursor;
    net.seconds(5);
    let said = format!("@{} hello again", Fake::ANNA_NAME);
    net.fake.post_as(Fake::BOB, &said, net.now());
    net.fake
        .message_as(Fake::BOB, Fake::ANNA, "Are you open?", net.now());
    let told = x.events(&EventQuery::after(from)).await.unwrap();
    assert_eq!(told.items.len(), 2);

    // What was missed in the last minutes is sent again.
    let rule = json!({"add": [{"value": "hello"}]});
    let _: serde_json::Value = x
        .call("POST", "/2/tweets/search/stream/rules", &rule)
        .await
        .unwrap();
    let mut posts = x.stream(Since::Oldest);
    assert!(posts.next().await.unwrap().is_ok());
    let subscription =
        json!({"event_type": "post.mention.create", "filter": {"user_id": Fake::ANNA.to_string()}});
    let _: serde_json::Value = x
        .call("POST", "/2/activity/subscriptions", &subscription)
        .await
        .unwrap();
    let said = format!("@{} once more", Fake::ANNA_NAME);
    net.fake.post_as(Fake::BOB, &said, net.now());
    let mut happened = x.activity(Since::Oldest);
    assert!(happened.next().await.unwrap().is_ok());
}
