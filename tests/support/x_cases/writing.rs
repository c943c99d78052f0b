//! Publishing, editing, deleting and hiding: what X refuses of it, and what becomes of the words.

use std::time::Duration;

use serde_json::json;
use sociable::adapters::x::fake::{Fake, Spelling};
use sociable::adapters::x::{Tier, X};
use sociable::testing::suite::{Scene, Verdict};
use sociable::{
    Draft, Edit, Engagement, ErrorKind, Moderation, Poll, Post, PostId, PostRef, SocialNetwork,
    Target,
};

use super::{Net, at, get, holds, is_kind, lacks_plan, refused, written};

own_cases! {
    "x: the same words again are a duplicate, which is named" => duplicate;
    "x: after a while the same words are published again" => forgotten;
    "x: who set a plan that X does not know of is told so" => plan;
    "x: an answer needs a summons, and is not tried again" => summons;
    "x: a post holds one cashtag, on plans that anybody can buy" => cashtags;
    "x: a text weighs no more than the account may write" => weight;
    "x: a long text is read whole, which X cuts" => long_text;
    "x: a post of nothing is refused" => empty;
    "x: a poll keeps its bounds" => poll;
    "x: files, a poll and a quote exclude each other" => apart;
    "x: who may answer is kept" => settings;
    "x: an edit makes another post, which takes the place of the first" => edit;
    "x: a post is edited within its time" => edit_window;
    "x: what cannot be edited is refused" => ineligible;
    "x: of others nothing is deleted" => others_stay;
    "x: what is deleted is gone, and may be said again" => deleted;
    "x: answers are hidden in one's own conversations alone" => hidden;
    "x: an answer is told as it was written" => addressed;
    "x: the address of a post behind a text quotes it" => address;
    "x: what X escapes is read as it was written" => escaped;
    "x: short links are read as what they lead to" => short_links;
    "x: marks stand where they were put, whatever stands before them" => marks;
    "x: both spellings of names are read" => spellings;
}

async fn duplicate(net: Net, _: &Scene<'_>) -> Verdict {
    let first = net.publish("Once").await?;
    let again = net.publish("Once").await;
    let Err(error) = again else {
        return holds(false, "it is published again");
    };
    holds(
        *error.kind() == ErrorKind::Duplicate(Some(first.id)),
        error.message(),
    )?;
    holds(
        net.answered("POST /2/tweets", 403) == 1,
        "it is tried again",
    )?;
    net.bob().publish(&Draft::text("Once")).await?;
    Ok(())
}

async fn forgotten(net: Net, scene: &Scene<'_>) -> Verdict {
    let first = net.publish("Good morning").await?;
    scene.stage().pass(Duration::from_secs(12 * 3600)).await;
    let second = net.publish("Good morning").await?;
    holds(first.id != second.id, "it is the same post")
}

/// What is only on a contract, of somebody who only thinks to have one.
async fn plan(net: Net, _: &Scene<'_>) -> Verdict {
    let bobs = net.fake.post_as(Fake::BOB, "@anna_test hi", net.now());
    for engagement in [Engagement::like(), Engagement::follow()] {
        let anna = net.enterprise();
        let operation = engagement.operation();
        let target = if engagement == Engagement::follow() {
            Target::Account(sociable::AccountRef::id(Fake::BOB.to_string()))
        } else {
            at(bobs)
        };
        lacks_plan(anna.engage(&target, &engagement).await, operation.as_str())?;
        // It is known from now on.
        holds(!anna.profile().can(&operation), "it is offered still")?;
        let again = net.quiet(anna.engage(&target, &engagement)).await?;
        holds(again.is_err(), "it is done")?;
    }
    let anna = net.enterprise();
    let quoted = PostRef::from(bobs.to_string().as_str());
    let quote = Draft::text("See").quote(quoted);
    lacks_plan(anna.publish(&quote).await, "a quote")
}

async fn summons(net: Net, _: &Scene<'_>) -> Verdict {
    let strange = net.fake.post_as(Fake::BOB, "Nice day", net.now());
    let reply = |to: u64, words: &str| Draft::text(words).reply_to(to.to_string().as_str());
    lacks_plan(net.me.publish(&reply(strange, "Yes")).await, "an answer")?;
    holds(
        net.answered("POST /2/tweets", 403) == 1,
        "it is tried again",
    )?;
    let asks = net
        .fake
        .post_as(Fake::BOB, "@anna_test nice day?", net.now());
    net.me.publish(&reply(asks, "Yes")).await?;
    Ok(())
}

async fn cashtags(net: Net, _: &Scene<'_>) -> Verdict {
    let two = Draft::text("Buy $AAPL and $MSFT");
    let known = net.quiet(net.me.publish(&two)).await?;
    is_kind(known, "Invalid", "it")?;
    net.publish("Buy $AAPL for $5 or $10").await?;
    // Who set another plan learns it from X.
    refused(net.enterprise().publish(&two).await, 403, "Rejected", "it")?;
    net.contract().publish(&two).await?;
    Ok(())
}

async fn weight(net: Net, _: &Scene<'_>) -> Verdict {
    net.fake.set_verified(Fake::ANNA, true, false);
    for text in ["a".repeat(280), "字".repeat(140), "👩‍👩‍👧‍👦".repeat(140)] {
        net.me.publish(&Draft::text(text.as_str())).await?;
        let more = Draft::text(format!("{text}+"));
        is_kind(net.quiet(net.me.publish(&more)).await?, "Invalid", "more")?;
    }
    let address = format!("https://example.com/{}", "x".repeat(300));
    net.publish(&format!("{} {address}", "c".repeat(256)))
        .await?;
    // Who set a bound that the account does not have.
    let anna = X::builder().user_token(Fake::ANNA_TOKEN).post_limit(25_000);
    let anna = net.build(anna);
    let long = Draft::text("b".repeat(281));
    refused(anna.publish(&long).await, 403, "Invalid", "it")?;
    Ok(())
}

async fn long_text(net: Net, _: &Scene<'_>) -> Verdict {
    let anna = X::builder().user_token(Fake::ANNA_TOKEN).post_limit(25_000);
    let anna = net.build(anna);
    let text = format!("{} {}", "b".repeat(279), "c".repeat(5000));
    let made = anna.publish(&Draft::text(text.as_str())).await?;
    let read = net.me.post(&made.id).await?;
    holds(read.text.as_str() == text, "its end is missing")?;
    let path = format!("/2/tweets/{}", made.id);
    let told = get(&net.me, &path, super::no_params()).await?;
    let told = told["data"]["text"].as_str().unwrap_or_default();
    holds(told.ends_with('…'), "X does not cut it")
}

async fn empty(net: Net, _: &Scene<'_>) -> Verdict {
    let blank = net.quiet(net.publish(" ")).await?;
    is_kind(blank, "Invalid", "it")?;
    refused(
        written(&net.me, json!({"text": " "})).await,
        400,
        "Invalid",
        "it",
    )
}

async fn poll(net: Net, _: &Scene<'_>) -> Verdict {
    for (options, minutes) in [
        (vec!["a"], 60),
        (vec!["a", "b", "c", "d", "e"], 60),
        (vec!["a", "bbbbbbbbbbbbbbbbbbbbbbbbbb"], 60),
        (vec!["a", "b"], 4),
        (vec!["a", "b"], 10_081),
    ] {
        let native =
            json!({"text": "?", "poll": {"options": options, "duration_minutes": minutes}});
        refused(written(&net.me, native).await, 400, "Invalid", "it")?;
        let poll = Poll::new(options).open_for(Duration::from_secs(minutes * 60));
        let draft = Draft::text("?").poll(poll);
        is_kind(net.quiet(net.me.publish(&draft)).await?, "Invalid", "it")?;
    }
    let draft = Draft::text("?").poll(Poll::new(["a", "b"]).open_for(Duration::from_secs(300)));
    let made = net.me.publish(&draft).await?;
    net.fake.vote(made.id.as_str().parse().unwrap(), 1);
    let read = net.me.post(&made.id).await?;
    let votes = read.poll.map(|poll| poll.options[1].votes);
    holds(votes == Some(Some(1)), "the vote is not counted")
}

async fn apart(net: Net, _: &Scene<'_>) -> Verdict {
    net.contract();
    let bobs = net
        .fake
        .post_as(Fake::BOB, "Quotable", net.now())
        .to_string();
    let poll = json!({"options": ["a", "b"], "duration_minutes": 5});
    let both = json!({"text": "x", "quote_tweet_id": bobs, "poll": poll});
    refused(
        written(&net.me, both).await,
        400,
        "Invalid",
        "a poll with a quote",
    )?;
    let quoted = PostRef::from(bobs.as_str());
    let draft = Draft::text("x").poll(Poll::new(["a", "b"])).quote(quoted);
    let anna = net.enterprise();
    is_kind(net.quiet(anna.publish(&draft)).await?, "Invalid", "it")
}

async fn settings(net: Net, _: &Scene<'_>) -> Verdict {
    let anna = net.contract();
    let bob = X::builder()
        .user_token(Fake::BOB_TOKEN)
        .tier(Tier::Enterprise);
    let bob = net.build(bob);
    let draft = Draft::text("Friends only").native("x", json!({"reply_settings": "following"}));
    let made = anna.publish(&draft).await?;
    let answer = Draft::text("Hi").reply_to(&made);
    refused(bob.publish(&answer).await, 403, "Forbidden", "it")?;
    net.fake.follow_as(Fake::ANNA, Fake::BOB, net.now());
    bob.publish(&answer).await?;
    Ok(())
}

async fn edit(net: Net, _: &Scene<'_>) -> Verdict {
    let first = net.publish("Helo").await?;
    let second = net.me.edit(&first.id, &Edit::text("Hello")).await?;
    holds(first.id != second.id, "it keeps its id")?;
    let read = net.me.post(&second.id).await?;
    holds(read.text.as_str() == "Hello", "it is not changed")?;
    let old = net.me.post(&first.id).await?;
    holds(old.text.as_str() == "Helo", "the first version is changed")?;
    let own = net.me.posts(&sociable::PostQuery::own()).await?;
    let listed: Vec<&PostId> = own.items.iter().map(|post| &post.id).collect();
    holds(listed == [&second.id], "both are listed")
}

fn change(of: &Post, words: &str) -> serde_json::Value {
    json!({"text": words, "edit_options": {"previous_post_id": of.id.as_str()}})
}

async fn edit_window(net: Net, scene: &Scene<'_>) -> Verdict {
    let first = net.publish("Helo").await?;
    scene.stage().pass(Duration::from_secs(3590)).await;
    let second = net.me.edit(&first.id, &Edit::text("Hello")).await?;
    scene.stage().pass(Duration::from_secs(20)).await;
    let writes = net.asked("POST /2/tweets").len();
    let late = net.me.edit(&second.id, &Edit::text("Hullo")).await;
    is_kind(late, "WindowClosed", "it")?;
    holds(
        net.asked("POST /2/tweets").len() == writes,
        "it is asked for all the same",
    )?;
    refused(
        written(&net.me, change(&second, "Hallo")).await,
        403,
        "WindowClosed",
        "it",
    )
}

async fn ineligible(net: Net, _: &Scene<'_>) -> Verdict {
    let poll = Draft::text("?").poll(Poll::new(["a", "b"]));
    let poll = net.me.publish(&poll).await?;
    is_kind(
        net.me.edit(&poll.id, &Edit::text("??")).await,
        "Rejected",
        "a poll",
    )?;
    let native = written(&net.me, change(&poll, "??")).await;
    holds(
        native.is_err_and(|error| error.http_status() == Some(403)),
        "X takes it",
    )?;
    let bobs = net.fake.post_as(Fake::BOB, "His", net.now()).to_string();
    let edit = net
        .me
        .edit(&bobs.as_str().into(), &Edit::text("Mine"))
        .await;
    is_kind(edit, "Forbidden", "another's post")
}

async fn others_stay(net: Net, _: &Scene<'_>) -> Verdict {
    let bobs = net.fake.post_as(Fake::BOB, "Stays", net.now()).to_string();
    let bobs = PostId::new(bobs);
    refused(net.me.delete(&bobs).await, 403, "Forbidden", "it")?;
    net.me.post(&bobs).await?;
    Ok(())
}

async fn deleted(net: Net, _: &Scene<'_>) -> Verdict {
    let post = net.publish("Gone soon").await?;
    net.me.delete(&post.id).await?;
    net.me.delete(&post.id).await?;
    is_kind(net.me.post(&post.id).await, "NotFound", "it")?;
    net.publish("Gone soon").await?;
    Ok(())
}

async fn hidden(net: Net, _: &Scene<'_>) -> Verdict {
    let mine = net.publish("What do you think?").await?;
    let number = mine.id.as_str().parse().unwrap();
    let rude = net.fake.reply_as(Fake::BOB, number, "Rude", net.now());
    let hide = |post: u64| Moderation::hide(PostRef::from(post.to_string().as_str()));
    net.me.moderate(&hide(rude)).await?;
    holds(net.fake.is_hidden(rude), "it is shown")?;
    net.me.moderate(&hide(rude).off()).await?;
    holds(!net.fake.is_hidden(rude), "it is hidden still")?;
    let bobs = net.fake.post_as(Fake::BOB, "Mine", net.now());
    let strange = net.fake.reply_as(Fake::CAROL, bobs, "Ours", net.now());
    let strange = net.me.moderate(&hide(strange)).await;
    refused(strange, 403, "Forbidden", "another's conversation")
}

async fn addressed(net: Net, _: &Scene<'_>) -> Verdict {
    let asks = net.fake.post_as(Fake::BOB, "@anna_test ?", net.now());
    let answer = Draft::text("Because").reply_to(asks.to_string().as_str());
    let answer = net.me.publish(&answer).await?;
    let read = net.me.post(&answer.id).await?;
    holds(read.text.as_str() == "Because", read.text.as_str())?;
    // X itself puts the name before it.
    let path = format!("/2/tweets/{}", answer.id);
    let told = get(&net.me, &path, super::no_params()).await?;
    holds(
        told["data"]["text"] == "@bob_test Because",
        "X tells it without the name",
    )
}

async fn address(net: Net, _: &Scene<'_>) -> Verdict {
    let anna = net.contract();
    let bobs = net.fake.post_as(Fake::BOB, "Quotable", net.now());
    let text = format!("Look: https://x.com/bob_test/status/{bobs}");
    let made = anna.publish(&Draft::text(text)).await?;
    let read = anna.post(&made.id).await?;
    let quote = read.quote.as_ref().map(PostId::as_str);
    holds(
        quote == Some(bobs.to_string().as_str()),
        "it is told as no quote",
    )
}

async fn escaped(net: Net, _: &Scene<'_>) -> Verdict {
    let text = "1 < 2 && 3 > 2, &amp; is written &amp;amp;";
    let made = net.publish(text).await?;
    let read = net.me.post(&made.id).await?;
    holds(read.text.as_str() == text, read.text.as_str())
}

async fn short_links(net: Net, _: &Scene<'_>) -> Verdict {
    let text = "See https://example.com/a?b=c&d=e, and then";
    let made = net.publish(text).await?;
    let read = net.me.post(&made.id).await?;
    holds(read.text.as_str() == text, read.text.as_str())?;
    let path = format!("/2/tweets/{}", made.id);
    let told = get(&net.me, &path, super::no_params()).await?;
    let told = told["data"]["text"].as_str().unwrap_or_default();
    holds(told.starts_with("See https://t.co/"), told)
}

async fn marks(net: Net, _: &Scene<'_>) -> Verdict {
    let text = "👩‍👩‍👧 <b> & ö: @bob_test said #rüst at https://example.com/a 🙂 $AAPL";
    let made = net.publish(text).await?;
    let read = net.me.post(&made.id).await?;
    holds(read.text.as_str() == text, read.text.as_str())?;
    let spans = read.text.spans().iter();
    let marked: Vec<&str> = spans
        .map(|span| &read.text.as_str()[span.range()])
        .collect();
    for mark in ["@bob_test", "#rüst", "https://example.com/a"] {
        holds(
            marked.contains(&mark),
            &format!("{mark} is not among {marked:?}"),
        )?;
    }
    Ok(())
}

async fn spellings(net: Net, _: &Scene<'_>) -> Verdict {
    let anna = net.contract();
    let made = net.publish("Told twice").await?;
    let number = made.id.as_str().parse().unwrap();
    let quote = net.fake.quote_as(Fake::BOB, number, "Quoted", net.now());
    net.fake.repost_as(Fake::CAROL, number, net.now());
    net.me
        .edit(&made.id, &Edit::text("Told and changed"))
        .await?;
    let mut told = Vec::new();
    for spelling in [Spelling::Tweet, Spelling::Post] {
        net.fake.set_spelling(spelling);
        let mut all = Vec::new();
        for number in [quote, number] {
            let mut read = anna.post(&PostId::new(number.to_string())).await?;
            read.raw = None;
            all.push(read);
        }
        told.push(all);
    }
    holds(told[0] == told[1], "they are read differently")
}
