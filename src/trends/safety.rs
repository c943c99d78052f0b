//! Whether a brand may join in: by words that speak of death, violence, minors, politics, health, faith, courts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::hashes::ByHash;
use super::judge::percent;
use super::letters::words;
use super::lexicon::{Lexicon, listed};
use super::proposal::Safety;
use super::topic::{Flag, Topic};

/// Where so large a share of what was seen holds words of a list that keeps out, it is no slip of one author.
const MANY: f64 = 0.2;
/// Fewer texts are too few to say that nothing is wrong.
const FEWEST: usize = 3;

/// A list of words: its name, and whether it keeps a brand out or has a person look first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct List {
    keeps_out: bool,
    name: &'static str,
}

static LISTS: LazyLock<ByHash<List>> = LazyLock::new(|| {
    let lexicon = Lexicon::standard();
    let mut lists: ByHash<List> = ByHash::default();
    for file in [
        include_str!("words/safety_en.txt"),
        include_str!("words/safety_ru.txt"),
        include_str!("words/safety_el.txt"),
    ] {
        for (section, word) in listed(file) {
            let Some((kind, name)) = section.split_once(' ') else {
                continue;
            };
            let list = List {
                keeps_out: kind == "unsafe",
                name,
            };
            for form in words(word) {
                let stem = lexicon.stem_hash(&form);
                let known = lists.entry(stem).or_insert(list);
                if list.keeps_out {
                    *known = list;
                }
            }
        }
    }
    lists
});

/// What a text holds of the lists: by the list's name, whether it keeps out, and the first such word.
fn found(text: &str) -> BTreeMap<&'static str, (bool, String)> {
    let lexicon = Lexicon::standard();
    let mut found = BTreeMap::new();
    for word in words(text) {
        if let Some(list) = LISTS.get(&lexicon.stem_hash(&word)) {
            found.entry(list.name).or_insert((list.keeps_out, word));
        }
    }
    found
}

/// Decides by a topic's terms, its examples and its flags. Leans to a person's look.
pub(super) fn decide(topic: &Topic) -> Safety {
    let mut texts: Vec<&str> = topic.examples.iter().map(|one| one.text.as_str()).collect();
    let seen = texts.len();
    let names: Vec<&str> = topic.terms.iter().map(|term| term.text.as_str()).collect();
    let named = split_tags(&names.join(" . "));
    texts.push(&named);
    let mut out: Vec<String> = Vec::new();
    let mut look: Vec<String> = Vec::new();
    let mut lists: BTreeMap<&str, (bool, String, usize, bool)> = BTreeMap::new();
    for (at, text) in texts.iter().enumerate() {
        for (name, (keeps_out, word)) in found(text) {
            let known = lists.entry(name).or_insert((keeps_out, word, 0, false));
            known.2 += 1;
            known.3 |= at == seen;
        }
    }
    for (name, (keeps_out, word, count, in_terms)) in lists {
        let share = count as f64 / texts.len().max(1) as f64;
        let why = format!("it speaks of {name} (`{word}`)");
        // One example is one person's word; the terms themselves, or several examples, are what the topic is about.
        if keeps_out && (in_terms || (count > 1 && share >= MANY)) {
            out.push(why);
        } else {
            look.push(why);
        }
    }
    for flag in &topic.flags {
        match flag {
            Flag::Concentrated { top_share, .. } => look.push(format!(
                "few authors wrote most of it (one wrote {})",
                percent(*top_share)
            )),
            Flag::YoungAccounts { share } => look.push(format!(
                "{} of its authors have young accounts",
                percent(*share)
            )),
            Flag::ContestSpam { share } => look.push(format!(
                "{} of its posts offer a prize for passing them on",
                percent(*share)
            )),
            Flag::Promoted { share } => look.push(format!(
                "{} of its posts say that they are paid for",
                percent(*share)
            )),
            Flag::Copied { share } => {
                look.push(format!("{} of its posts are copies", percent(*share)));
            }
            Flag::DeletedAfter { share } => {
                look.push(format!("{} of its posts were deleted", percent(*share)));
            }
            Flag::OwnCampaign { .. } | Flag::CrossNetwork { .. } => {}
        }
    }
    if seen < FEWEST {
        look.push(format!(
            "only {seen} of its posts could be looked at, which is too few to say that nothing is wrong"
        ));
    }
    if !out.is_empty() {
        out.extend(look);
        return Safety::Unsafe(out);
    }
    match look.is_empty() {
        true => Safety::Safe,
        false => Safety::Careful(look),
    }
}

/// Hashtags as words: `#PrayForParis` and `#pray_for_paris` as `Pray For Paris`.
fn split_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    for c in text.chars() {
        if c == '_' || (before.is_lowercase() && c.is_uppercase()) {
            out.push(' ');
        }
        if c != '_' {
            out.push(c);
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::topic::{Example, Term, TermKind, TopicId};
    use super::*;

    fn topic(term: &str, texts: &[&str]) -> Topic {
        let at = Timestamp::UNIX_EPOCH;
        let topic =
            Topic::new(TopicId::new("1"), term, at).terms(Term::new(TermKind::Hashtag, term));
        texts.iter().zip(0..).fold(topic, |topic, (text, n)| {
            topic.examples(Example {
                network: "memory".to_owned(),
                post: sociable_ref(n),
                url: None,
                author: None,
                at,
                text: (*text).to_owned(),
            })
        })
    }

    fn sociable_ref(n: u32) -> crate::model::PostRef {
        n.to_string().as_str().into()
    }

    #[test]
    fn tragedy_keeps_out_in_three_languages_and_inflected() {
        for (tag, texts) in [
            (
                "#PrayForTown",
                ["Many victims", "the victims of the fire", "so sad"],
            ),
            (
                "#город",
                ["погибли люди", "соболезнования погибшим", "беда"],
            ),
            ("#πόλη", ["θύματα του σεισμού", "δύο νεκροί", "κρίμα"]),
        ] {
            let decision = decide(&topic(tag, &texts));
            assert!(matches!(decision, Safety::Unsafe(_)), "{tag}: {decision:?}");
        }
        let named = decide(&topic("#SchoolShooting", &["a", "b", "c"]));
        assert!(matches!(named, Safety::Unsafe(_)), "{named:?}");
    }

    #[test]
    fn one_word_too_few_posts_and_flags_ask_for_a_look_and_nothing_else_is_safe() {
        let texts = ["What a tea!", "my new pot", "the second cup"];
        assert_eq!(decide(&topic("#tea", &texts)), Safety::Safe);
        let few = decide(&topic("#tea", &texts[..2]));
        assert!(matches!(&few, Safety::Careful(why) if why[0].contains("only 2")));
        let vote = decide(&topic("#tea", &["vote for tea", "my new pot", "third cup"]));
        assert!(matches!(&vote, Safety::Careful(why) if why[0].contains("politics")));
        let flagged = topic("#tea", &texts).flags(Flag::YoungAccounts { share: 0.8 });
        assert!(matches!(decide(&flagged), Safety::Careful(_)));
    }
}
