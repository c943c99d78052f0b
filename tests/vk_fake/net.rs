//! A network to call: the fake under a set clock. Every exchange is held to the contract.

use std::sync::Mutex;

use bytes::Bytes;
use serde_json::Value;
use sociable::adapters::vk::fake::Fake;
use sociable::client::Service;
use sociable::jiff::{SignedDuration, Timestamp};

use crate::vk_watch::Watched;
use crate::watch;

pub(crate) const HOST: &str = "https://api.vk.test";

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) json: Value,
    pub(crate) headers: http::HeaderMap,
}

impl Seen {
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{:?}", self.json);
        assert!(self.json.get("error").is_none(), "{:?}", self.json);
        self.json["response"].clone()
    }

    pub(crate) fn code(&self) -> i64 {
        self.json["error"]["error_code"].as_i64().unwrap_or(0)
    }

    #[track_caller]
    pub(crate) fn refused(&self, code: i64) -> String {
        assert_eq!((self.status, self.code()), (200, code), "{:?}", self.json);
        self.json["error"]["error_msg"].as_str().unwrap().to_owned()
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

    /// A fake that is sent what the contract does not allow, and that refuses it as the contract says.
    pub(crate) fn pestered() -> Self {
        let fake = Fake::new();
        let watched = watch::answers(&fake);
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
        }
    }

    /// A form sent to an address.
    pub(crate) fn form(&self, url: &str, token: Option<&str>, form: &[(&str, &str)]) -> Seen {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let mut request =
            http::Request::post(url).header("content-type", "application/x-www-form-urlencoded");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.send(&request.body(Bytes::from(body)).unwrap())
    }

    pub(crate) fn call(&self, token: &str, method: &str, form: &[(&str, &str)]) -> Seen {
        let mut form = form.to_vec();
        form.push(("v", "5.199"));
        // Calls come a second apart: the limits have stories of their own.
        self.seconds(1);
        self.form(&format!("{HOST}/method/{method}"), Some(token), &form)
    }

    /// A call as the administrator.
    pub(crate) fn admin(&self, method: &str, form: &[(&str, &str)]) -> Seen {
        self.call(Fake::USER_TOKEN, method, form)
    }

    pub(crate) fn group(&self, method: &str, form: &[(&str, &str)]) -> Seen {
        self.call(Fake::GROUP_TOKEN, method, form)
    }

    pub(crate) fn bob(&self, method: &str, form: &[(&str, &str)]) -> Seen {
        self.call(Fake::BOB_TOKEN, method, form)
    }

    pub(crate) fn service(&self, method: &str, form: &[(&str, &str)]) -> Seen {
        self.call(Fake::SERVICE_TOKEN, method, form)
    }

    /// A post in the community's name; its number.
    #[track_caller]
    pub(crate) fn publish(&self, more: &[(&str, &str)]) -> i64 {
        let mut form = vec![("owner_id", WALL), ("from_group", "1")];
        form.extend_from_slice(more);
        let told = self.admin("wall.post", &form).ok();
        told["post_id"].as_i64().unwrap()
    }

    /// Posts by their numbers, as the administrator sees them.
    pub(crate) fn posts(&self, ids: &[i64]) -> Vec<Value> {
        let ids: Vec<String> = ids.iter().map(|id| format!("{WALL}_{id}")).collect();
        let told = self
            .admin("wall.getById", &[("posts", &ids.join(","))])
            .ok();
        told["items"].as_array().unwrap().clone()
    }

    /// The numbers of the posts of a listing of the community's wall.
    #[track_caller]
    pub(crate) fn wall(&self, more: &[(&str, &str)]) -> Vec<i64> {
        let mut form = vec![("owner_id", WALL)];
        form.extend_from_slice(more);
        numbers(&self.admin("wall.get", &form).ok())
    }

    /// A file sent to an upload address.
    pub(crate) fn file(&self, url: &str, field: &str, name: &str, bytes: &[u8]) -> Value {
        let mut body = format!(
            "--mark\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--mark--\r\n");
        let request = http::Request::post(url)
            .header("content-type", "multipart/form-data; boundary=mark")
            .body(Bytes::from(body))
            .unwrap();
        self.send(&request).json
    }

    /// A photo on the community's wall, up to the last step.
    #[track_caller]
    pub(crate) fn photo(&self, caption: &str) -> Value {
        let server = self
            .admin("photos.getWallUploadServer", &[("group_id", CLUB)])
            .ok();
        let sent = self.file(text(&server["upload_url"]), "photo", "a.png", PNG);
        let (list, hash) = (text(&sent["photo"]), text(&sent["hash"]));
        let saved = self
            .admin(
                "photos.saveWallPhoto",
                &[
                    ("group_id", CLUB),
                    ("server", &sent["server"].to_string()),
                    ("photo", list),
                    ("hash", hash),
                    ("caption", caption),
                ],
            )
            .ok();
        saved[0].clone()
    }

    /// What the long poll tells from a `ts`.
    pub(crate) fn poll(&self, server: &Value, ts: &str) -> Value {
        let url = format!(
            "{}?act=a_check&key={}&ts={ts}&wait=25",
            text(&server["server"]),
            text(&server["key"])
        );
        let request = http::Request::get(url).body(Bytes::new()).unwrap();
        self.send(&request).json
    }
}

/// The community's wall, as `owner_id`.
pub(crate) const WALL: &str = "-7001";
/// The community, as `group_id`.
pub(crate) const CLUB: &str = "7001";

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The numbers of the items of a listing.
#[track_caller]
pub(crate) fn numbers(listing: &Value) -> Vec<i64> {
    let items = listing["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_i64().unwrap())
        .collect()
}

/// How a photo is named in `attachments`.
pub(crate) fn attached(kind: &str, media: &Value) -> String {
    format!("{kind}{}_{}", media["owner_id"], media["id"])
}

pub(crate) const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54,
    0x78, 0x9c, 0x63, 0x60, 0x60, 0x60, 0x60, 0, 0, 0, 5, 0, 1, 0xa5, 0xf6, 0x45, 0x40, 0, 0, 0, 0,
    0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];
