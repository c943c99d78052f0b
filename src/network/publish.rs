use futures_util::future::join_all;

use super::SocialNetwork;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Draft, Post, PostRef, Reconciled};

/// The provided body of [`SocialNetwork::publish`].
pub(super) async fn publish<N: SocialNetwork + ?Sized>(network: &N, draft: &Draft) -> Result<Post> {
    let draft = draft.inspect().await?;
    let checked = draft.checked(&network.profile())?;
    let prepared = network.prepare(&checked).await?;
    let error = match network.commit(&prepared).await {
        Err(error) if error.is_unconfirmed() => error,
        answer => return answer,
    };
    match network.reconcile(&prepared).await {
        Ok(Reconciled::Published(post)) => Ok(*post),
        // It certainly did not happen, so that one more try cannot double it.
        Ok(Reconciled::NotPublished) => network
            .commit(&prepared)
            .await
            .map_err(|e| with_pending(e, &prepared)),
        Ok(_) | Err(_) => Err(with_pending(error, &prepared)),
    }
}

fn with_pending(error: Error, prepared: &crate::model::Prepared) -> Error {
    match serde_json::to_string(prepared) {
        Ok(pending) if error.is_unconfirmed() => error.with_pending(pending),
        _ => error,
    }
}

/// Publishes one draft on many networks at once: a typed result for each, in order. One that fails, or waits, never
/// holds back another.
pub async fn publish_all<N: SocialNetwork>(
    networks: impl IntoIterator<Item = N>,
    draft: &Draft,
) -> Vec<Result<Post>> {
    join_all(
        networks
            .into_iter()
            .map(|network| async move { network.publish(draft).await }),
    )
    .await
}

/// How far a thread has come. Keep it, and pass it again to go on.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct ThreadProgress {
    /// The parts that are published, in order.
    pub published: Vec<Post>,
}

impl ThreadProgress {
    /// Nothing is published yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on after these parts.
    pub fn after(published: Vec<Post>) -> Self {
        Self { published }
    }
}

/// What became of a thread: how far it came, and what stopped it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sent {
    /// How far it came: pass it as `resume` to go on.
    pub progress: ThreadProgress,
    /// What stopped it; `None` when every part is published.
    pub stopped: Option<Error>,
}

impl Sent {
    /// The whole thread, or what stopped it.
    ///
    /// # Errors
    /// What stopped the thread. The parts that are published stand in `progress`.
    pub fn into_result(self) -> Result<Vec<Post>> {
        match self.stopped {
            None => Ok(self.progress.published),
            Some(error) => Err(error),
        }
    }
}

/// Publishes drafts as a thread, each as an answer to the one before it.
///
/// Every part is checked before the first is sent. What an earlier call published is passed as `resume` and not
/// published again. A part whose draft has a key, or which stands in a thread whose first draft has one, is never made
/// twice where the network has keys.
pub async fn publish_thread<N: SocialNetwork + ?Sized>(
    network: &N,
    drafts: &[Draft],
    resume: Option<ThreadProgress>,
) -> Sent {
    let mut progress = resume.unwrap_or_default();
    let mut violations = Vec::new();
    for (i, draft) in drafts.iter().enumerate().skip(progress.published.len()) {
        match draft.inspect().await {
            Ok(mut draft) => {
                if i > 0 && draft.reply_to.is_none() {
                    // It is going to answer the part before it, which may not be there yet.
                    draft.reply_to = Some(match progress.published.last() {
                        Some(last) => PostRef::from(last),
                        None => PostRef::from("the part before"),
                    });
                }
                violations.extend(draft.check(&network.profile()).into_iter().map(|mut v| {
                    v.field = format!("part[{i}].{}", v.field);
                    v
                }))
            }
            Err(error) => {
                return Sent {
                    progress,
                    stopped: Some(error),
                };
            }
        }
    }
    if violations.iter().any(crate::Violation::is_error) {
        let network = network.profile().network.clone();
        return Sent {
            progress,
            stopped: Some(Error::invalid(violations).with_network(network)),
        };
    }
    let key = drafts.first().and_then(|d| d.key.clone());
    for (i, draft) in drafts.iter().enumerate().skip(progress.published.len()) {
        let mut draft = draft.clone();
        if let Some(last) = progress.published.last() {
            let mut parent = PostRef::from(last);
            if parent.thread.is_none() {
                parent.thread = progress
                    .published
                    .first()
                    .and_then(|p| PostRef::from(p).thread);
            }
            draft.reply_to = Some(parent);
        }
        if draft.key.is_none() {
            draft.key = key.as_ref().map(|k| format!("{k}#{i}").into());
        }
        match network.publish(&draft).await {
            Ok(post) => progress.published.push(post),
            Err(error) => {
                return Sent {
                    progress,
                    stopped: Some(error),
                };
            }
        }
    }
    let stopped = drafts
        .is_empty()
        .then(|| Error::new(ErrorKind::Invalid(Vec::new()), "a thread needs a draft"));
    Sent { progress, stopped }
}
