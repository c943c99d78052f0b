//! What the network says, as far as the models need it. Everything borrows from the body where it can.
//!
//! The contract marks little as required, and two generations of names are in use: `referenced_tweets` of the guides is
//! `referenced_posts` of the contract. Both are read. A member that is not in the form expected reads as absent, and what
//! cannot do without it says so where it is converted.

mod read;
mod write;

pub(super) use crate::shared::lenient::{
    Few, Flag, Int, List, Members, Needed, Num, Obj, Placed, Str, Word, read, read_text,
};
use crate::shared::lenient::{Place, numbers, views};
pub(super) use read::*;
pub(super) use write::*;

/// What a test writes down as the network's words.
#[cfg(test)]
pub(super) fn told<'a, T: Members<'a> + Default>(json: &'a str) -> T {
    read_text(json, Box::leak(Box::default())).unwrap()
}

/// An answer: what stands under `data`, and what goes with it. Where a listing is empty the network leaves `data` out.
#[derive(Default)]
pub(super) struct Told<'a, D> {
    pub(super) data: D,
    pub(super) includes: Obj<Includes<'a>>,
    pub(super) errors: List<Obj<Problem<'a>>>,
    pub(super) meta: Obj<Meta<'a>>,
}

/// What can stand under `data`.
pub(super) trait Data<'a>: Placed<'a> + Default {
    /// Whether it was there.
    fn is_there(&self) -> bool;
}

impl<'a, T: Members<'a> + Default> Data<'a> for Obj<T> {
    fn is_there(&self) -> bool {
        self.0.is_some()
    }
}

impl<'a, T: Placed<'a> + Default> Data<'a> for Needed<List<T>> {
    fn is_there(&self) -> bool {
        self.told
    }
}

impl<'a, D: Data<'a>> Members<'a> for Told<'a, D> {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'a>> {
        match name {
            "data" => Some(self.data.place()),
            "includes" => Some(self.includes.place()),
            "errors" => Some(self.errors.place()),
            "meta" => Some(self.meta.place()),
            _ => None,
        }
    }

    fn missing(&self) -> Option<&'static str> {
        let told = self.data.is_there() || !self.errors.is_empty() || self.meta.get().is_some();
        (!told).then_some("data")
    }
}

/// A list of posts.
pub(super) type Posts<'a> = Told<'a, Needed<List<Obj<Post<'a>>>>>;
/// One post.
pub(super) type OnePost<'a> = Told<'a, Obj<Post<'a>>>;
/// A list of accounts.
pub(super) type Users<'a> = Told<'a, Needed<List<Obj<User<'a>>>>>;
/// One account.
pub(super) type OneUser<'a> = Told<'a, Obj<User<'a>>>;
/// What a write came to.
pub(super) type Done<'a> = Told<'a, Obj<Outcome<'a>>>;
/// What became of a file.
pub(super) type Uploaded<'a> = Told<'a, Obj<Upload<'a>>>;
