//! How an answer goes out: once, within what the network allows, and so that it is known again.

use std::time::Duration;

use jiff::Timestamp;

use super::Desk;
use super::answered::{Found, of_key};
use super::case::{Case, CaseId, Mention, Origin};
use super::grave;
use super::keys;
use super::private;
use super::reply::{Answer, Answered, Outgoing, Reply, ReplyState, Way};
use crate::client::between;
use crate::error::{Error, ErrorKind, Result, Rule, Violation};
use crate::model::{
    ConversationId, Draft, Message, MessageDraft, PageRequest, Post, PostRef, Prepared, Recipient,
    Reconciled,
};
use crate::network::SocialNetwork;
use crate::operation::Operation;

/// An answer that is on its way so long is one whose sender died.
pub(super) const ON_ITS_WAY: Duration = Duration::from_secs(300);

/// How many pages of conversations are looked through for one.
const PAGES: u32 = 3;

/// Where an answer goes.
#[derive(Clone, Debug)]
enum To {
    Post(PostRef),
    Conversation(ConversationId),
    Author(PostRef),
}

/// What the network answered.
pub(super) enum Sent {
    Post(Box<Post>),
    Message(Box<Message>),
}

pub(super) fn conflict(what: String) -> Error {
    Error::new(ErrorKind::Conflict, what)
}

impl Desk {
    /// Finds everything that would be wrong with an answer, before anything is sent.
    ///
    /// # Errors
    /// `NotFound` where there is no such case, `Conflict` where the network's handles of it were erased.
    pub async fn check_answer(&self, id: &CaseId, answer: &Answer) -> Result<Vec<Violation>> {
        let case = self.case(id).await?;
        let mention = to_answer(&case)?;
        let to = way_to(&case, mention, answer)?;
        let network = self.network(&case.account)?;
        Ok(found(&**network, &to, answer))
    }

    /// Answers a case: what its person wrote last. It goes the way it came (into the conversation, or in public below the
    /// post), or as [`Answer::in_public`] and [`Answer::in_private`] say.
    ///
    /// It never goes out twice: the same answer to the same message is the same publication, whoever sends it, from
    /// whatever desk. What the network did not confirm is kept as [`ReplyState::Unknown`], is looked for when the same
    /// answer is sent again, and is never sent again unless the network says that it is not there.
    ///
    /// # Errors
    /// - `Conflict` where somebody else holds the case, the message has another answer already
    ///   ([`Answer::name`] makes a second one), or an answer is on its way.
    /// - `Invalid` before anything is sent: what the network would refuse; personal data in public; an answer of a program
    ///   to what only a person may answer.
    /// - `WindowClosed` where the network lets nobody answer any more; the message says what else is possible.
    /// - `Unconfirmed` where it may be out.
    /// - What the network says. Then it is certainly not out.
    pub async fn answer(
        &self,
        id: &CaseId,
        agent: &str,
        answer: impl Into<Answer>,
    ) -> Result<Answered> {
        let answer = answer.into();
        let case = self.case(id).await?;
        self.may_work(&case, agent)?;
        let mention = to_answer(&case)?;
        let to = way_to(&case, mention, &answer)?;
        let key = format!(
            "desk-{}",
            keys::print(&[id.as_str(), &mention.print, &answer.name])
        );
        let network = self.network(&case.account)?;
        if let Some(known) = case.replies.iter().find(|reply| reply.key == key)
            && let Some(answered) = self.known(&case, known, &answer, &**network).await?
        {
            return Ok(answered);
        }
        if answer.automatic
            && let Some(why) = grave::reason(&case)
        {
            let what = format!("a program does not answer case {id}: {why}; a person has to");
            return Err(Error::new(ErrorKind::Rejected, what));
        }
        let remarks = found(&**network, &to, &answer);
        if remarks.iter().any(Violation::is_error) {
            return Err(Error::invalid(remarks));
        }
        if let To::Conversation(conversation) = &to {
            self.within_window(&case, conversation, &**network).await?;
        }
        let outgoing = self.prepare(&to, &key, &answer, &**network).await?;
        let reply = Reply {
            key: key.clone(),
            to: mention.print.clone(),
            agent: agent.to_owned(),
            automatic: answer.automatic,
            way: match to {
                To::Author(_) => Way::Private,
                To::Post(_) => Way::Public,
                To::Conversation(_) => Way::Same,
            },
            at: self.0.clock.now(),
            state: ReplyState::Sending,
            sent_at: None,
            text: Some(answer.text.clone()),
            post: None,
            message: None,
            trouble: None,
            resolve: answer.resolve,
            outgoing: Some(outgoing.clone()),
        };
        self.begin(id, agent, &reply).await?;
        let sent = self.commit(&to, &outgoing, &**network).await;
        self.finish(id, &key, sent, remarks).await
    }

    /// What is known of an answer that was begun before; `None` where it is certainly not out, and may be sent.
    async fn known(
        &self,
        case: &Case,
        reply: &Reply,
        answer: &Answer,
        network: &dyn SocialNetwork,
    ) -> Result<Option<Answered>> {
        let other = reply.text.as_deref() != Some(&answer.text);
        match reply.state {
            ReplyState::Failed => return Ok(None),
            ReplyState::Sent if other => {
                return Err(conflict(format!(
                    "what case {} says last is answered already, by {}: name the answer to send a second one",
                    case.id, reply.agent
                )));
            }
            ReplyState::Sent => {
                return Ok(Some(Answered {
                    reply: reply.clone(),
                    sent_now: false,
                    remarks: Vec::new(),
                }));
            }
            ReplyState::Sending if between(reply.at, self.0.clock.now()) < ON_ITS_WAY => {
                return Err(conflict(format!(
                    "an answer to case {} by {} is on its way: look again in a moment",
                    case.id, reply.agent
                )));
            }
            _ => {}
        }
        match self.look_for(case, reply, network).await? {
            Found::Out => {
                let kept = self.case(&case.id).await?;
                let reply = kept.replies.into_iter().find(|one| one.key == reply.key);
                Ok(reply.map(|reply| Answered {
                    reply,
                    sent_now: false,
                    remarks: Vec::new(),
                }))
            }
            Found::NotOut => Ok(None),
            Found::Unknown => Err(Error::new(
                ErrorKind::Unconfirmed,
                format!(
                    "an answer to case {} by {} may be out: look at the network, then settle it with `settle`",
                    case.id, reply.agent
                ),
            )),
        }
    }

    /// Passes while the network lets us answer in a conversation.
    async fn within_window(
        &self,
        case: &Case,
        conversation: &ConversationId,
        network: &dyn SocialNetwork,
    ) -> Result<()> {
        let support = network.profile().supports(&Operation::CONVERSATIONS);
        // Looking must not cost more than trying.
        if !support.is_available() || support.price.is_some() {
            return Ok(());
        }
        let mut request = PageRequest::first();
        for _ in 0..PAGES {
            // Where it cannot be looked up, the network itself refuses what comes too late.
            let Ok(page) = network.conversations(&request).await else {
                return Ok(());
            };
            if let Some(found) = page.items.iter().find(|one| one.id == *conversation) {
                let over = found
                    .can_reply_until
                    .filter(|until| self.0.clock.now() >= *until);
                return match over {
                    Some(until) => Err(closed(case, Some(until))),
                    None => Ok(()),
                };
            }
            match page.next {
                Some(next) => request = PageRequest::first().after(next),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    async fn prepare(
        &self,
        to: &To,
        key: &str,
        answer: &Answer,
        network: &dyn SocialNetwork,
    ) -> Result<Outgoing> {
        if let To::Post(post) = to {
            let draft = public_draft(post, &answer.text)
                .key(key)
                .created_at(self.0.clock.now())
                .checked(&network.profile())?;
            return Ok(Outgoing::Post(Box::new(network.prepare(&draft).await?)));
        }
        let draft = MessageDraft::text(answer.text.as_str()).key(key);
        Ok(Outgoing::Message(Box::new(draft)))
    }

    /// Notes that an answer is about to be sent. Whoever is slower finds it, and sends nothing.
    async fn begin(&self, id: &CaseId, agent: &str, reply: &Reply) -> Result<()> {
        let now = self.0.clock.now();
        let begun = |case: &mut Case| {
            if let Some(claim) = case.holder(now).filter(|claim| claim.agent != agent) {
                return Err(conflict(format!(
                    "case {id} is held by {} meanwhile",
                    claim.agent
                )));
            }
            match case.replies.iter_mut().find(|known| known.key == reply.key) {
                Some(known) if known.state == ReplyState::Failed => *known = reply.clone(),
                Some(known) => {
                    return Err(conflict(format!(
                        "{} has just answered case {id}: look at it again",
                        known.agent
                    )));
                }
                None => case.replies.push(reply.clone()),
            }
            Ok(())
        };
        self.0.keeper.change(id, now, begun).await?;
        Ok(())
    }

    /// The one mutation; after an ambiguous answer the network is asked what became of it.
    async fn commit(
        &self,
        to: &To,
        outgoing: &Outgoing,
        network: &dyn SocialNetwork,
    ) -> Result<Sent> {
        match (to, outgoing) {
            (To::Post(_), Outgoing::Post(prepared)) => publish(network, prepared).await,
            (To::Conversation(conversation), Outgoing::Message(draft)) => {
                let to = Recipient::from(conversation);
                network
                    .send(&to, draft)
                    .await
                    .map(|message| Sent::Message(Box::new(message)))
            }
            (To::Author(post), Outgoing::Message(draft)) => {
                let to = Recipient::CommentAuthor(post.clone());
                network
                    .send(&to, draft)
                    .await
                    .map(|message| Sent::Message(Box::new(message)))
            }
            _ => Err(Error::config(
                "an answer was prepared for another way: answer anew",
            )),
        }
    }

    async fn finish(
        &self,
        id: &CaseId,
        key: &str,
        sent: Result<Sent>,
        remarks: Vec<Violation>,
    ) -> Result<Answered> {
        let error = match sent {
            Ok(sent) => {
                let case = self.note_sent(id, key, Some(&sent)).await?;
                return Ok(Answered {
                    reply: of_key(&case, key)?.clone(),
                    sent_now: true,
                    remarks,
                });
            }
            Err(error) => error,
        };
        let state = if error.is_unconfirmed() {
            ReplyState::Unknown
        } else {
            ReplyState::Failed
        };
        self.note_trouble(id, key, state, error.message()).await?;
        if *error.kind() == ErrorKind::WindowClosed {
            let case = self.case(id).await?;
            return Err(closed(&case, None).with_source(error));
        }
        Err(error)
    }
}

/// The error of a window that is closed, with what else is possible.
fn closed(case: &Case, until: Option<Timestamp>) -> Error {
    let since = until
        .map(|until| format!(" since {until}"))
        .unwrap_or_default();
    let public = case.mentions.iter().any(|mention| mention.post().is_some());
    let else_possible = if public {
        "answer in public below the post (`in_public`), or wait until the person writes again"
    } else {
        "wait until the person writes again, or answer a public post of the person"
    };
    let what = format!(
        "the network lets nobody answer in this conversation any more{since}: {else_possible}"
    );
    Error::new(ErrorKind::WindowClosed, what)
        .with_network(case.network.clone())
        .with_operation(Operation::SEND)
}

/// Publishes what is prepared; after an ambiguous answer the network is asked, and only its word that nothing is there
/// lets it be sent once more.
async fn publish(network: &dyn SocialNetwork, prepared: &Prepared) -> Result<Sent> {
    let error = match network.commit(prepared).await {
        Ok(post) => return Ok(Sent::Post(Box::new(post))),
        Err(error) if error.is_unconfirmed() => error,
        Err(error) => return Err(error),
    };
    match network.reconcile(prepared).await {
        Ok(Reconciled::Published(post)) => Ok(Sent::Post(post)),
        Ok(Reconciled::NotPublished) => network
            .commit(prepared)
            .await
            .map(|post| Sent::Post(Box::new(post))),
        _ => Err(error),
    }
}

/// What is answered: the last that the person wrote and that is still there; else the last of all.
fn to_answer(case: &Case) -> Result<&Mention> {
    if case.erased_at.is_some() {
        return Err(conflict(format!(
            "the person of case {} was erased: there is nobody to answer",
            case.id
        )));
    }
    let there = |mention: &&Mention| !mention.fate.is_gone();
    let last = case.mentions.iter().rfind(there).or(case.mentions.last());
    last.ok_or_else(|| conflict(format!("case {} has nothing to answer", case.id)))
}

/// Where an answer goes.
fn way_to(case: &Case, mention: &Mention, answer: &Answer) -> Result<To> {
    let post = || {
        let posts = case
            .mentions
            .iter()
            .rev()
            .filter(|mention| !mention.fate.is_gone());
        let mut posts = posts.filter_map(Mention::post);
        posts.next().cloned().ok_or_else(|| {
            conflict(format!(
                "case {} has no public post to answer: answer in the conversation",
                case.id
            ))
        })
    };
    match (&answer.way, &mention.origin) {
        (Way::Public, _) => post().map(To::Post),
        (Way::Private, Origin::Message { conversation, .. }) => {
            Ok(To::Conversation(conversation.clone()))
        }
        (Way::Private, _) => post().map(To::Author),
        (_, Origin::Message { conversation, .. }) => Ok(To::Conversation(conversation.clone())),
        (_, Origin::Post(post)) => Ok(To::Post(post.clone())),
        (_, Origin::Erased) => Err(conflict(format!("case {} was erased", case.id))),
    }
}

fn public_draft(post: &PostRef, text: &str) -> Draft {
    Draft::text(text).reply_to(post.clone())
}

/// Everything that is wrong with an answer, or worth a remark.
fn found(network: &dyn SocialNetwork, to: &To, answer: &Answer) -> Vec<Violation> {
    let profile = network.profile();
    let message = || MessageDraft::text(answer.text.as_str());
    match to {
        To::Post(post) => {
            let mut found = public_draft(post, &answer.text).check(&profile);
            found.extend(private::warnings(&answer.text, answer.personal_data));
            found
        }
        To::Conversation(_) => {
            let mut found = message().check(&profile);
            found.extend(demanded(network, Operation::SEND));
            found
        }
        To::Author(_) => {
            let mut found = message().check(&profile);
            found.extend(demanded(network, Operation::SEND_COMMENT_AUTHOR));
            found
        }
    }
}

/// What is to be said where the network does not send so.
fn demanded(network: &dyn SocialNetwork, operation: Operation) -> Option<Violation> {
    let error = network.profile().require(&operation).err()?;
    let what = format!(
        "{}: answer in public below the post instead",
        error.message()
    );
    Some(Violation::error(Rule::Unsupported, "way", what).operation(operation))
}
