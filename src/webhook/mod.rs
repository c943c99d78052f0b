//! What networks deliver by themselves, received: HTTP requests in, [`Event`]s out.
//!
//! A [`Receiver`] stands behind one address of any web server that speaks the types of the crate [`http`]. The network's
//! adapter is its [`Webhook`]: it knows what a delivery looks like, how it shows that it is the network's, and what the
//! network wants to be answered. All else is the same for every network, and done here:
//!
//! 1. Methods other than the network's are refused (405), and bodies over the [limit](ReceiverBuilder::body_limit) (413)
//!    before they are read to the end, let alone parsed.
//! 2. The adapter checks the secret or signature and reads the events. What is not the network's is refused (400, 403 or
//!    404) with an empty body; the typed error is in [`Received`], and holds no secret.
//! 3. Events that were taken before, in a delivery that the network repeated, are passed over. They are known for a day,
//!    in bounded memory, and beyond a restart where a [store](ReceiverBuilder::store) is given.
//! 4. The others are handed to the program, one at a time and in their order.
//! 5. Only when the program has taken all of them is the network answered with a success. Otherwise the answer is
//!    503 with `Retry-After`, so that the network delivers again: each event comes **at least once**.
//!
//! # Taking events
//!
//! Either by a function, which should store the event and return, since the network waits for the answer:
//!
//! ```
//! # #[cfg(feature = "memory")]
//! # async fn example(request: http::Request<String>) -> sociable::Result<http::Response<bytes::Bytes>> {
//! use sociable::adapters::memory::World;
//! use sociable::webhook::Receiver;
//!
//! let world = World::new();
//! world.add_account("shop");
//! let webhook = world.network("shop")?.webhook("the secret of the webhook");
//! let receiver = Receiver::builder(webhook).sink(|event| async move {
//!     println!("{}: {}", event.id, event.kind); // keep it: after `Ok` the network forgets it
//!     Ok(())
//! });
//! // In the server's handler; a `Receiver` is cheap to clone.
//! let response = receiver.handle(request).await;
//! # Ok(response)
//! # }
//! ```
//!
//! Or as a stream, like that of [`listen`](crate::SocialNetwork::listen), on which a bot runs unchanged whether its
//! events are polled or pushed. To ask for the next event is to say that the last one is dealt with:
//!
//! ```
//! # async fn example(webhook: impl sociable::webhook::Webhook + 'static) {
//! use futures_util::StreamExt;
//! use sociable::webhook::Receiver;
//!
//! let (receiver, mut happening) = Receiver::builder(webhook).stream();
//! // Give `receiver` to the server, and:
//! while let Some(event) = happening.next().await {
//!     match event {
//!         Ok(event) => println!("{}: {}", event.id, event.kind),
//!         Err(error) => println!("it ended ({:?}): {error}", error.ended()),
//!     }
//! }
//! # }
//! ```
//!
//! # What holds, and what cannot
//!
//! - Ids are those under which the network's `events` tell the same happenings, where it has both ways, so that a program
//!   may poll after an outage for what was not delivered and drop what it has.
//! - Order is that of arrival: deliveries are taken one after the other. What was refused comes later than what arrived in
//!   between; who cannot bear that goes by the events' times, or polls.
//! - A process that is killed between taking an event and noting its id is given it again. So are two processes that
//!   receive the same delivery at once. A program that must act exactly once notes the event's id with what it did.
//! - A sender that is slow, or never ends, is the server's to bound in time; the receiver bounds its length.
//!
//! # For an adapter
//!
//! Implement [`Webhook`], use [`same_secret`] to compare and [`read_json`] to parse, answer [`wrong_secret`] and
//! [`of_another`] where they fit, and give the behaviour suite the network's fake as `testing::stage::Pushes` (feature
//! `testing`), so that it proves all of this.

mod body;
mod known;
mod receiver;
mod refusal;
mod stream;

use std::fmt::{self, Debug};
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;

pub use receiver::{Received, Receiver, ReceiverBuilder};
#[cfg(any(feature = "vk", feature = "x"))]
pub(crate) use refusal::read_with;
pub use refusal::{of_another, read_json, same_secret, wrong_secret};
pub use stream::Pushed;

use crate::error::Result;
use crate::model::Event;

/// What nearly every network delivers with.
const POST: &[Method] = &[Method::POST];

/// What a network's adapter knows of its deliveries.
pub trait Webhook: Debug + Send + Sync {
    /// The methods that the network uses; `POST` alone by default. Others are refused before anything is read.
    fn methods(&self) -> &[Method] {
        POST
    }

    /// Verifies one delivery and reads it. No I/O; `now` is the receiver's clock. The body is bounded already.
    ///
    /// A secret is compared by [`same_secret`], and before anything of the delivery is used.
    ///
    /// # Errors
    /// What is not the network's own delivery to this identity, typed: `Unauthorized` for a wrong secret or signature
    /// (the network is answered 403), `NotFound` for another identity's (404), `Decode` or `Invalid` for what cannot be
    /// read (400). No message holds a secret, or quotes what was sent.
    fn receive(&self, request: &Request<Bytes>, now: Timestamp) -> Result<Delivery>;
}

impl<W: Webhook + ?Sized> Webhook for Arc<W> {
    fn methods(&self) -> &[Method] {
        (**self).methods()
    }

    fn receive(&self, request: &Request<Bytes>, now: Timestamp) -> Result<Delivery> {
        (**self).receive(request, now)
    }
}

impl<W: Webhook + ?Sized> Webhook for Box<W> {
    fn methods(&self) -> &[Method] {
        (**self).methods()
    }

    fn receive(&self, request: &Request<Bytes>, now: Timestamp) -> Result<Delivery> {
        (**self).receive(request, now)
    }
}

/// What one delivery holds.
#[derive(Clone)]
#[non_exhaustive]
pub struct Delivery {
    /// What happened, in the network's order; empty for a handshake.
    pub events: Vec<Event>,
    /// What the network wants to be answered once the events are kept.
    pub answer: Response<Bytes>,
}

impl Delivery {
    /// These events, answered by 200 without a body.
    pub fn new(events: Vec<Event>) -> Self {
        Self {
            events,
            answer: Response::new(Bytes::new()),
        }
    }

    /// A handshake: nothing happened, and the network waits for this answer.
    pub fn handshake(answer: impl Into<Bytes>) -> Self {
        Self::new(Vec::new()).answer(Response::new(answer.into()))
    }

    /// Sets what the network wants to be answered.
    pub fn answer(mut self, answer: Response<Bytes>) -> Self {
        self.answer = answer;
        self
    }
}

/// A handshake's answer may be known to the network and its receiver alone, so that `Debug` shows its status only.
impl Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("events", &self.events)
            .field("status", &self.answer.status())
            .finish_non_exhaustive()
    }
}
