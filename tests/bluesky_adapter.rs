//! The Bluesky adapter over a server of our own making, and over real servers where there are some.
//!
//! `SOCIABLE_BLUESKY_NETWORK` names a file of `KEY=VALUE` lines that tells where a server with an AppView runs,
//! `SOCIABLE_BLUESKY_PDS` one for a server without: `BASE_URL`, `ACCOUNT1_HANDLE`, `ACCOUNT1_PASSWORD` and so on.
#![cfg(all(feature = "bluesky", feature = "testing"))]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::time::Duration;

use sociable::adapters::bluesky::Bluesky;
use sociable::client::Client;
use sociable::{
    AccountRef, AudienceQuery, Availability, Draft, Engagement, ErrorKind, EventKind, EventQuery,
    LinkCard, Media, Membership, Metric, Moderation, Operation, Order, PostId, PostQuery, PostRef,
    Reconciled, SocialNetwork, Target, Timeline,
};

/// What a started server tells of itself, or `None` after a line that says that `test` was passed over.
fn server(variable: &str, test: &str) -> Option<BTreeMap<String, String>> {
    let Some(path) = std::env::var_os(variable) else {
        assert!(
            std::env::var_os("CI").is_none_or(|v| v.is_empty() || v == "false"),
            "CI is set, but {variable} names no server"
        );
        println!("passed over: {test} ({variable} names no running server)");
        return None;
    };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{variable}: {e}"));
    Some(
        text.lines()
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.trim().to_owned()))
            .collect(),
    )
}

fn account(server: &BTreeMap<String, String>, number: u32, client: &Client) -> Bluesky {
    Bluesky::builder(&server["BASE_URL"])
        .identifier(&server[&format!("ACCOUNT{number}_HANDLE")])
        .password(server[&format!("ACCOUNT{number}_PASSWORD")].as_str())
        .client(client)
        .build()
        .unwrap()
}

/// Text that no other run wrote.
fn unique(what: &str) -> String {
    let now = sociable::jiff::Timestamp::now().as_nanosecond();
    format!("{what} {now}")
}

/// Asks until the AppView has caught up.
async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    for _ in 0..100 {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    panic!("never seen: {what}");
}

/// A whole PNG of one grey pixel, made longer behind its end so that no two are the same file.
fn picture() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xaeB`\x82".to_vec();
    png.extend(unique("png").bytes());
    png
}

#[tokio::test]
async fn on_a_real_network_everything_that_is_declared_works() {
    let Some(server) = server("SOCIABLE_BLUESKY_NETWORK", "the real network") else {
        return;
    };
    let client = Client::new().unwrap();
    let alice = account(&server, 1, &client);
    let bob = account(&server, 2, &client);

    let profile = alice.refresh_profile().await.unwrap();
    assert_eq!(
        profile.account.as_ref().map(|a| a.as_str()),
        Some(server["ACCOUNT1_DID"].as_str())
    );
    assert!(profile.can(&Operation::POSTS_HOME));
    assert!(!profile.can(&Operation::SEND));
    assert_eq!(
        profile.supports(&Operation::EDIT).availability,
        Availability::No
    );

    let me = alice.me().await.unwrap();
    assert_eq!(me.handle.as_deref(), Some("alice.test"));
    let same = alice
        .account(&AccountRef::handle("@alice.test"))
        .await
        .unwrap();
    assert_eq!(same.id, me.id);
    let nobody = alice.account(&AccountRef::handle("nobody.test")).await;
    assert_eq!(nobody.unwrap_err().kind(), &ErrorKind::NotFound);
    let bad = alice.account(&AccountRef::handle("not a handle")).await;
    assert!(matches!(bad.unwrap_err().kind(), ErrorKind::Invalid(_)));

    // Where bob's reader of events begins.
    let begin = alice.events(&EventQuery::now()).await.unwrap();
    assert!(begin.items.is_empty());

    let words = unique("Привет 👋🏽 #мир");
    let text = format!("{words} @bob.test @nobody.test https://example.com/a?b=c.");
    let draft = Draft::text(text.as_str()).language("ru").warning("nudity");
    let post = alice.publish(&draft).await.unwrap();
    assert_eq!(post.text.as_str(), text);
    assert_eq!(post.text.spans().len(), 3, "{:?}", post.text.spans());
    let read = alice.post(&post.id).await.unwrap();
    assert_eq!(read.id, post.id);
    assert_eq!(read.text, post.text);
    assert_eq!(read.languages, ["ru"]);
    assert_eq!(read.warnings, post.warnings);
    assert_eq!(read.created_at, post.created_at);
    assert_eq!(read.url, post.url);

    // Typed by a person.
    let page = post
        .url
        .clone()
        .unwrap()
        .replace(me.id.as_str(), "alice.test");
    assert_eq!(alice.post(&PostId::new(page)).await.unwrap().id, post.id);

    let seen = eventually("the post, by bob", || async {
        bob.post(&post.id).await.ok()
    })
    .await;
    assert_eq!(
        seen.author.as_ref().unwrap().handle.as_deref(),
        Some("alice.test")
    );
    assert_eq!(seen.mine.liked, Some(false));

    // Mentioned bob hears of it.
    let heard = eventually("the mention", || async {
        let events = bob.events(&EventQuery::oldest()).await.unwrap();
        events.items.into_iter().find(|e| {
            e.kind == EventKind::Mention && e.post.as_ref().is_some_and(|p| p.id == post.id)
        })
    })
    .await;
    assert_eq!(heard.account.unwrap().id, me.id);
    let mentions = bob.posts(&PostQuery::mentions()).await.unwrap();
    assert!(mentions.items.iter().any(|p| p.id == post.id));

    // An answer from the bare id, and one to that from the post itself.
    let answer = bob
        .publish(&Draft::text(unique("answer")).reply_to(PostRef::from(&post.id)))
        .await
        .unwrap();
    assert_eq!(answer.reply_to.as_ref(), Some(&post.id));
    assert_eq!(answer.thread.as_ref(), Some(&post.id));
    let second = alice
        .publish(&Draft::text(unique("second")).reply_to(PostRef::from(&answer)))
        .await
        .unwrap();
    assert_eq!(second.thread.as_ref(), Some(&post.id));
    let thread = eventually("the whole thread", || async {
        let page = bob.posts(&PostQuery::thread(&second.id)).await.ok()?;
        (page.items.len() == 3).then_some(page)
    })
    .await;
    let ids: Vec<_> = thread.items.iter().map(|p| &p.id).collect();
    assert_eq!(ids, [&post.id, &answer.id, &second.id]);
    let replies = alice.posts(&PostQuery::replies(&post.id)).await.unwrap();
    assert_eq!(replies.items.len(), 1);
    assert_eq!(replies.items[0].id, answer.id);
    let nothing = format!("at://{}/app.bsky.feed.post/3aaaaaaaaaaaa", me.id);
    let reply_to_nothing = bob
        .publish(&Draft::text("x").reply_to(PostRef::from(nothing.as_str())))
        .await;
    assert_eq!(reply_to_nothing.unwrap_err().kind(), &ErrorKind::NotFound);

    // A quote with a picture, and a card.
    let quote = bob
        .publish(
            &Draft::text(unique("quote"))
                .quote(PostRef::from(&post))
                .media(Media::bytes(picture()).alt("one pixel")),
        )
        .await
        .unwrap();
    assert_eq!(quote.quote.as_ref(), Some(&post.id));
    assert_eq!(quote.media.len(), 1);
    let shown = eventually("the quote", || async {
        let page = alice
            .posts(&PostQuery::new(Timeline::Quotes(post.id.clone())))
            .await
            .ok()?;
        page.items.into_iter().find(|p| p.id == quote.id)
    })
    .await;
    assert_eq!(shown.quote.as_ref(), Some(&post.id));
    assert_eq!(shown.media[0].alt.as_deref(), Some("one pixel"));
    assert!(shown.media[0].url.is_some());
    let mut card = LinkCard::new("https://example.com/page")
        .title("A page")
        .description("of words");
    card.thumbnail = Some(Media::bytes(picture()));
    let linked = alice
        .publish(&Draft::text(unique("card")).link(card))
        .await
        .unwrap();
    let linked = alice.post(&linked.id).await.unwrap();
    assert_eq!(
        linked.link.as_ref().unwrap().title.as_deref(),
        Some("A page")
    );
    // The picture that the network holds already may be shown again.
    let again = Media::existing(quote.media[0].id.clone().unwrap()).alt("again");
    let again = bob
        .publish(&Draft::text(unique("again")).media({
            let mut media = again;
            media.kind = Some(sociable::MediaKind::Image);
            media
        }))
        .await
        .unwrap();
    assert_eq!(again.media[0].id, quote.media[0].id);

    // Likes and reposts, twice and back.
    for (engagement, audience, metric) in [
        (
            Engagement::like(),
            AudienceQuery::liked(&post.id),
            Metric::Likes,
        ),
        (
            Engagement::repost(),
            AudienceQuery::reposted(&post.id),
            Metric::Reposts,
        ),
    ] {
        let target = Target::from(&post.id);
        let done = bob.engage(&target, &engagement).await.unwrap();
        assert!(done.on && done.changed == Some(true), "{done:?}");
        let twice = bob.engage(&target, &engagement).await.unwrap();
        assert_eq!(twice.changed, Some(false));
        eventually("who did it", || async {
            let page = alice.audience(&audience).await.unwrap();
            page.items
                .iter()
                .any(|a| a.handle.as_deref() == Some("bob.test"))
                .then_some(())
        })
        .await;
        let figures = alice
            .post_metrics(std::slice::from_ref(&post.id))
            .await
            .unwrap();
        assert_eq!(
            figures[0].1.as_ref().unwrap().count(metric.clone()),
            Some(1)
        );
        let undone = bob
            .engage(&target, &engagement.clone().off())
            .await
            .unwrap();
        assert!(!undone.on && undone.changed == Some(true));
        let twice = bob
            .engage(&target, &engagement.clone().off())
            .await
            .unwrap();
        assert_eq!(twice.changed, Some(false));
        // Done again at once, before the AppView has heard of the undoing.
        let done = bob.engage(&target, &engagement).await.unwrap();
        assert_eq!(done.changed, Some(true));
    }
    bob.engage(&Target::from(&post.id), &Engagement::bookmark())
        .await
        .unwrap();
    eventually("the bookmark", || async {
        let post = bob.post(&post.id).await.unwrap();
        (post.mine.bookmarked == Some(true)).then_some(())
    })
    .await;
    bob.engage(&Target::from(&post.id), &Engagement::bookmark().off())
        .await
        .unwrap();

    // Alice heard of all that, oldest first, each once, from where she stood.
    let kinds = eventually("all that happened to alice", || async {
        let events = alice
            .events(&EventQuery::after(begin.cursor.clone()))
            .await
            .unwrap();
        let kinds: Vec<_> = events.items.iter().map(|e| e.kind.clone()).collect();
        let all = [
            EventKind::Reply,
            EventKind::Quote,
            EventKind::Like,
            EventKind::Repost,
        ];
        all.iter()
            .all(|kind| kinds.contains(kind))
            .then_some(events)
    })
    .await;
    assert!(kinds.items.is_sorted_by_key(|e| e.at));
    let reply = kinds
        .items
        .iter()
        .find(|e| e.kind == EventKind::Reply)
        .unwrap();
    assert_eq!(reply.target.as_ref(), Some(&post.id));
    assert_eq!(reply.post.as_ref().unwrap().id, answer.id);
    for (i, event) in kinds.items.iter().enumerate() {
        let rest = alice
            .events(&EventQuery::after(event.cursor.clone()))
            .await
            .unwrap();
        let ids: Vec<_> = rest.items.iter().map(|e| &e.id).collect();
        let wanted: Vec<_> = kinds.items.iter().skip(i + 1).map(|e| &e.id).collect();
        assert!(ids.starts_with(&wanted), "after {i}: {ids:?} {wanted:?}");
    }
    alice
        .engage(&Target::Notifications, &Engagement::mark_read())
        .await
        .unwrap();

    // Follows.
    let bob_id = bob.me().await.unwrap().id;
    let to_alice = Target::Account(AccountRef::handle("alice.test"));
    bob.engage(&to_alice, &Engagement::follow()).await.unwrap();
    assert_eq!(
        bob.engage(&to_alice, &Engagement::follow())
            .await
            .unwrap()
            .changed,
        Some(false)
    );
    eventually("the follow", || async {
        let answers = alice
            .membership(std::slice::from_ref(&bob_id))
            .await
            .unwrap();
        (answers == [Membership::Yes]).then_some(())
    })
    .await;
    let followers = alice.audience(&AudienceQuery::followers()).await.unwrap();
    assert!(followers.items.iter().any(|a| a.id == bob_id));
    let home = bob.posts(&PostQuery::home().limit(50)).await.unwrap();
    assert!(home.items.iter().any(|p| p.id == post.id));
    bob.engage(&to_alice, &Engagement::follow().off())
        .await
        .unwrap();

    // Lists.
    let mut last = None;
    for n in 0..3 {
        let draft = Draft::text(unique(&format!("list {n}")));
        last = Some(alice.publish(&draft).await.unwrap().id);
    }
    let last = last.unwrap();
    // Before the AppView has caught up, a page holds more than was asked for, and shifts.
    let early = alice.posts(&PostQuery::own().limit(2)).await.unwrap();
    assert_eq!(early.items.len(), 2);
    eventually("the last of the list", || async {
        bob.post(&last).await.ok()
    })
    .await;
    let first = alice.posts(&PostQuery::own().limit(2)).await.unwrap();
    assert_eq!(first.items.len(), 2);
    let mut all: Vec<PostId> = first.items.iter().map(|p| p.id.clone()).collect();
    let mut next = first.next;
    while let Some(cursor) = next {
        let page = alice
            .posts(&PostQuery::own().limit(2).after(cursor))
            .await
            .unwrap();
        assert!(page.items.len() <= 2);
        all.extend(
            page.items
                .into_iter()
                .filter(|p| p.reposted_by.is_none())
                .map(|p| p.id),
        );
        next = page.next;
    }
    assert!(all.contains(&post.id));
    let mut distinct = all.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), all.len());
    let missing = PostId::new(&*nothing);
    let ids = [
        quote.id.clone(),
        missing.clone(),
        post.id.clone(),
        "42".into(),
    ];
    let page = alice.posts(&PostQuery::ids(ids)).await.unwrap();
    let found: Vec<_> = page.items.iter().map(|p| &p.id).collect();
    assert_eq!(found, [&quote.id, &post.id]);
    assert_eq!(page.omitted.len(), 2);
    let words = words.split(' ').next_back().unwrap();
    let page = bob.posts(&PostQuery::search(words)).await.unwrap();
    assert!(page.items.iter().any(|p| p.id == post.id));
    let page = bob.posts(&PostQuery::hashtag("мир")).await.unwrap();
    assert!(page.items.iter().any(|p| p.id == post.id));
    let mut since = PostQuery::own();
    since.since = second.created_at;
    let page = alice.posts(&since).await.unwrap();
    assert!(page.items.iter().all(|p| p.created_at >= second.created_at));
    assert!(!page.items.is_empty() && page.items.iter().all(|p| p.id != post.id));
    let oldest = alice.posts(&PostQuery::own().order(Order::Oldest)).await;
    assert!(matches!(oldest.unwrap_err().kind(), ErrorKind::Invalid(_)));

    // Moderation.
    alice.moderate(&Moderation::hide(&answer.id)).await.unwrap();
    alice.moderate(&Moderation::hide(&answer.id)).await.unwrap();
    alice
        .moderate(&Moderation::hide(&answer.id).off())
        .await
        .unwrap();
    let not_his = bob
        .moderate(&Moderation::hide(&second.id))
        .await
        .unwrap_err();
    assert!(
        matches!(not_his.kind(), ErrorKind::Forbidden(_)),
        "{not_his}"
    );
    alice.moderate(&Moderation::pin(&post.id)).await.unwrap();
    alice
        .moderate(&Moderation::pin(&post.id).off())
        .await
        .unwrap();
    let bob_ref = AccountRef::from(&bob_id);
    alice
        .moderate(&Moderation::mute(bob_ref.clone()))
        .await
        .unwrap();
    eventually("the mute", || async {
        let bob = alice.account(&bob_ref).await.unwrap();
        (bob.muted == Some(true)).then_some(())
    })
    .await;
    alice
        .moderate(&Moderation::mute(bob_ref.clone()).off())
        .await
        .unwrap();
    alice
        .moderate(&Moderation::block(bob_ref.clone()))
        .await
        .unwrap();
    eventually("the block", || async {
        let bob = alice.account(&bob_ref).await.unwrap();
        (bob.blocked == Some(true)).then_some(())
    })
    .await;
    alice
        .moderate(&Moderation::block(bob_ref.clone()).off())
        .await
        .unwrap();

    // Native calls.
    let counted: serde_json::Value = alice
        .query(
            "app.bsky.notification.getUnreadCount",
            &serde_json::json!({}),
        )
        .await
        .unwrap();
    assert!(counted["count"].is_number());

    // Deleting.
    let not_hers = alice.delete(&answer.id).await.unwrap_err();
    assert!(matches!(not_hers.kind(), ErrorKind::Forbidden(_)));
    for _ in 0..2 {
        alice.delete(&linked.id).await.unwrap();
    }
    let gone = alice.post(&linked.id).await.unwrap_err();
    assert_eq!(gone.kind(), &ErrorKind::NotFound);
}

#[tokio::test]
async fn on_a_real_server_a_key_makes_one_post() {
    for variable in ["SOCIABLE_BLUESKY_NETWORK", "SOCIABLE_BLUESKY_PDS"] {
        let Some(server) = server(variable, "one post for a key") else {
            continue;
        };
        let client = Client::new().unwrap();
        let alice = account(&server, 1, &client);
        let key = unique("key");
        let draft = Draft::text(unique("keyed")).key(key.as_str());
        let first = alice.publish(&draft).await.unwrap();
        // Another process, later.
        let other = account(&server, 1, &Client::new().unwrap());
        let second = other.publish(&draft).await.unwrap();
        assert_eq!(first.id, second.id);
        assert_eq!(first.created_at, second.created_at);
        let conflict = other
            .publish(&Draft::text("something else").key(key.as_str()))
            .await
            .unwrap_err();
        assert_eq!(conflict.kind(), &ErrorKind::Conflict, "{conflict}");

        let draft = Draft::text(unique("to be reconciled"));
        let checked = draft.checked(&alice.profile()).unwrap();
        let prepared = alice.prepare(&checked).await.unwrap();
        assert_eq!(
            alice.reconcile(&prepared).await.unwrap(),
            Reconciled::NotPublished
        );
        let stored = serde_json::to_string(&prepared).unwrap();
        let prepared = serde_json::from_str(&stored).unwrap();
        let post = other.commit(&prepared).await.unwrap();
        assert_eq!(other.commit(&prepared).await.unwrap().id, post.id);
        let Reconciled::Published(found) = alice.reconcile(&prepared).await.unwrap() else {
            panic!("it is published");
        };
        assert_eq!(found.id, post.id);
        let bob = account(&server, 2, &client);
        let not_his = bob.commit(&prepared).await.unwrap_err();
        assert!(matches!(not_his.kind(), ErrorKind::Invalid(_)));
    }
}

#[tokio::test]
async fn on_a_server_without_an_appview_what_it_can_do_works() {
    let Some(server) = server("SOCIABLE_BLUESKY_PDS", "the bare server") else {
        return;
    };
    let client = Client::new().unwrap();
    let alice = account(&server, 1, &client);
    let bob = account(&server, 2, &client);
    // Before anybody has asked what there is.
    let post = alice
        .publish(&Draft::text(unique("bare @bob.test")))
        .await
        .unwrap();
    let own = alice.posts(&PostQuery::own().limit(1)).await.unwrap();
    assert_eq!(own.items[0].id, post.id);
    assert!(
        !alice.profile().can(&Operation::POSTS_HOME),
        "it has turned out"
    );
    let profile = bob.refresh_profile().await.unwrap();
    for operation in [
        Operation::POSTS_HOME,
        Operation::EVENTS,
        Operation::SEND,
        Operation::TRENDING,
    ] {
        assert!(!profile.can(&operation), "{operation}");
        assert!(bob.profile().require(&operation).is_err());
    }
    assert!(
        bob.posts(&PostQuery::home())
            .await
            .unwrap_err()
            .is_unsupported()
    );
    assert_eq!(bob.me().await.unwrap().handle.as_deref(), Some("bob.test"));
    let read = bob.post(&post.id).await.unwrap();
    assert_eq!(read.text, post.text);
    let page = bob
        .posts(&PostQuery::account(AccountRef::handle("alice.test")))
        .await
        .unwrap();
    assert!(page.items.iter().any(|p| p.id == post.id));
    let answer = bob
        .publish(&Draft::text("yes").reply_to(PostRef::from(&post.id)))
        .await
        .unwrap();
    assert_eq!(answer.thread.as_ref(), Some(&post.id));
    let target = Target::from(&post.id);
    assert_eq!(
        bob.engage(&target, &Engagement::like())
            .await
            .unwrap()
            .changed,
        Some(true)
    );
    assert_eq!(
        bob.engage(&target, &Engagement::like())
            .await
            .unwrap()
            .changed,
        Some(false)
    );
    assert_eq!(
        bob.engage(&target, &Engagement::like().off())
            .await
            .unwrap()
            .changed,
        Some(true)
    );
    let follow = Target::Account(AccountRef::handle("alice.test"));
    bob.engage(&follow, &Engagement::follow().off())
        .await
        .unwrap();

    assert_eq!(
        bob.engage(&follow, &Engagement::follow())
            .await
            .unwrap()
            .changed,
        Some(true)
    );
    let page = bob
        .posts(&PostQuery::ids([post.id.clone(), answer.id.clone()]))
        .await
        .unwrap();
    assert_eq!(page.items.len(), 2);
    alice.delete(&post.id).await.unwrap();
    assert_eq!(
        bob.post(&post.id).await.unwrap_err().kind(),
        &ErrorKind::NotFound
    );
    let too_large = Media::bytes({
        let mut bytes = picture();
        bytes.resize(6_000_000, 0);
        bytes
    });
    let large = Bluesky::builder(&server["BASE_URL"])
        .identifier("alice.test")
        .password(server["ACCOUNT1_PASSWORD"].as_str())
        .client(&client)
        .image_limit(10_000_000)
        .build()
        .unwrap();
    let error = large
        .publish(&Draft::text("x").media(too_large.clone()))
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error:?}");
    assert!(error.to_string().contains("757"), "{error}");
    let error = alice
        .publish(&Draft::text("x").media(too_large))
        .await
        .unwrap_err();
    assert_eq!(error.violations()[0].limit, Some(2_000_000));
    let wrong = Bluesky::builder(&server["BASE_URL"])
        .identifier("alice.test")
        .password("wrong")
        .client(&Client::new().unwrap())
        .build()
        .unwrap();
    let error = wrong.me().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized, "{error}");
}
