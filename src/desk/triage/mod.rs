//! What a text wants of us: a complaint, a question, praise; how grave it is, what it is about, whether it waits for an
//! answer.
//!
//! A complaint is a breach of expectation, not the same as a bad mood ("Automatically Identifying Complaints in Social
//! Media", Preoţiuc-Pietro, Gaman and Aletras, ACL 2019): it may be neutral in tone, and an insult may be none. So intent,
//! polarity and severity are judged separately, and every judgement carries its [`Reason`]s.
//!
//! The default is the [`Lexicon`]: words, phrases and the ways in which customers write Russian, Greek (also in Latin letters)
//! and English. Its weights are set by hand. Whoever brings a model implements [`Classifier`].
//!
//! ```
//! use sociable::desk::triage::{Brand, Input, Intent, Lexicon, Polarity, Term, Topic, Vocabulary};
//!
//! let text = "До сих пор не привезли заказ 4812, верните деньги!";
//! let found = Lexicon::standard().assess(&Input::new(text).addressed(true));
//! assert_eq!(found.intent, Intent::Complaint);
//! assert_eq!(found.topic(), Some(&Topic::Price));
//! assert!(found.reasons.iter().any(|reason| reason.words(text) == "До сих пор не"));
//!
//! // A desk's own words and names, in code or from a file.
//! let own = Vocabulary::new()
//!     .brands(Brand::new("acme").terms("акме"))
//!     .brands(Brand::new("other"))
//!     .terms(Term::new("crema .. gone").polarity(-2.0).topic("coffee"));
//! let lexicon = Lexicon::new(&own)?;
//! let text = "Other is great, but the crema of Acme is gone";
//! let found = lexicon.assess(&Input::new(text).target("acme"));
//! assert_eq!(found.polarity, Polarity::Negative);
//! # Ok::<(), sociable::Error>(())
//! ```
//!
//! # How the lexicon judges
//!
//! - A text is cut into words and signs, each in one form: small letters, no accents, no look-alikes of other scripts (`pабoта`), no
//!   drawn-out letters; hashtags are split; handles and links stand aside. Greek is compared by its sound, so that all its
//!   spellings are one.
//! - Words speak well or badly, for an intent, for a topic, for gravity. A phrase goes before its words, the longest first. A
//!   denial turns what follows it in its clause; what comes behind a "but" weighs more; praise beside much trouble is half meant.
//! - In a text that speaks to a company, insisting ("why", "still", "third day", "cannot") is trouble; elsewhere it is not.
//!   So a bad day is no complaint.
//! - Where a text names the target and others, each judgement belongs to the nearest name in its clause.
//! - Headlines and reposts are [`Intent::Remark`]s; their polarity stays.
//! - A complaint or scolding that names nothing has the topic [`Topic::Service`], weakly.
//! - The first 16 KiB of a text are read. An empty text, or one of another script, is a remark of an unknown language; it
//!   waits for an answer where it was said to us and holds words. Emoji alone tell a mood.

mod assessment;
mod compiled;
mod find;
mod greek;
mod input;
mod judge;
mod lexicon;
mod marks;
mod names;
mod rules;
mod scan;
mod table;
mod vocabulary;

use async_trait::async_trait;

use crate::Result;

pub use assessment::{
    Aspect, Assessment, Intent, Language, Polarity, Reason, Severity, SeverityLevel, Topic,
    TopicScore,
};
pub use input::Input;
pub use lexicon::Lexicon;
pub use vocabulary::{Brand, Term, Vocabulary};

/// Judges texts.
///
/// A judgement is a value without a past: the same input gets the same answer, whatever was asked before. Who calls a
/// model over the network answers its errors; the lexicon has none.
#[async_trait]
pub trait Classifier: std::fmt::Debug + Send + Sync {
    /// What this text wants of us.
    ///
    /// # Errors
    ///
    /// What keeps the classifier from answering: a model that cannot be reached, say. A text is never the reason: an
    /// empty one, one of emoji or one in an unknown script is assessed as [`Intent::Remark`] at worst.
    async fn classify(&self, input: &Input<'_>) -> Result<Assessment>;
}

#[async_trait]
impl<T: Classifier + ?Sized> Classifier for std::sync::Arc<T> {
    async fn classify(&self, input: &Input<'_>) -> Result<Assessment> {
        (**self).classify(input).await
    }
}
