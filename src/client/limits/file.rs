//! Limits in a file.
//!
//! What only they need is marked inline, here and with the saved forms, so that the programs compile it that keep one: of
//! what the library compiles itself, linkers keep the tables for panics in every program, used or not.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Budget, Charge, LimitStore, LimitStoreError, Limits, Permit, Reservation, Settled, Spending,
    Ticket,
};
use crate::error::{Error, Result};
use crate::shared::disk::{lock_file, on_disk, replace};

/// How long a reservation stands whose process does not settle it. Calls are over long before.
const LEASE: Duration = Duration::from_secs(3600);

/// Limits and spending in a file, for one process or several on one machine.
///
/// What is reserved is on the disk before the call is sent, so that no crash forgets money or a day's calls: what is not
/// settled when nobody uses the file any more, or after an hour, counts as spent. What answers tell is written right
/// after. Each call costs a few milliseconds of the disk, and all calls of all processes take turns there; a program
/// that makes hundreds a second keeps its limits elsewhere.
///
/// The file is replaced as a whole, so that a crash leaves either the old one or the new, and is readable by its owner
/// alone. No token stands in it. Beside it `NAME.lock` is locked for each step, and `NAME.users` for as long as somebody
/// uses it; the disk must be a local one. Clones share what they keep in memory.
#[derive(Clone)]
pub struct FileLimits(Arc<Inner>);

struct Inner {
    path: PathBuf,
    state: Mutex<State>,
    /// What was reserved by those who are gone: spent, from the first moment on that is known.
    orphans: Mutex<Vec<Permit>>,
    /// What became of calls and is not in the file yet.
    news: Mutex<Vec<News>>,
    /// Locked, as long as this process goes on, together with others.
    _users: File,
}

struct State {
    limits: Limits,
    /// How many writes there were when these limits were the file's; `None` where that is not known.
    writes: Option<u64>,
}

/// A step that only gives back or notes, and may be written later.
enum News {
    Left(Timestamp, Permit),
    Settled(Timestamp, Permit, Box<Settled>),
    Forgotten(Timestamp, Ticket),
}

/// The first line of the file; the limits stand in the second.
#[derive(Serialize, Deserialize)]
struct Head {
    /// The format.
    sociable_limits: u32,
    /// How many writes there were.
    writes: u64,
}

const FORMAT: u32 = 1;

impl News {
    #[inline]
    fn tell(&self, limits: &mut Limits) {
        match self {
            Self::Left(at, permit) => {
                limits.leave(*at, permit);
            }
            Self::Settled(at, permit, settled) => {
                limits.settle(*at, copy(permit), Settled::clone(settled));
            }
            Self::Forgotten(_, ticket) => limits.forget(*ticket),
        }
    }

    const fn at(&self) -> Timestamp {
        match self {
            Self::Left(at, _) | Self::Settled(at, ..) | Self::Forgotten(at, _) => *at,
        }
    }
}

/// Permits are not copied by those who use them, as each is settled once.
const fn copy(permit: &Permit) -> Permit {
    Permit {
        slot: permit.slot,
        serial: permit.serial,
    }
}

/// What becomes of a reservation for which somebody waits.
enum Fate {
    Waiting,
    Granted(Permit),
    /// Only a place in the queue.
    Held(Ticket),
    /// Nobody waits any more.
    Gone,
    /// It is with the one who waited.
    Taken,
}

/// Gives back what was reserved for somebody who went away meanwhile.
struct Caller<'a> {
    limits: &'a FileLimits,
    now: Timestamp,
    fate: Arc<Mutex<Fate>>,
}

impl Drop for Caller<'_> {
    #[inline]
    fn drop(&mut self) {
        let mut fate = self.fate.lock().unwrap_or_else(PoisonError::into_inner);
        let news = match std::mem::replace(&mut *fate, Fate::Gone) {
            Fate::Granted(permit) => News::Settled(self.now, permit, Box::new(Settled::NotSent)),
            Fate::Held(ticket) => News::Forgotten(self.now, ticket),
            Fate::Waiting | Fate::Gone | Fate::Taken => return,
        };
        self.limits.0.news().push(news);
    }
}

impl FileLimits {
    /// Keeps limits in this file, which is made with the first call.
    ///
    /// # Errors
    /// `Config` where the file cannot be read or made, or holds something else; it is left as it is then.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        Self::begin(&path).map_err(|e| {
            Error::config(format!(
                "the limits in {} cannot be used ({e}): check the path and its rights; a damaged file can be put aside, \
                 and what it counted is then forgotten",
                path.display()
            ))
        })
    }

    #[inline]
    fn begin(path: &Path) -> io::Result<Self> {
        let _turn = turn(path)?;
        let users = lock_file(path, ".users")?;
        let alone = users.try_lock().is_ok();
        let mut state = State {
            limits: Limits::new(),
            writes: None,
        };
        state.catch_up(path)?;
        let mut orphans = Vec::new();
        if alone {
            // Whoever had reserved something is gone.
            orphans = state.limits.open_permits();
            users.unlock()?;
        }
        // Nobody else tries meanwhile: it is our turn.
        users.lock_shared()?;
        Ok(Self(Arc::new(Inner {
            path: path.to_owned(),
            state: Mutex::new(state),
            orphans: Mutex::new(orphans),
            news: Mutex::default(),
            _users: users,
        })))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// One step, on a thread where waiting for the disk hinders nobody.
    async fn step<T: Send + 'static>(
        &self,
        now: Timestamp,
        step: impl FnOnce(&mut Limits) -> (T, bool) + Send + 'static,
    ) -> Result<T, LimitStoreError> {
        let here = self.clone();
        on_disk(move || here.0.step(now, step))
            .await
            .map_err(|e| self.0.unusable(e))
    }
}

/// Waits until no other process is at the file.
#[inline]
fn turn(path: &Path) -> io::Result<File> {
    let file = lock_file(path, ".lock")?;
    file.lock()?;
    Ok(file)
}

impl State {
    /// Reads the file where somebody else wrote it. Where it is gone, what is known here is written anew.
    #[inline]
    fn catch_up(&mut self, path: &Path) -> io::Result<bool> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(e) => return Err(e),
        };
        let mut file = BufReader::new(file);
        let mut text = String::new();
        file.read_line(&mut text)?;
        let head: Head = serde_json::from_str(&text).map_err(damaged)?;
        if head.sociable_limits != FORMAT {
            return Err(io::Error::other(format!(
                "it is of format {}, and this program reads format {FORMAT}",
                head.sociable_limits
            )));
        }
        if self.writes == Some(head.writes) {
            return Ok(false);
        }
        text.clear();
        file.read_to_string(&mut text)?;
        let limits: Limits = serde_json::from_str(&text).map_err(damaged)?;
        self.limits.go_on_with(limits);
        self.writes = Some(head.writes);
        Ok(true)
    }

    #[inline]
    fn write(&mut self, path: &Path) -> io::Result<()> {
        let writes = self.writes.unwrap_or_default() + 1;
        let head = serde_json::to_string(&Head {
            sociable_limits: FORMAT,
            writes,
        });
        let text = [head?, self.limits.written_whole()?].join("\n");
        // Until it is known to be there, it is not known what is.
        self.writes = None;
        replace(path, &text)?;
        self.writes = Some(writes);
        Ok(())
    }
}

#[inline]
fn damaged(error: serde_json::Error) -> io::Error {
    io::Error::other(format!("it is not what this program writes: {error}"))
}

impl Inner {
    /// Takes a turn at the file: brings the limits up to it, notes the news, takes the step, and writes where that or
    /// the news is to be kept.
    fn step<T>(
        &self,
        now: Timestamp,
        step: impl FnOnce(&mut Limits) -> (T, bool),
    ) -> io::Result<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let _turn = turn(&self.path)?;
        state.catch_up(&self.path)?;
        let orphans =
            std::mem::take(&mut *self.orphans.lock().unwrap_or_else(PoisonError::into_inner));
        for permit in orphans {
            if let Some(lost) = state.limits.lost(&permit) {
                self.news()
                    .push(News::Settled(now, permit, Box::new(lost.into())));
            }
        }
        let news = std::mem::take(&mut *self.news());
        for news in &news {
            news.tell(&mut state.limits);
        }
        state.limits.expire(now, LEASE);
        let (out, keep) = step(&mut state.limits);
        if (keep || !news.is_empty())
            && let Err(error) = state.write(&self.path)
        {
            // To be told again, to the limits that are read anew.
            self.news().splice(..0, news);
            return Err(error);
        }
        Ok(out)
    }

    #[inline]
    fn news(&self) -> MutexGuard<'_, Vec<News>> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn unusable(&self, error: io::Error) -> LimitStoreError {
        LimitStoreError::new(format!(
            "the limits in {} cannot be used: check the disk and the file's rights",
            self.path.display()
        ))
        .caused_by(error)
    }
}

/// What is not in the file yet is written when the last one goes; where that fails, what was reserved counts as spent.
impl Drop for Inner {
    #[inline]
    fn drop(&mut self) {
        let last = self.news().iter().map(News::at).max();
        if let Some(at) = last {
            let _ = self.step(at, |_| ((), false));
        }
    }
}

impl fmt::Debug for FileLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLimits")
            .field("path", &self.0.path)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl LimitStore for FileLimits {
    #[inline]
    async fn reserve(
        &self,
        now: Timestamp,
        charges: &[Charge],
        ticket: Option<Ticket>,
    ) -> Result<Reservation, LimitStoreError> {
        let caller = Caller {
            limits: self,
            now,
            fate: Arc::new(Mutex::new(Fate::Waiting)),
        };
        let (fate, charges) = (Arc::clone(&caller.fate), charges.to_vec());
        let reservation = self
            .step(now, move |limits| {
                let reservation = limits.reserve(now, &charges, ticket);
                let mut fate = fate.lock().unwrap_or_else(PoisonError::into_inner);
                let gone = matches!(*fate, Fate::Gone);
                let mut keep = false;
                match &reservation {
                    Reservation::Granted(permit) if gone => {
                        limits.settle(now, copy(permit), Settled::NotSent);
                    }
                    Reservation::Granted(permit) => {
                        *fate = Fate::Granted(copy(permit));
                        keep = true;
                    }
                    // Nobody would ever give the place back, and all who come later would stand behind it.
                    Reservation::NotBefore(held) if gone => limits.forget(held.ticket),
                    Reservation::NotBefore(held) => *fate = Fate::Held(held.ticket),
                    Reservation::Never(_) | Reservation::OverCap(_) => {}
                }
                drop(fate);
                (reservation, keep)
            })
            .await;
        let mut fate = caller.fate.lock().unwrap_or_else(PoisonError::into_inner);
        // Where the file could not be written, nobody learns of the place in the queue.
        if reservation.is_ok() || !matches!(*fate, Fate::Held(_)) {
            *fate = Fate::Taken;
        }
        drop(fate);
        reservation
    }

    #[inline]
    async fn leave(&self, now: Timestamp, permit: &Permit) -> Result<bool, LimitStoreError> {
        let known = copy(permit);
        let may = self
            .step(now, move |limits| (limits.leave(now, &known), false))
            .await?;
        if may {
            self.0.news().push(News::Left(now, copy(permit)));
        }
        Ok(may)
    }

    #[inline]
    async fn settle(
        &self,
        now: Timestamp,
        permit: Permit,
        settled: Settled,
    ) -> Result<Vec<Ticket>, LimitStoreError> {
        // Noted before anything is waited for: whoever asks from now on is told of it.
        self.0
            .news()
            .push(News::Settled(now, permit, Box::new(settled)));
        self.step(now, move |limits| (limits.ready(now), false))
            .await
    }

    #[inline]
    async fn forget(&self, now: Timestamp, ticket: Ticket) -> Result<Vec<Ticket>, LimitStoreError> {
        self.step(now, move |limits| {
            limits.forget(ticket);
            (limits.ready(now), false)
        })
        .await
    }

    #[inline]
    async fn budgets(&self, now: Timestamp) -> Result<Vec<Budget>, LimitStoreError> {
        self.step(now, move |limits| (limits.budgets(now), false))
            .await
    }

    #[inline]
    async fn spending(&self, now: Timestamp) -> Result<Spending, LimitStoreError> {
        self.step(now, |limits| (limits.spending(), false)).await
    }
}
