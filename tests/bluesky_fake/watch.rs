//! Holds every exchange to the published lexicons while it happens.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use bytes::Bytes;

use crate::contract;
use crate::contract::lexicon::{Lexicons, Strictness};
use crate::net::Seen;

/// Where exchanges are meant to go beyond the lexicons: a method, and how what is said about it begins.
const MEANT: &[(&str, &str)] = &[
    // These unions are open: a server takes members that it does not know, and the stories prove it.
    (
        "com.atproto.repo.createRecord",
        "accepted, but $.record.embed.$type: app.bsky.embed.unknown is not one of",
    ),
    (
        "com.atproto.repo.createRecord",
        "accepted, but $.record.facets[0].features[0].$type: x.y.z#foo is not one of",
    ),
    // The video service is told whose video it is and its name, and answers to a known video with the job that it
    // has: its guides say so, its lexicon does not.
    (
        "app.bsky.video.uploadVideo",
        "accepted, but ?did: unknown parameter",
    ),
    (
        "app.bsky.video.uploadVideo",
        "accepted, but ?name: unknown parameter",
    ),
    (
        "app.bsky.video.uploadVideo",
        "$.jobStatus: unknown property",
    ),
];

fn is_meant(nsid: &str, fault: &str) -> bool {
    MEANT
        .iter()
        .any(|(method, start)| *method == nsid && fault.starts_with(start))
}

/// The lexicons, read once; says so and answers nothing where this machine has none.
pub(crate) fn lexicons() -> Option<&'static Lexicons> {
    static READ: OnceLock<Option<Lexicons>> = OnceLock::new();
    READ.get_or_init(|| contract::lexicons("the answers against the lexicons").unwrap())
        .as_ref()
}

/// Gathers what is wrong with the exchanges of one network, and fails when the network is dropped.
pub(crate) struct Watch {
    lexicons: Option<Lexicons>,
    /// Whether what was taken in is held to the lexicons too.
    requests: bool,
    checked: AtomicUsize,
    wrong: Mutex<BTreeSet<String>>,
}

impl Watch {
    /// For a fake: nothing may stand in its answers that no lexicon names.
    pub(crate) fn strict() -> Self {
        Self::with(lexicons().cloned())
    }

    /// For a real server, which may know newer lexicons.
    pub(crate) fn lenient() -> Self {
        Self::with(lexicons().map(Lexicons::lenient))
    }

    /// For a fake that is made to go wrong.
    pub(crate) fn off() -> Self {
        Self::with(None)
    }

    /// For a fake that is sent nonsense: like the servers, it passes over parameters that a method does not have,
    /// and over a body that a proxied query does not have.
    pub(crate) fn answers() -> Self {
        let mut watch = Self::strict();
        watch.requests = false;
        watch
    }

    fn with(lexicons: Option<Lexicons>) -> Self {
        Self {
            lexicons,
            requests: true,
            checked: AtomicUsize::new(0),
            wrong: Mutex::default(),
        }
    }

    /// How many exchanges were held to the lexicons.
    pub(crate) fn checked(&self) -> usize {
        self.checked.load(Ordering::Relaxed)
    }

    pub(crate) fn see(&self, request: &http::Request<Bytes>, seen: &Seen) {
        let (Some(lexicons), Some(target)) = (&self.lexicons, request.uri().path_and_query())
        else {
            return;
        };
        let Some(nsid) = request.uri().path().strip_prefix("/xrpc/") else {
            return; // A page, like the one that tells the DID of a handle.
        };
        if nsid == "_health" {
            return;
        }
        let kind = |name: &str| (!name.is_empty()).then(|| name.to_owned());
        let told = kind(seen.header("content-type"));
        // An error is alike for every method, those that no lexicon knows included.
        let known = if seen.status >= 400 {
            "com.atproto.server.describeServer"
        } else {
            nsid
        };
        let mut faults = lexicons
            .check_response(known, seen.status, told.as_deref(), &seen.bytes)
            .err()
            .unwrap_or_default();
        if seen.status >= 400
            && lexicons.strictness() == Strictness::Strict
            && !seen.json["message"].is_string()
        {
            faults.push("$.message: missing".to_owned());
        }
        // A request that no lexicon allows must have been refused.
        if self.requests && seen.status < 400 {
            let given = request
                .headers()
                .get("content-type")
                .and_then(|value| value.to_str().ok());
            let method = request.method().as_str();
            let body = request.body();
            let asked = lexicons.check_request(method, target.as_str(), given, body);
            faults.extend(
                asked
                    .err()
                    .into_iter()
                    .flatten()
                    .map(|fault| format!("accepted, but {fault}")),
            );
        }
        self.checked.fetch_add(1, Ordering::Relaxed);
        let faults = faults
            .into_iter()
            .filter(|fault| !is_meant(nsid, fault))
            .map(|fault| format!("{nsid} {}: {fault}", seen.status));
        self.wrong.lock().unwrap().extend(faults);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // What failed already is told first.
        if !std::thread::panicking() {
            let wrong = self.wrong.lock().unwrap();
            assert!(wrong.is_empty(), "against the lexicons: {wrong:#?}");
        }
    }
}
