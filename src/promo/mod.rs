//! What paid promotion brought.
//!
//! [`Promo`] asks all accounts for their campaigns and makes one [`Report`] of it: money exact, each figure with what
//! it was divided from and by, and with a reason where there is none. Rows of your own join by keys that you state.
//! [`Comparing`] tells which campaign or creative is better, or how much is lacking to tell; [`Budget`] whether the
//! money is on its way. How to read it all stands in [the guide](crate::guide::promo).
//!
//! ```
//! use sociable::promo::{CsvReader, Comparing, Dimension, Layout, Measure, Tally};
//!
//! let file = "\
//! campaign,day,spend,currency,impressions,link_clicks
//! tea,2026-11-01,24.00,EUR,12000,150
//! cups,2026-11-01,24.00,EUR,11800,95
//! ";
//! let mut tally = Tally::new(Layout::by([Dimension::Campaign]))?;
//! tally.extend(CsvReader::new("ads.csv").rows(file.as_bytes())?)?;
//! let report = tally.finish()?;
//! let tea = report.line(&["tea"]).unwrap();
//! assert_eq!(tea.get(Measure::CostPerLinkClick).unwrap().shown(), "0.16 EUR");
//! assert_eq!(report.total.get(Measure::CtrLinkClicks).unwrap().shown(), "1.03 %");
//!
//! let compared = Comparing::new(Measure::CtrLinkClicks)?.report(&report)?;
//! assert_eq!(compared.pairs[0].words(), "tea is better than cups.");
//! # Ok::<(), sociable::Error>(())
//! ```

mod amount;
mod compare;
mod csv_cells;
mod csv_in;
mod csv_out;
mod dimension;
mod evaluate;
mod fact;
mod finish;
mod fraction;
mod gather;
mod heard;
mod layout;
mod measure;
mod pacing;
mod page;
mod posts;
mod rank;
mod rates;
mod report;
mod row;
mod sum;
mod table;
mod tally;
mod usual;
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
pub use page::{Language, Page};
pub use rates::Rate;
pub use report::{LeftOut, Line, LineKey, Measured, Outcome, Part, Report, Trouble, Why};
pub use row::{Level, Reported, Row};
pub use tally::Tally;
pub use warning::Warning;
