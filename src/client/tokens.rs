use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use futures_core::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::task::JoinHandle;

use super::dialect::Login;
use crate::error::{Error, ErrorKind, Result};
use crate::store::KeyValue;

/// How often storing is tried while other processes store under the same key.
const MOST_WRITES: u32 = 4;

/// Keeps an account's tokens: one refresh at a time, and no token used before it is stored.
///
/// A refresh token that rotates is good once. So a refresh runs on even when the call that began it is dropped, its
/// outcome is stored before anybody uses it, and another process that was faster is believed: its tokens are taken
/// from the store instead.
pub struct TokenKeeper<T> {
    store: Arc<dyn KeyValue>,
    key: String,
    current: RwLock<Option<Arc<Held<T>>>>,
    /// Held while the tokens are changed; the task that changes them lives here, so that whoever comes next joins it.
    change: tokio::sync::Mutex<Option<Change<T>>>,
    /// Tokens that could not be stored. They are not used, and not lost either: storing is tried again first.
    unsaved: Mutex<Option<Box<Unsaved<T>>>>,
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
        Arc::new(Self {
            store,
            key: key.into(),
            current: RwLock::new(None),
            change: tokio::sync::Mutex::new(None),
            unsaved: Mutex::new(None),
        })
    }

    /// The tokens in use, if any were used yet. No I/O.
    pub fn peek(&self) -> Option<Arc<Held<T>>> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The tokens to use: those in use, else those in the store, else those that `login` gets.
    ///
    /// # Errors
    /// What `login` answers, or `Config` where the store cannot be used.
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

    /// Forgets the tokens, here and in the store.
    ///
    /// # Errors
    /// `Config` where the store cannot be used.
    pub async fn forget(&self) -> Result<()> {
        let mut running = self.change.lock().await;
        if let Some(change) = running.as_mut() {
            // What is on its way would store its tokens after these were taken away.
            change.end().await.ok();
            *running = None;
        }
        self.store.remove(&self.key).await?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = None;
        *self.unsaved.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// Runs one change at a time. `stale` is the login that is not wanted any more; `None` takes any.
    ///
    /// Boxed, since the compiler makes a copy of a future's code wherever it is awaited.
    fn change(self: &Arc<Self>, stale: Option<Login>, get: Get<T>) -> BoxFuture<'_, Outcome<T>> {
        Box::pin(async move {
            let mut running = self.change.lock().await;
            if let Some(change) = running.as_mut() {
                // The caller that began it was dropped; its outcome is ours all the same.
                change.end().await.ok();
                *running = None;
            }
            let wanted = |held: &Arc<Held<T>>| stale.is_none_or(|stale| held.login != stale);
            if let Some(held) = self.peek().filter(wanted) {
                return Ok(held);
            }
            let outcome = running.insert(self.begin(get)).end().await;
            *running = None;
            outcome
        })
    }

    /// Begins a change, which runs on whatever becomes of the caller.
    fn begin(self: &Arc<Self>, get: Get<T>) -> Change<T> {
        let this = Arc::clone(self);
        let outcome = Arc::<Mutex<Option<Outcome<T>>>>::default();
        let there = Arc::clone(&outcome);
        let work: BoxFuture<'static, ()> = Box::pin(async move {
            let obtained = this.obtain(get).await;
            *there.lock().unwrap_or_else(PoisonError::into_inner) = Some(obtained);
        });
        let task = tokio::spawn(work);
        Change { task, outcome }
    }

    /// Gets tokens, stores them, and only then puts them to use.
    async fn obtain(&self, get: Get<T>) -> Result<Arc<Held<T>>> {
        let unsaved = self
            .unsaved
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(unsaved) = unsaved {
            let Unsaved { tokens, expected } = *unsaved;
            return self.save(tokens, expected).await;
        }
        let held = self.peek();
        let stored = self.store.get(&self.key).await?;
        if let Some(stored) = &stored
            && held
                .as_ref()
                .is_none_or(|held| held.version != Some(stored.version))
        {
            // Another process, or an earlier run, has newer tokens.
            if let Ok(tokens) = serde_json::from_str(&stored.value) {
                return Ok(self.put_to_use(tokens, Some(stored.version)));
            }
            if held.is_none() {
                return Err(Error::config(format!(
                    "the stored tokens of {} are not in a form that this program writes: remove them and log in again",
                    self.key
                )));
            }
        }
        let tokens = get(held.map(|held| held.tokens.clone())).await?;
        self.save(tokens, stored.map(|s| s.version)).await
    }

    async fn save(&self, tokens: T, expected: Option<u64>) -> Result<Arc<Held<T>>> {
        match self.store_over(&tokens, expected).await {
            Ok(version) => Ok(self.put_to_use(tokens, Some(version))),
            Err(error) => {
                *self.unsaved.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some(Box::new(Unsaved { tokens, expected }));
                Err(error)
            }
        }
    }

    /// Stores tokens, and answers their version.
    async fn store_over(&self, tokens: &T, mut expected: Option<u64>) -> Result<u64> {
        let text = serde_json::to_string(tokens)
            .map_err(|e| Error::config(format!("the tokens cannot be written as JSON: {e}")))?;
        for _ in 0..MOST_WRITES {
            if let Some(version) = self.store.put(&self.key, &text, expected).await? {
                return Ok(version);
            }
            // Another process stored in between. Ours are the newest that the network gave, so they go on top.
            expected = self.store.get(&self.key).await?.map(|v| v.version);
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "several processes renew the login of one account at once: let each have an account of its own",
        ))
    }

    fn put_to_use(&self, tokens: T, version: Option<u64>) -> Arc<Held<T>> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let login = Login(current.as_ref().map_or(1, |held| held.login.0 + 1));
        let held = Arc::new(Held {
            tokens,
            login,
            version,
        });
        *current = Some(Arc::clone(&held));
        held
    }
}

impl<T> Change<T> {
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
