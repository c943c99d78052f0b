//! Planned and published posts as a calendar that other programs show (iCalendar, RFC 5545).
//!
//! Written here and not by a crate: the format is a dozen lines of text with two rules, escaping and folding, and the
//! crates for it bring a parser, a second library for time and one for identifiers.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::outbox::{Happening, HappeningKind, History, Item, State};

/// How long a line may be, in bytes, without its end (RFC 5545 §3.1).
const LINE: usize = 75;

/// How many letters of a post's text are its title.
const TITLE: usize = 60;

/// Whether an event takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventStatus {
    /// Not certain: it waits for an approval, or nobody knows whether it was published.
    Tentative,
    /// It is published, or will be.
    Confirmed,
    /// It is not published, and will not be.
    Cancelled,
}

/// One post in a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CalendarEvent {
    /// What it is known by, the same in every export.
    pub uid: String,
    /// When.
    pub at: Timestamp,
    /// Its title.
    pub summary: String,
    /// What there is to say about it.
    pub description: String,
    /// Whether it takes place.
    pub status: EventStatus,
    /// Words to find it by.
    pub categories: Vec<String>,
    /// Where it can be seen.
    pub url: Option<String>,
    /// When it was changed last, where that is known.
    pub modified: Option<Timestamp>,
    /// How often its time or content was changed, where that is known.
    pub sequence: Option<usize>,
}

impl CalendarEvent {
    /// An event that takes place.
    pub fn new(uid: impl Into<String>, at: Timestamp, summary: impl Into<String>) -> Self {
        Self {
            uid: uid.into(),
            at,
            summary: summary.into(),
            description: String::new(),
            status: EventStatus::Confirmed,
            categories: Vec::new(),
            url: None,
            modified: None,
            sequence: None,
        }
    }

    /// A planned post: at the time at which it was published, else at the one for which it is planned.
    pub fn of(item: &Item) -> Self {
        let at = match (item.state, item.posted.first()) {
            (State::Published, Some(posted)) => posted.at,
            _ => item.due,
        };
        let mut event = Self::new(item.id.clone(), at, title(item));
        event.status = match item.state {
            State::AwaitingApproval | State::Unknown => EventStatus::Tentative,
            State::Cancelled | State::Refused | State::Missed | State::Rejected => {
                EventStatus::Cancelled
            }
            _ => EventStatus::Confirmed,
        };
        event.description.clone_from(&item.text);
        if item.parts > 1 {
            let _ = write!(event.description, "\n\nparts: {}", item.parts);
        }
        let _ = write!(event.description, "\n\nstate: {}", item.state);
        if let Some(reason) = &item.reason {
            let _ = write!(event.description, " ({reason})");
        }
        for warning in &item.warnings {
            let _ = write!(event.description, "\nwarning: {}", warning.message);
        }
        event.categories.push(item.account.clone());
        event.categories.extend(item.labels.iter().cloned());
        event.url = item.posted.first().and_then(|posted| posted.url.clone());
        event
    }

    /// Adds what a planned post's history tells: when it changed last, and how often its time or content did.
    pub fn history(mut self, history: &History) -> Self {
        let mut latest = None;
        let mut changes = 0;
        for happening in &history.happenings {
            let Happening { at, kind, .. } = happening;
            latest = latest.max(Some(*at));
            if matches!(
                kind,
                HappeningKind::Rescheduled | HappeningKind::Changed | HappeningKind::Cancelled
            ) {
                changes += 1;
            }
        }
        self.modified = latest;
        self.sequence = Some(changes);
        self
    }
}

fn title(item: &Item) -> String {
    let line = item.text.lines().find(|line| !line.trim().is_empty());
    let line = line.unwrap_or("(without a text)").trim();
    let mut letters = line.chars();
    let mut title: String = letters.by_ref().take(TITLE).collect();
    if letters.next().is_some() {
        title.push('…');
    }
    format!("{}: {title}", item.account)
}

/// The text of an iCalendar file: save it as `.ics`, or serve it for others to subscribe to. `now` is the moment of the
/// export (`DTSTAMP`).
pub fn calendar<'a>(
    name: &str,
    now: Timestamp,
    events: impl IntoIterator<Item = &'a CalendarEvent>,
) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| folded(&mut out, name, value);
    line("BEGIN", "VCALENDAR");
    line("VERSION", "2.0");
    line("PRODID", "-//sociable//outbox//EN");
    line("X-WR-CALNAME", &escaped(name));
    for event in events {
        line("BEGIN", "VEVENT");
        line("UID", &escaped(&event.uid));
        line("DTSTAMP", &utc(now));
        line("DTSTART", &utc(event.at));
        line("SUMMARY", &escaped(&event.summary));
        if !event.description.is_empty() {
            line("DESCRIPTION", &escaped(&event.description));
        }
        line(
            "STATUS",
            match event.status {
                EventStatus::Tentative => "TENTATIVE",
                EventStatus::Confirmed => "CONFIRMED",
                EventStatus::Cancelled => "CANCELLED",
            },
        );
        // A post takes nobody's time.
        line("TRANSP", "TRANSPARENT");
        if !event.categories.is_empty() {
            let words: Vec<String> = event.categories.iter().map(|w| escaped(w)).collect();
            line("CATEGORIES", &words.join(","));
        }
        if let Some(url) = &event.url {
            // An address is no text: nothing in it is escaped, and no line may end in it.
            let url: String = url.chars().filter(|c| !c.is_control()).collect();
            line("URL", &url);
        }
        if let Some(at) = event.modified {
            line("LAST-MODIFIED", &utc(at));
        }
        if let Some(sequence) = event.sequence {
            line("SEQUENCE", &sequence.to_string());
        }
        line("END", "VEVENT");
    }
    line("END", "VCALENDAR");
    out
}

/// A moment in UTC, in whole seconds, as the format has no others (§3.3.5).
fn utc(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::UTC);
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text with what means something in the format written otherwise (§3.3.11). Signs of control have no place in it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.replace("\r\n", "\n").chars() {
        match letter {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(letter);
            }
            '\n' | '\r' => out.push_str("\\n"),
            '\t' => out.push('\t'),
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

/// Adds a line, folded where it is too long: between letters, never within one (§3.1).
fn folded(out: &mut String, name: &str, value: &str) {
    let mut length = 0;
    for letter in name.chars().chain([':']).chain(value.chars()) {
        if length + letter.len_utf8() > LINE {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(letter);
        length += letter.len_utf8();
    }
    out.push_str("\r\n");
}
