//! How contests, entries and places are shown.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sociable::contest::{Award, AwardStatus, Contest, Entry, EntryId, State, Step, Summary};

pub(super) fn summary(summary: &Summary) -> Value {
    json!({
        "id": summary.id,
        "title": summary.title,
        "stage": summary.stage,
        "closes_at": summary.closes_at,
    })
}

pub(super) fn summary_for_people(summary: &Summary) -> String {
    let closes = summary
        .closes_at
        .map(|at| format!(", closes {at}"))
        .unwrap_or_default();
    format!(
        "{}: {} ({}{closes})",
        summary.id, summary.title, summary.stage
    )
}

/// Who stands at the places, by entry.
type Names = BTreeMap<EntryId, String>;

pub(super) fn state(state: &State, names: &Names) -> Value {
    let draw = state.draws.last();
    let committed = draw.and_then(|draw| draw.committed.as_ref());
    json!({
        "id": state.id,
        "title": state.rules.title,
        "stage": state.stage,
        "opened_at": state.opened_at,
        "rules_hash": state.rules_hash.to_string(),
        "entries": state.frozen.as_ref().map(|frozen| frozen.entries),
        "rejected": state.frozen.as_ref().map(|frozen| frozen.rejected),
        "list_hash": state.frozen.as_ref().map(|frozen| frozen.list_hash.to_string()),
        "root": state.frozen.as_ref().map(|frozen| frozen.root.to_string()),
        "commitment": committed.map(|committed| json!({
            "line": committed.line,
            "round": committed.round,
            "round_at": committed.round_at,
            "post": committed.publication.post,
            "url": committed.publication.url,
            "published_at": committed.publication.published_at,
        })),
        "draw": draw.map(|draw| draw.number),
        "drawn_at": draw.and_then(|draw| draw.drawn_at),
        "awards": draw.map(|draw| draw.awards.iter().map(|one| award(one, names)).collect::<Vec<_>>()),
        "announcement": state.announcement.as_ref().and_then(|out| out.post.as_ref()),
        "disputes": state.disputes,
        "cancelled": state.cancelled,
        "closed_at": state.closed_at,
    })
}

fn award(award: &Award, names: &Names) -> Value {
    json!({
        "name": award.entry.as_ref().and_then(|entry| names.get(entry)),
        "place": award.place,
        "entry": award.entry,
        "commitment": award.commitment,
        "status": word(award),
        "why": why(award),
        "points": award.points,
    })
}

fn word(award: &Award) -> &'static str {
    match award.status {
        AwardStatus::Pending => "pending",
        AwardStatus::Confirmed { .. } => "confirmed",
        AwardStatus::Declined { .. } => "declined",
        _ => "ineligible",
    }
}

fn why(award: &Award) -> Option<&str> {
    match &award.status {
        AwardStatus::Declined { reason } | AwardStatus::Ineligible { reason } => Some(reason),
        _ => None,
    }
}

pub(super) fn state_for_people(state: &State, names: &Names) -> String {
    let mut lines = vec![format!(
        "{}: {} ({})",
        state.id, state.rules.title, state.stage
    )];
    if let Some(frozen) = &state.frozen {
        lines.push(format!(
            "{} take part, {} were rejected; list {}",
            frozen.entries, frozen.rejected, frozen.list_hash
        ));
    }
    if let Some(draw) = state.draws.last() {
        if let Some(committed) = &draw.committed {
            lines.push(committed.line.clone());
            lines.push(match committed.round {
                Some(round) => format!("round {round} decides, at {}", committed.round_at),
                None => format!("what parties reveal until {} decides", committed.round_at),
            });
        }
        for award in &draw.awards {
            let entry = award.entry.as_ref();
            let name = entry.and_then(|entry| names.get(entry)).map(String::as_str);
            let entry = name.or(entry.map(EntryId::as_str)).unwrap_or("erased");
            let why = why(award).map(|why| format!(": {why}")).unwrap_or_default();
            lines.push(format!("{}. {entry} ({}{why})", award.place, word(award)));
        }
    }
    for dispute in state.disputes.iter().filter(|one| one.settled.is_none()) {
        lines.push(format!(
            "dispute {} by {}: {}",
            dispute.number, dispute.by, dispute.what
        ));
    }
    lines.join("\n")
}

pub(super) fn step(contest: &Contest, step: &Step) -> Value {
    json!({
        "id": contest.id(),
        "new": step.new,
        "known": step.known,
        "events": step.events,
        "pages": step.pages,
        "next": step.next,
    })
}

pub(super) fn step_for_people(step: &Step) -> String {
    let next = step
        .next
        .map(|at| format!("; there is more to ask at {at}"))
        .unwrap_or_default();
    format!(
        "{} people are new, {} were seen again{next}",
        step.new, step.known
    )
}

pub(super) fn entry(entry: &Entry) -> Value {
    let accounts = entry.accounts.iter().map(
        |account| json!({"network": account.network, "id": account.id, "handle": account.handle}),
    );
    json!({
        "id": entry.id,
        "accounts": accounts.collect::<Vec<_>>(),
        "status": entry.status,
        "first_seen": entry.first_seen,
        "completed_at": entry.completed_at,
        "checks": entry.checks,
        "objections": entry.objections(),
        "decisions": entry.decisions,
        "scores": entry.scores,
    })
}

pub(super) fn entry_for_people(entry: &Entry) -> String {
    let status = serde_json::to_value(entry.status).unwrap_or_default();
    let mut line = format!(
        "{} {} ({})",
        entry.id,
        entry.display(),
        status.as_str().unwrap_or_default()
    );
    for objection in entry.objections() {
        line += &format!("\n  {objection}");
    }
    line
}
