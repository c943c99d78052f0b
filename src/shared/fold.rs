//! One form for all ways to write a letter: case, accents, widths, look-alikes of other scripts.

/// Whose letters a word is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    Cyrillic,
    Greek,
    Latin,
    /// Digits alone.
    #[cfg(feature = "desk")]
    Digits,
    /// Letters of any other script.
    Foreign,
}

/// The script of a folded letter; `None` for what belongs to any.
pub(crate) fn script(letter: char) -> Option<Script> {
    match letter {
        'a'..='z' => Some(Script::Latin),
        'а'..='я' | 'ѐ'..='џ' | 'ґ' => Some(Script::Cyrillic),
        'α'..='ω' => Some(Script::Greek),
        '0'..='9' | '*' => None,
        _ if letter.is_alphabetic() => Some(Script::Foreign),
        _ => None,
    }
}

/// A letter or digit in its one form: small, without accents, of usual width; `None` for a mark that only decorates
/// the letter before it.
#[inline]
pub(crate) fn fold(c: char) -> Option<char> {
    match c {
        'a'..='z' | '0'..='9' | 'а'..='я' | 'α'..='ρ' | 'σ'..='ω' => Some(c),
        _ => fold_rare(c),
    }
}

fn fold_rare(c: char) -> Option<char> {
    Some(match c {
        'A'..='Z' => c.to_ascii_lowercase(),
        'А'..='Я' => shifted(c, 0x20),
        'ё' | 'Ё' => 'е',
        '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{ad}' | '\u{fe0e}' | '\u{fe0f}' => {
            return None;
        }
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => greek(c),
        // Letters in another dress, by which spam hides: full width, mathematical.
        '\u{ff21}'..='\u{ff3a}' => folded_ascii(c, 0xff21, b'a'),
        '\u{ff41}'..='\u{ff5a}' => folded_ascii(c, 0xff41, b'a'),
        '\u{ff10}'..='\u{ff19}' => folded_ascii(c, 0xff10, b'0'),
        '\u{1d400}'..='\u{1d6a3}' => {
            let place = (c as u32 - 0x1d400) % 26;
            char::from(b'a' + u8::try_from(place).unwrap_or_default())
        }
        'ß' => 's',
        'à'..='å' | 'À'..='Å' => 'a',
        'ç' | 'Ç' => 'c',
        'è'..='ë' | 'È'..='Ë' => 'e',
        'ì'..='ï' | 'Ì'..='Ï' => 'i',
        'ñ' | 'Ñ' => 'n',
        'ò'..='ö' | 'Ò'..='Ö' => 'o',
        'ù'..='ü' | 'Ù'..='Ü' => 'u',
        _ => c.to_lowercase().next().unwrap_or(c),
    })
}

fn shifted(c: char, by: u32) -> char {
    char::from_u32(c as u32 + by).unwrap_or(c)
}

fn folded_ascii(c: char, from: u32, to: u8) -> char {
    u8::try_from(c as u32 - from).map_or(c, |place| char::from(to + place))
}

/// A Greek letter without its accents, small; the final sigma as any other.
fn greek(c: char) -> char {
    match c {
        'ς' | 'Σ' => 'σ',
        'α'..='ω' => c,
        'Α'..='Ω' => shifted(c, 0x20),
        'ά' | 'Ά' => 'α',
        'έ' | 'Έ' => 'ε',
        'ή' | 'Ή' => 'η',
        'ί' | 'Ί' | 'ϊ' | 'ΐ' | 'Ϊ' => 'ι',
        'ό' | 'Ό' => 'ο',
        'ύ' | 'Ύ' | 'ϋ' | 'ΰ' | 'Ϋ' => 'υ',
        'ώ' | 'Ώ' => 'ω',
        // Polytonic.
        '\u{1f00}'..='\u{1f0f}' | '\u{1f70}' | '\u{1f71}' => 'α',
        '\u{1f80}'..='\u{1f8f}' | '\u{1fb0}'..='\u{1fbc}' => 'α',
        '\u{1f10}'..='\u{1f1f}' | '\u{1f72}' | '\u{1f73}' | '\u{1fc8}' | '\u{1fc9}' => 'ε',
        '\u{1f20}'..='\u{1f2f}' | '\u{1f74}' | '\u{1f75}' | '\u{1f90}'..='\u{1f9f}' => 'η',
        '\u{1fc2}'..='\u{1fc7}' | '\u{1fca}'..='\u{1fcc}' => 'η',
        '\u{1f30}'..='\u{1f3f}' | '\u{1f76}' | '\u{1f77}' | '\u{1fd0}'..='\u{1fdb}' => 'ι',
        '\u{1f40}'..='\u{1f4f}' | '\u{1f78}' | '\u{1f79}' | '\u{1ff8}' | '\u{1ff9}' => 'ο',
        '\u{1f50}'..='\u{1f5f}' | '\u{1f7a}' | '\u{1f7b}' => 'υ',
        '\u{1fe4}' | '\u{1fe5}' | '\u{1fec}' => 'ρ',
        '\u{1fe0}'..='\u{1feb}' => 'υ',
        '\u{1f60}'..='\u{1f6f}' | '\u{1f7c}' | '\u{1f7d}' | '\u{1fa0}'..='\u{1faf}' => 'ω',
        '\u{1ff2}'..='\u{1ffc}' => 'ω',
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}

/// Latin letters that look like Cyrillic ones, and these.
#[cfg(feature = "desk")]
const CYRILLIC: [(char, char); 14] = [
    ('a', 'а'),
    ('b', 'в'),
    ('c', 'с'),
    ('e', 'е'),
    ('h', 'н'),
    ('i', 'і'),
    ('k', 'к'),
    ('m', 'м'),
    ('o', 'о'),
    ('p', 'р'),
    ('t', 'т'),
    ('u', 'и'),
    ('x', 'х'),
    ('y', 'у'),
];

/// Latin letters that look like Greek ones, and these.
#[cfg(feature = "desk")]
const GREEK: [(char, char); 15] = [
    ('a', 'α'),
    ('b', 'β'),
    ('e', 'ε'),
    ('h', 'η'),
    ('i', 'ι'),
    ('k', 'κ'),
    ('m', 'μ'),
    ('n', 'η'),
    ('o', 'ο'),
    ('p', 'ρ'),
    ('t', 'τ'),
    ('u', 'υ'),
    ('v', 'ν'),
    ('x', 'χ'),
    ('y', 'υ'),
];

/// The letter of `script` that looks like this one of another.
#[cfg(feature = "desk")]
pub(crate) fn look_alike(letter: char, script: Script) -> char {
    let find = |pairs: &[(char, char)]| {
        (pairs.iter().find(|(latin, _)| *latin == letter)).map_or(letter, |(_, own)| *own)
    };
    match script {
        Script::Cyrillic => find(&CYRILLIC),
        Script::Greek => find(&GREEK),
        Script::Latin => (CYRILLIC.iter())
            .chain(&GREEK)
            .find(|(_, other)| *other == letter)
            .map_or(letter, |(latin, _)| *latin),
        Script::Digits | Script::Foreign => letter,
    }
}
