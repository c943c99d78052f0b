//! Posts and comments: one, several, and in lists.

use sociable::adapters::vk::fake::Fake;
use sociable::{
    AccountRef, AudienceQuery, Draft, ErrorKind, Moderation, Order, Page, Post, PostId, PostQuery,
    PostState, Reconciled, SocialNetwork, Timeline,
};

use crate::net::{Net, WALL, ids, reply, wall};

/// All pages of a list, and the total that the first one told.
async fn all(vk: &dyn SocialNetwork, query: PostQuery, limit: u32) -> (Vec<Post>, Option<u64>) {
    let (mut posts, mut total) = (Vec::new(), None);
    let mut next = None;
    for _ in 0..1000 {
        let mut query = query.clone().limit(limit);
        query.page.cursor = next;
        let page: Page<Post> = vk.posts(&query).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        total = total.or(page.total);
        posts.extend(page.items);
        next = page.next;
        if next.is_none() {
            return (posts, total);
        }
    }
    panic!("the list has no end");
}

#[tokio::test]
async fn ones_own_wall_comes_newest_first_by_pages_with_the_pinned_in_its_place() {
    let net = Net::new();
    let vk = net.community();
    let mut written = Vec::new();
    for n in 0..5 {
        written.push(net.post(WALL, &format!("Post {n}")));
    }
    net.post(Fake::BOB, "of another");
    vk.moderate(&Moderation::pin(wall(written[1])))
        .await
        .unwrap();
    let newest: Vec<_> = written.iter().rev().map(|id| wall(*id)).collect();
    for limit in [1, 2, 3, 100] {
        let (posts, total) = all(&vk, PostQuery::own(), limit).await;
        let mut found = ids(&posts);
        assert_eq!(total, Some(5));
        if limit == 100 {
            assert_eq!(found, newest);
        }
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 5, "by pages of {limit}");
    }
    let (posts, _) = all(
        &vk,
        PostQuery::new(Timeline::Community(
            format!("club{}", Fake::GROUP).as_str().into(),
        )),
        100,
    )
    .await;
    assert_eq!(posts.len(), 6);
    assert_eq!(
        posts[0].author.as_ref().unwrap().name.as_deref(),
        Some("Bob Test")
    );
    assert_eq!(
        posts[1].author.as_ref().unwrap().name.as_deref(),
        Some("Test community")
    );
    let by_name = PostQuery::account(AccountRef::handle("club.test"));
    assert_eq!(all(&vk, by_name, 100).await.0.len(), 5);
}

#[tokio::test]
async fn a_span_is_kept_and_the_pinned_post_does_not_end_it() {
    let net = Net::new();
    let vk = net.community();
    let mut moments = Vec::new();
    let mut written = Vec::new();
    for n in 0..4 {
        written.push(net.post(WALL, &format!("Post {n}")));
        moments.push(net.now());
    }
    vk.moderate(&Moderation::pin(wall(written[0])))
        .await
        .unwrap();
    let (posts, _) = all(&vk, PostQuery::own().since(moments[2]), 2).await;
    assert_eq!(ids(&posts), [wall(written[3]), wall(written[2])]);
    let (posts, _) = all(&vk, PostQuery::own().until(moments[1]), 2).await;
    assert_eq!(ids(&posts), [wall(written[0])]);
    for order in [Order::Oldest, Order::Top] {
        let error = vk.posts(&PostQuery::own().order(order)).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)));
    }
}

#[tokio::test]
async fn what_is_scheduled_is_listed_with_its_time() {
    let net = Net::new();
    let vk = net.community();
    let at = net.now() + std::time::Duration::from_secs(86_400);
    let post = vk.publish(&Draft::text("Later").at(at)).await.unwrap();
    let page = vk
        .posts(&PostQuery::new(Timeline::Scheduled))
        .await
        .unwrap();
    assert_eq!(ids(&page.items), [post.id]);
    assert_eq!(page.items[0].state, PostState::Scheduled(at));
    assert_eq!((page.total, page.items[0].created_at), (Some(1), None));
    let spanned = PostQuery::new(Timeline::Scheduled).since(at);
    assert!(vk.posts(&spanned).await.is_err());
}

#[tokio::test]
async fn a_thread_is_whole_however_many_stand_below_one_comment() {
    let net = Net::new();
    let vk = net.community();
    let post = net.post(WALL, "Ask me");
    let first = net.comment(Fake::BOB, post, "First", None);
    let second = net.comment(Fake::CAROL, post, "Second", None);
    let mut nested = Vec::new();
    for n in 0..25 {
        let to = if n % 2 == 0 { first } else { nested[n - 1] };
        nested.push(net.comment(Fake::CAROL, post, &format!("Nested {n}"), Some(to)));
    }
    let mut wanted = vec![wall(post), reply(post, first)];
    wanted.extend(nested.iter().map(|id| reply(post, *id)));
    wanted.push(reply(post, second));
    for from in [wall(post), reply(post, first), reply(post, nested[24])] {
        let page = vk.posts(&PostQuery::thread(from)).await.unwrap();
        assert_eq!(ids(&page.items), wanted);
        assert!(page.omitted.is_empty());
    }
    let (by_pages, _) = all(&vk, PostQuery::thread(wall(post)), 7).await;
    assert_eq!(ids(&by_pages), wanted);
    // Direct answers alone: to the post, to a comment, to one below that.
    let (top, total) = all(&vk, PostQuery::replies(wall(post)), 1).await;
    assert_eq!(ids(&top), [reply(post, first), reply(post, second)]);
    assert_eq!(total, Some(2));
    let direct: Vec<_> = nested
        .iter()
        .step_by(2)
        .map(|id| reply(post, *id))
        .collect();
    let (below, _) = all(&vk, PostQuery::replies(reply(post, first)), 4).await;
    assert_eq!(ids(&below), direct);
    let (below, _) = all(&vk, PostQuery::replies(reply(post, nested[0])), 100).await;
    assert_eq!(ids(&below), [reply(post, nested[1])]);
    let (none, _) = all(&vk, PostQuery::replies(reply(post, second)), 100).await;
    assert!(none.is_empty());
    let newest = PostQuery::replies(wall(post)).order(Order::Newest);
    assert_eq!(
        ids(&all(&vk, newest, 100).await.0),
        [reply(post, second), reply(post, first)]
    );
}

#[tokio::test]
async fn a_deleted_comment_leaves_its_answers_and_what_is_gone_is_not_found() {
    let net = Net::new();
    let vk = net.community();
    let post = net.post(WALL, "Ask me");
    let first = net.comment(Fake::BOB, post, "First", None);
    let nested = net.comment(Fake::CAROL, post, "Nested", Some(first));
    net.fake
        .delete_comment_as(Fake::BOB, WALL, first, net.now());
    let page = vk.posts(&PostQuery::thread(wall(post))).await.unwrap();
    assert_eq!(ids(&page.items), [wall(post), reply(post, nested)]);
    assert_eq!(page.omitted[0].id, reply(post, first).as_str());
    assert_eq!(page.omitted[0].reason, ErrorKind::NotFound);
    for id in [reply(post, first), reply(post, 999_999), wall(999_999)] {
        let error = vk.post(&id).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::NotFound, "{id}");
    }
    net.fake.delete_post_as(WALL, post, net.now());
    let error = vk.posts(&PostQuery::thread(wall(post))).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound);
}

#[tokio::test]
async fn what_stood_below_a_deleted_post_is_not_found_and_needs_no_right() {
    let net = Net::new();
    let vk = net.community();
    let post = net.post(WALL, "Ask me");
    net.comment(Fake::BOB, post, "First", None);
    let draft = Draft::text("Answer").reply_to(wall(post)).key("k");
    let inspected = draft.inspect().await.unwrap();
    let checked = inspected.checked(&vk.profile()).unwrap();
    let prepared = vk.prepare(&checked).await.unwrap();
    net.fake.delete_post_as(WALL, post, net.now());
    let answers = PostQuery::replies(wall(post));
    let error = vk.posts(&answers).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound, "{error}");
    let query = AudienceQuery::commented(wall(post));
    let error = vk.audience(&query).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound, "{error}");
    // It may be too young to be shown, for a minute.
    for wanted in [Reconciled::Unknown, Reconciled::NotPublished] {
        assert_eq!(vk.reconcile(&prepared).await.unwrap(), wanted);
        net.seconds(60);
    }
    let error = vk.commit(&prepared).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound, "{error}");
}

#[tokio::test]
async fn the_texts_of_comments_come_uncut() {
    let net = Net::new();
    let vk = net.community();
    let post = net.post(WALL, "Ask me");
    let long = "a long question ".repeat(20);
    let long = long.trim();
    let comment = net.comment(Fake::BOB, post, long, None);
    let service = net.builder().community(Fake::GROUP);
    let service = service.service_token(Fake::SERVICE_TOKEN).build().unwrap();
    for vk in [&vk, &service] {
        let (answers, _) = all(vk, PostQuery::replies(wall(post)), 10).await;
        let thread = vk.posts(&PostQuery::thread(wall(post))).await.unwrap();
        let alone = vk.post(&reply(post, comment)).await.unwrap();
        for read in [&answers[0], &thread.items[1], &alone] {
            assert_eq!(read.text.as_str(), long);
        }
    }
}

#[tokio::test]
async fn posts_and_comments_come_by_their_ids_in_the_callers_order() {
    let net = Net::new();
    let vk = net.community();
    let mut wanted = Vec::new();
    for n in 0..130 {
        wanted.push(wall(net.post(WALL, &format!("Post {n}"))));
    }
    let post = net.post(WALL, "Ask me");
    let mut comments = Vec::new();
    for n in 0..30 {
        comments.push(net.comment(Fake::BOB, post, &format!("Comment {n}"), None));
    }
    wanted.extend(comments.iter().rev().map(|id| reply(post, *id)));
    wanted.reverse();
    wanted.insert(3, wall(999_999));
    wanted.insert(5, reply(post, 999_999));
    wanted.insert(7, "no post at all".into());
    wanted.push(wanted[0].clone());
    net.fake.clear_log();
    let page = vk.posts(&PostQuery::ids(wanted.clone())).await.unwrap();
    let omitted: Vec<&str> = page.omitted.iter().map(|o| o.id.as_str()).collect();
    assert_eq!(
        omitted,
        [wanted[3].as_str(), wanted[5].as_str(), "no post at all"]
    );
    let there: Vec<_> = wanted
        .iter()
        .filter(|id| !omitted.contains(&id.as_str()))
        .cloned()
        .collect();
    assert_eq!(ids(&page.items), there);
    // Two pages of posts, and 31 comments in two requests.
    assert_eq!(net.fake.seen().len(), 4);
    let (by_pages, _) = all(&vk, PostQuery::ids(wanted), 50).await;
    assert_eq!(ids(&by_pages), there);
}

#[tokio::test]
async fn a_comment_is_read_without_a_users_token_too() {
    let net = Net::new();
    let vk = net
        .builder()
        .community(Fake::GROUP)
        .service_token(Fake::SERVICE_TOKEN)
        .build()
        .unwrap();
    let post = net.post(WALL, "Ask me");
    net.comment(Fake::BOB, post, "First", None);
    let second = net.comment(Fake::CAROL, post, "Second", None);
    let read = vk.post(&reply(post, second)).await.unwrap();
    assert_eq!(
        (read.text.as_str(), read.reply_to),
        ("Second", Some(wall(post)))
    );
    let page = vk
        .posts(&PostQuery::ids([reply(post, second), wall(post)]))
        .await
        .unwrap();
    assert_eq!(page.items.len(), 2);
}

#[tokio::test]
async fn search_finds_in_the_feed_and_on_one_wall() {
    let net = Net::new();
    let vk = net.community();
    let mut found = Vec::new();
    for n in 0..5 {
        found.push(wall(net.post(WALL, &format!("Kumquat {n} #fruit"))));
    }
    net.fake
        .post_as(Fake::BOB, Fake::BOB, "A kumquat elsewhere", net.now());
    found.reverse();
    let (posts, total) = all(&vk, PostQuery::search("kumquat"), 2).await;
    assert_eq!((posts.len(), total), (6, Some(6)));
    let (posts, _) = all(&vk, PostQuery::hashtag("#fruit"), 100).await;
    assert_eq!(ids(&posts), found);
    let wall_of = AccountRef::id(format!("club{}", Fake::GROUP).as_str());
    let page = vk
        .search_wall(&wall_of, "kumquat", &Default::default())
        .await
        .unwrap();
    assert_eq!((ids(&page.items), page.total), (found, Some(5)));
    let later = PostQuery::search("kumquat").since(net.now() + std::time::Duration::from_secs(1));
    assert!(all(&vk, later, 100).await.0.is_empty());
    for bad in [PostQuery::search("  "), PostQuery::hashtag("two words")] {
        assert!(matches!(
            vk.posts(&bad).await.unwrap_err().kind(),
            ErrorKind::Invalid(_)
        ));
    }
}

#[tokio::test]
async fn mentions_and_quotes_are_listed() {
    let net = Net::new();
    let vk = net.community();
    let post = net.post(WALL, "Share me");
    let at = net.now();
    let quote = net
        .fake
        .repost_as(Fake::BOB, WALL, post, "Look at this", at);
    net.fake.repost_as(Fake::CAROL, WALL, post, "", at);
    let quotes = vk
        .posts(&PostQuery::new(Timeline::Quotes(wall(post))))
        .await
        .unwrap();
    assert_eq!(quotes.items.len(), 1);
    let item = &quotes.items[0];
    assert_eq!(item.id.as_str(), format!("wall{}_{quote}", Fake::BOB));
    assert_eq!(item.quote, Some(wall(post)));
    let shared = vk
        .posts(&PostQuery::account(AccountRef::handle("carol.test")))
        .await
        .unwrap();
    let shared = &shared.items[0];
    assert_eq!(shared.text.as_str(), "Share me");
    assert_eq!(
        shared.reposted_by.as_ref().unwrap().id.as_str(),
        format!("id{}", Fake::CAROL)
    );
    net.seconds(1);
    let text = format!("Thanks to [club{}|the club]", Fake::GROUP);
    let named = net.fake.post_as(Fake::BOB, Fake::BOB, &text, net.now());
    net.seconds(1);
    let below = net.comment(Fake::CAROL, post, &text, None);
    let (mentions, total) = all(&vk, PostQuery::mentions(), 1).await;
    assert_eq!(total, Some(2));
    assert_eq!(
        ids(&mentions),
        [
            reply(post, below),
            format!("wall{}_{named}", Fake::BOB).as_str().into()
        ]
    );
    assert_eq!(mentions[0].reply_to, Some(wall(post)));
}

#[tokio::test]
async fn searches_and_mentions_without_a_beginning_go_back_to_the_first_post() {
    let net = Net::new();
    let vk = net.community();
    let text = format!("Kumquats of [club{}|the club]", Fake::GROUP);
    let old = net.fake.post_as(Fake::BOB, Fake::BOB, &text, net.now());
    let old = PostId::new(format!("wall{}_{old}", Fake::BOB));
    let day = std::time::Duration::from_secs(86_400);
    let wanted = [old];
    net.seconds(5 * 86_400);
    let until = net.now() - 3 * day;
    for query in [PostQuery::search("kumquats"), PostQuery::mentions()] {
        for query in [query.clone(), query.until(until)] {
            let (posts, total) = all(&vk, query.clone(), 10).await;
            assert_eq!(ids(&posts), wanted, "{query:?}");
            assert_eq!(total, Some(1), "{query:?}");
        }
    }
}

#[tokio::test]
async fn what_needs_another_token_is_forbidden_before_anything_is_asked() {
    let net = Net::new();
    let vk = net
        .builder()
        .community(Fake::GROUP)
        .community_token(Fake::GROUP_TOKEN)
        .build()
        .unwrap();
    net.fake.clear_log();
    let error = vk.posts(&PostQuery::own()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Forbidden(_)), "{error}");
    assert!(error.message().contains("user or service"), "{error}");
    for query in [PostQuery::home()] {
        let error = vk.posts(&query).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unsupported);
    }
    assert!(net.fake.seen().is_empty());
}
