//! The fake of each network, with the habits that make it hard to tell what was published: a new post is listed late, and
//! its text comes back changed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sociable::SocialNetwork;
use sociable::adapters::bluesky::{self, Bluesky};
use sociable::adapters::memory::{Memory, World};
use sociable::adapters::vk::{self, Vk};
use sociable::adapters::x::{self, X};
use sociable::client::{Client, Clock, Service};
use sociable::jiff::SignedDuration;
use sociable::store::FileStore;

/// How long no fake lists what is new.
pub(crate) const LISTED_AFTER: SignedDuration = SignedDuration::from_secs(20);

/// The networks that the outbox is killed on.
pub(crate) const NETS: [&str; 4] = ["memory", "bluesky", "vk", "x"];

/// Networks that know a publication again when it comes twice.
pub(crate) fn has_keys(net: &str) -> bool {
    net != "x"
}

/// The server's side of a network.
#[derive(Clone)]
pub(crate) enum Fake {
    Memory(World),
    Bluesky(bluesky::fake::Fake),
    Vk(vk::fake::Fake),
    X(x::fake::Fake),
}

impl Fake {
    /// A network of this name, with all its habits.
    pub(crate) fn new(net: &str, clock: Arc<dyn Clock>) -> Self {
        match net {
            "memory" => {
                let world = World::with_clock(clock);
                world.add_account("shop");
                world.set_listing_delay(Duration::from_secs(20));
                world.set_rewrites(true);
                Self::Memory(world)
            }
            "bluesky" => {
                let builder = bluesky::fake::Fake::builder();
                let builder = builder.with_account("shop.test", bluesky::fake::Fake::PASSWORD);
                let fake = builder.index_lag(LISTED_AFTER).build();
                fake.set_trims(true);
                Self::Bluesky(fake)
            }
            "vk" => {
                let fake = vk::fake::Fake::new();
                fake.set_listing_delay(LISTED_AFTER);
                fake.set_rewrites(true);
                Self::Vk(fake)
            }
            "x" => {
                let fake = x::fake::Fake::new();
                fake.set_listing_delay(LISTED_AFTER);
                fake.set_trims(true);
                // X promises nowhere that it refuses the same words again.
                fake.break_rule(x::fake::Rule::DuplicatesAreRefused);
                Self::X(fake)
            }
            other => panic!("no network is called {other}"),
        }
    }

    pub(crate) fn service(&self) -> Arc<dyn Service> {
        match self {
            Self::Memory(world) => Arc::new(world.clone()),
            Self::Bluesky(fake) => Arc::new(fake.clone()),
            Self::Vk(fake) => Arc::new(fake.clone()),
            Self::X(fake) => Arc::new(fake.clone()),
        }
    }

    /// The texts of everything that was published and stands, from the network's own state: as they were written, but for
    /// spaces.
    pub(crate) fn texts(&self) -> Vec<String> {
        let texts = match self {
            Self::Memory(world) => world.texts("shop"),
            Self::Bluesky(fake) => fake.texts("shop.test"),
            Self::Vk(fake) => fake.texts(),
            Self::X(fake) => fake.texts(),
        };
        let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        texts.into_iter().map(words).collect()
    }
}

/// The client's side: the shop's identity on a network that is served at an address. Logins are kept in a file where
/// there is one.
pub(crate) fn identity(
    net: &str,
    url: &str,
    client: &Client,
    tokens: Option<&Path>,
) -> Arc<dyn SocialNetwork> {
    match net {
        "memory" => {
            let builder = Memory::builder(&World::new()).account("shop");
            Arc::new(builder.served_at(url).client(client).build().unwrap())
        }
        "bluesky" => {
            let login = ("shop.test", bluesky::fake::Fake::PASSWORD);
            person(url, client, tokens, login)
        }
        "vk" => {
            let builder = Vk::builder().base_url(url).client(client);
            let builder = builder
                .community(vk::fake::Fake::GROUP)
                .community_token(vk::fake::Fake::GROUP_TOKEN)
                .user_token(vk::fake::Fake::USER_TOKEN);
            Arc::new(builder.build().unwrap())
        }
        "x" => {
            let builder = X::builder().base_url(url).client(client);
            let builder = builder.user_token(x::fake::Fake::ANNA_TOKEN);
            Arc::new(builder.build().unwrap())
        }
        other => panic!("no network is called {other}"),
    }
}

/// A person on a server of Bluesky's kind.
pub(crate) fn person(
    url: &str,
    client: &Client,
    tokens: Option<&Path>,
    (handle, password): (&str, &str),
) -> Arc<dyn SocialNetwork> {
    let builder = Bluesky::builder(url).client(client);
    let builder = builder.identifier(handle).password(password);
    let builder = match tokens {
        Some(path) => builder.token_store(Arc::new(FileStore::new(path))),
        None => builder,
    };
    Arc::new(builder.build().unwrap())
}
