//! The client over real sockets on loopback: what a broken connection, a redirect or an odd answer comes to.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/plain.rs"]
mod plain;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plain::{Plain, TOKEN, all_of};
use sociable::client::{Client, Notice, Observer, Request, RetryPolicy, WriteSafety};
use sociable::{Error, ErrorKind, Operation};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with one connection's request.
#[derive(Clone)]
enum Turn {
    /// Answers these bytes and closes.
    Say(String),
    /// Reads the request and closes without a word.
    CutAfter,
    /// Never answers.
    Silence,
    /// Answers a head and then zeroes without an end.
    Endless,
}

/// A server that does one thing after another, one connection each; the last goes on.
struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(turns: Vec<Turn>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let turn = Arc::new(AtomicUsize::new(0));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (turns, turn, log) = (turns.clone(), Arc::clone(&turn), Arc::clone(&log));
                tokio::spawn(async move {
                    let _ = serve(stream, &turns, &turn, &log).await;
                });
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    turns: &[Turn],
    turn: &AtomicUsize,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while !whole(&request) {
        match stream.read(&mut piece).await? {
            0 => return Ok(()),
            n => request.extend_from_slice(&piece[..n]),
        }
    }
    log.lock()
        .unwrap()
        .push(String::from_utf8_lossy(&request).into_owned());
    let index = turn.fetch_add(1, Ordering::SeqCst).min(turns.len() - 1);
    match &turns[index] {
        Turn::Say(answer) => stream.write_all(answer.as_bytes()).await,
        Turn::CutAfter => Ok(()),
        Turn::Silence => std::future::pending().await,
        Turn::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(&[b' '; 65536]).await?;
            }
        }
    }
}

fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let len = head
        .lines()
        .filter_map(|l| l.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, v)| v.parse().ok())
        .unwrap_or(0);
    body.len() >= len
}

fn say(status: &str, headers: &str, body: &str) -> Turn {
    let len = body.len();
    Turn::Say(format!(
        "HTTP/1.1 {status}\r\nContent-Length: {len}\r\nConnection: close\r\n{headers}\r\n{body}"
    ))
}

fn ok(body: &str) -> Turn {
    say("200 OK", "", body)
}

fn client() -> Client {
    let retry = RetryPolicy::default()
        .base(Duration::from_millis(1))
        .cap(Duration::from_millis(2));
    Client::builder()
        .no_proxy()
        .retry(retry)
        .attempt_timeout(Duration::from_millis(1500))
        .build()
        .unwrap()
}

fn read(url: &str) -> Request {
    Request::get(Operation::POST, url.parse().unwrap())
}

fn write(url: &str) -> Request {
    Request::post(Operation::PUBLISH, url.parse().unwrap())
        .json("hello")
        .unwrap()
}

async fn send(request: Request) -> Result<String, Error> {
    let answer = client().send(&Plain, request).await?;
    Ok(String::from_utf8_lossy(&answer.body).into_owned())
}

#[tokio::test]
async fn every_request_says_who_sends_it() {
    let server = Server::start(vec![ok("{}")]).await;
    let named = Client::builder()
        .no_proxy()
        .user_agent("shopbot/2")
        .build()
        .unwrap();
    named.send(&Plain, read(&server.url)).await.unwrap();
    client().send(&Plain, read(&server.url)).await.unwrap();
    let requests = server.requests();
    assert!(
        requests[0].contains("user-agent: shopbot/2 sociable/"),
        "{}",
        requests[0]
    );
    assert!(
        requests[1].contains("user-agent: sociable/"),
        "{}",
        requests[1]
    );
}

#[tokio::test]
async fn plain_http_goes_to_this_machine_alone() {
    for url in [
        "http://example.com/",
        "http://10.0.0.1/",
        "http://localhost.example.com/",
        "ftp://127.0.0.1/",
    ] {
        let error = send(read(url)).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Config, "{url}: {error}");
    }
}

#[tokio::test]
async fn credentials_never_follow_a_redirect_to_another_server() {
    let thief = Server::start(vec![ok("{}")]).await;
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        let server = Server::start(vec![say(
            status,
            &format!("Location: {}/x\r\n", thief.url),
            "",
        )])
        .await;
        for request in [read(&server.url), write(&server.url)] {
            let request_writes = request.writes;
            let error = send(request).await.unwrap_err();
            // Only 307 and 308 say that a write was not done before the server sent us elsewhere.
            let doubtful = request_writes && !matches!(status.get(..3), Some("307" | "308"));
            let kind = if doubtful {
                ErrorKind::Unconfirmed
            } else {
                ErrorKind::Transport
            };
            assert_eq!(error.kind(), &kind, "{status}: {error}");
            assert!(error.message().contains("base URL"), "{error}");
        }
    }
    assert!(thief.requests().is_empty(), "{:?}", thief.requests());
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed() {
    let server = Server::start(vec![
        say("302 Found", "Location: /there\r\n", ""),
        ok("found"),
    ])
    .await;
    assert_eq!(send(read(&server.url)).await.unwrap(), "found");
    assert!(
        server.requests()[1].starts_with("GET /there "),
        "{:?}",
        server.requests()
    );

    let server = Server::start(vec![
        say("307 Temporary", "Location: /there\r\n", ""),
        ok("done"),
    ])
    .await;
    assert_eq!(send(write(&server.url)).await.unwrap(), "done");
    let again = &server.requests()[1];
    assert!(
        again.starts_with("POST /there ") && again.ends_with("\"hello\""),
        "{again}"
    );

    let circle = Server::start(vec![say("302 Found", "Location: /\r\n", "")]).await;
    assert_eq!(
        send(read(&circle.url)).await.unwrap_err().kind(),
        &ErrorKind::Transport
    );
}

#[tokio::test]
async fn a_write_cut_after_it_arrived_is_unconfirmed_and_sent_once() {
    let truncated = Turn::Say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":".to_owned());
    let failing = say("500 Oops", "", "<html>oops</html>");
    for turn in [Turn::CutAfter, truncated, failing] {
        let server = Server::start(vec![turn, ok("twice")]).await;
        let error = send(write(&server.url)).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unconfirmed, "{error}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_keyed_write_and_a_read_are_sent_again_after_a_cut() {
    let truncated = Turn::Say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":".to_owned());
    for turn in [Turn::CutAfter, truncated, say("503 Busy", "", "")] {
        let server = Server::start(vec![turn, ok("done")]).await;
        let keyed = write(&server.url).safety(WriteSafety::Keyed { until: None });
        assert_eq!(send(keyed).await.unwrap(), "done");
        assert_eq!(server.requests().len(), 2);
    }
    let server = Server::start(vec![Turn::CutAfter, ok("done")]).await;
    assert_eq!(send(read(&server.url)).await.unwrap(), "done");
}

#[tokio::test]
async fn a_keyed_write_that_never_gets_an_answer_is_unconfirmed_in_the_end() {
    let server = Server::start(vec![Turn::CutAfter]).await;
    let error = send(write(&server.url).safety(WriteSafety::Keyed { until: None }))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unconfirmed, "{error}");
    assert!(server.requests().len() > 1);
}

#[tokio::test]
async fn what_never_left_is_a_plain_failure_even_for_a_write() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = send(write(&url)).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Transport, "{error}");
    assert!(error.message().contains("nothing was sent"), "{error}");
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let server = Server::start(vec![Turn::Endless]).await;
    let error = send(read(&server.url).max_response(1 << 20))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Decode, "{error}");
    let error = send(write(&server.url).max_response(1 << 20))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unconfirmed, "{error}");
}

#[tokio::test]
async fn an_observer_is_told_how_an_attempt_ended_that_was_given_up() {
    #[derive(Debug, Default)]
    struct Ends(Mutex<Vec<String>>);
    impl Observer for Ends {
        fn notice(&self, notice: &Notice<'_>) {
            if let Notice::Failed { message, .. } = notice {
                self.0.lock().unwrap().push((*message).to_owned());
            }
        }
    }
    let ends = Arc::new(Ends::default());
    let away = "http://elsewhere.example/";
    let server = Server::start(vec![
        Turn::Endless,
        say("302 Found", &format!("Location: {away}\r\n"), ""),
    ])
    .await;
    let builder = Client::builder().no_proxy().observer(ends.clone());
    let client = builder.build().unwrap();
    for _ in 0..2 {
        let request = read(&server.url).max_response(1 << 20);
        client.send(&Plain, request).await.unwrap_err();
    }
    let ends = ends.0.lock().unwrap();
    assert_eq!(ends.len(), 2, "{ends:?}");
    assert!(ends[0].contains("longer than"), "{ends:?}");
    assert!(ends[1].contains("elsewhere.example"), "{ends:?}");
}

#[tokio::test]
async fn silence_ends_with_the_attempt() {
    let server = Server::start(vec![Turn::Silence]).await;
    let short = |r: Request| r.attempt_timeout(Duration::from_millis(50));
    let error = send(short(read(&server.url))).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Timeout, "{error}");
    let error = send(short(write(&server.url))).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unconfirmed, "{error}");
}

#[tokio::test]
async fn no_message_shows_a_token_that_the_server_repeats() {
    let body = format!(
        "{{\"error\":\"bad token {TOKEN}\",\"accessJwt\":\"abc.def\",\"headers\":\"Bearer {TOKEN}\"}}"
    );
    for status in ["400 Bad", "401 No", "500 Oops", "429 Slow"] {
        let server = Server::start(vec![say(status, "", &body)]).await;
        let error = send(write(&server.url)).await.unwrap_err();
        let shown = all_of(&error);
        assert!(
            !shown.contains(TOKEN) && !shown.contains("abc.def"),
            "{shown}"
        );
        assert!(shown.contains("bad token"), "{shown}");
    }
    let closed = send(read(&format!(
        "http://127.0.0.1:9/{TOKEN}?access_token={TOKEN}"
    )))
    .await
    .unwrap_err();
    assert!(!all_of(&closed).contains(TOKEN), "{}", all_of(&closed));
}

#[tokio::test]
async fn requests_go_through_the_proxy_that_is_set() {
    let proxy = Server::start(vec![ok("through")]).await;
    let target = Server::start(vec![ok("direct")]).await;
    let client = Client::builder().proxy(proxy.url.clone()).build().unwrap();
    let answer = client
        .send(&Plain, read(&format!("{}/page", target.url)))
        .await
        .unwrap();
    assert_eq!(&answer.body[..], b"through");
    assert!(
        proxy.requests()[0].starts_with(&format!("GET {}/page ", target.url)),
        "{:?}",
        proxy.requests()
    );
    assert!(target.requests().is_empty());
    let error = Client::builder().proxy("not a proxy").build().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
}

#[tokio::test]
async fn answers_that_are_not_what_they_should_be_are_decode_errors_or_unconfirmed() {
    let truncated = r#"{"id": 1, "text": "#;
    for body in ["<html>hello</html>", truncated, "", "null"] {
        let server = Server::start(vec![ok(body)]).await;
        let answer = client().send(&Plain, read(&server.url)).await.unwrap();
        let error = answer
            .json::<std::collections::BTreeMap<String, u8>>()
            .unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Decode, "{error}");
        let answer = client().send(&Plain, write(&server.url)).await.unwrap();
        let error = answer
            .json::<std::collections::BTreeMap<String, u8>>()
            .unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unconfirmed, "{error}");
    }
}
