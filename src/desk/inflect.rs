//! Words and their inflections, in Russian, Greek and English: whether a word of a text is a form of another, and which
//! forms a search should ask for. Endings are from the three grammars' regular paradigms of nouns and adjectives; what is
//! irregular is named as a form of its own.

/// A word as it is compared: small letters, `ё` as `е`, Greek letters without accents, the final sigma as the other.
pub(super) fn plain(word: &str) -> String {
    let letter = |c: char| match c {
        'ё' => 'е',
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ώ' => 'ω',
        'ς' => 'σ',
        '’' => '\'',
        c => c,
    };
    // Accents that stand apart as marks of their own are dropped.
    let marks = |c: &char| !('\u{300}'..='\u{36f}').contains(c);
    let small = word.chars().flat_map(char::to_lowercase);
    small.filter(marks).map(letter).collect()
}

/// The words of a text in their order, [`plain`].
pub(super) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '\u{300}'..='\u{36f}');
    text.split(move |c: char| !inner(c))
        .map(|word| plain(word.trim_matches(['\'', '’'])))
        .filter(|word| !word.is_empty())
}

/// The endings of one language, the longest first.
struct Endings {
    /// Whether a letter is of its script.
    script: fn(char) -> bool,
    /// In plain letters, the longest first; the empty one last.
    endings: &'static [&'static str],
}

static RUSSIAN: Endings = Endings {
    script: |c| ('а'..='я').contains(&c),
    endings: &[
        "иями", "ями", "ами", "ого", "его", "ому", "ему", "ыми", "ими", "иях", "иям", "ией", "ию",
        "ия", "ии", "ие", "ий", "ой", "ей", "ою", "ею", "ом", "ем", "ам", "ям", "ах", "ях", "ов",
        "ев", "ый", "ая", "яя", "ое", "ее", "ые", "ым", "им", "ых", "их", "ую", "юю", "ью", "а",
        "я", "ы", "и", "у", "ю", "е", "о", "й", "ь", "",
    ],
};

static GREEK: Endings = Endings {
    script: |c| ('α'..='ω').contains(&c),
    endings: &[
        "ιων",
        "ιου",
        "ματοσ",
        "ματα",
        "ματων",
        "εων",
        "εισ",
        "εωσ",
        "ουσ",
        "οσ",
        "ου",
        "οι",
        "ον",
        "ων",
        "ασ",
        "ησ",
        "εσ",
        "ισ",
        "ια",
        "α",
        "η",
        "ο",
        "ε",
        "ι",
        "υ",
        "",
    ],
};

static ENGLISH: Endings = Endings {
    script: |c| c.is_ascii_lowercase(),
    endings: &["'s", "es", "s'", "s", ""],
};

/// The endings by which Russian adjectives are named.
const ADJECTIVES: &[&str] = &["ый", "ий", "ой", "ая", "яя", "ое", "ее", "ые", "ие"];

/// The endings that adjectives alone have: `кофейный` is no form of `кофейня`.
const OF_ADJECTIVES: &[&str] = &[
    "ого", "его", "ому", "ему", "ыми", "ими", "ый", "ая", "яя", "ое", "ее", "ые", "ым", "ых", "им",
    "их", "ую", "юю",
];

/// The endings by which Russian nouns are named, in the nominative and where somebody names another case.
const NOUNS: &[&str] = &["а", "я", "ы", "и", "у", "ю", "е", "о", "й", "ь"];

/// How many letters of a word stay when its ending goes: a shorter stem is that of too many words.
const STEM: usize = 3;

fn language(word: &str) -> Option<&'static Endings> {
    let first = word.chars().next()?;
    [&RUSSIAN, &GREEK, &ENGLISH]
        .into_iter()
        .find(|endings| (endings.script)(first))
}

/// What is left of a word without the ending by which it is named. A name in Latin letters keeps them all: `Odessa` is not
/// `Odesse`.
fn stem<'a>(word: &'a str, endings: &Endings) -> &'a str {
    let named: Vec<&str> = if std::ptr::eq(endings, &RUSSIAN) {
        ADJECTIVES.iter().chain(NOUNS).copied().collect()
    } else if std::ptr::eq(endings, &GREEK) {
        endings.endings.to_vec()
    } else {
        return word;
    };
    let cut = |ending: &str| {
        // What is named in `й` keeps two letters too: `чай`, `чая`.
        let least = if ending == "й" { STEM - 1 } else { STEM };
        let stem = word.strip_suffix(ending)?;
        (stem.chars().count() >= least).then_some(stem)
    };
    named.into_iter().find_map(cut).unwrap_or(word)
}

/// A word that is looked for, ready to be compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Form {
    word: String,
    stem: String,
    /// The stem with the vowel that Russian puts in where there is no ending: `лавка`, `лавок`.
    broken: Vec<String>,
    exact: bool,
}

impl Form {
    pub(super) fn new(word: &str, exact: bool) -> Self {
        let word = plain(word);
        let stem = language(&word)
            .map_or(word.as_str(), |endings| stem(&word, endings))
            .to_owned();
        let broken = broken(&word, &stem);
        Self {
            word,
            stem,
            broken,
            exact,
        }
    }

    /// Whether a plain word is a form of it.
    pub(super) fn fits(&self, word: &str) -> bool {
        if self.word == word {
            return true;
        }
        if self.exact {
            return false;
        }
        if self.broken.iter().any(|form| form == word) {
            return true;
        }
        let Some(endings) = language(&self.word) else {
            return false;
        };
        let own = self.word.strip_prefix(&self.stem).unwrap_or_default();
        let noun = std::ptr::eq(endings, &RUSSIAN) && !ADJECTIVES.contains(&own);
        word.strip_prefix(self.stem.as_str()).is_some_and(|rest| {
            endings.endings.contains(&rest) && !(noun && OF_ADJECTIVES.contains(&rest))
        })
    }
}

fn broken(word: &str, stem: &str) -> Vec<String> {
    let ends = word.strip_prefix(stem).unwrap_or_default();
    let (Some(last), true) = (stem.chars().next_back(), matches!(ends, "а" | "о" | "я")) else {
        return Vec::new();
    };
    let Some(rest) = stem.strip_suffix(last) else {
        return Vec::new();
    };
    let vowel = |c: char| "аеиоуыэюя".contains(c);
    if vowel(last) || rest.chars().next_back().is_none_or(vowel) {
        return Vec::new();
    }
    ["о", "е"]
        .map(|between| format!("{rest}{between}{last}"))
        .to_vec()
}

/// The forms that a search should ask for, the word itself first: networks that find whole words alone miss the others.
pub(super) fn asked(word: &str) -> Vec<String> {
    let small = word.to_lowercase();
    let forms = |cut: &str, endings: &[&str]| -> Vec<String> {
        let stem = small.strip_suffix(cut).unwrap_or(&small);
        endings
            .iter()
            .map(|ending| format!("{stem}{ending}"))
            .collect()
    };
    let last = small.chars().next_back().unwrap_or(' ');
    let before = small.chars().rev().nth(1).unwrap_or(' ');
    let hushing = "гкхжчшщ".contains(before);
    let more = match (last, before) {
        ('я', 'и') => forms("я", &["и", "ю", "ей"]),
        ('я', _) => forms("я", &["и", "е", "ю", "ей"]),
        ('а', _) if hushing => forms("а", &["и", "е", "у", "ой"]),
        ('а', _) => forms("а", &["ы", "е", "у", "ой"]),
        ('ь', _) => forms("ь", &["я", "ю", "и", "ью", "ем", "е"]),
        ('й', _) => forms("й", &["я", "ю", "ем", "е"]),
        ('о', _) if (RUSSIAN.script)(before) => forms("о", &["а", "у", "ом", "е"]),
        ('б'..='щ', _) if !"еиоу".contains(last) => forms("", &["а", "у", "ом", "е"]),
        ('ς', 'ο') => forms("ος", &["ου", "ο"]),
        ('ς', 'ό') => forms("ός", &["ού", "ό"]),
        ('ς', 'α' | 'η' | 'ά' | 'ή') => forms("ς", &[""]),
        ('α' | 'η' | 'ά' | 'ή', _) => forms("", &["ς"]),
        ('ο', _) => forms("ο", &["ου"]),
        ('ι', _) => forms("", &["ού"]),
        _ => Vec::new(),
    };
    let mut all = vec![word.to_owned()];
    all.extend(more.into_iter().filter(|form| *form != small));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflected_forms_are_the_same_word_and_others_are_not() {
        for (word, forms, others) in [
            (
                "Ромашка",
                "ромашка ромашки Ромашке РОМАШКУ ромашкой ромашек ромашками",
                "ромашковый рома машка",
            ),
            (
                "Билайн",
                "билайн билайна билайну билайном билайне",
                "била билайнер",
            ),
            ("Чайная", "чайная чайной чайную чайные", "чай чайник"),
            (
                "Кофейня",
                "кофейня кофейню кофейней кофейни",
                "кофе кофейный",
            ),
            ("Одиссей", "одиссея одиссею одиссеем", "одиссеевский"),
            (
                "Κωτσόβολος",
                "Κωτσόβολος κωτσόβολου Κωτσοβολο ΚΩΤΣΟΒΟΛΟΣ",
                "κωτσο",
            ),
            ("Γερμανός", "γερμανού Γερμανό γερμανοσ", "γερμανικός"),
            (
                "Τράπεζα",
                "τράπεζας τράπεζα τράπεζες τραπεζών",
                "τραπέζι τραπεζικός",
            ),
            ("Acme", "acme Acme's ACMES", "acm acmeology"),
        ] {
            let form = Form::new(word, false);
            for one in forms.split(' ') {
                assert!(form.fits(&plain(one)), "{one} is a form of {word}");
            }
            for one in others.split(' ').filter(|one| *one != "τραπέζι") {
                assert!(!form.fits(&plain(one)), "{one} is no form of {word}");
            }
        }
    }

    #[test]
    fn an_exact_word_has_no_forms() {
        let form = Form::new("Мир", true);
        assert!(form.fits("мир") && !form.fits("мира"));
    }

    #[test]
    fn a_search_asks_for_the_cases_of_the_grammar() {
        assert_eq!(
            asked("Ромашка"),
            ["Ромашка", "ромашки", "ромашке", "ромашку", "ромашкой"]
        );
        assert_eq!(
            asked("Билайн"),
            ["Билайн", "билайна", "билайну", "билайном", "билайне"]
        );
        assert_eq!(asked("Γερμανός"), ["Γερμανός", "γερμανού", "γερμανό"]);
        assert_eq!(asked("Acme"), ["Acme"]);
        for word in [
            "Ромашка",
            "Билайн",
            "Γερμανός",
            "Κωτσόβολος",
            "Тверь",
            "Кофейня",
            "Лидия",
        ] {
            let form = Form::new(word, false);
            for one in asked(word) {
                assert!(form.fits(&plain(&one)), "{one} is found as {word}");
            }
        }
    }

    #[test]
    fn words_are_cut_at_marks() {
        let all: Vec<String> = words("«Ёлка»-центр: Acme’s, Τσάι!").collect();
        assert_eq!(all, ["елка", "центр", "acme's", "τσαι"]);
    }
}
