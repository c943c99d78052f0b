//! What our own posts brought, paid or not: engagement by its full names.

use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt};

use super::fact::{Fact, Told};
use super::gather::{Gathered, Promo, ordered};
use super::report::{LeftOut, Report, Trouble};
use super::row::Row;
use crate::error::{Error, Result};
use crate::model::{Absent, Metric, Metrics, PageRequest, Period, Post, PostId, PostQuery, Source};
use crate::network::SocialNetwork;

/// How many posts are measured in one call.
const AT_ONCE: usize = 50;
/// How many pages of posts are read of one account at most.
const MOST_PAGES: usize = 1000;

/// What counts as an engagement, where the report names nothing else. Views never do, and clicks only where they are
/// named.
pub(super) const ENGAGEMENTS: [Fact; 6] = [
    Fact::Likes,
    Fact::Reactions,
    Fact::Replies,
    Fact::Reposts,
    Fact::Quotes,
    Fact::Bookmarks,
];

impl Row {
    /// Sets the engagements to the sum of these facts, so that those of several networks mean the same. What the
    /// network does not count at all adds nothing; where it counts something and does not tell it, the sum is absent
    /// too.
    pub fn engagements_of(self, facts: &[Fact]) -> Self {
        let mut sum = None;
        for fact in facts {
            match self.facts.get(fact) {
                Some(Told::Count(count)) => {
                    let more = sum.unwrap_or(0_u64).checked_add(*count);
                    let Some(more) = more else {
                        let reason = Absent::Other("it is too large to be told".to_owned());
                        return self.absent(Fact::Engagements, reason);
                    };
                    sum = Some(more);
                }
                None | Some(Told::Absent(Absent::NotOffered) | Told::Money(_)) => {}
                Some(Told::Absent(reason)) => {
                    let reason = reason.clone();
                    return self.absent(Fact::Engagements, reason);
                }
            }
        }
        match sum {
            Some(sum) => self.count(Fact::Engagements, sum),
            None => self.absent(Fact::Engagements, Absent::NotOffered),
        }
    }

    fn of_post(network: &str, account: &str, post: &Post, metrics: &Metrics) -> Result<Self> {
        let mut row = Self::new(Source::Public)
            .id(post.id.as_str())
            .origin(account)
            .network(network)
            .account(account)
            .post(post.id.as_str());
        row.taken_at = metrics.when();
        row.take(metrics)?;
        for fact in [Fact::Impressions, Fact::Reach] {
            let absent = || Told::Absent(Absent::NotOffered);
            row.facts.entry(fact).or_insert_with(absent);
        }
        Ok(row)
    }
}

impl Promo {
    /// What our own posts of a period brought until now: a row for each post, with the followers of the account as
    /// they stand now (networks do not tell how many there were at publication). Rows of paid promotion and your own
    /// rows have no part in it.
    ///
    /// Engagements are the sum of likes, reactions, comments, reposts, quotes and bookmarks, as far as a network
    /// counts them; see [`Row::engagements_of`]. An account that fails is told, and holds back no other.
    ///
    /// # Errors
    /// `Config` where the period ends before it begins, or a sum is too large to be told.
    pub async fn posts(&self, period: &Period) -> Result<Report> {
        ordered(period)?;
        let each = self.accounts().iter().map(|(name, network)| {
            let followers = async move { followers(network, period).await };
            stream::once(followers)
                .flat_map(move |followers| of_account(name, network, *period, followers))
                .boxed()
        });
        let coming: BoxStream<'_, Gathered> = stream::select_all(each).boxed();
        self.collect(period, self.layout().clone(), &[], coming)
            .await
    }
}

/// How many follow the account now, or why that is not known.
async fn followers(network: &Arc<dyn SocialNetwork>, period: &Period) -> Told {
    let of = |metrics: &Metrics| metrics.count(Metric::Followers);
    if let Ok(metrics) = network.account_metrics(period).await
        && let Some(count) = of(&metrics)
    {
        return Told::Count(count);
    }
    match network.me().await {
        Ok(me) => match of(&me.metrics) {
            Some(count) => Told::Count(count),
            None => Told::Absent(Absent::NotOffered),
        },
        Err(error) => Told::Absent(Absent::Other(error.to_string())),
    }
}

/// Where the reading of an account stands: the next page, and how many were read.
type Next = Option<(PageRequest, usize)>;

fn of_account<'a>(
    name: &'a str,
    network: &'a Arc<dyn SocialNetwork>,
    period: Period,
    followers: Told,
) -> impl stream::Stream<Item = Gathered> + Send + 'a {
    let first: Next = Some((PageRequest::first(), 0));
    let pages = stream::unfold((first, followers), move |(next, followers)| async move {
        let (request, read) = next?;
        let before = request.cursor.clone();
        let mut query = PostQuery::own().page(request);
        query.since = Some(period.since);
        query.until = Some(period.until);
        let page = match network.posts(&query).await {
            Ok(page) => page,
            Err(error) => {
                let gathered = vec![Gathered::Trouble(Trouble::new(name, &error))];
                return Some((gathered, (None, followers)));
            }
        };
        let mut gathered: Vec<Gathered> = (page.omitted.into_iter())
            .map(|omitted| Gathered::LeftOut(LeftOut::of(name, omitted)))
            .collect();
        // Networks may list more than was asked for, and what we repost is not ours.
        let ours = |post: &&Post| {
            post.reposted_by.is_none() && post.created_at.is_none_or(|at| period.contains(at))
        };
        let posts: Vec<&Post> = page.items.iter().filter(ours).collect();
        for batch in posts.chunks(AT_ONCE) {
            gathered.extend(measured(name, network, batch, &followers).await);
        }
        let next = match page.next {
            Some(cursor) if before.as_ref() != Some(&cursor) && read < MOST_PAGES => {
                Some((PageRequest::first().after(cursor), read + 1))
            }
            _ => None,
        };
        Some((gathered, (next, followers)))
    });
    pages.map(stream::iter).flatten()
}

async fn measured(
    name: &str,
    network: &Arc<dyn SocialNetwork>,
    posts: &[&Post],
    followers: &Told,
) -> Vec<Gathered> {
    let ids: Vec<PostId> = posts.iter().map(|post| post.id.clone()).collect();
    let told = match network.post_metrics(&ids).await {
        Ok(told) => told,
        Err(error) => return vec![Gathered::Trouble(Trouble::new(name, &error))],
    };
    let profile = network.profile();
    let mut gathered = Vec::with_capacity(told.len());
    for (id, metrics) in told {
        let left_out =
            |error: &Error| Gathered::LeftOut(LeftOut::of_error(name, id.as_str(), error));
        let Some(post) = posts.iter().find(|post| post.id == id) else {
            continue;
        };
        let row = metrics.and_then(|metrics| Row::of_post(&profile.network, name, post, &metrics));
        gathered.push(match row {
            Ok(mut row) => {
                row = row.engagements_of(&ENGAGEMENTS);
                row.facts.insert(Fact::Followers, followers.clone());
                let at = post.created_at;
                row.period = at.and_then(|since| {
                    let until = row.taken_at?;
                    (since < until).then(|| Period::new(since, until))
                });
                Gathered::Row(Box::new(row))
            }
            Err(error) => left_out(&error),
        });
    }
    gathered
}
