//! What was checked, of which method or operation.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    requests: usize,
    answers: usize,
    generated: usize,
}

/// Counts requests that were validated and answers that were read, by method. Tests share one.
#[derive(Debug, Default)]
pub struct Tally {
    counts: Mutex<BTreeMap<String, Count>>,
}

impl Tally {
    fn count(&self, method: &str, add: impl FnOnce(&mut Count)) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        add(counts.entry(method.to_owned()).or_default());
    }

    /// A request was validated.
    pub fn request(&self, method: &str) {
        self.count(method, |count| count.requests += 1);
    }

    /// An answer was validated.
    pub fn answer(&self, method: &str) {
        self.count(method, |count| count.answers += 1);
    }

    /// Generated answers were read.
    pub fn generated(&self, method: &str, answers: usize) {
        self.count(method, |count| count.generated += answers);
    }

    /// Each method with how many requests were validated, and how many generated answers were read.
    pub fn rows(&self) -> Vec<(String, usize, usize)> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = counts.iter();
        rows.map(|(method, count)| (method.clone(), count.requests, count.generated))
            .collect()
    }

    /// Of these methods, those of which no generated answer was read.
    pub fn unread<'m>(&self, methods: impl IntoIterator<Item = &'m str>) -> Vec<&'m str> {
        self.without(methods, |count| count.generated)
    }

    /// Of these methods, those of which no request was validated.
    pub fn unasked<'m>(&self, methods: impl IntoIterator<Item = &'m str>) -> Vec<&'m str> {
        self.without(methods, |count| count.requests)
    }

    fn without<'m>(
        &self,
        methods: impl IntoIterator<Item = &'m str>,
        of: impl Fn(&Count) -> usize,
    ) -> Vec<&'m str> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        methods
            .into_iter()
            .filter(|method| counts.get(*method).is_none_or(|count| of(count) == 0))
            .collect()
    }
}

impl fmt::Display for Tally {
    /// One line for each method, like `wall.get: 12 requests, 12 answers, 200 generated answers`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for (method, count) in counts.iter() {
            writeln!(
                f,
                "{method}: {} requests, {} answers, {} generated answers",
                count.requests, count.answers, count.generated
            )?;
        }
        Ok(())
    }
}
