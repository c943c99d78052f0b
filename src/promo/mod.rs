//! What paid promotion brought.

mod amount;
mod compare;
mod dimension;
mod fact;
mod fraction;
mod measure;
mod pacing;
mod rates;
mod report;
mod row;
mod warning;

pub use amount::Amount;
pub use compare::{Arm, ArmFigures, Caution, Comparing, Comparison, Pair, Verdict};
pub use dimension::Dimension;
pub use fact::{Fact, Told};
pub use fraction::{Fraction, shares};
pub use measure::Measure;
pub use pacing::{Budget, Pacing, PacingDay};
pub use rates::Rate;
pub use report::{LeftOut, Line, LineKey, Measured, Outcome, Part, Report, Trouble, Why};
pub use row::{Level, Reported, Row};
pub use warning::Warning;
