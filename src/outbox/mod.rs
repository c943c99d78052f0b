//! Filling accounts, groups and pages with content: a plan becomes posts on many accounts at their times, each of them once.

mod plan;

pub use plan::{
    Closed, Plan, PlanReader, PlannedPost, PlannedTime, Repeat, SlotTime, Slots, Weekdays,
};
