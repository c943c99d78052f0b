use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{KeyValue, Versioned};
use crate::error::Result;

/// Values under keys, and how often was written.
#[derive(Default)]
pub(super) struct Kept {
    by_key: HashMap<String, Versioned>,
    /// How many writes there were, of all keys: so no version comes twice, removed values included.
    writes: u64,
}

impl Kept {
    /// The version of another write.
    pub(super) fn next(&mut self) -> u64 {
        self.writes += 1;
        self.writes
    }

    pub(super) fn get(&self, key: &str) -> Option<&Versioned> {
        self.by_key.get(key)
    }

    /// Writes if the key stands at `expected`, and tells the new version.
    pub(super) fn put(&mut self, key: &str, value: &str, expected: Option<u64>) -> Option<u64> {
        if self.get(key).map(|kept| kept.version) != expected {
            return None;
        }
        let version = self.next();
        let value = Versioned::new(value, version);
        self.by_key.insert(key.to_owned(), value);
        Some(version)
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.by_key.remove(key);
    }
}

/// Values in memory that are never listed: where a client keeps tokens for accounts that name no store.
///
/// It is in every program, so it holds nothing but what tokens need; what lists and queues is [`MemoryStore`](super::MemoryStore).
#[derive(Default)]
pub(crate) struct TokensInMemory(Mutex<Kept>);

impl TokensInMemory {
    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
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
        Ok(self.with(|kept| kept.get(key).cloned()))
    }

    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>> {
        Ok(self.with(|kept| kept.put(key, value, expected)))
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.with(|kept| kept.remove(key));
        Ok(())
    }
}
