//! Every rule has a case that holds while the rule is kept and fails when it is broken.

use serde_json::{Value, json};
use sociable::adapters::bluesky::fake::{Fake, Limiter, Rule};
use sociable::jiff::SignedDuration;

use crate::net::{Ask, Net, PNG, Seen, User, uris};

type Case = fn(&Net) -> Option<()>;

fn good(seen: Seen) -> Option<Value> {
    (seen.status == 200).then_some(seen.json)
}

fn is(seen: &Seen, status: u16, name: &str) -> Option<()> {
    (seen.status == status && seen.error() == name).then_some(())
}

fn yes(fact: bool) -> Option<()> {
    fact.then_some(())
}

fn list(value: &Value, name: &str) -> Vec<Value> {
    value[name].as_array().cloned().unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A post of alice as it is shown to bob.
fn shown(net: &Net, record: Value) -> Option<Value> {
    let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
    let post = alice.publish(record);
    view(&bob, &post)
}

fn view(who: &User<'_>, post: &Value) -> Option<Value> {
    let posts = good(who.get("app.bsky.feed.getPosts", &[("uris", text(&post["uri"]))]))?;
    posts["posts"].get(0).cloned()
}

fn reply(root: &Value) -> Value {
    json!({"text": "a reply", "reply": {"root": root, "parent": root}})
}

fn quote(post: &Value) -> Value {
    json!({"text": "a quote", "embed": {"$type": "app.bsky.embed.record", "record": post}})
}

fn mention(did: &str) -> Value {
    json!({"text": "é @b", "facets": [{
        "index": {"byteStart": 3, "byteEnd": 5},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": did}],
    }]})
}

fn gate(who: &User<'_>, collection: &str, post: &Value, more: Value) -> Option<Value> {
    let rkey = text(&post["uri"])
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let mut record =
        json!({"$type": collection, "post": post["uri"], "createdAt": "2026-11-23T12:00:00.000Z"});
    for (name, value) in more.as_object()? {
        record[name] = value.clone();
    }
    let body = json!({"repo": who.did, "collection": collection, "rkey": rkey, "record": record});
    good(who.post("com.atproto.repo.putRecord", &body))
}

fn put(who: &User<'_>, rkey: &str, words: &str, more: Value) -> Seen {
    let record = json!({"$type": "app.bsky.feed.post", "text": words, "createdAt": "2026-11-23T12:00:00.000Z"});
    let mut body = json!({"repo": who.did, "collection": "app.bsky.feed.post", "rkey": rkey, "record": record});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    who.post("com.atproto.repo.putRecord", &body)
}

const KEY: &str = "3n2wodo3wxc2d";

fn records(who: &User<'_>, collection: &str) -> Vec<Value> {
    let ask = [("repo", who.did.as_str()), ("collection", collection)];
    list(
        &who.get("com.atproto.repo.listRecords", &ask).json,
        "records",
    )
}

fn refresh(net: &Net, token: &str) -> Seen {
    net.ask(&Ask::raw("com.atproto.server.refreshSession", "", "").token(token))
}

fn follow(who: &User<'_>, whom: &User<'_>) -> String {
    who.write("app.bsky.graph.follow", json!({"subject": whom.did}))
}

/// A conversation between alice, who writes, and bob; bob follows alice first, if he is to.
fn convo<'a>(net: &'a Net, friends: bool) -> Option<(User<'a>, User<'a>, String)> {
    let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
    if friends {
        follow(&bob, &alice);
    } else {
        let open = json!({"$type": "chat.bsky.actor.declaration", "allowIncoming": "all"});
        let body = json!({"repo": bob.did, "collection": "chat.bsky.actor.declaration", "rkey": "self", "record": open});
        good(bob.post("com.atproto.repo.putRecord", &body))?;
    }
    let made = good(alice.chat_get(
        "chat.bsky.convo.getConvoForMembers",
        &[("members", &bob.did)],
    ))?;
    let id = text(&made["convo"]["id"]).to_owned();
    Some((alice, bob, id))
}

fn say(who: &User<'_>, convo: &str, words: &str) -> Seen {
    who.net.second();
    who.chat_post(
        "chat.bsky.convo.sendMessage",
        &json!({"convoId": convo, "message": {"text": words}}),
    )
}

fn messages(who: &User<'_>, convo: &str) -> Vec<Value> {
    list(
        &who.chat_get("chat.bsky.convo.getMessages", &[("convoId", convo)])
            .json,
        "messages",
    )
}

fn reasons_hold(net: &Net, reason: &str, act: fn(&User<'_>, &User<'_>, &Value)) -> Option<()> {
    let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
    let post = alice.publish(json!({"text": "a post"}));
    act(&bob, &alice, &post);
    yes(alice.reasons() == [reason])
}

fn service_token(who: &User<'_>, aud: &str, lxm: &str) -> Option<String> {
    let token = good(who.get(
        "com.atproto.server.getServiceAuth",
        &[("aud", aud), ("lxm", lxm)],
    ))?;
    Some(text(&token["token"]).to_owned())
}

fn image(blob: &Value) -> Value {
    json!({"alt": "", "image": blob})
}

fn images(list: Vec<Value>) -> Value {
    json!({"text": "pictures", "embed": {"$type": "app.bsky.embed.images", "images": list}})
}

/// The cases, each with the rule that it proves.
const CASES: &[(Rule, Case)] = &[
    (Rule::PasswordIsChecked, |net| {
        let body = json!({"identifier": "alice.test", "password": "wrong"});
        is(
            &net.ask(&Ask::post("com.atproto.server.createSession", &body)),
            401,
            "AuthenticationRequired",
        )
    }),
    (Rule::TokenExpiryIs400, |net| {
        let alice = net.login("alice.test");
        net.wait(SignedDuration::from_hours(2));
        is(
            &alice.get("com.atproto.server.getSession", &[]),
            400,
            "ExpiredToken",
        )
    }),
    (Rule::RefreshRotates, |net| {
        let alice = net.login("alice.test");
        let first = good(refresh(net, &alice.refresh))?;
        good(refresh(net, text(&first["refreshJwt"]))).map(drop)
    }),
    (Rule::RefreshGrace, |net| {
        let alice = net.login("alice.test");
        let first = good(refresh(net, &alice.refresh))?;
        net.wait(SignedDuration::from_hours(1));
        let again = good(refresh(net, &alice.refresh))?;
        yes(first["refreshJwt"] == again["refreshJwt"])?;
        net.wait(SignedDuration::from_hours(2));
        is(&refresh(net, &alice.refresh), 400, "ExpiredToken")
    }),
    (Rule::RevokedSessionsEnd, |net| {
        let alice = net.login("alice.test");
        net.fake.revoke_sessions("alice.test");
        is(&refresh(net, &alice.refresh), 400, "ExpiredToken")
    }),
    (Rule::AuthIsNeeded, |net| {
        is(
            &net.ask(&Ask::get("app.bsky.feed.getTimeline", &[])),
            401,
            "AuthMissing",
        )
    }),
    (Rule::OwnRepoOnly, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let post = alice.publish(json!({"text": "mine"}));
        let rkey = text(&post["uri"]).rsplit('/').next()?.to_owned();
        let body = json!({"repo": alice.did, "collection": "app.bsky.feed.post", "rkey": rkey});
        is(
            &bob.post("com.atproto.repo.deleteRecord", &body),
            401,
            "AuthenticationRequired",
        )
    }),
    (Rule::ChatNeedsPrivilege, |net| {
        net.fake
            .add_app_password("alice.test", "abcd-efgh-ijkl-mnop", false);
        let body = json!({"identifier": "alice.test", "password": "abcd-efgh-ijkl-mnop"});
        let session = good(net.ask(&Ask::post("com.atproto.server.createSession", &body)))?;
        let ask = Ask::get("chat.bsky.convo.listConvos", &[])
            .token(text(&session["accessJwt"]))
            .chat();
        is(&net.ask(&ask), 400, "InvalidToken")
    }),
    (Rule::TextLimit, |net| {
        let alice = net.login("alice.test");
        good(alice.create(
            "app.bsky.feed.post",
            json!({"text": "e\u{301}".repeat(300)}),
        ))?;
        is(
            &alice.create("app.bsky.feed.post", json!({"text": "a".repeat(301)})),
            400,
            "InvalidRequest",
        )
    }),
    (Rule::TextByteLimit, |net| {
        let alice = net.login("alice.test");
        good(alice.create("app.bsky.feed.post", json!({"text": "👩‍🚀".repeat(272)})))?;
        is(
            &alice.create("app.bsky.feed.post", json!({"text": "👩‍🚀".repeat(280)})),
            400,
            "InvalidRequest",
        )
    }),
    (Rule::RequiresCreatedAt, |net| {
        let alice = net.login("alice.test");
        good(alice.create("app.bsky.feed.post", json!({"text": "now"})))?;
        let record = json!({"$type": "app.bsky.feed.post", "text": "when"});
        let body = json!({"repo": alice.did, "collection": "app.bsky.feed.post", "record": record});
        is(
            &alice.post("com.atproto.repo.createRecord", &body),
            400,
            "InvalidRequest",
        )
    }),
    (Rule::DatetimeForm, |net| {
        let alice = net.login("alice.test");
        let at = |time: &str| {
            alice.create(
                "app.bsky.feed.post",
                json!({"text": "x", "createdAt": time}),
            )
        };
        good(at("2026-11-23T12:00:00.123+02:00"))?;
        is(&at("2026-11-23 12:00:00"), 400, "InvalidRequest")
    }),
    (Rule::SwapRecordNull, |net| {
        let alice = net.login("alice.test");
        good(put(&alice, KEY, "one", json!({"swapRecord": null})))?;
        is(
            &put(&alice, KEY, "two", json!({"swapRecord": null})),
            400,
            "InvalidSwap",
        )
    }),
    (Rule::SwapRecordCid, |net| {
        let alice = net.login("alice.test");
        let first = good(put(&alice, KEY, "one", json!({})))?;
        good(put(&alice, KEY, "two", json!({"swapRecord": first["cid"]})))?;
        is(
            &put(&alice, KEY, "three", json!({"swapRecord": first["cid"]})),
            400,
            "InvalidSwap",
        )
    }),
    (Rule::RecordKeyIsTid, |net| {
        let alice = net.login("alice.test");
        good(put(&alice, KEY, "one", json!({})))?;
        is(
            &put(&alice, "not-a-tid", "two", json!({})),
            400,
            "InvalidRequest",
        )
    }),
    (Rule::ReplyNeedsParentAndRoot, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let post = alice.publish(json!({"text": "a post"}));
        let answer = bob.publish(reply(&post));
        let thread = good(alice.get(
            "app.bsky.feed.getPostThread",
            &[("uri", text(&post["uri"]))],
        ))?;
        yes(thread["thread"]["replies"][0]["post"]["uri"] == answer["uri"])
    }),
    (Rule::BlobMustExist, |net| {
        let alice = net.login("alice.test");
        let blob = good(alice.blob("image/png", PNG))?["blob"].clone();
        good(alice.create("app.bsky.feed.post", images(vec![image(&blob)])))?;
        let bob = net.login("bob.test");
        is(
            &bob.create("app.bsky.feed.post", images(vec![image(&blob)])),
            400,
            "BlobNotFound",
        )
    }),
    (Rule::BlobSizeLimit, |net| {
        let alice = net.login("alice.test");
        net.fake.set_blob_limit(100);
        good(alice.blob("image/png", PNG))?;
        is(&alice.blob("image/png", &[0; 101]), 413, "PayloadTooLarge")
    }),
    (Rule::BlobTypeIsSniffed, |net| {
        let alice = net.login("alice.test");
        yes(good(alice.blob("image/jpeg", PNG))?["blob"]["mimeType"] == "image/png")
    }),
    (Rule::ImageCountLimit, |net| {
        let alice = net.login("alice.test");
        let blob = good(alice.blob("image/png", PNG))?["blob"].clone();
        good(alice.create("app.bsky.feed.post", images(vec![image(&blob); 4])))?;
        is(
            &alice.create("app.bsky.feed.post", images(vec![image(&blob); 5])),
            400,
            "InvalidRequest",
        )
    }),
    (Rule::FacetByteOffsets, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        good(alice.create("app.bsky.feed.post", mention(&bob.did)))?;
        let mut beyond = mention(&bob.did);
        beyond["facets"][0]["index"]["byteEnd"] = json!(6);
        is(
            &alice.create("app.bsky.feed.post", beyond),
            400,
            "InvalidRequest",
        )
    }),
    (Rule::DeleteIsIdempotent, |net| {
        let alice = net.login("alice.test");
        let post = alice.publish(json!({"text": "short"}));
        good(alice.delete(text(&post["uri"])))?;
        yes(good(alice.delete(text(&post["uri"])))? == json!({}))
    }),
    (Rule::DeleteRemoves, |net| {
        let alice = net.login("alice.test");
        let post = alice.publish(json!({"text": "short"}));
        good(alice.delete(text(&post["uri"])))?;
        yes(view(&alice, &post).is_none())
    }),
    (Rule::LikeReplaces, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let post = alice.publish(json!({"text": "a post"}));
        let first = bob.write("app.bsky.feed.like", json!({"subject": post}));
        let second = bob.write("app.bsky.feed.like", json!({"subject": post}));
        let seen = view(&bob, &post)?;
        yes(first != second
            && seen["likeCount"] == 1
            && records(&bob, "app.bsky.feed.like").len() == 1)
    }),
    (Rule::MissingRecordIsTold, |net| {
        let alice = net.login("alice.test");
        let ask = [
            ("repo", alice.did.as_str()),
            ("collection", "app.bsky.feed.post"),
            ("rkey", KEY),
        ];
        is(
            &alice.get("com.atproto.repo.getRecord", &ask),
            400,
            "RecordNotFound",
        )
    }),
    (Rule::HandlesResolve, |net| {
        let ask = Ask::get(
            "com.atproto.identity.resolveHandle",
            &[("handle", "bob.test")],
        );
        yes(good(net.ask(&ask))?["did"] == net.fake.account("bob.test").as_str())
    }),
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
    (Rule::NotificationsForLikes, |net| {
        reasons_hold(net, "like", |bob, _, post| {
            drop(bob.write("app.bsky.feed.like", json!({"subject": post})))
        })
    }),
    (Rule::NotificationsForReposts, |net| {
        reasons_hold(net, "repost", |bob, _, post| {
            drop(bob.write("app.bsky.feed.repost", json!({"subject": post})))
        })
    }),
    (Rule::NotificationsForFollows, |net| {
        reasons_hold(net, "follow", |bob, alice, _| drop(follow(bob, alice)))
    }),
    (Rule::NotificationsForReplies, |net| {
        reasons_hold(net, "reply", |bob, _, post| drop(bob.publish(reply(post))))
    }),
    (Rule::NotificationsForMentions, |net| {
        reasons_hold(net, "mention", |bob, alice, _| {
            drop(bob.publish(mention(&alice.did)))
        })
    }),
    (Rule::NotificationsForQuotes, |net| {
        reasons_hold(net, "quote", |bob, _, post| drop(bob.publish(quote(post))))
    }),
    (Rule::ReasonsFilter, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let post = alice.publish(json!({"text": "a post"}));
        follow(&bob, &alice);
        bob.publish(reply(&post));
        let ask = [("reasons", "reply"), ("reasons", "mention")];
        let told = good(alice.get("app.bsky.notification.listNotifications", &ask))?;
        yes(list(&told, "notifications").len() == 1
            && told["notifications"][0]["reason"] == "reply")
    }),
    (Rule::SeenMarksRead, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        follow(&bob, &alice);
        let count =
            || Some(good(alice.get("app.bsky.notification.getUnreadCount", &[]))?["count"].clone());
        yes(count()? == 1)?;
        net.second();
        let now = net.now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        alice.post("app.bsky.notification.updateSeen", &json!({"seenAt": now}));
        let told = good(alice.get("app.bsky.notification.listNotifications", &[]))?;
        yes(count()? == 0 && told["notifications"][0]["isRead"] == true)
    }),
    (Rule::ChatNeedsProxyHeader, |net| {
        let alice = net.login("alice.test");
        is(
            &alice.get("chat.bsky.convo.listConvos", &[]),
            404,
            "XRPCNotSupported",
        )?;
        good(alice.chat_get("chat.bsky.convo.listConvos", &[])).map(drop)
    }),
    (Rule::ChatDelivers, |net| {
        let (alice, bob, id) = convo(net, true)?;
        good(say(&alice, &id, "hello"))?;
        yes(messages(&bob, &id).first()?["text"] == "hello")
    }),
    (Rule::ChatTextLimit, |net| {
        let (alice, _, id) = convo(net, true)?;
        good(say(&alice, &id, &"a".repeat(1000)))?;
        is(&say(&alice, &id, &"a".repeat(1001)), 400, "InvalidRequest")
    }),
    (Rule::ChatPermission, |net| {
        let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
        let ask = [("members", bob.did.as_str())];
        let can = good(alice.chat_get("chat.bsky.convo.getConvoAvailability", &ask))?;
        yes(can["canChat"] == false)?;
        is(
            &alice.chat_get("chat.bsky.convo.getConvoForMembers", &ask),
            400,
            "NotFollowedBySender",
        )
    }),
    (Rule::ChatMembersOnly, |net| {
        let (alice, _, id) = convo(net, true)?;
        good(say(&alice, &id, "hello"))?;
        let carol = net.login("carol.test");
        is(
            &carol.chat_get("chat.bsky.convo.getMessages", &[("convoId", &id)]),
            400,
            "InvalidConvo",
        )
    }),
    (Rule::ChatRequestsWait, |net| {
        let (alice, bob, id) = convo(net, false)?;
        good(say(&alice, &id, "hello"))?;
        let waiting = good(bob.chat_get("chat.bsky.convo.listConvoRequests", &[]))?;
        yes(waiting["requests"][0]["id"] == id.as_str())?;
        good(bob.chat_post("chat.bsky.convo.acceptConvo", &json!({"convoId": id})))?;
        let open = good(bob.chat_get("chat.bsky.convo.listConvos", &[("status", "accepted")]))?;
        yes(open["convos"][0]["status"] == "accepted")
    }),
    (Rule::ChatUnread, |net| {
        let (alice, bob, id) = convo(net, true)?;
        good(say(&alice, &id, "hello"))?;
        let unread = || {
            Some(good(bob.chat_get("chat.bsky.convo.getConvo", &[("convoId", &id)]))?["convo"]["unreadCount"].clone())
        };
        yes(unread()? == 1)?;
        good(bob.chat_post("chat.bsky.convo.updateRead", &json!({"convoId": id})))?;
        yes(unread()? == 0)
    }),
    (Rule::ChatReactions, |net| {
        let (alice, bob, id) = convo(net, true)?;
        let sent = good(say(&alice, &id, "hello"))?;
        let react = |value: &str| {
            bob.chat_post(
                "chat.bsky.convo.addReaction",
                &json!({"convoId": id, "messageId": sent["id"], "value": value}),
            )
        };
        for value in ["👍", "👍", "❤", "😂", "😮", "😢"] {
            good(react(value))?;
        }
        is(&react("🎉"), 400, "ReactionLimitReached")?;
        yes(list(messages(&alice, &id).first()?, "reactions").len() == 5)
    }),
    (Rule::ChatDeletesForSelf, |net| {
        let (alice, bob, id) = convo(net, true)?;
        let sent = good(say(&alice, &id, "hello"))?;
        good(alice.chat_post(
            "chat.bsky.convo.deleteMessageForSelf",
            &json!({"convoId": id, "messageId": sent["id"]}),
        ))?;
        let (own, other) = (messages(&alice, &id), messages(&bob, &id));
        yes(own[0]["$type"] == "chat.bsky.convo.defs#deletedMessageView"
            && other[0]["text"] == "hello")
    }),
    (Rule::ChatLog, |net| {
        let (alice, bob, id) = convo(net, true)?;
        let start = good(bob.chat_get("chat.bsky.convo.getLog", &[]))?;
        let cursor = text(&start["cursor"]).to_owned();
        good(say(&alice, &id, "hello"))?;
        let log = good(bob.chat_get("chat.bsky.convo.getLog", &[("cursor", &cursor)]))?;
        yes(log["logs"][0]["message"]["text"] == "hello" && list(&log, "logs").len() == 1)
    }),
    (Rule::VideoNeedsServiceToken, |net| {
        let alice = net.login("alice.test");
        let token = service_token(
            &alice,
            "did:web:video.bsky.app",
            "app.bsky.video.getUploadLimits",
        )?;
        let limits = Ask::get("app.bsky.video.getUploadLimits", &[]).at("video.bsky.app");
        is(
            &net.ask(&limits.clone().token(&alice.access)),
            401,
            "BadJwtType",
        )?;
        yes(good(net.ask(&limits.token(&token)))?["canUpload"] == true)
    }),
    (Rule::VideoIsProcessed, |net| {
        let alice = net.login("alice.test");
        let token = service_token(&alice, "did:web:pds.test", "com.atproto.repo.uploadBlob")?;
        let mp4 = [&[0, 0, 0, 24], b"ftypmp42".as_slice(), &[0; 64]].concat();
        let mut ask = Ask::raw("app.bsky.video.uploadVideo", "video/mp4", mp4)
            .at("video.bsky.app")
            .token(&token);
        ask.params = vec![
            ("did".to_owned(), alice.did.clone()),
            ("name".to_owned(), "a.mp4".to_owned()),
        ];
        let job = good(net.ask(&ask))?["jobStatus"].clone();
        let status = || {
            let ask = Ask::get(
                "app.bsky.video.getJobStatus",
                &[("jobId", text(&job["jobId"]))],
            );
            Some(good(net.ask(&ask.at("video.bsky.app")))?["jobStatus"].clone())
        };
        yes(status()?["state"] == "JOB_STATE_CREATED")?;
        net.wait(SignedDuration::from_secs(3));
        let done = status()?;
        yes(done["state"] == "JOB_STATE_COMPLETED")?;
        let embed =
            json!({"$type": "app.bsky.embed.video", "video": done["blob"], "alt": "moving"});
        good(alice.create(
            "app.bsky.feed.post",
            json!({"text": "a video", "embed": embed}),
        ))?;
        is(&net.ask(&ask), 409, "already_exists")
    }),
    (Rule::RateHeaders, |net| {
        let seen = net.ask(&Ask::get("com.atproto.server.describeServer", &[]));
        yes(seen.header("ratelimit-limit") == "3000"
            && seen.header("ratelimit-remaining") == "2999"
            && seen.header("ratelimit-reset") == (net.now().as_second() + 300).to_string()
            && seen.header("ratelimit-policy") == "3000;w=300")
    }),
    (Rule::RateRefuses, |net| {
        net.fake
            .set_limit(Limiter::WritesHour, 7, SignedDuration::from_hours(1));
        let alice = net.login("alice.test");
        good(alice.create("app.bsky.feed.post", json!({"text": "3"})))?;
        good(alice.create("app.bsky.feed.post", json!({"text": "6"})))?;
        let refused = alice.create("app.bsky.feed.post", json!({"text": "9"}));
        is(&refused, 429, "RateLimitExceeded")?;
        yes(refused.header("ratelimit-remaining") == "0"
            && refused.header("retry-after").is_empty())?;
        net.wait(SignedDuration::from_hours(1));
        good(alice.create("app.bsky.feed.post", json!({"text": "again"}))).map(drop)
    }),
    (Rule::WritePoints, |net| {
        net.fake
            .set_limit(Limiter::WritesHour, 100, SignedDuration::from_hours(1));
        let alice = net.login("alice.test");
        let left = |seen: &Seen| seen.header("ratelimit-remaining").to_owned();
        let made = alice.create("app.bsky.feed.post", json!({"text": "x"}));
        yes(left(&made) == "97")?;
        yes(left(&put(&alice, KEY, "one", json!({}))) == "95")?;
        yes(left(&alice.delete(text(&made.json["uri"]))) == "94")
    }),
    (Rule::ErrorsAreJson, |net| {
        let seen = net.ask(&Ask::get("app.bsky.feed.getTimeline", &[]));
        yes(seen.header("content-type").starts_with("application/json"))?;
        is(&seen, 401, "AuthMissing")
    }),
    (Rule::UnknownMethodIsRefused, |net| {
        let alice = net.login("alice.test");
        is(
            &alice.get("app.bsky.feed.getNothing", &[]),
            501,
            "MethodNotImplemented",
        )
    }),
];

#[test]
fn every_rule_holds_until_it_is_broken() {
    let mut wrong = Vec::new();
    for rule in Rule::ALL {
        let cases: Vec<&Case> = CASES
            .iter()
            .filter(|(named, _)| named == rule)
            .map(|(_, case)| case)
            .collect();
        if cases.is_empty() {
            wrong.push(format!("{rule:?} has no case"));
        }
        for case in cases {
            if case(&Net::new(Fake::new())).is_none() {
                wrong.push(format!("{rule:?} does not hold"));
            }
            let broken = Fake::new();
            broken.break_rule(*rule);
            if case(&Net::new(broken)).is_some() {
                wrong.push(format!("{rule:?} holds although it is broken"));
            }
            let mended = Fake::new();
            mended.break_rule(*rule);
            mended.mend_rule(*rule);
            assert!(case(&Net::new(mended)).is_some(), "{rule:?} is not mended");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What the cases are answered has to follow the lexicons as well.
#[test]
fn the_answers_to_every_case_follow_the_lexicons() {
    let Some(lexicons) = crate::lexicon::Lexicons::find() else {
        return;
    };
    let mut checked = 0;
    for (_, case) in CASES {
        let fake = Fake::new();
        case(&Net::new(fake.clone()));
        checked += crate::differential::check_log(&fake, &lexicons);
    }
    assert!(checked > 300, "{checked}");
}
