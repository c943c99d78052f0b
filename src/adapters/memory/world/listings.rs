//! Timelines and lists of accounts, page by page.
//!
//! A cursor names the last item that was shown by its number in the order of appearance, so that a page stays right
//! when something is added or taken away in between.

use jiff::Timestamp;

use super::ids;
use super::show;
use super::state::{Ask, Mark, No, PostRow, State};
use crate::adapters::memory::rules;
use crate::adapters::memory::wire::{AccountSays, OmittedSays, PageSays, PostSays};
use crate::error::Rule;
use crate::model::{
    AccountKind, Audience, AudienceQuery, Order, PageRequest, PostQuery, Timeline, Visibility,
};

/// A place in a listing: its number in the order, the post, and who reposted it.
struct Entry<'a> {
    number: u64,
    post: u64,
    by: Option<&'a str>,
}

/// Whether a post was written in the span that is asked for.
fn written(query: &PostQuery, post: &PostRow) -> bool {
    query.since.is_none_or(|since| post.created_at >= since)
        && query.until.is_none_or(|until| post.created_at < until)
}

/// How many items a page is to hold.
pub(super) fn size(page: &PageRequest) -> usize {
    let limit = page.limit.unwrap_or(rules::DEFAULT_PAGE);
    limit.clamp(1, rules::MAX_PAGE) as usize
}

/// The number that a page goes on after.
pub(super) fn after(page: &PageRequest) -> Ask<Option<u64>> {
    let Some(cursor) = &page.cursor else {
        return Ok(None);
    };
    match cursor.as_str().parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(No::invalid(
            Rule::Malformed,
            "page.cursor",
            "the cursor is none that this network gave: begin at the first page",
        )),
    }
}

/// One page of items that stand in the order of their numbers, and where it goes on.
pub(super) fn cut<T>(
    mut items: Vec<T>,
    page: &PageRequest,
    oldest: bool,
    number: impl Fn(&T) -> u64,
) -> Ask<(Vec<T>, Option<u64>)> {
    items.sort_unstable_by_key(|item| number(item));
    if !oldest {
        items.reverse();
    }
    if let Some(last) = after(page)? {
        items.retain(|item| {
            if oldest {
                number(item) > last
            } else {
                number(item) < last
            }
        });
    }
    let size = size(page);
    let more = items.len() > size;
    items.truncate(size);
    let next = items.last().filter(|_| more).map(number);
    Ok((items, next))
}

impl State {
    pub(super) fn posts_for<'a>(
        &'a self,
        me: &str,
        query: &'a PostQuery,
        now: Timestamp,
    ) -> Ask<PageSays<'a, PostSays<'a>>> {
        let shown = self.shown_at(now);
        match &query.timeline {
            Timeline::Ids(ids) => return Ok(self.posts_by_id(me, ids)),
            Timeline::Thread(id) => return self.thread(me, id.as_str(), query, shown),
            _ => {}
        }
        if query.order == Order::Top {
            return Err(No::invalid(
                Rule::Unsupported,
                "order",
                "posts are listed newest or oldest first here: the network ranks none",
            ));
        }
        let mut entries = self.entries(me, query, shown)?;
        entries.retain(|entry| {
            let post = self.posts.get(&entry.post);
            post.is_some_and(|post| written(query, post))
        });
        let total = entries.len() as u64;
        let oldest = query.order == Order::Oldest;
        let (entries, next) = cut(entries, &query.page, oldest, |entry| entry.number)?;
        let items = entries
            .iter()
            .filter_map(|entry| {
                let mut says = show::post(self, me, entry.post)?;
                says.reposted_by = entry
                    .by
                    .and_then(|by| show::account(self, me, by))
                    .map(Box::new);
                Some(says)
            })
            .collect();
        Ok(PageSays {
            items,
            next: next.map(|n| n.to_string().into()),
            total: Some(total),
            omitted: Vec::new(),
        })
    }

    fn entries<'a>(&'a self, me: &str, query: &PostQuery, shown: Timestamp) -> Ask<Vec<Entry<'a>>> {
        let listed = |post: &PostRow| post.listed_at(shown) && self.may_see(me, post);
        let mine = self.account(me)?;
        let all = |keep: &dyn Fn(&PostRow) -> bool| -> Vec<Entry<'a>> {
            self.posts
                .iter()
                .filter(|(_, post)| listed(post) && keep(post))
                .filter_map(|(post, row)| {
                    Some(Entry {
                        number: row.live?,
                        post: *post,
                        by: None,
                    })
                })
                .collect()
        };
        // What everybody may stumble upon.
        let open = |post: &PostRow| {
            !post.hidden && post.visibility == Visibility::Public && !mine.muted.has(&post.author)
        };
        Ok(match &query.timeline {
            Timeline::Own => all(&|post| post.author == me),
            Timeline::Account(account) => {
                let handle = self.handle_of(me, account)?;
                all(&|post| post.author == handle)
            }
            Timeline::Home => {
                let followed = |who: &str| mine.following.has(who) && !mine.muted.has(who);
                let place = |post: &PostRow| {
                    post.place
                        .as_deref()
                        .is_some_and(|place| mine.following.has(place))
                };
                let mut entries = all(&|post| {
                    post.author != me
                        && !post.hidden
                        && !mine.muted.has(&post.author)
                        && (followed(&post.author) || place(post))
                });
                for (number, post) in &self.posts {
                    let reposts = post.reposts.0.iter();
                    let seen = reposts.filter(|m| m.at <= shown && followed(&m.who));
                    if listed(post) && !mine.muted.has(&post.author) {
                        entries.extend(seen.map(|mark| Entry {
                            number: mark.number,
                            post: *number,
                            by: Some(&mark.who),
                        }));
                    }
                }
                entries
            }
            Timeline::Community(id) => {
                let handle = ids::account(id.as_str()).unwrap_or(id.as_str());
                let row = self.account(handle)?;
                let community = row.kind == AccountKind::Community;
                all(&|post| {
                    !post.hidden
                        && (post.place.as_deref() == Some(handle)
                            || (community && post.author == handle))
                })
            }
            Timeline::Mentions => all(&|post| {
                !post.hidden && !mine.muted.has(&post.author) && post.mentions().any(|m| m == me)
            }),
            Timeline::Replies(id) => {
                let number = ids::post_number(id.as_str())?;
                self.visible(me, number)?;
                all(&|post| !post.hidden && post.reply_to == Some(number))
            }
            Timeline::Quotes(id) => {
                let number = ids::post_number(id.as_str())?;
                self.visible(me, number)?;
                all(&|post| !post.hidden && post.quote == Some(number))
            }
            Timeline::Hashtag(tag) => {
                let tag = tag.trim_start_matches(['#', '＃']).to_lowercase();
                all(&|post| open(post) && post.has_tag(&tag))
            }
            Timeline::Search(words) => {
                let words = words.to_lowercase();
                let words: Vec<&str> = words.split_whitespace().collect();
                if words.is_empty() {
                    return Err(No::invalid(
                        Rule::Empty,
                        "search",
                        "there is nothing to search for: name a word",
                    ));
                }
                all(&|post| {
                    let text = post.text.as_str().to_lowercase();
                    open(post) && words.iter().all(|word| text.contains(word))
                })
            }
            Timeline::Scheduled => self
                .waiting
                .iter()
                .filter(|number| {
                    self.posts
                        .get(number)
                        .is_some_and(|p| p.author == me && p.deleted_at.is_none())
                })
                .map(|number| Entry {
                    number: *number,
                    post: *number,
                    by: None,
                })
                .collect(),
            _ => Vec::new(),
        })
    }

    fn posts_by_id<'a>(
        &'a self,
        me: &str,
        wanted: &'a [crate::model::PostId],
    ) -> PageSays<'a, PostSays<'a>> {
        let mut page = PageSays {
            items: Vec::new(),
            next: None,
            total: None,
            omitted: Vec::new(),
        };
        for id in wanted {
            let says = ids::post_number(id.as_str())
                .ok()
                .filter(|number| self.visible(me, *number).is_ok())
                .and_then(|number| show::post(self, me, number));
            match says {
                Some(post) => page.items.push(post),
                None => page.omitted.push(OmittedSays {
                    id: id.as_str().into(),
                    message: "there is no such post".into(),
                }),
            }
        }
        page
    }

    /// A whole thread, each post after what it answers.
    fn thread<'a>(
        &'a self,
        me: &str,
        id: &str,
        query: &PostQuery,
        shown: Timestamp,
    ) -> Ask<PageSays<'a, PostSays<'a>>> {
        if query.order != Order::Default {
            return Err(No::invalid(
                Rule::Unsupported,
                "order",
                "a thread is listed in its own order: leave it out",
            ));
        }
        let number = ids::post_number(id)?;
        let root = self.visible(me, number)?.thread;
        let mut order = Vec::new();
        let mut stack = vec![root];
        while let Some(number) = stack.pop() {
            order.push(number);
            if let Some(post) = self.posts.get(&number) {
                stack.extend(post.replies.iter().rev());
            }
        }
        // The place after a post is found among all, those taken away included, so that a cursor never loses its hold.
        let from = match after(&query.page)? {
            None => 0,
            Some(last) => order.iter().position(|n| *n == last).map_or(0, |i| i + 1),
        };
        let mut wanted = order.iter().skip(from).copied().filter(|number| {
            self.posts.get(number).is_some_and(|p| {
                p.listed_at(shown) && !p.hidden && self.may_see(me, p) && written(query, p)
            })
        });
        let numbers: Vec<u64> = wanted.by_ref().take(size(&query.page)).collect();
        let more = wanted.next().is_some();
        let next = numbers
            .last()
            .filter(|_| more)
            .map(|n| n.to_string().into());
        Ok(PageSays {
            items: numbers
                .into_iter()
                .filter_map(|n| show::post(self, me, n))
                .collect(),
            next,
            total: None,
            omitted: Vec::new(),
        })
    }

    pub(super) fn audience_for<'a>(
        &'a self,
        me: &str,
        query: &AudienceQuery,
        now: Timestamp,
    ) -> Ask<PageSays<'a, AccountSays<'a>>> {
        let shown = self.shown_at(now);
        let post = |id: &crate::model::PostId| self.visible(me, ids::post_number(id.as_str())?);
        let marks: Vec<&Mark> = match &query.audience {
            Audience::Followers(account) | Audience::Members(account) => {
                let handle = self.handle_of(me, account)?;
                self.account(&handle)?.followers.0.iter().collect()
            }
            Audience::Following(account) => {
                let handle = self.handle_of(me, account)?;
                self.account(&handle)?.following.0.iter().collect()
            }
            Audience::Liked(id) => post(id)?.likes.0.iter().collect(),
            Audience::Reposted(id) => post(id)?.reposts.0.iter().collect(),
            Audience::Commented(id) => {
                let post = post(id)?;
                return self.commenters(me, post, query, shown);
            }
            Audience::Voted(id, choice) => {
                let poll = post(id)?.poll.as_ref();
                let poll = poll.ok_or(No::NotFound("the post has no poll"))?;
                let chose = |m: &&Mark| choice.is_none_or(|c| m.choices.contains(&c));
                poll.votes.0.iter().filter(chose).collect()
            }
        };
        let listed: Vec<(u64, &str)> = marks
            .into_iter()
            .filter(|mark| mark.at <= shown)
            .map(|mark| (mark.number, mark.who.as_str()))
            .collect();
        self.accounts_page(me, listed, &query.page)
    }

    /// Who commented, each once, at the place of its first comment.
    fn commenters<'a>(
        &'a self,
        me: &str,
        post: &PostRow,
        query: &AudienceQuery,
        shown: Timestamp,
    ) -> Ask<PageSays<'a, AccountSays<'a>>> {
        let mut found: Vec<(u64, &str)> = Vec::new();
        for number in &post.replies {
            if let Some(reply) = self.posts.get(number)
                && reply.listed_at(shown)
                && !reply.hidden
                && !found.iter().any(|(_, who)| *who == reply.author)
            {
                found.push((*number, &reply.author));
            }
        }
        self.accounts_page(me, found, &query.page)
    }

    fn accounts_page<'a>(
        &'a self,
        me: &str,
        listed: Vec<(u64, &str)>,
        page: &PageRequest,
    ) -> Ask<PageSays<'a, AccountSays<'a>>> {
        let total = listed.len() as u64;
        let (listed, next) = cut(listed, page, false, |(number, _)| *number)?;
        Ok(PageSays {
            items: listed
                .iter()
                .filter_map(|(_, who)| show::account(self, me, who))
                .collect(),
            next: next.map(|n| n.to_string().into()),
            total: Some(total),
            omitted: Vec::new(),
        })
    }
}
