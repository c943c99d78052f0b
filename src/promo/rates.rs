//! Rates by which money is converted: those that the user gives, and no others.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::fraction::{Fraction, read};
use crate::error::{Error, Result};
use crate::model::Currency;

/// What one unit of a currency is worth in another, on whose word, and of which day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rate {
    /// What is converted.
    pub from: Currency,
    /// Into what.
    pub to: Currency,
    /// How many of `to` one of `from` is worth, exact.
    pub worth: Fraction,
    /// The day that it is of.
    pub date: Date,
    /// Who says so, such as a central bank.
    pub source: String,
}

impl Rate {
    /// One of `from` is worth so many of `to`, written as a decimal number (`0.92`).
    ///
    /// # Errors
    /// `Config` where a currency is not three letters, the number is none, or not above zero.
    pub fn new(
        from: &str,
        to: &str,
        worth: &str,
        date: Date,
        source: impl Into<String>,
    ) -> Result<Self> {
        let exact = || {
            let (units, digits) = read(worth)?;
            Fraction::new(units, 10_i128.checked_pow(digits)?)
        };
        let worth = exact().ok_or_else(|| {
            Error::config(format!(
                "`{worth}` is no rate: write a decimal number, such as 0.92"
            ))
        })?;
        let currency = |code: &str| {
            Currency::new(code).ok_or_else(|| {
                Error::config(format!(
                    "`{code}` is no currency: write its three letters, such as EUR"
                ))
            })
        };
        Self::exact(currency(from)?, currency(to)?, worth, date, source)
    }

    /// One of `from` is worth this fraction of `to`.
    ///
    /// # Errors
    /// `Config` where it is not above zero.
    pub fn exact(
        from: Currency,
        to: Currency,
        worth: Fraction,
        date: Date,
        source: impl Into<String>,
    ) -> Result<Self> {
        if worth <= Fraction::whole(0) {
            return Err(Error::config(format!(
                "a rate from {from} to {to} that is not above zero cannot be used: check it"
            )));
        }
        Ok(Self {
            from,
            to,
            worth,
            date,
            source: source.into(),
        })
    }

    /// The amount in the other currency, exact.
    ///
    /// # Errors
    /// `Config` where it is another currency's amount, or too large to be told.
    pub fn convert(&self, amount: Amount) -> Result<Fraction> {
        if amount.currency() != self.from {
            return Err(Error::config(format!(
                "{amount} is not converted by a rate of {}",
                self.from
            )));
        }
        let value = || amount.fraction()?.times(self.worth);
        value().ok_or_else(|| super::amount::too_large(self.to))
    }
}
