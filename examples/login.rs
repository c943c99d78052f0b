//! Logging in by OAuth and staying so: an address to consent at, a code, tokens that are renewed by themselves.
//!
//! Run it with `cargo run --example login --features full`. It needs no account: the authorization server is the one that
//! ships for tests, and its clock is set, so that hours pass at once.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use serde_json::Value;
use sociable::client::{
    Clock, Dialect, Fault, InProcess, Login, Reply, Request, SetClock, SystemClock,
};
use sociable::http::HeaderMap;
use sociable::oauth::{Keeper, OAuth, Provider};
use sociable::store::MemoryStore;
use sociable::testing::auth_server::AuthServer;
use sociable::url::Url;
use sociable::{Client, ErrorKind, Operation, Result};

const BACK: &str = "http://127.0.0.1:8765/callback";

/// What an adapter adds: how its network is asked, and what its answers mean.
struct Demo {
    client: Client,
    keeper: Keeper,
}

impl Dialect for Demo {
    fn network(&self) -> &str {
        "demo"
    }

    fn authorise<'a>(&'a self, headers: &'a mut HeaderMap) -> BoxFuture<'a, Result<Login>> {
        Box::pin(self.keeper.authorise(headers))
    }

    fn renew(&self, stale: Login) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.keeper.renew(stale))
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        match reply.status.as_u16() {
            200 => None,
            401 => Some(Fault::refused(ErrorKind::Unauthorized, "log in again").renew()),
            _ => Some(Fault::refused(ErrorKind::Unavailable, "try again later")),
        }
    }
}

impl Demo {
    async fn me(&self) -> Result<String> {
        let Ok(url) = Url::parse("https://id.example/me") else {
            return Err(sociable::Error::config("the address is none"));
        };
        let request = Request::get(Operation::ME, url);
        let answer = self.client.send(self, request).await?;
        let me: Value = answer.json()?;
        Ok(me["id"].as_str().unwrap_or("nobody").to_owned())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    // A network of which an adapter's author knows this much.
    let provider = Provider::new(
        "demo",
        "https://id.example/authorize",
        "https://id.example/token",
    )
    .client_id("my-app")
    .redirect_uri(BACK)
    .scopes(["read", "write"])
    // Its redirect brings an id of the device, which it wants back with every renewal.
    .carries("device_id");

    let server = AuthServer::new("my-app", BACK)
        .device("device_id", "d-1")
        .user_id("ann");
    let server = Arc::new(server);
    let clock = SetClock::at(SystemClock::new().now());
    let transport = InProcess::new(server.clone(), Arc::new(clock.clone()));
    let client = Client::builder()
        .transport(Arc::new(transport))
        .clock(Arc::new(clock.clone()))
        .build()?;

    // A real program keeps them in a file: FileStore::new("ann.tokens").
    let store = Arc::new(MemoryStore::new());
    let oauth = OAuth::new(provider, &client)?;
    let keeper = Keeper::new(oauth, store, "demo:ann", None);
    let demo = Demo {
        client,
        keeper: keeper.clone(),
    };

    if let Err(error) = demo.me().await {
        println!("before: {error}");
    }

    let begun = keeper.begin().await?;
    println!("a person opens {} …", begun.url.host_str().unwrap_or("?"));
    let back = server.consent(&begun.url, clock.now());

    let forged = format!("{BACK}?code=of-somebody-else&device_id=d-2&state=guessed");
    if let Err(error) = keeper.finish(&forged).await {
        println!("a forged address: {error}");
    }
    let held = keeper.finish(&back).await?;
    println!("logged in: {:?}", held.tokens);
    println!("the network knows us as {}", demo.me().await?);

    for hours in [1, 24] {
        clock.advance(Duration::from_secs(hours * 3600));
        for me in join_all((0..20).map(|_| demo.me())).await {
            me?;
        }
        let renewals = server.counts().refreshed;
        println!("{hours} h later 20 calls at once: {renewals} renewals so far");
    }

    server.revoke();
    match demo.me().await {
        Err(error) if *error.kind() == ErrorKind::Unauthorized => println!("revoked: {error}"),
        outcome => println!("unexpected: {outcome:?}"),
    }
    Ok(())
}
