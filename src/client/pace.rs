use std::sync::Arc;

use jiff::Timestamp;

use super::Client;
use super::limits::{BucketKey, Charge, LimitStore, Limits, Observation, Refusal};
use crate::error::Result;
use crate::operation::Operation;

/// Where budgets are kept.
pub(super) struct Pace;

impl Pace {
    pub(super) fn new(_: Option<Arc<dyn LimitStore>>, _: Option<Limits>) -> Self {
        Self
    }
}

/// What an attempt came to, for its budgets.
#[derive(Default)]
#[allow(dead_code)]
pub(super) struct Outcome {
    pub(super) answered: bool,
    pub(super) costs: Vec<(BucketKey, u64)>,
    pub(super) seen: Vec<Observation>,
    pub(super) refusal: Option<Refusal>,
    pub(super) server_date: Option<Timestamp>,
}

impl Outcome {
    pub(super) fn lost() -> Self {
        Self::default()
    }
}

/// The right to one attempt.
#[derive(Debug, Default)]
pub struct Permit {
    sent_at: Option<Timestamp>,
}

impl Permit {
    pub(super) fn sent(&mut self, at: Timestamp) {
        self.sent_at.get_or_insert(at);
    }

    pub(super) fn unsent(&mut self) {
        self.sent_at = None;
    }

    pub(super) fn is_sent(&self) -> bool {
        self.sent_at.is_some()
    }

    pub(super) fn sent_at(&self) -> Option<Timestamp> {
        self.sent_at
    }

    pub(super) fn settle(self, _: Outcome) {}
}

impl Client {
    pub(super) async fn acquire(
        &self,
        _network: &str,
        _operation: &Operation,
        _charges: &[Charge],
        _deadline: Option<Timestamp>,
    ) -> Result<Permit> {
        Ok(Permit::default())
    }
}
