//! Pebble itself, a small network that exists nowhere else: its server, and a stage on it for the behaviour suite.

use std::sync::{Arc, Mutex, PoisonError};

use sociable::bytes::Bytes;
use sociable::client::Service;
use sociable::http::{Method, Request, Response, StatusCode, header::AUTHORIZATION};
use sociable::jiff::Timestamp;
use sociable::serde_json::{Value, from_slice, json, to_vec};
use sociable::testing::stage::{Bench, Set};
use sociable::url::Url;
use sociable::url::form_urlencoded;
use sociable::{AccountConfig, Registry, Result, SocialNetwork};

use super::adapter;

/// Where Pebble would stand, if it stood anywhere.
pub const ADDRESS: &str = "https://pebble.example";

/// Who is there: the id, the name and the token of each.
const PEOPLE: [(&str, &str, &str); 2] = [
    ("p1", "ann", "token-of-ann-9f31"),
    ("p2", "bill", "token-of-bill-77c0"),
];

/// A pebble: what somebody wrote.
struct Pebble {
    by: usize,
    text: Value,
    key: String,
    at: Timestamp,
    answers: Option<usize>,
    likes: Vec<usize>,
    gone: bool,
}

/// Something that happened to somebody.
struct Happening {
    to: usize,
    by: usize,
    kind: &'static str,
    on: usize,
    pebble: Option<usize>,
}

#[derive(Default)]
struct State {
    pebbles: Vec<Pebble>,
    happenings: Vec<Happening>,
}

/// The server.
#[derive(Default)]
pub struct Server(Mutex<State>);

type Said = (StatusCode, Value);

fn wrong(status: StatusCode, why: &str) -> Said {
    (status, json!({ "wrong": why }))
}

impl Service for Server {
    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (status, body) = state.answer(request, now);
        let mut response = Response::new(to_vec(&body).unwrap_or_default().into());
        *response.status_mut() = status;
        response
    }
}

impl State {
    fn answer(&mut self, request: &Request<Bytes>, now: Timestamp) -> Said {
        let token = request.headers().get(AUTHORIZATION);
        let token = token.and_then(|t| t.to_str().ok()?.strip_prefix("Bearer "));
        let Some(me) = PEOPLE.iter().position(|p| Some(p.2) == token) else {
            return wrong(StatusCode::UNAUTHORIZED, "who are you? pass a token");
        };
        let Ok(url) = Url::parse(&request.uri().to_string()) else {
            return wrong(StatusCode::BAD_REQUEST, "that is no address");
        };
        let path: Vec<String> = url
            .path_segments()
            .into_iter()
            .flatten()
            .filter_map(|s| form_urlencoded::parse(s.as_bytes()).next())
            .map(|(s, _)| s.into_owned())
            .collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let asked = url.query_pairs().find(|(name, _)| name == "ask");
        let asked = asked.and_then(|(_, value)| from_slice(value.as_bytes()).ok());
        let asked: Value = asked.unwrap_or_default();
        let gone = || wrong(StatusCode::NOT_FOUND, "there is no such pebble");
        match (request.method(), path.as_slice()) {
            (&Method::GET, ["me"]) => (StatusCode::OK, told(me)),
            (&Method::GET, ["me", "pebbles"]) => self.list(&asked, |p| p.by == me, me),
            (&Method::POST, ["pebbles"]) => self.throw(me, request.body(), now),
            (&Method::GET, ["keys", key]) => match self.by_key(me, key) {
                Some(i) => (StatusCode::OK, self.told(i, me)),
                None => wrong(StatusCode::NOT_FOUND, "nothing was thrown under that key"),
            },
            (&Method::GET, ["happenings"]) => self.happened(me, &asked),
            (method, ["pebbles", id, rest @ ..]) => {
                let there = |i: &usize| self.pebbles.get(*i).is_some_and(|p| !p.gone);
                match (method, rest, number(id), number(id).filter(there)) {
                    (&Method::GET, [], _, Some(i)) => (StatusCode::OK, self.told(i, me)),
                    (&Method::DELETE, [], _, Some(i)) => self.take_away(i, me),
                    // Who takes a pebble away again has what they want.
                    (&Method::DELETE, [], Some(_), None) => (StatusCode::OK, json!({})),
                    (&Method::GET, ["answers"], _, Some(i)) => {
                        self.list(&asked, |p| p.answers == Some(i), me)
                    }
                    (&Method::PUT, ["like"], _, Some(i)) => {
                        self.like(i, me, &**request.body() == b"true")
                    }
                    _ => gone(),
                }
            }
            _ => wrong(StatusCode::NOT_FOUND, "there is no such page"),
        }
    }

    fn by_key(&self, me: usize, key: &str) -> Option<usize> {
        self.pebbles.iter().position(|p| p.by == me && p.key == key)
    }

    fn throw(&mut self, me: usize, body: &[u8], now: Timestamp) -> Said {
        let said: Value = from_slice(body).unwrap_or_default();
        let Some(key) = said["key"].as_str() else {
            return wrong(StatusCode::BAD_REQUEST, "a pebble needs a key");
        };
        if let Some(i) = self.by_key(me, key) {
            return (StatusCode::OK, self.told(i, me));
        }
        let text = &said["text"];
        let words = text.as_str().or(text["text"].as_str()).unwrap_or_default();
        let length = words.chars().count();
        if words.trim().is_empty() || length > 400 {
            return wrong(StatusCode::BAD_REQUEST, "a pebble has 1 to 400 characters");
        }
        let answers = match said["answers"]["id"].as_str() {
            None => None,
            Some(id) => {
                match number(id).filter(|i| self.pebbles.get(*i).is_some_and(|p| !p.gone)) {
                    None => {
                        return wrong(StatusCode::NOT_FOUND, "there is no such pebble to answer");
                    }
                    found => found,
                }
            }
        };
        let new = self.pebbles.len();
        if let Some(on) = answers
            && let Some(to) = self.pebbles.get(on).map(|p| p.by).filter(|to| *to != me)
        {
            let (by, pebble) = (me, Some(new));
            self.happenings.push(Happening {
                to,
                by,
                kind: "reply",
                on,
                pebble,
            });
        }
        let (text, key) = (text.clone(), key.to_owned());
        self.pebbles.push(Pebble {
            by: me,
            text,
            key,
            at: now,
            answers,
            likes: Vec::new(),
            gone: false,
        });
        (StatusCode::CREATED, self.told(new, me))
    }

    fn take_away(&mut self, i: usize, me: usize) -> Said {
        match self.pebbles.get_mut(i) {
            Some(pebble) if pebble.by == me => {
                pebble.gone = true;
                (StatusCode::OK, json!({}))
            }
            _ => wrong(
                StatusCode::FORBIDDEN,
                "only who threw a pebble takes it away",
            ),
        }
    }

    fn like(&mut self, i: usize, me: usize, on: bool) -> Said {
        let Some(pebble) = self.pebbles.get_mut(i) else {
            return wrong(StatusCode::NOT_FOUND, "there is no such pebble");
        };
        let before = pebble.likes.len();
        pebble.likes.retain(|who| *who != me);
        let stood = before != pebble.likes.len();
        if on {
            pebble.likes.push(me);
            if pebble.by != me && !stood {
                let to = pebble.by;
                self.happenings.push(Happening {
                    to,
                    by: me,
                    kind: "like",
                    on: i,
                    pebble: None,
                });
            }
        }
        (StatusCode::OK, json!({ "changed": stood != on }))
    }

    fn told(&self, i: usize, me: usize) -> Value {
        let Some(pebble) = self.pebbles.get(i) else {
            return Value::Null;
        };
        let mut first = i;
        while let Some(before) = self.pebbles.get(first).and_then(|p| p.answers) {
            first = before;
        }
        json!({
            "id": format!("s{i}"),
            "by": told(pebble.by),
            "text": pebble.text,
            "at": pebble.at.to_string(),
            "answers": pebble.answers.map(|a| format!("s{a}")),
            "first": format!("s{first}"),
            "likes": pebble.likes.len(),
            "liked": pebble.likes.contains(&me),
        })
    }

    /// The newest first; `from` is the pebble after which it goes on.
    fn list(&self, asked: &Value, wanted: impl Fn(&Pebble) -> bool, me: usize) -> Said {
        if !asked["since"].is_null() || !asked["until"].is_null() || asked["order"] != "default" {
            return wrong(
                StatusCode::BAD_REQUEST,
                "Pebble lists everything, the newest first",
            );
        }
        let below = match asked["from"].as_str() {
            None => self.pebbles.len(),
            Some(from) => match number(from) {
                Some(below) => below,
                None => return wrong(StatusCode::BAD_REQUEST, "a list goes on after a pebble"),
            },
        };
        let all = self.pebbles.iter().enumerate().take(below).rev();
        let mut all = all.filter(|(_, p)| !p.gone && wanted(p)).peekable();
        let items: Vec<Value> = all
            .by_ref()
            .take(most(asked))
            .map(|(i, _)| self.told(i, me))
            .collect();
        let next = items.last().filter(|_| all.peek().is_some());
        let next = next.map(|v| v["id"].clone());
        (StatusCode::OK, json!({ "items": items, "next": next }))
    }

    fn happened(&self, me: usize, asked: &Value) -> Said {
        let last = self.happenings.len();
        let from = match &asked["since"] {
            Value::String(word) if word == "now" => last,
            Value::String(word) if word == "oldest" => 0,
            since => match since["cursor"].as_str().and_then(|n| n.parse().ok()) {
                Some(number) if number <= last => number,
                _ => return wrong(StatusCode::BAD_REQUEST, "happenings go on after a number"),
            },
        };
        let kinds = asked["kinds"].as_array();
        let wanted = |h: &Happening| {
            h.to == me && kinds.is_none_or(|k| k.is_empty() || k.iter().any(|k| k == h.kind))
        };
        let mine = self.happenings.iter().enumerate().skip(from);
        let mut mine = mine.filter(|(_, h)| wanted(h)).peekable();
        let mut items = Vec::new();
        let mut reached = from;
        for (i, happening) in mine.by_ref().take(most(asked)) {
            reached = i + 1;
            items.push(json!({
                "number": i + 1,
                "kind": happening.kind,
                "by": told(happening.by),
                "on": format!("s{}", happening.on),
                "pebble": happening.pebble.map(|p| self.told(p, me)),
            }));
        }
        let more = mine.peek().is_some();
        let reached = if more { reached } else { last };
        let body = json!({ "items": items, "last": reached.to_string(), "more": more });
        (StatusCode::OK, body)
    }
}

/// How many are asked for, within what Pebble gives.
fn most(asked: &Value) -> usize {
    let most = asked["most"].as_u64().unwrap_or(50).clamp(1, 50);
    usize::try_from(most).unwrap_or(50)
}

fn number(id: &str) -> Option<usize> {
    id.strip_prefix('s')?.parse().ok()
}

fn told(who: usize) -> Value {
    let person = PEOPLE.get(who);
    json!({ "id": person.map(|p| p.0), "name": person.map(|p| p.1) })
}

/// Two identities on a server of their own, connected from configuration as any program would.
pub fn stage() -> Result<(Bench, Set)> {
    let bench = Bench::new(Arc::new(Server::default()))?;
    let mut registry = Registry::default();
    adapter::register(&mut registry);
    let connect = |name: &str, token: &str| -> Result<Arc<dyn SocialNetwork>> {
        let config = AccountConfig::new(name, "pebble")
            .base_url(ADDRESS)
            .set("token", token);
        registry.connect(&config, &bench.client)
    };
    let [ann, bill] = PEOPLE;
    let again = connect(ann.1, ann.2)?;
    let stage = bench
        .stage(
            "pebble, in process",
            connect(ann.1, ann.2)?,
            connect(bill.1, bill.2)?,
        )
        .impostor(connect("nobody", "token-of-nobody-1b2c")?)
        .again(move || Arc::clone(&again))
        .secret(ann.2)
        .secret(bill.2)
        .secret("token-of-nobody-1b2c");
    Ok((bench, stage))
}
