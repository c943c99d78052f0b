use std::collections::HashSet;
use std::future::Future;
use std::hash::Hash;

use futures_core::Stream;
use futures_util::stream::unfold;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Account, Conversation, Cursor, Message, Page, PageRequest, Post, Promotion};

/// What tells an item of a listing from every other.
pub trait Listed {
    /// The part that is compared.
    type Key: Eq + Hash + Clone + Send;

    /// What tells this item from every other.
    fn key(&self) -> Self::Key;
}

macro_rules! listed {
    ($($item:ty => $key:ty, |$this:ident| $what:expr;)*) => {$(
        impl Listed for $item {
            type Key = $key;

            fn key(&self) -> Self::Key {
                let $this = self;
                $what
            }
        }
    )*};
}

listed! {
    // One post may stand twice in a listing: once by itself, once as a repost.
    Post => (String, Option<String>), |post| (
        post.id.as_str().to_owned(),
        post.reposted_by.as_ref().map(|a| a.id.as_str().to_owned()),
    );
    Account => String, |account| account.id.as_str().to_owned();
    Conversation => String, |conversation| conversation.id.as_str().to_owned();
    Message => String, |message| message.id.as_str().to_owned();
    Promotion => String, |promotion| promotion.id.as_str().to_owned();
}

/// Follows a listing from page to page, as a stream of its items.
///
/// New items shift a listing while it is read, so that the end of one page comes again at the start of the next: such
/// repeats are dropped. A page that cannot be had ends the stream with its error; a listing whose cursor does not move
/// on, or goes in a circle, ends it too.
///
/// ```no_run
/// # async fn f(network: &dyn sociable::SocialNetwork) {
/// use sociable::{PostQuery, pages};
/// let posts = pages(Default::default(), |page| async move { network.posts(&PostQuery::own().page(page)).await });
/// # let _ = posts;
/// # }
/// ```
pub fn pages<T, F, Fut>(first: PageRequest, fetch: F) -> impl Stream<Item = Result<T>>
where
    T: Listed,
    F: FnMut(PageRequest) -> Fut,
    Fut: Future<Output = Result<Page<T>>>,
{
    struct State<T: Listed, F> {
        fetch: F,
        request: Option<PageRequest>,
        waiting: std::vec::IntoIter<T>,
        before: HashSet<T::Key>,
        last_cursor: Option<Cursor>,
        /// An earlier one, and how many came since and have to come before the next takes its place.
        marked: Option<Cursor>,
        since: u64,
        most: u64,
    }

    let state = State {
        fetch,
        request: Some(first),
        waiting: Vec::new().into_iter(),
        before: HashSet::new(),
        last_cursor: None,
        marked: None,
        since: 0,
        most: 1,
    };
    unfold(state, |mut state| async move {
        loop {
            if let Some(item) = state.waiting.next() {
                return Some((Ok(item), state));
            }
            let request = state.request.take()?;
            let limit = request.limit;
            let page = match (state.fetch)(request).await {
                Ok(page) => page,
                Err(error) => return Some((Err(error), state)),
            };
            // The boundary shifts by a few items at most, so only the page before has to be remembered.
            let keys: HashSet<T::Key> = page.items.iter().map(Listed::key).collect();
            let before = std::mem::replace(&mut state.before, keys);
            let mut items = page.items;
            items.retain(|item| !before.contains(&item.key()));
            state.waiting = items.into_iter();
            if let Some(cursor) = page.next {
                // A circle of any length is found within twice its length, with one cursor kept (Brent, 1980).
                let known = Some(&cursor);
                if state.last_cursor.as_ref() == known || state.marked.as_ref() == known {
                    let error = Error::new(
                        ErrorKind::Decode,
                        "the listing's cursor does not move on: what was read so far is good, the rest cannot be had now",
                    );
                    return Some((Err(error), state));
                }
                state.since += 1;
                if state.since == state.most {
                    state.marked = Some(cursor.clone());
                    state.since = 0;
                    state.most = state.most.saturating_mul(2);
                }
                state.last_cursor = Some(cursor.clone());
                state.request = Some(PageRequest {
                    limit,
                    cursor: Some(cursor),
                });
            }
        }
    })
}
