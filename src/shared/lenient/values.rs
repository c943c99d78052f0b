//! Values and their places.

use std::ops::Deref;

use super::{Items, Members, Object, Place, Placed};

/// A text; absent where there is none.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Str<'a>(pub(crate) Option<&'a str>);

impl Str<'_> {
    /// The text, unless it is absent or empty.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.filter(|text| !text.is_empty())
    }

    /// A copy of the text, unless it is absent or empty.
    pub(crate) fn owned(&self) -> Option<String> {
        self.get().map(str::to_owned)
    }

    /// The text; empty where it is absent.
    pub(crate) fn or_empty(&self) -> &str {
        self.0.unwrap_or_default()
    }
}

impl<'de> Placed<'de> for Str<'de> {
    fn place(&mut self) -> Place<'_, 'de> {
        Place::Text(self)
    }
}

/// A count; absent where there is none, or a negative one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Num(pub(crate) Option<u64>);

impl<'de> Placed<'de> for Num {
    fn place(&mut self) -> Place<'_, 'de> {
        Place::Count(self)
    }
}

/// A whole number, which may be negative; absent where it is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Int(pub(crate) Option<i64>);

impl<'de> Placed<'de> for Int {
    fn place(&mut self) -> Place<'_, 'de> {
        Place::Int(self)
    }
}

/// A text or a whole number, as text; absent where it is neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word<'a>(pub(crate) Option<&'a str>);

impl<'a> Word<'a> {
    /// The text, unless it is absent or empty.
    pub(crate) fn get(&self) -> Option<&'a str> {
        self.0.filter(|text| !text.is_empty())
    }
}

impl<'de> Placed<'de> for Word<'de> {
    fn place(&mut self) -> Place<'_, 'de> {
        Place::Word(self)
    }
}

/// Yes or no, 1 or 0; absent where it is neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) Option<bool>);

impl<'de> Placed<'de> for Flag {
    fn place(&mut self) -> Place<'_, 'de> {
        Place::Flag(self)
    }
}

/// An object; absent where it is none.
#[derive(PartialEq)]
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

impl<'de, T: Members<'de> + Default> Object<'de> for Obj<T> {
    fn begin(&mut self) -> &mut dyn Members<'de> {
        self.0.insert(T::default())
    }
}

impl<'de, T: Members<'de> + Default> Placed<'de> for Obj<T> {
    fn place(&mut self) -> Place<'_, 'de> {
        Place::Object(self)
    }
}

impl<'de, T: Members<'de>> Members<'de> for Box<T> {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'de>> {
        (**self).member(name)
    }
}

/// What a list begins with, in bytes.
const ROOM: usize = 1024;

/// A list; empty where it is none.
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> List<Obj<T>> {
    /// The items that are objects.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &T> {
        self.iter().filter_map(Obj::get)
    }
}

impl<'de, T: Placed<'de> + Default> Items<'de> for List<T> {
    fn begin(&mut self) {
        self.0.clear();
    }

    fn next(&mut self) -> Option<Place<'_, 'de>> {
        if self.0.capacity() == 0 {
            // As many as go into little memory, so that short lists do not grow step by step.
            self.0
                .reserve_exact((ROOM / size_of::<T>().max(1)).clamp(1, 16));
        }
        self.0.push(T::default());
        self.0.last_mut().map(T::place)
    }
}

impl<'de, T: Placed<'de> + Default> Placed<'de> for List<T> {
    fn place(&mut self) -> Place<'_, 'de> {
        Place::List(self)
    }
}

/// A list that mostly holds one item, which then stands here without an allocation; empty where it is none.
#[derive(Default)]
pub(crate) enum Few<T> {
    #[default]
    None,
    One(T),
    Many(Vec<T>),
}

impl<T> Few<T> {
    /// Whether it holds nothing.
    #[cfg(any(feature = "vk", feature = "x"))]
    pub(crate) const fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }

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

impl<'de, T: Placed<'de> + Default> Items<'de> for Few<T> {
    fn begin(&mut self) {
        *self = Self::None;
    }

    fn next(&mut self) -> Option<Place<'_, 'de>> {
        *self = match std::mem::take(self) {
            Self::None => Self::One(T::default()),
            Self::One(first) => {
                let mut items = Vec::with_capacity(4);
                items.extend([first, T::default()]);
                Self::Many(items)
            }
            Self::Many(mut items) => {
                items.push(T::default());
                Self::Many(items)
            }
        };
        let item = match self {
            Self::None => None,
            Self::One(item) => Some(item),
            Self::Many(items) => items.last_mut(),
        };
        item.map(T::place)
    }
}

impl<'de, T: Placed<'de> + Default> Placed<'de> for Few<T> {
    fn place(&mut self) -> Place<'_, 'de> {
        Place::List(self)
    }
}

/// What an answer is nothing without.
#[derive(Default)]
pub(crate) struct Needed<T> {
    value: T,
    /// Whether it was there.
    pub(crate) told: bool,
}

impl<T> Needed<T> {
    /// The value, there or not.
    #[cfg(any(feature = "vk", feature = "x"))]
    pub(crate) fn into_value(self) -> T {
        self.value
    }
}

impl<T> Deref for Needed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'de, T: Members<'de>> Object<'de> for Needed<T> {
    fn begin(&mut self) -> &mut dyn Members<'de> {
        self.told = true;
        &mut self.value
    }
}

impl<'de, T: Members<'de>> Placed<'de> for Needed<T> {
    fn place(&mut self) -> Place<'_, 'de> {
        Place::Object(self)
    }
}

impl<'de, T: Placed<'de> + Default> Items<'de> for Needed<List<T>> {
    fn begin(&mut self) {
        self.told = true;
        self.value.begin();
    }

    fn next(&mut self) -> Option<Place<'_, 'de>> {
        self.value.next()
    }
}

impl<'de, T: Placed<'de> + Default> Placed<'de> for Needed<List<T>> {
    fn place(&mut self) -> Place<'_, 'de> {
        Place::List(self)
    }
}
