//! What was spent, by network, account and operation.

use serde::{Deserialize, Serialize};

use jiff::Timestamp;

use super::cap::written;
use super::time::{Micros, timestamp};
use super::{Charge, Limits, Name, OverCap, Sent, Settled, Unit, Window};
use crate::error::{Error, ErrorKind};
use crate::model::{Currency, Money};
use crate::operation::Operation;
use crate::shared::order;

/// Under what the money of a call is booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bill {
    /// Whose money it is: a name for people, never a token.
    pub account: Name,
    /// What the call is for.
    pub operation: Operation,
    /// The adapter's own note on how the answer is billed, such as the price of one item; handed back to
    /// [`Dialect::billed`](crate::client::Dialect::billed), and read by nobody else.
    pub tariff: u64,
    #[serde(skip)]
    pub(super) books: Books,
}

/// What is done for calls that cost money. Those who make such calls bring it with their bills, so that it is in their
/// programs, and in no other.
#[derive(Clone, Copy)]
pub(crate) struct Books(pub(super) &'static dyn Bookkeeping);

impl Books {
    /// Those of a call; `None` where it costs no money.
    pub(crate) fn of(charges: &[Charge]) -> Option<&'static dyn Bookkeeping> {
        charges
            .iter()
            .find_map(|charge| Some(charge.bill.as_ref()?.books.0))
    }
}

impl Default for Books {
    fn default() -> Self {
        Self(&Kept)
    }
}

impl std::fmt::Debug for Books {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Books")
    }
}

/// There is one way to keep books.
impl PartialEq for Books {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Books {}

/// See [`Books`].
pub(crate) trait Bookkeeping: Send + Sync + std::panic::RefUnwindSafe {
    /// The cap that a call of these charges could pass.
    fn over_cap(&self, limits: &mut Limits, now: Micros, charges: &[Charge]) -> Option<OverCap>;
    /// Books the money of a reservation that was just granted.
    fn book(&self, limits: &mut Limits, now: Micros, slot: u32, charges: &[Charge]);
    /// Ends the booking of a reservation.
    fn close(&self, limits: &mut Limits, booked: &[Booked], settled: &Settled);
    /// Notes what an answer is billed; `billed` tells it of a bill and its worst.
    fn bill(&self, charges: &[Charge], billed: &dyn Fn(&Bill, u64) -> u64, sent: &mut Sent);
    /// The answer to a call that could pass a cap.
    fn refusal(&self, over: &OverCap, charges: &[Charge]) -> Error;
}

struct Kept;

/// What was spent since the first call that cost money, over restarts where limits are kept in a file.
///
/// Amounts of two currencies are never added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spending {
    /// When the first call that cost money was reserved; `None` where there was none.
    pub since: Option<Timestamp>,
    /// By network, account, operation and currency, in this order.
    pub rows: Vec<Spent>,
}

/// What one operation cost one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spent {
    /// The network.
    pub network: Name,
    /// The account.
    pub account: Name,
    /// What it was spent for.
    pub operation: Operation,
    /// Calls that were sent, answered or not. One operation may make several.
    pub calls: u64,
    /// What answers showed to be billed.
    pub certain: Money,
    /// What calls without an answer may have cost at most: the network may have billed it or not.
    pub uncertain: Money,
    /// What calls that are under way may cost at most.
    pub reserved: Money,
}

impl Spent {
    /// The currency of all amounts.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.certain.currency
    }
}

impl Spending {
    /// The sums of each currency, in the order of their codes.
    #[must_use]
    pub fn totals(&self) -> Vec<Total> {
        let mut totals: Vec<Total> = Vec::new();
        for row in &self.rows {
            let currency = row.currency();
            let at = match totals.binary_search_by(|total| total.currency().cmp(&currency)) {
                Ok(at) => at,
                Err(at) => {
                    totals.insert(at, Total::none(currency));
                    at
                }
            };
            if let Some(total) = totals.get_mut(at) {
                total.add(row);
            }
        }
        totals
    }

    /// The rows of one account on one network.
    pub fn of<'a>(&'a self, network: &'a str, account: &'a str) -> impl Iterator<Item = &'a Spent> {
        self.rows
            .iter()
            .filter(move |row| row.network == network && row.account == account)
    }
}

/// The sum of what was spent in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Total {
    /// Calls that were sent.
    pub calls: u64,
    /// What answers showed to be billed.
    pub certain: Money,
    /// What calls without an answer may have cost at most.
    pub uncertain: Money,
    /// What calls that are under way may cost at most.
    pub reserved: Money,
}

impl Total {
    const fn none(currency: Currency) -> Self {
        Self {
            calls: 0,
            certain: Money::micros(0, currency),
            uncertain: Money::micros(0, currency),
            reserved: Money::micros(0, currency),
        }
    }

    /// The currency of all amounts.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.certain.currency
    }

    fn add(&mut self, row: &Spent) {
        self.calls = self.calls.saturating_add(row.calls);
        for (sum, of) in [
            (&mut self.certain, &row.certain),
            (&mut self.uncertain, &row.uncertain),
            (&mut self.reserved, &row.reserved),
        ] {
            sum.amount = sum.amount.saturating_add(of.amount);
        }
    }
}

/// Everything that was spent, in millionths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Ledger {
    #[serde(skip)]
    pub(super) books: Books,
    since: Micros,
    rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    network: Name,
    account: Name,
    operation: Operation,
    currency: Currency,
    calls: u64,
    certain: u64,
    uncertain: u64,
    reserved: u64,
}

/// Money that a reservation holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Booked {
    row: u32,
    /// The bucket.
    pub(super) at: u32,
    worst: u64,
}

impl Booked {
    /// The same, of a bucket that stands elsewhere.
    pub(super) const fn moved(mut self, at: u32) -> Self {
        self.at = at;
        self
    }
}

impl Ledger {
    /// The row that a charge is booked in. It is made where there is none.
    fn row(&mut self, charge: &Charge) -> Option<(u32, &mut Row)> {
        let bill = charge.bill.as_deref()?;
        let Unit::MoneyMicros(code) = &charge.bucket.unit else {
            return None;
        };
        let currency = Currency::new(code)?;
        let network = &charge.bucket.key.network;
        let known = self.rows.iter().position(|row| {
            row.operation == bill.operation
                && row.account == bill.account
                && row.network == *network
                && row.currency == currency
        });
        let at = known.unwrap_or_else(|| {
            self.rows.push(Row {
                network: network.clone(),
                account: bill.account.clone(),
                operation: bill.operation.clone(),
                currency,
                calls: 0,
                certain: 0,
                uncertain: 0,
                reserved: 0,
            });
            self.rows.len() - 1
        });
        Some((u32::try_from(at).ok()?, self.rows.get_mut(at)?))
    }

    /// Ends a reservation: `None` where nothing was sent.
    fn close(&mut self, booked: &Booked, outcome: Option<(bool, u64)>) {
        let Some(row) = self.rows.get_mut(booked.row as usize) else {
            return;
        };
        row.reserved = row.reserved.saturating_sub(booked.worst);
        if let Some((answered, cost)) = outcome {
            row.calls = row.calls.saturating_add(1);
            let sum = if answered {
                &mut row.certain
            } else {
                &mut row.uncertain
            };
            *sum = sum.saturating_add(cost);
        }
    }

    /// Ends a reservation whose outcome nobody will tell.
    pub(super) fn lose(&mut self, booked: &Booked) {
        self.close(booked, Some((false, booked.worst)));
    }
}

impl Bookkeeping for Kept {
    fn over_cap(&self, limits: &mut Limits, now: Micros, charges: &[Charge]) -> Option<OverCap> {
        charges.iter().find_map(|charge| {
            let at = limits.index.get(&charge.bucket.key).copied()?;
            // What several charges take of one bucket, they take together.
            let alike = |other: &&Charge| other.bucket.key == charge.bucket.key;
            let costs = charges.iter().filter(alike).map(|other| other.cost);
            let cost = costs.fold(0, u64::saturating_add);
            let skew = limits.skew_of(at);
            let state = limits.state(at)?;
            state.turn(now, &skew);
            state.over_cap(now, cost, &skew)
        })
    }

    fn book(&self, limits: &mut Limits, now: Micros, slot: u32, charges: &[Charge]) {
        let mut booked = Vec::new();
        for charge in charges {
            let Some(at) = limits.index.get(&charge.bucket.key).copied() else {
                continue;
            };
            let ledger = limits.ledger.get_or_insert_with(|| {
                Box::new(Ledger {
                    books: Books(&Kept),
                    since: now,
                    rows: Vec::new(),
                })
            });
            if let Some((row, entry)) = ledger.row(charge) {
                entry.reserved = entry.reserved.saturating_add(charge.cost);
                booked.push(Booked {
                    row,
                    at,
                    worst: charge.cost,
                });
            }
        }
        if let Some(slot) = limits.slots.get_mut(slot as usize) {
            slot.booked = booked;
        }
    }

    fn close(&self, limits: &mut Limits, booked: &[Booked], settled: &Settled) {
        for booked in booked {
            let outcome = match settled {
                Settled::NotSent => None,
                Settled::Sent(sent) => {
                    let key = limits.peek(booked.at).map(|state| &*state.key);
                    let real = sent.costs.iter().find(|(known, _)| Some(known) == key);
                    let cost = real.map_or(booked.worst, |(_, real)| *real);
                    Some((sent.answered && !sent.unclear, cost))
                }
            };
            if let Some(ledger) = &mut limits.ledger {
                ledger.close(booked, outcome);
            }
        }
    }

    fn bill(&self, charges: &[Charge], billed: &dyn Fn(&Bill, u64) -> u64, sent: &mut Sent) {
        for charge in charges {
            if let Some(bill) = &charge.bill {
                let billed = billed(bill, charge.cost);
                sent.costs.push((charge.bucket.key.clone(), billed));
            }
        }
    }

    fn refusal(&self, over: &OverCap, charges: &[Charge]) -> Error {
        let money = |micros| written(micros, &over.currency);
        let limit = over.window.limit();
        let span = match over.window {
            Window::Day { .. } => " a day",
            Window::Month { .. } => " a month",
            _ => "",
        };
        let bill = charges
            .iter()
            .filter(|charge| charge.bucket.key == over.bucket)
            .find_map(|charge| charge.bill.as_deref());
        let whose = bill.map_or(String::new(), |bill| format!(" of `{}`", bill.account));
        let next = if over.cost > limit {
            "ask for less at once, or raise the cap"
        } else if over.again_at.is_some() {
            "come back later, or raise the cap"
        } else if over.spent.saturating_add(over.cost) <= limit {
            "try again when the calls under way are answered"
        } else {
            "raise the cap"
        };
        Error::new(
            ErrorKind::QuotaExhausted,
            format!(
                "the cap on spending{whose}, {}{span}, could be passed: {} are spent, calls under way could cost {}, and \
                 this one {}; nothing was sent; {next}",
                money(limit),
                money(over.spent),
                money(over.reserved),
                money(over.cost),
            ),
        )
        .with_retry_at(over.again_at)
    }
}

impl Limits {
    /// What was spent, by network, account and operation.
    #[inline]
    #[must_use]
    pub fn spending(&self) -> Spending {
        let Some(ledger) = self.ledger.as_deref() else {
            return Spending::default();
        };
        let mut rows: Vec<&Row> = ledger.rows.iter().collect();
        order::sort_by(&mut rows, |a, b| {
            (&a.network, &a.account, &a.operation, a.currency).cmp(&(
                &b.network,
                &b.account,
                &b.operation,
                b.currency,
            ))
        });
        let told = |row: &Row| {
            // More than nine trillion is told as that.
            let money =
                |sum: u64| Money::micros(i64::try_from(sum).unwrap_or(i64::MAX), row.currency);
            Spent {
                network: row.network.clone(),
                account: row.account.clone(),
                operation: row.operation.clone(),
                calls: row.calls,
                certain: money(row.certain),
                uncertain: money(row.uncertain),
                reserved: money(row.reserved),
            }
        };
        Spending {
            since: Some(timestamp(ledger.since)),
            rows: rows.into_iter().map(told).collect(),
        }
    }
}
