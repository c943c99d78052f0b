//! Happenings that the network delivers by itself, received by a web server: `cargo run --example webhook --features full`
//!
//! It needs no account: an embedded network delivers to a server of this program, over a real connection on this
//! machine. With another network the first lines of `main` differ, and the address is one that the network can reach.

use std::error::Error;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use futures_util::StreamExt;
use sociable::adapters::memory::World;
use sociable::webhook::Receiver;
use sociable::{AccountRef, Client, Draft, Ended, Engagement, SocialNetwork, Target};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

const SECRET: &str = "known to the network and to us";

/// All that a server has to do: pass requests in and answers out.
async fn hook(State(receiver): State<Receiver>, request: Request) -> Response {
    receiver.handle(request).await.map(Body::from)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let world = World::new();
    world.add_account("shop");
    world.add_account("alice");
    let (shop, alice) = (world.network("shop")?, world.network("alice")?);

    // The receiver goes to the server, the stream to whoever answers. A file or database that remembers what was taken
    // beyond a restart is one call more: `.store(store, "shop")`.
    let (receiver, mut happening) = Receiver::builder(shop.webhook(SECRET)).stream();
    let app = Router::new().route("/hook", any(hook)).with_state(receiver);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/hook", listener.local_addr()?);
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let served = axum::serve(listener, app);
        served
            .with_graceful_shutdown(async {
                let _ = stopped.await;
            })
            .await
    });

    // A bot reads this stream as it would read that of `listen`. Asking for the next event says that the last one is
    // dealt with; only then is the network answered.
    let bot = tokio::spawn(async move {
        while let Some(event) = happening.next().await {
            match event {
                Ok(event) => {
                    let who = event.account.and_then(|account| account.handle);
                    println!("{} by {}", event.kind, who.unwrap_or_default());
                }
                Err(error) => return error.ended(),
            }
        }
        None
    });

    // Something happens, and the network delivers it.
    world.subscribe("shop", &address, SECRET)?;
    let post = shop.publish(&Draft::text("We are open! #tea")).await?;
    let question = Draft::text("Until when?").reply_to(&post);
    alice.publish(&question).await?;
    let post = Target::from(&post);
    alice.engage(&post, &Engagement::like()).await?;
    let whom = Target::Account(AccountRef::from(&shop.me().await?));
    alice.engage(&whom, &Engagement::follow()).await?;
    let deliveries = deliver(&world).await?;
    println!("the network delivered {deliveries} times, a handshake first");

    // Without a server there is no receiver, and the stream says so.
    let _ = stop.send(());
    server.await??;
    assert_eq!(bot.await?, Some(Ended::Closed));
    Ok(())
}

/// The network's part: sends what is due, and goes by the answers.
async fn deliver(world: &World) -> Result<u32, Box<dyn Error>> {
    // The library chooses the provider of cryptography, without which reqwest builds nothing.
    Client::new()?;
    let connection = reqwest::Client::builder().no_proxy().build()?;
    let mut deliveries = 0;
    while let Some(request) = world.delivery("shop") {
        let (head, body) = request.into_parts();
        let url = head.uri.to_string();
        let sent = connection.post(url).headers(head.headers).body(body);
        let answer = sent.send().await?;
        let mut response = sociable::http::Response::new(sociable::bytes::Bytes::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        *response.body_mut() = answer.bytes().await?;
        world.delivered("shop", &response);
        deliveries += 1;
    }
    Ok(deliveries)
}
