//! Everything that is wrong with rules, at once, before anybody takes part.

use std::collections::BTreeSet;

use super::{
    Condition, ConditionKind, ExclusionKind, Fallback, Mode, OnUnknown, Pattern, Rules, Subject,
};
use crate::contest::draw::Source;
use crate::error::{Rule, Violation};
use crate::model::Metric;
use crate::network::Profile;
use crate::operation::Operation;

/// The longest title, in characters.
const TITLE: usize = 200;
/// How many win at most, reserves included: their names have to be told.
const PLACES: u32 = 10_000;
/// No network is older, in days: a rule that asks for older accounts excludes everybody.
const OLDEST: u32 = 30 * 365;
/// The fewest minutes between a commitment and its round.
const LEAD: u32 = 10;
/// The figures of a post by which merit can be measured.
const MEASURES: [Metric; 7] = [
    Metric::Likes,
    Metric::Reactions,
    Metric::Reposts,
    Metric::Quotes,
    Metric::Replies,
    Metric::Votes,
    Metric::Views,
];

impl Rules {
    /// Finds everything that is wrong with the rules by themselves: what would exclude everybody, what contradicts itself,
    /// what cannot be. [`check_on`](Self::check_on) adds what the networks cannot tell.
    pub fn check(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        let title = self.title.trim();
        if title.is_empty() {
            let what = "the contest has no title: give it one";
            found.push(Violation::error(Rule::Empty, "title", what));
        } else if title.chars().count() > TITLE {
            let what = "the title is too long";
            let long = Violation::error(Rule::TooLong, "title", what);
            found.push(long.measured(TITLE as u64, title.chars().count() as u64, "characters"));
        }
        self.window.check(&mut found);
        self.check_places(&mut found);
        self.check_subjects(&mut found);
        self.check_conditions(&mut found);
        self.check_exclusions(&mut found);
        self.check_mode(&mut found);
        if self.dispute_hours == 0 {
            let what = "nobody can dispute the announcement: 72 hours are usual";
            found.push(Violation::note(Rule::Missing, "dispute_hours", what));
        }
        found
    }

    fn check_places(&self, found: &mut Vec<Violation>) {
        if self.winners == 0 {
            let what = "nobody would win: name at least one winner";
            found.push(Violation::error(Rule::TooFew, "winners", what));
        }
        let places = self.winners.saturating_add(self.reserves);
        if places > PLACES {
            let what = "there are too many places, winners and reserves together";
            let many = Violation::error(Rule::TooMany, "winners", what);
            found.push(many.measured(u64::from(PLACES), u64::from(places), "places"));
        }
    }

    fn check_subjects(&self, found: &mut Vec<Violation>) {
        if self.about.is_empty() {
            let what = "the contest is about nothing: name a post or a hashtag";
            found.push(Violation::error(Rule::Missing, "about", what));
        }
        for (at, subject) in self.about.iter().enumerate() {
            let field = format!("about[{at}]");
            let name = match subject {
                Subject::Post { post, .. } => post.as_str(),
                Subject::Hashtag { tag, .. } => tag,
            };
            if name.trim().is_empty() {
                let what = "the post or hashtag has no name";
                found.push(Violation::error(Rule::Empty, field.as_str(), what));
            }
            if name.contains(char::is_whitespace) {
                let what = format!("`{name}` is no post and no hashtag: spaces stand in it");
                found.push(Violation::error(Rule::Malformed, field.as_str(), what));
            }
            if self.about.iter().take(at).any(|other| other == subject) {
                let what = "it is named twice";
                found.push(Violation::error(Rule::Together, field, what));
            }
        }
    }

    fn check_conditions(&self, found: &mut Vec<Violation>) {
        if !self.asks(|kind| *kind != ConditionKind::Member) {
            let what = "nothing is asked for that people do within the window: without a like, comment or repost nobody takes part";
            found.push(Violation::error(Rule::Missing, "conditions", what));
        }
        for (at, condition) in self.conditions.iter().enumerate() {
            let field = format!("conditions[{at}]");
            self.check_condition(condition, &field, found);
            let before = self.conditions.iter().take(at);
            for other in before.filter(|other| clash(&other.kind, &condition.kind)) {
                let what = if other == condition {
                    format!("`{}` is asked for twice", condition.kind.name())
                } else {
                    format!(
                        "`{}` is asked for twice, each time otherwise: keep one",
                        condition.kind.name()
                    )
                };
                found.push(Violation::error(Rule::Together, field.as_str(), what));
            }
            if !self.some_subject_has(&condition.kind) && !self.about.is_empty() {
                let what = format!(
                    "nobody can meet `{}`: it is done to a post, and the contest is about a hashtag alone",
                    condition.kind.name()
                );
                found.push(Violation::error(Rule::Together, field, what));
            }
        }
    }

    /// Whether a condition can be met at one of the subjects.
    fn some_subject_has(&self, kind: &ConditionKind) -> bool {
        let of_posts = matches!(
            kind,
            ConditionKind::Liked { .. } | ConditionKind::Reposted { .. }
        );
        !of_posts || self.about.iter().any(|subject| subject.id().is_some())
    }

    fn check_condition(&self, condition: &Condition, field: &str, found: &mut Vec<Violation>) {
        match &condition.kind {
            ConditionKind::Commented {
                pattern: Some(pattern),
            } => {
                if let Err(why) = Pattern::read(pattern) {
                    let what = format!("the pattern `{pattern}` cannot be read: {why}");
                    let field = format!("{field}.pattern");
                    found.push(Violation::error(Rule::Malformed, field, what));
                }
            }
            ConditionKind::Tagged { friends: 0 } => {
                let what = "to tag no friend is no condition: name how many";
                let field = format!("{field}.friends");
                found.push(Violation::error(Rule::TooFew, field, what));
            }
            ConditionKind::Tagged { friends } if *friends > 5 => {
                let what = "networks take comments that tag many people for spam";
                let field = format!("{field}.friends");
                found.push(Violation::note(Rule::TooMany, field, what));
            }
            _ => {}
        }
    }

    fn check_exclusions(&self, found: &mut Vec<Violation>) {
        let mut kinds = BTreeSet::new();
        for (at, exclusion) in self.exclusions.iter().enumerate() {
            let field = format!("exclusions[{at}]");
            let name = exclusion.kind.name();
            let mut error = |rule, field: &str, what: String| {
                found.push(Violation::error(rule, field, what));
            };
            if !kinds.insert(name) {
                let what = format!("`{name}` is excluded twice: put both into one");
                error(Rule::Together, &field, what);
            }
            match &exclusion.kind {
                ExclusionKind::Staff(accounts) | ExclusionKind::Listed(accounts) => {
                    if accounts.is_empty() {
                        let what = "nobody is named: name them, or leave the exclusion out";
                        error(Rule::Empty, &field, what.to_owned());
                    }
                    for who in accounts.iter().filter(|who| who.is_empty()) {
                        let what = format!(
                            "`{}` names nobody: write `@handle`, an id, or one of them after `network/`",
                            who.as_str()
                        );
                        error(Rule::Malformed, &field, what);
                    }
                }
                ExclusionKind::EarlierWinners(0) | ExclusionKind::YoungerThan(0) => {
                    let what = "0 days exclude nobody: name how many, or leave the exclusion out";
                    error(Rule::TooFew, &format!("{field}.days"), what.to_owned());
                }
                ExclusionKind::YoungerThan(days) if *days > OLDEST => {
                    let what = "no account is as old as that: everybody would be excluded";
                    error(Rule::TooMany, &format!("{field}.days"), what.to_owned());
                }
                ExclusionKind::Empty {
                    no_avatar: false,
                    min_posts: None | Some(0),
                    min_followers: None | Some(0),
                } => {
                    let what = "nothing makes an account empty: name a picture, posts or followers";
                    error(Rule::Missing, &field, what.to_owned());
                }
                _ => {}
            }
        }
    }

    fn check_mode(&self, found: &mut Vec<Violation>) {
        let mut error = |rule, field: &str, what: String| {
            found.push(Violation::error(rule, field, what));
        };
        match &self.mode {
            Mode::Chance { randomness } => {
                if randomness.lead_minutes < LEAD {
                    let what = format!(
                        "the round must lie at least {LEAD} minutes behind the commitment, so that nobody can know it before"
                    );
                    error(Rule::TooFew, "mode.randomness.lead_minutes", what);
                }
                if randomness.wait_hours == 0 {
                    let what = "a round comes a little after its time: wait at least an hour";
                    error(Rule::TooFew, "mode.randomness.wait_hours", what.to_owned());
                }
                if !randomness.parties.is_empty() && randomness.fallback != Fallback::Wait {
                    let what = "where parties reveal, their defaults are the fallback: leave the other one out";
                    error(Rule::Together, "mode.randomness.fallback", what.to_owned());
                }
                let deadline = self.window.closes_at().unwrap_or_default();
                let source = Source::reveals(deadline, randomness.parties.iter().cloned());
                if !randomness.parties.is_empty()
                    && let Some(why) = source.wrong()
                {
                    error(Rule::Malformed, "mode.randomness.parties", why);
                }
            }
            Mode::Merit { measure, .. } => {
                if !MEASURES.contains(measure) {
                    let known: Vec<&str> = MEASURES.iter().map(Metric::as_str).collect();
                    let what = format!(
                        "merit cannot be measured by `{measure}`: by {}",
                        known.join(", ")
                    );
                    error(Rule::Unsupported, "mode.measure", what);
                }
                if !self.asks(ConditionKind::reads_comments) {
                    let what = "merit is measured of comments, and none is asked for: add the condition `commented`";
                    error(Rule::Together, "mode", what.to_owned());
                }
            }
            Mode::First => {}
            Mode::Jury {
                jurors,
                lowest,
                highest,
                ..
            } => {
                let names: BTreeSet<&str> = jurors.iter().map(|name| name.trim()).collect();
                if names.is_empty() || names.contains("") {
                    let what = "a jury has jurors, each with a name";
                    error(Rule::Missing, "mode.jurors", what.to_owned());
                } else if names.len() < jurors.len() {
                    let what = "two jurors have one name: give each a name of its own";
                    error(Rule::Together, "mode.jurors", what.to_owned());
                }
                if lowest >= highest {
                    let what = format!(
                        "no points can be given between {lowest} and {highest}: `lowest` must be the smaller"
                    );
                    error(Rule::Together, "mode.lowest", what);
                }
            }
        }
    }

    /// Finds what is wrong with the rules by themselves ([`check`](Self::check)), and what the networks of our accounts,
    /// each by its name, cannot tell: a condition that nobody can be seen to meet is an error unless the rules say what
    /// unknown means, and one that rejects what is unknown would exclude everybody.
    pub fn check_on<'a>(
        &self,
        profiles: impl IntoIterator<Item = (&'a str, &'a Profile)>,
    ) -> Vec<Violation> {
        let mut found = self.check();
        let profiles: Vec<(&str, &Profile)> = profiles.into_iter().collect();
        for (at, subject) in self.about.iter().enumerate() {
            let field = format!("about[{at}].account");
            let profile = profiles.iter().find(|(name, _)| *name == subject.account());
            let Some((_, profile)) = profile else {
                let there: Vec<&str> = profiles.iter().map(|(name, _)| *name).collect();
                let what = format!(
                    "there is no account `{}`; there are: {}",
                    subject.account(),
                    there.join(", ")
                );
                found.push(Violation::error(Rule::Missing, field, what));
                continue;
            };
            self.check_seen(subject, profile, &mut found);
        }
        found
    }

    fn check_seen(&self, subject: &Subject, profile: &Profile, found: &mut Vec<Violation>) {
        for (at, condition) in self.conditions.iter().enumerate() {
            let Some(operations) = seen_by(subject, &condition.kind) else {
                continue;
            };
            if operations.iter().any(|operation| profile.can(operation)) {
                self.note_price(subject, profile, operations, at, found);
                continue;
            }
            let events = profile.can(&Operation::EVENTS) && subject.id().is_some();
            let names: Vec<&str> = operations.iter().map(Operation::as_str).collect();
            let lacks = format!(
                "{} does not offer {} to `{}`",
                profile.network,
                names.join(" or "),
                subject.account()
            );
            let name = condition.kind.name();
            let means = condition.unknown.or(self.unknown);
            let (grave, what) = match means {
                None => (
                    true,
                    format!(
                        "{lacks}, so that nobody can be told to have met `{name}`: say with `unknown` what that means, or leave the condition out"
                    ),
                ),
                Some(OnUnknown::Reject) if !events => (
                    true,
                    format!(
                        "{lacks}, and the rules reject what is unknown: `{name}` would exclude everybody"
                    ),
                ),
                Some(_) if events => (
                    false,
                    format!(
                        "{lacks}: only who is told of as it happens is known to have met `{name}`"
                    ),
                ),
                Some(_) => (false, format!("{lacks}: `{name}` is unknown of everybody")),
            };
            let field = format!("conditions[{at}]");
            let violation = if grave {
                Violation::error(Rule::Unsupported, field, what)
            } else {
                Violation::note(Rule::Unsupported, field, what)
            };
            found.extend(
                operations
                    .first()
                    .map(|one| violation.operation(one.clone())),
            );
        }
    }

    /// Tells what it costs to look.
    fn note_price(
        &self,
        subject: &Subject,
        profile: &Profile,
        operations: &[Operation],
        at: usize,
        found: &mut Vec<Violation>,
    ) {
        let first = operations.iter().find(|operation| profile.can(operation));
        let Some(operation) = first else { return };
        let Some(price) = profile.supports(operation).price else {
            return;
        };
        let what = format!(
            "{} bills {operation} to `{}` with {price} for each that is told: it is read within the `max_cost` of the contests alone",
            profile.network,
            subject.account()
        );
        let note = Violation::note(Rule::Price, format!("conditions[{at}]"), what);
        found.push(note.operation(operation.clone()));
    }
}

/// Whether one of two conditions has to go.
fn clash(a: &ConditionKind, b: &ConditionKind) -> bool {
    match (a, b) {
        // One comment may have to match one pattern, and another one another.
        (ConditionKind::Commented { pattern: a }, ConditionKind::Commented { pattern: b }) => {
            a == b
        }
        _ => a.name() == b.name(),
    }
}

/// By which listings a condition is seen at a subject; `None` where it has nothing to do with it.
pub(in crate::contest) fn seen_by(
    subject: &Subject,
    kind: &ConditionKind,
) -> Option<&'static [Operation]> {
    const MEMBER: &[Operation] = &[Operation::MEMBERSHIP];
    const LIKED: &[Operation] = &[Operation::AUDIENCE_LIKED];
    const REPOSTED: &[Operation] = &[Operation::AUDIENCE_REPOSTED];
    const ANSWERS: &[Operation] = &[Operation::POSTS_REPLIES];
    const TAGGED: &[Operation] = &[Operation::POSTS_HASHTAG];
    let is_post = subject.id().is_some();
    match kind {
        ConditionKind::Member => Some(MEMBER),
        ConditionKind::Liked { .. } => is_post.then_some(LIKED),
        ConditionKind::Reposted { .. } => is_post.then_some(REPOSTED),
        ConditionKind::Commented { .. } | ConditionKind::Tagged { .. } if is_post => Some(ANSWERS),
        ConditionKind::Commented { .. } | ConditionKind::Tagged { .. } => Some(TAGGED),
    }
}
