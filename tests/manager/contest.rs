//! The contest once more: who did what, by the network's records; who won, by the proof and the post that told it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sociable::contest::beacon::Beacon;
use sociable::contest::beacon::OwnChain;
use sociable::contest::draw::{Inclusion, Proof, Trust};
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::serde_json::{self, Value};

use super::{Day, Told, at};
use crate::day::Record;

const CLUB: &str = "daisy_club";
const CLUB_ID: &str = "memory:account:daisy_club";
const STAFF: [&str; 2] = ["ann_of_daisy", "bob_of_daisy"];
const CLOSE: &str = "2026-12-01T10:00:00Z";

/// What somebody did until the close.
#[derive(Default)]
struct Deeds {
    liked: bool,
    reposted: bool,
    follows: bool,
    /// What was commented and not taken back, by the comment's id.
    comments: BTreeMap<String, String>,
}

impl Deeds {
    /// What was asked for and not done.
    fn lacks(&self) -> Vec<&'static str> {
        let tea = |text: &String| text.to_lowercase().contains("tea");
        let mut lacks = Vec::new();
        if !self.follows {
            lacks.push("member");
        }
        if !self.liked {
            lacks.push("liked");
        }
        if !self.comments.values().any(tea) {
            lacks.push("commented");
        }
        if !self.reposted {
            lacks.push("reposted");
        }
        lacks
    }
}

/// All who had to do with the post until the close.
fn entrants<'a>(records: &'a [Record], post: &str) -> BTreeMap<&'a str, Deeds> {
    let mut entrants: BTreeMap<&str, Deeds> = BTreeMap::new();
    for record in records.iter().filter(|record| record.at < at(CLOSE)) {
        let of_post = record.id == post || record.within.as_deref() == Some(post);
        if !of_post || record.by == CLUB {
            continue;
        }
        let deeds = entrants.entry(&record.by).or_default();
        let on = record.kind == "engaged";
        match (record.kind.as_str(), record.text.as_str()) {
            ("engaged" | "disengaged", "engage.like") => deeds.liked = on,
            ("engaged" | "disengaged", "engage.repost") => deeds.reposted = on,
            ("post", text) => {
                deeds.comments.insert(record.id.clone(), text.to_owned());
            }
            ("post_deleted", _) => {
                deeds.comments.remove(&record.id);
            }
            other => panic!("{other:?}"),
        }
    }
    for record in records.iter().filter(|record| record.at < at(CLOSE)) {
        if record.id == CLUB_ID
            && let Some(deeds) = entrants.get_mut(&*record.by)
        {
            deeds.follows = record.kind == "engaged";
        }
    }
    entrants
}

/// The names in `Winners: @a; @b; @c.`
fn announced(text: &str) -> Vec<String> {
    let (_, names) = text.split_once("Winners: ").unwrap();
    let (names, _) = names.split_once(". ").unwrap();
    let names = names.split("; ");
    names
        .map(|name| name.strip_prefix('@').unwrap().to_owned())
        .collect()
}

pub(super) fn recompute(day: &Day, told: &mut Told) {
    let records = &day.records;
    let said = records
        .iter()
        .filter(|record| record.kind == "post" && record.by == CLUB);
    let said: Vec<&Record> = said.collect();
    let [invitation, commitment, announcement] = said[..] else {
        panic!("the club said {said:?}");
    };
    let entrants = entrants(records, &invitation.id);
    let joined = |who: &str| -> Timestamp {
        let mut found = records.iter();
        let found = found.find(|record| record.kind == "joined" && record.by == who);
        found.unwrap().at
    };
    let young = at(CLOSE) - SignedDuration::from_hours(30 * 24);
    let mut against: BTreeMap<&str, usize> = BTreeMap::new();
    let mut eligible = BTreeSet::new();
    for (who, deeds) in &entrants {
        let mut lacks = deeds.lacks();
        if STAFF.contains(who) {
            lacks.push("staff");
        }
        if joined(who) > young {
            lacks.push("younger_than");
        }
        if lacks.is_empty() {
            eligible.insert(*who);
        }
        for lack in lacks {
            *against.entry(lack).or_default() += 1;
        }
    }
    let mut count = |name: &str, value: usize, n: usize| {
        told.insert(format!("contest.{name}"), (json!(value), Some(n as u64)));
    };
    let rejected = entrants.len() - eligible.len();
    count("eligible", eligible.len(), entrants.len());
    count("rejected", rejected, entrants.len());
    for (lack, times) in against {
        count(&format!("rejected.{lack}"), times, rejected);
    }

    // Who followed at the close, and no longer when the names were told, may not win.
    let fell = records.iter().filter(|record| {
        record.kind == "disengaged"
            && record.id == CLUB_ID
            && record.at > commitment.at
            && record.at <= announcement.at
            && eligible.contains(&record.by.as_str())
    });
    let fell: Vec<&str> = fell.map(|record| &*record.by).collect();
    count("skipped", fell.len(), eligible.len());
    let winners = announced(&announcement.text);
    count("winners", winners.len(), eligible.len());
    for (place, winner) in (1..).zip(&winners) {
        assert!(eligible.contains(winner.as_str()), "{winner} may not win");
        assert!(!fell.contains(&winner.as_str()), "{winner} fell out");
        told.insert(format!("contest.winner.{place}"), (json!(winner), None));
    }

    // The proof is checked by itself, with the chain that everybody in the town knows.
    let clock = std::sync::Arc::new(sociable::client::SystemClock::new());
    let town = OwnChain::new("town", at("2026-11-16T00:00:00Z"), 30, clock).unwrap();
    let trust = Trust::nobody().also(town.chain().hash());
    let text = day.read("proof.json");
    let proof = Proof::read(text.as_bytes()).unwrap();
    let verified = proof.verify(&trust).unwrap();
    assert!(verified.pinned);
    assert_eq!(verified.entries as usize, eligible.len());
    told.insert("contest.proof".to_owned(), (json!("verified"), None));
    let changed = text.replacen("\"entries\":", "\"entries\": 1", 1);
    assert_ne!(changed, text, "nothing was changed");
    let refused = Proof::read(changed.as_bytes()).and_then(|proof| proof.verify(&trust));
    let refused = if refused.is_err() {
        "refused"
    } else {
        "accepted"
    };
    told.insert("contest.tampered_proof".to_owned(), (json!(refused), None));

    // The commitment stood in a post before its round was there.
    let line = sociable::contest::draw::SealedLine::find_in(&commitment.text).unwrap();
    assert!(line.is_of(proof.sealed()), "the post is about another list");
    let round_at = verified.drawn_at.unwrap();
    let ahead = round_at.duration_since(commitment.at).as_secs_f64();
    assert!(ahead >= 600.0, "{ahead}");
    told.insert(
        "contest.sealed_ahead_of_round".to_owned(),
        (json!(ahead), Some(1)),
    );

    // Each winner stands in the list, and at the place that the draw gave; only who fell out is passed over.
    let root = proof.sealed().root;
    let mut places = Vec::new();
    for winner in &winners {
        let own: Value = serde_json::from_str(day.read(&format!("entry-{winner}.json"))).unwrap();
        assert!(own.to_string().contains(winner.as_str()));
        let own: Inclusion = serde_json::from_value(own).unwrap();
        let commitment = own.verify(&root).unwrap();
        assert_eq!(proof.entries()[own.index as usize], commitment);
        places.push(verified.place_of(own.index).unwrap() as usize);
    }
    let expected: Vec<usize> = (1 + fell.len()..=3 + fell.len()).collect();
    assert_eq!(places, expected, "the first one fell out, the next come up");
}
