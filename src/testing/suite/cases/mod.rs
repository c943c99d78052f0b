//! The cases, one file for each group of the trait's methods, and those of bad input and of trouble on the way.

use super::case::Case;

mod attachments;
mod content;
mod conversation;
mod happenings;
mod input;
mod listening;
mod listings;
mod measurement;
mod moderation;
mod people;
mod publishing;
#[cfg(feature = "webhook")]
mod pushed;
mod trouble;

/// All cases.
pub(super) fn all() -> Vec<Case> {
    [
        input::cases(),
        publishing::cases(),
        attachments::cases(),
        content::cases(),
        listings::cases(),
        people::cases(),
        moderation::cases(),
        conversation::cases(),
        measurement::cases(),
        happenings::cases(),
        listening::cases(),
        #[cfg(feature = "webhook")]
        pushed::cases(),
        trouble::cases(),
    ]
    .concat()
}
