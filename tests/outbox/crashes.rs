//! The process dies at every step of its work, and the promise holds.
use std::collections::BTreeSet;

use sociable::outbox::{Entry, Resolution, Scope, State, Step};
use sociable::{Draft, Error, ErrorKind, Post};

use crate::double::Fault;
use crate::stage::{HOUR, MINUTE, SECOND, Stage, entry, killer, survives, t0};

#[derive(Clone, Copy, Debug)]
enum Kind {
    Single,
    Thread,
    Comment,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Single, Self::Thread, Self::Comment];

    fn entry(self) -> Entry {
        let entry = match self {
            Self::Single => entry("a", "one"),
            Self::Thread => Entry::thread("a", ["one", "two", "three"].map(Draft::text)).on("shop"),
            Self::Comment => entry("a", "one").first_comment(Draft::text("two")),
        };
        entry.at(t0() + 10 * MINUTE)
    }

    fn texts(self) -> &'static [&'static str] {
        match self {
            Self::Single => &["one"],
            Self::Thread => &["one", "two", "three"],
            Self::Comment => &["one", "two"],
        }
    }
}

/// What goes wrong beside the crash.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    None,
    /// The post is made, and the answer is lost.
    Lost,
    /// The post is not made, and nobody can tell.
    Dropped,
    /// The network has no time once.
    Busy,
    /// The upload takes longer than a lease.
    Slow,
    /// The login is refused until a person sees to it.
    Login,
    /// The content is refused.
    Refused,
    /// It was paused until it was too late.
    Late,
}

impl Trouble {
    const ALL: [Self; 8] = [
        Self::None,
        Self::Lost,
        Self::Dropped,
        Self::Busy,
        Self::Slow,
        Self::Login,
        Self::Refused,
        Self::Late,
    ];

    fn make(self, stage: &Stage) {
        let error = |kind| Fault::Error(Error::new(kind, "by the test"));
        let mut commits = stage.double.commits.lock().unwrap();
        match self {
            Self::None | Self::Late => {}
            Self::Lost => commits.push_back(Fault::Lost),
            Self::Dropped => commits.push_back(Fault::Dropped),
            Self::Busy => commits.push_back(error(ErrorKind::RateLimited)),
            Self::Slow => {
                let mut prepares = stage.double.prepares.lock().unwrap();
                prepares.push_back(Fault::Slow(5 * MINUTE));
                commits.push_back(Fault::Slow(5 * MINUTE));
            }
            Self::Login => commits.push_back(error(ErrorKind::Unauthorized)),
            Self::Refused => commits.extend(vec![error(ErrorKind::Rejected); 8]),
        }
    }
}

/// Runs a plan with a crash at a step, another worker after it, and a person who does what the list asks for. True when
/// the step was reached.
async fn crash_at(step: Step, nth: usize, keyed: bool, kind: Kind, trouble: Trouble) -> bool {
    let story = format!("{step} ({nth}), keyed {keyed}, {kind:?}, {trouble:?}");
    let stage = Stage::new(keyed);
    stage.world.set_listing_delay(40 * SECOND);
    trouble.make(&stage);
    let outbox = stage.outbox();
    outbox.add(&[kind.entry()]).await.unwrap();
    if matches!(trouble, Trouble::Late) {
        outbox.pause(Scope::All, "ann", "a storm").await.unwrap();
        stage.clock.advance(48 * HOUR);
        outbox.resume(Scope::All, "ann").await.unwrap();
    }
    let came_there = stage.run_until_step(step, nth, 30 * MINUTE).await;
    stage.run_for(&outbox, 2 * HOUR).await;
    if !outbox.holds().await.unwrap().is_empty() {
        let scope = Scope::Account("shop".to_owned());
        outbox.resume(scope, "ann").await.unwrap();
        stage.run_for(&outbox, 2 * HOUR).await;
    }

    let item = stage.only(&outbox).await;
    assert!(item.state.is_final(), "{story}: {item:#?}");
    assert!(item.surplus.is_empty(), "{story}: {item:#?}");
    let posts = stage.posts("shop").await;
    assert!(posts.values().all(|n| *n == 1), "{story}: {posts:?}");
    let there = posts.len();
    match trouble {
        Trouble::Refused | Trouble::Late if item.state != State::Unknown => {
            let state = match trouble {
                Trouble::Late => State::Missed,
                _ => State::Rejected,
            };
            assert_eq!((item.state, there), (state, 0), "{story}: {item:#?}");
            return came_there;
        }
        _ => {}
    }
    if keyed {
        assert_eq!(item.state, State::Published, "{story}: {item:#?}");
    }
    if item.state == State::Unknown {
        assert!(there + 1 >= item.posted.len(), "{story}");
        let doubt = item.doubt.clone().unwrap();
        // A person looks on the account, and says what is there.
        let resolution = if posts.contains_key(&doubt.text) {
            let posts = stage.world.published("shop");
            Resolution::published(Post::new(posts.last().unwrap()))
        } else {
            Resolution::NotPublished
        };
        stage.double.commits.lock().unwrap().clear();
        outbox.resolve(&item.id, &resolution, "ann").await.unwrap();
        stage.run_for(&outbox, HOUR).await;
    }
    let item = stage.only(&outbox).await;
    assert_eq!(item.state, State::Published, "{story}: {item:#?}");
    let posts = stage.posts("shop").await;
    assert_eq!(posts.len(), kind.texts().len(), "{story}: {posts:?}");
    for text in kind.texts() {
        assert_eq!(posts.get(*text), Some(&1), "{story}: {posts:?}");
    }
    came_there
}

#[tokio::test]
async fn each_planned_post_is_there_once_or_listed_as_unknown_wherever_the_worker_died() {
    let mut died_at = BTreeSet::new();
    for step in Step::ALL {
        for keyed in [true, false] {
            for kind in Kind::ALL {
                for trouble in Trouble::ALL {
                    for nth in 1..=3 {
                        if !crash_at(*step, nth, keyed, kind, trouble).await {
                            break;
                        }
                        died_at.insert(*step);
                    }
                }
            }
        }
    }
    // What a person's process does is below.
    let of_people = [
        Step::BeforeAdd,
        Step::AfterAdd,
        Step::BeforeNote,
        Step::AfterNote,
        Step::BeforeCaught,
        Step::AfterCaught,
        Step::BeforeDecision,
        Step::AfterDecision,
        Step::BeforeGiveBack,
        Step::AfterGiveBack,
    ];
    let all: BTreeSet<Step> = Step::ALL.iter().copied().collect();
    let missing: Vec<_> = all
        .difference(&died_at)
        .filter(|step| !of_people.contains(step))
        .collect();
    assert!(missing.is_empty(), "no worker died at {missing:?}");
}

#[tokio::test]
async fn adding_a_plan_again_completes_it_wherever_it_was_cut_off() {
    let steps = [
        Step::BeforeAdd,
        Step::AfterAdd,
        Step::BeforeNote,
        Step::AfterNote,
        Step::BeforeCaught,
        Step::AfterCaught,
    ];
    for step in steps {
        for nth in 1.. {
            let stage = Stage::new(true);
            let plan = [
                entry("a", "one").on("other"),
                entry("b", "two").at(t0() + HOUR),
                entry("c", ""),
            ];
            let killed = stage.builder().observe(killer(step, nth)).build().unwrap();
            if survives(killed.add(&plan)).await.is_some() {
                assert!(nth > 1, "nobody died at {step}");
                break;
            }
            let outbox = stage.outbox();
            outbox.add(&plan).await.unwrap();
            let again = outbox.add(&plan).await.unwrap();
            assert_eq!(again.count(sociable::outbox::Outcome::AlreadyThere), 3);
            stage.run_for(&outbox, 2 * HOUR).await;
            let shop = stage.posts("shop").await;
            let other = stage.posts("other").await;
            assert_eq!(shop, [("one".into(), 1), ("two".into(), 1)].into());
            assert_eq!(other, [("one".into(), 1)].into());
            // The warnings are those of a plan that was added at once.
            let same = outbox.add(&[entry("d", "ONE")]).await.unwrap();
            assert_eq!(same.lines[0].warnings.len(), 1, "{step} {nth}: {same:#?}");
        }
    }
}

#[tokio::test]
async fn a_decision_that_was_cut_off_is_taken_or_not_and_can_be_taken_again() {
    for step in [Step::BeforeDecision, Step::AfterDecision] {
        let stage = Stage::new(true);
        let outbox = stage.outbox();
        outbox
            .add(&[entry("a", "one").approval(true)])
            .await
            .unwrap();
        let killed = stage.builder().observe(killer(step, 1)).build().unwrap();
        assert!(survives(killed.approve("a@shop", "ann")).await.is_none());
        stage.run_for(&outbox, MINUTE).await;
        let taken = step == Step::AfterDecision;
        assert_eq!(stage.posts("shop").await.len(), usize::from(taken));
        let again = outbox.approve("a@shop", "ann").await;
        assert_eq!(again.is_ok(), !taken);
        stage.run_for(&outbox, MINUTE).await;
        assert_eq!(stage.posts("shop").await.len(), 1);
    }
}

#[tokio::test]
async fn a_job_that_is_only_given_back_loses_nothing_by_a_crash() {
    for step in [Step::BeforeGiveBack, Step::AfterGiveBack] {
        let stage = Stage::new(true);
        let outbox = stage.outbox();
        outbox.add(&[entry("a", "one")]).await.unwrap();
        // A worker that does not know the account.
        let foreign = sociable::outbox::Outbox::builder(stage.store.clone())
            .clock(std::sync::Arc::new(stage.clock.clone()))
            .observe(killer(step, 1))
            .build()
            .unwrap();
        assert!(survives(foreign.run_once()).await.is_none());
        stage.run_for(&outbox, 10 * MINUTE).await;
        assert_eq!(stage.posts("shop").await, [("one".into(), 1)].into());
    }
}
