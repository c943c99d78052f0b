//! Notifications (app.bsky.notification).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::faults::Rule;
use super::index::{Indexed, Notice};
use super::state::World;
use super::syntax::{datetime, iso};
use super::views::{Key, with_cursor};
use super::xrpc::{Answer, Call, Refusal, Reply};

impl World {
    /// The notices of an account whose records still stand.
    fn notices<'a>(&'a self, me: &str) -> impl Iterator<Item = &'a Notice> {
        self.index
            .notices(me)
            .iter()
            .filter(|notice| self.index.get(&notice.uri).is_some())
            .filter(|notice| {
                notice
                    .subject
                    .as_ref()
                    .is_none_or(|subject| self.index.get(subject).is_some())
            })
    }

    fn is_hidden(&self, me: &str, notice: &Notice) -> bool {
        let Some(record) = self.index.get(&notice.uri) else {
            return true;
        };
        let quiet = record.root().is_some_and(|root| {
            let account = self.accounts.get(me);
            let muted = account.is_some_and(|account| account.muted_threads.contains(root));
            let hidden = notice.reason == "reply"
                && super::syntax::at_uri_parts(root).is_some_and(|(owner, _, _)| owner == me)
                && self.keeps(Rule::HiddenRepliesAreSilent)
                && self.index.hidden_reply(root, &notice.uri);
            muted || hidden
        });
        quiet
            || self.hidden_by_block(Some(me), &notice.from)
            || self.hidden_by_mute(Some(me), &notice.from)
    }

    fn notice_view(&self, me: &str, notice: &Notice, seen: Option<Timestamp>) -> Option<Value> {
        let record: &Indexed = self.index.get(&notice.uri)?;
        let mut view = json!({
            "uri": notice.uri,
            "cid": record.cid,
            "author": self.profile_view(&notice.from, Some(me))?,
            "reason": notice.reason,
            "record": record.value,
            "isRead": seen.is_none_or(|seen| seen > notice.at),
            "indexedAt": iso(notice.at),
            "labels": self.labels(record),
        });
        if let (Some(fields), Some(subject)) = (view.as_object_mut(), &notice.subject) {
            fields.insert("reasonSubject".to_owned(), json!(subject));
        }
        Some(view)
    }

    /// Whether an account wants to hear only of those whom it follows: as the call says, else as it once chose.
    fn priority(&self, me: &str, call: &Call<'_>) -> Result<bool, Refusal> {
        let chosen = self
            .accounts
            .get(me)
            .is_some_and(|account| account.priority);
        Ok(call.flag("priority")?.unwrap_or(chosen))
    }
}

/// How many pages a filtered listing looks through at most (AppView, listNotifications).
const LOOKED_THROUGH: usize = 10;

pub(super) fn list_notifications(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?;
    let limit = call.limit(50)?;
    if call.param("seenAt").is_some() {
        return Err(Refusal::invalid("The seenAt parameter is unsupported"));
    }
    let priority = world.priority(me, call)?;
    let reasons = if world.keeps(Rule::ReasonsFilter) {
        call.params("reasons")
    } else {
        Vec::new()
    };
    let cursor = call.param("cursor");
    let page_after = |cursor: Option<&str>| {
        let items: Vec<(Key, &Notice)> = world
            .notices(me)
            .filter(|notice| !priority || world.index.follow(me, &notice.from).is_some())
            .map(|notice| {
                (
                    (
                        notice.at.as_millisecond(),
                        format!("{} {}", notice.uri, notice.reason),
                    ),
                    notice,
                )
            })
            .collect();
        world.page(items, limit, cursor)
    };
    let (mut page, mut next) = page_after(cursor)?;
    if !reasons.is_empty() {
        // A filtered listing reads on until it has half a page or comes to the end, but not for long: what it has
        // found by then may be nothing, and its cursor leads on all the same.
        let wanted = |notice: &&Notice| reasons.contains(&notice.reason);
        page.retain(wanted);
        for _ in 1..LOOKED_THROUGH {
            let Some(after) = next.as_deref().filter(|_| page.len() < limit.div_ceil(2)) else {
                break;
            };
            let (more, end) = page_after(Some(after))?;
            page.extend(more.into_iter().filter(wanted));
            next = end;
        }
    }
    let seen = world.accounts.get(me).and_then(|account| account.seen);
    // Who never marked anything finds the newest unread and the rest read.
    let newest = page
        .iter()
        .map(|notice| notice.at)
        .max()
        .filter(|_| cursor.is_none());
    let told = seen.or(newest);
    let notifications: Vec<Value> = page
        .iter()
        .filter(|notice| !world.is_hidden(me, notice))
        .filter_map(|notice| world.notice_view(me, notice, told))
        .collect();
    let mut body = json!({ "notifications": notifications, "priority": priority });
    if let (Some(fields), Some(told)) = (body.as_object_mut(), told) {
        fields.insert("seenAt".to_owned(), json!(iso(told)));
    }
    Ok(Reply::json(with_cursor(body, next)))
}

pub(super) fn get_unread_count(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?;
    if call.param("seenAt").is_some() {
        return Err(Refusal::invalid("The seenAt parameter is unsupported"));
    }
    let seen = world.accounts.get(me).and_then(|account| account.seen);
    let priority = world.priority(me, call)?;
    let unread = world
        .notices(me)
        .filter(|notice| !priority || world.index.follow(me, &notice.from).is_some())
        .filter(|notice| seen.is_none_or(|seen| notice.at > seen));
    let count = unread.filter(|notice| !world.is_hidden(me, notice)).count();
    Ok(Reply::json(json!({ "count": count })))
}

pub(super) fn put_preferences(world: &mut World, call: &Call<'_>) -> Answer {
    let priority = call.input.get("priority").and_then(Value::as_bool);
    if let Some(account) = world.accounts.get_mut(call.me()?) {
        account.priority = priority.unwrap_or(account.priority);
    }
    Ok(Reply::empty())
}

pub(super) fn update_seen(world: &mut World, call: &Call<'_>) -> Answer {
    let seen = datetime(call.need_field("seenAt")?);
    let marks = world.keeps(Rule::SeenMarksRead);
    if let Some(account) = world.accounts.get_mut(call.me()?).filter(|_| marks) {
        account.seen = seen;
    }
    Ok(Reply::empty())
}
