//! Subtitles of videos.

use serde_json::{Value, json};

use super::state::World;
use super::wire::{Answer, Call, Refusal, Reply, bad_body, number, only};

const CATEGORIES: [&str; 2] = ["AmplifyVideo", "TweetVideo"];

fn category(body: &Value) -> Result<&str, Refusal> {
    let named = body.get("media_category").and_then(Value::as_str);
    named
        .filter(|name| CATEGORIES.contains(name))
        .ok_or_else(|| bad_body("media_category"))
}

fn language(node: &Value, at: &str) -> Result<String, Refusal> {
    let code = node.get("language_code").and_then(Value::as_str);
    code.filter(|code| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()))
        .map(str::to_owned)
        .ok_or_else(|| bad_body(at))
}

impl World {
    pub(super) fn subtitles(&mut self, call: &Call<'_>) -> Answer {
        let body = &call.body;
        only("", body, &["id", "media_category", "subtitles"])?;
        let video = call.body_id("id")?;
        self.own(video, call)?;
        let category = category(body)?;
        let told = body.get("subtitles").ok_or_else(|| bad_body("subtitles"))?;
        only(".subtitles", told, &["id", "language_code", "display_name"])?;
        let file = told.get("id").and_then(Value::as_str).and_then(number);
        let file = file.ok_or_else(|| bad_body("subtitles.id"))?;
        self.own(file, call)?;
        let code = language(told, "subtitles.language_code")?;
        let subtitles = json!({ "id": file.to_string(), "language_code": code });
        if let Some(video) = self.media.get_mut(&video) {
            video.subtitles.insert(code);
        }
        Ok(Reply::data(json!({
            "id": video.to_string(),
            "media_category": category,
            "associated_subtitles": subtitles,
        })))
    }

    pub(super) fn subtitles_off(&mut self, call: &Call<'_>) -> Answer {
        let body = &call.body;
        only("", body, &["id", "media_category", "language_code"])?;
        let video = call.body_id("id")?;
        self.own(video, call)?;
        category(body)?;
        let code = language(body, "language_code")?;
        let gone = self
            .media
            .get_mut(&video)
            .is_some_and(|video| video.subtitles.remove(&code));
        Ok(Reply::data(json!({ "deleted": gone })))
    }
}
