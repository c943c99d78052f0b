//! A server that says what a test told it, and the adapter on its way there.

use super::*;

pub(crate) const COMMUNITY: &str = "community-token-s3cret";
pub(crate) const USER: &str = "user-token-s3cret";
pub(crate) const SERVICE: &str = "service-token-s3cret";

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) token: Option<String>,
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) uri: String,
    pub(crate) body: Bytes,
    pub(crate) content_type: String,
}

pub(crate) type Answers = Arc<Mutex<BTreeMap<String, VecDeque<Value>>>>;

/// A server that says what it was told to.
#[derive(Clone, Default)]
pub(crate) struct Server {
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    pub(crate) answers: Answers,
}

impl Server {
    /// Answers the next call of a method so; the last answer is given again and again.
    pub(crate) fn says(&self, method: &str, answer: Value) -> &Self {
        let mut answers = self.answers.lock().unwrap();
        answers
            .entry(method.to_owned())
            .or_default()
            .push_back(answer);
        self
    }

    /// The calls so far, forgotten here.
    pub(crate) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    pub(crate) fn methods(&self) -> Vec<String> {
        self.take().into_iter().map(|asked| asked.method).collect()
    }
}

impl Service for Server {
    fn answer(&self, request: &http::Request<Bytes>, _: Timestamp) -> http::Response<Bytes> {
        let path = request.uri().path();
        let method = path.strip_prefix("/method/").unwrap_or(path).to_owned();
        let header = |name| {
            let value = request.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let fields = url::form_urlencoded::parse(request.body())
            .into_owned()
            .collect();
        self.asked.lock().unwrap().push(Asked {
            token: header("authorization")
                .map(|value| value.trim_start_matches("Bearer ").to_owned()),
            fields,
            uri: request.uri().to_string(),
            body: request.body().clone(),
            content_type: header("content-type").unwrap_or_default(),
            method: method.clone(),
        });
        let mut answers = self.answers.lock().unwrap();
        let body = match answers.get_mut(&method) {
            Some(queue) if queue.len() > 1 => queue.pop_front().unwrap(),
            Some(queue) => queue.front().unwrap().clone(),
            None => {
                json!({"error": {"error_code": 3, "error_msg": format!("Unknown method passed: {method}")}})
            }
        };
        http::Response::new(Bytes::from(body.to_string()))
    }
}

pub(crate) fn error(code: i64, said: &str) -> Value {
    json!({"error": {"error_code": code, "error_msg": said, "request_params": [{"key": "message", "value": "private words"}]}})
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

/// A community's object that asks as fast as it likes: most tests stand still in time.
pub(crate) fn builder(server: &Server, clock: &SetClock) -> VkBuilder {
    let kinds = [TokenKind::Community, TokenKind::User, TokenKind::Service];
    let builder = Vk::builder().community(1).client(&client(server, clock));
    kinds
        .into_iter()
        .fold(builder, |builder, kind| builder.pace(kind, 1000))
}

pub(crate) fn whole(server: &Server, clock: &SetClock) -> Vk {
    builder(server, clock)
        .community_token(COMMUNITY)
        .user_token(USER)
        .service_token(SERVICE)
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

/// A server on which a photo can be uploaded and published.
pub(crate) fn takes_photos(server: &Server) {
    server.says("photos.getWallUploadServer", json!({"response": {"album_id": 1, "user_id": 5, "upload_url": "https://pu.vk.test/photo"}}));
    server.says(
        "/photo",
        json!({"server": 77, "photo": "[{\"photo\":\"a\"}]", "hash": "h"}),
    );
    server.says("photos.saveWallPhoto", json!({"response": [{"id": 3, "owner_id": 5, "album_id": -14, "date": 1, "has_tags": false, "access_key": "k"}]}));
    server.says("wall.post", json!({"response": {"post_id": 7}}));
}
