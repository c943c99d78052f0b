//! From what was found to what it means.

use std::ops::Range;

use crate::SharedStr;

use super::assessment::{
    Aspect, Assessment, Intent, Language, Polarity, Reason, Severity, Topic, TopicScore,
};
use super::find::{Findings, Item, Whose};
use super::input::Input;
use super::names::Names;
use super::rules::{Bearing, Rule};
use super::scan::Kind;

/// What a denied good word is worth, and a denied bad one.
const NOT_GOOD: f64 = -0.9;
const NOT_BAD: f64 = -0.4;
/// Of what stands before a "but", and behind it.
const BEFORE_BUT: f64 = 0.75;
const BEHIND_BUT: f64 = 1.25;
/// From here on a text speaks badly, or well.
const BAD_FROM: f64 = -0.7;
const GOOD_FROM: f64 = 0.8;
/// From here on there is so much to complain about that thanks and praise beside it are half meant.
const BITTER_FROM: f64 = 1.5;
/// From here on an intent is the text's.
const INTENT_FROM: f64 = 1.0;
const SPAM_FROM: f64 = 2.0;
/// How far back a word is looked for that turns or strengthens another.
const NEAR: usize = 6;
/// How much speaks for the topic "service" in a complaint that names none.
const UNNAMED: f64 = 0.5;
/// Of what speaks of trouble in a text that is content otherwise.
const IN_PRAISE: f64 = 0.4;
/// What speaks for a complaint where a text names no company: about something that is bought, and about nothing such.
const ELSEWHERE: f64 = 0.8;
const NOWHERE: f64 = 0.35;

/// A word or phrase that speaks well or badly.
struct Hit {
    first: usize,
    last: usize,
    weight: f64,
    rule: SharedStr,
    named: bool,
}

/// What a single item does to the words around it.
#[derive(Clone, Copy)]
struct Around {
    negator: bool,
    booster: f64,
    contrast: bool,
    /// Among the items near before it, one is a negator or booster.
    turned: bool,
}

struct Judge<'a> {
    findings: &'a Findings<'a>,
    around: Vec<Around>,
    /// Items whose meaning a phrase has already told.
    spent: Vec<bool>,
    hits: Vec<Hit>,
    troubles: Vec<Hit>,
    intents: Vec<(Intent, f64)>,
    topics: Vec<TopicScore>,
    /// For which topics each item speaks already, a bit for each.
    about: Vec<u64>,
    /// The rules that told how grave it is.
    grave: Vec<SharedStr>,
    /// What is left of 1 after each severity's share.
    calm: f64,
    person: bool,
    you: bool,
    domain: bool,
    reasons: Vec<Reason>,
}

pub(super) fn judge(findings: &Findings<'_>, input: &Input<'_>) -> Assessment {
    let mut judge = Judge::new(findings);
    judge.read_phrases();
    judge.read_words();
    judge.conclude(input)
}

fn aspect(intent: &Intent) -> Aspect {
    match intent {
        Intent::Complaint => Aspect::Complaint,
        Intent::Question => Aspect::Question,
        Intent::Praise => Aspect::Praise,
        other => Aspect::from(other.as_str()),
    }
}

impl<'a> Judge<'a> {
    fn new(findings: &'a Findings<'a>) -> Self {
        // Items since the last one that turns others.
        let mut since = usize::MAX;
        let around = (findings.items.iter())
            .map(|item| {
                let mut around = Around {
                    negator: false,
                    booster: 1.0,
                    contrast: false,
                    turned: since < NEAR,
                };
                since = since.saturating_add(1);
                if !findings.turns(item) {
                    return around;
                }
                since = 0;
                for bearing in findings.rules(item).flat_map(|rule| rule.bearings.iter()) {
                    match bearing {
                        Bearing::Negator => around.negator = true,
                        Bearing::Booster(factor) => around.booster = *factor,
                        Bearing::Contrast => around.contrast = true,
                        _ => {}
                    }
                }
                around
            })
            .collect();
        Self {
            findings,
            around,
            spent: vec![false; findings.items.len()],
            hits: Vec::with_capacity(findings.items.len()),
            troubles: Vec::new(),
            intents: Vec::new(),
            topics: Vec::new(),
            about: vec![0; findings.items.len()],
            grave: Vec::new(),
            calm: 1.0,
            person: false,
            you: false,
            domain: false,
            reasons: Vec::with_capacity(2 * findings.items.len()),
        }
    }

    fn item(&self, at: usize) -> Option<&'a Item> {
        self.findings.items.get(at)
    }

    fn span(&self, first: usize, last: usize) -> Range<usize> {
        let start = self.item(first).map_or(0, |item| item.span.start);
        let end = self.item(last).map_or(start, |item| item.span.end);
        start..end
    }

    fn reason(&mut self, rule: SharedStr, aspect: Aspect, weight: f64, first: usize, last: usize) {
        let span = self.span(first, last);
        self.reasons.push(Reason::new(rule, aspect, weight, span));
    }

    fn read_phrases(&mut self) {
        let findings = self.findings;
        for found in &findings.phrases {
            let Some(rule) = findings.lexicon.rule(found.rule) else {
                continue;
            };
            let places = found.first..=found.last;
            let told = (self.spent.get(places.clone())).is_some_and(|spent| spent.contains(&true));
            let mut tells = false;
            for bearing in rule.bearings.iter() {
                tells |= self.bear(rule, bearing, found.first, found.last, told, found.named);
            }
            if tells && let Some(spent) = self.spent.get_mut(places) {
                spent.fill(true);
            }
        }
    }

    fn read_words(&mut self) {
        let findings = self.findings;
        for (at, item) in findings.items.iter().enumerate() {
            let told = self.spent.get(at).copied().unwrap_or_default();
            // Of several entries the most telling one decides what it says anything about.
            let mut seen = 0;
            findings.rules(item).for_each(|rule| {
                let before = seen;
                for bearing in rule.bearings.iter() {
                    if before & bearing.bit() == 0 {
                        seen |= bearing.bit();
                        self.bear(rule, bearing, at, at, told, false);
                    }
                }
            });
        }
    }

    /// Takes in one bearing of what stands from `first` to `last`; whether it says what the text means.
    fn bear(
        &mut self,
        rule: &Rule,
        bearing: &Bearing,
        first: usize,
        last: usize,
        told: bool,
        named: bool,
    ) -> bool {
        match bearing {
            Bearing::Polarity(weight) => {
                if !told {
                    let weight = self.turned(*weight, first, last);
                    self.hit(rule, weight, first, last, named);
                }
                true
            }
            Bearing::Needed(weight) => {
                let denied = self.denied(first);
                if denied && !told {
                    self.hit(rule, -weight, first, last, named);
                }
                denied
            }
            Bearing::Trouble(weight) => {
                if !told {
                    self.troubles.push(Hit {
                        first,
                        last,
                        weight: -weight,
                        rule: rule.id.clone(),
                        named,
                    });
                }
                false
            }
            Bearing::Intent(intent, weight) => {
                let counts_on = rule
                    .bearings
                    .iter()
                    .any(|one| matches!(one, Bearing::Needed(_)));
                if counts_on && !self.denied(first) {
                    return false;
                }
                if !told {
                    self.add_intent(intent, *weight);
                    self.reason(rule.id.clone(), aspect(intent), *weight, first, last);
                }
                true
            }
            Bearing::Severity(share) => {
                // Saying it twice makes it no graver.
                if !self.grave.contains(&rule.id) {
                    self.grave.push(rule.id.clone());
                    self.calm *= 1.0 - share.clamp(0.0, 1.0);
                    self.reason(rule.id.clone(), Aspect::Severity, *share, first, last);
                }
                false
            }
            Bearing::Topic(topic, weight) => {
                // The same words speak for a topic once.
                let place = self.add_topic(topic, 0.0).min(63);
                let about = self.about.get_mut(first..=last).unwrap_or_default();
                if !about.iter().any(|topics| topics & (1 << place) != 0) {
                    about.iter_mut().for_each(|topics| *topics |= 1 << place);
                    self.add_topic(topic, *weight);
                    self.reason(rule.id.clone(), Aspect::Topic, *weight, first, last);
                }
                false
            }
            Bearing::Person => {
                self.person = true;
                false
            }
            Bearing::You => {
                self.you = true;
                false
            }
            Bearing::Domain => {
                self.domain = true;
                false
            }
            Bearing::Negator
            | Bearing::Booster(_)
            | Bearing::Contrast
            | Bearing::Vote(_)
            | Bearing::Brand(_) => false,
        }
    }

    fn hit(&mut self, rule: &Rule, weight: f64, first: usize, last: usize, named: bool) {
        if weight != 0.0 {
            self.hits.push(Hit {
                first,
                last,
                weight,
                rule: rule.id.clone(),
                named,
            });
        }
    }

    fn add_intent(&mut self, intent: &Intent, weight: f64) {
        match self.intents.iter_mut().find(|(known, _)| known == intent) {
            Some((_, sum)) => *sum += weight,
            None => self.intents.push((intent.clone(), weight)),
        }
    }

    /// Adds to a topic's score; its place.
    fn add_topic(&mut self, topic: &Topic, weight: f64) -> usize {
        let known = self.topics.iter().position(|known| known.topic == *topic);
        let place = known.unwrap_or_else(|| {
            self.topics.push(TopicScore::new(topic.clone(), 0.0));
            self.topics.len() - 1
        });
        if let Some(known) = self.topics.get_mut(place) {
            known.score += weight;
        }
        place
    }

    /// Whether there is anything before an item that could turn it.
    fn is_turned(&self, first: usize) -> bool {
        (self.around.get(first)).is_some_and(|around| around.turned)
    }

    /// The items before one, in the same clause, the nearest first.
    fn before(&self, first: usize) -> impl Iterator<Item = Around> {
        let clause = self.item(first).map(|item| item.clause);
        (0..first)
            .rev()
            .take_while(move |at| self.item(*at).map(|item| item.clause) == clause)
            .filter_map(|at| self.around.get(at).copied())
            .take_while(|around| !around.contrast)
            .take(NEAR)
    }

    /// Whether what stands at `first` is denied: a negator a few words before it.
    fn denied(&self, first: usize) -> bool {
        if !self.is_turned(first) {
            return false;
        }
        let window = match self.findings.language {
            Language::Russian => 2,
            _ => 3,
        };
        (self.before(first))
            .filter(|around| around.booster == 1.0)
            .take(window)
            .any(|around| around.negator)
    }

    /// A weight after what stands before it: denied, strengthened, weakened.
    fn turned(&self, weight: f64, first: usize, last: usize) -> f64 {
        let negated =
            (first..=last).any(|at| self.around.get(at).is_some_and(|around| around.negator));
        let boosted: f64 = if self.is_turned(first) {
            (self.before(first).take(2))
                .map(|around| around.booster)
                .product()
        } else {
            1.0
        };
        let weight = weight * boosted.clamp(0.4, 2.0);
        let loud = self.item(first).is_some_and(|item| item.loud);
        let weight = if loud { weight * 1.1 } else { weight };
        if negated || !self.denied(first) {
            weight
        } else if weight > 0.0 {
            weight * NOT_GOOD
        } else {
            weight * NOT_BAD
        }
    }

    fn intent(&self, intent: &Intent) -> f64 {
        (self.intents.iter())
            .find(|(known, _)| known == intent)
            .map_or(0.0, |(_, sum)| *sum)
    }

    fn conclude(mut self, input: &Input<'_>) -> Assessment {
        let findings = self.findings;
        let mut hits = std::mem::take(&mut self.hits);
        let addressed = input.addressed
            || (findings.items.iter())
                .any(|item| item.kind == Kind::Mention && item.brand == Some(Whose::Target));
        let named = findings.items.iter().any(|item| item.brand.is_some());
        if addressed || named {
            let content = hits.iter().any(|hit| hit.weight > GOOD_FROM)
                && !hits.iter().any(|hit| hit.weight < 0.0);
            for mut trouble in std::mem::take(&mut self.troubles) {
                if content {
                    trouble.weight *= IN_PRAISE;
                }
                hits.push(trouble);
            }
        }
        let turn = (self.around.iter()).rposition(|around| around.contrast);
        let (mut good, mut bad) = (0.0_f64, 0.0_f64);
        let names = Names::new(&findings.items);
        for hit in hits {
            if !hit.named && !names.are_of_target(&findings.items, hit.first, hit.last) {
                continue;
            }
            let quoted =
                self.item(hit.first).is_some_and(|item| item.quoted) && hit.first == hit.last;
            let mut weight = match turn {
                Some(but) if but > hit.last => hit.weight * BEFORE_BUT,
                Some(_) => hit.weight * BEHIND_BUT,
                None => hit.weight,
            };
            if quoted && weight > 0.0 {
                // A good word in quotes is not meant.
                weight *= -0.5;
            }
            if weight > 0.0 {
                good += weight;
            } else {
                bad -= weight;
            }
            self.reason(hit.rule, Aspect::Polarity, weight, hit.first, hit.last);
        }
        if bad >= BITTER_FROM {
            good *= 0.5;
        }
        let score = good - bad;
        let polarity = if score <= BAD_FROM {
            Polarity::Negative
        } else if score >= GOOD_FROM {
            Polarity::Positive
        } else {
            Polarity::Neutral
        };
        let asks = !findings.scan.asks.is_empty()
            || (findings.language == Language::Greeklish && !findings.scan.semicolons.is_empty());
        let intent = self.decide(input, polarity, bad, addressed, asks);
        let scolds = intent == Intent::Complaint || (addressed && polarity == Polarity::Negative);
        if scolds && self.topics.is_empty() {
            // Who scolds and names nothing means those who should have cared.
            self.add_topic(&Topic::Service, UNNAMED);
        }
        let words =
            (findings.items.iter()).any(|item| matches!(item.kind, Kind::Word(_) | Kind::Tag(_)));
        let needs_answer = match intent {
            Intent::Complaint | Intent::Question => true,
            Intent::Praise | Intent::Spam => false,
            _ => addressed && words && !input.repost,
        };
        let base = match (&intent, polarity) {
            (Intent::Complaint, _) => 0.2 + 0.04 * bad.min(5.0),
            (_, Polarity::Negative) => 0.1,
            _ => 0.0,
        };
        self.topics
            .sort_by(|one, other| other.score.total_cmp(&one.score));
        self.reasons
            .sort_by_key(|reason| (reason.span.start, reason.span.end));
        Assessment {
            intent,
            polarity,
            score,
            severity: Severity::new(1.0 - (1.0 - base) * self.calm),
            topics: self.topics,
            language: findings.language.clone(),
            needs_answer,
            reasons: self.reasons,
            looked_at: (findings.scan.end < input.text.len()).then_some(findings.scan.end),
        }
    }

    fn decide(
        &self,
        input: &Input<'_>,
        polarity: Polarity,
        bad: f64,
        addressed: bool,
        asks: bool,
    ) -> Intent {
        if self.intent(&Intent::Spam) >= SPAM_FROM {
            return Intent::Spam;
        }
        // Only the desk's own terms speak for an intent of its own.
        let own = (self.intents.iter())
            .find(|(intent, sum)| matches!(intent, Intent::Other(_)) && *sum >= INTENT_FROM);
        if let Some((intent, _)) = own {
            return intent.clone();
        }
        let repost = input.repost || input.text.starts_with("RT @");
        let press = self.intent(&Intent::Remark) >= INTENT_FROM && !self.person && !self.you;
        if repost || press {
            return Intent::Remark;
        }
        let named = self.findings.items.iter().any(|item| item.brand.is_some());
        let mut complaint = self.intent(&Intent::Complaint);
        if polarity == Polarity::Negative {
            complaint += 0.6 * bad;
        }
        // Who speaks of no company and of nothing that is bought has a bad day, not a complaint.
        complaint *= if addressed || named {
            1.0
        } else if self.domain {
            ELSEWHERE
        } else {
            NOWHERE
        };
        let question = self.intent(&Intent::Question) + if asks { 1.0 } else { 0.0 };
        if polarity != Polarity::Positive && complaint >= INTENT_FROM {
            return Intent::Complaint;
        }
        if polarity == Polarity::Positive && question < INTENT_FROM {
            return Intent::Praise;
        }
        if self.intent(&Intent::Suggestion) >= INTENT_FROM {
            return Intent::Suggestion;
        }
        if question >= INTENT_FROM {
            return Intent::Question;
        }
        Intent::Remark
    }
}
