//! Cases: notifications, messages, videos and limits.

use serde_json::json;
use sociable::adapters::bluesky::fake::{Limiter, Rule};
use sociable::jiff::SignedDuration;

use crate::cases::*;
use crate::net::{Ask, Seen};

pub(crate) const CASES: &[(Rule, Case)] = &[
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
