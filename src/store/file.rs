use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::fault::{unusable, unwritten};
use super::memory::{from, listed};
use super::{KeyValue, Versioned};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::shared::disk::{lock_file, on_disk, replace};

/// Values in one JSON file, for what is small and must not be lost: tokens, cursors.
///
/// A write makes a new file beside the old one, readable by its owner alone, brings it to the disk and puts it in the
/// old one's place, so that a crash leaves either the old values or the new. Several processes may share the file:
/// a lock file beside it, `NAME.lock`, is held for the time of each write.
///
/// Its errors are `Config` where the path, its rights or what stands in the file is wrong; `Unavailable` for what may
/// pass, such as a full disk, with nothing written; and `Unconfirmed` where the disk itself fails in a write.
#[derive(Clone, Debug)]
pub struct FileStore {
    path: PathBuf,
}

/// What stands in the file.
#[derive(Default, Serialize, Deserialize)]
struct Values {
    /// How many writes there were, of all keys: so no version comes twice, removed values included.
    writes: u64,
    values: BTreeMap<String, Versioned>,
}

impl FileStore {
    /// Keeps its values in this file, which is made with the first write.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn lock(&self) -> io::Result<File> {
        let file = lock_file(&self.path, ".lock")?;
        file.lock()?;
        Ok(file)
    }

    fn read(&self) -> io::Result<Values> {
        let mut text = String::new();
        match File::open(&self.path) {
            Ok(mut file) => file.read_to_string(&mut text)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Values::default()),
            Err(e) => return Err(e),
        };
        if text.trim().is_empty() {
            return Ok(Values::default());
        }
        // The parser's own message may quote the file, which holds secrets.
        serde_json::from_str(&text).map_err(|e| {
            let what = format!("line {} is not what this program writes", e.line());
            io::Error::new(io::ErrorKind::InvalidData, what)
        })
    }

    fn write(&self, values: &Values) -> io::Result<()> {
        let text = serde_json::to_string_pretty(values).map_err(io::Error::other)?;
        replace(&self.path, &text)
    }

    async fn values(&self) -> Result<BTreeMap<String, Versioned>> {
        let store = self.clone();
        let read = on_disk(move || Ok(store.read()?.values)).await;
        read.map_err(|e| unusable(&self.path, &e))
    }

    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&FileStore) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.clone();
        let done = on_disk(move || {
            let _lock = store.lock()?;
            change(&store)
        });
        done.await.map_err(|e| unwritten(&self.path, &e))
    }
}

#[async_trait]
impl KeyValue for FileStore {
    async fn get(&self, key: &str) -> Result<Option<Versioned>> {
        Ok(self.values().await?.remove(key))
    }

    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.change(move |store| {
            let mut values = store.read()?;
            if values.values.get(&key).map(|v| v.version) != expected {
                return Ok(None);
            }
            values.writes += 1;
            let version = values.writes;
            let value = Versioned::new(value, version);
            values.values.insert(key, value);
            store.write(&values)?;
            Ok(Some(version))
        })
        .await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        let key = key.to_owned();
        self.change(move |store| {
            let mut values = store.read()?;
            if values.values.remove(&key).is_some() {
                store.write(&values)?;
            }
            Ok(())
        })
        .await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Versioned)>> {
        let values = self.values().await?;
        let values = values.range::<str, _>(from(prefix, after));
        Ok(listed(values, prefix, limit, |whole| whole))
    }
}
