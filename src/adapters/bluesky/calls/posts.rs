//! Reading posts: one, several, and in lists.

use std::sync::Arc;

use futures_core::future::BoxFuture;
use jiff::Timestamp;

use super::super::id::{self, PostUri};
use super::super::rules::{NETWORK, PAGE, POST, POSTS_AT_ONCE, THREAD_DEPTH};
use super::super::wire::Obj;
use super::super::{Bluesky, convert, wire};
use super::place::Place;
use super::{Params, invalid};
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::id::PostId;
use crate::model::{Account, AccountRef, Omitted, Order, Page, Post, PostQuery, Timeline};
use crate::operation::Operation;
use crate::shared::order;
use crate::shared::table::Table;

/// How often a thread that is deeper than one answer is followed further down.
const MOST_DESCENTS: usize = 50;

/// An answer as it came, where it is kept, and the post that begins the thread.
type Branch = (Option<Arc<str>>, Option<String>);

impl Bluesky {
    pub(in super::super) async fn one_post(&self, id: &PostId) -> Result<Post> {
        let operation = Operation::POST;
        let uri = self.settled(&operation, id.as_str()).await?;
        let mine = uri.repo == self.session().await?.tokens.did();
        // One's own server knows at once what was published or deleted; the AppView lags behind.
        let record = if mine || !self.has_appview() {
            Some(self.recorded(&operation, &uri).await?)
        } else {
            None
        };
        if self.has_appview() {
            let address = uri.uri();
            let answer = self
                .ask(&operation, "app.bsky.feed.getPosts", &[("uris", &address)])
                .await;
            match (answer, &record) {
                (Ok(answer), _) => {
                    let page: wire::Posts<'_> = wire::read(&answer)?;
                    let view = page.posts.iter().find_map(Obj::get);
                    if let Some(mut post) = view.and_then(convert::post) {
                        post.raw = answer.raw();
                        return Ok(post);
                    }
                }
                (Err(_), Some(_)) => {}
                (Err(error), None) if self.has_appview() => return Err(error),
                (Err(_), None) => return self.recorded(&operation, &uri).await,
            }
        }
        record.ok_or_else(|| gone(&operation))
    }

    /// A post from its record alone.
    fn recorded<'a>(
        &'a self,
        operation: &'a Operation,
        uri: &'a PostUri,
    ) -> BoxFuture<'a, Result<Post>> {
        Box::pin(async move {
            let answer = self.record(operation, &uri.repo, POST, &uri.rkey).await?;
            let record: wire::Record<'_> = wire::read(&answer)?;
            let Some(value) = record.value.get() else {
                return Err(answer.unreadable("it holds no record"));
            };
            let author = self.author(&uri.repo).await?;
            let mut post = convert::post_of_record(&uri.uri(), record.cid.get(), value, author);
            post.raw = answer.raw();
            Ok(post)
        })
    }

    /// The author of what stands in a repository, as far as it is known without asking.
    async fn author(&self, did: &str) -> Result<Account> {
        let session = self.session().await?;
        let mut author = Account::new(did);
        author.url = Some(id::account_url(did).into());
        if session.tokens.did() == did {
            author.handle = session.tokens.handle().map(Into::into);
        }
        Ok(author)
    }

    pub(in super::super) async fn listing(&self, query: &PostQuery) -> Result<Page<Post>> {
        let operation = query.timeline.operation();
        let page = match &query.timeline {
            Timeline::Home => {
                newest_only(query)?;
                self.feed(&operation, "app.bsky.feed.getTimeline", &[], query)
                    .await?
            }
            Timeline::Own => self.written_by(&operation, &AccountRef::Me, query).await?,
            Timeline::Account(account) => self.written_by(&operation, account, query).await?,
            Timeline::Mentions => self.mentions(&operation, query).await?,
            Timeline::Replies(post) => self.replies(&operation, post, query).await?,
            Timeline::Thread(post) => self.thread(&operation, post, query).await?,
            Timeline::Quotes(post) => {
                newest_only(query)?;
                let uri = self.settled(&operation, post.as_str()).await?.uri();
                self.found(
                    &operation,
                    "app.bsky.feed.getQuotes",
                    &[("uri", &uri)],
                    query,
                )
                .await?
            }
            Timeline::Hashtag(tag) => {
                let tag = tag.trim_start_matches(['#', '＃']);
                if tag.is_empty() || tag.contains(char::is_whitespace) {
                    let message = "a hashtag is one word: write it without spaces";
                    return Err(invalid(Rule::Malformed, "hashtag", message));
                }
                self.search(&operation, &format!("#{tag}"), Some(tag), query)
                    .await?
            }
            Timeline::Search(words) => {
                if words.trim().is_empty() {
                    let message = "there is nothing to search for: give it words";
                    return Err(invalid(Rule::Empty, "search", message));
                }
                self.search(&operation, words, None, query).await?
            }
            Timeline::Ids(ids) => self.by_ids(&operation, ids, query).await?,
            _ => return Err(Error::unsupported(NETWORK, operation)),
        };
        Ok(narrowed(page, query, self.has_appview()))
    }

    fn written_by<'a>(
        &'a self,
        operation: &'a Operation,
        account: &'a AccountRef,
        query: &'a PostQuery,
    ) -> BoxFuture<'a, Result<Page<Post>>> {
        Box::pin(async move {
            newest_only(query)?;
            let did = self.did(operation, account).await?;
            if self.has_appview() {
                let params = [("actor", did.as_str()), ("filter", "posts_with_replies")];
                match self
                    .feed(operation, "app.bsky.feed.getAuthorFeed", &params, query)
                    .await
                {
                    // It has just turned out that there is none.
                    Err(_) if !self.has_appview() => {}
                    page => return page,
                }
            }
            let place = Place::of(&query.page)?;
            let asked = place.asked();
            let params: Vec<_> = [("repo", did.as_str()), ("collection", POST)]
                .into_iter()
                .chain(place.params(&asked))
                .collect();
            let answer = self
                .ask(operation, "com.atproto.repo.listRecords", &params)
                .await?;
            let records: wire::Records<'_> = wire::read(&answer)?;
            let (mine, next) = place.cut(&records.records, records.cursor.get());
            let author = Arc::new(self.author(&did).await?);
            let posts = mine.iter().filter_map(Obj::get).filter_map(|record| {
                let value = record.value.get()?;
                let uri = record.uri.get()?;
                Some(convert::post_of_record(
                    uri,
                    record.cid.get(),
                    value,
                    Arc::clone(&author),
                ))
            });
            Ok(Page::new(posts.collect()).next(next).raw(answer.raw()))
        })
    }

    fn feed<'a>(
        &'a self,
        operation: &'a Operation,
        nsid: &'a str,
        params: &'a Params<'a>,
        query: &'a PostQuery,
    ) -> BoxFuture<'a, Result<Page<Post>>> {
        Box::pin(async move {
            let place = Place::of(&query.page)?;
            let asked = place.asked();
            let params = params.iter().copied().chain(place.params(&asked));
            let session = self.session().await?;
            let url = self.question(&session.tokens, nsid, params);
            let answer = self.ask_at(operation, nsid, &session.tokens, url).await?;
            let feed: wire::Feed<'_> = wire::read(&answer)?;
            let (mine, next) = place.cut(&feed.feed, feed.cursor.get());
            let (posts, omitted) = convert::feed(mine);
            Ok(Page::new(posts)
                .omitted(omitted)
                .next(next)
                .raw(answer.raw()))
        })
    }

    fn found<'a>(
        &'a self,
        operation: &'a Operation,
        nsid: &'a str,
        params: &'a Params<'a>,
        query: &'a PostQuery,
    ) -> BoxFuture<'a, Result<Page<Post>>> {
        Box::pin(async move {
            let place = Place::of(&query.page)?;
            let asked = place.asked();
            let params = params.iter().copied().chain(place.params(&asked));
            let session = self.session().await?;
            let url = self.question(&session.tokens, nsid, params);
            let answer = self.ask_at(operation, nsid, &session.tokens, url).await?;
            let found: wire::Posts<'_> = wire::read(&answer)?;
            let (mine, next) = place.cut(&found.posts, found.cursor.get());
            let (posts, omitted) = convert::posts(mine);
            Ok(Page::new(posts)
                .omitted(omitted)
                .next(next)
                .total(found.hits_total.0)
                .raw(answer.raw()))
        })
    }

    async fn search(
        &self,
        operation: &Operation,
        words: &str,
        tag: Option<&str>,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        let sort = match query.order {
            Order::Top => "top",
            Order::Default | Order::Newest => "latest",
            Order::Oldest => return Err(no_order(query)),
        };
        let since = query.since.map(super::publish::stamp);
        let until = query.until.map(super::publish::stamp);
        let mut params = vec![("q", words), ("sort", sort)];
        params.extend(tag.map(|tag| ("tag", tag)));
        params.extend(since.as_deref().map(|since| ("since", since)));
        params.extend(until.as_deref().map(|until| ("until", until)));
        self.found(operation, "app.bsky.feed.searchPosts", &params, query)
            .await
    }

    async fn mentions(&self, operation: &Operation, query: &PostQuery) -> Result<Page<Post>> {
        newest_only(query)?;
        let place = Place::of(&query.page)?;
        let asked = place.asked();
        let params: Vec<_> = [("reasons", "mention"), ("priority", "false")]
            .into_iter()
            .chain(place.params(&asked))
            .collect();
        let nsid = "app.bsky.notification.listNotifications";
        let answer = self.ask(operation, nsid, &params).await?;
        let told: wire::Notifications<'_> = wire::read(&answer)?;
        let (mine, next) = place.cut(&told.notifications, told.cursor.get());
        let told: Vec<&wire::Notification<'_>> = mine
            .iter()
            .filter_map(Obj::get)
            .filter(|n| n.reason.get() == Some("mention"))
            .collect();
        let uris: Vec<&str> = told.iter().filter_map(|n| n.uri.get()).collect();
        let mut views = self.views(operation, &uris).await?;
        let mut posts = Vec::with_capacity(told.len());
        for notification in told {
            let Some(uri) = notification.uri.get() else {
                continue;
            };
            // What the AppView does not show yet, or no more, is known from the notification.
            let post = views.remove(uri).or_else(|| {
                let author = notification.author.get().and_then(convert::account)?;
                let record = notification.record.get()?;
                Some(convert::post_of_record(
                    uri,
                    notification.cid.get(),
                    record,
                    author,
                ))
            });
            posts.extend(post);
        }
        Ok(Page::new(posts).next(next).raw(answer.raw()))
    }

    /// Posts by their addresses, as far as the AppView shows them.
    fn views<'a>(
        &'a self,
        operation: &'a Operation,
        uris: &'a [&'a str],
    ) -> BoxFuture<'a, Result<Table<String, Post>>> {
        Box::pin(async move {
            let nsid = "app.bsky.feed.getPosts";
            let each = ("uris", uris, POSTS_AT_ONCE);
            let mut views = Table::default();
            for (answer, _) in self.ask_each(operation, nsid, &[], each).await? {
                let page: wire::Posts<'_> = wire::read(&answer)?;
                for post in convert::posts(&page.posts).0 {
                    views.insert(address(&post.id).to_owned(), post);
                }
            }
            Ok(views)
        })
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
        let mut place = Place::of(&query.page)?;
        place.limit = query
            .page
            .limit
            .map_or(ids.len().max(1), |limit| limit as usize);
        let (ids, next) = place.cut(ids, None);
        let mut settled = Vec::with_capacity(ids.len());
        for id in ids {
            settled.push(self.settled(operation, id.as_str()).await);
        }
        let uris: Vec<String> = settled.iter().flatten().map(PostUri::uri).collect();
        let mut wanted: Vec<&str> = uris.iter().map(String::as_str).collect();
        order::sort(&mut wanted);
        wanted.dedup();
        let views = if self.has_appview() {
            match self.views(operation, &wanted).await {
                Err(_) if !self.has_appview() => Table::default(),
                views => views?,
            }
        } else {
            Table::default()
        };
        let me = self.session().await?.tokens.did().to_owned();
        let mut page = Page::new(Vec::with_capacity(ids.len())).next(next);
        for (id, uri) in ids.iter().zip(settled) {
            let post = match uri {
                Err(error) => Err(error),
                Ok(uri) => match views.get(&uri.uri()) {
                    Some(post) => Ok(post.clone()),
                    None if uri.repo == me || !self.has_appview() => {
                        self.recorded(operation, &uri).await
                    }
                    None => Err(gone(operation)),
                },
            };
            match post {
                Ok(post) => page.items.push(post),
                Err(error) if is_about_the_post(&error) => {
                    let omitted = Omitted::new(id.as_str(), error.kind().clone(), error.message());
                    page.omitted.push(omitted);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(page)
    }

    async fn replies(
        &self,
        operation: &Operation,
        post: &PostId,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        if query.order == Order::Top {
            return Err(no_order(query));
        }
        let uri = self.settled(operation, post.as_str()).await?.uri();
        let mut all = Flat::default();
        let (answer, _) = self.branch(operation, &uri, 1, 0, &mut all, false).await?;
        match query.order {
            Order::Newest | Order::Oldest => {
                // The newest of the same moment stand as they came, in both orders.
                let newest = query.order == Order::Newest;
                order::sort_by(&mut all.posts, |a, b| {
                    let by_age = a.created_at.cmp(&b.created_at);
                    if newest { by_age.reverse() } else { by_age }
                });
            }
            Order::Default | Order::Top => {}
        }
        part(all, query).map(|page| page.raw(answer))
    }

    async fn thread(
        &self,
        operation: &Operation,
        post: &PostId,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        if !matches!(query.order, Order::Default | Order::Oldest) {
            return Err(no_order(query));
        }
        let uri = self.settled(operation, post.as_str()).await?.uri();
        let mut all = Flat::default();
        // The post itself tells which thread it stands in.
        let mut above = Flat::default();
        let (_, root) = self.branch(operation, &uri, 0, 0, &mut above, true).await?;
        let root = root.unwrap_or_else(|| uri.clone());
        let begun = self
            .branch(operation, &root, THREAD_DEPTH, 0, &mut all, true)
            .await;
        let answer = match begun {
            Ok((answer, _)) => answer,
            // The thread's beginning is gone; what is left hangs on the post that was asked for.
            Err(error) if error.kind() == &ErrorKind::NotFound && root != uri => {
                let omitted = Omitted::new(root, ErrorKind::NotFound, error.message());
                all.omitted.push(omitted);
                self.branch(operation, &uri, THREAD_DEPTH, PAGE, &mut all, true)
                    .await?
                    .0
            }
            Err(error) => return Err(error),
        };
        let mut descents = 0;
        while let Some(deeper) = all.deeper.pop() {
            descents += 1;
            if descents > MOST_DESCENTS {
                let message = "the thread goes on below this post: ask for the thread of that post";
                all.omitted.push(Omitted::new(
                    deeper,
                    ErrorKind::Invalid(Vec::new()),
                    message,
                ));
                continue;
            }
            match self
                .branch(operation, &deeper, THREAD_DEPTH, 0, &mut all, false)
                .await
            {
                // It was deleted, or its author blocked, while the rest was read.
                Err(error) if is_about_the_post(&error) => {
                    let omitted = Omitted::new(deeper, error.kind().clone(), error.message());
                    all.omitted.push(omitted);
                }
                answer => {
                    answer?;
                }
            }
        }
        part(all, query).map(|page| page.raw(answer))
    }

    /// Reads a branch of a thread into a flat list: what stands above if asked for, the post if `with_post`, then its
    /// answers, each after what it answers. Tells the raw answer and the thread's beginning, where it is another post.
    fn branch<'a>(
        &'a self,
        operation: &'a Operation,
        uri: &'a str,
        depth: u32,
        parents: u32,
        into: &'a mut Flat,
        with_post: bool,
    ) -> BoxFuture<'a, Result<Branch>> {
        Box::pin(async move {
            let (depth_text, parents) = (depth.to_string(), parents.to_string());
            let params = [
                ("uri", uri),
                ("depth", &depth_text),
                ("parentHeight", &parents),
            ];
            let nsid = "app.bsky.feed.getPostThread";
            let answer = self.ask(operation, nsid, &params).await?;
            let thread: wire::Thread<'_> = wire::read(&answer)?;
            let node = &thread.thread;
            let Some(view) = node.post.get() else {
                return Err(gone(operation));
            };
            let root = view
                .record
                .get()
                .and_then(|record| record.reply.get())
                .and_then(|reply| reply.root.get())
                .and_then(|root| root.uri.owned());
            let mut above = Vec::new();
            let mut parent = node.parent.get();
            while let Some(next) = parent {
                above.push(&**next);
                parent = next.parent.get();
            }
            for node in above.into_iter().rev() {
                into.take(node);
            }
            if with_post {
                into.take(node);
            }
            for reply in node.replies.objects() {
                into.gather(reply, depth.saturating_sub(1));
            }
            Ok((answer.raw(), root))
        })
    }

    /// Who answers a post directly, for the audience: each account once.
    pub(super) async fn commenters(
        &self,
        operation: &Operation,
        post: &PostId,
    ) -> Result<Vec<Account>> {
        let uri = self.settled(operation, post.as_str()).await?.uri();
        let mut all = Flat::default();
        self.branch(operation, &uri, 1, 0, &mut all, false).await?;
        let mut accounts: Vec<Account> = Vec::new();
        for author in all.posts.into_iter().filter_map(|post| post.author) {
            if !accounts.iter().any(|known| known.id == author.id) {
                accounts.push(Arc::unwrap_or_clone(author));
            }
        }
        Ok(accounts)
    }

    /// A post's view, if the AppView shows it.
    pub(super) async fn with_view<T>(
        &self,
        operation: &Operation,
        uri: &str,
        read: impl FnOnce(&wire::PostView<'_>) -> T,
    ) -> Result<Option<T>> {
        let answer = self
            .ask(operation, "app.bsky.feed.getPosts", &[("uris", uri)])
            .await?;
        let page: wire::Posts<'_> = wire::read(&answer)?;
        Ok(page.posts.iter().find_map(Obj::get).map(read))
    }
}

/// A thread as a list.
#[derive(Default)]
struct Flat {
    posts: Vec<Post>,
    omitted: Vec<Omitted>,
    /// Posts whose answers lie deeper than was asked for.
    deeper: Vec<String>,
}

impl Flat {
    /// A post, or what stands in its place.
    fn take(&mut self, node: &wire::ThreadNode<'_>) {
        match node.post.get().and_then(convert::post) {
            Some(post) => self.posts.push(post),
            None => {
                let id = node.uri.get().unwrap_or("?");
                let (kind, message) = if node.blocked.0 == Some(true) {
                    let need = crate::error::Need::Permission(
                        "not being blocked by its author, nor blocking it".to_owned(),
                    );
                    (
                        ErrorKind::Forbidden(need),
                        "one of the two accounts blocks the other",
                    )
                } else {
                    (ErrorKind::NotFound, "it is gone")
                };
                self.omitted.push(Omitted::new(id, kind, message));
            }
        }
    }

    /// A post and all its answers; the nesting is bounded by what was asked for.
    fn gather(&mut self, node: &wire::ThreadNode<'_>, levels: u32) {
        self.take(node);
        let view = node.post.get();
        let told = view.and_then(|view| view.reply_count.0).unwrap_or_default();
        if levels == 0 && told > 0 && node.replies.0.is_empty() {
            self.deeper.extend(view.and_then(|view| view.uri.owned()));
        }
        for reply in node.replies.objects() {
            self.gather(reply, levels.saturating_sub(1));
        }
    }
}

/// The part of a list that was asked for, where the network gives it whole.
fn part(all: Flat, query: &PostQuery) -> Result<Page<Post>> {
    let mut place = Place::of(&query.page)?;
    place.limit = query
        .page
        .limit
        .map_or(all.posts.len().max(1), |limit| limit as usize);
    let (mine, next) = place.cut(&all.posts, None);
    Ok(Page::new(mine.to_vec()).omitted(all.omitted).next(next))
}

/// The address in a handle of a post, without its hash.
pub(super) fn address(id: &PostId) -> &str {
    id.as_str().split('#').next().unwrap_or_default()
}

/// Drops what was not written in the wanted span, and ends the listing where all that follows is older.
///
/// Only an AppView sorts by time. Records come by their keys, and a key need not tell when its post was written.
fn narrowed(mut page: Page<Post>, query: &PostQuery, by_time: bool) -> Page<Post> {
    if query.since.is_none() && query.until.is_none() {
        return page;
    }
    let older = |at: Timestamp| query.since.is_some_and(|since| at < since);
    let newest_first = by_time
        && !matches!(
            query.timeline,
            Timeline::Ids(_) | Timeline::Replies(_) | Timeline::Thread(_)
        )
        && query.order != Order::Top;
    // A repost stands where it was reposted, however old the post is.
    let passed = page
        .items
        .iter()
        .any(|post| post.reposted_by.is_none() && post.created_at.is_some_and(older));
    if newest_first && passed {
        page.next = None;
    }
    page.items.retain(|post| {
        post.created_at
            .is_some_and(|at| !older(at) && query.until.is_none_or(|until| at < until))
    });
    page
}

/// Whether an error is about one post of many, so that the others can be had all the same.
pub(super) fn is_about_the_post(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::Invalid(_) | ErrorKind::Forbidden(_) | ErrorKind::Decode
    )
}

pub(super) fn gone(operation: &Operation) -> Error {
    Error::new(
        ErrorKind::NotFound,
        "there is no such post, or it is not shown to this identity: check the id",
    )
    .with_network(NETWORK)
    .with_operation(operation.clone())
}

fn newest_only(query: &PostQuery) -> Result<()> {
    match query.order {
        Order::Default | Order::Newest => Ok(()),
        _ => Err(no_order(query)),
    }
}

fn no_order(query: &PostQuery) -> Error {
    let message = format!(
        "this list does not come in the order {:?}: leave the order out, or sort what comes",
        query.order
    );
    invalid(Rule::Unsupported, "order", message).with_operation(query.timeline.operation())
}
