//! What a classifier answers.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::SharedStr;
use crate::model::{setters, words};

words! {
    /// What a text is there for.
    Intent {
        /// Something was expected and did not come.
        Complaint = "complaint",
        /// Somebody wants to know something.
        Question = "question",
        /// Somebody is content, or thanks.
        Praise = "praise",
        /// Somebody proposes or wishes something.
        Suggestion = "suggestion",
        /// Advertising of others, giveaways, the same text for everybody.
        Spam = "spam",
        /// None of these: news, small talk, a statement.
        Remark = "other",
    }
}

words! {
    /// What a text is about. Own topics are [`Topic::Other`]s.
    Topic {
        /// Help that does not come or does not help: hotlines, desks, answers.
        Service = "service",
        /// Something comes late, or one waits.
        Delay = "delay",
        /// Something was called off.
        Cancellation = "cancellation",
        /// Something is lost: luggage, a parcel, an item.
        LostItem = "lost_item",
        /// Something came broken.
        Damage = "damage",
        /// Ordering, booking, the website, the app, an account.
        Booking = "booking",
        /// Prices, charges, money that should come back.
        Price = "price",
        /// What was bought is not good or does not work.
        Quality = "quality",
        /// Rude or careless people.
        Staff = "staff",
        /// Harm to people, or danger of it.
        Safety = "safety",
        /// Fraud, theft, leaked data.
        Security = "security",
        /// Courts, authorities, lawyers.
        Legal = "legal",
    }
}

words! {
    /// The language of a text, as a BCP 47 tag.
    Language {
        /// Russian.
        Russian = "ru",
        /// Greek in Greek letters, with accents or without.
        Greek = "el",
        /// Greek in Latin letters ("Greeklish").
        Greeklish = "el-Latn",
        /// English.
        English = "en",
        /// Not told: too short, mixed, or of another script.
        Unknown = "und",
    }
}

words! {
    /// What a reason bears on.
    Aspect {
        /// Good or bad.
        Polarity = "polarity",
        /// For a complaint.
        Complaint = "complaint",
        /// For a question.
        Question = "question",
        /// For praise.
        Praise = "praise",
        /// For a suggestion.
        Suggestion = "suggestion",
        /// For spam.
        Spam = "spam",
        /// Against every personal intent: news, a repost.
        Remark = "other",
        /// How grave it is.
        Severity = "severity",
        /// What it is about.
        Topic = "topic",
    }
}

/// Bad, neither, or good; in data -1, 0 and 1.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(into = "i8", from = "i8")]
pub enum Polarity {
    /// Bad.
    Negative,
    /// Neither, or both alike.
    #[default]
    Neutral,
    /// Good.
    Positive,
}

impl From<i8> for Polarity {
    fn from(sign: i8) -> Self {
        match sign.signum() {
            -1 => Self::Negative,
            1 => Self::Positive,
            _ => Self::Neutral,
        }
    }
}

impl From<Polarity> for i8 {
    fn from(polarity: Polarity) -> Self {
        match polarity {
            Polarity::Negative => -1,
            Polarity::Neutral => 0,
            Polarity::Positive => 1,
        }
    }
}

/// How grave something is, in steps that rules can name.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SeverityLevel {
    /// Nothing to repair: below 0.2.
    #[default]
    None,
    /// A nuisance: from 0.2.
    Low,
    /// Somebody misses what was paid or promised: from 0.4.
    Medium,
    /// Money, repeated failure, a threat to leave or to make it public: from 0.6.
    High,
    /// Harm to people, courts and authorities, stolen money, leaked data: from 0.8.
    Critical,
}

/// How grave a text is, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Severity(f64);

impl Severity {
    /// Takes a value, held between 0 and 1; what is no number is 0.
    pub fn new(value: f64) -> Self {
        Self(if value.is_nan() {
            0.0
        } else {
            value.clamp(0.0, 1.0)
        })
    }

    /// From 0 to 1.
    pub fn value(self) -> f64 {
        self.0
    }

    /// The step it stands on.
    pub fn level(self) -> SeverityLevel {
        match self.0 {
            value if value >= 0.8 => SeverityLevel::Critical,
            value if value >= 0.6 => SeverityLevel::High,
            value if value >= 0.4 => SeverityLevel::Medium,
            value if value >= 0.2 => SeverityLevel::Low,
            _ => SeverityLevel::None,
        }
    }
}

/// A topic and how much speaks for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TopicScore {
    /// The topic.
    pub topic: Topic,
    /// The sum of its reasons' weights.
    pub score: f64,
}

impl TopicScore {
    /// A topic with its score.
    pub fn new(topic: Topic, score: f64) -> Self {
        Self { topic, score }
    }
}

/// Why something was judged so: a rule, and the words that it found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// The rule: `ru.bad.ужасн`, `en.breach.still_waiting`. Printable and stable within a version.
    pub rule: SharedStr,
    /// What it bears on.
    pub aspect: Aspect,
    /// How much: for the polarity negative or positive, for all else how much speaks for it.
    pub weight: f64,
    /// The bytes of the original text, on character boundaries.
    pub span: Range<usize>,
}

impl Reason {
    /// A rule that found these bytes.
    pub fn new(
        rule: impl Into<SharedStr>,
        aspect: Aspect,
        weight: f64,
        span: Range<usize>,
    ) -> Self {
        Self {
            rule: rule.into(),
            aspect,
            weight,
            span,
        }
    }

    /// The words that it found. Empty where `text` is another one than was assessed.
    pub fn words<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.span.clone()).unwrap_or_default()
    }
}

/// What a text wants of us.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Assessment {
    /// What it is there for.
    pub intent: Intent,
    /// Whether it speaks badly or well (of the target, where one was named).
    pub polarity: Polarity,
    /// What the polarity was decided by: below 0 bad, above 0 good. Its scale is the classifier's own.
    pub score: f64,
    /// How grave it is.
    #[serde(default)]
    pub severity: Severity,
    /// What it is about, the weightiest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<TopicScore>,
    /// Its language.
    pub language: Language,
    /// Whether somebody waits for an answer.
    #[serde(default)]
    pub needs_answer: bool,
    /// Why, in the order of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// How many bytes of the text were looked at, where that is not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<usize>,
}

impl Assessment {
    /// An assessment of this intent: neutral, not grave, in an unknown language, without reasons.
    pub fn new(intent: Intent) -> Self {
        Self {
            intent,
            polarity: Polarity::Neutral,
            score: 0.0,
            severity: Severity::default(),
            topics: Vec::new(),
            language: Language::Unknown,
            needs_answer: false,
            reasons: Vec::new(),
            looked_at: None,
        }
    }

    /// The weightiest topic.
    pub fn topic(&self) -> Option<&Topic> {
        self.topics.first().map(|scored| &scored.topic)
    }

    /// Whether it is a complaint.
    pub fn is_complaint(&self) -> bool {
        self.intent == Intent::Complaint
    }
}

setters!(Assessment {
    set polarity: Polarity, "Says whether it speaks badly or well.";
    set score: f64, "Says what the polarity was decided by.";
    set severity: Severity, "Says how grave it is.";
    push topics: TopicScore, "Adds a topic; the weightiest comes first.";
    set language: Language, "Says in which language it is.";
    set needs_answer: bool, "Says whether somebody waits for an answer.";
    push reasons: Reason, "Adds a reason.";
    some looked_at: usize, "Says how many bytes were looked at, where that is not all.";
});
