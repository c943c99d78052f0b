//! A clock that several processes share, and that goes faster than the machine's: a minute of waiting costs two seconds.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sociable::client::Clock;
use sociable::jiff::Timestamp;

/// How many times faster than the machine's clock it goes.
const PACE: u32 = 30;

/// The machine's clock, gone through faster since a moment.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct FastClock {
    /// The moment since which it goes faster, as the time since 1970.
    since: Duration,
}

fn machine() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
}

impl FastClock {
    pub(crate) fn start() -> Self {
        Self { since: machine() }
    }

    /// How long that takes by the machine's clock.
    fn really(by_this: Duration) -> Duration {
        by_this / PACE
    }
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let gone = machine().saturating_sub(self.since) * PACE;
        Timestamp::try_from(SystemTime::UNIX_EPOCH + self.since + gone).unwrap()
    }

    fn sleep_until<'a>(&'a self, time: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            loop {
                let left = time.duration_since(self.now());
                let Ok(left) = Duration::try_from(left) else {
                    return;
                };
                if left.is_zero() {
                    return;
                }
                // A timer counts whole milliseconds.
                let left = Self::really(left).max(Duration::from_millis(1));
                tokio::time::sleep(left).await;
            }
        })
    }
}
