//! What the VK adapter asks, in which order and by which token, and what it makes of answers that a test writes down.
#![cfg(feature = "vk")]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod batch;
mod identity;
mod limits;
mod server;
mod uploads;
mod writes;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::vk::{TokenKind, Vk, VkBuilder};
use sociable::client::{Client, Clock, InProcess, SeededRandom, Service, SetClock};
use sociable::jiff::Timestamp;
use sociable::{
    AccountId, AccountRef, Availability, Challenge, ChallengeKind, ConversationId, Draft, Edit,
    Engagement, ErrorKind, LinkCard, Media, MediaKind, MessageDraft, Moderation, Need, Operation,
    Poll, PostId, PostQuery, PostState, Recipient, Reconciled, SocialNetwork, Target, Text,
    Visibility,
};

use server::*;
