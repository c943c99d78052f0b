//! Reading networks: what is due, what it may cost, what is kept, and what a network does not have.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sociable::adapters::memory::{Memory, World};
use sociable::client::{Clock, SetClock};
use sociable::store::{KeyValue, MemoryStore};
use sociable::trends::detect::DetectorConfig;
use sociable::trends::{Feed, Step, Trends, TrendsBuilder, WatchConfig};
use sociable::{
    AccountRef, Currency, Draft, Engagement, Error, ErrorKind, Money, Operation, Page, Post,
    PostQuery, Profile, SocialNetwork, Support, Target, Trend,
};

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// A world whose shop follows everybody.
pub(crate) struct Place {
    pub(crate) clock: SetClock,
    pub(crate) world: World,
    pub(crate) store: Arc<dyn KeyValue>,
    people: Vec<Memory>,
    turn: usize,
}

pub(crate) async fn place(people: usize) -> Place {
    let clock = SetClock::at("2026-08-31T00:00:00Z".parse().unwrap());
    let world = World::with_clock(Arc::new(clock.clone()));
    world.add_account("shop");
    let shop = world.network("shop").unwrap();
    let mut all = Vec::new();
    for n in 0..people {
        let handle = format!("person{n}");
        world.add_account(&handle);
        let whom = Target::Account(AccountRef::handle(&handle));
        shop.engage(&whom, &Engagement::follow()).await.unwrap();
        all.push(world.network(&handle).unwrap());
    }
    // The accounts grow old first. Ten minutes past the hour, so that each round closes the hour before it.
    clock.advance(HOUR * 24 * 63 + Duration::from_secs(600));
    Place {
        clock,
        world,
        store: Arc::new(MemoryStore::new()),
        people: all,
        turn: 0,
    }
}

const WORDS: [&str; 12] = [
    "bread", "river", "garden", "music", "bicycle", "station", "weather", "kitchen", "letter",
    "football", "bakery", "library",
];

impl Place {
    pub(crate) fn builder(&self) -> TrendsBuilder {
        let shop = self.world.network("shop").unwrap();
        Trends::builder(Arc::clone(&self.store)).account("shop", Arc::new(shop))
    }

    pub(crate) async fn say(&self, who: usize, text: &str) -> sociable::Post {
        let person = &self.people[who % self.people.len()];
        person.publish(&Draft::text(text)).await.unwrap()
    }

    /// An hour of everyday talk, and a round at its end.
    pub(crate) async fn hour(&mut self, trends: &Trends) -> Step {
        for _ in 0..10 {
            self.turn += 1;
            let (a, b) = (self.turn * 7 % 12, self.turn * 5 % 12);
            let text = format!("{} {} {}", WORDS[a], WORDS[b], self.turn);
            self.say(self.turn * 3, &text).await;
            self.clock.advance(Duration::from_secs(300));
        }
        self.clock.advance(Duration::from_secs(600));
        round(trends).await
    }
}

pub(crate) async fn round(trends: &Trends) -> Step {
    let step = trends.step().await.unwrap();
    assert!(step.troubles.is_empty(), "{:?}", step.troubles);
    step
}

#[tokio::test]
async fn what_was_written_before_the_first_round_is_read_back_and_each_post_counts_once() {
    let place = place(12).await;
    let trends = place
        .builder()
        .feed(Feed::home())
        .feed(Feed::search("river"))
        .build()
        .unwrap();
    for _ in 0..3 {
        for n in 0..4 {
            place
                .say(n, &format!("river boats {n} {}", place.clock.now()))
                .await;
        }
        place.clock.advance(HOUR);
    }
    place.say(0, "and now the river again").await;
    place.clock.advance(Duration::from_secs(900));
    let step = round(&trends).await;
    assert_eq!(step.read.counted, 13, "{:?}", step.read);
    assert_eq!(step.read.known, 13, "the search finds them too");
    let posts: Vec<u64> = step.buckets.iter().map(|bucket| bucket.posts).collect();
    assert_eq!(posts[posts.len() - 3..], [4, 4, 4], "{posts:?}");
    // The same again reads nothing new.
    place.clock.advance(Duration::from_secs(300));
    let again = round(&trends).await;
    assert_eq!(again.read.counted, 0);
    assert!(again.next > place.clock.now());
}

#[tokio::test]
async fn a_round_before_its_time_asks_nothing() {
    let place = place(1).await;
    let trends = place.builder().build().unwrap();
    let step = round(&trends).await;
    let asked = place.world.requests();
    assert_eq!(step.next, place.clock.now() + Duration::from_secs(300));
    round(&trends).await;
    assert_eq!(place.world.requests(), asked);
    place.clock.advance(Duration::from_secs(300));
    round(&trends).await;
    assert!(place.world.requests() > asked);
}

#[tokio::test]
async fn a_bucket_that_waits_for_a_feed_makes_no_rounds_of_its_own() {
    let mut place = place(12).await;
    // Half an hour later than the place's rounds: each hour is over long before the feed is due again.
    place.clock.advance(HOUR / 2);
    let trends = place
        .builder()
        .feed(Feed::home().every(HOUR))
        .build()
        .unwrap();
    let mut step = place.hour(&trends).await;
    let until = place.clock.now() + HOUR * 6;
    let mut rounds = 0;
    while place.clock.now() < until {
        assert!(rounds < 20, "it spins: {}", step.next);
        place.clock.set(step.next);
        step = round(&trends).await;
        rounds += 1;
    }
    assert!(rounds >= 6, "{rounds}");
}

#[tokio::test]
async fn another_process_goes_on_where_the_first_one_stopped() {
    let tell = |two: bool| async move {
        let mut place = place(30).await;
        let first = place.builder().feed(Feed::home()).build().unwrap();
        let mut told = Vec::new();
        for hour in 0..34 {
            // From some hour on a new process for every round.
            let trends = match two && hour > 10 {
                true => place.builder().feed(Feed::home()).build().unwrap(),
                false => first.clone(),
            };
            if hour > 30 {
                for n in 0..24 {
                    place
                        .say(n, &format!("#HarbourFire seen from street {n} at {hour}"))
                        .await;
                }
            }
            let step = place.hour(&trends).await;
            told.extend(step.new);
            told.extend(step.changed);
        }
        told
    };
    let once = tell(false).await;
    assert!(!once.is_empty());
    assert_eq!(once, tell(true).await);
}

#[tokio::test]
async fn of_two_rounds_at_once_one_is_left_to_the_other_and_nothing_counts_twice() {
    let place = place(5).await;
    let one = place.builder().feed(Feed::home()).build().unwrap();
    let other = place.builder().feed(Feed::home()).build().unwrap();
    for n in 0..5 {
        place.say(n, &format!("river {n}")).await;
    }
    let (a, b) = tokio::join!(one.step(), other.step());
    let (a, b) = (a.unwrap(), b.unwrap());
    let left = |step: &Step| step.notes.iter().any(|note| note.contains("left to it"));
    assert!(!(left(&a) && left(&b)));
    let standing = one.standing().await.unwrap();
    assert_eq!(standing.read.counted, 5);
    assert_eq!(other.standing().await.unwrap(), standing);
}

/// Fails while it is told to.
#[derive(Debug)]
struct Flaky(Memory, AtomicBool);

#[sociable::async_trait]
impl SocialNetwork for Flaky {
    fn profile(&self) -> Arc<Profile> {
        self.0.profile()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.0.clock()
    }

    async fn posts(&self, query: &PostQuery) -> sociable::Result<Page<Post>> {
        if self.1.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Unavailable, "out of order"));
        }
        self.0.posts(query).await
    }
}

#[tokio::test]
async fn a_network_that_fails_is_waited_for_and_its_posts_count_in_their_bucket() {
    let mut place = place(12).await;
    let shop = place.world.network("shop").unwrap();
    let flaky = Arc::new(Flaky(shop, AtomicBool::new(false)));
    let trends = Trends::builder(Arc::new(MemoryStore::new()))
        .account("shop", flaky.clone())
        .feed(Feed::home())
        .build()
        .unwrap();
    place.hour(&trends).await;
    place.hour(&trends).await;
    for n in 0..6 {
        place.say(n, &format!("weather {n}")).await;
    }
    flaky.1.store(true, Ordering::Relaxed);
    place.clock.advance(HOUR);
    let step = trends.step().await.unwrap();
    assert_eq!(step.troubles.len(), 1);
    let trouble = &step.troubles[0];
    assert_eq!(
        (trouble.account.as_str(), trouble.feed.as_str()),
        ("shop", "home")
    );
    assert!(step.buckets.is_empty(), "they wait: {:?}", step.buckets);
    flaky.1.store(false, Ordering::Relaxed);
    let mut sum = 0;
    for _ in 0..8 {
        place.clock.advance(Duration::from_secs(900));
        let step = round(&trends).await;
        assert!(step.buckets.iter().all(|bucket| bucket.complete));
        sum += step.buckets.iter().map(|bucket| bucket.posts).sum::<u64>();
    }
    let standing = trends.standing().await.unwrap();
    assert_eq!((standing.read.counted, standing.read.late), (26, 0));
    assert_eq!(sum, 6, "those of the hour that it failed in");
    // Where it fails for long, buckets are closed without it, and nothing is learnt from them.
    flaky.1.store(true, Ordering::Relaxed);
    let mut closed = Vec::new();
    for _ in 0..6 {
        place.clock.advance(HOUR);
        closed.extend(trends.step().await.unwrap().buckets);
    }
    assert!(closed.iter().any(|bucket| !bucket.complete), "{closed:?}");
}

#[tokio::test]
async fn what_the_pages_do_not_reach_is_a_gap_that_is_told() {
    let place = place(4).await;
    for n in 0..30 {
        place.say(n, &format!("station {n}")).await;
        place.clock.advance(Duration::from_secs(360));
    }
    let feed = Feed::home().page(5_u32).pages(2_u32);
    let trends = place.builder().feed(feed).build().unwrap();
    let step = round(&trends).await;
    assert_eq!(step.read.counted, 10);
    place.clock.advance(Duration::from_secs(900));
    let later = round(&trends).await;
    assert!(
        step.notes.iter().any(|note| note.contains("is a gap")),
        "{:?}",
        step.notes
    );
    let mut closed = step.buckets.iter().chain(&later.buckets);
    assert!(closed.any(|bucket| !bucket.complete), "{later:?}");
}

#[tokio::test]
async fn deleted_posts_and_lost_happenings_come_with_the_events() {
    let place = place(3).await;
    let trends = place.builder().feed(Feed::events()).build().unwrap();
    place.say(0, "@shop what a #Market").await;
    let step = round(&trends).await;
    assert_eq!(step.read.counted, 1);
    place.world.set_event_capacity(2);
    for n in 0..9 {
        place.say(n, &format!("@shop hello {n}")).await;
    }
    place.clock.advance(Duration::from_secs(300));
    let step = round(&trends).await;
    assert!(
        step.notes.iter().any(|note| note.contains("lost")),
        "{:?}",
        step.notes
    );
}

#[tokio::test]
async fn lists_are_kept_with_their_history_and_networks_without_one_are_told_once() {
    let place = place(1).await;
    let bare = Arc::new(Bare(place.world.network("shop").unwrap()));
    let trends = place
        .builder()
        .account("bare", bare)
        .feed(Feed::lists())
        .build()
        .unwrap();
    place.world.set_trend(Trend::new("#Fire").posts(10_u64));
    let step = round(&trends).await;
    assert_eq!(step.notes, ["bare tells no list of trends to `bare`"]);
    place.world.set_trend(Trend::new("#Fire").posts(500_u64));
    place.world.set_trend(Trend::new("#Water").posts(900_u64));
    place.clock.advance(HOUR);
    assert!(round(&trends).await.notes.is_empty());
    let lists = trends.lists().await.unwrap();
    let fire = lists.iter().find(|entry| entry.name == "#Fire").unwrap();
    let posts: Vec<_> = fire.history.iter().map(|one| one.posts.unwrap()).collect();
    assert_eq!(posts, [10, 500]);
    assert_eq!(fire.history[0].rank, Some(1));
    let water = lists.iter().find(|entry| entry.name == "#Water").unwrap();
    assert_eq!((water.history.len(), water.history[0].rank), (1, Some(2)));
    assert_eq!(
        (fire.network.as_str(), fire.account.as_str()),
        ("memory", "shop")
    );
    assert_eq!(
        fire.last_seen.duration_since(fire.first_seen).as_secs(),
        3600
    );
}

/// A network that can only be read at a price, and has no list.
#[derive(Debug)]
struct Bare(Memory);

#[sociable::async_trait]
impl SocialNetwork for Bare {
    fn profile(&self) -> Arc<Profile> {
        let price = Money::micros(5_000, Currency::USD);
        let profile = Profile::new("bare")
            .account("bare:shop")
            .with(Operation::POSTS_SEARCH, Support::yes().price(price));
        Arc::new(profile)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.0.clock()
    }

    async fn posts(
        &self,
        query: &sociable::PostQuery,
    ) -> sociable::Result<sociable::Page<sociable::Post>> {
        self.0.posts(query).await
    }
}

#[tokio::test]
async fn what_is_billed_is_not_read_without_a_cap_and_within_one_no_further() {
    let place = place(2).await;
    place.say(0, "the river").await;
    let bare = || Arc::new(Bare(place.world.network("shop").unwrap()));
    let build = |feed: Feed| {
        Trends::builder(Arc::new(MemoryStore::new()))
            .account("bare", bare())
            .feed(feed)
            .build()
            .unwrap()
    };
    let step = build(Feed::search("river")).step().await.unwrap();
    assert_eq!(step.troubles[0].error.kind(), &ErrorKind::QuotaExhausted);
    assert!(step.troubles[0].error.message().contains("max_cost_a_day"));
    assert_eq!(step.read.posts, 0);
    // A page of ten may cost 0.05; what was not billed is given back.
    let feed = Feed::search("river")
        .page(10_u32)
        .max_cost_a_day(Money::minor(6, Currency::USD));
    let trends = build(feed);
    let asked = place.world.requests();
    let mut refused = None;
    for hour in 1..30 {
        let step = trends.step().await.unwrap();
        if let Some(trouble) = step.troubles.first() {
            assert_eq!(trouble.error.kind(), &ErrorKind::QuotaExhausted);
            assert!(trouble.error.message().contains("tomorrow"));
            refused = Some(hour);
            break;
        }
        place.clock.advance(Duration::from_secs(300));
    }
    // 0.06 hold one page of 0.05 beside two single posts of 0.005: the third call.
    assert_eq!(refused, Some(4), "{}", place.world.requests() - asked);
    place.clock.advance(HOUR * 24);
    assert!(trends.step().await.unwrap().troubles.is_empty());
}

#[tokio::test]
async fn an_old_mention_costs_no_post_of_the_first_round_and_teaches_nothing() {
    let place = place(12).await;
    let trends = place
        .builder()
        .feed(Feed::events())
        .feed(Feed::home())
        .build()
        .unwrap();
    place.say(0, "@shop hello from long ago").await;
    place.clock.advance(HOUR * 24 * 30);
    for n in 0..6 {
        place.say(n, &format!("garden {n}")).await;
    }
    place.clock.advance(HOUR);
    let step = round(&trends).await;
    assert_eq!(step.read.late, 0, "{:?}", step.read);
    assert_eq!(step.read.counted, 6, "{:?}", step.read);
    let oldest = place.clock.now() - HOUR * 24 * 8;
    assert!(step.buckets.iter().all(|bucket| bucket.start > oldest));
}

#[tokio::test]
async fn after_a_fortnight_without_rounds_new_posts_still_count() {
    let mut place = place(12).await;
    let trends = place.builder().feed(Feed::home()).build().unwrap();
    place.hour(&trends).await;
    place.clock.advance(HOUR * 24 * 14);
    for n in 0..6 {
        place.say(n, &format!("garden {n}")).await;
    }
    place.clock.advance(HOUR);
    let step = round(&trends).await;
    assert_eq!((step.read.counted, step.read.late), (6, 0));
}

#[tokio::test]
async fn other_settings_of_the_detector_hold_from_the_next_start_on() {
    let rising = |fewest: f64| async move {
        let mut place = place(30).await;
        let first = place.builder().feed(Feed::home()).build().unwrap();
        for _ in 0..31 {
            place.hour(&first).await;
        }
        let detector = DetectorConfig::new().min_authors(fewest);
        let config = WatchConfig::new().detector(detector);
        let again = place.builder().feed(Feed::home()).watch(config);
        let again = again.build().unwrap();
        let mut told = 0;
        for hour in 0..3 {
            for n in 0..24 {
                let text = format!("#HarbourFire seen from street {n} at {hour}");
                place.say(n, &text).await;
            }
            told += place.hour(&again).await.new.len();
        }
        told
    };
    assert!(rising(5.0).await > 0);
    assert_eq!(rising(1_000.0).await, 0);
}

#[tokio::test]
async fn a_clock_that_goes_back_and_a_day_without_rounds_lose_nothing() {
    let mut place = place(12).await;
    let trends = place.builder().feed(Feed::home()).build().unwrap();
    for _ in 0..3 {
        place.hour(&trends).await;
    }
    let counted = trends.standing().await.unwrap().read.counted;
    assert_eq!(counted, 30);
    // A day in which nobody looks.
    for n in 0..24 {
        place.say(n, &format!("garden {n}")).await;
        place.clock.advance(HOUR);
    }
    let step = round(&trends).await;
    assert_eq!(step.read.counted, 24);
    assert!(step.buckets.len() >= 23, "{}", step.buckets.len());
    let back = place.clock.now() - Duration::from_secs(7200);
    place.clock.set(back);
    let step = trends.step().await.unwrap();
    assert!(step.new.is_empty() && step.troubles.is_empty());
    assert!(step.next > back);
}

#[tokio::test]
async fn what_cannot_work_is_refused_with_what_to_do() {
    let place = place(1).await;
    let refused = |builder: TrendsBuilder, word: &str| {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Config);
        assert!(error.message().contains(word), "{error}");
    };
    refused(Trends::builder(Arc::new(MemoryStore::new())), "add one");
    let shop = || Arc::new(place.world.network("shop").unwrap());
    refused(place.builder().account("shop", shop()), "a name of its own");
    refused(place.builder().feed(Feed::search(" ")), "name one");
    refused(
        place.builder().feed(Feed::home().accounts("nobody")),
        "there are: shop",
    );
    refused(
        place.builder().feed(Feed::home()).feed(Feed::home()),
        "there twice",
    );
    refused(
        place.builder().feed(Feed::home().every(Duration::ZERO)),
        "set `every`",
    );
    refused(place.builder().topics(["!"]), "take it out");
    refused(place.builder().look_back(HOUR * 24 * 60), "look_back");
    refused(
        place
            .builder()
            .watch(WatchConfig::new().bucket(Duration::from_secs(1))),
        "divide the day",
    );
}

#[tokio::test]
async fn a_state_of_other_buckets_or_a_torn_one_is_refused() {
    let place = place(1).await;
    place.say(0, "river").await;
    round(&place.builder().build().unwrap()).await;
    let half = WatchConfig::new().bucket(Duration::from_secs(1800));
    let other = place.builder().watch(half).build().unwrap();
    let error = other.step().await.unwrap_err();
    assert!(error.message().contains("go back to that"), "{error}");
    let kept = place.store.get("trends/state").await.unwrap().unwrap();
    let torn = kept.value.replace("sections", "sektions");
    place
        .store
        .put("trends/state", &torn, Some(kept.version))
        .await
        .unwrap();
    let error = place.builder().build().unwrap().step().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Decode);
    assert!(error.message().contains("begin anew"), "{error}");
}

#[tokio::test]
async fn why_nothing_is_shown_is_said() {
    let mut place = place(3).await;
    let trends = place.builder().feed(Feed::home()).build().unwrap();
    let standing = trends.standing().await.unwrap();
    assert!(
        standing.why_none[0].contains("no post was read"),
        "{standing:?}"
    );
    place.hour(&trends).await;
    place.hour(&trends).await;
    let why = trends.standing().await.unwrap().why_none;
    assert!(why[0].contains("needs 5 authors"), "{why:?}");
    assert!(why[1].contains("is learnt for"), "{why:?}");
}
