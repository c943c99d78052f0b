//! What the real Bluesky servers take and answer satisfies the lexicons: the checks refuse nothing that is right.

#![cfg(all(feature = "bluesky", feature = "rustls-ring"))]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod contract;

use std::collections::HashMap;
use std::time::Duration;

use contract::lexicon::Lexicons;
use serde_json::{Value, json};

struct Server {
    values: HashMap<String, String>,
    http: reqwest::Client,
    lexicons: Lexicons,
    token: String,
}

/// The server that the variable names, logged in, or `None` after a line that says that it was passed over.
async fn server(variable: &str) -> Option<Server> {
    let lexicons = contract::lexicons("real servers' answers").unwrap()?;
    let Some(file) = std::env::var_os(variable) else {
        assert!(
            !contract::in_ci(),
            "CI is set, but {variable} names no server: start one and name what it printed"
        );
        println!("passed over: real servers' answers ({variable} names no server)");
        return None;
    };
    // Reqwest wants a provider even for plain http. A second test finds it installed.
    drop(rustls::crypto::ring::default_provider().install_default());
    let text = std::fs::read_to_string(&file).unwrap();
    let values = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(k, v)| (k.to_owned(), v.to_owned()));
    let mut server = Server {
        values: values.collect(),
        http: reqwest::Client::new(),
        lexicons,
        token: String::new(),
    };
    let login = json!({"identifier": server.value("ACCOUNT1_HANDLE"), "password": server.value("ACCOUNT1_PASSWORD")});
    let (status, session) = server
        .call(
            "POST",
            "/xrpc/com.atproto.server.createSession",
            None,
            Some(&login),
        )
        .await;
    assert_eq!(status, 200, "{}", session["error"]);
    server.token = session["accessJwt"].as_str().unwrap().to_owned();
    Some(server)
}

impl Server {
    fn value(&self, key: &str) -> &str {
        self.values
            .get(key)
            .unwrap_or_else(|| panic!("the server's file has no {key}"))
    }

    /// Sends a request that the strict check accepts; the answer satisfies the lenient one.
    async fn call(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let bytes = body.map(|b| b.to_string().into_bytes()).unwrap_or_default();
        let kind = body.map(|_| "application/json");
        let checked = self.lexicons.check_request(method, path, kind, &bytes);
        assert_eq!(checked, Ok(()), "the request {path}");
        let url = format!("{}{path}", self.value("BASE_URL"));
        let mut request = self.http.request(method.parse().unwrap(), url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind).body(bytes);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let kind = answer
            .headers()
            .get("content-type")
            .map(|v| v.to_str().unwrap().to_owned());
        let bytes = answer.bytes().await.unwrap();
        let nsid = path
            .trim_start_matches("/xrpc/")
            .split('?')
            .next()
            .unwrap_or_default();
        let checked = self
            .lexicons
            .lenient()
            .check_response(nsid, status, kind.as_deref(), &bytes);
        assert_eq!(checked, Ok(()), "{path} answered {status}");
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    async fn get(&self, path: &str) -> Value {
        let (status, value) = self.call("GET", path, Some(&self.token), None).await;
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    async fn post(&self, method: &str, body: &Value) -> Value {
        let path = format!("/xrpc/{method}");
        let (status, value) = self
            .call("POST", &path, Some(&self.token), Some(body))
            .await;
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    async fn write(&self) -> (String, String) {
        let did = self.value("ACCOUNT1_DID").to_owned();
        let record = json!({
            "$type": "app.bsky.feed.post", "text": "Checked #lexicons", "createdAt": "2026-11-22T10:00:00.000Z",
            "facets": [{
                "index": {"byteStart": 8, "byteEnd": 17},
                "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "lexicons"}],
            }],
        });
        let body = json!({"repo": did, "collection": "app.bsky.feed.post", "record": record});
        let made = self.post("com.atproto.repo.createRecord", &body).await;
        (
            made["uri"].as_str().unwrap().to_owned(),
            made["cid"].as_str().unwrap().to_owned(),
        )
    }

    async fn delete(&self, uri: &str) {
        let mut parts = uri.trim_start_matches("at://").split('/');
        let (repo, collection, rkey) = (parts.next(), parts.next(), parts.next());
        self.post(
            "com.atproto.repo.deleteRecord",
            &json!({"repo": repo, "collection": collection, "rkey": rkey}),
        )
        .await;
    }

    async fn repository(&self) {
        let did = self.value("ACCOUNT1_DID");
        let (status, _) = self
            .call("GET", "/xrpc/com.atproto.server.describeServer", None, None)
            .await;
        assert_eq!(status, 200);
        self.get("/xrpc/com.atproto.server.getSession").await;
        let handle = self.value("ACCOUNT1_HANDLE");
        self.get(&format!(
            "/xrpc/com.atproto.identity.resolveHandle?handle={handle}"
        ))
        .await;
        let (uri, _) = self.write().await;
        let key = uri.rsplit('/').next().unwrap();
        let at = format!("repo={did}&collection=app.bsky.feed.post");
        let read = self
            .get(&format!("/xrpc/com.atproto.repo.getRecord?{at}&rkey={key}"))
            .await;
        assert_eq!(read["value"]["text"], "Checked #lexicons");
        self.get(&format!("/xrpc/com.atproto.repo.listRecords?{at}&limit=3"))
            .await;
        self.get(&format!("/xrpc/com.atproto.repo.describeRepo?repo={did}"))
            .await;
        // What is gone already is deleted once more, with another answer.
        self.delete(&uri).await;
        self.delete(&uri).await;
        // Refusals have the shape of errors.
        let (status, refused) = self
            .call(
                "GET",
                &format!("/xrpc/com.atproto.repo.getRecord?{at}&rkey={key}"),
                None,
                None,
            )
            .await;
        assert_eq!((status, &refused["error"]), (400, &json!("RecordNotFound")));
        let (status, _) = self
            .call(
                "GET",
                "/xrpc/com.atproto.server.getSession",
                Some("garbage"),
                None,
            )
            .await;
        assert_eq!(status, 400);
        let (status, _) = self
            .call("GET", "/xrpc/com.atproto.server.getSession", None, None)
            .await;
        assert_eq!(status, 401);
    }
}

#[tokio::test]
async fn the_real_pds_takes_and_answers_by_the_lexicons() {
    if let Some(server) = server("SOCIABLE_BLUESKY_PDS").await {
        server.repository().await;
    }
}

#[tokio::test]
async fn the_real_network_takes_and_answers_by_the_lexicons() {
    let Some(server) = server("SOCIABLE_BLUESKY_NETWORK").await else {
        return;
    };
    server.repository().await;
    let did = server.value("ACCOUNT1_DID");
    let (uri, cid) = server.write().await;
    let subject = json!({"uri": uri, "cid": cid});
    let mut written = vec![uri.clone()];
    for collection in ["app.bsky.feed.like", "app.bsky.feed.repost"] {
        let record = json!({"$type": collection, "subject": subject, "createdAt": "2026-11-22T10:00:01.000Z"});
        let body = json!({"repo": did, "collection": collection, "record": record});
        let made = server.post("com.atproto.repo.createRecord", &body).await;
        written.push(made["uri"].as_str().unwrap().to_owned());
    }
    let mut seen = Value::Null;
    for _ in 0..120 {
        seen = server
            .get(&format!("/xrpc/app.bsky.feed.getPosts?uris={uri}"))
            .await;
        if seen["posts"][0]["likeCount"] == 1 && seen["posts"][0]["repostCount"] == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert_eq!(
        seen["posts"][0]["likeCount"], 1,
        "the AppView did not index the like: {seen}"
    );
    for path in [
        format!("app.bsky.feed.getAuthorFeed?actor={did}&limit=10&filter=posts_with_replies"),
        "app.bsky.feed.getTimeline?limit=10".to_owned(),
        format!("app.bsky.feed.getLikes?uri={uri}"),
        format!("app.bsky.feed.getRepostedBy?uri={uri}"),
        format!("app.bsky.feed.getQuotes?uri={uri}"),
        format!("app.bsky.feed.getPostThread?uri={uri}&depth=6"),
        format!("app.bsky.actor.getProfile?actor={did}"),
        format!(
            "app.bsky.actor.getProfiles?actors={did}&actors={}",
            server.value("ACCOUNT2_DID")
        ),
        format!("app.bsky.graph.getFollowers?actor={did}"),
        format!("app.bsky.graph.getFollows?actor={did}"),
        format!(
            "app.bsky.graph.getRelationships?actor={did}&others={}",
            server.value("ACCOUNT2_DID")
        ),
        "app.bsky.notification.listNotifications?limit=10&reasons=mention&reasons=reply".to_owned(),
    ] {
        server.get(&format!("/xrpc/{path}")).await;
    }
    for uri in &written {
        server.delete(uri).await;
    }
}
