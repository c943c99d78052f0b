//! Money: what X bills, what is booked of it, and where both end.

use serde_json::json;
use sociable::adapters::x::X;
use sociable::adapters::x::fake::Fake;
use sociable::client::limits::SpendingCap;
use sociable::testing::suite::{Scene, Stop, Verdict};
use sociable::{Currency, Draft, Edit, Engagement, Money, PostQuery, SocialNetwork};

use super::{Net, at, get, holds, is_kind, mine, refused};

own_cases! {
    "x: what is booked is what X bills" => booked;
    "x: a post with a link costs more, and is told so beforehand" => links;
    "x: what the application's owner reads of itself costs less than is booked" => owned;
    "x: the same thing is billed once a day, and booked each time" => once_a_day;
    "x: without credits nothing is answered, and nothing is tried again" => no_credits;
    "x: beyond the month's posts nothing is read, and others go on" => monthly_cap;
    "x: a cap is never passed, and nothing is asked for that could pass it" => capped;
}

/// What was booked so far, in thousandths of a dollar.
async fn spent(net: &Net) -> Result<i64, Stop> {
    let totals = net.client.spending().await?.totals();
    let [total] = totals.as_slice() else {
        return Err(Stop::failed(format!("it is booked as {totals:?}")));
    };
    holds(
        total.uncertain.to_micros() == Some(0) && total.reserved.to_micros() == Some(0),
        "something is open although all was answered",
    )?;
    Ok(i64::try_from(total.certain.to_micros().unwrap() / 1000).unwrap())
}

async fn booked(net: Net, _: &Scene<'_>) -> Verdict {
    // Who does not own the application pays for everything, and nothing here is read twice in a day.
    net.fake.set_owner(Fake::CAROL);
    let me = net.me.me().await?;
    let first = net.publish("Cheap").await?;
    net.publish("Dear: https://example.com/a").await?;
    let words = net.fake.post_as(Fake::BOB, "needle", net.now());
    net.me.edit(&first.id, &Edit::text("Cheaper")).await?;
    net.me.posts(&PostQuery::search("needle")).await?;
    net.me.engage(&at(words), &Engagement::bookmark()).await?;
    net.fake.follow_as(Fake::BOB, Fake::ANNA, net.now());
    net.me
        .audience(&sociable::AudienceQuery::followers())
        .await?;
    net.me.delete(&first.id).await?;
    let (booked, billed) = (spent(&net).await?, net.fake.spent());
    // Who wrote the edited post was read, and billed, when it was asked who this is.
    holds(
        booked == billed + 10 && billed > 250,
        &format!(
            "{booked} of {billed} thousandths is booked for {}: {:?}",
            me.id,
            net.fake.billed()
        ),
    )
}

async fn links(net: Net, _: &Scene<'_>) -> Verdict {
    net.me.me().await?;
    for (text, price) in [
        ("No link", 15),
        ("A link: https://example.com/a", 200),
        ("One without a scheme: example.com", 200),
    ] {
        let (booked, billed) = (spent(&net).await?, net.fake.spent());
        net.publish(text).await?;
        let (booked, billed) = (spent(&net).await? - booked, net.fake.spent() - billed);
        holds(
            (booked, billed) == (price, price),
            &format!("{text}: {billed} is billed, and {booked} booked"),
        )?;
    }
    let draft = Draft::text("https://example.com/b");
    let notes = draft.check(&net.me.profile());
    let told = notes.iter().any(|note| note.message.contains("0.2"));
    holds(told, "the check does not tell what it costs")
}

async fn owned(net: Net, _: &Scene<'_>) -> Verdict {
    net.me.me().await?;
    for n in 0..3 {
        net.fake.post_as(Fake::ANNA, &n.to_string(), net.now());
    }
    let (booked, billed) = (spent(&net).await?, net.fake.spent());
    net.me.posts(&PostQuery::own()).await?;
    let (booked, billed) = (spent(&net).await? - booked, net.fake.spent() - billed);
    holds(
        (booked, billed) == (25, 3),
        &format!("{billed} is billed, and {booked} booked"),
    )
}

async fn once_a_day(net: Net, scene: &Scene<'_>) -> Verdict {
    net.fake.set_owner(Fake::CAROL);
    net.me.me().await?;
    net.fake.post_as(Fake::ANNA, "Read me", net.now());
    let mut all = Vec::new();
    for hours in [0, 0, 25] {
        let pause = std::time::Duration::from_secs(hours * 3600);
        scene.stage().pass(pause).await;
        let (booked, billed) = (spent(&net).await?, net.fake.spent());
        net.me.posts(&PostQuery::own()).await?;
        all.push((spent(&net).await? - booked, net.fake.spent() - billed));
    }
    // With the post its author is told, who was read today before the post was.
    holds(all == [(15, 5), (15, 0), (15, 15)], &format!("{all:?}"))
}

async fn no_credits(net: Net, _: &Scene<'_>) -> Verdict {
    net.me.me().await?;
    net.fake.set_credits(Some(15));
    net.publish("The last one").await?;
    net.fake.clear_log();
    let late = net.publish("One more").await;
    refused(late, 402, "QuotaExhausted", "a post without credits")?;
    holds(net.fake.seen().len() == 1, "it is tried again")
}

async fn monthly_cap(net: Net, _: &Scene<'_>) -> Verdict {
    let post = net.publish("Read me").await?;
    net.fake.set_monthly_cap(Some(1));
    net.me.post(&post.id).await?;
    let late = net.me.post(&post.id).await;
    let Err(error) = late else {
        return holds(false, "it is read");
    };
    holds(
        error.kind().name() == "QuotaExhausted" && error.http_status() == Some(429),
        error.message(),
    )?;
    net.me.me().await?;
    net.publish("Others go on").await?;
    Ok(())
}

async fn capped(net: Net, _: &Scene<'_>) -> Verdict {
    let cap = SpendingCap::in_all(Money::micros(60_000, Currency::USD))?;
    let anna = X::builder().user_token(Fake::ANNA_TOKEN).spending_cap(cap);
    let anna = net.build(anna);
    anna.me().await?;
    for n in 0..3 {
        anna.publish(&Draft::text(n.to_string())).await?;
    }
    // 55 of 60 are spent, and another post costs 15.
    let over = net.quiet(anna.publish(&Draft::text("4"))).await?;
    is_kind(over, "QuotaExhausted", "it")?;
    let before = net.fake.seen().len();
    let dear = anna.posts(&PostQuery::own().limit(50)).await;
    is_kind(dear, "QuotaExhausted", "a page that could cost more")?;
    holds(net.fake.seen().len() == before, "it was asked for")?;
    let page = get(&anna, &mine("tweets"), json!({"max_results": 5})).await;
    is_kind(page, "QuotaExhausted", "a native call that could cost more")?;
    holds(net.fake.spent() == 55, "X billed something else")
}
