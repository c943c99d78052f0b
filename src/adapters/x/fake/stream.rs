//! Streams: rules, connections, and what they are sent piece by piece.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::faults::Rule;
use super::money::beside;
use super::search::{self, Term};
use super::setup::Plan;
use super::state::{Id, World, first_id};
use super::views::{Fields, Includes};
use super::wire::{Answer, Call, PROBLEMS, Read, Refusal, Reply, bad_body, moment, number, only};

/// How often a stream shows that it is alive, in seconds.
const HEARTBEAT: i64 = 20;
/// Rules of a self-serve plan, and the characters of one.
const RULES: usize = 1000;
const RULE: usize = 1024;

#[derive(Clone, Debug)]
struct StreamRule {
    id: Id,
    value: String,
    tag: Option<String>,
    term: Term,
}

impl StreamRule {
    fn view(&self) -> Value {
        let mut told = json!({ "id": self.id.to_string(), "value": self.value });
        if let Some(tag) = &self.tag {
            told["tag"] = json!(tag);
        }
        told
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Posts,
    Activity,
}

#[derive(Clone, Debug)]
struct Connection {
    what: What,
    fields: Fields,
    queue: VecDeque<Bytes>,
    last: i64,
    /// Nothing comes any more once the queue is empty.
    ended: bool,
}

/// What a connection gives next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Piece {
    /// These bytes.
    Bytes(Bytes),
    /// Nothing before this moment, unless something happens.
    Wait(Timestamp),
    /// Nothing any more: the connection is closed.
    End,
}

#[derive(Debug, Default)]
pub(super) struct Streams {
    rules: BTreeMap<Id, StreamRule>,
    connections: BTreeMap<u64, Connection>,
    /// What was told to the activity stream, for who asks for what it missed.
    told: VecDeque<(Timestamp, Bytes)>,
    /// The next line is cut in half, and the connection with it.
    half: bool,
    /// No heartbeats come.
    silent: bool,
}

fn line(body: &str) -> Bytes {
    Bytes::from(format!("{body}\r\n"))
}

fn rule_problem(value: &str, kind: &str, title: &str, more: Option<Id>) -> Value {
    let mut told = json!({
        "value": value,
        "title": title,
        "detail": format!("{title}: {value}"),
        "type": format!("{PROBLEMS}{kind}"),
    });
    if let Some(id) = more {
        told["id"] = json!(id.to_string());
    }
    told
}

impl World {
    pub(super) fn stream_rules(&mut self, call: &Call<'_>) -> Answer {
        let ids = call.list("ids");
        let items = self
            .stream
            .rules
            .values()
            .rev()
            .filter(|rule| ids.is_empty() || ids.contains(&rule.id.to_string().as_str()))
            .map(|rule| (rule.id, rule.view()))
            .collect();
        let (page, next) = self.page(call, 1000, items)?;
        let mut body = json!({ "meta": { "result_count": page.len() } });
        if let Some(next) = next {
            body["meta"]["next_token"] = json!(next);
        }
        if !page.is_empty() || !self.keeps(Rule::EmptyDataIsOmitted) {
            body["data"] = json!(page);
        }
        Ok(Reply::ok(body))
    }

    pub(super) fn stream_change(&mut self, call: &Call<'_>) -> Answer {
        only("", &call.body, &["add", "delete"])?;
        let dry = call.text("dry_run") == Some("true");
        if call.text("delete_all") == Some("true") {
            let deleted = self.stream.rules.len();
            if !dry {
                self.stream.rules.clear();
            }
            return Ok(Reply::ok(json!({
                "meta": { "sent": moment(call.now), "summary": { "deleted": deleted, "not_deleted": 0 } },
            })));
        }
        if let Some(delete) = call.body.get("delete") {
            return self.delete_rules(call, delete, dry);
        }
        let add = call.body.get("add").and_then(Value::as_array);
        let add = add
            .filter(|add| !add.is_empty())
            .ok_or_else(|| bad_body("add"))?;
        let (mut data, mut errors) = (Vec::new(), Vec::new());
        let (mut invalid, mut spare) = (0, 0);
        for rule in add {
            only(".add", rule, &["value", "tag"])?;
            let value = rule.get("value").and_then(Value::as_str);
            let value = value.ok_or_else(|| bad_body("add.value"))?;
            let tag = rule.get("tag").and_then(Value::as_str).map(str::to_owned);
            let same = self
                .stream
                .rules
                .values()
                .find(|known| known.value == value);
            if let Some(known) = same.filter(|_| self.keeps(Rule::StreamRulesAreUnique)) {
                errors.push(rule_problem(
                    value,
                    "duplicate-rules",
                    "DuplicateRule",
                    Some(known.id),
                ));
                spare += 1;
                continue;
            }
            let long = value.chars().count() > RULE && self.keeps(Rule::StreamRulesHaveAnEnd);
            let term = match search::read(value) {
                Ok(term) if !long => term,
                _ => {
                    errors.push(rule_problem(
                        value,
                        "invalid-rules",
                        "UnprocessableEntity",
                        None,
                    ));
                    invalid += 1;
                    continue;
                }
            };
            let most =
                self.plan_of(None) != Plan::Enterprise && self.keeps(Rule::StreamRulesHaveAnEnd);
            if most && self.stream.rules.len() >= RULES {
                return Err(Refusal::problem(
                    422,
                    "rule-cap",
                    "RulesCapExceeded",
                    format!("The number of rules is limited to {RULES}."),
                ));
            }
            let id = self.new_id(call.now);
            let rule = StreamRule {
                id,
                value: value.to_owned(),
                tag,
                term,
            };
            data.push(rule.view());
            if !dry {
                self.stream.rules.insert(id, rule);
            }
        }
        let mut body = json!({
            "meta": {
                "sent": moment(call.now),
                "summary": {
                    "created": data.len(),
                    "not_created": spare + invalid,
                    "valid": data.len() + spare,
                    "invalid": invalid,
                },
            },
        });
        if !data.is_empty() {
            body["data"] = json!(data);
        }
        if !errors.is_empty() {
            body["errors"] = json!(errors);
        }
        Ok(Reply::ok(body))
    }

    fn delete_rules(&mut self, call: &Call<'_>, delete: &Value, dry: bool) -> Answer {
        only(".delete", delete, &["ids", "values"])?;
        let list = |name: &str| -> Vec<&str> {
            let list = delete.get(name).and_then(Value::as_array);
            list.into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect()
        };
        let (ids, values) = (list("ids"), list("values"));
        let found: Vec<Id> = self
            .stream
            .rules
            .values()
            .filter(|rule| {
                ids.iter().any(|id| number(id) == Some(rule.id))
                    || values.contains(&rule.value.as_str())
            })
            .map(|rule| rule.id)
            .collect();
        let missed = (ids.len() + values.len()).saturating_sub(found.len());
        if !dry {
            for id in &found {
                self.stream.rules.remove(id);
            }
        }
        Ok(Reply::ok(json!({
            "meta": {
                "sent": moment(call.now),
                "summary": { "deleted": found.len(), "not_deleted": missed },
            },
        })))
    }

    /// A connection that is answered at once: what is there, and the end.
    pub(super) fn stream_closed(&mut self, call: &Call<'_>) -> Answer {
        let id = self.connect(call)?;
        let mut whole = Vec::new();
        while let Piece::Bytes(bytes) = self.piece(id, call.now) {
            whole.extend_from_slice(&bytes);
        }
        whole.extend_from_slice(b"\r\n");
        self.stream.connections.remove(&id);
        let text = String::from_utf8_lossy(&whole).into_owned();
        Ok(Reply::ok(Value::String(text)))
    }

    /// Opens a connection, with what it missed where it asks for that.
    pub(super) fn connect(&mut self, call: &Call<'_>) -> Result<u64, Refusal> {
        let what = if call.op.path.starts_with("/2/activity/") {
            What::Activity
        } else {
            What::Posts
        };
        if what == What::Posts && self.stream.rules.is_empty() && self.keeps(Rule::StreamsNeedRules)
        {
            return Err(Refusal::problem(
                409,
                "invalid-rules",
                "RuleConfigurationIssue",
                "There are no rules configured for the stream. Please add at least one rule.",
            ));
        }
        let most = if what == What::Activity { 2 } else { 1 };
        let open = self.stream.connections.values();
        let open = open
            .filter(|known| known.what == what && !known.ended)
            .count();
        if open >= most && self.keeps(Rule::StreamsAreFew) {
            return Err(Refusal::problem(
                429,
                "streaming-connection",
                "ConnectionException",
                "This stream is currently at the maximum allowed connection limit.",
            )
            .with("connection_issue", "TooManyConnections"));
        }
        let id = self.next();
        let fields = Fields::of(call);
        let mut queue = VecDeque::new();
        if let Some(minutes) = call
            .number("backfill_minutes")
            .filter(|minutes| *minutes > 0)
        {
            let minutes = i64::try_from(minutes).unwrap_or(0);
            let since = call.now.checked_sub(SignedDuration::from_mins(minutes));
            let since = since.unwrap_or(Timestamp::MIN);
            if !self.keeps(Rule::BackfillIsTold) {
                // Nothing that was missed comes.
            } else if what == What::Activity {
                let missed = self.stream.told.iter().filter(|(at, _)| *at >= since);
                queue.extend(missed.map(|(_, bytes)| bytes.clone()));
            } else {
                let missed: Vec<Id> = self
                    .posts
                    .range(first_id(since)..)
                    .map(|(id, _)| *id)
                    .collect();
                for post in missed {
                    let told = self.stream_line(post, &fields, call.now);
                    queue.extend(told.map(|told| line(&told.to_string())));
                }
            }
        }
        self.stream.connections.insert(
            id,
            Connection {
                what,
                fields,
                queue,
                last: call.now.as_second(),
                ended: false,
            },
        );
        Ok(id)
    }

    /// What a connection is sent next.
    pub(super) fn piece(&mut self, id: u64, now: Timestamp) -> Piece {
        let silent = self.stream.silent || !self.keeps(Rule::StreamsAreAlive);
        let Some(connection) = self.stream.connections.get_mut(&id) else {
            return Piece::End;
        };
        let now = now.as_second();
        if let Some(bytes) = connection.queue.pop_front() {
            connection.last = now;
            if self.stream.half {
                self.stream.half = false;
                connection.ended = true;
                connection.queue.clear();
                return Piece::Bytes(bytes.slice(..bytes.len() / 2));
            }
            return Piece::Bytes(bytes);
        }
        if connection.ended {
            self.stream.connections.remove(&id);
            return Piece::End;
        }
        let next = connection.last + HEARTBEAT;
        if now >= next && !silent {
            connection.last = now;
            return Piece::Bytes(Bytes::from_static(b"\r\n"));
        }
        let next = if silent { now + HEARTBEAT } else { next };
        Piece::Wait(Timestamp::from_second(next).unwrap_or(Timestamp::MAX))
    }

    /// The line of a post for a connection, where a rule asks for it.
    fn stream_line(&self, id: Id, fields: &Fields, now: Timestamp) -> Option<Value> {
        let post = self.visible(id, None).filter(|post| !post.nullcast)?;
        let matching: Vec<Value> = self
            .stream
            .rules
            .values()
            .filter(|rule| self.finds(&rule.term, post))
            .map(|rule| {
                let mut told = json!({ "id": rule.id.to_string() });
                if let Some(tag) = &rule.tag {
                    told["tag"] = json!(tag);
                }
                told
            })
            .collect();
        if matching.is_empty() {
            return None;
        }
        let mut unused = Vec::new();
        let mut body = json!({
            "data": self.post_view(post, fields, None, now, &mut unused),
            "matching_rules": matching,
        });
        let mut includes = Includes::default();
        self.expand_post(post, fields, None, &mut includes);
        if let Some(includes) = self.includes_view(&includes, fields, None, now) {
            body["includes"] = includes;
        }
        Some(body)
    }

    /// Sends a new post to whoever listens.
    pub(super) fn stream_post(&mut self, id: Id, now: Timestamp) {
        let open: Vec<(u64, Fields)> = self
            .stream
            .connections
            .iter()
            .filter(|(_, known)| known.what == What::Posts && !known.ended)
            .map(|(id, known)| (*id, known.fields.clone()))
            .collect();
        for (connection, fields) in open {
            let Some(told) = self.stream_line(id, &fields, now) else {
                continue;
            };
            if let Some(known) = self.stream.connections.get_mut(&connection) {
                known.queue.push_back(line(&told.to_string()));
            }
            let post = std::iter::once(Read::Post);
            for kind in post.chain(beside(&told).map(|(kind, _)| kind)) {
                let operation = "GET /2/tweets/search/stream".to_owned();
                self.bill(now, operation, None, kind.name(), 1, kind.mills());
            }
        }
    }

    pub(super) fn stream_activity(&mut self, body: &str, now: Timestamp) {
        let line = line(body);
        for known in self.stream.connections.values_mut() {
            if known.what == What::Activity && !known.ended {
                known.queue.push_back(line.clone());
            }
        }
        if self.stream.told.len() >= 1000 {
            self.stream.told.pop_front();
        }
        self.stream.told.push_back((now, line));
    }

    pub(super) fn end_streams(&mut self, word: Option<&str>) {
        let last = word.map(|word| {
            let body = json!({
                "errors": [{
                    "title": "operational-disconnect",
                    "disconnect_type": word,
                    "detail": "This stream has been disconnected for operational reasons.",
                    "type": format!("{PROBLEMS}operational-disconnect"),
                }],
            });
            line(&body.to_string())
        });
        for known in self.stream.connections.values_mut() {
            known.queue.extend(last.clone());
            known.ended = true;
        }
    }

    pub(super) fn close(&mut self, id: u64) {
        self.stream.connections.remove(&id);
    }

    pub(super) fn disturb_streams(&mut self, half: bool, silent: bool) {
        self.stream.half = half;
        self.stream.silent = silent;
    }

    pub(super) fn open_streams(&self) -> usize {
        let open = self.stream.connections.values();
        open.filter(|known| !known.ended).count()
    }
}
