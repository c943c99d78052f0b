//! Figures: of posts over time, of what was read, and what people talk about.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::faults::Rule;
use super::groups::FIGURES;
use super::money::day;
use super::state::{Figures, Id, Post, World};
use super::wire::{Answer, Call, PROBLEMS, Read, Refusal, Reply, moment, number};

/// How many posts a month holds where a test sets no other end.
const CAP: i64 = 3_000_000;

impl World {
    pub(super) fn trends_at(&mut self, call: &Call<'_>) -> Answer {
        let text = call.part("woeid");
        let bad = || {
            Refusal::invalid(
                "woeid",
                text,
                format!("The `woeid` query parameter value [{text}] is not valid"),
            )
        };
        let place: i64 = text.parse().map_err(|_| bad())?;
        let Some(trends) = self.trends.get(&place) else {
            return Err(bad());
        };
        let most = call.number("max_trends").unwrap_or(20);
        let most = usize::try_from(most).unwrap_or(20);
        let fields = call.list("trend.fields");
        let asked = |name: &str| fields.is_empty() || fields.contains(&name);
        let data: Vec<Value> = trends
            .iter()
            .take(if self.keeps(Rule::TrendsAreCounted) {
                most
            } else {
                usize::MAX
            })
            .map(|(name, count)| {
                let mut told = Map::new();
                if asked("trend_name") {
                    told.insert("trend_name".to_owned(), json!(name));
                }
                if let Some(count) = count.filter(|_| asked("tweet_count")) {
                    told.insert("tweet_count".to_owned(), json!(count));
                }
                Value::Object(told)
            })
            .collect();
        let mut body = json!({});
        if !data.is_empty() || !self.keeps(Rule::EmptyDataIsOmitted) {
            body["data"] = json!(data);
        }
        Ok(Reply::ok(body))
    }

    /// What X thinks that one is interested in: for who pays for more.
    pub(super) fn trends_of_one(&mut self, call: &Call<'_>) -> Answer {
        let premium = call.me().and_then(|me| self.users.get(&me));
        if !premium.is_some_and(|user| user.premium) {
            return Err(Refusal::forbidden(
                "Personalized trends are for Premium accounts.",
            ));
        }
        let fields = call.list("personalized_trend.fields");
        let asked = |name: &str| fields.is_empty() || fields.contains(&name);
        let trends = self.trends.get(&1).into_iter().flatten();
        let data: Vec<Value> = trends
            .map(|(name, count)| {
                let mut told = Map::new();
                for (field, value) in [
                    ("trend_name", json!(name)),
                    ("category", json!("Trending")),
                    ("post_count", json!(format!("{} posts", count.unwrap_or(0)))),
                    ("trending_since", json!("2 hours ago")),
                ] {
                    if asked(field) {
                        told.insert(field.to_owned(), value);
                    }
                }
                Value::Object(told)
            })
            .collect();
        let mut body = json!({});
        if !data.is_empty() || !self.keeps(Rule::EmptyDataIsOmitted) {
            body["data"] = json!(data);
        }
        Ok(Reply::ok(body))
    }

    /// What a post brought within a span: all of it at the hour at which it was published.
    fn brought(post: &Post, from: Timestamp, to: Timestamp) -> Figures {
        if post.at < from || post.at >= to {
            return Figures::default();
        }
        let paid = post.promoted.unwrap_or_default();
        let own = post.organic;
        Figures {
            impressions: own.impressions + paid.impressions,
            url_clicks: own.url_clicks + paid.url_clicks,
            profile_clicks: own.profile_clicks + paid.profile_clicks,
            engagements: own.engagements + paid.engagements,
            likes: own.likes + paid.likes,
            reposts: own.reposts + paid.reposts,
            replies: own.replies + paid.replies,
        }
    }

    pub(super) fn analytics(&mut self, call: &Call<'_>) -> Answer {
        let ids: Vec<Id> = call.list("ids").into_iter().filter_map(number).collect();
        let from = call.time("start_time").unwrap_or(Timestamp::MIN);
        let to = call.time("end_time").unwrap_or(Timestamp::MAX);
        if from >= to || to > call.now {
            let text = call.text("end_time").unwrap_or_default();
            return Err(Refusal::invalid(
                "end_time",
                text,
                "The `end_time` query parameter must lie after `start_time` and not in the future",
            ));
        }
        let step = match call.text("granularity") {
            Some("hourly") => SignedDuration::from_hours(1),
            Some("daily") => SignedDuration::from_hours(24),
            Some("weekly") => SignedDuration::from_hours(24 * 7),
            _ => to.duration_since(from),
        };
        let fields = call.list("analytics.fields");
        let asked = |name: &str| {
            FIGURES.contains(&name) && (fields.contains(&name) || !self.keeps(Rule::FieldsAsAsked))
        };
        let mut data = Vec::new();
        let mut read = Vec::new();
        let mut errors = Vec::new();
        for id in ids {
            let post = self.visible(id, call.me());
            let own = post.filter(|post| {
                Some(post.author) == call.me() || !self.keeps(Rule::PrivateFiguresAreOwn)
            });
            let Some(post) = own else {
                let (kind, title) = if post.is_some() {
                    ("not-authorized-for-resource", "Authorization Error")
                } else {
                    ("resource-not-found", "Not Found Error")
                };
                errors.push(json!({
                    "value": id.to_string(),
                    "resource_id": id.to_string(),
                    "resource_type": "tweet",
                    "parameter": "ids",
                    "title": title,
                    "detail": format!("The figures of the Tweet with ids: [{id}] are not yours to see."),
                    "type": format!("{PROBLEMS}{kind}"),
                }));
                continue;
            };
            let mut series = Vec::new();
            let mut at = from;
            while at < to && series.len() < 1000 {
                let next = at.checked_add(step).unwrap_or(to).min(to);
                let sum = Self::brought(post, at, next);
                let mut metrics = Map::new();
                for (name, value) in [
                    ("impressions", sum.impressions),
                    ("engagements", sum.engagements),
                    ("likes", sum.likes),
                    ("retweets", sum.reposts),
                    ("replies", sum.replies),
                    ("url_clicks", sum.url_clicks),
                    ("user_profile_clicks", sum.profile_clicks),
                ] {
                    if asked(name) {
                        metrics.insert(name.to_owned(), json!(value));
                    }
                }
                series.push(json!({ "timestamp": moment(at), "metrics": metrics }));
                at = next;
            }
            read.push(id);
            data.push(json!({ "id": id.to_string(), "timestamped_metrics": series }));
        }
        let mut body = json!({});
        if !data.is_empty() || !self.keeps(Rule::EmptyDataIsOmitted) {
            body["data"] = json!(data);
        }
        if !errors.is_empty() {
            body["errors"] = json!(errors);
        }
        Ok(Reply::ok(body).reads(Read::Post, read))
    }

    pub(super) fn usage(&mut self, call: &Call<'_>) -> Answer {
        let days = call.number("days").unwrap_or(7);
        let days = i64::try_from(days).unwrap_or(7);
        let today = day(call.now);
        let usage: Vec<Value> = (0..days)
            .map(|back| today - back)
            .map(|day| {
                let date = Timestamp::from_second(day * 24 * 3600)
                    .map(moment)
                    .unwrap_or_default();
                let read = self.money.days.get(&day).copied().unwrap_or(0);
                json!({ "date": date, "usage": read.to_string() })
            })
            .collect();
        let fields = call.list("usage.fields");
        let mut told = Map::new();
        for (name, value) in [
            ("project_id", json!("1777000000000000001")),
            (
                "project_cap",
                json!(self.money.cap.unwrap_or(CAP).to_string()),
            ),
            ("project_usage", json!(self.money.read.1.to_string())),
            ("cap_reset_day", json!(1)),
            (
                "daily_project_usage",
                json!({ "project_id": "1777000000000000001", "usage": usage }),
            ),
        ] {
            let usual = [
                "project_id",
                "project_cap",
                "project_usage",
                "cap_reset_day",
            ];
            let asked = if fields.is_empty() {
                usual.contains(&name)
            } else {
                fields.contains(&name)
            };
            if asked || name == "project_id" || !self.keeps(Rule::FieldsAsAsked) {
                told.insert(name.to_owned(), value);
            }
        }
        Ok(Reply::data(Value::Object(told)))
    }
}
