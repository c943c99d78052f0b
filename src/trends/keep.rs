//! How the state is kept: pieces that are named by what they hold, and a head that says which of them make the state.
//!
//! A store's values stay small, only pieces that changed are written, and the head is written last, over the version that
//! was read: who was slower changes nothing, and who is cut off leaves the state as it was.

use std::collections::BTreeSet;
use std::hash::Hasher;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher13};

use crate::error::{Error, ErrorKind, Result};
use crate::store::KeyValue;

/// Begins every key of a watch.
const ROOT: &str = "trends/";
const HEAD: &str = "trends/state";
const PIECES: &str = "trends/piece/";
/// The version of what this program writes; a newer one is refused.
const FORMAT: u32 = 1;
/// How long a piece is at most, in bytes.
const PIECE: usize = 128 * 1024;
/// A piece that no state names is somebody's who was cut off, once it is so old.
const ORPHAN: SignedDuration = SignedDuration::from_hours(6);

/// Which pieces make the state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Head {
    v: u32,
    /// The sections, each with its pieces in order.
    sections: Vec<(String, Vec<String>)>,
}

/// A state as it was read: its sections by name, and at which write it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Read {
    pub(super) sections: Vec<(String, String)>,
    pub(super) version: Option<u64>,
}

/// The state in a store.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    store: Arc<dyn KeyValue>,
}

fn torn(key: &str, why: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!(
            "the trends' value `{key}` cannot be read ({why}): restore it from a copy of the store, or remove all keys that \
             begin with `{ROOT}` to begin anew"
        ),
    )
}

/// A hash of what a piece holds, as 32 hexadecimal digits.
fn print(piece: &str) -> String {
    let mut hasher = SipHasher13::new();
    hasher.write(piece.as_bytes());
    format!("{:032x}", hasher.finish128().as_u128())
}

/// A text in pieces, cut between letters.
fn cut(mut text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    while !text.is_empty() {
        let mut end = text.len().min(PIECE);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, rest) = text.split_at(end);
        pieces.push(piece);
        text = rest;
    }
    pieces
}

impl Keeper {
    pub(super) fn new(store: Arc<dyn KeyValue>) -> Self {
        Self { store }
    }

    /// At which write the state stands.
    pub(super) async fn version(&self) -> Result<Option<u64>> {
        let kept = self.store.get(HEAD).await?;
        Ok(kept.map(|kept| kept.version))
    }

    async fn head(&self) -> Result<Option<(Head, u64)>> {
        let key = HEAD;
        let Some(kept) = self.store.get(key).await? else {
            return Ok(None);
        };
        #[derive(Deserialize)]
        struct Seal {
            v: u32,
        }
        let seal: Seal = serde_json::from_str(&kept.value).map_err(|e| torn(key, e))?;
        if seal.v > FORMAT {
            return Err(Error::config(format!(
                "the trends' value `{key}` is of format {}, and this version reads up to {FORMAT}: update this program",
                seal.v
            )));
        }
        let head = serde_json::from_str(&kept.value).map_err(|e| torn(key, e))?;
        Ok(Some((head, kept.version)))
    }

    /// Reads the state.
    pub(super) async fn read(&self) -> Result<Read> {
        let mut last = None;
        loop {
            let Some((head, version)) = self.head().await? else {
                return Ok(Read::default());
            };
            match self.pieces(&head).await? {
                Ok(sections) => {
                    return Ok(Read {
                        sections,
                        version: Some(version),
                    });
                }
                // Somebody wrote a new state meanwhile, and took the old pieces away.
                Err(_) if last != Some(version) => last = Some(version),
                Err(key) => return Err(torn(&key, "it is missing")),
            }
        }
    }

    /// The sections of a head; the key of a piece that is missing.
    async fn pieces(&self, head: &Head) -> Result<Result<Vec<(String, String)>, String>> {
        let mut sections = Vec::new();
        for (name, prints) in &head.sections {
            let mut text = String::new();
            for print in prints {
                let key = format!("{PIECES}{print}");
                let Some(kept) = self.store.get(&key).await? else {
                    return Ok(Err(key));
                };
                let (_, piece) = kept.value.split_once('\n').unwrap_or(("", &kept.value));
                if self::print(piece) != *print {
                    return Err(torn(&key, "it was changed"));
                }
                text.push_str(piece);
            }
            sections.push((name.clone(), text));
        }
        Ok(Ok(sections))
    }

    /// Writes the state, if nobody else did since it was read; `None` where somebody did, and nothing was changed.
    pub(super) async fn write(
        &self,
        sections: &[(String, String)],
        expected: Option<u64>,
        now: Timestamp,
    ) -> Result<Option<u64>> {
        let before = match self.head().await? {
            Some((_, version)) if Some(version) != expected => return Ok(None),
            Some((head, _)) => head,
            None if expected.is_some() => return Ok(None),
            None => Head::default(),
        };
        let named = |head: &Head| -> BTreeSet<String> {
            let prints = head.sections.iter().flat_map(|(_, prints)| prints);
            prints.cloned().collect()
        };
        let known = named(&before);
        let mut head = Head {
            v: FORMAT,
            sections: Vec::new(),
        };
        for (name, text) in sections {
            let mut prints = Vec::new();
            for piece in cut(text) {
                let print = print(piece);
                if !known.contains(&print) {
                    self.put(&print, piece, now).await?;
                }
                prints.push(print);
            }
            head.sections.push((name.clone(), prints));
        }
        let text = serde_json::to_string(&head)
            .map_err(|e| Error::config(format!("the trends' state cannot be written: {e}")))?;
        let written = self.store.put(HEAD, &text, expected).await?;
        if written.is_some() {
            for gone in known.difference(&named(&head)) {
                self.store.remove(&format!("{PIECES}{gone}")).await?;
            }
        }
        Ok(written)
    }

    /// Writes a piece. One that is there already is somebody's who was cut off, or who is faster: it is made new.
    async fn put(&self, print: &str, piece: &str, now: Timestamp) -> Result<()> {
        let key = format!("{PIECES}{print}");
        let value = format!("{}\n{piece}", now.as_millisecond());
        let mut expected = None;
        for _ in 0..8 {
            if self.store.put(&key, &value, expected).await?.is_some() {
                return Ok(());
            }
            expected = self.store.get(&key).await?.map(|kept| kept.version);
        }
        Err(Error::new(
            ErrorKind::Conflict,
            format!("the trends' value `{key}` is changed by others all the time: try again later"),
        )
        .with_retry(crate::Retry::Later))
    }

    /// Takes away pieces that nobody needs: those of writers who were cut off. A store that cannot list keeps them.
    pub(super) async fn sweep(&self, now: Timestamp) -> Result<()> {
        let Some((head, _)) = self.head().await? else {
            return Ok(());
        };
        let named: BTreeSet<&String> = head.sections.iter().flat_map(|(_, all)| all).collect();
        let mut after: Option<String> = None;
        loop {
            let page = match self.store.list_heads(PIECES, after.as_deref(), 1_000).await {
                Ok(page) => page,
                Err(error) if error.kind() == &ErrorKind::Config => return Ok(()),
                Err(error) => return Err(error),
            };
            for (key, kept) in &page {
                let print = key.strip_prefix(PIECES).unwrap_or(key).to_owned();
                let since = kept.value.parse().ok();
                let since = since.and_then(|since| Timestamp::from_millisecond(since).ok());
                let old = since.is_none_or(|since| now.duration_since(since) > ORPHAN);
                if old && !named.contains(&print) {
                    self.store.remove(key).await?;
                }
            }
            match page.into_iter().next_back() {
                Some((last, _)) => after = Some(last),
                None => return Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    fn sections(texts: &[(&str, String)]) -> Vec<(String, String)> {
        let own = |(name, text): &(&str, String)| ((*name).to_owned(), text.clone());
        texts.iter().map(own).collect()
    }

    #[tokio::test]
    async fn a_large_state_comes_back_and_old_pieces_go() {
        let store = Arc::new(MemoryStore::new());
        let keeper = Keeper::new(store.clone());
        let now = Timestamp::UNIX_EPOCH;
        let long: String = (0..100_000).map(|n| format!("{n}ё")).collect();
        let first = sections(&[("a", long.clone()), ("b", "short".to_owned())]);
        let version = keeper.write(&first, None, now).await.unwrap();
        assert_eq!(keeper.read().await.unwrap().sections, first);
        assert_eq!(
            keeper.write(&first, None, now).await.unwrap(),
            None,
            "slower"
        );
        let second = sections(&[("a", long), ("b", "other".to_owned())]);
        keeper.write(&second, version, now).await.unwrap().unwrap();
        assert_eq!(keeper.read().await.unwrap().sections, second);
        let pieces = store.list(PIECES, None, 1000).await.unwrap();
        assert!(
            pieces
                .iter()
                .all(|(_, kept)| kept.value.len() <= PIECE + 20)
        );
        assert!(!pieces.iter().any(|(_, kept)| kept.value.ends_with("short")));
        // What nobody names goes once it is old.
        let orphan = format!("{PIECES}{}", print("lost"));
        store.put(&orphan, "0\nlost", None).await.unwrap();
        keeper.sweep(now).await.unwrap();
        assert!(store.get(&orphan).await.unwrap().is_some());
        let later = now + SignedDuration::from_hours(7);
        keeper.sweep(later).await.unwrap();
        assert!(store.get(&orphan).await.unwrap().is_none());
        assert_eq!(keeper.read().await.unwrap().sections, second);
    }

    #[tokio::test]
    async fn a_torn_or_newer_state_is_told() {
        let store = Arc::new(MemoryStore::new());
        let keeper = Keeper::new(store.clone());
        store.put(HEAD, r#"{"v":2}"#, None).await.unwrap();
        let error = keeper.read().await.unwrap_err();
        assert!(error.message().contains("update this program"), "{error}");
        let store = Arc::new(MemoryStore::new());
        let keeper = Keeper::new(store.clone());
        let state = sections(&[("a", "text".to_owned())]);
        keeper
            .write(&state, None, Timestamp::UNIX_EPOCH)
            .await
            .unwrap();
        store
            .remove(&format!("{PIECES}{}", print("text")))
            .await
            .unwrap();
        let error = keeper.read().await.unwrap_err();
        assert!(error.message().contains("begin anew"), "{error}");
    }
}
