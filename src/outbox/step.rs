use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares the points of work, and the list of all of them, in one place.
macro_rules! points_of_work {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A point of the outbox's work at which a process may die: before and after each write into the store and each
        /// call of a network.
        ///
        /// [`OutboxBuilder::observe`](super::OutboxBuilder::observe) tells of each as it is reached. What is written so
        /// far is in the store at that moment, and nothing else counts: the tests end the process at each of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Step {
            $($(#[$doc])* $name,)*
        }

        impl Step {
            /// All of them, in the order of the work.
            pub const ALL: &'static [Step] = &[$(Step::$name,)*];

            /// Its name, as it is written here.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

points_of_work! {
    /// A planned post is about to be put into the queue.
    BeforeAdd,
    /// A planned post is in the queue.
    AfterAdd,
    /// Its text and time are about to be noted, for the warnings of later ones.
    BeforeNote,
    /// Its text and time are noted.
    AfterNote,
    /// An entry that was refused is about to be counted.
    BeforeCaught,
    /// An entry that was refused is counted.
    AfterCaught,
    /// A person's decision (approve, pause, cancel, reschedule, change, resolve) is about to be written.
    BeforeDecision,
    /// A person's decision is written.
    AfterDecision,
    /// The pause of an account, or of all, is about to be written or taken away.
    BeforeHold,
    /// The pause of an account, or of all, is written or taken away.
    AfterHold,
    /// Work is about to be leased. The job is not known yet.
    BeforeLease,
    /// A job is leased.
    AfterLease,
    /// A lease is about to be extended while a network works.
    BeforeExtend,
    /// A lease is extended.
    AfterExtend,
    /// A job is about to be given back as it is: not approved, paused, not due, of an account that is held or not known here.
    BeforeGiveBack,
    /// A job is given back.
    AfterGiveBack,
    /// The network is about to be asked to prepare a part: uploads, containers.
    BeforePrepare,
    /// A part is prepared, and nobody has written it down yet.
    AfterPrepare,
    /// The prepared part is about to be written.
    BeforePrepared,
    /// The prepared part is written.
    AfterPrepared,
    /// It is about to be written that the one mutation begins.
    BeforeCommitting,
    /// It is written that the one mutation begins.
    AfterCommitting,
    /// The network is about to be asked for the one mutation.
    BeforeCommit,
    /// The network has answered, and nobody has written it down yet.
    AfterCommit,
    /// The network is about to be asked what became of a lost answer.
    BeforeReconcile,
    /// The network has said what became of it.
    AfterReconcile,
    /// A published part is about to be written.
    BeforePublished,
    /// A published part is written.
    AfterPublished,
    /// It is about to be written that a part is tried again later.
    BeforeRetry,
    /// It is written that a part is tried again later.
    AfterRetry,
    /// It is about to be written that the network is asked again what became of it.
    BeforeSettling,
    /// It is written that the network is asked again what became of it.
    AfterSettling,
    /// It is about to be written that a person has to settle it.
    BeforeUnknown,
    /// It is written that a person has to settle it.
    AfterUnknown,
    /// A refusal is about to be written.
    BeforeRejected,
    /// A refusal is written.
    AfterRejected,
    /// It is about to be written that it is too late.
    BeforeMissed,
    /// It is written that it is too late.
    AfterMissed,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
