//! Limits that are asked call by call.

use sociable::client::limits::{
    Charge, Held, Limits, Observation, Permit, Refusal, Reservation, Reset, Sent, Settled, Ticket,
    Wait,
};

use super::{START, ts};

pub fn granted(reservation: Reservation) -> Permit {
    match reservation {
        Reservation::Granted(permit) => permit,
        other => panic!("held: {other:?}"),
    }
}

pub fn held(reservation: Reservation) -> Held {
    match reservation {
        Reservation::NotBefore(held) => held,
        other => panic!("not held: {other:?}"),
    }
}

pub fn until(held: &Held) -> i64 {
    match held.wait {
        Wait::Until(at) => at.as_microsecond(),
        other => panic!("no moment: {other:?}"),
    }
}

/// Limits, and a clock that is moved by hand.
pub struct Desk {
    pub limits: Limits,
    pub now: i64,
}

impl Desk {
    pub fn new() -> Self {
        Self {
            limits: Limits::new(),
            now: START,
        }
    }

    pub fn ask(&mut self, charges: &[Charge], ticket: Option<Ticket>) -> Reservation {
        self.limits.reserve(ts(self.now), charges, ticket)
    }

    pub fn take(&mut self, charges: &[Charge]) -> Permit {
        granted(self.ask(charges, None))
    }

    pub fn settle(&mut self, permit: Permit, settled: impl Into<Settled>) -> Vec<Ticket> {
        self.limits.settle(ts(self.now), permit, settled);
        self.limits.ready(ts(self.now))
    }

    pub fn call(&mut self, charges: &[Charge], sent: impl FnOnce(Sent) -> Sent) {
        let permit = self.take(charges);
        let sent = sent(Sent::answered(ts(self.now)));
        self.settle(permit, sent);
    }

    pub fn left(&self, name: &str) -> Option<u64> {
        let budgets = self.limits.budgets(ts(self.now));
        let found = budgets.iter().find(|budget| budget.bucket.name == *name);
        found.and_then(|budget| budget.left)
    }
}

pub fn told(limit: u64, remaining: u64) -> Observation {
    Observation {
        limit: Some(limit),
        remaining: Some(remaining),
        ..Observation::default()
    }
}

pub fn refused(until: Option<Reset>) -> impl FnOnce(Sent) -> Sent {
    move |sent| {
        let refusal = Refusal::new();
        sent.refused(match until {
            Some(until) => refusal.until(until),
            None => refusal,
        })
    }
}
