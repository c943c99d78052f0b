use serde::{Deserialize, Serialize};

/// An amount of money, exact: a whole number of a currency's minor units, or of a fraction of them.
///
/// Networks bill in millionths; `scale` tells how many decimal places the whole number has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Money {
    /// The amount in units of `10^-scale` of the currency.
    pub amount: i64,
    /// How many decimal places `amount` has: 2 for cents, 6 for millionths.
    pub scale: u8,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount in a currency's minor units of two decimal places (cents, kopecks).
    pub const fn minor(amount: i64, currency: Currency) -> Self {
        Self {
            amount,
            scale: 2,
            currency,
        }
    }

    /// An amount in millionths of a currency, as advertising networks bill.
    pub const fn micros(amount: i64, currency: Currency) -> Self {
        Self {
            amount,
            scale: 6,
            currency,
        }
    }

    /// Takes an amount as people write it (`12`, `0.015`) and a currency's code; `None` where one of them is not that.
    pub fn parse(amount: &str, currency: &str) -> Option<Self> {
        let currency = Currency::new(currency)?;
        let (whole, parts) = amount.split_once('.').unwrap_or((amount, ""));
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        let all = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if digits.is_empty() || !all(digits) || !all(parts) || amount.ends_with('.') {
            return None;
        }
        Some(Self {
            amount: [whole, parts].concat().parse().ok()?,
            scale: u8::try_from(parts.len()).ok()?,
            currency,
        })
    }

    /// The sum, in the finer of both scales; `None` where the currencies differ, or the sum is too large to be told.
    pub fn plus(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        let scale = self.scale.max(other.scale);
        let at = |money: Self| {
            let up = 10_i64.checked_pow(u32::from(scale - money.scale))?;
            money.amount.checked_mul(up)
        };
        Some(Self {
            amount: at(self)?.checked_add(at(other)?)?,
            scale,
            currency: self.currency,
        })
    }

    /// The amount in millionths; `None` where it is negative, too large, or finer than that.
    pub fn to_micros(self) -> Option<u64> {
        let amount = u64::try_from(self.amount).ok()?;
        match 6_u32.checked_sub(u32::from(self.scale)) {
            Some(up) => amount.checked_mul(10_u64.pow(up)),
            None => {
                let down = 10_u64.checked_pow(u32::from(self.scale) - 6)?;
                (amount % down == 0).then_some(amount / down)
            }
        }
    }
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scale = u32::from(self.scale.min(18));
        let unit = 10_u64.pow(scale);
        let sign = if self.amount < 0 { "-" } else { "" };
        let amount = self.amount.unsigned_abs();
        if scale == 0 {
            write!(f, "{sign}{amount} {}", self.currency)
        } else {
            write!(
                f,
                "{sign}{}.{:0width$} {}",
                amount / unit,
                amount % unit,
                self.currency,
                width = scale as usize
            )
        }
    }
}

/// A currency by its three-letter code of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The US dollar.
    pub const USD: Currency = Currency(*b"USD");
    /// The euro.
    pub const EUR: Currency = Currency(*b"EUR");
    /// The Russian rouble.
    pub const RUB: Currency = Currency(*b"RUB");

    /// Takes a three-letter code; `None` when it is not three ASCII letters.
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes
            .iter()
            .all(u8::is_ascii_alphabetic)
            .then(|| Self(bytes.map(|b| b.to_ascii_uppercase())))
    }

    /// The code in capitals.
    pub fn as_str(&self) -> &str {
        // Only ASCII letters are ever stored, so this always holds.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::new(&code)
            .ok_or_else(|| serde::de::Error::custom("a currency is three letters, such as EUR"))
    }
}
