//! What the cases of the rules have in common.

use crate::net::{Ask, Net, Seen, User};
use serde_json::{Value, json};

pub(crate) type Case = fn(&Net) -> Option<()>;

pub(crate) fn good(seen: Seen) -> Option<Value> {
    (seen.status == 200).then_some(seen.json)
}

pub(crate) fn is(seen: &Seen, status: u16, name: &str) -> Option<()> {
    (seen.status == status && seen.error() == name).then_some(())
}

pub(crate) fn yes(fact: bool) -> Option<()> {
    fact.then_some(())
}

pub(crate) fn list(value: &Value, name: &str) -> Vec<Value> {
    value[name].as_array().cloned().unwrap_or_default()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A post of alice as it is shown to bob.
pub(crate) fn shown(net: &Net, record: Value) -> Option<Value> {
    let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
    let post = alice.publish(record);
    view(&bob, &post)
}

pub(crate) fn view(who: &User<'_>, post: &Value) -> Option<Value> {
    let posts = good(who.get("app.bsky.feed.getPosts", &[("uris", text(&post["uri"]))]))?;
    posts["posts"].get(0).cloned()
}

pub(crate) fn reply(root: &Value) -> Value {
    json!({"text": "a reply", "reply": {"root": root, "parent": root}})
}

pub(crate) fn quote(post: &Value) -> Value {
    json!({"text": "a quote", "embed": {"$type": "app.bsky.embed.record", "record": post}})
}

pub(crate) fn mention(did: &str) -> Value {
    json!({"text": "é @b", "facets": [{
        "index": {"byteStart": 3, "byteEnd": 5},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": did}],
    }]})
}

pub(crate) fn gate(who: &User<'_>, collection: &str, post: &Value, more: Value) -> Option<Value> {
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

pub(crate) fn put(who: &User<'_>, rkey: &str, words: &str, more: Value) -> Seen {
    let record = json!({"$type": "app.bsky.feed.post", "text": words, "createdAt": "2026-11-23T12:00:00.000Z"});
    let mut body = json!({"repo": who.did, "collection": "app.bsky.feed.post", "rkey": rkey, "record": record});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    who.post("com.atproto.repo.putRecord", &body)
}

pub(crate) const KEY: &str = "3n2wodo3wxc2d";

pub(crate) fn records(who: &User<'_>, collection: &str) -> Vec<Value> {
    let ask = [("repo", who.did.as_str()), ("collection", collection)];
    list(
        &who.get("com.atproto.repo.listRecords", &ask).json,
        "records",
    )
}

pub(crate) fn refresh(net: &Net, token: &str) -> Seen {
    net.ask(&Ask::raw("com.atproto.server.refreshSession", "", "").token(token))
}

pub(crate) fn follow(who: &User<'_>, whom: &User<'_>) -> String {
    who.write("app.bsky.graph.follow", json!({"subject": whom.did}))
}

/// A conversation between alice, who writes, and bob; bob follows alice first, if he is to.
pub(crate) fn convo<'a>(net: &'a Net, friends: bool) -> Option<(User<'a>, User<'a>, String)> {
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

pub(crate) fn say(who: &User<'_>, convo: &str, words: &str) -> Seen {
    who.net.second();
    who.chat_post(
        "chat.bsky.convo.sendMessage",
        &json!({"convoId": convo, "message": {"text": words}}),
    )
}

pub(crate) fn messages(who: &User<'_>, convo: &str) -> Vec<Value> {
    list(
        &who.chat_get("chat.bsky.convo.getMessages", &[("convoId", convo)])
            .json,
        "messages",
    )
}

pub(crate) fn reasons_hold(
    net: &Net,
    reason: &str,
    act: fn(&User<'_>, &User<'_>, &Value),
) -> Option<()> {
    let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
    let post = alice.publish(json!({"text": "a post"}));
    act(&bob, &alice, &post);
    yes(alice.reasons() == [reason])
}

pub(crate) fn service_token(who: &User<'_>, aud: &str, lxm: &str) -> Option<String> {
    let token = good(who.get(
        "com.atproto.server.getServiceAuth",
        &[("aud", aud), ("lxm", lxm)],
    ))?;
    Some(text(&token["token"]).to_owned())
}

pub(crate) fn image(blob: &Value) -> Value {
    json!({"alt": "", "image": blob})
}

pub(crate) fn images(list: Vec<Value>) -> Value {
    json!({"text": "pictures", "embed": {"$type": "app.bsky.embed.images", "images": list}})
}
