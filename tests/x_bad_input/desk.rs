//! The fake, the way to it on which something goes wrong, and the account that speaks.

use std::sync::OnceLock;

use super::*;
use crate::contract::openapi::Contract;
use crate::x_watch::Watched;

/// The contract, read once.
fn contract(test: &str) -> Option<Contract> {
    static READ: OnceLock<Option<Contract>> = OnceLock::new();
    READ.get_or_init(|| crate::contract::x(test).unwrap())
        .clone()
}

type Before = Box<dyn Fn(&http::Request<Bytes>) + Send + Sync>;

/// The way to the fake, on which something happens before a request.
pub(crate) struct Line {
    watched: Watched,
    before: Mutex<Option<Before>>,
}

impl Service for Line {
    fn answer(&self, request: &http::Request<Bytes>, now: Timestamp) -> http::Response<Bytes> {
        if let Some(before) = &*self.before.lock().unwrap() {
            before(request);
        }
        self.watched.answer(request, now)
    }
}

pub(crate) struct Desk {
    pub(crate) fake: Fake,
    pub(crate) clock: SetClock,
    pub(crate) wire: Arc<InProcess>,
    pub(crate) client: Client,
    line: Arc<Line>,
    pub(crate) x: X,
}

impl Desk {
    /// An account on a plan that anybody can buy.
    pub(crate) fn new(test: &str) -> Self {
        let fake = Fake::new();
        let clock = SetClock::at("2026-11-23T12:00:00Z".parse().unwrap());
        let line = Arc::new(Line {
            watched: Watched::new(fake.clone(), contract(test), Arc::default()),
            before: Mutex::default(),
        });
        let service = Arc::clone(&line) as Arc<dyn Service>;
        let wire = Arc::new(InProcess::new(service, Arc::new(clock.clone())));
        let client = Client::builder()
            .transport(wire.clone())
            .clock(Arc::new(clock.clone()))
            .random(Arc::new(SeededRandom::new(3)))
            .build()
            .unwrap();
        let x = X::builder()
            .bearer(Fake::BEARER)
            .user_token(Fake::ANNA_TOKEN)
            .client(&client)
            .build()
            .unwrap();
        Self {
            fake,
            clock,
            wire,
            client,
            line,
            x,
        }
    }

    pub(crate) fn builder(&self) -> XBuilder {
        X::builder().client(&self.client)
    }

    pub(crate) fn before(&self, before: impl Fn(&http::Request<Bytes>) + Send + Sync + 'static) {
        *self.line.before.lock().unwrap() = Some(Box::new(before));
    }

    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.clock.drive(work).await
    }

    /// The error of what has to fail.
    pub(crate) async fn refused<T: std::fmt::Debug>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Error {
        self.run(work).await.unwrap_err()
    }

    /// How often an operation was asked.
    pub(crate) fn asked(&self, name: &str) -> usize {
        let seen = self.fake.seen();
        seen.iter().filter(|seen| seen.name() == name).count()
    }

    /// Checks that an error says what to do next, and no secret.
    #[track_caller]
    pub(crate) fn says(&self, error: &Error, next: &str) {
        assert!(error.message().contains(next), "{next}: {error}");
        assert_eq!(error.network(), Some("x"), "{error}");
        hides(&format!("{error} {error:?} {error:#?} {:?}", self.x));
    }
}

/// Checks that no token stands in a text.
#[track_caller]
pub(crate) fn hides(shown: &str) {
    for secret in [
        Fake::BEARER,
        Fake::ANNA_TOKEN,
        Fake::BOB_TOKEN,
        Fake::CONSUMER_SECRET,
        Fake::CLIENT_SECRET,
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.fake.complaints(), Vec::<String>::new());
        }
    }
}

pub(crate) fn png() -> Media {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xaeB`\x82";
    Media::bytes(PNG).media_type("image/png").name("cat.png")
}

pub(crate) fn mp4() -> Media {
    Media::bytes(&b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"[..])
        .media_type("video/mp4")
        .name("v.mp4")
}

pub(crate) const PUBLISHES: &str = "POST /2/tweets";
