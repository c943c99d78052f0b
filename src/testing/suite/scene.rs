use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use super::case::{Stop, Verdict, ensure};
use crate::client::{Disturbance, Random, SystemRandom};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Account, AccountRef, Draft, EventQuery, Events, Page, PageRequest, Period, Post, PostId,
    PostQuery, Timeline,
};
use crate::network::{Profile, SocialNetwork};
use crate::operation::Operation;
use crate::testing::stage::Stage;

/// How many pages a case turns over in search of something.
const MOST_PAGES: usize = 40;

/// What one case has: the stage, words of its own, and ways to look.
pub struct Scene<'s> {
    stage: &'s dyn Stage,
    me: Arc<dyn SocialNetwork>,
    other: Arc<dyn SocialNetwork>,
    profile: Arc<Profile>,
    mark: u64,
    count: AtomicU32,
}

impl std::fmt::Debug for Scene<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scene")
            .field("stage", &self.stage.name())
            .finish_non_exhaustive()
    }
}

/// The day up to a moment.
pub(super) fn day_before(moment: Timestamp) -> Period {
    let day = Duration::from_secs(24 * 3600);
    Period::new(moment.checked_sub(day).unwrap_or(Timestamp::MIN), moment)
}

impl<'s> Scene<'s> {
    pub(super) fn new(stage: &'s dyn Stage) -> Self {
        let me = stage.me();
        Self {
            profile: me.profile(),
            other: stage.other(),
            me,
            stage,
            mark: SystemRandom::new().next(),
            count: AtomicU32::new(0),
        }
    }

    /// The stage.
    pub fn stage(&self) -> &dyn Stage {
        self.stage
    }

    /// The identity whose adapter is proved.
    pub fn me(&self) -> Arc<dyn SocialNetwork> {
        Arc::clone(&self.me)
    }

    /// The other identity.
    pub fn other(&self) -> Arc<dyn SocialNetwork> {
        Arc::clone(&self.other)
    }

    /// The profile of the identity that is proved.
    pub fn profile(&self) -> Arc<Profile> {
        Arc::clone(&self.profile)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.stage.clock().now()
    }

    /// The time in so many hours.
    pub fn in_hours(&self, hours: u64) -> Timestamp {
        self.now()
            .checked_add(Duration::from_secs(hours * 3600))
            .unwrap_or(Timestamp::MAX)
    }

    /// A word that nobody else uses: letters and digits alone.
    pub fn word(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        // A letter first, since a hashtag of digits alone is none.
        format!("s{:016x}n{count}", self.mark)
    }

    /// Whether an operation is offered and can be played here.
    pub fn can(&self, operation: &Operation) -> bool {
        self.profile.can(operation) && self.stage.passes_over(operation).is_none()
    }

    /// Ends the case as passed over where an operation is missing.
    ///
    /// # Errors
    /// [`Stop::PassedOver`].
    pub fn need(&self, operation: &Operation) -> Verdict {
        if self.can(operation) {
            return Ok(());
        }
        Err(Stop::passed_over(format!(
            "it is seen by way of {operation}"
        )))
    }

    /// Looks again and again, letting the network catch up in between, until what is looked for is there.
    ///
    /// # Errors
    /// What the last look came to.
    pub async fn eventually<T>(
        &self,
        mut look: impl AsyncFnMut() -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let mut left = self.stage.patience();
        loop {
            match look().await {
                Err(Stop::Failed(_)) if left > 0 => {
                    left -= 1;
                    self.stage.settle().await;
                }
                answer => return answer,
            }
        }
    }

    /// Makes a call that must not send anything.
    ///
    /// # Errors
    /// [`Stop::Failed`] where a request went out.
    pub async fn quiet<T>(&self, call: impl Future<Output = T>) -> Result<T, Stop> {
        let before = self.stage.requests();
        let answer = call.await;
        let after = self.stage.requests();
        ensure!(
            before == after,
            "it sent {} requests",
            after.unwrap_or_default() - before.unwrap_or_default()
        );
        Ok(answer)
    }

    /// A call that must be refused as `Invalid` before anything is sent; answers the error.
    pub(super) async fn refused<T>(
        &self,
        what: &str,
        call: impl Future<Output = Result<T>>,
    ) -> Result<Error, Stop> {
        let answer = self.quiet(call).await.map_err(|stop| match stop {
            Stop::Failed(why) => Stop::Failed(format!("{what}: {why}")),
            other => other,
        })?;
        let Err(error) = answer else {
            return Err(Stop::failed(format!("{what} is taken")));
        };
        ensure!(
            matches!(error.kind(), ErrorKind::Invalid(_)),
            "{what} is answered by {}: {error}",
            error.kind().name()
        );
        ensure!(
            error.violations().iter().any(|v| v.is_error()),
            "{what} is refused without saying what is wrong"
        );
        Ok(error)
    }

    /// Disturbs the next request, or ends the case as passed over.
    pub(super) fn disturb(&self, disturbance: Disturbance) -> Verdict {
        if self.stage.disturb(disturbance.clone()) {
            return Ok(());
        }
        let mut name = format!("{disturbance:?}");
        name.truncate(name.find([' ', '(', '{']).unwrap_or(name.len()));
        Err(Stop::passed_over(format!(
            "this stage cannot disturb requests ({name})"
        )))
    }

    /// Publishes as the first identity.
    pub(super) async fn publish(&self, draft: &Draft) -> Result<Post, Stop> {
        Ok(self.me.publish(draft).await?)
    }

    /// Publishes a sentence with a word of its own as the first identity.
    pub(super) async fn my_post(&self) -> Result<Post, Stop> {
        let text = format!("A post of the suite: {}", self.word());
        self.publish(&Draft::text(text)).await
    }

    /// Publishes a sentence with a word of its own as the other identity, and waits until the first one sees it.
    pub(super) async fn their_post(&self) -> Result<Post, Stop> {
        let text = format!("A post of another: {}", self.word());
        let post = self.other.publish(&Draft::text(text)).await?;
        self.shown_to(&*self.me, &post).await?;
        Ok(post)
    }

    /// The first identity, as the network tells it.
    pub(super) async fn my_account(&self) -> Result<Account, Stop> {
        self.need(&Operation::ME)?;
        Ok(self.me.me().await?)
    }

    /// The other identity, as the network tells it.
    pub(super) async fn their_account(&self) -> Result<Account, Stop> {
        self.need(&Operation::ME)?;
        Ok(self.other.me().await?)
    }

    /// Reads a post once: `None` where there is none.
    pub(super) async fn look(
        &self,
        network: &dyn SocialNetwork,
        id: &PostId,
    ) -> Result<Option<Post>, Stop> {
        if self.can(&Operation::POST) {
            return match network.post(id).await {
                Ok(post) => Ok(Some(post)),
                Err(error) if *error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error.into()),
            };
        }
        if self.can(&Operation::POSTS_IDS) {
            let page = network.posts(&PostQuery::ids([id.clone()])).await?;
            return Ok(page.items.into_iter().next());
        }
        self.need(&Operation::POSTS_OWN)?;
        let own = self.list(network, Timeline::Own).await?;
        Ok(own.into_iter().find(|p| p.id == *id))
    }

    /// Waits until the first identity sees a post, where it can look at all.
    pub(super) async fn seen(&self, id: &PostId) -> Verdict {
        if !self.can(&Operation::POST) && !self.can(&Operation::POSTS_IDS) {
            return Ok(());
        }
        self.read_by(&*self.me, id).await.map(drop)
    }

    /// Waits until a post stands where others find it, and not only where its author wrote it: what is answered or
    /// liked earlier, some networks do not tell of.
    pub(super) async fn shown_to(&self, reader: &dyn SocialNetwork, post: &Post) -> Verdict {
        if let Some(parent) = &post.reply_to
            && self.can(&Operation::POSTS_REPLIES)
        {
            // On some networks answers stand under what they answer alone.
            return self
                .eventually(async || {
                    let timeline = Timeline::Replies(parent.clone());
                    let answers = self.list(reader, timeline).await?;
                    ensure!(
                        answers.iter().any(|p| p.id == post.id),
                        "the answer {} is not shown to others",
                        post.id
                    );
                    Ok(())
                })
                .await;
        }
        let Some(author) = &post.author else {
            return self.seen(&post.id).await;
        };
        if !self.can(&Operation::POSTS_ACCOUNT) {
            return self.seen(&post.id).await;
        }
        let query = PostQuery::account(&author.id);
        self.eventually(async || {
            let page = reader.posts(&query).await?;
            ensure!(
                page.items.iter().any(|p| p.id == post.id),
                "the post {} is not shown to others",
                post.id
            );
            Ok(())
        })
        .await
    }

    /// Reads a post of the first identity, once it is there.
    pub(super) async fn read(&self, id: &PostId) -> Result<Post, Stop> {
        self.read_by(&*self.me, id).await
    }

    /// Reads a post as an identity sees it, once it is there.
    pub(super) async fn read_by(
        &self,
        network: &dyn SocialNetwork,
        id: &PostId,
    ) -> Result<Post, Stop> {
        self.eventually(async || {
            let post = self.look(network, id).await?;
            post.ok_or_else(|| Stop::failed(format!("the post {id} is not to be read")))
        })
        .await
    }

    /// Waits until a post is gone.
    pub(super) async fn gone(&self, network: &dyn SocialNetwork, id: &PostId) -> Verdict {
        self.eventually(async || match self.look(network, id).await? {
            None => Ok(()),
            Some(_) => Err(Stop::failed(format!("the post {id} is still to be read"))),
        })
        .await
    }

    /// Waits until a post of the first identity is gone for others, too: they may see it longer than its author.
    pub(super) async fn gone_for_all(&self, id: &PostId) -> Verdict {
        self.gone(&*self.me, id).await?;
        if self.can(&Operation::POST) {
            self.gone(&*self.other, id).await?;
        }
        Ok(())
    }

    /// All posts of a timeline, page by page.
    pub(super) async fn list(
        &self,
        network: &dyn SocialNetwork,
        timeline: Timeline,
    ) -> Result<Vec<Post>, Stop> {
        let query = PostQuery::new(timeline);
        self.all(async |page| network.posts(&query.clone().page(page)).await)
            .await
    }

    /// All items of a listing, page by page, up to a bound that keeps the suite short on an old server.
    pub(super) async fn all<T>(
        &self,
        mut fetch: impl AsyncFnMut(PageRequest) -> Result<Page<T>>,
    ) -> Result<Vec<T>, Stop> {
        let mut items = Vec::new();
        let mut request = PageRequest::first();
        for _ in 0..MOST_PAGES {
            let page = fetch(request.clone()).await?;
            items.extend(page.items);
            let Some(next) = page.next else { break };
            ensure!(
                request.cursor.as_ref() != Some(&next),
                "the cursor of the listing does not move on"
            );
            request = PageRequest::first().after(next);
        }
        Ok(items)
    }

    /// The first identity's posts that hold a word.
    pub(super) async fn mine_with(&self, word: &str) -> Result<Vec<Post>, Stop> {
        let timeline = if self.can(&Operation::POSTS_OWN) {
            Timeline::Own
        } else {
            self.need(&Operation::POSTS_ACCOUNT)?;
            Timeline::Account(AccountRef::Me)
        };
        let mut found = Vec::new();
        let mut request = PageRequest::first();
        // New posts stand in front, so that the first pages tell.
        for _ in 0..3 {
            let query = PostQuery::new(timeline.clone()).page(request);
            let page = self.me.posts(&query).await?;
            found.extend(
                page.items
                    .into_iter()
                    .filter(|p| p.text.as_str().contains(word) && p.reposted_by.is_none()),
            );
            match page.next {
                Some(next) => request = PageRequest::first().after(next),
                None => break,
            }
        }
        Ok(found)
    }

    /// All that happened to the first identity since a moment of its stream.
    pub(super) async fn events_after(&self, query: EventQuery) -> Result<Events, Stop> {
        let mut all = self.me.events(&query).await?;
        let mut query = query;
        for _ in 0..MOST_PAGES {
            if !all.more {
                break;
            }
            query.since = all.cursor.clone().into();
            let next = self.me.events(&query).await?;
            all.items.extend(next.items);
            all.cursor = next.cursor;
            all.more = next.more;
        }
        Ok(all)
    }
}
