//! Figures in a reader's language.

use std::borrow::Cow;

use super::words::Language;
use crate::model::{Currency, Source};
use crate::promo::amount::coin;
use crate::promo::measure::Style;
use crate::promo::report::Part;
use crate::promo::{Amount, Fraction, Measure, Measured, Outcome, Why};

impl Language {
    /// A figure's value, or a dash.
    pub(super) fn figure(self, figure: &Measured) -> String {
        match &figure.outcome {
            Outcome::Value { value, currency } => self.value(*value, *currency, figure.measure),
            _ => "–".to_owned(),
        }
    }

    /// A value of this measure.
    pub(super) fn value(
        self,
        value: Fraction,
        currency: Option<Currency>,
        measure: Measure,
    ) -> String {
        let text = match (measure.formula().style, currency) {
            (Style::Percent, _) => Fraction::whole(100)
                .times(value)
                .and_then(|percent| percent.decimal(2))
                .map(|percent| self.percent(&percent)),
            (Style::Times, _) => value.decimal(2).map(|text| self.number(&text)),
            (Style::Money(9), Some(currency)) => {
                Amount::from_fraction(value, 9, currency).map(|amount| self.amount(&amount))
            }
            // A price of one thing: fractions of a coin count where it is cheap, and are noise where it is not.
            (Style::Money(digits), Some(currency)) => {
                let coin = u32::from(coin(currency));
                let cheap = value.as_f64().abs() < 1.0;
                let digits = if cheap { digits.max(coin) } else { coin };
                value
                    .decimal(digits)
                    .map(|text| self.money(&text, currency))
            }
            (Style::Whole | Style::Money(_), _) => value.decimal(0).map(|text| self.number(&text)),
        };
        text.unwrap_or_else(|| format!("{:e}", value.as_f64()))
    }

    /// An exact amount.
    pub(super) fn amount(self, amount: &Amount) -> String {
        self.money(&amount.number(), amount.currency())
    }

    /// A side of a quotient, with what it is.
    fn part(self, part: &Part) -> String {
        let exact = match part.currency {
            Some(currency) => {
                Amount::from_fraction(part.value, 9, currency).map(|amount| self.amount(&amount))
            }
            None if part.value.denominator() == 1 => {
                Some(self.number(&part.value.numerator().to_string()))
            }
            None => part.value.decimal(4).map(|text| self.number(&text)),
        };
        let what = match Measure::named(&part.what) {
            Some(measure) => Cow::Borrowed(self.title(measure)),
            None => Cow::Owned(part.what.replace('_', " ")),
        };
        let exact = exact.unwrap_or_else(|| format!("{:e}", part.value.as_f64()));
        format!("{exact} ({what})")
    }

    /// What was divided by what.
    pub(super) fn quotient(self, figure: &Measured) -> Option<String> {
        let (above, below) = (figure.numerator.as_ref()?, figure.denominator.as_ref()?);
        let per = figure.measure.formula().per;
        let times = if per == 1 {
            String::new()
        } else {
            format!(" × {per}")
        };
        Some(format!(
            "{} ÷ {}{times}",
            self.part(above),
            self.part(below)
        ))
    }

    /// Who counted.
    pub(super) fn source(self, source: &Source) -> Cow<'_, str> {
        let words = self.words();
        Cow::Borrowed(match source {
            Source::Public => words.source_public,
            Source::Owner => words.source_owner,
            Source::Organic => words.source_organic,
            Source::Promoted => words.source_promoted,
            Source::Derived => words.source_derived,
            Source::Other(other) if other == "own" => words.source_own,
            Source::Other(other) => return Cow::Owned(other.clone()),
        })
    }

    /// Why a figure has no value.
    pub(super) fn why(self, why: &Why) -> String {
        let words = self.words();
        let of = |text: &str, fact: Measure| text.replace("{}", &self.title(fact).to_lowercase());
        match why {
            Why::NotTold(fact) => of(words.not_told, (*fact).into()),
            Why::Lacking { fact, rows, .. } => {
                of(words.lacking, (*fact).into()).replace("{rows}", &rows.to_string())
            }
            Why::DividedByZero => words.divided_by_zero.to_owned(),
            Why::DoesNotAddUp(fact) => of(words.does_not_add_up, (*fact).into()),
            Why::SeveralCurrencies => words.several_currencies.to_owned(),
            Why::TooLarge => words.too_large.to_owned(),
        }
    }
}
