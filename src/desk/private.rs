//! Personal data that should not stand in a public answer.

use std::ops::Range;

use crate::error::{Rule, Violation};
use crate::model::words;

words! {
    /// What kind of personal data it is.
    PrivateKind {
        /// A telephone number.
        Phone = "phone",
        /// The number of a payment card: 13 to 19 digits whose check digit is right.
        Card = "card",
        /// An address of e-mail.
        Email = "email",
        /// The number of an order, a contract, a parcel, named as one.
        Order = "order",
    }
}

/// Personal data within a text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Private {
    /// What it is.
    pub kind: PrivateKind,
    /// The bytes of the text, on character boundaries.
    pub span: Range<usize>,
}

/// By what words a number is named as that of an order, by their beginnings, in small letters.
const ORDER_WORDS: &[&str] = &[
    "заказ",
    "договор",
    "накладн",
    "трек",
    "бронь",
    "брон",
    "полис",
    "счет",
    "счёт",
    "order",
    "booking",
    "invoice",
    "tracking",
    "contract",
    "parcel",
    "reservation",
    "policy",
    "παραγγελ",
    "κρατησ",
    "κράτησ",
    "συμβολ",
    "συμβόλ",
    "αποστολ",
    "τιμολ",
];

/// Finds personal data in a text, in its order: telephone numbers, card numbers, addresses of e-mail, numbers of orders.
///
/// ```
/// use sociable::desk::{PrivateKind, private_data};
///
/// let found = private_data("Call +30 210 123 4567, your order 48213 is there.");
/// let kinds: Vec<_> = found.iter().map(|one| one.kind.clone()).collect();
/// assert_eq!(kinds, [PrivateKind::Phone, PrivateKind::Order]);
/// assert!(private_data("From 10 to 18, in 2026 too, for 1 500 roubles.").is_empty());
/// ```
pub fn private_data(text: &str) -> Vec<Private> {
    let mut found: Vec<Private> = emails(text)
        .map(|span| Private {
            kind: PrivateKind::Email,
            span,
        })
        .collect();
    for number in numbers(text) {
        let taken =
            |one: &Private| one.span.start < number.span.end && number.span.start < one.span.end;
        if found.iter().any(taken) {
            continue;
        }
        if let Some(kind) = number.kind(text) {
            found.push(Private {
                kind,
                span: number.span,
            });
        }
    }
    found.sort_by_key(|one| one.span.start);
    found
}

/// What is said of personal data in a public answer. They are errors unless the one who answers has agreed to them.
pub(super) fn warnings(text: &str, agreed: bool) -> Vec<Violation> {
    let violation = |private: Private| {
        let what = match private.kind {
            PrivateKind::Phone => "a telephone number",
            PrivateKind::Card => "a card number",
            PrivateKind::Email => "an address of e-mail",
            _ => "the number of an order",
        };
        let message = format!(
            "{what} would stand in public: move to private messages, or say that it may stand there"
        );
        let rule = Rule::Other("personal_data".to_owned());
        if agreed {
            Violation::note(rule, "text", message)
        } else {
            Violation::error(rule, "text", message)
        }
    };
    private_data(text).into_iter().map(violation).collect()
}

/// Where addresses of e-mail stand: a name, `@`, and a domain with a dot. `@name` alone is an account.
fn emails(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%');
    text.match_indices('@').filter_map(move |(at, _)| {
        let name = text.get(..at)?;
        let start = name.trim_end_matches(inner).len();
        let domain = text.get(at + 1..)?;
        let end = domain.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')));
        let domain = domain
            .get(..end.unwrap_or(domain.len()))?
            .trim_end_matches(['.', '-']);
        let (before, after) = domain.rsplit_once('.')?;
        let fits = start < at && !before.is_empty() && after.chars().count() >= 2;
        fits.then_some(start..at + 1 + domain.len())
    })
}

/// A run of digits, with what may part them.
struct Number {
    span: Range<usize>,
    digits: Vec<u8>,
    plus: bool,
    /// Whether the digits are parted as those of telephone numbers are: by brackets or dashes.
    parted: bool,
}

fn numbers(text: &str) -> Vec<Number> {
    let mut all: Vec<Number> = Vec::new();
    let mut open: Option<Number> = None;
    let mut previous = ' ';
    let mut plus = None;
    for (at, c) in text.char_indices() {
        if let Some(digit) = c.to_digit(10).filter(|_| c.is_ascii_digit()) {
            let digit = u8::try_from(digit).unwrap_or_default();
            let number = open.get_or_insert_with(|| Number {
                span: plus.unwrap_or(at)..at,
                digits: Vec::new(),
                plus: plus.is_some(),
                parted: false,
            });
            number.digits.push(digit);
            number.span.end = at + 1;
        } else {
            let parts = matches!(
                c,
                ' ' | '-' | '(' | ')' | '\u{a0}' | '\u{2011}' | '\u{2013}'
            );
            // Two blanks, or a blank behind a comma, end it.
            let goes_on = parts && !(c == ' ' && previous == ' ');
            match &mut open {
                Some(number) if goes_on => number.parted |= !matches!(c, ' ' | '\u{a0}'),
                _ => all.extend(open.take()),
            }
        }
        plus = match c {
            '+' => Some(at),
            '(' | ' ' => plus,
            _ => None,
        };
        previous = c;
    }
    all.extend(open);
    all
}

impl Number {
    fn kind(&self, text: &str) -> Option<PrivateKind> {
        let count = self.digits.len();
        if (13..=19).contains(&count) && self.has_check_digit() {
            return Some(PrivateKind::Card);
        }
        if (4..=20).contains(&count) && self.is_named(text) {
            return Some(PrivateKind::Order);
        }
        let international = self.plus && (8..=15).contains(&count);
        // The trunk prefix of Russia and its neighbours, and numbers of ten and eleven digits that are parted.
        let first = self.digits.first().copied().unwrap_or_default();
        let trunk = count == 11 && matches!(first, 7 | 8);
        let parted = self.parted && (10..=11).contains(&count);
        // Greek numbers: ten digits that begin with 2 or 69.
        let greek = count == 10 && (first == 2 || self.digits.starts_with(&[6, 9]));
        (international || trunk || parted || greek).then_some(PrivateKind::Phone)
    }

    /// ISO/IEC 7812-1, annex B.
    fn has_check_digit(&self) -> bool {
        let doubled = |(place, digit): (usize, &u8)| {
            let digit = u32::from(*digit);
            match (place % 2, digit * 2) {
                (0, _) => digit,
                (_, twice) if twice > 9 => twice - 9,
                (_, twice) => twice,
            }
        };
        let sum: u32 = self.digits.iter().rev().enumerate().map(doubled).sum();
        sum.is_multiple_of(10) && self.digits.iter().any(|digit| *digit != 0)
    }

    /// Whether one of the three words before it names an order, or the mark `#` or `№` stands before it.
    fn is_named(&self, text: &str) -> bool {
        let before = text.get(..self.span.start).unwrap_or_default();
        let before = before.trim_end();
        if before.ends_with(['№']) {
            return true;
        }
        let words = before
            .rsplit(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        words.take(3).any(|word| {
            let word = word.to_lowercase();
            ORDER_WORDS.iter().any(|order| word.starts_with(order))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<PrivateKind> {
        private_data(text).into_iter().map(|one| one.kind).collect()
    }

    #[test]
    fn telephone_numbers_cards_addresses_and_orders_are_found() {
        use PrivateKind::{Card, Email, Order, Phone};
        for (text, expected) in [
            ("Позвоните: +7 (916) 123-45-67", Phone),
            ("8 916 123 45 67", Phone),
            ("89161234567", Phone),
            ("210-123-4567", Phone),
            ("καλέστε 2101234567", Phone),
            ("κινητό 6971234567", Phone),
            ("карта 4111 1111 1111 1111", Card),
            ("card 4111-1111-1111-1111", Card),
            ("anna.p@example.com", Email),
            ("пишите на почта@пример.рф", Email),
            ("заказ № 123456", Order),
            ("your order number is 48213", Order),
            ("η παραγγελία σας 48213", Order),
        ] {
            assert_eq!(kinds(text), [expected], "{text}");
        }
    }

    #[test]
    fn what_is_no_personal_data_is_let_through() {
        for text in [
            "",
            "С 10 до 18, в 2026 году тоже",
            "1 500 000 рублей",
            "@shop и @anna.test",
            "2026-11-30T10:00:00Z",
            "16 digits that are no card: 1234 5678 9012 3456",
            "24/7, 100 %, 3.14, 12:30",
        ] {
            assert!(kinds(text).is_empty(), "{text}: {:?}", private_data(text));
        }
    }

    #[test]
    fn the_span_is_the_text_of_it() {
        let text = "пишите: a@b.example, +30 2101234567!";
        let found = private_data(text);
        let texts: Vec<&str> = found.iter().map(|one| &text[one.span.clone()]).collect();
        assert_eq!(texts, ["a@b.example", "+30 2101234567"]);
    }
}
