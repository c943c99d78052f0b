//! What an example day came to, computed from what the network recorded and the plan, without the jobs' code.

use std::collections::BTreeMap;
use std::time::Duration;

use sociable::jiff::Timestamp;

/// The accounts whose plan is published and that the desk answers for.
pub(crate) const OURS: [&str; 3] = ["daisy", "daisy_shop", "daisy_cafe"];
const MORNING: &str = "2026-12-01T08:00:00Z";
const EVENING: &str = "2026-12-01T20:00:00Z";

/// A part of each complaint that people make in the example.
const COMPLAINTS: [&str; 8] = [
    "still waiting for the parcel",
    "charged my card twice",
    "promised two days for my order",
    "tea was cold",
    "arrived broken",
    "for three weeks",
    "wrong tea again",
    "still not here",
];
const PRAISE: [&str; 2] = ["best tea in town", "what a lovely place"];
const THANKS: &str = "great help";
const NOT_SOLVED: &str = "still not here";
/// Parts of what we answer.
const BY_MACHINE: &str = "your message has arrived";
const HANDED_OVER: &str = "We ask our warehouse";
const SOLVING: [&str; 3] = [
    "is solved",
    "All of it stands on our page",
    "now it is solved",
];

/// What the network recorded.
#[derive(Clone, Debug, serde::Deserialize)]
pub(crate) struct Record {
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) within: Option<String>,
    #[serde(default)]
    pub(crate) text: String,
}

/// A figure: its name, its value, of how many.
pub(crate) type Figure = (String, f64, u64);

pub(crate) fn has(text: &str, any: &[&str]) -> bool {
    any.iter().any(|part| text.contains(part))
}

fn ours(handle: &str) -> bool {
    OURS.contains(&handle)
}

pub(crate) fn from_to(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap()
}

/// The least length that so many per cent do not exceed.
pub(crate) fn rank(lengths: &[Duration], percent: usize) -> Option<f64> {
    let mut sorted = lengths.to_vec();
    sorted.sort();
    let place = (sorted.len() * percent).div_ceil(100);
    Some(sorted.get(place.checked_sub(1)?)?.as_secs_f64())
}

pub(crate) fn median(lengths: &[Duration]) -> Option<f64> {
    let mut sorted = lengths.to_vec();
    sorted.sort();
    let (low, high) = (
        sorted.get(sorted.len().checked_sub(1)? / 2)?,
        sorted.get(sorted.len() / 2)?,
    );
    Some((*low + (*high - *low) / 2).as_secs_f64())
}

/// One person's matter, as the network saw it: what the person wrote and what we answered, in order.
#[derive(Debug, Default)]
struct Matter<'a> {
    /// With the place in the records.
    said: Vec<(usize, &'a Record)>,
    answers: Vec<&'a Record>,
    edited: bool,
    removed: bool,
}

impl Matter<'_> {
    fn first(&self) -> &Record {
        self.said[0].1
    }

    fn is_complaint(&self) -> bool {
        self.said
            .iter()
            .any(|(_, said)| has(&said.text, &COMPLAINTS))
    }

    /// When it was solved last.
    fn solved_at(&self) -> Option<Timestamp> {
        let solving = |answer: &&&Record| has(&answer.text, &SOLVING);
        Some(self.answers.iter().rfind(solving)?.at)
    }

    /// How long each answer took that was owed after the first one: after a hand-off, and to a person who wrote again.
    fn next_responses(&self) -> Vec<Duration> {
        let mut waits: Option<Timestamp> = None;
        let mut answered = false;
        let mut took = Vec::new();
        let said = self
            .said
            .iter()
            .skip(1)
            .map(|(_, said)| (said.at, *said, false));
        let answers = self.answers.iter().map(|answer| (answer.at, *answer, true));
        let mut all: Vec<_> = said.chain(answers).collect();
        all.sort_by_key(|(at, ..)| *at);
        for (at, record, by_us) in all {
            if by_us {
                if answered && let Some(since) = waits {
                    took.push(from_to(since, at));
                }
                answered = true;
                waits = record.text.contains(HANDED_OVER).then_some(at);
            } else if !record.text.contains(THANKS) {
                waits = waits.or(Some(at));
            }
        }
        took
    }
}

/// The matters of all who wrote to us or of us, by person.
fn matters(records: &[Record]) -> BTreeMap<&str, Matter<'_>> {
    let mut matters: BTreeMap<&str, Matter<'_>> = BTreeMap::new();
    // Who wrote a post, or to whom we speak in a conversation.
    let mut authors: BTreeMap<&str, &str> = BTreeMap::new();
    for (place, record) in records.iter().enumerate() {
        let within = record.within.as_deref();
        match record.kind.as_str() {
            "post" => {
                authors.insert(&record.id, &record.by);
            }
            // A conversation in which none of ours ever speaks is not with us.
            "message" if !ours(&record.by) => {
                let with_us = records.iter().any(|other| {
                    other.kind == "message" && other.within == record.within && ours(&other.by)
                });
                if !with_us {
                    continue;
                }
                authors.insert(within.unwrap(), &record.by);
            }
            "post_edited" | "post_deleted" => {
                if let Some(matter) = matters.get_mut(record.by.as_str()) {
                    matter.edited |= record.kind == "post_edited";
                    matter.removed |= record.kind == "post_deleted";
                }
                continue;
            }
            "message" => {}
            _ => continue,
        }
        if !ours(&record.by) {
            let above = within.and_then(|within| authors.get(within));
            let to_us = record.kind == "message"
                || above.is_some_and(|author| ours(author))
                || OURS
                    .iter()
                    .any(|our| record.text.starts_with(&format!("@{our} ")))
                || record.text.contains("Daisy Tea");
            if to_us {
                matters
                    .entry(&record.by)
                    .or_default()
                    .said
                    .push((place, record));
            }
        } else if let Some(within) = within
            && !record.text.contains(BY_MACHINE)
        {
            matters
                .get_mut(authors[within])
                .unwrap()
                .answers
                .push(record);
        }
    }
    matters
}

/// When our accounts were first shown a post: by the search for our name, or by the news of the account that it was
/// written to.
fn found_at(place: usize, post: &Record, records: &[Record]) -> Timestamp {
    let to = post
        .text
        .strip_prefix('@')
        .and_then(|text| text.split(' ').next());
    let above = records
        .iter()
        .find(|other| Some(&other.id) == post.within.as_ref());
    let account = to.or(above.map(|above| above.by.as_str()));
    let shows = |read: &&Record| {
        read.kind == "read"
            && match account {
                Some(account) => read.by == account && read.id == "events",
                None => {
                    ours(&read.by) && read.id == "posts.search" && read.text.contains("Daisy Tea")
                }
            }
    };
    records[place..].iter().find(shows).unwrap().at
}

/// How many cases were solved, needed no answer, and are open.
pub(crate) fn outcomes(records: &[Record]) -> [usize; 3] {
    let mut counts = [0; 3];
    for matter in matters(records).values() {
        let needless = has(&matter.first().text, &PRAISE) && matter.answers.is_empty();
        let which = match matter.solved_at() {
            Some(_) => 0,
            None if needless => 1,
            None => 2,
        };
        counts[which] += 1;
    }
    counts
}

/// The figures of the outbox and the desk once more.
pub(crate) fn recomputed(records: &[Record], plan: &str) -> Vec<Figure> {
    let mut figures = Vec::new();
    let evening: Timestamp = EVENING.parse().unwrap();
    let mut count = |name: &str, value: usize, n: usize| {
        figures.push((name.to_owned(), value as f64, n as u64));
    };

    let morning: Timestamp = MORNING.parse().unwrap();
    let (mut planned, mut published, mut on_time) = (0, 0, 0);
    for row in plan.lines().skip(1) {
        let [accounts, time, text] = row.splitn(3, ';').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let due: Timestamp = time.parse().unwrap();
        for account in accounts.split(", ") {
            planned += 1;
            let out: Vec<_> = (records.iter())
                .filter(|record| {
                    record.kind == "post" && record.by == account && record.text == text
                })
                .collect();
            assert!(out.len() <= 1, "{row} is out twice on {account}");
            published += out.len();
            on_time += (out.iter())
                .filter(|post| post.at.duration_since(due).abs().as_secs() <= 60)
                .count();
        }
    }
    let all_of_ours = records
        .iter()
        .filter(|record| record.kind == "post" && ours(&record.by) && record.within.is_none())
        .filter(|record| record.at >= morning);
    assert_eq!(
        all_of_ours.count(),
        published,
        "nothing is out beside the plan"
    );
    count("posts.published", published, planned);
    count("posts.on_time", on_time, published);

    let matters = matters(records);
    let all: Vec<_> = matters.values().collect();
    count("cases", all.len(), all.len());
    let answered = all
        .iter()
        .filter(|matter| !matter.answers.is_empty())
        .count();
    let praise =
        |matter: &&&Matter<'_>| has(&matter.first().text, &PRAISE) && matter.answers.is_empty();
    let needless = all.iter().filter(praise).count();
    count("cases.answered", answered, all.len() - needless);
    count("cases.no_answer_needed", needless, all.len());
    let mut first = Vec::new();
    let mut waited = Vec::new();
    for matter in all.iter().filter(|matter| !praise(matter)) {
        let asked = matter.first().at;
        match matter.answers.first() {
            Some(answer) => first.push(from_to(asked, answer.at)),
            None => waited.push(from_to(asked, evening)),
        }
    }
    let within = |minutes: u64| {
        let most = Duration::from_secs(minutes * 60);
        let hits = first.iter().filter(|took| **took <= most).count();
        (
            hits,
            first.len() + waited.iter().filter(|waited| **waited > most).count(),
        )
    };
    let shares = [within(5), within(10), within(60)];
    let next: Vec<_> = all
        .iter()
        .flat_map(|matter| matter.next_responses())
        .collect();
    let solved: Vec<_> = all
        .iter()
        .filter(|matter| matter.solved_at().is_some())
        .collect();
    let solutions: Vec<_> = solved
        .iter()
        .map(|matter| from_to(matter.first().at, matter.solved_at().unwrap()))
        .collect();
    let again = |matter: &&&&Matter<'_>| {
        matter
            .said
            .iter()
            .any(|(_, said)| said.text.contains(NOT_SOLVED))
    };
    let machines = records
        .iter()
        .filter(|record| record.text.contains(BY_MACHINE))
        .count();

    let mut time = |name: &str, lengths: &[Duration], value: Option<f64>| {
        if let Some(value) = value {
            figures.push((name.to_owned(), value, lengths.len() as u64));
        }
    };
    time("first_response.median", &first, median(&first));
    time("first_response.p90", &first, rank(&first, 90));
    time("next_response.median", &next, median(&next));
    time("next_response.p90", &next, rank(&next, 90));
    time("resolution.median", &solutions, median(&solutions));
    time("resolution.p90", &solutions, rank(&solutions, 90));
    let said = all.iter().flat_map(|matter| &matter.said);
    let complaints: Vec<_> = said
        .filter(|(_, said)| has(&said.text, &COMPLAINTS))
        .collect();
    let delays: Vec<_> = (complaints.iter())
        .map(|(place, post)| from_to(post.at, found_at(*place, post, records)))
        .collect();
    time("complaints.detection.median", &delays, median(&delays));
    time("complaints.detection.p90", &delays, rank(&delays, 90));

    let mut count = |name: &str, value: usize, n: usize| {
        figures.push((name.to_owned(), value as f64, n as u64));
    };
    count("first_response.within_5", shares[0].0, shares[0].1);
    count("first_response.within_10", shares[1].0, shares[1].1);
    count("first_response.within_60", shares[2].0, shares[2].1);
    count("promises.kept", shares[1].0, shares[1].1);
    count(
        "cases.reopened",
        solved.iter().filter(again).count(),
        solved.len(),
    );
    count("answers.by_machine", machines, machines);
    let unheard = |post: &Record| post.within.is_none() && !post.text.contains('@');
    count(
        "complaints.unprompted",
        complaints.iter().filter(|(_, post)| unheard(post)).count(),
        complaints.len(),
    );
    let of_complaint: Vec<_> = all.iter().filter(|matter| matter.is_complaint()).collect();
    let handed = |matter: &&&&Matter<'_>| {
        matter
            .answers
            .iter()
            .any(|answer| answer.text.contains(HANDED_OVER))
    };
    count(
        "complaints.handed_over",
        of_complaint.iter().filter(handed).count(),
        of_complaint.len(),
    );
    let settled: Vec<_> = of_complaint
        .iter()
        .filter(|matter| matter.solved_at().is_some())
        .collect();
    let thanks = |matter: &&&&&Matter<'_>| {
        matter
            .said
            .iter()
            .any(|(_, said)| said.text.contains(THANKS))
    };
    count(
        "complaints.recovered",
        settled.iter().filter(thanks).count(),
        settled.len(),
    );
    count(
        "complaints.edited_by_author",
        of_complaint.iter().filter(|matter| matter.edited).count(),
        of_complaint.len(),
    );
    count(
        "complaints.removed_by_author",
        of_complaint.iter().filter(|matter| matter.removed).count(),
        of_complaint.len(),
    );
    figures
}
