//! What begins to be spoken of, early enough to join.

mod bucket;
mod count;
pub mod detect;
mod feed;
mod judge;
mod lexicon;
mod overlap;
mod pack;
mod proposal;
mod recent;
mod settings;
mod terms;
mod topic;
mod topics;
mod watch;

pub use bucket::{Closed, Pushed};
pub use feed::{Feed, FeedKind};
pub use proposal::{DraftCheck, Effort, Fit, Proposal, Safety};
pub use settings::WatchConfig;
pub use topic::{
    Chain, Example, Flag, Listed, Storm, Strength, Term, TermKind, Topic, TopicId, TopicState,
    Trigger, TriggerKind,
};
pub use watch::Watch;
