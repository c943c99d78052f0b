//! From a topic to a proposal.

use jiff::Timestamp;

use super::judge::{length, percent};
use super::letters::words;
use super::lexicon::Lexicon;
use super::proposal::{DraftCheck, Effort, Fit, Proposal, Safety};
use super::safety;
use super::topic::{Flag, TermKind, Topic, TriggerKind};
use crate::model::Draft;
use crate::network::Profile;
use crate::text::Text;

/// What is left of a time that nobody can tell, as a share of the score.
const UNTOLD: f64 = 0.5;
/// So many hours left are as good as any more.
const HOURS: f64 = 12.0;

/// What a brand speaks of, as stems.
#[derive(Clone, Debug)]
pub(super) struct Ours(Vec<(String, Vec<u64>)>);

impl Ours {
    pub(super) fn new(topics: &[String]) -> Self {
        let lexicon = Lexicon::standard();
        let stems = |text: &str| words(text).map(|word| lexicon.stem_hash(&word)).collect();
        Self(
            topics
                .iter()
                .map(|topic| (topic.clone(), stems(topic)))
                .collect(),
        )
    }

    fn fit(&self, topic: &Topic) -> Fit {
        let lexicon = Lexicon::standard();
        let texts = topic
            .terms
            .iter()
            .map(|term| term.text.as_str())
            .chain(topic.examples.iter().map(|one| one.text.as_str()));
        let (mut all, mut fitting) = (0_usize, 0_usize);
        let mut fit = Fit::default();
        for text in texts {
            all += 1;
            let stems: Vec<u64> = words(text).map(|word| lexicon.stem_hash(&word)).collect();
            let stands =
                |phrase: &[u64]| !phrase.is_empty() && phrase.iter().all(|one| stems.contains(one));
            let mut fits = false;
            for (name, phrase) in &self.0 {
                if stands(phrase) {
                    fits = true;
                    if !fit.words.contains(name) {
                        fit.words.push(name.clone());
                    }
                }
            }
            fitting += usize::from(fits);
        }
        fit.score = fitting as f64 / all.max(1) as f64;
        fit
    }
}

/// Whether a topic can be proposed at all: what is our own is not.
pub(super) fn is_proposable(topic: &Topic) -> bool {
    let own = |flag: &Flag| matches!(flag, Flag::OwnCampaign { .. });
    topic.is_rising() && !topic.flags.iter().any(own)
}

/// A proposal of a topic, as seen now, checked against these accounts.
pub(super) fn proposal<'a>(
    topic: &Topic,
    ours: &Ours,
    now: Timestamp,
    accounts: impl Iterator<Item = (&'a str, &'a Profile)>,
) -> Proposal {
    let fit = ours.fit(topic);
    let safety = safety::decide(topic);
    let until = topic.ends.map(|ends| ends.likely);
    let left = until.map(|until| until.duration_since(now).as_secs().max(0));
    let lasting = left.map_or(UNTOLD, |left| (left as f64 / 3600.0 / HOURS).min(1.0));
    let rising = 1.0 - 1.0 / topic.strength.ratio.max(1.0);
    let kept = match safety {
        Safety::Safe => 1.0,
        Safety::Careful(_) => 0.6,
        Safety::Unsafe(_) => 0.0,
    };
    let score = (0.5 * fit.score + 0.3 * rising + 0.2 * lasting) * kept;
    let (effort, work) = effort(topic);
    let draft = draft(topic, effort == Effort::High);
    let checks = accounts.map(|(account, profile)| DraftCheck {
        account: account.to_owned(),
        violations: draft.check(profile),
    });
    let checks = checks.collect();
    let fits = match fit.words.as_slice() {
        [] => "it has none of our topics".to_owned(),
        words => format!(
            "it fits {} ({} of what was seen)",
            words.join(", "),
            percent(fit.score)
        ),
    };
    let safe = match &safety {
        Safety::Safe => "nothing speaks against joining".to_owned(),
        Safety::Careful(why) => format!("look first: {}", why.join("; ")),
        Safety::Unsafe(why) => format!("leave it: {}", why.join("; ")),
    };
    let time = match left {
        Some(left) => format!("about {} left", length(left.unsigned_abs())),
        None => "how much time is left is not known".to_owned(),
    };
    let why = format!("{}. {fits}; {safe}; {time}; {work}", topic.why);
    Proposal {
        fit,
        safety,
        score,
        examples: topic.examples.clone(),
        until,
        effort,
        draft,
        checks,
        why,
        topic: topic.clone(),
    }
}

fn effort(topic: &Topic) -> (Effort, &'static str) {
    match topic.trigger.kind {
        TriggerKind::Nomination => (
            Effort::High,
            "much work: something is to be done first, and people who agreed are to be named",
        ),
        TriggerKind::Meme => (
            Effort::Medium,
            "some work: it lives by pictures of one's own",
        ),
        _ => (Effort::Low, "little work: a text is enough"),
    }
}

/// A skeleton: what is in brackets is for who writes it.
fn draft(topic: &Topic, nomination: bool) -> Draft {
    let tag = topic
        .terms
        .iter()
        .find(|term| term.kind == TermKind::Hashtag)
        .map(|term| term.text.trim_start_matches(['#', '＃']));
    let begin = match nomination {
        true => "[DRAFT: say what we did, and show it. Name only people who agreed: [names].]",
        false => "[DRAFT: say in one sentence what we have to do with it.]",
    };
    let text = Text::plain(begin).push(" ");
    Draft::text(match tag {
        Some(tag) => text.hashtag(tag),
        None => text.push(format!("[{}]", topic.name)),
    })
}
