//! What stands behind a pointer is asked for everything, not only for what has no default.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use sociable::client::{Clock, SystemClock};
use sociable::*;

/// The names of the functions in a part of a source.
fn functions(source: &str) -> BTreeSet<String> {
    let names = source.lines().filter_map(|line| {
        let line = line.trim_start();
        let rest = line
            .strip_prefix("async fn ")
            .or_else(|| line.strip_prefix("fn "))?;
        Some(rest.split(['(', '<']).next()?.to_owned())
    });
    names.collect()
}

fn methods_of_the_trait() -> BTreeSet<String> {
    let source = include_str!("../src/network/mod.rs");
    let from = source.find("pub trait SocialNetwork").unwrap();
    let body = &source[from..];
    functions(&body[..body.find("\n}").unwrap()])
}

#[test]
fn the_macro_forwards_every_method_of_the_trait() {
    let source = include_str!("../src/network/forward.rs");
    let from = source.find("macro_rules! forward_network").unwrap();
    let body = &source[from..];
    let body = &body[..body.find("\n}").unwrap()];
    let mut forwarded = functions(body);
    for part in body.split("$crate::__forward!($this, $inner,").skip(1) {
        forwarded.insert(part.trim_start().split('(').next().unwrap().to_owned());
    }
    let methods = methods_of_the_trait();
    assert!(methods.len() > 20, "{methods:?}");
    assert_eq!(forwarded, methods);
}

/// Writes down what it is asked for, and answers so that nobody takes it for a default.
#[derive(Debug, Default)]
struct Recording(Mutex<Vec<&'static str>>);

impl Recording {
    fn note<T>(&self, name: &'static str) -> Result<T> {
        self.0.lock().unwrap().push(name);
        Err(Error::config(name))
    }
}

#[async_trait]
impl SocialNetwork for Recording {
    fn profile(&self) -> Arc<Profile> {
        self.0.lock().unwrap().push("profile");
        Arc::new(Profile::new("recording"))
    }
    fn clock(&self) -> Arc<dyn Clock> {
        self.0.lock().unwrap().push("clock");
        Arc::new(SystemClock::new())
    }
    fn listen(&self, _: EventQuery) -> BoxStream<'_, Result<Event>> {
        let answer = self.note("listen");
        futures_util::stream::iter([answer]).boxed()
    }
    async fn refresh_profile(&self) -> Result<Arc<Profile>> {
        self.note("refresh_profile")
    }
    async fn me(&self) -> Result<Account> {
        self.note("me")
    }
    async fn account(&self, _: &AccountRef) -> Result<Account> {
        self.note("account")
    }
    async fn prepare(&self, _: &Checked<Draft>) -> Result<Prepared> {
        self.note("prepare")
    }
    async fn commit(&self, _: &Prepared) -> Result<Post> {
        self.note("commit")
    }
    async fn reconcile(&self, _: &Prepared) -> Result<Reconciled> {
        self.note("reconcile")
    }
    async fn publish(&self, _: &Draft) -> Result<Post> {
        self.note("publish")
    }
    async fn edit(&self, _: &PostId, _: &Edit) -> Result<Post> {
        self.note("edit")
    }
    async fn delete(&self, _: &PostId) -> Result<()> {
        self.note("delete")
    }
    async fn post(&self, _: &PostId) -> Result<Post> {
        self.note("post")
    }
    async fn posts(&self, _: &PostQuery) -> Result<Page<Post>> {
        self.note("posts")
    }
    async fn engage(&self, _: &Target, _: &Engagement) -> Result<Engaged> {
        self.note("engage")
    }
    async fn audience(&self, _: &AudienceQuery) -> Result<Page<Account>> {
        self.note("audience")
    }
    async fn membership(&self, _: &[AccountId]) -> Result<Vec<Membership>> {
        self.note("membership")
    }
    async fn moderate(&self, _: &Moderation) -> Result<()> {
        self.note("moderate")
    }
    async fn conversations(&self, _: &PageRequest) -> Result<Page<Conversation>> {
        self.note("conversations")
    }
    async fn messages(&self, _: &ConversationId, _: &PageRequest) -> Result<Page<Message>> {
        self.note("messages")
    }
    async fn send(&self, _: &Recipient, _: &MessageDraft) -> Result<Message> {
        self.note("send")
    }
    async fn post_metrics(&self, _: &[PostId]) -> Result<Vec<(PostId, Result<Metrics>)>> {
        self.note("post_metrics")
    }
    async fn account_metrics(&self, _: &Period) -> Result<Metrics> {
        self.note("account_metrics")
    }
    async fn promotions(&self, _: &PromotionQuery) -> Result<Page<Promotion>> {
        self.note("promotions")
    }
    async fn trending(&self, _: &TrendScope) -> Result<Vec<Trend>> {
        self.note("trending")
    }
    async fn events(&self, _: &EventQuery) -> Result<Events> {
        self.note("events")
    }
}

/// Calls every method of a network that stands behind something.
async fn call_all<N: SocialNetwork>(network: N) {
    let offers = Profile::new("recording").offers([Operation::PUBLISH]);
    let draft = Draft::text("x");
    let checked = draft.checked(&offers).unwrap();
    let prepared = Prepared::new("recording", "key", serde_json::Value::Null);
    let (post, account) = (PostId::new("p"), AccountId::new("a"));
    let now = jiff::Timestamp::UNIX_EPOCH;
    let period = Period::new(now, now);
    let conversation = ConversationId::new("c");
    let page = PageRequest::first();
    let mut names = Vec::new();
    macro_rules! name {
        ($answer:expr) => {
            names.push($answer.err().unwrap().message().to_owned())
        };
    }
    network.profile();
    network.clock();
    name!(network.listen(EventQuery::now()).next().await.unwrap());
    name!(network.refresh_profile().await);
    name!(network.me().await);
    name!(network.account(&AccountRef::Me).await);
    name!(network.prepare(&checked).await);
    name!(network.commit(&prepared).await);
    name!(network.reconcile(&prepared).await);
    name!(network.publish(&draft).await);
    name!(network.edit(&post, &Edit::text("y")).await);
    name!(network.delete(&post).await);
    name!(network.post(&post).await);
    name!(network.posts(&PostQuery::own()).await);
    name!(
        network
            .engage(&Target::from(&post), &Engagement::like())
            .await
    );
    name!(network.audience(&AudienceQuery::followers()).await);
    name!(network.membership(std::slice::from_ref(&account)).await);
    name!(network.moderate(&Moderation::pin(&post)).await);
    name!(network.conversations(&page).await);
    name!(network.messages(&conversation, &page).await);
    let to = Recipient::from(&conversation);
    name!(network.send(&to, &MessageDraft::text("x")).await);
    name!(network.post_metrics(std::slice::from_ref(&post)).await);
    name!(network.account_metrics(&period).await);
    name!(network.promotions(&PromotionQuery::new(period)).await);
    name!(network.trending(&TrendScope::anywhere()).await);
    name!(network.events(&EventQuery::now()).await);
    // What the method answered is what came through, too.
    let methods = methods_of_the_trait();
    let answered: BTreeSet<String> = names.into_iter().collect();
    let silent = ["profile".to_owned(), "clock".to_owned()];
    assert_eq!(
        answered,
        methods
            .into_iter()
            .filter(|m| !silent.contains(m))
            .collect()
    );
}

#[tokio::test]
async fn arc_box_and_reference_reach_every_method() {
    let methods = methods_of_the_trait();
    let heard = |network: &Recording| -> BTreeSet<String> {
        let calls = network.0.lock().unwrap();
        assert_eq!(calls.len(), methods.len(), "each once: {calls:?}");
        calls.iter().map(|c| (*c).to_owned()).collect()
    };
    let behind_reference = Recording::default();
    call_all(&behind_reference).await;
    assert_eq!(heard(&behind_reference), methods);

    let behind_arc = Arc::new(Recording::default());
    call_all(Arc::clone(&behind_arc)).await;
    assert_eq!(heard(&behind_arc), methods);

    let behind_two: Arc<dyn SocialNetwork> = behind_arc.clone();
    behind_arc.0.lock().unwrap().clear();
    call_all(Box::new(behind_two)).await;
    assert_eq!(heard(&behind_arc), methods);
}
