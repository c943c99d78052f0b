//! How severe a case is: what was said, how far it has spread, what the person had before, how often it was repeated.

use super::case::{Case, FoundBy, SeverityReason};
use super::triage::{Assessment, Severity};

/// What is not severe by itself does not become so because many see it.
const WORTH: f64 = 0.2;

/// How severe a case is, and why. The weights are set by hand: together, what surrounds a text adds at most half of all.
pub(super) fn of(case: &Case) -> (Severity, Vec<SeverityReason>) {
    let mut reasons = Vec::new();
    let mut add = |from: &str, adds: f64, why: String| {
        if adds > 0.0 {
            reasons.push(SeverityReason {
                from: from.to_owned(),
                adds,
                why,
            });
        }
    };
    let versions = case.mentions.iter().flat_map(|mention| &mention.versions);
    let judged = versions.filter_map(|version| version.assessment.as_ref());
    let text = judged
        .map(|judged| judged.severity.value())
        .fold(0.0, f64::max);
    add("text", text, "the gravest text of the case".to_owned());
    if text >= WORTH {
        let copies = case
            .reach
            .copies
            .max(case.reach.reposts.unwrap_or_default());
        add(
            "reach",
            steps(copies, &[1, 5, 20], 0.05),
            format!("{copies} copies or reposts"),
        );
        let seen = case
            .reach
            .views
            .max(case.reach.followers)
            .unwrap_or_default();
        add(
            "reach",
            steps(seen, &[1_000, 10_000, 100_000], 0.05),
            format!("{seen} views or followers"),
        );
        add(
            "history",
            steps(case.earlier, &[1, 3, 6], 0.03),
            format!("{} earlier cases of the person", case.earlier),
        );
        let own = case
            .mentions
            .iter()
            .filter(|mention| mention.found_by != FoundBy::Search);
        let unanswered = own.filter(|mention| {
            let needs = mention
                .assessment()
                .is_none_or(|judged: &Assessment| judged.needs_answer);
            needs && !case.replies.iter().any(|reply| reply.to == mention.print)
        });
        let unanswered = unanswered.count() as u64;
        add(
            "insistence",
            steps(unanswered, &[2, 3, 5], 0.04),
            format!("{unanswered} messages without an answer"),
        );
    }
    let sum = reasons.iter().map(|reason| reason.adds).sum();
    (Severity::new(sum), reasons)
}

/// So much for each step that is reached.
fn steps(value: u64, steps: &[u64], each: f64) -> f64 {
    let reached = steps.iter().filter(|step| value >= **step).count();
    reached as f64 * each
}
