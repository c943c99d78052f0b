//! Where the behaviour suite plays: two identities on one network, and what can be done to it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
#[cfg(feature = "webhook")]
use bytes::Bytes;
use jiff::Timestamp;

use super::suite::Case;
use crate::client::{
    Client, Clock, Disturbance, Hold, InProcess, Notice, Observer, SeededRandom, Service, SetClock,
};
use crate::error::Result;
use crate::model::{AccountId, Place};
use crate::network::SocialNetwork;
use crate::operation::Operation;
#[cfg(feature = "webhook")]
use crate::webhook::Webhook;

/// A network to play the behaviour suite on.
///
/// Only the name and two identities are required. Everything else makes more cases possible; the report names those
/// that were passed over for want of it.
#[async_trait]
pub trait Stage: Send + Sync {
    /// The network and the server, for the report.
    fn name(&self) -> String;

    /// The identity whose adapter is proved.
    fn me(&self) -> Arc<dyn SocialNetwork>;

    /// Another identity on the same network: it answers, likes and follows.
    fn other(&self) -> Arc<dyn SocialNetwork>;

    /// A third identity, which has nothing to do with the two.
    fn stranger(&self) -> Option<Arc<dyn SocialNetwork>> {
        None
    }

    /// The first identity in a new object, as another process would build it from the same configuration.
    fn again(&self) -> Option<Arc<dyn SocialNetwork>> {
        None
    }

    /// The first identity with a login that is not good.
    fn impostor(&self) -> Option<Arc<dyn SocialNetwork>> {
        None
    }

    /// The clock that the stage goes by.
    fn clock(&self) -> Arc<dyn Clock> {
        self.me().clock()
    }

    /// How many requests have gone out so far, to prove what happens without any. `None` is not known.
    fn requests(&self) -> Option<u64> {
        None
    }

    /// Lets listings catch up with what was written: moves a set clock a little, or waits a moment.
    async fn settle(&self) {
        let clock = self.clock();
        let until = clock.now().checked_add(Duration::from_millis(250));
        clock.sleep_until(until.unwrap_or(Timestamp::MAX)).await;
    }

    /// How often a case looks again, with a [`settle`](Self::settle) in between, before it calls something missing.
    fn patience(&self) -> u32 {
        40
    }

    /// Lets a long time pass at once; false where the clock is the world's.
    async fn pass(&self, time: Duration) -> bool {
        let _ = time;
        false
    }

    /// Keeps a set clock still while the guard lives, for work that its driver cannot see, such as reading files.
    fn hold(&self) -> Option<Hold> {
        None
    }

    /// Disturbs the next request; false where this stage cannot do that.
    fn disturb(&self, disturbance: Disturbance) -> bool {
        let _ = disturbance;
        false
    }

    /// Takes back disturbances that met no request.
    fn calm(&self) {}

    /// Makes the first identity's login run out, in a way that it can be renewed; false where this stage cannot.
    fn expire_login(&self) -> bool {
        false
    }

    /// Makes the network forget what it would tell the first identity of the past, so that a cursor from before meets a
    /// hole; false where this stage cannot.
    fn cut_history(&self) -> bool {
        false
    }

    /// The way on which the network delivers to the first identity by itself, where it does.
    #[cfg(feature = "webhook")]
    fn pushes(&self) -> Option<Arc<dyn Pushes>> {
        None
    }

    /// Why cases of this operation are passed over here, such as a server without chat.
    fn passes_over(&self, operation: &Operation) -> Option<String> {
        let _ = operation;
        None
    }

    /// Why one case is passed over here, by its name, such as what a server without an index cannot know.
    fn passes_over_case(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    /// Passwords and tokens that must never be seen in a message.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// Another place than the configured one, to publish to.
    fn place(&self) -> Option<Place> {
        None
    }

    /// A community whose posts and members can be listed.
    fn community(&self) -> Option<AccountId> {
        None
    }

    /// A sign to react with.
    fn sign(&self) -> String {
        "👍".to_owned()
    }

    /// Cases of the network's own, played after the others.
    fn cases(&self) -> Vec<Case> {
        Vec::new()
    }

    /// How long one case may take by the stage's clock before it counts as stuck.
    fn case_limit(&self) -> Duration {
        Duration::from_secs(600)
    }
}

/// The way on which a network delivers to the first identity of a stage by itself: its fake, as it would send.
#[cfg(feature = "webhook")]
pub trait Pushes: Send + Sync {
    /// What reads the deliveries, as the adapter makes it.
    fn webhook(&self) -> Arc<dyn Webhook>;

    /// What the network would send next; `None` where nothing is due. It is the same until its answer is told.
    fn delivery(&self) -> Option<http::Request<Bytes>>;

    /// Tells the network what it was answered.
    fn answered(&self, response: &http::Response<Bytes>);

    /// Deliveries that have to be refused, each with what is wrong with it: "a wrong secret", "another community".
    fn forged(&self) -> Vec<(String, http::Request<Bytes>)>;

    /// How long the network waits at most before it delivers again what was not taken.
    fn again_after(&self) -> Duration {
        Duration::from_secs(3600)
    }
}

/// Counts every attempt of the clients that it observes.
#[derive(Debug, Default)]
pub struct Attempts(AtomicU64);

impl Attempts {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Observer for Attempts {
    fn notice(&self, notice: &Notice<'_>) {
        if matches!(notice, Notice::Attempt { .. }) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A client over an in-process service under a set clock, from which identities for a stage are built.
///
/// Drive the clock while the suite runs: `bench.clock.drive(suite::run(&stage)).await`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Bench {
    /// The clock that everything goes by.
    pub clock: SetClock,
    /// The way to the service.
    pub wire: Arc<InProcess>,
    /// Counts what goes out.
    pub attempts: Arc<Attempts>,
    /// The client to build identities with.
    pub client: Client,
}

/// When a bench's clock begins: 2026-03-14T09:26:53.589Z.
const BEGINNING: Timestamp = Timestamp::constant(1_773_480_413, 589_000_000);

impl Bench {
    /// A bench over this service.
    ///
    /// # Errors
    /// As [`ClientBuilder::build`](crate::client::ClientBuilder::build).
    pub fn new(service: Arc<dyn Service>) -> Result<Self> {
        let clock = SetClock::at(BEGINNING);
        let wire = Arc::new(InProcess::new(service, Arc::new(clock.clone())));
        let attempts = Arc::new(Attempts::new());
        let client = Client::builder()
            .transport(wire.clone())
            .clock(Arc::new(clock.clone()))
            .random(Arc::new(SeededRandom::new(7)))
            .observer(attempts.clone())
            .build()?;
        Ok(Self {
            clock,
            wire,
            attempts,
            client,
        })
    }

    /// A stage of two identities that were built with this bench's client.
    pub fn stage(
        &self,
        name: impl Into<String>,
        me: Arc<dyn SocialNetwork>,
        other: Arc<dyn SocialNetwork>,
    ) -> Set {
        Set::new(name, me, other)
            .attempts(Arc::clone(&self.attempts))
            .set_clock(self.clock.clone())
            .wire(Arc::clone(&self.wire))
    }
}

type Maker = Arc<dyn Fn() -> Arc<dyn SocialNetwork> + Send + Sync>;
type Disturb = Arc<dyn Fn(Disturbance) -> bool + Send + Sync>;
type Act = Arc<dyn Fn() + Send + Sync>;

/// A stage put together from parts.
#[derive(Clone)]
pub struct Set {
    name: String,
    me: Arc<dyn SocialNetwork>,
    other: Arc<dyn SocialNetwork>,
    stranger: Option<Arc<dyn SocialNetwork>>,
    again: Option<Maker>,
    impostor: Option<Arc<dyn SocialNetwork>>,
    attempts: Option<Arc<Attempts>>,
    clock: Option<SetClock>,
    pause: Duration,
    patience: u32,
    disturb: Option<Disturb>,
    calm: Option<Act>,
    expire: Option<Act>,
    cut: Option<Act>,
    #[cfg(feature = "webhook")]
    pushes: Option<Arc<dyn Pushes>>,
    passed_over: BTreeMap<Operation, String>,
    passed_over_cases: BTreeMap<String, String>,
    secrets: Vec<String>,
    place: Option<Place>,
    community: Option<AccountId>,
    cases: Vec<Case>,
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Set")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Set {
    /// A stage of two identities, in real time and without disturbances.
    pub fn new(
        name: impl Into<String>,
        me: Arc<dyn SocialNetwork>,
        other: Arc<dyn SocialNetwork>,
    ) -> Self {
        Self {
            name: name.into(),
            me,
            other,
            stranger: None,
            again: None,
            impostor: None,
            attempts: None,
            clock: None,
            pause: Duration::from_millis(250),
            patience: 40,
            disturb: None,
            calm: None,
            expire: None,
            cut: None,
            #[cfg(feature = "webhook")]
            pushes: None,
            passed_over: BTreeMap::new(),
            passed_over_cases: BTreeMap::new(),
            secrets: Vec::new(),
            place: None,
            community: None,
            cases: Vec::new(),
        }
    }

    /// Adds a third identity.
    pub fn stranger(mut self, network: Arc<dyn SocialNetwork>) -> Self {
        self.stranger = Some(network);
        self
    }

    /// Says how the first identity is built anew.
    pub fn again<F>(mut self, make: F) -> Self
    where
        F: Fn() -> Arc<dyn SocialNetwork> + Send + Sync + 'static,
    {
        self.again = Some(Arc::new(make));
        self
    }

    /// Adds the first identity with a login that is not good.
    pub fn impostor(mut self, network: Arc<dyn SocialNetwork>) -> Self {
        self.impostor = Some(network);
        self
    }

    /// Takes the count of requests from here.
    pub fn attempts(mut self, attempts: Arc<Attempts>) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// Goes by a set clock, which somebody [drives](SetClock::drive).
    pub fn set_clock(mut self, clock: SetClock) -> Self {
        self.clock = Some(clock);
        self.pause = Duration::from_secs(2);
        self
    }

    /// Sets how long a pause lets listings catch up.
    pub fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Sets how often a case looks again before it calls something missing.
    pub fn patience(mut self, looks: u32) -> Self {
        self.patience = looks;
        self
    }

    /// Disturbs requests on this way.
    pub fn wire(self, wire: Arc<InProcess>) -> Self {
        let way = Arc::clone(&wire);
        self.disturbed_by(
            move |disturbance| {
                way.disturb(disturbance);
                true
            },
            move || wire.calm(),
        )
    }

    /// Says how the next request is disturbed, and how that is taken back.
    pub fn disturbed_by<D, C>(mut self, disturb: D, calm: C) -> Self
    where
        D: Fn(Disturbance) -> bool + Send + Sync + 'static,
        C: Fn() + Send + Sync + 'static,
    {
        self.disturb = Some(Arc::new(disturb));
        self.calm = Some(Arc::new(calm));
        self
    }

    /// Says how the first identity's login is made to run out.
    pub fn expiring<F: Fn() + Send + Sync + 'static>(mut self, expire: F) -> Self {
        self.expire = Some(Arc::new(expire));
        self
    }

    /// Says how the network is made to forget what it would tell the first identity of the past.
    pub fn cutting<F: Fn() + Send + Sync + 'static>(mut self, cut: F) -> Self {
        self.cut = Some(Arc::new(cut));
        self
    }

    /// Adds the way on which the network delivers by itself.
    #[cfg(feature = "webhook")]
    pub fn pushes<P: Pushes + 'static>(mut self, pushes: P) -> Self {
        self.pushes = Some(Arc::new(pushes));
        self
    }

    /// Passes over an operation's cases, for this reason.
    pub fn passing_over(mut self, operation: Operation, reason: impl Into<String>) -> Self {
        self.passed_over.insert(operation, reason.into());
        self
    }

    /// Passes over one case, named in full, for this reason.
    pub fn passing_over_case(mut self, name: impl Into<String>, reason: impl Into<String>) -> Self {
        self.passed_over_cases.insert(name.into(), reason.into());
        self
    }

    /// Names a secret that must never be seen.
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Names another place to publish to.
    pub fn place(mut self, place: impl Into<Place>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Names a community.
    pub fn community(mut self, community: impl Into<AccountId>) -> Self {
        self.community = Some(community.into());
        self
    }

    /// Adds a case of the network's own.
    pub fn case(mut self, case: Case) -> Self {
        self.cases.push(case);
        self
    }
}

#[async_trait]
impl Stage for Set {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn me(&self) -> Arc<dyn SocialNetwork> {
        Arc::clone(&self.me)
    }

    fn other(&self) -> Arc<dyn SocialNetwork> {
        Arc::clone(&self.other)
    }

    fn stranger(&self) -> Option<Arc<dyn SocialNetwork>> {
        self.stranger.clone()
    }

    fn again(&self) -> Option<Arc<dyn SocialNetwork>> {
        self.again.as_ref().map(|make| make())
    }

    fn impostor(&self) -> Option<Arc<dyn SocialNetwork>> {
        self.impostor.clone()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        match &self.clock {
            Some(clock) => Arc::new(clock.clone()),
            None => self.me.clock(),
        }
    }

    fn requests(&self) -> Option<u64> {
        self.attempts.as_ref().map(|a| a.count())
    }

    async fn settle(&self) {
        match &self.clock {
            Some(clock) => clock.advance(self.pause),
            None => {
                let clock = self.me.clock();
                let until = clock.now().checked_add(self.pause);
                clock.sleep_until(until.unwrap_or(Timestamp::MAX)).await;
            }
        }
    }

    fn patience(&self) -> u32 {
        self.patience
    }

    async fn pass(&self, time: Duration) -> bool {
        match &self.clock {
            Some(clock) => {
                clock.advance(time);
                true
            }
            None => false,
        }
    }

    fn hold(&self) -> Option<Hold> {
        self.clock.as_ref().map(SetClock::hold)
    }

    fn disturb(&self, disturbance: Disturbance) -> bool {
        self.disturb.as_ref().is_some_and(|d| d(disturbance))
    }

    fn calm(&self) {
        if let Some(calm) = &self.calm {
            calm();
        }
    }

    fn expire_login(&self) -> bool {
        if let Some(expire) = &self.expire {
            expire();
        }
        self.expire.is_some()
    }

    fn cut_history(&self) -> bool {
        if let Some(cut) = &self.cut {
            cut();
        }
        self.cut.is_some()
    }

    #[cfg(feature = "webhook")]
    fn pushes(&self) -> Option<Arc<dyn Pushes>> {
        self.pushes.clone()
    }

    fn passes_over(&self, operation: &Operation) -> Option<String> {
        self.passed_over.get(operation).cloned()
    }

    fn passes_over_case(&self, name: &str) -> Option<String> {
        self.passed_over_cases.get(name).cloned()
    }

    fn secrets(&self) -> Vec<String> {
        self.secrets.clone()
    }

    fn place(&self) -> Option<Place> {
        self.place.clone()
    }

    fn community(&self) -> Option<AccountId> {
        self.community.clone()
    }

    fn cases(&self) -> Vec<Case> {
        self.cases.clone()
    }

    fn case_limit(&self) -> Duration {
        // On a set clock hours pass in no time, and waits for a budget are part of what is proved.
        let hours = if self.clock.is_some() {
            3 * 365 * 24
        } else {
            0
        };
        Duration::from_secs(hours * 3600).max(Duration::from_secs(300))
    }
}
