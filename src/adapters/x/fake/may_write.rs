//! What X does not let somebody publish.

use jiff::Timestamp;

use super::faults::Rule;
use super::posts::Wish;
use super::setup::Plan;
use super::state::{Id, World};
use super::text;
use super::wire::Refusal;

const NO_REPLY: &str =
    "You can only reply to or quote posts where you are mentioned or are the author.";

impl World {
    /// Refuses what the account, its plan or the text does not allow.
    pub(super) fn may_write(&self, author: Id, wish: &Wish, now: Timestamp) -> Result<(), Refusal> {
        let user = self.users.get(&author);
        let premium = user.is_some_and(|user| user.premium);
        let carried = [
            !wish.media.is_empty(),
            wish.poll.is_some(),
            wish.quote.is_some(),
        ];
        if carried.iter().filter(|yes| **yes).count() > 1 && self.keeps(Rule::AttachmentsExclude) {
            return Err(Refusal::problem(
                400,
                "invalid-request",
                "Invalid Request",
                "media, poll, quote_tweet_id and card_uri are mutually exclusive.",
            ));
        }
        if wish.text.trim().is_empty()
            && !carried.contains(&true)
            && self.keeps(Rule::EmptyPostIsRefused)
        {
            return Err(Refusal::problem(
                400,
                "invalid-request",
                "Invalid Request",
                "One or more parameters to your request was invalid.",
            ));
        }
        if wish.text.contains(['\u{fffe}', '\u{feff}', '\u{ffff}']) {
            return Err(Refusal::forbidden(
                "Your Tweet text contains invalid characters.",
            ));
        }
        // Names that a reply begins with do not count.
        let counted = if wish.reply_to.is_some() {
            without_leading_names(&wish.text)
        } else {
            &wish.text
        };
        let most = if premium { 25_000 } else { 280 };
        if text::weight(counted) > most && self.keeps(Rule::TextWeight) {
            return Err(Refusal::forbidden("Your Tweet text is too long."));
        }
        let enterprise = self.plan_of(Some(author)) == Plan::Enterprise;
        if !enterprise && text::marks(&wish.text, '$').len() > 1 && self.keeps(Rule::OneCashtag) {
            return Err(Refusal::forbidden(
                "Posts are limited to a maximum of one cashtag. Please remove additional cashtags and try again.",
            ));
        }
        if let Some(target) = wish.reply_to {
            self.may_reply(author, target, enterprise)?;
        }
        if let Some(quoted) = wish.quote {
            if self.visible(quoted, Some(author)).is_none() {
                return Err(Refusal::problem(
                    400,
                    "invalid-request",
                    "Invalid Request",
                    "You attempted to quote a Tweet that is deleted or not visible to you.",
                ));
            }
            if !enterprise && self.keeps(Rule::QuotesAreEnterprise) {
                return Err(Refusal::problem(
                    403,
                    "not-authorized-for-resource",
                    "Forbidden",
                    NO_REPLY,
                ));
            }
        }
        self.media_fits(author, &wish.media, "tweet", now)?;
        self.day_of(author, wish, now)?;
        let since = now.as_second() - self.settings.duplicate_window;
        let window = self.keeps(Rule::DuplicatesAreForgotten);
        let said = self.posts.values().rev().any(|post| {
            post.author == author
                && !post.deleted
                && post.repost_of.is_none()
                && (!window || post.at.as_second() > since)
                && post.raw.trim() == wish.text.trim()
                && post.reply_to == wish.reply_to
                && post.quote == wish.quote
                && post.media == wish.media
                && post.poll.is_some() == wish.poll.is_some()
        });
        if said && self.keeps(Rule::DuplicatesAreRefused) {
            return Err(Refusal::forbidden(
                "You are not allowed to create a Tweet with duplicate content.",
            ));
        }
        Ok(())
    }

    fn may_reply(&self, author: Id, target: Id, enterprise: bool) -> Result<(), Refusal> {
        let Some(post) = self.visible(target, Some(author)) else {
            return Err(Refusal::forbidden(
                "You attempted to reply to a Tweet that is deleted or not visible to you.",
            ));
        };
        let own = post.author == author;
        let named = post.mentions(author);
        let quotes = post
            .quote
            .and_then(|quoted| self.posts.get(&quoted))
            .is_some_and(|quoted| quoted.author == author);
        if !enterprise && !own && !named && !quotes && self.keeps(Rule::RepliesNeedASummons) {
            return Err(Refusal::problem(
                403,
                "not-authorized-for-resource",
                "Forbidden",
                NO_REPLY,
            ));
        }
        let root = self.posts.get(&post.conversation).unwrap_or(post);
        let open = match root.reply_settings.as_str() {
            "following" => self.follows.has(root.author, author),
            "mentionedUsers" => root.mentions(author),
            "verified" => self.users.get(&author).is_some_and(|user| user.verified),
            "subscribers" => false,
            _ => true,
        };
        let blocked = self.blocks.has(post.author, author);
        if (!open && root.author != author && !root.mentions(author)) || blocked {
            if !self.keeps(Rule::ReplySettingsAreKept) {
                return Ok(());
            }
            return Err(Refusal::forbidden(
                "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to.",
            ));
        }
        Ok(())
    }

    /// An account that X did not verify publishes only so much a day.
    fn day_of(&self, author: Id, wish: &Wish, now: Timestamp) -> Result<(), Refusal> {
        let verified = self.users.get(&author).is_some_and(|user| user.verified);
        if verified || !self.keeps(Rule::UnverifiedDays) {
            return Ok(());
        }
        let since = now.as_second() - 24 * 3600;
        let replies = wish.reply_to.is_some();
        let today = self
            .posts
            .values()
            .filter(|post| {
                post.author == author
                    && post.repost_of.is_none()
                    && post.is_reply() == replies
                    && post.at.as_second() > since
            })
            .count();
        let (posts, answers) = self.settings.unverified;
        if today >= if replies { answers } else { posts } {
            return Err(Refusal::legacy(
                403,
                185,
                "User is over daily status update limit.",
            ));
        }
        Ok(())
    }
}

/// A text without the names that it begins with.
fn without_leading_names(text: &str) -> &str {
    let mut rest = text;
    while let Some(after) = rest.strip_prefix('@') {
        let length = after
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
            .count();
        let Some(next) = after.get(length..).and_then(|rest| rest.strip_prefix(' ')) else {
            break;
        };
        if length == 0 {
            break;
        }
        rest = next;
    }
    rest
}
