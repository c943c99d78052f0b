//! Reading posts: one, several, and in lists.

use futures_util::future::try_join_all;

use super::super::compose::{self, Listed, POST_FIELDS, POST_USER_FIELDS};
use super::super::compose_files::{MEDIA_FIELDS, POLL_FIELDS};
use super::super::rules::beside::EXPANSIONS;
use super::super::rules::endpoints::{Endpoint, HOME, MENTIONS, POST, POSTS, QUOTES, USER_POSTS};
use super::super::rules::{IDS_AT_ONCE, NETWORK, PAGE, POST_FIELDS_PARAM};
use super::super::{X, id, wire};
use super::place::Place;
use super::{Call, invalid, told};
use crate::client::Answer;
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::id::PostId;
use crate::model::{Omitted, Order, Page, Post, PostQuery, Timeline};
use crate::operation::Operation;

/// How few posts a timeline gives at once (contract).
pub(super) const LEAST: u32 = 5;
/// How few quotes, and posts that a search found.
pub(super) const LEAST_FOUND: u32 = 10;

impl Call {
    /// Asks for what a [`Post`] is made of.
    pub(super) fn of_posts(self) -> Self {
        self.with(POST_FIELDS_PARAM, POST_FIELDS)
            .expanding(EXPANSIONS)
            .with("media.fields", MEDIA_FIELDS)
            .with("poll.fields", POLL_FIELDS)
            .with("user.fields", POST_USER_FIELDS)
    }
}

impl X {
    pub(in super::super) async fn one_post(&self, post: &PostId) -> Result<Post> {
        self.post_of(&Operation::POST, id::post(post)?).await
    }

    /// The post with a number.
    pub(super) async fn post_of(&self, operation: &Operation, number: &str) -> Result<Post> {
        let answer = self
            .ask(operation, Call::of(POST, &[number]).of_posts())
            .await?;
        let found: wire::OnePost<'_> =
            told(&answer).map_err(|error| error.with_operation(operation.clone()))?;
        let post = found
            .data
            .get()
            .and_then(|view| compose::one(view, found.includes.get()));
        let mut post = post.ok_or_else(|| answer.unreadable("it tells no post"))?;
        post.raw = answer.raw();
        Ok(post)
    }

    pub(in super::super) async fn listing(&self, query: &PostQuery) -> Result<Page<Post>> {
        let operation = query.timeline.operation();
        match &query.timeline {
            Timeline::Home => {
                let me = self.my_number(&operation).await?;
                self.timeline(&operation, HOME, me.as_str(), 1, query).await
            }
            Timeline::Own => {
                let me = self.my_number(&operation).await?;
                self.timeline(&operation, USER_POSTS, me.as_str(), LEAST, query)
                    .await
            }
            Timeline::Account(account) => {
                newest_only(query)?;
                let number = self.number_of(&operation, account).await?;
                self.timeline(&operation, USER_POSTS, number.as_str(), LEAST, query)
                    .await
            }
            Timeline::Mentions => {
                let me = self.my_number(&operation).await?;
                self.timeline(&operation, MENTIONS, me.as_str(), LEAST, query)
                    .await
            }
            Timeline::Replies(post) => self.replies(&operation, post, query).await,
            Timeline::Thread(post) => self.thread(&operation, post, query).await,
            Timeline::Quotes(post) => self.quotes(&operation, post, query).await,
            Timeline::Hashtag(tag) => self.hashtag(&operation, tag, query).await,
            Timeline::Search(words) => self.search(&operation, words, query).await,
            Timeline::Ids(ids) => self.by_ids(&operation, ids, query).await,
            // X has neither: communities' posts are listed nowhere, and nothing is published later.
            Timeline::Community(_) | Timeline::Scheduled => {
                Err(Error::unsupported(NETWORK, operation))
            }
        }
    }

    /// Posts of an account's timeline, the newest first.
    async fn timeline(
        &self,
        operation: &Operation,
        endpoint: &'static Endpoint,
        account: &str,
        least: u32,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        newest_only(query)?;
        let place = Place::of(&query.page, least, PAGE)?;
        let call = Call::of(endpoint, &[account])
            .listing(place.count(), least)
            .maybe("pagination_token", place.token.as_deref())
            .within(query, self.now())
            .of_posts();
        let answer = self.ask(operation, call).await?;
        listed_page(&answer, &place, query)
    }

    async fn quotes(
        &self,
        operation: &Operation,
        post: &PostId,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        newest_only(query)?;
        let place = Place::of(&query.page, LEAST_FOUND, PAGE)?;
        let call = Call::of(QUOTES, &[id::post(post)?])
            .listing(place.count(), LEAST_FOUND)
            .maybe("pagination_token", place.token.as_deref())
            .of_posts();
        let answer = self.ask(operation, call).await?;
        listed_page(&answer, &place, query)
    }

    /// These posts, in the order of their ids.
    async fn by_ids(
        &self,
        operation: &Operation,
        ids: &[PostId],
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        if query.order != Order::Default {
            return Err(no_order(query));
        }
        let (ids, next) = Place::part(&query.page, ids)?;
        let found = self.each_post(operation, &ids).await?;
        let mut page = Page::new(Vec::with_capacity(ids.len())).next(next);
        for (id, post) in ids.iter().zip(found) {
            match post {
                Ok(post) => page.items.push(post),
                Err(error) if is_about_the_post(&error) => {
                    let omitted = Omitted::new(id.as_str(), error.kind().clone(), error.message());
                    page.omitted.push(omitted);
                }
                Err(error) => return Err(error),
            }
        }
        keep_span(&mut page.items, query);
        Ok(page)
    }

    /// A result for each post, a hundred at once; each is asked for once, however often it is named.
    pub(super) async fn each_post(
        &self,
        operation: &Operation,
        ids: &[PostId],
    ) -> Result<Vec<Result<Post>>> {
        let numbers: Vec<Result<&str>> = ids.iter().map(id::post).collect();
        let mut wanted: Vec<&str> = numbers.iter().flatten().copied().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let asked = wanted.chunks(IDS_AT_ONCE).map(|batch| {
            let call = Call::of(POSTS, &[])
                .with("ids", batch.join(","))
                .most(batch.len() as u64)
                .of_posts();
            self.ask(operation, call)
        });
        let mut listed = Listed::default();
        for answer in try_join_all(asked).await? {
            let found: wire::Posts<'_> = wire::read(&answer)?;
            let part = compose::posts(&found);
            listed.posts.extend(part.posts);
            listed.omitted.extend(part.omitted);
        }
        let result = |number: Result<&str>| {
            let number = number?;
            if let Some(post) = listed.posts.iter().find(|post| post.id.as_str() == number) {
                return Ok(post.clone());
            }
            Err(
                match listed.omitted.iter().find(|omitted| omitted.id == number) {
                    Some(omitted) => Error::new(omitted.reason.clone(), omitted.message.clone())
                        .with_network(NETWORK)
                        .with_operation(operation.clone()),
                    None => gone(operation),
                },
            )
        };
        Ok(numbers.into_iter().map(result).collect())
    }
}

impl Call {
    /// Bounds the time in which posts were written, in whole seconds; what is more is dropped afterwards. X takes no end
    /// that is nearer than ten seconds (docs).
    pub(super) fn within(self, query: &PostQuery, now: jiff::Timestamp) -> Self {
        let nearest = now.checked_sub(NEAREST_END).ok();
        let second = |at: jiff::Timestamp, more: i64| {
            let second = at.as_second().max(EARLIEST).saturating_add(more);
            jiff::Timestamp::from_second(second).ok()
        };
        self.maybe("start_time", query.since.and_then(|at| second(at, 0)))
            .maybe(
                "end_time",
                query
                    .until
                    .filter(|at| Some(*at) < nearest)
                    .and_then(|at| second(at, 1)),
            )
    }
}

/// How near an end may be.
const NEAREST_END: std::time::Duration = std::time::Duration::from_secs(12);
/// Before this second nothing was written (contract: 2010-11-06).
const EARLIEST: i64 = 1_288_999_200;

/// A page of posts that the network lists, the newest first.
pub(super) fn listed_page(answer: &Answer, place: &Place, query: &PostQuery) -> Result<Page<Post>> {
    let found: wire::Posts<'_> = told(answer)?;
    let Listed { mut posts, omitted } = compose::posts(&found);
    let token = found.meta.get().and_then(|meta| meta.next_token.get());
    let next = place.cut(&mut posts, token);
    keep_span(&mut posts, query);
    Ok(Page::new(posts)
        .omitted(omitted)
        .next(next)
        .raw(answer.raw()))
}

/// Drops what was not written in the wanted span.
pub(super) fn keep_span(posts: &mut Vec<Post>, query: &PostQuery) {
    if query.since.is_none() && query.until.is_none() {
        return;
    }
    posts.retain(|post| {
        post.created_at.is_some_and(|at| {
            query.since.is_none_or(|since| at >= since)
                && query.until.is_none_or(|until| at < until)
        })
    });
}

/// Whether an error is about one post of many, so that the others can be had all the same.
pub(super) fn is_about_the_post(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::Invalid(_)
            | ErrorKind::Forbidden(_)
            | ErrorKind::Decode
            | ErrorKind::Suspended
    )
}

pub(super) fn gone(operation: &Operation) -> Error {
    let message = "there is no such post, or it is not shown to this identity: check the id";
    Error::new(ErrorKind::NotFound, message)
        .with_network(NETWORK)
        .with_operation(operation.clone())
}

pub(super) fn newest_only(query: &PostQuery) -> Result<()> {
    match query.order {
        Order::Default | Order::Newest => Ok(()),
        _ => Err(no_order(query)),
    }
}

pub(super) fn no_order(query: &PostQuery) -> Error {
    let message = format!(
        "this list does not come in the order {:?}: leave the order out, or sort what comes",
        query.order
    );
    invalid(Rule::Unsupported, "order", message).with_operation(query.timeline.operation())
}
