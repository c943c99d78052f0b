//! What is known of answers that were begun: looked for on the network, settled by people, noted in their cases.

use std::time::Duration;

use super::Desk;
use super::answer::{ON_ITS_WAY, Sent, conflict};
use super::case::{Case, CaseId, Channel, Origin};
use super::clock::{CaseEventKind, Status};
use super::inbox::Belongs;
use super::keys;
use super::reply::{Outgoing, Reply, ReplyState, Way};
use crate::client::between;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Message, MessageDraft, PageRequest, Reconciled};
use crate::network::SocialNetwork;
use crate::operation::Operation;

/// What became of an answer that may be out.
pub(super) enum Found {
    Out,
    NotOut,
    Unknown,
}

impl Desk {
    /// The answers that may be out or not: with the cases that they belong to.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn unknown_answers(&self) -> Result<Vec<(CaseId, Reply)>> {
        let now = self.0.clock.now();
        let mut ids = Vec::new();
        self.0
            .keeper
            .rows(|id, row| {
                ids.extend(row.unsettled.then_some(id));
                Ok(())
            })
            .await?;
        let mut unknown = Vec::new();
        for id in ids {
            let Some(kept) = self.0.keeper.find(&id).await? else {
                continue;
            };
            let on_its_way = |reply: &Reply| {
                reply.state == ReplyState::Sending && between(reply.at, now) < ON_ITS_WAY
            };
            let replies = kept.case.replies.into_iter();
            let replies = replies.filter(|reply| reply.is_unsettled() && !on_its_way(reply));
            unknown.extend(replies.map(|reply| (id.clone(), reply)));
        }
        Ok(unknown)
    }

    /// Looks on the network for an answer that may be out, and notes what it finds.
    ///
    /// # Errors
    /// `NotFound` where the case has no such answer; what the network says.
    pub async fn reconcile_answer(&self, id: &CaseId, key: &str) -> Result<ReplyState> {
        let case = self.case(id).await?;
        let reply = of_key(&case, key)?;
        if !reply.is_unsettled() {
            return Ok(reply.state.clone());
        }
        let network = self.network(&case.account)?;
        self.look_for(&case, reply, &**network).await?;
        let case = self.case(id).await?;
        Ok(of_key(&case, key)?.state.clone())
    }

    /// Settles an answer that may be out, by what a person saw on the network.
    ///
    /// # Errors
    /// `NotFound` where the case has no such answer; `Conflict` where it is settled already.
    pub async fn settle(&self, id: &CaseId, agent: &str, key: &str, sent: bool) -> Result<Case> {
        let case = self.case(id).await?;
        self.may_work(&case, agent)?;
        let reply = of_key(&case, key)?;
        if !reply.is_unsettled() {
            let what = format!("the answer is settled already: it is {}", reply.state);
            return Err(conflict(what));
        }
        if sent {
            self.note_sent(id, key, None).await?;
        } else {
            self.note_trouble(
                id,
                key,
                ReplyState::Failed,
                &format!("not there, as {agent} saw"),
            )
            .await?;
        }
        self.case(id).await
    }

    /// Looks whether an answer is out, and notes it.
    pub(super) async fn look_for(
        &self,
        case: &Case,
        reply: &Reply,
        network: &dyn SocialNetwork,
    ) -> Result<Found> {
        match &reply.outgoing {
            Some(Outgoing::Post(prepared)) => {
                let found = match network.reconcile(prepared).await {
                    Ok(found) => found,
                    Err(error) if error.is_unsupported() => Reconciled::Unknown,
                    Err(error) => return Err(error),
                };
                match found {
                    Reconciled::Published(post) => {
                        let sent = Sent::Post(post);
                        self.note_sent(&case.id, &reply.key, Some(&sent)).await?;
                        Ok(Found::Out)
                    }
                    Reconciled::NotPublished => {
                        let what = "the network says that it is not there";
                        self.note_trouble(&case.id, &reply.key, ReplyState::Failed, what)
                            .await?;
                        Ok(Found::NotOut)
                    }
                    _ => Ok(Found::Unknown),
                }
            }
            Some(Outgoing::Message(draft)) => {
                let found = self.find_message(case, reply, draft, network).await?;
                let Some(message) = found else {
                    // Listings show late: what is not there now may come.
                    return Ok(Found::Unknown);
                };
                let sent = Sent::Message(Box::new(message));
                self.note_sent(&case.id, &reply.key, Some(&sent)).await?;
                Ok(Found::Out)
            }
            _ => Ok(Found::Unknown),
        }
    }

    /// Looks for our message in its conversation: the same text, not before it was begun, and not another answer of ours.
    async fn find_message(
        &self,
        case: &Case,
        reply: &Reply,
        draft: &MessageDraft,
        network: &dyn SocialNetwork,
    ) -> Result<Option<Message>> {
        let mut talks = case
            .mentions
            .iter()
            .rev()
            .filter_map(|mention| match &mention.origin {
                Origin::Message { conversation, .. } => Some(conversation),
                _ => None,
            });
        let Some(conversation) = talks.next() else {
            return Ok(None);
        };
        if !network.profile().can(&Operation::MESSAGES) {
            return Ok(None);
        }
        let page = network
            .messages(conversation, &PageRequest::first())
            .await?;
        let begun = reply
            .at
            .saturating_sub(Duration::from_secs(60))
            .unwrap_or(reply.at);
        for message in page.items {
            let author = message.author.as_ref().map(|author| author.id.as_str());
            let ours = match message.outgoing {
                Some(ours) => ours,
                None => self.is_ours(&case.network, author).await?,
            };
            let known = case
                .replies
                .iter()
                .any(|reply| reply.message.as_ref() == Some(&message.id));
            let late = message.created_at.is_some_and(|at| at < begun);
            if ours && !known && !late && message.text.as_str().trim() == draft.text.as_str().trim()
            {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    /// Notes that an answer is out: for the clock, for where the case stands, and so that what the person answers to a
    /// private message comes back into the same case.
    pub(super) async fn note_sent(
        &self,
        id: &CaseId,
        key: &str,
        sent: Option<&Sent>,
    ) -> Result<Case> {
        let now = self.0.clock.now();
        let noted = |case: &mut Case| {
            let Some(reply) = case.replies.iter_mut().find(|reply| reply.key == key) else {
                return Ok(());
            };
            if reply.state == ReplyState::Sent {
                return Ok(());
            }
            let (post, message, at) = match sent {
                Some(Sent::Post(post)) => (Some(post.id.clone()), None, post.created_at),
                Some(Sent::Message(message)) => {
                    (None, Some(message.id.clone()), message.created_at)
                }
                None => (None, None, None),
            };
            // What was found later was out when the network says, not when it was found.
            let at = at.unwrap_or(reply.at).clamp(reply.at.min(now), now);
            reply.state = ReplyState::Sent;
            reply.sent_at = Some(at);
            reply.post = post;
            reply.message = message;
            reply.trouble = None;
            reply.outgoing = None;
            let (agent, automatic, resolve) = (reply.agent.clone(), reply.automatic, reply.resolve);
            let kind = if automatic {
                CaseEventKind::bot_reply(key)
            } else {
                CaseEventKind::reply(key)
            };
            case.log(at, Some(&agent), kind);
            if resolve {
                case.settle(now, Some(&agent), Status::Resolved);
            } else if !automatic {
                case.settle(now, Some(&agent), Status::WaitingCustomer);
            }
            Ok(())
        };
        let (case, ()) = self.0.keeper.change(id, now, noted).await?;
        if let Some(Sent::Message(message)) = sent
            && matches!(case.channel, Channel::Thread(_))
        {
            let key = keys::thread(
                &case.account,
                message.conversation.as_str(),
                &case.person.print,
            );
            let belongs = Belongs {
                case: Some(id.clone()),
            };
            self.0
                .keeper
                .update(&key, |kept: &mut Belongs| {
                    *kept = belongs.clone();
                    Some(())
                })
                .await?;
        }
        Ok(case)
    }

    pub(super) async fn note_trouble(
        &self,
        id: &CaseId,
        key: &str,
        state: ReplyState,
        why: &str,
    ) -> Result<()> {
        let now = self.0.clock.now();
        let noted = |case: &mut Case| {
            if let Some(reply) = case.replies.iter_mut().find(|reply| reply.key == key) {
                reply.state = state.clone();
                reply.trouble = Some(why.to_owned());
            }
            Ok(())
        };
        self.0.keeper.change(id, now, noted).await?;
        Ok(())
    }

    /// Notes a message of ours that did not go out through the desk: somebody answered in the network's own app.
    pub(super) async fn answered_elsewhere(
        &self,
        account: &str,
        network: &str,
        message: &Message,
    ) -> Result<()> {
        let now = self.0.clock.now();
        let own = keys::print(&[network, message.conversation.as_str(), message.id.as_str()]);
        let key = keys::talk(account, message.conversation.as_str());
        let Some((belongs, _)) = self.0.keeper.value::<Belongs>(&key).await? else {
            return Ok(());
        };
        let Some(id) = belongs.case else {
            return Ok(());
        };
        if self.0.keeper.find(&id).await?.is_none() {
            return Ok(());
        }
        let noted = |case: &mut Case| {
            let ours = case
                .replies
                .iter()
                .any(|reply| reply.message.as_ref() == Some(&message.id) || reply.key == own);
            // What may be one of our own answers on its way is left to whoever looks for that.
            let open = case.replies.iter().any(|reply| {
                reply.is_unsettled()
                    && reply.text.as_deref().map(str::trim) == Some(message.text.as_str().trim())
            });
            let at = message.created_at.unwrap_or(now).min(now);
            let asked = case
                .mentions
                .last()
                .filter(|mention| mention.posted_at <= at);
            let Some(asked) = asked.filter(|_| !ours && !open && case.erased_at.is_none()) else {
                return Ok(());
            };
            case.replies.push(Reply {
                key: own.clone(),
                to: asked.print.clone(),
                agent: String::new(),
                automatic: false,
                way: Way::Same,
                at,
                state: ReplyState::Sent,
                sent_at: Some(at),
                text: Some(message.text.as_str().to_owned()),
                post: None,
                message: Some(message.id.clone()),
                trouble: None,
                resolve: false,
                outgoing: None,
            });
            case.log(at, None, CaseEventKind::reply(own.as_str()));
            Ok(())
        };
        self.0.keeper.change(&id, now, noted).await?;
        Ok(())
    }
}

pub(super) fn of_key<'a>(case: &'a Case, key: &str) -> Result<&'a Reply> {
    case.replies
        .iter()
        .find(|reply| reply.key == key)
        .ok_or_else(|| {
            let what = format!(
                "case {} has no answer `{key}`: `replies` lists those that it has",
                case.id
            );
            Error::new(ErrorKind::NotFound, what)
        })
}
