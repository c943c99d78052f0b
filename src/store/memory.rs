use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{KeyValue, Versioned};
use crate::error::Result;

/// Values in memory: gone when the program ends.
#[derive(Default)]
pub struct MemoryStore(Mutex<Values>);

#[derive(Default)]
struct Values {
    by_key: HashMap<String, Versioned>,
    /// How many writes there were, of all keys: so no version comes twice, removed values included.
    writes: u64,
}

impl MemoryStore {
    /// Holds nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl KeyValue for MemoryStore {
    async fn get(&self, key: &str) -> Result<Option<Versioned>> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .by_key
            .get(key)
            .cloned())
    }

    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .by_key
            .remove(key);
        Ok(())
    }
}
