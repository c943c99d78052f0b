use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{KeyValue, Versioned};
use crate::error::Result;

/// Values in memory: gone when the program ends.
#[derive(Default)]
pub struct MemoryStore(Mutex<HashMap<String, Versioned>>);

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
            .get(key)
            .cloned())
    }

    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let current = values.get(key).map(|v| v.version);
        if current != expected {
            return Ok(None);
        }
        let version = current.unwrap_or_default() + 1;
        values.insert(key.to_owned(), Versioned::new(value, version));
        Ok(Some(version))
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
        Ok(())
    }
}
