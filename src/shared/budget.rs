//! What a day of UTC allows: calls, and money where a network bills for them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::client::after;
use crate::model::Money;
use crate::shared::cap::{reserved, settled};

/// What was used of a day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DayBudget {
    /// The day of UTC that the counts are of.
    day: String,
    calls: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    spent: Option<Money>,
}

/// What is allowed a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) calls: u32,
    /// Without a cap nothing may be billed.
    pub(crate) cost: Option<Money>,
    /// How many items a call returns at most, of which each may be billed.
    pub(crate) page: u32,
}

fn day(now: Timestamp) -> String {
    TimeZone::UTC.to_datetime(now).date().to_string()
}

/// The first moment of the next day of UTC.
pub(crate) fn tomorrow(now: Timestamp) -> Timestamp {
    let left = 86_400 - now.as_second().rem_euclid(86_400);
    after(
        now,
        Duration::from_secs(u64::try_from(left).unwrap_or(86_400)),
    )
}

impl DayBudget {
    fn today(&mut self, now: Timestamp) {
        let today = day(now);
        // A clock that goes back does not give a day's budget twice.
        if self.day < today {
            self.day = today;
            self.calls = 0;
            self.spent = None;
        }
    }

    /// Counts one more call with what it costs at most, if the bounds let it; otherwise why not.
    pub(crate) fn reserve(
        &mut self,
        bounds: Bounds,
        price: Option<Money>,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        self.today(now);
        if self.calls >= bounds.calls {
            return Err("its calls of the day are used up");
        }
        if let Some(price) = price {
            let Some(cap) = bounds.cost else {
                return Err("the network bills for it, and it has no `max_cost_a_day`");
            };
            let Some(sum) = reserved(self.spent, price, bounds.page.max(1), cap) else {
                return Err("one more call could pass its `max_cost_a_day`");
            };
            self.spent = Some(sum);
        }
        self.calls += 1;
        Ok(())
    }

    /// Gives back what a call was counted for and did not cost: networks bill each item that they return, or the call.
    pub(crate) fn settle(
        &mut self,
        bounds: Bounds,
        price: Option<Money>,
        found: usize,
        now: Timestamp,
    ) {
        if self.day != day(now) {
            return;
        }
        if let Some(price) = price {
            self.spent = settled(self.spent, price, bounds.page.max(1), found);
        }
    }

    #[cfg(test)]
    pub(crate) fn used(&self) -> (u32, Option<Money>) {
        (self.calls, self.spent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Currency;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    #[test]
    fn a_days_calls_and_money_are_bounded_and_come_back_with_the_next_day() {
        let price = Some(Money::micros(5_000, Currency::USD));
        let bounds = Bounds {
            calls: 3,
            cost: Some(Money::minor(12, Currency::USD)),
            page: 10,
        };
        let mut budget = DayBudget::default();
        let noon = at("2026-11-30T12:00:00Z");
        // 0.05 each at most; what was not billed is given back.
        assert!(budget.reserve(bounds, price, noon).is_ok());
        assert!(budget.reserve(bounds, price, noon).is_ok());
        assert!(budget.reserve(bounds, price, noon).is_err());
        budget.settle(bounds, price, 0, noon);
        assert_eq!(budget.used().1, Some(Money::micros(55_000, Currency::USD)));
        assert!(budget.reserve(bounds, price, noon).is_ok());
        assert!(budget.reserve(bounds, price, noon).is_err());
        assert!(budget.reserve(bounds, price, tomorrow(noon)).is_ok());
        // A clock that goes back finds the later day's counts.
        assert_eq!(budget.used().0, 1);
        assert!(budget.reserve(bounds, price, noon).is_ok());
        assert_eq!(budget.used().0, 2);
    }

    #[test]
    fn what_is_billed_without_a_cap_or_in_another_currency_is_not_called() {
        let price = Some(Money::micros(5_000, Currency::USD));
        let mut bounds = Bounds {
            calls: 3,
            cost: None,
            page: 50,
        };
        let mut budget = DayBudget::default();
        let noon = at("2026-11-30T12:00:00Z");
        assert!(budget.reserve(bounds, price, noon).is_err());
        assert!(budget.reserve(bounds, None, noon).is_ok());
        bounds.cost = Some(Money::minor(100, Currency::EUR));
        assert!(budget.reserve(bounds, price, noon).is_err());
    }
}
