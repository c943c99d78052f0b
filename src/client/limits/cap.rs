//! How much money may be spent.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Bill, Books, Bucket, BucketKey, Charge, Name, Scope, Unit, Window, subject};
use crate::error::{Error, Result};
use crate::model::{Currency, Money};
use crate::operation::Operation;

/// How much an account may spend: in a day, in a month, in all, or several of these at once.
///
/// Days and calendar months are those of UTC. In configuration it is written as `"1.50 USD a day"`,
/// `"25 USD a month"`, `"100 USD"` (in all), or several with commas between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpendingCap {
    currency: Currency,
    /// In millionths.
    day: Option<u64>,
    month: Option<u64>,
    total: Option<u64>,
}

impl SpendingCap {
    /// So much in a day of UTC.
    ///
    /// # Errors
    /// `Config` where the amount is negative, or finer than millionths.
    pub fn a_day(money: Money) -> Result<Self> {
        Self::none(money.currency).with_day(money)
    }

    /// So much in a calendar month of UTC.
    ///
    /// # Errors
    /// `Config` where the amount is negative, or finer than millionths.
    pub fn a_month(money: Money) -> Result<Self> {
        Self::none(money.currency).with_month(money)
    }

    /// So much in all.
    ///
    /// # Errors
    /// `Config` where the amount is negative, or finer than millionths.
    pub fn in_all(money: Money) -> Result<Self> {
        Self::none(money.currency).with_total(money)
    }

    const fn none(currency: Currency) -> Self {
        Self {
            currency,
            day: None,
            month: None,
            total: None,
        }
    }

    /// And so much in a day of UTC.
    ///
    /// # Errors
    /// `Config` where the amount cannot be used, or is in another currency.
    pub fn with_day(mut self, money: Money) -> Result<Self> {
        self.day = Some(self.micros(money)?);
        Ok(self)
    }

    /// And so much in a calendar month of UTC.
    ///
    /// # Errors
    /// `Config` where the amount cannot be used, or is in another currency.
    pub fn with_month(mut self, money: Money) -> Result<Self> {
        self.month = Some(self.micros(money)?);
        Ok(self)
    }

    /// And so much in all.
    ///
    /// # Errors
    /// `Config` where the amount cannot be used, or is in another currency.
    pub fn with_total(mut self, money: Money) -> Result<Self> {
        self.total = Some(self.micros(money)?);
        Ok(self)
    }

    /// The currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    fn micros(&self, money: Money) -> Result<u64> {
        if money.currency != self.currency {
            return Err(Error::config(format!(
                "a cap on spending is in one currency, and this one names {} and {}: write one of them",
                self.currency, money.currency
            )));
        }
        money.to_micros().ok_or_else(|| {
            Error::config(format!(
                "{money} cannot cap spending: write an amount from 0 on, with six decimal places at most"
            ))
        })
    }
}

impl fmt::Display for SpendingCap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.day, " a day"),
            (self.month, " a month"),
            (self.total, ""),
        ];
        let mut first = true;
        for (amount, span) in parts {
            let Some(amount) = amount else { continue };
            if !first {
                f.write_str(", ")?;
            }
            first = false;
            write!(f, "{}{span}", written(amount, self.currency.as_str()))?;
        }
        Ok(())
    }
}

/// An amount in millionths, as people write it: with two decimal places, and more where there are more.
pub(crate) fn written(micros: u64, currency: &str) -> String {
    let digits = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    let mut text = digits.as_str();
    while text.len() + 4 > digits.len()
        && let Some(shorter) = text.strip_suffix('0')
    {
        text = shorter;
    }
    format!("{text} {currency}")
}

impl FromStr for SpendingCap {
    type Err = Error;

    /// Reads what configuration holds.
    ///
    /// # Errors
    /// `Config` where it is written otherwise.
    fn from_str(text: &str) -> Result<Self> {
        let mut cap: Option<Self> = None;
        for part in text.split(',') {
            let words: Vec<&str> = part.split_whitespace().collect();
            let (money, span) = match words.as_slice() {
                [amount, currency, span @ ..] => (Money::parse(amount, currency), span),
                _ => (None, [].as_slice()),
            };
            let money = money.ok_or_else(misspelt)?;
            let sum = cap.unwrap_or(Self::none(money.currency));
            let taken = |there: Option<u64>| {
                there.map_or(Ok(()), |_| {
                    Err(Error::config(
                        "a cap on spending names the same time twice: write each once, such as \"1.50 USD a day, 25 USD a month\"",
                    ))
                })
            };
            cap = Some(match span {
                ["a" | "per", "day"] => {
                    taken(sum.day)?;
                    sum.with_day(money)?
                }
                ["a" | "per", "month"] => {
                    taken(sum.month)?;
                    sum.with_month(money)?
                }
                [] | ["in", "all"] => {
                    taken(sum.total)?;
                    sum.with_total(money)?
                }
                _ => return Err(misspelt()),
            });
        }
        cap.ok_or_else(misspelt)
    }
}

fn misspelt() -> Error {
    Error::config(
        "this is not a cap on spending: write it as \"1.50 USD a day\", \"25 USD a month\" or \"100 USD\" (in all)",
    )
}

impl Serialize for SpendingCap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SpendingCap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse()
            .map_err(|e: Error| serde::de::Error::custom(e.message()))
    }
}

/// The money of one account on one network: what its calls are charged to, with or without a cap.
///
/// Two of the same network, account and currency are the same budget, and the cap that was named last holds for it.
/// What was spent is kept when the cap changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpendingBudget {
    bucket: Bucket,
    account: Name,
    currency: Currency,
}

impl SpendingBudget {
    /// The money of an account, without a cap. The account is named as people know it; a token is no name.
    pub fn new(network: impl Into<Name>, account: impl Into<Name>, currency: Currency) -> Self {
        let account = account.into();
        let name = Name::from(format!("spending {currency}"));
        let key = BucketKey::new(network, name, Scope::Account).of(subject(&account));
        let unit = Unit::MoneyMicros(Name::from(currency.as_str().to_owned()));
        Self {
            bucket: Bucket::new(key, windows(None)).unit(unit),
            account,
            currency,
        }
    }

    /// Bounds what may be spent.
    ///
    /// # Errors
    /// `Config` where the cap is in another currency than the network bills in.
    pub fn cap(mut self, cap: SpendingCap) -> Result<Self> {
        if cap.currency != self.currency {
            return Err(Error::config(format!(
                "{} bills in {}, so that a cap in {} cannot be kept: write it in {}",
                self.bucket.key.network, self.currency, cap.currency, self.currency
            )));
        }
        self.bucket.windows = windows(Some(cap)).into();
        Ok(self)
    }

    /// What a call costs at most, in millionths of the currency: reserved before it is sent. The answer
    /// [settles](crate::client::Dialect::billed) it. A call has one such charge.
    #[must_use]
    pub fn charge(&self, operation: &Operation, worst: u64) -> Charge {
        self.charge_by(operation, worst, 0)
    }

    /// The same with a note for [`Dialect::billed`](crate::client::Dialect::billed), such as the price of one item.
    #[must_use]
    pub fn charge_by(&self, operation: &Operation, worst: u64, tariff: u64) -> Charge {
        let mut charge = self.bucket.charge(worst);
        charge.bill = Some(Arc::new(Bill {
            account: self.account.clone(),
            operation: operation.clone(),
            tariff,
            books: Books::default(),
        }));
        charge
    }

    /// The key of the budget, for [`Sent::cost`](super::Sent::cost) where no dialect settles the charge.
    #[must_use]
    pub const fn key(&self) -> &BucketKey {
        &self.bucket.key
    }

    /// The currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }
}

/// All windows are counted at all times, so that a cap that is named later knows what was spent before.
fn windows(cap: Option<SpendingCap>) -> [Window; 3] {
    let of = |limit: Option<u64>| limit.unwrap_or(u64::MAX);
    let cap = cap.as_ref();
    [
        Window::day(of(cap.and_then(|cap| cap.day)), "UTC"),
        Window::month(of(cap.and_then(|cap| cap.month))),
        Window::total(of(cap.and_then(|cap| cap.total))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_are_read_as_they_are_written() {
        for (text, shown) in [
            ("25 USD a month", "25.00 USD a month"),
            ("1.50 USD a day", "1.50 USD a day"),
            ("100 usd", "100.00 USD"),
            ("0.000001 EUR per day", "0.000001 EUR a day"),
            (
                "100 USD, 1.5 USD a day,25 USD a month",
                "1.50 USD a day, 25.00 USD a month, 100.00 USD",
            ),
        ] {
            let cap: SpendingCap = text.parse().unwrap();
            assert_eq!(cap.to_string(), shown);
            assert_eq!(shown.parse::<SpendingCap>().unwrap(), cap);
            let json = serde_json::to_string(&cap).unwrap();
            assert_eq!(serde_json::from_str::<SpendingCap>(&json).unwrap(), cap);
        }
    }

    #[test]
    fn what_is_no_cap_says_how_to_write_one() {
        for text in [
            "",
            "25",
            "USD 25",
            "25 USD a week",
            "-1 USD",
            "1.0000001 USD",
            "1 USD a day, 2 USD a day",
            "1 USD a day, 2 EUR a month",
            "99999999999999999999 USD",
            "1e3 USD",
            "25 USD a month,",
        ] {
            let error = text.parse::<SpendingCap>().unwrap_err();
            assert_eq!(error.kind(), &crate::ErrorKind::Config, "{text}");
            assert!(error.message().contains("write"), "{text}: {error}");
        }
    }
}
