//! Exact fractions, and how they are rounded.

use std::cmp::Ordering;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An exact fraction in its lowest terms. It is never something divided by nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

fn common(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Fraction {
    /// A fraction; `None` where the denominator is zero, or the terms are too large to be told.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let by = common(numerator.unsigned_abs(), denominator.unsigned_abs());
        let by = i128::try_from(by).ok()?.max(1);
        let (mut numerator, mut denominator) = (numerator / by, denominator / by);
        if denominator < 0 {
            (numerator, denominator) = (numerator.checked_neg()?, denominator.checked_neg()?);
        }
        Some(Self {
            numerator,
            denominator,
        })
    }

    /// A whole number.
    pub const fn whole(number: i128) -> Self {
        Self {
            numerator: number,
            denominator: 1,
        }
    }

    /// The part above, in lowest terms.
    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    /// The part below, in lowest terms; always above zero.
    pub const fn denominator(self) -> i128 {
        self.denominator
    }

    /// The nearest floating-point number, for charts. It is always a number.
    pub fn as_f64(self) -> f64 {
        let whole = self.numerator / self.denominator;
        let rest = self.numerator % self.denominator;
        whole as f64 + rest as f64 / self.denominator as f64
    }

    /// The product; `None` where it is too large to be told.
    pub fn times(self, other: Self) -> Option<Self> {
        // Crosswise in lowest terms first, so that what fits is found.
        let a = Self::new(self.numerator, other.denominator)?;
        let b = Self::new(other.numerator, self.denominator)?;
        Self::new(
            a.numerator.checked_mul(b.numerator)?,
            a.denominator.checked_mul(b.denominator)?,
        )
    }

    /// The whole number of units of `10^-digits` that is nearest; of two equally near, the even one. `None` where it
    /// is too large to be told.
    pub fn rounded(self, digits: u32) -> Option<i128> {
        let negative = self.numerator < 0;
        let (above, below) = (self.numerator.unsigned_abs(), self.denominator as u128);
        let (mut whole, mut rest) = (above / below, above % below);
        for _ in 0..digits {
            let next = rest.checked_mul(10)?;
            whole = whole.checked_mul(10)?.checked_add(next / below)?;
            rest = next % below;
        }
        let up = match rest.cmp(&(below - rest)) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => whole % 2 == 1,
        };
        let whole = i128::try_from(whole.checked_add(u128::from(up))?).ok()?;
        Some(if negative { -whole } else { whole })
    }

    /// The decimal number with so many places, rounded half to even; `None` where it is too large to be told.
    pub fn decimal(self, digits: u32) -> Option<String> {
        Some(written(self.rounded(digits)?, digits))
    }
}

/// A whole number of units of `10^-digits`, as people write it.
pub(super) fn written(units: i128, digits: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let mut text = units.unsigned_abs().to_string();
    let digits = digits as usize;
    if digits == 0 {
        return format!("{sign}{text}");
    }
    if text.len() <= digits {
        text.insert_str(0, &"0".repeat(digits + 1 - text.len()));
    }
    let (whole, part) = text.split_at(text.len() - digits);
    format!("{sign}{whole}.{part}")
}

/// A decimal number as it is written: its units of `10^-digits`, and the digits.
pub(super) fn read(text: &str) -> Option<(i128, u32)> {
    let text = text.trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let figures = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let all = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if figures.is_empty() || !all(figures) || !all(part) || text.ends_with('.') {
        return None;
    }
    let units = [whole, part].concat().parse().ok()?;
    Some((units, u32::try_from(part.len()).ok()?))
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        // By whole parts, then by what is left turned upside down: exact, and nothing grows.
        let (mut a, mut b) = (*self, *other);
        let mut turned = false;
        loop {
            let (p, q) = (
                a.numerator.div_euclid(a.denominator),
                b.numerator.div_euclid(b.denominator),
            );
            let (r, s) = (
                a.numerator.rem_euclid(a.denominator),
                b.numerator.rem_euclid(b.denominator),
            );
            let found = match (p.cmp(&q), r, s) {
                (Ordering::Equal, 0, 0) => return Ordering::Equal,
                (Ordering::Equal, 0, _) => Ordering::Less,
                (Ordering::Equal, _, 0) => Ordering::Greater,
                (Ordering::Equal, _, _) => {
                    (a.numerator, a.denominator) = (a.denominator, r);
                    (b.numerator, b.denominator) = (b.denominator, s);
                    turned = !turned;
                    continue;
                }
                (other, _, _) => other,
            };
            return if turned { found.reverse() } else { found };
        }
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Serialize, Deserialize)]
struct Data {
    numerator: String,
    denominator: String,
    /// For readers that want a number; it is not read back.
    #[serde(default)]
    value: f64,
}

impl Serialize for Fraction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let data = Data {
            numerator: self.numerator.to_string(),
            denominator: self.denominator.to_string(),
            value: self.as_f64(),
        };
        data.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let data = Data::deserialize(deserializer)?;
        let read = || Self::new(data.numerator.parse().ok()?, data.denominator.parse().ok()?);
        read().ok_or_else(|| {
            serde::de::Error::custom("a fraction is two whole numbers, the lower one not zero")
        })
    }
}

/// Parts of a whole in units that add up to exactly `units`, by largest remainder: each value gets its share rounded
/// down, and the units that are left go to the largest remainders, of equal ones to the first. `None` where all
/// values are zero, or too large to be told.
///
/// ```
/// use sociable::promo::shares;
///
/// assert_eq!(shares(&[1, 1, 1], 100), Some(vec![34, 33, 33]));
/// assert_eq!(shares(&[0, 0], 100), None);
/// ```
pub fn shares(values: &[u128], units: u32) -> Option<Vec<u32>> {
    let total = values
        .iter()
        .try_fold(0_u128, |sum, value| sum.checked_add(*value))?;
    if total == 0 {
        return None;
    }
    let mut parts = Vec::with_capacity(values.len());
    for value in values {
        let exact = value.checked_mul(u128::from(units))?;
        parts.push((u32::try_from(exact / total).ok()?, exact % total));
    }
    let given: u32 = parts.iter().map(|(part, _)| part).sum();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(parts.get(*at).map(|(_, rest)| *rest)));
    for at in order.into_iter().take((units - given) as usize) {
        if let Some((part, _)) = parts.get_mut(at) {
            *part += 1;
        }
    }
    Some(parts.into_iter().map(|(part, _)| part).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_neighbour() {
        let round = |n, d| Fraction::new(n, d).unwrap().decimal(2).unwrap();
        assert_eq!(round(5, 1000), "0.00");
        assert_eq!(round(15, 1000), "0.02");
        assert_eq!(round(-25, 1000), "-0.02");
        assert_eq!(round(25_001, 1_000_000), "0.03");
    }
}
