//! What is found by a search: words, hashtags, and the answers in a conversation, which X lists nowhere.

use std::collections::HashSet;

use super::super::rules::endpoints::{SEARCH_ALL, SEARCH_RECENT};
use super::super::rules::{PAGE, QUERY_UNITS, RECENT, THREAD_PAGES, TokenKind};
use super::super::{X, id};
use super::place::Place;
use super::posts::{LEAST_FOUND, gone, keep_span, listed_page, newest_only, no_order};
use super::{Call, invalid};
use crate::error::{Result, Rule};
use crate::id::PostId;
use crate::model::{Omitted, Order, Page, PageRequest, Post, PostQuery};
use crate::operation::Operation;

/// How many posts of the archive are asked for at once (contract).
const ARCHIVE_PAGE: u32 = 500;

impl X {
    pub(super) async fn search(
        &self,
        operation: &Operation,
        words: &str,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        let words = words.trim();
        if words.is_empty() {
            let message = "there is nothing to search for: give it words";
            return Err(invalid(Rule::Empty, "search", message).with_operation(operation.clone()));
        }
        self.found(operation, words, query).await
    }

    pub(super) async fn hashtag(
        &self,
        operation: &Operation,
        tag: &str,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        let tag = tag.trim_start_matches(['#', '＃']);
        if tag.is_empty()
            || tag.contains(|c: char| c.is_whitespace() || c == '"' || c == '(' || c == ')')
        {
            let message = "a hashtag is one word: write it without spaces";
            return Err(
                invalid(Rule::Malformed, "hashtag", message).with_operation(operation.clone())
            );
        }
        self.found(operation, &format!("#{tag}"), query).await
    }

    /// Whether a search has to reach into the archive, and can.
    fn reaches_back(&self, query: &PostQuery) -> bool {
        let recent = self.now().checked_sub(RECENT).ok();
        let older = query
            .since
            .is_some_and(|since| recent.is_some_and(|recent| since < recent));
        older && self.inner.tokens.has().app_only
    }

    /// A page of what a query finds.
    async fn found(
        &self,
        operation: &Operation,
        words: &str,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        let sort = match query.order {
            Order::Default => None,
            Order::Newest => Some("recency"),
            Order::Top => Some("relevancy"),
            Order::Oldest => return Err(no_order(query)),
        };
        let archive = self.reaches_back(query);
        let now = self.now();
        let recent = now.checked_sub(RECENT).ok();
        if !archive
            && query
                .until
                .is_some_and(|until| recent.is_some_and(|recent| until <= recent))
        {
            // Further back than a search reaches there is nothing to be asked for.
            return Ok(Page::new(Vec::new()));
        }
        let (endpoint, most, units) = if archive {
            (SEARCH_ALL, ARCHIVE_PAGE, QUERY_UNITS.1)
        } else {
            (SEARCH_RECENT, PAGE, QUERY_UNITS.0)
        };
        let length = words.chars().count();
        if length > units {
            let message = format!(
                "a search takes {units} characters, and these are {length}: search for less"
            );
            return Err(invalid(Rule::TooLong, "search", message).with_operation(operation.clone()));
        }
        let place = Place::of(&query.page, LEAST_FOUND, most)?;
        let mut call = Call::of(endpoint, &[])
            .with("query", words)
            .listing(place.count(), LEAST_FOUND)
            .maybe("next_token", place.token.as_deref())
            .maybe("sort_order", sort);
        // What lies further back than a search reaches is refused, and nothing is there.
        call = if archive {
            call.within(query, now).by(TokenKind::AppOnly)
        } else {
            call.within(&self.recent(query), now)
        };
        let answer = self.ask(operation, call.of_posts()).await?;
        listed_page(&answer, &place, query)
    }

    /// The same query, no further back than the recent search reaches.
    fn recent(&self, query: &PostQuery) -> PostQuery {
        let mut query = query.clone();
        let recent = self.now().checked_sub(RECENT).ok();
        if query
            .since
            .is_some_and(|since| recent.is_some_and(|recent| since <= recent))
        {
            query.since = None;
        }
        query
    }

    /// The direct answers to a post.
    pub(super) async fn replies(
        &self,
        operation: &Operation,
        post: &PostId,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        newest_only(query)?;
        let number = id::post(post)?;
        let parent = self.post_of(operation, number).await?;
        let root = parent.thread.as_ref().unwrap_or(&parent.id);
        let words = format!("conversation_id:{root}");
        let mut page = self.found(operation, &words, query).await?;
        page.items
            .retain(|answer| answer.reply_to.as_ref() == Some(&parent.id));
        Ok(page)
    }

    /// All posts of a conversation but the one that began it, as far as the search reaches; what of it could not be had.
    pub(super) async fn conversation(
        &self,
        operation: &Operation,
        root: &PostId,
    ) -> Result<(Vec<Post>, Vec<Omitted>)> {
        let words = format!("conversation_id:{root}");
        let (mut posts, mut omitted) = (Vec::new(), Vec::new());
        let mut request = PageRequest::first().limit(PAGE);
        for _ in 0..THREAD_PAGES {
            let query = PostQuery::search(words.as_str()).page(request);
            let page = self.found(operation, &words, &query).await?;
            posts.extend(page.items);
            omitted.extend(page.omitted);
            match page.next {
                Some(next) => request = PageRequest::first().limit(PAGE).after(next),
                None => break,
            }
        }
        posts.retain(|post: &Post| post.id != *root);
        Ok((posts, omitted))
    }

    /// A whole thread: the post that began it, then all answers, each after what it answers.
    pub(super) async fn thread(
        &self,
        operation: &Operation,
        post: &PostId,
        query: &PostQuery,
    ) -> Result<Page<Post>> {
        if query.order != Order::Default {
            return Err(no_order(query));
        }
        let post = self.post_of(operation, id::post(post)?).await?;
        // What is no number leads nowhere.
        let root = post.thread.as_ref();
        let root = match root.filter(|root| id::is_number(root.as_str())) {
            // What began the thread may be gone, and its answers are not.
            Some(root) => match self.post_of(operation, root.as_str()).await {
                Ok(root) => Ok(root),
                Err(error) if super::posts::is_about_the_post(&error) => Err(Omitted::new(
                    root.as_str(),
                    error.kind().clone(),
                    error.message(),
                )),
                Err(error) => return Err(error),
            },
            None => Ok(post.clone()),
        };
        let root_id = root
            .as_ref()
            .map_or_else(|gone| PostId::new(gone.id.as_str()), |root| root.id.clone());
        let (mut answers, mut omitted) = self.conversation(operation, &root_id).await?;
        if post.id != root_id && !answers.iter().any(|answer| answer.id == post.id) {
            answers.push(post);
        }
        let mut all = in_order(&root_id, answers);
        match root {
            Ok(root) => all.insert(0, root),
            Err(gone) => omitted.push(gone),
        }
        if all.is_empty() {
            return Err(gone(operation));
        }
        keep_span(&mut all, query);
        let (posts, next) = Place::part(&query.page, &all)?;
        Ok(Page::new(posts).omitted(omitted).next(next))
    }
}

/// Answers, each after what it answers, the oldest first; those to what is not there stand at the end.
fn in_order(root: &PostId, mut answers: Vec<Post>) -> Vec<Post> {
    let number = |post: &Post| post.id.as_str().parse::<u64>().unwrap_or(u64::MAX);
    answers.sort_by_key(|post| (post.created_at, number(post)));
    let known: HashSet<&str> = answers.iter().map(|post| post.id.as_str()).collect();
    let is_child = |post: &Post, of: &str| {
        post.reply_to
            .as_ref()
            .is_some_and(|parent| parent.as_str() == of)
    };
    let mut order: Vec<usize> = Vec::with_capacity(answers.len());
    // From the last to the first, so that the first is taken from the end.
    let begin = |found: Vec<usize>| found.into_iter().rev().collect::<Vec<usize>>();
    let all = || answers.iter().enumerate();
    let orphans = all().filter(|(_, post)| {
        let parent = post.reply_to.as_ref().map(PostId::as_str);
        parent != Some(root.as_str()) && parent.is_none_or(|parent| !known.contains(parent))
    });
    let mut waiting = begin(orphans.map(|(at, _)| at).collect());
    waiting.extend(begin(
        all()
            .filter(|(_, post)| is_child(post, root.as_str()))
            .map(|(at, _)| at)
            .collect(),
    ));
    let mut taken = vec![false; answers.len()];
    while let Some(at) = waiting.pop() {
        // An answer to itself, which nothing but garbage tells.
        if std::mem::replace(taken.get_mut(at).unwrap_or(&mut true), true) {
            continue;
        }
        order.push(at);
        if let Some(post) = answers.get(at) {
            let below = all().filter(|(_, answer)| is_child(answer, post.id.as_str()));
            waiting.extend(begin(below.map(|(at, _)| at).collect()));
        }
    }
    order
        .into_iter()
        .filter_map(|at| answers.get(at).cloned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_stands_after_what_it_answers() {
        let post = |id: &str, answers: &str, second: i64| {
            let at = jiff::Timestamp::from_second(second).unwrap();
            Post::new(id).reply_to(answers).created_at(at)
        };
        // The newest first, as a search finds them.
        let found = vec![
            post("7", "3", 70),
            post("6", "99", 60),
            post("5", "2", 50),
            post("4", "1", 40),
            post("3", "2", 30),
            post("2", "1", 20),
            post("8", "8", 80),
        ];
        let order: Vec<String> = in_order(&PostId::new("1"), found)
            .iter()
            .map(|post| post.id.to_string())
            .collect();
        assert_eq!(order, ["2", "3", "7", "5", "4", "6"]);
    }
}
