//! What must be known before figures are believed, in a reader's language.

use jiff::tz::TimeZone;

use super::words::Language;
use crate::promo::{Fact, Fraction, Measure, Warning};

impl Language {
    /// A warning in a sentence.
    pub(super) fn warning(self, warning: &Warning, zone: &TimeZone) -> String {
        match self {
            Self::English => warning.to_string(),
            Self::Russian => russian(warning, zone),
        }
    }
}

fn russian(warning: &Warning, zone: &TimeZone) -> String {
    let ru = Language::Russian;
    let title = |measure: Measure| ru.title(measure).to_lowercase();
    let of = |fact: Fact| title(fact.into());
    match warning {
        Warning::Repeated { row, period } => {
            format!(
                "{row}, {}: строка пришла дважды, учтена один раз",
                ru.period(period, zone)
            )
        }
        Warning::Overlaps { row, period } => format!(
            "{row}, {}: пересекается с другой строкой, это время посчитано дважды",
            ru.period(period, zone)
        ),
        Warning::Gap { row, period } => format!("{row}: нет данных за {}", ru.period(period, zone)),
        Warning::NotWatched(rows) => {
            format!("строк с id сверх запоминаемых: {rows}; повторы среди них не видны")
        }
        Warning::Correction { row, fact } => {
            format!(
                "{row}: отрицательное значение «{}», учтено как поправка",
                of(*fact)
            )
        }
        Warning::Impossible {
            row,
            larger,
            smaller,
        } => format!(
            "{row}: «{}» больше, чем «{}»; проверьте источник",
            of(*larger),
            of(*smaller)
        ),
        Warning::Disagrees {
            row,
            measure,
            reported,
            derived,
        } => {
            let text = |value: &Fraction| {
                let six = value.decimal(6).map(|text| ru.number(&text));
                six.unwrap_or_else(|| value.as_f64().to_string())
            };
            format!(
                "{row}: в источнике {} = {}, а по его же цифрам {}",
                ru.title(*measure),
                text(reported),
                text(derived)
            )
        }
        Warning::MixedAttribution { line, attribution } => format!(
            "{line}: конверсии посчитаны с разной атрибуцией ({})",
            attribution.join(", ")
        ),
        Warning::MixedSources { line } => {
            format!(
                "{line}: в одной строке платные показы и все показы, часть может быть посчитана дважды"
            )
        }
        Warning::CountedOnce {
            account,
            left_out,
            rows,
        } => format!(
            "{account}: сеть сообщает и кампании, и их части; строк вида {left_out} не учтено: {rows}, чтобы ничего не считать дважды"
        ),
        Warning::NotJoined { line } => {
            format!("{line}: рядом с вашими данными нет расходов; проверьте, по чему они соединены")
        }
        Warning::DifferentWindows { line } => {
            format!("{line}: ваши данные относятся к другому времени, чем расходы рядом с ними")
        }
        Warning::Others(rows) => {
            format!("групп больше, чем строк в отчёте; сложено как «остальные» строк: {rows}")
        }
        Warning::NoRate(currency) => {
            format!("для {currency} курс не задан: суммы в этой валюте стоят отдельно")
        }
        Warning::More { kind, count } => format!("ещё предупреждений вида {kind}: {count}"),
    }
}
