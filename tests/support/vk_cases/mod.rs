//! Cases of VK's own: what only this network promises, on its fake.

// Each integration test is a crate of its own and uses only a part of this module.
#![allow(dead_code)]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};
use sociable::adapters::vk::fake::Fake;
use sociable::adapters::vk::{TokenKind, Vk, VkBuilder};
use sociable::client::{Client, Clock, InProcess, SeededRandom, Service, SetClock};
use sociable::testing::stage::Bench;
use sociable::testing::suite::{Case, Scene, Stop, Verdict};
use sociable::{Draft, Post, PostId, Result, SocialNetwork};

use crate::vk_watch::Watched;

/// Declares the cases of a file: `"promise" => function;`
macro_rules! own_cases {
    ($($name:literal => $play:ident;)*) => {
        pub(super) const CASES: &[(&str, super::Play)] =
            &[$(($name, |club, scene| Box::pin($play(club, scene)))),*];
    };
}
mod files;
mod gate;
#[cfg(feature = "oauth")]
mod logins;
mod people;
mod talk;
mod wall;

type Play = for<'a> fn(Club, &'a Scene<'a>) -> LocalBoxFuture<'a, Verdict>;

/// The rights of a user's token that does everything.
const SCOPES: [&str; 8] = [
    "wall", "photos", "video", "docs", "groups", "messages", "stats", "ads",
];

/// What the fake complains of since a case asks for it.
const MEANT: &str = "wall.levitate: the fake knows no such method";

/// Whether a complaint of the fake is about what a case does on purpose.
pub(crate) fn is_meant(complaint: &str) -> bool {
    complaint == MEANT
}

/// What the cases reach for.
#[derive(Clone)]
struct Ground {
    fake: Fake,
    clock: SetClock,
    wire: Arc<InProcess>,
    service: Arc<Watched>,
}

/// A community of its own, so that no case meets what another one left; its administrator and its tokens.
struct Club {
    ground: Ground,
    client: Client,
    /// Above zero.
    id: i64,
    name: String,
    admin: i64,
    /// The administrator's token.
    user: String,
    /// The community's token.
    group: String,
    vk: Vk,
}

/// All of them.
pub(crate) fn all(fake: &Fake, bench: &Bench, service: &Arc<Watched>) -> Vec<Case> {
    let ground = Ground {
        fake: fake.clone(),
        clock: bench.clock.clone(),
        wire: Arc::clone(&bench.wire),
        service: Arc::clone(service),
    };
    let files = [
        files::CASES,
        gate::CASES,
        #[cfg(feature = "oauth")]
        logins::CASES,
        people::CASES,
        talk::CASES,
        wall::CASES,
    ];
    let cases = files.into_iter().flatten().map(|(name, play)| {
        let ground = ground.clone();
        Case::new(*name, move |scene| play(ground.club(scene), scene))
    });
    cases.collect()
}

impl Ground {
    fn now(&self) -> sociable::jiff::Timestamp {
        self.clock.now()
    }

    fn club(&self, scene: &Scene<'_>) -> Club {
        let name = format!("club.{}", scene.word());
        let admin = self.fake.add_user("Ada", &format!("ada.{}", scene.word()));
        let id = self.fake.add_group("A club", &name, admin);
        let client = Client::builder()
            .transport(self.wire.clone())
            .clock(Arc::new(self.clock.clone()))
            .random(Arc::new(SeededRandom::new(id.unsigned_abs())))
            .build()
            .unwrap();
        let user = self.fake.user_token(admin, &SCOPES);
        let rights = ["manage", "messages", "photos", "docs", "wall", "stories"];
        let group = self.fake.group_token(id, &rights);
        let vk = Vk::builder()
            .community(id)
            .community_token(group.as_str())
            .user_token(user.as_str())
            .service_token(Fake::SERVICE_TOKEN)
            .client(&client)
            .build()
            .unwrap();
        Club {
            ground: self.clone(),
            client,
            id,
            name,
            admin,
            user,
            group,
            vk,
        }
    }
}

impl Club {
    fn fake(&self) -> &Fake {
        &self.ground.fake
    }

    fn now(&self) -> sociable::jiff::Timestamp {
        self.ground.now()
    }

    /// The wall, as `owner_id`.
    fn wall(&self) -> i64 {
        -self.id
    }

    fn build(&self, builder: VkBuilder) -> Vk {
        builder.client(&self.client).build().unwrap()
    }

    /// Somebody who has nothing to do with the community, and a way to speak as them.
    fn somebody(&self, scene: &Scene<'_>) -> (i64, Vk) {
        let id = self.fake().add_user("Bo", &format!("bo.{}", scene.word()));
        let token = self.fake().user_token(id, &SCOPES);
        (id, self.build(Vk::builder().user_token(token)))
    }

    /// Somebody whom the community may write to.
    fn friend(&self, scene: &Scene<'_>) -> (i64, Vk) {
        let (id, vk) = self.somebody(scene);
        self.fake().allow_as(id, self.id, true, self.now());
        (id, vk)
    }

    async fn call(&self, method: &str, params: Value) -> Result<Value> {
        self.vk.call(method, &params).await
    }

    async fn call_as(&self, kind: TokenKind, method: &str, params: Value) -> Result<Value> {
        self.vk.call_as(kind, method, &params).await
    }

    async fn publish(&self, text: &str) -> Result<Post> {
        self.vk.publish(&Draft::text(text)).await
    }

    /// A post as the network tells it to an administrator.
    async fn read(&self, id: &PostId) -> std::result::Result<Value, Stop> {
        let posts = id.as_str().strip_prefix("wall").unwrap();
        let told = self.call("wall.getById", json!({"posts": posts})).await?;
        Ok(told["items"][0].clone())
    }

    /// What stands on the community's wall.
    async fn listed(&self) -> std::result::Result<Vec<Value>, Stop> {
        let params = json!({"owner_id": self.wall(), "count": 100});
        let told = self.call("wall.get", params).await?;
        Ok(told["items"].as_array().cloned().unwrap_or_default())
    }

    /// Sends a file to an upload address, as a program does by itself.
    fn upload(&self, server: &Value, field: &str, bytes: &[u8]) -> Value {
        let head = format!(
            "--mark\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"a.png\"\r\n\
             content-type: image/png\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, b"\r\n--mark--\r\n"].concat();
        let request = http::Request::post(server["upload_url"].as_str().unwrap())
            .header("content-type", "multipart/form-data; boundary=mark")
            .body(Bytes::from(body))
            .unwrap();
        let answer = self.ground.service.answer(&request, self.now());
        serde_json::from_slice(answer.body()).unwrap()
    }
}

fn holds(holds: bool, why: &str) -> Verdict {
    if holds {
        Ok(())
    } else {
        Err(Stop::failed(why))
    }
}

/// That a call is refused with this code of the network.
fn refused<T>(answer: Result<T>, code: i64, what: &str) -> Verdict {
    match answer {
        Ok(_) => Err(Stop::failed(format!("{what} is taken"))),
        Err(error) if error.code() == Some(&code.to_string()) => Ok(()),
        Err(error) => Err(Stop::failed(format!(
            "{what} is answered by {}: {error}",
            error.kind().name()
        ))),
    }
}
