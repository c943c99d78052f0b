//! Cases: sessions and writes.

use serde_json::json;
use sociable::adapters::bluesky::fake::Rule;
use sociable::jiff::SignedDuration;

use crate::cases::*;
use crate::net::{Ask, PNG};

pub(crate) const CASES: &[(Rule, Case)] = &[
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
];
