//! A server that says what a test told it, and the adapter on its way there.

use super::*;

pub(crate) const BEARER: &str = "app-bearer-s3cret";
pub(crate) const USER: &str = "user-token-s3cret";
pub(crate) const ME: &str = "1001";

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Its method and path.
    pub(crate) call: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) authorization: String,
    pub(crate) uri: String,
    pub(crate) body: Bytes,
}

impl Asked {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Says {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl From<Value> for Says {
    fn from(body: Value) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.to_string(),
        }
    }
}

impl Says {
    pub(crate) fn status(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

type Answers = Arc<Mutex<BTreeMap<String, VecDeque<Says>>>>;

/// A server that says what it was told to.
#[derive(Clone, Default)]
pub(crate) struct Server {
    asked: Arc<Mutex<Vec<Asked>>>,
    answers: Answers,
}

impl Server {
    /// Answers the next call of a method and path so; the last answer is given again and again.
    pub(crate) fn says(&self, call: &str, answer: impl Into<Says>) -> &Self {
        let mut answers = self.answers.lock().unwrap();
        answers
            .entry(call.to_owned())
            .or_default()
            .push_back(answer.into());
        self
    }

    /// Forgets what it says to a call.
    pub(crate) fn forgets(&self, call: &str) -> &Self {
        self.answers.lock().unwrap().remove(call);
        self
    }

    /// The calls so far, forgotten here.
    pub(crate) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.take().into_iter().map(|asked| asked.call).collect()
    }
}

impl Service for Server {
    fn answer(&self, request: &http::Request<Bytes>, _: Timestamp) -> http::Response<Bytes> {
        let call = format!("{} {}", request.method(), request.uri().path());
        let query =
            url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes());
        let authorization = request.headers().get("authorization");
        self.asked.lock().unwrap().push(Asked {
            query: query.into_owned().collect(),
            authorization: authorization
                .map_or(String::new(), |value| value.to_str().unwrap().to_owned()),
            uri: request.uri().to_string(),
            body: request.body().clone(),
            call: call.clone(),
        });
        let mut answers = self.answers.lock().unwrap();
        let says = match answers.get_mut(&call) {
            Some(queue) if queue.len() > 1 => queue.pop_front().unwrap(),
            Some(queue) => queue.front().unwrap().clone(),
            None => Says::status(
                404,
                json!({"title": "Not Found", "detail": format!("nothing says {call}")}).to_string(),
            ),
        };
        let mut response = http::Response::builder().status(says.status);
        for (name, value) in says.headers {
            response = response.header(name, value);
        }
        response.body(Bytes::from(says.body)).unwrap()
    }
}

pub(crate) fn client(server: &Server, clock: &SetClock) -> Client {
    let wire = InProcess::new(Arc::new(server.clone()), Arc::new(clock.clone()));
    Client::builder()
        .transport(Arc::new(wire))
        .clock(Arc::new(clock.clone()))
        .random(Arc::new(SeededRandom::new(3)))
        .build()
        .unwrap()
}

pub(crate) fn clock() -> SetClock {
    SetClock::at("2026-03-14T09:26:53Z".parse().unwrap())
}

pub(crate) fn builder(server: &Server, clock: &SetClock) -> XBuilder {
    server.says(
        "GET /2/users/me",
        json!({"data": {"id": ME, "username": "me", "name": "Me"}}),
    );
    X::builder()
        .client(&client(server, clock))
        .account_name("desk")
}

/// An account on the largest plan, with a token of each kind but OAuth 1.0a.
pub(crate) fn whole(server: &Server, clock: &SetClock) -> X {
    builder(server, clock)
        .bearer(BEARER)
        .user_token(USER)
        .tier(Tier::Enterprise)
        .build()
        .unwrap()
}

/// The same on a plan that anybody can buy.
pub(crate) fn self_serve(server: &Server, clock: &SetClock) -> X {
    builder(server, clock)
        .bearer(BEARER)
        .user_token(USER)
        .build()
        .unwrap()
}

pub(crate) fn png() -> Media {
    Media::bytes(
        &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\0\0\0\0\x3a\x7e\x9b\x55"[..],
    )
    .media_type("image/png")
    .name("a.png")
}

pub(crate) fn problem(status: u16, kind: &str, detail: &str) -> Says {
    let body = json!({"type": format!("https://api.x.com/2/problems/{kind}"), "title": "T", "detail": detail, "status": status});
    Says::status(status, body.to_string())
}
