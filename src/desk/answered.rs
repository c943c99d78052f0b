//! What is known of answers that were begun: looked for on the network, settled by people, noted in their cases.

use std::time::Duration;

use jiff::Timestamp;

use super::Desk;
use super::answer::{ON_ITS_WAY, Sent, conflict};
use super::case::{Case, CaseId, Channel, Origin};
use super::clock::{CaseEventKind, Status};
use super::inbox::Belongs;
use super::keys;
use super::people::Contacts;
use super::reply::{Outgoing, Reply, ReplyState, Way};
use crate::client::between;
use crate::error::{Error, ErrorKind, Result};
use crate::id::{MessageId, PostId};
use crate::model::{Message, MessageDraft, PageRequest, Post, Reconciled};
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
        let key = keys::talk(account, message.conversation.as_str());
        let Some((belongs, _)) = self.0.keeper.value::<Belongs>(&key).await? else {
            return Ok(());
        };
        let Some(id) = belongs.case else {
            return Ok(());
        };
        let Some(kept) = self.0.keeper.find(&id).await? else {
            return Ok(());
        };
        let found = Elsewhere {
            key: keys::print(&[network, message.conversation.as_str(), message.id.as_str()]),
            to: None,
            at: message.created_at,
            text: message.text.as_str(),
            automatic: message.automatic == Some(true),
            post: None,
            message: Some(&message.id),
        };
        // A private answer to a post belongs to another case of the person than what was said before.
        if found.is_of(&kept.case) || self.is_of_another(&found, &kept.case).await? {
            return Ok(());
        }
        self.note_elsewhere(&id, &found).await
    }

    /// Notes a post of ours that did not go out through the desk, where it answers what a case is about.
    pub(super) async fn commented_elsewhere(&self, network: &str, post: &Post) -> Result<()> {
        let Some(answered) = &post.reply_to else {
            return Ok(());
        };
        let to = keys::print(&[network, answered.as_str()]);
        let Some(id) = self.case_of(&to).await? else {
            return Ok(());
        };
        if self.0.keeper.find(&id).await?.is_none() {
            return Ok(());
        }
        let found = Elsewhere {
            key: keys::print(&[network, post.id.as_str()]),
            to: Some(to),
            at: post.created_at,
            text: post.text.as_str(),
            automatic: false,
            post: Some(&post.id),
            message: None,
        };
        self.note_elsewhere(&id, &found).await
    }

    /// Whether the desk sent it, or may be sending it, in another case of the person.
    async fn is_of_another(&self, found: &Elsewhere<'_>, case: &Case) -> Result<bool> {
        let key = keys::person(&case.person.print);
        let Some((contacts, _)) = self.0.keeper.value::<Contacts>(&key).await? else {
            return Ok(false);
        };
        for other in contacts.cases().iter().filter(|other| **other != case.id) {
            let kept = self.0.keeper.find(other).await?;
            if kept.is_some_and(|kept| found.is_of(&kept.case)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn note_elsewhere(&self, id: &CaseId, found: &Elsewhere<'_>) -> Result<()> {
        let now = self.0.clock.now();
        let noted = |case: &mut Case| {
            let at = found.at.unwrap_or(now).min(now);
            let asked = match &found.to {
                Some(to) => case.mentions.iter().find(|mention| mention.print == *to),
                None => case
                    .mentions
                    .last()
                    .filter(|mention| mention.posted_at <= at),
            };
            let Some(asked) = asked.filter(|_| !found.is_of(case) && case.erased_at.is_none())
            else {
                return Ok(());
            };
            case.replies.push(Reply {
                key: found.key.clone(),
                to: asked.print.clone(),
                agent: String::new(),
                automatic: found.automatic,
                way: Way::Same,
                at,
                state: ReplyState::Sent,
                sent_at: Some(at),
                text: Some(found.text.to_owned()),
                post: found.post.cloned(),
                message: found.message.cloned(),
                trouble: None,
                resolve: false,
                outgoing: None,
            });
            let key = found.key.as_str();
            let kind = if found.automatic {
                CaseEventKind::bot_reply(key)
            } else {
                CaseEventKind::reply(key)
            };
            case.log(at, None, kind);
            Ok(())
        };
        self.0.keeper.change(id, now, noted).await?;
        Ok(())
    }
}

/// Something of ours that came from the network, and may be an answer that did not go out through the desk.
struct Elsewhere<'a> {
    key: String,
    /// Which mention it answers, where the network says so: else the last before it.
    to: Option<String>,
    at: Option<Timestamp>,
    text: &'a str,
    automatic: bool,
    post: Option<&'a PostId>,
    message: Option<&'a MessageId>,
}

impl Elsewhere<'_> {
    /// Whether a case has it already, or it may be one of the case's own answers on its way: that is left to whoever looks
    /// for those.
    fn is_of(&self, case: &Case) -> bool {
        case.replies.iter().any(|reply| {
            let known = reply.key == self.key
                || self.post.is_some() && reply.post.as_ref() == self.post
                || self.message.is_some() && reply.message.as_ref() == self.message;
            let text = reply.text.as_deref().map(str::trim);
            known || reply.is_unsettled() && text == Some(self.text.trim())
        })
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
