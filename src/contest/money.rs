//! What looking may cost, where a network bills what it tells.

use super::Contest;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Money;
use crate::operation::Operation;

/// What was put aside for one call: the price of each thing that is told, and how many it was put aside for.
pub(super) type Leave = Option<(Money, u32)>;

fn times(price: Money, count: u32) -> Option<Money> {
    let mut sum = price;
    sum.amount = sum.amount.checked_mul(i64::from(count))?;
    Some(sum)
}

/// Whether a sum is at most a cap; sums of two currencies are not.
fn at_most(sum: Money, cap: Money) -> bool {
    let mut back = cap;
    back.amount = -back.amount;
    sum.plus(back).is_some_and(|over| over.amount <= 0)
}

/// What is spent once a call for so many things is made, if that stays within the cap.
fn reserved(spent: Option<Money>, price: Money, most: u32, cap: Money) -> Option<Money> {
    let cost = times(price, most)?;
    let sum = match spent {
        Some(spent) => spent.plus(cost)?,
        None => cost,
    };
    at_most(sum, cap).then_some(sum)
}

impl Contest {
    /// Puts aside what a call costs at most.
    ///
    /// # Errors
    /// `QuotaExhausted` where the network bills it and no cap was given, or the cap would be passed.
    pub(super) async fn may_spend(
        &self,
        account: &str,
        operation: &Operation,
        most: u32,
    ) -> Result<Leave> {
        let profile = self.network(account)?.profile();
        let Some(price) = profile.supports(operation).price else {
            return Ok(None);
        };
        let refused = |why: &str| {
            Error::new(ErrorKind::QuotaExhausted, why.to_owned())
                .with_network(profile.network.clone())
                .with_operation(operation.clone())
                .with_retry(crate::Retry::Never)
        };
        let Some(cap) = self.of.0.settings.max_cost else {
            return Err(refused(
                "the network bills this, and the contests have no `max_cost`",
            ));
        };
        self.change(|head| {
            let sum = reserved(head.spent, price, most, cap);
            let over = || refused("one more call could pass the contests' `max_cost`");
            head.spent = Some(sum.ok_or_else(over)?);
            Ok(())
        })
        .await?;
        Ok(Some((price, most)))
    }

    /// Gives back what a call was put aside for and did not cost: each thing told is billed, or the call.
    pub(super) async fn spent(&self, leave: Leave, told: usize) -> Result<()> {
        let Some((price, most)) = leave else {
            return Ok(());
        };
        let billed = u32::try_from(told).unwrap_or(u32::MAX).max(1);
        let back = times(price, most.saturating_sub(billed));
        self.change(|head| {
            if let (Some(spent), Some(mut back)) = (head.spent, back) {
                back.amount = -back.amount;
                head.spent = spent.plus(back);
            }
            Ok(())
        })
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Currency;

    #[test]
    fn what_is_put_aside_stays_within_the_cap() {
        let price = Money::micros(5_000, Currency::USD);
        let cap = Money::minor(1, Currency::USD);
        let once = reserved(None, price, 2, cap);
        assert_eq!(once, Some(Money::micros(10_000, Currency::USD)));
        assert_eq!(reserved(once, price, 1, cap), None);
        assert_eq!(
            reserved(None, price, 1, Money::minor(1, Currency::EUR)),
            None
        );
    }
}
