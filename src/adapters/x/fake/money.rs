//! What calls cost, and what happens when nothing is left.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::faults::Rule;
use super::state::{Id, World};
use super::wire::{Call, Read, Refusal, Reply, number};

/// One line of the bill.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Billed {
    /// When.
    pub at: Timestamp,
    /// The operation, like `GET /2/tweets`.
    pub operation: String,
    /// In whose name; none for the app alone.
    pub user: Option<u64>,
    /// What was paid for: `request`, `post`, `post with a link`, `user`, `owned` and so on.
    pub what: &'static str,
    /// How many of it.
    pub units: i64,
    /// What all of it cost, in thousandths of a US dollar.
    pub mills: i64,
}

#[derive(Debug, Default)]
pub(super) struct Money {
    pub(super) bill: Vec<Billed>,
    /// What is left, in thousandths of a dollar; none: there is no end.
    pub(super) credits: Option<i64>,
    /// Posts that may be read in a month; none: there is no end.
    pub(super) cap: Option<i64>,
    /// Posts that were read in the month that is told first.
    pub(super) read: (i64, i64),
    /// Posts that were read on a day, by the day.
    pub(super) days: std::collections::BTreeMap<i64, i64>,
    /// What was paid for already on a day.
    paid: BTreeSet<(i64, Read, Id)>,
}

/// The month of a moment, as a number that grows.
fn month(now: Timestamp) -> i64 {
    let date = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    i64::from(date.year()) * 12 + i64::from(date.month())
}

pub(super) fn day(now: Timestamp) -> i64 {
    now.as_second().div_euclid(24 * 3600)
}

/// The posts and users that an answer returns beside what was asked for: they are resources as well.
pub(super) fn beside(body: &Value) -> impl Iterator<Item = (Read, Id)> + '_ {
    let names = [
        ("users", Read::User),
        ("tweets", Read::Post),
        ("posts", Read::Post),
    ];
    names.into_iter().flat_map(|(name, kind)| {
        let list = body.pointer(&format!("/includes/{name}"));
        let list = list.and_then(Value::as_array).into_iter().flatten();
        list.filter_map(move |one| Some((kind, number(one.get("id")?.as_str()?)?)))
    })
}

impl World {
    /// Refuses a call that nothing pays for.
    pub(super) fn afford(&self, call: &Call<'_>) -> Result<(), Refusal> {
        if self.money.credits.is_some_and(|left| left <= 0) && self.keeps(Rule::CreditsRunOut) {
            return Err(Refusal::problem(
                402,
                "credits",
                "CreditsDepleted",
                "Your enrolled account does not have any credits to fulfill this request.",
            ));
        }
        let read = if self.money.read.0 == month(call.now) {
            self.money.read.1
        } else {
            0
        };
        let reads_posts = call.op.method == "GET"
            && call.op.params().any(|param| param.name == "media.fields")
            && !call.op.path.contains("dm_");
        if reads_posts
            && self.money.cap.is_some_and(|cap| read >= cap)
            && self.keeps(Rule::MonthlyCap)
        {
            return Err(Refusal::problem(
                429,
                "usage-capped",
                "UsageCapExceeded",
                "Usage cap exceeded: Monthly product cap",
            )
            .with("period", "Monthly")
            .with("scope", "Product")
            .with("account_id", 1_777_000_000_000_000_001_i64));
        }
        Ok(())
    }

    /// Writes onto the bill what an answer costs.
    pub(super) fn charge(&mut self, call: &Call<'_>, reply: &Reply) {
        let (fixed, what) = reply.price.unwrap_or((call.op.price, "request"));
        let mut lines: Vec<(&'static str, i64, i64)> = Vec::new();
        if fixed > 0 {
            lines.push((what, 1, fixed));
        }
        let today = day(call.now);
        let owned = call.op.owned
            && call.me() == Some(self.settings.owner)
            && call.part("id").parse() == Ok(self.settings.owner)
            && self.keeps(Rule::OwnedReadsCostLess);
        let posts = reply
            .read
            .iter()
            .filter(|(kind, _)| *kind == Read::Post)
            .count();
        if posts > 0 {
            let posts = i64::try_from(posts).unwrap_or(i64::MAX);
            let now = month(call.now);
            if self.money.read.0 != now {
                self.money.read = (now, 0);
            }
            self.money.read.1 = self.money.read.1.saturating_add(posts);
            *self.money.days.entry(today).or_default() += posts;
        }
        let read = reply.read.iter().map(|(kind, id)| {
            let price = if owned { Read::Owned } else { *kind };
            (*kind, price, *id)
        });
        let beside = beside(&reply.body).map(|(kind, id)| (kind, kind, id));
        for (kind, price, id) in read.chain(beside) {
            let first = self.money.paid.insert((today, kind, id));
            if !first && self.keeps(Rule::PaidOnceADay) {
                continue;
            }
            let kind = price;
            match lines.iter_mut().find(|(what, ..)| *what == kind.name()) {
                Some((_, units, mills)) => {
                    *units += 1;
                    *mills += kind.mills();
                }
                None => lines.push((kind.name(), 1, kind.mills())),
            }
        }
        for (what, units, mills) in lines {
            self.bill(call.now, call.op.name(), call.me(), what, units, mills);
        }
    }

    pub(super) fn bill(
        &mut self,
        at: Timestamp,
        operation: String,
        user: Option<Id>,
        what: &'static str,
        units: i64,
        mills: i64,
    ) {
        if let Some(left) = &mut self.money.credits {
            *left -= mills;
        }
        self.money.bill.push(Billed {
            at,
            operation,
            user,
            what,
            units,
            mills,
        });
    }
}
