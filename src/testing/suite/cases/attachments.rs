//! What goes with a post: files, their descriptions, link cards and polls.

use std::time::Duration;

use super::super::case::{Stop, Verdict, cases, ensure};
use super::super::samples;
use super::super::scene::Scene;
use crate::model::{Draft, LinkCard, Media, MediaKind, Poll, Post, PostState};
use crate::operation::Operation;

cases! {
    "publish.image: pictures are read back in their order" => images_are_kept, PUBLISH_IMAGE;
    "publish.image: as many pictures as are allowed are taken" => as_many_images_as_allowed, PUBLISH_IMAGE;
    "publish.image: a picture can stand in a quote" => image_in_a_quote, PUBLISH_IMAGE, [PUBLISH_QUOTE];
    "publish.image: a picture from a file is published" => image_from_a_file, PUBLISH_IMAGE;
    "publish.video: a video is published" => video_is_kept, PUBLISH_VIDEO;
    "publish.gif: a moving picture is published" => gif_is_kept, PUBLISH_GIF;
    "publish.audio: a sound is published" => audio_is_kept, PUBLISH_AUDIO;
    "publish.document: a file is published" => document_is_kept, PUBLISH_DOCUMENT;
    "publish.alt_text: descriptions are read back" => alt_text_is_kept, PUBLISH_ALT_TEXT;
    "publish.link: a link card is read back" => link_card_is_kept, PUBLISH_LINK;
    "publish.link: a link card has its picture" => link_card_has_its_picture, PUBLISH_LINK, [PUBLISH_IMAGE];
    "publish.poll: a poll is read back" => poll_is_kept, PUBLISH_POLL;
}

/// Publishes files and reads the post back once they are shown.
async fn with_files(scene: &Scene<'_>, media: Vec<Media>) -> Result<Post, Stop> {
    let draft = of_files(scene, media);
    let post = scene.publish(&draft).await?;
    shown(scene, &post, &draft).await
}

fn of_files(scene: &Scene<'_>, media: Vec<Media>) -> Draft {
    let mut draft = Draft::text(format!("With files: {}", scene.word()));
    draft.media = media;
    draft
}

/// Reads a post back once its files are shown.
async fn shown(scene: &Scene<'_>, post: &Post, draft: &Draft) -> Result<Post, Stop> {
    let wished: Vec<MediaKind> = draft
        .media
        .iter()
        .map(|m| m.effective_kind().unwrap_or(MediaKind::Document))
        .collect();
    let text = draft.text.as_str();
    scene
        .eventually(async || {
            let read = scene.read(&post.id).await?;
            let shown: Vec<MediaKind> = read.media.iter().map(|m| m.kind.clone()).collect();
            // A network may still be at work on a video, and shows it then.
            ensure!(
                shown == wished || read.state == PostState::Processing,
                "it shows {shown:?}, not {wished:?}"
            );
            ensure!(
                read.text.as_str() == text,
                "its text is {:?}",
                read.text.as_str()
            );
            Ok(read)
        })
        .await
}

async fn images_are_kept(scene: &Scene<'_>) -> Verdict {
    let post = with_files(scene, vec![samples::wide_picture()]).await?;
    let dimensions = post.media.first().and_then(|m| m.dimensions);
    // Any unit of the same proportion will do.
    ensure!(
        dimensions.is_none_or(|(w, h)| w * 2 == h * 3),
        "a picture of 3 × 2 is told as {dimensions:?}"
    );
    ensure!(
        post.media.iter().all(|m| m.url.is_some() || m.id.is_some()),
        "nothing tells where the picture is"
    );
    Ok(())
}

fn most_images(scene: &Scene<'_>) -> u32 {
    let rules = &scene.profile().media;
    let of_kind = rules.kinds.get(&MediaKind::Image).and_then(|l| l.max_count);
    match (of_kind, rules.max_count) {
        (Some(a), Some(b)) => a.min(b),
        (a, b) => a.or(b).unwrap_or(1),
    }
}

async fn as_many_images_as_allowed(scene: &Scene<'_>) -> Verdict {
    let most = most_images(scene).min(10);
    let with_alt = scene.can(&Operation::PUBLISH_ALT_TEXT);
    let files: Vec<Media> = (0..most)
        .map(|i| {
            let file = if i % 2 == 0 {
                samples::wide_picture()
            } else {
                samples::high_picture()
            };
            if with_alt {
                file.alt(format!("Picture {i}"))
            } else {
                file
            }
        })
        .collect();
    let post = with_files(scene, files).await?;
    for (i, shown) in post.media.iter().enumerate() {
        if let Some((width, height)) = shown.dimensions {
            ensure!(
                (width > height) == (i % 2 == 0),
                "the pictures stand in another order: number {i} is {width} × {height}"
            );
        }
        if with_alt {
            ensure!(
                shown.alt.as_deref() == Some(format!("Picture {i}").as_str()),
                "picture {i} is described as {:?}",
                shown.alt
            );
        }
    }
    Ok(())
}

async fn image_in_a_quote(scene: &Scene<'_>) -> Verdict {
    let quoted = scene.their_post().await?;
    let draft = Draft::text(format!("With a picture: {}", scene.word()))
        .quote(&quoted)
        .media(samples::wide_picture());
    if scene.profile().media.apart_from_quote {
        let call = scene.me();
        let refused = scene.refused("a picture in a quote", call.publish(&draft));
        return refused.await.map(drop);
    }
    let post = scene.publish(&draft).await?;
    scene
        .eventually(async || {
            let read = scene.read(&post.id).await?;
            ensure!(
                read.quote.as_ref() == Some(&quoted.id),
                "it quotes {:?}",
                read.quote
            );
            ensure!(read.media.len() == 1, "it shows {} files", read.media.len());
            Ok(())
        })
        .await
}

async fn image_from_a_file(scene: &Scene<'_>) -> Verdict {
    let crate::model::MediaSource::Bytes(bytes) = samples::wide_picture().source else {
        return Ok(());
    };
    // What the second allows is there again, since no time passes while the file is read.
    scene.stage().pass(Duration::from_secs(2)).await;
    let still = scene.stage().hold();
    let path = std::env::temp_dir().join(format!("{}.png", scene.word()));
    tokio::fs::write(&path, &bytes)
        .await
        .map_err(|e| Stop::passed_over(format!("a file cannot be written here: {e}")))?;
    let draft = of_files(scene, vec![Media::file(&path).kind(MediaKind::Image)]);
    let outcome = scene.publish(&draft).await;
    // What stays behind in the temporary folder does no harm.
    let _ = tokio::fs::remove_file(&path).await;
    drop(still);
    shown(scene, &outcome?, &draft).await.map(drop)
}

async fn of_kind(scene: &Scene<'_>, kind: MediaKind) -> Verdict {
    with_files(scene, vec![samples::file(&kind)])
        .await
        .map(drop)
}

async fn video_is_kept(scene: &Scene<'_>) -> Verdict {
    of_kind(scene, MediaKind::Video).await
}

async fn gif_is_kept(scene: &Scene<'_>) -> Verdict {
    of_kind(scene, MediaKind::Gif).await
}

async fn audio_is_kept(scene: &Scene<'_>) -> Verdict {
    of_kind(scene, MediaKind::Audio).await
}

async fn document_is_kept(scene: &Scene<'_>) -> Verdict {
    of_kind(scene, MediaKind::Document).await
}

async fn alt_text_is_kept(scene: &Scene<'_>) -> Verdict {
    let kinds = [MediaKind::Image, MediaKind::Video, MediaKind::Gif];
    let operations = [
        Operation::PUBLISH_IMAGE,
        Operation::PUBLISH_VIDEO,
        Operation::PUBLISH_GIF,
    ];
    let mut played = false;
    for (kind, operation) in kinds.iter().zip(&operations) {
        if !scene.can(operation) {
            continue;
        }
        played = true;
        let alt = "Ein roter Streifen, 赤い縞 — \"so\" & <so>\nin two lines";
        let described = with_files(scene, vec![samples::file(kind).alt(alt)]).await?;
        if described.state == PostState::Processing {
            continue;
        }
        ensure!(
            described.media.first().and_then(|m| m.alt.as_deref()) == Some(alt),
            "the description is read back as {:?}",
            described.media.first().map(|m| &m.alt)
        );
        let plain = with_files(scene, vec![samples::file(kind)]).await?;
        ensure!(
            plain
                .media
                .iter()
                .all(|m| m.alt.as_deref().unwrap_or_default().is_empty()),
            "a description is invented"
        );
    }
    if played {
        Ok(())
    } else {
        Err(Stop::passed_over(
            "no picture and no video can be published",
        ))
    }
}

async fn link_card_is_kept(scene: &Scene<'_>) -> Verdict {
    let url = format!("https://example.com/{}?a=1&b=%C3%A9", scene.word());
    let card = LinkCard::new(url.as_str())
        .title("A title — 題")
        .description("And what it is.");
    let draft = Draft::text(format!("A card: {}", scene.word())).link(card);
    let post = scene.publish(&draft).await?;
    scene
        .eventually(async || {
            let read = scene.read(&post.id).await?;
            let Some(link) = &read.link else {
                return Err(Stop::failed("it has no link card"));
            };
            ensure!(link.url == url, "the card leads to {}", link.url);
            ensure!(
                link.title.as_deref().is_none_or(|t| t == "A title — 題"),
                "the card's title is {:?}",
                link.title
            );
            ensure!(read.media.is_empty(), "the card is told as a file, too");
            Ok(())
        })
        .await
}

async fn link_card_has_its_picture(scene: &Scene<'_>) -> Verdict {
    let url = format!("https://example.com/{}", scene.word());
    let card = LinkCard::new(url.as_str())
        .title("With a picture")
        .thumbnail(samples::wide_picture());
    let draft = Draft::text(format!("A card: {}", scene.word())).link(card);
    let post = scene.publish(&draft).await?;
    scene
        .eventually(async || {
            let read = scene.read(&post.id).await?;
            let Some(link) = &read.link else {
                return Err(Stop::failed("it has no link card"));
            };
            ensure!(link.url == url, "the card leads to {}", link.url);
            ensure!(link.preview.is_some(), "the card has lost its picture");
            Ok(())
        })
        .await
}

async fn poll_is_kept(scene: &Scene<'_>) -> Verdict {
    let poll = Poll::new(["Now", "Later — позже"]).open_for(Duration::from_secs(3600));
    let draft = Draft::text(format!("When? {}", scene.word())).poll(poll);
    let post = scene.publish(&draft).await?;
    let read = scene.read(&post.id).await?;
    let Some(poll) = &read.poll else {
        return Err(Stop::failed("it has no poll"));
    };
    let options: Vec<&str> = poll.options.iter().map(|o| o.text.as_str()).collect();
    ensure!(
        options == ["Now", "Later — позже"],
        "the answers are {options:?}"
    );
    ensure!(
        poll.options
            .iter()
            .all(|o| o.votes.unwrap_or_default() == 0),
        "votes are invented"
    );
    ensure!(!poll.multiple, "several answers may be chosen, it says");
    if let Some(closes) = poll.closes_at {
        let within = jiff::SignedDuration::from_mins(10);
        ensure!(
            closes.duration_since(scene.in_hours(1)).abs() <= within,
            "it closes at {closes}, not in an hour"
        );
    }
    Ok(())
}
