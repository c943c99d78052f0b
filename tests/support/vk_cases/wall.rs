//! Walls: what VK alone knows of posts, and of what is not one.

use std::time::Duration;

use serde_json::{Value, json};
use sociable::adapters::vk::Vk;
use sociable::testing::suite::{Scene, Verdict};
use sociable::{
    Draft, Edit, ErrorKind, Media, Moderation, Post, PostQuery, PostState, SocialNetwork, Timeline,
};

use super::files::PNG;
use super::{Club, holds, refused};

own_cases! {
    "vk: a post of nothing is refused" => nothing;
    "vk: a second link is refused" => second_link;
    "vk: the native wishes of a draft are kept" => wishes;
    "vk: a key makes one post as long as the network remembers it" => remembered;
    "vk: an edit takes the files away" => files_go;
    "vk: an edit is told with its time" => edit_is_told;
    "vk: a post is changed within its day" => edit_window;
    "vk: an edit of a scheduled post that names no time publishes it" => edit_publishes;
    "vk: what is gone already is told to who asks natively" => gone_is_told;
    "vk: a pinned post stands first on the wall, and in its time here" => pinned;
    "vk: what is scheduled is seen by its owners alone, and gets another number" => scheduled;
    "vk: two posts for the same time are one too many" => same_time;
    "vk: a time that has passed is refused" => past;
    "vk: posts tell who wrote them" => authors;
    "vk: a wall holds posts of others, which are not its own" => others;
    "vk: a search counts within its span alone" => span;
    "vk: a search without a beginning goes a day back, and here to the first post" => no_beginning;
}

/// The post's number on its wall.
fn number(post: &Post) -> i64 {
    let (_, number) = post.id.as_str().rsplit_once('_').unwrap();
    number.parse().unwrap()
}

async fn nothing(club: Club, _: &Scene<'_>) -> Verdict {
    let params = json!({"owner_id": club.wall(), "message": " "});
    refused(club.call("wall.post", params).await, 100, "it")
}

async fn second_link(club: Club, _: &Scene<'_>) -> Verdict {
    let two = ["https://example.com/one", "https://example.com/two"];
    let params = json!({"owner_id": club.wall(), "message": "x", "attachments": two});
    refused(club.call("wall.post", params).await, 100, "it")
}

async fn wishes(club: Club, _: &Scene<'_>) -> Verdict {
    let draft = Draft::text("Signed, and paid for")
        .native("vk", json!({"signed": true, "mark_as_ads": true}));
    let post = club.vk.publish(&draft).await?;
    let told = club.read(&post.id).await?;
    holds(told["signer_id"] == club.admin, "it is not signed")?;
    holds(told["marked_as_ads"] == 1, "it is not marked")
}

async fn remembered(club: Club, scene: &Scene<'_>) -> Verdict {
    let draft = Draft::text("Once").key("once").created_at(club.now());
    let first = club.vk.publish(&draft).await?;
    scene.stage().pass(Duration::from_secs(55 * 60)).await;
    let again = club.vk.publish(&draft).await?;
    holds(
        again.id == first.id && club.listed().await?.len() == 1,
        "it is published twice within the hour",
    )
}

async fn files_go(club: Club, _: &Scene<'_>) -> Verdict {
    let picture = Media::bytes(PNG).media_type("image/png").name("a.png");
    let post = club.vk.publish(&Draft::text("Look").media(picture)).await?;
    let mut edit = Edit::new();
    edit.media = Some(Vec::new());
    club.vk.edit(&post.id, &edit).await?;
    let read = club.vk.post(&post.id).await?;
    holds(
        read.media.is_empty() && read.text.as_str() == "Look",
        "it is not the text alone",
    )
}

async fn edit_is_told(club: Club, scene: &Scene<'_>) -> Verdict {
    let post = club.publish("Before").await?;
    scene.stage().pass(Duration::from_secs(60)).await;
    club.vk.edit(&post.id, &Edit::text("After")).await?;
    let read = club.vk.post(&post.id).await?;
    holds(read.edited_at > read.created_at, "it is not told")
}

async fn edit_window(club: Club, scene: &Scene<'_>) -> Verdict {
    let post = club.publish("Before").await?;
    scene.stage().pass(Duration::from_secs(23 * 3600)).await;
    club.vk.edit(&post.id, &Edit::text("In time")).await?;
    scene.stage().pass(Duration::from_secs(2 * 3600)).await;
    let late = club.vk.edit(&post.id, &Edit::text("Late")).await;
    let told = late.is_err_and(|error| *error.kind() == ErrorKind::WindowClosed);
    holds(told, "it is not told that it is too late")
}

fn in_hours(club: &Club, hours: u64) -> sociable::jiff::Timestamp {
    let time = Duration::from_secs(hours * 3600);
    club.now().checked_add(time).unwrap()
}

async fn edit_publishes(club: Club, _: &Scene<'_>) -> Verdict {
    let draft = Draft::text("Tomorrow").at(in_hours(&club, 24));
    let post = club.vk.publish(&draft).await?;
    // The adapter names the time again, the bare method does not.
    let edited = club.vk.edit(&post.id, &Edit::text("Tomorrow, too")).await?;
    holds(
        matches!(edited.state, PostState::Scheduled(_)) && club.listed().await?.is_empty(),
        "it does not wait any more",
    )?;
    let params = json!({"owner_id": club.wall(), "post_id": number(&post), "message": "Now"});
    club.call("wall.edit", params).await?;
    holds(club.listed().await?.len() == 1, "it still waits")
}

async fn gone_is_told(club: Club, _: &Scene<'_>) -> Verdict {
    let post = club.publish("Soon gone").await?;
    club.vk.delete(&post.id).await?;
    club.vk.delete(&post.id).await?;
    let params = json!({"owner_id": club.wall(), "post_id": number(&post)});
    refused(club.call("wall.delete", params).await, 104, "it")
}

async fn pinned(club: Club, scene: &Scene<'_>) -> Verdict {
    let old = club.publish("Old").await?;
    scene.stage().pass(Duration::from_secs(5)).await;
    let new = club.publish("New").await?;
    club.vk.moderate(&Moderation::pin(&old)).await?;
    let listed = club.listed().await?;
    let first = listed.first().map(|post| &post["is_pinned"]);
    holds(first == Some(&json!(1)), "it does not stand first")?;
    let page = club.vk.posts(&PostQuery::own()).await?;
    let ids: Vec<_> = page.items.iter().map(|post| &post.id).collect();
    holds(ids == [&new.id, &old.id], "here it stands out of its time")
}

async fn scheduled(club: Club, scene: &Scene<'_>) -> Verdict {
    let (_, other) = club.somebody(scene);
    let draft = Draft::text("Later").at(in_hours(&club, 1));
    let post = club.vk.publish(&draft).await?;
    let is_gone = async |vk: &Vk| match vk.post(&post.id).await {
        Err(error) => *error.kind() == ErrorKind::NotFound,
        Ok(_) => false,
    };
    holds(!is_gone(&club.vk).await, "its owner does not see it")?;
    holds(is_gone(&other).await, "others see it")?;
    scene.stage().pass(Duration::from_secs(2 * 3600)).await;
    let listed = club.listed().await?;
    let [told] = listed.as_slice() else {
        return holds(false, "it does not stand there once");
    };
    holds(told["postponed_id"] == number(&post), "it keeps its number")?;
    holds(is_gone(&club.vk).await, "the old number leads to it")?;
    club.vk.delete(&post.id).await?;
    let left = club.listed().await?;
    holds(left.is_empty(), "it stays although it was taken away")
}

async fn same_time(club: Club, _: &Scene<'_>) -> Verdict {
    let at = in_hours(&club, 5);
    club.vk.publish(&Draft::text("One").at(at)).await?;
    let two = club.vk.publish(&Draft::text("Two").at(at)).await;
    let told = two.is_err_and(|error| *error.kind() == ErrorKind::Duplicate(None));
    holds(told, "the second is taken")
}

async fn past(club: Club, _: &Scene<'_>) -> Verdict {
    let params = json!({"owner_id": club.wall(), "message": "Late", "publish_date": 1000});
    refused(club.call("wall.post", params).await, 100, "it")
}

async fn authors(club: Club, scene: &Scene<'_>) -> Verdict {
    let (id, _) = club.somebody(scene);
    club.fake().post_as(id, club.wall(), "Mine", club.now());
    let community = format!("club{}", club.id);
    let query = PostQuery::new(Timeline::Community(community.as_str().into()));
    let page = club.vk.posts(&query).await?;
    let author = page.items.first().and_then(|post| post.author.clone());
    let name = author.and_then(|author| author.name.clone());
    holds(
        name.as_deref() == Some("Bo Test"),
        "their names are missing",
    )
}

async fn others(club: Club, scene: &Scene<'_>) -> Verdict {
    let (id, _) = club.somebody(scene);
    let own = club.publish("Ours").await?;
    club.fake().post_as(id, club.wall(), "Theirs", club.now());
    let page = club.vk.posts(&PostQuery::own()).await?;
    let ids: Vec<_> = page.items.iter().map(|post| &post.id).collect();
    holds(ids == [&own.id], "the own are not the own alone")?;
    let community = format!("club{}", club.id);
    let query = PostQuery::new(Timeline::Community(community.as_str().into()));
    let all = club.vk.posts(&query).await?;
    holds(all.items.len() == 2, "not all of the wall stand there")
}

async fn span(club: Club, scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    club.publish(&format!("Old {word}")).await?;
    let half = Duration::from_secs(1800);
    scene.stage().pass(half).await;
    let since = club.now();
    scene.stage().pass(half).await;
    club.publish(&format!("New {word}")).await?;
    let mut query = PostQuery::search(&word);
    query.since = Some(since);
    let page = club.vk.posts(&query).await?;
    holds(page.items.len() == 1, "more is found than was asked for")?;
    holds(page.total == Some(1), "more is counted than was asked for")?;
    let none: Value = club
        .call("newsfeed.search", json!({"q": word, "end_time": 1000}))
        .await?;
    holds(none["total_count"] == 0, "an end is passed over")
}

async fn no_beginning(club: Club, scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    let old = club.publish(&format!("Old {word}")).await?;
    scene.stage().pass(Duration::from_secs(2 * 86_400)).await;
    let day: Value = club.call("newsfeed.search", json!({"q": word})).await?;
    holds(day["total_count"] == 0, "the network goes back further")?;
    let page = club.vk.posts(&PostQuery::search(&word)).await?;
    let ids: Vec<_> = page.items.iter().map(|post| &post.id).collect();
    holds(ids == [&old.id], "what is older than a day is not found")
}
