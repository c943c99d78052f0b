//! Search and trends (app.bsky.feed.searchPosts, app.bsky.unspecced).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::faults::Rule;
use super::index::{Indexed, Link};
use super::state::World;
use super::syntax::{Format, datetime, iso};
use super::views::{Key, key, with_cursor};
use super::xrpc::{Answer, Call, Refusal, Reply};

/// The words of a query: what is in quotes stays together.
fn words(query: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, part) in query.split('"').enumerate() {
        if at % 2 == 1 {
            found.push(part.to_lowercase());
        } else {
            found.extend(part.split_whitespace().map(str::to_lowercase));
        }
    }
    found.retain(|word| !word.is_empty());
    found
}

/// A moment of a search parameter: a datetime, or a day.
fn moment(call: &Call<'_>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = call.param(name) else {
        return Ok(None);
    };
    let at = datetime(text).or_else(|| datetime(&format!("{text}T00:00:00Z")));
    at.map(Some)
        .ok_or_else(|| Refusal::named("BadQueryString", format!("{name} is not a time: {text}")))
}

fn links(post: &Indexed) -> impl Iterator<Item = &str> {
    let card = post
        .value
        .pointer("/embed/external/uri")
        .and_then(Value::as_str);
    post.features()
        .filter_map(|feature| feature.get("uri").and_then(Value::as_str))
        .chain(card)
}

fn host(link: &str) -> Option<String> {
    url::Url::parse(link).ok()?.host_str().map(str::to_owned)
}

impl World {
    fn holds_word(&self, post: &Indexed, word: &str) -> bool {
        if word == "*" {
            return true;
        }
        if let Some(tag) = word.strip_prefix('#').filter(|tag| !tag.is_empty()) {
            return post.tags().any(|known| known.to_lowercase() == tag);
        }
        post.text().to_lowercase().contains(word)
    }

    fn likes(&self, post: &Indexed) -> usize {
        self.index.linked(Link::LikesOf, &post.uri).count()
    }
}

pub(super) fn search_posts(world: &mut World, call: &Call<'_>) -> Answer {
    let query = call.need("q")?;
    let limit = call.limit(25)?;
    let viewer = call.viewer.as_deref();
    let words = words(query);
    let account = |name: &str| -> Result<Option<String>, Refusal> {
        let actor = call.param_format(name, Format::AtIdentifier)?;
        Ok(actor.map(|actor| {
            world
                .find(actor)
                .map_or_else(|| actor.to_owned(), |account| account.did.clone())
        }))
    };
    let (author, mentions) = (account("author")?, account("mentions")?);
    let (since, until) = (moment(call, "since")?, moment(call, "until")?);
    let language = call
        .param_format("lang", Format::Language)?
        .map(str::to_lowercase);
    let (domain, link) = (call.param("domain"), call.param_format("url", Format::Uri)?);
    let tags = call.many("tag", 100, Format::Any)?;
    let filters = world.keeps(Rule::SearchFilters);
    let fits = |post: &Indexed| {
        let spoken = || {
            post.value
                .get("langs")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
        };
        author.as_ref().is_none_or(|did| post.did == *did)
            && mentions
                .as_ref()
                .is_none_or(|did| post.mentions().any(|mentioned| mentioned == did))
            && since.is_none_or(|since| post.sort_at >= since)
            && until.is_none_or(|until| post.sort_at < until)
            && language.as_ref().is_none_or(|wanted| {
                spoken()
                    .any(|lang| lang.to_lowercase().split('-').next() == wanted.split('-').next())
            })
            && domain.is_none_or(|wanted| {
                links(post)
                    .filter_map(host)
                    .any(|host| host == wanted || host.ends_with(&format!(".{wanted}")))
            })
            && link.is_none_or(|wanted| {
                links(post).any(|link| link.trim_end_matches('/') == wanted.trim_end_matches('/'))
            })
            && tags.iter().all(|wanted| {
                let wanted = wanted.trim_start_matches('#').to_lowercase();
                post.tags().any(|tag| tag.to_lowercase() == wanted)
            })
    };
    let found: Vec<&Indexed> = world
        .index
        .posts()
        .filter(|post| {
            !world.keeps(Rule::SearchMatches)
                || words.iter().all(|word| world.holds_word(post, word))
        })
        .filter(|post| !filters || fits(post))
        .collect();
    let total = found.len();
    let top = call.param("sort") == Some("top");
    let items: Vec<(Key, &Indexed)> = found
        .into_iter()
        .map(|post| {
            // By likes first, then by time: a like outweighs any age.
            let rank = if top {
                (world.likes(post) as i64) << 44
            } else {
                0
            };
            let (ms, cid) = key(post);
            ((ms.saturating_add(rank), cid), post)
        })
        .collect();
    let (page, cursor) = world.page(items, limit, call.param("cursor"))?;
    let posts: Vec<Value> = page
        .into_iter()
        .filter(|post| !world.hidden_by_block(viewer, &post.did))
        .filter_map(|post| world.post_view(&post.uri, viewer))
        .collect();
    Ok(Reply::json(with_cursor(
        json!({ "posts": posts, "hitsTotal": total }),
        cursor,
    )))
}

/// A hashtag and the posts of the last day that bear it.
struct Trend<'a> {
    tag: String,
    since: Timestamp,
    posts: Vec<&'a Indexed>,
}

fn trends(world: &World, now: Timestamp) -> Vec<Trend<'_>> {
    let day = now
        .checked_sub(SignedDuration::from_hours(24))
        .unwrap_or(Timestamp::MIN);
    let mut tags: BTreeMap<String, Trend<'_>> = BTreeMap::new();
    for post in world
        .index
        .posts()
        .filter(|post| post.sort_at >= day && world.keeps(Rule::TrendsAreTold))
    {
        let mut named: Vec<&str> = post.tags().collect();
        named.sort_unstable();
        named.dedup();
        for tag in named {
            let trend = tags.entry(tag.to_lowercase()).or_insert_with(|| Trend {
                tag: tag.to_owned(),
                since: post.sort_at,
                posts: Vec::new(),
            });
            trend.since = trend.since.min(post.sort_at);
            trend.posts.push(post);
        }
    }
    let mut trends: Vec<Trend<'_>> = tags.into_values().collect();
    trends.sort_by(|a, b| {
        b.posts
            .len()
            .cmp(&a.posts.len())
            .then_with(|| a.tag.cmp(&b.tag))
    });
    trends
}

fn trend_limit(call: &Call<'_>) -> Result<usize, Refusal> {
    Ok(usize::try_from(call.number("limit", 10, 1, 25)?).unwrap_or(1))
}

pub(super) fn get_trends(world: &mut World, call: &Call<'_>) -> Answer {
    let viewer = call.viewer.as_deref();
    let views: Vec<Value> = trends(world, call.now)
        .into_iter()
        .take(trend_limit(call)?)
        .map(|trend| {
            let mut authors: Vec<&str> = trend.posts.iter().map(|post| post.did.as_str()).collect();
            authors.sort_unstable();
            authors.dedup();
            let actors: Vec<Value> =
                authors.into_iter().take(5).filter_map(|did| world.profile_basic(did, viewer)).collect();
            json!({
                "topic": trend.tag, "displayName": trend.tag, "link": format!("/hashtag/{}", trend.tag),
                "startedAt": iso(trend.since), "postCount": trend.posts.len(), "actors": actors,
            })
        })
        .collect();
    Ok(Reply::json(json!({ "trends": views })))
}

pub(super) fn get_trending_topics(world: &mut World, call: &Call<'_>) -> Answer {
    let topics: Vec<Value> = trends(world, call.now)
        .into_iter()
        .take(trend_limit(call)?)
        .map(|trend| {
            json!({ "topic": trend.tag, "displayName": trend.tag, "link": format!("/hashtag/{}", trend.tag) })
        })
        .collect();
    Ok(Reply::json(json!({ "topics": topics, "suggested": [] })))
}
