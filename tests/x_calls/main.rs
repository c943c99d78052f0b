//! What the X adapter asks, in which order and by which token, and what it makes of answers that a test writes down.
#![cfg(feature = "x")]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod config;
mod limits;
mod people;
mod reads;
mod server;
mod tokens;
mod uploads;
mod writes;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::x::{AccessToken, ConsumerKey, Tier, X, XBuilder};
use sociable::client::{Client, Clock, InProcess, SeededRandom, Service, SetClock};
use sociable::jiff::Timestamp;
use sociable::{
    AccountId, AccountRef, AudienceQuery, Availability, Draft, Edit, Engagement, ErrorKind,
    EventKind, EventQuery, Media, MediaKind, Membership, Moderation, Need, Operation, Order, Poll,
    PostId, PostQuery, PostRef, Reconciled, SocialNetwork, Target, Text,
};

use server::*;
