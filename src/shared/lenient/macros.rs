//! What declares types by their members.

/// Declares objects of which every member may be missing, and which borrow from the body. A member's name is its
/// field's, unless it is told; where a network renamed it, the others stand behind it.
macro_rules! views {
    ($($(#[$attribute:meta])* $name:ident { $($field:ident $(as $key:literal $(| $other:literal)*)?: $type:ty,)* })*) => {$(
        $(#[$attribute])*
        #[derive(Default)]
        pub(crate) struct $name<'a> {
            $(pub(crate) $field: $type,)*
        }

        impl<'a> $crate::shared::lenient::Members<'a> for $name<'a> {
            fn member(&mut self, name: &str) -> Option<$crate::shared::lenient::Place<'_, 'a>> {
                use $crate::shared::lenient::Placed as _;
                $(if name == $crate::shared::lenient::name!($field $($key)?) $($(|| name == $other)*)? {
                    return Some(self.$field.place());
                })*
                None
            }
        }
    )*};
}

/// As `views`, for objects that hold no text and so borrow nothing.
#[cfg(any(feature = "vk", feature = "x"))]
macro_rules! numbers {
    ($($(#[$attribute:meta])* $name:ident { $($field:ident $(as $key:literal $(| $other:literal)*)?: $type:ty,)* })*) => {$(
        $(#[$attribute])*
        #[derive(Default)]
        pub(crate) struct $name {
            $(pub(crate) $field: $type,)*
        }

        impl<'a> $crate::shared::lenient::Members<'a> for $name {
            fn member(&mut self, name: &str) -> Option<$crate::shared::lenient::Place<'_, 'a>> {
                use $crate::shared::lenient::Placed as _;
                $(if name == $crate::shared::lenient::name!($field $($key)?) $($(|| name == $other)*)? {
                    return Some(self.$field.place());
                })*
                None
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
#[cfg(any(feature = "bluesky", feature = "vk"))]
macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident {
        $list:ident $(as $list_key:literal)?: $item:ty $(, $field:ident $(as $key:literal)?: $type:ty)* $(,)?
    })*) => {$(
        $(#[$doc])*
        #[derive(Default)]
        pub(crate) struct $name<'a> {
            pub(crate) $list: $crate::shared::lenient::Needed<
                $crate::shared::lenient::List<$crate::shared::lenient::Obj<$item>>,
            >,
            $(pub(crate) $field: $type,)*
        }

        impl<'a> $crate::shared::lenient::Members<'a> for $name<'a> {
            fn member(&mut self, name: &str) -> Option<$crate::shared::lenient::Place<'_, 'a>> {
                use $crate::shared::lenient::Placed as _;
                if name == $crate::shared::lenient::name!($list $($list_key)?) {
                    return Some(self.$list.place());
                }
                $(if name == $crate::shared::lenient::name!($field $($key)?) {
                    return Some(self.$field.place());
                })*
                None
            }

            fn missing(&self) -> Option<&'static str> {
                (!self.$list.told).then_some($crate::shared::lenient::name!($list $($list_key)?))
            }
        }
    )*};
}

#[cfg(any(feature = "bluesky", feature = "vk"))]
pub(crate) use answers;
#[cfg(any(feature = "vk", feature = "x"))]
pub(crate) use numbers;
pub(crate) use {name, views};
