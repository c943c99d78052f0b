//! How contests are kept: small values, each written only if nobody else wrote in between.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::store::KeyValue;

/// The version of what this program writes. One that is newer is refused, since to write it back would lose what this
/// version does not know.
const FORMAT: u32 = 1;

/// How often a write is tried anew that others were faster with, before it is given up.
const TRIES: u32 = 200;

/// How many values are read at once.
const BATCH: u32 = 1000;

/// The values of contests in a store.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    store: Arc<dyn KeyValue>,
}

/// A value with its version beside it.
#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    v: u32,
    is: T,
}

#[derive(Deserialize)]
struct Seal {
    v: u32,
}

fn torn(key: &str, why: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!(
            "the contests' value `{key}` cannot be read ({why}): it was changed by hand or cut off; restore it from a copy of the store"
        ),
    )
}

fn crowded(key: &str) -> Error {
    let what =
        format!("the contests' value `{key}` is changed by others all the time: try again later");
    Error::new(ErrorKind::Conflict, what).with_retry(crate::Retry::Later)
}

fn read<T: DeserializeOwned>(key: &str, text: &str) -> Result<T> {
    let seal: Seal = serde_json::from_str(text).map_err(|e| torn(key, e))?;
    if seal.v > FORMAT {
        return Err(Error::config(format!(
            "the contests' value `{key}` is of format {}, and this version reads up to {FORMAT}: update this program",
            seal.v
        )));
    }
    let sealed: Sealed<T> = serde_json::from_str(text).map_err(|e| torn(key, e))?;
    Ok(sealed.is)
}

fn write<T: Serialize>(value: &T) -> Result<String> {
    let sealed = Sealed {
        v: FORMAT,
        is: value,
    };
    serde_json::to_string(&sealed)
        .map_err(|e| Error::config(format!("the contests cannot write their state: {e}")))
}

impl Keeper {
    pub(super) fn new(store: Arc<dyn KeyValue>) -> Self {
        Self { store }
    }

    /// A value, and at which write it stands.
    pub(super) async fn value<T: DeserializeOwned>(&self, key: &str) -> Result<Option<(T, u64)>> {
        let Some(kept) = self.store.get(key).await? else {
            return Ok(None);
        };
        Ok(Some((read(key, &kept.value)?, kept.version)))
    }

    /// Writes a value, if nobody else did.
    pub(super) async fn set<T: Serialize>(
        &self,
        key: &str,
        value: &T,
        expected: Option<u64>,
    ) -> Result<bool> {
        let text = write(value)?;
        Ok(self.store.put(key, &text, expected).await?.is_some())
    }

    /// Writes a value that is named by what it holds: whoever was faster has written the same.
    pub(super) async fn put<T: Serialize>(&self, key: &str, value: &T) -> Result<()> {
        self.set(key, value, None).await?;
        Ok(())
    }

    /// Changes a value until nobody else is faster; what `work` refuses to change is left as it is, and so is what it
    /// leaves the same.
    pub(super) async fn update<T, R>(
        &self,
        key: &str,
        mut work: impl FnMut(&mut T) -> Result<Option<R>>,
    ) -> Result<Option<R>>
    where
        T: Serialize + DeserializeOwned + Default + Clone + PartialEq,
    {
        for _ in 0..TRIES {
            let (mut value, expected) = match self.value::<T>(key).await? {
                Some((value, version)) => (value, Some(version)),
                None => (T::default(), None),
            };
            let before = value.clone();
            let Some(done) = work(&mut value)? else {
                return Ok(None);
            };
            if (expected.is_some() && value == before) || self.set(key, &value, expected).await? {
                return Ok(Some(done));
            }
        }
        Err(crowded(key))
    }

    /// Changes a value that is there; `None` where it is not.
    pub(super) async fn change<T, R>(
        &self,
        key: &str,
        mut work: impl FnMut(&mut T) -> Result<R>,
    ) -> Result<Option<(T, R)>>
    where
        T: Serialize + DeserializeOwned + Clone + PartialEq,
    {
        for _ in 0..TRIES {
            let Some((mut value, version)) = self.value::<T>(key).await? else {
                return Ok(None);
            };
            let before = value.clone();
            let done = work(&mut value)?;
            if value == before || self.set(key, &value, Some(version)).await? {
                return Ok(Some((value, done)));
            }
        }
        Err(crowded(key))
    }

    /// A page of values whose keys begin with a prefix, after a key: the last key where there may be more.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<(Vec<(T, u64)>, Option<String>)> {
        let page = self.store.list(prefix, after, BATCH).await?;
        let full = page.len() >= BATCH as usize;
        let last = page.last().filter(|_| full).map(|(key, _)| key.clone());
        let mut values = Vec::with_capacity(page.len());
        for (key, kept) in &page {
            values.push((read(key, &kept.value)?, kept.version));
        }
        Ok((values, last))
    }

    /// Takes all values away whose keys begin with a prefix.
    pub(super) async fn clear(&self, prefix: &str) -> Result<()> {
        loop {
            let page = self.store.list(prefix, None, BATCH).await?;
            for (key, _) in &page {
                self.store.remove(key).await?;
            }
            if page.len() < BATCH as usize {
                return Ok(());
            }
        }
    }

    pub(super) async fn remove(&self, key: &str) -> Result<()> {
        self.store.remove(key).await
    }
}
