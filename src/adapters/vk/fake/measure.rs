//! Figures: of communities, of posts, of advertising.

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan, civil};
use serde_json::{Map, Value, json};

use super::faults::Rule;
use super::routes::Call;
use super::state::{AdDay, Post, Promotion, World};
use super::wire::{Answer, Refusal, number};

/// The advertising account of the administrator.
const ACCOUNT: i64 = 1_605_000;
/// The most periods of one answer.
const MOST_PERIODS: usize = 1000;
/// How many of the newest posts tell their reach.
const NEWEST: usize = 300;

/// What a community's day brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommunityDay {
    /// Views of the community's page.
    pub views: u64,
    /// Visitors.
    pub visitors: u64,
    /// Whom its posts reached.
    pub reach: u64,
    /// Of these, subscribers.
    pub reach_subscribers: u64,
    /// Likes.
    pub likes: u64,
    /// Comments.
    pub comments: u64,
    /// Reposts.
    pub copies: u64,
    /// Who subscribed.
    pub subscribed: u64,
    /// Who left.
    pub unsubscribed: u64,
}

impl CommunityDay {
    fn add(&mut self, other: &Self) {
        self.views += other.views;
        self.visitors += other.visitors;
        self.reach += other.reach;
        self.reach_subscribers += other.reach_subscribers;
        self.likes += other.likes;
        self.comments += other.comments;
        self.copies += other.copies;
        self.subscribed += other.subscribed;
        self.unsubscribed += other.unsubscribed;
    }
}

/// VK counts days in Moscow's time.
fn moscow() -> TimeZone {
    TimeZone::fixed(Offset::constant(3))
}

pub(super) fn date_of(second: i64) -> civil::Date {
    Timestamp::from_second(second)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(moscow())
        .date()
}

fn begin(date: civil::Date) -> i64 {
    date.to_zoned(moscow())
        .map_or(0, |zoned| zoned.timestamp().as_second())
}

/// The first day of the period that a day lies in, and the first of the next.
fn period(date: civil::Date, interval: &str) -> Option<(civil::Date, civil::Date)> {
    let (first, span) = match interval {
        "day" => (date, 1.day()),
        "week" => {
            let back = i64::from(date.weekday().to_monday_zero_offset());
            (date.checked_sub(back.days()).ok()?, 1.week())
        }
        "month" => (date.first_of_month(), 1.month()),
        "year" => (date.first_of_year(), 1.year()),
        _ => return None,
    };
    Some((first, first.checked_add(span).ok()?))
}

impl World {
    pub(super) fn stats(&self, call: &Call<'_>) -> Answer {
        let group = self.managed(call.p.int("group_id"), call.kind())?;
        let interval = call.p.text("interval").unwrap_or("day");
        let read = |name: &str| {
            call.p
                .text(name)
                .and_then(|text| text.parse::<f64>().ok())
                .map(|second| second as i64)
        };
        let to = read("timestamp_to").unwrap_or_else(|| call.second());
        let most = call.p.int("intervals_count").filter(|count| *count > 0);
        let last = date_of(to);
        let first = match (read("timestamp_from"), most) {
            (Some(from), _) => date_of(from),
            (None, Some(count)) => match interval {
                "week" => last.checked_sub((count - 1).weeks()),
                "month" => last.checked_sub((count - 1).months()),
                "year" => last.checked_sub((count - 1).years()),
                _ => last.checked_sub((count - 1).days()),
            }
            .unwrap_or(last),
            (None, None) => last,
        };
        if first > last {
            return Err(Refusal::new(150, "Invalid timestamp"));
        }
        let mut periods = Vec::new();
        let mut day = first;
        while day <= last && self.keeps(Rule::StatsAreTold) {
            if periods.len() >= MOST_PERIODS {
                return Err(Refusal::new(150, "Invalid timestamp"));
            }
            let (from, next) = if interval == "all" {
                let end = last
                    .tomorrow()
                    .map_err(|_| Refusal::new(150, "Invalid timestamp"))?;
                (first, end)
            } else {
                period(day, interval).ok_or_else(|| Refusal::param("interval is invalid"))?
            };
            periods.push(self.stats_period(call, group, from, next));
            day = next;
        }
        // The newest period comes first.
        periods.reverse();
        if let Some(most) = most {
            periods.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        }
        Ok(json!(periods))
    }

    fn stats_period(
        &self,
        call: &Call<'_>,
        group: i64,
        from: civil::Date,
        next: civil::Date,
    ) -> Value {
        let mut sum = CommunityDay::default();
        for (_, day) in self.days.range((group, from)..(group, next)) {
            sum.add(day);
        }
        let asked = call.p.list("stats_groups");
        let wanted = |name: &str| asked.is_empty() || asked.contains(&name);
        let mut told = Map::new();
        told.insert("period_from".to_owned(), json!(begin(from)));
        told.insert("period_to".to_owned(), json!(begin(next) - 1));
        if wanted("visitors") {
            let visitors = json!({
                "views": sum.views,
                "visitors": sum.visitors,
                "mobile_views": sum.views / 2,
                "sex": [{ "value": "f", "count": sum.visitors / 2 },
                        { "value": "m", "count": sum.visitors - sum.visitors / 2 }],
                "age": [],
                "sex_age": [],
                "cities": [],
                "countries": [],
            });
            told.insert("visitors".to_owned(), visitors);
        }
        // Of what there was nothing, nothing is told.
        if wanted("reach") && sum.reach > 0 {
            let reach = json!({
                "reach": sum.reach,
                "reach_subscribers": sum.reach_subscribers,
                "mobile_reach": sum.reach / 2,
                "sex": [],
                "age": [],
                "sex_age": [],
                "cities": [],
                "countries": [],
            });
            told.insert("reach".to_owned(), reach);
        }
        let mut activity = Map::new();
        for (name, count) in [
            ("likes", sum.likes),
            ("comments", sum.comments),
            ("copies", sum.copies),
            ("subscribed", sum.subscribed),
            ("unsubscribed", sum.unsubscribed),
        ] {
            if count > 0 {
                activity.insert(name.to_owned(), json!(count));
            }
        }
        if wanted("activity") && !activity.is_empty() {
            told.insert("activity".to_owned(), Value::Object(activity));
        }
        Value::Object(told)
    }

    pub(super) fn post_reach(&self, call: &Call<'_>) -> Answer {
        let owner = self.owner(call.p.int("owner_id"), call.kind())?;
        self.managed(Some(-owner), call.kind())?;
        let ids = call.p.ints("post_ids")?;
        if ids.len() > 30 || ids.is_empty() {
            return Err(Refusal::param("post_ids is invalid"));
        }
        let mut newest: Vec<&Post> = self
            .posts
            .values()
            .filter(|post| post.owner == owner && self.stands(post) && !post.postponed)
            .collect();
        newest.sort_by_key(|post| std::cmp::Reverse((post.date, post.id)));
        newest.truncate(NEWEST);
        let told = self.keeps(Rule::PostReachIsTold);
        let items: Vec<Value> = self
            .known_posts(owner, &ids)
            .into_iter()
            .filter_map(|key| newest.iter().find(|post| post.key() == key))
            .filter(|_| told)
            .map(|post| {
                json!({
                    "post_id": post.id,
                    "reach_total": post.views,
                    "reach_subscribers": post.views / 2,
                    "reach_viral": post.views - post.views / 2,
                    "reach_ads": 0,
                    "links": 0,
                    "to_group": 0,
                    "join_group": 0,
                    "report": 0,
                    "hide": 0,
                    "unsubscribe": 0,
                    "sex_age": [],
                })
            })
            .collect();
        Ok(json!(items))
    }

    pub(super) fn ads_accounts(&self) -> Value {
        if !self.keeps(Rule::AdsAreTold) {
            return json!([]);
        }
        json!([{
            "account_id": ACCOUNT,
            "account_type": "general",
            "account_status": 1,
            "account_name": "Fake account",
            "access_role": "admin",
            "can_view_budget": true,
        }])
    }

    fn account(call: &Call<'_>) -> Result<(), Refusal> {
        if call.p.id("account_id")? == ACCOUNT {
            return Ok(());
        }
        Err(Refusal::new(
            600,
            "Permission denied. You have no access to operations specified with given object(s)",
        ))
    }

    /// The numbers that a call names as JSON; all where it names none.
    fn chosen(call: &Call<'_>, name: &str) -> Result<Option<Vec<i64>>, Refusal> {
        match call.p.text(name) {
            None | Some("null") => Ok(None),
            Some(text) => serde_json::from_str(text)
                .map(Some)
                .map_err(|_| Refusal::param(format!("{name} should be a JSON array"))),
        }
    }

    pub(super) fn ads_campaigns(&self, call: &Call<'_>) -> Answer {
        Self::account(call)?;
        let only = Self::chosen(call, "campaign_ids")?;
        let items: Vec<Value> = self
            .campaigns
            .values()
            .filter(|campaign| only.as_ref().is_none_or(|only| only.contains(&campaign.id)))
            .map(|campaign| {
                json!({
                    "id": campaign.id,
                    "type": "promoted_posts",
                    "name": campaign.name,
                    "status": 1,
                    "day_limit": "0",
                    "all_limit": "0",
                    "start_time": 0,
                    "stop_time": 0,
                    "create_time": 0,
                    "update_time": 0,
                })
            })
            .collect();
        Ok(json!(items))
    }

    pub(super) fn ads_ads(&self, call: &Call<'_>) -> Answer {
        Self::account(call)?;
        let only = Self::chosen(call, "ad_ids")?;
        let of = Self::chosen(call, "campaign_ids")?;
        let items: Vec<Value> = self
            .ads
            .values()
            .filter(|ad| only.as_ref().is_none_or(|only| only.contains(&ad.id)))
            .filter(|ad| {
                let campaign = ad.campaign.unwrap_or(0);
                of.as_ref().is_none_or(|of| of.contains(&campaign))
            })
            .map(|ad| {
                json!({
                    "id": ad.id,
                    "campaign_id": ad.campaign,
                    "name": ad.name,
                    "ad_format": 9,
                    "ad_platform": "all",
                    "all_limit": "0",
                    "day_limit": "0",
                    "approved": 2,
                    "cost_type": 1,
                    "cpm": "100.00",
                    "status": 1,
                    "create_time": 0,
                    "update_time": 0,
                })
            })
            .collect();
        Ok(json!(items))
    }

    pub(super) fn ads_statistics(&self, call: &Call<'_>) -> Answer {
        Self::account(call)?;
        let kind = call.p.text("ids_type").unwrap_or_default();
        let ids: Vec<i64> = call
            .p
            .list("ids")
            .into_iter()
            .map(|id| number(id).ok_or_else(|| Refusal::param("ids is invalid")))
            .collect::<Result<_, _>>()?;
        if ids.len() > 2000 || ids.is_empty() {
            return Err(Refusal::param("ids is invalid"));
        }
        let store = match kind {
            "campaign" => &self.campaigns,
            "ad" => &self.ads,
            _ => return Err(Refusal::param("ids_type is invalid")),
        };
        let period = call.p.text("period").unwrap_or_default();
        let (from, to) = (
            call.p.text("date_from").unwrap_or("0"),
            call.p.text("date_to").unwrap_or("0"),
        );
        let told = self.keeps(Rule::AdsAreTold);
        let items: Vec<Value> = ids
            .iter()
            .filter_map(|id| store.get(id).filter(|_| told))
            .map(|found| {
                let stats = rows(found, period, from, to);
                json!({ "id": found.id, "type": kind, "stats": stats })
            })
            .collect();
        Ok(json!(items))
    }
}

/// The rows of one campaign or ad: by day, by month, or all in one.
fn rows(found: &Promotion, period: &str, from: &str, to: &str) -> Vec<Value> {
    let length = match period {
        "day" => 10,
        "month" => 7,
        "year" => 4,
        _ => 0,
    };
    let cut = |day: &str| day.get(..length).unwrap_or_default().to_owned();
    let within = |day: &str| {
        (from == "0" || day.get(..from.len()).unwrap_or(day) >= from)
            && (to == "0" || day.get(..to.len()).unwrap_or(day) <= to)
    };
    let mut sums: Vec<(String, AdDay)> = Vec::new();
    for day in found.days.iter().filter(|day| within(&day.day)) {
        let name = cut(&day.day);
        let at = sums.iter().position(|(known, _)| *known == name);
        let at = at.unwrap_or_else(|| {
            sums.push((name, AdDay::default()));
            sums.len() - 1
        });
        if let Some((_, sum)) = sums.get_mut(at) {
            sum.spent += day.spent;
            sum.impressions += day.impressions;
            sum.reach += day.reach;
            sum.clicks += day.clicks;
            sum.joins += day.joins;
        }
    }
    sums.sort_by(|one, other| one.0.cmp(&other.0));
    sums.into_iter()
        .map(|(name, sum)| {
            let mut row = Map::new();
            match period {
                "day" => row.insert("day".to_owned(), json!(name)),
                "month" => row.insert("month".to_owned(), json!(name)),
                "year" => row.insert("year".to_owned(), json!(name.parse::<i64>().ok())),
                _ => row.insert("overall".to_owned(), json!(1)),
            };
            let spent = format!("{}.{:02}", sum.spent / 100, sum.spent % 100);
            row.insert("spent".to_owned(), json!(spent));
            row.insert("impressions".to_owned(), json!(sum.impressions));
            row.insert("reach".to_owned(), json!(sum.reach));
            // Where there was none, the number is left out.
            if sum.clicks > 0 {
                row.insert("clicks".to_owned(), json!(sum.clicks));
            }
            if sum.joins > 0 {
                row.insert("join_rate".to_owned(), json!(sum.joins));
            }
            Value::Object(row)
        })
        .collect()
}
