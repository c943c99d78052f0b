//! Cases of Bluesky's own: what only this network promises, on its fake.

// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use sociable::adapters::bluesky::Bluesky;
use sociable::adapters::bluesky::fake::{Fake, Limiter};
use sociable::client::{Client, Disturbance, InProcess};
use sociable::store::{KeyValue, MemoryStore};
use sociable::testing::stage::Bench;
use sociable::testing::suite::{Case, Scene, Stop, Verdict};
use sociable::{
    AccountRef, Draft, Engagement, ErrorKind, Media, MessageDraft, Moderation, PageRequest,
    PostQuery, Recipient, SocialNetwork, Target, Text, TrendScope,
};

use crate::stages::{CHAT, SERVER};

/// What the cases reach for.
#[derive(Clone)]
struct Set {
    fake: Fake,
    client: Client,
    wire: Arc<InProcess>,
}

impl Set {
    /// An identity of alice's with this password, or with what the store holds alone.
    fn alice(&self, password: Option<&str>, store: Arc<dyn KeyValue>) -> Bluesky {
        let builder = Bluesky::builder(SERVER)
            .identifier("alice.test")
            .chat(CHAT)
            .video_service("https://video.bsky.app")
            .token_store(store)
            .client(&self.client);
        let builder = match password {
            Some(password) => builder.password(password),
            None => builder,
        };
        builder.build().unwrap()
    }

    /// An identity that has logged in, and holds nothing but its tokens.
    async fn with_tokens_alone(&self) -> Result<Bluesky, Stop> {
        let store: Arc<dyn KeyValue> = Arc::new(MemoryStore::new());
        let first = self.alice(Some(Fake::PASSWORD), Arc::clone(&store));
        first.me().await?;
        Ok(self.alice(None, store))
    }
}

fn wrong(holds: bool, why: &str) -> Verdict {
    if holds {
        Ok(())
    } else {
        Err(Stop::failed(why))
    }
}

/// Longer than any window of the bounds that are set here.
const HOURS: std::time::Duration = std::time::Duration::from_secs(2 * 3600);

type Play = for<'a> fn(Set, &'a Scene<'a>) -> LocalBoxFuture<'a, Verdict>;

/// All of them.
pub(crate) fn all(fake: &Fake, bench: &Bench) -> Vec<Case> {
    let set = Set {
        fake: fake.clone(),
        client: bench.client.clone(),
        wire: Arc::clone(&bench.wire),
    };
    let cases: [(&str, Play); 13] = [
        ("bluesky: the author sees a post at once", |s, c| {
            Box::pin(at_once(s, c))
        }),
        ("bluesky: the muted vanish from the timeline", |s, c| {
            Box::pin(muted(s, c))
        }),
        ("bluesky: the blocked see nothing", |s, c| {
            Box::pin(blocked(s, c))
        }),
        ("bluesky: trends are told", |s, c| Box::pin(trends(s, c))),
        ("bluesky: tokens renew tokens, again and again", |s, c| {
            Box::pin(renewed(s, c))
        }),
        ("bluesky: a lost renewal is asked for again", |s, c| {
            Box::pin(lost_renewal(s, c))
        }),
        ("bluesky: a revoked session has ended", |s, c| {
            Box::pin(revoked(s, c))
        }),
        (
            "bluesky: messages need a password with the right",
            |s, c| Box::pin(privilege(s, c)),
        ),
        ("bluesky: a first message waits as a request", |s, c| {
            Box::pin(requests(s, c))
        }),
        ("bluesky: the video service makes a video ready", |s, c| {
            Box::pin(video(s, c))
        }),
        (
            "bluesky: sixty posts an hour are within the budget",
            |s, c| Box::pin(sixty(s, c)),
        ),
        ("bluesky: what goes over a bound is refused", |s, c| {
            Box::pin(refused(s, c))
        }),
        ("bluesky: the server tells its bounds", |s, c| {
            Box::pin(told(s, c))
        }),
    ];
    let cases = cases.into_iter().map(|(name, play)| {
        let set = set.clone();
        Case::new(name, move |scene| play(set.clone(), scene))
    });
    cases.collect()
}

async fn at_once(_: Set, scene: &Scene<'_>) -> Verdict {
    let draft = Draft::text(format!("Seen by its author: {}", scene.word()));
    let post = scene.me().publish(&draft).await?;
    let page = scene.me().posts(&PostQuery::own()).await?;
    let first = page.items.first().map(|p| &p.id);
    wrong(first == Some(&post.id), "it does not stand first at once")
}

/// Another's post, once it is read.
async fn theirs(scene: &Scene<'_>) -> Result<sociable::Post, Stop> {
    let draft = Draft::text(format!("Of another: {}", scene.word()));
    let post = scene.other().publish(&draft).await?;
    scene
        .eventually(async || Ok(scene.me().post(&post.id).await?))
        .await
}

async fn muted(_: Set, scene: &Scene<'_>) -> Verdict {
    let me = scene.me();
    let them = AccountRef::from(&scene.other().me().await?);
    let target = Target::Account(them.clone());
    me.engage(&target, &Engagement::follow()).await?;
    let post = theirs(scene).await?;
    for on in [true, false] {
        let mut mute = Moderation::mute(them.clone());
        mute.on = on;
        me.moderate(&mute).await?;
        scene
            .eventually(async || {
                let page = me.posts(&PostQuery::home()).await?;
                let shown = page.items.iter().any(|p| p.id == post.id);
                wrong(shown != on, "the timeline does not follow the mute")
            })
            .await?;
    }
    me.engage(&target, &Engagement::follow().off()).await?;
    Ok(())
}

async fn blocked(_: Set, scene: &Scene<'_>) -> Verdict {
    let me = scene.me();
    let them = AccountRef::from(&scene.other().me().await?);
    let draft = Draft::text(format!("Not for all: {}", scene.word()));
    let post = me.publish(&draft).await?;
    for on in [false, true, false] {
        let mut block = Moderation::block(them.clone());
        block.on = on;
        me.moderate(&block).await?;
        scene
            .eventually(async || {
                let shown = scene.other().post(&post.id).await.is_ok();
                wrong(
                    shown != on,
                    "what the blocked see does not follow the block",
                )
            })
            .await?;
    }
    Ok(())
}

async fn trends(_: Set, scene: &Scene<'_>) -> Verdict {
    let tag = scene.word();
    for _ in 0..3 {
        let text = Text::plain("On ")
            .hashtag(&tag)
            .push(format!(": {}", scene.word()));
        scene.me().publish(&Draft::text(text)).await?;
    }
    scene
        .eventually(async || {
            let trends = scene.me().trending(&TrendScope::anywhere()).await?;
            wrong(!trends.is_empty(), "nothing is trending")
        })
        .await
}

async fn renewed(set: Set, _: &Scene<'_>) -> Verdict {
    let alice = set.with_tokens_alone().await?;
    for _ in 0..3 {
        set.fake.expire_access("alice.test");
        alice.me().await?;
    }
    Ok(())
}

async fn lost_renewal(set: Set, _: &Scene<'_>) -> Verdict {
    let alice = set.with_tokens_alone().await?;
    set.fake.expire_access("alice.test");
    set.wire
        .disturb_path("refreshSession", Disturbance::LoseAnswer);
    alice.me().await?;
    set.fake.expire_access("alice.test");
    alice.me().await?;
    Ok(())
}

async fn revoked(set: Set, _: &Scene<'_>) -> Verdict {
    let alice = set.with_tokens_alone().await?;
    set.fake.revoke_sessions("alice.test");
    match alice.me().await {
        Err(error) => wrong(
            *error.kind() == ErrorKind::Unauthorized,
            "it is not told as a login that ended",
        ),
        Ok(_) => Err(Stop::failed("it works on")),
    }
}

async fn privilege(set: Set, scene: &Scene<'_>) -> Verdict {
    let password = "abcd-efgh-ijkl-mnop";
    set.fake.add_app_password("alice.test", password, false);
    let alice = set.alice(Some(password), Arc::new(MemoryStore::new()));
    let to = Recipient::Account(AccountRef::from(&scene.other().me().await?));
    match alice.send(&to, &MessageDraft::text("Hello")).await {
        Err(error) => wrong(
            matches!(error.kind(), ErrorKind::Forbidden(_)),
            "it is not told what is lacking",
        ),
        Ok(_) => Err(Stop::failed("it is sent")),
    }
}

async fn requests(_: Set, scene: &Scene<'_>) -> Verdict {
    let stranger = scene.stage().stranger().unwrap();
    let me = AccountRef::from(&scene.me().me().await?);
    let text = format!("You do not know me: {}", scene.word());
    let message = MessageDraft::text(text.as_str());
    stranger.send(&Recipient::Account(me), &message).await?;
    scene
        .eventually(async || {
            let page = scene.me().conversations(&PageRequest::first()).await?;
            let found = page
                .items
                .iter()
                .find(|c| c.last.as_ref().is_some_and(|m| m.text.as_str() == text));
            let request = found.and_then(|c| c.request);
            wrong(request == Some(true), "it is not told as a request")
        })
        .await
}

async fn video(set: Set, scene: &Scene<'_>) -> Verdict {
    let alice = set.alice(Some(Fake::PASSWORD), Arc::new(MemoryStore::new()));
    let film = b"\0\0\0\x18ftypisom\0\0\x02\0isommp41\0\0\0\x10mdat\0\0\0\0\0\0\0\0".as_slice();
    let draft = Draft::text(format!("A film: {}", scene.word())).media(
        Media::bytes(film)
            .media_type("video/mp4")
            .dimensions((16, 9)),
    );
    let post = alice.publish(&draft).await?;
    scene
        .eventually(async || {
            let read = scene.me().post(&post.id).await?;
            wrong(read.media.len() == 1, "the video is not shown")
        })
        .await
}

async fn sixty(_: Set, scene: &Scene<'_>) -> Verdict {
    let began = scene.now();
    for _ in 0..60 {
        let draft = Draft::text(format!("One of many: {}", scene.word()));
        scene.me().publish(&draft).await?;
    }
    let took = scene.now().duration_since(began).as_mins();
    wrong(took < 10, "they had to wait")
}

async fn refused(set: Set, scene: &Scene<'_>) -> Verdict {
    let hour = sociable::jiff::SignedDuration::from_hours(1);
    set.fake.set_limit(Limiter::Messages, 3, hour);
    let to = Recipient::Account(AccountRef::from(&scene.other().me().await?));
    let began = scene.now();
    let mut kept = Ok(());
    for _ in 0..8 {
        let message = MessageDraft::text(format!("One of many: {}", scene.word()));
        // A bound is kept by waiting, or told.
        if let Err(error) = scene.me().send(&to, &message).await {
            kept = wrong(
                *error.kind() == ErrorKind::RateLimited,
                "a bound is told as something else",
            );
            scene.stage().pass(HOURS).await;
        }
    }
    let took = scene.now().duration_since(began).as_mins();
    set.fake.set_limit(Limiter::Messages, 1_000_000, hour);
    scene.stage().pass(HOURS).await;
    kept?;
    wrong(took >= 60, "what goes over the bound is taken")
}

async fn told(set: Set, scene: &Scene<'_>) -> Verdict {
    let hour = sociable::jiff::SignedDuration::from_hours(1);
    // What was written before goes out of the way.
    scene
        .stage()
        .pass(std::time::Duration::from_secs(2 * 3600))
        .await;
    set.fake.set_limit(Limiter::WritesHour, 30, hour);
    let refusals = || {
        let seen = set.fake.requests().into_iter();
        seen.filter(|r| r.status == 429).count()
    };
    let before = refusals();
    for _ in 0..24 {
        let draft = Draft::text(format!("One of many: {}", scene.word()));
        // There is no more, and that is told: the moment to come back is known.
        if scene.me().publish(&draft).await.is_err() {
            scene
                .stage()
                .pass(std::time::Duration::from_secs(3700))
                .await;
        }
    }
    wrong(refusals() == before, "it went on until it was refused")
}
