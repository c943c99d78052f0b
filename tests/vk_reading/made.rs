//! Answers and happenings that are made from the schema by chance: the adapter reads all of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::vk::{Vk, VkBuilder};
use sociable::client::{Service, SetClock};
use sociable::jiff::Timestamp;
use sociable::{
    AccountId, AccountRef, Audience, AudienceQuery, ConversationId, Draft, Edit, Engagement, Error,
    ErrorKind, EventQuery, LinkCard, Media, MessageDraft, Moderation, PageRequest, Period, Poll,
    PostId, PostQuery, PromotionQuery, Recipient, SocialNetwork, Target, Timeline,
};

use crate::contract::dice::{Dice, Freedom};
use crate::contract::vk::{Contract, Freedoms, Generator, Tally};
use crate::net::{client, fast};

/// Where files go.
const FILES: &str = "https://up.vk.test/file";

/// A server whose every answer is made up.
struct Made {
    contract: &'static Contract,
    state: Mutex<State>,
}

struct State {
    generator: Generator<'static>,
    dice: Dice,
    turn: usize,
    answers: BTreeMap<String, usize>,
}

impl Made {
    fn new(contract: &'static Contract, seed: u64) -> Self {
        let state = State {
            generator: Generator::new(contract, seed, Freedom::Any),
            dice: Dice::new(seed),
            turn: 0,
            answers: BTreeMap::new(),
        };
        Self {
            contract,
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn method(&self, method: &str, params: &[(String, String)]) -> Value {
        let mut state = self.state();
        if method == "execute" {
            return self.script(&mut state, param(params, "code").unwrap());
        }
        let mut answer = self.one(&mut state, method, params);
        state.fit(method, params, &mut answer);
        answer
    }

    /// An answer of the form that these parameters ask for.
    fn one(&self, state: &mut State, method: &str, params: &[(String, String)]) -> Value {
        let variants = self.contract.variants(method);
        let holds = |name: &str| param(params, name).is_some();
        let fits = |variant: &&&str| {
            let variant = variant.to_lowercase();
            // A list of peers is answered by what the schema calls that of users.
            let several = holds("user_ids") || method == "messages.send";
            variant.contains("extended") == holds("extended")
                && variant.contains("userids") == several
                && variant.contains("fields") == (holds("fields") && !holds("extended"))
        };
        let fitting: Vec<&&str> = variants.iter().filter(fits).collect();
        let at = state.dice.roll() as usize;
        let variant = match fitting.as_slice() {
            [] => variants[at % variants.len()],
            fitting => fitting[at % fitting.len()],
        };
        let answer = state.generator.answer(method, variant).unwrap();
        state.count(method);
        answer
    }

    /// What a script answers: one result for each of its calls, some of which failed.
    fn script(&self, state: &mut State, code: &str) -> Value {
        let (mut results, mut errors) = (Vec::new(), Vec::new());
        for call in code.split("API.").skip(1) {
            let (method, rest) = call.split_once('(').unwrap();
            let end = rest.rfind(')').unwrap();
            let given: BTreeMap<String, String> = serde_json::from_str(&rest[..end]).unwrap();
            let given: Vec<(String, String)> = given.into_iter().collect();
            if state.dice.percent(15) {
                results.push(json!(false));
                errors.push(
                    json!({"method": method, "error_code": 15, "error_msg": "Access denied"}),
                );
                continue;
            }
            let mut answer = self.one(state, method, &given);
            state.fit(method, &given, &mut answer);
            results.push(answer["response"].take());
        }
        let mut answer = json!({"response": results});
        if !errors.is_empty() {
            answer["execute_errors"] = json!(errors);
        }
        state.count("execute");
        answer
    }

    fn polled(&self) -> Value {
        let mut state = self.state();
        state.turn += 1;
        let turn = state.turn;
        let events = self.contract.events();
        // Nothing any more, from time to time, so that questions end.
        let updates: Vec<Value> = match turn % 2 {
            0 => Vec::new(),
            _ => (0..8)
                .map(|n| {
                    let kind = events[(turn * 4 + n) % events.len()];
                    state.generator.event(kind).unwrap()
                })
                .collect(),
        };
        json!({"ts": turn.to_string(), "updates": updates})
    }
}

fn param<'p>(params: &'p [(String, String)], name: &str) -> Option<&'p str> {
    let found = params.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

/// The first item of a list, which is put there where the list is empty.
fn first(list: &mut Value) -> &mut Value {
    if list.as_array().is_none_or(Vec::is_empty) {
        *list = json!([{}]);
    }
    &mut list[0]
}

impl State {
    fn count(&mut self, method: &str) {
        *self.answers.entry(method.to_owned()).or_default() += 1;
    }

    /// Makes of an answer one to what was asked: it tells of the thing that was named, and the numbers of what was made,
    /// with which the next step goes on. All else stays as it came.
    fn fit(&mut self, method: &str, params: &[(String, String)], answer: &mut Value) {
        let response = &mut answer["response"];
        match method {
            "photos.getWallUploadServer"
            | "photos.getMessagesUploadServer"
            | "docs.getWallUploadServer"
            | "docs.getMessagesUploadServer" => response["upload_url"] = json!(FILES),
            "video.save" => {
                response["upload_url"] = json!(FILES);
                response["owner_id"] = json!(-1);
                response["video_id"] = json!(4);
            }
            // Now and then nothing was kept of a file.
            "photos.saveWallPhoto" | "photos.saveMessagesPhoto" if self.dice.percent(90) => {
                let photo = first(response);
                photo["id"] = json!(3);
                photo["owner_id"] = json!(5);
            }
            "docs.save" => {
                let kinds = ["doc", "graffiti", "audio_message"];
                if !kinds.iter().any(|kind| response[*kind].is_object()) {
                    response["doc"] = json!({"id": 6, "owner_id": 5});
                }
            }
            "wall.post" | "wall.repost" => response["post_id"] = json!(7),
            "wall.createComment" => response["comment_id"] = json!(9),
            "messages.send" => {
                let sent = first(response);
                sent["conversation_message_id"] = json!(12);
                if sent["error"].is_object() {
                    sent["error"]["code"] = json!(901);
                }
                *response = json!([response[0]]);
            }
            "users.get" => {
                let asked = param(params, "user_ids").and_then(|id| id.parse().ok());
                first(response)["id"] = json!(asked.unwrap_or(5_i64));
            }
            "groups.getById" => first(&mut response["groups"])["id"] = json!(1),
            "account.getAppPermissions" => *response = json!(response.as_i64().unwrap_or(1).abs()),
            "groups.getLongPollServer" => {
                self.turn += 1;
                response["server"] = json!("https://lp.vk.test/whp/1");
                response["ts"] = json!(self.turn.to_string());
                if response["key"] == "" {
                    response["key"] = json!("k");
                }
            }
            "wall.getById" => {
                let asked = param(params, "posts").unwrap_or_default();
                let asked = asked.split(',').next().and_then(|id| id.split_once('_'));
                let (owner, id) = asked.unwrap();
                let dice = self.dice.below(4);
                let poll = self.generator.answer("polls.create", "response").unwrap();
                let post = first(&mut response["items"]);
                post["owner_id"] = json!(owner.parse::<i64>().unwrap());
                post["id"] = json!(id.parse::<i64>().unwrap());
                post["is_deleted"] = json!(false);
                match dice {
                    0 | 1 => {
                        post["attachments"] = json!([{"type": "poll", "poll": poll["response"]}]);
                        post["attachments"][0]["poll"]["anonymous"] = json!(dice == 0);
                    }
                    2 => post["attachments"] = json!([]),
                    _ => {}
                }
            }
            "wall.getComment" => {
                let id: i64 = param(params, "comment_id").unwrap().parse().unwrap();
                let bare = self.dice.percent(50);
                let comment = first(&mut response["items"]);
                comment["id"] = json!(id);
                comment["deleted"] = json!(false);
                if bare {
                    comment["attachments"] = json!([]);
                }
            }
            _ => {}
        }
    }
}

impl Service for Made {
    fn answer(&self, request: &http::Request<Bytes>, _: Timestamp) -> http::Response<Bytes> {
        let path = request.uri().path();
        let answer = match path.strip_prefix("/method/") {
            Some(method) => {
                let params: Vec<_> = url::form_urlencoded::parse(request.body())
                    .into_owned()
                    .collect();
                self.method(method, &params)
            }
            None if path == "/file" => {
                json!({"server": 77, "photo": "[{\"photo\":\"a\"}]", "hash": "h", "file": "f|1"})
            }
            None => self.polled(),
        };
        http::Response::new(Bytes::from(answer.to_string()))
    }
}

/// What was asked, and how often it was answered at all.
#[derive(Default)]
struct Told(BTreeMap<&'static str, (usize, usize)>);

impl Told {
    /// What the schema allows is read. That what was asked for is not among it, or is closed, is an answer, too.
    fn saw<T>(&mut self, what: &'static str, answer: Result<T, Error>) {
        let (read, all) = self.0.entry(what).or_default();
        *all += 1;
        match answer {
            Ok(_) => *read += 1,
            Err(error) => assert!(
                matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::Invalid(_) | ErrorKind::Forbidden(_)
                ),
                "{what}: {error:?}"
            ),
        }
    }
}

fn post(id: &str) -> PostId {
    PostId::new(id)
}

fn png() -> Media {
    Media::bytes(
        &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\0\0\0\0\x3a\x7e\x9b\x55"[..],
    )
    .media_type("image/png")
    .name("a.png")
}

/// Has the adapter read so many rounds of everything, and counts what it read.
pub(crate) async fn read(
    contract: &'static Contract,
    rounds: usize,
    seed: u64,
    tally: &Tally,
) -> Freedoms {
    let clock = SetClock::at("2026-11-23T12:00:00Z".parse().unwrap());
    let server = Arc::new(Made::new(contract, seed));
    let client = client(Arc::clone(&server) as Arc<dyn Service>, &clock);
    let builder = || fast(Vk::builder().client(&client)).user_token("u");
    let community = |builder: VkBuilder| builder.community(1).community_token("c").build().unwrap();
    let vk = community(builder().service_token("s"));
    let person = builder().build().unwrap();
    let mut told = Told::default();
    for _ in 0..rounds {
        // What it is told of its rights would hold for all that follows.
        let fresh = community(builder());
        told.saw("rights", fresh.refresh_profile().await);
        told.saw("from now", fresh.events(&EventQuery::now()).await);
        listed(&vk, &mut told).await;
        read_people(&vk, &person, &mut told).await;
        measured(&vk, &mut told).await;
        written(&vk, &person, &mut told).await;
        told.saw("events", vk.events(&EventQuery::oldest()).await);
    }
    for (name, (read, all)) in &told.0 {
        assert!(*all >= rounds);
        // A poll is in few posts, few things can be attached again, and many messages are refused.
        let seldom = [
            "voted",
            "vote",
            "edited",
            "edited comment",
            "sent",
            "sent to an author",
        ];
        let seldom = seldom.contains(name);
        let least = if seldom { rounds / 8 } else { rounds * 2 / 3 };
        assert!(*read > least, "{name}: {read} of {all} were read");
    }
    let state = server.state();
    for (method, answers) in &state.answers {
        tally.generated(method, *answers);
    }
    state.generator.used()
}

async fn listed(vk: &Vk, told: &mut Told) {
    for (name, timeline) in [
        ("own", Timeline::Own),
        ("community", Timeline::Community(AccountId::new("club1"))),
        ("mentions", Timeline::Mentions),
        ("replies", Timeline::Replies(post("wall-1_2"))),
        ("replies below", Timeline::Replies(post("wall-1_2_r3"))),
        ("replies in a topic", Timeline::Replies(post("topic-1_2"))),
        ("thread", Timeline::Thread(post("wall-1_2"))),
        ("quotes", Timeline::Quotes(post("wall-1_2"))),
        ("hashtag", Timeline::Hashtag("a".to_owned())),
        ("search", Timeline::Search("a".to_owned())),
        ("scheduled", Timeline::Scheduled),
        (
            "ids",
            Timeline::Ids(vec![
                post("wall-1_2"),
                post("wall-1_2_r3"),
                post("wall-1_2_r4"),
                post("topic-1_2_r3"),
            ]),
        ),
    ] {
        told.saw(name, vk.posts(&PostQuery::new(timeline)).await);
    }
    told.saw("post", vk.post(&post("wall-1_2")).await);
    told.saw("comment", vk.post(&post("wall-1_2_r3")).await);
    let first = PageRequest::first();
    let found = vk.search_wall(&AccountRef::Me, "a", &first);
    told.saw("wall", found.await);
}

async fn read_people(vk: &Vk, person: &Vk, told: &mut Told) {
    told.saw("me", vk.me().await);
    told.saw("me as a person", person.me().await);
    told.saw("account", vk.account(&AccountRef::id("id7")).await);
    // Whose a name is may be said of what is no account here: an application, or what is newer.
    let named = vk.account(&AccountRef::handle("shop")).await;
    told.saw("name", named.or_else(found_nobody));
    for (name, audience) in [
        ("members", Audience::Members(AccountRef::Me)),
        ("liked", Audience::Liked(post("wall-1_2"))),
        ("reposted", Audience::Reposted(post("wall-1_2"))),
        ("commented", Audience::Commented(post("wall-1_2"))),
        ("voted", Audience::Voted(post("wall-1_2"), None)),
    ] {
        told.saw(name, vk.audience(&AudienceQuery::new(audience)).await);
    }
    told.saw("membership", vk.membership(&[AccountId::new("id5")]).await);
    let first = PageRequest::first();
    told.saw("conversations", vk.conversations(&first).await);
    let with = ConversationId::new("5");
    told.saw("messages", vk.messages(&with, &first).await);
}

fn found_nobody(error: Error) -> Result<sociable::Account, Error> {
    match error.kind() {
        ErrorKind::NotFound => Ok(sociable::Account::new("nobody")),
        _ => Err(error),
    }
}

async fn measured(vk: &Vk, told: &mut Told) {
    let day = Period::new(
        "2026-11-19T21:00:00Z".parse().unwrap(),
        "2026-11-20T21:00:00Z".parse().unwrap(),
    );
    let posts = [post("wall-1_2"), post("wall-1_2_r3")];
    told.saw("metrics", vk.post_metrics(&posts).await);
    told.saw("account's metrics", vk.account_metrics(&day).await);
    told.saw("promotions", vk.promotions(&PromotionQuery::new(day)).await);
}

async fn written(vk: &Vk, person: &Vk, told: &mut Told) {
    let file = |kind: &str| Media::bytes(&b"file"[..]).media_type(kind).name("f");
    let draft = Draft::text("All at once")
        .media(png())
        .media(file("video/mp4"))
        .media(file("application/pdf"))
        .poll(Poll::new(["Now", "Later"]))
        .link(LinkCard::new("https://example.com/").thumbnail(png()));
    told.saw("published", vk.publish(&draft).await);
    let comment = Draft::text("Yes").reply_to("wall-1_2");
    told.saw("commented on", vk.publish(&comment).await);
    told.saw(
        "quoted",
        vk.publish(&Draft::text("See").quote("wall5_7")).await,
    );
    let (mine, below) = (post("wall-1_2"), post("wall-1_2_r3"));
    told.saw("edited", vk.edit(&mine, &Edit::text("After")).await);
    told.saw(
        "edited comment",
        vk.edit(&below, &Edit::text("After")).await,
    );
    let message = MessageDraft::text("Hello")
        .media(png())
        .media(file("application/pdf"));
    let to = Recipient::Conversation(ConversationId::new("5"));
    told.saw("sent", vk.send(&to, &message).await);
    let author = Recipient::CommentAuthor(below.clone().into());
    let hello = MessageDraft::text("Hello");
    told.saw("sent to an author", vk.send(&author, &hello).await);
    for (name, engagement) in [
        ("liked by me", Engagement::like()),
        ("liked by me", Engagement::like().off()),
        ("reposted by me", Engagement::repost()),
        ("reposted by me", Engagement::repost().off()),
        ("vote", Engagement::vote([0])),
        ("vote", Engagement::vote([]).off()),
    ] {
        told.saw(name, vk.engage(&Target::from(&mine), &engagement).await);
    }
    let club = Target::Account(AccountRef::id("club9"));
    for engagement in [Engagement::follow(), Engagement::follow().off()] {
        told.saw("followed", person.engage(&club, &engagement).await);
    }
    let talk = Target::Conversation(ConversationId::new("5"));
    told.saw("read", vk.engage(&talk, &Engagement::mark_read()).await);
    let measures = [
        Moderation::pin(&mine),
        Moderation::close_comments(&mine),
        Moderation::block(AccountRef::id("id7")),
        Moderation::restore(&mine),
        Moderation::restore(&below),
    ];
    for moderation in measures {
        told.saw("moderated", vk.moderate(&moderation).await);
        told.saw("moderated", vk.moderate(&moderation.off()).await);
    }
    told.saw("deleted", vk.delete(&mine).await);
    told.saw("deleted", vk.delete(&below).await);
}
