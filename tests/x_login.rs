//! Logging in to X by OAuth 2.0 on its fake, from the browser to the renewal, and signing by OAuth 1.0a.
#![cfg(all(feature = "x", feature = "oauth", feature = "testing"))]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use sociable::adapters::x::fake::{Fake, Plan};
use sociable::adapters::x::{AccessToken, ConsumerKey, X, XLogin};
use sociable::client::{Clock, InProcess, Service, SetClock};
use sociable::http::{Request, Response, header};
use sociable::jiff::Timestamp;
use sociable::oauth::{Keeper, OAuth, Provider, Session};
use sociable::store::{KeyValue, MemoryStore};
use sociable::{Client, Draft, ErrorKind, SocialNetwork};

const KEY: &str = "x:desk";

/// The way to the fake, with an eye on it: no token stands in an address, and none is used that is not stored.
struct Line {
    fake: Fake,
    store: Arc<MemoryStore>,
    kept: Mutex<Vec<String>>,
    wrong: Mutex<Vec<String>>,
    /// How far the server's clock is ahead, in seconds.
    ahead: Mutex<i64>,
}

impl Service for Line {
    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let shown = request.headers().get(header::AUTHORIZATION);
        let shown = shown.and_then(|value| value.to_str().unwrap().strip_prefix("Bearer "));
        if let Some(token) = shown {
            let stored = futures_util::FutureExt::now_or_never(self.store.get(KEY))
                .unwrap()
                .unwrap();
            let mut kept = self.kept.lock().unwrap();
            if let Some(stored) = stored {
                let session: Session = serde_json::from_str(&stored.value).unwrap();
                kept.push(session.access_token.expose().to_owned());
            }
            if !kept.iter().any(|known| known == token) {
                self.wrong
                    .lock()
                    .unwrap()
                    .push("a token is used that was never stored".to_owned());
            }
        }
        let ahead = Duration::from_secs(self.ahead.lock().unwrap().unsigned_abs());
        self.fake.answer(request, now.checked_add(ahead).unwrap())
    }
}

struct Desk {
    fake: Fake,
    line: Arc<Line>,
    clock: SetClock,
    client: Client,
    store: Arc<MemoryStore>,
    keeper: Keeper,
    x: X,
}

impl Desk {
    fn new(provider: Provider) -> Self {
        let fake = Fake::new();
        fake.set_plan(Plan::Enterprise);
        let store = Arc::new(MemoryStore::new());
        let line = Arc::new(Line {
            fake: fake.clone(),
            store: store.clone(),
            kept: Mutex::default(),
            wrong: Mutex::default(),
            ahead: Mutex::default(),
        });
        let clock = SetClock::at("2026-12-01T10:00:00Z".parse().unwrap());
        let wire = Arc::new(InProcess::new(line.clone(), Arc::new(clock.clone())));
        let client = Client::builder()
            .transport(wire)
            .clock(Arc::new(clock.clone()))
            .build()
            .unwrap();
        let provider = provider.redirect_uri(Fake::REDIRECT);
        let oauth = OAuth::new(provider, &client).unwrap();
        let keeper = Keeper::new(oauth, store.clone(), KEY, None);
        let x = X::builder()
            .user_login(keeper.clone())
            .client(&client)
            .build()
            .unwrap();
        Self {
            fake,
            line,
            clock,
            client,
            store,
            keeper,
            x,
        }
    }

    /// A person says yes in a browser; answers the address that it ends at.
    async fn consent(&self) -> String {
        let begun = self.keeper.begin().await.unwrap();
        let request = Request::get(begun.url.as_str()).body(Bytes::new()).unwrap();
        let answer = self.fake.answer(&request, self.clock.now());
        let back = answer.headers().get(header::LOCATION).unwrap();
        back.to_str().unwrap().to_owned()
    }

    async fn logged_in(self) -> Self {
        let back = self.consent().await;
        self.keeper.finish(&back).await.unwrap();
        self
    }

    async fn stored(&self) -> Session {
        let stored = self.store.get(KEY).await.unwrap().unwrap();
        serde_json::from_str(&stored.value).unwrap()
    }

    /// How often tokens were asked for.
    fn renewals(&self) -> usize {
        let seen = self.fake.seen();
        seen.iter()
            .filter(|seen| seen.path == "/2/oauth2/token")
            .count()
    }

    fn all_was_right(&self) {
        assert_eq!(*self.line.wrong.lock().unwrap(), Vec::<String>::new());
        assert_eq!(self.fake.complaints(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_person_logs_in_and_publishes() {
    let desk = Desk::new(XLogin::provider(Fake::CLIENT_ID))
        .logged_in()
        .await;
    let me = desk.x.me().await.unwrap();
    assert_eq!(me.id.as_str(), Fake::ANNA.to_string());
    desk.x.publish(&Draft::text("hello")).await.unwrap();
    let login = desk.x.profile().login.clone().unwrap();
    assert!(
        login.scopes.contains(&"tweet.write".to_owned()),
        "{login:?}"
    );
    assert_eq!(
        login
            .expires_at
            .unwrap()
            .duration_since(desk.clock.now())
            .as_hours(),
        2
    );
    desk.all_was_right();
}

#[tokio::test]
async fn a_confidential_application_shows_its_secret() {
    let provider = XLogin::confidential(Fake::CLIENT_ID, Fake::CLIENT_SECRET);
    let desk = Desk::new(provider);
    desk.fake.set_confidential(true);
    let desk = desk.logged_in().await;
    desk.fake.expire_logins();
    desk.x.me().await.unwrap();
    desk.all_was_right();
}

#[tokio::test]
async fn a_code_that_is_too_old_is_told_and_another_login_can_begin() {
    let desk = Desk::new(XLogin::provider(Fake::CLIENT_ID));
    let back = desk.consent().await;
    desk.clock.advance(Duration::from_secs(31));
    let error = desk.keeper.finish(&back).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unauthorized, "{error}");
    let desk = desk.logged_in().await;
    desk.x.me().await.unwrap();
}

#[tokio::test]
async fn many_tasks_and_two_programs_renew_once() {
    let desk = Desk::new(XLogin::provider(Fake::CLIENT_ID))
        .logged_in()
        .await;
    desk.x.me().await.unwrap();
    let other = {
        let oauth = OAuth::new(desk.keeper.oauth().provider().clone(), &desk.client).unwrap();
        let keeper = Keeper::new(oauth, desk.store.clone(), KEY, None);
        X::builder()
            .user_login(keeper)
            .client(&desk.client)
            .build()
            .unwrap()
    };
    other.me().await.unwrap();
    let before = desk.renewals();
    // Two hours are over, less five minutes.
    desk.clock.advance(Duration::from_secs(2 * 3600 - 200));
    let all = [&desk.x, &other, &desk.x, &other, &desk.x, &other].map(|x| x.me());
    for me in desk.clock.drive(join_all(all)).await {
        me.unwrap();
    }
    assert_eq!(desk.renewals(), before + 1);
    // What the network calls expired is renewed likewise.
    desk.fake.expire_logins();
    let all = [&desk.x, &other, &desk.x, &other].map(|x| x.me());
    for me in desk.clock.drive(join_all(all)).await {
        me.unwrap();
    }
    assert_eq!(desk.renewals(), before + 2);
    desk.all_was_right();
}

#[tokio::test]
async fn a_refresh_token_that_was_used_elsewhere_ends_the_login_and_is_not_sent_again() {
    let desk = Desk::new(XLogin::provider(Fake::CLIENT_ID))
        .logged_in()
        .await;
    desk.x.me().await.unwrap();
    let refresh = desk.stored().await.refresh_token.unwrap();
    // Another program that does not share the store.
    let form = format!(
        "grant_type=refresh_token&refresh_token={}&client_id={}",
        refresh.expose(),
        Fake::CLIENT_ID
    );
    let request = Request::post("https://api.x.com/2/oauth2/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form))
        .unwrap();
    assert_eq!(desk.fake.answer(&request, desk.clock.now()).status(), 200);
    desk.fake.expire_logins();
    let before = desk.renewals();
    let error = desk.clock.drive(desk.x.me()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unauthorized, "{error}");
    assert!(error.message().contains("log in again"), "{error}");
    assert!(!format!("{error:?}").contains(refresh.expose()));
    assert_eq!(desk.renewals(), before + 1);
    desk.x.me().await.unwrap_err();
    assert_eq!(
        desk.renewals(),
        before + 1,
        "what was refused is not sent again"
    );
    // A person mends it.
    let desk = desk.logged_in().await;
    desk.x.me().await.unwrap();
}

#[tokio::test]
async fn a_signed_call_holds_at_a_clock_that_is_minutes_off() {
    let desk = Desk::new(XLogin::provider(Fake::CLIENT_ID));
    *desk.line.ahead.lock().unwrap() = 6 * 60;
    let (token, secret) = Fake::ANNA_OAUTH1;
    let x = X::builder()
        .consumer(ConsumerKey::new(Fake::CONSUMER_KEY, Fake::CONSUMER_SECRET))
        .access_token(AccessToken::new(token, secret))
        .client(&desk.client)
        .build()
        .unwrap();
    let text = "Ladies + Gentlemen, a signed request! ё & 100 %";
    let post = desk
        .clock
        .drive(x.publish(&Draft::text(text)))
        .await
        .unwrap();
    let read = desk.clock.drive(x.post(&post.id)).await.unwrap();
    assert_eq!(read.text.as_str(), text);
    // Only the first call was refused for its time.
    let refused = desk
        .fake
        .seen()
        .iter()
        .filter(|seen| seen.status == 401)
        .count();
    assert_eq!(refused, 1);
}
