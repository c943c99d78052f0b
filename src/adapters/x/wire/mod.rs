//! What the network says, as far as the models need it. Everything borrows from the body where it can.
//!
//! The contract marks little as required, and two generations of names are in use: `referenced_tweets` of the guides is
//! `referenced_posts` of the contract. Both are read. A member that is not in the form expected reads as absent, and what
//! cannot do without it says so where it is converted.

mod read;
mod read_chat;
mod read_events;
mod read_figures;
mod write;

use super::rules::beside::Extras;
pub(super) use crate::shared::lenient::{
    Few, Flag, Int, List, Members, Needed, Num, Obj, Placed, Str, Word, read, read_text,
};
use crate::shared::lenient::{Items, Place, numbers, views};
use crate::shared::texts::Texts;
pub(super) use read::*;
pub(super) use read_chat::*;
pub(super) use read_events::*;
pub(super) use read_figures::*;
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

/// How many things an answer holds that are billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Things {
    /// Those that were asked for.
    pub(super) asked: u64,
    /// What is told beside them.
    pub(super) beside: Extras,
}

/// What of an answer is billed: counted, and nothing built.
pub(super) fn things_in(body: &[u8]) -> Things {
    Things {
        asked: things_asked(body),
        beside: things_beside(body).unwrap_or_default(),
    }
}

/// How many posts and accounts stand beside what was asked for. Only that part of the answer is gone through.
fn things_beside(body: &[u8]) -> Option<Extras> {
    // No text within can hold the name so, since quotes are escaped there.
    const NAME: &[u8] = b"\"includes\":";
    let at = memchr::memmem::find(body, NAME)?;
    let mut rest = body.get(at + NAME.len()..)?;
    let mut beside = Extras::default();
    let (mut depth, mut name): (u32, &[u8]) = (0, b"");
    while let Some((sign, after)) = rest.split_first() {
        rest = after;
        match sign {
            b'"' => {
                let length = length_of_text(rest)?;
                if depth == 1 {
                    name = rest.get(..length)?;
                }
                rest = rest.get(length + 1..)?;
            }
            b'{' if depth == 2 => {
                match name {
                    b"tweets" | b"posts" => beside.posts += 1,
                    b"users" => beside.users += 1,
                    _ => {}
                }
                depth += 1;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => break,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    Some(beside)
}

/// How long a text is that began, without the quote that ends it.
fn length_of_text(text: &[u8]) -> Option<usize> {
    let mut length = 0;
    loop {
        let rest = text.get(length..)?;
        let at = memchr::memchr2(b'"', b'\\', rest)?;
        if rest.get(at) == Some(&b'"') {
            return Some(length + at);
        }
        length += at + 2;
    }
}

/// How many things stand under `data`.
fn things_asked(body: &[u8]) -> u64 {
    if let Some(told) = result_count(body) {
        return told;
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return 0;
    };
    let texts = Texts::default();
    match read_text::<Counted>(text, &texts) {
        Ok(Counted { list: true, things }) => things,
        // One thing, if any.
        _ => u64::from(text.contains("\"data\"")),
    }
}

/// The count that a listing's last words tell. No text within can hold them, since quotes are escaped there.
fn result_count(body: &[u8]) -> Option<u64> {
    const NAME: &[u8] = b"\"result_count\":";
    let tail = body.get(body.len().saturating_sub(512)..)?;
    let at = tail.windows(NAME.len()).rposition(|part| part == NAME)?;
    let rest = tail.get(at + NAME.len()..)?.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(rest.get(..digits)?).ok()?.parse().ok()
}

/// How many items stand in a list.
#[derive(Default)]
struct Counted {
    list: bool,
    things: u64,
}

impl<'de> Members<'de> for Counted {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'de>> {
        (name == "data").then_some(Place::List(self))
    }
}

impl<'de> Items<'de> for Counted {
    fn begin(&mut self) {
        self.list = true;
    }

    fn next(&mut self) -> Option<Place<'_, 'de>> {
        self.things += 1;
        None
    }
}

/// The first of several numbers; absent where there is none.
#[derive(Default)]
pub(super) struct First {
    pub(super) number: Num,
    begun: bool,
}

impl<'de> Placed<'de> for First {
    fn place(&mut self) -> Place<'_, 'de> {
        Place::List(self)
    }
}

impl<'de> Items<'de> for First {
    fn begin(&mut self) {
        *self = Self::default();
    }

    fn next(&mut self) -> Option<Place<'_, 'de>> {
        let first = !std::mem::replace(&mut self.begun, true);
        first.then(|| self.number.place())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_billed_is_counted_in_every_form() {
        for (body, things) in [
            (
                r#"{"data":[{"id":"1"},{"id":"2"}],"meta":{"result_count":2,"next_token":"x"}}"#,
                2,
            ),
            (r#"{"data":[{"id":"1"},{"id":"2"},{"id":"3"}]}"#, 3),
            (r#"{"data":{"id":"1"}}"#, 1),
            (r#"{"errors":[{"detail":"gone"}]}"#, 0),
            (r#"{"meta":{"result_count":0}}"#, 0),
            (r#"{"data":[{"text":"\"result_count\":9"}]}"#, 1),
            ("<html>", 0),
        ] {
            let things = Things {
                asked: things,
                ..Things::default()
            };
            assert_eq!(things_in(body.as_bytes()), things, "{body}");
        }
    }

    #[test]
    fn what_stands_beside_is_counted_by_its_kind() {
        for (body, asked, posts, users) in [
            (
                r#"{"data":[{"id":"1"}],"includes":{"users":[{"id":"2","entities":{"urls":[{"url":"x"}]}},{"id":"3"}],
                    "tweets":[{"id":"4","text":"a \"users\":[{ \\","entities":{"mentions":[{"username":"a"}]}}],
                    "media":[{"media_key":"3_1","variants":[{"url":"x"}]}]},"meta":{"result_count":1}}"#,
                1,
                1,
                2,
            ),
            (
                r#"{"includes" : {}, "data":{"id":"1"},"includes":{"posts":[{"id":"4"},{"id":"5"}],"polls":[{"id":"6","options":[{"position":1}]}]},"errors":[{"detail":"x"}]}"#,
                1,
                2,
                0,
            ),
            (
                r#"{"data":[{"text":"\"includes\":{\"users\":[{}]}"}]}"#,
                1,
                0,
                0,
            ),
            // Broken off in the middle.
            (
                r#"{"data":{"id":"1"},"includes":{"users":[{"id":"2"#,
                1,
                0,
                0,
            ),
        ] {
            let beside = Extras { posts, users };
            let things = Things { asked, beside };
            assert_eq!(things_in(body.as_bytes()), things, "{body}");
        }
    }

    #[test]
    fn both_spellings_of_renamed_members_are_read() {
        for json in [
            r#"{"id":"1","referenced_tweets":[{"type":"quoted","id":"2"}],"note_tweet":{"text":"long"},"public_metrics":{"retweet_count":3}}"#,
            r#"{"id":"1","referenced_posts":[{"type":"quoted","id":"2"}],"note_post":{"text":"long"},"public_metrics":{"repost_count":3}}"#,
        ] {
            let post: Post<'_> = told(json);
            assert_eq!(
                post.referenced.objects().next().unwrap().id.get(),
                Some("2")
            );
            assert_eq!(post.note.get().unwrap().text.get(), Some("long"));
            assert_eq!(post.public_metrics.get().unwrap().reposts.0, Some(3));
        }
    }

    #[test]
    fn an_answer_without_data_is_an_empty_list_only_where_it_says_so() {
        let empty: Posts<'_> = told(r#"{"meta":{"result_count":0}}"#);
        assert!(empty.data.is_empty());
        let texts = Texts::default();
        for garbage in ["{}", r#"{"posts":[]}"#, "[]", r#"{"data":7}"#] {
            assert!(
                read_text::<Posts<'_>>(garbage, &texts).is_err(),
                "{garbage}"
            );
        }
    }
}
