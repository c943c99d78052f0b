//! A town with a shop that runs contests, and people who take part.

use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::memory::{Memory, World};
use sociable::client::SetClock;
use sociable::contest::beacon::OwnChain;
use sociable::contest::{
    Condition, Contest, Contests, ContestsBuilder, Entrant, Entry, EntryStatus, EntryWindow, Mode,
    OnUnknown, Rules, Subject,
};
use sociable::jiff::Timestamp;
use sociable::store::{KeyValue, MemoryStore};
use sociable::{Draft, Engagement, Post, SocialNetwork, Target};

use crate::shelf::Keyless;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

pub(crate) fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

pub(crate) fn open() -> Timestamp {
    at("2026-12-01T10:00:00Z")
}

pub(crate) fn close() -> Timestamp {
    at("2026-12-02T10:00:00Z")
}

pub(crate) struct Town {
    pub(crate) clock: SetClock,
    pub(crate) world: World,
    pub(crate) shop: Memory,
    pub(crate) post: Post,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) beacon: Arc<OwnChain>,
}

pub(crate) async fn town() -> Town {
    let clock = SetClock::at(open());
    let world = World::with_clock(Arc::new(clock.clone()));
    world.add_account("shop");
    let shop = world.network("shop").unwrap();
    let post = shop.publish(&Draft::text("Win a tea pot!")).await.unwrap();
    let genesis = at("2026-01-01T00:00:00Z");
    let beacon = OwnChain::new("town", genesis, 3, Arc::new(clock.clone())).unwrap();
    Town {
        shop,
        post,
        clock,
        world,
        store: Arc::new(MemoryStore::new()),
        beacon: Arc::new(beacon),
    }
}

impl Town {
    pub(crate) fn over(&self, store: Arc<dyn KeyValue>) -> ContestsBuilder {
        Contests::builder(store)
            .account("shop", Arc::new(self.world.network("shop").unwrap()))
            .beacon(self.beacon.clone())
            .listings_every(HOUR)
    }

    pub(crate) fn builder(&self) -> ContestsBuilder {
        self.over(self.store.clone())
    }

    pub(crate) fn contests(&self) -> Contests {
        self.builder().build().unwrap()
    }

    /// Rules about the shop's post, by this mode, without a condition yet.
    pub(crate) fn rules(&self, mode: Mode) -> Rules {
        Rules::new("Tea pot", EntryWindow::utc(open(), close()), mode)
            .about(Subject::post("shop", &self.post.id))
    }

    /// Who likes the post takes part.
    pub(crate) fn likes(&self) -> Rules {
        self.rules(Mode::chance())
            .conditions(Condition::liked())
            .unknown(OnUnknown::Reject)
    }

    pub(crate) fn person(&self, handle: &str) -> Memory {
        if !self.world.has_account(handle) {
            self.world.add_account(handle);
        }
        self.world.network(handle).unwrap()
    }

    pub(crate) async fn likes_it(&self, handle: &str) {
        let who = self.person(handle);
        who.engage(&Target::from(&self.post), &Engagement::like())
            .await
            .unwrap();
    }

    pub(crate) async fn reposts_it(&self, handle: &str) {
        let who = self.person(handle);
        who.engage(&Target::from(&self.post), &Engagement::repost())
            .await
            .unwrap();
    }

    pub(crate) async fn follows(&self, handle: &str) {
        let who = self.person(handle);
        let shop = Target::Account(sociable::AccountRef::handle("shop"));
        who.engage(&shop, &Engagement::follow()).await.unwrap();
    }

    pub(crate) async fn comments(&self, handle: &str, text: &str) -> Post {
        let draft = Draft::text(text).reply_to(&self.post);
        self.person(handle).publish(&draft).await.unwrap()
    }

    pub(crate) async fn opened(&self, rules: &Rules) -> Contest {
        self.contests().open("tea", rules).await.unwrap()
    }

    pub(crate) fn closes(&self) {
        self.clock.set(close());
    }

    pub(crate) async fn entry(&self, contest: &Contest, handle: &str) -> Entry {
        contest.entry_of(&self.entrant(handle).await).await.unwrap()
    }

    pub(crate) async fn entrant(&self, handle: &str) -> Entrant {
        let me = self.person(handle).me().await.unwrap();
        Entrant::new("memory", me.id)
    }
}

/// Who is in, by handle and in order.
pub(crate) async fn eligible(contest: &Contest) -> Vec<String> {
    named(contest, EntryStatus::Eligible).await
}

pub(crate) async fn rejected(contest: &Contest) -> Vec<String> {
    named(contest, EntryStatus::Rejected).await
}

async fn named(contest: &Contest, status: EntryStatus) -> Vec<String> {
    let query = sociable::contest::EntryQuery::new().status(status);
    let entries = contest.entries(&query).await.unwrap();
    let mut names: Vec<String> = entries.iter().map(Entry::display).collect();
    names.sort();
    names
}

/// A round in which nothing may go wrong.
pub(crate) async fn step(contest: &Contest) -> sociable::contest::Step {
    let step = contest.step().await.unwrap();
    assert!(step.troubles.is_empty(), "{:?}", step.troubles);
    step
}

/// From the frozen list to the winners.
pub(crate) async fn drawn(town: &Town, contest: &Contest) -> sociable::contest::DrawTold {
    let committed = contest.commit().await.unwrap();
    town.clock.set(committed.round_at);
    contest.draw().await.unwrap()
}

/// A contest that one of two who take part has won, on a network that can refuse what is published; nobody is told yet.
pub(crate) async fn drawn_of_two(
    town: &Town,
) -> (Arc<Keyless>, Contest, sociable::contest::DrawTold) {
    drawn_of(town, &town.likes().reserves(1_u32), &["alice", "bob"]).await
}

/// A contest that was drawn among these, on such a network.
pub(crate) async fn drawn_of(
    town: &Town,
    rules: &Rules,
    names: &[&str],
) -> (Arc<Keyless>, Contest, sociable::contest::DrawTold) {
    let network = Arc::new(Keyless::new(town.world.network("shop").unwrap()));
    let contests = Contests::builder(town.store.clone())
        .account("shop", network.clone())
        .beacon(town.beacon.clone());
    let contest = contests.build().unwrap().open("tea", rules).await.unwrap();
    for name in names {
        town.likes_it(name).await;
    }
    town.closes();
    contest.freeze().await.unwrap();
    let draw = drawn(town, &contest).await;
    (network, contest, draw)
}
