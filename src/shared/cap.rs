//! Money that is put aside before a network bills it, and what comes back.

use crate::model::Money;

/// What so many cost.
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

/// What is spent once `most` things are paid for as well, if that stays within the cap.
pub(crate) fn reserved(spent: Option<Money>, price: Money, most: u32, cap: Money) -> Option<Money> {
    let cost = times(price, most)?;
    let sum = match spent {
        Some(spent) => spent.plus(cost)?,
        None => cost,
    };
    at_most(sum, cap).then_some(sum)
}

/// What is spent once so many things of `most` turned out to be billed: networks bill each item that they return, or
/// the call.
pub(crate) fn settled(
    spent: Option<Money>,
    price: Money,
    most: u32,
    found: usize,
) -> Option<Money> {
    let billed = u32::try_from(found).unwrap_or(u32::MAX).max(1);
    let (Some(spent_so_far), Some(mut back)) = (spent, times(price, most.saturating_sub(billed)))
    else {
        return spent;
    };
    back.amount = -back.amount;
    spent_so_far.plus(back)
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
