//! The fake, the way to it on which something goes wrong, and the community that speaks.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::*;
use crate::contract::vk::Contract;
use crate::vk_watch::Watched;

pub(crate) const WALL: i64 = -Fake::GROUP;

/// The contract, read once.
fn contract(test: &str) -> Option<Contract> {
    static READ: OnceLock<Option<Contract>> = OnceLock::new();
    READ.get_or_init(|| crate::contract::vk(test).unwrap())
        .clone()
}

type Before = Box<dyn Fn(&http::Request<Bytes>) + Send + Sync>;
type After = Box<dyn Fn(&str, &mut Value) + Send + Sync>;

/// The way to the fake, on which something happens before a request, or to its answer.
pub(crate) struct Line {
    watched: Watched,
    pub(crate) before: Mutex<Option<Before>>,
    after: Mutex<Option<After>>,
    /// Where anything was sent to.
    pub(crate) places: Mutex<BTreeSet<String>>,
    /// Keys of long polls, which are no one else's business either.
    pub(crate) keys: Mutex<BTreeSet<String>>,
}

impl Service for Line {
    fn answer(&self, request: &http::Request<Bytes>, now: Timestamp) -> http::Response<Bytes> {
        let uri = request.uri();
        let place = format!(
            "{}://{}",
            uri.scheme_str().unwrap(),
            uri.authority().unwrap()
        );
        self.places.lock().unwrap().insert(place);
        if let Some(before) = &*self.before.lock().unwrap() {
            before(request);
        }
        let answer = self.watched.answer(request, now);
        let Ok(mut told) = serde_json::from_slice::<Value>(answer.body()) else {
            return answer;
        };
        if let Some(key) = told["response"]["key"].as_str() {
            self.keys.lock().unwrap().insert(key.to_owned());
        }
        let Some(after) = &*self.after.lock().unwrap() else {
            return answer;
        };
        after(uri.path(), &mut told);
        answer.map(|_| Bytes::from(told.to_string()))
    }
}

pub(crate) struct Desk {
    pub(crate) fake: Fake,
    pub(crate) bench: Bench,
    pub(crate) line: Arc<Line>,
    pub(crate) vk: Vk,
}

impl Desk {
    pub(crate) fn new(test: &str) -> Self {
        Self::at(test, "https://api.vk.test")
    }

    pub(crate) fn at(test: &str, base: &str) -> Self {
        let fake = Fake::new();
        fake.limits(false);
        let contract = contract(test);
        let line = Arc::new(Line {
            watched: Watched::new(fake.clone(), contract, Arc::default()),
            before: Mutex::default(),
            after: Mutex::default(),
            places: Mutex::default(),
            keys: Mutex::default(),
        });
        let bench = Bench::new(Arc::clone(&line) as Arc<dyn Service>).unwrap();
        let vk = Vk::builder()
            .base_url(base)
            .community(Fake::GROUP)
            .community_token(Fake::GROUP_TOKEN)
            .user_token(Fake::USER_TOKEN)
            .service_token(Fake::SERVICE_TOKEN)
            .client(&bench.client)
            .build()
            .unwrap();
        let desk = Self {
            fake,
            bench,
            line,
            vk,
        };
        let now = desk.bench.clock.now();
        desk.fake.allow_as(Fake::BOB, Fake::GROUP, true, now);
        desk
    }

    pub(crate) fn builder(&self) -> VkBuilder {
        let builder = Vk::builder().community(Fake::GROUP);
        builder
            .base_url("https://api.vk.test")
            .client(&self.bench.client)
    }

    pub(crate) fn before(&self, before: impl Fn(&http::Request<Bytes>) + Send + Sync + 'static) {
        *self.line.before.lock().unwrap() = Some(Box::new(before));
    }

    pub(crate) fn after(&self, after: impl Fn(&str, &mut Value) + Send + Sync + 'static) {
        *self.line.after.lock().unwrap() = Some(Box::new(after));
    }

    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.bench.clock.drive(work).await
    }

    /// The error of what has to fail.
    pub(crate) async fn refused<T: std::fmt::Debug>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Error {
        self.run(work).await.unwrap_err()
    }

    /// What a method answers that is asked beside the adapter.
    pub(crate) fn ask(&self, token: &str, method: &str, form: &str) -> Value {
        let request = http::Request::post(format!("https://api.vk.test/method/{method}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::from(format!("v=5.199&{form}")))
            .unwrap();
        let answer = self.fake.answer(&request, self.bench.clock.now());
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// How many posts stand on the community's wall, and wait for it.
    pub(crate) fn posts(&self) -> i64 {
        let admin = self.fake.user_token(Fake::ADMIN, &["wall"]);
        let count = |filter: &str| {
            let form = format!("owner_id={WALL}&filter={filter}");
            let told = self.ask(&admin, "wall.get", &form);
            told["response"]["count"].as_i64().unwrap()
        };
        count("all") + count("postponed")
    }

    /// How many messages the community has written to Bob.
    pub(crate) fn messages(&self) -> usize {
        let token = self.fake.group_token(Fake::GROUP, &["messages"]);
        let form = format!("peer_id={}&count=100", Fake::BOB);
        let told = self.ask(&token, "messages.getHistory", &form);
        let items = told["response"]["items"].as_array().unwrap();
        items.iter().filter(|item| item["out"] == 1).count()
    }

    /// The methods that were asked since, in their order.
    pub(crate) fn asked(&self) -> Vec<String> {
        let seen = self.fake.seen();
        let names = seen.iter().map(|seen| seen.name().to_owned());
        names.filter(|name| !name.is_empty()).collect()
    }

    /// Checks that an error says what to do next, and no secret.
    #[track_caller]
    pub(crate) fn says(&self, error: &Error, next: &str) {
        assert!(error.message().contains(next), "{next}: {error}");
        assert_eq!(error.network(), Some("vk"), "{error}");
        self.hides(error);
    }

    #[track_caller]
    pub(crate) fn hides(&self, error: &Error) {
        let shown = format!("{error} {error:?} {error:#?} {:?}", self.vk);
        let keys = self.line.keys.lock().unwrap();
        let secrets = TOKENS.into_iter().chain(keys.iter().map(String::as_str));
        for secret in secrets {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.fake.complaints(), Vec::<String>::new());
        }
    }
}

pub(crate) const TOKENS: [&str; 4] = [
    Fake::USER_TOKEN,
    Fake::GROUP_TOKEN,
    Fake::SERVICE_TOKEN,
    "the secret of the callbacks",
];

pub(crate) fn png() -> Media {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xaeB`\x82";
    Media::bytes(PNG).media_type("image/png").name("cat.png")
}

pub(crate) fn mp4() -> Media {
    Media::bytes(&b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"[..])
        .media_type("video/mp4")
        .name("v.mp4")
}

pub(crate) fn pdf() -> Media {
    Media::bytes(&b"%PDF-1.4 a price list"[..])
        .media_type("application/pdf")
        .name("price list.pdf")
}

pub(crate) fn to_bob() -> Recipient {
    Recipient::Conversation(ConversationId::new(Fake::BOB.to_string()))
}
