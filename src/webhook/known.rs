//! Which events were taken before: a network repeats a delivery whose answer it did not get.

use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use siphasher::sip::SipHasher13;

use crate::error::{Error, ErrorKind, Result};
use crate::shared::seen::Seen;
use crate::store::KeyValue;

/// Over how many keys of a store the ids are spread.
const SLOTS: u64 = 256;
/// How often a value is written anew where others write it at the same time.
const TRIES: u32 = 8;

/// The ids of the last events, in memory and, where there is one, in a store.
pub(super) struct Known {
    seen: Seen,
    kept: Option<Kept>,
}

impl Known {
    pub(super) fn new(
        room: usize,
        keep: Duration,
        store: Option<(Arc<dyn KeyValue>, String)>,
    ) -> Self {
        let kept = store.map(|(store, name)| Kept {
            store,
            name,
            keep,
            // Ids do not spread evenly.
            most: (room / SLOTS as usize).max(4).saturating_mul(2),
        });
        Self {
            seen: Seen::new(room).keeping(keep),
            kept,
        }
    }

    /// Whether an event was taken before.
    pub(super) async fn knows(&self, id: &str, now: Timestamp) -> Result<bool> {
        if self.seen.knows(id) {
            return Ok(true);
        }
        match &self.kept {
            Some(kept) => kept.knows(id, now).await,
            None => Ok(false),
        }
    }

    /// Notes that an event is taken.
    pub(super) async fn note(&mut self, id: &str, now: Timestamp) -> Result<()> {
        self.seen.note(id, Some(now));
        match &self.kept {
            Some(kept) => kept.note(id, now).await,
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known")
            .field("seen", &self.seen)
            .field("stored", &self.kept.is_some())
            .finish()
    }
}

/// The ids in a store. A store lists no keys, so that old ones could not be found again under keys of their own: each id
/// has a slot, and a slot is tidied up when it is written.
struct Kept {
    store: Arc<dyn KeyValue>,
    name: String,
    keep: Duration,
    /// How many ids a slot holds at most.
    most: usize,
}

/// What stands in a slot: seconds since 1970 and the id, oldest first.
type Slot = Vec<(i64, String)>;

impl Kept {
    fn key(&self, id: &str) -> String {
        // The same in every process.
        let mut hasher = SipHasher13::new();
        hasher.write(id.as_bytes());
        format!("webhook/{}/{}", self.name, hasher.finish() % SLOTS)
    }

    async fn read(&self, key: &str, now: Timestamp) -> Result<(Slot, Option<u64>)> {
        let Some(kept) = self.store.get(key).await? else {
            return Ok((Slot::new(), None));
        };
        let mut slot: Slot = serde_json::from_str(&kept.value).map_err(|_| {
            let message =
                format!("the store's value under `{key}` is not what is written there: remove it");
            Error::config(message)
        })?;
        let keep = i64::try_from(self.keep.as_secs()).unwrap_or(i64::MAX);
        let oldest = now.as_second().saturating_sub(keep);
        slot.retain(|(at, _)| *at >= oldest);
        Ok((slot, Some(kept.version)))
    }

    async fn knows(&self, id: &str, now: Timestamp) -> Result<bool> {
        let (slot, _) = self.read(&self.key(id), now).await?;
        Ok(slot.iter().any(|(_, known)| known == id))
    }

    async fn note(&self, id: &str, now: Timestamp) -> Result<()> {
        let key = self.key(id);
        for _ in 0..TRIES {
            let (mut slot, version) = self.read(&key, now).await?;
            if slot.iter().any(|(_, known)| known == id) {
                return Ok(());
            }
            slot.push((now.as_second(), id.to_owned()));
            let over = slot.len().saturating_sub(self.most);
            slot.drain(..over);
            let value = serde_json::to_string(&slot)
                .map_err(|e| Error::config(format!("ids cannot be written as JSON: {e}")))?;
            if self.store.put(&key, &value, version).await?.is_some() {
                return Ok(());
            }
        }
        let message =
            format!("others write `{key}` all the time: give this receiver a name of its own");
        Err(Error::new(ErrorKind::Unavailable, message))
    }
}
