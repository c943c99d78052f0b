//! What people do with a case: claim it, hand it over, note something, resolve it.

use jiff::Timestamp;

use super::Desk;
use super::case::{Case, CaseId, Claim, Note};
use super::clock::{CaseEventKind, Standing, Status};
use super::handoff::{Handoff, HandoffState};
use crate::client::after;
use crate::error::{Error, ErrorKind, Result, Rule, Violation};

/// Refuses what another agent holds.
fn free_for(case: &Case, agent: &str, now: Timestamp) -> Result<()> {
    match case.holder(now) {
        Some(claim) if claim.agent != agent => Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "case {} is held by {} until {}: ask {} to release it, or wait",
                case.id, claim.agent, claim.until, claim.agent
            ),
        )
        .with_retry_at(claim.until)),
        _ => Ok(()),
    }
}

fn named(agent: &str) -> Result<()> {
    if agent.trim().is_empty() {
        let message = "nobody is named: say who does it";
        return Err(Error::invalid(vec![Violation::error(
            Rule::Missing,
            "agent",
            message,
        )]));
    }
    Ok(())
}

impl Desk {
    /// Passes when this agent may work on the case now: nobody else holds it.
    pub(super) fn may_work(&self, case: &Case, agent: &str) -> Result<()> {
        named(agent)?;
        free_for(case, agent, self.0.clock.now())
    }

    /// A case as it stands.
    ///
    /// # Errors
    /// `NotFound` where there is none of this name.
    pub async fn case(&self, id: &CaseId) -> Result<Case> {
        Ok(self.0.keeper.case(id).await?.case)
    }

    /// Where the clocks of a case stand now.
    ///
    /// # Errors
    /// `NotFound` where there is none of this name; `Config` where it was opened under a policy that the desk does not
    /// know any more.
    pub async fn standing(&self, id: &CaseId) -> Result<Standing> {
        let kept = self.0.keeper.case(id).await?;
        kept.fold
            .standing(self.0.clock.now(), self.0.keeper.rules())
    }

    /// Takes a case, so that nobody else works on it until the claim ends. Who holds it already renews the claim.
    ///
    /// # Errors
    /// `Conflict` where somebody else holds it; the message says who, and until when.
    pub async fn claim(&self, id: &CaseId, agent: &str) -> Result<Case> {
        named(agent)?;
        let now = self.0.clock.now();
        let until = after(now, self.0.settings.claim);
        let claimed = |case: &mut Case| {
            free_for(case, agent, now)?;
            let held = case.holder(now).map(|claim| claim.since);
            if held.is_none() {
                case.log(now, Some(agent), CaseEventKind::assigned(agent));
            }
            case.claim = Some(Claim {
                agent: agent.to_owned(),
                since: held.unwrap_or(now),
                until,
            });
            Ok(())
        };
        Ok(self.0.keeper.change(id, now, claimed).await?.0)
    }

    /// Gives a case back. Where nobody holds it, nothing changes.
    ///
    /// # Errors
    /// `Conflict` where somebody else holds it.
    pub async fn release(&self, id: &CaseId, agent: &str) -> Result<Case> {
        named(agent)?;
        let now = self.0.clock.now();
        let released = |case: &mut Case| {
            free_for(case, agent, now)?;
            if case.claim.take().is_some() {
                case.log(now, Some(agent), CaseEventKind::Assigned { agent: None });
            }
            Ok(())
        };
        Ok(self.0.keeper.change(id, now, released).await?.0)
    }

    /// Adds a remark that only the desk sees. No clock counts it.
    ///
    /// # Errors
    /// `NotFound` where there is no such case.
    pub async fn note(&self, id: &CaseId, agent: &str, text: impl Into<String>) -> Result<Case> {
        named(agent)?;
        let now = self.0.clock.now();
        let text = text.into();
        let noted = |case: &mut Case| {
            case.notes.push(Note {
                agent: agent.to_owned(),
                at: now,
                text: Some(text.clone()),
            });
            case.log(now, Some(agent), CaseEventKind::Note);
            Ok(())
        };
        Ok(self.0.keeper.change(id, now, noted).await?.0)
    }

    /// Sets where a case stands. What is resolved is claimed by nobody any more, and its open hand-offs are withdrawn.
    ///
    /// # Errors
    /// `Conflict` where somebody else holds it.
    pub async fn set_status(&self, id: &CaseId, agent: &str, status: Status) -> Result<Case> {
        named(agent)?;
        let now = self.0.clock.now();
        let set = |case: &mut Case| {
            free_for(case, agent, now)?;
            case.settle(now, Some(agent), status.clone());
            Ok(())
        };
        Ok(self.0.keeper.change(id, now, set).await?.0)
    }

    /// Resolves a case.
    ///
    /// # Errors
    /// `Conflict` where somebody else holds it.
    pub async fn resolve(&self, id: &CaseId, agent: &str) -> Result<Case> {
        self.set_status(id, agent, Status::Resolved).await
    }

    /// Lets a case rest until a moment. The first answer is waited for all the same.
    ///
    /// # Errors
    /// `Conflict` where somebody else holds it.
    pub async fn snooze(&self, id: &CaseId, agent: &str, until: Timestamp) -> Result<Case> {
        named(agent)?;
        let now = self.0.clock.now();
        let snoozed = |case: &mut Case| {
            free_for(case, agent, now)?;
            case.log(now, Some(agent), CaseEventKind::snoozed(until));
            Ok(())
        };
        Ok(self.0.keeper.change(id, now, snoozed).await?.0)
    }

    /// Hands a case to a service, which has a clock of its own. What another service was asked before is withdrawn.
    ///
    /// # Errors
    /// `Config` for a service that the desk does not know; `Conflict` where somebody else holds the case.
    pub async fn handoff(
        &self,
        id: &CaseId,
        agent: &str,
        service: &str,
        note: impl Into<String>,
    ) -> Result<Case> {
        named(agent)?;
        let within = self.0.settings.known_service(service)?;
        let now = self.0.clock.now();
        let note = note.into();
        let handed = |case: &mut Case| {
            free_for(case, agent, now)?;
            case.hand_over(now, agent, service, within, Some(note.clone()));
            Ok(())
        };
        let (case, ()) = self.0.keeper.change(id, now, handed).await?;
        Ok(case)
    }

    /// Takes in what a service answered. It stands in the case, from where it can be sent to the person.
    ///
    /// # Errors
    /// `Conflict` where no service is asked.
    pub async fn handoff_answered(
        &self,
        id: &CaseId,
        by: &str,
        text: impl Into<String>,
    ) -> Result<Case> {
        named(by)?;
        let now = self.0.clock.now();
        let text = text.into();
        let answered = |case: &mut Case| {
            let waits = |handoff: &Handoff| handoff.state == HandoffState::Waiting;
            let Some(at) = case.handoffs.iter().rposition(waits) else {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("case {} waits for no service: hand it over first", case.id),
                ));
            };
            if let Some(handoff) = case.handoffs.get_mut(at) {
                handoff.state = HandoffState::Answered;
                handoff.answered_at = Some(now);
                handoff.answered_by = Some(by.to_owned());
                handoff.answer = Some(text.clone());
            }
            case.log(
                now,
                Some(by),
                CaseEventKind::hand_off_answered(at.to_string()),
            );
            Ok(())
        };
        Ok(self.0.keeper.change(id, now, answered).await?.0)
    }
}

impl Case {
    /// Sets where it stands, and ends what ends with that.
    pub(super) fn settle(&mut self, now: Timestamp, by: Option<&str>, status: Status) {
        if self.status == status {
            return;
        }
        if matches!(
            status,
            Status::Resolved | Status::Spam | Status::NoAnswerNeeded
        ) {
            self.claim = None;
            self.withdraw(now, by);
        }
        self.log(now, by, CaseEventKind::status(status));
    }

    /// Takes back what services were asked and have not answered.
    fn withdraw(&mut self, now: Timestamp, by: Option<&str>) {
        let mut ended = Vec::new();
        for (at, handoff) in self.handoffs.iter_mut().enumerate() {
            if handoff.state == HandoffState::Waiting {
                handoff.state = HandoffState::Withdrawn;
                ended.push(at.to_string());
            }
        }
        for handoff in ended {
            let hand_off = handoff.into();
            self.log(now, by, CaseEventKind::HandOffWithdrawn { hand_off });
        }
    }

    pub(super) fn hand_over(
        &mut self,
        now: Timestamp,
        agent: &str,
        service: &str,
        within: Option<std::time::Duration>,
        note: Option<String>,
    ) {
        self.withdraw(now, Some(agent));
        let name = self.handoffs.len().to_string();
        self.handoffs.push(Handoff {
            service: service.to_owned(),
            agent: agent.to_owned(),
            at: now,
            due: None,
            state: HandoffState::Waiting,
            note: note.filter(|note| !note.is_empty()),
            answered_at: None,
            answered_by: None,
            answer: None,
        });
        let kind = CaseEventKind::HandedOff {
            hand_off: name.into(),
            service: service.into(),
            within,
        };
        self.log(now, Some(agent), kind);
    }
}
