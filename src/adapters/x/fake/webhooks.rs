//! Webhooks: the check of an address, and signed deliveries to it.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Fake;
use super::faults::Rule;
use super::setup::Plan;
use super::state::{Id, World};
use super::wire::{Answer, Call, Refusal, Reply, bad_body, moment, only};

#[derive(Clone, Debug)]
pub(super) struct Hook {
    pub(super) id: Id,
    pub(super) url: String,
    created: Timestamp,
    pub(super) valid: bool,
}

impl Hook {
    fn view(&self) -> Value {
        json!({
            "id": self.id.to_string(),
            "url": self.url,
            "valid": self.valid,
            "created_at": moment(self.created),
        })
    }
}

#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) id: u64,
    pub(super) webhook: Id,
    pub(super) at: Timestamp,
    pub(super) body: String,
}

/// What answers the check of an address.
type Answering = dyn Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync;

#[derive(Clone)]
pub(super) struct Crc(Arc<Answering>);

impl fmt::Debug for Crc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Crc")
    }
}

/// Something that X sends to an address, until the answer is 200.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// Its number, by which it is [answered](Fake::answered).
    pub id: u64,
    /// Where it goes.
    pub url: String,
    /// Its header fields, the signatures among them.
    pub headers: HeaderMap,
    /// Its body, which is signed as it is.
    pub body: Bytes,
}

impl Delivery {
    /// The request that X would send.
    #[must_use]
    pub fn request(&self) -> Request<Bytes> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = http::Method::POST;
        if let Ok(uri) = self.url.parse() {
            *request.uri_mut() = uri;
        }
        *request.headers_mut() = self.headers.clone();
        request
    }
}

/// Which secrets sign deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signing {
    /// The secret of OAuth 1.0a, in `x-twitter-webhooks-signature`.
    Consumer,
    /// The secret of OAuth 2.0, in `x-twitter-webhooks-signature-oauth2`.
    Client,
    /// Both, each in its own.
    Both,
}

pub(super) fn signature(secret: &str, bytes: &[u8]) -> String {
    let mac = hmac_sha256::HMAC::mac(bytes, secret.as_bytes());
    format!("sha256={}", STANDARD.encode(mac))
}

fn failed(why: &str) -> Refusal {
    Refusal::problem(400, "invalid-request", "Invalid Request", why)
}

impl World {
    /// Asks an address for the answer that only who has a secret can give.
    fn check(&mut self, url: &str) -> bool {
        let Some(Crc(answer)) = self.activity.crc.clone() else {
            return !self.keeps(Rule::AddressesAreChecked);
        };
        let token = self.secret("crc");
        let mark = if url.contains('?') { '&' } else { '?' };
        let Ok(request) = Request::get(format!("{url}{mark}crc_token={token}")).body(Bytes::new())
        else {
            return false;
        };
        let response = answer(&request);
        let told: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let told = told
            .get("response_token")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let good = [Fake::CONSUMER_SECRET, Fake::CLIENT_SECRET]
            .iter()
            .any(|secret| told == signature(secret, token.as_bytes()));
        (response.status() == 200 && good) || !self.keeps(Rule::AddressesAreChecked)
    }

    pub(super) fn webhook_create(&mut self, call: &Call<'_>) -> Answer {
        only("", &call.body, &["url"])?;
        let url = call.body.get("url").and_then(Value::as_str);
        let url = url
            .filter(|url| (1..=200).contains(&url.chars().count()))
            .ok_or_else(|| bad_body("url"))?;
        let parsed = url::Url::parse(url).ok();
        let fits = parsed.is_some_and(|url| url.scheme() == "https" && url.port().is_none());
        if !fits && self.keeps(Rule::AddressesAreHttps) {
            return Err(failed("UrlValidationFailed"));
        }
        if self.activity.hooks.values().any(|hook| hook.url == url) {
            return Err(failed("DuplicateUrlFailed"));
        }
        let most = if self.plan_of(call.me()) == Plan::Enterprise {
            5
        } else {
            1
        };
        if self.activity.hooks.len() >= most && self.keeps(Rule::OneWebhook) {
            return Err(failed("WebhookLimitExceeded"));
        }
        if !self.check(url) {
            return Err(failed("CrcValidationFailed"));
        }
        let id = self.new_id(call.now);
        let hook = Hook {
            id,
            url: url.to_owned(),
            created: call.now,
            valid: true,
        };
        let told = hook.view();
        self.activity.hooks.insert(id, hook);
        Ok(Reply::data(told))
    }

    fn hook(&self, call: &Call<'_>) -> Result<Hook, Refusal> {
        let id = call.id("webhook_id")?;
        let known = self.activity.hooks.get(&id).cloned();
        known.ok_or_else(|| super::change::missing("webhook", "webhook_id", id))
    }

    pub(super) fn webhook_validate(&mut self, call: &Call<'_>) -> Answer {
        let hook = self.hook(call)?;
        let valid = self.check(&hook.url);
        if let Some(hook) = self.activity.hooks.get_mut(&hook.id) {
            hook.valid = valid;
        }
        if !valid {
            return Err(failed("CrcValidationFailed"));
        }
        Ok(Reply::data(json!({ "valid": true })))
    }

    pub(super) fn webhook_delete(&mut self, call: &Call<'_>) -> Answer {
        let hook = self.hook(call)?;
        self.activity.hooks.remove(&hook.id);
        self.activity
            .pending
            .retain(|pending| pending.webhook != hook.id);
        Ok(Reply::data(json!({ "deleted": true })))
    }

    pub(super) fn webhooks(&mut self, _: &Call<'_>) -> Answer {
        let hooks: Vec<Value> = self.activity.hooks.values().map(Hook::view).collect();
        let mut body = json!({ "meta": { "result_count": hooks.len() } });
        if !hooks.is_empty() || !self.keeps(Rule::EmptyDataIsOmitted) {
            body["data"] = json!(hooks);
        }
        Ok(Reply::ok(body))
    }

    pub(super) fn webhook_replay(&mut self, call: &Call<'_>) -> Answer {
        only("", &call.body, &["webhook_id", "from_date", "to_date"])?;
        let webhook = call.body_id("webhook_id")?;
        if !self.activity.hooks.contains_key(&webhook) {
            return Err(super::change::missing("webhook", "webhook_id", webhook));
        }
        let minute = |name: &str| {
            let text = call
                .body
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default();
            jiff::civil::DateTime::strptime("%Y%m%d%H%M", text)
                .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC))
                .map(|date| date.timestamp())
                .map_err(|_| bad_body(name))
        };
        let (from, to) = (minute("from_date")?, minute("to_date")?);
        let again: Vec<Pending> = self
            .activity
            .done
            .iter()
            .filter(|done| done.webhook == webhook && done.at >= from && done.at < to)
            .cloned()
            .collect();
        for pending in again {
            let id = self.next();
            self.activity.pending.push(Pending { id, ..pending });
        }
        let job = self.new_id(call.now);
        Ok(Reply::data(
            json!({ "job_id": job.to_string(), "created_at": moment(call.now) }),
        ))
    }
}

impl Fake {
    /// Sets what answers the check of an address (at first: nothing does, and no address passes). It is called while
    /// the fake is at work, and must not call it.
    pub fn set_crc(
        &self,
        answer: impl Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) {
        self.world().activity.crc = Some(Crc(Arc::new(answer)));
    }

    /// The check that X sends to an address from time to time: a request, and the body that answers it rightly.
    #[must_use]
    pub fn crc(&self, url: &str) -> (Request<Bytes>, String) {
        let token = self.world().secret("crc");
        let mark = if url.contains('?') { '&' } else { '?' };
        let mut request = Request::new(Bytes::new());
        if let Ok(uri) = format!("{url}{mark}crc_token={token}").parse() {
            *request.uri_mut() = uri;
        }
        let answer = signature(Self::CONSUMER_SECRET, token.as_bytes());
        (request, json!({ "response_token": answer }).to_string())
    }

    /// Which secrets sign deliveries (at first: both).
    pub fn set_signing(&self, signing: Signing) {
        self.world().settings.signing = signing;
    }

    /// What X would send now, oldest first. It stays until it is [answered](Self::answered).
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        let world = self.world();
        let secret = |secret: &'static str| {
            if world.keeps(Rule::DeliveriesAreSigned) {
                secret
            } else {
                "another secret"
            }
        };
        let signing = world.settings.signing;
        world
            .activity
            .pending
            .iter()
            .filter_map(|pending| {
                let hook = world
                    .activity
                    .hooks
                    .get(&pending.webhook)
                    .filter(|hook| hook.valid)?;
                let mut headers = HeaderMap::new();
                headers.insert("content-type", HeaderValue::from_static("application/json"));
                let mut sign = |name: &'static str, secret: &str| {
                    let made = signature(secret, pending.body.as_bytes());
                    if let Ok(made) = HeaderValue::from_str(&made) {
                        headers.insert(name, made);
                    }
                };
                if signing != Signing::Client {
                    sign(
                        "x-twitter-webhooks-signature",
                        secret(Self::CONSUMER_SECRET),
                    );
                }
                if signing != Signing::Consumer {
                    sign(
                        "x-twitter-webhooks-signature-oauth2",
                        secret(Self::CLIENT_SECRET),
                    );
                }
                Some(Delivery {
                    id: pending.id,
                    url: hook.url.clone(),
                    headers,
                    body: Bytes::from(pending.body.clone()),
                })
            })
            .collect()
    }

    /// Tells with which status a delivery was answered: after 200 it does not come again.
    pub fn answered(&self, delivery: u64, status: u16) {
        let mut world = self.world();
        if status != 200 && world.keeps(Rule::DeliveriesComeAgain) {
            return;
        }
        let at = world
            .activity
            .pending
            .iter()
            .position(|pending| pending.id == delivery);
        if let Some(at) = at {
            let done = world.activity.pending.remove(at);
            world.activity.done.push(done);
        }
    }

    /// Sends everything that concerns a user to an address, as if that had been set up through the API.
    pub fn subscribe_all(&self, user: u64, url: &str, now: Timestamp) {
        let mut world = self.world();
        world.subscribe_to_all(user, url, now);
    }
}

impl World {
    fn subscribe_to_all(&mut self, user: Id, url: &str, now: Timestamp) {
        let id = self.new_id(now);
        self.activity.hooks.insert(
            id,
            Hook {
                id,
                url: url.to_owned(),
                created: now,
                valid: true,
            },
        );
        self.subscribe_hook(user, id, now);
    }
}
