//! The fake of X: its rules by direct calls, and its answers against the contract.
#![cfg(all(feature = "x", feature = "testing"))]
// Clippy lets `unwrap` pass inside of test functions only; here most of it is in their helpers.
#![allow(clippy::unwrap_used, clippy::panic)]

/// Makes a test of each story of a file, and a list of them for the switches.
macro_rules! stories {
    ($($name:ident),+ $(,)?) => {
        pub(crate) const STORIES: &[(&str, fn(&crate::net::Net))] =
            &[$((stringify!($name), $name)),+];

        mod told {
            $(#[test]
            fn $name() {
                super::$name(&crate::net::Net::new());
            })+
        }
    };
}

#[path = "../contract/mod.rs"]
mod contract;
mod net;
mod nonsense;
mod sign;
mod story_activity;
mod story_dm;
mod story_engage;
mod story_gate;
mod story_login;
mod story_measure;
mod story_media;
mod story_people;
mod story_read;
mod story_stream;
mod story_write;
mod streaming;
mod switches;
mod watch;
mod weights;
#[path = "../support/x_watch.rs"]
mod x_watch;
