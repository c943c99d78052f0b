//! Cases: what is shown, and to whom.

use serde_json::{Value, json};
use sociable::adapters::bluesky::fake::Rule;
use sociable::jiff::SignedDuration;

use crate::cases::*;
use crate::net::{PNG, uris};

pub(crate) const CASES: &[(Rule, Case)] = &[
    (Rule::ReadAfterWrite, |net| {
        net.fake.set_index_lag(SignedDuration::from_secs(60));
        let alice = net.login("alice.test");
        let post = alice.publish(json!({"text": "fresh"}));
        let feed = good(alice.get("app.bsky.feed.getAuthorFeed", &[("actor", &alice.did)]))?;
        yes(uris(&feed) == [text(&post["uri"])])
    }),
    (Rule::PostsAreIndexed, |net| {
        net.fake.set_index_lag(SignedDuration::from_secs(60));
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let post = alice.publish(json!({"text": "fresh"}));
        yes(view(&bob, &post).is_none())?;
        net.wait(SignedDuration::from_secs(60));
        view(&bob, &post).map(drop)
    }),
    (Rule::EditsStayHidden, |net| {
        let alice = net.login("alice.test");
        let first = good(put(&alice, KEY, "one", json!({})))?;
        good(put(&alice, KEY, "two", json!({})))?;
        yes(view(&alice, &first)?["record"]["text"] == "one")
    }),
    (Rule::NewestFirst, |net| {
        let alice = net.login("alice.test");
        let (old, new) = (
            alice.publish(json!({"text": "old"})),
            alice.publish(json!({"text": "new"})),
        );
        let feed = good(alice.get("app.bsky.feed.getAuthorFeed", &[("actor", &alice.did)]))?;
        yes(uris(&feed) == [text(&new["uri"]), text(&old["uri"])])
    }),
    (Rule::LimitIsKept, |net| {
        let alice = net.login("alice.test");
        (0..3).for_each(|_| drop(alice.publish(json!({"text": "x"}))));
        let feed = good(alice.get(
            "app.bsky.feed.getAuthorFeed",
            &[("actor", &alice.did), ("limit", "2")],
        ))?;
        yes(uris(&feed).len() == 2)
    }),
    (Rule::CursorEndsWithoutCursor, |net| {
        let alice = net.login("alice.test");
        let mut posted: Vec<String> = (0..5)
            .map(|_| text(&alice.publish(json!({"text": "x"}))["uri"]).to_owned())
            .collect();
        posted.reverse();
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        for _ in 0..10 {
            let mut ask = vec![("actor", alice.did.as_str()), ("limit", "2")];
            if !cursor.is_empty() {
                ask.push(("cursor", &cursor));
            }
            let page = good(alice.get("app.bsky.feed.getAuthorFeed", &ask))?;
            seen.extend(uris(&page));
            match page["cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => return yes(uris(&page).is_empty() && seen == posted),
            }
        }
        None
    }),
    (Rule::CountsAreKept, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let post = alice.publish(json!({"text": "a post"}));
        bob.publish(reply(&post));
        bob.publish(quote(&post));
        bob.write("app.bsky.feed.like", json!({"subject": post}));
        bob.write("app.bsky.feed.repost", json!({"subject": post}));
        let seen = view(&alice, &post)?;
        let counts = ["replyCount", "quoteCount", "likeCount", "repostCount"];
        yes(counts.iter().all(|count| seen[count] == 1))
    }),
    (Rule::ViewerState, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let post = alice.publish(json!({"text": "a post"}));
        let like = bob.write("app.bsky.feed.like", json!({"subject": post}));
        let repost = bob.write("app.bsky.feed.repost", json!({"subject": post}));
        let following = follow(&bob, &alice);
        let seen = view(&bob, &post)?;
        yes(seen["viewer"]["like"] == like.as_str()
            && seen["viewer"]["repost"] == repost.as_str()
            && seen["author"]["viewer"]["following"] == following.as_str())
    }),
    (Rule::EmbedsAreShown, |net| {
        let alice = net.login("alice.test");
        let blob = good(alice.blob("image/png", PNG))?["blob"].clone();
        let seen = shown(net, images(vec![json!({"alt": "a dot", "image": blob})]))?;
        yes(seen["embed"]["images"][0]["alt"] == "a dot")
    }),
    (Rule::LabelsAreShown, |net| {
        let labels =
            json!({"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "nudity"}]});
        yes(shown(net, json!({"text": "x", "labels": labels}))?["labels"][0]["val"] == "nudity")
    }),
    (Rule::AuthorFeedFilters, |net| {
        let alice = net.login("alice.test");
        let post = alice.publish(json!({"text": "a post"}));
        alice.publish(reply(&post));
        let ask = [
            ("actor", alice.did.as_str()),
            ("filter", "posts_no_replies"),
        ];
        yes(uris(&good(alice.get("app.bsky.feed.getAuthorFeed", &ask))?) == [text(&post["uri"])])
    }),
    (Rule::TimelineFollows, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        follow(&bob, &alice);
        let post = alice.publish(json!({"text": "a post"}));
        yes(uris(&good(bob.get("app.bsky.feed.getTimeline", &[]))?) == [text(&post["uri"])])
    }),
    (Rule::ThreadsNest, |net| {
        let alice = net.login("alice.test");
        let post = alice.publish(json!({"text": "a post"}));
        let first = alice.publish(reply(&post));
        let second =
            alice.publish(json!({"text": "below", "reply": {"root": post, "parent": first}}));
        let thread = good(alice.get(
            "app.bsky.feed.getPostThread",
            &[("uri", text(&post["uri"]))],
        ))?;
        yes(thread.pointer("/thread/replies/0/replies/0/post/uri")? == &second["uri"])
    }),
    (Rule::GoneThreadIsNotFound, |net| {
        let alice = net.login("alice.test");
        let uri = format!("at://{}/app.bsky.feed.post/{KEY}", alice.did);
        is(
            &alice.get("app.bsky.feed.getPostThread", &[("uri", &uri)]),
            400,
            "NotFound",
        )
    }),
    (Rule::SearchMatches, |net| {
        let alice = net.login("alice.test");
        let found = alice.publish(json!({"text": "The quick brown fox"}));
        alice.publish(json!({"text": "brown quickly"}));
        let hits = |q: &str| {
            list(
                &alice.get("app.bsky.feed.searchPosts", &[("q", q)]).json,
                "posts",
            )
        };
        yes(hits("QUICK fox").len() == 1
            && hits("\"quick brown\"")[0]["uri"] == found["uri"]
            && hits("wolf").is_empty())
    }),
    (Rule::SearchFilters, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let tagged = alice.publish(json!({"text": "word one", "tags": ["Rust"], "langs": ["de"]}));
        bob.publish(mention(&alice.did));
        let later = bob.publish(json!({"text": "word two"}));
        let hits = |name: &str, value: &str| -> Vec<Value> {
            let seen = alice.get("app.bsky.feed.searchPosts", &[("q", "word"), (name, value)]);
            list(&seen.json, "posts")
                .iter()
                .map(|post| post["uri"].clone())
                .collect()
        };
        let moment = "2026-11-23T12:00:02.500Z";
        yes([
            hits("tag", "rust"),
            hits("author", "alice.test"),
            hits("lang", "de"),
            hits("until", moment),
        ]
        .iter()
        .all(|hits| *hits == [tagged["uri"].clone()])
            && hits("since", moment) == [later["uri"].clone()]
            && hits("mentions", "bob.test").is_empty())
    }),
    (Rule::QuotesAreListed, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let post = alice.publish(json!({"text": "a post"}));
        let quoting = bob.publish(quote(&post));
        let quotes = good(alice.get("app.bsky.feed.getQuotes", &[("uri", text(&post["uri"]))]))?;
        yes(quotes["posts"][0]["uri"] == quoting["uri"])
    }),
    (Rule::EngagersAreListed, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let post = alice.publish(json!({"text": "a post"}));
        bob.write("app.bsky.feed.like", json!({"subject": post}));
        bob.write("app.bsky.feed.repost", json!({"subject": post}));
        let about = [("uri", text(&post["uri"]))];
        let likes = good(alice.get("app.bsky.feed.getLikes", &about))?;
        let reposts = good(alice.get("app.bsky.feed.getRepostedBy", &about))?;
        yes(likes["likes"][0]["actor"]["did"] == bob.did.as_str()
            && reposts["repostedBy"][0]["did"] == bob.did.as_str())
    }),
    (Rule::FollowersAreListed, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        follow(&bob, &alice);
        let followers = good(alice.get("app.bsky.graph.getFollowers", &[("actor", "alice.test")]))?;
        let follows = good(alice.get("app.bsky.graph.getFollows", &[("actor", "bob.test")]))?;
        yes(followers["followers"][0]["did"] == bob.did.as_str()
            && follows["follows"][0]["did"] == alice.did.as_str())
    }),
    (Rule::RelationshipsAreTold, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let uri = follow(&bob, &alice);
        let ask = [("actor", alice.did.as_str()), ("others", bob.did.as_str())];
        let told = good(alice.get("app.bsky.graph.getRelationships", &ask))?;
        yes(told["relationships"][0]["followedBy"] == uri.as_str())
    }),
    (Rule::MutesHide, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        follow(&alice, &bob);
        let post = alice.publish(json!({"text": "a post"}));
        bob.publish(reply(&post));
        good(alice.post("app.bsky.graph.muteActor", &json!({"actor": "bob.test"})))
            .or(Some(Value::Null))?;
        let timeline = good(alice.get("app.bsky.feed.getTimeline", &[]))?;
        yes(uris(&timeline) == [text(&post["uri"])] && alice.reasons().is_empty())
    }),
    (Rule::BlocksHide, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let post = alice.publish(json!({"text": "a post"}));
        bob.publish(reply(&post));
        alice.write("app.bsky.graph.block", json!({"subject": bob.did}));
        is(
            &bob.get("app.bsky.feed.getAuthorFeed", &[("actor", &alice.did)]),
            400,
            "BlockedByActor",
        )?;
        is(
            &alice.get("app.bsky.feed.getAuthorFeed", &[("actor", &bob.did)]),
            400,
            "BlockedActor",
        )?;
        yes(view(&bob, &post).is_none() && alice.reasons().is_empty())
    }),
    (Rule::ThreadgateBars, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let post = alice.publish(json!({"text": "a post"}));
        let rule = json!([{"$type": "app.bsky.feed.threadgate#followingRule"}]);
        gate(
            &alice,
            "app.bsky.feed.threadgate",
            &post,
            json!({"allow": rule}),
        )?;
        bob.publish(reply(&post));
        follow(&alice, &bob);
        let allowed = bob.publish(reply(&post));
        let thread = good(alice.get(
            "app.bsky.feed.getPostThread",
            &[("uri", text(&post["uri"]))],
        ))?;
        let replies = list(&thread["thread"], "replies");
        yes(replies.len() == 1 && replies[0]["post"]["uri"] == allowed["uri"])
    }),
    (Rule::HiddenRepliesAreSilent, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let post = alice.publish(json!({"text": "a post"}));
        let answer = bob.publish(reply(&post));
        gate(
            &alice,
            "app.bsky.feed.threadgate",
            &post,
            json!({"hiddenReplies": [answer["uri"]]}),
        )?;
        yes(alice.reasons().is_empty())
    }),
    (Rule::PostgateBars, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let post = alice.publish(json!({"text": "a post"}));
        let early = bob.publish(quote(&post));
        let rules = json!([{"$type": "app.bsky.feed.postgate#disableRule"}]);
        let more = json!({"embeddingRules": rules, "detachedEmbeddingUris": [early["uri"]]});
        gate(&alice, "app.bsky.feed.postgate", &post, more)?;
        let late = bob.publish(quote(&post));
        let kind = |post: &Value| Some(view(&bob, post)?["embed"]["record"]["$type"].clone());
        yes(kind(&early)? == "app.bsky.embed.record#viewDetached"
            && kind(&late)? == "app.bsky.embed.record#viewDetached")
    }),
    (Rule::PinsComeFirst, |net| {
        let alice = net.login("alice.test");
        let post = alice.publish(json!({"text": "pinned"}));
        alice.publish(json!({"text": "later"}));
        let record = json!({"$type": "app.bsky.actor.profile", "pinnedPost": post});
        let body = json!({"repo": alice.did, "collection": "app.bsky.actor.profile", "rkey": "self", "record": record});
        good(alice.post("com.atproto.repo.putRecord", &body))?;
        let ask = [("actor", alice.did.as_str()), ("includePins", "true")];
        yes(uris(&good(alice.get("app.bsky.feed.getAuthorFeed", &ask))?)[0] == text(&post["uri"]))
    }),
    (Rule::BookmarksAreKept, |net| {
        let alice = net.login("alice.test");
        let post = alice.publish(json!({"text": "a post"}));
        yes(alice.post("app.bsky.bookmark.createBookmark", &post).status == 200)?;
        let kept = good(alice.get("app.bsky.bookmark.getBookmarks", &[]))?;
        yes(kept["bookmarks"][0]["item"]["uri"] == post["uri"])
    }),
    (Rule::TrendsAreTold, |net| {
        let alice = net.login("alice.test");
        alice.publish(json!({"text": "x", "tags": ["rust"]}));
        yes(good(alice.get("app.bsky.unspecced.getTrends", &[]))?["trends"][0]["topic"] == "rust")
    }),
];
