//! What the X adapter makes of messages, happenings and figures: by answers that a test writes down, and on X's fake.
#![cfg(feature = "x")]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod chat;
mod events;
mod figures;
#[cfg(feature = "testing")]
mod on_fake;
#[path = "../x_calls/server.rs"]
#[allow(dead_code)]
mod server;
mod stream;
mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::x::{AccessToken, ConsumerKey, Tier, X, XBuilder};
use sociable::client::{Client, Clock, Disturbance, InProcess, SeededRandom, Service, SetClock};
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::*;

use server::*;
