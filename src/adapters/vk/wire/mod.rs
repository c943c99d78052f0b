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

use serde::Deserialize;
use serde_json::value::RawValue;

pub(super) use crate::shared::lenient::{
    Few, Flag, Int, List, Members, Needed, Obj, Placed, Str, Word, read, read_slashed, read_text,
};
use crate::shared::lenient::{Place, numbers, views};
pub(super) use read::*;
pub(super) use read_chat::*;
pub(super) use read_events::*;
pub(super) use read_figures::*;
pub(super) use write::*;

/// The answer of every method: what stands under `response`, which has to be there.
#[derive(Default)]
pub(super) struct Response<T>(pub(super) T);

impl<'de, T: Answers<'de>> Members<'de> for Response<T> {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'de>> {
        (name == "response").then(|| self.0.place())
    }

    fn missing(&self) -> Option<&'static str> {
        self.0.lacks()
    }
}

/// What can be all that a method answers.
pub(super) trait Answers<'de>: Placed<'de> + Default {
    /// What is missing, if anything is.
    fn lacks(&self) -> Option<&'static str>;
}

impl<'de, T: Members<'de> + Default> Answers<'de> for Needed<T> {
    fn lacks(&self) -> Option<&'static str> {
        if self.told {
            self.missing()
        } else {
            Some("response")
        }
    }
}

impl<'de, T: Placed<'de> + Default> Answers<'de> for Needed<List<T>> {
    fn lacks(&self) -> Option<&'static str> {
        (!self.told).then_some("response")
    }
}

impl<'de> Answers<'de> for Int {
    fn lacks(&self) -> Option<&'static str> {
        self.0.is_none().then_some("response")
    }
}

impl<'de> Answers<'de> for Flag {
    fn lacks(&self) -> Option<&'static str> {
        self.0.is_none().then_some("response")
    }
}

/// An object, in whose place the network writes an empty list where there is none.
impl<'de, T: Members<'de> + Default> Answers<'de> for Obj<T> {
    fn lacks(&self) -> Option<&'static str> {
        None
    }
}

/// The same, for a value of the caller's own.
#[derive(Deserialize)]
pub(super) struct Native<T> {
    pub(super) response: T,
}

/// The answer of `execute`: one place for each call, and the errors of those that failed, in their order.
#[derive(Deserialize)]
pub(super) struct Executed<'a> {
    #[serde(borrow)]
    pub(super) response: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) execute_errors: Vec<&'a RawValue>,
}

/// What a test writes down as the network's words.
#[cfg(test)]
pub(super) fn told<'a, T: Members<'a> + Default>(json: &'a str) -> T {
    read_text(json, Box::leak(Box::default())).unwrap()
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
