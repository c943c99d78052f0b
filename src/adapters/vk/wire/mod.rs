//! What the network says, as far as the models need it. Everything borrows from the body where it can.
//!
//! The schema marks little as required, and the network leaves out more, adds values that are newer, and writes numbers
//! as texts. So a member that is not in the form expected reads as absent, and what cannot do without it says so where
//! it is converted.

mod read;
mod read_chat;
mod read_events;
mod read_figures;
mod write;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::shared::lenient::{Fill, Filled, In, Key, Read, Strict, numbers, views};
pub(super) use crate::shared::lenient::{Flag, Int, List, Obj, Str, Word};
pub(super) use read::*;
pub(super) use read_chat::*;
pub(super) use read_events::*;
pub(super) use read_figures::*;
pub(super) use write::*;

/// The answer of every method: what stands under `response`, which has to be there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Response<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Response<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Visit<T> {
            type Value = Response<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an answer with its response")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Response<T>, A::Error> {
                let mut response = None;
                while let Some(key) = map.next_key::<Key<'de>>()? {
                    if key.as_str() == "response" {
                        response = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                response
                    .map(Response)
                    .ok_or_else(|| A::Error::missing_field("response"))
            }
        }

        deserializer.deserialize_map(Visit(std::marker::PhantomData))
    }
}

/// A whole list; anything else in its place is an error.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Items<T>(pub(super) Vec<T>);

impl<'de, T: Read<'de> + Default> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::DeserializeSeed;

        let mut items = Vec::new();
        Strict(&mut items).deserialize(deserializer)?;
        Ok(Self(items))
    }
}

impl<T> Items<Obj<T>> {
    /// The items that are objects.
    pub(super) fn objects(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter_map(Obj::get)
    }
}

/// The answer of `execute`: one place for each call, and the errors of those that failed, in their order.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Executed<'a> {
    #[serde(borrow)]
    pub(super) response: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) execute_errors: Vec<Obj<CallError<'a>>>,
}

views! {
    /// The answer of a method that failed.
    ErrorBody {
        error: Obj<CallError<'a>>,
    }

    /// What went wrong. The parameters of the call stand beside it and are never read.
    CallError {
        code as "error_code": Int,
        subcode as "error_subcode": Int,
        said as "error_msg": Str<'a>,
        text as "error_text": Str<'a>,
        method: Str<'a>,
        redirect_uri: Str<'a>,
        captcha_sid: Word<'a>,
        captcha_img: Str<'a>,
        remixstlid: Word<'a>,
        confirmation_text: Str<'a>,
    }

    /// A person.
    User {
        id: Int,
        first_name: Str<'a>,
        last_name: Str<'a>,
        screen_name: Str<'a>,
        domain: Str<'a>,
        photo_200: Str<'a>,
        photo_100: Str<'a>,
        about: Str<'a>,
        followers_count: Int,
        blacklisted_by_me: Flag,
        deactivated: Str<'a>,
    }

    /// A community.
    Group {
        id: Int,
        name: Str<'a>,
        screen_name: Str<'a>,
        photo_200: Str<'a>,
        photo_100: Str<'a>,
        description: Str<'a>,
        members_count: Int,
        is_member: Flag,
        start_date: Int,
        deactivated: Str<'a>,
    }

    /// Communities by their ids.
    Groups {
        groups: List<Obj<Group<'a>>>,
    }

    /// Whose a name is.
    Resolved {
        kind as "type": Str<'a>,
        object_id: Int,
    }

    /// The rights of a community's token.
    TokenPermissions {
        permissions: List<Obj<TokenPermission<'a>>>,
    }

    /// One right of a community's token.
    TokenPermission {
        name: Str<'a>,
    }
}
