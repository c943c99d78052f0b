//! A town that talks: posts of everyday words, and what is added to them.

use std::time::Duration;

use sociable::jiff::{SignedDuration, Timestamp};
use sociable::text::Text;
use sociable::trends::{Closed, Pushed, Topic, Watch, WatchConfig};
use sociable::{Account, Post};

pub(crate) const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// A Monday.
pub(crate) const START: &str = "2026-11-02T00:00:00Z";

pub(crate) fn start() -> Timestamp {
    START.parse().unwrap()
}

/// Numbers that look random and are the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

const EVERYDAY: [&str; 40] = [
    "bread",
    "market",
    "river",
    "garden",
    "window",
    "music",
    "coffee",
    "bicycle",
    "station",
    "neighbour",
    "weather",
    "kitchen",
    "letter",
    "football",
    "painting",
    "bakery",
    "library",
    "bridge",
    "summer",
    "winter",
    "holiday",
    "doctor",
    "teacher",
    "cinema",
    "concert",
    "recipe",
    "mountain",
    "harbour",
    "village",
    "castle",
    "flower",
    "butter",
    "cheese",
    "paper",
    "pencil",
    "guitar",
    "violin",
    "theatre",
    "ticket",
    "journey",
];

/// A stream of posts with a time and a number each.
pub(crate) struct Town {
    pub(crate) watch: Watch,
    pub(crate) now: Timestamp,
    pub(crate) dice: Dice,
    number: u64,
}

impl Town {
    pub(crate) fn new() -> Self {
        Self::with(WatchConfig::new().lateness(Duration::ZERO))
    }

    pub(crate) fn with(config: WatchConfig) -> Self {
        Self {
            watch: Watch::new(config).unwrap(),
            now: start(),
            dice: Dice::new(7),
            number: 0,
        }
    }

    /// A post of an author within the current hour.
    pub(crate) fn post(&mut self, author: &str, text: &str) -> Post {
        self.number += 1;
        let second = self.dice.below(3_500) as i64;
        Post::new(format!("post-{}", self.number).as_str())
            .author(Account::new(author).handle(author))
            .text(Text::plain(text))
            .created_at(self.now + SignedDuration::from_secs(second))
    }

    pub(crate) fn say(&mut self, author: &str, text: &str) -> Pushed {
        let post = self.post(author, text);
        self.watch.push("memory", &post)
    }

    /// An hour of everyday talk: some 60 posts by 40 authors.
    pub(crate) fn everyday(&mut self) {
        for _ in 0..60 {
            let author = format!("citizen{}", self.dice.below(40));
            let word = |dice: &mut Dice| EVERYDAY[dice.below(40) as usize];
            let text = format!(
                "{} {} {}",
                word(&mut self.dice),
                word(&mut self.dice),
                word(&mut self.dice)
            );
            assert_eq!(self.say(&author, &text), Pushed::Counted);
        }
    }

    /// Ends the hour.
    pub(crate) fn hour(&mut self) -> Closed {
        self.now += HOUR;
        let mut closed = self.watch.close(self.now);
        assert_eq!(closed.len(), 1, "{closed:?}");
        closed.remove(0)
    }

    /// Everyday hours; what was told in them.
    pub(crate) fn hours(&mut self, count: usize) -> Vec<Topic> {
        let mut told = Vec::new();
        for _ in 0..count {
            self.everyday();
            told.extend(self.hour().new);
        }
        told
    }

    /// An hour in which so many people speak of something, once or twice each.
    pub(crate) fn crowd(&mut self, count: u64, text: impl Fn(u64) -> String) {
        for n in 0..count {
            for again in 0..2 {
                let post = text(n * 2 + again);
                self.say(&format!("fan{n}"), &post);
            }
        }
    }
}
