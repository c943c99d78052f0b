//! Chance that is the same everywhere, and what is made of it for every contract.

use serde_json::{Value, json};

/// The largest integer that every language's JSON holds.
pub const SAFE: i64 = (1 << 53) - 1;

const WORDS: &[&str] = &[
    "hello",
    "привет",
    "שלום",
    "مرحبا",
    "你好",
    "👩‍👩‍👧‍👦",
    "🇺🇳",
    "é",
    "e\u{301}",
    "a\u{300}\u{301}\u{302}",
    "\n",
    "\t",
    "\"\\/",
    "\u{0}",
    "\u{202e}",
    "\u{feff}",
    "\u{200b}",
    "@alice.test",
    "#tag",
    "https://example.com/a?b=c",
    "<b>&amp;",
];

/// How an answer uses the freedom that a contract leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freedom {
    /// All of it.
    Any,
    /// Only what the contract names, so that the strict check holds too.
    Named,
}

/// Splitmix64: the same seed gives the same answers everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 where `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.roll() % (n.max(1) as u64)) as usize
    }

    pub fn percent(&mut self, p: u64) -> bool {
        self.roll() % 100 < p
    }

    pub fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        let at = self.below(from.len());
        from.get(at).copied().unwrap_or_default()
    }

    pub fn digits(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length)
            .filter_map(|_| letters.get(self.below(letters.len())).copied())
            .collect()
    }

    /// Text of many scripts, of `least` words or more; `most` counts what a word can hold.
    pub fn prose(&mut self, least: usize, most: usize) -> String {
        let wanted = match self.below(10) {
            0 => 0,
            1 => most.min(4_000),
            _ => self.below(20),
        };
        let mut text = String::new();
        for _ in 0..wanted.max(least) {
            text.push_str(self.pick(WORDS));
            text.push_str(self.pick(&["", " ", ", "]));
        }
        text
    }

    /// An integer of these, or between these ends: often one of them.
    pub fn integer(&mut self, min: Option<i64>, max: Option<i64>, one_of: &[i64]) -> i64 {
        if let Some(n) = one_of.get(self.below(one_of.len())) {
            return *n;
        }
        let (low, high) = (min.unwrap_or(-SAFE), max.unwrap_or(SAFE));
        let n = match self.below(10) {
            0 => low,
            1 => high,
            2 => 0,
            3 => 1,
            _ => self.below(5_000) as i64,
        };
        n.clamp(low, high)
    }

    /// Anything that is JSON.
    pub fn anything(&mut self, depth: usize) -> Value {
        match self.below(if depth > 2 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => Value::Bool(true),
            2 => Value::from(-SAFE),
            3 => Value::from(""),
            4 => Value::from("\u{202e}new"),
            5 => (0..self.below(3))
                .map(|_| self.anything(depth + 1))
                .collect(),
            _ => json!({"text": self.anything(depth + 1), "$type": "com.example.future#inner"}),
        }
    }
}
