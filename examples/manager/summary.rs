//! What the day came to, figure by figure.

use std::time::Duration;

use sociable::desk::clock::Status;
use sociable::jiff::tz::TimeZone;
use sociable::serde_json::{Value, json};
use sociable::{Error, Result};

use crate::office::Office;
use crate::{Times, day};

/// One figure or fact: its value, of how many, and how a person reads it.
struct Told {
    name: String,
    value: Value,
    n: Option<u64>,
    shown: String,
}

/// Everything that is told, in order.
pub(crate) struct Summary {
    seed: u64,
    all: Vec<Told>,
    /// Tables and sentences between the figures, with the number of figures before each.
    words: Vec<(usize, String)>,
}

impl Summary {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            all: Vec::new(),
            words: Vec::new(),
        }
    }

    /// So many of so many.
    pub(crate) fn count(&mut self, name: impl Into<String>, value: u64, n: u64) {
        self.all.push(Told {
            name: name.into(),
            value: json!(value),
            n: Some(n),
            shown: format!("{value} of {n}"),
        });
    }

    /// A length of time, in seconds, of so many.
    pub(crate) fn time(&mut self, name: impl Into<String>, time: Duration, n: u64) {
        self.all.push(Told {
            name: name.into(),
            value: json!(time.as_secs_f64()),
            n: Some(n),
            shown: format!("{:.1} min (of {n})", time.as_secs_f64() / 60.0),
        });
    }

    /// A word, a name, a moment, an exact amount.
    pub(crate) fn fact(&mut self, name: impl Into<String>, value: impl ToString) {
        let value = value.to_string();
        self.all.push(Told {
            name: name.into(),
            value: json!(value),
            n: None,
            shown: value,
        });
    }

    /// A figure by itself.
    pub(crate) fn figure(&mut self, name: impl Into<String>, value: f64) {
        self.all.push(Told {
            name: name.into(),
            value: json!(value),
            n: None,
            shown: if value.fract() == 0.0 {
                format!("{value}")
            } else {
                format!("{value:.4}")
            },
        });
    }

    /// Something that stands between the figures for a person to read.
    pub(crate) fn words(&mut self, words: impl Into<String>) {
        self.words.push((self.all.len(), words.into()));
    }

    pub(crate) async fn outbox_and_desk(
        &mut self,
        office: &Office,
        times: Times,
        lost: u64,
    ) -> Result<()> {
        let Office { outbox, desk } = office;
        self.words("The plan and the desk");
        let figures = day::Summary::of(outbox, desk, times.morning, times.evening).await?;
        for day::Figure { name, value, n } in figures.0 {
            if name.ends_with(".median") || name.ends_with(".p90") {
                let time = Duration::try_from_secs_f64(value);
                self.time(name, time.map_err(|e| Error::config(e.to_string()))?, n);
            } else {
                self.count(name, value as u64, n);
            }
        }
        let planned = outbox
            .report(times.morning, times.evening, &TimeZone::UTC)
            .await?;
        let all = planned.states.values().sum();
        self.count("posts.answers_lost", lost, all);
        self.count("posts.doubled", planned.surplus, all);
        let cases = desk.cases().await?;
        let (mut solved, mut needless, mut open) = (0, 0, 0);
        for (case, standing) in &cases {
            if case.replies.iter().any(|reply| reply.resolve) {
                solved += 1;
            } else if standing.status == Status::NoAnswerNeeded {
                needless += 1;
            } else {
                open += 1;
            }
        }
        let all = cases.len() as u64;
        self.count("outcome.solved", solved, all);
        self.count("outcome.no_answer_needed", needless, all);
        self.count("outcome.open", open, all);
        Ok(())
    }

    fn values(&self) -> impl Iterator<Item = Value> {
        self.all.iter().map(|told| match told.n {
            Some(n) => json!({"name": told.name, "value": told.value, "n": n}),
            None => json!({"name": told.name, "value": told.value}),
        })
    }

    /// All as one JSON value: `{"seed": …, "figures": [{"name": …, "value": …, "n": …}, …]}`; lengths are seconds.
    pub(crate) fn json(&self) -> String {
        let figures: Vec<Value> = self.values().collect();
        json!({"seed": self.seed, "figures": figures}).to_string()
    }

    /// A line of JSON for each figure.
    pub(crate) fn lines(&self) -> String {
        self.values().map(|value| format!("{value}\n")).collect()
    }

    /// For a person.
    pub(crate) fn print(&self) {
        let mut words = self.words.iter().peekable();
        for (at, told) in self.all.iter().enumerate() {
            while let Some((_, text)) = words.next_if(|(before, _)| *before <= at) {
                println!("\n{text}");
            }
            println!("  {:36} {}", told.name, told.shown);
        }
        for (_, text) in words {
            println!("\n{text}");
        }
    }
}
