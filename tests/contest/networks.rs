//! A small contest on the fake of each network: what each can tell, and that the rest is unknown with a reason.

use std::sync::Arc;

use sociable::adapters::bluesky::{self, Bluesky};
use sociable::adapters::vk::{self, Vk};
use sociable::adapters::x::{self, X};
use sociable::client::{Clock, Service};
use sociable::contest::beacon::OwnChain;
use sociable::contest::draw::Trust;
use sociable::contest::{
    Condition, Contest, Contests, ContestsBuilder, Entrant, EntryWindow, Mode, OnUnknown, Rules,
    Subject, Verdict,
};
use sociable::jiff::Timestamp;
use sociable::store::MemoryStore;
use sociable::testing::stage::Bench;
use sociable::{Currency, Money, PostId, PostQuery, SocialNetwork};

use crate::town::{DAY, HOUR, MINUTE};

struct Ground {
    bench: Bench,
    shop: Arc<dyn SocialNetwork>,
}

impl Ground {
    fn of(service: Arc<dyn Service>, shop: impl FnOnce(&Bench) -> Arc<dyn SocialNetwork>) -> Self {
        let bench = Bench::new(service).unwrap();
        let shop = shop(&bench);
        Self { bench, shop }
    }

    fn now(&self) -> Timestamp {
        self.bench.clock.now()
    }

    /// The shop's newest post.
    async fn post(&self) -> PostId {
        let own = PostQuery::own();
        let page = self.bench.clock.drive(self.shop.posts(&own)).await.unwrap();
        page.items[0].id.clone()
    }

    fn builder(&self) -> ContestsBuilder {
        let genesis = "2026-01-01T00:00:00Z".parse().unwrap();
        let clock = Arc::new(self.bench.clock.clone());
        let beacon = OwnChain::new("nets", genesis, 3, clock).unwrap();
        Contests::builder(Arc::new(MemoryStore::new()))
            .account("shop", self.shop.clone())
            .beacon(Arc::new(beacon))
    }

    fn rules(&self, post: &PostId) -> Rules {
        let window = EntryWindow::utc(self.now(), self.now() + DAY);
        Rules::new("Tea pot", window, Mode::chance())
            .about(Subject::post("shop", post))
            .conditions(Condition::liked())
            .conditions(Condition::commented_with("(?i)tea"))
            .conditions(Condition::reposted())
            .conditions(Condition::member())
            .unknown(OnUnknown::Accept)
    }

    /// From the close to the announcement.
    async fn run(&self, contest: &Contest) {
        let clock = &self.bench.clock;
        let window = contest.state().await.unwrap().rules.window;
        clock.set(window.closes_at().unwrap());
        clock.drive(contest.freeze()).await.unwrap();
        let committed = clock.drive(contest.commit()).await.unwrap();
        let published = committed.publication.published_at.unwrap();
        assert!(committed.round_at >= published + 10 * MINUTE);
        clock.set(committed.round_at);
        contest.draw().await.unwrap();
        clock.drive(contest.announce()).await.unwrap();
        let proof = contest.proof().await.unwrap();
        assert_eq!(proof.verify(&Trust::default()).unwrap().winners.len(), 1);
    }
}

/// What the conditions say of somebody: `+`, `-` or `?`, in the order of the rules.
async fn verdicts(contest: &Contest, network: &str, id: &str) -> (String, Vec<String>) {
    let entry = contest.entry_of(&Entrant::new(network, id)).await.unwrap();
    let mut signs = String::new();
    let mut doubts = Vec::new();
    for check in entry.checks {
        signs.push(match check.verdict {
            Verdict::Pass => '+',
            Verdict::Fail(_) => '-',
            Verdict::Unknown(why) => {
                doubts.push(why);
                '?'
            }
            _ => '!',
        });
    }
    (signs, doubts)
}

#[tokio::test]
async fn bluesky_tells_of_every_condition() {
    let fake = bluesky::fake::Fake::builder()
        .with_account("shop.test", bluesky::fake::Fake::PASSWORD)
        .with_account("ann.test", "ann's password")
        .with_account("ben.test", "ben's password")
        .build();
    let ground = Ground::of(Arc::new(fake.clone()), |bench| {
        let builder = Bluesky::builder("https://pds.test").client(&bench.client);
        let builder = builder
            .identifier("shop.test")
            .password(bluesky::fake::Fake::PASSWORD);
        Arc::new(builder.build().unwrap())
    });
    let now = ground.now();
    let post = fake.post_as("shop.test", "Win a tea pot!", now).unwrap();
    let id = ground.post().await;
    let contests = ground.builder().build().unwrap();
    let contest = contests.open("tea", &ground.rules(&id)).await.unwrap();
    let later = now + HOUR;
    ground.bench.clock.set(later);
    for name in ["ann.test", "ben.test"] {
        fake.reply_as(name, &post, "I love tea", later).unwrap();
    }
    fake.like_as("ann.test", &post, later).unwrap();
    fake.repost_as("ann.test", &post, later).unwrap();
    fake.follow_as("ann.test", "shop.test", later).unwrap();
    let step = ground.bench.clock.drive(contest.step()).await.unwrap();
    assert!(step.troubles.is_empty(), "{:?}", step.troubles);
    ground.run(&contest).await;
    let of = async |name: &str| verdicts(&contest, "bluesky", &fake.account(name)).await;
    assert_eq!(of("ann.test").await, ("++++".to_owned(), vec![]));
    assert_eq!(of("ben.test").await, ("-+--".to_owned(), vec![]));
    assert_eq!(fake.texts("shop.test").len(), 3);
}

#[tokio::test]
async fn vk_tells_of_every_condition_and_counts_reposts_that_it_does_not_show() {
    let fake = vk::fake::Fake::new();
    let dan = fake.add_user("Dan", "dan.test");
    let ground = Ground::of(Arc::new(fake.clone()), |bench| {
        let builder = Vk::builder()
            .community(vk::fake::Fake::GROUP)
            .community_token(vk::fake::Fake::GROUP_TOKEN)
            .user_token(vk::fake::Fake::USER_TOKEN)
            .service_token(vk::fake::Fake::SERVICE_TOKEN)
            .client(&bench.client);
        Arc::new(builder.build().unwrap())
    });
    let wall = -vk::fake::Fake::GROUP;
    let now = ground.now();
    let post = fake.post_as(wall, wall, "Win a tea pot!", now);
    let id = ground.post().await;
    let contests = ground.builder().build().unwrap();
    let contest = contests.open("tea", &ground.rules(&id)).await.unwrap();
    let later = now + HOUR;
    ground.bench.clock.set(later);
    let (bob, carol) = (vk::fake::Fake::BOB, vk::fake::Fake::CAROL);
    for who in [bob, carol, dan] {
        fake.comment_as(who, (wall, post), "I love tea", None, later);
    }
    for who in [bob, dan] {
        fake.like_as(who, "post", wall, post, true, later);
    }
    fake.repost_as(bob, wall, post, "", later);
    fake.join_as(bob, vk::fake::Fake::GROUP, true, later);
    let step = ground.bench.clock.drive(contest.step()).await.unwrap();
    assert!(step.troubles.is_empty(), "{:?}", step.troubles);
    ground.run(&contest).await;
    let of = async |who: i64| verdicts(&contest, "vk", &format!("id{who}")).await;
    let (signs, doubts) = of(bob).await;
    assert_eq!(signs, "++++", "{doubts:?}");
    let (signs, _) = of(carol).await;
    assert_eq!(signs, "-+--");
    assert_eq!(of(dan).await.0, "++--");
    let report = contest.report().await.unwrap();
    let likes = &report.listings[0];
    assert_eq!((likes.total, likes.collected), (Some(2), Some(2)));
}

#[tokio::test]
async fn on_vk_a_comment_that_a_moderator_deletes_after_the_close_stands_on_the_evidence() {
    let fake = vk::fake::Fake::new();
    let ground = Ground::of(Arc::new(fake.clone()), |bench| {
        let builder = Vk::builder()
            .community(vk::fake::Fake::GROUP)
            .community_token(vk::fake::Fake::GROUP_TOKEN)
            .user_token(vk::fake::Fake::USER_TOKEN)
            .service_token(vk::fake::Fake::SERVICE_TOKEN)
            .client(&bench.client);
        Arc::new(builder.build().unwrap())
    });
    let wall = -vk::fake::Fake::GROUP;
    let now = ground.now();
    let post = fake.post_as(wall, wall, "Win a tea pot!", now);
    let id = ground.post().await;
    let mut rules = ground.rules(&id);
    rules.conditions = vec![Condition::commented()];
    let contests = ground.builder().build().unwrap();
    let contest = contests.open("tea", &rules).await.unwrap();
    let later = now + HOUR;
    ground.bench.clock.set(later);
    // The moderator takes part as well, or has no entry at all.
    let (bob, carol) = (vk::fake::Fake::BOB, vk::fake::Fake::CAROL);
    let dan = fake.add_user("Dan", "dan.test");
    let [of_bob, of_carol] =
        [bob, carol].map(|who| fake.comment_as(who, (wall, post), "I love tea", None, later));
    let step = ground.bench.clock.drive(contest.step()).await.unwrap();
    assert!(step.troubles.is_empty(), "{:?}", step.troubles);
    let after = now + DAY + MINUTE;
    ground.bench.clock.set(after);
    fake.delete_comment_as(carol, wall, of_bob, after);
    fake.delete_comment_as(dan, wall, of_carol, after);
    let frozen = ground.bench.clock.drive(contest.freeze()).await.unwrap();
    assert_eq!(frozen.entries, 2);
    for who in [bob, carol] {
        let id = format!("id{who}");
        let entry = contest.entry_of(&Entrant::new("vk", id.as_str())).await;
        let comments = entry.unwrap().comments;
        assert!(comments[0].deleted_at.is_some(), "{id}: {comments:?}");
    }
}

fn on_x() -> (x::fake::Fake, Ground) {
    let fake = x::fake::Fake::new();
    let ground = Ground::of(Arc::new(fake.clone()), |bench| {
        let builder = X::builder()
            .bearer(x::fake::Fake::BEARER)
            .user_token(x::fake::Fake::ANNA_TOKEN)
            .client(&bench.client);
        Arc::new(builder.build().unwrap())
    });
    (fake, ground)
}

/// A post of Anna's, with answers of two people one of whom does everything.
async fn on_x_with_entries(fake: &x::fake::Fake, ground: &Ground) -> (PostId, Timestamp) {
    let now = ground.now();
    let (bob, carol) = (x::fake::Fake::BOB, x::fake::Fake::CAROL);
    let post = fake.post_as(x::fake::Fake::ANNA, "Win a tea pot!", now);
    let id = ground.post().await;
    let later = now + HOUR;
    for who in [bob, carol] {
        fake.reply_as(who, post, "I love tea", later);
    }
    fake.like_as(bob, post, later);
    fake.repost_as(bob, post, later);
    fake.follow_as(bob, x::fake::Fake::ANNA, later);
    (id, later)
}

#[tokio::test]
async fn on_x_nothing_that_is_billed_is_read_without_a_cap() {
    let (fake, ground) = on_x();
    let start = ground.now();
    let (id, later) = on_x_with_entries(&fake, &ground).await;
    let contests = ground.builder().build().unwrap();
    let mut rules = ground.rules(&id);
    rules.window = EntryWindow::utc(start, start + DAY);
    let notes = contests.check(&rules);
    assert!(
        notes.iter().any(|one| one.message.contains("max_cost")),
        "{notes:#?}"
    );
    let contest = contests.open("tea", &rules).await.unwrap();
    ground.bench.clock.set(later);
    let before = fake.spent();
    let step = ground.bench.clock.drive(contest.step()).await.unwrap();
    assert!(
        step.troubles
            .iter()
            .all(|one| one.error.to_string().contains("max_cost"))
    );
    ground.bench.clock.set(start + DAY);
    let error = ground
        .bench
        .clock
        .drive(contest.freeze())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("nobody is eligible"), "{error}");
    assert_eq!(fake.spent(), before, "not a cent");
}

#[tokio::test]
async fn on_x_within_a_cap_answers_are_told_and_likes_are_unknown() {
    let (fake, ground) = on_x();
    let start = ground.now();
    let (id, later) = on_x_with_entries(&fake, &ground).await;
    let cap = Money::minor(500, Currency::USD);
    let contests = ground.builder().max_cost(cap).build().unwrap();
    let mut rules = ground.rules(&id);
    rules.window = EntryWindow::utc(start, start + DAY);
    let contest = contests.open("tea", &rules).await.unwrap();
    ground.bench.clock.set(later);
    let step = ground.bench.clock.drive(contest.step()).await.unwrap();
    assert!(step.new >= 2, "{step:?}");
    ground.run(&contest).await;
    let of = async |who: u64| verdicts(&contest, "x", &who.to_string()).await;
    let (signs, doubts) = of(x::fake::Fake::CAROL).await;
    assert_eq!(signs, "?+--", "{doubts:?}");
    assert!(!doubts[0].is_empty());
    let (signs, doubts) = of(x::fake::Fake::BOB).await;
    assert!(signs.ends_with("+++"), "{signs}: {doubts:?}");
    let spent = contest.report().await.unwrap().spent.unwrap();
    assert!(
        spent.amount > 0 && spent.to_micros() <= cap.to_micros(),
        "{spent}"
    );
}
