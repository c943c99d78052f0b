//! A network of one's own: an adapter in a crate that depends on sociable alone (`examples/own_network/`) is registered
//! beside the others, used, and proved by the behaviour suite.
//!
//! Run it with `cargo run --example own_network --features full`.

#[path = "own_network/src/adapter.rs"]
mod adapter;
// Public in the adapter's own crate.
#[allow(unreachable_pub)]
#[path = "own_network/src/server.rs"]
mod server;

use sociable::testing::stage::Stage;
use sociable::testing::suite;
use sociable::{Draft, Registry, SocialNetwork};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut registry = Registry::default();
    adapter::register(&mut registry);
    let networks: Vec<&str> = registry.networks().collect();
    println!("networks: {}", networks.join(", "));

    let (bench, stage) = server::stage()?;
    let ann = stage.me();
    let post = ann.publish(&Draft::text("My own network works.")).await?;
    println!("published {}: {}", post.id, post.text);

    let report = bench.clock.drive(suite::run(&stage)).await;
    print!("{report}");
    if !report.passed() {
        return Err("the adapter does not keep its promises".into());
    }
    Ok(())
}
