//! What comments say of an entry: whether they stand, match, and name friends.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::entry::{Comment, Deed, Entry, EvidenceSource};
use super::judge::{Bench, Verdict, View, mark};
use super::rules::{OnChange, Pattern};

impl Bench<'_> {
    /// Whether a comment counts: written in time, and there, or at least as the rules want it.
    pub(super) fn standing(&self, comment: &Comment) -> Verdict {
        let written = comment.at.unwrap_or(comment.observed_at);
        if written < self.open {
            return Verdict::fail("the comment was written before the contest opened");
        }
        if written >= self.close {
            return match comment.at {
                Some(at) => {
                    Verdict::fail(format!("the comment was written after the close, at {at}"))
                }
                None => Verdict::unknown(
                    "the comment was seen first after the close, and the network does not tell when it was written",
                ),
            };
        }
        if let Some(at) = comment.deleted_at {
            if at < self.close {
                return Verdict::fail("the comment was deleted before the close");
            }
            if self.rules.changed == OnChange::Falls {
                return Verdict::fail("the comment was deleted after the close");
            }
        }
        if let Some(at) = comment.edited_at.filter(|at| *at >= self.close) {
            if self.rules.changed == OnChange::Falls {
                return Verdict::fail(format!("the comment was changed after the close, at {at}"));
            }
            if comment.observed_at >= at {
                return Verdict::unknown(
                    "the comment was changed after the close, and what it said before was not seen",
                );
            }
        }
        let network = self.networks.get(comment.subject);
        let view = self.views.get(&(comment.subject, Deed::Commented));
        if let (Some(network), Some(view)) = (network, view)
            && comment.deleted_at.is_none()
            && !view.seen.contains(&mark(network, comment.id.as_str()))
        {
            if self.rules.vanished == OnChange::Stands {
                return Verdict::Pass;
            }
            return match view.doubt(Some(written)) {
                None => Verdict::fail("the comment was gone when the entries were frozen"),
                Some(why) => Verdict::unknown(format!(
                    "the comment was not seen when the entries were frozen: {why}"
                )),
            };
        }
        Verdict::Pass
    }

    fn no_comment(&self, entry: &Entry) -> Verdict {
        let mut verdict = Verdict::fail("no comment");
        for (at, ..) in self.subjects(entry) {
            verdict = verdict.or(match self.views.get(&(at, Deed::Commented)) {
                Some(View { lacks: None, .. }) => Verdict::fail("no comment"),
                Some(View {
                    lacks: Some(why), ..
                }) => Verdict::unknown(format!("no comment was seen: {why}")),
                None => Verdict::unknown(self.unread(at, Deed::Commented)),
            });
        }
        verdict
    }

    pub(super) fn commented(
        &self,
        entry: &Entry,
        pattern: Option<&Option<Pattern>>,
        written: Option<&str>,
    ) -> (Verdict, Option<Timestamp>) {
        let by_hand = entry.evidence.iter().find(|one| {
            one.deed == Deed::Commented && matches!(one.source, EvidenceSource::Hand { .. })
        });
        if let Some(by_hand) = by_hand {
            return (Verdict::Pass, by_hand.at.or(Some(by_hand.observed_at)));
        }
        if entry.comments.is_empty() {
            return (self.no_comment(entry), None);
        }
        let mut best: Option<Verdict> = None;
        let mut met = None;
        for comment in &entry.comments {
            let mut verdict = self.standing(comment);
            if let (Verdict::Pass, Some(Some(pattern))) = (&verdict, pattern) {
                let network = self.networks.get(comment.subject);
                let author = entry
                    .accounts
                    .iter()
                    .find(|account| Some(&account.network) == network);
                let handle = author.and_then(|author| author.handle.as_deref());
                verdict = match pattern.matches(&comment.text, handle) {
                    Some(true) => Verdict::Pass,
                    Some(false) => Verdict::fail(format!(
                        "no comment matches `{}`",
                        written.unwrap_or_default()
                    )),
                    None => Verdict::unknown(
                        "the comment should hold the entrant's handle, which the network does not tell",
                    ),
                };
            }
            if verdict == Verdict::Pass {
                let at = comment.at.unwrap_or(comment.observed_at);
                met = Some(met.map_or(at, |before: Timestamp| before.min(at)));
            }
            best = Some(match best.take() {
                Some(best) => best.or(verdict),
                None => verdict,
            });
        }
        (best.unwrap_or(Verdict::Pass), met)
    }

    pub(super) fn tagged(&self, entry: &Entry, friends: u32) -> (Verdict, Option<Timestamp>) {
        if entry.comments.is_empty() {
            return (self.no_comment(entry), None);
        }
        let wanted = friends as usize;
        let (mut sure, mut perhaps) = (BTreeSet::new(), BTreeSet::new());
        let mut doubt = None;
        let mut met = None;
        let mut in_order: Vec<&Comment> = entry.comments.iter().collect();
        in_order.sort_by_key(|comment| comment.at.unwrap_or(comment.observed_at));
        for comment in in_order {
            match self.standing(comment) {
                Verdict::Pass => {
                    sure.extend(&comment.tags);
                    if sure.len() >= wanted && met.is_none() {
                        met = Some(comment.at.unwrap_or(comment.observed_at));
                    }
                }
                Verdict::Unknown(why) => {
                    perhaps.extend(&comment.tags);
                    doubt = Some(why);
                }
                Verdict::Fail(_) => {}
            }
        }
        if sure.len() >= wanted {
            return (Verdict::Pass, met);
        }
        let verdict = match doubt {
            Some(why) if sure.union(&perhaps).count() >= wanted => Verdict::Unknown(why),
            _ => Verdict::fail(format!("{} of {friends} friends tagged", sure.len())),
        };
        (verdict, None)
    }
}
