//! What is held: by each of many accounts, and by a bot over a day.

use std::io::{Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use sociable::adapters::bluesky::{Bluesky, Session};
use sociable::client::{Client, Clock, InProcess, Service, SetClock};
use sociable::jiff::{Timestamp, ToSpan};
use sociable::store::{KeyValue, Versioned};
use sociable::{
    Draft, Engagement, EventKind, EventQuery, PostQuery, PostRef, SocialNetwork, Target,
};
use stats_alloc::Stats;

use crate::figures::{Bound, Report};

/// Bytes for each account more (issue 3).
const MOST_ACCOUNT: f64 = 2048.0;
/// What a day may leave, as a multiple of what the first hour left (issue 3).
const MOST_GROWTH: f64 = 1.1;

const ACCOUNTS: usize = 10_000;
const BOTS: usize = 10;
const HOURS: usize = 24;
const START: &str = "2026-11-22T12:00:00Z";

/// Bytes that are allocated and not given back.
pub(crate) fn live() -> i64 {
    let Stats {
        bytes_allocated,
        bytes_deallocated,
        ..
    } = crate::HEAP.stats();
    // A reallocation counts in both, by what it adds and what it takes away.
    bytes_allocated as i64 - bytes_deallocated as i64
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn did(number: usize) -> String {
    format!("did:plc:ewvi7nxzyoun6zhx{number:08}")
}

/// A token of the length that Bluesky's have.
fn token(scope: &str, number: usize, ends: i64, more: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let head = part(r#"{"typ":"at+jwt","alg":"ES256K"}"#);
    let claims = part(&format!(
        r#"{{"scope":"{scope}","sub":"{}","iat":{},"exp":{ends},"aud":"did:web:stropharia.us-west.host.bsky.network"{more}}}"#,
        did(number),
        ends - 7200,
    ));
    format!("{head}.{claims}.{}", "s".repeat(86))
}

fn tokens(number: usize, ends: i64) -> (String, String) {
    let access = token("com.atproto.appPass", number, ends, "");
    let id = format!(r#","jti":"{number:043}""#);
    let refresh = token("com.atproto.refresh", number, ends + 60 * 86_400, &id);
    (access, refresh)
}

/// A feed of a few posts, newest first, as of a moment.
fn feed(now: Timestamp, posts: usize) -> String {
    let posts: Vec<String> = (0..posts)
        .map(|number| format!(r#"{{"post":{}}}"#, post(now, number)))
        .collect();
    format!(r#"{{"cursor":"{now}","feed":[{}]}}"#, posts.join(","))
}

const CID: &str = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a";

fn post(now: Timestamp, number: usize) -> String {
    let second = now.as_second() as usize;
    let at = now - (number as i64).seconds();
    let author = second / 60 * 7 + number;
    format!(
        r#"{{"uri":"at://{0}/app.bsky.feed.post/3k{second:011}","cid":"{CID}","author":{1},"record":{{"$type":"app.bsky.feed.post","createdAt":"{at}","text":"It is {at}: see https://example.com/notes #tea"}},"replyCount":1,"repostCount":2,"likeCount":3,"quoteCount":0,"indexedAt":"{at}"}}"#,
        did(author),
        author_view(author),
    )
}

fn author_view(number: usize) -> String {
    format!(
        r#"{{"did":"{}","handle":"reader{number}.example.com","displayName":"Reader {number}"}}"#,
        did(number)
    )
}

// ---- Many accounts ----

/// Answers every request with the same page, and counts connections.
fn serve(listener: TcpListener, connections: Arc<AtomicUsize>) {
    let body = feed(START.parse().unwrap(), 3);
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len(),
    );
    let answer: Arc<str> = answer.into();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            connections.fetch_add(1, Ordering::Relaxed);
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || speak(stream, &answer));
        }
    });
}

/// Requests have no body here, so each ends with its head.
fn speak(mut stream: TcpStream, answer: &str) {
    let mut seen = [0_u8; 8192];
    let mut length = 0;
    while let Ok(more @ 1..) = stream.read(&mut seen[length..]) {
        length += more;
        if seen[..length].ends_with(b"\r\n\r\n") {
            length = 0;
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn accounts(report: &mut Report) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    serve(listener, Arc::clone(&connections));
    let clock = SetClock::at(START.parse().unwrap());
    let client = Client::builder()
        .clock(Arc::new(clock.clone()))
        .no_proxy()
        .build()
        .unwrap();
    let query = PostQuery::home();
    let mut networks: Vec<Arc<dyn SocialNetwork>> = Vec::with_capacity(ACCOUNTS);
    let mut after_one = 0;
    runtime().block_on(async {
        for number in 0..ACCOUNTS {
            let (access, refresh) = tokens(number, clock.now().as_second() + 7200);
            let network = Bluesky::builder(&base)
                .tokens(Session::new(access, refresh).unwrap())
                .token_store(Arc::new(Elsewhere))
                .client(&client)
                .build()
                .unwrap();
            let network: Arc<dyn SocialNetwork> = Arc::new(network);
            let page = network.posts(&query).await.unwrap();
            assert_eq!(page.items.len(), 3);
            drop(page);
            // As fast as one address may ask: 3,000 requests in five minutes.
            clock.advance(Duration::from_millis(101));
            networks.push(network);
            if number == 0 {
                after_one = live();
            }
        }
        let all = live() - after_one;
        let bytes = all as f64 / (ACCOUNTS - 1) as f64;
        report.figure(
            "memory.account_bytes",
            bytes.round(),
            Bound::AtMost(MOST_ACCOUNT),
        );
        let connections = connections.load(Ordering::Relaxed);
        report.figure("memory.connections", connections as f64, Bound::AtMost(1.0));
    });
    assert_eq!(networks.len(), ACCOUNTS);
}

// ---- A day ----

/// Answers what a network would, by the moment alone: it remembers nothing, so that all that grows is the bot's.
struct Forgetful;

impl Service for Forgetful {
    fn answer(&self, request: &http::Request<Bytes>, now: Timestamp) -> http::Response<Bytes> {
        let nsid = request.uri().path().trim_start_matches("/xrpc/");
        let second = now.as_second();
        let body = match nsid {
            "com.atproto.server.createSession" | "com.atproto.server.refreshSession" => {
                let number = whose(request);
                let (access, refresh) = tokens(number, second + 7200);
                format!(
                    r#"{{"accessJwt":"{access}","refreshJwt":"{refresh}","did":"{}","handle":"bot{number}.example.com","active":true}}"#,
                    did(number)
                )
            }
            "app.bsky.feed.getTimeline" => feed(now, 20),
            "app.bsky.notification.listNotifications" => notifications(now),
            "app.bsky.feed.getPosts" => format!(r#"{{"posts":[{}]}}"#, post(now, 0)),
            "com.atproto.repo.putRecord" | "com.atproto.repo.createRecord" => {
                let uri = format!("at://{}/app.bsky.feed.post/3k{second:011}", did(0));
                format!(r#"{{"uri":"{uri}","cid":"{CID}","validationStatus":"valid"}}"#)
            }
            "chat.bsky.convo.getLog" => format!(
                r#"{{"cursor":"{second:013}","logs":[{{"$type":"chat.bsky.convo.defs#logCreateMessage","rev":"{second:013}","convoId":"{0}","message":{1}}}]}}"#,
                second / 60,
                message(second)
            ),
            "chat.bsky.convo.listConvos" => r#"{"convos":[]}"#.to_owned(),
            "chat.bsky.convo.getMessages" => format!(r#"{{"messages":[{}]}}"#, message(second)),
            "chat.bsky.convo.sendMessage" => message(second),
            other => panic!("the bot asks {other}"),
        };
        http::Response::builder()
            .header("content-type", "application/json")
            .body(body.into())
            .unwrap()
    }
}

/// The account that a login is of: its number stands in what is sent.
fn whose(request: &http::Request<Bytes>) -> usize {
    let name = String::from_utf8_lossy(request.body());
    if let Some((_, rest)) = name.split_once("bot") {
        return rest.split('.').next().unwrap().parse().unwrap();
    }
    let token = request.headers()["authorization"].to_str().unwrap();
    let claims = URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    let claims = String::from_utf8(claims).unwrap();
    let (_, rest) = claims.split_once("did:plc:ewvi7nxzyoun6zhx").unwrap();
    rest[..8].parse().unwrap()
}

/// The mentions of the last minutes, each by another account.
fn notifications(now: Timestamp) -> String {
    let minute = now.as_second() / 60;
    let listed = (0..10).map(|back| {
        let minute = minute - back;
        let at = Timestamp::from_second(minute * 60).unwrap();
        let author = minute as usize;
        format!(
            r#"{{"uri":"at://{0}/app.bsky.feed.post/3k{minute:011}","cid":"{CID}","author":{1},"reason":"mention","record":{{"$type":"app.bsky.feed.post","createdAt":"{at}","text":"@bot what is it, at {at}?"}},"isRead":false,"indexedAt":"{at}"}}"#,
            did(author),
            author_view(author),
        )
    });
    let listed: Vec<String> = listed.collect();
    format!(r#"{{"notifications":[{}]}}"#, listed.join(","))
}

fn message(second: i64) -> String {
    let at = Timestamp::from_second(second).unwrap();
    format!(
        r#"{{"$type":"chat.bsky.convo.defs#messageView","id":"m{second}","rev":"{second:013}","text":"It is {at}","sender":{{"did":"{}"}},"sentAt":"{at}"}}"#,
        did(second as usize / 60)
    )
}

/// A round of a bot: it reads what happened, answers, reads, likes, and publishes now and then.
///
/// It sends no messages: the budget of those rolls over a whole day, so that what is kept of it grows all day long, up to
/// a hundred entries.
async fn round(bot: &dyn SocialNetwork, query: EventQuery, minute: usize) -> EventQuery {
    let events = bot.events(&query).await.unwrap();
    for event in &events.items {
        let answers = minute.is_multiple_of(5);
        match &event.kind {
            EventKind::Mention if answers => {
                let post = event.post.as_deref().unwrap();
                let draft =
                    Draft::text(format!("It is minute {minute}.")).reply_to(PostRef::from(post));
                bot.publish(&draft).await.unwrap();
            }
            _ => {}
        }
    }
    let page = bot.posts(&PostQuery::home().limit(20)).await.unwrap();
    assert_eq!(page.items.len(), 20);
    if minute.is_multiple_of(10) {
        let liked = Target::from(PostRef::from(&page.items[0]));
        bot.engage(&liked, &Engagement::like()).await.unwrap();
    }
    if minute.is_multiple_of(30) {
        let draft =
            Draft::text(format!("News of minute {minute} #tea")).key(format!("news-{minute}"));
        bot.publish(&draft).await.unwrap();
    }
    EventQuery::after(events.cursor)
}

fn day(report: &mut Report) {
    let clock = SetClock::at(START.parse().unwrap());
    let way = InProcess::new(Arc::new(Forgetful), Arc::new(clock.clone()));
    let client = Client::builder()
        .transport(Arc::new(way))
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    let bots: Vec<Bluesky> = (0..BOTS)
        .map(|number| {
            Bluesky::builder("https://pds.example.com")
                .identifier(format!("bot{number}.example.com"))
                .password("abcd-efgh-ijkl-mnop")
                .client(&client)
                .build()
                .unwrap()
        })
        .collect();
    let mut hours = Vec::with_capacity(HOURS);
    let mut events = 0;
    runtime().block_on(clock.drive(async {
        let before = live();
        let mut queries = Vec::with_capacity(BOTS);
        for bot in &bots {
            queries.push(EventQuery::after(
                bot.events(&EventQuery::now()).await.unwrap().cursor,
            ));
        }
        for minute in 0..HOURS * 60 {
            let next = (START.parse::<Timestamp>().unwrap()) + (60 * (minute as i64 + 1)).seconds();
            for (bot, query) in bots.iter().zip(&mut queries) {
                *query = round(bot, query.clone(), minute).await;
                events += 1;
            }
            clock.sleep_until(next).await;
            if (minute + 1) % 60 == 0 {
                hours.push(live() - before);
            }
        }
    }));
    assert_eq!(events, BOTS * HOURS * 60);
    let (first, last) = (hours[0] as f64, hours[HOURS - 1] as f64);
    report.figure("memory.day_first_hour_bytes", first, Bound::Free);
    report.figure("memory.day_bytes", last, Bound::Free);
    report.figure(
        "memory.day_growth",
        last / first.max(1.0),
        Bound::AtMost(MOST_GROWTH),
    );
}

/// A store of tokens outside of the process, as a program of so many accounts has: a database, or files.
#[derive(Debug)]
struct Elsewhere;

#[async_trait::async_trait]
impl KeyValue for Elsewhere {
    async fn get(&self, _: &str) -> sociable::Result<Option<Versioned>> {
        Ok(None)
    }

    async fn put(&self, _: &str, _: &str, expected: Option<u64>) -> sociable::Result<Option<u64>> {
        Ok(Some(expected.unwrap_or_default() + 1))
    }

    async fn remove(&self, _: &str) -> sociable::Result<()> {
        Ok(())
    }
}

pub(crate) fn gates(report: &mut Report) {
    accounts(report);
    day(report);
}
