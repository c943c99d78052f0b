//! The JSON lines. Their form is fixed: scripts stand on it. What is unknown is `null`, an id is one string, a time is
//! written as RFC 3339.

use serde_json::{Map, Value, json};
use sociable::client::Budget;
use sociable::client::limits::Spent;
use sociable::network::TextRules;
use sociable::{
    Account, Attachment, Availability, Conversation, Engaged, Error, Event, LoginStatus, Message,
    Metrics, Operation, Post, Profile, Promotion, Quantity, Reading, Source, Trend,
};

pub(crate) fn post(post: &Post) -> Value {
    let author = post.author.as_deref();
    json!({
        "id": post.id,
        "url": post.url,
        "text": post.text.as_str(),
        "created_at": post.created_at,
        "author": author.map(|a| json!({"id": a.id, "handle": a.handle, "name": a.name})),
        "reply_to": post.reply_to,
        "media": post.media.iter().map(attachment).collect::<Vec<_>>(),
        "metrics": metrics(&post.metrics),
    })
}

fn attachment(file: &Attachment) -> Value {
    json!({
        "kind": file.kind,
        "url": file.url,
        "alt": file.alt,
        "media_type": file.media_type,
        "width": file.dimensions.map(|(width, _)| width),
        "height": file.dimensions.map(|(_, height)| height),
    })
}

pub(crate) fn account(account: &Account) -> Value {
    json!({
        "id": account.id,
        "handle": account.handle,
        "name": account.name,
        "url": account.url,
    })
}

pub(crate) fn login(login: &LoginStatus) -> Value {
    json!({
        "kind": login.kind,
        "scopes": login.scopes,
        "expires_at": login.expires_at,
    })
}

pub(crate) fn message(message: &Message) -> Value {
    json!({
        "id": message.id,
        "conversation": message.conversation,
        "text": message.text.as_str(),
        "author": message.author.as_deref().map(account),
        "created_at": message.created_at,
    })
}

pub(crate) fn conversation(conversation: &Conversation) -> Value {
    json!({
        "id": conversation.id,
        "title": conversation.title,
        "members": conversation.members.iter().map(account).collect::<Vec<_>>(),
        "unread": conversation.unread,
        "last": conversation.last.as_deref().map(message),
        "can_reply_until": conversation.can_reply_until,
    })
}

pub(crate) fn event(event: &Event) -> Value {
    json!({
        "id": event.id,
        "cursor": event.cursor,
        "kind": event.kind,
        "at": event.at,
        "post": event.post.as_deref().map(post),
        "message": event.message.as_deref().map(message),
        "account": event.account.as_deref().map(account),
        "target": event.target,
        "lost_since": event.lost_since,
    })
}

/// Figures by name: a number, an amount of money, or `null` where there is no value. Where several parties count the
/// same, the public figure has the bare name and the others theirs behind a dot.
pub(crate) fn metrics(metrics: &Metrics) -> Value {
    let mut map = Map::new();
    for figure in metrics {
        let name = figure.metric.as_str();
        let (value, source) = match &figure.reading {
            Reading::Value { value, source, .. } => (quantity(value), Some(source)),
            _ => (Value::Null, None),
        };
        let name = match source {
            Some(source) if *source != Source::Public && map.contains_key(name) => {
                let source = serde_json::to_value(source).unwrap_or_default();
                format!("{name}.{}", source.as_str().unwrap_or("other"))
            }
            _ => name.to_owned(),
        };
        map.insert(name, value);
    }
    Value::Object(map)
}

fn quantity(value: &Quantity) -> Value {
    match value {
        Quantity::Count(count) => json!(count),
        Quantity::Ratio(ratio) => json!(ratio),
        Quantity::Money(money) => {
            let text = money.to_string();
            let amount = text
                .split_once(' ')
                .map_or(text.as_str(), |(amount, _)| amount);
            json!({"amount": amount, "currency": money.currency})
        }
        Quantity::Span(span) => json!(span.as_secs_f64()),
        _ => Value::Null,
    }
}

pub(crate) fn promotion(row: &Promotion) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "post": row.post,
        "since": row.period.since,
        "until": row.period.until,
        "metrics": metrics(&row.metrics),
    })
}

pub(crate) fn trend(trend: &Trend) -> Value {
    json!({
        "name": trend.name,
        "rank": trend.rank,
        "url": trend.url,
        "posts": trend.posts,
    })
}

pub(crate) fn error(error: &Error) -> Value {
    json!({
        "kind": error.kind().name(),
        "message": error.message(),
        "retry_at": error.retry_at(),
    })
}

/// What became of something for one account: `ok` with what it brought, or the error.
pub(crate) fn outcome(account: &str, outcome: Result<Map<String, Value>, &Error>) -> Value {
    let mut line = Map::from_iter([
        ("account".to_owned(), json!(account)),
        ("ok".to_owned(), json!(outcome.is_ok())),
    ]);
    match outcome {
        Ok(more) => line.extend(more),
        Err(e) => {
            line.insert("error".to_owned(), error(e));
        }
    }
    Value::Object(line)
}

pub(crate) fn with(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}

pub(crate) fn engaged(engaged: &Engaged) -> Map<String, Value> {
    Map::from_iter([
        ("on".to_owned(), json!(engaged.on)),
        ("changed".to_owned(), json!(engaged.changed)),
    ])
}

/// The operations that a network does, or would do for an identity that lacks something, in the trait's order.
pub(crate) fn operations(profile: &Profile) -> Vec<&Operation> {
    let there = |o: &&Operation| profile.supports(o).availability != Availability::No;
    let known = Operation::ALL.iter().filter(there);
    let own = profile
        .operations
        .keys()
        .filter(|o| !Operation::ALL.contains(o))
        .filter(there);
    known.chain(own).collect()
}

pub(crate) fn network(name: &str, profile: Option<&Profile>) -> Value {
    json!({
        "network": name,
        "operations": profile.map(operations).unwrap_or_default(),
        "text": profile.map(|p| &p.text).unwrap_or(&TextRules::new()),
        "media": profile.map(|p| &p.media),
    })
}

pub(crate) fn spent(spent: &Spent) -> Value {
    json!({
        "network": spent.network,
        "account": spent.account,
        "operation": spent.operation,
        "calls": spent.calls,
        "certain": spent.certain,
        "uncertain": spent.uncertain,
        "reserved": spent.reserved,
    })
}

pub(crate) fn budget(budget: &Budget) -> Value {
    json!({
        "network": budget.bucket.network,
        "name": budget.bucket.name,
        "scope": budget.bucket.scope,
        "unit": budget.unit,
        "window": budget.window,
        "limit": budget.limit,
        "left": budget.left,
        "resets_at": budget.resets_at,
        "frozen_until": budget.frozen_until,
        "in_flight": budget.in_flight,
        "waiting": budget.waiting,
    })
}
