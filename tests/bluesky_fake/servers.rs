//! The same requests to the fake and to real servers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use sociable::adapters::bluesky::fake::Fake;
use sociable::jiff::Timestamp;

use crate::contract;
use crate::net::{Ask, Net, Seen};
use crate::watch::Watch;

/// Real servers, as their start script tells of them.
pub(crate) struct Real {
    http: reqwest::Client,
    pds: String,
    appview: Option<String>,
    /// Lets a request past the limits, which other suites on the same server may have used up.
    bypass: Option<String>,
    watch: Watch,
}

pub(crate) enum Server {
    Fake(Net),
    Real(Real),
}

static HANDLES: AtomicU64 = AtomicU64::new(0);

impl Server {
    pub(crate) fn fake(fake: Fake) -> Self {
        Self::Fake(Net::new(fake))
    }

    /// The servers of a `KEY=VALUE` file that a variable names; where it is not set, says so and answers nothing, or fails
    /// in CI, where what silently did not run would count as passed.
    pub(crate) fn real(variable: &str) -> Option<Self> {
        let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) else {
            assert!(
                !contract::in_ci(),
                "CI is set, but {variable} is not: name the file of a running server"
            );
            println!("passed over: {variable} is not set");
            return None;
        };
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{variable}: {error}"));
        let facts: BTreeMap<&str, &str> = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .collect();
        // Plain HTTP on loopback; the client wants a provider all the same. A second one is not installed.
        #[cfg(feature = "rustls-ring")]
        drop(rustls::crypto::ring::default_provider().install_default());
        Some(Self::Real(Real {
            // The servers close idle connections after 5 seconds: a request must not meet one that just goes. None of
            // the requests takes long, so a server that hangs is a failure and not a long wait.
            http: reqwest::Client::builder()
                .no_proxy()
                .pool_idle_timeout(Duration::from_secs(2))
                .timeout(Duration::from_secs(20))
                .build()
                .unwrap(),
            pds: facts["BASE_URL"].to_owned(),
            appview: facts.get("APPVIEW_URL").map(|url| (*url).to_owned()),
            bypass: facts
                .get("RATE_LIMIT_BYPASS_KEY")
                .map(|key| (*key).to_owned()),
            watch: Watch::lenient(),
        }))
    }

    /// How many exchanges were held to the lexicons.
    pub(crate) fn checked(&self) -> usize {
        match self {
            Self::Fake(net) => net.watch.checked(),
            Self::Real(real) => real.watch.checked(),
        }
    }

    pub(crate) fn fresh_handle(&self, name: &str) -> String {
        match self {
            Self::Fake(_) => format!("{name}-story.test"),
            Self::Real(_) => {
                let unique = Timestamp::now().as_millisecond() % 1_000_000_000;
                format!(
                    "{name}{unique}{}.test",
                    HANDLES.fetch_add(1, Ordering::Relaxed)
                )
            }
        }
    }

    fn now(&self) -> Timestamp {
        match self {
            Self::Fake(net) => net.now(),
            Self::Real(_) => Timestamp::now(),
        }
    }

    pub(crate) fn timestamp(&self) -> String {
        self.now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    pub(crate) fn epoch(&self, ahead: i64) -> String {
        (self.now().as_second() + ahead).to_string()
    }

    pub(crate) async fn ask(&self, ask: &Ask) -> Seen {
        match self {
            Self::Fake(net) => {
                net.wait(sociable::jiff::SignedDuration::from_millis(20));
                net.ask(ask)
            }
            Self::Real(real) => real.ask(ask).await,
        }
    }

    /// Waits until a post is indexed and has so many likes.
    pub(crate) async fn settle(&self, token: &str, uri: &str, likes: u64) {
        let ask = Ask::get("app.bsky.feed.getPosts", &[("uris", uri)]).token(token);
        self.until("a post is indexed", &ask, |json| {
            json["posts"][0]["likeCount"]
                .as_u64()
                .is_some_and(|count| count >= likes)
        })
        .await;
    }

    /// Waits until an account is told to follow.
    pub(crate) async fn settle_follower(&self, token: &str, did: &str) {
        let ask = Ask::get("app.bsky.actor.getProfile", &[("actor", did)]).token(token);
        self.until("a follower is known", &ask, |json| {
            json["viewer"]["followedBy"].is_string()
        })
        .await;
    }

    pub(crate) async fn settle_gone(&self, token: &str, uri: &str) {
        let ask = Ask::get("app.bsky.feed.getPosts", &[("uris", uri)]).token(token);
        self.until("a post is gone", &ask, |json| {
            json["posts"].as_array().is_some_and(Vec::is_empty)
        })
        .await;
    }

    pub(crate) async fn settle_notices(&self, token: &str, count: usize) {
        // The first `updateSeen` of an account may leave it with the wish to hear only of those whom it follows: the
        // server writes two lines at once, and the later one is lost.
        let all = [("priority", "false")];
        let ask = Ask::get("app.bsky.notification.listNotifications", &all).token(token);
        self.until("notifications are there", &ask, |json| {
            json["notifications"]
                .as_array()
                .is_some_and(|list| list.len() >= count)
        })
        .await;
    }

    async fn until(&self, what: &str, ask: &Ask, fits: impl Fn(&Value) -> bool) {
        let (began, mut pause) = (Instant::now(), Duration::from_millis(25));
        while began.elapsed() < Duration::from_secs(20) {
            if fits(&self.ask(ask).await.json) {
                return;
            }
            if matches!(self, Self::Fake(_)) {
                break;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(200));
        }
        panic!(
            "waited in vain until {what}: {:?}",
            self.ask(ask).await.json
        );
    }
}

impl Real {
    async fn ask(&self, ask: &Ask) -> Seen {
        let base = match (&self.appview, ask.host.as_str()) {
            (Some(appview), "api.bsky.app") => appview,
            _ => &self.pds,
        };
        let mut url = reqwest::Url::parse(&format!("{base}/xrpc/{}", ask.nsid)).unwrap();
        if !ask.params.is_empty() {
            url.query_pairs_mut().extend_pairs(&ask.params);
        }
        let method = reqwest::Method::from_bytes(ask.method.as_bytes()).unwrap();
        let mut request = self.http.request(method.clone(), url);
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        if let Some(key) = &self.bypass {
            request = request.header("x-ratelimit-bypass", key);
        }
        if method == reqwest::Method::POST
            && !ask.headers.iter().any(|(name, _)| name == "content-type")
        {
            request = request.header("content-length", "0");
        } else if method == reqwest::Method::POST {
            request = request.body(ask.body.clone());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    value.to_str().unwrap_or_default().to_owned(),
                )
            })
            .collect();
        let bytes = answer.bytes().await.unwrap();
        let seen = Seen {
            status,
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            bytes,
            headers,
        };
        self.watch.see(&ask.request(), &seen);
        seen
    }
}
