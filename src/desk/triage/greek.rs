//! Greek by its sound, so that `ευχαριστώ`, `ευχαριστω`, `efxaristo`, `eyxaristw` and `euharisto` are one word.
//!
//! Letters and pairs that Greeks write for one another in Latin letters share a sound here: `η ι υ ει οι` are `i`, `χ` and
//! `ξ` are `x`, `β` and `μπ` are `b`. Where a Latin letter stands for two sounds (`h` is `η` or `χ`, `th` is `θ` or `τη`, `u` is `υ`
//! or `ου`), a word has several readings.

/// How the ambiguous Latin letters of a word are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// `h` alone is `η`; otherwise `χ`.
    eta: bool,
    /// `th`, `ph`, `ch`, `gh`, `dh`, `kh` are one sound; otherwise the `h` in them is `η`.
    pairs: bool,
    /// `u` alone is `ου`; otherwise `υ`.
    ou: bool,
}

/// The readings of a word in Latin letters that differ.
pub(super) fn readings(word: &str) -> impl Iterator<Item = Reading> + use<> {
    let bytes = word.as_bytes();
    let before_h = |at: usize| at.checked_sub(1).and_then(|at| bytes.get(at)).copied();
    let (mut alone, mut paired, mut u) = (false, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'h' if matches!(before_h(at), Some(b't' | b'p' | b'c' | b'g' | b'd' | b'k')) => {
                paired = true;
            }
            b'h' => alone = true,
            b'u' => u = true,
            _ => {}
        }
    }
    let ways: &[(bool, bool)] = match (alone, paired) {
        (false, false) => &[(true, true)],
        (true, false) => &[(true, true), (false, true)],
        (false, true) => &[(true, true), (true, false)],
        (true, true) => &[(true, true), (true, false), (false, true)],
    };
    ways.iter().flat_map(move |&(eta, pairs)| {
        [false, true]
            .into_iter()
            .take(if u { 2 } else { 1 })
            .map(move |ou| Reading { eta, pairs, ou })
    })
}

/// Sounds behind what a text holds; what is written double sounds once.
struct Sounds<'a> {
    out: &'a mut String,
    start: usize,
}

impl Sounds<'_> {
    fn add(&mut self, sounds: &str) {
        for sound in sounds.chars() {
            // οι and ο η are not told apart in Latin letters.
            if sound == 'i' && self.out.len() > self.start && self.out.ends_with('o') {
                self.out.pop();
            }
            if self.out.len() == self.start || !self.out.ends_with(sound) {
                self.out.push(sound);
            }
        }
    }
}

/// Adds the sounds of a folded word in Greek letters.
pub(super) fn of_greek(word: &str, out: &mut String) {
    let start = out.len();
    let mut sounds = Sounds { out, start };
    let mut rest = word.chars().peekable();
    while let Some(letter) = rest.next() {
        let (said, both) = match (letter, rest.peek().copied().unwrap_or(' ')) {
            ('α', 'ι') => ("e", true),
            ('ε' | 'ο' | 'υ', 'ι') => ("i", true),
            ('ο', 'υ') => ("u", true),
            ('α', 'υ' | 'β' | 'φ') => ("af", true),
            ('ε', 'υ' | 'β' | 'φ') => ("ef", true),
            ('μ', 'π' | 'β') => ("b", true),
            ('ν', 'τ' | 'δ') => ("d", true),
            ('γ', 'κ' | 'γ') => ("g", true),
            ('κ', 'σ') => ("x", true),
            ('α', _) => ("a", false),
            ('β', _) => ("b", false),
            ('γ', _) => ("g", false),
            ('δ', _) => ("d", false),
            ('ε', _) => ("e", false),
            ('ζ', _) => ("z", false),
            ('η' | 'ι' | 'υ', _) => ("i", false),
            ('θ', _) => ("8", false),
            ('κ', _) => ("k", false),
            ('λ', _) => ("l", false),
            ('μ', _) => ("m", false),
            ('ν', _) => ("n", false),
            ('ξ' | 'χ', _) => ("x", false),
            ('ο' | 'ω', _) => ("o", false),
            ('π', _) => ("p", false),
            ('ρ', _) => ("r", false),
            ('σ', _) => ("s", false),
            ('τ', _) => ("t", false),
            ('φ', _) => ("f", false),
            ('ψ', _) => ("ps", false),
            (other, _) => {
                sounds.out.push(other);
                continue;
            }
        };
        sounds.add(said);
        if both {
            rest.next();
        }
    }
}

/// Adds the sounds of a folded word in Latin letters, read in one way.
pub(super) fn of_latin(word: &str, reading: Reading, out: &mut String) {
    let start = out.len();
    let mut sounds = Sounds { out, start };
    let bytes = word.as_bytes();
    let mut at = 0;
    while let Some(&letter) = bytes.get(at) {
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        let (said, both) = match (letter, next) {
            (b't', b'h') if reading.pairs => ("8", true),
            (b'p', b'h') if reading.pairs => ("f", true),
            (b'c' | b'k', b'h') if reading.pairs => ("x", true),
            (b'g', b'h') if reading.pairs => ("g", true),
            (b'd', b'h') if reading.pairs => ("d", true),
            (b'a', b'i') => ("e", true),
            (b'e' | b'o' | b'y' | b'u', b'i') => ("i", true),
            (b'o', b'u' | b'y') => ("u", true),
            (b'a', b'u' | b'y' | b'v' | b'f' | b'b') => ("af", true),
            (b'e', b'u' | b'y' | b'v' | b'f' | b'b') => ("ef", true),
            (b'm', b'p' | b'b' | b'v') => ("b", true),
            (b'n', b't' | b'd') => ("d", true),
            (b'g', b'k' | b'g') | (b'n', b'g') => ("g", true),
            (b'k', b's') => ("x", true),
            (b'a', _) => ("a", false),
            (b'b' | b'v', _) => ("b", false),
            (b'c' | b'k' | b'q', _) => ("k", false),
            (b'd', _) => ("d", false),
            (b'e', _) => ("e", false),
            (b'f', _) => ("f", false),
            (b'g', _) => ("g", false),
            (b'h', _) => (if reading.eta { "i" } else { "x" }, false),
            (b'i' | b'y', _) => ("i", false),
            (b'j' | b'x' | b'3', _) => ("x", false),
            (b'l', _) => ("l", false),
            (b'm', _) => ("m", false),
            (b'n', _) => ("n", false),
            (b'o' | b'w', _) => ("o", false),
            (b'p', _) => ("p", false),
            (b'r', _) => ("r", false),
            (b's', _) => ("s", false),
            (b't', _) => ("t", false),
            (b'u', _) => (if reading.ou { "u" } else { "i" }, false),
            (b'z', _) => ("z", false),
            (b'8' | b'9', _) => ("8", false),
            (b'4', _) => ("ps", false),
            _ => ("", false),
        };
        sounds.add(said);
        at += if both { 2 } else { 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greek(word: &str) -> String {
        let mut out = String::new();
        of_greek(word, &mut out);
        out
    }

    fn latin(word: &str) -> Vec<String> {
        readings(word)
            .map(|reading| {
                let mut out = String::new();
                of_latin(word, reading, &mut out);
                out
            })
            .collect()
    }

    #[test]
    fn a_word_sounds_alike_in_both_alphabets() {
        for (word, spellings) in [
            (
                "ευχαριστω",
                &[
                    "efxaristo",
                    "eyxaristw",
                    "euxaristw",
                    "efharisto",
                    "efcharisto",
                ][..],
            ),
            ("θελω", &["thelw", "8elo", "9elo", "thelo"]),
            ("επιστροφη", &["epistrofi", "epistrofh", "epistrophi"]),
            ("ξανα", &["ksana", "xana", "3ana"]),
            (
                "καθυστερηση",
                &["kathisterisi", "kathysterhsh", "ka8ysterhsh"],
            ),
            ("μου", &["mou", "moy", "mu"]),
            ("την", &["thn", "tin"]),
            ("υπαρχει", &["yparxei", "iparxei", "uparxei", "yparhei"]),
            ("παραγγελια", &["paraggelia", "paragelia", "parangelia"]),
            ("συνδρομη", &["sundromh", "sindromi", "syndromh"]),
        ] {
            let sound = greek(word);
            for spelling in spellings {
                assert!(
                    latin(spelling).contains(&sound),
                    "{spelling} {:?} {sound}",
                    latin(spelling)
                );
            }
        }
    }
}
