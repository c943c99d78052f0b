//! The fake of VK: its rules by direct calls, and its answers against the contract.
#![cfg(all(feature = "vk", feature = "testing"))]
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
mod story_events;
mod story_files;
mod story_gate;
mod story_people;
mod story_script;
mod story_talk;
mod story_wall;
mod switches;
#[path = "../support/vk_watch.rs"]
mod vk_watch;
mod watch;
