//! What a text wants of us: a complaint, a question, praise; how grave it is, what it is about, whether it waits for an
//! answer.
//!
//! A complaint is a breach of expectation, not the same as a bad mood ("Automatically Identifying Complaints in Social
//! Media", Preoţiuc-Pietro, Gaman and Aletras, ACL 2019): it may be neutral in tone, and an insult may be none. So intent,
//! polarity and severity are judged separately, and every judgement carries its [`Reason`]s.
//!
//! Whoever brings a model implements [`Classifier`].

mod assessment;
mod compiled;
mod find;
mod fold;
mod greek;
mod input;
mod judge;
mod lexicon;
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
