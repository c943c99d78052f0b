//! Values that read whatever stands in their place: as what they are, or as absent.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

/// What can be read into the place where it will stand.
pub(super) trait Read<'de> {
    /// Reads whatever is there; what has another form leaves the place empty.
    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error>;
}

/// An object whose members are read into their places.
pub(super) trait Fill<'de>: Default {
    /// Reads the value of the member with this name, known or not.
    fn fill<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

impl<'de, T: Fill<'de>> Fill<'de> for Box<T> {
    fn fill<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        (**self).fill(key, map)
    }
}

/// Reads into a place.
pub(super) struct In<'p, T>(pub(super) &'p mut T);

impl<'de, T: Read<'de>> DeserializeSeed<'de> for In<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.read(deserializer)
    }
}

/// Fills an object; anything else is an error.
pub(super) struct Filled<'p, T>(pub(super) &'p mut T);

impl<'de, T: Fill<'de>> Visitor<'de> for Filled<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Key<'de>>()? {
            self.0.fill(key.as_str(), &mut map)?;
        }
        Ok(())
    }
}

/// Reads a list into its place; anything else is an error.
pub(super) struct Strict<'p, T>(pub(super) &'p mut Vec<T>);

impl<'de, T: Read<'de> + Default> DeserializeSeed<'de> for Strict<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Read<'de> + Default> Visitor<'de> for Strict<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut first = T::default();
        if seq.next_element_seed(In(&mut first))?.is_none() {
            return Ok(());
        }
        self.0.push(first);
        loop {
            self.0.push(T::default());
            let read = match self.0.last_mut() {
                Some(place) => seq.next_element_seed(In(place))?,
                None => None,
            };
            if read.is_none() {
                self.0.pop();
                return Ok(());
            }
        }
    }
}

/// The name of a member.
pub(super) struct Key<'a>(Cow<'a, str>);

impl Key<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

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

impl<'de: 'a, 'a> Read<'de> for Str<'a> {
    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        *self = Self::deserialize(deserializer)?;
        Ok(())
    }
}

impl<'de> Read<'de> for Num {
    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        *self = Self::deserialize(deserializer)?;
        Ok(())
    }
}

impl<'de> Read<'de> for Flag {
    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        *self = Self::deserialize(deserializer)?;
        Ok(())
    }
}

/// The visits by which a lenient value passes over whatever it is not.
macro_rules! passed_over {
    ($($visit:ident: $type:ty),* $(; $($rest:ident),*)?) => {
        $(fn $visit<E>(self, _: $type) -> Result<Self::Value, E> {
            Ok(Default::default())
        })*
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        $($(passed_over!(@$rest);)*)?
    };
    (@seq) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Default::default())
        }
    };
    (@map) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Default::default())
        }
    };
}

/// A text, borrowed from the body unless it holds escapes; absent where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Str<'a>(pub(super) Option<Cow<'a, str>>);

impl Str<'_> {
    /// The text, unless it is absent or empty.
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }

    /// A copy of the text, unless it is absent or empty.
    pub(super) fn owned(&self) -> Option<String> {
        self.get().map(str::to_owned)
    }

    /// The text; empty where it is absent.
    pub(super) fn or_empty(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Str<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Str<'de>, E> {
                Ok(Str(Some(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Str<'de>, E> {
                Ok(Str(Some(Cow::Owned(text.to_owned()))))
            }

            fn visit_string<E>(self, text: String) -> Result<Str<'de>, E> {
                Ok(Str(Some(Cow::Owned(text))))
            }

            passed_over!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64; seq, map);
        }

        deserializer.deserialize_any(Visit)
    }
}

/// A count; absent where there is none, or a negative one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Num(pub(super) Option<u64>);

impl<'de> Deserialize<'de> for Num {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Num;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a count")
            }

            fn visit_u64<E>(self, count: u64) -> Result<Num, E> {
                Ok(Num(Some(count)))
            }

            fn visit_i64<E>(self, count: i64) -> Result<Num, E> {
                Ok(Num(u64::try_from(count).ok()))
            }

            passed_over!(visit_bool: bool, visit_f64: f64, visit_str: &str; seq, map);
        }

        deserializer.deserialize_any(Visit)
    }
}

/// Yes or no; absent where it is neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flag(pub(super) Option<bool>);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("yes or no")
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Flag, E> {
                Ok(Flag(Some(flag)))
            }

            passed_over!(visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str; seq, map);
        }

        deserializer.deserialize_any(Visit)
    }
}

/// An object; absent where it is none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Obj<T>(pub(super) Option<T>);

impl<T> Default for Obj<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Obj<T> {
    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<'de, T: Fill<'de>> Read<'de> for Obj<T> {
    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        struct Visit<'p, T>(&'p mut Obj<T>);

        impl<'de, T: Fill<'de>> Visitor<'de> for Visit<'_, T> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
                Filled(self.0.0.insert(T::default())).visit_map(map)
            }

            passed_over!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str; seq);
        }

        deserializer.deserialize_any(Visit(self))
    }
}

impl<'de, T: Fill<'de>> Deserialize<'de> for Obj<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Self::default();
        object.read(deserializer)?;
        Ok(object)
    }
}

/// A list; empty where it is none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> List<Obj<T>> {
    /// The items that are objects.
    pub(super) fn objects(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter_map(Obj::get)
    }
}

impl<'de, T: Read<'de> + Default> Read<'de> for List<T> {
    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        struct Visit<'p, T>(&'p mut Vec<T>);

        impl<'de, T: Read<'de> + Default> Visitor<'de> for Visit<'_, T> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
                Strict(self.0).visit_seq(seq)
            }

            passed_over!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str; map);
        }

        deserializer.deserialize_any(Visit(&mut self.0))
    }
}

/// A list that mostly holds one item, which then stands here without an allocation; empty where it is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Few<T> {
    #[default]
    None,
    One(T),
    Many(Vec<T>),
}

impl<T> Few<T> {
    pub(super) fn as_slice(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(item) => std::slice::from_ref(item),
            Self::Many(items) => items,
        }
    }
}

impl<T> Few<Obj<T>> {
    /// The items that are objects.
    pub(super) fn objects(&self) -> impl Iterator<Item = &T> {
        self.as_slice().iter().filter_map(Obj::get)
    }
}

impl<'de, T: Read<'de> + Default> Read<'de> for Few<T> {
    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        struct Visit<'p, T>(&'p mut Few<T>);

        impl<'de, T: Read<'de> + Default> Visitor<'de> for Visit<'_, T> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
                *self.0 = Few::One(T::default());
                if let Few::One(first) = self.0
                    && seq.next_element_seed(In(first))?.is_none()
                {
                    *self.0 = Few::None;
                    return Ok(());
                }
                let mut second = T::default();
                if seq.next_element_seed(In(&mut second))?.is_none() {
                    return Ok(());
                }
                let mut items = Vec::with_capacity(4);
                if let Few::One(first) = std::mem::take(self.0) {
                    items.push(first);
                }
                items.push(second);
                let rest = Strict(&mut items).visit_seq(seq);
                *self.0 = Few::Many(items);
                rest
            }

            passed_over!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str; map);
        }

        deserializer.deserialize_any(Visit(self))
    }
}
