//! Files: what the network takes, keeps and shows of them.

use std::time::Duration;

use serde_json::{Value, json};
use sociable::testing::suite::{Scene, Stop, Verdict};
use sociable::{Draft, ErrorKind, Media, PostState, SocialNetwork};

use super::{Club, holds, refused};

own_cases! {
    "vk: a file that is no photo is told, and nothing is published" => no_photo;
    "vk: an address for an upload takes one file" => single_use;
    "vk: what was uploaded for one wall is saved for it alone" => another_wall;
    "vk: the proof of an upload is checked" => proof;
    "vk: the caption of a photo is kept" => caption;
    "vk: a video is worked on for a while, and then ready" => video;
    "vk: files go below another's post, whose wall takes no uploads" => elsewhere;
}

/// A picture of one pixel.
pub(super) const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54,
    0x78, 0x9c, 0x63, 0x60, 0x60, 0x60, 0x60, 0, 0, 0, 5, 0, 1, 0xa5, 0xf6, 0x45, 0x40, 0, 0, 0, 0,
    0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

async fn no_photo(club: Club, _: &Scene<'_>) -> Verdict {
    let words = Media::bytes(&b"only words"[..]);
    let words = words.media_type("image/png").name("a.png");
    let answer = club.vk.publish(&Draft::text("Look").media(words)).await;
    let Err(error) = answer else {
        return holds(false, "it is published");
    };
    let ErrorKind::Invalid(violations) = error.kind() else {
        return Err(error.into());
    };
    let named = violations.iter().any(|v| v.field == "media[0]");
    holds(named, "the file is not named")?;
    holds(club.listed().await?.is_empty(), "something is published")
}

async fn server(club: &Club) -> Result<Value, Stop> {
    let params = json!({"group_id": club.id});
    Ok(club.call("photos.getWallUploadServer", params).await?)
}

async fn save(club: &Club, sent: &Value, more: Value) -> sociable::Result<Value> {
    let mut params = sent.clone();
    for (name, value) in more.as_object().into_iter().flatten() {
        params[name] = value.clone();
    }
    club.call("photos.saveWallPhoto", params).await
}

async fn single_use(club: Club, _: &Scene<'_>) -> Verdict {
    let server = server(&club).await?;
    let first = club.upload(&server, "photo", PNG);
    let again = club.upload(&server, "photo", PNG);
    holds(first["hash"].is_string(), "no file is taken")?;
    holds(again["error"].is_string(), "another file is taken")
}

async fn another_wall(club: Club, _: &Scene<'_>) -> Verdict {
    let sent = club.upload(&server(&club).await?, "photo", PNG);
    refused(save(&club, &sent, json!({})).await, 121, "it")?;
    save(&club, &sent, json!({"group_id": club.id})).await?;
    Ok(())
}

async fn proof(club: Club, _: &Scene<'_>) -> Verdict {
    let sent = club.upload(&server(&club).await?, "photo", PNG);
    let forged = json!({"group_id": club.id, "hash": "forged"});
    refused(save(&club, &sent, forged).await, 121, "a forged one")
}

async fn caption(club: Club, _: &Scene<'_>) -> Verdict {
    let sent = club.upload(&server(&club).await?, "photo", PNG);
    let with = json!({"group_id": club.id, "caption": "A dot"});
    let saved = save(&club, &sent, with).await?;
    holds(saved[0]["text"] == "A dot", "it is lost")
}

async fn video(club: Club, scene: &Scene<'_>) -> Verdict {
    let film = Media::bytes(&b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"[..]);
    let film = film.media_type("video/mp4").name("film.mp4");
    let post = club.vk.publish(&Draft::text("Film").media(film)).await?;
    let state = async || club.vk.post(&post.id).await.map(|post| post.state);
    holds(
        state().await? == PostState::Processing,
        "it is ready at once",
    )?;
    scene.stage().pass(Duration::from_secs(60)).await;
    holds(state().await? == PostState::Live, "it is never ready")
}

async fn elsewhere(club: Club, scene: &Scene<'_>) -> Verdict {
    let (_, other) = club.somebody(scene);
    let post = club.publish("Show us").await?;
    let film = Media::bytes(&b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"[..]);
    let film = film.media_type("video/mp4").name("film.mp4");
    let list = Media::bytes(&b"%PDF-1.4 a list"[..]);
    let list = list.media_type("application/pdf").name("list.pdf");
    let picture = Media::bytes(PNG).media_type("image/png").name("a.png");
    for file in [film, list, picture] {
        for draft in [
            Draft::text("Look").reply_to(&post),
            Draft::text("Look").to(format!("club{}", club.id).as_str()),
        ] {
            let shown = other.publish(&draft.media(file.clone())).await?;
            let read = other.post(&shown.id).await?;
            holds(read.media.len() == 1, "the file is not shown")?;
        }
    }
    Ok(())
}
