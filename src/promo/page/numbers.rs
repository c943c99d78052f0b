//! Numbers as people of a language write them.

use super::words::Language;
use crate::model::Currency;

/// What stands between a number and its unit, where no line may break.
const GAP: char = '\u{a0}';
const MINUS: char = '\u{2212}';

impl Language {
    /// A decimal number as it stands in data (`-1234.50`), with its thousands apart.
    pub(super) fn number(self, decimal: &str) -> String {
        let (sign, digits) = match decimal.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, decimal),
        };
        let (whole, part) = match digits.split_once('.') {
            Some((whole, part)) => (whole, Some(part)),
            None => (digits, None),
        };
        let (thousands, point) = match self {
            Self::English => (',', '.'),
            Self::Russian => (GAP, ','),
        };
        let mut text = String::with_capacity(decimal.len() + 4);
        if sign {
            text.push(MINUS);
        }
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                text.push(thousands);
            }
            text.push(digit);
        }
        if let Some(part) = part {
            text.push(point);
            text.push_str(part);
        }
        text
    }

    /// An amount of money with the sign of its currency, or its code where the sign is not everybody's.
    pub(super) fn money(self, decimal: &str, currency: Currency) -> String {
        let number = self.number(decimal);
        let sign = match currency.as_str() {
            "EUR" => Some('€'),
            "USD" => Some('$'),
            "GBP" => Some('£'),
            "RUB" if self == Self::Russian => Some('₽'),
            _ => None,
        };
        match (self, sign) {
            (Self::English, Some(sign)) => match number.strip_prefix(MINUS) {
                Some(rest) => format!("{MINUS}{sign}{rest}"),
                None => format!("{sign}{number}"),
            },
            (Self::English, None) => format!("{currency}{GAP}{number}"),
            (Self::Russian, Some(sign)) => format!("{number}{GAP}{sign}"),
            (Self::Russian, None) => format!("{number}{GAP}{currency}"),
        }
    }

    /// A percentage: the number is in percent already.
    pub(super) fn percent(self, decimal: &str) -> String {
        self.with_percent(self.number(decimal))
    }

    fn with_percent(self, number: String) -> String {
        match self {
            Self::English => format!("{number}%"),
            Self::Russian => format!("{number}{GAP}%"),
        }
    }

    /// A percentage along a scale.
    pub(super) fn percent_tick(self, value: f64) -> String {
        self.with_percent(self.tick(value))
    }

    /// A number along a scale, as short as it can be told.
    pub(super) fn tick(self, value: f64) -> String {
        let (value, unit) = match (value.abs(), self) {
            (size, Self::English) if size >= 1e9 => (value / 1e9, "B"),
            (size, Self::Russian) if size >= 1e9 => (value / 1e9, "\u{a0}млрд"),
            (size, Self::English) if size >= 1e6 => (value / 1e6, "M"),
            (size, Self::Russian) if size >= 1e6 => (value / 1e6, "\u{a0}млн"),
            (size, Self::English) if size >= 1e4 => (value / 1e3, "k"),
            (size, Self::Russian) if size >= 1e4 => (value / 1e3, "\u{a0}тыс."),
            _ => (value, ""),
        };
        // Steps of a scale are round, so what is left behind a few places is noise.
        let text = format!("{value:.4}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        let text = if text == "-0" { "0" } else { text };
        format!("{}{unit}", self.number(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_their_readers_write_them() {
        let (en, ru) = (Language::English, Language::Russian);
        assert_eq!(en.number("1234567.50"), "1,234,567.50");
        assert_eq!(ru.number("-1234.5"), "\u{2212}1\u{a0}234,5");
        assert_eq!(en.money("-12.00", Currency::EUR), "\u{2212}€12.00");
        assert_eq!(en.money("12.00", Currency::RUB), "RUB\u{a0}12.00");
        assert_eq!(ru.money("1000.00", Currency::RUB), "1\u{a0}000,00\u{a0}₽");
        assert_eq!(en.percent("1.94"), "1.94%");
        assert_eq!(en.tick(0.30000000000000004), "0.3");
        assert_eq!(en.tick(12_500.0), "12.5k");
        assert_eq!(en.tick(-0.000001), "0");
        assert_eq!(ru.tick(2_000_000.0), "2\u{a0}млн");
    }
}
