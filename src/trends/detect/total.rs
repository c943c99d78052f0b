//! How much is written at all.

use serde::{Deserialize, Serialize};

use super::pace::Pace;
use super::profile::Profile;
use super::slots::Slot;

/// A volume below a quarter of the usual, or above four times, is an outage or its making up: nothing is learnt from it.
const ODD: f32 = 4.0;

/// With fewer authors expected, silence is no outage.
const TELLING: f32 = 20.0;

/// As many authors' worth does the usual volume weigh beside those seen: a handful of authors says little.
const STEADY: f32 = 20.0;

/// The distinct authors of a bucket, over all posts: their usual number hour by hour.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Total {
    authors: f32,
    volume: f32,
    learnt: u32,
    profile: Profile,
}

/// The volume of a bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Volume {
    /// By what the terms' shares are multiplied.
    pub(super) volume: f32,
    /// The authors seen.
    pub(super) authors: f32,
    /// Far from the usual.
    pub(super) odd: bool,
}

impl Total {
    fn usual(&self, slot: Slot) -> Option<f32> {
        (self.volume > 0.0).then(|| self.authors / self.volume * self.profile.at(slot.index))
    }

    /// `authors` are those seen; `learnt` says whether the usual number of an hour is known already.
    pub(super) fn volume(&self, slot: Slot, authors: f32, learnt: bool) -> Volume {
        let seen = authors;
        let usual = self.usual(slot).filter(|_| learnt);
        let volume = match usual {
            Some(usual) => usual * (seen + STEADY) / (usual + STEADY),
            None => seen,
        };
        let odd = usual
            .is_some_and(|usual| usual >= TELLING && (seen < usual / ODD || seen > usual * ODD));
        Volume {
            volume: volume.max(1.0),
            authors: seen,
            odd,
        }
    }

    pub(super) fn learn(&mut self, slot: Slot, seen: f32, pace: &Pace) {
        let factor = self.profile.at(slot.index);
        self.authors = self.authors * pace.level + seen;
        self.volume = self.volume * pace.level + factor;
        let level = self.authors / self.volume;
        let visits = self.learnt as f32 / pace.slots;
        let share = (1.0 / (visits + 1.5)).max(0.1 / pace.visits);
        if level > 0.0 && !slot.holiday {
            self.profile.learn(slot.index, seen / level, share);
        }
        self.learnt = self.learnt.saturating_add(1);
    }
}
