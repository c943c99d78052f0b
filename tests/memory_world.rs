//! The embedded network from end to end, each operation on, off and repeated.
#![cfg(feature = "memory")]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::memory::{Memory, PromotionYield, World};
use sociable::client::{Clock, Disturbance, SetClock};
use sociable::jiff::Timestamp;
use sociable::{
    AccountRef, Audience, AudienceQuery, Draft, Edit, Engagement, ErrorKind, EventKind, EventQuery,
    Media, MediaKind, Membership, MessageDraft, Metric, Moderation, Money, Operation, Order,
    PageRequest, Period, Poll, Post, PostQuery, PostState, PromotionQuery, Recipient,
    SocialNetwork, Target, Timeline, TrendScope, Visibility,
};

const START: &str = "2026-11-20T10:00:00Z";
const DAY: Duration = Duration::from_secs(86_400);

struct Town {
    clock: SetClock,
    world: World,
    shop: Memory,
    alice: Memory,
    bob: Memory,
}

fn town() -> Town {
    let clock = SetClock::at(START.parse().unwrap());
    let world = World::with_clock(Arc::new(clock.clone()));
    for handle in ["shop", "alice", "bob"] {
        world.add_account(handle);
    }
    let as_ = |handle: &str| world.network(handle).unwrap();
    Town {
        shop: as_("shop"),
        alice: as_("alice"),
        bob: as_("bob"),
        clock,
        world,
    }
}

async fn say(who: &Memory, text: &str) -> Post {
    who.publish(&Draft::text(text)).await.unwrap()
}

fn texts(posts: &[Post]) -> Vec<&str> {
    posts.iter().map(|p| p.text.as_str()).collect()
}

async fn list(who: &Memory, query: PostQuery) -> Vec<Post> {
    who.posts(&query).await.unwrap().items
}

const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0,
    2, 0, 0, 0, 3, 8, 2, 0, 0, 0,
];

#[tokio::test]
async fn what_is_published_is_read_back_by_everybody() {
    let t = town();
    let draft = Draft::text("Tea for @alice, see https://example.com #Tea")
        .media(Media::bytes(PNG).alt("a cup"))
        .language("en");
    let post = t.shop.publish(&draft).await.unwrap();
    assert_eq!(post.state, PostState::Live);
    assert_eq!(
        post.author.as_ref().unwrap().handle.as_deref(),
        Some("shop")
    );
    assert_eq!(post.media[0].alt.as_deref(), Some("a cup"));
    assert_eq!(post.media[0].dimensions, Some((2, 3)));
    assert_eq!(post.media[0].kind, MediaKind::Image);
    assert_eq!(post.languages, ["en"]);
    let read = t.alice.post(&post.id).await.unwrap();
    assert_eq!(read.text, post.text);
    assert_eq!(list(&t.alice, PostQuery::mentions()).await[0].id, post.id);
    assert_eq!(list(&t.bob, PostQuery::hashtag("tea")).await[0].id, post.id);
    assert_eq!(
        list(&t.bob, PostQuery::search("TEA example")).await[0].id,
        post.id
    );
    assert!(list(&t.bob, PostQuery::search("coffee")).await.is_empty());
    let again = PostQuery::ids([post.id.clone(), "memory:post:999".into()]);
    let page = t.bob.posts(&again).await.unwrap();
    assert_eq!((page.items.len(), page.omitted.len()), (1, 1));
}

#[tokio::test]
async fn a_key_makes_one_post_whoever_repeats_it() {
    let t = town();
    let draft = Draft::text("once").key("k").media(Media::bytes(PNG));
    let first = t.shop.publish(&draft).await.unwrap();
    let second = t.world.network("shop").unwrap();
    assert_eq!(second.publish(&draft).await.unwrap().id, first.id);
    let other = second.publish(&Draft::text("twice").key("k")).await;
    assert_eq!(*other.unwrap_err().kind(), ErrorKind::Conflict);
    // A key belongs to its account.
    let theirs = t
        .alice
        .publish(&Draft::text("once").key("k"))
        .await
        .unwrap();
    assert_ne!(theirs.id, first.id);
    assert_eq!(t.world.published("shop"), [first.id]);
    say(&t.shop, "same words").await;
    say(&t.shop, "same words").await;
    assert_eq!(t.world.published("shop").len(), 3);
}

#[tokio::test]
async fn replies_and_quotes_hang_together() {
    let t = town();
    let root = say(&t.shop, "root").await;
    let reply = |to: &Post, text: &str| Draft::text(text).reply_to(to);
    let one = t.alice.publish(&reply(&root, "one")).await.unwrap();
    t.bob.publish(&reply(&root, "two")).await.unwrap();
    let below = t.shop.publish(&reply(&one, "one below")).await.unwrap();
    assert_eq!(below.thread.as_ref(), Some(&root.id));
    assert_eq!(below.reply_to.as_ref(), Some(&one.id));
    let thread = list(&t.bob, PostQuery::thread(&below.id).limit(2)).await;
    assert_eq!(texts(&thread), ["root", "one"]);
    let page = t
        .bob
        .posts(&PostQuery::thread(&root.id).limit(2))
        .await
        .unwrap();
    let rest = PostQuery::thread(&root.id).after(page.next.unwrap());
    assert_eq!(texts(&list(&t.bob, rest).await), ["one below", "two"]);
    assert_eq!(
        texts(&list(&t.bob, PostQuery::replies(&root.id)).await),
        ["two", "one"]
    );
    t.bob
        .publish(&Draft::text("look").quote(&root))
        .await
        .unwrap();
    let quotes = list(&t.alice, PostQuery::new(Timeline::Quotes(root.id.clone()))).await;
    assert_eq!(quotes[0].quote.as_ref(), Some(&root.id));
    let nothing = t
        .bob
        .publish(&Draft::text("?").reply_to("memory:post:999"))
        .await;
    assert_eq!(*nothing.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn an_engagement_goes_on_and_off_and_a_repetition_changes_nothing() {
    let t = town();
    let mut draft = Draft::text("Which?");
    draft.poll = Some(Poll::new(["a", "b"]));
    let post = t.shop.publish(&draft).await.unwrap();
    let target = Target::from(&post);
    for engagement in [
        Engagement::like(),
        Engagement::react("🍵"),
        Engagement::repost(),
        Engagement::bookmark(),
        Engagement::vote([1]),
    ] {
        let on = t.alice.engage(&target, &engagement).await.unwrap();
        assert_eq!((on.on, on.changed), (true, Some(true)), "{engagement:?}");
        let again = t.alice.engage(&target, &engagement).await.unwrap();
        assert_eq!(
            (again.on, again.changed),
            (true, Some(false)),
            "{engagement:?}"
        );
    }
    let seen = t.alice.post(&post.id).await.unwrap();
    assert_eq!(seen.mine.liked, Some(true));
    assert_eq!(seen.mine.reposted, Some(true));
    assert_eq!(seen.mine.bookmarked, Some(true));
    let poll = seen.poll.unwrap();
    assert_eq!(poll.mine, Some(vec![1]));
    assert_eq!(poll.options[1].votes, Some(1));
    assert_eq!(seen.metrics.count(Metric::Reactions), Some(1));
    for audience in [
        Audience::Liked(post.id.clone()),
        Audience::Reposted(post.id.clone()),
        Audience::Voted(post.id.clone(), Some(1)),
    ] {
        let page = t
            .shop
            .audience(&AudienceQuery::new(audience))
            .await
            .unwrap();
        assert_eq!(page.items[0].handle.as_deref(), Some("alice"));
        assert_eq!(page.total, Some(1));
    }
    let none = Audience::Voted(post.id.clone(), Some(0));
    assert!(
        t.shop
            .audience(&AudienceQuery::new(none))
            .await
            .unwrap()
            .items
            .is_empty()
    );
    for engagement in [
        Engagement::like(),
        Engagement::react("🍵"),
        Engagement::repost(),
        Engagement::bookmark(),
        Engagement::vote([1]),
    ] {
        let off = engagement.off();
        assert_eq!(
            t.alice.engage(&target, &off).await.unwrap().changed,
            Some(true)
        );
        assert_eq!(
            t.alice.engage(&target, &off).await.unwrap().changed,
            Some(false)
        );
    }
    t.clock.advance(DAY);
    let late = t.alice.engage(&target, &Engagement::vote([0])).await;
    assert_eq!(*late.unwrap_err().kind(), ErrorKind::WindowClosed);
}

#[tokio::test]
async fn who_follows_reads_it_at_home_reposts_included() {
    let t = town();
    let alice = Target::from(AccountRef::handle("alice"));
    t.shop.engage(&alice, &Engagement::follow()).await.unwrap();
    let words = say(&t.bob, "from bob").await;
    say(&t.alice, "from alice").await;
    t.alice
        .engage(&Target::from(&words), &Engagement::repost())
        .await
        .unwrap();
    let home = list(&t.shop, PostQuery::home()).await;
    assert_eq!(texts(&home), ["from bob", "from alice"]);
    let by = home[0].reposted_by.as_ref().unwrap();
    assert_eq!(by.handle.as_deref(), Some("alice"));
    let following = t.shop.audience(&AudienceQuery::following()).await.unwrap();
    assert_eq!(following.items.len(), 1);
    let me = t.shop.me().await.unwrap();
    let there = t
        .alice
        .membership(&[me.id.clone(), "memory:account:nobody".into()])
        .await;
    assert_eq!(there.unwrap(), [Membership::Yes, Membership::Unknown]);
    t.shop
        .moderate(&Moderation::mute(AccountRef::handle("alice")))
        .await
        .unwrap();
    assert!(list(&t.shop, PostQuery::home()).await.is_empty());
    t.shop
        .moderate(&Moderation::mute(AccountRef::handle("alice")).off())
        .await
        .unwrap();
    t.shop
        .engage(&alice, &Engagement::follow().off())
        .await
        .unwrap();
    assert!(list(&t.shop, PostQuery::home()).await.is_empty());
}

#[tokio::test]
async fn an_edit_changes_what_it_names_and_a_deletion_can_be_taken_back() {
    let t = town();
    let post = t
        .shop
        .publish(&Draft::text("one").media(Media::bytes(PNG).alt("a cup")))
        .await
        .unwrap();
    t.clock.advance(Duration::from_secs(60));
    let edited = t.shop.edit(&post.id, &Edit::text("two")).await.unwrap();
    assert_eq!(edited.text.as_str(), "two");
    assert_eq!(edited.media, post.media);
    assert!(edited.edited_at.is_some());
    let theirs = t
        .alice
        .edit(&post.id, &Edit::text("three"))
        .await
        .unwrap_err();
    assert!(matches!(theirs.kind(), ErrorKind::Forbidden(_)));
    assert!(t.alice.delete(&post.id).await.is_err());
    t.shop.delete(&post.id).await.unwrap();
    t.shop.delete(&post.id).await.unwrap();
    t.shop.delete(&"memory:post:999".into()).await.unwrap();
    let gone = t.alice.post(&post.id).await.unwrap_err();
    assert_eq!(*gone.kind(), ErrorKind::NotFound);
    t.shop
        .moderate(&Moderation::restore(&post.id))
        .await
        .unwrap();
    t.shop
        .moderate(&Moderation::restore(&post.id))
        .await
        .unwrap();
    assert_eq!(t.alice.post(&post.id).await.unwrap().text.as_str(), "two");
    t.shop.delete(&post.id).await.unwrap();
    t.clock.advance(31 * DAY);
    let late = t.shop.moderate(&Moderation::restore(&post.id)).await;
    assert_eq!(*late.unwrap_err().kind(), ErrorKind::WindowClosed);
}

#[tokio::test]
async fn an_author_hides_answers_closes_comments_and_pins() {
    let t = town();
    let post = say(&t.shop, "root").await;
    let reply = t
        .alice
        .publish(&Draft::text("rude").reply_to(&post))
        .await
        .unwrap();
    let hide = Moderation::hide(&reply.id);
    assert!(t.bob.moderate(&hide).await.is_err());
    t.shop.moderate(&hide).await.unwrap();
    t.shop.moderate(&hide).await.unwrap();
    assert!(list(&t.bob, PostQuery::replies(&post.id)).await.is_empty());
    t.shop.moderate(&hide.off()).await.unwrap();
    assert_eq!(list(&t.bob, PostQuery::replies(&post.id)).await.len(), 1);
    let close = Moderation::close_comments(&post.id);
    t.shop.moderate(&close).await.unwrap();
    let refused = t.alice.publish(&Draft::text("more").reply_to(&post)).await;
    assert!(matches!(
        refused.unwrap_err().kind(),
        ErrorKind::Forbidden(_)
    ));
    t.shop.moderate(&close.off()).await.unwrap();
    t.alice
        .publish(&Draft::text("more").reply_to(&post))
        .await
        .unwrap();
    t.shop.moderate(&Moderation::pin(&post.id)).await.unwrap();
    assert_eq!(t.world.pinned("shop"), std::slice::from_ref(&post.id));
    t.shop
        .moderate(&Moderation::pin(&post.id).off())
        .await
        .unwrap();
    assert!(t.world.pinned("shop").is_empty());
}

#[tokio::test]
async fn who_is_blocked_neither_reads_nor_reaches() {
    let t = town();
    let post = say(&t.shop, "hello").await;
    t.bob
        .engage(
            &Target::from(AccountRef::handle("shop")),
            &Engagement::follow(),
        )
        .await
        .unwrap();
    let block = Moderation::block(AccountRef::handle("bob"));
    t.shop.moderate(&block).await.unwrap();
    t.shop.moderate(&block).await.unwrap();
    assert!(
        t.shop
            .audience(&AudienceQuery::followers())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(t.bob.post(&post.id).await.is_err());
    let to = Recipient::Account(AccountRef::handle("shop"));
    let refused = t
        .bob
        .send(&to, &MessageDraft::text("hey"))
        .await
        .unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Forbidden(_)));
    t.shop.moderate(&block.off()).await.unwrap();
    assert!(t.bob.post(&post.id).await.is_ok());
}

#[tokio::test]
async fn messages_go_both_ways_and_are_read() {
    let t = town();
    let to = Recipient::Account(AccountRef::handle("shop"));
    let draft = MessageDraft::text("Open today?").key("m");
    let sent = t.alice.send(&to, &draft).await.unwrap();
    assert_eq!(t.alice.send(&to, &draft).await.unwrap().id, sent.id);
    let page = t.shop.conversations(&PageRequest::first()).await.unwrap();
    assert_eq!(page.items[0].unread, Some(1));
    assert_eq!(page.items[0].members[0].handle.as_deref(), Some("alice"));
    let conversation = page.items[0].id.clone();
    let answer = MessageDraft::text("Until six").reply_to(sent.id.clone());
    t.shop
        .send(&Recipient::from(&conversation), &answer)
        .await
        .unwrap();
    let read = Target::from(conversation.clone());
    let done = t
        .shop
        .engage(&read, &Engagement::mark_read())
        .await
        .unwrap();
    assert_eq!(done.changed, Some(true));
    let page = t.shop.conversations(&PageRequest::first()).await.unwrap();
    assert_eq!(page.items[0].unread, Some(0));
    let messages = t
        .alice
        .messages(&conversation, &PageRequest::first().limit(1))
        .await
        .unwrap();
    assert_eq!(messages.items[0].text.as_str(), "Until six");
    assert_eq!(messages.items[0].outgoing, Some(false));
    assert!(messages.next.is_some());
    let foreign = t.bob.messages(&conversation, &PageRequest::first()).await;
    assert_eq!(*foreign.unwrap_err().kind(), ErrorKind::NotFound);
    let start = t.shop.events(&EventQuery::now()).await.unwrap().cursor;
    t.world.edit_message(&sent.id, "Open tonight?").unwrap();
    let messages = t
        .shop
        .messages(&conversation, &PageRequest::first())
        .await
        .unwrap();
    assert!(messages.items[1].edited_at.is_some());
    t.world.delete_message(&sent.id).unwrap();
    let told = t
        .shop
        .events(&EventQuery::after(start))
        .await
        .unwrap()
        .items;
    let kinds: Vec<&str> = told.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(kinds, ["message_edited", "message_deleted"]);
    let post = say(&t.bob, "a comment").await;
    let privately = Recipient::CommentAuthor((&post).into());
    let message = MessageDraft::text("in private").media(Media::bytes(PNG));
    let message = t.shop.send(&privately, &message).await.unwrap();
    assert_ne!(message.conversation, conversation);
    assert_eq!(message.media.len(), 1);
}

#[tokio::test]
async fn a_conversation_may_be_answered_within_its_window() {
    let t = town();
    t.world.set_reply_window(Some(DAY));
    let to = Recipient::Account(AccountRef::handle("shop"));
    let sent = t.alice.send(&to, &MessageDraft::text("Hi")).await.unwrap();
    let back = Recipient::from(&sent.conversation);
    let page = t.shop.conversations(&PageRequest::first()).await.unwrap();
    let until = page.items[0].can_reply_until.unwrap();
    assert_eq!(until, START.parse::<Timestamp>().unwrap() + DAY);
    t.clock.advance(DAY - Duration::from_secs(1));
    t.shop
        .send(&back, &MessageDraft::text("Hello"))
        .await
        .unwrap();
    t.clock.advance(Duration::from_secs(1));
    let late = t
        .shop
        .send(&back, &MessageDraft::text("Still there?"))
        .await;
    assert_eq!(*late.unwrap_err().kind(), ErrorKind::WindowClosed);
}

#[tokio::test]
async fn a_scheduled_post_appears_when_its_time_comes() {
    let t = town();
    let at = START.parse::<Timestamp>().unwrap() + DAY;
    let post = t
        .shop
        .publish(&Draft::text("@alice tomorrow").at(at))
        .await
        .unwrap();
    assert_eq!(post.state, PostState::Scheduled(at));
    let scheduled = || PostQuery::new(Timeline::Scheduled);
    assert_eq!(list(&t.shop, scheduled()).await.len(), 1);
    assert!(list(&t.shop, PostQuery::own()).await.is_empty());
    assert!(t.alice.post(&post.id).await.is_err());
    t.clock.advance(DAY);
    assert!(list(&t.shop, scheduled()).await.is_empty());
    let own = list(&t.shop, PostQuery::own()).await;
    assert_eq!(own[0].state, PostState::Live);
    let events = t.alice.events(&EventQuery::oldest()).await.unwrap();
    assert_eq!(events.items[0].kind, EventKind::Mention);
    assert_eq!(events.items[0].at, Some(at));
    let past = t
        .shop
        .publish(&Draft::text("late").at(at))
        .await
        .unwrap_err();
    assert!(matches!(past.kind(), ErrorKind::Invalid(_)));
}

#[tokio::test]
async fn a_community_takes_posts_of_its_members_alone() {
    let t = town();
    let plaza = t.world.add_community("plaza");
    let draft = Draft::text("in the plaza").to(plaza.as_str());
    let refused = t.alice.publish(&draft).await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Forbidden(_)));
    t.alice
        .engage(&Target::from(plaza.clone()), &Engagement::follow())
        .await
        .unwrap();
    let post = t.alice.publish(&draft).await.unwrap();
    assert_eq!(post.place.unwrap().id.as_str(), plaza.as_str());
    let there = PostQuery::new(Timeline::Community(plaza.clone()));
    assert_eq!(list(&t.bob, there).await.len(), 1);
    let members = Audience::Members(plaza.into());
    let members = t.bob.audience(&AudienceQuery::new(members)).await.unwrap();
    assert_eq!(members.items[0].handle.as_deref(), Some("alice"));
}

#[tokio::test]
async fn a_page_stays_right_when_something_is_added_or_taken_away() {
    let t = town();
    let mut posts = Vec::new();
    for i in 0..5 {
        posts.push(say(&t.shop, &format!("post {i}")).await);
    }
    let first = t.shop.posts(&PostQuery::own().limit(2)).await.unwrap();
    assert_eq!(texts(&first.items), ["post 4", "post 3"]);
    say(&t.shop, "new").await;
    t.shop.delete(&posts[3].id).await.unwrap();
    let second = PostQuery::own().limit(2).after(first.next.unwrap());
    assert_eq!(texts(&list(&t.shop, second).await), ["post 2", "post 1"]);
    let oldest = PostQuery::own().order(Order::Oldest).limit(1);
    assert_eq!(texts(&list(&t.shop, oldest).await), ["post 0"]);
    let odd = t.shop.posts(&PostQuery::own().after("elsewhere")).await;
    assert!(matches!(odd.unwrap_err().kind(), ErrorKind::Invalid(_)));
}

#[tokio::test]
async fn who_may_see_a_post_is_kept() {
    let t = town();
    let to = |visibility: Visibility| {
        let mut draft = Draft::text("@alice secret #s");
        draft.visibility = Some(visibility);
        draft
    };
    let direct = t.shop.publish(&to(Visibility::Direct)).await.unwrap();
    assert!(t.alice.post(&direct.id).await.is_ok());
    assert!(t.bob.post(&direct.id).await.is_err());
    t.shop.publish(&to(Visibility::Unlisted)).await.unwrap();
    assert!(list(&t.bob, PostQuery::hashtag("s")).await.is_empty());
}

#[tokio::test]
async fn figures_grow_with_the_time_and_never_fall() {
    let t = town();
    let shop = Target::from(AccountRef::handle("shop"));
    t.alice.engage(&shop, &Engagement::follow()).await.unwrap();
    let post = say(&t.shop, "seen").await;
    let shown = async |who: &Memory| {
        let mut all = who
            .post_metrics(std::slice::from_ref(&post.id))
            .await
            .unwrap();
        all.remove(0).1.unwrap()
    };
    let at_once = shown(&t.shop).await.count(Metric::Impressions).unwrap();
    t.clock.advance(Duration::from_secs(6 * 3600));
    let later = shown(&t.shop).await.count(Metric::Impressions).unwrap();
    assert!(later > at_once);
    t.alice
        .engage(&Target::from(&post), &Engagement::like())
        .await
        .unwrap();
    let liked = shown(&t.shop).await.count(Metric::Impressions).unwrap();
    assert!(liked > later);
    t.alice
        .engage(&Target::from(&post), &Engagement::like().off())
        .await
        .unwrap();
    t.alice
        .engage(&shop, &Engagement::follow().off())
        .await
        .unwrap();
    assert_eq!(shown(&t.shop).await.count(Metric::Impressions), Some(liked));
    // Nobody else sees how often it was shown.
    assert_eq!(shown(&t.alice).await.count(Metric::Impressions), None);
    let start: Timestamp = START.parse().unwrap();
    let day = Period::new(start, start + DAY);
    let account = t.shop.account_metrics(&day).await.unwrap();
    assert_eq!(account.count(Metric::Joins), Some(1));
    assert_eq!(account.count(Metric::Leaves), Some(1));
    assert_eq!(account.count(Metric::Followers), Some(0));
    let unknown = t
        .shop
        .post_metrics(&["memory:post:999".into()])
        .await
        .unwrap();
    assert_eq!(
        *unknown[0].1.as_ref().unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn the_spans_of_a_promotion_add_up() {
    let t = town();
    let post = say(&t.shop, "buy").await;
    let start: Timestamp = START.parse().unwrap();
    let run = Period::new(start, start + 3 * DAY);
    let budget = Money::minor(99_99, sociable::Currency::EUR);
    let id = t.world.promote(&post.id, "sale", run, budget).unwrap();
    t.clock.advance(4 * DAY);
    let read = async |period: Period| {
        let page = t
            .shop
            .promotions(&PromotionQuery::new(period))
            .await
            .unwrap();
        let metrics = &page.items[0].metrics;
        let spend = metrics.iter().find_map(|f| match &f.reading {
            sociable::Reading::Value {
                value: sociable::Quantity::Money(m),
                ..
            } => Some(m.amount),
            _ => None,
        });
        (
            spend.unwrap(),
            metrics.count(Metric::Clicks).unwrap(),
            page.items[0].id.clone(),
        )
    };
    let whole = read(run).await;
    assert_eq!(whole.0, 99_99);
    assert_eq!(whole.2, id);
    let middle = start + Duration::from_secs(100_000);
    let one = read(Period::new(start, middle)).await;
    let two = read(Period::new(middle, start + 9 * DAY)).await;
    assert_eq!(one.0 + two.0, whole.0);
    assert_eq!(one.1 + two.1, whole.1);
    let page = t.alice.promotions(&PromotionQuery::new(run)).await.unwrap();
    assert!(page.items.is_empty());
}

#[tokio::test]
async fn a_promotion_brings_what_its_yield_says() {
    let t = town();
    let post = say(&t.shop, "buy").await;
    let start: Timestamp = START.parse().unwrap();
    let run = Period::new(start, start + DAY);
    let brings = PromotionYield::new()
        .impressions_per_unit(100_u32)
        .impressions_per_click(10_u32)
        .impressions_per_conversion(0_u32);
    let budget = Money::minor(10_00, sociable::Currency::EUR);
    t.world
        .promote_with(&post.id, "few", run, budget, brings)
        .unwrap();
    t.clock.advance(DAY);
    let page = t.shop.promotions(&PromotionQuery::new(run)).await.unwrap();
    let metrics = &page.items[0].metrics;
    assert_eq!(metrics.count(Metric::Impressions), Some(1000));
    assert_eq!(metrics.count(Metric::Clicks), Some(100));
    assert_eq!(metrics.count(Metric::LinkClicks), Some(12));
    assert_eq!(metrics.count(Metric::Conversions), Some(0));
}

#[tokio::test]
async fn the_records_hold_accounts_engagements_promotions_and_repetitions() {
    let t = town();
    t.world.keep_records();
    t.world
        .disturb_call(&Operation::PUBLISH, Disturbance::LoseAnswer);
    let post = t.clock.drive(say(&t.shop, "buy")).await;
    let (on, off) = (Engagement::like(), Engagement::like().off());
    for engagement in [&on, &on, &off, &off] {
        let done = t.alice.engage(&Target::from(&post), engagement).await;
        done.unwrap();
    }
    let shop = Target::from(AccountRef::handle("shop"));
    t.bob.engage(&shop, &Engagement::follow()).await.unwrap();
    let start: Timestamp = START.parse().unwrap();
    let run = Period::new(start, start + DAY);
    let budget = Money::minor(9_99, sociable::Currency::EUR);
    let promotion = t.world.promote(&post.id, "sale", run, budget).unwrap();
    let records = t.world.records();
    let told: Vec<(&str, &str, &str)> = records
        .iter()
        .map(|record| (record.kind.as_str(), record.by.as_str(), record.id.as_str()))
        .collect();
    let id = post.id.as_str();
    assert_eq!(
        told,
        [
            ("post", "shop", id),
            ("post_repeated", "shop", id),
            ("engaged", "alice", id),
            ("disengaged", "alice", id),
            ("engaged", "bob", "memory:account:shop"),
            ("promoted", "shop", promotion.as_str()),
        ],
        "what changes nothing is not recorded"
    );
    assert_eq!(records[2].text, "engage.like");
    assert_eq!(records[4].text, "engage.follow");
    assert_eq!(records[5].within.as_deref(), Some(id));
    t.world.add_account("carol");
    let joined = t.world.records().pop().unwrap();
    assert_eq!(
        (joined.kind.as_str(), joined.by.as_str()),
        ("joined", "carol")
    );
    let terms: serde_json::Value = serde_json::from_str(&records[5].text).unwrap();
    assert_eq!(terms["name"], "sale");
    assert_eq!(terms["budget"]["amount"], 999);
    assert_eq!(terms["yield"]["impressions_per_click"], 50);
}

#[tokio::test]
async fn what_many_write_of_trends() {
    let t = town();
    say(&t.shop, "a #tea").await;
    say(&t.alice, "b #Tea #rain").await;
    t.world.set_trend(sociable::Trend::new("Election"));
    let trends = t.bob.trending(&TrendScope::anywhere()).await.unwrap();
    let names: Vec<&str> = trends.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["Election", "#tea", "#rain"]);
    assert_eq!(trends[1].posts, Some(2));
    t.clock.advance(2 * DAY);
    let later = t.bob.trending(&TrendScope::anywhere()).await.unwrap();
    assert_eq!(later.len(), 1);
}

#[tokio::test]
async fn every_happening_is_told_once_to_whom_it_concerns() {
    let t = town();
    let start = t.shop.events(&EventQuery::now()).await.unwrap();
    let post = say(&t.shop, "root").await;
    let shop = Target::from(AccountRef::handle("shop"));
    t.alice.engage(&shop, &Engagement::follow()).await.unwrap();
    t.alice
        .engage(&Target::from(&post), &Engagement::like())
        .await
        .unwrap();
    t.alice
        .engage(&Target::from(&post), &Engagement::like())
        .await
        .unwrap();
    t.alice
        .engage(&Target::from(&post), &Engagement::react("🍵"))
        .await
        .unwrap();
    t.alice
        .engage(&Target::from(&post), &Engagement::repost())
        .await
        .unwrap();
    t.alice
        .publish(&Draft::text("@shop yes").reply_to(&post))
        .await
        .unwrap();
    t.alice
        .publish(&Draft::text("see").quote(&post))
        .await
        .unwrap();
    say(&t.alice, "hi @shop").await;
    let to = Recipient::Account(AccountRef::handle("shop"));
    t.alice
        .send(&to, &MessageDraft::text("psst"))
        .await
        .unwrap();
    t.alice
        .engage(&shop, &Engagement::follow().off())
        .await
        .unwrap();
    let all = t
        .shop
        .events(&EventQuery::after(start.cursor.clone()))
        .await
        .unwrap();
    let kinds: Vec<&str> = all.items.iter().map(|e| e.kind.as_str()).collect();
    let told = [
        "follow", "like", "reaction", "repost", "reply", "quote", "mention", "message", "unfollow",
    ];
    assert_eq!(kinds, told);
    assert_eq!(all.items[1].target.as_ref(), Some(&post.id));
    assert_eq!(all.items[2].sign.as_deref(), Some("🍵"));
    assert!(all.items[4].post.is_some());
    assert!(all.items[7].message.is_some());
    // One by one, from cursor to cursor, it is the same.
    let mut cursor = start.cursor;
    let mut seen = Vec::new();
    loop {
        let query = EventQuery::after(cursor.clone()).limit(1_u32);
        let some = t.shop.events(&query).await.unwrap();
        seen.extend(some.items);
        cursor = some.cursor;
        if !some.more {
            break;
        }
    }
    assert_eq!(seen, all.items);
    let only = EventQuery::oldest().kinds(EventKind::Quote);
    assert_eq!(t.shop.events(&only).await.unwrap().items.len(), 1);
    t.shop
        .engage(&Target::Notifications, &Engagement::mark_read())
        .await
        .unwrap();
    let read = t.shop.events(&EventQuery::oldest()).await.unwrap();
    assert!(read.items.iter().all(|e| e.seen == Some(true)));
}

#[tokio::test]
async fn who_comes_back_too_late_is_told_of_the_gap() {
    let t = town();
    let start = t.shop.events(&EventQuery::now()).await.unwrap();
    t.world.set_event_capacity(2);
    for i in 0..4 {
        say(&t.alice, &format!("@shop {i}")).await;
    }
    let late = t
        .shop
        .events(&EventQuery::after(start.cursor))
        .await
        .unwrap();
    let kinds: Vec<&str> = late.items.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(kinds, ["gap", "mention", "mention"]);
    let (since, until) = (late.items[0].lost_since.unwrap(), late.items[0].at.unwrap());
    assert!(since <= until && until <= late.items[1].at.unwrap());
    let after = EventQuery::after(late.items[0].cursor.clone());
    assert_eq!(t.shop.events(&after).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn a_gap_lasts_from_the_cursor_to_what_was_forgotten_last() {
    let t = town();
    let now = || sociable::client::Clock::now(&t.clock);
    let start = t.shop.events(&EventQuery::now()).await.unwrap();
    t.clock.advance(DAY);
    say(&t.alice, "@shop first").await;
    let first = now();
    let query = EventQuery::after(start.cursor.clone());
    let stood = t.shop.events(&query).await.unwrap().cursor;
    t.clock.advance(DAY);
    say(&t.alice, "@shop second").await;
    let second = now();
    t.clock.advance(DAY);
    say(&t.alice, "@shop third").await;
    // Who was told of all of it misses nothing, nor does somebody whom none of it concerned.
    let all = t.shop.events(&query).await.unwrap().cursor;
    let bobs = t.bob.events(&EventQuery::oldest()).await.unwrap().cursor;
    t.world.set_event_capacity(1);
    for (cursor, since) in [(start.cursor, now() - DAY * 3), (stood, first)] {
        let late = t.shop.events(&EventQuery::after(cursor)).await.unwrap();
        let gap = &late.items[0];
        assert_eq!(gap.kind, EventKind::Gap);
        assert_eq!((gap.lost_since, gap.at), (Some(since), Some(second)));
        assert_eq!(late.items.len(), 2);
    }
    for (network, cursor) in [(&t.shop, all), (&t.bob, bobs)] {
        let query = EventQuery::after(cursor);
        assert!(network.events(&query).await.unwrap().items.is_empty());
    }
}

#[tokio::test]
async fn a_snapshot_is_the_same_world() {
    let world = World::sample();
    let again = World::restore(&world.snapshot().unwrap()).unwrap();
    let (one, two) = (
        world.network("shop").unwrap(),
        again.network("shop").unwrap(),
    );
    let own = list(&one, PostQuery::own()).await;
    assert_eq!(own, list(&two, PostQuery::own()).await);
    assert!(!own.is_empty());
    assert!(World::restore("{\"accounts\":3}").is_err());
}

#[tokio::test]
async fn the_sample_has_the_same_ids_each_time() {
    let ids = async |world: World| {
        let shop = world.network("shop").unwrap();
        let own: Vec<_> = list(&shop, PostQuery::own())
            .await
            .into_iter()
            .map(|p| p.id)
            .collect();
        let events = shop.events(&EventQuery::oldest()).await.unwrap();
        let mut ids: Vec<String> = own.iter().map(ToString::to_string).collect();
        ids.extend(events.items.iter().map(|e| e.id.to_string()));
        let talks = shop.conversations(&PageRequest::first()).await.unwrap();
        ids.extend(talks.items.iter().map(|c| c.id.to_string()));
        assert!(talks.items[0].unread > Some(0));
        let mentions = list(&shop, PostQuery::mentions()).await;
        let home = list(&shop, PostQuery::home()).await;
        let later = list(&shop, PostQuery::new(Timeline::Scheduled)).await;
        assert!(!mentions.is_empty() && !home.is_empty() && !later.is_empty());
        assert!(shop.trending(&TrendScope::anywhere()).await.unwrap().len() > 1);
        ids
    };
    assert_eq!(ids(World::sample()).await, ids(World::sample()).await);
}

#[tokio::test]
async fn a_profile_tells_the_login_and_when_its_token_ends() {
    let town = town();
    assert_eq!(town.shop.profile().login, None);
    let profile = town.shop.refresh_profile().await.unwrap();
    let login = profile.login.clone().unwrap();
    assert!(!login.kind.is_empty() && !login.scopes.is_empty());
    assert!(login.expires_at.unwrap() > town.clock.now());
}
