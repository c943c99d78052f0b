//! The public API is listed in `public-api.txt`. A change to it fails here until it is accepted:
//! `SOCIABLE_ACCEPT=1 cargo test --features full --test public_api` writes the listing anew, to be committed.
//!
//! The listing is read from the sources, so it does not depend on the compiler. Types stand as the sources write them.

#![cfg(feature = "full")]

mod expand;
mod list;
mod sources;

use std::path::Path;

#[test]
fn a_change_to_the_public_api_is_accepted_before_it_passes() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = list::public_api("sociable", &project.join("src/lib.rs")).unwrap();
    let file = project.join("public-api.txt");
    if std::env::var_os("SOCIABLE_ACCEPT").is_some_and(|v| v == "1") {
        std::fs::write(&file, found.join("\n") + "\n").unwrap();
        println!("accepted: {} lines", found.len());
        return;
    }
    let accepted = std::fs::read_to_string(&file).unwrap_or_default();
    let accepted: Vec<&str> = accepted.lines().collect();
    let mut changes: Vec<String> = Vec::new();
    changes.extend(
        accepted
            .iter()
            .filter(|line| !found.iter().any(|f| f == *line))
            .map(|line| format!("- {line}")),
    );
    changes.extend(
        found
            .iter()
            .filter(|line| !accepted.contains(&line.as_str()))
            .map(|line| format!("+ {line}")),
    );
    assert!(
        changes.is_empty(),
        "the public API differs from public-api.txt:\n{}\nIf that is meant: SOCIABLE_ACCEPT=1 cargo test --features full --test public_api, and commit the file",
        changes.join("\n")
    );
}

/// A crate of one file, listed.
fn listed(source: &str) -> Result<Vec<String>, String> {
    let folder = std::env::temp_dir().join(format!(
        "sociable-public-api-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let file = folder.join("lib.rs");
    std::fs::write(&file, source).map_err(|e| e.to_string())?;
    let lines = list::public_api("it", &file);
    std::fs::remove_dir_all(&folder).map_err(|e| e.to_string())?;
    lines
}

#[test]
fn what_is_public_is_listed_and_what_is_private_is_not() {
    let lines = listed(
        r#"
        mod inner {
            pub struct Shown<T> { pub field: Vec<T>, secret: u8 }
            impl<T: Clone> Shown<T> {
                pub fn take(mut self, other: &'static str) -> Option<(T, [u8; 4])> where T: Send { None }
                fn own(&self) {}
                pub(crate) fn ours(&self) {}
            }
            pub struct Unreached;
            impl Unreached { pub fn nothing(&self) {} }
            impl super::Speaks for Vec<u8> { type Word = u8; fn say(&self) -> u8 { 1 } }
        }
        pub use inner::Shown;
        pub use inner::Shown as Other;
        #[cfg(feature = "more")]
        pub mod more {
            pub use super::deep::*;
            #[doc(hidden)]
            pub fn internal() {}
        }
        mod deep {
            #[derive(Clone, Debug)]
            #[non_exhaustive]
            pub enum Word { A, B(u8), C { at: u64 } }
            impl From<u8> for Word { fn from(_: u8) -> Self { Self::A } }
        }
        pub trait Speaks: Send {
            type Word;
            fn say(&self) -> u8;
            async fn again(&mut self, times: usize) -> Result<(), String> { Ok(()) }
        }
        pub const LIMIT: u64 = 5;
        pub type Answer<T> = Result<T, String>;
        #[cfg(test)]
        pub mod tests {}
        pub use std::time::Duration;
        "#,
    )
    .unwrap();
    let expected = [
        "pub type it::Answer<T> = Result<T, String>",
        "pub use it::Duration = std::time::Duration",
        "pub const it::LIMIT: u64",
        "pub use it::Other = it::Shown",
        "pub struct it::Shown<T> { private fields }",
        "pub it::Shown.field: Vec<T>",
        "impl<T: Clone> it::Shown<T> pub fn it::Shown::take(self, other: &'static str) -> Option<(T, [u8; 4])> where T: Send",
        "pub trait it::Speaks: Send",
        "async fn it::Speaks::again(&mut self, times: usize) -> Result<(), String> { provided }",
        "fn it::Speaks::say(&self) -> u8",
        "type it::Speaks::Word",
        "impl Speaks for Vec<u8>",
        "type <Vec<u8> as Speaks>::Word = u8",
        "pub mod it::more [feature = \"more\"]",
        "#[non_exhaustive] pub enum it::more::Word [feature = \"more\"]",
        "it::more::Word::A [feature = \"more\"]",
        "it::more::Word::B(u8) [feature = \"more\"]",
        "it::more::Word::C { at: u64 } [feature = \"more\"]",
        "impl Clone + Debug for it::more::Word [feature = \"more\"]",
        "impl From<u8> for it::more::Word [feature = \"more\"]",
    ];
    assert_eq!(lines, expected, "{}", lines.join("\n"));
}

#[test]
fn what_the_crates_own_macros_make_is_listed() {
    let lines = listed(
        r#"
        macro_rules! ids {
            ($($(#[$doc:meta])* $name:ident;)*) => {$(
                $(#[$doc])*
                #[derive(Clone)]
                pub struct $name(String);
                impl From<&$name> for $name { fn from(id: &$name) -> Self { id.clone() } }
                impl $name { make!(@get $name: Vec<$name>, "gets"); }
            )*};
        }
        macro_rules! make {
            (@set $name:ident: $ty:ty) => { pub fn set(self) {} };
            (@get $name:ident: $ty:ty, $doc:literal) => { #[doc = $doc] pub fn get(&self) -> $ty { todo } };
        }
        #[macro_export]
        macro_rules! offered { ($a:ident => $b:expr) => {}; ($($c:tt),* $(,)?) => {}; }
        ids! {
            /// One.
            One;
            Two;
        }
        "#,
    )
    .unwrap();
    let expected = [
        "pub struct it::One { private fields }",
        "pub fn it::One::get(&self) -> Vec<One>",
        "impl Clone for it::One",
        "impl From<&One> for it::One",
        "pub struct it::Two { private fields }",
        "pub fn it::Two::get(&self) -> Vec<Two>",
        "impl Clone for it::Two",
        "impl From<&Two> for it::Two",
        "macro it::offered!($($c: tt), *$(,) ?)",
        "macro it::offered!($a: ident => $b: expr)",
    ];
    assert_eq!(lines, expected, "{}", lines.join("\n"));
    let unknown = listed("foreign::make! { struct A; }").unwrap_err();
    assert!(
        unknown.contains("make! is not defined in this crate"),
        "{unknown}"
    );
}
