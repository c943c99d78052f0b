//! Sums of money, exact, each currency by itself.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::fraction::{Fraction, read, written};
use crate::error::{Error, Result};
use crate::model::{Currency, Money};

/// The finest amount that is added up: a billionth. Networks bill in millionths.
pub(super) const FINEST: u8 = 9;

/// An exact sum of money in one currency, wide enough for the sums of whole years in millionths.
///
/// In data it is `{"amount":"12.50","currency":"EUR"}`: a text, since readers of JSON round large numbers.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    units: i128,
    scale: u8,
    currency: Currency,
}

impl Amount {
    /// A whole number of units of `10^-scale` of the currency; `None` where the scale is finer than a billionth.
    pub fn new(units: i128, scale: u8, currency: Currency) -> Option<Self> {
        (scale <= FINEST).then_some(Self {
            units,
            scale,
            currency,
        })
    }

    /// Nothing in this currency.
    pub const fn zero(currency: Currency) -> Self {
        Self {
            units: 0,
            scale: 0,
            currency,
        }
    }

    /// Takes an amount as people write it (`12`, `-0.015`) and a currency's code; `None` where one of them is not
    /// that, or the amount is finer than a billionth.
    pub fn parse(amount: &str, currency: &str) -> Option<Self> {
        let (units, scale) = read(amount)?;
        Self::new(
            units,
            u8::try_from(scale).ok()?,
            Currency::new(currency.trim())?,
        )
    }

    /// How many units of `10^-scale` it is.
    pub const fn units(self) -> i128 {
        self.units
    }

    /// How many decimal places the units have.
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is below zero: more was given back than taken.
    pub const fn is_negative(self) -> bool {
        self.units < 0
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.units == 0
    }

    /// The number of units at a finer scale.
    pub(super) fn at(self, scale: u8) -> Option<i128> {
        let up = u32::from(scale.checked_sub(self.scale)?);
        self.units.checked_mul(10_i128.checked_pow(up)?)
    }

    /// The sum in the finer of both scales.
    ///
    /// # Errors
    /// `Config` where the currencies differ, or the sum is too large to be told.
    pub fn plus(self, other: Self) -> Result<Self> {
        if self.currency != other.currency {
            return Err(Error::config(format!(
                "{} and {} are not added up: give a rate for one of them",
                self.currency, other.currency
            )));
        }
        let scale = self.scale.max(other.scale);
        let sum = || self.at(scale)?.checked_add(other.at(scale)?);
        Ok(Self {
            units: sum().ok_or_else(|| too_large(self.currency))?,
            scale,
            currency: self.currency,
        })
    }

    /// The difference in the finer of both scales.
    ///
    /// # Errors
    /// As [`plus`](Self::plus).
    pub fn minus(self, other: Self) -> Result<Self> {
        let units = other.units.checked_neg();
        self.plus(Self {
            units: units.ok_or_else(|| too_large(self.currency))?,
            ..other
        })
    }

    /// The amount as an exact fraction of whole units of the currency.
    pub fn fraction(self) -> Option<Fraction> {
        Fraction::new(self.units, 10_i128.checked_pow(u32::from(self.scale))?)
    }

    /// This fraction of whole units of a currency, rounded half to even at so many places; `None` where it is too
    /// large to be told, or finer than a billionth.
    pub fn from_fraction(value: Fraction, digits: u8, currency: Currency) -> Option<Self> {
        Self::new(value.rounded(u32::from(digits))?, digits, currency)
    }

    /// As the model's money; `None` where it is too large for that.
    pub fn to_money(self) -> Option<Money> {
        let mut money = Money::minor(i64::try_from(self.units).ok()?, self.currency);
        money.scale = self.scale;
        Some(money)
    }

    /// The number alone, exact: without the zeros behind what the currency's smallest coin is.
    pub fn number(self) -> String {
        let coin = u32::from(coin(self.currency));
        let (mut units, mut scale) = (self.units, u32::from(self.scale));
        while scale > coin && units % 10 == 0 {
            units /= 10;
            scale -= 1;
        }
        let mut text = written(units, scale);
        if scale < coin {
            if scale == 0 {
                text.push('.');
            }
            text.push_str(&"0".repeat((coin - scale) as usize));
        }
        text
    }
}

/// How many decimal places a currency's smallest coin has (ISO 4217, list one).
pub(super) fn coin(currency: Currency) -> u8 {
    match currency.as_str() {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

pub(super) fn too_large(currency: Currency) -> Error {
    Error::config(format!(
        "the sum in {currency} is too large to be told exactly: report a shorter span, or fewer rows"
    ))
}

impl TryFrom<Money> for Amount {
    type Error = Error;

    fn try_from(money: Money) -> Result<Self> {
        Self::new(i128::from(money.amount), money.scale, money.currency).ok_or_else(|| {
            Error::config(format!(
                "{money} is finer than a billionth: round it before it is reported"
            ))
        })
    }
}

/// Amounts are equal when they are worth the same, however finely they are told.
impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.currency == other.currency && self.fraction() == other.fraction()
    }
}

impl Eq for Amount {}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.number(), self.currency))
    }
}

#[derive(Serialize, Deserialize)]
struct Data {
    amount: String,
    currency: Currency,
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let data = Data {
            amount: self.number(),
            currency: self.currency,
        };
        data.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let data = Data::deserialize(deserializer)?;
        Self::parse(&data.amount, data.currency.as_str()).ok_or_else(|| {
            serde::de::Error::custom("an amount is a decimal number of at most nine places")
        })
    }
}

/// Sums of several currencies, which are never added up with each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Purse(BTreeMap<Currency, Amount>);

impl Purse {
    pub(super) fn add(&mut self, amount: Amount) -> Result<()> {
        let sum = self
            .0
            .entry(amount.currency)
            .or_insert(Amount::zero(amount.currency));
        *sum = sum.plus(amount)?;
        Ok(())
    }

    pub(super) fn merge(&mut self, other: &Self) -> Result<()> {
        other.0.values().try_for_each(|amount| self.add(*amount))
    }

    pub(super) fn amounts(&self) -> Vec<Amount> {
        self.0.values().copied().collect()
    }
}
