//! Whether two texts are the same one, passed on: by the shares of their shingles (runs of three words), estimated from
//! a sketch (Broder, "On the resemblance and containment of documents", 1997).

#[cfg(feature = "desk")]
use std::hash::Hasher;

use serde::{Deserialize, Serialize};
#[cfg(feature = "desk")]
use siphasher::sip::SipHasher13;

use crate::shared::mix::mix;

/// How many words make a shingle.
const WORDS: usize = 3;
/// A text of fewer words says too little to be told from another: thanks look all the same.
const FEWEST: usize = 8;
/// Of a longer text the first words are taken.
const MOST: usize = 400;
/// Texts are looked up by bands of so many least hashes ...
const ROWS: usize = 3;
/// ... and there are so many bands: texts that share nine tenths meet in one of them nearly always, and texts that share
/// six tenths in three of four cases.
pub(crate) const BANDS: usize = 6;
const HASHES: usize = BANDS * ROWS;
/// From which share of common shingles two texts are the same.
const SAME: f64 = 0.6;

/// By each of them the shingles stand in another order: odd, so that the multiplication is one to one, and of random bits, so
/// that no order follows from another.
const FACTORS: [u64; HASHES] = {
    let mut factors = [0; HASHES];
    let mut state = 0_u64;
    let mut n = 0;
    while n < HASHES {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        factors[n] = mix(state) | 1;
        n += 1;
    }
    factors
};

/// What is left of a text to tell whether another is the same. The text cannot be made from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Sketch([u32; HASHES]);

impl Sketch {
    /// `None` for texts too short to be told apart.
    #[cfg(feature = "desk")]
    pub(crate) fn of(text: &str) -> Option<Self> {
        shingles(text).map(|shingles| Self::least(&shingles))
    }

    /// Of a text that was read already: of its words' hashes, in order, without names and addresses.
    #[cfg(feature = "trends")]
    pub(crate) fn of_words(words: &[u64]) -> Option<Self> {
        let words = words.get(..MOST).unwrap_or(words);
        if words.len() < FEWEST {
            return None;
        }
        let one = |sum: u64, word: &u64| mix(sum.rotate_left(23) ^ word);
        let shingles: Vec<u64> = (words.windows(WORDS))
            .map(|run| run.iter().fold(0, one))
            .collect();
        Some(Self::least(&shingles))
    }

    /// The least hashes. A shingle that comes twice changes nothing.
    fn least(shingles: &[u64]) -> Self {
        Self(FACTORS.map(|factor| {
            let mixed = (shingles.iter()).map(|hash| (hash.wrapping_mul(factor) >> 32) as u32);
            mixed.min().unwrap_or_default()
        }))
    }

    /// The keys by which texts that are alike find one another.
    #[cfg(feature = "desk")]
    pub(crate) fn bands(&self) -> Vec<String> {
        let bands = self.0.chunks(ROWS).zip(0..);
        let name = |(rows, number): (&[u32], u32)| {
            let rows: String = rows.iter().map(|row| format!("{row:08x}")).collect();
            format!("{number}-{rows}")
        };
        bands.map(name).collect()
    }

    /// The same keys as numbers.
    #[cfg(feature = "trends")]
    pub(crate) fn band_keys(&self) -> [u64; BANDS] {
        let bands = self.0.as_chunks::<ROWS>().0;
        std::array::from_fn(|number| {
            let rows = bands.get(number).into_iter().flatten();
            let one = |sum: u64, row: &u32| mix(sum ^ u64::from(*row));
            rows.fold(number as u64 + 1, one)
        })
    }

    /// Whether the texts are the same, as far as the sketches tell.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let pairs = self.0.len().min(other.0.len());
        let same = self.0.iter().zip(&other.0).filter(|(a, b)| a == b).count();
        pairs > 0 && same as f64 / pairs as f64 >= SAME
    }
}

/// The hashes of a text's shingles. What passing on adds or changes (capitals, marks, names of accounts, addresses) does
/// not count.
#[cfg(feature = "desk")]
fn shingles(text: &str) -> Option<Vec<u64>> {
    let words: Vec<String> = text
        .split_whitespace()
        .filter(|word| !word.starts_with(['@', '#']) && !word.contains("://"))
        .map(|word| {
            let letters = word.chars().filter(|c| c.is_alphanumeric());
            letters.flat_map(char::to_lowercase).collect::<String>()
        })
        .filter(|word| !word.is_empty() && word != "rt")
        .take(MOST)
        .collect();
    if words.len() < FEWEST {
        return None;
    }
    let hash = |run: &[String]| {
        let mut hasher = SipHasher13::new();
        for word in run {
            hasher.write(word.as_bytes());
            hasher.write_u8(0xff);
        }
        hasher.finish()
    };
    Some(words.windows(WORDS).map(hash).collect())
}

#[cfg(all(test, feature = "desk"))]
mod tests {
    use super::*;

    const TEXT: &str =
        "Заказал чайник три недели назад, до сих пор не привезли, поддержка молчит и не отвечает";

    #[test]
    fn a_text_passed_on_is_the_same_and_another_is_not() {
        let first = Sketch::of(TEXT).unwrap();
        let again = Sketch::of(&format!(
            "RT @anna: {} https://example.com #чай",
            TEXT.to_uppercase()
        ));
        let again = again.unwrap();
        assert!(first.is_like(&again));
        assert_eq!(first.bands(), again.bands());
        let other = "Заказала чайник вчера утром, привезли сегодня к обеду, всё цело и очень красиво, спасибо";
        let other = Sketch::of(other).unwrap();
        assert!(!first.is_like(&other));
    }

    #[test]
    fn a_changed_end_meets_in_a_band() {
        let longer = format!("{TEXT} {TEXT} безобразие");
        let (first, longer) = (Sketch::of(TEXT).unwrap(), Sketch::of(&longer).unwrap());
        assert!(
            first
                .bands()
                .iter()
                .any(|band| longer.bands().contains(band))
        );
    }

    #[test]
    fn what_is_short_is_never_the_same() {
        assert_eq!(Sketch::of("Спасибо большое!"), None);
        assert_eq!(Sketch::of("🎉 🎉 🎉 🎉 🎉 🎉 🎉 🎉 🎉"), None);
    }
}
