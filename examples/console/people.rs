//! What a person reads in place of JSON.

use std::fmt::Write;

use sociable::client::Budget;
use sociable::client::limits::{Spent, Unit};
use sociable::text::TextLimit;
use sociable::{
    Account, Availability, Conversation, Currency, Error, Event, LoginStatus, Message, Metrics,
    Money, Operation, Post, PostState, Profile, Promotion, Quantity, Reading, Trend, Violation,
};

use super::json;

/// Who somebody is, as shortly as it can be said.
pub(crate) fn who(account: &Account) -> String {
    match (&account.name, &account.handle) {
        (Some(name), Some(handle)) => format!("{name} (@{handle})"),
        (Some(name), None) => name.to_string(),
        (None, Some(handle)) => format!("@{handle}"),
        (None, None) => account.id.to_string(),
    }
}

/// What kind of login it is, what it may do, and when its token ends.
pub(crate) fn login(login: &LoginStatus) -> String {
    let mut text = format!("logged in by {}", login.kind);
    if !login.scopes.is_empty() {
        let _ = write!(text, ", scopes: {}", login.scopes.join(" "));
    }
    if let Some(at) = login.expires_at {
        let _ = write!(text, ", token until {at}");
    }
    text
}

fn author(account: Option<&Account>) -> String {
    account.map_or_else(|| "somebody".to_owned(), who)
}

pub(crate) fn time(at: Option<sociable::jiff::Timestamp>) -> String {
    at.map_or_else(
        || "at an unknown time".to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut all, line| {
        let _ = write!(all, "\n    {line}");
        all
    })
}

pub(crate) fn post(post: &Post) -> String {
    let mut out = format!(
        "{}, {}",
        author(post.author.as_deref()),
        time(post.created_at)
    );
    match &post.state {
        PostState::Live => {}
        PostState::Scheduled(at) => {
            let _ = write!(out, ", scheduled for {}", time(Some(*at)));
        }
        state => {
            let _ = write!(out, ", {state:?}");
        }
    }
    if let Some(by) = &post.reposted_by {
        let _ = write!(out, ", reposted by {}", who(by));
    }
    out.push_str(&indented(post.text.as_str()));
    for file in &post.media {
        let alt = file.alt.as_deref().unwrap_or("no description");
        let _ = write!(out, "\n    [{}: {alt}]", file.kind);
    }
    if let Some(poll) = &post.poll {
        for (i, option) in poll.options.iter().enumerate() {
            let votes = option
                .votes
                .map_or_else(|| "?".to_owned(), |v| v.to_string());
            let _ = write!(out, "\n    ({i}) {}: {votes}", option.text);
        }
    }
    let figures = metrics(&post.metrics);
    if !figures.is_empty() {
        let _ = write!(out, "\n  {figures}");
    }
    if let Some(parent) = &post.reply_to {
        let _ = write!(out, "\n  answers {parent}");
    }
    let _ = write!(out, "\n  {}", post.id);
    if let Some(url) = &post.url {
        let _ = write!(out, "\n  {url}");
    }
    out
}

pub(crate) fn account(account: &Account) -> String {
    let mut out = who(account);
    let figures = metrics(&account.metrics);
    if !figures.is_empty() {
        let _ = write!(out, "\n  {figures}");
    }
    if let Some(about) = &account.about {
        out.push_str(&indented(about));
    }
    let _ = write!(out, "\n  {}", account.id);
    if let Some(url) = &account.url {
        let _ = write!(out, "\n  {url}");
    }
    out
}

pub(crate) fn message(message: &Message) -> String {
    format!(
        "{}, {}{}\n  {} in {}",
        author(message.author.as_deref()),
        time(message.created_at),
        indented(message.text.as_str()),
        message.id,
        message.conversation
    )
}

pub(crate) fn conversation(conversation: &Conversation) -> String {
    let members: Vec<String> = conversation.members.iter().map(who).collect();
    let mut out = conversation
        .title
        .clone()
        .unwrap_or_else(|| members.join(", "));
    if let Some(unread) = conversation.unread.filter(|n| *n > 0) {
        let _ = write!(out, " ({unread} unread)");
    }
    if let Some(until) = conversation.can_reply_until {
        let _ = write!(out, ", can be answered until {}", time(Some(until)));
    }
    if let Some(last) = &conversation.last {
        out.push_str(&indented(last.text.as_str()));
    }
    let _ = write!(out, "\n  {}", conversation.id);
    out
}

pub(crate) fn event(event: &Event) -> String {
    let mut out = format!("{}: {}", time(event.at), event.kind);
    if let Some(by) = &event.account {
        let _ = write!(out, " by {}", who(by));
    }
    if let Some(sign) = &event.sign {
        let _ = write!(out, " {sign}");
    }
    if let Some(target) = &event.target {
        let _ = write!(out, " to {target}");
    }
    if let Some(post) = &event.post {
        let _ = write!(out, "{}\n  {}", indented(post.text.as_str()), post.id);
    }
    if let Some(message) = &event.message {
        let _ = write!(
            out,
            "{}\n  {} in {}",
            indented(message.text.as_str()),
            message.id,
            message.conversation
        );
    }
    out
}

/// Figures in one line. Those without a value say why.
pub(crate) fn metrics(metrics: &Metrics) -> String {
    let parts: Vec<String> = metrics
        .iter()
        .map(|figure| {
            let value = match &figure.reading {
                Reading::Value { value, .. } => match value {
                    Quantity::Count(count) => count.to_string(),
                    Quantity::Ratio(ratio) => format!("{:.1} %", ratio * 100.0),
                    Quantity::Money(money) => money.to_string(),
                    Quantity::Span(span) => format!("{} s", span.as_secs()),
                    other => format!("{other:?}"),
                },
                Reading::Absent(reason) => format!("unknown ({reason:?})"),
                other => format!("{other:?}"),
            };
            format!("{} {value}", figure.metric)
        })
        .collect();
    parts.join(", ")
}

pub(crate) fn promotion(row: &Promotion) -> String {
    format!(
        "{}, {} to {}\n  {}\n  {}",
        row.name.as_deref().unwrap_or("a promotion"),
        time(Some(row.period.since)),
        time(Some(row.period.until)),
        metrics(&row.metrics),
        row.id
    )
}

pub(crate) fn trend(trend: &Trend) -> String {
    let mut out = trend
        .rank
        .map_or_else(String::new, |rank| format!("{rank}. "));
    out.push_str(&trend.name);
    if let Some(posts) = trend.posts {
        let _ = write!(out, " ({posts} posts)");
    }
    out
}

pub(crate) fn violation(violation: &Violation) -> String {
    let grade = if violation.is_error() {
        "error"
    } else {
        "note"
    };
    format!("{grade}: {violation}")
}

pub(crate) fn error(error: &Error) -> String {
    format!("{}: {error}", error.kind().name())
}

fn limit(limit: &TextLimit) -> String {
    let bytes = limit
        .max_bytes
        .map_or_else(String::new, |bytes| format!(" and {bytes} bytes"));
    format!("{} {}{bytes}", limit.max, limit.count.unit())
}

pub(crate) fn network(name: &str, profile: Option<&Profile>) -> String {
    let Some(profile) = profile else {
        return format!(
            "{name}\n  its adapter says nothing beforehand: connect an account and ask `doctor`"
        );
    };
    let mut out = name.to_owned();
    let (mut does, mut needs) = (Vec::new(), Vec::new());
    for operation in json::operations(profile) {
        match profile.supports(operation).availability {
            Availability::Needs(need) => needs.push(format!("{operation} (needs {need})")),
            _ => does.push(operation.to_string()),
        }
    }
    let missing: Vec<&str> = Operation::ALL
        .iter()
        .filter(|o| profile.supports(o).availability == Availability::No)
        .map(Operation::as_str)
        .collect();
    for (title, list) in [
        ("does", does.join(" ")),
        ("needs something", needs.join(", ")),
        ("does not", missing.join(" ")),
    ] {
        if !list.is_empty() {
            let _ = write!(out, "\n  {title}: {list}");
        }
    }
    let rules = [
        ("a post", &profile.text.post),
        ("a post with files", &profile.text.caption),
        ("an answer", &profile.text.reply),
        ("a message", &profile.text.message),
        ("a description", &profile.text.alt),
    ];
    for (what, rule) in rules {
        if let Some(rule) = rule {
            let _ = write!(out, "\n  {what}: at most {}", limit(rule));
        }
    }
    for (kind, rule) in &profile.media.kinds {
        let _ = write!(out, "\n  {kind}:");
        if let Some(count) = rule.max_count {
            let _ = write!(out, " at most {count} in a post");
        }
        if let Some(bytes) = rule.max_bytes {
            let _ = write!(out, ", {bytes} bytes each");
        }
        if !rule.types.is_empty() {
            let _ = write!(out, ", {}", rule.types.join(" "));
        }
    }
    out
}

pub(crate) fn budget(budget: &Budget) -> String {
    let mut out = format!("{} {}", budget.bucket.network, budget.bucket.name);
    let amount = |units: u64| match &budget.unit {
        Unit::MoneyMicros(code) => {
            let whole = i64::try_from(units).ok().zip(Currency::new(code));
            whole.map_or(units.to_string(), |(micros, currency)| {
                Money::micros(micros, currency).to_string()
            })
        }
        _ => units.to_string(),
    };
    match (budget.left, budget.limit) {
        (Some(left), Some(limit)) => {
            let _ = write!(out, ": {} of {} left", amount(left), amount(limit));
        }
        (Some(left), None) => {
            let _ = write!(out, ": {left} left");
        }
        _ => out.push_str(": the network has not told how much there is"),
    }
    if let Some(at) = budget.resets_at {
        let _ = write!(out, ", more at {at}");
    }
    if let Some(until) = budget.frozen_until {
        let _ = write!(out, ", refused until {until}");
    }
    out
}

pub(crate) fn spent(spent: &Spent) -> String {
    let mut out = format!(
        "{} {}, {}: {} spent in {} calls",
        spent.network, spent.account, spent.operation, spent.certain, spent.calls
    );
    if spent.uncertain.amount > 0 {
        let _ = write!(
            out,
            ", and up to {} by calls without an answer",
            spent.uncertain
        );
    }
    out
}
