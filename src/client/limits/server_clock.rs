//! What a network's clock shows, as far as its answers told.

use jiff::{SignedDuration, Timestamp};

use super::time::{length, micros};
use super::{Limits, Name};

impl Limits {
    /// By how much a network's clock is ahead of ours, to about the time of a round trip; `None` where no answer told.
    #[must_use]
    pub fn clock_ahead(&self, network: &str) -> Option<SignedDuration> {
        let (_, skew) = self.networks.iter().find(|(name, _)| *name == network)?;
        skew.known()
            .then(|| SignedDuration::from_micros(skew.middle()))
    }

    /// Learns a network's clock from an answer's `Date`, of a call whose budgets are kept elsewhere.
    pub(crate) fn learn_clock(
        &mut self,
        network: &str,
        date: Timestamp,
        sent: Timestamp,
        now: Timestamp,
    ) {
        let longest = length(self.policy.longest_skew);
        let at = match self.networks.iter().position(|(name, _)| *name == network) {
            Some(at) => at,
            None => self.network(&Name::from(network.to_owned())) as usize,
        };
        if let Some((_, skew)) = self.networks.get_mut(at) {
            skew.learn(micros(date), micros(sent), micros(now), longest);
        }
    }
}
