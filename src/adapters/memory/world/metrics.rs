//! Figures. They grow by the clock and with engagement, never fall, and are the same whenever they are asked for.

use jiff::Timestamp;

use super::state::{PostRow, State};
use super::{ids, show};
use crate::adapters::memory::wire::Measured;
use crate::model::{
    Absent, AccountId, Figure, MediaKind, Metric, Metrics, Period, PostId, Quantity, Source, Window,
};

/// After so many seconds a post was shown to half of those who will see it without anybody's help.
const HALF_LIFE: u64 = 6 * 60 * 60;
/// How many see a post by chance, whoever wrote it.
const PASSERS_BY: u64 = 20;
/// How often each follower comes past in the end.
const PER_FOLLOWER: u64 = 4;
/// How many more see a post each time that somebody engages with it.
const PER_BOOST: u64 = 7;

/// How often a post was shown until a moment.
pub(super) fn impressions(post: &PostRow, at: Timestamp) -> u64 {
    if post.live.is_none() || at < post.live_at {
        return 0;
    }
    let age = u64::try_from(at.duration_since(post.live_at).as_secs()).unwrap_or(0);
    let in_the_end = PASSERS_BY + PER_FOLLOWER * post.audience;
    let by_time = u128::from(in_the_end) * u128::from(age) / u128::from(age + HALF_LIFE);
    let boosts = post.boosts.iter().filter(|b| **b <= at).count() as u64;
    u64::try_from(by_time).unwrap_or(u64::MAX) + PER_BOOST * boosts
}

impl State {
    pub(super) fn measured(&self, me: &str, wanted: &[PostId], now: Timestamp) -> Vec<Measured> {
        wanted
            .iter()
            .map(|id| {
                let found =
                    ids::post_number(id.as_str()).and_then(|number| self.visible(me, number));
                match found {
                    Ok(post) => Measured {
                        id: id.clone(),
                        metrics: Some(self.post_figures(me, post, now)),
                        error: None,
                    },
                    Err(no) => Measured {
                        id: id.clone(),
                        metrics: None,
                        error: Some(no.problem()),
                    },
                }
            })
            .collect()
    }

    fn post_figures(&self, me: &str, post: &PostRow, now: Timestamp) -> Metrics {
        let counts = show::counts(self, post);
        let mut figures = vec![
            Figure::count(Metric::Likes, counts.likes),
            Figure::count(Metric::Reactions, counts.reactions),
            Figure::count(Metric::Reposts, counts.reposts),
            Figure::count(Metric::Quotes, counts.quotes),
            Figure::count(Metric::Replies, counts.replies),
        ];
        if let Some(votes) = counts.votes {
            figures.push(Figure::count(Metric::Votes, votes));
        }
        let shown = impressions(post, now);
        let engaged = counts.likes
            + counts.reactions
            + counts.reposts
            + counts.quotes
            + counts.replies
            + counts.votes.unwrap_or_default();
        let is_video = post.media.iter().any(|file| {
            ids::media_number(file.id.as_str())
                .ok()
                .and_then(|n| self.media.get(&n))
                .is_some_and(|row| row.kind == MediaKind::Video)
        });
        let mut own = vec![
            (Metric::Impressions, shown),
            (Metric::Reach, shown - shown / 4),
            (Metric::Bookmarks, post.bookmarks.len()),
            (Metric::Engagements, engaged),
            (Metric::ProfileVisits, shown / 40),
        ];
        if post.link.is_some() {
            own.push((Metric::LinkClicks, shown / 25));
        }
        if is_video {
            own.push((Metric::Views, shown / 2));
        }
        for (metric, value) in own {
            figures.push(if post.author == me {
                let value = Quantity::Count(value);
                Figure::value(metric, value, Window::Lifetime, Source::Owner)
            } else {
                Figure::absent(metric, Absent::NotPermitted)
            });
        }
        figures.push(Figure::absent(Metric::Conversions, Absent::NotOffered));
        figures.into_iter().collect::<Metrics>().taken_at(now)
    }

    pub(super) fn account_figures(&self, me: &str, period: &Period, now: Timestamp) -> Metrics {
        let Some(row) = self.accounts.get(me) else {
            return Metrics::new();
        };
        let posts = || row.posts.iter().filter_map(|n| self.posts.get(n));
        let live = posts().filter(|p| p.is_live()).count() as u64;
        let mut figures = vec![
            Figure::count(Metric::Followers, row.followers.len()),
            Figure::count(Metric::Following, row.following.len()),
            Figure::count(Metric::Posts, live),
        ];
        let until = period.until.min(now);
        let moved = |joined: bool| {
            let within = |(at, j): &&(Timestamp, bool)| *j == joined && period.contains(*at);
            row.moves.iter().filter(within).count() as u64
        };
        let shown: u64 = posts()
            .map(|p| impressions(p, until).saturating_sub(impressions(p, period.since)))
            .sum();
        let engaged: u64 = posts()
            .map(|p| p.boosts.iter().filter(|at| period.contains(**at)).count() as u64)
            .sum();
        for (metric, value) in [
            (Metric::Joins, moved(true)),
            (Metric::Leaves, moved(false)),
            (Metric::Impressions, shown),
            (Metric::Engagements, engaged),
        ] {
            let window = Window::Period(*period);
            figures.push(Figure::value(
                metric,
                Quantity::Count(value),
                window,
                Source::Owner,
            ));
        }
        let mut metrics: Metrics = figures.into_iter().collect();
        // A span that lies ahead has nothing in it yet.
        if period.since > now {
            for metric in [Metric::Joins, Metric::Leaves, Metric::Impressions] {
                metrics.insert(Figure::absent(metric, Absent::NotYet));
            }
        }
        metrics.taken_at(now)
    }

    /// Whether every one of these accounts follows, or belongs to, this one; `None` for what is not there.
    pub(super) fn members(&self, me: &str, accounts: &[AccountId]) -> Vec<Option<bool>> {
        let followers = self.accounts.get(me).map(|row| &row.followers);
        accounts
            .iter()
            .map(|id| {
                let handle = ids::account(id.as_str())?;
                self.accounts.get(handle)?;
                followers.map(|f| f.has(handle))
            })
            .collect()
    }
}
