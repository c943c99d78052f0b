//! Bad input of every kind, one test each: the error that fits and says what to do next, nothing published twice or
//! halfway, and no token in what anybody reads.
#![cfg(all(feature = "vk", feature = "testing"))]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod addresses;
mod answers;
mod desk;
mod tokens;
mod uploads;

#[path = "../contract/mod.rs"]
mod contract;
#[path = "../support/vk_watch.rs"]
mod vk_watch;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::vk::fake::{Fake, Fault};
use sociable::adapters::vk::{TokenKind, Vk, VkBuilder};
use sociable::client::{Clock, Service};
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::testing::stage::Bench;
use sociable::{
    AccountConfig, AccountId, ConversationId, Draft, Edit, Error, ErrorKind, EventCursor,
    EventKind, EventQuery, LinkCard, Media, MessageDraft, Need, Poll, PostId, PostQuery, Recipient,
    Registry, Retry, SocialNetwork, Timeline,
};

use desk::*;
