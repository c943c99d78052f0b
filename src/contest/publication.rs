//! A post of a contest's own, made once: whatever is cut off, and however many processes do it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Contest;
use super::state::Head;
use crate::client::{after, between};
use crate::error::{Error, ErrorKind, Result};
use crate::id::PostId;
use crate::model::{Draft, Post, Prepared, Reconciled};
use crate::network::SocialNetwork;

/// A post that is on its way so long is one whose sender died.
const ON_ITS_WAY: Duration = Duration::from_secs(300);

/// A post of a contest's own, on its way or out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Publication {
    /// The key under which it is published.
    pub key: String,
    /// Our account that publishes it.
    pub account: String,
    /// What it says.
    pub text: String,
    /// Where it stands.
    pub state: PublicationState,
    /// When it was begun, for the last time.
    pub begun_at: Timestamp,
    /// The post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<PostId>,
    /// Its page on the web.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it appeared, by the network's clock where it tells, else by ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Timestamp>,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// What the network needs to publish it.
    pub prepared: Prepared,
}

/// Where a post of a contest's own stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PublicationState {
    /// Prepared, and certainly not out.
    Ready,
    /// Somebody is publishing it.
    Sending,
    /// It may be out or not.
    Unknown,
    /// It is out.
    Published,
}

/// Which post of a contest it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// The commitment of the last draw.
    Commitment,
    /// The announcement of the winners.
    Announcement,
}

impl Slot {
    fn of(self, head: &Head) -> Option<&Publication> {
        match self {
            Self::Commitment => {
                let draw = head.draws.last()?;
                draw.commitment.as_ref().map(|one| &one.publication)
            }
            Self::Announcement => head.announcement.as_ref(),
        }
    }

    fn of_mut(self, head: &mut Head) -> Option<&mut Publication> {
        match self {
            Self::Commitment => {
                let draw = head.draws.last_mut()?;
                draw.commitment.as_mut().map(|one| &mut one.publication)
            }
            Self::Announcement => head.announcement.as_mut(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Commitment => "commitment",
            Self::Announcement => "announcement",
        }
    }
}

/// What is known of a post that may be out.
pub(super) enum Whereabouts {
    Out(Box<Publication>),
    NotOut,
}

impl Contest {
    /// Checks and prepares a post: nothing is visible yet.
    ///
    /// # Errors
    /// `Invalid` with everything that the network would refuse.
    pub(super) async fn prepare_post(
        &self,
        account: &str,
        text: &str,
        key: String,
    ) -> Result<Publication> {
        let network = self.network(account)?;
        let now = self.now();
        let draft = Draft::text(text)
            .key(key.as_str())
            .created_at(now)
            .checked(&network.profile())?;
        let prepared = network.prepare(&draft).await?;
        Ok(Publication {
            key,
            account: account.to_owned(),
            text: text.to_owned(),
            state: PublicationState::Ready,
            begun_at: now,
            post: None,
            url: None,
            published_at: None,
            trouble: None,
            prepared,
        })
    }

    /// Finds out whether a post that was begun is out, before anything is done about it.
    pub(super) async fn whereabouts(&self, head: &Head, slot: Slot) -> Result<Whereabouts> {
        let Some(publication) = slot.of(head) else {
            return Ok(Whereabouts::NotOut);
        };
        match publication.state {
            PublicationState::Published => {
                return Ok(Whereabouts::Out(Box::new(publication.clone())));
            }
            PublicationState::Ready => return Ok(Whereabouts::NotOut),
            PublicationState::Sending => {
                let until = after(publication.begun_at, ON_ITS_WAY);
                let harmless = publication.prepared.repeatable.holds_at(self.now());
                if !harmless && between(publication.begun_at, self.now()) < ON_ITS_WAY {
                    let what = format!(
                        "the {} of the contest {} is on its way: look again in a moment",
                        slot.name(),
                        self.id()
                    );
                    return Err(Error::new(ErrorKind::Conflict, what)
                        .with_retry(crate::Retry::Later)
                        .with_retry_at(until));
                }
            }
            PublicationState::Unknown => {}
        }
        let network = self.network(&publication.account)?;
        match network.reconcile(&publication.prepared).await? {
            Reconciled::Published(post) => {
                let kept = self.note_published(slot, &publication.key, &post).await?;
                Ok(Whereabouts::Out(Box::new(kept)))
            }
            Reconciled::NotPublished => {
                self.note_state(slot, &publication.key, PublicationState::Ready, None)
                    .await?;
                Ok(Whereabouts::NotOut)
            }
            Reconciled::Unknown => Err(self.unsure(slot)),
        }
    }

    fn unsure(&self, slot: Slot) -> Error {
        Error::new(
            ErrorKind::Unconfirmed,
            format!(
                "the {} of the contest {} may be out: look at the network, then say with `settle_post` whether it is",
                slot.name(),
                self.id()
            ),
        )
    }

    /// Publishes what is prepared, unless it is out already. Whoever is slower finds it so.
    pub(super) async fn publish_once(&self, slot: Slot) -> Result<Publication> {
        let head = self.head().await?;
        let publication = match self.whereabouts(&head, slot).await? {
            Whereabouts::Out(kept) => return Ok(*kept),
            Whereabouts::NotOut => slot.of(&head).cloned(),
        };
        let Some(publication) = publication else {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "the contest {} has no {} to publish",
                    self.id(),
                    slot.name()
                ),
            ));
        };
        let publication = self.prepared_anew(slot, publication).await?;
        let key = publication.key.clone();
        let text = publication.text.as_str();
        let now = self.now();
        let begun = self.change(|head| {
            let taken = || {
                let what = format!(
                    "somebody else is publishing the {} just now: look again in a moment",
                    slot.name()
                );
                Error::new(ErrorKind::Conflict, what).with_retry(crate::Retry::Later)
            };
            let at = head.touch(now);
            let publication = slot.of_mut(head).ok_or_else(taken)?;
            // Others may have written it anew, with other words under the same key.
            if publication.key != key
                || publication.text != text
                || publication.state != PublicationState::Ready
            {
                return Err(taken());
            }
            publication.state = PublicationState::Sending;
            publication.begun_at = at;
            publication.trouble = None;
            Ok(())
        });
        begun.await?;
        let network = self.network(&publication.account)?;
        match send(&**network, &publication.prepared).await {
            Ok(post) => self.note_published(slot, &key, &post).await,
            Err(error) => {
                let state = if error.is_unconfirmed() {
                    PublicationState::Unknown
                } else {
                    PublicationState::Ready
                };
                self.note_state(slot, &key, state, Some(error.message()))
                    .await?;
                Err(error)
            }
        }
    }

    /// Prepares a post once more, under the same key, where what was prepared lasts no longer.
    async fn prepared_anew(&self, slot: Slot, publication: Publication) -> Result<Publication> {
        let over = publication.prepared.expires_at;
        if over.is_none_or(|at| self.now() < at) {
            return Ok(publication);
        }
        let (account, text) = (publication.account.as_str(), publication.text.as_str());
        let anew = self.prepare_post(account, text, publication.key.clone());
        let anew = anew.await?;
        self.change(|head| {
            if let Some(kept) = slot.of_mut(head)
                && kept.key == anew.key
                && kept.text == anew.text
                && kept.state == PublicationState::Ready
            {
                kept.prepared.clone_from(&anew.prepared);
            }
            Ok(())
        })
        .await?;
        Ok(anew)
    }

    async fn note_published(&self, slot: Slot, key: &str, post: &Post) -> Result<Publication> {
        let now = self.now();
        let (_, kept) = self
            .change(|head| {
                let at = head.touch(now);
                let lost = || {
                    let what = "the post was replaced by another meanwhile: look at the contest";
                    Error::new(ErrorKind::Conflict, what)
                };
                let publication = slot.of_mut(head).ok_or_else(lost)?;
                if publication.key != key {
                    return Err(lost());
                }
                if publication.state != PublicationState::Published {
                    publication.state = PublicationState::Published;
                    publication.post = Some(post.id.clone());
                    publication.url = post.url.as_deref().map(str::to_owned);
                    publication.published_at = Some(post.created_at.unwrap_or(at));
                    publication.trouble = None;
                }
                Ok(publication.clone())
            })
            .await?;
        Ok(kept)
    }

    async fn note_state(
        &self,
        slot: Slot,
        key: &str,
        state: PublicationState,
        trouble: Option<&str>,
    ) -> Result<()> {
        self.change(|head| {
            if let Some(publication) = slot.of_mut(head)
                && publication.key == key
                && publication.state != PublicationState::Published
            {
                publication.state = state;
                publication.trouble = trouble.map(str::to_owned);
            }
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// Says of a post of the contest's own that may be out, after somebody looked, whether it is: which post, or none.
    ///
    /// # Errors
    /// `Conflict` where no post is in doubt; what the network answers when the post is looked up.
    pub async fn settle_post(&self, found: Option<PostId>) -> Result<()> {
        let head = self.head().await?;
        let slots = [Slot::Commitment, Slot::Announcement];
        let doubted = slots.into_iter().find_map(|slot| {
            let publication = slot.of(&head)?;
            (publication.state == PublicationState::Unknown).then_some((slot, publication))
        });
        let Some((slot, publication)) = doubted else {
            let what = format!("no post of the contest {} is in doubt", self.id());
            return Err(Error::new(ErrorKind::Conflict, what));
        };
        match found {
            Some(id) => {
                let post = self.network(&publication.account)?.post(&id).await?;
                self.note_published(slot, &publication.key, &post).await?;
            }
            None => {
                self.note_state(slot, &publication.key, PublicationState::Ready, None)
                    .await?;
            }
        }
        Ok(())
    }
}

/// The one mutation; after an ambiguous answer the network is asked, and only its word that nothing is there lets it be
/// sent once more.
async fn send(network: &dyn SocialNetwork, prepared: &Prepared) -> Result<Post> {
    let error = match network.commit(prepared).await {
        Ok(post) => return Ok(post),
        Err(error) if error.is_unconfirmed() => error,
        Err(error) => return Err(error),
    };
    match network.reconcile(prepared).await {
        Ok(Reconciled::Published(post)) => Ok(*post),
        Ok(Reconciled::NotPublished) => network.commit(prepared).await,
        _ => Err(error),
    }
}
