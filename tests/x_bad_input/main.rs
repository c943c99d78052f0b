//! Bad input of every kind, one test each: the error that fits and says what to do next, nothing published twice or
//! halfway, and no token in what anybody reads.
#![cfg(all(
    feature = "x",
    feature = "testing",
    feature = "oauth",
    feature = "webhook"
))]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod desk;
mod drafts;
mod happenings;
mod limits;

#[path = "../contract/mod.rs"]
mod contract;
#[path = "../support/x_watch.rs"]
mod x_watch;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::x::fake::{Fake, Fault, Plan};
use sociable::adapters::x::{ConsumerKey, Tier, X, XBuilder};
use sociable::client::{Client, Clock, InProcess, SeededRandom, Service, SetClock};
use sociable::jiff::Timestamp;
use sociable::{
    Draft, Error, ErrorKind, EventKind, Media, Need, Operation, Poll, PostId, Retry, Since,
    SocialNetwork,
};

use desk::*;
