//! The words of a page, in each language that it can be written in.

use serde::{Deserialize, Serialize};

/// The language of a page's own words. Names stay as they are.
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

/// Declares the words, each in every language.
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
    data: "The figures of this chart", "Цифры этого графика";
}

impl Language {
    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Russian => &RUSSIAN,
        }
    }
}
