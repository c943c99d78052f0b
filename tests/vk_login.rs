//! Logging in to VK: VK ID and the flow before it, what their tokens may do, and how long they are kept good.
#![cfg(all(feature = "vk", feature = "oauth", feature = "testing"))]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
#[path = "support/oauth_bench.rs"]
mod oauth_bench;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::join_all;
use oauth_bench::Said;
use serde_json::{Value, json};
use sociable::adapters::vk::fake::{Fake, Fault};
use sociable::adapters::vk::{TokenKind, Vk, VkLogin};
use sociable::client::{Clock, InProcess, Service, SetClock};
use sociable::http::{Request, Response, header};
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::oauth::{Keeper, OAuth, Provider, Session};
use sociable::store::{KeyValue, MemoryStore};
use sociable::url::Url;
use sociable::{
    AccountConfig, AccountRef, Availability, Client, Draft, Edit, Error, ErrorKind, Need,
    Operation, Registry, Secret, SocialNetwork,
};

const BACK: &str = "https://app.example/back";
const KEY: &str = "vk:shop";
const HOUR: Duration = Duration::from_secs(3600);

/// The way to the fake, with an eye on it: no token in an address, and none used that is not stored.
struct Line {
    fake: Fake,
    store: Arc<MemoryStore>,
    /// The tokens that were seen in the store: another program may store others meanwhile.
    kept: Mutex<Vec<Secret>>,
    wrong: Mutex<Vec<String>>,
}

impl Line {
    /// The login in the store.
    fn stored(&self) -> Option<Session> {
        let stored = self.store.get(KEY).now_or_never().unwrap().unwrap()?;
        Some(serde_json::from_str(&stored.value).unwrap())
    }

    fn wrong(&self, what: &str) {
        self.wrong.lock().unwrap().push(what.to_owned());
    }
}

impl Service for Line {
    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        if request.uri().query().is_some() {
            self.wrong("something stands in the address");
        }
        let shown = request.headers().get(header::AUTHORIZATION);
        let shown = shown.and_then(|value| value.to_str().unwrap().strip_prefix("Bearer "));
        if let Some(token) = shown.filter(|token| *token != Fake::GROUP_TOKEN) {
            let mut kept = self.kept.lock().unwrap();
            kept.extend(self.stored().map(|session| session.access_token));
            if !kept.iter().any(|kept| kept.expose() == token) {
                self.wrong("a token is used that was never stored");
            }
        }
        self.fake.answer(request, now)
    }
}

struct Desk {
    fake: Fake,
    line: Arc<Line>,
    wire: Arc<InProcess>,
    clock: SetClock,
    client: Client,
    said: Arc<Said>,
    keeper: Keeper,
    vk: Vk,
}

impl Desk {
    /// A person whom a login makes.
    fn new(provider: Provider) -> Self {
        let fake = Fake::new();
        let store = Arc::new(MemoryStore::new());
        let line = Arc::new(Line {
            fake: fake.clone(),
            store: store.clone(),
            kept: Mutex::default(),
            wrong: Mutex::default(),
        });
        let clock = SetClock::at("2026-12-01T10:00:00Z".parse().unwrap());
        let wire = Arc::new(InProcess::new(line.clone(), Arc::new(clock.clone())));
        let said = Arc::new(Said::default());
        let client = Client::builder()
            .transport(wire.clone())
            .clock(Arc::new(clock.clone()))
            .observer(said.clone())
            .build()
            .unwrap();
        let keeper = Keeper::new(OAuth::new(provider, &client).unwrap(), store, KEY, None);
        let vk = person(&keeper, &client);
        Self {
            fake,
            line,
            wire,
            clock,
            client,
            said,
            keeper,
            vk,
        }
    }

    /// Logged in with VK ID.
    async fn vk_id() -> Self {
        let desk = Self::new(vk_id());
        desk.log_in(&desk.keeper).await;
        desk
    }

    async fn log_in(&self, keeper: &Keeper) {
        let begun = keeper.begin().await.unwrap();
        let back = self.consented(&begun.url);
        keeper.finish(&back).await.unwrap();
    }

    /// Where the browser of a person who says yes ends.
    fn consented(&self, url: &Url) -> String {
        let request = Request::get(url.as_str()).body(Bytes::new()).unwrap();
        let answer = self.fake.answer(&request, self.clock.now());
        let said = String::from_utf8_lossy(answer.body()).into_owned();
        let to = answer.headers().get(header::LOCATION);
        to.unwrap_or_else(|| panic!("{said}"))
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// How often tokens were asked for in exchange for something.
    fn exchanged(&self, grant: &str) -> usize {
        let seen = self.fake.seen();
        let of_grant = |seen: &&sociable::adapters::vk::fake::SeenRequest| {
            seen.path == "/oauth2/auth" && seen.param("grant_type") == Some(grant)
        };
        seen.iter().filter(of_grant).count()
    }

    fn renewals(&self) -> usize {
        self.exchanged("refresh_token")
    }

    fn session(&self) -> Session {
        self.line.stored().unwrap()
    }

    async fn me(&self) -> Result<String, Error> {
        let me = self.clock.drive(self.vk.me()).await?;
        Ok(me.id.to_string())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.fake.complaints(), Vec::<String>::new());
            assert_eq!(*self.line.wrong.lock().unwrap(), Vec::<String>::new());
        }
    }
}

fn app() -> u64 {
    u64::try_from(Fake::APP).unwrap()
}

fn vk_id() -> Provider {
    VkLogin::VkId.provider(app()).redirect_uri(BACK)
}

fn person(keeper: &Keeper, client: &Client) -> Vk {
    let builder = Vk::builder().user_login(keeper.clone());
    builder.client(client).build().unwrap()
}

/// An address with another value of a parameter, or without it.
fn with(address: &str, name: &str, value: Option<&str>) -> String {
    let mut url = Url::parse(address).unwrap();
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .into_owned()
        .filter(|(known, _)| known != name)
        .collect();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .extend_pairs(value.map(|value| (name, value)));
    url.into()
}

#[tokio::test]
async fn a_person_logs_in_with_vk_id_and_is_read() {
    let desk = Desk::new(vk_id());
    let error = desk.me().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert!(error.message().contains("log in first"), "{error}");
    assert!(desk.fake.seen().is_empty());

    let begun = desk.keeper.begin().await.unwrap();
    let asked: Vec<(String, String)> = begun.url.query_pairs().into_owned().collect();
    assert!(
        begun
            .url
            .as_str()
            .starts_with("https://id.vk.com/authorize?"),
        "{begun:?}"
    );
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "51234567"),
        ("redirect_uri", BACK),
        ("code_challenge_method", "s256"),
        ("scope", "vkid.personal_info"),
    ] {
        let pair = (name.to_owned(), value.to_owned());
        assert!(asked.contains(&pair), "{name}");
    }
    desk.keeper
        .finish(&desk.consented(&begun.url))
        .await
        .unwrap();
    let exchange = desk.fake.last_seen().unwrap();
    assert_eq!(
        (exchange.host.as_str(), exchange.path.as_str()),
        ("id.vk.com", "/oauth2/auth")
    );
    for name in [
        "code",
        "code_verifier",
        "client_id",
        "device_id",
        "redirect_uri",
        "state",
    ] {
        assert!(exchange.param(name).is_some(), "{name}");
    }

    assert_eq!(desk.me().await.unwrap(), "id101");
    let bob = AccountRef::Handle("bob.test".to_owned());
    let bob = desk.clock.drive(desk.vk.account(&bob)).await.unwrap();
    assert_eq!(bob.id.as_str(), "id102");
    let login = desk.vk.profile().login.clone().unwrap();
    assert!(login.kind.contains("VK ID"), "{}", login.kind);
    assert_eq!(login.expires_at, desk.session().expires_at);
    // What was granted came with the login: nobody is asked for it.
    let requests = desk.fake.seen().len();
    let profile = desk.vk.refresh_profile().await.unwrap();
    assert_eq!(desk.fake.seen().len(), requests);
    assert_eq!(
        profile.login.clone().unwrap().scopes,
        ["vkid.personal_info"]
    );
}

#[tokio::test]
async fn what_a_token_of_vk_id_may_not_do_is_told_beforehand_and_never_asked() {
    let desk = Desk::vk_id().await;
    let requests = desk.fake.seen().len();
    let profile = desk.vk.profile();
    let standalone = |told: &Need| told.to_string().contains("standalone application");
    for operation in [
        Operation::PUBLISH,
        Operation::EDIT,
        Operation::POST,
        Operation::SEND,
        Operation::ENGAGE_LIKE,
        Operation::PROMOTIONS,
    ] {
        let Availability::Needs(need) = profile.supports(&operation).availability else {
            panic!("{operation}");
        };
        assert!(standalone(&need), "{operation}: {need}");
    }
    let one = json!({"owner_id": 101, "message": "x"});
    let vk = &desk.vk;
    for (what, outcome) in [
        ("publish", vk.publish(&Draft::text("x")).await.map(drop)),
        (
            "a call",
            vk.call::<Value>("wall.post", &one).await.map(drop),
        ),
        (
            "a call as a user",
            vk.call_as::<Value>(TokenKind::User, "wall.get", &json!({}))
                .await
                .map(drop),
        ),
        (
            "many calls",
            vk.call_many::<Value>("wall.getById", &[json!({"posts": "1_1"})])
                .await
                .map(drop),
        ),
        (
            "a script",
            vk.call::<Value>("execute", &json!({"code": "return 1;"}))
                .await
                .map(drop),
        ),
    ] {
        let error = outcome.unwrap_err();
        let ErrorKind::Forbidden(need) = error.kind() else {
            panic!("{what}: {error}");
        };
        assert!(standalone(need), "{what}: {need}");
    }
    assert_eq!(desk.fake.seen().len(), requests);
    // Of a method that this crate does not use the network has the word.
    let nothing = json!({});
    let native = vk.call::<Value>("groups.get", &nothing);
    assert_eq!(desk.clock.drive(native).await.unwrap()["count"], 1);

    // Beside a community's token it takes nothing away, and many profiles go one by one or by that token.
    let both = Vk::builder()
        .community(Fake::GROUP)
        .community_token(Fake::GROUP_TOKEN)
        .user_login(desk.keeper.clone())
        .client(&desk.client)
        .build()
        .unwrap();
    assert!(both.profile().can(&Operation::PUBLISH));
    let post = desk.clock.drive(both.publish(&Draft::text("Ours"))).await;
    assert!(post.unwrap().id.as_str().starts_with("wall-7001_"));
    let people = [json!({"user_ids": "102"}), json!({"user_ids": "103"})];
    for vk in [&both, &desk.vk] {
        let read = desk
            .clock
            .drive(vk.call_many::<Value>("users.get", &people));
        let read = read.await.unwrap();
        assert!(read.iter().all(Result::is_ok), "{read:?}");
    }
}

#[tokio::test]
async fn an_hour_later_twenty_tasks_renew_the_login_once_and_it_outlives_them() {
    let desk = Desk::vk_id().await;
    desk.clock.advance(57 * HOUR / 60);
    desk.me().await.unwrap();
    assert_eq!(desk.renewals(), 0);
    // Early: the token is good for another minute and a half.
    desk.clock.advance(HOUR / 40);
    desk.me().await.unwrap();
    assert_eq!(desk.renewals(), 1);

    desk.clock.advance(HOUR);
    let first = desk.session();
    desk.wire.set_round_trip(Duration::from_millis(300));
    let tasks = (0..20).map(|_| {
        let vk = desk.vk.clone();
        tokio::spawn(async move { vk.me().await })
    });
    for done in desk.clock.drive(join_all(tasks)).await {
        done.unwrap().unwrap();
    }
    assert_eq!(desk.renewals(), 2);
    let second = desk.session();
    assert_ne!(first.access_token, second.access_token);
    assert_ne!(first.refresh_token, second.refresh_token);
    assert_eq!(first.extras, second.extras);
    let told = desk.vk.profile().login.clone().unwrap();
    assert_eq!(told.expires_at, second.expires_at);

    // Another run of the program goes on with what is stored.
    let oauth = OAuth::new(vk_id(), &desk.client).unwrap();
    let keeper = Keeper::new(oauth, desk.line.store.clone(), KEY, None);
    let again = person(&keeper, &desk.client);
    desk.clock.drive(again.me()).await.unwrap();
    assert_eq!(desk.renewals(), 2);
    desk.clock.advance(2 * HOUR);
    desk.clock.drive(again.me()).await.unwrap();
    desk.me().await.unwrap();
    assert_eq!(desk.renewals(), 3);
}

#[tokio::test]
async fn a_token_that_the_network_calls_expired_is_renewed_and_the_call_made_again() {
    let desk = Desk::vk_id().await;
    for (times, code) in [(1, 5), (2, 1114)] {
        let fault = Fault::refuse(code, "User authorization failed: access_token has expired.");
        desk.fake.fail_next("users.get", fault);
        assert_eq!(desk.me().await.unwrap(), "id101");
        assert_eq!(desk.renewals(), times);
    }
}

#[tokio::test]
async fn a_login_that_was_revoked_wants_a_person_and_is_not_tried_again() {
    let desk = Desk::vk_id().await;
    desk.me().await.unwrap();
    desk.fake.revoke_token(desk.session().access_token.expose());
    for _ in 0..2 {
        let error = desk.me().await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unauthorized);
        assert_eq!(error.network(), Some("vk"));
        assert!(error.message().contains("log in again"), "{error}");
        assert_eq!(desk.renewals(), 1);
    }
    // Somebody does, in another program, and this one goes on.
    let oauth = OAuth::new(vk_id(), &desk.client).unwrap();
    let console = Keeper::new(oauth, desk.line.store.clone(), KEY, None);
    desk.log_in(&console).await;
    assert_eq!(desk.me().await.unwrap(), "id101");
}

#[tokio::test]
async fn an_address_of_another_login_or_device_logs_nobody_in() {
    let desk = Desk::new(vk_id());
    let begun = desk.keeper.begin().await.unwrap();
    let back = desk.consented(&begun.url);
    let finish = async |address: &str| desk.keeper.finish(address).await.unwrap_err();
    let other = desk.keeper.oauth().begin().unwrap();
    let others = desk.consented(&other.url);
    for (address, names) in [
        (others.clone(), "another login"),
        (with(&back, "state", None), "`state`"),
        (with(&back, "device_id", None), "`device_id`"),
        (with(&back, "code", None), "`code`"),
        ("vk2.a.code-alone".to_owned(), "whole address"),
    ] {
        let error = finish(&address).await;
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
        assert!(error.message().contains(names), "{error}");
    }
    assert_eq!(desk.exchanged("authorization_code"), 0);

    let error = finish(&with(&back, "device_id", Some("another-device"))).await;
    assert_eq!(error.kind(), &ErrorKind::Unauthorized, "{error}");
    assert!(error.message().contains("log in again"), "{error}");

    // What shows that the code is of this login is another's.
    let oauth = desk.keeper.oauth();
    let mut pending = other.pending;
    pending.verifier = Some(Secret::new("v".repeat(43)));
    let error = oauth.finish(&pending, &others).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized, "{error}");

    // Nor is a login renewed without its device.
    desk.log_in(&desk.keeper).await;
    let session = desk.session().extra("device_id", "another-device");
    let error = oauth.refresh(&session).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized, "{error}");
    assert_eq!(desk.me().await.unwrap(), "id101");
}

#[tokio::test]
async fn no_secret_of_a_login_stands_in_any_output() {
    let desk = Desk::new(vk_id());
    let mut shown = Vec::new();
    let mut secrets = Vec::new();
    let begun = desk.keeper.begin().await.unwrap();
    shown.push(format!("{begun:?}"));
    secrets.push(begun.pending.verifier.as_ref().unwrap().expose().to_owned());
    let back = desk.consented(&begun.url);
    let code = Url::parse(&back).unwrap();
    let code = code.query_pairs().find(|(name, _)| name == "code").unwrap();
    secrets.push(code.1.into_owned());
    shown.push(format!("{:?}", desk.keeper.finish(&back).await.unwrap()));
    shown.push(format!("{:?}", desk.keeper.finish(&back).await));
    let mut keep = |session: &Session| {
        secrets.push(session.access_token.expose().to_owned());
        secrets.push(session.refresh_token.as_ref().unwrap().expose().to_owned());
    };
    keep(&desk.session());
    desk.clock.advance(2 * HOUR);
    desk.me().await.unwrap();
    keep(&desk.session());
    shown.push(format!("{:?}", desk.session()));
    shown.push(format!("{:?}", desk.fake.seen()));
    // The network repeats it in its words.
    let said = format!("no: {}", desk.session().access_token.expose());
    desk.fake.fail_next("users.get", Fault::refuse(100, &said));
    desk.fake.revoke_token(desk.session().access_token.expose());
    for _ in 0..2 {
        let error = desk.me().await.unwrap_err();
        shown.push(format!("{error} {error:?} {:?}", error.excerpt()));
    }
    let builder = Vk::builder().user_login(desk.keeper.clone());
    shown.push(format!("{builder:?} {:?} {:?}", desk.vk, desk.keeper));
    shown.push(format!("{:?}", desk.vk.profile()));
    shown.push(desk.said.all());
    assert_eq!(secrets.len(), 6);
    for secret in &secrets {
        for shown in &shown {
            assert!(!shown.contains(secret.as_str()), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_token_of_the_older_flow_is_pasted_and_does_whatever_users_may() {
    let desk = Desk::new(VkLogin::Legacy.provider(app()));
    let begun = desk.keeper.begin().await.unwrap();
    let asked: Vec<(String, String)> = begun.url.query_pairs().into_owned().collect();
    assert_eq!(begun.url.host_str(), Some("oauth.vk.com"));
    for (name, value) in [
        ("response_type", "token"),
        ("redirect_uri", "https://oauth.vk.com/blank.html"),
        ("display", "page"),
        ("v", "5.199"),
        ("scope", "wall,photos,video,docs,groups,stats,offline"),
    ] {
        let pair = (name.to_owned(), value.to_owned());
        assert!(asked.contains(&pair), "{name}");
    }
    let back = desk.consented(&begun.url);
    assert!(back.starts_with("https://oauth.vk.com/blank.html#access_token="));
    let without = back.split('#').next().unwrap();
    let error = desk.keeper.finish(without).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
    desk.keeper.finish(&back).await.unwrap();
    assert_eq!(desk.session().user_id.as_deref(), Some("101"));

    let profile = desk.vk.refresh_profile();
    let profile = desk.clock.drive(profile).await.unwrap();
    assert!(profile.can(&Operation::EDIT));
    assert!(
        profile
            .login
            .clone()
            .unwrap()
            .scopes
            .contains(&"wall".to_owned())
    );
    let draft = Draft::text("By hand");
    let post = desk.clock.drive(desk.vk.publish(&draft)).await.unwrap();
    desk.clock
        .drive(desk.vk.edit(&post.id, &Edit::text("By hand, later")))
        .await
        .unwrap();
    // It has no end, and nothing to be renewed by.
    desk.clock.advance(24 * 365 * HOUR);
    desk.me().await.unwrap();
    desk.fake.revoke_token(desk.session().access_token.expose());
    let error = desk.me().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert!(error.message().contains("log in again"), "{error}");
    desk.log_in(&desk.keeper).await;
    desk.me().await.unwrap();
    assert_eq!(desk.exchanged("refresh_token"), 0);
}

#[tokio::test]
async fn a_token_of_the_older_flow_that_has_ended_is_not_sent() {
    let provider = VkLogin::Legacy.provider(app()).scopes(["wall"]);
    let desk = Desk::new(provider);
    desk.log_in(&desk.keeper).await;
    let ends = desk.session().expires_at.unwrap();
    let life = ends.duration_since(desk.clock.now());
    assert_eq!(life, SignedDuration::from_hours(24));
    desk.me().await.unwrap();
    desk.clock.advance(25 * HOUR);
    let requests = desk.fake.seen().len();
    let error = desk.me().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert!(error.message().contains("log in again"), "{error}");
    assert_eq!(desk.fake.seen().len(), requests);
}

#[test]
fn a_configured_login_says_which_line_is_wrong_and_what_to_write() {
    let client = Client::builder().no_proxy().build().unwrap();
    let registry = Registry::default();
    let account = || {
        let mut account = AccountConfig::new("shop", "vk")
            .set("client_id", Fake::APP)
            .set("redirect_uri", BACK)
            .token_store("shop.tokens");
        let keys = [
            "name",
            "client_id",
            "redirect_uri",
            "login",
            "user_token",
            "base_url",
        ];
        account.lines = keys.map(str::to_owned).into_iter().zip(3..).collect();
        account
    };
    registry.connect(&account(), &client).unwrap();
    let of = |account: &AccountConfig| registry.oauth(account, &client).unwrap().unwrap();
    let keeper = of(&account());
    assert_eq!(keeper.oauth().provider().client_id, "51234567");
    assert_eq!(
        keeper.oauth().provider().redirect_uri.as_deref(),
        Some(BACK)
    );
    let legacy = account()
        .set("login", "legacy")
        .set("scopes", "wall, offline");
    assert_eq!(of(&legacy).oauth().provider().scopes, ["wall", "offline"]);

    let mut nowhere = account();
    nowhere.token_store = None;
    let mut alone = account();
    alone.options.0.remove("client_id");
    for (config, words) in [
        (nowhere, ["line 3", "token_store = \"shop.tokens\""]),
        (alone, ["line 4", "`client_id` is missing"]),
        (
            account().set("client_id", "app"),
            ["line 4", "whole number"],
        ),
        (account().set("client_id", -1), ["line 4", "above 0"]),
        (
            account().set("redirect_uri", "back"),
            ["line 5", "redirect address"],
        ),
        (account().set("login", "oauth"), ["line 6", "\"legacy\""]),
        (account().set("user_token", "t"), ["line 7", "two ways"]),
        (
            account().base_url("http://api.vk.test"),
            ["line 8", "plain http"],
        ),
        (
            account().set("client_secret", "s"),
            ["`client_secret`", "client_id"],
        ),
    ] {
        let errors = [
            registry.connect(&config, &client).map(drop),
            registry.oauth(&config, &client).map(drop),
        ];
        // A key that is not known is found when the account is used.
        let strict = usize::from(config.options.0.contains_key("client_secret"));
        for outcome in &errors[..2 - strict] {
            let error = outcome.as_ref().unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::Config);
            for word in words {
                assert!(error.message().contains(word), "{word}: {error}");
            }
        }
    }
    // Who has a fixed token is told what a login wants.
    let fixed = AccountConfig::new("shop", "vk")
        .set("user_token", Fake::USER_TOKEN)
        .token_store("shop.tokens");
    let error = registry.oauth(&fixed, &client).unwrap_err();
    assert!(error.message().contains("put `client_id`"), "{error}");
    assert!(!error.message().contains(Fake::USER_TOKEN));
}

#[test]
fn a_builder_takes_a_token_or_a_login_of_this_network() {
    let desk = Desk::new(vk_id());
    let both = Vk::builder()
        .user_token(Fake::USER_TOKEN)
        .user_login(desk.keeper.clone());
    let error = both.client(&desk.client).build().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    assert!(error.message().contains("two ways"), "{error}");
    let elsewhere = OAuth::new(oauth_bench::provider(), &desk.client).unwrap();
    let keeper = Keeper::new(elsewhere, desk.line.store.clone(), "demo", None);
    let error = Vk::builder().user_login(keeper).build().unwrap_err();
    assert!(error.message().contains("demo"), "{error}");
}

#[test]
fn beside_a_server_on_this_machine_the_login_is_there_too() {
    for (base, host) in [
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("https://api.vk.com", "https://id.vk.com"),
    ] {
        let provider = VkLogin::VkId.provider_beside(app(), base).unwrap();
        assert_eq!(provider.authorize_url, format!("{host}/authorize"));
        let token = provider.token_url.as_deref();
        assert_eq!(token, Some(&*format!("{host}/oauth2/auth")));
    }
    let local = VkLogin::Legacy
        .provider_beside(app(), "http://localhost:1")
        .unwrap();
    assert_eq!(
        local.redirect_uri.as_deref(),
        Some("http://localhost:1/blank.html")
    );
    let error = VkLogin::VkId.provider_beside(app(), "http://vk.test");
    assert_eq!(error.unwrap_err().kind(), &ErrorKind::Config);
}
