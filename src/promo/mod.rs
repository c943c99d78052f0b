//! What paid promotion brought.

mod amount;
mod compare;
mod csv_in;
mod csv_out;
mod dimension;
mod evaluate;
mod fact;
mod fraction;
mod gather;
mod layout;
mod measure;
mod pacing;
mod rates;
mod report;
mod row;
mod sum;
mod table;
mod tally;
mod warning;
mod watch;

pub use amount::Amount;
pub use compare::{Arm, ArmFigures, Caution, Comparing, Comparison, Pair, Verdict};
pub use csv_in::{CsvReader, CsvRows};
pub use csv_out::RowWriter;
pub use dimension::Dimension;
pub use fact::{Fact, Told};
pub use fraction::{Fraction, shares};
pub use gather::{Gathered, Promo, PromoBuilder};
pub use layout::Layout;
pub use measure::Measure;
pub use pacing::{Budget, Pacing, PacingDay};
pub use rates::Rate;
pub use report::{LeftOut, Line, LineKey, Measured, Outcome, Part, Report, Trouble, Why};
pub use row::{Level, Reported, Row};
pub use tally::Tally;
pub use warning::Warning;
