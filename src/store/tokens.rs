use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{KeyValue, Versioned};
use crate::error::Result;

/// Values in memory that are never listed: where a client keeps tokens for accounts that name no store.
///
/// It is in every program, so it holds nothing but what tokens need; what lists and queues is [`MemoryStore`](super::MemoryStore).
#[derive(Default)]
pub(crate) struct TokensInMemory(Mutex<Values>);

#[derive(Default)]
struct Values {
    by_key: HashMap<String, Versioned>,
    /// How many writes there were, of all keys: so no version comes twice, removed values included.
    writes: u64,
}

impl TokensInMemory {
    fn lock(&self) -> MutexGuard<'_, Values> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for TokensInMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokensInMemory").finish_non_exhaustive()
    }
}

#[async_trait]
impl KeyValue for TokensInMemory {
    async fn get(&self, key: &str) -> Result<Option<Versioned>> {
        Ok(self.lock().by_key.get(key).cloned())
    }

    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>> {
        let mut values = self.lock();
        if values.by_key.get(key).map(|v| v.version) != expected {
            return Ok(None);
        }
        values.writes += 1;
        let version = values.writes;
        let value = Versioned::new(value, version);
        values.by_key.insert(key.to_owned(), value);
        Ok(Some(version))
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.lock().by_key.remove(key);
        Ok(())
    }
}
