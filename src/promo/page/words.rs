//! The words of a page, in each language that it can be written in.

use serde::{Deserialize, Serialize};

use super::titles;
use crate::promo::{Dimension, Measure};

/// The language of a page's own words, and of how numbers and dates are written. Names stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Russian.
    Russian,
}

/// Declares the words, each in every language. `{}` is where something is put in.
macro_rules! page_words {
    ($($name:ident: $en:literal, $ru:literal;)*) => {
        /// What a page says besides names and numbers.
        pub(super) struct Words { $(pub(super) $name: &'static str,)* }

        const ENGLISH: Words = Words { $($name: $en,)* };
        const RUSSIAN: Words = Words { $($name: $ru,)* };
    };
}

page_words! {
    lang: "en", "ru";
    kind: "Paid promotion", "Платное продвижение";
    title: "What paid promotion brought", "Что принесло платное продвижение";
    made: "Made {}", "Составлено {}";
    no_period: "The rows tell no period", "Период в строках не указан";
    one_row: "from 1 row", "по 1 строке";
    many_rows: "from {} rows", "по строкам: {}";
    in_short: "In short", "Коротко";
    verdicts: "What the figures say", "Что говорят цифры";
    charts: "Charts", "Графики";
    all_figures: "All figures", "Все показатели";
    notes: "What to know", "Что важно знать";
    missing: "Missing, and why", "Чего нет и почему";
    missing_none: "Nothing is missing.", "Всё на месте.";
    attention: "Before you believe the figures", "Прежде чем верить цифрам";
    failed: "Could not be asked: {}", "Нет ответа: {}";
    left_out: "Left out by {}", "Не передано: {}";
    in_total: "in the total alone, since {}", "только в итоге: {}";
    in_lines: "in {lines} of {of} lines, since {}", "в строках: {lines} из {of}; {}";
    more: "{} more", "ещё {}";
    no_chart: "There is nothing to draw: no row tells what was spent or seen.", "Рисовать нечего: ни одна строка не содержит расходов и показов.";
    rates: "Rates", "Курсы";
    rate: "1 {from} = {worth} {to}, {date}, by {source}", "1 {from} = {worth} {to}, {date}, источник: {source}";
    definitions: "How each figure is defined", "Как определены показатели";
    counted: "as the networks count it", "по подсчёту сетей";
    own_count: "as your own shop counts it", "по подсчёту вашего магазина";
    foot: "This page is one file: it loads nothing, tells nobody, and can be kept, printed and sent.", "Эта страница — один файл: ничего не загружает, никому не сообщает, её можно хранить, печатать и пересылать.";
    data: "The figures of this chart", "Цифры этого графика";
    others: "Others ({})", "Остальные ({})";
    others_and_rest: "Others ({} and more)", "Остальные ({} и ещё)";
    rest: "Others", "Остальные";
    total: "Total", "Итого";
    unnamed: "not named", "без названия";
    no_value: "not told", "нет данных";
    cut_rows: "{shown} of {all} lines are shown, those with the most spend first. The total counts all of them.", "Показано строк: {shown} из {all}, с наибольшими расходами сначала. В итоге учтены все.";
    cut_chart: "The {shown} with the most spend, of {all}.", "Показаны {shown} из {all} — с наибольшими расходами.";
    summed_others: "Those after the first {} are drawn together as others.", "Те, что после первых {}, показаны вместе как «остальные».";
    not_drawn: "{} is not drawn: the report by time has more lines than it may hold, so that this sum has no day.", "{} не показано: в отчёте по времени больше строк, чем он вмещает, и у этой суммы нет дня.";
    absent_mark: "A dashed ring: not told, which is not zero.", "Пунктирное кольцо: данных нет, и это не ноль.";
    source_public: "seen by everybody", "видно всем";
    source_owner: "seen by the owner", "видно владельцу";
    source_organic: "unpaid part, by the network", "бесплатная часть, по данным сети";
    source_promoted: "paid part, by the network", "платная часть, по данным сети";
    source_derived: "computed here", "вычислено здесь";
    source_own: "your own figures", "ваши данные";
    not_told: "no row tells {}", "ни одна строка не содержит: {}";
    lacking: "{} is missing in {rows} rows", "нет показателя «{}», строк: {rows}";
    divided_by_zero: "it would be divided by zero", "деление на ноль";
    does_not_add_up: "{} counts distinct people and does not add up", "{}: складывать нельзя, это разные люди";
    several_currencies: "several currencies, and no rate between them", "несколько валют, курс не задан";
    too_large: "too large to be told exactly", "слишком большое число";
    spend_by_time: "Spend over time", "Расходы по времени";
    spend_by_time_says: "What was spent in each stretch of time, in {}.", "Сколько потрачено за каждый отрезок времени, {}.";
    spend_shares: "Where the money went", "На что ушли деньги";
    spend_shares_says: "Spend and its part of all spend in {}.", "Расходы и их доля в общих расходах, {}.";
    cost: "{} of each", "{} по отдельности";
    cost_says: "What one of them cost, in {}; shorter is cheaper. The most spend comes first.", "Сколько стоит одно действие, {}; чем короче, тем дешевле. Сначала те, где расходы больше.";
    funnel: "From seen to done", "От показа до действия";
    funnel_says: "How many were left at each step.", "Сколько осталось на каждом шаге.";
    of_step: "{share} of {step}", "{share} от «{step}»";
    intervals: "{}, and how sure it is", "{} и насколько это точно";
    intervals_says: "The dot is what was measured; the true rate lies within the line in {} of 100 cases.", "Точка — измеренное значение; истинное лежит в пределах линии в {} случаях из 100.";
    interval: "{low} to {high}", "от {low} до {high}";
    unbounded: "no end", "без предела";
    results: "Results", "Результаты";
    out_of: "Out of", "Из";
    low: "From", "От";
    high: "To", "До";
    best: "By {measure}, {first} is better than each of the {others} others.", "По показателю «{measure}» {first} лучше каждого из остальных ({others}).";
    first_better: "By {measure}, {first} is better than {second}.", "По показателю «{measure}» {first} лучше, чем {second}.";
    second_better: "By {measure}, {second} is better than {first}.", "По показателю «{measure}» {second} лучше, чем {first}.";
    no_difference: "By {measure}, no difference is seen between {first} and {second}; a difference of {least} would have shown.", "По показателю «{measure}» разницы между {first} и {second} не видно; разница в {least} была бы заметна.";
    more_data: "By {measure}, not enough data yet between {first} and {second}: about {more} more {of}.", "По показателю «{measure}» данных пока мало: {first} и {second}; нужно ещё около {more} ({of}).";
    no_data: "By {measure}, not enough data yet between {first} and {second}: nothing counted yet ({of}).", "По показателю «{measure}» данных пока мало: {first} и {second}; ещё ничего не посчитано ({of}).";
    more_pairs: "{} more pairs are in the comparison's own data.", "Ещё пар в данных сравнения: {}.";
    different_windows: "they speak of different times: what else happened then is in the difference", "сравниваются разные периоды: в разнице есть и то, что ещё тогда происходило";
    still_running: "the period is not over: what is ahead now may not be at its end", "период ещё не закончился: к его концу впереди может быть другой";
    different_attribution: "results were counted by different attributions", "результаты посчитаны с разной атрибуцией";
    looks: "the figures are looked at {} times, so a verdict needs more certainty", "цифры смотрят не один раз ({}), поэтому для вывода нужна большая уверенность";
    not_compared: "{} is left out", "не участвует: {}";
    pacing: "Budget: {}", "Бюджет: {}";
    pacing_says: "What was planned, spent and is expected until the end of each day, in {}.", "План, расходы и прогноз на конец каждого дня, {}.";
    planned: "Planned", "План";
    spent: "Spent", "Потрачено";
    expected: "Expected", "Прогноз";
    thinned: "Not every day has a mark.", "Отмечены не все дни.";
    pace_spent: "{spent} of {total} spent, {expected} planned by now.", "потрачено {spent} из {total}, по плану к этому времени {expected}.";
    pace_forecast: "At this pace {} at the end.", "При таком темпе в конце будет {}.";
    pace_ends: "The budget ends on {}.", "Бюджет закончится {}.";
    pace_per_day: "From now {} a day.", "Дальше по {} в день.";
    pace_missing: "No spend is told of {} days, which are not taken as zero.", "Нет данных о расходах за дни: {}; они не считаются нулём.";
    pace_outside: "{} days outside of the plan are not counted.", "Дни вне плана не учтены: {}.";
    amount: "Amount", "Сумма";
    when: "When", "Когда";
    what: "What", "Что";
    share: "Share", "Доля";
    step: "Step", "Шаг";
    count: "Count", "Количество";
    decided: "Decided", "Ясно";
    waiting: "Not enough data yet", "Пока мало данных";
    same: "No difference seen", "Разницы не видно";
    as_planned: "As planned", "По плану";
    off: "Not as planned", "Не по плану";
}

impl Language {
    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Russian => &RUSSIAN,
        }
    }

    /// A measure's heading.
    pub(super) fn title(self, measure: Measure) -> &'static str {
        match self {
            Self::English => measure.title(),
            Self::Russian => titles::russian(measure),
        }
    }

    /// What rows are put together by.
    pub(super) fn dimension(self, dimension: Dimension) -> &'static str {
        let (english, russian) = match dimension {
            Dimension::Network => ("Network", "Сеть"),
            Dimension::Account => ("Account", "Аккаунт"),
            Dimension::Campaign => ("Campaign", "Кампания"),
            Dimension::Creative => ("Creative", "Объявление"),
            Dimension::Post => ("Post", "Пост"),
            Dimension::Day => ("Day", "День"),
            Dimension::Week => ("Week", "Неделя"),
            Dimension::Month => ("Month", "Месяц"),
            Dimension::Period => ("Period", "Период"),
        };
        match self {
            Self::English => english,
            Self::Russian => russian,
        }
    }
}
