//! The trend once more: when it began, when the manager was told, and that nobody posted it for us.

use serde_json::json;

use super::{Day, Told};
use crate::day::{OURS, Record};

const TAG: &str = "#ColdTeaChallenge";
const NEWS: &str = "daisy_news";

pub(super) fn recompute(day: &Day, told: &mut Told) {
    let sent = |record: &&Record| record.kind == "message" && record.by == NEWS;
    let sent: Vec<&Record> = day.records.iter().filter(sent).collect();
    let proposed = sent.len();
    told.insert(
        "trends.proposed".to_owned(),
        (json!(proposed), Some(proposed as u64)),
    );
    let Some(first) = sent.first() else {
        return;
    };
    let (name, _) = first.text.split_once(" rises: ").unwrap();
    let mut posts = day.records.iter().filter(|record| record.kind == "post");
    let began = posts.find(|post| post.text.contains(TAG)).unwrap();
    told.insert("trend.name".to_owned(), (json!(name), None));
    told.insert(
        "trend.detected_at".to_owned(),
        (json!(first.at.to_string()), None),
    );
    let delay = first.at.duration_since(began.at).as_secs_f64();
    told.insert("trend.delay".to_owned(), (json!(delay), Some(1)));
    let ours = |record: &&Record| OURS.contains(&&*record.by) || record.by.starts_with("daisy_");
    let mut by_us = day.records.iter().filter(ours);
    let posted = by_us.any(|record| record.kind == "post" && record.text.contains(name));
    told.insert(
        "trend.posted".to_owned(),
        (json!(if posted { "yes" } else { "no" }), None),
    );
    // At least five people had taken part when it was noticed.
    let before = day.records.iter().filter(|record| record.at < first.at);
    let mut authors: Vec<&str> = before
        .filter(|record| record.kind == "post" && record.text.contains(TAG))
        .map(|record| &*record.by)
        .collect();
    authors.sort_unstable();
    authors.dedup();
    assert!(authors.len() >= 5, "{authors:?}");
}
