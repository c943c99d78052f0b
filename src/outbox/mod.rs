//! Filling accounts, groups and pages with content: a plan becomes posts on many accounts at their times, each of them once.

mod add;
mod builder;
mod claim;
mod decide;
mod entry;
mod fault;
mod history;
mod hold;
mod list;
mod notes;
mod plan;
mod post;
mod report;
mod run;
mod settle;
mod step;
mod work;

pub use add::{AddReport, Added, Outcome};
pub use builder::{Outbox, OutboxBuilder, OutboxStore, StepObserver};
pub use decide::Resolution;
pub use entry::{Entry, Variant, When};
pub use history::{Happening, HappeningKind, History};
pub use hold::{Hold, Scope};
pub use list::{Doubt, Filter, Item};
pub use plan::{
    CalendarEvent, Closed, Edited, EventStatus, Plan, PlanReader, PlannedPost, PlannedTime, Repeat,
    Revision, SlotTime, Slots, Weekdays, calendar,
};
pub use post::{Approval, Attempt, Part, Posted, Progress, State};
pub use report::{DayCount, Report, Share};
pub use run::RunReport;
pub use step::Step;

/// The moment `wait` before `time`, or the first one that there is.
fn before(time: jiff::Timestamp, wait: std::time::Duration) -> jiff::Timestamp {
    time.checked_sub(wait).unwrap_or(jiff::Timestamp::MIN)
}

/// The moment `wait` after `time`, or the last one that there is.
fn after(time: jiff::Timestamp, wait: std::time::Duration) -> jiff::Timestamp {
    time.checked_add(wait).unwrap_or(jiff::Timestamp::MAX)
}
