//! Values that read whatever stands in their place: as what they are, or as absent.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

/// What can be read into the place where it will stand.
pub(crate) trait Read<'de> {
    /// Reads whatever is there; what has another form leaves the place empty.
    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error>;
}

/// An object whose members are read into their places.
pub(crate) trait Fill<'de>: Default {
    /// Reads the value of the member with this name, known or not.
    fn fill<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

impl<'de, T: Fill<'de>> Fill<'de> for Box<T> {
    fn fill<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        (**self).fill(key, map)
    }
}

/// Reads into a place.
pub(crate) struct In<'p, T>(pub(crate) &'p mut T);

impl<'de, T: Read<'de>> DeserializeSeed<'de> for In<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.read(deserializer)
    }
}

/// Fills an object; anything else is an error.
pub(crate) struct Filled<'p, T>(pub(crate) &'p mut T);

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
pub(crate) struct Strict<'p, T>(pub(crate) &'p mut Vec<T>);

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
pub(crate) struct Key<'a>(Cow<'a, str>);

impl Key<'_> {
    pub(crate) fn as_str(&self) -> &str {
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

impl<'de: 'a, 'a> Read<'de> for Word<'a> {
    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        *self = Self::deserialize(deserializer)?;
        Ok(())
    }
}

impl<'de> Read<'de> for Int {
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
pub(crate) struct Str<'a>(pub(crate) Option<Cow<'a, str>>);

impl Str<'_> {
    /// The text, unless it is absent or empty.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }

    /// A copy of the text, unless it is absent or empty.
    pub(crate) fn owned(&self) -> Option<String> {
        self.get().map(str::to_owned)
    }

    /// The text; empty where it is absent.
    pub(crate) fn or_empty(&self) -> &str {
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
pub(crate) struct Num(pub(crate) Option<u64>);

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

/// A text or a whole number, as text; absent where it is neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word<'a>(pub(crate) Option<Cow<'a, str>>);

impl Word<'_> {
    /// The text, unless it is absent or empty.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Word<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a number")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Word<'de>, E> {
                Ok(Word(Some(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Word<'de>, E> {
                Ok(Word(Some(Cow::Owned(text.to_owned()))))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Word<'de>, E> {
                Ok(Word(Some(Cow::Owned(number.to_string()))))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Word<'de>, E> {
                Ok(Word(Some(Cow::Owned(number.to_string()))))
            }

            passed_over!(visit_bool: bool, visit_f64: f64; seq, map);
        }

        deserializer.deserialize_any(Visit)
    }
}

/// A whole number, which may be negative; absent where it is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Int(pub(crate) Option<i64>);

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Int;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_u64<E>(self, number: u64) -> Result<Int, E> {
                Ok(Int(i64::try_from(number).ok()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Int, E> {
                Ok(Int(Some(number)))
            }

            passed_over!(visit_bool: bool, visit_f64: f64, visit_str: &str; seq, map);
        }

        deserializer.deserialize_any(Visit)
    }
}

/// Yes or no, 1 or 0; absent where it is neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) Option<bool>);

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

            fn visit_u64<E>(self, number: u64) -> Result<Flag, E> {
                Ok(Flag(match number {
                    0 => Some(false),
                    1 => Some(true),
                    _ => None,
                }))
            }

            passed_over!(visit_i64: i64, visit_f64: f64, visit_str: &str; seq, map);
        }

        deserializer.deserialize_any(Visit)
    }
}

/// An object; absent where it is none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Obj<T>(pub(crate) Option<T>);

impl<T> Default for Obj<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Obj<T> {
    pub(crate) fn get(&self) -> Option<&T> {
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
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> List<Obj<T>> {
    /// The items that are objects.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &T> {
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
pub(crate) enum Few<T> {
    #[default]
    None,
    One(T),
    Many(Vec<T>),
}

impl<T> Few<T> {
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(item) => std::slice::from_ref(item),
            Self::Many(items) => items,
        }
    }
}

impl<T> Few<Obj<T>> {
    /// The items that are objects.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &T> {
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

/// Declares objects of which every member may be missing, and which borrow from the body. A member's name is its
/// field's, unless it is told.
///
/// They are read in place: an answer is made of many small objects within one another, and passing each up as a result
/// would copy it once for every level.
macro_rules! views {
    ($($(#[$doc:meta])* $name:ident { $($field:ident $(as $key:literal)?: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(crate) struct $name<'a> {
            $(pub(crate) $field: $type,)*
        }

        impl<'de: 'a, 'a> Fill<'de> for $name<'a> {
            fn fill<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
                $(if key == $crate::shared::lenient::name!($field $($key)?) {
                    return map.next_value_seed(In(&mut self.$field));
                })*
                map.next_value::<IgnoredAny>().map(drop)
            }
        }

        impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut value = Self::default();
                deserializer.deserialize_map(Filled(&mut value))?;
                Ok(value)
            }
        }
    )*};
}

/// As `views`, for objects that hold no text and so borrow nothing.
#[cfg(feature = "vk")]
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident { $($field:ident $(as $key:literal)?: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(crate) struct $name {
            $(pub(crate) $field: $type,)*
        }

        impl<'de> Fill<'de> for $name {
            fn fill<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
                $(if key == $crate::shared::lenient::name!($field $($key)?) {
                    return map.next_value_seed(In(&mut self.$field));
                })*
                map.next_value::<IgnoredAny>().map(drop)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut value = Self::default();
                deserializer.deserialize_map(Filled(&mut value))?;
                Ok(value)
            }
        }
    )*};
}

/// The name of a member.
macro_rules! name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

/// Declares whole answers: the list that they are made of has to be there, lest garbage reads as an empty page.
macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident {
        $list:ident $(as $list_key:literal)?: $item:ty $(, $field:ident $(as $key:literal)?: $type:ty)* $(,)?
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) struct $name<'a> {
            pub(crate) $list: Vec<Obj<$item>>,
            $(pub(crate) $field: $type,)*
        }

        impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visit<'a>(std::marker::PhantomData<&'a ()>);

                impl<'de: 'a, 'a> Visitor<'de> for Visit<'a> {
                    type Value = $name<'a>;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an answer with its list")
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$name<'a>, A::Error> {
                        let mut list: Option<Vec<Obj<$item>>> = None;
                        $(let mut $field = <$type>::default();)*
                        while let Some(key) = map.next_key::<Key<'de>>()? {
                            let key = key.as_str();
                            if key == $crate::shared::lenient::name!($list $($list_key)?) {
                                map.next_value_seed(Strict(list.insert(Vec::new())))?;
                                continue;
                            }
                            $(if key == $crate::shared::lenient::name!($field $($key)?) {
                                map.next_value_seed(In(&mut $field))?;
                                continue;
                            })*
                            map.next_value::<IgnoredAny>()?;
                        }
                        Ok($name {
                            $list: list.ok_or_else(|| A::Error::missing_field($crate::shared::lenient::name!($list $($list_key)?)))?,
                            $($field,)*
                        })
                    }
                }

                deserializer.deserialize_map(Visit(std::marker::PhantomData))
            }
        }
    )*};
}

pub(crate) use answers;
pub(crate) use name;
#[cfg(feature = "vk")]
pub(crate) use numbers;
pub(crate) use views;
