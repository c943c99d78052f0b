//! What the day came to.

use std::time::Duration;

use sociable::Result;
use sociable::desk::clock::{ReportQuery, Reported, Spread, TargetKind, report};
use sociable::desk::{Case, Desk, FateKind, ReputationQuery, reputation};
use sociable::jiff::Timestamp;
use sociable::jiff::tz::TimeZone;
use sociable::outbox::{Outbox, State};

/// One figure: what it counts, how much, and of how many.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) n: u64,
}

/// The figures of a day, in the order in which they are told.
pub(crate) struct Summary(pub(crate) Vec<Figure>);

impl Summary {
    pub(crate) async fn of(
        outbox: &Outbox,
        desk: &Desk,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Self> {
        let mut all = Self(Vec::new());
        let planned = outbox.report(from, until, &TimeZone::UTC).await?;
        let published = planned.states.get(&State::Published).copied();
        all.count(
            "posts.published",
            published.unwrap_or(0),
            planned.states.values().sum(),
        );
        all.count(
            "posts.on_time",
            planned.on_time.of_these,
            planned.on_time.all,
        );

        let cases = desk.cases().await?;
        let told = cases
            .iter()
            .map(|(case, standing)| Reported::new(standing).network(&case.network));
        let told = report(told, &ReportQuery::new())?.all;
        all.count("cases", told.cases, told.cases);
        all.count(
            "cases.answered",
            told.answered.numerator,
            told.answered.denominator,
        );
        all.count("cases.no_answer_needed", told.no_answer_needed, told.cases);
        all.times("first_response", &told.first_response);
        for within in &told.first_within {
            let name = match within.minutes {
                5 => "first_response.within_5",
                10 => "first_response.within_10",
                _ => "first_response.within_60",
            };
            all.count(name, within.share.numerator, within.share.denominator);
        }
        if let Some(first) = told.targets.get(&TargetKind::First) {
            all.count(
                "promises.kept",
                first.kept.numerator,
                first.kept.denominator,
            );
        }
        all.times("next_response", &told.next_response);
        all.times("resolution", &told.full_resolution);
        all.count(
            "cases.reopened",
            told.reopened.numerator,
            told.reopened.denominator,
        );
        let machines = cases.iter().map(|(_, standing)| standing.bot_replies).sum();
        all.count("answers.by_machine", machines, machines);

        let figures = reputation(
            cases.iter().map(|(case, standing)| (case, standing)),
            &ReputationQuery::new(),
        );
        let unprompted = figures.unprompted_share;
        all.count(
            "complaints.unprompted",
            unprompted.numerator,
            unprompted.denominator,
        );
        let delay = figures.detection_delay;
        all.time("complaints.detection.median", delay.median, delay.count);
        all.time("complaints.detection.p90", delay.p90, delay.count);
        let handed = cases.iter().filter(|(case, _)| !case.handoffs.is_empty());
        let complaints = cases.iter().filter(|(case, _)| case.is_complaint()).count() as u64;
        all.count("complaints.handed_over", handed.count() as u64, complaints);
        all.count(
            "complaints.recovered",
            figures.recovery_rate.numerator,
            figures.recovery_rate.denominator,
        );
        let came_to = |kinds: &[FateKind]| {
            let of_case = |case: &Case| {
                let mut fates = case.mentions.iter().map(|mention| &mention.fate);
                fates.any(|fate| kinds.iter().any(|kind| fate.was(kind)))
            };
            cases.iter().filter(|(case, _)| of_case(case)).count() as u64
        };
        let edited = came_to(&[FateKind::Edited]);
        all.count("complaints.edited_by_author", edited, complaints);
        // A network that does not tell who removed it lets it be seen only that it is gone.
        let removed = came_to(&[FateKind::RemovedByAuthor, FateKind::Removed]);
        all.count("complaints.removed_by_author", removed, complaints);
        Ok(all)
    }

    fn count(&mut self, name: &'static str, value: u64, n: u64) {
        let value = value as f64;
        self.0.push(Figure { name, value, n });
    }

    /// A length in seconds; none, where there is nothing to tell of.
    fn time(&mut self, name: &'static str, time: Option<Duration>, n: u64) {
        if let Some(time) = time {
            let value = time.as_secs_f64();
            self.0.push(Figure { name, value, n });
        }
    }

    fn times(&mut self, name: &'static str, spread: &Spread) {
        let (median, p90) = match name {
            "first_response" => ("first_response.median", "first_response.p90"),
            "next_response" => ("next_response.median", "next_response.p90"),
            _ => ("resolution.median", "resolution.p90"),
        };
        self.time(median, spread.median, spread.count);
        self.time(p90, spread.p90, spread.count);
    }
}
