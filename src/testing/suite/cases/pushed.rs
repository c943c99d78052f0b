//! What the network delivers by itself: the same happenings, each kept before it is answered for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};

use super::super::case::{Stop, Verdict, cases, ensure};
use super::super::scene::Scene;
use super::happenings::{holds, my_post_and_start, start, they_answer};
use super::listening::several_kinds;
use crate::error::{Error, ErrorKind};
use crate::model::{Event, EventQuery, Post};
use crate::store::{KeyValue, MemoryStore};
use crate::testing::stage::Pushes;
use crate::webhook::{Received, Receiver};

cases! {
    "events: what is pushed is what is polled, under the same ids" => pushed_is_polled, EVENTS, [PUBLISH_REPLY];
    "events: a delivery that is repeated is taken once, also after a restart" => repeated, EVENTS, [PUBLISH_REPLY];
    "events: what the program could not keep is delivered again" => kept_or_again, EVENTS, [PUBLISH_REPLY];
    "events: what is not the network's delivery is refused" => forged, EVENTS, [PUBLISH_REPLY];
}

/// A program that receives.
struct Program {
    pushes: Arc<dyn Pushes>,
    receiver: Receiver,
    taken: Arc<Mutex<Vec<Event>>>,
    failing: Arc<AtomicBool>,
}

impl Program {
    /// A program that remembers in this store, once all that waited to be delivered is.
    async fn begin(scene: &Scene<'_>, store: &Arc<dyn KeyValue>) -> Result<Self, Stop> {
        let Some(pushes) = scene.stage().pushes() else {
            return Err(Stop::passed_over(
                "on this stage the network delivers nothing by itself",
            ));
        };
        let taken = Arc::new(Mutex::new(Vec::new()));
        let failing = Arc::new(AtomicBool::new(false));
        let (into, fails) = (Arc::clone(&taken), Arc::clone(&failing));
        let receiver = Receiver::builder(pushes.webhook())
            .clock(scene.stage().clock())
            .store(Arc::clone(store), scene.word())
            .sink(move |event| {
                let (into, fails) = (Arc::clone(&into), Arc::clone(&fails));
                async move {
                    if fails.load(Ordering::Relaxed) {
                        let why = "the program's disk is full: make room";
                        return Err(Error::new(ErrorKind::Unavailable, why));
                    }
                    let mut into = into.lock().unwrap_or_else(PoisonError::into_inner);
                    into.push(event);
                    Ok(())
                }
            });
        let program = Self {
            pushes,
            receiver,
            taken,
            failing,
        };
        start(scene).await?;
        program.deliver().await?;
        program.take();
        Ok(program)
    }

    /// Sends all that is due.
    async fn deliver(&self) -> Verdict {
        for _ in 0..10_000 {
            let Some(request) = self.pushes.delivery() else {
                return Ok(());
            };
            let received = self.receiver.receive(&request).await;
            self.pushes.answered(&received.response);
            ensure!(
                received.response.status().is_success(),
                "a delivery is refused: {received:?}"
            );
        }
        Err(Stop::failed("it delivers without end"))
    }

    /// What was taken since it was last asked.
    fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next thing that the network sends about a post, with what was sent before answered.
    async fn delivery_of(&self, scene: &Scene<'_>, post: &Post) -> Result<Request<Bytes>, Stop> {
        scene
            .eventually(async || {
                for _ in 0..100 {
                    let Some(request) = self.pushes.delivery() else {
                        break;
                    };
                    let read = self.pushes.webhook().receive(&request, scene.now())?;
                    if read.events.iter().any(|e| holds(e, &post.id)) {
                        return Ok(request);
                    }
                    let received = self.receiver.receive(&request).await;
                    self.pushes.answered(&received.response);
                }
                Err(Stop::failed("the network delivers no answer"))
            })
            .await
    }
}

fn memory() -> Arc<dyn KeyValue> {
    Arc::new(MemoryStore::new())
}

async fn pushed_is_polled(scene: &Scene<'_>) -> Verdict {
    let program = Program::begin(scene, &memory()).await?;
    // From before anything of this case: some networks tell what the identity does itself, too.
    let from = start(scene).await?;
    several_kinds(scene).await?;
    let polled = scene.events_after(EventQuery::after(from)).await?.items;
    let mut pushed = Vec::new();
    scene
        .eventually(async || {
            program.deliver().await?;
            pushed.extend(program.take());
            let missing = polled.iter().find(|e| !pushed.iter().any(|p| p.id == e.id));
            match missing {
                None => Ok(()),
                Some(event) => Err(Stop::failed(format!(
                    "{} ({}) is polled, but not delivered",
                    event.id, event.kind
                ))),
            }
        })
        .await?;
    for event in &pushed {
        let Some(same) = polled.iter().find(|e| e.id == event.id) else {
            return Err(Stop::failed(format!(
                "{} ({}) is delivered, but not polled",
                event.id, event.kind
            )));
        };
        let what = |e: &Event| {
            (
                e.kind.clone(),
                e.at,
                e.account.as_ref().map(|a| a.id.clone()),
                e.post.as_ref().map(|p| (p.id.clone(), p.text.clone())),
                e.message.as_ref().map(|m| (m.id.clone(), m.text.clone())),
                e.target.clone(),
            )
        };
        ensure!(
            what(event) == what(same),
            "delivered is {event:?}, polled is {same:?}"
        );
        ensure!(
            !event.cursor.as_str().is_empty(),
            "{} is delivered without a cursor",
            event.id
        );
    }
    let ids: Vec<_> = pushed.iter().map(|e| &e.id).collect();
    let order: Vec<_> = polled.iter().map(|e| &e.id).collect();
    ensure!(ids == order, "delivered are {ids:?}, polled {order:?}");
    Ok(())
}

async fn repeated(scene: &Scene<'_>) -> Verdict {
    let store = memory();
    let program = Program::begin(scene, &store).await?;
    let (post, _) = my_post_and_start(scene).await?;
    let answer = they_answer(scene, &post).await?;
    let request = program.delivery_of(scene, &answer).await?;
    program.take();
    let success = |received: &Received| received.response.status().is_success();
    let first = program.receiver.receive(&request).await;
    let second = program.receiver.receive(&request).await;
    ensure!(
        success(&first) && success(&second),
        "it is refused: {first:?} {second:?}"
    );
    let one = program.take();
    let about = one.iter().filter(|e| holds(e, &answer.id));
    ensure!(about.count() == 1, "it is not taken once: {one:?}");
    ensure!(
        second.taken == 0 && second.repeated == first.taken,
        "the second time: {second:?}"
    );
    ensure!(
        first.response.body() == second.response.body(),
        "the second time the network is answered something else"
    );
    // Another process, after a restart.
    let name = scene.word();
    let build = || {
        let builder = Receiver::builder(program.pushes.webhook()).clock(scene.stage().clock());
        let builder = builder.store(Arc::clone(&store), name.as_str());
        builder.sink(|_| async { Ok(()) })
    };
    let before = build().receive(&request).await;
    let after = build().receive(&request).await;
    ensure!(
        before.taken == first.taken && after.taken == 0 && after.repeated == first.taken,
        "before a restart: {before:?}, after it: {after:?}"
    );
    program.pushes.answered(&after.response);
    program.deliver().await
}

async fn kept_or_again(scene: &Scene<'_>) -> Verdict {
    let program = Program::begin(scene, &memory()).await?;
    let (post, _) = my_post_and_start(scene).await?;
    let answer = they_answer(scene, &post).await?;
    let request = program.delivery_of(scene, &answer).await?;
    program.take();
    program.failing.store(true, Ordering::Relaxed);
    let failed = program.receiver.receive(&request).await;
    ensure!(
        failed.response.status() == StatusCode::SERVICE_UNAVAILABLE
            && failed.response.headers().contains_key(header::RETRY_AFTER),
        "the network is answered {failed:?}"
    );
    ensure!(
        failed.error.is_some() && failed.taken == 0,
        "it is not said what went wrong: {failed:?}"
    );
    program.pushes.answered(&failed.response);
    program.failing.store(false, Ordering::Relaxed);
    if !scene.stage().pass(program.pushes.again_after()).await {
        return Err(Stop::passed_over(
            "on this stage the time cannot be passed until it is delivered again",
        ));
    }
    program.deliver().await?;
    let taken = program.take();
    let about = taken.iter().filter(|e| holds(e, &answer.id));
    ensure!(
        about.count() == 1,
        "what was not kept is not delivered again once"
    );
    Ok(())
}

/// What was sent is refused: as the request is wrong, and without a word of what is secret.
fn is_refused(scene: &Scene<'_>, what: &str, received: &Received) -> Verdict {
    let status = received.response.status();
    ensure!(
        status.is_client_error(),
        "{what} is answered {status}: {received:?}"
    );
    let Some(error) = &received.error else {
        return Err(Stop::failed(format!("{what} is refused without an error")));
    };
    ensure!(
        matches!(
            error.kind(),
            ErrorKind::Unauthorized
                | ErrorKind::Forbidden(_)
                | ErrorKind::NotFound
                | ErrorKind::Invalid(_)
                | ErrorKind::Decode
        ),
        "{what} is {}: {error}",
        error.kind().name()
    );
    let body = String::from_utf8_lossy(received.response.body()).into_owned();
    let shown = format!("{error} {error:?} {received:?} {body}");
    for secret in scene.stage().secrets() {
        ensure!(!shown.contains(&secret), "{what}: a secret is shown");
    }
    Ok(())
}

async fn forged(scene: &Scene<'_>) -> Verdict {
    let program = Program::begin(scene, &memory()).await?;
    let (post, _) = my_post_and_start(scene).await?;
    let answer = they_answer(scene, &post).await?;
    let good = program.delivery_of(scene, &answer).await?;
    program.take();
    let (receiver, methods) = (&program.receiver, program.pushes.webhook());
    let shown = format!("{methods:?} {receiver:?}");
    for secret in scene.stage().secrets() {
        ensure!(!shown.contains(&secret), "`Debug` shows a secret");
    }
    let with_body = |body: Bytes| {
        let mut request = good.clone();
        request.headers_mut().remove(header::CONTENT_LENGTH);
        *request.body_mut() = body;
        request
    };
    let mut forged = program.pushes.forged();
    ensure!(
        !forged.is_empty(),
        "the stage names no deliveries that have to be refused"
    );
    for (what, body) in [
        ("what is not JSON", "certainly {not"),
        ("an empty body", ""),
        ("JSON of another kind", "[[[]]]"),
    ] {
        forged.push((
            what.to_owned(),
            with_body(Bytes::from_static(body.as_bytes())),
        ));
    }
    for (what, request) in &forged {
        is_refused(scene, what, &receiver.receive(request).await)?;
    }
    let huge = receiver
        .receive(&with_body(Bytes::from(vec![b' '; 10 << 20])))
        .await;
    is_refused(scene, "a delivery of 10 MB", &huge)?;
    ensure!(
        huge.response.status() == StatusCode::PAYLOAD_TOO_LARGE,
        "a delivery of 10 MB is answered {}",
        huge.response.status()
    );
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        if methods.methods().contains(&method) {
            continue;
        }
        let mut request = good.clone();
        *request.method_mut() = method.clone();
        let received = receiver.receive(&request).await;
        is_refused(scene, method.as_str(), &received)?;
        ensure!(
            received.response.status() == StatusCode::METHOD_NOT_ALLOWED
                && received.response.headers().contains_key(header::ALLOW),
            "{method} is answered {}",
            received.response.status()
        );
    }
    ensure!(program.take().is_empty(), "something of it is taken");
    // What was good stays good.
    program.deliver().await?;
    let taken = program.take();
    ensure!(
        taken.iter().filter(|e| holds(e, &answer.id)).count() == 1,
        "afterwards the network's own delivery is not taken once"
    );
    Ok(())
}
