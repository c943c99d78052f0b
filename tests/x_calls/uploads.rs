//! Files: pictures at once, videos in pieces, and the network's work on them.

use super::*;

const POST: &str = "POST /2/tweets";

fn mp4(size: usize) -> Media {
    let mut media = Media::bytes(vec![7_u8; size])
        .media_type("video/mp4")
        .name("a.mp4");
    media.kind = Some(MediaKind::Video);
    media
}

fn takes_videos(server: &Server) {
    server.says(
        "POST /2/media/upload/initialize",
        json!({"data": {"id": "500", "media_key": "13_500", "expires_after_secs": 86400}}),
    );
    server.says(
        "POST /2/media/upload/500/append",
        json!({"data": {"expires_at": 1773480000}}),
    );
    server.says(POST, json!({"data": {"id": "77", "text": "x"}}));
}

async fn prepared(x: &X, draft: Draft) -> sociable::Result<sociable::Prepared> {
    let checked = draft.checked(&x.profile()).unwrap();
    x.prepare(&checked).await
}

#[tokio::test]
async fn a_picture_goes_at_once_and_is_described_before_the_post() {
    let (server, clock) = (Server::default(), clock());
    server.says(
        "POST /2/media/upload",
        json!({"data": {"id": "500", "media_key": "3_500", "size": 45}}),
    );
    server.says("POST /2/media/metadata", json!({"data": {"id": "500"}}));
    server.says(POST, json!({"data": {"id": "77", "text": "x"}}));
    let x = whole(&server, &clock);
    let post = x
        .publish(&Draft::text("look").media(png().alt("A dot.")))
        .await
        .unwrap();
    let asked = server.take();
    let calls: Vec<&str> = asked.iter().map(|asked| asked.call.as_str()).collect();
    assert_eq!(
        calls,
        [
            "GET /2/users/me",
            "POST /2/media/upload",
            "POST /2/media/metadata",
            POST
        ]
    );
    let form = asked[1].text();
    assert!(
        form.contains("name=\"media_category\"\r\n\r\ntweet_image")
            && form.contains("filename=\"a.png\""),
        "{form}"
    );
    assert_eq!(
        asked[2].json(),
        json!({"id": "500", "metadata": {"alt_text": {"text": "A dot."}}})
    );
    assert_eq!(
        asked[3].json(),
        json!({"text": "look", "media": {"media_ids": ["500"]}})
    );
    assert_eq!(post.media[0].alt.as_deref(), Some("A dot."));
}

#[tokio::test]
async fn a_video_goes_in_pieces_and_is_waited_for() {
    let (server, clock) = (Server::default(), clock());
    takes_videos(&server);
    let state = |state: &str, wait: u64| json!({"data": {"id": "500", "processing_info": {"state": state, "check_after_secs": wait, "progress_percent": 8}}});
    server.says("POST /2/media/upload/500/finalize", state("pending", 5));
    server
        .says("GET /2/media/upload", state("in_progress", 7))
        .says("GET /2/media/upload", state("succeeded", 0));
    let x = whole(&server, &clock);
    let began = clock.now();
    let size = 2 * 1024 * 1024 + 10;
    let post = clock
        .drive(async { x.publish(&Draft::text("film").media(mp4(size))).await })
        .await
        .unwrap();
    assert_eq!(clock.now().duration_since(began).as_secs(), 12);
    assert_eq!(post.media[0].kind, MediaKind::Video);
    let asked = server.take();
    assert_eq!(
        asked[1].json(),
        json!({"media_type": "video/mp4", "total_bytes": size, "media_category": "tweet_video"})
    );
    let pieces: Vec<&Asked> = asked
        .iter()
        .filter(|asked| asked.call.ends_with("/append"))
        .collect();
    assert_eq!(pieces.len(), 3);
    for (index, piece) in pieces.iter().enumerate() {
        assert!(
            piece
                .text()
                .contains(&format!("name=\"segment_index\"\r\n\r\n{index}\r\n")),
            "{index}"
        );
    }
    assert!(pieces[0].body.len() > 1024 * 1024 && pieces[2].body.len() < 1000);
    let looks: Vec<&Asked> = asked
        .iter()
        .filter(|asked| asked.call == "GET /2/media/upload")
        .collect();
    assert_eq!(
        (
            looks.len(),
            looks[0].query["command"].as_str(),
            looks[0].query["media_id"].as_str()
        ),
        (2, "STATUS", "500")
    );
}

#[tokio::test]
async fn a_video_that_cannot_be_used_is_invalid_and_nothing_is_published() {
    let (server, clock) = (Server::default(), clock());
    takes_videos(&server);
    let failed = json!({"data": {"id": "500", "processing_info": {"state": "failed", "error": {"code": 1, "name": "InvalidMedia", "message": "unsupported codec"}}}});
    server.says("POST /2/media/upload/500/finalize", failed);
    let x = whole(&server, &clock);
    let error = x
        .publish(&Draft::text("film").media(mp4(10)))
        .await
        .unwrap_err();
    assert_eq!(error.violations()[0].field, "media[0]");
    assert!(error.message().contains("unsupported codec"), "{error}");
    assert!(!server.calls().contains(&POST.to_owned()));
}

#[tokio::test]
async fn pieces_that_the_edge_calls_too_large_are_halved() {
    let (server, clock) = (Server::default(), clock());
    takes_videos(&server);
    server.says(
        "POST /2/media/upload/500/finalize",
        json!({"data": {"id": "500"}}),
    );
    server
        .forgets("POST /2/media/upload/500/append")
        .says("POST /2/media/upload/500/append", Says::status(413, ""))
        .says("POST /2/media/upload/500/append", json!({"data": {}}));
    let x = whole(&server, &clock);
    prepared(&x, Draft::text("film").media(mp4(1024 * 1024)))
        .await
        .unwrap();
    let calls = server.calls();
    let count = |name: &str| calls.iter().filter(|call| call.ends_with(name)).count();
    assert_eq!(
        (count("/initialize"), count("/append"), count("/finalize")),
        (2, 3, 1)
    );
}

#[tokio::test]
async fn an_upload_that_breaks_off_is_sent_again_and_a_held_file_is_not() {
    let (server, clock) = (Server::default(), clock());
    server
        .says("POST /2/media/upload", Says::status(503, ""))
        .says("POST /2/media/upload", json!({"data": {"id": "500"}}));
    let x = whole(&server, &clock);
    let ready = clock
        .drive(prepared(&x, Draft::text("look").media(png())))
        .await
        .unwrap();
    assert!(ready.expires_at.is_some());
    assert_eq!(
        server
            .calls()
            .iter()
            .filter(|call| call.ends_with("/upload"))
            .count(),
        2
    );
    let mut held = Media::existing("3_500");
    held.kind = Some(MediaKind::Image);
    let ready = prepared(&x, Draft::text("again").media(held))
        .await
        .unwrap();
    assert_eq!(ready.payload["body"]["media"]["media_ids"], json!(["500"]));
    assert_eq!(server.calls(), Vec::<String>::new());
}
