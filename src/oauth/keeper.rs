use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, header};
use jiff::Timestamp;

use super::{Begun, OAuth, Pending, Session};
use crate::client::{Held, Login, TokenKeeper, after};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::store::KeyValue;

/// How long early renewal rests after a passing trouble, while the old token is still good.
const REST: Duration = Duration::from_secs(15);
/// How often writing a login that was begun is tried while others write under the same key.
const MOST_WRITES: u32 = 4;

/// One account's login by OAuth: begun, finished, kept in a store and renewed. Cheap to clone; clones share the login.
///
/// It renews shortly before the access token ends ([`Provider::early`](super::Provider::early)) and when the network
/// calls a token expired: once for all tasks, and one at a time for all processes that share the store. New tokens are
/// stored before they are used.
#[derive(Clone)]
pub struct Keeper {
    inner: Arc<Inner>,
}

struct Inner {
    oauth: OAuth,
    store: Arc<dyn KeyValue>,
    key: String,
    /// From the configuration; what the store holds wins over it.
    given: Option<Session>,
    tokens: Arc<TokenKeeper<Session>>,
    told: Mutex<Told>,
}

/// What renewals came to, so that nobody asks in vain.
#[derive(Default)]
struct Told {
    /// The refresh token that the network refused: it is not sent again.
    refused: Option<(Secret, Error)>,
    /// Until when early renewal rests.
    rests: Option<Timestamp>,
}

impl Keeper {
    /// Keeps a login in a store under a key of the account's. Programs that share an account share both. `given` is
    /// used until the store holds a login.
    pub fn new(
        oauth: OAuth,
        store: Arc<dyn KeyValue>,
        key: impl Into<String>,
        given: Option<Session>,
    ) -> Self {
        let key = key.into();
        let (clock, patience) = (
            Arc::clone(oauth.client().clock()),
            oauth.client().max_wait(),
        );
        Self {
            inner: Arc::new(Inner {
                tokens: TokenKeeper::leased(Arc::clone(&store), key.clone(), clock, patience),
                oauth,
                store,
                key,
                given,
                told: Mutex::default(),
            }),
        }
    }

    /// What it logs in with.
    pub fn oauth(&self) -> &OAuth {
        &self.inner.oauth
    }

    /// The key that the store holds it under.
    pub fn key(&self) -> &str {
        &self.inner.key
    }

    /// The login in use; before the first call the one that was given. No I/O.
    pub fn peek(&self) -> Option<Session> {
        let held = self.inner.tokens.peek();
        held.map(|held| held.tokens.clone())
            .or_else(|| self.inner.given.clone())
    }

    /// Begins a login at the provider's redirect address, and stores what its end needs beside the tokens.
    ///
    /// # Errors
    /// As [`OAuth::begin`], and those of the [store](crate::store).
    pub async fn begin(&self) -> Result<Begun> {
        self.begun(self.oauth().begin()?).await
    }

    /// Begins a login whose browser is sent to this address.
    ///
    /// # Errors
    /// As [`OAuth::begin_at`], and those of the [store](crate::store).
    pub async fn begin_at(&self, redirect_uri: &str) -> Result<Begun> {
        self.begun(self.oauth().begin_at(redirect_uri)?).await
    }

    async fn begun(&self, begun: Begun) -> Result<Begun> {
        let text = serde_json::to_string(&begun.pending)
            .map_err(|e| Error::config(format!("the login cannot be written as JSON: {e}")))?;
        let (store, key) = (&self.inner.store, self.pending_key());
        for _ in 0..MOST_WRITES {
            let there = store.get(&key).await?.map(|there| there.version);
            if store.put(&key, &text, there).await?.is_some() {
                return Ok(begun);
            }
        }
        Err(self.named(Error::new(
            ErrorKind::Conflict,
            "several logins of this account are begun at once: finish one of them, then begin again",
        )))
    }

    /// Finishes the login that was begun last, by this or another run of the program, and puts it in place of whatever
    /// there was.
    ///
    /// # Errors
    /// As [`OAuth::finish`]; `Unauthorized` where none was begun; those of the [store](crate::store). After an
    /// `Invalid` the login can still be finished.
    pub async fn finish(&self, answer: &str) -> Result<Arc<Held<Session>>> {
        let key = self.pending_key();
        let Some(stored) = self.inner.store.get(&key).await? else {
            return Err(self.named(Error::new(
                ErrorKind::Unauthorized,
                "no login was begun here, or it is finished already: begin one",
            )));
        };
        let pending: Pending = serde_json::from_slice(stored.value.as_bytes()).map_err(|_| {
            self.named(Error::config(
                "the login that was begun is not in a form that this program writes: begin one anew",
            ))
        })?;
        match self.oauth().finish(&pending, answer).await {
            Ok(session) => {
                let held = self.keep(session).await?;
                self.inner.store.remove(&key).await?;
                Ok(held)
            }
            Err(error) => {
                // Its code is of no use any more, or there will be none.
                if *error.kind() == ErrorKind::Unauthorized {
                    self.inner.store.remove(&key).await?;
                }
                Err(error)
            }
        }
    }

    /// Puts a login that was finished elsewhere in place of whatever there was.
    ///
    /// # Errors
    /// Those of the [store](crate::store).
    pub async fn keep(&self, session: Session) -> Result<Arc<Held<Session>>> {
        let held = self.inner.tokens.replace(session).await;
        held.map_err(|error| self.named(error))
    }

    /// Forgets the login, here and in the store.
    ///
    /// # Errors
    /// Those of the [store](crate::store).
    pub async fn forget(&self) -> Result<()> {
        self.inner.store.remove(&self.pending_key()).await?;
        self.inner.tokens.forget().await
    }

    /// The login to use, renewed where its token is about to end.
    ///
    /// # Errors
    /// `Unauthorized` where nobody has logged in yet, or where the login cannot be renewed any more: a person has to log
    /// in again. What a renewal came to where the old token has ended.
    pub async fn fresh(&self) -> Result<Arc<Held<Session>>> {
        let held = match self.inner.tokens.peek() {
            Some(held) => held,
            None => self.first().await?,
        };
        let session = &held.tokens;
        let provider = self.oauth().provider();
        let now = self.oauth().client().clock().now();
        if !session.is_due(now, provider.early) {
            return Ok(held);
        }
        let ended = session.has_ended(now);
        let rests = self.told().rests.is_some_and(|until| now < until);
        if !ended && (rests || session.refresh_token.is_none()) {
            return Ok(held);
        }
        match self.renewed(held.login).await {
            // The old token still holds for a moment: a passing trouble must not cost this call.
            Err(error) if !ended && passes(&error) => {
                self.told().rests = Some(after(now, REST));
                Ok(held)
            }
            outcome => outcome,
        }
    }

    async fn first(&self) -> Result<Arc<Held<Session>>> {
        let nobody = |network: &str| {
            Error::new(
                ErrorKind::Unauthorized,
                format!(
                    "nobody has logged in to {network} here yet: log in first (the console: login --as ACCOUNT)"
                ),
            )
            .with_network(network)
        };
        let given = self.inner.given.clone();
        let network = self.oauth().provider().network.clone();
        if given.is_none() && self.inner.store.get(&self.inner.key).await?.is_none() {
            return Err(nobody(&network));
        }
        let login = move || async move { given.ok_or_else(|| nobody(&network)) };
        let held = self.inner.tokens.current(login).await;
        held.map_err(|error| self.named(error))
    }

    async fn renewed(&self, stale: Login) -> Result<Arc<Held<Session>>> {
        // What nobody replaced since it was refused is not even queued for.
        if self.told().refused.is_some()
            && let Some(stored) = self.inner.store.get(&self.inner.key).await?
            && let Ok(stored) = serde_json::from_slice::<Session>(stored.value.as_bytes())
            && let Some(error) = self.refused(&stored)
        {
            return Err(error);
        }
        let this = self.clone();
        let renew = move |old: Session| async move {
            if let Some(error) = this.refused(&old) {
                return Err(error);
            }
            let outcome = this.oauth().refresh(&old).await;
            if let (Err(error), Some(token)) = (&outcome, old.refresh_token)
                && *error.kind() == ErrorKind::Unauthorized
            {
                this.told().refused = Some((token, error.clone()));
            }
            outcome
        };
        let held = self.inner.tokens.renew(stale, renew).await;
        held.map_err(|error| self.named(error))
    }

    /// The refusal that this session's refresh token met with before.
    fn refused(&self, session: &Session) -> Option<Error> {
        let told = self.told();
        let (token, error) = told.refused.as_ref()?;
        (Some(token) == session.refresh_token.as_ref()).then(|| error.clone())
    }

    /// Adds `Authorization: Bearer …` to a call, and answers which login it is of: what a
    /// [`Dialect`](crate::client::Dialect) is asked for.
    ///
    /// # Errors
    /// As [`fresh`](Self::fresh).
    pub async fn authorise(&self, headers: &mut HeaderMap) -> Result<Login> {
        let held = self.fresh().await?;
        let bearer = held.tokens.bearer().map_err(|error| self.named(error))?;
        headers.insert(header::AUTHORIZATION, bearer);
        Ok(held.login)
    }

    /// Gets new tokens in place of a login that the network called expired: what a
    /// [`Dialect`](crate::client::Dialect) is asked for.
    ///
    /// # Errors
    /// `Unauthorized` where a person has to log in again, and what else a renewal comes to.
    pub async fn renew(&self, stale: Login) -> Result<()> {
        self.renewed(stale).await.map(|_| ())
    }

    fn pending_key(&self) -> String {
        format!("{} login", self.inner.key)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        (self.inner.told.lock()).unwrap_or_else(PoisonError::into_inner)
    }

    fn named(&self, error: Error) -> Error {
        match error.network() {
            Some(_) => error,
            None => error.with_network(&self.oauth().provider().network),
        }
    }
}

/// Whether another try may go well without anybody doing something.
fn passes(error: &Error) -> bool {
    !matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Config)
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("oauth", &self.inner.oauth)
            .field("key", &self.inner.key)
            .finish_non_exhaustive()
    }
}
