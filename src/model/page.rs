use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::ErrorKind;
use crate::id::Cursor;

/// Which part of a listing is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageRequest {
    /// How many items at most; each network bounds it further. Never 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where to go on: what the page before gave as `next`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

impl PageRequest {
    /// The first page, as long as the network likes.
    pub fn first() -> Self {
        Self::default()
    }

    /// Bounds the number of items; 0 is taken as 1.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit.max(1));
        self
    }

    /// Goes on after an earlier page.
    pub fn after(mut self, cursor: impl Into<Cursor>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page<T> {
    /// What the page holds, in the network's order.
    pub items: Vec<T>,
    /// Where to go on; `None` at the end.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// The network's own count of the whole listing, where it tells one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// What could not be had, and why.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub omitted: Vec<Omitted>,
    /// The network's answer as it came, only where the client was built with `keep_raw()`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Arc<str>>,
}

fn none<T>() -> Option<T> {
    None
}

impl<T> Page<T> {
    /// A page of these items, with nothing after it.
    pub fn new(items: Vec<T>) -> Self {
        Self {
            items,
            next: None,
            total: None,
            omitted: Vec::new(),
            raw: None,
        }
    }

    /// Says where to go on.
    pub fn next(mut self, cursor: impl Into<Option<Cursor>>) -> Self {
        self.next = cursor.into();
        self
    }

    /// Adds the network's own count of the whole listing.
    pub fn total(mut self, total: impl Into<Option<u64>>) -> Self {
        self.total = total.into();
        self
    }

    /// Adds what could not be had.
    pub fn omitted(mut self, omitted: Vec<Omitted>) -> Self {
        self.omitted = omitted;
        self
    }

    /// Adds the network's answer as it came.
    pub fn raw(mut self, raw: impl Into<Option<Arc<str>>>) -> Self {
        self.raw = raw.into();
        self
    }

    /// The same page with each item turned into another.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
            total: self.total,
            omitted: self.omitted,
            raw: self.raw,
        }
    }
}

/// An item that a page could not give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Omitted {
    /// The item's id as the network names it.
    pub id: String,
    /// Why it is missing.
    pub reason: ErrorKind,
    /// What the network says of it.
    pub message: String,
}

impl Omitted {
    /// An item that is missing for this reason.
    pub fn new(id: impl Into<String>, reason: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            reason,
            message: message.into(),
        }
    }
}
