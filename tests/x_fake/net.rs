//! A network to call: the fake under a set clock. Every exchange is held to the contract.

use std::sync::Mutex;

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::x::fake::Fake;
use sociable::client::Service;
use sociable::jiff::{SignedDuration, Timestamp};

use crate::watch;
use crate::x_watch::Watched;

pub(crate) const HOST: &str = "https://api.x.test";

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) json: Value,
    pub(crate) headers: http::HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Seen {
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(
            self.status == 200 || self.status == 201,
            "{} {:?}",
            self.status,
            self.json
        );
        self.json
    }

    /// The data of a good answer.
    #[track_caller]
    pub(crate) fn data(self) -> Value {
        self.ok()["data"].clone()
    }

    /// What a refusal says: its detail, or the message of its first error.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{:?}", self.json);
        let message = self.json["errors"][0]["message"].as_str();
        let detail = self.json["detail"].as_str();
        message.or(detail).unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<i64> {
        self.headers.get(name)?.to_str().ok()?.parse().ok()
    }
}

/// The fake and its clock.
pub(crate) struct Net {
    pub(crate) fake: Fake,
    pub(crate) watched: Watched,
    now: Mutex<Timestamp>,
}

impl Net {
    pub(crate) fn new() -> Self {
        let fake = Fake::new();
        let watched = watch::strict(&fake);
        Self::with(fake, watched)
    }

    /// A fake that is made to go wrong.
    pub(crate) fn broken(fake: Fake) -> Self {
        let watched = watch::off(&fake);
        Self::with(fake, watched)
    }

    fn with(fake: Fake, watched: Watched) -> Self {
        Self {
            fake,
            watched,
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

    pub(crate) fn seconds(&self, seconds: i64) {
        self.wait(SignedDuration::from_secs(seconds));
    }

    pub(crate) fn send(&self, request: &http::Request<Bytes>) -> Seen {
        let answer = self.watched.answer(request, self.now());
        Seen {
            status: answer.status().as_u16(),
            json: serde_json::from_slice(answer.body()).unwrap_or(Value::Null),
            headers: answer.headers().clone(),
            bytes: answer.body().clone(),
        }
    }

    /// A call with an `Authorization` header.
    pub(crate) fn shown(
        &self,
        auth: &str,
        method: &str,
        target: &str,
        body: Option<&Value>,
    ) -> Seen {
        let url = if target.starts_with("http") {
            target.to_owned()
        } else {
            format!("{HOST}{target}")
        };
        let mut request = http::Request::builder().method(method).uri(url);
        if !auth.is_empty() {
            request = request.header("authorization", auth);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let bytes = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        self.send(&request.body(bytes).unwrap())
    }

    pub(crate) fn call(
        &self,
        token: &str,
        method: &str,
        target: &str,
        body: Option<&Value>,
    ) -> Seen {
        self.shown(&format!("Bearer {token}"), method, target, body)
    }

    pub(crate) fn get(&self, target: &str) -> Seen {
        self.call(Fake::ANNA_TOKEN, "GET", target, None)
    }

    pub(crate) fn post(&self, target: &str, body: &Value) -> Seen {
        self.call(Fake::ANNA_TOKEN, "POST", target, Some(body))
    }

    pub(crate) fn put(&self, target: &str, body: &Value) -> Seen {
        self.call(Fake::ANNA_TOKEN, "PUT", target, Some(body))
    }

    pub(crate) fn delete(&self, target: &str) -> Seen {
        self.call(Fake::ANNA_TOKEN, "DELETE", target, None)
    }

    pub(crate) fn bearer(&self, target: &str) -> Seen {
        self.call(Fake::BEARER, "GET", target, None)
    }

    /// A form sent to an address.
    pub(crate) fn form(
        &self,
        path: &str,
        basic: Option<(&str, &str)>,
        form: &[(&str, &str)],
    ) -> Seen {
        use base64::Engine as _;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let mut request = http::Request::post(format!("{HOST}{path}"))
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some((name, password)) = basic {
            let both =
                base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
            request = request.header("authorization", format!("Basic {both}"));
        }
        self.send(&request.body(Bytes::from(body)).unwrap())
    }

    /// A file sent as a form.
    pub(crate) fn file(&self, path: &str, fields: &[(&str, &str)], bytes: &[u8]) -> Seen {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend_from_slice(
                format!(
                    "--mark\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .as_bytes(),
            );
        }
        body.extend_from_slice(
            b"--mark\r\ncontent-disposition: form-data; name=\"media\"; filename=\"a\"\r\n\r\n",
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--mark--\r\n");
        let request = http::Request::post(format!("{HOST}{path}"))
            .header("authorization", format!("Bearer {}", Fake::ANNA_TOKEN))
            .header("content-type", "multipart/form-data; boundary=mark")
            .body(Bytes::from(body))
            .unwrap();
        self.send(&request)
    }

    /// Anna publishes a text; the post's id.
    #[track_caller]
    pub(crate) fn publish(&self, text: &str) -> String {
        id(&self.post("/2/tweets", &json!({ "text": text })).data())
    }

    /// A photo of Anna's.
    #[track_caller]
    pub(crate) fn photo(&self) -> String {
        let seen = self.file("/2/media/upload", &[("media_category", "tweet_image")], PNG);
        id(&seen.data())
    }

    /// The ids of the posts or users of a listing.
    #[track_caller]
    pub(crate) fn ids(&self, target: &str) -> Vec<String> {
        ids(&self.get(target).ok())
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[track_caller]
pub(crate) fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

pub(crate) fn ids(body: &Value) -> Vec<String> {
    let list = body["data"].as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|item| text(&item["id"]).to_owned())
        .collect()
}

pub(crate) fn strings(ids: &[u64]) -> Vec<String> {
    ids.iter().map(u64::to_string).collect()
}

pub(crate) const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54,
    0x78, 0x9c, 0x63, 0x60, 0x60, 0x60, 0x60, 0, 0, 0, 5, 0, 1, 0xa5, 0xf6, 0x45, 0x40, 0, 0, 0, 0,
    0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];
pub(crate) const GIF: &[u8] = b"GIF89a\x10\x00\x10\x00\x00\x00\x00;";
pub(crate) const MP4: &[u8] = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom";
