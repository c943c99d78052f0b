//! The adapter: Pebble's words on one side, sociable's on the other. Pacing, repetitions and limits are the client's.

use std::sync::Arc;

use sociable::client::{Answer, Client, Clock, Dialect, Fault, Reply, Request, WriteSafety};
use sociable::http::{HeaderValue, Method, header::AUTHORIZATION};
use sociable::serde_json::{Value, from_slice, from_value, json};
use sociable::text::{Count, TextLimit};
use sociable::{Operation as Op, url::Url, *};

/// One identity on Pebble.
#[derive(Debug)]
pub(crate) struct Pebble {
    client: Client,
    base: Url,
    token: Secret,
    profile: Arc<Profile>,
}

/// Lets configuration name the network: `network = "pebble"`, `base_url`, `token`.
pub(crate) fn register(registry: &mut Registry) {
    registry.register("pebble", |config, client| {
        config.only(&["token"])?;
        let base = config.base_url.as_deref().unwrap_or_default();
        let base = Url::parse(base).map_err(|e| config.error("base_url", e.to_string()))?;
        let profile = Profile::new("pebble")
            .offers([Op::ME, Op::PUBLISH, Op::PUBLISH_REPLY, Op::PUBLISH_KEY])
            .offers([Op::RECONCILE, Op::DELETE, Op::POST, Op::POSTS_OWN])
            .offers([Op::POSTS_REPLIES, Op::ENGAGE_LIKE, Op::EVENTS])
            .event_kinds([EventKind::Reply, EventKind::Like])
            .text(TextRules::new().post(TextLimit::new(Count::Scalars, 400)));
        Ok(Arc::new(Pebble {
            client: client.clone(),
            base,
            token: config.required_secret("token")?,
            profile: Arc::new(profile),
        }))
    });
}

impl Pebble {
    /// One call. A key goes with every new pebble, so that all of Pebble's calls can be repeated.
    async fn call(&self, op: Op, method: Method, path: &[&str], said: Value) -> Result<Answer> {
        self.profile.require(&op)?;
        let (mut url, read) = (self.base.clone(), method == Method::GET);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(path);
        }
        if read {
            url.query_pairs_mut().append_pair("ask", &said.to_string());
        }
        let safety = match method {
            Method::POST => WriteSafety::Keyed { until: None },
            _ => WriteSafety::Idempotent,
        };
        let mut token = HeaderValue::from_str(&format!("Bearer {}", self.token.expose()))
            .map_err(|_| Error::config("no header field can carry the token"))?;
        token.set_sensitive(true);
        let request = Request::new(op, method, url, safety).header(AUTHORIZATION, token);
        let request = if read { request } else { request.json(&said)? };
        self.client.send(&Words, request).await
    }

    async fn get(&self, op: Op, path: &[&str]) -> Result<Answer> {
        self.call(op, Method::GET, path, Value::Null).await
    }
}

/// What the client has to know of Pebble's answers.
struct Words;

impl Dialect for Words {
    fn network(&self) -> &str {
        "pebble"
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        let body: Value = from_slice(reply.body).unwrap_or_default();
        let wrong = body["wrong"].as_str().unwrap_or("Pebble says no more");
        let kind = match reply.status.as_u16() {
            200..=299 => return None,
            400 => ErrorKind::Invalid(vec![Violation::error(Rule::Malformed, "request", wrong)]),
            401 => ErrorKind::Unauthorized,
            403 => ErrorKind::Forbidden(Need::Permission(wrong.to_owned())),
            404 => ErrorKind::NotFound,
            429 => ErrorKind::RateLimited,
            500.. => return Some(Fault::unclear(ErrorKind::Unavailable, wrong)),
            _ => ErrorKind::Decode,
        };
        Some(Fault::refused(kind, wrong))
    }
}

fn read<T>(answer: &Answer, read: impl Fn(&Value) -> Option<T>) -> Result<T> {
    read(&answer.json()?).ok_or_else(|| answer.unreadable("something is missing"))
}

fn account(v: &Value) -> Option<Account> {
    Some(Account::new(v["id"].as_str()?).handle(v["name"].as_str()?))
}

fn post(v: &Value) -> Option<Post> {
    let text: Text = from_value(v["text"].clone()).ok()?;
    let mut post = Post::new(v["id"].as_str()?).text(text);
    post.author = Some(account(&v["by"])?.into());
    post.created_at = Some(v["at"].as_str()?.parse().ok()?);
    post.reply_to = v["answers"].as_str().map(PostId::from);
    post.thread = v["first"].as_str().map(PostId::from);
    post.mine.liked = v["liked"].as_bool();
    let likes = Figure::count(Metric::Likes, v["likes"].as_u64()?);
    Some(post.metrics(Metrics::new().with(likes)))
}

fn event(v: &Value) -> Option<Event> {
    let number = v["number"].as_u64()?.to_string();
    let mut event = Event::new(number.as_str(), number.as_str(), v["kind"].as_str()?.into());
    event.post = post(&v["pebble"]).map(Box::new);
    Some(event.account(account(&v["by"])?).target(v["on"].as_str()?))
}

#[async_trait]
impl SocialNetwork for Pebble {
    fn profile(&self) -> Arc<Profile> {
        Arc::clone(&self.profile)
    }
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(self.client.clock())
    }
    async fn me(&self) -> Result<Account> {
        read(&self.get(Op::ME, &["me"]).await?, account)
    }
    async fn prepare(&self, draft: &Checked<Draft>) -> Result<Prepared> {
        let chance = || format!("{:016x}", self.client.random().next()).into();
        let key = draft.key.clone().unwrap_or_else(chance);
        let body = json!({ "text": draft.text, "answers": draft.reply_to, "key": key });
        Ok(Prepared::new("pebble", key, body))
    }
    async fn commit(&self, prepared: &Prepared) -> Result<Post> {
        let said = prepared.payload.clone();
        read(
            &self
                .call(Op::PUBLISH, Method::POST, &["pebbles"], said)
                .await?,
            post,
        )
    }
    async fn reconcile(&self, prepared: &Prepared) -> Result<Reconciled> {
        let path = ["keys", prepared.key.as_str()];
        match self.get(Op::RECONCILE, &path).await {
            Ok(answer) => read(&answer, post).map(|p| Reconciled::Published(Box::new(p))),
            Err(e) if *e.kind() == ErrorKind::NotFound => Ok(Reconciled::NotPublished),
            Err(e) => Err(e),
        }
    }
    async fn delete(&self, id: &PostId) -> Result<()> {
        let path = ["pebbles", id.as_str()];
        self.call(Op::DELETE, Method::DELETE, &path, Value::Null)
            .await
            .map(drop)
    }
    async fn post(&self, id: &PostId) -> Result<Post> {
        read(&self.get(Op::POST, &["pebbles", id.as_str()]).await?, post)
    }
    async fn posts(&self, query: &PostQuery) -> Result<Page<Post>> {
        let list = match &query.timeline {
            Timeline::Replies(id) => &["pebbles", id.as_str(), "answers"][..],
            _ => &["me", "pebbles"],
        };
        // Spans and orders are Pebble's to refuse, which it does by name.
        let ask = json!({ "most": query.page.limit, "from": query.page.cursor,
            "since": query.since, "until": query.until, "order": query.order });
        let op = query.timeline.operation();
        read(&self.call(op, Method::GET, list, ask).await?, |v| {
            let items = v["items"].as_array()?.iter().map(post);
            let next = v["next"].as_str().map(Cursor::from);
            Some(Page::new(items.collect::<Option<_>>()?).next(next))
        })
    }
    async fn engage(&self, target: &Target, engagement: &Engagement) -> Result<Engaged> {
        let (Target::Post(on), Action::Like) = (target, &engagement.action) else {
            return Err(Error::unsupported("pebble", engagement.operation()));
        };
        let path = ["pebbles", on.id.as_str(), "like"];
        let answer = self.call(Op::ENGAGE_LIKE, Method::PUT, &path, engagement.on.into());
        read(&answer.await?, |v| {
            Some(Engaged::new(engagement.on).changed(v["changed"].as_bool()?))
        })
    }
    async fn events(&self, query: &EventQuery) -> Result<Events> {
        let ask = json!({ "since": query.since, "most": query.limit, "kinds": query.kinds });
        let answer = self.call(Op::EVENTS, Method::GET, &["happenings"], ask);
        read(&answer.await?, |v| {
            let items = v["items"].as_array()?.iter().map(event);
            let events = Events::new(items.collect::<Option<_>>()?, v["last"].as_str()?);
            Some(events.more(v["more"].as_bool()?))
        })
    }
}
