//! The fake under a set clock, and the identities that ask it.

use std::sync::{Arc, OnceLock};

use sociable::adapters::vk::fake::Fake;
use sociable::adapters::vk::{TokenKind, Vk, VkBuilder};
use sociable::client::{Client, Clock, InProcess, SeededRandom, Service, SetClock};
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::{Post, PostId};

use crate::contract;
use crate::contract::vk::{Contract, Tally};
use crate::vk_watch::Watched;

/// The community's wall.
pub(crate) const WALL: i64 = -Fake::GROUP;

/// The contract, read once; says so and answers nothing where this machine has none.
pub(crate) fn vk() -> Option<&'static Contract> {
    static READ: OnceLock<Option<Contract>> = OnceLock::new();
    READ.get_or_init(|| contract::vk("what the adapter reads against VK's contract").unwrap())
        .as_ref()
}

pub(crate) struct Net {
    pub(crate) fake: Fake,
    pub(crate) clock: SetClock,
    pub(crate) client: Client,
    watched: Arc<Watched>,
    tally: Arc<Tally>,
}

impl Net {
    pub(crate) fn new() -> Self {
        Self::held_to(vk().cloned())
    }

    /// A fake that answers what the contract does not allow.
    pub(crate) fn loose() -> Self {
        Self::held_to(None)
    }

    fn held_to(contract: Option<Contract>) -> Self {
        let fake = Fake::new();
        fake.limits(false);
        let clock = SetClock::at("2026-11-23T12:00:00Z".parse().unwrap());
        let tally = Arc::new(Tally::default());
        let watched = Arc::new(Watched::new(fake.clone(), contract, Arc::clone(&tally)));
        let client = client(Arc::clone(&watched) as Arc<dyn Service>, &clock);
        Self {
            fake,
            clock,
            client,
            watched,
            tally,
        }
    }

    /// What was held to the contract so far.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Time passes.
    pub(crate) fn seconds(&self, seconds: i64) {
        self.clock
            .advance(SignedDuration::from_secs(seconds).unsigned_abs());
    }

    pub(crate) fn builder(&self) -> VkBuilder {
        fast(Vk::builder().client(&self.client))
    }

    /// The community with all tokens.
    pub(crate) fn community(&self) -> Vk {
        let builder = self.builder().community(Fake::GROUP);
        builder
            .community_token(Fake::GROUP_TOKEN)
            .user_token(Fake::USER_TOKEN)
            .service_token(Fake::SERVICE_TOKEN)
            .build()
            .unwrap()
    }

    /// A post on the community's wall, a minute after the one before.
    pub(crate) fn post(&self, from: i64, text: &str) -> i64 {
        self.seconds(60);
        self.fake.post_as(from, WALL, text, self.now())
    }

    pub(crate) fn comment(&self, from: i64, post: i64, text: &str, to: Option<i64>) -> i64 {
        self.seconds(1);
        self.fake
            .comment_as(from, (WALL, post), text, to, self.now())
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        // What failed already is told first.
        if !std::thread::panicking() {
            let wrong = self.watched.wrong();
            assert!(wrong.is_empty(), "against the contract: {wrong:#?}");
            let complaints = self.fake.complaints();
            assert!(complaints.is_empty(), "{complaints:#?}");
        }
    }
}

pub(crate) fn client(service: Arc<dyn Service>, clock: &SetClock) -> Client {
    let wire = InProcess::new(service, Arc::new(clock.clone()));
    Client::builder()
        .transport(Arc::new(wire))
        .clock(Arc::new(clock.clone()))
        .random(Arc::new(SeededRandom::new(3)))
        .build()
        .unwrap()
}

/// As fast as it likes: most tests stand still in time.
pub(crate) fn fast(builder: VkBuilder) -> VkBuilder {
    let kinds = [TokenKind::Community, TokenKind::User, TokenKind::Service];
    kinds
        .into_iter()
        .fold(builder, |builder, kind| builder.pace(kind, 100_000))
}

pub(crate) fn wall(post: i64) -> PostId {
    PostId::new(format!("wall{WALL}_{post}"))
}

pub(crate) fn reply(post: i64, comment: i64) -> PostId {
    PostId::new(format!("wall{WALL}_{post}_r{comment}"))
}

pub(crate) fn ids(posts: &[Post]) -> Vec<PostId> {
    posts.iter().map(|post| post.id.clone()).collect()
}
