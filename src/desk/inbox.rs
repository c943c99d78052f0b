//! How a post or message becomes a case, or a part of one.
//!
//! What is written in which order makes it safe to be cut off anywhere, and to be done by two desks at once: first where
//! the case of a thread is found, then where that of a mention is found, last the case. Whoever comes again, or was slower,
//! finds the same case and adds what is missing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Desk;
use super::case::{Case, CaseId, Copy, FoundBy, Mention, Origin, Person, Reach};
use super::clock::{CaseEventKind, Status};
use super::fate::{Evidence, FateKind, Turn};
use super::incoming::Incoming;
use super::keys;
use super::people::Contacts;
use super::route;
use super::severity;
use super::triage::{Assessment, Input, Intent, Polarity};
use crate::error::{Error, Result};
use crate::model::Post;
use crate::shared::shingles::Sketch;

/// Who puts aside what needs no answer.
const TRIAGE: &str = "rule triage";

/// What became of what came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// A case was opened with it.
    Opened(CaseId),
    /// It was added to a case.
    Added(CaseId),
    /// It was known already; a new version may have been kept.
    Known(CaseId),
    /// It is a copy of what a case has already.
    Copied(CaseId),
}

/// What a case is opened with, beside the mention.
struct New {
    previous: Option<CaseId>,
    assessment: Option<Assessment>,
    sketch: Option<Sketch>,
}

/// Which case something belongs to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Belongs {
    pub(super) case: Option<CaseId>,
}

impl Desk {
    async fn judge(&self, incoming: &Incoming, troubles: &mut Vec<Error>) -> Option<Assessment> {
        let repost = incoming.reposted_by.is_some();
        self.judge_text(&incoming.text, incoming.addressed(), repost, troubles)
            .await
    }

    /// Judges a text. What the classifier cannot judge now is judged later; it is taken in all the same.
    pub(super) async fn judge_text(
        &self,
        text: &str,
        addressed: bool,
        repost: bool,
        troubles: &mut Vec<Error>,
    ) -> Option<Assessment> {
        let input = Input::new(text).addressed(addressed).repost(repost);
        match self.0.classifier.classify(&input).await {
            Ok(judged) => Some(judged),
            Err(error) => {
                troubles.push(error);
                None
            }
        }
    }

    /// Takes in a post or message that came to an account.
    pub(super) async fn take(
        &self,
        account: &str,
        incoming: &Incoming,
        troubles: &mut Vec<Error>,
    ) -> Result<Taken> {
        let belongs = self
            .0
            .keeper
            .value::<Belongs>(&keys::mention(&incoming.print))
            .await?;
        let known = belongs.and_then(|(belongs, _)| belongs.case);
        if let Some(id) = &known
            && let Some(kept) = self.0.keeper.find(id).await?
        {
            if kept
                .case
                .mentions
                .iter()
                .any(|mention| mention.print == incoming.print)
            {
                return self.seen_again(id, incoming, troubles).await;
            }
            if kept
                .case
                .copies
                .iter()
                .any(|copy| copy.print == incoming.print)
            {
                return Ok(Taken::Known(id.clone()));
            }
            // Only a copy is another person's: a desk was cut off before it noted that.
            if kept.case.person.print != incoming.person.print {
                return self.copied(id, incoming).await;
            }
        }
        let sketch = self.sketch(incoming);
        if known.is_none()
            && let Some(sketch) = &sketch
            && let Some(id) = self.alike(incoming, sketch).await?
        {
            return self.copied(&id, incoming).await;
        }
        let (id, previous) = match known {
            Some(id) => (id, None),
            None => self.place(account, incoming).await?,
        };
        let assessment = self.judge(incoming, troubles).await;
        let new = New {
            previous,
            assessment,
            sketch,
        };
        let taken = self.add(account, &id, incoming, new).await?;
        if let Some(by) = &incoming.reposted_by {
            self.passed_on(&id, incoming, by.clone()).await?;
        }
        Ok(taken)
    }

    /// By what copies of it are found: only what stands in public, and not below our own posts, where thanks and questions
    /// are each their author's.
    fn sketch(&self, incoming: &Incoming) -> Option<Sketch> {
        let open = matches!(
            incoming.found_by,
            FoundBy::Search | FoundBy::Mention | FoundBy::Quote
        );
        open.then(|| Sketch::of(&incoming.text)).flatten()
    }

    /// The case whose text is the same, if it still goes on.
    async fn alike(&self, incoming: &Incoming, sketch: &Sketch) -> Result<Option<CaseId>> {
        let now = self.0.clock.now();
        for band in sketch.bands() {
            let Some((belongs, _)) = self.0.keeper.value::<Belongs>(&keys::alike(&band)).await?
            else {
                continue;
            };
            let Some(id) = belongs.case else { continue };
            let Some(kept) = self.0.keeper.find(&id).await? else {
                continue;
            };
            let same = kept
                .case
                .sketch
                .as_ref()
                .is_some_and(|other| other.is_like(sketch));
            if same && self.continues(&kept.case, incoming.posted_at.unwrap_or(now)) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Whether a message of this time continues a case.
    fn continues(&self, case: &Case, at: Timestamp) -> bool {
        if case.erased_at.is_some() {
            return false;
        }
        match case.resolved_at() {
            Some(resolved) => self
                .0
                .settings
                .policy(&case.account)
                .continues(resolved, at),
            None => true,
        }
    }

    /// Finds, or fixes, the case that a new mention belongs to; and the one before it, where a new one begins.
    async fn place(&self, account: &str, incoming: &Incoming) -> Result<(CaseId, Option<CaseId>)> {
        let key = incoming.thread(account);
        let at = incoming.posted_at.unwrap_or(self.0.clock.now());
        let own = CaseId::new(incoming.print.get(..16).unwrap_or(&incoming.print));
        loop {
            let (before, version) = match self.0.keeper.value::<Belongs>(&key).await? {
                Some((belongs, version)) => (belongs.case, Some(version)),
                None => (None, None),
            };
            if let Some(id) = &before {
                match self.0.keeper.find(id).await? {
                    // Whoever fixed it is about to write it.
                    None => return Ok((id.clone(), None)),
                    Some(kept) if self.continues(&kept.case, at) => return Ok((id.clone(), None)),
                    Some(_) => {}
                }
            }
            let belongs = Belongs {
                case: Some(own.clone()),
            };
            if self.0.keeper.set(&key, &belongs, version).await? {
                return Ok((own, before));
            }
        }
    }

    /// Fixes which case a mention belongs to, unless that is fixed already; and says which it is.
    async fn fix(&self, print: &str, id: &CaseId) -> Result<CaseId> {
        let fixed = self
            .0
            .keeper
            .update(&keys::mention(print), |kept: &mut Belongs| {
                Some(kept.case.get_or_insert_with(|| id.clone()).clone())
            })
            .await?;
        Ok(fixed.unwrap_or_else(|| id.clone()))
    }

    /// Adds a mention to its case, which is opened with it where there is none yet.
    async fn add(
        &self,
        account: &str,
        id: &CaseId,
        incoming: &Incoming,
        new: New,
    ) -> Result<Taken> {
        let New {
            previous,
            assessment,
            sketch,
        } = new;
        let now = self.0.clock.now();
        // Who found it at the same time, for another account of ours, may have fixed another case: one message is in one.
        let id = &self.fix(&incoming.print, id).await?;
        let contacts = self.meet(&incoming.person, id).await?;
        let belongs = Belongs {
            case: Some(id.clone()),
        };
        if let Origin::Message { conversation, .. } = &incoming.origin {
            let talk = keys::talk(account, conversation.as_str());
            self.0
                .keeper
                .update(&talk, |kept: &mut Belongs| {
                    *kept = belongs.clone();
                    Some(())
                })
                .await?;
        }
        let policy = self.0.settings.policy(account);
        let first = || Case {
            id: id.clone(),
            account: account.to_owned(),
            network: incoming.network.clone(),
            channel: incoming.channel.clone(),
            person: incoming.person.clone(),
            opened_at: now,
            mentions: Vec::new(),
            copies: Vec::new(),
            reach: Reach::default(),
            severity: Default::default(),
            severity_reasons: Vec::new(),
            events: Vec::new(),
            status: Status::New,
            decisions: Vec::new(),
            handoffs: Vec::new(),
            replies: Vec::new(),
            notes: Vec::new(),
            claim: None,
            previous: previous.clone(),
            earlier: contacts.earlier(id),
            erased_at: None,
            sketch: sketch.clone(),
            look_at: None,
        };
        let work = |case: &mut Case, new: bool| {
            if case
                .mentions
                .iter()
                .any(|mention| mention.print == incoming.print)
            {
                return Ok(Taken::Known(id.clone()));
            }
            if new {
                case.log(
                    now,
                    None,
                    CaseEventKind::policy(policy.id.as_str(), policy.version),
                );
            }
            let mention = incoming.mention(now, assessment.clone());
            // Nobody waits for us in such a case before this is added.
            let at_rest = matches!(
                case.status,
                Status::Resolved | Status::WaitingCustomer | Status::NoAnswerNeeded
            );
            case.log(
                mention.posted_at,
                None,
                CaseEventKind::message(incoming.print.as_str()),
            );
            case.log(now, None, CaseEventKind::detected(incoming.print.as_str()));
            case.supplement(&mention, now);
            case.mentions.push(mention);
            self.appraise(case, incoming.post.as_deref(), now);
            if at_rest
                && assessment
                    .as_ref()
                    .is_some_and(|judged| !judged.needs_answer)
            {
                let thanks = CaseEventKind::status(Status::NoAnswerNeeded);
                case.log(now, Some(TRIAGE), thanks);
            }
            self.plan_look(case, now);
            Ok(if new {
                Taken::Opened(id.clone())
            } else {
                Taken::Added(id.clone())
            })
        };
        let taken = self.0.keeper.change_or_make(id, now, first, work).await?;
        if matches!(taken, Taken::Opened(_))
            && let Some(sketch) = &sketch
        {
            for band in sketch.bands() {
                self.0
                    .keeper
                    .update(&keys::alike(&band), |kept: &mut Belongs| {
                        *kept = belongs.clone();
                        Some(())
                    })
                    .await?;
            }
        }
        Ok(taken)
    }

    /// Judges a case as a whole: how far it has spread, how severe it is, where it goes, whether it waits for an answer.
    pub(super) fn appraise(&self, case: &mut Case, seen: Option<&Post>, now: Timestamp) {
        case.measure(seen);
        let (severity, reasons) = severity::of(case);
        case.severity = severity;
        case.severity_reasons = reasons;
        if let Some((decision, at_once)) = route::decide(&self.0.settings.routes, case, now) {
            let last = case.decisions.last();
            let same = last
                .is_some_and(|last| last.rule == decision.rule && last.service == decision.service);
            if !same {
                let asked = case
                    .handoffs
                    .iter()
                    .any(|handoff| handoff.service == decision.service);
                if at_once && !asked {
                    let within = self.0.settings.services.get(&decision.service);
                    let rule = format!("rule {}", decision.rule);
                    let within = within.copied().flatten();
                    case.hand_over(now, &rule, &decision.service, within, None);
                }
                case.decisions.push(decision);
            }
        }
        let Some(judged) = case.mentions.last().and_then(Mention::assessment).cloned() else {
            return;
        };
        let aside = matches!(case.status, Status::Spam | Status::NoAnswerNeeded);
        if judged.needs_answer && aside && case.is_put_aside() {
            case.settle(now, Some(TRIAGE), Status::Open);
        }
        // Only what nobody has worked on yet is put aside by a rule; each of it stands in the log.
        let aside = match judged.intent {
            Intent::Spam => Some(Status::Spam),
            _ if judged.needs_answer => None,
            _ => Some(Status::NoAnswerNeeded),
        };
        let waits = !case.mentions.iter().any(|mention| {
            mention
                .assessment()
                .is_none_or(|judged| judged.needs_answer)
        });
        if let Some(status) = aside
            && waits
            && case.replies.is_empty()
            && case.claim.is_none()
        {
            case.settle(now, Some(TRIAGE), status);
        }
    }

    /// A mention that the desk has already: a changed text is a new version.
    pub(super) async fn seen_again(
        &self,
        id: &CaseId,
        incoming: &Incoming,
        troubles: &mut Vec<Error>,
    ) -> Result<Taken> {
        let kept = self.0.keeper.case(id).await?;
        let known = Taken::Known(id.clone());
        let hash = keys::print(&[&incoming.text]);
        let Some(mention) = kept
            .case
            .mentions
            .iter()
            .find(|one| one.print == incoming.print)
        else {
            return Ok(known);
        };
        let erased = kept.case.erased_at.is_some();
        let same = mention
            .versions
            .last()
            .is_some_and(|last| last.hash == hash);
        let addressed = mention.addressed || !incoming.addressed();
        if let Some(by) = incoming.reposted_by.clone().filter(|_| !erased) {
            return self.passed_on(id, incoming, by).await;
        }
        if erased || (same && addressed) {
            return Ok(known);
        }
        let assessment = match same {
            true => None,
            false => self.judge(incoming, troubles).await,
        };
        let now = self.0.clock.now();
        self.0
            .keeper
            .change(id, now, |case| {
                let Some(mention) = case.mention_mut(&incoming.print) else {
                    return Ok(());
                };
                // A search found it first, and now the network tells that it names us.
                mention.addressed |= incoming.addressed();
                if mention
                    .versions
                    .last()
                    .is_some_and(|last| last.hash == hash)
                {
                    return Ok(());
                }
                mention
                    .versions
                    .push(incoming.version(now, assessment.clone()));
                mention
                    .fate
                    .turn(Turn::new(FateKind::Edited, now, Evidence::Look));
                case.log(now, None, CaseEventKind::edited(incoming.print.as_str()));
                self.appraise(case, incoming.post.as_deref(), now);
                // A complaint is followed from now on, and what could not be judged is judged soon.
                self.plan_look(case, now);
                Ok(())
            })
            .await?;
        Ok(known)
    }

    /// A repost of a mention that the desk has.
    async fn passed_on(&self, id: &CaseId, incoming: &Incoming, by: Person) -> Result<Taken> {
        let copy = Copy {
            print: keys::print(&[&incoming.print, &by.print]),
            post: None,
            person: by,
            found_at: self.0.clock.now(),
            views: None,
        };
        self.add_copy(id, incoming, copy).await
    }

    /// The same text by somebody else.
    async fn copied(&self, id: &CaseId, incoming: &Incoming) -> Result<Taken> {
        let copy = Copy {
            print: incoming.print.clone(),
            post: match &incoming.origin {
                Origin::Post(post) => Some(post.clone()),
                _ => None,
            },
            person: incoming.person.clone(),
            found_at: self.0.clock.now(),
            views: incoming.views(),
        };
        let belongs = Belongs {
            case: Some(id.clone()),
        };
        self.0
            .keeper
            .update(&keys::mention(&incoming.print), |kept: &mut Belongs| {
                kept.case.is_none().then(|| *kept = belongs.clone())
            })
            .await?;
        self.add_copy(id, incoming, copy).await
    }

    async fn add_copy(&self, id: &CaseId, incoming: &Incoming, copy: Copy) -> Result<Taken> {
        let now = self.0.clock.now();
        self.meet(&copy.person, id).await?;
        self.0
            .keeper
            .change(id, now, |case| {
                if case.copies.iter().any(|known| known.print == copy.print) {
                    return Ok(Taken::Known(id.clone()));
                }
                case.copies.push(copy.clone());
                let seen = incoming
                    .reposted_by
                    .is_some()
                    .then_some(incoming.post.as_deref());
                self.appraise(case, seen.flatten(), now);
                Ok(Taken::Copied(id.clone()))
            })
            .await
            .map(|(_, taken)| taken)
    }

    /// Notes that a person has to do with a case, and tells with which others.
    async fn meet(&self, person: &Person, id: &CaseId) -> Result<Contacts> {
        if person.print.is_empty() {
            return Ok(Contacts::default());
        }
        let key = keys::person(&person.print);
        let met = self.0.keeper.update(&key, |contacts: &mut Contacts| {
            contacts.note(id).then(|| contacts.clone())
        });
        match met.await? {
            Some(contacts) => Ok(contacts),
            None => Ok(self
                .0
                .keeper
                .value(&key)
                .await?
                .map(|(kept, _)| kept)
                .unwrap_or_default()),
        }
    }
}

impl Case {
    /// When it was resolved or put aside, if it is.
    pub(super) fn resolved_at(&self) -> Option<Timestamp> {
        let over = [Status::Resolved, Status::Spam, Status::NoAnswerNeeded];
        let set = |kind: &CaseEventKind| match kind {
            CaseEventKind::Status { status, .. } => *status == self.status,
            _ => false,
        };
        let last = self.events.iter().rev().find(|event| set(&event.kind));
        last.map(|event| event.at)
            .filter(|_| over.contains(&self.status))
    }

    /// Whether a rule set its last status, and no person.
    fn is_put_aside(&self) -> bool {
        let mut statuses = self
            .events
            .iter()
            .rev()
            .filter(|event| matches!(event.kind, CaseEventKind::Status { .. }));
        statuses
            .next()
            .is_some_and(|event| event.by.as_deref() == Some(TRIAGE))
    }

    /// Notes what a new mention adds to the public posts of the same person: an answer after ours.
    fn supplement(&mut self, mention: &Mention, now: Timestamp) {
        let answered = self.replies.iter().any(|reply| reply.sent_at.is_some());
        if mention.post().is_none() || !answered {
            return;
        }
        let kind = mention
            .assessment()
            .map(|judged| judged.intent == Intent::Praise || judged.polarity == Polarity::Positive);
        for earlier in self
            .mentions
            .iter_mut()
            .filter(|earlier| earlier.post().is_some())
        {
            if earlier.fate.is_gone() {
                continue;
            }
            let mut turn = Turn::new(FateKind::Supplemented, now, Evidence::Look);
            turn.kind_words = kind;
            earlier.fate.turn(turn);
        }
    }
}
