//! Photos, videos, documents and stories: every step of them.

use serde_json::{Value, json};
use sociable::adapters::vk::fake::{Fake, Fault};
use sociable::jiff::SignedDuration;

use crate::net::{CLUB, Net, PNG, WALL, attached, text};

fn photo_server(net: &Net) -> Value {
    net.admin("photos.getWallUploadServer", &[("group_id", CLUB)])
        .ok()
}

fn save(
    net: &Net,
    token: &str,
    method: &str,
    sent: &Value,
    more: &[(&str, &str)],
) -> crate::net::Seen {
    let server = sent["server"].to_string();
    let mut form = vec![
        ("server", server.as_str()),
        ("photo", text(&sent["photo"])),
        ("hash", text(&sent["hash"])),
    ];
    form.extend_from_slice(more);
    net.call(token, method, &form)
}

fn a_photo_is_uploaded_saved_and_attached(net: &Net) {
    let photo = net.photo("Caption");
    assert_eq!(photo["owner_id"], Fake::ADMIN, "the user who uploaded it");
    assert_eq!(photo["text"], "Caption");
    let name = format!("{}_{}", photo["owner_id"], photo["id"]);
    let told = net.service("photos.getById", &[("photos", &name)]).ok();
    assert_eq!(told[0]["id"], photo["id"]);
    let id = net.publish(&[("attachments", &attached("photo", &photo))]);
    let shown = &net.posts(&[id])[0]["attachments"][0]["photo"];
    assert_eq!(shown["sizes"][0]["type"], "s");
}

fn a_file_that_is_no_photo_gets_an_empty_list(net: &Net) {
    let server = photo_server(net);
    let url = text(&server["upload_url"]);
    let sent = net.file(url, "photo", "a.png", b"not a photo");
    assert_eq!(sent["photo"], "[]");
    let form = [("group_id", CLUB)];
    save(net, Fake::USER_TOKEN, "photos.saveWallPhoto", &sent, &form).refused(100);
    let mut thin = PNG.to_vec();
    thin[16..24].copy_from_slice(&[0, 0, 0, 1, 0, 0, 0, 100]);
    let server = photo_server(net);
    let sent = net.file(text(&server["upload_url"]), "photo", "a.png", &thin);
    assert_eq!(sent["photo"], "[]", "a hundred times as high as wide");
}

fn an_address_takes_one_file_in_its_field(net: &Net) {
    let server = photo_server(net);
    let url = text(&server["upload_url"]);
    let wrong = net.file(url, "file", "a.png", PNG);
    assert!(text(&wrong["error"]).contains("not uploaded"), "{wrong}");
    assert!(net.file(url, "photo", "a.png", PNG)["error"].is_null());
    let again = net.file(url, "photo", "a.png", PNG);
    assert!(text(&again["error"]).contains("no longer good"), "{again}");
    let server = photo_server(net);
    net.wait(SignedDuration::from_hours(1));
    let late = net.file(text(&server["upload_url"]), "photo", "a.png", PNG);
    assert!(text(&late["error"]).contains("no longer good"), "{late}");
}

fn what_was_uploaded_for_one_wall_is_saved_for_it_alone(net: &Net) {
    let server = photo_server(net);
    let sent = net.file(text(&server["upload_url"]), "photo", "a.png", PNG);
    let wall = "photos.saveWallPhoto";
    save(net, Fake::USER_TOKEN, wall, &sent, &[]).refused(121);
    save(net, Fake::BOB_TOKEN, wall, &sent, &[("group_id", CLUB)]).refused(121);
    let club = [("group_id", CLUB)];
    let mut forged = sent.clone();
    forged["hash"] = json!("forged");
    save(net, Fake::USER_TOKEN, wall, &forged, &club).refused(121);
    forged = sent.clone();
    forged["server"] = json!(1);
    save(net, Fake::USER_TOKEN, wall, &forged, &club).refused(118);
    save(
        net,
        Fake::USER_TOKEN,
        "photos.saveMessagesPhoto",
        &sent,
        &[],
    )
    .refused(121);
    save(net, Fake::USER_TOKEN, wall, &sent, &club).ok();
    save(net, Fake::USER_TOKEN, wall, &sent, &club).refused(121);
}

fn an_upload_is_stopped_by_a_captcha_or_a_revoked_token(net: &Net) {
    let server = photo_server(net);
    let sent = net.file(text(&server["upload_url"]), "photo", "a.png", PNG);
    let club = [("group_id", CLUB)];
    let wall = "photos.saveWallPhoto";
    net.fake.demand_captcha(wall, true);
    save(net, Fake::USER_TOKEN, wall, &sent, &club).refused(14);
    let token = net.fake.solve_captcha();
    let solved = [("group_id", CLUB), ("success_token", token.as_str())];
    save(net, Fake::USER_TOKEN, wall, &sent, &solved).ok();
    let server = photo_server(net);
    let sent = net.file(text(&server["upload_url"]), "photo", "a.png", PNG);
    net.fake.revoke_token(Fake::USER_TOKEN);
    save(net, Fake::USER_TOKEN, wall, &sent, &club).refused(5);
}

fn a_host_of_uploads_may_fail(net: &Net) {
    let server = photo_server(net);
    let url = text(&server["upload_url"]);
    net.fake
        .fail_next("/upload/*", Fault::refuse(0, "ERR_UPLOAD_TIMEOUT"));
    assert_eq!(
        net.file(url, "photo", "a.png", PNG)["error"],
        "ERR_UPLOAD_TIMEOUT"
    );
    assert!(net.file(url, "photo", "a.png", PNG)["hash"].is_string());
}

/// A photo that the community uploads for its conversation with Bob.
fn photo_for_bob(net: &Net) -> Value {
    let server = net
        .group("photos.getMessagesUploadServer", &[("peer_id", "102")])
        .ok();
    assert_eq!(server["group_id"], Fake::GROUP);
    let sent = net.file(text(&server["upload_url"]), "photo", "a.png", PNG);
    save(
        net,
        Fake::GROUP_TOKEN,
        "photos.saveMessagesPhoto",
        &sent,
        &[],
    )
    .ok()[0]
        .clone()
}

fn a_community_sends_a_photo_and_a_document(net: &Net) {
    net.group("photos.getMessagesUploadServer", &[("peer_id", "102")])
        .refused(901);
    net.fake
        .message_as(Fake::BOB, Fake::GROUP, "Hello?", net.now());
    let photo = photo_for_bob(net);
    let server = net
        .group(
            "docs.getMessagesUploadServer",
            &[("peer_id", "102"), ("type", "doc")],
        )
        .ok();
    let sent = net.file(text(&server["upload_url"]), "file", "a.pdf", b"%PDF");
    let doc = net
        .group(
            "docs.save",
            &[("file", text(&sent["file"])), ("title", "Rules")],
        )
        .ok();
    assert_eq!(doc["doc"]["title"], "Rules");
    assert_eq!(doc["doc"]["ext"], "pdf");
    let both = format!(
        "{},{}",
        attached("photo", &photo),
        attached("doc", &doc["doc"])
    );
    net.group(
        "messages.send",
        &[
            ("peer_id", "102"),
            ("random_id", "1"),
            ("attachment", &both),
        ],
    )
    .ok();
    let history = net.group("messages.getHistory", &[("peer_id", "102")]).ok();
    let shown = &history["items"][0]["attachments"];
    assert_eq!(shown[0]["type"], "photo");
    assert_eq!(shown[1]["doc"]["size"], 4);
}

fn a_photo_of_messages_is_open_to_who_has_its_key(net: &Net) {
    net.fake
        .message_as(Fake::BOB, Fake::GROUP, "Hello?", net.now());
    let photo = photo_for_bob(net);
    let plain = attached("photo", &photo);
    let bare = net.publish(&[("message", "Without"), ("attachments", &plain)]);
    assert_eq!(net.posts(&[bare])[0]["attachments"], json!([]));
    let keyed = format!("{plain}_{}", text(&photo["access_key"]));
    let shown = net.publish(&[("message", "With"), ("attachments", &keyed)]);
    assert_eq!(net.posts(&[shown])[0]["attachments"][0]["type"], "photo");
}

fn a_video_is_posted_at_once_and_encoded_later(net: &Net) {
    let saved = net
        .admin(
            "video.save",
            &[
                ("name", "Film"),
                ("description", "Of us"),
                ("group_id", CLUB),
            ],
        )
        .ok();
    let sent = net.file(text(&saved["upload_url"]), "video_file", "a.mp4", b"film");
    assert_eq!(sent["size"], 4);
    assert_eq!(sent["video_id"], saved["video_id"]);
    let name = format!("{}_{}", saved["owner_id"], saved["video_id"]);
    let id = net.publish(&[("attachments", &format!("video{name}"))]);
    assert_eq!(
        net.posts(&[id])[0]["attachments"][0]["video"]["title"],
        "Film"
    );
    let get = || net.admin("video.get", &[("videos", &name)]).ok()["items"][0].clone();
    assert_eq!(get()["processing"], 1);
    net.seconds(10);
    assert!(get().get("processing").is_none());
    let all = net.admin("video.get", &[("owner_id", WALL)]).ok();
    assert_eq!(all["count"], 1);
}

fn documents_of_a_wall_are_taken_unless_they_run(net: &Net) {
    let server = || {
        let told = net.group("docs.getWallUploadServer", &[("group_id", CLUB)]);
        text(&told.ok()["upload_url"]).to_owned()
    };
    let sent = net.file(&server(), "file", "a.exe", b"MZ");
    assert!(text(&sent["error"]).contains("not allowed"), "{sent}");
    net.group("docs.save", &[("file", "nothing")]).refused(105);
    let sent = net.file(&server(), "file", "a.txt", b"text");
    let doc = net
        .group("docs.save", &[("file", text(&sent["file"]))])
        .ok()["doc"]
        .clone();
    assert_eq!(doc["owner_id"], -Fake::GROUP);
    assert_eq!(doc["title"], "a.txt");
    let two = format!("{0},{0}", attached("doc", &doc));
    let post = [("owner_id", WALL), ("message", "x"), ("attachments", &two)];
    net.admin("wall.post", &post).refused(100);
    let own = net.admin("docs.getUploadServer", &[]).ok();
    assert!(own["upload_url"].is_string());
}

fn eleven_photos_are_too_many(net: &Net) {
    let photos: Vec<String> = (0..11).map(|_| attached("photo", &net.photo(""))).collect();
    let ten = photos[..10].join(",");
    let id = net.publish(&[("attachments", &ten)]);
    assert_eq!(
        net.posts(&[id])[0]["attachments"].as_array().unwrap().len(),
        10
    );
    let post = [("owner_id", WALL), ("attachments", &photos.join(","))];
    net.admin("wall.post", &post).refused(100);
}

fn a_story_is_shown_for_a_day(net: &Net) {
    let server = net
        .group(
            "stories.getPhotoUploadServer",
            &[("group_id", CLUB), ("add_to_news", "1")],
        )
        .ok();
    let sent = net.file(text(&server["upload_url"]), "file", "a.png", PNG);
    let proof = text(&sent["response"]["upload_result"]);
    let saved = net.group("stories.save", &[("upload_results", proof)]).ok();
    assert_eq!(saved["items"][0]["owner_id"], -Fake::GROUP);
    let get = || net.group("stories.get", &[("owner_id", WALL)]).ok();
    assert_eq!(get()["items"][0]["stories"][0]["type"], "photo");
    net.wait(SignedDuration::from_hours(24));
    assert_eq!(get()["count"], 0);
    net.group("stories.save", &[("upload_results", "nothing")])
        .refused(100);
    net.group("stories.getVideoUploadServer", &[("group_id", CLUB)])
        .ok();
}

stories![
    a_photo_is_uploaded_saved_and_attached,
    a_file_that_is_no_photo_gets_an_empty_list,
    an_address_takes_one_file_in_its_field,
    what_was_uploaded_for_one_wall_is_saved_for_it_alone,
    an_upload_is_stopped_by_a_captcha_or_a_revoked_token,
    a_host_of_uploads_may_fail,
    a_community_sends_a_photo_and_a_document,
    a_photo_of_messages_is_open_to_who_has_its_key,
    a_video_is_posted_at_once_and_encoded_later,
    documents_of_a_wall_are_taken_unless_they_run,
    eleven_photos_are_too_many,
    a_story_is_shown_for_a_day,
];
