use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockWriteGuard};
use std::time::Duration;

use futures_core::future::BoxFuture;
use futures_util::future::{Either, select};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::task::JoinHandle;

use super::clock::Clock;
use super::dialect::Login;
use super::lease::{LEASE, Leased, Lessor, Turns};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{KeyValue, Versioned};

/// How often storing is tried while other processes store under the same key.
const MOST_WRITES: u32 = 4;

/// Keeps an account's tokens: one refresh at a time, and no token used before it is stored.
///
/// A refresh token that rotates is good once. So a refresh runs on even when the call that began it is dropped, its
/// outcome is stored before anybody uses it, and another process that was faster is believed: its tokens are taken
/// from the store instead. Where two processes must not even try at once, the keeper is [`leased`](Self::leased).
pub struct TokenKeeper<T> {
    store: Arc<dyn KeyValue>,
    key: Box<str>,
    state: RwLock<State<T>>,
    /// Held while the tokens are changed; the task that changes them lives here, so that whoever comes next joins it.
    change: tokio::sync::Mutex<Option<Change<T>>>,
    /// Where one process at a time may change them: how it is waited for.
    queue: Option<Box<dyn Turns>>,
}

struct State<T> {
    current: Option<Arc<Held<T>>>,
    /// Tokens that could not be stored. They are not used, and not lost either: storing is tried again first.
    unsaved: Option<Box<Unsaved<T>>>,
}

/// A login or a refresh on its way, and where its outcome will be. The task itself is one like the client's others,
/// since a task is compiled anew for whatever it answers.
struct Change<T> {
    task: JoinHandle<()>,
    outcome: Arc<Mutex<Option<Outcome<T>>>>,
}

type Outcome<T> = Result<Arc<Held<T>>>;

/// What gets new tokens for the old ones: one type for all, so that a change is compiled once.
type Get<T> = Box<dyn FnOnce(Option<T>) -> BoxFuture<'static, Result<T>> + Send>;

struct Unsaved<T> {
    tokens: T,
    expected: Option<u64>,
}

/// Tokens in use, and which login they are of.
pub struct Held<T> {
    /// The tokens.
    pub tokens: T,
    /// Which login they are of.
    pub login: Login,
    version: Option<u64>,
}

impl<T> fmt::Debug for TokenKeeper<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKeeper")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

impl<T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static> TokenKeeper<T> {
    /// Keeps tokens in a store under a key of the account's.
    pub fn new(store: Arc<dyn KeyValue>, key: impl Into<String>) -> Arc<Self> {
        Self::build(store, key.into(), None)
    }

    /// Keeps tokens likewise, and lets one process at a time change them: for refresh tokens whose second use ends the
    /// whole login.
    ///
    /// Who changes them stands in the store, under the key with ` lease` behind it, for a minute at most: after that the
    /// process is taken to have ended, and the next one tries. Whoever has to wait for it longer than `patience` is
    /// answered `Unavailable`, with the moment to come back. The processes' clocks should agree within a few seconds.
    pub fn leased(
        store: Arc<dyn KeyValue>,
        key: impl Into<String>,
        clock: Arc<dyn Clock>,
        patience: Duration,
    ) -> Arc<Self> {
        Self::build(
            store,
            key.into(),
            Some(Box::new(Lessor::new(clock, patience))),
        )
    }

    fn build(store: Arc<dyn KeyValue>, key: String, queue: Option<Box<dyn Turns>>) -> Arc<Self> {
        Arc::new(Self {
            store,
            key: key.into(),
            state: RwLock::new(State {
                current: None,
                unsaved: None,
            }),
            change: tokio::sync::Mutex::new(None),
            queue,
        })
    }

    /// The tokens in use, if any were used yet. No I/O.
    pub fn peek(&self) -> Option<Arc<Held<T>>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.current.clone()
    }

    /// The tokens to use: those in use, else those in the store, else those that `login` gets.
    ///
    /// # Errors
    /// What `login` answers, or an error of the [store](crate::store).
    pub async fn current<F, Fut>(self: &Arc<Self>, login: F) -> Result<Arc<Held<T>>>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        if let Some(held) = self.peek() {
            return Ok(held);
        }
        self.change(None, Box::new(move |_| Box::pin(login())))
            .await
    }

    /// Gets new tokens in place of the ones that were called expired: from whoever was faster, else by `refresh`.
    ///
    /// # Errors
    /// What `refresh` answers: `Unauthorized` where a person has to log in again.
    pub async fn renew<F, Fut>(self: &Arc<Self>, stale: Login, refresh: F) -> Result<Arc<Held<T>>>
    where
        F: FnOnce(T) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let get: Get<T> = Box::new(move |old| match old {
            Some(old) => Box::pin(refresh(old)),
            None => Box::pin(std::future::ready(Err(Error::new(
                ErrorKind::Unauthorized,
                "there is no login to renew: log in first",
            )))),
        });
        self.change(Some(stale), get).await
    }

    /// Puts a new login in place of whatever there is, here and in the store.
    ///
    /// # Errors
    /// Those of the [store](crate::store).
    pub async fn replace(self: &Arc<Self>, tokens: T) -> Result<Arc<Held<T>>> {
        let mut running = self.change.lock().await;
        finished(&mut running).await;
        // They are of the login that is replaced.
        self.state().unsaved = None;
        let this = Arc::clone(self);
        let work = Box::pin(async move { this.put_in_place(tokens).await });
        let outcome = running.insert(Change::begin(work)).end().await;
        *running = None;
        outcome
    }

    async fn put_in_place(&self, tokens: T) -> Result<Arc<Held<T>>> {
        let found = async {
            // Longer than any process has it: who has logged in does not want to do so again.
            let lease = self.lease(LEASE * 2).await?;
            Ok((lease, self.stored().await?))
        };
        let (lease, stored) = match found.await {
            Ok(found) => found,
            Err(error) => {
                let expected = None;
                self.state().unsaved = Some(Box::new(Unsaved { tokens, expected }));
                return Err(error);
            }
        };
        let saved = self.save(tokens, stored.map(|s| s.version)).await;
        self.release(lease).await;
        saved
    }

    /// Forgets the tokens, here and in the store.
    ///
    /// # Errors
    /// Those of the [store](crate::store).
    pub async fn forget(&self) -> Result<()> {
        let mut running = self.change.lock().await;
        // What is on its way would store its tokens after these were taken away.
        finished(&mut running).await;
        self.store.remove(&self.key).await?;
        let mut state = self.state();
        state.current = None;
        state.unsaved = None;
        Ok(())
    }

    /// Runs one change at a time. `stale` is the login that is not wanted any more; `None` takes any.
    ///
    /// Boxed, since the compiler makes a copy of a future's code wherever it is awaited.
    fn change(self: &Arc<Self>, stale: Option<Login>, get: Get<T>) -> BoxFuture<'_, Outcome<T>> {
        Box::pin(async move {
            let mut running = self.change.lock().await;
            // The caller that began it was dropped; its outcome is ours all the same.
            finished(&mut running).await;
            let wanted = |held: &Arc<Held<T>>| stale.is_none_or(|stale| held.login != stale);
            if let Some(held) = self.peek().filter(wanted) {
                return Ok(held);
            }
            let this = Arc::clone(self);
            let work = Box::pin(async move { this.obtain(get).await });
            let outcome = running.insert(Change::begin(work)).end().await;
            *running = None;
            outcome
        })
    }

    /// Gets tokens, stores them, and only then puts them to use.
    async fn obtain(&self, get: Get<T>) -> Result<Arc<Held<T>>> {
        let mut lease = None;
        let outcome = self.obtain_in_turn(get, &mut lease).await;
        // Where tokens could not be stored, whoever comes next would use up what is used up already: the lease runs out
        // by itself, and by then they may be stored.
        if outcome.is_ok() || self.state().unsaved.is_none() {
            self.release(lease).await;
        }
        outcome
    }

    async fn obtain_in_turn(
        &self,
        get: Get<T>,
        lease: &mut Option<Leased>,
    ) -> Result<Arc<Held<T>>> {
        let unsaved = self.state().unsaved.take();
        let (tokens, expected) = match unsaved {
            Some(unsaved) => (unsaved.tokens, unsaved.expected),
            None => {
                let held = self.peek();
                let stored = loop {
                    let stored = self.store.get(&self.key).await?;
                    if let Some(newer) = self.newer(held.as_deref(), stored.as_ref())? {
                        return Ok(newer);
                    }
                    match &self.queue {
                        // Whoever has the turn before may store its tokens meanwhile.
                        Some(queue) if lease.is_none() => {
                            let patience = queue.patience();
                            *lease = self.lease(patience).await?;
                        }
                        _ => break stored,
                    }
                };
                let got = get(held.map(|held| held.tokens.clone()));
                let tokens = match (&self.queue, lease) {
                    (Some(queue), Some(lease)) => {
                        match select(got, queue.nearly_over(lease)).await {
                            Either::Left((tokens, _)) => tokens?,
                            Either::Right(((), _)) => {
                                return Err(Error::new(
                                    ErrorKind::Timeout,
                                    "the renewal of the login took too long: try again, and log in again where that \
                                     is refused",
                                ));
                            }
                        }
                    }
                    _ => got.await?,
                };
                (tokens, stored.map(|stored| stored.version))
            }
        };
        self.save(tokens, expected).await
    }

    async fn stored(&self) -> Result<Option<Versioned>> {
        self.store.get(&self.key).await
    }

    /// The tokens in the store, where another process or an earlier run stored newer ones than those in use.
    fn newer(
        &self,
        held: Option<&Held<T>>,
        stored: Option<&Versioned>,
    ) -> Result<Option<Arc<Held<T>>>> {
        let Some(stored) =
            stored.filter(|stored| held.is_none_or(|held| held.version != Some(stored.version)))
        else {
            return Ok(None);
        };
        match serde_json::from_str(&stored.value) {
            Ok(tokens) => Ok(Some(self.put_to_use(tokens, Some(stored.version)))),
            Err(_) if held.is_some() => Ok(None),
            Err(_) => Err(Error::config(format!(
                "the stored tokens of {} are not in a form that this program writes: remove them and log in again",
                self.key
            ))),
        }
    }

    /// Waits until no other process changes the tokens; `None` where that does not matter.
    async fn lease(&self, patience: Duration) -> Result<Option<Leased>> {
        match &self.queue {
            Some(queue) => queue
                .begin(&*self.store, &self.key, patience)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    /// Gives a lease back. Where that fails it runs out by itself.
    async fn release(&self, lease: Option<Leased>) {
        if let (Some(queue), Some(lease)) = (&self.queue, lease) {
            queue.end(&*self.store, &self.key, lease).await;
        }
    }

    async fn save(&self, tokens: T, expected: Option<u64>) -> Result<Arc<Held<T>>> {
        match self.store_over(&tokens, expected).await {
            Ok(version) => Ok(self.put_to_use(tokens, Some(version))),
            Err(error) => {
                self.state().unsaved = Some(Box::new(Unsaved { tokens, expected }));
                Err(error)
            }
        }
    }

    /// Stores tokens, and answers their version.
    async fn store_over(&self, tokens: &T, mut expected: Option<u64>) -> Result<u64> {
        let text = written(tokens)?;
        for _ in 0..MOST_WRITES {
            if let Some(version) = self.store.put(&self.key, &text, expected).await? {
                return Ok(version);
            }
            // Another process stored in between. Ours are the newest that the network gave, so they go on top.
            expected = self.stored().await?.map(|stored| stored.version);
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "several processes renew the login of one account at once: let each have an account of its own",
        ))
    }

    fn put_to_use(&self, tokens: T, version: Option<u64>) -> Arc<Held<T>> {
        let mut state = self.state();
        let current = &mut state.current;
        let login = Login(current.as_ref().map_or(1, |held| held.login.0 + 1));
        let held = Arc::new(Held {
            tokens,
            login,
            version,
        });
        *current = Some(Arc::clone(&held));
        held
    }

    fn state(&self) -> RwLockWriteGuard<'_, State<T>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn written<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|e| Error::config(format!("the tokens cannot be written as JSON: {e}")))
}

/// Waits for a change that is on its way, whatever comes of it.
async fn finished<T: Send + Sync + 'static>(running: &mut Option<Change<T>>) {
    if let Some(change) = running.as_mut() {
        change.end().await.ok();
        *running = None;
    }
}

impl<T: Send + Sync + 'static> Change<T> {
    /// Begins a change, which runs on whatever becomes of the caller.
    fn begin(change: BoxFuture<'static, Outcome<T>>) -> Self {
        let outcome = Arc::<Mutex<Option<Outcome<T>>>>::default();
        let there = Arc::clone(&outcome);
        let work: BoxFuture<'static, ()> = Box::pin(async move {
            let obtained = change.await;
            *there.lock().unwrap_or_else(PoisonError::into_inner) = Some(obtained);
        });
        let task = tokio::spawn(work);
        Self { task, outcome }
    }

    /// Waits for its end.
    async fn end(&mut self) -> Outcome<T> {
        (&mut self.task).await.ok();
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.take().unwrap_or_else(|| {
            Err(Error::new(
                ErrorKind::Unavailable,
                "the renewal of the login was interrupted: try again",
            ))
        })
    }
}
