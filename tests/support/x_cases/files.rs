//! Files: whole and in pieces, worked on, described, and left alone.

use std::time::Duration;

use serde_json::{Value, json};
use sociable::jiff::SignedDuration;
use sociable::testing::suite::{Scene, Stop, Verdict};
use sociable::{Draft, ErrorKind, Media, MediaKind, SocialNetwork};

use super::{Net, get, holds, is_kind, post, refused, written};

own_cases! {
    "x: a description is read back" => described;
    "x: a description has a length" => long_description;
    "x: what is no file of its kind is refused, and nothing is published" => garbage;
    "x: a video goes in pieces that the edge takes, and is waited for" => video;
    "x: a piece beyond a mebibyte is refused by the edge" => large_piece;
    "x: pieces make the whole" => whole;
    "x: a file that is worked on is no part of a post" => not_ready;
    "x: work that fails is told, and nothing is published" => failed_work;
    "x: a post holds four files, or one that moves" => counts;
    "x: files are one's own" => own_files;
    "x: a file has its place" => places;
    "x: a file that nobody uses is gone after a day" => expires;
    "x: files and a poll exclude each other" => no_poll;
}

pub(super) const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54,
    0x78, 0x9c, 0x63, 0x60, 0x60, 0x60, 0x60, 0, 0, 0, 5, 0, 1, 0xa5, 0xf6, 0x45, 0x40, 0, 0, 0, 0,
    0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];
const GIF: &[u8] = b"GIF89a\x10\x00\x10\x00\x00\x00\x00\x00;";
const MP4: &[u8] = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom";

fn photo() -> Media {
    Media::bytes(PNG).media_type("image/png")
}

fn movie(bytes: Vec<u8>) -> Media {
    Media::bytes(bytes)
        .media_type("video/mp4")
        .kind(MediaKind::Video)
}

/// An upload of Anna's, whose number is told.
pub(super) fn upload(net: &Net, category: &str, bytes: &[u8]) -> String {
    let fields = [("media_category", category)];
    let told = net.form("/2/media/upload", &fields, bytes).1;
    told["data"]["id"].as_str().unwrap_or_default().to_owned()
}

fn with(files: &[&str]) -> Value {
    json!({"text": files.join(" "), "media": {"media_ids": files}})
}

async fn described(net: Net, _: &Scene<'_>) -> Verdict {
    let draft = Draft::text("See").media(photo().alt("A dot"));
    let made = net.me.publish(&draft).await?;
    let read = net.me.post(&made.id).await?;
    let alt = read.media.first().and_then(|file| file.alt.as_deref());
    holds(alt == Some("A dot"), &format!("it is {alt:?}"))
}

async fn long_description(net: Net, _: &Scene<'_>) -> Verdict {
    let long = Draft::text("See").media(photo().alt("x".repeat(1001)));
    is_kind(net.quiet(net.me.publish(&long)).await?, "Invalid", "it")?;
    let file = upload(&net, "tweet_image", PNG);
    let text = json!({"alt_text": {"text": "x".repeat(1001)}});
    let body = json!({"id": file, "metadata": text});
    let told = post(&net.me, "/2/media/metadata", body).await;
    refused(told, 400, "Invalid", "it")?;
    let most = Draft::text("See").media(photo().alt("x".repeat(1000)));
    net.me.publish(&most).await?;
    Ok(())
}

async fn garbage(net: Net, _: &Scene<'_>) -> Verdict {
    let draft = Draft::text("See").media(Media::bytes("nothing").media_type("image/png"));
    refused(net.me.publish(&draft).await, 400, "Invalid", "it")?;
    holds(net.fake.posts() == 0, "something is published")
}

async fn video(net: Net, _: &Scene<'_>) -> Verdict {
    let mut bytes = MP4.to_vec();
    bytes.resize(3 * 1024 * 1024 + 5, 7);
    let began = net.now();
    let draft = Draft::text("Moving").media(movie(bytes));
    let made = net.me.publish(&draft).await?;
    let pieces = net.asked("POST /2/media/upload/{id}/append");
    let sizes: Vec<usize> = pieces
        .iter()
        .flat_map(|piece| piece.files.iter().map(|file| file.2))
        .collect();
    holds(
        sizes.len() == 4 && sizes.iter().all(|size| *size <= 1024 * 1024),
        &format!("the pieces are {sizes:?}"),
    )?;
    holds(
        net.now().duration_since(began) >= SignedDuration::from_secs(10),
        "it is not waited for",
    )?;
    holds(
        !net.asked("GET /2/media/upload").is_empty(),
        "nobody asks how far it is",
    )?;
    let read = net.me.post(&made.id).await?;
    let kind = read.media.first().map(|file| &file.kind);
    holds(kind == Some(&MediaKind::Video), &format!("it is {kind:?}"))
}

async fn begin(net: &Net, bytes: usize) -> Result<String, Stop> {
    let body =
        json!({"media_category": "tweet_video", "media_type": "video/mp4", "total_bytes": bytes});
    let told = post(&net.me, "/2/media/upload/initialize", body).await?;
    Ok(told["data"]["id"].as_str().unwrap_or_default().to_owned())
}

fn piece(net: &Net, file: &str, place: &str, bytes: &[u8]) -> u16 {
    let path = format!("/2/media/upload/{file}/append");
    net.form(&path, &[("segment_index", place)], bytes).0
}

async fn end(net: &Net, file: &str) -> sociable::Result<Value> {
    post(
        &net.me,
        &format!("/2/media/upload/{file}/finalize"),
        Value::Null,
    )
    .await
}

async fn large_piece(net: Net, _: &Scene<'_>) -> Verdict {
    let large = vec![0; 3 * 1024 * 1024];
    let file = begin(&net, large.len()).await?;
    holds(piece(&net, &file, "0", &large) == 413, "it is taken")?;
    let small = piece(&net, &file, "0", &large[..1024 * 1024]);
    holds(small == 200, "a mebibyte is refused, too")
}

async fn whole(net: Net, _: &Scene<'_>) -> Verdict {
    let (front, back) = MP4.split_at(10);
    let file = begin(&net, MP4.len()).await?;
    piece(&net, &file, "0", front);
    refused(end(&net, &file).await, 400, "Invalid", "half of it")?;
    piece(&net, &file, "1", back);
    end(&net, &file).await?;
    Ok(())
}

async fn not_ready(net: Net, scene: &Scene<'_>) -> Verdict {
    let file = begin(&net, MP4.len()).await?;
    piece(&net, &file, "0", MP4);
    end(&net, &file).await?;
    refused(written(&net.me, with(&[&file])).await, 400, "Invalid", "it")?;
    scene.stage().pass(Duration::from_secs(11)).await;
    written(&net.me, with(&[&file])).await?;
    Ok(())
}

async fn failed_work(net: Net, _: &Scene<'_>) -> Verdict {
    net.fake.set_processing(SignedDuration::from_secs(60));
    let draft = Draft::text("Moving").media(movie(MP4.to_vec()));
    let fails = async {
        loop {
            if !net.asked("GET /2/media/upload").is_empty() {
                net.fake.fail_processing_of_all();
                std::future::pending::<()>().await;
            }
            let soon = net.now().checked_add(SignedDuration::from_secs(1));
            sociable::client::Clock::sleep_until(&net.clock, soon.unwrap()).await;
        }
    };
    let published = net.me.publish(&draft);
    let published = match futures_util::future::select(
        std::pin::pin!(published),
        std::pin::pin!(fails),
    )
    .await
    {
        futures_util::future::Either::Left((published, _)) => published,
        futures_util::future::Either::Right(_) => return holds(false, "it goes on for ever"),
    };
    let told = published.is_err_and(|error| matches!(error.kind(), ErrorKind::Invalid(_)));
    holds(told, "it is not told")?;
    holds(net.fake.posts() == 0, "something is published")
}

async fn counts(net: Net, scene: &Scene<'_>) -> Verdict {
    let photos: Vec<String> = (0..5).map(|_| upload(&net, "tweet_image", PNG)).collect();
    let photos: Vec<&str> = photos.iter().map(String::as_str).collect();
    let five = (0..5).fold(Draft::text("Five"), |draft, _| draft.media(photo()));
    is_kind(net.quiet(net.me.publish(&five)).await?, "Invalid", "five")?;
    refused(
        written(&net.me, with(&photos)).await,
        400,
        "Invalid",
        "five",
    )?;
    let gif = upload(&net, "tweet_gif", GIF);
    scene.stage().pass(Duration::from_secs(11)).await;
    let mixed = written(&net.me, with(&[photos[0], &gif])).await;
    refused(mixed, 400, "Invalid", "a GIF beside a photo")?;
    written(&net.me, with(&photos[..4])).await?;
    written(&net.me, with(&[&gif])).await?;
    Ok(())
}

async fn own_files(net: Net, _: &Scene<'_>) -> Verdict {
    let file = upload(&net, "tweet_image", PNG);
    let draft = Draft::text("Stolen").media(Media::existing(file.as_str()).kind(MediaKind::Image));
    refused(net.bob().publish(&draft).await, 400, "Invalid", "it")?;
    net.me.publish(&draft).await?;
    Ok(())
}

async fn places(net: Net, _: &Scene<'_>) -> Verdict {
    let file = upload(&net, "dm_image", PNG);
    refused(written(&net.me, with(&[&file])).await, 400, "Invalid", "it")
}

async fn expires(net: Net, scene: &Scene<'_>) -> Verdict {
    let (used, left) = (
        upload(&net, "tweet_image", PNG),
        upload(&net, "tweet_image", PNG),
    );
    let profile = net.me.profile();
    let draft = Draft::text("Prepared").media(photo());
    let checked = draft.checked(&profile)?;
    let prepared = net.me.prepare(&checked).await?;
    written(&net.me, with(&[&used])).await?;
    let day = Duration::from_secs(24 * 3600);
    let kept = prepared.expires_at.map(|at| at.duration_since(net.now()));
    holds(
        kept.is_some_and(|kept| kept.unsigned_abs() <= day),
        "it is not told until when the files are kept",
    )?;
    scene.stage().pass(day).await;
    refused(written(&net.me, with(&[&left])).await, 400, "Invalid", "it")?;
    holds(net.me.commit(&prepared).await.is_err(), "it is published")?;
    written(&net.me, with(&[&used, &upload(&net, "tweet_image", PNG)])).await?;
    let path = "/2/media/upload";
    let params = json!({"command": "STATUS", "media_id": left});
    holds(get(&net.me, path, params).await.is_err(), "it is there")
}

async fn no_poll(net: Net, _: &Scene<'_>) -> Verdict {
    let mut both = with(&[&upload(&net, "tweet_image", PNG)]);
    both["poll"] = json!({"options": ["a", "b"], "duration_minutes": 5});
    refused(written(&net.me, both).await, 400, "Invalid", "it")
}
