//! The Ads API, version 12: accounts, campaigns, promoted posts and what they brought.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::Fake;
use super::faults::Rule;
use super::state::{Id, World};
use super::wire::{Answer, Call, Refusal, Reply};

/// What a campaign or a promoted post brought on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdDay {
    /// What was billed, in millionths of the account's currency.
    pub micros: i64,
    /// Views.
    pub impressions: i64,
    /// Everything that somebody did with it.
    pub engagements: i64,
    /// Clicks on links.
    pub url_clicks: i64,
    /// Likes.
    pub likes: i64,
}

#[derive(Clone, Debug)]
struct Entity {
    /// `CAMPAIGN` or `PROMOTED_TWEET`.
    kind: &'static str,
    name: String,
    post: Option<Id>,
    /// By the day, counted from 1970.
    days: BTreeMap<i64, AdDay>,
}

#[derive(Clone, Debug)]
struct Account {
    owner: Id,
    name: String,
    currency: String,
    entities: BTreeMap<String, Entity>,
}

#[derive(Debug, Default)]
pub(super) struct Ads {
    accounts: BTreeMap<String, Account>,
}

fn refused(status: u16, code: &str, message: impl Into<String>) -> Refusal {
    let message: String = message.into();
    Refusal {
        status,
        body: json!({ "errors": [{ "code": code, "message": message }], "request": { "params": {} } }),
    }
}

fn bad(name: &str, value: &str) -> Refusal {
    refused(
        400,
        "INVALID_PARAMETER",
        format!("Expected a valid {name}, got \"{value}\""),
    )
}

impl World {
    fn ads_account(&self, call: &Call<'_>) -> Result<(&str, &Account), Refusal> {
        let id = call.part("account_id");
        let found = self.ads.accounts.get_key_value(id);
        let found = found.filter(|(_, account)| {
            Some(account.owner) == call.me() || !self.keeps(Rule::AdsNeedAccess)
        });
        found
            .map(|(id, account)| (id.as_str(), account))
            .ok_or_else(|| {
                refused(
                    401,
                    "UNAUTHORIZED_ACCESS",
                    "This request is not properly authenticated",
                )
            })
    }

    pub(super) fn ads_accounts(&mut self, call: &Call<'_>) -> Answer {
        let data: Vec<Value> = self
            .ads
            .accounts
            .iter()
            .filter(|(_, account)| Some(account.owner) == call.me())
            .map(|(id, account)| {
                json!({
                    "id": id,
                    "name": account.name,
                    "timezone": "Etc/UTC",
                    "approval_status": "ACCEPTED",
                    "deleted": false,
                })
            })
            .collect();
        if data.is_empty() && self.keeps(Rule::AdsNeedAccess) {
            return Err(refused(
                403,
                "UNAUTHORIZED_CLIENT_APPLICATION",
                "The client application making this request does not have access to the Ads API",
            ));
        }
        Ok(Reply::ok(
            json!({ "request": { "params": {} }, "next_cursor": null, "data": data }),
        ))
    }

    pub(super) fn ads_campaigns(&mut self, call: &Call<'_>) -> Answer {
        let (_, account) = self.ads_account(call)?;
        let data: Vec<Value> = account
            .entities
            .iter()
            .filter(|(_, entity)| entity.kind == "CAMPAIGN")
            .map(|(id, entity)| {
                json!({
                    "id": id,
                    "name": entity.name,
                    "currency": account.currency,
                    "entity_status": "ACTIVE",
                    "deleted": false,
                })
            })
            .collect();
        Ok(Reply::ok(
            json!({ "request": { "params": {} }, "next_cursor": null, "data": data }),
        ))
    }

    pub(super) fn ads_instruments(&mut self, call: &Call<'_>) -> Answer {
        let (id, account) = self.ads_account(call)?;
        let data = json!([{
            "id": format!("f{id}"),
            "currency": account.currency,
            "type": "CREDIT_CARD",
            "entity_status": "ACTIVE",
            "deleted": false,
        }]);
        Ok(Reply::ok(
            json!({ "request": { "params": {} }, "next_cursor": null, "data": data }),
        ))
    }

    pub(super) fn ads_promoted(&mut self, call: &Call<'_>) -> Answer {
        let (_, account) = self.ads_account(call)?;
        let data: Vec<Value> = account
            .entities
            .iter()
            .filter_map(|(id, entity)| Some((id, entity, entity.post?)))
            .map(|(id, entity, post)| {
                json!({
                    "id": id,
                    "tweet_id": post.to_string(),
                    "line_item_id": entity.name,
                    "entity_status": "ACTIVE",
                    "approval_status": "ACCEPTED",
                    "deleted": false,
                })
            })
            .collect();
        Ok(Reply::ok(
            json!({ "request": { "params": {} }, "next_cursor": null, "data": data }),
        ))
    }

    pub(super) fn ads_stats(&mut self, call: &Call<'_>) -> Answer {
        let (account_id, account) = self.ads_account(call)?;
        let kind = call.text("entity").unwrap_or_default();
        let kinds = [
            "ACCOUNT",
            "CAMPAIGN",
            "FUNDING_INSTRUMENT",
            "LINE_ITEM",
            "ORGANIC_TWEET",
            "PROMOTED_TWEET",
        ];
        if !kinds.contains(&kind) {
            return Err(bad("entity", kind));
        }
        let ids = call.list("entity_ids");
        if ids.is_empty() || (ids.len() > 20 && self.keeps(Rule::AdsSpans)) {
            return Err(refused(
                400,
                "TOO_MANY_IDS",
                format!("Expected between 1 and 20 entity_ids, got {}", ids.len()),
            ));
        }
        let hour = |name: &str| {
            let text = call.text(name).unwrap_or_default();
            let at: Option<Timestamp> = text.parse().ok();
            at.filter(|at| at.as_second() % 3600 == 0 && at.subsec_nanosecond() == 0)
                .ok_or_else(|| bad(name, text))
        };
        let (from, to) = (hour("start_time")?, hour("end_time")?);
        let span = to.duration_since(from);
        let week = SignedDuration::from_hours(7 * 24);
        if span <= SignedDuration::ZERO || (span > week && self.keeps(Rule::AdsSpans)) {
            return Err(refused(
                400,
                "INVALID_TIME_WINDOW",
                "The time window must be between 1 hour and 7 days",
            ));
        }
        let placements = [
            "ALL_ON_TWITTER",
            "PUBLISHER_NETWORK",
            "SPOTLIGHT",
            "TREND_VIEW",
        ];
        let placement = call.text("placement").unwrap_or_default();
        if !placements.contains(&placement) {
            return Err(bad("placement", placement));
        }
        let groups = call.list("metric_groups");
        let known = [
            "ENGAGEMENT",
            "BILLING",
            "VIDEO",
            "MEDIA",
            "MOBILE_CONVERSION",
            "WEB_CONVERSION",
            "LIFE_TIME_VALUE_MOBILE_CONVERSION",
        ];
        if let Some(group) = groups.iter().find(|group| !known.contains(group)) {
            return Err(bad("metric_groups", group));
        }
        let step = match call.text("granularity") {
            Some("HOUR") => SignedDuration::from_hours(1),
            Some("DAY") => SignedDuration::from_hours(24),
            _ => span,
        };
        let mut starts = vec![from];
        while let Some(next) = starts.last().and_then(|last| last.checked_add(step).ok()) {
            if next >= to {
                break;
            }
            starts.push(next);
        }
        let data: Vec<Value> = ids
            .iter()
            .map(|id| {
                let days = account
                    .entities
                    .get(*id)
                    .filter(|entity| entity.kind == kind)
                    .map(|entity| &entity.days);
                let series = |of: fn(&AdDay) -> i64| -> Value {
                    let values: Vec<i64> = starts
                        .iter()
                        .map(|start| {
                            let end = start.checked_add(step).unwrap_or(to);
                            days.into_iter()
                                .flatten()
                                .filter(|(day, _)| {
                                    let at = *day * 24 * 3600;
                                    at >= start.as_second() && at < end.as_second()
                                })
                                .map(|(_, figures)| of(figures))
                                .sum()
                        })
                        .collect();
                    // Where nothing was, nothing is told.
                    if values.iter().all(|value| *value == 0) {
                        Value::Null
                    } else {
                        json!(values)
                    }
                };
                let mut metrics = Map::new();
                let mut put = |name: &str, value: Value| {
                    metrics.insert(name.to_owned(), value);
                };
                if groups.contains(&"BILLING") {
                    put("billed_charge_local_micro", series(|day| day.micros));
                    put("billed_engagements", series(|day| day.engagements));
                }
                if groups.contains(&"ENGAGEMENT") {
                    put("impressions", series(|day| day.impressions));
                    put("engagements", series(|day| day.engagements));
                    put("url_clicks", series(|day| day.url_clicks));
                    put("likes", series(|day| day.likes));
                    put("clicks", series(|day| day.url_clicks));
                    put("retweets", Value::Null);
                    put("replies", Value::Null);
                    put("follows", Value::Null);
                }
                json!({ "id": id, "id_data": [{ "segment": null, "metrics": metrics }] })
            })
            .collect();
        Ok(Reply::ok(json!({
            "data_type": "stats",
            "time_series_length": starts.len(),
            "data": data,
            "request": { "params": { "account_id": account_id, "entity": kind, "entity_ids": ids } },
        })))
    }
}

impl Fake {
    /// Adds an account for advertising that a user may see, in a currency; its id is told.
    pub fn add_ads_account(&self, owner: u64, name: &str, currency: &str) -> String {
        let mut world = self.world();
        let id = format!("18ce5{:03x}", world.next());
        let account = Account {
            owner,
            name: name.to_owned(),
            currency: currency.to_owned(),
            entities: BTreeMap::new(),
        };
        world.ads.accounts.insert(id.clone(), account);
        id
    }

    /// Adds a campaign of an account, or a post that it promotes; its id is told.
    pub fn add_promotion(&self, account: &str, name: &str, post: Option<u64>) -> String {
        let mut world = self.world();
        let id = format!("8u{:04x}", world.next());
        let entity = Entity {
            kind: if post.is_some() {
                "PROMOTED_TWEET"
            } else {
                "CAMPAIGN"
            },
            name: name.to_owned(),
            post,
            days: BTreeMap::new(),
        };
        if let Some(account) = world.ads.accounts.get_mut(account) {
            account.entities.insert(id.clone(), entity);
        }
        id
    }

    /// Sets what a campaign or a promoted post brought on the day of a moment.
    pub fn set_ad_day(&self, account: &str, promotion: &str, day: Timestamp, figures: AdDay) {
        let mut world = self.world();
        let account = world.ads.accounts.get_mut(account);
        if let Some(entity) = account.and_then(|account| account.entities.get_mut(promotion)) {
            entity.days.insert(super::money::day(day), figures);
        }
    }
}
