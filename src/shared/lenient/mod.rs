//! Values that read whatever stands in their place: as what they are, or as absent.
//!
//! One reader fills them all. A type does not know how to be read: it tells, by a member's name, the [`Place`] that the
//! member's value goes to, and whatever does not fit the place leaves it empty. So the code that reads is there once,
//! and not once for every type; and as everything is read where it will stand, nothing is passed up level by level.

mod macros;
mod values;

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};

use crate::client::Answer;
use crate::error::Result;
use crate::shared::texts::Texts;

#[cfg(any(feature = "bluesky", feature = "vk"))]
pub(crate) use macros::answers;
#[cfg(any(feature = "vk", feature = "x"))]
pub(crate) use macros::numbers;
pub(crate) use macros::{name, views};
pub(crate) use values::{Few, Flag, Int, List, Needed, Num, Obj, Str, Word};

/// Where a value goes, and so what it has to be.
pub(crate) enum Place<'p, 'de> {
    Text(&'p mut Str<'de>),
    Count(&'p mut Num),
    Flag(&'p mut Flag),
    Int(&'p mut Int),
    Word(&'p mut Word<'de>),
    Object(&'p mut dyn Object<'de>),
    List(&'p mut dyn Items<'de>),
}

/// What has a place to offer.
pub(crate) trait Placed<'de> {
    fn place(&mut self) -> Place<'_, 'de>;
}

/// What is made of members.
pub(crate) trait Members<'de> {
    /// The place of the member with this name, where it is known.
    fn member(&mut self, name: &str) -> Option<Place<'_, 'de>>;

    /// The member without which this is nothing, if it was not there.
    fn missing(&self) -> Option<&'static str> {
        None
    }
}

/// What an object can be read into.
pub(crate) trait Object<'de> {
    /// Makes an empty one, to be filled.
    fn begin(&mut self) -> &mut dyn Members<'de>;
}

/// What a list can be read into.
pub(crate) trait Items<'de> {
    /// Begins an empty one.
    fn begin(&mut self);
    /// Adds an item, and tells its place.
    fn next(&mut self) -> Option<Place<'_, 'de>>;
}

/// Reads an answer's body; it is borrowed from where it can be.
///
/// # Errors
/// As [`Answer::json`].
pub(crate) fn read<'a, T: Members<'a> + Default>(answer: &'a Answer) -> Result<T> {
    let mut value = T::default();
    fill_from(answer, &mut value)?;
    Ok(value)
}

fn fill_from<'a>(answer: &'a Answer, object: &mut dyn Members<'a>) -> Result<()> {
    fill(answer.text()?, &answer.texts, object).map_err(|error| answer.misread(&error))
}

/// As [`read`], of an answer in which every slash stands with an escape, as PHP writes them: nearly every address would
/// have to be copied by itself. Without those escapes all of them can be borrowed from one copy of the body.
///
/// # Errors
/// As [`Answer::json`].
#[cfg(feature = "vk")]
pub(crate) fn read_slashed<'a, T: Members<'a> + Default>(answer: &'a Answer) -> Result<T> {
    let mut value = T::default();
    let text = match plain_slashes(answer.text()?) {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => answer.texts.keep(text),
    };
    fill(text, &answer.texts, &mut value).map_err(|error| answer.misread(&error))?;
    Ok(value)
}

/// The same JSON with every `\\/` written as `/`.
#[cfg(feature = "vk")]
fn plain_slashes(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    // What lies before `copied` is in `out`; what lies before `past` is looked at.
    let (mut copied, mut past) = (0, 0);
    for at in memchr::memchr_iter(b'\\', bytes) {
        if at < past {
            continue;
        }
        match bytes.get(at + 1) {
            Some(b'/') => {
                if out.is_empty() {
                    out.reserve_exact(text.len());
                }
                out.push_str(text.get(copied..at).unwrap_or_default());
                copied = at + 1;
            }
            // A backslash that is escaped escapes nothing itself.
            Some(b'\\') => past = at + 2,
            _ => {}
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// Reads what a text of JSON holds; `texts` keeps what stands there with escapes.
pub(crate) fn read_text<'a, T: Members<'a> + Default>(
    text: &'a str,
    texts: &'a Texts,
) -> serde_json::Result<T> {
    let mut value = T::default();
    fill(text, texts, &mut value)?;
    Ok(value)
}

/// The one reader: fills an object from a text of JSON, which has to be an object with all that is needed.
fn fill<'de>(
    text: &'de str,
    texts: &'de Texts,
    object: &mut dyn Members<'de>,
) -> serde_json::Result<()> {
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_map(Filled { object, texts })?;
    json.end()?;
    match object.missing() {
        Some(name) => Err(serde_json::Error::missing_field(name)),
        None => Ok(()),
    }
}

struct Filled<'p, 'de> {
    object: &'p mut dyn Members<'de>,
    texts: &'de Texts,
}

impl<'de> Visitor<'de> for Filled<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Key<'de>>()? {
            match self.object.member(&key.0) {
                Some(place) => map.next_value_seed(Value {
                    place,
                    texts: self.texts,
                })?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A value that is read into its place.
struct Value<'p, 'de> {
    place: Place<'p, 'de>,
    texts: &'de Texts,
}

impl<'de> DeserializeSeed<'de> for Value<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        match self.place {
            Place::Text(place) => place.0 = Some(text),
            Place::Word(place) => place.0 = Some(text),
            _ => {}
        }
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        match self.place {
            Place::Text(place) => place.0 = Some(self.texts.keep(text)),
            Place::Word(place) => place.0 = Some(self.texts.keep(text)),
            _ => {}
        }
        Ok(())
    }

    fn visit_u64<E>(self, count: u64) -> Result<(), E> {
        match self.place {
            Place::Count(place) => place.0 = Some(count),
            Place::Int(place) => place.0 = i64::try_from(count).ok(),
            Place::Word(place) => place.0 = Some(self.texts.keep(count.to_string())),
            Place::Flag(place) => {
                place.0 = [Some(false), Some(true)]
                    .get(count as usize)
                    .copied()
                    .flatten()
            }
            _ => {}
        }
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        if let Place::Flag(place) = self.place {
            place.0 = Some(flag);
        }
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        match self.place {
            Place::Int(place) => place.0 = Some(number),
            Place::Word(place) => place.0 = Some(self.texts.keep(number.to_string())),
            _ => {}
        }
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if let Place::Object(place) = self.place {
            let (object, texts) = (place.begin(), self.texts);
            return Filled { object, texts }.visit_map(map);
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if let Place::List(items) = self.place {
            items.begin();
            let texts = self.texts;
            while seq.next_element_seed(Next { items, texts })?.is_some() {}
            return Ok(());
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// The next item of a list, which is added when there is one.
struct Next<'p, 'de> {
    items: &'p mut dyn Items<'de>,
    texts: &'de Texts,
}

impl<'de> DeserializeSeed<'de> for Next<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let texts = self.texts;
        match self.items.next() {
            Some(place) => deserializer.deserialize_any(Value { place, texts }),
            None => IgnoredAny::deserialize(deserializer).map(drop),
        }
    }
}

/// The name of a member.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(Visit)
    }
}

#[cfg(all(test, feature = "vk"))]
mod tests {
    use super::*;

    #[test]
    fn slashes_lose_their_escapes_and_nothing_else_does() {
        for (text, plain) in [
            (r#"{"a":"b"}"#, r#"{"a":"b"}"#),
            (r#"{"a":"https:\/\/x\/ё"}"#, r#"{"a":"https://x/ё"}"#),
            (r#"["\\\/","\\/","\\\\\/"]"#, r#"["\\/","\\/","\\\\/"]"#),
            (r#"["\"\/\n\u00e9\/"]"#, r#"["\"/\n\u00e9/"]"#),
            ("\\/\\ё\\", "/\\ё\\"),
        ] {
            assert_eq!(plain_slashes(text), plain);
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
            assert_eq!(read(text), read(plain), "{text}");
        }
    }
}
