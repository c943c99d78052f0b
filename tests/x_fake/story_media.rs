//! Files: whole and in pieces, worked on, described, and left alone.

use serde_json::{Value, json};
use sociable::adapters::x::fake::Fake;
use sociable::jiff::SignedDuration;

use crate::net::{GIF, MP4, Net, PNG, Seen, id, text};

stories!(
    a_photo_is_uploaded_described_and_shown,
    a_video_comes_in_pieces_and_is_worked_on,
    a_piece_beyond_a_mebibyte_is_refused_by_the_edge,
    work_that_fails_says_so,
    a_post_holds_four_photos_or_one_video,
    a_file_is_one_s_own_and_for_its_place,
    a_file_that_nobody_uses_is_gone_after_a_day,
    a_video_has_subtitles_by_language,
);

fn with(net: &Net, words: &str, media: &[&str]) -> Seen {
    net.post(
        "/2/tweets",
        &json!({ "text": words, "media": { "media_ids": media } }),
    )
}

fn a_photo_is_uploaded_described_and_shown(net: &Net) {
    let seen = net
        .file("/2/media/upload", &[("media_category", "tweet_image")], PNG)
        .data();
    assert_eq!(seen["size"], PNG.len());
    assert_eq!(seen["expires_after_secs"], 86_400);
    assert!(seen["processing_info"].is_null());
    let photo = id(&seen);
    let alt = |words: &str| {
        net.post(
            "/2/media/metadata",
            &json!({ "id": photo, "metadata": { "alt_text": { "text": words } } }),
        )
    };
    alt(&"x".repeat(1001)).refused(400);
    alt("A dot").ok();
    let post = id(&with(net, "See", &[&photo]).data());
    let told = net
        .get(&format!("/2/tweets/{post}?tweet.fields=attachments,entities,display_text_range&expansions=attachments.media_keys&media.fields=alt_text,url,width,height"))
        .ok();
    let media = &told["includes"]["media"][0];
    assert_eq!(
        (&media["type"], &media["alt_text"]),
        (&json!("photo"), &json!("A dot"))
    );
    assert_eq!((&media["width"], &media["height"]), (&json!(1), &json!(1)));
    assert_eq!(
        told["data"]["attachments"]["media_keys"][0],
        media["media_key"]
    );
    // A link to the photo stands behind the text.
    assert!(text(&told["data"]["text"]).starts_with("See https://t.co/"));
    assert_eq!(told["data"]["display_text_range"], json!([0, 3]));
    assert_eq!(
        told["data"]["entities"]["urls"][0]["media_key"],
        media["media_key"]
    );
    net.file(
        "/2/media/upload",
        &[("media_category", "tweet_image")],
        b"nothing",
    )
    .refused(400);
    net.file(
        "/2/media/upload",
        &[("media_category", "tweet_image"), ("alt", "x")],
        PNG,
    )
    .refused(400);
    net.file("/2/media/upload", &[], PNG).refused(400);
    let json = json!({ "media": "aGVsbG8=", "media_category": "tweet_image" });
    net.post("/2/media/upload", &json).refused(400);
}

fn begin(net: &Net, category: &str, kind: &str, total: usize) -> Seen {
    net.post(
        "/2/media/upload/initialize",
        &json!({ "media_category": category, "media_type": kind, "total_bytes": total }),
    )
}

fn piece(net: &Net, id: &str, place: &str, bytes: &[u8]) -> Seen {
    net.file(
        &format!("/2/media/upload/{id}/append"),
        &[("segment_index", place)],
        bytes,
    )
}

fn end(net: &Net, id: &str) -> Seen {
    net.call(
        Fake::ANNA_TOKEN,
        "POST",
        &format!("/2/media/upload/{id}/finalize"),
        None,
    )
}

fn state(net: &Net, id: &str) -> Value {
    net.get(&format!("/2/media/upload?command=STATUS&media_id={id}"))
        .data()["processing_info"]
        .clone()
}

/// A video that was sent whole.
fn video(net: &Net) -> String {
    let id = id(&begin(net, "tweet_video", "video/mp4", MP4.len()).data());
    piece(net, &id, "0", MP4).ok();
    end(net, &id).ok();
    id
}

fn a_video_comes_in_pieces_and_is_worked_on(net: &Net) {
    begin(net, "tweet_video", "image/png", 5).refused(400);
    begin(net, "tweet_movie", "video/mp4", 5).refused(400);
    let (front, back) = MP4.split_at(10);
    let video = id(&begin(net, "tweet_video", "video/mp4", MP4.len()).data());
    piece(net, &video, "0", front).ok();
    end(net, &video).refused(400);
    piece(net, &video, "1000", back).refused(400);
    let told = piece(net, &video, "1", back).data();
    assert_eq!(told["expires_at"], net.now().as_second() + 86_400);
    with(net, "Too early", &[&video]).refused(400);
    let told = end(net, &video).data();
    assert_eq!(told["processing_info"]["state"], "pending");
    let wait = told["processing_info"]["check_after_secs"]
        .as_i64()
        .unwrap();
    assert!((1..=5).contains(&wait));
    with(net, "Too early", &[&video]).refused(400);
    net.seconds(5);
    let info = state(net, &video);
    assert_eq!(
        (&info["state"], &info["progress_percent"]),
        (&json!("in_progress"), &json!(50))
    );
    net.seconds(5);
    assert_eq!(
        state(net, &video),
        json!({ "state": "succeeded", "progress_percent": 100 })
    );
    piece(net, &video, "2", back).refused(400);
    let post = id(&with(net, "Now", &[&video]).data());
    let told = net
        .get(&format!("/2/tweets/{post}?expansions=attachments.media_keys&media.fields=duration_ms,variants,preview_image_url,public_metrics"))
        .ok();
    let media = &told["includes"]["media"][0];
    assert_eq!(media["type"], "video");
    assert_eq!(media["variants"][0]["content_type"], "video/mp4");
    net.get("/2/media/upload?media_id=1").refused(404);
    end(net, "1").refused(404);
}

fn a_piece_beyond_a_mebibyte_is_refused_by_the_edge(net: &Net) {
    let large = vec![0; 3 * 1024 * 1024];
    let video = id(&begin(net, "tweet_video", "video/mp4", large.len()).data());
    let seen = piece(net, &video, "0", &large);
    assert_eq!(seen.status, 413);
    assert!(seen.bytes.is_empty());
    piece(net, &video, "0", &large[..1024 * 1024]).ok();
}

fn work_that_fails_says_so(net: &Net) {
    let video = video(net);
    net.fake.fail_processing(video.parse().unwrap());
    net.seconds(10);
    assert_eq!(state(net, &video)["state"], "failed");
    with(net, "Broken", &[&video]).refused(400);
}

fn a_post_holds_four_photos_or_one_video(net: &Net) {
    let photos: Vec<String> = (0..5).map(|_| net.photo()).collect();
    let photos: Vec<&str> = photos.iter().map(String::as_str).collect();
    with(net, "None", &[]).refused(400);
    with(net, "Five", &photos).refused(400);
    with(net, "Four", &photos[..4]).ok();
    let video = video(net);
    let gif = id(&net
        .file("/2/media/upload", &[("media_category", "tweet_gif")], GIF)
        .data());
    net.seconds(10);
    with(net, "Mixed", &[photos[0], &video]).refused(400);
    with(net, "Two", &[&video, &gif]).refused(400);
    with(net, "GIF", &[&gif]).ok();
    with(net, "", &[&video]).ok();
}

fn a_file_is_one_s_own_and_for_its_place(net: &Net) {
    let photo = net.photo();
    let body = json!({ "text": "Stolen", "media": { "media_ids": [photo] } });
    net.call(Fake::BOB_TOKEN, "POST", "/2/tweets", Some(&body))
        .refused(400);
    with(net, "Unknown", &["1"]).refused(400);
    let other = net
        .file("/2/media/upload", &[("media_category", "dm_image")], PNG)
        .data();
    with(net, "For a message", &[&id(&other)]).refused(400);
    net.file("/2/media/upload", &[("media_category", "tweet_video")], PNG)
        .refused(400);
}

fn a_file_that_nobody_uses_is_gone_after_a_day(net: &Net) {
    let (used, left) = (net.photo(), net.photo());
    with(net, "Kept", &[&used]).ok();
    net.wait(SignedDuration::from_hours(24));
    with(net, "Late", &[&left]).refused(400);
    net.post(
        "/2/media/metadata",
        &json!({ "id": left, "metadata": { "alt_text": { "text": "x" } } }),
    )
    .refused(404);
    with(net, "Again", &[&used]).ok();
}

fn a_video_has_subtitles_by_language(net: &Net) {
    let video = video(net);
    let words = b"1\n00:00:00,000 --> 00:00:01,000\nHi\n";
    let file = net
        .file("/2/media/upload", &[("media_category", "subtitles")], words)
        .data();
    let body = |code: &str| {
        json!({
            "id": video, "media_category": "TweetVideo",
            "subtitles": { "id": id(&file), "language_code": code, "display_name": "English" },
        })
    };
    net.post("/2/media/subtitles", &body("english"))
        .refused(400);
    let told = net.post("/2/media/subtitles", &body("EN")).data();
    assert_eq!(told["associated_subtitles"]["language_code"], "EN");
    let off = || {
        let body = json!({ "id": video, "media_category": "TweetVideo", "language_code": "EN" });
        net.call(
            Fake::ANNA_TOKEN,
            "DELETE",
            "/2/media/subtitles",
            Some(&body),
        )
        .data()
    };
    assert_eq!(off(), json!({ "deleted": true }));
    assert_eq!(off(), json!({ "deleted": false }));
}
