//! What is remembered of posts that came of late: ids, texts, nominations, and what can be shown. All of it bounded.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hashes::{ByHash, mix};
use super::terms::{FEWEST_NAMED, Reading};
use super::topic::{Example, Storm};
use crate::model::{Post, PostRef};
use crate::shared::shingles::{BANDS, Sketch};

/// Ids of one generation; two are kept.
const IDS: usize = 32_768;

/// Which hashes were met: the last 32,768 at least, twice as many at most.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Met {
    young: ByHash<()>,
    old: ByHash<()>,
}

impl Met {
    /// Notes a hash; false where it was met before.
    pub(super) fn note(&mut self, hash: u64) -> bool {
        if self.young.contains_key(&hash) || self.old.contains_key(&hash) {
            return false;
        }
        if self.young.len() >= IDS {
            // What is forgotten leaves its room to what comes.
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(hash, ());
        true
    }
}

/// Texts of one generation; two are kept.
const TEXTS: usize = 4_096;
/// So many accounts that passed a text on are told apart.
const COPIERS: usize = 64;
/// From so many accounts on, a text that is passed on is told.
const STORM: usize = 10;
/// Texts that are the same word for word are copies from so many words on; with a link fewer are enough.
const FEWEST_WORDS: usize = 5;
const FEWEST_WORDS_WITH_LINK: usize = 3;

/// A text that somebody wrote first.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    what: What,
    author: u32,
    /// The bucket whose copies are counted, by its start in seconds.
    bucket: i64,
    copiers: Vec<u32>,
    copies: u64,
    /// The first post that had it.
    first: Arc<Example>,
}

/// What a text is known by.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum What {
    /// What it is like.
    Like(Sketch),
    /// Word for word.
    Same(u64),
}

impl What {
    /// What it is looked up by.
    fn keys(&self) -> Keys {
        match self {
            Self::Like(sketch) => Keys(sketch.band_keys(), BANDS),
            Self::Same(print) => Keys([*print; BANDS], 1),
        }
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Like(one), Self::Like(other)) => one.is_like(other),
            (Self::Same(one), Self::Same(other)) => one == other,
            _ => false,
        }
    }
}

/// So many of these keys.
struct Keys([u64; BANDS], usize);

impl Keys {
    fn get(&self) -> &[u64] {
        self.0.get(..self.1).unwrap_or_default()
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Generation {
    texts: Vec<Known>,
    by_key: ByHash<u32>,
}

impl Generation {
    fn find(&self, what: &What, keys: &Keys) -> Option<usize> {
        keys.get().iter().find_map(|key| {
            let at = *self.by_key.get(key)? as usize;
            self.texts.get(at)?.what.is(what).then_some(at)
        })
    }

    fn put(&mut self, known: Known, keys: &Keys) {
        let at = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        for key in keys.get() {
            self.by_key.insert(*key, at);
        }
        self.texts.push(known);
    }
}

/// Which texts were there before, word for word or nearly so.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Copies {
    young: Generation,
    old: Generation,
}

impl Copies {
    /// Takes in a post; true where its text is another post's. Who names others fills in a form: only the same names make
    /// a copy of that.
    pub(super) fn note(
        &mut self,
        reading: &Reading,
        author: u32,
        bucket: i64,
        example: impl FnOnce() -> Arc<Example>,
    ) -> bool {
        let fewest = match reading.link {
            true => FEWEST_WORDS_WITH_LINK,
            false => FEWEST_WORDS,
        };
        if reading.words.len() < fewest {
            return false;
        }
        let nominates = reading.named.len() >= FEWEST_NAMED;
        let sketch = match nominates {
            true => None,
            false => Sketch::of_words(&reading.words),
        };
        let print = mix(reading.print ^ 0x7465_7874);
        let what = sketch.map_or(What::Same(print), What::Like);
        let keys = what.keys();
        let at = match self.young.find(&what, &keys) {
            Some(at) => at,
            None => {
                let old = self.old.find(&what, &keys);
                if let Some(known) = old.and_then(|at| self.old.texts.get(at)).cloned() {
                    // It stands there by its own keys: they are like these, not the same.
                    let keys = known.what.keys();
                    self.put(known, &keys);
                    self.young.texts.len() - 1
                } else {
                    let known = Known {
                        what,
                        author,
                        bucket,
                        copiers: Vec::new(),
                        copies: 0,
                        first: example(),
                    };
                    self.put(known, &keys);
                    return false;
                }
            }
        };
        if let Some(known) = self.young.texts.get_mut(at) {
            if known.bucket != bucket {
                known.bucket = bucket;
                known.copiers.clear();
                known.copies = 0;
            }
            known.copies += 1;
            let new = author != known.author && !known.copiers.contains(&author);
            if new && known.copiers.len() < COPIERS {
                known.copiers.push(author);
            }
        }
        true
    }

    fn put(&mut self, known: Known, keys: &Keys) {
        if self.young.texts.len() >= TEXTS {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.texts.clear();
            self.young.by_key.clear();
        }
        self.young.put(known, keys);
    }

    /// The texts that many passed on in a bucket, the most often first.
    pub(super) fn storms(&self, bucket: i64) -> Vec<Storm> {
        let all = self.young.texts.iter().chain(&self.old.texts);
        let stormy = all.filter(|known| known.bucket == bucket && known.copiers.len() >= STORM);
        let mut storms: Vec<Storm> = stormy
            .map(|known| Storm {
                authors: known.copiers.len() as u64,
                posts: known.copies,
                example: Example::clone(&known.first),
            })
            .collect();
        // One that moved to the young ones stands among the old ones too, with fewer copies.
        storms.sort_by(|a, b| {
            let rest = || a.example.post.id.cmp(&b.example.post.id);
            b.posts.cmp(&a.posts).then_with(rest)
        });
        let mut told = Vec::new();
        storms.retain(|storm| {
            let new = !told.contains(&storm.example.post.id);
            told.push(storm.example.post.id.clone());
            new
        });
        storms
    }
}

/// Nominations of one generation; two are kept.
const NOMINATED: usize = 32_768;

/// Who was named by whom to go on with what: how many links lie before him.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Chains {
    young: ByHash<u8>,
    old: ByHash<u8>,
}

impl Chains {
    fn key(anchor: u64, person: u64) -> u64 {
        mix(anchor ^ mix(person))
    }

    fn depth(&self, key: u64) -> u8 {
        let found = self.young.get(&key).or_else(|| self.old.get(&key));
        found.copied().unwrap_or(0)
    }

    /// Takes in that a person names others. How long the chain is now, where he was named himself.
    pub(super) fn nominate(
        &mut self,
        anchor: u64,
        author: &[u64],
        named: &[(u64, Option<u64>)],
    ) -> Option<u32> {
        let depths = author
            .iter()
            .map(|person| self.depth(Self::key(anchor, *person)));
        let depth = depths.max().unwrap_or(0);
        for (handle, id) in named {
            for person in [Some(*handle), *id].into_iter().flatten() {
                if author.contains(&person) {
                    continue;
                }
                let key = Self::key(anchor, person);
                let before = self.depth(key);
                if self.young.len() >= NOMINATED {
                    std::mem::swap(&mut self.young, &mut self.old);
                    self.young.clear();
                }
                self.young.insert(key, before.max(depth.saturating_add(1)));
            }
        }
        (depth > 0).then(|| u32::from(depth) + 1)
    }
}

/// So many posts can be shown.
const SHOWN: usize = 4_096;
/// How much of a text is shown, in characters.
const EXCERPT: usize = 140;

/// The last posts, to be shown with the topics that they belong to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Shown {
    posts: VecDeque<Arc<Example>>,
    /// The number of the first one.
    first: u64,
}

impl Shown {
    /// Keeps a post, and tells its number.
    pub(super) fn put(&mut self, example: Arc<Example>) -> u64 {
        if self.posts.len() >= SHOWN {
            self.posts.pop_front();
            self.first += 1;
        }
        self.posts.push_back(example);
        self.first + self.posts.len() as u64 - 1
    }

    pub(super) fn get(&self, number: u64) -> Option<&Example> {
        let at = number.checked_sub(self.first)?;
        self.posts.get(usize::try_from(at).ok()?).map(Arc::as_ref)
    }
}

/// What is shown of a post.
pub(super) fn example(network: &str, post: &Post, at: Timestamp) -> Arc<Example> {
    let text = post.text.as_str();
    // Counting all is quicker than looking for the last one, and most posts are short.
    let end = match text.chars().count() > EXCERPT {
        true => text.char_indices().nth(EXCERPT).map(|(at, _)| at),
        false => None,
    };
    let short = end.and_then(|end| text.get(..end));
    let author = post.author.as_ref();
    Arc::new(Example {
        network: network.to_owned(),
        post: PostRef::from(post),
        url: post.url.as_ref().map(|url| url.as_str().to_owned()),
        author: author.and_then(|author| author.handle.as_ref().map(|name| name.as_str().into())),
        at,
        text: short.map_or_else(|| text.to_owned(), |short| format!("{short}…")),
    })
}
