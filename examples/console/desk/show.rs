//! How cases are shown.

use std::fmt::Write;

use serde_json::{Value, json};
use sociable::Result;
use sociable::desk::clock::{Ratio, Report, Spread};
use sociable::desk::{Case, CaseId, Desk, QueueEntry, Reputation};
use sociable::jiff::SignedDuration;

use super::super::out::Out;
use super::super::people;

/// The line of a case: its form is fixed, scripts stand on it.
pub(super) fn line(case: &Case, entry: &QueueEntry) -> Value {
    let person = &case.person;
    json!({
        "id": case.id,
        "account": case.account,
        "network": case.network,
        "author": person.label().map(|_| json!({"id": person.id, "handle": person.handle, "name": person.name})),
        "text": case.text(),
        "status": entry.status,
        "intent": case.assessment().map(|judged| &judged.intent),
        "severity": case.severity,
        "service": entry.service,
        "due": entry.due,
        "remaining": entry.remaining.map(|left| left.as_secs()),
        "agent": entry.agent,
    })
}

pub(super) fn human(case: &Case, entry: &QueueEntry) -> String {
    let intent = case
        .assessment()
        .map_or("not judged", |judged| judged.intent.as_str());
    let mut text = format!(
        "{}  {}  {}  {intent}, severity {:.1}",
        case.id,
        case.account,
        entry.status,
        case.severity.value()
    );
    if let Some(left) = entry.remaining {
        let _ = write!(text, ", {}", time_left(left));
    }
    if let Some(agent) = &entry.agent {
        let _ = write!(text, ", held by {agent}");
    }
    if let Some(service) = &entry.service {
        let _ = write!(text, ", {service}");
    }
    let words = case.text().lines().next().unwrap_or_default();
    let _ = write!(
        text,
        "\n    {}: {words}",
        case.person.label().unwrap_or("somebody")
    );
    text
}

fn time_left(left: SignedDuration) -> String {
    let minutes = left.unsigned_abs().as_secs().div_ceil(60);
    let length = match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    };
    if left.is_negative() {
        format!("late by {length}")
    } else {
        format!("{length} left")
    }
}

/// One case as the queue lists it, whatever its state.
pub(super) async fn one(desk: &Desk, id: &CaseId, out: &Out) -> Result<()> {
    let (case, entry) = desk.entry(id).await?;
    out.line(line(&case, &entry), || human(&case, &entry));
    Ok(())
}

/// All of a case.
pub(super) async fn all(desk: &Desk, id: &CaseId, out: &Out) -> Result<bool> {
    let (case, entry) = desk.entry(id).await?;
    let standing = desk.standing(id).await?;
    let mut value = line(&case, &entry);
    value["case"] = json!(case);
    value["standing"] = json!(standing);
    out.line(value, || {
        let mut text = human(&case, &entry);
        for mention in &case.mentions {
            let by = &mention.found_by;
            let found = people::time(Some(mention.found_at));
            let _ = write!(
                text,
                "\n  {}, found {found} by {by}",
                people::time(Some(mention.posted_at))
            );
            if let Some(post) = mention.post() {
                let _ = write!(text, ", {}, {}", post.id, mention.fate.now());
            }
            for version in &mention.versions {
                let words = version.text.as_deref().unwrap_or("(erased)");
                let _ = write!(text, "\n    {}", words.replace('\n', "\n    "));
                for reason in version.assessment.iter().flat_map(|judged| &judged.reasons) {
                    let _ = write!(text, "\n      {}: {}", reason.rule, reason.words(words));
                }
            }
        }
        if case.reach.copies > 0 {
            let _ = write!(text, "\n  passed on {} times", case.reach.copies);
        }
        for decision in &case.decisions {
            let why = decision.reasons.join(", ");
            let _ = write!(
                text,
                "\n  rule {}: {} ({why})",
                decision.rule, decision.service
            );
        }
        for reply in &case.replies {
            let words = reply.text.as_deref().unwrap_or("(erased)");
            let who = if reply.agent.is_empty() {
                "somebody of us"
            } else {
                &reply.agent
            };
            let _ = write!(
                text,
                "\n  {} {who}, {}, {}\n    {words}",
                people::time(Some(reply.at)),
                reply.state,
                reply.key
            );
        }
        for handoff in &case.handoffs {
            let _ = write!(
                text,
                "\n  {} to {}: {}",
                people::time(Some(handoff.at)),
                handoff.service,
                handoff.state
            );
            for words in handoff.note.iter().chain(&handoff.answer) {
                let _ = write!(text, "\n    {words}");
            }
        }
        for note in &case.notes {
            let words = note.text.as_deref().unwrap_or("(erased)");
            let _ = write!(
                text,
                "\n  {} {}: {words}",
                people::time(Some(note.at)),
                note.agent
            );
        }
        text
    });
    Ok(true)
}

/// The figures that are asked for first, for people; JSON has all.
pub(super) fn report(answers: &Report, complaints: &Reputation) -> String {
    let all = &answers.all;
    let mut text = format!("{} cases", all.cases);
    let mut lines = vec![("answered".to_owned(), share(&all.answered))];
    lines.push(("first answer".to_owned(), spread(&all.first_response)));
    for within in &all.first_within {
        lines.push((
            format!("  within {} min", within.minutes),
            share(&within.share),
        ));
    }
    lines.push(("next answer".to_owned(), spread(&all.next_response)));
    for (target, kept) in &all.targets {
        lines.push((format!("promise {target} kept"), share(&kept.kept)));
    }
    lines.push(("complaints".to_owned(), share(&complaints.complaint_rate)));
    lines.push((
        "  found after".to_owned(),
        spread(&complaints.detection_delay),
    ));
    lines.push((
        "  found by search alone".to_owned(),
        share(&complaints.unprompted_share),
    ));
    lines.push(("  recovered".to_owned(), share(&complaints.recovery_rate)));
    lines.push(("reopened".to_owned(), share(&complaints.reopen_rate)));
    let sentiment = complaints.sentiment.polar();
    let sentiment = sentiment.map_or("-".to_owned(), |net| format!("{net:+.2}"));
    lines.push(("net sentiment, polar".to_owned(), sentiment));
    for (name, value) in lines {
        let _ = write!(text, "\n{name}: {value}");
    }
    text
}

fn share(ratio: &Ratio) -> String {
    match ratio.value() {
        Some(value) => format!(
            "{:.0} % ({} of {})",
            value * 100.0,
            ratio.numerator,
            ratio.denominator
        ),
        None => "-".to_owned(),
    }
}

fn spread(spread: &Spread) -> String {
    match (spread.median, spread.p90) {
        (Some(median), Some(p90)) => {
            format!(
                "median {} s, 9 of 10 within {} s ({})",
                median.as_secs(),
                p90.as_secs(),
                spread.count
            )
        }
        _ => "-".to_owned(),
    }
}
