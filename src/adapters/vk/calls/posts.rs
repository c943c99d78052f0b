//! Reading posts: one, several, and in lists.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::super::Vk;
use super::super::compose::{self, Authors, Listed};
use super::super::id::{self, Thing};
use super::super::rules::{NETWORK, PAGE, TokenKind};
use super::super::wire::{self, Obj};
use super::place::{self, Place};
use super::{Params, invalid, response};
use crate::client::Answer;
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::id::{AccountId, PostId};
use crate::model::{AccountRef, Omitted, Order, Page, PageRequest, Post, PostQuery, Timeline};
use crate::operation::Operation;

/// What is asked of those who wrote what is listed.
pub(super) const AUTHOR_FIELDS: &str = "screen_name,photo_100,photo_200";
/// How many posts are asked for by their ids in one call (docs, `wall.getById`).
const IDS_AT_ONCE: usize = 100;
/// How many posts a page of a search holds at most (schema, `newsfeed.search`).
const FOUND: u32 = 200;
/// How many mentions a page holds at most (schema, `newsfeed.getMentions`).
const MENTIONS: u32 = 50;
/// How many reposts a page holds at most (schema, `wall.getReposts`).
const REPOSTS: u32 = 1000;

/// Parameters that also ask who the authors are.
pub(super) fn with_authors(params: Params) -> Params {
    params.flag("extended", true).with("fields", AUTHOR_FIELDS)
}

impl Vk {
    pub(in super::super) async fn one_post(&self, id: &PostId) -> Result<Post> {
        let thing = Thing::parse(id.as_str())?;
        let mut post = self.one_thing(&Operation::POST, thing).await?;
        self.as_seen(&mut post);
        Ok(post)
    }

    /// What is told of whose the user's token is, and not of the community that this is, is not known of it: whether it
    /// reposted. Likes are the person's in either case.
    fn as_seen(&self, post: &mut Post) {
        if self.inner.community.is_some() {
            post.mine.reposted = None;
        }
    }

    /// One post or comment.
    pub(super) async fn one_thing(&self, operation: &Operation, thing: Thing) -> Result<Post> {
        match thing {
            Thing::Post { owner, id } => {
                let params = Params::new().with("posts", format!("{owner}_{id}"));
                let answer = self
                    .ask(operation, "wall.getById", &with_authors(params))
                    .await?;
                let told: wire::Wall<'_> = response(&answer)?;
                let authors = Authors::of(&told.profiles, &told.groups);
                let found = told.items.iter().find_map(Obj::get);
                let post = found.and_then(|view| compose::one(view, authors, None));
                let mut post = post.ok_or_else(|| gone(operation))?;
                post.raw = answer.raw();
                Ok(post)
            }
            Thing::Topic { .. } => Err(no_topic(operation)),
            Thing::Comment { .. } | Thing::TopicComment { .. } => {
                let answer = self.comment_answer(operation, thing).await?;
                let told: wire::Comments<'_> = response(&answer)?;
                let authors = Authors::of(&told.profiles, &told.groups);
                let found = comment_in(&told, thing);
                let post = found.and_then(|view| compose::one(view, authors, Some(thing.root())));
                let mut post = post.ok_or_else(|| gone(operation))?;
                post.raw = answer.raw();
                Ok(post)
            }
        }
    }

    /// Several posts and comments, each read by `read`: what cannot be had has its own error.
    pub(super) async fn each_thing<T>(
        &self,
        operation: &Operation,
        things: impl Iterator<Item = Thing>,
        read: impl for<'v, 'a> Fn(&'v wire::WallItem<'a>, Authors<'v, 'a>, Option<Thing>) -> Option<T>,
    ) -> Result<HashMap<Thing, Result<T>>> {
        let mut found: HashMap<Thing, Result<T>> = HashMap::new();
        let (mut posts, mut comments) = (Vec::new(), Vec::new());
        for thing in things {
            let first = match thing {
                Thing::Topic { .. } => Err(no_topic(operation)),
                _ => Err(gone(operation)),
            };
            if found.insert(thing, first).is_none() {
                match thing {
                    Thing::Post { .. } => posts.push(thing),
                    Thing::Topic { .. } => {}
                    _ => comments.push(thing),
                }
            }
        }
        let batches = posts.chunks(IDS_AT_ONCE).map(|batch| async move {
            let names: Vec<String> = batch
                .iter()
                .map(|thing| format!("{}_{}", thing.owner(), thing.number()))
                .collect();
            let params = with_authors(Params::new().with("posts", names.join(",")));
            self.ask(operation, "wall.getById", &params).await
        });
        for answer in try_join_all(batches).await? {
            let told: wire::Wall<'_> = response(&answer)?;
            for view in told.items.iter().filter_map(Obj::get) {
                let authors = Authors::of(&told.profiles, &told.groups);
                if let Some(thing) = compose::thing(view, None)
                    && let Some(place) = found.get_mut(&thing)
                    && let Some(read) = read(view, authors, None)
                {
                    *place = Ok(read);
                }
            }
        }
        // Comments have no list of their own: each is a call, and as many of them go into one request as may.
        let (walls, topics): (Vec<Thing>, Vec<Thing>) = comments
            .into_iter()
            .partition(|thing| matches!(thing, Thing::Comment { .. }));
        for comments in [walls, topics] {
            let (methods, calls): (Vec<_>, Vec<_>) = comments
                .iter()
                .map(|thing| self.comment_call(*thing))
                .unzip();
            let Some(method) = methods.first() else {
                continue;
            };
            let batch = self.batch(operation, method, &calls).await?;
            let answers = batch.read::<wire::Comments<'_>>()?;
            for (thing, told) in comments.into_iter().zip(answers) {
                let result = told.and_then(|told| {
                    let authors = Authors::of(&told.profiles, &told.groups);
                    comment_in(&told, thing)
                        .and_then(|view| read(view, authors, Some(thing.root())))
                        .ok_or_else(|| gone(operation))
                });
                found.insert(thing, result);
            }
        }
        Ok(found)
    }

    pub(in super::super) async fn listing(&self, query: &PostQuery) -> Result<Page<Post>> {
        let mut page = self.listed(query).await?;
        page.items.iter_mut().for_each(|post| self.as_seen(post));
        Ok(page)
    }

    async fn listed(&self, query: &PostQuery) -> Result<Page<Post>> {
        let operation = query.timeline.operation();
        match &query.timeline {
            // The news feed is that of whose the token is, and its schema tells no way to go on.
            Timeline::Home => Err(Error::unsupported(NETWORK, operation)),
            Timeline::Own => {
                let owner = self.owner(&operation).await?;
                self.wall(&operation, owner, "owner", query).await
            }
            Timeline::Account(account) => {
                let owner = self.owner_of(&operation, account).await?;
                self.wall(&operation, owner, "owner", query).await
            }
            Timeline::Community(community) => {
                let owner = community_of(community)?;
                self.wall(&operation, owner, "all", query).await
            }
            Timeline::Mentions => self.mentions(&operation, query).await,
            Timeline::Replies(post) => self.replies(&operation, post, query).await,
            Timeline::Thread(post) => self.thread(&operation, post, query).await,
            Timeline::Quotes(post) => self.quotes(&operation, post, query).await,
            Timeline::Hashtag(tag) => {
                let tag = tag.trim_start_matches(['#', '＃']);
                if tag.is_empty() || tag.contains(char::is_whitespace) {
                    let message = "a hashtag is one word: write it without spaces";
                    return Err(invalid(Rule::Malformed, "hashtag", message));
                }
                self.search(&operation, &format!("#{tag}"), query).await
            }
            Timeline::Search(words) => {
                let words = searchable(words)?;
                self.search(&operation, words, query).await
            }
            Timeline::Scheduled => self.scheduled(&operation, query).await,
            Timeline::Ids(ids) => self.by_ids(&operation, ids, query).await,
        }
    }

    async fn wall(
        &self,
        operation: &Operation,
        owner: i64,
        filter: &'static str,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        newest_only(query)?;
        let place = Place::of(&query.page, PAGE)?;
        let params = wall_params(owner, filter, &place);
        let answer = self.ask(operation, "wall.get", &params).await?;
        wall_page(&answer, &place, query)
    }

    /// What the network will publish later, which only a person with rights is told.
    async fn scheduled(&self, operation: &Operation, query: &PostQuery) -> Result<Page<Post>> {
        if query.order != Order::Default {
            return Err(no_order(query));
        }
        if query.since.is_some() || query.until.is_some() {
            let message =
                "what waits was not written at a time that is told: leave since and until out";
            return Err(
                invalid(Rule::Unsupported, "since", message).with_operation(operation.clone())
            );
        }
        let owner = self.owner(operation).await?;
        let place = Place::of(&query.page, PAGE)?;
        let params = wall_params(owner, "postponed", &place);
        let answer = self
            .ask_as(TokenKind::User, operation, "wall.get", &params)
            .await?;
        wall_page(&answer, &place, query)
    }

    async fn search(
        &self,
        operation: &Operation,
        words: &str,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        newest_only(query)?;
        let place = Place::of(&query.page, FOUND)?;
        let params = Params::new()
            .with("q", words)
            .with("count", place.limit)
            .maybe("start_from", place.from.as_deref())
            .with("start_time", since_second(query))
            .maybe("end_time", until_second(query));
        let answer = self
            .ask(operation, "newsfeed.search", &with_authors(params))
            .await?;
        news_page(&answer, query)
    }

    async fn mentions(&self, operation: &Operation, query: &PostQuery) -> Result<Page<Post>> {
        newest_only(query)?;
        let owner = self.owner(operation).await?;
        let place = Place::of(&query.page, MENTIONS)?;
        let params = Params::new()
            .with("owner_id", owner)
            .with("count", place.limit)
            .with("offset", place.offset)
            .with("start_time", since_second(query))
            .maybe("end_time", until_second(query));
        let answer = self.ask(operation, "newsfeed.getMentions", &params).await?;
        wall_page(&answer, &place, query)
    }

    async fn quotes(
        &self,
        operation: &Operation,
        post: &PostId,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        newest_only(query)?;
        let Thing::Post { owner, id } = Thing::parse(post.as_str())? else {
            let message = "only posts are reposted with words, comments are not: name a post";
            return Err(invalid(Rule::Together, "post", message).with_operation(operation.clone()));
        };
        let place = Place::of(&query.page, REPOSTS)?;
        let params = Params::new()
            .with("owner_id", owner)
            .with("post_id", id)
            .with("count", place.limit)
            .with("offset", place.offset);
        let answer = self.ask(operation, "wall.getReposts", &params).await?;
        let mut page = wall_page(&answer, &place, query)?;
        // Those without words are reposts, whom the audience tells.
        page.items
            .retain(|post| post.reposted_by.is_none() && !post.text.is_empty());
        page.total = None;
        Ok(page)
    }

    async fn by_ids(
        &self,
        operation: &Operation,
        ids: &[PostId],
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        if query.order != Order::Default {
            return Err(no_order(query));
        }
        // The caller's order is the page's, so that a page is a part of what was asked for.
        let mut place = Place::of(&query.page, PAGE)?;
        place.limit = query
            .page
            .limit
            .map_or(ids.len().max(1), |limit| limit as usize);
        let (ids, next) = place.cut(ids);
        let things: Vec<Result<Thing>> = ids.iter().map(|id| Thing::parse(id.as_str())).collect();
        let wanted = things.iter().flatten().copied();
        let found = self.each_thing(operation, wanted, compose::one).await?;
        let mut page = Page::new(Vec::with_capacity(ids.len())).next(next);
        for (id, thing) in ids.iter().zip(things) {
            let post = thing.and_then(|thing| match found.get(&thing) {
                Some(post) => post.clone(),
                None => Err(gone(operation)),
            });
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

    /// Searches the posts of one wall, an account's or a community's, the newest first (`wall.search`). The whole news
    /// feed is searched by [`posts`](crate::SocialNetwork::posts).
    ///
    /// # Errors
    /// `Invalid` where there are no words; `Forbidden` where there is neither a user nor a service token; else what the
    /// network answers.
    pub async fn search_wall(
        &self,
        wall: &AccountRef,
        words: &str,
        page: &PageRequest,
    ) -> Result<Page<Post>> {
        let operation = Operation::POSTS_SEARCH;
        self.require(&operation)?;
        let words = searchable(words)?;
        let place = Place::of(page, PAGE)?;
        let owner = self.owner_of(&operation, wall).await?;
        let params = Params::new()
            .with("owner_id", owner)
            .with("query", words)
            .with("count", place.limit)
            .with("offset", place.offset);
        let answer = self
            .ask(&operation, "wall.search", &with_authors(params))
            .await?;
        let mut page = wall_page(&answer, &place, &PostQuery::search(words))?;
        page.items.iter_mut().for_each(|post| self.as_seen(post));
        Ok(page)
    }
}

/// The item with a comment's number, wherever it stands in an answer.
pub(super) fn comment_in<'v, 'a>(
    told: &'v wire::Comments<'a>,
    thing: Thing,
) -> Option<&'v wire::WallItem<'a>> {
    let is_it = |view: &&wire::WallItem<'_>| view.id.0 == Some(thing.number());
    told.items.objects().find(is_it).or_else(|| {
        let threads = told.items.objects().filter_map(|view| view.thread.get());
        threads
            .flat_map(|thread| thread.items.objects())
            .find(is_it)
    })
}

fn wall_params(owner: i64, filter: &str, place: &Place) -> Params {
    let params = Params::new()
        .with("owner_id", owner)
        .with("filter", filter)
        .with("count", place.limit)
        .with("offset", place.offset);
    with_authors(params)
}

/// A page of posts that are counted, the newest first.
fn wall_page(answer: &Answer, place: &Place, query: &PostQuery) -> Result<Page<Post>> {
    let told: wire::Wall<'_> = response(answer)?;
    let listed = compose::posts(&told.items, Authors::of(&told.profiles, &told.groups));
    let total = count(told.count);
    let next = place.next(told.items.len(), total);
    Ok(finished(listed, query)
        .next_unless(next)
        .total(total)
        .raw(answer.raw()))
}

/// A page of what was found in the news feed.
fn news_page(answer: &Answer, query: &PostQuery) -> Result<Page<Post>> {
    let told: wire::News<'_> = response(answer)?;
    let listed = compose::posts(&told.items, Authors::of(&told.profiles, &told.groups));
    let next = place::told(told.next.get(), told.items.len());
    let total = count(told.total).or(count(told.count));
    Ok(finished(listed, query)
        .next_unless(next)
        .total(total)
        .raw(answer.raw()))
}

pub(super) fn count(told: wire::Int) -> Option<u64> {
    told.0.and_then(|count| u64::try_from(count).ok())
}

/// A page of which it is known whether the listing can go on.
struct Finished {
    page: Page<Post>,
    over: bool,
}

impl Finished {
    fn next_unless(self, next: Option<crate::id::Cursor>) -> Page<Post> {
        let next = next.filter(|_| !self.over);
        self.page.next(next)
    }
}

/// The posts of the wanted span, in their order. Where one is older than wanted, so are all that follow; the pinned one
/// says nothing of that.
fn finished(listed: Listed, query: &PostQuery) -> Finished {
    let pinned = listed.pinned;
    let older = |post: &Post| {
        let at = post.created_at;
        query
            .since
            .is_some_and(|since| at.is_some_and(|at| at < since))
    };
    let over = listed
        .posts
        .iter()
        .enumerate()
        .any(|(i, post)| Some(i) != pinned && older(post));
    let Listed {
        mut posts, omitted, ..
    } = listed.unpin();
    keep_span(&mut posts, query);
    Finished {
        page: Page::new(posts).omitted(omitted),
        over,
    }
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

/// Both bounds as the network takes them, in whole seconds; what is more is dropped afterwards. Where the first is not
/// named the network begins a day ago, so that it always is: with the first second of all, since 0 may pass for none.
fn since_second(query: &PostQuery) -> i64 {
    query.since.map_or(1, |at| at.as_second().max(1))
}

fn until_second(query: &PostQuery) -> Option<i64> {
    query
        .until
        .map(|at: Timestamp| at.as_second().max(0).saturating_add(1))
}

fn searchable(words: &str) -> Result<&str> {
    let words = words.trim();
    if words.is_empty() {
        let message = "there is nothing to search for: give it words";
        return Err(invalid(Rule::Empty, "search", message));
    }
    Ok(words)
}

/// The owner id of a community's wall.
fn community_of(community: &AccountId) -> Result<i64> {
    let owner = id::account(community)?;
    if owner > 0 {
        let message = format!(
            "`{community}` is a person: write the community as club{owner}, or ask for the account's posts"
        );
        return Err(invalid(Rule::Malformed, "community", message));
    }
    Ok(owner)
}

/// Whether an error is about one post of many, so that the others can be had all the same.
pub(super) fn is_about_the_post(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::Invalid(_) | ErrorKind::Forbidden(_) | ErrorKind::Decode
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

/// A topic has a title and comments, and is no post.
fn no_topic(operation: &Operation) -> Error {
    let message = "a topic is read by its comments: list the replies to it";
    invalid(Rule::Unsupported, "post", message).with_operation(operation.clone())
}
