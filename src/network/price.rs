//! What a draft costs, where a network bills for it.

use super::check::media_operation;
use crate::error::{Rule, Violation};
use crate::model::{Draft, MediaKind, MessageDraft, Money};
use crate::network::profile::Profile;
use crate::operation::Operation;
use crate::text::{SpanKind, TextLimit};

impl Draft {
    /// What publishing it costs at most, as the profile's prices say; `None` where the network bills nothing for it.
    ///
    /// A network that bills prices `publish`. A post costs that, or in its place the price of `publish.link` where its
    /// text holds a link or it has a card, else that of `publish.reply` where it answers, else that of `publish.quote`
    /// where it quotes; each only where the profile has one. To it come the price of `publish.poll` for a poll, and for
    /// each file the price of its kind (`publish.image` and so on) and, where it is described, that of
    /// `publish.alt_text`. Prices in another currency than that of `publish` are left out.
    ///
    /// A link is what the network's rules for texts take for one, or what the text marks as one.
    pub fn price(&self, profile: &Profile) -> Option<Money> {
        self.price_as(profile, self.reply_to.is_some())
    }

    fn price_as(&self, profile: &Profile, answers: bool) -> Option<Money> {
        let price = |operation: Operation| profile.operations.get(&operation)?.price;
        let plain = price(Operation::PUBLISH)?;
        let instead = |wished: bool, operation| wished.then(|| price(operation)).flatten();
        let link = price(Operation::PUBLISH_LINK).filter(|_| self.holds_link(profile, answers));
        let base = link
            .or_else(|| instead(answers, Operation::PUBLISH_REPLY))
            .or_else(|| instead(self.quote.is_some(), Operation::PUBLISH_QUOTE))
            .unwrap_or(plain);
        let mut parts = vec![instead(self.poll.is_some(), Operation::PUBLISH_POLL)];
        for file in &self.media {
            let kind = file.effective_kind().unwrap_or(MediaKind::Document);
            parts.push(price(media_operation(&kind)));
            parts.push(instead(file.alt.is_some(), Operation::PUBLISH_ALT_TEXT));
        }
        let parts = parts.into_iter().flatten();
        Some(parts.fold(base, |sum, part| sum.plus(part).unwrap_or(sum)))
    }

    fn holds_link(&self, profile: &Profile, answers: bool) -> bool {
        let limit = profile.text.for_draft(!self.media.is_empty(), answers);
        let text = self.text.as_str();
        self.link.is_some()
            || (self.text.spans().iter()).any(|span| matches!(span.kind, SpanKind::Link(_)))
            || limit.map_or_else(
                || !crate::text::find_links(text).is_empty(),
                |limit: &TextLimit| limit.holds_link(text),
            )
    }

    /// Notes what it costs.
    pub(super) fn note_price(&self, profile: &Profile, found: &mut Vec<Violation>) {
        let Some(price) = self.price(profile) else {
            return;
        };
        let mut message = format!("publishing it costs {price}");
        let of_link = profile.supports(&Operation::PUBLISH_LINK).price;
        if let Some(of_link) = of_link
            && self.holds_link(profile, self.reply_to.is_some())
            && let Some(plain) = profile.supports(&Operation::PUBLISH).price
        {
            message = format!("{message}: a post with a link costs {of_link} in place of {plain}");
        }
        found.push(Violation::note(Rule::Price, "text", message).operation(Operation::PUBLISH));
    }
}

impl MessageDraft {
    /// What sending it costs at most, as the profile's prices say: that of `send`, and that of `send.media` for each
    /// file. `None` where the network bills nothing for it.
    pub fn price(&self, profile: &Profile) -> Option<Money> {
        let price = |operation: Operation| profile.operations.get(&operation)?.price;
        let base = price(Operation::SEND)?;
        let file = price(Operation::SEND_MEDIA);
        let files = self.media.iter().filter_map(|_| file);
        Some(files.fold(base, |sum, part| sum.plus(part).unwrap_or(sum)))
    }

    /// Notes what it costs.
    pub(super) fn note_price(&self, profile: &Profile, found: &mut Vec<Violation>) {
        if let Some(price) = self.price(profile) {
            let message = format!("sending it costs {price}");
            found.push(Violation::note(Rule::Price, "text", message).operation(Operation::SEND));
        }
    }
}

/// What publishing these drafts as a thread costs at most: each after the first answers the one before. `None` where
/// the network bills nothing for it.
pub fn thread_price(drafts: &[Draft], profile: &Profile) -> Option<Money> {
    let mut sum: Option<Money> = None;
    for (at, draft) in drafts.iter().enumerate() {
        let price = draft.price_as(profile, at > 0 || draft.reply_to.is_some())?;
        sum = Some(match sum {
            Some(sum) => sum.plus(price)?,
            None => price,
        });
    }
    sum
}
