//! An authorization server under a set clock, a client to it, and whatever is said on the way.

use std::sync::{Arc, Mutex};

use sociable::client::{Client, InProcess, Notice, Observer, SetClock};
use sociable::oauth::{Begun, OAuth, Provider, Session};
use sociable::testing::auth_server::AuthServer;

pub(crate) const BACK: &str = "http://127.0.0.1:8765/callback";
pub(crate) const BASE: &str = "https://id.example";

pub(crate) struct Bench {
    pub(crate) server: Arc<AuthServer>,
    pub(crate) transport: Arc<InProcess>,
    pub(crate) clock: SetClock,
    pub(crate) client: Client,
    pub(crate) said: Arc<Said>,
}

/// Everything that an observer is told.
#[derive(Debug, Default)]
pub(crate) struct Said(Mutex<Vec<String>>);

impl Said {
    pub(crate) fn all(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }
}

impl Observer for Said {
    fn notice(&self, notice: &Notice<'_>) {
        self.0.lock().unwrap().push(format!("{notice:?}"));
    }
}

/// The server that most tests log in at.
pub(crate) fn server() -> AuthServer {
    AuthServer::new("app-1", BACK)
}

pub(crate) fn provider() -> Provider {
    Provider::new("demo", format!("{BASE}/authorize"), format!("{BASE}/token"))
        .client_id("app-1")
        .redirect_uri(BACK)
        .scopes(["read", "write"])
}

impl Bench {
    pub(crate) fn new(server: AuthServer) -> Self {
        let server = Arc::new(server);
        let clock = SetClock::at("2026-12-01T10:00:00Z".parse().unwrap());
        let transport = Arc::new(InProcess::new(server.clone(), Arc::new(clock.clone())));
        let said = Arc::new(Said::default());
        let client = Client::builder()
            .transport(transport.clone())
            .clock(Arc::new(clock.clone()))
            .observer(said.clone())
            .build()
            .unwrap();
        Self {
            server,
            transport,
            clock,
            client,
            said,
        }
    }

    pub(crate) fn oauth(&self, provider: Provider) -> OAuth {
        OAuth::new(provider, &self.client).unwrap()
    }

    /// Where the browser is sent after the person consented.
    pub(crate) fn consented(&self, begun: &Begun) -> String {
        use sociable::client::Clock;
        self.server.consent(&begun.url, self.clock.now())
    }

    pub(crate) async fn logged_in(&self, oauth: &OAuth) -> Session {
        let begun = oauth.begin().unwrap();
        let back = self.consented(&begun);
        oauth.finish(&begun.pending, &back).await.unwrap()
    }
}
