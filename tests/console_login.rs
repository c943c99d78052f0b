//! The console's `login`: a browser that comes back, one that does not, and what comes of it in the token store.
#![cfg(all(feature = "oauth", feature = "testing"))]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::sync::Arc;

use console::login::{LoginArgs, log_in, print};
use console::out::Out;
use sociable::client::SystemClock;
use sociable::oauth::{Keeper, OAuth, Provider};
use sociable::testing::auth_server::AuthServer;
use sociable::testing::loopback::Loopback;
use sociable::url::Url;
use sociable::{AccountConfig, Client, ErrorKind, Registry, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The console's own files.
mod console {
    #[path = "../../examples/console/login.rs"]
    pub(crate) mod login;
    #[allow(dead_code)]
    #[path = "../../examples/console/out.rs"]
    pub(crate) mod out;
}

/// A network that logs in by OAuth, as an outside adapter adds it to the registry.
struct Bench {
    server: Arc<AuthServer>,
    registry: Registry,
    account: AccountConfig,
    client: Client,
    folder: PathBuf,
    _loopback: Loopback,
}

impl Bench {
    async fn new(name: &str, server: AuthServer, redirect: Option<&'static str>) -> Self {
        let server = Arc::new(server);
        let loopback = Loopback::serve(server.clone(), Arc::new(SystemClock::new()))
            .await
            .unwrap();
        let folder = std::env::temp_dir().join(format!("sociable-{name}-{}", std::process::id()));
        let mut registry = Registry::default();
        registry.register("demo", |config, _| {
            Err(config.error("name", "not in this test"))
        });
        registry.offer_oauth("demo", move |config, client| {
            let base = config.base_url.clone().unwrap();
            let mut provider =
                Provider::new("demo", format!("{base}/authorize"), format!("{base}/token"))
                    .client_id(config.required("client_id")?);
            provider.redirect_uri = redirect.map(str::to_owned);
            let key = format!("demo:{}", config.name);
            let store = config.required_token_store()?;
            Ok(Keeper::new(OAuth::new(provider, client)?, store, key, None))
        });
        let account = AccountConfig::new("shop", "demo")
            .set("client_id", "my-app")
            .base_url(loopback.url())
            .token_store(folder.join("shop.tokens"));
        Self {
            server,
            registry,
            account,
            client: Client::builder().no_proxy().build().unwrap(),
            folder,
            _loopback: loopback,
        }
    }

    fn keeper(&self) -> Keeper {
        let keeper = self.registry.oauth(&self.account, &self.client);
        keeper.unwrap().unwrap()
    }

    async fn begun(&self, port: u16) -> (Url, JoinHandle<Result<()>>) {
        begun(self.keeper(), port).await
    }

    async fn logged_in(&self, args: &LoginArgs) -> Result<()> {
        let out = Out::new(true);
        let show = |url: &Url| print("shop", url, &out);
        log_in("shop", &self.keeper(), args, &out, show).await
    }

    fn consented(&self, url: &Url) -> String {
        self.server.consent(url, sociable::jiff::Timestamp::now())
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// Logs in as the console does, in a task; answers the address that it shows.
async fn begun(keeper: Keeper, port: u16) -> (Url, JoinHandle<Result<()>>) {
    let args = LoginArgs {
        port: Some(port),
        ..LoginArgs::default()
    };
    let out = Out::new(true);
    let (send, shown) = oneshot::channel();
    let show = move |url: &Url| send.send(url.clone()).unwrap();
    let login = async move { log_in("shop", &keeper, &args, &out, show).await };
    let waiting = tokio::spawn(login);
    (shown.await.unwrap(), waiting)
}

/// What a browser shows that opens an address on this machine.
async fn browse(address: &str) -> String {
    let url = Url::parse(address).unwrap();
    let to = ("127.0.0.1", url.port().unwrap());
    let mut stream = TcpStream::connect(to).await.unwrap();
    let path = address.splitn(4, '/').nth(3).unwrap();
    let host = format!("127.0.0.1:{}", to.1);
    let head = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    page
}

/// A port that is free at this moment.
async fn free_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_comes_back_logs_the_account_in() {
    let server = AuthServer::new("my-app", "http://127.0.0.1:8765/callback")
        .any_port()
        .user_id("ann");
    let bench = Bench::new("login-browser", server, None).await;
    let port = free_port().await;
    let (url, waiting) = bench.begun(port).await;
    let back = bench.consented(&url);

    // What browsers do beside, and what others try, ends no login.
    let silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let icon = browse(&format!("http://127.0.0.1:{port}/favicon.ico")).await;
    assert!(icon.starts_with("HTTP/1.1 404"), "{icon}");
    let forged = browse(&format!(
        "http://127.0.0.1:{port}/callback?code=c&state=guessed"
    ))
    .await;
    assert!(forged.starts_with("HTTP/1.1 400"), "{forged}");
    assert!(forged.contains("another login"), "{forged}");

    let page = browse(&back).await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("You are logged in"), "{page}");
    waiting.await.unwrap().unwrap();
    drop(silent);

    // The tokens are in the file, for the account's own keeper in another run.
    let session = bench.keeper().fresh().await.unwrap();
    assert_eq!(session.tokens.user_id.as_deref(), Some("ann"));
    for secret in bench.server.secrets() {
        assert!(!page.contains(&secret) && !forged.contains(&secret));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_refuses_is_told_so_in_the_browser_and_in_the_console() {
    let server = AuthServer::new("my-app", "http://127.0.0.1:8765/callback").any_port();
    let bench = Bench::new("login-refused", server, None).await;
    let port = free_port().await;
    let (url, waiting) = bench.begun(port).await;
    bench.server.deny();
    let back = bench.consented(&url);
    let page = browse(&back).await;
    assert!(page.starts_with("HTTP/1.1 400"), "{page}");
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert!(page.contains("did not consent"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_an_earlier_run_began_is_finished_by_its_address() {
    let redirect = "https://app.example/back";
    let bench = Bench::new(
        "login-code",
        AuthServer::new("my-app", redirect),
        Some(redirect),
    )
    .await;
    let begun = bench.keeper().begin().await.unwrap();
    let args = LoginArgs {
        code: Some(bench.consented(&begun.url)),
        ..LoginArgs::default()
    };
    bench.logged_in(&args).await.unwrap();
    assert!(bench.keeper().fresh().await.is_ok());
    let error = bench.logged_in(&args).await;
    assert_eq!(error.unwrap_err().kind(), &ErrorKind::Unauthorized);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_and_an_address_elsewhere_say_what_to_do() {
    let server = AuthServer::new("my-app", "http://127.0.0.1:8765/callback").any_port();
    let bench = Bench::new("login-port", server, None).await;
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let args = LoginArgs {
        port: Some(taken.local_addr().unwrap().port()),
        ..LoginArgs::default()
    };
    let error = bench.logged_in(&args).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    assert!(error.message().contains("--port"), "{error}");

    let redirect = "https://app.example/back";
    let bench = Bench::new(
        "login-away",
        AuthServer::new("my-app", redirect),
        Some(redirect),
    )
    .await;
    let error = bench.logged_in(&args).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    assert!(error.message().contains("paste the address"), "{error}");
}

/// Where a page sends a browser.
#[cfg(feature = "vk")]
fn sent_to(page: &str) -> &str {
    let line = page
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("location: "));
    line.unwrap_or_else(|| panic!("{page}"))["location: ".len()..].trim()
}

#[cfg(feature = "vk")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_of_vk_logs_in_beside_a_server_on_this_machine() {
    use sociable::adapters::vk::fake::Fake;
    let fake = Fake::new();
    let loopback = Loopback::serve(Arc::new(fake.clone()), Arc::new(SystemClock::new()))
        .await
        .unwrap();
    let folder = std::env::temp_dir().join(format!("sociable-login-vk-{}", std::process::id()));
    let client = Client::builder().no_proxy().build().unwrap();
    let registry = Registry::default();
    let account = |login: &str| {
        AccountConfig::new("shop", "vk")
            .set("client_id", Fake::APP)
            .set("login", login)
            .base_url(loopback.url())
            .token_store(folder.join(login))
    };
    let keeper = |login: &str| registry.oauth(&account(login), &client).unwrap().unwrap();
    let me = async |login: &str| {
        let network = registry.connect(&account(login), &client).unwrap();
        network.me().await.unwrap().id.to_string()
    };

    let port = free_port().await;
    let (url, waiting) = begun(keeper("vk_id"), port).await;
    let consent = browse(url.as_str()).await;
    let page = browse(sent_to(&consent)).await;
    assert!(page.contains("You are logged in"), "{page}");
    waiting.await.unwrap().unwrap();
    assert_eq!(me("vk_id").await, "id101");

    // The older flow's token stands behind the `#`, which no browser sends on: its address is pasted.
    let begun = keeper("legacy").begin().await.unwrap();
    let consent = browse(begun.url.as_str()).await;
    let args = LoginArgs {
        code: Some(sent_to(&consent).to_owned()),
        ..LoginArgs::default()
    };
    let show = |_: &Url| ();
    log_in("shop", &keeper("legacy"), &args, &Out::new(true), show)
        .await
        .unwrap();
    assert_eq!(me("legacy").await, "id101");

    assert_eq!(fake.complaints(), Vec::<String>::new());
    std::fs::remove_dir_all(&folder).ok();
}
