//! A network to call: the fake under a set clock, or real servers.

use std::collections::BTreeMap;
use std::sync::Mutex;

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::bluesky::fake::Fake;
use sociable::client::Service;
use sociable::jiff::{SignedDuration, Timestamp};

use crate::watch::Watch;

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) json: Value,
    pub(crate) bytes: Bytes,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Seen {
    pub(crate) fn error(&self) -> &str {
        self.json["error"].as_str().unwrap_or_default()
    }

    pub(crate) fn message(&self) -> &str {
        self.json["message"].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{:?}", self.json);
        self.json
    }

    #[track_caller]
    pub(crate) fn refused(&self, status: u16, name: &str) {
        assert_eq!(
            (self.status, self.error()),
            (status, name),
            "{:?}",
            self.json
        );
    }
}

/// One request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    pub(crate) method: String,
    pub(crate) host: String,
    pub(crate) nsid: String,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Ask {
    pub(crate) fn get(nsid: &str, params: &[(&str, &str)]) -> Self {
        Self {
            method: "GET".to_owned(),
            host: "pds.test".to_owned(),
            nsid: nsid.to_owned(),
            params: params
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..Self::default()
        }
    }

    pub(crate) fn post(nsid: &str, body: &Value) -> Self {
        let ask = Self {
            method: "POST".to_owned(),
            body: Bytes::from(body.to_string()),
            ..Self::get(nsid, &[])
        };
        ask.header("content-type", "application/json")
    }

    /// A procedure with bytes, or with nothing, as its body.
    pub(crate) fn raw(nsid: &str, kind: &str, body: impl Into<Bytes>) -> Self {
        let ask = Self {
            method: "POST".to_owned(),
            body: body.into(),
            ..Self::get(nsid, &[])
        };
        if kind.is_empty() {
            ask
        } else {
            ask.header("content-type", kind)
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn chat(self) -> Self {
        self.header("atproto-proxy", "did:web:api.bsky.chat#bsky_chat")
    }

    pub(crate) fn at(mut self, host: &str) -> Self {
        self.host = host.to_owned();
        self
    }

    fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.params);
        query.finish()
    }

    pub(crate) fn request(&self) -> http::Request<Bytes> {
        let query = self.query();
        let mark = if query.is_empty() { "" } else { "?" };
        let mut request = http::Request::builder()
            .method(self.method.as_str())
            .uri(format!(
                "https://{}/xrpc/{}{mark}{query}",
                self.host, self.nsid
            ));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(self.body.clone()).unwrap()
    }
}

/// The fake and its clock. Every exchange is held to the lexicons.
pub(crate) struct Net {
    pub(crate) fake: Fake,
    pub(crate) watch: Watch,
    now: Mutex<Timestamp>,
}

impl Net {
    pub(crate) fn new(fake: Fake) -> Self {
        Self::watched(fake, Watch::strict())
    }

    /// A fake that is made to answer what no lexicon allows.
    pub(crate) fn broken(fake: Fake) -> Self {
        Self::watched(fake, Watch::off())
    }

    /// A fake that is sent what no lexicon allows.
    pub(crate) fn pestered(fake: Fake) -> Self {
        Self::watched(fake, Watch::answers())
    }

    fn watched(fake: Fake, watch: Watch) -> Self {
        Self {
            fake,
            watch,
            now: Mutex::new("2026-11-23T12:00:00Z".parse().unwrap()),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    pub(crate) fn wait(&self, time: SignedDuration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }

    pub(crate) fn second(&self) {
        self.wait(SignedDuration::from_secs(1));
    }

    pub(crate) fn ask(&self, ask: &Ask) -> Seen {
        self.send(&ask.request())
    }

    pub(crate) fn send(&self, request: &http::Request<Bytes>) -> Seen {
        let answer = self.fake.answer(request, self.now());
        let seen = Seen {
            status: answer.status().as_u16(),
            json: serde_json::from_slice(answer.body()).unwrap_or(Value::Null),
            bytes: answer.body().clone(),
            headers: answer
                .headers()
                .iter()
                .map(|(name, value)| {
                    (
                        name.to_string(),
                        value.to_str().unwrap_or_default().to_owned(),
                    )
                })
                .collect(),
        };
        self.watch.see(request, &seen);
        seen
    }

    pub(crate) fn login(&self, handle: &str) -> User<'_> {
        let body = json!({"identifier": handle, "password": Fake::PASSWORD});
        let session = self
            .ask(&Ask::post("com.atproto.server.createSession", &body))
            .ok();
        User {
            net: self,
            did: session["did"].as_str().unwrap().to_owned(),
            access: session["accessJwt"].as_str().unwrap().to_owned(),
            refresh: session["refreshJwt"].as_str().unwrap().to_owned(),
        }
    }
}

/// A logged-in account of the fake.
pub(crate) struct User<'a> {
    pub(crate) net: &'a Net,
    pub(crate) did: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl User<'_> {
    pub(crate) fn get(&self, nsid: &str, params: &[(&str, &str)]) -> Seen {
        self.net.ask(&Ask::get(nsid, params).token(&self.access))
    }

    pub(crate) fn post(&self, nsid: &str, body: &Value) -> Seen {
        self.net.ask(&Ask::post(nsid, body).token(&self.access))
    }

    pub(crate) fn chat_get(&self, nsid: &str, params: &[(&str, &str)]) -> Seen {
        self.net
            .ask(&Ask::get(nsid, params).token(&self.access).chat())
    }

    pub(crate) fn chat_post(&self, nsid: &str, body: &Value) -> Seen {
        self.net
            .ask(&Ask::post(nsid, body).token(&self.access).chat())
    }

    /// Creates a record; a second passes before.
    pub(crate) fn create(&self, collection: &str, record: Value) -> Seen {
        self.net.second();
        let mut record = record;
        record["$type"] = json!(collection);
        if record.get("createdAt").is_none() {
            record["createdAt"] = json!(
                self.net
                    .now()
                    .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
                    .to_string()
            );
        }
        let body = json!({"repo": self.did, "collection": collection, "record": record});
        self.post("com.atproto.repo.createRecord", &body)
    }

    /// Posts and gives the strong reference.
    #[track_caller]
    pub(crate) fn publish(&self, record: Value) -> Value {
        let made = self.create("app.bsky.feed.post", record).ok();
        json!({"uri": made["uri"], "cid": made["cid"]})
    }

    #[track_caller]
    pub(crate) fn write(&self, collection: &str, record: Value) -> String {
        let made = self.create(collection, record).ok();
        made["uri"].as_str().unwrap().to_owned()
    }

    pub(crate) fn delete(&self, uri: &str) -> Seen {
        let parts: Vec<&str> = uri.trim_start_matches("at://").split('/').collect();
        let body = json!({"repo": self.did, "collection": parts[1], "rkey": parts[2]});
        self.post("com.atproto.repo.deleteRecord", &body)
    }

    pub(crate) fn blob(&self, kind: &str, bytes: &[u8]) -> Seen {
        let ask = Ask::raw("com.atproto.repo.uploadBlob", kind, bytes.to_vec());
        self.net.ask(&ask.token(&self.access))
    }

    pub(crate) fn reasons(&self) -> Vec<String> {
        let list = self
            .get(
                "app.bsky.notification.listNotifications",
                &[("limit", "100")],
            )
            .ok();
        list["notifications"]
            .as_array()
            .unwrap()
            .iter()
            .map(|notice| notice["reason"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// The uris of the posts of a feed.
pub(crate) fn uris(feed: &Value) -> Vec<String> {
    feed["feed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["post"]["uri"].as_str().unwrap().to_owned())
        .collect()
}

pub(crate) const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54,
    0x78, 0x9c, 0x63, 0x60, 0x60, 0x60, 0x60, 0, 0, 0, 5, 0, 1, 0xa5, 0xf6, 0x45, 0x40, 0, 0, 0, 0,
    0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];
