//! A thread with pictures on X: what it costs is told first; then it is published, goes on after a part that failed, and
//! what it really cost is told.
//!
//! `cargo run --example x_thread --features full`
//!
//! It speaks to an X of its own on this machine, without an account.

use std::error::Error;
use std::sync::Arc;

use sociable::adapters::x::X;
use sociable::adapters::x::fake::Fake;
use sociable::client::{Client, SystemClock};
use sociable::testing::loopback::Loopback;
use sociable::text::Numbering;
use sociable::{Draft, Media, PostQuery, SocialNetwork, publish_thread, thread_price};

type Done<T> = Result<T, Box<dyn Error>>;

const GUIDE: &str = "How a cup comes about, in a few days. On the first the clay is wedged until no air is left in it, \
    since air bursts in the fire. On the same day it is thrown, and then it stands under a cloth until it is as firm as \
    cheese. On the second day its foot is turned and the handle is pulled. Handles want to dry slowly: who hurries \
    finds them beside their cups. After a week comes the first fire, to 960 degrees. What comes out is hard and drinks \
    water. The glaze is poured, not painted, and in the second fire it melts. The kiln stays shut for twenty hours, \
    whoever asks.";

/// What the pictures of the first parts show.
const PICTURES: [&str; 2] = [
    "Two hands wedge a lump of clay on a board",
    "Cups with fresh handles under a cloth",
];

/// A picture, in place of a file: `Media::file("clay.png")` reads one.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x0c\x08\x02\0\0\0\xe4\x85\xaa\xd6\0\0\0\x15IDATx\xdacp\xcb[@\x12b\
    \x18\xd50\xaa\x01;\x02\0\xa9\xe8\xff\x01\x06\xd6A\x81\0\0\0\0IEND\xaeB`\x82";

/// Anna's account on the fake. A real one has its own token, and no `base_url`.
fn potter(server: &str, client: &Client) -> sociable::Result<X> {
    X::builder()
        .user_token(Fake::ANNA_TOKEN)
        .account_name("potter")
        .base_url(server)
        .client(client)
        .build()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Done<()> {
    let fake = Fake::new();
    let server = Loopback::serve(Arc::new(fake.clone()), Arc::new(SystemClock::new())).await?;
    // With a `limits_file` it goes on counting after a restart.
    let client = Client::new()?;
    let potter = potter(server.url(), &client)?;
    let profile = potter.profile();

    let guide = Draft::text(GUIDE).key("how-a-cup-comes-about");
    let mut parts = guide.split(&profile, Numbering::Slash)?;
    for (part, shows) in parts.iter_mut().zip(PICTURES) {
        let picture = Media::bytes(PNG).media_type("image/png").alt(shows);
        *part = part.clone().media(picture);
    }

    // Neither the price nor the check needs a connection.
    println!("{} parts:", parts.len());
    for part in &parts {
        for told in part.check(&profile) {
            println!("  {:.40}… {told}", part.text.as_str());
        }
    }
    let told = thread_price(&parts, &profile).ok_or("X bills posts")?;
    println!("the thread costs {told}");
    let mut dearer = parts.clone();
    dearer.push(Draft::text("Come and see: https://example.com/kiln"));
    if let Some(price) = thread_price(&dearer, &profile) {
        println!("with a link behind it, it would cost {price}");
    }

    // X is paid beforehand. What is left is enough for the first part; mills are thousandths of a dollar.
    fake.set_credits(Some(30));
    let sent = publish_thread(&potter, &parts, None).await;
    println!("published so far: {}", sent.progress.published.len());
    if let Some(error) = &sent.stopped {
        println!("stopped: {error}");
    }

    // Going on publishes only what is missing.
    fake.set_credits(None);
    println!("the account is topped up, and the thread goes on");
    let posts = publish_thread(&potter, &parts, Some(sent.progress))
        .await
        .into_result()?;
    for post in &posts {
        let pictures = post.media.len();
        println!(
            "  {} ({pictures} pictures): {:.40}…",
            post.id,
            post.text.as_str()
        );
    }

    println!("what it cost:");
    let spending = client.spending().await?;
    for row in spending.of("x", "potter") {
        println!("  {}: {} calls, {}", row.operation, row.calls, row.certain);
    }
    let total = spending
        .totals()
        .first()
        .ok_or("something was billed")?
        .clone();
    println!(
        "  in all {}, and {} in doubt",
        total.certain, total.uncertain
    );
    assert_eq!(total.certain.amount, fake.spent() * 1_000, "what X billed");

    let own = potter.posts(&PostQuery::own()).await?;
    assert_eq!(own.items.len(), parts.len(), "each part is there once");
    server.shutdown().await;
    Ok(())
}
