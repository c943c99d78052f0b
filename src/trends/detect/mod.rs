//! Which counts are unusual: statistics alone, without network, clock or text.
//!
//! A [`Detector`] takes in one [`Tally`] after another: how many distinct authors used each term in a bucket of time. It
//! answers with [`Signal`]s: a burst's alarm, how it goes on, its end. A [`VolumeWatch`] does the like for one series of
//! which nothing is known but counts.
//!
//! ```
//! use std::time::Duration;
//! use sociable::jiff::{SignedDuration, Timestamp};
//! use sociable::trends::detect::{Detector, DetectorConfig, Phase, Tally, TermCount, TermId};
//!
//! let hour = Duration::from_secs(3600);
//! let mut detector = Detector::new(DetectorConfig::new())?;
//! let mut start: Timestamp = "2026-01-05T00:00:00Z".parse().expect("a moment");
//! for count in 0..200u32 {
//!     let authors = if count == 199 { 60u32 } else { 5 + count % 3 };
//!     let tally = Tally::new(start, hour)
//!         .authors(1_000u64)
//!         .terms(TermCount::new(TermId(1), authors, u64::from(authors) * 2));
//!     let signals = detector.step(&tally);
//!     assert_eq!(signals.len(), usize::from(count == 199));
//!     assert!(signals.iter().all(|signal| signal.phase == Phase::Start && signal.ratio > 8.0));
//!     start += SignedDuration::from_hours(1);
//! }
//! # Ok::<(), sociable::Error>(())
//! ```
//!
//! # What is usual
//!
//! - A term has a share of all authors, measured over weeks (what was seen a week ago weighs half as much). What is expected
//!   is the share times the authors of *this* bucket, so a busy day raises no alarm; the term's own authors are taken out of
//!   them, so a burst is not measured by itself.
//! - Its hours differ from those of all: a factor for the hour of the day (weekdays and weekends apart), times one for the
//!   hour of the week. Until a term has taught them, those of all terms hold.
//! - Counts scatter more than chance would have it: the negative binomial law, with a dispersion that is measured from the
//!   forecasts' own errors, term by term, drawn towards that of all terms where a term has shown little. What is not known
//!   yet about level and hour is added to it.
//! - The last 1, 2, 3, 6 and 12 buckets are tested together, each span with a dispersion of its own: a small burst shows in
//!   a longer one.
//!
//! # When there is an alarm
//!
//! The upper tail's probability, corrected for the five spans (Bonferroni) and for all followed terms of the bucket
//! (Benjamini and Hochberg), must lie below the share of [`DetectorConfig::false_alarms_a_week`] that falls to a bucket; and
//! there must be enough authors, posts, and effect. Where nearly all terms scatter wider than usual in a bucket, a holiday
//! that nobody told of, they are judged by that (an empirical null).
//!
//! # Decisions
//!
//! - A bucket within a burst is not learnt; a level that lasts three days is taken for the usual one, and the burst ends. A
//!   burst in the same hour as one a week ago, or yesterday, is a habit and is learnt.
//! - A burst ends after six quiet buckets in a row; what rises again before is the same burst.
//! - A bucket that is missing is unknown, and nothing is summed across it; after more than a week the less is believed of
//!   what was known, the longer it was. A bucket seen in part, and one with less than a quarter or more than four times the
//!   usual authors (an outage, the rush after it), can give an alarm but teaches nothing about the terms.
//! - A bucket that does not come after the last one is passed over and counted.
//! - Holidays are lived like Sundays, and teach the week nothing. The hour that clocks repeat is the same hour twice.
//! - Terms of which at least two authors are seen in a bucket are followed. Where there is no room, those with the smallest
//!   share are dropped, an eighth at a time, but none in a burst. A term that comes anew is one of which half an author a
//!   bucket was expected.
//!
//! What this cannot see: a rise so slow that it is learnt as it comes (weeks), and the doubling of a term with a handful of
//! authors an hour, which chance brings about all the time.

mod burst;
mod config;
mod decay;
mod detector;
mod discoveries;
mod habit;
mod null;
mod own_week;
mod pace;
mod pool;
mod profile;
mod signal;
mod slots;
mod spread;
mod tail;
mod tally;
mod term;
mod total;
mod volume;

pub use config::DetectorConfig;
pub use detector::Detector;
pub use signal::{Forecast, Phase, Signal};
pub use tally::{Tally, TermCount, TermId};
pub use volume::{VolumeAlarm, VolumeConfig, VolumeWatch};
