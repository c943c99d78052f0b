//! Comments: below a post, below one another, and whole threads of them.

use super::super::Vk;
use super::super::compose::{self, Authors, Listed};
use super::super::id::Thing;
use super::super::rules::PAGE;
use super::super::wire::{self, Obj};
use super::place::Place;
use super::posts::{comment_in, count, gone, is_about_the_post, keep_span, no_order, with_authors};
use super::{Params, response};
use crate::client::Answer;
use crate::error::{ErrorKind, Result};
use crate::id::PostId;
use crate::model::{Omitted, Order, Page, Post, PostQuery};
use crate::operation::Operation;

/// The texts of comments uncut: else they end after 90 characters (schema, `wall.getComments`).
pub(super) const WHOLE: u32 = 0;
/// How many comments below one come with it at most (schema, `wall.getComments`).
const WITH_EACH: usize = 10;
/// How many pages of comments are read for one thread at most: five thousand comments.
const MOST_PAGES: usize = 50;

/// Which comments are asked for.
#[derive(Clone, Copy)]
struct Part {
    /// Below which post, topic or comment.
    under: Thing,
    offset: usize,
    limit: usize,
    sort: &'static str,
    /// How many of those below each.
    nested: usize,
}

impl Part {
    fn method(&self) -> &'static str {
        match self.under {
            Thing::Post { .. } | Thing::Comment { .. } => "wall.getComments",
            Thing::Topic { .. } | Thing::TopicComment { .. } => "board.getComments",
        }
    }

    fn params(&self) -> Params {
        let params = match self.under {
            Thing::Post { owner, id } => under_post(owner, id),
            Thing::Comment { owner, post, id } => under_post(owner, post).with("comment_id", id),
            Thing::Topic { owner, id }
            | Thing::TopicComment {
                owner, topic: id, ..
            } => under_topic(owner, id),
        };
        let mut params = params
            .with("offset", self.offset)
            .with("count", self.limit)
            .with("sort", self.sort);
        if self.nested > 0 {
            params = params.with("thread_items_count", self.nested);
        }
        params
    }
}

fn under_post(owner: i64, post: i64) -> Params {
    let params = Params::new()
        .with("owner_id", owner)
        .with("post_id", post)
        .with("preview_length", WHOLE)
        .flag("need_likes", true);
    with_authors(params)
}

fn under_topic(owner: i64, topic: i64) -> Params {
    Params::new()
        .with("group_id", owner.unsigned_abs())
        .with("topic_id", topic)
        .flag("need_likes", true)
        .flag("extended", true)
}

/// A comment with all that stands below it.
struct Branch {
    id: i64,
    listed: Listed,
    /// How many of those below it are there already, and how many there are.
    there: usize,
    all: usize,
}

impl Branch {
    fn is_whole(&self) -> bool {
        self.there >= self.all
    }
}

impl Vk {
    /// How one comment is asked for: who has a user's token asks for it by its number, others for the list that begins
    /// with it, in which a comment below another does not stand.
    pub(super) fn comment_call(&self, comment: Thing) -> (&'static str, Params) {
        let (owner, number) = (comment.owner(), comment.number());
        let root = comment.root().number();
        let is_on_wall = matches!(comment, Thing::Comment { .. } | Thing::Post { .. });
        if is_on_wall && self.inner.tokens.has().user {
            let params = Params::new()
                .with("owner_id", owner)
                .with("comment_id", number);
            return ("wall.getComment", with_authors(params));
        }
        let (method, params) = if is_on_wall {
            let params = under_post(owner, root).with("thread_items_count", WITH_EACH);
            ("wall.getComments", params)
        } else {
            ("board.getComments", under_topic(owner, root))
        };
        let params = params.with("start_comment_id", number).with("count", 1);
        (method, params)
    }

    pub(super) async fn comment_answer(
        &self,
        operation: &Operation,
        comment: Thing,
    ) -> Result<Answer> {
        let (method, params) = self.comment_call(comment);
        self.ask(operation, method, &params).await
    }

    async fn part(&self, operation: &Operation, part: Part) -> Result<Answer> {
        self.ask(operation, part.method(), &part.params()).await
    }

    pub(super) async fn replies(
        &self,
        operation: &Operation,
        post: &PostId,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        let thing = Thing::parse(post.as_str())?;
        let sort = match query.order {
            Order::Default | Order::Oldest => "asc",
            Order::Newest => "desc",
            Order::Top if matches!(thing, Thing::Post { .. } | Thing::Comment { .. }) => "smart",
            Order::Top => return Err(no_order(query)),
        };
        let place = Place::of(&query.page, PAGE)?;
        let part = |under| Part {
            under,
            offset: place.offset,
            limit: place.limit,
            sort,
            nested: 0,
        };
        let mut page = match thing {
            Thing::Post { .. } | Thing::Topic { .. } => {
                let answer = self.part(operation, part(thing)).await?;
                let told = comments_told(&answer)?;
                let authors = Authors::of(&told.profiles, &told.groups);
                let listed = compose::comments(&told.items.0, authors, thing, false);
                let total = count(told.level).or(count(told.count));
                let next = place.next(told.items.0.len(), total);
                Page::new(listed.posts)
                    .omitted(listed.omitted)
                    .total(total)
                    .next(next)
                    .raw(answer.raw())
            }
            // Comments of a topic stand in one row.
            Thing::TopicComment { .. } => Page::new(Vec::new()),
            Thing::Comment { .. } => {
                let below = self.part(operation, part(thing)).await;
                match below {
                    Ok(answer) => {
                        let told = comments_told(&answer)?;
                        if told.items.0.is_empty() && place.offset == 0 {
                            self.answers_within(operation, thing, part, &place).await?
                        } else {
                            direct(&told, thing, &place)?
                        }
                    }
                    Err(error) if is_about_the_post(&error) => {
                        self.answers_within(operation, thing, part, &place).await?
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        keep_span(&mut page.items, query);
        Ok(page)
    }

    /// The answers to a comment that stands itself below another: the network keeps them in that one's row.
    async fn answers_within(
        &self,
        operation: &Operation,
        comment: Thing,
        part: impl Fn(Thing) -> Part,
        place: &Place,
    ) -> Result<Page<Post>> {
        let top = {
            let answer = self.comment_answer(operation, comment).await?;
            let told: wire::Comments<'_> = response(&answer)?;
            let view = comment_in(&told, comment).ok_or_else(|| gone(operation))?;
            view.parents_stack.0.first().and_then(|top| top.0)
        };
        let Some(top) = top.filter(|top| *top > 0 && *top != comment.number()) else {
            return Ok(Page::new(Vec::new()));
        };
        let top = compose::beside(comment, top);
        let answer = self.part(operation, part(top)).await?;
        direct(&comments_told(&answer)?, comment, place)
    }

    pub(super) async fn thread(
        &self,
        operation: &Operation,
        post: &PostId,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        if query.order != Order::Default {
            return Err(no_order(query));
        }
        let root = Thing::parse(post.as_str())?.root();
        let mut all = Listed::default();
        if matches!(root, Thing::Post { .. }) {
            all.posts.push(self.one_thing(operation, root).await?);
        }
        let (mut offset, mut pages) = (0, 0);
        loop {
            let (branches, came, total) = self
                .branches(operation, root, offset, PAGE as usize)
                .await?;
            for branch in branches {
                all.posts.extend(branch.listed.posts);
                all.omitted.extend(branch.listed.omitted);
            }
            offset += came;
            pages += 1;
            let more = total.is_none_or(|total| u64::try_from(offset).is_ok_and(|at| at < total));
            if came == 0 || !more {
                break;
            }
            if pages >= MOST_PAGES {
                let message =
                    "there are more comments than are read at once: list the replies page by page";
                let reason = ErrorKind::Invalid(Vec::new());
                all.omitted
                    .push(Omitted::new(root.to_string(), reason, message));
                break;
            }
        }
        let mut place = Place::of(&query.page, u32::MAX)?;
        place.limit = query
            .page
            .limit
            .map_or(all.posts.len().max(1), |limit| limit as usize);
        keep_span(&mut all.posts, query);
        let (mine, next) = place.cut(&all.posts);
        Ok(Page::new(mine.to_vec()).omitted(all.omitted).next(next))
    }

    /// Some of the comments right below a post or topic, each with all that stands below it; how many came, and how many
    /// there are.
    async fn branches(
        &self,
        operation: &Operation,
        root: Thing,
        offset: usize,
        limit: usize,
    ) -> Result<(Vec<Branch>, usize, Option<u64>)> {
        let part = Part {
            under: root,
            offset,
            limit,
            sort: "asc",
            nested: match root {
                Thing::Post { .. } => WITH_EACH,
                _ => 0,
            },
        };
        let (mut branches, came, total) = {
            let answer = self.part(operation, part).await?;
            let told = comments_told(&answer)?;
            let total = count(told.level).or(count(told.count));
            let branches = told.items.0.iter().map(|view| branch(view, &told, root));
            (branches.collect::<Vec<_>>(), told.items.0.len(), total)
        };
        let mut rounds = 0;
        while branches.iter().any(|branch| !branch.is_whole()) {
            rounds += 1;
            if rounds > MOST_PAGES {
                for branch in branches.iter_mut().filter(|branch| !branch.is_whole()) {
                    let id = compose::beside(root, branch.id).to_string();
                    let message =
                        "more stands below this comment than is read at once: list its replies";
                    let reason = ErrorKind::Invalid(Vec::new());
                    branch
                        .listed
                        .omitted
                        .push(Omitted::new(id, reason, message));
                }
                break;
            }
            self.grow(operation, root, &mut branches).await?;
        }
        Ok((branches, came, total))
    }

    /// Reads on below each comment of which not all is there.
    async fn grow(
        &self,
        operation: &Operation,
        root: Thing,
        branches: &mut [Branch],
    ) -> Result<()> {
        let mut short: Vec<&mut Branch> = branches
            .iter_mut()
            .filter(|branch| !branch.is_whole())
            .collect();
        let calls: Vec<Params> = short
            .iter()
            .map(|branch| {
                let part = Part {
                    under: compose::beside(root, branch.id),
                    offset: branch.there,
                    limit: PAGE as usize,
                    sort: "asc",
                    nested: 0,
                };
                part.params()
            })
            .collect();
        let batch = self.batch(operation, "wall.getComments", &calls).await?;
        for (branch, told) in short.iter_mut().zip(batch.read::<wire::Comments<'_>>()?) {
            match told {
                Ok(told) if !told.items.0.is_empty() => {
                    let authors = Authors::of(&told.profiles, &told.groups);
                    let listed = compose::comments(&told.items.0, authors, root, false);
                    branch.there += told.items.0.len();
                    branch.listed.posts.extend(listed.posts);
                    branch.listed.omitted.extend(listed.omitted);
                }
                // The count counts what is not shown, too.
                Ok(_) => branch.all = branch.there,
                Err(error) if is_about_the_post(&error) => {
                    let id = compose::beside(root, branch.id).to_string();
                    let omitted = Omitted::new(id, error.kind().clone(), error.message());
                    branch.listed.omitted.push(omitted);
                    branch.all = branch.there;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The comments of one page and below, for the audience.
    pub(super) async fn comments_of(
        &self,
        operation: &Operation,
        root: Thing,
        place: &Place,
    ) -> Result<(Vec<Post>, Option<crate::id::Cursor>)> {
        let (branches, came, total) = self
            .branches(operation, root, place.offset, place.limit)
            .await?;
        let posts = branches.into_iter().flat_map(|branch| branch.listed.posts);
        Ok((posts.collect(), place.next(came, total)))
    }
}

/// What an answer tells of comments. A list has to be there, lest garbage reads as an empty page.
fn comments_told(answer: &Answer) -> Result<wire::Comments<'_>> {
    let told: wire::Comments<'_> = response(answer)?;
    if told.items.0.is_empty() && told.count.0.is_none() {
        return Err(answer.unreadable("there are no comments, and no count of them"));
    }
    Ok(told)
}

fn branch(view: &Obj<wire::WallItem<'_>>, told: &wire::Comments<'_>, root: Thing) -> Branch {
    let authors = Authors::of(&told.profiles, &told.groups);
    let listed = compose::comments(std::slice::from_ref(view), authors, root, true);
    let thread = view.get().and_then(|view| view.thread.get());
    let all = thread
        .and_then(|thread| count(thread.count))
        .unwrap_or_default();
    let id = view.get().and_then(|view| view.id.0);
    let id = id.filter(|id| *id > 0);
    Branch {
        id: id.unwrap_or_default(),
        listed,
        there: thread.map_or(0, |thread| thread.items.0.len()),
        // Below one without a number nothing can be asked for, and topics have no rows below comments.
        all: match root {
            Thing::Post { .. } if id.is_some() => usize::try_from(all).unwrap_or(usize::MAX),
            _ => 0,
        },
    }
}

/// Of the row below a comment, what answers this one itself.
fn direct(told: &wire::Comments<'_>, comment: Thing, place: &Place) -> Result<Page<Post>> {
    let authors = Authors::of(&told.profiles, &told.groups);
    let Listed {
        mut posts, omitted, ..
    } = compose::comments(&told.items.0, authors, comment.root(), false);
    let all = posts.len();
    let id = comment.post_id();
    posts.retain(|post| post.reply_to.as_ref() == Some(&id));
    let total = count(told.level).or(count(told.count));
    let next = place.next(told.items.0.len(), total);
    // Where others stand between, the network's count is not that of this list.
    let whole = posts.len() == all;
    Ok(Page::new(posts)
        .omitted(omitted)
        .total(total.filter(|_| whole))
        .next(next))
}
