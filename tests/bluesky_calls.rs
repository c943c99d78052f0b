//! The Bluesky adapter under a set clock: logins made once and renewed once, writes that happen at most once, answers
//! of every form that the lexicons allow.
#![cfg(all(feature = "bluesky", feature = "testing"))]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod contract;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use contract::generate::{Freedom, Generator};
use futures_util::TryStreamExt;
use sociable::adapters::bluesky::fake::{Fake, Fault, Standing};
use sociable::adapters::bluesky::{Bluesky, Session};
use sociable::client::{Client, Clock, Disturbance, InProcess, Service, SetClock};
use sociable::jiff::Timestamp;
use sociable::{
    Account, AccountRef, Audience, AudienceQuery, Availability, Draft, Engagement, ErrorKind,
    EventKind, EventQuery, Media, MediaKind, MessageDraft, Moderation, Operation, PageRequest,
    PostId, PostQuery, PostRef, Prepared, Recipient, Reconciled, SocialNetwork, Target, Timeline,
    TrendScope, pages,
};

const BASE: &str = "https://pds.test";

struct Stage {
    fake: Fake,
    clock: SetClock,
    way: Arc<InProcess>,
    client: Client,
}

fn stage(fake: Fake) -> Stage {
    let clock = SetClock::at("2026-11-22T12:00:00Z".parse().unwrap());
    let way = Arc::new(InProcess::new(
        Arc::new(fake.clone()),
        Arc::new(clock.clone()),
    ));
    let client = Client::builder()
        .transport(way.clone())
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    Stage {
        fake,
        clock,
        way,
        client,
    }
}

impl Stage {
    fn account_at(&self, base: &str, handle: &str) -> Bluesky {
        Bluesky::builder(base)
            .identifier(handle)
            .password(Fake::PASSWORD)
            .client(&self.client)
            .build()
            .unwrap()
    }

    fn account(&self, handle: &str) -> Bluesky {
        self.account_at(BASE, handle)
    }

    /// How often a method was called.
    /// The tokens that another program got, which tell no server.
    fn tokens(&self, base: &str, handle: &str) -> Session {
        let answer = self.fake.answer(
            &http::Request::post(format!("{base}/xrpc/{LOGIN}"))
                .header("content-type", "application/json")
                .body(Bytes::from(format!(
                    r#"{{"identifier":"{handle}","password":"{}"}}"#,
                    Fake::PASSWORD
                )))
                .unwrap(),
            self.clock.now(),
        );
        let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        let [access, refresh] =
            ["accessJwt", "refreshJwt"].map(|name| body[name].as_str().unwrap());
        Session::new(access, refresh).unwrap()
    }

    fn calls(&self, nsid: &str) -> usize {
        let seen = self.fake.requests();
        seen.iter().filter(|request| request.nsid() == nsid).count()
    }

    async fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.clock.drive(work).await
    }
}

const LOGIN: &str = "com.atproto.server.createSession";
const REFRESH: &str = "com.atproto.server.refreshSession";
const PUT: &str = "com.atproto.repo.putRecord";

#[tokio::test]
async fn many_calls_at_once_make_one_login() {
    let stage = stage(Fake::new());
    let alice = stage.account("alice.test");
    let calls = (0..10).map(|_| alice.me());
    let answers = stage.run(futures_util::future::join_all(calls)).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(stage.calls(LOGIN), 1);
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_and_the_call_goes_on() {
    let stage = stage(Fake::new());
    let alice = stage.account("alice.test");
    stage.run(alice.me()).await.unwrap();
    stage.fake.expire_access("alice.test");
    let calls = (0..5).map(|_| alice.me());
    let answers = stage.run(futures_util::future::join_all(calls)).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!((stage.calls(LOGIN), stage.calls(REFRESH)), (1, 1));
}

#[tokio::test]
async fn a_token_that_is_about_to_end_is_renewed_before_the_call() {
    let stage = stage(Fake::new());
    let alice = stage.account("alice.test");
    stage.run(alice.me()).await.unwrap();
    stage.clock.advance(Duration::from_secs(2 * 3600 - 30));
    stage.fake.clear_log();
    stage.run(alice.me()).await.unwrap();
    let seen = stage.fake.requests();
    assert_eq!(seen[0].nsid(), REFRESH);
    assert!(seen.iter().all(|request| request.status.is_success()));
}

#[tokio::test]
async fn a_revoked_login_is_made_anew_with_the_password_and_only_with_it() {
    let stage = stage(Fake::new());
    let alice = stage.account("alice.test");
    stage.run(alice.me()).await.unwrap();
    stage.fake.revoke_sessions("alice.test");
    stage.fake.expire_access("alice.test");
    stage.run(alice.me()).await.unwrap();
    assert_eq!(stage.calls(LOGIN), 2);

    // The tokens of another program, and no password.
    let tokens = stage.tokens(BASE, "bob.test");
    let bob = Bluesky::builder(BASE)
        .tokens(tokens)
        .client(&stage.client)
        .build()
        .unwrap();
    assert_eq!(
        stage.run(bob.me()).await.unwrap().handle.as_deref(),
        Some("bob.test")
    );
    stage.fake.revoke_sessions("bob.test");
    stage.fake.expire_access("bob.test");
    let error = stage.run(bob.me()).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert!(error.to_string().contains("log in again"), "{error}");
}

#[tokio::test]
async fn a_self_hosted_server_is_the_only_host_and_the_entryway_follows_its_own_word() {
    let stage = stage(
        Fake::builder()
            .service_url("https://morel.host.bsky.network")
            .build(),
    );
    let alice = stage.account("alice.test");
    stage.run(alice.me()).await.unwrap();
    let hosts = || -> Vec<String> { stage.fake.requests().into_iter().map(|r| r.host).collect() };
    assert!(
        hosts().iter().all(|host| host == "pds.test"),
        "{:?}",
        hosts()
    );
    stage.fake.clear_log();
    let bob = stage.account_at("https://bsky.social", "bob.test");
    stage.run(bob.me()).await.unwrap();
    let seen = stage.fake.requests();
    assert_eq!(seen[0].nsid(), LOGIN);
    assert_eq!(seen[0].host, "bsky.social");
    assert!(
        seen[1..]
            .iter()
            .all(|r| r.host == "morel.host.bsky.network"),
        "{:?}",
        hosts()
    );
}

#[tokio::test]
async fn whatever_becomes_of_the_write_there_is_one_post_at_most_and_the_result_is_true() {
    let disturbances = [
        Disturbance::Refuse,
        Disturbance::LoseAnswer,
        Disturbance::LoseRequest,
        Disturbance::StatusAfter(500),
        Disturbance::StatusInstead(502),
        Disturbance::Truncate,
        Disturbance::Garbage(Bytes::from_static(b"<html></html>")),
        Disturbance::Hang,
    ];
    for times in [1, 10] {
        for disturbance in &disturbances {
            let stage = stage(Fake::new());
            let alice = stage.account("alice.test");
            stage.run(alice.me()).await.unwrap();
            for _ in 0..times {
                stage.way.disturb_path(PUT, disturbance.clone());
            }
            let outcome = stage.run(alice.publish(&Draft::text("once"))).await;
            stage.way.calm();
            let own = stage.run(alice.posts(&PostQuery::own())).await.unwrap();
            match &outcome {
                Ok(post) => assert_eq!(own.items[0].id, post.id, "{disturbance:?}"),
                Err(error) => assert!(
                    error.is_unconfirmed() || own.items.is_empty(),
                    "{disturbance:?} {times}: {error}"
                ),
            }
            assert!(own.items.len() <= 1, "{disturbance:?} {times}");
            if times == 1 {
                assert!(outcome.is_ok(), "{disturbance:?}: {outcome:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_message_whose_answer_is_lost_is_found_and_never_sent_twice() {
    for disturbance in [
        Disturbance::LoseAnswer,
        Disturbance::StatusAfter(500),
        Disturbance::LoseRequest,
    ] {
        let stage = stage(Fake::builder().chat_open_to_all().build());
        let alice = stage.account("alice.test");
        let bob = AccountRef::handle("bob.test");
        let to = Recipient::Account(bob);
        let first = stage
            .run(alice.send(&to, &MessageDraft::text("hello")))
            .await
            .unwrap();
        stage
            .way
            .disturb_path("chat.bsky.convo.sendMessage", disturbance.clone());
        // The same words as before, which must not be taken for the new message.
        let second = stage
            .run(alice.send(&to, &MessageDraft::text("hello")))
            .await;
        let page = stage
            .run(alice.messages(&first.conversation, &PageRequest::first()))
            .await
            .unwrap();
        match second {
            Ok(second) => {
                assert_ne!(second.id, first.id);
                assert_eq!(page.items.len(), 2, "{disturbance:?}");
            }
            Err(error) => {
                assert!(error.is_unconfirmed(), "{error}");
                assert_eq!(page.items.len(), 1, "{disturbance:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_stranger_is_heard_also_by_an_account_that_chose_to_hear_only_of_those_it_follows() {
    let stage = stage(Fake::new());
    let (alice, bob) = (stage.account("alice.test"), stage.account("bob.test"));
    let choice = serde_json::json!({"priority": true});
    let chosen = alice.procedure::<()>("app.bsky.notification.putPreferences", &choice);
    stage.run(chosen).await.unwrap();
    let begin = stage.run(alice.events(&EventQuery::now())).await.unwrap();
    let words = Draft::text("@alice.test your parcel never came");
    let complaint = stage.run(bob.publish(&words)).await.unwrap();
    stage.clock.advance(Duration::from_secs(1));
    let since = EventQuery::after(begin.cursor);
    let heard = stage.run(alice.events(&since)).await.unwrap();
    assert_eq!(heard.items.len(), 1, "{:?}", heard.items);
    let mentions = PostQuery::mentions();
    let told = stage.run(alice.posts(&mentions)).await.unwrap();
    assert_eq!(told.items[0].id, complaint.id);
}

#[tokio::test]
async fn messages_come_as_events_beside_notifications_each_once() {
    let stage = stage(Fake::builder().chat_open_to_all().build());
    let (alice, bob) = (stage.account("alice.test"), stage.account("bob.test"));
    let begin = stage.run(alice.events(&EventQuery::now())).await.unwrap();
    let post = stage
        .run(alice.publish(&Draft::text("post")))
        .await
        .unwrap();
    stage.clock.advance(Duration::from_secs(1));
    let target = Target::from(&post.id);
    stage
        .run(bob.engage(&target, &Engagement::like()))
        .await
        .unwrap();
    let to_alice = Recipient::Account(AccountRef::handle("alice.test"));
    stage
        .run(bob.send(&to_alice, &MessageDraft::text("hi")))
        .await
        .unwrap();
    stage.clock.advance(Duration::from_secs(1));
    let reply = Draft::text("yes").reply_to(PostRef::from(&post));
    stage.run(bob.publish(&reply)).await.unwrap();
    let mut seen = Vec::new();
    let mut cursor = begin.cursor;
    for _ in 0..10 {
        let mut query = EventQuery::after(cursor);
        query.limit = Some(1);
        let events = stage.run(alice.events(&query)).await.unwrap();
        assert!(events.items.len() <= 1);
        seen.extend(events.items.into_iter().map(|event| event.kind));
        cursor = events.cursor;
        if !events.more {
            break;
        }
    }
    assert_eq!(
        seen,
        [EventKind::Like, EventKind::Message, EventKind::Reply]
    );
    let rest = stage
        .run(alice.events(&EventQuery::after(cursor)))
        .await
        .unwrap();
    assert!(rest.items.is_empty(), "{:?}", rest.items);
}

#[tokio::test]
async fn a_video_goes_by_way_of_the_service_where_there_is_one() {
    let stage = stage(Fake::new());
    let alice = Bluesky::builder(BASE)
        .identifier("alice.test")
        .password(Fake::PASSWORD)
        .video_service("https://video.bsky.app")
        .client(&stage.client)
        .build()
        .unwrap();
    let mut video = Media::bytes(&b"\0\0\0\x14ftypisom\0\0\0\0isom"[..]).alt("a film");
    video.media_type = Some("video/mp4".to_owned());
    let post = stage
        .run(alice.publish(&Draft::text("film").media(video)))
        .await
        .unwrap();
    assert_eq!(post.media[0].kind, MediaKind::Video);
    assert_eq!(post.media[0].alt.as_deref(), Some("a film"));
    assert_eq!(stage.calls("app.bsky.video.uploadVideo"), 1);
    assert_eq!(stage.calls("com.atproto.repo.uploadBlob"), 0);
}

#[tokio::test]
async fn a_video_by_tokens_of_the_entryway_goes_to_the_server_that_holds_the_account() {
    let stage = stage(
        Fake::builder()
            .service_url("https://morel.host.bsky.network")
            .build(),
    );
    // The tokens of another program, which tell no server.
    let tokens = stage.tokens("https://bsky.social", "alice.test");
    let alice = Bluesky::builder("https://bsky.social")
        .tokens(tokens)
        .client(&stage.client)
        .build()
        .unwrap();
    let mut video = Media::bytes(&b"\0\0\0\x14ftypisom\0\0\0\0isom"[..]).alt("a film");
    video.media_type = Some("video/mp4".to_owned());
    stage
        .run(alice.publish(&Draft::text("film").media(video)))
        .await
        .unwrap();
    assert_eq!(stage.calls(REFRESH), 0, "the tokens are new");
    let seen = stage.fake.requests();
    let asked = seen
        .iter()
        .find(|request| request.nsid() == "com.atproto.server.getServiceAuth")
        .unwrap();
    assert!(
        asked.query.contains("morel.host.bsky.network"),
        "{}",
        asked.query
    );
}

#[tokio::test]
async fn a_post_that_was_prepared_long_before_bears_the_time_at_which_it_goes_out_and_is_one() {
    let picture = || Media::bytes(&b"\x89PNG\r\n\x1a\n"[..]).alt("a cup");
    let planned: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
    for own_time in [None, Some(planned)] {
        let stage = stage(Fake::new());
        let alice = stage.account("alice.test");
        let mut draft = Draft::text("tea").media(picture()).key("tea-1");
        draft.created_at = own_time;
        let checked = draft.checked(&alice.profile()).unwrap();
        let prepared = stage.run(alice.prepare(&checked)).await.unwrap();
        // Another process takes it from the store.
        let prepared: Prepared =
            serde_json::from_str(&serde_json::to_string(&prepared).unwrap()).unwrap();
        stage.clock.advance(Duration::from_secs(3600));
        let at = stage.clock.now();
        // The first try is lost on its way back, so that it is not known what became of it.
        for _ in 0..10 {
            stage.way.disturb_path(PUT, Disturbance::LoseAnswer);
        }
        let lost = stage.run(alice.commit(&prepared)).await;
        stage.way.calm();
        stage.clock.advance(Duration::from_secs(600));
        let again = stage.run(alice.commit(&prepared)).await.unwrap();
        let found = stage.run(alice.reconcile(&prepared)).await.unwrap();
        let own = stage.run(alice.posts(&PostQuery::own())).await.unwrap();
        assert_eq!(own.items.len(), 1, "{lost:?}");
        let Reconciled::Published(found) = found else {
            panic!("{found:?}");
        };
        for post in [&again, &*found, &own.items[0]] {
            let told = post.created_at.unwrap();
            assert_eq!(post.id, own.items[0].id);
            match own_time {
                Some(time) => assert_eq!(told, time),
                None => {
                    let late = told.duration_since(at).as_secs();
                    assert!((0..300).contains(&late), "{told} and not {at}");
                }
            }
        }
    }
}

#[tokio::test]
async fn bad_answers_give_the_error_that_fits_and_no_token() {
    let stage = stage(Fake::new());
    let alice = stage.account("alice.test");
    stage.run(alice.me()).await.unwrap();
    let cases = [
        (
            Disturbance::Garbage(Bytes::from_static(b"<html></html>")),
            "Decode",
        ),
        (
            Disturbance::Garbage(Bytes::from_static(b"{\"feed\":[{\"po")),
            "Decode",
        ),
        (Disturbance::Garbage(Bytes::from_static(b"{}")), "Decode"),
        (
            Disturbance::Garbage(Bytes::from_static(
                b"{\"error\":\"AccountTakedown\",\"message\":\"no\"}",
            )),
            "Suspended",
        ),
        (Disturbance::Endless, "Decode"),
    ];
    for (disturbance, kind) in cases {
        stage.way.disturb_path("getTimeline", disturbance.clone());
        let error = stage
            .run(alice.posts(&PostQuery::home()))
            .await
            .unwrap_err();
        assert_eq!(error.kind().name(), kind, "{disturbance:?}: {error}");
        assert!(!format!("{error} {error:?}").contains("eyJ"), "{error:?}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused_without_io() {
    let build = |base: &str| {
        Bluesky::builder(base)
            .identifier("a.test")
            .password("p")
            .build()
    };
    for bad in [
        "",
        "bsky.social",
        "http://bsky.social",
        "ftp://x.test",
        "https://a:b@x.test",
        "at://x",
    ] {
        let error = build(bad).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Config, "{bad}");
    }
    assert!(Bluesky::builder(BASE).build().is_err());
    assert!(Bluesky::builder(BASE).identifier("a.test").build().is_err());
    assert!(Bluesky::builder(BASE).password("p").build().is_err());
    let shown = format!("{:?}", build(BASE).unwrap());
    assert!(!shown.contains("\"p\""), "{shown}");
}

/// Answers every question with what the lexicons allow, by chance.
struct Chance {
    generator: Mutex<Answers>,
}

struct Answers {
    lexicons: &'static contract::lexicon::Lexicons,
    seed: u64,
}

impl Service for Chance {
    fn answer(&self, request: &http::Request<Bytes>, _: Timestamp) -> http::Response<Bytes> {
        let nsid = request.uri().path().trim_start_matches("/xrpc/").to_owned();
        let mut answers = self.generator.lock().unwrap();
        answers.seed += 1;
        let body = if nsid == LOGIN {
            r#"{"accessJwt":"a.e30.c","refreshJwt":"r","did":"did:plc:alice","handle":"alice.test"}"#.to_owned()
        } else {
            let mut generator = Generator::new(answers.lexicons, answers.seed, Freedom::Any);
            generator.answer(&nsid).unwrap().to_string()
        };
        http::Response::new(Bytes::from(body))
    }
}

#[tokio::test]
async fn answers_of_every_form_that_the_lexicons_allow_are_read() {
    let Some(lexicons) = contract::lexicons("generated answers").unwrap() else {
        return;
    };
    let lexicons: &'static _ = Box::leak(Box::new(lexicons));
    let clock = SetClock::at("2026-11-22T12:00:00Z".parse().unwrap());
    let chance = Chance {
        generator: Mutex::new(Answers { lexicons, seed: 1 }),
    };
    let way = InProcess::new(Arc::new(chance), Arc::new(clock.clone()));
    let client = Client::builder()
        .transport(Arc::new(way))
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    let alice = Bluesky::builder(BASE)
        .identifier("alice.test")
        .password("p")
        .client(&client)
        .build()
        .unwrap();
    let post = PostId::new("at://did:plc:bob/app.bsky.feed.post/3n2wodo3wxc2d#bafyreidpmqxyxkpc2");
    let bob = AccountRef::id("did:plc:bob");
    let mut read = 0;
    let work = async {
        for round in 0..20 {
            let mut timelines = vec![
                Timeline::Home,
                Timeline::Own,
                Timeline::Account(bob.clone()),
                Timeline::Mentions,
                Timeline::Quotes(post.clone()),
                Timeline::Hashtag("tag".to_owned()),
                Timeline::Search("words".to_owned()),
                Timeline::Ids(vec![post.clone()]),
            ];
            timelines.push(Timeline::Home);
            for timeline in timelines {
                let page = alice.posts(&PostQuery::new(timeline.clone())).await;
                let page = page.unwrap_or_else(|e| panic!("{round} {timeline:?}: {e:?}"));
                read += page.items.len();
            }
            for timeline in [
                Timeline::Replies(post.clone()),
                Timeline::Thread(post.clone()),
            ] {
                // A thread may have been made whose post is gone.
                match alice.posts(&PostQuery::new(timeline)).await {
                    Ok(page) => read += page.items.len(),
                    Err(error) => assert_eq!(error.kind(), &ErrorKind::NotFound, "{error:?}"),
                }
            }
            for audience in [
                Audience::Followers(bob.clone()),
                Audience::Following(bob.clone()),
                Audience::Liked(post.clone()),
                Audience::Reposted(post.clone()),
            ] {
                alice.audience(&AudienceQuery::new(audience)).await.unwrap();
            }
            alice.account(&bob).await.unwrap();
            alice.membership(&["did:plc:bob".into()]).await.unwrap();
            alice
                .post_metrics(std::slice::from_ref(&post))
                .await
                .unwrap();
            alice.trending(&TrendScope::anywhere()).await.unwrap();
            alice.conversations(&PageRequest::first()).await.unwrap();
            alice
                .messages(&"c".into(), &PageRequest::first())
                .await
                .unwrap();
            let mut query = EventQuery::oldest();
            query.limit = Some(5);
            alice.events(&query).await.unwrap();
        }
    };
    clock.drive(work).await;
    assert!(read > 50, "only {read} posts were read");
}

fn instead(status: u16, body: &str) -> Disturbance {
    Disturbance::Answer {
        status,
        headers: http::HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

#[tokio::test]
async fn a_login_that_is_called_expired_is_an_error_and_not_a_wait_for_itself() {
    for error in ["ExpiredToken", "InvalidToken"] {
        let stage = stage(Fake::new());
        let alice = stage.account("alice.test");
        let body = format!(r#"{{"error":"{error}","message":"no"}}"#);
        stage.way.disturb_path(LOGIN, instead(400, &body));
        let answer = tokio::time::timeout(Duration::from_secs(5), stage.run(alice.me())).await;
        let error = answer.expect("the login waits for itself").unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unauthorized, "{error}");
    }
}

#[tokio::test]
async fn a_token_that_a_server_repeats_in_its_words_is_not_shown() {
    let stage = stage(Fake::new());
    let token = "e30.eyJzdWIiOiJkaWQ6cGxjOmFsaWNlIn0.a-signature";
    let alice = Bluesky::builder(BASE)
        .tokens(Session::new(token, "a-refresh-token").unwrap())
        .client(&stage.client)
        .build()
        .unwrap();
    let body = format!(r#"{{"error":"InvalidRequest","message":"bad token {token} at $.token"}}"#);
    stage.way.disturb_path("getTimeline", instead(400, &body));
    let error = stage
        .run(alice.posts(&PostQuery::home()))
        .await
        .unwrap_err();
    assert_eq!(error.kind().name(), "Invalid");
    assert!(
        !format!("{error} {error:?}").contains("a-signature"),
        "{error:?}"
    );
    assert!(error.message().contains("bad token"), "{error}");

    let body = format!(
        r#"{{"error":"Odd","message":"no account has the password {}"}}"#,
        Fake::PASSWORD
    );
    let bob = stage.account("bob.test");
    stage.way.disturb_path(LOGIN, instead(400, &body));
    let error = stage.run(bob.me()).await.unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains(Fake::PASSWORD),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_profile_tells_the_login_once_there_is_one() {
    let stage = stage(Fake::new());
    let alice = stage.account("alice.test");
    assert_eq!(alice.profile().login, None);
    let profile = stage.run(alice.refresh_profile()).await.unwrap();
    let login = profile.login.clone().unwrap();
    assert!(!login.kind.is_empty());
    assert!(!login.scopes.is_empty(), "{login:?}");
    let before = login.expires_at.unwrap();
    assert!(before > stage.clock.now());
    // A renewed token has another end.
    stage.clock.advance(Duration::from_secs(3 * 3600));
    stage.run(alice.me()).await.unwrap();
    assert!(alice.profile().login.clone().unwrap().expires_at.unwrap() > before);
    assert!(!format!("{:?}", alice.profile()).contains("eyJ"));
}

#[tokio::test]
async fn without_an_appview_a_span_of_time_leaves_out_no_keyed_post() {
    let stage = stage(Fake::builder().no_appview().build());
    let alice = stage.account("alice.test");
    let old: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
    let old = Draft::text("old").created_at(old);
    stage.run(alice.publish(&old)).await.unwrap();
    let keyed = Draft::text("keyed").key("a-key");
    stage.run(alice.publish(&keyed)).await.unwrap();
    let since: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut page = PageRequest::first().limit(1);
    let mut texts = Vec::new();
    loop {
        let query = PostQuery::own().since(since).page(page.clone());
        let found = stage.run(alice.posts(&query)).await.unwrap();
        texts.extend(found.items.iter().map(|post| post.text.as_str().to_owned()));
        let Some(next) = found.next else { break };
        page = page.after(next);
    }
    assert_eq!(texts, ["keyed"]);
}

#[tokio::test]
async fn a_listing_goes_on_behind_a_page_of_which_nothing_is_shown() {
    let stage = stage(Fake::new());
    let (alice, bob) = (stage.account("alice.test"), stage.account("bob.test"));
    let carol = stage.account("carol.test");
    let post = stage
        .run(alice.publish(&Draft::text("post")))
        .await
        .unwrap();
    let target = Target::from(&post.id);
    for who in [&bob, &carol] {
        stage.clock.advance(Duration::from_secs(1));
        let like = Engagement::like();
        stage.run(who.engage(&target, &like)).await.unwrap();
        let mention = Draft::text("@alice.test look");
        stage.run(who.publish(&mention)).await.unwrap();
    }
    stage.clock.advance(Duration::from_secs(1));
    let carol = AccountRef::id(stage.fake.account("carol.test"));
    stage
        .run(alice.moderate(&Moderation::mute(carol)))
        .await
        .unwrap();
    let mentions = PostQuery::mentions().limit(1);
    let page = stage.run(alice.posts(&mentions)).await.unwrap();
    assert!(page.items.is_empty());
    let next = mentions.after(page.next.unwrap());
    let page = stage.run(alice.posts(&next)).await.unwrap();
    assert_eq!(page.items.len(), 1);

    stage.fake.set_standing("carol.test", Standing::TakenDown);
    let likers = pages(PageRequest::first().limit(1), |page| {
        let mut query = AudienceQuery::liked(&post.id);
        query.page = page;
        let alice = &alice;
        async move { alice.audience(&query).await }
    });
    let likers: Vec<Account> = stage.run(likers.try_collect()).await.unwrap();
    assert_eq!(likers.len(), 1);
    assert_eq!(likers[0].handle.as_deref(), Some("bob.test"));
}

#[tokio::test]
async fn a_hundred_notifications_of_a_muted_account_hide_none_that_are_older() {
    let stage = stage(Fake::new());
    let (alice, bob) = (stage.account("alice.test"), stage.account("bob.test"));
    let begin = stage.run(alice.events(&EventQuery::now())).await.unwrap();
    let post = stage
        .fake
        .post_as("alice.test", "post", stage.clock.now())
        .unwrap();
    stage.clock.advance(Duration::from_secs(1));
    let mention = Draft::text("@alice.test my parcel never came");
    stage.run(bob.publish(&mention)).await.unwrap();
    let carol = AccountRef::id(stage.fake.account("carol.test"));
    stage
        .run(alice.moderate(&Moderation::mute(carol)))
        .await
        .unwrap();
    for n in 0..150 {
        stage.clock.advance(Duration::from_secs(1));
        let (text, now) = (format!("buy {n}"), stage.clock.now());
        stage
            .fake
            .reply_as("carol.test", &post, &text, now)
            .unwrap();
    }
    let since = EventQuery::after(begin.cursor);
    let heard = stage.run(alice.events(&since)).await.unwrap();
    let kinds: Vec<_> = heard.items.iter().map(|event| &event.kind).collect();
    assert_eq!(kinds, [&EventKind::Mention]);
    // Who begins now has dealt with it, though it is not among the newest.
    let begin = stage.run(alice.events(&EventQuery::now())).await.unwrap();
    let since = EventQuery::after(begin.cursor);
    let heard = stage.run(alice.events(&since)).await.unwrap();
    assert!(heard.items.is_empty(), "{:?}", heard.items);
}

#[tokio::test]
async fn an_inactive_account_keeps_its_login_and_comes_back_with_it() {
    let stage = stage(Fake::new());
    let minutes = |minutes: u64| stage.clock.advance(Duration::from_secs(60 * minutes));
    let alice = stage.account("alice.test");
    stage.fake.set_standing("alice.test", Standing::Deactivated);
    for _ in 0..3 {
        let error = stage.run(alice.me()).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Suspended, "{error}");
        assert!(error.message().contains("deactivated"), "{error}");
        assert_eq!(error.network(), Some("bluesky"));
    }
    assert_eq!((stage.calls(LOGIN), stage.calls(REFRESH)), (1, 0));
    minutes(6);
    for _ in 0..3 {
        stage.run(alice.me()).await.unwrap_err();
    }
    assert_eq!((stage.calls(LOGIN), stage.calls(REFRESH)), (1, 1));
    stage.fake.set_standing("alice.test", Standing::Active);
    minutes(6);
    stage.run(alice.me()).await.unwrap();
    assert_eq!((stage.calls(LOGIN), stage.calls(REFRESH)), (1, 2));

    // Its token ends while it rests, and long after the old one is good for nothing it is still logged in.
    let body = serde_json::json!({"identifier": "bob.test", "password": Fake::PASSWORD});
    let answer = stage.fake.answer(
        &http::Request::post(format!("{BASE}/xrpc/{LOGIN}"))
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .unwrap(),
        stage.clock.now(),
    );
    let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    let tokens = Session::new(
        body["accessJwt"].as_str().unwrap(),
        body["refreshJwt"].as_str().unwrap(),
    );
    let bob = Bluesky::builder(BASE)
        .tokens(tokens.unwrap())
        .client(&stage.client)
        .build()
        .unwrap();
    stage.fake.set_standing("bob.test", Standing::Deactivated);
    for _ in 0..3 {
        minutes(3 * 60);
        let error = stage.run(bob.me()).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Suspended, "{error}");
    }
    stage.fake.set_standing("bob.test", Standing::Active);
    minutes(3 * 60);
    stage.run(bob.me()).await.unwrap();
}

#[tokio::test]
async fn a_write_that_is_refused_since_the_account_rests_is_told_so() {
    let stage = stage(Fake::new());
    let alice = stage.account("alice.test");
    stage.run(alice.me()).await.unwrap();
    stage.fake.set_standing("alice.test", Standing::Deactivated);
    let refused = stage.run(alice.publish(&Draft::text("x"))).await;
    assert_eq!(refused.unwrap_err().kind(), &ErrorKind::Suspended);
}

#[tokio::test]
async fn a_service_that_is_out_of_order_for_a_moment_switches_nothing_off() {
    let asked = [
        ("chat.bsky.convo.listConvos", Operation::SEND),
        ("app.bsky.unspecced.getTrends", Operation::TRENDING),
        ("app.bsky.bookmark.getBookmarks", Operation::ENGAGE_BOOKMARK),
    ];
    for (nsid, operation) in asked {
        for status in [502, 503, 504] {
            let stage = stage(Fake::new());
            let alice = stage.account("alice.test");
            let disturbed = async || {
                for _ in 0..20 {
                    stage
                        .way
                        .disturb_path(nsid, Disturbance::StatusInstead(status));
                }
                let profile = stage.run(alice.refresh_profile()).await.unwrap();
                stage.way.calm();
                stage.clock.advance(Duration::from_secs(3600));
                profile.supports(&operation).availability
            };
            // Nothing is known yet, and nothing is learnt.
            let before = alice.profile().supports(&operation).availability;
            assert_eq!(disturbed().await, before, "{nsid} {status}");
            let profile = stage.run(alice.refresh_profile()).await.unwrap();
            let known = profile.supports(&operation).availability;
            assert_eq!(known, Availability::Yes, "{nsid}");
            assert_eq!(disturbed().await, known, "{nsid} {status}");
        }
    }
}

#[tokio::test]
async fn trends_that_a_server_does_not_have_are_not_offered() {
    // What an AppView says, and what a data server makes of it that passes it on.
    for status in [500, 502] {
        let fake = Fake::new();
        let stage = stage(fake.clone());
        let alice = stage.account("alice.test");
        for _ in 0..20 {
            let lacking = Fault::refuse(status, "InternalServerError");
            fake.fail_next("app.bsky.unspecced.getTrends", lacking);
        }
        let profile = stage.run(alice.refresh_profile()).await.unwrap();
        let trends = profile.supports(&Operation::TRENDING).availability;
        assert_eq!(trends, Availability::No, "{status}");
    }
}

#[tokio::test]
async fn who_is_not_active_can_be_let_go_of() {
    for standing in [Standing::Deactivated, Standing::TakenDown] {
        let stage = stage(Fake::new());
        let alice = stage.account("alice.test");
        let follow = async |who: &AccountRef, on: bool| {
            let mut follow = Engagement::follow();
            follow.on = on;
            let target = Target::Account(who.clone());
            stage.run(alice.engage(&target, &follow)).await
        };
        // One under the library's own key, one that another program wrote.
        let (bob, carol) = (
            stage.fake.account("bob.test"),
            stage.fake.account("carol.test"),
        );
        let now = stage.clock.now();
        for collection in ["app.bsky.graph.follow", "app.bsky.graph.block"] {
            let record = serde_json::json!({ "subject": carol });
            stage
                .fake
                .record_as("alice.test", collection, record, now)
                .unwrap();
        }
        let (bob, carol) = (AccountRef::id(bob), AccountRef::id(carol));
        follow(&bob, true).await.unwrap();
        let block = Moderation::block(bob.clone());
        stage.run(alice.moderate(&block)).await.unwrap();
        for handle in ["bob.test", "carol.test"] {
            stage.fake.set_standing(handle, standing);
        }
        for who in [&bob, &carol] {
            let done = follow(who, false).await.unwrap();
            assert_eq!(done.changed, Some(true), "{who:?}");
            let block = Moderation::block(who.clone());
            stage.run(alice.moderate(&block.off())).await.unwrap();
            let error = follow(who, true).await.unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::Suspended, "{error}");
            assert!(error.message().contains("another's"), "{error}");
        }
        for handle in ["bob.test", "carol.test"] {
            stage.fake.set_standing(handle, Standing::Active);
        }
        for who in [&bob, &carol] {
            let account = stage.run(alice.account(who)).await.unwrap();
            assert_eq!(
                (account.followed, account.blocked),
                (Some(false), Some(false))
            );
        }
    }
}

#[tokio::test]
async fn a_video_that_is_refused_for_its_owner_is_sent_once_and_told_why() {
    let job = |error: &str| {
        format!(r#"{{"jobStatus":{{"did":"","error":"{error}","jobId":"","state":""}}}}"#)
    };
    for (status, error, kind) in [
        (200, "unconfirmed_email", "Forbidden"),
        (400, "unconfirmed_email", "Forbidden"),
        (401, "unconfirmed_email", "Forbidden"),
        (200, "not_today", "Invalid"),
        (400, "not_today", "Invalid"),
    ] {
        let stage = stage(Fake::new());
        let alice = Bluesky::builder(BASE)
            .identifier("alice.test")
            .password(Fake::PASSWORD)
            .video_service("https://video.bsky.app")
            .client(&stage.client)
            .build()
            .unwrap();
        let mut video = Media::bytes(&b"\0\0\0\x14ftypisom\0\0\0\0isom"[..]).alt("a film");
        video.media_type = Some("video/mp4".to_owned());
        stage
            .way
            .disturb_path("uploadVideo", instead(status, &job(error)));
        let draft = Draft::text("film").media(video);
        let refused = stage.run(alice.publish(&draft)).await.unwrap_err();
        assert_eq!(refused.kind().name(), kind, "{status}: {refused}");
        assert!(refused.message().contains(error), "{refused}");
        assert_eq!(stage.calls("app.bsky.video.uploadVideo"), 0, "sent again");
    }
}

#[tokio::test]
async fn a_day_on_which_the_service_takes_no_video_is_told_by_the_profile() {
    let stage = stage(Fake::new());
    let alice = Bluesky::builder(BASE)
        .identifier("alice.test")
        .password(Fake::PASSWORD)
        .video_service("https://video.bsky.app")
        .client(&stage.client)
        .build()
        .unwrap();
    let body = r#"{"canUpload":false,"error":"DailyLimitExceeded","message":"come back tomorrow"}"#;
    stage
        .way
        .disturb_path("getUploadLimits", instead(200, body));
    let profile = stage.run(alice.refresh_profile()).await.unwrap();
    let told = serde_json::to_string(&*profile).unwrap();
    assert!(told.contains("come back tomorrow"), "{told}");
}
