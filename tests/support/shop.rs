//! A network that bills what it returns, and knows how much that was.

// Not every test binary that shares this file uses all of it, and helpers fail by panicking, as tests do.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use sociable::client::limits::{Bill, SpendingBudget};
use sociable::client::{
    Client, ClientBuilder, Dialect, Fault, InProcess, Login, Reply, Request, Service, SetClock,
};
use sociable::{Currency, Money, Operation, Result};

use crate::plain::Plain;

/// Ten in the morning of 30 November 2026, in UTC.
pub(crate) const START: &str = "2026-11-30T10:00:00Z";
/// What one item costs, in millionths.
pub(crate) const ITEM: u64 = 5_000;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Bills a price for each item that it is asked for and has.
#[derive(Default)]
pub(crate) struct Shop {
    pub(crate) items: AtomicU64,
    pub(crate) calls: AtomicU64,
    pub(crate) billed: AtomicU64,
    /// What the answers' `Date` is ahead of the clock, in seconds.
    pub(crate) ahead: i64,
    pub(crate) seen: Mutex<Vec<String>>,
}

impl Shop {
    pub(crate) fn with(items: u64) -> Arc<Self> {
        Arc::new(Self {
            items: AtomicU64::new(items),
            ..Self::default()
        })
    }
}

impl Service for Shop {
    fn answer(&self, request: &http::Request<Bytes>, now: Timestamp) -> http::Response<Bytes> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if let Some(time) = request.headers().get("x-time") {
            let time = time.to_str().unwrap().to_owned();
            self.seen.lock().unwrap().push(time);
        }
        let mut answer = http::Response::new(Bytes::new());
        if request.uri().path().ends_with("missing") {
            *answer.status_mut() = http::StatusCode::NOT_FOUND;
        } else {
            let items = self.items.load(Ordering::SeqCst);
            self.billed.fetch_add(items * ITEM, Ordering::SeqCst);
            *answer.body_mut() = items.to_string().into();
        }
        let date = jiff::fmt::rfc2822::DateTimePrinter::new();
        let there = Timestamp::from_second(now.as_second() + self.ahead).unwrap();
        let date = date.timestamp_to_rfc9110_string(&there).unwrap();
        answer
            .headers_mut()
            .insert(header::DATE, HeaderValue::try_from(date).unwrap());
        answer
    }
}

/// A network that bills what it returned, and no refusal.
pub(crate) struct Billing {
    pub(crate) client: Option<Client>,
}

impl Dialect for Billing {
    fn network(&self) -> &str {
        "shop"
    }

    fn sign<'a>(
        &'a self,
        request: &'a Request,
        headers: &'a mut HeaderMap,
    ) -> BoxFuture<'a, Result<Login>> {
        assert!(request.url.as_str().starts_with("https://shop.example/"));
        if let Some(client) = &self.client {
            let time = client.server_clock("shop").as_second();
            headers.insert("x-time", HeaderValue::from(time));
        }
        std::future::ready(Ok(Login(0))).boxed()
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        Plain.fault(reply)
    }

    fn billed(&self, reply: &Reply<'_>, bill: &Bill, worst: u64) -> u64 {
        assert_eq!(bill.account, "main");
        if !reply.status.is_success() {
            return 0;
        }
        let items: u64 = std::str::from_utf8(reply.body).unwrap().parse().unwrap();
        if bill.tariff == 0 {
            worst
        } else {
            items * bill.tariff
        }
    }
}

pub(crate) const SHOP: Billing = Billing { client: None };

pub(crate) fn setup(shop: &Arc<Shop>) -> (SetClock, Arc<InProcess>, ClientBuilder) {
    let clock = SetClock::at(at(START));
    let service: Arc<dyn Service> = shop.clone();
    let transport = Arc::new(InProcess::new(service, Arc::new(clock.clone())));
    let builder = Client::builder()
        .transport(transport.clone())
        .clock(Arc::new(clock.clone()))
        .max_wait(Duration::from_secs(30 * 86_400));
    (clock, transport, builder)
}

pub(crate) fn money(cap: &str) -> SpendingBudget {
    SpendingBudget::new("shop", "main", Currency::USD)
        .cap(cap.parse().unwrap())
        .unwrap()
}

/// Asks for a page of so many items.
pub(crate) fn page(budget: &SpendingBudget, items: u64) -> Request {
    Request::get(Operation::POSTS_OWN, url("items")).charge(budget.charge_by(
        &Operation::POSTS_OWN,
        items * ITEM,
        ITEM,
    ))
}

pub(crate) fn url(path: &str) -> url::Url {
    format!("https://shop.example/{path}").parse().unwrap()
}

pub(crate) fn usd(micros: i64) -> Money {
    Money::micros(micros, Currency::USD)
}
