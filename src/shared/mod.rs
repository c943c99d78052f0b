//! Text that is read and passed on: cheap to copy, and made without an allocation for each.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

// Jobs bound what a day may cost.
#[cfg(any(feature = "desk", feature = "trends"))]
pub(crate) mod budget;
// And all that they may cost.
#[cfg(any(feature = "contest", feature = "desk", feature = "trends"))]
pub(crate) mod cap;
pub(crate) mod disk;
#[cfg(any(feature = "vk", feature = "x"))]
pub(crate) mod doubts;
// Jobs compare words and texts.
#[cfg(any(feature = "desk", feature = "trends"))]
pub(crate) mod fold;
#[cfg(feature = "x")]
pub(crate) mod hmac;
#[cfg(any(feature = "desk", feature = "trends"))]
pub(crate) mod mix;
pub(crate) mod moment;
pub(crate) mod order;
#[cfg(any(feature = "desk", feature = "trends"))]
pub(crate) mod shingles;
// Adapters alone read answers and put texts together, and each uses a part of it.
#[cfg(any(feature = "bluesky", feature = "vk", feature = "x"))]
#[cfg_attr(not(all(feature = "bluesky", feature = "vk")), allow(dead_code))]
pub(crate) mod lenient;
// Files that people write are told of by the line.
#[cfg(any(feature = "accounts", feature = "outbox"))]
pub(crate) mod lines;
pub(crate) mod search;
pub(crate) mod seen;
#[cfg(any(feature = "bluesky", feature = "vk", feature = "x"))]
#[cfg_attr(not(feature = "bluesky"), allow(dead_code))]
pub(crate) mod sheet;
pub(crate) mod table;
// What adapters read is kept here; a build without one has the place all the same.
#[cfg_attr(
    not(any(feature = "bluesky", feature = "vk", feature = "x")),
    allow(dead_code)
)]
pub(crate) mod texts;
// Fakes alone have rules that can be broken.
#[cfg(all(
    feature = "testing",
    any(feature = "bluesky", feature = "vk", feature = "x")
))]
pub(crate) mod rules;
#[cfg(all(feature = "testing", any(feature = "vk", feature = "x")))]
pub(crate) mod served;

/// A text that does not change and that costs no allocation to copy: a part of one that it shares with others.
///
/// What an answer says of one post (its address, its files' addresses and descriptions) shares one allocation, and so
/// does what it says of one account. Whoever keeps one of these texts keeps that allocation, a few hundred bytes:
/// [`to_owned`](str::to_owned) makes a copy that stands alone. Ids of posts stand alone from the beginning, or share
/// some sixty bytes with their page's address.
#[derive(Clone, Default)]
pub struct SharedStr {
    whole: Arc<str>,
    start: u32,
    end: u32,
}

impl SharedStr {
    /// Takes a text, which is copied unless it is an `Arc<str>`.
    pub fn new(text: impl Into<Self>) -> Self {
        text.into()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Parts are cut where they were put together.
        let range = self.start as usize..self.end as usize;
        self.whole.get(range).unwrap_or_default()
    }

    /// A text that shares its allocation with nobody.
    fn alone(whole: Arc<str>) -> Self {
        match u32::try_from(whole.len()) {
            Ok(end) => Self {
                whole,
                start: 0,
                end,
            },
            Err(_) => longest(&whole),
        }
    }
}

/// Of a text beyond 4 GiB, which no network tells and no field can mean, what can be counted.
#[cold]
fn longest(text: &str) -> SharedStr {
    let end = (0..=u32::MAX as usize)
        .rev()
        .find(|at| text.is_char_boundary(*at));
    let text = text.get(..end.unwrap_or_default());
    SharedStr::alone(text.unwrap_or_default().into())
}

impl Deref for SharedStr {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for SharedStr {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for SharedStr {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for SharedStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for SharedStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl PartialEq for SharedStr {
    fn eq(&self, other: &Self) -> bool {
        // Copies of one text are the rule, and need not be read.
        let same = (self.start, self.end) == (other.start, other.end)
            && Arc::ptr_eq(&self.whole, &other.whole);
        same || self.as_str() == other.as_str()
    }
}

impl Eq for SharedStr {}

impl PartialOrd for SharedStr {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SharedStr {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for SharedStr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialEq<str> for SharedStr {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for SharedStr {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for SharedStr {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<SharedStr> for str {
    fn eq(&self, other: &SharedStr) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<SharedStr> for &str {
    fn eq(&self, other: &SharedStr) -> bool {
        *self == other.as_str()
    }
}

impl PartialEq<SharedStr> for String {
    fn eq(&self, other: &SharedStr) -> bool {
        self == other.as_str()
    }
}

impl From<&str> for SharedStr {
    fn from(text: &str) -> Self {
        Self::alone(text.into())
    }
}

impl From<&String> for SharedStr {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for SharedStr {
    fn from(text: String) -> Self {
        Self::alone(text.into())
    }
}

impl From<Cow<'_, str>> for SharedStr {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(text.as_ref())
    }
}

impl From<Arc<str>> for SharedStr {
    fn from(text: Arc<str>) -> Self {
        Self::alone(text)
    }
}

impl From<&SharedStr> for SharedStr {
    fn from(text: &SharedStr) -> Self {
        text.clone()
    }
}

impl From<SharedStr> for String {
    fn from(text: SharedStr) -> Self {
        text.as_str().to_owned()
    }
}

impl From<&SharedStr> for String {
    fn from(text: &SharedStr) -> Self {
        text.as_str().to_owned()
    }
}

impl Serialize for SharedStr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for SharedStr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl Visitor<'_> for Visit {
            type Value = SharedStr;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SharedStr, E> {
                Ok(text.into())
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<SharedStr, E> {
                Ok(text.into())
            }
        }

        deserializer.deserialize_str(Visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_the_same_text_is_equal_and_hashes_alike() {
        let hash = |text: &SharedStr| {
            let mut hasher = std::hash::DefaultHasher::new();
            text.hash(&mut hasher);
            std::hash::Hasher::finish(&hasher)
        };
        let part = SharedStr {
            start: 1,
            ..SharedStr::from("xa\u{301}b")
        };
        let alone = SharedStr::from("a\u{301}b");
        assert_eq!(part, alone);
        assert_eq!(hash(&part), hash(&alone));
        let (less, more) = (SharedStr::default(), SharedStr::from("b"));
        assert!(less < alone && alone < more);
        let map = std::collections::HashMap::from([(alone, 1)]);
        assert_eq!(map.get("a\u{301}b"), Some(&1));
    }

    #[test]
    fn it_is_a_plain_string_in_data_and_no_larger_than_one() {
        let text: SharedStr = serde_json::from_str(r#""a\nb""#).unwrap();
        assert_eq!(text, "a\nb");
        assert_eq!(serde_json::to_string(&text).unwrap(), r#""a\nb""#);
        assert_eq!(format!("{text:?} {text:>4}"), "\"a\\nb\"  a\nb");
        assert!(size_of::<Option<SharedStr>>() <= size_of::<Option<String>>());
    }
}
