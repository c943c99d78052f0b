//! The process that is killed: it plans, decides and publishes, tells of each step, and stops where it is told to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sociable::client::{Client, Clock, RetryPolicy};
use sociable::outbox::{
    Entry, Filter, Item, Outbox, OutboxStore, Scope, State, Step, StepObserver,
};
use sociable::store::EmbeddedStore;
use sociable::{
    Checked, Draft, Error, ErrorKind, Post, Prepared, Profile, Reconciled, Repeatable, Result,
    SocialNetwork, async_trait,
};

use crate::clock::FastClock;
use crate::nets::{identity, person};

/// Where the order stands that makes a test's process a worker.
pub(crate) const ORDER: &str = "SOCIABLE_OUTBOX_WORKER";

/// The file that tells a worker that nothing more is added.
pub(crate) const ENOUGH: &str = "enough";

/// What a worker is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) net: String,
    pub(crate) url: String,
    /// What stands in all texts, so that those of others on the same account are others.
    pub(crate) tag: String,
    /// Who logs in, where the network is a real one.
    pub(crate) login: Option<(String, String)>,
    /// What a real server is shown so that it counts none of this: other tests need what it allows.
    pub(crate) uncounted: Option<String>,
    /// Where the login is kept.
    pub(crate) tokens: PathBuf,
    pub(crate) clock: FastClock,
    /// Where it keeps its state: a PostgreSQL database and the prefix of its tables, or else a file in the folder.
    pub(crate) database: Option<(String, String)>,
    pub(crate) folder: PathBuf,
    /// Whether it goes on until a file called `enough` stands in the folder.
    pub(crate) stays: bool,
    pub(crate) worker: String,
    /// How long it leases what it works on, in seconds of its clock.
    pub(crate) lease: u64,
    /// Which plan.
    pub(crate) plan: Plan,
    /// Whether all of it is planned already.
    pub(crate) planned: bool,
    /// The step at which it stops.
    pub(crate) stop_at: Option<Step>,
    /// Where others were killed at this step already: the kind of a post, and how many of its parts were published then.
    pub(crate) killed: BTreeSet<(String, u32)>,
    /// How many parts of each post others published.
    pub(crate) published: BTreeMap<String, u32>,
}

impl Order {
    /// An order to do all of the plan on a network that is served somewhere.
    pub(crate) fn new(net: &str, url: &str, clock: FastClock, folder: &Path) -> Self {
        Self {
            net: net.to_owned(),
            url: url.to_owned(),
            tag: String::new(),
            login: None,
            uncounted: None,
            tokens: folder.join("tokens"),
            clock,
            database: None,
            folder: folder.to_owned(),
            stays: false,
            worker: "worker".to_owned(),
            lease: 10,
            plan: Plan::Whole,
            planned: false,
            stop_at: None,
            killed: BTreeSet::new(),
            published: BTreeMap::new(),
        }
    }
}

/// What is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Plan {
    /// One of each kind, with everything that can go wrong.
    Whole,
    /// So many plain ones.
    Many(usize),
}

/// The account of every plan.
pub(crate) const ACCOUNT: &str = "shop";
/// An account that is known when the plan is made, and not to who carries it out.
const ELSEWHERE: &str = "elsewhere";

/// What becomes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Published,
    /// The network does not say whether it was.
    Unknown,
    Rejected,
    Missed,
    /// It is not even planned.
    Refused,
    /// Nobody here speaks for its account.
    Waits,
}

/// The text of a part: with spaces, signs and addresses that networks change.
fn text(tag: &str, key: &str, part: usize) -> String {
    format!(
        " {tag}{key} {part}: tea & <cake>,  \"fresh\", see https://example.com/a/rather/long/path/to/the/menu?of={key}-{part} "
    )
}

/// The texts that stand on the network when all is done, each once, without spaces that say nothing.
pub(crate) fn texts(tag: &str, key: &str, parts: usize) -> Vec<String> {
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    (0..parts).map(|part| words(text(tag, key, part))).collect()
}

/// The keys of a plan, how many parts each has, and what becomes of it.
pub(crate) fn fates(plan: Plan) -> Vec<(String, usize, Fate)> {
    let fates = |all: &[(&str, usize, Fate)]| {
        let all = all.iter();
        all.map(|(key, parts, fate)| ((*key).to_owned(), *parts, *fate))
            .collect()
    };
    match plan {
        Plan::Whole => fates(&[
            ("one", 1, Fate::Published),
            ("thread", 3, Fate::Published),
            ("comment", 2, Fate::Published),
            ("approved", 1, Fate::Published),
            ("flaky", 1, Fate::Published),
            ("slow", 1, Fate::Published),
            ("lost", 1, Fate::Published),
            ("silent", 1, Fate::Unknown),
            ("forbidden", 1, Fate::Rejected),
            ("late", 1, Fate::Missed),
            ("long", 1, Fate::Refused),
            (ELSEWHERE, 1, Fate::Waits),
        ]),
        Plan::Many(count) => (0..count)
            .map(|n| (format!("post-{n}"), 1, Fate::Published))
            .collect(),
    }
}

/// A plan's entries.
pub(crate) fn entries(order: &Order) -> Vec<Entry> {
    let clock = order.clock;
    let entry = |(key, parts, _): (String, usize, Fate)| {
        let draft = |part| Draft::text(text(&order.tag, &key, part));
        let mut drafts: Vec<Draft> = (0..parts).map(draft).collect();
        let comment = drafts.pop_if(|_| key == "comment");
        if key == "long" {
            drafts = vec![Draft::text("long ".repeat(10_000))];
        }
        // On one account a key means one post, in all plans that there ever were.
        let mut entry = Entry::thread(format!("{}{key}", order.tag), drafts);
        entry.first_comment = comment;
        if key == "late" {
            let at = clock.now() - Duration::from_secs(30);
            entry = entry.at(at).too_late_after(Duration::from_secs(1));
        }
        let account = if key == ELSEWHERE { ELSEWHERE } else { ACCOUNT };
        entry.approval(key == "approved").on(account)
    };
    fates(order.plan).into_iter().map(entry).collect()
}

/// A network on whose way things go wrong, by the words of what is published.
#[derive(Debug)]
struct Moody {
    inner: Arc<dyn SocialNetwork>,
    clock: FastClock,
    /// How long it takes for something slow.
    slow: Duration,
    failed: Mutex<BTreeSet<String>>,
}

impl Moody {
    /// Whether something of this name is met for the first time in this process.
    fn first(&self, what: &str) -> bool {
        self.failed.lock().unwrap().insert(what.to_owned())
    }
}

/// Whether a publication is one of an entry: its idempotency key tells.
fn is_of(prepared: &Prepared, key: &str) -> bool {
    prepared.key.as_str().contains(key)
}

#[async_trait]
impl SocialNetwork for Moody {
    fn profile(&self) -> Arc<Profile> {
        self.inner.profile()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.inner.clock()
    }

    async fn prepare(&self, draft: &Checked<Draft>) -> Result<Prepared> {
        let text = draft.text.as_str();
        if text.contains("slow") && self.first("slow") {
            let until = self.clock.now() + self.slow;
            self.clock.sleep_until(until).await;
        }
        if text.contains("flaky") && self.first("flaky") {
            return Err(Error::new(ErrorKind::Unavailable, "out of order"));
        }
        if text.contains("forbidden") {
            return Err(Error::new(ErrorKind::Rejected, "we do not want this"));
        }
        let mut prepared = self.inner.prepare(draft).await?;
        if text.contains("silent") {
            prepared.repeatable = Repeatable::Never;
        }
        Ok(prepared)
    }

    async fn commit(&self, prepared: &Prepared) -> Result<Post> {
        let answer = self.inner.commit(prepared).await;
        let lost = is_of(prepared, "lost") && self.first("lost") || is_of(prepared, "silent");
        if lost && answer.is_ok() {
            return Err(Error::new(ErrorKind::Unconfirmed, "the answer was lost"));
        }
        answer
    }

    async fn reconcile(&self, prepared: &Prepared) -> Result<Reconciled> {
        if is_of(prepared, "silent") {
            return Ok(Reconciled::Unknown);
        }
        self.inner.reconcile(prepared).await
    }
}

/// What a post has in common with others, so that a worker need not be killed at each of them.
pub(crate) fn kind(id: &str) -> &str {
    let plain = ["approved@", "flaky@", "slow@"];
    if plain.iter().any(|key| id.contains(key)) {
        return "one";
    }
    id.strip_suffix("@shop").unwrap_or(id)
}

/// Tells of each step on a line of its own, and stops for good at the one that was named.
fn observer(order: &Order) -> StepObserver {
    let order = order.clone();
    let published = Mutex::new(order.published.clone());
    Arc::new(move |step, id| {
        let parts = {
            let mut published = published.lock().unwrap();
            let parts = published.entry(id.to_owned()).or_default();
            let before = *parts;
            *parts += u32::from(step == Step::AfterPublished);
            before
        };
        let stop =
            order.stop_at == Some(step) && !order.killed.contains(&(kind(id).to_owned(), parts));
        // The harness may print something of its own before it on the same line.
        println!("\nstep {} {parts} {} {id}", step.name(), u8::from(stop));
        if stop {
            loop {
                std::thread::park();
            }
        }
    })
}

async fn store(order: &Order) -> Arc<dyn OutboxStore> {
    if let Some((url, prefix)) = &order.database {
        return database(url, prefix).await;
    }
    let path = order.folder.join("outbox.db");
    Arc::new(EmbeddedStore::open(path).await.unwrap())
}

#[cfg(feature = "postgres")]
async fn database(url: &str, prefix: &str) -> Arc<dyn OutboxStore> {
    let store = sociable::store::PostgresStore::builder(url).prefix(prefix);
    Arc::new(store.connect().await.unwrap())
}

#[cfg(not(feature = "postgres"))]
async fn database(_: &str, _: &str) -> Arc<dyn OutboxStore> {
    panic!("PostgreSQL is not built in");
}

/// The road to a server, with what makes it count nothing.
pub(crate) fn road(uncounted: Option<&str>) -> reqwest::Client {
    #[cfg(feature = "rustls-ring")]
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut headers = sociable::http::HeaderMap::new();
    if let Some(key) = uncounted {
        headers.insert("x-ratelimit-bypass", key.parse().unwrap());
    }
    let builder = reqwest::Client::builder().no_proxy();
    builder.default_headers(headers).build().unwrap()
}

fn network(order: &Order, client: &Client) -> Arc<dyn SocialNetwork> {
    match &order.login {
        Some((handle, password)) => {
            person(&order.url, client, Some(&order.tokens), (handle, password))
        }
        None => identity(&order.net, &order.url, client, Some(&order.tokens)),
    }
}

/// An outbox as the order has it, which speaks for its account.
pub(crate) async fn outbox(order: &Order) -> Outbox {
    let (store, network) = (store(order).await, moody(order));
    outbox_on(order, &store, &network, &[ACCOUNT])
}

fn moody(order: &Order) -> Arc<dyn SocialNetwork> {
    let client = Client::builder()
        .clock(Arc::new(order.clock))
        .reqwest(road(order.uncounted.as_deref()))
        // Machines that are busy are no reason to doubt an answer.
        .attempt_timeout(Duration::from_secs(600))
        .call_timeout(Duration::from_secs(3600))
        .max_wait(Duration::from_secs(3600))
        .retry(RetryPolicy::new().base(Duration::from_millis(500)))
        .build()
        .unwrap();
    Arc::new(Moody {
        inner: network(order, &client),
        clock: order.clock,
        slow: Duration::from_secs(order.lease) * 9 / 10,
        failed: Mutex::default(),
    })
}

fn outbox_on(
    order: &Order,
    store: &Arc<dyn OutboxStore>,
    network: &Arc<dyn SocialNetwork>,
    accounts: &[&str],
) -> Outbox {
    let accounts = accounts
        .iter()
        .map(|name| ((*name).to_owned(), network.clone()));
    Outbox::builder(store.clone())
        .networks(accounts)
        .clock(Arc::new(order.clock))
        .worker(order.worker.as_str())
        .lease(Duration::from_secs(order.lease))
        .tolerance(Duration::from_secs(3600))
        .gap(Duration::ZERO)
        .retry(Duration::from_secs(2), Duration::from_secs(10))
        .settle([5, 10, 15].map(Duration::from_secs))
        .look_every(Duration::from_secs(2))
        .observe(observer(order))
        .build()
        .unwrap()
}

/// Whether nothing more is going to happen.
fn is_done(item: &Item) -> bool {
    item.account != ACCOUNT || item.state.is_final()
}

/// Does all the work there is, unless it is killed, and tells how everything stands.
pub(crate) async fn work(order: &Order) {
    let (store, network) = (store(order).await, moody(order));
    if order.plan == Plan::Whole && !order.planned {
        let planner = outbox_on(order, &store, &network, &[ACCOUNT, ELSEWHERE]);
        planner.add(&entries(order)).await.unwrap();
        let waiting = Filter::new().state(State::AwaitingApproval);
        for item in planner.list(&waiting).await.unwrap() {
            // Another process may have approved it meanwhile.
            let approved = planner.approve(&item.id, "boss").await;
            assert!(approved.is_ok() || order.database.is_some());
        }
        let all = Scope::All;
        planner.pause(all.clone(), "boss", "wait").await.unwrap();
        planner.resume(all, "boss").await.unwrap();
    }
    let outbox = outbox_on(order, &store, &network, &[ACCOUNT]);
    if order.plan != Plan::Whole {
        outbox.add(&entries(order)).await.unwrap();
    }
    let done = async {
        loop {
            let next = order.clock.now() + Duration::from_secs(3);
            order.clock.sleep_until(next).await;
            // Another may have been killed before it let all go on.
            if !outbox.holds().await.unwrap().is_empty() {
                outbox.resume(Scope::All, "boss").await.unwrap();
            }
            if order.stays && !order.folder.join(ENOUGH).exists() {
                continue;
            }
            let items = outbox.list(&Filter::new()).await.unwrap();
            if items.iter().all(is_done) {
                return;
            }
        }
    };
    let report = outbox.run_until(done).await.unwrap();
    assert!(report.errors.is_empty(), "{report:?}");
    for item in outbox.list(&Filter::new()).await.unwrap() {
        println!("\nitem {}", serde_json::to_string(&item).unwrap());
    }
    println!("\nend");
}
