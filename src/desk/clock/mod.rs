//! The desk's clock: how soon an answer came, in whose business hours, and whether that was soon enough.
//!
//! A case has a log of [`CaseEvent`]s that is only ever added to. Everything else is computed from it: [`evaluate`] is a
//! pure function of the log, the [`Rules`] and a moment, and [`Fold`] the same step by step. Nothing here reads time.
//!
//! What the numbers mean:
//!
//! - **First response**: from the customer's first message of the case, at the network's time, to the first answer of a
//!   person. Machines do not count ([`Policy::bots`]), remarks within the desk neither. There is one in a case: reopening
//!   begins no second. A case that we began owes none ([`Policy::first_if_we_began`]).
//! - **Next response**: for what the customer writes after that, from the oldest message that is not answered
//!   ([`Policy::next_from`]) to the next answer. Several answers to one message count once. A hand-off begins one if none
//!   runs.
//! - **Resolution**: from the first message to the solution, without the states of [`Policy::pause_on`] and without the
//!   time during which the case was thought to be solved.
//! - A question that its writer takes back before it is answered stops its clock ([`Ending::Withdrawn`]). "Thanks!"
//!   ([`Status::NoAnswerNeeded`]) and spam are left out of every rate, and counted.
//! - Putting a case aside stops no clock of an answer: the customer waits.
//! - What the desk found later than it was written has two clocks: one from the message's own time and one from when it
//!   was found ([`Basis`]).
//! - A new version of a policy or calendar holds from when it is applied. What was late before stays late.
//! - A promise is kept when it was fulfilled at or before its due time. What is open and late is broken at once.

mod brief;
mod calendar;
mod changes;
mod figures;
mod fold;
mod hours;
pub(super) mod length;
mod log;
mod policy;
mod report;
mod standing;
mod target;
mod warn;

pub(super) use brief::{Brief, Pressing};
pub use calendar::{Calendar, CalendarForm, Exception};
pub use figures::{Ratio, Spread};
pub use fold::{Fold, Pushed};
pub use log::{CaseEvent, CaseEventKind, Status};
pub use policy::{
    Bots, CalendarRef, NextFrom, Policy, PolicyRef, Reopen, Rules, Target, TargetKind, Targets,
};
pub use report::{Kept, Report, ReportQuery, Reported, Summary, WITHIN_MINUTES, Within, report};
pub use standing::{Reopening, Standing, Urgency, Waiting, evaluate};
pub use target::{Basis, Ended, Ending, TargetClock};
pub use warn::{Warned, Warning, next_warning, warnings};
