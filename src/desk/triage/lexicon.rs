//! The built-in classifier.

use std::fmt;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

use crate::Result;

use super::compiled::Compiled;
use super::find::Findings;
use super::judge::judge;
use super::{Assessment, Classifier, Input, Vocabulary};

/// Judges by words, phrases and the ways of customers to write: Russian, Greek (also in Latin letters) and English.
///
/// A copy costs nothing. It looks at the first 16 KiB of a text; [`Assessment::looked_at`] tells where that is not all.
///
/// ```
/// use sociable::desk::triage::{Input, Intent, Lexicon};
///
/// let text = "My parcel has still not arrived, I want my money back!";
/// let found = Lexicon::standard().assess(&Input::new(text));
/// assert_eq!(found.intent, Intent::Complaint);
/// assert!(found.needs_answer);
/// ```
#[derive(Clone)]
pub struct Lexicon(Arc<Compiled>);

impl Lexicon {
    /// The built-in words, read once in the life of a program.
    pub fn standard() -> Self {
        static STANDARD: OnceLock<Lexicon> = OnceLock::new();
        STANDARD
            // The word files are part of the program; a test reads them.
            .get_or_init(|| {
                Self(Arc::new(
                    Compiled::new(&Vocabulary::new()).unwrap_or_default(),
                ))
            })
            .clone()
    }

    /// The built-in words and a desk's own, which go before them.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config): a brand or term that holds no word, or a weight that is no number.
    pub fn new(own: &Vocabulary) -> Result<Self> {
        Compiled::new(own).map(|compiled| Self(Arc::new(compiled)))
    }

    /// What this text wants of us.
    pub fn assess(&self, input: &Input<'_>) -> Assessment {
        judge(&Findings::new(&self.0, input.text, input.target), input)
    }
}

impl Default for Lexicon {
    fn default() -> Self {
        Self::standard()
    }
}

impl fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lexicon")
            .field("brands", &self.0.brands())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Classifier for Lexicon {
    async fn classify(&self, input: &Input<'_>) -> Result<Assessment> {
        Ok(self.assess(input))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_words_can_be_read() {
        assert!(
            Lexicon::new(&Vocabulary::new()).is_ok(),
            "{:?}",
            Lexicon::new(&Vocabulary::new())
        );
    }
}
