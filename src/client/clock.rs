//! Time: the only place that reads it.

use std::{
    fmt,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::{Duration, SystemTime},
};

use futures_util::task::AtomicWaker;
use jiff::Timestamp;

use crate::shared::table::Table;

/// What gives the time, and waits for it.
///
/// Nothing else in the crate reads time, so that a test which sets the clock controls every wait.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time of the wall clock.
    fn now(&self) -> Timestamp;

    /// Waits until [`now`](Clock::now) is `time` or later, never less.
    fn sleep_until<'a>(&'a self, time: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

/// The moment `wait` after `time`, or the last one that there is.
pub(crate) fn after(time: Timestamp, wait: Duration) -> Timestamp {
    const SECOND: i32 = 1_000_000_000;
    // Asked many times a call: without the arithmetic of lengths of time, and the errors that it makes.
    let mut seconds = time.as_second().saturating_add_unsigned(wait.as_secs());
    let mut nanos = time.subsec_nanosecond() + wait.subsec_nanos().cast_signed();
    if nanos >= SECOND {
        nanos -= SECOND;
        seconds = seconds.saturating_add(1);
    }
    Timestamp::new(seconds, nanos).unwrap_or(Timestamp::MAX)
}

/// How long it is from `from` to `to`: zero when `to` is past.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> Duration {
    let span = to.duration_since(from);
    if span.is_negative() {
        return Duration::ZERO;
    }
    span.unsigned_abs()
}

/// What the machine's clock shows; one that is set before 1970 is not set.
fn wall_clock() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let since_1970 = since_1970.unwrap_or_default();
    let seconds = i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX);
    // Asked several times a call: without the arithmetic of lengths of time.
    Timestamp::new(seconds, since_1970.subsec_nanos().cast_signed()).unwrap_or(Timestamp::MAX)
}

/// The machine's clock, over tokio's timer.
///
/// Sleeping needs a tokio runtime whose time is enabled and not paused (tokio panics without the first; a paused timer
/// runs out at once while the wall clock stands, so that the sleeper only spins: use [`SetClock`] in tests).
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

/// A sleep looks at the wall clock at least this often, because that clock can be set, and the timer stands still while
/// a machine is suspended.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl SystemClock {
    /// The machine's clock.
    pub const fn new() -> Self {
        Self
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        wall_clock()
    }

    fn sleep_until<'a>(&'a self, time: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            loop {
                let left = between(wall_clock(), time);
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LOOK_AGAIN)).await;
            }
        })
    }
}

/// A clock that stands still until it is told to move; clones show the same time.
///
/// [`drive`](SetClock::drive) moves it by itself, from one sleeper's deadline to the next, so that simulated days cost
/// nothing.
#[derive(Clone)]
pub struct SetClock {
    shared: Arc<Shared>,
    grace: Duration,
}

struct Shared {
    state: Mutex<State>,
}

struct State {
    now: Timestamp,
    /// By deadline, then by arrival.
    sleepers: Table<(Timestamp, u64), Waker>,
    /// Counts what happens to sleepers; also their arrival numbers.
    events: u64,
    holds: usize,
    /// Drivers that found nothing to do and wait for a sleeper.
    drivers: Vec<Waker>,
}

impl State {
    /// Takes out whoever need not sleep any longer, in the order of the deadlines.
    fn due(&mut self) -> Vec<Waker> {
        let mut due = Vec::new();
        // Arrivals count up from 0, so that this is behind all who wake now or before.
        let ended = self.sleepers.take_below(&(self.now, u64::MAX));
        due.extend(ended.into_iter().map(|(_, waker)| waker));
        self.events += 1;
        due
    }
}

/// How often [`SetClock::drive`] gives way, without anything happening, before it takes the program to be idle.
const QUIET_ROUNDS: u32 = 64;

impl SetClock {
    /// A clock that shows `time`.
    pub fn at(time: Timestamp) -> Self {
        let state = State {
            now: time,
            sleepers: Table::default(),
            events: 0,
            holds: 0,
            drivers: Vec::new(),
        };
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(state),
            }),
            grace: Duration::ZERO,
        }
    }

    /// Makes [`drive`](SetClock::drive) on this clone wait so long in real time before each jump.
    ///
    /// For work that the runtime's tasks do not show: files, sockets, other threads. Zero unless set.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Moves the clock on.
    ///
    /// All whose deadline is reached are woken, in the order of the deadlines; they run when their tasks are polled, and
    /// then all see the new time. To stop at each deadline on the way use [`drive`](SetClock::drive).
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        state.now = after(state.now, by);
        Self::wake(state);
    }

    /// Sets the clock, forwards or backwards.
    pub fn set(&self, time: Timestamp) {
        let mut state = self.lock();
        state.now = time;
        Self::wake(state);
    }

    /// When the next sleeper wakes; `None` when nobody sleeps.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let state = self.lock();
        state.sleepers.first().map(|((time, _), _)| *time)
    }

    /// Keeps [`drive`](SetClock::drive) from moving the clock while the guard lives.
    pub fn hold(&self) -> Hold {
        self.lock().holds += 1;
        Hold {
            clock: self.clone(),
        }
    }

    /// Runs `future`, and jumps to the earliest sleeper's deadline whenever nothing else can happen.
    ///
    /// Nothing else can happen when `future` is pending, was not woken, and no sleep began or ended during 64 turns given
    /// to the other tasks of the runtime. On a `current_thread` runtime a turn lets the tasks that are ready run (tokio: up
    /// to 61 of them), so that sleeps in spawned tasks count like those in `future` itself, and tasks may
    /// take some 3,900 steps without touching the clock before it would jump too early. Work outside the runtime's tasks (files,
    /// sockets, other threads) is not seen: [`hold`](SetClock::hold) the clock meanwhile or give it a
    /// [grace](SetClock::with_grace). When nobody sleeps, it waits to be woken like any future.
    pub async fn drive<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(Arc::clone(&flag));
        loop {
            let polled = poll_fn(|cx| {
                flag.outer.register(cx.waker());
                flag.woken.swap(false, Ordering::AcqRel);
                Poll::Ready(future.as_mut().poll(&mut Context::from_waker(&waker)))
            })
            .await;
            if let Poll::Ready(output) = polled {
                return output;
            }
            let Some(events) = self.quiet(&flag).await else {
                continue;
            };
            if !self.grace.is_zero() {
                tokio::time::sleep(self.grace).await;
            }
            if flag.is_woken() || self.jump(events) {
                continue;
            }
            poll_fn(|cx| {
                flag.outer.register(cx.waker());
                if flag.is_woken() {
                    return Poll::Ready(());
                }
                self.wait_for_change(events, cx)
            })
            .await;
        }
    }

    /// Gives way until nothing happens any more, and tells the count of events then; `None` when the driven future was
    /// woken.
    async fn quiet(&self, flag: &Flag) -> Option<u64> {
        let mut events = self.lock().events;
        let mut rounds = 0;
        while rounds < QUIET_ROUNDS {
            give_way().await;
            if flag.is_woken() {
                return None;
            }
            let seen = self.lock().events;
            rounds = if seen == events { rounds + 1 } else { 0 };
            events = seen;
        }
        Some(events)
    }

    /// Goes to the earliest deadline. False when it may not, or when there is none.
    fn jump(&self, events: u64) -> bool {
        let mut state = self.lock();
        if state.events != events {
            return true;
        }
        let Some(((time, _), _)) = state.sleepers.first() else {
            return false;
        };
        if state.holds > 0 {
            return false;
        }
        state.now = state.now.max(*time);
        Self::wake(state);
        true
    }

    /// Pending until something has happened since `events`.
    fn wait_for_change(&self, events: u64, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.events != events {
            return Poll::Ready(());
        }
        if !state
            .drivers
            .iter()
            .any(|known| known.will_wake(cx.waker()))
        {
            state.drivers.push(cx.waker().clone());
        }
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever is due, and the drivers, after the lock is given back: a waker may run code that reads the clock.
    fn wake(mut state: MutexGuard<'_, State>) {
        let due = state.due();
        let drivers = std::mem::take(&mut state.drivers);
        drop(state);
        due.into_iter().chain(drivers).for_each(Waker::wake);
    }
}

impl fmt::Debug for SetClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("SetClock")
            .field("now", &state.now)
            .field("sleepers", &state.sleepers.len())
            .finish_non_exhaustive()
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn sleep_until<'a>(&'a self, time: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(Sleep {
            clock: self,
            time,
            arrival: None,
        })
    }
}

/// Keeps a [`SetClock`] from being moved by [`SetClock::drive`] until it is dropped.
///
/// It belongs around work that the driver cannot see. `advance` and `set` move the clock all the same.
#[must_use]
#[derive(Debug)]
pub struct Hold {
    clock: SetClock,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut state = self.clock.lock();
        state.holds = state.holds.saturating_sub(1);
        SetClock::wake(state);
    }
}

struct Sleep<'a> {
    clock: &'a SetClock,
    time: Timestamp,
    arrival: Option<u64>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.lock();
        if state.now >= self.time {
            // A driver must see that many who were woken at once are still getting their turns.
            state.events += 1;
            return Poll::Ready(());
        }
        let arrival = self.arrival.unwrap_or(state.events);
        let before = state
            .sleepers
            .insert((self.time, arrival), cx.waker().clone());
        let mut drivers = Vec::new();
        if before.is_none() {
            state.events += 1;
            drivers = std::mem::take(&mut state.drivers);
        }
        drop(state);
        self.arrival = Some(arrival);
        drivers.into_iter().for_each(Waker::wake);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        let Some(arrival) = self.arrival else { return };
        let mut state = self.clock.lock();
        let removed = state.sleepers.remove(&(self.time, arrival));
        if removed.is_some() {
            state.events += 1;
        }
        // A waker's own drop may run foreign code, which must not find the clock locked.
        drop(state);
        drop(removed);
    }
}

/// Remembers that a driven future was woken, and passes it on.
#[derive(Default)]
struct Flag {
    woken: AtomicBool,
    outer: AtomicWaker,
}

impl Flag {
    fn is_woken(&self) -> bool {
        self.woken.load(Ordering::Acquire)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.outer.wake();
    }
}

/// Lets the other tasks of the runtime run: goes to the end of the queue.
fn give_way() -> impl Future<Output = ()> {
    let mut given = false;
    poll_fn(move |cx| {
        if given {
            return Poll::Ready(());
        }
        given = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_leads_where_the_calendar_says_on_both_sides_of_1970_and_never_past_the_end() {
        let times = [
            Timestamp::MIN,
            Timestamp::new(-2, -999_999_999).unwrap(),
            Timestamp::new(-1, -500_000_000).unwrap(),
            Timestamp::new(0, -1).unwrap(),
            Timestamp::UNIX_EPOCH,
            Timestamp::new(0, 999_999_999).unwrap(),
            Timestamp::new(1_795_000_000, 500_000_000).unwrap(),
            Timestamp::MAX,
        ];
        let waits = [
            Duration::ZERO,
            Duration::from_nanos(1),
            Duration::from_millis(500),
            Duration::new(1, 999_999_999),
            Duration::new(2, 200_000_000),
            Duration::from_secs(1_000_000_000_000),
            Duration::MAX,
        ];
        for time in times {
            for wait in waits {
                let then = after(time, wait);
                let told = time.checked_add(wait).unwrap_or(Timestamp::MAX);
                assert_eq!(then, told, "{time} + {wait:?}");
                let passed = if told < Timestamp::MAX {
                    wait
                } else {
                    between(time, told)
                };
                assert_eq!(between(time, then), passed, "{time} + {wait:?}");
            }
        }
        assert_eq!(between(Timestamp::MAX, Timestamp::MIN), Duration::ZERO);
    }
}
